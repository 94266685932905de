"""WARC files that others wrote: every record that can be read, and what cannot be.

No bytes raise: a file may be cut, spoilt in the middle or framed wrongly, and what stands
before and after the fault is read. What a record claims of itself is held against what is
there; a response that is not whole carries an error.
"""

import base64
import hashlib
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from fastwarc.stream_io import Lz4Reader, ZstdReader

from pipeline.coding import DECODED_LIMIT, without_chunks
from pipeline.errors import InputFault
from pipeline.model import Capture
from pipeline.vocab import Failure

HEAD_LIMIT: Final = 1 << 16
"""Longest head of a record, and of the HTTP message in it, in bytes."""

RECORD_LIMIT: Final = DECODED_LIMIT + HEAD_LIMIT
"""Longest record that is read; of a longer one only the head is."""

MOST_GAPS: Final = 1_000
"""Faults of one file after which the rest of it is given up."""

_BLOCK: Final = 1 << 15
_GZIP: Final = b"\x1f\x8b\x08"
_ZSTD: Final = (b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18")  # the second holds a dictionary
_LZ4: Final = b"\x04\x22\x4d\x18"
_ARC: Final = b"filedesc:"
_VERSION: Final = b"WARC/"
_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_NEXT: Final = re.compile(rb"(?:\A|\n)WARC/[0-9]")
_STATUS: Final = re.compile(
    rb"HTTP/[0-9](?:\.[0-9])?[ \t]+([1-5][0-9]{2})(?![0-9])[ \t]*(.*)"
)
_DATE: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:?00)"
)
_FIRST_YEAR: Final = 1990
"""No page is older than the web; a date before it is a mistake."""

# RFC 9110 section 5.6.2, and what section 5.5 does not let into a field.
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ALGORITHMS: Final = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a record stands: the offset to read from, and how many records to pass there.

    Records that were compressed one by one need no passing. ``number`` counts the records
    of the file from 1.
    """

    number: int
    offset: int = 0
    passed: int = 0


START: Final = Position(number=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What could not be read, or not be believed: where, and in words what is wrong."""

    number: int
    offset: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record: its fields by lower-case name, its block, and what is wrong with it."""

    position: Position
    fields: Mapping[str, str]
    block: bytes
    fault: str = ""

    @property
    def kind(self) -> str:
        """Its WARC-Type."""
        return self.fields.get("warc-type", "").lower()

    @property
    def target(self) -> str:
        """Its WARC-Target-URI; some writers put it in angle brackets (WARC 1.0)."""
        return self.fields.get("warc-target-uri", "").strip("<> \t")


def records(path: Path, *, start: Position = START) -> Iterator[Record | Damage]:
    """Yield the records of a file from ``start`` on, and its damages where they stand.

    Raises InputFault where the file cannot be opened or read, or is no WARC file.
    """
    try:
        with path.open("rb") as file:
            _expect_warc(path, file.read(len(_VERSION) + 8))
            yield from _Reader(file, start).records()
    except OSError as error:
        raise InputFault(
            f"{path}: the WARC file cannot be read ({error.strerror or error}). Name a "
            "file that exists and can be read."
        ) from error


def read(path: Path, position: Position) -> Record | None:
    """Return the record at a position that ``records`` gave, or None where none stands."""
    found = next(records(path, start=position), None)
    return found if isinstance(found, Record) else None


def glance(record: Record) -> tuple[int, datetime] | str:
    """Return status and time of the HTTP response in a record, or why there is none.

    Nothing is copied or held against a digest, as ``capture_of`` does.
    """
    moment = _moment(record.fields.get("warc-date", ""))
    status = _STATUS.match(record.block)
    if moment is None:
        return "it has no WARC-Date that can be read"
    if not record.target:
        return "it has no WARC-Target-URI"
    if status is None:
        return "there is no HTTP response in it"
    return int(status[1]), moment


def moment_of(record: Record) -> datetime | None:
    """Return when a record was captured."""
    return _moment(record.fields.get("warc-date", ""))


def capture_of(record: Record) -> Capture | str:
    """Return the HTTP response in a record, or in words why there is none.

    One that is not whole, or not what its digest says, carries an error. A revisit gives
    its own status and header fields, and no payload.
    """
    found = glance(record)
    if isinstance(found, str):
        return found
    head = _END_OF_HEAD.search(record.block, 0, HEAD_LIMIT)
    lines = record.block[: head.start() if head else HEAD_LIMIT]
    status = _STATUS.match(lines)
    if status is None or (head is None and not record.fault):
        return "there is no HTTP response in it"
    fields = _fields_of(lines[status.end() :], "latin-1")
    # A space is not part of any URL; some writers leave it as it was in the link.
    capture = Capture(
        url=record.target.replace(" ", "%20"),
        read_at=found[1],
        status=found[0],
        reason=_CONTROL.sub(" ", status[2].decode("latin-1")).strip(),
        headers=tuple(_kept_fields(fields)),
        payload=record.block[head.end() :] if head else b"",
        address=record.fields.get("warc-ip-address"),
        error=_error_of(record),
    )
    return _believed(record, capture, fields)


def _believed(record: Record, capture: Capture, fields: list[tuple[str, str]]) -> Capture:
    if record.kind == "revisit":
        return replace(capture, payload=b"")
    if not capture.error and disbelieved(record):
        return replace(capture, error=Failure.TRUNCATED)
    return _framed(capture, fields)


def disbelieved(record: Record) -> str:
    """Return in words which of its digests a record does not match, or an empty text.

    Of the payload it is not known whether a writer means it with its transfer coding: it
    counts where the block has no digest, and where neither reading matches.
    """
    claimed = record.fields.get("warc-block-digest")
    if claimed is not None:
        is_same = _matches(claimed, record.block)
        return "" if is_same else f"its block is not what its digest says ({claimed})"
    claimed = record.fields.get("warc-payload-digest")
    head = _END_OF_HEAD.search(record.block, 0, HEAD_LIMIT)
    if claimed is None or head is None or record.kind != "response":
        return ""
    body = record.block[head.end() :]
    whole = without_chunks(body)
    readings = (body, whole if isinstance(whole, bytes) else body)
    is_same = any(_matches(claimed, one) for one in readings)
    return "" if is_same else f"its payload is not what its digest says ({claimed})"


def _expect_warc(path: Path, head: bytes) -> None:
    if head.startswith(_ARC):
        raise InputFault(
            f"{path}: an ARC file, which is older than WARC and is not read. Convert it, "
            "for instance with warcio recompress, and name the WARC file."
        )


class _Torn(Exception):
    """The bytes that come next cannot be had."""

    def __init__(self, offset: int, what: str, *, is_gap: bool = False) -> None:
        super().__init__(what)
        self.offset = offset
        self.what = what
        self.is_gap = is_gap


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bytes as they stood before compression; ``member`` where they begin a member.

    They are ``doubtful`` where no checksum speaks for them.
    """

    data: bytes
    member: int | None = None
    doubtful: bool = False


