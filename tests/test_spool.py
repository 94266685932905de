"""What is kept on the disk for a while comes back as it was, and leaves nothing behind."""

import errno
import signal
import sys
from pathlib import Path

import pytest

from pipeline.errors import ArchiveFault
from pipeline.spool import Records, Spool


def test_values_come_back_by_their_place_in_whatever_order(tmp_path: Path) -> None:
    values = [{"n": n, "text": "word " * n} for n in range(200)]

    with Spool[dict[str, object]](tmp_path) as spool:
        for value in values:
            spool.append(value)

        assert len(spool) == 200
        assert [spool[n] for n in (199, 0, 7)] == [values[n] for n in (199, 0, 7)]
        assert list(spool) == values


def test_a_value_can_be_put_in_the_place_of_another_while_they_are_read(
    tmp_path: Path,
) -> None:
    with Spool[str](tmp_path) as spool:
        for n in range(100):
            spool.append(f"{n}")
        for place, value in enumerate(spool):
            if place % 3 == 0:
                spool[place] = value * 1000
        spool.append("last")

        assert list(spool) == [
            *(f"{n}" * (1 if n % 3 else 1000) for n in range(100)),
            "last",
        ]


def test_a_column_is_a_piece_of_each_record(tmp_path: Path) -> None:
    with Records(tmp_path, size=3) as records:
        for n in range(1000):
            records.append(n.to_bytes(3, "big"))

        assert list(records.column(slice(1, 3))) == [
            (n % 65536).to_bytes(2, "big") for n in range(1000)
        ]
        assert records[999] == (999).to_bytes(3, "big")
        assert len(records) == 1000
        with pytest.raises(IndexError):
            records[1000]
        with pytest.raises(ValueError, match="2 bytes are no record of 3"):
            records.append(b"ab")


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with Spool[int](tmp_path) as spool, Records(tmp_path, size=1) as records:
        spool.append(1)
        records.append(b"a")

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArchiveFault, match="there is no room to work in"):
        Spool[int](tmp_path / "none")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a file are asked of Linux")
def test_a_disk_that_takes_no_more_is_told(tmp_path: Path) -> None:
    import resource  # noqa: PLC0415  (not there on other systems)

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    try:
        with pytest.raises(ArchiveFault, match="Free disk space") as told:
            fill(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)

    assert isinstance(told.value.__cause__, OSError)
    assert told.value.__cause__.errno == errno.EFBIG


def fill(folder: Path) -> None:
    with Spool[bytes](folder) as spool:
        for _ in range(100):
            spool.append(bytes(4096))
