"""Content-Signal: what a site says of uses in Cloudflare's words.

::

    Content-Signal: search=yes,ai-train=no,use=reference

There is no published grammar, no path, and no rule for what is misspelt, so every
``key=value`` of a line is read, whatever stands between or before them, and a line that
names training without a readable answer is *unclear*.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from pipeline.model import (
    Evidence,
    Exchange,
    Line,
    Statement,
    evidence_of,
    quote_of,
)
from pipeline.vocab import Category, Preference, Signal

PARSER: Final = "content-signals/1"
_CLAUSE: Final = "contentsignals.org policy text of 2025-09-24"
_USE_CLAUSE: Final = "Cloudflare managed robots.txt, use= of 2026-07-01"
_PROVIDER_NOTE: Final = "a provider sends yes by default: not the owner's voice"

KEYS: Final = {
    "search": Category.SEARCH,
    "ai-input": Category.AI_USE,
    "ai-train": Category.TRAIN_AI,
}
"""The three signals: ``yes`` may, ``no`` may not, absent neither grants nor restricts."""

# Labels of the IETF vocabulary, present and past, that cover training and turn up here.
_IETF_TRAINING_LABELS: Final = frozenset(
    ("train-ai", "train-genai", "genai", "ai", "tdm", "all", "bots")
)

# use= is a ceiling: immediate keeps nothing, reference keeps an index and an excerpt,
# full summarises and reproduces. Neither of the first two leaves room for training, and
# the last does not speak of it.
_USE: Final = {
    "immediate": Preference.DISALLOWED,
    "reference": Preference.DISALLOWED,
    "full": Preference.UNKNOWN,
}

_YES: Final = frozenset({"yes", "y"})
_NO: Final = frozenset({"no", "n"})

_PAIR: Final = re.compile(r"(?<![\w-])([A-Za-z][\w-]*)\s*=\s*[\"']?([^\s,;\"']*)")
_TRAINING_WORD: Final = re.compile(r"train", re.IGNORECASE)

_Heard: TypeAlias = tuple[Category, Preference, str]


def from_robots(
    own: Sequence[Line], elsewhere: Sequence[Line], *, robots: Evidence
) -> tuple[Statement, ...]:
    """Return what the content-signal lines of a robots.txt say.

    ``own`` are the lines of the group that addresses us. ``elsewhere`` are those that may
    still mean us: above the first group, in the ``*`` group that a named group hides, in
    the group of a training crawler. Of them only what is not a yes is heard. ``robots`` is
    the evidence of the file, to which line and quote are added.
    """
    said = [statement for line in own for statement in _from_line(line, robots=robots)]
    overheard = [
        replace(statement, note=statement.note or "not in the group that addresses us")
        for line in elsewhere
        for statement in _from_line(line, robots=robots)
        if statement.preference in {Preference.DISALLOWED, Preference.UNCLEAR}
    ]
    return (*said, *overheard)


def _from_line(line: Line, *, robots: Evidence) -> Iterator[Statement]:
    evidence = replace(
        robots,
        locator=f"line {line.number}",
        line=line.number,
        quote=quote_of(line.text),
        clause=_CLAUSE,
        parser=PARSER,
    )
    for category, preference, note in _read(line.value):
        yield Statement(
            signal=Signal.CONTENT_SIGNAL_ROBOTS,
            preference=preference,
            evidence=(evidence,),
            category=category,
            note=note,
        )


def from_header(exchange: Exchange) -> tuple[Statement, ...]:
    """Return what a response's Content-Signal field says.

    A *yes* is what the provider's "Markdown for Agents" sends by default, so it leaves the
    category unknown; a *no* is heard.
    """
    return tuple(
        Statement(
            signal=Signal.CONTENT_SIGNAL_HEADER,
            preference=Preference.UNKNOWN if is_yes else preference,
            evidence=(
                evidence_of(
                    exchange,
                    "header Content-Signal",
                    quote=line,
                    clause=_CLAUSE,
                    parser=PARSER,
                ),
            ),
            category=category,
            note=_PROVIDER_NOTE if is_yes else note,
        )
        for line in exchange.header_lines("content-signal")
        for category, preference, note in _read(line)
        for is_yes in (preference is Preference.ALLOWED,)
    )


def _read(text: str) -> list[_Heard]:
    """Return what a line says, each pair by itself, and *unclear* where none is read."""
    pairs = [
        (key.lower().replace("_", "-"), value.lower()) for key, value in _PAIR.findall(text)
    ]
    heard = [what for key, value in pairs for what in _of_pair(key, value)]
    rest = _PAIR.sub(" ", text)
    if _TRAINING_WORD.search(rest) or (rest.strip() and not pairs):
        heard.append((Category.TRAIN_AI, Preference.UNCLEAR, "no readable answer"))
    return heard


def _of_pair(key: str, value: str) -> list[_Heard]:
    if key in KEYS:
        return [_of_signal(KEYS[key], value)]
    if key == "use":
        preference = _USE.get(value, Preference.UNCLEAR)
        return [(Category.TRAIN_AI, preference, f"{_USE_CLAUSE}: {value[:20]}")]
    if key in _IETF_TRAINING_LABELS:
        return _of_ietf_label(value)
    if "train" in key and value not in _YES:
        return [(Category.TRAIN_AI, Preference.UNCLEAR, "no signal has this key")]
    return []


def _of_signal(category: Category, value: str) -> _Heard:
    match value:
        case "yes":
            return (category, Preference.ALLOWED, "")
        case "no":
            return (category, Preference.DISALLOWED, "")
        case _:
            return (category, Preference.UNCLEAR, "only yes and no are defined")


def _of_ietf_label(value: str) -> list[_Heard]:
    """Return what a label of Content-Usage says here: its no is heard, its yes is not."""
    if value in _YES:
        return []
    refused = Preference.DISALLOWED if value in _NO else Preference.UNCLEAR
    return [(Category.TRAIN_AI, refused, "label of Content-Usage in Content-Signal")]
