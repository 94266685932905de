import re
import tomllib
from html import escape
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.consent import community
from pipeline.markup import Markup, read
from pipeline.model import Exchange
from pipeline.vocab import Preference, Signal

URL = "https://harbour.example/log"
HTML = (("Content-Type", "text/html; charset=utf-8"),)
DISALLOWED, UNCLEAR = Preference.DISALLOWED, Preference.UNCLEAR


def link(href: str, text: str = "", *, rel: str = "") -> str:
    return f'<a href="{escape(href)}" rel="{rel}">{escape(text)}</a>'


def image(alt: str, src: str = "https://harbour.example/a.png") -> str:
    return f'<img alt="{escape(alt)}" src="{escape(src)}">'


def meta(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{escape(content)}">'


def page(*marks: str, text: str = "") -> Markup:
    lines = "".join(f"<p>{escape(line)}</p>" for line in text.split("\n"))
    body = f"<!DOCTYPE html><html><body>{''.join(marks)}{lines}</body></html>".encode()
    markup = read(Exchange(url=URL, status=200, headers=HTML, body=body))
    assert isinstance(markup, Markup)
    return markup


def said(markup: Markup) -> list[Preference]:
    statements = community.from_markup(markup, Exchange(url=URL, status=200))
    assert {s.signal for s in statements} <= {Signal.COMMUNITY}
    return [s.preference for s in statements]


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        pytest.param(
            "https://localcontexts.org/label/tk-attribution/", [UNCLEAR], id="label"
        ),
        pytest.param("https://localcontexts.org/notice/bc-notice/", [UNCLEAR], id="notice"),
        pytest.param(
            "http://www.LocalContexts.org/es/label/tk-non-commercial",
            [UNCLEAR],
            id="another spelling",
        ),
        pytest.param(
            "https://localcontextshub.org/projects/7a1c0a4c-0000-4000-8000-000000000000/",
            [UNCLEAR],
            id="project of the hub",
        ),
        pytest.param(
            "https://localcontexts.org/label/tk-secret-sacred/", [DISALLOWED], id="secret"
        ),
        pytest.param(
            "https://localcontexts.org/label/tk-community-use-only/",
            [DISALLOWED],
            id="community use only",
        ),
        pytest.param(
            "https://localcontexts.org/label/tk-men-restricted/", [DISALLOWED], id="men"
        ),
        pytest.param(
            "https://localcontexts.org/label/tk-women-restricted/", [DISALLOWED], id="women"
        ),
        pytest.param(
            "https://github.com/TeHikuMedia/Kaitiakitanga-License/blob/tumu/LICENSE.md",
            [UNCLEAR],
            id="kaitiakitanga license",
        ),
        pytest.param(
            "https://www.taiuru.co.nz/maori-data-sovereignty-licences/",
            [UNCLEAR],
            id="data sovereignty license",
        ),
        pytest.param("https://localcontexts.org/about/", [], id="about the labels"),
        pytest.param("https://localcontexts.org/support/", [], id="help"),
        pytest.param("https://notlocalcontexts.org/label/tk-a/", [], id="another site"),
        pytest.param("https://example.org/kaitiakitanga/", [], id="the idea"),
        pytest.param("https://[bad/label/tk-a/", [], id="no URL at all"),
    ],
)
def test_a_link_to_a_mark_marks_the_page(href: str, expected: list[Preference]) -> None:
    assert said(page(link(href))) == expected


