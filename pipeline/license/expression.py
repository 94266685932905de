"""SPDX license expressions: the only door through which one is made.

Creative Commons identifiers are a rule, not a list: what a license asks (its elements),
its version and its port make up the identifier, and the same parts decide whether a
corpus may carry it. Other identifiers are those of the SPDX list, as ``spdx.txt`` pins it;
one that is not in it has to be written as a ``LicenseRef-``.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

from boolean import ParseError
from license_expression import (
    ExpressionError,
    LicenseSymbol,
    LicenseWithExceptionSymbol,
    Licensing,
)
from license_expression import LicenseExpression as Parsed

from pipeline.model import AllowedLicense
from pipeline.vocab import LicenseExpression

LENGTH_LIMIT: Final = 1000
"""Longest expression that is read, in characters; real ones have fewer than 200."""

# Which port of which version Creative Commons published. 2.1 exists only as ports, 4.0
# has none.
_PORTS: Final = {
    "1.0": frozenset(
        "FI IL NL".split()  # noqa: SIM905  (to be read)
    ),
    "2.0": frozenset(
        "AT AU BE BR CA CL DE ES FR HR IT JP KR NL PL TW UK ZA".split()  # noqa: SIM905  (to be read)
    ),
    "2.1": frozenset(
        "AU ES JP".split()  # noqa: SIM905  (to be read)
    ),
    "2.5": frozenset(
        """
    AR AU BG BR CA CH CN CO DK ES HR HU IL IN IT MK MT MX MY NL PE PL PT SCOTLAND SE
    SI TW ZA
        """.split()  # noqa: SIM905  (to be read)
    ),
    "3.0": frozenset(
        """
    AM AT AU AZ BR CA CH CL CN CR CZ DE EC EE EG ES FR GE GR GT HK HR IE IGO IT LU NL
    NO NZ PH PL PR PT RO RS SG TH TW UG US VE VN ZA
        """.split()  # noqa: SIM905  (to be read)
    ),
    "4.0": frozenset[str](),
}
_WITH_ATTRIBUTION: Final = frozenset(
    "BY BY-SA BY-NC BY-ND BY-NC-SA BY-NC-ND".split()  # noqa: SIM905  (to be read)
)
# Version 1.0 let the author leave attribution out (withdrawn in 2004).
_WITHOUT_ATTRIBUTION: Final = frozenset(
    "SA NC ND NC-SA NC-ND".split()  # noqa: SIM905  (to be read)
)

# identifier = ["LicenseRef-"] "CC-" elements "-" version ["-" port]
_CREATIVE_COMMONS: Final = re.compile(
    r"(?:LicenseRef-)?CC-(?P<elements>(?:BY|NC|ND|SA)(?:-(?:NC|ND|SA))*)"
    r"-(?P<version>[0-9]\.[0-9])(?:-(?P<port>[A-Z]+))?",
    re.IGNORECASE,
)


def _listed() -> tuple[frozenset[str], frozenset[str]]:
    """Return the identifiers and the exceptions of the SPDX list that is pinned here."""
    text = files("pipeline.license").joinpath("spdx.txt").read_text("ascii")
    licenses, _, exceptions = text.partition("# exceptions\n")
    _title, _, names = licenses.partition("\n")
    return frozenset(names.split()), frozenset(exceptions.split())


_IDENTIFIERS, _EXCEPTIONS = _listed()
_BY_LOWER: Final = {name.lower(): name for name in _IDENTIFIERS | _EXCEPTIONS}

# The GNU family is named by what it says of later versions; SPDX deprecates GPL-2.0 and
# GPL-2.0+ and gives both of them these names.
_GNU: Final = re.compile(
    r"(?P<stem>AGPL-(?:1\.0|3\.0)|L?GPL-(?:2\.0|2\.1|3\.0)|GPL-1\.0"
    r"|GFDL-1\.[123](?:-no-invariants|-invariants)?)"
    r"(?P<later>\+|-only|-or-later)?",
    re.IGNORECASE,
)
# What makes a license of a family: its version, and what GNU's say beside it. "GFDL" lets
# no GFDL-1.3-invariants-or-later in, which is another license.
_EDITION: Final = re.compile(r"-[0-9]+(?:\.[0-9]+)*(?:-no-invariants)?(?:-only|-or-later)?")
_GNU_NOT: Final = frozenset({"gpl-2.1"})

# SPDX 3.0.1 annex B has the grammar: WITH binds before AND, AND before OR. The library
# reads it; which names there are, and what they are called, is decided here.
_GRAMMAR: Final = Licensing()
# What the library raises; the last four where it trips over operators without operands.
_NOT_READ: Final = (
    ExpressionError, ParseError, AssertionError, AttributeError, IndexError, TypeError,
)  # fmt: skip
_REFERENCE: Final = re.compile(r"LicenseRef-([A-Za-z0-9.-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arms:
    """Two or more expressions and the word between them."""

    word: str
    arms: tuple["_Tree", ...]


_Tree = str | _Arms
"""A license with its exception, as text, or what a word joins."""


class _NoExpressionError(Exception):
    """The text does not follow the grammar or names no license that is known."""


def parse(text: str) -> LicenseExpression | None:
    """Return the expression in its canonical spelling, or None where it is none.

    Identifiers take SPDX's capitals, deprecated GNU names their successors; repeated arms
    and needless parentheses go. ``parse(str(x)) == x`` holds for every result.
    """
    tree = _tree_of(text)
    if tree is None:
        return None
    rendered = _rendered(tree)
    # Canonical names may be longer than what was given; what comes out has to be readable.
    return LicenseExpression(rendered) if len(rendered) <= LENGTH_LIMIT else None


def combine(
    word: str, expressions: Iterable[LicenseExpression]
) -> LicenseExpression | None:
    """Return the expressions joined by ``AND`` or ``OR``; None where there are none."""
    return parse(f" {word} ".join(f"({each})" for each in expressions))


def elements(expression: LicenseExpression) -> frozenset[str]:
    """Return what a Creative Commons license asks: of ``BY``, ``NC``, ``ND`` and ``SA``.

    Every other license, and an expression of several, has no elements.
    """
    parts = _parts(expression)
    return parts[0] if parts else frozenset()


def version(expression: LicenseExpression) -> str:
    """Return a Creative Commons license's version and port, as in ``3.0-DE``."""
    parts = _parts(expression)
    return parts[1] if parts else ""


