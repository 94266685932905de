"""A work: its title, its notices and its date, in the page's words and from its own."""

import pytest

from pipeline.credit.sentence import credit
from pipeline.model import Author, Work
from tests.credit.test_authors import BY, URL, ld, work_of

BY_LINK = "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    ("head", "body", "title", "locator"),
    [
        pytest.param(
            "<title>One - My site</title>", "", "One - My site", "title", id="the element"
        ),
        pytest.param(
            '<title>One - My site</title><meta property="og:title" content="One">',
            "",
            "One",
            "meta[name=og:title]",
            id="a title without the site's name",
        ),
        pytest.param(
            '<meta property="og:title" content="Shared">'
            + ld({"@type": "Article", "headline": "One"}),
            "",
            "One",
            "script[type=application/ld+json] headline",
            id="a headline",
        ),
        pytest.param(
            ld({"@type": "Article", "name": "One", "headline": "an essay by someone"}),
            "",
            "One",
            "script[type=application/ld+json] name",
            id="the name of an article before its headline",
        ),
        pytest.param(
            "<title>One</title>" + ld({"@type": "WebPage", "name": "One - My site"}),
            "",
            "One",
            "title",
            id="the name of a page is its window's",
        ),
        pytest.param(
            '<meta name="citation_title" content="One">'
            '<meta property="og:title" content="Shared">',
            "",
            "One",
            "meta[name=citation_title]",
            id="what libraries read",
        ),
        pytest.param(
            '<meta name="citation_title" content="Two">',
            '<p><span property="dct:title">One</span> is licensed</p>',
            "One",
            "span[property=dct:title]",
            id="the licensor's own",
        ),
        pytest.param(
            "<title>One</title>",
            '<figure><i property="dct:title">The moor</i></figure>'
            '<p about="/moor.jpg"><i property="dct:title">The moor</i></p>',
            "One",
            "title",
            id="not that of a picture",
        ),
        pytest.param(
            "<title>One</title>",
            '<i property="title">Editor</i><i itemprop="title">Editor</i>',
            "One",
            "title",
            id="not that of an office",
        ),
        pytest.param("<title> — </title>", "", "", None, id="a dash is none"),
        pytest.param(
            "<title>" + "x" * 9999 + "</title>", "", "x" * 299 + "…", "title", id="endless"
        ),
        pytest.param(
            "<title>\u202eeno\u202c\x1b[1m</title>", "", "eno[1m", "title", id="hostile"
        ),
    ],
)
def test_a_title_is_the_works_before_the_windows(
    head: str, body: str, *, title: str, locator: str | None
) -> None:
    found = work_of(body, head=head)

    assert (found.title, found.title_locator) == (title, locator)


@pytest.mark.parametrize(
    ("body", "notice"),
    [
        pytest.param("<footer>© 2020 J. Roe</footer>", "© 2020 J. Roe", id="the sign"),
        pytest.param(
            "<p>Copyright (c) 2020, J. Roe.</p>", "Copyright (c) 2020, J. Roe.", id="a word"
        ),
        pytest.param(
            "<p>Copyright MMIX–MMXI J. Roe</p>", "Copyright MMIX–MMXI J. Roe", id="numerals"
        ),
        pytest.param(
            "<footer>© J. Roe</footer>", "© J. Roe", id="no year, in its own line"
        ),
        pytest.param(
            "<footer>Made by hand.<br>© 2020 J. Roe<br>Thanks.</footer>",
            "© 2020 J. Roe",
            id="its line alone",
        ),
        pytest.param(
            "<p>In 1998 it said © 1998 A. Other.</p><footer>© 2020 J. Roe</footer>",
            "© 2020 J. Roe",
            id="the footer's before the text's",
        ),
        pytest.param(
            '<footer>© <a href="/roe">J. Roe</a> · <a href="/">Contents</a> | '
            '<a href="/x">X</a></footer>',
            "© J. Roe",
            id="without the links that follow",
        ),
        pytest.param("<blockquote>© 2020 J. Roe</blockquote>", None, id="a quotation"),
        pytest.param(
            "<figure><figcaption>© 2020 J. Roe</figcaption></figure>", None, id="a caption"
        ),
        pytest.param(
            '<ol class="comments"><li>© 2020 J. Roe</li></ol>', None, id="a comment"
        ),
        pytest.param("<pre>Copyright (c) 2020 J. Roe</pre>", None, id="a sample"),
        pytest.param("<p>Copyright is a right of authors.</p>", None, id="the word alone"),
        pytest.param(
            "<p>The sign © stands before a name.</p>", None, id="the sign in a text"
        ),
        pytest.param("<p hidden>© 2020 J. Roe</p>", None, id="hidden"),
        pytest.param(f"<p>© 2020 {'x' * 999}</p>", f"© 2020 {'x' * 292}…", id="endless"),
    ],
)
def test_a_notice_of_copyright_is_the_pages_own(body: str, notice: str | None) -> None:
    assert work_of(body).notice == notice


