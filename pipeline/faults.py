"""Every fault of a TOML file at once: where, what is wrong, what would be right."""

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from pipeline.toml import Path, lines_of

SIZE_LIMIT: Final = 1_000_000
"""Longest text that is read, in characters: parsing takes more than linear time."""

_SYNTAX_LIMIT: Final = 20
_SHOWN_LIMIT: Final = 80
_NOT_READ: Final = "What follows could not be read."
_TOO_DEEP: Final = "its arrays or tables are nested too deep"

_POSITION: Final = re.compile(r" \(at line (\d+), column (\d+)\)$")

# TOML 1.0.0: keyval = key keyval-sep val, with bare and dotted keys only.
_PAIR: Final = re.compile(
    r"[ \t]*(?P<key>[\w-]+(?:[ \t]*\.[ \t]*[\w-]+)*)[ \t]*=", re.ASCII
)

_SYNTAX_ADVICE: Final = {
    "Invalid value": "Write text in quotes; numbers, dates, true and false without.",
    "Cannot overwrite": "Give each key once.",
    "Cannot declare": "Write each [table] once; only [[table]] may be repeated.",
    "Illegal character": "Close the quotes on the line where they are opened.",
    "Expected newline": "Give each key a line of its own.",
    "Expected '='": "Write key = value.",
    "Invalid statement": 'Write key = value, [table], or "#" before a remark.',
    "Unclosed array": "Close the array that was opened above with ].",
}

