"""The README: the Hub and datasets take it, and it says what the card says and no more."""

from pathlib import Path

import datasets
import pyarrow as pa
import pytest
import yaml  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pyarrow import parquet
from pydantic import BaseModel

from pipeline import stated
from pipeline.manifest import parse
from pipeline.publish.fields import catalogue
from pipeline.publish.formats import hub, huggingface
from pipeline.publish.renderings import RENDERINGS
from pipeline.vocab import SPECIFICATIONS
from tests.corpus import BY_NC, BY_SA, ESSAY, MANIFEST, html
from tests.publish.formats import cards, hub_rules

ONE = "https://essays.example/one"
TWO = "https://essays.example/two"
KEYWORDS = (
    '\n[card.id]\nkeywords = ["yes", "a: b", "\\"q\\"", "[x]", "#", "漢字 \\U0001F33F"]\n'
)
CORPORA = {
    "empty": {},
    "one license": {ONE: html()},
    "two licenses": {ONE: html(), TWO: html(f"{ESSAY} Two.", license_=BY_SA, lang="")},
    "a hostile title": {ONE: html(title=cards.HOSTILE.replace("<", "&lt;"))},
    "a language that is none": {ONE: html(lang="jp"), TWO: html(f"{ESSAY} 2.", lang="qaa")},
    "a refusal": {ONE: html(), TWO: html(license_=BY_NC)},
}

BROKEN = (
    "<img src=x", 'href="http://e.example', 'href="javascript', "<strong>b<", "<s>",
    "<h1>one", "<li>two", "<li>three", "<hr", "\u202e",
)  # fmt: skip


