"""Leave to send one request: issued by the gate, used up on the wire.

The table lives beside the crawler and not in ``request.meta``, so that no spider or
middleware can write itself a permit.
"""

from collections import Counter
from collections.abc import Callable  # noqa: TC003
from dataclasses import dataclass
from time import monotonic
from typing import Final

from scrapy.crawler import Crawler

from spiders.shelf import Shelf

LIFETIME: Final = 24 * 3600.0
"""Seconds after which leave has to be asked for anew: robots.txt lives no longer."""


LOW: Final = 8
"""Permits left at which those that wait for the disk are hurried."""


class NotPermitted(Exception):
    """A request reached the wire that no decision admits; nothing was sent."""


@dataclass(slots=True)
class _Leave:
    count: int
    expires: float


class Permits:
    """The permits in force, by method and exact URL; each is good for one request."""

    def __init__(self) -> None:
        self._leave: dict[tuple[str, str], _Leave] = {}
        self.refused: Counter[str] = Counter()
        self.on_low: Callable[[], None] | None = None

    @property
    def are_low(self) -> bool:
        """Whether the wire has so few permits left that it will soon stand idle."""
        return len(self._leave) < LOW

    def issue(self, method: str, url: str, *, lifetime: float = LIFETIME) -> None:
        """Give leave for one request."""
        expires = monotonic() + lifetime
        leave = self._leave.setdefault((method, url), _Leave(0, expires))
        leave.count += 1
        leave.expires = expires

    def covers(self, method: str, url: str) -> bool:
        """Say whether leave for this request is in force."""
        leave = self._leave.get((method, url))
        return leave is not None and leave.expires > monotonic()

    def use(self, method: str, url: str) -> None:
        """Use up the leave for one request.

        Raises NotPermitted where there is none or it has expired.
        """
        if not self.covers(method, url):
            self.refused[url] += 1
            raise NotPermitted(f"no permit for {method} {url}: nothing was sent")
        leave = self._leave[method, url]
        leave.count -= 1
        if not leave.count:
            del self._leave[method, url]
        if self.are_low and self.on_low is not None:
            self.on_low()


def _none(_crawler: Crawler) -> Permits:
    return Permits()


PERMITS: Final = Shelf(_none)
"""The one table of permits of each crawler."""
