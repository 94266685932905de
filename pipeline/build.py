"""Curate: each kept page is judged again, and its text becomes a document or a drop."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from pipeline import origin, replay
from pipeline.credit import sentence, work
from pipeline.curation import Passed, filtered
from pipeline.engine import Engine, open_engine
from pipeline.extract import Extracted, main_text, reader_version
from pipeline.filters import language
from pipeline.fingerprint import fingerprint
from pipeline.judge import judge, revalidated
from pipeline.ledger import corpus, history, reviews
from pipeline.ledger.corpus import Page, Standing
from pipeline.ledger.entries import Entry, decision_id, entries_of
from pipeline.ledger.history import Past
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
from pipeline.manifest import Manifest, Reading
from pipeline.markup import Unparseable, read
from pipeline.model import (
    Contents,
    Document,
    Dropped,
    Exchange,
    Judgement,
    Policy,
    digest_of,
)
from pipeline.named import NamedFile
from pipeline.reduce import reduced
from pipeline.rules import Rules, name_of, reader_of, rules_of
from pipeline.texts import Texts
from pipeline.url import authority
from pipeline.vocab import (
    Answer,
    Digest,
    Drop,
    LicenseExpression,
    Reason,
    Stage,
    Verdict,
)

_NOT_MODIFIED: Final = 304

_BY_LICENSE: Final = frozenset({Reason.LICENSE_ADMITS, Reason.LICENSE_STATED_FOR_SITE})
_UNREAD: Final = Dropped(url="", reason="")

# Policy files serve many pages of their host, which stand side by side.
_KEPT_EXCHANGES: Final = 64
_BATCH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A page to be made a document of, with what is known of it already.

    ``pasts`` are the exchanges that the judge was shown. ``contents`` is what was read of
    the page's capture before, under ``name``, None where it was not read yet.
    """

    page: Page
    pasts: tuple[Past, ...] = ()
    name: str = ""
    contents: Contents | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of one page: its document or why there is none, and what was learnt.

    ``standing`` is what is decided on its use; ``judgement`` is there where it was judged
    again. ``contents`` is there where its text was read, and belongs under ``name``.
    """

    page: Page
    result: Document | Dropped
    standing: Standing
    judgement: Judgement | None = None
    fingerprint: bytes | None = None
    name: str = ""
    contents: Contents | None = None


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


def make(task: Task, exchange_of: Callable[[Past], Exchange], *, rules: Rules) -> Made:
    """Return what becomes of a page: judged, and read, where that was not done before.

    It is judged at the moment it was judged first, and nothing is fetched: a judgement
    that wants a file which was never asked for is no yes.
    """
    page = task.page
    again = partial(_judge, task, exchange_of)
    judgement, standing = None, _settled(page)
    if standing is None:
        judgement = again(policy=rules.policy)
        standing = _standing_of(judgement)
    dropped = _refusal(judgement) if judgement else None
    review = rules.reviews.get(authority(page.url))
    lifted = dropped is not None and origin.is_lifted(dropped, review)
    if dropped is None or lifted:
        dropped = origin.refusal(page.url, review)
    if dropped is None and judgement is not None and standing.reason is Reason.AGREED:
        # An agreement that has ended since lets nothing in, whatever it did on the day.
        lapsed = _refusal(again(policy=rules.in_force))
        dropped = replace(lapsed, reason=Drop.AGREEMENT_LAPSED) if lapsed else None
    made = Made(
        page=page, result=dropped or _UNREAD, standing=standing, judgement=judgement
    )
    if dropped is not None:
        return made
    name = _name_of_contents(page, standing, reader=reader_of(reader_version(rules.text)))
    contents = task.contents if task.name == name else None
    fresh = None
    if contents is None:
        own = [past for past in task.pasts if past.url == page.url]
        exchange = _as_judged(own, exchange_of)[page.url]
        contents = fresh = read_page(
            exchange, license_=standing.license, options=rules.text
        )
    result = _document(made, contents, rules=rules)
    return replace(
        made,
        result=origin.named(result, review)
        if isinstance(result, Document) and lifted and review
        else result,
        fingerprint=contents.fingerprint if isinstance(result, Document) else None,
        name=name,
        contents=fresh,
    )


def read_page(
    exchange: Exchange, *, license_: LicenseExpression | None, options: Reading
) -> Contents:
    """Return what a page says and whom it names, or why it cannot be read."""
    because = partial(Contents, capture_digest=exchange.digest)
    markup = read(exchange)
    if isinstance(markup, Unparseable):
        return because(reason=Reason.UNPARSEABLE, detail=markup.cause)
    if license_ is None:
        return because(reason=Reason.LICENSE_NONE)
    found = main_text(exchange, markup, options=options, license_=license_)
    if isinstance(found, Dropped):
        return because(reason=found.reason, detail=found.detail)
    return Contents(
        capture_digest=exchange.digest,
        text=found.text,
        language=found.language,
        is_markdown=found.is_markdown,
        left_out=found.left_out,
        work=work.read(markup, exchange, license_=license_),
        fingerprint=fingerprint(markup),
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
    work = partial(_make_all, ledger.folder.absolute(), rules)
    for found in engine.map(work, batches, name_of=_span):
        texts.keep({each.name: each.contents for each in found if each.contents})
        yield from found


def _settled(page: Page) -> Standing | None:
    """Return what was decided on a page that need not be judged again, or None.

    Its license alone admits it, by our rules. What else was decided may rest on more than
    its decision says.
    """
    said = page.standing
    if said is None or not page.is_current:
        return None
    is_plain = said.verdict is Verdict.ADMIT and said.reason in _BY_LICENSE
    return said if is_plain else None


def _tasks(
    ledger: Ledger, texts: Texts, pages: Sequence[Page], *, reader: str
) -> list[Task]:
    """Return what is to be done for some pages: without exchanges where none is needed."""
    names = {
        page.url: _name_of_contents(page, page.standing, reader=reader)
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
        each for each in tasks if each.contents is None or _settled(each.page) is None
    ]
    numbers = sorted({number for each in wanting for number in each.page.inputs})
    asked = history.exchanges(ledger.connection, numbers)
    found = {past.number: past for past in asked}
    return [
        replace(each, pasts=tuple(found[n] for n in each.page.inputs if n in found))
        for each in tasks
    ]


def _make_all(folder: Path, rules: Rules, tasks: Sequence[Task]) -> list[Made]:
    """Return what becomes of some pages of a corpus: what a worker does."""
    exchange_of = lru_cache(maxsize=_KEPT_EXCHANGES)(partial(replay.exchange_of, folder))
    return [make(task, exchange_of, rules=rules) for task in tasks]


def _span(tasks: Sequence[Task]) -> str:
    return f"{tasks[0].page.url} to {tasks[-1].page.url}"


def _name_of_contents(page: Page, standing: Standing, *, reader: str) -> str:
    """Return a name for all that the contents of a page depends on."""
    parts = [page.url, page.captures, standing.license, reader]
    return sha256(_canonical(*parts)).hexdigest()


def _judge(
    task: Task, exchange_of: Callable[[Past], Exchange], *, policy: Policy
) -> Judgement:
    exchanges = _as_judged(task.pasts, exchange_of)
    return judge(task.page.url, exchanges, policy=policy, now=task.page.decided_at)


def _standing_of(judgement: Judgement) -> Standing:
    return Standing(
        verdict=judgement.usage.verdict,
        reason=judgement.usage.reason,
        license=judgement.license.expression if judgement.license else None,
        preferences=judgement.preferences,
    )


def _as_judged(
    pasts: Iterable[Past], exchange_of: Callable[[Past], Exchange]
) -> dict[str, Exchange]:
    """Return exchanges by URL as the judge saw them: a 304 renews what came before it."""
    seen: dict[str, Exchange] = {}
    for past in pasts:
        exchange = exchange_of(past)
        earlier = seen.get(past.url)
        if exchange.status == _NOT_MODIFIED and earlier is not None:
            exchange = revalidated(earlier, exchange)
        seen[past.url] = exchange
    return seen


def _refusal(judgement: Judgement) -> Dropped | None:
    """Return why a page gives no document by the judgement alone, or None."""
    if judgement.wanted:
        detail = f"not asked for: {', '.join(judgement.wanted)}"
        return Dropped(url=judgement.url, reason=Reason.POLICY_NOT_ASKED, detail=detail)
    for decision in (judgement.acquisition, judgement.usage):
        if decision.verdict is not Verdict.ADMIT:
            detail = f"judged again: {decision.stage} {decision.verdict}"
            return Dropped(url=judgement.url, reason=decision.reason, detail=detail)
    return None


def _document(made: Made, contents: Contents, *, rules: Rules) -> Document | Dropped:
    page, license_ = made.page, made.standing.license
    if contents.reason is not None or license_ is None:
        reason = contents.reason or Reason.LICENSE_NONE
        return Dropped(url=page.url, reason=reason, detail=contents.detail)
    text = _text_of(page.url, contents, rules=rules)
    if isinstance(text, Dropped):
        return text
    usage = page.usage
    if made.judgement is not None:
        usage = decision_id(made.judgement, Stage.USAGE)
    return Document(
        url=page.url,
        work=contents.work,
        text=text.text,
        language=text.language.tag,
        language_declared=text.language.declared,
        language_confidence=text.language.confidence,
        license=license_,
        attribution=sentence.credit(
            contents.work, url=page.url, license_=license_, changes=text.changes
        ),
        capture_digest=contents.capture_digest,
        decision_ids=tuple(filter(None, (page.acquisition, usage))),
        changes=text.changes,
        personal=text.personal,
        left_out=text.left_out,
    )


def _text_of(url: str, contents: Contents, *, rules: Rules) -> Passed | Dropped:
    """Return the text of a page as the filters leave it, or why it is left out."""
    found = Extracted(
        text=contents.text,
        language=contents.language,
        is_markdown=contents.is_markdown,
        left_out=contents.left_out,
    )
    return filtered(url, found, filters=rules.filters, languages=rules.languages)


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
