"""Intake: what WARC files hold goes into the archive and the ledger, file after file.

The work is mapped over the files and over pieces of them; here is the one place that puts
what comes of it in order, numbers it and writes it down. So the result is the same whatever
ran the map. What is killed goes on: the archive may hold records that the ledger does not
know, which are used again and not written twice.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, Protocol, TypeVar

from pipeline import archive, taking
from pipeline.archive import ARCHIVE, QUARANTINE, Archive, Place, Stored
from pipeline.clock import Clock, machine
from pipeline.errors import InputFault
from pipeline.foreign import Damage, Position
from pipeline.ledger import history
from pipeline.ledger.entries import exchange_row
from pipeline.ledger.rows import (
    DamageRow,
    DisagreementRow,
    Discovery,
    ExchangeRow,
    FingerprintRow,
    ImportRow,
    IntakeRow,
    OutcomeRow,
)
from pipeline.ledger.store import Ledger
from pipeline.manifest import Source
from pipeline.model import Policy, digest_of
from pipeline.rules import name_of
from pipeline.taking import (
    Archived,
    Decided,
    File,
    Given,
    Key,
    Piece,
    Survey,
    Taken,
    Unsettled,
)
from pipeline.url import authority, host

MAX_ROUNDS: Final = 5
"""How often the files are searched for documents that pages and policy files name."""

FLUSH_AT: Final = 4096
"""Entries at which they are committed."""

DAMAGES_NAMED: Final = 5
"""Damages of a file that a report names; the ledger has all of them."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Mapped(Protocol):
    """Calls a function for each item and yields the results in their order.

    ``map`` is one; an engine may call in other processes, as all of it can be pickled.
    """

    def __call__(
        self, function: Callable[[_Item], _Result], items: Iterable[_Item], /
    ) -> Iterable[_Result]:
        """Return the results, as far as possible before all of them are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is taken in: sources with their numbers, by which policy, into which corpus.

    ``root`` is the folder that file paths start from, ``most_bytes`` what a page may have.
    """

    folder: Path
    root: Path
    software: str
    run: int
    visit: int
    policy: Policy
    most_bytes: int
    clock: Clock = machine
    mapped: Mapped = map


@dataclass(slots=True, kw_only=True)
class FileReport:
    """What came of one file: records, pages that ended, responses passed over, damages."""

    name: str
    records: int = 0
    pages: int = 0
    passed: Counter[str] = field(default_factory=Counter)
    damages: list[Damage] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """Return the report as an object of JSON; of damages the first are named."""
        return {
            "file": self.name,
            "records": self.records,
            "pages": self.pages,
            "passed": dict(sorted(self.passed.items())),
            "damages": len(self.damages),
            "damaged": [asdict(one) for one in self.damages[:DAMAGES_NAMED]],
        }

    def render(self) -> Iterator[str]:
        """Yield what people are told of the file, a line each."""
        passed = sum(self.passed.values())
        beside = f", responses passed over {passed}" if passed else ""
        yield f"{self.name}: records {self.records}, pages {self.pages}{beside}"
        for one in self.damages[:DAMAGES_NAMED]:
            yield f"  damaged at offset {one.offset}, record {one.number}: {one.what}"
        if len(self.damages) > DAMAGES_NAMED:
            yield f"  damages not named here: {len(self.damages) - DAMAGES_NAMED}"


@dataclass(slots=True, kw_only=True)
class TakenIn:
    """What came of an intake: a report for each file that was read, and how pages ended."""

    files: list[FileReport] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    hosts: defaultdict[str, Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )


