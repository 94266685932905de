"""A crawl under a site's statement: its page is read first, once, and is kept."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.corpus import ESSAY
from tests.web import Corpus, Web, estovers, manifest_text, seeds

HOST = "moor.example"
FRONT, LEGAL = f"http://{HOST}/", f"http://{HOST}/legal"
WORDS = "All texts on this site are licensed under CC BY 4.0."
STATEMENT = f"""
[[statements]]
scope = ["{FRONT}"]
license = "CC-BY-4.0"
evidence_url = "{LEGAL}"
quote = "{WORDS}"
confirmed_by = "A. Reader"
"""
STATED = ("admitted", "license.stated-for-site")
GONE = ("held", "license.statement-gone")
NONE = ("refused", "license.none-found")
SOURCE = seeds(FRONT)


def silent(name: str, *links: str, more: str = "") -> str:
    ways = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    return (
        f'<html lang="en"><head><title>{name}</title></head><body><nav>{ways}</nav>'
        f"<main><h1>{name}</h1><p>{ESSAY} It is told at {name}.</p></main>{more}</body>"
    )


def moor(root: Path, *, words: str = WORDS) -> Web:
    web = Web(root)
    reserved = "<footer>All rights reserved.</footer>"
    site = web.site(HOST).page("/", silent("front", "/peat", "/reserved", "/legal"))
    site.page("/peat", silent("peat")).page("/reserved", silent("map", more=reserved))
    site.page("/legal", silent("legal", more=f"<p>{words}</p>"))
    return web


def built(web: Web, text: str = STATEMENT, *, name: str = "corpus") -> Corpus:
    corpus = Corpus(web, manifest_text(SOURCE) + text, name=name)
    done = corpus.build()
    assert (done.code, done.err) in {(0, ""), (2, "")}
    return corpus


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return built(moor(tmp_path))


def test_pages_that_state_nothing_are_in_by_the_words_of_their_site(corpus: Corpus) -> None:
    assert corpus.outcomes() == {
        FRONT: STATED,
        f"{FRONT}peat": STATED,
        f"{FRONT}reserved": ("held", "license.statement-contradicted"),
        LEGAL: ("admitted", "license.admits"),
    }
    assert corpus.documents() == [FRONT, LEGAL, f"{FRONT}peat"]


def test_the_page_that_states_it_is_asked_for_first_and_once(corpus: Corpus) -> None:
    asked = corpus.web.asked(HOST)

    # Once for its license, and once more as a page of the site like any other.
    assert asked[0] == LEGAL
    assert Counter(asked) == {LEGAL: 2, FRONT: 1, f"{FRONT}peat": 1, f"{FRONT}reserved": 1}


def test_it_is_asked_for_by_leave_of_its_robots_txt_and_kept(corpus: Corpus) -> None:
    permits = corpus.rows(
        "SELECT p.kind, d.reason FROM permits p JOIN decisions d USING (seq) "
        "WHERE p.url = ? ORDER BY permit",
        LEGAL,
    )
    kept = [s.kind for s in corpus.archived() if s.capture.url == LEGAL]

    assert permits == [("policy", "robots.unavailable"), ("page", "robots.unavailable")]
    assert kept == ["policy", "page"]


def test_an_audit_derives_each_decision_again(corpus: Corpus) -> None:
    found = json.loads(corpus.run("audit", "--json").out)

    assert found["findings"] == []
    assert found["by_digest_only"] == 0


def test_an_explanation_shows_the_words_and_where_they_stand(corpus: Corpus) -> None:
    said = corpus.run("explain", f"{FRONT}peat").out

    assert f"{LEGAL} (visible text) says “{WORDS}”" in said
    assert f"CC-BY-4.0, confirmed by A. Reader: {WORDS}" in said
    assert "[license.stated-for-site]" in said


def test_a_second_build_is_the_same_to_the_byte(corpus: Corpus) -> None:
    first = corpus.dataset()

    again = corpus.build()

    assert again.code == 0
    assert corpus.dataset() == first
    assert built(corpus.web, name="other").dataset() == first


def test_where_the_words_are_gone_pages_are_held(tmp_path: Path) -> None:
    corpus = built(moor(tmp_path, words="Ask before you copy anything."))

    outcomes = corpus.outcomes()
    assert (outcomes[FRONT], outcomes[f"{FRONT}peat"]) == (GONE, GONE)
    assert outcomes[LEGAL] == NONE
    assert corpus.documents() == []


def test_where_robots_txt_refuses_the_page_it_is_never_asked_for(tmp_path: Path) -> None:
    web = moor(tmp_path)
    web.site(HOST).robots("User-agent: *\nDisallow: /legal\n")

    corpus = built(web)

    assert corpus.outcomes()[FRONT] == ("held", "license.statement-not-read")
    assert LEGAL not in web.asked(HOST)
    assert json.loads(corpus.run("audit", "--json").out)["findings"] == []


def test_a_license_that_is_not_allowed_is_concluded_and_refused(tmp_path: Path) -> None:
    nc = STATEMENT.replace("CC-BY-4.0", "CC-BY-NC-4.0").replace("CC BY", "CC BY-NC")
    corpus = built(moor(tmp_path, words=WORDS.replace("CC BY", "CC BY-NC")), nc)

    concluded = corpus.rows(
        "SELECT DISTINCT license, reason FROM decisions WHERE url = ? AND stage = 'usage'",
        f"{FRONT}peat",
    )
    assert concluded == [("CC-BY-NC-4.0", "license.not-allowed")]
    assert corpus.documents() == []
    assert json.loads(corpus.run("audit", "--json").out)["findings"] == []


def test_a_crawl_that_goes_on_does_not_ask_for_it_again(tmp_path: Path) -> None:
    web = moor(tmp_path)
    corpus = Corpus(web, manifest_text(SOURCE, pages=1) + STATEMENT)
    corpus.collect()
    before = web.asked(HOST)

    corpus.manifest.write_text(manifest_text(SOURCE) + STATEMENT, encoding="utf-8")
    corpus.build()

    after = web.asked(HOST)[len(before) :]
    assert (before, after.count(LEGAL)) == ([LEGAL, FRONT], 1)
    assert corpus.outcomes()[f"{FRONT}peat"] == STATED


def test_a_later_visit_reads_it_anew(tmp_path: Path) -> None:
    corpus = built(moor(tmp_path))
    corpus.web.site(HOST).page("/legal", silent("legal", more="<p>Nothing here.</p>"))

    corpus.build("--recrawl")

    assert corpus.outcomes()[FRONT] == GONE
    assert corpus.documents() == []


def test_a_statement_that_is_taken_back_lets_nothing_in(corpus: Corpus) -> None:
    corpus.manifest.write_text(manifest_text(SOURCE), encoding="utf-8")

    estovers("curate", str(corpus.manifest), "--out", str(corpus.folder))

    assert corpus.documents() == [LEGAL]
