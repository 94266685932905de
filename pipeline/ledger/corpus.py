"""What the ledger says of the corpus: its pages, its documents and the figures of both."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import duckdb
from pydantic import JsonValue

from pipeline.ledger.rows import CreditRow, DocumentRow, EditionRow
from pipeline.ledger.store import rows_of
from pipeline.vocab import Category, LicenseExpression, Preference, Reason, Verdict

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH: Final = 500

# URLs are normalised before they are written, so that what stands here is host and port.
_HOST: Final = "regexp_extract({}, '^https?://([^/?#]+)', 1)"

_MOMENT: Final = "strftime({} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What was decided on the use of a page, and on which terms."""

    verdict: Verdict
    reason: Reason
    license: LicenseExpression | None
    preferences: Mapping[Category, Preference]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that the newest visit admitted, and the decisions that did.

    ``inputs`` are the numbers of the exchanges the judge was shown, ``decided_at`` is its
    moment; ``usage`` and ``acquisition`` are names of decisions, None where none stands.
    ``seq`` is the entry of the first and ``standing`` what it says; ``is_current`` is
    whether it was made by the rules that were asked for. ``captures`` are names for the
    page's own exchanges, which no others share.
    """

    url: str
    visit: int
    inputs: tuple[int, ...]
    decided_at: datetime
    usage: str | None
    acquisition: str | None
    seq: int | None = None
    standing: Standing | None = None
    is_current: bool = False
    captures: tuple[str, ...] = ()


class Print(NamedTuple):
    """A page's fingerprint, its license as decided for a reason, if it reserves rights."""

    url: str
    license: str | None
    reason: str
    reserved: bool
    fingerprint: bytes


class Part(NamedTuple):
    """The documents that have a license and are in a split: what a shard is of."""

    license: str
    split: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number of documents that share a name, with their characters."""

    name: str
    count: int
    characters: int


def pages(
    connection: duckdb.DuckDBPyConnection,
    *,
    confirmed: Iterable[str] = (),
    reasons: Iterable[str] = (),
    rules: str = "",
) -> list[Page]:
    """Return the pages that stand admitted, in the order of their URLs.

    With them come the pages of ``confirmed`` hosts that are held for one of ``reasons``.
    ``rules`` are those by which what was decided stands.
    """
    query = f"""
        WITH usage AS (
            SELECT * FROM decisions WHERE stage = 'usage'
            QUALIFY row_number() OVER (PARTITION BY url ORDER BY seq DESC) = 1),
        acquisition AS (
            SELECT url, decision FROM decisions
            WHERE stage = 'acquisition' AND verdict = 'admit'
            QUALIFY row_number() OVER (PARTITION BY url ORDER BY seq DESC) = 1),
        current AS (
            SELECT seq FROM usage SEMI JOIN (FROM runs WHERE rules = $rules) USING (run)
            UNION SELECT seq FROM upheld WHERE rules = $rules),
        own AS (
            SELECT url, list(e.digest || ' ' || epoch_us(e.read_at) ORDER BY e.exchange)
                AS captures
            FROM usage u JOIN exchanges e USING (url)
            WHERE list_contains(u.inputs, e.exchange) GROUP BY url)
        SELECT o.url, o.visit, coalesce(u.inputs, []),
               epoch_us(coalesce(u.decided_at, o.ended_at)), u.decision, a.decision, u.seq,
               coalesce(own.captures, []), current.seq IS NOT NULL, u.verdict, u.reason,
               u.license, u.preferences
        FROM latest_outcomes o
        LEFT JOIN usage u ON u.url = o.url
        LEFT JOIN acquisition a ON a.url = o.url
        LEFT JOIN current ON current.seq = u.seq
        LEFT JOIN own ON own.url = o.url
        WHERE o.outcome IN ('admitted', 'unchanged') OR (
            o.outcome = 'held' AND o.reason IN (SELECT unnest($reasons::VARCHAR[]))
            AND {_HOST.format("o.url")} IN (SELECT unnest($confirmed::VARCHAR[])))
        ORDER BY o.url
    """  # noqa: S608  (an expression that stands here)
    asked = {"reasons": list(reasons), "confirmed": list(confirmed), "rules": rules}
    return [
        Page(
            url=url, visit=visit, inputs=tuple(inputs), usage=usage,
            acquisition=acquisition, decided_at=_EPOCH + timedelta(microseconds=moment),
            seq=seq, captures=tuple(captures),
            standing=_standing(decided) if seq is not None else None,
            is_current=is_current,
        )
        for url, visit, inputs, moment, usage, acquisition, seq, captures, is_current,
        *decided in connection.execute(query, asked).fetchall()
    ]  # fmt: skip


def _standing(decided: Sequence[str]) -> Standing:
    verdict, reason, license_, preferences = decided
    said = json.loads(preferences)
    return Standing(
        verdict=Verdict(verdict),
        reason=Reason(reason),
        license=LicenseExpression(license_) if license_ else None,
        preferences={Category(one): Preference(says) for one, says in said.items()},
    )


def prints(connection: duckdb.DuckDBPyConnection) -> list[Print]:
    """Return the fingerprints of all pages on which their license alone has decided.

    Of a page that is gone the last one stays: it shows under which terms the text stood.
    What is concluded of an admitted page today is for curation to say.
    """
    query = """
        WITH usage AS (
            SELECT * FROM decisions WHERE stage = 'usage'
            QUALIFY row_number() OVER (PARTITION BY url ORDER BY seq DESC) = 1),
        newest AS (
            FROM fingerprints
            QUALIFY row_number() OVER (PARTITION BY url ORDER BY exchange DESC) = 1)
        SELECT o.url, u.license, u.reason, f.reserved, f.fingerprint
        FROM latest_outcomes o
        JOIN usage u ON u.url = o.url
        JOIN newest f ON f.url = o.url AND list_contains(u.inputs, f.exchange)
        WHERE o.outcome IN ('admitted', 'unchanged') OR (
            u.reason LIKE 'license.%' AND (
                o.outcome = 'gone' OR o.reason LIKE 'license.%'))
        ORDER BY o.url
    """
    return [Print(*row) for row in connection.execute(query).fetchall()]


def manifest_digest(connection: duckdb.DuckDBPyConnection, run: int) -> str:
    """Return the digest of the manifest text that a run goes by; empty for no such run."""
    found = rows_of(connection, "SELECT manifest_digest FROM runs WHERE run = ?", [run])
    return str(found[0][0]) if found else ""


def has_release(connection: duckdb.DuckDBPyConnection, release: str) -> bool:
    """Say whether a release's documents stand in the ledger already."""
    query = "SELECT count(*) > 0 FROM releases WHERE release = ?"
    return rows_of(connection, query, [release]) == [(True,)]


