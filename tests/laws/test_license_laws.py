"""What holds of the evidence for a license: it leads to where it was read."""

from collections.abc import Mapping, Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline import markup
from pipeline.license.detect import Channel, Piece, collect
from pipeline.markup import Markup
from pipeline.model import Exchange
from tests.license.test_pages import CASES, html_of

pytestmark = pytest.mark.law

URL: Final = "https://harbour.example/log/1"
HTML: Final = (("Content-Type", "text/html; charset=utf-8"),)
BY: Final = "https://creativecommons.org/licenses/by/4.0/"
NC: Final = "https://creativecommons.org/licenses/by-nc/4.0/"


def page(html: str) -> Exchange:
    return Exchange(url=URL, status=200, headers=HTML, body=html.encode())


def read(exchange: Exchange) -> Markup:
    found = markup.read(exchange)
    assert isinstance(found, Markup)
    return found


def led_to(piece: Piece, parser: LexborHTMLParser) -> LexborNode:
    """Return the one element that a piece's locator leads to, in a parse of its own."""
    selector = piece.evidence.locator.rpartition(" in ")[2]
    assert selector.startswith("html")
    (node,) = parser.css(selector)
    return node


def quoted(piece: Piece) -> str:
    return piece.evidence.quote.removesuffix("…")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_locator_of_a_piece_leads_to_its_element(case: Mapping[str, str]) -> None:
    html = html_of(case)
    exchange = page(html)
    parser = LexborHTMLParser(html)

    for piece in collect(read(exchange), exchange):
        node = led_to(piece, parser)

        match piece.channel:
            case Channel.LINK if not piece.is_marked:
                assert (node.attributes.get("href") or "") in piece.evidence.quote
            case Channel.LINK | Channel.META | Channel.PROPERTY:
                assert (node.html or "").startswith(quoted(piece))
            case Channel.WORDS:
                # A semicolon inside of a license's own notice is quoted as a comma.
                shown = " ".join(node.text().split())
                assert quoted(piece).replace(",", ";") in shown.replace(",", ";")
            case _:
                shown = " ".join(node.text().split())
                assert quoted(piece) in f"{shown} {node.html}"


_PARTS = st.sampled_from(
    [
        "<p>", "</p>", "<div>", "</div>", "<footer>", "<o:p>", "<table><tr><td>", "<b>",
        "<li>", "</b>", "<!-- x -->", "<section id=a>", "<section id=a>", "<form action=y>",
        f"<a rel=license href={BY}>CC BY</a>", f"<a href={NC}>CC BY-NC</a>",
        "<meta name=license content=x>", "<div property=license resource=x>", "<img src=x>",
        "This text is licensed under CC BY 4.0. ", "All rights reserved. ",
    ]
)  # fmt: skip


@given(st.lists(_PARTS, max_size=40))
def test_a_selector_leads_to_its_element_and_no_other(parts: Sequence[str]) -> None:
    found = read(page("".join(parts)))

    nodes = [each.node for each in found.links] + [each.node for each in found.metas]
    nodes += [each.node for each in found.properties]
    nodes += [each.node for each in found.notices]
    for node in nodes:
        assert node is not None
        named = node.parser.css(found.locator.of(node))
        assert [one.mem_id for one in named] == [node.mem_id]
