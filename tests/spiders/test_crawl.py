"""A crawl as its user runs it: where it goes, where it ends, and what it keeps."""

import gzip
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.archive import Archive, Place, members_of
from pipeline.clock import machine
from pipeline.errors import ArchiveFault
from pipeline.ledger.lock import Lock
from pipeline.model import Capture
from spiders.frontier import MAX_HOPS, host_of
from tests.corpus import NOW
from tests.warcs import Answer, robots, warc
from tests.web import Corpus, Web, essay, estovers, manifest_text, seeds

ADMITTED = ("admitted", "license.admits")
REDIRECTED = ("redirected", "capture.none")


@pytest.fixture
def web(tmp_path: Path) -> Web:
    return Web(tmp_path)


# --- redirects


@pytest.fixture(scope="module")
def redirects(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    web = Web(tmp_path_factory.mktemp("redirects"))
    hub = web.site("hub.example").page(
        "/", links=["/to-open", "/to-closed", "/to-outside", "/self", "/loop/a", "/hop/0"]
    )
    hub.redirect("/to-open", "http://open.example/page")
    hub.redirect("/to-closed", "http://closed.example/page", status=301)
    hub.redirect("/to-outside", "http://outside.example/page", status=307)
    hub.redirect("/self", "/self")
    hub.redirect("/loop/a", "/loop/b").redirect("/loop/b", "/loop/a", status=308)
    for hop in range(9):
        hub.redirect(f"/hop/{hop}", f"/hop/{hop + 1}")
    web.site("safe.example").page("/").redirect("/", "http://plain.example/", status=301)
    web.site("open.example").page("/page")
    web.site("closed.example").robots("User-agent: *\nDisallow: /\n").page("/page")
    web.site("outside.example").page("/page")
    web.site("plain.example").page("/")
    (web.folder / "safe.example" / "index.html").unlink()
    hosts = [
        "hub.example",
        "open.example",
        "closed.example",
        "safe.example",
        "plain.example",
    ]
    named = ["http://hub.example/", "https://safe.example/"]
    corpus = Corpus(web, manifest_text(seeds(*named, hosts=hosts)))
    assert corpus.collect().code == 0
    return corpus


def test_a_redirect_is_followed_where_its_target_may_be_fetched(redirects: Corpus) -> None:
    ends = redirects.outcomes()

    assert ends["http://hub.example/to-open"] == REDIRECTED
    assert ends["http://open.example/page"] == ADMITTED


def test_the_target_of_a_redirect_is_judged_by_its_own_host(redirects: Corpus) -> None:
    ends = redirects.outcomes()

    assert ends["http://closed.example/page"] == ("refused", "robots.disallows")
    assert [hit.path for hit in redirects.web.hits("closed.example")] == ["/robots.txt"]


def test_a_redirect_out_of_scope_is_written_down_and_not_followed(
    redirects: Corpus,
) -> None:
    query = "SELECT outcome, detail FROM outcomes WHERE url = ?"

    assert redirects.rows(query, "http://hub.example/to-outside") == [
        ("redirected", "http://outside.example/page")
    ]
    assert redirects.web.hits("outside.example") == []


def test_a_redirect_from_https_to_http_is_not_followed(redirects: Corpus) -> None:
    assert redirects.outcomes()["https://safe.example/"] == REDIRECTED
    assert redirects.web.hits("plain.example") == []


def test_redirects_in_a_circle_end(redirects: Corpus) -> None:
    circle = [f"http://hub.example/{path}" for path in ("self", "loop/a", "loop/b")]
    asked = redirects.web.asked("hub.example")

    assert {url: redirects.outcomes()[url] for url in circle} == dict.fromkeys(
        circle, REDIRECTED
    )
    assert [asked.count(url) for url in circle] == [1, 1, 1]


def test_a_long_chain_of_redirects_is_given_up(redirects: Corpus) -> None:
    hops = [url for url in redirects.web.asked("hub.example") if "/hop/" in url]

    assert hops == [f"http://hub.example/hop/{hop}" for hop in range(MAX_HOPS + 1)]


# --- addresses


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0)
        yield listener


