"""What becomes of one page: judged, read and filtered, where that was not done before."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from pipeline import origin, replay
from pipeline.credit import sentence, work
from pipeline.curation import Passed, filtered
from pipeline.extract import Extracted, main_text, reader_version
from pipeline.fingerprint import fingerprint
from pipeline.judge import judge, revalidated
from pipeline.ledger.corpus import Page, Standing
from pipeline.ledger.entries import decision_id
from pipeline.ledger.history import Past
from pipeline.manifest import Reading
from pipeline.markup import Unparseable, read
from pipeline.model import (
    Contents,
    Document,
    Dropped,
    Exchange,
    Judgement,
    Policy,
)
from pipeline.rules import Rules, reader_of
from pipeline.url import authority
from pipeline.vocab import Drop, LicenseExpression, Reason, Stage, Verdict

_NOT_MODIFIED: Final = 304

_BY_LICENSE: Final = frozenset({Reason.LICENSE_ADMITS, Reason.LICENSE_STATED_FOR_SITE})
_UNREAD: Final = Dropped(url="", reason="")

# Policy files serve many pages of their host, which stand side by side.
_KEPT_EXCHANGES: Final = 64


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


def make_all(folder: Path, rules: Rules, tasks: Sequence[Task]) -> list[Made]:
    """Return what becomes of some pages of a corpus: what a worker does."""
    exchange_of = lru_cache(maxsize=_KEPT_EXCHANGES)(partial(replay.exchange_of, folder))
    return [make(task, exchange_of, rules=rules) for task in tasks]


def make(task: Task, exchange_of: Callable[[Past], Exchange], *, rules: Rules) -> Made:
    """Return what becomes of a page: judged, and read, where that was not done before.

    It is judged at the moment it was judged first, and nothing is fetched: a judgement
    that wants a file which was never asked for is no yes.
    """
    page = task.page
    again = partial(_judge, task, exchange_of)
    judgement, standing = None, settled(page)
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
    name = name_of_contents(page, standing, reader=reader_of(reader_version(rules.text)))
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


def settled(page: Page) -> Standing | None:
    """Return what was decided on a page that need not be judged again, or None.

    Its license alone admits it, by our rules. What else was decided may rest on more than
    its decision says.
    """
    said = page.standing
    if said is None or not page.is_current:
        return None
    is_plain = said.verdict is Verdict.ADMIT and said.reason in _BY_LICENSE
    return said if is_plain else None


def name_of_contents(page: Page, standing: Standing, *, reader: str) -> str:
    """Return a name for all that the contents of a page depends on."""
    parts = [page.url, page.captures, standing.license, reader]
    return sha256(json.dumps(parts).encode()).hexdigest()


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
