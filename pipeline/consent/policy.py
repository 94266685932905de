"""The one place that answers yes: statements in, a verdict out, nobody outvoted.

Deny > hold > allow > unknown. A refusal of use is lifted only by a recorded agreement.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, assert_never

from pipeline.consent import access, robots
from pipeline.consent.access import Access
from pipeline.consent.robots import NotAsked, Read, Refused, Unavailable, Unreachable
from pipeline.consent.signals import Signals
from pipeline.license.classify import contested
from pipeline.license.expression import allows
from pipeline.license.laundering import Sign
from pipeline.model import (
    Agreement,
    Decision,
    Evidence,
    Exchange,
    LicenseFinding,
    Policy,
    Statement,
)
from pipeline.url import is_within
from pipeline.vocab import Category, Failure, Preference, Reason, Signal, Stage, Verdict

MAX_CRAWL_DELAY: Final = 86_400.0
"""Seconds; a host that asks for more than a day between requests does not want us."""

_STRENGTH: Final = (
    Preference.UNKNOWN,
    Preference.ALLOWED,
    Preference.UNCLEAR,
    Preference.DISALLOWED,
)

_ACCESS: Final = {
    Access.REFUSED: (Verdict.REFUSE, Reason.ACCESS_REFUSED),
    Access.PAYMENT: (Verdict.REFUSE, Reason.PAYMENT_REQUIRED),
    Access.LEGAL: (Verdict.REFUSE, Reason.LEGAL_BLOCK),
    Access.BACK_OFF: (Verdict.DEFER, Reason.BACK_OFF),
}


def decide_acquisition(
    signals: Signals, page: Exchange | None, *, policy: Policy
) -> Decision:
    """Decide whether the URL may be fetched: refuse > defer > admit."""
    decisions = [_by_robots(signals, policy)]
    if signals.token_required is not None:
        decisions.append(
            _acquisition(Verdict.REFUSE, Reason.TOKEN_REQUIRED, signals.token_required)
        )
    if signals.crawl_delay is not None and signals.crawl_delay > MAX_CRAWL_DELAY:
        evidence = robots.outcome_evidence(signals.retrieval)
        decisions.append(
            _acquisition(Verdict.REFUSE, Reason.ROBOTS_DELAY_TOO_LONG, evidence)
        )
    if page is not None:
        answer = access.access_of(page)
        if answer.access in _ACCESS:
            decisions.append(_acquisition(*_ACCESS[answer.access], answer.evidence))
    strength = (Verdict.REFUSE, Verdict.DEFER, Verdict.ADMIT)
    return min(decisions, key=lambda decision: strength.index(decision.verdict))


def combine(statements: Iterable[Statement]) -> Mapping[Category, Preference]:
    """Reduce statements to one preference a category (AIPREF vocab section 5.1).

    Disallowed > unclear > allowed > unknown, whoever speaks and in whatever order.
    """
    said = dict.fromkeys(Category, Preference.UNKNOWN)
    for statement in statements:
        said[statement.category] = max(
            said[statement.category], statement.preference, key=_STRENGTH.index
        )
    return said


def prefer(
    acquisition: Decision, statements: Sequence[Statement]
) -> Mapping[Category, Preference]:
    """Return the preference for each category; what may not be fetched may not be used."""
    if acquisition.verdict is Verdict.REFUSE:
        return dict.fromkeys(Category, Preference.DISALLOWED)
    said = combine(statements)
    if acquisition.verdict is Verdict.DEFER and acquisition.reason in _UNREAD:
        floor = Preference.UNCLEAR
        return {c: max(p, floor, key=_STRENGTH.index) for c, p in said.items()}
    return said


_UNREAD: Final = frozenset({Reason.ROBOTS_UNREACHABLE, Reason.ROBOTS_NOT_ROBOTS})


def decide_usage_by_consent(
    url: str,
    acquisition: Decision,
    statements: Sequence[Statement],
    *,
    policy: Policy,
    now: datetime,
) -> Decision | None:
    """Decide use where the signals alone settle it: refuse, hold or agreed; else None."""
    if acquisition.verdict is Verdict.REFUSE:
        return _usage(Verdict.REFUSE, Reason.ACQUISITION_REFUSED, *acquisition.evidence)
    agreement = agreement_for(url, policy=policy, now=now)
    if agreement is not None:
        return _usage(Verdict.ADMIT, Reason.AGREED, agreement_evidence(agreement))
    asked = [s for s in statements if s.category in policy.categories]
    refusals = [s for s in asked if s.preference is Preference.DISALLOWED]
    if refusals:
        only = all(s.signal is Signal.COMMUNITY for s in refusals)
        reason = Reason.COMMUNITY_AUTHORITY if only else Reason.PREFERENCE_DISALLOWS
        return _usage(Verdict.REFUSE, reason, *_evidence_of(refusals))
    doubts = [s for s in asked if s.preference is Preference.UNCLEAR]
    return _by_doubt(acquisition, doubts)


def _by_doubt(acquisition: Decision, doubts: Sequence[Statement]) -> Decision | None:
    if doubts:
        is_community = any(s.signal is Signal.COMMUNITY for s in doubts)
        reason = Reason.COMMUNITY_AUTHORITY if is_community else Reason.PREFERENCE_UNCLEAR
        return _usage(Verdict.HOLD, reason, *_evidence_of(doubts))
    if acquisition.verdict is Verdict.DEFER:
        return _usage(Verdict.HOLD, Reason.ACQUISITION_DEFERRED, *acquisition.evidence)
    return None


def decide_usage_by_license(finding: LicenseFinding, *, policy: Policy) -> Decision:
    """Decide use by the concluded license: silence is not consent."""
    if finding.expression is None:
        return _usage(_without_license(finding, policy), finding.reason, *finding.evidence)
    if not allows(finding.expression, policy.allowed_licenses):
        return _usage(Verdict.REFUSE, Reason.LICENSE_NOT_ALLOWED, *finding.evidence)
    if finding.reason in _TO_LOOK_AT:
        return _usage(Verdict.HOLD, finding.reason, *finding.evidence)
    is_of_site = finding.reason is Reason.LICENSE_STATED_FOR_SITE
    reason = finding.reason if is_of_site else Reason.LICENSE_ADMITS
    return _usage(Verdict.ADMIT, reason, *finding.evidence)


# What a person can settle. A conflict, rights reserved beside a grant, or a statement for
# the site that does not stand, only where each of the licenses in question may be carried.
_TO_LOOK_AT: Final = frozenset(
    {
        Reason.LICENSE_UNCLEAR,
        Reason.LICENSE_NOT_IDENTIFIED,
        Reason.LICENSE_CONDITIONAL,
        Reason.LICENSE_HIDDEN,
        Reason.LICENSE_LEARNING_RESERVED,
    }
)
_IN_CONFLICT: Final = frozenset(
    {
        Reason.LICENSE_CONFLICT,
        Reason.LICENSE_EDITIONS,
        Reason.LICENSE_RESERVED,
        Reason.LICENSE_STATEMENT_NOT_READ,
        Reason.LICENSE_STATEMENT_GONE,
        Reason.LICENSE_STATEMENT_CONTRADICTED,
    }
)


def _without_license(finding: LicenseFinding, policy: Policy) -> Verdict:
    if finding.reason in _TO_LOOK_AT:
        return Verdict.HOLD
    if finding.reason in _IN_CONFLICT:
        # Whichever of them is meant: if one may not be carried, a person's yes to the other
        # would be the more permissive reading of a contradiction. Of a statement for the
        # site that is in doubt, likewise: where nobody could say yes, nothing is held.
        named = contested(finding)
        every = all(allows(one, policy.allowed_licenses) for one in named)
        return Verdict.HOLD if named and every else Verdict.REFUSE
    return Verdict.REFUSE


def decide_usage_by_origin(by_license: Decision, signs: Sequence[Sign]) -> Decision:
    """Return a hold where signs show that the license may not be the publisher's to give.

    What the license does not admit stays as it was decided.
    """
    if by_license.verdict is not Verdict.ADMIT or not signs:
        return by_license
    evidence = (sign.evidence for sign in signs)
    return _usage(Verdict.HOLD, signs[0].reason, *evidence, *by_license.evidence)


def decide_usage_together(by_consent: Decision, by_license: Decision) -> Decision:
    """Return the stricter of the two, refuse > hold > admit.

    A community that asks to be asked has said on which terms its work may be used: where
    it states no other license, that is not silence, and people decide.
    """
    is_asked = by_consent.reason is Reason.COMMUNITY_AUTHORITY
    if is_asked and by_license.reason is Reason.LICENSE_NONE:
        return by_consent
    return stricter(by_consent, by_license)


def stricter(first: Decision, second: Decision) -> Decision:
    """Return the stricter of two decisions on use: refuse > hold > admit."""
    strength = (Verdict.REFUSE, Verdict.HOLD, Verdict.ADMIT)
    return min((first, second), key=lambda decision: strength.index(decision.verdict))


def agreement_for(url: str, *, policy: Policy, now: datetime) -> Agreement | None:
    """Return the agreement in force whose scope covers the URL, if there is one."""
    for agreement in policy.agreements:
        if agreement.expires > now and any(is_within(url, s) for s in agreement.scope):
            return agreement
    return None


def agreement_evidence(agreement: Agreement) -> Evidence:
    """Return what names an agreement in a decision."""
    return Evidence(
        source="manifest",
        locator=f"agreements[party={agreement.party}]",
        quote=(
            f"{agreement.party}, until {agreement.expires.date().isoformat()}: "
            + " ".join(agreement.scope)
        ),
        clause="AIPREF vocab, More Specific Instructions",
        digest=agreement.document,
        parser="manifest/1",
    )


def _by_robots(signals: Signals, policy: Policy) -> Decision:
    retrieval = signals.retrieval
    match retrieval:
        case Read():
            return _by_rules(retrieval, signals, policy)
        case Unavailable():
            verdict, reason = Verdict.ADMIT, Reason.ROBOTS_UNAVAILABLE
        case Refused():
            verdict, reason = Verdict.REFUSE, Reason.ROBOTS_ACCESS_REFUSED
        case Unreachable():
            verdict, reason = _without_robots(retrieval)
        case NotAsked():
            return _acquisition(Verdict.DEFER, Reason.ROBOTS_NOT_ASKED)
        case _:
            assert_never(retrieval)
    return _acquisition(verdict, reason, robots.outcome_evidence(retrieval))


def _without_robots(retrieval: Unreachable) -> tuple[Verdict, Reason]:
    exchange = retrieval.exchange
    if exchange is not None and exchange.error == Failure.ADDRESS:
        return Verdict.REFUSE, Reason.ADDRESS_REFUSED
    if retrieval.cause == robots.NOT_ROBOTS:
        return Verdict.DEFER, Reason.ROBOTS_NOT_ROBOTS
    return Verdict.DEFER, Reason.ROBOTS_UNREACHABLE


def _by_rules(found: Read, signals: Signals, policy: Policy) -> Decision:
    for token, settled in signals.settled.items():
        if not settled.allows:
            reason = Reason.ROBOTS_DISALLOWS
            if settled.fault is robots.Fault.TOO_COMPLEX:
                reason = Reason.ROBOTS_TOO_COMPLEX
            elif settled.ambiguous:
                reason = Reason.ROBOTS_AMBIGUOUS
            elif token != policy.product_token:
                reason = Reason.ROBOTS_DISALLOWS_SOFTWARE
            return _acquisition(Verdict.REFUSE, reason, *_lines(found, settled))
    own = signals.settled[policy.product_token]
    reason = Reason.ROBOTS_ALLOWS if own.line else Reason.ROBOTS_NO_RULE
    return _acquisition(Verdict.ADMIT, reason, *_lines(found, own))


def _lines(found: Read, settled: robots.Settled) -> list[Evidence]:
    lines = [line for line in (settled.line, settled.other_line) if line is not None]
    evidence = [robots.line_evidence(found, line) for line in dict.fromkeys(lines)]
    return evidence or [robots.outcome_evidence(found)]


def _evidence_of(statements: Iterable[Statement]) -> list[Evidence]:
    # A line that names many crawlers is one line.
    return list(dict.fromkeys(evidence for s in statements for evidence in s.evidence))


def _acquisition(verdict: Verdict, reason: Reason, *evidence: Evidence) -> Decision:
    return Decision(
        stage=Stage.ACQUISITION, verdict=verdict, reason=reason, evidence=evidence
    )


def _usage(verdict: Verdict, reason: Reason, *evidence: Evidence) -> Decision:
    return Decision(stage=Stage.USAGE, verdict=verdict, reason=reason, evidence=evidence)
