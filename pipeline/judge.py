"""The judge: exchanges in, a judgement out, the same today and in ten years.

Pure: no network, disk, clock or chance. The gate, the build, the audit, ``estovers judge``
and every test vector call this one function.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from pipeline.consent import policy as consent
from pipeline.consent.robots import NotAsked, Unreachable, robots_url_of
from pipeline.consent.signals import Page, Signals, gather
from pipeline.license import classify, laundering
from pipeline.markup import Markup, Unparseable, read
from pipeline.model import (
    Decision,
    Evidence,
    Exchange,
    Exchanges,
    Judgement,
    LicenseFinding,
    Policy,
    evidence_of,
)
from pipeline.url import join
from pipeline.vocab import Category, LicenseExpression, Preference, Reason, Stage, Verdict

MAX_AGE: Final = timedelta(hours=24)
"""How long a robots.txt may be believed (RFC 9309 section 2.4)."""

MAX_HOPS: Final = 5

_OK: Final = 200
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


def judge(url: str, exchanges: Exchanges, *, policy: Policy, now: datetime) -> Judgement:
    """Return all that follows for ``url`` from the exchanges seen so far.

    While ``wanted`` is not empty the acquisition is deferred: ask for these URLs and judge
    again. A redirect is followed where its target was asked for: every hop has to be open,
    and use is decided by the representation at the end.
    """
    seen = _Witness(exchanges)
    judgement = _judge(url, seen, policy=policy, now=now)
    hops = 0
    target = _target_of(url, exchanges)
    final = judgement
    while target is not None and target in exchanges and hops < MAX_HOPS:
        final = _judge(target, seen, policy=policy, now=now)
        judgement = _after_redirect(judgement, final)
        hops += 1
        target = _target_of(target, exchanges)
    return replace(judgement, used=tuple(seen.asked))


def policy_file_judgement(url: str) -> Judgement:
    """Return leave to ask for a policy file, which needs no other leave.

    ``/robots.txt`` is implicitly allowed (RFC 9309 section 2.2.2); the other files exist to
    be read by crawlers before they ask for anything else.
    """
    evidence = Evidence(
        source=url,
        locator="url",
        quote=url,
        clause="RFC 9309 section 2.2.2",
        parser="judge/1",
    )
    return Judgement(
        url=url,
        acquisition=Decision(
            stage=Stage.ACQUISITION,
            verdict=Verdict.ADMIT,
            reason=Reason.POLICY_FILE,
            evidence=(evidence,),
        ),
        usage=_refuse(Reason.NOT_A_PAGE),
        preferences={},
    )


def revalidated(stored: Exchange, answer: Exchange) -> Exchange:
    """Return a stored representation with what a 304 changed (RFC 9111 section 4.3.4).

    A header that came with the 304 replaces the stored one; what it does not repeat stays,
    so that a refusal read once is not lost by an answer that is silent on it.
    """
    fresh = {name.lower() for name, _ in answer.headers}
    kept = tuple((n, v) for n, v in stored.headers if n.lower() not in fresh)
    return replace(stored, headers=(*kept, *answer.headers), read_at=answer.read_at)


def _judge(url: str, exchanges: Exchanges, *, policy: Policy, now: datetime) -> Judgement:
    exchange = exchanges.get(url)
    markup = read(exchange) if exchange is not None and _is_whole(exchange) else None
    page = None
    if exchange is not None:
        page = Page(
            exchange=exchange, markup=markup if isinstance(markup, Markup) else None
        )
    signals = gather(url, _without_stale(url, exchanges, now), page, policy=policy)
    acquisition = consent.decide_acquisition(signals, exchange, policy=policy)
    finding = None
    if page is not None:
        finding = _finding(page)
    usage = consent.decide_usage_by_consent(
        url, acquisition, signals.statements, policy=policy, now=now
    )
    if usage is not None and usage.reason is Reason.AGREED and finding is not None:
        finding = _under_agreement(finding, usage)
    usage = _usage(usage, _fault_of(exchange, markup), finding, policy=policy)
    if usage.reason is Reason.LICENSE_ADMITS and signals.wanted:
        # A file that the page names and nobody has read yet may refuse it.
        usage = replace(usage, verdict=Verdict.HOLD, reason=Reason.POLICY_NOT_ASKED)
    if usage.reason is Reason.LICENSE_ADMITS and page is not None and page.markup:
        signs = laundering.signs(page.markup, page.exchange)
        usage = consent.decide_usage_by_origin(usage, signs)
    return Judgement(
        url=url,
        acquisition=acquisition,
        usage=usage,
        preferences=consent.prefer(acquisition, signals.statements),
        statements=signals.statements,
        license=finding,
        wanted=_wanted(signals, usage),
        crawl_delay=signals.crawl_delay,
        retry_after=_retry_after(signals),
        disagreements=signals.disagreements,
    )


def _finding(page: Page) -> LicenseFinding | None:
    """Return what an answer declares of its license; a feed does, and is no page."""
    if page.markup is not None:
        return classify.find(page.markup, page.exchange)
    is_whole = page.exchange.status == _OK and page.exchange.error is None
    return classify.license_of(page.exchange) if is_whole else None


def _retry_after(signals: Signals) -> float | None:
    found = signals.retrieval
    return found.retry_after if isinstance(found, Unreachable) else None


def _wanted(signals: Signals, usage: Decision) -> tuple[str, ...]:
    if isinstance(signals.retrieval, NotAsked):
        return (signals.retrieval.url,)
    is_refused = usage.verdict is Verdict.REFUSE and usage.reason is not Reason.NOT_CAPTURED
    # What is refused already needs no further asking: each file is a cost to the host.
    return () if is_refused else signals.wanted


def _usage(
    by_consent: Decision | None,
    by_capture: Decision | None,
    finding: LicenseFinding | None,
    *,
    policy: Policy,
) -> Decision:
    if by_consent is not None and by_consent.verdict is Verdict.REFUSE:
        return by_consent
    if by_capture is not None:
        return consent.stricter(by_capture, by_consent or by_capture)
    if finding is None or (by_consent and by_consent.verdict is Verdict.ADMIT):
        return by_consent or _refuse(Reason.NOT_A_PAGE)
    by_license = consent.decide_usage_by_license(finding, policy=policy)
    return consent.decide_usage_together(by_consent or by_license, by_license)


def _under_agreement(finding: LicenseFinding, agreed: Decision) -> LicenseFinding:
    if finding.expression is not None:
        return finding
    document = agreed.evidence[0].digest or ""
    name = LicenseExpression(f"LicenseRef-Agreement-{document.rpartition(':')[2][:12]}")
    return replace(finding, expression=name, reason=Reason.AGREED)


def _fault_of(
    exchange: Exchange | None, markup: Markup | Unparseable | None
) -> Decision | None:
    if exchange is None:
        return Decision(stage=Stage.USAGE, verdict=Verdict.HOLD, reason=Reason.NOT_CAPTURED)
    if exchange.error is not None:
        evidence = evidence_of(exchange, "error", quote=exchange.error, parser="judge/1")
        return _refuse(Reason.CAPTURE_INCOMPLETE, evidence)
    if exchange.status != _OK:
        evidence = evidence_of(
            exchange, "status", quote=str(exchange.status), parser="judge/1"
        )
        return _refuse(Reason.NOT_CAPTURED, evidence)
    if isinstance(markup, Unparseable):
        evidence = evidence_of(exchange, "body", quote=markup.cause, parser="markup/1")
        is_other = "HTML" in markup.cause
        return _refuse(Reason.NOT_A_PAGE if is_other else Reason.UNPARSEABLE, evidence)
    return None


def _after_redirect(first: Judgement, final: Judgement) -> Judgement:
    strength = (Verdict.REFUSE, Verdict.DEFER, Verdict.ADMIT)
    acquisition = min(
        (first.acquisition, final.acquisition), key=lambda d: strength.index(d.verdict)
    )
    usage, preferences = final.usage, final.preferences
    if first.acquisition.verdict is Verdict.REFUSE:
        usage = _refuse(Reason.ACQUISITION_REFUSED, *first.acquisition.evidence)
        preferences = dict.fromkeys(Category, Preference.DISALLOWED)
    return replace(
        final,
        url=first.url,
        acquisition=acquisition,
        usage=usage,
        preferences=preferences,
        wanted=tuple(dict.fromkeys((*first.wanted, *final.wanted))),
    )


def _target_of(url: str, exchanges: Exchanges) -> str | None:
    exchange = exchanges.get(url)
    if exchange is None or exchange.status not in _REDIRECTS:
        return None
    location = exchange.header("location")
    target = join(url, location) if location else None
    is_downgrade = url.startswith("https:") and (target or "").startswith("http:")
    return None if is_downgrade else target


def _without_stale(url: str, exchanges: Exchanges, now: datetime) -> Exchanges:
    place = robots_url_of(url)
    exchange = exchanges.get(place) if place else None
    if exchange is None or exchange.read_at is None or now - exchange.read_at <= MAX_AGE:
        return exchanges
    return _Without(exchanges, str(place))


def _is_whole(exchange: Exchange) -> bool:
    return exchange.status == _OK and exchange.error is None


def _refuse(reason: Reason, *evidence: Evidence) -> Decision:
    return Decision(
        stage=Stage.USAGE, verdict=Verdict.REFUSE, reason=reason, evidence=evidence
    )


class _Without(Mapping[str, Exchange]):
    """Exchanges without one that has grown too old to be believed."""

    def __init__(self, exchanges: Exchanges, left_out: str) -> None:
        self._exchanges = exchanges
        self._left_out = left_out

    def __getitem__(self, url: str) -> Exchange:
        if url == self._left_out:
            raise KeyError(url)
        return self._exchanges[url]

    def __iter__(self) -> Iterator[str]:
        return (url for url in self._exchanges if url != self._left_out)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Witness(Mapping[str, Exchange]):
    """Exchanges that remember which of them were looked at."""

    def __init__(self, exchanges: Exchanges) -> None:
        self._exchanges = exchanges
        self.asked: dict[str, None] = {}

    def __getitem__(self, url: str) -> Exchange:
        exchange = self._exchanges[url]
        self.asked[url] = None
        return exchange

    def __iter__(self) -> Iterator[str]:
        return iter(self._exchanges)

    def __len__(self) -> int:
        return len(self._exchanges)
