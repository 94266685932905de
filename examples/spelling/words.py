"""What a word of a text is, and how far two words are from each other."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import combinations
from typing import Final, NamedTuple

LONGEST: Final = 40
"""Characters above which a row of letters is no word, but a text without spaces."""

PREFIX: Final = 7
"""Letters from the start of a word that are indexed at a distance of two (SymSpell)."""

# Vowel signs and the like, without which words of many scripts fall apart.
_MARKS: Final = "".join(
    chr(n) for n in range(0x300, 0x10000) if unicodedata.category(chr(n))[0] == "M"
)
_PART: Final = rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])*"
_WORD: Final = re.compile(rf"{_PART}(?:['’ʼ‘]{_PART})*")
_CHUNK: Final = re.compile(r"[^\s–—…]+")
_BEFORE: Final = "([{\"'“‘«‹„¿¡*"
_AFTER: Final = ")]}\"'”’»›“.,;:!?*"
_ENDS: Final = frozenset(".!?:;…")
_INNER_CAPITAL: Final = re.compile(r"[^\W\d_]*[a-z][A-Z]")
_APOSTROPHES: Final = str.maketrans("’ʼ‘", "'''")


class Token(NamedTuple):
    """A word where it stands: as a model counts it, as it is written, and from where on.

    ``follows`` says whether the word before it stands in the same sentence, with nothing
    between the two that is no word.
    """

    word: str
    written: str
    at: int
    follows: bool


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of a text. Names of files, numbers and code are none."""
    follows, past = False, 0
    for chunk in _CHUNK.finditer(text):
        whole = chunk[0]
        lean = whole.lstrip(_BEFORE)
        start = chunk.start() + len(whole) - len(lean)
        bare = lean.rstrip(_AFTER)
        if "\n" in text[past:start]:
            follows = False
        past = chunk.end()
        found = _parts(bare)
        if found is None:
            follows = False
            continue
        for written, offset in found:
            yield Token(fold(written), written, start + offset, follows)
            follows = True
        if _ENDS & set(lean[len(bare) :]):
            follows = False


def _parts(bare: str) -> list[tuple[str, int]] | None:
    """Return the words of what stands between spaces, None where it is no word."""
    found, offset = [], 0
    for part in bare.split("-"):
        is_word = _WORD.fullmatch(part) and len(part) <= LONGEST
        if not is_word or _INNER_CAPITAL.match(part):
            return None
        found.append((part, offset))
        offset += len(part) + 1
    return found


def fold(written: str) -> str:
    """Return a word as it is counted: NFC, small letters, one apostrophe."""
    return unicodedata.normalize("NFC", written).lower().translate(_APOSTROPHES)


def in_case_of(word: str, written: str) -> str:
    """Return a word with the capitals that another was written with."""
    if len(written) > 1 and written.isupper():
        return word.upper()
    return word[0].upper() + word[1:] if written[0].isupper() else word


def without_marks(word: str) -> str:
    """Return a word without its macrons, accents and other marks."""
    letters = unicodedata.normalize("NFD", word)
    return "".join(each for each in letters if unicodedata.category(each) != "Mn")


def deletes(word: str, depth: int) -> set[str]:
    """Return a word and what is left of it when up to ``depth`` letters are taken out.

    Two words that are ``depth`` edits apart have one of these in common, so that a look
    into a table finds what a comparison with every word would (Garbe, SymSpell, 2012).
    """
    found = {word}
    for number in range(1, min(depth, len(word)) + 1):
        for gone in combinations(range(len(word)), number):
            found.add("".join(each for n, each in enumerate(word) if n not in gone))
    return found


def distance(one: str, other: str) -> int:
    """Return the edits between two words: letters put in, left out, other, or swapped.

    It is the optimal string alignment: no letter is touched twice (Damerau 1964).
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, opposite in enumerate(other, 1):
            least = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != opposite))
            is_swap = i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == opposite
            row.append(min(least, before[j - 2] + 1) if is_swap else least)
        before, last = last, row
    return last[-1]
