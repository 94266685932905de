"""ATTRIBUTION.md: every title is shown as it is, and none does anything."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ledger.rows import DocumentRow
from pipeline.publish.attribution import escaped, link, render

DOCUMENT = DocumentRow(
    release="sha256:0",
    id="sha256:1",
    url="https://essays.example/one",
    title="One",
    author=None,
    text="Words.",
    language="en",
    license="CC-BY-4.0",
    attribution="",
    capture_digest="sha256:2",
    decisions=[],
)


def test_each_document_has_its_title_author_source_and_license() -> None:
    lines = "".join(render([DOCUMENT, DOCUMENT._replace(title="", author="Ada Ash")]))

    source = "[https\\://essays.example/one](<https://essays.example/one>)"
    license_ = "[CC-BY-4.0](<https://creativecommons.org/licenses/by/4.0/>)"
    assert lines.splitlines()[-2:] == [
        f"| One | *not named* | {source} | {license_} |",
        f"| *without a title* | Ada Ash | {source} | {license_} |",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a | b", "a \\| b", id="a pipe stays in its cell"),
        pytest.param("[x](http://y)", "\\[x\\](http\\://y)", id="a link is its own words"),
        pytest.param(
            "`code` **b** _i_ ~s~", "\\`code\\` \\*\\*b\\*\\* \\_i\\_ \\~s\\~", id="marks"
        ),
        pytest.param("<img src=x>", "\\<img src=x\\>", id="HTML"),
        pytest.param("&lt;", "\\&lt;", id="an entity is not resolved"),
        pytest.param("one\n\n# two\r\nthree", "one \\# two three", id="it is one line"),
        pytest.param("back\\", "back\\\\", id="a backslash escapes nothing"),
        pytest.param("abc\u202edcba", "abcdcba", id="it does not turn around"),
        pytest.param("a\u2066b\u200bc\ufeffd", "abcd", id="nothing is unseen"),
        pytest.param("a\x00b\x1bc", "abc", id="no controls"),
        pytest.param("www.evil.example", "www\\.evil.example", id="no link by itself"),
        pytest.param("me@evil.example", "me\\@evil.example", id="nor a mail address"),
        pytest.param(
            "Große Wörter 漢字 1.0", "Große Wörter 漢字 1.0", id="plain words stay"
        ),
    ],
)
def test_markdown_in_a_title_is_shown_and_not_done(text: str, shown: str) -> None:
    assert escaped(text) == shown


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("javascript:alert(1)", id="a script"),
        pytest.param("data:text/html,x", id="data"),
        pytest.param("https://a.example/>x", id="the end of the destination"),
        pytest.param("https://a.example/\n", id="a line end"),
        pytest.param("https://a.example/ https://b.example/", id="two at once"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_address_of_the_web_is_not_linked(address: str) -> None:
    assert link("text", address) == "text"


@pytest.mark.law
@given(st.text())
def test_no_title_leaves_its_cell(title: str) -> None:
    [*_, row] = render([DOCUMENT._replace(title=title, author=title)])

    assert row.endswith(" |\n")
    assert row.count("\n") == 1
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 5
    assert len(row.splitlines()) == 1
