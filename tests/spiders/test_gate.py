"""The gate: whatever a spider or a middleware tries, nothing goes out without leave."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy import FormRequest, Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotSupported

from pipeline.vocab import Reason
from spiders.gate import TurnedAway
from spiders.permits import PERMITS, NotPermitted
from spiders.reach import Reach
from spiders.web import serve
from tests import errand
from tests.web import Web

OPEN = "http://a.example/open"
CLOSED = "http://a.example/closed"
POLICY_FILES = [
    "http://a.example/robots.txt",
    "http://a.example/.well-known/tdmrep.json",
    "http://a.example/ai.txt",
]


@pytest.fixture
def web(tmp_path: Path) -> Web:
    web = Web(tmp_path)
    web.site("a.example").robots("User-agent: *\nDisallow: /closed\n").page("/open")
    web.site("a.example").page("/closed").redirect("/leads-astray", CLOSED)
    web.site("b.example").robots("User-agent: GPTBot\nDisallow: /\n").page("/")
    return web


@pytest.fixture
def reach(web: Web) -> Iterator[Reach]:
    with serve(web.folder, log=web.log) as served:
        yield Reach(dict.fromkeys(served.hosts, ("127.0.0.1", served.port)))


class Rewriter:
    """A middleware below the gate that turns every page's request into another one."""

    def process_request(self, request: Request) -> None:
        if request.url == OPEN:
            request._set_url(CLOSED)  # noqa: SLF001  (as a careless middleware would)


