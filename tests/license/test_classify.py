import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.license.classify import contested, find
from pipeline.license.detect import license_page_of
from pipeline.license.expression import allows
from pipeline.markup import Markup, read
from pipeline.model import AllowedLicense, Evidence, Exchange, LicenseFinding
from pipeline.vocab import Reason

URL = "https://a.example/essay"
CC = "https://creativecommons.org/licenses"
SHARED = Path(__file__).resolve().parents[3] / "shared"
OPEN = (
    AllowedLicense(identifier="CC0-1.0"),
    AllowedLicense(identifier="CC-PDM-1.0"),
    AllowedLicense(elements=frozenset({"BY"})),
    AllowedLicense(elements=frozenset({"BY", "SA"})),
)


def capture(html: str, *headers: tuple[str, str]) -> tuple[Markup, Exchange]:
    typed = (("Content-Type", "text/html; charset=utf-8"), *headers)
    exchange = Exchange(url=URL, status=200, headers=typed, body=html.encode())
    markup = read(exchange)
    assert isinstance(markup, Markup)
    return markup, exchange


def finding(html: str, *headers: tuple[str, str]) -> LicenseFinding:
    return find(*capture(html, *headers))


def outcome(html: str, *headers: tuple[str, str]) -> tuple[str | None, Reason]:
    found = finding(html, *headers)
    return found.expression, found.reason


def is_admitted(found: LicenseFinding) -> bool:
    """Say whether the default policy admits a page by its license."""
    named = found.expression is not None and allows(found.expression, OPEN)
    return named and found.reason is Reason.LICENSE_ADMITS


NONE = (None, Reason.LICENSE_NONE)
NOTHING = {Reason.LICENSE_NONE, Reason.LICENSE_OF_A_PART, Reason.LICENSE_DENIED}
DOUBTS = {
    Reason.LICENSE_UNCLEAR,
    Reason.LICENSE_NOT_IDENTIFIED,
    Reason.LICENSE_CONDITIONAL,
    Reason.LICENSE_HIDDEN,
    Reason.LICENSE_LEARNING_RESERVED,
}
CONFLICTS = {
    Reason.LICENSE_CONFLICT,
    Reason.LICENSE_EDITIONS,
    Reason.LICENSE_RESERVED,
}
BY = ("CC-BY-4.0", Reason.LICENSE_ADMITS)
BY_SA = ("CC-BY-SA-4.0", Reason.LICENSE_ADMITS)
BY_NC = ("CC-BY-NC-4.0", Reason.LICENSE_ADMITS)

