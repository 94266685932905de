"""What auditors and site owners ask of the ledger: read only, a batch of rows at a time."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from pipeline.ledger.rows import (
    DecisionRow,
    Discovery,
    DocumentRow,
    DropRow,
    EvidenceRow,
    ExchangeRow,
    ImportRow,
    OutcomeRow,
    Run,
)

BATCH: Final = 500
"""Rows that are held at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A row that breaks a rule which binds rows to one another."""

    kind: str
    url: str
    what: str
    recorded: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule between rows: its name, what breaks it, and the query that finds breaches.

    The query gives a URL and, in words, what stands in the ledger.
    """

    kind: str
    what: str
    query: str


# What a person's answer may lift (``pipeline.license.laundering``).
_LIFTED: Final = "'license.republished', 'license.third-party-text'"

RULES: Final = (
    Rule(
        kind="permit",
        what="the permit names no earlier decision that admits its URL",
        # The two are written in one step, each by its own look at the clock.
        query="""
            SELECT p.url, 'permit ' || p.permit || ', decision ' || p.decision
            FROM permits p WHERE NOT EXISTS (
                SELECT 1 FROM decisions d
                WHERE d.seq = p.seq AND d.decision = p.decision AND d.url = p.url
                  AND d.stage = 'acquisition' AND d.verdict = 'admit'
                  AND d.decided_at <= p.issued_at + INTERVAL 1 SECOND)
            ORDER BY p.permit""",
    ),
    Rule(
        kind="exchange",
        what="no permit was issued before this request was answered",
        # A second request to a URL needs a second permit.
        query="""
            WITH live AS (
                SELECT e.exchange, e.url, e.kind, e.read_at, row_number() OVER (
                    PARTITION BY e.url, e.kind ORDER BY e.read_at, e.exchange) AS nth
                FROM exchanges e
                WHERE e.exchange NOT IN (SELECT exchange FROM imports)
                  AND NOT (e.kind = 'page' AND e.url IN (
                    SELECT url FROM discoveries WHERE kind = 'warc')))
            SELECT l.url, l.kind || ' exchange ' || l.exchange
            FROM live l LEFT JOIN permits p
              ON p.url = l.url AND p.kind = l.kind AND p.issued_at <= l.read_at
            GROUP BY l.exchange, l.url, l.kind, l.nth HAVING count(p.permit) < l.nth
            ORDER BY l.exchange""",
    ),
    Rule(
        kind="exchange",
        what="the page came from a file and no decision let it in",
        query="""
            SELECT e.url, 'page exchange ' || e.exchange FROM exchanges e
            WHERE e.kind = 'page' AND e.store IS NOT NULL
              AND e.url IN (SELECT url FROM discoveries WHERE kind = 'warc')
              AND NOT EXISTS (
                SELECT 1 FROM decisions d WHERE d.url = e.url AND (
                    (d.stage = 'acquisition' AND d.verdict = 'admit')
                    OR (d.stage = 'usage' AND d.verdict IN ('admit', 'hold'))))
            ORDER BY e.exchange""",
    ),
    Rule(
        kind="exchange",
        what="the page is kept and no decision on its use lets it be kept there",
        query="""
            WITH judged AS (
                SELECT url, verdict, unnest(inputs) AS exchange FROM decisions
                WHERE stage = 'usage')
            SELECT e.url, 'page exchange ' || e.exchange || ' in ' || e.store
            FROM exchanges e
            WHERE e.kind = 'page' AND e.store IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM judged j WHERE j.exchange = e.exchange AND j.url = e.url
                  AND j.verdict = CASE e.store WHEN 'archive' THEN 'admit' ELSE 'hold' END)
            ORDER BY e.exchange""",
    ),
    Rule(
        kind="document",
        what="none of the decisions that the document names admits its use",
        # A doubt of its origin may be lifted by a person's answer that it names.
        query=f"""
            WITH named AS (
                SELECT release, id, url, unnest(decisions) AS decision FROM documents),
            confirmed AS (
                SELECT n.release, n.id FROM named n JOIN reviews r
                  ON n.decision = 'review:' || r.review AND r.answer = 'confirm'
                 AND r.host = split_part(n.url, '/', 3))
            SELECT d.url, 'document ' || d.id FROM documents d WHERE NOT EXISTS (
                SELECT 1 FROM named n JOIN decisions x
                  ON x.decision = n.decision AND x.url = n.url
                WHERE n.release = d.release AND n.id = d.id AND x.stage = 'usage'
                  AND (x.verdict = 'admit' OR (
                    x.verdict = 'hold' AND x.reason IN ({_LIFTED})
                    AND (d.release, d.id) IN (FROM confirmed))))
            ORDER BY d.release, d.id""",  # noqa: S608  (the reasons stand here)
    ),
    Rule(
        kind="document",
        what="the archive holds no such page",
        query="""
            SELECT d.url, 'capture ' || d.capture_digest FROM documents d WHERE NOT EXISTS (
                SELECT 1 FROM exchanges e WHERE e.digest = d.capture_digest
                  AND e.url = d.url AND e.kind = 'page' AND (e.store = 'archive' OR (
                    e.store = 'quarantine' AND len(list_filter(
                        d.decisions, lambda name: starts_with(name, 'review:'))) > 0)))
            ORDER BY d.release, d.id""",
    ),
    Rule(
        kind="document",
        what="a person had refused its host before the release was made",
        query="""
            SELECT d.url, 'release of run ' || r.run
            FROM documents d JOIN releases r ON r.release = d.release
            WHERE (SELECT arg_max(v.answer, v.review) FROM reviews v
                   WHERE v.host = split_part(d.url, '/', 3) AND v.run < r.run) = 'refuse'
            ORDER BY d.release, d.id""",
    ),
    Rule(
        kind="fingerprint",
        what="it was kept of a page on which its license alone did not decide",
        query="""
            WITH judged AS (
                SELECT url, unnest(inputs) AS exchange FROM decisions
                WHERE stage = 'usage' AND starts_with(reason, 'license.'))
            SELECT f.url, 'exchange ' || f.exchange
            FROM fingerprints f ANTI JOIN judged j
              ON j.url = f.url AND j.exchange = f.exchange
            ORDER BY f.exchange""",
    ),
    Rule(
        kind="outcome",
        what="the URL ended more than once in one visit",
        query="""
            SELECT url, count(*) || ' endings in visit ' || visit FROM outcomes
            WHERE outcome <> 'deferred' AND reason <> 'policy.not-archived'
            GROUP BY visit, url HAVING count(*) > 1
            ORDER BY visit, url""",
    ),
    Rule(
        kind="outcome",
        what="no decision on the page's use says what its outcome says",
        query="""
            WITH judged AS (
                SELECT url, verdict, unnest(inputs) AS exchange FROM decisions
                WHERE stage = 'usage')
            SELECT o.url, o.outcome || ' in visit ' || o.visit FROM outcomes o
            WHERE o.outcome IN ('admitted', 'unchanged', 'held') AND NOT EXISTS (
                SELECT 1 FROM judged j WHERE j.exchange = o.exchange AND j.url = o.url
                  AND j.verdict = CASE o.outcome WHEN 'held' THEN 'hold' ELSE 'admit' END)
            ORDER BY o.visit, o.url""",
    ),
)
"""Every rule between rows that a whole ledger keeps."""


