"""The ledger file: what is committed stays, one process writes, nothing strange gets in."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipeline.errors import ArchiveFault, InputFault, LedgerBusy
from pipeline.ledger.rows import DocumentRow, DropRow, Run, RunEnd, SettingRow
from pipeline.ledger.store import FILE_NAME, Ledger, open_reader, rows_of

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def run(number: int) -> Run:
    return Run(number, "collect", NOW, "Estovers/1", "sha256:0", "name = 'x'", ["GPTBot"])


def document(title: str, text: str) -> DocumentRow:
    return DocumentRow(
        release="r", id="i", url="https://a.example/", title=title, title_locator=None,
        authors=[{"name": title, "url": None}], author_locator=None, notice=None,
        license_notice=None, disclaimer=None, published=None, text=text, language="mi",
        license="CC-BY-4.0", license_url="", changes="", attribution="by A",
        capture_digest="sha256:0", decisions=[title],
    )  # fmt: skip


def test_what_is_committed_is_there_after_reopening(tmp_path: Path) -> None:
    row = document("Tītle", "te\0xt")
    with Ledger(tmp_path) as ledger:
        ledger.append([run(1), row])
        ledger.append([RunEnd(1, NOW, "complete")])

    connection = open_reader(tmp_path)

    assert rows_of(connection, "FROM runs") == [run(1)]
    assert rows_of(connection, "FROM run_ends") == [RunEnd(1, NOW, "complete")]
    assert rows_of(connection, "FROM documents") == [row]


def test_what_is_not_committed_is_lost_and_nothing_else(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append([run(1)])
    ledger.commit()
    ledger.append([run(2)])
    ledger.close()

    assert rows_of(open_reader(tmp_path), "FROM runs") == [run(1)]


def test_a_block_that_raises_commits_nothing_more(tmp_path: Path) -> None:
    def interrupted() -> None:
        with Ledger(tmp_path) as ledger:
            ledger.append([run(1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()

    assert rows_of(open_reader(tmp_path), "FROM runs") == []


def test_numbers_go_on_where_the_last_writer_stopped(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        numbers = [ledger.number("run"), ledger.number("run"), ledger.number("seq")]
        ledger.append([run(numbers[0]), run(numbers[1])])

    with Ledger(tmp_path) as ledger:
        assert numbers == [1, 2, 1]
        assert (ledger.last("run"), ledger.number("run")) == (2, 3)
        assert (ledger.last("seq"), ledger.number("seq")) == (0, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a\ud800b", "a\ufffdb", id="half-a-pair"),
        pytest.param("\udc00\ud83c", "\ufffd\ufffd", id="two-halves-the-wrong-way-round"),
        pytest.param("\ud83d\ude00", "\U0001f600", id="a-pair-in-two-halves"),
        pytest.param("a\0b", "a\0b", id="a-nul"),
        pytest.param("\U0010ffff", "\U0010ffff", id="the-last-character"),
    ],
)
def test_no_character_loses_the_batch(tmp_path: Path, text: str, expected: str) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.append([SettingRow(1, "key", text), SettingRow(1, "other", "x")])
        ledger.append([document(text, "Words.")])

    connection = open_reader(tmp_path)

    settings = rows_of(connection, "FROM settings")
    assert settings == [(1, "key", expected), (1, "other", "x")]
    assert rows_of(connection, "SELECT title, authors, decisions FROM documents") == [
        (expected, [{"name": expected, "url": None}], [expected])
    ]


def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append([run(1), DropRow("r", "u", "reason", None, None)])  # type: ignore[arg-type]

    with pytest.raises(ArchiveFault, match="the ledger cannot be written"):
        ledger.commit()

    assert rows_of(ledger.connection, "FROM runs") == []
    ledger.append([run(2)])
    ledger.commit()
    ledger.close()
    assert rows_of(open_reader(tmp_path), "FROM runs") == [run(2)]


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    with Ledger(tmp_path), pytest.raises(LedgerBusy, match=f"process {os.getpid()} is"):
        Ledger(tmp_path)


def _in_another_process(code: str, folder: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        capture_output=True, text=True, cwd=ROOT, check=False, timeout=30,
    ).stdout  # fmt: skip


_OPEN = """
import sys
from pathlib import Path
from pipeline.errors import EstoversError
from pipeline.ledger.store import Ledger, open_reader
for way in (Ledger, open_reader):
    try:
        way(Path(sys.argv[1])).close()
        print("open")
    except EstoversError as error:
        print(type(error).__name__, error)
