"""Where a page's RSL licenses are declared, and what they say of it together.

::

    robots.txt   License: <absolute URI>               section 4.4
    HTTP         Link: <absolute URI>; rel="license"; type="application/rsl+xml"
                                                       section 4.5
    HTML         <link rel="license" type="application/rsl+xml" href="...">
                 <script type="application/rsl+xml"> <rsl> ... </script>
                                                       section 4.6

    Link       = #( "<" URI-Reference ">" *( OWS ";" OWS link-param ) )     RFC 8288
    link-param = token BWS [ "=" BWS ( token / quoted-string ) ]

A license that is declared and cannot be had, or is broken, leaves the page unlicensed
(section 4.3). A reference that is no absolute HTTPS URI is unclear and is not followed.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from html import unescape
from typing import Final

from pipeline.consent.following import Arrived, Lost, Wanted, follow, resolve
from pipeline.consent.rsl_document import Element, NotRsl, parse
from pipeline.consent.rsl_terms import Operator, Place, settle, token_element
from pipeline.markup import Link, Markup, Target
from pipeline.model import (
    Evidence,
    Exchange,
    Exchanges,
    Line,
    Statement,
    evidence_of,
    quote_of,
)
from pipeline.vocab import Category, Preference, Signal

__all__ = ["Channel", "Operator", "Reading", "Reference", "discover", "read"]

PARSER: Final = "rsl/1"
MEDIA_TYPE: Final = "application/rsl+xml"

REFERENCE_LIMIT: Final = 16
"""Most license documents that one page may make us ask for; with more it is unclear."""

_EVIDENCE_LIMIT: Final = 16
_LINK_PARAM: Final = re.compile(
    r"""[ \t]*;[ \t]*
    (?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*
    (?:=[ \t]*(?:"(?P<quoted>(?>(?:[^"\\]|\\.)*))"|(?P<token>[^\s";,]*)))?""",
    re.VERBOSE,
)
_HREF: Final = re.compile(
    r"""\shref\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>"']+))""",
    re.IGNORECASE,
)
_ESCAPED: Final = re.compile(r"\\(.)")
_SPACE_OR_CONTROL: Final = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]")


class Channel(StrEnum):
    """Where a license is declared."""

    ROBOTS_GROUP = "robots group"
    ROBOTS_GLOBAL = "robots"
    LINK_HEADER = "header Link"
    HTML_LINK = "link[rel=license]"
    HTML_SCRIPT = "script[type=application/rsl+xml]"


_OF_THE_SITE: Final = frozenset({Channel.ROBOTS_GROUP, Channel.ROBOTS_GLOBAL})
_IN_THE_PAGE: Final = frozenset({Channel.HTML_LINK, Channel.HTML_SCRIPT})

