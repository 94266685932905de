"""ATTRIBUTION.md: title, authors, source and notices by license, safe to show."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

from pipeline.extract import CHANGES
from pipeline.ledger.rows import CreditRow
from pipeline.license import terms
from pipeline.vocab import LicenseExpression

# CommonMark section 2.4: any ASCII punctuation character may be backslash-escaped. These
# open something inside of a line, there or in GitHub's dialect, which also makes links of
# "www.", of schemes and of mail addresses that stand alone.
_PUNCTUATION: Final = str.maketrans({each: f"\\{each}" for each in r"!#$&*:<>@[\]^_`|~"})
_AFTER_WWW: Final = re.compile(r"(?<=www)\.", re.IGNORECASE)

# What turns the direction of the text around it, joins what it stands between, or is not
# seen: with it a title could pass for another, or reach out of its cell.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})

# RFC 3986 section 2: what a URL may consist of. Nothing in it ends a <destination>.
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")

_LONGEST: Final = 200


def render(credits_: Iterable[CreditRow]) -> Iterator[str]:
    """Yield ATTRIBUTION.md in pieces: a section for each license, a row for each document.

    The rows come by license. CC BY 4.0 section 3(a)(2): one resource with what is asked
    for is enough; what a page does not state is said to be absent.
    """
    yield "# Attribution\n\n"
    yield (
        "Title, authors, source and license of every document, and the notices that came "
        "with it, as its page states them: nothing is guessed, and what a page does not "
        "state is marked as such. `attribution.parquet` holds the same, with the place in "
        "the page where each was read.\n\n"
    )
    yield f"Changes to each document, where its row names no others: {CHANGES}.\n"
    for license_, rows in groupby(credits_, key=lambda row: row.license):
        yield from _heading(LicenseExpression(license_))
        yield "| Title | Authors | Source | Captured | Notices |\n|---|---|---|---|---|\n"
        yield from map(_row, rows)


def _heading(license_: LicenseExpression) -> Iterator[str]:
    name = terms.name_of(license_)
    yield f"\n## {escaped(name)}\n\n"
    for each in map(LicenseExpression, terms.identifiers(license_)):
        address = terms.address_of(each)
        where = link(address, address) if address else "where it can be read is not known"
        yield f"- `{each}`: {where}\n"
    owed = "; ".join(terms.MEANING[each] for each in sorted(terms.obligations_of(license_)))
    yield f"- It asks for: {owed or 'nothing'}.\n\n"


def _row(credit: CreditRow) -> str:
    cells = (
        escaped(credit.title) or "*without a title*",
        "; ".join(map(_author, credit.authors)) or "*not named*",
        link(credit.url, credit.url),
        credit.captured_at or "*not known*",
        "; ".join(_notices(credit)) or "*none found*",
    )
    return f"| {' | '.join(cells)} |\n"


def _author(author: Mapping[str, str | None]) -> str:
    # Not cut: of a name that is passed on, all is owed.
    name = escaped(author["name"] or "", longest=None)
    address = author["url"]
    return f"[{name}](<{address}>)" if address and _ADDRESS.fullmatch(address) else name


def _notices(credit: CreditRow) -> Iterator[str]:
    if credit.notice:
        yield escaped(credit.notice, longest=None)
    if credit.changes != CHANGES:
        yield escaped(f"Changes: {credit.changes}")
    if credit.disclaimer:
        yield link("disclaimer", credit.disclaimer)


def escaped(text: str, *, longest: int | None = _LONGEST) -> str:
    """Return a text as Markdown that shows it, on one line, and does nothing else."""
    # Blanks of every kind are blanks before what is not seen goes, or words would join.
    words = " ".join(text.split())
    seen = words if words.isprintable() else _seen(words)
    limit = len(seen) if longest is None else longest
    cut = seen if len(seen) <= limit else f"{seen[: limit - 1]}…"
    return _AFTER_WWW.sub(r"\\.", cut.translate(_PUNCTUATION))


def _seen(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) not in _UNSEEN).strip()


def link(text: str, address: str) -> str:
    """Return a Markdown link, or the text alone where the address is not of the web.

    Of several addresses with blanks between, none is linked.
    """
    shown = escaped(text)
    return f"[{shown}](<{address}>)" if _ADDRESS.fullmatch(address) else shown
