"""Collect: start one visit to the web, or go on with one, and wait until it is done."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

from scrapy.crawler import AsyncCrawlerProcess, Crawler

from pipeline import archive, replay
from pipeline.archive import Stored
from pipeline.consent import crawlers
from pipeline.consent.access import LONGEST_WAIT, retry_after
from pipeline.errors import EstoversError, InputFault, UsageFault
from pipeline.intake import FileReport, Intake, Mapped, Order
from pipeline.judge import MAX_AGE
from pipeline.ledger import history
from pipeline.ledger.history import Past
from pipeline.ledger.store import Ledger
from pipeline.manifest import Manifest, Source, SourceKind
from pipeline.model import Exchange, Policy
from pipeline.taking import Taken
from pipeline.url import normalise
from pipeline.vocab import Reason, Stage
from spiders.desk import PAGE, Desk, is_admitted
from spiders.frontier import Found, Frontier, Limits, Scope, host_of
from spiders.gate import DESK, Gate, TurnedAway
from spiders.manners import MANNERS, HostWaits
from spiders.policies import Policies
from spiders.record import ARCHIVE, QUARANTINE, LedgerRecorder
from spiders.settings import CONCURRENT_REQUESTS, Manner, settings_of
from spiders.site import IMPORTS, SiteSpider
from spiders.visit import VISIT, Visit
from spiders.wire import REACH, Reach

_PROGRESS_EVERY: Final = 0.5

Progress = Callable[[Visit], None]
"""Called twice a second with the visit, for progress bars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a crawl is started with. ``root`` is the folder that file paths start from."""

    manifest: Manifest
    folder: Path
    root: Path
    software: str
    run: int
    reach: Reach = field(default_factory=Reach)
    recrawl: bool = False
    mapped: Mapped = map


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """How a run of collect ended: an outcome word, and counts of how URLs ended."""

    outcome: str
    counts: dict[str, int]
    hosts: dict[str, dict[str, int]]
    adopted: int
    files: tuple[FileReport, ...] = ()


def collect(job: Job, ledger: Ledger, *, progress: Progress | None = None) -> Collected:
    """Fetch what the manifest asks for and consent allows, until nothing is left.

    Goes on where an earlier run stopped, however it stopped. Raises UsageFault where the
    manifest may not crawl the live web, ArchiveFault where the disk takes no more.
    """
    require_leave(job.manifest, job.reach)
    policy = job.manifest.policy(crawlers.training_tokens(crawlers.load()))
    if job.manifest.is_offline:
        return _collect_offline(job, ledger, policy=policy)
    recorder = LedgerRecorder(
        ledger, job.folder, run=job.run, software=job.software, clock=job.reach.clock
    )
    try:
        visit, adopted = _open_visit(job, ledger, recorder, policy=policy)
        order = _order_of(job, recorder.visit, policy=policy)
        with closing(Intake(order, ledger, adopted=adopted.taken)) as intake:
            _take_in_offline(job, intake)
            imports = partial(_take_in_warcs, job, visit, intake=intake)
            _crawl(job, visit, imports=imports, progress=progress)
        outcome = _outcome_of(visit)
    finally:
        recorder.close()
    if isinstance(visit.stopped, EstoversError):
        raise visit.stopped
    if visit.stopped is not None:
        raise RuntimeError("the crawl broke off") from visit.stopped
    found = intake.report
    return Collected(
        outcome=outcome,
        counts=dict(Counter(visit.counts) + found.counts),
        hosts={
            host: dict(Counter(visit.hosts.get(host, {})) + found.hosts[host])
            for host in sorted({*visit.hosts, *found.hosts})
        },
        adopted=adopted.count,
        files=tuple(found.files),
    )


def _collect_offline(job: Job, ledger: Ledger, *, policy: Policy) -> Collected:
    """Take in WARC files alone: no reactor is started, and nobody is asked."""
    last = ledger.last("visit")
    visit = last + 1 if job.recrawl or not last else last
    adopted = _adopt(job, ledger, None)
    order = _order_of(job, visit, policy=policy)
    with closing(Intake(order, ledger, adopted=adopted.taken)) as intake:
        _take_in_offline(job, intake)
    found = intake.report
    return Collected(
        outcome="complete",
        counts=dict(found.counts),
        hosts={host: dict(ends) for host, ends in sorted(found.hosts.items())},
        adopted=len(adopted.taken),
        files=tuple(found.files),
    )


def _order_of(job: Job, visit: int, *, policy: Policy) -> Order:
    return Order(
        folder=job.folder,
        root=job.root,
        software=job.software,
        run=job.run,
        visit=visit,
        policy=policy,
        most_bytes=job.manifest.limits.bytes_per_page,
        clock=job.reach.clock,
        mapped=job.mapped,
    )


def _take_in_offline(job: Job, intake: Intake) -> None:
    for number, source in enumerate(job.manifest.sources):
        if source.is_offline:
            intake.take_in(number, source)


def require_leave(manifest: Manifest, reach: Reach) -> None:
    """Raise UsageFault where a manifest may not ask hosts of the live web.

    One that is made of archived files alone asks none.
    """
    is_closed = reach.served or manifest.is_offline
    obstacles = () if is_closed else manifest.live_obstacles
    if obstacles:
        raise UsageFault(
            "The crawl does not start: " + " ".join(obstacles) + " (To try a manifest "
            "without the live web, serve a folder with --web.)"
        )


def manner_of(manifest: Manifest) -> Manner:
    """Return who asks, and how, as a manifest says it."""
    limits = manifest.limits
    return Manner(
        user_agent=manifest.user_agent,
        from_address=manifest.from_address,
        delay=limits.delay,
        delay_factor=limits.delay_factor,
        timeout=limits.timeout,
        max_bytes=limits.bytes_per_page,
    )


def _open_visit(
    job: Job, ledger: Ledger, recorder: LedgerRecorder, *, policy: Policy
) -> "tuple[Visit, _Adopted]":
    last = ledger.last("visit")
    is_new = last == 0 or (job.recrawl and history.is_complete(ledger.connection, last))
    recorder.visit = last + 1 if is_new else last
    desk = Desk(policy, recorder, clock=job.reach.clock)
    scopes = [_scope_of(source, job.root) for source in job.manifest.sources]
    frontier = Frontier(scopes, _limits_of(job.manifest))
    visit = Visit(
        desk,
        recorder,
        frontier,
        patience=job.manifest.limits.patience,
        earlier=_Earlier(job.folder, history.kept_pages(ledger.connection, recorder.visit)),
    )
    visit.asked_to_wait = _waits(ledger, job.reach.clock())
    ways, ended = history.frontier_of(ledger.connection, last)
    found = [Found(**way) for way in ways]
    if is_new:
        # What was found before is looked at again, also where nothing leads to it now: a
        # page behind a link that is refused today must not stand by yesterday's answer.
        found = [one for one in found if one.kind != "warc" and _is_within(scopes, one)]
        frontier.restore(found, ())
        recorder.discovered(found)
    else:
        _lay_policies(job, ledger, desk)
        frontier.restore(found, ended)
        frontier.spend(history.spent(ledger.connection, last))
    adopted = _adopt(job, ledger, visit)
    _add_seeds(job, visit)
    recorder.flush()
    return visit, adopted


def _lay_policies(job: Job, ledger: Ledger, desk: Desk) -> None:
    """Lay the policy files of this visit on the desk; a new visit asks for them anew."""
    since = job.reach.clock() - MAX_AGE
    for past in history.policies(ledger.connection, ledger.last("visit"), since=since):
        desk.lay(replay.exchange_of(job.folder, past), past.number)


def _waits(ledger: Ledger, now: datetime) -> dict[str, float]:
    """Return for how many seconds hosts have still to be left alone, as they have asked."""
    waits: dict[str, float] = {}
    for past in history.back_offs(ledger.connection, now - timedelta(seconds=LONGEST_WAIT)):
        asked = retry_after(replay.answer_of(past)) or 0.0
        seconds = asked - (now - past.read_at).total_seconds()
        host = host_of(past.url)
        if seconds > waits.get(host, 0.0):
            waits[host] = seconds
    return waits


def _is_within(scopes: list[Scope], found: Found) -> bool:
    return found.source < len(scopes) and scopes[found.source].takes_in(found.url)


class _Earlier:
    """The pages that earlier visits kept, for conditional requests."""

    def __init__(self, folder: Path, kept: Iterable[Past]) -> None:
        self._folder = folder
        self._kept = {past.url: past for past in kept}

    def conditions(self, url: str) -> dict[str, str]:
        """Return the headers that make a request conditional (RFC 9110 section 13.1)."""
        past = self._kept.get(url)
        if past is None:
            return {}
        named = {"If-None-Match": past.etag, "If-Modified-Since": past.last_modified}
        return {name: value for name, value in named.items() if value}

    def page(self, url: str) -> tuple[Exchange, int] | None:
        """Return the kept page and its number."""
        past = self._kept.get(url)
        return (replay.exchange_of(self._folder, past), past.number) if past else None


def _scope_of(source: Source, root: Path) -> Scope:
    return Scope(
        hosts=source.hosts(listed(source, root)),
        paths=tuple(source.scope.paths),
        depth=source.link_depth,
    )


def _limits_of(manifest: Manifest) -> Limits:
    limits = manifest.limits
    return Limits(
        pages=limits.pages,
        pages_per_host=limits.pages_per_host,
        payload_bytes=limits.bytes,
        bytes_per_host=limits.bytes_per_host,
        bytes_per_page=limits.bytes_per_page,
        hosts=limits.concurrency,
        window=CONCURRENT_REQUESTS,
    )


def listed(source: Source, root: Path) -> list[str]:
    """Return the URLs of a source's list; raise InputFault that names a bad line."""
    if source.url_list is None:
        return []
    path = root / source.url_list
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputFault(
            f"{path}: the list of URLs cannot be read ({error}). Name a text file in UTF-8 "
            "with a URL on each line."
        ) from error
    urls = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            urls.append(normalise(text))
        except ValueError as error:
            raise InputFault(
                f"{path}, line {number}: not a URL to ask for: {error}. Correct the line."
            ) from error
    return urls


