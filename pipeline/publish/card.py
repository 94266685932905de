"""The card: what is in a corpus, how consent was asked, what was left out, and why.

A figure is measured; a statement is the curator's. What nobody stated is shown as such.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Final

from pipeline.license.terms import MEANING
from pipeline.manifest import Card, Manifest
from pipeline.publish.attribution import escaped, link
from pipeline.publish.export import COLUMNS, SPLIT, folder_of
from pipeline.publish.figures import Figures, Host, Making
from pipeline.publish.reasons import REASONS
from pipeline.publish.review import ANSWERED
from pipeline.vocab import SPECIFICATIONS, Drop

ALL: Final = "default"
"""The configuration that holds the documents of every license."""

NOT_STATED: Final = "*Not stated.*"

_SIZES: Final = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
)
_LARGEST: Final = "n>1B"

# The identifiers of ours that the Hub has in its list (hub-docs, repositories-licenses),
# where they stand in lower case. Every other license is "other" there, with a name.
_HUB_LICENSES: Final = frozenset(
    """
    CC0-1.0 CC-BY-2.0 CC-BY-2.5 CC-BY-3.0 CC-BY-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0
    CC-BY-NC-2.0 CC-BY-NC-3.0 CC-BY-NC-4.0 CC-BY-ND-4.0 CC-BY-NC-ND-3.0
    CC-BY-NC-ND-4.0 CC-BY-NC-SA-2.0 CC-BY-NC-SA-3.0 CC-BY-NC-SA-4.0
    Apache-2.0 MIT etalab-2.0
    """.split()  # noqa: SIM905  (a list to be read, line by line)
)

# ISO 639: what the Hub takes for a language. A page that states none adds none.
_LANGUAGE: Final = re.compile(r"(?!und\b)[a-z]{2,3}(?=-|$)")

# YAML 1.2 section 5.1: what is not printable, and what ends a line there, is escaped.
_UNPRINTABLE: Final = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

DROPS: Final = {
    Drop.TEXT_TOO_SHORT: "hardly any text is on the page",
    Drop.PAGE_TOO_LARGE: "the page is larger than what is read",
    Drop.TEXT_UNREADABLE: "its main text could not be told from the rest",
    Drop.LANGUAGE_NOT_WANTED: "it is in a language that the corpus does not hold",
    Drop.LANGUAGE_NOT_STATED: "the page does not state its language",
    Drop.DUPLICATE_EXACT: "another page has the same text",
    Drop.AGREEMENT_LAPSED: "the agreement that let it in has ended",
    Drop.NEAR_DUPLICATE: "nearly the same text stands elsewhere under other terms",
    Drop.REVIEW_REFUSED: "a person has refused its host",
}
"""Each reason for a drop, as the words that follow "because"."""

_OUTCOMES: Final = {
    "admitted": "admitted",
    "unchanged": "admitted, unchanged since an earlier visit",
    "held": "on hold: a person has to decide",
    "refused": "refused",
    "deferred": "not asked yet: the host has to be asked again later",
    "redirected": "led on to another address",
    "failed": "no whole answer came",
    "gone": "gone",
}

# Sections of statements: a heading and the fields of the manifest's [card] below it.
_ABOUT_MAKING: Final = ("curation_rationale", "workers", "funding", "publisher", "authors")
_ABOUT_PEOPLE: Final = (
    "personal_data", "offensive", "ethics_review", "impact_assessment", "retention",
)  # fmt: skip
_ABOUT_LIMITS: Final = ("limitations", "biases", "social_impact", "recommendations")
_ABOUT_UPKEEP: Final = (
    "maintenance", "contributing", "distribution", "landing_page", "citation",
)  # fmt: skip


def render_readme(figures: Figures, manifest: Manifest) -> str:
    """Return the dataset's README: the Hub's metadata, then the card.

    Without times, so that a crawl that was broken off and taken up gives the same text.
    """
    metadata = "\n".join(_metadata(figures, manifest))
    return f"---\n{metadata}\n---\n\n{_render(_sections(figures, manifest))}"


def render_card(figures: Figures, making: Making, manifest: Manifest) -> str:
    """Return the card as text, with the times and the traffic of the crawl."""
    return _render((*_sections(figures, manifest), _making(making)))


def facts(figures: Figures, making: Making, manifest: Manifest) -> dict[str, object]:
    """Return all that the card says, by name, ready for JSON."""
    return {
        "name": manifest.name,
        "version": manifest.version,
        "purpose": manifest.purpose,
        "intended_uses": list(manifest.intended_uses),
        "curator": manifest.curator.model_dump(),
        "crawler": {
            "product_token": manifest.product_token,
            "user_agent": manifest.user_agent,
            "from": manifest.from_address,
        },
        "categories": list(map(str, manifest.uses.categories)),
        "licenses_allowed": list(manifest.licenses.allow),
        "languages_allowed": list(manifest.languages.allow),
        "specifications": dict(SPECIFICATIONS),
        "statements": manifest.card.model_dump(mode="json"),
        **asdict(figures),
        "making": asdict(making),
    }


def scalar(text: str) -> str:
    """Return a text as a double-quoted scalar of YAML, whatever is in it."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _metadata(figures: Figures, manifest: Manifest) -> Iterator[str]:
    yield f"pretty_name: {scalar(manifest.name)}"
    yield from _license_metadata(figures)
    languages = {m[0] for each in figures.languages if (m := _LANGUAGE.match(each.name))}
    yield from _list("language", sorted(languages))
    size = next((name for n, name in _SIZES if figures.documents < n), _LARGEST)
    yield from _list("size_categories", [size])
    yield from _list("tags", dict.fromkeys(("estovers", *manifest.card.keywords)))
    # A pattern that matches no file is a fault to the loader, so none is written.
    if figures.documents:
        yield "configs:"
        yield from _config(ALL, "*")
        for each in figures.licenses:
            name = folder_of(each.license)
            yield from _config(name, name)


