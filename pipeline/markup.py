"""What a page's HTML holds that a judgement can be read from.

One pass over lexbor's tree, without recursion: nesting is the page's choice, the depth of
our stack is not. Before the tree is built the tags are scanned once, in time linear in the
body, for shapes that would make building it slow (``_cost_of``).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import isqrt
from typing import Final, NamedTuple
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline import text as encoding
from pipeline.locator import Locator
from pipeline.model import Exchange
from pipeline.wording import either, in_octets

SIZE_LIMIT: Final = 8 * 1024 * 1024
"""Largest body that is parsed, in bytes."""

ATTRIBUTE_LIMIT: Final = 500
"""Most attributes of one tag: finding a repeated name takes lexbor quadratic time."""

SMALL: Final = 16 * 1024
"""Longest body, in bytes, that is cheap to parse whatever is in it: some 20 ms at worst."""

CONTEXT_LIMIT: Final = 600
"""Longest context of a link, in characters, half of it on either side."""

TEXT_LIMIT: Final = 200_000
"""Longest visible text that is kept, in characters."""

NOTICE_LIMIT: Final = 200
"""Most notices, comments and data blocks that are kept of each kind."""

_HTML_LIMIT: Final = 1000
# Each costs the text and the markup of all that is in it, and they nest.
_PROPERTY_LIMIT: Final = 20
_COMMENT_LIMIT: Final = 5000
_NOTICE_LENGTH: Final = 2000
_COST_LIMIT: Final = 100_000_000
# With every tag open inside of all before it, so many cost the half of their square.
_TAGS_AT_EASE: Final = isqrt(2 * _COST_LIMIT) - 1
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


class Link(NamedTuple):
    """One ``a``, ``area``, ``link`` or ``form`` element with a target.

    ``href`` is absolute; ``rel`` in lower case; ``text`` is the element's own text and
    ``context`` that of the nearest block around it; ``sections`` names, from the outside
    in, the sectioning ancestors and what their class or id calls them
    (``footer``, ``nav``, ``figure``, ``aside``, ``blockquote``, ``comments`` ...).
    ``offset`` is where ``text`` begins in ``context``; ``block`` counts the blocks of the
    page and ``position`` is where ``text`` begins in that block, so that links of one
    sentence can be told from links of another. ``badges`` are the link's title, and the
    addresses and the alternative texts of the images inside. ``subject`` is what RDFa and
    microdata say the link is about, empty for the page itself; ``properties`` are its
    ``property`` and ``itemprop``, in lower case and without prefixes.

    A page has hundreds, and this kind of class is made in a third of the time.
    """

    tag: str
    href: str
    rel: frozenset[str]
    type: str
    text: str
    context: str
    sections: tuple[str, ...]
    hidden: bool
    html: str
    offset: int = 0
    block: int = -1
    position: int = 0
    badges: tuple[str, ...] = ()
    subject: str = ""
    properties: frozenset[str] = frozenset()
    node: LexborNode | None = None


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
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """A page as its parser sees it.

    ``rsl`` are inline RSL documents (XML text), ``data`` JSON-LD scripts, ``properties``
    what RDFa and microdata say of licenses and authors, ``notices`` the
    blocks that speak of licenses or rights and ``reserved`` those among them that reserve
    all rights, outside of quotations, captions and readers' comments. ``comments`` are
    the HTML comments that hold a Creative Commons address. ``locator`` leads to the
    elements that any of these were read in.
    """

    url: str
    base: str
    title: str
    language: str
    metas: tuple[Meta, ...]
    links: tuple[Link, ...]
    rsl: tuple[str, ...]
    text: str
    reserved: tuple[Notice, ...]
    images: tuple[Image, ...] = ()
    notices: tuple[Notice, ...] = ()
    data: tuple[Snippet, ...] = ()
    comments: tuple[Snippet, ...] = ()
    properties: tuple[Property, ...] = ()
    locator: Locator = field(default_factory=Locator, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unparseable:
    """A body that is not read, with the reason: too costly, or not HTML."""

    cause: str


# HTML Standard, tokenization. A name runs to white space, a slash or ">"; a quote means
# something only after "=". Atomic throughout: what was passed is never tried again. Groups
# are made so by (?>...), since possessive ones match too much before Python 3.11.5.
_ATTRIBUTE: Final = (
    rb"""=?[^\t\n\f\r />=]++(?>(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+"""
    rb"""(?>(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\t\n\f\r >"'][^\t\n\f\r >]*+)?))?)|="""
)
_TAG: Final = re.compile(
    rb"<(?:!--.*?(?:-->|\Z)"
    rb"|(?P<close>/?)(?P<name>[A-Za-z][^\t\n\f\r />]*+)"
    rb"(?P<attributes>(?>(?:[\t\n\f\r /]++|" + _ATTRIBUTE + rb")*)))",
    re.DOTALL,
)
_ATTRIBUTES: Final = re.compile(_ATTRIBUTE)
_LONG_TAG: Final = re.compile(rb"<[A-Za-z/][^>]{%d}" % (2 * ATTRIBUTE_LIMIT))
_QUOTED_END: Final = in_octets(r"""=[\t\n\f\r ]*(?:"[^">]*>|'[^'>]*>)""")

_VOID: Final = frozenset(
    b"area base br col embed hr img input link meta param source track wbr".split()
)
# Which open elements a start tag ends, so that a page may leave their end tags out
# (HTML Standard section 13.1.2.4, optional tags).
_CELL: Final = frozenset({b"p", b"td", b"th"})
_ROW: Final = _CELL | {b"tr"}
_ROWS: Final = _ROW | {b"thead", b"tbody", b"tfoot"}
_ITEM: Final = frozenset({b"p", b"dt", b"dd"})
_ENDS: Final = {
    b"p": frozenset({b"p"}),
    b"div": frozenset({b"p"}),
    b"ul": frozenset({b"p"}),
    b"ol": frozenset({b"p"}),
    b"table": frozenset({b"p"}),
    b"li": frozenset({b"p", b"li"}),
    b"dt": _ITEM,
    b"dd": _ITEM,
    b"option": frozenset({b"option"}),
    b"td": _CELL,
    b"th": _CELL,
    b"tr": _ROW,
    b"thead": _ROWS,
    b"tbody": _ROWS,
    b"tfoot": _ROWS,
}
_NOTHING: Final = frozenset[bytes]()

_MENU_TAG: Final = in_octets("<select")
_MENU_TAGS: Final = frozenset(
    b"select option script style textarea title xmp iframe noembed noframes".split()
)

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
# A path from the root that is joined by being put behind the host.
_ROOTED: Final = re.compile(r"/(?![/.])(?:(?!/\.)[A-Za-z0-9_~%.@/-])*+")
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
_SPEAKS_OF_RIGHTS: Final = either((*_RIGHTS, *_RIGHTS_PHRASES))
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
        cause = cause or _costly(_with_plain_tags(body, text))
    if cause:
        return Unparseable(cause=cause)
    return _plain(url, text) if kind == _PLAIN else _walked(url, LexborHTMLParser(text))


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


def _costly(body: bytes) -> str | None:
    """Say what would make building the tree slow, or None.

    A start tag is compared with each of its attributes and looked for in the stack of open
    elements, so attributes and nesting cost their square. A page can lie to this scan (with
    tags inside of scripts, say), and nothing stands behind it: a judgement runs in the
    process that asks for it.
    """
    if len(body) <= SMALL or not may_be_costly(body):
        return None
    cause = _cause_of_cost(body)
    if cause is None and _MENU_TAG.search(body) and _has_costly_menu(body):
        cause = "too many options in one menu"
    return cause


def may_be_costly(body: bytes) -> bool:
    """Say whether a body has to be scanned tag by tag; a no is certain, and quickly had.

    So few tags cannot nest deeply enough. One tag of many attributes is long, unless its
    quoted values hold what looks like its end. The first test comes first: it bounds how
    often the second can start.
    """
    return (
        body.count(b"<") > _TAGS_AT_EASE
        or _LONG_TAG.search(body) is not None
        or _QUOTED_END.search(body) is not None
    )


def _cause_of_cost(body: bytes) -> str | None:
    open_tags: list[bytes] = []
    cost = 0
    for match in _TAG.finditer(body):
        name = match["name"]
        if name is None:
            continue
        attributes = match["attributes"]
        if len(attributes) > 2 * ATTRIBUTE_LIMIT and _has_too_many(attributes):
            return f"more than {ATTRIBUTE_LIMIT} attributes in one tag"
        _nest(open_tags, name.lower(), is_end=bool(match["close"]))
        cost += len(open_tags)
        if cost > _COST_LIMIT:
            return "nested too deeply"
    return None


def _has_costly_menu(body: bytes) -> bool:
    """Say whether the options of a menu would make building the tree slow.

    At each option lexbor goes through all that the menu holds already, so that options
    cost the square of their number, outside of one another as they are.
    """
    menu = _Menu()
    for number, match in enumerate(_TAG.finditer(body)):
        name = (match["name"] or b"").lower()
        if name in _MENU_TAGS:
            menu.pass_tag(name, number, is_end=bool(match["close"]))
            if menu.cost > _COST_LIMIT:
                return True
    return False


@dataclass(slots=True)
class _Menu:
    """A menu that is open, by the number of its tag, and what all menus cost so far."""

    opened: int | None = None
    raw: bytes = b""
    cost: int = 0

    def pass_tag(self, name: bytes, number: int, *, is_end: bool) -> None:
        """Count the tag of an option, a menu, or an element that holds no tags.

        A menu's end counts outside of such elements alone: a script may only say it.
        """
        if name == b"option":
            self.cost += number - self.opened if self.opened is not None else 0
        elif name == b"select":
            if not is_end and self.opened is None:
                self.opened = number
            elif is_end and not self.raw:
                self.opened = None
        elif not is_end:
            self.raw = self.raw or name
        elif name == self.raw:
            self.raw = b""


def _has_too_many(attributes: bytes) -> bool:
    return sum(1 for _ in _ATTRIBUTES.finditer(attributes)) > ATTRIBUTE_LIMIT


def _nest(open_tags: list[bytes], name: bytes, *, is_end: bool) -> None:
    if name in _VOID:
        return
    if not is_end:
        ended = _ENDS.get(name, _NOTHING)
        while open_tags and open_tags[-1] in ended:
            open_tags.pop()
        open_tags.append(name)
    elif open_tags and open_tags[-1] == name:
        open_tags.pop()
    elif name in open_tags[-64:]:
        # An end tag ends what was left open inside. Further up than this it is taken for
        # a stray one: the estimate errs towards too deep, and the scan stays linear.
        while open_tags.pop() != name:
            pass


def _plain(url: str, text: str) -> Markup:
    builder = _Builder(url=url, base=url)
    for block in re.split(r"\n\s*\n", text[:TEXT_LIMIT]):
        builder.add_text(block, ())
        if builder.pieces:
            builder.end_block()
    return builder.markup()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What an element passes on to its descendants."""

    sections: tuple[str, ...] = ()
    hidden: bool = False
    subject: str = ""


@dataclass(slots=True)
class _Pending:
    """A link whose block has not ended yet."""

    node: LexborNode
    href: str
    frame: _Frame
    badges: list[str]
    start: int = 0
    end: int = 0
    is_open: bool = True


class _Spoken(NamedTuple):
    """A block of visible text that was not yet searched for words of rights."""

    text: str
    sections: tuple[str, ...]
    block: int
    node: LexborNode | None


@dataclass(slots=True, kw_only=True)
class _Builder:
    """What was read so far, and the block that is being read."""

    url: str
    base: str
    title: str = ""
    language: str = ""
    has_base: bool = False
    has_data: bool = False
    metas: list[Meta] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    rsl: list[Snippet] = field(default_factory=list)
    data: list[Snippet] = field(default_factory=list)
    comments: list[Snippet] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    reserved: list[Notice] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    block: int = 0
    kept: int = 0
    spoken: list[_Spoken] = field(default_factory=list)
    unsearched: int = 0
    sections: tuple[str, ...] = ()
    node: LexborNode | None = None
    pending: list[_Pending] = field(default_factory=list)
    link: _Pending | None = None

    def add_text(self, text: str, sections: tuple[str, ...]) -> None:
        """Add words to the block, with white space as it is shown."""
        if not self.pieces:
            self.sections = sections
        shown = _as_shown(text)
        if shown.startswith(" ") and (not self.pieces or self.pieces[-1][-1:] in " \n"):
            shown = shown[1:]
        if shown:
            self.pieces.append(shown)
            self.length += len(shown)

    def break_line(self) -> None:
        """Add a line break, which ends a sentence and no block."""
        self.pieces.append("\n")
        self.length += 1

    def end_block(self) -> None:
        """Finish the block: its links get their context, its words their place.

        Who goes in or out of a block asks first whether there is one: often there is not.
        """
        text = "".join(self.pieces)
        waiting: list[_Pending] = []
        for each in self.pending:
            # A link around a block has its words yet to come.
            if each.is_open and each.start == self.length:
                each.start = 0
                waiting.append(each)
            else:
                self.links.append(_link(each, text, self.block))
        self.pending = waiting
        self.pieces.clear()
        self.length = 0
        text = text.strip()
        if text:
            self._keep(text)
        self.block += 1

    def open_link(self, link: _Pending) -> None:
        """Begin a link, whose words follow; links do not nest."""
        self.close_link()
        link.start = self.length
        self.link = link
        self.pending.append(link)

    def close_link(self) -> None:
        """End the link that is open, if one is."""
        if self.link is not None:
            self.link.is_open = False
            self.link.end = self.length
            self.link = None

    def _keep(self, text: str) -> None:
        if self.kept < TEXT_LIMIT:
            self.blocks.append(text[: TEXT_LIMIT - self.kept])
            self.kept += len(text)
        self.spoken.append(_Spoken(text, self.sections, self.block, self.node))
        self.unsearched += len(text)
        if self.unsearched > _BATCH:
            self._take_notices()

    def _take_notices(self) -> None:
        """Keep the blocks that speak of rights; most batches have none: one search each."""
        batch, self.spoken, self.unsearched = self.spoken, [], 0
        if not _SPEAKS_OF_RIGHTS.search("\n".join([each.text for each in batch])):
            return
        for text, sections, block, node in batch:
            if len(self.notices) < NOTICE_LIMIT and _SPEAKS_OF_RIGHTS.search(text):
                notice = Notice(
                    text=text[:_NOTICE_LENGTH],
                    sections=sections,
                    block=block,
                    node=_block_around(node),
                )
                self.notices.append(notice)
                if not is_apart(sections) and RESERVED.search(text):
                    self.reserved.append(notice)

    def markup(self) -> Markup:
        """Return what was read."""
        if self.pieces or self.pending:
            self.end_block()
        self._take_notices()
        return Markup(
            url=self.url,
            base=self.base,
            title=self.title,
            language=self.language,
            metas=tuple(self.metas),
            links=tuple(self.links),
            rsl=tuple(each.text for each in self.rsl),
            text="\n".join(self.blocks),
            reserved=tuple(self.reserved),
            images=tuple(self.images),
            notices=tuple(self.notices),
            data=tuple(self.data),
            comments=tuple(self.comments),
            properties=tuple(self.properties),
        )


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


def _link(pending: _Pending, block: str, number: int) -> Link:
    start = pending.start
    end = len(block) if pending.is_open else pending.end
    first = max(0, start - CONTEXT_LIMIT // 2)
    text = block[start:end].lstrip()
    start = end - len(text)
    return _link_of(
        pending.node,
        pending.href,
        pending.frame,
        words=_Words(
            text=text.rstrip(),
            context=block[first : end + CONTEXT_LIMIT // 2],
            offset=start - first,
            block=number,
            position=start,
            badges=tuple(pending.badges),
        ),
    )


class _Words(NamedTuple):
    """What a link says and what is said around it."""

    text: str = ""
    context: str = ""
    offset: int = 0
    block: int = -1
    position: int = 0
    badges: tuple[str, ...] = ()


def _link_of(node: LexborNode, href: str, frame: _Frame, *, words: _Words) -> Link:
    tag, attributes = node.tag or "", node.attributes
    rel, kind = attributes.get("rel"), attributes.get("type")
    return Link(
        tag=tag,
        href=href,
        rel=frozenset(rel.lower().split()) if rel else _NO_NAMES,
        type=kind.strip().lower() if kind else "",
        text=words.text,
        context=words.context,
        sections=frame.sections,
        hidden=frame.hidden,
        html=_start_tag(node) if tag == "form" else (node.html or "")[:_HTML_LIMIT],
        offset=words.offset,
        block=words.block,
        position=words.position,
        badges=words.badges,
        subject=frame.subject,
        properties=_NO_NAMES if _DATA.isdisjoint(attributes) else _names_of(attributes),
        node=node,
    )


def _start_tag(node: LexborNode) -> str:
    pairs = "".join(f' {key}="{value or ""}"' for key, value in node.attributes.items())
    return f"<{node.tag}{pairs}>"[:_HTML_LIMIT]


_Reader = Callable[[_Builder, LexborNode, _Frame], None]


class _Kind(NamedTuple):
    """What a tag is to the reader, so that each element is looked up once.

    ``is_opaque`` where nothing in it is read, ``is_framing`` where its name alone says
    something of what is in it, ``is_edge`` where its end is also that of a block or link.
    """

    is_block: bool
    is_opaque: bool
    is_framing: bool
    is_edge: bool
    reader: _Reader | None


def _walked(url: str, parser: LexborHTMLParser) -> Markup:
    builder = _Builder(url=url, base=url)
    builder.has_data = parser.css_first(_WITH_DATA) is not None
    # From the document, not from its root element: comments stand before and after it.
    document = parser.root.parent if parser.root is not None else None
    _walk(document.child if document is not None else parser.root, builder)
    return builder.markup()


def _walk(node: LexborNode | None, builder: _Builder) -> None:
    """Read a node, those that follow it and all that is in them, in document order."""
    frame = _Frame()
    entered: list[tuple[LexborNode, _Kind, _Frame]] = []
    while node is not None:
        tag = node.tag or ""
        if tag.startswith("-"):
            _read_leaf(builder, node, frame)
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
    attributes = node.attributes
    frame = outer
    if kind.is_framing or not _FRAMING.isdisjoint(attributes):
        frame = _frame_of(node, attributes, outer, builder=builder)
    if kind.is_block and (builder.pieces or builder.pending):
        builder.end_block()
    if kind.reader is not None:
        kind.reader(builder, node, frame)
    return frame


def _leave(builder: _Builder, kind: _Kind) -> None:
    if not kind.is_block:
        builder.close_link()
    elif builder.pieces or builder.pending:
        builder.end_block()


def _read_leaf(builder: _Builder, node: LexborNode, frame: _Frame) -> None:
    if node.is_text_node:
        if not frame.hidden:
            builder.node = node
            builder.add_text(node.text_content or "", frame.sections)
    elif node.is_comment_node and len(builder.comments) < NOTICE_LIMIT:
        content = node.comment_content or ""
        if "creativecommons" in content:
            builder.comments.append(Snippet(content[:_COMMENT_LIMIT], node))


def _as_shown(text: str) -> str:
    """Return a text with each run of white space as the one blank that it is shown as."""
    if not text.strip(_SPACES_AND_BLANK):
        return text and " "
    # Many times as fast as a table for str.translate: most of these are not in the text.
    for space in _SPACES:
        text = text.replace(space, " ")
    # Each pass halves a run; most texts need none, which a pattern cannot know.
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def _frame_of(
    node: LexborNode, attributes: _Attributes, outer: _Frame, *, builder: _Builder
) -> _Frame:
    tag = node.tag or ""
    if builder.has_data and not _DATA.isdisjoint(attributes):
        outer = _described(builder, node, outer)
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
    return _Frame(sections=outer.sections + new, hidden=hidden, subject=outer.subject)


def _described(builder: _Builder, node: LexborNode, outer: _Frame) -> _Frame:
    """Return the frame with the subject that RDFa or microdata give an element.

    RDFa Core section 7.5: ``about`` sets the subject, ``typeof`` with ``resource`` too;
    microdata: ``itemscope`` begins an item of its own. Of what type a nameless subject is
    decides whether it is the page's text or something beside it.
    """
    frame, attributes = outer, node.attributes
    if "about" in attributes:
        subject = _resolved(builder.base, attributes["about"] or "") or "?"
        frame = replace(outer, subject="" if subject == builder.url else subject)
    elif "typeof" in attributes or "itemscope" in attributes:
        kinds = (attributes.get("typeof") or attributes.get("itemtype") or "").split()
        names = {re.split(r"[/#:]", kind)[-1].lower() for kind in kinds}
        if not _OTHER_WORKS.isdisjoint(names):
            frame = replace(outer, subject=min(names & _OTHER_WORKS))
    names_ = _names_of(attributes) & _PROPERTIES
    if names_ and "href" not in attributes and len(builder.properties) < _PROPERTY_LIMIT:
        builder.properties.extend(
            _property(builder, node, name, frame=outer) for name in sorted(names_)
        )
    return frame


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


def _read_meta(builder: _Builder, node: LexborNode, _frame: _Frame) -> None:
    attributes = node.attributes
    name = (
        attributes.get("name") or attributes.get("property") or attributes.get("http-equiv")
    )
    if name:
        builder.metas.append(
            Meta(
                name=name.strip().lower(),
                content=attributes.get("content") or "",
                html=(node.html or "")[:_HTML_LIMIT],
                node=node,
            )
        )


def _read_base(builder: _Builder, node: LexborNode, _frame: _Frame) -> None:
    # Only the first one counts, and it may be on another host: that is what browsers do,
    # so it is where a link of this page leads. Who may be fetched is decided elsewhere.
    href = node.attributes.get("href")
    if href is not None and not builder.has_base:
        builder.has_base = True
        builder.base = _resolved(builder.url, href) or builder.url


def _read_link(builder: _Builder, node: LexborNode, frame: _Frame) -> None:
    tag, attributes = node.tag or "", node.attributes
    href = attributes.get(_LINKING[tag])
    target = _resolved(builder.base, href) if href is not None else None
    if target is None:
        return
    if tag == "a" and not frame.hidden:
        label = attributes.get("title") or attributes.get("aria-label")
        badges = [label[:_HTML_LIMIT]] if label else []
        builder.open_link(_Pending(node, target, frame, badges))
        return
    text = " ".join(node.text()[:CONTEXT_LIMIT].split()) if tag == "a" else ""
    words = _Words(text=text, context=text)
    builder.links.append(_link_of(node, target, frame, words=words))


def _read_image(builder: _Builder, node: LexborNode, _frame: _Frame) -> None:
    source, alt = node.attributes.get("src") or "", node.attributes.get("alt") or ""
    if builder.link is not None:
        builder.link.badges.extend(filter(None, (source[:_HTML_LIMIT], alt)))
    target = _resolved(builder.base, source)
    if target is not None:
        html = (node.html or "")[:_HTML_LIMIT]
        builder.images.append(Image(src=target, alt=alt, html=html))


def _read_html(builder: _Builder, node: LexborNode, _frame: _Frame) -> None:
    builder.language = (node.attributes.get("lang") or "").strip()


def _read_title(builder: _Builder, node: LexborNode, _frame: _Frame) -> None:
    if not builder.title:
        builder.title = " ".join(node.text().split())


def _read_break(builder: _Builder, _node: LexborNode, _frame: _Frame) -> None:
    builder.break_line()


def _read_script(builder: _Builder, node: LexborNode, _frame: _Frame) -> None:
    kind = (node.attributes.get("type") or "").partition(";")[0].strip().lower()
    kept = {"application/rsl+xml": builder.rsl, "application/ld+json": builder.data}
    if kind in kept and len(kept[kind]) < NOTICE_LIMIT:
        kept[kind].append(Snippet(node.text(), node))


def _resolved(base: str, href: str) -> str | None:
    # Leading and trailing white space and line ends inside are no part of a URL (WHATWG
    # URL, "basic URL parser", step 1 to 3).
    plain = href.strip(" \t\r\n\f")
    if "\n" in plain or "\r" in plain or "\t" in plain:
        plain = plain.replace("\n", "").replace("\r", "").replace("\t", "")
    if plain.startswith(("http://", "https://")) and "[" not in plain:
        return plain
    if _ROOTED.fullmatch(plain):
        return _origin(base) + plain
    try:
        return urljoin(base, plain)
    except ValueError:
        return None


@lru_cache(maxsize=16)
def _origin(base: str) -> str:
    return "/".join(base.split("/", 3)[:3])


_READERS: Final[dict[str, _Reader]] = {
    "html": _read_html,
    "title": _read_title,
    "meta": _read_meta,
    "base": _read_base,
    "link": _read_link,
    "a": _read_link,
    "area": _read_link,
    "form": _read_link,
    "img": _read_image,
    "br": _read_break,
    "script": _read_script,
}


def _kind_of(tag: str) -> _Kind:
    return _Kind(
        is_block=tag in _BLOCKS,
        is_opaque=tag in _UNREAD or tag == "title",
        is_framing=tag in _SECTIONS or tag in _NOT_SAID,
        is_edge=tag in _BLOCKS or tag == "a",
        reader=_READERS.get(tag),
    )


_KINDS: Final = {
    tag: _kind_of(tag) for tag in {*_BLOCKS, *_UNREAD, *_SECTIONS, *_NOT_SAID, *_READERS}
}
_PLAIN_KIND: Final = _kind_of("")
