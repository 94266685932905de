"""The review of hosts as a person does it: from the list to an answer that counts."""

import json
from pathlib import Path

import pytest

from pipeline.ledger.lock import Lock
from tests.corpus import html
from tests.test_origin import LONG, LYRICS, NOTE, SILENT
from tests.web import Corpus, Ended, Web, estovers, manifest_text, seeds

ESSAYS = "http://essays.example/"
SONGS = "http://songs.example/"
TIDEWRACK = "http://tidewrack.example/"
PLAIN = "http://plain.example/"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Build a corpus of four hosts: one copies, one sings, one is copied, one is plain."""
    web = Web(tmp_path_factory.mktemp("review"))
    web.site("essays.example").page("/", html(LONG)).page("/note", NOTE)
    web.site("songs.example").page("/", LYRICS)
    web.site("tidewrack.example").page("/", SILENT)
    web.site("plain.example").page("/")
    urls = (ESSAYS, f"{ESSAYS}note", SONGS, TIDEWRACK, PLAIN)
    corpus = Corpus(web, manifest_text(seeds(*urls)))
    assert corpus.build().code == 0
    return corpus


def review(corpus: Corpus, *arguments: str) -> Ended:
    return estovers("review", *arguments, "--out", str(corpus.folder))


def answer(corpus: Corpus, host: str, *flags: str, by: str = "Ada Reeve") -> Ended:
    return review(corpus, host, *flags, "--by", by, "--why", "They wrote to us.")


def test_what_waits_for_an_answer_comes_first(built: Corpus) -> None:
    found = json.loads(review(built, "--json").out)

    assert [(each["host"], each["waiting"]) for each in found] == [
        ("essays.example", 2),
        ("songs.example", 1),
        ("plain.example", 0),
    ]
    essays = found[0]
    assert essays["documents"] == {}
    assert essays["held"] == {"license.republished": 1}
    assert essays["dropped"] == {"license.near-duplicate": 1}


def test_the_list_is_readable(built: Corpus) -> None:
    found = review(built).out

    assert found.startswith("2 of 3 hosts wait for an answer.\n\nWaiting\n  essays.example")
    assert "    held: 1 license.republished\n" in found


def test_a_host_is_shown_with_what_decided(built: Corpus) -> None:
    found = review(built, "essays.example").out

    assert f"100% alike: {TIDEWRACK}" in found
    assert "p text: “Reprinted with permission of Tidewrack.”" in found
    assert found.rstrip().endswith("Nobody has answered yet.")


def test_explain_names_the_sign_and_the_twin(built: Corpus) -> None:
    held, twin = (
        estovers("explain", url, "--out", str(built.folder), "--json")
        for url in (f"{ESSAYS}note", ESSAYS)
    )

    assert json.loads(held.out)["standing"] == json.loads(twin.out)["standing"] == "held"
    assert (
        "(p text) says “Reprinted with permission of Tidewrack.”"
        in json.loads(held.out)["sentence"]
    )
    assert json.loads(twin.out)["sentence"].endswith(
        "nearly the same text stands elsewhere under other terms, and a person has to find "
        f"out whose they are (under no license it states, 100% alike: {TIDEWRACK})."
    )


def test_an_answer_is_written_down_and_counts_from_the_next_curation(built: Corpus) -> None:
    said = answer(built, "essays.example", "--confirm")
    before = built.documents()
    curated = built.run("curate")
    [row] = built.rows("SELECT * EXCLUDE (answered_at) FROM reviews WHERE review = 1")

    assert said.code == curated.code == 0
    assert "essays.example: confirmed by Ada Reeve on 20" in said.out
    assert before == [PLAIN]
    assert built.documents() == [ESSAYS, f"{ESSAYS}note", PLAIN]
    assert row[:5] == (1, "essays.example", "confirm", "Ada Reeve", "They wrote to us.")
    assert set(map(str, row[5])) == {ESSAYS, f"{ESSAYS}note"}  # type: ignore[call-overload]
    assert estovers("audit", "--out", str(built.folder)).code == 0


def test_explain_names_the_answer(built: Corpus) -> None:
    answer(built, "essays.example", "--confirm")
    built.run("curate")

    held, twin = (
        estovers("explain", url, "--out", str(built.folder)).out
        for url in (f"{ESSAYS}note", ESSAYS)
    )

    words = "That doubt was lifted when its host was confirmed by Ada Reeve on 20"
    assert "“Reprinted with permission of Tidewrack.”" in held.split("\n")[0]
    assert words in held.split("\n")[0]
    assert words in twin.split("\n")[0]
    assert "What people answered on its host; the last one counts" in held


def test_a_refusal_takes_all_out_and_a_later_yes_is_a_new_entry(built: Corpus) -> None:
    refused = answer(built, "http://plain.example/", "--refuse")
    built.run("curate")
    after = built.documents()
    why = estovers("explain", PLAIN, "--out", str(built.folder)).out.split("\n")[0]
    answer(built, "plain.example", "--confirm", by="Ben Hale")
    built.run("curate")

    shown = json.loads(review(built, "plain.example", "--json").out)

    assert refused.code == 0
    assert PLAIN not in after
    assert "a person has looked at its host and refused it (by Ada Reeve on 20" in why
    assert PLAIN in built.documents()
    assert [each["answer"] for each in shown["answers"]] == ["refuse", "confirm"]
    assert estovers("audit", "--out", str(built.folder)).code == 0


def test_a_card_counts_what_waits_and_names_the_answers(built: Corpus) -> None:
    answer(built, "songs.example", "--refuse")
    built.run("curate")
    built.run("publish")

    card = (built.folder / "card" / "README.md").read_text("utf-8")

    assert "| 1 | `license.third-party-text`" in card
    assert "| `songs.example` | refused | Ada Reeve |" in card


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["nowhere.example"], "knows no such host", id="unknown"),
        pytest.param(
            ["nowhere.example", "--refuse", "--by", "Ada", "--why", "x"],
            "knows no such host",
            id="unknown, to be refused",
        ),
        pytest.param(["ftp://essays.example/"], "cannot be the name of a host", id="ftp"),
        pytest.param(["essays.example", "--confirm"], "--by with your name", id="nobody"),
        pytest.param(
            ["essays.example", "--confirm", "--by", " ", "--why", "x"],
            "--by with your name",
            id="a blank",
        ),
        pytest.param(["--refuse", "--by", "Ada", "--why", "x"], "needs a host", id="none"),
        pytest.param(
            ["essays.example", "--confirm", "--refuse"], "not allowed with", id="both"
        ),
        pytest.param(["essays.example", "--by", "Ada"], "--confirm or --refuse", id="?"),
    ],
)
def test_a_command_that_is_wrong_changes_nothing_and_says_why(
    built: Corpus, arguments: list[str], words: str
) -> None:
    before = built.rows("SELECT count(*) FROM reviews")

    found = review(built, *arguments)

    assert found.code == 64
    assert words in found.err
    assert built.rows("SELECT count(*) FROM reviews") == before


def test_a_folder_without_a_corpus_gets_none(tmp_path: Path) -> None:
    found = estovers(
        "review", "a.example", "--refuse", "--by", "A", "--why", "x", "--out", str(tmp_path)
    )

    assert (found.code, list(tmp_path.iterdir())) == (66, [])


def test_nobody_answers_while_a_build_writes(built: Corpus) -> None:
    lock = Lock(built.folder)
    lock.acquire()
    found = answer(built, "essays.example", "--refuse")
    lock.release()

    assert found.code == 75
    assert "is building this corpus" in found.err


def test_nothing_of_the_page_that_was_copied_is_kept(built: Corpus) -> None:
    assert built.rows("SELECT count(*) FROM fingerprints WHERE url = ?", TIDEWRACK) == [
        (1,)
    ]
    assert TIDEWRACK not in {stored.capture.url for stored in built.archived()}
    assert TIDEWRACK not in {stored.capture.url for stored in built.archived("quarantine")}
