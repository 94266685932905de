"""WARC files of others: what can be read is read, and what cannot is told."""

import base64
import gzip
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator as Warcio
from warcio.exceptions import ArchiveLoadFailed

from pipeline import foreign
from pipeline.archive import Archive, members_of
from pipeline.clock import machine
from pipeline.errors import InputFault
from pipeline.foreign import Damage, Record
from pipeline.model import Capture
from pipeline.vocab import Failure

SHARED = Path(__file__).resolve().parents[2] / "shared" / "warc"
NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)


def captures(path: Path) -> Iterator[Capture]:
    """Yield the responses of a file that can be read."""
    for one in foreign.records(path):
        if isinstance(one, Record) and one.kind == "response":
            found = foreign.capture_of(one)
            if isinstance(found, Capture):
                yield found


def damages(path: Path) -> list[Damage]:
    return [one for one in foreign.records(path) if isinstance(one, Damage)]


# --- other people's files ------------------------------------------------------------


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
IN_CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def record(block: bytes, *, fields: bytes = b"", length: int | None = None) -> bytes:
    size = len(block) if length is None else length
    return (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2026-11-21T12:00:00Z\r\n"
        b"WARC-Record-ID: <urn:uuid:63000ceb-f831-4194-a937-d7c12f80171a>\r\n"
        b"WARC-Target-URI: <http://a.example/>\r\n"
        b"Content-Type: application/http; msgtype=response\r\n" + fields
        + b"Content-Length: %d\r\n\r\n" % size + block + b"\r\n\r\n"
    )  # fmt: skip


def block_digest(block: bytes) -> bytes:
    return b"WARC-Block-Digest: sha1:%s\r\n" % base64.b32encode(sha1(block).digest())


PLAIN = HEAD + b"Content-Length: 5\r\n\r\nhello"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(record(PLAIN), [(b"hello", None)], id="plain"),
        pytest.param(
            record(PLAIN) * 2, [(b"hello", None)] * 2, id="two-in-a-file-without-members"
        ),
        pytest.param(
            gzip.compress(record(PLAIN)) * 2, [(b"hello", None)] * 2, id="two-members"
        ),
        pytest.param(
            record(PLAIN, fields=block_digest(PLAIN)), [(b"hello", None)], id="sha-1"
        ),
        pytest.param(
            record(IN_CHUNKS + b"5\r\nhello\r\n0\r\n\r\n"), [(b"hello", None)], id="chunked"
        ),
        pytest.param(
            record(HEAD + b"Content-Length: 50\r\n\r\nhello"),
            [(b"hello", "TRUNCATED")],
            id="shorter-than-its-host-said",
        ),
        pytest.param(
            record(HEAD + b"\r\nhello", length=900),
            [(b"hello\r\n\r\n", "TRUNCATED")],
            id="shorter-than-its-record-says",
        ),
        pytest.param(
            record(PLAIN, fields=block_digest(b"another")),
            [(b"hello", "TRUNCATED")],
            id="not-what-its-digest-says",
        ),
        pytest.param(
            record(PLAIN, fields=b"WARC-Block-Digest: what\r\n"),
            [(b"hello", "TRUNCATED")],
            id="a-digest-that-nobody-can-verify",
        ),
        pytest.param(
            record(PLAIN, fields=b"WARC-Truncated: length\r\n"),
            [(b"hello", "TRUNCATED")],
            id="cut-by-its-crawler",
        ),
        pytest.param(
            record(IN_CHUNKS + b"5\r\nhello\r\n"),
            [(b"5\r\nhello\r\n", "BAD_HTTP")],
            id="chunks-without-an-end",
        ),
        pytest.param(
            record(IN_CHUNKS + b"hello"),
            [(b"hello", "BAD_HTTP")],
            id="chunks-that-are-none",
        ),
        pytest.param(record(b"hello"), [], id="no-http-in-it"),
        pytest.param(record(b""), [], id="nothing-in-it"),
        pytest.param(record(PLAIN).replace(b"2026-", b"soon-"), [], id="no-date"),
        pytest.param(
            record(PLAIN).replace(b"Type: response", b"Type: resource"), [], id="a-resource"
        ),
        pytest.param(b"", [], id="an-empty-file"),
    ],
)
def test_a_foreign_response_is_whole_or_carries_an_error(
    tmp_path: Path, content: bytes, expected: list[tuple[bytes, str | None]]
) -> None:
    path = tmp_path / "foreign.warc"
    path.write_bytes(content)

    found = list(captures(path))

    assert [(one.payload, one.error) for one in found] == expected


def test_a_foreign_response_keeps_its_facts(tmp_path: Path) -> None:
    path = tmp_path / "foreign.warc"
    path.write_bytes(record(PLAIN, fields=b"WARC-IP-Address: 192.0.2.7\r\n"))

    assert list(captures(path)) == [
        Capture(
            url="http://a.example/",
            read_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
            status=200,
            reason="OK",
            headers=(("Content-Type", "text/html"),),
            payload=b"hello",
            address="192.0.2.7",
        )
    ]


