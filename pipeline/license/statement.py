"""The license that a site states once, for those of its pages that state none themselves.

A person has read a page of the site, such as its legal notice, and says in the manifest
which license it states, for which URLs and in which words. That is believed only while the
words stand there: whole sentences, shown to readers, in a page of the same host that
answers at its own address. Whatever a page says of itself comes first, and nothing here
turns a refusal or a doubt of the page's own into a permission.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from pipeline.license import classify, creative_commons, expression, sentence
from pipeline.license.sentence import Saying, Sentence
from pipeline.markup import (
    LICENSE_RELATIONS,
    Link,
    Markup,
    Unparseable,
    is_apart,
    is_chrome,
    own_notices,
    read,
)
from pipeline.model import (
    Evidence,
    Exchange,
    Exchanges,
    LicenseFinding,
    SiteStatement,
    evidence_of,
    quote_of,
)
from pipeline.url import is_within, without_credentials
from pipeline.vocab import LicenseExpression, Reason

PARSER: Final = "statement/1"
_CLAUSE: Final = "house rule: a license stated for a site holds where a page states none"
_AGAINST: Final = "house rule: what a page says of itself comes before its site's statement"

_OK: Final = 200
# Withheld, or a server in trouble: nobody has taken the words away.
_WITHHELD: Final = frozenset({401, 402, 403, 407, 408, 425, 429, 451, *range(500, 600)})

# Typography is the editor's and changes by itself: for comparison it is written plainly.
_PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032`\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None),
        "\u2026": "...",
    }
)
# What ends a sentence wherever it stands: a line break, and what footers put between
# notices. A full stop does where something else follows than the rest of a number.
_STOPS: Final = frozenset("\n|·•。！？")
_END: Final = re.compile(r"""["')\]]*(?:\Z|\n|\s*[|·•]|[。！？]|[.!?]+["')\]]*(?:\s|\Z))""")

# What is not the site's own to license: said of a page's text by its re-publisher.
_BY_LEAVE: Final = re.compile(
    r"\b(?:re-?(?:printed|published|produced|posted)|used|appears) (?:here )?(?:with|by)"
    r" (?:the )?(?:kind |express |written )*permission"
    r"|\bmit (?:freundlicher )?(?:genehmigung|erlaubnis)\b"
    r"|\bavec (?:l.aimable )?autorisation|\bcon (?:el )?permiso\b"
    r"|\bper gentile concessione|\bcom (?:a )?permissão",
    re.IGNORECASE,
)
_ABOUT_LICENSES: Final = re.compile(
    r"licen[sc]|lizen[sz]|licenz|creative ?commons|\bcc[ -](?:by|0)|\bcc0\b|copyright"
    r"|public domain|gemeinfrei|ライセンス|许可|授权",
    re.IGNORECASE,
)
# What a heading or a link to another page says, which states nothing.
_LABEL: Final = re.compile(
    r"\W*(?:licen[sc]es?|licensing|copyrights?|lizenz|licencia|licença|licenza|licentie"
    r"|ライセンス|许可)\W*",
    re.IGNORECASE,
)
_CAPTION: Final = re.compile(
    r"\W*(?:fig(?:ure|\.)|table|photo|image|picture|illustration|map|chart|abb(?:ildung|\.)"
    r"|tabelle|foto|bild|tableau|imagen|tabla)(?!\w)",
    re.IGNORECASE,
)
_OWN_WORDS: Final = frozenset(
    {Saying.GRANTS, Saying.DENIES, Saying.DEPENDS, Saying.SPEAKS_OF_SOME_TEXT}
)
_SILENT: Final = frozenset({Reason.LICENSE_NONE, Reason.LICENSE_OF_A_PART})
_DECIDED: Final = frozenset(
    {Reason.LICENSE_CONFLICT, Reason.LICENSE_EDITIONS, Reason.LICENSE_DENIED}
)
_EVIDENCE_LIMIT: Final = 16
_NEAR: Final = 16

_STATED: Final = Reason.LICENSE_STATED_FOR_SITE
_NOT_READ: Final = Reason.LICENSE_STATEMENT_NOT_READ
_GONE: Final = Reason.LICENSE_STATEMENT_GONE
_CONTRADICTED: Final = Reason.LICENSE_STATEMENT_CONTRADICTED
_WORST_FIRST: Final = (_CONTRADICTED, _GONE, _NOT_READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page that is judged: its answer and what its markup holds."""

    exchange: Exchange
    markup: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What one statement comes to by the page it rests on."""

    reason: Reason
    evidence: tuple[Evidence, ...] = ()


def covering(url: str, statements: Iterable[SiteStatement]) -> tuple[SiteStatement, ...]:
    """Return the statements with the longest prefix that covers ``url``."""
    reach = {each: _reach_of(each, url) for each in statements}
    longest = max(reach.values(), default=0)
    return tuple(each for each, length in reach.items() if length == longest > 0)


def counts(finding: LicenseFinding) -> bool:
    """Say whether a page leaves room for what its site states: it states nothing itself.

    Of its text, that is: a license for its pictures alone says nothing of that.
    """
    return finding.expression is None and finding.reason in _SILENT


def conclude(
    finding: LicenseFinding,
    statements: Sequence[SiteStatement],
    *,
    page: Page,
    exchanges: Exchanges,
    barred: Mapping[str, tuple[Evidence, ...]],
) -> LicenseFinding:
    """Return what a page's license is by the statements that cover it.

    A finding that says anything is returned as it is. ``barred`` has, for each page that we
    may not ask for, what keeps us from it.
    """
    if not statements or not counts(finding):
        return finding
    own = [each for each in statements if each.evidence_url == page.exchange.url]
    if not all(holds(page.markup.text, each.quote) for each in own):
        # The page itself is where the words were: now it states nothing at all.
        return finding
    readings = [_against(statements, page)]
    for each in statements:
        keeps = _Reading(reason=_NOT_READ, evidence=barred.get(each.evidence_url, ()))
        exchange = exchanges.get(each.evidence_url)
        readings.append(keeps if exchange is None else _read(each, exchange))
    return _concluded(finding, statements, [each for each in readings if each])


def holds(text: str, quote: str) -> bool:
    """Say whether ``quote`` stands in a visible text, from sentence end to sentence end.

    Half a sentence proves nothing: "no longer licensed under" has the words as well, and
    so has a license to which "for private use only" was added.
    """
    lines = "\n".join(filter(None, map(folded, text.split("\n"))))
    # A footer often leaves out the stop that a quotation adds, or the reverse.
    flat, words = lines.replace("\n", " "), folded(quote).rstrip(".!?。！？")
    start = flat.find(words) if words else -1
    while start >= 0:
        if _begins(lines, start) and _END.match(lines, start + len(words)):
            return True
        start = flat.find(words, start + 1)
    return False


def folded(text: str) -> str:
    """Return words as they are compared: white space, case and typography plain."""
    plain = unicodedata.normalize("NFC", text).translate(_PLAIN)
    return " ".join(plain.casefold().split())


def _reach_of(statement: SiteStatement, url: str) -> int:
    return max((len(each) for each in statement.scope if is_within(url, each)), default=0)


def _begins(lines: str, start: int) -> bool:
    # Not all that comes before: a page may repeat the words a thousand times.
    before = lines[max(0, start - _NEAR) : start].rstrip(" \"'([")
    if not before:
        return start <= _NEAR
    if before[-1] in _STOPS:
        return True
    has_space = len(before) < min(start, _NEAR)
    return has_space and before.rstrip("\"')]").endswith((".", "!", "?"))


def _concluded(
    finding: LicenseFinding,
    statements: Sequence[SiteStatement],
    readings: Sequence[_Reading],
) -> LicenseFinding:
    reason = _reason_of(statements, readings)
    asserted = [(each.license, _assertion(each)) for each in statements]
    read = [one for each in readings if each.reason is reason for one in each.evidence]
    return replace(
        finding,
        expression=statements[0].license if reason is _STATED else None,
        reason=reason,
        evidence=(*dict.fromkeys(read), *(evidence for _, evidence in asserted)),
        candidates=(*asserted, *finding.candidates),
    )


def _reason_of(statements: Sequence[SiteStatement], readings: Sequence[_Reading]) -> Reason:
    if len({each.license for each in statements}) > 1:
        return _CONTRADICTED
    # The worst of them: each statement has to stand, and nothing may speak against one.
    reasons = {each.reason for each in readings}
    return next((each for each in _WORST_FIRST if each in reasons), _STATED)


def _assertion(statement: SiteStatement) -> Evidence:
    confirmed = f", confirmed {statement.confirmed}" if statement.confirmed else ""
    return Evidence(
        source="manifest",
        locator=f"statements[evidence_url={statement.evidence_url}]",
        quote=quote_of(f"{statement.license}{confirmed}: {statement.quote}"),
        clause=_CLAUSE,
        parser=PARSER,
    )


# One page is read for all pages in scope, which come between those of other hosts.
@lru_cache(maxsize=64)
def _read(statement: SiteStatement, exchange: Exchange) -> _Reading:
    """Return what a statement comes to by the answer for the page that it rests on."""
    status = exchange.status
    if exchange.error or status is None:
        return _reading(_NOT_READ, exchange, "error", quote=exchange.error or "none")
    if status in _WITHHELD:
        return _reading(_NOT_READ, exchange, "status", quote=str(status))
    if status != _OK:
        # Also a redirect: what stands elsewhere is not what was confirmed.
        target = exchange.header("location")
        said = f"{status} to {without_credentials(target)}" if target else str(status)
        return _reading(_GONE, exchange, "status", quote=said)
    return _read_words(statement, exchange)


def _read_words(statement: SiteStatement, exchange: Exchange) -> _Reading:
    markup = read(exchange)
    if isinstance(markup, Unparseable):
        return _reading(_NOT_READ, exchange, "body", quote=markup.cause)
    if not holds(markup.text, statement.quote):
        return _reading(_GONE, exchange, "visible text, without the words")
    against = _against_license(statement.license, exchange, markup)
    if against:
        return _Reading(reason=_CONTRADICTED, evidence=against)
    return _reading(_STATED, exchange, "visible text", quote=statement.quote)


def _reading(
    reason: Reason, exchange: Exchange, locator: str, *, quote: str = ""
) -> _Reading:
    evidence = evidence_of(exchange, locator, quote=quote, clause=_CLAUSE, parser=PARSER)
    return _Reading(reason=reason, evidence=(evidence,))


def _against_license(
    license_: LicenseExpression, exchange: Exchange, markup: Markup
) -> tuple[Evidence, ...]:
    """Return what a page says against the license that it is confirmed to state.

    Where it names several, the person who read it has told them apart.
    """
    reserved = tuple(_reservations(exchange, markup))
    if reserved:
        return reserved
    found = classify.find(markup, exchange, is_thorough=True)
    is_decided = found.expression is not None or found.reason in _DECIDED
    named = {found.expression, *classify.contested(found)}
    # A choice or a sum is stated where each of its arms is.
    _, arms = expression.arms(license_)
    is_named = license_ in named or named.issuperset(arms)
    return found.evidence if is_decided and not is_named else ()


def _against(statements: Sequence[SiteStatement], page: Page) -> _Reading | None:
    """Return what a page that states no license says against one of its site's."""
    exchange, markup = page.exchange, page.markup
    evidence = tuple(_reservations(exchange, markup))
    if all(exchange.url != each.evidence_url for each in statements):
        evidence += tuple(_own_words(exchange, markup))
        evidence += tuple(_other_licenses(exchange, markup, statements))
    evidence = tuple(dict.fromkeys(evidence))[:_EVIDENCE_LIMIT]
    return _Reading(reason=_CONTRADICTED, evidence=evidence) if evidence else None


def _reservations(exchange: Exchange, markup: Markup) -> Iterator[Evidence]:
    """Yield the words that reserve all rights, or the use by machines that learn."""
    for words in markup.reserved:
        yield _said(
            exchange, markup.locator.within("reserved rights", words.node), words.text
        )
    for notice in own_notices(markup):
        if sentence.reserves_learning(notice.text):
            place = markup.locator.within("reserved use", notice.node)
            yield _said(exchange, place, notice.text)


def _own_words(exchange: Exchange, markup: Markup) -> Iterator[Evidence]:
    """Yield what a page says of its own license in words that name none we know.

    Granted under another license, expressly not granted, or only on a condition: that the
    license has no identifier for us does not make it the site's.
    """
    for line in markup.text.split("\n"):
        if _BY_LEAVE.search(line) and not _CAPTION.match(line):
            yield _said(exchange, "used by permission", line)
    for notice in own_notices(markup):
        in_chrome = is_chrome(notice.sections)
        for text in sentence.sentences(notice.text):
            if _speaks_of_license(text, in_chrome=in_chrome):
                yield _said(exchange, markup.locator.within("own words", notice.node), text)


def _speaks_of_license(text: str, *, in_chrome: bool) -> bool:
    said = Sentence(lead=text, tail="")
    is_own = in_chrome or sentence.speaks_of_itself(said)
    is_about = is_own and _ABOUT_LICENSES.search(text) and not _LABEL.fullmatch(text)
    return bool(is_about) and sentence.read(said, is_marked=False) in _OWN_WORDS


def _other_licenses(
    exchange: Exchange, markup: Markup, statements: Sequence[SiteStatement]
) -> Iterator[Evidence]:
    """Yield the links by which a page names something else as its license.

    By ``rel=license``, or by a Creative Commons address beside the text, such as a badge
    without words: too little for a license of its own, and enough against another.
    """
    own = {*(each.evidence_url for each in statements), exchange.url}
    for link in markup.links:
        if link.hidden or is_apart(link.sections):
            continue
        if LICENSE_RELATIONS & link.rel and link.href.partition("#")[0] not in own:
            place = markup.locator.of(link.node) or f"{link.tag}[rel=license]"
            yield _said(exchange, place, link.html)
        elif _is_badge(link, {each.license for each in statements}):
            place = markup.locator.of(link.node) or f"{link.sections[-1]} {link.tag}"
            yield _said(exchange, place, link.html)


def _is_badge(link: Link, licenses: Collection[LicenseExpression]) -> bool:
    other = creative_commons.expression_of(link.href)
    if other is None or other in licenses or not is_chrome(link.sections):
        return False
    begin, end = link.offset, link.offset + len(link.text)
    said = sentence.around(link.context, begin, end)
    return sentence.read(said, is_marked=False) is not Saying.SPEAKS_OF_A_PART


def _said(exchange: Exchange, locator: str, quote: str) -> Evidence:
    return evidence_of(exchange, locator, quote=quote, clause=_AGAINST, parser=PARSER)
