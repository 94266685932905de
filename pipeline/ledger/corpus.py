"""What the ledger says of the corpus: its pages, its documents and the figures of both."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from pydantic import JsonValue

from pipeline.ledger.rows import CreditRow, DocumentRow, EditionRow
from pipeline.ledger.store import Connection, answered, rows_of
from pipeline.vocab import Category, LicenseExpression, Preference, Reason, Verdict

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH: Final = 500

# Of these there is no text.
_CREDITS: Final = 5_000

# Pages whose decisions are looked up at once: each time the whole ledger is gone through.
_PAGES: Final = 10_000

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
    connection: Connection,
    *,
    confirmed: Iterable[str] = (),
    reasons: Iterable[str] = (),
    rules: str = "",
) -> Iterator[Page]:
    """Yield the pages that stand admitted, in the order of their URLs.

    With them come the pages of ``confirmed`` hosts that are held for one of ``reasons``.
    ``rules`` are those by which what was decided stands. Whatever is committed meanwhile
    is not seen.
    """
    query = f"""
        WITH standing AS MATERIALIZED (
            SELECT url, visit, ended_at FROM latest_outcomes o
            WHERE o.outcome IN ('admitted', 'unchanged') OR (
                o.outcome = 'held' AND o.reason IN (SELECT unnest($reasons::VARCHAR[]))
                AND {_HOST.format("o.url")} IN (SELECT unnest($confirmed::VARCHAR[])))),
        decided AS (
            SELECT url, max(seq) FILTER (stage = 'usage') AS usage,
                max(seq) FILTER (stage = 'acquisition' AND verdict = 'admit') AS acquisition
            FROM decisions SEMI JOIN standing USING (url) GROUP BY url)
        SELECT o.url, o.visit, epoch_us(o.ended_at), d.usage, d.acquisition
        FROM standing o LEFT JOIN decided d ON d.url = o.url ORDER BY o.url
    """  # noqa: S608  (an expression that stands here)
    asked = {"reasons": list(reasons), "confirmed": list(confirmed)}
    with answered(connection, query, asked) as cursor:
        # What is decided on them is looked up for some at a time: a join of all that would
        # be in memory whole.
        while batch := cursor.fetchmany(_PAGES):
            ways = [_Way(*row) for row in batch]
            yield from _pages_of(connection, ways, rules=rules)


class _Way(NamedTuple):
    """A page with the numbers of the entries that let it in; moments in microseconds."""

    url: str
    visit: int
    ended: int
    usage: int | None
    acquisition: int | None


class _Decided(NamedTuple):
    """An entry on a page; moments in microseconds."""

    seq: int
    decision: str
    run: int
    inputs: list[int]
    decided: int
    verdict: str
    reason: str
    license: str | None
    preferences: str


def _pages_of(
    connection: Connection, ways: Sequence[_Way], *, rules: str
) -> Iterator[Page]:
    decided = _decided(connection, ways)
    current = _current(connection, decided.values(), rules=rules)
    captures = _captures(connection, decided.values())
    for way in ways:
        usage = decided.get(way.usage or 0)
        acquisition = decided.get(way.acquisition or 0)
        inputs = tuple(usage.inputs) if usage else ()
        moment = usage.decided if usage else way.ended
        own = (captures[n] for n in sorted(set(inputs)) if n in captures)
        yield Page(
            url=way.url,
            visit=way.visit,
            inputs=inputs,
            decided_at=_EPOCH + timedelta(microseconds=moment),
            usage=usage.decision if usage else None,
            acquisition=acquisition.decision if acquisition else None,
            seq=way.usage,
            standing=_standing(usage) if usage else None,
            is_current=way.usage in current,
            captures=tuple(name for url, name in own if url == way.url),
        )


def _decided(connection: Connection, ways: Iterable[_Way]) -> dict[int, _Decided]:
    """Return the entries that pages go by, by their ``seq``."""
    query = """
        SELECT seq, decision, run, inputs, epoch_us(decided_at), verdict, reason, license,
               preferences
        FROM decisions WHERE seq IN (SELECT unnest(?::BIGINT[]))
    """
    numbers = [n for way in ways for n in (way.usage, way.acquisition) if n is not None]
    found = connection.execute(query, [numbers]).fetchall()
    return {row[0]: _Decided(*row) for row in found}


def _current(
    connection: Connection, decided: Iterable[_Decided], *, rules: str
) -> frozenset[int | None]:
    """Return which entries were made, or upheld, by these rules."""
    query = "SELECT run FROM runs WHERE rules = ?"
    runs = {run for (run,) in connection.execute(query, [rules]).fetchall()}
    query = """
        SELECT seq FROM upheld WHERE rules = ? AND seq IN (SELECT unnest(?::BIGINT[]))
    """
    numbers = [each.seq for each in decided]
    upheld = connection.execute(query, [rules, numbers]).fetchall()
    made = (each.seq for each in decided if each.run in runs)
    return frozenset([*made, *(seq for (seq,) in upheld)])


def _captures(
    connection: Connection, decided: Iterable[_Decided]
) -> dict[int, tuple[str, str]]:
    """Return the URL, and a name that no others share, of exchanges by number."""
    query = """
        SELECT exchange, url, digest || ' ' || epoch_us(read_at)
        FROM exchanges WHERE exchange IN (SELECT unnest(?::BIGINT[]))
    """
    numbers = sorted({number for each in decided for number in each.inputs})
    found = connection.execute(query, [numbers]).fetchall()
    return {number: (url, name) for number, url, name in found}


def _standing(usage: _Decided) -> Standing:
    said = json.loads(usage.preferences)
    return Standing(
        verdict=Verdict(usage.verdict),
        reason=Reason(usage.reason),
        license=LicenseExpression(usage.license) if usage.license else None,
        preferences={Category(one): Preference(says) for one, says in said.items()},
    )


def prints(connection: Connection) -> Iterator[Print]:
    """Yield the fingerprints of all pages on which their license alone has decided.

    They come in the order of their URLs. Of a page that is gone the last one stays: it
    shows under which terms the text stood.
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
    with answered(connection, query) as cursor:
        while batch := cursor.fetchmany(_BATCH):
            yield from (Print(*row) for row in batch)


