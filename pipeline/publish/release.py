"""Publish: the newest release as a dataset and a card, put in place whole or not at all."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pipeline.errors import ArchiveFault, InputFault
from pipeline.ledger import corpus
from pipeline.ledger.rows import CardRow
from pipeline.ledger.store import Ledger
from pipeline.manifest import Manifest
from pipeline.publish import attribution, card
from pipeline.publish.export import folder_of, write_attribution, write_shards
from pipeline.publish.figures import Figures, figures_of, making_of

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


def publish(
    ledger: Ledger,
    folder: Path,
    manifest: Manifest,
    *,
    run: int,
    now: datetime,  # noqa: ARG001  (verbs are called alike; a card knows no today)
) -> Published:
    """Write the dataset and the card of the release that was made last.

    The same archive gives the same bytes. Whoever reads the folders meanwhile, or after a
    run that was killed, finds the release before this one. A release without documents
    has a card and no shards. Raises InputFault before the first release, ArchiveFault
    where the disk takes no more.
    """
    ledger.commit()
    release = corpus.latest_release(ledger.connection)
    if release is None:
        raise InputFault(f"{folder}: there is no release to publish yet. Run curate first.")
    figures = figures_of(ledger, release)
    making = making_of(ledger, release, run=run)
    facts = card.facts(figures, making, manifest)
    try:
        for name in (DATASET, CARD):
            _make_room(folder, name)
        _write_dataset(
            ledger, folder / _NEW.format(DATASET), figures=figures, manifest=manifest
        )
        _write_card(
            ledger, folder / _NEW.format(CARD), release=release, facts=facts,
            text=card.render_card(figures, making, manifest),
        )  # fmt: skip
        for name in (DATASET, CARD):
            _put_in_place(folder, name)
    except OSError as error:
        raise ArchiveFault(
            f"{folder}: the release cannot be written ({error.strerror}). Free disk space "
            "or repair the disk and publish again; what was published before is kept."
        ) from error
    _append_card(ledger, release, facts)
    return Published(
        release=release,
        documents=figures.documents,
        licenses={each.license: each.documents for each in figures.licenses},
        dataset=folder / DATASET,
        card=folder / CARD,
    )


def _write_dataset(
    ledger: Ledger, folder: Path, *, figures: Figures, manifest: Manifest
) -> None:
    for each in figures.licenses:
        documents = corpus.documents(
            ledger.connection, figures.release, license_=each.license
        )
        write_shards(documents, folder / folder_of(each.license))
    _write(folder / "README.md", card.render_readme(figures, manifest))
    _write(folder / "LICENSE.md", card.render_licenses(figures, manifest))


def _write_card(
    ledger: Ledger, folder: Path, *, release: str, text: str, facts: Mapping[str, object]
) -> None:
    _write(folder / "README.md", text)
    _write(folder / "card.json", json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    _write_attribution(ledger, folder, release=release, expected=facts["documents"])


def _write_attribution(
    ledger: Ledger, folder: Path, *, release: str, expected: object
) -> None:
    """Write the credit of every document, twice: to be read, and to be loaded.

    Beside the card and not in the dataset: they say when each page was captured, which no
    two crawls share, and none of the dataset's readers may take them for data.
    """
    with (folder / "ATTRIBUTION.md").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(attribution.render(corpus.credits_of(ledger.connection, release)))
    credits_ = corpus.credits_of(ledger.connection, release)
    written = write_attribution(credits_, folder / "attribution.parquet")
    if written != expected:
        raise ArchiveFault(
            f"{folder}: {written} credits for {expected} documents. Keep the ledger as it "
            "is and report this; what was published before is kept."
        )


def _append_card(ledger: Ledger, release: str, facts: Mapping[str, object]) -> None:
    """Write down what the card says where the ledger does not say it already."""
    written = corpus.card_of(ledger.connection, release)
    said = {k: json.dumps(v, ensure_ascii=False, sort_keys=True) for k, v in facts.items()}
    ledger.append(
        CardRow(release=release, key=key, value=value)
        for key, value in said.items()
        if written.get(key) != value
    )
    ledger.commit()


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
