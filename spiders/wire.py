"""The wire: the innermost download handler, where a request without a permit ends.

It speaks HTTP through aiohttp and nothing else, connects to public addresses alone, sends
no cookies, credentials or referrer, follows no redirect, and stops at its limits. What
came back is a ``Capture``, whole or with the name of what is missing.
"""

import asyncio
import socket
import ssl
from ipaddress import IPv4Address, IPv6Address, ip_address
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from pipeline import coding
from pipeline.model import Capture
from pipeline.vocab import Failure
from spiders.manners import MANNERS, back_off_of
from spiders.permits import PERMITS
from spiders.reach import Reach
from spiders.shelf import Shelf

CAPTURE: Final = "estovers_capture"
"""Key in ``request.meta`` under which the capture is handed to the gate."""

MAX_BYTES: Final = "estovers_max_bytes"
"""Key in ``request.meta`` for the most payload bytes of this request."""

_UNSENT: Final = frozenset(
    {"cookie", "referer", "authorization", "proxy-authorization", "accept-encoding"}
)
_WITHOUT_BODY: Final = frozenset({204, 304})


def _public_only(_crawler: Crawler) -> Reach:
    return Reach()


REACH: Final = Shelf(_public_only)
"""Where each crawler may connect to."""


class NotFound(OSError):
    """A host that is not served while the live web is not asked."""


class AddressRefused(OSError):
    """A host that resolves to an address which is not public."""


class WireFailure(DownloadFailedError):
    """No whole answer came; ``capture`` says what failed and what did come."""

    def __init__(self, capture: Capture) -> None:
        super().__init__(f"{capture.url}: {capture.error}")
        self.capture = capture


class Wire:
    """Scrapy's download handler for http and https."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._permits = PERMITS.of(crawler)
        self._manners = MANNERS.of(crawler)
        self._reach = REACH.of(crawler)
        self._timeout = aiohttp.ClientTimeout(total=settings.getfloat("DOWNLOAD_TIMEOUT"))
        self._max_bytes = settings.getint("DOWNLOAD_MAXSIZE")
        self._agent: str = settings.get("USER_AGENT") or "Estovers"
        self._from: str | None = settings.get("ESTOVERS_FROM")
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Wire":
        """Build the handler as Scrapy asks for it."""
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        """Send one permitted request and return what came.

        Raises NotPermitted or HostWaits before anything is sent, WireFailure where no whole
        answer came.
        """
        host = urlsplit(request.url).hostname or ""
        async with self._manners.turn(host):
            self._permits.use(request.method, request.url)
            capture = await self._exchange(request)
            # Before the next in line has its turn.
            seconds = back_off_of(capture)
            if seconds is not None:
                self._manners.back_off(host, seconds)
        request.meta[CAPTURE] = capture
        if capture.error is not None or capture.status is None:
            raise WireFailure(capture)
        headers = Headers()
        for name, value in capture.headers:
            headers.appendlist(name, value.encode("latin-1"))
        kind = responsetypes.from_args(headers=headers, url=request.url)
        return kind(
            request.url,
            status=capture.status,
            headers=headers,
            body=capture.payload,
            request=request,
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _exchange(self, request: Request) -> Capture:
        started = monotonic()
        sent = self._headers(request)
        seen = _Seen()
        try:
            self._refuse_literal(request.url)
            await self._receive(request, sent, seen)
        except AddressRefused:
            seen.error = Failure.ADDRESS
        except NotFound:
            seen.error = Failure.DNS
        except TimeoutError:
            seen.error = Failure.TIMEOUT
        except aiohttp.ClientError as error:
            seen.error = _failure_of(error)
        except (OSError, ValueError):
            seen.error = Failure.BAD_HTTP
        return Capture(
            url=request.url,
            read_at=self._reach.clock(),
            status=seen.status,
            reason=seen.reason,
            headers=tuple(seen.headers),
            payload=b"".join(seen.chunks),
            request_headers=tuple(sent.items()),
            address=seen.address,
            error=seen.error,
            seconds=monotonic() - started,
        )

    async def _receive(self, request: Request, sent: dict[str, str], seen: "_Seen") -> None:
        limit = int(request.meta.get(MAX_BYTES, self._max_bytes))
        async with self._open().request(
            request.method,
            self._address_of(request.url),
            headers=sent,
            allow_redirects=False,
            timeout=self._timeout,
        ) as response:
            seen.status = response.status
            seen.reason = response.reason or ""
            seen.headers = [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in response.raw_headers
            ]
            if isinstance(response, _Response):
                seen.address = response.address
            async for chunk in response.content.iter_any():
                seen.size += len(chunk)
                if seen.size > limit:
                    seen.error = Failure.TOO_LARGE
                    response.close()
                    return
                seen.chunks.append(chunk)
            seen.error = _unsure_end(response)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=_Resolver(self._reach),
                    use_dns_cache=False,
                    limit=0,
                    ssl=ssl.create_default_context(),
                ),
                response_class=_Response,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                max_line_size=16_384,
                max_field_size=65_536,
                skip_auto_headers=(
                    "Accept",
                    "Accept-Encoding",
                    "Content-Type",
                    "User-Agent",
                ),
            )
        return self._session

    def _headers(self, request: Request) -> dict[str, str]:
        own = {"User-Agent": self._agent, "Accept-Encoding": coding.ACCEPTED}
        if self._from:
            own["From"] = self._from
        theirs = {
            name.decode("latin-1"): values[-1].decode("latin-1")
            for name, values in request.headers.items()
            if values and name.decode("latin-1").lower() not in _UNSENT
        }
        return {"Accept": "*/*", **theirs, **own}

    def _address_of(self, url: str) -> yarl.URL:
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.netloc in self._reach.served:
            # The loopback server stands for the host whatever the scheme; it has no
            # certificate for a name that is not its own.
            url = "http" + url.removeprefix("https")
        return yarl.URL(url, encoded=True)

    def _refuse_literal(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or parts.username is not None:
            raise AddressRefused(url)
        if parts.netloc in self._reach.served:
            return
        if not self._reach.is_live and parts.hostname not in self._reach.served:
            raise NotFound(url)
        try:
            address = ip_address(parts.hostname or "")
        except ValueError:
            return
        _require_public(address)


class _Response(aiohttp.ClientResponse):
    """A response that knows where it came from.

    aiohttp lets go of the connection as soon as a short answer is in, before the caller
    sees the response.
    """

    address: str | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        peer = connection.transport and connection.transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else None
        return await super().start(connection)


class _Seen:
    """What has come of one answer so far."""

    __slots__ = ("address", "chunks", "error", "headers", "reason", "size", "status")

    def __init__(self) -> None:
        self.address: str | None = None
        self.chunks: list[bytes] = []
        self.error: Failure | None = None
        self.headers: list[tuple[str, str]] = []
        self.reason = ""
        self.size = 0
        self.status: int | None = None


class _Resolver(AbstractResolver):
    """Names to addresses: loopback for what is served there, else public ones only.

    aiohttp connects to exactly what is returned here, so a second lookup cannot rebind a
    name to another address.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        served = self._reach.served.get(host) or self._reach.served.get(f"{host}:{port}")
        if served is not None:
            return [_result(host, served[0], port=served[1], family=socket.AF_INET)]
        if not self._reach.is_live:
            raise NotFound(f"{host} is not served, and the live web is not asked")
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        results = []
        for kind, _type, _protocol, _name, address in found:
            # One private answer spoils all: a name that is sometimes private is a trap.
            _require_public(ip_address(address[0]))
            results.append(
                _result(host, str(address[0]), port=int(address[1]), family=kind)
            )
        return results

    async def close(self) -> None:
        """Nothing is held open."""


