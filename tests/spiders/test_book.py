"""The book gives each host to one worker, and what a lost one had to another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.engine import ATTEMPTS
from pipeline.errors import EngineFault
from pipeline.ledger.store import Ledger
from pipeline.model import Capture, Exchange
from spiders import notes
from spiders.book import Book, Known, Worker
from spiders.earlier import Earlier
from spiders.frontier import Frontier, Limits, Scope
from spiders.post import Ask, Borrow, Hello, Lend, Lent, Office, Open, Word, Wrote
from spiders.record import LedgerRecorder
from spiders.visit import Visit
from tests.corpus import NOW
from tests.lines import line_between, open_office


@dataclass(frozen=True, slots=True)
class Desk:
    """A book over a ledger of its own, and the visit that it keeps."""

    book: Book
    visit: Visit
    office: Office

    def greet(self, place: int = 0) -> tuple[Worker, Iterator[Sequence[Word]]]:
        """Let a worker in; return it, and what it hears."""
        line, theirs = line_between(self.office)
        worker = Worker(line)
        self.say(worker, Hello(place))
        return worker, theirs.words()

    def say(self, worker: Worker, *words: Word) -> None:
        self.book.inbox.put((worker, words))
        self.book.hear(0.0)

    def lose(self, worker: Worker) -> None:
        worker.line.hang_up()
        list(worker.line.words())
        self.book.inbox.put((worker, None))
        self.book.hear(0.0)

    def hand_out(self) -> None:
        self.book.hand_out()
        self.book.speak()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_office() as office, Ledger(tmp_path) as ledger:
        recorder = LedgerRecorder(ledger, tmp_path, run=1, software="test/1")
        scope = Scope(hosts=frozenset({"a.example", "b.example"}), paths=(), depth=1)
        frontier = Frontier([scope], Limits())
        visit = Visit(recorder, frontier, patience=1.0, earlier=Earlier(tmp_path))
        for host in ("a.example", "b.example"):
            visit.discover(f"http://{host}/", via=None, kind="seed", source=0)
        known = Known(policies=(), waits={"b.example": 50.0})
        made = Desk(Book(visit, recorder, lambda: known), visit, office)
        yield made
        for worker in list(made.book.workers):
            made.lose(worker)
        recorder.close()


def test_each_new_host_goes_to_the_worker_that_has_the_fewest(desk: Desk) -> None:
    heard = [desk.greet(place)[1] for place in (0, 1)]

    desk.hand_out()

    [first, ask], [second, _] = next(heard[0]), next(heard[1])
    assert isinstance(first, Open)
    assert isinstance(second, Open)
    assert (first.host, first.wait < 0.0, first.was_asked) == ("a.example", True, False)
    assert (second.host, 49.0 < second.wait <= 50.0) == ("b.example", True)
    assert ask == Ask("http://a.example/", "page", None)


def test_a_policy_file_of_another_host_is_asked_for_once_by_who_has_the_host(
    desk: Desk,
) -> None:
    (one, _), (two, heard_by_two) = desk.greet(0), desk.greet(1)
    desk.hand_out()
    next(heard_by_two)
    terms = "http://b.example/terms"
    found = Exchange(url=terms, status=404)

    desk.say(one, Borrow(terms))
    desk.say(one, Borrow(terms))
    desk.book.speak()
    assert next(heard_by_two) == [Lend(terms)]
    note = notes.answered(
        Capture(url=terms, read_at=NOW, status=404), kind="policy", store=None
    )
    desk.say(two, Wrote(-1, note), Lent(terms, (found, -1)))

    assert one.to_say == [Lent(terms, (found, 1))]


def test_a_policy_file_that_a_lost_worker_was_to_lend_is_lent_by_another(
    desk: Desk,
) -> None:
    (one, heard_by_one), (two, _) = desk.greet(0), desk.greet(1)
    desk.hand_out()
    next(heard_by_one)
    terms = "http://b.example/terms"
    desk.say(one, Borrow(terms))
    desk.book.speak()

    desk.lose(two)
    desk.book.speak()

    [opened, lend] = next(heard_by_one)
    assert isinstance(opened, Open)
    assert (opened.host, opened.was_asked, lend) == ("b.example", True, Lend(terms))


def test_a_page_with_which_worker_after_worker_is_lost_is_named(desk: Desk) -> None:
    for _ in range(ATTEMPTS):
        assert desk.visit.stopped is None
        worker, _ = desk.greet()
        desk.hand_out()
        desk.lose(worker)

    assert isinstance(desk.visit.stopped, EngineFault)
    assert str(desk.visit.stopped).startswith("http://a.example/: the worker was lost")


def test_a_url_of_a_lost_worker_is_handed_out_again_and_no_try_is_counted(
    desk: Desk,
) -> None:
    worker, _ = desk.greet()
    desk.hand_out()
    desk.lose(worker)
    again, heard = desk.greet()
    desk.hand_out()

    assert again.out == {"http://a.example/", "http://b.example/"}
    assert [word for word in next(heard) if isinstance(word, Ask)] == [
        Ask("http://a.example/", "page", None),
        Ask("http://b.example/", "page", None),
    ]


def test_a_worker_that_says_what_it_cannot_know_stops_the_crawl(desk: Desk) -> None:
    worker, _ = desk.greet()

    desk.say(
        worker, Lent("http://a.example/terms", (Exchange(url="http://a.example/terms"), -9))
    )

    assert isinstance(desk.visit.stopped, KeyError)
