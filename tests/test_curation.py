"""What texts are held to: each filter keeps, changes or drops as the manifest asks."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.curation import is_wanted
from pipeline.filters.language import DETECTOR, Language
from pipeline.publish.audit import audit
from tests.corpus import ESSAY, MANIFEST, SmallCorpus, html

ONE = "https://essays.example/one"
TWO = "https://essays.example/two"
THREE = "https://essays.example/three"
FOUR = "https://essays.example/four"
MAIL = f"{ESSAY} Write to ada@letters.nz or to bob@letters.nz about it."
GERMAN = (
    "Eine Allmende ist kein Ort ohne Regeln. Ihre Regeln machen die, die sie nutzen, und "
    "sie ändern sie, wenn die Jahreszeiten oder die Zahl der Tiere sich ändern."
)
SHORT = "A short line of English words, and no more."
LONG = " ".join(f"The {n}th field lies fallow by the river and waits." for n in range(40))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "essays"


def made(folder: Path, pages: dict[str, str], filters: str = "") -> Iterator[SmallCorpus]:
    with SmallCorpus(folder, text=f"{MANIFEST}\n[filters]\n{filters}\n") as corpus:
        corpus.visit(pages)
        corpus.curate()
        yield corpus


def test_personal_data_is_counted_and_left_where_nothing_is_asked(folder: Path) -> None:
    for corpus in made(folder, {ONE: html(MAIL)}):
        published = corpus.publish()

        assert corpus.rows("SELECT url, kind, found FROM personal") == [(ONE, "mail", 2)]
        assert "ada@letters.nz" in str(corpus.rows("SELECT text FROM documents"))
        assert audit(published.dataset).findings == ()


def test_personal_data_is_masked_and_the_credit_says_so(folder: Path) -> None:
    for corpus in made(folder, {ONE: html(MAIL)}, 'personal_action = "mask"'):
        published = corpus.publish()

        [(text, changes, credit)] = corpus.rows(
            "SELECT text, changes, attribution FROM documents"
        )
        assert "Write to [mail] or to [mail] about it." in str(text)
        assert str(changes).endswith("personal data masked")
        assert str(changes) in str(credit)
        assert "personal data masked" in (published.card / "ATTRIBUTION.md").read_text()
        assert "ada@letters.nz" not in str(corpus.rows("FROM card"))
        assert audit(published.dataset).findings == ()


def test_a_part_under_another_license_is_left_out_recorded_and_counted(
    folder: Path,
) -> None:
    quoted = (
        "<blockquote><p>The heron stands where the tide turns.</p><p>This text is licensed "
        'under <a href="https://creativecommons.org/licenses/by-nc/2.0/">CC BY-NC 2.0</a>.'
        "</p></blockquote>"
    )
    for corpus in made(folder, {ONE: html(f"{LONG}</p>{quoted}<p>{ESSAY}")}):
        published = corpus.publish()

        [(text, changes, credit)] = corpus.rows(
            "SELECT text, changes, attribution FROM documents"
        )
        [(url, n, locator, quote, license_)] = corpus.rows(
            "SELECT url, n, locator, quote, license FROM published.left_out"
        )
        assert "heron" not in str(text)
        assert str(changes).endswith("parts under another license left out")
        assert str(changes) in str(credit)
        assert (url, n, license_) == (ONE, 0, "CC-BY-NC-2.0")
        assert str(locator).endswith(" > blockquote")
        assert str(quote).startswith("This text is licensed under CC BY-NC 2.0")
        assert str(changes) in str(corpus.rows("FROM card"))
        assert list(published.dataset.rglob("left_out*.parquet"))
        assert audit(published.dataset).findings == ()


def test_a_page_with_personal_data_is_left_out_where_that_is_asked(folder: Path) -> None:
    for corpus in made(folder, {ONE: html(MAIL), TWO: html()}, 'personal_action = "drop"'):
        assert corpus.rows("SELECT url, reason, detail FROM drops") == [
            (ONE, "personal.found", "mail: 2")
        ]
        assert corpus.rows("SELECT url FROM documents") == [(TWO,)]


def test_a_text_that_fails_a_rule_is_dropped_with_what_was_measured(folder: Path) -> None:
    for corpus in made(folder, {ONE: html()}, 'quality = "gopher"'):
        [(reason, detail)] = corpus.rows("SELECT reason, detail FROM drops")

        assert reason == "quality.not-met"
        assert "words 34, at least 50" in str(detail)


def test_a_threshold_of_its_own_decides_and_the_card_has_it(folder: Path) -> None:
    asked = 'quality = "off"\n[filters.thresholds]\nleast_words = 35'

    for corpus in made(folder, {ONE: html(), TWO: html(LONG)}, asked):
        published = corpus.publish()

        assert corpus.rows("SELECT url, reason, detail FROM drops") == [
            (ONE, "quality.not-met", "words 34, at least 35")
        ]
        [(value,)] = corpus.rows(
            "SELECT value ->> '$.thresholds' FROM published.settings WHERE key = 'filters'"
        )
        assert json.loads(str(value)) == {"least_words": 35.0}
        assert audit(published.dataset).findings == ()


def test_a_near_duplicate_names_the_older_twin_that_is_kept(folder: Path) -> None:
    head = '<meta property="article:published_time" content="2020-05-01">'
    pages = {ONE: html(LONG), TWO: html(f"{LONG} And one more.", head=head)}

    for corpus in made(folder, pages, "near_duplicates = true"):
        published = corpus.publish()

        assert corpus.rows("SELECT url, reason, twin FROM drops") == [
            (ONE, "duplicate.near", TWO)
        ]
        assert audit(published.dataset).findings == ()


def test_near_duplicates_stay_where_nobody_asks(folder: Path) -> None:
    pages = {ONE: html(LONG), TWO: html(f"{LONG} And one more.")}

    for corpus in made(folder, pages):
        assert corpus.rows("SELECT count(*) FROM documents") == [(2,)]


def test_the_language_is_told_from_the_text_and_the_page_s_word_stands_beside_it(
    tmp_path: Path,
) -> None:
    pytest.importorskip("pycld2")
    pages = {
        ONE: html(lang="en-NZ"),
        TWO: html(GERMAN, lang="en"),
        THREE: html(f"{ESSAY} Three.", lang=""),
        FOUR: html(SHORT, title=""),
    }

    for corpus in made(tmp_path, pages):
        published = corpus.publish()

        assert corpus.rows(
            "SELECT url, language, language_declared, language_confidence > 0.9"
            " FROM documents ORDER BY url"
        ) == [
            (FOUR, "und", "en", False),
            (ONE, "en", "en-NZ", True),
            (THREE, "en", None, True),
            (TWO, "de", "en", True),
        ]
        words = (published.card / "README.md").read_text("utf-8")
        assert f"Told from each text by `{DETECTOR}`" in words
        assert "`und` is a text that is too short" in words
        assert audit(published.dataset).findings == ()


@pytest.mark.parametrize(
    ("allow", "kept", "dropped"),
    [
        pytest.param(
            '"de"',
            [TWO],
            [(FOUR, "language.undetermined"), (ONE, "language.not-wanted")],
            id="what the page declares lets nothing in",
        ),
        pytest.param('"de", "und"', [FOUR, TWO], [(ONE, "language.not-wanted")], id="und"),
        pytest.param(
            '"en-NZ"',
            [ONE],
            [(FOUR, "language.undetermined"), (TWO, "language.not-wanted")],
            id="of a region the page's word is taken",
        ),
    ],
)
def test_a_language_is_wanted_by_what_its_text_is_in(
    tmp_path: Path, allow: str, *, kept: list[str], dropped: list[tuple[str, str]]
) -> None:
    pytest.importorskip("pycld2")
    pages = {
        ONE: html(lang="en-NZ"),
        TWO: html(GERMAN, lang="en"),
        FOUR: html(SHORT, title="", lang="de"),
    }
    with SmallCorpus(
        tmp_path / "essays", text=f"{MANIFEST}[languages]\nallow = [{allow}]\n"
    ) as corpus:
        corpus.visit(pages)
        corpus.curate()

        assert corpus.rows("SELECT url FROM documents ORDER BY url") == [(u,) for u in kept]
        assert corpus.rows("SELECT url, reason FROM drops ORDER BY url") == dropped


def test_a_language_that_is_not_wanted_is_said_with_how_much_of_the_text_it_is(
    tmp_path: Path,
) -> None:
    pytest.importorskip("pycld2")
    wanted = f'{MANIFEST}[languages]\nallow = ["mi"]\n'
    with SmallCorpus(tmp_path / "essays", text=wanted) as corpus:
        corpus.visit({ONE: html(lang="mi"), FOUR: html(SHORT, title="", lang="")})
        corpus.curate()

        assert corpus.rows("SELECT url, detail FROM drops ORDER BY url") == [
            (FOUR, "und, 0.00 of the text; the page declares none"),
            (ONE, "en, 0.99 of the text; the page declares mi"),
        ]


WITHOUT_DETECTOR = f"""
import sys
sys.modules["pycld2"] = None  # as where there is no wheel
from pathlib import Path
from tests.corpus import MANIFEST, SmallCorpus, html
text = MANIFEST + '[languages]\\nallow = ["en"]\\n'
with SmallCorpus(Path(sys.argv[1]), text=text) as corpus:
    corpus.visit({{
        "{ONE}": html(lang="en"), "{TWO}": html("{GERMAN}", lang="de"),
        "{THREE}": html("{ESSAY} Three.", lang=""),
    }})
    corpus.curate()
    published = corpus.publish()
    print(corpus.rows("SELECT language, language_confidence FROM documents"))
    print(corpus.rows("SELECT reason, detail FROM drops ORDER BY url"))
    words = (published.card / "README.md").read_text("utf-8")
    print("As the pages declare them: there was no detector" in words)