def _license_metadata(figures: Figures) -> Iterator[str]:
    names = [each.license for each in figures.licenses]
    if len(names) == 1 and names[0] in _HUB_LICENSES:
        yield f"license: {scalar(names[0].lower())}"
    elif names:
        known_as = names[0] if len(names) == 1 else "per-document"
        yield 'license: "other"'
        yield f"license_name: {scalar(known_as)}"
        yield 'license_link: "LICENSE.md"'


def _list(key: str, values: Iterable[str]) -> Iterator[str]:
    items = [f"- {scalar(value)}" for value in values]
    if items:
        yield f"{key}:"
        yield from items


def _config(name: str, folder: str) -> Iterator[str]:
    yield f"- config_name: {scalar(name)}"
    if name == ALL:
        yield "  default: true"
    yield "  data_files:"
    yield f"  - split: {SPLIT}"
    yield f"    path: {scalar(f'{folder}/{SPLIT}-*.parquet')}"


def render_licenses(figures: Figures, manifest: Manifest) -> str:
    """Return the text on licenses alone, as the dataset's LICENSE.md."""
    return _render([_licenses(figures, manifest)])


def _render(sections: Iterable[Iterable[str]]) -> str:
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _sections(figures: Figures, manifest: Manifest) -> tuple[Iterable[str], ...]:
    card = manifest.card
    return (
        _summary(figures, manifest),
        _purpose(manifest),
        _loading(figures),
        _licenses(figures, manifest),
        _languages(figures),
        _sources(figures),
        _consent(manifest),
        _left_out(figures),
        *([_reviewed(figures)] if figures.reviews else []),
        _statements("How the texts were chosen", card, _ABOUT_MAKING),
        _statements("People in the texts", card, _ABOUT_PEOPLE),
        _statements("Limits", card, _ABOUT_LIMITS),
        _auditing(),
        _removal(manifest),
        _statements("Upkeep", card, _ABOUT_UPKEEP),
    )


def _summary(figures: Figures, manifest: Manifest) -> Iterator[str]:
    yield f"# {manifest.name} {manifest.version}"
    yield ""
    yield manifest.card.summary or NOT_STATED
    yield ""
    if figures.documents:
        giving = sum(1 for each in figures.hosts if each.documents)
        yield (
            f"{_many(figures.documents, 'document')}, "
            f"{_many(figures.characters, 'character')}, from {_many(giving, 'host')}, "
            f"under {_many(len(figures.licenses), 'license')}."
        )
    else:
        yield "**This corpus is empty: no page came through.**"
    yield f"Release `{figures.release}`."


def _purpose(manifest: Manifest) -> Iterator[str]:
    yield "## Purpose and uses"
    yield ""
    yield manifest.purpose
    yield ""
    yield "It is meant for:"
    yield ""
    yield from (f"- {use}" for use in manifest.intended_uses)
    yield ""
    categories = ", ".join(f"`{each}`" for each in manifest.uses.categories)
    yield f"Categories of use that it is made for, in the words of AIPREF: {categories}."
    yield ""
    yield from _statement(manifest.card, "out_of_scope")
    yield ""
    yield from _statement(manifest.card, "prior_uses")


