"""Publish: the newest release as a dataset and a card, put in place whole or not at all."""

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from pipeline.errors import (
    ArchiveFault,
    CardIncomplete,
    InputFault,
    ManifestFault,
    SumsDiffer,
)
from pipeline.ledger import corpus
from pipeline.ledger.leaf import canonical
from pipeline.ledger.rows import (
    DomainRow,
    EditionRow,
    FileRow,
    SettingRow,
)
from pipeline.ledger.store import Connection, Ledger, emptied
from pipeline.manifest import Manifest
from pipeline.publish import attribution, card, measures, questions, tables
from pipeline.publish.attestation import Key, fingerprint, public_of, sign
from pipeline.publish.card import Card
from pipeline.publish.checked import ATTESTATION, PUBLIC_KEY, predicate_of
from pipeline.publish.export import (
    folder_of,
    read_credits,
    write_attribution,
    write_shards,
)
from pipeline.publish.fields import standards
from pipeline.publish.renderings import RENDERINGS
from pipeline.publish.settings import settings_of
from pipeline.publish.tables import Written

DATASET: Final = "dataset"
CARD: Final = "card"

_NEW: Final = ".{}.new"
_OLD: Final = ".{}.old"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was put in place: the release, its documents by license, and the two folders."""

    release: str
    documents: int
    licenses: Mapping[str, int]
    dataset: Path
    card: Path
    version_asked: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be published: by which manifest, signed with which key, if any.

    A strict one is not published where the card lacks what the manifest requires.
    """

    manifest: Manifest
    key: Key | None = None
    strict: bool = False


