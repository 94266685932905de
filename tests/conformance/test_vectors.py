"""The published vectors of consent: each case through ``estovers judge``'s own door."""

import json
from pathlib import Path
from typing import TypedDict

import pytest

from pipeline import cases
from pipeline.vocab import Category, Verdict

_VECTORS = (
    Path(__file__).resolve().parents[2] / ".." / "shared" / "vectors" / "consent.jsonl"
)

# The vectors' README: "both are closed", wherever defer is expected and where robots.txt
# could not be had.
_CLOSED = {Verdict.REFUSE, Verdict.DEFER}

Expect = TypedDict(
    "Expect",
    {"acquisition": str, "line": int, "train-ai": str, "usage": str, "license": str | None},
    total=False,
)


class Vector(TypedDict):
    """A case with what is expected of it."""

    id: str
    expect: Expect


def _lines() -> list[str]:
    if not _VECTORS.is_file():
        return []
    # Not str.splitlines: one of the cases has U+2028 in a string.
    return [line for line in _VECTORS.read_text("utf-8").split("\n") if line.strip()]


def _name(line: str) -> str:
    return str(json.loads(line)["id"])


def _accepted(vector: Vector) -> set[str]:
    expected = vector["expect"]["acquisition"]
    could_not_be_had = vector["id"].startswith("RST-") and expected in _CLOSED
    is_either = expected == Verdict.DEFER or could_not_be_had
    return {str(one) for one in _CLOSED} if is_either else {expected}


pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not _VECTORS.is_file(), reason="the vectors are not at hand"),
]


@pytest.mark.parametrize("line", _lines(), ids=_name)
def test_the_judge_answers_as_the_vector_expects(line: str) -> None:
    vector: Vector = json.loads(line)
    expect = vector["expect"]

    found = cases.judge_case(cases.parse(line, where=vector["id"]))

    if "acquisition" in expect:
        assert str(found.acquisition.verdict) in _accepted(vector)
    if "line" in expect:
        assert [one.line for one in found.acquisition.evidence][:1] == [expect["line"]]
    if "train-ai" in expect:
        assert found.preferences[Category.TRAIN_AI] == expect["train-ai"]
    if "usage" in expect:
        assert found.usage.verdict == expect["usage"]
    if "license" in expect:
        assert (found.license.expression if found.license else None) == expect["license"]


@pytest.mark.parametrize("line", _lines(), ids=_name)
def test_an_open_door_and_an_unclear_word_never_make_a_yes(line: str) -> None:
    found = cases.judge_case(cases.parse(line, where="vector"))

    is_closed = found.acquisition.verdict is not Verdict.ADMIT
    is_spoken_against = found.preferences[Category.TRAIN_AI] in {"disallowed", "unclear"}
    assert not (found.usage.verdict is Verdict.ADMIT and (is_closed or is_spoken_against))


def test_every_vector_expects_something_that_is_compared() -> None:
    compared = {"acquisition", "line", "train-ai", "usage", "license"}
    vectors: list[Vector] = [json.loads(line) for line in _lines()]

    assert all(vector["expect"] and set(vector["expect"]) <= compared for vector in vectors)
    assert len({vector["id"] for vector in vectors}) == len(vectors) == 100
