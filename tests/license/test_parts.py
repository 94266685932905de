"""Parts of a page under another license: found where they say so, and left out whole."""

from collections import Counter
from pathlib import Path

import pytest

from pipeline.extract import LEFT_OUT, Extracted, main_text
from pipeline.license import classify, detect, parts
from pipeline.manifest import Extractor, Form, Reading
from pipeline.markup import Markup, read
from pipeline.model import Exchange
from pipeline.vocab import LicenseExpression

SHARED = Path(__file__).resolve().parents[3] / "shared" / "web"
BY = LicenseExpression("CC-BY-4.0")
CC = "https://creativecommons.org/licenses"
WORDS = "A commons is not a place without rules, but one whose rules its users make."
FOOTER = (
    "<footer>This site is licensed under "
    f'<a rel="license" href="{CC}/by/4.0/">CC BY 4.0</a>.</footer>'
)


def exchange_of(inside: str) -> Exchange:
    body = (
        f"<!DOCTYPE html><html><body><main><h1>Rules</h1><p>{WORDS}</p>{inside}"
        f"<p>{WORDS} Twice.</p><p>{WORDS} Thrice.</p></main>{FOOTER}</body></html>"
    )
    headers = (("content-type", "text/html; charset=utf-8"),)
    return Exchange(
        url="https://a.example/1", status=200, headers=headers, body=body.encode()
    )


def text_of(inside: str, options: Reading | None = None) -> Extracted:
    exchange = exchange_of(inside)
    markup = read(exchange)
    assert isinstance(markup, Markup)
    assert classify.find(markup, exchange).expression == BY
    found = main_text(exchange, markup, options=options, license_=BY)
    assert isinstance(found, Extracted)
    return found


SAYS = "The heron stands where the tide turns, as it did a hundred years ago."
NC = f"{CC}/by-nc/2.0/"
NC_LINK = f'<a href="{NC}">CC BY-NC 2.0</a>'
NC_MARKED = f'<a rel="license" href="{NC}">some rights</a>'
SA_LINK = f'<a href="{CC}/by-sa/3.0/">CC BY-SA 3.0</a>'
IMAGE = 'itemscope itemtype="https://schema.org/ImageObject"'


def captioned(inside: str, caption: str) -> str:
    """Return a figure as both extractors would read it."""
    return f"<figure>{inside}<figcaption>{caption}</figcaption></figure>"


QUOTED = (
    f'<blockquote cite="https://b.example/"><p>{SAYS}</p><p>This text is licensed under '
    f"{SA_LINK}.</p></blockquote>"
)
OTHERS = {
    "a figure whose caption links to a license": (
        captioned(f"<p>{SAYS}</p>", f"Heron, by A. Wong, {NC_LINK}"),
        ("figure", "CC-BY-NC-2.0"),
    ),
    "a caption in words": (
        captioned("", f"{SAYS} © A. Wong, CC BY-NC 2.0"),
        ("figure", "CC-BY-NC-2.0"),
    ),
    "a caption that keeps all rights": (
        (
            '<div class="wp-caption"><img src="h.jpg"><p class="wp-caption-text">'
            f"{SAYS} © 2019 A. Wong. All rights reserved.</p></div>"
        ),
        ("div", ""),
    ),
    "a quotation with its license": (QUOTED, ("blockquote", "CC-BY-SA-3.0")),
    "a quotation in a figure": (
        captioned(f"<blockquote><p>{SAYS}</p></blockquote>", f"A. Wong, {NC_MARKED}"),
        ("figure", "CC-BY-NC-2.0"),
    ),
    "an aside that RDFa describes": (
        f'<aside about="https://b.example/poem"><p>{SAYS}</p>{NC_MARKED}</aside>',
        ("aside", "CC-BY-NC-2.0"),
    ),
    "a picture that microdata describe": (
        (
            f'<div {IMAGE}><img src="h.jpg"><p itemprop="caption">{SAYS}</p>'
            f'<a itemprop="license" href="{NC}">License</a></div>'
        ),
        ("div", "CC-BY-NC-2.0"),
    ),
    "a license of Creative Commons that there is not": (
        captioned(f"<p>{SAYS}</p>", f'<a href="{CC}/by/9.0/">CC</a>'),
        ("figure", ""),
    ),
}
EVERY = [Reading(extractor=x, form=f) for x in Extractor for f in Form]


