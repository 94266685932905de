"""The Merkle tree of RFC 9162 section 2.1: few hashes show that a leaf is among many.

A tree is built level by level; a node without a sibling goes up as it is, which gives the
tree of the RFC's definition for every size. In memory and on disk it is one string: the
hashes of all levels, leaves first, 32 bytes each. So a proof reads one hash a level and
computes none. What is on disk is only a help: a damaged file gives proofs that fail.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final, Self

HASH_SIZE: Final = 32
"""Bytes in a SHA-256 hash."""

EMPTY_ROOT: Final = sha256().digest()
"""Root of the tree without leaves (section 2.1.1)."""

# Of another first byte each, so that no node passes for a leaf (section 2.1.1).
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf that holds ``data``, 32 bytes (section 2.1.1)."""
    return sha256(_LEAF + data).digest()


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A tree over ``size`` leaves. Make one by ``of`` or ``open``."""

    size: int
    _nodes: bytes | mmap

    @classmethod
    def of(cls, leaf_hashes: Iterable[bytes]) -> Self:
        """Return the tree over leaves in their order, each given by its ``leaf_hash``.

        Raises ValueError where one of them is not 32 bytes long.
        """
        level = list(leaf_hashes)
        if not _are_hashes(level):
            raise ValueError(f"a leaf's hash has {HASH_SIZE} bytes")
        size, nodes = len(level), bytearray().join(level)
        while len(level) > 1:
            level = _parents(level)
            nodes += b"".join(level)
        return cls(size, bytes(nodes))

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return the tree that ``write`` left at ``path``, reading only what is asked for.

        A file in use has to be replaced by another, never changed in its place. Raises
        OSError, and ValueError where the length is that of no tree.
        """
        with path.open("rb") as file:
            length = file.seek(0, 2)
            # Nothing cannot be mapped.
            nodes = mmap(file.fileno(), 0, access=ACCESS_READ) if length else b""
        total, rest = divmod(length, HASH_SIZE)
        size = bisect_left(range(total + 1), total, key=_node_count)
        if rest or _node_count(size) != total:
            raise ValueError(f"{path}: {length} bytes are not a tree")
        return cls(size, nodes)

    def write(self, path: Path) -> None:
        """Write the tree's one form to a file: equal leaves give equal bytes.

        Raises OSError.
        """
        path.write_bytes(self._nodes)

    @property
    def data(self) -> bytes:
        """The tree's one form: what ``write`` writes."""
        return bytes(self._nodes)

    @property
    def root(self) -> bytes:
        """The hash that commits to every leaf and to their order, 32 bytes."""
        return self._nodes[-HASH_SIZE:] if self.size else EMPTY_ROOT

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """Return the path from the leaf at ``index`` to the root (section 2.1.3.1).

        It has at most as many hashes as ``size - 1`` has bits. Raises IndexError where
        there is no such leaf.
        """
        if not 0 <= index < self.size:
            raise IndexError(f"leaf {index} of a tree of {self.size}")
        return tuple(self._path(0, index))

    def consistency(self, old_size: int) -> tuple[bytes, ...]:
        """Return what shows that the first leaves alone were a tree (section 2.1.4.1).

        For none and for all of the leaves there is nothing to show: the path is empty.
        Raises ValueError where ``old_size`` is not from 0 to ``size``.
        """
        if not 0 <= old_size <= self.size:
            raise ValueError(f"{old_size} leaves of a tree of {self.size}")
        if old_size in {0, self.size}:
            return ()
        # The greatest whole tree that ends where the old leaves do.
        level, index = 0, old_size - 1
        while index & 1:
            level, index = level + 1, index >> 1
        # At the left edge it is the old tree itself, whose root the verifier has.
        start = (self._node(level, index),) if index else ()
        return (*start, *self._path(level, index))

    def _path(self, level: int, index: int) -> Iterator[bytes]:
        for above in count(level):
            width = _width(self.size, above)
            if width == 1:
                return
            sibling = index >> (above - level) ^ 1
            if sibling < width:
                yield self._node(above, sibling)

    def _node(self, level: int, index: int) -> bytes:
        below = sum(_width(self.size, one) for one in range(level))
        start = (below + index) * HASH_SIZE
        return self._nodes[start : start + HASH_SIZE]


def verify_inclusion(
    leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Say whether ``path`` shows that ``leaf`` is held at ``index`` under ``root``.

    The algorithm of section 2.1.3.2, strict: a path too short or too long shows nothing,
    and no bytes raise. ``size`` has to come from where ``root`` does. A path alone binds
    neither it nor ``index``: it only says on which side each of its hashes stands, which
    many pairs share (the leaf at 0 of 3 and at 0 of 4, at 2 of 3 and at 1 of 2). Within
    the true size no other index passes, unless an equal leaf stands there.
    """
    if not 0 <= index < size or not _are_hashes(path):
        return False
    fn, sn = index, size - 1
    r = leaf_hash(leaf)
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = _node_hash(p, r)
            fn, sn = _promoted(fn, sn)
        else:
            r = _node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def verify_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Say whether ``path`` shows that the new tree begins with the old one's leaves.

    The algorithm of section 2.1.4.2, strict, and no bytes raise. Each size has to come
    from where its root does, as for an inclusion. Of the two cases that the RFC leaves
    open, equal sizes need equal roots, and an old tree without leaves is the beginning of
    any other; both need an empty path.
    """
    if not 0 <= old_size <= new_size or not _are_hashes([old_root, new_root, *path]):
        return False
    if old_size == 0 and old_root != EMPTY_ROOT:
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    if old_size == 0 or not path:
        return old_size == 0 and not path
    return _leads_to_both((old_size, old_root), (new_size, new_root), path)


def _leads_to_both(
    old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]
) -> bool:
    fn, sn = old[0] - 1, new[0] - 1
    is_whole = old[0] & fn == 0
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    start, *rest = [old[1], *path] if is_whole else path
    fr = sr = start
    for c in rest:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = _node_hash(c, fr), _node_hash(c, sr)
            fn, sn = _promoted(fn, sn)
        else:
            sr = _node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and (fr, sr) == (old[1], new[1])


def _promoted(fn: int, sn: int) -> tuple[int, int]:
    """Pass the levels on which a node went up without a sibling."""
    while fn and not fn & 1:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn


def _node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(_NODE + left + right).digest()


def _parents(level: list[bytes]) -> list[bytes]:
    parents = list(map(_node_hash, level[::2], level[1::2]))
    return [*parents, level[-1]] if len(level) % 2 else parents


def _width(size: int, level: int) -> int:
    """Return how many nodes stand on a level, the leaves' being 0."""
    return (size + (1 << level) - 1) >> level


def _node_count(size: int) -> int:
    """Return how many nodes a tree has, one that went up counted on each of its levels."""
    levels = (size - 1).bit_length() + 1 if size else 0
    return sum(_width(size, level) for level in range(levels))


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
