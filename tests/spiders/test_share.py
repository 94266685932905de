"""Hosts shared over workers: the same corpus and manners, whoever is lost on the way."""

import os
import signal
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.archive import Archive, Place
from pipeline.errors import ArchiveFault, EngineFault
from tests.cluster import Cluster, running
from tests.warcs import Answer, warc
from tests.web import (
    Corpus,
    Hit,
    Web,
    ended,
    essay,
    is_policy_file,
    manifest_text,
    seeds,
    start_estovers,
)

pytestmark = pytest.mark.slow

EPOCH = "1763769600"
JOBS = (1, 2, 3)
PATIENCE = 40.0
ADMITTED = ("admitted", "license.admits")

STATED = "All texts on this site are licensed under CC BY 4.0."
STATEMENT = f"""
[[statements]]
scope = ["http://stated.example/"]
license = "CC-BY-4.0"
evidence_url = "http://stated.example/legal"
quote = "{STATED}"
confirmed_by = "A. Reader"
"""


def silent(name: str, *, words: str = "") -> str:
    page = essay(name)
    start, end = page.index("<footer"), page.index("</footer>")
    return f"{page[:start]}<footer>{words}{page[end:]}"


def plant(root: Path) -> Web:
    """Make hosts that lead to one another, and say most of what hosts say."""
    web = Web(root)
    hub = web.site("hub.example").page(
        "/",
        links=[
            *(f"http://leaf.example/{n}" for n in range(6)),
            "http://shut.example/", "http://down.example/", "http://else.example/",
            "/over", "/shut", "/round",
        ],
    )  # fmt: skip
    hub.redirect("/over", "http://leaf.example/9")
    hub.redirect("/shut", "http://shut.example/page").redirect("/round", "/round")
    leaf = web.site("leaf.example").robots("User-agent: *\nDisallow: /4\n")
    for number in range(10):
        leaf.page(f"/{number}", links=[f"http://hub.example/{number}", "/4"])
        hub.page(f"/{number}", links=[f"http://leaf.example/{number}"])
    leaf.page("/3", Content_Usage="train-ai=n")
    web.site("shut.example").robots("User-agent: *\nDisallow: /\n").page("/page")
    web.site("down.example").robots("User-agent: *\nAllow: /\n", status=503).page("/")
    # What these may be used for stands on another's host.
    for name in ("else", "other"):
        site = web.site(f"{name}.example").page("/", links=["/1"]).page("/1")
        site.redirect("/robots.txt", "http://terms.example/rules.txt")
    web.site("terms.example").page("/rules.txt", "User-agent: *\nDisallow: /1\n")
    listed = web.site("listed.example").page("/a").page("/b")
    urls = "".join(f"<url><loc>http://listed.example/{p}</loc></url>" for p in "ab")
    listed.page("/map.xml", f"<urlset>{urls}</urlset>", Content_Type="application/xml")
    stated = web.site("stated.example").page("/", silent("front"))
    stated.page("/legal", silent("legal", words=f"<p>{STATED}</p>"))
    return web


TEXT = manifest_text(
    seeds(
        "http://hub.example/", "http://other.example/", "http://stated.example/",
        hosts=[f"{name}.example" for name in (
            "hub", "leaf", "shut", "down", "else", "other", "stated"
        )],
    ),
    'sitemaps = ["http://listed.example/map.xml"]',
) + STATEMENT  # fmt: skip


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, Corpus]:
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", EPOCH)
        for jobs in JOBS:
            web = plant(tmp_path_factory.mktemp(f"jobs{jobs}"))
            corpus = Corpus(web, TEXT)
            built = corpus.build("--jobs", str(jobs))
            assert (built.code, built.err) == (0, "")
            found[jobs] = corpus
    return found


@pytest.mark.parametrize("jobs", JOBS[1:])
def test_workers_make_of_a_web_what_one_process_does(
    corpora: Mapping[int, Corpus], jobs: int
) -> None:
    alone, shared = corpora[1], corpora[jobs]
    endings = "SELECT url, outcome, reason, detail FROM outcomes ORDER BY ALL"
    names = "SELECT url, decision, verdict FROM decisions ORDER BY ALL"

    assert shared.rows(endings) == alone.rows(endings)
    assert shared.rows(names) == alone.rows(names)
    assert files_of(shared) == files_of(alone)
    assert len(shared.documents()) > 15


def files_of(corpus: Corpus) -> dict[str, bytes]:
    """Return all that was published; the clock of the web stood still."""
    folder = corpus.folder / "dataset"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("jobs", JOBS)
