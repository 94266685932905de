"""The spell checker of examples/spelling: it helps, and every suggestion has its pages."""

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from examples.spelling import account, evaluate, model
from examples.spelling.__main__ import main
from examples.spelling.checker import Checker
from examples.spelling.words import deletes, distance, fold, tokens, without_marks
from pipeline.errors import InputFault
from pipeline.license import compat
from pipeline.license.compat import Operation
from pipeline.vocab import LicenseExpression
from tests.web import ROOT, estovers

WEB = ROOT / "manifests" / "commons"
TABLES = ("documents", "words", "pairs", "vocabulary")
WORDS = st.text(alphabet="abcāé", min_size=1, max_size=8)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped corpus, built from the web that ships with the project."""
    out = tmp_path_factory.mktemp("commons") / "build"
    built = estovers(
        "build", f"{WEB}.toml", "--web", str(WEB), "--out", str(out), "--quiet"
    )
    assert built.code == 0, built.err
    return out / "dataset"


@pytest.fixture(scope="module")
def path(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "spelling.duckdb"
    model.train(dataset, path)
    return path


@pytest.fixture
def opened(path: Path) -> Iterator[model.Connection]:
    with closing(model.opened(path)) as connection:
        yield connection


def rows_of(dataset: Path) -> list[dict[str, object]]:
    return [
        row
        for shard in sorted(dataset.glob("*/train-*.parquet"))
        for row in parquet.read_table(shard, partitioning=None).to_pylist()
    ]


def without(dataset: Path, target: Path, url: str) -> Path:
    """Return a copy of a dataset that never had a document."""
    shutil.copytree(dataset, target)
    for shard in target.glob("*/train-*.parquet"):
        table = parquet.read_table(shard, partitioning=None)
        rows = [row for row in table.to_pylist() if row["url"] != url]
        parquet.write_table(pa.Table.from_pylist(rows, schema=table.schema), shard)
    return target


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(model.opened(path)) as connection:
        return {
            table: connection.execute(f"FROM {table} ORDER BY ALL").fetchall()
            for table in TABLES
        }


# --- words ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A commoner’s right.", ["a", "commoner's", "right"]),
        ("Ngā rākau, he kōrero", ["ngā", "rākau", "he", "kōrero"]),
        ("well-known", ["well", "known"]),
        ("see http://a.example/x and foo_bar", ["see", "and"]),
        ("of 3 x2 camelCase words", ["of", "words"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
    ],
    ids=["apostrophe", "macrons", "hyphen", "an address", "numbers", "vowel signs"],
)
def test_words_are_what_people_would_look_up(text: str, expected: list[str]) -> None:
    assert [token.word for token in tokens(text)] == expected


def test_a_word_follows_another_within_a_sentence_alone() -> None:
    found = [(token.word, token.follows) for token in tokens("One two. Three 4 five six")]

    assert found == [
        ("one", False), ("two", True), ("three", False), ("five", False), ("six", True),
    ]  # fmt: skip


@pytest.mark.law
@given(st.text())
def test_every_word_stands_where_it_is_said_to_stand(text: str) -> None:
    for token in tokens(text):
        assert text[token.at : token.at + len(token.written)] == token.written
        assert fold(token.written) == token.word


@pytest.mark.law
@given(WORDS, WORDS)
def test_words_that_are_near_share_what_is_left_of_them(one: str, other: str) -> None:
    apart = distance(one, other)

    assert apart == distance(other, one)
    assert (apart == 0) == (one == other)
    if apart <= 2:
        assert deletes(one, 2) & deletes(other, 2)


def test_letters_that_are_swapped_are_one_edit() -> None:
    assert (distance("recieve", "receive"), distance("awa", "āwa")) == (1, 1)
    assert distance("ca", "abc") == 3


# --- the shipped corpus ---------------------------------------------------------------


def test_a_misspelt_word_is_traced_to_pages_that_hold_what_was_meant(
    opened: model.Connection, dataset: Path
) -> None:
    [finding] = Checker(opened, "en").check("They mend the hedge in the comon.")
    meant = finding.suggestions[0].word

    found = account.sources(opened, meant, dataset=dataset)

    documents = {row["url"]: row for row in rows_of(dataset)}
    assert (finding.token.written, meant) == ("comon", "common")
    assert len(found) == finding.suggestions[0].documents > 1
    for source in found:
        document = documents[source.url]
        text = str(document["text"])
        assert fold(text[source.place : source.place + len(meant)]) == meant
        assert meant in fold(source.quote)
        assert (source.license, source.title) == (document["license"], document["title"])
        assert sum(each.word == meant for each in tokens(text)) == source.count


def test_words_without_their_macrons_get_them_back(opened: model.Connection) -> None:
    findings = Checker(opened, "mi").check("nga rakau matou")

    assert [(each.token.word, each.corrected()) for each in findings] == [
        ("nga", "ngā"), ("rakau", "rākau"), ("matou", "mātou"),
    ]  # fmt: skip


def test_neighbours_decide_between_words_that_are_equally_near(tmp_path: Path) -> None:
    """Both words are as frequent; what stands around them differs."""
    path = tmp_path / "m.duckdb"
    dataset = small(
        tmp_path / "d",
        "The quiet river flows. The quiet river bends. "
        "A quick driver waits. A quick driver sleeps.",
    )
    model.train(dataset, path)

    with closing(model.opened(path)) as connection:
        checker = Checker(connection, "en")
        [river] = checker.check("the quiet xriver")
        [driver] = checker.check("a quick xriver")

    assert (river.corrected(), driver.corrected()) == ("river", "driver")


def test_a_known_word_is_doubted_where_another_fits_far_better(tmp_path: Path) -> None:
    path = tmp_path / "m.duckdb"
    text = "Letters came from the north. " * 400 + "Fill in the form. " * 2
    model.train(small(tmp_path / "d", text), path)

    with closing(model.opened(path)) as connection:
        checker = Checker(connection, "en")
        [finding] = checker.check("letters came form the north", real_words=True)
        right = checker.check("fill in the form", real_words=True)
        unasked = checker.check("letters came form the north")

    assert (finding.is_known, finding.corrected()) == (True, "from")
    assert right == unasked == []


def small(folder: Path, text: str) -> Path:
    """Return a dataset of one document, with the card of another."""
    shard = folder / "CC0-1.0" / "train-00000.parquet"
    shard.parent.mkdir(parents=True)
    kept = ROOT / "datacards" / "commons" / "1.0.0" / "card.json"
    shutil.copy(kept, folder / "card.json")
    row = {
        "id": "sha256:0", "url": "https://a.example/", "title": "A", "authors": [],
        "text": text, "language": "en", "license": "CC0-1.0", "license_url": "https://x/",
        "attribution": "A.",
    }  # fmt: skip
    authors = pa.list_(pa.struct([("name", pa.string()), ("url", pa.string())]))
    schema = pa.schema(
        [(name, authors if name == "authors" else pa.string()) for name in row]
    )
    parquet.write_table(pa.Table.from_pylist([row], schema=schema), shard)
    return folder


# --- what it rests on -------------------------------------------------------------------


def test_a_model_is_what_its_dataset_says_it_is_made_from(
    opened: model.Connection, dataset: Path
) -> None:
    facts = json.loads((dataset / "card.json").read_text("utf-8"))
    [root] = [f for f in facts["fields"] if f["id"] == "audit.root"]
    origin = model.origin_of(opened)

    counted = opened.execute("SELECT id, license FROM documents ORDER BY url").fetchall()
    assert origin["release"] == facts["release"]
    assert origin["root"] == root["measured"]["value"][0]["root"]
    assert counted == [
        (row["id"], row["license"])
        for row in sorted(rows_of(dataset), key=lambda row: str(row["url"]))
    ]


def test_every_table_and_column_of_a_model_is_explained(opened: model.Connection) -> None:
    query = """
        SELECT table_name, column_name FROM duckdb_columns()
        WHERE comment IS NULL AND NOT internal AND table_name <> 'vocabulary'
        UNION ALL SELECT table_name, '' FROM duckdb_tables() WHERE comment IS NULL
    """

    assert opened.execute(query).fetchall() == []


def test_credits_name_every_document_and_where_the_model_may_go(
    opened: model.Connection, dataset: Path
) -> None:
    said = account.render_credits(opened)

    rows = rows_of(dataset)
    answer = compat.answer(
        Operation.ADAPT, [LicenseExpression(str(row["license"])) for row in rows]
    )
    assert [row["url"] for row in rows if str(row["attribution"]) not in said] == []
    assert answer.outbound
    for outbound in answer.outbound:
        assert f"it may be given back under {outbound}" in said


def test_a_document_that_is_withdrawn_leaves_what_there_was_without_it(
    dataset: Path, path: Path, tmp_path: Path
) -> None:
    url = "http://river.example/tides.html"
    model.train(without(dataset, tmp_path / "never", url), tmp_path / "never.duckdb")

    assert model.withdraw(path, [url], tmp_path / "less.duckdb") == 1

    less = contents(tmp_path / "less.duckdb")
    assert less == contents(tmp_path / "never.duckdb")
    assert less != contents(path)
    with closing(model.opened(tmp_path / "less.duckdb")) as connection:
        gone = connection.execute("SELECT url FROM withdrawals").fetchall()
        found = account.sources(connection, "tide", dataset=dataset, limit=100)
    assert gone == [(url,)]
    assert url not in {source.url for source in found}


def test_a_model_can_be_changed_in_its_place(path: Path, tmp_path: Path) -> None:
    mine = Path(shutil.copy(path, tmp_path / "mine.duckdb"))

    code = main(["withdraw", str(mine), "http://river.example/tides.html"])

    assert code == 0
    assert len(contents(mine)["documents"]) == len(contents(path)["documents"]) - 1


# --- how good it is ---------------------------------------------------------------------


def test_a_host_is_tried_with_a_model_that_never_saw_it(
    path: Path, dataset: Path, opened: model.Connection
) -> None:
    found = {
        score.host: (score, case)
        for score, case in evaluate.evaluate(path, dataset, language="en", seed=1)
    }

    only_here = {
        word
        for (word,) in opened.execute(
            "SELECT word FROM words JOIN documents USING (id) GROUP BY word "
            "HAVING count(DISTINCT host) = 1 AND any_value(host) = 'river.example'"
        ).fetchall()
    }
    score, case = found["river.example"]
    assert only_here
    assert not only_here & set(case.vocabulary)
    assert 0 < score.first <= score.found <= score.errors < score.words
    assert score.errors == len(case.meant)


def test_misspelling_follows_from_its_seed_and_says_what_was_meant() -> None:
    text = "Every winter somebody walks around the common and mends its hedges. " * 20

    one, again, other = (
        evaluate.misspell(text, alphabet="abc", chance=random.Random(seed))
        for seed in (1, 1, 2)
    )

    assert one == again != other
    restored = one.text
    for place, meant in sorted(one.meant.items(), reverse=True):
        wrong = next(t for t in tokens(one.text) if t.at == place).written
        assert 0 < distance(wrong, meant) <= 2 or without_marks(wrong) == meant
        restored = restored[:place] + meant + restored[place + len(wrong) :]
    assert restored == text


# --- the command line -------------------------------------------------------------------


def test_the_command_line_checks_and_traces(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "note.txt").write_text("One.\nThe comon.\n")

    assert main(["check", str(path), str(tmp_path / "note.txt")]) == 1
    checked = capsys.readouterr().out
    assert main(["check", str(path), "The common."]) == 0
    assert main(["trace", str(path), "common", "--limit", "1"]) == 0
    traced = capsys.readouterr().out

    assert checked.startswith("2: comon: not known; common (")
    assert "common stands " in traced
    assert "under CC-BY" in traced


@pytest.fixture
def places(path: Path, dataset: Path, tmp_path: Path) -> dict[str, Path]:
    return {"here": tmp_path, "data": dataset, "model": path}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "{here}", "{here}/m"], "there are no documents here"),
        (["train", "{data}", "{model}"], "is there already"),
        (["check", "{here}/none", "x"], "this is no model"),
        (["check", "{data}/card.json", "x"], "this is no model"),
        (["check", "{model}", "x", "--language", "tlh"], "no documents in tlh"),
        (["evaluate", "{model}", "--language", "mi"], "in mi are of 1 hosts"),
        (["trace", "{model}", "zzz"], "no document of this model holds zzz"),
        (["withdraw", "{model}", "http://no.example/"], "no document of this model was"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: list[str],
    words: str,
    *,
    places: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main([each.format(**places) for each in arguments])

    said = capsys.readouterr().err
    assert code == InputFault.exit_code
    assert words in said
    assert "Traceback" not in said
