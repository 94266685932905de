"""How a crawl goes on, shown while it does: bars on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from spiders.frontier import HostState
from spiders.visit import Visit

LINE_EVERY: Final = 10.0
"""Seconds between two plain lines."""

_HOSTS_SHOWN: Final = 12
_REFUSED: Final = ("refused", "held", "deferred", "failed", "gone")


@contextmanager
def following(name: str, *, quiet: bool) -> Iterator[Callable[[Visit], None] | None]:
    """Yield what shows a visit's state each time it is called, or None for silence."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bars(name) as show:
            yield show
    else:
        yield _lines(name)


def summary(name: str, visit: Visit, seconds: float) -> str:
    """Return one line on how far a visit has come."""
    fetched = visit.frontier.fetched
    ends = ", ".join(
        f"{visit.counts[word]} {word}" for word in _REFUSED if visit.counts.get(word)
    )
    rate = fetched / seconds if seconds else 0.0
    hosts = visit.frontier.hosts.values()
    open_pages = sum(len(state.queue) + state.in_flight for state in hosts)
    return (
        f"{name}: {fetched} fetched ({rate:.1f}/s), {open_pages} to go, "
        f"{visit.counts.get('admitted', 0)} admitted" + (f", {ends}" if ends else "")
    )


def _lines(name: str) -> Callable[[Visit], None]:
    started = last = monotonic()

    def show(visit: Visit) -> None:
        nonlocal last
        now = monotonic()
        if now - last >= LINE_EVERY:
            last = now
            print(summary(name, visit, now - started), file=sys.stderr, flush=True)  # noqa: T201

    return show


@contextmanager
def _bars(name: str) -> Iterator[Callable[[Visit], None]]:
    from rich.console import Console, Group  # noqa: PLC0415  (only a terminal needs it)
    from rich.live import Live  # noqa: PLC0415
    from rich.progress_bar import ProgressBar  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    started = monotonic()
    with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:

        def show(visit: Visit) -> None:
            now = monotonic()
            table = Table(box=None, pad_edge=False)
            for column in ("host", "", "fetched", "to go", "refused", "state"):
                table.add_column(column)
            for host, state in _busiest(visit):
                to_go = len(state.queue) + state.in_flight
                bar = ProgressBar(max(1, state.fetched + to_go), state.fetched, width=20)
                counts = (state.fetched, to_go, state.refused)
                table.add_row(host, bar, *map(str, counts), _words_for(state, now))
            line = Text(summary(name, visit, now - started), no_wrap=True)
            live.update(Group(line, table))

        yield show


def _busiest(visit: Visit) -> list[tuple[str, HostState]]:
    hosts = visit.frontier.hosts.items()
    ranked = sorted(hosts, key=lambda item: -len(item[1].queue) - item[1].in_flight)
    return ranked[:_HOSTS_SHOWN]


def _words_for(state: HostState, now: float) -> str:
    if state.closed:
        return "waits for the next run"
    if state.not_before > now:
        return f"waits {state.not_before - now:.0f} s"
    if state.in_flight:
        return "asking"
    return "in line" if state.queue else "done"
