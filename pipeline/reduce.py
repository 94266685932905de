"""The reduce: what becomes of each document once all the others are known."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pipeline.domain import registrable_domain
from pipeline.filters import duplicate
from pipeline.filters.split import Shares, split_of
from pipeline.license import terms
from pipeline.manifest import Manifest
from pipeline.model import Document, Dropped
from pipeline.named import NamedFile
from pipeline.url import authority
from pipeline.vocab import Drop

Result = Document | Dropped
"""What a page came to."""

# Later than any date.
_NO_DATE: Final = "9999"


def reduced(
    results: Sequence[Result], manifest: Manifest, named: Sequence[NamedFile] = ()
) -> list[Result]:
    """Return the results as the others, and texts that the manifest names, leave them.

    The order in which they are given is kept and does not count: a document is dropped,
    changed and placed in the same way.
    """
    filters = manifest.filters
    kept = without_duplicates(results, named, is_near=filters.near_duplicates)
    return placed(kept, shares=manifest.split.shares, seed=manifest.split.seed)


def without_duplicates(
    results: Sequence[Result], named: Sequence[NamedFile] = (), *, is_near: bool
) -> list[Result]:
    """Return the results with each text once: the freest, the oldest, the first by URL.

    Of a text that the manifest names none is kept.
    """
    documents = {each.url: each for each in results if isinstance(each, Document)}
    items = [
        duplicate.Item(key=url, text=each.text, rank=_rank(each))
        for url, each in documents.items()
    ]
    texts = dict(row for file in named for row in file.rows())
    against = [duplicate.Item(key=place, text=text) for place, text in texts.items()]
    find = duplicate.groups if is_near else duplicate.exact
    twins = find(items, against=against)

    def decided(each: Result) -> Result:
        twin = twins.get(each.url) if isinstance(each, Document) else None
        if twin is None or isinstance(each, Dropped):
            return each
        if twin in texts:
            return _of_named(each, twin, text=texts[twin])
        return _twin(each, documents[twin])

    return [decided(each) for each in results]


def placed(results: Sequence[Result], *, shares: Shares, seed: int) -> list[Result]:
    """Return the results with each document in its part: that of its registrable domain."""
    return [
        replace(each, split=_part_of(each.url, shares=shares, seed=seed))
        if isinstance(each, Document)
        else each
        for each in results
    ]


def _part_of(url: str, *, shares: Shares, seed: int) -> str:
    domain = registrable_domain(authority(url))
    return str(split_of(domain, seed=seed, shares=shares))


def _rank(document: Document) -> tuple[int | str, ...]:
    owed = len(terms.obligations_of(document.license))
    return (owed, document.work.published or _NO_DATE, document.url)


def _twin(document: Document, kept: Document) -> Dropped:
    is_exact = _is_exact(document.text, kept.text)
    return Dropped(
        url=document.url,
        reason=Drop.DUPLICATE_EXACT if is_exact else Drop.DUPLICATE_NEAR,
        detail=f"{'' if is_exact else 'nearly '}the same text as {kept.url}",
        twin=kept.url,
    )


def _of_named(document: Document, place: str, *, text: str) -> Dropped:
    nearly = "" if _is_exact(document.text, text) else "nearly "
    return Dropped(
        url=document.url,
        reason=Drop.DUPLICATE_OF_NAMED,
        detail=f"{nearly}the same text as {place}",
    )


def _is_exact(one: str, other: str) -> bool:
    return duplicate.normal_form(one) == duplicate.normal_form(other)
