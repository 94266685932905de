"""The detector: what it may leave unread, and what it keeps of what it reads."""

import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.license import classify, detect
from pipeline.license.detect import About, Channel
from pipeline.markup import Markup, read
from pipeline.model import Exchange
from pipeline.vocab import Reason

SHARED = Path(__file__).resolve().parents[3] / "shared"
PAGES = Path(__file__).with_name("pages.jsonl").read_text("utf-8").splitlines()
URL = "https://a.example/essay"
CC = "https://creativecommons.org/licenses"


def answer(html: str, kind: str = "text/html; charset=utf-8") -> Exchange:
    return Exchange(
        url=URL, status=200, headers=(("Content-Type", kind),), body=html.encode()
    )


def declares(page: Exchange) -> bool:
    """Say whether anything at all is found on a page that is parsed in any case."""
    markup = read(page)
    assert isinstance(markup, Markup)
    pieces = detect.collect(markup, page)
    return any(piece.channel is not Channel.RESERVED for piece in pieces)


@pytest.mark.law
@pytest.mark.parametrize("line", PAGES)
def test_a_silent_page_declares_nothing(line: str) -> None:
    case = json.loads(line)
    page = answer("".join(case.get(part, "") for part in ("head", "body", "footer")))

    assert not (detect.is_silent(page) or says_nothing(page)) or not declares(page)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/web")
def test_a_real_page_that_is_silent_declares_nothing() -> None:
    files = sorted((SHARED / "web").glob("*/**/*.html"))
    pages = [
        answer(path.read_text("utf-8", "replace")) for path in islice(files, 0, None, 9)
    ]
    silent = [page for page in pages if detect.is_silent(page)]
    unsaid = [page for page in pages if says_nothing(page)]

    assert len(silent) > len(pages) / 10
    assert len(unsaid) > len(pages) / 10
    assert not any(declares(page) for page in (*silent, *unsaid))


def says_nothing(page: Exchange) -> bool:
    markup = read(page)
    assert isinstance(markup, Markup)
    return detect.says_nothing(markup, page)


@pytest.mark.parametrize(
    "html",
    [
        "<script>var license = 'CC BY 4.0'</script>",
        "<style>.license-footer { color: red }</style>",
        "<p class='license'>Nothing.</p>",
    ],
)
def test_what_is_said_to_nobody_is_not_said(html: str) -> None:
    assert says_nothing(answer(html))


@pytest.mark.parametrize(
    "html",
    [
        "<p>under&#32;a Creative Commons lic&#101;nse</p>",
        "<p>a Creative <b>Com</b>mons license</p>",
        "<a href='https://creativecommons.org/licenses/by/4.0/'><img src='by.png'></a>",
        "<div property='cc:license' content='CC-BY-4.0'></div>",
        "<meta name='dcterms.license' content='CC BY 4.0'>",
        '<script type=\'application/ld+json\'>{"license": "x"}</script>',
        "<!-- http://creativecommons.org/licenses/by/4.0/ -->",
        "<p>Public\n  domain</p>",
        "<p>Attribution\n<b>4.0</b></p>",
    ],
)
def test_whatever_could_declare_a_license_is_said(html: str) -> None:
    assert not says_nothing(answer(html))


@pytest.mark.law
@given(st.text(alphabet="abcl ice<>/ns4.0BYC-", max_size=60))
def test_reading_by_the_bytes_first_changes_nothing(text: str) -> None:
    page = answer(f"<footer>{text}</footer>")
    markup = read(page)
    assert isinstance(markup, Markup)

    assert classify.license_of(page).expression == classify.find(markup, page).expression


@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=utf-16"])
def test_a_page_whose_bytes_may_mean_anything_is_parsed(kind: str) -> None:
    assert not detect.is_silent(answer("<p>Nothing.</p>", kind))


def test_what_is_not_a_page_declares_nothing() -> None:
    found = classify.license_of(answer("%PDF- licensed under CC BY 4.0", "application/pdf"))

    assert (found.expression, found.reason) == (None, Reason.LICENSE_NONE)


@pytest.mark.parametrize(
    ("html", "channel", "about"),
    [
        (f"<link rel=license href={CC}/by/4.0/>", Channel.LINK, About.METADATA),
        (f"<footer><a rel=license href={CC}/by/4.0/>x</a>", Channel.LINK, About.SITE),
        (f"<main><a rel=license href={CC}/by/4.0/>x</a>", Channel.LINK, About.TEXT),
        (
            f"<p>This essay is licensed under <a href={CC}/by/4.0/>x</a>",
            Channel.LINK,
            About.PAGE,
        ),
        (f"<p>We like <a href={CC}/by/4.0/>x</a>", Channel.LINK, About.OPEN),
        (f"<figure><a rel=license href={CC}/by/4.0/>x</a>", Channel.LINK, About.ANOTHER),
        (
            f"<p about=/q.jpg><a rel=license href={CC}/by/4.0/>x</a>",
            Channel.LINK,
            About.ANOTHER,
        ),
        (f"<meta name=dcterms.license content={CC}/by/4.0/>", Channel.META, About.METADATA),
        (
            f"<span about='' property=dct:license resource={CC}/by/4.0/>x</span>",
            Channel.PROPERTY,
            About.METADATA,
        ),
        ("<footer>This text: CC BY 4.0</footer>", Channel.WORDS, About.SITE),
        (f"<!-- {CC}/by/4.0/ -->", Channel.COMMENT, About.METADATA),
    ],
)
def test_a_piece_knows_where_it_stands_and_whose_it_seems(
    html: str, channel: Channel, about: About
) -> None:
    page = answer(html)
    markup = read(page)
    assert isinstance(markup, Markup)

    (piece,) = detect.collect(markup, page)

    assert (piece.channel, piece.about, piece.expression) == (channel, about, "CC-BY-4.0")
