"""Killed at any moment, a crawl goes on where it stopped and ends as if it never had."""

import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from tests.web import (
    Corpus,
    Ended,
    Web,
    contradictory,
    ended,
    essay,
    manifest_text,
    seeds,
    start_estovers,
)

PAGES = 75
KILLS = 10
SEED = 20261121
PATIENCE = 30.0
"""Seconds after which a crawl that does not get on is killed and its test fails."""

HOSTS = ("a.example", "b.example")
SOURCE = seeds(*(f"http://{host}/0" for host in HOSTS), depth=20)


def plant(root: Path) -> Web:
    """Make two hosts of a tree of pages each, some of them refused, held or elsewhere."""
    web = Web(root)
    for host in HOSTS:
        site = web.site(host).robots("User-agent: *\nDisallow: /private\n")
        for number in range(PAGES):
            below = [n for n in (2 * number + 1, 2 * number + 2) if n < PAGES]
            links = [f"/{n}" for n in below] + [f"http://{h}/{number}" for h in HOSTS]
            site.page(f"/{number}", links=[*links, f"/private/{number}"])
        site.page("/5", essay("refused", ["/11", "/12"]), Content_Usage="train-ai=n")
        site.page("/6", contradictory("/6", ["/13", "/14"]))
        site.redirect("/7", "/15")
        (web.folder / host / "7.html").unlink()
    return web


@dataclass(frozen=True, slots=True)
class Moment:
    """What stood on the disk when a crawl was killed, and how much had been asked for."""

    asked: int
    archived: frozenset[str]
    outcomes: Counter[tuple[object, ...]]
    exchanges: Counter[tuple[object, ...]]
    decisions: Counter[tuple[object, ...]]


@dataclass(slots=True)
class Campaign:
    """A crawl that was killed again and again, and one that was not."""

    killed: Corpus
    whole: Corpus
    moments: list[Moment] = field(default_factory=list)


