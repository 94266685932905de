"""A Scrapy crawl of a test's own: our settings, gate and wire, and its errand."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Response

from pipeline.consent import crawlers
from pipeline.model import Capture, Policy
from pipeline.values import DEFAULT_LICENSES, allowed_license
from pipeline.vocab import ProductToken
from spiders.desk import Desk
from spiders.diary import Diary
from spiders.gate import DESK
from spiders.permits import PERMITS
from spiders.reach import Reach
from spiders.settings import Manner, settings_of
from spiders.shelf import Shelf
from spiders.wire import CAPTURE, REACH, WireFailure

Errand = Callable[[Crawler], Awaitable[None]]
_ERRAND: Final = Shelf[Errand]()

MANNER: Final = Manner(
    user_agent="Estovers/0.1 (+https://curator.example/corpus)",
    from_address="corpus@curator.example",
    delay=0.0,
    timeout=5.0,
    max_bytes=100_000,
)
POLICY: Final = Policy(
    product_token=ProductToken("Estovers"),
    allowed_licenses=tuple(map(allowed_license, DEFAULT_LICENSES)),
    training_tokens=crawlers.training_tokens(crawlers.load()),
)


def run(
    errand: Errand,
    *,
    reach: Reach | None = None,
    decisions: Path | None = None,
    manner: Manner = MANNER,
    **settings: object,
) -> None:
    """Run one errand inside a crawl and return when the crawl has ended.

    What the errand raises is raised here; Scrapy alone would only log it.
    """
    faults: list[BaseException] = []

    async def watched(crawler: Crawler) -> None:
        try:
            await errand(crawler)
        except BaseException as fault:  # noqa: BLE001  (a failed assertion of pytest too)
            faults.append(fault)

    process = AsyncCrawlerProcess(
        settings_of(manner)
        | {
            "DOWNLOADER_MIDDLEWARES": {"spiders.gate.Gate": 900},
            "SCHEDULER": "scrapy.core.scheduler.Scheduler",
        }
        | settings
    )
    crawler = process.create_crawler(_ErrandSpider)
    diary = Diary(decisions)
    DESK.put(crawler, Desk(POLICY, diary))
    REACH.put(crawler, reach or Reach())
    _ERRAND.put(crawler, watched)
    task = process.crawl(crawler)
    process.start(install_signal_handlers=False)
    diary.close()
    task.result()
    for fault in faults:
        raise fault


class _ErrandSpider(Spider):
    """A spider that runs one errand and notes what its own requests came to."""

    name = "errand"

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.answers: dict[str, object] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *_: object, **__: object) -> Self:
        spider = cls()
        spider._set_crawler(crawler)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        await _ERRAND.of(self.crawler)(self.crawler)
        for request in self.requests:
            yield request.replace(callback=self.answered, errback=self.failed)

    def answered(self, response: Response) -> None:
        self.answers[response.url] = response.status

    def failed(self, failure: object) -> None:
        self.answers[failure.request.url] = failure.value  # type: ignore[attr-defined]


async def fetch(crawler: Crawler, request: Request) -> Response:
    """Send a request as an extension would: through the engine, not the scheduler."""
    if crawler.engine is None:
        raise LookupError("the crawl has not begun")
    return await crawler.engine.download_async(request)


async def past_the_gate(crawler: Crawler, request: Request) -> Response:
    """Hand a request to the download handlers, past every middleware."""
    if crawler.engine is None:
        raise LookupError("the crawl has not begun")
    return await crawler.engine.downloader.handlers.download_request_async(request)


async def captured(crawler: Crawler, url: str, **meta: object) -> Capture:
    """Return what the wire makes of a URL that it has leave to ask for."""
    PERMITS.of(crawler).issue("GET", url)
    request = Request(url, meta=meta)
    with suppress(WireFailure):
        await past_the_gate(crawler, request)
    found: Capture = request.meta[CAPTURE]
    return found


def answers_of(crawler: Crawler) -> Mapping[str, object]:
    """Return what the requests of the errand's spider came to, by URL."""
    spider = crawler.spider
    return spider.answers if isinstance(spider, _ErrandSpider) else {}


def send(crawler: Crawler, *requests: Request) -> None:
    """Have the errand's spider yield requests when the errand is done."""
    if isinstance(crawler.spider, _ErrandSpider):
        crawler.spider.requests += requests
