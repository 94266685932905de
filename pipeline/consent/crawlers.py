"""AI crawlers: whose refusal in robots.txt is a refusal of training.

A site that lets nobody train lists the crawlers that it knows of. We read its refusal of
one of them as meant for us too, as Apertus and the Data Provenance Initiative do. The
names are data, in ``crawlers.toml``, with their source and its date.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from pipeline.model import Evidence, Line, Statement, quote_of
from pipeline.vocab import Preference, Signal

PARSER: Final = "crawlers/1"
# Some files name fifty crawlers; the line is the same for all of them.
_SHOWN: Final = 4
_CLAUSE: Final = (
    "RFC 9309 section 2.2.1, group of an AI training crawler "
    "(practice: arXiv 2407.14933, arXiv 2504.06219)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawlers:
    """The known names by purpose, with where they come from and when."""

    source: str
    revision: str
    date: date
    policy_tokens: tuple[str, ...]
    control: tuple[str, ...]
    training: tuple[str, ...]
    retired: tuple[str, ...]
    search: tuple[str, ...]
    user_action: tuple[str, ...]
    software: tuple[str, ...]
    undetermined: tuple[str, ...]


@cache
def load() -> Crawlers:
    """Return the names that ship with this package."""
    text = files("pipeline.consent").joinpath("crawlers.toml").read_text("utf-8")
    data = tomllib.loads(text)
    return Crawlers(
        source=data["source"],
        revision=data["revision"],
        date=data["date"],
        policy_tokens=tuple(data["policy_tokens"]),
        control=tuple(data["control"]),
        training=tuple(data["training"]),
        retired=tuple(data["retired"]),
        search=tuple(data["search"]),
        user_action=tuple(data["user_action"]),
        software=tuple(data["software"]),
        undetermined=tuple(data["undetermined"]),
    )


def training_tokens(crawlers: Crawlers) -> tuple[str, ...]:
    """Return the names whose refusal means training: also those without a crawler."""
    return (
        *crawlers.policy_tokens,
        *crawlers.control,
        *crawlers.training,
        *crawlers.retired,
    )


def refusals(
    named: Iterable[tuple[str, Line | None]], *, robots: Evidence
) -> tuple[Statement, ...]:
    """Return a refusal of training for each line that keeps crawlers for training out.

    ``named`` are the crawlers that have a group of their own and that their group does
    not admit to the path, each with the deciding line, or None where no line decides;
    ``robots`` is the evidence of the file. What a group permits another crawler is
    nobody's permission to us, so there is nothing to say of it.
    """
    by_line: dict[Line | None, list[str]] = {}
    for token, line in named:
        by_line.setdefault(line, []).append(token)
    return tuple(
        Statement(
            signal=Signal.AI_CRAWLER,
            preference=Preference.DISALLOWED,
            evidence=(_evidence(line, _listed(tokens), robots=robots),),
            note=f"refuses {_listed(tokens)}",
        )
        for line, tokens in by_line.items()
    )


def _listed(tokens: list[str]) -> str:
    shown = ", ".join(tokens[:_SHOWN])
    more = len(tokens) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _evidence(line: Line | None, tokens: str, *, robots: Evidence) -> Evidence:
    if line is None:
        return replace(robots, locator=f"group of {tokens}", clause=_CLAUSE, parser=PARSER)
    return replace(
        robots,
        locator=f"line {line.number}, in the group of {tokens}",
        line=line.number,
        quote=quote_of(line.text),
        clause=_CLAUSE,
        parser=PARSER,
    )
