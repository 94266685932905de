"""Which words of a text are not known, and which known ones were likely meant.

A noisy channel (Shannon 1948; Kernighan, Church and Gale 1990): of the words near to what
was written, the one is likeliest that its neighbours ask for and that few edits lead to.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log
from typing import Final

import pyarrow as pa

from examples.spelling.model import Connection, languages_of, origin_of
from examples.spelling.words import (
    PREFIX,
    Token,
    deletes,
    distance,
    in_case_of,
    tokens,
    without_marks,
)
from pipeline.errors import InputFault

EDIT: Final = 7.0
"""What an edit costs, in nats: of 1,100 words that were meant one is written with it."""

MARK: Final = 1.0
"""What marks that were left out cost together: many keyboards have no macrons."""

FIRST: Final = 1.5
"""What another first letter costs besides: people seldom miss it (Pollock, Zamora 1984)."""

SMOOTHING: Final = 50.0
"""How many words after another it takes to outweigh how frequent words are at all."""

SHORTEST: Final = 3
"""Letters below which a known word is not doubted."""

_SUGGESTIONS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A word that may have been meant.

    ``count`` and ``documents`` say how often it stands in the corpus and in how many
    documents; ``score`` is the natural logarithm of its likelihood, up to a constant.
    """

    word: str
    count: int
    documents: int
    edits: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A word that was likely not meant, and what may have been, likeliest first."""

    token: Token
    is_known: bool
    suggestions: tuple[Suggestion, ...]

    def corrected(self) -> str:
        """Return the first suggestion as it would be written here, or the word itself."""
        if not self.suggestions:
            return self.token.written
        return in_case_of(self.suggestions[0].word, self.token.written)


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A word that is looked at, its neighbours and its candidates with their edits."""

    token: Token
    before: str | None
    after: str | None
    is_known: bool
    candidates: Mapping[str, int]

    def pairs(self) -> Iterable[tuple[str, str]]:
        words = (self.token.word, *self.candidates) if self.is_known else self.candidates
        for word in words:
            if self.before is not None:
                yield self.before, word
            if self.after is not None:
                yield word, self.after


