"""README.md and LICENSE.md of a published folder, from its card alone.

The README follows the sections of Datasheets for Datasets. A figure is measured and names
its field; a statement is somebody's; what nobody states is listed, not filled in.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pipeline.filters.language import DECLARED, UNDETERMINED
from pipeline.license.terms import MEANING
from pipeline.publish.attribution import escaped, link
from pipeline.publish.card import Card
from pipeline.publish.export import folder_of
from pipeline.publish.formats import cells, hub, shares
from pipeline.publish.formats.markdown import (
    Block,
    about_statements,
    code,
    join,
    many,
    months,
    paragraphs,
    source,
    statement,
    table,
    unanswered,
)
from pipeline.publish.review import ANSWERED

SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "Motivation": (
        "why.purpose", "why.curation_rationale", "who.creator", "who.publisher",
        "who.funder",
    ),
    "Composition": (
        "comp.splits", "comp.languages", "comp.genres", "comp.geography",
        "prov.content_timeframe", "prov.speech_situation", "prov.author_demographics",
        "prov.synthetic", "comp.missing", "comp.noise", "comp.external_links",
        "comp.contamination", "pii.presence", "pii.subpopulations",
        "pii.reidentification", "pii.offensive", "pii.confidentiality", "pii.techniques",
    ),
    "Collection": (
        "prov.method", "prov.process", "prov.sampling", "prov.agents",
        "prov.crawler_behaviour", "prov.user_data", "prov.licensed_data",
        "rights.tdm_measures", "rights.consent_docs", "rights.notice_and_revocation",
        "rights.illegal_content", "who.workers_pay", "who.ethics_review",
        "pii.impact_assessment",
    ),
    "Preprocessing": (
        "prov.capture_quality", "prov.raw_saved", "ann.protocol", "ann.platform",
        "ann.demographics", "proc.reproducible",
    ),
    "Uses": (
        "why.out_of_scope", "why.prior_uses", "risk.limitations", "risk.biases",
        "risk.social_impact", "risk.recommendations", "risk.safe_combination",
    ),
    "Distribution": (
        "rights.licence", "rights.copyright_status", "rights.third_party_limits",
        "rights.use_policy", "rights.access", "rights.geo_limits",
        "rights.metadata_licence", "rights.cop_signatory", "maint.distribution", "id.url",
        "id.date_published", "id.citation", "id.language_of_card",
    ),
    "Maintenance": (
        "maint.plan", "prov.cadence", "maint.errata", "maint.old_versions",
        "maint.contribute", "pii.retention", "who.governance",
    ),
}  # fmt: skip
"""The statements of each section, in the order in which they are shown."""

MOST_HOSTS: Final = 40
"""Most hosts that the README lists; a page of many thousand is no page."""

_MOST_LANGUAGES: Final = 30
_MOST_SIGNALS: Final = 20
_MOST_REVIEWS: Final = 40
_MOST_RELEASES: Final = 10

_NO_CAPTURE: Final = "`capture.none` is a page that led on, failed or is gone."

_MISSING: Final = {
    "title": "a title",
    "authors": "an author",
    "published": "a date of publication",
    "language_declared": "its language",
    "license_url": "an address at which its license can be read",
    "notice": "a notice of copyright",
}


def render_readme(card: Card) -> str:
    """Return ``README.md``: the Hub's metadata, then the card for people."""
    metadata = "\n".join(hub.metadata(card))
    return f"---\n{metadata}\n---\n\n{join(_blocks(card))}"


def render_licenses(card: Card) -> str:
    """Return ``LICENSE.md``: under which licenses the documents are, and what they ask."""
    heading = [f"# Licenses of {escaped(card.name)} {escaped(card.version)}"]
    return join([heading, *_licenses(card)])


def _blocks(card: Card) -> Iterator[Block]:
    yield from _summary(card)
    yield from _loading(card)
    yield from _section(card, "Motivation")
    yield from _section(card, "Composition", _composition(card))
    yield from _section(card, "Collection", _collection(card))
    yield from _section(card, "Preprocessing", _preprocessing(card))
    yield from _section(card, "Uses", _uses(card))
    yield from _section(card, "Distribution", _distribution(card))
    yield from _section(card, "Maintenance", _maintenance(card))
    yield from _checking(card)