LINKED = f'<a href="{CC}/by/4.0/">CC BY 4.0</a>'
MARKED = f'<a rel="license" href="{CC}/by/4.0/">CC BY 4.0</a>'


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(f"<link rel=license href={CC}/by/4.0/>", id="link in the head"),
        pytest.param(f"<link rel=copyright href={CC}/by/4.0/>", id="its synonym"),
        pytest.param(f"<footer>{MARKED}</footer>", id="a badge in the footer"),
        pytest.param(f"<main>{MARKED}</main>", id="a badge in the text"),
        pytest.param(
            f"<footer>Content on this site is licensed under {LINKED}.</footer>",
            id="a sentence in the footer",
        ),
        pytest.param(f"<p>This essay is licensed under {LINKED}.</p>", id="in the text"),
        pytest.param(f"<p>The text is available under {LINKED}.</p>", id="the text is"),
        pytest.param(f"<div id=sidebar>Licensed under {LINKED}</div>", id="no subject"),
        pytest.param(f"<meta name=DCTERMS.license content={CC}/by/4.0/>", id="Dublin Core"),
        pytest.param(
            f'<script type=application/ld+json>{{"@graph": [{{"@type": ["Article"],'
            f' "license": {{"@id": "{CC}/by/4.0/"}}}}]}}</script>',
            id="JSON-LD",
        ),
        pytest.param(f"<footer>This text is under {CC}/by/4.0/</footer>", id="plain URL"),
        pytest.param("<footer>This text is licensed CC BY 4.0</footer>", id="short form"),
        pytest.param(
            f"<p>This text is licensed under {LINKED}, and code samples are licensed under"
            " the <a href=https://opensource.org/licenses/MIT>MIT License</a>.</p>",
            id="beside a license of the code",
        ),
        pytest.param(
            f"<footer>{MARKED}<a style=display:none rel=license href={CC}/by/4.0/></a>",
            id="hidden once more",
        ),
        pytest.param(
            f"<ul><li><a href={CC}/by-nc/4.0/>BY-NC</a></ul><footer>{MARKED}</footer>",
            id="beside a list of licenses",
        ),
    ],
)
def test_plain_declarations_are_concluded(html: str) -> None:
    assert outcome(html) == BY


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<p>An essay.</p>", id="nothing is said"),
        pytest.param(f"<figure>{MARKED}</figure>", id="a figure"),
        pytest.param(f"<div class=wp-caption>{MARKED}</div>", id="a caption by its class"),
        pytest.param(f"<blockquote>{MARKED}</blockquote>", id="a quotation"),
        pytest.param(f"<div id=comments>This text is {MARKED}</div>", id="a reader"),
        pytest.param(
            f"<article><article class=card>{MARKED}</article></article>", id="a teaser"
        ),
        pytest.param(f"<!-- {MARKED} -->", id="a comment"),
        pytest.param(f"<template>{MARKED}</template>", id="a template"),
        pytest.param(f"<footer>All photos on this site: {MARKED}</footer>", id="photos"),
        pytest.param(f"<footer>Icons by G, licensed under {MARKED}</footer>", id="icons"),
        pytest.param(f"<p>This text is not licensed under {MARKED}.</p>", id="a negation"),
        pytest.param(f"<p>We like {LINKED}.</p>", id="a mention"),
        pytest.param(
            f"<p>Wikipedia's text is available under {LINKED}.</p>", id="another work"
        ),
        pytest.param(
            f"<footer><a rel=prev-license-page href={CC}/by/4.0/>old</a></footer>",
            id="a longer word",
        ),
        pytest.param(
            '<footer><a rel=license href="https://notcreativecommons.org/licenses/by/4.0/">'
            "CC BY 4.0</a></footer>",
            id="a look-alike",
        ),
        pytest.param("<a rel=license href=/terms>Terms</a>", id="an unknown license page"),
        pytest.param(
            '<script type=application/ld+json>{"@type": "VideoObject",'
            f' "license": "{CC}/by/4.0/"}}</script>',
            id="a video's metadata",
        ),
        pytest.param(
            '<script type=application/ld+json>{"@type": "Article", "url": "/other",'
            f' "license": "{CC}/by/4.0/"}}</script>',
            id="another page's metadata",
        ),
    ],
)
def test_what_speaks_of_less_than_the_page_concludes_nothing(html: str) -> None:
    license_, reason = outcome(html)

    assert license_ is None
    assert reason in NOTHING


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(f"<div hidden>{MARKED}</div>", id="only hidden"),
        pytest.param(f"<a rel=license href={CC}/by/>CC BY</a>", id="no version"),
        pytest.param(f"<p>Some of this text is licensed under {LINKED}.</p>", id="some"),
        pytest.param(f"<p>This text is licensed {LINKED} until 2030.</p>", id="until"),
        pytest.param("<footer>Licence: CC BY</footer>", id="a short form, no version"),
        pytest.param("<footer>This text is public domain.</footer>", id="no tool"),
        pytest.param(
            f"<script type=application/ld+json>{{'{CC}/by/4.0/'</script>", id="broken JSON"
        ),
        pytest.param(
            f"<p>Content is licensed {MARKED}. Use of it to train AI is prohibited.</p>",
            id="a reservation of learning",
        ),
        pytest.param(
            f"<a rel=license href=https://web.archive.org/web/2016/{CC}/by/3.0/>x</a>",
            id="a copy in an archive",
        ),
    ],
)
def test_what_names_no_certain_license_is_unclear(html: str) -> None:
    assert outcome(html)[1] in DOUBTS


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(
            f"<a rel=license href={CC}/by-nc/4.0/>A</a> {MARKED}", id="two badges"
        ),
        pytest.param(
            f"<link rel=license href={CC}/by/4.0/><footer>This article is licensed under"
            f" <a href={CC}/by-nc-nd/4.0/>CC BY-NC-ND 4.0</a></footer>",
            id="head and footer",
        ),
        pytest.param(
            f"<a rel=license href={CC}/by/4.0/>CC BY-NC 4.0</a>", id="words and address"
        ),
        pytest.param(
            f"<a rel=license href={CC}/by/4.0/>CC BY 3.0</a>", id="words and version"
        ),
        pytest.param(
            f"<a rel=license href={CC}/by/4.0/><img alt='CC BY-NC' src=b.png></a>",
            id="badge and address",
        ),
        pytest.param(f"<footer>{MARKED} © A. All rights reserved.</footer>", id="reserved"),
        pytest.param(
            f"<p>{MARKED}</p><footer>© A. Alle Rechte vorbehalten</footer>",
            id="reserved in another block",
        ),
        pytest.param(
            f"{MARKED}<!-- <license rdf:resource='{CC}/by-nc/3.0/'/> -->",
            id="a restriction in a comment",
        ),
        pytest.param(
            f"{MARKED}<footer><a href={CC}/by-nc/4.0/>CC BY-NC</a></footer>",
            id="a bare restriction in the footer",
        ),
        pytest.param(
            f"<link rel=license href={CC}/by/4.0/><footer>This text is licensed under a"
            " Creative Commons Attribution-NonCommercial 4.0 license.</footer>",
            id="a restriction in words",
        ),
    ],
)
def test_contradictions_conclude_nothing(html: str) -> None:
    license_, reason = outcome(html)

    assert license_ is None
    assert reason in CONFLICTS


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(f"<a rel=license href={CC}/by-nc/4.0/>x</a>", id="marked"),
        pytest.param(
            f"<div hidden><a rel=license href={CC}/by-nc/4.0/>x</a></div>", id="h"
        ),
        pytest.param(f"<!-- {CC}/by-nc/4.0/ -->", id="commented"),
        pytest.param(f"<footer><a href={CC}/by-nc/4.0/>x</a></footer>", id="bare"),
    ],
)
def test_a_restriction_counts_from_anywhere(html: str) -> None:
    assert outcome(html) == BY_NC


