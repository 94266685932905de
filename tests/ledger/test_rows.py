"""The rows and the schema say the same, and every table explains itself."""

from collections.abc import Iterator
from typing import get_args

import duckdb
import pytest

from pipeline.ledger.rows import TABLE_OF, Row
from pipeline.ledger.store import Ledger, open_reader, rows_of


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("ledger")
    Ledger(folder).close()
    with open_reader(folder) as connection:
        yield connection


def test_each_kind_of_row_has_its_table() -> None:
    assert set(TABLE_OF) == set(get_args(Row))
    assert len(set(TABLE_OF.values())) == len(TABLE_OF)


@pytest.mark.parametrize("kind", TABLE_OF, ids=lambda kind: TABLE_OF[kind])
def test_a_row_has_its_tables_columns_in_their_order(
    schema: duckdb.DuckDBPyConnection, kind: type[Row]
) -> None:
    query = """
        SELECT column_name FROM duckdb_columns()
        WHERE table_name = ? AND schema_name = 'main' ORDER BY column_index
    """

    columns = [name for (name,) in rows_of(schema, query, [TABLE_OF[kind]])]

    assert columns == list(kind._fields)


@pytest.mark.parametrize("kind", TABLE_OF, ids=lambda kind: TABLE_OF[kind])
def test_a_column_is_nullable_just_where_its_field_may_be_none(
    schema: duckdb.DuckDBPyConnection, kind: type[Row]
) -> None:
    query = """
        SELECT column_name FROM duckdb_columns()
        WHERE table_name = ? AND schema_name = 'main' AND is_nullable
    """

    nullable = {name for (name,) in rows_of(schema, query, [TABLE_OF[kind]])}

    annotations = kind.__annotations__.items()
    assert nullable == {
        name for name, type_ in annotations if type(None) in get_args(type_)
    }


def test_there_is_no_table_without_rows_but_the_layouts_number(
    schema: duckdb.DuckDBPyConnection,
) -> None:
    tables = {name for (name,) in rows_of(schema, "SELECT table_name FROM duckdb_tables()")}

    assert tables == {*TABLE_OF.values(), "schema_version"}


def test_every_table_column_and_view_has_a_comment(
    schema: duckdb.DuckDBPyConnection,
) -> None:
    query = """
        SELECT table_name, '' FROM duckdb_tables() WHERE coalesce(comment, '') = ''
        UNION ALL SELECT view_name, '' FROM duckdb_views()
            WHERE NOT internal AND coalesce(comment, '') = ''
        UNION ALL SELECT table_name, column_name FROM duckdb_columns()
            WHERE NOT internal AND coalesce(comment, '') = ''
    """

    assert rows_of(schema, query) == []


def test_every_view_answers(schema: duckdb.DuckDBPyConnection) -> None:
    query = """
        SELECT schema_name || '."' || view_name || '"' FROM duckdb_views()
        WHERE NOT internal
    """
    views = {name for (name,) in rows_of(schema, query)}
    speaking = {'main."README"', 'published."sums"'}

    assert {'main."frontier"', 'published."pages"', *speaking} <= views
    assert {v: rows_of(schema, f"FROM {v}") for v in views - speaking} == {
        view: [] for view in views - speaking
    }
    assert all(rows_of(schema, f"FROM {view}") for view in speaking)


def test_every_query_that_the_readme_names_runs(schema: duckdb.DuckDBPyConnection) -> None:
    queries = rows_of(schema, "SELECT query FROM \"README\" WHERE query <> ''")

    assert len(queries) >= 5
    for (query,) in queries:
        schema.execute(str(query)).fetchall()
