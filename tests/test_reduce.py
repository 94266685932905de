"""What becomes of each document once all the others are known."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import datasets
import pytest
from pyarrow import parquet

from pipeline.publish import card
from pipeline.publish.audit import audit
from pipeline.publish.checked import CARD
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
