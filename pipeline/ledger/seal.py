"""The seal of a build: the digest of each of its files, as ``sha256sum --check`` reads it.

It is written when a build is published and gone as soon as anything is written again. The
checks of an audit are on what files say; the seal also covers bytes that say nothing.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path
from typing import Final

from pipeline.errors import ArchiveFault

FILE_NAME: Final = "SHA256SUMS"

_SEALED: Final = ("archive", "quarantine", "dataset", "card")
_LEDGER: Final = "corpus.duckdb"
_LINE: Final = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<path>[^\n]+)\n")


def seal(folder: Path) -> None:
    """Write the digests of a build's files. Raises ArchiveFault where that fails."""
    lines = [f"{_digest(folder / path)}  {path}\n" for path in _paths(folder)]
    try:
        (folder / FILE_NAME).write_text("".join(lines), encoding="utf-8", newline="\n")
    except OSError as error:
        raise ArchiveFault(
            f"{folder / FILE_NAME}: cannot be written ({error.strerror}). Free disk space "
            "and publish again."
        ) from error


def unseal(folder: Path) -> None:
    """Take the seal away, since something is about to be written."""
    with suppress(FileNotFoundError):
        (folder / FILE_NAME).unlink()


def is_sealed(folder: Path) -> bool:
    """Say whether nothing was written to a build since it was published."""
    return (folder / FILE_NAME).is_file()


def broken(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each path of a sealed build that is not as it was sealed, and why not."""
    text = (folder / FILE_NAME).read_bytes().decode("utf-8", "replace")
    said = {found["path"]: found["digest"] for found in _LINE.finditer(text)}
    if "".join(f"{digest}  {path}\n" for path, digest in said.items()) != text:
        yield FILE_NAME, "it is not written as a seal is written"
    here = _paths(folder)
    for path in here:
        if path not in said:
            yield path, "it was not there when the build was sealed"
        elif _digest(folder / path) != said[path]:
            yield path, "its bytes are not those that were sealed"
    for path in said:
        if path not in here:
            yield path, "it was there when the build was sealed and is gone"


def _paths(folder: Path) -> list[str]:
    found = [path for name in _SEALED for path in (folder / name).rglob("*")]
    files = sorted(p.relative_to(folder).as_posix() for p in found if p.is_file())
    return [_LEDGER, *files]


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ArchiveFault(
            f"{path}: cannot be read ({error.strerror}). Restore it from a copy."
        ) from error
