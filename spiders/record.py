"""Where a crawl writes down what it received and decided, durably before it acts on it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from pipeline.archive import Archive, Place
from pipeline.clock import Clock, machine
from pipeline.ending import Ending
from pipeline.errors import EstoversError
from pipeline.fingerprint import fingerprint
from pipeline.ledger.entries import Entry, entries_of, exchange_row
from pipeline.ledger.rows import (
    DisagreementRow,
    Discovery,
    ExchangeRow,
    FingerprintRow,
    OutcomeRow,
    PermitRow,
)
from pipeline.ledger.store import Ledger
from pipeline.markup import Markup, read
from pipeline.model import Capture, Exchange, Judgement
from pipeline.vocab import Stage
from spiders.frontier import Found, host_of

FLUSH_EVERY: Final = 0.2
"""Seconds for which entries gather before they are committed together."""

FLUSH_SOON: Final = 0.005
"""Seconds for which they gather when the wire runs out of permits meanwhile."""

FLUSH_AT: Final = 2048
"""Entries at which they are committed at once."""

ARCHIVE: Final = "archive"
QUARANTINE: Final = "quarantine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision that was written down: its name and its place in the order."""

    decision: str
    seq: int


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
        number = self._ledger.number("exchange")
        if store is not None and place is None and capture.status is not None:
            place = self._stores[store].append(capture, kind=kind)
        row = exchange_row(capture, kind=kind, store=store if place else None, place=place)
        self._add(row._replace(exchange=number, run=self._run, visit=self.visit))
        return number

    def decided(
        self, judgement: Judgement, stage: Stage, *, inputs: Sequence[int], now: datetime
    ) -> Decided:
        """Write down a decision with its evidence."""
        entry = Entry(
            seq=self._ledger.number("seq"),
            run=self._run,
            visit=self.visit,
            decided_at=now,
            inputs=inputs,
        )
        row, evidence = entries_of(judgement, stage, entry)
        self._ledger.append([row, *evidence])
        if stage is Stage.ACQUISITION:
            self._ledger.append(
                DisagreementRow(
                    self._run, d.reader, d.url, d.token, d.ours, d.theirs, d.cause
                )
                for d in judgement.disagreements
            )
        self._added()
        return Decided(decision=row.decision, seq=row.seq)

    def compared(self, exchange: Exchange, number: int) -> None:
        """Write down the fingerprint of a page's text, if it has enough of it."""
        markup = read(exchange)
        found = fingerprint(markup) if isinstance(markup, Markup) else None
        if isinstance(markup, Markup) and found is not None:
            reserved = bool(markup.reserved)
            self._add(FingerprintRow(exchange.url, number, self._run, reserved, found))

    def permitted(
        self, decided: Decided, method: str, url: str, *, kind: str, now: datetime
    ) -> None:
        """Write down leave for one request."""
        number = self._ledger.number("permit")
        self._add(
            PermitRow(
                number, self._run, decided.decision, decided.seq, method, url, kind, now
            )
        )

    def ended(self, ending: Ending, *, now: datetime) -> None:
        """Write down how a URL ended."""
        self._add(
            OutcomeRow(
                self.visit,
                ending.url,
                ending.outcome,
                ending.reason,
                ending.detail,
                ending.exchange,
                self._run,
                now,
            )
        )

    def discovered(self, found: Sequence[Found]) -> None:
        """Write down where URLs were found."""
        self._ledger.append(
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
        self._added()

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

    def _add(self, row: ExchangeRow | FingerprintRow | PermitRow | OutcomeRow) -> None:
        self._ledger.append([row])
        self._added()

    def _added(self) -> None:
        self._count += 1
        if self._count >= FLUSH_AT:
            self._schedule(FLUSH_SOON)

    def _schedule(self, wait: float) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # Seeds and adopted records are written down before the crawl begins.
            self.flush()
            return
        if self._timer is not None and self._timer.when() <= loop.time() + wait:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_later(wait, self.flush)
