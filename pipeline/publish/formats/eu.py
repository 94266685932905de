"""What the European Union's template asks of training data, and the list of domains.

Regulation (EU) 2024/1689 Article 53(1)(d), template C(2025) 5235. The duty is that of a
model's provider; whoever makes a corpus supplies most of section 2.
"""

import csv
import io
from collections.abc import Iterator
from typing import Final

from pipeline.publish.attribution import escaped
from pipeline.publish.card import Card
from pipeline.publish.formats import cells, shares
from pipeline.publish.formats.markdown import (
    Block,
    code,
    join,
    many,
    measured,
    source,
    struck,
    table,
)

MOST_DOMAINS: Final = 200
"""Most domains that the text lists; ``domains.csv`` has every one."""

NOT_STATED: Final = "Not stated."

_COLUMNS: Final = (
    "rank", "domain", "documents", "bytes", "in_top_tenth", "in_small_provider_list",
)  # fmt: skip

_MOST_PLACES: Final = 10

_NO_MODEL: Final = "Not applicable: a corpus is no model; whoever trains one states this."
_TEXT_ALONE: Final = "Not applicable: every document is text."
_METHOD: Final = "Not applicable: every document comes from a crawl."

_CAREFUL: Final = (
    "The crawler sends no cookies, fills in no forms and runs no scripts, so it passes no "
    "captcha, login or paywall. What a host refuses is not asked for under another name."
)


def render(card: Card) -> str:
    """Return ``eu-art53.md``: the facts in the order of the template, none left out.

    What nobody says is marked as not stated, what does not arise as not applicable.
    """
    return join(_blocks(card))