def is_family(name: str) -> bool:
    """Say whether SPDX lists versions, more than one, of a license of this name."""
    return sum(_is_of_family(listed, name) for listed in _IDENTIFIERS) > 1


def _is_of_family(name: str, family: str) -> bool:
    rest = name.removeprefix(family)
    return name.startswith(family) and _EDITION.fullmatch(rest) is not None


def is_exception(name: str) -> bool:
    """Say whether SPDX lists a name as an exception to licenses, and not as a license."""
    return name in _EXCEPTIONS


def arms(
    expression: LicenseExpression,
) -> tuple[str, tuple[LicenseExpression, ...]]:
    """Return an expression's outermost word, ``AND`` or ``OR``, and what it joins.

    One license, with its exception or without, has no word and is its own only arm.
    """
    tree = _tree_of(expression)
    if not isinstance(tree, _Arms):
        return "", (expression,)
    return tree.word, tuple(LicenseExpression(_rendered(arm)) for arm in tree.arms)


def allows(expression: LicenseExpression, allowed: Sequence[AllowedLicense]) -> bool:
    """Say whether a corpus that may carry ``allowed`` may carry the expression.

    Every arm of an AND has to be allowed, and one arm of an OR. Elements are compared as
    exact sets, never as text: ``CC-BY-*`` as a glob would let CC-BY-NC in.
    """
    tree = _tree_of(expression)
    return tree is not None and _is_allowed(tree, allowed)


def _is_allowed(tree: _Tree, allowed: Sequence[AllowedLicense]) -> bool:
    if isinstance(tree, str):
        return any(_matches(tree, each) for each in allowed)
    answers = (_is_allowed(arm, allowed) for arm in tree.arms)
    return all(answers) if tree.word == "AND" else any(answers)


def _matches(name: str, allowed: AllowedLicense) -> bool:
    if allowed.identifier:
        return name == parse(allowed.identifier)
    if allowed.family:
        return _is_of_family(name, allowed.family)
    parts = _parts(name)
    if parts is None or not allowed.elements:
        return False
    asked, edition = parts
    return asked == allowed.elements and (
        not allowed.versions or edition in allowed.versions
    )


