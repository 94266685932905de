"""The dataset: Parquet shards by license and split, the same bytes for equal documents."""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from itertools import accumulate, islice
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute
from pyarrow import parquet

from pipeline.errors import ArchiveFault, InputFault
from pipeline.filters.split import Split
from pipeline.ledger.corpus import Part
from pipeline.ledger.published import Stream
from pipeline.ledger.rows import CreditRow, DocumentRow

SHARDS: Final = {str(split): f"{split}-*.parquet" for split in Split}
"""What the files of each split are called, in the folder of their license."""

_SHARD: Final = re.compile(rf"(?P<split>{'|'.join(Split)})-\d+")

GROUP_ROWS: Final = 500
"""Most documents in a row group."""

GROUP_LEAST: Final = 125
"""Fewest documents in a row group, but for the last and for long texts."""

GROUP_CHANCE: Final = 250
"""From then on, one URL in so many is the last of its row group, by its digest.

So the documents in a group decide where it ends. With groups of 500, all of them change
when a document before them goes: of 18,760 documents without one, 83 % of the bytes were
new to a store that keeps equal chunks once, as the Hub does. With these it is 7 %, and 9 %
with pyarrow's content-defined pages besides, in files 1.4 % larger: those are not used.
"""

GROUP_CHARACTERS: Final = 16 * 1024 * 1024
"""Characters after which a row group is closed, so that it fits into memory."""

SHARD_GROUPS: Final = 20
"""Row groups in a file."""

TABLE_GROUP_ROWS: Final = 2_000
"""Rows in a row group of a table that is published beside the documents."""

_AUTHORS: Final = pa.list_(
    pa.struct([pa.field("name", pa.string(), nullable=False), pa.field("url", pa.string())])
)

SCHEMA: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("url", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("authors", _AUTHORS, nullable=False),
        pa.field("published", pa.string()),
        pa.field("text", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("language_declared", pa.string()),
        pa.field("language_confidence", pa.float64()),
        pa.field("license", pa.string(), nullable=False),
        pa.field("license_url", pa.string(), nullable=False),
        pa.field("notice", pa.string()),
        pa.field("license_notice", pa.string()),
        pa.field("disclaimer", pa.string()),
        pa.field("changes", pa.string(), nullable=False),
        pa.field("repeated_characters", pa.int64(), nullable=False),
        pa.field("attribution", pa.string(), nullable=False),
        pa.field("capture_digest", pa.string(), nullable=False),
        pa.field("decisions", pa.list_(pa.string()), nullable=False),
    ]
)

COLUMNS: Final = {
    "id": "SHA-256 of URL and text",
    "url": "where the page was read",
    "title": "the title as the page states it; may be empty",
    "authors": "whom the page names as its authors, with their URLs; may be empty",
    "published": "date of publication as the page states it",
    "text": "main text, boilerplate removed",
    "split": "part that the page's registrable domain is in: train, validation or test",
    "language": "BCP 47 tag of the text as the card's detector tells it, or `und`",
    "language_declared": "BCP 47 tag as the page declares it; empty where it declares none",
    "language_confidence": "share of the text in that language; empty without a detector",
    "license": "concluded SPDX license expression",
    "license_url": "where the license can be read; empty where that is not known",
    "notice": "notice of copyright in the page's words",
    "license_notice": "the words around the page's link to its license",
    "disclaimer": "URL of the disclaimer of warranties that the page links to",
    "changes": "what was changed in the work",
    "repeated_characters": "characters of paragraphs that its host repeats, taken out",
    "attribution": "credit to give: title, authors, notice, source, license, changes",
    "capture_digest": "SHA-256 of the payload as the host sent it",
    "decisions": "names of the decisions that let it in: acquisition, usage",
}
"""Each column in words."""

