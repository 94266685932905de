"""What makes building a page's tree slow, seen in its bytes before it is built.

The tags are scanned once, in time linear in the body. lexbor compares a start tag with each
of its attributes and looks for it in the stack of open elements, so that attributes and
nesting cost their square.
"""

import re
from dataclasses import dataclass
from math import isqrt
from typing import Final

from pipeline.wording import in_octets

ATTRIBUTE_LIMIT: Final = 500
"""Most attributes of one tag: finding a repeated name takes lexbor quadratic time."""

SMALL: Final = 16 * 1024
"""Longest body, in bytes, that is cheap to parse whatever is in it: some 20 ms at worst."""

_COST_LIMIT: Final = 100_000_000
# With every tag open inside of all before it, so many cost the half of their square.
_TAGS_AT_EASE: Final = isqrt(2 * _COST_LIMIT) - 1

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


def hazard_of(body: bytes) -> str | None:
    """Say what would make building the tree slow, or None.

    A page can lie to this scan (with tags inside of scripts, say), and nothing stands
    behind it: a judgement runs in the process that asks for it.
    """
    if len(body) <= SMALL:
        return None
    is_crowded = body.count(b"<") > _TAGS_AT_EASE
    if (is_crowded or _may_hold_a_long_tag(body)) and _has_long_tag(body):
        return f"more than {ATTRIBUTE_LIMIT} attributes in one tag"
    if is_crowded and _is_deep(body):
        return "nested too deeply"
    if is_crowded and _MENU_TAG.search(body) and _has_costly_menu(body):
        return "too many options in one menu"
    return None


def _may_hold_a_long_tag(body: bytes) -> bool:
    """Say whether tags have to be looked at one by one; a no is certain, and quickly had.

    One tag of many attributes is long, unless its quoted values hold what looks like its
    end. There may not be many tags: each of them can start the search for a long one.
    """
    return _LONG_TAG.search(body) is not None or _QUOTED_END.search(body) is not None


def _has_long_tag(body: bytes) -> bool:
    found = (match["attributes"] for match in _TAG.finditer(body) if match["name"])
    return any(map(_has_too_many, found))


def _is_deep(body: bytes) -> bool:
    open_tags: list[bytes] = []
    cost = 0
    for match in _TAG.finditer(body):
        if match["name"] is not None:
            _nest(open_tags, match["name"].lower(), is_end=bool(match["close"]))
            cost += len(open_tags)
            if cost > _COST_LIMIT:
                return True
    return False


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
    is_long = len(attributes) > 2 * ATTRIBUTE_LIMIT
    return is_long and sum(1 for _ in _ATTRIBUTES.finditer(attributes)) > ATTRIBUTE_LIMIT


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
