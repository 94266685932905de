"""What a page's HTML holds that a judgement can be read from.

lexbor's tree is gone through without recursion: nesting is the page's choice, the depth of
our stack is not. Most pages declare nothing. So a first pass notes what is cheap to have:
metadata, where links lead, scripts that say something, and all words. Only when somebody
asks for blocks of text, or for what a link says, a second one puts them together.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline import text as encoding
from pipeline.hazards import hazard_of
from pipeline.locator import Locator
from pipeline.model import Exchange
from pipeline.wording import either

SIZE_LIMIT: Final = 8 * 1024 * 1024
"""Largest body that is parsed, in bytes."""

CONTEXT_LIMIT: Final = 600
"""Longest context of a link, in characters, half of it on either side."""

TEXT_LIMIT: Final = 200_000
"""Longest visible text that is kept, in characters."""

NOTICE_LIMIT: Final = 200
"""Most notices, comments and data blocks that are kept of each kind."""

EDGE: Final = "\0"
"""What stands between blocks in all the words of a page, and nowhere in one."""

_EDGED: Final = f" {EDGE} "
_HTML_LIMIT: Final = 1000
_LABEL_LIMIT: Final = 200
# Each costs the text and the markup of all that is in it, and they nest.
_PROPERTY_LIMIT: Final = 20
_COMMENT_LIMIT: Final = 5000
_NOTICE_LENGTH: Final = 2000
_BATCH: Final = 4000


_Attributes = dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """One ``meta`` element: its name (or property, or http-equiv) in lower case."""

    name: str
    content: str
    html: str
    node: LexborNode | None = field(default=None, compare=False, repr=False)


class Snippet(NamedTuple):
    """The text of a script or of a comment, and where it was read."""

    text: str
    node: LexborNode | None = None


class Target:
    """Where one ``a``, ``area``, ``link`` or ``form`` element leads.

    ``href`` is absolute; ``rel`` and ``type`` in lower case.
    """

    __slots__ = ("href", "node", "rel", "tag", "type")

    def __init__(
        self, node: LexborNode, attributes: "_Attributes", *, tag: str, href: str
    ) -> None:
        rel, kind = attributes.get("rel"), attributes.get("type")
        self.node = node
        self.tag = tag
        self.href = href
        self.rel = frozenset(rel.lower().split()) if rel else _NO_NAMES
        self.type = kind.strip().lower() if kind else ""

    @property
    def html(self) -> str:
        """Its markup, as far as a quotation may go."""
        return _start_tag(self.node) if self.tag == "form" else _html_of(self.node)

    def label(self) -> str:
        """Return the words of its first texts, of which as many as a label may have."""
        words: list[str] = []
        for node in self.node.traverse(include_text=True):
            if node.is_text_node:
                words.append(node.text_content or "")
                if sum(map(len, words)) > _LABEL_LIMIT:
                    break
        return " ".join("".join(words).split())


class Link(Target):
    """A link with what it says and what is said around it.

    ``text`` is the element's own text and ``context`` that of the nearest block around it;
    ``sections`` names, from the outside in, the sectioning ancestors and what their class
    or id calls them (``footer``, ``nav``, ``figure``, ``aside``, ``blockquote``,
    ``comments`` ...). ``offset`` is where ``text`` begins in ``context``; ``block`` counts
    the blocks of the page and ``position`` is where ``text`` begins in that block, so that
    links of one sentence can be told from links of another. ``badges`` are the link's
    title, and the addresses and the alternative texts of the images inside. ``subject`` is
    what RDFa and microdata say the link is about, empty for the page itself;
    ``properties`` are its ``property`` and ``itemprop``, in lower case and without
    prefixes.
    """

    __slots__ = ("_badges", "_frame", "_words")

    def __init__(self, target: Target, frame: "_Frame") -> None:
        self.node = target.node
        self.tag = target.tag
        self.href = target.href
        self.rel = target.rel
        self.type = target.type
        self._frame = frame
        self._badges: list[str] = []
        self._words: _Words | _Span = _NO_WORDS

    @property
    def text(self) -> str:
        """The element's own words."""
        return self._said().text

    @property
    def context(self) -> str:
        """The words of the block around it, as far as they are near."""
        return self._said().context

    @property
    def offset(self) -> int:
        """Where ``text`` begins in ``context``."""
        return self._said().offset

    @property
    def position(self) -> int:
        """Where ``text`` begins in its block."""
        return self._said().position

    @property
    def block(self) -> int:
        """The number of its block; -1 outside of any."""
        return self._words.block

    @property
    def badges(self) -> tuple[str, ...]:
        """Its title, and the addresses and alternative texts of the images inside."""
        return tuple(self._badges)

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections around it, from the outside in."""
        return self._frame.sections

    @property
    def hidden(self) -> bool:
        """Whether it is not shown."""
        return self._frame.hidden

    @property
    def subject(self) -> str:
        """What RDFa and microdata say it is about; empty for the page."""
        return self._frame.subject

    @property
    def properties(self) -> frozenset[str]:
        """Its ``property`` and ``itemprop``, without prefixes."""
        attributes = self.node.attributes
        return _NO_NAMES if _DATA.isdisjoint(attributes) else _names_of(attributes)

    def words_in(self, passage: "_Passage") -> "_Span":
        """Have the words that follow in a passage for the link's own; return where."""
        self._words = span = _Span(passage)
        return span

    def add_badge(self, words: str) -> None:
        """Take the link's title, or what an image in it is called, into account."""
        if words:
            self._badges.append(words[:_HTML_LIMIT])

    def says(self, words: str) -> None:
        """Have words for the link's own that stand in no block of the text."""
        self._words = _Words(text=words, context=words)

    def _said(self) -> "_Words":
        if isinstance(self._words, _Span):
            self._words = self._words.words()
        return self._words


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One RDFa or microdata property that is no link: its name without a prefix.

    ``value`` is the resource it names, else its content, else its text; ``subject`` is
    empty where it speaks of the page.
    """

    name: str
    value: str
    subject: str
    sections: tuple[str, ...]
    hidden: bool
    html: str
    node: LexborNode | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One block of visible text that speaks of licenses or of rights.

    ``node`` is the element that the block is the text of, or a part of it.
    """

    text: str
    sections: tuple[str, ...]
    block: int = -1
    node: LexborNode | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One ``img`` element: its absolute source and its alternative text."""

    src: str
    alt: str
    node: LexborNode | None = field(default=None, compare=False, repr=False)

    @property
    def html(self) -> str:
        """Its markup, as far as a quotation may go."""
        return _html_of(self.node)


class _Blocks(NamedTuple):
    """What is known of a page when its blocks of text have been put together."""

    links: tuple[Link, ...] = ()
    text: str = ""
    notices: tuple[Notice, ...] = ()
    reserved: tuple[Notice, ...] = ()
    properties: tuple[Property, ...] = ()


@dataclass(slots=True, kw_only=True, eq=False)
class Markup:
    """A page as its parser sees it.

    ``targets`` are where its links lead, ``rsl`` inline RSL documents (XML text), ``data``
    JSON-LD scripts, ``comments`` the HTML comments that hold a Creative Commons address.
    ``said`` is its text, shown or not, with one blank between any two words and ``EDGE``
    between blocks; ``words`` is all that anything can be declared with, in the same form:
    also its data, and what its links, images and metadata say.
    ``locator`` leads to the elements that any of these were read in.

    ``links``, ``text``, ``notices``, ``reserved`` and ``properties`` take a second pass,
    which is made once and when first asked for.
    """

    url: str
    base: str
    title: str = ""
    language: str = ""
    metas: list[Meta] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    rsl: list[str] = field(default_factory=list)
    data: list[Snippet] = field(default_factory=list)
    comments: list[Snippet] = field(default_factory=list)
    said: str = ""
    words: str = ""
    locator: Locator = field(default_factory=Locator, repr=False)
    tree: LexborHTMLParser | None = field(default=None, repr=False)
    _blocks: _Blocks | None = field(default=None, repr=False)

    @property
    def links(self) -> tuple[Link, ...]:
        """Its links, those in its text in the order in which their blocks end."""
        return self._whole().links

    @property
    def text(self) -> str:
        """Its visible text, a block on each line."""
        return self._whole().text

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The blocks that speak of licenses or rights."""
        return self._whole().notices

    @property
    def reserved(self) -> tuple[Notice, ...]:
        """Notices that reserve all rights, outside of quotations, captions and comments."""
        return self._whole().reserved

    @property
    def properties(self) -> tuple[Property, ...]:
        """What RDFa and microdata say of licenses and authors."""
        return self._whole().properties

    def _whole(self) -> _Blocks:
        if self._blocks is None:
            self._blocks = _blocks_of(self)
        return self._blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Unparseable:
    """A body that is not read, with the reason: too costly, or not HTML."""

    cause: str


