"""One visit to the web: what each end of a URL means for the frontier and the book."""

from time import monotonic
from typing import Final, NamedTuple

from pipeline.clock import Clock, machine
from pipeline.ending import Ending
from pipeline.ledger.history import Past
from pipeline.vocab import Reason
from spiders.desk import FEED, PAGE, SITEMAP
from spiders.earlier import Earlier
from spiders.frontier import Frontier, host_of
from spiders.record import LedgerRecorder
from spiders.shelf import Shelf

_RETRY_PAUSE: Final = 2.0

_KINDS: Final = {"sitemap-seed": SITEMAP, "sitemap-index": SITEMAP, "feed-seed": FEED}
"""What is asked for, by how it was found; all else is a page."""


class Call(NamedTuple):
    """A URL whose turn it is: what is asked for, and the page that was kept of it."""

    url: str
    kind: str
    past: Past | None


class Arrival(NamedTuple):
    """What one answer means for the frontier: how its URL ends, and where it leads.

    ``ways`` are kinds of ways with their URLs, in the order found. What ``may_pass`` is
    asked for again a few times, after a pause where there was no whole answer.
    """

    ending: Ending
    payload_bytes: int = 0
    ways: tuple[tuple[str, str], ...] = ()
    may_pass: bool = False
    pauses: bool = False


class Visit:
    """What a visit has come to, and what becomes of each URL that ends."""

    def __init__(
        self,
        recorder: LedgerRecorder,
        frontier: Frontier,
        *,
        patience: float,
        earlier: Earlier,
        clock: Clock = machine,
    ) -> None:
        self.frontier = frontier
        self.asked_to_wait: dict[str, float] = {}
        self.interrupted = False
        self.stopped: BaseException | None = None
        self.counts: dict[str, int] = {}
        self.hosts: dict[str, dict[str, int]] = {}
        self._recorder = recorder
        self._patience = patience
        self._earlier = earlier
        self._clock = clock

    def next(self) -> Call | None:
        """Return the URL whose turn it is, or None for now."""
        url = self.frontier.next(monotonic())
        if url is None:
            return None
        kind = _KINDS.get(self.frontier.kind_of(url), PAGE)
        return Call(url, kind, self._earlier.past(url) if kind == PAGE else None)

    def stop(self, fault: BaseException) -> None:
        """Hand nothing out any more; the first fault is the one that is told."""
        self.stopped = self.stopped or fault

    def arrived(self, arrival: Arrival) -> None:
        """Close a URL that was answered and go where it leads, or ask for it again."""
        ending = arrival.ending
        if arrival.may_pass and self._try_again(ending.url):
            if arrival.pauses:
                self.frontier.hold(host_of(ending.url), monotonic() + _RETRY_PAUSE)
            return
        self._recorder.ended(ending, now=self._clock())
        self.frontier.ended(ending.url, payload_bytes=arrival.payload_bytes, fetched=True)
        self._count(ending)
        if arrival.ways:
            source = self.frontier.source_of(ending.url)
            for kind, url in arrival.ways:
                self.discover(url, via=ending.url, kind=kind, source=source)

    def settled(self, ending: Ending) -> None:
        """Close a URL whose end is written down already, and which was not fetched."""
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
                self._recorder.ended(ending, now=self._clock())
                self._count(ending)

    def discover(self, url: str, *, via: str | None, kind: str, source: int) -> None:
        """Take a URL into the frontier and the book where it is in scope and new."""
        found = self.frontier.add(url, via=via, kind=kind, source=source)
        if found:
            self._recorder.discovered(found)

    def claim(self, url: str, *, source: int) -> bool:
        """Take a URL that a file holds out of turn, so that it is not asked for."""
        self.discover(url, via=None, kind="warc", source=source)
        return self.frontier.claim(url)

    def _try_again(self, url: str) -> bool:
        is_given_up = bool(self.frontier.hosts[host_of(url)].closed)
        return self.frontier.again(url) and not is_given_up

    def _count(self, ending: Ending) -> None:
        self.counts[ending.outcome] = self.counts.get(ending.outcome, 0) + 1
        host = self.hosts.setdefault(host_of(ending.url), {})
        host[ending.outcome] = host.get(ending.outcome, 0) + 1


VISIT: Final = Shelf[Visit]()
"""The visit of each crawler."""
