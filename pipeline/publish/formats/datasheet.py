"""datasheet.md: the questions of Datasheets for Datasets, answered from the card.

Gebru et al., Communications of the ACM, 2021. The questions are in our words.
"""

from collections.abc import Iterator
from typing import Final

from pipeline.publish.attribution import escaped
from pipeline.publish.card import Card
from pipeline.publish.formats.markdown import Block, about_statements, answer, join

Questions = tuple[tuple[str, tuple[str, ...]], ...]

SECTIONS: Final[dict[str, Questions]] = {
    "Motivation": (
        ("What was it made for, and which gap does it fill?", ("why.purpose",)),
        ("Who made it, and on whose behalf?", ("who.creator", "who.publisher")),
        ("Who paid for it?", ("who.funder",)),
    ),
    "Composition": (
        ("What does one row stand for?", ("comp.instances", "comp.genres")),
        ("How many rows are there?", ("comp.count", "comp.size_bytes", "comp.size_tokens")),
        (
            "Is it all there is or a sample, and how well does that stand for the whole?",
            ("prov.sampling", "comp.geography", "why.curation_rationale"),
        ),
        (
            "What does a row hold, and is it raw or derived?",
            ("comp.schema", "comp.column_meaning", "comp.stats", "comp.example"),
        ),
        ("Is there a label or target for each row?", ("ann.per_item", "ann.machine_tools")),
        ("What is missing from rows, and why?", ("comp.missing",)),
        ("Are links between rows made explicit?", ("comp.relations",)),
        ("Which splits are recommended, and why?", ("comp.splits", "comp.contamination")),
        (
            "Which errors, noise and duplicates are in it?",
            ("comp.noise", "comp.duplicates", "prov.capture_quality"),
        ),
        (
            "Does it stand by itself, or rely on what is elsewhere, and will that last?",
            ("comp.external_links",),
        ),
        ("Does it hold confidential matter?", ("pii.confidentiality",)),
        ("Does it hold what may offend, insult, threaten or upset?", ("pii.offensive",)),
        ("Which groups of people can be told in it?", ("pii.subpopulations",)),
        ("Can single people be told in it, directly or not?", ("pii.reidentification",)),
        ("Does it hold sensitive data on people?", ("pii.presence",)),
        ("Which languages is it in?", ("comp.languages", "prov.speech_situation")),
    ),
    "Collection": (
        (
            "How was each row acquired: seen, reported or inferred?",
            ("prov.method", "prov.row_source"),
        ),
        (
            "With which mechanisms was it collected, and how were they validated?",
            ("prov.process", "prov.crawlers", "prov.crawler_behaviour", "proc.validation"),
        ),
        ("If it is a sample, by which strategy?", ("prov.sources", "rights.refusals")),
        ("Who did the collecting, and how were they paid?", ("who.workers_pay",)),
        (
            "Over which time was it collected, and when was its content made?",
            ("prov.timeframe", "prov.content_timeframe"),
        ),
        ("Was it reviewed for its ethics?", ("who.ethics_review",)),
        (
            "Do people state it themselves, or was it obtained from others?",
            ("prov.user_data", "prov.licensed_data", "prov.author_demographics"),
        ),
        ("Were those concerned told, and how?", ("rights.notice_and_revocation",)),
        (
            "Did they consent, and how?",
            (
                "rights.signals",
                "rights.decision",
                "rights.tdm_measures",
                "rights.consent_docs",
            ),
        ),
        ("Can they withdraw, and how?", ("who.contact", "rights.takedowns")),
        ("Was its effect on those concerned assessed?", ("pii.impact_assessment",)),
        ("Was any of it made by a machine?", ("prov.synthetic",)),
    ),
    "Preprocessing": (
        (
            "What was cleaned, filtered, masked or labelled?",
            ("proc.steps", "proc.manipulation", "proc.imputation", "pii.techniques"),
        ),
        ("Was the raw data kept, and where?", ("prov.raw_saved",)),
        (
            "Is the software available?",
            ("proc.software", "prov.agents", "proc.reproducible"),
        ),
        (
            "How were labels made, and by whom?",
            ("ann.protocol", "ann.platform", "ann.demographics", "ann.agreement"),
        ),
    ),
    "Uses": (
        ("What was it used for so far?", ("why.prior_uses",)),
        ("Where are papers and systems listed that use it?", ("id.citation", "id.url")),
        ("What else could it be used for?", ("why.intended_use", "risk.safe_combination")),
        (
            "What in it may affect later uses, and what can a user do about it?",
            (
                "risk.limitations",
                "risk.biases",
                "risk.social_impact",
                "risk.recommendations",
            ),
        ),
        ("What should it not be used for?", ("why.out_of_scope",)),
    ),
    "Distribution": (
        ("To whom is it given?", ("rights.access",)),
        ("How is it given, and has it an identifier?", ("maint.distribution", "id.uid")),
        ("When is it given?", ("id.date_published", "id.date_created")),
        (
            "Under which licenses or terms of use?",
            ("rights.licence", "rights.row_licences", "rights.use_policy"),
        ),
        (
            "Did others set limits on it?",
            ("rights.third_party_limits", "rights.copyright_status"),
        ),
        ("Do controls of export or other rules hold?", ("rights.geo_limits",)),
    ),
    "Maintenance": (
        ("Who looks after it?", ("maint.plan", "who.governance")),
        ("How can they be reached?", ("who.contact",)),
        ("Is there a list of errors?", ("maint.errata", "rights.takedowns")),
        ("Will it be updated, how often and by whom?", ("prov.cadence", "maint.changelog")),
        ("Are there limits to how long data on people is kept?", ("pii.retention",)),
        (
            "Will older versions be kept?",
            ("maint.old_versions", "id.version", "id.previous_version"),
        ),
        ("Can others extend it, and how?", ("maint.contribute",)),
    ),
}
"""Every question with the fields that answer it, by section."""


def render(card: Card) -> str:
    """Return ``datasheet.md``: each question once, with its answers or with none."""
    return join(_blocks(card))


def _blocks(card: Card) -> Iterator[Block]:
    yield f"# Datasheet of {escaped(card.name)} {escaped(card.version)}"
    yield (
        "The questions of *Datasheets for Datasets* (Gebru et al. 2021) in our words, and "
        "three beside them: on languages, text made by machines, and the makers of labels. "
        f"Figures are fields of `card.json`, named in small print. {about_statements(card)}"
    )
    for number, (name, questions) in enumerate(SECTIONS.items(), start=1):
        yield f"## {number} {name}"
        for nth, (question, ids) in enumerate(questions, start=1):
            yield f"### {number}.{nth} {question}"
            yield from answer(card, ids)
