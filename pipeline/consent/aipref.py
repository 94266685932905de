"""Content-Usage: what a site says of uses in the IETF's words, per path or per message.

::

    rule          =/ content-usage
    content-usage = *WS "content-usage" *WS ":" *WS [ path-pattern 1*WS ] usage-pref EOL

``usage-pref`` is a Dictionary of RFC 9651 whose keys are labels of categories and whose
values are the Tokens ``y`` and ``n``.

Where the drafts make a refusal void because it is misspelt, this reader says *unclear*
instead: the party said something, and it was not yes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import http_sf
from http_sf.types import DictionaryType

from pipeline.consent.pattern import matches, specificity, target_of
from pipeline.model import (
    Evidence,
    Exchange,
    Line,
    Statement,
    evidence_of,
    quote_of,
)
from pipeline.vocab import Category, Preference, Signal

PARSER: Final = "aipref/1"
_RULE_CLAUSE: Final = "draft-ietf-aipref-attach-05, Content-Usage Rule Semantics"
_FIELD_CLAUSE: Final = "draft-ietf-aipref-attach-05, Content-Usage Header Field"
_VOCABULARY_CLAUSE: Final = "draft-ietf-aipref-vocab-08, Processing Algorithm"

_TRAIN: Final = frozenset({Category.TRAIN_AI})
_USE: Final = frozenset({Category.AI_USE})
_SEARCH: Final = frozenset({Category.SEARCH})
_EVERYTHING: Final = frozenset(Category)

CURRENT_LABELS: Final = {"train-ai": _TRAIN, "ai-use": _USE, "search": _SEARCH}
"""The labels of vocab-08: what each of them covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OldLabel:
    """A label of an earlier draft: what it covered, and which revisions had it."""

    covers: frozenset[Category]
    revisions: str


OLD_LABELS: Final = {
    "tdm": OldLabel(covers=_EVERYTHING, revisions="01"),
    "ai": OldLabel(covers=_TRAIN | _USE, revisions="01"),
    "genai": OldLabel(covers=_TRAIN, revisions="01"),
    "inference": OldLabel(covers=_USE, revisions="01"),
    "all": OldLabel(covers=_EVERYTHING, revisions="02"),
    "train-genai": OldLabel(covers=_TRAIN, revisions="02 and 03"),
    "bots": OldLabel(covers=_EVERYTHING, revisions="03 and 04"),
    "ai-output": OldLabel(covers=_USE, revisions="04"),
}
"""Labels that vocab-08 does not know. Their ``n`` is heard, their ``y`` is not."""

CLOUDFLARE_LABELS: Final = {"ai-train": _TRAIN, "ai-input": _USE}
"""Keys of Content-Signal that turn up in this field."""

# Values that mean no to a person though the drafts give them no meaning.
_NO: Final = frozenset(
    ("n", "no", "none", "never", "false", "0", "off", "deny", "disallow", "prohibited")
)

_FIRST_WORD: Final = re.compile(r"[A-Za-z0-9]+")

_Heard: TypeAlias = tuple[frozenset[Category], Preference, str]


def from_robots(
    lines: Sequence[Line], *, url: str, robots: Evidence
) -> tuple[Statement, ...]:
    """Return what the content-usage lines of the selected group say of ``url``.

    The longest matching path decides, and a longer rule replaces a shorter one whole;
    lines whose paths tie all apply (attach-05, Content-Usage Rule Semantics). ``robots``
    is the evidence of the file, to which line and quote are added.
    """
    target = target_of(url)
    rules = [(line, *_split(line.value)) for line in lines if line.value.strip(" \t")]
    found = [
        (specificity(path) if path else 0, line, usage)
        for line, path, usage in rules
        if not path or matches(path, target)
    ]
    longest = max((length for length, _, _ in found), default=0)
    return tuple(
        statement
        for length, line, usage in found
        if length == longest
        for statement in _from_line(line, usage, robots=robots)
    )


def _split(value: str) -> tuple[str, str]:
    """Return the path, empty where absent, and the preference of a rule's value."""
    text = value.strip(" \t")
    if not text.startswith("/"):
        return "", text
    # partition() at the first of SP and HTAB; other white space belongs to the path.
    path, _, usage = text.replace("\t", " ").partition(" ")
    return path, usage.strip(" ")


def _from_line(line: Line, usage: str, *, robots: Evidence) -> Iterator[Statement]:
    evidence = replace(
        robots,
        locator=f"line {line.number}",
        line=line.number,
        quote=quote_of(line.text),
        clause=_RULE_CLAUSE,
        parser=PARSER,
    )
    heard = _read(usage) if usage else [_unreadable("a path without a preference")]
    return _statements(heard, signal=Signal.CONTENT_USAGE_ROBOTS, evidence=evidence)


