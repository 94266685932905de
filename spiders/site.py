"""The spider and its scheduler: shells through which Scrapy asks the frontier."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final, Self

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from spiders.earlier import conditions
from spiders.gate import KIND
from spiders.reception import RECEPTION
from spiders.shelf import Shelf
from spiders.visit import VISIT, Call

IMPORTS: Final = Shelf[Callable[[Crawler], Awaitable[None]]]()
"""What takes in captures from files, for each crawler."""


class SiteSpider(Spider):
    """A spider that decides nothing: pages are judged and followed before they reach it."""

    name = "site"

    async def start(self) -> AsyncIterator[Request]:
        """Take in what comes from files; yield nothing, as the frontier has the seeds."""
        with suppress(IgnoreRequest), RECEPTION.of(self.crawler).stopping():
            await IMPORTS.of(self.crawler)(self.crawler)
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    # Scrapy declares it as a variable.
    def parse(self, response: Response) -> None:  # type: ignore[mutable-override]
        """Leave the page alone; what it leads to is in the frontier already."""

    def closed(self, reason: str) -> None:
        """Take note of how the crawl ended."""
        VISIT.of(self.crawler).interrupted = reason == "shutdown"


class FrontierScheduler(BaseScheduler):
    """Scrapy's scheduler, which only passes on what the frontier hands out."""

    def __init__(self, crawler: Crawler) -> None:
        self._visit = VISIT.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the scheduler as Scrapy asks for it."""
        return cls(crawler)

    def has_pending_requests(self) -> bool:
        """Say whether this run has anything left to ask for."""
        return self._visit.stopped is None and self._visit.frontier.is_open()

    def enqueue_request(self, request: Request) -> bool:  # noqa: ARG002
        """Take nothing: a request that the ledger does not know is not made."""
        return False

    def next_request(self) -> Request | None:
        """Return a request for the URL whose turn it is."""
        call = self._visit.next() if self._visit.stopped is None else None
        return request_of(call) if call is not None else None


def request_of(call: Call) -> Request:
    """Return the request for a URL whose turn it is."""
    meta = {KIND: call.kind}
    return Request(call.url, headers=conditions(call.past), meta=meta, dont_filter=True)
