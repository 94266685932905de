"""Main text: the words of a page, the same whenever and wherever it is read."""

import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.best_text import INLINE_LIMIT
from pipeline.extract import (
    DEPTH_LIMIT,
    PAGE_LIMIT,
    TAG_LIMIT,
    Extracted,
    language_tag,
    main_text,
    normalised,
    reader_version,
)
from pipeline.manifest import Extractor, Form, Reading
from pipeline.markup import Markup, read
from pipeline.model import Dropped, Exchange

ROOT = Path(__file__).resolve().parents[1]
URL = "https://essays.example/one"
WORDS = "A commons is not a place without rules, but one whose rules its users make."


EVERY = [Reading(extractor=x, form=f) for x in Extractor for f in Form]
NAMES = [f"{each.extractor} {each.form}" for each in EVERY]
FAST = Reading(extractor=Extractor.RESILIPARSE)


def extract(
    body: str, *, content_type: str = "text/html", options: Reading | None = None
) -> Extracted | Dropped:
    exchange = Exchange(
        url=URL,
        status=200,
        headers=(("Content-Type", f"{content_type}; charset=utf-8"),),
        body=body.encode(),
    )
    markup = read(exchange)
    assert isinstance(markup, Markup)
    return main_text(exchange, markup, options=options)


def page(inside: str, *, head: str = "", lang: str = "en") -> str:
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head>{head}</head><body><main>{inside}</main>'
        "</body></html>"
    )


def text_of(body: str, options: Reading | None = None) -> str:
    found = extract(body, options=options)
    assert isinstance(found, Extracted)
    return found.text


def test_boilerplate_is_left_out_and_the_words_stay() -> None:
    body = (
        "<html><body><nav><a href='/'>Home</a></nav><article><h1>Rules</h1>"
        f"<p>{WORDS}</p><p>{WORDS} Twice.</p></article>"
        "<div id='comments' class='comments'><p>First, says a reader.</p></div>"
        "<footer>All about us</footer></body></html>"
    )

    assert text_of(body) == f"Rules\n{WORDS}\n{WORDS} Twice."


def test_a_line_end_in_the_source_is_a_blank_and_a_quotation_stays_in_its_line() -> None:
    body = page(f"<p>{WORDS} It says\n<q>help\nyourself</q> on\nthe   sign.</p>")

    assert text_of(body) == f'{WORDS} It says "help yourself" on the sign.'


def test_preformatted_text_keeps_its_lines_and_its_indentation() -> None:
    body = page(f"<p>{WORDS}</p><pre>def rule():\n    return None\n</pre>")

    assert text_of(body) == f"{WORDS}\ndef rule():\n    return None"


def test_a_page_that_leaves_its_tags_out_loses_no_list() -> None:
    body = (
        "<!DOCTYPE html><html lang=en><title>Seeds</title><main><h1>Seeds</h1>"
        f"<p>{WORDS}<ol><li>Take ripe fruit from several plants.<li>Stir once a day until "
        "the seeds have sunk.</ol></main>"
    )

    assert text_of(body).splitlines()[-2:] == [
        "- Take ripe fruit from several plants.",
        "- Stir once a day until the seeds have sunk.",
    ]


COMMENTS = {
    "WordPress": '<div id="comments" class="comments-area"><ol class="comment-list">'
    '<li class="comment"><article class="comment-body">{}</article></li></ol></div>',
    "a section by its class": '<section class="post-comments">{}</section>',
    "one comment in the article": '<div class="comment"><div>{}</div></div>',
    "Disqus": '<div id="disqus_thread">{}</div>',
    "schema.org": '<div itemprop="comment" itemscope '
    'itemtype="https://schema.org/Comment">{}</div>',
    "a list": '<ul id="commentlist"><li>{}</li></ul>',
    "a form to answer": '<div id="respond">{}</div>',
    "a page that calls itself a forum": '<script type="application/ld+json">'
    '{{"@type": "DiscussionForumPosting"}}</script><div class="comments">{}</div>',
}


