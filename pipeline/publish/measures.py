"""The measured fields of a card: the query of each, and what it gives."""

import json
import re
from functools import cache, partial
from importlib import resources
from typing import Final

from pydantic import JsonValue

from pipeline.ledger.store import Connection, unbounded, within

_HEADING: Final = re.compile(r"^-- ([a-z]+\.[a-z_]+)$", re.MULTILINE)
_VALUE: Final = "value"


@cache
def queries() -> dict[str, str]:
    """Return the query of each measured field by its id, as SQL text without its end."""
    text = resources.files("pipeline.publish").joinpath("measures.sql").read_text("utf-8")
    _, *parts = _HEADING.split(text)
    return {
        id_: sql.strip().removesuffix(";")
        for id_, sql in zip(parts[::2], parts[1::2], strict=True)
    }


def measured(connection: Connection) -> dict[str, JsonValue]:
    """Return what each query gives on the published tables of ``connection``."""
    return {id_: value_of(connection, sql) for id_, sql in queries().items()}


def value_of(connection: Connection, sql: str) -> JsonValue:
    """Return one query's answer: a value where it has one column of that name, else rows.

    Rows are objects by column, in the order of the query. No row for a value is null.
    """
    names, kinds, rows = within(connection, partial(_asked, connection, sql))
    unbounded(connection)
    found: list[dict[str, JsonValue]] = [
        {
            name: json.loads(value) if kind == "JSON" and isinstance(value, str) else value
            for name, kind, value in zip(names, kinds, row, strict=True)
        }
        for row in rows
    ]
    if names == [_VALUE]:
        return found[0][_VALUE] if found else None
    return [dict(row) for row in found]


def _asked(
    connection: Connection, sql: str
) -> tuple[list[str], list[str], list[tuple[JsonValue, ...]]]:
    """Return names and types of the columns of an answer, and its rows."""
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description or ()]
    kinds = [str(column[1]) for column in cursor.description or ()]
    return names, kinds, cursor.fetchall()
