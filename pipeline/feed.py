"""Feeds: the pages that an Atom (RFC 4287) or RSS document is about, in its order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from lxml import etree

from pipeline import xml
from pipeline.coding import decode
from pipeline.license.feed import ENTRIES, is_feed
from pipeline.model import Exchange
from pipeline.url import join
from pipeline.vocab import Failure

MAX_ENTRIES: Final = 10_000
"""Entries that are read of one feed; the longest ones in use have some thousands."""

MAX_BYTES: Final = 16 * 1024 * 1024
"""Longest feed that is read, uncompressed."""

_GZIP_MAGIC: Final = b"\x1f\x8b"
_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"
_ABOUT: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The URLs that the entries of a feed lead to, normalised, each once."""

    pages: tuple[str, ...] = ()


def read(exchange: Exchange) -> Feed:
    """Return the pages that a feed's entries are about.

    A damaged feed gives what stands before the fault; one with a document type, over the
    limit or of another kind gives nothing. No bytes raise.
    """
    body = exchange.body
    if body.startswith(_GZIP_MAGIC):
        unpacked = decode(body, ["gzip"], limit=MAX_BYTES)
        body = b"" if isinstance(unpacked, Failure) else unpacked
    plain = Exchange(url=exchange.url, status=exchange.status, body=body)
    if len(body) > MAX_BYTES or not is_feed(plain):
        return Feed()
    pages: dict[str, None] = {}
    for element in xml.elements(body, "end"):
        if xml.local_name(element).lower() in ENTRIES:
            page = _page_of(element, exchange.url)
            if page is not None:
                pages[page] = None
        if len(pages) >= MAX_ENTRIES:
            break
    return Feed(pages=tuple(pages))


def _page_of(entry: etree._Element, base: str) -> str | None:
    """Return where an entry's page is: its link, else what else it says is its address."""
    for href, element in _addresses(entry):
        page = join(_base_of(element, base), href.strip()) if href.strip() else None
        if page is not None:
            return page
    return None


def _addresses(entry: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """Yield what may be an entry's address: links first, then names that are addresses.

    RSS 2.0: a guid is the address of its item where it does not say otherwise; RSS 1.0:
    so is the item's own name.
    """
    children = list(entry)
    for each in children:
        if xml.local_name(each).lower() == "link" and _is_alternate(each):
            yield xml.attribute(each, "href") or xml.text_of(each), each
    for each in children:
        is_address = xml.attribute(each, "isPermaLink").strip().lower() != "false"
        if xml.local_name(each).lower() == "guid" and is_address:
            # A name of another kind is no address, nor is it one relative to the feed.
            text = xml.text_of(each)
            yield text if "://" in text else "", each
    yield xml.attribute(entry, _ABOUT), entry


def _is_alternate(link: etree._Element) -> bool:
    # RFC 4287 section 4.2.7.2: a link without a relation is an alternate one.
    relation = xml.attribute(link, "rel").strip().lower()
    return relation in {
        "",
        "alternate",
        "http://www.iana.org/assignments/relation/alternate",
    }


def _base_of(element: etree._Element, base: str) -> str:
    """Return by what addresses in an element are resolved (XML Base)."""
    ancestors = [element, *element.iterancestors()]
    for each in reversed(ancestors):
        found = xml.attribute(each, _BASE).strip()
        if found:
            try:
                base = urljoin(base, found)
            except ValueError:
                continue
    return base