_Pieces = Iterator["_Piece | _Torn"]


class _Reader:
    """A file as a stream of records; each fault is passed, and told once."""

    def __init__(self, file: IO[bytes], start: Position) -> None:
        self._start = start
        self._pieces, self._is_zipped = _pieces(file, start.offset)
        self._base = 0 if self._is_zipped else start.offset
        self._buffer = bytearray()
        self._at = 0
        self._members: deque[tuple[int, int]] = deque()
        self._torn: _Torn | None = None
        self._doubtful_from: int | None = None
        self._member, self._in_member = start.offset, 0

    def records(self) -> Iterator[Record | Damage]:
        number, gaps, is_lost = self._start.number, 0, False
        number -= self._start.passed
        while gaps < MOST_GAPS:
            try:
                found = self._next(number)
            except _Torn as torn:
                gaps += 1
                # One fault may show many times over until a record stands whole again.
                if not is_lost:
                    yield Damage(number=number, offset=torn.offset, what=torn.what)
                is_lost = True
                self._resume(is_gap=torn.is_gap)
                continue
            if found is None:
                return
            is_lost = False
            if number >= self._start.number:
                yield found
                if found.fault:
                    offset = found.position.offset
                    yield Damage(number=number, offset=offset, what=found.fault)
            gaps += bool(found.fault)
            number += 1
        words = f"more than {MOST_GAPS} faults: the rest of the file was not read"
        yield Damage(number=number, offset=self._offset(), what=words)

    def _next(self, number: int) -> Record | None:
        if not self._pass_empty_lines():
            return None
        offset = self._offset()
        position = Position(number=number, offset=self._member, passed=self._in_member)
        if not self._is_zipped:
            position = Position(number=number, offset=offset)
        fields = self._head(offset)
        length = fields.get("content-length", "")
        if not re.fullmatch(r"[0-9]{1,18}", length):
            raise _Torn(offset, "it has no Content-Length")
        self._in_member += 1
        block, fault = self._block(int(length))
        return Record(position=position, fields=fields, block=block, fault=fault)

    def _head(self, offset: int) -> dict[str, str]:
        self._more(len(_VERSION))
        if not self._buffer.startswith(_VERSION):
            raise _Torn(offset, "no WARC record begins here")
        searched = 0
        while (end := _END_OF_HEAD.search(self._buffer, searched, HEAD_LIMIT)) is None:
            size = len(self._buffer)
            # The blank line may have begun before what comes now.
            searched = max(0, size - 3)
            if size >= HEAD_LIMIT or not self._more(size + 1):
                break
        if end is None:
            raise _Torn(offset, "the head of the record has no end")
        head = bytes(self._buffer[: end.start()])
        self._drop(end.end())
        fields = _fields_of(head.partition(b"\n")[2], "utf-8")
        return {name.lower(): value for name, value in reversed(fields)}

    def _block(self, length: int) -> tuple[bytes, str]:
        if length > RECORD_LIMIT:
            whole = self._skip(length)
            words = f"it is longer than {RECORD_LIMIT} bytes and was passed over"
            return b"", words if whole else "it is cut short"
        try:
            self._more(length)
        except _Torn as torn:
            # Told with the record, and raised again when the next one is asked for.
            self._torn = torn
        got = min(length, len(self._buffer), self._own_member(length))
        block = bytes(self._buffer[:got])
        self._drop(got)
        if got < length:
            return block, f"it is cut short: {got} of {length} bytes"
        if self._doubtful_from is not None and self._at > self._doubtful_from:
            return block, "the file ends before the checksum of its compression"
        return block, self._fault_after()

    def _own_member(self, length: int) -> int:
        """Return how much of a block stands before a member that begins another record."""
        for begin, _ in self._members:
            at = begin - self._at
            if 0 < at < length and self._buffer.startswith(_VERSION, at):
                return at
        return length

    def _fault_after(self) -> str:
        """Say whether a record is followed by what may follow one."""
        try:
            self._more(4)
        except _Torn as torn:
            self._torn = torn
        after = self._buffer[:4]
        if not after.strip(b"\r\n") or after.startswith(_VERSION) or after[:1] in b"\r\n":
            return ""
        return "its Content-Length is wrong: no end of a record comes after it"

    def _skip(self, length: int) -> bool:
        while length and self._more(1):
            some = min(length, len(self._buffer))
            self._drop(some)
            length -= some
        return not length

    def _pass_empty_lines(self) -> bool:
        while self._more(1):
            size = len(self._buffer)
            empty = next((n for n in range(size) if self._buffer[n] not in b"\r\n"), size)
            self._drop(empty)
            if empty < size:
                return True
        return False

    def _resume(self, *, is_gap: bool) -> None:
        """Go on where a line next begins a record; after a gap that may be at once."""
        if is_gap:
            self._drop(len(self._buffer))
        begin = 0 if is_gap else 1
        while True:
            found = _NEXT.search(self._buffer, begin)
            if found:
                self._drop(found.end() - len(_VERSION) - 1)
                return None
            # A line may have begun before what comes now.
            kept = min(len(self._buffer), len(_VERSION) + 1)
            self._drop(len(self._buffer) - kept)
            begin = min(begin, kept)
            try:
                if not self._more(kept + 1):
                    return self._drop(len(self._buffer))
            except _Torn:
                self._drop(len(self._buffer))
                begin = 0

    def _more(self, size: int) -> bool:
        """Have ``size`` bytes ready; say whether there are so many. Raises _Torn."""
        while len(self._buffer) < size:
            if self._torn is not None:
                torn, self._torn = self._torn, None
                raise torn
            piece = next(self._pieces, None)
            if piece is None:
                return False
            if isinstance(piece, _Torn):
                raise piece
            if piece.doubtful:
                self._doubtful_from = self._at + len(self._buffer)
            if piece.member is not None:
                self._members.append((self._at + len(self._buffer), piece.member))
            self._buffer += piece.data
        self._enter()
        return True

    def _drop(self, size: int) -> None:
        del self._buffer[:size]
        self._at += size
        self._enter()

    def _enter(self) -> None:
        while self._members and self._members[0][0] <= self._at:
            self._member, self._in_member = self._members.popleft()[1], 0

    def _offset(self) -> int:
        return self._member if self._is_zipped else self._base + self._at


