"""The document says what the rules are."""

import re
from dataclasses import fields
from pathlib import Path

from pipeline.filters.personal import NATIONAL_REGIONS, Kind
from pipeline.filters.quality import FINEWEB, GOPHER, STOP_WORDS, Thresholds

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "filters.md").read_text("utf-8")


def rows() -> dict[str, list[str]]:
    """Return the cells of each row of a table that begins with a word of the code."""
    found = re.findall(r"^\| `([a-z0-9_-]+)` \| (.+) \|$", TEXT, re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in found}


def test_each_rule_is_in_the_table_with_its_thresholds() -> None:
    sets = (Thresholds(), GOPHER, FINEWEB)

    written = {name: cells[1:] for name, cells in rows().items() if name not in set(Kind)}
    assert written == {
        each.name: [shown(getattr(thresholds, each.name)) for thresholds in sets]
        for each in fields(Thresholds)
    }


def shown(threshold: float | None) -> str:
    return "" if threshold is None else f"{threshold:g}"


def test_each_kind_of_personal_data_is_in_the_table() -> None:
    assert [name for name in rows() if name in set(Kind)] == list(Kind)
    assert ", ".join(sorted(NATIONAL_REGIONS)) in TEXT


def test_the_number_of_lists_of_stop_words_is_right() -> None:
    assert f"For {len(STOP_WORDS) - 1} other languages" in TEXT
