"""Plan: what may be asked for, found out from policy files alone."""

import json
from pathlib import Path

import pytest

from tests.web import Corpus, Web, estovers, is_policy_file, manifest_text, seeds

OPEN, CLOSED, NOAI = (f"http://a.example/{name}" for name in ("", "closed", "noai"))
DOWN = "http://down.example/"


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    web = Web(tmp_path)
    rules = "User-agent: *\nDisallow: /closed\nCrawl-delay: 0.2\n"
    web.site("a.example").robots(rules).page("/").page("/closed")
    web.site("down.example").robots(status=503).page("/")
    web.site("training.example").robots("User-agent: *\nContent-Usage: train-ai=n\n")
    text = manifest_text(
        seeds(OPEN, CLOSED, DOWN, "http://training.example/"), pages_per_host=50
    )
    return Corpus(web, text)


def planned(corpus: Corpus) -> dict[str, dict[str, object]]:
    return {host["host"]: host for host in json.loads(corpus.visit("plan").out)}


def test_no_page_is_asked_for(corpus: Corpus) -> None:
    found = corpus.visit("plan")

    paths = [hit.path for hit in corpus.web.hits()]
    assert (found.code, found.err) == (0, "")
    assert paths
    assert all(is_policy_file(path) for path in paths)
    assert not (corpus.folder / "corpus.duckdb").exists()
    assert not (corpus.folder / "archive").exists()


def test_each_host_is_named_with_what_a_crawl_would_cost_it(corpus: Corpus) -> None:
    hosts = planned(corpus)

    costs = {
        name: [host[key] for key in ("named", "admitted", "delay", "most_pages")]
        for name, host in hosts.items()
    }
    assert costs == {
        "a.example": [2, 1, 0.2, 50],
        "down.example": [1, 0, 0.0, 0],
        "training.example": [1, 0, 0.0, 0],
    }
    asked = {name: host["policy_requests"] for name, host in hosts.items()}
    assert asked == {name: len(corpus.web.hits(name)) for name in hosts}


def test_each_url_has_its_verdict_and_reason(corpus: Corpus) -> None:
    urls = [url for host in planned(corpus).values() for url in host["urls"]]  # type: ignore[attr-defined]

    keys = ("admitted", "acquisition", "reason")
    assert {url["url"]: tuple(url[key] for key in keys) for url in urls} == {
        OPEN: (True, "admit", "robots.no-rule"),
        CLOSED: (False, "refuse", "robots.disallows"),
        DOWN: (False, "defer", "robots.unreachable"),
        "http://training.example/": (False, "admit", "robots.no-rule"),
    }  # fmt: skip


def test_the_decisions_stay_in_the_folder(corpus: Corpus) -> None:
    corpus.visit("plan")

    lines = (corpus.folder / "plan.jsonl").read_text("utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    permits = [one["url"] for one in entries if one["entry"] == "permit"]
    assert sorted(permits) == sorted(hit.url for hit in corpus.web.hits())
    assert {one["kind"] for one in entries if one["entry"] == "exchange"} == {"policy"}


def test_people_read_a_line_for_each_host_and_url(corpus: Corpus) -> None:
    arguments = [one for one in corpus.arguments("plan") if one != "--json"]

    found = estovers(*arguments)

    lines = found.out.splitlines()
    assert lines[0].startswith("a.example: 1 of 2 named URLs may be asked for; ")
    assert [line.split(": ")[0].strip() for line in lines if line.startswith(" ")] == [
        OPEN, CLOSED, DOWN, "http://training.example/",
    ]  # fmt: skip


def test_hosts_whose_names_begin_alike_are_counted_apart(tmp_path: Path) -> None:
    web = Web(tmp_path)
    names = ("a.example", "a.example.org")
    for name in names:
        web.site(name).page("/")
    corpus = Corpus(web, manifest_text(seeds(*(f"http://{name}/" for name in names))))

    asked = {name: host["policy_requests"] for name, host in planned(corpus).items()}

    assert asked == {name: len(web.hits(name)) for name in names}


def test_statements_are_proposed_from_pages_that_consent_lets_us_read(
    tmp_path: Path,
) -> None:
    web = Web(tmp_path)
    words = "All texts on this site are licensed under CC BY-SA 4.0"
    ways = "".join(f'<a href="/{way}">{way}</a> ' for way in ("peat", "legal", "about"))
    site = web.site("a.example").robots("User-agent: *\nDisallow: /about\n")
    site.page("/", f"<nav>{ways}</nav><p>Tide.</p>").page("/peat").page("/about")
    site.page("/legal", f"<p>{words}.</p>")
    corpus = Corpus(web, manifest_text(seeds(OPEN)))

    [host] = json.loads(corpus.visit("plan", "--statements").out)

    assert host["read"] == [OPEN, f"{OPEN}legal"]
    assert web.asked() == [OPEN, f"{OPEN}legal"]
    assert host["policy_requests"] == len(web.hits()) - 2
    assert host["statements"] == [
        {
            "scope": [OPEN],
            "license": "CC-BY-SA-4.0",
            "evidence_url": f"{OPEN}legal",
            "quote": words,
        }
    ]


def test_a_plan_does_not_read_the_pages_that_a_manifest_asserts(tmp_path: Path) -> None:
    web = Web(tmp_path)
    web.site("a.example").page("/").page("/legal")
    statement = f"""
[[statements]]
scope = ["{OPEN}"]
license = "CC-BY-4.0"
evidence_url = "{OPEN}legal"
quote = "All texts are free."
"""
    corpus = Corpus(web, manifest_text(seeds(OPEN)) + statement)

    corpus.visit("plan")

    assert web.asked() == []


def test_people_get_a_table_to_paste(tmp_path: Path) -> None:
    web = Web(tmp_path)
    web.site("a.example").page("/", "<p>All texts here are licensed under CC BY 4.0.</p>")
    corpus = Corpus(web, manifest_text(seeds(OPEN)))

    said = estovers(
        *(one for one in corpus.arguments("plan", "--statements") if one != "--json")
    ).out

    assert "  pages read for a license of the site: 1; sentences to confirm: 1" in said
    assert '\nlicense = "CC-BY-4.0"\n' in said
    assert "confirm before use" in said
