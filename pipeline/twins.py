"""Near-duplicates under other terms: which documents have a doubtful twin.

Pure: fingerprints and licenses in, twins out.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from typing import Final, Protocol

from pipeline.alike import alike
from pipeline.fingerprint import PLACES, similarity
from pipeline.license import expression, laundering
from pipeline.license.laundering import site_of
from pipeline.model import Policy
from pipeline.vocab import Category, LicenseExpression, Preference, Reason

LEAST_SIMILARITY: Final = 0.8
"""From which estimate on two texts are held to be one."""

BAND: Final = 4
"""Places that two fingerprints are looked for by.

Two that agree in 0.8 of 128 places differ in at most 25; of the 32 bands at least seven
have none of these, so that no such pair is missed.
"""

# Texts that are in memory while others are compared with them.
_COMPARED: Final = 512

_site_of: Final = lru_cache(maxsize=65_536)(site_of)

_LICENSED: Final = "license."
_CERTAIN: Final = frozenset(
    {
        Reason.LICENSE_ADMITS,
        Reason.LICENSE_STATED_FOR_SITE,
        Reason.LICENSE_NOT_ALLOWED,
        *laundering.REASONS,
    }
)
# By which a page may have reserved its use for machine learning, in words.
_RESERVED: Final = frozenset(
    {Reason.LICENSE_LEARNING_RESERVED, Reason.LICENSE_STATEMENT_CONTRADICTED}
)
_AGAINST: Final = frozenset({Preference.DISALLOWED, Preference.UNCLEAR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A page's text as it can be compared: its fingerprint, and what the page says of it.

    ``license`` is None where the page states none that is certain; ``reserved`` says that
    it reserves all rights.
    """

    url: str
    license: LicenseExpression | None
    reserved: bool
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A page with nearly the same text under other terms, and how near they are."""

    text: Text
    similarity: float

    @property
    def detail(self) -> str:
        """Which page it is, its terms, and how much of the text they share."""
        return f"{_terms(self.text)}, {self.similarity:.0%} alike: {self.text.url}"


def is_comparable(
    reason: str, preferences: Mapping[Category, Preference], *, policy: Policy
) -> bool:
    """Say whether a fingerprint of a page may be kept: its license alone decided.

    Of a page whose site speaks against its use, in signals or in words, none is made.
    """
    said = {preferences.get(category) for category in policy.categories}
    is_licensed = reason.startswith(_LICENSED) and reason not in _RESERVED
    return is_licensed and _AGAINST.isdisjoint(said)


def is_certain(reason: str) -> bool:
    """Say whether a page that was decided on for ``reason`` is certain of its license."""
    return reason in _CERTAIN


class Shelf(Protocol):
    """Texts by their place, in memory or not."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __getitem__(self, place: int, /) -> Text:
        """Return the text at a place, from 0."""

    def __iter__(self) -> Iterator[Text]:
        """Go through them in their order."""


Bands = Callable[[int], Iterable[bytes]]
"""By its number, one band of the fingerprint of each text, in the order of the texts."""


def find(texts: Shelf, bands: Bands, *, wanted: Sequence[int]) -> Mapping[str, Twin]:
    """Return for the URL of each text that is ``wanted`` a twin under other terms, if any.

    The texts come in the order of their URLs, each URL once; they may be on a disk, and
    few are asked for again. Of several twins it is the one that comes first by its band and
    its URL: one is enough, and to look for the nearest would take the square of a crowd of
    equal pages.
    """
    crowd_of = _crowds(texts)
    text_at = lru_cache(maxsize=_COMPARED)(texts.__getitem__)
    found: dict[int, Twin] = {}
    # Band by band, so that the groups of only one of them are in memory at a time.
    for number in range(PLACES // BAND):
        for group in alike(partial(bands, number), number=len(texts)):
            crowds = _by_terms(group, crowd_of)
            waiting = (p for p in group if wanted[p] and p not in found)
            for place in waiting if len(crowds) > 1 else ():
                twin = _first_twin(text_at(place), crowds, text_at)
                if twin is not None:
                    found[place] = twin
    return {text_at(place).url: twin for place, twin in found.items()}


def _crowds(texts: Iterable[Text]) -> Sequence[int]:
    """Return for each text a number for its terms and its site."""
    numbers: dict[object, int] = {}
    return array(
        "L",
        (
            numbers.setdefault(
                (_key(text.license), text.reserved, _site_of(text.url)), len(numbers)
            )
            for text in texts
        ),
    )


def _by_terms(group: Iterable[int], crowd_of: Sequence[int]) -> list[list[int]]:
    """Return places in crowds that are all, or none, under other terms than a document."""
    crowds: defaultdict[int, list[int]] = defaultdict(list)
    for place in group:
        crowds[crowd_of[place]].append(place)
    return list(crowds.values())


def _first_twin(
    document: Text, crowds: Iterable[Sequence[int]], text_at: Callable[[int], Text]
) -> Twin | None:
    doubtful = (crowd for crowd in crowds if _is_doubt(document, text_at(crowd[0])))
    for other in map(text_at, chain.from_iterable(doubtful)):
        share = similarity(document.fingerprint, other.fingerprint)
        if share >= LEAST_SIMILARITY:
            return Twin(text=other, similarity=share)
    return None


def _is_doubt(document: Text, other: Text) -> bool:
    """Say whether a text that is the same puts a document's license in doubt.

    On one host, a version of a page that says nothing is no evidence: one publisher speaks
    for both. On another host silence reserves all rights, and which of the two came first
    is not known.
    """
    if other.license is not None:
        return _key(other.license) != _key(document.license)
    return other.reserved or _site_of(other.url) != _site_of(document.url)


@lru_cache(maxsize=4096)
def _key(license_: LicenseExpression | None) -> object:
    # Versions and ports of one license ask the same: a site may have renewed its own.
    return (license_ and expression.elements(license_)) or license_


def _terms(text: Text) -> str:
    if text.license is not None:
        return f"under {text.license}"
    return "with all rights reserved" if text.reserved else "under no license it states"
