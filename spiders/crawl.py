"""Collect: start one visit to the web, or go on with one, and wait until it is done."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

from scrapy.crawler import AsyncCrawlerProcess, Crawler

from pipeline import replay
from pipeline.archive import Stored
from pipeline.consent.access import LONGEST_WAIT, retry_after
from pipeline.errors import EstoversError, InputFault
from pipeline.intake import Intake
from pipeline.judge import MAX_AGE
from pipeline.ledger import history
from pipeline.ledger.store import Ledger
from pipeline.manifest import Manifest, Source, SourceKind
from pipeline.model import Exchange, Policy
from pipeline.rules import policy_of
from pipeline.taking import Taken
from pipeline.url import normalise
from pipeline.vocab import Reason, Stage
from spiders import offline, share
from spiders.book import Known
from spiders.desk import PAGE, POLICY, Desk, is_admitted
from spiders.earlier import Earlier
from spiders.frontier import Found, Frontier, Limits, Scope, host_of
from spiders.gate import DESK, Gate
from spiders.manners import MANNERS, HostWaits
from spiders.offline import Collected, Job, require_leave
from spiders.policies import Policies
from spiders.reception import RECEPTION, Reception
from spiders.record import LedgerRecorder
from spiders.settings import CONCURRENT_REQUESTS, Manner, settings_of
from spiders.site import IMPORTS, SiteSpider
from spiders.visit import VISIT, Visit
from spiders.wire import REACH
from spiders.worker import Task

_PROGRESS_EVERY: Final = 0.5

Progress = Callable[[Visit], None]
"""Called twice a second with the visit, for progress bars."""


def collect(job: Job, ledger: Ledger, *, progress: Progress | None = None) -> Collected:
    """Fetch what the manifest asks for and consent allows, until nothing is left.

    Goes on where an earlier run stopped, however it stopped. Raises UsageFault where the
    manifest may not crawl the live web, ArchiveFault where the disk takes no more.
    """
    require_leave(job.manifest, job.reach)
    policy = policy_of(job.manifest)
    recorder = LedgerRecorder(
        ledger, job.folder, run=job.run, software=job.software, clock=job.reach.clock
    )
    try:
        opened, adopted = _open_visit(job, ledger, recorder, policy=policy)
        visit = opened.visit
        order = offline.order_of(job, recorder.visit, policy=policy)
        with closing(Intake(order, ledger, adopted=adopted.taken)) as intake:
            offline.take_in(job, intake)
            _ask_hosts(job, ledger, opened, intake=intake, progress=progress)
        outcome = _outcome_of(visit)
    finally:
        recorder.close()
    if isinstance(visit.stopped, EstoversError | KeyboardInterrupt):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A visit as a run begins or goes on with it, and who takes in what comes of it."""

    visit: Visit
    desk: Desk
    reception: Reception
    recorder: LedgerRecorder
    policy: Policy
    workers: int


def _open_visit(
    job: Job, ledger: Ledger, recorder: LedgerRecorder, *, policy: Policy
) -> "tuple[_Opened, _Adopted]":
    last = ledger.last("visit")
    is_new = last == 0 or (job.recrawl and history.is_complete(ledger.connection, last))
    recorder.visit = last + 1 if is_new else last
    desk = Desk(policy, recorder, clock=job.reach.clock)
    scopes = [_scope_of(source, job.root) for source in job.manifest.sources]
    workers = _workers(job, scopes)
    frontier = Frontier(scopes, _limits_of(job.manifest, workers=workers))
    earlier = Earlier(job.folder, history.kept_pages(ledger.connection, recorder.visit))
    visit = Visit(
        recorder,
        frontier,
        patience=job.manifest.limits.patience,
        earlier=earlier,
        clock=job.reach.clock,
    )
    reception = Reception(desk, visit, earlier)
    opened = _Opened(
        visit=visit,
        desk=desk,
        reception=reception,
        recorder=recorder,
        policy=policy,
        workers=workers,
    )
    visit.asked_to_wait = _waits(ledger, job.reach.clock())
    _restore(job, ledger, opened, last=last, scopes=scopes)
    adopted = _adopt(job, ledger, opened)
    for number, source in enumerate(job.manifest.sources):
        for url, kind in _seeds_of(source, job.root):
            visit.discover(url, via=None, kind=kind, source=number)
            _flush_when_full(recorder)
    recorder.flush()
    return opened, adopted


def _restore(
    job: Job, ledger: Ledger, opened: _Opened, *, last: int, scopes: list[Scope]
) -> None:
    """Set the state of a visit that goes on with the last one, or comes after it."""
    frontier, recorder = opened.visit.frontier, opened.recorder
    ways, ended = history.frontier_of(ledger.connection, last)
    found = [Found(**way) for way in ways]
    if recorder.visit != last:
        # What was found before is looked at again, also where nothing leads to it now: a
        # page behind a link that is refused today must not stand by yesterday's answer.
        found = [one for one in found if one.kind != "warc" and _is_within(scopes, one)]
        frontier.restore(found, ())
        recorder.discovered(found)
    else:
        for exchange, number in _policies_of(job, ledger, visit=last):
            opened.desk.lay(exchange, number)
        frontier.restore(found, ended)
        frontier.spend(history.spent(ledger.connection, last))


def _policies_of(job: Job, ledger: Ledger, *, visit: int) -> Iterator[tuple[Exchange, int]]:
    """Yield the policy files of a visit; a new visit asks for them anew."""
    since = job.reach.clock() - MAX_AGE
    for past in history.policies(ledger.connection, visit, since=since):
        yield replay.exchange_of(job.folder, past), past.number


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


def _scope_of(source: Source, root: Path) -> Scope:
    return Scope(
        hosts=source.hosts(listed(source, root)),
        paths=tuple(source.scope.paths),
        depth=source.link_depth,
    )


