"""A worker of a shared crawl: asks the hosts that are its own, and tells the book of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import singledispatchmethod
from pathlib import Path
from threading import Lock, Thread
from typing import Final

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.exceptions import IgnoreRequest

from pipeline.model import Policy
from spiders import post
from spiders.desk import Desk
from spiders.earlier import Earlier
from spiders.gate import DESK, Gate
from spiders.manners import MANNERS, HostWaits
from spiders.policies import OTHERS, Policies
from spiders.post import (
    Ask,
    Bye,
    Hello,
    Lend,
    Lent,
    Line,
    NotLent,
    Open,
    Stop,
    Synced,
    Word,
)
from spiders.reach import Reach
from spiders.reception import RECEPTION, Reception
from spiders.relay import Relay
from spiders.settings import Manner, settings_of
from spiders.shelf import Shelf
from spiders.site import request_of
from spiders.visit import Call
from spiders.wire import REACH

# Scrapy keeps one loop for a process. A worker that is given a second task leaves it to
# others, which then have more hosts.
_ONE_AT_A_TIME: Final = Lock()

_FAREWELL: Final = 10.0
"""Seconds that a worker waits for the book to hang up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a worker has to know: who asks and by which policy, and where the book is.

    ``key`` opens the book's line to whoever has it; ``folder`` is that of the build.
    """

    manner: Manner
    policy: Policy
    reach: Reach
    folder: Path
    place: int = 0
    address: tuple[str, int] = ("", 0)
    key: bytes = b""


def work(task: Task) -> bool:
    """Work for a crawl until the book says that it is over; False where nothing was done.

    Raises EngineFault where the book is not reached.
    """
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        return False
    try:
        line = post.reach(task.address, task.key)
        relay = Relay(line)
        ears = Ears(line)
        try:
            _crawl(task, relay, ears)
        finally:
            # What was said last is lost where this end hangs up on words that it has not
            # heard: the book is left to do it.
            ears.join(_FAREWELL)
            line.hang_up()
    finally:
        _ONE_AT_A_TIME.release()
    return True


def _crawl(task: Task, relay: Relay, ears: "Ears") -> None:
    desk = Desk(task.policy, relay, clock=task.reach.clock)
    earlier = Earlier(task.folder)
    # What is asked for comes from the book alone.
    settings = settings_of(task.manner) | {
        "SCHEDULER": "scrapy.core.scheduler.Scheduler",
    }
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(_Errands)
    DESK.put(crawler, desk)
    RECEPTION.put(crawler, Reception(desk, relay, earlier))
    REACH.put(crawler, task.reach)
    OTHERS.put(crawler, relay)

    async def obey(crawler: Crawler) -> None:
        relay.say(Hello(task.place))
        try:
            await _Worker(crawler, relay, desk=desk, earlier=earlier).obey(ears)
            relay.say(Bye())
        except Exception as fault:  # noqa: BLE001  (the book raises it; Scrapy only logs it)
            relay.stop(fault)
        relay.send()

    _OBEYING.put(crawler, obey)
    crawling = process.crawl(crawler)
    # The command's own process hears the keys that are pressed.
    process.start(install_signal_handlers=False)
    if crawling.done() and not crawling.cancelled() and crawling.exception() is not None:
        raise RuntimeError("a worker could not begin") from crawling.exception()


class Ears:
    """A thread that hears what the book says, once somebody is there to obey."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._thread: Thread | None = None

    def listen(
        self, hear: Callable[[Sequence[Word]], object], lost: Callable[[], object]
    ) -> None:
        """Hand words over as they come; say when none will come any more."""
        self._thread = Thread(target=self._listen, args=(hear, lost), daemon=True)
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait until the book has hung up, and no longer than that."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _listen(
        self, hear: Callable[[Sequence[Word]], object], lost: Callable[[], object]
    ) -> None:
        # The loop may have ended before the last words come.
        with suppress(RuntimeError):
            for words in self._line.words():
                hear(words)
            lost()


class _Worker:
    """What is done at each of the book's words."""

    def __init__(
        self, crawler: Crawler, relay: Relay, *, desk: Desk, earlier: Earlier
    ) -> None:
        gate = crawler.get_downloader_middleware(Gate)
        if gate is None:
            raise LookupError("the gate is not in place")
        self._crawler = crawler
        self._relay = relay
        self._desk = desk
        self._earlier = earlier
        self._policies: Policies = gate.policies
        self._manners = MANNERS.of(crawler)
        self._over = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def obey(self, ears: Ears) -> None:
        """Do what the book says until it says that nothing more will come."""
        soon = asyncio.get_running_loop().call_soon_threadsafe
        ears.listen(lambda words: soon(self._hear, words), lambda: soon(self._end_at_once))
        await self._over.wait()
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _hear(self, words: Sequence[Word]) -> None:
        try:
            for word in words:
                self._do(word)
        except Exception as fault:  # noqa: BLE001  (the book raises it; a loop only logs it)
            self._relay.stop(fault)

    @singledispatchmethod
    def _do(self, word: Word) -> None:
        raise TypeError(f"the book does not say {word!r}")

    @_do.register
    def _ask(self, word: Ask) -> None:
        self._begin(self._fetch(word))

    @_do.register
    def _take_note(self, word: Synced) -> None:
        self._relay.synced(word.number)

    @_do.register
    def _lend(self, word: Lend) -> None:
        self._begin(self._fetch_for_another(word.url))

    @_do.register
    def _receive(self, word: Lent | NotLent) -> None:
        self._relay.lent(word)

    @_do.register
    def _stop(self, word: Stop) -> None:
        del word
        self._over.set()

    @_do.register
    def _open(self, word: Open) -> None:
        self._relay.own(word.host)
        for exchange, number in word.policies:
            self._desk.lay(exchange, number)
        if word.wait > 0:
            self._manners.back_off(word.host, word.wait)
        if word.was_asked:
            self._manners.resume(word.host)

    def _begin(self, doing: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fetch(self, word: Ask) -> None:
        """Ask for a URL; what comes of it is told by those who take it in."""
        if word.past is not None:
            self._earlier.learn(word.past)
        request = request_of(Call(*word))
        engine = self._crawler.engine
        try:
            if engine is not None:
                await engine.download_async(request)
        except IgnoreRequest:
            pass
        except Exception as fault:  # noqa: BLE001  (the book raises it)
            self._relay.stop(fault)
        finally:
            self._earlier.forget(word.url)

    async def _fetch_for_another(self, url: str) -> None:
        try:
            self._relay.say(Lent(url, await self._policies.lend(url)))
        except HostWaits as waits:
            self._relay.say(NotLent(url, waits.host, waits.seconds))
        except Exception as fault:  # noqa: BLE001  (the book raises it)
            self._relay.stop(fault)

    def _end_at_once(self) -> None:
        """End where the book is gone: nothing could be written down any more."""
        if not self._over.is_set():
            for task in asyncio.all_tasks():
                task.cancel()


_OBEYING: Final = Shelf[Callable[[Crawler], Coroutine[None, None, None]]]()


class _Errands(Spider):
    """A spider that yields nothing: what is asked for goes straight to the gate."""

    name = "worker"

    async def start(self) -> AsyncIterator[Request]:
        """Work until the book says that nothing more will come."""
        await _OBEYING.of(self.crawler)(self.crawler)
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request
