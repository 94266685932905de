"""A second visit: what has not changed costs little, and a new refusal is heard."""

from pathlib import Path

import pytest

from tests.web import (
    Corpus,
    Ended,
    Web,
    contradictory,
    essay,
    is_policy_file,
    manifest_text,
    seeds,
)

HOSTS = ("still", "header", "rewritten", "barred", "hidden", "gone", "changed", "held")
UNCHANGED = ("unchanged", "license.admits")


def site_of(root: Path) -> Web:
    web = Web(root)
    for host in HOSTS:
        web.site(f"{host}.example").page("/", links=["/deep"]).page("/deep")
    return web


class Twice:
    """A corpus that was built, and built again after its web had changed."""

    def __init__(self, root: Path) -> None:
        self.web = site_of(root)
        named = seeds(*(f"http://{host}.example/" for host in HOSTS))
        self.corpus = Corpus(self.web, manifest_text(named))
        self.first = self.corpus.build()
        self.before = self.corpus.documents()
        self.seen = len(self.web.hits())
        self._change()
        self.second = self.corpus.build("--recrawl")
        self.after = self.corpus.documents()

    def _change(self) -> None:
        site = self.web.site
        site("header.example").page("/deep", Content_Usage="train-ai=n")
        refusing = essay("rewritten", head='<meta name="robots" content="noai">')
        site("rewritten.example").page("/deep", refusing, Content_Usage="train-ai=n")
        site("barred.example").robots("User-agent: *\nDisallow: /\n")
        # The page that leads to it is closed now; the page itself is open as before.
        site("hidden.example").robots("User-agent: *\nDisallow: /$\n")
        site("gone.example").without("/deep")
        site("changed.example").page("/deep", essay("something else"))
        site("held.example").page("/deep", contradictory("held"))

    def second_statuses(self, host: str) -> dict[str, int]:
        hits = self.web.hits()[self.seen :]
        return {
            hit.path: hit.status
            for hit in hits
            if hit.host == f"{host}.example" and not is_policy_file(hit.path)
        }

    def outcomes(self, host: str) -> dict[str, tuple[str, str]]:
        start = f"http://{host}.example"
        ends = self.corpus.outcomes().items()
        return {url.removeprefix(start): end for url, end in ends if url.startswith(start)}

    def released(self, host: str) -> list[str]:
        start = f"http://{host}.example"
        return [url.removeprefix(start) for url in self.after if url.startswith(start)]


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Twice:
    return Twice(tmp_path_factory.mktemp("recrawl"))


def test_both_builds_are_done(twice: Twice) -> None:
    assert [(b.code, b.err) for b in (twice.first, twice.second)] == [(0, ""), (0, "")]
    assert len(twice.before) == 2 * len(HOSTS)


def test_what_has_not_changed_costs_a_304(twice: Twice) -> None:
    assert twice.second_statuses("still") == {"/": 304, "/deep": 304}
    assert twice.outcomes("still") == {"/": UNCHANGED, "/deep": UNCHANGED}
    assert twice.released("still") == ["/", "/deep"]


def test_policy_files_are_asked_for_anew(twice: Twice) -> None:
    hits = twice.web.hits("still.example")
    paths = [hit.path for hit in hits if is_policy_file(hit.path)]

    assert sorted(paths) == sorted(
        2 * ["/robots.txt", "/ai.txt", "/.well-known/tdmrep.json"]
    )


def test_a_refusal_in_the_header_of_a_304_is_heard(twice: Twice) -> None:
    assert twice.second_statuses("header") == {"/": 304, "/deep": 304}
    assert twice.outcomes("header")["/deep"] == ("refused", "preference.disallows")
    assert twice.released("header") == ["/"]


def test_a_refusal_in_a_new_answer_is_heard(twice: Twice) -> None:
    assert twice.second_statuses("rewritten") == {"/": 304, "/deep": 200}
    assert twice.outcomes("rewritten")["/deep"] == ("refused", "preference.disallows")
    assert twice.released("rewritten") == ["/"]


def test_what_robots_txt_disallows_now_leaves_without_a_request(twice: Twice) -> None:
    refused = ("refused", "robots.disallows")

    assert twice.second_statuses("barred") == {}
    assert twice.outcomes("barred") == {"/": refused, "/deep": refused}
    assert twice.released("barred") == []


def test_a_page_that_nothing_leads_to_any_more_is_looked_at_again(twice: Twice) -> None:
    assert twice.second_statuses("hidden") == {"/deep": 304}
    assert twice.outcomes("hidden")["/deep"] == UNCHANGED
    assert twice.released("hidden") == ["/deep"]


def test_a_page_that_is_gone_leaves(twice: Twice) -> None:
    assert twice.outcomes("gone")["/deep"] == ("gone", "capture.none")
    assert twice.released("gone") == ["/"]


def test_a_page_that_has_changed_is_read_anew(twice: Twice) -> None:
    query = """SELECT text FROM documents WHERE url = 'http://changed.example/deep'
        AND release = (SELECT release FROM releases ORDER BY seq DESC LIMIT 1)"""

    assert "something else" in str(twice.corpus.rows(query))


def test_a_license_that_is_contradicted_now_puts_on_hold(twice: Twice) -> None:
    assert twice.outcomes("held")["/deep"] == ("held", "license.rights-reserved")
    assert twice.released("held") == ["/"]


def test_the_audit_of_both_visits_finds_nothing(twice: Twice) -> None:
    audited = twice.corpus.run("audit", "--json")

    assert (audited.code, audited.err) == (0, "")


# --- one site alone


def visits(web: Web, *, count: int) -> tuple[Corpus, list[Ended]]:
    corpus = Corpus(web, manifest_text(seeds("http://a.example/")))
    return corpus, [corpus.build(*["--recrawl"] * bool(n)) for n in range(count)]


def test_an_unchanged_web_gives_the_same_release_again(tmp_path: Path) -> None:
    web = Web(tmp_path)
    web.site("a.example").page("/", links=["/1"]).page("/1")
    corpus, [first] = visits(web, count=1)
    dataset = corpus.dataset()

    again = [corpus.build("--recrawl") for _ in range(2)]

    pages = [hit.status for hit in web.hits() if not is_policy_file(hit.path)]
    assert pages == [200, 200, 304, 304, 304, 304]
    assert [one.report["release"] for one in again] == 2 * [first.report["release"]]
    assert corpus.dataset() == dataset


def test_without_being_told_to_a_finished_corpus_asks_nobody(tmp_path: Path) -> None:
    web = Web(tmp_path)
    web.site("a.example").page("/", links=["/1"]).page("/1")
    corpus, [first] = visits(web, count=1)
    before = len(web.hits())

    second = corpus.build()

    assert len(web.hits()) == before
    assert second.report["release"] == first.report["release"]


def test_a_refusal_that_is_taken_back_lets_the_page_in_again(tmp_path: Path) -> None:
    web = Web(tmp_path)
    site = web.site("a.example").page("/", links=["/1"]).page("/1")
    corpus, _ = visits(web, count=1)

    site.page("/1", Content_Usage="train-ai=n")
    corpus.build("--recrawl")
    refused = corpus.documents()
    site.page("/1")
    corpus.build("--recrawl")

    assert refused == ["http://a.example/"]
    assert corpus.documents() == ["http://a.example/", "http://a.example/1"]
    assert corpus.run("audit").code == 0