_WRONG: Final = {
    "missing": "is missing",
    "string_type": "is not text in quotes",
    "int_type": "is not a whole number",
    "float_type": "is not a number",
    "finite_number": "is not a finite number",
    "date_type": "is not a date, which is written as 2027-12-31 without quotes",
    "tuple_type": "is not an array in square brackets",
    "model_type": "is not a table",
    "too_short": "needs at least {min_length} element",
    "string_too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
    "string_pattern_mismatch": "does not have the form that is needed",
    "greater_than": "is not more than {gt}",
    "greater_than_equal": "is less than {ge}",
    "less_than": "is not less than {lt}",
    "less_than_equal": "is more than {le}",
    "enum": "is not one of {expected}",
    "literal_error": "is not one of {expected}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing to correct; ``line`` is None where the key is not in the file at all."""

    key: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What could be read of a TOML text.

    ``document`` is None where no more than the faults is known. ``unread`` are the keys
    on lines that have a fault of syntax: their values are stand-ins.
    """

    document: Mapping[str, object] | None
    lines: Mapping[Path, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    unread: frozenset[Path] = frozenset()


def read(text: str) -> Reading:
    """Return the document and every fault of its syntax.

    A fault inside one ``key = value`` line is put aside and the rest is read. After any
    other fault the meaning of what follows is uncertain, so the reading ends there.
    """
    if len(text) > SIZE_LIMIT:
        fault = Fault(key="", message=f"it is longer than {SIZE_LIMIT} characters")
        return Reading(document=None, faults=(fault,))
    rows = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    faults: list[Fault] = []
    stand_ins: set[int] = set()
    while len(faults) < _SYNTAX_LIMIT:
        try:
            document = tomllib.loads("\n".join(rows))
            lines = lines_of("\n".join(rows))
        except RecursionError:
            return Reading(document=None, faults=(Fault(key="", message=_TOO_DEEP),))
        except ValueError as error:
            faults.append(_syntax_fault(error))
            if not _put_aside(rows, faults[-1], stand_ins):
                message = f"{faults[-1].message} {_NOT_READ}"
                faults[-1] = replace(faults[-1], message=message)
                break
        else:
            unread = frozenset(path for path, line in lines.items() if line in stand_ins)
            return Reading(
                document=document, lines=lines, faults=tuple(faults), unread=unread
            )
    return Reading(document=None, faults=tuple(faults))


def of_validation(
    error: ValidationError, *, model: type[BaseModel], lines: Mapping[Path, int]
) -> Iterator[tuple[Path, Fault]]:
    """Yield a fault for each error that pydantic found in a document of ``model``."""
    for details in error.errors(include_url=False):
        # Elements that were refused are missed in the count; each has its own fault.
        if details["type"] == "too_short" and details["input"]:
            continue
        path = details["loc"]
        message = _message(details, path=path, model=model)
        yield path, fault_at(path, message, lines=lines)


def fault_at(path: Path, message: str, *, lines: Mapping[Path, int]) -> Fault:
    """Return a fault with the line of ``path``, or of the nearest table around it."""
    line = None
    for length in range(len(path), 0, -1):
        line = line or lines.get(path[:length])
    return Fault(key=key_of(path), message=message, line=line)


def key_of(path: Path) -> str:
    """Return a path as a person writes it: ``sources[1].urls[0]``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return _shortened("".join(parts).removeprefix("."))


def overlaps(path: Path, unread: Collection[Path]) -> bool:
    """Say whether a path is, holds or lies in one whose value could not be read."""
    return any(path[: len(other)] == other[: len(path)] for other in unread)


def render(faults: Iterable[Fault], *, source: str) -> str:
    """Return the message that lists the faults in the order of their lines."""
    ordered = sorted(set(faults), key=lambda fault: (fault.line or 0, fault.key))
    number = "1 fault" if len(ordered) == 1 else f"{len(ordered)} faults"
    lines = [f"{source}: {number}. Correct the file, then run again."]
    lines += [f"  {_place(fault)}{fault.message}" for fault in ordered]
    return "\n".join(lines)


def shown(value: object) -> str:
    """Return a value as the message shows it: short, and safe on a terminal."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{_shortened(value)}"'
    return _shortened(str(value))


def _shortened(text: str) -> str:
    cut = text if len(text) <= _SHOWN_LIMIT else text[:_SHOWN_LIMIT] + "…"
    return "".join(
        letter if letter.isprintable() else ascii(letter)[1:-1] for letter in cut
    )


def _place(fault: Fault) -> str:
    places = []
    if fault.line is not None:
        places.append(f"line {fault.line}")
    if fault.key:
        places.append(fault.key)
    return ", ".join(places) + ": " if places else ""


def _syntax_fault(error: ValueError) -> Fault:
    message = str(error)
    position = _POSITION.search(message)
    advice = next(
        (a for start, a in _SYNTAX_ADVICE.items() if message.startswith(start)), ""
    )
    what = _POSITION.sub("", message).removesuffix(".")
    line, column = (int(position[1]), f"column {position[2]}") if position else (None, "")
    return Fault(line=line, key=column, message=f"{_shortened(what)}. {advice}".rstrip())


def _put_aside(rows: list[str], fault: Fault, stand_ins: set[int]) -> bool:
    """Replace a faulty line; say whether the rest can be trusted after that."""
    if fault.line is None or fault.line > len(rows):
        return False
    row = rows[fault.line - 1]
    pair = _PAIR.match(row)
    if fault.message.startswith("Cannot overwrite") and pair:
        rows[fault.line - 1] = ""
        return True
    # A line that is sound by itself is faulty because of another one, as inside of an
    # array that was never closed.
    if pair is None or fault.line in stand_ins or _is_sound(row):
        return False
    rows[fault.line - 1] = f"{pair['key']} = 0"
    stand_ins.add(fault.line)
    return True


def _is_sound(row: str) -> bool:
    try:
        tomllib.loads(row)
    except (ValueError, RecursionError):
        return False
    return True


def _message(details: ErrorDetails, *, path: Path, model: type[BaseModel]) -> str:
    kind = details["type"]
    context = details.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(path, model=model)
    if kind == "value_error":
        return f"{shown(details['input'])} {context['error']}"
    wrong = _WRONG.get(kind, details["msg"]).format_map(context)
    given = "" if kind in {"missing", "too_short"} else f"{shown(details['input'])} "
    info = _field_at(path, model=model)
    right = " ".join((info.description or "").split()) if info else ""
    return f"{given}{wrong}. {right}".rstrip()


def _unknown_key(path: Path, *, model: type[BaseModel]) -> str:
    key = str(path[-1])
    table = _model_at(path[:-1], model=model) or model
    close = get_close_matches(key, table.model_fields, n=1)
    close += [name for name in table.model_fields if key in name.split("_")]
    if close:
        return f'there is no such key. Did you mean "{close[0]}"?'
    elsewhere = [name for name, keys in _tables(model).items() if key in keys]
    if elsewhere:
        return f"there is no such key here. It belongs in {' or '.join(elsewhere)}."
    return f"there is no such key. There are: {', '.join(table.model_fields)}."


def _tables(model: type[BaseModel]) -> Mapping[str, Collection[str]]:
    tables: dict[str, Collection[str]] = {"the top of the file": model.model_fields}
    for name, info in model.model_fields.items():
        inner = _model_in(info.annotation)
        if inner is not None:
            tables[f"[{name}]"] = inner.model_fields
    return tables


def _field_at(path: Path, *, model: type[BaseModel]) -> FieldInfo | None:
    keys = [part for part in path if isinstance(part, str)]
    table = _model_at(tuple(keys[:-1]), model=model)
    return table.model_fields.get(keys[-1]) if table and keys else None


def _model_at(path: Path, *, model: type[BaseModel]) -> type[BaseModel] | None:
    table: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, str) and table is not None:
            info = table.model_fields.get(part)
            table = _model_in(info.annotation) if info else None
    return table


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
