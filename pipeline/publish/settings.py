"""The settings of a card: what the manifest asked for, and what it was read by."""

from dataclasses import asdict
from typing import Final

from pydantic import JsonValue

from pipeline.domain import suffix_list
from pipeline.extract import reader_version
from pipeline.ledger import corpus
from pipeline.ledger.store import Connection
from pipeline.manifest import SOFTWARE, SOFTWARE_VERSION, Filters, Manifest, Source
from pipeline.vocab import SPECIFICATIONS

CONFORMS_TO: Final = (
    "http://mlcommons.org/croissant/1.1",
    "http://mlcommons.org/croissant/RAI/1.0",
    "https://docs.oasis-open.org/dps/prov-meta/v1.0",
    "https://in-toto.io/Statement/v1",
    "https://www.rfc-editor.org/rfc/rfc9162",
)
"""What the files beside a card are written by."""


def settings_of(
    ledger: Connection, manifest: Manifest, *, release: str
) -> dict[str, JsonValue]:
    """Return every setting by its name, without what differs from run to run."""
    return {
        "name": manifest.name,
        "version": manifest.version,
        "release": release,
        "software": f"{SOFTWARE}/{SOFTWARE_VERSION}",
        "product_token": str(manifest.product_token),
        "user_agent": manifest.user_agent,
        "from": manifest.from_address,
        "categories": [str(each) for each in manifest.uses.categories],
        "licenses_allowed": [str(each) for each in manifest.licenses.allow],
        "languages_allowed": [str(each) for each in manifest.languages.allow],
        "split": manifest.split.model_dump(mode="json"),
        "text": reader_version(manifest.text),
        "filters": _filters(manifest.filters),
        "limits": manifest.limits.model_dump(mode="json"),
        "sources": [_source(each) for each in manifest.sources],
        "statements": [each.model_dump(mode="json") for each in manifest.statements],
        "specifications": dict(SPECIFICATIONS),
        "suffix_list": suffix_list(),
        "conforms_to": list(CONFORMS_TO),
        **corpus.conditions(ledger, release),
        "previous": _previous(ledger, release),
    }


def _filters(filters: Filters) -> JsonValue:
    """Return what texts are held to, with every threshold that was in force."""
    asked = asdict(filters.asked)
    thresholds = {rule: value for rule, value in asked.items() if value is not None}
    return {**filters.model_dump(mode="json"), "thresholds": thresholds}


def _source(source: Source) -> JsonValue:
    names = (
        source.urls
        or source.sitemaps
        or source.feeds
        or source.warc
        or (source.url_list or "",)
    )
    return {
        "kind": str(source.kind),
        "names": list(map(str, names)),
        "depth": source.link_depth,
    }


def _previous(ledger: Connection, release: str) -> JsonValue:
    """Return the release before this one, or nothing before the second."""
    before = corpus.edition_before(ledger, release)
    if before is None:
        return None
    return {
        "version": before.version,
        "release": before.release,
        "date": corpus.published_on(ledger, before.run),
        "root": corpus.root_of(ledger, before.edition, "documents"),
    }
