"""The dataset's files: split by license, loadable, and the same bytes every time."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from pyarrow import parquet

from pipeline.errors import ArchiveFault
from pipeline.ledger.rows import DocumentRow
from pipeline.publish import export
from pipeline.publish.export import folder_of, verify_loadable, write_shards


def documents(count: int) -> Iterator[DocumentRow]:
    for n in range(count):
        yield DocumentRow(
            release="sha256:0",
            id=f"sha256:{n}",
            url=f"https://essays.example/{n:05}",
            title=f"Essay {n}",
            title_locator="title",
            authors=[{"name": "Ada Ash", "url": None}],
            author_locator="meta[name=author]",
            notice=None,
            license_notice=None,
            disclaimer=None,
            published="2020",
            text=f"Words, number {n}. " * 20,
            split="train",
            language="en",
            language_declared="en",
            language_confidence=0.99,
            license="CC-BY-4.0",
            license_url="https://creativecommons.org/licenses/by/4.0/",
            changes="Shortened.",
            repeated_characters=0,
            attribution="Credit.",
            capture_digest="sha256:2",
            decisions=["a", "b"],
        )


def test_a_row_holds_what_the_ledger_holds(tmp_path: Path) -> None:
    [path] = write_shards(documents(1), tmp_path)

    [document] = documents(1)
    [row] = parquet.read_table(path).to_pylist()
    expected = document._asdict()
    assert row == {name: expected[name] for name in export.COLUMNS}
    assert list(row) == export.SCHEMA.names


def test_equal_documents_give_equal_bytes_without_time_or_machine(tmp_path: Path) -> None:
    [first] = write_shards(documents(1200), tmp_path / "a")
    [second] = write_shards(documents(1200), tmp_path / "b")

    file = parquet.ParquetFile(first)
    groups = [file.metadata.row_group(n) for n in range(file.metadata.num_row_groups)]
    assert first.read_bytes() == second.read_bytes()
    assert sum(group.num_rows for group in groups) == 1200
    assert all(125 <= group.num_rows <= 500 for group in groups[:-1])
    assert {group.column(0).compression for group in groups} == {"ZSTD"}
    assert set(file.metadata.metadata or {}) == {b"ARROW:schema"}


def test_a_document_that_goes_changes_the_row_group_that_it_was_in(tmp_path: Path) -> None:
    [before] = write_shards(documents(5000), tmp_path / "a")
    fewer = (row for n, row in enumerate(documents(5000)) if n != 600)
    [after] = write_shards(fewer, tmp_path / "b")

    def groups(path: Path) -> list[bytes]:
        file = parquet.ParquetFile(path)
        data = path.read_bytes()
        found = [file.metadata.row_group(n) for n in range(file.metadata.num_row_groups)]
        starts = [group.column(0).dictionary_page_offset for group in found]
        return [data[a:b] for a, b in pairwise([*starts, len(data)])][:-1]

    left, stayed = groups(before), set(groups(after))
    assert len(left) > 8
    assert 1 <= sum(each not in stayed for each in left) <= 3


def test_a_stream_that_is_resharded_reads_a_row_group_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first rows come though every later row group cannot be read."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    [path] = write_shards(documents(2000), tmp_path / "data" / "CC-BY-4.0")
    metadata = parquet.ParquetFile(path).metadata
    second = metadata.row_group(1).column(0).dictionary_page_offset
    last = metadata.row_group(metadata.num_row_groups - 1)
    column = last.column(last.num_columns - 1)
    end = (column.dictionary_page_offset or column.data_page_offset) + (
        column.total_compressed_size
    )
    data = bytearray(path.read_bytes())
    data[second:end] = bytes(end - second)
    path.write_bytes(data)
    import datasets  # noqa: PLC0415  (it reads the environment when it is imported)

    first = metadata.row_group(0).num_rows
    stream = datasets.load_dataset(
        str(tmp_path / "data"), split="train", streaming=True, cache_dir=str(tmp_path / "c")
    )
    rows = iter(stream.reshard())

    taken = [next(rows)["url"] for _ in range(first)]
    assert taken == [document.url for document in documents(first)]
    with pytest.raises(Exception, match=r"[Uu]nexpected|[Cc]orrupt|[Ii]nvalid|deserialize"):
        next(rows)


def test_a_stream_gives_every_document_in_its_order_with_its_types(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    write_shards(documents(700), tmp_path / "data" / "CC-BY-4.0")
    import datasets  # noqa: PLC0415

    stream = datasets.load_dataset(
        str(tmp_path / "data"), split="train", streaming=True, cache_dir=str(tmp_path / "c")
    )

    rows = list(stream)
    assert [row["url"] for row in rows] == [document.url for document in documents(700)]
    assert rows[0]["authors"] == [{"name": "Ada Ash", "url": None}]
    assert list(rows[0]) == export.SCHEMA.names


LOADING = """
import datasets, json, sys
kind, cache, *files = sys.argv[1:]
rows = datasets.load_dataset(kind, data_files=files, split="train", cache_dir=cache)
print(json.dumps([[row["url"], row["text"]] for row in rows]))
"""


@pytest.mark.parametrize("form", export.Format)
def test_each_form_loads_offline_as_what_it_is(form: export.Format, tmp_path: Path) -> None:
    write_shards(documents(700), tmp_path / "data" / "CC-BY-4.0")
    files = export.give(tmp_path / "data", tmp_path / "given", form=form)

    # In a process of its own: the library asks once, when it is loaded, if it is offline.
    kind = "json" if form == "jsonl" else str(form)
    done = subprocess.run(
        [sys.executable, "-c", LOADING, kind, str(tmp_path / "cache"), *map(str, files)],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        check=True,
        capture_output=True,
        text=True,
    )

    loaded = json.loads(done.stdout.splitlines()[-1])
    assert loaded == [[document.url, document.text] for document in documents(700)]


def test_all_splits_are_given_on_and_no_table_of_the_audit(tmp_path: Path) -> None:
    [path] = write_shards(documents(3), tmp_path / "data" / "CC-BY-4.0")
    path.with_name("test-00000.parquet").write_bytes(path.read_bytes())
    (tmp_path / "data" / "audit").mkdir()
    (tmp_path / "data" / "audit" / "leaves.parquet").write_bytes(path.read_bytes())

    files = export.give(tmp_path / "data", tmp_path / "to", form=export.Format.PARQUET)

    assert [file.relative_to(tmp_path / "to").as_posix() for file in files] == [
        "CC-BY-4.0/test-00000.parquet",
        "CC-BY-4.0/train-00000.parquet",
    ]


def test_a_large_license_is_split_into_files_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "GROUP_ROWS", 2)
    monkeypatch.setattr(export, "SHARD_GROUPS", 2)

    paths = write_shards(documents(9), tmp_path)

    assert [path.name for path in paths] == [f"train-0000{n}.parquet" for n in range(3)]
    urls = [row["url"] for path in paths for row in parquet.read_table(path).to_pylist()]
    assert urls == [document.url for document in documents(9)]


def test_long_texts_close_a_row_group_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "GROUP_CHARACTERS", 1000)

    [path] = write_shards(documents(6), tmp_path)

    metadata = parquet.ParquetFile(path).metadata
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [
        3,
        3,
    ]


def test_no_documents_give_no_file(tmp_path: Path) -> None:
    assert write_shards([], tmp_path / "CC-BY-4.0") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("license_", "name"),
    [
        pytest.param("CC-BY-4.0", "CC-BY-4.0", id="an identifier is its own folder"),
        pytest.param("CC-BY-4.0 OR MIT", "CC-BY-4.0_OR_MIT", id="a choice"),
        pytest.param("(A OR B) AND C", "_A_OR_B_AND_C", id="parentheses"),
    ],
)
def test_a_license_names_a_folder(license_: str, name: str) -> None:
    assert folder_of(license_) == name


def test_a_license_longer_than_a_file_name_keeps_a_folder_of_its_own() -> None:
    names = {folder_of(f"LicenseRef-{'x' * 300}{n}") for n in range(3)}

    assert [len(name) for name in names] == [113, 113, 113]


def test_a_dataset_with_another_number_of_rows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    write_shards(documents(3), tmp_path / "data" / "CC-BY-4.0")

    with pytest.raises(ArchiveFault, match="3 rows, not 4"):
        verify_loadable(tmp_path / "data", {"default": 4}, cache=tmp_path / "cache")
