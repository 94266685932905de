"""``croissant.json``: Croissant 1.1 with RAI 1.0 and PROV-O, from the card alone.

Written by hand: mlcroissant misspells two properties of RAI 1.0. There is no
``odrl:Offer``, since each document keeps the license of its author, and whoever gathers
them has nothing to offer in that author's place.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Final

from pydantic import JsonValue

from pipeline.publish.card import Card
from pipeline.publish.export import SHARDS, folder_of, split_of_shard
from pipeline.publish.formats import sentences, shares
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

CONFORMS_TO: Final = (
    "http://mlcommons.org/croissant/1.1",
    "http://mlcommons.org/croissant/RAI/1.0",
)

_DOCUMENTS: Final = "documents"
_FILES: Final = "document-files"
_CAPTURES: Final = "captures"
_PARQUET: Final = "application/x-parquet"
_ENGLISH: Final = "en"

_OF_CROISSANT: Final = """
    annotation arrayShape citeAs column containedIn equivalentProperty excludes extract
    field fileObject fileProperty fileSet format includes isArray isLiveDataset jsonPath key
    md5 parentField path readLines recordSet references regex repeated replace samplingRate
    sdVersion separator source subField transform unArchive
    """.split()  # noqa: SIM905  (a list to be read, line by line)

# The specification writes http://schema.org/ here, which mlcroissant refuses, and which
# schema.org itself has left; and no `value`, which mlcroissant reads as schema.org's.
_CONTEXT: Final[Json] = {
    "@language": _ENGLISH,
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "wd": "http://www.wikidata.org/entity/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{name: f"cr:{name}" for name in _OF_CROISSANT},
}

_COUNT: Final = "wd:Q4049983"
"""Cardinality, by which Croissant 1.1 tells how many records a set has."""

_TYPES: Final = {
    "VARCHAR": "sc:Text",
    "INTEGER": "sc:Integer",
    "BIGINT": "sc:Integer",
    "BOOLEAN": "sc:Boolean",
    "DOUBLE": "sc:Float",
}

_STRUCT: Final = re.compile(r"STRUCT\((?P<members>.+)\)")
_MEMBER: Final = re.compile(r'"?(?P<name>\w+)"? (?P<type>\w+)(?:, |$)')
_LIST: Final = "[]"

_ABOUT_TABLE: Final = re.compile(
    r"COMMENT ON VIEW published\.(?P<table>\w+) IS '(?P<words>(?:[^']|'')*)';"
)
_ABOUT_TREE: Final = "Hashes of the Merkle tree (RFC 9162) over {}."
_ABOUT_FILE: Final = {
    "attribution.parquet": "What is owed for each document: its credit, license and source."
}

_SPDX_ID: Final = re.compile(r"(?!LicenseRef-)[A-Za-z0-9.+-]+")
_YES: Final = re.compile(r"yes\b", re.IGNORECASE)
_NO: Final = re.compile(r"no\b", re.IGNORECASE)
_METHODS: Final = {"web-scraping-crawling": "Web Scraping"}


def render(card: Card) -> str:
    """Return ``croissant.json``; what nobody states and nothing measures is left out."""
    whole: Json = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS_TO),
        **_identity(card),
        **_responsible(card),
        **_provenance(card),
        "distribution": _distribution(card),
        "recordSet": _record_sets(card),
    }
    kept = {key: value for key, value in whole.items() if value not in (None, [], "")}
    return json.dumps(kept, indent=2, ensure_ascii=False) + "\n"


def _identity(card: Card) -> Json:
    uid, edition = card.measured("id.uid"), card.measured("id.metadata_version")
    licenses = [
        _license(word(row, "license"), word(row, "license_url"))
        for row in card.rows("rights.row_licences")
    ]
    return {
        "name": card.name,
        "description": _in_its_language(card, said(card, "id.description")),
        "identifier": f"urn:uuid:{uid}" if uid else None,
        "url": said(card, "id.url"),
        "version": card.version,
        "sdVersion": str(edition) if edition else None,
        "creator": _creator(card),
        "publisher": _organization(named(card, "who.publisher")),
        "dateCreated": card.measured("id.date_created"),
        "datePublished": said(card, "id.date_published"),
        "isLiveDataset": bool(first_row(card, "prov.last_acquired").get("is_live")),
        "keywords": [*all_said(card, "id.keywords")],
        "inLanguage": [
            word(row, "language")
            for row in card.rows("comp.languages")
            if word(row, "language") != "und"
        ],
        "license": _distinct(licenses),
        "sdLicense": _license(said(card, "rights.metadata_licence") or "", ""),
        "conditionsOfAccess": named(card, "rights.access"),
        "usageInfo": _terms(said(card, "rights.use_policy")),
        "citeAs": named(card, "id.citation"),
    }


def _in_its_language(card: Card, text: str | None) -> JsonValue:
    """Return a statement, tagged where its language is not that of the figures' words."""
    language = said(card, "id.language_of_card")
    return {language: text} if text and language not in (None, _ENGLISH) else text


