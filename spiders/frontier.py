"""What is still to fetch: hosts in turn, near pages first, as the ledger says.

The frontier is a query over the ledger that is kept up to date in memory while a crawl
runs. It holds facts alone; who may fetch what is not its business.
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

MAX_TRIES: Final = 3
"""How often a page is asked for when its answer does not come whole."""

MAX_HOPS: Final = 5
"""Redirects that are followed one after another."""


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
            return replace(self, hosts=self.hosts or {host_of(url)}).takes_in(url)
        if kind == "sitemap-index":
            return replace(self, paths=()).takes_in(url)
        return via is None or self.takes_in(url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A URL in scope that was found somewhere; ``via`` is None for the manifest's own."""

    url: str
    via: str | None
    kind: str
    source: int
    depth: int
    in_depth: bool


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
    depth: int
    source: int
    in_depth: bool
    state: str = "open"  # open, queued, out, done
    tries: int = 0
    kind: str = "link"


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
        self._children: defaultdict[str, dict[str, tuple[int, str]]] = defaultdict(dict)
        self.hosts: defaultdict[str, HostState] = defaultdict(HostState)
        self._turn: deque[str] = deque()
        self._order = 0
        self.fetched = 0
        self.payload_bytes = 0

    def add(self, url: str, *, via: str | None, kind: str, source: int) -> list[Found]:
        """Take note of a URL found in ``via``; return what is new of it for the ledger.

        A way that is shorter than those known before shortens the ways that lead on.
        """
        hops = self._hops.get(via or "", 0) + 1 if kind == "redirect" else 0
        if hops > MAX_HOPS or not self._scopes[source].admits(url, via=via, kind=kind):
            return []
        self._hops.setdefault(url, hops)
        known = self._children[via or ""].get(url)
        if known is not None:
            return []
        self._children[via or ""][url] = (source, kind)
        parent = self._pages.get(via) if via else None
        depth = parent.depth + _step(kind) if parent else 0
        return list(self._relax(url, depth=depth, via=via))

    def restore(self, found: Iterable[Found], done: Iterable[str]) -> None:
        """Set the state that the ledger records: what was found and what has ended."""
        for url in done:
            self._pages[url] = _Page(depth=1 << 30, source=0, in_depth=False, state="done")
        for one in found:
            self._children[one.via or ""][one.url] = (one.source, one.kind)
            hops = self._hops.get(one.via or "", 0) + 1 if one.kind == "redirect" else 0
            self._hops.setdefault(one.url, hops)
            self._note(one.url, one)
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
        return self._pages[url].source

    def kind_of(self, url: str) -> str:
        """Return how a URL was first found: seed, sitemap, link or redirect."""
        return self._pages[url].kind

    def next(self, now: float) -> str | None:
        """Return the URL whose turn it is, hosts taking turns, or None for now."""
        if self._reached(self.fetched + self._in_flight(), self._limits.pages):
            return None
        coming = self._in_flight() * self._limits.bytes_per_page
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
        if self._in_flight():
            return True
        if self._reached(self.fetched, self._limits.pages):
            return False
        if self._reached(self.payload_bytes, self._limits.payload_bytes):
            return False
        return any(s.queue and not self._is_full(s) for s in self.hosts.values())

    def waiting(self) -> Iterator[str]:
        """Yield the URLs that are neither out nor ended."""
        for state in self.hosts.values():
            for _, _, url in state.queue:
                yield url

    def _relax(self, url: str, *, depth: int, via: str | None) -> Iterator[Found]:
        work = deque([(url, depth, via)])
        while work:
            name, depth, origin = work.popleft()
            source, kind = self._children[origin or ""][name]
            in_depth = depth <= self._scopes[source].depth
            found = Found(
                url=name, via=origin, kind=kind, source=source, depth=depth,
                in_depth=in_depth,
            )  # fmt: skip
            page = self._pages.get(name)
            nearer = page is None or depth < page.depth
            yield found
            if not nearer:
                continue
            page = self._note(name, found)
            self._enqueue(name, page)
            for child, (_, how) in self._children[name].items():
                below = self._pages.get(child)
                if below is None or depth + _step(how) < below.depth:
                    work.append((child, depth + _step(how), name))

    def _note(self, url: str, found: Found) -> _Page:
        page = self._pages.get(url)
        if page is None:
            page = self._pages[url] = _Page(
                depth=found.depth, source=found.source, in_depth=found.in_depth,
                kind=found.kind,
            )  # fmt: skip
        elif found.depth < page.depth:
            page.depth, page.source = found.depth, found.source
            page.kind = found.kind
            page.in_depth = page.in_depth or found.in_depth
        return page

    def _enqueue(self, url: str, page: _Page) -> None:
        if page.state != "open" or not page.in_depth:
            return
        host = host_of(url)
        if host not in self.hosts:
            self._turn.append(host)
        state = self.hosts[host]
        self._order += 1
        heapq.heappush(state.queue, (page.depth, self._order, url))
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

    def _in_flight(self) -> int:
        return sum(state.in_flight for state in self.hosts.values())

    @staticmethod
    def _reached(count: int, limit: int | None) -> bool:
        return limit is not None and count >= limit