def _add_seeds(job: Job, visit: Visit) -> None:
    for number, source in enumerate(job.manifest.sources):
        for one in source.sitemaps:
            visit.discover(normalise(one), via=None, kind="sitemap-seed", source=number)
        for one in source.feeds:
            visit.discover(normalise(one), via=None, kind="feed-seed", source=number)
        for one in (*source.urls, *listed(source, job.root)):
            visit.discover(normalise(one), via=None, kind="seed", source=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Adopted:
    """What was archived and not written down: answers taken in, and records of files."""

    count: int
    taken: list[tuple[str, Stored]]


def _adopt(job: Job, ledger: Ledger, visit: Visit | None) -> _Adopted:
    """Take in what an earlier run archived and was killed before it wrote it down.

    What had come from a file waits for the file, which is read again.
    """
    count = 0
    taken: list[tuple[str, Stored]] = []
    for store in (ARCHIVE, QUARANTINE):
        for path in archive.files(job.folder / store):
            start = history.known_end(ledger.connection, store, path.name)
            archive.repair(path, start=start)
            for stored in archive.scan(path, start=start):
                if stored.origin:
                    taken.append((store, stored))
                elif visit is not None:
                    count += visit.adopt(stored)
    return _Adopted(count=count, taken=taken)


async def _take_in_warcs(
    job: Job, visit: Visit, crawler: Crawler, *, intake: Intake
) -> None:
    """Take in pages whose hosts are asked for their policy files of today."""
    gate = crawler.get_downloader_middleware(Gate)
    if gate is None:
        raise RuntimeError("the gate is not in place")
    for number, source in enumerate(job.manifest.sources):
        if source.kind is SourceKind.WARC and not source.is_offline:
            for one in intake.pages(number, source):
                await _take_in(one, _Desk(visit, intake, gate.policies), source=number)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who has a word where a page of a file is taken in."""

    visit: Visit
    intake: Intake
    policies: Policies


async def _take_in(one: Taken, desk: _Desk, *, source: int) -> None:
    """Take a page in where both the archived policy files and those of today permit it."""
    visit, policies, url = desk.visit, desk.policies, one.ending.url
    if one.status != HTTPStatus.OK or not visit.claim(url, source=source):
        return
    if one.ending.outcome == "refused" or one.capture is None:
        desk.intake.settle(one, source=source)
        visit.settled(one.ending)
        return
    is_held = (
        one.ending.outcome == "held" and one.ending.reason != Reason.POLICY_NOT_ARCHIVED
    )
    try:
        judgement = await policies.judgement_of(url)
    except HostWaits as waits:
        visit.waits(url, waits.seconds)
        return
    if is_admitted(judgement):
        visit.desk.decide(judgement, Stage.ACQUISITION)
        if is_held:
            desk.intake.settle(one, source=source)
            visit.settled(one.ending)
            return
        examined = await policies.examination_of(one.capture)
        number = visit.received(examined.capture, kind=PAGE, examined=examined)
        desk.intake.note(one, number)
    else:
        visit.turned_away(TurnedAway(visit.desk.turn_away(judgement), judgement))


def _crawl(
    job: Job,
    visit: Visit,
    *,
    imports: Callable[[Crawler], Awaitable[None]],
    progress: Progress | None,
) -> None:
    process = AsyncCrawlerProcess(settings_of(manner_of(job.manifest)))
    crawler = process.create_crawler(SiteSpider)
    DESK.put(crawler, visit.desk)
    VISIT.put(crawler, visit)
    REACH.put(crawler, job.reach)
    IMPORTS.put(crawler, imports)
    for host, seconds in visit.asked_to_wait.items():
        MANNERS.of(crawler).back_off(host, seconds)
    task = process.crawl(crawler)
    task.add_done_callback(partial(_note_fault, visit))
    loop = asyncio.get_event_loop()
    report = loop.create_task(_report(visit, progress)) if progress else None
    process.start()
    if report is not None:
        report.cancel()


def _note_fault(visit: Visit, done: "asyncio.Task[None]") -> None:
    if not done.cancelled() and done.exception() is not None:
        visit.stopped = visit.stopped or done.exception()


async def _report(visit: Visit, progress: Progress) -> None:
    while True:
        progress(visit)
        await asyncio.sleep(_PROGRESS_EVERY)


def _outcome_of(visit: Visit) -> str:
    if visit.stopped is not None or visit.interrupted:
        return "stopped"
    if any(state.closed for state in visit.frontier.hosts.values()):
        return "waiting"
    if any(True for _ in visit.frontier.waiting()):
        return "limited"
    return "waiting" if visit.counts.get("deferred") else "complete"