def _section(card: Card, name: str, figures: Iterable[Block] = ()) -> Iterator[Block]:
    """Yield a section: its figures, what people say, and which questions stay open."""
    yield f"## {name}"
    yield from figures
    for id_ in SECTIONS[name]:
        yield statement(card, id_)
    yield unanswered(card, SECTIONS[name])


def _summary(card: Card) -> Iterator[Block]:
    yield f"# {escaped(card.name)} {escaped(card.version)}"
    yield _description(card)
    number = shares.documents(card)
    if number:
        yield f"**{many(number, 'document')}** · {' · '.join(_sizes(card))}"
    else:
        yield "**This corpus is empty: no page came through.**"
    yield (
        "Every figure here comes from `card.json`, which holds the query behind it; "
        "`estovers audit` computes each of them again. The small print names the fields. "
        f"{about_statements(card)} What nobody states is listed at the end of its section."
    )


def _description(card: Card) -> Iterator[str]:
    if card.field("id.description").status != "filled":
        yield from statement(card, "id.description")
        return
    for line in paragraphs(card.stated("id.description") or ""):
        yield line
        yield ""


def _sizes(card: Card) -> Iterator[str]:
    yield many(sum(each.characters for each in shares.splits(card)), "character")
    yield many(cells.number(cells.first(card, "comp.size_tokens"), "tokens"), "word")
    yield many(len(shares.languages(card)), "language")
    yield many(len(shares.licenses(card)), "license")
    yield many(len(card.rows("comp.domains")), "domain")
    yield f"collected {months(card)}"
    yield f"built {str(card.measured('id.date_created') or 'on an unknown day')[:10]}"


def _loading(card: Card) -> Iterator[Block]:
    licenses = shares.licenses(card)
    if not licenses:
        return
    first = shares.splits(card)[0].name
    yield "## How to load it"
    yield [
        "```python",
        "from datasets import load_dataset",
        "",
        f'everything = load_dataset("path/to/dataset", split="{first}")',
        "one_license = load_dataset(",
        f'    "path/to/dataset", "{folder_of(licenses[0].license)}", split="{first}"',
        ")",
        "```",
    ]
    yield (
        f"There is a configuration for each license and {_splits_in_words(card)} The "
        "column `attribution` holds the credit that each document asks for, ready to be "
        "shown; what the licenses ask stands under [Licenses](#licenses)."
    )


def _splits_in_words(card: Card) -> str:
    names = [code(each.name) for each in shares.splits(card)]
    if len(card.rows("comp.splits")) == 1:
        return f"one split, {names[0]}: what to hold out is the user's choice."
    return (
        f"{many(len(names), 'split')} of the whole, {' and '.join(names)}, of which a "
        "license has those that it has documents in. No registrable domain is in two."
    )


def _composition(card: Card) -> Iterator[Block]:
    what = escaped(card.stated("comp.instances") or "not stated", longest=None)
    yield f"A row is a document: {what[:1].lower()}{what[1:]}"
    yield from _columns(card)
    if not shares.documents(card):
        return
    yield from _splits(card)
    yield from _spread(card)
    yield from _languages(card)
    yield from _faults(card)


def _columns(card: Card) -> Iterator[Block]:
    half = card.field("comp.column_meaning").stated
    meanings = half.value if half is not None and isinstance(half.value, dict) else {}
    rows = card.rows("comp.schema")
    yield "Every column is text, but those at which another type stands."
    yield table(
        ("Column", "Meaning"),
        ((code(cells.text(row, "column")), _meaning(row, meanings)) for row in rows),
    )
    yield source("comp.schema", "comp.column_meaning")


def _meaning(row: cells.Row, meanings: cells.Row) -> str:
    # The words are the software's own, Markdown and all.
    words = cells.text(meanings, cells.text(row, "column"))
    kind = cells.text(row, "type").replace('"', "")
    return words if kind == "VARCHAR" else f"{words} ({code(kind)})"


