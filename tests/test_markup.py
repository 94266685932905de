import time
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.hazards import SMALL
from pipeline.markup import (
    EDGE,
    Link,
    Markup,
    Meta,
    Unparseable,
    is_hidden,
    read,
    sections_of,
)
from pipeline.model import Exchange

URL = "https://a.example/dir/page"


def page(
    html: str | bytes, content_type: str | None = "text/html; charset=utf-8"
) -> Markup:
    markup = outcome(html, content_type)
    assert isinstance(markup, Markup)
    return markup


def outcome(
    html: str | bytes, content_type: str | None = "text/html; charset=utf-8"
) -> Markup | Unparseable:
    body = html.encode() if isinstance(html, str) else html
    headers = (("Content-Type", content_type),) if content_type else ()
    return read(Exchange(url=URL, status=200, headers=headers, body=body))


def only_link(html: str) -> Link:
    (link,) = page(html).links
    return link


def test_title_language_and_metas_are_read() -> None:
    markup = page(
        "<html lang=de><head><title> A \n b </title><meta name=Robots content='noai'>"
        "<meta property='og:x' content=y><meta http-equiv=Refresh content=1>"
    )

    assert (markup.title, markup.language) == ("A b", "de")
    assert markup.metas == [
        Meta(name="robots", content="noai", html='<meta name="Robots" content="noai">'),
        Meta(name="og:x", content="y", html='<meta property="og:x" content="y">'),
        Meta(name="refresh", content="1", html='<meta http-equiv="Refresh" content="1">'),
    ]


def test_a_link_knows_its_words_and_the_sentence_around_it() -> None:
    link = only_link(
        "<footer><p>Text is <b>licensed</b> under <a rel='License nofollow'"
        " href='../by'>CC <i>BY</i></a>; more.</p></footer>"
    )

    assert link.href == "https://a.example/by"
    assert link.rel == {"license", "nofollow"}
    assert link.text == "CC BY"
    assert link.context == "Text is licensed under CC BY; more."
    assert link.context[link.offset :].startswith("CC BY")
    assert link.sections == ("footer",)
    assert not link.hidden


def test_a_context_ends_at_its_block_and_at_its_limit() -> None:
    link = only_link(f"<p>before</p><p>{'x' * 5000}<a href=y>z</a>{'w' * 5000}</p>")

    assert link.context == "x" * 300 + "z" + "w" * 300


def test_a_link_around_a_block_has_the_words_of_the_block() -> None:
    link = only_link("<p>lead</p><a href=x><h3>A title</h3></a>")

    assert (link.text, link.context) == ("A title", "A title")


def test_links_of_one_block_share_its_number() -> None:
    first, second, third = page(
        "<p><a href=1>a</a> or <a href=2>b</a></p><p><a href=3>c</a></p>"
    ).links

    assert first.block == second.block != third.block
    assert second.position - first.position == len("a or ")


def test_areas_head_links_and_forms_are_links() -> None:
    links = page(
        "<link rel=license href=/l><map><area href=/a></map><form action=/f>x</form>"
    ).links

    assert [(link.tag, link.href) for link in links] == [
        ("link", "https://a.example/l"),
        ("area", "https://a.example/a"),
        ("form", "https://a.example/f"),
    ]


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<div hidden>{}</div>", id="hidden attribute"),
        pytest.param("<div style='color:red; DISPLAY : none'>{}</div>", id="display none"),
        pytest.param("<body><noscript>{}</noscript>", id="noscript"),
        pytest.param("<p hidden><b>{}</b></p>", id="an ancestor"),
    ],
)
def test_what_is_hidden_is_marked_and_not_part_of_the_text(html: str) -> None:
    markup = page(html.format("<a href=x>secret</a>") + "<p>shown</p>")

    assert [link.hidden for link in markup.links] == [True]
    assert markup.text == "shown"


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<!-- <a href=x>y</a> -->", id="comment"),
        pytest.param("<template><a href=x>y</a></template>", id="template"),
        pytest.param("<script>'<a href=x>y</a>'</script>", id="script"),
        pytest.param("<textarea><a href=x>y</a></textarea>", id="textarea"),
    ],
)
def test_what_is_no_element_of_the_page_gives_no_link(html: str) -> None:
    assert page(html).links == ()


