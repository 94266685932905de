"""``python -m bench.judging WARC``: pages/s of judgement alone, in one process.

The exchanges of the file are in memory, with the policy files that were archived with them.
Each page is judged on acquisition and on use, and the entries that the ledger would have of
it are made, with all evidence. Nothing is read twice: no page has been seen before.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench import warc
from pipeline.cases import Case, policy_of
from pipeline.judge import judge
from pipeline.ledger.entries import Entry, entries_of
from pipeline.model import Exchange, Judgement, Policy
from pipeline.url import origin
from pipeline.vocab import Stage


def main(name: str) -> None:
    """Judge every page of a file and print pages/s of CPU time as JSON."""
    work = judged(Path(name))
    # Tables and patterns are made when the first page is judged.
    next(work)
    started = time.process_time()
    verdicts = Counter(str(each.usage.verdict) for each in work)
    seconds = time.process_time() - started
    print(json.dumps({"rate": verdicts.total() / seconds, "verdicts": verdicts}))


def judged(path: Path) -> Iterator[Judgement]:
    """Yield the judgement on each page of a file, once its exchanges are in memory."""
    exchanges = list(warc.read(path))
    policies: dict[str, dict[str, Exchange]] = {}
    for one in exchanges:
        if not _is_page(one):
            policies.setdefault(origin(one.url), {})[one.url] = one
    policy = policy_of(Case(id="bench", url="https://bench.example/", exchanges={}))
    for number, page in enumerate(filter(_is_page, exchanges)):
        yield _judged(number, page, policies[origin(page.url)], policy=policy)


def _is_page(exchange: Exchange) -> bool:
    return "/pages/" in exchange.url


def _judged(
    number: int, page: Exchange, known: dict[str, Exchange], *, policy: Policy
) -> Judgement:
    moment = page.read_at or warc.STARTED
    found = judge(page.url, {**known, page.url: page}, policy=policy, now=moment)
    entry = Entry(
        seq=number, run=1, visit=1, decided_at=moment, inputs=range(len(known) + 1)
    )
    for stage in Stage:
        row, _ = entries_of(found, stage, entry)
        if row.url != page.url:
            raise SystemExit(f"{page.url}: the {stage} decision is on {row.url}")
    return found


if __name__ == "__main__":
    main(sys.argv[1])