def _creator(card: Card) -> JsonValue:
    mail, url = contact(card)
    made = _organization(said(card, "who.creator"))
    return {**made, "url": url, "email": mail} if made and url and mail else made


def _organization(name: str | None) -> Json | None:
    # Whether it is one person, several or a firm, nobody states. An organization may be
    # any of these, a person is one.
    return {"@type": "sc:Organization", "name": name} if name else None


def _terms(text: str | None) -> JsonValue:
    return (
        {"@type": "sc:CreativeWork", "name": "Terms of use", "text": text} if text else None
    )


def _license(expression: str, url: str) -> JsonValue:
    """Return where a license can be read, or its expression where that is no one place."""
    if url or not expression:
        return url or None
    if _SPDX_ID.fullmatch(expression):
        return f"https://spdx.org/licenses/{expression}"
    return {"@type": "sc:CreativeWork", "name": expression}


def _distinct(values: list[JsonValue]) -> list[JsonValue]:
    return [value for n, value in enumerate(values) if value not in values[:n]]


def _responsible(card: Card) -> Json:
    found: Json = {}
    for name, tell in _ONE.items():
        found[f"rai:{name}"] = " ".join(tell(card)) or None
    for name, tell in _MANY.items():
        found[f"rai:{name}"] = [*tell(card)]
    synthetic = said(card, "prov.synthetic") or ""
    if _YES.match(synthetic) or _NO.match(synthetic):
        found["rai:hasSyntheticData"] = bool(_YES.match(synthetic))
    return found


def _collection(card: Card) -> list[str]:
    return [
        sentences.collection(card),
        *told(card, "prov.crawler_behaviour", sentences.behaviour(card)),
        *told(card, "prov.method"),
        *told(card, "prov.process"),
        *told(card, "prov.sampling"),
    ]


def _timeframe(card: Card) -> list[str]:
    row = first_row(card, "prov.timeframe")
    first, last = word(row, "first"), word(row, "last")
    return [f"{first}/{last}"] if first and last else []


def _imputation(card: Card) -> list[str]:
    return ["No value was filled in."] if card.measured("proc.imputation") == "none" else []


def _changes(card: Card) -> list[str]:
    return told(card, "proc.manipulation", sentences.changes(card))


def _maintenance(card: Card) -> list[str]:
    return [
        *told(card, "maint.plan"),
        *told(card, "prov.cadence"),
        *all_said(card, "maint.old_versions"),
        *all_said(card, "maint.errata"),
    ]


def _types(card: Card) -> list[str]:
    method = card.measured("prov.method")
    return [_METHODS[method]] if isinstance(method, str) and method in _METHODS else []


def _people(card: Card) -> list[str]:
    ids = ("pii.presence", "pii.subpopulations", "pii.reidentification")
    return [text for id_ in ids for text in told(card, id_)]


def _tools(card: Card) -> list[str]:
    return [
        f"{word(row, 'tool')} (column {word(row, 'column')})"
        for row in card.rows("ann.machine_tools")
    ]


