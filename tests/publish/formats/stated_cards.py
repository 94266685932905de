"""Two corpora that are published: one whose manifest states all, one that states little."""

from datetime import timedelta
from pathlib import Path
from typing import Final

from pipeline.ledger.rows import Discovery, RunEnd
from pipeline.publish import card
from pipeline.publish.card import Card
from pipeline.publish.release import Published
from tests.corpus import BY_NC, BY_SA, ESSAY, MANIFEST, SmallCorpus, html

HOST: Final = "https://essays.example"
PAGES: Final = {
    f"{HOST}/one": html(title="The | ford"),
    f"{HOST}/two": html(f"{ESSAY} Two.", license_=BY_SA, title="Über Brücken"),
    f"{HOST}/three": html(
        f"{ESSAY} Three.",
        lang="mi",
        head='<meta name="author" content="Aroha Tui"><link rel="author" href="/aroha">',
    ),
    f"{HOST}/four": html(f"{ESSAY} Four.", license_=BY_NC),
}

SPARSE: Final = MANIFEST

FULL: Final = f"""{MANIFEST}
[card]
author = "Ada Curator"
[card.id]
description = '''
Three essays on commons, fords and bridges, in English and in Māori, written for tests of
what a card says.'''
url = "https://curator.example/essays"
citation = "Curator, A. (2026). essays."
date_published = 2026-11-22
language_of_card = "en"
keywords = ["commons", "bridges"]
[card.who]
publisher = "Curator House"
funder = "Nobody."
ethics_review = "None was asked for."
workers_pay = "Nobody was paid."
governance = "Ada Curator decides."
[card.why]
out_of_scope = "Anything but tests."
curation_rationale = "Few and short."
prior_uses = "None."
[card.comp]
splits = "Too few to split."
languages = "English as in books, Māori as taught."
geography = "New Zealand and Germany. Both only by their names."
genres = "Essays."
missing = "Dates, which the pages do not give."
noise = "None known."
external_links = "None."
[card.prov]
method = "Nobody else had them."
process = "All pages of one host."
content_timeframe = "2026."
crawler_behaviour = "It waits between requests."
agents = "Ada Curator alone."
raw_saved = "Kept by Ada Curator until 2030."
sampling = "No sampling."
synthetic = "No: all of it was written by a person."
user_data = "No."
licensed_data = "No."
speech_situation = "Written at a desk, in 2026."
author_demographics = "One person."
capture_quality = "Clean."
cadence = "Never."
[card.rights]
licence = "Each essay has its own."
metadata_licence = "CC0-1.0"
consent_docs = "https://curator.example/consent"
notice_and_revocation = "By mail."
copyright_status = "No patents, no marks."
third_party_limits = "None."
use_policy = "Credit each author as its license asks."
tdm_measures = "None beyond the figures."
cop_signatory = "No."
geo_limits = "None."
access = "Open to all."
illegal_content = "All was read."
[card.pii]
presence = "The name of one author."
subpopulations = "None."
reidentification = "The author by name."
impact_assessment = "None was needed."
offensive = "Nothing."
retention = "For good."
confidentiality = "Public."
[card.ann]
protocol = "Not applicable: nobody labelled anything."
platform = "Not applicable: nobody labelled anything."
demographics = "Not applicable: nobody labelled anything."
[card.risk]
biases = "One author, one view."
limitations = "Too small for anything but tests."
social_impact = "None that can be seen."
recommendations = "Read it first."
safe_combination = "Anything with credit."
[card.maint]
plan = "It is kept as it is."
errata = "None."
old_versions = "All stay."
contribute = "By mail."
distribution = "As a folder."
"""

_CONFIRMED: Final = f"""
[card.confirmed]
by = "Ada Curator"
on = 2026-11-22
root = "sha256:{"0" * 64}"
"""

STALE: Final = f"{FULL}{_CONFIRMED}"
"""All is stated, and was last held against other data."""


def publish(folder: Path, text: str) -> Published:
    """Publish the small corpus under a manifest, as the verbs would."""
    with SmallCorpus(folder, text=text) as corpus:
        run = corpus.ledger.last("run")
        corpus.ledger.append(
            Discovery(1, url, "essays.example", None, "seed", 0, 0, in_depth=True, run=run)
            for url in PAGES
        )
        corpus.visit(PAGES)
        _end(corpus)
        corpus.curate()
        _end(corpus)
        return corpus.publish()


def card_in(folder: Path) -> Card:
    """Return the card in a published folder."""
    path = folder / "card.json"
    return card.parse(path.read_text("utf-8"), source=str(path))


def _end(corpus: SmallCorpus) -> None:
    run = corpus.ledger.last("run")
    corpus.ledger.append([RunEnd(run, corpus.now + timedelta(hours=run), "complete")])
