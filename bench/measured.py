"""``python -m bench.measured COMMAND...``: what a command costs, with all that it starts.

Prints JSON: seconds of wall and CPU, MiB of the largest process, and what was printed.
Linux only: processes that outlive their parent are taken in and counted as well.
"""

import ctypes
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run of a command took: seconds, MiB, and what it printed."""

    wall: float
    cpu: float
    memory: float
    printed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A median with the least and the greatest of what was measured."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{number(self.median)} ({number(self.least)} to {number(self.most)})"


def _environment() -> dict[str, str]:
    # Whoever has installed a package has it compiled.
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(Path.cwd())}


def run(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """Run a command to its end; exit with what it said where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.measured", *map(str, command)],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=_environment() | dict(environment or {}),
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stderr[-3000:]}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def spread(values: Sequence[float]) -> Spread:
    """Return the median of some values and how far they lie apart."""
    return Spread(median=statistics.median(values), least=min(values), most=max(values))


def number(value: float) -> str:
    """Return a value for people: three digits of it, or all that are before the point."""
    return f"{value:,.0f}" if value >= _WHOLE else f"{value:.3g}"


def main(command: Sequence[str]) -> int:
    """Run a command, wait for all that came of it, and print what it cost."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    started = time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    wall = time.perf_counter() - started
    with suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {
                "wall": wall,
                "cpu": used.ru_utime + used.ru_stime,
                "memory": used.ru_maxrss / 1024,
                "printed": done.stdout,
            }
        )
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