@pytest.mark.parametrize(
    ("html", "sections"),
    [
        pytest.param("<main><figure>{}</figure></main>", ("main", "figure"), id="tags"),
        pytest.param("<div class='site-footer'>{}</div>", ("footer",), id="class"),
        pytest.param("<ol id=commentList>{}</ol>", ("comments",), id="id"),
        pytest.param("<div role=contentinfo>{}</div>", ("footer",), id="role"),
        pytest.param("<aside>{}</aside>", ("sidebar",), id="an aside of the site"),
        pytest.param(
            "<article><aside>{}</aside></article>", ("article", "aside"), id="of the text"
        ),
        pytest.param("<div class='no-sidebar'>{}</div>", (), id="a negated class"),
        pytest.param(
            "<body class='comments-open has-footer'>{}", (), id="a class of the whole page"
        ),
        pytest.param("<article><article>{}", ("article",) * 2, id="a teaser"),
        pytest.param("<article>" * 9 + "{}", ("article",) * 2, id="a teaser of teasers"),
    ],
)
def test_sections_are_named_from_the_outside_in(
    html: str, sections: tuple[str, ...]
) -> None:
    assert only_link(html.format("<a href=x>y</a>")).sections == sections


@pytest.mark.parametrize(
    ("base", "href", "absolute"),
    [
        pytest.param("", "x", "https://a.example/dir/x", id="none"),
        pytest.param("<base href=/r/>", "x", "https://a.example/r/x", id="relative"),
        pytest.param("<base href=//b.example/>", "x", "https://b.example/x", id="host"),
        pytest.param(
            "<base href=/1/><base href=/2/>", "x", "https://a.example/1/x", id="the first"
        ),
        pytest.param("<base href='http://[x'>", "x", "https://a.example/dir/x", id="void"),
        pytest.param("", "\n //c.example/\ty ", "https://c.example/y", id="white space"),
    ],
)
def test_links_are_resolved_against_the_first_base(
    base: str, href: str, absolute: str
) -> None:
    assert only_link(f'{base}<a href="{href}">y</a>').href == absolute


def test_a_link_whose_target_is_no_url_is_left_out() -> None:
    assert page("<a href='http://[::1'>x</a>").links == ()


def test_images_scripts_and_comments_that_matter_are_kept() -> None:
    markup = page(
        "<a href=x><img src=b.png alt='CC BY'></a>"
        "<script type='application/rsl+xml'><rsl>&amp;</rsl></script>"
        "<script type=application/ld+json>{}</script><script>var x</script>"
        "<!-- http://creativecommons.org/licenses/by/4.0/ --><!-- other -->"
    )

    assert [(i.src, i.alt) for i in markup.images] == [
        ("https://a.example/dir/b.png", "CC BY")
    ]
    assert markup.links[0].badges == ("b.png", "CC BY")
    assert markup.rsl == ["<rsl>&amp;</rsl>"]
    assert [each.text for each in markup.data] == ["{}"]
    assert [each.text for each in markup.comments] == [
        "http://creativecommons.org/licenses/by/4.0/"
    ]


@pytest.mark.parametrize(
    "words",
    [
        "All rights reserved",
        "ALL RIGHTS RESERVED.",
        "Alle Rechte vorbehalten",
        "Tous droits réservés",
        "Todos los derechos reservados",
        "Todos os direitos reservados",
        "Tutti i diritti riservati",
        "Все права защищены",
        "版权所有",
    ],
)
def test_reserved_rights_are_seen_in_several_languages(words: str) -> None:
    markup = page(f"<footer>© A <b>2020</b> {words}</footer>")

    assert [each.text for each in markup.reserved] == [f"© A 2020 {words}"]


