"""The audit: all that a build or a published folder says, derived again and compared.

Of a folder that was published everything is checked but what needs the archive. Beside a
ledger every decision is derived again as well.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final

from pipeline.errors import ArchiveFault, InputFault
from pipeline.ledger import published, questions, seal
from pipeline.ledger.store import FILE_NAME, Connection, open_reader
from pipeline.publish import card, checked, tables
from pipeline.publish.checked import CARD
from pipeline.publish.findings import Finding
from pipeline.publish.release import DATASET
from pipeline.publish.replayed import replayed
from pipeline.publish.terminal import visible

FINDING_LIMIT: Final = 1_000
"""Findings that are kept; those beyond are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an audit came to. ``found`` counts also the findings that were not kept.

    Of the ``decisions``, ``replayed`` were derived again and are the same,
    ``policy_files`` are leave to ask for a policy file, and ``by_digest_only`` are on
    pages that had to go: their evidence is whole, and names the bytes it was read in.
    ``fields`` of the card were measured again, on ``files`` with data.
    """

    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...] = ()
    found: int
    has_ledger: bool
    has_card: bool
    decisions: int = 0
    replayed: int = 0
    policy_files: int = 0
    by_digest_only: int = 0
    records: int = 0
    exchanges: int = 0
    permits: int = 0
    outcomes: int = 0
    documents: int = 0
    fields: int = 0
    files: int = 0


def audit(target: Path, *, sample: int | None = None, key: str | None = None) -> Audit:
    """Return what comes of checking a build, its ledger's file or a published folder.

    ``sample`` is how many decisions to derive again, None for all of them; ``key`` the
    curator's public key (PEM). Raises InputFault where there is neither, ArchiveFault
    where a ledger cannot be opened, LedgerBusy while a build writes it. All else that is
    wrong is a finding.
    """
    folder = target.parent if target.name == FILE_NAME else target
    dataset = folder / DATASET
    if (folder / CARD).is_file():
        return _audited(None, folder, sample=sample, key=key)
    if not (folder / FILE_NAME).is_file() and not dataset.is_dir():
        raise InputFault(
            f"{folder}: there is no ledger and no published folder here. Build a corpus "
            "first, or name its folder."
        )
    return _audited(
        folder, dataset if (dataset / CARD).is_file() else None, sample=sample, key=key
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Documents to ask for again, one a host, and the licenses that may be carried."""

    urls: tuple[str, ...]
    licenses: tuple[str, ...]


def sample_of(target: Path, number: int) -> Sample:
    """Return documents of ``number`` hosts of a published folder, chosen by nobody.

    Raises InputFault where nothing was published.
    """
    inside = target / DATASET
    dataset = inside if inside.is_dir() else target
    checked.read(dataset / CARD)
    query = """
        SELECT arg_min(url, id) AS url FROM published.documents
        GROUP BY regexp_extract(url, '^https?://([^/?#]+)', 1) ORDER BY min(id) LIMIT ?
    """
    with closing(tables.opened(dataset)) as connection:
        found = connection.execute(query, [number]).fetchall()
        allowed = tables.setting(connection, "licenses_allowed")
    names = allowed if isinstance(allowed, list) else []
    return Sample(urls=tuple(u for (u,) in found), licenses=tuple(map(str, names)))


def with_answers(found: Audit, answers: Iterable[tuple[str, bool, str]]) -> Audit:
    """Return an audit with what hosts answered today: URL, whether it is a yes, in words.

    What a host says today may differ from what it said on the day, and is a note.
    """
    notes = [
        Finding(
            kind="network",
            subject=url,
            what="asked again, it may still be used"
            if may
            else f"asked again, it may not be used today: {words}",
            level="note",
        )
        for url, may, words in answers
    ]
    return replace(found, notes=(*found.notes, *notes))


def render(found: Audit) -> str:
    """Return an audit for people: errors first, notes after them."""
    return "\n".join(
        chain(_summary(found), _table(found), *map(_lines, (*found.findings, *found.notes)))
    )


def as_json(found: Audit) -> str:
    """Return an audit as one JSON object."""
    return json.dumps(asdict(found))


def as_lines(found: Audit) -> str:
    """Return each finding as a line of JSON, in the words of SARIF's results."""
    return "\n".join(
        json.dumps(_result(finding)) for finding in (*found.findings, *found.notes)
    )


def _audited(
    build: Path | None, dataset: Path | None, *, sample: int | None, key: str | None
) -> Audit:
    counts: Counter[str] = Counter()
    errors: list[Finding] = []
    notes: list[Finding] = []
    for finding in chain(
        _on_build(build, dataset, counts, sample=sample) if build else (),
        checked.checked(dataset, counts, key=key) if dataset else (),
    ):
        if finding.level == "note":
            notes.append(finding)
            continue
        counts["found"] += 1
        if len(errors) < FINDING_LIMIT:
            errors.append(finding)
    return Audit(
        findings=tuple(errors),
        notes=tuple(notes),
        has_ledger=build is not None,
        has_card=dataset is not None,
        **{name: counts[name] for name in _COUNTED},
    )


