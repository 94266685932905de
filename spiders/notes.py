"""Notes: what a crawl writes down, as rows whose numbers only the book can give."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pipeline.archive import Place, members_of
from pipeline.ending import Ending
from pipeline.fingerprint import fingerprint
from pipeline.ledger.entries import Entry, entries_of, exchange_row
from pipeline.ledger.rows import (
    DecisionRow,
    DisagreementRow,
    EvidenceRow,
    ExchangeRow,
    FingerprintRow,
    OutcomeRow,
    PermitRow,
)
from pipeline.markup import Markup, read, reserves_rights
from pipeline.model import Capture, Exchange, Judgement
from pipeline.vocab import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision that was written down: its name and its place in the order."""

    decision: str
    seq: int


class Answered(NamedTuple):
    """An exchange, with the records to be kept of it in ``store`` if one is named.

    What stands in the archive already brings no records.
    """

    row: ExchangeRow
    store: str | None
    response: bytes = b""
    request: bytes = b""


class Judged(NamedTuple):
    """A decision with what it rests on, and where another reader of robots.txt differs."""

    row: DecisionRow
    evidence: list[EvidenceRow]
    disagreements: list[DisagreementRow]


def answered(
    capture: Capture, *, kind: str, store: str | None, place: Place | None = None
) -> Answered:
    """Return the note of an exchange; ``place`` is where its record stands already."""
    if place is not None:
        return Answered(exchange_row(capture, kind=kind, store=store, place=place), None)
    row = exchange_row(capture, kind=kind)
    if store is None or capture.status is None:
        return Answered(row, None)
    return Answered(row, store, *members_of(capture, kind=kind))


def judged(
    judgement: Judgement, stage: Stage, *, inputs: Sequence[int], now: datetime
) -> Judged:
    """Return the note of one of a judgement's two decisions."""
    entry = Entry(seq=0, run=0, visit=0, decided_at=now, inputs=inputs)
    row, evidence = entries_of(judgement, stage, entry)
    heard = judgement.disagreements if stage is Stage.ACQUISITION else ()
    differing = [
        DisagreementRow(0, d.reader, d.url, d.token, d.ours, d.theirs, d.cause)
        for d in heard
    ]
    return Judged(row, evidence, differing)


def compared(exchange: Exchange, number: int) -> FingerprintRow | None:
    """Return the fingerprint of a page's text, or None where it has too little of it."""
    markup = read(exchange)
    found = fingerprint(markup) if isinstance(markup, Markup) else None
    if not isinstance(markup, Markup) or found is None:
        return None
    return FingerprintRow(exchange.url, number, 0, reserves_rights(markup), found)


def permitted(
    decided: Decided, method: str, url: str, *, kind: str, now: datetime
) -> PermitRow:
    """Return leave for one request."""
    return PermitRow(0, 0, decided.decision, decided.seq, method, url, kind, now)


def ended(ending: Ending, *, now: datetime) -> OutcomeRow:
    """Return how a URL ended."""
    return OutcomeRow(
        0, ending.url, ending.outcome, ending.reason, ending.detail, ending.exchange, 0, now
    )
