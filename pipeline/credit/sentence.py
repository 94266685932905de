"""The words by which a document is credited, ready to be shown."""

from collections.abc import Iterable

from pipeline.extract import CHANGES
from pipeline.license import terms
from pipeline.model import Author, Work
from pipeline.vocab import LicenseExpression

NOT_NAMED = "author not named on the page"
"""What stands where a page names nobody."""


def credit(
    work: Work, *, url: str, license_: LicenseExpression, changes: str = CHANGES
) -> str:
    """Return title, author, notice, source, license and changes as one line of prose.

    CC BY 4.0 section 3(a)(1): (A) whom and what to name, (B) that it was changed, (C) the
    license and its address.
    """
    title = f"“{work.title}”" if work.title else "A page without a title"
    author = f"by {by_line(work.authors)}" if work.authors else f"({NOT_NAMED})"
    name, address = terms.name_of(license_), terms.address_of(license_)
    known_as = license_ if name == license_ else f"{name} ({license_})"
    where = ", ".join(filter(None, (known_as, address)))
    said = (
        f"{title} {author}",
        f"Notice: {work.notice.rstrip('.')}" if work.notice else "",
        f"Source: {url}",
        f"License: {where}",
        f"Changes: {changes}",
    )
    return ". ".join(filter(None, said)) + "."


def by_line(authors: Iterable[Author]) -> str:
    """Return names in their order, each with its address where the page gives one."""
    return "; ".join(f"{a.name} <{a.url}>" if a.url else a.name for a in authors)
