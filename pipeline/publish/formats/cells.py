"""The values of a card's rows by their types, so that what writes from it need not ask."""

from pydantic import JsonValue

from pipeline.publish.card import Card

Row = dict[str, JsonValue]


def first(card: Card, id_: str) -> Row:
    """Return the first row of a field that is measured as a table, or an empty one."""
    found = card.rows(id_)
    return found[0] if found else {}


def text(row: Row, key: str) -> str:
    """Return a value as text; nothing where there is none."""
    value = row.get(key)
    return "" if value is None else str(value)


def number(row: Row, key: str) -> int:
    """Return a whole number; 0 where there is none."""
    value = row.get(key)
    return int(value) if isinstance(value, int | float) else 0


def texts(row: Row, key: str) -> list[str]:
    """Return a list of texts, without those that are empty."""
    value = row.get(key)
    return [str(each) for each in value if each] if isinstance(value, list) else []


def rows(row: Row, key: str) -> list[Row]:
    """Return the rows of a table that stands in a cell."""
    value = row.get(key)
    return (
        [each for each in value if isinstance(each, dict)]
        if isinstance(value, list)
        else []
    )


def row(row_: Row, key: str) -> Row:
    """Return an object that stands in a cell, or an empty one."""
    value = row_.get(key)
    return value if isinstance(value, dict) else {}


def setting(card: Card, name: str) -> Row:
    """Return the row of ``rights.use_policy`` that holds a setting of the build."""
    found = (each for each in card.rows("rights.use_policy") if each["setting"] == name)
    return next(found, {})
