"""What a card says that holds of its data as they are: nothing stale, nothing empty."""

import re
from collections.abc import Mapping

from pydantic import JsonValue

from pipeline.publish.card import Card
from pipeline.publish.fields import NEEDS_A_PERSON

Row = Mapping[str, JsonValue]

# A statement is wrapped where its author's editor wrapped it; a blank line is meant.
_WRAP = re.compile(r"(?<!\n)\n(?!\n)")


def said(card: Card, id_: str) -> str | None:
    """Return what is stated, its lines unwrapped; None where it is stale or nobody does."""
    text = None if card.field(id_).status == "stale" else card.stated(id_)
    return _WRAP.sub(" ", text) if text else None


def named(card: Card, id_: str) -> str | None:
    """Return what is stated as the name of something; None where there is no such thing."""
    return said(card, id_) if card.field(id_).status == "filled" else None


def all_said(card: Card, id_: str) -> list[str]:
    """Return what is stated as a list, or the one text that is stated; nothing stale."""
    half = card.field(id_).stated
    if half is not None and isinstance(half.value, list) and said(card, id_):
        return [_WRAP.sub(" ", str(each)) for each in half.value]
    text = said(card, id_)
    return [text] if text else []


def told(card: Card, id_: str, measured: str | None = None) -> list[str]:
    """Return both halves of a field in words: the person's, then the figures'.

    Nothing where the field counts as not filled, so that a figure never passes for the
    answer that only a person can give.
    """
    field = card.field(id_)
    is_open = field.status == "empty" or (field.status == "stale" and id_ in NEEDS_A_PERSON)
    if is_open:
        return []
    return [*all_said(card, id_), *([measured] if measured else [])]


def first_row(card: Card, id_: str) -> Row:
    """Return the one row of a field that is measured as one, empty where it is not."""
    return next(iter(card.rows(id_)), {})


def number(row: Row, key: str) -> int:
    """Return a count in a row; what was not counted is none."""
    value = row.get(key)
    return value if isinstance(value, int) else 0


def word(row: Row, key: str) -> str:
    """Return a text in a row, empty where it has none."""
    value = row.get(key)
    return value if isinstance(value, str) else ""


def texts(value: JsonValue) -> list[str]:
    """Return the texts in a list."""
    return (
        [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    )


def counted(n: int, noun: str) -> str:
    """Return a number with its noun, such as ``1 page`` or ``2,000 pages``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def listed(parts: list[str]) -> str:
    """Return parts as a person lists them: by commas, the last after ``and``."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def contact(card: Card) -> tuple[str | None, str | None]:
    """Return the mail address and the URL of the curator, as the manifest gives them."""
    mail, _, url = (said(card, "who.contact") or "").partition(" · ")
    return mail or None, url or None
