"""The quality of a text, by rules that were published, and by nothing that was trained.

After Gopher (Rae et al. 2021, arXiv 2112.11446, appendix A.1.1 and table A1) and FineWeb
(Penedo et al. 2024, arXiv 2406.17557, "Developing additional heuristic filters"). They were
made for English prose. All of them are off unless a corpus asks for them, but for the few
that no text which somebody wrote would fail.

A word is what stands between blanks. In a script that puts none between words there is
nothing to count: rules on words say nothing there, and ``passed_over`` names them. A line
is one with something on it; a paragraph is what stands between empty lines.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import accumulate
from typing import Final

SHORT_LINE: Final = 30
"""Most characters that make a line a short one (FineWeb)."""

MOST_UNSPACED: Final = 0.3
"""How much of a text may be in a script without blanks for its words to be counted."""

SCRIPT_LIMIT: Final = 2000
"""Most characters, from the beginning, by which it is told whether words are counted."""

_TOP: Final = range(2, 5)
_REPEATED: Final = range(5, 11)

_BULLETS: Final = ("•", "‣", "◦", "●", "▪", "■", "►", "∙", "·", "- ", "* ", "– ", "+ ")
_ELLIPSES: Final = ("...", "…")

# FineWeb's, and the same in other scripts: FineWeb is in English alone.
_ENDS: Final = (
    *".!?'\"",
    *"”’»›“‘",
    *"。！？」』．",
    *"।॥؟۔։።჻",
)

_PARAGRAPH: Final = re.compile(r"\n[^\S\n]*\n\s*")

# Thai, Lao, Burmese, Khmer, kana and Han.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\U00020000-\U0003ffff]"
)

STOP_WORDS: Final[Mapping[str, frozenset[str]]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the be to of and that have with",  # Gopher's
        "ca": "de la que el i a en les",
        "cs": "a se v na je že s z",
        "da": "og i at det er en til af",
        "de": "der die und in den von zu das",
        "el": "και το να του η της με που",
        "eo": "la kaj de en estas al ne li",
        "es": "de la que el en y a los",
        "fi": "ja on ei se että oli hän mutta",
        "fr": "de la le et les des en un",
        "hu": "a az és hogy nem egy is volt",
        "id": "yang dan di itu dengan untuk dari ini",
        "it": "di e che la il un a per",
        "mi": "te ki i ka he ngā ko o",
        "nl": "de en van het een in is dat",
        "nb": "og i det er en til som på",
        "no": "og i det er en til som på",
        "nn": "og i det er ein til som på",
        "pl": "i w na z się nie do to",
        "pt": "de a que e o do da em",
        "ro": "și de în a la cu să nu",
        "ru": "и в не на что он с как",
        "sv": "och i att det en som på är",
        "tr": "ve bir bu da de için çok ile",
        "uk": "і в не на що з до як",
    }.items()
}
"""By language the words that stand in every text of it; there are no other lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What was measured of a text: numbers, means, and shares from 0 to 1.

    None is a measure that does not apply: words in a script without blanks between them,
    stop words in a language that has no list here.
    """

    words: float | None = None
    word_length: float | None = None
    hashes: float | None = None
    ellipses: float | None = None
    alphabetic_words: float | None = None
    stop_words: float | None = None
    new_lines: float | None = None
    bullet_lines: float | None = None
    ellipsis_lines: float | None = None
    ended_lines: float | None = None
    short_lines: float | None = None
    duplicate_lines: float | None = None
    duplicate_line_characters: float | None = None
    duplicate_paragraphs: float | None = None
    duplicate_paragraph_characters: float | None = None
    top_2_gram: float | None = None
    top_3_gram: float | None = None
    top_4_gram: float | None = None
    repeated_5_grams: float | None = None
    repeated_6_grams: float | None = None
    repeated_7_grams: float | None = None
    repeated_8_grams: float | None = None
    repeated_9_grams: float | None = None
    repeated_10_grams: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What a text is held to; None holds it to nothing.

    Each is named after its measure, with *least* or *most* before it. A text that is at the
    threshold passes. The defaults are met by whatever somebody wrote to be read.
    """

    least_words: float | None = None
    most_words: float | None = None
    least_word_length: float | None = None
    most_word_length: float | None = 40
    most_hashes: float | None = None
    most_ellipses: float | None = None
    least_alphabetic_words: float | None = None
    least_stop_words: float | None = None
    most_new_lines: float | None = None
    most_bullet_lines: float | None = None
    most_ellipsis_lines: float | None = None
    least_ended_lines: float | None = None
    most_short_lines: float | None = None
    most_duplicate_lines: float | None = None
    most_duplicate_line_characters: float | None = 0.9
    most_duplicate_paragraphs: float | None = None
    most_duplicate_paragraph_characters: float | None = None
    most_top_2_gram: float | None = None
    most_top_3_gram: float | None = None
    most_top_4_gram: float | None = None
    most_repeated_5_grams: float | None = None
    most_repeated_6_grams: float | None = None
    most_repeated_7_grams: float | None = None
    most_repeated_8_grams: float | None = None
    most_repeated_9_grams: float | None = None
    most_repeated_10_grams: float | None = None


