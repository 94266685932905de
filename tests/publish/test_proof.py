"""Proofs: each shows what it says, and any other byte of it shows that it does not."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ProofFault
from pipeline.ledger.leaf import (
    DocumentLeaf,
    DomainLeaf,
    Leaf,
    RemovalLeaf,
    canonical,
    parse_canonical,
)
from pipeline.ledger.tree import EMPTY_ROOT, Tree, leaf_hash
from pipeline.model import digest_of
from pipeline.publish.proof import (
    HISTORY,
    Absence,
    Committed,
    Consistency,
    Head,
    Inclusion,
    Place,
    Proof,
    parse,
    prove_absence,
    prove_consistency,
    prove_inclusion,
    verify,
)

RELEASE = digest_of(b"this release")
OTHER = digest_of(b"another release")
ENTRIES = [leaf_hash(b"release %d" % number) for number in range(9)]


def url(number: int) -> str:
    return f"http://river.example/{number:02}"


def domain(number: int) -> str:
    return f"d{number:02}.example"


def document(number: int) -> Leaf:
    return DocumentLeaf(
        url=url(number),
        capture_digest=digest_of(b"page %d" % number),
        text_digest=digest_of(b"text %d" % number),
        policy_digests=(digest_of(b"Allow: /"),),
        decisions=("3f" * 16,),
        license="CC-BY-4.0",
    )


def of_domain(number: int) -> Leaf:
    return DomainLeaf(domain=domain(number), documents=number + 1, characters=100)


def removal(number: int) -> Leaf:
    digest = digest_of(b"text %d" % number)
    return RemovalLeaf(
        url=url(number), text_digest=digest, release=OTHER, reason="withdrawn"
    )


def committed(name: str, leaves: list[Leaf]) -> Committed:
    tree = Tree.of(leaf_hash(leaf.data) for leaf in leaves)
    return Committed(name=name, release=RELEASE, tree=tree, leaf_at=leaves.__getitem__)


DOCUMENTS = committed("documents", [document(number) for number in range(1, 24, 2)])
DOMAINS = committed("domains", [of_domain(number) for number in range(1, 12, 2)])
REMOVALS = committed("removals", [])
GONE = committed("removals", [removal(number) for number in range(3)])
TREES = (DOCUMENTS, DOMAINS, GONE)

HEADS = {
    "documents": DOCUMENTS.head,
    "domains": DOMAINS.head,
    "removals": REMOVALS.head,
    HISTORY: Head(size=9, root=Tree.of(ENTRIES).root),
}


def old_head(size: int) -> Head:
    return Head(size=size, root=Tree.of(ENTRIES[:size]).root)


def absence(of: Committed, key: str) -> Absence:
    return prove_absence(of, key, of.position(key))


@cache
def proofs() -> Mapping[str, Proof]:
    """One of each kind, and of each shape that a kind has."""
    return {
        "document": prove_inclusion(DOCUMENTS, 4),
        "last-document": prove_inclusion(DOCUMENTS, 11),
        "domain": prove_inclusion(DOMAINS, 5),
        "removal": prove_inclusion(GONE, 1),
        "between": absence(DOCUMENTS, url(6)),
        "before-all": absence(DOMAINS, "a.example"),
        "after-all": absence(DOMAINS, "river.example"),
        "of-none": absence(REMOVALS, url(1)),
        "consistency": prove_consistency(Tree.of(ENTRIES), old_head(5), release=RELEASE),
        "since-none": prove_consistency(Tree.of(ENTRIES), old_head(0), release=RELEASE),
        "unchanged": prove_consistency(Tree.of(ENTRIES), old_head(9), release=RELEASE),
    }


NAMES = st.sampled_from(sorted(proofs()))


def heads_for(name: str) -> Mapping[str, Head]:
    return {**HEADS, "removals": GONE.head} if name == "removal" else HEADS


def said(name: str) -> str:
    return verify(parse(proofs()[name].data), heads_for(name), release=RELEASE)


@pytest.mark.parametrize("name", proofs())
def test_a_proof_comes_back_from_its_file(name: str) -> None:
    assert parse(proofs()[name].data) == proofs()[name]


WORDS = {
    "document": f"A document of this release was read at {url(9)}: its text is "
    f"{digest_of(b'text 9')}, its license CC-BY-4.0.",
    "last-document": "A document of this release was read at http://river.example/23",
    "domain": "This release's documents from the domain d11.example: 12, with 100 ",
    "removal": f"The document that was read at {url(1)}, with the text "
    f"{digest_of(b'text 1')}, was published once. It was removed by {OTHER}: withdrawn.",
    "between": "No document of this release was read at http://river.example/06.",
    "before-all": "No document of this release comes from the domain a.example.",
    "after-all": "No document of this release comes from the domain river.example.",
    "of-none": "This release records no removal of a document that was read at http",
    "consistency": "The history of this release, 9 entries, begins with the 5 under the "
    f"root {Tree.of(ENTRIES[:5]).root.hex()}: none of them was changed or taken out.",
    "since-none": "The history of this release, 9 entries, begins with the 0 under ",
    "unchanged": "The history of this release, 9 entries, begins with the 9 under ",
}


@pytest.mark.parametrize("name", proofs())
def test_a_proof_says_what_it_shows(name: str) -> None:
    assert said(name).startswith(WORDS[name])


@pytest.mark.parametrize("name", proofs())
def test_a_proof_says_how_far_it_goes(name: str) -> None:
    assert said(name).endswith(
        "That is what the card commits to under the key that signed it; it says nothing "
        "of other copies of the data, nor of a model."
    )
    needs_order = isinstance(proofs()[name], Absence)
    assert ("leaves are in the order of their keys" in said(name)) is needs_order


@pytest.mark.parametrize("of", TREES, ids=lambda of: of.name)
def test_every_leaf_is_proven_to_be_there(of: Committed) -> None:
    for index in range(of.tree.size):
        proof = prove_inclusion(of, index)

        assert of.position(proof.key) == index
        assert verify(proof, {of.name: of.head}, release=RELEASE)


@pytest.mark.law
@given(st.integers(0, 40), st.integers(0, 99))
def test_every_key_is_there_or_not(size: int, number: int) -> None:
    leaves = [of_domain(each) for each in range(1, 2 * size, 2)]
    of = committed("domains", leaves)
    key = domain(number)
    position = of.position(key)

    if any(leaf.key == key.encode() for leaf in leaves):
        proof: Proof = prove_inclusion(of, position)
        with pytest.raises(ProofFault, match=r"\(key\): there is a leaf of d"):
            prove_absence(of, key, position)
    else:
        proof = prove_absence(of, key, position)

    assert verify(parse(proof.data), {"domains": of.head}, release=RELEASE)


def flipped(data: bytes, at: int, by: int) -> bytes:
    changed = bytearray(data)
    changed[at % len(data)] ^= by
    return bytes(changed)


def verify_file(data: bytes, heads: Mapping[str, Head]) -> str:
    return verify(parse(data), heads, release=RELEASE)


@pytest.mark.law
@given(NAMES, st.integers(0, 5000), st.integers(1, 255))
def test_no_flipped_byte_of_a_file_passes(name: str, at: int, by: int) -> None:
    changed = flipped(proofs()[name].data, at, by)

    with pytest.raises(ProofFault, match=r"^the proof fails \((form|damage)\): "):
        verify_file(changed, heads_for(name))


@pytest.mark.parametrize("name", proofs())
def test_no_other_letter_anywhere_in_a_file_passes(name: str) -> None:
    data = proofs()[name].data

    for at in range(len(data)):
        with pytest.raises(ProofFault, match=r"^the proof fails \((form|damage)\): "):
            verify_file(flipped(data, at, 1), heads_for(name))


def sealed(said: object) -> bytes:
    """A file of a forger, who knows how a proof is written."""
    assert isinstance(said, dict)
    facts = {name: value for name, value in said.items() if name != "digest"}
    return canonical({**facts, "digest": digest_of(canonical(facts))}) + b"\n"


@pytest.mark.parametrize("name", proofs())
def test_no_other_letter_passes_though_the_digest_is_right(name: str) -> None:
    proof = proofs()[name]

    for at in range(len(proof.data) - 1):
        try:
            said = parse_canonical(flipped(proof.data, at, 1)[:-1])
        except ValueError:
            continue
        try:
            forged = parse(sealed(said))
            verify(forged, heads_for(name), release=RELEASE)
        except ProofFault:
            continue
        # What still holds is the absence of another key, which nothing is wrong with; a
        # digest in other words is put right.
        assert forged == proof or (
            isinstance(proof, Absence)
            and isinstance(forged, Absence)
            and forged == replace(proof, key=forged.key)
        )


@pytest.mark.law
@given(NAMES, st.binary(max_size=60), st.tuples(st.integers(0, 5000), st.integers(0, 60)))
def test_no_bytes_raise_anything_else(
    name: str, put: bytes, where: tuple[int, int]
) -> None:
    at, out = where
    data = proofs()[name].data
    changed = data[:at] + put + data[at + out :]
    if changed == data:
        return

    with pytest.raises(ProofFault):
        verify_file(changed, heads_for(name))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "form): it does not end with a line break"),
        (b"\n", "form): Expecting value"),
        (b"[]\n", "form): it is not a JSON object"),
        (b"{}\n", "damage): its content is sha256:"),
        (proofs()["domain"].data[:-1], "form): it does not end with a line break"),
        (proofs()["domain"].data + b"\n", "form): it is not in the canonical form"),
        (b" " + proofs()["domain"].data, "form): it is not in the canonical form"),
        (b"[" * 100_000 + b"\n", "form): it is nested too deeply"),
        (sealed({}), "form): it does not say which tree of which release"),
        (sealed({"tree": "domains", "release": RELEASE, "head": 1}), "no size or no root"),
    ],
    ids=[
        "nothing", "line-break", "list", "no-digest", "cut", "two-line-breaks", "space",
        "deep", "empty", "no-head",
    ],
)  # fmt: skip
def test_a_file_that_is_no_proof_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(ProofFault) as fault:
        parse(data)

    assert why in str(fault.value)


@pytest.mark.parametrize(
    ("name", "changes", "why"),
    [
        ("domain", {"kind": "other"}, "it has not the parts of any proof"),
        ("domain", {"format": "estovers-proof/2"}, "it says other things"),
        ("domain", {"more": 1}, "it says other things"),
        ("domain", {"tree": "history"}, "nothing is proven of single leaves"),
        ("domain", {"tree": "documents"}, "it is not a document's leaf"),
        ("domain", {"place": None}, "no index or no path"),
        ("domain", {"head": {"root": "zz", "size": 1}}, "hexadecimal"),
        ("domain", {"head": {"root": "AA" * 32, "size": 1}}, "it says other things"),
        ("domain", {"head": {"root": "", "size": True}}, "it says other things"),
        ("consistency", {"path": "00"}, "a path of it is not a list"),
        ("consistency", {"path": [0]}, "hexadecimal"),
        ("consistency", {"old": {}}, "no size or no root"),
        ("between", {"left": 0}, "no index or no path"),
    ],
    ids=[
        "kind", "format", "more", "history", "other-tree", "no-place", "no-hex",
        "upper-case", "truth", "no-list", "number", "no-old-head", "no-neighbour",
    ],
)  # fmt: skip
def test_parts_that_are_not_a_proofs_are_refused(
    name: str, changes: dict[str, object], why: str
) -> None:
    facts = json.loads(proofs()[name].data)

    with pytest.raises(ProofFault) as fault:
        parse(sealed({**facts, **changes}))

    assert "(form)" in str(fault.value)
    assert why in str(fault.value)


INCLUDED = prove_inclusion(DOCUMENTS, 4)
BETWEEN = absence(DOCUMENTS, url(6))
BEFORE = absence(DOCUMENTS, url(0))
AFTER = absence(DOCUMENTS, url(99))
NONE = absence(REMOVALS, url(1))
GROWN = prove_consistency(Tree.of(ENTRIES), old_head(5), release=RELEASE)
PLACES = [prove_inclusion(DOCUMENTS, index).place for index in range(12)]


def at(place: Place, index: int) -> Place:
    return replace(place, index=index)


# Named by what is wrong: the proof, and what its fault says.
FAULTS: dict[str, tuple[Proof, str]] = {
    "another-release": (
        replace(INCLUDED, release=OTHER), f"(release): it is about {OTHER}, and the card"
    ),
    "no-such-tree": (
        replace(INCLUDED, tree="other"), "(tree): the card has no tree of other."
    ),
    "another-tree": (
        replace(INCLUDED, tree="domains"), "(size): its tree has 12 leaves, and the card"
    ),
    "another-size": (
        replace(INCLUDED, head=replace(INCLUDED.head, size=13)), "(size): its tree has 13"
    ),
    "another-root": (
        replace(INCLUDED, head=Head(size=12, root=EMPTY_ROOT)),
        f"(root): its root is {EMPTY_ROOT.hex()}, and the card's",
    ),
    "leaf-of-another-key": (
        replace(INCLUDED, key=url(10)), f"(key): it is to be of {url(10)}, and its leaf is"
    ),
    "another-index": (
        replace(INCLUDED, place=at(PLACES[4], 5)), f"(path): from {url(9)} at 5 of 12 it"
    ),
    "index-beyond": (
        replace(INCLUDED, place=at(PLACES[4], 12)), f"(path): from {url(9)} at 12 of 12 it"
    ),
    "another-leaf": (
        replace(INCLUDED, key=url(10), place=replace(PLACES[4], leaf=document(10))),
        f"(path): from {url(10)} at 4 of 12 it misses the root.",
    ),
    "there-at-the-left": (
        replace(BETWEEN, key=url(5)), f"(key): there is a leaf of {url(5)}, at 2."
    ),
    "there-at-the-right": (
        replace(BETWEEN, key=url(7)), f"(key): there is a leaf of {url(7)}, at 3."
    ),
    "too-low": (
        replace(BETWEEN, key=url(4)), f"(key): {url(4)} would stand before its neighbour"
    ),
    "too-high": (
        replace(BETWEEN, key=url(8)), f"(key): {url(8)} would stand after its neighbour"
    ),
    "a-leaf-between": (
        replace(BETWEEN, right=PLACES[4]),
        "(neighbours): its leaves are not neighbours: between 2 and 4 of 12 there are",
    ),
    "twice-the-same": (
        replace(BETWEEN, right=PLACES[2]), "(neighbours): its leaves are not neighbours"
    ),
    "not-the-last": (
        replace(BETWEEN, right=None), "(neighbours): its leaves are not neighbours"
    ),
    "not-the-first": (
        replace(BETWEEN, left=None), "(neighbours): its leaves are not neighbours"
    ),
    "no-neighbours": (
        replace(BETWEEN, left=None, right=None), "(neighbours): its leaves are not neighb"
    ),
    "turned-round": (
        replace(BETWEEN, left=at(PLACES[3], 2), right=at(PLACES[2], 3)),
        f"(order): {url(7)} stands before {url(5)}, and should not.",
    ),
    "neighbour-from-afar": (
        replace(BETWEEN, key=url(10), right=at(PLACES[9], 3)),
        f"(path): from {url(19)} at 3 of 12 it misses the root.",
    ),
    "second-at-the-start": (
        replace(BEFORE, right=PLACES[1]), "(neighbours): its leaves are not neighbours"
    ),
    "not-before-all": (
        replace(BEFORE, key=url(30)), f"(key): {url(30)} would stand after its neighbour"
    ),
    "last-but-one-at-the-end": (
        replace(AFTER, left=PLACES[10]), "(neighbours): its leaves are not neighbours"
    ),
    "not-after-all": (
        replace(AFTER, key=url(22)), f"(key): {url(22)} would stand before its neighbour"
    ),
    "neighbour-of-none": (
        replace(NONE, key=url(0), right=PLACES[0]), f"(path): from {url(1)} at 0 of 0 it"
    ),
    "another-old-head": (
        replace(GROWN, old=old_head(4)), "(path): it does not lead from the 4 old entries"
    ),
    "another-old-root": (
        replace(GROWN, old=Head(size=5, root=EMPTY_ROOT)),
        "(path): it does not lead from the 5 old entries to the 9 new ones.",
    ),
    "short-path": (
        replace(GROWN, path=GROWN.path[:-1]), "(path): it does not lead from the 5 old"
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_the_check_that_fails_is_named(fault: str) -> None:
    proof, why = FAULTS[fault]

    with pytest.raises(ProofFault) as raised:
        verify(proof, HEADS, release=RELEASE)

    assert str(raised.value).startswith(f"the proof fails {why}")
    assert raised.value.exit_code == 6


def test_a_card_cannot_commit_to_none_under_another_root() -> None:
    head = Head(size=0, root=DOCUMENTS.tree.root)

    with pytest.raises(ProofFault, match="not that of a tree without leaves"):
        verify(replace(NONE, head=head), {"removals": head}, release=RELEASE)


@pytest.mark.parametrize("name", proofs())
def test_a_proof_fails_under_another_card(name: str) -> None:
    grown = [leaf_hash(b"x"), *ENTRIES]
    others = {
        tree: Head(size=head.size, root=Tree.of(grown[: head.size + 1]).root)
        for tree, head in HEADS.items()
    }

    with pytest.raises(ProofFault, match=r"\((size|root)\)"):
        verify(proofs()[name], others, release=RELEASE)
    with pytest.raises(ProofFault, match=r"\(release\)"):
        verify(proofs()[name], heads_for(name), release=OTHER)
    with pytest.raises(ProofFault, match=r"\(tree\)"):
        verify(proofs()[name], {}, release=RELEASE)


def test_a_wrong_place_proves_no_absence() -> None:
    for position in set(range(13)) - {3}:
        with pytest.raises(ProofFault, match=r"\(key\)"):
            prove_absence(DOCUMENTS, url(6), position)


def test_leaves_that_are_not_the_trees_prove_nothing() -> None:
    other = replace(DOCUMENTS, leaf_at=lambda index: document(40 + index))

    with pytest.raises(ProofFault, match=r"\(path\)"):
        prove_inclusion(other, 3)
    with pytest.raises(ProofFault, match=r"\(path\)"):
        prove_absence(other, url(39), 0)


def test_leaves_out_of_order_prove_no_absence() -> None:
    swapped = committed("documents", [document(7), document(5)])

    with pytest.raises(ProofFault, match=r"\(order\)"):
        prove_absence(swapped, url(6), 1)


def test_there_is_no_proof_of_a_leaf_beyond_the_last() -> None:
    with pytest.raises(IndexError):
        prove_inclusion(DOMAINS, 6)
    with pytest.raises(IndexError):
        prove_absence(DOMAINS, "river.example", 7)


@pytest.mark.parametrize(
    ("old", "why"),
    [
        (replace(old_head(5), root=EMPTY_ROOT), r"\(path\)"),
        (replace(old_head(5), size=4), r"\(path\)"),
        (replace(old_head(9), size=10), r"\(size\): the old history has 10 entries"),
    ],
    ids=["another-root", "another-size", "longer"],
)
def test_another_history_is_no_beginning(old: Head, why: str) -> None:
    with pytest.raises(ProofFault, match=why):
        prove_consistency(Tree.of(ENTRIES), old, release=RELEASE)


def test_words_of_a_proof_move_no_cursor() -> None:
    leaf = DomainLeaf(domain="\x1b[2Ja.example", documents=1, characters=1)
    of = committed("domains", [leaf])

    words = verify(prove_inclusion(of, 0), {"domains": of.head}, release=RELEASE)
    with pytest.raises(ProofFault) as fault:
        verify(replace(prove_inclusion(of, 0), key="\x1b"), {}, release="\x1b")

    assert "\\x1b[2Ja.example" in words
    assert "\x1b" not in words + str(fault.value)


def test_the_files_of_a_proof_are_read_by_people() -> None:
    facts = json.loads(prove_inclusion(GONE, 0).data)

    assert list(facts) == [
        "digest", "format", "head", "key", "kind", "place", "release", "tree",
    ]  # fmt: skip
    assert facts["place"]["leaf"]["reason"] == "withdrawn"
    assert isinstance(proofs()["consistency"], Consistency)
    assert isinstance(proofs()["domain"], Inclusion)
