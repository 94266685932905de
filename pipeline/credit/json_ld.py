"""What JSON-LD says of a page: of the page itself, not of what it lists or embeds."""

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from pipeline.consent import strict_json
from pipeline.consent.strict_json import NotJson
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

Node = Mapping[str, JsonValue]

_SCRIPT: Final = "script[type=application/ld+json]"

# Of an article the name is its title; of a page it is what its tab is called, so that only
# a headline counts there.
_PROPERTIES: Final = {
    "author": Property.AUTHOR,
    "creator": Property.AUTHOR,
    "name": Property.NAME,
    "headline": Property.TITLE,
    "datepublished": Property.DATE,
    "copyrightnotice": Property.NOTICE,
}
_MOST_NODES: Final = 5000
_MOST_SAID: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What is known while a page's JSON-LD is read: addresses, and nodes by identifier."""

    base: str
    addresses: frozenset[str]
    nodes: Mapping[str, Node]


def read(markup: Markup) -> tuple[Description, ...]:
    """Return the texts and pages that a page's JSON-LD describes; no bytes raise.

    One that names no address is the page, if it is the only one of its kind.
    """
    roots = [
        strict_json.parse(each.text.encode("utf-8", "replace")) for each in markup.data
    ]
    top = [node for root in roots if not isinstance(root, NotJson) for node in _top(root)]
    page = _Page(
        base=markup.base, addresses=addresses_of(markup), nodes=_by_identifier(roots)
    )
    return tuple(
        description
        for kind in (ARTICLES, PAGES)
        for description in _described([n for n in top if _types(n) & kind], page)
    )


def _top(root: JsonValue) -> Iterator[Node]:
    """Yield the nodes that stand for themselves, and the main thing of each page."""
    for each in _listed(root):
        if not isinstance(each, dict):
            continue
        yield each
        yield from (node for node in _listed(each.get("@graph")) if isinstance(node, dict))
        for node in (each, *_listed(each.get("@graph"))):
            entity = node.get("mainEntity") if isinstance(node, dict) else None
            yield from (one for one in _listed(entity) if isinstance(one, dict))


def _listed(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _types(node: Node) -> frozenset[str]:
    kinds = _listed(node.get("@type"))
    return frozenset(_local(each) for each in kinds if isinstance(each, str))


def _local(name: str) -> str:
    return name.rpartition("/")[2].rpartition(":")[2].rpartition("#")[2].lower()


def _by_identifier(roots: list[JsonValue | NotJson]) -> dict[str, Node]:
    """Return the nodes that more is said of than their identifier, by it."""
    found: dict[str, Node] = {}
    waiting: list[object] = list(roots)
    for _ in range(_MOST_NODES):
        if not waiting:
            break
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            identifier = value.get("@id")
            if isinstance(identifier, str) and len(value) > 1:
                found.setdefault(identifier, value)
    return found


def _described(nodes: list[Node], page: _Page) -> Iterator[Description]:
    addressed = [(node, _addresses(node, page)) for node in nodes]
    nameless = [node for node, addresses in addressed if not addresses]
    for node, addresses in addressed:
        if addresses or len(nameless) == 1:
            yield Description(
                addresses=addresses or page.addresses, said=tuple(_said(node, page))
            )


def _addresses(node: Node, page: _Page) -> frozenset[str]:
    """Return where a node says it is; its identifier counts where it says nothing else.

    Teasers of other pages may be named by a fragment of this one.
    """
    stated = [*_targets(node.get("url")), *_targets(node.get("mainEntityOfPage"))]
    named = stated or list(_targets(node.get("@id")))
    found = (address_of(each, base=page.base) for each in named)
    return frozenset(each for each in found if each)


def _targets(value: JsonValue) -> Iterator[str]:
    for each in _listed(value):
        inner = (each.get("@id") or each.get("url")) if isinstance(each, dict) else each
        if isinstance(inner, str) and not inner.startswith("_:"):
            yield inner


def _said(node: Node, page: _Page) -> Iterator[Said]:
    is_article = bool(_types(node) & ARTICLES)
    left = _MOST_SAID
    for key, value in node.items():
        known = _PROPERTIES.get(_local(key))
        if known is None or (known is Property.NAME and not is_article):
            continue
        for words, url in _values(value, page):
            if left == 0:
                return
            left -= 1
            yield Said(
                property=known, words=words, url=url, locator=f"{_SCRIPT} {_local(key)}"
            )


def _values(value: JsonValue, page: _Page) -> Iterator[tuple[str, str | None]]:
    """Yield the words of a value and its address: a text, or a thing that has a name."""
    for each in _listed(value):
        if isinstance(each, dict) and "@list" in each:
            yield from _values(each["@list"], page)
            continue
        node = _node_of(each, page)
        if node is None:
            words = each.get("@value") if isinstance(each, dict) else each
            if isinstance(words, str):
                yield _text(words), None
            continue
        names = (one for one in _listed(node.get("name")) if isinstance(one, str))
        name = next(names, None)
        if name is not None:
            yield _text(name), _url_of(node, page)


def _node_of(value: JsonValue, page: _Page) -> Node | None:
    """Return the thing that a value is or refers to, or None where it is plain words."""
    if isinstance(value, str):
        return page.nodes.get(value)
    if not isinstance(value, dict) or "@value" in value:
        return None
    identifier = value.get("@id")
    if "name" in value or not isinstance(identifier, str):
        return value
    return page.nodes.get(identifier, value)


def _url_of(node: Node, page: _Page) -> str | None:
    for each in _targets(node.get("url")):
        if address_of(each, base=page.base):
            return each
    return None


def _text(words: str) -> str:
    # Publishing systems put the entities of their templates into JSON, where they mean
    # nothing: a name is never meant to read "O&#8217;Neil".
    return html.unescape(words)