"""


def test_where_there_is_no_detector_the_page_s_word_counts_and_the_card_says_so(
    tmp_path: Path,
) -> None:
    root = Path(__file__).resolve().parents[1]

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DETECTOR, str(tmp_path / "essays")],
        env={**os.environ, "PYTHONPATH": str(root)},
        cwd=root, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert done.stdout.splitlines() == [
        "[('en', None)]",
        str(
            [
                ("language.not-stated", "und, declared"),
                ("language.not-wanted", "de, declared"),
            ]
        ),
        "True",
    ]


@pytest.mark.parametrize(
    ("tag", "declared", "ranges", "wanted"),
    [
        pytest.param("mi", None, (), True, id="no range wants every language"),
        pytest.param("zh-Hant", None, ("zh",), True, id="a script lies in its language"),
        pytest.param("ZH-hant", None, ("zh-Hant",), True, id="case says nothing"),
        pytest.param("en", None, ("en-GB",), False, id="a language is not its region"),
        pytest.param("en", "en-GB", ("en-GB",), True, id="but where its page says so"),
        pytest.param(
            "fr", "en-GB", ("en-GB",), False, id="and where the text bears it out"
        ),
        pytest.param("eng", None, ("en",), False, id="a prefix ends at a hyphen"),
        pytest.param("und", "en", ("en",), False, id="not told is not wanted"),
        pytest.param("und", "en", ("und",), True, id="but where it is named"),
        pytest.param("no", "nb", ("nb",), True, id="a member of what was told"),
    ],
)
def test_a_range_covers_what_begins_with_it(
    tag: str, declared: str | None, ranges: tuple[str, ...], *, wanted: bool
) -> None:
    found = Language(tag=tag, confidence=1.0, declared=declared)

    assert is_wanted(found, ranges) is wanted