def test_a_choice_of_licenses_is_an_expression() -> None:
    html = (
        f"<footer>Text is available under the <a rel=license href={CC}/by-sa/4.0/>CC BY-SA"
        " 4.0</a> licence or, at your option, the"
        " <a href=https://www.gnu.org/licenses/fdl-1.3.html>GNU FDL 1.3 or later</a>."
    )

    assert outcome(html) == ("CC-BY-SA-4.0 OR GFDL-1.3-or-later", Reason.LICENSE_ADMITS)


def test_two_licenses_at_once_are_a_sum() -> None:
    html = (
        f"<footer>This text is licensed under {LINKED} and"
        f" <a href={CC}/by-nc/4.0/>CC BY-NC 4.0</a>.</footer>"
    )

    assert outcome(html)[0] == "CC-BY-4.0 AND CC-BY-NC-4.0"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f'<{CC}/by-sa/4.0/>; rel="license"', BY_SA),
        (f'</s.css>; rel=preload, <{CC}/by-sa/4.0/>; title="a, b"; rel=License', BY_SA),
        (f'<{CC}/by-sa/4.0/>; rel="license"; anchor="#top"', BY_SA),
        (f'<{CC}/by-sa/4.0/>; rel="license"; anchor="/photo.jpg"', NONE),
        (f"<{CC}/by-sa/4.0/>; rel=next; rel=license", NONE),
        (f"<{CC}/by-sa/4.0/>", NONE),
        ("<unclosed; rel=license", NONE),
    ],
)
def test_the_header_s_links_are_read(
    value: str, expected: tuple[str | None, Reason]
) -> None:
    assert outcome("<p>x</p>", ("Link", value)) == expected


def test_other_licenses_are_concluded_as_themselves() -> None:
    html = (
        "<footer>Licensed under the"
        " <a href=https://www.apache.org/licenses/LICENSE-2.0>Apache License</a>.</footer>"
    )

    assert outcome(html) == ("Apache-2.0", Reason.LICENSE_ADMITS)


def test_evidence_shows_the_element() -> None:
    markup, exchange = capture(f"<footer>{MARKED}</footer>")

    found = find(markup, exchange)

    assert found.evidence == (
        Evidence(
            source=URL,
            locator="html > body > footer > a",
            quote=MARKED,
            clause="HTML Standard, link type license",
            digest=exchange.digest,
            status=200,
        ),
    )
    assert found.candidates == (("CC-BY-4.0", found.evidence[0]),)


def test_what_did_not_decide_is_kept_as_a_candidate() -> None:
    found = finding(f"<figure><a href={CC}/by/2.0/>x</a></figure><p>{MARKED}</p>")

    assert [each for each, _ in found.candidates] == ["CC-BY-4.0", "CC-BY-2.0"]