def publish(ledger: Ledger, folder: Path, order: Order, *, run: int) -> Published:
    """Write the dataset and the card of the release that was made last.

    The same archive gives the same bytes. Whoever reads the folders meanwhile, or after a
    run that was killed, finds the release before this one. A release without documents
    has a card and no shards. Raises InputFault before the first release, SumsDiffer where
    the stages do not add up, CardIncomplete where a strict order lacks something,
    ArchiveFault where the disk takes no more.
    """
    ledger.commit()
    release = corpus.latest_release(ledger.connection)
    if release is None:
        raise InputFault(f"{folder}: there is no release to publish yet. Run curate first.")
    try:
        for name in (DATASET, CARD):
            _make_room(folder, name)
        made = _make(ledger, folder / _NEW.format(DATASET), order, release=release)
        _copy_card(folder / _NEW.format(DATASET), folder / _NEW.format(CARD))
        for name in (DATASET, CARD):
            _put_in_place(folder, name)
    except OSError as error:
        raise ArchiveFault(
            f"{folder}: the release cannot be written ({error.strerror}). Free disk space "
            "or repair the disk and publish again; what was published before is kept."
        ) from error
    _append(ledger, made, run=run)
    return Published(
        release=release,
        documents=sum(made.licenses.values()),
        licenses=made.licenses,
        dataset=folder / DATASET,
        card=folder / CARD,
        version_asked=card.version_asked(made.card),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A folder that was written, and what the ledger has to say of it."""

    card: Card
    content: str
    edition: int
    files: Sequence[FileRow]
    tables: Written
    settings: Mapping[str, JsonValue]
    licenses: Mapping[str, int]


def _make(ledger: Ledger, folder: Path, order: Order, *, release: str) -> _Made:
    """Write the published folder of a release."""
    manifest, key = order.manifest, order.key
    licenses = _write_documents(ledger, folder, release=release)
    written = tables.write(ledger.connection, folder, release=release)
    _write_attribution(ledger, folder, release=release, expected=sum(licenses.values()))
    settings = settings_of(ledger.connection, manifest, release=release)
    content = _content_of(folder, manifest, settings)
    edition = _edition_of(ledger, content)
    settings = {**settings, "edition": edition}
    tables.write_settings(ledger.connection, folder, settings)
    files = tables.listed(folder)
    emptied(ledger.connection)
    with closing(tables.opened(folder)) as connection:
        tables.add(connection, files, written.trees)
        _verify_sums(connection)
        made = card.compose(
            measures.measured(connection),
            manifest,
            release=release,
            head=tables.head_of(files),
            signer=fingerprint(public_of(key)) if key else None,
        )
    if order.strict:
        _verify_complete(made, manifest)
    for name, render in RENDERINGS.items():
        if text := render(made):
            _write(folder / name, text)
    if key is not None:
        _sign(folder, made, key)
    return _Made(
        card=made, content=content, edition=edition, files=files, tables=written,
        settings=settings, licenses=licenses,
    )  # fmt: skip


def _sign(folder: Path, made: Card, key: Key) -> None:
    _write(folder / PUBLIC_KEY, public_of(key))
    subjects = tables.digests(folder, but=ATTESTATION)
    (folder / ATTESTATION).write_bytes(sign(subjects, predicate_of(made), key))


def _write_documents(ledger: Ledger, folder: Path, *, release: str) -> dict[str, int]:
    for part in corpus.parts(ledger.connection, release):
        documents = corpus.documents(ledger.connection, release, part)
        write_shards(documents, folder / folder_of(part.license), split=part.split)
    by_license = corpus.licenses(ledger.connection, release)
    return {each.name: each.count for each in by_license}


def _write_attribution(
    ledger: Ledger, folder: Path, *, release: str, expected: int
) -> None:
    """Write the credit of every document, twice: to be loaded, and to be read."""
    path = folder / "attribution.parquet"
    written = write_attribution(corpus.credits_of(ledger.connection, release), path)
    if written != expected:
        raise ArchiveFault(
            f"{folder}: {written} credits for {expected} documents. Keep the ledger as it "
            "is and report this; what was published before is kept."
        )
    with (folder / "ATTRIBUTION.md").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(attribution.render(read_credits(path)))


def _content_of(folder: Path, manifest: Manifest, settings: Mapping[str, JsonValue]) -> str:
    """Return the digest by which equal cards are known, before they have a number."""
    files = [[each.path, each.digest] for each in tables.listed(folder)]
    said = [
        [id_, half.model_dump_json()] for id_, half in card.statements(manifest).items()
    ]
    whole = canonical([files, said, tables.said(dict(settings))])
    return f"sha256:{sha256(whole).hexdigest()}"


def _edition_of(ledger: Ledger, content: str) -> int:
    """Return the number of the card: a new one where it differs from the newest."""
    newest = corpus.newest_edition(ledger.connection)
    if newest is not None and newest.content == content:
        return newest.edition
    return (newest.edition if newest else 0) + 1


def _verify_sums(connection: Connection) -> None:
    for _, says, whole, parts in tables.all_rows(connection, "sums"):
        if whole != parts:
            raise SumsDiffer(
                f"the stages do not add up: {says}, but {whole} is not {parts}. Nothing "
                "was published. Keep the ledger as it is and report this; FROM "
                "published.sums in it shows the sums."
            )


def _verify_complete(made: Card, manifest: Manifest) -> None:
    try:
        lacking = questions.lacking(made, manifest.card.require)
    except KeyError as error:
        raise ManifestFault(
            f"card.require: {error.args[0]!r} is neither a field of the card nor a "
            f"standard. The standards are {', '.join(standards())}."
        ) from error
    if lacking:
        raise CardIncomplete(
            f"the card lacks {', '.join(lacking)}, which the manifest requires. Nothing "
            "was published. See estovers card --edit-list for what to state."
        )


def _append(ledger: Ledger, made: _Made, *, run: int) -> None:
    """Write down what was published, where the ledger does not say it already."""
    newest = corpus.newest_edition(ledger.connection)
    if newest is not None and newest.edition == made.edition:
        return
    number, written = made.edition, made.tables
    ledger.append(written.gained)
    ledger.append(SettingRow(number, k, tables.said(v)) for k, v in made.settings.items())
    ledger.append(DomainRow(number, host, domain) for host, domain in written.hosts)
    ledger.append(each._replace(edition=number) for each in made.files)
    ledger.append(t.row._replace(edition=number) for t in written.trees.values())
    ledger.append(card.row_of(number, field) for field in made.card.fields)
    ledger.append(
        [
            EditionRow(
                edition=number,
                release=made.card.release,
                version=made.card.version,
                head=made.card.head,
                content=made.content,
                run=run,
            )
        ]
    )
    ledger.commit()


def copy_card(source: Path, target: Path) -> None:
    """Copy what was written of a card, without the data, in the place of what was there.

    Raises ArchiveFault where the disk takes no more.
    """
    try:
        if target.is_dir():
            shutil.rmtree(target)
        _copy_card(source, target)
    except OSError as error:
        raise ArchiveFault(
            f"{target}: the card cannot be copied there ({error.strerror}). Free or repair "
            "the disk, or choose another folder; the build has its own."
        ) from error


def _copy_card(dataset: Path, target: Path) -> None:
    for path in sorted(dataset.rglob("*")):
        if path.is_file() and path.suffix not in tables.MEDIA_TYPES:
            copy = target / path.relative_to(dataset)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _make_room(folder: Path, name: str) -> None:
    """Undo what a killed run left: its half-written folder, and a swap half done."""
    here, new, old = folder / name, folder / _NEW.format(name), folder / _OLD.format(name)
    if old.exists() and not here.exists():
        old.rename(here)
    for left in (new, old):
        if left.exists():
            shutil.rmtree(left)
    new.mkdir(parents=True)


def _put_in_place(folder: Path, name: str) -> None:
    here, new, old = folder / name, folder / _NEW.format(name), folder / _OLD.format(name)
    for path in sorted(new.rglob("*")):
        _sync(path)
    _sync(new)
    if here.exists():
        here.rename(old)
    new.rename(here)
    _sync(folder)
    if old.exists():
        shutil.rmtree(old)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
