"""Ways: under which licenses an adaptation may go on, clause by clause.

Each row is one sentence of a license, or of its steward, that lets what was made from a
work go out under a license. What no row says is not known, and what is not known is no
way. A declaration reaches one step: what OGL says of CC BY it does not say of CC BY-SA.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from pipeline.license import expression
from pipeline.license.terms import Obligation, obligations_of
from pipeline.vocab import LicenseExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A license by its parts: ``GPL``, ``2.0``, and whether later versions may be taken.

    ``port`` is a jurisdiction, ``flavour`` what the GFDL says of invariant sections.
    """

    family: str
    version: str = ""
    port: str = ""
    flavour: str = ""
    is_later: bool = False


class Way(NamedTuple):
    """A sentence of a license: into which licenses it lets an adaptation go.

    No ``versions`` are all of them. ``at`` is which versions it leads to: those named, in
    no port, where a plus behind one admits its ``-or-later``; or one of the rules below.
    ``says`` completes "an adaptation may go on".
    """

    families: str
    versions: str
    into: str
    at: str
    clause: str
    says: str


class Closed(NamedTuple):
    """A way that is often taken to be there and is not; ``says`` is why."""

    families: str
    into: str
    clause: str
    says: str


# Rules for ``Way.at``: any version; the same or a later one; the same, or a later one
# where the work says that it may be taken.
_ANY: Final = "any"
_SINCE: Final = "since"
_GRANTED: Final = "granted"

_ANYTHING: Final = "*"
_ASKING: Final = "+"

_FREE: Final = "CC0 CC-PDM CC-PDDC PDDL DL-DE-ZERO Unlicense 0BSD MIT-0 WTFPL blessing"
_NOTICE: Final = (
    "MIT ISC BSD-1-Clause BSD-2-Clause BSD-3-Clause BSL FSFAP PostgreSQL PSF W3C Zlib"
)
_NOTICE_AND_MORE: Final = "Apache BSD-4-Clause Python AFL"
_GNU: Final = "GPL LGPL AGPL"
_CREDIT: Final = "CC-BY CC-BY-SA CC-BY-NC CC-BY-NC-SA CC-BY-ND CC-BY-NC-ND"
_BEFORE_4: Final = "1.0 2.0 2.1 2.5 3.0"
_RATCHET: Final = "2.0 2.1 2.5 3.0"
_ALIKE: Final = "CC-BY-SA CC-BY-NC-SA"

_MORE: Final = "under a Creative Commons license that asks for as much or more"
_LATER_CC: Final = (
    "under this version or a later one with the same elements, of any jurisdiction"
)
_LATER_GNU: Final = "under this version, or a later one where the work says so"
_LIST: Final = "CC, list of compatible licenses"

