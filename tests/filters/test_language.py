"""The language of a text is told from the text; the page's word stands beside it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

# There is no wheel for every machine.
pytest.importorskip("pycld2")

from pipeline.extract import main_text
from pipeline.filters.language import (
    DETECTOR,
    UNDETERMINED,
    Agreement,
    Language,
    detect,
)
from pipeline.markup import Markup, read
from pipeline.model import Dropped, Exchange

COMMONS = Path(__file__).resolve().parents[2] / "manifests" / "commons"
WEB = Path(__file__).resolve().parents[3] / "shared" / "web"
HTML = (("Content-Type", "text/html; charset=utf-8"),)

RIVER = (
    "He awa tēnei. Ka rere te wai i te maunga ki te moana. He makariri te wai i te hōtoke, "
    "he mahana te wai i te raumati. Kei te taha o te awa ētahi rākau nunui."
)
ENGLISH = (
    "A commons is not a place without rules. It is a place whose rules are made by those "
    "who use it, and changed by them when the seasons or the numbers change."
)
GERMAN = (
    "Eine Allmende ist kein Ort ohne Regeln. Ihre Regeln machen die, die sie nutzen, und "
    "sie ändern sie, wenn die Jahreszeiten oder die Zahl der Tiere sich ändern."
)


def told(tag: str, declared: str | None) -> Language:
    return Language(tag=tag, confidence=1.0, declared=declared)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (RIVER, "mi"),
        (RIVER.translate(str.maketrans("āēīōū", "aeiou")), "mi"),
        (ENGLISH, "en"),
        (GERMAN, "de"),
        ("Тихая река течёт с горы к морю, и вода в ней холодная даже летом. " * 2, "ru"),
        ("川は山から海へ流れています。冬の水は冷たく、夏の水は温かいです。" * 3, "ja"),
        (
            "Afon fach yw hon sy'n llifo o'r mynydd i'r môr, ac mae ei dŵr yn oer. " * 2,
            "cy",
        ),
        (
            "Rennur áin úr fjallinum oman til sjógvin, og vatnið er kalt um veturin. " * 2,
            "fo",
        ),
    ],
    ids=["mi", "mi without macrons", "en", "de", "ru", "ja", "cy", "fo"],
)
def test_a_text_of_two_sentences_is_told(text: str, tag: str) -> None:
    assert detect(text, declared=None).tag == tag


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "Kia ora!",
        "A short line of English words.",
        "12 345 6789 " * 40,
        "—" * 500,
    ],
    ids=["nothing", "blanks", "a greeting", "a line", "numbers", "dashes"],
)
def test_what_is_too_short_or_no_words_is_undetermined(text: str) -> None:
    assert detect(text, declared="en") == Language(
        tag=UNDETERMINED, confidence=0.0, declared="en", detector=DETECTOR
    )


def test_the_page_s_own_word_does_not_change_what_a_text_is() -> None:
    found = [detect(GERMAN, declared=said).tag for said in (None, "en", "de-AT", "mi", "?")]

    assert found == ["de"] * 5


def test_a_text_half_in_one_language_and_half_in_another_is_what_the_page_says() -> None:
    half = f"{RIVER} {RIVER}\n{ENGLISH} {ENGLISH}"

    found = {said: detect(half, declared=said).tag for said in ("mi", "en-NZ", "de", None)}

    assert found == {"mi": "mi", "en-NZ": "en", "de": UNDETERMINED, None: UNDETERMINED}


def test_a_sentence_of_another_language_lowers_the_confidence_and_not_the_tag() -> None:
    whole = detect(f"{RIVER} " * 4, declared="mi")
    mixed = detect(f"{RIVER} " * 4 + ENGLISH, declared="mi")

    assert whole.tag == mixed.tag == "mi"
    assert (whole.confidence or 0) > 0.9 > (mixed.confidence or 0) > 0.6


@pytest.mark.parametrize(
    ("tag", "declared", "agreement"),
    [
        ("en", "en-NZ", Agreement.AGREE),
        ("zh-Hant", "zh-TW", Agreement.AGREE),
        ("no", "nb", Agreement.AGREE),
        ("ku", "ckb-IQ", Agreement.AGREE),
        ("he", "iw", Agreement.AGREE),
        ("tl", "fil", Agreement.AGREE),
        ("de", "en", Agreement.DIFFER),
        ("nn", "nb", Agreement.DIFFER),
        ("mi", "ty", Agreement.DIFFER),
        ("mi", None, Agreement.OPEN),
        ("mi", "und", Agreement.OPEN),
        ("mi", "", Agreement.OPEN),
        (UNDETERMINED, "en", Agreement.OPEN),
    ],
)
def test_agreement_is_seen(tag: str, declared: str | None, agreement: Agreement) -> None:
    assert told(tag, declared).agreement is agreement


def test_tahitian_is_taken_for_maori_and_the_page_s_word_shows_it() -> None:
    tahitian = (
        "Ia ora na outou paatoa. Te faaite atu nei au ia outou i te mau parau no ni'a i te "
        "oraraa o te mau taata Tahiti i te mau matahiti i ma'iri."
    )

    found = detect(tahitian, declared="ty")

    assert (found.tag, found.agreement) == ("mi", Agreement.DIFFER)


def test_letters_that_are_composed_and_decomposed_are_told_alike() -> None:
    decomposed = RIVER.replace("ā", "ā").replace("ō", "ō").replace("ē", "ē")

    assert detect(decomposed, declared=None) == detect(RIVER, declared=None)


@pytest.mark.parametrize("strange", ["\x00", "\ud800", "\ufdd0", "\U0010ffff", "\x85"])
def test_a_character_that_cannot_be_read_does_not_hide_the_rest(strange: str) -> None:
    assert detect(f"{GERMAN}{strange}{GERMAN}", declared=None).tag == "de"


def test_the_pages_that_ship_with_the_project_are_told_as_they_declare() -> None:
    found = {}
    for path in sorted(COMMONS.rglob("*.html")):
        text = text_of(path)
        if text is not None:
            language = detect(text[0], declared=text[1].language or None)
            found[path.relative_to(COMMONS).as_posix()] = language

    differing = {p: f for p, f in found.items() if f.agreement is Agreement.DIFFER}
    assert differing == {}
    maori = [p for p, f in found.items() if (f.declared, f.tag) == ("mi", "mi")]
    assert {"reo.example/kupu.html", "river.example/mi/awa.html"} <= set(maori)


@pytest.mark.skipif(not WEB.is_dir(), reason="the shared web is not here")
def test_the_licenses_of_creative_commons_are_told_in_each_of_their_languages() -> None:
    found = {}
    for path in sorted((WEB / "creativecommons.org/legalcode").glob("*_4.0_??.html")):
        text = text_of(path)
        assert text is not None
        found[path.name] = detect(text[0], declared=path.stem[-2:])

    assert len({language.tag for language in found.values()}) == 7
    assert [n for n, f in found.items() if f.agreement is not Agreement.AGREE] == []


def text_of(path: Path) -> tuple[str, Markup] | None:
    page = Exchange(
        url="http://a.example/", status=200, headers=HTML, body=path.read_bytes()
    )
    markup = read(page)
    assert isinstance(markup, Markup)
    found = main_text(page, markup)
    return None if isinstance(found, Dropped) else (found.text, markup)


@pytest.mark.law
@given(st.text(st.characters(exclude_categories=())), st.none() | st.text())
def test_no_text_and_no_declaration_raise(text: str, declared: str | None) -> None:
    found = detect(text * 20, declared=declared)

    assert found.declared == declared
    assert (found.tag == UNDETERMINED) == (found.confidence == 0)
    assert found.agreement in Agreement
