"""What a page describes, itself or something else, in words that machines read."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urljoin, urlsplit

from pipeline.markup import Markup


class Property(StrEnum):
    """What is said of a work."""

    ATTRIBUTION = "attribution"
    AUTHOR = "author"
    CARD = "card"
    TITLE = "title"
    NAME = "name"
    DATE = "date"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One property of a description: its words, and where they stand.

    ``url`` is what an author's name is linked to.
    """

    property: Property
    words: str
    locator: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One thing that a page describes: where it is, and what is said of it."""

    addresses: frozenset[str]
    said: tuple[Said, ...]


# schema.org types that are a page or the text on it. Not Book, Review or Product: a page
# about a book names its author too, and is not by them.
ARTICLES: Final = frozenset(
    """
    advertisercontentarticle analysisnewsarticle apireference article blogposting chapter
    creativework discussionforumposting guide howto learningresource liveblogposting
    medicalscholarlyarticle newsarticle opinionnewsarticle poem post recipe report
    reportagenewsarticle reviewnewsarticle satiricalarticle scholarlyarticle shortstory
    socialmediaposting techarticle thesis
    """.split()  # noqa: SIM905  (to be read)
)
"""Types of a text, in lower case."""

PAGES: Final = frozenset(
    "webpage aboutpage collectionpage contactpage faqpage itempage medicalwebpage qapage".split()  # noqa: E501, SIM905  (to be read)
)
"""Types of a page, in lower case."""


def address_of(url: str, *, base: str = "") -> str | None:
    """Return what two spellings of one page's address share, or None for no address.

    Schemes, a leading ``www.``, fragments and a slash at the end are no difference.
    """
    try:
        parts = urlsplit(urljoin(base, url.strip()))
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    return f"{host}{parts.path.rstrip('/')}?{parts.query}"


def addresses_of(markup: Markup) -> frozenset[str]:
    """Return the addresses of a page: its own, and the one it calls its canonical one.

    An address on another host is not believed: what is said there is said of another page.
    """
    here = address_of(markup.url)
    canonical = (
        address_of(link.href, base=markup.base)
        for link in markup.links
        if link.tag == "link" and "canonical" in link.rel
    )
    host = (here or "").partition("/")[0].partition("?")[0]
    beside = {
        each for each in canonical if each and each.startswith((f"{host}/", f"{host}?"))
    }
    return frozenset(beside | ({here} if here else set()))


def of_page(
    descriptions: Iterable[Description], addresses: Collection[str]
) -> tuple[Said, ...]:
    """Return what is said of the page that has these addresses."""
    return tuple(
        said
        for description in descriptions
        if not description.addresses.isdisjoint(addresses)
        for said in description.said
    )
