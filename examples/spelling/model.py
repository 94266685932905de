"""The model's file: counts of words by document, which can be added and taken out.

It holds numbers about words and no sentence of anybody's. What is asked of it is summed
over its documents when it is asked, so that a document leaves without a trace.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import duckdb
import pyarrow as pa

from examples.spelling.words import tokens
from pipeline.errors import ArchiveFault, InputFault
from pipeline.publish import card

Connection = duckdb.DuckDBPyConnection

LEAST: Final = 2
"""How often a word has to stand in a language's documents to be known."""

UNDETERMINED: Final = "und"

_SHARDS: Final = "*/train-*.parquet"
_BATCH: Final = 200
_TABLES: Final = ("documents", "words", "pairs")
_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_DOCUMENTS: Final = """
    SELECT id, url, title, list_transform(authors, lambda a: a.name), language, license,
        license_url, attribution, text
    FROM read_parquet(?) ORDER BY url
"""
_WORDS: Final = pa.schema(
    [
        ("id", pa.string()),
        ("word", pa.string()),
        ("count", pa.int32()),
        ("place", pa.int32()),
    ]
)
_PAIRS: Final = pa.schema(
    [
        ("id", pa.string()),
        ("first", pa.string()),
        ("second", pa.string()),
        ("count", pa.int32()),
    ]
)


def train(dataset: Path, target: Path, *, least: int = LEAST) -> None:
    """Count the words of a published dataset's training documents into a new file.

    Raises InputFault where nothing is published in the folder or the file is there.
    """
    shards = sorted(dataset.glob(_SHARDS))
    if not shards:
        raise InputFault(
            f"{dataset}: there are no documents here. Name the folder of a published "
            "dataset, such as build/commons/dataset."
        )
    facts = {**_origin(dataset), "dataset": str(dataset), "least": str(least)}
    with _created(target) as model, closing(duckdb.connect(config=_CONFIG)) as source:
        model.executemany("INSERT INTO origin VALUES (?, ?)", sorted(facts.items()))
        found = source.execute(_DOCUMENTS, [[str(each) for each in shards]])
        while rows := found.fetchmany(_BATCH):
            _count(model, rows)


def withdraw(path: Path, urls: Sequence[str], target: Path) -> int:
    """Write a model without the counts of some pages; return how many documents left.

    The file is written anew, so that no byte of theirs is left in it. ``target`` may be
    the model itself. Raises InputFault where the model has no such page.
    """
    with closing(opened(path)) as old:
        known = old.execute(
            "SELECT url, id FROM documents WHERE list_contains(?, url) ORDER BY url",
            [list(urls)],
        ).fetchall()
    if missing := sorted(set(urls) - {url for url, _ in known}):
        raise InputFault(
            f"{path}: no document of this model was read at {missing[0]}. The table "
            "documents in it has the URLs of all."
        )
    with _created(target, replaces=path == target) as model:
        model.execute(f"ATTACH {_literal(path)} AS old (READ_ONLY)")
        for table in _TABLES:
            key = "url" if table == "documents" else "id"
            order = "url" if table == "documents" else "rowid"
            model.execute(
                f"INSERT INTO {table} SELECT * FROM old.{table} WHERE NOT "  # noqa: S608
                f"list_contains(?, {key}) ORDER BY {order}",
                [[row[0 if key == "url" else 1] for row in known]],
            )
        for table in ("origin", "withdrawals"):
            model.execute(f"INSERT INTO {table} FROM old.{table}")
        model.executemany("INSERT INTO withdrawals VALUES (?, ?)", known)
        model.execute("DETACH old")
    return len(known)


def opened(path: Path) -> Connection:
    """Open a model to read it. Raises InputFault where there is none."""
    try:
        connection = duckdb.connect(str(path), read_only=True, config=_CONFIG)
    except duckdb.Error as error:
        raise _no_model(path) from error
    try:
        connection.execute("SELECT count(*) FROM origin, vocabulary LIMIT 0")
    except duckdb.Error as error:
        connection.close()
        raise _no_model(path) from error
    return connection


