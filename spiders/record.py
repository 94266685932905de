"""Where a crawl writes down what it received and decided, durably before it acts on it."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, assert_never

from pipeline.archive import ARCHIVE, QUARANTINE, Archive, Place
from pipeline.clock import Clock, machine
from pipeline.ending import Ending
from pipeline.errors import EstoversError
from pipeline.ledger.rows import (
    Discovery,
    FingerprintRow,
    OutcomeRow,
    PermitRow,
    Row,
)
from pipeline.ledger.store import Ledger
from pipeline.model import Capture, Exchange, Judgement
from pipeline.vocab import Stage
from spiders import notes
from spiders.frontier import Found, host_of
from spiders.notes import Answered, Decided, Judged

FLUSH_EVERY: Final = 0.2
"""Seconds for which entries gather before they are committed together."""

FLUSH_SOON: Final = 0.005
"""Seconds for which they gather when the wire runs out of permits meanwhile."""

FLUSH_AT: Final = 2048
"""Entries at which they are committed at once."""


class Recorder(Protocol):
    """What the gate needs of a book; the ledger is one, a JSONL file another."""

    def exchange(
        self, capture: Capture, *, kind: str, store: str | None, place: Place | None = None
    ) -> int:
        """Write down an exchange, its payload in ``store`` if one is named."""

    def decided(
        self, judgement: Judgement, stage: Stage, *, inputs: Sequence[int], now: datetime
    ) -> Decided:
        """Write down one of a judgement's two decisions."""

    def compared(self, exchange: Exchange, number: int) -> None:
        """Write down what the text of an exchange can be compared by."""

    def permitted(
        self, decided: Decided, method: str, url: str, *, kind: str, now: datetime
    ) -> None:
        """Write down leave for one request."""

    def ended(self, ending: Ending, *, now: datetime) -> None:
        """Write down how a URL ended."""

    def hurry(self) -> None:
        """Have what waits for the disk written soon."""

    async def durable(self, *, is_urgent: bool = False) -> None:
        """Return when all that was written down so far is on the disk."""


class LedgerRecorder:
    """The archive and the ledger of one corpus, committed in groups.

    The archive is flushed and synced before the ledger says that it holds something.
    """

    def __init__(
        self,
        ledger: Ledger,
        folder: Path,
        *,
        run: int,
        software: str,
        clock: Clock = machine,
    ) -> None:
        self._ledger = ledger
        self._stores = {
            name: Archive(folder / name, software=software, clock=clock)
            for name in (ARCHIVE, QUARANTINE)
        }
        self._run = run
        self.visit = ledger.last("visit")
        self._waiting: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._count = 0
        self.fault: EstoversError | None = None

    def exchange(
        self, capture: Capture, *, kind: str, store: str | None, place: Place | None = None
    ) -> int:
        """Write down an exchange; ``place`` where its record stands already."""
        return self.keep(notes.answered(capture, kind=kind, store=store, place=place))

    def decided(
        self, judgement: Judgement, stage: Stage, *, inputs: Sequence[int], now: datetime
    ) -> Decided:
        """Write down a decision with its evidence."""
        return self.conclude(notes.judged(judgement, stage, inputs=inputs, now=now))

    def compared(self, exchange: Exchange, number: int) -> None:
        """Write down the fingerprint of a page's text, if it has enough of it."""
        row = notes.compared(exchange, number)
        if row is not None:
            self.add(row)

    def permitted(
        self, decided: Decided, method: str, url: str, *, kind: str, now: datetime
    ) -> None:
        """Write down leave for one request."""
        self.add(notes.permitted(decided, method, url, kind=kind, now=now))

    def ended(self, ending: Ending, *, now: datetime) -> None:
        """Write down how a URL ended."""
        self.add(notes.ended(ending, now=now))

    def keep(self, note: Answered) -> int:
        """Write an exchange down and its records into the archive; return its number."""
        number = self._ledger.number("exchange")
        row = note.row._replace(exchange=number, run=self._run, visit=self.visit)
        if note.store is not None:
            place = self._stores[note.store].append_member(note.response, note.request)
            row = row._replace(
                store=note.store, file=place.file, start=place.start, length=place.length
            )
        self._write_down([row])
        return number

    def conclude(self, note: Judged) -> Decided:
        """Write a decision down with all that belongs to it; return its name and number."""
        seq = self._ledger.number("seq")
        row = note.row._replace(seq=seq, run=self._run, visit=self.visit)
        evidence = (each._replace(seq=seq) for each in note.evidence)
        differing = (each._replace(run=self._run) for each in note.disagreements)
        self._write_down([row, *evidence, *differing])
        return Decided(decision=row.decision, seq=seq)

    def add(self, row: FingerprintRow | PermitRow | OutcomeRow) -> None:
        """Write a row down whose references to others are the ledger's numbers."""
        match row:
            case FingerprintRow():
                row = row._replace(run=self._run)
            case PermitRow():
                number = self._ledger.number("permit")
                row = row._replace(permit=number, run=self._run)
            case OutcomeRow():
                row = row._replace(run=self._run, visit=self.visit)
            case _:
                assert_never(row)
        self._write_down([row])

    def discovered(self, found: Sequence[Found]) -> None:
        """Write down where URLs were found."""
        self._write_down(
            Discovery(
                self.visit,
                f.url,
                host_of(f.url),
                f.via,
                f.kind,
                f.source,
                f.depth,
                f.in_depth,
                self._run,
            )
            for f in found
        )

    def hurry(self) -> None:
        """Have what waits for the disk written soon."""
        if self._waiting:
            self._schedule(FLUSH_SOON)

    async def durable(self, *, is_urgent: bool = False) -> None:
        """Return when all that was written down so far is on the disk.

        Raises ArchiveFault where the disk takes no more.
        """
        if self.fault is not None:
            raise self.fault
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._schedule(FLUSH_SOON if is_urgent else FLUSH_EVERY)
        await future

    @property
    def is_full(self) -> bool:
        """Whether so much waits for the disk that it should be written now."""
        return self._count >= FLUSH_AT

    def flush(self) -> None:
        """Put all that was written down on the disk: the archive first, then the ledger."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting = [future for future in self._waiting if not future.done()]
        self._waiting.clear()
        self._count = 0
        try:
            self._write()
        except EstoversError as error:
            self.fault = error
            for future in waiting:
                future.set_exception(error)
            if not waiting:
                raise
            return
        for future in waiting:
            future.set_result(None)

    def _write(self) -> None:
        for store in self._stores.values():
            store.sync()
        self._ledger.commit()

    def close(self) -> None:
        """Flush and close the stores; the ledger stays open for the next verb."""
        self.flush()
        for store in self._stores.values():
            store.close()

    def _write_down(self, rows: Iterable[Row]) -> None:
        self._ledger.append(rows)
        self._count += 1
        if self.is_full:
            self._schedule(FLUSH_SOON)

    def _schedule(self, wait: float) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # Where no loop runs, whoever writes knows what belongs together, and flushes.
            return
        if self._timer is not None and self._timer.when() <= loop.time() + wait:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_later(wait, self.flush)
