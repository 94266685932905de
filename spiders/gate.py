"""The gate: no request goes on without an admitting decision that is on the disk.

It stands in the place of Scrapy's robots middleware, which lets a page through when
robots.txt cannot be read. What it admits gets a permit for this exact request; the wire
takes nothing else.
"""

import asyncio
from typing import Final, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from pipeline import url as urls
from pipeline.ending import Ending
from pipeline.errors import EstoversError
from pipeline.model import Judgement
from pipeline.vocab import Reason
from spiders.desk import PAGE, Desk, is_admitted
from spiders.manners import HostWaits
from spiders.permits import PERMITS
from spiders.policies import OURS, Policies
from spiders.shelf import Shelf

DESK: Final = Shelf[Desk]()
"""The desk of each crawler."""

KIND: Final = "estovers_kind"
"""Key in ``request.meta``: page, sitemap or feed."""


class TurnedAway(IgnoreRequest):
    """The gate did not let a request pass; ``judgement`` and ``ending`` say why."""

    def __init__(self, ending: Ending, judgement: Judgement | None = None) -> None:
        super().__init__(f"{ending.url}: {ending.outcome}, {ending.reason}")
        self.ending = ending
        self.judgement = judgement


class Gate:
    """Scrapy's downloader middleware, nearest to the wire."""

    def __init__(self, crawler: Crawler, *, judges_usage: bool = True) -> None:
        self._crawler = crawler
        self._desk = DESK.of(crawler)
        self._judges_usage = judges_usage
        self._closing: asyncio.Future[None] | None = None
        self._permits = PERMITS.of(crawler)
        self._permits.on_low = self._desk.hurry
        self.policies = Policies(crawler, self._desk)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the gate as Scrapy asks for it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> Request | None:
        """Let a request pass when its admitting decision is on the disk.

        Raises TurnedAway for every other one; a URL that is spelled otherwise than it is
        judged is replaced by its one spelling first.
        """
        if self.has_leave(request):
            return None
        try:
            spelled = urls.normalise(request.url)
        except ValueError as error:
            ending = Ending(
                url=request.url,
                outcome="refused",
                reason=Reason.URL_REFUSED,
                detail=str(error),
            )
            self._desk.end(ending)
            raise TurnedAway(ending) from error
        if spelled != request.url:
            return request.replace(url=spelled)
        await self._admit(request)
        return None

    def has_leave(self, request: Request) -> bool:
        """Say whether a request is one for a policy file, with its permit.

        That a permit is in force does not say whose it is: a page that states a license may
        be asked for as a page in the same moment, and each has to have its own.
        """
        is_ours = bool(request.meta.get(OURS))
        return is_ours and self._permits.covers(request.method, request.url)

    async def _admit(self, request: Request) -> None:
        try:
            judgement = await self.policies.judgement_of(request.url)
            is_open = is_admitted(judgement, judges_usage=self._judges_usage)
            if not is_open or request.method != "GET":
                raise TurnedAway(self._desk.turn_away(judgement), judgement)
            self._desk.admit(judgement, kind=request.meta.get(KIND, PAGE))
            await self._desk.durable(is_urgent=self._permits.are_low)
        except EstoversError:
            # The book cannot be written: nothing may be sent any more.
            self._stop()
            raise
        except HostWaits as waits:
            ending = Ending(
                url=request.url,
                outcome="deferred",
                reason=Reason.BACK_OFF,
                detail=str(waits),
            )
            raise TurnedAway(ending) from waits
        self._permits.issue(request.method, request.url)

    def _stop(self) -> None:
        engine = self._crawler.engine
        if self._closing is None and engine.running:
            # Not awaited: the spider closes when each request has ended, this one too.
            self._closing = asyncio.ensure_future(
                engine.close_spider_async(reason="the book cannot be written")
            )
