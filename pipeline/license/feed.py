"""Licenses in feeds: Atom (RFC 4287, RFC 4946) and RSS with its modules.

What a feed says of itself is its own; what an entry says is that entry's, and no page's
that it is about: the page has to say so too.
"""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from pipeline import xml
from pipeline.license import detect, sentence
from pipeline.license.detect import About, Channel, Piece
from pipeline.model import Exchange, evidence_of

_SIZE_LIMIT: Final = 8 * 1024 * 1024
_PIECE_LIMIT: Final = 500

_ROOTS: Final = frozenset({"feed", "rss", "rdf"})
ENTRIES: Final = frozenset({"entry", "item"})
"""What the entries of Atom and RSS are called."""

_ATOM_LINK: Final = "RFC 4946 section 2"
_RIGHTS: Final = "RFC 4287 section 4.2.10 and RSS copyright"
_MODULE: Final = "RSS creativeCommons:license and cc:license"

# Elements whose content names a license, and those that hold a notice in which one may be.
_LICENSES: Final = frozenset({"license"})
_NOTICES: Final = frozenset({"rights", "copyright"})


def is_feed(exchange: Exchange) -> bool:
    """Say whether a body is an Atom or RSS document by its root element."""
    if not xml.is_plain(exchange.body):
        return False
    root = next(xml.elements(exchange.body[:_SIZE_LIMIT], "start"), None)
    return root is not None and xml.local_name(root).lower() in _ROOTS


def collect(exchange: Exchange) -> tuple[Piece, ...]:
    """Return what a feed declares: of itself, and of its entries as of other works.

    A damaged feed gives what stands before the fault; no bytes raise.
    """
    found: list[Piece] = []
    for element in xml.elements(exchange.body[:_SIZE_LIMIT], "end"):
        found.extend(_piece(element, exchange))
        if len(found) >= _PIECE_LIMIT:
            break
    return tuple(found)


def _piece(element: etree._Element, exchange: Exchange) -> Iterator[Piece]:
    name, value, clause = xml.local_name(element).lower(), xml.text_of(element), _MODULE
    if name == "link" and "license" in xml.attribute(element, "rel").split():
        value, clause = xml.attribute(element, "href"), _ATOM_LINK
    elif name in _NOTICES:
        clause = _RIGHTS
    elif name not in _LICENSES:
        return
    value = xml.attribute(element, _RESOURCE) or value
    evidence = evidence_of(exchange, f"feed {name}", quote=value, clause=clause)
    about = About.ANOTHER if _is_of_an_entry(element) else About.METADATA
    if sentence.reserves_rights(value):
        yield Piece(
            channel=Channel.RESERVED, expression=None, evidence=evidence, about=about
        )
        return
    found, is_void = detect.valued(value.strip())
    yield Piece(
        channel=Channel.FEED,
        expression=found,
        is_void=is_void and name not in _NOTICES,
        evidence=evidence,
        about=about,
    )


_RESOURCE: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"


def _is_of_an_entry(element: etree._Element) -> bool:
    return any(xml.local_name(each).lower() in ENTRIES for each in element.iterancestors())
