"""Codings: a payload as it came, decoded strictly or not at all (RFC 9110 8.4, 9112 7)."""

import re
import zlib
from collections.abc import Sequence
from typing import Final

from pipeline.vocab import Failure

ACCEPTED: Final = "gzip, deflate"
"""What we ask for: codings whose decoder tells a cut body from a whole one."""

DECODED_LIMIT: Final = 32 * 1024 * 1024
"""Most bytes that a payload may grow to; a bomb is stopped here."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_WINDOW_BITS: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}
_MAX_LAYERS: Final = 2

# Each member costs a copy of all that follows it: a payload of nothing but empty members
# would keep us busy for hours.
_MAX_MEMBERS: Final = 1024

# RFC 9112 section 7.1, the first line of a chunk; its extension says nothing to us:
#   chunk          = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
#   chunk-size     = 1*HEXDIG
#   last-chunk     = 1*("0") [ chunk-ext ] CRLF
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")


def decode(
    payload: bytes, codings: Sequence[str], *, limit: int = DECODED_LIMIT
) -> bytes | Failure:
    """Return the payload with its content codings removed, or why that cannot be done.

    A body that is cut before its trailer, whose checksum is wrong, that has anything after
    its end or grows beyond ``limit`` is never taken for whole.
    """
    names = [name.strip().lower() for line in codings for name in line.split(",")]
    layers = [name for name in names if name not in {"", "identity"}]
    if len(layers) > _MAX_LAYERS or any(name not in _WINDOW_BITS for name in layers):
        return Failure.BAD_ENCODING
    for name in reversed(layers):
        result = _inflate(payload, name, limit)
        if isinstance(result, Failure):
            return result
        payload = result
    return payload


def without_chunks(payload: bytes) -> bytes | Failure:
    """Return a payload without its chunked transfer coding (RFC 9112 section 7.1).

    One that ends before its last chunk is TRUNCATED; any other fault is BAD_HTTP.
    """
    pieces: list[bytes] = []
    at = 0
    while at < len(payload):
        head = _CHUNK.match(payload, at)
        if head is None:
            return Failure.BAD_HTTP
        size = int(head[1], 16)
        if not size:
            return b"".join(pieces)
        pieces.append(payload[head.end() : head.end() + size])
        at = head.end() + size + 2
        if at <= len(payload) and payload[at - 2 : at] != b"\r\n":
            return Failure.BAD_HTTP
    return Failure.TRUNCATED


def _inflate(payload: bytes, name: str, limit: int) -> bytes | Failure:
    bits = _WINDOW_BITS[name]
    # Some servers send raw deflate under the name of zlib's; browsers take both.
    if name == "deflate" and not _has_zlib_header(payload):
        bits = -zlib.MAX_WBITS
    pieces: list[bytes] = []
    for _ in range(_MAX_MEMBERS):
        member = _member(payload, bits, limit)
        if isinstance(member, Failure):
            return member
        piece, payload = member
        pieces.append(piece)
        limit -= len(piece)
        if not payload:
            return b"".join(pieces)
        # RFC 1952 section 2.2: a gzip file may have several members; zlib's format not.
        if bits != _GZIP:
            break
    return Failure.BAD_ENCODING


def _member(payload: bytes, bits: int, limit: int) -> tuple[bytes, bytes] | Failure:
    decoder = zlib.decompressobj(bits)
    try:
        piece = decoder.decompress(payload, limit + 1)
    except zlib.error:
        return Failure.BAD_ENCODING
    if len(piece) > limit:
        return Failure.TOO_LARGE
    return (piece, decoder.unused_data) if decoder.eof else Failure.TRUNCATED


def _has_zlib_header(payload: bytes) -> bool:
    return (
        len(payload) > 1
        and payload[0] & 0x0F == zlib.DEFLATED
        and (payload[0] * 256 + payload[1]) % 31 == 0
    )
