"""Signs on a page that the license it states may not be its publisher's to give.

None of them is a proof. They are asked for only where a page would be admitted, and put it
on hold for a person; they never make anything milder.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline import text as encoding
from pipeline.license import address, names, republished, third_party
from pipeline.markup import Markup
from pipeline.model import Evidence, Exchange, evidence_of
from pipeline.url import join
from pipeline.vocab import Reason

REASONS: Final = frozenset({Reason.LICENSE_REPUBLISHED, Reason.LICENSE_THIRD_PARTY})
"""The reasons of a hold by such signs: what a confirmed host lifts, and nothing else."""

PASSAGE_LIMIT: Final = 100
"""Most passages of a page that are looked at for a note."""

_PASSAGE_LENGTH: Final = 4000
_ANCESTORS: Final = 64
_PARSER: Final = "laundering/1"
_CANONICAL: Final = "RFC 6596, link relation canonical"
_WORDS: Final = "house rule: what was published elsewhere first is for a person to judge"
_SEVERAL: Final = 3

_SOURCE_METAS: Final = frozenset({"original-source", "syndication-source", "dc.source"})

_PASSAGES: Final = frozenset(
    """
    address article aside blockquote body caption center cite dd div dt figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header label legend li main nav p pre section small
    summary td th
    """.split()  # noqa: SIM905  (to be read)
)
# What has a source of its own, or is a part that only refers.
_APART: Final = frozenset("figure figcaption caption table blockquote q pre code".split())  # noqa: SIM905  (to be read)
_LISTED: Final = frozenset("li dd dt td th nav header aside".split())  # noqa: SIM905  (to be read)
_APART_NAMES: Final = re.compile(
    r"caption|figure|thumb|gallery|comment|respond|quote|related|teaser|\bcard|epigraph"
    r"|reference|footnote|bibliograph|citation|sidebar",
    re.IGNORECASE,
)
# On these a class speaks of the whole page; "has-sidebar" does so anywhere.
_PAGE_WIDE: Final = frozenset({"html", "body", "main", "article"})
_NEGATING: Final = re.compile(r"\b(?:no|has|with|without|open|closed)\b", re.IGNORECASE)
_NAMED_ANCESTORS: Final = 6
_SHOWN: Final = "img, table, figure, svg, video, iframe, canvas, object, pre, blockquote"
_UNREAD: Final = frozenset({"script", "style", "template", "title", "noscript", "textarea"})

# RFC 8288 section 3, for the one relation that is looked for.
_CANONICAL_FIELD: Final = re.compile(
    r"""<([^<>]*+)>\s*;[^<>,]*?\brel\s*=\s*(?:canonical\b|"[^"<>]*?\bcanonical\b[^"<>]*")""",
    re.IGNORECASE,
)

# What stands in front of a host's name without making another site of it.
_FRONT: Final = re.compile(r"^(?:www\d?|m|mobile|amp)\.")
# Where the source of a page is its source code.
_CODE_HOSTS: Final = (
    "github.com", "githubusercontent.com", "gitlab.com", "codeberg.org", "bitbucket.org",
    "sr.ht", "sourceforge.net", "salsa.debian.org", "launchpad.net",
)  # fmt: skip
_DOMAIN: Final = re.compile(r"\b(?:[a-z0-9-]+\.)+(?:com|org|net|info|edu|gov|[a-z]{2})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One sign: the reason that it is, and what was read."""

    reason: Reason
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passage:
    """One block of text with its place: what it stands in and what its links lead to."""

    text: str
    place: str
    is_listed: bool
    is_beside_something: bool
    targets: tuple[str, ...]


def signs(markup: Markup, exchange: Exchange) -> tuple[Sign, ...]:
    """Return what shows that the page's text may be another's, the plainest first."""
    found = [*_by_address(markup, exchange), *_by_words(markup, exchange)]
    republications = [Sign(reason=Reason.LICENSE_REPUBLISHED, evidence=e) for e in found]
    others = [
        Sign(
            reason=Reason.LICENSE_THIRD_PARTY,
            evidence=evidence_of(
                exchange, each.locator, quote=each.quote,
                clause=f"house rule: {each.kind} are seldom their publisher's own",
                parser=_PARSER,
            ),
        )
        for each in third_party.find(markup)
    ]  # fmt: skip
    return (*republications, *others)


