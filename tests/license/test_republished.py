"""Notes on an earlier publication: heard in several languages, and only as notes."""

import pytest

from pipeline.license.republished import hints, is_source, note_in


@pytest.mark.parametrize(
    "text",
    [
        "Reprinted with permission from The Moor Gazette.",
        "(Reprinted by permission.)",
        "This article is reproduced with the kind permission of its author.",
        "Text reproduced here with kind and written permission of the Guild.",
        "Originally published in Tide Quarterly.",
        "Editor's note: This essay originally appeared in Tide Quarterly.",
        "This post first appeared on Tidewrack.",
        "An earlier version of this article was originally published at Tidewrack.",
        "This article is republished from The Conversation.",
        "Courtesy of the Guild of Ferrymen.",
        "Mit freundlicher Genehmigung des Verlags.",
        "Dieser Beitrag erschien zuerst auf Watt und Meer.",
        "Ursprünglich erschienen in Watt und Meer.",
        "Reproduit avec l’aimable autorisation de l’autrice.",
        "Cet article a été publié initialement dans Le Flux.",
        "Publicado originalmente en El Faro.",
        "Reproducido con permiso de la autora.",
        "Pubblicato originariamente su La Nave.",
        "Per gentile concessione dell’editore.",
        "Reproduzido com permissão da autora.",
        "Met vriendelijke toestemming van de uitgever.",
    ],
)
def test_a_note_is_heard(text: str) -> None:
    assert note_in(f"The tide was high. {text} It fell at noon.") == text
    assert hints(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("The theory was originally published in Nature.", id="another work"),
        pytest.param("Originally published on January 5, 2010.", id="a day"),
        pytest.param("This text was first published in 1998.", id="a year"),
        pytest.param("This chapter was originally published in German.", id="a language"),
        pytest.param("Figure 3. Reproduced with permission.", id="a caption"),
        pytest.param("Photo courtesy of the Guild.", id="a picture"),
        pytest.param("This page may be reproduced with permission.", id="a rule"),
        pytest.param("You may not reprint this without permission.", id="a denial"),
        pytest.param("Adapted from a text by Marit Hale, CC BY 4.0.", id="an adaptation"),
        pytest.param(
            "This article originally appeared in <a href=x>Tide</a>.", id="an example"
        ),
    ],
)
def test_what_is_no_note_is_none(text: str) -> None:
    assert note_in(text) is None


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Source: tidewrack.example", True),
        ("Quelle: Watt und Meer", True),
        ("Fuente: El Faro", True),
        ("via Tidewrack", True),
        ("Read the original article here", True),
        ("Sources: the almanac, the log", False),
        ("Source of the river: the moor", False),
        ("Source: data of the harbour office", False),
        ("We came via the ford, and by the road we went home again.", False),
    ],
)  # fmt: skip
def test_a_source_is_a_block_of_its_own(text: str, *, is_one: bool) -> None:
    assert is_source(text) is is_one