def test_what_is_contested_can_be_told() -> None:
    found = finding(
        f"<figure><a href={CC}/by/2.0/>x</a></figure>{MARKED}"
        f" <a rel=license href={CC}/by-nc/4.0/>y</a>"
    )

    assert contested(found) == ("CC-BY-4.0", "CC-BY-NC-4.0")


@pytest.mark.parametrize(
    ("html", "page"),
    [
        ("<a rel=license href=/terms>x</a>", "https://a.example/terms"),
        ("<footer><a href=/c#x>Copyright</a></footer>", "https://a.example/c"),
        ("<footer><a href=/t>Terms of Use</a></footer>", "https://a.example/t"),
        ("<p><a href=/c>Copyright</a></p>", None),
        ("<footer><a href=/c>Copyright law explained</a></footer>", None),
        ("<footer><a href=https://b.example/>License</a></footer>", None),
        ("<footer hidden><a href=/c>License</a></footer>", None),
        ("<footer><a href=#license>License</a></footer>", None),
    ],
)
def test_a_license_page_of_the_same_host_is_named(html: str, page: str | None) -> None:
    assert license_page_of(capture(html)[0]) == page


def test_a_license_page_is_noted_and_concludes_nothing() -> None:
    found = finding("<footer><a href=/license>License</a></footer>")

    assert (found.expression, found.reason) == NONE
    assert [(each.locator, each.quote) for _, each in found.candidates] == [
        ("license page", "https://a.example/license")
    ]


_PIECES = st.sampled_from(
    [
        MARKED,
        LINKED,
        f"<link rel=license href={CC}/by-sa/4.0/>",
        "<footer>",
        "</footer>",
        "<figure>",
        "</figure>",
        "<p>This text is licensed under ",
        "</p>",
        "or ",
        "not ",
        "some ",
        "All rights reserved. ",
    ]
)


@pytest.mark.law
@given(st.lists(_PIECES, max_size=10))
def test_a_visible_restriction_is_never_outvoted(pieces: list[str]) -> None:
    restriction = f"<p><a rel=license href={CC}/by-nc-nd/4.0/>x</a></p>"
    closed = "</figure></footer></p></figure></footer>" * 5

    found = finding("".join(pieces) + closed + f"<main>{restriction}</main>")

    assert not is_admitted(found)


@pytest.mark.law
@given(st.lists(_PIECES, max_size=10))
def test_reserved_rights_are_never_outvoted(pieces: list[str]) -> None:
    closed = "</figure></footer></p></figure></footer>" * 5

    found = finding("".join(pieces) + closed + "<p>All rights reserved</p>")

    assert found.expression is None


@pytest.mark.law
@given(st.text(), st.text())
def test_no_page_and_no_header_raise(html: str, header: str) -> None:
    exchange = Exchange(
        url=URL,
        status=200,
        headers=(("Content-Type", "text/html"), ("Link", header)),
        body=f"<script type=application/ld+json>{html}</script>{html}".encode(
            errors="replace"
        ),
    )
    markup = read(exchange)

    assert not isinstance(markup, Markup) or find(markup, exchange).candidates is not None


def test_deep_and_hostile_metadata_does_not_raise() -> None:
    deep = "[" * 50_000 + '"creativecommons"' + "]" * 50_000

    assert outcome(f"<script type=application/ld+json>{deep}</script>")[1] in DOUBTS


# What needs more than the page's license: community authority is read elsewhere (I04,
# I06), and so is that lyrics are somebody else's (G05).
_BEYOND_THE_PAGE = {"G05", "I04", "I06"}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared vectors are not here")
def test_no_vector_that_is_not_to_be_admitted_is_admitted() -> None:
    lines = (SHARED / "vectors" / "license.jsonl").read_text().splitlines()
    cases = [json.loads(line) for line in lines]
    admitted = {case["id"] for case in cases if _is_admitted(case)}
    expected = {case["id"] for case in cases if case["expect"]["usage"] == "admit"}

    assert admitted - expected <= _BEYOND_THE_PAGE
    assert len(admitted & expected) >= len(expected) - 1


def _is_admitted(case: dict[str, object]) -> bool:
    url, exchanges = case["url"], case["exchanges"]
    assert isinstance(url, str)
    assert isinstance(exchanges, dict)
    answer = exchanges[url]
    exchange = Exchange(
        url=url,
        status=answer["status"],
        headers=tuple((name, value) for name, value in answer["headers"]),
        body=answer["body"].encode(),
    )
    markup = read(exchange)
    assert isinstance(markup, Markup)
    found = find(markup, exchange)
    return is_admitted(found)
