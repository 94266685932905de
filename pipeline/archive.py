"""The archive: WARC 1.1 files of what was received, appended to and read back by place.

A record is one gzip member, so that any of them can be read alone. Each start of a writer
begins a new file: a file that a killed process left is never appended to, only cut back to
its last whole record.
"""

import io
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import quote, unquote
from uuid import UUID, uuid5

from fastwarc.stream_io import GzipReader, GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType

from pipeline.coding import decode
from pipeline.errors import ArchiveFault
from pipeline.model import Capture, Exchange, digest_of
from pipeline.vocab import Digest, Failure

if TYPE_CHECKING:
    from pipeline.clock import Clock

ARCHIVE: Final = "archive"
QUARANTINE: Final = "quarantine"
"""The stores of a corpus: what may be used, and what waits for a person."""

FILE_LIMIT: Final = 1 << 30
"""Bytes after which a new file is begun."""

_LEVEL: Final = 6
_NAMESPACE: Final = UUID("5b1c6a0e-3c55-4d43-9a35-4f3a2f6d7a10")
_NAME: Final = re.compile(r"estovers-(\d{5})\.warc\.gz")

# What the payload no longer has when it reaches us; kept under another name, as the
# record's block has to be readable as HTTP/1.1. A field that a host sends under such a
# name gets the prefix once more, so that what is read back is what was sent.
_RENAMED: Final = "X-Crawler-"
_REMOVED: Final = re.compile(
    r"(?:x-crawler-)*(?:transfer-encoding|content-length)", re.IGNORECASE
)

_HEAD_LIMIT: Final = 1 << 24
"""Longest HTTP head that is read back: twice what the wire takes in at most."""

_TARGET: Final = "WARC-Target-URI"
_ERROR: Final = "Estovers-Error"
_ORIGIN: Final = "Estovers-Taken-From"
_PLAIN: Final = "/#!$&'()*+,;=:@~ "
_CAUSES: Final[dict[str, str]] = {Failure.TOO_LARGE: "length", Failure.TIMEOUT: "time"}
"""What WARC-Truncated calls our failures (WARC 1.1 section 5.13); else disconnect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a response record stands: file name, offset and length in bytes."""

    file: str
    start: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A response record that was read back, with its place and its kind of request.

    ``origin`` names the record of another's file that it was taken from, if it was.
    """

    place: Place
    capture: Capture
    kind: str
    origin: str = ""


class Archive:
    """One store of WARC files (``archive`` or ``quarantine``), open for appending.

    ``clock`` dates the first record of each file.
    """

    def __init__(self, folder: Path, *, software: str, clock: "Clock") -> None:
        self._folder = folder
        self._software = software
        self._clock = clock
        self._file: IO[bytes] | None = None
        self._name = ""
        self._dirty = False

    def append_member(self, member: bytes, request: bytes = b"") -> Place:
        """Write a response, and the request for it if there is one, as members.

        Return the response's place. Durable only after ``sync``. Raises ArchiveFault
        where the disk takes no more.
        """
        try:
            return self._write(member, request)
        except OSError as error:
            raise self._fault(error) from error

    def sync(self) -> None:
        """Return when all that was appended is on the disk."""
        if self._file is None or not self._dirty:
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._fault(error) from error
        self._dirty = False

    def close(self) -> None:
        """Sync and close the file."""
        if self._file is not None:
            self.sync()
            self._file.close()
            self._file = None

    def _write(self, response: bytes, request: bytes) -> Place:
        file = self._open()
        start = file.tell()
        file.write(response)
        file.write(request)
        self._dirty = True
        place = Place(file=self._name, start=start, length=len(response))
        if file.tell() > FILE_LIMIT:
            self.close()
        return place

    def _open(self) -> IO[bytes]:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            number = 1 + max((_number(path) for path in files(self._folder)), default=0)
            self._name = f"estovers-{number:05}.warc.gz"
            self._file = (self._folder / self._name).open("xb")
            self._file.write(_warcinfo_record(self._name, self._software, self._clock()))
            # The name of a new file survives a power cut only with its folder's entry.
            _sync_folder(self._folder)
        return self._file

    def _fault(self, error: OSError) -> ArchiveFault:
        return ArchiveFault(
            f"{self._folder}: the archive cannot be written ({error.strerror}). Free disk "
            "space or repair the disk and run the command again: what was kept is safe."
        )


def member_of(capture: Capture, *, kind: str, origin: str = "") -> bytes:
    """Return a response as the gzip member that stands for it in the archive.

    ``origin`` names the record of another's file that it was taken from.
    """
    return _response_record(capture, kind, origin)


def members_of(capture: Capture, *, kind: str) -> tuple[bytes, bytes]:
    """Return a response and the request for it as the gzip members that stand for them."""
    return member_of(capture, kind=kind), _request_record(capture)


def files(folder: Path) -> list[Path]:
    """Return the WARC files that Estovers wrote in ``folder``, in the order of writing."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def read(folder: Path, place: Place) -> Stored:
    """Return the response record at ``place``.

    Raises ArchiveFault where it is missing or its payload does not match its digest.
    """
    path = folder / place.file
    try:
        with path.open("rb") as file:
            file.seek(place.start)
            member = file.read(place.length)
    except OSError as error:
        raise _damaged(path, place.start, str(error)) from error
    stored = _stored(path, place, member)
    if stored is None:
        raise _damaged(path, place.start, "no response record stands there")
    return stored


