"""How a URL ends by what its answer is and what was decided on it."""

from dataclasses import dataclass
from typing import Final

from pipeline.model import Exchange, Judgement
from pipeline.url import without_credentials
from pipeline.vocab import Reason, Verdict

_GONE: Final = frozenset({404, 410})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a URL ended: the words of the outcome."""

    url: str
    outcome: str
    reason: str
    detail: str = ""
    exchange: int | None = None


def ending_of(judgement: Judgement, exchange: Exchange, *, answered: int | None) -> Ending:
    """Return how a URL ends by its answer; ``answered`` is the status that came.

    It differs from the exchange's where a 304 renewed a page that was kept.
    """
    acquisition, usage = judgement.acquisition, judgement.usage
    outcome, reason, detail = _USAGE_ENDS[usage.verdict], usage.reason, ""
    if exchange.error is not None:
        outcome, reason, detail = "failed", Reason.CAPTURE_INCOMPLETE, exchange.error
    elif exchange.status in _REDIRECTS:
        detail = without_credentials(exchange.header("location") or "")
        outcome, reason = "redirected", Reason.NOT_CAPTURED
    elif exchange.status in _GONE:
        outcome, reason, detail = "gone", Reason.NOT_CAPTURED, str(exchange.status)
    elif acquisition.verdict is not Verdict.ADMIT:
        outcome, reason = _FETCH_ENDS[acquisition.verdict], acquisition.reason
    elif exchange.status != _OK:
        outcome, reason, detail = "failed", Reason.NOT_CAPTURED, str(answered)
    return Ending(url=judgement.url, outcome=outcome, reason=reason, detail=detail)


_USAGE_ENDS: Final = {
    Verdict.ADMIT: "admitted",
    Verdict.HOLD: "held",
    Verdict.REFUSE: "refused",
    Verdict.DEFER: "deferred",
}
_FETCH_ENDS: Final = {Verdict.REFUSE: "refused", Verdict.DEFER: "deferred"}
