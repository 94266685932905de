"""Markdown: the words of a tree come back from it, and its structure with them."""

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import fragment_fromstring
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.markdown import render, unmarked

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def markdown_of(inside: str) -> str:
    return render(fragment_fromstring(f"<body>{inside}</body>", create_parent="div"))


def words_of(text: str) -> list[str]:
    """Return the words that another reader of Markdown shows for a text."""
    return " ".join(_shown(READER.parse(text))).split()


def _shown(tokens: list[Token]) -> list[str]:
    shown: list[str] = []
    for token in tokens:
        if token.children is not None:
            shown.append("".join(_piece(child) for child in token.children))
        elif token.type in {"fence", "code_block", "html_block"}:
            shown.append(token.content)
    return shown


def _piece(token: Token) -> str:
    return " " if token.type in {"softbreak", "hardbreak"} else token.content


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        pytest.param("<h2>Rules</h2><p>One.</p>", "## Rules\n\nOne.", id="a heading"),
        pytest.param("<h1>Learning C #</h1>", "# Learning C \\#", id="a sign that closes"),
        pytest.param("<p>a<br>b</p>", "a\nb", id="a line break"),
        pytest.param(
            "<p>so <b>bold</b> and <i>thin</i></p>", "so **bold** and *thin*", id="emphasis"
        ),
        pytest.param(
            "<p>so <b> bold </b>it is</p>", "so **bold** it is", id="blanks inside"
        ),
        pytest.param("<p>so<b>(old)</b>it</p>", "so(old)it", id="no mark would be read"),
        pytest.param("<p>a <code>b`c</code></p>", "a ``b`c``", id="code with a backtick"),
        pytest.param(
            "<pre>def f():\n\n\n    return 1\n</pre>",
            "```\ndef f():\n\n\n    return 1\n```",
            id="a block of code with its lines",
        ),
        pytest.param(
            "<pre>```\nx\n```</pre>", "````\n```\nx\n```\n````", id="a fence in it"
        ),
        pytest.param(
            "<blockquote><p>One.</p><p>Two.</p></blockquote>",
            "> One.\n>\n> Two.",
            id="a quotation",
        ),
        pytest.param(
            "<ul><li>one<ul><li>deep</li></ul></li><li>two</li></ul>",
            "- one\n  - deep\n- two",
            id="a list in a list",
        ),
        pytest.param(
            "<ol><li><p>one</p><p>more</p></li><li>two</li></ol>",
            "1. one\n\n   more\n\n2. two",
            id="a numbered list with paragraphs",
        ),
        pytest.param(
            "<table><tr><th>A</th><th>B</th></tr><tr><td>1|2</td><td>x</td></tr></table>",
            "| A | B |\n| --- | --- |\n| 1\\|2 | x |",
            id="a table",
        ),
        pytest.param(
            "<table><tr><td>1</td><td>2</td></tr></table>",
            "|  |  |\n| --- | --- |\n| 1 | 2 |",
            id="a table without a head gets an empty one",
        ),
        pytest.param(
            "<table><tr><td><img></td><td>Tip</td></tr><tr><td></td><td>Do.</td></tr></table>",
            "Tip\n\nDo.",
            id="a table for its layout is its words",
        ),
        pytest.param(
            "<p># not a heading</p>", "\\# not a heading", id="a sign of a heading"
        ),
        pytest.param("<p>1. not a list</p>", "1\\. not a list", id="a number and a stop"),
        pytest.param(
            "<p>2 * 3, snake_case</p>", "2 * 3, snake_case", id="signs that are none"
        ),
        pytest.param(
            "<p>&lt;b&gt; *a*</p>", "\\<b> \\*a\\*", id="signs that would be some"
        ),
        pytest.param(
            "<p>see <a href='/x'>there</a></p>", "see there", id="a link is its words"
        ),
    ],
)
def test_structure_is_written_as_markdown(inside: str, text: str) -> None:
    assert markdown_of(inside) == text


def test_the_words_are_had_back_without_the_marks() -> None:
    text = markdown_of(
        "<h2>Rules</h2><p>so <b>bold</b> is <code>it</code></p><ol><li>one</li></ol>"
        "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>"
    )

    found = " ".join(unmarked(text).split())

    assert found == "Rules so bold is it one A | B 1 | 2"


SIGNS = "*_`~[]()<>#+-=!|&;:.\\1 ax\n\"'"
TEXT = st.text(alphabet=SIGNS, max_size=12)


def element(tag: str) -> st.SearchStrategy[str]:
    return TEXT.map(lambda text: f"<{tag}>{escape(text)}</{tag}>")


INLINE = st.one_of(TEXT.map(escape), *map(element, ("b", "i", "del", "code", "span")))
LINE = st.lists(INLINE, max_size=4).map("".join)


def around(tag: str, inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return inside.map(lambda html: f"<{tag}>{html}</{tag}>")


BLOCK = st.recursive(
    st.one_of(around("p", LINE), around("h2", LINE), element("pre")),
    lambda inner: st.one_of(
        around("blockquote", st.lists(inner, max_size=3).map("".join)),
        around("ul", st.lists(around("li", inner), max_size=3).map("".join)),
        around("ol", st.lists(around("li", LINE), max_size=3).map("".join)),
    ),
    max_leaves=5,
)


@pytest.mark.law
@given(st.lists(BLOCK, max_size=4).map("".join))
def test_another_reader_of_markdown_finds_the_same_words(inside: str) -> None:
    root = fragment_fromstring(f"<body>{inside}</body>", create_parent="div")
    said = "".join(root.itertext())

    found = words_of(render(root))

    assert "".join(found) == "".join(said.split())
