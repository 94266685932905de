"""Texts that stand there twice: exactly, or nearly, and which of them is kept.

Exact are texts that are one in NFC, with case folded and every run of white space as one
blank. Near are texts that have at least 0.8 of their shingles in common (Jaccard), rows of
five words. They are looked for by MinHash, 128 places in 16 bands of 8, and then compared
by their shingles: that two share a band drops nothing. Of pairs that are 0.8 alike the
bands meet 95 in 100, of those that are 0.9 alike all but one in 7,000.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import blake2b, sha256
from heapq import nsmallest
from itertools import chain
from typing import Final

from pipeline.alike import SIZE, alike, band_of
from pipeline.fingerprint import (
    PLACES,
    band,
    shingles,
    similarity,
    sketch,
    words_of,
)

LEAST_SIMILARITY: Final = 0.8
"""From which share of common shingles on two texts are nearly one (Jaccard)."""

BAND: Final = 8
"""Places of a fingerprint that two texts are looked for by."""

MARGIN: Final = 0.1
"""How far below what is asked an estimate may lie for the texts to be compared.

One in 128 places is off by 0.035 on average where 0.8 are alike: this is thrice that.
"""

CROWD: Final = 64
"""Most texts that one is compared with, those first that share the most bands.

More share one only among pages of a template that are less than asked alike: those that are
alike share three bands on average and have been dropped but for one.
"""

LEAST_PARAGRAPH: Final = 40
"""Fewest characters of a paragraph that counts as repeated: code repeats short lines."""

_COMPARED: Final = 512
_NAME: Final = 16

DIGEST: Final = sha256().digest_size
"""Bytes of a record by which exact twins are found."""

RECORD: Final = DIGEST + SIZE
"""Bytes of what an item shares with its twins (``record_of``)."""

Rank = tuple[int | str, ...]
"""What is kept first, the least: license, age, address, as the caller orders them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A text under a key of its own."""

    key: str
    text: str
    rank: Rank = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """What an item is looked for by, without its text.

    ``near`` is None where the text has too few words for a shingle.
    """

    key: str
    rank: Rank
    exact: bytes
    near: bytes | None


def groups(
    items: Iterable[Item], *, against: Iterable[Item] = (), least: float = LEAST_SIMILARITY
) -> Mapping[str, str]:
    """Return for the key of each item to drop the key of the one that is kept.

    Texts that the items are held ``against`` are never dropped; their keys are their own.
    The rest is said of ``resolve``.
    """
    ours, theirs = list(items), list(against)
    texts = {item.key: item.text for item in (*ours, *theirs)}
    return resolve(
        map(print_of, ours),
        against=map(print_of, theirs),
        text_of=texts.__getitem__,
        least=least,
    )


def print_of(item: Item) -> Print:
    """Return what an item is looked for by: this much can be done for each item alone."""
    words = words_of(item.text)
    rows = shingles(words)
    return Print(
        key=item.key,
        rank=item.rank,
        exact=_exact(item),
        near=sketch(rows) if rows else None,
    )


def exact_print_of(item: Item) -> Print:
    """Return what an item is looked for by where only exact twins count."""
    return Print(key=item.key, rank=item.rank, exact=_exact(item), near=None)


def normal_form(text: str) -> str:
    """Return what texts that are exactly alike have in common."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def resolve(
    prints: Iterable[Print],
    *,
    against: Iterable[Print] = (),
    text_of: Callable[[str], str],
    least: float = LEAST_SIMILARITY,
) -> Mapping[str, str]:
    """Return for the key of each item to drop the key of the one that is kept.

    Items come by rank and then by key, whatever order they are given in. Each is dropped
    for the first that was kept and is its twin, so that what is named is always kept.
    ``text_of`` returns the text under a key; it is asked for few, and for some again.
    """
    found = _Found(text_of=text_of, least=least)
    for each in sorted(against, key=_order):
        found.keep(each)
    dropped: dict[str, str] = {}
    seen: set[str] = set()
    for each in sorted(prints, key=_order):
        twin = found.twin(each) if each.key not in seen else None
        if twin is not None:
            dropped[each.key] = twin
        elif each.key not in seen:
            found.keep(each)
        seen.add(each.key)
    return dropped


