"""The small web that ships with the project: whole, as labelled, and served as intended."""

import csv
import http.client
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline import manifest
from spiders.web import Served, serve

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "manifests" / "commons"
MANIFEST = ROOT / "manifests" / "commons.toml"
PAGES = sorted(path for path in WEB.rglob("*.html") if path.name != "404.html")
OUTCOMES = {"admitted", "refused", "held", "deferred", "gone", "redirected"}
# Not part of this web: what the pages point out to.
ELSEWHERE = {"creativecommons.org", "localcontexts.org", "github.com"}
VOID = frozenset({"meta", "link"})
OPTIONAL_END = frozenset({"p", "li", "html", "head", "body"})

with (WEB / "expected.csv").open(encoding="utf-8", newline="") as table:
    EXPECTED = {row["url"]: row for row in csv.DictReader(table)}

STATUSES = {
    "http://allmende.example/wegzoll.html": 410,
    "http://tales.example/letters/": 403,
    "http://signpost.example/tides": 301,
    "http://signpost.example/charter": 302,
    "http://signpost.example/reading-room": 302,
}


@pytest.fixture(scope="module")
def web() -> Iterator[Served]:
    with serve(WEB) as served:
        yield served


def ask(web: Served, url: str) -> tuple[int, Message, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=5)
    connection.request("GET", parts.path or "/", headers={"Host": parts.netloc})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.headers, body


def links(url: str, body: bytes) -> set[str]:
    found = (node.attributes["href"] for node in LexborHTMLParser(body).css("a[href]"))
    targets = {urljoin(url, href or "").partition("#")[0] for href in found}
    return {target for target in targets if not target.startswith("mailto:")}


def test_every_outcome_and_every_host_is_shown(web: Served) -> None:
    hosts = {urlsplit(url).netloc for url in EXPECTED}

    assert {row["outcome"] for row in EXPECTED.values()} == OUTCOMES
    assert hosts == web.hosts
    assert all(host.endswith(".example") for host in hosts)
    assert all(row["reason"] for row in EXPECTED.values())


def test_every_page_has_one_expected_outcome(web: Served) -> None:
    served = [
        path.read_bytes()
        for path in PAGES
        if path.parent.name != "letters"  # answered with 403 instead
    ]
    bodies = [ask(web, url)[2] for url in EXPECTED if url not in STATUSES]

    assert Counter(bodies) == Counter(served)


def test_an_admitted_page_has_a_license_that_the_manifest_allows() -> None:
    licenses = Counter(
        row["license"] for row in EXPECTED.values() if row["outcome"] == "admitted"
    )

    assert set(licenses) == {"CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "CC-BY-3.0-DE"}


@pytest.mark.parametrize("url", EXPECTED)
def test_a_page_answers_with_the_status_that_its_outcome_rests_on(
    web: Served, url: str
) -> None:
    status, _, _ = ask(web, url)

    assert status == STATUSES.get(url, 200)


def test_a_redirect_leads_where_its_reason_says(web: Served) -> None:
    moved = {url: row for url, row in EXPECTED.items() if row["outcome"] == "redirected"}

    for url, row in moved.items():
        status, fields, _ = ask(web, url)
        verb = (
            "admits" if EXPECTED[fields["Location"]]["outcome"] == "admitted" else "refuses"
        )
        assert row["reason"] == f"{status} to {fields['Location']}, which {verb}"


def test_no_link_between_the_pages_is_dead(web: Served) -> None:
    dead = []
    for url in EXPECTED:
        for target in links(url, ask(web, url)[2]):
            known = urlsplit(target).netloc in ELSEWHERE or target in EXPECTED
            dead += [] if known else [(url, target)]

    assert dead == []


def test_every_page_is_found_from_the_front_pages_or_the_site_map(web: Served) -> None:
    tree = ET.fromstring(ask(web, "http://orchard.example/sitemap.xml")[2])
    listed = {element.text or "" for element in tree.iter() if element.tag.endswith("loc")}
    reached = {f"http://{host}/" for host in web.hosts} | listed
    waiting = list(reached)
    while waiting:
        url = waiting.pop()
        new = links(url, ask(web, url)[2]) & set(EXPECTED) - reached
        reached |= new
        waiting += new

    assert listed <= set(EXPECTED)
    assert reached == set(EXPECTED)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(WEB)))
def test_a_page_is_sound_html_that_loads_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    page = LexborHTMLParser(text)
    tags = Counter(node.tag for node in page.css("*"))
    title, root = page.css_first("title"), page.css_first("html")

    assert text.lower().startswith("<!doctype html>")
    assert title is not None
    assert len(title.text()) > len("Te awa")
    assert root is not None
    assert root.attributes["lang"] in {"en", "mi", "de", "fr", "es"}
    assert (tags["h1"], tags["main"] + len(page.css("[role=main]"))) == (1, 1)
    assert [node.html for node in page.css("script, style, img, iframe, [src]")] == []
    assert unclosed(text) == []


def unclosed(text: str) -> list[str]:
    open_tags: list[str] = []
    for slash, tag in re.findall(r"<(/?)([a-z][a-z0-9]*)[^>]*>", text):
        if slash:
            while open_tags and open_tags[-1] != tag and open_tags[-1] in OPTIONAL_END:
                open_tags.pop()
            if not open_tags or open_tags.pop() != tag:
                return [*open_tags, f"/{tag}"]
        elif tag not in VOID:
            open_tags.append(tag)
    return [tag for tag in open_tags if tag not in OPTIONAL_END]


def test_an_admitted_page_says_enough_to_be_worth_reading(web: Served) -> None:
    short = {}
    for url, row in EXPECTED.items():
        if row["outcome"] == "admitted":
            short[url] = len(LexborHTMLParser(ask(web, url)[2]).text(separator=" ").split())

    assert {url: words for url, words in short.items() if words < 150} == {}


def test_the_signals_that_are_not_pages_are_served(web: Served) -> None:
    answers = {
        url: ask(web, url)
        for url in (
            "http://walks.example/robots.txt",
            "http://estovers.example/robots.txt",
            "http://clay.example/",
            "http://pain.example/levain.html",
            "http://press.example/.well-known/tdmrep.json",
            "http://bees.example/robots.txt",
        )
    }
    walks, estovers, clay, pain, press, bees = answers.values()

    assert (walks[0], walks[1]["Retry-After"]) == (503, "86400")
    assert estovers[0] == 404
    assert clay[1]["Content-Usage"] == "train-ai=n, search=y"
    assert (
        pain[1]["Link"] == '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'
    )
    assert (press[0], press[1]["Content-Type"]) == (200, "application/json")
    assert b"User-agent: GPTBot" in bees[2]


def test_the_manifest_names_every_host_and_the_page_of_its_curator(web: Served) -> None:
    text = MANIFEST.read_text(encoding="utf-8")

    read = manifest.parse(text, source=MANIFEST.name)

    hosts = frozenset().union(*(source.hosts() for source in read.sources))
    assert hosts == web.hosts
    assert EXPECTED[read.curator.url]["outcome"] == "admitted"
    assert tomllib.loads(text)["limits"]["delay"] == 0.0
