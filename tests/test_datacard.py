"""The card of the shipped corpus is in the repository, to the byte as a build makes it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

# Without a detector of languages the card says what the pages declare.
pytest.importorskip("pycld2")

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the shipped corpus was built as ``make corpus`` does."""
    folder = tmp_path_factory.mktemp("commons")
    epoch = re.search(r"SOURCE_DATE_EPOCH := (\d+)", MAKEFILE)
    command = re.search(r"estovers (build (?:.*\\\n)*.*)\n", MAKEFILE)
    assert epoch is not None
    assert command is not None
    for name in ("manifests",):
        (folder / name).symlink_to(ROOT / name)
    arguments = command[1].replace("\\\n", " ").split()
    subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments, "--strict"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": epoch[1]},
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_card_in_the_repository_is_what_a_build_makes(build: Path) -> None:
    made = files_of(build / "datacards" / "commons")
    kept = files_of(ROOT / "datacards" / "commons")

    differing = [n for n in made.keys() | kept.keys() if made.get(n) != kept.get(n)]
    assert sorted(differing) == [], "run make corpus and commit datacards/"


def test_its_statements_were_held_against_this_very_data(build: Path) -> None:
    card = (build / "datacards/commons/1.0.0/card.json").read_text("utf-8")

    assert '"stale"' not in card
