from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.consent import tags
from pipeline.markup import Markup, read
from pipeline.model import Evidence, Exchange, Statement
from pipeline.vocab import Preference, Signal

URL = "https://site.example/p"
TRAINING = ("GPTBot", "CCBot", "Kangaroo Bot", "AI2Bot")
DISALLOWED, UNCLEAR, UNKNOWN = (
    Preference.DISALLOWED,
    Preference.UNCLEAR,
    Preference.UNKNOWN,
)
STRENGTH = [UNKNOWN, UNCLEAR, DISALLOWED]


def header(*values: str) -> tuple[Statement, ...]:
    fields = tuple(("X-Robots-Tag", value) for value in values)
    return tags.from_headers(
        Exchange(url=URL, status=200, headers=fields),
        token="ConsentBot",
        training_tokens=TRAINING,
    )


def meta(*elements: tuple[str, str]) -> tuple[Statement, ...]:
    written = "".join(
        f'<meta name="{escape(name)}" content="{escape(content)}">'
        for name, content in elements
    )
    # Far enough down that no character of it makes the page a binary file.
    body = f"<!DOCTYPE html>{' ' * 1024}<html><head>{written}</head></html>".encode()
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    markup = read(Exchange(url=URL, status=200, headers=headers, body=body))
    assert isinstance(markup, Markup)
    return tags.from_markup(
        markup,
        token="ConsentBot",
        training_tokens=TRAINING,
        exchange=Exchange(url=URL, status=200),
    )


def strictest(statements: tuple[Statement, ...]) -> Preference | None:
    said = [statement.preference for statement in statements]
    return max(said, key=STRENGTH.index, default=None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("noai", DISALLOWED, id="noai"),
        pytest.param("NoAI", DISALLOWED, id="upper case"),
        pytest.param("noml", DISALLOWED, id="noml"),
        pytest.param("no-ai", DISALLOWED, id="hyphen"),
        pytest.param("DisallowAITraining", DISALLOWED, id="draft-canel"),
        pytest.param("noindex, noai", DISALLOWED, id="after another rule"),
        pytest.param("noindex; noai", DISALLOWED, id="semicolon"),
        pytest.param("noindex noai", DISALLOWED, id="blank"),
        pytest.param("noai\u2028", DISALLOWED, id="odd octet after"),
        pytest.param("\ufeffnoai\xff", DISALLOWED, id="odd octets around"),
        pytest.param('"noai"', DISALLOWED, id="quoted"),
        pytest.param("noai: true", DISALLOWED, id="with a value"),
        pytest.param("noimageai", UNKNOWN, id="images only"),
        pytest.param("noarchive", UNCLEAR, id="no copy"),
        pytest.param("nocache", UNCLEAR, id="no cache"),
        pytest.param("noindex, nofollow", None, id="indexing is not training"),
        pytest.param("none", None, id="none is noindex and nofollow"),
        pytest.param("nosnippet, max-snippet: 0", None, id="snippets are not"),
        pytest.param("all", None, id="all"),
        pytest.param("noaim", None, id="another word"),
        pytest.param("", None, id="empty"),
        pytest.param("otherbot: noai", None, id="for another crawler"),
        pytest.param("otherbot: noindex, noai", None, id="prefix lasts to line's end"),
        pytest.param("consentbot: noai", DISALLOWED, id="for us"),
        pytest.param("ConsentBot/1.0: noai", DISALLOWED, id="for us, with a version"),
        pytest.param("scrapy: noai", DISALLOWED, id="for our software"),
        pytest.param("gptbot: noai", DISALLOWED, id="for a training crawler"),
        pytest.param("ai2bot: noindex", DISALLOWED, id="any rule for one of those"),
        pytest.param("kangaroo bot: none", DISALLOWED, id="a name with a blank"),
        pytest.param("gptbot: nosnippet", UNCLEAR, id="snippets of one"),
        pytest.param("gptbot: noimageai", UNKNOWN, id="images of one"),
        pytest.param("gptbot: all", None, id="nothing refused"),
        pytest.param("otherbot: none, gptbot: noindex", DISALLOWED, id="next prefix"),
        pytest.param("gptbot: all, otherbot: noindex", None, id="prefix ends"),
        pytest.param("noai, otherbot: all", DISALLOWED, id="rule before the prefix"),
        pytest.param("robots: noai", DISALLOWED, id="robots means all"),
        pytest.param(
            "unavailable_after: 25 Jun 2010 15:00:00 PST, noai",
            DISALLOWED,
            id="a date has colons",
        ),
        pytest.param(
            "unavailable_after: Fri, 25 Jun 2010 15:00:00 GMT, noai",
            DISALLOWED,
            id="and commas",
        ),
        pytest.param(
            "unavailable_after: Fri, Jun 25 2010 15:00:00, noai",
            DISALLOWED,
            id="whatever their order",
        ),
        pytest.param(
            "unavailable_after: 25 Jun 2010 15:00:00 PST", None, id="a date alone"
        ),
        pytest.param("max-image-preview: large, noai", DISALLOWED, id="a size"),
    ],
)
def test_an_x_robots_tag_is_read(value: str, expected: Preference | None) -> None:
    assert strictest(header(value)) is expected