def scan(path: Path, *, start: int = 0) -> Iterator[Stored]:
    """Yield the whole response records of a file from offset ``start`` on.

    Stops without complaint at a torn end: ``repair`` tells and cuts it. Raises
    ArchiveFault where a whole record does not hold what it claims.
    """
    for begin, end in _members(path, start):
        with path.open("rb") as file:
            file.seek(begin)
            member = file.read(end - begin)
        place = Place(file=path.name, start=begin, length=end - begin)
        stored = _stored(path, place, member)
        if stored is not None:
            yield stored


def repair(path: Path, *, start: int = 0) -> int:
    """Cut a file back to its last whole record; return how many bytes were torn.

    ``start`` is an offset up to which the file is known to be whole.
    """
    end = start
    for _begin, stop in _members(path, start):
        end = stop
    # A file that is shorter than ``start`` has lost records; none are made up for them.
    torn = max(0, path.stat().st_size - end)
    if torn:
        with path.open("r+b") as file:
            file.truncate(end)
            os.fsync(file.fileno())
    return torn


def exchange_of(capture: Capture) -> Exchange:
    """Return a capture as judgement sees it: its content coding removed, or an error."""
    body: bytes = capture.payload
    error = capture.error
    if error is None and capture.payload:
        codings = [v for k, v in capture.headers if k.lower() == "content-encoding"]
        decoded = decode(capture.payload, codings)
        if isinstance(decoded, Failure):
            body, error = b"", str(decoded)
        else:
            body = decoded
    return Exchange(
        url=capture.url,
        status=capture.status,
        headers=capture.headers,
        body=body,
        error=error,
        read_at=capture.read_at,
        digest=digest_of(capture.payload) if capture.status is not None else Digest(""),
    )


def _members(path: Path, start: int) -> Iterator[tuple[int, int]]:
    with path.open("rb") as file:
        file.seek(start)
        begin = start
        buffer = file.read(1 << 16)
        while buffer:
            decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
            size = 0
            while buffer:
                try:
                    decoder.decompress(buffer)
                except zlib.error:
                    return
                size += len(buffer) - len(decoder.unused_data)
                buffer = b"" if decoder.eof else file.read(1 << 16)
            if not decoder.eof:
                return
            yield begin, begin + size
            begin += size
            buffer = decoder.unused_data or file.read(1 << 16)


def _response_record(capture: Capture, kind: str, origin: str) -> bytes:
    headers = [
        (f"{_RENAMED}{name}" if _REMOVED.fullmatch(name) else name, value)
        for name, value in capture.headers
    ]
    headers.append(("Content-Length", str(len(capture.payload))))
    status = f"HTTP/1.1 {capture.status} {capture.reason}"
    block = _head(status, headers) + capture.payload
    record = _record(capture, WarcRecordType.response, block, role="response")
    record.headers["WARC-Payload-Digest"] = digest_of(capture.payload)
    record.headers["Estovers-Kind"] = kind
    if origin:
        record.headers[_ORIGIN] = quote(origin, safe=_PLAIN)
    if capture.address:
        record.headers["WARC-IP-Address"] = capture.address
    if capture.error:
        record.headers["WARC-Truncated"] = _CAUSES.get(capture.error, "disconnect")
        record.headers[_ERROR] = capture.error
    return _member(record)


def _request_record(capture: Capture) -> bytes:
    target = re.sub(r"^[a-z]+://[^/]*", "", capture.url) or "/"
    block = _head(f"GET {target} HTTP/1.1", capture.request_headers)
    record = _record(capture, WarcRecordType.request, block, role="request")
    record.headers["WARC-Concurrent-To"] = f"<urn:uuid:{_uuid(capture, 'response')}>"
    return _member(record)


