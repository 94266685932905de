"""Texts that were read of captures, kept so that none is extracted twice.

No fact stands here that the archive does not give again: the file may be deleted at any
time, and what is made of it is the same to the byte.
"""

import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pydantic import TypeAdapter

from pipeline.errors import ArchiveFault
from pipeline.model import Contents

FILE_NAME: Final = "texts.sqlite"

_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS contents (
        name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT
"""
_NAMES_AT_ONCE: Final = 256
_CONTENTS: Final = TypeAdapter(Contents)


class Texts:
    """What the pages of one corpus say, by a name for all that this depends on."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._connection = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Also after a fault: what was read until then need not be read again.
        with suppress(sqlite3.Error):
            self._connection.commit()
        self._connection.close()

    def find(self, names: Sequence[str]) -> dict[str, Contents]:
        """Return the contents that are kept under some of the names."""
        found: dict[str, Contents] = {}
        for start in range(0, len(names), _NAMES_AT_ONCE):
            for name, value in self._rows(names[start : start + _NAMES_AT_ONCE]):
                # A damaged one is as good as none.
                with suppress(zlib.error, ValueError):
                    found[name] = _loaded(value)
        return found

    def keep(self, contents: Mapping[str, Contents]) -> None:
        """Keep contents in the place of what was kept under their names.

        Raises ArchiveFault where the disk takes no more.
        """
        rows = [(name, _dumped(one)) for name, one in contents.items()]
        try:
            self._connection.executemany(
                "INSERT OR REPLACE INTO contents VALUES (?, ?)", rows
            )
            self._connection.commit()
        except sqlite3.Error as error:
            raise ArchiveFault(
                f"{self._path}: texts cannot be kept ({error}). Free disk space or delete "
                "the file, and run the command again: it is made anew."
            ) from error

    def _rows(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        marks = ", ".join("?" * len(names))
        query = f"SELECT * FROM contents WHERE name IN ({marks})"  # noqa: S608  (marks alone)
        try:
            yield from self._connection.execute(query, names).fetchall()
        except sqlite3.DatabaseError:
            # Nothing is lost with it.
            self._connection.close()
            self._connection = self._anew()

    def _opened(self) -> sqlite3.Connection:
        try:
            return self._connected()
        except sqlite3.DatabaseError:
            return self._anew()

    def _anew(self) -> sqlite3.Connection:
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
        try:
            return self._connected()
        except sqlite3.Error as error:
            raise ArchiveFault(
                f"{self._path}: cannot be made ({error}). Free or repair the disk and run "
                "the command again."
            ) from error

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path)
        try:
            # Losing the last of it to a power cut costs time, and nothing else.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(_SCHEMA)
            connection.commit()
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _dumped(contents: Contents) -> bytes:
    """Return contents as JSON without line ends, a line end and the fingerprint, packed.

    The sum at the end of what is packed tells of damage to any of it.
    """
    said = _CONTENTS.dump_json(replace(contents, fingerprint=None))
    return zlib.compress(said + b"\n" + (contents.fingerprint or b""), 1)


def _loaded(value: bytes) -> Contents:
    said, _, printed = zlib.decompress(value).partition(b"\n")
    return replace(_CONTENTS.validate_json(said), fingerprint=printed or None)
