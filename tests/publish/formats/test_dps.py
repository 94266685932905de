"""Data Provenance Standards: valid where all is stated, and short of the rest elsewhere."""

import json
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from pipeline.publish.card import missing
from pipeline.publish.formats import dps
from tests.publish.formats.stated_cards import FULL, SPARSE, STALE, card_in, publish

Json = dict[str, object]

# What each required field of the catalogue fills, for those that a person has to state.
FILLS = {
    "id.description": "source.about.content",
    "id.url": "source.location",
    "who.publisher": "source.issuer",
    "comp.geography": "provenance.origin-geography",
}


def _is_moment(value: object) -> bool:
    return datetime.fromisoformat(str(value)).tzinfo is not None and "T" in str(value)


def _is_uri(value: object) -> bool:
    parts = urlsplit(str(value))
    return bool(parts.scheme and parts.netloc) and str(value).isascii()


# jsonschema checks these two only with libraries that we have no other use for.
FORMATS = FormatChecker(("date", "uuid"))
FORMATS.checks("date-time", raises=ValueError)(_is_moment)
FORMATS.checks("uri", raises=ValueError)(_is_uri)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("full") / "essays", FULL).dataset


@pytest.fixture(scope="module")
def sparse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("sparse") / "essays", SPARSE).dataset


@pytest.fixture(scope="module")
def stale(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("stale") / "essays", STALE).dataset


def schema() -> Json:
    text = (Path(__file__).parent / "dps.schema.json").read_text("utf-8")
    return dict(json.loads(text))


def read(folder: Path) -> Json:
    return dict(json.loads((folder / "provenance.dps.json").read_text("utf-8")))


def faults(whole: Json) -> set[str]:
    """Return each fault by where it is: a missing key by its own path."""
    found = Draft202012Validator(schema(), format_checker=FORMATS).iter_errors(whole)
    return {_place(error.absolute_path, error.validator, error.message) for error in found}


def _place(path: object, validator: object, message: str) -> str:
    parts = [str(part) for part in path] if hasattr(path, "__iter__") else []
    named = [message.split("'")[1]] if validator == "required" else []
    return ".".join([*parts, *named])


def test_the_schema_is_one_and_closed() -> None:
    Draft202012Validator.check_schema(schema())

    objects = [node for node in _nodes(schema()) if node.get("type") == "object"]

    assert len(objects) > 15
    assert all(node["additionalProperties"] is False for node in objects)


def _nodes(value: object) -> list[Json]:
    children = (
        list(value.values()) if isinstance(value, dict) else value
        if isinstance(value, list) else []
    )  # fmt: skip
    own = [value] if isinstance(value, dict) else []
    return [*own, *(node for child in children for node in _nodes(child))]


def test_a_file_of_a_manifest_that_states_all_is_valid(full: Path) -> None:
    assert faults(read(full)) == set()


def test_a_file_of_little_lacks_what_the_card_names_as_missing(sparse: Path) -> None:
    lacking = missing(card_in(sparse).fields)["dps"]

    assert faults(read(sparse)) == {FILLS[id_] for id_ in lacking}
    assert set(lacking) == set(FILLS)


def test_a_file_of_stale_statements_lacks_those_on_the_data(stale: Path) -> None:
    text = (stale / "provenance.dps.json").read_text("utf-8")

    assert faults(read(stale)) == {"source.about.content", "provenance.origin-geography"}
    assert "Too small for anything but tests." not in text
    assert "One author, one view." not in text
    assert "web-scraping-crawling" in text


def test_every_hash_is_that_of_a_file(full: Path) -> None:
    source = read(full)["source"]
    assert isinstance(source, dict)

    hashes = {
        each["path"]: each["tree-hashes"][0]["value"] for each in source["id"]["hashes"]
    }

    assert len(hashes) > 10
    assert hashes == {
        name: sha256((full / name).read_bytes()).hexdigest() for name in hashes
    }


def test_the_file_follows_from_the_card_alone(full: Path) -> None:
    text = (full / "provenance.dps.json").read_text("utf-8")

    assert dps.render(card_in(full)) == text
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("New Zealand and Germany. Both only by their names.", ["New Zealand", "Germany"]),
        ("Germany, France, and New Zealand", ["Germany", "France", "New Zealand"]),
        ("NZ, DE: as far as is known", ["NZ", "DE"]),
        ("United Kingdom\nand more", ["United Kingdom"]),
        ("Mostly Germany.", []),
        ("Germany and Middle-earth.", []),
        ("Rural Europe.", []),
        (".de and .nz", []),
        ("Not applicable: nowhere.", []),
        ("", []),
    ],
)
def test_countries_are_read_only_of_a_list_of_countries(
    text: str, expected: list[str]
) -> None:
    assert dps.countries(text) == expected


def _at(whole: Json, path: str) -> Json:
    node: object = whole
    for part in path.split("."):
        if isinstance(node, list):
            node = node[int(part)]
        elif isinstance(node, dict):
            node = node[part]
    assert isinstance(node, dict)
    return node


def _put(path: str, key: str, value: object) -> Callable[[Json], None]:
    return lambda whole: _at(whole, path).update({key: value})


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (_put("set", "colour", "red"), "set"),
        (_put("set.publisher", "category", "vendor"), "set.publisher"),
        (_put("set.publisher", "namespace", "essays"), "set.publisher.namespace"),
        (_put("set", "category", "data-"), "set.category"),
        (_put("set.tracking", "version", "1.0"), "set.tracking.version"),
        (_put("set.tracking", "status", "done"), "set.tracking.status"),
        (
            _put("set.tracking", "current-release-date", "2026-11-21"),
            "set.tracking.current-release-date",
        ),
        (_put("source.id", "uuids", ["1"]), "source.id.uuids.0"),
        (_put("provenance", "date", "21.11.2026"), "provenance.date"),
        (_put("provenance.generation-method.0", "code", "crawl"),
         "provenance.generation-method.0.code"),
        (_put("provenance", "origin-geography", []), "provenance.origin-geography"),
        (_put("use.intended-purpose.0", "code", "fun"), "use.intended-purpose.0.code"),
    ],
)  # fmt: skip
def test_the_schema_finds_a_mistake(
    full: Path, change: Callable[[Json], None], place: str
) -> None:
    whole = read(full)
    change(whole)

    assert faults(whole) == {place}
