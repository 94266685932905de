"""What the parts of one crawl share, kept beside the crawler.

Scrapy copies its settings and lets anyone write ``request.meta``; neither is a place for a
thing that there must be one of.
"""

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

_Thing = TypeVar("_Thing")


class Shelf(Generic[_Thing]):
    """One thing for each crawler: put there before the start, or made when first asked."""

    def __init__(self, make: Callable[[Crawler], _Thing] | None = None) -> None:
        self._make = make
        self._things: WeakKeyDictionary[Crawler, _Thing] = WeakKeyDictionary()

    def put(self, crawler: Crawler, thing: _Thing) -> None:
        """Set what the parts of this crawl share."""
        self._things[crawler] = thing

    def of(self, crawler: Crawler) -> _Thing:
        """Return what the parts of this crawl share.

        Raises LookupError where nothing was put there and none can be made.
        """
        if crawler not in self._things:
            if self._make is None:
                raise LookupError("this crawl was not started by Estovers")
            self._things[crawler] = self._make(crawler)
        return self._things[crawler]
