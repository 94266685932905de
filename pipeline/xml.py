"""XML that a stranger wrote: no entities, no network, and what stands before a fault."""

import zlib
from collections.abc import Callable, Iterator
from typing import Final, Literal

from lxml import etree

_START: Final = b"\xef\xbb\xbf \t\r\n"
_HEAD: Final = 4096


def is_plain(body: bytes) -> bool:
    """Say whether a body is XML without a document type, which could name entities."""
    return body.lstrip(_START).startswith(b"<") and b"<!DOCTYPE" not in body[:_HEAD]


def elements(body: bytes, event: Literal["start", "end"]) -> Iterator[etree._Element]:
    """Yield the elements of a document in order; a damaged one ends at its fault."""
    parser = etree.XMLPullParser(
        events=(event,), resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, recover=True,
    )  # fmt: skip
    try:
        parser.feed(body)
        for _event, element in parser.read_events():
            yield element
    except (etree.XMLSyntaxError, zlib.error):
        return


def local_name(element: etree._Element) -> str:
    """Return an element's name without its namespace, as it is spelled."""
    # Not etree.QName: it refuses the names that a recovering parser lets stand.
    tag = _decoded(lambda: element.tag)
    return tag.rpartition("}")[2]


def attribute(element: etree._Element, name: str) -> str:
    """Return an attribute's value, or an empty text where it is absent or unreadable."""
    return _decoded(lambda: element.get(name))


def text_of(element: etree._Element) -> str:
    """Return the text that an element begins with."""
    return _decoded(lambda: element.text)


def _decoded(read: Callable[[], object]) -> str:
    try:
        found = read()
    except UnicodeDecodeError:
        # libxml2 lets a reference to half a surrogate pair through.
        return ""
    return found if isinstance(found, str) else ""
