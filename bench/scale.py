"""``python -m bench scale [DOCUMENTS] [ENTRIES]``: what growth costs. It takes an hour.

::

    documents   curate and publish of a tenth of DOCUMENTS, and of all: the peak of resident
                memory, and the time of a document
    ledger      entries/s in batches; ``explain`` and the questions of an auditor over
                ENTRIES entries

The corpus is made up, the same at each run: its ledger is that of ``bench.ledger``, and its
texts, of 450 words on average, are kept as if they had been extracted before. So nothing is
read of an archive: what is measured is all that comes after, where all documents meet. Each
measurement has a process of its own.
"""

import json
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from bench import results
from bench.ledger import MANIFEST, NOW, Web, append_crawl, append_rows
from bench.measured import Cost, Spread, run, spread
from pipeline import extract, making, rules, verbs
from pipeline.fingerprint import shingles, sketch, words_of
from pipeline.ledger import corpus, questions
from pipeline.ledger.rows import DecisionRow, EvidenceRow, FingerprintRow, Row
from pipeline.ledger.store import FILE_NAME, Ledger, open_reader
from pipeline.manifest import parse
from pipeline.model import Author, Contents, Work
from pipeline.publish import explain
from pipeline.texts import Texts
from pipeline.vocab import Digest

FOLDER: Final = Path("build/bench/scale")
DOCUMENTS: Final = 100_000
ENTRIES: Final = 10_000_000
ASKED: Final = 25
BATCH: Final = 512
VERBS: Final = ("curate", "publish")
WRITTEN: Final = 10_000

_MANIFEST: Final = parse(MANIFEST, source="bench")

# What an auditor asks of the whole ledger.
_AGGREGATES: Final = {
    "decisions by stage, verdict and reason": (
        "SELECT stage, verdict, reason, count(*) FROM decisions GROUP BY ALL"
    ),
    "the twenty hosts that refused most": (
        "SELECT split_part(url, '/', 3) AS host, count(*) AS refusals FROM decisions "
        "WHERE verdict = 'refuse' GROUP BY host ORDER BY refusals DESC LIMIT 20"
    ),
    "evidence by signal and clause": (
        "SELECT signal, clause, count(*) FROM evidence GROUP BY ALL"
    ),
    "admitted pages by license": (
        "SELECT license, count(*) FROM decisions WHERE verdict = 'admit' AND stage = "
        "'usage' GROUP BY license ORDER BY license"
    ),
}


def main(arguments: Sequence[str] = ()) -> None:
    """Run both, or the one that is named."""
    numbers = [int(one) for one in arguments if one.isdecimal()]
    size, entries = numbers[:1] or [DOCUMENTS], numbers[1:2] or [ENTRIES]
    names = {"documents", "ledger"} & set(arguments) or {"documents", "ledger"}
    if "documents" in names:
        results.keep("documents", documents(size[0]))
    if "ledger" in names:
        results.keep("ledger", ledger(entries[0]))