def lines_of(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def kill_at(corpus: Corpus, lines: int) -> bool:
    """Kill a crawl when the server has written so many lines; say whether it was alive."""
    child = start_estovers(*corpus.arguments("collect", "--quiet"))
    stop = time.monotonic() + PATIENCE
    try:
        while child.poll() is None and lines_of(corpus.web.log) < lines:
            assert time.monotonic() < stop, "the crawl does not get on"
            time.sleep(0.001)
    finally:
        was_alive = child.poll() is None
        child.kill()
        child.communicate()
    return was_alive


def moment_of(corpus: Corpus) -> Moment:
    if not (corpus.folder / "corpus.duckdb").exists():
        return Moment(lines_of(corpus.web.log), frozenset(), *(Counter() for _ in range(3)))
    stored = (*corpus.archived(), *corpus.archived("quarantine"))
    return Moment(
        asked=lines_of(corpus.web.log),
        archived=frozenset(s.capture.url for s in stored if s.kind == "page"),
        outcomes=Counter(corpus.rows("SELECT url, outcome FROM outcomes")),
        exchanges=Counter(corpus.rows("SELECT exchange, url, digest FROM exchanges")),
        decisions=Counter(corpus.rows("SELECT seq, decision, url FROM decisions")),
    )


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    web = plant(tmp_path_factory.mktemp("killed"))
    calm = plant(tmp_path_factory.mktemp("whole"))
    text = manifest_text(SOURCE)
    found = Campaign(Corpus(web, text), Corpus(calm, text))
    for lines in sorted(Random(SEED).sample(range(1, 2 * PAGES), KILLS)):
        assert kill_at(found.killed, lines), "it ended too soon"
        found.moments.append(moment_of(found.killed))
    for corpus in (found.killed, found.whole):
        built = corpus.build()
        assert (built.code, built.err) == (0, "")
        assert built.report["outcome"] == "complete"
    return found


pytestmark = pytest.mark.slow


def test_the_crawl_was_killed_at_many_moments(campaign: Campaign) -> None:
    kept = [len(moment.archived) for moment in campaign.moments]

    assert len(campaign.moments) == KILLS
    assert kept == sorted(kept)
    assert len(set(kept)) > 3
    assert kept[-1] < 2 * PAGES


def test_nothing_that_was_committed_is_lost(campaign: Campaign) -> None:
    end = moment_of(campaign.killed)

    for moment in campaign.moments:
        assert moment.archived <= end.archived
        assert moment.exchanges <= end.exchanges
        assert moment.decisions <= end.decisions
        assert moment.outcomes <= end.outcomes


def test_no_page_that_stands_in_the_archive_is_asked_for_again(campaign: Campaign) -> None:
    hits = campaign.killed.web.hits()
    again = [
        hit.url
        for moment in campaign.moments
        for hit in hits[moment.asked :]
        if hit.url in moment.archived
    ]
    stored = (*campaign.killed.archived(), *campaign.killed.archived("quarantine"))
    records = Counter(one.capture.url for one in stored if one.kind == "page")

    assert again == []
    assert max(records.values()) == 1


def test_each_url_ends_once_and_as_it_would_have_ended(campaign: Campaign) -> None:
    endings = "SELECT url, outcome, reason, detail FROM outcomes ORDER BY ALL"
    whole = campaign.whole.rows(endings)

    assert campaign.killed.rows(endings) == whole
    # Seven pages of each host lie behind the one that leads elsewhere.
    assert Counter((outcome, reason) for _, outcome, reason, _ in whole) == {
        ("admitted", "license.admits"): 2 * 65,
        ("held", "license.rights-reserved"): 2,
        ("refused", "preference.disallows"): 2,
        ("refused", "robots.disallows"): 2 * 65,
        ("redirected", "capture.none"): 2,
        ("gone", "capture.none"): 2,
    }


def test_the_audit_of_the_killed_crawl_finds_nothing(campaign: Campaign) -> None:
    audited = campaign.killed.run("audit", "--json")

    assert (audited.code, audited.err) == (0, "")


def test_every_request_of_the_killed_crawl_had_leave(campaign: Campaign) -> None:
    permits = campaign.killed.rows("SELECT url, issued_at FROM permits ORDER BY permit")
    issued: dict[object, list[object]] = {}
    for url, moment in permits:
        issued.setdefault(url, []).append(moment)

    asked: Counter[str] = Counter()
    for hit in campaign.killed.web.hits():
        asked[hit.url] += 1
        before = [moment for moment in issued.get(hit.url, ()) if moment < hit.time]  # type: ignore[operator]
        assert len(before) >= asked[hit.url], hit.url


def test_the_release_is_the_same_to_the_byte(campaign: Campaign) -> None:
    dataset = campaign.killed.dataset()

    assert any(name.endswith(".parquet") for name in dataset)
    assert dataset == campaign.whole.dataset()
    assert len(campaign.killed.documents()) == 2 * 65


# --- a build that others meet


@dataclass(frozen=True, slots=True)
class Meeting:
    """A build that runs, what came of others beside it, and how it ended when asked to."""

    corpus: Corpus
    process: int
    second: Ended
    reader: Ended
    was_running: bool
    stopped: Ended


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Meeting:
    web = plant(tmp_path_factory.mktemp("meeting"))
    corpus = Corpus(web, manifest_text(SOURCE, delay=0.2))
    child = start_estovers(*corpus.arguments("build", "--quiet"))
    try:
        stop = time.monotonic() + PATIENCE
        while lines_of(web.log) < 10:
            assert child.poll() is None
            assert time.monotonic() < stop
            time.sleep(0.005)
        second, reader = corpus.build(), corpus.run("explain", "http://a.example/0")
        was_running = child.poll() is None
        child.send_signal(signal.SIGINT)
        stopped = ended(child, timeout=PATIENCE)
    finally:
        child.kill()
        child.communicate()
    return Meeting(corpus, child.pid, second, reader, was_running, stopped)


def test_a_build_beside_a_build_is_sent_away_with_its_number(meeting: Meeting) -> None:
    assert meeting.was_running
    assert (meeting.second.code, meeting.second.out) == (75, "")
    assert f"process {meeting.process} is building this corpus" in meeting.second.err


def test_a_reader_beside_a_build_is_asked_to_wait(meeting: Meeting) -> None:
    assert (meeting.reader.code, meeting.reader.out) == (75, "")


def test_a_crawl_that_is_interrupted_says_so_and_keeps_what_it_has(
    meeting: Meeting,
) -> None:
    asked = len(meeting.corpus.web.asked())
    kept = meeting.corpus.rows("SELECT count(*) FROM exchanges WHERE kind = 'page'")
    ends = meeting.corpus.rows("SELECT verb, outcome FROM runs JOIN run_ends USING (run)")

    assert meeting.stopped.code == 130
    assert meeting.stopped.err == "estovers: interrupted. Run the command again to go on.\n"
    assert ends == [("collect", "stopped")]
    assert kept == [(asked,)]
