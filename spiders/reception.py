"""Reception: each answer is judged and written down, and its meaning told to the visit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, Protocol

from scrapy.exceptions import IgnoreRequest

from pipeline import feed, sitemap
from pipeline.archive import Place, Stored, exchange_of
from pipeline.ending import Ending
from pipeline.markup import Markup, read
from pipeline.model import Capture, Exchange
from pipeline.url import join
from pipeline.vocab import Failure, Reason
from spiders.desk import FEED, PAGE, POLICY, Desk, Examined, Received
from spiders.earlier import Earlier
from spiders.shelf import Shelf
from spiders.visit import Arrival

_BACK_OFF: Final = frozenset({429, 503})
# What asking again would not change.
_FINAL: Final = frozenset({Failure.ADDRESS, Failure.TOO_LARGE})


class Ends(Protocol):
    """Who is told how URLs end: the visit, or a worker's line to it."""

    def arrived(self, arrival: Arrival) -> None:
        """Close a URL that was answered and go where it leads, or ask for it again."""

    def settled(self, ending: Ending) -> None:
        """Close a URL whose end is written down already, and which was not fetched."""

    def waits(self, url: str, seconds: float) -> None:
        """Put a URL back whose host has asked for time."""

    def stop(self, fault: BaseException) -> None:
        """Hand nothing out any more."""


class Reception:
    """Where the end of each request is taken in."""

    def __init__(self, desk: Desk, ends: Ends, earlier: Earlier) -> None:
        self._desk = desk
        self._ends = ends
        self._earlier = earlier

    @contextmanager
    def stopping(self) -> Iterator[None]:
        """Stop the crawl where the block fails.

        Scrapy would log the failure and wait for the end of a URL that never ends.
        """
        try:
            yield
        except Exception as fault:
            self._ends.stop(fault)
            raise IgnoreRequest(str(fault)) from fault

    def stop(self, fault: BaseException) -> None:
        """Stop the crawl over a fault."""
        self._ends.stop(fault)

    def received(
        self,
        capture: Capture,
        *,
        kind: str,
        place: Place | None = None,
        examined: Examined | None = None,
    ) -> int | None:
        """Judge and keep one answer, which may be examined already, and tell its end.

        Return the number of a page's exchange.
        """
        if kind != PAGE:
            self._ends.arrived(self._read_list(capture, kind, place))
            return None
        if examined is None:
            examined = self._desk.examine(capture, previous=self.previous_of(capture))
        found = self._desk.receive(examined, place=place)
        self._ends.arrived(
            Arrival(
                ending=_as_visited(found, capture),
                payload_bytes=len(capture.payload),
                ways=tuple(_ways_of(found)),
                may_pass=found.ending.outcome == "deferred",
            )
        )
        return found.ending.exchange

    def previous_of(self, capture: Capture) -> tuple[Exchange, int] | None:
        """Return the kept page that a 304 speaks of, and its number."""
        is_unchanged = capture.status == HTTPStatus.NOT_MODIFIED
        return self._earlier.page(capture.url) if is_unchanged else None

    def failed(self, capture: Capture, *, kind: str) -> None:
        """Write down that no whole answer came."""
        number = self._desk.keep_failure(capture, kind=kind)
        ending = _incomplete(capture.url, str(capture.error), number)
        may_pass = capture.error not in _FINAL
        self._ends.arrived(Arrival(ending, may_pass=may_pass, pauses=True))

    def turned_away(self, ending: Ending) -> None:
        """Tell the end of a URL that the gate did not let pass."""
        self._ends.settled(ending)

    def waits(self, url: str, seconds: float) -> None:
        """Tell that a host has asked for time."""
        self._ends.waits(url, seconds)

    def adopt(self, stored: Stored) -> None:
        """Take in a record that stands in the archive and not yet in the ledger.

        Of a page its URL has to be claimed from the frontier first.
        """
        if stored.kind == POLICY:
            self._desk.learn(stored.capture, place=stored.place)
        else:
            self.received(stored.capture, kind=stored.kind, place=stored.place)

    def _read_list(self, capture: Capture, kind: str, place: Place | None) -> Arrival:
        number = self._desk.keep_list(capture, kind=kind, place=place)
        exchange = exchange_of(capture)
        if exchange.status != HTTPStatus.OK or exchange.error:
            detail = exchange.error or str(exchange.status)
            ending = _incomplete(capture.url, detail, number)
            return Arrival(ending, may_pass=exchange.status in _BACK_OFF)
        listed = _listed_in(exchange, kind)
        return Arrival(
            ending=Ending(
                url=capture.url,
                outcome="read",
                reason=Reason.NOT_A_PAGE,
                detail=listed.words,
                exchange=number,
            ),
            payload_bytes=len(capture.payload),
            ways=(
                *(("sitemap-index", one) for one in listed.sitemaps),
                *((kind, one) for one in listed.pages),
            ),
        )


RECEPTION: Final = Shelf[Reception]()
"""The reception of each crawler."""


def _incomplete(url: str, detail: str, number: int) -> Ending:
    return Ending(
        url=url,
        outcome="failed",
        reason=Reason.CAPTURE_INCOMPLETE,
        detail=detail,
        exchange=number,
    )


def _as_visited(found: Received, capture: Capture) -> Ending:
    is_unchanged = capture.status == HTTPStatus.NOT_MODIFIED
    if is_unchanged and found.ending.outcome == "admitted":
        return replace(found.ending, outcome="unchanged")
    return found.ending


def _ways_of(found: Received) -> Iterator[tuple[str, str]]:
    """Yield where a page leads: the target of its redirect, or its links."""
    url = found.judgement.url
    if found.ending.outcome == "redirected":
        target = join(url, found.ending.detail)
        if target is not None and not _is_downgrade(url, target):
            yield "redirect", target
        return
    if found.exchange.status != HTTPStatus.OK or found.exchange.error is not None:
        return
    markup = read(found.exchange)
    if isinstance(markup, Markup):
        for link in links_of(markup):
            yield "link", link


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """What a list of pages names, and how much in words."""

    pages: tuple[str, ...]
    sitemaps: tuple[str, ...] = ()
    words: str


def _listed_in(exchange: Exchange, kind: str) -> _Listed:
    if kind == FEED:
        pages = feed.read(exchange).pages
        return _Listed(pages=pages, words=f"{len(pages)} entries")
    found = sitemap.read(exchange)
    words = f"{len(found.pages)} pages, {len(found.sitemaps)} sitemaps"
    return _Listed(pages=found.pages, sitemaps=found.sitemaps, words=words)


def links_of(markup: Markup) -> list[str]:
    """Return the pages a page leads to, in its order, where it does not ask us not to."""
    if any(m.name == "robots" and "nofollow" in m.content.lower() for m in markup.metas):
        return []
    links: dict[str, None] = {}
    for link in markup.targets:
        if link.tag in {"a", "area"} and "nofollow" not in link.rel:
            target = join(markup.url, link.href)
            if target is not None:
                links[target] = None
    return list(links)


def _is_downgrade(url: str, target: str) -> bool:
    return url.startswith("https:") and not target.startswith("https:")
