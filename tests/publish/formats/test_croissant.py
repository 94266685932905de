"""Croissant: mlcroissant loads it, and what mlcroissant overlooks is right as well."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyarrow import parquet

from pipeline.publish.card import Card
from pipeline.publish.formats import croissant
from tests.publish.formats.croissant_check import findings
from tests.publish.formats.mlc import Mlcroissant, started
from tests.publish.formats.stated_cards import FULL, SPARSE, STALE, card_in, publish

# rdflib's own reader of JSON-LD warns of rdflib.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")

Json = dict[str, object]
Change = Callable[[Json], object]


@pytest.fixture(scope="module")
def mlc() -> Iterator[Mlcroissant]:
    with started() as process:
        yield process


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("full") / "essays", FULL).dataset


@pytest.fixture(scope="module")
def sparse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("sparse") / "essays", SPARSE).dataset


@pytest.fixture(scope="module")
def stale(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("stale") / "essays", STALE).dataset


def read(folder: Path) -> Json:
    return dict(json.loads((folder / "croissant.json").read_text("utf-8")))


def by_id(rows: list[dict[str, object]]) -> dict[object, dict[str, object]]:
    return {row["id"]: row for row in rows}


def test_mlcroissant_finds_nothing_to_say(full: Path, mlc: Mlcroissant) -> None:
    said = mlc.read(full)

    assert (said["issues"], said["logged"]) == ([], [])


def test_every_record_that_mlcroissant_reads_is_the_row(
    full: Path, mlc: Mlcroissant
) -> None:
    rows = [
        row
        for path in sorted(full.glob("*/train-*.parquet"))
        for row in parquet.read_table(path).to_pylist()
    ]

    records = mlc.read(full, records=True)["records"]

    assert isinstance(records, list)
    assert len(rows) == len(records) == 3
    assert any(row["authors"] for row in rows)
    assert any(not row["authors"] for row in rows)
    assert by_id(records) == by_id(rows)


def test_the_check_finds_nothing_in_a_good_file(full: Path) -> None:
    assert findings(full) == []


def test_a_file_of_little_lacks_what_nobody_states_and_nothing_else(sparse: Path) -> None:
    lacking = {line.partition(": has no ")[2] for line in findings(sparse)}

    assert lacking == {"description", "url", "datePublished"}


def test_the_eight_properties_of_neurips_are_there_where_they_are_stated(
    full: Path, sparse: Path
) -> None:
    eight = {
        "rai:dataLimitations",
        "rai:dataBiases",
        "rai:personalSensitiveInformation",
        "rai:dataUseCases",
        "rai:dataSocialImpact",
        "rai:hasSyntheticData",
        "prov:wasDerivedFrom",
        "prov:wasGeneratedBy",
    }

    assert eight - read(full).keys() == set()
    assert read(full)["rai:hasSyntheticData"] is False
    assert eight & read(sparse).keys() == {
        "rai:dataUseCases",
        "prov:wasDerivedFrom",
        "prov:wasGeneratedBy",
    }


def test_what_was_held_against_other_data_is_left_out(full: Path, stale: Path) -> None:
    said = [
        text
        for field in card_in(stale).fields
        if field.status == "stale" and (text := card_in(stale).stated(field.id))
        if text not in {"None.", "No.", "One person."}
    ]

    whole = (stale / "croissant.json").read_text("utf-8")

    assert len(said) > 20
    assert [text for text in said if text.replace("\n", " ") in whole] == []
    assert "It waits between requests." in (full / "croissant.json").read_text("utf-8")
    assert "What the crawler met" in whole


def test_the_file_follows_from_the_card_alone(full: Path) -> None:
    text = (full / "croissant.json").read_text("utf-8")

    assert croissant.render(card_in(full)) == text
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


def test_a_release_without_documents_has_a_valid_file(
    full: Path, tmp_path: Path, mlc: Mlcroissant
) -> None:
    card = card_in(full)
    empty = {"rights.row_licences", "comp.files", "comp.domains", "comp.languages"}
    fields = tuple(
        field.model_copy(
            update={"measured": field.measured.model_copy(update={"value": []})}
        )
        if field.id in empty and field.measured
        else field
        for field in card.fields
    )
    (tmp_path / "croissant.json").write_text(
        croissant.render(card.model_copy(update={"fields": fields})), "utf-8"
    )

    assert {line for line in mlc.issues(tmp_path) if "recommended" not in line} == set()


def test_a_statement_in_another_language_says_so(
    full: Path, tmp_path: Path, mlc: Mlcroissant
) -> None:
    german = _restated(card_in(full), "id.language_of_card", "de")
    (tmp_path / "croissant.json").write_text(croissant.render(german), "utf-8")

    described = read(tmp_path)["description"]

    assert isinstance(described, dict)
    assert list(described) == ["de"]
    assert mlc.issues(tmp_path) == set()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("Yes: one in ten.", True), ("no", False), ("Not applicable: no rows.", None)],
)
def test_whether_it_is_synthetic_is_yes_no_or_left_out(
    full: Path, answer: str, *, expected: bool | None
) -> None:
    text = croissant.render(_restated(card_in(full), "prov.synthetic", answer))

    assert json.loads(text).get("rai:hasSyntheticData") is expected


def _restated(card: Card, id_: str, value: str) -> Card:
    fields = tuple(
        field.model_copy(
            update={"stated": field.stated.model_copy(update={"value": value})}
        )
        if field.id == id_ and field.stated
        else field
        for field in card.fields
    )
    return card.model_copy(update={"fields": fields})


def _node(whole: Json, key: str, n: int = 0) -> Json:
    value = whole[key]
    assert isinstance(value, list)
    return dict(value[n]) if not isinstance(value[n], dict) else value[n]


def _field(whole: Json, name: str) -> Json:
    fields = _node(whole, "recordSet")["field"]
    assert isinstance(fields, list)
    return next(each for each in fields if each["name"] == name)


def _rename(whole: Json, old: str, new: str) -> None:
    whole[new] = whole.pop(old)


def _renaming(old: str, new: str) -> Change:
    return lambda whole: _rename(whole, old, new)


def _file(whole: Json) -> Json:
    return _node(whole, "distribution")


def _count(whole: Json) -> Json:
    return _node(_node(whole, "recordSet"), "annotation")


def _read_from(field: Json, column: str) -> None:
    field["source"] = {"fileSet": {"@id": "document-files"}, "extract": {"column": column}}


# The fourteen that mlcroissant 1.1.1 calls valid, and what our check says of each.
OVERLOOKED: dict[str, tuple[Change, str]] = {
    "no name": (lambda w: w.pop("name"), "has no name"),
    "no url": (lambda w: w.pop("url"), "has no url"),
    "no creator": (lambda w: w.pop("creator"), "has no creator"),
    "no description": (lambda w: w.pop("description"), "has no description"),
    "sha256 TBD": (lambda w: _file(w).update(sha256="TBD"), "'TBD' is no SHA-256"),
    "wrong size": (lambda w: _file(w).update(contentSize="1 B"), "bytes, not 1"),
    "dangling key": (
        lambda w: _node(w, "recordSet").update(key={"@id": "documents/nothing"}),
        "key documents/nothing is not there",
    ),
    "wrong count": (lambda w: _count(w).update(value=4), "4 records, not 3"),
    "missing file": (
        lambda w: _file(w).update(contentUrl="CC-BY-4.0/train-00001.parquet"),
        "train-00001.parquet: is not there",
    ),
    "misspelt rai": (
        lambda w: _rename(w, "rai:dataBiases", "rai:dataBias"),
        "RAI/dataBias: no such property",
    ),
    "nonsense license": (lambda w: w.update(license="free as in x"), "is no license"),
    "duplicate id": (
        lambda w: _node(w, "prov:wasGeneratedBy").update({"@id": "activities/1"}),
        "activities/1: is defined 2 times",
    ),
    "renamed column": (
        lambda w: _read_from(_field(w, "text"), "body"),
        "documents/text: is read from column 'body'",
    ),
    "wrong dtype": (
        lambda w: _field(w, "text").update(dataType="sc:Integer"),
        "text: is Text, not Integer",
    ),
}

_MISSPELT = {
    "rai:dataSocialImpact": "rai:socialImpact",
    "rai:dataUseCases": "rai:useCases",
    "rai:dataCollectionTimeframe": "rai:dataCollectionTimeFrame",
    "rai:dataManipulationProtocol": "rai:dataDataManipulationProtocol",
    "rai:dataCollectionRawData": "rai:dataCollectionRaw",
    "rai:dataReleaseMaintenancePlan": "rai:dataReleaseMaintenance",
    "rai:dataAnnotationPlatform": "rai:annotationPlatform",
}

MORE: dict[str, tuple[Change, str]] = {
    **{new: (_renaming(old, new), "no such property") for old, new in _MISSPELT.items()},
    "no license": (lambda w: w.pop("license"), "has no license"),
    "no date": (lambda w: w.pop("datePublished"), "has no datePublished"),
    "two urls": (lambda w: w.update(url=["https://a.example", "https://b.example"]), "url"),
    "another sha256": (lambda w: _file(w).update(sha256="0" * 64), "another SHA-256"),
    "unknown prefix": (lambda w: w.update({"duo:use": "x"}), "does not say what duo is"),
    "prov:label": (lambda w: w.update({"prov:label": "x"}), "prov#label: no such property"),
    "unknown type": (lambda w: w.update({"@type": ["sc:Dataset", "sc:Corpus"]}), "Corpus"),
    "media type": (
        lambda w: _file(w).update(encodingFormat="application/vnd.apache.parquet"),
        "mlcroissant does not read it",
    ),
    "no count": (lambda w: _node(w, "recordSet").pop("annotation"), "how many records"),
    "a column less": (
        lambda w: _node(w, "recordSet").update(field=[_field(w, "id"), _field(w, "text")]),
        "url: is Text, not None",
    ),
    "not a list": (lambda w: _field(w, "decisions").pop("isArray"), "decisions: is list"),
    "a file less": (lambda w: w.update(distribution=[_file(w)]), "is not described"),
    "older version": (lambda w: w.update(conformsTo=[_conforms(w)]), "conforms to"),
    "not a boolean": (
        lambda w: w.update({"rai:hasSyntheticData": "No"}),
        "is not true or false",
    ),
}


def _conforms(whole: Json) -> object:
    conforms = whole["conformsTo"]
    assert isinstance(conforms, list)
    return conforms[0]


def changed(folder: Path, change: Change, *, into: Path) -> Path:
    copied = Path(shutil.copytree(folder, into))
    whole = read(copied)
    change(whole)
    (copied / "croissant.json").write_text(json.dumps(whole), "utf-8")
    return copied


@pytest.mark.parametrize("mistake", OVERLOOKED)
def test_the_check_finds_what_mlcroissant_overlooks(
    full: Path, tmp_path: Path, *, mlc: Mlcroissant, mistake: str
) -> None:
    change, expected = OVERLOOKED[mistake]

    folder = changed(full, change, into=tmp_path / "dataset")

    assert mlc.issues(folder) == set()
    assert any(expected in line for line in findings(folder)), findings(folder)


@pytest.mark.parametrize("mistake", MORE)
def test_the_check_finds_other_mistakes(full: Path, tmp_path: Path, mistake: str) -> None:
    change, expected = MORE[mistake]

    folder = changed(full, change, into=tmp_path / "dataset")

    assert any(expected in line for line in findings(folder)), findings(folder)


def test_the_check_finds_a_file_that_was_taken_away(full: Path, tmp_path: Path) -> None:
    folder = changed(full, len, into=tmp_path / "dataset")
    (folder / "CC-BY-4.0" / "train-00000.parquet").unlink()

    assert "train-00000.parquet: is not there" in findings(folder)
