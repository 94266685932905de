"""The facts: what was exchanged, what was read in it, what was decided from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from pipeline.vocab import (
    Category,
    Digest,
    LicenseExpression,
    Preference,
    ProductToken,
    Reason,
    Signal,
    Stage,
    Verdict,
)

QUOTE_LIMIT: Final = 300
"""Longest quote in evidence, in characters: enough to find, too little to republish."""


_NO_DIGEST: Final = Digest("")


def digest_of(payload: bytes) -> Digest:
    """Return the SHA-256 of a payload as the archive and the ledger spell it."""
    return Digest(f"sha256:{sha256(payload).hexdigest()}")


def whole_characters(text: str) -> str:
    """Return ``text`` with U+FFFD for each half of a surrogate pair that stands alone.

    JSON can spell one; UTF-8, a column of the ledger and a terminal cannot.
    """
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def quote_of(text: str) -> str:
    """Return ``text`` cut to what evidence may carry."""
    text = whole_characters(text)
    return text if len(text) <= QUOTE_LIMIT else text[: QUOTE_LIMIT - 1] + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One HTTP request's outcome: an answer, or the name of what failed.

    ``body`` has its content coding removed; ``digest`` is that of the payload as it came
    over the wire, which is what the archive stores. ``error`` with a ``status`` means that
    only a part came.
    """

    url: str
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: str | None = None
    read_at: datetime | None = None
    digest: Digest = _NO_DIGEST

    def __post_init__(self) -> None:
        if not self.digest:
            object.__setattr__(self, "digest", digest_of(self.body))

    def header_lines(self, name: str) -> tuple[str, ...]:
        """Return the values of each line of a header field, in the order they came."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)

    def header(self, name: str) -> str | None:
        """Return a field's first value, or None where the field is absent."""
        lines = self.header_lines(name)
        return lines[0].strip() if lines else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A response as received, before interpretation; ``payload`` keeps its content coding.

    ``error`` names what failed: with a ``status`` only a part of the payload came, without
    one there is no response at all. Header values are Latin-1, as the wire has them.
    """

    url: str
    read_at: datetime
    status: int | None = None
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    payload: bytes = b""
    request_headers: tuple[tuple[str, str], ...] = ()
    address: str | None = None
    error: str | None = None
    seconds: float | None = None


Exchanges = Mapping[str, Exchange]
"""What was seen so far, by URL. A URL that was never asked for is absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that was read: where, the words, and the clause that gives them meaning.

    ``source`` is a URL, ``line`` counts from 1, ``digest`` names the bytes in the archive,
    ``redirects`` are the URLs passed on the way to ``source``'s bytes.
    """

    source: str
    locator: str
    quote: str = ""
    clause: str = ""
    line: int | None = None
    digest: Digest | None = None
    status: int | None = None
    read_at: datetime | None = None
    redirects: tuple[str, ...] = ()
    parser: str = ""


def evidence_of(
    exchange: Exchange,
    locator: str,
    *,
    quote: str = "",
    clause: str = "",
    parser: str = "",
) -> Evidence:
    """Return evidence that was read in ``exchange``."""
    return Evidence(
        source=exchange.url,
        locator=locator,
        quote=quote_of(quote),
        clause=clause,
        digest=exchange.digest if exchange.status is not None else None,
        status=exchange.status,
        read_at=exchange.read_at,
        parser=parser,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One meaningful line of robots.txt: its number from 1, its key in lower case.

    ``value`` has its comment and surrounding white space removed; ``text`` is the line as
    it stands in the file.
    """

    number: int
    key: str
    value: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a declaring party says of a category of use, in one place.

    ``note`` says in a few words how the words were understood where that is not plain.
    """

    signal: Signal
    preference: Preference
    evidence: tuple[Evidence, ...]
    category: Category = Category.TRAIN_AI
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What we decided on one question, why, and from which evidence."""

    stage: Stage
    verdict: Verdict
    reason: Reason
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A recorded permission: what alone may lift a refusal of use.

    ``scope`` holds URL prefixes; ``document`` is the digest of the signed paper.
    """

    party: str
    scope: tuple[str, ...]
    document: Digest
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStatement:
    """A license that somebody found stated once, for all of a site or a part of it.

    ``scope`` holds URL prefixes; ``quote`` are the words as ``evidence_url`` shows them.
    """

    scope: tuple[str, ...]
    license: LicenseExpression
    evidence_url: str
    quote: str
    confirmed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedLicense:
    """A license that a corpus may carry, by its parts and never by a glob.

    For Creative Commons licenses ``elements`` is the exact set, so that BY does not let
    BY-NC in; an empty ``versions`` means any version and any port. For every other license
    ``identifier`` is matched whole, or ``family`` with a version after it.
    """

    identifier: str = ""
    family: str = ""
    elements: frozenset[str] = frozenset()
    versions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the judge is told of us and of the corpus: all that is not an exchange.

    ``training_tokens`` are the product tokens whose refusal in robots.txt is read as a
    refusal of training; ``users`` and ``regions`` are RSL's words for who we are.
    """

    product_token: ProductToken
    allowed_licenses: tuple[AllowedLicense, ...]
    categories: frozenset[Category] = frozenset({Category.TRAIN_AI})
    training_tokens: tuple[str, ...] = ()
    users: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    agreements: tuple[Agreement, ...] = ()
    statements: tuple[SiteStatement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Where a second reader of robots.txt answers otherwise than ours."""

    reader: str
    url: str
    token: str
    ours: bool
    theirs: bool
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseFinding:
    """What the page says of its license: the concluded expression or why there is none.

    ``expression`` is None where nothing, or nothing certain, was found. ``candidates`` are
    all that were read, also those that did not decide.
    """

    expression: LicenseExpression | None
    reason: Reason
    evidence: tuple[Evidence, ...] = ()
    candidates: tuple[tuple[LicenseExpression | None, Evidence], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All that follows from the exchanges seen so far for one URL.

    ``wanted`` are URLs of policy files whose exchanges are needed before more can be said;
    while one of them is absent the acquisition is deferred. ``wanted_pages`` are pages
    that are to state the license of the site: robots.txt lets us read them, and while one
    of them is absent the use is held at best.
    """

    url: str
    acquisition: Decision
    usage: Decision
    preferences: Mapping[Category, Preference]
    statements: tuple[Statement, ...] = ()
    license: LicenseFinding | None = None
    wanted: tuple[str, ...] = ()
    wanted_pages: tuple[str, ...] = ()
    crawl_delay: float | None = None
    retry_after: float | None = None
    disagreements: tuple[Disagreement, ...] = ()
    used: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Someone whom a page names as a maker of its work, with an address where it gives one.

    A person, a group or an office: whatever stands there.
    """

    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a page states of its work, in its own words; nothing in it is guessed.

    A locator is None where nothing is stated: then ``title`` is empty, or ``authors`` are.
    ``published`` is a date of ISO 8601, or its beginning.
    """

    title: str = ""
    title_locator: str | None = None
    authors: tuple[Author, ...] = ()
    author_locator: str | None = None
    notice: str | None = None
    license_notice: str | None = None
    disclaimer: str | None = None
    published: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A part of a page that is not in its text, since it is under another license.

    ``locator`` is its CSS selector, ``quote`` the words on its license; ``license`` is
    empty where they name none, or none that is known.
    """

    locator: str
    quote: str
    license: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What was read of a capture: its text, or for which ``reason`` there is none.

    ``language`` is the one that the page states; ``fingerprint`` is None where a page has
    too few words to be compared.
    """

    capture_digest: Digest
    text: str = ""
    language: str = ""
    is_markdown: bool = False
    left_out: tuple[LeftOut, ...] = ()
    reason: str | None = None
    detail: str = ""
    work: Work = Work()
    fingerprint: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The text of one capture, with what is owed for it.

    ``language`` was concluded from the text, for so much of it as ``language_confidence``
    says; ``language_declared`` is the page's own word. ``changes`` is what was changed in
    the work; ``split`` the part of the corpus that it is in; ``personal`` how many pieces
    of personal data of each kind were found in the text as it was read, before any of them
    was masked; ``repeated_characters`` how many went with paragraphs that its host repeats;
    ``left_out`` are the parts of the page that are under another license.
    """

    url: str
    work: Work
    text: str
    language: str
    license: LicenseExpression
    attribution: str
    capture_digest: Digest
    decision_ids: tuple[str, ...]
    changes: str
    language_declared: str | None = None
    language_confidence: float | None = None
    personal: tuple[tuple[str, int], ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    split: str = "train"
    repeated_characters: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A capture that gave no document, with the reason.

    ``twin`` is for a duplicate the URL of the document that was kept.
    """

    url: str
    reason: str
    detail: str = ""
    twin: str | None = None