@pytest.mark.parametrize(
    "options", EVERY, ids=[f"{each.extractor} {each.form}" for each in EVERY]
)
@pytest.mark.parametrize(("inside", "found_as"), OTHERS.values(), ids=OTHERS)
def test_a_part_under_another_license_is_left_out_and_named(
    inside: str, found_as: tuple[str, str], options: Reading
) -> None:
    tag, license_ = found_as

    found = text_of(inside, options)

    assert SAYS not in found.text
    assert f"{WORDS} Twice." in found.text
    assert [each.license for each in found.left_out] == [license_]
    assert found.left_out[0].locator.startswith(f"html > body > main > {tag}")
    assert found.left_out[0].quote
    assert found.changes.endswith(LEFT_OUT)


OWN = {
    "a caption under the page's license": captioned(
        f"<p>{SAYS}</p>", f'A. Wong, <a href="{CC}/by/4.0/">CC BY 4.0</a>'
    ),
    "a quotation without a license": f"<blockquote cite='/b'><p>{SAYS}</p></blockquote>",
    "a quotation that speaks of licenses": (
        f"<blockquote><p>{SAYS} We looked at CC BY-NC 4.0 last year.</p></blockquote>"
    ),
    "a caption without a license": captioned(f"<p>{SAYS}</p>", "A heron."),
}


@pytest.mark.parametrize("inside", OWN.values(), ids=OWN)
def test_a_part_that_states_no_other_license_stays(inside: str) -> None:
    found = text_of(inside)

    assert found.left_out == ()
    assert LEFT_OUT not in found.changes
    assert SAYS in found.text


def test_a_part_under_one_arm_of_the_license_stays() -> None:
    exchange = exchange_of(QUOTED)
    markup = read(exchange)
    assert isinstance(markup, Markup)
    license_ = LicenseExpression("CC-BY-SA-3.0 OR GPL-2.0-or-later")

    assert parts.under_another_license(markup, exchange, license_=license_) == ()


def test_a_page_of_more_parts_than_can_be_named_is_not_read() -> None:
    figure = f'<figure><figcaption><a href="{NC}">CC BY-NC 2.0</a></figcaption></figure>'
    exchange = exchange_of(figure * (parts.LIMIT + 1))
    markup = read(exchange)
    assert isinstance(markup, Markup)

    found = main_text(exchange, markup, license_=BY)

    assert not isinstance(found, Extracted)
    assert found.detail == f"{parts.LIMIT + 1} parts under another license"


def test_a_credit_that_names_one_license_often_states_it_once() -> None:
    exchange = exchange_of(f'<div class="credit">{NC_LINK * 3000}</div>')
    markup = read(exchange)
    assert isinstance(markup, Markup)

    pieces = list(detect.of_parts(markup, exchange))

    assert [piece.expression for piece in pieces] == ["CC-BY-NC-2.0"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared web is not here")
def test_parts_are_found_on_real_pages_and_on_few_of_them() -> None:
    found: Counter[str] = Counter()
    for path in sorted(SHARED.glob("c*/*.html")) + sorted(SHARED.glob("best*/*.html")):
        host = path.relative_to(SHARED).parts[0]
        headers = (("content-type", "text/html"),)
        page = Exchange(
            url=f"https://{host}/{path.name}",
            status=200,
            headers=headers,
            body=path.read_bytes(),
        )
        markup = read(page)
        assert isinstance(markup, Markup)
        apart = parts.under_another_license(markup, page, license_=BY)
        found[host] += len(apart)

    assert found["christophm.github.io"] == 1
    assert found["clauswilke.com"] == 3
    assert found["best-practice-and-impact.github.io"] == 1
