"""What a model and its words rest on, for people: pages, licenses, credits and a card."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import duckdb

from examples.spelling.model import Connection, languages_of, origin_of
from examples.spelling.words import fold
from pipeline.publish import licenses
from pipeline.publish.terminal import visible

_AROUND: Final = 40
"""Characters of a quote on either side of a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document that a word stands in.

    ``place`` is the number of characters before it in the document's text; ``quote`` is
    empty where the text is not at hand.
    """

    word: str
    url: str
    title: str
    authors: tuple[str, ...]
    language: str
    license: str
    license_url: str
    count: int
    place: int
    quote: str


def sources(
    model: Connection, word: str, *, dataset: Path, limit: int = 10
) -> list[Source]:
    """Return the documents that a word stands in, those first where it stands most often.

    The model has no texts, so quotes are read from the dataset it was made from.
    """
    query = """
        SELECT d.id, d.url, d.title, d.authors, d.language, d.license, d.license_url,
            w.count, w.place
        FROM words w JOIN documents d USING (id) WHERE w.word = ?
        ORDER BY w.count DESC, d.url LIMIT ?
    """
    folded = fold(word)
    rows = model.execute(query, [folded, limit]).fetchall()
    texts = _texts(dataset, [row[0] for row in rows])
    return [
        Source(
            word=folded, url=url, title=title, authors=tuple(authors), language=language,
            license=license_, license_url=address, count=count, place=place,
            quote=_quote(texts.get(id_, ""), place, folded),
        )
        for id_, url, title, authors, language, license_, address, count, place in rows
    ]  # fmt: skip


def render_sources(
    model: Connection, word: str, found: Sequence[Source], *, as_json: bool
) -> str:
    """Return where a word comes from, and under which licenses that is."""
    query = """
        SELECT d.license, count(*), sum(w.count)::BIGINT FROM words w
        JOIN documents d USING (id) WHERE w.word = ? GROUP BY 1 ORDER BY 3 DESC, 1
    """
    by_license = model.execute(query, [fold(word)]).fetchall()
    if as_json:
        counts = [
            dict(zip(("license", "documents", "count"), r, strict=True)) for r in by_license
        ]
        return json.dumps(
            {"word": fold(word), "licenses": counts, "sources": [asdict(e) for e in found]},
            ensure_ascii=False, indent=2,
        )  # fmt: skip
    return "\n".join(map(visible, _source_lines(fold(word), by_license, found)))


def render_credits(model: Connection) -> str:
    """Return the credit of every document of a model, and how its data may be given on."""
    return (
        "\n".join(_credit_lines(model))
        + "\n\n"
        + licenses.render(licenses.of_expressions(_licenses(model)))
    )


def render_card(model: Connection) -> str:
    """Return a model's card as Markdown: what it is made from, licenses and counts."""
    return "\n".join(_card_lines(model)) + "\n"


def _source_lines(
    word: str, by_license: Sequence[tuple[str, int, int]], found: Sequence[Source]
) -> Iterator[str]:
    documents = sum(of for _, of, _ in by_license)
    total = sum(count for _, _, count in by_license)
    yield f"{word} stands {total} times in {documents} documents"
    for license_, of, count in by_license:
        yield f"  {count:>6} times in {of} documents under {license_}"
    for each in found:
        yield ""
        yield f"{each.url}"
        yield f"  “{each.title}”, {', '.join(each.authors) or 'no author named'}"
        yield f"  {each.license} <{each.license_url}>, {each.language}, {each.count} times"
        yield f"  from character {each.place}" + (f": …{each.quote}…" if each.quote else "")
    if documents > len(found):
        yield ""
        yield f"{documents - len(found)} more documents: --limit says how many are shown."


def _credit_lines(model: Connection) -> Iterator[str]:
    origin = origin_of(model)
    yield f"Made from {origin['name']} {origin['version']}, release {origin['release']}."
    yield "Of each document, the counts of its words were taken."
    query = "SELECT license, attribution FROM documents ORDER BY license, url"
    last = ""
    for license_, credit in model.execute(query).fetchall():
        if license_ != last:
            yield f"\n{visible(license_)}\n"
            last = license_
        yield f"- {visible(credit)}"


def _card_lines(model: Connection) -> Iterator[str]:
    origin = origin_of(model)
    yield f"# A spelling model of {origin['name']} {origin['version']}"
    yield (
        "\nHow often words, and pairs of words, stand in each document of a corpus. It "
        "holds no sentence of any document. `documents` in it names each with its URL, "
        "license and credit.\n"
    )
    yield "| Made from | |\n| --- | --- |"
    yield f"| Release | `{origin['release']}` |"
    yield f"| Tree over its {origin['tree_size']} documents | `{origin['root']}` |"
    query = """
        SELECT count(*), coalesce(sum(words), 0)::BIGINT,
            (SELECT count(*) FROM withdrawals) FROM documents
    """
    for documents, words, withdrawn in model.execute(query).fetchall():
        yield f"| Documents counted | {documents} |"
        yield f"| Withdrawn since | {withdrawn} |"
        yield f"| Words counted | {words} |"
    yield f"| A word is known from | {origin['least']} times on |"
    yield from _table("License", _by_license(model))
    yield from _table("Language", languages_of(model))
    yield "\n## How it may be given on\n"
    yield (
        "Whether counts of words are an adaptation of the texts is not settled. Under the"
        " stricter reading they are, and then:\n"
    )
    yield "```\n" + licenses.render(licenses.of_expressions(_licenses(model))) + "\n```"


def _table(name: str, rows: Iterable[tuple[str, int, int]]) -> Iterator[str]:
    yield f"\n| {name} | Documents | Words |\n| --- | ---: | ---: |"
    yield from (f"| `{key}` | {documents} | {words} |" for key, documents, words in rows)


def _by_license(model: Connection) -> list[tuple[str, int, int]]:
    query = """
        SELECT license, count(*), sum(words)::BIGINT FROM documents GROUP BY 1 ORDER BY 1
    """
    return model.execute(query).fetchall()


def _licenses(model: Connection) -> list[str]:
    return [license_ for license_, _, _ in _by_license(model)]


def _texts(dataset: Path, ids: Sequence[str]) -> dict[str, str]:
    """Return the texts of documents by their id, as far as the dataset is at hand."""
    shards = [str(each) for each in sorted(dataset.glob("*/train-*.parquet"))]
    if not shards or not ids:
        return {}
    query = "SELECT id, text FROM read_parquet(?) WHERE list_contains(?, id)"
    with closing(duckdb.connect()) as connection:
        return dict(connection.execute(query, [shards, list(ids)]).fetchall())


def _quote(text: str, place: int, word: str) -> str:
    """Return a word with what stands around it, empty where it does not stand there."""
    if fold(text[place : place + len(word)]) != word:
        return ""
    start, end = max(0, place - _AROUND), place + len(word) + _AROUND
    return " ".join(text[start:end].split())
