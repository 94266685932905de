"""What holds of our filters for every text."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.filters.language import UNDETERMINED, Agreement, detect
from pipeline.filters.quality import OFF, Measures, Thresholds, failing, measure

pytestmark = pytest.mark.law

ANYTHING = st.text(st.characters(exclude_categories=()))


@given(ANYTHING, st.none() | st.text())
def test_no_text_and_no_declaration_raise(text: str, declared: str | None) -> None:
    found = detect(text * 20, declared=declared)

    assert found.declared == declared
    assert (found.tag == UNDETERMINED) == (found.confidence == 0)
    assert found.agreement in Agreement


# Few words, so that rows of them are often repeated.
FEW_WORDS = st.lists(st.sampled_from(["a", "bb", "ccc", "d", "1"]), min_size=1, max_size=60)


@given(ANYTHING)
def test_every_share_lies_between_nothing_and_all(text: str) -> None:
    measures = measure(text, language="en")

    shares = {
        each.name: getattr(measures, each.name)
        for each in fields(Measures)
        if each.name not in {"words", "word_length", "stop_words", "hashes", "ellipses"}
        and each.name != "new_lines"
    }
    assert {n: s for n, s in shares.items() if s is not None and not 0 <= s <= 1} == {}


@given(FEW_WORDS)
def test_repeated_rows_are_those_that_looking_everywhere_finds(words: list[str]) -> None:
    measures = measure(" ".join(words))
    total = sum(map(len, words))

    for length in range(5, 11):
        expected = repeated_characters(words, length) / total
        assert getattr(measures, f"repeated_{length}_grams") == pytest.approx(expected)
    for length in range(2, 5):
        expected = min(1, most_frequent_characters(words, length) / total)
        assert getattr(measures, f"top_{length}_gram") == pytest.approx(expected)


def repeated_characters(words: list[str], length: int) -> int:
    rows = [tuple(words[at : at + length]) for at in range(len(words) - length + 1)]
    covered = {
        at + step
        for at, row in enumerate(rows)
        if row in rows[:at]
        for step in range(length)
    }
    return sum(len(words[at]) for at in covered)


def most_frequent_characters(words: list[str], length: int) -> int:
    rows = [tuple(words[at : at + length]) for at in range(len(words) - length + 1)]
    found = [(rows.count(row), len("".join(row))) for row in rows if rows.count(row) > 1]
    count, characters = max(found, default=(0, 0))
    return count * characters


@given(ANYTHING)
def test_no_rule_that_is_off_is_failed(text: str) -> None:
    measures = measure(text, language="en")

    assert failing(measures, OFF) == ()
    assert {f.rule for f in failing(measures, Thresholds())} <= {
        f.name for f in fields(Thresholds)
    }