def test_our_own_archive_imports_as_it_is(tmp_path: Path) -> None:
    given = [
        Capture(
            url=f"https://a.example/{number}", read_at=NOW, status=200, reason="OK",
            headers=(("Content-Type", "text/html"),), payload=b"hello", error=error,
        )
        for number, error in enumerate([None, Failure.TOO_LARGE])
    ]  # fmt: skip
    store = Archive(tmp_path, software="test/1", clock=machine)
    for one in given:
        store.append_member(*members_of(one, kind="page"))
    store.close()

    assert list(captures(tmp_path / "estovers-00001.warc.gz")) == given


@pytest.mark.parametrize("name", ["missing.warc", "folder", "old.arc"])
def test_a_file_that_cannot_be_opened_is_an_input_fault(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "old.arc").write_bytes(b"filedesc://x 0.0.0.0 20140216 text/plain 76\n")

    with pytest.raises(InputFault, match=name):
        list(captures(tmp_path / name))


SECOND = record(PLAIN).replace(b"//a.example/", b"//b.example/")


@pytest.mark.parametrize("where", range(0, 2_000, 31))
@pytest.mark.parametrize("is_zipped", [True, False], ids=["gzip", "plain"])
def test_a_cut_file_gives_what_stands_before_the_cut_and_tells_of_it(
    tmp_path: Path, where: int, *, is_zipped: bool
) -> None:
    parts = [record(PLAIN, fields=block_digest(PLAIN)), SECOND, record(PLAIN)]
    parts = [gzip.compress(one) for one in parts] if is_zipped else parts
    whole = b"".join(parts)
    where %= len(whole)
    path = tmp_path / "cut.warc"
    path.write_bytes(whole[:where])
    ends = [sum(map(len, parts[: n + 1])) for n in range(3)]
    complete = sum(end - 4 * (not is_zipped) <= where for end in ends)

    found = [one for one in captures(path) if one.error is None]

    assert len(found) == complete
    is_between = where in {0, *ends} or (
        not is_zipped and any(end - 4 <= where <= end for end in ends)
    )
    assert bool(damages(path)) != is_between


@pytest.mark.parametrize("is_zipped", [True, False], ids=["gzip", "plain"])
def test_a_spoilt_record_does_not_hide_those_after_it(
    tmp_path: Path, *, is_zipped: bool
) -> None:
    parts = [record(PLAIN), b"XXXX" + SECOND[4:], record(PLAIN)]
    parts = [gzip.compress(one) for one in parts] if is_zipped else parts
    path = tmp_path / "spoilt.warc"
    path.write_bytes(b"".join(parts))

    assert [one.url for one in captures(path)] == ["http://a.example/"] * 2
    [damage] = damages(path)
    assert (damage.number, damage.offset) == (2, len(parts[0]))


def test_a_record_can_be_read_alone_by_its_position(tmp_path: Path) -> None:
    members = [gzip.compress(record(PLAIN) + SECOND), gzip.compress(SECOND)]
    path = tmp_path / "some.warc.gz"
    path.write_bytes(b"".join(members))
    found = [one for one in foreign.records(path) if isinstance(one, Record)]

    assert [foreign.read(path, one.position) for one in found] == found
    assert [(one.position.offset, one.position.passed) for one in found] == [
        (0, 0), (0, 1), (len(members[0]), 0),
    ]  # fmt: skip


@pytest.mark.law
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_bytes_of_a_foreign_file_raise_anything_but_an_input_fault(
    tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(record(PLAIN, fields=block_digest(PLAIN)) + record(IN_CHUNKS))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    path = tmp_path / "fuzzed.warc"
    path.write_bytes(gzip.compress(content) if data.draw(st.booleans()) else content)

    try:
        found = list(foreign.records(path))
    except InputFault:
        return
    for one in found:
        if isinstance(one, Record):
            foreign.capture_of(one)
            foreign.disbelieved(one)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/warc")
def test_real_archives_are_read_and_broken_ones_are_never_whole() -> None:
    found: dict[str, list[str | None]] = {}
    for path in sorted(SHARED.rglob("*.warc*")):
        errors = found.setdefault(path.name, [])
        try:
            for one in captures(path):
                errors.append(one.error)
        except InputFault:
            errors.append("InputFault")

    assert found["whirlwind.warc.gz"] == found["whirlwind.warc"] == [None]
    assert found["warcfile.warc.gz"] == found["warcfile.warc.lz4"] == [None] * 16
    assert found["example-iana.org-chunked.warc"] == [None]
    assert found["clipped.warc.gz"] == ["TRUNCATED"]
    assert found["example-wrong-chunks.warc.gz"] == ["TRUNCATED"]
    assert found["example-trunc.warc"] == ["TRUNCATED"]


# What warcio reads wrongly or not at all, and how many records we read there.
_BEYOND = {
    "block-sized-records.warc.lz4": 3,
    "warcfile.warc.lz4": 50,
    "example-bad-non-chunked.warc.gz": 6,
    "example-bad.warc.gz.bad": 6,
    "example-wrong-chunks.warc.gz": 2,
}


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/warc")
@pytest.mark.filterwarnings("ignore")
def test_as_many_records_are_read_as_warcio_reads() -> None:
    for path in sorted(SHARED.rglob("*.warc*")):
        ours = sum(isinstance(one, Record) for one in foreign.records(path))
        theirs = 0
        with path.open("rb") as file, suppress(ArchiveLoadFailed):
            for _ in Warcio(file):
                theirs += 1

        assert ours == _BEYOND.get(path.name, theirs), path.name
        assert ours >= theirs
