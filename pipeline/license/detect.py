"""Everything on a page that looks like a declaration of a license, and nothing decided.

Each piece keeps where it stands, whose license it seems to be and what its sentence says.
What they come to together is concluded elsewhere.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborNode

from pipeline.license import address, creative_commons, names, sentence
from pipeline.license.sentence import Saying, Sentence
from pipeline.markup import (
    LICENSE_RELATIONS,
    Link,
    Markup,
    Notice,
    is_apart,
    is_chrome,
    is_hidden,
    own_notices,
    sections_of,
)
from pipeline.model import Evidence, Exchange, evidence_of
from pipeline.vocab import LicenseExpression
from pipeline.wording import in_octets, pattern

_HTML: Final = "HTML Standard, link type license"
_HTTP: Final = "RFC 8288"
_WORDS: Final = "house rule: a notice is read sentence by sentence"
_SCHEMA: Final = "schema.org license"
_RDFA: Final = "RDFa Core 1.1 and microdata, license"
_DUBLIN_CORE: Final = "DCMI Metadata Terms, license and rights"
_RESERVATION: Final = "house rule: reserved rights beside a grant are a contradiction"
_ONE_CLICK: Final = "house rule: a license page is noted, never followed"

_META_NAMES: Final = frozenset(
    """
    dcterms.license dc.license dcterms.rights dc.rights dcterms:license dcterms:rights
    dct:license dc:rights license og:license cc:license schema:license rights copyright
    """.split()  # noqa: SIM905  (to be read)
)
# Names under which a copyright notice is usual: only what names a license counts there.
_NOTICE_NAMES: Final = frozenset({"rights", "copyright"})

# schema.org types whose subject is the page or its text; a VideoObject's is the video.
_PAGE_TYPES: Final = frozenset(
    """
    Article BlogPosting NewsArticle ScholarlyArticle TechArticle Report SocialMediaPosting
    WebPage AboutPage QAPage FAQPage CreativeWork Book Chapter LearningResource
    """.split()  # noqa: SIM905  (to be read)
)
_DATA_LIMIT: Final = 100_000


# What no page can do without that declares a license, in its octets or in its words. RE2
# takes a tenth of the time that a search for each would, and linear time whatever comes.
_WORDS_OF_LICENSES: Final = (
    r"licen|lizen|lisens|commons|cc[ _-]by|cc[ -]?0|cc[ -]zero|cc [1-4]\.[0-9]"
    r"|public ?domain|domaine public|dominio p|gemeinfrei|copyleft|raihana"
    r"|odbl|pddl|gpl|gfdl|bsd[ -][23]|[23]-clause|/mpl/|nlod|\bdl-de|2011/833"
    r"|(?:states|u\.?s\.?)(?: federal)? government|17 u\.?s\.?c"
    r"|(?:attribu|namensn|paternit|atribu|reconoci|reconeix|naamsv|autorstwa"
    r"|атрибуц|авторства|erkän|navngiv|nimeä|uveď|nevezd|imenovanje|avtorstva|αναφ|at[ıi]f"
    r"|署名|標示|表示|저작자)[^<\0]*[1-4]\.[015]"
    r"|лиценз|ліценз|许可|許可|授權|ライセンス|라이선스|知识共享"
)
_MENTIONS: Final = pattern(_WORDS_OF_LICENSES)
_MENTIONS_IN_OCTETS: Final = in_octets(_WORDS_OF_LICENSES)
# Encodings that do not keep ASCII apart are not searched.
_KEEP_ASCII: Final = re.compile(
    r"charset\s*=\s*[\"']?(?:utf-?8|us-ascii|iso-8859|windows-125|latin)", re.IGNORECASE
)


class Channel(StrEnum):
    """Where a piece was read."""

    HEADER = "header"
    META = "meta"
    DATA = "json-ld"
    PROPERTY = "property"
    LINK = "link"
    WORDS = "words"
    COMMENT = "comment"
    FEED = "feed"
    RESERVED = "reserved"


class About(StrEnum):
    """Whose license a piece seems to be.

    PAGE is one page by its words, METADATA what describes it, TEXT what stands in its text
    and speaks of itself, SITE what stands around it; OPEN may be any work's.
    """

    PAGE = "page"
    METADATA = "metadata"
    TEXT = "text"
    SITE = "site"
    OPEN = "open"
    ANOTHER = "another"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One thing that was read which names a license, or should.

    ``expression`` is None where no license is identified; ``is_void`` then says that one
    was meant. ``asked`` are the elements that its words, badge or conditions name besides,
    ``words`` the sentence, ``block`` the block of the page, -1 outside of any, ``node`` the
    element that it was read in.
    """

    channel: Channel
    expression: LicenseExpression | None
    evidence: Evidence
    about: About = About.METADATA
    said: Saying = Saying.GRANTS
    is_void: bool = False
    is_marked: bool = True
    is_bare: bool = False
    is_hidden: bool = False
    is_sample: bool = False
    others: tuple[LicenseExpression | None, ...] = ()
    asked: frozenset[str] = frozenset()
    words: str = ""
    block: int = -1
    joined: str = ""
    node: LexborNode | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    """A link to a license together with the sentence it stands in."""

    link: Link
    expression: LicenseExpression | None
    sentence: Sentence


