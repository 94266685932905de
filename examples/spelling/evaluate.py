"""How good suggestions are on the pages of hosts that a model has not seen.

One host after another is left out of the model, and its texts are misspelt: each word of
small letters that is at least ``LEAST_LETTERS`` long is changed with the probability
``RATE``, by one edit (one time in five by two): a letter left out, put in, replaced or
swapped with the next, each as likely, at a place and with a letter drawn evenly. What was
drawn follows from the seed, the URL and the text alone.
"""

import json
import random  # noqa: TID251  (seeded; this is what is measured)
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final, Self

import duckdb

from examples.spelling.checker import Checker, Finding, is_name
from examples.spelling.model import Connection, opened, withdraw
from examples.spelling.words import tokens
from pipeline.errors import InputFault

RATE: Final = 0.05
TWICE: Final = 0.2
LEAST_LETTERS: Final = 4
MOST_DOCUMENTS: Final = 60
"""Documents of a host that are misspelt, the first by the order of the seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misspelt:
    """A text with misspelt words, and what was meant, by where it begins in the text."""

    text: str
    meant: Mapping[int, str]


@dataclass(slots=True, kw_only=True)
class Score:
    """What came of the words of one host; ``real`` are edits that made a known word."""

    host: str
    words: int = 0
    errors: int = 0
    real: int = 0
    flagged: int = 0
    found: int = 0
    first: int = 0
    among_five: int = 0
    unheard: int = 0
    seconds: float = 0.0

    @property
    def precision(self) -> float:
        """The share of what was flagged that is misspelt."""
        return self.found / self.flagged if self.flagged else 0.0

    @property
    def recall(self) -> float:
        """The share of what is misspelt that was flagged."""
        return self.found / self.errors if self.errors else 0.0

    @property
    def right(self) -> float:
        """The share of what is misspelt whose first suggestion is what was meant."""
        return self.first / self.errors if self.errors else 0.0

    @property
    def per_word(self) -> float:
        """Milliseconds that a word takes."""
        return 1000 * self.seconds / max(self.words, 1)

    def __iadd__(self, other: "Score") -> Self:
        """Add the counts of another host."""
        for name, value in asdict(other).items():
            if name != "host":
                setattr(self, name, getattr(self, name) + value)
        return self


@dataclass(slots=True)
class Case:
    """One host's words for a peer, and by their index what was meant where they are not it.

    ``said`` is our first suggestion for each that was flagged.
    """

    host: str
    vocabulary: Mapping[str, int]
    words: list[str] = field(default_factory=list)
    meant: dict[int, str] = field(default_factory=dict)
    said: dict[int, str] = field(default_factory=dict)


def evaluate(
    path: Path, dataset: Path, *, language: str, seed: int, real_words: bool = False
) -> Iterator[tuple[Score, Case]]:
    """Yield what comes of each host, with its words for a peer to be tried on.

    Raises InputFault where no two hosts have documents in the language.
    """
    with closing(opened(path)) as model, TemporaryDirectory() as folder:
        hosts = _hosts(model, language)
        if len(hosts) < 2:  # noqa: PLR2004  (one to leave out, one to learn from)
            raise InputFault(
                f"{path}: its documents in {language} are of {len(hosts)} hosts. It takes "
                "two: one to leave out and one to learn from."
            )
        for number, (host, urls) in enumerate(hosts):
            rest = Path(folder) / f"{number}.duckdb"
            withdraw(path, urls, rest)
            with closing(opened(rest)) as less:
                checker = Checker(less, language)
                texts = _texts(dataset, _chosen(urls, seed))
                yield _host(checker, host, texts, seed=seed, real_words=real_words)


def misspell(text: str, *, alphabet: str, chance: random.Random) -> Misspelt:
    """Return a text with some of its words misspelt."""
    parts: list[str] = []
    meant: dict[int, str] = {}
    end = length = 0
    for token in tokens(text):
        if len(token.word) < LEAST_LETTERS or not token.written.islower():
            continue
        if chance.random() >= RATE:
            continue
        parts.append(text[end : token.at])
        length += len(parts[-1])
        wrong = token.word
        while wrong == token.word:
            for _ in range(2 if chance.random() < TWICE else 1):
                wrong = _edited(wrong, alphabet=alphabet, chance=chance)
        meant[length] = token.word
        parts.append(wrong)
        length += len(wrong)
        end = token.at + len(token.written)
    return Misspelt(text="".join([*parts, text[end:]]), meant=meant)


def _edited(word: str, *, alphabet: str, chance: random.Random) -> str:
    place = chance.randrange(len(word))
    match chance.choice(("leave out", "put in", "replace", "swap")):
        case "leave out":
            return word[:place] + word[place + 1 :]
        case "put in":
            return word[:place] + chance.choice(alphabet) + word[place:]
        case "replace":
            return word[:place] + chance.choice(alphabet) + word[place + 1 :]
        case _:
            place = min(place, len(word) - 2)
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _hosts(model: Connection, language: str) -> list[tuple[str, list[str]]]:
    query = """
        SELECT host, list(url ORDER BY url) FROM documents WHERE language = ?
        GROUP BY host ORDER BY host
    """
    return model.execute(query, [language]).fetchall()


def _chosen(urls: Sequence[str], seed: int) -> list[str]:
    return random.Random(seed).sample(urls, min(len(urls), MOST_DOCUMENTS))


def _texts(dataset: Path, urls: Sequence[str]) -> list[tuple[str, str]]:
    shards = [str(each) for each in sorted(dataset.glob("*/train-*.parquet"))]
    query = "SELECT url, text FROM read_parquet(?) WHERE list_contains(?, url) ORDER BY url"
    with closing(duckdb.connect()) as connection:
        return connection.execute(query, [shards, list(urls)]).fetchall()


def _host(
    checker: Checker,
    host: str,
    texts: Sequence[tuple[str, str]],
    *,
    seed: int,
    real_words: bool,
) -> tuple[Score, Case]:
    score, case = Score(host=host), Case(host, checker.known)
    alphabet = "".join(
        sorted({letter for word in checker.known for letter in word if letter.isalpha()})
    )
    checker.warm()  # what is made once is not in the time
    for url, text in texts:
        chance = random.Random(f"{seed} {url}")
        wrong = misspell(text, alphabet=alphabet, chance=chance)
        started = perf_counter()
        findings = checker.check(wrong.text, real_words=real_words)
        score.seconds += perf_counter() - started
        by_place = {each.token.at: each for each in findings}
        _count(score, case, wrong=wrong, findings=by_place, checker=checker)
    return score, case


def _count(
    score: Score,
    case: Case,
    *,
    wrong: Misspelt,
    findings: Mapping[int, Finding],
    checker: Checker,
) -> None:
    for token in tokens(wrong.text):
        if is_name(token):
            continue
        meant, finding = wrong.meant.get(token.at), findings.get(token.at)
        offers = [each.word for each in finding.suggestions] if finding else []
        if meant is not None:
            case.meant[len(case.words)] = meant
        if finding is not None:
            case.said[len(case.words)] = offers[0] if offers else ""
        case.words.append(token.word)
        score.words += 1
        score.flagged += finding is not None
        if meant is not None:
            score.errors += 1
            score.real += checker.is_known(token.word)
            score.unheard += not checker.is_known(meant)
            score.found += finding is not None
            score.first += offers[:1] == [meant]
            score.among_five += meant in offers


def render(scores: Sequence[Score]) -> str:
    """Return scores as a table of Markdown, and their sum as its last row."""
    whole = Score(host="**all**")
    for each in scores:
        whole += each
    lines = [
        "| Host | Words | Misspelt | Precision | Recall | First | In five | Unheard | ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in (*scores, whole):
        errors = max(each.errors, 1)
        lines.append(
            f"| {each.host} | {each.words} | {each.errors} | {each.precision:.2f} | "
            f"{each.recall:.2f} | {each.right:.2f} | {each.among_five / errors:.2f} | "
            f"{each.unheard / errors:.2f} | {each.per_word:.2f} |"
        )
    return "\n".join(lines)


def as_line(case: Case) -> str:
    """Return a host's words as one line of JSON, for ``peers.py``."""
    return json.dumps(asdict(case), ensure_ascii=False)
