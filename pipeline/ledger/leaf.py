"""What a leaf of a tree says: one fact as canonical JSON, spelled in one way (RFC 8785).

Each kind of leaf names itself, so that a leaf of one tree never passes for one of another.
Leaves stand in the order of their keys' UTF-8 bytes, which is that of their code points and
of DuckDB's ``ORDER BY``; so two neighbours show that nothing stands between them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, NoReturn, TypeAlias, TypeVar

import rfc8785

Json: TypeAlias = bool | int | str | Sequence["Json"] | Mapping[str, "Json"] | None
"""What we sign or commit to. No fractions: a share is stated as its two whole numbers."""

_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True
)

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


def canonical(value: Json) -> bytes:
    """Return the one spelling of a value, without a line's end (RFC 8785 section 3.2).

    Raises ValueError for what JSON cannot carry from one reader to the next: a whole
    number from 2 to the power of 53 on, half of a surrogate pair (what comes from the
    ledger has none, see ``pipeline.model.whole_characters``). Text is not normalised.
    """
    return rfc8785.dumps(value)


def canonical_facts(facts: Mapping[str, str | int | Sequence[str]]) -> bytes:
    """Return what ``canonical`` does of facts, in a fifth of the time.

    Their names are in ASCII, whose order is the same in UTF-16, and their numbers small:
    no more is left to RFC 8785 than how a string is spelled, which is as here.
    """
    return _ENCODER.encode(facts).encode()


def parse_canonical(data: bytes) -> Json:
    """Return the value that ``canonical`` spells as ``data``.

    Raises ValueError, with the reason, for any other bytes: also for a second spelling of
    the same value, a name that occurs twice or a fraction.
    """
    try:
        value: Json = json.loads(data.decode(), parse_float=_refuse, parse_constant=_refuse)
        is_same = canonical(value) == data
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not is_same:
        raise ValueError("it is not in the canonical form of RFC 8785")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLeaf:
    """A document of a release, with the digests of all it rests on; its key is the URL.

    ``capture_digest`` is of the payload, ``text_digest`` of the text in UTF-8; those of the
    policy files and the ids of the decisions stand in the order given. Digests that are
    not ``sha256:`` and 64 hexadecimal digits raise ValueError, here and below.
    """

    KIND: ClassVar[str] = "document"

    url: str
    capture_digest: str
    text_digest: str
    policy_digests: tuple[str, ...]
    decisions: tuple[str, ...]
    license: str

    def __post_init__(self) -> None:
        _verify_digests(self.capture_digest, self.text_digest, *self.policy_digests)

    @property
    def key(self) -> bytes:
        """What the leaves of its tree are in the order of."""
        return self.url.encode()

    @property
    def data(self) -> bytes:
        """The leaf as the tree holds it."""
        return canonical_facts(
            {
                "kind": self.KIND,
                "url": self.url,
                "capture_digest": self.capture_digest,
                "text_digest": self.text_digest,
                "policy_digests": self.policy_digests,
                "decisions": self.decisions,
                "license": self.license,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> "DocumentLeaf":
        """Return the leaf whose ``data`` this is; raises ValueError for any other bytes."""
        match parse_canonical(data):
            case {
                "url": str(url),
                "capture_digest": str(capture),
                "text_digest": str(text),
                "policy_digests": [*policies],
                "decisions": [*decisions],
                "license": str(license_),
            }:
                leaf = cls(
                    url=url,
                    capture_digest=capture,
                    text_digest=text,
                    policy_digests=tuple(map(str, policies)),
                    decisions=tuple(map(str, decisions)),
                    license=license_,
                )
                return _spelled(leaf, data)
            case _:
                raise ValueError(f"it is not a {cls.KIND}'s leaf")


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainLeaf:
    """A registrable domain with its documents and characters; its key is the domain."""

    KIND: ClassVar[str] = "domain"

    domain: str
    documents: int
    characters: int

    @property
    def key(self) -> bytes:
        """What the leaves of its tree are in the order of."""
        return self.domain.encode()

    @property
    def data(self) -> bytes:
        """The leaf as the tree holds it."""
        return canonical(
            {
                "kind": self.KIND,
                "domain": self.domain,
                "documents": self.documents,
                "characters": self.characters,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> "DomainLeaf":
        """Return the leaf whose ``data`` this is; raises ValueError for any other bytes."""
        match parse_canonical(data):
            case {
                "domain": str(domain),
                "documents": int(documents),
                "characters": int(characters),
            }:
                # ``true`` is an int to Python; its sum is 1, which is spelled otherwise.
                leaf = cls(domain=domain, documents=+documents, characters=+characters)
                return _spelled(leaf, data)
            case _:
                raise ValueError(f"it is not a {cls.KIND}'s leaf")


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalLeaf:
    """A document that went since an earlier release, and why; its key is the URL.

    ``release`` is the digest of the last release that had it, ``reason`` a code.
    """

    KIND: ClassVar[str] = "removal"

    url: str
    text_digest: str
    release: str
    reason: str

    def __post_init__(self) -> None:
        _verify_digests(self.text_digest, self.release)

    @property
    def key(self) -> bytes:
        """What the leaves of its tree are in the order of."""
        return self.url.encode()

    @property
    def data(self) -> bytes:
        """The leaf as the tree holds it."""
        return canonical(
            {
                "kind": self.KIND,
                "url": self.url,
                "text_digest": self.text_digest,
                "release": self.release,
                "reason": self.reason,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> "RemovalLeaf":
        """Return the leaf whose ``data`` this is; raises ValueError for any other bytes."""
        match parse_canonical(data):
            case {
                "url": str(url),
                "text_digest": str(text),
                "release": str(release),
                "reason": str(reason),
            }:
                leaf = cls(url=url, text_digest=text, release=release, reason=reason)
                return _spelled(leaf, data)
            case _:
                raise ValueError(f"it is not a {cls.KIND}'s leaf")


Leaf: TypeAlias = DocumentLeaf | DomainLeaf | RemovalLeaf


def _verify_digests(*digests: str) -> None:
    for digest in digests:
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest!r} is not a digest")


_SomeLeaf = TypeVar("_SomeLeaf", DocumentLeaf, DomainLeaf, RemovalLeaf)


def _spelled(leaf: _SomeLeaf, data: bytes) -> _SomeLeaf:
    if leaf.data != data:
        raise ValueError(f"it says other things than a {leaf.KIND}'s leaf does")
    return leaf


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"{number} is not a whole number")
