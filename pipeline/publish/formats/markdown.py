"""Markdown of a card: figures, statements and what nobody states, safe to show."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from pydantic import BaseModel, JsonValue

from pipeline.publish.attribution import escaped
from pipeline.publish.card import STANDING, Card, Field
from pipeline.publish.formats import cells
from pipeline.stated import Card as Statements

MOST_ROWS: Final = 12
"""Most rows of a table that is shown as it was measured."""

MOST_ITEMS: Final = 6
"""Most items of a list in a cell that are shown."""

_NOBODY: Final = "nobody states it"
_HELD: Final = re.compile(r"\s*\n\s*\n\s*")

# CommonMark sections 4 and 5: what opens a block at the start of a line and is not escaped
# within one.
_OPENS: Final = re.compile(r"^(\d{1,9})(?=[.)])|^(?=[-+=])")

# How a value has to be written is of no use to those who read it.
_FORM: Final = re.compile(
    r"; begins with Yes|, of 50 to|, such as |, as an SPDX|, as a tag of"
)

_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})

_Cell = str | int

Block = str | Iterable[str]
"""A text, or its lines."""


def code(text: str) -> str:
    """Return a text as code that shows it, on one line, in a table or out of one."""
    words = " ".join(text.split())
    seen = "".join(c for c in words if unicodedata.category(c) not in _UNSEEN)
    if not seen:
        return "*(nothing)*"
    if "`" in seen or "|" in seen:
        return escaped(seen, longest=None)
    return f"`{seen}`"


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text, each as one line that opens no block."""
    lines = (escaped(part, longest=None) for part in _HELD.split(text.strip()))
    return [_plain_start(line) for line in lines if line]


def table(head: Iterable[str], rows: Iterable[Iterable[_Cell]]) -> Iterator[str]:
    """Yield a table; whole numbers stand right, with their thousands apart."""
    names = tuple(head)
    body = [tuple(row) for row in rows]
    marks = [_mark(row[n] for row in body) for n in range(len(names))]
    yield f"| {' | '.join(names)} |"
    yield f"|{'|'.join(marks)}|"
    yield from (f"| {' | '.join(map(_shown, row))} |" for row in body)