# MIME Sniffing section 7.1: what is no text, whatever its header says.
_BINARY: Final = (
    b"%PDF-",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"RIFF",
    b"\x7fELF",
    b"OggS",
    b"ID3",
)
_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_MARKUP_START: Final = re.compile(rb"\s*+(?:\xef\xbb\xbf)?\s*+<[!?/A-Za-z]")
_PLAIN: Final = "text/plain"
_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})

_BLOCKS: Final = frozenset(
    """
    address article aside blockquote body caption center dd details dialog dir div dl dt
    fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html
    legend li main menu nav ol optgroup option p pre section select summary table tbody
    td template tfoot th thead title tr ul
    """.split()  # noqa: SIM905  (to be read)
)
_UNREAD: Final = frozenset(
    """
    script style template svg math iframe object video audio canvas textarea select
    """.split()  # noqa: SIM905  (to be read)
)
# What is shown to nobody with scripts, and what was struck out.
_NOT_SAID: Final = frozenset({"noscript", "s", "del", "strike"})
_SECTIONS: Final = frozenset(
    "header footer nav main article aside figure figcaption blockquote q pre code".split()  # noqa: SIM905  (to be read)
)
_ROLES: Final = {
    "contentinfo": "footer",
    "complementary": "sidebar",
    "navigation": "nav",
    "banner": "header",
    "main": "main",
}
# What a class or an id calls an element, by its words: "site-footer", "commentList".
_NAMES: Final = {
    "footer": "footer",
    "colophon": "footer",
    "sidebar": "sidebar",
    "comment": "comments",
    "comments": "comments",
    "commentlist": "comments",
    "respond": "comments",
    "caption": "figure",
    "figure": "figure",
    "thumbnail": "figure",
    "gallery": "figure",
    "attribution": "credit",
    "credit": "credit",
    "credits": "credit",
    "card": "card",
    "teaser": "card",
    "related": "card",
    "quote": "blockquote",
    "pullquote": "blockquote",
    "map": "credit",
}
# On these a class speaks of the whole page ("has-sidebar", "comments-open").
_PAGE_WIDE: Final = frozenset({"html", "body", "main"})
_NAME_WORDS: Final = re.compile(r"[A-Z]?[a-z]+")
_HAS_A_WORD: Final = re.compile(r"[a-z]{2}")
_NEGATING: Final = frozenset({"no", "has", "with", "without", "open", "closed"})
_APART: Final = frozenset(
    "comments figure figcaption blockquote q card credit".split()  # noqa: SIM905  (to be read)
)

