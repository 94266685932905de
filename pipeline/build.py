"""Curate: each kept page is judged again, and its text becomes a document or a drop."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Final

from pipeline import origin
from pipeline.engine import Engine, open_engine
from pipeline.extract import reader_version
from pipeline.filters import language
from pipeline.ledger import corpus, history, reviews
from pipeline.ledger.corpus import Page
from pipeline.ledger.entries import Entry, decision_id, entries_of
from pipeline.ledger.rows import (
    DocumentRow,
    DropRow,
    LeftOutRow,
    PersonalRow,
    ReleaseRow,
    UpheldRow,
)
from pipeline.ledger.store import Ledger
from pipeline.license import laundering, terms
from pipeline.making import Made, Task, make_all, name_of_contents, settled
from pipeline.manifest import Manifest
from pipeline.model import (
    Document,
    Dropped,
    digest_of,
)
from pipeline.named import NamedFile
from pipeline.reduce import reduced
from pipeline.rules import Rules, name_of, reader_of, rules_of
from pipeline.texts import Texts
from pipeline.vocab import (
    Answer,
    Digest,
    Stage,
)

_BATCH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Curated:
    """A release: its digest, whether the ledger had it before, and what it came to.

    ``pages`` is the number of ``documents`` and of all that was ``dropped``, by reason.
    """

    release: Digest
    is_new: bool
    pages: int
    documents: int
    dropped: Mapping[str, int]

    @property
    def drops(self) -> int:
        """How many pages gave no document."""
        return self.pages - self.documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a release is made by: a manifest, under the number of a run, on a day.

    ``named`` are the files that the manifest holds its texts against; ``engine`` does the
    work, None where it is done here.
    """

    manifest: Manifest
    run: int
    now: datetime
    named: Sequence[NamedFile] = ()
    engine: Engine | None = None


def curate(ledger: Ledger, order: Order) -> Curated:
    """Make a release of what stands admitted in the ledger; no host is asked for it.

    The same pages under the same manifest give the same release, which is then only noted
    once more; whose work the engine does, and what was kept of an earlier one, changes
    nothing in it. Raises ArchiveFault where a record of the archive is missing or damaged.
    """
    manifest, named, run = order.manifest, order.named, order.run
    engine = order.engine or open_engine(jobs=1)
    ledger.commit()
    found = reviews.newest(ledger.connection)
    asked = replace(rules_of(manifest, now=order.now), reviews=found)
    results: list[Document | Dropped] = []
    judged: dict[str, origin.Judged] = {}
    with Texts(ledger.folder) as texts:
        for made in _made(ledger, asked, texts=texts, engine=engine):
            if made.judgement is not None:
                _append_judgement(ledger, made, run=run, rules=name_of(asked.policy))
            results.append(made.result)
            judged[made.page.url] = origin.judged_of(
                made.standing, made.fingerprint, policy=asked.policy
            )
    twins = origin.doubtful_twins(judged, corpus.prints(ledger.connection))
    results = reduced(origin.without_twins(results, twins, found), manifest, named)
    conditions = _conditions(named)
    release = _release_digest(
        results, corpus.manifest_digest(ledger.connection, run), conditions
    )
    is_new = not corpus.has_release(ledger.connection, release)
    if is_new:
        ledger.append(_row(each, release) for each in results)
        ledger.append(row for each in results for row in _rows_beside(each, release))
    seq = ledger.number("release")
    ledger.append([ReleaseRow(seq, release, run, conditions)])
    # One transaction: a release is in the ledger with all its documents or not at all.
    ledger.commit()
    dropped = Counter(str(each.reason) for each in results if isinstance(each, Dropped))
    return Curated(
        release=release,
        is_new=is_new,
        pages=len(results),
        documents=len(results) - dropped.total(),
        dropped=dict(sorted(dropped.items())),
    )


def _made(ledger: Ledger, rules: Rules, *, texts: Texts, engine: Engine) -> Iterator[Made]:
    """Yield what becomes of each page, in the order of their URLs."""
    confirmed = [h for h, row in rules.reviews.items() if row.answer == Answer.CONFIRM]
    pages = corpus.pages(
        ledger.connection,
        confirmed=confirmed,
        reasons=laundering.REASONS,
        rules=name_of(rules.policy),
    )
    batches = (
        _tasks(
            ledger,
            texts,
            pages[start : start + _BATCH],
            reader=reader_of(reader_version(rules.text)),
        )
        for start in range(0, len(pages), _BATCH)
    )
    work = partial(make_all, ledger.folder.absolute(), rules)
    for found in engine.map(work, batches, name_of=_span):
        texts.keep({each.name: each.contents for each in found if each.contents})
        yield from found