def many(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def months(card: Card) -> str:
    """Return when the documents were collected, as MM/YYYY."""
    row = cells.first(card, "prov.timeframe")
    first, last = (cells.text(row, key) for key in ("first_month", "last_month"))
    if not first:
        return "never"
    return first if first == last else f"{first} to {last}"


def source(*ids: str) -> str:
    """Return the small line under figures that names the fields they stand in."""
    return f"<sub>{', '.join(f'`{id_}`' for id_ in ids)}</sub>"


def join(blocks: Iterable[Block]) -> str:
    """Return blocks as one text, a blank line between two; one without text leaves none."""
    texts = (b if isinstance(b, str) else "\n".join(b).strip("\n") for b in blocks)
    return "\n\n".join(text for text in texts if text) + "\n"


def statement(card: Card, id_: str, label: str = "") -> Iterator[str]:
    """Yield what is stated in a field, under its label; nothing where it is empty.

    What was said about other data is struck out and marked, never shown as current.
    """
    field = card.field(id_)
    name = label or asked(field)
    if field.status == "not applicable":
        yield f"**{name}.** Not applicable: {escaped(field.reason or '', longest=None)}"
        yield ""
    elif field.stated is not None and field.stated.value is not None:
        yield from _stated(field, name, card.stated(id_) or "")


def asked(field: Field) -> str:
    """Return what a statement answers, in the words in which the manifest asks for it."""
    group, _, key = field.id.partition(".")
    table = Statements.model_fields.get(group)
    kind = table.annotation if table is not None else None
    if not isinstance(kind, type) or not issubclass(kind, BaseModel):
        return field.label
    entry = kind.model_fields.get(key)
    words = " ".join((entry.description or "").split()) if entry is not None else ""
    return _FORM.split(words)[0].rstrip(".") or field.label


def unanswered(card: Card, ids: Iterable[str]) -> Iterator[str]:
    """Yield one line that lists the fields nobody answers, where there are any."""
    empty = [field for id_ in ids if (field := card.field(id_)).status == "empty"]
    if empty:
        yield f"*Not answered:* {'; '.join(map(_question, empty))}."
        yield ""


def measured(card: Card, id_: str) -> Iterator[str]:
    """Yield the measured half of a field, as it was measured; nothing where none is.

    Of a table with many rows the first are shown, and how many there are is said.
    """
    value = card.measured(id_)
    rows = card.rows(id_)
    if isinstance(value, list) and not value:
        yield "None."
    elif len(rows) == 1:
        yield "; ".join(f"{_named(k)}: {_value(v)}" for k, v in rows[0].items()) + "."
    elif rows:
        yield from _rows(rows, id_)
    elif value is not None:
        yield f"{_value(value)}."
    if value is not None:
        yield ""


def answer(card: Card, ids: Iterable[str]) -> Iterator[Block]:
    """Yield what fields say to one question: statements, figures, then what is open."""
    named = list(ids)
    said = [block for id_ in named for block in _said(card, id_)]
    counted = [block for id_ in named for block in _counted(card, id_)]
    yield from said
    yield from counted
    yield unanswered(card, named) if said or counted else _open(card, named)


def _said(card: Card, id_: str) -> Iterator[Block]:
    lines = list(statement(card, id_))
    half = card.field(id_).stated
    if lines:
        yield lines
        by = f", stated by {escaped(half.author, longest=None)}" if half else ""
        yield f"<sub>`{id_}`{by}</sub>"


def _counted(card: Card, id_: str) -> Iterator[Block]:
    field = card.field(id_)
    # That nothing was counted where a person has to answer is no answer.
    value = field.measured.value if field.measured is not None else None
    if value is not None and (value != [] or field.status != "empty"):
        yield f"*{escaped(field.label, longest=None)}:*"
        yield measured(card, id_)
        yield source(id_)


def about_statements(card: Card) -> str:
    """Return who makes the statements, and whether they were held against this data."""
    people = sorted({f.stated.author for f in _by_people(card) if f.stated})
    who = escaped(" and ".join(people), longest=None)
    on = next(
        (f.stated.said_on for f in _by_people(card) if f.stated and f.stated.about), ""
    )
    if any(field.status == "stale" for field in card.fields):
        return (
            f"Statements are by {who}. Those that are struck out were last held against "
            f"other data, on {on}: do not rely on them."
        )
    if on:
        return f"Statements are by {who}, last held against this very data on {on}."
    return f"Statements are by {who}; none is on record as held against this data."


def struck(field: Field, text: str) -> str:
    """Return a text that was said of other data, struck out and marked as such."""
    on = field.stated.said_on if field.stated else None
    return f"**Stale, said of other data on {on}:** ~~{text}~~"


def _stated(field: Field, name: str, text: str) -> Iterator[str]:
    is_stale = field.status == "stale"
    lines = paragraphs(text)
    if field.stated is not None and isinstance(field.stated.value, dict):
        yield f"**{name}.**"
        yield ""
        yield from table(
            ("Name", "Meaning"),
            ((code(k), _value(v)) for k, v in field.stated.value.items()),
        )
        return
    yield f"**{name}.** {struck(field, lines[0]) if is_stale else lines[0]}"
    for line in lines[1:]:
        yield ""
        yield f"~~{line}~~" if is_stale else line
    yield ""


def _open(card: Card, ids: Iterable[str]) -> str:
    reasons = {card.field(id_).reason for id_ in ids} - {_NOBODY, None}
    why = f" ({'; '.join(sorted(map(str, reasons)))})" if reasons else ""
    return f"*Not answered*{escaped(why, longest=None)}. {source(*ids)}"


def _question(field: Field) -> str:
    label = escaped(field.label, longest=None)
    if field.reason and field.reason != _NOBODY:
        return f"{label} ({escaped(field.reason, longest=None)})"
    return label


def _by_people(card: Card) -> Iterator[Field]:
    for field in card.fields:
        if field.stated is not None and field.stated.author != STANDING:
            yield field


def _rows(rows: list[cells.Row], id_: str) -> Iterator[str]:
    names = tuple(rows[0])
    shown = rows[:MOST_ROWS]
    heads = (_named(name).capitalize() for name in names)
    yield from table(heads, ([_cell(row[n]) for n in names] for row in shown))
    if len(rows) > len(shown):
        yield ""
        yield f"The first {len(shown)} of {len(rows):,}; `card.json` has all ({code(id_)})."


def _cell(value: JsonValue) -> _Cell:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return _value(value)


def _value(value: JsonValue) -> str:
    if value is None or isinstance(value, bool):
        return {None: "–", True: "yes", False: "no"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        more = len(value) - MOST_ITEMS
        shown = "; ".join(map(_value, value[:MOST_ITEMS])) or "–"
        return f"{shown}; and {more:,} more" if more > 0 else shown
    if isinstance(value, dict):
        return ", ".join(f"{_named(key)} {_value(each)}" for key, each in value.items())
    return escaped(str(value), longest=None) or "–"


def _named(key: str) -> str:
    return escaped(key.replace("_", " "), longest=None)


def _plain_start(line: str) -> str:
    return _OPENS.sub(lambda found: f"{found[1] or ''}\\", line)


def _mark(column: Iterable[_Cell]) -> str:
    values = list(column)
    return "---:" if values and all(map(_is_number, values)) else "---"


def _is_number(cell: _Cell) -> bool:
    return isinstance(cell, int) or cell.endswith(" %")


def _shown(cell: _Cell) -> str:
    return f"{cell:,}" if isinstance(cell, int) else cell
