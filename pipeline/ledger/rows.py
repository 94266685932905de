"""The rows of the ledger's tables, each in its table's column order."""

from datetime import datetime
from typing import NamedTuple


class Run(NamedTuple):
    """One start of a verb that writes."""

    run: int
    verb: str
    started_at: datetime
    software: str
    manifest_digest: str
    manifest: str
    training_tokens: list[str]
    rules: str = ""


class RunEnd(NamedTuple):
    """How a run ended."""

    run: int
    ended_at: datetime
    outcome: str


class Discovery(NamedTuple):
    """A URL in scope, found somewhere."""

    visit: int
    url: str
    host: str
    via: str | None
    kind: str
    source: int
    depth: int | None
    in_depth: bool
    run: int


class ExchangeRow(NamedTuple):
    """One request that was sent and what came back."""

    exchange: int
    run: int
    visit: int
    url: str
    kind: str
    status: int | None
    error: str | None
    read_at: datetime
    digest: str | None
    payload_bytes: int
    content_type: str | None
    etag: str | None
    last_modified: str | None
    location: str | None
    retry_after: str | None
    store: str | None
    file: str | None
    start: int | None
    length: int | None
    seconds: float | None


class ImportRow(NamedTuple):
    """An exchange that was read in a WARC file of the manifest."""

    exchange: int
    file: str
    record: int
    start: int
    run: int


class IntakeRow(NamedTuple):
    """A WARC file that was gone through to its end."""

    run: int
    visit: int
    source: int
    file: str
    bytes: int
    digest: str
    records: int
    pages: int
    passed: int
    basis: str


class DamageRow(NamedTuple):
    """A place of a WARC file that could not be read, or not be believed."""

    run: int
    file: str
    record: int
    start: int
    what: str


class DecisionRow(NamedTuple):
    """What was decided on a URL, from which exchanges."""

    decision: str
    seq: int
    run: int
    visit: int
    url: str
    stage: str
    verdict: str
    reason: str
    license: str | None
    decided_at: datetime
    inputs: list[int]
    preferences: str


class EvidenceRow(NamedTuple):
    """What a decision rests on, or a signal that was read beside it."""

    decision: str
    seq: int
    n: int
    signal: str | None
    says: str | None
    source: str
    locator: str
    line: int | None
    quote: str
    clause: str
    digest: str | None
    status: int | None
    read_at: datetime | None
    redirects: list[str]
    parser: str


class UpheldRow(NamedTuple):
    """A decision that came out the same when its page was judged again by other rules."""

    seq: int
    rules: str
    run: int


class FingerprintRow(NamedTuple):
    """What the text of a page can be compared by."""

    url: str
    exchange: int
    run: int
    reserved: bool
    fingerprint: bytes


class ReviewRow(NamedTuple):
    """What a person answered on a host."""

    review: int
    host: str
    answer: str
    reviewer: str
    why: str
    answered_at: datetime
    urls: list[str]
    decisions: list[str]
    run: int

    @property
    def name(self) -> str:
        """The name by which a document refers to the entry."""
        return f"review:{self.review}"

    @property
    def signed(self) -> str:
        """Who answered, on which day, and why."""
        return f"by {self.reviewer} on {self.answered_at:%Y-%m-%d}: {self.why}"


class PermitRow(NamedTuple):
    """Leave for one request."""

    permit: int
    run: int
    decision: str
    seq: int
    method: str
    url: str
    kind: str
    issued_at: datetime


class OutcomeRow(NamedTuple):
    """How a URL ended in a visit."""

    visit: int
    url: str
    outcome: str
    reason: str
    detail: str
    exchange: int | None
    run: int
    ended_at: datetime


class DisagreementRow(NamedTuple):
    """Where a second reader of robots.txt answers otherwise."""

    run: int
    reader: str
    url: str
    token: str
    ours: bool
    theirs: bool
    cause: str


class DocumentRow(NamedTuple):
    """The text of one admitted page in a release."""

    release: str
    id: str
    url: str
    title: str
    title_locator: str | None
    authors: list[dict[str, str | None]]
    author_locator: str | None
    notice: str | None
    license_notice: str | None
    disclaimer: str | None
    published: str | None
    text: str
    split: str
    language: str
    language_declared: str | None
    language_confidence: float | None
    license: str
    license_url: str
    changes: str
    repeated_characters: int
    attribution: str
    capture_digest: str
    decisions: list[str]


