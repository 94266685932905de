"""What is written of a card: each file that a published folder has beside its data."""

from collections.abc import Callable, Mapping
from typing import Final

from pipeline.publish import card
from pipeline.publish.card import Card
from pipeline.publish.formats import (
    charts,
    croissant,
    data_statement,
    datasheet,
    dps,
    eu,
    huggingface,
)

RENDERINGS: Final[Mapping[str, Callable[[Card], str]]] = {
    "card.json": card.render,
    "README.md": huggingface.render_readme,
    "LICENSE.md": huggingface.render_licenses,
    "datasheet.md": datasheet.render,
    "data-statement.md": data_statement.render,
    "eu-art53.md": eu.render,
    "domains.csv": eu.render_domains,
    **{f"charts/{name}.svg": draw for name, draw in charts.CHARTS.items()},
    "croissant.json": croissant.render,
    "provenance.dps.json": dps.render,
}
"""Each file by its path in the folder, and what writes it from the card alone.

One that has nothing to show gives an empty text, and then there is no file.
"""
