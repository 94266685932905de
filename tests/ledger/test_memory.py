"""A ledger's database holds little memory, and more only where it is needed."""

from pathlib import Path

import duckdb
import pytest

from pipeline.ledger import published
from pipeline.ledger.store import Connection, Ledger, answered, within
from pipeline.publish.export import write_stream
from tests.publish.small_corpus import FREE, SITE, SmallCorpus, html


def limits(connection: Connection) -> tuple[str, int]:
    query = "SELECT current_setting('memory_limit'), current_setting('threads')"
    [(limit, threads)] = connection.execute(query).fetchall()
    return str(limit), int(threads)


def test_what_fits_is_had_within_the_least(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        before = limits(ledger.connection)
        with answered(ledger.connection, "SELECT $n + 1", {"n": 1}) as cursor:
            assert limits(ledger.connection) == ("128.0 MiB", 2)
            assert cursor.fetchall() == [(2,)]

        assert limits(ledger.connection) == before


def test_what_does_not_fit_is_had_within_more_and_the_next_within_the_least(
    tmp_path: Path,
) -> None:
    # A list is in memory whole: 160 MB of numbers.
    query = "SELECT len(list(i)) FROM range(20_000_000) t(i)"
    with Ledger(tmp_path) as ledger:
        with answered(ledger.connection, query) as cursor:
            assert cursor.fetchall() == [(20_000_000,)]
            limit, threads = limits(ledger.connection)

        assert float(limit.split()[0]) >= 256
        assert threads == 1
        with answered(ledger.connection, "SELECT 1"):
            assert limits(ledger.connection) == ("128.0 MiB", 2)


def test_what_fails_for_another_reason_is_asked_once(tmp_path: Path) -> None:
    asked = []

    def ask() -> None:
        asked.append(1)
        raise duckdb.ConversionException("no number")

    with Ledger(tmp_path) as ledger, pytest.raises(duckdb.ConversionException):
        within(ledger.connection, ask)

    assert asked == [1]


def test_a_table_that_was_written_is_read_of_its_file_and_the_ledger_stays_as_it_was(
    tmp_path: Path,
) -> None:
    web = {f"{SITE}/robots.txt": html(""), f"{SITE}/": html(FREE)}
    corpus = SmallCorpus(tmp_path / "corpus", web)
    corpus.visit("/", kind="seed")
    corpus.release(drops={"/": "text.too-short"})
    corpus.ledger.commit()
    connection = corpus.ledger.connection
    views = "SELECT view_name, sql FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
    before = connection.execute(views).fetchall()
    drops, pages = tmp_path / "drops.parquet", tmp_path / "pages.parquet"

    kinds = published.columns(connection, "drops")
    with published.streamed(connection, "drops", written={}) as rows:
        write_stream(kinds, rows, drops)
    connection.execute("DELETE FROM drops")
    kinds = published.columns(connection, "pages")
    with published.streamed(connection, "pages", written={"drops": [drops]}) as rows:
        write_stream(kinds, rows, pages)
    after = connection.execute(views).fetchall()
    [because] = duckdb.execute(
        "SELECT because FROM read_parquet(?)", [str(pages)]
    ).fetchall()
    corpus.close()

    assert because == ("text.too-short",)
    assert before == after