def _pieces(file: IO[bytes], offset: int) -> tuple[_Pieces, bool]:
    """Return a file's bytes without their compression, and whether they had members."""
    file.seek(0)
    magic = file.read(4)
    file.seek(offset)
    if magic.startswith(_GZIP[:2]):
        return _unzipped(file, offset), True
    if magic in _ZSTD:
        return _unpacked(file, ZstdReader), True
    if magic == _LZ4:
        return _unpacked(file, Lz4Reader), True
    return _plain(file), False


def _plain(file: IO[bytes]) -> _Pieces:
    while data := file.read(_BLOCK):
        yield _Piece(data)


def _unpacked(file: IO[bytes], reader: Callable[..., ZstdReader | Lz4Reader]) -> _Pieces:
    """Yield what a file of frames holds; what comes after a spoilt frame is lost."""
    file.seek(0)
    unpacker = reader(file)
    member: int | None = 0
    while True:
        try:
            data = unpacker.read(_BLOCK)
        except (OSError, ValueError, RuntimeError) as error:
            yield _Torn(
                unpacker.inner_tell(), f"it cannot be decompressed ({error})", is_gap=True
            )
            return
        if not data:
            return
        # Frames are not told apart: records are counted from the beginning of the file.
        yield _Piece(data, member)
        member = None