def _parts(name: str) -> tuple[frozenset[str], str] | None:
    match = _CREATIVE_COMMONS.fullmatch(name)
    if not match or _creative_commons(match) != name:
        return None
    edition = match["version"] + (f"-{match['port']}" if match["port"] else "")
    return frozenset(match["elements"].split("-")), edition


@lru_cache(maxsize=4096)
def _tree_of(text: str) -> _Tree | None:
    if len(text) > LENGTH_LIMIT or not text.isascii():
        return None
    try:
        parsed = _GRAMMAR.parse(text, simple=True)
        return None if parsed is None else _tree(parsed)
    except (*_NOT_READ, _NoExpressionError):
        return None


def _tree(parsed: Parsed) -> _Tree:
    match parsed:
        case LicenseWithExceptionSymbol():
            name = _license(parsed.license_symbol.key)
            exception = _BY_LOWER.get(parsed.exception_symbol.key.lower())
            if exception not in _EXCEPTIONS:
                raise _NoExpressionError
            return f"{name} WITH {exception}"
        case LicenseSymbol():
            return _license(parsed.key)
        case _:
            word = parsed.operator.strip().upper()
            return _joined(word, [_tree(arm) for arm in parsed.args])


def _joined(word: str, arms: Iterable[_Tree]) -> _Tree:
    flat = (
        inner
        for arm in arms
        for inner in (arm.arms if isinstance(arm, _Arms) and arm.word == word else (arm,))
    )
    distinct = tuple(dict.fromkeys(flat))
    return distinct[0] if len(distinct) == 1 else _Arms(word=word, arms=distinct)


def _license(key: str) -> str:
    name = _identifier(key)
    if name is None or name in _EXCEPTIONS:
        raise _NoExpressionError
    return name


def _identifier(token: str) -> str | None:
    match = _CREATIVE_COMMONS.fullmatch(token)
    if match:
        name = _creative_commons(match)
        # A reference of someone's own that only looks like a license SPDX has named.
        is_own = _REFERENCE.fullmatch(token) and not _REFERENCE.fullmatch(name or "")
        return None if is_own else name
    gnu = _GNU.fullmatch(token)
    if gnu and gnu["stem"].lower() not in _GNU_NOT:
        return _gnu(gnu)
    reference = _REFERENCE.fullmatch(token)
    if reference:
        return f"LicenseRef-{reference[1]}"
    return _BY_LOWER.get(token.lower())


def _creative_commons(match: re.Match[str]) -> str | None:
    """Return the identifier SPDX gives a license that Creative Commons has published."""
    asked = match["elements"].upper().replace("ND-NC", "NC-ND")
    edition, port = match["version"], (match["port"] or "").upper()
    ports = _PORTS.get(edition, frozenset())
    if port and (port not in ports or asked not in _WITH_ATTRIBUTION):
        return None
    if not port and edition not in _PORTS.keys() - {"2.1"}:
        return None
    if asked in _WITHOUT_ATTRIBUTION and edition == "1.0":
        return "CC-SA-1.0" if asked == "SA" else f"LicenseRef-CC-{asked}-1.0"
    if asked not in _WITH_ATTRIBUTION:
        return None
    rest = "-".join(filter(None, (asked, edition, port)))
    name = f"CC-{rest}"
    return name if not port or name in _IDENTIFIERS else f"LicenseRef-{name}"


def _gnu(match: re.Match[str]) -> str:
    stem = match["stem"].upper()
    stem = stem.replace("-NO-INVARIANTS", "-no-invariants")
    stem = stem.replace("-INVARIANTS", "-invariants")
    later = (match["later"] or "").lower() in {"+", "-or-later"}
    return f"{stem}-{'or-later' if later else 'only'}"


def _rendered(tree: _Tree) -> str:
    if isinstance(tree, str):
        return tree
    return f" {tree.word} ".join(
        f"({_rendered(arm)})"
        if isinstance(arm, _Arms) and tree.word == "AND"
        else _rendered(arm)
        for arm in tree.arms
    )