class Intake:
    """WARC files of a manifest on their way into a corpus; close it when they are in.

    ``adopted`` are records of the archive, with their store, that the ledger does not know.
    """

    def __init__(
        self, order: Order, ledger: Ledger, *, adopted: Iterable[tuple[str, Stored]] = ()
    ) -> None:
        self._order = order
        self._book = _Book(order, ledger, adopted)
        self.report = TakenIn()

    def take_in(self, number: int, source: Source) -> None:
        """Write down what the files of a source hold, by what is archived in them.

        Files that were gone through before are not read again. Raises InputFault where
        nothing of a file can be read, ArchiveFault where the disk takes no more.
        """
        work = _Source(number, source, self._order, book=self._book)
        if work.is_done:
            return
        for batch in work.batches():
            for one in batch:
                if self._book.write(one, source=number):
                    self._count(one, work)
                else:
                    work.pass_over(one, "ended before")
            self._book.flush_when_full()
        self.report.files += work.finish()

    def pages(self, number: int, source: Source) -> Iterator[Taken]:
        """Yield the pages of a source with their payloads, for one who asks their hosts.

        What the archived policy files alone refuse is for ``settle``.
        """
        work = _Source(number, source, self._order, book=self._book)
        for batch in work.batches(with_payload=True):
            yield from batch
        self.report.files += work.finish()

    def settle(self, one: Taken, *, source: int) -> None:
        """Write down a page that archived policy files keep out; the archive is durable."""
        self._book.write(one, source=source, is_discovered=True)
        self._book.sync()

    def note(self, one: Taken, number: int | None) -> None:
        """Write down from which record the exchange of a page was read."""
        if number is not None:
            self._book.imported(number, one.key, one.offset)

    def close(self) -> None:
        """Have all on the disk."""
        self._book.close()

    def _count(self, one: Taken, work: "_Source") -> None:
        work.count(one)
        ending = one.ending
        self.report.counts[ending.outcome] += 1
        self.report.hosts[host(ending.url)][ending.outcome] += 1


