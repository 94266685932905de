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
    redirects: tuple[str, ...] = ()


def follow(url: str, exchanges: Exchanges) -> Arrived | Lost | Wanted:
    """Return what stands at the end of the redirects that begin at ``url``."""
    passed: tuple[str, ...] = ()
    current = url
    while (exchange := exchanges.get(current)) is not None:
        status = exchange.status
        if exchange.error or status is None:
            cause = exchange.error or "no answer"
            return Lost(cause=cause, exchange=exchange, redirects=passed)
        if status not in _REDIRECTS:
            return Arrived(status=status, exchange=exchange, redirects=passed)
        target = _target_of(exchange, current)
        cause = _broken_redirect(target, (*passed, current))
        if target is None or cause:
            return Lost(cause=cause, exchange=exchange, redirects=passed)
        passed, current = (*passed, current), target
    return Wanted(url=current, redirects=passed)


def resolve(reference: str, base: str) -> str | None:
    """Return the HTTP URL that ``reference`` means, without fragment, or None."""
    try:
        url = urldefrag(urljoin(base, reference.strip())).url
        parts = urlsplit(url)
        url.encode("utf-8")
        # To ask for the port raises where it is no number.
        has_place = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return url if has_place and parts.scheme in {"http", "https"} else None


def _target_of(exchange: Exchange, current: str) -> str | None:
    location = exchange.header("Location")
    return resolve(location, current) if location else None


def _broken_redirect(target: str | None, passed: tuple[str, ...]) -> str:
    """Name what is wrong with the next hop, or return nothing."""
    if target is None:
        return "a redirect without a usable Location"
    # Whoever stands on the wire can write what comes over plain HTTP.
    if passed[-1].startswith("https:") and not target.startswith("https:"):
        return "a redirect from https to http"
    if target in passed:
        return "a redirect loop"
    return "more than five redirects" if len(passed) > MAX_REDIRECTS else ""