def test_the_live_web_does_not_reach_into_this_machine(
    web: Web, listener: socket.socket
) -> None:
    port = listener.getsockname()[1]
    hosts = ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "169.254.169.254"]
    named = [f"http://{host}:{port}/" for host in hosts]
    text = manifest_text(seeds(*named), delay=1.0).replace("curator.example", "curator.nz")
    corpus = Corpus(web, text)

    ended = estovers(
        "collect", str(corpus.manifest), "--out", str(corpus.folder), "--quiet"
    )

    with pytest.raises(BlockingIOError):
        listener.accept()
    assert (ended.code, ended.err) == (0, "")
    assert len(corpus.outcomes()) == len(hosts)
    assert set(corpus.outcomes().values()) == {("refused", "url.address-refused")}
    assert corpus.rows("SELECT DISTINCT kind, error FROM exchanges") == [
        ("policy", "ADDRESS")
    ]


def test_beside_a_served_web_nothing_is_found(web: Web, listener: socket.socket) -> None:
    web.site("a.example").page("/")
    here = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    corpus = Corpus(
        web, manifest_text(seeds("http://a.example/", "http://b.example/", here))
    )

    assert corpus.collect().code == 0

    with pytest.raises(BlockingIOError):
        listener.accept()
    assert corpus.outcomes() == {
        "http://a.example/": ADMITTED,
        "http://b.example/": ("deferred", "robots.unreachable"),
        here: ("deferred", "robots.unreachable"),
    }


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "127.1", "0x7f000001"])
def test_an_address_in_disguise_is_a_fault_of_the_manifest(web: Web, host: str) -> None:
    web.site("a.example").page("/")

    ended = Corpus(web, manifest_text(seeds(f"http://{host}/"))).collect()

    assert ended.code == 65
    assert "disguised" in ended.err


def test_a_link_to_another_scheme_is_no_page(web: Web) -> None:
    links = [
        "file:///etc/hostname",
        "data:text/html,hi",
        "ftp://a.example/x",
        "javascript:x",
    ]
    web.site("a.example").page("/", links=links)
    corpus = Corpus(web, manifest_text(seeds("http://a.example/")))

    assert corpus.collect().code == 0
    assert corpus.outcomes() == {"http://a.example/": ADMITTED}


def test_an_ipv6_address_has_one_name() -> None:
    assert host_of("http://[2001:db8::1]:8080/x") == "2001:db8::1"


# --- limits


