"""The reduce: what becomes of each document once all the others are known."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
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
from pipeline.spool import Records, Spool
from pipeline.url import authority
from pipeline.vocab import Drop

Result = Document | Dropped
"""What a page came to."""

# Later than any date.
_NO_DATE: Final = "9999"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """The results as the others leave them; they can be gone through more than once."""

    results: Spool[Result]
    manifest: Manifest
    duplicates: Mapping[str, Dropped]

    def __iter__(self) -> Iterator[Result]:
        split = self.manifest.split
        for each in self.results:
            result = self.duplicates.get(each.url, each)
            yield placed(result, shares=split.shares, seed=split.seed)


def reduced(
    results: Spool[Result], manifest: Manifest, named: Sequence[NamedFile] = ()
) -> Reduced:
    """Return the results as the others, and texts that the manifest names, leave them.

    The order in which they are given is kept and does not count: a document is dropped,
    changed and placed in the same way. Where paragraphs are taken out, so are they of
    ``results``.
    """
    filters = manifest.filters
    take_out_repeated(results, least_documents=filters.repeated_paragraphs)
    found = duplicates(results, named, is_near=filters.near_duplicates)
    return Reduced(results=results, manifest=manifest, duplicates=found)


def take_out_repeated(results: Spool[Result], *, least_documents: int) -> None:
    """Take paragraphs that so many documents of a host have out of all of them.

    Documents with one text count as one: a copy is a duplicate, and no sign of a template.
    """
    if not least_documents:
        return
    by_host: defaultdict[str, array[int]] = defaultdict(partial(array, "L"))
    for place, each in enumerate(results):
        if isinstance(each, Document):
            by_host[authority(each.url)].append(place)
    for places in by_host.values():
        texts = _texts_once(results, places)
        repeated = duplicate.repeated_paragraphs(texts, least_pages=least_documents)
        for place in places if repeated else ():
            document = _document(results, place)
            shorter = _shortened(document, repeated)
            if shorter is not document:
                results[place] = shorter


def _texts_once(results: Spool[Result], places: Iterable[int]) -> Iterator[str]:
    """Yield the texts of documents by their URLs, of those that are exactly alike one."""
    seen: set[bytes] = set()
    for place in sorted(places, key=lambda place: results[place].url):
        item = _item(_document(results, place))
        name = duplicate.exact_print_of(item).exact
        if name not in seen:
            seen.add(name)
            yield item.text


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


def duplicates(
    results: Spool[Result], named: Sequence[NamedFile] = (), *, is_near: bool
) -> Mapping[str, Dropped]:
    """Return by its URL why a document goes whose text is another's.

    The freest stays, the oldest, the first by URL. Of a text that the manifest names none
    stays.
    """
    texts = dict(row for file in named for row in file.rows())
    against = [duplicate.Item(key=place, text=text) for place, text in texts.items()]
    print_of = duplicate.print_of if is_near else duplicate.exact_print_of
    theirs = list(map(print_of, against))
    places = _sharing(results, theirs, is_near=is_near)

    def text_of(key: str) -> str:
        return texts[key] if key in texts else _document(results, places[key]).text

    ours = (print_of(_item(_document(results, place))) for place in places.values())
    twins = duplicate.resolve(ours, against=theirs, text_of=text_of)
    return {
        url: _of_named(_document(results, places[url]), twin, text=texts[twin])
        if twin in texts
        else _twin(*(_document(results, places[one]) for one in (url, twin)))
        for url, twin in twins.items()
    }


def _sharing(
    results: Spool[Result], theirs: Iterable[duplicate.Print], *, is_near: bool
) -> Mapping[str, int]:
    """Return by its URL the place of each document that may have a twin, or be one."""
    size = duplicate.RECORD if is_near else duplicate.DIGEST
    print_of = duplicate.print_of if is_near else duplicate.exact_print_of
    places = array("L")
    with Records(results.folder, size=size) as records:
        for one in theirs:
            records.append(duplicate.record_of(one)[:size])
        before = len(records)
        for place, each in enumerate(results):
            if isinstance(each, Document):
                places.append(place)
                records.append(duplicate.record_of(print_of(_item(each)))[:size])
        number = len(records)
        found = duplicate.sharing(records.column, number=number, size=size)
    shown = (places[n - before] for n in sorted(found) if n >= before)
    return {results[place].url: place for place in shown}


def _document(results: Spool[Result], place: int) -> Document:
    found = results[place]
    if isinstance(found, Dropped):
        raise TypeError(f"{found.url}: was dropped")
    return found


def placed(result: Result, *, shares: Shares, seed: int) -> Result:
    """Return a document in its part: that of its registrable domain."""
    if isinstance(result, Dropped):
        return result
    part = _part_of(result.url, shares=shares, seed=seed)
    return result if part == result.split else replace(result, split=part)


def _part_of(url: str, *, shares: Shares, seed: int) -> str:
    domain = registrable_domain(authority(url))
    return str(split_of(domain, seed=seed, shares=shares))


def _item(document: Document) -> duplicate.Item:
    return duplicate.Item(key=document.url, text=document.text, rank=_rank(document))


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
