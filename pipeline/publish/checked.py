"""The check of a published folder: all that can be known without the ledger.

Nothing is taken from what the folder says of itself. Digests, trees and numbers are made
anew from its files, and what is written of the card is written again.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from pipeline.errors import ArchiveFault, InputFault, SignatureFault
from pipeline.ledger import published
from pipeline.ledger.leaf import Json
from pipeline.ledger.store import Connection
from pipeline.license import terms
from pipeline.license.expression import allows
from pipeline.license.terms import Obligation
from pipeline.publish import attestation, attribution, card, measures, tables
from pipeline.publish.card import Card, Field
from pipeline.publish.export import (
    folder_of,
    parts_in,
    read_credits,
    shards,
    split_of_shard,
)
from pipeline.publish.findings import Finding
from pipeline.publish.renderings import RENDERINGS
from pipeline.publish.tables import Planted
from pipeline.values import allowed_license
from pipeline.vocab import LicenseExpression

CARD: Final = "card.json"
ATTESTATION: Final = "attestation.dsse.json"
PUBLIC_KEY: Final = "curator.pub"
ATTRIBUTION: Final = "ATTRIBUTION.md"

# Rules between the published tables, each a query that finds what breaks it.
_RULES: Final = (
    (
        "document",
        "the tree's leaf is not that of the document",
        """
        SELECT coalesce(d.url, l.url) FROM published.documents d
        FULL JOIN published.leaves l ON l.url = d.url
        WHERE d.url IS NULL OR l.url IS NULL OR l.license <> d.license
           OR l.capture_digest <> d.capture_digest OR l.decisions <> d.decisions
           OR l.text_digest <> 'sha256:' || sha256(d.text) ORDER BY ALL""",
    ),
    (
        "document",
        "its id is not the digest of its URL and text",
        """
        SELECT url FROM published.documents
        WHERE id <> 'sha256:' || sha256(url || chr(10) || text) ORDER BY url""",
    ),
    (
        "document",
        "the URL is in the corpus more than once",
        "SELECT url FROM published.documents GROUP BY url HAVING count(*) > 1 ORDER BY url",
    ),
    (
        "document",
        "its page was refused, is on hold or waits, and its text is in the files",
        """
        SELECT d.url FROM published.documents d
        LEFT JOIN published.pages p ON p.url = d.url
        WHERE coalesce(p.standing, '') <> 'kept' ORDER BY d.url""",
    ),
    (
        "document",
        "no decision that admits its use, and no answer of a person, lets it in",
        """
        WITH named AS (
            SELECT url, unnest(decisions) AS name FROM published.documents),
        confirmed AS (
            SELECT url FROM named WHERE name IN (
                SELECT name FROM published.reviews WHERE answer = 'confirm'))
        SELECT url FROM published.documents WHERE url NOT IN (
            SELECT d.url FROM named d
            JOIN published.decisions x ON x.url = d.url AND x.decision = d.name
            WHERE x.stage = 'usage' AND (x.verdict = 'admit'
                OR (x.verdict = 'hold' AND d.url IN (FROM confirmed)))) ORDER BY url""",
    ),
    (
        "document",
        "the license of the decision is another",
        """
        SELECT DISTINCT d.url FROM published.documents d
        JOIN published.decisions x ON x.url = d.url AND x.stage = 'usage'
          AND list_contains(d.decisions, x.decision)
        WHERE x.license <> d.license ORDER BY d.url""",
    ),
    (
        "document",
        "a page that was dropped as a duplicate has no twin in the corpus",
        """
        SELECT url FROM published.drops
        WHERE reason IN ('duplicate.exact', 'duplicate.near')
          AND (twin IS NULL OR twin NOT IN (SELECT url FROM published.documents))
        ORDER BY url""",
    ),
    (
        "split",
        "it is in a domain that has documents in more than one split",
        """
        WITH d AS (
            SELECT d.url, d.split, m.domain FROM published.documents d
            JOIN published.domains m
              ON m.host = regexp_extract(d.url, '^https?://([^/?#]+)', 1))
        SELECT url FROM d WHERE domain IN (
            SELECT domain FROM d GROUP BY domain HAVING count(DISTINCT split) > 1)
        ORDER BY url""",
    ),
    (
        "history",
        "the history and the documents do not agree on it",
        """
        WITH last AS (
            FROM published.history
            QUALIFY row_number() OVER (PARTITION BY url ORDER BY n DESC) = 1)
        SELECT coalesce(d.url, l.url) FROM published.leaves d
        FULL JOIN (FROM last WHERE action = 'add') l ON l.url = d.url
        WHERE d.url IS NULL OR l.url IS NULL OR l.text_digest <> d.text_digest
        ORDER BY ALL""",
    ),
    (
        "history",
        "an entry is not in its place",
        """
        SELECT url FROM (SELECT url, n, row_number() OVER (ORDER BY n) - 1 AS nth
                         FROM published.history) WHERE n <> nth ORDER BY n""",
    ),
)


def checked(folder: Path, counts: Counter[str], *, key: str | None) -> Iterator[Finding]:
    """Yield what is wrong with a published folder, and notes to its reader.

    ``key`` is the curator's public key (PEM) as the reader has it from elsewhere; without
    it the one in the folder is used, and the reader told to compare its fingerprint.
    """
    try:
        made = card.parse(read(folder / CARD), source=CARD)
    except (ArchiveFault, InputFault) as error:
        yield Finding(kind="card", subject=CARD, what=str(error))
        return
    yield from _on_signature(folder, made, key=key)
    yield from _on_renderings(folder, made)
    yield from _on_files(folder, made, counts)
    try:
        with published.damage_named(), closing(tables.opened(folder)) as connection:
            yield from _on_tables(folder, made, connection, counts=counts)
    except ArchiveFault as error:
        yield Finding(kind="file", subject=str(folder), what=str(error))
    yield from _notes(made)


def _on_tables(
    folder: Path, made: Card, connection: Connection, *, counts: Counter[str]
) -> Iterator[Finding]:
    files, trees = tables.listed(folder), tables.planted(connection)
    tables.add(connection, files, trees)
    yield from chain(
        _on_head(made, tables.head_of(files)),
        on_measures(made, connection, counts),
        _on_derived(made),
        _on_trees(folder, connection, trees),
        _on_sums(connection),
        _on_rules(connection),
        _on_shards(folder, connection),
        _on_attribution(folder, connection),
    )


def _on_head(made: Card, head: str) -> Iterator[Finding]:
    if head != made.head:
        what = "the files with data are not those that the card was measured on"
        yield Finding(
            kind="file", subject=CARD, what=what, recorded=made.head, replayed=head
        )


def on_measures(
    made: Card, connection: Connection, counts: Counter[str]
) -> Iterator[Finding]:
    """Yield the fields of a card that the tables of ``connection`` do not bear out."""
    for id_, sql in measures.queries().items():
        half = made.field(id_).measured
        counts["fields"] += 1
        if half is None or half.sql is None:
            what = "the card has no measured value for it, and a query gives one"
            yield Finding(kind="field", subject=id_, what=what)
            continue
        if half.sql != sql:
            what = "the card names another query than this version of the software runs"
            yield Finding(kind="field", subject=id_, what=what, recorded=half.sql)
        value = measures.value_of(connection, sql)
        if value != half.value:
            yield _differs(id_, half.value, value)


def _on_derived(made: Card) -> Iterator[Finding]:
    for id_, value in card.derived(made.fields).items():
        half = made.field(id_).measured
        said = half.value if half else None
        if said != value:
            yield _differs(id_, said, value)
    for field in made.fields:
        half = field.measured
        if half is not None and half.sql is None and not card.is_derived(field.id):
            what = "it has a measured value that nothing measures"
            yield Finding(kind="field", subject=field.id, what=what)
        if half is not None and half.head != made.head:
            what = "it was measured on other tables than the card"
            yield Finding(kind="field", subject=field.id, what=what, recorded=half.head)
        expected = card.status_of(field, root=card.root_of(made))
        if (field.status, field.reason) != expected and not card.is_derived(field.id):
            what = "its status does not follow from what is measured and stated"
            yield Finding(kind="field", subject=field.id, what=what, recorded=field.status)


def _on_files(folder: Path, made: Card, counts: Counter[str]) -> Iterator[Finding]:
    """Yield the files with data that are not, byte for byte, those of the card."""
    here = {
        name: digest
        for name, digest in tables.digests(folder, but=ATTESTATION).items()
        if Path(name).suffix in tables.MEDIA_TYPES
    }
    counts["files"] += len(here)
    said = {str(row.get("path")): str(row.get("digest")) for row in made.rows("comp.files")}
    for name in sorted(here.keys() | said.keys()):
        if said.get(name) != here.get(name):
            what = "its bytes are not those that were published"
            yield Finding(
                kind="file", subject=name, what=what,
                recorded=said.get(name, ""), replayed=here.get(name, ""),
            )  # fmt: skip


def _on_trees(
    folder: Path, connection: Connection, trees: Mapping[str, Planted]
) -> Iterator[Finding]:
    for name, planted in trees.items():
        path = folder / tables.FOLDER / f"{name}.tree"
        if not path.is_file() or path.read_bytes() != planted.tree.data:
            what = "it is not the tree over what is published"
            yield Finding(kind="tree", subject=f"{tables.FOLDER}/{name}.tree", what=what)
    for table in published.DERIVED:
        if tables.stored_rows(folder, table) != tables.all_rows(connection, table):
            what = "it does not follow from the other tables"
            subject = f"{tables.FOLDER}/{table}.parquet"
            yield Finding(kind="table", subject=subject, what=what)
    for name, (table, _) in tables.TREES.items():
        keys = [str(row[0]) for row in tables.all_rows(connection, table)]
        if name != "history" and keys != sorted(set(keys), key=str.encode):
            what = "its leaves are not in the order of their keys, each once"
            yield Finding(kind="tree", subject=name, what=what)


def _on_sums(connection: Connection) -> Iterator[Finding]:
    for _, says, whole, parts in tables.all_rows(connection, "sums"):
        if whole != parts:
            yield Finding(
                kind="sum", subject=str(says), what="it does not add up",
                recorded=str(whole), replayed=str(parts),
            )  # fmt: skip


def _on_rules(connection: Connection) -> Iterator[Finding]:
    for kind, what, query in _RULES:
        for (subject,) in connection.execute(query).fetchall():
            yield Finding(kind=kind, subject=subject, what=what)


def _on_shards(folder: Path, connection: Connection) -> Iterator[Finding]:
    """Yield what stands in the shard of another part, or under none that is allowed."""
    allowed = tables.setting(connection, "licenses_allowed")
    names = allowed if isinstance(allowed, list) else []
    for path in shards(folder):
        subject = path.relative_to(folder).as_posix()
        for license_, split in parts_in(path):
            if folder_of(license_) != path.parent.name:
                what = f"a document under {license_} stands in the shard of another license"
                yield Finding(kind="license", subject=subject, what=what)
            if split != split_of_shard(path.name):
                what = f"a document of {split} stands in the shard of another split"
                yield Finding(kind="split", subject=subject, what=what)
    # An agreement lets in what no license does.
    query = """
        SELECT DISTINCT d.license FROM published.documents d
        JOIN published.decisions x ON x.url = d.url AND x.stage = 'usage'
          AND list_contains(d.decisions, x.decision)
        WHERE x.reason <> 'agreement.in-force' ORDER BY d.license
    """
    may_be = [allowed_license(str(name)) for name in names]
    for (license_,) in connection.execute(query).fetchall():
        if not allows(LicenseExpression(license_), may_be):
            what = "it is none of the licenses that the curator lets in"
            yield Finding(kind="license", subject=license_, what=what)


def _on_attribution(folder: Path, connection: Connection) -> Iterator[Finding]:
    credits_ = list(read_credits(folder / "attribution.parquet"))
    if "".join(attribution.render(credits_)) != read(folder / ATTRIBUTION):
        what = "it does not say what attribution.parquet says"
        yield Finding(kind="attribution", subject=ATTRIBUTION, what=what)
    given = {each.url: each for each in credits_}
    query = """
        SELECT url, license, id, title, notice, license_url, changes, attribution
        FROM published.documents ORDER BY url
    """
    for row in connection.execute(query).fetchall():
        url, license_, *said = row
        each = given.pop(url, None)
        if each is None or said != [
            each.id, each.title, each.notice, each.license_url, each.changes,
            each.attribution,
        ]:  # fmt: skip
            what = "the credit of the document is missing or is another's"
            yield Finding(kind="attribution", subject=url, what=what)
        elif _is_owed(license_) and not each.attribution:
            what = "its license asks for a credit and there is none"
            yield Finding(kind="attribution", subject=url, what=what)
    for url in given:
        what = "it is credited and is not in the corpus"
        yield Finding(kind="attribution", subject=url, what=what)


def _is_owed(license_: str) -> bool:
    return Obligation.ATTRIBUTION in terms.obligations_of(LicenseExpression(license_))


def _on_renderings(folder: Path, made: Card) -> Iterator[Finding]:
    """Yield what is written of the card and does not follow from it, and strange files."""
    for name, render in RENDERINGS.items():
        try:
            text = render(made)
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ) as error:
            # A card that was changed may lack what is to be written of it.
            what = f"it cannot be written from this card ({error!r})"
            yield Finding(kind="rendering", subject=name, what=what)
            continue
        path = folder / name
        here = path.read_bytes() if path.is_file() else b""
        if here != text.encode() or (path.is_file() and not text):
            what = "it is not what the card comes to" if here else "it is not here"
            yield Finding(kind="rendering", subject=name, what=what)
    known = {*RENDERINGS, ATTESTATION, PUBLIC_KEY, ATTRIBUTION}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in known and path.suffix not in tables.MEDIA_TYPES:
            what = "nobody published this file"
            yield Finding(kind="file", subject=name, what=what)


def _on_signature(folder: Path, made: Card, *, key: str | None) -> Iterator[Finding]:
    signer = made.measured("audit.signature")
    path = folder / ATTESTATION
    if not path.is_file():
        is_signed = signer is not None or (folder / PUBLIC_KEY).is_file() or key is not None
        yield Finding(
            kind="signature",
            subject=ATTESTATION,
            what="it is not here, and the card says that it is signed"
            if is_signed
            else "nobody signed this release",
            level="error" if is_signed else "note",
        )
        return
    try:
        public = key if key is not None else read(folder / PUBLIC_KEY)
        statement = attestation.verify(path.read_bytes(), public)
        name = attestation.fingerprint(public)
    except (SignatureFault, InputFault, OSError) as error:
        yield Finding(kind="signature", subject=ATTESTATION, what=str(error))
        return
    if signer != name:
        what = "the card names another key than the one that signed"
        yield Finding(
            kind="signature", subject=CARD, what=what, recorded=str(signer), replayed=name
        )
    if key is None:
        what = f"the key is that of the folder; compare its fingerprint: {name}"
        yield Finding(kind="signature", subject=PUBLIC_KEY, what=what, level="note")
    yield from _on_subjects(folder, statement.subjects)
    if statement.predicate != _signed_of(made):
        what = "what is signed of the release is not what the card says"
        yield Finding(kind="signature", subject=ATTESTATION, what=what)


def _on_subjects(folder: Path, subjects: Mapping[str, str]) -> Iterator[Finding]:
    here = tables.digests(folder, but=ATTESTATION)
    for name in sorted(subjects.keys() | here.keys()):
        if subjects.get(name) != here.get(name):
            what = "its bytes are not those that were signed"
            yield Finding(
                kind="signature", subject=name, what=what,
                recorded=subjects.get(name, ""), replayed=here.get(name, ""),
            )  # fmt: skip


def predicate_of(made: Card) -> dict[str, Json]:
    """Return what a curator signs of a release: its names, and the heads of its trees."""
    return {
        "name": made.name,
        "version": made.version,
        "release": made.release,
        "head": made.head,
        "trees": {
            name: _head(made.rows(id_)[0])
            for name, id_ in (
                ("documents", "audit.root"),
                ("domains", "audit.domain_root"),
                ("removals", "audit.exclusion_root"),
                ("history", "audit.consistency"),
            )
        },
    }


def _signed_of(made: Card) -> dict[str, Json] | None:
    """Return what is signed of a card; None where it was changed and has no such heads."""
    try:
        return predicate_of(made)
    except (LookupError, ValueError):
        return None


def _head(row: Mapping[str, JsonValue]) -> dict[str, Json]:
    return {"size": int(str(row["size"])), "root": str(row["root"])}


def _notes(made: Card) -> Iterator[Finding]:
    least = card.version_asked(made)
    if least is not None:
        what = f"the data ask for version {least} at least, and it is {made.version}"
        yield Finding(kind="card", subject="id.version", what=what, level="note")
    for field in made.fields:
        if field.status == "stale":
            yield _note(field, f"its statement is stale: {field.reason}")
    for standard, ids in card.missing(made.fields).items():
        what = f"the standard asks for {', '.join(ids)}, which the card does not fill"
        yield Finding(kind="card", subject=standard, what=what, level="note")


def _note(field: Field, what: str) -> Finding:
    return Finding(kind="card", subject=field.id, what=what, level="note")


def _differs(subject: str, said: JsonValue, found: JsonValue) -> Finding:
    return Finding(
        kind="field",
        subject=subject,
        what="the card says otherwise than its query gives",
        recorded=tables.said(said),
        replayed=tables.said(found),
    )


def read(path: Path) -> str:
    """Return the text of a published file. Raises InputFault where it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputFault(
            f"{path}: cannot be read ({error}). Name a published folder that is whole."
        ) from error
