"""What a page declares of the license of its main text.

First everything that looks like a declaration is collected, each with its evidence and
its standing; only then is it settled. Restrictive words count from anywhere, permissive
ones only where the page speaks of itself: a caption, a reader's comment, a hidden link or
a credit for icons never admits a page. Where the page contradicts itself no license is
concluded.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Final
from urllib.parse import urljoin, urlsplit

from pipeline.license import address, creative_commons, expression, sentence
from pipeline.license.sentence import Saying, Sentence
from pipeline.markup import Link, Markup, Meta, Notice, is_apart
from pipeline.model import Evidence, Exchange, LicenseFinding, evidence_of
from pipeline.vocab import LicenseExpression, Reason

_HTML: Final = "HTML Standard, link type license"
_HTTP: Final = "RFC 8288"
_WORDS: Final = "house rule: a notice is read sentence by sentence"
_SCHEMA: Final = "schema.org license"
_DUBLIN_CORE: Final = "DCMI Metadata Terms, license and rights"
_RESERVATION: Final = "house rule: reserved rights beside a grant are a contradiction"
_ONE_CLICK: Final = "house rule: a license page is noted, never followed"

# HTML Standard: "user agents must also treat the keyword copyright like license".
_RELATIONS: Final = frozenset({"license", "copyright"})

_META_NAMES: Final = frozenset(
    """
    dcterms.license dc.license dcterms.rights dc.rights dcterms:license license og:license
    cc:license
    """.split()  # noqa: SIM905  (to be read)
)
# schema.org types whose subject is the page or its text; a VideoObject's is the video.
_PAGE_TYPES: Final = frozenset(
    """
    Article BlogPosting NewsArticle ScholarlyArticle TechArticle Report SocialMediaPosting
    WebPage AboutPage QAPage FAQPage CreativeWork Book Chapter LearningResource
    """.split()  # noqa: SIM905  (to be read)
)
_DATA_LIMIT: Final = 100_000
_RESTRICTIONS: Final = frozenset({"NC", "ND"})
_CANDIDATE_LIMIT: Final = 50

# RFC 8288 section 3:
#   Link       = #link-value
#   link-value = "<" URI-Reference ">" *( OWS ";" OWS link-param )
#   link-param = token BWS [ "=" BWS ( token / quoted-string ) ]
_LINK_VALUE: Final = re.compile(
    r"""<([^<>]*+)>((?:[^,"<>]++|"(?:[^"\\]|\\.)*+")*+)(?:,|$|(?=<))"""
)
_LINK_PARAMETER: Final = re.compile(
    r""";\s*([A-Za-z*!#$&.^_`|~0-9-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+)))?"""
)

_ARCHIVED: Final = re.compile(r"https?://web\.archive\.org/web/[0-9]+[a-z_]*/(.+)")
_COMMENTED: Final = re.compile(r"https?://[A-Za-z0-9.:@/+-]+")

_BETWEEN_OR: Final = re.compile(r"(?:^|\W)(?:or|oder|ou|o|of)\b|または", re.IGNORECASE)
_BETWEEN_AND: Final = re.compile(r"^\W*(?:both\W+)?(?:and|und|et|y|e|&)\W", re.IGNORECASE)

_LICENSE_PAGE: Final = re.compile(
    r"(?:copyright|licen[sc]e|licen[sc]ing|lizenz|licencia|terms of use|legal notice"
    r"|legal|rights|nutzungsbedingungen|mentions légales|aviso legal|impressum)"
    r"(?: (?:and|&) (?:copyright|licen[sc]e|legal|terms))?(?: notice| information)?",
    re.IGNORECASE,
)
_ABOUT_THE_SITE: Final = frozenset({"footer", "sidebar", "nav", "header"})


class _Standing(StrEnum):
    """What a declaration counts for."""

    STATES = "states"
    UNCLEAR = "unclear"
    HIDDEN = "hidden"
    MAY_BLOCK = "may block"
    NOTED = "noted"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Declaration:
    """One thing that was read which names a license, or should."""

    expression: LicenseExpression | None
    evidence: Evidence
    standing: _Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    """A link to a license together with the sentence it stands in."""

    link: Link
    expression: LicenseExpression | None
    sentence: Sentence


def find(markup: Markup, exchange: Exchange) -> LicenseFinding:
    """Return the license that the page declares for its text, or why there is none.

    ``expression`` is set where all that the page says of itself agrees, also on a license
    that a corpus may not carry; the reason is then LICENSE_ADMITS, for policy to confirm or
    to replace. Without an expression it is LICENSE_NONE, LICENSE_CONFLICT or
    LICENSE_UNCLEAR: what is named identifies no license, or depends on something, or stands
    beside a reservation of machine learning. ``contested`` then gives what was named.
    """
    marked = _marked(markup)
    declarations = [
        *_in_headers(exchange),
        *_in_metas(markup, exchange),
        *_in_data(markup, exchange),
        *_in_links(marked, exchange),
        *_in_words(markup, marked, exchange),
        *_in_comments(markup, exchange),
    ]
    return _settled(markup, exchange, declarations)


def contested(finding: LicenseFinding) -> tuple[LicenseExpression, ...]:
    """Return the licenses that the finding rests on: one, or those in conflict."""
    return tuple(
        dict.fromkeys(
            each
            for each, evidence in finding.candidates
            if each is not None and evidence in finding.evidence
        )
    )


def license_page_of(markup: Markup) -> str | None:
    """Return the page of the same host that seems to state the license, if one is linked.

    It is only named: whoever follows it has to judge what it says.
    """
    host = urlsplit(markup.url).netloc
    marked = (link for link in markup.links if _RELATIONS & link.rel)
    named = (
        link
        for link in markup.links
        if link.tag == "a"
        and not _ABOUT_THE_SITE.isdisjoint(link.sections)
        and _LICENSE_PAGE.fullmatch(link.text)
    )
    for link in (*marked, *named):
        if not link.hidden and _host_of(link.href) == host:
            target = link.href.partition("#")[0]
            if target != markup.url.partition("#")[0]:
                return target
    return None


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return None


def _settled(
    markup: Markup, exchange: Exchange, declarations: list[_Declaration]
) -> LicenseFinding:
    deciding = [each for each in declarations if _decides(each)]
    found = frozenset(each.expression for each in deciding if each.expression)
    # A hidden permission admits nothing, and is a reason to look where it stands alone.
    doubts = {_Standing.UNCLEAR} if found else {_Standing.UNCLEAR, _Standing.HIDDEN}
    unclear = [each for each in declarations if each.standing in doubts]
    reserved = [
        evidence_of(exchange, "reserved rights", quote=each, clause=_RESERVATION)
        for each in markup.reserved
    ]
    evidence = tuple(each.evidence for each in (*deciding, *unclear))
    license_, reason = None, Reason.LICENSE_NONE
    if len(found) > 1 or (found and reserved):
        reason = Reason.LICENSE_CONFLICT
        evidence += tuple(reserved)
    elif unclear:
        reason = Reason.LICENSE_UNCLEAR
    elif found:
        reason = _reason_beside(markup)
        license_ = min(found) if reason is Reason.LICENSE_ADMITS else None
    return LicenseFinding(
        expression=license_,
        reason=reason,
        evidence=evidence,
        candidates=_candidates(declarations) + _one_click_away(markup, exchange),
    )


def _decides(declaration: _Declaration) -> bool:
    if declaration.standing in {_Standing.HIDDEN, _Standing.MAY_BLOCK}:
        stated = declaration.expression
        return stated is not None and bool(expression.elements(stated) & _RESTRICTIONS)
    return declaration.standing is _Standing.STATES


def _reason_beside(markup: Markup) -> Reason:
    notices = (each for each in markup.notices if not is_apart(each.sections))
    if any(sentence.reserves_learning(each.text) for each in notices):
        return Reason.LICENSE_UNCLEAR
    return Reason.LICENSE_ADMITS


def _candidates(
    declarations: Iterable[_Declaration],
) -> tuple[tuple[LicenseExpression | None, Evidence], ...]:
    # What decides comes first, so that a page of a thousand credits cannot crowd it out.
    ranked = sorted(declarations, key=lambda each: each.standing is _Standing.NOTED)
    return tuple((each.expression, each.evidence) for each in ranked[:_CANDIDATE_LIMIT])


def _one_click_away(
    markup: Markup, exchange: Exchange
) -> tuple[tuple[LicenseExpression | None, Evidence], ...]:
    page = license_page_of(markup)
    if page is None:
        return ()
    return ((None, evidence_of(exchange, "license page", quote=page, clause=_ONE_CLICK)),)


def _in_headers(exchange: Exchange) -> Iterator[_Declaration]:
    for line in exchange.header_lines("link"):
        for match in _LINK_VALUE.finditer(line):
            parameters: dict[str, str] = {}
            for name, quoted, token in _LINK_PARAMETER.findall(match[2]):
                # Section 3.3: a second rel is ignored.
                parameters.setdefault(name.lower(), quoted or token)
            if not _RELATIONS.intersection(parameters.get("rel", "").lower().split()):
                continue
            target = urljoin(exchange.url, match[1].strip())
            about_page = _is_page(parameters.get("anchor"), exchange.url)
            found = address.expression_of(target)
            yield _Declaration(
                expression=found,
                evidence=evidence_of(exchange, "header Link", quote=match[0], clause=_HTTP),
                standing=_standing_of(target, found) if about_page else _Standing.NOTED,
            )


def _is_page(anchor: str | None, url: str) -> bool:
    if anchor is None:
        return True
    return urljoin(url, anchor).partition("#")[0] == url.partition("#")[0]


def _standing_of(target: str, found: LicenseExpression | None) -> _Standing:
    """Return the standing of an address that the page marks as its license."""
    if found is not None:
        return _Standing.STATES
    # A copy in a web archive names the license that was meant when the copy was made.
    archived = _ARCHIVED.fullmatch(target)
    void = creative_commons.is_address(archived[1] if archived else target)
    return _Standing.UNCLEAR if void else _Standing.NOTED


def _in_metas(markup: Markup, exchange: Exchange) -> Iterator[_Declaration]:
    for meta in markup.metas:
        if meta.name in _META_NAMES:
            yield _in_meta(meta, exchange)


def _in_meta(meta: Meta, exchange: Exchange) -> _Declaration:
    target = meta.content.strip()
    found = address.expression_of(target)
    return _Declaration(
        expression=found,
        evidence=evidence_of(
            exchange, f"meta[name={meta.name}]", quote=meta.html, clause=_DUBLIN_CORE
        ),
        standing=_standing_of(target, found),
    )


def _in_data(markup: Markup, exchange: Exchange) -> Iterator[_Declaration]:
    for script in markup.data:
        for target in _licenses_in(script, markup.url):
            found = address.expression_of(target) if target else None
            yield _Declaration(
                expression=found,
                evidence=evidence_of(
                    exchange,
                    "script[type=application/ld+json]",
                    quote=target or script,
                    clause=_SCHEMA,
                ),
                standing=_standing_of(target, found) if target else _Standing.HIDDEN,
            )


def _licenses_in(script: str, url: str) -> Iterator[str]:
    """Yield the license of each node about the page; "" where JSON is broken."""
    try:
        root: object = json.loads(script) if len(script) <= _DATA_LIMIT else None
    except (ValueError, RecursionError):
        root = None
    if root is None:
        if "creativecommons" in script:
            yield ""
        return
    for node in _nodes(root):
        if _is_about(node, url):
            yield from _targets(node.get("license"))


def _nodes(root: object) -> Iterator[dict[str, object]]:
    """Yield the nodes that stand for themselves: the root's, and a list's or graph's."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield node
            waiting.append(node.get("@graph"))


def _is_about(node: dict[str, object], url: str) -> bool:
    types = node.get("@type")
    names = types if isinstance(types, list) else [types]
    if not any(isinstance(name, str) and name in _PAGE_TYPES for name in names):
        return False
    own = node.get("url") or node.get("@id")
    return not isinstance(own, str) or _is_page(own, url)


def _targets(value: object) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            yield from _targets([each.get("url") or each.get("@id")])
        elif isinstance(each, str):
            yield each


def _in_links(marked: list[_Marked], exchange: Exchange) -> Iterator[_Declaration]:
    declared = [_in_link(each, exchange) for each in marked]
    for index, (first, second) in enumerate(pairwise(marked), start=1):
        before, after = declared[index - 1 : index + 1]
        word = _joined(first, second)
        if word and before.standing is _Standing.STATES:
            both = [each for each in (before.expression, after.expression) if each]
            joined = expression.combine(word, both)
            declared[index - 1] = replace(before, standing=_Standing.NOTED)
            declared[index] = replace(after, expression=joined, standing=_Standing.STATES)
    yield from declared
    for each in marked:
        yield from _contradicted(each, exchange)


def _contradicted(marked: _Marked, exchange: Exchange) -> Iterator[_Declaration]:
    """Yield what the words or the badge of a link say where its address says otherwise."""
    link = marked.link
    if marked.expression is None or is_apart(link.sections):
        return
    words = f"{marked.sentence.lead} {link.text} {marked.sentence.tail}"
    other = creative_commons.contradiction(
        marked.expression, words=words, badges=link.badges
    )
    is_marked = bool(_RELATIONS & link.rel)
    if other and _standing_of_link(marked, is_marked=is_marked) is _Standing.STATES:
        yield _Declaration(
            expression=other,
            evidence=evidence_of(
                exchange, "words of the link", quote=link.html, clause=_WORDS
            ),
            standing=_Standing.STATES,
        )


def _marked(markup: Markup) -> list[_Marked]:
    found = [
        (link, address.expression_of(link.href, words=link.context))
        for link in markup.links
    ]
    kept = [
        (link, license_)
        for link, license_ in found
        if license_ or creative_commons.is_address(link.href) or _RELATIONS & link.rel
    ]
    links = [None, *(link for link, _ in kept), None]
    return [
        _Marked(
            link=link,
            expression=license_,
            sentence=_sentence_of(link, before=before, after=after),
        )
        for (link, license_), before, after in zip(kept, links, links[2:], strict=False)
    ]


def _sentence_of(link: Link, *, before: Link | None, after: Link | None) -> Sentence:
    """Return the sentence of a link, which ends where another license is named."""
    return sentence.around(
        link.context,
        link.offset,
        link.offset + len(link.text),
        after=_end_of(before, link) if before is not None else 0,
        until=_start_of(after, link) if after is not None else None,
    )


def _end_of(previous: Link, link: Link) -> int:
    """Return where the license before this one ends, in this link's context."""
    if previous.block != link.block or link.block < 0:
        return 0
    end = previous.position + len(previous.text)
    return max(0, min(link.offset, link.offset - (link.position - end)))


def _start_of(following: Link, link: Link) -> int | None:
    """Return where the license after this one begins, in this link's context."""
    if following.block != link.block or link.block < 0:
        return None
    start = link.offset + following.position - link.position
    return max(link.offset + len(link.text), min(start, len(link.context)))


def _joined(first: _Marked, second: _Marked) -> str:
    """Return the word that makes two licenses of one sentence a choice or a sum."""
    one, two = first.link, second.link
    if one.block != two.block or one.block < 0 or first.expression == second.expression:
        return ""
    between = two.context[_end_of(one, two) : two.offset].strip()
    in_doubt = sentence.read(second.sentence, is_marked=True) is not Saying.GRANTS
    if in_doubt or not second.expression or between != second.sentence.lead:
        return ""
    if _BETWEEN_OR.search(between):
        return "OR"
    return "AND" if _BETWEEN_AND.match(f"{between} ") else ""


def _in_link(marked: _Marked, exchange: Exchange) -> _Declaration:
    link = marked.link
    is_marked = bool(_RELATIONS & link.rel)
    locator = f"{link.sections[-1]} {link.tag}" if link.sections else link.tag
    return _Declaration(
        expression=marked.expression,
        evidence=evidence_of(
            exchange,
            f"{locator}[rel=license]" if is_marked else f"{locator}[href]",
            quote=_quote_of(marked, is_marked=is_marked),
            clause=_HTML if is_marked else _WORDS,
        ),
        standing=_standing_of_link(marked, is_marked=is_marked),
    )


def _quote_of(marked: _Marked, *, is_marked: bool) -> str:
    link = marked.link
    if is_marked:
        return link.html
    said = marked.sentence
    return " ".join(filter(None, (said.lead, link.text, said.tail, f"<{link.href}>")))


def _standing_of_link(marked: _Marked, *, is_marked: bool) -> _Standing:
    link = marked.link
    if link.hidden:
        return _Standing.HIDDEN
    if is_apart(link.sections):
        return _Standing.NOTED
    said = sentence.read(marked.sentence, is_marked=is_marked)
    if said is Saying.GRANTS and _is_about_page(marked, is_marked=is_marked):
        return _standing_of(link.href, marked.expression)
    if said is Saying.DEPENDS:
        return _Standing.UNCLEAR
    # Too little for a yes, and enough for a no: a grant that may be another work's, and a
    # bare link in a footer.
    in_chrome = not _ABOUT_THE_SITE.isdisjoint(link.sections)
    is_hint = said is Saying.GRANTS or (said is Saying.NAMES and in_chrome)
    return _Standing.MAY_BLOCK if is_hint else _Standing.NOTED


def _is_about_page(marked: _Marked, *, is_marked: bool) -> bool:
    in_chrome = not _ABOUT_THE_SITE.isdisjoint(marked.link.sections)
    return is_marked or in_chrome or sentence.speaks_of_itself(marked.sentence)


def _in_words(
    markup: Markup, marked: list[_Marked], exchange: Exchange
) -> Iterator[_Declaration]:
    """Yield what notices say without a link; a block with one is read through its link."""
    linked = {each.link.block for each in marked}
    for notice in markup.notices:
        if notice.block not in linked and not is_apart(notice.sections):
            for text in sentence.sentences(notice.text):
                yield from _in_sentence(text, notice, exchange)


def _in_sentence(text: str, notice: Notice, exchange: Exchange) -> Iterator[_Declaration]:
    # Where the name begins is where a link would: what stands before it is the subject.
    start = creative_commons.name_begins(text)
    split = Sentence(lead=text[:start].strip(), tail=text[start:].strip())
    in_chrome = not _ABOUT_THE_SITE.isdisjoint(notice.sections)
    if not in_chrome and not sentence.speaks_of_itself(split):
        return
    if start == len(text):
        if sentence.claims_public_domain(text):
            yield _in_notice(None, text, notice, exchange=exchange)
        return
    said = sentence.read(split, is_marked=False)
    if said in {Saying.GRANTS, Saying.DEPENDS}:
        for found in creative_commons.expressions_named(text):
            stated = found if said is Saying.GRANTS else None
            yield _in_notice(stated, text, notice, exchange=exchange)


def _in_notice(
    found: LicenseExpression | None, text: str, notice: Notice, *, exchange: Exchange
) -> _Declaration:
    place = notice.sections[-1] if notice.sections else "body"
    return _Declaration(
        expression=found,
        evidence=evidence_of(exchange, f"{place} text", quote=text, clause=_WORDS),
        standing=_Standing.STATES if found else _Standing.UNCLEAR,
    )


def _in_comments(markup: Markup, exchange: Exchange) -> Iterator[_Declaration]:
    for comment in markup.comments:
        for url in dict.fromkeys(_COMMENTED.findall(comment)):
            found = creative_commons.expression_of(url)
            if found:
                yield _Declaration(
                    expression=found,
                    evidence=evidence_of(exchange, "comment", quote=url, clause=_WORDS),
                    standing=_Standing.MAY_BLOCK,
                )