# RFC 8288 section 3:
#   Link       = #link-value
#   link-value = "<" URI-Reference ">" *( OWS ";" OWS link-param )
#   link-param = token BWS [ "=" BWS ( token / quoted-string ) ]
_LINK_VALUE: Final = re.compile(
    r"""<([^<>]*+)>((?>(?:[^,"<>]++|"(?>(?:[^"\\]|\\.)*)")*))(?:,|$|(?=<))"""
)
_LINK_PARAMETER: Final = re.compile(
    r""";\s*([A-Za-z*!#$&.^_`|~0-9-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+)))?"""
)

_ARCHIVED: Final = re.compile(r"https?://web\.archive\.org/web/[0-9]+[a-z_]*/(.+)")
_ARCHIVE: Final = "//web.archive.org"
_HOME: Final = re.compile(r"https?://[^/?#\\\s]+/", re.IGNORECASE)
# No address begins so.
_NOWHERE: Final = "\n"
_COMMENTED: Final = re.compile(r"https?://[A-Za-z0-9.:@/+-]+")

_BETWEEN_OR: Final = re.compile(r"(?:^|\W)(?:or|oder|ou|o|of)\b|または", re.IGNORECASE)
_BETWEEN_AND: Final = re.compile(r"^\W*(?:both\W+)?(?:and|und|et|y|e|&)\W", re.IGNORECASE)

_LICENSE_PAGE: Final = re.compile(
    r"(?:copyright|licen[sc]e|licen[sc]ing|lizenz|licencia|terms of use|legal notice"
    r"|legal|rights|nutzungsbedingungen|mentions légales|aviso legal|impressum)"
    r"(?: (?:and|&) (?:copyright|licen[sc]e|legal|terms))?(?: notice| information)?",
    re.IGNORECASE,
)
_LICENSE_WORD: Final = re.compile(r"licen[sc]|lizenz|rights|©", re.IGNORECASE)
_SAMPLES: Final = frozenset({"pre", "code"})
_CREDITING: Final = frozenset({"figure", "figcaption", "credit"})


def is_silent(exchange: Exchange) -> bool:
    """Say whether the bytes of a page hold no word that a license can be declared with.

    A yes is certain, unless words are spelled with character references; a no means that
    the page has to be parsed. Pages in encodings that do not keep ASCII apart always have
    to be.
    """
    if exchange.header_lines("link"):
        return False
    head = exchange.body[:1024].decode("latin-1")
    if not _KEEP_ASCII.search(f"{exchange.header('content-type') or ''} {head}"):
        return False
    return _MENTIONS_IN_OCTETS.search(exchange.body) is None