def test_the_web_is_as_it_was_planted(corpora: Mapping[int, Corpus], jobs: int) -> None:
    ends = corpora[jobs].outcomes()

    assert ends["http://leaf.example/9"] == ADMITTED
    assert ends["http://leaf.example/4"] == ("refused", "robots.disallows")
    assert ends["http://leaf.example/3"] == ("refused", "preference.disallows")
    assert ends["http://hub.example/shut"] == ("redirected", "capture.none")
    assert ends["http://shut.example/page"] == ("refused", "robots.disallows")
    assert ends["http://down.example/"] == ("deferred", "robots.unreachable")
    assert ends["http://else.example/1"] == ("refused", "robots.disallows")
    assert ends["http://listed.example/map.xml"] == ("read", "capture.not-a-page")
    assert ends["http://stated.example/"] == ("admitted", "license.stated-for-site")


@pytest.mark.parametrize("jobs", JOBS)
def test_policy_files_are_asked_for_once_whoever_wants_them(
    corpora: Mapping[int, Corpus], jobs: int
) -> None:
    hits = corpora[jobs].web.hits()
    asked = Counter(hit.url for hit in hits if is_policy_file(hit.path))

    assert set(asked.values()) == {1}
    assert [hit.path for hit in hits if hit.host == "terms.example"] == ["/rules.txt"]


@pytest.mark.parametrize("jobs", JOBS)
def test_an_audit_of_it_finds_nothing(corpora: Mapping[int, Corpus], jobs: int) -> None:
    audited = corpora[jobs].run("audit", "--json")

    assert (audited.code, audited.err) == (0, "")


# --- workers that are lost


PAGES = 40
HOSTS = ("a.example", "b.example", "c.example")
DELAY = 0.05
CLOCKS = 0.001
"""Seconds by which the server's clock and the crawl's may drift apart between two hits."""


def orchard(root: Path) -> Web:
    """Make three hosts of a tree of pages each, whose pages lead to the others as well."""
    web = Web(root)
    for host in HOSTS:
        site = web.site(host).robots("User-agent: *\nDisallow: /private\n")
        for number in range(PAGES):
            below = [n for n in (2 * number + 1, 2 * number + 2) if n < PAGES]
            links = [f"/{n}" for n in below] + [f"http://{h}/{number}" for h in HOSTS]
            site.page(f"/{number}", links=[*links, f"/private/{number}"])
    return web


def orchard_text(**limits: float) -> str:
    named = seeds(*(f"http://{host}/0" for host in HOSTS), depth=20)
    return manifest_text(named, **{"delay": DELAY, **limits})


def children(process: int) -> list[int]:
    """Return the numbers of a process' children."""
    text = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
    return [int(word) for word in text.split()]


def workers_of(process: int) -> list[int]:
    """Return the workers of a command: the children of the server that they come from."""
    return sorted(one for child in children(process) for one in children(child))