def from_header(exchange: Exchange) -> tuple[Statement, ...]:
    """Return what a response's Content-Usage field says of the content it carries.

    All field lines form one Dictionary, in which the last of equal keys wins. Where they
    do not parse together, the whole is unclear, and refusals in lines that parse alone
    are heard as well.
    """
    lines = [line for line in exchange.header_lines("content-usage") if line.strip(" \t")]
    joined = ", ".join(lines)
    evidence = evidence_of(
        exchange,
        "header Content-Usage",
        quote=joined,
        clause=_FIELD_CLAUSE,
        parser=PARSER,
    )
    heard = _read(joined)
    if len(lines) > 1 and _parse(joined) is None:
        heard += [
            what
            for line in lines
            for what in _read(line)
            if what[1] is Preference.DISALLOWED
        ]
    return tuple(_statements(heard, signal=Signal.CONTENT_USAGE_HEADER, evidence=evidence))


def _statements(
    heard: list[_Heard], *, signal: Signal, evidence: Evidence
) -> Iterator[Statement]:
    for covers, preference, note in heard:
        for category in Category:
            if category in covers:
                yield Statement(
                    signal=signal,
                    preference=preference,
                    evidence=(evidence,),
                    category=category,
                    note=note,
                )


def _read(usage: str) -> list[_Heard]:
    """Return what one ``usage-pref`` says, each label by itself."""
    dictionary = _parse(usage)
    if dictionary is None:
        return [_unreadable(f"does not parse; all unknown in {_VOCABULARY_CLAUSE}")]
    heard: list[_Heard] = []
    for label, member in dictionary.items():
        value, parameters = member if isinstance(member, tuple) else (member, {})
        heard += _of_label(label, _words_of(value))
        heard += [
            what
            for name, argument in parameters.items()
            for what in _of_parameter(name, argument)
        ]
    return heard


def _parse(usage: str) -> DictionaryType | None:
    """Return the Dictionary, or None where RFC 9651 makes parsing fail."""
    octets = usage.strip(" \t").encode("utf-8", "surrogatepass")
    try:
        structure = http_sf.parse(octets, tltype="dictionary")
    except http_sf.StructuredFieldError:
        return None
    return structure if isinstance(structure, dict) else None


def _unreadable(note: str) -> _Heard:
    return (_EVERYTHING, Preference.UNCLEAR, note)


def _words_of(value: object) -> list[str]:
    """Return the words of a value: one for an item, a bracket first for an inner list."""
    if not isinstance(value, list):
        return [_spelling(value)]
    items = (item[0] if isinstance(item, tuple) else item for item in value)
    return ["(", *map(_spelling, items)]


def _spelling(item: object) -> str:
    """Return a bare item as it stands in a field, so that only a Token is a bare word."""
    if isinstance(item, http_sf.Token):
        return str(item)
    if isinstance(item, bool):
        return f"?{item:d}"
    if isinstance(item, bytes):
        return f":{item.decode('latin-1')}:"
    return f'"{item}"'


def _of_label(label: str, value: list[str]) -> list[_Heard]:
    """Return what a Dictionary member says.

    Only the Tokens ``y`` and ``n`` have a meaning; any other value leaves the category
    unknown (vocab-08, Processing Algorithm), unless a person would read a no in it.
    """
    if label in CURRENT_LABELS:
        return [_of_current(CURRENT_LABELS[label], value)]
    if label in OLD_LABELS:
        old = OLD_LABELS[label]
        note = f"label of draft-ietf-aipref-vocab, revision {old.revisions}"
        return _refusal_only(old.covers, value, tokens=("n",), note=note)
    if label in CLOUDFLARE_LABELS:
        note = "key of Content-Signal in Content-Usage"
        return _refusal_only(CLOUDFLARE_LABELS[label], value, tokens=("no", "n"), note=note)
    if "train" in label and _means_no(value):
        return [(_TRAIN, Preference.UNCLEAR, f"no draft has the label {label}")]
    return []


def _of_current(covers: frozenset[Category], value: list[str]) -> _Heard:
    if value == ["n"]:
        return (covers, Preference.DISALLOWED, "")
    if value == ["y"]:
        return (covers, Preference.ALLOWED, "")
    if _means_no(value):
        return (covers, Preference.UNCLEAR, "a no that is not the Token n")
    return (covers, Preference.UNKNOWN, "neither the Token y nor the Token n")


def _refusal_only(
    covers: frozenset[Category],
    value: list[str],
    *,
    tokens: tuple[str, ...],
    note: str,
) -> list[_Heard]:
    if value in [[token] for token in tokens]:
        return [(covers, Preference.DISALLOWED, note)]
    if _means_no(value):
        return [(covers, Preference.UNCLEAR, note)]
    return []


def _of_parameter(name: str, argument: object) -> list[_Heard]:
    """Return *unclear* for a refusal that a semicolon has made a parameter."""
    value = _words_of(argument)
    if not _means_no(value):
        return []
    old = OLD_LABELS.get(name)
    covers = (
        CURRENT_LABELS.get(name)
        or CLOUDFLARE_LABELS.get(name)
        or (old.covers if old else None)
    )
    note = f"{name} stands as a parameter, after a semicolon"
    return [(covers, Preference.UNCLEAR, note)] if covers else []


def _means_no(value: list[str]) -> bool:
    """Say whether a value begins with a no, whatever octets cling to it."""
    words = (_FIRST_WORD.search(word) for word in value)
    return any(word is not None and word[0].lower() in _NO for word in words)