WAYS: Final = (
    Way(
        _FREE, "", _ANYTHING, _ANY,
        "{name} asks for nothing in return", "under any license",
    ),
    # Creative Commons: credit alone. That an earlier version of the same terms is no way
    # is caution: nothing says that it is.
    Way("CC-BY", "4.0", "CC-BY", _SINCE, "{name} §3(a)(4)", _MORE),
    Way(
        "CC-BY", "4.0", "CC-BY-SA CC-BY-NC CC-BY-NC-SA CC-BY-ND CC-BY-NC-ND", _ANY,
        "{name} §3(a)(4)", _MORE,
    ),
    Way("CC-BY", _BEFORE_4, "CC-BY", _SINCE, "{name} §3(b), §4(b)", _MORE),
    Way(
        "CC-BY", _BEFORE_4, "CC-BY-SA CC-BY-NC CC-BY-NC-SA CC-BY-ND CC-BY-NC-ND", _ANY,
        "{name} §3(b), §4(b)", _MORE,
    ),
    Way(
        "CC-BY", "4.0", _GNU, _ANY,
        "{name} §3(a)(4); FSF, license list; GPL 3.0 §7(b)", "under a GNU license",
    ),
    Way(
        "CC-BY", "4.0", "GFDL LAL", _ANY,
        "{name} §3(a)(4)", "under a license that keeps the credit",
    ),
    Way("CC-BY-NC", "4.0", "CC-BY-NC", _SINCE, "{name} §3(a)(4)", _MORE),
    Way("CC-BY-NC", "4.0", "CC-BY-NC-SA CC-BY-NC-ND", _ANY, "{name} §3(a)(4)", _MORE),
    Way("CC-BY-NC", _BEFORE_4, "CC-BY-NC", _SINCE, "{name} §3(b), §4(b)", _MORE),
    Way(
        "CC-BY-NC", _BEFORE_4, "CC-BY-NC-SA CC-BY-NC-ND", _ANY,
        "{name} §3(b), §4(b)", _MORE,
    ),
    # Creative Commons: share-alike, one ratchet. 1.0 has no later-version clause.
    Way("CC-BY-SA", _RATCHET, "CC-BY-SA", _SINCE, "{name} §4(b)", _LATER_CC),
    Way("CC-BY-NC-SA", _RATCHET, "CC-BY-NC-SA", _SINCE, "{name} §4(b)", _LATER_CC),
    Way("CC-BY-SA", "4.0", "CC-BY-SA", _SINCE, "{name} §3(b)(1)", _LATER_CC),
    Way("CC-BY-NC-SA", "4.0", "CC-BY-NC-SA", _SINCE, "{name} §3(b)(1)", _LATER_CC),
    Way(
        "CC-BY-SA", "4.0", "LAL", "1.3",
        f"{{name}} §3(b)(1); {_LIST}, 2014-10-21", "under the Free Art License 1.3",
    ),
    # The list names version 3 alone, so what goes on under it has no "or later".
    Way(
        "CC-BY-SA", "4.0", "GPL", "3.0",
        f"{{name}} §3(b)(1); {_LIST}, 2015-10-08", "one way under GPL 3.0, never back",
    ),
    Way(
        f"{_ALIKE} CC-SA CC-NC-SA", "1.0", "", "",
        "{name} §4(b)", "under this very license, no later version of it",
    ),
    Way("CC-NC", "1.0", "", "", "{name} §4", "under this very license"),
    # The Free Art License lets its later versions be chosen, and with them their ways.
    Way(
        "LAL", "", "LAL", _SINCE,
        "LAL 1.3 §2.3, §9; 1.2 §6", "under this version or a later one",
    ),
    Way(
        "LAL", "", "CC-BY-SA", "4.0",
        f"LAL 1.3 §2.3, §5; {_LIST}, 2014-10-21", "under CC BY-SA 4.0",
    ),
    # Governments' licenses, each by what it declares in its own words.
    Way(
        "OGL-UK", "1.0", "CC-BY ODC-By", _ANY,
        "{name}, “aligned to be interoperable”", "under CC BY or ODC-By",
    ),
    Way(
        "OGL-UK", "2.0 3.0", "CC-BY", "4.0",
        "{name}, “compatible with”", "under CC BY 4.0 or ODC-By",
    ),
    Way(
        "OGL-UK", "2.0 3.0", "ODC-By", _ANY,
        "{name}, “compatible with”", "under CC BY 4.0 or ODC-By",
    ),
    Way(
        "etalab", "", "CC-BY OGL-UK ODC-By", _ANY,
        "{name}, “compatible avec”", "under CC BY, OGL or ODC-By",
    ),
    Way(
        "NLOD", "", "NLOD", _SINCE,
        "{name} §10", "under this version or a later one",
    ),
    Way(
        "NLOD", "", "CC-BY", "1.0 2.0 2.5 3.0 4.0",
        "NLOD 2.0 §9; 1.0 §9, §10", "under CC BY, OGL or ODC-By",
    ),
    Way(
        "NLOD", "", "OGL-UK ODC-By", _ANY,
        "NLOD 2.0 §9; 1.0 §9, §10", "under CC BY, OGL or ODC-By",
    ),
    Way(
        "OGDL-Taiwan", "", "CC-BY", "4.0",
        "{name} §4.2", "under CC BY 4.0",
    ),
    # GNU.
    Way(
        "GPL", "1.0 2.0", "GPL", _GRANTED, "GPL 2.0 §2(b), §9", _LATER_GNU,
    ),
    Way("GPL", "3.0", "GPL", _GRANTED, "GPL 3.0 §5(c), §14", _LATER_GNU),
    Way("AGPL", "", "AGPL", _GRANTED, "AGPL 3.0 §5(c), §14", _LATER_GNU),
    Way("LGPL", "2.0 2.1", "LGPL", _GRANTED, "LGPL 2.1 §2, §13", _LATER_GNU),
    Way("LGPL", "3.0", "LGPL", _GRANTED, "LGPL 3.0 §2, §6", _LATER_GNU),
    Way(
        "LGPL", "2.0 2.1", "GPL", "2.0+ 3.0+",
        "LGPL 2.1 §3", "under GPL 2.0 or a later one",
    ),
    Way(
        "LGPL", "3.0", "GPL", _GRANTED,
        "GPL 3.0 §7", "under GPL 3.0, the added permissions left out",
    ),
    Way(
        "GPL LGPL", "3.0", "AGPL", "3.0",
        "GPL 3.0 §13", "as a part of what is under AGPL 3.0",
    ),
    Way("GFDL", "", "GFDL", _GRANTED, "GFDL 1.3 §4, §10", _LATER_GNU),
    # Software licenses that ask for their notice and little more.
    Way(
        f"{_NOTICE} {_NOTICE_AND_MORE}", "", _ASKING, _ANY,
        "{name}: its text and notices have to travel", "under a license that lets its "
        "notice travel",
    ),
    Way("CDLA-Permissive", "2.0", _ASKING, _ANY, "{name} §2", "with its text"),
    Way(
        _NOTICE, "", _GNU, _ANY,
        "{name}: no further restriction (GPL 2.0 §6, GPL 3.0 §7)", "under a GNU license",
    ),
    Way(
        "Apache", "2.0", _GNU, "3.0+",
        "FSF, license list", "under version 3 of a GNU license",
    ),
    Way("Artistic", "2.0", _GNU, _ANY, "Artistic 2.0 §4(c)(ii)", "under a GNU license"),
    # Software licenses with share-alike.
    Way("MPL", "", "MPL", _SINCE, "MPL 2.0 §10.2; 1.1 §6.2", "under a later version"),
    Way(
        "MPL", "2.0", "GPL", "2.0+ 3.0+",
        "MPL 2.0 §1.12, §3.3", "under GPL 2.0, LGPL 2.1, AGPL 3.0 or later",
    ),
    Way(
        "MPL", "2.0", "LGPL", "2.1+ 3.0+",
        "MPL 2.0 §1.12, §3.3", "under GPL 2.0, LGPL 2.1, AGPL 3.0 or later",
    ),
    Way(
        "MPL", "2.0", "AGPL", "3.0+",
        "MPL 2.0 §1.12, §3.3", "under GPL 2.0, LGPL 2.1, AGPL 3.0 or later",
    ),
    Way("EUPL", "", "EUPL", _SINCE, "EUPL 1.2 §5", "under this version or a later one"),
    Way(
        "EUPL", "1.2", "GPL", "2.0 3.0",
        "EUPL 1.2 §5, appendix", "under a license of its appendix",
    ),
    Way(
        "EUPL", "1.2", "LGPL", "2.1 3.0",
        "EUPL 1.2 §5, appendix", "under a license of its appendix",
    ),
    Way(
        "EUPL", "1.2", "AGPL CC-BY-SA", "3.0",
        "EUPL 1.2 §5, appendix", "under a license of its appendix",
    ),
    Way(
        "EUPL", "1.2", "MPL", "2.0",
        "EUPL 1.2 §5, appendix", "under a license of its appendix",
    ),
    # Databases, each in its own family.
    Way(
        "ODbL", "", "", "",
        "ODbL 1.0 §4.4(a)", "under this very license, as a derivative database",
    ),
    Way("ODC-By", "", "", "", "ODC-By 1.0 §4.2(a)", "under this very license"),
)  # fmt: skip
"""Every way that is known."""

