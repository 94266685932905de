"""Exchanges as they were: read back from the archive, or from the ledger's row alone."""

from pathlib import Path

from pipeline import archive
from pipeline.ledger.history import Past
from pipeline.model import Exchange


def exchange_of(folder: Path, past: Past) -> Exchange:
    """Return an exchange of a corpus as the judge saw it.

    What was not kept comes back with its status, Retry-After and failure but without a
    body. Raises ArchiveFault where a record that has to be there is missing or damaged.
    """
    if past.store is not None and past.place is not None:
        stored = archive.read(folder / past.store, past.place)
        return archive.exchange_of(stored.capture)
    return answer_of(past)


def answer_of(past: Past) -> Exchange:
    """Return what the ledger's row alone says of an exchange: no body, few headers."""
    headers = (("Retry-After", past.retry_after),) if past.retry_after else ()
    return Exchange(
        url=past.url,
        status=past.status,
        headers=headers,
        error=past.error,
        read_at=past.read_at,
    )
