"""ATTRIBUTION.md: title, author, source and license of every document, safe to show."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from pipeline.extract import CHANGES
from pipeline.ledger.rows import DocumentRow
from pipeline.license import terms
from pipeline.vocab import LicenseExpression

# CommonMark section 2.4: any ASCII punctuation character may be backslash-escaped. These
# open something inside of a line, there or in GitHub's dialect, which also makes links of
# "www.", of schemes and of mail addresses that stand alone.
_PUNCTUATION: Final = re.compile(r"[!#$&*:<>@\[\\\]^_`|~]|(?<=www)\.", re.IGNORECASE)

# What turns the direction of the text around it, joins what it stands between, or is not
# seen: with it a title could pass for another, or reach out of its cell.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})

# RFC 3986 section 2: what a URL may consist of. Nothing in it ends a <destination>.
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")

_LONGEST: Final = 200


def render(documents: Iterable[DocumentRow]) -> Iterator[str]:
    """Yield the lines of ATTRIBUTION.md, one row for each document."""
    yield "# Attribution\n\n"
    yield (
        "Title, author, source and license of every document. "
        f"Changes to each: {CHANGES}.\n\n"
    )
    yield "| Title | Author | Source | License |\n|---|---|---|---|\n"
    for document in documents:
        license_ = LicenseExpression(document.license)
        cells = (
            escaped(document.title) or "*without a title*",
            escaped(document.author or "") or "*not named*",
            link(document.url, document.url),
            link(document.license, terms.address_of(license_)),
        )
        yield f"| {' | '.join(cells)} |\n"


def escaped(text: str) -> str:
    """Return a text as Markdown that shows it, on one line, and does nothing else."""
    # Blanks of every kind are blanks before what is not seen goes, or words would join.
    words = " ".join(text.split())
    seen = "".join(c for c in words if unicodedata.category(c) not in _UNSEEN).strip()
    cut = seen if len(seen) <= _LONGEST else seen[: _LONGEST - 1] + "…"
    return _PUNCTUATION.sub(r"\\\g<0>", cut)


def link(text: str, address: str) -> str:
    """Return a Markdown link, or the text alone where the address is not of the web.

    Of several addresses with blanks between, none is linked.
    """
    shown = escaped(text)
    return f"[{shown}](<{address}>)" if _ADDRESS.fullmatch(address) else shown
