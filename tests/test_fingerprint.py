"""A fingerprint is that of the words of a page, and of nothing around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fingerprint import (
    LEAST_WORDS,
    PLACES,
    _words,
    band,
    fingerprint,
    similarity,
)
from pipeline.markup import Markup, read
from pipeline.model import Exchange

WORDS = [f"word{n}" for n in range(200)]
PLAIN = "".join(f"<p>{' '.join(WORDS[n : n + 20])}.</p>" for n in range(0, 200, 20))


def page(text: str, kind: str = "text/plain") -> Markup:
    exchange = Exchange(
        url="https://a.example/",
        status=200,
        headers=(("Content-Type", f"{kind}; charset=utf-8"),),
        body=text.encode(),
    )
    markup = read(exchange)
    assert isinstance(markup, Markup)
    return markup


def of(html: str) -> bytes | None:
    return fingerprint(page(f"<body>{html}", "text/html"))


def likeness(one: str, other: str) -> float:
    first, second = of(one), of(other)
    assert first is not None
    assert second is not None
    return similarity(first, second)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(PLAIN.upper(), id="capitals"),
        pytest.param(PLAIN.replace("<p>", "<div>").replace(".", " –"), id="other marks"),
        pytest.param(f"<nav><ul><li><a href=/>Home</a></ul></nav>{PLAIN}", id="a menu"),
        pytest.param(
            f"{PLAIN}<footer><p>© 2026 Guild, all rights reserved.</p></footer>",
            id="a notice in the footer",
        ),
        pytest.param(f"{PLAIN}<script>word1 word2</script>", id="a script"),
    ],
)
def test_what_is_no_word_of_the_text_changes_nothing(other: str) -> None:
    assert of(other) == of(PLAIN)


def test_it_is_the_same_in_ten_years() -> None:
    found = of(PLAIN)

    assert found is not None
    assert len(found) == 4 * PLACES
    assert found[:8].hex() == "ac02f64198834444"


def test_few_words_have_none() -> None:
    assert of(" ".join(WORDS[: LEAST_WORDS - 1])) is None
    assert of(" ".join(WORDS[:LEAST_WORDS])) is not None


def test_a_script_without_spaces_has_words_too() -> None:
    text = "潮が満ちて船は港を出た。" * 3 + "".join(map(chr, range(0x4E00, 0x4E40)))

    assert likeness(f"<p>{text}</p>", f"<div>{text}</div>") == 1.0


@pytest.mark.parametrize(
    ("changed", "low", "high"), [(1, 0.85, 1.0), (20, 0.3, 0.75), (200, 0.0, 0.05)]
)
def test_the_likeness_follows_the_shared_words(
    changed: int, low: float, high: float
) -> None:
    step = len(WORDS) // changed
    words = [f"x{n}" if n % step == 0 else word for n, word in enumerate(WORDS)]

    assert low <= likeness(" ".join(WORDS), " ".join(words)) < high


@pytest.mark.law
@given(st.binary(min_size=4 * PLACES, max_size=4 * PLACES), st.integers(0, 7))
def test_bands_are_the_whole_in_pieces(whole: bytes, power: int) -> None:
    width = 2**power
    pieces = [band(whole, n, width=width) for n in range(PLACES // width)]

    assert b"".join(pieces) == whole


@pytest.mark.law
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200))
def test_a_text_in_ascii_has_the_words_that_it_has_beside_another(text: str) -> None:
    plain, mixed = page(text), page(f"{text}\n\n\u00e9")

    assert [*_words(plain), "\u00e9"] == _words(mixed)
