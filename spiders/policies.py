"""Policy files, fetched once for each origin and shared by all who ask at once."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Final, Protocol

from scrapy import Request
from scrapy.crawler import Crawler

from pipeline.model import Capture, Exchange, Judgement
from spiders.desk import Desk, Examined
from spiders.frontier import host_of
from spiders.manners import MANNERS, HostWaits
from spiders.permits import PERMITS
from spiders.shelf import Shelf
from spiders.wire import CAPTURE, MAX_BYTES, WireFailure

MAX_ROUNDS: Final = 40
"""How often one URL's judgement may ask for more: hops, files and documents together."""

POLICY_BYTES: Final = 1 << 20
"""Most bytes of a policy file that are read: twice what RFC 9309 section 2.5 asks for."""


OURS: Final = "estovers_ours"
"""Key in ``request.meta``: the request has its permit already, and needs no other leave."""

# Another project's middlewares leave a policy file alone: the judge follows its redirects,
# reads its errors and decides how often it is asked for.
_AS_IT_IS: Final = {
    "allow_offsite": True,
    "dont_cache": True,
    "dont_redirect": True,
    "dont_retry": True,
    "handle_httpstatus_all": True,
}


Fetch = Callable[[str], Coroutine[None, None, None]]

Known = tuple[Exchange, int]
"""A policy file that was read, and the number of its exchange."""


class Others(Protocol):
    """Whose the other hosts are, where a crawl is shared: each is asked by one worker."""

    def has(self, url: str) -> bool:
        """Say whether somebody else asks the host of a URL."""

    async def borrow(self, url: str) -> Known | None:
        """Return a policy file of another's host, or None where asking gave none.

        Raises HostWaits where the host has asked to be left alone for long.
        """


class _Nobody:
    """The others of a crawl that is not shared."""

    def has(self, url: str) -> bool:
        """Say no."""
        del url
        return False

    async def borrow(self, url: str) -> Known | None:
        """Return nothing, as nobody has it."""
        del url
        return None


def _nobody(_crawler: Crawler) -> Others:
    return _Nobody()


OTHERS: Final = Shelf(_nobody)
"""Who else asks hosts in the same crawl."""


class Policies:
    """Asks for the files that a judgement wants, until it wants no more."""

    def __init__(self, crawler: Crawler, desk: Desk) -> None:
        self._crawler = crawler
        self._desk = desk
        self._permits = PERMITS.of(crawler)
        self._manners = MANNERS.of(crawler)
        self._others = OTHERS.of(crawler)
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._borrowing: dict[str, asyncio.Task[None]] = {}

    async def judgement_of(self, url: str) -> Judgement:
        """Return the judgement of a URL once every policy file it needs was asked for.

        Raises HostWaits where the host has asked to be left alone for long.
        """
        judgement = self._ask(url)
        asked: set[str] = set()
        for _ in range(MAX_ROUNDS):
            if not await self._fetch_wanted(judgement, asked):
                break
            judgement = self._ask(url)
        return judgement

    async def examination_of(
        self, capture: Capture, *, previous: tuple[Exchange, int] | None = None
    ) -> Examined:
        """Return a page's examination once the files that it names itself were asked for.

        Where a host sends us away meanwhile, the page is judged without them: it is held.
        """
        examined = self._desk.examine(capture, previous=previous)
        with suppress(HostWaits):
            asked: set[str] = set()
            for _ in range(MAX_ROUNDS):
                if not await self._fetch_wanted(examined.judgement, asked):
                    break
                examined = self._desk.examine(capture, previous=previous)
        return examined

    async def lend(self, url: str) -> Known | None:
        """Return a policy file for another, asked for where it is not known yet.

        None where the answer came under another spelling of the URL. Raises HostWaits where
        the host has asked to be left alone for long.
        """
        found = self._desk.known(url)
        if found is None:
            await _once(self._asking, url, self._fetch)
            found = self._desk.known(url)
        return found

    def _ask(self, url: str) -> Judgement:
        judgement = self._desk.ask(url)
        # A Crawl-delay holds from the moment it is read, for the other policy files too.
        self._manners.ask_delay(host_of(url), judgement.crawl_delay)
        return judgement

    def is_asking(self, url: str) -> bool:
        """Say whether a URL is being asked for as a policy file."""
        return url in self._asking

    async def _fetch_wanted(self, judgement: Judgement, asked: set[str]) -> bool:
        """Ask for what is wanted and was not ``asked`` for; say whether anything was."""
        before = len(asked)
        for url in judgement.wanted:
            if url not in asked:
                await self._policy_file(url)
        asked.update(judgement.wanted)
        for url in judgement.wanted_pages:
            if url not in asked:
                await _once(self._asking, url, self._fetch_license_page)
        asked.update(judgement.wanted_pages)
        return len(asked) > before

    async def _policy_file(self, url: str) -> None:
        if self._others.has(url):
            # Not among those that we ask for ourselves: a host may become ours meanwhile,
            # and then it is we who are asked to lend.
            await _once(self._borrowing, url, self._borrow)
        else:
            await _once(self._asking, url, self._fetch)

    async def _borrow(self, url: str) -> None:
        found = await self._others.borrow(url)
        if found is not None:
            self._desk.lay(*found)

    async def _fetch(self, url: str) -> None:
        self._desk.admit_policy_file(url)
        await self._send(url)

    async def _fetch_license_page(self, url: str) -> None:
        if self._desk.admit_license_page(url):
            await self._send(url)

    async def _send(self, url: str) -> None:
        await self._desk.durable(is_urgent=True)
        self._permits.issue("GET", url)
        request = Request(
            url, meta={MAX_BYTES: POLICY_BYTES, OURS: True, **_AS_IT_IS}, dont_filter=True
        )
        try:
            await self._crawler.engine.download_async(request)
            capture: Capture = request.meta[CAPTURE]
        except WireFailure as failure:
            capture = failure.capture
        self._desk.learn(capture)


async def _once(tasks: dict[str, asyncio.Task[None]], url: str, fetch: Fetch) -> None:
    """Wait for a fetch of ``url``, which is begun where none is under way."""
    task = tasks.get(url)
    if task is None:
        task = tasks[url] = asyncio.ensure_future(fetch(url))
    try:
        await asyncio.shield(task)
    finally:
        if task.done():
            tasks.pop(url, None)