class Repeater:
    """A middleware below the gate that answers with a request of its own."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Repeater":
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.url == OPEN:
            await errand.past_the_gate(self._crawler, request.copy())


def test_a_spider_cannot_ask_for_what_is_disallowed(web: Web, reach: Reach) -> None:
    seen: dict[str, object] = {}

    async def ask(crawler: Crawler) -> None:
        errand.send(
            crawler,
            Request(CLOSED, dont_filter=True, meta={"dont_obey_robotstxt": True}),
            Request(OPEN, meta={"estovers_kind": "policy"}),
        )
        seen["crawler"] = crawler

    errand.run(ask, reach=reach)

    crawler = seen["crawler"]
    assert isinstance(crawler, Crawler)
    answers = errand.answers_of(crawler)
    assert answers[OPEN] == 200
    assert isinstance(answers[CLOSED], TurnedAway)
    assert web.asked() == [OPEN]


def test_an_extension_cannot_ask_for_what_is_disallowed(web: Web, reach: Reach) -> None:
    async def ask(crawler: Crawler) -> None:
        with pytest.raises(TurnedAway) as turned:
            await errand.fetch(crawler, Request(CLOSED))
        assert turned.value.ending.reason is Reason.ROBOTS_DISALLOWS

    errand.run(ask, reach=reach)

    assert [hit.url for hit in web.hits()] == POLICY_FILES[:1]


def test_what_training_is_refused_for_is_not_fetched(web: Web, reach: Reach) -> None:
    async def ask(crawler: Crawler) -> None:
        with pytest.raises(TurnedAway) as turned:
            await errand.fetch(crawler, Request("http://b.example/"))
        assert turned.value.ending.reason is Reason.PREFERENCE_DISALLOWS

    errand.run(ask, reach=reach)

    assert web.asked() == []


def test_a_spelling_that_hides_the_path_is_judged_by_what_it_means(
    web: Web, reach: Reach
) -> None:
    spellings = ("http://A.example:80/x/../closed", "http://a.example/%63losed#part")

    async def ask(crawler: Crawler) -> None:
        for url in spellings:
            with pytest.raises(TurnedAway):
                await errand.fetch(crawler, Request(url))

    errand.run(ask, reach=reach)

    assert web.asked() == []


def test_a_request_that_is_rewritten_below_the_gate_is_not_sent(
    web: Web, reach: Reach
) -> None:
    async def ask(crawler: Crawler) -> None:
        with pytest.raises(NotPermitted):
            await errand.fetch(crawler, Request(OPEN))

    errand.run(
        ask,
        reach=reach,
        DOWNLOADER_MIDDLEWARES={"spiders.gate.Gate": 900, Rewriter: 950},
    )

    assert [hit.url for hit in web.hits()] == POLICY_FILES


def test_leave_for_one_request_is_not_leave_for_two(web: Web, reach: Reach) -> None:
    async def ask(crawler: Crawler) -> None:
        with pytest.raises(NotPermitted):
            await errand.fetch(crawler, Request(OPEN))

    errand.run(
        ask,
        reach=reach,
        DOWNLOADER_MIDDLEWARES={"spiders.gate.Gate": 900, Repeater: 950},
    )

    assert web.asked() == [OPEN]


def test_the_wire_sends_nothing_that_the_gate_has_not_seen(web: Web, reach: Reach) -> None:
    async def ask(crawler: Crawler) -> None:
        for url in (OPEN, CLOSED, "http://a.example/robots.txt"):
            with pytest.raises(NotPermitted):
                await errand.past_the_gate(crawler, Request(url))

    errand.run(ask, reach=reach)

    assert web.hits() == []


def test_leave_to_read_is_not_leave_to_write(web: Web, reach: Reach) -> None:
    async def ask(crawler: Crawler) -> None:
        for request in (
            Request(OPEN, method="HEAD"),
            FormRequest(OPEN, formdata={"a": "b"}),
        ):
            with pytest.raises(TurnedAway):
                await errand.fetch(crawler, request)

    errand.run(ask, reach=reach)

    assert web.asked() == []


def test_a_redirect_is_handed_back_and_not_followed(web: Web, reach: Reach) -> None:
    statuses: list[int] = []

    async def ask(crawler: Crawler) -> None:
        request = Request("http://a.example/leads-astray")
        statuses.append((await errand.fetch(crawler, request)).status)

    errand.run(ask, reach=reach)

    assert statuses == [302]
    assert web.asked() == ["http://a.example/leads-astray"]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hostname",
        "data:text/html,hello",
        "ftp://a.example/x",
        "s3://bucket/key",
    ],
)
def test_only_http_is_spoken(web: Web, reach: Reach, url: str) -> None:
    async def ask(crawler: Crawler) -> None:
        with pytest.raises(TurnedAway) as turned:
            await errand.fetch(crawler, Request(url))
        assert turned.value.ending.reason is Reason.URL_REFUSED
        with pytest.raises((NotPermitted, NotSupported)):
            await errand.past_the_gate(crawler, Request(url))

    errand.run(ask, reach=reach)

    assert web.hits() == []


def test_no_request_leaves_before_its_permit_is_in_the_book(
    reach: Reach, tmp_path: Path
) -> None:
    decisions = tmp_path / "decisions.jsonl"
    seen: list[tuple[str, bool]] = []

    class Reader:
        """A middleware below the gate: what the disk says just before the wire sends."""

        def process_request(self, request: Request) -> None:
            lines = decisions.read_text("utf-8").splitlines()
            permit = f'"method": "GET", "url": "{request.url}"'
            seen.append((request.url, any(permit in line for line in lines)))

    async def ask(crawler: Crawler) -> None:
        await errand.fetch(crawler, Request(OPEN))

    errand.run(
        ask,
        reach=reach,
        decisions=decisions,
        DOWNLOADER_MIDDLEWARES={"spiders.gate.Gate": 900, Reader: 950},
    )

    assert sorted(seen) == sorted((url, True) for url in [*POLICY_FILES, OPEN])


def test_a_page_does_not_go_out_with_the_permit_of_another_request(
    web: Web, reach: Reach
) -> None:
    left: list[bool] = []

    async def ask(crawler: Crawler) -> None:
        # As when a page that states a license is asked for as a page as well.
        PERMITS.of(crawler).issue("GET", OPEN)
        await errand.fetch(crawler, Request(OPEN))
        left.append(PERMITS.of(crawler).covers("GET", OPEN))

    errand.run(ask, reach=reach)

    assert left == [True]
    assert web.asked() == [OPEN]
