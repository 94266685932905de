"""Access: what a page's HTTP status and its Retry-After say of fetching it.

A refusal of access is a refusal of use, wherever a copy may be had. We never switch
identity, never pay and never log in to get past one.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pipeline.consent.retry_after import LONGEST_WAIT, retry_after
from pipeline.model import Evidence, Exchange, Statement, evidence_of
from pipeline.vocab import Preference, Signal

__all__ = [
    "LONGEST_WAIT",
    "PARSER",
    "Access",
    "Answer",
    "access_of",
    "from_exchange",
    "retry_after",
]

PARSER: Final = "access/1"

_CLAUSES: Final = {
    401: "RFC 9110 section 15.5.2, 401 Unauthorized",
    402: "RFC 9110 section 15.5.3, 402 Payment Required",
    403: "RFC 9110 section 15.5.4, 403 Forbidden",
    404: "RFC 9110 section 15.5.5, 404 Not Found",
    407: "RFC 9110 section 15.5.8, 407 Proxy Authentication Required",
    410: "RFC 9110 section 15.5.11, 410 Gone",
    429: "RFC 6585 section 4, 429 Too Many Requests",
    451: "RFC 7725, 451 Unavailable For Legal Reasons",
    503: "RFC 9110 section 15.6.4, 503 Service Unavailable",
}
_PRICE_CLAUSE: Final = "Cloudflare pay per crawl, crawler-price"


class Access(StrEnum):
    """What the server says to a request for a page."""

    OPEN = "open"
    REFUSED = "refused"
    PAYMENT = "payment"
    LEGAL = "legal"
    BACK_OFF = "back-off"
    GONE = "gone"


_BY_STATUS: Final = {
    401: Access.REFUSED,
    402: Access.PAYMENT,
    403: Access.REFUSED,
    407: Access.REFUSED,
    429: Access.BACK_OFF,
    451: Access.LEGAL,
}
_BY_CLASS: Final = {
    1: Access.OPEN,
    2: Access.OPEN,
    3: Access.OPEN,
    4: Access.GONE,
    5: Access.BACK_OFF,
}

_REFUSALS: Final = {
    Access.REFUSED: "access refused",
    Access.PAYMENT: "payment required",
    Access.LEGAL: "unavailable for legal reasons",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was said to a request, and where."""

    access: Access
    evidence: Evidence


def access_of(exchange: Exchange) -> Answer:
    """Return what the server says of access to the page.

    A status that HTTP does not know is a refusal; a request that failed, or a 5xx, asks
    us to come back later; a 4xx that refuses nothing leaves no page to be had.
    """
    priced = exchange.header("crawler-price") is not None
    return Answer(
        access=Access.PAYMENT if priced else _of_status(exchange.status),
        evidence=_evidence(exchange, priced=priced),
    )


def _of_status(status: int | None) -> Access:
    if status is None:
        return Access.BACK_OFF
    return _BY_STATUS.get(status) or _BY_CLASS.get(status // 100, Access.REFUSED)


def _evidence(exchange: Exchange, *, priced: bool) -> Evidence:
    if priced:
        price = exchange.header("crawler-price") or ""
        return evidence_of(
            exchange,
            "header crawler-price",
            quote=price,
            clause=_PRICE_CLAUSE,
            parser=PARSER,
        )
    status = exchange.status
    said = exchange.error or "" if status is None else str(status)
    return evidence_of(
        exchange,
        "status",
        quote=said,
        clause=_CLAUSES.get(status or 0, "RFC 9110 section 15"),
        parser=PARSER,
    )


def from_exchange(exchange: Exchange) -> tuple[Statement, ...]:
    """Return a refusal where the server refuses access to the page, and else nothing."""
    answer = access_of(exchange)
    if answer.access not in _REFUSALS:
        return ()
    return (
        Statement(
            signal=Signal.HTTP_STATUS,
            preference=Preference.DISALLOWED,
            evidence=(answer.evidence,),
            note=_REFUSALS[answer.access],
        ),
    )