OFF: Final = Thresholds(most_word_length=None, most_duplicate_line_characters=None)
"""Nothing is asked of a text."""

GOPHER: Final = Thresholds(
    least_words=50,
    most_words=100_000,
    least_word_length=3,
    most_word_length=10,
    most_hashes=0.1,
    most_ellipses=0.1,
    least_alphabetic_words=0.8,
    least_stop_words=2,
    most_bullet_lines=0.9,
    most_ellipsis_lines=0.3,
    most_duplicate_lines=0.3,
    most_duplicate_line_characters=0.2,
    most_duplicate_paragraphs=0.3,
    most_duplicate_paragraph_characters=0.2,
    most_top_2_gram=0.2,
    most_top_3_gram=0.18,
    most_top_4_gram=0.16,
    most_repeated_5_grams=0.15,
    most_repeated_6_grams=0.14,
    most_repeated_7_grams=0.13,
    most_repeated_8_grams=0.12,
    most_repeated_9_grams=0.11,
    most_repeated_10_grams=0.1,
)
"""As Gopher has them: appendix A.1.1, and table A1 for what is duplicate and repeated."""

FINEWEB: Final = replace(
    OFF,
    least_ended_lines=0.12,
    most_short_lines=0.67,
    most_duplicate_line_characters=0.1,
    most_new_lines=0.3,
)
"""As FineWeb adds them to Gopher's; the last is in its code alone, not in its paper."""


_LEAST: Final = "least_"
_ONCE: Final = -1
_Rows = tuple[Sequence[int], Sequence[int]]

