"""The card: every field with its value, its status, and what it rests on.

A measured half names the query that gave it and the tables that this ran on; a stated half
names who says it, when they last held it against the data, and which data that was.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from pipeline.errors import ArchiveFault
from pipeline.ledger.rows import CardRow
from pipeline.manifest import SOFTWARE, SOFTWARE_VERSION, Manifest
from pipeline.publish.export import COLUMNS
from pipeline.publish.fields import (
    NEEDS_A_PERSON,
    NOT_MEASURED,
    Entry,
    Kind,
    Status,
    catalogue,
)
from pipeline.publish.measures import queries
from pipeline.stated import GROUPS, NOT_APPLICABLE

STANDING: Final = f"{SOFTWARE} {SOFTWARE_VERSION}"
"""Who says what is true of every corpus that is made with this software."""

_INSTANCE: Final = (
    "The main text of one page, as the host gave it on the day of the capture."
)

_PROOFS: Final = [
    "estovers prove --url URL, --domain DOMAIN or --text FILE writes a proof",
    "estovers verify PROOF --card CARD checks it with the proof and this card alone",
]


class _Closed(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Measured(_Closed):
    """What was measured, by which query or rule, on which tables, with which tools."""

    value: JsonValue
    sql: str | None = None
    rule: str | None = None
    head: str
    tools: dict[str, str]


class Stated(_Closed):
    """What somebody says, who, and against which data they last held it.

    ``said_on`` is a day (ISO 8601), ``about`` a root over documents; both are None where
    nobody held it against any data.
    """

    value: JsonValue
    author: str
    said_on: str | None = None
    about: str | None = None


class Field(_Closed):
    """One field; ``reason`` says why it is empty, stale or not applicable."""

    id: str
    label: str
    kind: Kind
    status: Status
    measured: Measured | None = None
    stated: Stated | None = None
    reason: str | None = None


class Card(_Closed):
    """All that is said of one release, each field once, in the catalogue's order."""

    name: str
    version: str
    release: str
    head: str
    fields: tuple[Field, ...]

    def field(self, id_: str) -> Field:
        """Return a field by its id; KeyError for one that the catalogue does not have."""
        return _by_id(self)[id_]

    def measured(self, id_: str) -> JsonValue:
        """Return the measured half of a field, None where there is none."""
        half = self.field(id_).measured
        return half.value if half else None

    def rows(self, id_: str) -> list[dict[str, JsonValue]]:
        """Return the rows of a field that is measured as a table."""
        value = self.measured(id_)
        return [r for r in value if isinstance(r, dict)] if isinstance(value, list) else []

    def stated(self, id_: str) -> str | None:
        """Return the stated half of a field as text, None where nobody states it."""
        half = self.field(id_).stated
        if half is None or half.value is None:
            return None
        return half.value if isinstance(half.value, str) else ", ".join(_texts(half.value))


def compose(
    measures: Mapping[str, JsonValue],
    manifest: Manifest,
    *,
    release: str,
    head: str,
    signer: str | None,
) -> Card:
    """Return the card of a release from what was measured and what people say.

    ``head`` names the tables that the measures ran on, ``signer`` the key that signs, if
    any. Nothing is made up: a field without either half is empty.
    """
    tools = {STANDING.partition(" ")[0].lower(): SOFTWARE_VERSION}
    said = statements(manifest)
    root = str(_first(measures.get("audit.root"), "root"))
    halves = {
        id_: Measured(value=value, sql=queries()[id_], head=head, tools=tools)
        for id_, value in measures.items()
    }
    fields = [
        _field(entry, halves.get(id_), said.get(id_), root=root)
        for id_, entry in catalogue().items()
    ]
    fields = _with_derived(fields, head=head, tools=tools, signer=signer)
    return Card(
        name=manifest.name,
        version=manifest.version,
        release=release,
        head=head,
        fields=tuple(fields),
    )