def _splits(card: Card) -> Iterator[Block]:
    rows = card.rows("comp.splits")
    if len(rows) == 1:
        return
    yield "### Splits"
    yield (
        f"Divided {escaped(cells.text(rows[0], 'rule'))}. What was asked for is a share of "
        "the domains; one of them may be most of its split."
    )
    characters = {each.name: each.characters for each in shares.splits(card)}
    yield table(
        ("Split", "Asked for", "Domains", "Documents", "Characters"),
        (
            (
                code(name := cells.text(row, "split")),
                f"{cells.text(row, 'share')} of the domains",
                cells.number(row, "domains"),
                cells.number(row, "documents"),
                characters.get(name, 0),
            )
            for row in rows
        ),
    )
    yield source("comp.splits", "comp.count")


def _spread(card: Card) -> Iterator[Block]:
    keys = ("total", "least", "quarter", "half", "three_quarters", "most")
    head = ("Per document", "Total", "Least", "Quarter", "Median", "Three quarters", "Most")
    yield table(
        head,
        (
            (cells.text(row, "measure").capitalize(), *(cells.number(row, k) for k in keys))
            for row in card.rows("comp.stats")
        ),
    )
    yield "A word is a run of characters without white space. Two examples:"
    yield map(_example, card.rows("comp.example"))
    yield source("comp.count", "comp.stats", "comp.size_tokens", "comp.example")


def _example(row: cells.Row) -> str:
    which = "of median length" if cells.text(row, "example") == "typical" else "the longest"
    shown = link(cells.text(row, "title") or "without a title", cells.text(row, "url"))
    return (
        f"- {which}: {shown}, {code(cells.text(row, 'language'))}, "
        f"{code(cells.text(row, 'license'))}, "
        f"{many(cells.number(row, 'characters'), 'character')}"
    )


def _languages(card: Card) -> Iterator[Block]:
    found = shares.languages(card)
    yield "### Languages"
    yield _picture("languages", "Documents by language")
    yield _told_by(card, is_open=any(each.name == UNDETERMINED for each in found))
    otherwise = {
        cells.text(row, "language"): cells.number(row, "declared_otherwise")
        for row in card.rows("comp.languages")
    }
    yield table(
        ("Language", "Documents", "Share", "Characters", "Their pages declare another"),
        (
            (
                code(each.name),
                each.count,
                shares.percent(each.count, shares.documents(card)),
                each.characters,
                otherwise.get(each.name, 0),
            )
            for each in found[:_MOST_LANGUAGES]
        ),
    )
    yield _rest(len(found), _MOST_LANGUAGES, "language")
    yield source("comp.languages", "ann.machine_tools")


def _told_by(card: Card, *, is_open: bool) -> str:
    """Return what decided on the languages, and what it means where it did not."""
    detector = cells.text(cells.setting(card, "language_detector"), "value")
    if detector == DECLARED:
        said = "As the pages declare them: there was no detector where this was made."
        return said + (" `und` is a page that declares none." if is_open else "")
    said = (
        f"Told from each text by {code(detector)}; what its page declares stands in the "
        "column `language_declared`."
    )
    none = " `und` is a text that is too short, or too mixed, for its language to be told."
    return said + (none if is_open else "")


def _faults(card: Card) -> Iterator[Block]:
    """Yield what documents lack, what stands in twice, and what was damaged."""
    yield "### Gaps and faults"
    number = shares.documents(card)
    lacking = [
        (_MISSING.get(name := cells.text(row, "field"), name), without)
        for row in card.rows("comp.missing")
        if (without := cells.number(row, "documents_without"))
    ]
    if lacking:
        yield f"Of {many(number, 'document')}, this many do not state:"
        yield table(("What", "Documents"), lacking)
    else:
        yield "Every document has every column that may be empty."
    yield _twins(card)
    yield from _held_against(card)
    yield source("comp.missing", "comp.duplicates", "comp.noise", "comp.external_links")


