"""What is published of a ledger, by the same names in its file and over published files."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib import resources
from itertools import count
from os import getpid
from pathlib import Path
from tempfile import gettempdir
from typing import Final, Protocol

import duckdb

from pipeline.errors import ArchiveFault
from pipeline.ledger.rows import TABLE_OF, FileRow, TreeRow
from pipeline.ledger.store import Connection, answered, unbounded, within

DOCUMENTS: Final = "documents"

TABLES: Final = (
    "activities", "captures", "decisions", "disagreements", "domains", "drops", "evidence",
    "history", "leaves", "left_out", "pages", "personal", "requests", "reviews", "settings",
)  # fmt: skip
"""The tables that are published as a Parquet file each, beside the documents."""

IN_TURN: Final = (
    "drops", "pages", "decisions", "evidence", "leaves", "captures", "activities",
    "disagreements", "left_out", "personal", "requests", "reviews",
)  # fmt: skip
"""Those of them that are made of the ledger alone, each after those it goes by."""

DERIVED: Final = ("domain_leaves", "removals")
"""The tables that follow from the others, published for those who ask for a proof."""

FROM_FILES: Final = ("files", "trees")
"""The tables that are never read of a file: whoever looks at the files makes them anew."""

_BATCH: Final = 2_000
_STREAMED: Final = 20_000
_NUMBER: Final = count()
_COMMENT: Final = re.compile(r"^COMMENT ON .*;\n", re.MULTILINE)

# Nothing that is read here may make DuckDB load code or reach the network.
_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "threads": 2,
}


class Stream(Protocol):
    """Rows in Arrow's form, whose interface between libraries this is."""

    def __arrow_c_stream__(self, requested_schema: object | None = None, /) -> object:
        """Return the stream, as its interface has it."""


@contextmanager
def streamed(
    connection: Connection, table: str, *, written: Mapping[str, Sequence[Path]]
) -> Iterator[Stream]:
    """Give the rows of a published table in its order, a batch at a time.

    Tables that are ``written`` already are read of their files: what the ledger's views
    would find again, all of it at once, may not fit into memory. The rows do not become
    objects of Python, which takes ten times as long. Nothing else may be asked of the
    connection meanwhile.
    """
    try:
        yield within(connection, lambda: _reader(connection, table, written))
    finally:
        # The views over files are gone with it, and nothing was changed.
        with suppress(duckdb.Error):
            connection.rollback()
            unbounded(connection)


def _reader(
    connection: Connection, table: str, written: Mapping[str, Sequence[Path]]
) -> Stream:
    connection.begin()
    try:
        for each, paths in written.items():
            _over_files(connection, each, paths)
        relation = connection.sql(f"FROM published.{_known(table)}")
        found: Stream = relation.to_arrow_reader(_STREAMED)
    except duckdb.Error:
        connection.rollback()
        raise
    return found


def rows(connection: Connection, table: str) -> Iterator[list[tuple[object, ...]]]:
    """Yield the rows of a published table of a ledger, in its order, a batch at a time."""
    with answered(connection, f"FROM published.{_known(table)}") as cursor:
        while batch := cursor.fetchmany(_BATCH):
            yield batch


def columns(connection: Connection, table: str) -> list[tuple[str, str]]:
    """Return the columns of a published table with their types, as DuckDB names them."""
    query = f"SELECT column_name, column_type FROM (DESCRIBE published.{_known(table)})"  # noqa: S608
    return connection.execute(query).fetchall()


def opened(files: Mapping[str, Sequence[Path]]) -> Connection:
    """Return a database in memory that has the published tables over Parquet files.

    ``files`` are those of each table; a table without one is empty. What the files and
    their trees are is for the caller to ``add``. Raises ArchiveFault where a file is no
    Parquet or lacks a column.
    """
    # Without a name of its own, each would spill into the folder that we are started in.
    spill = f"{gettempdir()}/estovers-{getpid()}-{next(_NUMBER)}"
    connection = duckdb.connect(config={**_SETTINGS, "temp_directory": spill})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(_definitions())
    connection.execute("INSERT INTO main.editions VALUES (0, '', '', '', '', 0)")
    for table in (DOCUMENTS, *TABLES):
        _over_files(connection, table, files.get(table, ()))
    return connection


def add(connection: Connection, rows_: Iterable[FileRow | TreeRow]) -> None:
    """Put what was found of the files themselves into a database that ``opened`` made."""
    for row in rows_:
        marks = ", ".join("?" * len(row))
        query = f"INSERT INTO main.{TABLE_OF[type(row)]} VALUES ({marks})"  # noqa: S608
        connection.execute(query, row)


@contextmanager
def damage_named() -> Iterator[None]:
    """Raise ArchiveFault where DuckDB finds that a file it reads is damaged."""
    try:
        yield
    except duckdb.Error as error:
        raise ArchiveFault(
            f"a published table cannot be read ({error}). Get the folder again from where "
            "it was published, or publish again."
        ) from error


@cache
def _definitions() -> str:
    """Return the tables and views, without the comments: they take most of the time."""
    here = resources.files("pipeline.ledger")
    texts = [
        here.joinpath(name).read_text("utf-8") for name in ("schema.sql", "published.sql")
    ]
    return _COMMENT.sub("", "\n".join(texts))


def _over_files(connection: Connection, table: str, paths: Sequence[Path]) -> None:
    """Put a view over files in the place of the view over the ledger.

    Its rows are the same. Documents come in the order of their files: to have them by URL
    would mean to sort their texts for every question that is asked of them.
    """
    kinds = columns(connection, table)
    if not paths:
        nothing = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in kinds)
        source = f"SELECT {nothing} WHERE false"
    else:
        named = ", ".join(map(_literal, paths))
        chosen = ", ".join(f'"{name}"::{kind} AS "{name}"' for name, kind in kinds)
        source = f"SELECT {chosen} FROM read_parquet([{named}])"  # noqa: S608
    try:
        connection.execute(f"CREATE OR REPLACE VIEW published.{table} AS {source}")
    except duckdb.Error as error:
        raise ArchiveFault(
            f"{paths[0]}: this is not the table {table} as it was published ({error}). "
            "Get the folder again from where it was published."
        ) from error


def _literal(path: Path) -> str:
    """Return a path as SQL text in which no character is a wildcard."""
    plain = "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
    return "'" + plain.replace("'", "''") + "'"


def _known(table: str) -> str:
    if table not in {DOCUMENTS, *TABLES, *DERIVED, *FROM_FILES, "card", "sums"}:
        raise ValueError(f"{table} is not published")
    return table
