"""The judge: exchanges in, a judgement out, the same today and in ten years.

Pure: no network, disk, clock or chance. The gate, the build, the audit, ``estovers judge``
and every test vector call this one function.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pipeline.consent import policy as consent
from pipeline.consent.robots import NotAsked, Unreachable, robots_url_of
from pipeline.consent.signals import Page, Signals, gather
from pipeline.license import classify, laundering, statement
from pipeline.markup import Markup, Unparseable, read
from pipeline.model import (
    Decision,
    Evidence,
    Exchange,
    Exchanges,
    Judgement,
    LicenseFinding,
    Policy,
    SiteStatement,
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
    page, markup = _page_of(exchange)
    said = statement.covering(url, policy.statements)
    known = _Fresh(exchanges, _perishable(url, said), now=now)
    signals = gather(url, known, page, policy=policy)
    acquisition = consent.decide_acquisition(signals, exchange, policy=policy)
    usage = consent.decide_usage_by_consent(
        url, acquisition, signals.statements, policy=policy, now=now
    )
    finding = _finding(page, is_thorough=bool(said))
    leaves: Mapping[str, _Leave] = {}
    if said and acquisition.verdict is Verdict.ADMIT and not _is_settled(usage):
        places = _unread(said, known, page=page, finding=finding)
        leaves = {one: _leave_for(one, known, policy) for one in places if one != url}
        finding = _for_site(finding, said, page=page, known=known, leaves=leaves)
    if usage is not None and usage.reason is Reason.AGREED and finding is not None:
        finding = _under_agreement(finding, usage)
    usage = _usage(usage, _fault_of(exchange, markup), finding, policy=policy)
    if usage.reason in _BY_LICENSE and signals.wanted:
        # A file that the page names and nobody has read yet may refuse it.
        usage = replace(usage, verdict=Verdict.HOLD, reason=Reason.POLICY_NOT_ASKED)
    if usage.reason in _BY_LICENSE and page is not None and page.markup:
        signs = laundering.signs(page.markup, page.exchange)
        usage = consent.decide_usage_by_origin(usage, signs)
    return Judgement(
        url=url,
        acquisition=acquisition,
        usage=usage,
        preferences=consent.prefer(acquisition, signals.statements),
        statements=signals.statements,
        license=finding,
        wanted=_wanted(signals, usage, leaves),
        wanted_pages=_wanted_pages(signals, usage, leaves),
        crawl_delay=signals.crawl_delay,
        retry_after=_retry_after(signals),
        disagreements=signals.disagreements,
    )


def _page_of(
    exchange: Exchange | None,
) -> tuple[Page | None, Markup | Unparseable | None]:
    if exchange is None:
        return None, None
    markup = read(exchange) if _is_whole(exchange) else None
    known = markup if isinstance(markup, Markup) else None
    return Page(exchange=exchange, markup=known), markup


_BY_LICENSE: Final = frozenset({Reason.LICENSE_ADMITS, Reason.LICENSE_STATED_FOR_SITE})


def _finding(page: Page | None, *, is_thorough: bool) -> LicenseFinding | None:
    """Return what an answer declares of its license; a feed does, and is no page."""
    if page is None:
        return None
    if page.markup is not None:
        return classify.find(page.markup, page.exchange, is_thorough=is_thorough)
    return classify.license_of(page.exchange) if _is_whole(page.exchange) else None


def _is_settled(by_consent: Decision | None) -> bool:
    """Say whether use is refused or agreed on, so that no license can change it."""
    return by_consent is not None and by_consent.verdict is not Verdict.HOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leave:
    """Whether a page that states the license of its site may be asked for.

    ``wanted`` are policy files that come first; ``barred`` is what keeps us from it.
    """

    wanted: tuple[str, ...] = ()
    barred: tuple[Evidence, ...] = ()


def _unread(
    said: Iterable[SiteStatement],
    known: Exchanges,
    *,
    page: Page | None,
    finding: LicenseFinding | None,
) -> list[str]:
    """Return the pages that are still to be read for the license of the site.

    They are asked for before the page itself, and after it only where it states nothing.
    """
    is_silent = finding is not None and statement.counts(finding)
    is_open = page is None or (page.markup is not None and is_silent)
    places = (each.evidence_url for each in said) if is_open else ()
    return [place for place in places if place not in known]


def _leave_for(place: str, known: Exchanges, policy: Policy) -> _Leave:
    signals = gather(place, known, None, policy=policy)
    if isinstance(signals.retrieval, NotAsked):
        return _Leave(wanted=(signals.retrieval.url,))
    acquisition = consent.decide_acquisition(signals, None, policy=policy)
    is_admitted = acquisition.verdict is Verdict.ADMIT
    return _Leave(wanted=signals.wanted, barred=() if is_admitted else acquisition.evidence)


def _for_site(
    finding: LicenseFinding | None,
    said: Sequence[SiteStatement],
    *,
    page: Page | None,
    known: Exchanges,
    leaves: Mapping[str, _Leave],
) -> LicenseFinding | None:
    if finding is None or page is None or page.markup is None:
        return finding
    return statement.conclude(
        finding,
        said,
        page=statement.Page(exchange=page.exchange, markup=page.markup),
        exchanges=known,
        barred={place: leave.barred for place, leave in leaves.items()},
    )


def _retry_after(signals: Signals) -> float | None:
    found = signals.retrieval
    return found.retry_after if isinstance(found, Unreachable) else None


def _wanted(
    signals: Signals, usage: Decision, leaves: Mapping[str, _Leave]
) -> tuple[str, ...]:
    if isinstance(signals.retrieval, NotAsked):
        return (signals.retrieval.url,)
    # What is refused already needs no further asking: each file is a cost to the host.
    if _is_refused(usage):
        return ()
    first = (one for leave in leaves.values() if not leave.barred for one in leave.wanted)
    return tuple(dict.fromkeys((*signals.wanted, *first)))


def _wanted_pages(
    signals: Signals, usage: Decision, leaves: Mapping[str, _Leave]
) -> tuple[str, ...]:
    if _is_refused(usage) or signals.wanted:
        # A policy file that was not read yet may make the asking needless.
        return ()
    return tuple(
        place for place, leave in leaves.items() if not leave.wanted and not leave.barred
    )


def _is_refused(usage: Decision) -> bool:
    return usage.verdict is Verdict.REFUSE and usage.reason is not Reason.NOT_CAPTURED


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
        wanted_pages=tuple(dict.fromkeys((*first.wanted_pages, *final.wanted_pages))),
    )


def _target_of(url: str, exchanges: Exchanges) -> str | None:
    exchange = exchanges.get(url)
    if exchange is None or exchange.status not in _REDIRECTS:
        return None
    location = exchange.header("location")
    target = join(url, location) if location else None
    is_downgrade = url.startswith("https:") and (target or "").startswith("http:")
    return None if is_downgrade else target


def _perishable(url: str, said: Iterable[SiteStatement]) -> frozenset[str]:
    """Return whose exchanges may grow too old: robots.txt, and pages that state a license.

    Not the URL itself, whose answer is what is judged.
    """
    places = {each.evidence_url for each in said}
    robots = {robots_url_of(one) for one in (url, *places)}
    return frozenset(one for one in robots | places if one is not None and one != url)


def _is_whole(exchange: Exchange) -> bool:
    return exchange.status == _OK and exchange.error is None


def _refuse(reason: Reason, *evidence: Evidence) -> Decision:
    return Decision(
        stage=Stage.USAGE, verdict=Verdict.REFUSE, reason=reason, evidence=evidence
    )


class _Fresh(Mapping[str, Exchange]):
    """Exchanges without those that have grown too old to be believed."""

    def __init__(
        self, exchanges: Exchanges, perishable: Collection[str], *, now: datetime
    ) -> None:
        self._exchanges = exchanges
        self._perishable = perishable
        self._now = now

    def __getitem__(self, url: str) -> Exchange:
        exchange = self._exchanges[url]
        read_at = exchange.read_at if url in self._perishable else None
        if read_at is not None and self._now - read_at > MAX_AGE:
            raise KeyError(url)
        return exchange

    def __iter__(self) -> Iterator[str]:
        return (url for url in self._exchanges if url in self)

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
