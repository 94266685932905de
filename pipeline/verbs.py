"""The verbs that write, one after another under one lock, each a run in the ledger."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from pipeline import named
from pipeline.clock import Clock, machine
from pipeline.consent import crawlers
from pipeline.engine import Engine, open_engine
from pipeline.errors import ArchiveFault
from pipeline.ledger.rows import Run, RunEnd
from pipeline.ledger.seal import seal
from pipeline.ledger.store import Ledger
from pipeline.manifest import SOFTWARE, SOFTWARE_VERSION, Manifest, digest
from pipeline.named import NamedFile
from pipeline.rules import name_of, policy_of

if TYPE_CHECKING:
    from pipeline.build import Curated
    from pipeline.publish.attestation import Key
    from pipeline.publish.release import Published
    from spiders import offline
    from spiders.offline import Collected
    from spiders.reach import Reach

# Each verb imports its own: what one of them needs takes a second to load.

SOFTWARE_NAME: Final = f"{SOFTWARE}/{SOFTWARE_VERSION}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a verb is started with. ``root`` is the folder that file paths start from.

    ``jobs`` is on how many processes work is spread, None for one for each core;
    ``engine`` is the address of a cluster that does it instead.
    """

    manifest: Manifest
    text: str
    root: Path
    folder: Path
    recrawl: bool = False
    quiet: bool = False
    clock: Clock = machine
    key: "Key | None" = None
    datacards: Path | None = None
    strict: bool = False
    jobs: int | None = None
    engine: str | None = None


@dataclass(slots=True, kw_only=True)
class Report:
    """What the verbs that were run came to."""

    folder: Path
    collected: "Collected | None" = None
    curated: "Curated | None" = None
    published: "Published | None" = None
    documents: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return the report as one JSON object."""
        return json.dumps(
            {
                "folder": str(self.folder),
                "outcome": self.collected.outcome if self.collected else None,
                "pages": self.collected.counts if self.collected else None,
                "hosts": self.collected.hosts if self.collected else None,
                "files": [one.as_json() for one in self.collected.files]
                if self.collected
                else None,
                "documents": self.documents,
                "drops": self.curated.drops if self.curated else None,
                "release": self.curated.release if self.curated else None,
                "seconds": {k: round(v, 2) for k, v in self.seconds.items()},
            }
        )

    def render(self) -> str:
        """Return the report for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.collected is not None:
            yield from _collected_lines(self.collected, self.seconds.get("collect", 0.0))
        if self.curated is not None:
            yield (
                f"curated    {self.curated.documents} documents, "
                f"{self.curated.drops} dropped ({self.seconds.get('curate', 0.0):.1f} s)"
            )
        if self.published is not None:
            yield f"published  {self.folder}/dataset"
            yield f"           {self.folder}/card/README.md"
            if self.published.version_asked:
                least = self.published.version_asked
                yield f"           the data changed: raise the version to {least} or more"


def build(job: Job, *, reach: "Reach") -> Report:
    """Collect, curate and publish."""
    from spiders.offline import require_leave  # noqa: PLC0415

    require_leave(job.manifest, reach)
    against = _named(job)
    report = Report(folder=job.folder)
    with _opened(job) as ledger, open_engine(job.engine, jobs=job.jobs) as engine:
        _collect(job, ledger, report, reach=reach, engine=engine)
        _curate(job, ledger, report, engine=engine, against=against)
        _publish(job, ledger, report)
    seal(job.folder)
    return report


def collect_only(job: Job, *, reach: "Reach") -> Report:
    """Fetch what the manifest asks for and consent allows."""
    from spiders.offline import require_leave  # noqa: PLC0415

    require_leave(job.manifest, reach)
    report = Report(folder=job.folder)
    with _opened(job) as ledger, open_engine(job.engine, jobs=job.jobs) as engine:
        _collect(job, ledger, report, reach=reach, engine=engine)
    return report


def curate_only(job: Job) -> Report:
    """Judge the archive again and make documents of what may be used."""
    against = _named(job)
    report = Report(folder=job.folder)
    with _opened(job) as ledger, open_engine(job.engine, jobs=job.jobs) as engine:
        _curate(job, ledger, report, engine=engine, against=against)
    return report


def publish_only(job: Job) -> Report:
    """Write the newest release's dataset and card."""
    report = Report(folder=job.folder)
    with _opened(job) as ledger:
        _publish(job, ledger, report)
    seal(job.folder)
    return report


