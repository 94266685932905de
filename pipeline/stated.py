"""What only people can say of a corpus: a statement a field of the card.

A statement is text. "Not applicable: " and a reason says that the question does not arise.
"""

import re
from datetime import date
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict

from pipeline.values import Expression, Language, Lax, Sha256, Text, Url, Words

NOT_APPLICABLE: Final = re.compile(r"not applicable\s*:\s*(?=\S)", re.IGNORECASE)
"""How a statement begins that says why there is nothing to state."""

_YES_OR_NO: Final = re.compile(r"(yes|no)\b", re.IGNORECASE)


def _yes_or_no(value: str) -> str:
    if not (_YES_OR_NO.match(value) or NOT_APPLICABLE.match(value)):
        raise ValueError('does not answer the question. Begin with "Yes" or "No".')
    return value


YesNo = Annotated[Text, AfterValidator(_yes_or_no)]


class _Table(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True
    )


class _Group(_Table):
    """A table of statements: each key is the second half of a field's id."""


class Identity(_Group):
    """What it is called, and how to cite it."""

    description: Text | None = None
    """One paragraph on what is in the corpus, of 50 to 5,000 characters."""
    url: Url | None = None
    """Where the corpus is presented."""
    citation: Text | None = None
    """How to cite it."""
    date_published: date | None = None
    """The day of its release, such as 2026-11-21. It is never taken to be today."""
    language_of_card: Language | None = None
    """The language that the statements are written in, as a tag of BCP 47."""
    keywords: Annotated[tuple[Words, ...], Lax] = ()
    """Subjects."""


class People(_Group):
    """Who made it, and for whom."""

    publisher: Words | None = None
    """The legal entity that issues it."""
    funder: Text | None = None
    """Who paid for it, with the numbers of grants."""
    ethics_review: Text | None = None
    """Whether it was reviewed for its ethics, by whom, with which outcome."""
    workers_pay: Text | None = None
    """Who did the collecting, and how they were paid."""
    governance: Text | None = None
    """Who owns it, who looks after it, who may decide on it."""


class Motivation(_Group):
    """Why it was made, and what for."""

    out_of_scope: Text | None = None
    """Uses that it must not be put to."""
    curation_rationale: Text | None = None
    """Which texts were wanted, and why."""
    prior_uses: Text | None = None
    """Models and papers that used it."""


class Composition(_Group):
    """What is in it, beyond what was counted."""

    splits: Text | None = None
    """Why it is split as it is."""
    languages: Text | None = None
    """What is known of the languages beyond their tags: varieties, dialects,
    communities."""
    geography: Text | None = None
    """Which places the texts come from, and how well they stand for them."""
    genres: Text | None = None
    """What kinds of text and of website are in it."""
    missing: Text | None = None
    """What is missing from documents, and why."""
    noise: Text | None = None
    """Errors and noise that are known."""
    external_links: Text | None = None
    """What it relies on outside itself, and how long that will last."""


class Provenance(_Group):
    """How it came about, beyond what was recorded."""

    method: Text | None = None
    """Why it was gathered in this way."""
    process: Text | None = None
    """What the gathering was meant to reach, beyond what the settings say."""
    content_timeframe: Text | None = None
    """When the texts themselves were written."""
    crawler_behaviour: Text | None = None
    """What is known of the behaviour of the crawl beyond the figures."""
    agents: Text | None = None
    """Which people took part, and in what."""
    raw_saved: Text | None = None
    """Where the archive is kept, until when, and who may see it."""
    sampling: Text | None = None
    """From what the sources were chosen, and how."""
    synthetic: YesNo | None = None
    """Whether a machine wrote any of the texts; begins with Yes or No."""
    user_data: YesNo | None = None
    """Whether data came from the users of a service; begins with Yes or No."""
    licensed_data: YesNo | None = None
    """Whether licenses were bought; begins with Yes or No."""
    speech_situation: Text | None = None
    """When, where, to whom and in which register the texts were written."""
    author_demographics: Text | None = None
    """Who wrote the texts, as far as that is known."""
    capture_quality: Text | None = None
    """What the capture did to the texts: cuts, encodings, scans."""
    cadence: Text | None = None
    """How often it is renewed."""


