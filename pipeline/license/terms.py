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
    LICENSE_LINK = "license-link"
    INDICATE_CHANGES = "indicate-changes"
    SHARE_ALIKE = "share-alike"
    NON_COMMERCIAL = "non-commercial"
    NO_DERIVATIVES = "no-derivatives"
    LICENSE_TEXT = "license-text"
    READ_THE_LICENSE = "read-the-license"


MEANING: Final = {
    Obligation.ATTRIBUTION: "name the author, the title and the source",
    Obligation.LICENSE_LINK: "name the license and link to it",
    Obligation.INDICATE_CHANGES: "say what was changed",
    Obligation.SHARE_ALIKE: "share what is adapted from it under the same license",
    Obligation.NON_COMMERCIAL: "no commercial use",
    Obligation.NO_DERIVATIVES: "share no adaptations",
    Obligation.LICENSE_TEXT: "pass copyright notices and the text of the license on",
    Obligation.READ_THE_LICENSE: "not known here: read the license",
}
"""Each obligation in words."""

# The elements of a Creative Commons license and what each of them asks.
_ELEMENTS: Final = {
    "BY": (
        "Attribution",
        {Obligation.ATTRIBUTION, Obligation.LICENSE_LINK, Obligation.INDICATE_CHANGES},
    ),
    "NC": ("NonCommercial", {Obligation.NON_COMMERCIAL}),
    "ND": ("NoDerivatives", {Obligation.NO_DERIVATIVES}),
    "SA": ("ShareAlike", {Obligation.SHARE_ALIKE, Obligation.LICENSE_LINK}),
}

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

_CREDIT: Final = frozenset({Obligation.ATTRIBUTION, Obligation.LICENSE_LINK})
_NOTICE: Final = frozenset({Obligation.LICENSE_TEXT})
_COPYLEFT: Final = frozenset({Obligation.SHARE_ALIKE, Obligation.LICENSE_TEXT})
_ALIKE: Final = _CREDIT | {Obligation.SHARE_ALIKE}

# By how an identifier begins; the longest beginning decides.
_OTHERS: Final = {
    "CC0-": frozenset[Obligation](),
    "CC-PD": frozenset[Obligation](),
    "PDDL-": frozenset[Obligation](),
    "DL-DE-ZERO-": frozenset[Obligation](),
    "Unlicense": frozenset[Obligation](),
    "0BSD": frozenset[Obligation](),
    "MIT-0": frozenset[Obligation](),
    "WTFPL": frozenset[Obligation](),
    "blessing": frozenset[Obligation](),
    "OGL-": _CREDIT,
    "OGDL-": _CREDIT,
    "etalab-": _CREDIT | {Obligation.INDICATE_CHANGES},
    "NLOD-": _CREDIT | {Obligation.INDICATE_CHANGES},
    "DL-DE-BY-": _CREDIT | {Obligation.INDICATE_CHANGES},
    "ODC-By-": _CREDIT,
    "ODbL-": _ALIKE,
    "LAL-": _ALIKE | {Obligation.INDICATE_CHANGES},
    "GFDL-": _COPYLEFT | {Obligation.ATTRIBUTION, Obligation.INDICATE_CHANGES},
    "GPL-": _COPYLEFT,
    "LGPL-": _COPYLEFT,
    "AGPL-": _COPYLEFT,
    "MIT": _NOTICE,
    "ISC": _NOTICE,
    "BSD-": _NOTICE,
    "Apache-": _NOTICE | {Obligation.INDICATE_CHANGES},
    "PostgreSQL": _NOTICE,
    "PSF-": _NOTICE,
    "Python-": _NOTICE,
    "Zlib": _NOTICE,
}

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
    is_own = identifier.startswith("LicenseRef-")
    return None if is_own else f"https://spdx.org/licenses/{identifier}.html"


def _owed(identifier: str) -> Iterator[Obligation]:
    asked = expression.elements(LicenseExpression(identifier))
    if asked:
        for element in asked:
            yield from _ELEMENTS[element][1]
        return
    known = (start for start in _OTHERS if identifier.startswith(start))
    start = max(known, key=len, default=None)
    yield from {Obligation.READ_THE_LICENSE} if start is None else _OTHERS[start]
