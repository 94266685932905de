"""The tables that are published beside the documents, and the trees over them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from pipeline.domain import registrable_domain
from pipeline.ledger import published
from pipeline.ledger.leaf import (
    DocumentLeaf,
    DomainLeaf,
    RemovalLeaf,
    canonical,
    canonical_facts,
)
from pipeline.ledger.rows import FileRow, HistoryRow, TreeRow
from pipeline.ledger.store import Connection, emptied
from pipeline.ledger.tree import Tree, leaf_hash
from pipeline.publish.export import (
    count_rows,
    read_rows,
    shards,
    write_stream,
    write_table,
)

FOLDER: Final = "audit"
"""Where the tables and trees stand in a published folder."""

MEDIA_TYPES: Final = {
    ".parquet": "application/vnd.apache.parquet",
    ".tree": "application/octet-stream",
}
"""Media types of the files that hold data, by their endings."""


def published_files(folder: Path) -> dict[str, list[Path]]:
    """Return the Parquet files of each published table in a folder, in order."""
    found = {
        name: [path] for name in published.TABLES if (path := _path(folder, name)).is_file()
    }
    return {**found, published.DOCUMENTS: shards(folder)}


def opened(folder: Path) -> Connection:
    """Return the published tables over the files of a folder.

    What its files and trees are is for the caller to ``add``: nothing is taken from what
    the folder says of itself. Raises ArchiveFault where a file is damaged.
    """
    return published.opened(published_files(folder))


def add(
    connection: Connection, files: Iterable[FileRow], trees: Mapping[str, "Planted"]
) -> None:
    """Put what was found of a folder's files and trees beside the tables over it."""
    published.add(connection, files)
    published.add(connection, (each.row for each in trees.values()))


def listed(folder: Path) -> list[FileRow]:
    """Return the files of a published folder that hold data, by path."""
    paths = sorted(
        path for path in folder.rglob("*") if path.suffix in MEDIA_TYPES and path.is_file()
    )
    return [_file_row(folder, path) for path in paths]


def head_of(files: Iterable[FileRow]) -> str:
    """Return the digest over the paths and digests of files, in their order."""
    whole = sha256()
    for each in files:
        whole.update(canonical([each.path, each.digest]) + b"\n")
    return f"sha256:{whole.hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A tree with its name."""

    name: str
    tree: Tree

    @property
    def root(self) -> str:
        """The root as a card gives it."""
        return f"sha256:{self.tree.root.hex()}"

    @property
    def row(self) -> TreeRow:
        """The tree as a ledger's row; which edition it is of is for the caller."""
        return TreeRow(edition=0, tree=self.name, size=self.tree.size, root=self.root)


def planted(connection: Connection) -> dict[str, Planted]:
    """Return the trees over what is published, each made from its table anew."""
    return {
        name: Planted(name=name, tree=Tree.of(map(leaf_hash, leaves(connection, name))))
        for name in TREES
    }


def leaves(connection: Connection, tree: str) -> Iterator[bytes]:
    """Return what each leaf of a tree says, in the order of the tree."""
    table, spell = TREES[tree]
    return map(spell, _named_rows(connection, table))


def _document(row: Mapping[str, object]) -> bytes:
    return DocumentLeaf(
        url=_text(row["url"]),
        capture_digest=_text(row["capture_digest"]),
        text_digest=_text(row["text_digest"]),
        policy_digests=_texts(row["policy_digests"]),
        decisions=_texts(row["decisions"]),
        license=_text(row["license"]),
    ).data


def _domain(row: Mapping[str, object]) -> bytes:
    return DomainLeaf(
        domain=_text(row["domain"]),
        documents=_number(row["documents"]),
        characters=_number(row["characters"]),
    ).data


def _removal(row: Mapping[str, object]) -> bytes:
    return RemovalLeaf(
        url=_text(row["url"]),
        text_digest=_text(row["text_digest"]),
        release=_text(row["release"]),
        reason=_text(row["reason"]),
    ).data


def _event(row: Mapping[str, object]) -> bytes:
    return canonical_facts(
        {
            "kind": "history",
            "n": _number(row["n"]),
            "release": _text(row["release"]),
            "action": _text(row["action"]),
            "url": _text(row["url"]),
            "text_digest": _text(row["text_digest"]),
            "leaf": _text(row["leaf"]),
        }
    )


TREES: Final[Mapping[str, tuple[str, Callable[[Mapping[str, object]], bytes]]]] = {
    "documents": ("leaves", _document),
    "domains": ("domain_leaves", _domain),
    "removals": ("removals", _removal),
    "history": ("history", _event),
}
"""Each tree: the published table that its leaves are in, and what a row says as a leaf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the ledger does not say yet of the tables that were written of it."""

    gained: Sequence[HistoryRow]
    hosts: Sequence[tuple[str, str]]
    trees: Mapping[str, Planted]


