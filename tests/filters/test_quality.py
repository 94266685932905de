"""What is measured of a text, and what it is held to."""

from dataclasses import fields, replace
from itertools import chain

import pytest

from pipeline.filters.quality import (
    FINEWEB,
    GOPHER,
    OFF,
    STOP_WORDS,
    Failure,
    Measures,
    Thresholds,
    failing,
    measure,
    passed_over,
)

ENGLISH = (
    "A commons is not a place without rules. It is a place whose rules are made by those "
    "who use it, and changed by them when the seasons or the numbers change.\n"
    "That is why each village wrote down who had the right to graze, and for how long."
)
JAPANESE = "川は山から海へ流れています。冬の水は冷たく、夏の水は温かいです。\n" * 3
THAI = "แม่น้ำไหลจากภูเขาลงสู่ทะเล น้ำเย็นในฤดูหนาวและอุ่นในฤดูร้อน\n" * 3
KOREAN = "강은 산에서 바다로 흐릅니다. 겨울에는 물이 차갑고 여름에는 따뜻합니다.\n"

OF_WORDS = ("words", "word_length", "alphabetic_words", "stop_words", "top_2_gram")


def values(text: str, *names: str, language: str = "") -> tuple[float | None, ...]:
    measures = measure(text, language=language)
    return tuple(getattr(measures, name) for name in names)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("one two three", "words", 3),
        ("one three", "word_length", 4.0),
        ("# one # two", "hashes", 0.5),
        ("one... two… three four", "ellipses", 0.5),
        ("1 two 3rd 4", "alphabetic_words", 0.5),
        ("- one\n• two\n  * three\nfour -", "bullet_lines", 0.75),
        ("one...\ntwo…\nthree.", "ellipsis_lines", 2 / 3),
        ("One.\nTwo?\n“Three”\nfour", "ended_lines", 0.75),
        ("一つ。\n二つ", "ended_lines", 0.5),
        (f"{'a' * 30}\n{'b' * 31}", "short_lines", 0.5),
        ("a b c d\ne f\n", "new_lines", 2 / 6),
        ("same\nother\nsame\n\nsame ", "duplicate_lines", 0.5),
        ("abcd\nab\nab\nab", "duplicate_line_characters", 0.4),
        ("one\ntwo\n\nthree\n \none\ntwo\n", "duplicate_paragraphs", 1 / 3),
        ("one\ntwo\n\nthree\n\none\ntwo", "duplicate_paragraph_characters", 7 / 19),
        ("to be or not to be", "top_2_gram", 8 / 13),
        ("a b a b a b c d", "top_3_gram", 6 / 8),
        ("one two three four", "top_2_gram", 0.0),
        ("go go go go go", "top_2_gram", 1.0),
        ("a b c d e x a b c d e", "repeated_5_grams", 5 / 11),
        ("a b c d e f x a b c d e f", "repeated_5_grams", 6 / 13),
        ("a b c d e x a b c d e", "repeated_6_grams", 0.0),
    ],
)
def test_a_measure_is_what_it_says(text: str, name: str, value: float) -> None:
    [measured] = values(text, name)

    assert measured == pytest.approx(value)


@pytest.mark.parametrize("text", [JAPANESE, THAI], ids=["Japanese", "Thai"])
def test_words_are_not_counted_in_a_script_without_blanks(text: str) -> None:
    measures = measure(text, language="ja")

    assert [getattr(measures, name) for name in OF_WORDS] == [None] * len(OF_WORDS)
    assert measures.duplicate_lines == 2 / 3
    assert "least_words" in passed_over(measures, GOPHER)
    assert {each.rule for each in failing(measures, GOPHER)} == {
        "most_duplicate_lines",
        "most_duplicate_line_characters",
    }


def test_words_are_counted_in_korean_and_where_a_han_name_stands_in_english() -> None:
    assert values(KOREAN, "words") == (9,)
    assert values("The river 長江 is the longest.", "words") == (6,)


@pytest.mark.parametrize("text", ["", " \n\n "])
def test_where_there_is_nothing_all_shares_are_none_or_nothing(text: str) -> None:
    measures = measure(text, language="en")

    assert all(not getattr(measures, each.name) for each in fields(Measures))
    assert failing(measures, OFF) == ()


def test_stop_words_are_counted_once_each_in_a_language_that_has_a_list() -> None:
    assert values("The the THE and", "stop_words", language="en-NZ") == (2,)
    assert values("Te awa o te iwi", "stop_words", language="mi") == (2,)
    assert values("The the THE and", "stop_words", language="tlh") == (None,)
    assert values("The the THE and", "stop_words") == (None,)


def test_each_list_has_eight_words_that_stand_between_blanks() -> None:
    assert {
        language: len(words) for language, words in STOP_WORDS.items()
    } == dict.fromkeys(STOP_WORDS, 8)
    assert all(word == word.lower() for word in chain.from_iterable(STOP_WORDS.values()))


def test_a_failure_says_the_rule_what_was_measured_and_what_was_asked() -> None:
    measures = measure("one two three", language="en")

    assert failing(measures, replace(OFF, least_words=50, most_words=2)) == (
        Failure(rule="least_words", value=3, threshold=50),
        Failure(rule="most_words", value=3, threshold=2),
    )


def test_a_text_at_the_threshold_passes() -> None:
    measures = measure("one two three")

    assert failing(measures, replace(OFF, least_words=3, most_words=3)) == ()


@pytest.mark.parametrize("text", [ENGLISH, JAPANESE, KOREAN, "go go go go", "1 2 3", ""])
def test_what_somebody_wrote_passes_unless_more_is_asked(text: str) -> None:
    assert failing(measure(text), Thresholds()) == ()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=" * 9, "most_word_length"),
        ("Read more\n" * 60, "most_duplicate_line_characters"),
    ],
    ids=["letters for bytes", "one line sixty times"],
)
def test_what_nobody_wrote_to_be_read_fails_by_default(text: str, rule: str) -> None:
    assert [each.rule for each in failing(measure(text), Thresholds())] == [rule]


def test_prose_passes_gopher_and_fineweb_and_a_menu_fails_both() -> None:
    prose = measure(f"{ENGLISH}\n{ENGLISH.upper()}", language="en")
    menu = measure("Home\nAbout us\nContact\nHome\nPrices\n" * 2, language="en")

    assert failing(prose, GOPHER) == failing(prose, FINEWEB) == ()
    assert {"least_words", "least_stop_words"} < {f.rule for f in failing(menu, GOPHER)}
    assert {"least_ended_lines", "most_short_lines"} < {
        f.rule for f in failing(menu, FINEWEB)
    }


def test_what_is_not_asked_for_is_not_measured_where_it_takes_time() -> None:
    text = "to be or not to be"
    some = measure(text, asked=Thresholds())

    assert (some.top_2_gram, some.repeated_5_grams) == (None, None)
    assert measure(text, asked=replace(OFF, most_top_3_gram=0.1)) == measure(text)
    assert some == replace(measure(text), **{
        each.name: None for each in fields(Measures) if "_gram" in each.name
    })  # fmt: skip
