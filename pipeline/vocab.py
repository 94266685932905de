"""The words: what a verdict, a reason, a category and a signal may be called.

Each word is spelled as its standard spells it. Reason codes are published in ledgers
and cards, so they are add-only: a code is never renamed and never given a new meaning.
"""

from enum import StrEnum
from typing import Final, NewType

ProductToken = NewType("ProductToken", str)
"""The name by which a robots.txt group addresses a crawler (RFC 9309 section 2.2.1)."""

Digest = NewType("Digest", str)
"""``sha256:`` and 64 lower-case hexadecimal digits."""

LicenseExpression = NewType("LicenseExpression", str)
"""An SPDX license expression, made only by ``pipeline.license.expression``."""

SPECIFICATIONS: Final = {
    "robots": "RFC 9309",
    "aipref-vocab": "draft-ietf-aipref-vocab-08",
    "aipref-attach": "draft-ietf-aipref-attach-05",
    "structured-fields": "RFC 9651",
    "content-signals": "contentsignals.org 2025-09-24, use= of 2026-07-01",
    "tdmrep": "W3C TDMRep CG Final Report 2024-05-10",
    "rsl": "RSL 1.0, Recommendation 2025-12-10, errata of 2026-08-07",
    "odrl": "ODRL 2.2",
    "http": "RFC 9110",
    "legal-block": "RFC 7725",
    "link": "RFC 8288",
    "html": "HTML Standard, links.html#link-type-license",
    "spdx": "SPDX License List 3.29",
}
"""Which revision of each standard the readers follow."""


class Verdict(StrEnum):
    """What we decided: *hold* belongs to usage, *defer* to acquisition."""

    ADMIT = "admit"
    REFUSE = "refuse"
    HOLD = "hold"
    DEFER = "defer"


class Preference(StrEnum):
    """What they said of a category of use (AIPREF vocab section 3).

    AIPREF has three answers. *unclear* is ours: something was said that is malformed,
    contradictory or conditional, so that a person has to read it.
    """

    ALLOWED = "allowed"
    DISALLOWED = "disallowed"
    UNKNOWN = "unknown"
    UNCLEAR = "unclear"


class Category(StrEnum):
    """A category of use (AIPREF vocab section 4, labels of vocab-08)."""

    TRAIN_AI = "train-ai"
    AI_USE = "ai-use"
    SEARCH = "search"


class Stage(StrEnum):
    """Which of the two questions a decision answers."""

    ACQUISITION = "acquisition"
    USAGE = "usage"


class Failure(StrEnum):
    """Why an exchange has no usable answer. Vectors may carry other names."""

    DNS = "DNS"
    CONNECTION_REFUSED = "CONNECTION_REFUSED"
    CONNECTION_RESET = "CONNECTION_RESET"
    TIMEOUT = "TIMEOUT"
    TLS_CERT = "TLS_CERT"
    TRUNCATED = "TRUNCATED"
    TOO_LARGE = "TOO_LARGE"
    BAD_HTTP = "BAD_HTTP"
    BAD_ENCODING = "BAD_ENCODING"
    ADDRESS = "ADDRESS"
    UNDELIMITED = "UNDELIMITED"


class Signal(StrEnum):
    """Where a statement was read: one word for each standard and channel."""

    ROBOTS = "robots"
    CONTENT_USAGE_ROBOTS = "content-usage.robots"
    CONTENT_USAGE_HEADER = "content-usage.header"
    CONTENT_SIGNAL_ROBOTS = "content-signal.robots"
    CONTENT_SIGNAL_HEADER = "content-signal.header"
    AI_CRAWLER = "ai-crawler"
    TDMREP = "tdmrep"
    RSL = "rsl"
    X_ROBOTS_TAG = "x-robots-tag"
    META_ROBOTS = "meta-robots"
    AI_TXT = "ai-txt"
    HTTP_STATUS = "http-status"
    COMMUNITY = "community"


