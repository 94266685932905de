"""Entries: equal decisions have equal names, and any other word makes another name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.ledger.entries import Entry, decision_id, entries_of
from pipeline.ledger.store import Ledger, rows_of
from pipeline.model import (
    Decision,
    Evidence,
    Judgement,
    LicenseFinding,
    Statement,
    quote_of,
)
from pipeline.vocab import (
    Category,
    Digest,
    LicenseExpression,
    Preference,
    Reason,
    Signal,
    Stage,
    Verdict,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://a.example/essay"
ENTRY = Entry(seq=7, run=1, visit=2, decided_at=NOW, inputs=[3, 4])

ROBOTS = Evidence(
    source="https://a.example/robots.txt", locator="rule", line=2, quote="Allow: /",
    clause="RFC 9309 section 2.2.2", digest=Digest("sha256:1"), status=200, read_at=NOW,
    redirects=("https://b.example/robots.txt",), parser="robots/1",
)  # fmt: skip
LICENSE = replace(
    ROBOTS, source=URL, locator="a[rel=license]", line=None, quote="CC BY 4.0"
)
HEADER = replace(ROBOTS, source=URL, locator="header Content-Usage", quote="train-ai=y")
CC_BY = LicenseExpression("CC-BY-4.0")

JUDGEMENT = Judgement(
    url=URL,
    acquisition=Decision(
        stage=Stage.ACQUISITION, verdict=Verdict.ADMIT, reason=Reason.ROBOTS_ALLOWS,
        evidence=(ROBOTS,),
    ),
    usage=Decision(
        stage=Stage.USAGE, verdict=Verdict.ADMIT, reason=Reason.LICENSE_ADMITS,
        evidence=(LICENSE,),
    ),
    preferences={
        Category.TRAIN_AI: Preference.ALLOWED,
        Category.SEARCH: Preference.UNKNOWN,
    },
    statements=(
        Statement(
            signal=Signal.CONTENT_USAGE_HEADER, preference=Preference.ALLOWED,
            evidence=(HEADER,), note="as said",
        ),
    ),
    license=LicenseFinding(
        expression=CC_BY, reason=Reason.LICENSE_ADMITS, evidence=(LICENSE,),
        candidates=((CC_BY, LICENSE), (None, HEADER)),
    ),
)  # fmt: skip


def later(judgement: Judgement) -> Judgement:
    """The same judgement, all of it read a day later."""

    def moved(evidence: Evidence) -> Evidence:
        return replace(evidence, read_at=NOW + timedelta(days=1))

    assert judgement.license is not None
    return replace(
        judgement,
        acquisition=replace(judgement.acquisition, evidence=(moved(ROBOTS),)),
        usage=replace(judgement.usage, evidence=(moved(LICENSE),)),
        statements=(replace(judgement.statements[0], evidence=(moved(HEADER),)),),
        license=replace(
            judgement.license,
            evidence=(moved(LICENSE),),
            candidates=((CC_BY, moved(LICENSE)), (None, moved(HEADER))),
        ),
    )


def with_evidence(**facts: object) -> Judgement:
    changed = replace(LICENSE, **facts)  # type: ignore[arg-type]
    return replace(JUDGEMENT, usage=replace(JUDGEMENT.usage, evidence=(changed,)))


@pytest.mark.parametrize("stage", Stage)
def test_a_name_does_not_depend_on_when_it_was_read(stage: Stage) -> None:
    assert decision_id(later(JUDGEMENT), stage) == decision_id(JUDGEMENT, stage)


def test_a_name_does_not_depend_on_the_order_of_preferences() -> None:
    turned = dict(reversed(list(JUDGEMENT.preferences.items())))

    other = decision_id(replace(JUDGEMENT, preferences=turned), Stage.USAGE)

    assert other == decision_id(JUDGEMENT, Stage.USAGE)


@pytest.mark.parametrize(
    "other",
    [
        replace(JUDGEMENT, url=f"{URL}/2"),
        replace(JUDGEMENT, usage=replace(JUDGEMENT.usage, verdict=Verdict.HOLD)),
        replace(JUDGEMENT, usage=replace(JUDGEMENT.usage, reason=Reason.AGREED)),
        replace(JUDGEMENT, preferences={Category.TRAIN_AI: Preference.UNKNOWN}),
        replace(JUDGEMENT, statements=()),
        replace(JUDGEMENT, statements=(replace(JUDGEMENT.statements[0], note="other"),)),
        replace(JUDGEMENT, license=None),
        with_evidence(source="https://a.example/other"),
        with_evidence(locator="link[rel=license]"),
        with_evidence(line=3),
        with_evidence(quote="CC BY 4.1"),
        with_evidence(clause="another"),
        with_evidence(digest=Digest("sha256:2")),
        with_evidence(status=203),
        with_evidence(redirects=()),
        with_evidence(parser="robots/2"),
    ],
    ids=[
        "url", "verdict", "reason", "preferences", "no-signal", "note", "license", "source",
        "locator", "line", "quote", "clause", "digest", "status", "redirects", "parser",
    ],
)  # fmt: skip
def test_every_other_word_makes_another_name(other: Judgement) -> None:
    assert decision_id(other, Stage.USAGE) != decision_id(JUDGEMENT, Stage.USAGE)


def test_each_stage_has_a_name_of_its_own() -> None:
    names = {decision_id(JUDGEMENT, stage) for stage in Stage}

    assert len(names) == 2
    assert all(len(name) == 32 for name in names)


def test_a_decision_to_fetch_knows_nothing_of_licenses() -> None:
    bare = replace(JUDGEMENT, license=None, statements=())

    assert decision_id(bare, Stage.ACQUISITION) == decision_id(JUDGEMENT, Stage.ACQUISITION)


def test_what_decided_comes_first_and_every_signal_after_it() -> None:
    row, evidence = entries_of(JUDGEMENT, Stage.USAGE, ENTRY)

    assert (row.seq, row.run, row.visit, row.inputs) == (7, 1, 2, [3, 4])
    assert (row.verdict, row.reason, row.license) == (
        "admit",
        "license.admits",
        "CC-BY-4.0",
    )
    assert row.preferences == '{"search": "unknown", "train-ai": "allowed"}'
    assert [(e.n, e.signal, e.says, e.quote) for e in evidence] == [
        (0, None, None, "CC BY 4.0"),
        (1, "content-usage.header", "train-ai: allowed (as said)", "train-ai=y"),
        (2, "license", "CC-BY-4.0", "CC BY 4.0"),
        (3, "license", "None", "train-ai=y"),
    ]
    assert {(e.decision, e.seq) for e in evidence} == {(row.decision, 7)}


def test_an_entry_comes_back_from_the_ledger_as_it_went_in(tmp_path: Path) -> None:
    row, evidence = entries_of(JUDGEMENT, Stage.ACQUISITION, ENTRY)

    with Ledger(tmp_path) as ledger:
        ledger.append([row, *evidence])
        ledger.commit()
        assert rows_of(ledger.connection, "FROM decisions") == [row]
        assert rows_of(ledger.connection, "FROM evidence") == evidence


def test_half_a_character_in_a_quote_gives_no_two_names(tmp_path: Path) -> None:
    judgement = with_evidence(quote=quote_of("CC BY \ud800"))
    row, evidence = entries_of(judgement, Stage.USAGE, ENTRY)

    with Ledger(tmp_path) as ledger:
        ledger.append(evidence)
        ledger.commit()
        query = "SELECT quote FROM evidence WHERE n = 0"
        [(kept,)] = rows_of(ledger.connection, query)

    assert kept == "CC BY \ufffd"
    assert decision_id(with_evidence(quote=kept), Stage.USAGE) == row.decision