def _loading(figures: Figures) -> Iterator[str]:
    yield "## What a document is, and how to load it"
    yield ""
    if figures.licenses:
        first = folder_of(figures.licenses[0].license)
        yield "```python"
        yield "from datasets import load_dataset"
        yield ""
        yield 'everything = load_dataset("path/to/dataset")'
        yield f'one_license = load_dataset("path/to/dataset", "{first}")'
        yield "```"
        yield ""
        yield f"There is one split, `{SPLIT}`."
        yield ""
    yield from _table(("Column", "Meaning"), ((f"`{k}`", v) for k, v in COLUMNS.items()))


def _licenses(figures: Figures, manifest: Manifest) -> Iterator[str]:
    yield "## Licenses"
    yield ""
    yield (
        "Each document keeps the license that its page or its site states; the collection "
        "puts none over them. Documents of one license stand in one folder."
    )
    yield ""
    if figures.licenses:
        yield from _table(
            ("License", "Documents", "Characters", "Asks for"),
            (
                (
                    f"{link(each.license, each.url)}{_also(each.license, each.name)}",
                    f"{each.documents:,}",
                    f"{each.characters:,}",
                    ", ".join(each.obligations) or "nothing",
                )
                for each in figures.licenses
            ),
        )
        yield ""
        asked = sorted({o for each in figures.licenses for o in each.obligations})
        yield from (f"- *{each}*: {MEANING[each]}." for each in asked)
        yield ""
        yield from _credit(figures)
        yield ""
    allowed = ", ".join(f"`{each}`" for each in manifest.licenses.allow)
    yield f"Licenses that the curator lets in: {allowed}."
    yield ""
    yield from _site_statements(manifest)
    yield from _statement(manifest.card, "license_note")


def _site_statements(manifest: Manifest) -> Iterator[str]:
    if not manifest.statements:
        return
    yield (
        "These sites state a license once. It holds for those of their pages that state "
        "none themselves, as long as the words were found when the pages were judged:"
    )
    yield ""
    yield from _table(
        ("For", "License", "Stated at", "Words"),
        (
            (
                " ".join(f"`{one}`" for one in each.scope),
                each.license,
                link(each.evidence_url, each.evidence_url),
                escaped(each.quote),
            )
            for each in manifest.statements
        ),
    )
    yield ""


def _credit(figures: Figures) -> Iterator[str]:
    total = f"{figures.documents:,}"
    named, notices = figures.stated["authors"], figures.stated["notices"]
    yield (
        f"Authors are named for {named:,} of {_many(figures.documents, 'document')}, a "
        f"title is stated for {figures.stated['titles']:,} and a notice of copyright for "
        f"{notices:,} of {total}. They are as the page states them; where it names nobody, "
        "the credit says so, and nobody is guessed. The column `attribution` holds the "
        "credit of each document, ready to be shown; `ATTRIBUTION.md` and "
        "`attribution.parquet` beside the card list all of them."
    )


def _also(license_: str, name: str) -> str:
    return "" if name == license_ else f", {escaped(name)}"


def _languages(figures: Figures) -> Iterator[str]:
    yield "## Languages"
    yield ""
    yield "As the pages state them; nothing is guessed. `und` is a page that states none."
    yield ""
    yield from _table(
        ("Language", "Documents", "Characters"),
        ((f"`{e.name}`", f"{e.count:,}", f"{e.characters:,}") for e in figures.languages),
    )


def _sources(figures: Figures) -> Iterator[str]:
    yield "## Sources"
    yield ""
    yield "Every host, with how its pages ended. A page that leads on is counted as such."
    yield ""
    shown = ("admitted", "held", "refused", "deferred", "redirected", "gone", "failed")
    yield from _table(
        (
            "Host",
            "Documents",
            "Characters",
            *map(str.capitalize, shown),
            "Left out because",
        ),
        (_host_row(each, shown) for each in figures.hosts),
    )


def _host_row(host: Host, shown: tuple[str, ...]) -> tuple[str, ...]:
    counts = dict(host.outcomes)
    counts["admitted"] = counts.get("admitted", 0) + counts.pop("unchanged", 0)
    reasons = [reason for reason in host.reasons if not reason.endswith(_ADMITTING)]
    return (
        f"`{host.host}`",
        f"{host.documents:,}",
        f"{host.characters:,}",
        *(f"{counts.get(each, 0):,}" for each in shown),
        ", ".join(f"`{reason}`" for reason in reasons),
    )


_ADMITTING: Final = ("license.admits", "license.stated-for-site", "agreement.in-force")