def documents(size: int) -> results.Table:
    """Compare curate and publish of ``size`` documents with those of a tenth of them."""
    costs: dict[tuple[str, int], Cost] = {}
    for count in (size // 10, size):
        folder = FOLDER / f"documents-{count}"
        shutil.rmtree(folder, ignore_errors=True)
        _asked("make", folder, count)
        for verb in VERBS:
            try:
                costs[verb, count] = _asked(verb, folder)
            except SystemExit as ended:
                # What fails at a size is a result, too.
                print(f"scale: {verb} of {count}: {ended}", flush=True)
                break
            print(f"scale: {verb} of {count}: {costs[verb, count]}", flush=True)
        shutil.rmtree(folder)
    return growth(costs, size)


def growth(costs: Mapping[tuple[str, int], Cost], size: int) -> results.Table:
    """Return the result for two sizes; a verb that has no cost has failed."""
    few, many = size // 10, size
    whole = [verb for verb in VERBS if (verb, few) in costs and (verb, many) in costs]
    memory = [costs[v, many].memory / costs[v, few].memory for v in whole]
    each = [costs[v, many].cpu / costs[v, few].cpu / 10 for v in whole]
    failed = [verb for verb in VERBS if verb not in whole]
    beside = f"; {', '.join(failed)} failed" if failed else ""
    aims = [
        results.limit(f"{words} at {many:,} documents against {few:,}{beside}",
                      most=most, found=spread(found))
        for words, most, found in (
            ("peak memory", 1.3, memory), ("time of a document", 1.1, each),
        )
        if found
    ]  # fmt: skip
    return {
        "rows": [
            _growth_row(f"{verb}, {count:,} documents", costs.get((verb, count)), count)
            for count in (few, many)
            for verb in VERBS
        ],
        "aims": [{**one, "is_met": one["is_met"] and not failed} for one in aims],
    }


def _growth_row(name: str, cost: Cost | None, count: int) -> results.Table:
    if cost is None:
        return {"name": name, "cpu": "**failed**"}
    return {
        "name": name,
        "cpu": f"{cost.cpu:.1f}",
        "wall": f"{cost.wall:.1f}",
        "each": f"{1000 * cost.cpu / count:.2f}",
        "memory": f"{cost.memory:.0f}",
    }


def ledger(entries: int) -> results.Table:
    """Write so many entries, and ask of them."""
    folder = FOLDER / "ledger"
    shutil.rmtree(folder, ignore_errors=True)
    made = json.loads(_asked("write", folder, entries).printed)
    print(f"scale: {made}", flush=True)
    asked = json.loads(_asked("ask", folder).printed)
    shutil.rmtree(folder)
    explained = asked.pop("explain")
    slowest = max(asked.values(), key=lambda one: one["median"])
    return {
        "made": made,
        "rows": [{"name": name, **_times(Spread(**one))} for name, one in asked.items()],
        "aims": [
            results.aim(
                "entries written in batches",
                least=50_000,
                found=spread(made["rates"]),
                unit=" entries/s",
            ),
            results.limit(
                f"explain, over {made['entries']:,} entries",
                most=100,
                found=_thousand(Spread(**explained)),
                unit=" ms",
            ),
            results.limit(
                f"the slowest aggregate, over {made['entries']:,} entries",
                most=1000,
                found=_thousand(Spread(**slowest)),
                unit=" ms",
            ),
        ],
    }


def _times(found: Spread) -> dict[str, str]:
    return {"milliseconds": str(_thousand(found))}


def _thousand(found: Spread) -> Spread:
    return Spread(
        median=1000 * found.median, least=1000 * found.least, most=1000 * found.most
    )


def _asked(part: str, folder: Path, *arguments: object) -> Cost:
    cost = run([sys.executable, "-m", "bench.scale", part, folder, *map(str, arguments)])
    own = json.loads(cost.printed.splitlines()[-1])
    return Cost(
        wall=own.get("wall", cost.wall),
        cpu=own.get("cpu", cost.cpu),
        memory=cost.memory,
        printed=cost.printed.splitlines()[-1],
    )


# What follows runs in a process of its own.


def make(folder: Path, count: int) -> dict[str, object]:
    """Write a ledger that was collected, and keep the texts of its pages."""
    web = Web(count)
    name = rules.name_of(rules.policy_of(_MANIFEST))
    folder.mkdir(parents=True)
    with Ledger(folder) as opened, Texts(folder) as texts:
        append_crawl(opened, web, rules=name)
        append_rows(opened, _fingerprints(web))
        pages = corpus.pages(opened.connection, rules=name)
        count = 0
        while batch := tuple(islice(pages, BATCH)):
            texts.keep(dict(_read(web, page) for page in batch))
            count += len(batch)
    return {"pages": count}


def _read(web: Web, page: corpus.Page) -> tuple[str, Contents]:
    """Return what would have been read of a page, and the name that it is kept under."""
    if page.standing is None:
        raise SystemExit(f"{page.url}: no decision on its use")
    one = web.page(_number_of(page.url))
    text = web.text(one, release=1)
    contents = Contents(
        capture_digest=Digest(page.captures[-1].split()[0]),
        text=text,
        language=one.language,
        work=Work(
            title=f"On {one.number}",
            title_locator="title",
            authors=(Author(name=f"Author {one.number % 997}"),),
            author_locator="meta[name=author]",
        ),
        fingerprint=sketch(shingles(words_of(text))),
    )
    reader = rules.reader_of(extract.reader_version(_MANIFEST.text))
    # Where curate looks for it, which is nobody else's to know.
    name = making.name_of_contents(page, page.standing, reader=reader)
    return name, contents


def _number_of(url: str) -> int:
    return int(url.rpartition("/")[2].removesuffix(".html"))


def _fingerprints(web: Web) -> Iterator[Row]:
    """Yield the fingerprint of each page that was admitted."""
    for exchange, page in web.fetched():
        if page.outcome == "admitted":
            words = words_of(web.text(page, release=1))
            yield FingerprintRow(
                url=page.url,
                exchange=exchange,
                run=1,
                reserved=False,
                fingerprint=sketch(shingles(words)),
            )


def curate(folder: Path) -> dict[str, float]:
    """Curate as the command does."""
    return _timed(partial(verbs.curate_only, _job(folder)))


def publish(folder: Path) -> dict[str, float]:
    """Publish as the command does."""
    return _timed(partial(verbs.publish_only, _job(folder)))


def _job(folder: Path) -> verbs.Job:
    return verbs.Job(
        manifest=_MANIFEST,
        text=MANIFEST,
        root=folder,
        folder=folder,
        clock=lambda: NOW,
        jobs=1,
        quiet=True,
    )


def _timed(work: Callable[[], object]) -> dict[str, float]:
    started, before = time.perf_counter(), time.process_time()
    work()
    return {
        "wall": time.perf_counter() - started,
        "cpu": time.process_time() - before,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def write(folder: Path, entries: int) -> dict[str, object]:
    """Append entries (decisions, and the evidence of each) until there are so many."""
    # Of each document's web come some eighteen entries.
    web = Web(entries // 15)
    rates, count = [], 0
    folder.mkdir(parents=True)
    with Ledger(folder) as opened:
        for batch in _batches(web, entries):
            started = time.process_time()
            opened.append(batch)
            opened.commit()
            rates.append(len(batch) / (time.process_time() - started))
            count += len(batch)
    size = (folder / FILE_NAME).stat().st_size
    thirds = [rates[len(rates) * n // 3 : len(rates) * (n + 1) // 3] for n in range(3)]
    return {
        "entries": count,
        "bytes": size,
        "rates": [len(one) / sum(1 / rate for rate in one) for one in thirds],
    }


def _batches(web: Web, entries: int) -> Iterator[list[Row]]:
    """Yield decisions and evidence, ten thousand at a time."""
    batch: list[Row] = []
    count = 0
    for row in web.pages():
        if isinstance(row, (DecisionRow, EvidenceRow)):
            batch.append(row)
        if len(batch) == WRITTEN:
            yield batch
            count += len(batch)
            batch = []
        if count >= entries:
            return
    yield batch


def ask(folder: Path) -> dict[str, object]:
    """Ask what auditors and site owners ask, by the wall clock."""
    connection = open_reader(folder)
    try:
        sample = connection.execute(
            f"SELECT url FROM decisions USING SAMPLE {ASKED} ROWS (reservoir, 1)"
        ).fetchall()
        found = {
            words: _seconds(lambda query=query: connection.execute(query).fetchall())
            for words, query in _AGGREGATES.items()
        }
        found["totals of the ledger"] = _seconds(lambda: questions.totals(connection))
    finally:
        connection.close()
    explained = [
        _seconds(lambda url=url: explain.explain(folder, url), 1) for (url,) in sample
    ]
    found["explain"] = spread([one.median for one in explained])
    return {
        name: {"median": one.median, "least": one.least, "most": one.most}
        for name, one in found.items()
    }


def _seconds(work: Callable[[], object], rounds: int = 5) -> Spread:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return spread(taken)


_PARTS: Final[dict[str, Callable[..., dict[str, object] | dict[str, float]]]] = {
    "make": make,
    "curate": curate,
    "publish": publish,
    "write": write,
    "ask": ask,
}


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in _PARTS:
        part, where, *rest = sys.argv[1:]
        print(json.dumps(_PARTS[part](Path(where), *map(int, rest))))
    else:
        main(sys.argv[1:])
