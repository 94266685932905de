"""One crawl over several workers: begun, watched, and begun anew where one is lost."""

import secrets
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread, current_thread, main_thread
from time import monotonic
from types import FrameType
from typing import Final

from pipeline.engine import ATTEMPTS, Engine, hopeless
from pipeline.errors import EngineFault
from spiders import worker
from spiders.book import Book, Known, Letter, Worker
from spiders.post import Office
from spiders.record import LedgerRecorder
from spiders.visit import Visit
from spiders.worker import Task

GATHER: Final = 20.0
"""Seconds after which a crawl begins with the workers that have come."""

_FAREWELL: Final = 30.0
"""Seconds that workers have for their last words when nothing is left to ask for."""

_TICK: Final = 0.1
_PROGRESS_EVERY: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be shared: a visit, its book, and the task that each worker is given.

    ``known`` reads what the ledger knows of hosts.
    """

    visit: Visit
    recorder: LedgerRecorder
    task: Task
    known: Callable[[], Known]
    progress: Callable[[Visit], None] | None = None


def crawl(order: Order, engine: Engine, *, workers: int) -> None:
    """Ask hosts until nothing is left, each by one of so many workers.

    What stops it is told by the visit.
    """
    book = Book(order.visit, order.recorder, order.known)
    if book.is_over():
        return
    office = Office(engine.home(), secrets.token_bytes(32))
    task = replace(order.task, address=office.address, key=office.key)
    staff = _Staff(engine, task, order.visit)
    Thread(target=_receive, args=(office, book.inbox), daemon=True).start()
    try:
        with _interrupting(order.visit):
            staff.begin(workers)
            _gather(book, staff)
            _keep(book, staff, order.progress)
            _take_leave(book)
    finally:
        office.close()
        staff.dismiss()


def _gather(book: Book, staff: "_Staff") -> None:
    """Wait for the workers: who comes first would be given every host."""
    until = monotonic() + GATHER
    while not book.is_over() and (
        not book.workers or (len(book.workers) < staff.expected() and monotonic() < until)
    ):
        book.hear(_TICK)
        staff.watch(book)


def _keep(book: Book, staff: "_Staff", progress: Callable[[Visit], None] | None) -> None:
    shown = watched = monotonic()
    while not book.is_over():
        book.hand_out()
        book.speak()
        book.hear(_TICK)
        now = monotonic()
        if now - watched >= _TICK:
            watched = now
            staff.watch(book)
        if progress is not None and now - shown >= _PROGRESS_EVERY:
            shown = now
            progress(staff.visit)


def _take_leave(book: Book) -> None:
    if book.is_stopped():
        return
    book.say_stop()
    until = monotonic() + _FAREWELL
    while book.workers and monotonic() < until:
        book.hear(_TICK)
        book.speak()


class _Staff:
    """The tasks of the workers; one whose worker is lost is begun anew."""

    def __init__(self, engine: Engine, task: Task, visit: Visit) -> None:
        self.visit = visit
        self._engine = engine
        self._task = task
        self._futures: dict[int, Future[bool]] = {}
        self._losses: Counter[int] = Counter()

    def begin(self, workers: int) -> None:
        """Begin so many tasks."""
        for place in range(workers):
            self._begin(place)

    def expected(self) -> int:
        """Return how many workers may be there or still come."""
        return len(self._futures)

    def watch(self, book: Book) -> None:
        """Begin tasks anew whose worker was lost; stop where nobody is left."""
        for place in book.met:
            self._losses[place] = 0
        book.met.clear()
        ended = [place for place, future in self._futures.items() if future.done()]
        for place in ended:
            self._take_note(place, self._futures.pop(place))
        if not self._futures and not book.workers and self.visit.stopped is None:
            self.visit.stop(
                EngineFault(
                    "Every worker has left the crawl. Look for what ended them, and run "
                    "the command again: what is committed is kept."
                )
            )

    def dismiss(self) -> None:
        """Wait for the end of the tasks; one that was never begun is taken back."""
        for future in self._futures.values():
            future.cancel()
        self._engine.dismiss()

    def _begin(self, place: int) -> None:
        task = replace(self._task, place=place)
        self._futures[place] = self._engine.begin(worker.work, task)

    def _take_note(self, place: int, future: Future[bool]) -> None:
        try:
            future.result()
        except self._engine.losses as loss:
            self._losses[place] += 1
            if self._losses[place] == ATTEMPTS:
                fault = hopeless(f"worker {place + 1} of the crawl")
                fault.__cause__ = loss
                self.visit.stop(fault)
            else:
                self._begin(place)
        except CancelledError:
            pass
        except Exception as fault:  # noqa: BLE001  (raised by the one who began the crawl)
            self.visit.stop(fault)


def _receive(office: Office, inbox: SimpleQueue[Letter]) -> None:
    """Let in whoever knows the key; each is heard by a thread of its own."""
    for connection in office.connections():
        Thread(target=_hear, args=(office, connection, inbox), daemon=True).start()


def _hear(office: Office, connection: Connection, inbox: SimpleQueue[Letter]) -> None:
    line = office.admit(connection)
    if line is None:
        return
    one = Worker(line)
    try:
        for words in line.words():
            inbox.put((one, words))
    finally:
        inbox.put((one, None))


@contextmanager
def _interrupting(visit: Visit) -> Iterator[None]:
    """Have a key that is pressed end the crawl in order, and a second one at once."""
    if current_thread() is not main_thread():
        yield
        return
    press = partial(_press, visit)
    before = {one: signal.signal(one, press) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _press(visit: Visit, number: int, frame: FrameType | None) -> None:
    del number, frame
    if visit.interrupted:
        # Not raised here: half of what a worker said may be written down.
        visit.stop(KeyboardInterrupt())
    visit.interrupted = True