def _collect(
    job: Job, ledger: Ledger, report: Report, *, reach: "Reach", engine: Engine
) -> None:
    from spiders import offline  # noqa: PLC0415

    with _run(job, ledger, report, verb="collect") as run:
        order = offline.Job(
            manifest=job.manifest,
            folder=job.folder,
            root=job.root,
            software=SOFTWARE_NAME,
            run=run.number,
            reach=reach,
            recrawl=job.recrawl,
            mapped=engine.map,
            engine=engine if _is_shared(job) else None,
        )
        if job.manifest.is_offline:
            report.collected = offline.collect(order, ledger)
        else:
            report.collected = _crawled(order, ledger, quiet=job.quiet)
        run.outcome = report.collected.outcome
    if run.outcome == "stopped":
        raise KeyboardInterrupt


def _crawled(order: "offline.Job", ledger: Ledger, *, quiet: bool) -> "Collected":
    # What asks hosts takes a third of a second to import.
    from spiders import crawl  # noqa: PLC0415
    from spiders.progress import following  # noqa: PLC0415

    with following(order.manifest.name, quiet=quiet) as progress:
        return crawl.collect(order, ledger, progress=progress)


def _is_shared(job: Job) -> bool:
    """Say whether hosts are shared over workers: where somebody asks for workers.

    Manners bound a crawl, so that one process is enough for most.
    """
    return job.engine is not None or (job.jobs or 1) > 1


def _named(job: Job) -> tuple[NamedFile, ...]:
    """Return the texts that documents are held against, before anything is asked for."""
    return named.read(job.root, job.manifest.filters.against)


def _curate(
    job: Job,
    ledger: Ledger,
    report: Report,
    *,
    engine: Engine,
    against: Sequence[NamedFile],
) -> None:
    from pipeline.build import Order, curate  # noqa: PLC0415

    with _run(job, ledger, report, verb="curate") as run:
        # Whether an agreement has ended is asked of the day, not of the build's date.
        now = machine()
        order = Order(
            manifest=job.manifest, run=run.number, now=now, named=against, engine=engine
        )
        report.curated = curate(ledger, order)
        report.documents = report.curated.documents


def _publish(job: Job, ledger: Ledger, report: Report) -> None:
    from pipeline.publish.release import Order, copy_card, publish  # noqa: PLC0415

    with _run(job, ledger, report, verb="publish") as run:
        order = Order(manifest=job.manifest, key=job.key, strict=job.strict)
        report.published = publish(ledger, job.folder, order, run=run.number)
        report.documents = report.published.documents
        if job.datacards is not None:
            place = job.datacards / job.manifest.name / job.manifest.version
            copy_card(report.published.card, place)


@dataclass(slots=True)
class _Running:
    number: int
    outcome: str = "complete"


@contextmanager
def _run(job: Job, ledger: Ledger, report: Report, *, verb: str) -> Iterator[_Running]:
    started, since = job.clock(), monotonic()
    running = _Running(ledger.number("run"))
    tokens = list(crawlers.training_tokens(crawlers.load()))
    row = Run(
        run=running.number,
        verb=verb,
        started_at=started,
        software=SOFTWARE_NAME,
        manifest_digest=digest(job.text),
        manifest=job.text,
        training_tokens=tokens,
        rules=name_of(policy_of(job.manifest)),
    )
    ledger.append([row])
    ledger.commit()
    yield running
    ended = job.clock()
    ledger.append([RunEnd(running.number, ended, running.outcome)])
    ledger.commit()
    report.seconds[verb] = monotonic() - since


@contextmanager
def _opened(job: Job) -> Iterator[Ledger]:
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArchiveFault(
            f"{job.folder}: the folder cannot be made ({error.strerror}). Choose another "
            "with --out."
        ) from error
    with Ledger(job.folder) as ledger:
        yield ledger


def _collected_lines(collected: "Collected", seconds: float) -> Iterator[str]:
    counts = collected.counts
    total = ", ".join(f"{n} {word}" for word, n in sorted(counts.items())) or "nothing new"
    yield f"collected  {total} ({collected.outcome}, {seconds:.1f} s)"
    for file in collected.files:
        for line in file.render():
            yield f"           {line}"
    for host, ends in sorted(collected.hosts.items()):
        words = ", ".join(f"{n} {word}" for word, n in sorted(ends.items()))
        yield f"           {host:<32} {words}"
