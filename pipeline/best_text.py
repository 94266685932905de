"""The main text of a page by trafilatura: the best of those that were compared.

The extractor keeps caches for its whole process. Only pure functions are behind those that
are in use here: the one that is not, the memory of its duplicate filter, is never asked,
so that a page gives the same text in any order and in any process.

Its time is linear in most pages and quadratic in some shapes of them. Those are counted
before it begins, and a page with too much of one is not read: no clock is ever asked.
"""

import logging
import re
from dataclasses import dataclass
from typing import Final

import trafilatura
from lxml.etree import LxmlError
from lxml.etree import _Element as Element
from lxml.html import HtmlElement
from trafilatura.settings import Document

from pipeline import markdown

INLINE_LIMIT: Final = 5_000
"""Most inline elements side by side in one element: a paragraph of links is quadratic."""

SPAN_LIMIT: Final = 20_000
"""Most places that all cells span beyond their own, each of them up to 100 by 100."""

GRID_LIMIT: Final = 200_000
"""Most cells of all rows, each filled up to the widest row, to 100 cells at most."""

# How far a cell spans for the extractor.
_SPAN: Final = 100
_INLINE: Final = frozenset(
    """
    a abbr b bdi bdo big br cite img code data del dfn em font i ins kbd mark nobr q s samp
    small span strike strong sub sup td th time tt u var
    """.split()  # noqa: SIM905  (to be read)
)

# HTML Standard, "ASCII whitespace", and the elements in which a browser keeps it.
_SPACE: Final = re.compile(r"[\t\n\f\r ]+")
_CODE: Final = frozenset({"code", "kbd", "samp", "tt", "var"})
_PREFORMATTED: Final = frozenset({"pre", "textarea", "listing"})
_INDENT: Final = re.compile(r"^ (?=\S)", re.MULTILINE)

# DocBook's style sheets for XHTML write a paragraph so; of its words the extractor would
# take those in code and leave the rest.
_PARAGRAPH: Final = "para"

# What the extractor's elements are in HTML, where it has one name for two of them.
_RENDITIONS: Final = {"#b": "b", "#i": "i", "#t": "code"}
_NAMES: Final = {
    "item": "li",
    "quote": "blockquote",
    "lb": "br",
    "row": "tr",
    "p": "p",
    "table": "table",
    "del": "del",
}
# By this the extractor keeps a block of code apart from a word of it.
_BLOCK_OF_CODE: Final = "block"

# What the extractor has to say of a page is in its answer.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TooCostly:
    """A page that would take more than its share of time, by what was counted in it."""

    count: str


def read(html: str, *, as_markdown: bool) -> str | TooCostly | None:
    """Return the main text of a page, or None where the extractor fails on it.

    ``html`` is a whole page as a parser of HTML 5 writes it: the extractor's own parser
    knows HTML 4, and puts a main element whose body tag was left out into the head, where
    no text is looked for.
    """
    try:
        tree = trafilatura.load_html(html)
        if tree is None:
            return ""
        count = _as_shown(tree)
        if count is not None:
            return TooCostly(count=count)
        return _markdown(tree) if as_markdown else _plain(tree)
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, LxmlError):
        # Faults of the extractor that a strange page may meet. They cost that page.
        return None


def _plain(tree: HtmlElement) -> str:
    text: str | None = trafilatura.extract(
        tree,
        fast=True,
        include_comments=False,
        include_tables=True,
        deduplicate=False,
        with_metadata=False,
    )
    return _INDENT.sub("", text or "")


def _markdown(tree: HtmlElement) -> str:
    found = trafilatura.bare_extraction(
        tree,
        fast=True,
        include_comments=False,
        include_tables=True,
        deduplicate=False,
        with_metadata=False,
        output_format="markdown",
        include_formatting=True,
    )
    if not isinstance(found, Document):
        return ""
    return markdown.render(_as_html(found.body))