class Checker:
    """The words of one language of a model, ready to be asked. The model stays open.

    Raises InputFault where the model has no document in the language; without one, it is
    the language that the model has most of.
    """

    def __init__(self, model: Connection, language: str | None = None) -> None:
        have = [each for each, _, _ in languages_of(model)]
        if not have or (language is not None and language not in have):
            raise InputFault(
                f"The model has no documents in {language or 'any language'}. It has "
                f"{', '.join(have) or 'none'}."
            )
        self.language = language or have[0]
        self._model = model
        rows = model.execute(
            "SELECT word, count, documents FROM vocabulary WHERE language = ? ORDER BY 1",
            [self.language],
        ).fetchall()
        least = int(origin_of(model)["least"])
        self._counts = {word: count for word, count, _ in rows}
        self._documents = {word: n for word, count, n in rows if count >= least}
        self._total = sum(self._counts.values())

    def is_known(self, word: str) -> bool:
        """Say whether a word stands in the corpus often enough."""
        return word in self._documents

    @property
    def known(self) -> Mapping[str, int]:
        """The known words, each with how often it stands in the corpus."""
        return {word: self._counts[word] for word in self._documents}

    def check(self, text: str, *, real_words: bool = False) -> list[Finding]:
        """Return the findings on a text, in its order.

        Not looked at are words in capitals, and words with one inside a sentence: names.
        With ``real_words`` known words are doubted too, where another fits far better.
        """
        doubts = list(self._doubts(list(tokens(text)), real_words=real_words))
        pairs = self._pairs({pair for doubt in doubts for pair in doubt.pairs()})
        found = [self._found(doubt, pairs) for doubt in doubts]
        return [each for each in found if each is not None]

    def warm(self) -> None:
        """Make the tables that are else made when they are first needed."""
        _ = self._once, self._twice, self._bare

    def _doubts(self, words: Sequence[Token], *, real_words: bool) -> Iterable[_Doubt]:
        for n, token in enumerate(words):
            if is_name(token):
                continue
            is_known = self.is_known(token.word)
            if is_known and not (real_words and len(token.word) >= SHORTEST):
                continue
            after = words[n + 1] if n + 1 < len(words) else None
            yield _Doubt(
                token=token,
                before=words[n - 1].word if token.follows else None,
                after=after.word if after is not None and after.follows else None,
                is_known=is_known,
                candidates=self._near(token.word, depth=1 if is_known else 2),
            )

    def _near(self, word: str, *, depth: int) -> dict[str, int]:
        """Return the known words with the fewest edits to a word, at most ``depth``.

        Those that differ in their marks alone are among them, however many they are.
        """
        marked = self._marked(word)
        for reach in range(1, depth + 1):
            index, key = (self._once, word) if reach == 1 else (self._twice, word[:PREFIX])
            near = {each for form in deletes(key, reach) for each in index.get(form, ())}
            found = {
                each: edits
                for each in near
                if abs(len(each) - len(word)) <= reach
                and 0 < (edits := distance(word, each)) <= reach
            }
            if found or marked:
                return found | marked
        return {}

    def _marked(self, word: str) -> dict[str, int]:
        """Return the known words that differ from a word in their marks alone."""
        return {
            each: distance(word, each)
            for each in self._bare.get(without_marks(word), ())
            if each != word
        }

    @cached_property
    def _once(self) -> dict[str, list[str]]:
        return self._index(1, len_=None)

    @cached_property
    def _twice(self) -> dict[str, list[str]]:
        return self._index(2, len_=PREFIX)

    @cached_property
    def _bare(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._documents:
            found[without_marks(word)].append(word)
        return found

    def _index(self, depth: int, *, len_: int | None) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._documents:
            for form in deletes(word[:len_], depth):
                found[form].append(word)
        return found

    def _pairs(self, wanted: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Return how often each pair stands in the language's documents, asked at once."""
        rows = sorted(wanted)
        if not rows:
            return {}
        first, second = zip(*rows, strict=True)
        asked = pa.table({"first": pa.array(first), "second": pa.array(second)})
        self._model.register("asked", asked)
        query = """
            SELECT p.first, p.second, sum(p.count)::BIGINT FROM pairs p
            JOIN asked a ON a.first = p.first AND a.second = p.second
            JOIN documents d USING (id) WHERE d.language = ? GROUP BY ALL
        """
        found = self._model.execute(query, [self.language]).fetchall()
        self._model.unregister("asked")
        return {(one, other): count for one, other, count in found}

    def _found(self, doubt: _Doubt, pairs: Mapping[tuple[str, str], int]) -> Finding | None:
        """Return the finding on a word, None where it was likely meant."""
        scores = {
            each: self._fits(each, doubt, pairs) - cost(doubt.token.word, each, edits)
            for each, edits in doubt.candidates.items()
        }
        best = sorted(scores, key=lambda each: (-scores[each], each))
        if doubt.is_known:
            own = self._fits(doubt.token.word, doubt, pairs)
            best = [each for each in best if scores[each] > own]
            if not best:
                return None
        return Finding(
            token=doubt.token,
            is_known=doubt.is_known,
            suggestions=tuple(
                Suggestion(
                    word=each, count=self._counts[each], documents=self._documents[each],
                    edits=doubt.candidates[each], score=scores[each],
                )
                for each in best[:_SUGGESTIONS]
            ),
        )  # fmt: skip

    def _fits(
        self, word: str, doubt: _Doubt, pairs: Mapping[tuple[str, str], int]
    ) -> float:
        """Return how likely a word is between its neighbours, as a logarithm."""
        fits = self._after(doubt.before, word, pairs)
        return fits + (self._after(word, doubt.after, pairs) if doubt.after else 0.0)

    def _after(
        self, first: str | None, second: str, pairs: Mapping[tuple[str, str], int]
    ) -> float:
        """Return how likely ``second`` is after ``first`` (MacKay and Peto 1995)."""
        share = (self._counts.get(second, 0) + 0.5) / (self._total + 1)
        if first is None:
            return log(share)
        times = pairs.get((first, second), 0)
        return log((times + SMOOTHING * share) / (self._counts.get(first, 0) + SMOOTHING))


def is_name(token: Token) -> bool:
    """Say whether a word is not looked at: in capitals, or with one inside a sentence."""
    capital = token.written[0].isupper()
    return capital and (token.follows or token.written.isupper())


def cost(written: str, meant: str, edits: int) -> float:
    """Return what it costs to have written one word for another, in nats."""
    if without_marks(written) == without_marks(meant):
        return MARK
    return EDIT * edits + (FIRST if written[0] != meant[0] else 0.0)
