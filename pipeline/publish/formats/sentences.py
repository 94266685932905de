"""The measured half of a field as plain sentences, for standards that want free text."""

from typing import Final

from pipeline.publish.card import Card
from pipeline.publish.formats import shares
from pipeline.publish.formats.current import Row, counted, first_row, listed, number, word

_REQUESTS: Final = {
    "page": "for pages",
    "policy": "for policy files such as robots.txt",
    "sitemap": "for site maps",
    "feed": "for feeds",
}

_STEPS: Final = {
    "discover": "found in scope",
    "ask": "fetched with leave",
    "judge": "whose use is admitted",
    "read": "that gave a document",
}

_STATED_BY_PAGE: Final = {
    "title": "a title",
    "authors": "authors",
    "published": "a date of publication",
    "language_declared": "a language",
    "license_url": "a URL of the license",
    "notice": "a notice of copyright",
}


def collection(card: Card) -> str:
    """Return who asked which hosts, how often, and what came of the pages."""
    crawler, process = first_row(card, "prov.crawlers"), first_row(card, "prov.process")
    hosts = counted(number(process, "hosts_asked"), "host")
    asked = (
        f"{word(crawler, 'user_agent')} asked {hosts} between {word(crawler, 'first')} and "
        f"{word(crawler, 'last')}. It sent {_requests(process)}."
    )
    return f"{asked if word(crawler, 'first') else 'No host was asked.'} {_outcome(card)}"


def behaviour(card: Card) -> str:
    """Return what the crawler met and did, each with how often."""
    rows = card.rows("prov.crawler_behaviour")
    parts = [f"{word(row, 'what')}: {number(row, 'times'):,}" for row in rows]
    return f"What the crawler met: {'; '.join(parts)}."


def raw_data(card: Card) -> str:
    """Return how many documents have their bytes in the archive, and how many those are."""
    row = first_row(card, "prov.raw_saved")
    kept = number(row, "with_bytes_in_the_archive")
    return (
        f"The bytes that the hosts sent are in a WARC archive for {kept:,} of "
        f"{counted(number(row, 'documents'), 'document')} "
        f"({counted(number(row, 'payload_bytes'), 'byte')} of payload); each document "
        "names their SHA-256."
    )


def missing(card: Card) -> str:
    """Return how many documents lack what their page does not state."""
    lacking = {
        _STATED_BY_PAGE[word(row, "field")]: number(row, "documents_without")
        for row in card.rows("comp.missing")
    }
    parts = [f"{n:,} without {what}" for what, n in lacking.items() if n]
    total = counted(shares.documents(card), "document")
    return f"Of {total}: {listed(parts) or 'none without what a page may state'}."


def steps(card: Card) -> list[str]:
    """Return each step from page to document with what went in and what came out."""
    return [
        f"{number(row, 'step')}. {word(row, 'name')}: {word(row, 'says')}; "
        f"{number(row, 'pages_in'):,} in, {number(row, 'pages_out'):,} out."
        for row in card.rows("proc.steps")
    ]


def duplicates(card: Card) -> str:
    """Return what was done about equal texts."""
    row = first_row(card, "comp.duplicates")
    return (
        f"Duplicates ({word(row, 'method')}): {number(row, 'taken_out'):,} taken out, "
        f"{number(row, 'left_in'):,} left in."
    )


def changes(card: Card) -> str | None:
    """Return what was changed in the texts, None where there is none."""
    rows = card.rows("proc.manipulation")
    parts = [
        f"{word(r, 'changes')} ({counted(number(r, 'documents'), 'document')}"
        f"{_repeated(r)})"
        for r in rows
    ]
    return f"Changes: {'; '.join(parts)}." if parts else None


def _repeated(row: Row) -> str:
    found = number(row, "repeated_characters")
    return f", {counted(found, 'repeated character')} taken out" if found else ""


def skews(card: Card) -> str:
    """Return the shares of the largest host, language and license."""
    parts = [f"{word(r, 'skew')}: {_percent(r)}" for r in card.rows("risk.biases")]
    return "; ".join(parts).capitalize() + "."


def limits(card: Card) -> str:
    """Return which pages were left over."""
    row = first_row(card, "risk.limitations")
    return (
        f"Pages found and not asked for yet: {number(row, 'pages_not_asked_yet'):,}; "
        f"on hold for a person to decide: {number(row, 'pages_on_hold'):,}; "
        f"failed: {number(row, 'pages_that_failed'):,}."
    )


def gained(card: Card) -> str:
    """Return what this release added and removed."""
    log = card.rows("maint.changelog")
    row: Row = next((r for r in log if word(r, "release") == card.release), {})
    return (
        f"Version {card.version}: {counted(number(row, 'added'), 'document')} added, "
        f"{number(row, 'removed'):,} removed."
    )


def _requests(process: Row) -> str:
    value = process.get("requests")
    rows = (
        [each for each in value if isinstance(each, dict)]
        if isinstance(value, list)
        else []
    )
    parts = [
        f"{number(row, 'requests'):,} {_REQUESTS.get(word(row, 'kind'), word(row, 'kind'))}"
        for row in rows
    ]
    total = sum(number(row, "requests") for row in rows)
    return f"{counted(total, 'request')}: {listed(parts)}"


def _outcome(card: Card) -> str:
    parts = [
        f"{number(row, 'pages_out'):,} {_STEPS.get(word(row, 'name'), word(row, 'says'))}"
        for row in card.rows("proc.steps")
    ]
    return f"Pages: {listed(parts)}."


def _percent(row: Row) -> str:
    value = row.get("share")
    return f"{value * 100:.4g} %" if isinstance(value, int | float) else "of nothing"
