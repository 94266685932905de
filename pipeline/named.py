"""Texts that a manifest names for documents to be held against."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import InputFault
from pipeline.ledger.column import texts
from pipeline.model import digest_of
from pipeline.vocab import Digest

COLUMN: Final = "text"
"""The key of a line of JSON, and the column of a table, that holds the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A file by its name in the manifest: the digest of its bytes, its texts in order."""

    path: str
    digest: Digest
    texts: tuple[str, ...]

    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield each text under the name of its place: file and row, from 1."""
        for number, text in enumerate(self.texts, start=1):
            yield f"{self.path}, row {number}", text


def read(root: Path, names: Iterable[str]) -> tuple[NamedFile, ...]:
    """Return the files that are named, and those of folders, by their paths from ``root``.

    Each is there once, in the order of their paths, however they are named. Raises
    InputFault where one is missing, of no kind that is known, or faulty.
    """
    found: dict[str, Path] = {}
    for name in names:
        for path in _files(root / name):
            # What a folder holds is called by the folder's name.
            inside = path.relative_to(root / name)
            found[(Path(name) / inside).as_posix()] = path
    return tuple(_file(name, path) for name, path in sorted(found.items()))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputFault(
            f"{path}: there is no such file or folder. filters.against names files to hold "
            "the documents against, as paths from the folder of the manifest."
        )
    inside = (each for each in path.rglob("*") if each.is_file())
    shown = [e for e in inside if not _is_hidden(e.relative_to(path))]
    if not shown:
        raise InputFault(
            f"{path}: the folder is empty. Put texts there, or do not name it."
        )
    return shown


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _file(name: str, path: Path) -> NamedFile:
    read_texts = _READERS.get(path.suffix.lower())
    if read_texts is None:
        raise InputFault(
            f"{path}: files of this kind cannot be read. Documents are held against "
            f"{', '.join(_READERS)}; name these one by one, or convert the file."
        )
    try:
        digest = digest_of(path.read_bytes())
        found = tuple(read_texts(path))
    except OSError as error:
        raise InputFault(
            f"{path}: cannot be read ({error.strerror}). Make it readable or leave it out."
        ) from error
    return NamedFile(path=name, digest=digest, texts=found)


def _as_text(path: Path) -> Iterator[str]:
    yield _decoded(path)


def _as_lines(path: Path) -> Iterator[str]:
    for number, line in enumerate(_decoded(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputFault(
                f"{path}, line {number}: is no JSON ({error}). Correct the line."
            ) from error
        text = row.get(COLUMN) if isinstance(row, dict) else None
        if not isinstance(text, str):
            raise InputFault(
                f'{path}, line {number}: there is no text under "{COLUMN}". Write each '
                f'line as {{"{COLUMN}": "..."}}.'
            )
        yield text


def _as_table(path: Path) -> Iterator[str]:
    yield from texts(path, COLUMN)


_READERS: Final[Mapping[str, Callable[[Path], Iterable[str]]]] = {
    ".txt": _as_text,
    ".jsonl": _as_lines,
    ".parquet": _as_table,
}


def _decoded(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputFault(
            f"{path}: is not in UTF-8 (octet {error.start}). Save it in UTF-8."
        ) from error