def test_a_disk_that_takes_no_more_ends_the_crawl_before_the_next_request(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.site("a.example").page("/", links=["/1"]).page("/1")
    corpus = Corpus(web, manifest_text(seeds("http://a.example/")))
    append = Archive.append_member

    def full(store: Archive, member: bytes, request: bytes = b"") -> Place:
        if b"Estovers-Kind: page" in gzip.decompress(member):
            raise ArchiveFault("archive: the archive cannot be written (No space left).")
        return append(store, member, request)

    monkeypatch.setattr(Archive, "append_member", full)
    first = corpus.build()
    monkeypatch.undo()
    second = corpus.build()

    assert (first.code, first.out) == (74, "")
    assert (
        first.err == "estovers: archive: the archive cannot be written (No space left).\n"
    )
    assert second.code == 0
    assert web.asked() == [f"http://a.example/{path}" for path in ("", "", "1")]


def test_a_page_over_the_limit_is_asked_for_once_and_not_kept(web: Web) -> None:
    big = essay("big").replace("</main>", "x" * 20_000 + "</main>")
    web.site("a.example").page("/", links=["/big"]).page("/big", big)
    corpus = Corpus(web, manifest_text(seeds("http://a.example/"), bytes_per_page=10_000))

    assert corpus.collect().code == 0

    query = "SELECT outcome, detail FROM outcomes WHERE url = 'http://a.example/big'"
    kept = [stored.capture.url for stored in corpus.archived() if stored.kind == "page"]
    assert corpus.rows(query) == [("failed", "TOO_LARGE")]
    assert web.asked().count("http://a.example/big") == 1
    assert kept == ["http://a.example/"]


def test_a_crawl_ends_at_its_number_of_pages_and_goes_on_with_a_larger_one(
    web: Web,
) -> None:
    for host in ("a", "b"):
        pages = [f"/{number}" for number in range(9)]
        site = web.site(f"{host}.example").page("/", links=pages)
        for page in pages:
            site.page(page)
    source = seeds("http://a.example/", "http://b.example/")
    corpus = Corpus(web, manifest_text(source, pages=12, pages_per_host=7))

    first = corpus.collect()
    counts = {host: len(web.asked(f"{host}.example")) for host in ("a", "b")}
    corpus.manifest.write_text(manifest_text(source, pages=30, pages_per_host=9))
    second = corpus.collect()

    assert (first.report["outcome"], second.report["outcome"]) == ("limited", "limited")
    assert sum(counts.values()) == 12
    assert max(counts.values()) <= 7
    assert {host: len(web.asked(f"{host}.example")) for host in ("a", "b")} == {
        "a": 9, "b": 9,
    }  # fmt: skip
    assert len(set(web.asked())) == 18


def test_a_crawl_ends_at_its_number_of_bytes(web: Web) -> None:
    pages = [f"/{number}" for number in range(9)]
    site = web.site("a.example").page("/", essay("a", pages))
    for page in pages:
        site.page(page, essay(page).replace("</main>", "x" * 10_000 + "</main>"))
    corpus = Corpus(web, manifest_text(seeds("http://a.example/"), bytes_per_host=25_000))

    assert corpus.collect().report["outcome"] == "limited"
    assert len(web.asked()) == 4


def test_what_cannot_be_decoded_is_not_kept(web: Web) -> None:
    site = web.site("a.example").page("/", links=["/cut", "/wrong", "/odd"])
    body = gzip.compress(essay("zipped").encode())
    site.page("/cut", body[:-9], Content_Encoding="gzip")
    site.page("/wrong", body[:-8] + bytes(8), Content_Encoding="gzip")
    site.page("/odd", body, Content_Encoding="x-odd")
    corpus = Corpus(web, manifest_text(seeds("http://a.example/")))

    assert corpus.collect().code == 0

    failed = ("failed", "capture.incomplete")
    kept = [stored.capture.url for stored in corpus.archived() if stored.kind == "page"]
    assert kept == ["http://a.example/"]
    assert corpus.outcomes() == {
        "http://a.example/": ADMITTED,
        "http://a.example/cut": failed,
        "http://a.example/wrong": failed,
        "http://a.example/odd": failed,
    }


# --- sources


def sitemap(*urls: str, root: str = "urlset", item: str = "url") -> str:
    listed = "".join(f"<{item}><loc>{url}</loc></{item}>" for url in urls)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0"?><{root} xmlns="{space}">{listed}</{root}>'


def test_sitemaps_name_pages_also_packed_and_through_an_index(web: Web) -> None:
    site = web.site("a.example").page("/essays/one", links=["/essays/linked"])
    site.page("/essays/two").page("/essays/linked").page("/news/three")
    site.page(
        "/sitemap.xml",
        sitemap("http://a.example/maps/one.xml", "http://a.example/maps/two.xml.gz",
                root="sitemapindex", item="sitemap"),
    )  # fmt: skip
    elsewhere = "http://elsewhere.example/essays/x"
    site.page("/maps/one.xml", sitemap("http://a.example/essays/one", elsewhere))
    listed = sitemap("http://a.example/essays/two", "http://a.example/news/three")
    site.page("/maps/two.xml.gz", gzip.compress(listed.encode()))
    web.site("elsewhere.example").page("/essays/x")
    source = 'sitemaps = ["http://a.example/sitemap.xml"]\nscope.paths = ["/essays/"]'
    corpus = Corpus(web, manifest_text(source))

    assert corpus.collect().report["outcome"] == "complete"

    read = ("read", "capture.not-a-page")
    assert corpus.outcomes() == {
        "http://a.example/sitemap.xml": read,
        "http://a.example/maps/one.xml": read,
        "http://a.example/maps/two.xml.gz": read,
        "http://a.example/essays/one": ADMITTED,
        "http://a.example/essays/two": ADMITTED,
    }
    assert web.hits("elsewhere.example") == []


def test_sitemaps_name_sitemaps_no_deeper_than_redirects_go(web: Web) -> None:
    site = web.site("a.example").page("/one")
    for number in range(9):
        below = f"http://a.example/{number + 1}.xml"
        site.page(f"/{number}.xml", sitemap(below, root="sitemapindex", item="sitemap"))
    corpus = Corpus(web, manifest_text('sitemaps = ["http://a.example/0.xml"]'))

    corpus.collect()

    assert web.asked() == [f"http://a.example/{number}.xml" for number in range(6)]


def test_a_sitemap_may_be_a_plain_list(web: Web) -> None:
    site = web.site("a.example").page("/one")
    site.page("/list.txt", "http://a.example/one\nnot an address\nhttp://b.example/\n")
    corpus = Corpus(web, manifest_text('sitemaps = ["http://a.example/list.txt"]'))

    assert corpus.collect().report["pages"] == {"admitted": 1, "read": 1}


FEED = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/posts/">
<entry><link href="one"/></entry><entry><link href="/closed"/></entry>
<entry><link href="http://b.example/"/></entry></feed>"""


def test_the_entries_of_a_feed_are_the_pages_that_are_wanted(web: Web) -> None:
    site = web.site("a.example").robots("User-agent: *\nDisallow: /closed\n")
    head = '<link rel="alternate" type="application/atom+xml" href="/other.xml">'
    site.page("/feed.xml", FEED, Content_Type="application/atom+xml")
    site.page("/posts/one", essay("one", ["/linked"], head=head)).page("/linked")
    site.page("/other.xml", FEED)
    web.site("b.example").page("/")
    corpus = Corpus(web, manifest_text('feeds = ["http://a.example/feed.xml"]'))

    built = corpus.build()

    assert (built.code, built.err) == (0, "")
    assert corpus.outcomes() == {
        "http://a.example/feed.xml": ("read", "capture.not-a-page"),
        "http://a.example/posts/one": ADMITTED,
        "http://a.example/closed": ("refused", "robots.disallows"),
    }
    assert web.hits("b.example") == []
    assert corpus.run("audit").code == 0


def test_a_feed_that_its_site_closes_is_not_asked_for(web: Web) -> None:
    site = web.site("a.example").robots("User-agent: *\nDisallow: /feed\n")
    site.page("/feed.xml", FEED).page("/posts/one")
    corpus = Corpus(web, manifest_text('feeds = ["http://a.example/feed.xml"]'))

    corpus.collect()

    assert corpus.outcomes() == {
        "http://a.example/feed.xml": ("refused", "robots.disallows")
    }
    assert web.asked() == []


def test_a_list_of_urls_may_be_long(web: Web) -> None:
    web.site("a.example").robots("User-agent: *\nDisallow: /\n").page("/")
    urls = [f"http://a.example/{number}" for number in range(2100)]
    (web.root / "urls.txt").write_text("# a list\n\n" + "\n".join(urls))
    corpus = Corpus(web, manifest_text('url_list = "urls.txt"'))

    assert corpus.collect().report["pages"] == {"refused": 2100}
    assert len(web.hits()) == 1


def test_a_list_of_urls_leads_no_further_than_it_says(web: Web) -> None:
    web.site("a.example").page("/one", links=["/two"]).page("/two").page("/three")
    (web.root / "urls.txt").write_text("http://a.example/one\nhttp://a.example/three\n")
    corpus = Corpus(web, manifest_text('url_list = "urls.txt"'))

    assert corpus.collect().code == 0
    assert sorted(corpus.outcomes()) == ["http://a.example/one", "http://a.example/three"]


def test_pages_of_a_warc_file_are_judged_and_kept_without_being_asked_for(web: Web) -> None:
    web.site("a.example").robots("User-agent: *\nDisallow: /closed\n").page("/open")
    web.site("b.example").robots(status=503).page("/")
    archive = Archive(web.root / "given", software="another crawler", clock=machine)
    for url in ("http://a.example/open", "http://a.example/closed", "http://b.example/"):
        capture = Capture(
            url=url,
            read_at=NOW,
            status=200,
            reason="OK",
            headers=(("Content-Type", "text/html"),),
            payload=essay(url).encode(),
        )
        archive.append_member(*members_of(capture, kind="page"))
    archive.close()
    source = 'warc = ["given/estovers-00001.warc.gz"]\npolicies = "asked"'
    corpus = Corpus(web, manifest_text(source))

    built = corpus.build()

    assert (built.code, built.err) == (0, "")
    assert corpus.outcomes() == {
        "http://a.example/open": ADMITTED,
        "http://a.example/closed": ("refused", "robots.disallows"),
        "http://b.example/": ("deferred", "robots.unreachable"),
    }
    assert web.asked() == []
    assert corpus.documents() == ["http://a.example/open"]
    assert corpus.run("audit").code == 0


def test_what_was_archived_counts_beside_what_is_asked_today(web: Web) -> None:
    web.site("a.example").robots("User-agent: *\nDisallow: /closed-now/\n").page("/x")
    then = "User-agent: *\nDisallow: /closed-then/\n"
    site = "http://a.example"
    pages = [
        Answer(url=f"{site}{path}", body=essay(path))
        for path in ("/open", "/closed-then/one", "/closed-now/two")
    ]
    (web.root / "old.warc.gz").write_bytes(warc([*robots(site, then), *pages]))
    corpus = Corpus(web, manifest_text('warc = ["old.warc.gz"]\npolicies = "asked"'))

    assert corpus.build().code == 0

    assert corpus.outcomes() == {
        "http://a.example/open": ADMITTED,
        "http://a.example/closed-then/one": ("refused", "robots.disallows"),
        "http://a.example/closed-now/two": ("refused", "robots.disallows"),
    }
    assert web.asked() == []
    taken = "SELECT record FROM imports JOIN exchanges USING (exchange) WHERE kind = 'page'"
    assert corpus.rows(taken) == [(4,)]
    assert corpus.run("audit").code == 0
    assert corpus.build().code == 0
    assert corpus.run("audit").code == 0


def test_files_and_hosts_make_one_corpus(web: Web) -> None:
    web.site("a.example").page("/", links=["/on"]).page("/on")
    old = "http://old.example"
    pages = [Answer(url=f"{old}/one", body=essay("one"))]
    (web.root / "old.warc.gz").write_bytes(warc([*robots(old), *pages]))
    both = seeds("http://a.example/") + '[[sources]]\nwarc = ["old.warc.gz"]'
    corpus = Corpus(web, manifest_text(both))

    built = corpus.build()

    assert (built.code, built.err) == (0, "")
    assert corpus.outcomes() == {
        "http://a.example/": ADMITTED,
        "http://a.example/on": ADMITTED,
        "http://old.example/one": ADMITTED,
    }
    assert {hit.host for hit in web.hits()} == {"a.example"}
    assert corpus.run("audit").code == 0
    assert corpus.build().report["files"] == []
    assert corpus.build("--recrawl").report["outcome"] == "complete"
    assert corpus.run("audit").code == 0
    once = "SELECT count(*), count(DISTINCT start) FROM exchanges WHERE url = '{}/one'"
    assert corpus.rows(once.format(old)) == [(2, 1)]


@pytest.mark.parametrize("name", ["missing.warc.gz", "other.warc.gz"])
def test_a_file_that_cannot_be_read_ends_the_crawl_with_its_name(
    web: Web, name: str
) -> None:
    web.site("a.example").page("/")
    (web.root / "other.warc.gz").write_bytes(b"another kind of file" * 9)
    corpus = Corpus(web, manifest_text(f'warc = ["{name}"]'))

    ended = corpus.collect()

    assert (ended.code, ended.out) == (66, "")
    assert name in ended.err
    assert len(ended.err.splitlines()) == 1


def test_links_are_followed_within_hosts_paths_and_depth(web: Web) -> None:
    site = web.site("a.example").page(
        "/", links=["/essays/1", "/news", "http://b.example/"]
    )
    for number in range(1, 5):
        site.page(f"/essays/{number}", links=[f"/essays/{number + 1}"])
    site.page("/essays/5").page("/news")
    site.page("/essays/2", links=["/essays/3", "/essays/private"])
    site.page(
        "/essays/private", essay("private", head='<meta name="robots" content="noai">')
    )
    web.site("b.example").page("/")
    source = seeds("http://a.example/", depth=3) + 'scope.paths = ["/essays/"]'
    corpus = Corpus(web, manifest_text(source))

    assert corpus.collect().report["outcome"] == "complete"

    assert corpus.outcomes() == {
        "http://a.example/": ADMITTED,
        "http://a.example/essays/1": ADMITTED,
        "http://a.example/essays/2": ADMITTED,
        "http://a.example/essays/3": ADMITTED,
        "http://a.example/essays/private": ("refused", "preference.disallows"),
    }
    beyond = "SELECT url FROM discoveries WHERE NOT in_depth"
    assert corpus.rows(beyond) == [("http://a.example/essays/4",)]


def test_a_page_that_asks_not_to_be_followed_leads_nowhere(web: Web) -> None:
    head = '<meta name="robots" content="nofollow">'
    web.site("a.example").page("/", essay("a", ["/on"], head=head)).page("/on")
    corpus = Corpus(web, manifest_text(seeds("http://a.example/")))

    corpus.collect()

    assert web.asked() == ["http://a.example/"]


# --- one writer


def test_a_second_build_is_sent_away_with_the_name_of_the_first(web: Web) -> None:
    web.site("a.example").page("/")
    corpus = Corpus(web, manifest_text(seeds("http://a.example/")))
    corpus.folder.mkdir()
    lock = Lock(corpus.folder)
    lock.acquire()

    second = corpus.build()
    lock.release()
    third = corpus.build()

    assert (second.code, second.out) == (75, "")
    assert f"process {os.getpid()} is building this corpus" in second.err
    assert len(second.err.splitlines()) == 1
    assert third.code == 0
    assert web.asked() == ["http://a.example/"]
