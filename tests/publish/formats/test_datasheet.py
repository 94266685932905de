"""The datasheet and the data statement: every question once, and each has an answer."""

import re

import pytest

from pipeline.publish.card import Card
from pipeline.publish.fields import catalogue
from pipeline.publish.formats import data_statement, datasheet
from pipeline.publish.renderings import RENDERINGS
from tests.publish.formats import cards

# As Gebru et al. count them, with the three that ours has beside them.
QUESTIONS = {
    "Motivation": 3, "Composition": 16, "Collection": 12, "Preprocessing": 4, "Uses": 5,
    "Distribution": 6, "Maintenance": 7,
}  # fmt: skip

VERSION_3 = (
    "Header", "Executive summary", "Curation rationale",
    "Documentation for source datasets", "Language varieties", "Language user demographic",
    "Annotator demographic", "Linguistic situation and text characteristics",
    "Preprocessing and data formatting", "Capture quality", "Limitations", "Metadata",
    "Disclosures and ethical review", "Distribution", "Maintenance", "Other", "Glossary",
)  # fmt: skip


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    return cards.small(tmp_path_factory.mktemp("cards") / "c")


def parts(text: str, mark: str) -> dict[str, str]:
    """Return what stands under each heading of a level."""
    _, *found = re.split(rf"^{mark} (.+)$", text, flags=re.MULTILINE)
    assert len(set(found[::2])) == len(found[::2])
    return dict(zip(found[::2], found[1::2], strict=True))


def test_every_question_of_a_datasheet_stands_once_and_has_an_answer(card: Card) -> None:
    found = parts(datasheet.render(card), "###")

    asked = [q for questions in datasheet.SECTIONS.values() for q, _ in questions]
    assert [title.split(" ", 1)[1] for title in found] == asked
    assert {name: len(of) for name, of in datasheet.SECTIONS.items()} == QUESTIONS
    assert all(re.sub(r"## .*", "", answer).strip() for answer in found.values())


def test_every_section_of_a_data_statement_stands_once_and_has_an_answer(
    card: Card,
) -> None:
    found = parts(data_statement.render(card), "##")

    assert [title.split(" ", 1)[1] for title in found] == list(VERSION_3)
    assert all(answer.strip() for answer in found.values())


def test_fields_that_are_named_exist() -> None:
    named = [
        *(i for of in datasheet.SECTIONS.values() for _, ids in of for i in ids),
        *(i for ids in data_statement.SECTIONS.values() for i in ids),
    ]

    assert set(named) <= set(catalogue())


def test_an_executive_summary_has_its_sixty_to_a_hundred_words(card: Card) -> None:
    about = "Short essays on commons by one hand, written for tests and for nobody else."
    found = parts(data_statement.render(cards.state(card, "id.description", about)), "##")

    words = re.sub(r"<sub>.*?</sub>|\*\*", "", found["2 Executive summary"]).split()

    assert 60 <= len(words) <= 100


def test_a_statement_names_who_makes_it_and_a_figure_its_field(card: Card) -> None:
    text = datasheet.render(cards.state(card, "who.funder", "Nobody."))

    assert "**Who paid for it, with the numbers of grants.** Nobody." in text
    assert "<sub>`who.funder`, stated by Ada Curator</sub>" in text
    assert "split: train; documents: 2;" in text
    assert "<sub>`comp.count`</sub>" in text


def test_what_nobody_answers_is_marked(card: Card) -> None:
    found = parts(datasheet.render(card), "###")

    assert found["1.3 Who paid for it?"].startswith("\n\n*Not answered*. <sub>`who.funder`")


def test_a_stale_statement_is_struck_out(card: Card) -> None:
    stale = cards.state(card, "risk.biases", "Much.", stale=True)

    for text in (datasheet.render(stale), data_statement.render(stale)):
        assert "**Stale, said of other data on 2026-01-31:** ~~Much.~~" in text


@pytest.mark.parametrize("name", RENDERINGS)
def test_a_rendering_is_the_same_each_time(card: Card, name: str) -> None:
    assert RENDERINGS[name](card) == RENDERINGS[name](card.model_copy(deep=True))
