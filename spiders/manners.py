"""Manners towards a host: one request at a time, and time between them.

Kept on the wire, below every spider and middleware. The pause is counted from the end of
one answer to the start of the next request, so that the host sees at least that much.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from scrapy.crawler import Crawler

from pipeline.archive import exchange_of
from pipeline.consent import access
from pipeline.model import Capture
from spiders.shelf import Shelf

WAIT_IN_LINE: Final = 10.0
"""Seconds beyond its pause that a request waits in line; a longer wait is handed back."""


BACK_OFF_DEFAULT: Final = 60.0
"""Seconds to leave a host alone that says 429 or 503 and not for how long."""

_BACK_OFF: Final = frozenset({429, 503})


class HostWaits(Exception):
    """The host asked for more time than a request waits in line."""

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(f"{host} asked for {seconds:.0f} s")
        self.host = host
        self.seconds = seconds


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    pause: float = 0.0
    crawl_delay: float = 0.0
    not_before: float = 0.0
    backing_off: float = 0.0


class Manners:
    """Pauses by host: the larger of ours, its Crawl-delay and a multiple of its effort."""

    def __init__(self, *, delay: float = 1.0, factor: float = 2.0) -> None:
        self._delay = delay
        self._factor = factor
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for this request's turn at the host and count its time.

        Raises HostWaits where the host has asked for a long pause.
        """
        state = self._hosts[host]
        async with state.lock:
            await self._pause(host, state)
            started = monotonic()
            try:
                yield
            finally:
                ended = monotonic()
                effort = self._factor * (ended - started) if self._delay else 0.0
                state.pause = max(self._delay, state.crawl_delay, effort)
                state.not_before = ended + state.pause

    def ask_delay(self, host: str, seconds: float | None) -> None:
        """Take a host's Crawl-delay into account."""
        if seconds is not None:
            self._hosts[host].crawl_delay = max(self._hosts[host].crawl_delay, seconds)

    def back_off(self, host: str, seconds: float) -> None:
        """Send nothing to the host for so long (Retry-After, RFC 9110 section 10.2.3)."""
        state = self._hosts[host]
        state.backing_off = max(state.backing_off, monotonic() + seconds)

    def resume(self, host: str) -> None:
        """Count the pause of a host that another has asked from this moment on."""
        state = self._hosts[host]
        state.pause = self._delay
        state.not_before = monotonic() + self._delay

    def waits(self, host: str) -> float:
        """Return for how many seconds the host has asked to be left alone."""
        return max(0.0, self._hosts[host].backing_off - monotonic())

    async def _pause(self, host: str, state: _Host) -> None:
        waits = self.waits(host)
        if waits > WAIT_IN_LINE:
            raise HostWaits(host, waits)
        pause = max(state.not_before, state.backing_off) - monotonic()
        # A Crawl-delay that was read only now counts from the last answer as well.
        pause = max(pause, state.not_before - state.pause + state.crawl_delay - monotonic())
        while pause > 0:
            await asyncio.sleep(pause)
            waits = self.waits(host)
            if waits > WAIT_IN_LINE:
                raise HostWaits(host, waits)
            pause = waits


def back_off_of(capture: Capture) -> float | None:
    """Return for how many seconds an answer asks us to leave the host alone."""
    if capture.status not in _BACK_OFF:
        return None
    seconds = access.retry_after(exchange_of(capture))
    return BACK_OFF_DEFAULT if seconds is None else seconds


def _by_settings(crawler: Crawler) -> Manners:
    settings = crawler.settings
    return Manners(
        delay=settings.getfloat("ESTOVERS_DELAY", 1.0),
        factor=settings.getfloat("ESTOVERS_DELAY_FACTOR", 2.0),
    )


MANNERS: Final = Shelf(_by_settings)
"""The one keeper of manners of each crawler."""