def render_domains(card: Card) -> str:
    """Return ``domains.csv`` (RFC 4180): each domain with its rank by size of text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in card.rows("comp.domains"):
        writer.writerow(_plain(row[name]) for name in _COLUMNS)
    return text.getvalue()


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _blocks(card: Card) -> Iterator[Block]:
    yield f"# Facts for a summary of training content: {escaped(card.name)}"
    yield (
        "A provider of a general-purpose AI model publishes a summary of what it was "
        "trained on: Regulation (EU) 2024/1689, Article 53(1)(d), by the template "
        "C(2025) 5235. Here is what that template asks of this corpus, under its numbers. "
        "The figures come from `card.json`; the small print names their fields."
    )
    yield _header(card)
    yield from _general(card)
    yield from _sources(card)
    yield from _crawled(card)
    yield from _others(card)
    yield from _processing(card)


def _header(card: Card) -> Iterator[str]:
    edition = card.measured("id.metadata_version")
    before = cells.first(card, "id.previous_version")
    yield from _line(
        "Version", f"{code(card.version)}, edition {edition} of its card", "id.version"
    )
    yield from _line(
        "Last update", _month(str(card.measured("id.date_created"))), "id.date_created"
    )
    earlier = "Not applicable: there is no earlier one."
    if before:
        earlier = (
            f"{code(cells.text(before, 'version'))}, {_month(cells.text(before, 'date'))}"
        )
    yield from _line("Earlier version", earlier, "id.previous_version")


def _general(card: Card) -> Iterator[Block]:
    yield "## 1 General information"
    yield "### 1.1 Provider"
    yield _stated(card, "Publisher", "who.publisher")
    yield _stated(card, "Maker of the corpus", "who.creator")
    yield _stated(card, "Contact, also for those who hold rights", "who.contact")
    yield _line("Authorised representative", _NO_MODEL)
    yield "### 1.2 Model"
    yield _line("Name, versions, dependencies, date on the market", _NO_MODEL)
    yield "### 1.3 Modalities and size"
    yield _size(card)
    yield (
        line for kind in ("Image", "Audio", "Video") for line in _line(kind, _TEXT_ALONE)
    )
    yield _stated(card, "Types of content", "comp.genres")
    last = cells.first(card, "prov.last_acquired")
    live = "still growing" if last.get("is_live") else "not added to since"
    acquired = f"{cells.text(last, 'month') or 'none yet'}, {live}"
    yield _line("Latest acquisition", acquired, "prov.last_acquired")
    yield _languages(card)
    yield _stated(card, "Other linguistic characteristics", "comp.languages")


def _size(card: Card) -> Iterator[str]:
    row = cells.first(card, "comp.size_tokens")
    tokens = f"{cells.number(row, 'tokens'):,} {escaped(cells.text(row, 'tokenizer'))}"
    size = cells.number(cells.first(card, "comp.size_bytes"), "text")
    yield from _line(
        "Text",
        f"{escaped(cells.text(row, 'band'))}: {tokens}, {size:,} bytes in "
        f"{many(shares.documents(card), 'document')}",
        "comp.size_tokens",
        "comp.size_bytes",
        "comp.count",
    )


def _languages(card: Card) -> Iterator[str]:
    found = shares.languages(card)
    yield f"**Languages.** {len(found)} {source('comp.languages')}"
    yield ""
    whole = shares.documents(card)
    for each in found:
        share = shares.percent(each.count, whole)
        yield f"- {code(each.name)}: {many(each.count, 'document')}, {share}"


def _sources(card: Card) -> Iterator[Block]:
    yield "## 2 Sources of the data"
    yield "### 2.1 Publicly available datasets"
    archives = [
        name
        for row in card.rows("prov.sources")
        if cells.text(row, "kind") == "warc"
        for name in cells.texts(row, "names")
    ]
    if archives:
        named = ", ".join(map(code, archives))
        yield _line("Used", f"Yes, web archive files: {named}", "prov.sources")
    else:
        yield _line("Used", "No: each page was asked of its own host", "prov.sources")
    yield "### 2.2 Private datasets from third parties"
    yield _stated(card, "2.2.1 Licensed", "prov.licensed_data")
    yield _line("2.2.2 Other", _METHOD, "prov.method")


def _crawled(card: Card) -> Iterator[Block]:
    crawler = cells.first(card, "prov.crawlers")
    token, agent = cells.text(crawler, "product_token"), cells.text(crawler, "user_agent")
    yield "### 2.3 Crawled and scraped from online sources"
    yield _line("Crawled", "Yes", "prov.method")
    named = f"{code(token)}, asking as {code(agent)}"
    yield _line("Name of the crawler", named, "prov.crawlers")
    uses = ", ".join(map(code, cells.texts(crawler, "categories")))
    purpose = f"{uses} (a category of AIPREF). {_said(card, 'why.purpose')}"
    yield _line("Purpose of the crawler", purpose, "prov.crawlers", "why.purpose")
    yield from _behaviour(card)
    # Where no host was asked: when the captures in the web archives were made.
    basis = "prov.crawlers" if cells.text(crawler, "first") else "prov.timeframe"
    row = cells.first(card, basis)
    first, last = (_month(cells.text(row, key)) for key in ("first", "last"))
    yield _line("Period of collection", f"{first} to {last}", basis)
    yield from _content(card)
    yield _line("Modality", code(str(card.measured("comp.modality"))), "comp.modality")
    yield from _domains(card)


def _behaviour(card: Card) -> Iterator[Block]:
    standards = cells.row(cells.setting(card, "specifications"), "value")
    robots = standards.get("robots")
    others = (str(v) for k, v in standards.items() if k in _PROTOCOLS)
    yield (
        f"**Behaviour of the crawler.** It reads robots.txt of each host before anything "
        f"else, by {escaped(str(robots))}, and these protocols of reservation: "
        f"{'; '.join(map(escaped, others))}. {_CAREFUL}"
    )
    yield measured(card, "prov.crawler_behaviour")
    refused = {
        code(reason): sum(
            cells.number(row, "pages")
            for row in card.rows("rights.refusals")
            if cells.text(row, "reason") == reason
        )
        for reason in _BARRIERS
    }
    yield "Pages that were left out because the host wants a login, payment or a license:"
    yield table(("Reason", "Pages"), refused.items())
    yield _stated(card, "Beyond the figures", "prov.crawler_behaviour")
    yield source("prov.crawler_behaviour", "rights.refusals", "rights.use_policy")


_PROTOCOLS: Final = ("aipref-vocab", "aipref-attach", "content-signals", "tdmrep", "rsl")
_BARRIERS: Final = (
    "http.access-refused", "http.payment-required", "rsl.token-required",
)  # fmt: skip


def _content(card: Card) -> Iterator[Block]:
    rows = card.rows("comp.geography")[:_MOST_PLACES]
    ends = ((cells.text(r, "top_level_domain"), cells.number(r, "documents")) for r in rows)
    places = ", ".join(f"{code(f'.{name}')} {number:,}" for name, number in ends)
    shown = f"documents by top-level domain: {places}" if places else "no documents"
    yield _line("Geography", shown, "comp.geography")
    yield _stated(card, "Geography, as stated", "comp.geography")
    yield _stated(card, "Kinds of site", "comp.genres")
    yield _stated(card, "Demography of those who wrote", "prov.author_demographics")


def _domains(card: Card) -> Iterator[Block]:
    rows = card.rows("comp.domains")
    top = [row for row in rows if row["in_top_tenth"] is True]
    small = sum(1 for row in rows if row["in_small_provider_list"] is True)
    yield (
        f"**Domains.** Text comes from {many(len(rows), 'domain')}. Ranked by the size of "
        f"their text, the top 10 % of the domain names are {len(top):,}: the list below. "
        "The list for a small provider, the top 5 % and at most 1,000, ends at rank "
        f"{small:,}. `domains.csv` has every domain."
    )
    keys = ("rank", "domain", "documents", "bytes")
    yield table(
        map(str.capitalize, keys),
        ([_cell(row, key) for key in keys] for row in top[:MOST_DOMAINS]),
    )
    if len(top) > MOST_DOMAINS:
        yield f"The other {len(top) - MOST_DOMAINS:,} of the top 10 % are in `domains.csv`."
    yield source("comp.domains")


def _cell(row: cells.Row, key: str) -> str | int:
    return code(cells.text(row, key)) if key == "domain" else cells.number(row, key)


def _others(card: Card) -> Iterator[Block]:
    yield "### 2.4 User data"
    yield _stated(card, "Used", "prov.user_data")
    yield "### 2.5 Synthetic data"
    yield _stated(card, "Used", "prov.synthetic")
    yield "### 2.6 Other sources"
    yield _line("Used", _METHOD, "prov.method")


def _processing(card: Card) -> Iterator[Block]:
    yield "## 3 Processing of the data"
    yield "### 3.1 Reservations of rights"
    yield _stated(card, "Signatory of the Code of Practice", "rights.cop_signatory")
    yield (
        "**Measures.** Each page was asked about before its text was used; what reserves "
        "its use, and what says nothing, is left out. Statements that were read, by reader:"
    )
    yield measured(card, "rights.tdm_measures")
    yield _stated(card, "Measures beyond the figures", "rights.tdm_measures")
    yield source("rights.tdm_measures", "rights.signals", "rights.decision")
    yield "### 3.2 Unlawful content"
    yield _stated(card, "Measures", "rights.illegal_content")
    yield "### 3.3 Other processing"
    stages = ", ".join(f"{each.name} {each.count:,}" for each in shares.stages(card))
    yield _line("Pages through each stage", stages or "none", "proc.steps")
    yield _stated(card, "Personal data", "pii.presence")


def _line(label: str, text: str, *ids: str) -> Iterator[str]:
    small = f" {source(*ids)}" if ids else ""
    yield f"**{label}.** {text.rstrip('.')}.{small}"
    yield ""


def _stated(card: Card, label: str, id_: str) -> Iterator[str]:
    yield from _line(label, _said(card, id_), id_)


def _said(card: Card, id_: str) -> str:
    """Return what is stated in a field; always an answer, never nothing."""
    field = card.field(id_)
    if field.status == "not applicable":
        return f"Not applicable: {escaped(field.reason or '', longest=None)}"
    text = escaped(card.stated(id_) or "", longest=None)
    if not text:
        return NOT_STATED
    return struck(field, text) if field.status == "stale" else text


def _month(moment: str) -> str:
    """Return the month of a moment (ISO 8601) as the template wants it, MM/YYYY."""
    return f"{moment[5:7]}/{moment[:4]}" if moment[:4].isdecimal() else "none yet"
