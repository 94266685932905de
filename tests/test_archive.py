"""The archive: what goes in comes back, and what is torn or changed is noticed."""

import gzip
import io
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecord
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator as Warcio

from pipeline import archive
from pipeline.archive import Archive, Place, Stored
from pipeline.clock import clock_of, machine
from pipeline.errors import ArchiveFault
from pipeline.model import Capture, digest_of
from pipeline.vocab import Failure

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[2] / "shared" / "warc"

CHUNKED = (("Transfer-Encoding", "chunked"), ("Content-Type", "text/html"))
DISGUISED = (("X-Crawler-Content-Length", "4"), ("X-Crawler-Content-Usage", "train-ai=y"))


def capture(**facts: object) -> Capture:
    plain = Capture(
        url="https://a.example/essay?page=1",
        read_at=NOW,
        status=200,
        reason="OK",
        headers=(("Content-Type", "text/html"), ("Content-Length", "5")),
        payload=b"hello",
        address="192.0.2.7",
    )
    return replace(plain, **facts)  # type: ignore[arg-type]


def stored(folder: Path, *captures: Capture, kind: str = "page") -> list[Place]:
    store = Archive(folder, software="test/1", clock=machine)
    places = [store.append_member(*archive.members_of(one, kind=kind)) for one in captures]
    store.close()
    return places


def many(count: int) -> list[Capture]:
    return [
        capture(url=f"https://a.example/{n}", payload=f"page {n} ".encode() * (3 * n))
        for n in range(count)
    ]


def only_file(folder: Path) -> Path:
    [path] = archive.files(folder)
    return path


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(capture(), id="a-plain-page"),
        pytest.param(capture(headers=(), payload=b"", reason=""), id="an-empty-body"),
        pytest.param(capture(headers=(("X-Name", "caf\xe9 \x85\x93\xa0q"),)), id="latin-1"),
        pytest.param(capture(reason="Tr\xe8s \x85 bien"), id="a-latin-1-reason"),
        pytest.param(capture(headers=CHUNKED, payload=b"plain"), id="a-chunked-answer"),
        pytest.param(
            capture(headers=(("Content-Encoding", "gzip"),), payload=gzip.compress(b"a")),
            id="a-gzip-payload",
        ),
        pytest.param(
            capture(headers=(("content-length", "9"), ("Content-Length", "5"))),
            id="two-lengths-in-two-spellings",
        ),
        pytest.param(capture(headers=DISGUISED), id="fields-under-the-names-we-rename-to"),
        pytest.param(
            capture(headers=(("Set-Cookie", "a"), ("X-Empty", ""), ("Set-Cookie", "b"))),
            id="repeated-and-empty-fields",
        ),
        pytest.param(capture(headers=(("X-Long", "y" * 65_000),) * 20), id="a-long-head"),
        pytest.param(capture(status=404, reason="Not Found"), id="a-missing-page"),
        pytest.param(capture(status=999, reason="  odd"), id="an-unknown-status"),
        pytest.param(capture(error=Failure.TOO_LARGE), id="an-answer-over-the-limit"),
        pytest.param(capture(error=Failure.TIMEOUT), id="an-answer-that-came-too-slowly"),
        pytest.param(capture(error=Failure.UNDELIMITED), id="an-answer-of-unsure-length"),
        pytest.param(capture(error=Failure.TRUNCATED), id="a-cut-answer"),
        pytest.param(capture(payload=bytes(range(256)) * 300), id="binary-bytes"),
        pytest.param(capture(address="2001:db8::1"), id="an-ipv6-address"),
    ],
)
def test_what_is_appended_reads_back_equal(tmp_path: Path, one: Capture) -> None:
    [place] = stored(tmp_path, one, kind="policy")

    found = archive.read(tmp_path, place)

    assert found == Stored(place=place, capture=one, kind="policy")


_TOKEN = st.text("!#$%&'*+-.^_`|~0123456789abcXYZ", min_size=1, max_size=12)
_VALUE = st.text(
    st.characters(max_codepoint=255, blacklist_categories=["Cc"]), max_size=40
).map(lambda text: text.strip(" \t"))


@pytest.mark.law
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    one=st.builds(
        capture,
        headers=st.lists(st.tuples(_TOKEN, _VALUE), max_size=6).map(tuple),
        payload=st.binary(max_size=2000),
        status=st.integers(100, 999),
        reason=_VALUE,
        error=st.sampled_from([None, *Failure]),
    )
)
def test_any_answer_reads_back_equal(tmp_path: Path, one: Capture) -> None:
    shutil.rmtree(tmp_path)
    [place] = stored(tmp_path, one)

    assert archive.read(tmp_path, place).capture == one


def test_a_host_cannot_give_itself_a_field_by_way_of_a_renamed_one(tmp_path: Path) -> None:
    sent = (("X-Crawler-Content-Usage", "train-ai=y"),)
    [place] = stored(tmp_path, capture(headers=sent))

    assert archive.read(tmp_path, place).capture.headers == sent


