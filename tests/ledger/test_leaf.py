"""Leaves: one spelling each, of one kind each, and nothing else is read as one."""

import json
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ledger.leaf import (
    DocumentLeaf,
    DomainLeaf,
    Json,
    Leaf,
    RemovalLeaf,
    canonical,
    canonical_facts,
    parse_canonical,
)
from pipeline.model import digest_of

DOCUMENT = DocumentLeaf(
    url="http://river.example/tides.html",
    capture_digest=digest_of(b"<p>The tide comes twice.</p>"),
    text_digest=digest_of(b"The tide comes twice."),
    policy_digests=(digest_of(b"Allow: /"), digest_of(b"")),
    decisions=("3f" * 16, "0a" * 16),
    license="CC-BY-4.0",
)
DOMAIN = DomainLeaf(domain="river.example", documents=3, characters=12_045)
REMOVAL = RemovalLeaf(
    url="http://river.example/letters.html",
    text_digest=digest_of(b"Dear"),
    release=digest_of(b"release"),
    reason="withdrawn",
)
LEAVES: tuple[Leaf, ...] = (DOCUMENT, DOMAIN, REMOVAL)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
DIGESTS = st.binary(max_size=4).map(digest_of)
COUNTS = st.integers(0, 2**53 - 1)
ANY_LEAF = st.one_of(
    st.builds(
        DocumentLeaf, url=TEXT, capture_digest=DIGESTS, text_digest=DIGESTS,
        policy_digests=st.lists(DIGESTS, max_size=3).map(tuple),
        decisions=st.lists(TEXT, max_size=3).map(tuple), license=TEXT,
    ),
    st.builds(DomainLeaf, domain=TEXT, documents=COUNTS, characters=COUNTS),
    st.builds(RemovalLeaf, url=TEXT, text_digest=DIGESTS, release=DIGESTS, reason=TEXT),
)  # fmt: skip
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


@pytest.mark.law
@given(ANY_LEAF)
def test_a_leaf_comes_back_from_its_bytes(leaf: Leaf) -> None:
    assert type(leaf).parse(leaf.data) == leaf


@pytest.mark.law
@given(
    st.dictionaries(
        st.text(st.characters(max_codepoint=127)), COUNTS | TEXT | st.lists(TEXT)
    )
)
def test_plain_facts_are_spelled_as_any_value(
    facts: dict[str, str | int | list[str]],
) -> None:
    assert canonical_facts(facts) == canonical(facts)


@pytest.mark.law
@given(VALUES)
def test_a_value_comes_back_from_its_bytes(value: Json) -> None:
    assert parse_canonical(canonical(value)) == value


@pytest.mark.parametrize(("one", "other"), [*permutations(LEAVES, 2)], ids=lambda o: o.KIND)
def test_a_leaf_of_one_kind_is_not_one_of_another(one: Leaf, other: Leaf) -> None:
    with pytest.raises(ValueError, match="leaf"):
        type(one).parse(other.data)


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda one: one.KIND)
def test_a_leaf_that_names_another_kind_is_refused(leaf: Leaf) -> None:
    other = leaf.data.replace(f'"kind":"{leaf.KIND}"'.encode(), b'"kind":"other"')

    with pytest.raises(ValueError, match=f"other things than a {leaf.KIND}'s leaf"):
        type(leaf).parse(other)


def test_a_leaf_has_the_spelling_of_rfc_8785() -> None:
    assert DOMAIN.data == (
        b'{"characters":12045,"documents":3,"domain":"river.example","kind":"domain"}'
    )


@pytest.mark.conformance
def test_names_are_in_the_order_of_utf_16() -> None:
    # RFC 8785 section 3.2.3.
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]

    ordered = list(json.loads(canonical(dict.fromkeys(names))))

    assert ordered == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"documents": 3}', "canonical form"),
        (b'{"b":1,"a":2}', "canonical form"),
        (b'{"a":1,"a":1}', "canonical form"),
        (b'{"a":1}\n', "canonical form"),
        (b'"\\u0041"', "canonical form"),
        (b'"\\/"', "canonical form"),
        (b"-0", "canonical form"),
        (b"1.0", "not a whole number"),
        (b"1e3", "not a whole number"),
        (b"NaN", "not a whole number"),
        (b"9007199254740992", "exceeds safe integer"),
        (b"1" * 5000, "limit"),
        (b'"\\ud800"', "non-UTF-8"),
        (b'"\xed\xa0\x80"', "decode"),
        (b"\xff\xfe1\x00", "decode"),
        (b"\xef\xbb\xbf1", "BOM"),
        (b"", "Expecting value"),
        (b"{", "Expecting"),
        (b"[" * 100_000, "nested too deeply"),
    ],
    ids=[
        "space", "order", "twice", "line-end", "escaped-letter", "escaped-slash",
        "minus-nothing", "fraction", "exponent", "not-a-number", "too-large", "endless",
        "escaped-half-pair", "half-pair", "utf-16", "mark", "nothing", "cut", "deep",
    ],
)  # fmt: skip
def test_another_spelling_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_canonical(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"characters":1,"documents":true,"domain":"a","kind":"domain"}',
        b'{"characters":1,"documents":"1","domain":"a","kind":"domain"}',
        b'{"characters":1,"documents":1,"domain":"a","kind":"domain","more":1}',
        b'{"characters":1,"documents":1,"domain":"a"}',
        b'{"documents":1,"domain":"a","kind":"domain"}',
        b"[]",
        b"null",
    ],
    ids=["truth", "text", "more", "no-kind", "less", "list", "null"],
)
def test_other_facts_are_no_leaf(data: bytes) -> None:
    with pytest.raises(ValueError, match="leaf"):
        DomainLeaf.parse(data)


@pytest.mark.parametrize(
    "old_and_new",
    [
        (b'"license":"CC-BY-4.0"', b'"license":null'),
        (b'"decisions":["3f', b'"decisions":[3,"3f'),
        (b'"policy_digests":[', b'"policy_digests":[null,'),
        (b'"url":"http', b'"url":["http"],"urm":"http'),
    ],
    ids=["no-license", "number", "no-digest", "list"],
)
def test_a_document_with_other_types_is_refused(old_and_new: tuple[bytes, bytes]) -> None:
    changed = DOCUMENT.data.replace(*old_and_new)

    assert changed != DOCUMENT.data
    with pytest.raises(ValueError, match=r"digest|leaf"):
        DocumentLeaf.parse(changed)


@pytest.mark.parametrize("digest", ["", "sha256:", "sha256:" + "A" * 64, "a" * 64])
def test_a_digest_has_one_form(digest: str) -> None:
    with pytest.raises(ValueError, match="is not a digest"):
        RemovalLeaf(url="http://a.example/", text_digest=digest, release="", reason="")


@pytest.mark.parametrize(
    "leaf",
    [
        DomainLeaf(domain="a", documents=2**53, characters=0),
        DomainLeaf(domain="a\ud800", documents=1, characters=0),
    ],
    ids=["too-large", "half-pair"],
)
def test_what_json_cannot_carry_is_not_written(leaf: DomainLeaf) -> None:
    with pytest.raises(ValueError, match=r"safe integer|non-UTF-8"):
        _ = leaf.data


@pytest.mark.law
@given(st.lists(TEXT))
def test_the_order_of_keys_is_that_of_code_points(names: list[str]) -> None:
    leaves = [DomainLeaf(domain=name, documents=1, characters=1) for name in names]

    ordered = [leaf.domain for leaf in sorted(leaves, key=lambda leaf: leaf.key)]

    assert ordered == sorted(names)