def test_reserved_rights_in_a_quotation_or_a_comment_are_not_the_page_s() -> None:
    markup = page(
        "<blockquote>All rights reserved</blockquote>"
        "<div class=comments>All rights reserved</div><p>Some rights reserved</p>"
    )

    assert markup.reserved == ()
    assert [notice.sections for notice in markup.notices] == [
        ("blockquote",),
        ("comments",),
        (),
    ]


def test_plain_text_gives_text_and_notices_only() -> None:
    markup = page("One.\n\n<a href=x>All rights reserved</a>", "text/plain")

    assert markup.text == "One.\n<a href=x>All rights reserved</a>"
    assert markup.links == ()
    assert [each.text for each in markup.reserved] == ["<a href=x>All rights reserved</a>"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"%PDF-1.7 <p>", "text/html", id="a document in disguise"),
        pytest.param(b"\x89PNG\r\n", None, id="an image"),
        pytest.param(b"<p>\x00\x01", "text/html", id="binary"),
        pytest.param(b' {"a": "<p>"}', "text/html", id="JSON in disguise"),
        pytest.param(b"{}", "application/json", id="JSON"),
        pytest.param(b"<svg></svg>", "image/svg+xml", id="a drawing"),
        pytest.param(b"no markup", None, id="no type and no markup"),
    ],
)
def test_what_is_not_html_is_not_read(body: bytes, content_type: str | None) -> None:
    assert outcome(body, content_type) == Unparseable(cause="not HTML")


def test_markup_without_a_type_is_read() -> None:
    assert page(b"\n<!doctype html><p>x", None).text == "x"


def test_a_body_over_the_limit_is_not_read() -> None:
    assert outcome(b"<p>" + b"x" * 8_388_608) == Unparseable(
        cause="larger than 8388608 bytes"
    )


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<p " + b"a=1 " * 500 + b">", id="at the limit"),
        pytest.param(b"<path d='" + b"M 1 1 " * 9000 + b"'>", id="one long value"),
        pytest.param(
            (b"<select>" + b"<option>x" * 50 + b"</select>") * 1000, id="many menus"
        ),
        pytest.param(b"<b>" * 14_141, id="nearly too many open tags"),
        pytest.param(b"<div>" * 5000, id="deep, and deeper than a call stack"),
        pytest.param(b"<p>x<li>y" * 20_000, id="end tags left out"),
    ],
)
def test_unusual_pages_are_read(body: bytes) -> None:
    assert isinstance(outcome(body), Markup)


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        pytest.param(
            b"<p " + b" ".join(b"a%d=1" % i for i in range(200_000)) + b">",
            "more than 500 attributes in one tag",
            id="attributes",
        ),
        pytest.param(
            b"<p " + b'a="><" ' * 501 + b">" + b" " * SMALL,
            "more than 500 attributes in one tag",
            id="attributes with tags inside",
        ),
        pytest.param(
            b"<p " + b"a= \n'>' " * 501 + b">" + b" " * SMALL,
            "more than 500 attributes in one tag",
            id="short attributes with what looks like the end of a tag",
        ),
        pytest.param(
            b"</p " + b"=" * 1001 + b">" + b" " * SMALL,
            "more than 500 attributes in one tag",
            id="an end tag of equals signs",
        ),
        pytest.param(
            b"x<y <p " + b"a " * 501 + b" " * SMALL,
            "more than 500 attributes in one tag",
            id="a tag inside of what looks like one, without an end",
        ),
        pytest.param(
            b"<select>" + b"<OPTION>x" * 14_200,
            "too many options in one menu",
            id="options",
        ),
        pytest.param(
            b"<select>" + (b"<script>'</select>'</script>" + b"<option>x" * 4000) * 4,
            "too many options in one menu",
            id="options with scripts that speak of a menu's end",
        ),
        pytest.param(b"<b>" * 14_143, "nested too deeply", id="just too many open tags"),
        pytest.param(b"<div>" * 200_000, "nested too deeply", id="nesting"),
        pytest.param(
            ("<div>" * 20_000).encode("utf-16"), "nested too deeply", id="nesting in UTF-16"
        ),
        pytest.param(b"<div></x>" * 200_000, "nested too deeply", id="stray end tags"),
        pytest.param(
            b"<div><!--</div>-->" * 100_000, "nested too deeply", id="commented end tags"
        ),
    ],
)
def test_pages_made_to_hurt_are_refused_quickly(body: bytes, cause: str) -> None:
    started = time.process_time()

    assert outcome(body) == Unparseable(cause=cause)

    assert time.process_time() - started < 2


