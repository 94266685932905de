"""Nothing is done twice: a second build redoes what a change touches, to the same bytes."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from pipeline import build, making, rules, texts
from pipeline.build import Curated
from pipeline.engine import open_engine
from pipeline.ledger.rows import DocumentRow
from pipeline.manifest import parse
from pipeline.model import Contents
from pipeline.rules import code_of, name_of, policy_of
from tests.cluster import running
from tests.corpus import BY_SA, ESSAY, MANIFEST, SmallCorpus, html

HOST = "https://essays.example"
PAGES = {
    f"{HOST}/{n}": html(f"{ESSAY} The {n}th of them.", license_=BY_SA) for n in range(9)
}
CALLS = ("judge", "main_text")

# What is loaded to know of which form the options of a reader are.
OPTIONS = {"domain", "faults", "filters", "manifest", "stated", "toml"}


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[SmallCorpus]:
    with SmallCorpus(tmp_path / "essays") as made:
        made.visit({**PAGES, f"{HOST}/short": html("Short.", title="")})
        yield made


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often pages were judged, and how often they were read."""
    counts = dict.fromkeys(CALLS, 0)
    for name in CALLS:
        given = vars(making)[name]
        monkeypatch.setattr(making, name, partial(_counted, counts, name, given))
    return counts


def test_what_was_judged_and_read_is_neither_judged_nor_read_again(
    corpus: SmallCorpus, called: dict[str, int]
) -> None:
    first = corpus.curate()
    assert called == {"judge": 0, "main_text": 10}
    corpus.rule(f"{MANIFEST}# A word more.\n")

    second = corpus.curate()

    assert called == {"judge": 0, "main_text": 10}
    assert second.release != first.release
    assert _documents(corpus, second) == _documents(corpus, first)
    assert second.dropped == first.dropped == {"text.too-short": 1}


def test_another_policy_judges_again_and_reads_nothing_again(
    corpus: SmallCorpus, called: dict[str, int]
) -> None:
    first = corpus.curate()
    corpus.rule(MANIFEST.replace('"CC0-1.0", ', ""))
    second = corpus.curate()

    assert called == {"judge": 10, "main_text": 10}
    assert _documents(corpus, second) == _documents(corpus, first)

    # That they came out the same is written down, so that it is known the next time.
    corpus.curate()
    assert called == {"judge": 10, "main_text": 10}
    assert corpus.rows("SELECT count(*), count(DISTINCT rules) FROM upheld") == [(10, 1)]


def test_a_page_that_changed_is_read_again_alone(
    corpus: SmallCorpus, called: dict[str, int]
) -> None:
    corpus.curate()
    corpus.now += timedelta(days=30)
    corpus.visit({f"{HOST}/3": html(f"{ESSAY} Another one.", license_=BY_SA)})

    corpus.curate()

    assert called["main_text"] == 11


@pytest.mark.parametrize(
    "harm", ["deleted", "emptied", "no database", "each value flipped"]
)
def test_texts_that_were_lost_are_read_again_to_the_same_release(
    corpus: SmallCorpus, harm: str, called: dict[str, int]
) -> None:
    first = corpus.curate()
    path = corpus.folder / texts.FILE_NAME
    if harm == "deleted":
        path.unlink()
    elif harm == "emptied":
        path.write_bytes(b"")
    elif harm == "no database":
        path.write_bytes(b"not a database, whoever says so" * 400)
    else:
        path.write_bytes(path.read_bytes().replace(b"\x78\x01", b"\x78\x02"))

    again = corpus.curate()

    assert (again.release, again.is_new) == (first.release, False)
    assert called["main_text"] == 20


def test_a_rebuild_under_a_new_manifest_is_a_build_from_nothing(tmp_path: Path) -> None:
    changed = MANIFEST.replace('"CC0-1.0", ', "") + '[filters]\nquality = "gopher"\n'
    with SmallCorpus(tmp_path / "old") as old:
        old.visit(PAGES)
        old.curate()
        old.rule(changed)
        again = old.curate()
        rebuilt = _documents(old, again)
    with SmallCorpus(tmp_path / "new", text=changed) as new:
        new.visit(PAGES)
        fresh = new.curate()
        built = _documents(new, fresh)

    assert (again.release, rebuilt) == (fresh.release, built)


@pytest.mark.parametrize("size", [1, 4])
def test_two_processes_make_what_one_makes(
    corpus: SmallCorpus, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = corpus.curate()
    (corpus.folder / texts.FILE_NAME).unlink()
    monkeypatch.setattr(build, "_BATCH", size)

    again = corpus.curate(engine=open_engine(jobs=2))

    assert (again.release, again.is_new) == (first.release, False)
    kept = shutil.copy(corpus.folder / texts.FILE_NAME, corpus.folder.parent)
    assert Path(kept).stat().st_size > 0


def test_a_cluster_that_loses_a_worker_makes_what_one_process_makes(
    corpus: SmallCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = corpus.curate()
    (corpus.folder / texts.FILE_NAME).unlink()
    monkeypatch.setattr(build, "_BATCH", 1)

    with running(tmp_path / "workers") as cluster, open_engine(cluster.address) as engine:
        # As soon as a first result has come: nine pages are still to be made.
        lost: list[int] = []
        keep = texts.Texts.keep

        def kept(self: texts.Texts, contents: Mapping[str, Contents]) -> None:
            keep(self, contents)
            if not lost:
                lost.append(cluster.workers[0].pid)
                cluster.workers[0].kill()

        monkeypatch.setattr(texts.Texts, "keep", kept)
        again = corpus.curate(engine=engine)
        living = cluster.living()

    assert lost
    assert living == {cluster.workers[1].pid}
    assert (again.release, again.is_new) == (first.release, False)


def test_every_module_that_judges_or_reads_has_a_part_in_the_name() -> None:
    for modules, imports in (
        (rules.JUDGES, "pipeline.judge, pipeline.replay, pipeline.twins"),
        (rules.READERS, "pipeline.extract, pipeline.credit.work, pipeline.replay"),
    ):
        script = f"import sys, {imports}; print(*sys.modules)"
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        loaded = {m.split(".")[1] for m in done.stdout.split() if m.startswith("pipeline.")}
        assert loaded - OPTIONS <= set(modules)
        assert code_of(modules) == code_of(modules)
    assert code_of(rules.JUDGES) != code_of(rules.READERS)


def test_rules_have_another_name_as_soon_as_the_policy_differs() -> None:
    def named(text: str) -> str:
        return name_of(policy_of(parse(text, source="test.toml")))

    plain = named(MANIFEST)

    assert named(MANIFEST + "# only words\n") == plain
    assert named(MANIFEST.replace('"CC0-1.0", ', "")) != plain
    assert named(MANIFEST + '[crawlers]\nremove = ["GPTBot"]\n') != plain
    assert named(MANIFEST + '[operator]\nregions = ["NZ"]\n') != plain


def _counted(counts: dict[str, int], name: str, work, *args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN202
    counts[name] += 1
    return work(*args, **kwargs)


def _documents(corpus: SmallCorpus, made: Curated) -> list[tuple[object, ...]]:
    names = ", ".join(name for name in DocumentRow._fields if name != "release")
    return corpus.rows(
        f"SELECT {names} FROM documents WHERE release = '{made.release}' ORDER BY url"
    )
