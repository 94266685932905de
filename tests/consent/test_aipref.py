import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.consent import aipref
from pipeline.model import Evidence, Exchange, Line, Statement, quote_of
from pipeline.vocab import Category, Preference, Signal

ROBOTS = Evidence(source="https://site.example/robots.txt", locator="file", status=200)
ALLOWED, DISALLOWED = Preference.ALLOWED, Preference.DISALLOWED
UNKNOWN, UNCLEAR = Preference.UNKNOWN, Preference.UNCLEAR
STRENGTH = [UNKNOWN, ALLOWED, UNCLEAR, DISALLOWED]


def lines(*values: str) -> list[Line]:
    return [
        Line(
            number=number,
            key="content-usage",
            value=value,
            text=f"Content-Usage: {value}",
        )
        for number, value in enumerate(values, start=2)
    ]


def robots(*values: str, path: str = "/p") -> tuple[Statement, ...]:
    url = f"https://site.example{path}"
    return aipref.from_robots(lines(*values), url=url, robots=ROBOTS)


def header(*values: str) -> tuple[Statement, ...]:
    fields = tuple(("Content-Usage", value) for value in values)
    exchange = Exchange(url="https://site.example/p", status=200, headers=fields)
    return aipref.from_header(exchange)


def training(statements: tuple[Statement, ...]) -> Preference | None:
    said = [s.preference for s in statements if s.category is Category.TRAIN_AI]
    return max(said, key=STRENGTH.index, default=None)


def test_a_statement_carries_the_line_it_was_read_in() -> None:
    (statement,) = robots("search=x", "train-ai=n", path="/p")[1:]

    assert statement == Statement(
        signal=Signal.CONTENT_USAGE_ROBOTS,
        preference=DISALLOWED,
        category=Category.TRAIN_AI,
        evidence=(
            Evidence(
                source="https://site.example/robots.txt",
                locator="line 3",
                line=3,
                quote="Content-Usage: train-ai=n",
                clause="draft-ietf-aipref-attach-05, Content-Usage Rule Semantics",
                status=200,
                parser="aipref/1",
            ),
        ),
    )


def test_each_category_is_heard_by_itself() -> None:
    said = robots("train-ai=n, ai-use=y, search=y")

    assert {s.category: s.preference for s in said} == {
        Category.TRAIN_AI: DISALLOWED,
        Category.AI_USE: ALLOWED,
        Category.SEARCH: ALLOWED,
    }


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        pytest.param("train-ai=y", ALLOWED, id="token y"),
        pytest.param("train-ai=n", DISALLOWED, id="token n"),
        pytest.param("train-ai=n;x=1", DISALLOWED, id="parameter is ignored"),
        pytest.param("other=n", None, id="unknown label is ignored"),
        pytest.param("search=y", None, id="search is not training"),
        pytest.param("", None, id="empty value says nothing"),
        pytest.param("train-ai", UNKNOWN, id="bare key is no permission"),
        pytest.param("train-ai=yes", UNKNOWN, id="yes is not the token y"),
        pytest.param("train-ai=maybe", UNKNOWN, id="some other token"),
        pytest.param("train-ai=Y", UNKNOWN, id="tokens are case-sensitive"),
        pytest.param("train-ai=no", UNCLEAR, id="no is not the token n, but a no"),
        pytest.param("train-ai=N", UNCLEAR, id="upper-case no"),
        pytest.param('train-ai="n"', UNCLEAR, id="no in a string"),
        pytest.param("train-ai=?0", UNCLEAR, id="false"),
        pytest.param("train-ai=0", UNCLEAR, id="zero"),
        pytest.param("train-ai=(n)", UNCLEAR, id="no in a list"),
        pytest.param("train-ai=:bm8=:", UNCLEAR, id="no in octets"),
        pytest.param("train-ai=n%FF", UNCLEAR, id="no with an octet that is not UTF-8"),
        pytest.param("train-ai=nice", UNKNOWN, id="a word that only begins like a no"),
        pytest.param("Train-AI=n", UNCLEAR, id="upper-case key does not parse"),
        pytest.param("train-ai = n", UNCLEAR, id="blanks around = do not parse"),
        pytest.param("train-ai=n,", UNCLEAR, id="trailing comma does not parse"),
        pytest.param("train-ai=n search=y", UNCLEAR, id="missing comma does not parse"),
        pytest.param("train-ai=n\u2028", UNCLEAR, id="strange octets do not parse"),
        pytest.param("search=y;train-ai=n", UNCLEAR, id="refusal in a parameter"),
        pytest.param("search=y;tdm=n", UNCLEAR, id="old refusal in a parameter"),
        pytest.param("search=y;train-ai=y", None, id="permission in a parameter"),
        pytest.param("train-ai=n, train-ai=y", ALLOWED, id="last of equal keys wins"),
        pytest.param("train-ai=y, train-ai=n", DISALLOWED, id="last key wins, no"),
        pytest.param("ai-train=no", DISALLOWED, id="Cloudflare's spelling"),
        pytest.param("ai-train=n", DISALLOWED, id="both spellings mixed"),
        pytest.param("ai-train=yes", None, id="Cloudflare's yes"),
        pytest.param("ai-train=false", UNCLEAR, id="Cloudflare's key, a third value"),
        pytest.param("train-text=n", UNCLEAR, id="no draft has the label"),
        pytest.param("train-text=y", None, id="nor is its yes heard"),
    ],
)
def test_a_usage_preference_is_read(usage: str, expected: Preference | None) -> None:
    assert training(robots(usage)) is expected


