"""The notices that came with a work: of copyright, of its license, of warranties."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from pipeline.credit.names import LIMIT, one_line
from pipeline.license import address, terms
from pipeline.markup import Link, Markup, Notice, is_apart
from pipeline.vocab import LicenseExpression

# A notice of copyright has a mark and, unless its line begins with the sign, a year: what
# speaks of copyright in general has neither.
_YEAR: Final = r"(?:1[5-9]|20)\d\d\b|\bM{1,3}[CDMLXVI]*\b"
_NOTICE: Final = re.compile(
    r"(?:(?:\bcopyright\b|\bcopr\.)\s*(?:notice\W*)?(?:©|\(c\))?|©|\(c\))\s*"
    r"(?:copyright\b)?[\s,:;by-]{0,6}(?:" + _YEAR + r")[^\n]*"
    r"|(?:^|(?<=\n))\s*©\s*[^\W\d_][^\n]*",
    re.IGNORECASE,
)
_METAS: Final = ("copyright", "dcterms.rights", "dc.rights", "rights")
_SAMPLES: Final = frozenset({"pre", "code"})
_SEPARATORS: Final = " ·•|–—/"
_ENDS: Final = frozenset(".·•|–—/")
_BESIDE: Final = frozenset({"card", "credit"})

_DISCLAIMER: Final = re.compile(
    r"(?:legal |general )?disclaimers?(?: of warrant(?:y|ies))?|no warranty|warranty"
    r"|haftungsausschluss|clause de non-responsabilité|descargo de responsabilidad"
    r"|avviso legale|免責事項|免责声明",
    re.IGNORECASE,
)


def copyright_notice(markup: Markup, stated: str = "") -> str | None:
    """Return the notice of copyright in the page's words, or None where it has none.

    What stands on the page goes before its metadata, and its footer before the rest; in
    quotations, captions, samples and comments it is another's (CC BY 4.0 section
    3(a)(1)(A)(ii)). ``stated`` is what structured data call the notice.
    """
    own = [notice for notice in markup.notices if _is_own(notice)]
    own.sort(key=lambda notice: "footer" not in notice.sections)
    seen = (
        _without_ways_on(match[0], notice, markup)
        for notice in own
        if (match := _NOTICE.search(notice.text))
    )
    for words in chain(seen, [stated], _in_metas(markup)):
        line = one_line(words)
        if any(map(str.isalnum, line)):
            return line
    return None


def license_notice(markup: Markup, license_: LicenseExpression) -> str | None:
    """Return the words around the page's link to its license, or None without a link.

    CC BY 4.0 section 3(a)(1)(A)(iii): the notice that refers to the license.
    """
    wanted = set(terms.identifiers(license_))
    for link in markup.links:
        if link.tag != "a" or link.hidden or _is_elsewhere(link):
            continue
        found = address.expression_of(link.href)
        if found is not None and wanted.issuperset(terms.identifiers(found)):
            start = max(0, link.offset - LIMIT // 2) if len(link.context) > LIMIT else 0
            words = one_line(link.context[start:])
            if words:
                return words
    return None


def disclaimer(markup: Markup) -> str | None:
    """Return the address of the disclaimer that the page's footer links to, or None.

    CC BY 4.0 section 3(a)(1)(A)(iv): the notice that refers to it. In a text the word is
    most often an entry of an index, and in a comment another's.
    """
    for link in markup.links:
        is_web = link.href.startswith(("http://", "https://"))
        is_own = "footer" in link.sections and not link.hidden
        if link.tag != "a" or not is_web or not is_own or _is_elsewhere(link):
            continue
        if _DISCLAIMER.fullmatch(link.text):
            return link.href
    return None


def _without_ways_on(words: str, notice: Notice, markup: Markup) -> str:
    """Return a notice without the links that follow it in its line and lead elsewhere."""
    for link in reversed([link for link in markup.links if link.block == notice.block]):
        before = words.rstrip().removesuffix(link.text).rstrip()
        if not link.text or before == words.rstrip() or before[-1:] not in _ENDS:
            break
        words = before.rstrip(_SEPARATORS)
    return words


def _is_own(notice: Notice) -> bool:
    sections = notice.sections
    if "footer" in sections:
        sections = tuple(each for each in sections if each not in _BESIDE)
    return not is_apart(sections) and _SAMPLES.isdisjoint(sections)


def _is_elsewhere(link: Link) -> bool:
    # The words of a license are called a credit as often as those of a picture.
    return is_apart(tuple(each for each in link.sections if each not in _BESIDE))


def _in_metas(markup: Markup) -> Iterator[str]:
    for name in _METAS:
        for meta in markup.metas:
            if meta.name == name and "://" not in meta.content:
                yield meta.content