CLOSED: Final = (
    Closed(
        "GFDL", "CC-BY-SA", "GFDL 1.3 §11",
        "the time for relicensing as CC BY-SA ended on 2009-08-01",
    ),
    Closed(_ALIKE, "GFDL", _LIST, "GFDL is not on the list"),
    Closed(
        "CC-BY-SA", "GPL LGPL AGPL", f"{_LIST}, 2015-10-08",
        "declared for BY-SA 4.0 and version 3 of the GPL alone, without “or later”",
    ),
    Closed(
        "CC-BY", "GPL LGPL AGPL", "FSF, license list",
        "declared for CC BY 4.0 alone",
    ),
    Closed(
        "GPL LGPL AGPL", _CREDIT, f"{_LIST}, 2015-10-08",
        "from BY-SA 4.0 to GPL 3.0 there is one way, and none back",
    ),
    Closed(
        "CC-BY", "ODbL", "OSMF, 2017-03-17",
        "what CC BY says of technical measures needs a waiver first",
    ),
    Closed(_ALIKE, "ODbL", "ODbL 1.0 §4.4(a)", "neither declares the other compatible"),
    Closed(
        "ODbL", _CREDIT, "ODbL 1.0 §4.4(a)",
        "no Creative Commons license is declared compatible",
    ),
    Closed(
        "OGL-UK etalab NLOD OGDL-Taiwan", _ALIKE, "each license's own text",
        "it names CC BY; what is adapted under that may go on from there",
    ),
)  # fmt: skip
"""Where people look for a way and there is none."""

