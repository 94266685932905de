"""A folder of hosts, ``DIR/<host>/...``, served over real HTTP on the loopback address.

One server on one ephemeral port stands for the whole web; the Host field tells the hosts
apart, and each behaves as a static host does. It runs in a process of its own, so that it
never shares the crawler's interpreter, and writes each request down before it answers.
"""

import asyncio
import email.utils
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from io import RawIOBase
from pathlib import Path
from typing import Final

from pipeline.errors import EstoversError, InputFault
from spiders.static import Answer, Request, Site, answer, load_sites, overlaid, plain_answer

LOOPBACK: Final = "127.0.0.1"
_PROJECT: Final = Path(__file__).resolve().parents[1]
_METHODS: Final = frozenset({"GET", "HEAD"})
_HEAD_LIMIT: Final = 64 * 1024
_REQUEST_WORDS: Final = 3
_WITNESSED: Final = (
    "From",
    "Referer",
    "Cookie",
    "Authorization",
    "Accept-Encoding",
    "If-None-Match",
    "If-Modified-Since",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A web that is being served: the port on 127.0.0.1 and the names of its hosts."""

    port: int
    hosts: frozenset[str]


@contextmanager
def serve(directory: Path, *, log: Path | None = None) -> Iterator[Served]:
    """Serve ``DIR/<host>/...`` from a child process until the block ends.

    ``log`` gets one JSON line for each request, before its answer is sent. Rule files are
    read once; all other files are read as they are at each request.

    Raises InputFault where the folder has no host, a rule file has a fault, or the log
    cannot be written.
    """
    sites = load_sites(directory)
    if log is not None:
        _verify_writable(log)
    command = [sys.executable, "-m", "spiders.web", str(directory.absolute())]
    command += [str(log.absolute())] if log is not None else []
    # A session of its own: Ctrl-C must reach the crawler, which then ends the server.
    with subprocess.Popen(  # noqa: S603  (this interpreter, this module)
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_PROJECT,
        start_new_session=True,
    ) as child:
        try:
            yield Served(port=_port_of(child), hosts=frozenset(sites))
        finally:
            child.kill()


def parse_request(head: bytes) -> Request | None:
    """Return the request that a message head spells, or None where it is malformed.

    ``host`` is in lower case and without its port; an absolute target counts before the
    Host field (RFC 9112 section 3.2.2).
    """
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    pairs = [line.partition(":") for line in lines]
    whole = all(name and colon for name, colon, _ in pairs)
    if len(words) != _REQUEST_WORDS or not words[2].startswith("HTTP/1.") or not whole:
        return None
    method, target, version = words
    fields = {name.lower(): value.strip(" \t") for name, _, value in pairs}
    absolute = re.fullmatch(r"https?://([^/?#]*)(.*)", target, re.IGNORECASE)
    host, path = absolute.groups() if absolute else (fields.get("host", ""), target)
    return Request(
        method=method,
        target=path if path.startswith("/") else f"/{path}",
        host=re.sub(r":\d*$", "", host).lower(),
        version=version,
        fields=fields,
    )


class _Connection(asyncio.Protocol):
    """One client's connection: reads message heads, answers each in its turn."""

    def __init__(self, sites: Mapping[str, Site], *, log: RawIOBase | None) -> None:
        self._sites = sites
        self._log = log
        self._waiting = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            self._answer(head)
        if len(self._waiting) > _HEAD_LIMIT:
            self._send(plain_answer(431, "The head of the request is too long."), body=True)
            self._close()

    def _answer(self, head: bytes) -> None:
        arrived = time.time()
        request = parse_request(head)
        reply = _reply_to(request, sites=self._sites)
        if self._log is not None:
            self._log.write(_log_line(request, status=reply.status, arrived=arrived))
        self._send(reply, body=request is None or request.method != "HEAD")
        if request is None or _closes(request):
            self._close()

    def _send(self, reply: Answer, *, body: bool) -> None:
        if self._transport is not None:
            self._transport.write(_message_of(reply, body=body))

    def _close(self) -> None:
        self._waiting = b""
        if self._transport is not None:
            self._transport.close()


def _reply_to(request: Request | None, *, sites: Mapping[str, Site]) -> Answer:
    if request is None or _has_body(request):
        return plain_answer(400, "Not a request without a body in HTTP/1.1.")
    site = sites.get(request.host)
    if site is None:
        return plain_answer(421, "This server does not speak for that host.")
    if request.method not in _METHODS:
        refusal = plain_answer(405, "Only GET and HEAD.")
        return overlaid(refusal, (("Allow", "GET, HEAD"),))
    return answer(site, request)


def _has_body(request: Request) -> bool:
    length = request.fields.get("content-length", "0")
    return length != "0" or "transfer-encoding" in request.fields


def _closes(request: Request) -> bool:
    options = request.fields.get("connection", "").lower().replace(" ", "").split(",")
    old = request.version != "HTTP/1.1" and "keep-alive" not in options
    return old or "close" in options or _has_body(request)


def _message_of(reply: Answer, *, body: bool) -> bytes:
    fields = [*reply.fields, ("Date", email.utils.formatdate(usegmt=True))]
    if reply.status != HTTPStatus.NOT_MODIFIED:
        fields.append(("Content-Length", str(len(reply.body))))
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in fields]
    head = "\r\n".join(lines) + "\r\n\r\n"
    return head.encode() + (reply.body if body else b"")


def _log_line(request: Request | None, *, status: int, arrived: float) -> bytes:
    fields = request.fields if request else {}
    said = {name: fields[name.lower()] for name in _WITNESSED if name.lower() in fields}
    entry = {
        "time": arrived,
        "host": request.host if request else "",
        "method": request.method if request else "",
        "path": request.target if request else "",
        "status": status,
        "user_agent": fields.get("user-agent", ""),
        "headers": said,
    }
    return json.dumps(entry).encode() + b"\n"


def _verify_writable(log: Path) -> None:
    try:
        log.open("ab").close()
    except OSError as error:
        raise InputFault(
            f"{log}: cannot be written ({error.strerror}). Name a file in a folder that"
            " exists."
        ) from error


def _port_of(child: subprocess.Popen[bytes]) -> int:
    line = child.stdout.readline() if child.stdout else b""
    if not line:
        raise EstoversError(
            f"The loopback server did not start (exit status {child.wait()}). Its own"
            " message stands above."
        )
    return int(line)


async def _serve_here(sites: Mapping[str, Site], *, log: RawIOBase | None) -> None:
    """Serve until standard input ends, which it does when the parent does."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Connection(sites, log=log), LOOPBACK, 0, backlog=1024
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.buffer.read)
    server.close()


def _main(directory: str, log: str = "") -> None:
    sites = load_sites(Path(directory))
    if not log:
        asyncio.run(_serve_here(sites, log=None))
        return
    # Unbuffered: a line is in the file before its answer is on the wire.
    with Path(log).open("ab", buffering=0) as witness:
        asyncio.run(_serve_here(sites, log=witness))


if __name__ == "__main__":
    _main(*sys.argv[1:])
