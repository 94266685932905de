"""Codings: a whole body comes out as it went in, and nothing else comes out at all."""

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.coding import decode, without_chunks
from pipeline.vocab import Failure

BODY = b"A commons is a place whose rules are made by those who use it. " * 40


def raw_deflate(body: bytes) -> bytes:
    encoder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return encoder.compress(body) + encoder.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}


@pytest.mark.law
@given(
    body=st.binary(max_size=5000),
    names=st.lists(st.sampled_from([*ENCODERS, "identity"]), max_size=2),
)
def test_what_was_encoded_decodes_to_itself(body: bytes, names: list[str]) -> None:
    payload = body
    for name in names:
        payload = ENCODERS.get(name, bytes)(payload)

    assert decode(payload, names) == body
    assert decode(payload, [", ".join(names).upper()]) == body


@pytest.mark.law
@given(body=st.binary(max_size=400), data=st.data())
def test_a_body_that_is_cut_is_never_taken_for_whole(
    body: bytes, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["gzip", "deflate"]))
    whole = ENCODERS[name](body)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]

    assert decode(cut, [name]) in {Failure.TRUNCATED, Failure.BAD_ENCODING}


@pytest.mark.law
@given(payload=st.binary(max_size=400), name=st.sampled_from([*ENCODERS, "br", "", "x"]))
def test_no_bytes_raise(payload: bytes, name: str) -> None:
    assert isinstance(decode(payload, [name]), bytes | Failure)


@pytest.mark.parametrize(
    ("payload", "codings", "expected"),
    [
        pytest.param(BODY, [], BODY, id="no-coding"),
        pytest.param(BODY, ["identity"], BODY, id="identity"),
        pytest.param(BODY, [" , "], BODY, id="an-empty-list"),
        pytest.param(raw_deflate(BODY), ["deflate"], BODY, id="deflate-without-zlib"),
        pytest.param(
            gzip.compress(BODY) + gzip.compress(b"more"),
            ["gzip"],
            BODY + b"more",
            id="two-gzip-members",
        ),
        pytest.param(
            zlib.compress(gzip.compress(BODY)),
            ["gzip", "Deflate"],
            BODY,
            id="two-layers-on-two-lines",
        ),
        pytest.param(
            gzip.compress(gzip.compress(gzip.compress(BODY))),
            ["gzip, gzip", "gzip"],
            Failure.BAD_ENCODING,
            id="three-layers",
        ),
        pytest.param(BODY, ["gzip"], Failure.BAD_ENCODING, id="not-gzip"),
        pytest.param(BODY, ["br"], Failure.BAD_ENCODING, id="a-coding-we-never-asked-for"),
        pytest.param(
            gzip.compress(BODY), ["gzip;q=1"], Failure.BAD_ENCODING, id="no-such-name"
        ),
        pytest.param(b"", ["gzip"], Failure.TRUNCATED, id="nothing-at-all"),
        pytest.param(
            gzip.compress(BODY)[:-1], ["gzip"], Failure.TRUNCATED, id="one-byte-short"
        ),
        pytest.param(
            gzip.compress(BODY)[:-8] + bytes(4) + gzip.compress(BODY)[-4:],
            ["gzip"],
            Failure.BAD_ENCODING,
            id="a-wrong-checksum",
        ),
        pytest.param(
            gzip.compress(BODY)[:-4] + bytes(4),
            ["gzip"],
            Failure.BAD_ENCODING,
            id="a-wrong-length",
        ),
        pytest.param(
            zlib.compress(BODY)[:-4] + bytes(4),
            ["deflate"],
            Failure.BAD_ENCODING,
            id="a-wrong-adler-checksum",
        ),
        pytest.param(
            gzip.compress(BODY) + b"<!-- noai -->",
            ["gzip"],
            Failure.BAD_ENCODING,
            id="bytes-after-the-end",
        ),
        pytest.param(
            gzip.compress(BODY) + bytes(8), ["gzip"], Failure.BAD_ENCODING, id="padding"
        ),
        pytest.param(
            zlib.compress(BODY) * 2, ["deflate"], Failure.BAD_ENCODING, id="two-in-deflate"
        ),
        pytest.param(
            gzip.compress(BODY) + gzip.compress(BODY)[:9],
            ["gzip"],
            Failure.TRUNCATED,
            id="a-second-member-that-is-cut",
        ),
    ],
)
def test_a_payload_is_decoded_strictly_or_not_at_all(
    payload: bytes, codings: list[str], expected: bytes | Failure
) -> None:
    assert decode(payload, codings) == expected


@pytest.mark.parametrize("size", [999, 1000, 1001])
def test_the_limit_is_the_last_size_that_passes(size: int) -> None:
    found = decode(gzip.compress(bytes(size)), ["gzip"], limit=1000)

    assert found == (bytes(size) if size <= 1000 else Failure.TOO_LARGE)


def test_members_count_together_towards_the_limit() -> None:
    payload = gzip.compress(bytes(600)) * 2

    assert decode(payload, ["gzip"], limit=1000) == Failure.TOO_LARGE


@pytest.mark.parametrize("codings", [["gzip"], ["gzip, gzip"]], ids=["one", "two"])
def test_a_bomb_stops_at_the_limit(codings: list[str]) -> None:
    bomb = gzip.compress(bytes(8 << 20))
    if len(codings[0].split(",")) > 1:
        bomb = gzip.compress(bomb)

    assert decode(bomb, codings, limit=1 << 16) == Failure.TOO_LARGE


def test_a_payload_of_nothing_but_members_is_given_up() -> None:
    payload = gzip.compress(b"") * 100_000

    assert decode(payload, ["gzip"]) == Failure.BAD_ENCODING


@pytest.mark.law
@given(pieces=st.lists(st.binary(min_size=1, max_size=300), max_size=6))
def test_chunks_join_to_what_was_sent(pieces: list[bytes]) -> None:
    chunked = b"".join(b"%x;x=y\r\n%s\r\n" % (len(p), p) for p in pieces)

    assert without_chunks(chunked + b"0\r\nTrailer: x\r\n\r\n") == b"".join(pieces)
    assert without_chunks(chunked) == Failure.TRUNCATED


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        pytest.param(b"", Failure.TRUNCATED, id="nothing"),
        pytest.param(b"000\r\n\r\n", b"", id="an-empty-body"),
        pytest.param(b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789", id="upper-case"),
        pytest.param(b"5\r\nhel", Failure.TRUNCATED, id="cut-in-a-chunk"),
        pytest.param(b"5\r\nhello", Failure.TRUNCATED, id="cut-after-a-chunk"),
        pytest.param(b"5\r\nhelloo\r\n0\r\n\r\n", Failure.BAD_HTTP, id="longer-than-said"),
        pytest.param(b"hello", Failure.BAD_HTTP, id="no-size"),
        pytest.param(b"-1\r\n\r\n", Failure.BAD_HTTP, id="a-negative-size"),
        pytest.param(b"5\nhello\n0\n\n", Failure.BAD_HTTP, id="line-feeds-alone"),
    ],
)
def test_chunks_are_read_strictly(payload: bytes, expected: bytes | Failure) -> None:
    assert without_chunks(payload) == expected
