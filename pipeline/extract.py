"""From a page to its main text: boilerplate left out, the words as they stand.

The extractor keeps caches for its whole process. Only pure functions are behind those that
are in use here: the one that is not, the memory of its duplicate filter, is never asked,
so that a page gives the same text in any order and in any process.
"""

import logging
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import trafilatura
from lxml.etree import LxmlError
from lxml.html import HtmlElement
from pydantic import TypeAdapter, ValidationError
from selectolax.lexbor import LexborHTMLParser

from pipeline import text as encoding
from pipeline.markup import Markup
from pipeline.model import Dropped, Exchange
from pipeline.values import Language
from pipeline.vocab import Drop

PAGE_LIMIT: Final = 4 * 1024 * 1024
"""Longest page that is read, in characters, markup included."""

LEAST_LETTERS: Final = 30
"""Fewest letters and digits that make a text: some five words of English."""

UNDETERMINED: Final = "und"
"""The language of a page that declares none (ISO 639-2)."""

CHANGES: Final = "boilerplate removed, white space and Unicode normalised"
"""What is changed in a work, in the words that its credit needs."""

MASKED: Final = f"{CHANGES}, personal data masked"
"""The same where personal data was masked."""

REPEATED: Final = "paragraphs that its site repeats taken out"
"""What else is changed where such paragraphs are."""

_TAG_LIMIT: Final = 100

# Controls and lone surrogates have no place in a text. Tabs and line ends stay.
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_LINE_END: Final = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_GAP: Final = re.compile(r"\n{3,}")

# HTML Standard, "ASCII whitespace", and the elements in which a browser keeps it.
_SPACE: Final = re.compile(r"[\t\n\f\r ]+")
_PREFORMATTED: Final = frozenset({"pre", "textarea", "listing"})
_INDENT: Final = re.compile(r"^ (?=\S)", re.MULTILINE)

# RFC 5646 section 2.1: an extension or a private use part begins with a singleton, and
# says nothing of which language it is.
#   extension  = singleton 1*("-" (2*8alphanum))
#   privateuse = "x" 1*("-" (1*8alphanum))
_EXTENSION: Final = re.compile(r"-[a-z0-9](?:-.*|$)", re.IGNORECASE | re.DOTALL)
_TAG: Final = TypeAdapter[str](Language)

# What the extractor has to say of a page is in its answer.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    r"""What a page says, in words: its main text and the language that it declares.

    ``text`` is in NFC, its lines end with ``\n`` and none with a blank; ``language`` is
    ``und`` where the page declares none.
    """

    text: str
    language: str


def main_text(exchange: Exchange, markup: Markup) -> Extracted | Dropped:
    """Return the text of a page that ``markup`` was read from, or why it gives none.

    Readers' comments are left out: the page's license is not theirs. No bytes raise, and
    nothing is fetched.
    """
    content_type = exchange.header("content-type")
    decoded = encoding.decode(exchange.body, content_type)
    if len(decoded) > PAGE_LIMIT:
        detail = f"{len(decoded)} characters"
        return Dropped(url=exchange.url, reason=Drop.PAGE_TOO_LARGE, detail=detail)
    is_plain = (content_type or "").partition(";")[0].strip().lower() == "text/plain"
    found = decoded if is_plain else _extract(decoded)
    if found is None:
        return Dropped(url=exchange.url, reason=Drop.TEXT_UNREADABLE)
    text = normalised(found)
    letters = sum(map(str.isalnum, text))
    if letters < LEAST_LETTERS:
        detail = f"{letters} letters"
        return Dropped(url=exchange.url, reason=Drop.TEXT_TOO_SHORT, detail=detail)
    return Extracted(
        text=text,
        language=language_tag(markup.language),
    )


def normalised(text: str) -> str:
    r"""Return a text in NFC, with ``\n`` for line ends and no blanks at the end of lines.

    Controls go, and no more than one empty line stands between two others. A second time
    changes nothing.
    """
    plain = _UNWRITABLE.sub("", _LINE_END.sub("\n", text))
    lines = "\n".join(map(str.rstrip, plain.split("\n")))
    return unicodedata.normalize("NFC", _GAP.sub("\n\n", lines)).strip()


def language_tag(stated: str) -> str:
    """Return a language as BCP 47 writes it, or ``und`` where the words are no tag."""
    try:
        return _TAG.validate_python(_EXTENSION.sub("", stated[:_TAG_LIMIT].strip()))
    except ValidationError:
        return UNDETERMINED


def _extract(html: str) -> str | None:
    # The extractor's own parser knows HTML 4: it puts a main element whose body tag was
    # left out into the head, where no text is looked for.
    whole = LexborHTMLParser(html).html or ""
    if len(whole) > 2 * PAGE_LIMIT:
        return None
    try:
        tree = trafilatura.load_html(whole)
        if tree is None:
            return ""
        text: str | None = trafilatura.extract(
            _as_shown(tree),
            fast=True,
            include_comments=False,
            include_tables=True,
            deduplicate=False,
            with_metadata=False,
        )
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, LxmlError):
        # Faults of the extractor that a strange page may meet. They cost that page.
        return None
    return _INDENT.sub("", text or "")


def _as_shown(tree: HtmlElement) -> HtmlElement:
    """Return the tree with its white space and quotation marks as a browser shows them.

    A line end in the source is a blank to a reader, and to the extractor a new line.
    """
    waiting = [(tree, False)]
    while waiting:
        element, is_inside = waiting.pop()
        is_kept = is_inside or element.tag in _PREFORMATTED
        if element.text and not is_kept:
            element.text = _SPACE.sub(" ", element.text)
        if element.tail and not is_inside:
            element.tail = _SPACE.sub(" ", element.tail)
        if element.tag == "q":
            # The extractor takes it for a block quotation and breaks the sentence.
            element.tag = "span"
            element.text = f'"{element.text or ""}'
            element.tail = f'"{element.tail or ""}'
        waiting += ((child, is_kept) for child in element)
    return tree
