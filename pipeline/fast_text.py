"""The main text of a page by resiliparse: much faster, and less sure of what is main."""

import re
from typing import Final

from lxml.html import Element, HtmlElement, document_fromstring
from resiliparse.extract.html2text import extract_plain_text

from pipeline import markdown

_MINIMAL: Final = "minimal_html"

# A list begins two blanks in for the extractor, and its bullet is no sign of ASCII.
_BULLET: Final = re.compile(r"^ {2}( *)• ", re.MULTILINE)
_PARAGRAPHS: Final = re.compile(r"\n\s*\n")


def read(html: str, *, as_markdown: bool) -> str:
    """Return the main text of a page; its quotations, tables and emphasis are plain lines.

    Time is linear in the page, but for its depth, which is for the caller to bound.
    """
    text: str = extract_plain_text(
        html,
        preserve_formatting=_MINIMAL if as_markdown else True,
        main_content=True,
        list_bullets=True,
        alt_texts=False,
        links=False,
        form_fields=False,
        noscript=False,
        comments=False,
        post_meta=False,
        hidden_elements=False,
    )
    return _markdown(text) if as_markdown else _BULLET.sub(r"\1- ", text)


def _markdown(html: str) -> str:
    body = document_fromstring(f"<body>{html}</body>").body
    return "" if body is None else markdown.render(_in_paragraphs(body))


def _in_paragraphs(body: HtmlElement) -> HtmlElement:
    """Return a body in which what had no element is in paragraphs, line by line."""
    whole = Element("body")
    whole.extend(_paragraphs(body.text))
    for child in list(body):
        loose, child.tail = child.tail, None
        whole.append(child)
        whole.extend(_paragraphs(loose))
    return whole


def _paragraphs(loose: str | None) -> list[HtmlElement]:
    parts = _PARAGRAPHS.split(loose or "")
    return [_lines(part.strip("\n")) for part in parts if part.strip()]


def _lines(paragraph: str) -> HtmlElement:
    first, *others = paragraph.split("\n")
    element = Element("p")
    element.text = first
    for line in others:
        line_end = Element("br")
        line_end.tail = line
        element.append(line_end)
    return element