_COUNTED: Final = (
    "found", "decisions", "replayed", "policy_files", "by_digest_only", "records",
    "exchanges", "permits", "outcomes", "documents", "fields", "files",
)  # fmt: skip


def _on_build(
    build: Path, dataset: Path | None, counts: Counter[str], *, sample: int | None
) -> Iterator[Finding]:
    if dataset is not None or seal.is_sealed(build):
        yield from _on_seal(build)
    with closing(open_reader(build)) as connection:
        counts.update(questions.totals(connection))
        yield from replayed(build, connection, counts, sample=sample)
        if dataset is not None:
            yield from _on_ledger(connection, dataset)


def _on_seal(build: Path) -> Iterator[Finding]:
    if not seal.is_sealed(build):
        what = "no seal: something was written since the last publish, or nothing was yet"
        yield Finding(kind="seal", subject=seal.FILE_NAME, what=what, level="note")
        return
    for path, what in seal.broken(build):
        yield Finding(kind="seal", subject=path, what=what)


def _on_ledger(connection: Connection, dataset: Path) -> Iterator[Finding]:
    """Yield where what was published is not what the ledger holds."""
    release = tables.newest_release(connection)
    try:
        made = card.parse(checked.read(dataset / CARD), source=CARD)
        if made.release != release:
            what = (
                "the ledger has made another release since; publish it, or audit the card"
            )
            yield Finding(kind="card", subject=CARD, what=what, level="note")
            return
        for table in published.TABLES:
            if tables.all_rows(connection, table) != tables.stored_rows(dataset, table):
                what = "it is not what the ledger holds"
                subject = f"{tables.FOLDER}/{table}.parquet"
                yield Finding(kind="table", subject=subject, what=what)
        yield from _on_rows_of_card(connection, made)
    except (ArchiveFault, InputFault) as error:
        # What is wrong with the folder itself is said where the folder is looked at.
        what = f"it cannot be held against the ledger: {error}"
        yield Finding(kind="card", subject=str(dataset), what=what)


def _on_rows_of_card(connection: Connection, made: card.Card) -> Iterator[Finding]:
    kept = {str(row[0]): row[1:] for row in tables.all_rows(connection, "card")}
    for field in made.fields:
        row = card.row_of(0, field)
        said = (
            row.kind, row.status, row.measured, row.sql, row.rule, row.stated, row.author,
            row.said_on, row.about, row.reason,
        )  # fmt: skip
        if kept.get(field.id) != said:
            what = "the card in the ledger says otherwise than card.json"
            yield Finding(
                kind="field", subject=field.id, what=what,
                recorded=str(kept.get(field.id)), replayed=str(said),
            )  # fmt: skip


def _summary(found: Audit) -> Iterator[str]:
    if found.found:
        yield f"AUDIT FAILED: {found.found} findings."
    elif found.has_ledger:
        yield "The audit agrees: every decision was derived again and is the one recorded."
    else:
        yield "The audit agrees: the folder is what its card says."
    if found.has_ledger:
        yield f"  decisions  {found.decisions}"
        yield f"             {found.replayed} derived again from the archive"
        yield f"             {found.policy_files} leave to ask for policy files"
        yield f"             {found.by_digest_only} on pages not kept, by digest and quotes"
        yield f"  archive    {found.records} records, each read against its digest"
        yield f"  requests   {found.exchanges} exchanges, {found.permits} permits"
        yield f"  endings    {found.outcomes} outcomes, {found.documents} documents"
    if found.has_card:
        yield f"  card       {found.fields} numbers measured again, {found.files} files"
    if not found.has_ledger:
        yield "  no ledger here: decisions were not derived again, which needs the archive"
    if found.found > len(found.findings):
        yield f"The first {len(found.findings)} findings:"


def _table(found: Audit) -> Iterator[str]:
    """Yield how many findings there are, by severity and kind."""
    counted = Counter((f.level, f.kind) for f in (*found.findings, *found.notes))
    if counted:
        yield ""
        yield f"{'severity':<10} {'kind':<12} {'findings':>8}"
        for (level, kind), number in sorted(counted.items()):
            yield f"{level:<10} {kind:<12} {number:>8}"
        yield ""


def _lines(finding: Finding) -> Iterator[str]:
    mark = "" if finding.level == "error" else "note, "
    yield f"{mark}{finding.kind}: {visible(finding.subject)}".rstrip(": ")
    yield f"  {visible(finding.what)}"
    if finding.recorded:
        yield f"  recorded: {visible(finding.recorded)}"
    if finding.replayed:
        yield f"  replayed: {visible(finding.replayed)}"


def _result(finding: Finding) -> dict[str, object]:
    """Return a finding as SARIF 2.1.0 section 3.27 names its parts."""
    return {
        "ruleId": finding.kind,
        "level": finding.level,
        "message": {"text": finding.what},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": finding.subject}}}],
        "properties": {"recorded": finding.recorded, "replayed": finding.replayed},
    }
