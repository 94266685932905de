"""What was measured, kept in ``build/bench/results.json`` until it is written down."""

import json
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from bench.measured import Spread, number

FILE: Final = Path("build/bench/results.json")

_PACKAGES: Final = (
    "trafilatura", "resiliparse", "selectolax", "lxml", "fastwarc", "duckdb", "pyarrow",
    "datasets",
)  # fmt: skip

# What is written to a file of JSON, and read from it.
Table = dict[str, Any]


def load() -> dict[str, Table]:
    """Return all results by the name of their measurement."""
    if not FILE.exists():
        return {}
    found: dict[str, Table] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def keep(name: str, result: Mapping[str, object]) -> None:
    """Keep the result of one measurement, in the place of an earlier one of that name."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    every = {**load(), name: {**result, "on": _machine()}}
    FILE.write_text(json.dumps(every, indent=1, sort_keys=True), encoding="utf-8")


def aim(what: str, *, least: float, found: Spread, unit: str = " ×") -> Table:
    """Return an aim that is met where the median is at least so much."""
    return _aim(what, f"≥ {least:,g}{unit}", found, is_met=found.median >= least, unit=unit)


def limit(what: str, *, most: float, found: Spread, unit: str = " ×") -> Table:
    """Return an aim that is met where the median is at most so much."""
    return _aim(what, f"≤ {most:,g}{unit}", found, is_met=found.median <= most, unit=unit)


def _aim(what: str, asked: str, found: Spread, *, is_met: bool, unit: str) -> Table:
    return {
        "what": what,
        "aim": asked,
        "found": f"{number(found.median)}{unit}",
        "spread": f"{number(found.least)} to {number(found.most)}",
        "is_met": is_met,
    }


def _machine() -> dict[str, str]:
    return {
        "processor": _processor(),
        "memory": f"{_memory():.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: _version(name) for name in _PACKAGES},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return "not installed"


def _processor() -> str:
    from pipeline.engine import cores

    names = [
        line.partition(":")[2].strip()
        for line in _lines("/proc/cpuinfo")
        if line.startswith("model name")
    ]
    return f"{cores()} cores, {names[0] if names else platform.processor()}"


def _memory() -> float:
    found = [line.split()[1] for line in _lines("/proc/meminfo") if "MemTotal" in line]
    return int(found[0]) / 1024**2 if found else 0.0


def _lines(path: str) -> list[str]:
    if sys.platform != "linux":
        return []
    return Path(path).read_text(encoding="utf-8").splitlines()
