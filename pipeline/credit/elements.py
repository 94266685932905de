"""What elements of a page say of its work: RDFa, microdata, microformats and rel=author.

Whose property it is, is decided by the nearest item around it. What stands in quotations,
captions, readers' comments and teasers speaks of something else.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline import text as encoding
from pipeline.credit.description import (
    ARTICLES,
    PAGES,
    Description,
    Property,
    Said,
    address_of,
    addresses_of,
)
from pipeline.markup import Markup
from pipeline.model import Exchange
from pipeline.wording import in_octets

# What no page can do without that says something here, in encodings that keep ASCII.
_NEEDLE: Final = in_octets(
    r"author|creator|attributionname|dct:|dcterms:|purl\.org|datepublished|dt-published"
)

# A term of schema.org, Dublin Core or ccREL, with its prefix, as an IRI, or bare.
_TERM: Final = re.compile(
    r"(?:(?P<prefix>schema|dct|dcterms|dc|cc):|https?://(?P<iri>schema\.org/|purl\.org/dc/"
    r"|creativecommons\.org/ns#|web\.resource\.org/cc/)(?:terms/|elements/1\.1/)?)?"
    r"(?P<name>author|creator|attributionname|title|datepublished)",
    re.IGNORECASE,
)
_PROPERTIES: Final = {
    "author": Property.AUTHOR,
    "creator": Property.AUTHOR,
    "attributionname": Property.ATTRIBUTION,
    "title": Property.TITLE,
    "datepublished": Property.DATE,
}
_DUBLIN_CORE: Final = frozenset({"dct", "dcterms", "dc", "purl.org/dc/"})

_SAYING: Final = (
    "[itemprop], [property], [rel*=author i], [rel*=creator i], .p-author, .author.vcard, "
    ".dt-published"
)
_SCOPES: Final = (
    "[itemscope], [typeof], [about], article, .h-entry, .hentry, .h-card, .vcard, .h-cite, "
    ".h-review, .h-product, .h-feed"
)
_MICROFORMATS: Final = {
    "h-entry": "article",
    "hentry": "article",
    "h-card": "person",
    "vcard": "person",
    "h-cite": "citation",
    "h-review": "review",
    "h-product": "product",
    "h-feed": "feed",
}
_PERSONS: Final = frozenset({"person", "organization", "agent", "profile", "corporation"})
_INNER_NAME: Final = "[itemprop~=name], [property~=name], [property$=':name'], .p-name, .fn"
_INNER_URL: Final = (
    "[itemprop~=url][href], [property~=url][href], .u-url[href], a.url[href]"
)
_OWN_ADDRESS: Final = "[itemprop~=url], [itemprop~=mainEntityOfPage i]"
_UNREAD: Final = frozenset({"script", "style", "template", "svg", "noscript"})

_APART: Final = frozenset({"blockquote", "q", "figure", "figcaption", "pre", "code"})
_APART_WORDS: Final = frozenset(
    """
    comment comments commentlist respond reply replies quote pullquote related teaser
    caption testimonial testimonials figure gallery thumbnail
    """.split()  # noqa: SIM905  (to be read)
)
_NEGATING: Final = frozenset({"no", "has", "with", "without", "open", "closed"})
_WORD: Final = re.compile(r"[A-Z]?[a-z]+")
_PAGE_WIDE: Final = frozenset({"html", "body", "main"})

_MOST: Final = 200
_MOST_INNER: Final = 1000
_DEEPEST: Final = 400
_MOST_STEPS: Final = 2000
_LONGEST: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """An element that begins an item: what it is, and the item around it, by number."""

    number: int
    types: frozenset[str]
    addresses: frozenset[str]
    around: int
    is_value: bool
    is_apart: bool

    @property
    def is_text(self) -> bool:
        """Whether it is a text or a page that stands for itself."""
        return not self.is_value and not self.types.isdisjoint(ARTICLES | PAGES)


_PAGE: Final = 0

# Found once for the whole page: to look for them below each item again would take time
# that grows with the square of the page.
_Inner = Mapping[int, list[LexborNode]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page while it is read: its items, and names and addresses by item."""

    base: str
    names: _Inner
    urls: _Inner
    scopes: Mapping[int, _Scope]


