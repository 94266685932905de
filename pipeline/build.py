"""Curate: each kept page is judged again, and its text becomes a document or a drop."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from itertools import chain, islice
from typing import Final

from pipeline import alike, origin, twins
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
    ReviewRow,
    Row,
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
from pipeline.spool import Records, Spool
from pipeline.texts import Texts
from pipeline.twins import Text
from pipeline.url import authority
from pipeline.vocab import (
    Answer,
    Digest,
    Stage,
)

_BATCH: Final = 64

# Beside the reasons that pages are dropped for.
_DOCUMENT: Final = ""


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
    with (
        Texts(ledger.folder) as texts,
        Spool[Document | Dropped](ledger.folder) as results,
        Spool[Row](ledger.folder) as learnt,
        Spool[tuple[str, origin.Judged]](ledger.folder) as judged,
    ):
        for made in _made(ledger, asked, texts=texts, engine=engine):
            results.append(made.result)
            for row in _judgement(ledger, made, run=run, rules=name_of(asked.policy)):
                learnt.append(row)
            again = origin.judged_of(made.standing, made.fingerprint, policy=asked.policy)
            judged.append((made.page.url, again))
        _hold_twins(ledger, results, judged, reviews_=found)
        final = reduced(results, manifest, named)
        return _released(ledger, final, learnt, order=order)


def _released(
    ledger: Ledger,
    results: Iterable[Document | Dropped],
    learnt: Iterable[Row],
    *,
    order: Order,
) -> Curated:
    """Write the release that the results are, and what was learnt on the way to it."""
    conditions = _conditions(order.named)
    manifest_digest = corpus.manifest_digest(ledger.connection, order.run)
    release, counts = _release_digest(results, manifest_digest, conditions)
    is_new = not corpus.has_release(ledger.connection, release)
    made = results if is_new else ()
    last = ReleaseRow(ledger.number("release"), release, order.run, conditions)

    def rows() -> Iterator[Row]:
        return chain(learnt, (r for each in made for r in _rows(each, release)), [last])

    # One transaction: a release is in the ledger with all its documents or not at all.
    ledger.commit(rows)
    documents = counts.pop(_DOCUMENT, 0)
    return Curated(
        release=release,
        is_new=is_new,
        pages=documents + counts.total(),
        documents=documents,
        dropped=dict(sorted(counts.items())),
    )


def _hold_twins(
    ledger: Ledger,
    results: Spool[Document | Dropped],
    judged: Iterable[tuple[str, origin.Judged]],
    *,
    reviews_: Mapping[str, ReviewRow],
) -> None:
    """Put each document on hold that has a twin under other terms."""
    wanted = bytearray()
    with (
        Spool[Text](ledger.folder) as texts,
        Records(ledger.folder, size=alike.SIZE) as prints,
    ):
        for text, is_wanted in origin.texts(judged, corpus.prints(ledger.connection)):
            texts.append(text)
            prints.append(text.fingerprint)
            wanted.append(is_wanted)
        found = twins.find(texts, partial(_band, prints), wanted=wanted)
    for place, each in enumerate(results) if found else ():
        twin = found.get(each.url)
        if twin is not None:
            review = reviews_.get(authority(each.url))
            results[place] = origin.weighed(each, twin, review)


def _band(prints: Records, number: int) -> Iterator[bytes]:
    return prints.column(alike.band_of(number, width=twins.BAND))


def _made(ledger: Ledger, rules: Rules, *, texts: Texts, engine: Engine) -> Iterator[Made]:
    """Yield what becomes of each page, in the order of their URLs."""
    confirmed = [h for h, row in rules.reviews.items() if row.answer == Answer.CONFIRM]
    pages = corpus.pages(
        ledger.connection,
        confirmed=confirmed,
        reasons=laundering.REASONS,
        rules=name_of(rules.policy),
    )
    reader = reader_of(reader_version(rules.text))
    batches = (
        _tasks(ledger, texts, batch, reader=reader)
        for batch in iter(lambda: tuple(islice(pages, _BATCH)), ())
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


def _judgement(ledger: Ledger, made: Made, *, run: int, rules: str) -> Iterator[Row]:
    """Yield a judgement where it is not the one that stands; else that it stands."""
    page, judgement = made.page, made.judgement
    if judgement is None:
        return
    if page.seq is not None and decision_id(judgement, Stage.USAGE) == page.usage:
        yield UpheldRow(seq=page.seq, rules=rules, run=run)
        return
    entry = Entry(
        seq=ledger.number("seq"),
        run=run,
        visit=page.visit,
        decided_at=page.decided_at,
        inputs=page.inputs,
    )
    row, evidence = entries_of(judgement, Stage.USAGE, entry)
    yield row
    yield from evidence


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
) -> tuple[Digest, Counter[str]]:
    """Return the name that equal releases share, and what the pages came to, by reason.

    No time and no run goes into it.
    """
    whole = sha256(_canonical("manifest", manifest_digest, conditions))
    counts: Counter[str] = Counter()
    for each in results:
        counts[str(each.reason) if isinstance(each, Dropped) else _DOCUMENT] += 1
        for row in _rows(each, Digest("")):
            whole.update(_canonical(type(row).__name__, *row))
    return Digest(f"sha256:{whole.hexdigest()}"), counts


def _canonical(*fields: object) -> bytes:
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _rows(each: Document | Dropped, release: Digest) -> Iterator[Row]:
    yield _row(each, release)
    yield from _rows_beside(each, release)


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