class _Source:
    """One source of the manifest while its files are taken in."""

    def __init__(self, number: int, source: Source, order: Order, *, book: "_Book") -> None:
        self._number = number
        self._source = source
        self._order = order
        self._book = book
        names = dict.fromkeys(map(str, source.warc))
        self._files = [File(name=one, path=order.root / one) for one in names]
        self._basis = self._digest_of_basis()
        self._done = book.files_done(number, self._basis)
        self._open: list[Survey] = []
        self._reports: dict[str, FileReport] = {}

    @property
    def is_done(self) -> bool:
        """Whether each of the files was gone through by the same basis."""
        return all(one.name in self._done for one in self._files)

    def batches(self, *, with_payload: bool = False) -> Iterator[list[Taken]]:
        """Yield the pages of the files, in their order, those that are settled late last.

        With ``with_payload`` of all files, else of those that were not gone through yet.
        """
        surveys = self._surveys()
        self._reports = {one.file.name: _report_of(one) for one in surveys}
        is_left = [with_payload or one.file.name not in self._done for one in surveys]
        self._open = [one for one, left in zip(surveys, is_left, strict=True) if left]
        given = replace(self._given(surveys), keeps_payload=with_payload)
        pieces = [piece for one in self._open for piece in one.pieces]
        for turn in range(MAX_ROUNDS):
            given = replace(given, is_last=given.is_last or turn == MAX_ROUNDS - 1)
            unsettled: list[tuple[Piece, Unsettled]] = []
            yield from self._round(pieces, given, unsettled=unsettled)
            if not unsettled:
                return
            pieces = _pieces_of(unsettled)
            given = self._with_documents(given, unsettled)

    def count(self, one: Taken) -> None:
        """Count a page for its file."""
        self._reports[one.key.file].pages += 1

    def pass_over(self, one: Taken, why: str) -> None:
        """Count a response that gives no page."""
        self._reports[one.key.file].passed[why] += 1

    def finish(self) -> list[FileReport]:
        """Write down what came of each file; return the reports."""
        for one in self._open:
            if one.file.name not in self._done:
                self._finish(one, self._reports[one.file.name])
        return [self._reports[one.file.name] for one in self._open]

    def _surveys(self) -> list[Survey]:
        places = frozenset(one.evidence_url for one in self._order.policy.statements)
        call = partial(taking.survey, places=places)
        return list(self._order.mapped(call, self._files))

    def _given(self, surveys: Sequence[Survey]) -> Given:
        scope = self._source.scope
        policies = [one for each in surveys for one in each.policies]
        originals = self._originals(surveys)
        policies += self._revisited(surveys, originals)
        return Given(
            policy=self._order.policy,
            policies=_by_url(policies),
            hosts=frozenset(scope.hosts),
            paths=tuple(scope.paths),
            most_bytes=self._order.most_bytes,
            newest=_newest(surveys),
            originals=originals,
        )

    def _originals(self, surveys: Sequence[Survey]) -> dict[Key, tuple[Path, Position]]:
        revisits = [one for each in surveys for one in each.revisits]
        names = frozenset(name for one in revisits for name in one.names)
        if not names:
            return {}
        places: dict[str, tuple[Path, Position]] = {}
        call = partial(taking.originals, names=names)
        for found in self._order.mapped(call, self._files):
            for name, place in found.items():
                places.setdefault(name, place)
        return {
            one.key: places[name]
            for one in revisits
            for name in reversed(one.names)
            if name in places
        }

    def _revisited(
        self, surveys: Sequence[Survey], originals: Mapping[Key, tuple[Path, Position]]
    ) -> list[Archived]:
        """Return the policy files that were archived as revisits."""
        found = (
            taking.revisited(one, each.file, originals[one.key])
            for each in surveys
            for one in each.revisits
            if taking.is_policy(one.url) and one.key in originals
        )
        return [one for one in found if one is not None]

    def _round(
        self,
        pieces: Sequence[Piece],
        given: Given,
        *,
        unsettled: list[tuple[Piece, Unsettled]],
    ) -> Iterator[list[Taken]]:
        """Yield what is settled of each piece; add what is not to ``unsettled``."""
        self._book.know(given.policies)
        for batch in self._order.mapped(partial(taking.taken, given=given), pieces):
            own = self._reports[batch.piece.file.name]
            own.damages += batch.damages
            own.passed.update(batch.passed)
            unsettled += [
                (batch.piece, one) for one in batch.results if isinstance(one, Unsettled)
            ]
            yield [one for one in batch.results if isinstance(one, Taken)]

    def _with_documents(
        self, given: Given, unsettled: Sequence[tuple[Piece, Unsettled]]
    ) -> Given:
        """Return what is given with the documents that pages name, as far as they exist."""
        wanted = frozenset(url for _, one in unsettled for url in one.wanted)
        call = partial(taking.archived, urls=wanted - given.policies.keys())
        batches = self._order.mapped(call, self._files)
        found = [one for batch in batches for one in batch]
        known = [one for each in given.policies.values() for one in each]
        return replace(given, policies=_by_url([*known, *found]), is_last=not found)

    def _finish(self, survey: Survey, report: FileReport) -> None:
        report.damages.sort(key=lambda one: (one.number, one.offset))
        self._book.finish(
            IntakeRow(
                run=self._order.run,
                visit=self._order.visit,
                source=self._number,
                file=survey.file.name,
                bytes=survey.bytes,
                digest=survey.digest,
                records=survey.records,
                pages=report.pages,
                passed=sum(report.passed.values()),
                basis=self._basis,
            ),
            report.damages,
        )

    def _digest_of_basis(self) -> str:
        """Return a digest of all that the outcome depends on, without reading a file."""
        marks = []
        for one in self._files:
            try:
                about = one.path.stat()
            except OSError as error:
                raise InputFault(
                    f"{one.path}: the WARC file cannot be read ({error.strerror}). Name a "
                    "file that exists and can be read."
                ) from error
            marks.append((one.name, about.st_size, about.st_mtime_ns))
        scope = self._source.scope.model_dump_json()
        basis = (marks, scope, name_of(self._order.policy), self._order.most_bytes)
        return digest_of(repr(basis).encode())


