"""A line between a book and a worker of a crawl, both of whose ends a test holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from spiders.post import Line, Office, reach


@contextmanager
def open_office() -> Iterator[Office]:
    """Listen on loopback until the block ends."""
    office = Office("127.0.0.1", b"the key")
    try:
        yield office
    finally:
        office.close()
        list(office.connections())


def line_between(office: Office) -> tuple[Line, Line]:
    """Return both ends of a line: the book's and a worker's."""
    lines: list[Line] = []
    caller = Thread(target=lambda: lines.append(reach(office.address, office.key)))
    caller.start()
    line = office.admit(next(office.connections()))
    caller.join()
    assert line is not None
    return line, lines[0]