_HIDING: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])"
    r"|opacity\s*:\s*0(?![.\d])|text-indent\s*:\s*-\d{3}|(?:left|top)\s*:\s*-\d{3}",
    re.IGNORECASE,
)
# RDFa and microdata: which properties are kept, and which types are not the page's text.
_PROPERTIES: Final = frozenset("license rights author creator attributionname".split())  # noqa: SIM905  (to be read)
_DATA: Final = frozenset("about typeof itemscope property itemprop".split())  # noqa: SIM905  (to be read)
_WITH_DATA: Final = "[about], [typeof], [itemscope], [property], [itemprop]"
# Without one of these attributes an element says nothing of what is in it.
_FRAMING: Final = _DATA | {"hidden", "style", "role", "class", "id"}
_NO_NAMES: Final = frozenset[str]()
_OTHER_WORKS: Final = frozenset(
    """
    imageobject videoobject audioobject mediaobject photograph dataset datadownload
    softwareapplication softwaresourcecode musicrecording musiccomposition comment
    usercomments product map podcastepisode podcastseries clip stillimage movingimage
    image sound software
    """.split()  # noqa: SIM905  (to be read)
)
_SPACES: Final = "\n\t\r\f\v\xa0"
_SPACES_AND_BLANK: Final = f" {_SPACES}"
_LINKING: Final = {"a": "href", "area": "href", "link": "href", "form": "action"}

# What licenses and reservations are called, as parts of words. RE2 looks for all of them
# at once; a pattern of alternatives that ignores case takes ten times as long.
_RIGHTS: Final = """
    licen lizen creativecommons cc-by copyright © rights rechte droits derechos
    direitos diritti rechten prawa права práva rättigheter hakları gemeinfrei copyleft
    tdm reserv lisens лиценз ліценз lisans άδεια odbl gfdl gpl cc0 redistribut
    2011/833 attribution raihana
    ライセンス 著作 転載 许可 許可 授权 授權 版权 版權 权利 知识共享 라이선스 저작
""".split()  # noqa: SIM905  (to be read)
_RIGHTS_PHRASES: Final = (
    "creative common",
    "cc by",
    "public domain",
    "domaine public",
    "dominio público",
    "states government",
    "u.s. government",
    "property of",
    "belong to the",
    "prohibited",
    "permission",
    "commercial",
    "forbidden",
    "reproduc",
    "train ai",
    "ai train",
)
SPEAKS_OF_RIGHTS: Final = either((*_RIGHTS, *_RIGHTS_PHRASES))
"""Words that a notice of licenses or rights has one of, in many languages."""

_MAY_RESERVE: Final = either(
    """
    reserv réserv riserv vorbehalten voorbehouden zastrzeżon защищены vyhrazen förbehåll
    sakl 保留 版权 版權 転載
    """.split()  # noqa: SIM905  (to be read)
)
RESERVED: Final = re.compile(
    r"\ball (?:other )?rights (?:are |remain )?reserved"
    r"|\balle rechte (?:sind |bleiben )?vorbehalten"
    r"|\btous (?:les )?droits (?:sont )?réservés"
    r"|\btodos (?:los|os) (?:derechos|direitos) (?:están |estão |son )?reservados"
    r"|\btutti i diritti (?:sono )?riservati|\balle rechten (?:zijn )?voorbehouden"
    r"|\bwszelkie prawa zastrzeżone|\bвсе права защищены|\bvšechna práva vyhrazena"
    r"|\balla rättigheter förbehåll|\btüm hakları saklıdır|保留所有权利|版权所有|版權所有"
    r"|(?:無断|禁)転載|all rights reserved",
    re.IGNORECASE,
)
"""Words that reserve all rights, in the languages that they are met in most."""


def read(exchange: Exchange) -> Markup | Unparseable:
    """Return what the page holds, or why it is not read; no bytes raise.

    Plain text gives a page with text and notices and nothing else. The last few pages are
    kept, since the readers of one judgement all ask for the same one.
    """
    return _read(exchange.url, exchange.body, exchange.header("content-type"))


@lru_cache(maxsize=4)
def _read(url: str, body: bytes, content_type: str | None) -> Markup | Unparseable:
    kind = (content_type or "").partition(";")[0].strip().lower()
    cause = _unread(kind, body)
    text = "" if cause else encoding.decode(body, content_type)
    if kind != _PLAIN:
        cause = cause or hazard_of(_with_plain_tags(body, text))
    if cause:
        return Unparseable(cause=cause)
    return _plain(url, text) if kind == _PLAIN else _surveyed(url, LexborHTMLParser(text))


def _with_plain_tags(body: bytes, text: str) -> bytes:
    # In UTF-16 a tag has a zero byte behind each letter, and no scan would see it.
    return text.encode("utf-8", "replace") if b"\x00" in body else body


def _unread(kind: str, body: bytes) -> str | None:
    """Say why a body is not read, or None."""
    if len(body) > SIZE_LIMIT:
        return f"larger than {SIZE_LIMIT} bytes"
    if _is_binary(body):
        return "not HTML"
    return None if kind == _PLAIN or _is_html(kind, body) else "not HTML"


def _is_binary(body: bytes) -> bool:
    if body.startswith(_BINARY):
        return True
    return b"\x00" in body[:1024] and not body.startswith(_WIDE_MARKS)


def _is_html(kind: str, body: bytes) -> bool:
    if kind in _HTML_TYPES:
        return body.lstrip()[:1] not in {b"{", b"["}
    return not kind and _MARKUP_START.match(body[:1024]) is not None


