"""The ledger file: opened by one writer, appended to in batches, never changed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from importlib import resources
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import duckdb

from pipeline.errors import ArchiveFault, InputFault, LedgerBusy
from pipeline.ledger.lock import Lock
from pipeline.ledger.rows import TABLE_OF, Row
from pipeline.ledger.seal import unseal
from pipeline.model import whole_characters

Connection = duckdb.DuckDBPyConnection
"""A connection to a ledger, for those who pass it on and do not open it."""

Answer = TypeVar("Answer")

FILE_NAME: Final = "corpus.duckdb"
SCHEMA_VERSION: Final = 4

# Nothing that is read here may make DuckDB load code, reach the network or name a file.
_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "threads": 2,
}

# How much memory the database may hold, in how many threads. Each thread needs memory of
# its own, and with less of it what spills is cut into more and smaller parts.
_LIMITS: Final = (
    ("128MiB", 2), ("64MiB", 1), ("128MiB", 1), ("256MiB", 1), ("512MiB", 1),
)  # fmt: skip
_DEFAULT: Final = ("80%", 2)
_NEXT_TO_NOTHING: Final = "16MiB"

# Rows that are in memory twice while they are written.
_AT_ONCE: Final = 2_000

_COUNTERS: Final = {
    "run": "SELECT coalesce(max(run), 0) FROM runs",
    "visit": "SELECT coalesce(max(visit), 0) FROM discoveries",
    "exchange": "SELECT coalesce(max(exchange), 0) FROM exchanges",
    "seq": "SELECT coalesce(max(seq), 0) FROM decisions",
    "permit": "SELECT coalesce(max(permit), 0) FROM permits",
    "release": "SELECT coalesce(max(seq), 0) FROM releases",
    "review": "SELECT coalesce(max(review), 0) FROM reviews",
    "history": "SELECT coalesce(max(n) + 1, 0) FROM history",
}


class Ledger:
    """A corpus' ledger, open for appending by this process alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock(folder)
        self._lock.acquire()
        unseal(folder)
        try:
            self.connection = _connect(folder / FILE_NAME, read_only=False)
        except BaseException:
            self._lock.release()
            raise
        try:
            _create(self.connection, folder)
        except BaseException:
            self.close()
            raise
        self._pending: defaultdict[type[Row], list[Row]] = defaultdict(list)
        self._counters = {
            name: _scalar(self.connection, query) for name, query in _COUNTERS.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.commit()
        self.close()

    def number(self, counter: str) -> int:
        """Return the next number of ``counter``."""
        self._counters[counter] += 1
        return self._counters[counter]

    def last(self, counter: str) -> int:
        """Return the number that ``counter`` has reached."""
        return self._counters[counter]

    def append(self, rows: Iterable[Row]) -> None:
        """Put rows into the next transaction."""
        for row in rows:
            self._pending[type(row)].append(row)

    def commit(self, rows: Callable[[], Iterable[Row]] = tuple) -> None:
        """Write what is pending, and then ``rows``, in one durable transaction.

        Of ``rows`` few are in memory at a time; they are asked for again where memory does
        not suffice. Raises ArchiveFault where the disk takes no more; nothing committed is
        lost.
        """
        if not self._pending and rows is tuple:
            return
        pending, self._pending = self._pending, defaultdict(list)
        try:
            if rows is tuple:
                self._commit(pending, ())
            else:
                within(self.connection, lambda: self._commit(pending, rows()))
                unbounded(self.connection)
        except duckdb.Error as error:
            raise ArchiveFault(
                f"{self.folder / FILE_NAME}: the ledger cannot be written ({error}). "
                "Free disk space or repair the disk and run the command again: what is "
                "committed is kept."
            ) from error

    def _commit(
        self, pending: Mapping[type[Row], Sequence[Row]], rows: Iterable[Row]
    ) -> None:
        coming = iter(rows)
        try:
            self.connection.begin()
            for kind, held in pending.items():
                self._write(kind, held)
            while some := list(islice(coming, _AT_ONCE)):
                for kind, held in _by_kind(some).items():
                    self._write(kind, held)
            self.connection.commit()
        except duckdb.Error:
            with suppress(duckdb.Error):
                self.connection.rollback()
            raise

    def _write(self, kind: type[Row], rows: Sequence[Row]) -> None:
        with self.connection.appender(TABLE_OF[kind]) as appender:
            for start in range(0, len(rows), _AT_ONCE):
                appender.append_rows(map(_storable, rows[start : start + _AT_ONCE]))
                appender.flush()

    def close(self) -> None:
        """Close the file and let another writer in."""
        self.connection.close()
        self._lock.release()


def _by_kind(rows: Iterable[Row]) -> dict[type[Row], list[Row]]:
    found: defaultdict[type[Row], list[Row]] = defaultdict(list)
    for row in rows:
        found[type(row)].append(row)
    return found


def _storable(row: Row) -> list[object]:
    return [_in_characters(value) for value in row]


def _in_characters(value: object) -> object:
    if isinstance(value, list):
        return [_in_characters(one) for one in value]
    if isinstance(value, dict):
        return {key: _in_characters(one) for key, one in value.items()}
    return whole_characters(value) if isinstance(value, str) else value


def open_reader(folder: Path) -> duckdb.DuckDBPyConnection:
    """Return a read-only connection to a corpus' ledger.

    Raises InputFault where there is none or one of another layout, LedgerBusy while a
    build writes it.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise InputFault(
            f"{path}: there is no ledger here. Build a corpus first, or name its folder."
        )
    connection = _connect(path, read_only=True)
    try:
        _expect_version(connection, folder)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def answered(
    connection: Connection, query: str, parameters: Mapping[str, object] | None = None
) -> Iterator[Connection]:
    """Give a cursor with the answer to what goes over all of a ledger, in little memory."""
    asked = dict(parameters or {})
    # A cursor of its own: the connection answers others while this one is half read.
    with closing(connection.cursor()) as cursor:
        try:
            within(cursor, lambda: cursor.execute(query, asked))
            yield cursor
        finally:
            unbounded(connection)


def within(connection: Connection, ask: Callable[[], Answer]) -> Answer:
    """Return what asking gives, within as little memory as it can be had in.

    Not all that a database does can spill. What fails for want of memory is asked again
    with more. The bound stays until the database is ``unbounded`` again.
    """
    for limit, threads in _LIMITS:
        # What is in use may not fit a lower limit at once.
        with suppress(duckdb.OutOfMemoryException):
            _bound(connection, limit, threads=threads)
            return ask()
    unbounded(connection)
    return ask()


def emptied(connection: Connection) -> None:
    """Let a database let go of what it keeps for the next question."""
    with suppress(duckdb.OutOfMemoryException):
        _bound(connection, _NEXT_TO_NOTHING, threads=1)
    unbounded(connection)


def unbounded(connection: Connection) -> None:
    """Let a database hold as much memory as it does by default."""
    limit, threads = _DEFAULT
    _bound(connection, limit, threads=threads)


def _bound(connection: Connection, limit: str, *, threads: int) -> None:
    connection.execute(f"SET threads = {threads}")
    connection.execute(f"SET memory_limit = '{limit}'")


def rows_of(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] = ()
) -> list[tuple[object, ...]]:
    """Return all rows of a query; parameters are bound, never pasted."""
    return connection.execute(query, list(parameters)).fetchall()


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(str(path), read_only=read_only, config=_SETTINGS)
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise LedgerBusy(
                f"{path.parent}: a build is writing this corpus. Wait until it is done and "
                "run the command again."
            ) from error
        raise _damaged(path, error) from error
    except duckdb.Error as error:
        raise _damaged(path, error) from error
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _damaged(path: Path, error: Exception) -> ArchiveFault:
    return ArchiveFault(
        f"{path}: the ledger cannot be opened ({error}). Restore it from a copy; the "
        "archive beside it is not affected."
    )


def _create(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    if _scalar(connection, "SELECT count(*) FROM duckdb_tables()"):
        _expect_version(connection, folder)
        return
    here = resources.files("pipeline.ledger")
    connection.begin()
    for name in ("schema.sql", "published.sql"):
        connection.execute(here.joinpath(name).read_text("utf-8"))
    connection.commit()
    # Open bugs in the replay of a write-ahead log are about table definitions in it.
    connection.execute("CHECKPOINT")


def _expect_version(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    try:
        version = _scalar(connection, "SELECT version FROM schema_version")
    except (duckdb.Error, TypeError, ValueError):
        version = 0
    if version != SCHEMA_VERSION:
        raise InputFault(
            f"{folder / FILE_NAME}: not a ledger of this version of Estovers "
            f"(layout {version}, not {SCHEMA_VERSION}). Build into another folder with "
            "--out."
        )


def _scalar(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
