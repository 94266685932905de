"""The pages that earlier visits kept: what makes a request conditional, and a 304 whole."""

from collections.abc import Iterable
from pathlib import Path

from pipeline import replay
from pipeline.ledger.history import Past
from pipeline.model import Exchange


class Earlier:
    """Kept pages by URL, read from the folder of their build when they are needed."""

    def __init__(self, folder: Path, kept: Iterable[Past] = ()) -> None:
        self._folder = folder
        self._kept = {past.url: past for past in kept}

    def past(self, url: str) -> Past | None:
        """Return what the ledger says of the kept page, or None where there is none."""
        return self._kept.get(url)

    def learn(self, past: Past) -> None:
        """Take note of a kept page."""
        self._kept[past.url] = past

    def forget(self, url: str) -> None:
        """Let go of a page whose URL has been answered."""
        self._kept.pop(url, None)

    def page(self, url: str) -> tuple[Exchange, int] | None:
        """Return the kept page and its number."""
        past = self._kept.get(url)
        return (replay.exchange_of(self._folder, past), past.number) if past else None


def conditions(past: Past | None) -> dict[str, str]:
    """Return the headers that make a request conditional (RFC 9110 section 13.1)."""
    if past is None:
        return {}
    named = {"If-None-Match": past.etag, "If-Modified-Since": past.last_modified}
    return {name: value for name, value in named.items() if value}
