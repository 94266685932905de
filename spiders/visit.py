"""One visit to the web: what each answer means for the frontier and the book."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from time import monotonic
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
from spiders.frontier import Frontier, host_of
from spiders.gate import TurnedAway
from spiders.record import LedgerRecorder
from spiders.shelf import Shelf

_RETRY_PAUSE: Final = 2.0
_BACK_OFF: Final = frozenset({429, 503})
# What asking again would not change.
_FINAL: Final = frozenset({Failure.ADDRESS, Failure.TOO_LARGE})


class Earlier(Protocol):
    """What earlier visits kept."""

    def conditions(self, url: str) -> dict[str, str]:
        """Return the headers that make a request conditional."""

    def page(self, url: str) -> tuple[Exchange, int] | None:
        """Return the kept page and its number."""


class Visit:
    """What a visit has come to, and what becomes of each URL that ends."""

    def __init__(
        self,
        desk: Desk,
        recorder: LedgerRecorder,
        frontier: Frontier,
        *,
        patience: float,
        earlier: Earlier,
    ) -> None:
        self.desk = desk
        self.frontier = frontier
        self.earlier = earlier
        self.asked_to_wait: dict[str, float] = {}
        self.interrupted = False
        self.stopped: BaseException | None = None
        self.counts: dict[str, int] = {}
        self.hosts: dict[str, dict[str, int]] = {}
        self._recorder = recorder
        self._patience = patience

    @contextmanager
    def stopping(self) -> Iterator[None]:
        """Stop the crawl where the block fails.

        Scrapy would log the failure and wait for the end of a URL that never ends.
        """
        try:
            yield
        except Exception as fault:
            self.stopped = self.stopped or fault
            raise IgnoreRequest(str(fault)) from fault

    def received(
        self,
        capture: Capture,
        *,
        kind: str,
        place: Place | None = None,
        examined: Examined | None = None,
    ) -> int | None:
        """Judge, keep and follow one answer, which may be examined already.

        Return the number of a page's exchange.
        """
        if kind != PAGE:
            self._read_list(capture, kind, place)
            return None
        if examined is None:
            examined = self.desk.examine(capture, previous=self.previous_of(capture))
        found = self.desk.receive(examined, place=place)
        number = found.ending.exchange
        if found.ending.outcome == "deferred" and self._try_again(found.ending.url):
            return number
        self._end(self._as_visited(found, capture), payload=len(capture.payload))
        self._follow(found)
        return number

    def previous_of(self, capture: Capture) -> tuple[Exchange, int] | None:
        """Return the kept page that a 304 speaks of, and its number."""
        is_unchanged = capture.status == HTTPStatus.NOT_MODIFIED
        return self.earlier.page(capture.url) if is_unchanged else None

    def failed(self, capture: Capture, *, kind: str) -> None:
        """Write down that no whole answer came; ask again a few times."""
        if capture.error not in _FINAL and self._try_again(capture.url):
            self._recorder.exchange(capture, kind=kind, store=None)
            self.frontier.hold(host_of(capture.url), monotonic() + _RETRY_PAUSE)
            return
        number = self._recorder.exchange(capture, kind=kind, store=None)
        self._end(
            Ending(
                url=capture.url,
                outcome="failed",
                reason=Reason.CAPTURE_INCOMPLETE,
                detail=str(capture.error),
                exchange=number,
            )
        )

    def turned_away(self, turned: TurnedAway) -> None:
        """Close a URL that the gate did not let pass."""
        self.frontier.ended(turned.ending.url, fetched=False)
        self._count(turned.ending)

    def settled(self, ending: Ending) -> None:
        """Close a URL whose end is written down already."""
        self.frontier.ended(ending.url, fetched=False)
        self._count(ending)

    def waits(self, url: str, seconds: float) -> None:
        """Put a URL back whose host has asked for time.

        A host that asks for more than the manifest's patience is given up for this run.
        """
        host = host_of(url)
        self.frontier.again(url, count=False)
        self.frontier.hold(host, monotonic() + seconds)
        if seconds > self._patience:
            queue = self.frontier.close_host(host, Reason.BACK_OFF)
            for waiting in dict.fromkeys((url, *queue)):
                ending = Ending(
                    url=waiting,
                    outcome="deferred",
                    reason=Reason.BACK_OFF,
                    detail=f"{host} asked for {seconds:.0f} s",
                )
                self.desk.end(ending)
                self._count(ending)

    def discover(self, url: str, *, via: str | None, kind: str, source: int) -> None:
        """Take a URL into the frontier and the book where it is in scope and new."""
        found = self.frontier.add(url, via=via, kind=kind, source=source)
        if found:
            self._recorder.discovered(found)

    def adopt(self, stored: Stored) -> bool:
        """Take in a record that stands in the archive and not yet in the ledger."""
        if stored.kind == POLICY:
            self.desk.learn(stored.capture, place=stored.place)
            return True
        if not self.frontier.claim(stored.capture.url):
            return False
        self.received(stored.capture, kind=stored.kind, place=stored.place)
        return True

    def claim(self, url: str, *, source: int) -> bool:
        """Take a URL that a file holds out of turn, so that it is not asked for."""
        self.discover(url, via=None, kind="warc", source=source)
        return self.frontier.claim(url)

    def _as_visited(self, found: Received, capture: Capture) -> Ending:
        is_unchanged = capture.status == HTTPStatus.NOT_MODIFIED
        if is_unchanged and found.ending.outcome == "admitted":
            return replace(found.ending, outcome="unchanged")
        return found.ending

    def _follow(self, found: Received) -> None:
        url = found.judgement.url
        source = self.frontier.source_of(url)
        if found.ending.outcome == "redirected":
            target = join(url, found.ending.detail)
            if target is not None and not _is_downgrade(url, target):
                self.discover(target, via=url, kind="redirect", source=source)
            return
        if found.exchange.status != HTTPStatus.OK or found.exchange.error is not None:
            return
        markup = read(found.exchange)
        if isinstance(markup, Markup):
            for link in links_of(markup):
                self.discover(link, via=url, kind="link", source=source)

    def _read_list(self, capture: Capture, kind: str, place: Place | None) -> None:
        number = self.desk.keep_list(capture, kind=kind, place=place)
        url = capture.url
        exchange = exchange_of(capture)
        if exchange.status != HTTPStatus.OK or exchange.error:
            if exchange.status in _BACK_OFF and self._try_again(url):
                return
            detail = exchange.error or str(exchange.status)
            self._end(
                Ending(
                    url=url,
                    outcome="failed",
                    reason=Reason.CAPTURE_INCOMPLETE,
                    detail=detail,
                    exchange=number,
                )
            )
            return
        listed = _listed_in(exchange, kind)
        self._end(
            Ending(
                url=url,
                outcome="read",
                reason=Reason.NOT_A_PAGE,
                detail=listed.words,
                exchange=number,
            ),
            payload=len(capture.payload),
        )
        source = self.frontier.source_of(url)
        for way, urls in (("sitemap-index", listed.sitemaps), (kind, listed.pages)):
            for one in urls:
                self.discover(one, via=url, kind=way, source=source)

    def _try_again(self, url: str) -> bool:
        is_given_up = bool(self.frontier.hosts[host_of(url)].closed)
        return self.frontier.again(url) and not is_given_up

    def _end(self, ending: Ending, *, payload: int = 0) -> None:
        self.desk.end(ending)
        self.frontier.ended(ending.url, payload_bytes=payload, fetched=True)
        self._count(ending)

    def _count(self, ending: Ending) -> None:
        self.counts[ending.outcome] = self.counts.get(ending.outcome, 0) + 1
        host = self.hosts.setdefault(host_of(ending.url), {})
        host[ending.outcome] = host.get(ending.outcome, 0) + 1


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


VISIT: Final = Shelf[Visit]()
"""The visit of each crawler."""


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