_MEASURE_OF: Final = {
    each.name: each.name.removeprefix(_LEAST).removeprefix("most_")
    for each in fields(Thresholds)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A rule that a text fails, by the name of its threshold, and what was measured."""

    rule: str
    value: float
    threshold: float


def measure(text: str, *, language: str = "", asked: Thresholds | None = None) -> Measures:
    """Return what is measured of a text; its language is one of BCP 47, if it is known.

    Repeated rows of words take most of the time: where ``asked`` holds a text to none of
    them, they are not looked for.
    """
    paragraphs = _PARAGRAPH.split(text)
    lines = [line for each in text.split("\n") if (line := each.strip())]
    is_spaced = _is_spaced(text)
    words = text.split() if is_spaced else []
    counts = Counter(words)
    return Measures(
        **_of_lines(lines, is_spaced=is_spaced),
        **_copies("line", lines),
        **_copies("paragraph", [p for each in paragraphs if (p := each.strip())]),
        **(_of_words(text, counts) if words else {}),
        **(_stop_words(counts, language) if words else {}),
        **(_repetition(words, counts) if words and _asks_for_rows(asked) else {}),
    )


def failing(measures: Measures, thresholds: Thresholds) -> tuple[Failure, ...]:
    """Return the rules that a text fails, in the order of the thresholds."""
    return tuple(
        Failure(rule=rule, value=value, threshold=threshold)
        for rule, value, threshold in _asked(measures, thresholds)
        if value is not None
        and (value < threshold if rule.startswith(_LEAST) else value > threshold)
    )


def passed_over(measures: Measures, thresholds: Thresholds) -> tuple[str, ...]:
    """Return the rules that were asked for and do not apply to a text."""
    asked = _asked(measures, thresholds)
    return tuple(rule for rule, value, _ in asked if value is None)


def _asked(
    measures: Measures, thresholds: Thresholds
) -> Iterator[tuple[str, float | None, float]]:
    for rule, measured in _MEASURE_OF.items():
        threshold: float | None = getattr(thresholds, rule)
        if threshold is not None:
            yield rule, getattr(measures, measured), threshold


def _asks_for_rows(asked: Thresholds | None) -> bool:
    rules = (rule for rule, measured in _MEASURE_OF.items() if "_gram" in measured)
    return asked is None or any(getattr(asked, rule) is not None for rule in rules)


def _is_spaced(text: str) -> bool:
    start = text[:SCRIPT_LIMIT]
    if start.isascii():
        return True
    unspaced = len(_UNSPACED.findall(start))
    return unspaced <= MOST_UNSPACED * sum(map(len, start.split()))


def _of_lines(lines: Sequence[str], *, is_spaced: bool) -> dict[str, float | None]:
    number = len(lines) or 1
    # Thirty characters are a short line of letters, and a long one of Han.
    short = sum(len(line) <= SHORT_LINE for line in lines) / number if is_spaced else None
    return {
        "bullet_lines": sum(line.startswith(_BULLETS) for line in lines) / number,
        "ellipsis_lines": sum(line.endswith(_ELLIPSES) for line in lines) / number,
        "ended_lines": sum(line.endswith(_ENDS) for line in lines) / number,
        "short_lines": short,
    }


def _copies(kind: str, parts: Sequence[str]) -> dict[str, float | None]:
    """Return how many of the parts, and of their characters, stood there before."""
    distinct = set(parts)
    characters = sum(map(len, parts))
    copied = characters - sum(map(len, distinct))
    return {
        f"duplicate_{kind}s": (len(parts) - len(distinct)) / (len(parts) or 1),
        f"duplicate_{kind}_characters": copied / (characters or 1),
    }


def _of_words(text: str, words: Counter[str]) -> dict[str, float | None]:
    number = words.total()
    alphabetic = sum(
        count
        for word, count in words.items()
        if word.isalpha() or any(map(str.isalpha, word))
    )
    return {
        "words": number,
        "word_length": sum(len(word) * count for word, count in words.items()) / number,
        "hashes": text.count("#") / number,
        "ellipses": sum(map(text.count, _ELLIPSES)) / number,
        "alphabetic_words": alphabetic / number,
        "new_lines": text.count("\n") / number,
    }


def _stop_words(words: Iterable[str], language: str) -> dict[str, float | None]:
    """Return how many of a language's stop words are among the words."""
    listed = STOP_WORDS.get(language.partition("-")[0].lower())
    return {"stop_words": len(listed.intersection(map(str.lower, words)))} if listed else {}


def _repetition(words: Sequence[str], counts: Counter[str]) -> dict[str, float | None]:
    """Return the shares of a text's characters that stand in repeated rows of words.

    The most frequent row counts with all its places, as in Gopher; of the longer ones each
    place but the first, and no character twice. What occurs once is not frequent.
    """
    ends = [0, *accumulate(map(len, words))]
    found: dict[str, float | None] = {}
    for length, rows in enumerate(_repeated_rows(words, counts), start=2):
        if length in _TOP:
            share = _most_frequent(rows, ends, length) / ends[-1]
            found[f"top_{length}_gram"] = min(share, 1.0)
        else:
            covered = _covered(rows, ends, length)
            found[f"repeated_{length}_grams"] = covered / ends[-1]
    return found


def _repeated_rows(words: Sequence[str], counts: Counter[str]) -> Iterator[_Rows]:
    """Yield for each length, from 2, the rows that are repeated: their places and names.

    A row can only be repeated where both rows in it that are one word shorter are, so that
    little is left to look at after the first lengths.
    """
    often = [word for word, count in counts.items() if count > 1]
    number = {word: name for name, word in enumerate(often)}
    names = [number.get(word, _ONCE) for word in words] + [_ONCE]
    places = [at for at, name in enumerate(names) if name != _ONCE]
    for _ in (*_TOP, *_REPEATED):
        places = [at for at in places if names[at + 1] != _ONCE]
        # Two names in one number, and no pair in memory: there are fewer names than words.
        pairs = [names[at] * len(names) + names[at + 1] for at in places]
        twice = [pair for pair, count in Counter(pairs).items() if count > 1]
        number_of = {pair: name for name, pair in enumerate(twice)}
        named = [number_of.get(pair, _ONCE) for pair in pairs]
        names = [_ONCE] * len(names)
        for at, name in zip(places, named, strict=True):
            names[at] = name
        places = [at for at in places if names[at] != _ONCE]
        yield places, [name for name in named if name != _ONCE]


def _most_frequent(rows: _Rows, ends: Sequence[int], length: int) -> int:
    """Return the characters of the most frequent row in all its places.

    Of several that are as frequent it is the one with the most characters.
    """
    counts = Counter(rows[1])
    most = max(counts.values(), default=0)
    wanted = {name for name, count in counts.items() if count == most}
    places = (at for at, name in zip(*rows, strict=True) if name in wanted)
    return most * max((ends[at + length] - ends[at] for at in places), default=0)


def _covered(rows: _Rows, ends: Sequence[int], length: int) -> int:
    """Return the characters in rows that stood there before, each of them once."""
    seen: set[int] = set()
    covered = reached = 0
    for at, name in zip(*rows, strict=True):
        if name in seen:
            covered += ends[at + length] - ends[max(at, reached)]
            reached = at + length
        seen.add(name)
    return covered
