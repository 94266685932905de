"""The card: its metadata are read as they were meant, and what nobody stated shows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard
from hypothesis import given
from hypothesis import strategies as st

from pipeline.publish.card import DROPS, NOT_STATED, scalar
from pipeline.vocab import SPECIFICATIONS, Drop
from tests.corpus import BY_NC, BY_SA, ESSAY, MANIFEST, SmallCorpus, html

ONE = "https://essays.example/one"
TWO = "https://essays.example/two"
KEYWORDS = (
    '\n[card]\nkeywords = ["yes", "a: b", "\\"q\\"", "[x]", "#", "漢字 \\U0001F33F"]\n'
)


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[SmallCorpus]:
    with SmallCorpus(tmp_path / "essays") as corpus:
        yield corpus


def readme(corpus: SmallCorpus) -> str:
    corpus.curate()
    return (corpus.publish().dataset / "README.md").read_text("utf-8")


def metadata(text: str) -> dict[str, object]:
    return dict(DatasetCard(text).data.to_dict())  # type: ignore[no-untyped-call]


def test_one_license_is_named_as_the_hub_names_it(corpus: SmallCorpus) -> None:
    corpus.visit({ONE: html()})

    assert metadata(readme(corpus)) == {
        "pretty_name": "essays",
        "license": "cc-by-4.0",
        "language": ["en"],
        "size_categories": ["n<1K"],
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


def test_several_licenses_are_other_and_stand_in_a_file(corpus: SmallCorpus) -> None:
    corpus.visit({ONE: html(), TWO: html(f"{ESSAY} Two.", license_=BY_SA, lang="")})

    found = metadata(readme(corpus))

    assert (found["license"], found["license_name"], found["license_link"]) == (
        "other",
        "per-document",
        "LICENSE.md",
    )
    assert found["language"] == ["en"]


def test_keywords_reach_the_metadata_as_they_are(tmp_path: Path) -> None:
    with SmallCorpus(tmp_path / "essays", text=MANIFEST + KEYWORDS) as corpus:
        corpus.visit({ONE: html()})
        found = metadata(readme(corpus))

    assert found["tags"] == ["estovers", "yes", "a: b", '"q"', "[x]", "#", "漢字 🌿"]


def test_what_the_curator_did_not_state_is_shown_as_not_stated(tmp_path: Path) -> None:
    stated = f'{MANIFEST}[card]\nlimitations = "Only two pages."\n'
    with SmallCorpus(tmp_path / "essays", text=stated) as corpus:
        corpus.visit({ONE: html()})
        text = readme(corpus)

    assert "**Known limits:** Only two pages." in text
    assert f"**Known skews:** {NOT_STATED}" in text


def test_the_card_says_who_asked_by_which_standards_and_whom_to_write_to(
    corpus: SmallCorpus,
) -> None:
    corpus.visit({ONE: html(), TWO: html(license_=BY_NC)})

    text = readme(corpus)

    assert f"`{corpus.manifest.user_agent}`" in text
    assert "write to corpus\\@curator.example" in text
    assert "| `license.not-allowed` | 1 | the page states a license" in text
    assert "Of 1 admitted page, 1 gave a document and 0 did not." in text
    assert all(f"| `{key}` | {value} |" in text for key, value in SPECIFICATIONS.items())


def test_the_dataset_states_no_times_and_the_card_does(corpus: SmallCorpus) -> None:
    corpus.visit({ONE: html()})
    corpus.curate()

    published = corpus.publish()

    times = "read between 2026-11-21T12:00:00Z and 2026-11-21T12:00:00Z"
    assert times in (published.card / "README.md").read_text("utf-8")
    assert "2026-11-21T" not in (published.dataset / "README.md").read_text("utf-8")


def test_every_drop_has_its_words() -> None:
    assert set(DROPS) == set(Drop)


@pytest.mark.law
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_scalar_is_read_as_it_was_written(text: str) -> None:
    assert metadata(f"---\nkey: {scalar(text)}\n---\n") == {"key": text}
