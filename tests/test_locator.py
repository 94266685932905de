"""Selectors that lead to an element again."""

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.locator import DEPTH_LIMIT, Locator


def element(html: str, selector: str = "#x") -> LexborNode:
    found = LexborHTMLParser(html).css_first(selector)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("html", "selector"),
    [
        pytest.param("<i id=x>a</i>", "html > body > i", id="the only one of its type"),
        pytest.param(
            "<p>a<p>b<div><p>c</div><p id=x>d",
            "html > body > p:nth-of-type(3)",
            id="one of several",
        ),
        pytest.param(
            "<p id=x>a<p id=x>b", "html > body > p:nth-of-type(1)", id="a repeated id"
        ),
        pytest.param(
            "<title>t</title><meta><link id=x>", "html > head > link", id="in the head"
        ),
        pytest.param(
            "<p>a<b>c</b><o:p id=x>b</o:p>",
            "html > body > p > :nth-child(2)",
            id="a type that CSS reads otherwise",
        ),
        pytest.param("<x-y id=x>b", "html > body > x-y", id="a custom type"),
        pytest.param(
            "<table><tr><td>a<td id=x>b",
            "html > body > table > tbody > tr > td:nth-of-type(2)",
            id="elements that the parser adds",
        ),
        pytest.param("<html id=x><svg><html>", ":root", id="the root"),
    ],
)
def test_an_element_is_named_by_types_and_places(html: str, selector: str) -> None:
    assert Locator().of(element(html)) == selector


def test_an_element_too_deep_has_no_selector() -> None:
    inside = "<b>" * (DEPTH_LIMIT - 3)

    assert Locator().of(element(f"{inside}<i id=x>")).count(" > ") == DEPTH_LIMIT - 1
    assert Locator().of(element(f"{inside}<b><i id=x>")) == ""


def test_what_is_read_is_placed_in_an_element() -> None:
    page = element("<!-- a --><p>b<!-- c -->", "p")
    comment, root = page.last_child, page.parent.parent if page.parent else None

    assert Locator().within("rights", page) == "rights in html > body > p"
    assert Locator().within("comment", comment) == "comment in html > body > p"
    assert Locator().within("comment", root.prev if root else page) == "comment"
    assert Locator().within("rights", None) == "rights"
