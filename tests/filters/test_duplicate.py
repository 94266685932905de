"""Of texts that stand there twice one is kept, and each that is dropped names it."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.filters import duplicate
from pipeline.filters.duplicate import (
    CROWD,
    LEAST_PARAGRAPH,
    Item,
    Rank,
    exact_print_of,
    groups,
    normal_form,
    print_of,
    record_of,
    repeated_paragraphs,
    resolve,
    sharing,
    without,
)

WORDS = [f"word{n}" for n in range(1000)]
LONG = " ".join(WORDS[:200])


def changed(text: str, words: int, *, every: int = 7) -> str:
    """Return a text with some of its words replaced, far from each other."""
    parts = text.split()
    for n in range(words):
        parts[n * every] = f"other{n}"
    return " ".join(parts)


def item(key: str, text: str, *rank: int | str) -> Item:
    return Item(key=key, text=text, rank=rank)


@pytest.mark.parametrize(
    "copy",
    [LONG, LONG.upper(), LONG.replace(" ", "\n\n  "), f"\t{LONG} \n"],
    ids=["the same", "in capitals", "with other white space", "with more of it"],
)
def test_texts_that_differ_in_white_space_and_case_are_one(copy: str) -> None:
    assert groups([item("a", LONG), item("b", copy)]) == {"b": "a"}


def test_letters_that_are_composed_and_decomposed_are_one() -> None:
    assert normal_form("Te ra\u0304kau") == normal_form("te  rākau")


@pytest.mark.parametrize(
    "other", ["Kia ora!", "Kia ora, e hoa.", ""], ids=["a mark", "more", "nothing"]
)
def test_short_texts_are_one_only_where_they_are_the_same(other: str) -> None:
    assert groups([item("a", "Kia ora"), item("b", other)]) == {}
    assert groups([item("a", other), item("b", other)]) == {"b": "a"}


@pytest.mark.parametrize(
    ("words", "is_twin"), [(1, True), (2, True), (4, True), (6, False), (20, False)]
)
def test_a_text_with_a_few_words_changed_is_a_twin(words: int, *, is_twin: bool) -> None:
    # Each word that is changed changes five shingles of 196: 4 leave 0.81 in common.
    found = groups([item("a", LONG), item("b", changed(LONG, words))])

    assert found == ({"b": "a"} if is_twin else {})


def test_how_alike_twins_have_to_be_can_be_said() -> None:
    pair = [item("a", LONG), item("b", changed(LONG, 4))]

    assert groups(pair, least=0.9) == {}
    assert groups(pair, least=0.8) == {"b": "a"}


def test_two_texts_of_equal_fingerprint_and_other_words_are_both_kept() -> None:
    one, other = item("a", LONG), item("b", " ".join(WORDS[500:700]))
    forged = [print_of(one), duplicate.Print(
        key="b", rank=(), exact=b"other", near=print_of(one).near
    )]  # fmt: skip
    texts = {each.key: each.text for each in (one, other)}

    assert resolve(forged, text_of=texts.__getitem__) == {}


def test_the_least_rank_is_kept_then_the_least_key() -> None:
    ranks: dict[str, Rank] = {"a": (2, "x"), "b": (1, "z"), "c": (1, "y"), "d": (1, "y")}
    items = [item(key, LONG, *rank) for key, rank in ranks.items()]

    assert groups(items) == {"a": "c", "b": "c", "d": "c"}


def test_what_is_named_is_kept_where_each_is_near_the_next() -> None:
    chain = [item(str(n), changed(LONG, 3 * n)) for n in range(8)]

    found = groups(chain)

    assert found
    assert set(found.values()).isdisjoint(found)


def test_texts_that_are_given_are_never_dropped_and_never_give_way() -> None:
    ours = [item("mine", LONG, 0), item("near", changed(LONG, 2), 0), item("new", "Other")]
    given = [item("given", LONG, 9), item("given too", LONG, 9)]

    assert groups(ours, against=given) == {"mine": "given", "near": "given"}
    assert groups([], against=given) == {}


def test_the_same_item_twice_is_once() -> None:
    assert groups([item("a", LONG), item("a", LONG)]) == {}


def test_texts_without_blanks_are_compared_by_their_letters() -> None:
    rng = Random(1)
    text = "".join(chr(rng.randrange(0x4E00, 0x9000)) for _ in range(300))

    assert groups([item("a", text), item("b", text[:280])]) == {"b": "a"}
    assert groups([item("a", text), item("b", text[::-1])]) == {}


def test_a_text_is_asked_for_only_where_two_have_to_be_compared() -> None:
    items = [item(str(n), " ".join(Random(n).choices(WORDS, k=200))) for n in range(50)]
    items += [item("copy", items[0].text), item("near", changed(items[1].text, 2), 1)]
    asked: list[str] = []

    found = resolve(map(print_of, items), text_of=noting(asked, items))

    assert found == {"copy": "0", "near": "1"}
    assert sorted(asked) == ["1", "near"]


def noting(asked: list[str], items: list[Item]) -> Callable[[str], str]:
    texts = {each.key: each.text for each in items}

    def text_of(key: str) -> str:
        asked.append(key)
        return texts[key]

    return text_of


def test_a_paragraph_on_many_pages_of_a_host_is_repeated() -> None:
    notice = "This story is brought to you by a project that you can read about elsewhere."
    pages = [f"Page {n} of the host\n{notice}\n}}\n}}" for n in range(5)]

    repeated = repeated_paragraphs([*pages, "another"], least_pages=5)

    assert repeated == {notice}
    assert len(notice) >= LEAST_PARAGRAPH
    assert without(pages[0], repeated) == "Page 0 of the host\n}\n}"
    assert repeated_paragraphs(pages, least_pages=6) == frozenset()


def test_a_paragraph_that_one_page_repeats_is_not_repeated_across_pages() -> None:
    assert repeated_paragraphs([f"{LONG}\n" * 9], least_pages=2) == frozenset()


def test_what_is_exactly_alike_is_found_without_a_look_at_what_is_nearly() -> None:
    items = [
        Item(key="b", text="One two  three four five six.", rank=(1,)),
        Item(key="a", text="one two three four five SIX.", rank=(2,)),
        Item(key="c", text="One two three four five seven.", rank=(3,)),
    ]

    prints = list(map(exact_print_of, items))
    texts: dict[str, str] = {}

    assert resolve(prints, text_of=texts.__getitem__) == {"a": "b"}
    assert resolve(prints[::-1], text_of=texts.__getitem__) == {"a": "b"}


def test_a_twin_is_found_among_many_pages_of_one_template() -> None:
    pages = [
        item(str(n), " ".join(f"own{n}x{at}" if at % 20 == 0 else word
                              for at, word in enumerate(LONG.split())), 0)
        for n in range(3 * CROWD)
    ]  # fmt: skip
    twin = item("twin", f"{pages[100].text} and a few words more", 1)

    assert groups([*pages, twin]) == {"twin": "100"}


@pytest.mark.law
@given(st.integers(0, 2**20))
def test_what_shares_nothing_need_not_be_compared(seed: int) -> None:
    chance = Random(seed)
    base = [" ".join(chance.choices(WORDS, k=120)) for _ in range(3)]
    items = [
        item(str(n), changed(chance.choice(base), chance.randrange(12)), n % 3)
        for n in range(6)
    ] + [item("short", "Kia ora"), item("too", "kia  ora"), item("alone", "Aroha")]
    prints = [print_of(one) for one in items]
    records = [record_of(one) for one in prints]
    texts = {one.key: one.text for one in items}

    shared = sharing(lambda piece: (one[piece] for one in records), number=len(records))

    some = [prints[place] for place in shared]
    every = resolve(prints, text_of=texts.__getitem__)
    assert resolve(some, text_of=texts.__getitem__) == every
    assert {prints[place].key for place in shared} >= {*every, *every.values()}
    assert "alone" not in {prints[place].key for place in shared}
