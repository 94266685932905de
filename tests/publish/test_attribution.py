"""ATTRIBUTION.md: every title is shown as it is, and none does anything."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract import CHANGES
from pipeline.ledger.rows import CreditRow
from pipeline.publish.attribution import escaped, link, render

CREDIT = CreditRow(
    license="CC-BY-4.0",
    license_url="https://creativecommons.org/licenses/by/4.0/",
    url="https://essays.example/one",
    captured_at="2026-11-21T12:00:00Z",
    title="One",
    title_locator="title",
    authors=[],
    author_locator=None,
    notice=None,
    license_notice=None,
    disclaimer=None,
    published=None,
    changes=CHANGES,
    attribution="",
    id="sha256:1",
)
SOURCE = "[https\\://essays.example/one](<https://essays.example/one>)"


def rows_of(*credits_: CreditRow) -> list[str]:
    return [line for line in "".join(render(credits_)).splitlines() if SOURCE in line]


def test_a_row_names_title_authors_source_time_and_notices() -> None:
    full = CREDIT._replace(
        authors=[
            {"name": "Ada Ash", "url": "https://ada.example/"},
            {"name": "Bo Elm", "url": "javascript:alert(1)"},
        ],
        notice="© 2020 A. Ash",
        disclaimer="https://essays.example/disclaimer",
    )

    assert rows_of(full) == [
        (
            f"| One | [Ada Ash](<https://ada.example/>); Bo Elm | {SOURCE} "
            "| 2026-11-21T12:00:00Z "
            "| © 2020 A. Ash; [disclaimer](<https://essays.example/disclaimer>) |"
        )
    ]


def test_a_row_names_changes_that_the_others_do_not_have() -> None:
    [row] = rows_of(CREDIT._replace(changes="Shortened."))

    assert row.endswith("| Changes\\: Shortened. |")


def test_what_a_page_does_not_state_is_marked_as_absent() -> None:
    bare = CREDIT._replace(title="", captured_at=None)

    assert rows_of(bare) == [
        f"| *without a title* | *not named* | {SOURCE} | *not known* | *none found* |"
    ]


def test_documents_stand_under_their_license_with_its_address_and_what_it_asks() -> None:
    either = CREDIT._replace(license="CC-BY-SA-4.0 OR LicenseRef-House")

    text = "".join(render([CREDIT, CREDIT, either]))

    first, second = text.split("\n## ")[1:]
    by = "https://creativecommons.org/licenses/by/4.0/"
    assert first.startswith("Creative Commons Attribution 4.0 International\n")
    assert (
        f"- `CC-BY-4.0`: [https\\://creativecommons.org/licenses/by/4.0/](<{by}>)" in first
    )
    assert "- It asks for: name the author, the title and the source; say what" in first
    assert (first.count(SOURCE), second.count(SOURCE)) == (2, 1)
    assert "- `LicenseRef-House`: where it can be read is not known\n" in second


def test_a_name_is_passed_on_whole_however_long() -> None:
    name = "Ada " * 70 + "Ash"

    assert name in rows_of(CREDIT._replace(authors=[{"name": name, "url": None}]))[0]


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
def test_no_words_leave_their_cell(words: str) -> None:
    authors: list[dict[str, str | None]] = [{"name": words, "url": words}]
    credit = CREDIT._replace(title=words, authors=authors, notice=words, disclaimer=words)

    [*_, row] = render([credit])

    assert row.endswith(" |\n")
    assert row.count("\n") == 1
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 6
    assert len(row.splitlines()) == 1
