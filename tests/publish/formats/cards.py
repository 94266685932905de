"""Cards for tests: one of a small corpus, and what would be if something in it differed."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Final

from pydantic import JsonValue

from pipeline.publish import card as cards
from pipeline.publish.card import Card, Field, Measured, Stated
from tests.corpus import BY_SA, ESSAY, MANIFEST, SmallCorpus, html

HOSTILE = (
    '</svg>]]>&amp; | `x` **b** <img src=x> [a](http://e.example) ![i](x) ~~s~~ "q" \u202e'
)
"""What a page may call itself to break what it is shown in."""


_BUILDS: Final = TemporaryDirectory(prefix="cards-")


def published(folder: Path, *, text: str = MANIFEST, pages: dict[str, str]) -> Path:
    """Return the folder that a corpus of these pages is published in, the caller's own."""
    return Path(shutil.copytree(_built(text, tuple(pages.items())), folder / "dataset"))


@cache
def _built(text: str, pages: tuple[tuple[str, str], ...]) -> Path:
    """Build a corpus, once for all who ask for it."""
    with SmallCorpus(Path(mkdtemp(dir=_BUILDS.name)) / "corpus", text=text) as corpus:
        corpus.visit(dict(pages))
        corpus.curate()
        return corpus.publish().dataset


def read(folder: Path) -> Card:
    """Return the card of a published folder."""
    return cards.parse((folder / "card.json").read_text("utf-8"), source="card.json")


def small(folder: Path, *, text: str = MANIFEST) -> Card:
    """Return the card of a corpus of two pages under two licenses."""
    pages = {
        "https://essays.example/one": html(),
        "https://essays.example/two": html(f"{ESSAY} Two.", license_=BY_SA, lang="de"),
    }
    return read(published(folder, text=text, pages=pages))


def put(card: Card, **changes: object) -> Card:
    """Return a card in which fields measure something else; ``__`` stands for the dot."""
    named = {key.replace("__", "."): value for key, value in changes.items()}
    fields = tuple(
        _measuring(field, named[field.id]) if field.id in named else field
        for field in card.fields
    )
    return card.model_copy(update={"fields": fields})


def state(card: Card, id_: str, value: JsonValue, *, stale: bool = False) -> Card:
    """Return a card in which somebody states a field, of other data where it is stale."""
    half = Stated(
        value=value,
        author="Ada Curator",
        said_on="2026-01-31" if stale else None,
        about="sha256:" + "0" * 64 if stale else None,
    )
    change = {"stated": half, "status": "stale" if stale else "filled", "reason": None}
    fields = tuple(
        field.model_copy(update=change) if field.id == id_ else field
        for field in card.fields
    )
    return card.model_copy(update={"fields": fields})


def _measuring(field: Field, value: object) -> Field:
    half = Measured.model_validate(
        {"value": value, "sql": "SELECT 1", "head": "sha256:0", "tools": {}}
    )
    return field.model_copy(update={"measured": half, "status": "filled"})