def _record(
    capture: Capture, kind: WarcRecordType, block: bytes, *, role: str
) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(kind, f"uuid:{_uuid(capture, role)}".encode())
    record.headers["WARC-Date"] = _warc_date(capture.read_at)
    record.headers[_TARGET] = capture.url
    record.headers["Content-Type"] = f"application/http; msgtype={role}"
    record.headers["WARC-Block-Digest"] = digest_of(block)
    record.set_bytes_content(block)
    return record


def _warcinfo_record(name: str, software: str, now: datetime) -> bytes:
    block = (
        f"software: {software}\r\nformat: WARC File Format 1.1\r\n"
        "conformsTo: https://iipc.github.io/warc-specifications/specifications/"
        "warc-format/warc-1.1/\r\nrobots: obeyed (RFC 9309, AIPREF, TDMRep, RSL)\r\n"
    ).encode()
    record = WarcRecord()
    # Named by what it says: the same captures give the same file.
    name_of_it = uuid5(_NAMESPACE, f"warcinfo {name} {software}")
    record.init_headers(WarcRecordType.warcinfo, f"uuid:{name_of_it}".encode())
    record.headers["WARC-Date"] = _warc_date(now)
    record.headers["WARC-Filename"] = name
    record.headers["Content-Type"] = "application/warc-fields"
    record.set_bytes_content(block)
    return _member(record)


def _member(record: WarcRecord) -> bytes:
    buffer = io.BytesIO()
    writer = GzipWriter(buffer, compression_level=_LEVEL)
    record.write(writer)
    writer.finish()
    return buffer.getvalue()


def _head(
    first: str, headers: list[tuple[str, str]] | tuple[tuple[str, str], ...]
) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def _stored(path: Path, place: Place, member: bytes) -> Stored | None:
    try:
        record = WarcRecord.from_reader(GzipReader(io.BytesIO(member)))
        if record.record_type != WarcRecordType.response:
            return None
        record.parse_http(max_header_len=_HEAD_LIMIT)
        capture = _capture(record)
        claimed = record.headers.get("WARC-Payload-Digest")
        if claimed is not None and claimed != digest_of(capture.payload):
            raise _damaged(path, place.start, f"the payload's digest is not {claimed}")
    except (OSError, ValueError, RuntimeError) as error:
        raise _damaged(path, place.start, str(error)) from error
    kind = record.headers.get("Estovers-Kind") or "page"
    origin = unquote(record.headers.get(_ORIGIN) or "")
    return Stored(place=place, capture=capture, kind=kind, origin=origin)


def _capture(record: WarcRecord) -> Capture:
    # fastwarc takes text for Windows-1252; on the wire it is Latin-1.
    fields = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in record.http_headers.items_bytes()
    ]
    status = (record.http_headers.status_line_bytes or b"").decode("latin-1")
    return Capture(
        url=(record.headers.get(_TARGET) or "").strip("<>"),
        read_at=record.record_date.astimezone(UTC),
        status=record.http_headers.status_code,
        reason=status.partition(" ")[2].partition(" ")[2],
        headers=tuple(_as_sent(fields)),
        payload=record.reader.read(),
        address=record.headers.get("WARC-IP-Address"),
        error=_error_of(record),
    )


def _as_sent(fields: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield header fields under their own names, without the length of the block."""
    for name, value in fields:
        lower = name.lower()
        if lower.startswith(_RENAMED.lower()) and _REMOVED.fullmatch(name):
            yield name[len(_RENAMED) :], value
        elif lower != "content-length":
            yield name, value


def _error_of(record: WarcRecord) -> str | None:
    if not record.headers.get("WARC-Truncated"):
        return None
    return record.headers.get(_ERROR) or Failure.TRUNCATED


def _uuid(capture: Capture, role: str) -> UUID:
    name = (
        f"{role} {capture.url} {capture.read_at.isoformat()} {digest_of(capture.payload)}"
    )
    return uuid5(_NAMESPACE, name)


def _warc_date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _number(path: Path) -> int:
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else 0


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _damaged(path: Path, offset: int, cause: str) -> ArchiveFault:
    return ArchiveFault(
        f"{path}, offset {offset}: the record cannot be read ({cause}). Restore the file "
        "from a copy; the ledger names what it has to hold."
    )
