"""Manners: one request at a time, time between them, and none while the host says so."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Capture
from spiders.manners import BACK_OFF_DEFAULT, WAIT_IN_LINE, HostWaits, Manners, back_off_of
from tests.corpus import NOW
from tests.web import Corpus, Web, collect_within, manifest_text, seeds

CLOCKS = 0.001


async def turns(
    manners: Manners, count: int, *, host: str = "a"
) -> list[tuple[float, float]]:
    """Return when each of several turns began and ended, all of them asked for at once."""
    found: list[tuple[float, float]] = []

    async def one() -> None:
        async with manners.turn(host):
            began = monotonic()
            await asyncio.sleep(0.01)
            found.append((began, monotonic()))

    await asyncio.gather(*(one() for _ in range(count)))
    return found


def pauses(found: list[tuple[float, float]]) -> list[float]:
    return [began - ended for (_, ended), (began, _) in pairwise(sorted(found))]


def test_a_host_is_asked_once_at_a_time_whatever_the_delay() -> None:
    found = asyncio.run(turns(Manners(delay=0.0), 8))

    assert min(pauses(found)) >= 0.0


def test_the_pause_is_the_longest_of_ours_theirs_and_their_effort() -> None:
    polite, asked, slow = Manners(delay=0.05), Manners(delay=0.01), Manners(delay=0.001)
    asked.ask_delay("a", 0.06)
    slow_factor = Manners(delay=0.001, factor=5.0)

    async def shortest(manners: Manners) -> float:
        return min(pauses(await turns(manners, 3)))

    assert asyncio.run(shortest(polite)) >= 0.05
    assert asyncio.run(shortest(asked)) >= 0.06
    assert asyncio.run(shortest(slow)) >= 0.02
    assert asyncio.run(shortest(slow_factor)) >= 0.05


def test_a_delay_that_is_read_meanwhile_counts_from_the_last_answer() -> None:
    manners = Manners(delay=0.01)

    async def ask() -> list[tuple[float, float]]:
        first = await turns(manners, 1)
        manners.ask_delay("a", 0.1)
        return first + await turns(manners, 1)

    assert min(pauses(asyncio.run(ask()))) >= 0.1


def test_hosts_do_not_wait_for_one_another() -> None:
    manners = Manners(delay=0.0)

    async def ask() -> list[str]:
        order: list[str] = []

        async def slow() -> None:
            async with manners.turn("slow"):
                await quick_done.wait()
                order.append("slow")

        async def quick() -> None:
            async with manners.turn("quick"):
                order.append("quick")
            quick_done.set()

        quick_done = asyncio.Event()
        await asyncio.gather(slow(), quick())
        return order

    assert asyncio.run(ask()) == ["quick", "slow"]


def test_a_long_wait_is_handed_back_and_a_short_one_is_waited_for() -> None:
    manners = Manners(delay=0.0)
    manners.back_off("a", WAIT_IN_LINE + 1)
    manners.back_off("b", 0.1)

    async def ask() -> float:
        with pytest.raises(HostWaits):
            await turns(manners, 1, host="a")
        before = monotonic()
        await turns(manners, 1, host="b")
        return monotonic() - before

    assert asyncio.run(ask()) >= 0.1


@pytest.mark.law
@given(first=st.floats(0, 1e6), second=st.floats(0, 1e6))
def test_a_later_answer_never_shortens_a_wait(first: float, second: float) -> None:
    manners = Manners()
    manners.back_off("a", first)
    manners.back_off("a", second)

    assert manners.waits("a") >= max(first, second) - 1.0


WAITS: Mapping[str, tuple[int, tuple[tuple[str, str], ...], float | None]] = {
    "seconds": (429, (("Retry-After", "7"),), 7.0),
    "a date": (503, (("Retry-After", "Sat, 21 Nov 2026 12:00:30 GMT"),), 30.0),
    "the past": (503, (("Retry-After", "Sat, 21 Nov 2020 12:00:30 GMT"),), 0.0),
    "the longest of several": (503, (("Retry-After", "3"), ("retry-after", "9")), 9.0),
    "a week at most": (429, (("Retry-After", "9" * 400),), 7 * 24 * 3600.0),
    "nonsense": (429, (("Retry-After", "soon"),), BACK_OFF_DEFAULT),
    "nothing": (503, (), BACK_OFF_DEFAULT),
    "another status": (500, (("Retry-After", "7"),), None),
    "no trouble": (200, (("Retry-After", "7"),), None),
}


@pytest.mark.parametrize(("status", "headers", "seconds"), WAITS.values(), ids=WAITS)
def test_an_answer_says_how_long_the_host_is_left_alone(
    status: int, headers: tuple[tuple[str, str], ...], seconds: float | None
) -> None:
    capture = Capture(url="http://a.example/", read_at=NOW, status=status, headers=headers)

    assert back_off_of(capture) == seconds


# --- as a user sees it


@pytest.fixture
def web(tmp_path: Path) -> Web:
    return Web(tmp_path)


def test_a_host_that_asks_for_time_gets_it(web: Web) -> None:
    pages = [f"/{number}" for number in range(4)]
    site = web.site("a.example").page("/", links=pages)
    for page in pages:
        site.page(page)
    site.page("/1", "busy", status=429, Retry_After="1")
    web.site("b.example").page("/")
    named = seeds("http://a.example/", "http://b.example/")
    corpus = Corpus(web, manifest_text(named))

    ended = corpus.collect()

    hits = web.hits("a.example")
    after = [(b.time - a.time).total_seconds() for a, b in pairwise(hits) if a.path == "/1"]
    assert ended.report["pages"] == {"admitted": 5, "deferred": 1}
    assert corpus.outcomes()["http://a.example/1"] == ("deferred", "http.back-off")
    assert len(after) >= 2
    assert min(after) >= 1.0 - CLOCKS


def test_a_host_that_asks_for_more_than_our_patience_is_left_for_the_next_build(
    web: Web,
) -> None:
    pages = [f"/{number}" for number in range(4)]
    site = web.site("a.example").page("/", links=pages)
    for page in pages:
        site.page(page, "busy", status=429, Retry_After="3600")
    web.site("b.example").page("/")
    named = seeds("http://a.example/", "http://b.example/")
    corpus = Corpus(web, manifest_text(named, patience=5))

    first = corpus.build()
    asked = len(web.hits("a.example"))
    waiting = {url for url, end in corpus.outcomes().items() if end[0] == "deferred"}
    second = corpus.build()

    assert (first.report["outcome"], second.report["outcome"]) == ("waiting", "waiting")
    assert first.report["documents"] == second.report["documents"] == 2
    assert waiting == {f"http://a.example/{number}" for number in range(4)}
    # The hour that the host asked for is not over when the second build begins.
    assert len(web.hits("a.example")) == asked
    assert [url for url in web.asked("a.example") if not url.endswith("/")] == [
        "http://a.example/0"
    ]


def test_a_host_that_was_left_is_asked_again_when_its_time_is_over(web: Web) -> None:
    site = web.site("a.example").page("/", links=["/1", "/2"]).page("/2")
    site.page("/1", "busy", status=503, Retry_After="1")
    corpus = Corpus(web, manifest_text(seeds("http://a.example/"), patience=1, delay=0.1))

    first = corpus.collect()
    site.page("/1")
    # The other page was in line already: it is asked for when the wait is over.
    second = corpus.collect()

    hits = web.hits("a.example")
    after = [
        (b.time - a.time).total_seconds() for a, b in pairwise(hits) if a.status == 503
    ]
    assert second.report["outcome"] == "complete"
    assert first.report["outcome"] in {"waiting", "complete"}
    assert {end[0] for end in corpus.outcomes().values()} == {"admitted"}
    assert len(after) >= 1
    assert min(after) >= 1.0 - CLOCKS


def answer_to(target: str) -> bytes:
    """Return a page that links to twelve, or that there is none."""
    links = "".join(f"<a href='/p{n}'>on</a>" for n in range(12))
    is_page = target.startswith("/p")
    body = links.encode() if is_page else b"none"
    status, kind = ("200 OK", "text/html") if is_page else ("404 None", "text/plain")
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


def test_one_host_is_never_asked_twice_at_once_by_a_crawl(tmp_path: Path) -> None:
    busy = most = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal busy, most
        with suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                busy += 1
                most = max(most, busy)
                await asyncio.sleep(0.02)
                writer.write(answer_to(head.split(b" ")[1].decode()))
                busy -= 1
        writer.close()

    async def crawl() -> Mapping[str, object]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        text = manifest_text(seeds("http://a.example/p0", "https://a.example/p0"))
        reach = {"a.example": ("127.0.0.1", port)}
        ended = await asyncio.to_thread(collect_within, reach, text, tmp_path)
        server.close()
        assert (ended.code, ended.err) == (0, "")
        return ended.report

    report = asyncio.run(crawl())

    assert report["pages"] == {"refused": 24}
    assert most == 1
