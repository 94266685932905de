"""A person's answer on a host, written down as an entry and a run of its own."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.ledger import questions
from pipeline.ledger.rows import ReviewRow, Run, RunEnd
from pipeline.ledger.store import Ledger, open_reader
from pipeline.manifest import SOFTWARE, SOFTWARE_VERSION
from pipeline.publish import review
from pipeline.vocab import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person answers on a host, and why."""

    host: str
    answer: Answer
    reviewer: str
    why: str


def append(folder: Path, given: Given, *, now: datetime) -> ReviewRow:
    """Write an answer down, with the samples that there were to see at ``now``.

    It counts from the next curation on, and until a newer one is given. Raises InputFault
    where there is no corpus, UsageFault where it does not know the host, LedgerBusy while
    a build writes it.
    """
    # Whoever opens a ledger to write makes one where there is none.
    open_reader(folder).close()
    with Ledger(folder) as ledger:
        host = review.shown(ledger.connection, given.host).host
        samples = [each for each in host.samples if each.decision is not None]
        run = _run(ledger, now)
        row = ReviewRow(
            review=ledger.number("review"),
            host=host.host,
            answer=given.answer,
            reviewer=given.reviewer,
            why=given.why,
            answered_at=now,
            urls=[each.url for each in samples],
            decisions=[str(each.decision) for each in samples],
            run=run.run,
        )
        ledger.append([run, row, RunEnd(run.run, now, "complete")])
    return row


def _run(ledger: Ledger, now: datetime) -> Run:
    """Return the row of a run; it goes by the manifest of the one before it."""
    before = questions.runs(ledger.connection)[-1]
    return before._replace(
        run=ledger.number("run"),
        verb="review",
        started_at=now,
        software=f"{SOFTWARE}/{SOFTWARE_VERSION}",
    )
