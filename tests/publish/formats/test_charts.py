"""The charts: well-formed, readable, within their frame, and true to the card."""

import re
import unicodedata
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from pipeline.publish.card import Card
from pipeline.publish.formats import charts, shares
from tests.publish.formats import cards

SVG = "{http://www.w3.org/2000/svg}"

LONG = [
    cards.HOSTILE * 9,
    "W" * 300,
    "ﷺ漢字" * 60,
    "license." + "m" * 90,
    "\x00\x1b\ufffe" + "e\u0301" * 200,
    "",
]


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    return cards.small(tmp_path_factory.mktemp("cards") / "c")


def crowded(card: Card) -> Card:
    """Return a card with more of everything than a chart holds, under awful names."""
    names = [*LONG, *(f"host-{n}.example" for n in range(40))]
    return cards.put(
        card,
        comp__count=[{"documents": 10**10}],
        comp__relations=[{"host": n, "kept": 9 + i} for i, n in enumerate(names)],
        comp__languages=[{"language": n, "documents": 10**8} for n in names],
        rights__refusals=[
            {"outcome": "refused", "reason": n, "pages": 10**9} for n in names
        ],
        rights__row_licences=[
            {"license": f"LicenseRef-{n}", "documents": 1} for n in names
        ],
        proc__steps=[{"name": n, "says": n, "pages_out": 10**12} for n in names],
    )


def texts(svg: str) -> Iterator[ET.Element]:
    yield from ET.fromstring(svg).iter(f"{SVG}text")


def ends_of_bars(svg: str) -> dict[str, float]:
    """Return where each bar's rail ends, by the line of the figure behind it."""
    return {
        str(int(rect.attrib["y"]) + 12): float(rect.attrib["width"]) + 16
        for rect in ET.fromstring(svg).iter(f"{SVG}rect")
        if rect.attrib["class"] == "rail"
    }


@pytest.mark.parametrize("name", charts.CHARTS)
def test_no_text_leaves_its_frame_or_meets_another(card: Card, name: str) -> None:
    for each in (card, crowded(card)):
        if svg := charts.CHARTS[name](each):
            lines = ends_of_bars(svg)
            for text in texts(svg):
                x, y = float(text.attrib["x"]), text.attrib["y"]
                is_end = text.attrib.get("class") == "count"
                start = x - widest(text.text or "") if is_end else x
                end = x if is_end else x + widest(text.text or "")
                assert start >= lines.get(y, 0)
                assert end <= charts.WIDTH
                lines[y] = end


@pytest.mark.parametrize("name", charts.CHARTS)
def test_a_chart_names_itself_and_runs_nothing(card: Card, name: str) -> None:
    for each in (card, crowded(card)):
        if svg := charts.CHARTS[name](each):
            root = ET.fromstring(svg)

            assert root.attrib["role"] == "img"
            assert root.findtext(f"{SVG}title")
            assert root.findtext(f"{SVG}desc")
            tags = {element.tag.removeprefix(SVG) for element in root.iter()}
            assert tags == {"svg", "title", "desc", "style", "rect", "text"}
            assert float(root.attrib["height"]) >= max(
                float(text.attrib["y"]) for text in texts(svg)
            )


def test_bars_are_as_long_as_their_shares(card: Card) -> None:
    found = cards.put(
        card,
        comp__count=[{"documents": 100}],
        comp__languages=[
            {"language": "en", "documents": 75},
            {"language": "de", "documents": 25},
        ],
    )

    svg = charts.languages(found)

    bars = [
        float(rect.attrib["width"])
        for rect in ET.fromstring(svg).iter(f"{SVG}rect")
        if rect.attrib["class"] == "bar"
    ]
    assert bars == [225.0, 75.0]
    assert [text.text for text in texts(svg)][1:] == ["en", "75 · 75 %", "de", "25 · 25 %"]


def test_what_has_no_room_stands_together(card: Card) -> None:
    found = cards.put(
        card,
        comp__relations=[{"host": f"h{n:02}.example", "kept": 1} for n in range(40)],
        comp__count=[{"documents": 40}],
    )

    shown = [text.text for text in texts(charts.hosts(found))]

    assert shown[-4:] == ["h14.example", "1 · 2 %", "25 other hosts", "25 · 62 %"]


def test_there_is_no_chart_of_nothing(card: Card) -> None:
    nothing = cards.put(
        card,
        comp__count=[{"documents": 0, "characters": 0}],
        comp__languages=[],
        comp__relations=[],
        rights__refusals=[],
        rights__row_licences=[],
        proc__steps=[{"name": "discover", "pages_out": 0}],
    )

    assert [draw(nothing) for draw in charts.CHARTS.values()] == [""] * len(charts.CHARTS)


def test_refusals_of_one_reason_are_one_bar(card: Card) -> None:
    found = cards.put(
        card,
        rights__refusals=[
            {"standing": "refused", "outcome": "refused", "reason": "x.y", "pages": 2},
            {"standing": "dropped", "outcome": "refused", "reason": "x.y", "pages": 3},
            {"standing": "dropped", "outcome": "redirected", "reason": "z", "pages": 1},
        ],
    )

    assert [(each.name, each.count) for each in shares.refusals(found)] == [
        ("x.y", 5),
        ("redirected", 1),
    ]


@pytest.mark.parametrize("scheme", charts.COLOURS)
def test_every_colour_can_be_told_from_what_it_stands_on(scheme: str) -> None:
    by = charts.COLOURS[scheme]

    assert contrast(by["text"], by["ground"]) >= 7
    assert contrast(by["bar"], by["ground"]) >= 3
    assert contrast(by["bar"], by["rail"]) >= 3


def test_both_schemes_are_in_every_chart(card: Card) -> None:
    svg = charts.languages(card)

    assert "@media (prefers-color-scheme: dark)" in svg
    assert all(colour in svg for by in charts.COLOURS.values() for colour in by.values())


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part, 16) / 255 for part in re.findall("..", colour[1:])]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def widest(text: str) -> float:
    """Return how wide a text is in DejaVu Sans of 16, the widest common face, about."""
    return 16 * sum(
        0.0 if unicodedata.combining(c)
        else 1.0 if unicodedata.east_asian_width(c) in "WF" or c in "mwMW@%…"
        else 0.4 if c in "iljtfrI.,:;|!'()[] ·-"
        else 0.64
        for c in text
    )  # fmt: skip
