"""The tree: what RFC 9162 section 2.1 defines, for every size, leaf and pair of sizes."""

from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ledger.tree import (
    EMPTY_ROOT,
    Tree,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

SIZES = range(71)

# The leaves and roots that Certificate Transparency implementations share for RFC 6962.
KNOWN_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
KNOWN_ROOTS = [
    bytes.fromhex(root)
    for root in (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]


@dataclass(frozen=True)
class Inclusion:
    leaf: bytes
    index: int
    size: int
    path: tuple[bytes, ...]
    root: bytes

    @property
    def holds(self) -> bool:
        return verify_inclusion(
            self.leaf, index=self.index, size=self.size, path=self.path, root=self.root
        )


@dataclass(frozen=True)
class Consistency:
    old_size: int
    new_size: int
    path: tuple[bytes, ...]
    old_root: bytes
    new_root: bytes

    @property
    def holds(self) -> bool:
        return verify_consistency(
            old_size=self.old_size, old_root=self.old_root, new_size=self.new_size,
            new_root=self.new_root, path=self.path,
        )  # fmt: skip


# The definitions of the RFC, word for word, over leaves numbered from 0.


def leaf(number: int) -> bytes:
    return b"leaf %d" % number


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    return 1 << (n - 1).bit_length() - 1


@cache
def mth(start: int, end: int) -> bytes:
    """Section 2.1.1: MTH(D[start:end])."""
    n = end - start
    if n == 0:
        return sha256(b"").digest()
    if n == 1:
        return sha256(b"\x00" + leaf(start)).digest()
    k = split(n)
    return sha256(b"\x01" + mth(start, start + k) + mth(start + k, end)).digest()


def path(m: int, start: int, end: int) -> list[bytes]:
    """Section 2.1.3.1: PATH(m, D[start:end])."""
    n = end - start
    if n == 1:
        return []
    k = split(n)
    if m < k:
        return [*path(m, start, start + k), mth(start + k, end)]
    return [*path(m - k, start + k, end), mth(start, start + k)]


def subproof(m: int, start: int, end: int, *, whole: bool) -> list[bytes]:
    """Section 2.1.4.1: SUBPROOF(m, D[start:end], whole)."""
    n = end - start
    if m == n:
        return [] if whole else [mth(start, end)]
    k = split(n)
    if m <= k:
        return [*subproof(m, start, start + k, whole=whole), mth(start + k, end)]
    return [*subproof(m - k, start + k, end, whole=False), mth(start, start + k)]


@cache
def tree(size: int) -> Tree:
    return Tree.of(leaf_hash(leaf(number)) for number in range(size))


def inclusion(index: int, size: int) -> Inclusion:
    made = tree(size)
    return Inclusion(leaf(index), index, size, made.inclusion(index), made.root)


def consistency(old: int, new: int) -> Consistency:
    proof = tree(new).consistency(old)
    return Consistency(old, new, proof, tree(old).root, tree(new).root)


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)


def with_flip(hashes: tuple[bytes, ...], bit: int) -> tuple[bytes, ...]:
    joined = flipped(b"".join(hashes), bit)
    return tuple(joined[at : at + 32] for at in range(0, len(joined), 32))


def sides(index: int, size: int) -> list[bool]:
    """On which side of its node each hash of a path stands, from the leaf up."""
    if size == 1:
        return []
    k = split(size)
    if index < k:
        return [*sides(index, k), False]
    return [*sides(index - k, size - k), True]


@st.composite
def places(draw: st.DrawFn, least: int = 1) -> tuple[int, int]:
    size = draw(st.integers(least, 600))
    return draw(st.integers(0, size - 1)), size


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, int]:
    new = draw(st.integers(2, 600))
    return draw(st.integers(1, new - 1)), new


@pytest.mark.conformance
@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_of_certificate_transparency_are_ours(size: int) -> None:
    known = Tree.of(map(leaf_hash, KNOWN_LEAVES[:size]))

    assert known.root == KNOWN_ROOTS[size - 1]


@pytest.mark.conformance
@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, ()),
        (
            0, 8,
            (
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ),
        ),
        (
            1, 5,
            (
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ),
        ),
    ],
    ids=["alone", "first-of-eight", "second-of-five"],
)  # fmt: skip
def test_the_paths_of_certificate_transparency_are_ours(
    index: int, size: int, proof: tuple[str, ...]
) -> None:
    known = Tree.of(map(leaf_hash, KNOWN_LEAVES[:size]))

    assert known.inclusion(index) == tuple(map(bytes.fromhex, proof))


