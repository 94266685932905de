"""What a license is called, where its text is, and what it asks for in return."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from pipeline.license import expression
from pipeline.vocab import LicenseExpression


class Obligation(StrEnum):
    """What whoever passes a work on owes by its license. Add-only."""

    ATTRIBUTION = "attribution"
    NOTICE = "notice"
    LICENSE_LINK = "license-link"
    INDICATE_CHANGES = "indicate-changes"
    INDICATE_ADAPTATION = "indicate-adaptation"
    SHARE_ALIKE = "share-alike"
    NON_COMMERCIAL = "non-commercial"
    NO_DERIVATIVES = "no-derivatives"
    LICENSE_TEXT = "license-text"
    HISTORY = "history"
    SOURCE = "source"
    ASK_FIRST = "ask-first"
    READ_THE_LICENSE = "read-the-license"


MEANING: Final = {
    Obligation.ATTRIBUTION: "name the author, the title and the source",
    Obligation.NOTICE: "keep the notices of copyright, license and warranty",
    Obligation.LICENSE_LINK: "name the license and link to it",
    Obligation.INDICATE_CHANGES: "say what was changed",
    Obligation.INDICATE_ADAPTATION: "say of an adaptation that it is one, and of what",
    Obligation.SHARE_ALIKE: "share what is adapted from it under the same license",
    Obligation.NON_COMMERCIAL: "no commercial use",
    Obligation.NO_DERIVATIVES: "share no adaptations",
    Obligation.LICENSE_TEXT: "pass copyright notices and the text of the license on",
    Obligation.HISTORY: "keep its history, title page and invariant sections",
    Obligation.SOURCE: "offer the form in which changes are best made",
    Obligation.ASK_FIRST: "ask the community first: no license stands in for its yes",
    Obligation.READ_THE_LICENSE: "not known here: read the license",
}
"""Each obligation in words."""

# The elements of a Creative Commons license and what each of them asks, beside what all
# of these licenses ask: that notices stay (4.0 section 3(a)(1)(A), 1.0 to 3.0 section 4)
# and that the license is named with its address.
_ELEMENTS: Final = {
    "BY": ("Attribution", Obligation.ATTRIBUTION),
    "NC": ("NonCommercial", Obligation.NON_COMMERCIAL),
    "ND": ("NoDerivatives", Obligation.NO_DERIVATIVES),
    "SA": ("ShareAlike", Obligation.SHARE_ALIKE),
}
_EVERY_ELEMENT: Final = frozenset({Obligation.NOTICE, Obligation.LICENSE_LINK})

# 4.0 section 3(a)(1)(B) wants changes named always; 1.0 to 3.0 section 4 want a credit that
# tells what an adaptation was made from, and where none may be shared they want nothing.
_CHANGES: Final = {"4.0": Obligation.INDICATE_CHANGES}
_CHANGES_BEFORE: Final = Obligation.INDICATE_ADAPTATION

# Version 3.0 without a port says "Unported", the ones before "Generic".
_EDITIONS: Final = {"4.0": " International", "3.0": " Unported"}
_GENERIC: Final = " Generic"

# Version 1.0 has its elements in another order: /licenses/by-nd-nc/1.0/.
_FIRST: Final = "1.0"

_CREATIVE_COMMONS: Final = "https://creativecommons.org/"
_NAMED: Final = {
    "CC0-1.0": ("Creative Commons Zero 1.0 Universal", "publicdomain/zero/1.0/"),
    "CC-PDM-1.0": ("Public Domain Mark 1.0", "publicdomain/mark/1.0/"),
    "CC-PDDC": ("Public Domain Dedication and Certification", "licenses/publicdomain/"),
}

_NOTHING: Final = frozenset[Obligation]()
_CREDIT: Final = frozenset({Obligation.ATTRIBUTION, Obligation.LICENSE_LINK})
_MARKED: Final = _CREDIT | {Obligation.INDICATE_CHANGES}
_NOTICE: Final = frozenset({Obligation.LICENSE_TEXT})
_NOTED: Final = _NOTICE | {Obligation.INDICATE_CHANGES}
_COPYLEFT: Final = frozenset({Obligation.SHARE_ALIKE, Obligation.LICENSE_TEXT})
_PROGRAM: Final = _COPYLEFT | {Obligation.SOURCE, Obligation.INDICATE_CHANGES}
_DATABASE: Final = _CREDIT | {Obligation.NOTICE}

# By how an identifier begins, with a version and an edition after it and no more: what has
# another ending is another license. The longest beginning decides.
_EDITION: Final = re.compile(
    r"(?:[A-Za-z]+-)?[0-9.]*[a-c]?(?:-Clause)?(?:-(?:no-)?invariants)?(?:-only|-or-later)?"
)
_OTHERS: Final = {
    "CC0-": _NOTHING,
    "CC-PDDC": _NOTHING,
    "CC-PDM-": _NOTHING,
    "PDDL-": _NOTHING,
    "DL-DE-ZERO-": _NOTHING,
    "Unlicense": _NOTHING,
    "0BSD": _NOTHING,
    "MIT-0": _NOTHING,
    "WTFPL": _NOTHING,
    "blessing": _NOTHING,
    "OGL-": _CREDIT,
    "OGDL-": _CREDIT,
    "etalab-": _MARKED,
    "NLOD-": _MARKED,
    "DL-DE-BY-": _MARKED,
    "ODC-By-": _DATABASE,
    "ODbL-": _DATABASE | {Obligation.SHARE_ALIKE},
    "CDLA-Permissive-": _NOTICE,
    "CDLA-Sharing-": _COPYLEFT,
    "LAL-": _MARKED | {Obligation.SHARE_ALIKE},
    "GFDL-": _COPYLEFT | _MARKED | {Obligation.HISTORY},
    "GPL-": _PROGRAM,
    "LGPL-": _PROGRAM,
    "AGPL-": _PROGRAM,
    "CDDL-": _PROGRAM,
    "EPL-": _PROGRAM,
    "EUPL-": _PROGRAM,
    "MPL-": _PROGRAM,
    "OFL-": _COPYLEFT,
    "LPPL-": _NOTED,
    "AFL-": _NOTED,
    "Apache-": _NOTED,
    "Artistic-": _NOTED,
    "PSF-": _NOTED,
    "Python-": _NOTED,
    "W3C": _NOTED,
    "Zlib": _NOTED,
    "BSD-": _NOTICE,
    "BSL-": _NOTICE,
    "FSFAP": _NOTICE,
    "ISC": _NOTICE,
    "MIT": _NOTICE,
    "PostgreSQL": _NOTICE,
}

# How the names of licenses begin by which a people keeps authority, in lower case. What
# they ask is between people: no license stands in for a yes.
_COMMUNITIES: Final = ("kaitiakitanga", "tk-", "bc-", "local-contexts", "localcontexts")
_OWN: Final = "LicenseRef-"

_TOKEN: Final = re.compile(r"[A-Za-z0-9.+-]+")
_WORDS: Final = frozenset({"AND", "OR", "WITH"})


def identifiers(license_: LicenseExpression) -> tuple[str, ...]:
    """Return the licenses and exceptions that an expression names, each once."""
    tokens = _TOKEN.findall(license_)
    return tuple(dict.fromkeys(each for each in tokens if each not in _WORDS))


def name_of(license_: LicenseExpression) -> str:
    """Return what a license is called; its expression where no other name is known."""
    if license_ in _NAMED:
        return _NAMED[license_][0]
    asked = expression.elements(license_)
    if not asked:
        return license_
    edition, _, port = expression.version(license_).partition("-")
    long = "-".join(words for key, (words, _) in _ELEMENTS.items() if key in asked)
    where = f" {port}" if port else _EDITIONS.get(edition, _GENERIC)
    return f"Creative Commons {long} {edition}{where}"


def address_of(license_: LicenseExpression) -> str:
    """Return where the license can be read, or an empty text where that is not known.

    An expression of several licenses gives their addresses with blanks between.
    """
    found = (_address_of(each) for each in identifiers(license_))
    return " ".join(filter(None, found))


def obligations_of(license_: LicenseExpression) -> frozenset[Obligation]:
    """Return what a license asks for: of an expression, what any of its licenses asks."""
    return frozenset(owed for each in identifiers(license_) for owed in _owed(each))


def _address_of(identifier: str) -> str | None:
    if identifier in _NAMED:
        return _CREATIVE_COMMONS + _NAMED[identifier][1]
    license_ = LicenseExpression(identifier)
    asked = expression.elements(license_)
    if asked:
        terms = "-".join(key for key in _ELEMENTS if key in asked).lower()
        edition = expression.version(license_).lower().replace("-", "/")
        if edition.startswith(_FIRST):
            terms = terms.replace("nc-nd", "nd-nc")
        return f"{_CREATIVE_COMMONS}licenses/{terms}/{edition}/"
    is_own = identifier.startswith(_OWN)
    return None if is_own else f"https://spdx.org/licenses/{identifier}.html"


def _owed(identifier: str) -> Iterator[Obligation]:
    asked = expression.elements(LicenseExpression(identifier))
    if asked:
        yield from _owed_by_elements(asked, identifier)
    elif identifier.startswith(_OWN):
        name = identifier.removeprefix(_OWN).lower()
        if name.startswith(_COMMUNITIES):
            yield Obligation.ASK_FIRST
        yield Obligation.READ_THE_LICENSE
    elif not expression.is_exception(identifier):
        # An exception only ever takes something off.
        known = (start for start in _OTHERS if _is_of(identifier, start))
        start = max(known, key=len, default=None)
        yield from {Obligation.READ_THE_LICENSE} if start is None else _OTHERS[start]


def _is_of(identifier: str, start: str) -> bool:
    rest = identifier.removeprefix(start)
    return identifier.startswith(start) and _EDITION.fullmatch(rest) is not None


def _owed_by_elements(asked: frozenset[str], identifier: str) -> Iterator[Obligation]:
    yield from _EVERY_ELEMENT
    yield from (_ELEMENTS[element][1] for element in asked)
    edition = expression.version(LicenseExpression(identifier)).partition("-")[0]
    if edition in _CHANGES:
        yield _CHANGES[edition]
    elif "ND" not in asked:
        yield _CHANGES_BEFORE