def test_a_license_link_to_the_labels_own_site_marks_the_page() -> None:
    home = "https://localcontexts.org/labels/"

    assert said(page(link(home))) == []
    assert said(page(link(home, rel="license"))) == [UNCLEAR]


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        pytest.param(image("TK Secret / Sacred (TK SS)"), [DISALLOWED], id="by its name"),
        pytest.param(image("TK Attribution (TK A)"), [UNCLEAR], id="another name"),
        pytest.param(image("BC Notice"), [UNCLEAR], id="a notice"),
        pytest.param(
            image("", "https://localcontexts.org/img/tk-ss.png"),
            [DISALLOWED],
            id="by its code",
        ),
        pytest.param(
            image("", "https://storage.localcontextshub.org/labels/x.svg"),
            [UNCLEAR],
            id="by its host",
        ),
        pytest.param(image("the harbour"), [], id="another image"),
        pytest.param(image("", "https://[bad"), [], id="no URL at all"),
    ],
)
def test_a_label_s_image_marks_the_page(mark: str, expected: list[Preference]) -> None:
    assert said(page(mark)) == expected


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        pytest.param(meta("dc.rights", "TK Attribution (TK A)"), [UNCLEAR], id="rights"),
        pytest.param(
            meta("dcterms.license", "Kaitiakitanga Licence"), [UNCLEAR], id="license"
        ),
        pytest.param(
            meta("dc.rights", "https://localcontexts.org/label/tk-secret-sacred/"),
            [DISALLOWED],
            id="a label's address",
        ),
        pytest.param(meta("dc.rights", "CC BY 4.0"), [], id="other rights"),
        pytest.param(meta("description", "TK Attribution labels"), [], id="description"),
    ],
)
def test_rights_metadata_marks_the_page(mark: str, expected: list[Preference]) -> None:
    assert said(page(mark)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "This post uses the Kaitiakitanga; Māori Data Sovereignty Licence 1.1.",
            [UNCLEAR],
            id="kaitiakitanga license",
        ),
        pytest.param(
            "Licensed under the Kaitiakitanga terms of the hapū.", [UNCLEAR], id="under"
        ),
        pytest.param(
            "The Maori Data Sovereignty License applies.", [UNCLEAR], id="without macron"
        ),
        pytest.param("This recording carries a TK Notice.", [UNCLEAR], id="carries"),
        pytest.param(
            "These songs are labelled TK Secret / Sacred.", [DISALLOWED], id="labelled"
        ),
        pytest.param("TK Men Restricted (TK MR)", [DISALLOWED], id="name and code"),
        pytest.param(
            "Kaitiakitanga means guardianship of land and sea.", [], id="the idea"
        ),
        pytest.param(
            "Kaitiakitanga guides us, and we hold a fishing licence.",
            [],
            id="another license in the sentence",
        ),
        pytest.param("Museums talk about TK Labels.", [], id="about the labels"),
        pytest.param("This article tells of museums. BC Labels are new.", [], id="this"),
    ],
)
def test_prose_marks_the_page_only_where_it_states_it(
    text: str, expected: list[Preference]
) -> None:
    assert said(page(text=text)) == expected


def test_a_text_mark_is_quoted_as_it_stands() -> None:
    text = "One line.\nThis post uses the Kaitiakitanga Licence.\nAnother."

    (statement,) = community.from_markup(page(text=text), Exchange(url=URL, status=200))

    assert statement.evidence[0].quote == "This post uses the Kaitiakitanga Licence."
    assert statement.evidence[0].locator == "text"
    assert statement.evidence[0].parser == "community/1"


def test_a_mark_in_a_long_paragraph_is_quoted_with_what_surrounds_it() -> None:
    text = "word " * 200 + "under the Kaitiakitanga Licence " + "word " * 200

    (statement,) = community.from_markup(page(text=text), Exchange(url=URL, status=200))

    assert "under the kaitiakitanga licence word" in statement.evidence[0].quote


def test_a_label_that_is_named_often_is_said_once() -> None:
    assert said(page(text="TK Attribution (TK A). " * 50)) == [UNCLEAR]


ANY = st.text(max_size=40) | st.lists(
    st.sampled_from(["TK ", "label ", "secret ", "sacred ", "this ", "carries ", "(", "ā"])
).map("".join)


@pytest.mark.law
@given(ANY, ANY, ANY)
def test_no_text_raises_and_none_permits(one: str, two: str, three: str) -> None:
    markup = page(link(one, two), image(two, three), meta("rights", three), text=one)

    assert set(said(markup)) <= {DISALLOWED, UNCLEAR}


@pytest.mark.law
@given(ANY)
def test_nothing_around_it_hides_a_label(text: str) -> None:
    label = link("https://localcontexts.org/label/tk-secret-sacred/", text)

    assert DISALLOWED in said(page(link(text), label, image(text), text=text))


def test_every_wording_has_a_stem_or_a_code_that_the_quick_look_finds() -> None:
    text = files("pipeline.consent").joinpath("community.toml").read_text("utf-8")
    data = tomllib.loads(text)

    signs = re.compile("|".join(data["signs"]))
    missed = [
        words
        for words in (*data["refusing"], *data["asking"], *data["license_words"])
        if not signs.search(words) and words.split()[0] not in {"tk", "bc"}
    ]

    assert missed == []
