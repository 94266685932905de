"""The post between the book of a crawl and its workers: what is said, and who may say it.

Nothing that comes is unpickled before both ends have shown that they know the key, which
only a task carries. What follows is neither encrypted nor signed: a cluster is a network of
machines that trust one another, as Dask's own is.
"""

import pickle
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import (
    Client,
    Connection,
    Listener,
    answer_challenge,
    deliver_challenge,
)
from threading import Event
from typing import Final, NamedTuple

from pipeline.ending import Ending
from pipeline.errors import EngineFault
from pipeline.ledger.history import Past
from pipeline.ledger.rows import FingerprintRow, OutcomeRow, PermitRow
from pipeline.model import Exchange
from spiders.notes import Answered, Judged
from spiders.visit import Arrival

_BACKLOG: Final = 256

_MISSED: Final = {
    "TCP_KEEPIDLE": 60,
    "TCP_KEEPINTVL": 15,
    "TCP_KEEPCNT": 4,
    "TCP_USER_TIMEOUT": 120_000,
}
"""Options by which a system finds out that the other end is gone, where it has them."""

# --- a worker's words. A number of its own is below zero until the book gives the ledger's.


class Hello(NamedTuple):
    """A worker has come: ``place`` is the task that it does."""

    place: int


class Wrote(NamedTuple):
    """An exchange, under the worker's number for it."""

    number: int
    note: Answered


class Concluded(NamedTuple):
    """A decision, under the worker's number for it."""

    seq: int
    note: Judged


class Added(NamedTuple):
    """A row that refers to what was written before."""

    row: FingerprintRow | PermitRow | OutcomeRow


class Arrived(NamedTuple):
    """An answer, and what it means for the frontier."""

    arrival: Arrival


class Settled(NamedTuple):
    """The end of a URL that was not fetched."""

    ending: Ending


class Waits(NamedTuple):
    """A URL whose host asked for time."""

    url: str
    seconds: float


class Sync(NamedTuple):
    """A wish to hear when all that was said so far is on the disk."""

    number: int
    is_urgent: bool


class Hurry(NamedTuple):
    """A wish to hear it soon."""


class Borrow(NamedTuple):
    """A wish for the policy file of another worker's host."""

    url: str


class Lent(NamedTuple):
    """A policy file for whoever wished for it; None where asking gave none."""

    url: str
    found: tuple[Exchange, int] | None


class NotLent(NamedTuple):
    """A policy file that is not asked for now: its host has asked for time."""

    url: str
    host: str
    seconds: float


class Fault(NamedTuple):
    """What no worker can go on after."""

    error: Exception


class Bye(NamedTuple):
    """A worker has said all."""


# --- the book's words


class Open(NamedTuple):
    """A host is the worker's from now on.

    ``policies`` are what is known of it, with the ledger's numbers; ``wait`` is how many
    seconds it wants to be left alone for, ``was_asked`` whether another has asked it.
    """

    host: str
    policies: tuple[tuple[Exchange, int], ...]
    wait: float
    was_asked: bool


class Ask(NamedTuple):
    """A URL of the worker's hosts is to be asked for."""

    url: str
    kind: str
    past: Past | None


class Synced(NamedTuple):
    """All that was said up to this wish is on the disk."""

    number: int


class Lend(NamedTuple):
    """Somebody wishes for a policy file of the worker's hosts."""

    url: str


class Stop(NamedTuple):
    """Nothing more will be asked for."""


Word = (
    Hello | Wrote | Concluded | Added | Arrived | Settled | Waits | Sync | Hurry | Borrow
    | Lent | NotLent | Fault | Bye | Open | Ask | Synced | Lend | Stop
)  # fmt: skip


class Line:
    """One end of a connection over which words go, in their order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def send(self, words: Sequence[Word]) -> None:
        """Say words; do nothing where nobody listens any more, as ``words`` will tell."""
        with suppress(OSError):
            self._connection.send_bytes(pickle.dumps(words, pickle.HIGHEST_PROTOCOL))

    def words(self) -> Iterator[Sequence[Word]]:
        """Yield what the other end says until one of the two hangs up."""
        try:
            with suppress(EOFError, OSError):
                while True:
                    letter = self._connection.recv_bytes()
                    yield pickle.loads(letter)  # noqa: S301  (whose key is known)
        finally:
            self._connection.close()

    def hang_up(self) -> None:
        """Have the words of both ends come to their end."""
        with suppress(OSError), _socket_of(self._connection) as own:
            own.shutdown(socket.SHUT_RDWR)


class Office:
    """Where the book listens for its workers: on one address, at a port of its own."""

    def __init__(self, host: str, key: bytes) -> None:
        self.key = key
        self._closed = Event()
        self._lines: list[Line] = []
        self._listener = Listener((host, 0), family=_family(host), backlog=_BACKLOG)
        self.address: tuple[str, int] = (host, self._listener.address[1])

    def connections(self) -> Iterator[Connection]:
        """Yield connections as they come, of which nobody knows yet whose they are."""
        while not self._closed.is_set():
            with suppress(OSError):
                yield self._listener.accept()
        self._listener.close()

    def admit(self, connection: Connection) -> Line | None:
        """Return the line of a connection whose other end knows the key, else None."""
        try:
            deliver_challenge(connection, self.key)
            answer_challenge(connection, self.key)
        except (AuthenticationError, OSError, EOFError):
            connection.close()
            return None
        line = _line(connection)
        self._lines.append(line)
        if self._closed.is_set():
            line.hang_up()
        return line

    def close(self) -> None:
        """Listen no more, and hang up on all."""
        self._closed.set()
        # Whoever waits for a connection does not hear that its socket is closed.
        with suppress(OSError):
            socket.create_connection(self.address, timeout=1.0).close()
        for line in list(self._lines):
            line.hang_up()


def reach(address: tuple[str, int], key: bytes) -> Line:
    """Return a worker's line to the book.

    Raises EngineFault where the book is not reached, or is not the one with the key.
    """
    try:
        return _line(Client(address, family=_family(address[0]), authkey=key))
    except (OSError, EOFError, AuthenticationError) as error:
        raise EngineFault(
            f"{address[0]} port {address[1]}: a worker does not reach the crawl that it is "
            f"to work for ({error}). Let workers connect to the machine of the command, "
            "on every port, or crawl without --engine."
        ) from error


def _family(host: str) -> str:
    return "AF_INET6" if ":" in host else "AF_INET"


def _line(connection: Connection) -> Line:
    with _socket_of(connection) as own:
        # Words are short and wait for one another's answer.
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A machine that goes without a word is missed after two minutes.
        own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _MISSED.items():
            if hasattr(socket, name):
                own.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return Line(connection)


@contextmanager
def _socket_of(connection: Connection) -> Iterator[socket.socket]:
    """Yield the socket of a connection, which stays open."""
    own = socket.socket(fileno=connection.fileno())
    try:
        yield own
    finally:
        own.detach()
