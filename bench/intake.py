"""``python -m bench.intake WEB OUT [--profile]``: WARC files into a corpus, by step.

``WEB`` is a folder of hosts as ``bench.shared_web`` takes it. 1,200 of its pages go
into one WARC file, with a robots.txt for each host and answers that there are no other
policy files; pages are filled up to 100 KB with a script. Prints milliseconds of one
core a page for each step, and what is kept.
"""

import cProfile
import csv
import gzip
import pstats
import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from pipeline import archive, foreign, taking
from pipeline.consent import crawlers
from pipeline.intake import Intake, Order
from pipeline.ledger.store import Ledger
from pipeline.manifest import Manifest, parse
from pipeline.taking import File, Taken

_R = TypeVar("_R")

PAGES = 1_200
SIZE = 100_000
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ROBOTS = b"User-agent: *\nDisallow: /private/\n"

_MANIFEST = """\
name = "bench"
version = "1.0.0"
purpose = "Measuring."
intended_uses = ["Measuring."]
[curator]
name = "Bench"
url = "http://bench.example/about"
email = "bench@bench.example"
[[sources]]
warc = ["bench.warc.gz"]
[licenses]
allow = ["CC0-1.0", "CC-BY", "CC-BY-SA"]
"""


def main(arguments: list[str]) -> None:
    """Write the file, then take it in step by step and as a whole."""
    web, out = Path(arguments[0]), Path(arguments[1])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    file = File(name="bench.warc.gz", path=out / "bench.warc.gz")
    records, size = _write(web, file.path)
    print(f"{records} records, {size / PAGES / 1000:.0f} KB a page")
    made = parse(_MANIFEST, source="bench")
    _steps(made, file, records)
    if "--profile" in arguments:
        profile = cProfile.Profile()
        profile.runcall(_whole, made, out)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    else:
        _whole(made, out)


def _steps(made: Manifest, file: File, records: int) -> None:
    policy = made.policy(crawlers.training_tokens(crawlers.load()))
    _timed("read records", lambda: sum(1 for _ in foreign.records(file.path)))
    found = _timed("survey", lambda: taking.survey(file, places=frozenset()))
    policies: dict[str, list[taking.Archived]] = {}
    for one in found.policies:
        policies.setdefault(one.capture.url, []).append(one)
    given = taking.Given(
        policy=policy,
        policies={url: tuple(each) for url, each in policies.items()},
        is_last=True,
    )
    call = partial(taking.taken, given=given)
    batches = _timed("judge, and pack what is kept", lambda: list(map(call, found.pieces)))
    taken = [one for each in batches for one in each.results if isinstance(one, Taken)]
    captures = [one.capture for one in taken if one.member and one.capture]
    members = [gzip.decompress(one.member) for one in taken if one.member]
    _timed("of it gzip", lambda: [gzip.compress(one, 6) for one in members])
    ends: dict[str, int] = {}
    for one in taken:
        ends[one.ending.outcome] = ends.get(one.ending.outcome, 0) + 1
    print(f"{len(captures)} kept of {len(taken)}: {ends}, {records} records")


def _whole(made: Manifest, out: Path) -> None:
    folder = out / "build"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    order = Order(
        folder=folder,
        root=out,
        software="bench/1",
        run=1,
        visit=1,
        policy=made.policy(crawlers.training_tokens(crawlers.load())),
        most_bytes=archive.FILE_LIMIT,
    )
    with Ledger(folder) as ledger:
        intake = Intake(order, ledger)
        _timed("all, into archive and ledger", lambda: _take_in(intake, made))
        again = Intake(order, ledger)
        _timed("a second time", lambda: _take_in(again, made))


def _take_in(intake: Intake, made: Manifest) -> None:
    intake.take_in(0, made.sources[0])
    intake.close()


def _timed(name: str, call: Callable[[], _R]) -> _R:
    started = time.process_time()
    result = call()
    took = time.process_time() - started
    print(f"{name:<32} {1000 * took / PAGES:7.3f} ms a page", flush=True)
    return result


def _write(web: Path, path: Path) -> tuple[int, int]:
    with (web / "pages.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    hosts = sorted({row["host"] for row in rows})
    count = size = 0
    with path.open("wb") as warc:
        for host in hosts:
            for name, status, body in (
                ("robots.txt", 200, _ROBOTS), ("ai.txt", 404, b""),
                (".well-known/tdmrep.json", 404, b""),
            ):  # fmt: skip
                warc.write(_record(f"http://{host}/{name}", body, status=status))
                count += 1
        for number in range(PAGES):
            row = rows[number % len(rows)]
            body = (web / row["host"] / row["path"]).read_bytes()
            body += (
                b"<script>" + b"f(1);\n" * max(0, (SIZE - len(body)) // 6) + b"</script>"
            )
            url = f"http://{row['host']}/{quote(row['path'])}?{number // len(rows)}"
            warc.write(_record(url, body, kind="text/html"))
            count += 1
            size += len(body)
    return count, size


def _record(url: str, body: bytes, *, status: int = 200, kind: str = "text/plain") -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
    block = f"{head}\r\n\r\n".encode() + body
    moment = NOW + timedelta(seconds=1)
    fields = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Date: {moment:%Y-%m-%dT%H:%M:%SZ}\r\n"
        f"WARC-Record-ID: <urn:uuid:63000ceb-f831-4194-a937-d7c12f80171a>\r\n"
        f"WARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(fields.encode() + block + b"\r\n\r\n", 6, mtime=0)


if __name__ == "__main__":
    main(sys.argv[1:])
