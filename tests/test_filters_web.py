"""All filters that a manifest can ask for, through a build over served hosts."""

import json
from pathlib import Path

import datasets
import pytest

from tests.corpus import ESSAY, html
from tests.web import Corpus, Web, estovers, manifest_text, seeds

GERMAN = (
    "Eine Allmende ist kein Ort ohne Regeln. Ihre Regeln machen die, die sie nutzen, und "
    "sie ändern sie, wenn die Jahreszeiten oder die Zahl der Tiere sich ändern."
)
FOOTER = "Our letter comes out on the first of each month: write to us for it."
QUESTION = (
    "What is a commons, who makes the rules by which its users live there, and what "
    "becomes of these rules when the seasons or the numbers of the users change?"
)
FILTERS = """
[languages]
allow = ["en"]
[filters]
quality = "off"
repeated_paragraphs = 3
against = ["evaluation"]
[filters.thresholds]
least_words = 12
[split]
validation = 0.3
test = 0.3
"""
HOSTS = [f"{name}.example" for name in ("a", "www.a", "b", "c", "d", "e", "f")]
URLS = [f"http://{host}/" for host in HOSTS]


@pytest.fixture
def web(tmp_path: Path) -> Web:
    """Return seven hosts, one of which holds what the filters are to find."""
    web = Web(tmp_path)
    for host in HOSTS:
        web.site(host).page("/", html(f"{ESSAY} So it is at {host}.", title=""))
    found = web.site("d.example")
    pages = {
        "german": html(GERMAN, title="", lang="en"),
        "short": html("A short line of English words here.", title=""),
        "question": html(QUESTION, title=""),
        "copy": html(f"{ESSAY} So it is at a.example.", title=""),
        **{str(n): html(f"{ESSAY} {n} of 3.</p><p>{FOOTER}", title="") for n in range(3)},
    }
    for name, body in pages.items():
        found.page(f"/{name}", body)
    links = "".join(f'<a href="/{name}">{name}</a> ' for name in pages)
    found.page(
        "/", html(f"{ESSAY} So it is at d.example.", title="").replace("Home", links)
    )
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "test.jsonl").write_text(
        json.dumps({"text": "Another question."}) + "\n" + json.dumps({"text": QUESTION})
    )
    return web


def test_every_filter_goes_through_a_build_and_the_funnel_adds_up(
    web: Web, tmp_path: Path
) -> None:
    pytest.importorskip("pycld2")
    corpus = Corpus(web, manifest_text(seeds(*URLS)) + FILTERS)

    assert corpus.build("--quiet").code == 0

    assert corpus.rows("SELECT url, reason FROM published.drops ORDER BY url") == [
        ("http://d.example/copy", "duplicate.exact"),
        ("http://d.example/german", "language.not-wanted"),
        ("http://d.example/question", "duplicate.of-named-text"),
        ("http://d.example/short", "language.undetermined"),
    ]
    taken = corpus.rows(
        "SELECT url FROM published.documents WHERE repeated_characters > 0 ORDER BY url"
    )
    assert taken == [(f"http://d.example/{n}",) for n in range(3)]
    assert corpus.rows("SELECT says FROM published.sums WHERE whole <> parts") == []
    found = corpus.rows("SELECT url, split FROM published.documents")
    splits = {str(url): str(split) for url, split in found}
    assert splits["http://a.example/"] == splits["http://www.a.example/"]
    assert len(set(splits.values())) == 3
    loaded = datasets.load_dataset(
        str(corpus.folder / "dataset"), cache_dir=str(tmp_path / "cache")
    )
    assert {u: name for name, rows in loaded.items() for u in rows["url"]} == splits
    audited = estovers("audit", str(corpus.folder))
    assert (audited.code, "The audit agrees" in audited.out) == (0, True)
    told = corpus.run("explain", "http://d.example/question")
    assert "evaluation/test.jsonl, row 2" in " ".join(told.out.split())


def test_hosts_in_another_order_make_the_same_release(web: Web) -> None:
    there = Corpus(web, manifest_text(seeds(*URLS)) + FILTERS)
    there.build("--quiet")
    # The same manifest, so that nothing but the crawl differs.
    back = Corpus(web, manifest_text(seeds(*URLS)) + FILTERS, name="back")
    back.collect("--quiet")
    back.run("curate")
    back.run("publish")

    assert there.rows("SELECT DISTINCT release FROM releases") == back.rows(
        "SELECT DISTINCT release FROM releases"
    )
    assert there.dataset() == back.dataset()


def test_a_named_file_that_is_missing_ends_a_build_before_any_request(web: Web) -> None:
    corpus = Corpus(
        web, manifest_text(seeds(*URLS)) + '[filters]\nagainst = ["evaluation/no.txt"]\n'
    )

    ended = corpus.build()

    assert ended.code == 66
    assert "evaluation/no.txt: there is no such file or folder" in ended.err
    assert web.hits() == []
