"""What a crawl has to know of its past: the frontier, what was spent, what was received."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

import duckdb

from pipeline.archive import Place
from pipeline.ledger.store import rows_of


class Way(TypedDict):
    """One way to a URL, as the frontier takes it."""

    url: str
    via: str | None
    kind: str
    source: int
    depth: int | None
    in_depth: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An exchange that was made: its number, and where its record stands if it was kept."""

    number: int
    url: str
    status: int | None
    error: str | None
    read_at: datetime
    store: str | None
    place: Place | None
    etag: str | None
    last_modified: str | None
    retry_after: str | None


_PAST = """
    SELECT exchange, url, status, error, read_at, store, file, start, length, etag,
           last_modified, retry_after
    FROM exchanges
"""


def is_complete(connection: duckdb.DuckDBPyConnection, visit: int) -> bool:
    """Say whether nothing is left of a visit but what waits for its host."""
    query = """
        SELECT count(*) FROM discoveries d WHERE d.visit = ? AND d.in_depth AND NOT EXISTS (
            SELECT 1 FROM outcomes o WHERE o.visit = d.visit AND o.url = d.url)
    """
    return rows_of(connection, query, [visit]) == [(0,)]


def frontier_of(
    connection: duckdb.DuckDBPyConnection, visit: int
) -> tuple[list[Way], list[str]]:
    """Return the ways a visit found, in the order found, and the URLs that have ended."""
    query = """
        SELECT url, via, kind, source, depth, in_depth
        FROM discoveries WHERE visit = ? ORDER BY rowid
    """
    ways = [
        Way(url=url, via=via, kind=kind, source=source, depth=depth, in_depth=in_depth)
        for url, via, kind, source, depth, in_depth in connection.execute(
            query, [visit]
        ).fetchall()
    ]
    ended = "SELECT DISTINCT url FROM outcomes WHERE visit = ? AND outcome <> 'deferred'"
    return ways, [url for (url,) in connection.execute(ended, [visit]).fetchall()]


def spent(connection: duckdb.DuckDBPyConnection, visit: int) -> dict[str, tuple[int, int]]:
    """Return for each host how many pages and payload bytes a visit has fetched."""
    query = """
        SELECT d.host, count(*), coalesce(sum(e.payload_bytes), 0)::BIGINT
        FROM outcomes o
        JOIN exchanges e ON e.exchange = o.exchange
        JOIN (SELECT DISTINCT visit, url, host FROM discoveries) d
          ON d.visit = o.visit AND d.url = o.url
        WHERE o.visit = ? AND o.outcome <> 'deferred' GROUP BY d.host
    """
    rows = connection.execute(query, [visit]).fetchall()
    return {host: (pages, size) for host, pages, size in rows}


def policies(
    connection: duckdb.DuckDBPyConnection, visit: int, *, since: datetime
) -> list[Past]:
    """Return the newest exchange of each policy file that a visit read after ``since``.

    A file that could not be had is left out: it is asked for again.
    """
    query = f"""WITH past AS ({_PAST} WHERE kind = 'policy' AND visit = ?
            AND read_at > ?
        QUALIFY row_number() OVER (PARTITION BY url ORDER BY exchange DESC) = 1)
        FROM past WHERE error IS NULL AND status < 500 AND status <> 429
        ORDER BY exchange"""
    return [_past(row) for row in connection.execute(query, [visit, since]).fetchall()]


def back_offs(connection: duckdb.DuckDBPyConnection, since: datetime) -> list[Past]:
    """Return the answers after ``since`` by which a host named a time to stay away."""
    query = f"""{_PAST} WHERE status IN (429, 503) AND retry_after IS NOT NULL
        AND read_at > ? ORDER BY exchange"""
    return [_past(row) for row in connection.execute(query, [since]).fetchall()]


