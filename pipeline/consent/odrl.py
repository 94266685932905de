"""What a TDM policy offers, read by TDMRep's profile of ODRL 2.2.

::

    Policy     = { "@type": "Offer", "profile": "http://www.w3.org/ns/tdmrep",
                   "permission": [Permission, ...], ... }
    Permission = { "action": "tdm:mine", "duty"?: [Duty], "constraint"?: [Constraint],
                   "target"?: URI }
    Duty       = { "action": "obtainConsent" | "compensate" }
    Constraint = { "leftOperand": "purpose", "operator": "eq",
                   "rightOperand": "tdm:research" | "tdm:non-research" }

The JSON-LD context is never fetched: terms are known by their local names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.consent.strict_json import JsonValue
from pipeline.vocab import Preference

_PROFILE: Final = "http://www.w3.org/ns/tdmrep"
_OFFER: Final = frozenset({"Offer", "odrl:Offer", "http://www.w3.org/ns/odrl/2/Offer"})
_MINE: Final = frozenset({"tdm:mine", "http://www.w3.org/ns/tdmrep#mine"})
_BURDENS: Final = frozenset({"prohibition", "obligation", "duty", "inheritFrom"})
"""What takes from a policy what its permissions give; the profile's own prose puts
``duty`` at the policy's level too."""

# A member outside of this list may be a duty by another name, so it counts as one.
_HARMLESS: Final = frozenset(
    [
        "action",
        "target",
        "constraint",
        "assigner",
        "assignee",
        "uid",
        "@id",
        "@type",
        "type",
    ]
)
_NAME_SEPARATOR: Final = re.compile(r"[:/#]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is left of the reservation once the policy is read."""

    preference: Preference
    note: str


def terms_of(policy: JsonValue) -> Terms:
    """Return what ``policy`` makes of the reservation it stands beside.

    It never lifts it: whether an offer's conditions are ours is for a person to read. So
    the preference is *unclear* where mining is permitted without a duty, and *disallowed*
    everywhere else.
    """
    if not isinstance(policy, dict) or not _is_tdm_offer(policy):
        return _reserved("not a TDM policy: conditions unknown")
    if any(_local(name) in _BURDENS and value for name, value in policy.items()):
        return _reserved("the policy forbids, or asks for something in return")
    offers = [each for each in _members(policy.get("permission")) if _is_offer(each)]
    if not offers:
        return _reserved("no permission to mine without a duty")
    free = any(not each.get("constraint") for each in offers)
    note = "mining offered without a duty" if free else "mining offered for some purposes"
    return Terms(preference=Preference.UNCLEAR, note=note)


def _reserved(note: str) -> Terms:
    return Terms(preference=Preference.DISALLOWED, note=note)


def _is_tdm_offer(policy: Mapping[str, JsonValue]) -> bool:
    kinds = _names(policy.get("@type", policy.get("type")))
    return bool(_OFFER & kinds) and _PROFILE in _names(policy.get("profile"))


def _is_offer(permission: Mapping[str, JsonValue]) -> bool:
    """Say whether a permission lets mine and asks for nothing in return."""
    actions = _names(permission.get("action"))
    unburdened = all(name in _HARMLESS or not value for name, value in permission.items())
    return bool(actions) and actions <= _MINE and unburdened


def _members(value: JsonValue) -> list[dict[str, JsonValue]]:
    several = value if isinstance(value, list) else [value]
    return [each for each in several if isinstance(each, dict)]


def _names(value: JsonValue) -> frozenset[str]:
    """Return the identifiers that ``value`` holds, bare or as ``{"@id": ...}``.

    What is neither, for instance an action with a refinement, gives a name nobody has.
    """
    several = value if isinstance(value, list) else [value]
    return frozenset(_name(each) for each in several if each is not None)


def _name(value: JsonValue) -> str:
    if isinstance(value, dict) and set(value) == {"@id"}:
        value = value["@id"]
    return value if isinstance(value, str) else ""


def _local(name: str) -> str:
    return _NAME_SEPARATOR.split(name)[-1]
