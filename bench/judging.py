"""``python -m bench.judging WARC``: pages/s of judgement alone, in one process.

The exchanges of the file are in memory, with the policy files that were archived with them.
Each page is judged on acquisition and on use, and the entries that the ledger would have of
it are made, with all evidence. Nothing is read twice: no page has been seen before.
"""

import json
import sys
import time
from collections import Counter
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
    exchanges = list(warc.read(Path(name)))
    pages = [one for one in exchanges if "/pages/" in one.url]
    policies: dict[str, dict[str, Exchange]] = {}
    for one in exchanges:
        policies.setdefault(origin(one.url), {})[one.url] = one
    for page in pages:
        del policies[origin(page.url)][page.url]
    policy = policy_of(Case(id="bench", url="https://bench.example/", exchanges={}))
    # Tables and patterns are made when the first page is judged.
    first = pages.pop()
    _judged(0, first, policies[origin(first.url)], policy=policy)
    started = time.process_time()
    judgements = [
        _judged(number, page, policies[origin(page.url)], policy=policy)
        for number, page in enumerate(pages)
    ]
    seconds = time.process_time() - started
    verdicts = Counter(str(each.usage.verdict) for each in judgements)
    print(json.dumps({"rate": len(pages) / seconds, "verdicts": verdicts}))


def _judged(
    number: int, page: Exchange, known: dict[str, Exchange], *, policy: Policy
) -> Judgement:
    found = judge(page.url, {**known, page.url: page}, policy=policy, now=page.read_at)
    entry = Entry(
        seq=number, run=1, visit=1, decided_at=page.read_at, inputs=range(len(known) + 1)
    )
    for stage in Stage:
        row, _ = entries_of(found, stage, entry)
        if row.url != page.url:
            raise SystemExit(f"{page.url}: the {stage} decision is on {row.url}")
    return found


if __name__ == "__main__":
    main(sys.argv[1])
