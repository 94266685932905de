"""JSON with one meaning or none: what two parsers could read differently is refused."""

import json
import re
from dataclasses import dataclass
from typing import Final, NoReturn, TypeAlias

JsonValue: TypeAlias = (
    bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None
)

SIZE_LIMIT: Final = 1024 * 1024
"""Largest document that is read, in octets."""

DEPTH_LIMIT: Final = 64
"""Deepest nesting that is read: a fixed number, so that a replay answers the same.

The interpreter's own limit depends on how deep the caller stands.
"""

# A string whose end is missing runs to the end of the text; so no octet is seen twice.
_STRING_OR_BRACKET: Final = re.compile(r'"(?>(?:[^"\\]|\\.)*)"?|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotJson:
    """A body that is not read, with the reason."""

    cause: str


def parse(body: bytes) -> JsonValue | NotJson:
    """Return the value that ``body`` holds, or why it holds none that is certain.

    Refused are what RFC 8259 leaves open (a name that occurs twice, section 4) or forbids
    (NaN, encodings other than UTF-8), and what is too large or nested too deeply.
    """
    if len(body) > SIZE_LIMIT:
        return NotJson(cause="larger than 1 MiB")
    try:
        text = body.decode("utf-8-sig")
        if _depth(text) > DEPTH_LIMIT:
            return NotJson(cause="nested too deeply")
        value: JsonValue = json.loads(
            text, object_pairs_hook=_unique_names, parse_constant=_refuse_constant
        )
    except ValueError as error:
        return NotJson(cause=str(error))
    return value


def _depth(text: str) -> int:
    deepest = depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        if found[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif found[0] in "]}":
            depth -= 1
    return deepest


def _unique_names(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return names


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