def record_of(item: Print) -> bytes:
    """Return what an item shares with its twins: its text's digest and its fingerprint."""
    # Of a text without a fingerprint only exact twins share it.
    return item.exact + (item.near or item.exact * (SIZE // len(item.exact)))


def sharing(
    column: Callable[[slice], Iterable[bytes]], *, number: int, size: int = RECORD
) -> frozenset[int]:
    """Return the places of all that share a digest or a band with another.

    ``column`` gives one piece of each of ``number`` records, in their order, of which the
    first ``size`` bytes are there. What shares nothing is no twin and has none:
    ``resolve`` need not be told of it.
    """
    pieces = [slice(0, DIGEST), *map(_band_in_record, range(PLACES // BAND))]
    return frozenset(
        place
        for piece in pieces
        if piece.stop <= size
        for group in alike(partial(column, piece), number=number)
        for place in group
    )


def repeated_paragraphs(texts: Iterable[str], *, least_pages: int) -> frozenset[str]:
    """Return the paragraphs that stand on so many pages of one host, as their lines do."""
    pages: Counter[bytes] = Counter()
    found: set[str] = set()
    for text in texts:
        for line in set(map(str.strip, text.split("\n"))):
            if len(line) >= LEAST_PARAGRAPH:
                # The lines of a host may be more than fits into memory.
                name = blake2b(_octets(line), digest_size=_NAME).digest()
                pages[name] += 1
                if pages[name] >= least_pages:
                    found.add(line)
    return frozenset(found)


def without(text: str, paragraphs: frozenset[str]) -> str:
    """Return a text without the lines that are paragraphs of those."""
    return "\n".join(line for line in text.split("\n") if line.strip() not in paragraphs)


class _Found:
    """The items that were kept so far, and how they are found."""

    def __init__(self, *, text_of: Callable[[str], str], least: float) -> None:
        self._least = least
        self._exact: dict[bytes, str] = {}
        self._kept: list[Print] = []
        self._bands: defaultdict[bytes, list[int]] = defaultdict(list)
        self._rows = lru_cache(maxsize=_COMPARED)(
            lambda key: frozenset(shingles(words_of(text_of(key))))
        )

    def keep(self, item: Print) -> None:
        self._exact.setdefault(item.exact, item.key)
        for name in _bands(item):
            self._bands[name].append(len(self._kept))
        self._kept.append(item)

    def twin(self, item: Print) -> str | None:
        twin = self._exact.get(item.exact) or self._near(item)
        if twin is not None:
            # Copies of what is dropped need not be compared again.
            self._exact.setdefault(item.exact, twin)
        return twin

    def _near(self, item: Print) -> str | None:
        for other in map(self._kept.__getitem__, sorted(self._met(item))):
            if self._is_likely(item, other) and self._is_near(item.key, other.key):
                return other.key
        return None

    def _met(self, item: Print) -> Iterable[int]:
        """Return the places of those that share the most bands, and of two the first."""
        lists = (self._bands.get(name, ()) for name in _bands(item))
        shared = Counter(chain.from_iterable(lists))
        if len(shared) <= CROWD:
            return shared
        return nsmallest(CROWD, shared, key=lambda place: (-shared[place], place))

    def _is_likely(self, one: Print, other: Print) -> bool:
        estimate = similarity(one.near or b"", other.near or b"")
        return estimate >= self._least - MARGIN

    def _is_near(self, one: str, other: str) -> bool:
        ours, theirs = self._rows(one), self._rows(other)
        return len(ours & theirs) >= self._least * len(ours | theirs)


def _exact(item: Item) -> bytes:
    return sha256(_octets(normal_form(item.text))).digest()


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _band_in_record(number: int) -> slice:
    piece = band_of(number, width=BAND)
    return slice(DIGEST + piece.start, DIGEST + piece.stop)


def _bands(item: Print) -> Iterator[bytes]:
    if item.near is not None:
        for number in range(PLACES // BAND):
            yield bytes([number]) + band(item.near, number, width=BAND)


def _order(item: Print) -> tuple[Rank, str, bytes]:
    return item.rank, item.key, item.exact
