"""Twins under other terms: whoever they are, they are found."""

import struct
from collections.abc import Iterable, Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fingerprint import PLACES, band, similarity
from pipeline.twins import BAND, LEAST_SIMILARITY, Text, Twin, find
from pipeline.vocab import LicenseExpression

HERE = "https://a.example/essay"
PRINT = "https://www.a.example/print"
AWAY = "https://tidewrack.example/essay"

Places = tuple[int, ...]
ONE: Places = tuple(range(PLACES))


def text(
    url: str, license_: str | None = "CC-BY-4.0", *, reserved: bool = False,
    places: Places = ONE,
) -> Text:  # fmt: skip
    return Text(
        url=url,
        license=LicenseExpression(license_) if license_ else None,
        reserved=reserved,
        fingerprint=struct.pack(f"<{PLACES}I", *places),
    )


def twins_of(documents: Iterable[Text], others: Iterable[Text]) -> Mapping[str, Twin]:
    """Return the twins of documents among themselves and other texts, given in any order.

    Of two texts under one URL the document counts.
    """
    wanted = {one.url: one for one in documents}
    every = {one.url: one for one in others} | wanted
    texts = [every[url] for url in sorted(every)]
    return find(
        texts,
        lambda number: (band(one.fingerprint, number, width=BAND) for one in texts),
        wanted=[one.url in wanted for one in texts],
    )


@pytest.mark.parametrize(
    ("other", "is_doubt"),
    [
        pytest.param(text(AWAY, "CC-BY-NC-4.0"), True, id="another license elsewhere"),
        pytest.param(text(AWAY, "CC0-1.0"), True, id="a wider one elsewhere"),
        pytest.param(text(AWAY, None), True, id="no license elsewhere"),
        pytest.param(text(AWAY, None, reserved=True), True, id="reserved elsewhere"),
        pytest.param(text(AWAY), False, id="the same license elsewhere"),
        pytest.param(text(AWAY, "CC-BY-3.0-DE"), False, id="another version of it"),
        pytest.param(text(AWAY, "MIT"), True, id="a license of another family"),
        pytest.param(text(PRINT, "CC-BY-SA-4.0"), True, id="another license here"),
        pytest.param(text(PRINT, None, reserved=True), True, id="reserved here"),
        pytest.param(text(PRINT, None), False, id="a version here that is silent"),
        pytest.param(text(HERE, "CC-BY-NC-4.0"), False, id="the page itself"),
    ],
)
def test_a_twin_is_a_doubt_by_its_terms(other: Text, *, is_doubt: bool) -> None:
    found = twins_of([text(HERE)], [other])

    assert [twin.text.url for twin in found.values()] == [other.url] * is_doubt


def test_of_several_twins_the_first_is_named_with_its_terms() -> None:
    nearly = (*ONE[:-5], *(n + 1000 for n in ONE[-5:]))
    others = [
        text("https://c.example/", "CC-BY-NC-4.0"),
        text("https://b.example/", None, places=nearly),
    ]

    found = twins_of([text(HERE)], others)

    assert found[HERE].detail == (
        "under no license it states, 96% alike: https://b.example/"
    )


_TERMS = st.sampled_from([None, "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-NC-4.0"])
_HOSTS = st.sampled_from(["a.example", "b.example", "c.example"])


@st.composite
def _webs(draw: st.DrawFn) -> tuple[list[Text], list[Text]]:
    """Draw documents and other pages, whose texts differ in some places."""
    chance = Random(draw(st.integers(0, 2**20)))
    texts = []
    for number in range(draw(st.integers(1, 8))):
        places = list(ONE)
        for place in chance.sample(range(PLACES), draw(st.integers(0, 40))):
            places[place] = chance.randrange(1000, 1100)
        url = f"https://{draw(_HOSTS)}/{number}"
        texts.append(text(url, draw(_TERMS), places=tuple(places)))
    licensed = [one for one in texts if one.license]
    return draw(st.lists(st.sampled_from(licensed), unique=True) if licensed else
                st.just([])), texts  # fmt: skip


@pytest.mark.law
@given(_webs())
def test_no_pair_that_is_near_is_missed(web: tuple[list[Text], list[Text]]) -> None:
    documents, others = web

    found = twins_of(documents, others)

    for document in documents:
        shares = [
            similarity(document.fingerprint, other.fingerprint)
            for other in others
            if other.url.split("/")[2] != document.url.split("/")[2]
            and other.license is None
        ]
        if max(shares, default=0.0) >= LEAST_SIMILARITY:
            assert document.url in found
            assert found[document.url].similarity >= LEAST_SIMILARITY