def manifest_digest(connection: Connection, run: int) -> str:
    """Return the digest of the manifest text that a run goes by; empty for no such run."""
    found = rows_of(connection, "SELECT manifest_digest FROM runs WHERE run = ?", [run])
    return str(found[0][0]) if found else ""


def has_release(connection: Connection, release: str) -> bool:
    """Say whether a release's documents stand in the ledger already."""
    query = "SELECT count(*) > 0 FROM releases WHERE release = ?"
    return rows_of(connection, query, [release]) == [(True,)]


def latest_release(connection: Connection) -> str | None:
    """Return the digest of the release that was made last, or None before the first."""
    query = "SELECT release FROM releases ORDER BY seq DESC LIMIT 1"
    found = rows_of(connection, query)
    return str(found[0][0]) if found else None


def conditions(connection: Connection, release: str) -> dict[str, JsonValue]:
    """Return what a release rests on beside pages and manifest; empty for no such one."""
    query = "SELECT conditions FROM releases WHERE release = ? LIMIT 1"
    found = rows_of(connection, query, [release])
    value: dict[str, JsonValue] = json.loads(str(found[0][0])) if found else {}
    return value


def documents(
    connection: Connection, release: str, part: Part | None = None
) -> Iterator[DocumentRow]:
    """Yield a release's documents in the order of their URLs, of one part or of all."""
    query = """
        SELECT rowid FROM documents
        WHERE release = $release AND ($license IS NULL
            OR (license = $license AND split = $split)) ORDER BY url
    """
    license_, split = part or (None, None)
    asked = {"release": release, "license": license_, "split": split}
    # A cursor of its own: the connection answers others while this one is half read.
    with answered(connection, query, asked) as cursor:
        # What is sorted has no texts with it: all of them would have to be in memory.
        while batch := cursor.fetchmany(_BATCH):
            yield from _documents_at(connection, [number for (number,) in batch])