def test_the_same_captures_under_the_same_clock_give_the_same_file(tmp_path: Path) -> None:
    files = []
    for name in ("first", "second"):
        store = Archive(tmp_path / name, software="test/1", clock=clock_of("1"))
        store.append_member(*archive.members_of(capture(), kind="page"))
        store.close()
        files.append(only_file(tmp_path / name).read_bytes())

    assert files[0] == files[1]
    assert b"WARC-Date: 1970-01-01T00:00:01" in zlib.decompress(files[0], 31)


def test_each_record_is_one_gzip_member(tmp_path: Path) -> None:
    stored(tmp_path, *many(3))

    heads = [zlib.decompress(m, 31).split(b"\r\n")[:2] for m in _members(tmp_path)]

    kinds = ["warcinfo", *["response", "request"] * 3]
    assert heads == [[b"WARC/1.1", f"WARC-Type: {kind}".encode()] for kind in kinds]


def _members(folder: Path) -> Iterator[bytes]:
    rest = only_file(folder).read_bytes()
    while rest:
        decoder = zlib.decompressobj(31)
        decoder.decompress(rest)
        yield rest[: len(rest) - len(decoder.unused_data)]
        rest = decoder.unused_data


def test_two_other_readers_agree_with_our_digests(tmp_path: Path) -> None:
    captures = [*many(3), capture(headers=CHUNKED), capture(payload=b"", headers=())]
    places = stored(tmp_path, *captures)
    path = only_file(tmp_path)

    with path.open("rb") as file:
        fastwarc = [
            (record.verify_block_digest(), _payload_holds(record))
            for record in ArchiveIterator(file, parse_http=False)
            if record.headers.get("WARC-Payload-Digest")
        ]
    with path.open("rb") as file:
        checked = Warcio(file, check_digests="raise")
        warcio = [
            (record.rec_headers["WARC-Target-URI"], checked.get_record_offset())
            for record in checked
            if record.rec_type == "response" and record.content_stream().read() is not None
        ]

    assert fastwarc == [(True, True)] * 5
    assert warcio == [(c.url, p.start) for c, p in zip(captures, places, strict=True)]


def _payload_holds(record: WarcRecord) -> bool:
    record.parse_http()
    return record.verify_payload_digest()


def test_a_request_names_its_response_by_a_well_formed_id(tmp_path: Path) -> None:
    stored(tmp_path, capture(request_headers=(("User-Agent", "Estovers/1"),)))

    with only_file(tmp_path).open("rb") as file:
        records = {record.rec_type: record.rec_headers for record in Warcio(file)}

    response, request = records["response"], records["request"]
    assert response["WARC-Record-ID"].startswith("<urn:uuid:")
    assert len(response["WARC-Record-ID"]) == len("<urn:uuid:>") + 36
    assert request["WARC-Concurrent-To"] == response["WARC-Record-ID"]


def test_a_file_that_is_cut_anywhere_repairs_to_whole_records(tmp_path: Path) -> None:
    captures = many(3)
    places = stored(tmp_path, *captures)
    path = only_file(tmp_path)
    whole = path.read_bytes()
    ends = [0]
    for member in _members(tmp_path):
        ends.append(ends[-1] + len(member))

    for cut in range(places[2].start, len(whole) + 1):
        path.write_bytes(whole[:cut])
        end = max(end for end in ends if end <= cut)

        before = [one.capture.url for one in archive.scan(path)]
        torn = archive.repair(path)

        assert (torn, path.read_bytes()) == (cut - end, whole[:end])
        kept = [c.url for c, p in zip(captures, places, strict=True) if p.start < end]
        assert before == [one.capture.url for one in archive.scan(path)] == kept


@pytest.mark.parametrize("tail", [b"\0" * 512, b"\x1f\x8b\x08", b"junk"], ids=repr)
def test_what_a_power_cut_leaves_behind_is_cut_off(tmp_path: Path, tail: bytes) -> None:
    stored(tmp_path, *many(2))
    path = only_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole + tail)

    assert archive.repair(path) == len(tail)
    assert path.read_bytes() == whole


def test_an_empty_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "estovers-00001.warc.gz"
    path.touch()

    assert (archive.repair(path), list(archive.scan(path))) == (0, [])


def test_a_file_that_lost_records_is_not_filled_up(tmp_path: Path) -> None:
    [_, place] = stored(tmp_path, *many(2))
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[: place.start])

    assert archive.repair(path, start=place.start + place.length) == 0
    assert path.stat().st_size == place.start
    with pytest.raises(ArchiveFault):
        archive.read(tmp_path, place)


def test_scan_goes_on_from_where_the_ledger_stands(tmp_path: Path) -> None:
    captures = many(4)
    places = stored(tmp_path, *captures, kind="sitemap")
    known = places[1].start + places[1].length

    found = list(archive.scan(only_file(tmp_path), start=known))

    assert found == [
        Stored(place=p, capture=c, kind="sitemap")
        for c, p in zip(captures[2:], places[2:], strict=True)
    ]


