"""The book of a shared crawl: it hands out URLs, and writes down what its workers say.

There is one frontier, one archive and one ledger. A host is asked by one worker, which
keeps its manners and knows its policy files, for as long as that worker is there.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Final

from pipeline.engine import ATTEMPTS, hopeless
from pipeline.errors import EstoversError
from pipeline.ledger.rows import FingerprintRow, OutcomeRow, PermitRow
from pipeline.model import Exchange
from spiders.post import (
    Added,
    Arrived,
    Ask,
    Borrow,
    Bye,
    Concluded,
    Fault,
    Hello,
    Hurry,
    Lend,
    Lent,
    Line,
    NotLent,
    Open,
    Settled,
    Stop,
    Sync,
    Synced,
    Waits,
    Word,
    Wrote,
)
from spiders.record import FLUSH_EVERY, FLUSH_SOON, LedgerRecorder
from spiders.relay import host_asked
from spiders.visit import Visit

_LETTERS: Final = 256
"""Messages that are taken in before anything else is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of hosts: policy files with their numbers, and seconds to wait."""

    policies: tuple[tuple[Exchange, int], ...]
    waits: Mapping[str, float]


@dataclass(slots=True, eq=False)
class Worker:
    """A worker that has come: what it was given, and the ledger's numbers for its own."""

    line: Line
    place: int = -1
    hosts: set[str] = field(default_factory=set)
    out: set[str] = field(default_factory=set)
    wished: int = 0
    synced: int = 0
    to_say: list[Word] = field(default_factory=list)
    exchanges: dict[int, int] = field(default_factory=dict)
    decision: tuple[int, int] = (0, 0)

    def exchange(self, number: int) -> int:
        """Return the ledger's number of an exchange."""
        return number if number > 0 else self.exchanges[number]

    def seq(self, number: int) -> int:
        """Return the ledger's number of the decision that was written down last."""
        own, given = self.decision
        if number != own:
            raise KeyError(number)
        return given


Letter = tuple[Worker, Sequence[Word] | None]
"""Words of a worker, or None when it has hung up."""


