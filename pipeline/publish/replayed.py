"""Replay: every decision derived again from the archive and compared with the record.

It needs nothing but the folder of the build: each decision is taken again under the
manifest of its run, on the exchanges it names, at the moment it was taken. Of a page whose
use is refused no payload is kept; there the quotes and digests of the evidence have to do.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Final

from pipeline import archive, manifest, replay
from pipeline.errors import ArchiveFault, ManifestFault
from pipeline.judge import judge, policy_file_judgement, revalidated
from pipeline.ledger import history, questions
from pipeline.ledger.entries import Entry, entries_of
from pipeline.ledger.history import Past
from pipeline.ledger.rows import DecisionRow, EvidenceRow, ExchangeRow, Run
from pipeline.ledger.store import Connection
from pipeline.model import Exchange, Judgement, Policy, digest_of
from pipeline.publish.findings import Finding
from pipeline.vocab import Digest, Reason, Stage, Verdict

_CACHED: Final = 64
"""Exchanges that are held ready. A policy file has at most 1 MiB."""

_COMPARED: Final = ("stage", "verdict", "reason", "license", "preferences", "decision")

# A page that says nothing leaves nothing to quote.
_SILENT: Final = frozenset({Reason.LICENSE_NONE, Reason.NOT_A_PAGE})
_CLOSED: Final = frozenset({Verdict.REFUSE, Verdict.DEFER})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Input:
    """One exchange that a decision names: how to read it again, and its row."""

    past: Past
    row: ExchangeRow
    is_waiting: bool = False

    @property
    def is_lost(self) -> bool:
        """Say whether this is the answer for a page whose payload was not kept."""
        row = self.row
        return row.kind == "page" and not row.store and row.status is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One decision with all that the ledger has of it."""

    row: DecisionRow
    evidence: list[EvidenceRow]
    inputs: list[_Input]

    def finding(self, what: str, *, recorded: str = "", replayed: str = "") -> Finding:
        return Finding(
            kind="decision",
            subject=self.row.url,
            what=f"{self.row.stage} decision {self.row.seq}: {what}",
            recorded=recorded,
            replayed=replayed,
        )


class _Bench:
    """Where decisions are taken again. Exchanges that many of them name are read once."""

    def __init__(self, folder: Path, policies: Mapping[int, Policy]) -> None:
        self._policies = policies
        self._read = lru_cache(maxsize=_CACHED)(partial(replay.exchange_of, folder))

    def compare(self, case: _Case, counts: Counter[str]) -> Finding | None:
        """Take a decision again; count it where it is the same, else return the finding."""
        counts["decisions"] += 1
        missing = set(case.row.inputs) - {one.row.exchange for one in case.inputs}
        if missing:
            return case.finding(f"it names exchange {min(missing)}, which is not there")
        policy = self._policies.get(case.row.run)
        if policy is None:
            return case.finding(f"the manifest of run {case.row.run} cannot be had")
        try:
            if _is_waiting(case):
                return _without_policy(case, counts)
            again = _as_row(case, self._judged(case, policy))
        except ArchiveFault as error:
            return case.finding("what it rests on cannot be read", replayed=str(error))
        return _verdict_on(case, again, counts)

    def _judged(self, case: _Case, policy: Policy) -> Judgement:
        row = case.row
        if row.reason == Reason.POLICY_FILE:
            return policy_file_judgement(row.url)
        world: dict[str, Exchange] = {}
        for one in case.inputs:
            exchange = self._exchange(one)
            earlier = world.get(exchange.url)
            if exchange.status == HTTPStatus.NOT_MODIFIED and earlier is not None:
                exchange = revalidated(earlier, exchange)
            world[exchange.url] = exchange
        return judge(row.url, world, policy=policy, now=row.decided_at)

    def _exchange(self, one: _Input) -> Exchange:
        exchange = self._read(one.past)
        if not one.is_lost:
            return exchange
        named = {"Content-Type": one.row.content_type, "Location": one.row.location}
        headers = tuple((name, value) for name, value in named.items() if value)
        digest = Digest(one.row.digest or exchange.digest)
        return replace(exchange, headers=(*exchange.headers, *headers), digest=digest)


