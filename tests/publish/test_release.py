"""Publish: a dataset that loads, a card that is true, both in place whole."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from pyarrow import parquet

from pipeline.errors import ArchiveFault, InputFault
from pipeline.publish import card
from pipeline.publish import release as publishing
from pipeline.publish.export import verify_loadable
from pipeline.publish.measures import queries, value_of
from pipeline.publish.release import Published
from tests.corpus import BY_NC, BY_SA, ESSAY, MANIFEST, NOW, SmallCorpus, html

ONE = "https://essays.example/one"
TWO = "https://essays.example/two"
THREE = "https://other.example/three"
FOUR = "https://other.example/four"
PAGES = {
    ONE: html(title="The | ford"),
    TWO: html(f"{ESSAY} Two.", license_=BY_SA),
    THREE: html(f"{ESSAY} Three."),
    FOUR: html(f"{ESSAY} Four.", license_=BY_NC),
}


WRITTEN = (
    "ATTRIBUTION.md", "LICENSE.md", "README.md", "card.json",
    "charts/hosts.svg", "charts/languages.svg", "charts/licenses.svg",
    "charts/refusals.svg", "croissant.json", "data-statement.md", "datasheet.md",
    "domains.csv", "eu-art53.md", "provenance.dps.json",
)  # fmt: skip


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[SmallCorpus]:
    with SmallCorpus(tmp_path / "essays") as corpus:
        yield corpus


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A corpus of these pages as it was published, which no test changes."""
    with SmallCorpus(tmp_path_factory.mktemp("first") / "essays") as corpus:
        corpus.visit(PAGES)
        corpus.curate()
        return corpus.publish()


@pytest.fixture
def published(first: Published, tmp_path: Path) -> Iterator[SmallCorpus]:
    """A copy of it, to go on with."""
    folder = shutil.copytree(first.dataset.parent, tmp_path / "published")
    with SmallCorpus(Path(folder)) as corpus:
        yield corpus


def card_of(published: Published) -> card.Card:
    return card.parse((published.card / "card.json").read_text("utf-8"), source="card.json")


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for part in ("dataset", "card")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file()
    }


