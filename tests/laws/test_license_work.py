"""How much work a page can make of its license: no more than in proportion to its size."""

import sys
from itertools import pairwise
from typing import Final

import pytest

from pipeline.license.classify import license_of
from pipeline.model import Exchange

pytestmark = pytest.mark.law

URL: Final = "https://harbour.example/log/1"
HTML: Final = (("Content-Type", "text/html; charset=utf-8"),)
BY: Final = "https://creativecommons.org/licenses/by/4.0/"
NC: Final = "https://creativecommons.org/licenses/by-nc/4.0/"


def page(html: str) -> Exchange:
    return Exchange(url=URL, status=200, headers=HTML, body=html.encode())


def calls(exchange: Exchange) -> int:
    """Return how many calls, of Python and of what it is written in, a page takes."""
    count = 0

    def tick(_frame: object, event: str, _what: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        license_of(exchange)
    finally:
        sys.setprofile(before)
    return count


# What comes once, and what is repeated after it.
_SHAPES: Final = {
    "many licenses in one block": ("<p>", f"<a rel=license href={BY}>CC BY</a> and "),
    "many sentences with a license": ("", f"<p>Text under <a href={NC}>CC</a>. By G."),
    "links inside of one another": ("", f"<div><a rel=license href={BY}>CC BY</a>"),
    "footers inside of one another": ("", "<footer>Text is CC BY 4.0.<p>"),
    "one long sentence": ("<footer>Licensed under ", "the terms of CC BY 4.0 and "),
    "many sentences in one block": ("<footer>", "This text is CC BY 4.0. "),
    "many metas": ("", "<meta name=dcterms.license content=CC-BY-4.0>"),
    "many blocks of JSON": (
        "",
        f'<script type=application/ld+json>{{"@type":"Book","license":"{BY}"}}</script>',
    ),
    "many nodes of JSON": (
        '<script type=application/ld+json>[{"@type":"Book"}',
        f',{{"@type":"Book","license":"{BY}"}}',
    ),
    "many properties": ("", "<div property=license resource=x>licence"),
    "items inside of one another": ("", "<div itemscope itemtype=x:ImageObject>licence"),
    "many comments": ("", f"<!-- {BY} -->"),
    "one long comment": ("<!--", f" {BY} "),
    "a long title of a link": (f"<a rel=license href={BY} title='", "CC BY-NC 4.0 "),
    "a long address": ("<a rel=license href='", "/licenses/by/4.0/"),
    "many words in rel": ("<a href=x rel='", "license "),
    "many words in class": ("<footer class='", "comment footer "),
    "many badges in one link": (f"<a href={BY}>", "<img alt='CC BY-NC' src=by-nc.png>"),
    "many lines in one block": ("<footer>Licence", "<br>CC BY 4.0"),
    "many blocks that reserve": ("<p>licence", "<p>All rights reserved."),
    "many elements in one another": ("licence", "<b><i>"),
}
_ENDS: Final = {"many nodes of JSON": "]</script>", "one long comment": "-->"}


@pytest.mark.parametrize("name", _SHAPES)
def test_twice_the_page_takes_no_more_than_twice_the_calls(name: str) -> None:
    once, repeated = _SHAPES[name]
    end = _ENDS.get(name, "'>CC BY 4.0</a>" if once.endswith("'") else "")
    license_of(page(once + repeated + end))

    taken = [calls(page(f"{once}{repeated * n}{end}")) for n in (200, 400, 800)]

    assert taken[0] > 0
    assert all(larger <= 2.1 * smaller + 500 for smaller, larger in pairwise(taken))