def test_no_flipped_bit_changes_what_is_read(tmp_path: Path) -> None:
    one = capture()
    [place] = stored(tmp_path, one)
    path = only_file(tmp_path)
    whole = path.read_bytes()
    faults = 0

    for offset in range(place.start, place.start + place.length):
        changed = bytearray(whole)
        changed[offset] ^= 1 << (offset % 8)
        path.write_bytes(changed)
        try:
            assert archive.read(tmp_path, place).capture == one
        except ArchiveFault:
            faults += 1

    # The rest is in the parts of a gzip header that carry no meaning, as its time.
    assert faults >= place.length - 16


def test_a_payload_that_is_not_what_its_record_claims_is_a_fault(tmp_path: Path) -> None:
    [place] = stored(tmp_path, capture())
    path = only_file(tmp_path)
    whole = path.read_bytes()
    member = whole[place.start : place.start + place.length]
    forged = gzip.compress(zlib.decompress(member, 31).replace(b"hello", b"hullo"))
    path.write_bytes(whole[: place.start] + forged)
    found = Place(file=path.name, start=place.start, length=len(forged))

    with pytest.raises(ArchiveFault, match="digest is not sha256:2cf24dba"):
        archive.read(tmp_path, found)
    with pytest.raises(ArchiveFault, match="digest is not sha256:2cf24dba"):
        list(archive.scan(path))


@pytest.mark.parametrize(
    "place",
    [
        Place(file="estovers-00009.warc.gz", start=0, length=10),
        Place(file="estovers-00001.warc.gz", start=0, length=40),
        Place(file="estovers-00001.warc.gz", start=1 << 40, length=40),
        Place(file="estovers-00001.warc.gz", start=1, length=400),
    ],
    ids=["no-such-file", "half-a-record", "past-the-end", "between-records"],
)
def test_a_place_where_no_record_stands_is_a_fault(tmp_path: Path, place: Place) -> None:
    stored(tmp_path, capture())

    with pytest.raises(ArchiveFault, match=r"offset \d+: the record cannot be read"):
        archive.read(tmp_path, place)


def test_a_place_of_another_kind_of_record_is_a_fault(tmp_path: Path) -> None:
    stored(tmp_path, capture())
    length = len(next(_members(tmp_path)))

    with pytest.raises(ArchiveFault, match="no response record stands there"):
        archive.read(tmp_path, Place(file=only_file(tmp_path).name, start=0, length=length))


def test_each_writer_begins_a_file_and_a_full_one_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(tmp_path, capture())
    monkeypatch.setattr(archive, "FILE_LIMIT", 2000)
    captures = many(6)
    places = stored(tmp_path, *captures)

    names = sorted({place.file for place in places})

    assert [path.name for path in archive.files(tmp_path)] == [
        "estovers-00001.warc.gz",
        *names,
    ]
    assert len(names) > 1
    assert [archive.read(tmp_path, place).capture for place in places] == captures


def test_an_archive_that_nothing_was_put_into_makes_no_file(tmp_path: Path) -> None:
    assert stored(tmp_path / "archive") == []
    assert archive.files(tmp_path / "archive") == []
    assert not (tmp_path / "archive").exists()


def test_a_file_in_the_place_of_the_folder_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("in the way")

    with pytest.raises(ArchiveFault, match="the archive cannot be written"):
        stored(tmp_path / "archive", capture())


def test_judgement_sees_the_decoded_body_and_the_digest_of_the_payload() -> None:
    packed = gzip.compress(b"<p>text")
    headers = (("Content-Encoding", "gzip"),)

    exchange = archive.exchange_of(capture(headers=headers, payload=packed))

    assert (exchange.body, exchange.error) == (b"<p>text", None)
    assert exchange.digest == digest_of(packed)


def test_a_body_that_cannot_be_decoded_is_no_body() -> None:
    packed = gzip.compress(b"<p>text")[:-4]
    headers = (("Content-Encoding", "gzip"),)

    exchange = archive.exchange_of(capture(headers=headers, payload=packed))

    assert (exchange.body, exchange.error) == (b"", "TRUNCATED")


def test_the_first_failure_is_the_one_that_is_named() -> None:
    headers = (("Content-Encoding", "br"),)

    exchange = archive.exchange_of(capture(headers=headers, error=Failure.TOO_LARGE))

    assert (exchange.body, exchange.error) == (b"hello", "TOO_LARGE")


def test_time_zones_do_not_shift_a_date(tmp_path: Path) -> None:
    east = NOW.astimezone(tz=datetime.now().astimezone().tzinfo) + timedelta(hours=1)
    [place] = stored(tmp_path, capture(read_at=east))

    assert archive.read(tmp_path, place).capture.read_at == east


def test_a_member_can_be_read_alone(tmp_path: Path) -> None:
    [place] = stored(tmp_path, capture())
    member = only_file(tmp_path).read_bytes()[place.start : place.start + place.length]

    alone = [record.reader.read() for record in ArchiveIterator(io.BytesIO(member))]

    assert alone == [b"hello"]