def _documents_at(connection: Connection, numbers: Sequence[int]) -> Iterator[DocumentRow]:
    """Yield documents by the numbers of their rows, which do not change."""
    query = """
        SELECT rowid, release, id, url, title, title_locator, authors, author_locator,
               notice, license_notice, disclaimer, published, text, split, language,
               language_declared, language_confidence, license, license_url, changes,
               repeated_characters, attribution, capture_digest, decisions
        FROM documents
        WHERE rowid BETWEEN ? AND ? AND rowid IN (SELECT unnest(?::BIGINT[]))
    """
    # Documents are written in the order of their URLs: those of a batch stand together.
    asked = [min(numbers), max(numbers), list(numbers)]
    found = {row[0]: row[1:] for row in rows_of(connection, query, asked)}
    for number in numbers:
        yield DocumentRow(*found[number])  # type: ignore[arg-type]


def credits_of(connection: Connection, release: str) -> Iterator[CreditRow]:
    """Yield what is owed for each document of a release, by license and then by URL.

    A page is taken to have been captured when its bytes were first kept.
    """
    query = f"""
        WITH kept AS (
            SELECT e.url, e.digest, min(e.read_at) AS read_at
            FROM exchanges e SEMI JOIN documents d
              ON d.release = $release AND d.url = e.url AND d.capture_digest = e.digest
            GROUP BY e.url, e.digest)
        SELECT d.rowid, {_MOMENT.format("k.read_at")}
        FROM documents d LEFT JOIN kept k ON k.url = d.url AND k.digest = d.capture_digest
        WHERE d.release = $release ORDER BY d.license, d.url
    """  # noqa: S608  (an expression that stands here)
    with answered(connection, query, {"release": release}) as cursor:
        while batch := cursor.fetchmany(_CREDITS):
            yield from _credits_at(connection, dict(batch))


def _credits_at(
    connection: Connection, captured: Mapping[int, str | None]
) -> Iterator[CreditRow]:
    """Yield what is owed for documents by the numbers of their rows, in that order."""
    query = """
        SELECT rowid, license, license_url, url, title, title_locator, authors,
               author_locator, notice, license_notice, disclaimer, published, changes,
               attribution, id
        FROM documents
        WHERE rowid BETWEEN ? AND ? AND rowid IN (SELECT unnest(?::BIGINT[]))
    """
    asked = [min(captured), max(captured), list(captured)]
    found = {row[0]: row[1:] for row in rows_of(connection, query, asked)}
    for number, moment in captured.items():
        license_, address, url, *rest = found[number]
        yield CreditRow(license_, address, url, moment, *rest)  # type: ignore[arg-type]


def licenses(connection: Connection, release: str) -> tuple[Count, ...]:
    """Return a release's documents and characters by license."""
    query = """
        SELECT license, count(*), sum(length(text))::BIGINT
        FROM documents WHERE release = $release GROUP BY license ORDER BY license
    """
    # It reads every text, which the database would keep.
    with answered(connection, query, {"release": release}) as cursor:
        return tuple(
            Count(name=name, count=count, characters=characters)
            for name, count, characters in cursor.fetchall()
        )


def parts(connection: Connection, release: str) -> list[Part]:
    """Return the parts that a release has documents in."""
    query = "SELECT DISTINCT license, split FROM documents WHERE release = ? ORDER BY ALL"
    return [Part(*row) for row in connection.execute(query, [release]).fetchall()]


def newest_edition(connection: Connection) -> EditionRow | None:
    """Return the card that was published last, or None before the first."""
    query = "FROM editions ORDER BY edition DESC LIMIT 1"
    found = connection.execute(query).fetchone()
    return EditionRow(*found) if found else None


def edition_before(connection: Connection, release: str) -> EditionRow | None:
    """Return the newest card of another release than this one, or None."""
    query = "FROM editions WHERE release <> ? ORDER BY edition DESC LIMIT 1"
    found = connection.execute(query, [release]).fetchone()
    return EditionRow(*found) if found else None


def root_of(connection: Connection, edition: int, tree: str) -> str:
    """Return the root of a tree of an edition; empty for no such tree."""
    query = "SELECT root FROM trees WHERE edition = ? AND tree = ?"
    found = rows_of(connection, query, [edition, tree])
    return str(found[0][0]) if found else ""


def published_on(connection: Connection, run: int) -> str | None:
    """Return the day on which a run started (UTC, ISO 8601)."""
    query = (
        "SELECT strftime(started_at AT TIME ZONE 'UTC', '%Y-%m-%d') FROM runs WHERE run = ?"
    )
    found = rows_of(connection, query, [run])
    return str(found[0][0]) if found else None
