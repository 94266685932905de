"""A work as its page states it: title, authors, notices and date, the plainest first."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pipeline.credit import elements, json_ld, names, notices
from pipeline.credit.description import Property, Said, addresses_of, of_page
from pipeline.credit.names import one_line
from pipeline.markup import Markup
from pipeline.model import Author, Exchange, Work
from pipeline.vocab import LicenseExpression

# Those that take one name each and are about texts alone come first.
_AUTHOR_METAS: Final = (
    "citation_author",
    "dcterms.creator",
    "dcterms:creator",
    "dc.creator",
    "dc:creator",
    "author",
    "article:author",
)
_TITLE_METAS: Final = (
    "dcterms.title", "dcterms:title", "dc.title", "dc:title", "citation_title",
)  # fmt: skip
_DATE_METAS: Final = (
    "article:published_time",
    "citation_publication_date",
    "citation_date",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "datepublished",
    "date",
)

# ISO 8601, and Highwire's form of it with slashes.
_DATE: Final = re.compile(
    r"\s*([12]\d{3})(?:[-/](0[1-9]|1[0-2])(?:[-/](0[1-9]|[12]\d|3[01]))?)?(?!\d)"
)


def read(markup: Markup, exchange: Exchange, *, license_: LicenseExpression) -> Work:
    """Return what a page that was concluded to be under ``license_`` states of its work.

    CC BY 4.0 section 3(a)(1)(A) and its likes ask for what the licensor supplied; what the
    page does not state is absent here.
    """
    addresses = addresses_of(markup)
    in_data = of_page(json_ld.read(markup), addresses)
    in_elements = of_page(elements.read(markup, exchange), addresses)
    title, title_locator = _title(markup, in_data, in_elements)
    authors, author_locator = _authors(markup, in_data, in_elements)
    stated = next(_of(in_data, Property.NOTICE), None)
    return Work(
        title=title,
        title_locator=title_locator,
        authors=authors,
        author_locator=author_locator,
        notice=notices.copyright_notice(markup, stated.words if stated else ""),
        license_notice=notices.license_notice(markup, license_),
        disclaimer=notices.disclaimer(markup),
        published=_published(markup, (*in_data, *in_elements)),
    )


def _of(said: Iterable[Said], *properties: Property) -> Iterator[Said]:
    return (each for each in said if each.property in properties)


def _in_metas(markup: Markup, name: str, known: Property) -> Iterator[Said]:
    locator = f"meta[name={name}]"
    for meta in markup.metas:
        if meta.name == name:
            yield Said(property=known, words=meta.content, locator=locator)


def _title(
    markup: Markup, in_data: Iterable[Said], in_elements: Iterable[Said]
) -> tuple[str, str | None]:
    """Return the title and where it stands: the work's own before that of the window.

    A social network's title is a site's as often as a page's, so that it comes late.
    """
    said = (
        *_of(in_elements, Property.TITLE),
        *(
            each
            for name in _TITLE_METAS
            for each in _in_metas(markup, name, Property.TITLE)
        ),
        *_of(in_data, Property.NAME),
        *_of(in_data, Property.TITLE),
        *_in_metas(markup, "og:title", Property.TITLE),
        Said(property=Property.TITLE, words=markup.title, locator="title"),
    )
    for each in said:
        title = one_line(each.words)
        if any(map(str.isalnum, title)):
            return title, each.locator
    return "", None


def _authors(
    markup: Markup, in_data: Iterable[Said], in_elements: Iterable[Said]
) -> tuple[tuple[Author, ...], str | None]:
    """Return whom the weightiest statement names, and where the first of them stands.

    Whom the licensor asks to be named is named, even where others are stated (CC BY 4.0
    section 3(a)(1)(A)(i)). Statements are never mixed: two spellings of one name would be
    two people.
    """
    groups: tuple[Iterable[Said], ...] = (
        _of(in_elements, Property.ATTRIBUTION),
        _of(in_data, Property.AUTHOR),
        _of(in_elements, Property.AUTHOR),
        *(_in_metas(markup, name, Property.AUTHOR) for name in _AUTHOR_METAS),
        _of(in_elements, Property.CARD),
    )
    for group in groups:
        said = tuple(group)
        found = names.authors(said, markup)
        if found:
            return found, _locator(said, markup)
    return (), None


def _locator(said: Iterable[Said], markup: Markup) -> str | None:
    return next((each.locator for each in said if names.authors([each], markup)), None)


def _published(markup: Markup, said: Iterable[Said]) -> str | None:
    """Return the date of publication that is stated first, as far as it can be read."""
    metas = (each for n in _DATE_METAS for each in _in_metas(markup, n, Property.DATE))
    for each in (*metas, *_of(said, Property.DATE)):
        match = _DATE.match(each.words)
        if match:
            return "-".join(filter(None, match.groups()))
    return None