ATTRIBUTION: Final = pa.schema(
    [
        pa.field("license", pa.string(), nullable=False),
        pa.field("license_url", pa.string(), nullable=False),
        pa.field("url", pa.string(), nullable=False),
        pa.field("captured_at", pa.string()),
        pa.field("title", pa.string(), nullable=False),
        pa.field("title_locator", pa.string()),
        pa.field("authors", _AUTHORS, nullable=False),
        pa.field("author_locator", pa.string()),
        pa.field("notice", pa.string()),
        pa.field("license_notice", pa.string()),
        pa.field("disclaimer", pa.string()),
        pa.field("published", pa.string()),
        pa.field("changes", pa.string(), nullable=False),
        pa.field("attribution", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
    ]
)
"""What ``attribution.parquet`` holds of each document: all of its row but the text."""

_TYPES: Final = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DOUBLE": pa.float64(),
    "VARCHAR[]": pa.list_(pa.string()),
}
"""Types of the published tables, by DuckDB's names."""

# Compression is a part of the bytes, so both are fixed.
_CODEC: Final = "zstd"
_LEVEL: Final = 3

_NAME_LIMIT: Final = 100
_HELD_GROUPS: Final = 8
_SHARDS: Final = f"*/*-{'[0-9]' * 5}.parquet"
_UNFIT: Final = re.compile(r"[^A-Za-z0-9.+-]+")


def folder_of(license_: str) -> str:
    """Return the folder and configuration name of a license: itself where that is fit."""
    name = _UNFIT.sub("_", license_)
    if len(name) <= _NAME_LIMIT:
        return name
    return f"{name[:_NAME_LIMIT]}-{sha256(license_.encode()).hexdigest()[:12]}"


def shards(folder: Path) -> list[Path]:
    """Return the files of a published folder that hold documents, in order."""
    return sorted(path for name in SHARDS.values() for path in folder.glob(f"*/{name}"))


def split_of_shard(name: str) -> str | None:
    """Return the split whose documents a file holds by its name, None where it is none."""
    found = _SHARD.fullmatch(name.removesuffix(".parquet"))
    return found["split"] if found else None


def write_shards(
    documents: Iterable[DocumentRow], folder: Path, *, split: str = Split.TRAIN
) -> list[Path]:
    """Write the documents of one license and split as Parquet; return the files, in order.

    Neither the time nor the machine is in them: equal documents give equal bytes under
    one version of pyarrow. No documents give no file.
    """
    written: list[Path] = []
    groups = 0
    writer: parquet.ParquetWriter | None = None
    try:
        for group in _groups(documents):
            if writer is None or groups == SHARD_GROUPS:
                if writer is not None:
                    writer.close()
                folder.mkdir(parents=True, exist_ok=True)
                written.append(folder / f"{split}-{len(written):05}.parquet")
                writer = _writer(written[-1])
                groups = 0
            writer.write_table(_table(group), row_group_size=len(group))
            groups += 1
    finally:
        if writer is not None:
            writer.close()
    return written


def write_attribution(credits_: Iterable[CreditRow], path: Path) -> int:
    """Write what is owed for each document as Parquet; return the number of rows.

    A column that a license needs cannot be empty: its type has no room for that.
    """
    rows = iter(credits_)
    written = 0
    with _writer(path, ATTRIBUTION) as writer:
        while group := [row._asdict() for row in islice(rows, GROUP_ROWS)]:
            table = pa.Table.from_pylist(group, schema=ATTRIBUTION)
            writer.write_table(table, row_group_size=len(group))
            written += len(group)
    return written