def _held_against(card: Card) -> Iterator[Block]:
    """Yield which texts the manifest keeps out, and what they left out."""
    files = card.rows("comp.contamination")
    if not files:
        return
    near = files[0].get("near_as_well") is True
    yield (
        f"No document is exactly{' or nearly' if near else ''} one of the texts in these "
        "files, which the manifest names. One that quotes them among other words is not "
        "found."
    )
    yield table(
        ("File", "SHA-256", "Texts", "Pages left out"),
        (
            (
                code(cells.text(row, "path")),
                code(cells.text(row, "digest").removeprefix("sha256:")),
                cells.number(row, "texts"),
                cells.number(row, "pages_left_out"),
            )
            for row in files
        ),
    )
    yield source("comp.contamination")


def _twins(card: Card) -> str:
    twins = cells.first(card, "comp.duplicates")
    noise = cells.first(card, "comp.noise")
    kept = cells.first(card, "comp.external_links")
    broken = cells.number(noise, "documents_with_replacement_characters")
    control = cells.number(noise, "documents_with_control_characters")
    return (
        f"Documents whose text another has too: {cells.number(twins, 'left_in'):,} left "
        f"in, {cells.number(twins, 'taken_out'):,} taken out. With characters that could "
        f"not be decoded: {broken:,}; with control characters: {control:,}. Each text is "
        "in the files themselves; the archive holds the bytes that the host sent for "
        f"{cells.number(kept, 'with_archived_capture'):,} of them."
    )


def _collection(card: Card) -> Iterator[Block]:
    yield _crawl(card)
    yield _sources(card)
    yield _traffic(card)
    yield from _consent(card)
    yield from _funnel(card)
    yield from _left_out(card)
    yield from _hosts(card)
    yield from _site_statements(card)
    yield from _reviewed(card)


def _crawl(card: Card) -> str:
    crawler = cells.first(card, "prov.crawlers")
    row = cells.first(card, "prov.timeframe")
    first, last = cells.text(row, "first")[:10], cells.text(row, "last")[:10]
    asked = many(cells.number(cells.first(card, "prov.process"), "hosts_asked"), "host")
    when = f"on {first}" if first == last else f"between {first} and {last}"
    read = f" The pages of the documents were read {when}." if first else ""
    if not cells.text(crawler, "first"):
        return f"No host was asked: the pages stand in web archive files.{read}"
    return (
        f"A crawler asked {asked} as {code(cells.text(crawler, 'user_agent'))}"
        f" with the address {code(cells.text(crawler, 'from'))}; sites address it in "
        f"robots.txt as {code(cells.text(crawler, 'product_token'))}.{read}"
    )


def _sources(card: Card) -> Iterator[str]:
    words = {
        "urls": "pages whose links were followed",
        "sitemaps": "site maps",
        "feeds": "feeds",
        "warc": "web archive files",
        "url_list": "lists of addresses",
    }
    yield from table(
        ("It began with", "Named", "Links away, at most", "Pages in scope"),
        (
            (
                words.get(kind := cells.text(row, "kind"), kind),
                len(cells.texts(row, "names")),
                cells.number(depth, "depth"),
                cells.number(row, "pages"),
            )
            for row, depth in zip(
                card.rows("prov.sources"), card.rows("prov.sampling"), strict=True
            )
        ),
    )


def _traffic(card: Card) -> Iterator[str]:
    process = cells.first(card, "prov.process")
    yield from table(
        ("Requests for", "Sent", "Bytes received"),
        (
            (
                escaped(cells.text(row, "kind")),
                cells.number(row, "requests"),
                cells.number(row, "payload_bytes"),
            )
            for row in cells.rows(process, "requests")
        ),
    )
    differs = cells.rows(process, "second_reader_disagrees")
    if differs:
        yield ""
        yield "Where a second reader of robots.txt answers otherwise than ours, by cause:"
        yield ""
        yield from table(
            ("Cause", "Times"),
            ((escaped(cells.text(r, "cause")), cells.number(r, "times")) for r in differs),
        )
    yield ""
    yield source("prov.crawlers", "prov.timeframe", "prov.process", "prov.sources")


