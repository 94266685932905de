"""Permits: each is good for one request, by method and exact URL, for a while."""

import pytest
from scrapy.crawler import Crawler
from scrapy.spiders import Spider

from spiders.permits import PERMITS, NotPermitted, Permits
from spiders.shelf import Shelf

URL = "https://a.example/essay"


def test_nothing_is_permitted_at_first() -> None:
    permits = Permits()

    assert not permits.covers("GET", URL)
    with pytest.raises(NotPermitted, match=f"no permit for GET {URL}: nothing was sent"):
        permits.use("GET", URL)
    assert permits.refused == {URL: 1}


def test_leave_is_used_up() -> None:
    permits = Permits()
    permits.issue("GET", URL)

    permits.use("GET", URL)

    assert not permits.covers("GET", URL)
    with pytest.raises(NotPermitted):
        permits.use("GET", URL)


def test_leave_that_is_given_twice_may_be_used_twice() -> None:
    permits = Permits()
    permits.issue("GET", URL)
    permits.issue("GET", URL)

    permits.use("GET", URL)
    permits.use("GET", URL)

    assert not permits.covers("GET", URL)


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", URL),
        ("HEAD", URL),
        ("GET", f"{URL}/"),
        ("GET", f"{URL}?"),
        ("GET", "http://a.example/essay"),
        ("GET", "https://a.example/Essay"),
    ],
)
def test_leave_is_for_this_method_and_this_spelling(method: str, url: str) -> None:
    permits = Permits()
    permits.issue("GET", URL)

    assert not permits.covers(method, url)
    with pytest.raises(NotPermitted):
        permits.use(method, url)
    assert permits.covers("GET", URL)


def test_leave_expires() -> None:
    permits = Permits()
    permits.issue("GET", URL, lifetime=0.0)

    assert not permits.covers("GET", URL)
    with pytest.raises(NotPermitted):
        permits.use("GET", URL)


def test_each_crawl_has_a_table_of_its_own() -> None:
    one, other = Crawler(Spider), Crawler(Spider)
    PERMITS.of(one).issue("GET", URL)

    assert PERMITS.of(one).covers("GET", URL)
    assert not PERMITS.of(other).covers("GET", URL)
    assert PERMITS.of(one) is PERMITS.of(one)


def test_a_shelf_gives_what_was_put_there_and_nothing_else() -> None:
    shelf = Shelf[str]()
    crawler = Crawler(Spider)

    with pytest.raises(LookupError, match="not started by Estovers"):
        shelf.of(crawler)
    shelf.put(crawler, "thing")

    assert shelf.of(crawler) == "thing"