@pytest.mark.parametrize("unit", [b"<!--", b"<a ", b'<a b="', b"<", b"</", b"<a href=x>y "])
def test_reading_takes_time_linear_in_the_body(unit: bytes) -> None:
    started = time.process_time()

    outcome(unit * 30_000)

    assert time.process_time() - started < 3


@pytest.mark.law
@given(st.binary(), st.sampled_from([None, "text/html", "text/plain", "x/y; charset=?"]))
def test_no_bytes_raise(body: bytes, content_type: str | None) -> None:
    assert isinstance(outcome(body, content_type), Markup | Unparseable)


_PIECES = st.sampled_from(
    """
    <a_href=x> </a> <p> </p> <div> </div> <b> <table> <td> <br> <img_src=y> <base> <q>
    <base_href=z> <a> <form> <footer_hidden> licensed <svg> </svg> <title> <!-- -->
    """.split()  # noqa: SIM905  (to be read)
)


@pytest.mark.law
@given(st.lists(_PIECES))
def test_every_link_s_words_stand_in_its_context(pieces: list[str]) -> None:
    markup = page("<p>" + " ".join(pieces).replace("_", " "))

    for link in markup.links:
        assert link.context[link.offset :].startswith(link.text)


_TAGS = st.sampled_from(
    """
    <footer> </footer> <nav> </nav> <aside> <article> </article> <main> </main> <p>
    <div_class=site-footer> <div_id=comments_hidden> </div> <span_style=display:none>
    </span> <div_about=x> <blockquote> </blockquote> <s> </s> <a_href=x> </a> text
    """.split()  # noqa: SIM905  (to be read)
)


@pytest.mark.law
@given(st.lists(_TAGS, max_size=30))
def test_an_element_s_sections_are_the_same_alone_as_in_the_whole_page(
    pieces: list[str],
) -> None:
    markup = page("".join(pieces).replace("_", " "))

    for link in markup.links:
        assert sections_of(link.node) == link.sections
        assert is_hidden(link.node) == link.hidden


@pytest.mark.law
@given(st.lists(_TAGS | st.sampled_from(["<br>", " ", "<img_alt=b>"]), max_size=30))
def test_every_word_that_is_shown_is_among_the_words(pieces: list[str]) -> None:
    markup = page("".join(pieces).replace("_", " "))

    assert set(markup.text.split()) <= set(markup.words.replace(EDGE, " ").split())


_REFERENCES = st.text("/.?#:;ab%&=@+ \u00e9-_~", max_size=9) | st.sampled_from(
    ["mailto:x@y", "javascript:void(0)", "data:image/png;base64,AA==", "//b.example/x"]
)
_BASES = st.sampled_from(
    """
    http://a.example/ https://a.example/x/y.html https://a.example/x//y/?q=1
    https://a.example:80/x/?#f http://a.example https://a.example/a/./b/../c;p?x#y
    http://a.example/;x https://a.example/? https://a.example/a/b#
    """.split()  # noqa: SIM905  (to be read)
)


@pytest.mark.law
@given(_BASES, _REFERENCES)
def test_references_are_joined_as_urljoin_does(base: str, reference: str) -> None:
    exchange = Exchange(
        url=base, status=200, headers=(("Content-Type", "text/html; charset=utf-8"),),
        body=f'<a href="{reference}">'.encode(),
    )  # fmt: skip
    markup = read(exchange)
    assert isinstance(markup, Markup)

    expected = joined(base, reference.strip(" "))
    assert [one.href for one in markup.targets] == ([] if expected is None else [expected])


def joined(base: str, reference: str) -> str | None:
    try:
        return urljoin(base, reference)
    except ValueError:
        return None
