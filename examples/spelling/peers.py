"""``python peers.py CASES [MOST]``: other spell checkers on the words of ``evaluate``.

It needs symspellpy and pyspellchecker and nothing else, so that they can live in an
environment of their own. ``MOST`` is how many words of each host are tried, or all.

Each is asked for every word whether it is known and, where not, for its first suggestion:
with the dictionary of English that it ships, and with the words of the model.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from itertools import chain
from pathlib import Path
from time import perf_counter

Peer = Callable[[str], str | None]
"""Returns None for a known word, else the first suggestion, empty where there is none."""


@dataclass(slots=True)
class Case:
    """One host: its words, what was meant, what we said, and the words of its model."""

    words: list[str]
    meant: dict[int, str]
    said: dict[int, str]
    vocabulary: dict[str, int]


@dataclass(slots=True)
class Tally:
    """What came of the words."""

    words: int = 0
    errors: int = 0
    flagged: int = 0
    found: int = 0
    first: int = 0
    seconds: float = 0.0

    def add(self, case: Case, said: list[str | None]) -> None:
        """Count what was said of each word."""
        self.words += len(said)
        self.errors += len(case.meant)
        self.flagged += sum(each is not None for each in said)
        self.found += sum(said[n] is not None for n in case.meant)
        self.first += sum(said[n] == word for n, word in case.meant.items())

    def row(self, name: str, words: str) -> str:
        """Return a row of the table."""
        each = f"{1000 * self.seconds / self.words:.2f}" if self.seconds else "above"
        return (
            f"| {name} | {words} | {self.found / self.flagged:.2f} | "
            f"{self.found / self.errors:.2f} | {self.first / self.errors:.2f} | {each} |"
        )


def symspell(vocabulary: Mapping[str, int] | None) -> Peer:
    """Return SymSpell, with these words or its own."""
    library = import_module("symspellpy")
    speller = library.SymSpell()
    if vocabulary is None:
        path = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt")
        speller.load_dictionary(str(path), 0, 1, encoding="utf-8")
    else:
        for word, count in vocabulary.items():
            speller.create_dictionary_entry(word, count)
    known, top = speller.words, library.Verbosity.TOP

    def ask(word: str) -> str | None:
        if word in known:
            return None
        found = speller.lookup(word, top, max_edit_distance=2)
        return found[0].term if found else ""

    return ask


def pyspellchecker(vocabulary: Mapping[str, int] | None) -> Peer:
    """Return pyspellchecker, with these words or its own."""
    speller = import_module("spellchecker").SpellChecker(
        language="en" if vocabulary is None else None
    )
    if vocabulary is not None:
        speller.word_frequency.load_words(
            chain.from_iterable([word] * count for word, count in vocabulary.items())
        )

    def ask(word: str) -> str | None:
        return None if word in speller else speller.correction(word) or ""

    return ask


def main(path: str, most: str = "0") -> None:
    """Print a table of what each comes to over all hosts."""
    cases = list(_cases(path, int(most) or None))
    ours = Tally()
    for case in cases:
        ours.add(case, [case.said.get(n) for n in range(len(case.words))])
    print(f"{ours.words} words, of them {ours.errors} misspelt\n", flush=True)
    print("| Checker | Words | Precision | Recall | First right | ms a word |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    print(ours.row("this one", "of the model"))
    for name, make in (("SymSpell", symspell), ("pyspellchecker", pyspellchecker)):
        for words in ("of the model", "its own"):
            tally = _tried(cases, make, owns=words == "its own")
            print(tally.row(name, words), flush=True)


def _tried(
    cases: list[Case], make: Callable[[Mapping[str, int] | None], Peer], *, owns: bool
) -> Tally:
    tally = Tally()
    shipped = make(None) if owns else None
    for case in cases:
        ask = shipped or make(case.vocabulary)
        started = perf_counter()
        said = [ask(word) for word in case.words]
        tally.seconds += perf_counter() - started
        tally.add(case, said)
    return tally


def _cases(path: str, most: int | None) -> Iterator[Case]:
    with Path(path).open(encoding="utf-8") as file:
        for facts in map(json.loads, file):
            words = facts["words"][:most]
            meant, said = (
                {int(n): word for n, word in facts[key].items() if int(n) < len(words)}
                for key in ("meant", "said")
            )
            yield Case(words, meant, said, facts["vocabulary"])


if __name__ == "__main__":
    main(*sys.argv[1:])
