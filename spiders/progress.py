"""How a crawl goes on, shown while it does: bars on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from spiders.capture import Visit

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
    open_pages = sum(len(state.queue) for state in visit.frontier.hosts.values())
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
    from rich.console import Console  # noqa: PLC0415  (only a terminal needs it)
    from rich.live import Live  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    started = monotonic()
    with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:

        def show(visit: Visit) -> None:
            now = monotonic()
            table = Table(title=summary(name, visit, now - started), title_justify="left")
            for column in ("host", "fetched", "to go", "refused", "state"):
                table.add_column(column)
            busy = sorted(
                visit.frontier.hosts.items(), key=lambda item: -len(item[1].queue)
            )
            for host, state in busy[:_HOSTS_SHOWN]:
                waits = max(0.0, state.not_before - now)
                words = state.closed or (f"waits {waits:.0f} s" if waits else "")
                table.add_row(
                    host, str(state.fetched), str(len(state.queue)), str(state.refused),
                    words or ("asking" if state.in_flight else "done"),
                )  # fmt: skip
            live.update(table)

        yield show
