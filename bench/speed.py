"""``python -m bench speed [PERCENT]``: builds from WARC files, beside datatrove.

With a number, files have so many percent of the pages; what is shorter is less sure.

::

    admissible     all pages admissible: trafilatura fast on both sides, and resiliparse
    tenth          one page in ten admissible, all steps of datatrove on each
    license-first  one page in twenty-five: C5's steps on datatrove
    rebuild        a build again after a change of the manifest, against one from nothing
    judging        recorded exchanges, evidence kept, in one process
    cores          two workers against one
    load           the same build alone and beside busy loops: the same bytes?

Ours is ``estovers build`` on a manifest with the file as its source, one job. What is
compared is run in turns, in one run, in CPU seconds of all its processes. "In full" is all
that the commands took; "a page" leaves out what the same commands take on a file of a few
pages, which is the start of Python and, of ours, the card.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from bench import peers, results, warc
from bench.measured import Cost, Spread, run, spread

FOLDER: Final = Path("build/bench/speed")
ROUNDS: Final = 3
FEW: Final = 4
BUSY: Final = 2

Counts = tuple[int, int]

_MANIFEST: Final = """
name = "bench"
version = "1.0.0"
purpose = "{purpose}"
intended_uses = ["Measuring."]
[curator]
name = "Bench"
url = "https://bench.example/about"
email = "bench@bench.example"
[[sources]]
warc = ["{warc}"]
[licenses]
allow = ["CC0-1.0", "CC-BY", "CC-BY-SA"]
[filters]
quality = "{quality}"
near_duplicates = {near}
"""
_RESILIPARSE: Final = '[text]\nextractor = "resiliparse"\n'

# What tells of runs and of earlier releases, of which a build from nothing has none.
_OF_HISTORY: Final = (
    "README.md", "audit/activities", "audit/history", "audit/removals", "audit/settings",
    "card.json", "croissant.json", "data-statement.md", "datasheet.md", "eu-art53.md",
    "provenance",
)  # fmt: skip

# A moment that stands still: the bytes of some builds are compared.
_EPOCH: Final = {"SOURCE_DATE_EPOCH": "1795305600"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """How we are asked to build: what a manifest says, and whether into a new folder."""

    purpose: str = "To measure."
    quality: str = "gopher"
    near: str = "false"
    text: str = ""
    jobs: int = 1
    is_new: bool = True

    def manifest(self, file: Path) -> str:
        """Return the manifest that asks for it."""
        own = _MANIFEST.format(
            purpose=self.purpose, quality=self.quality, near=self.near, warc=file.name
        )
        return own + self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One of those that are compared: ``work`` runs it on a file, into a folder."""

    name: str
    work: Callable[[Path, Path], tuple[Cost, int, int]]


@dataclass(slots=True, kw_only=True)
class Timed:
    """What a lane took in each round, and on a file of a few pages before it."""

    costs: list[Cost] = field(default_factory=list)
    starts: list[Cost] = field(default_factory=list)
    counts: set[Counts] = field(default_factory=set)

    @property
    def full(self) -> list[float]:
        """CPU seconds of each round."""
        return [cost.cpu for cost in self.costs]

    @property
    def own(self) -> list[float]:
        """CPU seconds of each round without the start."""
        return [
            cost.cpu - start.cpu
            for cost, start in zip(self.costs, self.starts, strict=True)
        ]


