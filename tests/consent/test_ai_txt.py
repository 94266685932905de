import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.consent import ai_txt
from pipeline.model import Evidence, Exchange, Statement
from pipeline.vocab import Preference, Signal

AT = "https://site.example/ai.txt"
PAGE = "https://site.example/essays/1"
DISALLOWED, UNCLEAR = Preference.DISALLOWED, Preference.UNCLEAR


def answer(
    body: str | bytes, *, status: int = 200, kind: str = "text/plain", error: str = ""
) -> Exchange:
    payload = body.encode() if isinstance(body, str) else body
    return Exchange(
        url=AT,
        status=status,
        headers=(("Content-Type", kind),),
        body=payload,
        error=error or None,
    )


def said(exchange: Exchange, *, url: str = PAGE) -> set[Preference]:
    return {s.preference for s in ai_txt.from_exchange(exchange, url=url)}


def test_a_refusal_is_quoted_with_its_line() -> None:
    exchange = answer("User-Agent: *\r\nDisallow: *.jpg\r\nDisallow: *.txt # text\r\n")

    assert ai_txt.from_exchange(exchange, url=PAGE) == (
        Statement(
            signal=Signal.AI_TXT,
            preference=DISALLOWED,
            evidence=(
                Evidence(
                    source=AT,
                    locator="line 3",
                    quote="Disallow: *.txt # text",
                    clause="Spawning ai.txt (2023)",
                    digest=exchange.digest,
                    status=200,
                    parser="ai-txt/1",
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("Disallow: /", {DISALLOWED}, id="everything"),
        pytest.param("Disallow: *", {DISALLOWED}, id="everything by star"),
        pytest.param("Disallow: /*", {DISALLOWED}, id="everything by both"),
        pytest.param("Disallow: *.*", {DISALLOWED}, id="every ending"),
        pytest.param("Disallow: *.html", {DISALLOWED}, id="pages"),
        pytest.param("Disallow: *.TXT", {DISALLOWED}, id="text in upper case"),
        pytest.param("Disallow: /*.txt$", {DISALLOWED}, id="text as a path pattern"),
        pytest.param("disallow : /essays/", {DISALLOWED}, id="the path itself"),
        pytest.param("Disallow: essays/", {DISALLOWED}, id="without its slash"),
        pytest.param("Dissallow: /", {DISALLOWED}, id="misspelt"),
        pytest.param("Training: deny", {DISALLOWED}, id="the other proposal"),
        pytest.param("Training: conditional", {UNCLEAR}, id="its condition"),
        pytest.param("Training: allow", set(), id="its permission"),
        pytest.param("Disallow: /shop/", set(), id="another path"),
        pytest.param("Disallow: *.jpg", set(), id="images"),
        pytest.param("Disallow:", set(), id="nothing"),
        pytest.param("Disallow /", set(), id="no colon"),
        pytest.param("# Disallow: /", set(), id="a comment"),
        pytest.param("# a\u2028Disallow: /", set(), id="a comment with odd separator"),
        pytest.param("Allow: /", set(), id="a permission is no consent"),
        pytest.param("", set(), id="an empty file"),
    ],
)
def test_only_a_refusal_of_text_counts(line: str, expected: set[Preference]) -> None:
    assert said(answer(f"User-Agent: *\n{line}\n")) == expected


def test_a_glob_by_ending_refuses_the_file_that_ends_so() -> None:
    exchange = answer("Disallow: *.pdf")

    assert said(exchange, url="https://site.example/a.pdf?x=1") == {DISALLOWED}
    assert said(exchange, url="https://site.example/a.pdf.html") == set()


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        pytest.param(answer("Disallow: /", status=404), set(), id="not found"),
        pytest.param(answer("Disallow: /", status=410), set(), id="gone"),
        pytest.param(answer("no", status=503), {UNCLEAR}, id="server error"),
        pytest.param(answer("no", status=403), {UNCLEAR}, id="withheld"),
        pytest.param(answer("no", status=429), {UNCLEAR}, id="too many requests"),
        pytest.param(answer("", status=302), {UNCLEAR}, id="redirect not followed"),
        pytest.param(Exchange(url=AT, error="TIMEOUT"), {UNCLEAR}, id="no answer"),
        pytest.param(
            answer("<p>Disallow: /", kind="text/html"), set(), id="HTML by its type"
        ),
        pytest.param(answer("\ufeff \n<!doctype html>"), set(), id="HTML by its body"),
        pytest.param(
            answer("Allow: /", error="TRUNCATED"), {UNCLEAR}, id="a part without refusal"
        ),
        pytest.param(
            answer("Disallow: /\nAll", error="TRUNCATED"), {DISALLOWED}, id="a part with"
        ),
        pytest.param(answer("#" * 600_000), {UNCLEAR}, id="too long to be read"),
        pytest.param(
            answer("Disallow: /".encode("utf-16")), {DISALLOWED}, id="another encoding"
        ),
    ],
)
def test_what_cannot_be_read_is_not_silence(
    exchange: Exchange, expected: set[Preference]
) -> None:
    assert said(exchange) == expected


@pytest.mark.law
@given(st.binary(max_size=60), st.integers(min_value=-1, max_value=1000))
def test_no_answer_raises_and_none_permits(body: bytes, status: int) -> None:
    assert said(answer(body, status=status)) <= {DISALLOWED, UNCLEAR}


@pytest.mark.law
@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_around_it_silences_a_refusal(before: str, after: str) -> None:
    body = f"# {before}\nDisallow: /\n{after}".encode("utf-8", "replace")

    assert DISALLOWED in said(answer(body))