def latest_release(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the digest of the release that was made last, or None before the first."""
    query = "SELECT release FROM releases ORDER BY seq DESC LIMIT 1"
    found = rows_of(connection, query)
    return str(found[0][0]) if found else None


def conditions(connection: duckdb.DuckDBPyConnection, release: str) -> dict[str, JsonValue]:
    """Return what a release rests on beside pages and manifest; empty for no such one."""
    query = "SELECT conditions FROM releases WHERE release = ? LIMIT 1"
    found = rows_of(connection, query, [release])
    value: dict[str, JsonValue] = json.loads(str(found[0][0])) if found else {}
    return value


def documents(
    connection: duckdb.DuckDBPyConnection, release: str, part: Part | None = None
) -> Iterator[DocumentRow]:
    """Yield a release's documents in the order of their URLs, of one part or of all."""
    query = """
        SELECT release, id, url, title, title_locator, authors, author_locator, notice,
               license_notice, disclaimer, published, text, split, language,
               language_declared, language_confidence, license, license_url, changes,
               repeated_characters, attribution, capture_digest, decisions
        FROM documents WHERE release = ?
            AND (? IS NULL OR (license = ? AND split = ?)) ORDER BY url
    """
    # A cursor of its own: the connection answers others while this one is half read.
    cursor = connection.cursor()
    try:
        license_, split = part or (None, None)
        cursor.execute(query, [release, license_, license_, split])
        while batch := cursor.fetchmany(_BATCH):
            for row in batch:
                yield DocumentRow(*row)
    finally:
        cursor.close()


def credits_of(connection: duckdb.DuckDBPyConnection, release: str) -> Iterator[CreditRow]:
    """Yield what is owed for each document of a release, by license and then by URL.

    A page is taken to have been captured when its bytes were first kept.
    """
    query = f"""
        WITH kept AS (
            SELECT url, digest, min(read_at) AS read_at FROM exchanges GROUP BY url, digest)
        SELECT d.license, d.license_url, d.url, {_MOMENT.format("k.read_at")}, d.title,
               d.title_locator, d.authors, d.author_locator, d.notice, d.license_notice,
               d.disclaimer, d.published, d.changes, d.attribution, d.id
        FROM documents d LEFT JOIN kept k ON k.url = d.url AND k.digest = d.capture_digest
        WHERE d.release = ? ORDER BY d.license, d.url
    """  # noqa: S608  (an expression that stands here)
    cursor = connection.cursor()
    try:
        cursor.execute(query, [release])
        while batch := cursor.fetchmany(_BATCH):
            for row in batch:
                yield CreditRow(*row)
    finally:
        cursor.close()


def licenses(connection: duckdb.DuckDBPyConnection, release: str) -> tuple[Count, ...]:
    """Return a release's documents and characters by license."""
    query = """
        SELECT license, count(*), sum(length(text))::BIGINT
        FROM documents WHERE release = ? GROUP BY license ORDER BY license
    """
    return tuple(
        Count(name=name, count=count, characters=characters)
        for name, count, characters in connection.execute(query, [release]).fetchall()
    )


def parts(connection: duckdb.DuckDBPyConnection, release: str) -> list[Part]:
    """Return the parts that a release has documents in."""
    query = "SELECT DISTINCT license, split FROM documents WHERE release = ? ORDER BY ALL"
    return [Part(*row) for row in connection.execute(query, [release]).fetchall()]


def newest_edition(connection: duckdb.DuckDBPyConnection) -> EditionRow | None:
    """Return the card that was published last, or None before the first."""
    query = "FROM editions ORDER BY edition DESC LIMIT 1"
    found = connection.execute(query).fetchone()
    return EditionRow(*found) if found else None


def edition_before(
    connection: duckdb.DuckDBPyConnection, release: str
) -> EditionRow | None:
    """Return the newest card of another release than this one, or None."""
    query = "FROM editions WHERE release <> ? ORDER BY edition DESC LIMIT 1"
    found = connection.execute(query, [release]).fetchone()
    return EditionRow(*found) if found else None


def root_of(connection: duckdb.DuckDBPyConnection, edition: int, tree: str) -> str:
    """Return the root of a tree of an edition; empty for no such tree."""
    query = "SELECT root FROM trees WHERE edition = ? AND tree = ?"
    found = rows_of(connection, query, [edition, tree])
    return str(found[0][0]) if found else ""


def published_on(connection: duckdb.DuckDBPyConnection, run: int) -> str | None:
    """Return the day on which a run started (UTC, ISO 8601)."""
    query = (
        "SELECT strftime(started_at AT TIME ZONE 'UTC', '%Y-%m-%d') FROM runs WHERE run = ?"
    )
    found = rows_of(connection, query, [run])
    return str(found[0][0]) if found else None
