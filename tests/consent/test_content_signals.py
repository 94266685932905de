import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.consent import content_signals
from pipeline.model import Evidence, Exchange, Line, Statement
from pipeline.vocab import Category, Preference, Signal

ROBOTS = Evidence(source="https://site.example/robots.txt", locator="file", status=200)
ALLOWED, DISALLOWED = Preference.ALLOWED, Preference.DISALLOWED
UNKNOWN, UNCLEAR = Preference.UNKNOWN, Preference.UNCLEAR
STRENGTH = [UNKNOWN, ALLOWED, UNCLEAR, DISALLOWED]


def lines(*values: str) -> list[Line]:
    return [
        Line(
            number=number,
            key="content-signal",
            value=value,
            text=f"Content-Signal: {value}",
        )
        for number, value in enumerate(values, start=2)
    ]


def own(*values: str) -> tuple[Statement, ...]:
    return content_signals.from_robots(lines(*values), (), robots=ROBOTS)


def elsewhere(*values: str) -> tuple[Statement, ...]:
    return content_signals.from_robots((), lines(*values), robots=ROBOTS)


def header(*values: str) -> tuple[Statement, ...]:
    fields = tuple(("content-signal", value) for value in values)
    exchange = Exchange(url="https://site.example/p", status=200, headers=fields)
    return content_signals.from_header(exchange)


def training(statements: tuple[Statement, ...]) -> Preference | None:
    said = [s.preference for s in statements if s.category is Category.TRAIN_AI]
    return max(said, key=STRENGTH.index, default=None)


def test_a_statement_carries_the_line_it_was_read_in() -> None:
    assert own("ai-train=no") == (
        Statement(
            signal=Signal.CONTENT_SIGNAL_ROBOTS,
            preference=DISALLOWED,
            evidence=(
                Evidence(
                    source="https://site.example/robots.txt",
                    locator="line 2",
                    line=2,
                    quote="Content-Signal: ai-train=no",
                    clause="contentsignals.org policy text of 2025-09-24",
                    status=200,
                    parser="content-signals/1",
                ),
            ),
        ),
    )


def test_each_key_speaks_of_its_own_category() -> None:
    said = own("search=yes, ai-input=no, ai-train=yes")

    assert [(s.category, s.preference) for s in said] == [
        (Category.SEARCH, ALLOWED),
        (Category.AI_USE, DISALLOWED),
        (Category.TRAIN_AI, ALLOWED),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("ai-train=yes", ALLOWED, id="yes"),
        pytest.param("ai-train=no", DISALLOWED, id="no"),
        pytest.param("search=yes", None, id="search=yes never means training"),
        pytest.param("ai-input=no", None, id="ai-input is another use"),
        pytest.param("search=maybe", None, id="nor is a malformed search"),
        pytest.param("", None, id="nothing said"),
        pytest.param("future=yes", None, id="unknown key"),
        pytest.param("AI-Train=NO", DISALLOWED, id="without regard to case"),
        pytest.param("ai-train = no", DISALLOWED, id="blanks around ="),
        pytest.param("search=yes;ai-train=no", DISALLOWED, id="semicolon"),
        pytest.param("search=yes ai-train=no", DISALLOWED, id="blank between pairs"),
        pytest.param('ai-train="no"', DISALLOWED, id="quoted"),
        pytest.param("ai_train=no", DISALLOWED, id="underscore"),
        pytest.param("ai-train=no\u2028", DISALLOWED, id="odd line separator"),
        pytest.param("/blog/ ai-train=no", DISALLOWED, id="path in front"),
        pytest.param("ai-train=yes,ai-train=no", DISALLOWED, id="no beats yes"),
        pytest.param("ai-train=false", UNCLEAR, id="neither yes nor no"),
        pytest.param("ai-train=n", UNCLEAR, id="the IETF's value"),
        pytest.param("ai-train=", UNCLEAR, id="no value"),
        pytest.param("ai-train", UNCLEAR, id="no answer"),
        pytest.param("ai-train: no", UNCLEAR, id="colon for ="),
        pytest.param("no", UNCLEAR, id="no pair at all"),
        pytest.param("search=yes, no training", UNCLEAR, id="prose"),
        pytest.param("training=no", UNCLEAR, id="a key that no signal has"),
        pytest.param("ai\u2011train=no", UNCLEAR, id="a hyphen that is none"),
        pytest.param("train-ai=n", DISALLOWED, id="IETF spelling"),
        pytest.param("train-ai=no", DISALLOWED, id="IETF label, own value"),
        pytest.param("tdm=n", DISALLOWED, id="old IETF label"),
        pytest.param("train-ai=false", UNCLEAR, id="IETF label, a third value"),
        pytest.param("train-ai=y", None, id="IETF permission is none here"),
        pytest.param("use=reference", DISALLOWED, id="reference keeps an excerpt"),
        pytest.param("use=immediate", DISALLOWED, id="immediate keeps nothing"),
        pytest.param("use=full", UNKNOWN, id="full does not speak of training"),
        pytest.param("use=other", UNCLEAR, id="undefined use"),
        pytest.param(
            "search=yes,ai-train=no,use=reference", DISALLOWED, id="managed default"
        ),
        pytest.param("ai-train=yes,use=full", ALLOWED, id="full leaves a yes alone"),
        pytest.param("ai-train=yes,use=reference", DISALLOWED, id="use is a ceiling"),
    ],
)
def test_a_signal_is_read(value: str, expected: Preference | None) -> None:
    assert training(own(value)) is expected


