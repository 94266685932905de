"""Charts of a card as SVG: horizontal bars with their names and figures written out.

They are pictures of tables that stand beside them. Each is one column of rows, a name over
its bar, so that it can be read at the width of a phone; it brings its own background, and
colour says nothing that is not written.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from pipeline.publish.card import Card
from pipeline.publish.formats import shares
from pipeline.publish.formats.markdown import many
from pipeline.publish.formats.shares import Share

WIDTH: Final = 480
"""Width in units: at 360 pixels of a phone the text of 16 is as large as 12."""

SIZE: Final = 16
"""Size of the text."""

MOST_BARS: Final = 15
"""Most bars; what is smaller stands together in one more."""

_MARGIN: Final = 16
_HEAD: Final = 44
_ROW: Final = 50
_BAR: Final = 12
_GAP: Final = 12
_LONGEST: Final = 300

# Okabe and Ito's blue and sky blue, which the colour-blind tell from the grounds beside
# them; text has a contrast of more than 7, bars of more than 3 to what they stand on.
COLOURS: Final = {
    "light": {"ground": "#ffffff", "text": "#1f2328", "rail": "#e6e9ec", "bar": "#0072b2"},
    "dark": {"ground": "#0d1117", "text": "#e6edf3", "rail": "#30363d", "bar": "#56b4e9"},
}
"""Colours by the scheme that a reader prefers."""

# XML 1.0 section 2.2: what is no character of a document, and what is not seen.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})

# In parts of the size of the text, on the safe side for the faces of all systems.
_NARROW: Final = re.compile(r"[iljtfrI.,:;|!'()\[\] ·-]")
_WIDE: Final = re.compile(r"[mwMW@%…]")
_BOLD: Final = 1.1


def funnel(card: Card) -> str:
    """Return the pages that came through each stage; nothing where none was found."""
    found = shares.stages(card)
    whole = found[0].count if found else 0
    bars = [_named(each, each.words[:1].upper() + each.words[1:]) for each in found]
    return _chart("From discovery to document", bars, whole=whole, noun="page")


def licenses(card: Card) -> str:
    """Return the documents by license."""
    found = [Share(name=e.license, count=e.documents) for e in shares.licenses(card)]
    return _chart(
        "Documents by license", _top(found, "license"), whole=shares.documents(card)
    )


def languages(card: Card) -> str:
    """Return the documents by language."""
    found = _top(shares.languages(card), "language")
    return _chart("Documents by language", found, whole=shares.documents(card))


def hosts(card: Card) -> str:
    """Return the documents by host, the largest by name and the others together."""
    found = _top(shares.hosts(card), "host")
    return _chart("Documents by host", found, whole=shares.documents(card))


def refusals(card: Card) -> str:
    """Return the pages that gave no document, by reason."""
    found = shares.refusals(card)
    bars = _top([_named(each, each.words) for each in found], "reason")
    whole = sum(each.count for each in found)
    return _chart("Pages left out, by reason", bars, whole=whole, noun="page")


CHARTS: Final[dict[str, Callable[[Card], str]]] = {
    "funnel": funnel,
    "licenses": licenses,
    "languages": languages,
    "hosts": hosts,
    "refusals": refusals,
}
"""Each chart by its name."""


def width_of(text: str, *, bold: bool = False) -> float:
    """Return how wide a text is at most, in units."""
    parts = sum(map(_part, text))
    return parts * SIZE * (_BOLD if bold else 1)


def _chart(title: str, bars: Sequence[Share], *, whole: int, noun: str = "document") -> str:
    """Return a chart, or nothing where there is nothing to show."""
    if not whole:
        return ""
    height = _HEAD + _ROW * len(bars) + _GAP
    said = "; ".join(f"{each.name}: {each.count:,}" for each in bars)
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title desc">'
    )
    lines = (
        start,
        f'<title id="title">{_text(title)}</title>',
        f'<desc id="desc">{_text(f"{many(whole, noun)}. {said}.")}</desc>',
        *_style(),
        f'<rect class="ground" width="{WIDTH}" height="{height}" rx="6"/>',
        f'<text class="head" x="{_MARGIN}" y="28">{_text(title)}</text>',
        *_rows(bars, whole=whole),
        "</svg>",
    )
    return "\n".join(lines) + "\n"


def _style() -> Iterator[str]:
    yield "<style>"
    yield f"text {{ font: {SIZE}px system-ui, -apple-system, sans-serif; }}"
    yield ".head, .count { font-weight: 600; }"
    yield ".count { text-anchor: end; }"
    yield from _colours(COLOURS["light"])
    yield "@media (prefers-color-scheme: dark) {"
    yield from _colours(COLOURS["dark"])
    yield "}"
    yield "</style>"


def _colours(by: dict[str, str]) -> Iterator[str]:
    yield from (f".{name} {{ fill: {by[name]}; }}" for name in ("ground", "rail", "bar"))
    yield f"text {{ fill: {by['text']}; }}"


def _rows(bars: Sequence[Share], *, whole: int) -> Iterator[str]:
    """Yield a row a bar; the rails are all as long as the widest figure leaves room for."""
    counts = [f"{each.count:,} · {shares.percent(each.count, whole)}" for each in bars]
    room = WIDTH - 2 * _MARGIN
    widest = max(width_of(count, bold=True) for count in counts)
    rail = min(_LONGEST, int(room - widest - _GAP))
    for nth, (each, count) in enumerate(zip(bars, counts, strict=True)):
        top = _HEAD + _ROW * nth
        name = _text(_cut(each.name, room))
        yield f'<text x="{_MARGIN}" y="{top + 16}">{name}</text>'
        place = f'x="{WIDTH - _MARGIN}" y="{top + 36}"'
        yield f'<text class="count" {place}>{_text(count)}</text>'
        yield from _bar(top, rail, each.count / whole)


def _bar(top: int, rail: int, share: float) -> Iterator[str]:
    long = max(2.0, rail * min(1.0, share)) if share else 0
    place = f'x="{_MARGIN}" y="{top + 24}" height="{_BAR}" rx="3"'
    yield f'<rect class="rail" {place} width="{rail}"/>'
    yield f'<rect class="bar" {place} width="{long:.1f}"/>'


def _top(found: Sequence[Share], noun: str) -> list[Share]:
    """Return the largest, and what is left as one more."""
    if len(found) <= MOST_BARS + 1:
        return list(found)
    rest = found[MOST_BARS:]
    together = Share(
        name=many(len(rest), f"other {noun}"), count=sum(each.count for each in rest)
    )
    return [*found[:MOST_BARS], together]


def _named(each: Share, name: str) -> Share:
    return Share(name=name, count=each.count)


def _cut(text: str, room: float) -> str:
    """Return as much of a text as there is room for, with a mark where it was cut."""
    shown = _plain(text)[:WIDTH]
    if width_of(shown) <= room:
        return shown
    while shown and width_of(f"{shown}…") > room:
        shown = shown[:-1]
    return f"{shown.rstrip()}…"


def _part(character: str) -> float:
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF" or _WIDE.fullmatch(character):
        return 1.05
    if _NARROW.fullmatch(character):
        return 0.42
    return 0.75 if character.isupper() else 0.66


def _plain(text: str) -> str:
    words = " ".join(text.split())
    return "".join(c for c in words if unicodedata.category(c) not in _UNSEEN)


def _text(text: str) -> str:
    return escape(_plain(text))
