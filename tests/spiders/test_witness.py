"""The server's log beside the ledger: what was asked for, by which leave, and how."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from tests.web import Corpus, Hit, Web, is_policy_file, manifest_text, seeds

DELAY = 0.3
CRAWL_DELAY = 0.6
HOSTS = ("open", "slow", "down", "shut", "reserved", "silent")
CLOCKS = 0.001
"""Seconds by which the server's clock and the crawl's may drift apart between two hits."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    web = Web(tmp_path_factory.mktemp("witness"))
    web.site("open.example").robots("User-agent: *\nDisallow: /private\n").page(
        "/", links=["/one", "/two", "/private", "http://slow.example/2"],
        Set_Cookie="sid=1; Path=/",
    ).page("/one", links=["/two"]).page("/two").page("/private")  # fmt: skip
    web.site("slow.example").robots(f"User-agent: *\nCrawl-delay: {CRAWL_DELAY}\n").page(
        "/", links=["/1"]
    ).page("/1").page("/2")
    web.site("down.example").robots("User-agent: *\nAllow: /\n", status=503).page("/")
    web.site("shut.example").robots(status=403).page("/")
    web.site("reserved.example").robots("User-agent: GPTBot\nDisallow: /\n").page("/")
    web.site("silent.example").page("/")
    found = Corpus(
        web,
        manifest_text(seeds(*(f"http://{host}.example/" for host in HOSTS)), delay=DELAY),
    )
    built = found.build()
    assert (built.code, built.err) == (0, "")
    return found


def by_host(hits: Sequence[Hit]) -> Mapping[str, list[Hit]]:
    return {
        host: [hit for hit in hits if hit.host == host] for host in {h.host for h in hits}
    }


def test_each_request_has_leave_that_was_written_down_before_it_came(
    corpus: Corpus,
) -> None:
    permits = corpus.rows(
        "SELECT p.url, p.method, p.kind, p.issued_at, d.verdict, d.stage, d.decided_at"
        " FROM permits p JOIN decisions d ON d.seq = p.seq AND d.decision = p.decision"
        " AND d.url = p.url ORDER BY p.permit"
    )
    hits = corpus.web.hits()

    by_url = {permit[0]: permit for permit in permits}

    assert len(permits) == len(by_url) == len(hits)
    for hit in hits:
        _, method, kind, issued_at, verdict, stage, decided_at = by_url[hit.url]
        assert (method, verdict, stage) == (hit.method, "admit", "acquisition")
        assert kind == ("policy" if is_policy_file(hit.path) else "page")
        assert decided_at <= issued_at < hit.time  # type: ignore[operator]


def test_each_request_is_written_down_with_its_answer(corpus: Corpus) -> None:
    written = corpus.rows("SELECT url, status FROM exchanges")

    assert Counter(written) == Counter((hit.url, hit.status) for hit in corpus.web.hits())


def test_robots_txt_is_the_first_thing_asked_of_each_host(corpus: Corpus) -> None:
    first = {host: hits[0].path for host, hits in by_host(corpus.web.hits()).items()}

    assert first == {f"{host}.example": "/robots.txt" for host in HOSTS}


def test_nothing_is_asked_for_that_was_not_admitted(corpus: Corpus) -> None:
    assert sorted(corpus.web.asked()) == [
        "http://open.example/",
        "http://open.example/one",
        "http://open.example/two",
        "http://silent.example/",
        "http://slow.example/",
        "http://slow.example/1",
        "http://slow.example/2",
    ]


def test_each_url_ends_once_with_the_reason(corpus: Corpus) -> None:
    admitted = ("admitted", "license.admits")

    ends = corpus.rows(
        "SELECT url, count(*) FROM outcomes GROUP BY url HAVING count(*) > 1"
    )

    assert ends == []
    assert corpus.outcomes() == {
        "http://open.example/": admitted,
        "http://open.example/one": admitted,
        "http://open.example/two": admitted,
        "http://open.example/private": ("refused", "robots.disallows"),
        "http://slow.example/": admitted,
        "http://slow.example/1": admitted,
        "http://slow.example/2": admitted,
        "http://down.example/": ("deferred", "robots.unreachable"),
        "http://shut.example/": ("refused", "robots.access-refused"),
        "http://reserved.example/": ("refused", "preference.disallows"),
        "http://silent.example/": admitted,
    }


def test_a_host_that_refuses_gives_no_more_than_its_robots_txt(corpus: Corpus) -> None:
    asked = {
        host: [hit.path for hit in corpus.web.hits(f"{host}.example")]
        for host in ("down", "shut")
    }

    assert asked == {"down": ["/robots.txt"], "shut": ["/robots.txt"]}


def test_requests_say_who_asks_and_carry_no_trace_of_others(corpus: Corpus) -> None:
    said = {(hit.user_agent, hit.headers.get("From")) for hit in corpus.web.hits()}
    carried = {name for hit in corpus.web.hits() for name in hit.headers}

    assert said == {
        ("Estovers/0.1 (+https://curator.example/corpus)", "corpus@curator.example")
    }
    assert carried == {"From", "Accept-Encoding"}


def test_requests_to_a_host_lie_as_far_apart_as_it_and_we_ask(corpus: Corpus) -> None:
    gaps = {
        host: [(b.time - a.time).total_seconds() for a, b in pairwise(hits)]
        for host, hits in by_host(corpus.web.hits()).items()
    }
    # Before robots.txt has been read, its Crawl-delay cannot be known; it counts from then.
    assert len(gaps["slow.example"]) >= 4
    assert min(gaps["slow.example"]) >= CRAWL_DELAY - CLOCKS
    assert min(gaps["open.example"]) >= DELAY - CLOCKS


def test_the_audit_of_the_crawl_finds_nothing(corpus: Corpus) -> None:
    audited = corpus.run("audit", "--json")

    assert (audited.code, audited.err) == (0, "")


def test_a_plan_asks_for_policy_files_alone(tmp_path: Path) -> None:
    web = Web(tmp_path)
    web.site("a.example").page("/").page("/one")
    corpus = Corpus(web, manifest_text(seeds("http://a.example/", "http://a.example/one")))

    planned = corpus.visit("plan")

    assert (planned.code, planned.err) == (0, "")
    assert (len(web.hits()), web.asked()) == (3, [])
