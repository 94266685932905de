"""``provenance.dps.json``: OASIS Data Provenance Standards 1.0 (csd01), from the card.

What nobody states is left out, though the standard may require it: such a file does not
validate, and the card names the same fields as missing. Countries are taken from a
statement only where it begins as a list of them; a top-level domain is no country.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytz
from pydantic import JsonValue

from pipeline.publish.card import Card
from pipeline.publish.formats import sentences
from pipeline.publish.formats.current import (
    Row,
    all_said,
    contact,
    counted,
    first_row,
    named,
    number,
    said,
    told,
    word,
)

Json = dict[str, JsonValue]

SCHEMA: Final = "https://docs.oasis-open.org/dps/prov-meta/v1.0/schema/data-provenance.json"
"""What ``$schema`` has to say."""

_VERSION: Final = "1.0"

# The list begins the statement and ends with a full stop, a colon, a semicolon or a line.
_BEGINNING: Final = re.compile(r"[^.:;\n]+")
_BETWEEN: Final = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+")

# By these the tz database's list of ISO 3166 names goes under shorter ones.
_ALSO: Final = ("United Kingdom", "South Korea", "North Korea")

_NOTES: Final = {
    "why.out_of_scope": ("other", "Uses that it is not meant for"),
    "comp.geography": ("details", "Which places the texts come from"),
    "rights.licence": ("legal_disclaimer", "On the licenses"),
    "rights.third_party_limits": ("legal_disclaimer", "Limits that others set"),
    "rights.use_policy": ("legal_disclaimer", "Terms of use beyond the licenses"),
    "rights.geo_limits": ("legal_disclaimer", "Where it may not be stored or processed"),
    "pii.presence": ("details", "Personal data"),
    "pii.confidentiality": ("details", "Confidentiality"),
    "risk.biases": ("details", "Known skews"),
}
"""Statements that the standard asks for in codes; as text they would be lost otherwise."""

_EVIDENCE: Final = {
    "audit/decisions.parquet": "the decision on each page, with its reason",
    "audit/evidence.parquet": "the words that each decision rests on",
}
"""Published tables that document consent."""


def render(card: Card) -> str:
    """Return ``provenance.dps.json``; what is neither stated nor measured is left out."""
    whole: Json = {
        "$schema": SCHEMA,
        "set": _set(card),
        "source": _source(card),
        "provenance": _provenance(card),
        "use": _use(card),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def countries(text: str) -> list[str]:
    """Return the countries that a statement begins by listing, as they are written there.

    Names or codes of ISO 3166. Nothing where one of them is not known, for half a list
    would be an answer that nobody gave.
    """
    beginning = _BEGINNING.match(text)
    names = _BETWEEN.split(beginning[0].strip()) if beginning else []
    return names if all(name in _known() for name in names) else []


@cache
def _known() -> frozenset[str]:
    return frozenset({*pytz.country_names, *pytz.country_names.values(), *_ALSO})


def _set(card: Card) -> Json:
    mail, url = contact(card)
    publisher: Json = {
        "name": said(card, "who.creator"),
        "namespace": url,
        "contact-details": mail,
    }
    return _filled(
        {
            "category": "training-data",
            "schema-version": _VERSION,
            "publisher": _filled(publisher),
            "label": f"Provenance of {card.name} {card.version}",
            "tracking": _tracking(card),
            "language": said(card, "id.language_of_card"),
            "notes": [*_notes(card)],
            "references": [*_references(card)],
        }
    )


def _tracking(card: Card) -> Json:
    """Return what this record is: one of its own for each edition, so it has no past."""
    edition = str(card.measured("id.metadata_version"))
    made = card.measured("id.date_created")
    name, _, version = str(card.measured("proc.software")).partition("/")
    return _filled(
        {
            "current-release-date": made,
            "id": f"{card.name}-{card.version}-{edition}",
            "initial-release-date": made,
            "revision-history": [
                _filled(
                    {"date": made, "number": edition, "summary": sentences.gained(card)}
                )
            ],
            "status": "final",
            "version": edition,
            "generator": {"engine": _filled({"name": name, "version": version})},
        }
    )


def _notes(card: Card) -> Iterator[JsonValue]:
    for id_, (category, title) in _NOTES.items():
        if text := said(card, id_):
            yield {"category": category, "title": title, "text": text}


def _references(card: Card) -> Iterator[JsonValue]:
    if url := said(card, "id.url"):
        yield {"summary": "Where the corpus is presented", "url": url, "category": "self"}


def _source(card: Card) -> Json:
    issuer = named(card, "who.publisher")
    about: Json = {
        "content": said(card, "id.description"),
        "purpose": said(card, "why.purpose"),
        "scope": " ".join(told(card, "risk.limitations", sentences.limits(card))),
    }
    return _filled(
        {
            "about": _filled(about),
            "id": _identity(card),
            "issuer": [{"legal-name": issuer}] if issuer else None,
            "location": said(card, "id.url"),
            "name": card.name,
            "data-version": card.version,
        }
    )


def _identity(card: Card) -> Json:
    uid, root = card.measured("id.uid"), first_row(card, "audit.root")
    return _filled(
        {
            "uuids": [uid] if uid else None,
            "hashes": [_hash(row) for row in card.rows("comp.files")],
            "custom-ids": [
                {
                    "method": "root of the Merkle tree over documents (RFC 9162, SHA-256)",
                    "value": word(root, "root"),
                }
            ],
        }
    )


def _hash(row: Row) -> JsonValue:
    algorithm, _, value = word(row, "digest").partition(":")
    return {
        "path": word(row, "path"),
        "tree-hashes": [{"algorithm": algorithm, "value": value}],
    }


def _provenance(card: Card) -> Json:
    origins = countries(said(card, "comp.geography") or "")
    frame = first_row(card, "prov.timeframe")
    period: Json = {"start": frame.get("first"), "end": frame.get("last")}
    return _filled(
        {
            "origin-geography": [{"country": country} for country in origins],
            "date": _day(card.measured("id.date_created")),
            "previous-date": _day(first_row(card, "id.previous_version").get("date")),
            "generation-method": [_method(card)],
            "generation-period": _filled(period),
            "format": ["other"],
        }
    )


def _day(moment: JsonValue) -> JsonValue:
    return moment.partition("T")[0] if isinstance(moment, str) else None


def _method(card: Card) -> Json:
    words = [
        sentences.collection(card),
        *all_said(card, "prov.method"),
        *all_said(card, "prov.process"),
    ]
    return _filled(
        {
            "code": card.measured("prov.method"),
            "system": word(first_row(card, "prov.crawlers"), "user_agent"),
            "long-description": " ".join(words),
        }
    )


def _use(card: Card) -> Json:
    licenses = [word(row, "license") for row in card.rows("rights.row_licences")]
    return _filled(
        {
            "intended-purpose": [
                {"code": "other", "long-description": use}
                for use in all_said(card, "why.intended_use")
            ],
            "consents": [*_consents(card)],
            "license": [*dict.fromkeys(licenses)],
            "copyright": [*told(card, "rights.copyright_status", _copyright(card))],
        }
    )


def _consents(card: Card) -> Iterator[JsonValue]:
    yield from all_said(card, "rights.consent_docs")
    paths = [word(row, "path") for row in card.rows("comp.files")]
    for path, what in _EVIDENCE.items():
        if path in paths:
            yield f"{path}: {what}"


def _copyright(card: Card) -> str:
    documents = {
        row["public_domain"]: number(row, "documents")
        for row in card.rows("rights.copyright_status")
    }
    return (
        f"In the public domain: {counted(documents.get(True, 0), 'document')}; "
        f"under a license: {counted(documents.get(False, 0), 'document')}."
    )


def _filled(whole: Json) -> Json:
    return {key: value for key, value in whole.items() if value not in (None, "", [], {})}