class Rights(_Group):
    """What may be done with it, beyond what the licenses say."""

    licence: Text | None = None
    """What users have to know of the licenses beyond what the pages state."""
    metadata_licence: Expression | None = None
    """The license of this card, as an SPDX expression."""
    consent_docs: Text | None = None
    """Where consents and permissions are documented."""
    notice_and_revocation: Text | None = None
    """How sites and people were told, and how they withdraw."""
    copyright_status: Text | None = None
    """What is known of patents, marks and rights beyond the licenses."""
    third_party_limits: Text | None = None
    """Limits that others set; control of exports."""
    use_policy: Text | None = None
    """Terms of use beyond the licenses."""
    tdm_measures: Text | None = None
    """What was done for reservations of text and data mining beyond the figures."""
    cop_signatory: YesNo | None = None
    """Whether the maker signed the EU Code of Practice for general-purpose AI; begins with
    Yes or No."""
    geo_limits: Text | None = None
    """Where it may not be stored or processed."""
    access: Text | None = None
    """Who may have it, on which conditions."""
    illegal_content: Text | None = None
    """What was done against unlawful content."""


class Privacy(_Group):
    """What is known of people in it."""

    presence: Text | None = None
    """What is known of personal data in it, and what was done about it."""
    subpopulations: Text | None = None
    """Groups of people that can be told in it."""
    reidentification: Text | None = None
    """Whether single people can be told in it."""
    impact_assessment: Text | None = None
    """Whether the effect on data protection was assessed."""
    offensive: Text | None = None
    """Content that may upset."""
    retention: Text | None = None
    """How long it is kept, and how it is deleted."""
    confidentiality: Text | None = None
    """Its class of confidentiality, and by which law that was looked at."""


class Annotation(_Group):
    """How labels were made."""

    protocol: Text | None = None
    """How labels were made."""
    platform: Text | None = None
    """With what labels were made."""
    demographics: Text | None = None
    """Who made the labels."""


class Judgement(_Group):
    """What it cannot do, and what it may do to people."""

    biases: Text | None = None
    """Known skews, and what they mean."""
    limitations: Text | None = None
    """Known limits."""
    social_impact: Text | None = None
    """Effects on people that can be foreseen."""
    recommendations: Text | None = None
    """Advice to those who use it."""
    safe_combination: Text | None = None
    """What it may and may not be joined with."""


class Maintenance(_Group):
    """How it is looked after."""

    plan: Text | None = None
    """Who looks after it, how often it is renewed, how it ends."""
    errata: Text | None = None
    """Where errors are listed."""
    old_versions: Text | None = None
    """Whether old versions stay."""
    contribute: Text | None = None
    """How others may add to it."""
    distribution: Text | None = None
    """How it is given out."""


class Confirmed(_Table):
    """Who last held the statements against the data, and against which data."""

    by: Words
    """Who read them."""
    on: date
    """When, such as 2026-11-21."""
    root: Sha256
    """The root over documents that the card then gave. With other data the statements that
    are about the data count as stale."""


class Card(_Table):
    """What only people can say on the card, a table a group; what is left out shows."""

    author: Words | None = None
    """Who says all this. Left out: the curator."""
    require: Annotated[tuple[Words, ...], Lax] = ()
    """Fields that have to be filled, by id, or all that a standard requires, by its name;
    with --strict a build that lacks one fails."""
    confirmed: Confirmed | None = None
    """Who last held the statements against the data."""
    id: Identity = Identity()
    """What it is called, and how to cite it."""
    who: People = People()
    """Who made it, and for whom."""
    why: Motivation = Motivation()
    """Why it was made, and what for."""
    comp: Composition = Composition()
    """What is in it, beyond what was counted."""
    prov: Provenance = Provenance()
    """How it came about, beyond what was recorded."""
    rights: Rights = Rights()
    """What may be done with it, beyond what the licenses say."""
    pii: Privacy = Privacy()
    """What is known of people in it."""
    ann: Annotation = Annotation()
    """How labels were made."""
    risk: Judgement = Judgement()
    """What it cannot do, and what it may do to people."""
    maint: Maintenance = Maintenance()
    """How it is looked after."""


GROUPS: Final = {
    name: (field.description or "").rstrip(".")
    for name, field in Card.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, _Group)
}
"""The tables of statements by name, with what each is about."""


def question(id_: str) -> str | None:
    """Return what a person is asked to state for a field, None where nobody is."""
    group, _, key = id_.partition(".")
    table = Card.model_fields[group].annotation if group in GROUPS else None
    if not isinstance(table, type) or not issubclass(table, _Group):
        return None
    field = table.model_fields.get(key)
    return " ".join((field.description or "").split()) if field else None