def _unzipped(file: IO[bytes], at: int) -> _Pieces:
    """Yield what each gzip member holds; after a spoilt one go on with the next.

    The last piece of a member waits for its checksum, so that no record is taken for whole
    of which that is not known.
    """
    raw = b""
    while raw or (raw := file.read(_BLOCK)):
        decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
        begin, waiting = at, _Piece(b"", at)
        try:
            while not decoder.eof and (raw or (raw := file.read(_BLOCK))):
                data = decoder.decompress(raw)
                at += len(raw) - len(decoder.unused_data)
                raw = decoder.unused_data
                yield waiting
                waiting = _Piece(data)
        except zlib.error as error:
            what = f"it cannot be decompressed ({error})"
            yield _Torn(begin, what, is_gap=True)
            at, raw = _next_member(file, begin + 1), b""
            file.seek(at)
            continue
        yield replace(waiting, doubtful=not decoder.eof)
        if not decoder.eof:
            yield _Torn(begin, "the file ends within it", is_gap=True)


def _next_member(file: IO[bytes], at: int) -> int:
    file.seek(at)
    tail = b""
    while block := file.read(_BLOCK):
        found = (tail + block).find(_GZIP)
        if found >= 0:
            return at - len(tail) + found
        at += len(block)
        tail = (tail + block)[-2:]
    return at


def _fields_of(head: bytes, charset: str) -> list[tuple[str, str]]:
    """Return name and value of each line; one that begins with a space goes on."""
    fields: list[tuple[str, str]] = []
    for line in head.decode(charset, "replace").split("\n"):
        text = line.rstrip("\r")
        if text[:1] in {" ", "\t"} and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {text.strip()}".strip())
            continue
        name, colon, value = text.partition(":")
        if colon and name.strip():
            fields.append((name.strip(), value.strip(" \t\0")))
    return fields


def _kept_fields(fields: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the fields of a head that are fields of HTTP, as our archive can hold them."""
    for name, value in fields:
        if _TOKEN.fullmatch(name) and name.lower() != "content-length":
            yield name, _CONTROL.sub(" ", value).strip()


def _error_of(record: Record) -> str | None:
    if record.fault:
        return Failure.TRUNCATED
    if not record.fields.get("warc-truncated"):
        return None
    named = record.fields.get("estovers-error", "")
    return Failure(named) if named in set(Failure) else Failure.TRUNCATED


def _framed(capture: Capture, fields: list[tuple[str, str]]) -> Capture:
    """Return a capture without its transfer coding, or with an error where it is cut.

    RFC 9112 section 6.3: a transfer coding overrides Content-Length.
    """
    named = [(name.lower(), value) for name, value in fields]
    lengths = {value for name, value in named if name == "content-length"}
    codings = ",".join(v for name, v in named if name == "transfer-encoding").lower()
    if codings.strip() not in {"", "identity"}:
        payload = without_chunks(capture.payload) if codings.strip() == "chunked" else None
        if not isinstance(payload, bytes):
            return replace(capture, error=capture.error or Failure.BAD_HTTP)
        return replace(capture, payload=payload)
    if lengths and lengths != {str(len(capture.payload))}:
        return replace(capture, error=capture.error or Failure.TRUNCATED)
    return capture


def _moment(text: str) -> datetime | None:
    """Return the time of a WARC-Date (WARC 1.1 section 5.4), to the microsecond."""
    found = _DATE.fullmatch(text.strip())
    if found is None or int(found[1]) < _FIRST_YEAR:
        return None
    *parts, fraction = found.groups()
    try:
        whole = datetime(*map(int, parts), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
    return whole.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))


def _matches(claimed: str, data: bytes) -> bool:
    """Say whether ``algorithm:value`` names these bytes; the value is base 32, 16 or 64."""
    algorithm, _, value = claimed.partition(":")
    name = algorithm.strip().lower().replace("-", "")
    if name not in _ALGORITHMS:
        return False
    digest = hashlib.new(name, data, usedforsecurity=False).digest()
    spelled = {
        base64.b32encode(digest).decode().rstrip("="),
        digest.hex().upper(),
    }
    plain = value.strip().rstrip("=")
    return plain.upper() in spelled or plain in {
        base64.b64encode(digest).decode().rstrip("="),
        base64.urlsafe_b64encode(digest).decode().rstrip("="),
    }
