"""One writer for a corpus: a lock file of our own.

DuckDB's lock is lost as soon as the process that holds it opens and closes the database
file by other means. ``flock`` on a file that nobody else touches is not.
"""

import fcntl
import os
from pathlib import Path
from typing import IO, Final

from pipeline.errors import ArchiveFault, LedgerBusy

LOCK_NAME: Final = "ledger.lock"


class Lock:
    """Exclusive leave to write a corpus, held until it is released or the process ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_NAME
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises LedgerBusy, naming the holder, where another process has it.
        """
        try:
            file = self._path.open("a+", encoding="ascii", errors="replace")
        except OSError as error:
            raise ArchiveFault(
                f"{self._path}: the lock file cannot be opened ({error.strerror}). "
                "Choose a folder with --out that this account can write to."
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise LedgerBusy(
                f"{self._path.parent}: process {holder} is building this corpus. "
                "Wait until it is done, or stop it, and run the command again."
            ) from error
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None