def says_nothing(markup: Markup, exchange: Exchange) -> bool:
    """Say whether a page says no word that a license can be declared with.

    What only scripts and styles hold is said to nobody. A yes is certain, unless words are
    broken up by something that is not shown.
    """
    return not exchange.header_lines("link") and not _MENTIONS.search(markup.words)


def collect(markup: Markup, exchange: Exchange) -> tuple[Piece, ...]:
    """Return every piece of evidence for a license, in the order of its channels."""
    marked = _marked(markup)
    return (
        *_in_headers(exchange),
        *_in_metas(markup, exchange),
        *_in_data(markup, exchange),
        *_in_properties(markup, exchange),
        *_in_links(markup, marked, exchange),
        *_in_words(markup, marked, exchange),
        *_in_comments(markup, exchange),
        *_reserved(markup, exchange),
    )


def of_parts(markup: Markup, exchange: Exchange) -> Iterator[Piece]:
    """Yield what states a license, or reserves all rights, of less than the page.

    What stands in a caption, a quotation or the like, and what RDFa and microdata say of
    another subject. A quotation that only mentions a license states none; a caption or a
    credit names one for no other reason.
    """
    apart = [each for each in _marked(markup) if _is_of_a_part(each.link)]
    # A block that names one license a thousand times has stated it once.
    first = {
        (e.link.block, e.expression, _is_marked_so(e.link)): e for e in reversed(apart)
    }
    marked = list(reversed(first.values()))
    linked = {each.link.block for each in marked}
    links = _in_links(markup, marked, exchange)
    pieces = (
        *_in_properties(markup, exchange),
        *(
            piece
            for each, piece in zip(marked, links, strict=True)
            if _is_marked_so(each.link) or piece.said is Saying.GRANTS
        ),
        *_in_words_of_parts(markup, linked, exchange),
    )
    for piece in pieces:
        if piece.about is About.ANOTHER and piece.node is not None:
            yield piece


def _is_of_a_part(link: Link) -> bool:
    return bool(link.subject) or is_apart(link.sections)


def _is_marked_so(link: Link) -> bool:
    """Say whether a link states the license of its part by where it stands alone."""
    is_credit = not _CREDITING.isdisjoint(link.sections)
    return bool(link.subject) or is_credit or _is_declared(link)


def _in_words_of_parts(
    markup: Markup, linked: set[int], exchange: Exchange
) -> Iterator[Piece]:
    for notice in markup.notices:
        if notice.block in linked or not is_apart(notice.sections):
            continue
        is_credit = not _CREDITING.isdisjoint(notice.sections)
        for text in sentence.sentences(notice.text):
            named = [each for each in names.find(text) if each.expression or each.asked]
            is_named = named and (is_credit or _grants(text, named))
            if is_named or sentence.reserves_rights(text):
                found = set(_settled_names(named))
                yield Piece(
                    channel=Channel.WORDS,
                    expression=found.pop() if len(found) == 1 else None,
                    evidence=evidence_of(
                        exchange,
                        markup.locator.of(notice.node),
                        quote=text,
                        clause=_WORDS,
                    ),
                    about=About.ANOTHER,
                    is_marked=False,
                    node=notice.node,
                )


def _grants(text: str, named: list[names.Name]) -> bool:
    split = Sentence(
        lead=text[: named[0].start].strip(), tail=text[named[-1].end :].strip()
    )
    return _said(split, text, named, title="") is Saying.GRANTS


def license_page_of(markup: Markup) -> str | None:
    """Return the page of the same host that seems to state the license, if one is linked.

    It is only named: whoever follows it has to judge what it says.
    """
    host = urlsplit(markup.url).netloc
    marked = (one for one in markup.targets if LICENSE_RELATIONS & one.rel)
    named = (
        one
        for one in markup.targets
        if one.tag == "a"
        and _LICENSE_PAGE.fullmatch(one.label())
        and is_chrome(sections_of(one.node))
    )
    for link in (*marked, *named):
        if _host_of(link.href) == host and not is_hidden(link.node):
            target = link.href.partition("#")[0]
            if target != markup.url.partition("#")[0]:
                return target
    return None


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return None


