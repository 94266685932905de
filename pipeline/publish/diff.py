"""What changed between two releases: documents, domains, licenses, consent, statements."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from pipeline.ledger.store import Connection
from pipeline.publish import card, checked, tables
from pipeline.publish.checked import CARD
from pipeline.publish.terminal import visible

SHOWN: Final = 20
"""Changes of a kind that are listed for people; the rest are counted."""

_TITLES: Final = {
    "added": "Documents added",
    "removed": "Documents removed",
    "changed": "Documents whose text changed",
    "relicensed": "Documents under another license",
    "reconsented": "Documents let in by other words",
    "refused": "Pages refused now and not before",
    "allowed": "Pages refused before and not now",
    "domains": "Domains, by documents",
    "licenses": "Licenses, by documents",
    "statements": "Statements of the card",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that differs, with what it was and what it is; None where it is not."""

    subject: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What changed from one release to another, by kind; each kind in order."""

    old: str
    new: str
    changes: Mapping[str, tuple[Change, ...]]

    @property
    def total(self) -> int:
        """How many things changed."""
        return sum(map(len, self.changes.values()))


def diff(old: Path, new: Path) -> Diff:
    """Return what changed between two published folders.

    Raises InputFault where one is none, ArchiveFault where one is damaged.
    """
    before, after = _release(old), _release(new)
    kept = before.documents.keys() & after.documents.keys()
    pairs = {url: (before.documents[url], after.documents[url]) for url in sorted(kept)}

    def differing(part: Callable[[_Document], str]) -> tuple[Change, ...]:
        return tuple(
            Change(subject=url, old=part(one), new=part(other))
            for url, (one, other) in pairs.items()
            if part(one) != part(other)
        )

    only = _only(before.documents, after.documents)
    return Diff(
        old=f"{before.name} ({before.release})",
        new=f"{after.name} ({after.release})",
        changes={
            "added": tuple(c for c in only if c.old is None),
            "removed": tuple(c for c in only if c.new is None),
            "changed": differing(lambda d: d.text),
            "relicensed": differing(lambda d: d.license),
            "reconsented": differing(lambda d: d.decisions),
            "refused": _only_there(after.refused, before.refused, is_new=True),
            "allowed": _only_there(before.refused, after.refused, is_new=False),
            "domains": _counts(before.domains, after.domains),
            "licenses": _counts(before.licenses, after.licenses),
            "statements": _counts(before.statements, after.statements),
        },
    )


def render(found: Diff) -> str:
    """Return a difference for people."""
    return "\n".join(_lines(found))


def as_json(found: Diff) -> str:
    """Return a difference as one JSON object, every change in it."""
    return json.dumps(asdict(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    text: str
    license: str
    decisions: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Release:
    name: str
    release: str
    documents: Mapping[str, _Document]
    refused: Mapping[str, str]
    domains: Mapping[str, str]
    licenses: Mapping[str, str]
    statements: Mapping[str, str]


def _release(folder: Path) -> _Release:
    made = card.parse(checked.read(folder / CARD), source=str(folder / CARD))
    with closing(tables.opened(folder)) as connection:
        return _Release(
            name=f"{made.name} {made.version}",
            release=made.release,
            documents=_documents(connection),
            refused=dict(_rows(connection, _REFUSED)),
            domains=dict(_rows(connection, _DOMAINS)),
            licenses=dict(_rows(connection, _LICENSES)),
            statements={
                field.id: made.stated(field.id) or ""
                for field in made.fields
                if field.stated is not None
            },
        )


_REFUSED: Final = """
    SELECT url, because FROM published.pages
    WHERE standing = 'refused' OR outcome IN ('refused', 'held') ORDER BY url
"""
_DOMAINS: Final = """
    SELECT domain, documents::VARCHAR FROM published.domain_leaves ORDER BY domain
"""
_LICENSES: Final = """
    SELECT license, count(*)::VARCHAR FROM published.leaves GROUP BY ALL ORDER BY license
"""


def _documents(connection: Connection) -> dict[str, _Document]:
    query = """
        SELECT url, text_digest, license, decisions[-1:][1] FROM published.leaves
        ORDER BY url
    """
    return {
        url: _Document(text=text, license=license_, decisions=decision or "")
        for url, text, license_, decision in connection.execute(query).fetchall()
    }


def _rows(connection: Connection, query: str) -> list[tuple[str, str]]:
    return connection.execute(query).fetchall()


def _only(old: Mapping[str, _Document], new: Mapping[str, _Document]) -> tuple[Change, ...]:
    return tuple(
        Change(
            subject=url,
            old=old[url].license if url in old else None,
            new=new[url].license if url in new else None,
        )
        for url in sorted(old.keys() ^ new.keys())
    )


def _only_there(
    there: Mapping[str, str], elsewhere: Mapping[str, str], *, is_new: bool
) -> tuple[Change, ...]:
    return tuple(
        Change(
            subject=url,
            old=None if is_new else there[url],
            new=there[url] if is_new else None,
        )
        for url in sorted(there.keys() - elsewhere.keys())
    )


def _counts(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    return tuple(
        Change(subject=name, old=old.get(name), new=new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )


def _lines(found: Diff) -> Iterator[str]:
    yield f"from  {visible(found.old)}"
    yield f"to    {visible(found.new)}"
    for kind, changes in found.changes.items():
        if changes:
            yield ""
            yield f"{_TITLES[kind]}: {len(changes)}"
            yield from _listed(changes)
    if not found.total:
        yield "Nothing changed."


def _listed(changes: Sequence[Change]) -> Iterator[str]:
    for each in changes[:SHOWN]:
        both = " -> ".join(visible(one) for one in (each.old, each.new) if one is not None)
        yield f"  {visible(each.subject)}  {both}"
    if len(changes) > SHOWN:
        yield f"  and {len(changes) - SHOWN} more; --json lists them all"