def lines_of(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for_lines(corpus: Corpus, child: subprocess.Popen[str], lines: int) -> None:
    stop = time.monotonic() + PATIENCE
    while lines_of(corpus.web.log) < lines:
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < stop, "the crawl does not get on"
        time.sleep(0.002)


def started(corpus: Corpus, verb: str, *flags: str) -> subprocess.Popen[str]:
    return start_estovers(*corpus.arguments(verb, "--json", *flags))


def gaps(hits: list[Hit]) -> dict[str, float]:
    """Return the shortest time between two requests to each host, in seconds."""
    by_host = defaultdict(list)
    for hit in hits:
        by_host[hit.host].append(hit.time)
    return {
        host: min((b - a).total_seconds() for a, b in pairwise(times))
        for host, times in by_host.items()
    }


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    corpus = Corpus(orchard(tmp_path_factory.mktemp("calm")), orchard_text(delay=0.0))
    assert corpus.build().code == 0
    return corpus


def assert_alike(corpus: Corpus, calm: Corpus) -> None:
    endings = "SELECT url, outcome, reason, detail FROM outcomes ORDER BY ALL"

    assert corpus.rows(endings) == calm.rows(endings)
    assert corpus.dataset() == calm.dataset()
    assert len(corpus.documents()) == PAGES * len(HOSTS)
    assert (audited := corpus.run("audit", "--json")).code == 0, audited.out


def assert_none_is_fetched_again(corpus: Corpus, kept: set[str], *, asked: int) -> None:
    again = [hit.url for hit in corpus.web.hits()[asked:] if hit.url in kept]
    records = Counter(s.capture.url for s in corpus.archived() if s.kind == "page")

    assert again == []
    assert set(records.values()) == {1}


def assert_each_request_had_leave(corpus: Corpus) -> None:
    permits = corpus.rows(
        "SELECT p.url, p.issued_at FROM permits p JOIN decisions d ON d.seq = p.seq AND"
        " d.decision = p.decision AND d.url = p.url"
        " WHERE d.verdict = 'admit' AND d.stage = 'acquisition'"
    )
    issued = defaultdict(list)
    for url, moment in permits:
        issued[url].append(moment)
    asked: Counter[str] = Counter()
    for hit in corpus.web.hits():
        asked[hit.url] += 1
        before = [moment for moment in issued[hit.url] if moment < hit.time]  # type: ignore[operator]
        assert len(before) >= asked[hit.url], hit.url


@pytest.fixture(scope="module")
def robbed(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Build with two workers, of whom one is killed, and then the other."""
    corpus = Corpus(orchard(tmp_path_factory.mktemp("robbed")), orchard_text())
    child = started(corpus, "build", "--jobs", "2")
    killed = set()
    for lines in (40, 80):
        wait_for_lines(corpus, child, lines)
        oldest = workers_of(child.pid)[0]
        os.kill(oldest, signal.SIGKILL)
        killed.add(oldest)
    assert len(killed) == 2
    built = ended(child, timeout=PATIENCE)
    assert (built.code, built.err) == (0, "")
    return corpus


def test_what_lost_workers_had_begun_is_done_by_others(
    robbed: Corpus, calm: Corpus
) -> None:
    assert_alike(robbed, calm)
    assert_none_is_fetched_again(robbed, set(), asked=0)
    assert_each_request_had_leave(robbed)


def test_a_host_is_not_hurried_by_whoever_takes_it_over(robbed: Corpus) -> None:
    assert min(gaps(robbed.web.hits()).values()) >= DELAY - CLOCKS


def test_policy_files_are_not_asked_for_again_by_whoever_takes_a_host_over(
    robbed: Corpus,
) -> None:
    asked = Counter(hit.url for hit in robbed.web.hits() if is_policy_file(hit.path))

    assert len(asked) == 3 * len(HOSTS)
    assert set(asked.values()) == {1}


def test_a_crawl_whose_book_is_killed_goes_on(tmp_path: Path, calm: Corpus) -> None:
    corpus = Corpus(orchard(tmp_path), orchard_text())
    moments = []
    for lines in (30, 70):
        child = started(corpus, "collect", "--jobs", "2")
        wait_for_lines(corpus, child, lines)
        workers = workers_of(child.pid)
        child.kill()
        child.communicate()
        wait_for_the_end_of(workers)
        kept = {s.capture.url for s in corpus.archived() if s.kind == "page"}
        moments.append((kept, len(corpus.web.hits())))

    built = corpus.build("--jobs", "2")

    assert (built.code, built.err) == (0, "")
    assert_alike(corpus, calm)
    for kept, asked in moments:
        assert_none_is_fetched_again(corpus, kept, asked=asked)
    assert_each_request_had_leave(corpus)


def wait_for_the_end_of(processes: list[int]) -> None:
    stop = time.monotonic() + PATIENCE
    while any(map(is_alive, processes)):
        assert time.monotonic() < stop
        time.sleep(0.02)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_shared_crawl_that_is_interrupted_keeps_what_it_has_and_goes_on(
    tmp_path: Path, calm: Corpus
) -> None:
    corpus = Corpus(orchard(tmp_path), orchard_text(pages_per_host=1000))
    child = started(corpus, "collect", "--jobs", "2")
    wait_for_lines(corpus, child, 40)
    workers = workers_of(child.pid)
    child.send_signal(signal.SIGINT)
    stopped = ended(child, timeout=PATIENCE)
    kept = corpus.rows("SELECT count(*) FROM exchanges WHERE kind = 'page'")

    assert stopped.code == 130
    assert stopped.err == "estovers: interrupted. Run the command again to go on.\n"
    assert kept == [(len(corpus.web.asked()),)]
    assert not any(map(is_alive, workers))

    corpus.manifest.write_text(orchard_text(), encoding="utf-8")
    assert corpus.build("--jobs", "2").code == 0
    assert_alike(corpus, calm)


@pytest.mark.parametrize("pages", [1, 7, 50])
def test_workers_together_fetch_no_more_than_the_limit(tmp_path: Path, pages: int) -> None:
    corpus = Corpus(orchard(tmp_path), orchard_text(delay=0.0, pages=pages))

    collected = corpus.collect("--jobs", "2")

    assert collected.code == 0
    assert collected.report["outcome"] == "limited"
    assert len(corpus.web.asked()) == pages


def test_a_crawl_ends_where_no_worker_lives_long_enough_to_come(tmp_path: Path) -> None:
    web = Web(tmp_path)
    for name in ("a", "b"):
        web.site(f"{name}.example").page("/")
    corpus = Corpus(web, manifest_text(seeds("http://a.example/", "http://b.example/")))
    child = started(corpus, "collect", "--jobs", "2")

    while child.poll() is None:
        for one in workers_of_or_none(child.pid):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
    failed = ended(child, timeout=PATIENCE)

    assert failed.code == EngineFault.exit_code
    assert "of the crawl: the worker was lost 3 times" in failed.err
    assert web.asked() == []


def workers_of_or_none(process: int) -> list[int]:
    try:
        return workers_of(process)
    except FileNotFoundError:
        return []


def test_a_disk_that_takes_no_more_ends_all_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = Corpus(orchard(tmp_path), orchard_text())
    keep = Archive.append_member
    count = 0

    def full(store: Archive, member: bytes, request: bytes = b"") -> Place:
        nonlocal count
        count += 1
        if count > 20:
            raise ArchiveFault("archive: the archive cannot be written (No space left).")
        return keep(store, member, request)

    monkeypatch.setattr(Archive, "append_member", full)
    failed = corpus.collect("--jobs", "2")
    monkeypatch.undo()
    asked = len(corpus.web.hits())
    kept = {s.capture.url for s in corpus.archived() if s.kind == "page"}

    assert (failed.code, failed.out) == (74, "")
    assert (
        failed.err == "estovers: archive: the archive cannot be written (No space left).\n"
    )
    assert corpus.build("--jobs", "2").code == 0
    assert_none_is_fetched_again(corpus, kept, asked=asked)


def test_a_source_of_one_host_needs_no_worker(tmp_path: Path) -> None:
    web = Web(tmp_path)
    web.site("a.example").page("/", links=["/1"]).page("/1")
    corpus = Corpus(web, manifest_text(seeds("http://a.example/")))
    child = started(corpus, "collect", "--jobs", "4")
    stop = time.monotonic() + PATIENCE
    while child.poll() is None and time.monotonic() < stop:
        assert workers_of_or_none(child.pid) == []

    assert ended(child).code == 0
    assert len(web.asked()) == 2


def test_workers_ask_conditionally_for_what_was_kept_before(tmp_path: Path) -> None:
    corpus = Corpus(orchard(tmp_path), orchard_text(delay=0.0))
    first = corpus.build("--jobs", "2")
    asked = len(corpus.web.hits())

    second = corpus.build("--jobs", "2", "--recrawl")

    pages = [h for h in corpus.web.hits()[asked:] if not is_policy_file(h.path)]
    # Each page leads to the front of its host as well, where there is none.
    assert Counter(hit.status for hit in pages) == {
        304: PAGES * len(HOSTS),
        404: len(HOSTS),
    }
    assert second.report["release"] == first.report["release"]
    assert corpus.run("audit").code == 0


def test_pages_of_files_whose_hosts_are_asked_are_taken_in_by_one_process(
    tmp_path: Path,
) -> None:
    web = Web(tmp_path)
    for name in ("a", "b"):
        web.site(f"{name}.example").page("/")
    answer = Answer(url="http://a.example/filed", body=essay("filed"))
    (web.root / "given.warc").write_bytes(warc([answer]))
    filed = 'warc = ["given.warc"]\npolicies = "asked"'
    named = seeds("http://a.example/", "http://b.example/")
    corpus = Corpus(web, manifest_text(named, filed))

    collected = corpus.collect("--jobs", "2")

    assert (collected.code, collected.err) == (0, "")
    assert corpus.outcomes() == {
        f"http://{url}": ADMITTED for url in ("a.example/", "a.example/filed", "b.example/")
    }


# --- a cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with running(tmp_path / "workers") as made:
        yield made


def test_a_cluster_crawls_as_one_process_does_and_loses_a_worker(
    tmp_path: Path, cluster: Cluster, calm: Corpus
) -> None:
    corpus = Corpus(orchard(tmp_path), orchard_text())
    child = started(corpus, "build", "--engine", cluster.address)
    wait_for_lines(corpus, child, 40)
    cluster.workers[0].send_signal(signal.SIGKILL)
    built = ended(child, timeout=PATIENCE)

    assert (built.code, built.err) == (0, "")
    assert_alike(corpus, calm)
    assert_none_is_fetched_again(corpus, set(), asked=0)
    assert_each_request_had_leave(corpus)
    assert len(cluster.living()) == 1


def test_workers_of_a_cluster_outlive_a_crawl_whose_book_is_killed(
    tmp_path: Path, cluster: Cluster, calm: Corpus
) -> None:
    corpus = Corpus(orchard(tmp_path), orchard_text())
    child = started(corpus, "collect", "--engine", cluster.address)
    wait_for_lines(corpus, child, 40)
    child.kill()
    child.communicate()
    asked = len(corpus.web.hits())
    kept = {s.capture.url for s in corpus.archived() if s.kind == "page"}

    built = ended(started(corpus, "build", "--engine", cluster.address), timeout=PATIENCE)

    assert (built.code, built.err) == (0, "")
    assert_alike(corpus, calm)
    assert_none_is_fetched_again(corpus, kept, asked=asked)
    assert len(cluster.living()) == 2
