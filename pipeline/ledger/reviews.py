"""What people answered on the hosts of a corpus, and what there is to be looked at."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from pipeline.ledger.rows import ReviewRow
from pipeline.ledger.store import rows_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One page of a host: how it stands, why, and the first words that decided.

    ``detail`` is what curation says of it, such as its twin.
    """

    url: str
    standing: str
    reason: str
    license: str | None
    decision: str | None
    locator: str | None
    quote: str | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One host to be looked at.

    ``waiting`` counts the pages of doubtful origin that nobody has answered for;
    ``documents`` those in the newest release by license, ``held`` and ``dropped`` the
    others by reason. Of its ``statements`` of license, which are all different, the most
    frequent are ``stated``.
    """

    host: str
    waiting: int
    documents: Mapping[str, int]
    held: Mapping[str, int]
    dropped: Mapping[str, int]
    statements: int
    stated: tuple[str, ...]
    samples: tuple[Sample, ...]
    answer: ReviewRow | None = None


def hosts(connection: duckdb.DuckDBPyConnection) -> list[Host]:
    """Return each host of which pages are kept, those that wait for an answer first."""
    answers = newest(connection)
    query = """
        SELECT host, waiting, documents, held, dropped, statements, stated, samples
        FROM review_list
    """
    return [
        Host(
            host=host, waiting=waiting, documents=documents, held=held, dropped=dropped,
            statements=statements, stated=tuple(stated),
            samples=tuple(Sample(**sample) for sample in samples),
            answer=answers.get(host),
        )
        for host, waiting, documents, held, dropped, statements, stated, samples
        in connection.execute(query).fetchall()
    ]  # fmt: skip


def host_of(connection: duckdb.DuckDBPyConnection, name: str) -> Host | None:
    """Return one host, also one that gave no page; None where the corpus knows it not."""
    for host in hosts(connection):
        if host.host == name:
            return host
    query = """
        SELECT count(*) FROM (SELECT url FROM discoveries UNION SELECT url FROM outcomes)
        WHERE split_part(url, '/', 3) = ?
    """
    if rows_of(connection, query, [name]) == [(0,)]:
        return None
    return Host(
        host=name, waiting=0, documents={}, held={}, dropped={}, statements=0, stated=(),
        samples=(), answer=newest(connection).get(name),
    )  # fmt: skip


def newest(connection: duckdb.DuckDBPyConnection) -> dict[str, ReviewRow]:
    """Return the answer that counts for each host that has one: the newest."""
    query = """
        FROM reviews QUALIFY row_number() OVER (PARTITION BY host ORDER BY review DESC) = 1
        ORDER BY host
    """
    found = (ReviewRow(*row) for row in connection.execute(query).fetchall())
    return {row.host: row for row in found}


def history(connection: duckdb.DuckDBPyConnection, host: str) -> list[ReviewRow]:
    """Return every answer on a host, in their order."""
    query = "FROM reviews WHERE host = ? ORDER BY review"
    return [ReviewRow(*row) for row in connection.execute(query, [host]).fetchall()]
