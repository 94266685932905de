"""How the pages and documents of a card divide: what its charts and tables show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.license import terms
from pipeline.license.terms import Obligation
from pipeline.publish.card import Card
from pipeline.publish.formats import cells
from pipeline.publish.reasons import words_of
from pipeline.vocab import LicenseExpression

TOP_HOSTS: Final = 15
"""Most hosts that a chart names; the rest stand together."""

# How a page ended that was never judged by what it says. Of the others the reason counts.
_ENDED: Final = {
    "waiting": "it was not asked for before the crawl ended",
    "redirected": "it leads on to another address, which counts by itself",
    "failed": "no whole answer came",
    "gone": "the host says that it is not there",
}

STANDING: Final = {
    "admitted": "gave no text",
    "unchanged": "gave no text",
    "refused": "refused",
    "held": "on hold",
    "deferred": "to be asked again",
    "waiting": "not asked yet",
    "redirected": "led on",
    "failed": "failed",
    "gone": "gone",
}
"""How pages stand that gave no document, by how they ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One part of a whole: its name, how much it is, and what else there is to say."""

    name: str
    count: int
    characters: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """One license of the documents: its share, and what it asks for."""

    license: LicenseExpression
    name: str
    url: str
    documents: int
    characters: int
    obligations: tuple[Obligation, ...]


def documents(card: Card) -> int:
    """Return how many documents there are."""
    return sum(each.count for each in splits(card))


def splits(card: Card) -> list[Share]:
    """Return the splits that have documents, in their order."""
    found = (
        Share(
            name=cells.text(row, "split"),
            count=cells.number(row, "documents"),
            characters=cells.number(row, "characters"),
        )
        for row in card.rows("comp.count")
    )
    return [each for each in found if each.count]


def stages(card: Card) -> list[Share]:
    """Return the stages in their order, each with the pages that came through it."""
    return [
        Share(
            name=cells.text(row, "name"),
            count=cells.number(row, "pages_out"),
            words=cells.text(row, "says"),
        )
        for row in card.rows("proc.steps")
    ]


def licenses(card: Card) -> list[License]:
    """Return each license once, the one with most documents first."""
    found: dict[str, list[cells.Row]] = {}
    for row in card.rows("rights.row_licences"):
        found.setdefault(cells.text(row, "license"), []).append(row)
    return _largest_license_first(_license(name, rows) for name, rows in found.items())


def languages(card: Card) -> list[Share]:
    """Return each language, the one with most documents first."""
    return largest_first(
        Share(
            name=cells.text(row, "language"),
            count=cells.number(row, "documents"),
            characters=cells.number(row, "characters"),
        )
        for row in card.rows("comp.languages")
    )


def hosts(card: Card) -> list[Share]:
    """Return each host that gave documents, the one with most first."""
    return largest_first(
        Share(
            name=cells.text(row, "host"),
            count=cells.number(row, "kept"),
            characters=cells.number(row, "characters"),
        )
        for row in card.rows("comp.relations")
        if cells.number(row, "kept")
    )


def refusals(card: Card) -> list[Share]:
    """Return why pages gave no document, by reason, the most frequent first.

    The name is the code of the reason, or how the page ended where nothing was judged.
    """
    found: dict[tuple[str, str], int] = {}
    for row in card.rows("rights.refusals"):
        outcome = cells.text(row, "outcome")
        key = (outcome if outcome in _ENDED else cells.text(row, "reason"), outcome)
        found[key] = found.get(key, 0) + cells.number(row, "pages")
    return largest_first(
        Share(name=name, count=pages, words=_ENDED.get(outcome) or words_of(name))
        for name, pages, outcome in _merged(found)
    )


def standings(card: Card) -> Mapping[str, list[str]]:
    """Return how the pages of each reason stand, in words, by the name of the reason."""
    found: dict[str, list[str]] = {}
    for row in card.rows("rights.refusals"):
        outcome = cells.text(row, "outcome")
        name = outcome if outcome in _ENDED else cells.text(row, "reason")
        words = STANDING.get(outcome, outcome)
        if words not in found.setdefault(name, []):
            found[name].append(words)
    return found


def largest_first(shares: Iterable[Share]) -> list[Share]:
    """Return shares by their size, equal ones by name."""
    return sorted(shares, key=lambda share: (-share.count, share.name))


def percent(part: int, whole: int) -> str:
    """Return a share in percent; one that rounds to nothing is said to be below 1."""
    if not whole:
        return "0 %"
    rounded = round(100 * part / whole)
    return "< 1 %" if part and not rounded else f"{rounded} %"


def _merged(found: Mapping[tuple[str, str], int]) -> Iterable[tuple[str, int, str]]:
    names = dict.fromkeys(name for name, _ in found)
    for name in names:
        parts = {outcome: n for (each, outcome), n in found.items() if each == name}
        yield name, sum(parts.values()), next(iter(parts))


def _license(name: str, rows: list[cells.Row]) -> License:
    license_ = LicenseExpression(name)
    return License(
        license=license_,
        name=terms.name_of(license_),
        url=terms.address_of(license_),
        documents=sum(cells.number(row, "documents") for row in rows),
        characters=sum(cells.number(row, "characters") for row in rows),
        obligations=tuple(sorted(terms.obligations_of(license_))),
    )


def _largest_license_first(found: Iterable[License]) -> list[License]:
    return sorted(found, key=lambda each: (-each.documents, each.license))
