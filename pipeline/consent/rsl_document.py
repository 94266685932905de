"""An RSL document as its XML has it: conformant elements, or none.

::

    rsl      = element rsl { content* }                    namespace rslstandard.org/rsl
    content  = element content { @url, @server?, license+, alternate*, schema?, copyright?,
                                 terms? }
    license  = element license { permits*, prohibits*, payment?, reporting*, legal* }
    permits  = element permits { @type = "usage" | "user" | "geo", tokens }
    payment  = element payment { @type?, standard?, custom?, amount?, accepts? }

What RSL 1.0 does not define in its own namespace makes a document non-conformant; what
stands in another namespace is ignored with all it contains (section 3).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

NAMESPACE: Final = "https://rslstandard.org/rsl"
SIZE_LIMIT: Final = 1024 * 1024
"""Largest document that is read, in octets."""

_CHILDREN: Final[Mapping[str, frozenset[str]]] = {
    "rsl": frozenset({"content"}),
    "content": frozenset({"license", "alternate", "schema", "copyright", "terms"}),
    "license": frozenset({"permits", "prohibits", "payment", "reporting", "legal"}),
    "payment": frozenset({"standard", "custom", "amount", "accepts"}),
}
_RIGHTS: Final = frozenset({"permits", "prohibits"})
_TYPES: Final = frozenset({"usage", "user", "geo"})
_ATTRIBUTES: Final = ("url", "server", "type", "currency", "profile", "endpoint")
"""The attributes that are read: asked for by name, since lxml lists all in square time."""

_CONTENT_URL: Final = re.compile(r"|[/*].*|[A-Za-z][A-Za-z0-9+.-]*:.*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Element:
    """An element of RSL's namespace, and where in the document it stands."""

    name: str
    attributes: Mapping[str, str]
    text: str
    children: tuple["Element", ...]
    path: str
    line: int | None

    @property
    def quote(self) -> str:
        """Return what the element says by itself: its start tag and its text."""
        attributes = "".join(
            f' {name}="{value}"' for name, value in self.attributes.items()
        )
        return f"<{self.name}{attributes}>{self.text.strip()}"

    def named(self, name: str) -> tuple["Element", ...]:
        """Return the children of that name."""
        return tuple(child for child in self.children if child.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRsl:
    """A document that licenses nothing (section 4.3), with the reason."""

    cause: str


def parse(body: bytes) -> Element | NotRsl:
    """Return the root of a conformant document, or why it is none.

    A document type declaration is refused outright, and with it every entity; libxml2's
    own limits on depth and amplification stay in force. The namespace decides and the
    Content-Type does not (section 2.2).
    """
    if len(body) > SIZE_LIMIT:
        return NotRsl(cause="larger than 1 MiB")
    # Without its NULs a UTF-16 document shows the same letters.
    if b"<!DOCTYPE" in body.replace(b"\0", b""):
        return NotRsl(cause="a document type declaration")
    try:
        return _root_of(etree.fromstring(body, _parser()))
    except (etree.LxmlError, ValueError, LookupError) as error:
        return NotRsl(cause=str(error))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _root_of(node: "etree._Element") -> Element:
    # What is not spelled <!DOCTYPE in octets we know still has a declaration here.
    if node.getroottree().docinfo.internalDTD is not None:
        raise ValueError("a document type declaration")
    if node.tag != f"{{{NAMESPACE}}}rsl":
        raise ValueError("the root is not an rsl element of RSL's namespace")
    root = _element(node, "rsl", path="")
    for content in root.children:
        _verify_content(content)
    return root


def _element(node: "etree._Element", name: str, *, path: str) -> Element:
    known = _CHILDREN.get(name, frozenset())
    seen: Counter[str] = Counter()
    children: list[Element] = []
    for child_name, child in _own(node):
        if child_name not in known:
            raise ValueError(f"{child_name} is not defined inside of {name}")
        seen[child_name] += 1
        child_path = f"{path}/{child_name}[{seen[child_name]}]".removeprefix("/")
        children.append(_element(child, child_name, path=child_path))
    return Element(
        name=name,
        attributes={
            key: value for key in _ATTRIBUTES if (value := node.get(key)) is not None
        },
        text=(node.text or "") + "".join(child.tail or "" for child in node),
        children=tuple(children),
        path=path,
        line=node.sourceline,
    )


def _own(node: "etree._Element") -> Iterator[tuple[str, "etree._Element"]]:
    for child in node:
        tag = etree.QName(child)
        if tag.namespace == NAMESPACE:
            yield tag.localname, child


def _verify_content(content: Element) -> None:
    url = content.attributes.get("url")
    if url is None or not _CONTENT_URL.fullmatch(url):
        raise ValueError(f"{content.path} has no url that is a path or a URI")
    licenses = content.named("license")
    if not licenses:
        raise ValueError(f"{content.path} has no license")
    for each in licenses:
        _verify_rights(each.children)


def _verify_rights(terms: Iterable[Element]) -> None:
    """Refuse rights without a type, and two of one type (sections 3.5 and 3.6)."""
    seen: set[tuple[str, str]] = set()
    for term in terms:
        if term.name in _RIGHTS:
            kind = term.attributes.get("type", "")
            if kind not in _TYPES or (term.name, kind) in seen:
                raise ValueError(f"{term.path} has no type of its own")
            seen.add((term.name, kind))
