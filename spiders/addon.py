"""The same gate for any Scrapy project: an add-on without a manifest or a ledger.

::

    ADDONS = {"spiders.addon.ConsentAddon": 500}
    USER_AGENT = "MyBot/1.0 (+https://my.example/bot)"

    ESTOVERS_PRODUCT_TOKEN = "MyBot"            # default: USER_AGENT up to its first "/"
    ESTOVERS_LICENSES = ["CC0-1.0", "CC-BY"]    # default: CC0, PDM, BY and BY-SA
    ESTOVERS_USAGE = True                       # False: ask for leave to fetch only
    ESTOVERS_DECISIONS = "decisions.jsonl"      # one JSON line for each decision
    ESTOVERS_DELAY = 1.0                        # seconds between two requests to a host

Every request, redirect and retry is judged before it is sent; a page whose use for training
is refused or held does not reach the spider.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Final, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import BaseSettings

from pipeline.consent import crawlers
from pipeline.ending import Ending
from pipeline.errors import UsageFault
from pipeline.model import Capture, Policy
from pipeline.values import DEFAULT_LICENSES, allowed_license
from pipeline.vocab import ProductToken, Reason
from spiders.desk import Desk
from spiders.diary import Diary
from spiders.gate import DESK, Gate, TurnedAway
from spiders.wire import CAPTURE

_TOKEN: Final = re.compile(r"[A-Za-z_-]+")
_ENDS_HERE: Final = frozenset({"refused", "held"})


class ConsentAddon:
    """Puts the gate in the place of Scrapy's robots middleware, and the wire below it."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Set what the gate needs; a project's own middlewares stay."""
        forced: dict[str, object] = {
            "DOWNLOAD_HANDLERS": {
                **settings.getdict("DOWNLOAD_HANDLERS"),
                **dict.fromkeys(("http", "https"), "spiders.wire.Wire"),
                **dict.fromkeys(("file", "data", "ftp", "s3")),
            },
            "DOWNLOADER_MIDDLEWARES": {
                **settings.getdict("DOWNLOADER_MIDDLEWARES"),
                "spiders.addon.ConsentGate": 950,
            },
            # What a cache answers was judged by what held when it was filled.
            "HTTPCACHE_ENABLED": False,
            # Our gate reads robots.txt; Scrapy's lets pages through when it cannot.
            "ROBOTSTXT_OBEY": False,
            "HTTPPROXY_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
        }
        for name, value in forced.items():
            settings.set(name, value, priority="cmdline")


class ConsentGate(Gate):
    """The gate, with a diary for its book, which also judges what came back."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        policy = _policy_of(crawler)
        self._admitted: Counter[str] = Counter()
        self._diary = Diary(Path(settings.get("ESTOVERS_DECISIONS", "decisions.jsonl")))
        self._judges_usage = settings.getbool("ESTOVERS_USAGE", default=True)
        DESK.put(crawler, Desk(policy, self._diary))
        super().__init__(crawler, judges_usage=self._judges_usage)
        crawler.signals.connect(self._close, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the gate as Scrapy asks for it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> Request | None:
        """Let a request pass as the gate does, and remember which pages it let pass."""
        is_policy_file = self.has_leave(request)
        instead = await super().process_request(request)
        if instead is None and not is_policy_file:
            self._admitted[request.url] += 1
        return instead

    async def process_response(self, request: Request, response: Response) -> Response:
        """Pass a page on when its use is admitted.

        Raises TurnedAway where use is refused or held. Redirects and errors are passed on:
        what follows from them comes back to the gate. An answer that another middleware
        gives in the wire's place was not judged, so that it is turned away too.
        """
        was_admitted = self._was_admitted(request.url)
        if not self._judges_usage:
            return response
        if not was_admitted and self.policies.is_asking(request.url):
            return response
        capture: Capture | None = request.meta.pop(CAPTURE, None)
        if not was_admitted or capture is None:
            ending = Ending(
                url=request.url,
                outcome="refused",
                reason=Reason.NOT_CAPTURED,
                detail="the answer did not come over the wire",
            )
            self._desk.end(ending)
            raise TurnedAway(ending)
        received = self._desk.receive(await self.policies.examination_of(capture))
        self._desk.end(received.ending)
        if received.ending.outcome in _ENDS_HERE and capture.status == 200:  # noqa: PLR2004
            raise TurnedAway(received.ending, received.judgement)
        return response

    def _was_admitted(self, url: str) -> bool:
        # Once for each admission: of two requests for one URL each has its own.
        if not self._admitted[url]:
            del self._admitted[url]
            return False
        self._admitted[url] -= 1
        return True

    def _close(self) -> None:
        self._diary.close()


def _policy_of(crawler: Crawler) -> Policy:
    settings = crawler.settings
    agent: str = settings.get("USER_AGENT") or ""
    token: str = settings.get("ESTOVERS_PRODUCT_TOKEN") or agent.partition("/")[0]
    if (
        not _TOKEN.fullmatch(token)
        or token.lower() not in agent.lower()
        or "+" not in agent
    ):
        # Not NotConfigured: Scrapy would go on without the gate.
        raise UsageFault(
            "ConsentAddon: hosts have to know who asks. Set USER_AGENT to a product token "
            "of letters, - and _, a version and your page, such as "
            "'MyBot/1.0 (+https://my.example/bot)'."
        )
    return Policy(
        product_token=ProductToken(token),
        allowed_licenses=tuple(
            map(allowed_license, settings.getlist("ESTOVERS_LICENSES") or DEFAULT_LICENSES)
        ),
        training_tokens=crawlers.training_tokens(crawlers.load()),
    )
