"""After the fetch: each answer is judged again before anything of it is kept."""

import asyncio
from typing import Final, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from pipeline.model import Capture
from spiders.desk import PAGE, Examined
from spiders.gate import KIND, Gate, TurnedAway
from spiders.manners import HostWaits
from spiders.reception import RECEPTION
from spiders.wire import CAPTURE, WireFailure

_TURNS_TO_THE_WIRE: Final = 4


class CaptureMiddleware:
    """Scrapy's downloader middleware that hands in each end of a request."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._reception = RECEPTION.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware as Scrapy asks for it."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Hand an answer on; the page itself goes no further than here."""
        kind = request.meta.get(KIND)
        if kind is not None:
            # The host is idle while we judge: let the request that waits in line for it go
            # out first. It takes so many turns of the loop to reach the connection.
            for _ in range(_TURNS_TO_THE_WIRE):
                await asyncio.sleep(0)
            with self._reception.stopping():
                await self._received(request.meta.pop(CAPTURE), kind)
        return response

    async def _received(self, capture: Capture, kind: str) -> None:
        examined = await self._examined(capture) if kind == PAGE else None
        self._reception.received(capture, kind=kind, examined=examined)

    async def _examined(self, capture: Capture) -> Examined:
        gate = self._crawler.get_downloader_middleware(Gate)
        if gate is None:
            raise LookupError("the gate is not in place")
        previous = self._reception.previous_of(capture)
        return await gate.policies.examination_of(capture, previous=previous)

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Hand a failure on; whatever is not one of ours stops the crawl.

        Raises IgnoreRequest: what was handed on is nobody's error any more.
        """
        kind = request.meta.get(KIND)
        if kind is None:
            return
        if isinstance(exception, TurnedAway):
            self._turned_away(exception, request)
        elif isinstance(exception, WireFailure):
            self._reception.failed(exception.capture, kind=kind)
        elif isinstance(exception, HostWaits):
            self._reception.waits(request.url, exception.seconds)
        elif not isinstance(exception, IgnoreRequest):
            self._reception.stop(exception)
        raise IgnoreRequest(str(exception)) from exception

    def _turned_away(self, turned: TurnedAway, request: Request) -> None:
        cause = turned.__cause__
        if isinstance(cause, HostWaits):
            self._reception.waits(request.url, cause.seconds)
        else:
            self._reception.turned_away(turned.ending)