def test_a_tree_without_leaves_has_the_hash_of_nothing() -> None:
    assert (tree(0).size, tree(0).root) == (0, EMPTY_ROOT)
    assert sha256(b"").digest() == EMPTY_ROOT


def test_every_root_and_path_is_that_of_the_definition() -> None:
    for size in SIZES:
        assert tree(size).root == mth(0, size)
        for index in range(size):
            assert list(tree(size).inclusion(index)) == path(index, 0, size)
            assert inclusion(index, size).holds


def test_every_consistency_is_that_of_the_definition() -> None:
    for new in SIZES:
        for old in range(new + 1):
            expected = subproof(old, 0, new, whole=True) if old else []
            assert list(tree(new).consistency(old)) == expected
            assert consistency(old, new).holds


@pytest.mark.law
@given(places())
def test_any_path_is_that_of_the_definition(place: tuple[int, int]) -> None:
    index, size = place

    proof = inclusion(index, size)

    assert (proof.root, list(proof.path)) == (mth(0, size), path(index, 0, size))
    assert proof.holds


@pytest.mark.law
@given(growths())
def test_any_consistency_is_that_of_the_definition(growth: tuple[int, int]) -> None:
    old, new = growth

    proof = consistency(old, new)

    assert list(proof.path) == subproof(old, 0, new, whole=True)
    assert proof.holds


@pytest.mark.law
@given(places(least=2), st.integers(0, 10_000))
def test_no_flipped_bit_of_an_inclusion_passes(place: tuple[int, int], bit: int) -> None:
    proof = inclusion(*place)

    assert not replace(proof, leaf=flipped(proof.leaf, bit)).holds
    assert not replace(proof, root=flipped(proof.root, bit)).holds
    assert not replace(proof, path=with_flip(proof.path, bit)).holds


@pytest.mark.law
@given(growths(), st.integers(0, 10_000))
def test_no_flipped_bit_of_a_consistency_passes(growth: tuple[int, int], bit: int) -> None:
    proof = consistency(*growth)

    assert not replace(proof, old_root=flipped(proof.old_root, bit)).holds
    assert not replace(proof, new_root=flipped(proof.new_root, bit)).holds
    assert not replace(proof, path=with_flip(proof.path, bit)).holds


@pytest.mark.law
@given(places(least=2), st.binary(max_size=70))
def test_no_path_of_another_length_passes(place: tuple[int, int], more: bytes) -> None:
    proof = inclusion(*place)

    assert not replace(proof, path=proof.path[1:]).holds
    assert not replace(proof, path=proof.path[:-1]).holds
    assert not replace(proof, path=(*proof.path, more)).holds
    assert not replace(proof, path=(*proof.path, proof.root)).holds
    assert not replace(proof, path=(more, *proof.path)).holds


@pytest.mark.law
@given(growths())
def test_no_consistency_of_another_length_passes(growth: tuple[int, int]) -> None:
    proof = consistency(*growth)

    assert not replace(proof, path=()).holds
    assert not replace(proof, path=proof.path[1:]).holds
    assert not replace(proof, path=proof.path[:-1]).holds
    assert not replace(proof, path=(*proof.path, proof.new_root)).holds
    assert not replace(proof, path=(*proof.path, b"")).holds


def test_a_path_passes_only_where_its_sides_are_the_same() -> None:
    passed = set()
    for size in range(1, 18):
        for index in range(size):
            proof = inclusion(index, size)
            for other_size in range(-1, 20):
                for other in range(-1, other_size + 1):
                    moved = replace(proof, index=other, size=other_size)
                    is_place = 0 <= other < other_size
                    alike = is_place and sides(other, other_size) == sides(index, size)
                    assert moved.holds == alike, (proof, moved)
                    if alike and (other, other_size) != (index, size):
                        passed.add((index, size, other, other_size))

    # The true size lets no other index pass; without it, these are two of many that do.
    assert {(0, 3, 0, 4), (2, 3, 1, 2)} <= passed
    assert not [one for one in passed if one[1] == one[3]]


def test_an_equal_leaf_passes_in_its_own_place() -> None:
    twins = Tree.of([leaf_hash(b"x")] * 2)

    proof = Inclusion(b"x", 0, 2, twins.inclusion(0), twins.root)

    assert replace(proof, index=1).holds


def test_within_the_true_new_size_no_other_old_size_passes() -> None:
    for new in range(2, 40):
        for old in range(1, new):
            proof = consistency(old, new)
            passing = [
                m for m in range(-1, new + 2) if replace(proof, old_size=m).holds
            ]  # fmt: skip
            assert passing == [old]