def test_conflicting_lines_are_both_heard() -> None:
    assert training(own("ai-train=yes", "ai-train=no")) is DISALLOWED
    assert training(own("ai-train=no", "ai-train=yes")) is DISALLOWED


def test_outside_our_group_only_what_is_no_yes_is_heard() -> None:
    assert elsewhere("search=yes, ai-train=yes", "use=full") == ()
    assert training(elsewhere("search=yes, ai-train=no")) is DISALLOWED
    assert training(elsewhere("ai-train=false")) is UNCLEAR
    assert elsewhere("ai-train=no")[0].note == "not in the group that addresses us"


def test_a_header_never_permits() -> None:
    said = header("ai-train=yes, search=yes, ai-input=yes")

    assert {s.preference for s in said} == {UNKNOWN}
    assert {s.note for s in said} == {
        "a provider sends yes by default: not the owner's voice"
    }


def test_a_header_refuses() -> None:
    (statement,) = header("ai-train=no")

    assert statement.preference is DISALLOWED
    assert statement.signal is Signal.CONTENT_SIGNAL_HEADER
    assert statement.evidence[0].locator == "header Content-Signal"
    assert statement.evidence[0].quote == "ai-train=no"
    assert training(header("ai-train=yes", "ai-train=no")) is DISALLOWED


VALUES = st.text(max_size=40) | st.lists(
    st.sampled_from(
        ["ai-train", "train-ai", "search", "use", "=", "yes", "no", ",", " ", "/a", "é"]
    ),
    max_size=8,
).map("".join)


@pytest.mark.law
@given(st.lists(VALUES, max_size=3), st.lists(VALUES, max_size=3))
def test_no_text_raises(here: list[str], there: list[str]) -> None:
    content_signals.from_robots(lines(*here), lines(*there), robots=ROBOTS)
    header(*here)


@pytest.mark.law
@given(VALUES, VALUES)
def test_nothing_around_it_silences_a_refusal(before: str, after: str) -> None:
    value = f"{before}, ai-train=no, {after}"

    assert training(own(value)) is DISALLOWED
    assert training(own(after, value, before)) is DISALLOWED
    assert training(header(before, value)) is DISALLOWED


@pytest.mark.law
@given(VALUES)
def test_elsewhere_and_headers_never_permit(value: str) -> None:
    assert ALLOWED not in {s.preference for s in (*elsewhere(value), *header(value))}