def _as_html(body: Element) -> Element:
    """Return the extractor's tree with the names of HTML, in place."""
    for element in body.iter("*"):
        tag, rend = element.tag, element.get("rend") or ""
        if tag == "head":
            element.tag = rend if re.fullmatch("h[1-6]", rend) else "h2"
        elif tag == "list":
            element.tag = "ol" if rend == "ol" else "ul"
        elif tag == "code":
            element.tag = markdown.CODE_BLOCK if rend == _BLOCK_OF_CODE else "code"
        elif tag == "cell":
            element.tag = "th" if element.get("role") == "head" else "td"
        elif tag == "hi":
            element.tag = _RENDITIONS.get(rend, "span")
        else:
            element.tag = _NAMES.get(str(tag), "span")
    body.tag = "body"
    return body


@dataclass(slots=True)
class _Counts:
    """What is counted of a page while its white space is put in order."""

    inline: int = 0
    spans: int = 0
    rows: int = 0
    widest: int = 0

    def add(self, element: HtmlElement) -> None:
        inline = sum(1 for child in element if child.tag in _INLINE and child.tag != "br")
        self.inline = max(self.inline, inline)
        if element.tag == "tr":
            self.rows += 1
            self.widest = max(self.widest, inline)
        elif element.tag in {"td", "th"}:
            self.spans += _spanned(element, "colspan") * _spanned(element, "rowspan") - 1

    def excess(self) -> str | None:
        """Say what there is too much of, or None."""
        if self.inline > INLINE_LIMIT:
            return f"{self.inline} inline elements in one"
        if self.spans > SPAN_LIMIT:
            return f"cells that span {self.spans} places"
        grid = self.rows * min(self.widest, _SPAN)
        return f"tables of {grid} cells" if grid > GRID_LIMIT else None


def _spanned(cell: HtmlElement, attribute: str) -> int:
    digits = (cell.get(attribute) or "").strip()
    return min(int(digits[:4]), _SPAN) if digits.isdecimal() else 1


def _as_shown(tree: HtmlElement) -> str | None:
    """Give a page the white space that a browser shows, and code its words alone, in place.

    A line end in the source is a blank to a reader, and to the extractor a new line.
    Returns what the page has too much of, or None.
    """
    counts = _Counts()
    waiting = [tree]
    while waiting:
        element = waiting.pop()
        if element.tail:
            element.tail = _SPACE.sub(" ", element.tail)
        if element.tag in _PREFORMATTED:
            _keep_lines(element)
            continue
        if element.text:
            element.text = _SPACE.sub(" ", element.text)
        _mend(element)
        counts.add(element)
        waiting += element
    return counts.excess()


def _mend(element: HtmlElement) -> None:
    """Write an element so that the extractor leaves its words in their order."""
    if element.tag in _CODE and len(element):
        _flatten(element)
    elif element.tag == "div" and element.get("class") == _PARAGRAPH:
        _split_paragraph(element)


def _flatten(element: HtmlElement) -> None:
    """Leave an element nothing but its words: the extractor would move those in others."""
    words = "".join(element.itertext())
    for child in list(element):
        element.remove(child)
    element.text = _SPACE.sub(" ", words)


def _split_paragraph(element: HtmlElement) -> None:
    """Make paragraphs of the lines in an element, between the lists and blocks in it."""
    children = list(element)
    if all(child.tag in _INLINE for child in children):
        element.tag = "p"
        return
    line = element.makeelement("p")
    line.text, element.text = element.text, None
    parts = [line]
    for child in children:
        if child.tag in _INLINE:
            line.append(child)
            continue
        line = element.makeelement("p")
        line.text, child.tail = child.tail, None
        parts += [child, line]
    element.extend(part for part in parts if len(part) or (part.text or "").strip())


def _keep_lines(element: HtmlElement) -> None:
    """Make a block of code or of verse one piece of text, as the extractor keeps it."""
    for line_end in element.iter("br"):
        line_end.tail = f"\n{line_end.tail or ''}"
    # Without the line end at its end it would run on into what follows.
    words = "".join(element.itertext()).strip("\n").rstrip() + "\n"
    for child in list(element):
        element.remove(child)
    element.text = None
    # One span and nothing beside it is what it takes for code.
    span = element.makeelement("span")
    span.text = words
    element.append(span)
    element.tag = "pre"
    element.attrib.clear()
    element.set("rend", _BLOCK_OF_CODE)