def test_metadata_hold_a_notice_where_the_page_shows_none() -> None:
    meta = '<meta name="copyright" content="2020 J. Roe">'

    assert work_of("", head=meta).notice == "2020 J. Roe"
    assert work_of("<p>© 2021 J. Roe</p>", head=meta).notice == "© 2021 J. Roe"


def test_the_notice_of_the_license_is_what_stands_around_its_link() -> None:
    notice = f'Shared by me under <a href="{BY_LINK}">CC BY</a>, gladly.'
    other = f'Photo: <a href="{BY_LINK.replace("by", "by-sa")}">CC BY-SA</a>'

    found = work_of(f"<p>{other}</p><footer><p>{notice}</p></footer>")

    assert found.license_notice == "Shared by me under CC BY, gladly."


def test_a_disclaimer_is_a_link_of_the_footer() -> None:
    link = '<a href="/disclaimer">Disclaimer</a>'

    found = [
        work_of(body).disclaimer for body in (f"<p>{link}</p>", f"<footer>{link}</footer>")
    ]

    assert found == [None, "https://essays.example/disclaimer"]


@pytest.mark.parametrize(
    ("head", "date"),
    [
        pytest.param(
            '<meta property="article:published_time" content="2020-03-04T10:00Z">',
            "2020-03-04",
            id="a moment",
        ),
        pytest.param(
            '<meta name="citation_publication_date" content="2020/03">',
            "2020-03",
            id="a month",
        ),
        pytest.param(
            ld({"@type": "Article", "datePublished": "2020"}), "2020", id="a year"
        ),
        pytest.param('<meta name="date" content="March 4, 2020">', None, id="prose"),
        pytest.param('<meta name="date" content="20200304">', None, id="not told apart"),
        pytest.param(
            ld({"@type": "Comment", "datePublished": "2020"}), None, id="a comment's"
        ),
    ],
)
def test_a_date_is_what_the_page_states_as_far_as_it_is_one(
    head: str, date: str | None
) -> None:
    assert work_of("", head=head).published == date


def test_a_time_in_the_text_is_the_date_where_it_says_so() -> None:
    times = '<time datetime="1999-01-01">then</time>'
    entry = '<time class="dt-published" datetime="2020-03-04T05:06">March</time>'

    found = work_of(f'<div class="h-entry">{times}{entry}</div>')

    assert found.published == "2020-03-04"


def test_a_page_that_states_nothing_gives_an_empty_work() -> None:
    assert work_of("<p>Words.</p>") == Work()


def test_plain_text_states_nothing_but_its_notice() -> None:
    assert work_of("© 2020 J. Roe") == Work(notice="© 2020 J. Roe")


def test_a_credit_says_all_that_is_asked_for() -> None:
    authors = (Author(name="Ada Ash", url="https://ada.example/"), Author(name="Bo Elm"))
    work = Work(title="One", authors=authors, notice="© 2020 A. Ash.")

    assert credit(work, url=URL, license_=BY) == (
        "“One” by Ada Ash <https://ada.example/>; Bo Elm. Notice: © 2020 A. Ash. Source: "
        "https://essays.example/one. License: Creative Commons Attribution 4.0 "
        "International (CC-BY-4.0), https://creativecommons.org/licenses/by/4.0/. Changes: "
        "boilerplate removed, white space and Unicode normalised."
    )


def test_a_credit_says_what_is_not_stated() -> None:
    assert credit(Work(), url=URL, license_=BY).startswith(
        "A page without a title (author not named on the page). Source: "
    )
