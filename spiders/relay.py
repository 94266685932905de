"""A worker's relay: what it writes down goes to the book, and comes back with numbers."""

import asyncio
import traceback
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from pipeline.archive import Place
from pipeline.ending import Ending
from pipeline.errors import EstoversError
from pipeline.model import Capture, Exchange, Judgement
from pipeline.vocab import Stage
from spiders import notes
from spiders.manners import HostWaits
from spiders.notes import Decided
from spiders.policies import Known
from spiders.post import (
    Added,
    Arrived,
    Borrow,
    Concluded,
    Fault,
    Hurry,
    Lent,
    Line,
    NotLent,
    Settled,
    Sync,
    Waits,
    Word,
    Wrote,
)
from spiders.visit import Arrival


class Relay:
    """The ``Recorder`` of a worker, who is told how URLs end, and whose the others are.

    What it is told in one turn of the loop goes out in one message.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._outgoing: list[Word] = []
        self._exchange = 0
        self._seq = 0
        self._syncs = 0
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._borrowing: dict[str, asyncio.Future[Known | None]] = {}
        self._hosts: set[str] = set()

    # --- what is written down

    def exchange(
        self, capture: Capture, *, kind: str, store: str | None, place: Place | None = None
    ) -> int:
        """Write down an exchange; return a number that holds until the book gives one."""
        self._exchange -= 1
        note = notes.answered(capture, kind=kind, store=store, place=place)
        self.say(Wrote(self._exchange, note))
        return self._exchange

    def decided(
        self, judgement: Judgement, stage: Stage, *, inputs: Sequence[int], now: datetime
    ) -> Decided:
        """Write down a decision with its evidence."""
        self._seq -= 1
        note = notes.judged(judgement, stage, inputs=inputs, now=now)
        self.say(Concluded(self._seq, note))
        return Decided(decision=note.row.decision, seq=self._seq)

    def compared(self, exchange: Exchange, number: int) -> None:
        """Write down the fingerprint of a page's text, if it has enough of it."""
        row = notes.compared(exchange, number)
        if row is not None:
            self.say(Added(row))

    def permitted(
        self, decided: Decided, method: str, url: str, *, kind: str, now: datetime
    ) -> None:
        """Write down leave for one request."""
        self.say(Added(notes.permitted(decided, method, url, kind=kind, now=now)))

    def ended(self, ending: Ending, *, now: datetime) -> None:
        """Write down how a URL ended."""
        self.say(Added(notes.ended(ending, now=now)))

    def hurry(self) -> None:
        """Have what waits for the disk written soon."""
        if self._waiting:
            self.say(Hurry())

    async def durable(self, *, is_urgent: bool = False) -> None:
        """Return when all that was written down so far is on the book's disk."""
        self._syncs += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[self._syncs] = future
        self.say(Sync(self._syncs, is_urgent))
        await future

    def synced(self, number: int) -> None:
        """Take note that all up to a wish is on the disk."""
        # Wishes are numbered in their order, and a dictionary keeps it.
        for each in [one for one in self._waiting if one <= number]:
            future = self._waiting.pop(each)
            if not future.done():
                future.set_result(None)

    # --- how URLs end

    def arrived(self, arrival: Arrival) -> None:
        """Tell of a URL that was answered."""
        self.say(Arrived(arrival))

    def settled(self, ending: Ending) -> None:
        """Tell of a URL that was not fetched, and whose end is written down already."""
        self.say(Settled(ending))

    def waits(self, url: str, seconds: float) -> None:
        """Tell of a URL whose host has asked for time."""
        self.say(Waits(url, seconds))

    def stop(self, fault: BaseException) -> None:
        """Tell of a fault, after which nobody is asked any more."""
        if not isinstance(fault, EstoversError):
            # Whatever it is made of may not go over a line; its words do.
            fault = RuntimeError("".join(traceback.format_exception(fault)))
        self.say(Fault(fault))

    # --- whose the others are

    def own(self, host: str) -> None:
        """Take note that a host is this worker's."""
        self._hosts.add(host)

    def has(self, url: str) -> bool:
        """Say whether somebody else asks the host of a URL."""
        return host_asked(url) not in self._hosts

    async def borrow(self, url: str) -> Known | None:
        """Return a policy file of another's host, or None where asking gave none.

        Raises HostWaits where the host has asked to be left alone for long.
        """
        future = self._borrowing.get(url)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            self._borrowing[url] = future
            self.say(Borrow(url))
        return await future

    def lent(self, word: Lent | NotLent) -> None:
        """Give a borrowed policy file to those who wait for it."""
        future = self._borrowing.pop(word.url, None)
        if future is None or future.done():
            return
        if isinstance(word, Lent):
            future.set_result(word.found)
        else:
            future.set_exception(HostWaits(word.host, word.seconds))

    def say(self, word: Word) -> None:
        """Say a word to the book when this turn of the loop is over."""
        if not self._outgoing:
            asyncio.get_running_loop().call_soon(self.send)
        self._outgoing.append(word)

    def send(self) -> None:
        """Say now what is to be said."""
        outgoing, self._outgoing = self._outgoing, []
        if outgoing:
            self._line.send(outgoing)


def host_asked(url: str) -> str:
    """Return the host that a request for a URL goes to, as the wire keeps its manners."""
    return urlsplit(url).hostname or ""