_Tell = Callable[[Card], list[str]]

_ONE: Final[Mapping[str, _Tell]] = {
    "dataCollection": _collection,
    "dataCollectionTimeframe": _timeframe,
    "dataCollectionRawData": lambda c: told(c, "prov.raw_saved", sentences.raw_data(c)),
    "dataCollectionMissingData": lambda c: told(c, "comp.missing", sentences.missing(c)),
    "dataManipulationProtocol": _changes,
    "dataImputationProtocol": _imputation,
    "dataSocialImpact": lambda c: told(c, "risk.social_impact"),
    "dataReleaseMaintenancePlan": _maintenance,
}
"""The properties of RAI 1.0 that are given once, each with what fills it."""

_MANY: Final[Mapping[str, _Tell]] = {
    "dataCollectionType": _types,
    "dataPreprocessingProtocol": lambda c: [*sentences.steps(c), sentences.duplicates(c)],
    "dataAnnotationProtocol": lambda c: told(c, "ann.protocol"),
    "dataAnnotationPlatform": lambda c: told(c, "ann.platform"),
    "annotatorDemographics": lambda c: told(c, "ann.demographics"),
    "machineAnnotationTools": _tools,
    "personalSensitiveInformation": _people,
    "dataBiases": lambda c: told(c, "risk.biases", sentences.skews(c)),
    "dataLimitations": lambda c: [
        *told(c, "risk.limitations", sentences.limits(c)),
        *told(c, "why.out_of_scope"),
    ],
    "dataUseCases": lambda c: told(c, "why.intended_use"),
}
"""Those that may be given several times."""


def _provenance(card: Card) -> Json:
    return {
        "prov:wasDerivedFrom": _captures(card),
        "prov:wasGeneratedBy": [*_activities(card)],
        "prov:wasRevisionOf": [
            {
                "@type": "prov:Entity",
                "name": f"{card.name} {word(row, 'version')}",
                "version": word(row, "version"),
                "identifier": word(row, "release"),
            }
            for row in card.rows("id.previous_version")
        ],
    }


def _captures(card: Card) -> Json:
    """Return what the documents were made from: the archive, and the sites behind it.

    The sites that documents come from, not the seeds of the crawl: a seed may have refused.
    """
    return {
        "@id": _CAPTURES,
        "@type": "prov:Collection",
        "name": "The archive of captures",
        "description": sentences.raw_data(card),
        "prov:wasDerivedFrom": [
            {
                "@type": "prov:Collection",
                "name": word(row, "domain"),
                "description": counted(number(row, "documents"), "document"),
            }
            for row in card.rows("comp.domains")
        ],
    }


def _activities(card: Card) -> Iterator[JsonValue]:
    for n, row in enumerate(card.rows("prov.activity")):
        yield {
            "@id": f"activities/{n}",
            "@type": "prov:Activity",
            "name": word(row, "verb"),
            "description": (
                f"{counted(number(row, 'pages_in'), 'page')} in, "
                f"{number(row, 'pages_out'):,} out"
            ),
            **_moment(row, "started_at", name="prov:startedAtTime"),
            **_moment(row, "ended_at", name="prov:endedAtTime"),
            "prov:wasAssociatedWith": {
                "@type": "prov:SoftwareAgent",
                "name": word(row, "software"),
            },
            "prov:used": {
                "@type": "prov:Plan",
                "name": "manifest",
                "sha256": word(row, "manifest_digest").removeprefix("sha256:"),
            },
        }


def _moment(row: Row, key: str, *, name: str) -> Json:
    # A run that was killed has no end.
    moment = word(row, key)
    return {name: {"@type": "xsd:dateTime", "@value": moment}} if moment else {}


def _distribution(card: Card) -> list[JsonValue]:
    licenses = {
        folder_of(word(row, "license")): word(row, "license")
        for row in card.rows("rights.row_licences")
    }
    files: list[JsonValue] = [
        {
            "@type": "cr:FileObject",
            "@id": word(row, "path"),
            "name": word(row, "path"),
            "description": _about(row, licenses),
            "contentUrl": word(row, "path"),
            "contentSize": f"{number(row, 'bytes')} B",
            "encodingFormat": _encoding(row),
            "sha256": word(row, "digest").removeprefix("sha256:"),
        }
        for row in card.rows("comp.files")
    ]
    return [*files, *_file_sets(card)]


