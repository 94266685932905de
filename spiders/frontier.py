"""What is still to fetch: hosts in turn, near pages first, as the ledger says.

The frontier is a query over the ledger that is kept up to date in memory while a crawl
runs. It holds facts alone; who may fetch what is not its business.
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

MAX_TRIES: Final = 3
"""How often a page is asked for when its answer does not come whole."""

LISTS: Final = frozenset({"sitemap-seed", "sitemap-index", "feed-seed"})
"""Ways to a file that lists pages and is none itself."""

MAX_HOPS: Final = 5
"""Redirects that are followed one after another, and sitemaps that name sitemaps."""

_CHAINED: Final = frozenset({"redirect", "sitemap-index"})


def host_of(url: str) -> str:
    """Return the host of a normalised URL: no port, no brackets round an IPv6 address."""
    authority = url.split("/", 3)[2]
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0]


def _step(kind: str) -> int:
    """Return how much farther a way leads: only a link is a step.

    A redirect is the same page under another name; what a sitemap lists is as near as it.
    """
    return 1 if kind == "link" else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where one source of the manifest may lead: hosts, path prefixes, depth of links."""

    hosts: frozenset[str]
    paths: tuple[str, ...]
    depth: int

    def takes_in(self, url: str) -> bool:
        """Say whether a URL lies within hosts and paths."""
        _scheme, _, rest = url.partition("://")
        authority, _, path = rest.partition("/")
        if authority not in self.hosts and host_of(url) not in self.hosts:
            return False
        return not self.paths or any(f"/{path}".startswith(p) for p in self.paths)

    def admits(self, url: str, *, via: str | None, kind: str) -> bool:
        """Say whether a URL belongs to the source by the way it was found.

        What the source itself names belongs to it. A WARC file names its records, of which
        the scope may choose some; a sitemap is no page, so that paths say nothing of it.
        """
        if kind == "warc":
            return replace(self, hosts=self.hosts or frozenset({host_of(url)})).takes_in(
                url
            )
        if kind == "sitemap-index":
            return replace(self, paths=()).takes_in(url)
        return via is None or self.takes_in(url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A URL in scope that was found somewhere; ``via`` is None for the manifest's own.

    ``depth`` is None while the source, which takes the URL in, has not reached the page
    that it was found in: another source of the manifest has.
    """

    url: str
    via: str | None
    kind: str
    source: int
    depth: int | None
    in_depth: bool


class _Way(NamedTuple):
    """A way that a source has come: how far it leads from the source's seeds."""

    url: str
    via: str | None
    kind: str
    source: int
    depth: int


@dataclass(slots=True)
class HostState:
    """How far one host has come."""

    queue: list[tuple[int, int, str]] = field(default_factory=list)
    in_flight: int = 0
    not_before: float = 0.0
    fetched: int = 0
    payload_bytes: int = 0
    refused: int = 0
    closed: str = ""


@dataclass(slots=True)
class _Page:
    """What is known of a URL; ``depths`` has its distance from the seeds of each source.

    A page of two sources leads on by the one that goes farther, whichever found it first.
    """

    kind: str = "link"
    depths: dict[int, int] = field(default_factory=dict)
    in_depth: bool = False
    state: str = "open"  # open, queued, out, done
    tries: int = 0

    def take(self, kind: str, source: int, depth: int, *, in_depth: bool) -> bool:
        """Take a way to the page into account; say whether it is nearer by it."""
        if kind in LISTS:
            self.kind = kind
        known = self.depths.get(source)
        if known is not None and known <= depth:
            return False
        self.depths[source] = depth
        self.in_depth = self.in_depth or in_depth
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may be fetched: pages and payload bytes, of a host and in all.

    ``hosts`` are asked at once, ``window`` requests are handed out at once, each of which
    may bring ``bytes_per_page``.
    """

    pages: int | None = None
    pages_per_host: int | None = None
    payload_bytes: int | None = None
    bytes_per_host: int | None = None
    bytes_per_page: int = 0
    hosts: int = 16
    window: int = 64


class Frontier:
    """The open URLs of one visit."""

    def __init__(self, scopes: list[Scope], limits: Limits) -> None:
        self._scopes = scopes
        self._limits = limits
        self._pages: dict[str, _Page] = {}
        self._hops: dict[str, int] = {}
        self._ways: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._seeds: set[tuple[str, int]] = set()
        self.hosts: defaultdict[str, HostState] = defaultdict(HostState)
        self._turn: deque[str] = deque()
        self._in_turn: set[str] = set()
        self._order = 0
        self.fetched = 0
        self.payload_bytes = 0

    def add(self, url: str, *, via: str | None, kind: str, source: int) -> list[Found]:
        """Take note of a URL found in ``via``; return what is new of it for the ledger.

        A way that is shorter than those known before shortens the ways that lead on. What
        is found in a page belongs to each source of the page that admits it; ``source`` is
        that of a seed.
        """
        hops = self._hops.get(via or "", 0) + 1 if kind in _CHAINED else 0
        if hops > MAX_HOPS or self._is_known(url, via, kind=kind, source=source):
            return []
        self._hops.setdefault(url, hops)
        parent = self._pages.get(via) if via else None
        depths = dict(parent.depths) if parent else {source: -_step(kind)}
        reached = [
            found
            for number, depth in depths.items()
            for found in self._reach(
                _Way(url, via, kind, source=number, depth=depth + _step(kind))
            )
        ]
        return reached or self._not_reached(url, via, kind)

    def restore(self, found: Iterable[Found], done: Iterable[str]) -> None:
        """Set the state that the ledger records: what was found and what has ended.

        A way that the manifest does not take in any more is left out.
        """
        for url in done:
            self._pages[url] = _Page(state="done")
        for one in found:
            if one.source >= len(self._scopes):
                continue
            scope = self._scopes[one.source]
            if not scope.admits(one.url, via=one.via, kind=one.kind):
                continue
            self._is_known(one.url, one.via, kind=one.kind, source=one.source)
            hops = self._hops.get(one.via or "", 0) + 1 if one.kind in _CHAINED else 0
            self._hops.setdefault(one.url, hops)
            if one.depth is not None:
                page = self._pages.setdefault(one.url, _Page(kind=one.kind))
                near = one.depth <= scope.depth
                page.take(one.kind, one.source, one.depth, in_depth=near)
        for url, page in self._pages.items():
            self._enqueue(url, page)

    def spend(self, spent: Mapping[str, tuple[int, int]]) -> None:
        """Count pages and payload bytes that earlier runs of the visit fetched, by host."""
        for host, (pages, size) in spent.items():
            self.hosts[host].fetched += pages
            self.hosts[host].payload_bytes += size
            self.fetched += pages
            self.payload_bytes += size

    def claim(self, url: str) -> bool:
        """Take a URL out of turn, if it is still to fetch; close it with ``ended``."""
        page = self._pages.get(url)
        if page is None or page.state != "queued":
            return False
        state = self.hosts[host_of(url)]
        state.queue = [entry for entry in state.queue if entry[2] != url]
        heapq.heapify(state.queue)
        state.in_flight += 1
        page.state = "out"
        return True

    def source_of(self, url: str) -> int:
        """Return the index of the source whose scope let a URL in."""
        depths = self._pages[url].depths
        return min(depths, key=lambda source: (depths[source], source), default=0)

    def kind_of(self, url: str) -> str:
        """Return how a URL was first found, or that it is a list of pages."""
        return self._pages[url].kind

    def next(self, now: float) -> str | None:
        """Return the URL whose turn it is, hosts taking turns, or None for now."""
        if self._reached(self.fetched + self.in_flight(), self._limits.pages):
            return None
        coming = self.in_flight() * self._limits.bytes_per_page
        if self._reached(self.payload_bytes + coming, self._limits.payload_bytes):
            return None
        for _ in range(len(self._turn)):
            host = self._turn[0]
            self._turn.rotate(-1)
            state = self.hosts[host]
            if state.queue and self._may_send(state, now):
                url = heapq.heappop(state.queue)[2]
                state.in_flight += 1
                self._pages[url].state = "out"
                return url
        return None

    def ended(self, url: str, *, payload_bytes: int = 0, fetched: bool) -> None:
        """Close a URL that was handed out."""
        page = self._pages[url]
        state = self.hosts[host_of(url)]
        if page.state == "out":
            state.in_flight -= 1
        page.state = "done"
        if fetched:
            state.fetched += 1
            state.payload_bytes += payload_bytes
            self.fetched += 1
            self.payload_bytes += payload_bytes
        else:
            state.refused += 1

    def again(self, url: str, *, count: bool = True) -> bool:
        """Put a URL back that got no whole answer; False when it has been tried enough."""
        page = self._pages[url]
        state = self.hosts[host_of(url)]
        if page.state == "out":
            state.in_flight -= 1
        page.tries += count
        page.state = "open"
        if page.tries >= MAX_TRIES:
            page.state = "done"
            return False
        self._enqueue(url, page)
        return True

    def hold(self, host: str, until: float) -> None:
        """Send nothing to a host before ``until`` (of the same clock as ``next``'s)."""
        self.hosts[host].not_before = max(self.hosts[host].not_before, until)

    def close_host(self, host: str, reason: str) -> list[str]:
        """Give a host up for this run; return the URLs that wait for the next one."""
        state = self.hosts[host]
        state.closed = reason
        waiting = [url for _, _, url in state.queue]
        state.queue.clear()
        for url in waiting:
            self._pages[url].state = "done"
        return waiting

    def is_open(self) -> bool:
        """Say whether anything is out or can still be handed out in this run."""
        if self.in_flight():
            return True
        if self._reached(self.fetched, self._limits.pages):
            return False
        if self._reached(self.payload_bytes, self._limits.payload_bytes):
            return False
        return any(s.queue and not self._is_full(s) for s in self.hosts.values())

    def in_flight(self) -> int:
        """Return how many URLs are handed out."""
        return sum(state.in_flight for state in self.hosts.values())

    def waiting(self) -> Iterator[str]:
        """Yield the URLs that are neither out nor ended."""
        for state in self.hosts.values():
            for _, _, url in state.queue:
                yield url

    def _is_known(self, url: str, via: str | None, *, kind: str, source: int) -> bool:
        """Say whether a way was noted before, and note it."""
        if via is None:
            is_known = (url, source) in self._seeds
            self._seeds.add((url, source))
            return is_known
        if url in self._ways[via]:
            return True
        if self._takers(url, via, kind):
            self._ways[via][url] = kind
        return False

    def _takers(self, url: str, via: str, kind: str) -> list[int]:
        """Return the sources that take a URL in and may come to where it was found."""
        return [
            number
            for number, scope in enumerate(self._scopes)
            if scope.admits(url, via=via, kind=kind)
            and ((via, number) in self._seeds or replace(scope, paths=()).takes_in(via))
        ]

    def _reach(self, way: _Way) -> Iterator[Found]:
        """Yield a way and those it shortens, as far as its source admits them."""
        work = deque([way])
        while work:
            one = work.popleft()
            scope = self._scopes[one.source]
            if not scope.admits(one.url, via=one.via, kind=one.kind):
                continue
            near = one.depth <= scope.depth
            page = self._pages.setdefault(one.url, _Page(kind=one.kind))
            yield Found(**one._asdict(), in_depth=near)
            if page.take(one.kind, one.source, one.depth, in_depth=near):
                self._enqueue(one.url, page)
                work.extend(self._onward(one))

    def _onward(self, way: _Way) -> Iterator[_Way]:
        for url, kind in self._ways[way.url].items():
            depth = way.depth + _step(kind)
            below = self._pages.get(url)
            if below is None or depth < below.depths.get(way.source, depth + 1):
                yield _Way(url, way.url, kind, way.source, depth)

    def _not_reached(self, url: str, via: str | None, kind: str) -> list[Found]:
        """Return a way that no source has come, for those that may come it later."""
        sources = self._takers(url, via, kind)[:1] if via else []
        return [
            Found(url=url, via=via, kind=kind, source=source, depth=None, in_depth=False)
            for source in sources
        ]

    def _enqueue(self, url: str, page: _Page) -> None:
        if page.state != "open" or not page.in_depth:
            return
        host = host_of(url)
        state = self.hosts[host]
        # What is found on a host that was given up waits for the next run.
        if state.closed:
            return
        if host not in self._in_turn:
            self._in_turn.add(host)
            self._turn.append(host)
        self._order += 1
        heapq.heappush(state.queue, (min(page.depths.values()), self._order, url))
        page.state = "queued"

    def _may_send(self, state: HostState, now: float) -> bool:
        if state.not_before > now or self._is_full(state):
            return False
        coming = state.in_flight * self._limits.bytes_per_page
        if self._reached(state.payload_bytes + coming, self._limits.bytes_per_host):
            return False
        busy = sum(1 for s in self.hosts.values() if s.in_flight)
        if not state.in_flight and busy >= self._limits.hosts:
            return False
        active = sum(1 for s in self.hosts.values() if s.queue or s.in_flight)
        share = self._limits.window // max(1, min(active, self._limits.hosts))
        return state.in_flight < max(2, share)

    def _is_full(self, state: HostState) -> bool:
        return self._reached(
            state.fetched + state.in_flight, self._limits.pages_per_host
        ) or self._reached(state.payload_bytes, self._limits.bytes_per_host)

    @staticmethod
    def _reached(count: int, limit: int | None) -> bool:
        return limit is not None and count >= limit
