"""Where a policy file's redirects lead among the exchanges seen so far."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit

from pipeline.model import Exchange, Exchanges

MAX_REDIRECTS: Final = 5
"""How many redirects are followed: as many as RFC 9309 section 2.3.1.2 asks for."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SUCCESS: Final = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """The last exchange of the chain: a whole answer that is no redirect."""

    status: int
    exchange: Exchange
    redirects: tuple[str, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Say whether the answer brings what was asked for (RFC 9110 section 15.3)."""
        return self.status in _SUCCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The exchange at which the chain broke, with the reason."""

    cause: str
    exchange: Exchange
    redirects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The URL that has to be asked for before more can be said."""

    url: str


def follow(url: str, exchanges: Exchanges) -> Arrived | Lost | Wanted:
    """Return what stands at the end of the redirects that begin at ``url``."""
    passed: list[str] = []
    current = url
    while (exchange := exchanges.get(current)) is not None:
        status = exchange.status
        if exchange.error or status is None:
            cause = exchange.error or "no answer"
            return Lost(cause=cause, exchange=exchange, redirects=tuple(passed))
        if status not in _REDIRECTS:
            return Arrived(status=status, exchange=exchange, redirects=tuple(passed))
        target = _target_of(exchange, current)
        passed.append(current)
        if target is None or target in passed or len(passed) > MAX_REDIRECTS:
            cause = "the redirects lead nowhere"
            return Lost(cause=cause, exchange=exchange, redirects=tuple(passed[:-1]))
        current = target
    return Wanted(url=current)


def resolve(reference: str, base: str) -> str | None:
    """Return the HTTP URL that ``reference`` means, without fragment, or None."""
    try:
        url = urldefrag(urljoin(base, reference.strip())).url
        parts = urlsplit(url)
        url.encode("utf-8")
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    return url if usable else None


def _target_of(exchange: Exchange, current: str) -> str | None:
    target = resolve(exchange.header("Location") or "", current)
    # Whoever stands on the wire can write what comes over plain HTTP.
    if target and current.startswith("https:") and not target.startswith("https:"):
        return None
    return target
