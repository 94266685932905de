"""Hosts that lie, stall and flood are refused or deferred, and end no crawl.

The server and what it expects of a crawl that fails closed come with the shared material.
"""

import json
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from pipeline import archive
from pipeline.archive import Stored
from pipeline.ledger.store import open_reader, rows_of
from tests.web import SHARED, Ended, collect_within, manifest_text, seeds

SERVER: Final = SHARED / "tools" / "hostile_server.py"
LIFE: Final = 110
MOST_MEMORY: Final = 600 * 2**20

# Each page has an address of its own, so that the pause after a failure of one page does
# not hold up the others.
START: Final = """
import asyncio, json, sys
sys.path.insert(0, sys.argv[1])
import hostile_server as it
it.gz_bomb(200, 1, b"#"), it.gz_bomb(300, byte=b"A"), it.gz_bomb(300, layers=2, byte=b"A")
it.gz_bomb(300, byte=b" "), it.deflate_bomb(300)
pages = {f"127.0.9.{n}": name for n, name in enumerate(it.PAGES, start=1)}
robots = {address: name for name, address in it.plan().items()}
expected = {name: one[1] for name, one in it.ROBOTS.items()}
print(json.dumps({"pages": pages, "robots": robots, "expected": expected}), flush=True)
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


def crawl(
    plan: Mapping[str, Mapping[str, str]], root: Path, *, port: int, log: Path
) -> Hostile:
    names = {**plan["robots"], **{a: f"/p/{name}" for a, name in plan["pages"].items()}}
    named = [f"http://{address}:{port}/private" for address in plan["robots"]]
    named += [
        f"http://{address}:{port}/p/{name}" for address, name in plan["pages"].items()
    ]
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
            ends.setdefault(name, []).append((str(end[0]), str(end[1]), str(end[2])))
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


# Where we judge otherwise than the server expects, and why that is right.
ALLOWED: Final = {
    # 400 groups of 400 rules are read as what they say: everyone may fetch everything.
    "product-bomb": 1,
    # Read within the second for which it holds; that it ends is the judge's own test.
    "flip-allow-then-disallow": 1,
}
BROKEN: Final = {
    "cl-huge", "cl-negative", "crc-gzip", "drip", "gzip-bomb-300m", "gzip-2layer-300m",
    "deflate-bomb-300m", "hang", "header-10mb", "header-no-colon", "header-nul",
    "no-length", "rst-mid", "truncated-chunk", "truncated-cl", "truncated-gzip",
}  # fmt: skip
ONCE: Final = {
    "crc-gzip",
    "gzip-bomb-300m",
    "gzip-2layer-300m",
    "deflate-bomb-300m",
    "truncated-gzip",
}
REDIRECTED: Final = {
    "redir-bad-ipv6", "redir-bad-port", "redir-cred", "redir-data", "redir-file",
    "redir-ftp", "redir-host", "redir-js", "redir-loop", "redir-nonascii", "status-301",
}  # fmt: skip


def test_the_crawl_ends_and_says_nothing_amiss(hostile: Hostile) -> None:
    assert (hostile.ended.code, hostile.ended.err) == (0, "")
    assert hostile.ended.report["outcome"] == "waiting"


def test_a_private_page_is_asked_for_only_where_robots_txt_lets_us(
    hostile: Hostile,
) -> None:
    allowed = {name: 1 for name, word in hostile.expected.items() if word == "allow"}
    asked = {
        name: hostile.hits[name, "/private"]
        for name in hostile.expected
        if hostile.hits[name, "/private"]
    }

    assert len(hostile.expected) >= 69
    assert asked == allowed | ALLOWED


def test_what_cannot_be_known_is_deferred(hostile: Hostile) -> None:
    ends = {name: hostile.outcomes[name] for name in hostile.expected}
    deferred = {name for name, end in ends.items() if end[0][0] == "deferred"}
    by_word = {word: {n for n, w in hostile.expected.items() if w == word} for word in (
        "allow", "defer", "deny",
    )}  # fmt: skip

    assert {len(end) for end in ends.values()} == {1}
    assert not deferred & by_word["allow"]
    # What was read in full and refuses is refused, be it in time after a flood of 100s; too
    # many hops and a 503 are asked again.
    assert by_word["defer"] - deferred - {"100-flood"} == {"many-wildcards", "product-bomb"}
    assert deferred & by_word["deny"] == {"redir-chain-6", "flap-503-then-disallow"}


def test_each_page_ends_once(hostile: Hostile) -> None:
    ends = {name: len(hostile.outcomes[name]) for name in hostile.pages}

    assert len(hostile.pages) >= 70
    assert ends == dict.fromkeys(hostile.pages, 1)


def test_nothing_of_a_broken_page_is_kept(hostile: Hostile) -> None:
    ends = {name: hostile.outcomes[f"/p/{name}"][0] for name in BROKEN}
    failed = {name for name, end in ends.items() if end[:2] == (
        "failed", "capture.incomplete",
    )}  # fmt: skip

    assert failed == BROKEN
    assert set(hostile.kept) == {"/p/flip-licence"}


def test_a_broken_page_is_asked_for_three_times_at_most(hostile: Hostile) -> None:
    asked = {name: hostile.hits[f"/p/{name}", f"/p/{name}"] for name in BROKEN}

    assert asked == {name: 1 if name in ONCE else 3 for name in BROKEN}


def test_markup_that_would_stop_a_parser_is_refused(hostile: Hostile) -> None:
    ends = {
        name: hostile.outcomes[f"/p/{name}"][0][:2] for name in ("wide-attrs", "deep-html")
    }

    assert ends == dict.fromkeys(ends, ("refused", "capture.unparseable"))


def test_a_redirect_into_nowhere_is_written_down_and_asked_for_once(
    hostile: Hostile,
) -> None:
    ends = {name: hostile.outcomes[f"/p/{name}"][0][0] for name in REDIRECTED}
    asked = {name: hostile.hits[f"/p/{name}", f"/p/{name}"] for name in REDIRECTED}

    assert ends == dict.fromkeys(REDIRECTED, "redirected")
    assert asked == dict.fromkeys(REDIRECTED, 1)
    assert hostile.hits["/p/redir-fan", "/p/redir-fan"] == 6


def test_a_status_that_refuses_is_a_refusal(hostile: Hostile) -> None:
    ends = {code: hostile.outcomes[f"/p/status-{code}"][0][:2] for code in (
        401, 402, 403, 451, 999, 404, 410, 503,
    )}  # fmt: skip

    refused = ("refused", "http.access-refused")
    assert ends == {
        401: refused,
        402: ("refused", "http.payment-required"),
        403: refused,
        451: ("refused", "http.unavailable-for-legal-reasons"),
        999: refused,
        404: ("gone", "capture.none"),
        410: ("gone", "capture.none"),
        503: ("deferred", "http.back-off"),
    }


def test_a_preference_is_heard_through_odd_bytes(hostile: Hostile) -> None:
    ends = {
        n: hostile.outcomes[f"/p/{n}"][0] for n in ("x-robots-noai", "header-non-latin")
    }

    assert ends == dict.fromkeys(ends, ("refused", "preference.disallows", ""))


def test_memory_stays_within_bounds(hostile: Hostile) -> None:
    peak = hostile.ended.report["peak"]

    assert isinstance(peak, int)
    assert peak < MOST_MEMORY