@pytest.mark.law
@given(
    numbers=st.tuples(st.integers(-2, 70), st.integers(-2, 70)),
    proof=st.lists(st.binary(max_size=33) | st.binary(min_size=32, max_size=32)),
    roots=st.tuples(st.binary(max_size=33), st.binary(min_size=32, max_size=32)),
)
def test_no_bytes_raise(
    numbers: tuple[int, int], proof: list[bytes], roots: tuple[bytes, bytes]
) -> None:
    one, other = numbers

    assert not Inclusion(roots[0], one, other, tuple(proof), roots[1]).holds
    # Of the same size, whatever is given twice is itself.
    assert Consistency(one, other, tuple(proof), *roots).holds in {False, one == other}


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        (Consistency(0, 0, (), EMPTY_ROOT, EMPTY_ROOT), True),
        (Consistency(0, 3, (), EMPTY_ROOT, mth(0, 3)), True),
        (Consistency(3, 3, (), mth(0, 3), mth(0, 3)), True),
        (Consistency(0, 3, (), mth(0, 1), mth(0, 3)), False),
        (Consistency(0, 0, (), mth(0, 3), mth(0, 3)), False),
        (Consistency(0, 3, (mth(0, 3),), EMPTY_ROOT, mth(0, 3)), False),
        (Consistency(3, 3, (), mth(0, 3), mth(0, 2)), False),
        (Consistency(3, 3, (mth(0, 3),), mth(0, 3), mth(0, 3)), False),
        (Consistency(3, 2, (), mth(0, 3), mth(0, 2)), False),
        (Consistency(-1, 2, (), mth(0, 3), mth(0, 2)), False),
    ],
    ids=[
        "both-empty", "old-empty", "equal", "old-empty-of-another-root",
        "empty-of-another-root", "old-empty-with-path", "equal-sizes-other-roots",
        "equal-with-path", "shrunk", "negative",
    ],
)  # fmt: skip
def test_the_ends_of_consistency_are_settled(changed: Consistency, holds: bool) -> None:  # noqa: FBT001
    assert changed.holds is holds


def test_a_node_does_not_pass_for_a_leaf() -> None:
    made = tree(4)
    node = made.inclusion(0)[1]
    children = leaf_hash(leaf(2)) + leaf_hash(leaf(3))

    forged = Inclusion(children, 1, 2, (made.inclusion(3)[1],), made.root)

    assert node == sha256(b"\x01" + children).digest()
    assert not forged.holds


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_path_for_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError, match="of a tree of 3"):
        tree(3).inclusion(index)


@pytest.mark.parametrize("old", [-1, 4])
def test_there_is_no_consistency_with_a_greater_tree(old: int) -> None:
    with pytest.raises(ValueError, match="of a tree of 3"):
        tree(3).consistency(old)


def test_a_leaf_is_given_by_its_hash() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Tree.of([b"river"])


def test_a_tree_comes_back_from_disk_as_it_was(tmp_path: Path) -> None:
    for size in SIZES:
        file = tmp_path / f"{size}.tree"
        tree(size).write(file)

        opened = Tree.open(file)

        assert (opened.size, opened.root) == (size, tree(size).root)
        for index in range(size):
            assert opened.inclusion(index) == tree(size).inclusion(index)
            assert opened.consistency(index) == tree(size).consistency(index)


def test_equal_trees_are_equal_files(tmp_path: Path) -> None:
    tree(11).write(tmp_path / "a")
    Tree.open(tmp_path / "a").write(tmp_path / "b")
    Tree.of(leaf_hash(leaf(number)) for number in range(11)).write(tmp_path / "c")

    files = {(tmp_path / name).read_bytes() for name in "abc"}

    assert len(files) == 1


def test_a_file_that_is_no_tree_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "leaf.tree"
    tree(11).write(file)
    whole = file.read_bytes()
    trees = {sum(-(-n // 2**k) for k in range((n - 1).bit_length() + 1)) for n in SIZES}

    for length in range(1, len(whole) // 32):
        file.write_bytes(whole[: 32 * length])
        if length not in trees:
            with pytest.raises(ValueError, match="not a tree"):
                Tree.open(file)
    file.write_bytes(whole[:-1])
    with pytest.raises(ValueError, match=r"leaf\.tree: \d+ bytes are not a tree"):
        Tree.open(file)


def test_a_damaged_file_gives_proofs_that_fail(tmp_path: Path) -> None:
    file = tmp_path / "leaf.tree"
    tree(11).write(file)
    file.write_bytes(flipped(file.read_bytes(), 8 * 32 + 1))

    damaged = Inclusion(leaf(0), 0, 11, Tree.open(file).inclusion(0), tree(11).root)

    assert not damaged.holds