_UNLICENSED_CLAUSE: Final = "RSL 1.0 section 4.3"
_CLAUSES: Final = {
    Channel.ROBOTS_GROUP: "RSL 1.0 section 4.4",
    Channel.ROBOTS_GLOBAL: "RSL 1.0 section 4.4",
    Channel.LINK_HEADER: "RSL 1.0 section 4.5",
    Channel.HTML_LINK: "RSL 1.0 section 4.6.1",
    Channel.HTML_SCRIPT: "RSL 1.0 section 4.6.2",
}
_ELEMENT_CLAUSES: Final = {
    "content": "RSL 1.0 section 3.3",
    "license": "RSL 1.0 section 3.4",
    "permits": "RSL 1.0 section 3.5",
    "prohibits": "RSL 1.0 section 3.6",
    "payment": "RSL 1.0 section 3.7",
    "reporting": "RSL 1.0 section 3.12",
    "legal": "RSL 1.0 section 3.13",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One declaration: a URL to follow, a document that stands in the page, or neither.

    ``partial`` declarations are about a part of the page and cannot license the whole.
    """

    channel: Channel
    evidence: Evidence
    url: str | None = None
    document: str | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was said, what has to be asked for first, and whether access needs a token."""

    statements: tuple[Statement, ...] = ()
    wanted: tuple[str, ...] = ()
    token_required: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A declaration followed to its end: a document, or why there is none."""

    reference: Reference
    evidence: Evidence
    root: Element | NotRsl


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What one declaration says of a category; *unknown* where it is about other URLs."""

    preference: Preference
    evidence: tuple[Evidence, ...] = ()
    note: str = ""
    of_the_site: bool = False


_NOTHING: Final = _Said(preference=Preference.UNKNOWN)
_STRICTNESS: Final = (
    Preference.DISALLOWED,
    Preference.UNCLEAR,
    Preference.ALLOWED,
    Preference.UNKNOWN,
)


def discover(  # noqa: PLR0913  (one argument for each place to look at)
    *,
    url: str,
    robots_lines: Sequence[Line],
    robots_global_lines: Sequence[Line],
    robots: Evidence | None,
    page: Exchange | None,
    markup: Markup | None,
) -> tuple[Reference, ...]:
    """Return every declaration there is, since all places have to be looked at (4.2).

    License lines of the selected group make the global ones void (section 4.4.3).
    ``robots`` is the evidence of the file; line and quote are added to it.
    """
    return (
        *_from_robots(robots_lines, robots_global_lines, robots),
        *_from_header(page, url),
        *_from_markup(markup, page),
    )


def read(
    references: Sequence[Reference], *, url: str, exchanges: Exchanges, operator: Operator
) -> Reading:
    """Return one statement for each category of use, and the documents still to be read.

    Where nothing is declared nothing is said. While a document is absent, nothing is
    *allowed* by another: it could still be prohibited there.
    """
    followed = [_follow(each, exchanges) for each in references[:REFERENCE_LIMIT]]
    wanted = tuple(dict.fromkeys(each.url for each in followed if isinstance(each, Wanted)))
    sources = [each for each in followed if not isinstance(each, Wanted)]
    excess = [
        _unclear(each, "too many licenses to read") for each in references[REFERENCE_LIMIT:]
    ]
    statements: list[Statement] = []
    for category in Category if references else ():
        heard = [_hear(each, category, url=url, operator=operator) for each in sources]
        statements += _statement(_together([*heard, *excess]), category, whole=not wanted)
    tokens = (_token(source, url) for source in sources)
    token = next((evidence for evidence in tokens if evidence), None)
    return Reading(statements=tuple(statements), wanted=wanted, token_required=token)


def _together(heard: Sequence[_Said]) -> _Said:
    """Return what site and page say together (section 4.9).

    The page's own license is the more specific, and conflicts go to the more restrictive:
    where the page permits what the site prohibits both rules are right, and a person
    has to decide.
    """
    site = _strictest([said for said in heard if said.of_the_site])
    page = _strictest([said for said in heard if not said.of_the_site])
    both = _strictest([page, site])
    if page.preference is Preference.ALLOWED and site.preference is Preference.DISALLOWED:
        note = "the page permits what the site does not"
        return replace(both, preference=Preference.UNCLEAR, note=note)
    return both


def _strictest(heard: Sequence[_Said]) -> _Said:
    """Return the most restrictive, with the evidence of all behind its own."""
    ranked = sorted(heard, key=lambda said: _STRICTNESS.index(said.preference))
    evidence = tuple(one for said in ranked for one in said.evidence)
    return replace(ranked[0] if ranked else _NOTHING, evidence=evidence)


def _statement(said: _Said, category: Category, *, whole: bool) -> Iterator[Statement]:
    if said.preference is Preference.UNKNOWN:
        if not whole:
            return
        note = "licenses are declared, and none covers the page"
        said = replace(said, preference=Preference.DISALLOWED, note=note)
    elif said.preference is Preference.ALLOWED and not whole:
        note = "another license is declared and not read yet"
        said = replace(said, preference=Preference.UNCLEAR, note=note)
    yield Statement(
        signal=Signal.RSL,
        preference=said.preference,
        evidence=tuple(dict.fromkeys(said.evidence))[:_EVIDENCE_LIMIT],
        category=category,
        note=said.note,
    )


def _follow(reference: Reference, exchanges: Exchanges) -> _Source | Wanted:
    evidence = reference.evidence
    if reference.document is not None:
        root = _inline(reference.document)
        return _Source(reference=reference, evidence=evidence, root=root)
    if reference.url is None:
        return _Source(reference=reference, evidence=evidence, root=NotRsl(cause=""))
    found = follow(reference.url, exchanges)
    if isinstance(found, Wanted):
        return found
    evidence = evidence_of(found.exchange, "rsl", clause=_UNLICENSED_CLAUSE, parser=PARSER)
    return _Source(
        reference=reference,
        evidence=replace(evidence, redirects=found.redirects),
        root=_retrieved(found),
    )


def _retrieved(found: Arrived | Lost) -> Element | NotRsl:
    if isinstance(found, Lost):
        return NotRsl(cause=found.cause)
    if found.succeeded:
        return parse(found.exchange.body)
    return NotRsl(cause=f"status {found.status}")


def _inline(document: str) -> Element | NotRsl:
    root = parse(document.strip().encode("utf-8", "replace"))
    if isinstance(root, Element) and len(root.children) != 1:
        return NotRsl(cause="an inline license with more or less than one content")
    return root


def _hear(source: _Source, category: Category, *, url: str, operator: Operator) -> _Said:
    reference, root = source.reference, source.root
    if reference.url is None and reference.document is None:
        return _unclear(reference, "no absolute HTTPS URI")
    if isinstance(root, NotRsl):
        note = f"no valid license: {root.cause}"
        return _said(reference, Preference.DISALLOWED, note, source.evidence)
    finding = settle(root, category, place=_place(source, url), operator=operator)
    evidence = [
        _element_evidence(source, one) for one in finding.elements[:_EVIDENCE_LIMIT]
    ]
    if reference.partial and finding.preference is Preference.ALLOWED:
        return _said(reference, Preference.UNCLEAR, "for a part of the page", *evidence)
    return _said(reference, finding.preference, finding.note, *evidence)


def _unclear(reference: Reference, note: str) -> _Said:
    return _said(reference, Preference.UNCLEAR, note)


def _said(
    reference: Reference, preference: Preference, note: str, *evidence: Evidence
) -> _Said:
    return _Said(
        preference=preference,
        evidence=(*evidence, reference.evidence),
        note=note,
        of_the_site=reference.channel in _OF_THE_SITE,
    )


def _place(source: _Source, url: str) -> Place:
    return Place(url=url, associated=source.reference.channel in _IN_THE_PAGE)


def _token(source: _Source, url: str) -> Evidence | None:
    if isinstance(source.root, NotRsl):
        return None
    element = token_element(source.root, _place(source, url))
    return _element_evidence(source, element) if element else None


def _element_evidence(source: _Source, element: Element) -> Evidence:
    # The line of an inline document counts from its own beginning, not the page's.
    inline = source.reference.document is not None
    return replace(
        source.evidence,
        locator=f"{source.evidence.locator} {element.path}" if inline else element.path,
        line=None if inline else element.line,
        quote=quote_of(element.quote),
        clause=_ELEMENT_CLAUSES.get(element.name, "RSL 1.0 section 3"),
    )


def _from_robots(
    lines: Sequence[Line], global_lines: Sequence[Line], robots: Evidence | None
) -> Iterator[Reference]:
    template = robots or Evidence(source="robots.txt", locator="")
    of_group = [line for line in lines if line.key == "license"]
    of_all = [line for line in global_lines if line.key == "license"]
    channel = Channel.ROBOTS_GROUP if of_group else Channel.ROBOTS_GLOBAL
    for line in of_group or of_all:
        evidence = replace(
            template,
            locator=f"line {line.number}",
            line=line.number,
            quote=quote_of(line.text),
            clause=_CLAUSES[channel],
            parser=PARSER,
        )
        yield Reference(channel=channel, evidence=evidence, url=_secure(line.value))


def _from_header(page: Exchange | None, url: str) -> Iterator[Reference]:
    if page is None:
        return
    for line in page.header_lines("Link"):
        evidence = _evidence(page, Channel.LINK_HEADER, quote=f"Link: {line}")
        for target, params in _links(line):
            if _declares(params.get("rel", "").lower().split(), params.get("type", "")):
                # Another anchor makes it a statement about something else (RFC 8288).
                about_us = resolve(params.get("anchor", ""), url) == resolve("", url)
                yield Reference(
                    channel=Channel.LINK_HEADER,
                    evidence=evidence,
                    url=_secure(target) if about_us else None,
                )


def _from_markup(markup: Markup | None, page: Exchange | None) -> Iterator[Reference]:
    if markup is None:
        return
    exchange = page or Exchange(url=markup.url)
    if any(map(_is_ours, markup.targets)):
        for link in filter(_is_ours, markup.links):
            yield Reference(
                channel=Channel.HTML_LINK,
                evidence=_evidence(exchange, Channel.HTML_LINK, quote=link.html),
                url=_secure(_written_href(link)),
                partial=bool(link.sections),
            )
    for document in markup.rsl:
        evidence = _evidence(exchange, Channel.HTML_SCRIPT, quote=document.strip())
        yield Reference(channel=Channel.HTML_SCRIPT, evidence=evidence, document=document)


def _evidence(exchange: Exchange, channel: Channel, *, quote: str) -> Evidence:
    return evidence_of(
        exchange, channel.value, quote=quote, clause=_CLAUSES[channel], parser=PARSER
    )


def _is_ours(link: Target) -> bool:
    return link.tag == "link" and _declares(link.rel, link.type)


def _declares(relations: Collection[str], media_type: str) -> bool:
    """Say whether a link is RSL's; without the media type it is a plain license link."""
    return "license" in relations and _without_params(media_type) == MEDIA_TYPE


def _without_params(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _secure(reference: str) -> str | None:
    """Return an absolute HTTPS URI without its fragment, or None (sections 4.4 and 8)."""
    url = reference.strip(" \t").partition("#")[0]
    if _SPACE_OR_CONTROL.search(url):
        return None
    # resolve() joins what is relative; an absolute reference it leaves as it is.
    return resolve(url, url) if url.lower().startswith("https://") else None


def _written_href(link: Link) -> str:
    """Return the target as the page has it; ``Link.href`` has been made absolute."""
    written = _HREF.search(link.html)
    if written is None:
        return link.href
    return unescape(next((text for text in written.groups() if text is not None), ""))


def _links(line: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Return target and parameters of each link; of equal names the first counts."""
    start = line.find("<")
    while start >= 0:
        end = line.find(">", start)
        if end < 0:
            return
        params: dict[str, str] = {}
        position = end + 1
        while found := _LINK_PARAM.match(line, position):
            quoted = found["quoted"]
            text = found["token"] or "" if quoted is None else _ESCAPED.sub(r"\1", quoted)
            params.setdefault(found["name"].lower(), text)
            position = found.end()
        yield line[start + 1 : end], params
        start = line.find("<", position)