# The versions of what has a later-version clause; those of what is only led to.
_VERSIONS: Final = {
    "CC-BY-SA": "2.0 2.5 3.0 4.0",
    "CC-BY-NC-SA": "2.0 2.5 3.0 4.0",
    "LAL": "1.2 1.3",
    "NLOD": "1.0 2.0",
    "MPL": "1.1 2.0",
    "EUPL": "1.1 1.2",
    "GPL": "1.0 2.0 3.0",
    "LGPL": "2.0 2.1 3.0",
    "AGPL": "1.0 3.0",
    "GFDL": "1.1 1.2 1.3",
}
_LED_TO: Final = {
    "CC-BY": "1.0 2.0 2.5 3.0 4.0",
    "CC-BY-NC": "4.0",
    "OGL-UK": "1.0 2.0 3.0",
    "ODC-By": "1.0",
}
_LATER_BY_NAME: Final = frozenset({*_GNU.split(), "GFDL"})

# What says that something is free and grants nothing is nothing to release under.
_LABELS: Final = frozenset({"CC-PDM-1.0", "CC-PDDC"})

_ORDER: Final = ("BY", "NC", "ND", "SA")
_NUMBERED: Final = re.compile(
    r"(?P<family>.+?)-(?P<version>[0-9]\.[0-9][a-z]?)"
    r"(?P<flavour>-no-invariants|-invariants)?(?:-only|(?P<later>-or-later))?"
)
# A work without invariant sections may gain some, and one with them keeps them.
_FLAVOURS: Final = ("-no-invariants", "", "-invariants")
_WITH: Final = " WITH "


@lru_cache(maxsize=1024)
def parts_of(license_: LicenseExpression) -> Parts:
    """Return a license by its parts; what an exception adds is left out."""
    plain = LicenseExpression(license_.partition(_WITH)[0])
    asked = expression.elements(plain)
    if asked:
        terms = "-".join(each for each in _ORDER if each in asked)
        version, _, port = expression.version(plain).partition("-")
        return Parts(family=f"CC-{terms}", version=version, port=port)
    match = _NUMBERED.fullmatch(plain)
    if not match:
        return Parts(family=plain)
    return Parts(
        family=match["family"],
        version=match["version"],
        flavour=match["flavour"] or "",
        is_later=match["later"] is not None,
    )


def is_known(license_: LicenseExpression) -> bool:
    """Say whether it is known what a license asks for."""
    return Obligation.READ_THE_LICENSE not in obligations_of(license_)


def is_outbound(license_: LicenseExpression) -> bool:
    """Say whether a work can be released under it: a license that is known, no label."""
    return is_known(license_) and license_ not in _LABELS


