"""What is pushed to the Hub is what was published, and nothing else stands beside it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpus import BY_SA, ESSAY, MANIFEST, SmallCorpus, html
from tests.publish.hub import TOKEN, Hub, Repository, serving
from tests.web import Ended, ended, start_estovers

HERE = "https://essays.example"
PAGES = {f"{HERE}/one": html(), f"{HERE}/two": html(f"{ESSAY} Two.", license_=BY_SA)}
NAME = "curator/essays"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two documents under two licenses, published."""
    folder = tmp_path_factory.mktemp("corpus") / "essays"
    with SmallCorpus(folder) as corpus:
        corpus.visit(PAGES)
        corpus.curate()
        corpus.publish()
    return folder


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub()) as hub:
        yield hub


@pytest.fixture
def pushes(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment in which the program is started, as a process of its own."""
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return monkeypatch


def push(folder: Path, *flags: str) -> Ended:
    return ended(start_estovers("export", str(folder), "--push", NAME, *flags))


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.usefixtures("pushes")
def test_what_is_pushed_is_what_was_published_to_the_byte(corpus: Path, hub: Hub) -> None:
    found = push(corpus)

    there = hub.repositories[NAME]
    assert (found.code, found.err) == (0, "")
    assert f"pushed {len(there.files)} files to {hub.address}/datasets/{NAME}" in found.out
    assert there.files == files_of(corpus / "dataset")
    assert {"README.md", "card.json", "audit/leaves.parquet"} < there.files.keys()
    assert there.summaries == ["essays 1.0.0"]
    assert there.visibility == "private"


@pytest.mark.usefixtures("pushes")
def test_what_left_the_corpus_leaves_the_repository(
    corpus: Path, hub: Hub, tmp_path: Path
) -> None:
    push(corpus, "--public")
    folder = Path(shutil.copytree(corpus, tmp_path / "essays"))
    with SmallCorpus(folder) as later:
        later.rule(MANIFEST.replace(', "CC-BY-SA"', ""))
        later.curate()
        later.publish()

    found = push(folder)

    there = hub.repositories[NAME]
    assert found.code == 0
    assert there.files == files_of(folder / "dataset")
    assert not [name for name in there.files if name.startswith("CC-BY-SA")]
    assert there.visibility == "public"


@pytest.mark.usefixtures("pushes")
def test_a_repository_of_something_else_is_left_alone(corpus: Path, hub: Hub) -> None:
    mine = {"novel.txt": b"Chapter one."}
    hub.repositories[NAME] = Repository("public", files=dict(mine))

    refused = push(corpus)
    kept = dict(hub.repositories[NAME].files)
    told = push(corpus, "--yes")

    assert refused.code == 64
    assert "holds 1 files and is no published folder" in refused.err
    assert kept == mine
    assert told.code == 0
    assert hub.repositories[NAME].files == files_of(corpus / "dataset")


@pytest.mark.usefixtures("pushes")
def test_bytes_that_changed_on_the_way_are_told(corpus: Path, hub: Hub) -> None:
    hub.spoils = "card.json"

    found = push(corpus)

    assert found.code == 74
    assert "card.json is not there as it was published" in found.err


@pytest.mark.parametrize(
    ("name", "value", "flags", "code", "words"),
    [
        ("HF_TOKEN", "", [], 64, "HF_TOKEN is not set"),
        ("HF_TOKEN", "hf_reads", [], 64, "the token in HF_TOKEN may not write there"),
        ("HF_ENDPOINT", "http://127.0.0.1:9", [], 74, "the Hub could not be written"),
        ("HF_HOME", os.devnull, ["--format", "jsonl"], 64, "--format jsonl is for --to"),
    ],
    ids=["no token", "another token", "nobody there", "another form"],
)
def test_what_cannot_be_pushed_is_said_and_nothing_is_sent(  # noqa: PLR0913
    name: str,
    value: str,
    *,
    flags: list[str],
    code: int,
    words: str,
    corpus: Path,
    hub: Hub,
    pushes: pytest.MonkeyPatch,
) -> None:
    pushes.setenv(name, value)

    found = push(corpus, *flags)

    assert (found.code, found.out) == (code, "")
    assert words in found.err
    assert "Traceback" not in found.err
    assert hub.repositories == {}


@pytest.mark.usefixtures("pushes")
def test_a_name_that_the_hub_does_not_take_is_told(corpus: Path, hub: Hub) -> None:
    found = ended(start_estovers("export", str(corpus), "--push", "not a name"))

    assert found.code == 64
    assert "not a name: the Hub does not take this" in found.err
    assert hub.repositories == {}
