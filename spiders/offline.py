"""Collect from archived files alone: no reactor is started, and nobody is asked.

What asks hosts takes a third of a second to import, and is not imported here.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import archive
from pipeline.archive import ARCHIVE, QUARANTINE, Stored
from pipeline.engine import Engine
from pipeline.errors import UsageFault
from pipeline.intake import FileReport, Intake, Mapped, Order
from pipeline.ledger import history
from pipeline.ledger.store import Ledger
from pipeline.manifest import Manifest
from pipeline.model import Policy
from pipeline.rules import policy_of
from spiders.reach import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a run of collect is started with. ``root`` is what file paths start from.

    ``engine`` is whose workers share the hosts, None where this process asks them all.
    """

    manifest: Manifest
    folder: Path
    root: Path
    software: str
    run: int
    reach: Reach = field(default_factory=Reach)
    recrawl: bool = False
    mapped: Mapped = map
    engine: Engine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """How a run of collect ended: an outcome word, and counts of how URLs ended."""

    outcome: str
    counts: dict[str, int]
    hosts: dict[str, dict[str, int]]
    adopted: int
    files: tuple[FileReport, ...] = ()


def collect(job: Job, ledger: Ledger) -> Collected:
    """Take in the WARC files of a manifest.

    Raises InputFault for a file of which nothing can be read, ArchiveFault where the disk
    takes no more.
    """
    last = ledger.last("visit")
    visit = last + 1 if job.recrawl or not last else last
    taken = [(store, one) for store, one in beyond(ledger, job.folder) if one.origin]
    order = order_of(job, visit, policy=policy_of(job.manifest))
    with closing(Intake(order, ledger, adopted=taken)) as intake:
        take_in(job, intake)
    found = intake.report
    return Collected(
        outcome="complete",
        counts=dict(found.counts),
        hosts={host: dict(ends) for host, ends in sorted(found.hosts.items())},
        adopted=len(taken),
        files=tuple(found.files),
    )


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


def beyond(ledger: Ledger, folder: Path) -> Iterator[tuple[str, Stored]]:
    """Yield what an earlier run archived and was killed before it wrote it down.

    What had come from a file waits for the file, which is read again.
    """
    for store in (ARCHIVE, QUARANTINE):
        for path in archive.files(folder / store):
            start = history.known_end(ledger.connection, store, path.name)
            archive.repair(path, start=start)
            for stored in archive.scan(path, start=start):
                yield store, stored


def order_of(job: Job, visit: int, *, policy: Policy) -> Order:
    """Return what an intake of this run is started with."""
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


def take_in(job: Job, intake: Intake) -> None:
    """Take in the files whose pages are judged by what was archived with them."""
    for number, source in enumerate(job.manifest.sources):
        if source.is_offline:
            intake.take_in(number, source)
