"""What becomes of each document once all the others are known."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import datasets
import pytest
from pyarrow import parquet

from pipeline.extract import REPEATED
from pipeline.model import Document, Dropped, Work, digest_of
from pipeline.publish import card
from pipeline.publish.audit import audit
from pipeline.publish.checked import CARD
from pipeline.reduce import take_out_repeated
from pipeline.spool import Spool
from pipeline.vocab import LicenseExpression
from tests.corpus import BY, BY_SA, ESSAY, MANIFEST, SmallCorpus, html
from tests.publish.formats import hub_rules, mlc

HOSTS = [f"{host}.site{n}.example" for n in range(12) for host in ("www", "blog")]
SPLIT = "[split]\nvalidation = 0.25\ntest = 0.25\nseed = 3\n"


@contextmanager
def built(folder: Path, pages: dict[str, str], more: str = "") -> Iterator[SmallCorpus]:
    with SmallCorpus(folder / "essays", text=f"{MANIFEST}\n{more}\n") as corpus:
        corpus.visit(pages)
        corpus.curate()
        yield corpus


def pages_of(hosts: list[str]) -> dict[str, str]:
    return {
        f"https://{host}/": html(
            f"{ESSAY} So it is at {host}.", license_=BY_SA if n % 3 else BY
        )
        for n, host in enumerate(hosts)
    }


def splits(corpus: SmallCorpus) -> dict[str, str]:
    return {
        str(url): str(split)
        for url, split in corpus.rows("SELECT url, split FROM documents")
    }


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """Return a published folder, and how many documents each of its splits has."""
    with built(tmp_path_factory.mktemp("divided"), pages_of(HOSTS), SPLIT) as corpus:
        return corpus.publish().dataset, Counter(splits(corpus).values())


def test_a_domain_is_in_one_split_with_all_its_hosts(tmp_path: Path) -> None:
    with built(tmp_path, pages_of(HOSTS), SPLIT) as corpus:
        found = splits(corpus)

    assert set(found.values()) == {"train", "validation", "test"}
    assert all(
        found[f"https://www.site{n}.example/"] == found[f"https://blog.site{n}.example/"]
        for n in range(12)
    )


def test_no_document_moves_where_the_corpus_grows(tmp_path: Path) -> None:
    with built(tmp_path / "few", pages_of(HOSTS[:8]), SPLIT) as corpus:
        few = splits(corpus)
    with built(tmp_path / "many", pages_of(HOSTS), SPLIT) as corpus:
        many = splits(corpus)

    assert few.items() <= many.items()


def test_the_shards_of_each_split_load_at_once_and_as_a_stream(
    divided: tuple[Path, dict[str, int]], tmp_path: Path
) -> None:
    folder, asked = divided

    loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    streamed = datasets.load_dataset(str(folder), streaming=True)

    assert {name: each.num_rows for name, each in loaded.items()} == asked
    assert {name: len(list(each)) for name, each in streamed.items()} == asked
    assert all(set(each["split"]) == {name} for name, each in loaded.items())


def test_the_card_counts_documents_by_split(divided: tuple[Path, dict[str, int]]) -> None:
    folder, asked = divided

    made = card.parse((folder / CARD).read_text("utf-8"), source=CARD)

    assert [(each["split"], each["documents"]) for each in made.rows("comp.count")] == [
        (name, asked[name]) for name in ("train", "validation", "test")
    ]
    assert [
        (each["split"], each["share"], each["documents"], each["rule"])
        for each in made.rows("comp.splits")
    ] == [
        (name, share, asked[name], "by registrable domain, with seed 3")
        for name, share in (("train", 0.5), ("validation", 0.25), ("test", 0.25))
    ]
    assert "### Splits" in (folder / "README.md").read_text("utf-8")
    assert hub_rules.faults(folder) == []
    assert audit(folder).findings == ()


@pytest.mark.parametrize("config", ["CC-BY-4.0", "CC-BY-SA-4.0"])
def test_a_license_has_the_splits_that_it_has_documents_in(
    config: str, tmp_path: Path
) -> None:
    with built(tmp_path, pages_of(HOSTS[:4]), SPLIT) as corpus:
        folder = corpus.publish().dataset
    files = {path.name.partition("-")[0] for path in (folder / config).iterdir()}

    loaded = datasets.load_dataset(str(folder), config, cache_dir=str(tmp_path / "cache"))

    assert set(loaded) == files


def test_croissant_has_the_documents_of_every_split(
    divided: tuple[Path, dict[str, int]],
) -> None:
    folder, asked = divided

    with mlc.started() as reader:
        records = reader.read(folder, records=True)["records"]

    assert isinstance(records, list)
    assert Counter(str(each["split"]) for each in records) == asked


def test_a_document_that_was_moved_to_another_split_is_found(tmp_path: Path) -> None:
    with built(tmp_path, pages_of(HOSTS), SPLIT) as corpus:
        folder = corpus.publish().dataset
    shard = folder / "CC-BY-SA-4.0" / "test-00000.parquet"
    table = parquet.read_table(shard, partitioning=None)
    place = table.schema.get_field_index("split")
    moved = [*table.column("split").to_pylist()[:-1], "train"]
    parquet.write_table(
        table.set_column(place, table.schema.field("split"), [moved]), shard
    )

    found = {(each.kind, each.what) for each in audit(folder).findings}

    assert ("split", "a document of train stands in the shard of another split") in found
    assert ("split", "it is in a domain that has documents in more than one split") in found


def test_without_splits_all_is_to_train(tmp_path: Path) -> None:
    with built(tmp_path, pages_of(HOSTS[:3])) as corpus:
        folder = corpus.publish().dataset

        assert set(splits(corpus).values()) == {"train"}
        assert "one split, `train`" in (folder / "README.md").read_text("utf-8")


ONE, TWO, THREE = (f"https://essays.example/{name}" for name in ("one", "two", "three"))
LONG = " ".join(f"The {n}th field lies fallow by the river and waits." for n in range(40))
AGAINST = '[filters]\nagainst = ["evaluation/", "more.txt"]\n'


def test_a_document_that_is_a_named_text_is_dropped_and_the_card_names_the_file(
    tmp_path: Path,
) -> None:
    evaluation(tmp_path)
    pages = {ONE: html(), TWO: html(f"{ESSAY} And more."), THREE: html(ESSAY.upper())}

    with built(tmp_path, pages, AGAINST) as corpus:
        folder = corpus.publish().dataset
        dropped = corpus.rows("SELECT url, reason, detail, twin FROM drops ORDER BY url")
        kept = corpus.rows("SELECT url FROM documents")

    place = "the same text as evaluation/test.jsonl, row 2"
    assert dropped == [
        (ONE, "duplicate.of-named-text", place, None),
        (THREE, "duplicate.of-named-text", place, None),
    ]
    assert kept == [(TWO,)]
    made = card.parse((folder / CARD).read_text("utf-8"), source=CARD)
    assert [
        (each["path"], each["texts"], each["pages_left_out"])
        for each in made.rows("comp.contamination")
    ] == [("evaluation/test.jsonl", 2, 2), ("more.txt", 1, 0)]
    assert made.field("comp.contamination").status == "filled"
    assert "evaluation/test.jsonl" in (folder / "README.md").read_text("utf-8")
    assert audit(folder).findings == ()


def test_nearly_a_named_text_is_dropped_where_near_ones_are(tmp_path: Path) -> None:
    (tmp_path / "exact").mkdir()
    for folder in (tmp_path, tmp_path / "exact"):
        evaluation(folder, f"An essay {LONG}")
    pages = {ONE: html(f"{LONG} And one more."), TWO: html(f"{LONG} And one more.")}

    with built(tmp_path / "exact", pages, AGAINST) as corpus:
        assert corpus.rows("SELECT url, reason FROM drops") == [(TWO, "duplicate.exact")]
    with built(tmp_path, pages, f"{AGAINST}near_duplicates = true") as corpus:
        assert corpus.rows("SELECT url, reason, detail FROM drops ORDER BY url") == [
            (
                url,
                "duplicate.of-named-text",
                "nearly the same text as evaluation/test.jsonl, row 2",
            )
            for url in (ONE, TWO)
        ]


def test_another_text_in_a_named_file_is_another_release(tmp_path: Path) -> None:
    evaluation(tmp_path)
    with built(tmp_path, {ONE: html(), TWO: html(f"{ESSAY} Two.")}, AGAINST) as corpus:
        first = corpus.curate()
        assert corpus.curate().release == first.release

        evaluation(tmp_path, "Another text.")
        second = corpus.curate()
        # Nothing in this file is in the corpus, and still it was held against it.
        (tmp_path / "more.txt").write_text("Yet another.", "utf-8")
        third = corpus.curate()

    assert (first.documents, second.documents, third.documents) == (1, 2, 2)
    assert len({first.release, second.release, third.release}) == 3


def test_the_order_of_pages_and_files_does_not_count(tmp_path: Path) -> None:
    evaluation(tmp_path)
    pages = {ONE: html(), TWO: html(f"{ESSAY} Two."), THREE: html(f"{ESSAY} Two.")}
    with built(tmp_path, pages, AGAINST) as corpus:
        there = corpus.rows("SELECT url, reason, detail FROM drops ORDER BY url")
    back = AGAINST.replace('"evaluation/", "more.txt"', '"more.txt", "evaluation"')
    (tmp_path / "other").mkdir()
    evaluation(tmp_path / "other")
    with built(tmp_path / "other", dict(reversed(pages.items())), back) as corpus:
        assert corpus.rows("SELECT url, reason, detail FROM drops ORDER BY url") == there


def evaluation(folder: Path, text: str = f"An essay  {ESSAY.upper()}") -> None:
    """Write a test set in a folder, and a text beside it."""
    (folder / "evaluation").mkdir(exist_ok=True)
    lines = (json.dumps({"text": each}) for each in ("What is a commons?", text))
    (folder / "evaluation" / "test.jsonl").write_text("\n".join(lines), "utf-8")
    (folder / "more.txt").write_text("A text that no page has.", "utf-8")


FOOTER = "</p><p>Our letter comes out on the first of each month: write to us for it."


def test_a_paragraph_that_a_host_repeats_is_taken_out_and_the_credit_says_so(
    tmp_path: Path,
) -> None:
    other = "https://other.example/one"
    pages = {
        **{
            f"https://essays.example/{n}": html(f"{ESSAY} Number {n}.{FOOTER}", title="")
            for n in range(3)
        },
        other: html(f"{ESSAY} Elsewhere.{FOOTER}", title=""),
    }

    with built(tmp_path, pages, "[filters]\nrepeated_paragraphs = 3\n") as corpus:
        folder = corpus.publish().dataset
        found = corpus.rows(
            "SELECT url, text, repeated_characters, changes, attribution"
            " FROM documents ORDER BY url"
        )

    footer = FOOTER.removeprefix("</p><p>")
    assert [(url, text, taken) for url, text, taken, _, _ in found] == [
        *(
            (f"https://essays.example/{n}", f"{ESSAY} Number {n}.", len(footer) + 1)
            for n in range(3)
        ),
        (other, f"{ESSAY} Elsewhere.\n{footer}", 0),
    ]
    for url, _, _, changes, credit in found:
        assert str(changes).endswith(REPEATED) == (url != other)
        assert f"Changes: {changes}." in str(credit)
    made = card.parse((folder / CARD).read_text("utf-8"), source=CARD)
    assert sorted(
        (each["documents"], each["repeated_characters"])
        for each in made.rows("proc.manipulation")
    ) == [(1, 0), (3, 3 * (len(footer) + 1))]
    assert audit(folder).findings == ()


def test_a_page_that_is_nothing_but_what_its_host_repeats_is_dropped(
    tmp_path: Path,
) -> None:
    footer = FOOTER.removeprefix("</p><p>")
    pages = {
        ONE: html(f"{ESSAY} One.{FOOTER}", title=""),
        TWO: html(f"{ESSAY} Two.{FOOTER}", title=""),
        THREE: html(footer, title=""),
    }

    with built(tmp_path, pages, "[filters]\nrepeated_paragraphs = 3\n") as corpus:
        made = corpus.curate()

        [(url, reason, detail)] = corpus.rows(
            "SELECT DISTINCT url, reason, detail FROM drops"
        )
        assert (url, reason) == (THREE, "text.repeated")
        assert "letters beside paragraphs that its host repeats" in str(detail)
        assert made.pages == made.documents + made.drops == 3


def test_copies_are_duplicates_and_repeat_nothing(tmp_path: Path) -> None:
    pages = {url: html(f"{ESSAY}{FOOTER}") for url in (ONE, TWO, THREE)}

    with built(tmp_path, pages, "[filters]\nrepeated_paragraphs = 2\n") as corpus:
        assert corpus.rows("SELECT url, repeated_characters FROM documents") == [(ONE, 0)]
        assert corpus.rows("SELECT url, reason FROM drops ORDER BY url") == [
            (THREE, "duplicate.exact"),
            (TWO, "duplicate.exact"),
        ]


def test_pages_in_another_order_lose_the_same_paragraphs(tmp_path: Path) -> None:
    results: list[Document | Dropped] = [
        document(
            f"https://essays.example/{n}", f"Text {n} of many.\n{'word ' * 12 * (n % 3)}"
        )
        for n in range(9)
    ]

    there = shortened(tmp_path, results)
    back = shortened(tmp_path, results[::-1])

    assert there == back[::-1]
    assert there != results


def shortened(
    folder: Path, results: Iterable[Document | Dropped]
) -> list[Document | Dropped]:
    with Spool[Document | Dropped](folder) as spool:
        for one in results:
            spool.append(one)
        take_out_repeated(spool, least_documents=3)
        return list(spool)


def document(url: str, text: str) -> Document:
    return Document(
        url=url, work=Work(), text=f"{ESSAY} {text}".strip(), language="en",
        license=LicenseExpression("CC-BY-4.0"), attribution="", changes="read",
        capture_digest=digest_of(b""), decision_ids=(),
    )  # fmt: skip
