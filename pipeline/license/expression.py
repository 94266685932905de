"""SPDX license expressions: the only door through which one is made.

Creative Commons identifiers are a rule, not a list: what a license asks (its elements),
its version and its port make up the identifier, and the same parts decide whether a
corpus may carry it. Other identifiers are a table of those that are met on text pages;
one that is not in it has to be written as a ``LicenseRef-``.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.model import AllowedLicense
from pipeline.vocab import LicenseExpression

LENGTH_LIMIT: Final = 1000
"""Longest expression that is read, in characters; real ones have fewer than 200."""

_DEPTH_LIMIT: Final = 32

# SPDX 3.29: the ports that have an identifier of their own. Every other port of the same
# licenses is written LicenseRef-CC-BY-2.0-FR.
_PORTS_WITH_ID: Final = frozenset(
    """
    BY-2.5-AU BY-3.0-AT BY-3.0-AU BY-3.0-DE BY-3.0-IGO BY-3.0-NL BY-3.0-US
    BY-SA-2.0-UK BY-SA-2.1-JP BY-SA-3.0-AT BY-SA-3.0-DE BY-SA-3.0-IGO
    BY-NC-3.0-DE BY-NC-3.0-IGO BY-NC-SA-2.0-DE BY-NC-SA-2.0-FR BY-NC-SA-2.0-UK
    BY-NC-SA-3.0-DE BY-NC-SA-3.0-IGO BY-NC-ND-3.0-DE BY-NC-ND-3.0-IGO
    BY-ND-3.0-DE
    """.split()  # noqa: SIM905  (to be read)
)

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

_IDENTIFIERS: Final = """
    0BSD AFL-3.0 Apache-1.1 Apache-2.0 Artistic-1.0 Artistic-2.0 BSD-1-Clause
    BSD-2-Clause BSD-3-Clause BSD-4-Clause BSL-1.0 CC0-1.0 CC-PDDC CC-PDM-1.0 CC-SA-1.0
    CDDL-1.0 CDLA-Permissive-1.0 CDLA-Permissive-2.0 CDLA-Sharing-1.0 DL-DE-BY-2.0
    DL-DE-ZERO-2.0 EPL-1.0 EPL-2.0 EUPL-1.1 EUPL-1.2 FSFAP ISC LAL-1.2 LAL-1.3
    LPPL-1.3c MIT MIT-0 MPL-1.1 MPL-2.0 NLOD-1.0 NLOD-2.0 ODC-By-1.0 ODbL-1.0
    OFL-1.1 OGDL-Taiwan-1.0 OGL-Canada-2.0 OGL-UK-1.0 OGL-UK-2.0 OGL-UK-3.0 PDDL-1.0
    PSF-2.0 PostgreSQL Python-2.0 Unlicense W3C WTFPL Zlib blessing etalab-2.0
""".split()  # noqa: SIM905  (to be read)
_EXCEPTIONS: Final = """
    Autoconf-exception-3.0 Bison-exception-2.2 Classpath-exception-2.0
    Font-exception-2.0 GCC-exception-3.1 LLVM-exception
""".split()  # noqa: SIM905  (to be read)
_BY_LOWER: Final = {name.lower(): name for name in (*_IDENTIFIERS, *_EXCEPTIONS)}
_EXCEPTION_NAMES: Final = frozenset(_EXCEPTIONS)

# The GNU family is named by what it says of later versions; SPDX deprecates GPL-2.0 and
# GPL-2.0+ and gives both of them these names.
_GNU: Final = re.compile(
    r"(?P<stem>AGPL-(?:1\.0|3\.0)|L?GPL-(?:2\.0|2\.1|3\.0)|GPL-1\.0"
    r"|GFDL-1\.[123](?:-no-invariants|-invariants)?)"
    r"(?P<later>\+|-only|-or-later)?",
    re.IGNORECASE,
)
_GNU_NOT: Final = frozenset({"gpl-2.1"})

# SPDX 3.0.1 annex B:
#   idstring              = 1*(ALPHA / DIGIT / "-" / "." )  # noqa: ERA001
#   license-ref           = ["DocumentRef-" idstring ":"] "LicenseRef-" idstring
#   simple-expression     = license-id / license-id "+" / license-ref
#   compound-expression   = simple-expression
#                         / simple-expression "WITH" license-exception-id
#                         / compound-expression "AND" compound-expression
#                         / compound-expression "OR" compound-expression
#                         / "(" compound-expression ")"
# WITH binds before AND, AND before OR.
_TOKEN: Final = re.compile(r"\s*([()]|[A-Za-z0-9.+-]+)")
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


def _tree_of(text: str) -> _Tree | None:
    if len(text) > LENGTH_LIMIT:
        return None
    try:
        tokens = _tokens(text)
        tree = _joined("OR", tokens, depth=0)
    except _NoExpressionError:
        return None
    return tree if not tokens else None


def _tokens(text: str) -> list[str]:
    """Return the tokens last first, so that the next one is popped off the end."""
    tokens: list[str] = []
    position = 0
    stripped = text.strip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if not match:
            raise _NoExpressionError
        tokens.append(match[1])
        position = match.end()
    return tokens[::-1]


def _joined(word: str, tokens: list[str], *, depth: int) -> _Tree:
    arms = [_arm(word, tokens, depth=depth)]
    while tokens and tokens[-1].upper() == word:
        tokens.pop()
        arms.append(_arm(word, tokens, depth=depth))
    flat = (
        inner
        for arm in arms
        for inner in (arm.arms if isinstance(arm, _Arms) and arm.word == word else (arm,))
    )
    distinct = tuple(dict.fromkeys(flat))
    return distinct[0] if len(distinct) == 1 else _Arms(word=word, arms=distinct)


def _arm(word: str, tokens: list[str], *, depth: int) -> _Tree:
    if word == "OR":
        return _joined("AND", tokens, depth=depth)
    token = _next(tokens)
    if token != "(":  # noqa: S105  (a parenthesis, not a secret)
        return _simple(token, tokens)
    if depth >= _DEPTH_LIMIT:
        raise _NoExpressionError
    tree = _joined("OR", tokens, depth=depth + 1)
    if _next(tokens) != ")":
        raise _NoExpressionError
    return tree


def _simple(token: str, tokens: list[str]) -> str:
    name = _identifier(token)
    if name is None or name in _EXCEPTION_NAMES:
        raise _NoExpressionError
    if not tokens or tokens[-1].upper() != "WITH":
        return name
    tokens.pop()
    exception = _BY_LOWER.get(_next(tokens).lower())
    if exception not in _EXCEPTION_NAMES:
        raise _NoExpressionError
    return f"{name} WITH {exception}"


def _next(tokens: list[str]) -> str:
    if not tokens:
        raise _NoExpressionError
    return tokens.pop()


def _identifier(token: str) -> str | None:
    known = _BY_LOWER.get(token.lower())
    if known:
        return known
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
    return f"LicenseRef-{reference[1]}" if reference else None


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
    return f"CC-{rest}" if not port or rest in _PORTS_WITH_ID else f"LicenseRef-CC-{rest}"


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
