"""The lock of a corpus: one holder, and none when the holder is gone."""

import os
from pathlib import Path

import pytest

from pipeline.errors import ArchiveFault, LedgerBusy
from pipeline.ledger.lock import LOCK_NAME, Lock


def test_a_lock_is_held_until_it_is_released(tmp_path: Path) -> None:
    first, second = Lock(tmp_path), Lock(tmp_path)
    first.acquire()

    with pytest.raises(LedgerBusy, match=f"process {os.getpid()} is building"):
        second.acquire()
    first.release()
    second.acquire()

    with pytest.raises(LedgerBusy):
        first.acquire()
    second.release()


def test_a_lock_names_its_newest_holder(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).write_text("123456789123456789\n")
    lock = Lock(tmp_path)

    lock.acquire()

    assert (tmp_path / LOCK_NAME).read_text() == f"{os.getpid()}\n"
    lock.release()


def test_a_lock_file_that_a_dead_process_left_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).write_bytes(b"\xff\xfe")
    lock = Lock(tmp_path)

    lock.acquire()
    lock.release()
    lock.release()


def test_a_lock_file_with_odd_bytes_still_says_busy(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    lock.acquire()
    (tmp_path / LOCK_NAME).write_bytes(b"\xff\xfe")

    with pytest.raises(LedgerBusy, match="is building this corpus"):
        Lock(tmp_path).acquire()
    lock.release()


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ArchiveFault, match="the lock file cannot be opened"):
        Lock(tmp_path / "missing").acquire()
