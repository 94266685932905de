"""Plan: what the policy files of each host would allow, and what a crawl would cost it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.consent import crawlers
from pipeline.manifest import Manifest
from pipeline.publish.terminal import visible
from pipeline.publish.words import in_words
from pipeline.url import normalise
from pipeline.vocab import Verdict
from spiders.ask import Answer, Caller, ask
from spiders.crawl import listed, manner_of, require_leave
from spiders.desk import is_admitted
from spiders.diary import Diary
from spiders.frontier import host_of
from spiders.wire import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPlan:
    """One host: the URLs the manifest names on it, and what may be asked of it."""

    host: str
    answers: tuple[Answer, ...]
    policy_requests: int
    delay: float
    most_pages: int

    @property
    def admitted(self) -> int:
        """How many of the named URLs may be asked for."""
        return sum(1 for a in self.answers if a.judgement and is_admitted(a.judgement))

    @property
    def most_seconds(self) -> float:
        """How long a crawl of it takes at most, by its pauses alone."""
        return (self.most_pages + self.policy_requests) * self.delay


def plan(manifest: Manifest, *, root: Path, reach: Reach, folder: Path) -> list[HostPlan]:
    """Ask each host's policy files; no page is fetched. Decisions go to ``plan.jsonl``."""
    require_leave(manifest, reach)
    urls = _named(manifest, root)
    diary = Diary(folder / "plan.jsonl")
    caller = Caller(
        policy=manifest.policy(crawlers.training_tokens(crawlers.load())),
        manner=manner_of(manifest),
        reach=reach,
    )
    try:
        answers = ask(urls, caller, diary, fetch=False)
    finally:
        diary.close()
    return [
        _host_plan(host, answers, diary=diary, manifest=manifest)
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
    return "\n".join(lines)


def _named(manifest: Manifest, root: Path) -> list[str]:
    urls = [
        normalise(url)
        for source in manifest.sources
        for url in (*source.sitemaps, *source.urls, *listed(source, root))
    ]
    return list(dict.fromkeys(urls))


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
