"""What holds of our filters for every text."""

import re
from dataclasses import fields, replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.filters.duplicate import LEAST_SIMILARITY, Item, groups, normal_form
from pipeline.filters.personal import NATIONAL_REGIONS, Kind, counts, find, mask
from pipeline.filters.quality import OFF, Measures, Thresholds, failing, measure
from pipeline.filters.split import Shares, Split, split_of
from pipeline.fingerprint import shingles, words_of

pytestmark = pytest.mark.law

ANYTHING = st.text(st.characters(exclude_categories=()))

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


# Texts of pieces that data are made of, so that they are often nearly data.
_NEARLY = """
a@b.de|@|+64 4 471 0006|4111 1111 1111 1111|130.89.148.77|.|1|DE89370400440532013000
-----BEGIN PRIVATE KEY-----|-----END PRIVATE KEY-----|AAAAAAAAAAAAAAAAAAAA
2001:67c:2564:a119::77|:|-|BSN |111222333|٤
"""
PIECES = st.lists(
    st.sampled_from([*re.split(r"[|\n]", _NEARLY), " ", "\n", "\ud800"]) | ANYTHING,
    max_size=12,
).map("".join)
REGIONS = st.none() | st.sampled_from([*NATIONAL_REGIONS, "US", "??"])


@given(PIECES, REGIONS)
def test_spans_lie_in_the_text_in_order_and_apart(text: str, region: str | None) -> None:
    spans = find(text, frozenset(Kind), region=region)

    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert sum(counts(spans).values()) == len(spans)


@given(PIECES, REGIONS)
def test_all_that_each_kind_finds_alone_is_masked_together(
    text: str, region: str | None
) -> None:
    together = find(text, frozenset(Kind), region=region)

    for kind in Kind:
        for alone in find(text, {kind}, region=region):
            assert any(s.start <= alone.start and alone.end <= s.end for s in together)


@given(PIECES, REGIONS)
def test_a_mask_leaves_the_rest_of_the_text_as_it_is(text: str, region: str | None) -> None:
    spans = find(text, frozenset(Kind), region=region)

    left = "".join(
        text[start:end]
        for start, end in zip(
            [0, *(span.end for span in spans)],
            [*(span.start for span in spans), len(text)],
            strict=True,
        )
    )
    masked = mask(text, spans)
    assert len(masked) == len(left) + sum(len(span.kind) + 2 for span in spans)
    assert mask(text, ()) == text


# Texts of few words, so that many are the same or nearly so.
TEXTS = st.lists(
    st.tuples(
        st.sampled_from(["", "a", "A ", "a b c d e f g", "A B c d e  f g", "g f e d c b a"])
        | st.integers(0, 3).map(lambda n: " ".join(map(str, range(n, n + 60)))),
        st.integers(0, 2),
    ),
    max_size=12,
)


def items_of(texts: list[tuple[str, int]]) -> list[Item]:
    return [
        Item(key=f"k{number}", text=text, rank=(rank,))
        for number, (text, rank) in enumerate(texts)
    ]


@given(TEXTS, st.randoms(use_true_random=False))
def test_the_same_twins_are_dropped_in_whatever_order(
    texts: list[tuple[str, int]], rng: Random
) -> None:
    items = items_of(texts)
    shuffled = rng.sample(items, len(items))

    assert groups(shuffled) == groups(items)
    assert groups(shuffled[:4], against=shuffled[4:]) == groups(
        shuffled[3::-1], against=shuffled[:3:-1]
    )


@given(TEXTS)
def test_a_twin_is_kept_comes_first_and_is_one(texts: list[tuple[str, int]]) -> None:
    items = {item.key: item for item in items_of(texts)}

    dropped = groups(items.values())

    for key, twin in dropped.items():
        one, other = items[key], items[twin]
        assert twin not in dropped
        assert (other.rank, twin) < (one.rank, key)
        assert normal_form(one.text) == normal_form(other.text) or is_near(one, other)
    kept = [normal_form(item.text) for key, item in items.items() if key not in dropped]
    assert len(kept) == len(set(kept))


def is_near(one: Item, other: Item) -> bool:
    ours, theirs = (set(shingles(words_of(item.text))) for item in (one, other))
    return len(ours & theirs) >= LEAST_SIMILARITY * len(ours | theirs)


PARTS = st.integers(0, 100)
SHARES = st.builds(Shares, train=st.just(100), validation=PARTS, test=PARTS)


@given(st.text(), st.integers(), SHARES)
def test_a_host_is_in_one_part_that_has_a_share(
    host: str, seed: int, shares: Shares
) -> None:
    split = split_of(host, seed=seed, shares=shares)

    assert split_of(host, seed=seed, shares=shares) is split
    assert getattr(shares, split) > 0


@given(st.text(), SHARES, st.integers(1, 100))
def test_no_host_leaves_test_where_its_share_grows(
    host: str, shares: Shares, more: int
) -> None:
    wider = replace(shares, train=shares.train - more, test=shares.test + more)

    if split_of(host, seed=1, shares=shares) is Split.TEST:
        assert split_of(host, seed=1, shares=wider) is Split.TEST
