"""What a crawl has to know of its past, as the ledger's rows tell it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipeline.archive import Place
from pipeline.ledger import history
from pipeline.ledger.history import Past, Way
from pipeline.ledger.rows import Discovery, ExchangeRow, OutcomeRow
from pipeline.ledger.store import Ledger

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE, TWO, FAR = (f"https://a.example/{name}" for name in ("1", "2", "far"))
OTHER = "https://b.example/"
ROBOTS = "https://a.example/robots.txt"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path) as ledger:
        yield ledger


def written(
    ledger: Ledger, *rows: Discovery | ExchangeRow | OutcomeRow
) -> duckdb.DuckDBPyConnection:
    ledger.append(rows)
    ledger.commit()
    return ledger.connection


def way(url: str, *, visit: int = 1, via: str | None = None, depth: int = 0) -> Discovery:
    host = url.split("/")[2]
    kind = "link" if via else "seed"
    return Discovery(visit, url, host, via, kind, 0, depth, depth < 2, 1)


def exchange(number: int, url: str, **facts: object) -> ExchangeRow:
    plain = ExchangeRow(
        exchange=number, run=1, visit=1, url=url, kind="page", status=200, error=None,
        read_at=NOW, digest="sha256:0", payload_bytes=100, content_type=None, etag=None,
        last_modified=None, location=None, retry_after=None, store=None, file=None,
        start=None, length=None, seconds=None,
    )  # fmt: skip
    return plain._replace(**facts)  # type: ignore[arg-type]


def kept(number: int, url: str, **facts: object) -> ExchangeRow:
    place = {"store": "archive", "file": "estovers-00001.warc.gz", "start": number * 1000}
    return exchange(number, url, **{**place, "length": 500, **facts})


def end(url: str, outcome: str, *, number: int | None = None, visit: int = 1) -> OutcomeRow:
    return OutcomeRow(visit, url, outcome, "", "", number, 1, NOW)


def numbers(found: list[Past]) -> list[int]:
    return [past.number for past in found]


def test_the_frontier_comes_back_in_the_order_it_was_found(ledger: Ledger) -> None:
    found = written(
        ledger, way(ONE), way(TWO, via=ONE, depth=1), way(FAR, via=TWO, depth=2),
        way(OTHER, visit=2), end(ONE, "admitted"), end(TWO, "deferred"),
        end(TWO, "deferred"), end(OTHER, "gone", visit=2),
    )  # fmt: skip

    ways, ended = history.frontier_of(found, 1)

    assert ways == [
        Way(url=ONE, via=None, kind="seed", source=0, depth=0, in_depth=True),
        Way(url=TWO, via=ONE, kind="link", source=0, depth=1, in_depth=True),
        Way(url=FAR, via=TWO, kind="link", source=0, depth=2, in_depth=False),
    ]
    assert ended == [ONE]


@pytest.mark.parametrize(
    ("ends", "is_complete"),
    [
        ([], False),
        ([end(ONE, "admitted")], False),
        ([end(ONE, "admitted"), end(TWO, "refused")], True),
        ([end(ONE, "admitted"), end(TWO, "deferred")], True),
        ([end(ONE, "admitted"), end(TWO, "refused", visit=2)], False),
    ],
    ids=["nothing-ended", "one-open", "all-ended", "one-waits", "ended-in-another-visit"],
)
def test_a_visit_is_complete_when_nothing_in_depth_is_left(
    ledger: Ledger, ends: list[OutcomeRow], *, is_complete: bool
) -> None:
    found = written(ledger, way(ONE), way(TWO), way(FAR, via=ONE, depth=2), *ends)

    assert history.is_complete(found, 1) is is_complete


def test_what_was_spent_is_counted_by_host(ledger: Ledger) -> None:
    found = written(
        ledger, way(ONE), way(TWO), way(ONE, via=TWO, depth=1), way(OTHER),
        exchange(1, ONE), exchange(2, TWO, payload_bytes=50), exchange(3, OTHER),
        exchange(4, ROBOTS, kind="policy"),
        end(ONE, "admitted", number=1), end(TWO, "refused", number=2),
        end(OTHER, "deferred", number=3),
    )  # fmt: skip

    assert history.spent(found, 1) == {"a.example": (2, 150)}
    assert history.spent(found, 2) == {}


def test_only_a_policy_file_that_could_be_had_is_used_again(ledger: Ledger) -> None:
    def robots(number: int, host: str, **facts: object) -> ExchangeRow:
        return exchange(number, f"https://{host}/robots.txt", kind="policy", **facts)

    old = NOW - timedelta(hours=30)
    found = written(
        ledger, robots(1, "old", read_at=old), robots(2, "twice"), robots(3, "twice"),
        robots(4, "down", status=503), robots(5, "busy", status=429),
        robots(6, "cut", error="TRUNCATED"), robots(7, "none", status=None, error="DNS"),
        robots(8, "gone", status=404), robots(9, "worse"),
        robots(10, "worse", status=None, error="DNS"), exchange(11, "https://page/"),
    )  # fmt: skip

    assert numbers(history.policies(found, 1, since=NOW - timedelta(hours=24))) == [3, 8]


def test_an_exchange_comes_back_with_its_place(ledger: Ledger) -> None:
    found = written(
        ledger, kept(1, ONE, etag='"x"', last_modified="then", retry_after="5"),
        exchange(2, TWO, status=None, error="DNS"),
    )  # fmt: skip

    [two, one] = history.exchanges(found, [2, 7, 1])

    assert one == Past(
        number=1, url=ONE, status=200, error=None, read_at=NOW, store="archive",
        place=Place(file="estovers-00001.warc.gz", start=1000, length=500), etag='"x"',
        last_modified="then", retry_after="5",
    )  # fmt: skip
    assert (two.number, two.error, two.place, two.store) == (2, "DNS", None, None)


def test_the_end_of_a_file_is_that_of_its_last_known_record(ledger: Ledger) -> None:
    name = "estovers-00001.warc.gz"
    found = written(
        ledger, kept(3, ONE), kept(1, TWO), kept(9, OTHER, store="quarantine"),
        kept(8, FAR, file="estovers-00002.warc.gz"),
    )  # fmt: skip

    assert history.known_end(found, "archive", name) == 3500
    assert history.known_end(found, "quarantine", name) == 9500
    assert history.known_end(found, "archive", "estovers-00009.warc.gz") == 0


def test_the_newest_kept_page_of_earlier_visits_is_the_one_to_compare(
    ledger: Ledger,
) -> None:
    found = written(
        ledger, way(ONE), kept(1, ONE), end(ONE, "admitted", number=1),
        kept(2, ONE, visit=2), end(ONE, "admitted", number=2, visit=2),
        exchange(3, TWO), end(TWO, "refused", number=3),
        kept(4, OTHER, visit=3), end(OTHER, "admitted", number=4, visit=3),
    )  # fmt: skip

    assert numbers(history.kept_pages(found, 3)) == [2]
    assert numbers(history.kept_pages(found, 1)) == []