def statements(manifest: Manifest) -> dict[str, Stated]:
    """Return what the manifest says, by the id of the field that it answers."""
    author = manifest.card.author or manifest.curator.name
    confirmed = manifest.card.confirmed
    said_on = confirmed.on.isoformat() if confirmed else None
    about = confirmed.root if confirmed else None
    found: dict[str, Stated] = {
        id_: Stated(value=value, author=STANDING) for id_, value in _of_software().items()
    }
    for id_, value in (*_of_manifest(manifest).items(), *_of_card(manifest)):
        is_about = catalogue()[id_].is_about_data
        found[id_] = Stated(
            value=value,
            author=author,
            said_on=said_on if is_about else None,
            about=about if is_about else None,
        )
    return found


def render(card: Card) -> str:
    """Return ``card.json``: the model, in the one form in which it is written."""
    return card.model_dump_json(indent=2) + "\n"


def parse(text: str, *, source: str) -> Card:
    """Return the card that ``card.json`` holds; ``source`` names the file.

    Raises ArchiveFault where it is no card, or is not written as ``render`` writes it.
    """
    try:
        card = Card.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ArchiveFault(
            f"{source}: this is not a card ({place or 'the file'}: {first['msg']}). Get it "
            "again from where it was published."
        ) from error
    if tuple(field.id for field in card.fields) != tuple(catalogue()):
        raise ArchiveFault(
            f"{source}: its fields are not those of the catalogue, each once and in order. "
            "Get it again from where it was published, or use the software that wrote it."
        )
    if render(card) != text:
        raise ArchiveFault(
            f"{source}: it is not written as a card is written, so it was changed after it "
            "was published. Get it again from there."
        )
    return card


def row_of(edition: int, field: Field) -> CardRow:
    """Return a field as the ledger holds it."""
    measured, stated = field.measured, field.stated
    return CardRow(
        edition=edition,
        id=field.id,
        kind=field.kind,
        status=field.status,
        measured=_json(measured.value) if measured else None,
        sql=measured.sql if measured else None,
        rule=measured.rule if measured else None,
        head=measured.head if measured else None,
        tools=_json(dict(measured.tools)) if measured else None,
        stated=_json(stated.value) if stated else None,
        author=stated.author if stated else None,
        said_on=stated.said_on if stated else None,
        about=stated.about if stated else None,
        reason=field.reason,
    )


def missing(fields: Iterable[Field]) -> dict[str, list[str]]:
    """Return the fields that a standard requires and that are not filled, by standard."""
    found: dict[str, list[str]] = {}
    for field in fields:
        if field.status == "empty" or (field.status == "stale" and _needs_a_person(field)):
            for standard in catalogue()[field.id].required_by:
                found.setdefault(standard, []).append(field.id)
    return {name: found[name] for name in sorted(found)}


def root_of(card: Card) -> str:
    """Return the root over documents that a card states, empty where it states none."""
    return str(_first(card.measured("audit.root"), "root"))


def version_asked(card: Card) -> str | None:
    """Return the version that the change of the data asks for, where it is higher."""
    [row] = card.rows("id.version") or [{}]
    return None if row.get("is_enough", True) else str(row.get("least"))


def status_of(field: Field, *, root: str) -> tuple[Status, str | None]:
    """Return the status that a field has by its halves, and why, under a root."""
    return _status(catalogue()[field.id], field.measured, field.stated, root=root)


def _needs_a_person(field: Field) -> bool:
    return field.measured is None or field.id in NEEDS_A_PERSON


def _field(
    entry: Entry, measured: Measured | None, stated: Stated | None, *, root: str
) -> Field:
    status, reason = _status(entry, measured, stated, root=root)
    return Field(
        id=entry.id,
        label=entry.label,
        kind=entry.kind,
        status=status,
        measured=measured,
        stated=stated,
        reason=reason,
    )


def _status(
    entry: Entry, measured: Measured | None, stated: Stated | None, *, root: str
) -> tuple[Status, str | None]:
    if stated is not None:
        return _status_of(stated, root=root)
    if entry.id in NOT_MEASURED and (measured is None or not measured.value):
        return NOT_MEASURED[entry.id]
    if entry.kind == "stated" or entry.id in NEEDS_A_PERSON:
        return "empty", "nobody states it"
    return ("empty", "nothing was measured") if measured is None else ("filled", None)


