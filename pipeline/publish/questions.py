"""What a card leaves open: for auditors by standard, for its author in plain words."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from pipeline.publish import card
from pipeline.publish.card import Card, Field
from pipeline.publish.fields import catalogue, required, standards
from pipeline.stated import GROUPS, question

_UNANSWERED: Final = frozenset({"empty", "stale"})


def render_missing(made: Card) -> str:
    """Return the required fields that are not filled, by standard."""
    return "\n".join(_missing(made))


def render_edit_list(made: Card) -> str:
    """Return what is left for people to state, a question each, grouped as the card is."""
    return "\n".join(_edit_list(made))


def render_summary(made: Card) -> str:
    """Return what a card is about, and how much of it is filled."""
    return "\n".join(_summary(made))


def lacking(made: Card, names: tuple[str, ...]) -> list[str]:
    """Return the fields among ``names``, or that a standard so named requires, not filled.

    Raises KeyError for a name that is neither a field nor a standard.
    """
    wanted = dict.fromkeys(id_ for name in names for id_ in required(name))
    return [id_ for id_ in wanted if made.field(id_).status in _UNANSWERED]


def _summary(made: Card) -> Iterator[str]:
    yield f"{made.name} {made.version}, release {made.release}"
    yield f"root over documents {card.root_of(made)}"
    yield ""
    for kind in ("measured", "stated", "mixed"):
        fields = [field for field in made.fields if field.kind == kind]
        counts = Counter(field.status for field in fields)
        words = ", ".join(f"{number} {status}" for status, number in counts.most_common())
        yield f"{kind:<9} {len(fields):>3}: {words}"
    yield ""
    yield "--missing lists what standards require, --edit-list what people have to state."


def _missing(made: Card) -> Iterator[str]:
    found = card.missing(made.fields)
    if not found:
        yield "Nothing that a standard requires is missing."
    for name, ids in found.items():
        yield f"{name}: {standards()[name]}"
        for id_ in ids:
            yield f"  {id_:<26} {catalogue()[id_].label}{_why(made.field(id_))}"


def _why(field: Field) -> str:
    return f" ({field.status}: {field.reason})" if field.status == "stale" else ""


def _edit_list(made: Card) -> Iterator[str]:
    yield "Write each under its table in the manifest, or as NAME.card/ID.md beside it."
    yield "What does not apply begins with: Not applicable: and the reason."
    for group, words in GROUPS.items():
        left = [
            field
            for field in made.fields
            if field.id.startswith(f"{group}.") and _is_to_state(field)
        ]
        if left:
            yield ""
            yield f"[card.{group}]  {words}"
            for field in left:
                yield from _asked(field)
    yield ""
    yield "When all is true of this data, write who held it against the data:"
    yield ""
    yield "[card.confirmed]"
    yield 'by = "Your name"'
    yield "on = 2026-01-31"
    yield f'root = "{card.root_of(made)}"'


def _is_to_state(field: Field) -> bool:
    is_open = field.stated is None or field.status == "stale"
    return is_open and question(field.id) is not None


def _asked(field: Field) -> Iterator[str]:
    needed = catalogue()[field.id].required_by
    asked = f"  (required by {', '.join(needed)})" if needed else ""
    state = "  STALE" if field.status == "stale" else ""
    yield f"  {field.id.partition('.')[2]:<24} {question(field.id)}{asked}{state}"