def _plain(url: str, text: str) -> Markup:
    builder = _Builder(url=url, base=url)
    for block in re.split(r"\n\s*\n", text[:TEXT_LIMIT]):
        builder.passage.add(block, None, ())
        builder.end_block()
    blocks = builder.blocks()
    said = " ".join(blocks.text.replace("\n", _EDGED).split())
    return Markup(url=url, base=url, said=said, words=said, _blocks=blocks)


class _Frame:
    """What an element passes on to its descendants; each is another, whatever it says."""

    __slots__ = ("hidden", "sections", "subject")

    def __init__(
        self, sections: tuple[str, ...] = (), subject: str = "", *, hidden: bool = False
    ) -> None:
        self.sections = sections
        self.subject = subject
        self.hidden = hidden


_OUTERMOST: Final = _Frame()


class _Words(NamedTuple):
    """What a link says and what is said around it."""

    text: str = ""
    context: str = ""
    offset: int = 0
    block: int = -1
    position: int = 0


_NO_WORDS: Final = _Words()

# A line break among the pieces of a passage; no text is empty.
_BREAK: Final = ""


class _Passage:
    """The text of one block, in the pieces that it was written in."""

    __slots__ = ("_shown", "block", "has_breaks", "links", "node", "pieces", "sections")

    def __init__(self, block: int) -> None:
        self.block = block
        self.pieces: list[str] = []
        self.links: list[Link] = []
        self.has_breaks = False
        self.sections: tuple[str, ...] = ()
        self.node: LexborNode | None = None
        self._shown: tuple[str, list[int]] | None = None

    def add(self, text: str, node: LexborNode | None, sections: tuple[str, ...]) -> None:
        """Add words; blanks before the first are none, and it is the first that counts."""
        if self.node is not None:
            self.pieces.append(text)
        elif text and not text.isspace():
            self.pieces.append(text)
            self.sections = sections
            self.node = node

    def add_break(self) -> None:
        """Add a line break, which ends a sentence and no block."""
        self.pieces.append(_BREAK)
        self.has_breaks = True

    def text(self) -> str:
        """Return the words with white space as it is shown."""
        if self.has_breaks:
            return self.shown()[0]
        return _as_shown("".join(self.pieces)).removeprefix(" ")

    def shown(self) -> tuple[str, list[int]]:
        """Return the words as they are shown, and how many stand before each piece.

        Counted in characters; the last count is that of all.
        """
        if self._shown is None:
            said, places, length, last = [], [0], 0, " "
            for piece in self.pieces:
                words = _as_shown(piece) if piece else "\n"
                if words[0] == " " and last in " \n":
                    words = words[1:]
                if words:
                    said.append(words)
                    length, last = length + len(words), words[-1]
                places.append(length)
            self._shown = "".join(said), places
        return self._shown