def read(markup: Markup, exchange: Exchange) -> tuple[Description, ...]:
    """Return what the elements of a page say of texts and pages; no bytes raise.

    An article without an address is the page's text if there is no other.
    """
    kind = (exchange.header("content-type") or "").partition(";")[0].strip().lower()
    wide = exchange.body.startswith((b"\xff\xfe", b"\xfe\xff"))
    if kind == "text/plain" or not (wide or _NEEDLE.search(exchange.body)):
        return ()
    decoded = encoding.decode(exchange.body, exchange.header("content-type"))
    parser = LexborHTMLParser(decoded)
    page = _page(parser, markup)
    said: dict[int, list[Said]] = {}
    for node in parser.css(_SAYING)[:_MOST]:
        for each in _said(node, page):
            owner = _owner(node, each, scopes=page.scopes)
            if owner is not None:
                said.setdefault(owner, []).append(each)
    where = _addresses(page.scopes, addresses_of(markup))
    return tuple(
        Description(addresses=where[number], said=tuple(found))
        for number, found in said.items()
        if number in where
    )


def _page(parser: LexborHTMLParser, markup: Markup) -> _Page:
    addressed = _by_scope(parser, _OWN_ADDRESS)
    scopes = (
        _scope(node, addressed.get(node.mem_id, []), base=markup.base)
        for node in parser.css(_SCOPES)[:_MOST]
    )
    return _Page(
        base=markup.base,
        names=_by_scope(parser, _INNER_NAME),
        urls=_by_scope(parser, _INNER_URL),
        scopes={scope.number: scope for scope in scopes},
    )


def _by_scope(parser: LexborHTMLParser, selector: str) -> _Inner:
    found: dict[int, list[LexborNode]] = {}
    for node in parser.css(selector)[:_MOST_INNER]:
        found.setdefault(_scope_of(node), []).append(node)
    return found


def _scope(node: LexborNode, links: Iterable[LexborNode], *, base: str) -> _Scope:
    attributes = node.attributes
    kinds = f"{attributes.get('itemtype') or ''} {attributes.get('typeof') or ''}".split()
    types = {re.split(r"[/#:]", kind)[-1].lower() for kind in kinds}
    types |= {_MICROFORMATS[each] for each in _classes(node) if each in _MICROFORMATS}
    if not types:
        types = {"article" if node.tag == "article" else "webpage"}
    named = f"{attributes.get('itemprop') or ''} {attributes.get('property') or ''}".split()
    around = _scope_above(node)
    return _Scope(
        number=node.mem_id,
        types=frozenset(types),
        addresses=_addressed(node, links, base=base),
        around=around.mem_id if around is not None else _PAGE,
        is_value=bool(named) and "mainentity" not in {each.lower() for each in named},
        is_apart=_is_apart(node),
    )


def _addressed(
    node: LexborNode, links: Iterable[LexborNode], *, base: str
) -> frozenset[str]:
    """Return where an item says that it is, by itself or by its property ``url``."""
    attributes = node.attributes
    stated = [attributes[key] for key in ("about", "itemid") if key in attributes]
    if "typeof" in attributes and "resource" in attributes:
        stated.append(attributes["resource"])
    if "itemscope" in attributes:
        stated += [
            link.attributes.get(key)
            for link in links
            for key in ("href", "content", "itemid")
            if link.attributes.get(key)
        ]
    found = (address_of(each or "", base=base) for each in stated)
    return frozenset(each for each in found if each)


def _addresses(
    scopes: Mapping[int, _Scope], page: frozenset[str]
) -> dict[int, frozenset[str]]:
    """Return the addresses of each item that may be a page.

    Several articles side by side are a list of teasers, of which none is the page; one
    inside the other they are one.
    """
    texts = {
        number: scope
        for number, scope in scopes.items()
        if scope.is_text and not scope.is_apart
    }
    articles = [n for n, s in texts.items() if s.types & ARTICLES and not s.addresses]
    outer = {texts[n].around for n in articles}
    is_list = len([n for n in articles if n not in outer]) > 1
    found = {_PAGE: page}
    for number, scope in texts.items():
        if scope.addresses:
            found[number] = scope.addresses
        elif not (is_list and number in articles):
            found[number] = page
    return found


def _owner(node: LexborNode, said: Said, *, scopes: Mapping[int, _Scope]) -> int | None:
    """Return the item that a property belongs to, or None where it speaks from apart."""
    if _is_apart(node):
        return None
    if "about" in node.attributes:
        return node.mem_id
    number = _scope_of(node)
    # A link to the author stands in the author's card and speaks of the text around it.
    while (
        said.property is Property.CARD
        and number in scopes
        and not scopes[number].types.isdisjoint(_PERSONS)
    ):
        number = scopes[number].around
    return number if number in scopes or number == _PAGE else None


def _scope_above(node: LexborNode) -> LexborNode | None:
    here = node.parent
    while here is not None:
        if _is_scope(here):
            return here
        here = here.parent
    return None


def _scope_of(node: LexborNode) -> int:
    scope = _scope_above(node)
    return scope.mem_id if scope is not None else _PAGE