class Reason(StrEnum):
    """Why we decided so. Add-only."""

    ROBOTS_ALLOWS = "robots.allows"
    ROBOTS_NO_RULE = "robots.no-rule"
    ROBOTS_UNAVAILABLE = "robots.unavailable"
    ROBOTS_DISALLOWS = "robots.disallows"
    ROBOTS_DISALLOWS_SOFTWARE = "robots.disallows-software"
    ROBOTS_AMBIGUOUS = "robots.ambiguous"
    ROBOTS_UNREACHABLE = "robots.unreachable"
    ROBOTS_ACCESS_REFUSED = "robots.access-refused"
    ROBOTS_NOT_ROBOTS = "robots.not-a-robots-file"
    ROBOTS_TOO_COMPLEX = "robots.too-complex"
    ROBOTS_NOT_ASKED = "robots.not-asked"
    ROBOTS_DELAY_TOO_LONG = "robots.crawl-delay-too-long"
    POLICY_FILE = "policy-file"
    URL_REFUSED = "url.refused"
    ADDRESS_REFUSED = "url.address-refused"
    ACCESS_REFUSED = "http.access-refused"
    PAYMENT_REQUIRED = "http.payment-required"
    LEGAL_BLOCK = "http.unavailable-for-legal-reasons"
    BACK_OFF = "http.back-off"
    TOKEN_REQUIRED = "rsl.token-required"  # noqa: S105  (a reason, not a secret)
    POLICY_NOT_ASKED = "policy.not-asked"
    POLICY_NOT_ARCHIVED = "policy.not-archived"
    ACQUISITION_REFUSED = "acquisition.refused"
    ACQUISITION_DEFERRED = "acquisition.deferred"
    PREFERENCE_DISALLOWS = "preference.disallows"
    PREFERENCE_UNCLEAR = "preference.unclear"
    COMMUNITY_AUTHORITY = "community.authority"
    AGREED = "agreement.in-force"
    NOT_CAPTURED = "capture.none"
    CAPTURE_INCOMPLETE = "capture.incomplete"
    NOT_A_PAGE = "capture.not-a-page"
    UNPARSEABLE = "capture.unparseable"
    LICENSE_ADMITS = "license.admits"
    LICENSE_NONE = "license.none-found"
    LICENSE_NOT_ALLOWED = "license.not-allowed"
    LICENSE_CONFLICT = "license.conflict"
    LICENSE_UNCLEAR = "license.unclear"
    LICENSE_REPUBLISHED = "license.republished"
    LICENSE_THIRD_PARTY = "license.third-party-text"
    LICENSE_NOT_IDENTIFIED = "license.not-identified"
    LICENSE_EDITIONS = "license.editions-differ"
    LICENSE_RESERVED = "license.rights-reserved"
    LICENSE_CONDITIONAL = "license.conditional"
    LICENSE_HIDDEN = "license.hidden"
    LICENSE_LEARNING_RESERVED = "license.learning-reserved"
    LICENSE_DENIED = "license.denied"
    LICENSE_OF_A_PART = "license.of-a-part"
    LICENSE_STATED_FOR_SITE = "license.stated-for-site"
    LICENSE_STATEMENT_NOT_READ = "license.statement-not-read"
    LICENSE_STATEMENT_GONE = "license.statement-gone"
    LICENSE_STATEMENT_CONTRADICTED = "license.statement-contradicted"


class Answer(StrEnum):
    """What a person may answer on a host that was reviewed."""

    CONFIRM = "confirm"
    REFUSE = "refuse"


class Drop(StrEnum):
    """Why an admitted page gave no document. Add-only.

    A page that is judged otherwise now than when it was fetched is dropped by its Reason.
    """

    TEXT_TOO_SHORT = "text.too-short"
    PAGE_TOO_LARGE = "text.page-too-large"
    TEXT_REPEATED = "text.repeated"
    TEXT_UNREADABLE = "text.unreadable"
    LANGUAGE_NOT_WANTED = "language.not-wanted"
    LANGUAGE_NOT_STATED = "language.not-stated"
    LANGUAGE_UNDETERMINED = "language.undetermined"
    DUPLICATE_EXACT = "duplicate.exact"
    DUPLICATE_NEAR = "duplicate.near"
    DUPLICATE_OF_NAMED = "duplicate.of-named-text"
    QUALITY_NOT_MET = "quality.not-met"
    PERSONAL_FOUND = "personal.found"
    AGREEMENT_LAPSED = "agreement.lapsed"
    NEAR_DUPLICATE = "license.near-duplicate"
    REVIEW_REFUSED = "review.refused"