def one_click_away(markup: Markup, exchange: Exchange) -> Evidence | None:
    """Return the page that seems to state the license, as evidence that names it."""
    page = license_page_of(markup)
    if page is None:
        return None
    return evidence_of(exchange, "license page", quote=page, clause=_ONE_CLICK)


def year_of(markup: Markup) -> int | None:
    """Return the year that the page's metadata date it to, or None."""
    for meta in markup.metas:
        if meta.name in _DATES:
            match = _YEAR.match(meta.content.strip())
            if match:
                return int(match[1])
    dated = (_DATED.search(script.text) for script in markup.data)
    return next((int(match[1]) for match in dated if match), None)


_DATES: Final = frozenset(
    """
    article:published_time og:published_time dcterms.date dc.date dc.date.issued
    dcterms.created dcterms.issued citation_publication_date date datepublished
    """.split()  # noqa: SIM905  (to be read)
)
_YEAR: Final = re.compile(r"([12][0-9]{3})\b")
_DATED: Final = re.compile(r'"datePublished"\s*:\s*"([12][0-9]{3})\b')


def _in_headers(exchange: Exchange) -> Iterator[Piece]:
    for line in exchange.header_lines("link"):
        for match in _LINK_VALUE.finditer(line):
            parameters: dict[str, str] = {}
            for name, quoted, token in _LINK_PARAMETER.findall(match[2]):
                # Section 3.3: a second rel is ignored.
                parameters.setdefault(name.lower(), quoted or token)
            if not LICENSE_RELATIONS.intersection(
                parameters.get("rel", "").lower().split()
            ):
                continue
            target = urljoin(exchange.url, match[1].strip())
            about_page = _is_page(parameters.get("anchor"), exchange.url)
            found = address.expression_of(target)
            yield Piece(
                channel=Channel.HEADER,
                expression=found,
                is_void=found is None and _is_void(target),
                evidence=evidence_of(exchange, "header Link", quote=match[0], clause=_HTTP),
                about=About.METADATA if about_page else About.ANOTHER,
            )


def _is_page(anchor: str | None, url: str) -> bool:
    if anchor is None:
        return True
    return urljoin(url, anchor).partition("#")[0] == url.partition("#")[0]


def _is_void(target: str) -> bool:
    """Say whether an address means a license and does not name it now.

    A copy in a web archive names the license that was meant when the copy was made.
    """
    is_past = _meant(target) != target
    is_nameless = address.expression_of(_meant(target)) is None
    return (is_past or is_nameless) and creative_commons.is_address(_meant(target))


def _meant(target: str) -> str:
    """Return the address whose copy in a web archive is linked, or the address itself."""
    archived = _ARCHIVED.fullmatch(target)
    return archived[1] if archived else target


def _in_metas(markup: Markup, exchange: Exchange) -> Iterator[Piece]:
    for meta in markup.metas:
        if meta.name not in _META_NAMES:
            continue
        evidence = evidence_of(
            exchange,
            markup.locator.of(meta.node) or f"meta[name={meta.name}]",
            quote=meta.html,
            clause=_DUBLIN_CORE,
        )
        if sentence.reserves_rights(meta.content):
            yield Piece(channel=Channel.RESERVED, expression=None, evidence=evidence)
            continue
        found, is_void = valued(meta.content.strip())
        is_void = is_void and meta.name not in _NOTICE_NAMES
        yield Piece(
            channel=Channel.META, expression=found, is_void=is_void, evidence=evidence
        )


def valued(value: str) -> tuple[LicenseExpression | None, bool]:
    """Return the license that a property's value names, and whether one was meant."""
    found = address.expression_of(value)
    if found is not None or "/" in value:
        return found, found is None and _is_void(value)
    by_identifier = address.by_identifier(value)
    if by_identifier is not None:
        return by_identifier, False
    named = names.find(value)
    if len(named) == 1 and named[0].expression is not None:
        return named[0].expression, False
    return None, bool(named)


