"""One search for many words, case ignored, in time linear in the text: RE2."""

import re
from collections.abc import Iterable
from typing import Final, Protocol

import re2


class Wording(Protocol):
    """A search that was prepared; what it finds is worth a yes."""

    def search(self, text: str | bytes, /) -> object | None:
        """Return something where one of the words stands in ``text``, else None."""


def _options(encoding: re2.Options.Encoding) -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.encoding = encoding
    return options


_TEXT: Final = _options(re2.Options.Encoding.UTF8)
_OCTETS: Final = _options(re2.Options.Encoding.LATIN1)


def either(words: Iterable[str]) -> Wording:
    """Return what finds any of the words in a text."""
    return pattern("|".join(map(re.escape, words)))


def pattern(written: str) -> Wording:
    """Return what finds a pattern, written for RE2, in a text."""
    found: Wording = re2.compile(written, _TEXT)
    return found


def in_octets(pattern: str) -> Wording:
    """Return what finds a pattern in the octets of a text in UTF-8.

    The pattern is written for RE2. Only ASCII letters have their case ignored.
    """
    found: Wording = re2.compile(pattern.encode(), _OCTETS)
    return found
