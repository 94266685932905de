"""What mlcroissant lets pass: unknown terms, and whatever differs from the data.

``findings`` holds a ``croissant.json`` against closed vocabularies, against itself, and
against the files that it stands beside.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyarrow import parquet
from rdflib import RDF, Graph, Literal, Namespace, Node, URIRef
from rdflib.namespace import DCTERMS, ODRL2, PROV, SDO, DefinedNamespace

from pipeline.license import expression

BASE: Final = "https://base.invalid/"
CR: Final = Namespace("http://mlcommons.org/croissant/")
RAI: Final = Namespace("http://mlcommons.org/croissant/RAI/")
WIKIDATA: Final = Namespace("http://www.wikidata.org/entity/")
CARDINALITY: Final = WIKIDATA.Q4049983
CONFORMS_TO: Final = {f"{CR}1.1", f"{CR}RAI/1.0"}

_VOCABULARIES: Final[tuple[type[DefinedNamespace], ...]] = (SDO, PROV, ODRL2, DCTERMS)

_CR_TERMS: Final = frozenset(
    """
    DataSource Extract Field FileObject FileSet Format Label RecordSet Split Transform
    annotation arrayShape citeAs column containedIn data dataType equivalentProperty
    examples excludes extract field fileObject fileProperty fileSet format includes isArray
    isLiveDataset jsonPath key md5 parentField readLines recordSet references regex
    sdVersion separator source subField transform unArchive
    """.split()  # noqa: SIM905  (a list to be read, line by line)
)

# RAI 1.0, and the one property that only NeurIPS 2026 asks for.
_RAI_TERMS: Final = frozenset(
    """
    annotationsPerItem annotatorDemographics dataAnnotationAnalysis dataAnnotationPlatform
    dataAnnotationProtocol dataBiases dataCollection dataCollectionMissingData
    dataCollectionRawData dataCollectionTimeframe dataCollectionType
    dataImputationProtocol dataLimitations dataManipulationProtocol
    dataPreprocessingProtocol dataReleaseMaintenancePlan dataSocialImpact dataUseCases
    machineAnnotationTools personalSensitiveInformation
    hasSyntheticData
    """.split()  # noqa: SIM905
)

# Of each type: what it has to have, and what it has to have once.
_REQUIRED: Final[Mapping[Node, tuple[URIRef, ...]]] = {
    SDO.Dataset: (
        SDO.name, SDO.description, SDO.license, SDO.url, SDO.creator, SDO.datePublished,
        DCTERMS.conformsTo, SDO.distribution,
    ),
    CR.FileObject: (
        SDO.name, SDO.contentUrl, SDO.contentSize, SDO.encodingFormat, SDO.sha256,
    ),
    CR.FileSet: (SDO.name, SDO.encodingFormat, CR.includes),
    CR.RecordSet: (SDO.name, CR.key, CR.field, CR.annotation),
    CR.Field: (SDO.name,),
    SDO.Organization: (SDO.name,),
    PROV.Activity: (PROV.wasAssociatedWith, PROV.startedAtTime),
}  # fmt: skip
_ONCE: Final = frozenset(
    {
        SDO.name, SDO.description, SDO.url, SDO.datePublished, SDO.version, SDO.contentUrl,
        SDO.contentSize, SDO.encodingFormat, SDO.sha256, CR.isLiveDataset,
        CR.citeAs, CR.sdVersion, RAI.hasSyntheticData,
    }
)  # fmt: skip

_POINTS_AT: Final[Mapping[URIRef, Node]] = {
    CR.key: CR.Field,
    CR.references: CR.Field,
    CR.fileSet: CR.FileSet,
    CR.fileObject: CR.FileObject,
    CR.containedIn: CR.FileObject,
}

_MEDIA_TYPES: Final = {
    ".parquet": "application/x-parquet",
    ".tree": "application/octet-stream",
}
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_SIZE: Final = re.compile("([0-9]+) B")
_PREFIXED: Final = re.compile(r"(?P<prefix>[A-Za-z][\w-]*):(?!//)")
_SPDX: Final = "https://spdx.org/licenses/"
_SCHEMES: Final = frozenset({"http", "https", "urn"})
_DATES: Final = {SDO.datePublished: 10, SDO.dateCreated: 20}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A file as it was written, as a graph, and the folder that it describes."""

    text: str
    graph: Graph
    folder: Path

    def of_type(self, kind: Node) -> list[Node]:
        return sorted(self.graph.subjects(RDF.type, kind), key=str)

    def one(self, subject: Node, predicate: URIRef) -> str:
        value = next(iter(self.graph.objects(subject, predicate)), None)
        return "" if value is None else str(value)

    @property
    def shards(self) -> list[Path]:
        patterns = {
            str(pattern)
            for each in self.of_type(CR.FileSet)
            for pattern in self.graph.objects(each, CR.includes)
        }
        return [
            path
            for path in sorted(self.folder.rglob("*"))
            if any(fnmatchcase(_name(path, self.folder), each) for each in patterns)
        ]