def origin_of(model: Connection) -> Mapping[str, str]:
    """Return what a model was made from."""
    return dict(model.execute("SELECT key, value FROM origin").fetchall())


def languages_of(model: Connection) -> list[tuple[str, int, int]]:
    """Return the languages of a model with their documents and words, largest first."""
    query = """
        SELECT language, count(*), sum(words)::BIGINT FROM documents
        GROUP BY language ORDER BY 3 DESC, 1
    """
    return model.execute(query).fetchall()


def _origin(dataset: Path) -> dict[str, str]:
    path = dataset / "card.json"
    try:
        made = card.parse(path.read_text("utf-8"), source=str(path))
    except OSError as error:
        raise InputFault(f"{path}: {error.strerror}. Name a published dataset.") from error
    [tree] = made.rows("audit.root")
    return {
        "name": made.name,
        "version": made.version,
        "release": made.release,
        "root": str(tree["root"]),
        "tree_size": str(tree["size"]),
    }


def _count(model: Connection, rows: Sequence[tuple[str, ...]]) -> None:
    words: list[tuple[object, ...]] = []
    pairs: list[tuple[object, ...]] = []
    documents: list[tuple[object, ...]] = []
    for id_, url, title, authors, tag, license_, license_url, attribution, text in rows:
        counts, follow, places = counted(text)
        words += [(id_, word, n, places[word]) for word, n in sorted(counts.items())]
        pairs += [(id_, *pair, n) for pair, n in sorted(follow.items())]
        language, told_by = _language(text, tag)
        documents.append(
            (id_, url, urlsplit(url).hostname or "", title, authors, language, told_by,
             license_, license_url, attribution, counts.total())
        )  # fmt: skip
    marks = ", ".join("?" * len(documents[0]))
    model.executemany(f"INSERT INTO documents VALUES ({marks})", documents)  # noqa: S608
    for name, schema, found in (("words", _WORDS, words), ("pairs", _PAIRS, pairs)):
        if found:
            columns = [
                pa.array(c, f.type)
                for c, f in zip(zip(*found, strict=True), schema, strict=True)
            ]
            model.from_arrow(pa.table(columns, schema=schema)).insert_into(name)


def counted(text: str) -> tuple[Counter[str], Counter[tuple[str, str]], dict[str, int]]:
    """Return how often words and pairs of them stand in a text, and where words begin."""
    counts: Counter[str] = Counter()
    follow: Counter[tuple[str, str]] = Counter()
    places: dict[str, int] = {}
    before = ""
    for token in tokens(text):
        counts[token.word] += 1
        places.setdefault(token.word, token.at)
        if token.follows:
            follow[before, token.word] += 1
        before = token.word
    return counts, follow, places


def _language(text: str, tag: str) -> tuple[str, str]:
    """Return the language of a document and who told it: the page, or else a detector."""
    if tag != UNDETERMINED:
        return tag.partition("-")[0].lower(), "page"
    if find_spec("pycld2") is None:
        return UNDETERMINED, "nobody"
    from pipeline.filters.language import detect  # noqa: PLC0415  (an extra)

    found = detect(text, declared=None)
    if found.tag == UNDETERMINED:
        return UNDETERMINED, "nobody"
    return found.tag.partition("-")[0], found.detector


@contextmanager
def _created(path: Path, *, replaces: bool = False) -> Iterator[Connection]:
    """Open a new model, which is put in its place when it is whole."""
    if path.exists() and not replaces:
        raise InputFault(f"{path}: is there already. Name a file that is new.")
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    try:
        with closing(duckdb.connect(str(new), config=_CONFIG)) as connection:
            schema = resources.files("examples.spelling").joinpath("schema.sql")
            connection.execute(schema.read_text("utf-8"))
            yield connection
        new.replace(path)
    except (OSError, duckdb.IOException) as error:
        raise ArchiveFault(
            f"{path}: the model cannot be written ({error}). Free or repair the disk."
        ) from error
    finally:
        new.unlink(missing_ok=True)


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _no_model(path: Path) -> InputFault:
    return InputFault(
        f"{path}: this is no model of this program. Make one: python -m examples.spelling "
        "train DATASET MODEL"
    )
