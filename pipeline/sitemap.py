"""Sitemaps: the pages a host lists for crawlers (sitemaps.org, protocol 0.9)."""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from pipeline import xml
from pipeline.coding import decode
from pipeline.model import Exchange
from pipeline.url import join
from pipeline.vocab import Failure

MAX_LOCATIONS: Final = 50_000
MAX_BYTES: Final = 50 * 1024 * 1024
"""The protocol's own limits for one file, uncompressed."""

_GZIP_MAGIC: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """The URLs that one file lists, normalised; what is not fetchable is left out."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def read(exchange: Exchange) -> Sitemap:
    """Return what a sitemap, a sitemap index or a plain list of URLs names.

    A file with a document type, a damaged file or one over the limits names what could be
    read before the fault; it never raises.
    """
    body = exchange.body
    if body.startswith(_GZIP_MAGIC):
        unpacked = decode(body, ["gzip"], limit=MAX_BYTES)
        if isinstance(unpacked, Failure):
            return Sitemap()
        body = unpacked
    if len(body) > MAX_BYTES:
        return Sitemap()
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _read_xml(body, exchange.url)
    return _read_text(body, exchange.url)


def _read_xml(body: bytes, base: str) -> Sitemap:
    found: dict[str, dict[str, None]] = {"url": {}, "sitemap": {}}
    for element in xml.elements(body, "end") if xml.is_plain(body) else ():
        _take(element, found, base)
        if sum(map(len, found.values())) >= MAX_LOCATIONS:
            break
    return Sitemap(pages=tuple(found["url"]), sitemaps=tuple(found["sitemap"]))


def _take(element: etree._Element, found: dict[str, dict[str, None]], base: str) -> None:
    parent = element.getparent()
    if parent is None or xml.local_name(element) != "loc":
        return
    kind, text = xml.local_name(parent), xml.text_of(element).strip()
    target = join(base, text) if text else None
    if kind in found and target is not None:
        found[kind][target] = None


def _read_text(body: bytes, base: str) -> Sitemap:
    lines = body.decode("utf-8", "replace").split()
    pages = (join(base, line) for line in lines[:MAX_LOCATIONS] if "://" in line)
    return Sitemap(pages=tuple(dict.fromkeys(page for page in pages if page is not None)))
