"""Documents of doubtful origin: what a twin holds back, and what a person answered.

A person's answer is no judgement of a page. The judge's decision stays what it was, and a
document that an answer let in names the entry, so that both replay.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pipeline import twins
from pipeline.ledger.corpus import Print, Standing
from pipeline.ledger.rows import ReviewRow
from pipeline.license import laundering
from pipeline.model import Document, Dropped, Policy
from pipeline.twins import Text, Twin
from pipeline.url import authority
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


def without_twins(
    results: Iterable[Document | Dropped],
    found: Mapping[str, Twin],
    reviews: Mapping[str, ReviewRow],
) -> list[Document | Dropped]:
    """Return the results with each document on hold that has a twin under other terms.

    Where a person has confirmed its host it stays, and names that answer.
    """
    return [
        _weighed(each, found[each.url], reviews.get(authority(each.url)))
        if isinstance(each, Document) and each.url in found
        else each
        for each in results
    ]


def _weighed(
    document: Document, twin: Twin, review: ReviewRow | None
) -> Document | Dropped:
    if review is not None and review.answer == Answer.CONFIRM:
        return named(document, review)
    return Dropped(url=document.url, reason=Drop.NEAR_DUPLICATE, detail=twin.detail)


def doubtful_twins(
    judged: Mapping[str, Judged], prints: Iterable[Print]
) -> Mapping[str, Twin]:
    """Return a twin under other terms of each page that gives a document and has one.

    A page that was judged again is compared under what was concluded of it today.
    """
    documents = [
        Text(
            url=url, license=each.license, reserved=False, fingerprint=each.fingerprint
        )
        for url, each in judged.items()
        if each.may_be_held and each.fingerprint is not None
    ]  # fmt: skip
    return twins.find(documents, _texts(judged, prints))


def _texts(judged: Mapping[str, Judged], prints: Iterable[Print]) -> Iterable[Text]:
    for each in prints:
        again = judged.get(each.url)
        if again is None or again.is_comparable:
            stated = each.license if twins.is_certain(each.reason) else None
            license_ = again.license if again else stated
            yield Text(
                url=each.url,
                license=LicenseExpression(license_) if license_ else None,
                reserved=each.reserved,
                fingerprint=each.fingerprint,
            )