@pytest.mark.parametrize("options", EVERY, ids=NAMES)
@pytest.mark.parametrize("frame", COMMENTS.values(), ids=COMMENTS)
def test_readers_comments_are_left_out(frame: str, options: Reading) -> None:
    said = f"<p>First, says a reader of this page, and {WORDS.lower()}</p>" * 3
    body = page(
        f"<article><h1>Rules</h1>{f'<p>{WORDS}</p>' * 4}{frame.format(said)}</article>"
    )

    text = text_of(body, options)

    assert "says a reader" not in text
    assert WORDS in text


@pytest.mark.parametrize("form", Form)
def test_a_comment_in_code_and_a_page_that_may_be_commented_stay(form: Form) -> None:
    code = '<pre><span class="comment"># one rule</span>\nkeep()</pre>'
    body = (
        '<html><body class="comments-open"><div class="post no-comments"><main>'
        f"<h1>Rules</h1><p>{WORDS}</p>{code}<p>{WORDS}</p></main></div></body></html>"
    )

    assert "# one rule\nkeep()" in text_of(body, Reading(form=form))


def test_the_structure_is_kept_as_markdown_where_that_is_asked() -> None:
    body = page(
        f"<h1>Rules</h1><p>{WORDS}</p><h2>One</h2><ol><li>Take <b>ripe</b> fruit.</li>"
        f"<li>Stir.</li></ol><blockquote><p>{WORDS}</p></blockquote>"
        "<pre>def rule():\n\n\n    return None\n</pre>"
        "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>"
        f"<p>{WORDS}</p>"
    )

    found = extract(body, options=Reading(form=Form.MARKDOWN))

    assert isinstance(found, Extracted)
    assert found.text == (
        f"# Rules\n\n{WORDS}\n\n## One\n\n1. Take **ripe** fruit.\n2. Stir.\n\n"
        f"> {WORDS}\n\n"
        "```\ndef rule():\n\n\n    return None\n```\n\n"
        f"| A | B |\n| --- | --- |\n| 1 | 2 |\n\n{WORDS}"
    )
    assert found.changes.endswith(", structure written as Markdown")
    assert "#" not in found.words


def test_the_fast_extractor_gives_lines_and_the_plain_signs_of_lists() -> None:
    inside = f"<h1>Rules</h1><p>{WORDS}\n<q>So</q></p><ul><li>one</li><li>two</li></ul>"
    body = page(f"<div><div>{inside}<p>{WORDS}</p></div></div>")

    text = text_of(body, FAST)

    assert text == f'Rules\n\n{WORDS} "So"\n\n- one\n- two\n\n{WORDS}'


@pytest.mark.parametrize("options", EVERY, ids=NAMES)
def test_what_reads_a_text_is_named_with_its_version(options: Reading) -> None:
    name = reader_version(options)

    assert name.startswith(f"{options.extractor} ")
    assert f", {options.form}, after selectolax " in name
    assert name.endswith(" /2")
    assert len({reader_version(each) for each in EVERY}) == 4