def main(names: Sequence[str] = ()) -> None:
    """Run the named comparisons, or all."""
    wanted = [name for name in names if name in COMPARISONS] or list(COMPARISONS)
    percent = next((int(name) for name in names if name.isdecimal()), 100)
    peers.make()
    for name in wanted:
        compare, pages = COMPARISONS[name]
        count = max(2 * FEW, pages * percent // 100)
        print(f"speed: {name}, {count} pages", flush=True)
        results.keep(name, {"pages": count, **compare(count)})


def admissible(pages: int) -> results.Table:
    """Compare where all pages are admissible, with each of the extractors."""
    lanes = [
        Lane(name="ours, trafilatura", work=ours),
        Lane(name="ours, resiliparse", work=partial(ours, asked=Build(text=_RESILIPARSE))),
        Lane(name="datatrove", work=partial(peers.datatrove, "plain")),
    ]
    timed = _in_turns(lanes, _file(pages, 1.0))
    best, fast, peer = (timed[lane.name] for lane in lanes)
    return {
        "lanes": _rows(timed, pages),
        "aims": [
            *_ratios("all pages admissible, trafilatura", 1, own=best, peer=peer),
            *_ratios("all pages admissible, resiliparse", 4, own=fast, peer=peer),
        ],
        "peer": peers.versions(),
    }


def tenth(pages: int) -> results.Table:
    """Compare where one page in ten is admissible."""
    return _against("plain", "one page in ten admissible", pages=pages, share=0.1, least=8)


def license_first(pages: int) -> results.Table:
    """Compare where the license is asked for first, and one page in 25 has one."""
    return _against(
        "license", "license first, 4 % admissible", pages=pages, share=0.04, least=3
    )


def rebuild(pages: int) -> results.Table:
    """Compare the first build with those after changes that touch no text."""
    file = _file(pages, 1.0)
    out, other = FOLDER / "rebuild", FOLDER / "from-nothing"
    changed = Build(is_new=False, quality="fineweb")
    changes = [changed, replace(changed, near="true")]
    changes.append(replace(changes[-1], purpose="To measure again."))
    first, read, kept_first = ours(file, out)
    made = [ours(file, out, each) for each in changes]
    again, kept = [cost for cost, _, _ in made], made[-1][2]
    anew, _, kept_anew = ours(file, other, replace(changes[-1], is_new=True))
    differ = _differences(out / "dataset", other / "dataset")
    unlike = [name for name in differ if not name.startswith(_OF_HISTORY)]
    return {
        "lanes": [
            _row("the first build", [first], (read, kept_first)),
            _row("after each of three changes", again, (read, kept)),
            _row("from nothing, after all three", [anew], (read, kept_anew)),
        ],
        "aims": [
            results.aim(f"a rebuild that extracts no text, {words}", least=10, found=found)
            for words, found in (
                ("collecting and curating", _times_as_fast(anew, again, _seconds)),
                ("in full", _times_as_fast(anew, again, lambda cost: cost.cpu)),
            )
        ],
        "files": len(_digests(out / "dataset")),
        "of_history": len(differ) - len(unlike),
        "differ": unlike,
    }


def judging(pages: int) -> results.Table:
    """Measure judgements of recorded exchanges, in a process of its own."""
    aims = []
    for share, words in (
        (0.1, "one page in ten admissible"),
        (1.0, "all pages admissible"),
    ):
        file = _file(pages, share)
        command = [sys.executable, "-m", "bench.judging", file]
        rates = [json.loads(run(command).printed)["rate"] for _ in range(ROUNDS)]
        what = f"judging recorded exchanges, {words}"
        aims.append(results.aim(what, least=1000, found=spread(rates), unit=" pages/s"))
    return {"aims": aims}


def cores(pages: int) -> results.Table:
    """Compare two workers with one, by the wall clock."""
    file = _file(pages, 1.0)
    found: dict[int, list[Cost]] = {1: [], 2: []}
    counts = (0, 0)
    for _ in range(ROUNDS):
        for jobs, costs in found.items():
            cost, *counts = ours(file, FOLDER / f"jobs-{jobs}", Build(jobs=jobs))
            costs.append(cost)
    ratios = [one.wall / two.wall for one, two in zip(*found.values(), strict=True)]
    work = [_seconds(one) / _seconds(two) for one, two in zip(*found.values(), strict=True)]
    return {
        "lanes": [_row(f"--jobs {n}", each, counts) for n, each in found.items()],
        "aims": [
            results.aim(
                "two workers against one, in full", least=1.8, found=spread(ratios)
            ),
            results.aim(
                "two workers against one, without publishing", least=1.8, found=spread(work)
            ),
        ],
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def load(pages: int) -> results.Table:
    """Build alone and beside busy loops, and compare the bytes."""
    file = _file(pages, 1.0)
    folders = FOLDER / "alone", FOLDER / "busy"
    alone, *counts = ours(file, folders[0])
    theirs = peers.datatrove("default", file, FOLDER / "peer-alone")
    with _busy():
        busy, *counts = ours(file, folders[1])
        theirs_busy = peers.datatrove("default", file, FOLDER / "peer-busy")
    differ = _differences(*(folder / "dataset" for folder in folders))
    return {
        "lanes": [
            _row("ours, alone", [alone], tuple(counts)),
            _row(f"ours, beside {BUSY} busy loops", [busy], tuple(counts)),
            _row("datatrove as it is by default, alone", [theirs[0]], theirs[1:]),
            _row(
                f"datatrove as it is by default, beside {BUSY} busy loops",
                [theirs_busy[0]],
                theirs_busy[1:],
            ),
        ],
        "files": len(_digests(folders[0] / "dataset")),
        "differ": differ,
    }


def ours(file: Path, out: Path, asked: Build | None = None) -> tuple[Cost, int, int]:
    """Build a corpus of a file; return the cost, the pages and the documents."""
    asked = asked or Build()
    if asked.is_new:
        shutil.rmtree(out, ignore_errors=True)
    manifest = file.with_name(f"{out.name}.toml")
    manifest.write_text(asked.manifest(file), encoding="utf-8")
    cost = run(
        [
            sys.executable, "-m", "pipeline.cli", "build", manifest, "--out", out,
            "--jobs", str(asked.jobs), "--json",
        ],
        environment=_EPOCH,
    )  # fmt: skip
    report = json.loads(cost.printed)
    return cost, sum(report["pages"].values()), report["documents"]


def _against(
    pipeline: str, what: str, *, pages: int, share: float, least: float
) -> results.Table:
    lanes = [
        Lane(name="ours", work=ours),
        Lane(name="datatrove", work=partial(peers.datatrove, pipeline)),
    ]
    timed = _in_turns(lanes, _file(pages, share))
    own, peer = (timed[lane.name] for lane in lanes)
    return {
        "lanes": _rows(timed, pages),
        "aims": _ratios(what, least, own=own, peer=peer),
        "peer": peers.versions(),
    }


def _in_turns(lanes: Sequence[Lane], file: Path) -> dict[str, Timed]:
    """Run each lane once a round, with its start on a few pages beside it."""
    few = _file(FEW, 1.0)
    timed = {lane.name: Timed() for lane in lanes}
    for turn in range(ROUNDS):
        for lane in lanes if turn % 2 == 0 else reversed(lanes):
            found = timed[lane.name]
            place = FOLDER / lane.name.replace(", ", "-")
            found.starts.append(lane.work(few, place)[0])
            cost, *counts = lane.work(file, place)
            found.costs.append(cost)
            found.counts.add((counts[0], counts[1]))
    return timed


def _file(pages: int, share: float) -> Path:
    path = FOLDER / f"pages-{pages}-{share:g}.warc.gz"
    if not path.exists():
        partial_path = path.with_suffix(".part")
        warc.write(partial_path, pages=pages, share=share)
        partial_path.rename(path)
    return path


def _rows(timed: dict[str, Timed], pages: int) -> list[results.Table]:
    return [
        {
            **_row(name, one.costs, min(one.counts)),
            "start": str(spread([cost.cpu for cost in one.starts])),
            "rate": str(spread([(pages - FEW) / max(own, 1e-3) for own in one.own])),
        }
        for name, one in timed.items()
    ]


def _row(name: str, costs: Sequence[Cost], counts: Sequence[int]) -> results.Table:
    return {
        "name": name,
        "read": counts[0],
        "written": counts[1],
        "cpu": str(spread([cost.cpu for cost in costs])),
        "wall": str(spread([cost.wall for cost in costs])),
        "memory": f"{max(cost.memory for cost in costs):.0f}",
    }


def _ratios(what: str, least: float, *, own: Timed, peer: Timed) -> list[results.Table]:
    """Return the aim for all that the commands took, and for what a page takes."""
    return [
        results.aim(f"{what}, {words}", least=least, found=_ratio(numerator, denominator))
        for words, numerator, denominator in (
            ("a page", peer.own, own.own),
            ("in full", peer.full, own.full),
        )
    ]


def _ratio(theirs: Sequence[float], ours_: Sequence[float]) -> Spread:
    pairs = zip(theirs, ours_, strict=True)
    return spread([their / max(our, 1e-3) for their, our in pairs])


def _times_as_fast(
    one: Cost, others: Sequence[Cost], seconds: Callable[[Cost], float]
) -> Spread:
    return spread([seconds(one) / seconds(other) for other in others])


def _seconds(cost: Cost) -> float:
    """Return the wall seconds of collecting and curating, as the build reports them."""
    seconds = json.loads(cost.printed)["seconds"]
    return float(seconds["collect"] + seconds["curate"])


def _differences(one: Path, other: Path) -> list[str]:
    """Return the files of two folders whose bytes are not the same, or stand in one."""
    first, second = _digests(one), _digests(other)
    return sorted(
        name for name in first.keys() | second.keys() if first.get(name) != second.get(name)
    )


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@contextmanager
def _busy() -> Iterator[None]:
    """Keep the cores busy with loops that do nothing."""
    loops = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY)
    ]
    time.sleep(0.2)
    try:
        yield
    finally:
        for each in loops:
            each.kill()
            each.wait()


COMPARISONS: Final[dict[str, tuple[Callable[[int], results.Table], int]]] = {
    "admissible": (admissible, 300),
    "tenth": (tenth, 600),
    "license-first": (license_first, 1200),
    "rebuild": (rebuild, 1000),
    "judging": (judging, 400),
    "cores": (cores, 600),
    "load": (load, 300),
}
"""Each comparison by its name, and on how many pages."""


if __name__ == "__main__":
    main(sys.argv[1:])
