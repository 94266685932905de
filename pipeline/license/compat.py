"""Compatibility: what a corpus of given licenses may be given back under, with reasons.

Three questions, told apart. *Adapt*: the works are merged, translated or rewritten into
one, and the whole needs a license that each of them lets it have. *Collect*: each stands
in the collection as it was, under its own license, and only the compiler's own selection
and arrangement needs one. *Collect-sgdr*: the same where the compiler holds the European
database right (Directive 96/9/EC), which Creative Commons 4.0 section 4(b) treats as an
adaptation of the whole database.

What is not known is never a yes. An OR is the licensor's offer to choose: its first arm
that fits is taken and named. An AND binds by all of its arms.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from pipeline.license import expression, ways
from pipeline.license.terms import Obligation, obligations_of
from pipeline.vocab import LicenseExpression


class Operation(StrEnum):
    """What is done with the works before they are given back."""

    ADAPT = "adapt"
    COLLECT = "collect"
    COLLECT_SGDR = "collect-sgdr"


ANY_FOR_COMPILATION: Final = LicenseExpression("any-for-compilation")
"""Outbound of a collection: the compiler's own part may be under any license."""

NONCOMMERCIAL_ONLY: Final = LicenseExpression("noncommercial-only")
"""Outbound of a collection in which a license forbids commercial use."""

