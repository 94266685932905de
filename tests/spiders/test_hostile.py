"""Hosts that lie, stall and flood: refused or deferred, never fetched by mistake, never fatal.

The server and what it expects of a crawl that fails closed come with the shared material.
"""

import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from pipeline.archive import Stored
from pipeline.ledger.store import open_reader, rows_of
from tests.web import SHARED, Ended, collect_within, manifest_text, seeds
from pipeline import archive

SERVER: Final = SHARED / "tools" / "hostile_server.py"
LIFE: Final = 110
MOST_MEMORY: Final = 600 * 2**20

# Loopback addresses beyond those of the server's own scenarios: one for each page, so that
# the pause after a failure of one page does not hold up the others.
PAGES_FROM: Final = (127, 0, 9)

START: Final = """
import asyncio, json, sys
sys.path.insert(0, sys.argv[1])
import hostile_server as it
it.gz_bomb(200, 1, b"#"), it.gz_bomb(300, byte=b"A"), it.gz_bomb(300, layers=2, byte=b"A")
it.gz_bomb(300, byte=b" "), it.deflate_bomb(300)
pages = {f"127.0.9.{n}": name for n, name in enumerate(it.PAGES, start=1)}
robots = {address: name for name, address in it.plan().items()}
print(json.dumps({"pages": pages, "robots": robots,
                  "expected": {name: one[1] for name, one in it.ROBOTS.items()}}), flush=True)
extra = [(address, "ok-allow") for address in pages]
with open(sys.argv[3], "a", buffering=1) as log:
    asyncio.run(it.serve(int(sys.argv[2]), log, float(sys.argv[4]), 20000, extra=extra))
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SERVER.is_file(), reason="the hostile server is not here"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """A crawl of every scenario: what the server expected, what it saw, what was kept."""

    expected: Mapping[str, str]
    pages: frozenset[str]
    hits: Counter[tuple[str, str]]
    outcomes: Mapping[str, list[tuple[str, str, str]]]
    kept: Mapping[str, Stored]
    ended: Ended


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    root = tmp_path_factory.mktemp("hostile")
    port, log = free_port(), root / "hits.jsonl"
    server = subprocess.Popen(
        [sys.executable, "-c", START, str(SERVER.parent), str(port), str(log), str(LIFE)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        plan = json.loads(server.stdout.readline())
        assert server.stdout.readline().startswith("ready")
        yield crawl(plan, root, port=port, log=log)
    finally:
        server.kill()
        server.communicate()


def crawl(plan: Mapping[str, Mapping[str, str]], root: Path, *, port: int, log: Path) -> Hostile:
    names = {**plan["robots"], **{a: f"/p/{name}" for a, name in plan["pages"].items()}}
    named = [f"http://{address}:{port}/private" for address in plan["robots"]]
    named += [f"http://{address}:{port}/p/{name}" for address, name in plan["pages"].items()]
    reach = {f"{a}:{port}": (a, port) for a in ("127.0.0.1", *names)}
    text = manifest_text(
        seeds(*named, depth=1), timeout=2.0, concurrency=256, pages_per_host=8, patience=0,
        bytes_per_page=2_000_000,
    )  # fmt: skip
    ended = collect_within(reach, text, root, timeout=LIFE)
    hits: Counter[tuple[str, str]] = Counter()
    for line in log.read_text("utf-8").splitlines():
        hit = json.loads(line)
        hits[names.get(hit["dst"], hit["dst"]), hit["path"]] += 1
    connection = open_reader(root / "build")
    rows = rows_of(connection, "SELECT url, outcome, reason, detail FROM outcomes")
    connection.close()
    ends: dict[str, list[tuple[str, str, str]]] = {}
    for url, *end in rows:
        name = names[str(url).split("/")[2].partition(":")[0]]
        if str(url) in named:
            ends.setdefault(name, []).append(tuple(map(str, end)))
    kept = {
        stored.capture.url.partition(f":{port}")[2]: stored
        for path in archive.files(root / "build" / "archive")
        for stored in archive.scan(path)
        if stored.kind == "page"
    }
    return Hostile(
        expected=plan["expected"],
        pages=frozenset(f"/p/{name}" for name in plan["pages"].values()),
        hits=hits,
        outcomes=ends,
        kept=kept,
        ended=ended,
    )


def test_x(hostile: Hostile) -> None:
    print(hostile.ended.err[-3000:])
    print(hostile.ended.report)
    for name, expected in hostile.expected.items():
        print("R", name, expected, hostile.hits[name, "/private"], hostile.outcomes.get(name))
    for name in sorted(hostile.pages):
        print("P", name, hostile.hits[name, name], hostile.outcomes.get(name), name in hostile.kept)
    assert 0
