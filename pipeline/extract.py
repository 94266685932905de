"""From a page to its main text: boilerplate left out, the words as they stand.

Two extractors can be asked, which get the same page: without its scripts and without
readers' comments. The work that a page makes is bounded by what is counted in it, and never
by a clock: the same page gives the same text on a busy machine.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Final

from pydantic import TypeAdapter, ValidationError
from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline import best_text, fast_text, markdown
from pipeline import text as encoding
from pipeline.best_text import TooCostly
from pipeline.license import parts
from pipeline.license.parts import Part
from pipeline.manifest import Extractor, Form, Reading
from pipeline.markup import Markup, are_comments
from pipeline.model import Dropped, Exchange, LeftOut
from pipeline.values import Language
from pipeline.vocab import Drop, LicenseExpression

PAGE_LIMIT: Final = 4 * 1024 * 1024
"""Longest page that is read, in characters, markup included."""

TAG_LIMIT: Final = 100_000
"""Most tags of a page that is read, start and end tags together, scripts left out."""

DEPTH_LIMIT: Final = 128
"""Deepest nesting that is read, in elements; the deepest of 500 pages had 18."""

LEAST_LETTERS: Final = 30
"""Fewest letters and digits that make a text: some five words of English."""

UNDETERMINED: Final = "und"
"""The language of a page that declares none (ISO 639-2)."""

CHANGES: Final = "boilerplate removed, white space and Unicode normalised"
"""What is changed in a work, in the words that its credit needs."""

LEFT_OUT: Final = "parts under another license left out"
"""What is changed besides where a page has such parts."""

STRUCTURE: Final = "structure written as Markdown"
"""What is changed besides where the text is Markdown."""

MASKED: Final = "personal data masked"
"""What is changed besides where personal data was masked."""

REPEATED: Final = "paragraphs that its site repeats taken out"
"""What else is changed where such paragraphs are."""

_TAG_LIMIT: Final = 100

# Controls and lone surrogates have no place in a text. Tabs and line ends stay.
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_LINE_END: Final = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_GAP: Final = re.compile(r"\n{3,}")

# What is never text, and could hold what looks like tags.
_UNREAD: Final = ["script", "style", "template", "iframe", "noembed", "noframes", "xmp"]

_ANCHORS: Final = ", ".join(("a:empty", *(f"h{n} a[href^='#']" for n in range(1, 7))))
_MAY_BE_COMMENTS: Final = ", ".join(
    f"[{attribute}*={word} i]"
    for attribute, word in (
        ("class", "comment"), ("id", "comment"), ("class", "respond"), ("id", "respond"),
        ("id", "disqus"), ("id", "dsq"), ("itemtype", "comment"),
    )
)  # fmt: skip

# HTML as a parser writes it: every value in double quotes, every element closed but these.
_ELEMENT: Final = re.compile(
    r"""<(?:!--.*?-->|(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*)(?>[^">]+|"[^"]*")*>)""",
    re.DOTALL,
)
_VOID: Final = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)

# RFC 5646 section 2.1: an extension or a private use part begins with a singleton, and
# says nothing of which language it is.
#   extension  = singleton 1*("-" (2*8alphanum))
#   privateuse = "x" 1*("-" (1*8alphanum))
_EXTENSION: Final = re.compile(r"-[a-z0-9](?:-.*|$)", re.IGNORECASE | re.DOTALL)
_TAG: Final = TypeAdapter[str](Language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    r"""What a page says, in words: its main text and the language that it declares.

    ``text`` is in NFC, its lines end with ``\n`` and none with a blank; ``language`` is
    ``und`` where the page declares none. ``is_markdown`` where the text has its marks,
    ``left_out`` are the parts of the page under another license.
    """

    text: str
    language: str
    is_markdown: bool = False
    left_out: tuple[LeftOut, ...] = ()

    @property
    def words(self) -> str:
        """The text without the marks of Markdown, as filters of words measure it."""
        return markdown.unmarked(self.text) if self.is_markdown else self.text

    @property
    def changes(self) -> str:
        """What was changed in the work, before any filter changed more."""
        structure = STRUCTURE if self.is_markdown else ""
        left_out = LEFT_OUT if self.left_out else ""
        return ", ".join(filter(None, (CHANGES, structure, left_out)))


def main_text(
    exchange: Exchange,
    markup: Markup,
    *,
    options: Reading | None = None,
    license_: LicenseExpression | None = None,
) -> Extracted | Dropped:
    """Return the text of a page that ``markup`` was read from, or why it gives none.

    Readers' comments are left out: the page's license is not theirs; and where that license
    is given, the parts under another one. No bytes raise, and nothing is fetched.
    """
    content_type = exchange.header("content-type")
    decoded = encoding.decode(exchange.body, content_type)
    if len(decoded) > PAGE_LIMIT:
        detail = f"{len(decoded)} characters"
        return Dropped(url=exchange.url, reason=Drop.PAGE_TOO_LARGE, detail=detail)
    is_plain = (content_type or "").partition(";")[0].strip().lower() == "text/plain"
    options = options or Reading()
    apart: tuple[Part, ...] = ()
    if license_ is not None and not is_plain:
        apart = parts.under_another_license(markup, exchange, license_=license_)
    found = decoded if is_plain else _extract(decoded, options, apart)
    if found is None:
        return Dropped(url=exchange.url, reason=Drop.TEXT_UNREADABLE)
    if isinstance(found, TooCostly):
        return Dropped(url=exchange.url, reason=Drop.PAGE_TOO_LARGE, detail=found.count)
    is_markdown = options.form is Form.MARKDOWN and not is_plain
    text = normalised(found, keeps_gaps=is_markdown)
    letters = sum(map(str.isalnum, text))
    if letters < LEAST_LETTERS:
        detail = f"{letters} letters"
        return Dropped(url=exchange.url, reason=Drop.TEXT_TOO_SHORT, detail=detail)
    return Extracted(
        text=text,
        language=language_tag(markup.language),
        is_markdown=is_markdown,
        left_out=tuple(part.said for part in apart),
    )


@cache
def reader_version(options: Reading) -> str:
    """Return what reads texts, with all that a text depends on beside its page.

    The name of the extractor and its version, how it is asked, the parsers before it, and
    the number of this module, which goes up whenever a text may come out otherwise.
    """
    parsers = ", ".join(f"{name} {version(name)}" for name in _PARSERS[options.extractor])
    unicode = f"Unicode {unicodedata.unidata_version}"
    return (
        f"{options.extractor} {version(options.extractor)} {_MANNERS[options.extractor]}, "
        f"{options.form}, after {parsers}, {unicode} /{_EDITION}"
    )


_EDITION: Final = 2
_MANNERS: Final = {Extractor.TRAFILATURA: "fast", Extractor.RESILIPARSE: "main content"}
_PARSERS: Final = {
    Extractor.TRAFILATURA: ("selectolax", "lxml"),
    Extractor.RESILIPARSE: ("selectolax", "lxml"),
}


def normalised(text: str, *, keeps_gaps: bool = False) -> str:
    r"""Return a text in NFC, with ``\n`` for line ends and no blanks at the end of lines.

    Controls go, and no more than one empty line stands between two others, unless gaps are
    to stay, as they do in code. A second time changes nothing.
    """
    plain = _UNWRITABLE.sub("", _LINE_END.sub("\n", text))
    lines = "\n".join(map(str.rstrip, plain.split("\n")))
    close = lines if keeps_gaps else _GAP.sub("\n\n", lines)
    return unicodedata.normalize("NFC", close).strip()


def language_tag(stated: str) -> str:
    """Return a language as BCP 47 writes it, or ``und`` where the words are no tag."""
    try:
        return _TAG.validate_python(_EXTENSION.sub("", stated[:_TAG_LIMIT].strip()))
    except ValidationError:
        return UNDETERMINED


def _extract(
    html: str, options: Reading, apart: Sequence[Part] = ()
) -> str | TooCostly | None:
    """Return the main text of a page, or what there is too much of in it."""
    if len(apart) > parts.LIMIT:
        return TooCostly(count=f"{len(apart)} parts under another license")
    page = LexborHTMLParser(html)
    _leave_out(_twins([part.node for part in apart], page))
    page.strip_tags(_UNREAD)
    _leave_out_anchors(page)
    _quote(page)
    whole = page.html or ""
    count = _excess(whole)
    if count is not None:
        return TooCostly(count=count)
    if comments := _comments(page):
        _leave_out(comments)
        whole = page.html or ""
    as_markdown = options.form is Form.MARKDOWN
    if options.extractor is Extractor.RESILIPARSE:
        return fast_text.read(whole, as_markdown=as_markdown)
    return best_text.read(whole, as_markdown=as_markdown)


def _comments(page: LexborHTMLParser) -> list[LexborNode]:
    return [node for node in page.css(_MAY_BE_COMMENTS) if are_comments(node)]


def _twins(nodes: Sequence[LexborNode], page: LexborHTMLParser) -> list[LexborNode]:
    """Return the same elements of another tree of the same page, in the order they have."""
    if not nodes or page.root is None:
        return []
    wanted = {node.mem_id for node in nodes}
    places = {n for n, node in enumerate(_all(_root_of(nodes[0]))) if node.mem_id in wanted}
    return [node for n, node in enumerate(_all(page.root)) if n in places]


def _root_of(node: LexborNode) -> LexborNode:
    while node.parent is not None and node.parent.is_element_node:
        node = node.parent
    return node


def _all(root: LexborNode) -> Iterator[LexborNode]:
    """Yield an element and all in it, in document order."""
    node: LexborNode | None = root
    while node is not None:
        yield node
        following = node.child
        while following is None and node is not None and node.mem_id != root.mem_id:
            following = node.next
            if following is None:
                node = node.parent
        node = following


def _leave_out(nodes: Sequence[LexborNode]) -> None:
    """Take elements out of their page; one may lie in another."""
    # The innermost first: what hangs from a removed element must not be touched again.
    for node in reversed(nodes):
        node.decompose()


def _leave_out_anchors(page: LexborHTMLParser) -> None:
    """Take out links without words: targets, and the sign by which a heading is linked to.

    They are nothing to read, and to an extractor a list with one in it is a menu.
    """
    for node in page.css(_ANCHORS):
        if not any(map(str.isalnum, node.text())):
            node.decompose()


def _quote(page: LexborHTMLParser) -> None:
    """Put the marks of quotations into the text, where a browser would show them."""
    for node in page.css("q"):
        node.insert_before('"')
        node.insert_after('"')
        node.unwrap()


def _excess(html: str) -> str | None:
    """Say what there is too much of in a page, or None."""
    if len(html) > 2 * PAGE_LIMIT:
        return f"{len(html)} characters"
    tags = html.count("<")
    if tags > TAG_LIMIT:
        return f"{tags} tags"
    return f"nested more than {DEPTH_LIMIT} deep" if _is_deep(html) else None


def _is_deep(html: str) -> bool:
    depth = 0
    for match in _ELEMENT.finditer(html):
        name = match["name"]
        if name is None or name in _VOID:
            continue
        depth += -1 if match["close"] else 1
        if depth > DEPTH_LIMIT:
            return True
    return False
