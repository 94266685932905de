"""A judgement as ledger entries, and the name that equal decisions share."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from pipeline.archive import Place
from pipeline.ledger.rows import DecisionRow, EvidenceRow, ExchangeRow
from pipeline.model import (
    Capture,
    Decision,
    Evidence,
    Judgement,
    digest_of,
    whole_characters,
)
from pipeline.url import without_credentials
from pipeline.vocab import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where an entry belongs: its order, run, visit, moment and the judge's inputs."""

    seq: int
    run: int
    visit: int
    decided_at: datetime
    inputs: Sequence[int]


def entries_of(
    judgement: Judgement, stage: Stage, entry: Entry
) -> tuple[DecisionRow, list[EvidenceRow]]:
    """Return the rows that record one of a judgement's two decisions."""
    decision = judgement.acquisition if stage is Stage.ACQUISITION else judgement.usage
    name = decision_id(judgement, stage)
    finding = judgement.license if stage is Stage.USAGE else None
    row = DecisionRow(
        decision=name,
        seq=entry.seq,
        run=entry.run,
        visit=entry.visit,
        url=judgement.url,
        stage=stage,
        verdict=decision.verdict,
        reason=decision.reason,
        license=finding.expression if finding else None,
        decided_at=entry.decided_at,
        inputs=list(entry.inputs),
        preferences=_preferences(judgement),
    )
    said = _said(judgement, decision)
    rows = [
        _evidence_row(evidence, name, entry.seq, n=n, said=words)
        for n, (words, evidence) in enumerate(said)
    ]
    return row, rows


def decision_id(judgement: Judgement, stage: Stage) -> str:
    """Return a name for a decision from all that it rests on, times left out.

    Judged again from the same words, a page gets the same name: in a resumed crawl, in an
    audit and on another machine.
    """
    decision = judgement.acquisition if stage is Stage.ACQUISITION else judgement.usage
    finding = judgement.license if stage is Stage.USAGE else None
    basis = [
        judgement.url,
        stage,
        decision.verdict,
        decision.reason,
        finding.expression if finding else None,
        _preferences(judgement),
        [
            [*words, e.source, e.locator, e.line, e.quote, e.clause, e.digest, e.status,
             list(e.redirects), e.parser]
            for words, e in _said(judgement, decision)
        ],
    ]  # fmt: skip
    canonical = json.dumps(basis, ensure_ascii=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()[:32]


def exchange_row(
    capture: Capture, *, kind: str, store: str | None = None, place: Place | None = None
) -> ExchangeRow:
    """Return the row of a capture that stands at ``place`` in ``store``, if it was kept.

    Its number, run and visit are for the caller.
    """
    headers = {name.lower(): value for name, value in reversed(capture.headers)}
    location = headers.get("location")
    return ExchangeRow(
        exchange=0,
        run=0,
        visit=0,
        url=capture.url,
        kind=kind,
        status=capture.status,
        error=capture.error,
        read_at=capture.read_at,
        digest=digest_of(capture.payload) if capture.status is not None else None,
        payload_bytes=len(capture.payload),
        content_type=headers.get("content-type"),
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        location=without_credentials(location) if location is not None else None,
        retry_after=headers.get("retry-after"),
        store=store,
        file=place.file if place else None,
        start=place.start if place else None,
        length=place.length if place else None,
        seconds=capture.seconds,
    )


def _said(
    judgement: Judgement, decision: Decision
) -> list[tuple[tuple[str | None, str | None], Evidence]]:
    said: list[tuple[tuple[str | None, str | None], Evidence]] = [
        ((None, None), evidence) for evidence in decision.evidence
    ]
    if decision.stage is Stage.USAGE:
        said += [
            ((str(s.signal), _says(s.category, s.preference, s.note)), evidence)
            for s in judgement.statements
            for evidence in s.evidence
        ]
        if judgement.license:
            said += [
                (("license", str(expression)), evidence)
                for expression, evidence in judgement.license.candidates
            ]
    return said


def _says(category: str, preference: str, note: str) -> str:
    return whole_characters(f"{category}: {preference}" + (f" ({note})" if note else ""))


def _preferences(judgement: Judgement) -> str:
    said = {str(k): str(v) for k, v in judgement.preferences.items()}
    return json.dumps(said, sort_keys=True)


def _evidence_row(
    evidence: Evidence,
    decision: str,
    seq: int,
    *,
    n: int,
    said: tuple[str | None, str | None],
) -> EvidenceRow:
    return EvidenceRow(
        decision=decision,
        seq=seq,
        n=n,
        signal=said[0],
        says=said[1],
        source=evidence.source,
        locator=evidence.locator,
        line=evidence.line,
        quote=evidence.quote,
        clause=evidence.clause,
        digest=evidence.digest,
        status=evidence.status,
        read_at=evidence.read_at,
        redirects=list(evidence.redirects),
        parser=evidence.parser,
    )