def _consent(card: Card) -> Iterator[Block]:
    yield "### How consent was asked"
    categories = ", ".join(
        map(code, cells.texts(cells.first(card, "prov.crawlers"), "categories"))
    )
    yield (
        "Two questions were put to each page before its text was used: may it be fetched, "
        f"and may it be used? The use that was asked about is {categories}, in the words "
        "of AIPREF. What could not be found out is not taken for a yes, and neither is "
        "silence: a page is used only under a license that it states, under one that its "
        "site states for it, or under a recorded agreement. Each decision is kept with the "
        "words that it rests on."
    )
    found = card.rows("rights.signals")
    if found:
        yield "What was read on the pages and their sites:"
        yield table(
            ("Signal", "Says", "Pages"),
            (
                (code(cells.text(r, "signal")), escaped(_says(r)), cells.number(r, "pages"))
                for r in found[:_MOST_SIGNALS]
            ),
        )
        yield _rest(len(found), _MOST_SIGNALS, "signal")
    yield "The standards that these were read by, in these revisions:"
    standards = cells.row(cells.setting(card, "specifications"), "value")
    yield table(
        ("Standard", "Revision"), ((code(k), escaped(str(v))) for k, v in standards.items())
    )
    yield source("rights.signals", "rights.decision", "rights.use_policy")


def _says(row: cells.Row) -> str:
    said = cells.text(row, "says")
    return "no license" if said == "None" else said


def _funnel(card: Card) -> Iterator[Block]:
    found = shares.stages(card)
    if not any(each.count for each in found):
        return
    yield "### From discovery to document"
    yield _picture("funnel", "Pages that came through each stage")
    before = [found[0].count, *(each.count for each in found)]
    yield table(
        ("Stage", "What came through", "Pages", "Left out"),
        (
            (each.name.capitalize(), each.words.capitalize(), each.count, last - each.count)
            for each, last in zip(found, before, strict=False)
        ),
    )
    yield source("proc.steps", "proc.validation")


def _left_out(card: Card) -> Iterator[Block]:
    found = shares.refusals(card)
    if not found:
        return
    yield "### What was left out, and why"
    yield _picture("refusals", "Pages that were left out, by reason")
    stand = shares.standings(card)
    yield table(
        ("Pages", "Because", "They are"),
        (
            (
                each.count,
                f"{code(each.name)}: {escaped(each.words, longest=None)}",
                ", ".join(stand[each.name]),
            )
            for each in found
        ),
    )
    yield source("rights.refusals")


def _hosts(card: Card) -> Iterator[Block]:
    rows = sorted(
        card.rows("comp.relations"),
        key=lambda row: (-cells.number(row, "kept"), cells.text(row, "host")),
    )
    if not rows:
        return
    yield "### Hosts"
    if shares.hosts(card):
        yield _picture("hosts", "Documents by host")
    keys = ("discovered", "fetched", "kept", "dropped", "refused", "waiting", "characters")
    head = ("Found", "Fetched", "Kept", "Dropped", "Refused", "Waiting", "Characters")
    yield table(
        ("Host", *head, "Left out because"),
        (
            (
                code(cells.text(row, "host")),
                *(cells.number(row, key) for key in keys),
                ", ".join(map(code, cells.texts(row, "because"))) or "–",
            )
            for row in rows[:MOST_HOSTS]
        ),
    )
    yield _rest(len(rows), MOST_HOSTS, "host")
    yield (
        [_NO_CAPTURE]
        if any("capture.none" in cells.texts(r, "because") for r in rows)
        else []
    )
    yield source("comp.relations")


def _site_statements(card: Card) -> Iterator[Block]:
    found = cells.rows(cells.setting(card, "statements"), "value")
    if not found:
        return
    yield "### Licenses that sites state once"
    yield (
        "They hold for those pages of a site that state none themselves, and only as long "
        "as the words are found again when the pages are judged."
    )
    yield table(
        ("For", "License", "Stated at", "Words", "Confirmed by"),
        (
            (
                " ".join(map(code, cells.texts(row, "scope"))),
                code(cells.text(row, "license")),
                link(at := cells.text(row, "evidence_url"), at),
                escaped(cells.text(row, "quote")),
                _confirmed(row),
            )
            for row in found
        ),
    )
    yield source("rights.use_policy")


def _confirmed(row: cells.Row) -> str:
    by, on = cells.text(row, "confirmed_by"), cells.text(row, "confirmed_on")
    return ", ".join(escaped(each) for each in (by, on) if each) or "–"


