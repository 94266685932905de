"""What grows with a corpus, kept in files while it is worked on, and read by place.

The files have no name where the system allows that: they go with the process, however it
ends.
"""

import pickle
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from pipeline.errors import ArchiveFault

T = TypeVar("T")

_BUFFER: Final = 1 << 17
_RECORDS_AT_ONCE: Final = 256


class _File:
    """A file that is written at its end and read anywhere."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with self._fault():
            # Closed by who made this.
            self._file = TemporaryFile(  # noqa: SIM115
                dir=folder, prefix=".estovers-", buffering=_BUFFER
            )
        self.size = 0
        self._is_at_end = True

    def add(self, data: bytes) -> None:
        with self._fault():
            if not self._is_at_end:
                self._file.seek(self.size)
                self._is_at_end = True
            self._file.write(data)
        self.size += len(data)

    def read(self, start: int, length: int) -> bytes:
        with self._fault():
            self._is_at_end = False
            self._file.seek(start)
            data: bytes = self._file.read(length)
        return data

    def close(self) -> None:
        # Nobody needs what could not be written.
        with suppress(OSError):
            self._file.close()

    @contextmanager
    def _fault(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ArchiveFault(
                f"{self._folder}: there is no room to work in ({error.strerror}). Free "
                "disk space or repair the disk and run the command again: what is "
                "committed is kept."
            ) from error


class _Filed:
    """What lives in a file of its own, which goes when its block ends."""

    def __init__(self, folder: Path) -> None:
        self._file = _File(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


class Spool(_Filed, Generic[T]):
    """Values by their place, from 0, on the disk of a folder.

    A value has to be picklable. One that is put in the place of another is written behind
    all others: the file only grows. Raises ArchiveFault where the disk takes no more.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self._starts = array("Q")
        self._lengths = array("L")

    def append(self, value: T) -> None:
        """Put a value behind the last."""
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._starts.append(self._file.size)
        self._lengths.append(len(data))
        self._file.add(data)

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, place: int) -> T:
        data = self._file.read(self._starts[place], self._lengths[place])
        # The file is nobody's but ours.
        value: T = pickle.loads(data)  # noqa: S301
        return value

    def __setitem__(self, place: int, value: T) -> None:
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._starts[place], self._lengths[place] = self._file.size, len(data)
        self._file.add(data)

    def __iter__(self) -> Iterator[T]:
        return map(self.__getitem__, range(len(self)))


class Records(_Filed):
    """Strings of bytes of one size by their place, from 0, on the disk of a folder.

    Raises ArchiveFault where the disk takes no more.
    """

    def __init__(self, folder: Path, *, size: int) -> None:
        super().__init__(folder)
        self._size = size

    def append(self, record: bytes) -> None:
        """Put a record behind the last; ValueError where it has another size."""
        if len(record) != self._size:
            raise ValueError(f"{len(record)} bytes are no record of {self._size}")
        self._file.add(record)

    def __len__(self) -> int:
        return self._file.size // self._size

    def __getitem__(self, place: int) -> bytes:
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self._file.read(place * self._size, self._size)

    def column(self, piece: slice) -> Iterator[bytes]:
        """Yield one piece of each record, in their order."""
        step = self._size * _RECORDS_AT_ONCE
        for start in range(0, self._file.size, step):
            some = self._file.read(start, step)
            for at in range(0, len(some), self._size):
                yield some[at : at + self._size][piece]