def is_same_site(first: str, second: str) -> bool:
    """Say whether two URLs are of one site: the same host, or one inside of the other.

    ``www`` and its like are left out. Two hosts under one domain may belong to two
    publishers, so that they count as two sites: no list of such domains stays true.
    """
    one, other = site_of(first), site_of(second)
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def site_of(url: str) -> str:
    """Return a URL's host without ``www`` and its like; empty where it has none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return _FRONT.sub("", host.rstrip("."))


def _by_address(markup: Markup, exchange: Exchange) -> Iterator[Evidence]:
    """Yield where the page names an address elsewhere as that of its text."""
    for target, place, quote in _addresses(markup, exchange):
        if _is_away(join(markup.url, target) or "", markup):
            clause = _CANONICAL if "canonical" in quote else _WORDS
            yield evidence_of(exchange, place, quote=quote, clause=clause, parser=_PARSER)


def _addresses(markup: Markup, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    for line in exchange.header_lines("link"):
        for match in _CANONICAL_FIELD.finditer(line):
            yield match[1], "header Link", match[0]
    for link in markup.targets:
        if link.tag == "link" and "canonical" in link.rel:
            yield link.href, "link[rel=canonical]", link.html
    for meta in markup.metas:
        if meta.name in _SOURCE_METAS:
            yield meta.content, f"meta[name={meta.name}]", meta.html


def _is_away(target: str, markup: Markup) -> bool:
    # A name without a dot is that of somebody's own machine, left in by mistake.
    is_web = target.startswith(("http://", "https://"))
    return is_web and "." in site_of(target) and not is_same_site(target, markup.url)


def _by_words(markup: Markup, exchange: Exchange) -> Iterator[Evidence]:
    """Yield the notes by which the page says that its text stood elsewhere first."""
    if not _may_hold_a_note(markup.text):
        return
    sources = []
    for passage in _passages(markup, exchange):
        note = republished.note_in(passage.text)
        if note and not _is_credited(passage) and not _is_own(passage, markup):
            yield _evidence(exchange, passage, note)
        elif _is_lone_source(passage, markup):
            sources.append(passage)
    # One source is that of the page; several are references.
    if len(sources) < _SEVERAL:
        for passage in sources:
            yield _evidence(exchange, passage, passage.text)


def _evidence(exchange: Exchange, passage: _Passage, quote: str) -> Evidence:
    return evidence_of(
        exchange, f"{passage.place} text", quote=quote, clause=_WORDS, parser=_PARSER
    )


def _may_hold_a_note(text: str) -> bool:
    if not republished.hints(text):
        return False
    lines = filter(republished.hints, text.split("\n"))
    return any(republished.note_in(line) or republished.is_source(line) for line in lines)


def _is_credited(passage: _Passage) -> bool:
    """Say whether a passage credits what it took by license: that is what licenses ask."""
    return bool(names.find(passage.text)) or any(
        address.expression_of(target) for target in passage.targets
    )


def _is_own(passage: _Passage, markup: Markup) -> bool:
    targets = passage.targets
    return bool(targets) and not any(_is_away(target, markup) for target in targets)


def _is_lone_source(passage: _Passage, markup: Markup) -> bool:
    """Say whether a passage names another site as the source of the text around it."""
    is_reference = passage.is_listed or passage.is_beside_something
    if is_reference or not republished.is_source(passage.text) or _is_credited(passage):
        return False
    named = passage.targets or tuple(
        f"http://{each}" for each in _DOMAIN.findall(passage.text.lower())
    )
    return any(_is_away(each, markup) and not _is_code(each) for each in named)


def _is_code(target: str) -> bool:
    site = site_of(target)
    return any(site == host or site.endswith(f".{host}") for host in _CODE_HOSTS)


def _passages(markup: Markup, exchange: Exchange) -> Iterator[_Passage]:
    """Yield the blocks in which a note may stand, without those that speak of a part.

    The markup knows no place of a text that has no link, so the page is parsed again: only
    a page that has the words of a note, and would be admitted, comes here.
    """
    content_type = exchange.header("content-type")
    if (content_type or "").partition(";")[0].strip().lower() == "text/plain":
        for text in filter(republished.hints, markup.text.split("\n")):
            yield _Passage(
                text=text, place="body", is_listed=False, is_beside_something=False,
                targets=(),
            )  # fmt: skip
        return
    root = LexborHTMLParser(encoding.decode(exchange.body, content_type)).root
    seen: set[int] = set()
    for node in root.traverse(include_text=True) if root is not None else ():
        if node.is_text_node and republished.hints(node.text_content or ""):
            block = _block_of(node)
            if block is not None and block.mem_id not in seen:
                seen.add(block.mem_id)
                yield from _passage_of(block, markup)
        if len(seen) >= PASSAGE_LIMIT:
            return


def _block_of(node: LexborNode) -> LexborNode | None:
    here = node.parent
    for _ in range(_ANCESTORS):
        if here is None or here.tag in _UNREAD:
            return None
        if here.tag in _PASSAGES:
            return here
        here = here.parent
    return None


def _passage_of(block: LexborNode, markup: Markup) -> Iterator[_Passage]:
    ancestors = list(_with_ancestors(block))
    tags = [str(each.tag) for each in ancestors]
    if not _APART.isdisjoint(tags) or any(map(_is_apart, ancestors[:_NAMED_ANCESTORS])):
        return
    text = " ".join(block.text(separator=" ").split())
    if len(text) > _PASSAGE_LENGTH:
        return
    yield _Passage(
        text=text,
        place="footer" if "footer" in tags else tags[0],
        is_listed=not _LISTED.isdisjoint(tags),
        is_beside_something=_is_beside_something(block),
        targets=tuple(
            target
            for link in block.css("a[href]")
            if (target := join(markup.base, link.attributes.get("href") or ""))
        ),
    )


def _with_ancestors(block: LexborNode) -> Iterator[LexborNode]:
    here: LexborNode | None = block
    for _ in range(_ANCESTORS):
        if here is None:
            return
        yield here
        here = here.parent


def _is_apart(node: LexborNode) -> bool:
    if node.tag in _PAGE_WIDE:
        return False
    attributes = node.attributes
    words = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".split()
    return any(_APART_NAMES.search(name) and not _NEGATING.search(name) for name in words)


def _is_beside_something(block: LexborNode) -> bool:
    """Say whether a picture, a table or a quotation stands in a block or next to it."""
    near = (block, _beside(block, "prev"), _beside(block, "next"))
    return any(
        node is not None and (node.css_first(_SHOWN) is not None or _is_shown(node))
        for node in near
    )


def _is_shown(node: LexborNode) -> bool:
    return node.tag in _SHOWN.split(", ")


def _beside(block: LexborNode, way: str) -> LexborNode | None:
    here: LexborNode | None = getattr(block, way)
    while here is not None and (here.tag or "").startswith("-"):
        here = getattr(here, way)
    return here
