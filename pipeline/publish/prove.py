"""Proofs of a published folder: what is made of its trees, and what a signed card shows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.domain import registrable_domain
from pipeline.errors import ArchiveFault, InputFault, UsageFault
from pipeline.ledger.leaf import Leaf
from pipeline.ledger.tree import Tree
from pipeline.model import digest_of
from pipeline.publish import attestation, card, checked, proof, tables
from pipeline.publish.card import Card
from pipeline.publish.checked import ATTESTATION, CARD, PUBLIC_KEY, predicate_of, read
from pipeline.publish.export import Rows
from pipeline.publish.proof import LEAVES, Committed, Consistency, Head, Proof
from pipeline.url import normalise


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a card commits to: the release and its trees, and which key signed that.

    ``key`` is a fingerprint; None where nobody signed.
    """

    release: str
    heads: Mapping[str, Head]
    key: str | None


def of_url(folder: Path, url: str) -> Proof:
    """Return the proof that a page is in a release, was removed, or is in neither tree.

    Raises UsageFault where ``url`` is none, and as ``_committed`` does.
    """
    try:
        wanted = normalise(url)
    except ValueError as error:
        raise UsageFault(f"{url}: this is not a URL ({error}). Write it whole.") from error
    documents = _committed(folder, "documents")
    at = documents.position(wanted)
    if _has(documents, at, wanted):
        return proof.prove_inclusion(documents, at)
    removals = _committed(folder, "removals")
    removed = removals.position(wanted)
    if _has(removals, removed, wanted):
        return proof.prove_inclusion(removals, removed)
    return proof.prove_absence(documents, wanted, at)


def of_domain(folder: Path, domain: str) -> Proof:
    """Return the proof that a release has documents of a domain, or that it has none."""
    wanted = registrable_domain(domain.strip().lower().rstrip("."))
    domains = _committed(folder, "domains")
    at = domains.position(wanted)
    if _has(domains, at, wanted):
        return proof.prove_inclusion(domains, at)
    return proof.prove_absence(domains, wanted, at)


def of_text(folder: Path, text: bytes) -> Proof:
    """Return the proof that a release has a document of exactly this text.

    A line's end after it does not matter. Raises UsageFault where there is none: the
    tree is in the order of URLs, so only of a URL or a domain can it show absence.
    """
    documents = _committed(folder, "documents")
    rows = Rows(_table(folder, "documents"))
    for spelled in dict.fromkeys((text, text.rstrip(b"\r\n"))):
        at = rows.find("text_digest", digest_of(spelled))
        if at is not None:
            return proof.prove_inclusion(documents, at)
    raise UsageFault(
        "no document of this release has exactly this text. That a page or a domain is not "
        "in it can be proven: use --url or --domain."
    )


def since(folder: Path, older: Path) -> Consistency:
    """Return the proof that a release's history begins with that of an older one."""
    old = signed(older, key=None)
    history = _tree(folder, proof.HISTORY)
    head = old.heads[proof.HISTORY]
    return proof.prove_consistency(history, head, release=_release_of(folder))


def signed(path: Path, *, key: str | None) -> Signed:
    """Return what the card at ``path`` commits to: a folder, an attestation or card.json.

    ``key`` is the curator's public key (PEM); without it the one beside the card is used.
    Raises SignatureFault where the signature is not the key's, InputFault where there is
    no card.
    """
    envelope = path / ATTESTATION if path.is_dir() else path
    if path.name == CARD or (path.is_dir() and not envelope.is_file()):
        folder = path if path.is_dir() else path.parent
        if key is not None:
            raise InputFault(f"{folder}: nobody signed this card. Leave --key out.")
        return _of_predicate(predicate_of(_card_of(folder)), key=None)
    public = key if key is not None else read(envelope.parent / PUBLIC_KEY)
    statement = attestation.verify(_bytes(envelope), public)
    return _of_predicate(statement.predicate, key=attestation.fingerprint(public))


def said(data: bytes, by: Signed, *, old: Signed | None) -> str:
    """Return in words what a proof's file shows of a card.

    ``old`` is the card that a proof of consistency starts from, where the reader has it.
    Raises ProofFault where it does not show it.
    """
    parsed = proof.parse(data)
    words = proof.verify(parsed, by.heads, release=by.release)
    if isinstance(parsed, Consistency) and old is not None:
        proof.verify_old(parsed, old.heads)
    return words


_TABLES: Final = {name: table for name, (table, _) in tables.TREES.items()}


def _committed(folder: Path, name: str) -> Committed:
    """Return a tree with its leaves.

    Raises InputFault where nothing was published here, ArchiveFault where it is damaged.
    """
    rows = Rows(_table(folder, name))
    tree = _tree(folder, name)
    if tree.size != len(rows):
        raise ArchiveFault(
            f"{folder}: the tree over {name} is not over the table beside it. Get the "
            "folder again from where it was published, or publish again."
        )

    def leaf_at(index: int) -> Leaf:
        return LEAVES[name].parse(tables.TREES[name][1](rows[index]))

    return Committed(name=name, release=_release_of(folder), tree=tree, leaf_at=leaf_at)


def _release_of(folder: Path) -> str:
    """Return the release of a folder; its settings are read faster than its card."""
    settings = Rows(folder / tables.FOLDER / "settings.parquet")
    at = settings.find("key", "release")
    return str(json.loads(str(settings[at]["value"]))) if at is not None else ""


def _has(committed: Committed, at: int, key: str) -> bool:
    return at < committed.tree.size and committed.leaf_at(at).key == key.encode()


def _tree(folder: Path, name: str) -> Tree:
    path = folder / tables.FOLDER / f"{name}.tree"
    try:
        return Tree.open(path)
    except (OSError, ValueError) as error:
        raise ArchiveFault(
            f"{path}: this is not the tree that was published ({error}). Get the folder "
            "again from where it was published, or publish again."
        ) from error


def _table(folder: Path, name: str) -> Path:
    return folder / tables.FOLDER / f"{_TABLES[name]}.parquet"


def _card_of(folder: Path) -> Card:
    return card.parse(checked.read(folder / CARD), source=str(folder / CARD))


def _of_predicate(predicate: Mapping[str, object], *, key: str | None) -> Signed:
    match predicate:
        case {"release": str(release), "trees": Mapping() as trees}:
            heads = {str(name): _head(head) for name, head in trees.items()}
            return Signed(release=release, heads=heads, key=key)
        case _:
            raise InputFault("what is signed is not a release. Name the card of one.")


def _head(head: object) -> Head:
    match head:
        case {"size": int(size), "root": str(root)}:
            return Head(size=size, root=bytes.fromhex(root.removeprefix("sha256:")))
        case _:
            raise InputFault("what is signed has no root. Name the card of a release.")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputFault(
            f"{path}: cannot be read ({error.strerror}). Name a published folder, its "
            "attestation or its card.json."
        ) from error