class Book:
    """The visit as its workers see it."""

    def __init__(
        self, visit: Visit, recorder: LedgerRecorder, known: Callable[[], Known]
    ) -> None:
        self.inbox: SimpleQueue[Letter] = SimpleQueue()
        self.workers: list[Worker] = []
        self.met: set[int] = set()
        self._visit = visit
        self._recorder = recorder
        self._read_known = known
        self._owners: dict[str, Worker] = {}
        self._asked: set[str] = set()
        self._policies: dict[str, list[tuple[Exchange, int]]] = {}
        self._waits: dict[str, float] = {}
        self._borrowers: defaultdict[str, set[Worker]] = defaultdict(set)
        self._to_lend: list[str] = []
        self._losses: Counter[str] = Counter()
        self._due: float | None = None
        self._know(known())

    def is_over(self) -> bool:
        """Say whether nothing is out, and nothing is to be handed out any more."""
        if self.is_stopped():
            return True
        frontier = self._visit.frontier
        return not (frontier.in_flight() if self._visit.interrupted else frontier.is_open())

    def is_stopped(self) -> bool:
        """Say whether a fault has ended the crawl."""
        return self._visit.stopped is not None

    def hand_out(self) -> None:
        """Give each URL whose turn it is to the worker whose host it is on."""
        if not self.workers or self._visit.interrupted:
            return
        while (call := self._visit.next()) is not None:
            worker = self._owner_of(host_asked(call.url))
            worker.out.add(call.url)
            worker.to_say.append(Ask(*call))

    def speak(self) -> None:
        """Send what there is to say to each worker."""
        if self.workers:
            self._lend()
        for worker in self.workers:
            if worker.to_say:
                worker.line.send(worker.to_say)
                worker.to_say = []

    def hear(self, seconds: float) -> None:
        """Take in what workers say, waiting so long for the first word; commit when due."""
        if self._due is not None:
            seconds = min(seconds, max(0.0, self._due - monotonic()))
        try:
            letter = self.inbox.get(timeout=seconds)
            self._take_in(letter)
            for _ in range(_LETTERS):
                self._take_in(self.inbox.get_nowait())
        except Empty:
            pass
        if self._due is not None and self._due <= monotonic():
            self._commit()

    def say_stop(self) -> None:
        """Tell all workers that nothing more will come."""
        for worker in self.workers:
            worker.to_say.append(Stop())
        self.speak()

    def _take_in(self, letter: Letter) -> None:
        worker, words = letter
        try:
            if words is not None:
                for word in words:
                    self._do(word, worker)
                # Never in the middle: what one message says belongs together.
                if self._recorder.is_full:
                    self._commit()
            elif worker in self.workers:
                self._lose(worker)
        except Exception as fault:  # noqa: BLE001  (raised by the one who began the crawl)
            self._visit.stop(fault)

    @singledispatchmethod
    def _do(self, word: Word, worker: Worker) -> None:
        raise TypeError(f"worker {worker.place} does not say {word!r}")

    @_do.register
    def _greet(self, word: Hello, worker: Worker) -> None:
        worker.place = word.place
        self.workers.append(worker)
        self.met.add(word.place)

    @_do.register
    def _keep(self, word: Wrote, worker: Worker) -> None:
        worker.exchanges[word.number] = self._recorder.keep(word.note)

    @_do.register
    def _conclude(self, word: Concluded, worker: Worker) -> None:
        inputs = [worker.exchange(number) for number in word.note.row.inputs]
        row = word.note.row._replace(inputs=inputs)
        decided = self._recorder.conclude(word.note._replace(row=row))
        worker.decision = (word.seq, decided.seq)

    @_do.register
    def _add(self, word: Added, worker: Worker) -> None:
        row = word.row
        match row:
            case FingerprintRow():
                row = row._replace(exchange=worker.exchange(row.exchange))
            case PermitRow():
                row = row._replace(seq=worker.seq(row.seq))
            case OutcomeRow():
                if row.exchange is not None:
                    row = row._replace(exchange=worker.exchange(row.exchange))
        self._recorder.add(row)

    @_do.register
    def _arrive(self, word: Arrived, worker: Worker) -> None:
        ending = word.arrival.ending
        worker.out.discard(ending.url)
        if ending.exchange is not None:
            # All that rests on the page's exchange was said before its end.
            ending = replace(ending, exchange=worker.exchanges.pop(ending.exchange))
        self._visit.arrived(word.arrival._replace(ending=ending))

    @_do.register
    def _settle(self, word: Settled, worker: Worker) -> None:
        worker.out.discard(word.ending.url)
        self._visit.settled(word.ending)

    @_do.register
    def _wait(self, word: Waits, worker: Worker) -> None:
        worker.out.discard(word.url)
        self._visit.waits(word.url, word.seconds)

    @_do.register
    def _wish(self, word: Sync, worker: Worker) -> None:
        worker.wished = word.number
        self._hasten(FLUSH_SOON if word.is_urgent else FLUSH_EVERY)

    @_do.register
    def _hurry(self, word: Hurry, worker: Worker) -> None:
        del word
        if worker.wished > worker.synced:
            self._hasten(FLUSH_SOON)

    @_do.register
    def _borrow(self, word: Borrow, worker: Worker) -> None:
        if word.url not in self._borrowers:
            self._to_lend.append(word.url)
        self._borrowers[word.url].add(worker)

    @_do.register
    def _pass_on(self, word: Lent | NotLent, worker: Worker) -> None:
        if isinstance(word, Lent) and word.found is not None:
            exchange, number = word.found
            word = Lent(word.url, (exchange, worker.exchange(number)))
        for each in self._borrowers.pop(word.url, ()):
            each.to_say.append(word)

    @_do.register
    def _stop(self, word: Fault, worker: Worker) -> None:
        del worker
        self._visit.stop(word.error)

    @_do.register
    def _part(self, word: Bye, worker: Worker) -> None:
        del word
        self.workers.remove(worker)
        worker.line.hang_up()

    def _lose(self, worker: Worker) -> None:
        """Put back what a worker was lost with; others ask its hosts from now on."""
        self.workers.remove(worker)
        for url in sorted(worker.out):
            # Whatever it was lost over, it is not the fault of the page's host.
            self._visit.frontier.again(url, count=False)
            self._losses[url] += 1
            if self._losses[url] == ATTEMPTS:
                self._visit.stop(hopeless(url))
        for host in worker.hosts:
            del self._owners[host]
        self._asked |= worker.hosts
        self._know(self._read_known())
        for url, borrowers in self._borrowers.items():
            borrowers.discard(worker)
            if host_asked(url) in worker.hosts:
                self._to_lend.append(url)

    def _know(self, known: Known) -> None:
        now = monotonic()
        self._waits = {host: now + seconds for host, seconds in known.waits.items()}
        self._policies = {}
        for exchange, number in known.policies:
            host = host_asked(exchange.url)
            if host in self._owners:
                continue
            self._policies.setdefault(host, []).append((exchange, number))

    def _owner_of(self, host: str) -> Worker:
        """Return whose a host is; a new one goes to the worker that has the fewest."""
        owner = self._owners.get(host)
        if owner is None:
            owner = min(self.workers, key=lambda one: len(one.hosts))
            self._owners[host] = owner
            owner.hosts.add(host)
            owner.to_say.append(
                Open(
                    host,
                    policies=tuple(self._policies.pop(host, ())),
                    wait=self._waits.pop(host, 0.0) - monotonic(),
                    was_asked=host in self._asked,
                )
            )
        return owner

    def _lend(self) -> None:
        for url in self._to_lend:
            self._owner_of(host_asked(url)).to_say.append(Lend(url))
        self._to_lend.clear()

    def _hasten(self, seconds: float) -> None:
        due = monotonic() + seconds
        self._due = due if self._due is None else min(due, self._due)

    def _commit(self) -> None:
        self._due = None
        try:
            self._recorder.flush()
        except EstoversError as fault:
            self._visit.stop(fault)
            return
        for worker in self.workers:
            if worker.wished > worker.synced:
                worker.synced = worker.wished
                worker.to_say.append(Synced(worker.synced))
        self.speak()