def _consent(manifest: Manifest) -> Iterator[str]:
    yield "## How consent was asked"
    yield ""
    yield (
        "Two questions were put to each page before its text was used: may it be fetched, "
        "and may it be used? What could not be found out is not taken for a yes, and "
        "neither is silence: a page is used only under a license that it states, under one "
        "that its site states for it, or under a recorded agreement. Each decision is kept "
        "with the words that it rests on. The statements were read by these revisions:"
    )
    yield ""
    yield from _table(
        ("Standard", "Revision"), ((f"`{k}`", v) for k, v in SPECIFICATIONS.items())
    )
    yield ""
    yield f"The crawler asks as `{manifest.user_agent}`, From `{manifest.from_address}`."
    yield f"Sites address it in robots.txt as `{manifest.product_token}`."


def _left_out(figures: Figures) -> Iterator[str]:
    yield "## What was left out, and why"
    yield ""
    yield from _table(
        ("How pages ended", "Pages"),
        ((_OUTCOMES.get(name, name), f"{n:,}") for name, n in figures.outcomes.items()),
    )
    for outcome, reasons in figures.reasons.items():
        if outcome in {"refused", "held", "deferred"}:
            yield ""
            yield f"{outcome.capitalize()}:"
            yield ""
            yield from _reasons(reasons)
    yield ""
    admitted = figures.documents + sum(figures.dropped.values())
    yield (
        f"Of {_many(admitted, 'admitted page')}, {figures.documents:,} gave a document and "
        f"{sum(figures.dropped.values()):,} did not."
    )
    if figures.dropped:
        yield ""
        yield from _reasons(figures.dropped)


def _reasons(reasons: Mapping[str, int]) -> Iterator[str]:
    known = {str(key): words for key, words in (*REASONS.items(), *DROPS.items())}
    yield from _table(
        ("Reason", "Pages", "Because"),
        ((f"`{name}`", f"{n:,}", known.get(name, "")) for name, n in reasons.items()),
    )


def _reviewed(figures: Figures) -> Iterator[str]:
    yield "## Hosts that a person looked at"
    yield ""
    yield (
        "Pages whose text may be another's are on hold. A person's answer on their host "
        "lets them in, or takes every page of the host out."
    )
    yield ""
    yield from _table(
        ("Host", "Answer", "By", "On", "Documents let in", "Why"),
        (
            (
                f"`{each.host}`",
                ANSWERED.get(each.answer, each.answer),
                escaped(each.reviewer),
                each.answered_on,
                f"{each.lifted:,}",
                escaped(each.why),
            )
            for each in figures.reviews
        ),
    )


def _auditing() -> Iterator[str]:
    yield "## How to check this card"
    yield ""
    yield (
        "The archive holds what the hosts sent, the ledger what was decided. With both, "
        "`estovers audit` judges every page again and names each difference; "
        "`estovers explain URL` shows the words that one page was admitted or refused by."
    )


def _removal(manifest: Manifest) -> Iterator[str]:
    curator = manifest.curator
    yield "## Whom to ask, and how to have a work taken out"
    yield ""
    yield (
        f"Curator: {escaped(curator.name)}. If a text of yours is in this corpus and "
        f"should not be, write to {escaped(curator.email)} and name the URL; no reason is "
        f"needed. More on the crawl: {link(curator.url, curator.url)}."
    )


def _making(making: Making) -> Iterator[str]:
    yield "## When and with what it was collected"
    yield ""
    if making.first_read and making.last_read:
        yield f"The pages were read between {making.first_read} and {making.last_read}."
    if making.software:
        yield f"This card was written by {escaped(making.software)}."
    yield ""
    yield from _table(
        ("Requests for", "Sent", "Bytes received"),
        (
            (kind, f"{sent:,}", f"{making.payload_bytes[kind]:,}")
            for kind, sent in making.requests.items()
        ),
    )
    if making.robots_disagreements:
        yield ""
        yield "Where a second reader of robots.txt answers otherwise than ours, by cause:"
        yield ""
        yield from _table(
            ("Cause", "Times"),
            ((escaped(k), f"{n:,}") for k, n in making.robots_disagreements.items()),
        )


def _statements(heading: str, card: Card, names: Iterable[str]) -> Iterator[str]:
    yield f"## {heading}"
    for name in names:
        yield ""
        yield from _statement(card, name)


def _statement(card: Card, name: str) -> Iterator[str]:
    """Yield what the curator says on one matter, under the question it answers."""
    stated = getattr(card, name)
    asked = (Card.model_fields[name].description or name).rstrip(".")
    yield f"**{asked}:** {stated or NOT_STATED}"


def _table(head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    names = tuple(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
