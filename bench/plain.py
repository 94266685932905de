"""Plain Scrapy with ROBOTSTXT_OBEY: follows links, keeps nothing."""

import json
import sys
import time
from collections.abc import Iterator

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response


class Plain(Spider):
    """Follow every link of one host."""

    name = "plain"
    seen = 0

    def parse(self, response: Response) -> Iterator[Request]:
        """Count the page and follow its links."""
        Plain.seen += 1
        yield from response.follow_all(css="a")


def main(port: str) -> None:
    """Crawl the site on ``port`` and print figures as JSON."""
    Plain.start_urls = [f"http://127.0.0.1:{port}/"]
    Plain.allowed_domains = ["127.0.0.1"]
    started, cpu = time.perf_counter(), time.process_time()
    process = AsyncCrawlerProcess({"ROBOTSTXT_OBEY": True, "LOG_ENABLED": False})
    process.crawl(Plain)
    process.start()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(json.dumps({"pages": Plain.seen, "seconds": seconds, "cpu": cpu}))


if __name__ == "__main__":
    main(sys.argv[1])