@pytest.mark.parametrize(
    "label", ["tdm", "ai", "genai", "all", "train-genai", "bots"], ids=str
)
def test_an_old_label_that_covers_training_refuses_but_never_permits(label: str) -> None:
    assert training(robots(f"{label}=n")) is DISALLOWED
    assert training(robots(f"{label}=no")) is UNCLEAR
    assert robots(f"{label}=y") == ()


@pytest.mark.parametrize("label", ["inference", "ai-output"], ids=str)
def test_an_old_label_of_another_use_says_nothing_of_training(label: str) -> None:
    (statement,) = robots(f"{label}=n")

    assert (statement.category, statement.preference) == (Category.AI_USE, DISALLOWED)


def test_the_note_names_the_revision_of_an_old_label() -> None:
    (statement,) = robots("train-genai=n;exceptions=cc-cr-ec")

    assert statement.note == "label of draft-ietf-aipref-vocab, revision 02 and 03"


@pytest.mark.parametrize(
    ("values", "path", "expected"),
    [
        pytest.param(
            ["train-ai=n", "/commons/ train-ai=y"],
            "/commons/a",
            ALLOWED,
            id="longest path wins",
        ),
        pytest.param(
            ["/commons/ train-ai=y", "train-ai=n"],
            "/commons/a",
            ALLOWED,
            id="in whatever order",
        ),
        pytest.param(
            ["train-ai=n", "/commons/ train-ai=y"],
            "/other",
            DISALLOWED,
            id="absent path matches everything",
        ),
        pytest.param(
            ["train-ai=n", "/commons/ search=y"],
            "/commons/a",
            None,
            id="a longer rule replaces a shorter one whole",
        ),
        pytest.param(
            ["train-ai=y", "/ train-ai=n"], "/p", DISALLOWED, id="one octet beats none"
        ),
        pytest.param(
            ["/p train-ai=y", "/p train-ai=n"],
            "/p",
            DISALLOWED,
            id="identical paths all apply",
        ),
        pytest.param(["/*.pdf$ train-ai=n"], "/d/x.pdf", DISALLOWED, id="wildcard matches"),
        pytest.param(["/*.pdf$ train-ai=n"], "/d/x.html", None, id="wildcard does not"),
        pytest.param(["/p\t train-ai=n"], "/p", DISALLOWED, id="tab ends the path"),
        pytest.param(["/p"], "/p", UNCLEAR, id="a path without a preference"),
        pytest.param(["/q"], "/p", None, id="and elsewhere it says nothing"),
        pytest.param(
            ["train-ai=n", "/p"],
            "/p",
            UNCLEAR,
            id="a path without a preference never becomes silence",
        ),
        pytest.param(["train-ai=n", ""], "/p", DISALLOWED, id="an empty rule is none"),
        pytest.param(
            ["train-ai=y", "/p Train-AI=n"], "/p", UNCLEAR, id="longest is malformed"
        ),
        pytest.param(["/ü train-ai=n"], "/%C3%BC", DISALLOWED, id="encoded path"),
        pytest.param(
            ["*.pdf train-ai=n"], "/p", UNCLEAR, id="a path must begin with a slash"
        ),
    ],
)
def test_the_longest_matching_path_decides(
    values: list[str], path: str, expected: Preference | None
) -> None:
    assert training(robots(*values, path=path)) is expected


def test_field_lines_form_one_dictionary() -> None:
    assert training(header("train-ai=n", "train-ai=y")) is ALLOWED
    assert training(header("search=y", "", "train-ai=n")) is DISALLOWED
    assert header() == ()
    assert header("") == ()


def test_a_malformed_field_line_does_not_silence_a_refusal_in_another() -> None:
    assert training(header("train-ai=n", "search = y")) is DISALLOWED
    assert training(header("search = y", "train-ai=n")) is DISALLOWED
    assert training(header("train-ai=y", "search = y")) is UNCLEAR


def test_a_header_statement_quotes_all_field_lines() -> None:
    (statement,) = header("search=(", "train-ai=n")[-1:]

    assert statement.signal is Signal.CONTENT_USAGE_HEADER
    assert statement.evidence == (
        Evidence(
            source="https://site.example/p",
            locator="header Content-Usage",
            quote="search=(, train-ai=n",
            clause="draft-ietf-aipref-attach-05, Content-Usage Header Field",
            digest=Exchange(url="").digest,
            status=200,
            parser="aipref/1",
        ),
    )


WORDS = st.sampled_from(
    [
        *("train-ai", "ai-train", "search", "tdm", "=", "n", "y", "no", ",", ";", " "),
        *("/p", '"', "(", ")", "?0", ":", "@9999999999999999", "\u2028", "é", "\ud800"),
    ]
)
USAGES = st.lists(WORDS, max_size=8).map("".join) | st.text(max_size=30)


@pytest.mark.law
@given(st.lists(USAGES, max_size=4))
def test_no_text_raises_and_every_statement_shows_its_words(values: list[str]) -> None:
    for statement in robots(*values):
        (evidence,) = statement.evidence
        assert evidence.line is not None
        assert evidence.quote == quote_of(f"Content-Usage: {values[evidence.line - 2]}")
    header(*values)


@pytest.mark.law
@given(USAGES)
def test_a_malformed_refusal_is_never_a_yes(usage: str) -> None:
    assert training(robots(f"{usage},,train-ai=n")) is not ALLOWED
    assert training(robots(f"/ {usage} = train-ai=n")) is not ALLOWED


@pytest.mark.law
@given(st.permutations(["train-ai=n", "/p train-ai=y", "/p train-ai=n", "/pq ai=n"]))
def test_the_order_of_rules_does_not_matter(values: list[str]) -> None:
    assert training(robots(*values)) is DISALLOWED
