"""``python -m bench report``: what was measured, into the tables of ``docs/benchmarks.md``.

Each table stands between a comment ``measured: NAME`` and the next ``end``. The prose
around them is written by hand, and left as it is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench import results

DOCUMENT: Final = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"

PART: Final = re.compile(r"(<!-- measured: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)

_MISSING: Final = "Not measured yet.\n"

_LANES: Final = {
    "name": "", "read": "Pages in", "written": "Documents out", "cpu": "CPU s",
    "start": "of it start", "rate": "Pages/s", "wall": "Wall s", "memory": "MiB",
}  # fmt: skip
_GROWTH: Final = {
    "name": "", "cpu": "CPU s", "wall": "Wall s", "each": "CPU ms a document",
    "memory": "MiB",
}  # fmt: skip
_ANSWERS: Final = {"name": "Question", "milliseconds": "ms"}
_AIMS: Final = {
    "what": "What", "aim": "Aim", "found": "Found", "spread": "Spread", "is_met": "",
}  # fmt: skip

_ORDER: Final = (
    "admissible", "tenth", "license-first", "rebuild", "judging", "cores", "documents",
    "ledger",
)  # fmt: skip


def main() -> None:
    """Write the tables anew, and print the aims."""
    found = results.load()
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(written(text, found), encoding="utf-8")
    print(_aims(found))
    print(f"report: {DOCUMENT.name} is written")


def written(text: str, found: Mapping[str, results.Table]) -> str:
    """Return a document with each of its measured parts as the results have it."""

    def part(match: re.Match[str]) -> str:
        begin, name, _, end = match.groups()
        return f"{begin}{PARTS[name](found)}{end}"

    return PART.sub(part, text)


def _aims(found: Mapping[str, results.Table]) -> str:
    rows = [row for name in _ORDER for row in found.get(name, {}).get("aims", ())]
    said = [{**row, "is_met": "met" if row["is_met"] else "**missed**"} for row in rows]
    return _table(_AIMS, said)


def _machine(found: Mapping[str, results.Table]) -> str:
    every = [one["on"] for one in found.values()]
    if not every:
        return _MISSING
    own = every[-1]
    peer: results.Table = next((one["peer"] for one in found.values() if "peer" in one), {})
    rows = [{"name": name, "ours": value} for name, value in own.items()]
    rows += [{"name": f"the peer's {name}", "ours": value} for name, value in peer.items()]
    return _table({"name": "What", "ours": "Which"}, rows)


def _lanes(name: str) -> Callable[[Mapping[str, results.Table]], str]:
    return lambda found: _of(found, name, "lanes", columns=_LANES)


def _rows(
    name: str, columns: Mapping[str, str]
) -> Callable[[Mapping[str, results.Table]], str]:
    return lambda found: _of(found, name, "rows", columns=columns)


def _of(
    found: Mapping[str, results.Table], name: str, key: str, *, columns: Mapping[str, str]
) -> str:
    rows = found.get(name, {}).get(key)
    return _table(columns, rows) if isinstance(rows, list) else _MISSING


def _sameness(name: str) -> Callable[[Mapping[str, results.Table]], str]:
    return lambda found: _same(found.get(name))


def _same(result: results.Table | None) -> str:
    if result is None:
        return _MISSING
    differ, files = result["differ"], result["files"]
    history = result.get("of_history", 0)
    besides = (
        f" {history} more tell of runs and of earlier releases, and differ in these."
        if history
        else ""
    )
    same = files - history - len(differ)
    if not differ:
        return (
            f"Of {files} files of the dataset, {same} are the same to the byte.{besides}\n"
        )
    names = ", ".join(f"`{one}`" for one in differ)
    return f"**Not the same bytes:** of {files} files these differ: {names}.{besides}\n"


def _load(found: Mapping[str, results.Table]) -> str:
    if "cores" not in found:
        return _MISSING
    return (
        f"The load of the machine was {found['cores']['load']} when the last of these was "
        "done; two workers alone make 2.\n"
    )


def _table(columns: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> str:
    """Return rows as a table of Markdown, with the columns that any of them fills."""
    used = [key for key in columns if any(key in row for row in rows)]
    if not used:
        return _MISSING
    lines = [
        [columns[key] for key in used],
        ["---"] * len(used),
        *([_said(row.get(key, "")) for key in used] for row in rows),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _said(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


PARTS: Final[dict[str, Callable[[Mapping[str, results.Table]], str]]] = {
    "machine": _machine,
    "aims": _aims,
    "admissible": _lanes("admissible"),
    "tenth": _lanes("tenth"),
    "license-first": _lanes("license-first"),
    "rebuild": _lanes("rebuild"),
    "rebuild-same": _sameness("rebuild"),
    "cores": _lanes("cores"),
    "cores-load": _load,
    "load": _lanes("load"),
    "load-same": _sameness("load"),
    "documents": _rows("documents", _GROWTH),
    "ledger": _rows("ledger", _ANSWERS),
}
"""How each part is made of the results."""


if __name__ == "__main__":
    main()