def way_of(license_: LicenseExpression, outbound: LicenseExpression) -> Way | None:
    """Return the way by which an adaptation may go on under ``outbound``, if one is known.

    Under its own license every work goes on whose adaptations may be shared at all.
    """
    owed = obligations_of(license_)
    if not (is_known(license_) and is_outbound(outbound)):
        return None
    if Obligation.NO_DERIVATIVES in owed:
        return None
    source, target = parts_of(license_), parts_of(outbound)
    if _WITH not in outbound or not owed:
        for way in ways_from(license_):
            if _leads_to(way, target, outbound) and _reaches(way.at, source, target):
                return way
    return _itself(license_) if license_ == outbound else None


def ways_from(license_: LicenseExpression) -> Iterator[Way]:
    """Yield the rows that speak of a license, as itself or as a version it may be."""
    source = parts_of(license_)
    for way in WAYS:
        if source.family in way.families.split() and _holds(way.versions, source):
            yield way


def closed_between(
    license_: LicenseExpression, outbound: LicenseExpression
) -> Closed | None:
    """Return why there is no way between two licenses where people look for one."""
    source, target = parts_of(license_).family, parts_of(outbound).family
    return next(
        (
            each
            for each in CLOSED
            if source in each.families.split() and target in each.into.split()
        ),
        None,
    )


def versions_of(license_: LicenseExpression) -> Iterator[LicenseExpression]:
    """Yield a license and the versions of it that may be reached from it by its name."""
    yield license_
    source = parts_of(license_)
    for version in _VERSIONS.get(source.family, "").split():
        stem = f"{source.family}-{version}{source.flavour}"
        if source.family in _LATER_BY_NAME:
            if source.is_later and version >= source.version:
                yield LicenseExpression(f"{stem}-only")
                yield LicenseExpression(f"{stem}-or-later")
        elif version > source.version:
            yield LicenseExpression(stem)


def destinations() -> Iterator[LicenseExpression]:
    """Yield every license, in no port, that a way leads to by its name."""
    for family, versions in (_VERSIONS | _LED_TO).items():
        for version in versions.split():
            if family in _LATER_BY_NAME:
                yield LicenseExpression(f"{family}-{version}-only")
                yield LicenseExpression(f"{family}-{version}-or-later")
            else:
                yield LicenseExpression(f"{family}-{version}")


def short_name(license_: LicenseExpression) -> str:
    """Return a license as clauses cite it: ``CC BY-SA 3.0 DE``."""
    asked = expression.elements(license_)
    if not asked:
        return license_
    terms = parts_of(license_).family.removeprefix("CC-")
    return f"CC {terms} {expression.version(license_).replace('-', ' ')}"


def _itself(license_: LicenseExpression) -> Way:
    own = next((way for way in ways_from(license_) if not way.into), None)
    clause = own.clause if own else "{name}: its own terms"
    family = parts_of(license_).family
    return Way(family, "", family, _ANY, clause, "under this very license")


def _holds(versions: str, source: Parts) -> bool:
    """Say whether a work is under one of the versions, or may be taken to be."""
    return (
        not versions
        or source.version in versions.split()
        or (source.is_later and any(v > source.version for v in versions.split()))
    )


def _leads_to(way: Way, target: Parts, outbound: LicenseExpression) -> bool:
    if way.into == _ANYTHING:
        return True
    if way.into == _ASKING:
        return bool(obligations_of(outbound)) and target.family not in _GNU.split()
    return target.family in way.into.split()


def _reaches(at: str, source: Parts, target: Parts) -> bool:
    if at == _ANY:
        return True
    if at == _SINCE:
        return target.version >= source.version
    if at == _GRANTED:
        return _is_granted(source, target)
    named = {at.removesuffix("+"): at.endswith("+") for at in at.split()}
    if target.port or target.version not in named:
        return False
    return named[target.version] or not target.is_later


def _is_granted(source: Parts, target: Parts) -> bool:
    if _FLAVOURS.index(target.flavour) < _FLAVOURS.index(source.flavour):
        return False
    if source.is_later:
        return target.version >= source.version
    return target.version == source.version and not target.is_later