def _limits_of(manifest: Manifest, *, workers: int) -> Limits:
    limits = manifest.limits
    return Limits(
        pages=limits.pages,
        pages_per_host=limits.pages_per_host,
        payload_bytes=limits.bytes,
        bytes_per_host=limits.bytes_per_host,
        bytes_per_page=limits.bytes_per_page,
        hosts=limits.concurrency,
        window=CONCURRENT_REQUESTS * workers,
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


def _seeds_of(source: Source, root: Path) -> Iterator[tuple[str, str]]:
    """Yield the URLs that a source names, each with the kind of way that it is."""
    for one in source.sitemaps:
        yield normalise(one), "sitemap-seed"
    for one in source.feeds:
        yield normalise(one), "feed-seed"
    for one in (*source.urls, *listed(source, root)):
        yield normalise(one), "seed"


def _flush_when_full(recorder: LedgerRecorder) -> None:
    if recorder.is_full:
        recorder.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Adopted:
    """What was archived and not written down: answers taken in, and records of files."""

    count: int
    taken: list[tuple[str, Stored]]


def _adopt(job: Job, ledger: Ledger, opened: _Opened) -> _Adopted:
    count = 0
    taken: list[tuple[str, Stored]] = []
    for store, stored in offline.beyond(ledger, job.folder):
        if stored.origin:
            taken.append((store, stored))
        elif _is_still_open(stored, opened.visit):
            opened.reception.adopt(stored)
            _flush_when_full(opened.recorder)
            count += 1
    return _Adopted(count=count, taken=taken)


def _is_still_open(stored: Stored, visit: Visit) -> bool:
    """Say whether a record is a policy file's, or of a URL that is claimed for it."""
    return stored.kind == POLICY or visit.frontier.claim(stored.capture.url)


async def _take_in_warcs(
    job: Job, opened: _Opened, crawler: Crawler, *, intake: Intake
) -> None:
    """Take in pages whose hosts are asked for their policy files of today."""
    gate = crawler.get_downloader_middleware(Gate)
    if gate is None:
        raise RuntimeError("the gate is not in place")
    for number, source in enumerate(job.manifest.sources):
        if source.kind is SourceKind.WARC and not source.is_offline:
            for one in intake.pages(number, source):
                await _take_in(one, _Takers(opened, intake, gate.policies), source=number)


@dataclass(frozen=True, slots=True)
class _Takers:
    """Who has a word where a page of a file is taken in."""

    opened: _Opened
    intake: Intake
    policies: Policies


async def _take_in(one: Taken, takers: _Takers, *, source: int) -> None:
    """Take a page in where both the archived policy files and those of today permit it."""
    opened, policies, url = takers.opened, takers.policies, one.ending.url
    visit, desk = opened.visit, opened.desk
    if one.status != HTTPStatus.OK or not visit.claim(url, source=source):
        return
    if one.ending.outcome == "refused" or one.capture is None:
        takers.intake.settle(one, source=source)
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
        desk.decide(judgement, Stage.ACQUISITION)
        if is_held:
            takers.intake.settle(one, source=source)
            visit.settled(one.ending)
            return
        examined = await policies.examination_of(one.capture)
        number = opened.reception.received(examined.capture, kind=PAGE, examined=examined)
        takers.intake.note(one, number)
    else:
        visit.settled(desk.turn_away(judgement))


def _ask_hosts(
    job: Job,
    ledger: Ledger,
    opened: _Opened,
    *,
    intake: Intake,
    progress: Progress | None,
) -> None:
    """Ask hosts until nothing is left: by this process, or by workers that share them."""
    if opened.workers > 1 and job.engine is not None:
        order = share.Order(
            visit=opened.visit,
            recorder=opened.recorder,
            task=_task_of(job, opened),
            known=partial(_known, job, ledger, opened),
            progress=progress,
        )
        share.crawl(order, job.engine, workers=opened.workers)
    else:
        imports = partial(_take_in_warcs, job, opened, intake=intake)
        _crawl(job, opened, imports=imports, progress=progress)


def _known(job: Job, ledger: Ledger, opened: _Opened) -> Known:
    """Return what is known of hosts by what is written down."""
    opened.recorder.flush()
    visit = opened.recorder.visit
    return Known(
        policies=tuple(_policies_of(job, ledger, visit=visit)),
        waits=_waits(ledger, job.reach.clock()),
    )


def _workers(job: Job, scopes: Iterable[Scope]) -> int:
    """Return over how many workers hosts are shared: never more than there are hosts.

    Pages of files whose hosts are asked are taken in by the process that reads the files,
    which then asks all hosts.
    """
    sources = job.manifest.sources
    asks_for_files = any(s.kind is SourceKind.WARC and not s.is_offline for s in sources)
    if job.engine is None or asks_for_files:
        return 1
    hosts = {host for scope in scopes for host in scope.hosts}
    return min(len(hosts), job.engine.processes()) if len(hosts) > 1 else 1


def _task_of(job: Job, opened: _Opened) -> Task:
    return Task(
        manner=manner_of(job.manifest),
        policy=opened.policy,
        reach=job.reach,
        folder=job.folder.absolute(),
    )


def _crawl(
    job: Job,
    opened: _Opened,
    *,
    imports: Callable[[Crawler], Awaitable[None]],
    progress: Progress | None,
) -> None:
    visit = opened.visit
    process = AsyncCrawlerProcess(settings_of(manner_of(job.manifest)))
    crawler = process.create_crawler(SiteSpider)
    DESK.put(crawler, opened.desk)
    VISIT.put(crawler, visit)
    RECEPTION.put(crawler, opened.reception)
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
