"""One search for many words or shapes, in time linear in the text: RE2."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

import re2


class Wording(Protocol):
    """A search that was prepared; what it finds is worth a yes."""

    def search(self, text: str | bytes, /) -> object | None:
        """Return something where one of the words stands in ``text``, else None."""


class Place(Protocol):
    """Where a shape stands in a text."""

    def span(self) -> tuple[int, int]:
        """Return where it begins, and where what follows it does."""


class Shape(Protocol):
    """A shape whose places in a text can be listed."""

    def finditer(self, text: str, /) -> Iterator[Place]:
        """Yield the places from left to right; no two of them overlap."""


def _options(encoding: re2.Options.Encoding, *, case_sensitive: bool) -> re2.Options:
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.encoding = encoding
    return options


_TEXT: Final = _options(re2.Options.Encoding.UTF8, case_sensitive=False)
_OCTETS: Final = _options(re2.Options.Encoding.LATIN1, case_sensitive=False)
_EXACT: Final = _options(re2.Options.Encoding.UTF8, case_sensitive=True)


def either(words: Iterable[str]) -> Wording:
    """Return what finds any of the words in a text."""
    return pattern("|".join(map(re.escape, words)))


def pattern(written: str) -> Wording:
    """Return what finds a pattern, written for RE2, in a text."""
    found: Wording = re2.compile(written, _TEXT)
    return found


def shape(written: str) -> Shape:
    r"""Return what lists the places of a pattern, written for RE2, case not ignored.

    RE2's classes are those of ASCII: ``\d`` is no Arabic digit, ``\b`` no edge of ``é``.
    """
    found: Shape = re2.compile(written, _EXACT)
    return found


def in_octets(pattern: str) -> Wording:
    """Return what finds a pattern in the octets of a text in UTF-8.

    The pattern is written for RE2. Only ASCII letters have their case ignored.
    """
    found: Wording = re2.compile(pattern.encode(), _OCTETS)
    return found
