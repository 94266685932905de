"""Words go between those who know the key, in their order, and nobody else is heard."""

import pickle
import socket
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from threading import Thread

import pytest

from pipeline.errors import EngineFault
from spiders.post import Hello, Office, reach
from tests.lines import line_between, open_office


@pytest.fixture
def office() -> Iterator[Office]:
    with open_office() as made:
        yield made


def test_whoever_does_not_know_the_key_is_not_heard(office: Office) -> None:
    def knock() -> None:
        with suppress(AuthenticationError, OSError, EOFError):
            Client(office.address, authkey=b"another key").close()

    stranger = Thread(target=knock)
    stranger.start()

    assert office.admit(next(office.connections())) is None
    stranger.join()


def test_a_stranger_can_have_nothing_unpickled(office: Office) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (pytest.fail, ("unpickled",))

    with socket.create_connection(office.address) as stranger:
        data = pickle.dumps([Trap()])
        stranger.sendall(len(data).to_bytes(4, "big") + data)

        assert office.admit(next(office.connections())) is None


def test_words_come_in_their_order_until_the_line_ends(office: Office) -> None:
    book, worker = line_between(office)
    worker.send([Hello(1), Hello(2)])
    worker.send([Hello(3)])
    heard = book.words()

    assert [next(heard), next(heard)] == [[Hello(1), Hello(2)], [Hello(3)]]
    worker.hang_up()
    assert list(heard) == []
    assert list(worker.words()) == []


def test_a_book_that_is_not_there_is_said_with_its_place() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]

    with pytest.raises(
        EngineFault, match=f"127.0.0.1 port {port}: a worker does not reach"
    ):
        reach(("127.0.0.1", port), b"the key")