class _Book:
    """The archive and the ledger of a corpus, as an intake writes them."""

    def __init__(
        self, order: Order, ledger: Ledger, adopted: Iterable[tuple[str, Stored]]
    ) -> None:
        self._order = order
        self._ledger = ledger
        self._stores = {
            name: Archive(order.folder / name, software=order.software, clock=order.clock)
            for name in (ARCHIVE, QUARANTINE)
        }
        self._ended = history.settled(ledger.connection, order.visit)
        self._numbers: dict[Key, int] = {}
        self._places: dict[tuple[str, str], tuple[Place, str]] = {}
        for past in history.imported(ledger.connection):
            key = Key(past.file, past.record)
            if past.kind == "policy":
                self._numbers[key] = past.exchange
            if past.store is not None and past.place is not None:
                name = taking.origin_of(key)
                self._places[past.store, name] = (past.place, past.digest)
        for store, stored in adopted:
            digest = digest_of(stored.capture.payload)
            self._places[store, stored.origin] = (stored.place, digest)
        self._policies: dict[Key, Archived] = {}
        self._count = 0

    def files_done(self, source: int, basis: str) -> frozenset[str]:
        """Return the files of a source that were gone through in this visit."""
        connection = self._ledger.connection
        return history.taken_in(connection, self._order.visit, source=source, basis=basis)

    def know(self, policies: Mapping[str, Iterable[Archived]]) -> None:
        """Take note of the policy files that pages may rest on."""
        self._policies = {one.key: one for each in policies.values() for one in each}

    def write(self, one: Taken, *, source: int, is_discovered: bool = False) -> bool:
        """Write a page down; False where it has ended in this visit before."""
        url = one.ending.url
        if url in self._ended:
            return False
        self._ended.add(url)
        numbers = {key: self._policy(key) for each in one.decided for key in each.used}
        if not is_discovered:
            self._discovered(url, source)
        exchange = self._page(one)
        for each in one.decided:
            self._decided(each, numbers, exchange)
        run, visit = self._order.run, self._order.visit
        if one.fingerprint is not None and exchange is not None:
            row = FingerprintRow(url, exchange, run, *one.fingerprint)
            self._ledger.append([row])
        self._ledger.append(
            DisagreementRow(run, d.reader, d.url, d.token, d.ours, d.theirs, d.cause)
            for d in one.disagreements
        )
        ending = one.ending
        self._ledger.append(
            [
                OutcomeRow(
                    visit, url, ending.outcome, ending.reason, ending.detail, exchange, run,
                    self._order.clock(),
                )
            ]
        )  # fmt: skip
        self._count += 1
        return True

    def finish(self, row: IntakeRow, damages: Iterable[Damage]) -> None:
        """Write down that a file was gone through, and what is wrong with it."""
        self._ledger.append(
            DamageRow(row.run, row.file, one.number, one.offset, one.what)
            for one in damages
        )
        self._ledger.append([row])
        self.flush()

    def flush_when_full(self) -> None:
        """Put what was written down on the disk when it has come to enough."""
        if self._count >= FLUSH_AT:
            self.flush()

    def flush(self) -> None:
        """Put all that was written down on the disk: the archive first."""
        self.sync()
        self._ledger.commit()
        self._count = 0

    def sync(self) -> None:
        """Have the archive on the disk, so that the ledger may say what it holds."""
        for store in self._stores.values():
            store.sync()

    def close(self) -> None:
        """Flush and close the archive; the ledger stays open."""
        self.flush()
        for store in self._stores.values():
            store.close()

    def _discovered(self, url: str, source: int) -> None:
        row = Discovery(
            visit=self._order.visit, url=url, host=authority(url), via=None, kind="warc",
            source=source, depth=0, in_depth=True, run=self._order.run,
        )  # fmt: skip
        self._ledger.append([row])

    def _policy(self, key: Key) -> int:
        """Return the number of a policy file's exchange; write it down the first time."""
        if key in self._numbers:
            return self._numbers[key]
        found = self._policies[key]
        capture = found.capture
        name = taking.origin_of(key)
        digest = digest_of(capture.payload)
        place = self._known_place(ARCHIVE, name, digest)
        if place is None:
            member = archive.member_of(capture, kind="policy", origin=name)
            place = self._stores[ARCHIVE].append_member(member)
        row = exchange_row(capture, kind="policy", store=ARCHIVE, place=place)
        number = self._exchange(row)
        self.imported(number, key, found.offset)
        self._numbers[key] = number
        return number

    def _page(self, one: Taken) -> int | None:
        if one.capture is None:
            return None
        place = None
        if one.store is not None:
            name = taking.origin_of(one.key)
            place = self._known_place(one.store, name, one.digest)
            if place is None:
                place = self._stores[one.store].append_member(one.member)
        store = one.store if place is not None else None
        row = exchange_row(one.capture, kind="page", store=store, place=place)
        row = row._replace(digest=one.digest, payload_bytes=one.payload_bytes)
        number = self._exchange(row)
        self.imported(number, one.key, one.offset)
        return number

    def _known_place(self, store: str, name: str, digest: str) -> Place | None:
        """Return where the archive has a record already, if it holds the same."""
        place, known = self._places.get((store, name), (None, ""))
        return place if known == digest else None

    def _exchange(self, row: ExchangeRow) -> int:
        number = self._ledger.number("exchange")
        row = row._replace(exchange=number, run=self._order.run, visit=self._order.visit)
        self._ledger.append([row])
        return number

    def imported(self, number: int, key: Key, offset: int) -> None:
        """Write down from which record an exchange was read."""
        run = self._order.run
        self._ledger.append([ImportRow(number, key.file, key.record, offset, run)])

    def _decided(self, one: Decided, numbers: Mapping[Key, int], page: int | None) -> None:
        seq = self._ledger.number("seq")
        inputs = [numbers[key] for key in one.used]
        if one.with_page and page is not None:
            inputs.append(page)
        row = one.row._replace(
            seq=seq, run=self._order.run, visit=self._order.visit, inputs=inputs
        )
        self._ledger.append([row])
        self._ledger.append(each._replace(seq=seq) for each in one.evidence)
        self._count += 1


