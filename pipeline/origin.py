"""Documents of doubtful origin: what a twin holds back, and what a person answered.

A person's answer is no judgement of a page. The judge's decision stays what it was, and a
document that an answer let in names the entry, so that both replay.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from heapq import merge
from itertools import groupby

from pipeline import twins
from pipeline.ledger.corpus import Print, Standing
from pipeline.ledger.rows import ReviewRow
from pipeline.license import laundering
from pipeline.model import Document, Dropped, Policy
from pipeline.twins import Text, Twin
from pipeline.vocab import Answer, Drop, LicenseExpression, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A page that was judged again: what its text may be compared by today.

    ``is_comparable`` is False where its site speaks against its use, ``may_be_held`` where
    an agreement admits it, which outweighs a doubt. ``fingerprint`` is None where the page
    gives no document, or too few words.
    """

    is_comparable: bool
    may_be_held: bool
    license: LicenseExpression | None
    fingerprint: bytes | None


def judged_of(standing: Standing, fingerprint: bytes | None, *, policy: Policy) -> Judged:
    """Return how a page on which this was decided is to be compared."""
    reason = standing.reason
    return Judged(
        is_comparable=twins.is_comparable(reason, standing.preferences, policy=policy),
        may_be_held=reason is not Reason.AGREED,
        license=standing.license if twins.is_certain(reason) else None,
        fingerprint=fingerprint,
    )


def is_lifted(dropped: Dropped, review: ReviewRow | None) -> bool:
    """Say whether a person's answer lifts what keeps a page out.

    Only a doubt about its origin: never a refusal, nor any other hold.
    """
    is_confirmed = review is not None and review.answer == Answer.CONFIRM
    return is_confirmed and dropped.reason in laundering.REASONS


def refusal(url: str, review: ReviewRow | None) -> Dropped | None:
    """Return that a person refused the page's host, or None."""
    if review is None or review.answer != Answer.REFUSE:
        return None
    return Dropped(url=url, reason=Drop.REVIEW_REFUSED, detail=review.signed)


def named(document: Document, review: ReviewRow) -> Document:
    """Return a document that names the review which let it in."""
    names = dict.fromkeys((*document.decision_ids, review.name))
    return replace(document, decision_ids=tuple(names))


def weighed(
    result: Document | Dropped, twin: Twin | None, review: ReviewRow | None
) -> Document | Dropped:
    """Return a document on hold that has a twin under other terms; else what is given.

    Where a person has confirmed its host it stays, and names that answer.
    """
    if twin is None or isinstance(result, Dropped):
        return result
    if review is not None and review.answer == Answer.CONFIRM:
        return named(result, review)
    return Dropped(url=result.url, reason=Drop.NEAR_DUPLICATE, detail=twin.detail)


def texts(
    judged: Iterable[tuple[str, Judged]], prints: Iterable[Print]
) -> Iterator[tuple[Text, bool]]:
    """Yield what is to be compared, and whether it is a document that may be held.

    Both come by their URLs, each once, and so do the texts. A page that was judged again
    is compared under what was concluded of it today.
    """
    again = (((url, one), None) for url, one in judged)
    kept = (((each.url, None), each) for each in prints)
    both = merge(again, kept, key=lambda pair: pair[0][0])
    for url, pairs in groupby(both, key=lambda pair: pair[0][0]):
        today: Judged | None = None
        stood: Print | None = None
        for (_, one), each in pairs:
            today, stood = one or today, each or stood
        if today and today.may_be_held and today.fingerprint is not None:
            yield _text(url, today.license, fingerprint=today.fingerprint), True
        elif stood is not None and (today is None or today.is_comparable):
            yield _as_it_stood(stood, today), False


def _text(url: str, license_: LicenseExpression | None, *, fingerprint: bytes) -> Text:
    return Text(url=url, license=license_, reserved=False, fingerprint=fingerprint)


def _as_it_stood(stood: Print, today: Judged | None) -> Text:
    stated = stood.license if twins.is_certain(stood.reason) else None
    license_ = today.license if today else stated
    return Text(
        url=stood.url,
        license=LicenseExpression(license_) if license_ else None,
        reserved=stood.reserved,
        fingerprint=stood.fingerprint,
    )
