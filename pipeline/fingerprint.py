"""A text's fingerprint: what it can be compared by without being kept.

MinHash over shingles of words. Two fingerprints agree in as many of their places as the
sets of shingles have in common, within a few in a hundred; the words themselves cannot be
had from them.
"""

import re
import struct
import unicodedata
from collections.abc import Iterator, Sequence
from operator import eq
from typing import Final

from rensa import RMinHash

from pipeline.markup import EDGE, SPEAKS_OF_RIGHTS, Markup

SHINGLE: Final = 5
"""Words in a row that are compared as one."""

PLACES: Final = 128
"""Numbers in a fingerprint, each the least of one permutation."""

SEED: Final = 20_261_121
"""What the permutations come from: other numbers cannot be compared with ours."""

LEAST_WORDS: Final = 50
"""Fewest words that have a fingerprint: of less, a menu may be the greater part."""

WORD_LIMIT: Final = 5000
"""Most words that go into one: as many as an essay has, and few enough to be quick."""

NOTICE_LENGTH: Final = 300
"""Longest line, in characters, that is taken for a notice: a longer one is text as well."""

_FORM: Final = struct.Struct(f"<{PLACES}I")

# A letter of a script that puts no space between words stands for a word.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
)
_WORD: Final = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")

_ASCII: Final = {
    code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")
}


def fingerprint(markup: Markup) -> bytes | None:
    """Return the fingerprint of a page's text, or None where it has too few words.

    Lines that are nothing but a link, and short ones that speak of rights, are left out:
    they stand on every page of a site, and differ between an original and its copy.
    """
    words = _words(markup)[:WORD_LIMIT]
    if len(words) < LEAST_WORDS:
        return None
    return sketch(shingles(words))


def shingles(words: Sequence[str]) -> list[str]:
    """Return every row of ``SHINGLE`` words, in the order they stand."""
    rows = (words[start:] for start in range(SHINGLE))
    return list(map(" ".join, zip(*rows, strict=False)))


def sketch(of: Sequence[str]) -> bytes:
    """Return the fingerprint of shingles; how often one is there does not count."""
    places = RMinHash(PLACES, SEED)
    places.update(of)
    return _FORM.pack(*places.digest())


def similarity(one: bytes, other: bytes) -> float:
    """Return how much of two texts is the same, from 0 to 1, as their fingerprints say."""
    alike: int = sum(map(eq, _FORM.unpack(one), _FORM.unpack(other)))
    return alike / PLACES


def band(of: bytes, number: int, *, width: int) -> bytes:
    """Return one piece of a fingerprint, ``width`` places wide, counted from 0."""
    size = width * _FORM.size // PLACES
    return of[number * size : (number + 1) * size]


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters; where none are parted, its letters."""
    if text.isascii():
        # The same words as below, in a sixth of the time.
        return text.lower().translate(_ASCII).split()
    return _WORD.findall(unicodedata.normalize("NFC", text).casefold())


def _words(markup: Markup) -> list[str]:
    left_out = {one.label() for one in markup.targets if one.tag == "a"}
    lines = [one.strip() for one in markup.said.split(EDGE)]
    left_out.update(_notices(lines))
    return words_of("\n".join(line for line in lines if line not in left_out))


def _notices(lines: Sequence[str]) -> Iterator[str]:
    """Yield the short lines that speak of rights; few do, so halves are asked first."""
    if not SPEAKS_OF_RIGHTS.search("\n".join(lines)):
        return
    if len(lines) == 1:
        yield from (line for line in lines if len(line) <= NOTICE_LENGTH)
        return
    middle = len(lines) // 2
    yield from _notices(lines[:middle])
    yield from _notices(lines[middle:])