def findings(folder: Path, name: str = "croissant.json") -> list[str]:
    """Return all that is wrong with a file, a line each; nothing where it is right."""
    text = (folder / name).read_text("utf-8")
    graph = Graph().parse(data=text, format="json-ld", publicID=BASE)
    look = Look(text=text, graph=graph, folder=folder)
    return [line for check in _CHECKS for line in check(look)]


def _prefixes(look: Look) -> Iterator[str]:
    known = {*json.loads(look.text)["@context"], *_SCHEMES, "_"}
    for node in _nodes(_without_context(look)):
        terms = [*node, *_texts(node.get("@type")), *_texts(node.get("dataType"))]
        for term in terms:
            found = _PREFIXED.match(term)
            if found and found["prefix"] not in known:
                yield f"{term}: the context does not say what {found['prefix']} is"


def _duplicates(look: Look) -> Iterator[str]:
    whole = _without_context(look)
    defined = Counter(
        str(node["@id"]) for node in _nodes(whole) if "@id" in node and len(node) > 1
    )
    for id_, times in defined.items():
        if times > 1:
            yield f"{id_}: is defined {times} times"


def _terms(look: Look) -> Iterator[str]:
    for subject, predicate, value in look.graph:
        if predicate != RDF.type and not _is_known(predicate):
            yield f"{predicate}: no such property"
        if predicate in (RDF.type, CR.dataType) and not _is_known(value):
            yield f"{value}: no such type (of {subject})"


def _required(look: Look) -> Iterator[str]:
    for kind, predicates in _REQUIRED.items():
        for subject in look.of_type(kind):
            for predicate in predicates:
                if not look.one(subject, predicate).strip():
                    yield f"{_short(subject)}: has no {_short(predicate)}"
    if len(look.of_type(SDO.Dataset)) != 1:
        yield "there is not one dataset"


def _once(look: Look) -> Iterator[str]:
    given = Counter((s, p) for s, p, _ in look.graph if p in _ONCE)
    for (subject, predicate), times in given.items():
        if times > 1:
            yield f"{_short(subject)}: has {times} times {_short(predicate)}"


def _references(look: Look) -> Iterator[str]:
    for predicate, kind in _POINTS_AT.items():
        for subject, value in look.graph.subject_objects(predicate):
            if (value, RDF.type, kind) not in look.graph:
                yield f"{_short(subject)}: {_short(predicate)} {_short(value)} is not there"


def _dataset(look: Look) -> Iterator[str]:
    for subject in look.of_type(SDO.Dataset):
        conforms = {str(each) for each in look.graph.objects(subject, DCTERMS.conformsTo)}
        if conforms != CONFORMS_TO:
            yield f"conforms to {sorted(conforms)}"
        for predicate, length in _DATES.items():
            moment = look.one(subject, predicate)
            if moment and len(moment) != length:
                yield f"{moment}: is not a date as {_short(predicate)} wants it"
        synthetic = next(look.graph.objects(subject, RAI.hasSyntheticData), None)
        if synthetic is not None and not isinstance(_python(synthetic), bool):
            yield f"{synthetic}: is not true or false"


def _licenses(look: Look) -> Iterator[str]:
    stated = {str(url) for url in _column(look.shards, "license_url")}
    for predicate in (SDO.license, SDO.sdLicense):
        for subject, value in look.graph.subject_objects(predicate):
            name = look.one(value, SDO.name) if not isinstance(value, Literal) else ""
            known = name or str(value).removeprefix(_SPDX)
            if str(value) not in stated and expression.parse(known) != known:
                yield f"{_short(subject)}: {value} is no license"
            elif isinstance(value, Literal) and "://" not in value:
                yield f"{_short(subject)}: {value} is no URL"


def _files(look: Look) -> Iterator[str]:
    for subject in look.of_type(CR.FileObject):
        path = look.folder / look.one(subject, SDO.contentUrl)
        digest = look.one(subject, SDO.sha256)
        size = _SIZE.fullmatch(look.one(subject, SDO.contentSize))
        if not _DIGEST.fullmatch(digest):
            yield f"{path.name}: {digest!r} is no SHA-256"
        if size is None:
            yield f"{path.name}: its size is not in bytes"
        if look.one(subject, SDO.encodingFormat) != _MEDIA_TYPES.get(path.suffix):
            yield f"{path.name}: mlcroissant does not read it as what it is said to be"
        if not path.is_file():
            yield f"{path.name}: is not there"
        else:
            yield from _bytes(path, digest, size[1] if size else "")