"""


def test_another_process_neither_writes_nor_reads_a_ledger_in_use(tmp_path: Path) -> None:
    with Ledger(tmp_path):
        busy = _in_another_process(_OPEN, tmp_path).splitlines()
    free = _in_another_process(_OPEN, tmp_path).splitlines()

    assert [line.partition(" ")[0] for line in busy] == ["LedgerBusy", "LedgerBusy"]
    assert f"{tmp_path}: process {os.getpid()} is building this corpus" in busy[0]
    assert f"{tmp_path}: a build is writing this corpus" in busy[1]
    assert free == ["open", "open"]


_KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from pipeline.ledger.rows import RunEnd
from pipeline.ledger.store import Ledger
ledger = Ledger(Path(sys.argv[1]))
for number in (1, 2):
    ledger.append([RunEnd(number, datetime.now(UTC), "complete")])
    if number == 1:
        ledger.commit()
os._exit(9)
"""


def test_a_killed_writer_leaves_what_it_committed_and_no_lock(tmp_path: Path) -> None:
    _in_another_process(_KILLED, tmp_path)

    with Ledger(tmp_path) as ledger:
        assert rows_of(ledger.connection, "SELECT run FROM run_ends") == [(1,)]


@pytest.mark.parametrize(
    ("sql", "layout"),
    [
        pytest.param("CREATE TABLE mine (x INTEGER)", 0, id="another-program's"),
        pytest.param("CREATE TABLE schema_version (v INTEGER)", 0, id="a-name-alike"),
        pytest.param(
            "CREATE TABLE schema_version AS SELECT 'x' AS version", 0, id="no-number"
        ),
        pytest.param("CREATE TABLE schema_version AS SELECT 99 AS version", 99, id="newer"),
        pytest.param("CREATE TABLE schema_version AS SELECT 1 AS version", 1, id="older"),
    ],
)
def test_a_file_of_another_layout_is_not_touched(
    tmp_path: Path, sql: str, layout: int
) -> None:
    with duckdb.connect(str(tmp_path / FILE_NAME)) as connection:
        connection.execute(sql)
    words = rf"not a ledger of this version of Estovers \(layout {layout}, not 4\)"

    with pytest.raises(InputFault, match=words):
        open_reader(tmp_path)
    with pytest.raises(InputFault, match=words):
        Ledger(tmp_path)

    with duckdb.connect(str(tmp_path / FILE_NAME), read_only=True) as connection:
        assert rows_of(connection, "SELECT count(*) FROM duckdb_tables()") == [(1,)]


@pytest.mark.parametrize(
    "content", [b"not a database\n" * 900, b"DUCK", bytes(5000)], ids=len
)
def test_a_file_that_is_no_database_is_a_fault(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)

    with pytest.raises(ArchiveFault, match="the ledger cannot be opened"):
        open_reader(tmp_path)
    with pytest.raises(ArchiveFault, match="the ledger cannot be opened"):
        Ledger(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_a_folder_without_a_ledger_is_an_input_fault(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="there is no ledger here"):
        open_reader(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_reading_changes_nothing(tmp_path: Path) -> None:
    Ledger(tmp_path).close()

    with pytest.raises(duckdb.Error, match="read-only"):
        open_reader(tmp_path).execute("DELETE FROM runs")


@pytest.mark.parametrize("sql", ["LOAD httpfs", "FROM rows"], ids=repr)
def test_a_query_loads_no_code_and_sees_no_python_variable(
    tmp_path: Path, sql: str
) -> None:
    Ledger(tmp_path).close()
    rows = [(1,)]

    with pytest.raises(duckdb.Error):
        open_reader(tmp_path).execute(sql)
    assert rows == [(1,)]


def test_moments_come_back_in_utc(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.append([run(1)])

    [(moment,)] = rows_of(open_reader(tmp_path), "SELECT started_at FROM runs")

    assert isinstance(moment, datetime)
    assert (moment, moment.utcoffset()) == (NOW, NOW.utcoffset())