def faults(connection: duckdb.DuckDBPyConnection) -> Iterator[Fault]:
    """Yield each row that breaks one of the ``RULES``."""
    for rule in RULES:
        cursor = connection.execute(rule.query)
        while rows := cursor.fetchmany(BATCH):
            for url, recorded in rows:
                yield Fault(kind=rule.kind, url=url, what=rule.what, recorded=recorded)


def runs(connection: duckdb.DuckDBPyConnection) -> list[Run]:
    """Return every start of a verb, in their order."""
    found = connection.execute("SELECT * FROM runs ORDER BY run").fetchall()
    return [Run(*row) for row in found]


def totals(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return how many rows the tables have that an audit goes through."""
    query = """
        SELECT 'exchanges', count(*) FROM exchanges
        UNION ALL SELECT 'permits', count(*) FROM permits
        UNION ALL SELECT 'outcomes', count(*) FROM outcomes
        UNION ALL SELECT 'documents', count(*) FROM documents
        UNION ALL SELECT 'releases', count(*) FROM releases
    """
    return dict(connection.execute(query).fetchall())


def decisions(connection: duckdb.DuckDBPyConnection) -> Iterator[list[DecisionRow]]:
    """Yield all decisions, in their order, ``BATCH`` at a time."""
    last = 0
    query = "SELECT * FROM decisions WHERE seq > ? ORDER BY seq LIMIT ?"
    while rows := connection.execute(query, [last, BATCH]).fetchall():
        batch = [DecisionRow(*row) for row in rows]
        yield batch
        last = batch[-1].seq


def sampled(connection: duckdb.DuckDBPyConnection, number: int) -> frozenset[int]:
    """Return ``number`` decisions by their ``seq``, those whose names come first.

    A name is a digest of what the decision rests on: which come first is nobody's choice,
    and the same for everyone who asks.
    """
    query = "SELECT seq FROM decisions ORDER BY decision, seq LIMIT ?"
    return frozenset(seq for (seq,) in connection.execute(query, [number]).fetchall())


def evidence(
    connection: duckdb.DuckDBPyConnection, entries: Sequence[int]
) -> dict[int, list[EvidenceRow]]:
    """Return the evidence of entries by their ``seq``, each in its order."""
    query = """
        SELECT * FROM evidence WHERE seq IN (SELECT unnest(?::BIGINT[])) ORDER BY seq, n
    """
    found: defaultdict[int, list[EvidenceRow]] = defaultdict(list)
    for row in connection.execute(query, [list(entries)]).fetchall():
        one = EvidenceRow(*row)
        found[one.seq].append(one)
    return found


def exchanges(
    connection: duckdb.DuckDBPyConnection, numbers: Sequence[int]
) -> dict[int, ExchangeRow]:
    """Return exchanges as they were written down, by number."""
    query = "SELECT * FROM exchanges WHERE exchange IN (SELECT unnest(?::BIGINT[]))"
    rows = connection.execute(query, [list(numbers)]).fetchall()
    found = [ExchangeRow(*row) for row in rows]
    return {one.exchange: one for one in found}


def without_policy(
    connection: duckdb.DuckDBPyConnection, numbers: Sequence[int]
) -> frozenset[int]:
    """Return which exchanges are pages of files that wait for a policy file."""
    query = """
        SELECT o.exchange FROM outcomes o JOIN imports i ON i.exchange = o.exchange
        WHERE o.reason = 'policy.not-archived'
          AND o.exchange IN (SELECT unnest(?::BIGINT[]))
    """
    found = connection.execute(query, [list(numbers)]).fetchall()
    return frozenset(number for (number,) in found)


def kept_exchanges(
    connection: duckdb.DuckDBPyConnection,
) -> Iterator[list[ExchangeRow]]:
    """Yield the exchanges whose payload was kept, in their order, ``BATCH`` at a time."""
    last = 0
    query = """
        SELECT * FROM exchanges WHERE store IS NOT NULL AND exchange > ?
        ORDER BY exchange LIMIT ?
    """
    while rows := connection.execute(query, [last, BATCH]).fetchall():
        batch = [ExchangeRow(*row) for row in rows]
        yield batch
        last = batch[-1].exchange


def decisions_on(connection: duckdb.DuckDBPyConnection, url: str) -> list[DecisionRow]:
    """Return the decisions on a URL, in their order."""
    query = "SELECT * FROM decisions WHERE url = ? ORDER BY seq"
    return [DecisionRow(*row) for row in connection.execute(query, [url]).fetchall()]


def outcomes_of(connection: duckdb.DuckDBPyConnection, url: str) -> list[OutcomeRow]:
    """Return how a URL ended, the newest ending last."""
    query = "SELECT * FROM outcomes WHERE url = ? ORDER BY visit, ended_at, rowid"
    return [OutcomeRow(*row) for row in connection.execute(query, [url]).fetchall()]


def discoveries_of(connection: duckdb.DuckDBPyConnection, url: str) -> list[Discovery]:
    """Return where a URL was found, in the order found."""
    query = "SELECT * FROM discoveries WHERE url = ? ORDER BY rowid"
    return [Discovery(*row) for row in connection.execute(query, [url]).fetchall()]


def exchanges_of(connection: duckdb.DuckDBPyConnection, url: str) -> list[ExchangeRow]:
    """Return what was received when a URL was asked for, in order."""
    query = "SELECT * FROM exchanges WHERE url = ? ORDER BY exchange"
    return [ExchangeRow(*row) for row in connection.execute(query, [url]).fetchall()]


def imports_behind(
    connection: duckdb.DuckDBPyConnection, numbers: Sequence[int]
) -> list[tuple[ExchangeRow, ImportRow]]:
    """Return which of these exchanges were read in WARC files, and where, in order."""
    query = """
        SELECT e.*, i.* FROM imports i JOIN exchanges e ON e.exchange = i.exchange
        WHERE i.exchange IN (SELECT unnest(?::BIGINT[])) ORDER BY i.exchange
    """
    width = len(ExchangeRow._fields)
    found = connection.execute(query, [list(numbers)])
    return [
        (ExchangeRow(*row[:width]), ImportRow(*row[width:])) for row in found.fetchall()
    ]


def document_of(connection: duckdb.DuckDBPyConnection, url: str) -> DocumentRow | None:
    """Return the document that the newest release has of a URL, if it has one."""
    query = """
        SELECT d.* FROM documents d WHERE d.url = ? AND d.release = (
            SELECT release FROM releases ORDER BY seq DESC LIMIT 1)
    """
    row = connection.execute(query, [url]).fetchone()
    return DocumentRow(*row) if row else None


def drop_of(connection: duckdb.DuckDBPyConnection, url: str) -> DropRow | None:
    """Return why the newest release has no document of a kept page, if that is so."""
    query = """
        SELECT d.* FROM drops d WHERE d.url = ? AND d.release = (
            SELECT release FROM releases ORDER BY seq DESC LIMIT 1)
    """
    row = connection.execute(query, [url]).fetchone()
    return DropRow(*row) if row else None


def near(
    connection: duckdb.DuckDBPyConnection, url: str, *, host: str, limit: int
) -> list[str]:
    """Return the known URLs of a host that are spelled most like ``url``."""
    query = """
        SELECT url FROM (SELECT DISTINCT url FROM discoveries WHERE host = ?)
        ORDER BY levenshtein(url, ?), url LIMIT ?
    """
    found = connection.execute(query, [host, url, limit]).fetchall()
    return [one for (one,) in found]


def hosts_like(
    connection: duckdb.DuckDBPyConnection, host: str, *, limit: int
) -> list[tuple[str, int]]:
    """Return hosts spelled most like ``host``, each with how many URLs are known of it."""
    query = """
        SELECT host, count(DISTINCT url) FROM discoveries GROUP BY host
        ORDER BY host <> ?, levenshtein(host, ?), host LIMIT ?
    """
    return connection.execute(query, [host, host, limit]).fetchall()