def _about(row: Row, licenses: Mapping[str, str]) -> str:
    folder, _, name = word(row, "path").rpartition("/")
    stem, _, suffix = name.rpartition(".")
    split = split_of_shard(name)
    if folder in licenses and split:
        documents = counted(number(row, "rows"), "document")
        return f"{documents} of {split} under {licenses[folder]}."
    if suffix == "tree":
        return _ABOUT_TREE.format(stem)
    return _ABOUT_FILE.get(name) or _tables().get(stem, name)


def _encoding(row: Row) -> str:
    # mlcroissant reads Parquet by this older name only.
    return _PARQUET if row.get("rows") is not None else word(row, "media_type")


@cache
def _tables() -> dict[str, str]:
    """Return what each published table is, in the words of its own comment."""
    sql = resources.files("pipeline.ledger").joinpath("published.sql").read_text("utf-8")
    return {
        found["table"]: found["words"].replace("''", "'")
        for found in _ABOUT_TABLE.finditer(sql)
    }


def _file_sets(card: Card) -> list[JsonValue]:
    # Not containedIn the files: mlcroissant validates that and then cannot read it.
    return (
        [
            {
                "@type": "cr:FileSet",
                "@id": _FILES,
                "name": _FILES,
                "description": "The documents, a folder a license.",
                "encodingFormat": _PARQUET,
                "includes": _patterns(card),
            }
        ]
        if card.rows("rights.row_licences")
        else []
    )


def _patterns(card: Card) -> JsonValue:
    """Return which files hold documents: a pattern for each split that has some."""
    found: list[JsonValue] = [f"*/{SHARDS[each.name]}" for each in shares.splits(card)]
    return found if len(found) > 1 else found[0]


def _record_sets(card: Card) -> list[JsonValue]:
    if not card.rows("rights.row_licences"):
        return []
    half = card.field("comp.column_meaning").stated
    meaning = half.value if half and isinstance(half.value, dict) else {}
    return [
        {
            "@type": "cr:RecordSet",
            "@id": _DOCUMENTS,
            "name": _DOCUMENTS,
            "description": said(card, "comp.instances"),
            "key": {"@id": f"{_DOCUMENTS}/id"},
            "annotation": [
                {
                    "@type": "cr:Field",
                    "@id": f"{_DOCUMENTS}#count",
                    "name": "count",
                    "description": "How many documents there are.",
                    "dataType": ["sc:Integer", _COUNT],
                    "value": shares.documents(card),
                }
            ],
            "field": [_field(row, meaning) for row in card.rows("comp.schema")],
        }
    ]


def _field(row: Row, meaning: Mapping[str, JsonValue]) -> Json:
    column, kind = word(row, "column"), word(row, "type")
    element = kind.removesuffix(_LIST)
    struct = _STRUCT.fullmatch(element)
    field: Json = {
        "@type": "cr:Field",
        "@id": f"{_DOCUMENTS}/{column}",
        "name": column,
        "description": meaning.get(column, column),
    }
    if kind.endswith(_LIST):
        field["isArray"] = True
    if struct:
        return {**field, "subField": [*_members(column, struct["members"])]}
    return {**field, "dataType": _TYPES[element], "source": _source(column)}


def _members(column: str, members: str) -> Iterator[JsonValue]:
    for member in _MEMBER.finditer(members):
        yield {
            "@type": "cr:Field",
            "@id": f"{_DOCUMENTS}/{column}/{member['name']}",
            "name": member["name"],
            "dataType": _TYPES[member["type"]],
            "source": {**_source(column), "transform": {"jsonPath": member["name"]}},
        }


def _source(column: str) -> Json:
    return {"fileSet": {"@id": _FILES}, "extract": {"column": column}}
