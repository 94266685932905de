"""Texts that a manifest names, and documents that are held against them."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from pipeline import named
from pipeline.errors import InputFault
from pipeline.model import digest_of


def test_each_kind_of_file_gives_its_texts_under_file_and_row(tmp_path: Path) -> None:
    folder = tmp_path / "evaluation"
    (folder / "more").mkdir(parents=True)
    (folder / "b.txt").write_text("One text\nin two lines.", "utf-8")
    (folder / "a.jsonl").write_text('{"text": "A.", "id": 1}\n\n{"text": "B."}\n', "utf-8")
    (folder / ".hidden").write_text("Not looked at.", "utf-8")
    table = pa.table({"id": [1, 2], "text": ["Ā.", "D."]})
    parquet.write_table(table, folder / "more" / "[c].parquet")

    found = named.read(tmp_path, ["evaluation/", "evaluation/b.txt"])

    assert [row for file in found for row in file.rows()] == [
        ("evaluation/a.jsonl, row 1", "A."),
        ("evaluation/a.jsonl, row 2", "B."),
        ("evaluation/b.txt, row 1", "One text\nin two lines."),
        ("evaluation/more/[c].parquet, row 1", "Ā."),
        ("evaluation/more/[c].parquet, row 2", "D."),
    ]
    assert [file.digest for file in found] == [
        digest_of((tmp_path / file.path).read_bytes()) for file in found
    ]


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        pytest.param("no.txt", None, "there is no such file or folder", id="missing"),
        pytest.param("a.csv", b"text\nA.", "files of this kind cannot be read", id="kind"),
        pytest.param("a.txt", b"\xff\xfe", "is not in UTF-8", id="not in UTF-8"),
        pytest.param("a.jsonl", b'{"text": "A."}\n{', "line 2: is no JSON", id="no JSON"),
        pytest.param(
            "a.jsonl", b'["A."]', 'line 1: there is no text under "text"', id="list"
        ),
        pytest.param("a.jsonl", b'{"text": 1}', "there is no text under", id="a number"),
        pytest.param("a.parquet", b"PAR1", "is no Parquet file", id="no Parquet"),
    ],
)
def test_a_file_that_gives_no_texts_is_named(
    tmp_path: Path, name: str, *, content: bytes | None, fault: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(InputFault) as raised:
        named.read(tmp_path, [name])

    assert str(raised.value).startswith(str(tmp_path / name))
    assert fault in str(raised.value)


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        (
            {"question": ["A."]},
            'there is no column "text" of texts, but question (VARCHAR)',
        ),
        ({"text": [1]}, "but text (BIGINT)"),
        ({"text": ["A.", None]}, "row 2: there is no text"),
    ],
    ids=["another column", "numbers", "an empty place"],
)
def test_a_table_without_texts_is_named(
    tmp_path: Path, table: dict[str, list[object]], fault: str
) -> None:
    parquet.write_table(pa.table(table), tmp_path / "a.parquet")

    with pytest.raises(InputFault) as raised:
        named.read(tmp_path, ["a.parquet"])

    assert fault in str(raised.value)


def test_a_folder_without_texts_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(InputFault, match="the folder is empty"):
        named.read(tmp_path, ["empty"])


def test_a_long_line_of_brackets_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps("x") + "\n" + "[" * 100_000, "utf-8")

    with pytest.raises(InputFault):
        named.read(tmp_path, ["a.jsonl"])