def kept_pages(connection: duckdb.DuckDBPyConnection, before_visit: int) -> list[Past]:
    """Return for each URL the newest page that earlier visits kept and still keep.

    A page that a later visit refused is fetched anew: what refused it may have come with
    an answer that had no body. So is one on hold, whose payload stands in quarantine.
    """
    query = f"""WITH stands AS (FROM latest_outcomes
            WHERE outcome IN ('admitted', 'unchanged'))
        {_PAST} SEMI JOIN stands USING (url)
        WHERE kind = 'page' AND store = 'archive' AND status = 200 AND visit < ?
        QUALIFY row_number() OVER (PARTITION BY url ORDER BY exchange DESC) = 1"""
    return [_past(row) for row in connection.execute(query, [before_visit]).fetchall()]


def exchanges(connection: duckdb.DuckDBPyConnection, numbers: Sequence[int]) -> list[Past]:
    """Return exchanges by number, in the order asked for."""
    query = f"{_PAST} WHERE exchange IN (SELECT unnest(?::BIGINT[]))"
    found = {
        past.number: past
        for past in map(_past, connection.execute(query, [list(numbers)]).fetchall())
    }
    return [found[number] for number in numbers if number in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """An exchange that was read in a WARC file of the manifest: in which record of it."""

    exchange: int
    kind: str
    digest: str
    file: str
    record: int
    store: str | None
    place: Place | None


def imported(connection: duckdb.DuckDBPyConnection) -> Iterator[Import]:
    """Yield the exchanges that were read in WARC files, in their order."""
    query = """
        SELECT i.exchange, e.kind, e.digest, i.file, i.record, e.store, e.file, e.start,
               e.length
        FROM imports i JOIN exchanges e ON e.exchange = i.exchange ORDER BY i.exchange
    """
    for row in connection.execute(query).fetchall():
        exchange, kind, digest, file, record, store, *place = row
        yield Import(
            exchange=exchange, kind=kind, digest=digest, file=file, record=record,
            store=store,
            place=Place(file=place[0], start=place[1], length=place[2]) if store else None,
        )  # fmt: skip


def settled(connection: duckdb.DuckDBPyConnection, visit: int) -> set[str]:
    """Return the URLs that have ended in a visit.

    Not those that wait: for their host, or for a file that was not archived with them.
    """
    query = """
        SELECT DISTINCT url FROM outcomes
        WHERE visit = ? AND outcome <> 'deferred' AND reason <> 'policy.not-archived'
    """
    return {url for (url,) in connection.execute(query, [visit]).fetchall()}


def taken_in(
    connection: duckdb.DuckDBPyConnection, visit: int, *, source: int, basis: str
) -> frozenset[str]:
    """Return the WARC files of a source that a visit went through by the same basis."""
    query = "SELECT file FROM intakes WHERE visit = ? AND source = ? AND basis = ?"
    found = connection.execute(query, [visit, source, basis]).fetchall()
    return frozenset(file for (file,) in found)


def known_end(connection: duckdb.DuckDBPyConnection, store: str, file: str) -> int:
    """Return the offset up to which the ledger knows a WARC file."""
    query = """
        SELECT coalesce(max(start + length), 0) FROM exchanges WHERE store = ? AND file = ?
    """
    row = connection.execute(query, [store, file]).fetchone()
    return int(row[0]) if row else 0


def _past(row: Sequence[object]) -> Past:
    (
        number,
        url,
        status,
        error,
        read_at,
        store,
        file,
        start,
        length,
        etag,
        modified,
        retry,
    ) = row
    place = None
    if isinstance(file, str) and isinstance(start, int) and isinstance(length, int):
        place = Place(file=file, start=start, length=length)
    return Past(
        number=_int(number),
        url=str(url),
        status=status if isinstance(status, int) else None,
        error=_text(error),
        read_at=_moment(read_at),
        store=_text(store),
        place=place,
        etag=_text(etag),
        last_modified=_text(modified),
        retry_after=_text(retry),
    )


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"a number is needed, not {value!r}")
    return value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(f"a moment is needed, not {value!r}")
    return value