def _tasks(
    ledger: Ledger, texts: Texts, pages: Sequence[Page], *, reader: str
) -> list[Task]:
    """Return what is to be done for some pages: without exchanges where none is needed."""
    names = {
        page.url: name_of_contents(page, page.standing, reader=reader)
        for page in pages
        if page.standing
    }
    kept = texts.find(list(names.values()))
    tasks = [
        Task(
            page=page,
            name=names.get(page.url, ""),
            contents=kept.get(names.get(page.url, "")),
        )
        for page in pages
    ]
    wanting = [
        each for each in tasks if each.contents is None or settled(each.page) is None
    ]
    numbers = sorted({number for each in wanting for number in each.page.inputs})
    asked = history.exchanges(ledger.connection, numbers)
    found = {past.number: past for past in asked}
    return [
        replace(each, pasts=tuple(found[n] for n in each.page.inputs if n in found))
        for each in tasks
    ]


def _span(tasks: Sequence[Task]) -> str:
    return f"{tasks[0].page.url} to {tasks[-1].page.url}"


def _append_judgement(ledger: Ledger, made: Made, *, run: int, rules: str) -> None:
    """Write a judgement down where it is not the one that stands; else that it is."""
    page, judgement = made.page, made.judgement
    if judgement is None:
        return
    if page.seq is not None and decision_id(judgement, Stage.USAGE) == page.usage:
        ledger.append([UpheldRow(seq=page.seq, rules=rules, run=run)])
        return
    entry = Entry(
        seq=ledger.number("seq"),
        run=run,
        visit=page.visit,
        decided_at=page.decided_at,
        inputs=page.inputs,
    )
    row, evidence = entries_of(judgement, Stage.USAGE, entry)
    ledger.append([row, *evidence])


def _conditions(named: Iterable[NamedFile]) -> str:
    """Return as JSON what a release rests on beside its pages and its manifest."""
    files = [
        {"path": each.path, "digest": each.digest, "texts": len(each.texts)}
        for each in named
    ]
    found = {"language_detector": language.DETECTOR, "held_against": files}
    return json.dumps(found, sort_keys=True)


def _release_digest(
    results: Iterable[Document | Dropped], manifest_digest: str, conditions: str
) -> Digest:
    """Return the name that equal releases share: no time and no run goes into it."""
    whole = sha256(_canonical("manifest", manifest_digest, conditions))
    for each in results:
        for row in (_row(each, Digest("")), *_rows_beside(each, Digest(""))):
            whole.update(_canonical(type(row).__name__, *row))
    return Digest(f"sha256:{whole.hexdigest()}")


def _canonical(*fields: object) -> bytes:
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _rows_beside(
    each: Document | Dropped, release: Digest
) -> Iterator[PersonalRow | LeftOutRow]:
    if isinstance(each, Dropped):
        return
    for kind, found in each.personal:
        yield PersonalRow(release=release, url=each.url, kind=kind, found=found)
    for n, part in enumerate(each.left_out):
        yield LeftOutRow(
            release=release, url=each.url, n=n, locator=part.locator, quote=part.quote,
            license=part.license,
        )  # fmt: skip


def _row(each: Document | Dropped, release: Digest) -> DocumentRow | DropRow:
    if isinstance(each, Dropped):
        return DropRow(
            release=release, url=each.url, reason=str(each.reason), detail=each.detail,
            twin=each.twin,
        )  # fmt: skip
    return DocumentRow(
        release=release,
        id=digest_of(f"{each.url}\n{each.text}".encode()),
        url=each.url,
        title=each.work.title,
        title_locator=each.work.title_locator,
        authors=[{"name": one.name, "url": one.url} for one in each.work.authors],
        author_locator=each.work.author_locator,
        notice=each.work.notice,
        license_notice=each.work.license_notice,
        disclaimer=each.work.disclaimer,
        published=each.work.published,
        text=each.text,
        split=each.split,
        language=each.language,
        language_declared=each.language_declared,
        language_confidence=each.language_confidence,
        license=each.license,
        license_url=terms.address_of(each.license),
        changes=each.changes,
        repeated_characters=each.repeated_characters,
        attribution=each.attribution,
        capture_digest=each.capture_digest,
        decisions=list(each.decision_ids),
    )
