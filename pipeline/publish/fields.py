"""The catalogue of fields: what each standard asks of a card, merged into one list."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Literal, TypedDict

Kind = Literal["measured", "stated", "mixed"]
Status = Literal["filled", "empty", "not applicable", "stale"]

ABOUT_DATA: Final = ("id.description", "comp.", "prov.", "pii.", "risk.", "ann.")
"""Ids, or how they begin, of what is said about the data: other data may make it untrue."""

NEEDS_A_PERSON: Final = frozenset(
    """
    id.date_published comp.geography comp.genres prov.synthetic prov.content_timeframe
    prov.capture_quality rights.illegal_content pii.presence pii.subpopulations
    pii.offensive pii.retention risk.biases risk.limitations
    """.split()  # noqa: SIM905  (a list to be read, line by line)
)
"""Mixed fields whose measured half alone does not answer them."""

NOT_MEASURED: Final[dict[str, tuple[Status, str]]] = {
    "comp.contamination": ("empty", "no test sets were named to compare it with"),
    "proc.reproducible": ("empty", "a build cannot say of itself that another is the same"),
    "ann.per_item": ("not applicable", "no column is a label that somebody gave"),
    "ann.agreement": ("not applicable", "no column is a label that somebody gave"),
    "audit.signature": ("empty", "no key was given to sign with"),
    "audit.timestamp": ("empty", "no outside party has dated it"),
    "audit.replay": ("empty", "whoever doubts runs estovers audit; its answer is theirs"),
}
"""Fields that a measurement would have to fill and that none does, with the reason."""


class _Item(TypedDict):
    id: str
    kind: Kind
    label: str
    standards: list[str]
    required_by: list[str]


class _Catalogue(TypedDict):
    standards: dict[str, str]
    fields: list[_Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One field of the catalogue: its id, who can fill it, and who asks for it.

    ``standards`` name it, ``required_by`` are those that make it mandatory.
    """

    id: str
    kind: Kind
    label: str
    standards: tuple[str, ...]
    required_by: tuple[str, ...]

    @property
    def is_about_data(self) -> bool:
        """Whether a statement on it may be untrue of other data."""
        return self.id.startswith(ABOUT_DATA)


@cache
def catalogue() -> dict[str, Entry]:
    """Return every field by its id, in the order of the card."""
    return {
        each["id"]: Entry(
            id=each["id"],
            kind=each["kind"],
            label=each["label"],
            standards=tuple(each["standards"]),
            required_by=tuple(each["required_by"]),
        )
        for each in _read()["fields"]
    }


@cache
def standards() -> dict[str, str]:
    """Return the name of each standard by its key."""
    return dict(_read()["standards"])


def required(name: str) -> tuple[str, ...]:
    """Return the ids that a standard requires, or the id itself where ``name`` is one.

    Raises KeyError for a name that is neither.
    """
    if name in catalogue():
        return (name,)
    if name not in standards():
        raise KeyError(name)
    return tuple(id_ for id_, each in catalogue().items() if name in each.required_by)


def _read() -> _Catalogue:
    text = resources.files("pipeline.publish").joinpath("fields.json").read_text("utf-8")
    found: _Catalogue = json.loads(text)
    return found
