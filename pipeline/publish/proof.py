"""Proofs: a file that shows, with nothing but the signed card, what a release holds.

The card states for each tree its head: how many leaves, and the root over them. A proof
leads from a leaf to that root (*inclusion*), shows the two neighbours between which a leaf
would stand (*absence*), or shows that an earlier head is a beginning of this one
(*consistency*).

What it cannot show: that the leaves say the truth, that they are in order (absence needs
it; an audit, which has all of them, checks it), or what any model was trained on. The file
carries a digest of itself, so that damage is told from a proof that was made wrong; it
keeps nobody from making another file.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, TypeAlias

from pipeline.errors import ProofFault
from pipeline.ledger.leaf import (
    DocumentLeaf,
    DomainLeaf,
    Json,
    Leaf,
    RemovalLeaf,
    canonical,
    parse_canonical,
)
from pipeline.ledger.tree import EMPTY_ROOT, Tree, verify_consistency, verify_inclusion
from pipeline.model import digest_of
from pipeline.publish.terminal import visible

FORMAT: Final = "estovers-proof/1"
"""The first thing that a proof says of itself."""

HISTORY: Final = "history"
"""The tree over all releases, which only grows. The others are made anew for each."""

LEAVES: Final[Mapping[str, type[Leaf]]] = {
    "documents": DocumentLeaf,
    "domains": DomainLeaf,
    "removals": RemovalLeaf,
}
"""The trees whose leaves are in the order of their keys, and what their leaves are."""


class Check(StrEnum):
    """What a proof is checked for, in this order, as its fault names it."""

    FORM = "form"
    DAMAGE = "damage"
    RELEASE = "release"
    TREE = "tree"
    SIZE = "size"
    ROOT = "root"
    NEIGHBOURS = "neighbours"
    KEY = "key"
    ORDER = "order"
    PATH = "path"


_ANOTHER_FILE: Final = "Ask whoever gave you the file for it again."
_OTHER_CARD: Final = (
    "Take the card of the release that it was made from, or ask for another."
)
_NOT_SHOWN: Final = "Do not rely on it: it does not follow from the card."

_REMEDIES: Final = {
    Check.FORM: _ANOTHER_FILE,
    Check.DAMAGE: _ANOTHER_FILE,
    Check.RELEASE: _OTHER_CARD,
    Check.TREE: _OTHER_CARD,
    Check.SIZE: _OTHER_CARD,
    Check.ROOT: _OTHER_CARD,
    Check.NEIGHBOURS: _NOT_SHOWN,
    Check.KEY: _NOT_SHOWN,
    Check.ORDER: _NOT_SHOWN,
    Check.PATH: _NOT_SHOWN,
}

_ABSENT: Final = {
    "documents": "No document of this release was read at {key}.",
    "domains": "No document of this release comes from the domain {key}.",
    "removals": "This release records no removal of a document that was read at {key}.",
}
_COMMITTED: Final = (
    "That is what the card commits to under the key that signed it; it says nothing of "
    "other copies of the data, nor of a model."
)
_IN_ORDER: Final = (
    "It holds where the leaves are in the order of their keys, which an audit of the "
    "release checks."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a card states of a tree: how many leaves it has, and its root, 32 bytes."""

    size: int
    root: bytes

    @property
    def facts(self) -> dict[str, Json]:
        """The head as JSON, the root in hexadecimal digits."""
        return {"size": self.size, "root": self.root.hex()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A leaf, where it stands, from 0, and its path to the root (RFC 9162 2.1.3.1)."""

    index: int
    leaf: Leaf
    path: tuple[bytes, ...]

    @property
    def facts(self) -> dict[str, Json]:
        """The place as JSON, hashes in hexadecimal digits."""
        return {
            "index": self.index,
            "leaf": parse_canonical(self.leaf.data),
            "path": [one.hex() for one in self.path],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """The proof that the tree of a release has a leaf of a key: a URL or a domain."""

    KIND: ClassVar[str] = "inclusion"

    tree: str
    release: str
    head: Head
    key: str
    place: Place

    @property
    def data(self) -> bytes:
        """The proof's file."""
        return _file_of(self, {"key": self.key, "place": self.place.facts})


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """The proof that no leaf of the tree of a release has a key.

    A neighbour is None where the leaf would stand before or after all others.
    """

    KIND: ClassVar[str] = "absence"

    tree: str
    release: str
    head: Head
    key: str
    left: Place | None
    right: Place | None

    @property
    def data(self) -> bytes:
        """The proof's file."""
        left = self.left.facts if self.left else None
        right = self.right.facts if self.right else None
        return _file_of(self, {"key": self.key, "left": left, "right": right})


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """The proof that the history of a release begins with that under an ``old`` head."""

    KIND: ClassVar[str] = "consistency"

    tree: str
    release: str
    head: Head
    old: Head
    path: tuple[bytes, ...]

    @property
    def data(self) -> bytes:
        """The proof's file."""
        path = [one.hex() for one in self.path]
        return _file_of(self, {"old": self.old.facts, "path": path})


Proof: TypeAlias = Inclusion | Absence | Consistency


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """One of a release's ordered trees, with its leaves by their index, to prove from."""

    name: str
    release: str
    tree: Tree
    leaf_at: Callable[[int], Leaf]

    @property
    def head(self) -> Head:
        """What the card states of the tree."""
        return Head(size=self.tree.size, root=self.tree.root)

    def position(self, key: str) -> int:
        """Return where the first leaf of ``key`` stands, or would stand.

        It asks for one leaf for each bit of the size; whoever has the leaves in a table
        counts the keys that are less.
        """
        return bisect_left(
            range(self.tree.size), key.encode(), key=lambda at: self.leaf_at(at).key
        )


def prove_inclusion(committed: Committed, index: int) -> Inclusion:
    """Return the proof that the leaf at ``index`` is in its tree.

    Raises IndexError where there is none, ProofFault where tree and leaf do not agree.
    """
    place = _place_at(committed, index)
    proof = Inclusion(
        tree=committed.name,
        release=committed.release,
        head=committed.head,
        key=place.leaf.key.decode(),
        place=place,
    )
    _verify_inclusion(proof)
    return proof


def prove_absence(committed: Committed, key: str, position: int) -> Absence:
    """Return the proof that no leaf has ``key``, which would stand at ``position``.

    Raises ProofFault where a leaf has it, or it would stand elsewhere, or tree and leaves
    do not agree; IndexError where ``position`` is greater than the tree.
    """
    size = committed.tree.size
    proof = Absence(
        tree=committed.name,
        release=committed.release,
        head=committed.head,
        key=key,
        left=_place_at(committed, position - 1) if position > 0 else None,
        right=_place_at(committed, position) if position < size else None,
    )
    _verify_absence(proof)
    return proof


def prove_consistency(history: Tree, old: Head, *, release: str) -> Consistency:
    """Return the proof that ``history``, as of ``release``, begins with the old history.

    Raises ProofFault where it does not.
    """
    if old.size > history.size:
        why = f"the old history has {old.size} entries and this one {history.size}."
        raise _fault(Check.SIZE, why)
    proof = Consistency(
        tree=HISTORY,
        release=release,
        head=Head(size=history.size, root=history.root),
        old=old,
        path=history.consistency(old.size),
    )
    _verify_consistency(proof)
    return proof


def parse(data: bytes) -> Proof:
    """Return the proof that a file holds.

    Raises ProofFault, naming what is wrong, for bytes that are not exactly those that a
    proof is written as: canonical JSON (RFC 8785) and one line break.
    """
    try:
        proof = _proof_of(_undamaged(data))
    except ValueError as error:
        raise _fault(Check.FORM, f"{error}.") from error
    if proof.data != data:
        raise _fault(Check.FORM, f"it says other things than {FORMAT} does.")
    return proof


def verify(proof: Proof, heads: Mapping[str, Head], *, release: str) -> str:
    """Return in words what a proof shows of ``release``, whose card states ``heads``.

    Whoever asks for a key gives it as a release spells it: a URL as ``pipeline.url`` does,
    a domain as ``pipeline.domain`` does. A consistency is shown with the ``old`` head that
    the proof names; it is for the reader to find it in the earlier card. Raises
    ProofFault, naming the check that failed and why.
    """
    _verify_commitment(proof, heads, release)
    return visible(f"{_shown(proof)} {_COMMITTED}")


def verify_old(proof: Consistency, heads: Mapping[str, Head]) -> None:
    """Raise ProofFault where a consistency starts from another head than the old card's."""
    old = heads.get(proof.tree)
    if old != proof.old:
        why = f"it starts from {proof.old.root.hex()}, which the old card does not state."
        raise _fault(Check.ROOT, why)


def _shown(proof: Proof) -> str:
    match proof:
        case Inclusion():
            _verify_inclusion(proof)
            return _said(proof.place.leaf)
        case Absence():
            _verify_absence(proof)
            return f"{_ABSENT[proof.tree].format(key=proof.key)} {_IN_ORDER}"
        case Consistency():
            _verify_consistency(proof)
            return _history_said(proof.old, proof.head)


def _verify_commitment(proof: Proof, heads: Mapping[str, Head], release: str) -> None:
    if proof.release != release:
        why = f"it is about {proof.release}, and the card is of {release}."
        raise _fault(Check.RELEASE, why)
    head = heads.get(proof.tree)
    if head is None:
        raise _fault(Check.TREE, f"the card has no tree of {proof.tree}.")
    if proof.head.size != head.size:
        why = f"its tree has {proof.head.size} leaves, and the card's {head.size}."
        raise _fault(Check.SIZE, why)
    if proof.head.root != head.root:
        why = f"its root is {proof.head.root.hex()}, and the card's {head.root.hex()}."
        raise _fault(Check.ROOT, why)


def _verify_inclusion(proof: Inclusion) -> None:
    if proof.place.leaf.key != proof.key.encode():
        why = f"it is to be of {proof.key}, and its leaf is of {_key(proof.place)}."
        raise _fault(Check.KEY, why)
    _verify_place(proof.place, proof.head)


def _verify_absence(proof: Absence) -> None:
    _verify_adjacent(proof.left, proof.right, size=proof.head.size)
    _verify_between(proof.left, proof.right, key=proof.key)
    for neighbour in filter(None, (proof.left, proof.right)):
        _verify_place(neighbour, proof.head)
    if proof.head.size == 0 and proof.head.root != EMPTY_ROOT:
        raise _fault(Check.PATH, "its root is not that of a tree without leaves.")


def _verify_adjacent(left: Place | None, right: Place | None, *, size: int) -> None:
    """Refuse neighbours between which there is room, or that are not at the ends."""
    before = left.index if left else -1
    after = right.index if right else size
    if after != before + 1:
        between = f"between {before} and {after} of {size} there are others"
        raise _fault(Check.NEIGHBOURS, f"its leaves are not neighbours: {between}.")


def _verify_between(left: Place | None, right: Place | None, *, key: str) -> None:
    """Refuse neighbours that are not strictly below and above a key, in its UTF-8."""
    wanted = key.encode()
    for one in filter(None, (left, right)):
        if one.leaf.key == wanted:
            raise _fault(Check.KEY, f"there is a leaf of {key}, at {one.index}.")
    if left and right and left.leaf.key >= right.leaf.key:
        why = f"{_key(left)} stands before {_key(right)}, and should not."
        raise _fault(Check.ORDER, why)
    if left and left.leaf.key > wanted:
        raise _fault(Check.KEY, f"{key} would stand before its neighbour, {_key(left)}.")
    if right and right.leaf.key < wanted:
        raise _fault(Check.KEY, f"{key} would stand after its neighbour, {_key(right)}.")


def _verify_consistency(proof: Consistency) -> None:
    old, new = proof.old, proof.head
    if not verify_consistency(
        old_size=old.size,
        old_root=old.root,
        new_size=new.size,
        new_root=new.root,
        path=proof.path,
    ):
        why = (
            f"it does not lead from the {old.size} old entries to the {new.size} new ones."
        )
        raise _fault(Check.PATH, why)


def _verify_place(place: Place, head: Head) -> None:
    if not verify_inclusion(
        place.leaf.data,
        index=place.index,
        size=head.size,
        path=place.path,
        root=head.root,
    ):
        why = f"from {_key(place)} at {place.index} of {head.size} it misses the root."
        raise _fault(Check.PATH, why)


def _said(leaf: Leaf) -> str:
    match leaf:
        case DocumentLeaf():
            return (
                f"A document of this release was read at {leaf.url}: its text is "
                f"{leaf.text_digest}, its license {leaf.license}."
            )
        case DomainLeaf():
            return (
                f"This release's documents from the domain {leaf.domain}: "
                f"{leaf.documents}, with {leaf.characters} characters in all."
            )
        case RemovalLeaf():
            return (
                f"The document that was read at {leaf.url}, with the text "
                f"{leaf.text_digest}, was published once. It was removed by "
                f"{leaf.release}: {leaf.reason}."
            )


def _history_said(old: Head, new: Head) -> str:
    return (
        f"The history of this release, {new.size} entries, begins with the {old.size} "
        f"under the root {old.root.hex()}: none of them was changed or taken out. Compare "
        "that root with the earlier card."
    )


def _place_at(committed: Committed, index: int) -> Place:
    path = committed.tree.inclusion(index)
    return Place(index=index, leaf=committed.leaf_at(index), path=path)


def _key(place: Place) -> str:
    return place.leaf.key.decode()


def _file_of(proof: Proof, facts: Mapping[str, Json]) -> bytes:
    said: dict[str, Json] = {
        "format": FORMAT,
        "kind": proof.KIND,
        "tree": proof.tree,
        "release": proof.release,
        "head": proof.head.facts,
        **facts,
    }
    return canonical({**said, "digest": digest_of(canonical(said))}) + b"\n"


def _undamaged(data: bytes) -> Mapping[str, Json]:
    if data[-1:] != b"\n":
        raise ValueError("it does not end with a line break")
    value = parse_canonical(data[:-1])
    if not isinstance(value, Mapping):
        raise ValueError("it is not a JSON object")  # noqa: TRY004  (of a file, not a type)
    said = {name: each for name, each in value.items() if name != "digest"}
    actual = digest_of(canonical(said))
    if value.get("digest") != actual:
        why = f"its content is {actual}, and it says {value.get('digest')}."
        raise _fault(Check.DAMAGE, why)
    return said


def _proof_of(said: Mapping[str, Json]) -> Proof:
    match said:
        case {"tree": str(tree), "release": str(release), "head": head, **facts}:
            about = _About(tree=tree, release=release, head=_head_of(head))
            return _kind_of(about, facts)
        case _:
            raise ValueError("it does not say which tree of which release it is about")


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    tree: str
    release: str
    head: Head


def _kind_of(about: _About, facts: Mapping[str, Json]) -> Proof:
    tree, release, head = about.tree, about.release, about.head
    match facts:
        case {"kind": Inclusion.KIND, "key": str(key), "place": place}:
            return Inclusion(
                tree=tree, release=release, head=head, key=key, place=_place_of(place, tree)
            )
        case {"kind": Absence.KIND, "key": str(key), "left": left, "right": right}:
            return Absence(
                tree=tree,
                release=release,
                head=head,
                key=key,
                left=None if left is None else _place_of(left, tree),
                right=None if right is None else _place_of(right, tree),
            )
        case {"kind": Consistency.KIND, "old": old, "path": path}:
            return Consistency(
                tree=tree, release=release, head=head, old=_head_of(old),
                path=_path_of(path),
            )  # fmt: skip
        case _:
            raise ValueError(f"it has not the parts of any proof of {FORMAT}")


def _head_of(value: Json) -> Head:
    match value:
        case {"size": int(size), "root": str(root)}:
            return Head(size=+size, root=bytes.fromhex(root))
        case _:
            raise ValueError("a head of it has no size or no root")


def _place_of(value: Json, tree: str) -> Place:
    if tree not in LEAVES:
        raise ValueError(f"nothing is proven of single leaves of a tree of {tree}")
    match value:
        case {"index": int(index), "leaf": leaf, "path": path}:
            parsed = LEAVES[tree].parse(canonical(leaf))
            return Place(index=+index, leaf=parsed, path=_path_of(path))
        case _:
            raise ValueError("a leaf of it has no index or no path")


def _path_of(value: Json) -> tuple[bytes, ...]:
    match value:
        case [*hashes]:
            return tuple(bytes.fromhex(str(one)) for one in hashes)
        case _:
            raise ValueError("a path of it is not a list")


def _fault(check: Check, why: str) -> ProofFault:
    return ProofFault(visible(f"the proof fails ({check}): {why} {_REMEDIES[check]}"))
