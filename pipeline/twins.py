"""Near-duplicates under other terms: which documents have a doubtful twin.

Pure: fingerprints and licenses in, twins out, the same in whatever order they come.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from pipeline.fingerprint import PLACES, band, similarity
from pipeline.license import expression
from pipeline.license.laundering import site_of
from pipeline.model import Judgement, Policy
from pipeline.vocab import LicenseExpression, Preference

LEAST_SIMILARITY: Final = 0.8
"""From which estimate on two texts are held to be one."""

BAND: Final = 4
"""Places that two fingerprints are looked for by.

Two that agree in 0.8 of 128 places differ in at most 25; of the 32 bands at least seven
have none of these, so that no such pair is missed.
"""

_LICENSED: Final = "license."
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
    """A page with nearly the same text under other terms, and how near it is."""

    text: Text
    similarity: float

    @property
    def detail(self) -> str:
        """Which page it is, its terms, and how much of the text they share."""
        return f"{_terms(self.text)}, {self.similarity:.0%} alike: {self.text.url}"


def is_comparable(judgement: Judgement, *, policy: Policy) -> bool:
    """Say whether a fingerprint of the page may be kept: its license alone decided.

    Of a page whose site speaks against its use nothing is computed.
    """
    said = {judgement.preferences.get(category) for category in policy.categories}
    is_licensed = judgement.usage.reason.startswith(_LICENSED)
    return is_licensed and _AGAINST.isdisjoint(said)


def find(documents: Sequence[Text], others: Iterable[Text]) -> Mapping[str, Twin]:
    """Return for each document's URL its nearest twin under other terms, if it has one.

    Of equally near ones the first by its URL.
    """
    texts = list({text.url: text for text in (*others, *documents)}.values())
    wanted = {text.url for text in documents}
    found: dict[str, Twin] = {}
    for document, other in _candidates(texts, wanted):
        share = similarity(document.fingerprint, other.fingerprint)
        twin = Twin(text=other, similarity=share)
        if share >= LEAST_SIMILARITY:
            found[document.url] = min(found.get(document.url, twin), twin, key=_rank)
    return found


def _candidates(texts: Sequence[Text], wanted: set[str]) -> Iterator[tuple[Text, Text]]:
    """Yield each document with each text that may be near under other terms, once."""
    seen: set[tuple[int, int]] = set()
    # Band by band, so that the groups of only one of them are in memory at a time.
    for number in range(PLACES // BAND):
        alike: defaultdict[bytes, list[int]] = defaultdict(list)
        for index, text in enumerate(texts):
            alike[band(text.fingerprint, number, width=BAND)].append(index)
        for group in alike.values():
            documents = [each for each in group if texts[each].url in wanted]
            for pair in product(documents, group):
                document, other = texts[pair[0]], texts[pair[1]]
                if _is_doubt(document, other) and pair not in seen:
                    seen.add(pair)
                    yield document, other


def _is_doubt(document: Text, other: Text) -> bool:
    """Say whether a text that is the same puts a document's license in doubt.

    On one host, a version of a page that says nothing is no evidence: one publisher speaks
    for both. On another host silence reserves all rights, and which of the two came first
    is not known.
    """
    if document.url == other.url:
        return False
    if other.license is not None:
        return _key(other.license) != _key(document.license)
    return other.reserved or site_of(other.url) != site_of(document.url)


def _key(license_: LicenseExpression | None) -> object:
    # Versions and ports of one license ask the same: a site may have renewed its own.
    return (license_ and expression.elements(license_)) or license_


def _terms(text: Text) -> str:
    if text.license is not None:
        return f"under {text.license}"
    return "with all rights reserved" if text.reserved else "under no license it states"


def _rank(twin: Twin) -> tuple[float, str]:
    return -twin.similarity, twin.text.url
