"""``python -m bench.filters [WEB]``: what each filter costs, how well languages are told.

``WEB`` is a folder of hosts with a ``pages.csv``; without one, the pages that ship with the
project are used. Texts are parsed and extracted first, which is the yardstick: on a busy
machine all times grow together. The languages are those of Creative Commons' legal code and
of the stories of global-asp.github.io, by their addresses, without the lines in English
that follow each story.
"""

import csv
import random
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.extract import main_text
from pipeline.filters import duplicate, language, personal, quality, split
from pipeline.markup import Unparseable, read
from pipeline.model import Dropped, Exchange

COMMONS = Path("manifests/commons")
SHARED = Path(__file__).resolve().parents[2] / "shared" / "web"
HEADERS = (("Content-Type", "text/html; charset=utf-8"),)
SAMPLE = 1200
ROUNDS = 3
BUDGET = 2.5

_LABELS = (
    re.compile(r"global-asp\.github\.io/stories/([a-z]{2,3})/"),
    re.compile(r"creativecommons\.org/legalcode/[a-z-]+_4\.0_([a-z]{2})\."),
)
_CREDITS = re.compile(r"\n[^\n:：]{1,40}[:：][^\n]{0,90}(?=\n|\Z)")

Texts = Sequence[tuple[str, str]]


def main(arguments: Sequence[str] = ()) -> None:
    """Print ms a page of each filter, and what is told of languages."""
    default = SHARED if SHARED.is_dir() else COMMONS
    started = time.process_time()
    texts = _texts(Path(arguments[0]) if arguments else default)
    extracted = 1000 * (time.process_time() - started) / len(texts)
    size = sum(len(text) for _, text in texts) / len(texts)
    print(f"filters: {len(texts)} texts of {size:.0f} characters on average, one core")
    total = 0.0
    for name, work, counts in _filters():
        milliseconds = _cost(work, texts)
        total += milliseconds if counts else 0
        rate = 1000 / milliseconds if milliseconds else 0
        print(f"filters: {name:34} {milliseconds:6.3f} ms a page, {rate:8.0f} pages/s")
    print(
        f"filters: all without parentheses {total:.2f} ms a page, of {BUDGET} for all "
        f"but extraction, which took {extracted:.2f}"
    )
    _languages(texts)


def _filters() -> Sequence[tuple[str, Callable[[Texts], object], bool]]:
    every = frozenset(personal.Kind)
    shares = split.Shares()
    return (
        ("language", _each(lambda t: language.detect(t, declared=None)), True),
        ("quality, all rules", _each(lambda t: quality.measure(t, language="en")), True),
        ("(quality, the default rules)", _each(_default_quality), False),
        ("personal data", _each(personal.find), False),
        ("personal data, local in the US", _each(lambda t: _found(t, every)), True),
        ("duplicates, one by one", _each(lambda t: _print("", t)), True),
        ("duplicates, all together", _resolved, True),
        (
            "split",
            lambda texts: [split.split_of(u, seed=1, shares=shares) for u, _ in texts],
            True,
        ),
    )


def _each(work: Callable[[str], object]) -> Callable[[Texts], object]:
    return lambda texts: [work(text) for _, text in texts]


def _default_quality(text: str) -> object:
    asked = quality.Thresholds()
    return quality.failing(quality.measure(text, asked=asked), asked)


def _found(text: str, kinds: frozenset[personal.Kind]) -> str:
    return personal.mask(text, personal.find(text, kinds, region="US"))


def _print(key: str, text: str) -> duplicate.Print:
    return duplicate.print_of(duplicate.Item(key=key, text=text))


_PRINTS: dict[int, list[duplicate.Print]] = {}


def _resolved(texts: Texts) -> object:
    if id(texts) not in _PRINTS:
        _PRINTS[id(texts)] = [_print(url, text) for url, text in texts]
    return duplicate.resolve(_PRINTS[id(texts)], text_of=dict(texts).__getitem__)


def _cost(work: Callable[[Texts], object], texts: Texts) -> float:
    """Return the median of CPU milliseconds a text, after a round that warms up."""
    work(texts)
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work(texts)
        taken.append(time.process_time() - started)
    return 1000 * statistics.median(taken) / len(texts)


def _languages(texts: Texts) -> None:
    results: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    tags = set()
    for url, text in texts:
        label = _label(url)
        if label is None:
            continue
        own = _CREDITS.sub("", text.partition("\nThis story is brought to you")[0])
        found = language.detect(own, declared=label)
        results[
            "undetermined" if found.tag == language.UNDETERMINED else found.agreement
        ] += 1
        tags.add(label)
        if found.agreement is language.Agreement.DIFFER:
            wrong[f"{label} for {found.tag}"] += 1
    if tags:
        print(
            f"filters: {language.DETECTOR} on {results.total()} texts in {len(tags)} "
            f"languages: {results['agree']} right, {results['differ']} wrong "
            f"{dict(wrong)}, {results['undetermined']} undetermined"
        )


def _label(url: str) -> str | None:
    found = (pattern.match(url) for pattern in _LABELS)
    return next((match[1] for match in found if match), None)


def _texts(web: Path) -> Texts:
    """Return addresses and texts: all that are labelled, and a sample of the others."""
    paths = _paths(web)
    labelled = [path for path in paths if _label(path)]
    others = [path for path in paths if not _label(path)]
    sample = random.Random(1).sample(others, min(SAMPLE, len(others)))
    found = ((path, _text(web / path)) for path in sorted((*labelled, *sample)))
    return [(path, text) for path, text in found if text is not None]


def _paths(web: Path) -> list[str]:
    if (web / "pages.csv").exists():
        with (web / "pages.csv").open(encoding="utf-8", newline="") as file:
            return [f"{row['host']}/{row['path']}" for row in csv.DictReader(file)]
    return [path.relative_to(web).as_posix() for path in web.rglob("*.html")]


def _text(path: Path) -> str | None:
    page = Exchange(
        url="http://bench.example/", status=200, headers=HEADERS, body=path.read_bytes()
    )
    markup = read(page)
    if isinstance(markup, Unparseable):
        return None
    found = main_text(page, markup)
    return None if isinstance(found, Dropped) else found.text


if __name__ == "__main__":
    main(sys.argv[1:])
