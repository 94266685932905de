"""A Scrapy project of somebody else's, with the add-on: run as a program by test_addon.

``python -m tests.spiders.project REACH URLS SETTINGS`` crawls and prints what came of it.
"""

import json
import sys
from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.python import to_unicode

from spiders.reach import Reach
from spiders.wire import REACH


class EssaySpider(scrapy.Spider):
    """Follows every link and notes what reached it."""

    name = "essays"
    urls: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()

    async def start(self) -> AsyncIterator[Request]:
        for url in type(self).urls:
            yield self._request(url)

    def follow(self, response: Response) -> Iterator[Request]:
        type(self).seen += (response.url,)
        for link in response.css("a[href^='/']::attr(href)").getall():
            yield self._request(response.urljoin(link))

    def _request(self, url: str) -> Request:
        twice = url.endswith("?twice")
        return Request(url, self.follow, errback=self.fail, dont_filter=twice)

    def fail(self, failure: object) -> None:
        request = failure.request  # type: ignore[attr-defined]
        value = failure.value  # type: ignore[attr-defined]
        type(self).failed += ((request.url, f"{type(value).__name__}: {value}"),)


class Careless(EssaySpider):
    """A spider whose own settings name Scrapy's own handler."""

    custom_settings = {  # type: ignore[mutable-override]  # noqa: RUF012
        "DOWNLOAD_HANDLERS": {
            "http": "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"
        },
        "ROBOTSTXT_OBEY": False,
    }


class Picky:
    """A middleware of the project's, which the add-on leaves in place."""

    def process_request(self, request: Request) -> None:
        if request.url.endswith("/bare"):
            raise IgnoreRequest("not wanted")


class Browser:
    """A middleware that answers in the place of the wire."""

    def process_request(self, request: Request) -> Response | None:
        if "/browser" not in request.url:
            return None
        return scrapy.http.HtmlResponse(request.url, body=b"<p>from elsewhere")


class Breaker:
    """A middleware below the gate that fails on policy files."""

    def process_request(self, request: Request) -> None:
        if request.url.endswith("/robots.txt"):
            raise ValueError("broken")


def main(reach: str, urls: str, settings: str) -> None:
    """Crawl and print what came of it."""
    given = json.loads(settings)
    process = CrawlerProcess({"LOG_LEVEL": "WARNING", **given})
    spider = Careless if given.get("CARELESS") else EssaySpider
    spider.urls = tuple(json.loads(urls))
    crawler = process.create_crawler(spider)
    served = {host: (address, port) for host, (address, port) in json.loads(reach).items()}
    REACH.put(crawler, Reach(served, is_live=False))
    process.crawl(crawler)  # type: ignore[unused-awaitable]
    process.start()
    sys.stdout.write(json.dumps(_report(crawler, spider)))


def _report(crawler: Crawler, spider: type[EssaySpider]) -> dict[str, object]:
    stats = crawler.stats
    return {
        "seen": sorted(spider.seen),
        "failed": dict(spider.failed),
        "finish": stats.get_value("finish_reason"),
        "retries": stats.get_value("retry/count", 0),
    }


if __name__ == "__main__":
    main(*map(to_unicode, sys.argv[1:]))