def _is_scope(node: LexborNode) -> bool:
    if (node.tag or "-").startswith("-"):
        return False
    attributes = node.attributes
    if node.tag == "article" or not {"itemscope", "typeof", "about"}.isdisjoint(attributes):
        return True
    return not _MICROFORMATS.keys().isdisjoint(_classes(node))


def _is_apart(node: LexborNode) -> bool:
    articles = 0
    here: LexborNode | None = node
    for _ in range(_DEEPEST):
        if here is None:
            return False
        tag = here.tag or "-"
        articles += tag == "article"
        if tag in _APART or articles > 1 or _is_called_apart(here, tag):
            return True
        here = here.parent
    return True


def _is_called_apart(node: LexborNode, tag: str) -> bool:
    if tag.startswith("-") or tag in _PAGE_WIDE:
        return False
    tokens = [*_classes(node), *(node.attributes.get("id") or "").split()]
    for token in tokens:
        words = {word.lower() for word in _WORD.findall(token)}
        if not _APART_WORDS.isdisjoint(words) and _NEGATING.isdisjoint(words):
            return True
    return False


def _classes(node: LexborNode) -> list[str]:
    return (node.attributes.get("class") or "")[:_LONGEST].split()


def _said(node: LexborNode, page: _Page) -> Iterator[Said]:
    """Yield what one element says, by each of the ways in which it says it."""
    for known, locator in (*_in_terms(node), *_in_relations(node), *_in_classes(node)):
        words = _value(node, known, page)
        if words:
            url = _url(node, page) if known is not Property.DATE else None
            yield Said(property=known, words=words, url=url, locator=locator)


def _in_terms(node: LexborNode) -> Iterator[tuple[Property, str]]:
    for key in ("itemprop", "property"):
        for token in (node.attributes.get(key) or "").split()[:20]:
            match = _TERM.fullmatch(token)
            if match and _is_meant(match):
                yield _PROPERTIES[match["name"].lower()], f"{node.tag}[{key}={token[:60]}]"


def _in_relations(node: LexborNode) -> Iterator[tuple[Property, str]]:
    for token in (node.attributes.get("rel") or "").split()[:20]:
        match = _TERM.fullmatch(token)
        if token.lower() == "author":
            yield Property.CARD, f"{node.tag}[rel=author]"
        elif match and match["prefix"] and "property" not in node.attributes:
            known = _PROPERTIES[match["name"].lower()]
            if known is Property.AUTHOR:
                yield known, f"{node.tag}[rel={token[:60]}]"


def _is_meant(match: re.Match[str]) -> bool:
    # "title" means many things; only Dublin Core's is the name of the work.
    source = (match["prefix"] or match["iri"] or "").lower()
    return match["name"].lower() != "title" or source in _DUBLIN_CORE


def _in_classes(node: LexborNode) -> Iterator[tuple[Property, str]]:
    names = set(_classes(node))
    if "p-author" in names:
        yield Property.CARD, ".p-author"
    elif {"author", "vcard"} <= names:
        yield Property.CARD, ".author.vcard"
    elif "dt-published" in names:
        yield Property.DATE, ".dt-published"


def _value(node: LexborNode, known: Property, page: _Page) -> str:
    """Return a property's words: those of the name where its value is an item."""
    moment = node.attributes.get("datetime")
    if known is Property.DATE and moment:
        return moment
    named = next(iter(page.names.get(node.mem_id, [])), node)
    return named.attributes.get("content") or _words(named)


def _url(node: LexborNode, page: _Page) -> str | None:
    """Return what a name is linked to: by itself, as its property, or as a whole."""
    target = node.attributes.get("href")
    if target is None:
        linked = next(iter(page.urls.get(node.mem_id, [])), None)
        alone = node.css_first("a[href]") if linked is None else None
        if alone is not None and _words(alone) == _words(node):
            linked = alone
        target = linked.attributes.get("href") if linked is not None else None
    if not target or address_of(target, base=page.base) is None:
        return None
    return urljoin(page.base, target.strip())


def _words(node: LexborNode) -> str:
    """Return the beginning of an element's text, white space as it is shown."""
    pieces: list[str] = []
    length = 0
    here = node.child
    for _ in range(_MOST_STEPS):
        if here is None or length >= _LONGEST:
            break
        if here.is_text_node:
            pieces.append((here.text_content or "")[:_LONGEST])
            length += len(pieces[-1])
        elif here.tag == "br":
            pieces.append(" ")
        here = _next(here, node)
    return " ".join("".join(pieces).split())


def _next(here: LexborNode, top: LexborNode) -> LexborNode | None:
    """Return the node after this one in the order of the document, below ``top``."""
    if here.child is not None and here.tag not in _UNREAD:
        return here.child
    step: LexborNode | None = here
    while step is not None and step.mem_id != top.mem_id:
        if step.next is not None:
            return step.next
        step = step.parent
    return None
