"""datatrove in an environment of its own: it pins an old trafilatura and an old xxhash."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from bench.measured import Cost, run

_PEER: Final = Path(__file__).with_name("peer")
_PIPELINES: Final = _PEER / "pipelines.py"
_ENVIRONMENT: Final = Path("build/bench/datatrove-venv")
_PYTHON: Final = _ENVIRONMENT / "bin" / "python"

# Nothing is to be fetched while it is measured.
_OFFLINE: Final = {"PYTHONPATH": "", "HF_HUB_OFFLINE": "1"}


def make() -> None:
    """Make the environment where it is not there yet, or is not what is asked for."""
    asked = _PEER / "requirements.txt", _PEER / "constraints.txt"
    mark = _ENVIRONMENT / "made-of.txt"
    wanted = "\n".join(path.read_text(encoding="utf-8") for path in asked)
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return
    requirements, constraints = map(str, asked)
    options = ["--quiet", "-r", requirements, "-c", constraints]
    if not _made_by_uv(options):
        subprocess.run([sys.executable, "-m", "venv", str(_ENVIRONMENT)], check=True)
        pip = [str(_PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
        subprocess.run([*pip, *options], check=True)
    mark.write_text(wanted, encoding="utf-8")


def versions() -> dict[str, str]:
    """Return the versions of what does the work."""
    code = (
        "import json; from importlib.metadata import version; print(json.dumps({n: "
        "version(n) for n in ('datatrove', 'trafilatura', 'warcio', 'lxml', 'spacy')}))"
    )
    done = subprocess.run([str(_PYTHON), "-c", code], check=True, capture_output=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def datatrove(pipeline: str, warc: Path, out: Path) -> tuple[Cost, int, int]:
    """Run a pipeline; return its cost, how many pages it read and how many it wrote."""
    shutil.rmtree(out, ignore_errors=True)
    command = [_PYTHON, _PIPELINES, pipeline, warc, out]
    cost = run(command, environment=_OFFLINE)
    steps = json.loads(cost.printed.splitlines()[-1])
    return cost, int(steps[0].get("documents", 0)), int(steps[-1].get("total", 0))


def _made_by_uv(options: list[str]) -> bool:
    uv = shutil.which("uv")
    if uv is None:
        return False
    made = [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable]
    install = [uv, "pip", "install", "--python", str(_PYTHON), *options]
    return all(
        subprocess.run(each, check=False).returncode == 0
        for each in ([*made, str(_ENVIRONMENT)], install)
    )
