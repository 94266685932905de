"""Plan: what the policy files of each host would allow, and what a crawl would cost it."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urljoin

from pipeline.consent import crawlers
from pipeline.license import proposal
from pipeline.license.proposal import Proposal
from pipeline.manifest import Manifest
from pipeline.markup import Markup, read
from pipeline.publish.terminal import visible
from pipeline.publish.words import in_words
from pipeline.url import normalise
from pipeline.vocab import Verdict
from spiders.ask import Answer, Caller, Question, ask
from spiders.crawl import listed, manner_of
from spiders.desk import is_admitted
from spiders.diary import Diary
from spiders.frontier import host_of
from spiders.offline import require_leave
from spiders.reach import Reach
from spiders.reception import links_of


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPlan:
    """One host: the URLs the manifest names on it, and what may be asked of it."""

    host: str
    answers: tuple[Answer, ...]
    policy_requests: int
    delay: float
    most_pages: int
    read: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    @property
    def admitted(self) -> int:
        """How many of the named URLs may be asked for."""
        return sum(1 for a in self.answers if a.judgement and is_admitted(a.judgement))

    @property
    def most_seconds(self) -> float:
        """How long a crawl of it takes at most, by its pauses alone."""
        return (self.most_pages + self.policy_requests) * self.delay


def plan(
    manifest: Manifest, *, root: Path, reach: Reach, folder: Path, statements: bool = False
) -> list[HostPlan]:
    """Ask each host's policy files; decisions go to ``plan.jsonl``.

    No page is fetched but for ``statements``: then one that is named of each host, and
    those that it links as the site's license, are read for a sentence that states one.
    """
    require_leave(manifest, reach)
    urls = _named(manifest, root)
    firsts = _firsts(manifest, urls) if statements else []
    diary = Diary(folder / "plan.jsonl")
    policy = manifest.policy(crawlers.training_tokens(crawlers.load()))
    caller = Caller(
        # What the manifest asserts already is not read here: a plan asks for policy files.
        policy=replace(policy, statements=()),
        manner=manner_of(manifest),
        reach=reach,
    )
    asked = [Question(url=url, fetch=False) for url in urls]
    asked += [Question(url=url, fetch=True) for url in firsts]
    try:
        answers = ask(asked, caller, diary, further=partial(_further, frozenset(firsts)))
    finally:
        diary.close()
    named, looked_at = answers[: len(urls)], answers[len(urls) :]
    return [
        _with_proposals(_host_plan(host, named, diary=diary, manifest=manifest), looked_at)
        for host in dict.fromkeys(host_of(url) for url in urls)
    ]


def as_json(plans: Sequence[HostPlan]) -> str:
    """Return the plan as a JSON array, an object for each host."""
    return json.dumps(
        [
            {
                "host": plan.host,
                "named": len(plan.answers),
                "admitted": plan.admitted,
                "policy_requests": plan.policy_requests,
                "delay": plan.delay,
                "most_pages": plan.most_pages,
                "most_seconds": plan.most_seconds,
                "urls": [_url_json(answer) for answer in plan.answers],
                "read": list(plan.read),
                "statements": [
                    {
                        "scope": [each.scope],
                        "license": each.license,
                        "evidence_url": each.evidence_url,
                        "quote": each.quote,
                    }
                    for each in plan.proposals
                ],
            }
            for plan in plans
        ],
        ensure_ascii=False,
        indent=1,
    )


def render(plans: Sequence[HostPlan]) -> str:
    """Return the plan for people."""
    lines = []
    for plan in plans:
        lines.append(
            f"{visible(plan.host)}: {plan.admitted} of {len(plan.answers)} named URLs may "
            f"be asked for; {plan.policy_requests} policy requests made; at most "
            f"{plan.most_pages} pages, {plan.delay:g} s apart, {_time(plan.most_seconds)}"
        )
        lines += [f"  {visible(a.url)}: {_reason(a)}" for a in plan.answers]
        if plan.read:
            lines.append(
                f"  pages read for a license of the site: {len(plan.read)}; sentences to "
                f"confirm: {len(plan.proposals)}"
            )
        for each in plan.proposals:
            lines += ["", *map(visible, proposal.render(each).splitlines()), ""]
    return "\n".join(lines)


def _named(manifest: Manifest, root: Path) -> list[str]:
    urls = [
        normalise(url)
        for source in manifest.sources
        for url in (*source.sitemaps, *source.feeds, *source.urls, *listed(source, root))
    ]
    return list(dict.fromkeys(urls))


def _firsts(manifest: Manifest, urls: Sequence[str]) -> list[str]:
    """Return for each host the first page that is named of it, or its front page."""
    lists = {
        normalise(one)
        for source in manifest.sources
        for one in (*source.sitemaps, *source.feeds)
    }
    firsts: dict[str, str] = {}
    for url in urls:
        firsts.setdefault(host_of(url), urljoin(url, "/") if url in lists else url)
    return list(firsts.values())


def _further(firsts: Collection[str], answer: Answer) -> list[Question]:
    markup = _markup_of(answer)
    if markup is None or answer.url not in firsts:
        return []
    followed = {
        *links_of(markup),
        *(one.href for one in markup.targets if one.tag == "link"),
    }
    return [
        Question(url=place, fetch=True)
        for place in proposal.places(markup)
        if place in followed
    ]


def _with_proposals(plan: HostPlan, looked_at: Iterable[Answer]) -> HostPlan:
    own = [a for a in looked_at if host_of(a.url) == plan.host and a.exchange is not None]
    found: dict[tuple[str | None, str], Proposal] = {}
    for each in map(_proposal_of, own):
        # A footer says the same on every page: one is enough to confirm.
        if each is not None:
            found.setdefault((each.license, each.quote), each)
    return replace(
        plan,
        policy_requests=plan.policy_requests - len(own),
        read=tuple(answer.url for answer in own),
        proposals=tuple(found.values()),
    )


def _proposal_of(answer: Answer) -> Proposal | None:
    markup = _markup_of(answer)
    if markup is None or answer.exchange is None:
        return None
    return proposal.propose(markup, answer.exchange)


def _markup_of(answer: Answer) -> Markup | None:
    exchange = answer.exchange
    if exchange is None or exchange.status != HTTPStatus.OK or exchange.error is not None:
        return None
    markup = read(exchange)
    return markup if isinstance(markup, Markup) else None


def _host_plan(
    host: str, answers: Sequence[Answer], *, diary: Diary, manifest: Manifest
) -> HostPlan:
    own = tuple(answer for answer in answers if host_of(answer.url) == host)
    delays = [a.judgement.crawl_delay or 0.0 for a in own if a.judgement]
    is_open = any(a.judgement and is_admitted(a.judgement) for a in own)
    return HostPlan(
        host=host,
        answers=own,
        policy_requests=diary.requests.get(host, 0),
        delay=max([manifest.limits.delay, *delays]),
        most_pages=manifest.limits.pages_per_host if is_open else 0,
    )


def _reason(answer: Answer) -> str:
    if answer.judgement is None:
        return visible(answer.detail)
    acquisition, usage = answer.judgement.acquisition, answer.judgement.usage
    if acquisition.verdict is not Verdict.ADMIT or usage.verdict is Verdict.REFUSE:
        decision = usage if acquisition.verdict is Verdict.ADMIT else acquisition
        return in_words(decision)
    return in_words(acquisition)


def _url_json(answer: Answer) -> dict[str, object]:
    judgement = answer.judgement
    if judgement is None:
        return {"url": answer.url, "detail": answer.detail}
    return {
        "url": answer.url,
        "admitted": is_admitted(judgement),
        "acquisition": judgement.acquisition.verdict,
        "reason": judgement.acquisition.reason,
        "usage": judgement.usage.verdict,
        "usage_reason": judgement.usage.reason,
    }


def _time(seconds: float) -> str:
    if seconds < 90:  # noqa: PLR2004  (below that, seconds read better)
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004