def _in_data(markup: Markup, exchange: Exchange) -> Iterator[Piece]:
    for script in markup.data:
        for target in _licenses_in(script.text, markup.url):
            found, is_void = valued(target) if target else (None, True)
            yield Piece(
                channel=Channel.DATA,
                expression=found,
                is_void=is_void,
                is_hidden=not target,
                evidence=evidence_of(
                    exchange,
                    markup.locator.of(script.node) or "script[type=application/ld+json]",
                    quote=target or script.text,
                    clause=_SCHEMA,
                ),
            )


def _in_properties(markup: Markup, exchange: Exchange) -> Iterator[Piece]:
    for each in markup.properties:
        if each.name not in {"license", "rights"}:
            continue
        found, is_void = valued(each.value)
        about = About.ANOTHER if each.subject or is_apart(each.sections) else About.METADATA
        yield Piece(
            channel=Channel.PROPERTY,
            expression=found,
            is_void=is_void and each.name == "license",
            about=about,
            is_hidden=each.hidden,
            node=each.node,
            evidence=evidence_of(
                exchange,
                markup.locator.of(each.node) or f"[property={each.name}]",
                quote=each.html,
                clause=_RDFA,
            ),
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
            waiting += [node.get("@graph"), node.get("mainEntity")]


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


def _in_links(markup: Markup, marked: list[_Marked], exchange: Exchange) -> Iterator[Piece]:
    joints = ["", *(_joined(a, b) for a, b in pairwise(marked))]
    for each, joint in zip(marked, joints, strict=False):
        yield _in_link(each, markup, joint=joint, exchange=exchange)


def _in_link(marked: _Marked, markup: Markup, *, joint: str, exchange: Exchange) -> Piece:
    link, said = marked.link, marked.sentence
    is_marked = _is_declared(link)
    words = f"{said.lead} {link.text} {said.tail}".strip()
    named = [*names.find(words), *names.find("\n".join(link.badges))]
    found = marked.expression
    return Piece(
        channel=Channel.LINK,
        expression=found,
        is_void=_is_void(link.href),
        evidence=evidence_of(
            exchange,
            markup.locator.of(link.node) or _described(link, is_marked=is_marked),
            quote=_quote_of(marked, is_marked=is_marked),
            clause=_HTML if is_marked else _WORDS,
        ),
        about=_about(link, said, is_marked=is_marked, title=markup.title),
        said=_said_by_link(marked, is_marked=is_marked, title=markup.title),
        is_marked=is_marked,
        is_bare=_is_called_a_license(link) and sentence.is_bare(said),
        is_hidden=link.hidden,
        is_sample=not _SAMPLES.isdisjoint(link.sections),
        others=tuple(name.expression for name in named if name.asked),
        asked=_asked_besides(link, said, named),
        words=words,
        block=link.block,
        joined=joint,
        node=link.node,
    )


def _described(link: Link, *, is_marked: bool) -> str:
    place = f"{link.sections[-1]} {link.tag}" if link.sections else link.tag
    return f"{place}[rel=license]" if is_marked else f"{place}[href]"


def _said_by_link(marked: _Marked, *, is_marked: bool, title: str) -> Saying:
    link, words = marked.link, marked.sentence
    lead = link.context[: link.offset].rstrip()
    before = lead[: len(lead) - len(words.lead)]
    if sentence.continues_a_credit(words, before):
        return Saying.SPEAKS_OF_A_PART
    said = sentence.read(words, is_marked=is_marked, title=title)
    in_text = not is_chrome(link.sections) and link.tag == "a"
    if said is Saying.GRANTS and in_text and sentence.is_a_mere_name(words, title=title):
        # A badge in the text after somebody's name is most often a picture's.
        return Saying.NAMES
    return _beside(said, link.context)


def _beside(said: Saying, context: str) -> Saying:
    """Return what a sentence says beside others that forbid a use of the text."""
    is_other = said is Saying.GRANTS and sentence.prohibits(context)
    # What forbids commerce or changes makes another license of it, and is asked for so.
    return Saying.DEPENDS if is_other and not sentence.restrictions(context) else said


def _is_called_a_license(link: Link) -> bool:
    """Say whether a link is no more than a license's name or badge."""
    if "nav" in link.sections:
        return False
    return not link.text or bool(names.find(link.text) or _LICENSE_WORD.search(link.text))


def _asked_besides(link: Link, said: Sentence, named: list[names.Name]) -> frozenset[str]:
    """Return the elements that a link's words, badge or conditions name."""
    asked = frozenset(element for name in named for element in name.asked)
    restricted = names.asked_in(f"{said.lead} {link.text} {said.tail}") & {"NC", "ND"}
    return asked | restricted | sentence.restrictions(link.context)


def _about(link: Link, said: Sentence, *, is_marked: bool, title: str) -> About:
    if link.subject or is_apart(link.sections):
        return About.ANOTHER
    if is_chrome(link.sections):
        return About.SITE
    if link.tag == "link":
        return About.METADATA
    if sentence.speaks_of_this_page(said):
        return About.PAGE
    is_own = is_marked or sentence.speaks_of_itself(said, title=title)
    return About.TEXT if is_own else About.OPEN


def _marked(markup: Markup) -> list[_Marked]:
    home = _home_of(markup.url)
    asked = [
        (link, address.expression_of(_meant(link.href), words=link.context))
        for link in markup.links
        if not link.href.startswith(home) or _is_declared(link)
    ]
    kept = [
        (link, license_)
        for link, license_ in asked
        if license_ or creative_commons.is_address(link.href) or _is_declared(link)
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


def _is_declared(link: Link) -> bool:
    """Say whether a link calls what it leads to a license."""
    return not LICENSE_RELATIONS.isdisjoint(link.rel) or "license" in link.properties


def _home_of(url: str) -> str:
    """Return how the addresses of a site begin, where none of them names a license.

    Most links of a page lead to its own site, so that only the others are looked at.
    """
    home = _HOME.match(url)
    if home is None or _ARCHIVE in home[0] or address.is_of_a_steward(home[0]):
        return _NOWHERE
    return home[0]


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


def _quote_of(marked: _Marked, *, is_marked: bool) -> str:
    link = marked.link
    if is_marked:
        return link.html
    said = marked.sentence
    return " ".join(filter(None, (said.lead, link.text, said.tail, f"<{link.href}>")))


def _in_words(markup: Markup, marked: list[_Marked], exchange: Exchange) -> Iterator[Piece]:
    """Yield what notices say without a link; a block with one is read through its link."""
    linked = {each.link.block for each in marked}
    for notice in own_notices(markup):
        if notice.block not in linked:
            besides = sentence.restrictions(notice.text)
            for text in sentence.sentences(notice.text):
                yield from _in_sentence(
                    text, notice, markup, besides=besides, exchange=exchange
                )  # fmt: skip


def _in_sentence(
    text: str,
    notice: Notice,
    markup: Markup,
    *,
    besides: frozenset[str],
    exchange: Exchange,
) -> Iterator[Piece]:
    named = names.find(text)
    # Where the name begins is where a link would: what stands before it is the subject.
    start = named[0].start if named else len(text)
    split = Sentence(lead=text[:start].strip(), tail=text[start:].strip())
    in_chrome = is_chrome(notice.sections)
    if not in_chrome and not sentence.speaks_of_itself(split, title=markup.title):
        return
    place = notice.sections[-1] if notice.sections else "body"
    locator = markup.locator.of(notice.node) or f"{place} text"
    evidence = evidence_of(exchange, locator, quote=text, clause=_WORDS)
    if not _names_a_license(named, text):
        if sentence.claims_public_domain(text):
            yield Piece(
                channel=Channel.WORDS, expression=None, is_void=True, evidence=evidence
            )
        return
    is_page = not in_chrome and sentence.speaks_of_this_page(split)
    tail = text[named[-1].end :].strip()
    after = Sentence(lead=split.lead, tail=tail)
    said = _beside(_said(after, text, named, title=markup.title), notice.text)
    for found in dict.fromkeys(_settled_names(named)):
        yield Piece(
            channel=Channel.WORDS,
            expression=found,
            is_void=found is None,
            evidence=evidence,
            about=_about_words(is_page=is_page, in_chrome=in_chrome),
            said=said,
            is_marked=False,
            is_bare=in_chrome and sentence.is_bare(after),
            is_sample=not _SAMPLES.isdisjoint(notice.sections),
            asked=besides | (names.asked_in(text) & {"NC", "ND"}),
            words=text,
            block=notice.block,
        )


def _names_a_license(named: list[names.Name], text: str) -> bool:
    """Say whether a license is meant: "Creative Commons" alone may be the organisation."""
    is_plain = all(name.expression is None and not name.asked for name in named)
    return bool(named) and (not is_plain or _LICENSE_WORD.search(text) is not None)


def _about_words(*, is_page: bool, in_chrome: bool) -> About:
    if is_page:
        return About.PAGE
    return About.SITE if in_chrome else About.TEXT


def _said(split: Sentence, text: str, named: list[names.Name], *, title: str) -> Saying:
    # Of a government's work it is said that there is no copyright: a denial that permits.
    if named[0].expression == names.GOVERNMENT_WORK:
        return Saying.GRANTS if sentence.disclaims_copyright(text) else Saying.NAMES
    return sentence.read(split, is_marked=False, title=title)


def _settled_names(named: list[names.Name]) -> list[LicenseExpression | None]:
    """Return what names come to: a whole name answers for a short one of its elements."""
    whole = [name for name in named if name.expression is not None]
    # "CC BY 4.0 (Creative Commons Attribution)" names one license twice.
    asked = {name.asked for name in whole}
    left = [name for name in named if name.expression is None and name.asked not in asked]
    if whole:
        left = [name for name in left if name.asked]
    return [name.expression for name in (*whole, *left)]


def _in_comments(markup: Markup, exchange: Exchange) -> Iterator[Piece]:
    for comment in markup.comments:
        for url in dict.fromkeys(_COMMENTED.findall(comment.text)):
            found = creative_commons.expression_of(url)
            if found:
                yield Piece(
                    channel=Channel.COMMENT,
                    expression=found,
                    evidence=evidence_of(
                        exchange,
                        markup.locator.within("comment", comment.node),
                        quote=url,
                        clause=_WORDS,
                    ),
                )


def _forbidden(markup: Markup, exchange: Exchange) -> Iterator[Piece]:
    for notice in markup.notices:
        in_chrome = is_chrome(notice.sections)
        if in_chrome and sentence.forbids_copies(notice.text):
            evidence = evidence_of(
                exchange,
                markup.locator.within("forbidden use", notice.node),
                quote=notice.text,
                clause=_RESERVATION,
            )
            yield Piece(
                channel=Channel.RESERVED,
                expression=None,
                about=About.SITE,
                evidence=evidence,
            )


def _reserved(markup: Markup, exchange: Exchange) -> Iterator[Piece]:
    """Yield what reserves all rights, forbids copies, or leaves texts to their writers."""
    yield from _forbidden(markup, exchange)
    for notice in own_notices(markup):
        if sentence.reserves_for_others(notice.text):
            evidence = evidence_of(
                exchange,
                markup.locator.within("rights of others", notice.node),
                quote=notice.text,
                clause=_RESERVATION,
            )
            yield Piece(
                channel=Channel.RESERVED,
                expression=None,
                about=About.SITE,
                evidence=evidence,
            )
    for block in markup.reserved:
        for text in sentence.sentences(block.text):
            if sentence.reserves_rights(text):
                is_part = sentence.speaks_of_a_part(text)
                yield Piece(
                    channel=Channel.RESERVED,
                    expression=None,
                    about=About.ANOTHER if is_part else About.SITE,
                    evidence=evidence_of(
                        exchange,
                        markup.locator.within("reserved rights", block.node),
                        quote=text,
                        clause=_RESERVATION,
                    ),
                )