def _as_row(case: _Case, judgement: Judgement) -> DecisionRow:
    row = case.row
    stage = Stage.USAGE if row.stage == Stage.USAGE else Stage.ACQUISITION
    entry = Entry(
        seq=row.seq,
        run=row.run,
        visit=row.visit,
        decided_at=row.decided_at,
        inputs=row.inputs,
    )
    return entries_of(judgement, stage, entry)[0]


def _is_waiting(case: _Case) -> bool:
    """Say whether a page of a file was held as it is not known what its site permits.

    Nothing of it was kept, and while that stays so it is in no document.
    """
    is_waiting = any(one.is_lost and one.is_waiting for one in case.inputs)
    return is_waiting and case.row.verdict == Verdict.HOLD


def _without_policy(case: _Case, counts: Counter[str]) -> Finding | None:
    name = _name_of(case.row, case.evidence)
    if name != case.row.decision:
        what = "the entry and its evidence are not what the decision was named after"
        return case.finding(what, recorded=case.row.decision, replayed=name)
    counts["by_digest_only"] += 1
    return None


def replayed(
    folder: Path, connection: Connection, counts: Counter[str], *, sample: int | None
) -> Iterator[Finding]:
    """Yield what comes of deriving decisions again, reading records, and rules of rows.

    With ``sample`` only that many decisions are derived, chosen by their names, which
    nobody can choose. ``counts`` are added to.
    """
    policies, faults = _policies_of(questions.runs(connection))
    bench = _Bench(folder, policies)
    chosen = None if sample is None else questions.sampled(connection, sample)
    yield from faults
    yield from _on_decisions(connection, bench, counts, chosen=chosen)
    yield from _on_records(folder, connection, counts)
    yield from _on_rows(connection)


def _policies_of(runs: Iterable[Run]) -> tuple[dict[int, Policy], list[Finding]]:
    policies: dict[int, Policy] = {}
    findings = []
    for run in runs:
        name = f"manifest of run {run.run}"
        actual = manifest.digest(run.manifest)
        if actual != run.manifest_digest:
            findings.append(
                Finding(
                    kind="run",
                    subject="",
                    what=f"the {name} is not the one it ran under",
                    recorded=run.manifest_digest,
                    replayed=actual,
                )
            )
        try:
            policies[run.run] = manifest.parse(run.manifest, source=name).policy(
                run.training_tokens
            )
        except ManifestFault as error:
            what = f"the {name} cannot be read"
            findings.append(Finding(kind="run", subject="", what=what, replayed=str(error)))
    return policies, findings


def _on_decisions(
    connection: Connection,
    bench: _Bench,
    counts: Counter[str],
    *,
    chosen: frozenset[int] | None,
) -> Iterator[Finding]:
    for rows in questions.decisions(connection):
        wanted = [row for row in rows if chosen is None or row.seq in chosen]
        for case in _cases_of(connection, wanted):
            finding = bench.compare(case, counts)
            if finding is not None:
                yield finding


def _cases_of(connection: Connection, rows: list[DecisionRow]) -> Iterator[_Case]:
    evidence = questions.evidence(connection, [row.seq for row in rows])
    numbers = sorted({number for row in rows for number in row.inputs})
    received = questions.exchanges(connection, numbers)
    waiting = questions.without_policy(connection, numbers)
    inputs = {
        past.number: _Input(
            past=past, row=received[past.number], is_waiting=past.number in waiting
        )
        for past in history.exchanges(connection, numbers)
    }
    for row in rows:
        yield _Case(
            row=row,
            evidence=evidence.get(row.seq, []),
            inputs=[inputs[number] for number in row.inputs if number in inputs],
        )


def _verdict_on(case: _Case, again: DecisionRow, counts: Counter[str]) -> Finding | None:
    differing = _differing(case.row, again)
    is_lost = any(one.is_lost for one in case.inputs)
    if differing and not is_lost:
        return _otherwise(case, again, differing)
    name = _name_of(case.row, case.evidence)
    if name != case.row.decision:
        what = "the entry and its evidence are not what the decision was named after"
        return case.finding(what, recorded=case.row.decision, replayed=name)
    # That a page says nothing does not follow again from a page that is not there.
    is_silent = is_lost and all(one.signal is not None for one in case.evidence)
    if not differing and not is_silent:
        is_file = case.row.reason == Reason.POLICY_FILE
        counts["policy_files" if is_file else "replayed"] += 1
        return None
    return _without_page(case, again, counts)