def write_table(
    columns: Iterable[tuple[str, str]],
    rows: Sequence[tuple[object, ...]],
    path: Path,
) -> None:
    """Write rows as Parquet; ``columns`` are names and types as DuckDB gives them.

    No rows give a file with the columns alone. Raises KeyError for a type that no
    published table has.
    """
    schema = _schema_of(columns)
    with _writer(path, schema) as writer:
        if rows:
            held = [
                pa.array(column, type=field.type)
                for column, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            table = pa.Table.from_arrays(held, schema=schema)
            writer.write_table(table, row_group_size=len(rows))


def write_stream(columns: Iterable[tuple[str, str]], rows: Stream, path: Path) -> None:
    """Write rows as Parquet, as ``write_table`` does, some at a time.

    How many come at a time is the database's choice, and leaves no trace.
    """
    schema = _schema_of(columns)
    held = schema.empty_table()
    with _writer(path, schema) as writer:
        for batch in pa.RecordBatchReader.from_stream(rows):
            came = pa.Table.from_batches([batch]).cast(schema)
            held = pa.concat_tables([held, came]).combine_chunks()
            whole = len(held) - len(held) % TABLE_GROUP_ROWS
            if whole:
                writer.write_table(held.slice(0, whole), row_group_size=TABLE_GROUP_ROWS)
                held = held.slice(whole)
        if held:
            writer.write_table(held, row_group_size=TABLE_GROUP_ROWS)


def read_rows(path: Path) -> list[tuple[object, ...]]:
    """Return the rows of a Parquet file. Raises ArchiveFault where it is none."""
    try:
        table = parquet.read_table(path, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        raise _not_parquet(path, error) from error
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


class Rows:
    """The rows of a Parquet file by their index, read a row group at a time.

    Raises InputFault where there is no file, ArchiveFault where it is no Parquet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.is_file():
            raise InputFault(
                f"{path}: there is no such file. Name a folder that was published."
            )
        try:
            self._file = parquet.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise _not_parquet(path, error) from error
        sizes = [
            self._file.metadata.row_group(n).num_rows
            for n in range(self._file.metadata.num_row_groups)
        ]
        self._starts = [0, *accumulate(sizes)]
        self._group = lru_cache(maxsize=_HELD_GROUPS)(self._read)

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, index: int) -> dict[str, object]:
        """Return the row at ``index`` by column; IndexError where there is none."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        group = bisect_right(self._starts, index) - 1
        row: dict[str, object] = (
            self._group(group).slice(index - self._starts[group], 1).to_pylist()[0]
        )
        return row

    def find(self, column: str, value: str) -> int | None:
        """Return the index of the first row with ``value`` in a column, or None."""
        held = self._file.read([column]).column(0)
        index = int(pa.compute.index(held, value).as_py())
        return None if index < 0 else index

    def _read(self, group: int) -> pa.Table:
        try:
            return self._file.read_row_group(group)
        except (pa.ArrowException, OSError) as error:
            raise _not_parquet(self._path, error) from error


def read_credits(path: Path) -> Iterator[CreditRow]:
    """Yield the credits of ``attribution.parquet``, as ``write_attribution`` wrote them.

    Raises ArchiveFault where the file is damaged or is not one of credits.
    """
    try:
        file = parquet.ParquetFile(path)
        for batch in file.iter_batches(batch_size=GROUP_ROWS):
            yield from (CreditRow(**row) for row in batch.to_pylist())
    except (pa.ArrowException, OSError, TypeError) as error:
        raise _not_parquet(path, error) from error


def parts_in(path: Path) -> list[Part]:
    """Return the parts of a shard's documents. Raises ArchiveFault where it is none."""
    try:
        found = parquet.read_table(path, columns=list(Part._fields), partitioning=None)
    except (pa.ArrowException, OSError) as error:
        raise _not_parquet(path, error) from error
    columns = (found[name].to_pylist() for name in Part._fields)
    return sorted({Part(*row) for row in zip(*columns, strict=True)})


def count_rows(path: Path) -> int:
    """Return how many rows a Parquet file says it has.

    Raises ArchiveFault where it is no Parquet file.
    """
    try:
        return int(parquet.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError) as error:
        raise _not_parquet(path, error) from error


class Format(StrEnum):
    """In which form documents are given on."""

    PARQUET = "parquet"
    JSONL = "jsonl"
    ARROW = "arrow"


def give(folder: Path, target: Path, *, form: Format) -> list[Path]:
    """Write a published folder's shards in another form; return the files, in order.

    Each stands in the folder of its license, a file for a shard, rows in their order.
    Raises InputFault where nothing was published or ``target`` is not empty.
    """
    found = shards(folder)
    if not found:
        raise InputFault(f"{folder}: there are no documents here. Name a published folder.")
    if target.exists() and any(target.iterdir()):
        raise InputFault(f"{target}: is not empty. Name a folder that is new.")
    written = []
    for shard in found:
        place = target / shard.parent.name / f"{shard.stem}.{form}"
        place.parent.mkdir(parents=True, exist_ok=True)
        _GIVE[form](shard, place)
        written.append(place)
    return written


def _as_parquet(shard: Path, place: Path) -> None:
    place.write_bytes(shard.read_bytes())


def _as_jsonl(shard: Path, place: Path) -> None:
    with place.open("w", encoding="utf-8", newline="\n") as file:
        for batch in _batches(shard):
            for row in batch.to_pylist():
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _as_arrow(shard: Path, place: Path) -> None:
    with pa.OSFile(str(place), "wb") as sink, pa.ipc.new_stream(sink, SCHEMA) as writer:
        for batch in _batches(shard):
            writer.write_batch(batch)


_GIVE: Final[Mapping[Format, Callable[[Path, Path], None]]] = {
    Format.PARQUET: _as_parquet,
    Format.JSONL: _as_jsonl,
    Format.ARROW: _as_arrow,
}


def _batches(shard: Path) -> Iterator[pa.RecordBatch]:
    try:
        yield from parquet.ParquetFile(shard).iter_batches(batch_size=GROUP_ROWS)
    except (pa.ArrowException, OSError) as error:
        raise _not_parquet(shard, error) from error


def verify_loadable(folder: Path, rows: Mapping[str, int], *, cache: Path) -> None:
    """Load the dataset as a user would, by its default and by each license.

    ``rows`` are the documents of each configuration, in all splits. Raises ArchiveFault
    where one does not load or has another number of rows.
    """
    import datasets  # noqa: PLC0415  (two seconds that only this check may cost)

    datasets.disable_progress_bars()
    for name, expected in rows.items():
        try:
            loaded = datasets.load_dataset(str(folder), name, cache_dir=str(cache))
        except (ValueError, OSError, datasets.exceptions.DatasetsError) as error:
            raise _unloadable(folder, name, str(error)) from error
        number = sum(loaded.num_rows.values())
        columns = {tuple(each) for each in loaded.column_names.values()}
        if number != expected or columns != {tuple(SCHEMA.names)}:
            raise _unloadable(folder, name, f"{number} rows, not {expected}")


def _groups(documents: Iterable[DocumentRow]) -> Iterator[list[DocumentRow]]:
    group: list[DocumentRow] = []
    size = 0
    for document in documents:
        group.append(document)
        size += len(document.text)
        is_full = len(group) == GROUP_ROWS or size >= GROUP_CHARACTERS
        if is_full or (len(group) >= GROUP_LEAST and _ends_group(document.url)):
            yield group
            group, size = [], 0
    if group:
        yield group


def _ends_group(url: str) -> bool:
    number = int.from_bytes(sha256(url.encode()).digest()[:8], "big")
    return number % GROUP_CHANCE == 0


def _table(group: list[DocumentRow]) -> pa.Table:
    rows = [document._asdict() for document in group]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _schema_of(columns: Iterable[tuple[str, str]]) -> pa.Schema:
    return pa.schema([pa.field(name, _TYPES[kind]) for name, kind in columns])


def _writer(path: Path, schema: pa.Schema = SCHEMA) -> parquet.ParquetWriter:
    return parquet.ParquetWriter(
        path, schema, compression=_CODEC, compression_level=_LEVEL, version="2.6"
    )


def _unloadable(folder: Path, name: str, cause: str) -> ArchiveFault:
    return ArchiveFault(
        f"{folder}: the configuration {name} does not load ({cause}). Publish again; what "
        "the ledger holds is not affected."
    )


def _not_parquet(path: Path, error: Exception) -> ArchiveFault:
    return ArchiveFault(
        f"{path}: this is not the Parquet file that was published ({error}). Get the "
        "folder again from where it was published."
    )