def _result(host: str, address: str, *, port: int, family: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST,
    )


def _require_public(address: IPv4Address | IPv6Address) -> None:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        teredo = address.teredo
        if teredo is not None or address in _NAT64:
            raise AddressRefused(f"{address} hides another address")
        if inner is not None:
            address = inner
    if not address.is_global or address.is_multicast:
        raise AddressRefused(f"{address} is not a public address")


class _Nat64:
    """The well-known prefix 64:ff9b::/96 (RFC 6052) and its local-use sibling."""

    _prefixes = ("0064:ff9b:0000:", "0064:ff9b:0001:")

    def __contains__(self, address: IPv6Address) -> bool:
        return address.exploded.startswith(self._prefixes)


_NAT64: Final = _Nat64()


def _unsure_end(response: aiohttp.ClientResponse) -> Failure | None:
    """Say whether the end of the body is only the end of the connection (RFC 9112 6.3)."""
    if response.status in _WITHOUT_BODY or response.method == "HEAD":
        return None
    codings = response.headers.get("Transfer-Encoding", "").lower()
    if "chunked" in codings or "Content-Length" in response.headers:
        return None
    return Failure.UNDELIMITED


def _failure_of(error: aiohttp.ClientError) -> Failure:
    for kind, failure in _FAILURES:
        if isinstance(error, kind):
            inner = getattr(error, "os_error", None)
            if isinstance(inner, AddressRefused):
                return Failure.ADDRESS
            return failure
    return Failure.BAD_HTTP


_FAILURES: Final[tuple[tuple[type[Exception], Failure], ...]] = (
    (aiohttp.ClientConnectorDNSError, Failure.DNS),
    (aiohttp.ClientConnectorCertificateError, Failure.TLS_CERT),
    (aiohttp.ClientSSLError, Failure.TLS_CERT),
    (aiohttp.ClientConnectorError, Failure.CONNECTION_REFUSED),
    (aiohttp.ServerTimeoutError, Failure.TIMEOUT),
    (aiohttp.ClientPayloadError, Failure.TRUNCATED),
    (aiohttp.ServerDisconnectedError, Failure.CONNECTION_RESET),
    (aiohttp.ClientOSError, Failure.CONNECTION_RESET),
    (aiohttp.ClientResponseError, Failure.BAD_HTTP),
)