CELL = "<tr><td rowspan=100 colspan=100>x</td></tr>"
TOO_MUCH = {
    "nesting": "<div>" * (DEPTH_LIMIT + 1) + WORDS,
    "tags": "<i>a</i>" * (TAG_LIMIT // 2 + 1),
    "links in one paragraph": "<p>" + "<a href=/x>word</a> " * (INLINE_LIMIT + 1),
    "cells that span": f"<table>{CELL * 1000}</table>",
    "rows beside a wide one": f"<table><tr>{'<td>x' * 100}{'<tr><td>x' * 20_000}</table>",
}


@pytest.mark.parametrize("inside", TOO_MUCH.values(), ids=TOO_MUCH)
def test_a_page_that_would_take_too_long_is_refused_by_a_count(inside: str) -> None:
    found = extract(page(f"<p>{WORDS}</p>{inside}"))

    assert isinstance(found, Dropped)
    assert found.reason == "text.page-too-large"
    assert found.detail


def test_one_page_four_times_among_others_gives_one_text() -> None:
    paragraphs = "".join(f"<p>{WORDS} And the same again and again.</p>" for _ in range(4))
    body = page(f"<h1>Rules</h1>{paragraphs}<p>{WORDS} {WORDS} {WORDS}</p>")
    others = [page(f"<p>{WORDS} {WORDS} {WORDS}</p><p>{n} {WORDS}</p>") for n in range(3)]

    texts = [(text_of(body), [text_of(other) for other in others])[0] for _ in range(4)]

    assert len(set(texts)) == 1


def test_another_process_in_another_order_gives_the_same_texts() -> None:
    pages = sorted((ROOT / "manifests" / "commons").rglob("*.html"))[:8]
    script = (
        "import sys, hashlib\n"
        "from pathlib import Path\n"
        "from pipeline.extract import main_text\n"
        "from pipeline.markup import read\n"
        "from pipeline.model import Exchange\n"
        "for name in sys.argv[1:]:\n"
        "    body = Path(name).read_bytes()\n"
        "    page = Exchange(url='https://a.example/', status=200, body=body)\n"
        "    found = main_text(page, read(page))\n"
        "    print(name, hashlib.sha256(repr(found).encode()).hexdigest())\n"
    )

    def run(names: list[str]) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", script, *names],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return sorted(done.stdout.splitlines())

    names = list(map(str, pages))
    assert run(names) == run(names[::-1])
    assert len(run(names)) == 8


def test_plain_text_is_its_own_text() -> None:
    found = extract(
        f"  {WORDS}  \r\n\r\n\r\n\r\nsecond\tline\x0c", content_type="text/plain"
    )

    assert found == Extracted(text=f"{WORDS}\n\nsecond\tline", language="und")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(page("<p>Too few.</p>"), "text.too-short", id="a few words"),
        pytest.param(page(""), "text.too-short", id="no words"),
        pytest.param(
            page("<p>" + "— … 。 " * 40 + "</p>"), "text.too-short", id="signs, no letters"
        ),
        pytest.param(
            page(f"<p>{WORDS}</p>" + " " * PAGE_LIMIT),
            "text.page-too-large",
            id="more than is read",
        ),
    ],
)
def test_a_page_without_text_is_dropped_with_its_reason(body: str, reason: str) -> None:
    found = extract(body)

    assert isinstance(found, Dropped)
    assert (found.url, found.reason) == (URL, reason)


def test_a_short_text_in_a_script_without_blanks_is_a_text() -> None:
    body = page("<p>" + "公有地は規則のない場所ではない。" * 3 + "</p>", lang="ja")

    assert isinstance(extract(body), Extracted)


@pytest.mark.parametrize(
    ("stated", "tag"),
    [
        pytest.param("en", "en", id="a language"),
        pytest.param("EN-gb", "en-GB", id="case"),
        pytest.param("zh-hant-tw", "zh-Hant-TW", id="a script"),
        pytest.param(" mi ", "mi", id="blanks around"),
        pytest.param("de-CH-1996", "de-CH-1996", id="a variant"),
        pytest.param("de-u-co-phonebk", "de", id="an extension is left out"),
        pytest.param("en-x-twain", "en", id="private use is left out"),
        pytest.param("", "und", id="nothing"),
        pytest.param("English", "und", id="a name is no tag"),
        pytest.param("en_US", "und", id="an underscore is not BCP 47"),
        pytest.param("x-klingon", "und", id="private use alone"),
        pytest.param("e" * 100_000, "und", id="endless"),
    ],
)
def test_a_language_is_a_tag_or_not_determined(stated: str, tag: str) -> None:
    assert language_tag(stated) == tag


def test_deep_nesting_ends_in_an_answer() -> None:
    found = extract("<div>" * 8000 + WORDS + "</div>" * 8000)

    assert isinstance(found, (Extracted, Dropped))


@pytest.mark.law
@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalised(text)

    assert normalised(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\r" not in once
    assert all(line == line.rstrip() for line in once.split("\n"))
    once.encode()


TAGS = (
    "<p>", "</p>", "<q>", "<pre>", "<table>", "<td>", "<b>", "<div class=comments>", "<ol>",
    "<script>", "<!--", "-->", "<svg>", "<li>", "<article>", "</article>", "<main>", "<br>",
    "&#0;", "&nbsp;", "<html>", "<body>", "<title>",
)  # fmt: skip
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
PIECES = st.sampled_from(TAGS) | st.text(alphabet=CHARACTERS)


@pytest.mark.law
@given(st.lists(PIECES, max_size=20))
def test_no_page_raises_and_every_text_is_normal(pieces: list[str]) -> None:
    found = extract(f"<html>{''.join(pieces)}{WORDS}")

    assert isinstance(found, Dropped) or found.text == normalised(found.text)
