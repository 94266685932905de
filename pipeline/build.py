"""Curate: each kept page is judged again, and its text becomes a document or a drop."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from pipeline import origin, replay
from pipeline.consent import crawlers
from pipeline.credit import sentence, work
from pipeline.curation import Passed, filtered
from pipeline.extract import UNDETERMINED, main_text
from pipeline.filters import duplicate
from pipeline.fingerprint import fingerprint
from pipeline.judge import judge, revalidated
from pipeline.ledger import corpus, history, reviews
from pipeline.ledger.corpus import Page
from pipeline.ledger.entries import Entry, decision_id, entries_of
from pipeline.ledger.history import Past
from pipeline.ledger.rows import (
    DocumentRow,
    DropRow,
    LeftOutRow,
    PersonalRow,
    ReleaseRow,
    ReviewRow,
)
from pipeline.ledger.store import Ledger
from pipeline.license import laundering, terms
from pipeline.manifest import Filters, Manifest, Reading
from pipeline.markup import Markup, Unparseable, read
from pipeline.model import (
    Document,
    Dropped,
    Exchange,
    Exchanges,
    Judgement,
    Policy,
    digest_of,
)
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

# Policy files serve many pages of their host, which stand side by side.
_KEPT_EXCHANGES: Final = 64
_BATCH: Final = 256

# Later than any date.
_NO_DATE: Final = "9999"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a page is held to: the policy, its part that is in force today, the languages.

    ``languages`` are ranges of BCP 47; none means all of them. ``reviews`` are the answers
    on hosts that count.
    """

    policy: Policy
    in_force: Policy
    languages: tuple[str, ...] = ()
    text: Reading = field(default_factory=Reading)
    filters: Filters = field(default_factory=Filters)
    reviews: Mapping[str, ReviewRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of one page: the judgement, and its document or why there is none.

    ``fingerprint`` is that of a document's page, None where it has too few words.
    """

    judgement: Judgement
    result: Document | Dropped
    fingerprint: bytes | None = None


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


def curate(
    ledger: Ledger, folder: Path, manifest: Manifest, *, run: int, now: datetime
) -> Curated:
    """Make a release of what stands admitted in the ledger; no host is asked for it.

    The same pages under the same manifest give the same release, which is then only noted
    once more. Raises ArchiveFault where a record of the archive is missing or damaged.
    """
    ledger.commit()
    found = reviews.newest(ledger.connection)
    rules = replace(rules_of(manifest, now=now), reviews=found)
    results: list[Document | Dropped] = []
    judged: dict[str, origin.Judged] = {}
    for page, made in _made(ledger, folder, rules):
        _append_change_of_mind(ledger, page, made.judgement, run=run)
        results.append(made.result)
        judged[page.url] = origin.judged_of(
            made.judgement, made.fingerprint, policy=rules.policy
        )
    twins = origin.doubtful_twins(judged, corpus.prints(ledger.connection))
    results = _without_duplicates(
        origin.without_twins(results, twins, found),
        is_near=manifest.filters.near_duplicates,
    )
    release = _release_digest(results, corpus.manifest_digest(ledger.connection, run))
    is_new = not corpus.has_release(ledger.connection, release)
    if is_new:
        ledger.append(_row(each, release) for each in results)
        ledger.append(row for each in results for row in _rows_beside(each, release))
    ledger.append([ReleaseRow(seq=ledger.number("release"), release=release, run=run)])
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


def rules_of(manifest: Manifest, *, now: datetime) -> Rules:
    """Return what a manifest asks of each page on the day of ``now``."""
    policy = manifest.policy(crawlers.training_tokens(crawlers.load()))
    return Rules(
        policy=policy,
        in_force=replace(
            policy, agreements=tuple(a for a in policy.agreements if a.expires > now)
        ),
        languages=tuple(manifest.languages.allow),
        text=manifest.text,
        filters=manifest.filters,
    )


def make(page: Page, exchanges: Exchanges, *, rules: Rules) -> Made:
    """Judge a page again, at the moment it was judged first, and read its text.

    Nothing is fetched: a judgement that wants a file which was never asked for is no yes.
    """
    again = partial(judge, page.url, exchanges, now=page.decided_at)
    judgement = again(policy=rules.policy)
    review = rules.reviews.get(authority(page.url))
    dropped = _refusal(judgement)
    lifted = dropped is not None and origin.is_lifted(dropped, review)
    if dropped is None or lifted:
        dropped = origin.refusal(page.url, review)
    if dropped is None and judgement.usage.reason is Reason.AGREED:
        # An agreement that has ended since lets nothing in, whatever it did on the day.
        lapsed = _refusal(again(policy=rules.in_force))
        dropped = replace(lapsed, reason=Drop.AGREEMENT_LAPSED) if lapsed else None
    if dropped is not None:
        return Made(judgement=judgement, result=dropped)
    result = _read(page, exchanges[page.url], judgement, rules=rules)
    if isinstance(result, Dropped):
        return Made(judgement=judgement, result=result)
    return Made(
        judgement=judgement,
        result=origin.named(result, review) if lifted and review else result,
        fingerprint=_fingerprint_of(exchanges[page.url]),
    )


def is_wanted(tag: str, ranges: Sequence[str]) -> bool:
    """Say whether a language lies in one of the ranges (RFC 4647 section 3.3.1)."""
    lowered = tag.lower()
    return not ranges or any(
        lowered == each.lower() or lowered.startswith(f"{each.lower()}-") for each in ranges
    )


def _made(ledger: Ledger, folder: Path, rules: Rules) -> Iterator[tuple[Page, Made]]:
    exchange_of = lru_cache(maxsize=_KEPT_EXCHANGES)(partial(replay.exchange_of, folder))
    confirmed = [h for h, row in rules.reviews.items() if row.answer == Answer.CONFIRM]
    pages = corpus.pages(ledger.connection, confirmed=confirmed, reasons=laundering.REASONS)
    for page, pasts in _with_pasts(ledger, pages):
        yield page, make(page, _as_judged(pasts, exchange_of), rules=rules)


def _with_pasts(ledger: Ledger, pages: Sequence[Page]) -> Iterator[tuple[Page, list[Past]]]:
    """Yield each page with its exchanges, which are asked for many pages at a time."""
    for start in range(0, len(pages), _BATCH):
        batch = pages[start : start + _BATCH]
        numbers = sorted({number for page in batch for number in page.inputs})
        asked = history.exchanges(ledger.connection, numbers)
        found = {past.number: past for past in asked}
        for page in batch:
            yield page, [found[number] for number in page.inputs if number in found]


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


def _read(
    page: Page, exchange: Exchange, judgement: Judgement, *, rules: Rules
) -> Document | Dropped:
    markup = read(exchange)
    license_ = judgement.license.expression if judgement.license else None
    if isinstance(markup, Unparseable):
        return Dropped(url=page.url, reason=Reason.UNPARSEABLE, detail=markup.cause)
    if license_ is None:
        return Dropped(url=page.url, reason=Reason.LICENSE_NONE)
    found = _text_of(exchange, markup, rules=rules, license_=license_)
    if isinstance(found, Dropped):
        return found
    text, language = found
    stated = work.read(markup, exchange, license_=license_)
    names = (page.acquisition, decision_id(judgement, Stage.USAGE))
    return Document(
        url=page.url,
        work=stated,
        text=text.text,
        language=language,
        license=license_,
        attribution=sentence.credit(
            stated, url=page.url, license_=license_, changes=text.changes
        ),
        capture_digest=exchange.digest,
        decision_ids=tuple(filter(None, names)),
        changes=text.changes,
        personal=text.personal,
        left_out=text.left_out,
    )


def _text_of(
    exchange: Exchange, markup: Markup, *, rules: Rules, license_: LicenseExpression
) -> tuple[Passed, str] | Dropped:
    """Return the text of a page as the filters leave it, with its language, or why none."""
    found = main_text(exchange, markup, options=rules.text, license_=license_)
    if isinstance(found, Dropped):
        return found
    if not is_wanted(found.language, rules.languages):
        is_stated = found.language != UNDETERMINED
        reason = Drop.LANGUAGE_NOT_WANTED if is_stated else Drop.LANGUAGE_NOT_STATED
        return Dropped(url=exchange.url, reason=reason, detail=found.language)
    passed = filtered(exchange.url, found, filters=rules.filters)
    return passed if isinstance(passed, Dropped) else (passed, found.language)


def _fingerprint_of(exchange: Exchange) -> bytes | None:
    markup = read(exchange)
    return None if isinstance(markup, Unparseable) else fingerprint(markup)


def _append_change_of_mind(
    ledger: Ledger, page: Page, judgement: Judgement, *, run: int
) -> None:
    """Write the judgement down where it is not the one that stands in the ledger."""
    if decision_id(judgement, Stage.USAGE) == page.usage:
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


def _without_duplicates(
    results: Sequence[Document | Dropped], *, is_near: bool
) -> list[Document | Dropped]:
    """Return the results with each text once: the freest, the oldest, the first by URL."""
    documents = {each.url: each for each in results if isinstance(each, Document)}
    items = [
        duplicate.Item(key=url, text=each.text, rank=_rank(each))
        for url, each in documents.items()
    ]
    kept = duplicate.groups(items) if is_near else duplicate.exact(items)
    return [
        _twin(each, documents[kept[each.url]])
        if isinstance(each, Document) and each.url in kept
        else each
        for each in results
    ]


def _rank(document: Document) -> tuple[int | str, ...]:
    owed = len(terms.obligations_of(document.license))
    return (owed, document.work.published or _NO_DATE, document.url)


def _twin(document: Document, kept: Document) -> Dropped:
    is_exact = duplicate.normal_form(document.text) == duplicate.normal_form(kept.text)
    words = "the same text as" if is_exact else "nearly the same text as"
    return Dropped(
        url=document.url,
        reason=Drop.DUPLICATE_EXACT if is_exact else Drop.DUPLICATE_NEAR,
        detail=f"{words} {kept.url}",
        twin=kept.url,
    )


def _release_digest(results: Iterable[Document | Dropped], manifest_digest: str) -> Digest:
    """Return the name that equal releases share: no time and no run goes into it."""
    whole = sha256(_canonical("manifest", manifest_digest))
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
        language=each.language,
        license=each.license,
        license_url=terms.address_of(each.license),
        changes=each.changes,
        attribution=each.attribution,
        capture_digest=each.capture_digest,
        decisions=list(each.decision_ids),
    )