def readme(folder: Path, name: str, *, text: str = MANIFEST) -> str:
    published = cards.published(folder, text=text, pages=CORPORA[name])
    return (published / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", CORPORA)
@pytest.mark.parametrize("more", ["", KEYWORDS])
def test_the_hub_takes_every_readme(name: str, more: str, tmp_path: Path) -> None:
    folder = cards.published(tmp_path / "c", text=MANIFEST + more, pages=CORPORA[name])

    assert hub_rules.faults(folder) == []


def test_one_license_is_named_as_the_hub_names_it(tmp_path: Path) -> None:
    found = hub_rules.metadata(readme(tmp_path, "one license"))
    info = found.pop("dataset_info")

    assert found == {
        "pretty_name": "essays",
        "license": "cc-by-4.0",
        "language": ["en"],
        "size_categories": ["n<1K"],
        "source_datasets": ["original"],
        "annotations_creators": ["no-annotation"],
        "tags": ["estovers"],
        "configs": [
            {
                "config_name": "default",
                "default": True,
                "data_files": [{"split": "train", "path": "*/train-*.parquet"}],
            },
            {
                "config_name": "CC-BY-4.0",
                "data_files": [{"split": "train", "path": "CC-BY-4.0/train-*.parquet"}],
            },
        ],
    }
    assert isinstance(info, list)
    assert [each["config_name"] for each in info] == ["default", "CC-BY-4.0"]


def test_several_licenses_are_other_and_stand_in_a_file(tmp_path: Path) -> None:
    found = hub_rules.metadata(readme(tmp_path, "two licenses"))

    assert (found["license"], found["license_name"], found["license_link"]) == (
        "other",
        "per-document",
        "LICENSE.md",
    )
    assert found["language"] == ["en"]


def test_keywords_reach_the_metadata_as_they_are(tmp_path: Path) -> None:
    found = hub_rules.metadata(readme(tmp_path, "one license", text=MANIFEST + KEYWORDS))

    assert found["tags"] == ["estovers", "yes", "a: b", '"q"', "[x]", "#", "漢字 🌿"]


@pytest.mark.parametrize("config", ["default", "CC-BY-4.0", "CC-BY-SA-4.0"])
def test_each_configuration_loads_with_the_schema_of_its_files(
    config: str, tmp_path: Path
) -> None:
    folder = cards.published(tmp_path / "c", pages=CORPORA["two licenses"])
    files = sorted(
        folder.glob(("*" if config == "default" else config) + "/train-*.parquet")
    )

    loaded = datasets.load_dataset(
        str(folder), config, split="train", cache_dir=str(tmp_path / "cache")
    )

    assert loaded.num_rows == sum(parquet.read_metadata(file).num_rows for file in files)
    assert loaded.data.schema.names == parquet.read_schema(files[0]).names
    for file in files:
        assert [bare(f.type) for f in loaded.data.schema] == [
            bare(f.type) for f in parquet.read_schema(file)
        ]


def test_the_features_say_what_datasets_would_find_without_them(tmp_path: Path) -> None:
    folder = cards.published(tmp_path / "c", pages=CORPORA["one license"])
    (file,) = folder.glob("*/train-*.parquet")
    found = datasets.Features.from_arrow_schema(parquet.read_schema(file))

    info = hub_rules.metadata((folder / "README.md").read_text("utf-8"))["dataset_info"]

    assert isinstance(info, list)
    for each in info:
        assert datasets.DatasetInfo._from_yaml_dict(each).features == found  # noqa: SLF001  (as it loads)
        assert each["download_size"] == file.stat().st_size


def test_a_type_that_is_not_known_leaves_the_features_out(tmp_path: Path) -> None:
    card = cards.put(
        cards.small(tmp_path / "c"), comp__schema=[{"column": "id", "type": "MAP(X, Y)"}]
    )

    assert "dataset_info" not in yaml.safe_load("\n".join(hub.metadata(card)))


def test_pages_of_an_archive_are_not_said_to_be_original(tmp_path: Path) -> None:
    sources = [{"source": 0, "kind": "warc", "names": ["crawl.warc.gz"], "pages": 2}]
    card = cards.put(cards.small(tmp_path / "c"), prov__sources=sources)

    assert "source_datasets" not in yaml.safe_load("\n".join(hub.metadata(card)))


def test_every_statement_has_its_place_and_only_one() -> None:
    asked = {
        f"{group}.{key}"
        for group, field in stated.Card.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        for key in field.annotation.model_fields
        if f"{group}.{key}" in catalogue()
    }
    placed = [id_ for ids in huggingface.SECTIONS.values() for id_ in ids]

    assert len(placed) == len(set(placed))
    assert asked - {"id.description", "id.keywords"} <= set(placed)


def test_what_nobody_states_is_listed_and_not_filled_in(tmp_path: Path) -> None:
    card = cards.state(cards.small(tmp_path / "c"), "risk.limitations", "Only two pages.")

    text = huggingface.render_readme(card)

    assert "**Known limits.** Only two pages." in text
    assert "models built on it; Known skews; Possible effects on people;" in text
    assert "Not stated" not in text


def test_a_stale_statement_is_struck_out_wherever_it_stands(tmp_path: Path) -> None:
    card = cards.small(tmp_path / "c")
    for id_ in ("id.description", "pii.presence"):
        card = cards.state(card, id_, f"Said of {id_}.\n\nAnd on.", stale=True)

    text = huggingface.render_readme(card)

    for id_ in ("id.description", "pii.presence"):
        assert f"**Stale, said of other data on 2026-01-31:** ~~Said of {id_}.~~" in text
    assert text.count("~~And on.~~") == 2
    assert "do not rely on" in text


def test_what_does_not_arise_is_not_left_open(tmp_path: Path) -> None:
    manifest = f'{MANIFEST}[card.who]\nfunder = "Not applicable: nobody paid."\n'

    text = huggingface.render_readme(cards.small(tmp_path / "c", text=manifest))

    assert "Not applicable: nobody paid." in text
    assert "Who paid for it, grant numbers" not in text


def test_nothing_that_a_page_or_a_person_says_becomes_markdown(tmp_path: Path) -> None:
    card = cards.small(tmp_path / "c")
    for id_ in ("id.description", "why.purpose", "risk.biases", "who.creator"):
        card = cards.state(
            card, id_, f"{cards.HOSTILE}\n\n# one\n\n- two\n\n3. three\n\n---"
        )
    rows = [{"url": "javascript:x", "title": cards.HOSTILE, "example": "longest"}]
    hosts = [{"host": f"`{cards.HOSTILE}", "kept": 1, "because": [cards.HOSTILE]}]
    card = cards.put(card, comp__example=rows, comp__relations=hosts)

    for name, render in RENDERINGS.items():
        if name.endswith(".md"):
            text = render(card).removeprefix("---\n").partition("\n---\n")
            shown = MarkdownIt("gfm-like", {"linkify": False}).render(text[2] or text[0])

            assert not [sign for sign in BROKEN if sign in shown], name


def test_the_card_says_who_asked_by_which_standards_and_whom_to_write_to(
    tmp_path: Path,
) -> None:
    text = readme(tmp_path, "a refusal")

    assert f"`{parse(MANIFEST, source='test.toml').user_agent}`" in text
    assert "write to corpus\\@curator.example" in text
    assert "| 1 | `license.not-allowed`: the page states a license" in text
    plain = text.replace("\\", "")
    assert all(f"| `{key}` | {value} |" in plain for key, value in SPECIFICATIONS.items())


def test_the_readme_fits_the_hub_with_thousands_of_hosts_and_languages(
    tmp_path: Path,
) -> None:
    card = cards.put(
        cards.small(tmp_path / "c"),
        comp__relations=[
            {"host": f"host-{n}.example", "kept": n, "because": ["license.none-found"]}
            for n in range(5_000)
        ],
        comp__languages=[
            {"language": f"{chr(97 + n // 26)}{chr(97 + n % 26)}a", "documents": 1}
            for n in range(600)
        ],
    )

    text = huggingface.render_readme(card)

    assert len(text.encode()) < hub_rules.BODY
    assert "And 4,960 more hosts: `card.json` has all." in text


def test_an_empty_corpus_says_so(tmp_path: Path) -> None:
    text = readme(tmp_path, "empty")

    assert "**This corpus is empty: no page came through.**" in text
    assert "load_dataset" not in text
    assert not (tmp_path / "dataset" / "charts" / "licenses.svg").exists()


@pytest.mark.law
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_scalar_is_read_as_it_was_written(text: str) -> None:
    assert yaml.safe_load(f"key: {hub.scalar(text)}\n") == {"key": text}


def bare(kind: pa.DataType) -> object:
    """Return a type without what datasets does not keep: which values may be missing."""
    if pa.types.is_list(kind):
        return ("list", bare(kind.value_type))
    if pa.types.is_struct(kind):
        return {
            kind.field(n).name: bare(kind.field(n).type) for n in range(kind.num_fields)
        }
    return kind