def _without_page(case: _Case, again: DecisionRow, counts: Counter[str]) -> Finding | None:
    """Settle for the evidence of a page that was not kept, where that is whole."""
    if case.row.verdict not in _CLOSED:
        return case.finding("it lets a page in that was not kept")
    deciding = [one for one in case.evidence if one.signal is None]
    digests = _digests_of(case)
    is_elsewhere = bool(deciding) and all(one.source not in digests for one in deciding)
    differing = _differing(case.row, again)
    if is_elsewhere and not {"verdict", "reason"}.isdisjoint(differing):
        return _otherwise(case, again, differing)
    if not deciding and case.row.reason not in _SILENT:
        return case.finding("nothing that was read is shown for it")
    for one in case.evidence:
        if one.source in digests and not (one.digest in digests[one.source] and one.quote):
            what = f"its evidence ({one.locator}) names other bytes or has no words"
            return case.finding(what, recorded=str(one.digest))
    counts["by_digest_only"] += 1
    return None


def _digests_of(case: _Case) -> dict[str, set[str | None]]:
    """Return the payloads of the pages that were not kept, and those they revalidated."""
    lost = {one.row.url for one in case.inputs if one.is_lost}
    return {
        url: {one.row.digest for one in case.inputs if one.row.url == url} for url in lost
    }


def _differing(recorded: DecisionRow, again: DecisionRow) -> list[str]:
    return [one for one in _COMPARED if getattr(recorded, one) != getattr(again, one)]


def _otherwise(case: _Case, again: DecisionRow, differing: list[str]) -> Finding:
    # The name follows from the rest: alone it says that the evidence differs.
    named = [one for one in differing if one != "decision"] or ["decision"]
    words = ("evidence" if named == ["decision"] else " and ".join(named)).replace("_", " ")
    verb = "is" if len(named) == 1 else "are"
    return case.finding(
        f"the {words} {verb} derived otherwise",
        recorded=_said(case.row, named),
        replayed=_said(again, named),
    )


def _said(row: DecisionRow, names: list[str]) -> str:
    return ", ".join(str(getattr(row, name)) for name in names)


def _name_of(row: DecisionRow, evidence: Iterable[EvidenceRow]) -> str:
    """Return what ``entries.decision_id`` names a decision that has these rows.

    From the rows alone, since a page that was not kept has no judgement any more.
    """
    basis = [
        row.url, row.stage, row.verdict, row.reason, row.license, row.preferences,
        [
            [e.signal, e.says, e.source, e.locator, e.line, e.quote, e.clause, e.digest,
             e.status, list(e.redirects), e.parser]
            for e in evidence
        ],
    ]  # fmt: skip
    canonical = json.dumps(basis, ensure_ascii=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()[:32]


def _on_records(
    folder: Path, connection: Connection, counts: Counter[str]
) -> Iterator[Finding]:
    for rows in questions.kept_exchanges(connection):
        for row in rows:
            counts["records"] += 1
            finding = _record_finding(folder, row)
            if finding is not None:
                yield finding


def _record_finding(folder: Path, row: ExchangeRow) -> Finding | None:
    recorded = (row.url, row.kind, row.status, row.digest, row.payload_bytes, row.read_at)
    try:
        stored = archive.read(folder / (row.store or ""), _place_of(row))
    except ArchiveFault as error:
        what = f"the record of exchange {row.exchange} cannot be read"
        return Finding(kind="archive", subject=row.url, what=what, replayed=str(error))
    one = stored.capture
    held = (
        one.url, stored.kind, one.status, digest_of(one.payload), len(one.payload),
        one.read_at,
    )  # fmt: skip
    if held == recorded:
        return None
    return Finding(
        kind="archive",
        subject=row.url,
        what=f"exchange {row.exchange} is not what the archive holds in its place",
        recorded=", ".join(str(a) for a, b in zip(recorded, held, strict=True) if a != b),
        replayed=", ".join(str(b) for a, b in zip(recorded, held, strict=True) if a != b),
    )


def _place_of(row: ExchangeRow) -> archive.Place:
    return archive.Place(file=row.file or "", start=row.start or 0, length=row.length or 0)


def _on_rows(connection: Connection) -> Iterator[Finding]:
    for fault in questions.faults(connection):
        yield Finding(
            kind=fault.kind, subject=fault.url, what=fault.what, recorded=fault.recorded
        )
