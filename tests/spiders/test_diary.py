"""The diary: one JSON line for each fact, on the disk before anything is done by it."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import cases
from pipeline.ending import Ending
from pipeline.errors import ArchiveFault
from pipeline.ledger.entries import decision_id
from pipeline.model import Capture, Judgement, digest_of
from pipeline.vocab import Reason, Stage
from spiders.diary import Diary
from spiders.notes import Decided

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://a.example/essay"


def judgement() -> Judgement:
    case = {"id": "one", "url": URL, "exchanges": {}}
    return cases.judge_case(cases.parse(json.dumps(case), where="here"))


def capture(**facts: object) -> Capture:
    return Capture(url=URL, read_at=NOW, **facts)  # type: ignore[arg-type]


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_fact_is_a_line_with_its_words(tmp_path: Path) -> None:
    path = tmp_path / "new" / "decisions.jsonl"
    diary = Diary(path)
    judged = judgement()

    number = diary.exchange(capture(status=200, payload=b"x"), kind="page", store="archive")
    decided = diary.decided(judged, Stage.ACQUISITION, inputs=(number,), now=NOW)
    diary.permitted(decided, "GET", URL, kind="page", now=NOW)
    diary.ended(Ending(url=URL, outcome="admitted", reason=Reason.LICENSE_ADMITS), now=NOW)
    asyncio.run(diary.durable())

    name = decision_id(judged, Stage.ACQUISITION)
    exchange, decision, permit, outcome = lines(path)
    assert exchange == {
        "entry": "exchange", "number": 1, "url": URL, "kind": "page", "status": 200,
        "error": None, "digest": digest_of(b"x"), "read_at": NOW.isoformat(),
    }  # fmt: skip
    assert decision["evidence"] == cases.as_json(judged)["acquisition"]["evidence"]  # type: ignore[index]
    assert {key: decision[key] for key in ("decision", "seq", "verdict", "inputs")} == {
        "decision": name, "seq": 1, "verdict": "admit", "inputs": [1],
    }  # fmt: skip
    assert permit == {
        "entry": "permit", "decision": name, "seq": 1, "method": "GET", "url": URL,
        "kind": "page", "issued_at": NOW.isoformat(),
    }  # fmt: skip
    assert outcome == {
        "entry": "outcome", "url": URL, "outcome": "admitted", "reason": "license.admits",
        "detail": "", "exchange": None, "ended_at": NOW.isoformat(),
    }  # fmt: skip
    diary.close()


def test_a_second_run_appends(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    for _ in range(2):
        diary = Diary(path)
        diary.exchange(capture(error="DNS"), kind="policy", store=None)
        diary.close()
        diary.close()

    assert [one["digest"] for one in lines(path)] == [None, None]


def test_a_diary_without_a_file_only_counts() -> None:
    diary = Diary()

    numbers = [diary.exchange(capture(status=200), kind="page", store=None) for _ in "ab"]
    asyncio.run(diary.durable())
    diary.close()

    assert (numbers, diary.requests) == ([1, 2], {"a.example": 2})


def test_half_a_character_loses_no_line(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    diary = Diary(path)

    diary.ended(Ending(url=URL, outcome="failed", reason="", detail="\ud800"), now=NOW)
    diary.close()

    assert [one["detail"] for one in lines(path)] == ["\ufffd"]


def test_a_file_in_the_place_of_its_folder_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ArchiveFault, match="the decisions cannot be written"):
        Diary(tmp_path / "file" / "decisions.jsonl")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_noticed_before_anything_is_sent() -> None:
    diary = Diary(Path("/dev/full"))
    diary.permitted(Decided(decision="d", seq=1), "GET", URL, kind="page", now=NOW)

    with pytest.raises(ArchiveFault, match="No space left on device"):
        asyncio.run(diary.durable())
    diary.close()