COMMONS: Final = tuple(
    LicenseExpression(each) for each in ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0")
)
"""What is offered beside the licenses of the works: the current ones of the commons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Why one license lets something be done, or does not, and the clause it says so in.

    ``chosen_from`` is the expression with an OR of which this license was the arm taken.
    """

    license: LicenseExpression
    allows: bool
    says: str
    clause: str
    chosen_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A license to give back under, and what of each license it rests on."""

    outbound: LicenseExpression
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What may be given back: the offers, or the grounds on which there are none."""

    operation: Operation
    inputs: tuple[LicenseExpression, ...]
    offers: tuple[Offer, ...] = ()
    obstacles: tuple[Ground, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether there is anything to give back under."""
        return bool(self.offers)

    @property
    def outbound(self) -> tuple[LicenseExpression, ...]:
        """The licenses of the offers, in their order."""
        return tuple(offer.outbound for offer in self.offers)

    @property
    def reasons(self) -> tuple[Ground, ...]:
        """Each ground once: those of the offers, or else what stands in the way."""
        grounds = (ground for offer in self.offers for ground in offer.grounds)
        return tuple(dict.fromkeys(grounds)) or self.obstacles


_Grounds = tuple[Ground, ...]
_Rule = Callable[[LicenseExpression, LicenseExpression], Ground]

# Creative Commons 4.0 is the first that licenses the database right, and its elements bind
# a database as they bind an adaptation.
_WITH_DATABASE_RIGHT: Final = "4.0"

# How each family lets a work stand in a collection. Versions as in ``ways``.
_COLLECTED: Final = (
    ("CC-", "1.0 2.0 2.1 2.5", "{name} §1(a), §4(a), collective work"),
    ("CC-", "3.0", "{name} §1, §4(a), collection"),
    ("CC-", "4.0", "{name} §1(a), §2(a)(1); CC FAQ, collections"),
    ("GPL", "1.0 2.0", "GPL 2.0 §2, aggregation"),
    ("GPL", "3.0", "GPL 3.0 §5, aggregate"),
    ("AGPL", "", "AGPL 3.0 §5, aggregate"),
    ("GFDL", "", "GFDL 1.3 §7, aggregation; its text travels with the work"),
    ("LAL", "", "LAL 1.3 §4; the work stays accessible by itself"),
    ("ODbL", "", "ODbL 1.0 §4.5(a), collective database"),
    ("ODC-By", "", "ODC-By 1.0 §1, collective database"),
)
_COLLECTED_OTHERWISE: Final = "{name}: the work stays under its own terms"


def answer(
    operation: Operation,
    inputs: Sequence[LicenseExpression],
    *,
    outbound: LicenseExpression | None = None,
) -> Answer:
    """Return what may be given back, or whether it may be under ``outbound``.

    Without one, offered are the licenses of the works themselves, the versions their own
    words lead to, and the current ones of the commons; where none of these fits, any
    license that is known to. Order of inputs does not matter.
    """
    distinct = tuple(sorted(set(inputs)))
    rule = _RULES[operation]
    targets = _targets(operation, distinct) if outbound is None else ((outbound,),)
    for group in targets:
        offers = tuple(_offers(distinct, group, rule=rule))
        if offers:
            return Answer(operation=operation, inputs=distinct, offers=offers)
    tried = (outbound,) if outbound else _tried(operation, distinct)
    obstacles = _obstacles(distinct, tried, rule=rule)
    return Answer(operation=operation, inputs=distinct, obstacles=obstacles)


def _offers(
    inputs: Sequence[LicenseExpression],
    targets: Iterable[LicenseExpression],
    *,
    rule: _Rule,
) -> Iterator[Offer]:
    for target in targets:
        found = [_settle(each, target, rule=rule) for each in inputs]
        grounds = tuple(dict.fromkeys(ground for each in found for ground in each))
        if all(ground.allows for ground in grounds):
            yield Offer(outbound=target, grounds=grounds)


def _settle(
    license_: LicenseExpression, target: LicenseExpression, *, rule: _Rule
) -> _Grounds:
    """Return the grounds of an expression: of an OR those of one arm, of an AND all."""
    word, arms = expression.arms(license_)
    if not word:
        return (rule(license_, target),)
    settled = [_settle(arm, target, rule=rule) for arm in arms]
    if word == "AND":
        return tuple(ground for grounds in settled for ground in grounds)
    for grounds in settled:
        if all(ground.allows for ground in grounds):
            return tuple(replace(ground, chosen_from=license_) for ground in grounds)
    return tuple(ground for grounds in settled for ground in grounds)


def _targets(
    operation: Operation, inputs: Sequence[LicenseExpression]
) -> tuple[tuple[LicenseExpression, ...], ...]:
    """Return what is tried, in groups: the first of which anything fits is the answer."""
    if operation is Operation.ADAPT:
        return (_candidates(inputs), tuple(sorted(ways.destinations())))
    words = ((ANY_FOR_COMPILATION,), (NONCOMMERCIAL_ONLY,))
    if operation is Operation.COLLECT:
        return words
    bound = [each for each in _licenses(inputs) if _binds_a_database(each)]
    return (*words, _versions(bound))


def _tried(
    operation: Operation, inputs: Sequence[LicenseExpression]
) -> tuple[LicenseExpression, ...]:
    """Return against what the works are held to say what stands in the way."""
    own = tuple(sorted(set(_licenses(inputs))))
    if operation is Operation.ADAPT:
        return own
    bound = tuple(each for each in own if _binds_a_database(each))
    return bound if operation is Operation.COLLECT_SGDR and bound else (NONCOMMERCIAL_ONLY,)


def _candidates(inputs: Sequence[LicenseExpression]) -> tuple[LicenseExpression, ...]:
    return tuple(sorted({*_versions(_licenses(inputs)), *COMMONS}))


def _versions(licenses: Iterable[LicenseExpression]) -> tuple[LicenseExpression, ...]:
    """Return the licenses with their versions, without those that nothing can go on under.

    A choice between CC BY and CC BY-ND must not offer the latter for an adaptation.
    """
    found = {each for one in licenses for each in ways.versions_of(one)}
    return tuple(sorted(each for each in found if ways.way_of(each, each)))


def _licenses(inputs: Iterable[LicenseExpression]) -> Iterator[LicenseExpression]:
    for each in inputs:
        word, arms = expression.arms(each)
        if word:
            yield from _licenses(arms)
        else:
            yield each


def _adapted(license_: LicenseExpression, target: LicenseExpression) -> Ground:
    """Say whether an adaptation of a work may go on under a license."""
    way = ways.way_of(license_, target)
    if way is not None:
        says = f"an adaptation may go on {way.says}"
        return _ground(license_, allows=True, says=says, clause=way.clause)
    return (
        _unsettled(license_)
        or _not_outbound(license_, target)
        or _without_adaptations(license_)
        or _without_way(license_, target)
    )


def _collected(license_: LicenseExpression, target: LicenseExpression) -> Ground:
    """Say whether a work may stand, as it is, in a collection under a license."""
    return (
        _unsettled(license_)
        or _not_outbound(license_, target)
        or _without_commerce(license_, target)
        or _ground(
            license_,
            allows=True,
            says="it may stand in a collection and keeps its license there",
            clause=_clause_of_collection(license_),
        )
    )


def _in_database(license_: LicenseExpression, target: LicenseExpression) -> Ground:
    """Say whether a work may be in a database whose maker holds the European right."""
    collected = _collected(license_, target)
    if not collected.allows or not _binds_a_database(license_):
        return collected
    clause = "{name} §4(b)"
    if Obligation.NO_DERIVATIVES in obligations_of(license_):
        says = "such a database is an adaptation, and none may be shared"
        return _ground(license_, allows=False, says=says, clause=clause)
    if ways.way_of(license_, target) is not None:
        says = "such a database is an adaptation, and goes on under its terms"
        return _ground(license_, allows=True, says=says, clause=clause)
    says = "such a database is an adaptation, and may go on only under the same terms"
    return _ground(license_, allows=False, says=says, clause=clause)


_RULES: Final = {
    Operation.ADAPT: _adapted,
    Operation.COLLECT: _collected,
    Operation.COLLECT_SGDR: _in_database,
}


def _binds_a_database(license_: LicenseExpression) -> bool:
    asked = expression.elements(license_)
    return ways.parts_of(license_).version == _WITH_DATABASE_RIGHT and bool(
        asked & {"SA", "ND"}
    )


def _unsettled(license_: LicenseExpression) -> Ground | None:
    owed = obligations_of(license_)
    if Obligation.ASK_FIRST in owed:
        says = "a people keeps authority over it: ask its guardians first"
        return _ground(license_, allows=False, says=says, clause="{name}")
    if license_.startswith("LicenseRef-Agreement-"):
        says = "an agreement allows what its paper says, and that is not known here"
        return _ground(license_, allows=False, says=says, clause="{name}")
    if Obligation.READ_THE_LICENSE in owed:
        says = "what it allows is not known here, and that is no yes"
        return _ground(license_, allows=False, says=says, clause="{name}")
    return None


def _not_outbound(license_: LicenseExpression, target: LicenseExpression) -> Ground | None:
    if target in {ANY_FOR_COMPILATION, NONCOMMERCIAL_ONLY} or ways.is_outbound(target):
        return None
    says = f"{target} is not known as a license that a work can be released under"
    return _ground(license_, allows=False, says=says, clause="{name}")


def _without_adaptations(license_: LicenseExpression) -> Ground | None:
    if Obligation.NO_DERIVATIVES not in obligations_of(license_):
        return None
    is_current = ways.parts_of(license_).version == _WITH_DATABASE_RIGHT
    clause = "{name} §2(a)(1)(B)" if is_current else "{name} §3"
    says = "adaptations of it may not be shared"
    return _ground(license_, allows=False, says=says, clause=clause)


def _without_commerce(
    license_: LicenseExpression, target: LicenseExpression
) -> Ground | None:
    if Obligation.NON_COMMERCIAL not in obligations_of(license_):
        return None
    if target == NONCOMMERCIAL_ONLY or "NC" in expression.elements(target):
        return None
    is_current = ways.parts_of(license_).version == _WITH_DATABASE_RIGHT
    clause = "{name} §2(a)(1)" if is_current else "{name} §4"
    says = "no commercial use of what it is part of"
    return _ground(license_, allows=False, says=says, clause=clause)


def _without_way(license_: LicenseExpression, target: LicenseExpression) -> Ground:
    closed = ways.closed_between(license_, target)
    if closed is not None:
        says = f"no way to {target}: {closed.says}"
        return _ground(license_, allows=False, says=says, clause=closed.clause)
    known = tuple(ways.ways_from(license_))
    says = "; ".join(dict.fromkeys(way.says for way in known)) or "under this very license"
    clauses = dict.fromkeys(one for way in known for one in way.clause.split("; "))
    clause = "; ".join(clauses) or "{name}"
    words = f"an adaptation may only go on {says}"
    return _ground(license_, allows=False, says=words, clause=clause)


def _clause_of_collection(license_: LicenseExpression) -> str:
    if not obligations_of(license_):
        return "{name} asks for nothing in return"
    parts = ways.parts_of(license_)
    for family, versions, clause in _COLLECTED:
        is_of_it = parts.family == family or (
            family.endswith("-") and parts.family.startswith(family)
        )
        if is_of_it and (not versions or parts.version in versions.split()):
            return clause
    return _COLLECTED_OTHERWISE


def _ground(license_: LicenseExpression, *, allows: bool, says: str, clause: str) -> Ground:
    return Ground(
        license=license_,
        allows=allows,
        says=says,
        clause=clause.replace("{name}", ways.short_name(license_)),
    )


def _obstacles(
    inputs: Sequence[LicenseExpression],
    targets: Sequence[LicenseExpression],
    *,
    rule: _Rule,
) -> _Grounds:
    """Return what stands in the way: where works fit nowhere at all, of those alone."""
    refused = {each: _refusals(each, targets, rule=rule) for each in inputs}
    nowhere = [each for each in inputs if all(refused[each])]
    found = (
        ground
        for each in nowhere or inputs
        for grounds in refused[each]
        for ground in grounds
    )
    return tuple(dict.fromkeys(found))


def _refusals(
    license_: LicenseExpression, targets: Iterable[LicenseExpression], *, rule: _Rule
) -> list[_Grounds]:
    """Return for each target on what grounds a work may not go on under it."""
    settled = (_settle(license_, target, rule=rule) for target in targets)
    return [tuple(one for one in grounds if not one.allows) for grounds in settled]