class CreditRow(NamedTuple):
    """What is owed for a document: no table, but what is read of two of them.

    ``captured_at`` is in UTC, None where the ledger knows no exchange for it.
    """

    license: str
    license_url: str
    url: str
    captured_at: str | None
    title: str
    title_locator: str | None
    authors: list[dict[str, str | None]]
    author_locator: str | None
    notice: str | None
    license_notice: str | None
    disclaimer: str | None
    published: str | None
    changes: str
    attribution: str
    id: str


class DropRow(NamedTuple):
    """An archived page that gave no document."""

    release: str
    url: str
    reason: str
    detail: str
    twin: str | None


class PersonalRow(NamedTuple):
    """How much personal data of a kind was found in a document; never the data itself."""

    release: str
    url: str
    kind: str
    found: int


class LeftOutRow(NamedTuple):
    """A part of a page that its document does not hold, being under another license."""

    release: str
    url: str
    n: int
    locator: str
    quote: str
    license: str


class EditionRow(NamedTuple):
    """A card that was published."""

    edition: int
    release: str
    version: str
    head: str
    content: str
    run: int


class CardRow(NamedTuple):
    """One field of a card, with what it rests on; values are JSON."""

    edition: int
    id: str
    kind: str
    status: str
    measured: str | None
    sql: str | None
    rule: str | None
    head: str | None
    tools: str | None
    stated: str | None
    author: str | None
    said_on: str | None
    about: str | None
    reason: str | None


class SettingRow(NamedTuple):
    """One setting that a card was made by, as JSON."""

    edition: int
    key: str
    value: str


class DomainRow(NamedTuple):
    """The registrable domain of a host."""

    edition: int
    host: str
    domain: str


class FileRow(NamedTuple):
    """A published file that holds data."""

    edition: int
    path: str
    bytes: int
    digest: str
    media_type: str
    rows: int | None


class TreeRow(NamedTuple):
    """A Merkle tree that a card commits to."""

    edition: int
    tree: str
    size: int
    root: str


class HistoryRow(NamedTuple):
    """A document that a published release added or removed."""

    n: int
    release: str
    action: str
    url: str
    text_digest: str
    leaf: str


class ReleaseRow(NamedTuple):
    """Which release a curate run made, and what it rests on beside pages and manifest."""

    seq: int
    release: str
    run: int
    conditions: str


Row = (
    Run
    | RunEnd
    | Discovery
    | ExchangeRow
    | ImportRow
    | IntakeRow
    | DamageRow
    | DecisionRow
    | EvidenceRow
    | UpheldRow
    | FingerprintRow
    | ReviewRow
    | PermitRow
    | OutcomeRow
    | DisagreementRow
    | DocumentRow
    | DropRow
    | PersonalRow
    | LeftOutRow
    | EditionRow
    | CardRow
    | SettingRow
    | DomainRow
    | FileRow
    | TreeRow
    | HistoryRow
    | ReleaseRow
)

TABLE_OF: dict[type[Row], str] = {
    Run: "runs",
    RunEnd: "run_ends",
    Discovery: "discoveries",
    ExchangeRow: "exchanges",
    ImportRow: "imports",
    IntakeRow: "intakes",
    DamageRow: "damages",
    DecisionRow: "decisions",
    EvidenceRow: "evidence",
    UpheldRow: "upheld",
    FingerprintRow: "fingerprints",
    ReviewRow: "reviews",
    PermitRow: "permits",
    OutcomeRow: "outcomes",
    DisagreementRow: "disagreements",
    DocumentRow: "documents",
    DropRow: "drops",
    PersonalRow: "personal",
    LeftOutRow: "left_out",
    EditionRow: "editions",
    CardRow: "card",
    SettingRow: "settings",
    DomainRow: "domains",
    FileRow: "files",
    TreeRow: "trees",
    HistoryRow: "history",
    ReleaseRow: "releases",
}
