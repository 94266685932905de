"""Robots tags: what a page's ``meta`` elements and X-Robots-Tag fields ask for.

::

    X-Robots-Tag: [ token ":" ] rule *( "," rule )
    rule        = word / word ":" value         ; unavailable_after: 25 Jun 2010 15:00:00

No standard defines them. ``noai`` is DeviantArt's (2022), ``noml`` Mojeek's, the rest the
search engines'. A rule of indexing says nothing of training, unless it is addressed to a
crawler that crawls for training.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from pipeline.markup import Markup, Meta
from pipeline.model import Evidence, Exchange, Statement, evidence_of
from pipeline.vocab import Preference, Signal

PARSER: Final = "tags/1"
_CLAUSE: Final = "noai, noimageai: DeviantArt, 2022-11; noml: Mojeek (de facto)"

# The name under which lists of AI crawlers address what we are built on.
_SOFTWARE: Final = "scrapy"

SAID_TO_ALL: Final = {
    "noai": Preference.DISALLOWED,
    "noml": Preference.DISALLOWED,
    "disallowaitraining": Preference.DISALLOWED,
    "noarchive": Preference.UNCLEAR,
    "nocache": Preference.UNCLEAR,
    "noimageai": Preference.UNKNOWN,
}
"""What a rule for every robot says of training on text.

``noarchive`` and ``nocache`` ask that no copy be kept, and Bing reads a limit of
generative use in them; ``noimageai`` speaks of images only.
"""

SAID_TO_TRAINING_CRAWLERS: Final = SAID_TO_ALL | {
    "noindex": Preference.DISALLOWED,
    "nofollow": Preference.DISALLOWED,
    "none": Preference.DISALLOWED,
    "noarchive": Preference.DISALLOWED,
    "nocache": Preference.DISALLOWED,
    "nosnippet": Preference.UNCLEAR,
}
"""What a rule says that is addressed to a crawler whose one purpose is training."""

# What may stand before a colon and is no crawler's name.
_NO_NAME: Final = re.compile(r"unavailable[_-]after|max-[a-z-]+|all|index|follow|no[a-z]+")
_PREFIX: Final = re.compile(r"\s*([A-Za-z][^:]*):")
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")
# Runs of ASCII letters only: whatever strange octets surround a word, it is still said.
_WORD: Final = re.compile(r"[a-z]+(?:[_-][a-z]+)*")


class _Addressee(Enum):
    """Whom a rule is for."""

    ALL = auto()
    TRAINING = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """The names, in lower case, under which a rule reaches us."""

    training: frozenset[str]

    def addressee(self, name: str) -> _Addressee:
        bare = name.strip().lower()
        if bare in {"robots", "*"}:
            return _Addressee.ALL
        # A version after a slash does not change whose name it is.
        ours = bare in self.training or bare.partition("/")[0] in self.training
        return _Addressee.TRAINING if ours else _Addressee.OTHER


def from_headers(
    exchange: Exchange, *, token: str, training_tokens: Collection[str]
) -> tuple[Statement, ...]:
    """Return what the X-Robots-Tag lines of a response say of training.

    A prefix is valid to the end of its line or to the next prefix. Rules for other
    crawlers than us, our software and those that train are no business of ours.
    """
    names = _names(token, tuple(training_tokens))
    return tuple(
        statement
        for line in exchange.header_lines("x-robots-tag")
        for statement in _statements(
            _addressed(line, names),
            signal=Signal.X_ROBOTS_TAG,
            evidence=_evidence(exchange, "header X-Robots-Tag", line),
        )
    )


def from_markup(
    markup: Markup,
    *,
    token: str,
    training_tokens: Collection[str],
    exchange: Exchange,
) -> tuple[Statement, ...]:
    """Return what the page's ``meta`` elements for robots say of training.

    The element's name is the addressee: ``robots``, our token, or a training crawler's.
    ``http-equiv="X-Robots-Tag"`` is read as the header field is.
    """
    names = _names(token, tuple(training_tokens))
    return tuple(
        statement
        for meta in markup.metas
        for statement in _statements(
            _of_meta(meta, names),
            signal=Signal.META_ROBOTS,
            evidence=_evidence(exchange, f"meta[name={meta.name}]", meta.html),
        )
    )


@lru_cache(maxsize=64)
def _names(token: str, training_tokens: tuple[str, ...]) -> _Names:
    every = (token, _SOFTWARE, *training_tokens)
    return _Names(training=frozenset(name.strip().lower() for name in every if name))


def _evidence(exchange: Exchange, locator: str, quote: str) -> Evidence:
    return evidence_of(exchange, locator, quote=quote, clause=_CLAUSE, parser=PARSER)


def _of_meta(meta: Meta, names: _Names) -> Iterator[tuple[_Addressee, str]]:
    if meta.name.strip().lower() == "x-robots-tag":
        yield from _addressed(meta.content, names)
        return
    for name in meta.name.split(","):
        addressee = names.addressee(name)
        for word in _WORD.findall(meta.content.lower()):
            yield addressee, word


def _addressed(line: str, names: _Names) -> Iterator[tuple[_Addressee, str]]:
    """Return the words of a line, each with whom it is for."""
    addressee = _Addressee.ALL
    for part in re.split(r"[,;]", line):
        start = 0
        while named := _prefix(part, names, start=start):
            addressee = names.addressee(named[1])
            start = named.end()
        for word in _WORD.findall(part[start:].lower()):
            yield addressee, word


def _prefix(text: str, names: _Names, *, start: int) -> re.Match[str] | None:
    """Return the crawler's name that stands before a colon, if that is what stands there.

    Neither a rule with a value nor a piece of a date is a name: a name has no blanks,
    unless it is one that is known.
    """
    found = _PREFIX.match(text, start)
    name = found[1].strip() if found else ""
    if _NO_NAME.fullmatch(name.lower()):
        return None
    known = names.addressee(name) is not _Addressee.OTHER
    return found if known or _NAME.fullmatch(name.partition("/")[0]) else None


def _statements(
    rules: Iterator[tuple[_Addressee, str]], *, signal: Signal, evidence: Evidence
) -> Iterator[Statement]:
    meaning = {
        _Addressee.ALL: SAID_TO_ALL,
        _Addressee.TRAINING: SAID_TO_TRAINING_CRAWLERS,
        _Addressee.OTHER: dict[str, Preference](),
    }
    for addressee, word in rules:
        plain = word.replace("-", "").replace("_", "")
        if preference := meaning[addressee].get(plain):
            yield Statement(
                signal=signal, preference=preference, evidence=(evidence,), note=plain
            )
