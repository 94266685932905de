"""The dataset: Parquet shards by license, the same bytes for the same documents."""

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyarrow import parquet

from pipeline.errors import ArchiveFault
from pipeline.ledger.rows import DocumentRow
from pipeline.license import terms
from pipeline.vocab import LicenseExpression

SPLIT: Final = "train"
"""The one split: what is held out is for the user to choose."""

GROUP_ROWS: Final = 500
"""Most documents in a row group."""

GROUP_CHARACTERS: Final = 16 * 1024 * 1024
"""Characters after which a row group is closed, so that it fits into memory."""

SHARD_GROUPS: Final = 20
"""Row groups in a file."""

SCHEMA: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("url", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("author", pa.string()),
        pa.field("text", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("license", pa.string(), nullable=False),
        pa.field("license_url", pa.string(), nullable=False),
        pa.field("attribution", pa.string(), nullable=False),
        pa.field("capture_digest", pa.string(), nullable=False),
        pa.field("decisions", pa.list_(pa.string()), nullable=False),
    ]
)

COLUMNS: Final = {
    "id": "SHA-256 of URL and text",
    "url": "where the page was read",
    "title": "the title as the page states it; may be empty",
    "author": "the author where the page names one",
    "text": "main text, boilerplate removed",
    "language": "BCP 47 tag as the page states it, or `und`",
    "license": "concluded SPDX license expression",
    "license_url": "where the license can be read",
    "attribution": "credit to give: title, author, source, license, changes",
    "capture_digest": "SHA-256 of the payload as the host sent it",
    "decisions": "names of the decisions that let it in: acquisition, usage",
}
"""Each column in words."""

# Compression is a part of the bytes, so both are fixed.
_CODEC: Final = "zstd"
_LEVEL: Final = 3

_NAME_LIMIT: Final = 100
_UNFIT: Final = re.compile(r"[^A-Za-z0-9.+-]+")


def folder_of(license_: str) -> str:
    """Return the folder and configuration name of a license: itself where that is fit."""
    name = _UNFIT.sub("_", license_)
    if len(name) <= _NAME_LIMIT:
        return name
    return f"{name[:_NAME_LIMIT]}-{sha256(license_.encode()).hexdigest()[:12]}"


def write_shards(documents: Iterable[DocumentRow], folder: Path) -> list[Path]:
    """Write the documents of one license as Parquet; return the files, in order.

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
                written.append(folder / f"{SPLIT}-{len(written):05}.parquet")
                writer = _writer(written[-1])
                groups = 0
            writer.write_table(_table(group), row_group_size=len(group))
            groups += 1
    finally:
        if writer is not None:
            writer.close()
    return written


def verify_loadable(folder: Path, rows: Mapping[str, int], *, cache: Path) -> None:
    """Load the dataset as a user would, by its default and by each license.

    ``rows`` are the documents of each configuration. Raises ArchiveFault where one does
    not load or has another number of rows.
    """
    import datasets  # noqa: PLC0415  (two seconds that only this check may cost)

    datasets.disable_progress_bars()
    for name, expected in rows.items():
        try:
            loaded = datasets.load_dataset(
                str(folder), name, split=SPLIT, cache_dir=str(cache)
            )
        except (ValueError, OSError, datasets.exceptions.DatasetsError) as error:
            raise _unloadable(folder, name, str(error)) from error
        if loaded.num_rows != expected or loaded.column_names != SCHEMA.names:
            raise _unloadable(folder, name, f"{loaded.num_rows} rows, not {expected}")


def _groups(documents: Iterable[DocumentRow]) -> Iterator[list[DocumentRow]]:
    group: list[DocumentRow] = []
    size = 0
    for document in documents:
        group.append(document)
        size += len(document.text)
        if len(group) == GROUP_ROWS or size >= GROUP_CHARACTERS:
            yield group
            group, size = [], 0
    if group:
        yield group


def _table(group: list[DocumentRow]) -> pa.Table:
    rows = [
        {
            **document._asdict(),
            "license_url": terms.address_of(LicenseExpression(document.license)),
        }
        for document in group
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _writer(path: Path) -> parquet.ParquetWriter:
    return parquet.ParquetWriter(
        path, SCHEMA, compression=_CODEC, compression_level=_LEVEL, version="2.6"
    )


def _unloadable(folder: Path, name: str, cause: str) -> ArchiveFault:
    return ArchiveFault(
        f"{folder}: the configuration {name} does not load ({cause}). Publish again; what "
        "the ledger holds is not affected."
    )