def _reviewed(card: Card) -> Iterator[Block]:
    found = cells.rows(cells.first(card, "rights.notice_and_revocation"), "reviews")
    if not found:
        return
    yield "### Hosts that a person looked at"
    yield (
        "Pages whose text may be another's are on hold. A person's answer on their host "
        "lets them in, or takes every page of the host out."
    )
    yield table(
        ("Host", "Answer", "By", "On", "Documents let in", "Why"),
        (
            (
                code(cells.text(row, "host")),
                escaped(ANSWERED.get(cells.text(row, "answer"), cells.text(row, "answer"))),
                escaped(cells.text(row, "reviewer")),
                escaped(cells.text(row, "answered_on")[:10]),
                cells.number(row, "documents"),
                escaped(cells.text(row, "why")),
            )
            for row in found[:_MOST_REVIEWS]
        ),
    )
    yield _rest(len(found), _MOST_REVIEWS, "host")
    yield source("rights.notice_and_revocation")


def _preprocessing(card: Card) -> Iterator[Block]:
    changed = card.rows("proc.manipulation")
    if changed:
        yield table(
            ("What was changed in the text", "Documents", "Repeated characters taken out"),
            (
                (
                    escaped(cells.text(row, "changes")),
                    cells.number(row, "documents"),
                    cells.number(row, "repeated_characters"),
                )
                for row in changed
            ),
        )
    filled = escaped(str(card.measured("proc.imputation")))
    labels = card.field("ann.per_item").reason or "other columns may be labels"
    yield (
        f"Values that were filled in: {filled}. The column `license` was concluded by rule "
        f"from what the page says, `language` as said under Languages; {labels}. "
        f"{_kept(card)} All steps ran in "
        f"{code(str(card.measured('proc.software')))}."
    )
    yield source(
        "proc.manipulation", "proc.imputation", "ann.machine_tools", "prov.raw_saved"
    )


def _kept(card: Card) -> str:
    row = cells.first(card, "prov.raw_saved")
    kept, number = (
        cells.number(row, key) for key in ("with_bytes_in_the_archive", "documents")
    )
    return (
        f"The bytes as the hosts sent them are kept for {kept:,} of "
        f"{many(number, 'document')}, in the curator's archive, not in this folder."
    )


def _uses(card: Card) -> Iterator[Block]:
    if card.field("why.intended_use").status == "filled":
        half = card.field("why.intended_use").stated
        uses = half.value if half is not None and isinstance(half.value, list) else []
        yield "It is meant for:"
        yield [f"- {line}" for use in uses for line in paragraphs(str(use))]
    shown = [
        (cells.text(row, "skew").capitalize(), _share(row["share"]))
        for row in card.rows("risk.biases")
        if row["share"] is not None
    ]
    if shown:
        yield table(("Skew that was measured", "Share"), shown)
    limits = cells.first(card, "risk.limitations")
    yield (
        f"Not asked yet: {many(cells.number(limits, 'pages_not_asked_yet'), 'page')}; on "
        f"hold for a person: {cells.number(limits, 'pages_on_hold'):,}; failed: "
        f"{cells.number(limits, 'pages_that_failed'):,}."
    )
    yield source("why.intended_use", "risk.biases", "risk.limitations")


def _share(value: object) -> str:
    return f"{100 * value:.0f} %" if isinstance(value, int | float) else "–"


def _distribution(card: Card) -> Iterator[Block]:
    yield "### Licenses"
    if shares.licenses(card):
        yield _picture("licenses", "Documents by license")
    yield from _licenses(card)
    yield "### Terms beside the licenses"


def _licenses(card: Card) -> Iterator[Block]:
    yield (
        "Each document keeps the license that its page or its site states; the collection "
        "puts none over them. Documents of one license stand in one folder."
    )
    found = shares.licenses(card)
    if found:
        yield table(
            ("License", "Documents", "Share", "Characters", "Asks for"),
            (_license_row(card, each) for each in found),
        )
        asked = sorted({owed for each in found for owed in each.obligations})
        yield [f"- *{each}*: {MEANING[each]}." for each in asked]
        yield _credit(card)
    allowed = cells.texts(cells.setting(card, "licenses_allowed"), "value")
    yield f"Licenses that the curator lets in: {', '.join(map(code, allowed))}."
    yield source("rights.row_licences", "comp.missing", "rights.use_policy")


