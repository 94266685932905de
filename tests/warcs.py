"""WARC files as other crawlers write them, for tests: a record for each answer."""

import base64
import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1
from uuid import NAMESPACE_URL, uuid5

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

FREE = "User-agent: *\nDisallow: /closed/\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a host answered, as a record; ``refers`` makes it a revisit of another."""

    url: str
    body: str = ""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    at: datetime = NOON
    fields: tuple[str, ...] = ()
    record: tuple[str, ...] = ()
    refers: bool = False

    @property
    def block(self) -> bytes:
        body = b"" if self.refers else self.body.encode()
        head = [
            f"HTTP/1.1 {self.status} Answer", f"Content-Type: {self.kind}", *self.fields,
            *([] if self.refers else [f"Content-Length: {len(body)}"]), "", "",
        ]  # fmt: skip
        return "\r\n".join(head).encode("latin-1") + body

    def written(self) -> bytes:
        """Return the record without compression."""
        block = self.block
        name = uuid5(NAMESPACE_URL, f"{self.url} {self.at} {self.status}")
        lines = [
            "WARC/1.1",
            f"WARC-Type: {'revisit' if self.refers else 'response'}",
            f"WARC-Date: {self.at:%Y-%m-%dT%H:%M:%SZ}",
            f"WARC-Record-ID: <urn:uuid:{name}>",
            f"WARC-Target-URI: {self.url}",
            f"WARC-Block-Digest: {digest(block)}",
            f"WARC-Payload-Digest: {digest(self.body.encode())}",
            "Content-Type: application/http; msgtype=response",
            *self.record,
            f"Content-Length: {len(block)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + block + b"\r\n\r\n"


def digest(data: bytes) -> str:
    return f"sha1:{base64.b32encode(sha1(data).digest()).decode()}"


def robots(site: str, body: str = FREE, **facts: object) -> list[Answer]:
    """Return the policy files of a host that has robots.txt and no other."""
    given = {"kind": "text/plain", **facts}
    return [
        Answer(url=f"{site}/robots.txt", body=body, **given),  # type: ignore[arg-type]
        *nothing(site, **facts),
    ]


def nothing(site: str, **facts: object) -> list[Answer]:
    """Return that a host has no policy files beside robots.txt, as it answered."""
    return [
        Answer(url=f"{site}{path}", body="none", status=404, **facts)  # type: ignore[arg-type]
        for path in ("/ai.txt", "/.well-known/tdmrep.json")
    ]


def warc(answers: Iterable[Answer]) -> bytes:
    """Return a WARC file whose records were compressed one by one."""
    return b"".join(gzip.compress(one.written(), mtime=0) for one in answers)