class _Span:
    """Where a link stands in its passage, by the number of pieces before its ends."""

    __slots__ = ("_start", "end", "passage")

    def __init__(self, passage: _Passage) -> None:
        self.passage = passage
        self.end: int | None = None
        self._start = len(passage.pieces)

    @property
    def block(self) -> int:
        return self.passage.block

    def is_empty(self) -> bool:
        """Say whether no word was added since the link began."""
        return not any(map(str.strip, self.passage.pieces[self._start :]))

    def words(self) -> _Words:
        """Return what the link says and what is said around it."""
        whole, places = self.passage.shown()
        start, end = places[self._start], places[-1 if self.end is None else self.end]
        first = max(0, start - CONTEXT_LIMIT // 2)
        text = whole[start:end].lstrip()
        start = end - len(text)
        return _Words(
            text=text.rstrip(),
            context=whole[first : end + CONTEXT_LIMIT // 2],
            offset=start - first,
            block=self.block,
            position=start,
        )


@dataclass(slots=True, kw_only=True)
class _Builder:
    """What was read so far, and the passage that is being read."""

    url: str
    base: str
    has_data: bool = False
    targets: dict[int, Target] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    reserved: list[Notice] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    kept: int = 0
    spoken: list[tuple[str, _Passage]] = field(default_factory=list)
    unsearched: int = 0
    frames: dict[tuple[object, ...], _Frame] = field(default_factory=dict)
    passage: _Passage = field(default_factory=lambda: _Passage(0))
    link: Link | None = None
    span: _Span | None = None

    def end_block(self) -> None:
        """Finish the block: its links have their context, its words their place.

        Who goes in or out of a block asks first whether there is one: often there is not.
        """
        passage, span = self.passage, self.span
        self.passage = _Passage(passage.block + 1)
        self.span = None
        for link in passage.links:
            if span is not None and link is self.link and span.is_empty():
                # A link around a block has its words yet to come.
                self._stand(link)
            else:
                self.links.append(link)
        text = passage.text().strip()
        if text:
            self._keep(text, passage)

    def open_link(self, link: Link) -> None:
        """Begin a link, whose words follow; links do not nest."""
        self.close_link()
        self.link = link
        self._stand(link)

    def close_link(self) -> None:
        """End the link that is open, if one is."""
        if self.span is not None:
            self.span.end = len(self.passage.pieces)
        self.link = self.span = None

    def _stand(self, link: Link) -> None:
        self.span = link.words_in(self.passage)
        self.passage.links.append(link)

    def _keep(self, text: str, passage: _Passage) -> None:
        if self.kept < TEXT_LIMIT:
            self.lines.append(text[: TEXT_LIMIT - self.kept])
            self.kept += len(text)
        self.spoken.append((text, passage))
        self.unsearched += len(text)
        if self.unsearched > _BATCH:
            self._take_notices()

    def _take_notices(self) -> None:
        """Keep the blocks that speak of rights; most batches have none: one search each."""
        batch, self.spoken, self.unsearched = self.spoken, [], 0
        if not SPEAKS_OF_RIGHTS.search("\n".join([text for text, _ in batch])):
            return
        for text, passage in batch:
            if len(self.notices) < NOTICE_LIMIT and SPEAKS_OF_RIGHTS.search(text):
                notice = Notice(
                    text=text[:_NOTICE_LENGTH],
                    sections=passage.sections,
                    block=passage.block,
                    node=_block_around(passage.node),
                )
                self.notices.append(notice)
                if not is_apart(passage.sections) and RESERVED.search(text):
                    self.reserved.append(notice)

    def blocks(self) -> _Blocks:
        """Return what was read."""
        if self.passage.pieces or self.passage.links:
            self.end_block()
        self._take_notices()
        return _Blocks(
            links=tuple(self.links),
            text="\n".join(self.lines),
            notices=tuple(self.notices),
            reserved=tuple(self.reserved),
            properties=tuple(self.properties),
        )


def reserves_rights(markup: Markup) -> bool:
    """Say whether a page reserves all rights; without a word of it one pass suffices."""
    return _MAY_RESERVE.search(markup.said) is not None and bool(markup.reserved)


LICENSE_RELATIONS: Final = frozenset({"license", "copyright"})
"""HTML Standard: "user agents must also treat the keyword copyright like license"."""

_CHROME: Final = frozenset({"footer", "sidebar", "nav", "header"})


def is_chrome(sections: tuple[str, ...]) -> bool:
    """Say whether something in these sections stands around the text, not in it."""
    return not _CHROME.isdisjoint(sections)


def part_around(node: LexborNode) -> LexborNode:
    """Return the whole part of a page that an element speaks of, which may be itself.

    A figure where it is in a caption, a quotation where it is below one, or the item that
    RDFa and microdata describe. A caption alone is no part where something is around it.
    """
    part = node
    each: LexborNode | None = node
    while each is not None and each.tag not in _PAGE_WIDE:
        if _is_part(each):
            part = each
            if _is_whole(each):
                break
        each = each.parent
    return part


def _is_part(node: LexborNode) -> bool:
    attributes = node.attributes
    if node.tag in _PARTS or "about" in attributes:
        return True
    kinds = (attributes.get("typeof") or attributes.get("itemtype") or "").split()
    if not _OTHER_WORKS.isdisjoint(re.split(r"[/#:]", kind)[-1].lower() for kind in kinds):
        return True
    names = (*_called(attributes.get("class")), *_called(attributes.get("id")))
    return not _APART.isdisjoint(names)


def _is_whole(node: LexborNode) -> bool:
    """Say whether a part is more than the caption or the credit of one."""
    is_caption = node.tag == "figcaption" or node.tag in {"a", "span", "p", "small", "cite"}
    return node.tag in _WHOLE or (
        not is_caption and node.css_first("img, picture, video, audio, iframe") is not None
    )


_PARTS: Final = frozenset("figure figcaption blockquote q".split())  # noqa: SIM905
_WHOLE: Final = frozenset("figure blockquote q aside article section".split())  # noqa: SIM905


def are_comments(node: LexborNode) -> bool:
    """Say whether an element holds what readers wrote below a page.

    By its class, its id, or its type in schema.org; the words of a line of code that is
    called a comment are none, and neither is what holds the page itself.
    """
    if node.tag not in _THREADS or node.css_first("main, h1") is not None:
        return False
    attributes = node.attributes
    kind = re.split(r"[/#:]", attributes.get("itemtype") or "")[-1].lower()
    if kind in {"comment", "usercomments"}:
        return True
    names = (*_called(attributes.get("class")), *_called(attributes.get("id")))
    identifier = (attributes.get("id") or "").lower()
    return "comments" in names or identifier.startswith(("disqus_thread", "dsq-"))


_THREADS: Final = frozenset("article aside details div dl form li ol section ul".split())  # noqa: SIM905


def sections_of(node: LexborNode) -> tuple[str, ...]:
    """Return the sections around an element, from the outside in, itself among them."""
    return _frame_around(node).sections


def is_hidden(node: LexborNode) -> bool:
    """Say whether an element is not shown."""
    return _frame_around(node).hidden


def own_notices(markup: Markup) -> Iterator[Notice]:
    """Yield the notices that are the page's own: no caption's, quotation's or reader's."""
    return (each for each in markup.notices if not is_apart(each.sections))


def is_apart(sections: tuple[str, ...]) -> bool:
    """Say whether something in these sections speaks of less than the page.

    A caption speaks of its figure, a quotation and a reader's comment are someone else's,
    an article inside an article is most often a teaser of another page.
    """
    return not _APART.isdisjoint(sections) or sections.count("article") > 1


def _block_around(node: LexborNode | None) -> LexborNode | None:
    while node is not None and node.tag not in _BLOCKS:
        node = node.parent
    return node


def _html_of(node: LexborNode | None) -> str:
    return ((node.html if node is not None else "") or "")[:_HTML_LIMIT]


def _start_tag(node: LexborNode) -> str:
    pairs = "".join(f' {key}="{value or ""}"' for key, value in node.attributes.items())
    return f"<{node.tag}{pairs}>"[:_HTML_LIMIT]


class _Kind(NamedTuple):
    """What a tag is to the reader, so that each element is looked up once.

    ``is_opaque`` where nothing in it is read, ``is_framing`` where its name alone says
    something of what is in it, ``is_edge`` where its end is also that of a block or link.
    ``noted`` has a word in the first pass, ``reader`` in the second.
    """

    is_block: bool
    is_opaque: bool
    is_framing: bool
    is_edge: bool
    noted: "Callable[[_Survey, LexborNode], None] | None"
    reader: "Callable[[_Builder, LexborNode, _Frame], None] | None"


def _start_of(parser: LexborHTMLParser) -> LexborNode | None:
    # From the document, not from its root element: comments stand before and after it.
    document = parser.root.parent if parser.root is not None else None
    return document.child if document is not None else parser.root


class _Survey:
    """What the first pass has found so far."""

    __slots__ = ("has_base", "markup", "noted", "said")

    def __init__(self, markup: Markup) -> None:
        self.markup = markup
        self.has_base = False
        self.said: list[str] = []
        self.noted: list[str | None] = [markup.url]

    def done(self) -> Markup:
        """Return the page with all that was said and noted."""
        markup = self.markup
        scripts = (one.text for one in (*markup.data, *markup.comments))
        noted = _EDGED.join([*filter(None, self.noted), *scripts])
        markup.said = " ".join("".join(self.said).split())
        markup.words = f"{markup.said}{_EDGED}{' '.join(noted.split())}"
        return markup


def _surveyed(url: str, parser: LexborHTMLParser) -> Markup:
    """Return a page as far as the first pass knows it."""
    survey = _Survey(Markup(url=url, base=url, tree=parser))
    _note(survey, _start_of(parser))
    for node in parser.css(_WITH_DATA):
        survey.noted += node.attributes.values()
    return survey.done()


def _note(survey: _Survey, node: LexborNode | None) -> None:
    """Note a node, those that follow it and all that is in them, in document order."""
    entered: list[tuple[LexborNode, _Kind]] = []
    while node is not None:
        kind = _KINDS.get(node.tag or "", _PLAIN_KIND)
        if kind.is_block:
            survey.said.append(_EDGED)
        if kind.noted is not None:
            kind.noted(survey, node)
        below = None if kind.is_opaque else node.child
        if below is not None:
            entered.append((node, kind))
        node = node.next if below is None else below
        while node is None and entered:
            node, kind = entered.pop()
            if kind.is_block:
                survey.said.append(_EDGED)
            node = node.next


def _blocks_of(markup: Markup) -> _Blocks:
    """Return what the second pass finds in a page."""
    builder = _Builder(url=markup.url, base=markup.base)
    if markup.tree is not None:
        builder.targets = {one.node.mem_id: one for one in markup.targets}
        builder.has_data = markup.tree.css_first(_WITH_DATA) is not None
        _walk(_start_of(markup.tree), builder)
    return builder.blocks()


def _walk(node: LexborNode | None, builder: _Builder) -> None:
    """Read a node, those that follow it and all that is in them, in document order."""
    frame = _OUTERMOST
    entered: list[tuple[LexborNode, _Kind, _Frame]] = []
    while node is not None:
        tag = node.tag or ""
        if tag.startswith("-"):
            if node.is_text_node and not frame.hidden:
                builder.passage.add(node.text_content or "", node, frame.sections)
            node = node.next
        else:
            kind = _KINDS.get(tag, _PLAIN_KIND)
            entered.append((node, kind, frame))
            frame = _enter(builder, node, frame, kind=kind)
            node = None if kind.is_opaque else node.child
        while node is None and entered:
            node, kind, frame = entered.pop()
            if kind.is_edge:
                _leave(builder, kind)
            node = node.next


def _enter(builder: _Builder, node: LexborNode, outer: _Frame, *, kind: _Kind) -> _Frame:
    attributes, frame = node.attributes, outer
    if kind.is_framing or not _FRAMING.isdisjoint(attributes):
        frame = _framed(builder, node, outer, attributes=attributes)
    if kind.is_block and (builder.passage.pieces or builder.passage.links):
        builder.end_block()
    if kind.reader is not None:
        kind.reader(builder, node, frame)
    return frame


def _leave(builder: _Builder, kind: _Kind) -> None:
    if not kind.is_block:
        builder.close_link()
    elif builder.passage.pieces or builder.passage.links:
        builder.end_block()


def _as_shown(text: str) -> str:
    """Return a text with each run of white space as the one blank that it is shown as."""
    # What can be printed holds no white space but blanks.
    if not text.isprintable():
        # Many times as fast as a table for str.translate: most of these are not in it.
        for space in _SPACES:
            text = text.replace(space, " ")
    # Each pass halves a run; most texts need none, which a pattern cannot know.
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def _framed(
    builder: _Builder, node: LexborNode, outer: _Frame, *, attributes: _Attributes
) -> _Frame:
    """Return the frame of an element; one that is framed as another was has the same."""
    if builder.has_data and not _DATA.isdisjoint(attributes):
        return _frame_of(node, attributes, _described(builder, node, outer))
    get = attributes.get
    key = (
        outer, node.tag, get("class"), get("id"), get("role"), get("style"),
        "hidden" in attributes,
    )  # fmt: skip
    known = builder.frames.get(key)
    if known is None:
        known = builder.frames[key] = _frame_of(node, attributes, outer)
    return known


def _frame_of(node: LexborNode, attributes: _Attributes, outer: _Frame) -> _Frame:
    tag = node.tag or ""
    hidden = outer.hidden or tag in _NOT_SAID or _hides(attributes)
    names = _section_of(tag, outer.sections)
    role = attributes.get("role")
    if role in _ROLES:
        names += (_ROLES[role],)
    if tag not in _PAGE_WIDE:
        names += _called(attributes.get("class")) + _called(attributes.get("id"))
    if not names and hidden == outer.hidden:
        return outer
    new = tuple(name for name in dict.fromkeys(names) if name not in outer.sections)
    if not new and names[:1] == ("article",) and outer.sections.count("article") == 1:
        # Articles inside one another are told apart: the inner ones are often teasers.
        # Two say as much as a thousand, of which each would keep the names of all before.
        new = ("article",)
    return _Frame(outer.sections + new, outer.subject, hidden=hidden)


def _described(builder: _Builder, node: LexborNode, outer: _Frame) -> _Frame:
    """Return the frame with the subject that RDFa or microdata give an element.

    RDFa Core section 7.5: ``about`` sets the subject, ``typeof`` with ``resource`` too;
    microdata: ``itemscope`` begins an item of its own. Of what type a nameless subject is
    decides whether it is the page's text or something beside it.
    """
    frame, attributes = outer, node.attributes
    if "about" in attributes:
        subject = _resolved(builder.base, attributes["about"] or "") or "?"
        frame = _of_subject(outer, "" if subject == builder.url else subject)
    elif "typeof" in attributes or "itemscope" in attributes:
        kinds = (attributes.get("typeof") or attributes.get("itemtype") or "").split()
        names = {re.split(r"[/#:]", kind)[-1].lower() for kind in kinds}
        if not _OTHER_WORKS.isdisjoint(names):
            frame = _of_subject(outer, min(names & _OTHER_WORKS))
    names_ = _names_of(attributes) & _PROPERTIES
    if names_ and "href" not in attributes and len(builder.properties) < _PROPERTY_LIMIT:
        builder.properties.extend(
            _property(builder, node, name, frame=outer) for name in sorted(names_)
        )
    return frame


def _frame_around(node: LexborNode) -> _Frame:
    """Return the frame of an element alone, as going through the whole page gives it."""
    around = [node]
    while (parent := around[-1].parent) is not None:
        around.append(parent)
    frame = _OUTERMOST
    for each in reversed(around):
        if each.is_element_node:
            frame = _frame_of(each, each.attributes, frame)
    return frame


def _of_subject(outer: _Frame, subject: str) -> _Frame:
    return _Frame(outer.sections, subject, hidden=outer.hidden)


def _property(builder: _Builder, node: LexborNode, name: str, *, frame: _Frame) -> Property:
    attributes = node.attributes
    resource = attributes.get("resource")
    value = _resolved(builder.base, resource) if resource else None
    said = value or attributes.get("content") or " ".join(node.text().split())
    about = attributes.get("about")
    subject = (_resolved(builder.base, about) or "?") if about is not None else None
    return Property(
        name=name,
        value=said[:_HTML_LIMIT],
        subject=frame.subject if subject is None else subject.replace(builder.url, ""),
        sections=frame.sections,
        hidden=frame.hidden,
        html=(node.html or "")[:_HTML_LIMIT],
        node=node,
    )


def _names_of(attributes: _Attributes) -> frozenset[str]:
    """Return the properties of an element without their prefixes, in lower case."""
    words = f"{attributes.get('property') or ''} {attributes.get('itemprop') or ''}"
    return frozenset(re.split(r"[:/#]", word)[-1].lower() for word in words.split())


def _hides(attributes: _Attributes) -> bool:
    style = attributes.get("style")
    return "hidden" in attributes or bool(style and _HIDING.search(style))


def _section_of(tag: str, outer: tuple[str, ...]) -> tuple[str, ...]:
    if tag not in _SECTIONS:
        return ()
    if tag == "aside" and not {"main", "article"}.intersection(outer):
        return ("sidebar",)
    return (tag,)


def _called(value: str | None) -> tuple[str, ...]:
    # Most identifiers are a letter or two with a number, each of them once in a page.
    return _names_in(value) if value and _HAS_A_WORD.search(value) else ()


@lru_cache(maxsize=4096)
def _names_in(value: str) -> tuple[str, ...]:
    """Return what a class or id calls its element, in the words of ``_NAMES``."""
    if _NAMES.keys().isdisjoint(map(str.lower, _NAME_WORDS.findall(value[:500]))):
        return ()
    names: list[str] = []
    for token in value[:500].split():
        words = [word.lower() for word in _NAME_WORDS.findall(token)]
        if not _NEGATING.intersection(words):
            names.extend(_NAMES[word] for word in words if word in _NAMES)
    return tuple(dict.fromkeys(names))


def _note_text(survey: _Survey, node: LexborNode) -> None:
    survey.said.append(node.text_content or "")


def _note_comment(survey: _Survey, node: LexborNode) -> None:
    content = node.comment_content or ""
    if "creativecommons" in content and len(survey.markup.comments) < NOTICE_LIMIT:
        survey.markup.comments.append(Snippet(content[:_COMMENT_LIMIT], node))


def _note_meta(survey: _Survey, node: LexborNode) -> None:
    attributes = node.attributes
    survey.noted += attributes.values()
    name = (
        attributes.get("name") or attributes.get("property") or attributes.get("http-equiv")
    )
    if name:
        survey.markup.metas.append(
            Meta(
                name=name.strip().lower(),
                content=attributes.get("content") or "",
                html=_html_of(node),
                node=node,
            )
        )


def _note_base(survey: _Survey, node: LexborNode) -> None:
    # Only the first one counts, and it may be on another host: that is what browsers do,
    # so it is where a link of this page leads. Who may be fetched is decided elsewhere.
    href = node.attributes.get("href")
    if href is not None and not survey.has_base:
        survey.has_base = True
        survey.markup.base = _resolved(survey.markup.url, href) or survey.markup.url


def _note_link(survey: _Survey, node: LexborNode) -> None:
    tag, attributes = node.tag or "", node.attributes
    survey.noted += attributes.values()
    href = attributes.get(_LINKING[tag])
    target = _resolved(survey.markup.base, href) if href is not None else None
    if target is not None:
        survey.markup.targets.append(Target(node, attributes, tag=tag, href=target))


def _note_image(survey: _Survey, node: LexborNode) -> None:
    attributes = node.attributes
    survey.noted += attributes.values()
    source, alt = attributes.get("src") or "", attributes.get("alt") or ""
    target = _resolved(survey.markup.base, source)
    if target is not None:
        survey.markup.images.append(Image(src=target, alt=alt, node=node))


def _note_html(survey: _Survey, node: LexborNode) -> None:
    survey.markup.language = (node.attributes.get("lang") or "").strip()


def _note_title(survey: _Survey, node: LexborNode) -> None:
    if not survey.markup.title:
        survey.markup.title = " ".join(node.text().split())


def _note_script(survey: _Survey, node: LexborNode) -> None:
    markup = survey.markup
    kind = (node.attributes.get("type") or "").partition(";")[0].strip().lower()
    if kind == "application/rsl+xml" and len(markup.rsl) < NOTICE_LIMIT:
        markup.rsl.append(node.text())
    elif kind == "application/ld+json" and len(markup.data) < NOTICE_LIMIT:
        markup.data.append(Snippet(node.text(), node))


def _read_link(builder: _Builder, node: LexborNode, frame: _Frame) -> None:
    target = builder.targets.get(node.mem_id)
    if target is None:
        return
    link = Link(target, frame)
    if link.tag != "a":
        builder.links.append(link)
    elif frame.hidden:
        link.says(" ".join(node.text()[:CONTEXT_LIMIT].split()))
        builder.links.append(link)
    else:
        title, label = node.attributes.get("title"), node.attributes.get("aria-label")
        link.add_badge(title or label or "")
        builder.open_link(link)


def _read_image(builder: _Builder, node: LexborNode, _frame: _Frame) -> None:
    if builder.link is not None:
        builder.link.add_badge(node.attributes.get("src") or "")
        builder.link.add_badge(node.attributes.get("alt") or "")


def _read_break(builder: _Builder, _node: LexborNode, _frame: _Frame) -> None:
    builder.passage.add_break()


def _resolved(base: str, href: str) -> str | None:
    # Leading and trailing white space and line ends inside are no part of a URL (WHATWG
    # URL, "basic URL parser", step 1 to 3).
    plain = href.strip(" \t\r\n\f")
    if "\n" in plain or "\r" in plain or "\t" in plain:
        plain = plain.replace("\n", "").replace("\r", "").replace("\t", "")
    if plain.startswith(("http://", "https://")) and "[" not in plain:
        return plain
    simple = _SIMPLE.fullmatch(plain)
    if simple is not None:
        return _before(base, simple.lastgroup or "") + plain
    try:
        return urljoin(base, plain)
    except ValueError:
        return None


# References that are joined by being put behind a part of the base, as nearly all are:
# urljoin takes twenty times as long. No dot segments, no empty segments, no parameters.
_END: Final = r"(?:\?[\w~%.@+,!*$&=/:;?-]+)?(?:\#[\w~%.@+,!*$&=/:;?-]+)?"
_REST: Final = rf"(?>(?:/(?!\.)[\w~%.@+,!*$-]+)*)/?{_END}"
_SIMPLE: Final = re.compile(
    rf"(?P<rooted>/|(?=/[^/.]){_REST})"
    rf"|(?P<below>[\w~%@+-][\w~%.@+,!*$-]*(?![:\w]){_REST})"
    r"|(?P<inside>\#[\w~%.@+,!*$&=/:;?-]+)"
    r"|(?P<elsewhere>(?:mailto|javascript|tel|data):.*)",
    re.DOTALL,
)


@lru_cache(maxsize=64)
def _before(base: str, what: str) -> str:
    """Return what stands before a reference in the URL that it is joined to."""
    if what == "elsewhere":
        return ""
    sample = {"rooted": "/x", "below": "x", "inside": "#x"}[what]
    return urljoin(base, sample).removesuffix(sample)


_NOTED: Final[dict[str, Callable[[_Survey, LexborNode], None]]] = {
    "-text": _note_text,
    "-comment": _note_comment,
    "html": _note_html,
    "title": _note_title,
    "meta": _note_meta,
    "base": _note_base,
    "link": _note_link,
    "a": _note_link,
    "area": _note_link,
    "form": _note_link,
    "img": _note_image,
    "script": _note_script,
}
_READERS: Final[dict[str, Callable[[_Builder, LexborNode, _Frame], None]]] = {
    "link": _read_link,
    "a": _read_link,
    "area": _read_link,
    "form": _read_link,
    "img": _read_image,
    "br": _read_break,
}


def _kind_of(tag: str) -> _Kind:
    return _Kind(
        is_block=tag in _BLOCKS,
        is_opaque=tag in _UNREAD or tag == "title",
        is_framing=tag in _SECTIONS or tag in _NOT_SAID,
        is_edge=tag in _BLOCKS or tag == "a",
        noted=_NOTED.get(tag),
        reader=_READERS.get(tag),
    )


_KINDS: Final = {
    tag: _kind_of(tag)
    for tag in {*_BLOCKS, *_UNREAD, *_SECTIONS, *_NOT_SAID, *_NOTED, *_READERS}
}
_PLAIN_KIND: Final = _kind_of("")