def _license_row(card: Card, each: shares.License) -> tuple[str | int, ...]:
    known_as = "" if each.name == each.license else f", {escaped(each.name)}"
    return (
        f"{link(each.license, each.url)}{known_as}",
        each.documents,
        shares.percent(each.documents, shares.documents(card)),
        each.characters,
        ", ".join(each.obligations) or "nothing",
    )


def _credit(card: Card) -> str:
    number = shares.documents(card)
    without = {
        cells.text(row, "field"): cells.number(row, "documents_without")
        for row in card.rows("comp.missing")
    }
    named, titled, noticed = (
        number - without.get(each, 0) for each in ("authors", "title", "notice")
    )
    return (
        f"Authors are named for {named:,} of {many(number, 'document')}, a title for "
        f"{titled:,} and a notice of copyright for {noticed:,}, as the page states them: "
        "where it names nobody, the credit says so, and nobody is guessed. The column "
        "`attribution` holds the credit of each document, ready to be shown; "
        "`ATTRIBUTION.md` and `attribution.parquet` list all of them."
    )


def _maintenance(card: Card) -> Iterator[Block]:
    mail, _, url = (card.stated("who.contact") or "").partition(" · ")
    yield (
        f"**To have a work taken out**, write to {escaped(mail, longest=None)} and name "
        f"the URL; no reason is needed. More on the crawl: {link(url, url)}."
    )
    removed = len(card.rows("rights.takedowns"))
    yield f"Removed since the release before this one: {many(removed, 'document')}."
    rows = card.rows("maint.changelog")
    yield table(
        ("Release", "Added", "Removed"),
        (
            (
                code(cells.text(row, "release")[:19] + "…"),
                cells.number(row, "added"),
                cells.number(row, "removed"),
            )
            for row in rows[-_MOST_RELEASES:]
        ),
    )
    yield source("who.contact", "rights.takedowns", "maint.changelog", "maint.errata")


def _checking(card: Card) -> Iterator[Block]:
    yield "## How to check this card"
    yield [
        "```sh",
        "estovers audit .                          # compute every number again",
        "estovers prove --out . --url URL          # that a document is in, or is not",
        "estovers prove --out . --domain DOMAIN    # that a domain is in, or is not",
        "estovers verify PROOF --card .            # check a proof against this card",
        "```",
    ]
    yield (
        "With this folder alone the audit recomputes every figure, digest and tree. With "
        "the curator's archive and ledger it also judges every page again from the bytes "
        "that its host sent."
    )
    yield (
        f"Release {code(card.release)}; card {code(str(card.measured('id.uid')))}, edition "
        f"{card.measured('id.metadata_version')}."
    )
    yield table(
        ("Tree over", "Leaves", "Root (RFC 9162)"),
        (
            (name, cells.number(row, "size"), code(cells.text(row, "root")))
            for name, id_ in _TREES.items()
            if (row := cells.first(card, id_))
        ),
    )
    checks = card.rows("proc.validation")
    passed = sum(1 for row in checks if row["passed"] is True)
    yield f"Sums of the stages that hold: {passed} of {len(checks)}."
    signer = card.measured("audit.signature")
    yield f"Signed with the key {code(str(signer))}." if signer else "It is not signed."
    yield source(*_TREES.values(), "proc.validation", "audit.signature")
    yield unanswered(card, ("audit.timestamp", "audit.replay"))


_TREES: Final = {
    "documents": "audit.root",
    "domains": "audit.domain_root",
    "removals": "audit.exclusion_root",
    "history": "audit.consistency",
}


def _picture(name: str, words: str) -> Iterator[str]:
    yield f"![{words}; the table below has the same figures](charts/{name}.svg)"


def _rest(number: int, most: int, noun: str) -> Iterator[str]:
    if number > most:
        yield f"And {many(number - most, f'more {noun}')}: `card.json` has all."
