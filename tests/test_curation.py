"""What texts are held to: each filter keeps, changes or drops as the manifest asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.publish.audit import audit
from tests.corpus import ESSAY, MANIFEST, SmallCorpus, html

ONE = "https://essays.example/one"
TWO = "https://essays.example/two"
MAIL = f"{ESSAY} Write to ada@letters.nz or to bob@letters.nz about it."
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
