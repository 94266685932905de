"""The reduce: what becomes of each document once all the others are known."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pipeline.credit import sentence
from pipeline.domain import registrable_domain
from pipeline.extract import LEAST_LETTERS, REPEATED, normalised
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
    kept = without_repeated(results, least_documents=filters.repeated_paragraphs)
    kept = without_duplicates(kept, named, is_near=filters.near_duplicates)
    return placed(kept, shares=manifest.split.shares, seed=manifest.split.seed)


def without_repeated(results: Sequence[Result], *, least_documents: int) -> list[Result]:
    """Return the results without the paragraphs that so many documents of a host have.

    Documents with one text count as one: a copy is a duplicate, and no sign of a template.
    """
    if not least_documents:
        return list(results)
    by_host: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for each in sorted(results, key=lambda result: result.url):
        if isinstance(each, Document):
            form = duplicate.normal_form(each.text)
            by_host[authority(each.url)].setdefault(form, each.text)
    repeated = {
        host: duplicate.repeated_paragraphs(texts.values(), least_pages=least_documents)
        for host, texts in by_host.items()
    }
    return [
        _shortened(each, repeated[authority(each.url)])
        if isinstance(each, Document)
        else each
        for each in results
    ]


def _shortened(document: Document, paragraphs: frozenset[str]) -> Result:
    """Return a document without these paragraphs, or why too little of it is left."""
    left = duplicate.without(document.text, paragraphs)
    if left == document.text:
        return document
    text = normalised(left)
    letters = sum(map(str.isalnum, text))
    if letters < LEAST_LETTERS:
        detail = f"{letters} letters beside paragraphs that its host repeats"
        return Dropped(url=document.url, reason=Drop.TEXT_REPEATED, detail=detail)
    changes = f"{document.changes}, {REPEATED}"
    credit = sentence.credit(
        document.work, url=document.url, license_=document.license, changes=changes
    )
    return replace(
        document,
        text=text,
        changes=changes,
        attribution=credit,
        repeated_characters=len(document.text) - len(text),
    )


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