def write(ledger: Connection, folder: Path, *, release: str) -> Written:
    """Write the published tables and trees of a release, all but its settings.

    Documents have to stand in ``folder`` already.
    """
    (folder / FOLDER).mkdir(parents=True)
    for table in published.IN_TURN:
        _copy(ledger, folder, table=table)
    emptied(ledger)
    # What is in the files already takes the ledger longer to find again.
    with closing(opened(folder)) as over_files:
        hosts = _domains(over_files)
        current = list(_current(over_files))
    _write(ledger, folder, table="domains", rows=hosts)
    log = [HistoryRow(*row) for row in all_rows(ledger, "history")]  # type: ignore[arg-type]
    gained = _gained(log, current, release=release)
    _write(ledger, folder, table="history", rows=[*log, *gained])
    with closing(opened(folder)) as over_files:
        for table in published.DERIVED:
            _copy(over_files, folder, table=table)
        trees = planted(over_files)
    for name, each in trees.items():
        each.tree.write(folder / FOLDER / f"{name}.tree")
    return Written(gained=gained, hosts=hosts, trees=trees)


def all_rows(connection: Connection, table: str) -> list[tuple[object, ...]]:
    """Return every row of a published table, in its order."""
    return [row for batch in published.rows(connection, table) for row in batch]


def newest_release(connection: Connection) -> str | None:
    """Return the release that a ledger published last, None before the first."""
    query = "SELECT release FROM releases ORDER BY seq DESC LIMIT 1"
    found = connection.execute(query).fetchone()
    return str(found[0]) if found else None


def stored_rows(folder: Path, table: str) -> list[tuple[object, ...]]:
    """Return the rows of a table as they stand in its file, empty where there is none."""
    path = _path(folder, table)
    return read_rows(path) if path.is_file() else []


def setting(connection: Connection, key: str) -> JsonValue:
    """Return a setting of what is published, None where there is none of that name."""
    query = "SELECT value FROM published.settings WHERE key = ?"
    found = connection.execute(query, [key]).fetchone()
    value: JsonValue = json.loads(found[0]) if found else None
    return value


def digests(folder: Path, *, but: str) -> dict[str, str]:
    """Return the digest of each file of a folder by its path, ``but`` for one."""
    files = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file()
    }
    return {name: _digest(path) for name, path in sorted(files.items()) if name != but}


def write_settings(
    ledger: Connection, folder: Path, settings: Mapping[str, JsonValue]
) -> None:
    """Write the settings that a card is made by."""
    rows = [(key, said(value)) for key, value in sorted(settings.items())]
    _write(ledger, folder, table="settings", rows=rows)


def said(value: JsonValue) -> str:
    """Return a value as the ledger holds it: JSON, keys in order."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _domains(connection: Connection) -> list[tuple[str, str]]:
    """Return each host that was asked or discovered, with its registrable domain."""
    query = """
        SELECT DISTINCT host FROM published.pages UNION SELECT host FROM published.requests
        ORDER BY host
    """
    found = connection.execute(query).fetchall()
    return [(host, registrable_domain(host)) for (host,) in found]


def _current(connection: Connection) -> Iterator[tuple[str, str, str]]:
    for row in _named_rows(connection, "leaves"):
        leaf = sha256(_document(row)).hexdigest()
        yield _text(row["url"]), _text(row["text_digest"]), f"sha256:{leaf}"


def _gained(
    log: Sequence[HistoryRow], current: Sequence[tuple[str, str, str]], *, release: str
) -> list[HistoryRow]:
    """Return what a release adds to the log: first what it removes, then what it adds."""
    before: dict[str, HistoryRow] = {}
    for row in log:
        if row.action == "add":
            before[row.url] = row
        else:
            before.pop(row.url, None)
    now = {url: (digest, leaf) for url, digest, leaf in current}
    gone = [
        (row.url, row.text_digest, row.leaf)
        for url, row in sorted(before.items())
        if url not in now or now[url][1] != row.leaf
    ]
    new = [
        each for each in current if each[0] not in before or before[each[0]].leaf != each[2]
    ]
    events = [("remove", *each) for each in gone] + [("add", *each) for each in new]
    return [
        HistoryRow(len(log) + n, release, action, url, digest, leaf)
        for n, (action, url, digest, leaf) in enumerate(events)
    ]


def _named_rows(connection: Connection, table: str) -> Iterator[Mapping[str, object]]:
    names = [name for name, _ in published.columns(connection, table)]
    for batch in published.rows(connection, table):
        for row in batch:
            yield dict(zip(names, row, strict=True))


def _copy(connection: Connection, folder: Path, *, table: str) -> None:
    columns = published.columns(connection, table)
    with published.streamed(connection, table, written=published_files(folder)) as rows:
        write_stream(columns, rows, _path(folder, table))


def _write(
    connection: Connection, folder: Path, *, table: str, rows: Sequence[tuple[object, ...]]
) -> None:
    write_table(published.columns(connection, table), rows, _path(folder, table))


def _path(folder: Path, table: str) -> Path:
    return folder / FOLDER / f"{table}.parquet"


def _file_row(folder: Path, path: Path) -> FileRow:
    return FileRow(
        edition=0,
        path=path.relative_to(folder).as_posix(),
        bytes=path.stat().st_size,
        digest=_digest(path),
        media_type=MEDIA_TYPES[path.suffix],
        rows=count_rows(path) if path.suffix == ".parquet" else None,
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{file_digest(file, 'sha256').hexdigest()}"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return tuple(map(_text, value))


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is not a whole number")
    return value