def _status_of(stated: Stated, *, root: str) -> tuple[Status, str | None]:
    said = stated.value if isinstance(stated.value, str) else ""
    if begins := NOT_APPLICABLE.match(said):
        return "not applicable", said[begins.end() :]
    if stated.about is not None and stated.about != root:
        return "stale", f"it was held against other data, of root {stated.about}"
    return "filled", None


def _of_software() -> dict[str, JsonValue]:
    return {"comp.instances": _INSTANCE, "comp.column_meaning": dict(COLUMNS)}


def _of_manifest(manifest: Manifest) -> dict[str, JsonValue]:
    return {
        "id.name": manifest.name,
        "id.version": manifest.version,
        "who.creator": manifest.curator.name,
        "who.contact": f"{manifest.curator.email} · {manifest.curator.url}",
        "why.purpose": manifest.purpose,
        "why.intended_use": list(manifest.intended_uses),
    }


def _of_card(manifest: Manifest) -> Iterable[tuple[str, JsonValue]]:
    said = manifest.card.model_dump()
    for id_ in catalogue():
        group, _, key = id_.partition(".")
        value = said[group].get(key) if group in GROUPS else None
        if value not in (None, ()):
            yield id_, _plain(value)


def _plain(value: object) -> JsonValue:
    if isinstance(value, tuple):
        return list(map(str, value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _texts(value: JsonValue) -> list[str]:
    if isinstance(value, dict):
        return [f"{k}: {v}" for k, v in value.items()]
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _first(value: JsonValue, key: str) -> JsonValue:
    row = value[0] if isinstance(value, list) and value else None
    return row.get(key) if isinstance(row, dict) else None


# What is said of the card itself follows from its other fields, by these rules.
def _stated_ledger(fields: Sequence[Field]) -> JsonValue:
    return [
        {
            "id": f.id,
            "author": f.stated.author,
            "said_on": f.stated.said_on,
            "about": f.stated.about,
            "status": f.status,
        }
        for f in fields
        if f.stated is not None
    ]


def _authors(fields: Sequence[Field]) -> JsonValue:
    return [*sorted({f.stated.author for f in fields if f.stated is not None})]


def _claims(fields: Sequence[Field]) -> JsonValue:
    return sum(1 for f in fields if f.measured is not None and f.measured.sql is not None)


def _inclusion(_fields: Sequence[Field]) -> JsonValue:
    return list(_PROOFS)


def _completeness(fields: Sequence[Field]) -> JsonValue:
    return {name: list(ids) for name, ids in missing(fields).items()}


_SIGNATURE: Final = "audit.signature"
_SIGNED: Final = "the fingerprint of the key that signs"

_DERIVED: Final[dict[str, tuple[str, Callable[[Sequence[Field]], JsonValue]]]] = {
    "who.card_author": ("the authors of the stated fields", _authors),
    "audit.claims": ("the number of fields that name a query", _claims),
    "audit.stated_ledger": ("the stated fields, by whom, about what", _stated_ledger),
    "audit.inclusion": ("the commands that make and check a proof", _inclusion),
    "audit.completeness": ("required fields that are empty or stale", _completeness),
}


def derived(fields: Sequence[Field]) -> dict[str, JsonValue]:
    """Return what follows of a card from its other fields, by the field that says it."""
    others = [field for field in fields if field.id not in _DERIVED]
    return {id_: derive(others) for id_, (_, derive) in _DERIVED.items()}


def is_derived(id_: str) -> bool:
    """Say whether a field is about the card itself, and not about its data."""
    return id_ in _DERIVED or id_ == _SIGNATURE


def _with_derived(
    fields: Sequence[Field], *, head: str, tools: dict[str, str], signer: str | None
) -> list[Field]:
    half = partial(Measured, head=head, tools=tools)
    signed = [
        _filled(field, half(value=signer, rule=_SIGNED))
        if field.id == _SIGNATURE and signer is not None
        else field
        for field in fields
    ]
    values = derived(signed)
    return [
        _filled(field, half(value=values[field.id], rule=_DERIVED[field.id][0]))
        if field.id in values
        else field
        for field in signed
    ]


def _filled(field: Field, half: Measured) -> Field:
    change = {"measured": half, "status": "filled", "reason": None}
    return field.model_copy(update=change)


def _json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _by_id(card: Card) -> dict[str, Field]:
    return {field.id: field for field in card.fields}