def test_the_dataset_loads_whole_and_by_license_without_the_credits_beside_it(
    first: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    assert (first.documents, dict(first.licenses)) == (
        3,
        {"CC-BY-4.0": 2, "CC-BY-SA-4.0": 1},
    )
    assert (first.dataset / "attribution.parquet").is_file()
    verify_loadable(
        first.dataset, {"default": 3, **first.licenses}, cache=tmp_path / "cache"
    )


def test_a_second_publication_is_the_same_to_the_byte(published: SmallCorpus) -> None:
    first = bytes_of(published.folder)
    cards = published.rows("SELECT * FROM card ORDER BY ALL")

    published.curate()
    published.publish()

    assert bytes_of(published.folder) == first
    assert published.rows("SELECT * FROM card ORDER BY ALL") == cards
    assert sorted(name for name in first if "/audit/" not in name) == sorted(
        [
            *(f"{folder}/{name}" for folder in ("card", "dataset") for name in WRITTEN),
            "dataset/CC-BY-4.0/train-00000.parquet",
            "dataset/CC-BY-SA-4.0/train-00000.parquet",
            "dataset/attribution.parquet",
        ]
    )


def test_pages_met_in_another_order_leave_no_trace(
    first: Published, tmp_path: Path
) -> None:
    with SmallCorpus(tmp_path / "again") as again:
        again.visit(dict(reversed(PAGES.items())))
        again.curate()
        again.publish()

    assert bytes_of(again.folder) == bytes_of(first.dataset.parent)


def test_pages_met_at_another_time_give_the_same_documents(
    first: Published, tmp_path: Path
) -> None:
    with SmallCorpus(tmp_path / "again", now=NOW.replace(year=2027)) as again:
        again.visit(PAGES)
        again.curate()
        again.publish()

    def shards(folder: Path) -> dict[str, bytes]:
        found = bytes_of(folder).items()
        return {name: body for name, body in found if "/train-" in name}

    assert shards(again.folder) == shards(first.dataset.parent)


def test_the_card_counts_what_the_ledger_holds(
    first: Published, published: SmallCorpus
) -> None:
    made = card_of(first)
    [[characters]] = published.rows("SELECT sum(length(text))::BIGINT FROM documents")
    assert made.rows("comp.count") == [
        {"split": "train", "documents": 3, "characters": characters}
    ]
    assert [
        (each["language"], each["documents"]) for each in made.rows("comp.languages")
    ] == [("en", 3)]
    assert [(h["host"], h["kept"], h["dropped"]) for h in made.rows("comp.relations")] == [
        ("essays.example", 2, 0),
        ("other.example", 1, 1),
    ]
    assert made.rows("rights.refusals") == [
        {
            "standing": "dropped",
            "outcome": "refused",
            "reason": "license.not-allowed",
            "pages": 1,
        }
    ]
    assert made.rows("prov.timeframe")[0]["first"] == "2026-11-21T12:00:00Z"


def test_the_ledger_holds_the_card_and_answers_each_query_as_it_says(
    first: Published, published: SmallCorpus
) -> None:
    made = card_of(first)
    assert published.rows("SELECT id, status FROM published.card") == [
        (field.id, field.status) for field in made.fields
    ]
    asked = published.rows("SELECT field, query FROM queries")
    assert len(asked) == made.measured("audit.claims") == len(queries())
    for field, query in asked:
        found = value_of(published.ledger.connection, str(query))
        assert (field, found) == (field, made.measured(str(field)))


def test_a_card_of_changed_figures_is_written_beside_the_first(corpus: SmallCorpus) -> None:
    corpus.visit({ONE: PAGES[ONE]})
    corpus.curate()
    corpus.publish()
    corpus.visit({FOUR: PAGES[FOUR]})
    corpus.curate()
    corpus.publish()

    assert corpus.rows("SELECT count(DISTINCT release) FROM releases") == [(1,)]
    assert corpus.rows("SELECT edition FROM editions ORDER BY edition") == [(1,), (2,)]
    query = "SELECT measured FROM card WHERE id = 'rights.refusals' ORDER BY edition"
    [[first], [second]] = corpus.rows(query)
    assert (first, json.loads(str(second))[0]["pages"]) == ("[]", 1)


def test_an_empty_corpus_has_a_card_and_no_shards(corpus: SmallCorpus) -> None:
    corpus.visit({FOUR: PAGES[FOUR]})
    corpus.curate()

    published = corpus.publish()

    assert (published.documents, dict(published.licenses)) == (0, {})
    assert not list(published.dataset.glob("*/train-*"))
    readme = (published.dataset / "README.md").read_text("utf-8")
    assert "**This corpus is empty: no page came through.**" in readme
    assert "configs:" not in readme


def test_before_the_first_release_there_is_nothing_to_publish(corpus: SmallCorpus) -> None:
    with pytest.raises(InputFault, match="Run curate first"):
        corpus.publish()


def test_what_is_no_longer_in_the_corpus_leaves_no_file(published: SmallCorpus) -> None:
    published.rule(MANIFEST.replace(', "CC-BY-SA"', ""))
    published.curate()

    published.publish()

    names = bytes_of(published.folder)
    assert "dataset/CC-BY-4.0/train-00000.parquet" in names
    assert not [name for name in names if "CC-BY-SA" in name]


def test_a_disk_that_takes_no_more_leaves_the_old_release_whole(
    published: SmallCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bytes_of(published.folder)
    published.visit({"https://essays.example/five": html(f"{ESSAY} Five.")})
    published.curate()

    def full(_path: Path, _text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "_write", full)
    with pytest.raises(ArchiveFault, match="No space left"):
        published.publish()

    assert bytes_of(published.folder) == before


@pytest.mark.parametrize(
    "left",
    [
        pytest.param((".dataset.new",), id="while it was written"),
        pytest.param((".dataset.new", ".dataset.old"), id="in the middle of the swap"),
        pytest.param(("dataset", ".dataset.old"), id="before the old one was removed"),
    ],
)
def test_a_killed_publication_is_undone_by_the_next(
    published: SmallCorpus, left: tuple[str, ...]
) -> None:
    before = bytes_of(published.folder)
    if "dataset" not in left and ".dataset.old" in left:
        (published.folder / "dataset").rename(published.folder / ".dataset.old")
    for name in left:
        (published.folder / name).mkdir(exist_ok=True)
        (published.folder / name / "stray").write_text("half a file")

    published.publish()

    assert bytes_of(published.folder) == before
    assert not [path for path in published.folder.iterdir() if path.name.startswith(".")]


def test_every_document_has_its_credit_in_both_forms(corpus: SmallCorpus) -> None:
    authors = '<meta name="author" content="Ada | [Ash](x)">'
    corpus.visit({**PAGES, TWO: html(f"{ESSAY} Two.", license_=BY_SA, head=authors)})
    corpus.curate()

    published = corpus.publish()

    table = parquet.read_table(published.dataset / "attribution.parquet").to_pylist()
    text = (published.card / "ATTRIBUTION.md").read_text("utf-8")
    assert [(row["license"], row["url"], row["captured_at"]) for row in table] == [
        ("CC-BY-4.0", ONE, "2026-11-21T12:00:00Z"),
        ("CC-BY-4.0", THREE, "2026-11-21T12:00:00Z"),
        ("CC-BY-SA-4.0", TWO, "2026-11-21T12:00:00Z"),
    ]
    assert [row["authors"] for row in table] == [
        [],
        [],
        [{"name": "Ada | [Ash](x)", "url": None}],
    ]
    assert all(row["changes"] and row["license_url"] for row in table)
    assert text.count("| *not named* |") == 2
    assert "Ada \\| \\[Ash\\](x)" in text
    assert [row["url"] for row in table if f"(<{row['url']}>)" not in text] == []


def test_the_table_of_credits_loads_with_what_people_use(
    first: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    path = str(first.dataset / "attribution.parquet")
    import datasets  # noqa: PLC0415  (it reads the environment when it is imported)

    loaded = datasets.Dataset.from_parquet(path, cache_dir=str(tmp_path / "cache"))
    query = "SELECT url, len(authors) FROM read_parquet(?) ORDER BY url"
    asked = duckdb.execute(query, [path]).fetchall()

    assert loaded.num_rows == 3
    assert asked == [(ONE, 0), (TWO, 0), (THREE, 0)]


def test_the_card_counts_for_how_many_documents_authors_are_named(
    corpus: SmallCorpus,
) -> None:
    head = '<meta name="author" content="Ada Ash">'
    corpus.visit({ONE: html(head=head), TWO: html(f"{ESSAY} Two.", title="")})
    corpus.curate()

    published = corpus.publish()

    made = card_of(published)
    without = {row["field"]: row["documents_without"] for row in made.rows("comp.missing")}
    assert (without["title"], without["authors"], without["notice"]) == (1, 1, 2)


def test_a_document_without_its_credit_stops_the_publication(
    published: SmallCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bytes_of(published.folder)
    monkeypatch.setattr(publishing, "write_attribution", lambda _credits, _path: 2)

    with pytest.raises(ArchiveFault, match="2 credits for 3 documents"):
        published.publish()

    assert bytes_of(published.folder) == before