def _report_of(survey: Survey) -> FileReport:
    return FileReport(
        name=survey.file.name, records=survey.records, damages=list(survey.damages)
    )


def _by_url(found: Iterable[Archived]) -> dict[str, tuple[Archived, ...]]:
    """Return captures by URL, each URL's by time; of the same moment the first counts."""
    captures: defaultdict[str, list[Archived]] = defaultdict(list)
    for one in found:
        captures[one.capture.url].append(one)
    return {
        url: tuple(sorted(each, key=lambda one: one.capture.read_at))
        for url, each in captures.items()
    }


def _newest(surveys: Iterable[Survey]) -> dict[int, int]:
    """Return when the newest capture was made, of pages that were captured repeatedly."""
    first: dict[int, int] = {}
    newest: dict[int, int] = {}
    for each in surveys:
        for name, moment in zip(each.seen[::2], each.seen[1::2], strict=True):
            known = first.setdefault(name, moment)
            if known != moment:
                newest[name] = max(moment, known, newest.get(name, moment))
    return newest


def _pieces_of(unsettled: Sequence[tuple[Piece, Unsettled]]) -> list[Piece]:
    chosen: dict[tuple[File, Position, int], set[int]] = {}
    for piece, one in unsettled:
        known = chosen.setdefault((piece.file, piece.start, piece.records), set())
        known.add(one.key.record)
    pieces = {(p.file, p.start, p.records): p for p, _ in unsettled}
    return [
        replace(piece, only=frozenset(chosen[place])) for place, piece in pieces.items()
    ]
