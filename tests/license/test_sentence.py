import pytest

from pipeline.license.sentence import (
    Saying,
    Sentence,
    around,
    claims_public_domain,
    read,
    reserves_learning,
    sentences,
    speaks_of_itself,
)


def split(text: str) -> Sentence:
    """Return the sentence around ``@``, which stands for a license."""
    place = text.index("@")
    return around(text, place, place + 1)


@pytest.mark.parametrize(
    "text",
    [
        "This work is licensed under a @ licence.",
        "Licensed under @",
        "The content of this site is available under the @; additional terms may apply.",
        "Except where otherwise noted, content on this site is under @. Icons by X.",
        "Unless otherwise indicated (e.g. in copyright notices), content is under the @",
        "Dieser Text steht unter @",
        "Sauf mention contraire, les textes de ce site sont mis à disposition sous @",
        "Este artículo está disponible bajo una licencia @",
        "この記事は@の下に提供されています。",
        "Text and photos are licensed under @",
        "This text is licensed @. Logos and trade marks are not covered.",
        "The text may be reused under @",
        "Content: @",
    ],
)
def test_a_grant_of_the_whole_is_read(text: str) -> None:
    assert read(split(text), is_marked=False) is Saying.GRANTS


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("Read about @ and donate.", Saying.NAMES),
        ("A @ licence lets others reuse a work.", Saying.NAMES),
        ("We ignored the “@” licence of the original drawing.", Saying.NAMES),
        ("Lightbox © L. D. licensed under the @", Saying.NAMES),
        ("This text is not licensed under @", Saying.DENIES),
        ("Diese Inhalte stehen nicht unter @", Saying.DENIES),
        ("The photographs, but not the text, are licensed @", Saying.DENIES),
        ("All photos on this site are licensed under @", Saying.SPEAKS_OF_A_PART),
        ("Theme: Pebble by Studio Q, released under @", Saying.SPEAKS_OF_A_PART),
        ("Code samples are licensed under @", Saying.SPEAKS_OF_A_PART),
        ("Some content on this site is licensed under @", Saying.DEPENDS),
        ("This text was available under @ until 2019", Saying.DEPENDS),
        ("This text is available on request under @", Saying.DEPENDS),
        ("Posts from 2020 on: @", Saying.DEPENDS),
    ],
)
def test_less_than_a_grant_is_told_apart(text: str, saying: Saying) -> None:
    assert read(split(text), is_marked=False) is saying


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("Some rights reserved · @", Saying.GRANTS),
        ("@", Saying.GRANTS),
        ("Icons by Glyphworks, @", Saying.SPEAKS_OF_A_PART),
        ("No longer under @", Saying.DENIES),
        ("Parts of it: @", Saying.DEPENDS),
    ],
)
def test_markup_replaces_the_verb_and_no_doubt(text: str, saying: Saying) -> None:
    assert read(split(text), is_marked=True) is saying


@pytest.mark.parametrize(
    ("text", "is_own"),
    [
        ("This work is licensed under @", True),
        ("Dieser Text steht unter @", True),
        ("The text is licensed under @", True),
        ("Licensed under @", True),
        ("Except where otherwise noted, content is under @", True),
        ("Text of Wikipedia is available under @", False),
        ("Wikipedia publishes its articles under the licence @", False),
        ("This shows how common the @ is", False),
    ],
)
def test_a_sentence_of_the_main_text_may_speak_of_another_work(
    text: str, *, is_own: bool
) -> None:
    assert speaks_of_itself(split(text)) is is_own


def test_a_sentence_ends_at_stops_and_breaks_and_not_at_initials() -> None:
    assert sentences("By J. Roe. CC BY 4.0! A; b | c\nd") == [
        "By J. Roe",
        "CC BY 4.0",
        "A",
        "b",
        "c",
        "d",
    ]


def test_a_sentence_begins_after_the_license_before_it() -> None:
    text = "Text is under AA, code under BB, and data under CC."

    assert around(text, 29, 31, after=16, until=48) == Sentence(
        lead=", code under", tail=", and data under"
    )


@pytest.mark.parametrize(
    ("text", "reserved"),
    [
        ("Use of this content to train AI systems is not permitted.", True),
        ("The rights holder reserves TDM. Text and data mining is prohibited.", True),
        ("Training for volunteers is not permitted indoors.", False),
        ("We write about AI. Smoking is not permitted.", False),
    ],
)
def test_a_reservation_of_machine_learning_is_seen(text: str, *, reserved: bool) -> None:
    assert reserves_learning(text) is reserved


def test_a_claim_of_public_domain_names_the_text() -> None:
    assert claims_public_domain("This text is public domain.")
    assert not claims_public_domain("Much is in the public domain.")