def _undescribed(look: Look) -> Iterator[str]:
    described = {look.one(each, SDO.contentUrl) for each in look.of_type(CR.FileObject)}
    for path in sorted(look.folder.rglob("*")):
        if path.suffix in _MEDIA_TYPES and _name(path, look.folder) not in described:
            yield f"{_name(path, look.folder)}: is not described"


def _bytes(path: Path, digest: str, size: str) -> Iterator[str]:
    if sha256(path.read_bytes()).hexdigest() != digest:
        yield f"{path.name}: has another SHA-256"
    if str(path.stat().st_size) != size:
        yield f"{path.name}: has {path.stat().st_size} bytes, not {size}"


def _counts(look: Look) -> Iterator[str]:
    rows = sum(parquet.read_metadata(path).num_rows for path in look.shards)
    for subject in look.graph.subjects(CR.dataType, CARDINALITY):
        stated = next(iter(look.graph.objects(subject, SDO.value)), None)
        if stated is None or _python(stated) != rows:
            yield f"{_short(subject)}: {stated} records, not {rows}"
    if not list(look.graph.subjects(CR.dataType, CARDINALITY)):
        yield "nothing says how many records there are"


def _columns(look: Look) -> Iterator[str]:
    described = {
        look.one(field, SDO.name): _kind(look, field)
        for record_set in look.of_type(CR.RecordSet)
        for field in look.graph.objects(record_set, CR.field)
    }
    for path in look.shards:
        held = {field.name: _spelled(field.type) for field in parquet.read_schema(path)}
        for name in sorted({*held, *described}):
            if held.get(name) != described.get(name):
                yield f"{name}: is {held.get(name)}, not {described.get(name)}"


def _sources(look: Look) -> Iterator[str]:
    for field in look.of_type(CR.Field):
        source = next(look.graph.objects(field, CR.source), None)
        leaf = not list(look.graph.objects(field, CR.subField))
        if leaf and source is None and not look.one(field, SDO.value):
            yield f"{_short(field)}: has neither source nor value"
        if source is not None:
            extract = next(look.graph.objects(source, CR.extract), None)
            column = look.one(extract, CR.column) if extract is not None else ""
            if column not in _short(field).split("/"):
                yield f"{_short(field)}: is read from column {column!r}"


_CHECKS: Final = (
    _prefixes, _duplicates, _terms, _required, _once, _references, _dataset, _licenses,
    _files, _undescribed, _counts, _columns, _sources,
)  # fmt: skip


def _kind(look: Look, field: Node) -> str:
    members = {
        look.one(each, SDO.name): _short(next(look.graph.objects(each, CR.dataType), field))
        for each in look.graph.objects(field, CR.subField)
    }
    types = [_short(each) for each in look.graph.objects(field, CR.dataType)]
    kind = str(dict(sorted(members.items()))) if members else " ".join(sorted(types))
    return f"list of {kind}" if look.one(field, CR.isArray) == "true" else kind


def _spelled(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {_spelled(kind.value_type)}"
    if pa.types.is_struct(kind):
        return str({each.name: _spelled(each.type) for each in sorted(kind, key=_by_name)})
    names = {pa.string(): "Text", pa.bool_(): "Boolean", pa.float64(): "Float"}
    return names.get(kind, "Integer")


def _by_name(field: pa.Field) -> str:
    return str(field.name)


def _column(paths: Iterable[Path], name: str) -> set[object]:
    return {
        value
        for path in paths
        if name in parquet.read_schema(path).names
        for value in parquet.read_table(path, columns=[name])[name].to_pylist()
    }


def _is_known(term: Node) -> bool:
    iri = str(term)
    if iri.startswith(RAI):
        return iri.removeprefix(RAI) in _RAI_TERMS
    if iri.startswith(CR):
        return iri.removeprefix(CR) in _CR_TERMS
    return term == CARDINALITY or any(iri in _names(each) for each in _VOCABULARIES)


@cache
def _names(vocabulary: type[DefinedNamespace]) -> frozenset[str]:
    return frozenset(map(str, dir(vocabulary)))


def _nodes(value: object) -> Iterator[dict[str, object]]:
    children: list[object] = value if isinstance(value, list) else []
    if isinstance(value, dict):
        yield value
        children = list(value.values())
    for each in children:
        yield from _nodes(each)


def _without_context(look: Look) -> dict[str, object]:
    whole = json.loads(look.text, object_pairs_hook=_without_twins)
    return {key: value for key, value in whole.items() if key != "@context"}


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    twins = [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]
    if twins:
        raise ValueError(f"a key stands twice in one object: {twins}")
    return dict(pairs)


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]


def _python(value: Node) -> object:
    return value.toPython() if isinstance(value, Literal) else None


def _short(term: Node) -> str:
    known = (BASE, str(SDO), str(RAI), str(CR), str(PROV), str(DCTERMS))
    prefix = next((each for each in known if str(term).startswith(each)), "")
    return str(term).removeprefix(prefix)


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()
