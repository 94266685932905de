"""data-statement.md: the sections of Data Statements, version 3, from the card alone."""

from collections.abc import Iterator
from typing import Final

from pipeline.publish.attribution import escaped
from pipeline.publish.card import Card
from pipeline.publish.formats import shares
from pipeline.publish.formats.markdown import (
    Block,
    about_statements,
    answer,
    join,
    many,
    months,
)

SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "Header": (
        "id.name", "id.version", "who.creator", "who.publisher", "who.contact",
        "id.citation", "id.date_published", "who.card_author", "id.language_of_card",
    ),
    "Executive summary": ("id.description",),
    "Curation rationale": ("why.curation_rationale", "why.purpose", "prov.sampling"),
    "Documentation for source datasets": ("prov.sources", "prov.licensed_data"),
    "Language varieties": ("comp.languages",),
    "Language user demographic": ("prov.author_demographics",),
    "Annotator demographic": ("ann.demographics", "ann.protocol", "ann.agreement"),
    "Linguistic situation and text characteristics": (
        "prov.speech_situation", "comp.modality", "comp.genres", "prov.timeframe",
        "prov.content_timeframe",
    ),
    "Preprocessing and data formatting": (
        "proc.steps", "proc.manipulation", "pii.techniques", "prov.raw_saved",
    ),
    "Capture quality": ("prov.capture_quality", "comp.noise", "comp.missing"),
    "Limitations": ("risk.limitations", "risk.biases"),
    "Metadata": (
        "rights.licence", "rights.metadata_licence", "id.uid", "id.metadata_version",
    ),
    "Disclosures and ethical review": (
        "who.funder", "who.ethics_review", "who.workers_pay", "rights.consent_docs",
        "rights.notice_and_revocation",
    ),
    "Distribution": (
        "maint.distribution", "rights.access", "rights.row_licences",
        "rights.third_party_limits",
    ),
    "Maintenance": (
        "maint.plan", "maint.errata", "maint.old_versions", "maint.contribute",
        "pii.retention",
    ),
    "Other": ("prov.synthetic", "why.out_of_scope"),
    "Glossary": (),
}  # fmt: skip
"""The fields of each section, in the order of the schema."""

_ABOUT: Final = (
    "A data statement says of a corpus of language what those need to know who build on it "
    "or are affected by it: whose language it is, how it came about, and what follows from "
    "that. This one follows version 3 of the schema by Bender, Friedman and McMillan-Major."
)

_GLOSSARY: Final = {
    "document": "the main text of one page",
    "host": "a name at which pages are asked for",
    "domain": "the part of a host's name that somebody registered",
    "capture": "the bytes of a page as its host sent them",
    "refused": "not fetched or not used, because of what the page or its site says",
    "on hold": "not used until a person has decided",
    "dropped": "fetched, and without a document",
}


def render(card: Card) -> str:
    """Return ``data-statement.md``: each section once, with its answers or with none."""
    return join(_blocks(card))


def _blocks(card: Card) -> Iterator[Block]:
    yield f"# Data statement of {escaped(card.name)} {escaped(card.version)}"
    yield _ABOUT
    yield f"Figures are fields of `card.json`, in small print. {about_statements(card)}"
    for number, (name, ids) in enumerate(SECTIONS.items(), start=1):
        yield f"## {number} {name}"
        if name == "Executive summary":
            yield _summary(card)
        if name == "Glossary":
            yield (f"- *{term}*: {words}." for term, words in _GLOSSARY.items())
        else:
            yield from answer(card, ids)


def _summary(card: Card) -> str:
    characters = sum(each.characters for each in shares.splits(card))
    when = months(card)
    return (
        f"{many(shares.documents(card), 'document')} of {many(characters, 'character')} in "
        f"{many(len(shares.languages(card)), 'language')}, from "
        f"{many(len(card.rows('comp.domains')), 'domain')} of the web, under "
        f"{many(len(shares.licenses(card)), 'license')}, collected {when}. Every page is "
        "here under a license that it or its site states, or under a recorded agreement; "
        "pages that reserve their use, and pages that say nothing, are left out."
    )
