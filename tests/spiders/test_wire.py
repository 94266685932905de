"""The wire: public addresses alone, whole answers alone, and nothing said beyond need."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from scrapy import Request
from scrapy.crawler import Crawler

from pipeline.archive import exchange_of
from pipeline.model import Capture
from pipeline.vocab import Failure
from spiders.permits import PERMITS
from spiders.reach import Reach
from spiders.wire import MAX_BYTES
from tests import errand

HTML = "Content-Type: text/html"
PAGE = b"<title>whole</title>"
CHUNKED = f"HTTP/1.1 200 OK\r\n{HTML}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()


class Server:
    """A server on loopback that answers every request with the same bytes."""

    def __init__(self, answer: bytes, *, then: str = "close") -> None:
        self.answer = answer
        self.heads: list[bytes] = []
        self.connections = 0
        self._then = then

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.heads.append(head)
                writer.write(self.answer)
                await writer.drain()
                if self._then == "wait":
                    await asyncio.sleep(30)
                if self._then != "keep":
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def at(self, address: str = "127.0.0.1") -> AsyncIterator[int]:
        """Listen at an address; yield the port."""
        server = await asyncio.start_server(self.serve, address, 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()


def whole(body: bytes = PAGE, *fields: str, status: str = "200 OK") -> bytes:
    """Return an answer with its length."""
    lines = [f"HTTP/1.1 {status}", HTML, f"Content-Length: {len(body)}", *fields]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def received(answer: bytes, *, then: str = "close", limit: int = 100_000) -> Capture:
    """Return what the wire makes of an answer."""
    found: list[Capture] = []
    server = Server(answer, then=then)

    async def ask(crawler: Crawler) -> None:
        async with server.at() as port:
            url = f"http://127.0.0.1:{port}/"
            reach[f"127.0.0.1:{port}"] = ("127.0.0.1", port)
            found.append(await errand.captured(crawler, url, **{MAX_BYTES: limit}))

    reach: dict[str, tuple[str, int]] = {}
    errand.run(ask, reach=Reach(reach), manner=replace(errand.MANNER, timeout=1.0))
    return found[0]


def test_a_whole_answer_is_taken_as_it_came() -> None:
    body = gzip.compress(PAGE)

    capture = received(whole(body, "Content-Encoding: gzip", "X-Odd: caf\xe9"))

    assert (capture.status, capture.error, capture.payload) == (200, None, body)
    assert capture.headers == (
        ("Content-Type", "text/html"),
        ("Content-Length", str(len(body))),
        ("Content-Encoding", "gzip"),
        ("X-Odd", "caf\xe9"),
    )
    assert capture.address == "127.0.0.1"
    assert exchange_of(capture).body == PAGE


BROKEN: Mapping[str, tuple[bytes, Failure]] = {
    "shorter than its length": (whole()[:-5], Failure.TRUNCATED),
    "a chunk is cut": (
        CHUNKED + b"13\r\n<ti",
        Failure.TRUNCATED,
    ),
    "the last chunk is missing": (
        CHUNKED + b"2\r\nab\r\n",
        Failure.TRUNCATED,
    ),
    "its end is only that of the connection": (
        f"HTTP/1.1 200 OK\r\n{HTML}\r\n\r\nmay be cut".encode(), Failure.UNDELIMITED,
    ),
    "longer than the limit": (whole(b"x" * 100_001), Failure.TOO_LARGE),
    "no answer": (b"", Failure.CONNECTION_RESET),
    "no status line": (b"LOL what\r\n\r\n", Failure.BAD_HTTP),
    "two lengths": (whole(PAGE, "Content-Length: 3"), Failure.BAD_HTTP),
    "length and chunks": (whole(PAGE, "Transfer-Encoding: chunked"), Failure.BAD_HTTP),
    "a negative length": (
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", Failure.BAD_HTTP,
    ),
    "a header without end": (whole(PAGE, "X-Big: " + "a" * 100_000), Failure.BAD_HTTP),
    "a header without a colon": (whole(PAGE, "broken line"), Failure.BAD_HTTP),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "failure"), BROKEN.values(), ids=BROKEN)
def test_an_answer_that_is_not_whole_has_the_name_of_what_is_missing(
    answer: bytes, failure: Failure
) -> None:
    assert received(answer).error == failure


def test_a_server_that_does_not_go_on_is_left() -> None:
    assert received(whole()[:-5], then="wait").error == Failure.TIMEOUT
    assert received(b"", then="wait").error == Failure.TIMEOUT


def test_what_is_over_the_limit_is_not_held_in_memory() -> None:
    capture = received(whole(b"x" * 90_000), limit=1000)

    assert capture.error == Failure.TOO_LARGE
    assert len(capture.payload) <= 1000


CODED: Mapping[str, tuple[str, bytes, Failure]] = {
    "cut": ("gzip", gzip.compress(PAGE)[:-9], Failure.TRUNCATED),
    "wrong checksum": ("gzip", gzip.compress(PAGE)[:-8] + bytes(8), Failure.BAD_ENCODING),
    "not gzip": ("gzip", b"not gzip", Failure.BAD_ENCODING),
    "not deflate": ("deflate", b"nor deflate", Failure.BAD_ENCODING),
    "unknown": ("x-nonsense", PAGE, Failure.BAD_ENCODING),
}


@pytest.mark.parametrize(("coding", "body", "failure"), CODED.values(), ids=CODED)
def test_a_coding_that_cannot_be_undone_leaves_no_body(
    coding: str, body: bytes, failure: Failure
) -> None:
    exchange = exchange_of(received(whole(body, f"Content-Encoding: {coding}")))

    assert (exchange.error, exchange.body) == (failure, b"")


# What is no host name and no address either is refused by aiohttp itself.
DISGUISED = ["2130706433", "0177.0.0.1", "127.1"]
PRIVATE = [
    "127.0.0.1",
    "0x7f.1",
    "0.0.0.0",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[fe80::1]",
    "[fd00::1]",
    "10.0.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
]


def test_an_address_that_is_not_public_is_refused_before_a_connection() -> None:
    server = Server(whole())
    errors: dict[str, str | None] = {}

    async def ask(crawler: Crawler) -> None:
        async with server.at("127.0.0.1") as port:
            for host in (*PRIVATE, *DISGUISED):
                capture = await errand.captured(crawler, f"http://{host}:{port}/")
                errors[host] = capture.error

    errand.run(ask)

    assert errors == dict.fromkeys(PRIVATE, Failure.ADDRESS) | dict.fromkeys(
        DISGUISED, Failure.BAD_HTTP
    )
    assert server.connections == 0


@pytest.mark.parametrize("second", ["127.0.0.1", "10.1.2.3", "fe80::1"])
def test_a_name_with_one_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    def lookup(*_: object, **__: object) -> list[tuple[object, ...]]:
        kind = socket.AF_INET6 if ":" in second else socket.AF_INET
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80)),
            (kind, socket.SOCK_STREAM, 6, "", (second, 80)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    errors = []

    async def ask(crawler: Crawler) -> None:
        errors.append((await errand.captured(crawler, "http://rebinding.example/")).error)

    errand.run(ask)

    assert errors == [Failure.ADDRESS]


def test_a_name_is_looked_up_once_for_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    lookups: list[object] = []

    def lookup(host: object, *_: object, **__: object) -> list[tuple[object, ...]]:
        lookups.append(host)
        address = "192.0.2.1" if len(lookups) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)

    async def ask(crawler: Crawler) -> None:
        await errand.captured(crawler, "http://rebinding.example/")

    errand.run(ask)

    assert lookups == ["rebinding.example"]


def test_requests_carry_no_credentials_cookies_or_referrer() -> None:
    server = Server(whole(PAGE, "Set-Cookie: sid=1; Path=/"), then="keep")
    said = {
        "Cookie": "sid=2",
        "Referer": "http://elsewhere.example/",
        "Authorization": "Basic YTpi",
        "Proxy-Authorization": "Basic YTpi",
        "User-Agent": "Mozilla/5.0",
        "From": "someone@else.example",
        "If-None-Match": '"1"',
    }
    reach: dict[str, tuple[str, int]] = {}

    async def ask(crawler: Crawler) -> None:
        async with server.at() as port:
            reach["a.example"] = ("127.0.0.1", port)
            for _ in range(2):
                PERMITS.of(crawler).issue("GET", "http://a.example/")
                await errand.past_the_gate(
                    crawler, Request("http://a.example/", headers=said)
                )

    errand.run(ask, reach=Reach(reach))

    heads = [head.decode().split("\r\n") for head in server.heads]
    fields = [dict(line.split(": ", 1) for line in head[1:-2]) for head in heads]
    expected = {
        "Host": "a.example",
        "Accept": "*/*",
        "User-Agent": errand.MANNER.user_agent,
        "From": errand.MANNER.from_address,
        "If-None-Match": '"1"',
    }
    for sent in fields:
        assert sent.pop("Accept-Encoding")
        assert sent == expected


def test_a_password_in_a_url_is_not_sent() -> None:
    server = Server(whole())
    errors = []

    async def ask(crawler: Crawler) -> None:
        async with server.at() as port:
            reach["a.example"] = ("127.0.0.1", port)
            capture = await errand.captured(crawler, "http://u:p@a.example/")
            errors.append(capture.error)

    reach: dict[str, tuple[str, int]] = {}
    errand.run(ask, reach=Reach(reach))

    assert (errors, server.connections) == ([Failure.ADDRESS], 0)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = Server(whole(b"proxy")), Server(whole(b"server"))
    payloads = []

    async def ask(crawler: Crawler) -> None:
        async with proxy.at() as elsewhere, server.at() as port:
            for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{elsewhere}")
            reach["a.example"] = ("127.0.0.1", port)
            payloads.append((await errand.captured(crawler, "http://a.example/")).payload)

    reach: dict[str, tuple[str, int]] = {}
    errand.run(ask, reach=Reach(reach))

    assert (payloads, proxy.connections) == ([b"server"], 0)


def test_a_second_answer_that_nobody_asked_for_is_nobodys_answer() -> None:
    smuggled = whole(b"first") + whole(b"smuggled")
    payloads: list[bytes] = []

    async def ask(crawler: Crawler) -> None:
        server = Server(smuggled, then="keep")
        async with server.at() as port:
            reach["a.example"] = ("127.0.0.1", port)
            for path in ("one", "two"):
                capture = await errand.captured(crawler, f"http://a.example/{path}")
                payloads.append(capture.payload)

    reach: dict[str, tuple[str, int]] = {}
    errand.run(ask, reach=Reach(reach))

    assert payloads == [b"first", b"first"]