def test_a_prefix_does_not_reach_the_next_line() -> None:
    assert strictest(header("otherbot: noindex", "noai")) is DISALLOWED


def test_a_header_statement_quotes_its_line() -> None:
    assert header("noindex, noai") == (
        Statement(
            signal=Signal.X_ROBOTS_TAG,
            preference=DISALLOWED,
            evidence=(
                Evidence(
                    source=URL,
                    locator="header X-Robots-Tag",
                    quote="noindex, noai",
                    clause="noai, noimageai: DeviantArt, 2022-11; noml: Mojeek (de facto)",
                    digest=Exchange(url=URL).digest,
                    status=200,
                    parser="tags/1",
                ),
            ),
            note="noai",
        ),
    )


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        pytest.param("robots", "noai, noimageai", DISALLOWED, id="robots"),
        pytest.param("ROBOTS", "NOAI", DISALLOWED, id="upper case"),
        pytest.param("robots", "noarchive", UNCLEAR, id="no copy"),
        pytest.param("robots", "noindex,nofollow", None, id="indexing"),
        pytest.param("robots", "none", None, id="none"),
        pytest.param("consentbot", "noai", DISALLOWED, id="us"),
        pytest.param("consentbot", "noindex", DISALLOWED, id="us, any rule"),
        pytest.param("Scrapy", "noindex", DISALLOWED, id="our software"),
        pytest.param("GPTBot", "noindex", DISALLOWED, id="training crawler"),
        pytest.param("CCBot", "nofollow", DISALLOWED, id="CCBot nofollow"),
        pytest.param("googlebot, ccbot", "none", DISALLOWED, id="several names"),
        pytest.param("googlebot", "noai", None, id="another crawler"),
        pytest.param("description", "noai", None, id="not a tag for robots"),
        pytest.param("tdm-reservation", "1", None, id="another reader's"),
        pytest.param("x-robots-tag", "gptbot: noindex", DISALLOWED, id="http-equiv"),
    ],
)
def test_a_meta_element_is_read(
    name: str, content: str, expected: Preference | None
) -> None:
    assert strictest(meta((name, content))) is expected


def test_a_meta_statement_names_its_element() -> None:
    (statement,) = meta(("description", "a"), ("robots", "index, noai"))

    assert statement.signal is Signal.META_ROBOTS
    assert statement.evidence[0].locator == "meta[name=robots]"
    assert statement.evidence[0].quote == '<meta name="robots" content="index, noai">'


TEXT = st.text(max_size=30) | st.lists(
    st.sampled_from(["noai", "gptbot", "otherbot", ":", ",", " ", "none", "12:00", "é"]),
    max_size=8,
).map("".join)


@pytest.mark.law
@given(st.lists(TEXT, max_size=4), TEXT)
def test_no_text_raises(values: list[str], name: str) -> None:
    header(*values)
    meta(*((name, value) for value in values))


@pytest.mark.law
@given(TEXT, st.lists(TEXT, max_size=3))
def test_nothing_after_it_silences_a_refusal(tail: str, others: list[str]) -> None:
    assert strictest(header(*others, f"noai, {tail}")) is DISALLOWED
    assert strictest(meta(*(("robots", text) for text in others), ("robots", "noai")))


@pytest.mark.law
@given(
    st.lists(TEXT, max_size=4).flatmap(lambda v: st.tuples(st.just(v), st.permutations(v)))
)
def test_the_order_of_field_lines_does_not_matter(
    lines: tuple[list[str], list[str]],
) -> None:
    one, other = lines

    assert strictest(header(*one)) is strictest(header(*other))
