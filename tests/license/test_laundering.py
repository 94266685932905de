"""Signs that a license may not be its publisher's to give: few, and in their place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.license.laundering import is_same_site, signs
from pipeline.markup import Markup, read
from pipeline.model import Exchange
from pipeline.vocab import Reason

URL = "https://a.example/essay"
AWAY = "https://tidewrack.example/essay"
LINK = f"<a href='{AWAY}'>Tidewrack</a>"
REPUBLISHED = Reason.LICENSE_REPUBLISHED
THIRD_PARTY = Reason.LICENSE_THIRD_PARTY


def found(html: str, *, kind: str = "text/html") -> list[tuple[Reason, str, str]]:
    exchange = Exchange(
        url=URL, status=200, headers=(("Content-Type", kind),), body=html.encode()
    )
    markup = read(exchange)
    assert isinstance(markup, Markup)
    return [
        (one.reason, one.evidence.locator, one.evidence.quote)
        for one in signs(markup, exchange)
    ]


@pytest.mark.parametrize(
    ("html", "reason", "locator"),
    [
        pytest.param(
            f"<link rel=canonical href={AWAY}>",
            REPUBLISHED,
            "link[rel=canonical]",
            id="a canonical address elsewhere",
        ),
        pytest.param(
            f"<meta name=syndication-source content={AWAY}>",
            REPUBLISHED,
            "meta[name=syndication-source]",
            id="a source of syndication",
        ),
        pytest.param(
            "<p>Tide.</p><p>Reprinted with <i>permission</i> of the Guild.</p>",
            REPUBLISHED,
            "p text",
            id="a note with markup in it",
        ),
        pytest.param(
            "<footer><p>Mit freundlicher Genehmigung des Verlags.</p></footer>",
            REPUBLISHED,
            "footer text",
            id="a note in the footer",
        ),
        pytest.param(
            f"<p>Tide.</p><p>Source: {LINK}</p>", REPUBLISHED, "p text", id="a source"
        ),
        pytest.param(
            "<p>Tide.</p><p>Quelle: www.tidewrack.org</p>",
            REPUBLISHED,
            "p text",
            id="a source without a link",
        ),
        pytest.param(
            "<h2>Lyrics: Salt and Rope</h2><p>Oh.</p><p>Songwriters: as credited.</p>",
            THIRD_PARTY,
            "text",
            id="lyrics by heading and credit",
        ),
        pytest.param(
            "<title>Salt and Rope Lyrics | Wiki</title><p>Oh.</p><p>Lyrics by M. Hale</p>",
            THIRD_PARTY,
            "text",
            id="lyrics by title and credit",
        ),
        pytest.param(
            "<p>[Verse 1]<br>Oh.</p><p>[Chorus]<br>Ah.</p>",
            THIRD_PARTY,
            "text",
            id="lyrics by stanzas",
        ),
        pytest.param(
            '<script type=application/ld+json>{"@type": "MusicComposition", "lyrics": '
            '{"@type": "CreativeWork", "text": "Oh"}}</script>',
            THIRD_PARTY,
            "script[type=application/ld+json]",
            id="lyrics by their data",
        ),
        pytest.param(
            "<p>HARBOUR TOWN (Reuters) - The ferry did not leave this morning.</p>",
            THIRD_PARTY,
            "text",
            id="news of an agency",
        ),
        pytest.param(
            "<pre>INT. FERRY - NIGHT\nA.\nEXT. QUAY - DAY\nB.\nINT. INN - NIGHT\n</pre>",
            THIRD_PARTY,
            "text",
            id="a script",
        ),
    ],
)
def test_a_sign_is_found_where_it_stands(html: str, reason: Reason, locator: str) -> None:
    assert [one[:2] for one in found(html)] == [(reason, locator)]


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<link rel=canonical href=/essay>", id="canonical of the page itself"),
        pytest.param(
            "<link rel=canonical href=https://www.a.example/essay>", id="the same site"
        ),
        pytest.param(
            f"<table><caption>Tides</caption></table><p>Source: {LINK}</p>",
            id="the source of a table",
        ),
        pytest.param(
            f"<figure><img src=t.png><figcaption>Source: {LINK}</figcaption></figure>",
            id="the source of a figure",
        ),
        pytest.param(f"<p><img src=t.png></p><p>Source: {LINK}</p>", id="of a picture"),
        pytest.param(
            "<figure><figcaption>Tides. Reprinted with permission.</figcaption></figure>",
            id="a note in a caption",
        ),
        pytest.param(
            "<div class=wp-caption><p>Reprinted with permission of X.</p></div>",
            id="a caption by its class",
        ),
        pytest.param(
            "<blockquote><p>Originally published in Tide.</p></blockquote>", id="quoted"
        ),
        pytest.param(f"<ul><li>Source: {LINK}</li></ul>", id="in a list of references"),
        pytest.param(
            "".join(f"<p>Source: <a href=https://{n}.org/>x</a></p>" for n in "bcd"),
            id="several sources",
        ),
        pytest.param(
            "<p>Source: <a href=https://github.com/a/b>main.R</a></p>", id="source code"
        ),
        pytest.param(
            f"<p>Source: {LINK}, <a href=https://creativecommons.org/licenses/by/4.0/>CC BY"
            "</a></p>",
            id="a credit with its license",
        ),
        pytest.param(
            "<p>This post first appeared on <a href=/old>our notebook</a>.</p>", id="own"
        ),
        pytest.param(
            "<title>How songs are made</title><p>Lyrics by Marit Hale, music by Jon.</p>",
            id="an article on a song",
        ),
        pytest.param(
            "<title>On sea lyrics</title><p>An essay.</p>", id="an essay on lyrics"
        ),
        pytest.param("<p>See the file.</p><p>[Note 1]</p><p>[Note 2]</p>", id="notes"),
    ],
)
def test_what_speaks_of_less_or_of_others_is_no_sign(html: str) -> None:
    assert found(html) == []


@pytest.mark.parametrize(
    ("value", "is_sign"),
    [
        (f'<{AWAY}>; rel="canonical"', True),
        (f"<{AWAY}>; rel=canonical", True),
        (f'</a.css>; rel=preload, <{AWAY}>; title="x"; rel="next canonical"', True),
        (f'<{AWAY}>; rel="next"', False),
        ('</essay>; rel="canonical"', False),
        ('<http://localhost:1313/essay>; rel="canonical"', False),
    ],
)
def test_a_canonical_address_may_stand_in_the_header(value: str, *, is_sign: bool) -> None:
    headers = (("Content-Type", "text/html"), ("Link", value))
    exchange = Exchange(url=URL, status=200, headers=headers, body=b"<p>Tide.</p>")
    markup = read(exchange)
    assert isinstance(markup, Markup)

    places = [one.evidence.locator for one in signs(markup, exchange)]

    assert places == ["header Link"] * is_sign


def test_a_note_in_plain_text_is_heard() -> None:
    text = "Tide.\n\nReprinted with permission of the Guild.\n"

    assert found(text, kind="text/plain") == [
        (REPUBLISHED, "body text", "Reprinted with permission of the Guild.")
    ]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("https://a.example/x", "http://a.example/y", True),
        ("https://www.a.example/", "https://a.example/", True),
        ("https://m.a.example/", "https://www.a.example/", True),
        ("https://blog.a.example/", "https://a.example/", True),
        ("https://ada.host.example/", "https://ben.host.example/", False),
        ("https://a.example/", "https://nota.example/", False),
        ("https://[::1/", "https://a.example/", False),
    ],
)
def test_a_site_is_a_host_and_what_is_inside_of_it(
    first: str, second: str, *, same: bool
) -> None:
    assert is_same_site(first, second) is same


_PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<table>", "<div class='caption'>", "</div>", "Source:", "via ",
        f"<a href='{AWAY}'>", "</a>", "Reprinted with permission", "[Verse 1]", "\n",
        "[Chorus]", "<figure>", "<p>Source: <a href='http://['>", "<meta name=dc.source",
        " content='http://['>", "<link rel=canonical href='http://['>", "\ud7ff", "<!--",
    ]
)  # fmt: skip


@pytest.mark.law
@given(st.lists(_PIECES, max_size=30))
def test_no_page_raises_and_the_same_page_has_the_same_signs(pieces: list[str]) -> None:
    html = f"<body>{''.join(pieces)}"

    assert found(html) == found(html)
