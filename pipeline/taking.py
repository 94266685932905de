"""Pages of WARC files, judged by the policy files and headers that were archived with them.

Functions to map over files and over pieces of files, in whatever process: each reads its
piece, asks the judge, and returns what is to be written down. No host is asked; what is not
in the files is not known, and never a yes.
"""

import hashlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from pipeline import archive, foreign
from pipeline.archive import ARCHIVE, QUARANTINE
from pipeline.ending import Ending, ending_of
from pipeline.errors import InputFault
from pipeline.fingerprint import fingerprint
from pipeline.foreign import Damage, Position, Record
from pipeline.judge import MAX_AGE, judge, revalidated
from pipeline.ledger.entries import Entry, entries_of
from pipeline.ledger.rows import DecisionRow, EvidenceRow
from pipeline.markup import Markup, read, reserves_rights
from pipeline.model import Capture, Disagreement, Exchange, Judgement, Policy
from pipeline.twins import is_comparable
from pipeline.url import authority, host, normalise, origin
from pipeline.vocab import Failure, Reason, Stage, Verdict

POLICY_PATHS: Final = ("/robots.txt", "/ai.txt", "/.well-known/tdmrep.json")
"""Files that are policy files by their names."""

POLICY_BYTES: Final = 1 << 20
"""Most bytes of a policy file that are read, as in a crawl."""

CHUNK_RECORDS: Final = 256
CHUNK_BYTES: Final = 32 * 1024 * 1024
"""Records of one piece of a file, and their bytes: what one call has in memory."""

_REVISIT: Final = "revisit"
_OK: Final = 200
_NOT_MODIFIED: Final = 304
# An answer that says nothing of the page: the host was busy, or failed.
_PASSING: Final = frozenset({304, 408, 425, 429})
_LAST_FINAL: Final = 499
_LEAST: Final = 200
_PAGES: Final = frozenset({"", "text/html", "application/xhtml+xml", "text/plain"})


class Key(NamedTuple):
    """A record of a file that the manifest names: the file, and its number from 1."""

    file: str
    record: int


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A WARC file: by which name the manifest knows it, and where it is."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """An exchange in a file, with the record that it was read from."""

    key: Key
    offset: int
    capture: Capture


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisit:
    """A record that names another for its payload, by digest or by address and time."""

    key: Key
    position: Position
    url: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Records of a file that stand one after another; ``only`` chooses some of them."""

    file: File
    start: Position
    records: int
    only: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What is in a file. ``seen`` has a number for each page's URL, and its time.

    Time in microseconds since 1970; two entries of the array make a pair.
    """

    file: File
    bytes: int
    digest: str
    records: int
    pieces: tuple[Piece, ...]
    policies: tuple[Archived, ...]
    revisits: tuple[Revisit, ...]
    seen: "array[int]"
    damages: tuple[Damage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What pages are judged by: the policy, and what the files of the source hold.

    ``policies`` has the captures of each policy file by time; ``newest`` the time of the
    newest capture of a page that was captured more than once; ``originals`` where the
    payload of a revisit stands. ``is_last`` says that no further file will be looked for,
    ``keeps_payload`` that pages come back as they are, for one who judges them again.
    """

    policy: Policy
    policies: Mapping[str, tuple[Archived, ...]]
    hosts: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()
    most_bytes: int = archive.FILE_LIMIT
    newest: Mapping[int, int] = field(default_factory=dict)
    originals: Mapping[Key, tuple[Path, Position]] = field(default_factory=dict)
    is_last: bool = False
    keeps_payload: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision's rows without their numbers; ``used`` are the records it rests on."""

    row: DecisionRow
    evidence: tuple[EvidenceRow, ...]
    used: tuple[Key, ...]
    with_page: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One page as it is to be written down.

    ``capture`` has no payload where it stands in ``member``, the record as the archive
    keeps it in ``store``, or where it is not kept; then its digest and length are below.
    """

    key: Key
    offset: int
    ending: Ending
    decided: tuple[Decided, ...]
    disagreements: tuple[Disagreement, ...] = ()
    status: int | None = None
    capture: Capture | None = None
    digest: str = ""
    payload_bytes: int = 0
    store: str | None = None
    member: bytes = b""
    fingerprint: tuple[bool, bytes] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """A page that names further documents, which the files may hold under any name."""

    key: Key
    wanted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What became of one piece: pages, and how many responses were passed over, by why."""

    piece: Piece
    results: tuple[Taken | Unsettled, ...]
    passed: Mapping[str, int]
    damages: tuple[Damage, ...]


def survey(file: File, *, places: frozenset[str]) -> Survey:
    """Return what is in a file; ``places`` are pages that are read as policy files are.

    Raises InputFault where the file cannot be read, or holds nothing that can be.
    """
    found = _Surveyor(file, places)
    for one in foreign.records(file.path):
        found.take(one)
    size, digest = _identity(file.path)
    if size and not found.records:
        first = found.damages[0] if found.damages else None
        cause = f"offset {first.offset}: {first.what}" if first else "it is empty"
        raise InputFault(
            f"{file.path}: the WARC file cannot be read: no record can be found in it "
            f"({cause}). Name a WARC file, plain or compressed."
        )
    return found.survey(size, digest)


def archived(file: File, *, urls: frozenset[str]) -> tuple[Archived, ...]:
    """Return the exchanges that a file holds for some URLs, which were not named before."""
    found = []
    for one in foreign.records(file.path) if urls else ():
        url = _url_of(one) if isinstance(one, Record) and one.kind == "response" else None
        if isinstance(one, Record) and url in urls:
            capture = _policy_capture(one, url)
            if capture is not None:
                found.append(_archived(file, one.position, capture))
    return tuple(found)


def originals(file: File, *, names: frozenset[str]) -> dict[str, tuple[Path, Position]]:
    """Return where the responses stand that revisits name, by these names."""
    found: dict[str, tuple[Path, Position]] = {}
    for one in foreign.records(file.path):
        if isinstance(one, Record) and one.kind == "response":
            for name in _names_of(one, "warc-target-uri", "warc-date"):
                if name in names:
                    found.setdefault(name, (file.path, one.position))
    return found


def revisited(revisit: Revisit, file: File, at: tuple[Path, Position]) -> Archived | None:
    """Return a policy file's revisit with the payload of the response it names."""
    own = foreign.read(file.path, revisit.position)
    capture = _resolved(own, at) if own is not None else None
    if capture is None:
        return None
    whole = _of_policy(replace(capture, url=revisit.url))
    return _archived(file, revisit.position, whole)


def taken(piece: Piece, *, given: Given) -> Batch:
    """Return what becomes of the pages in a piece of a file."""
    return _Taker(piece, given).batch()


def name_of(url: str) -> int:
    """Return a number for a URL; two URLs with the same one are not to be expected."""
    return int.from_bytes(hashlib.sha256(url.encode()).digest()[:8], "big", signed=True)


def origin_of(key: Key) -> str:
    """Return the name by which the archive says where a record was taken from."""
    return f"{key.file}#{key.record}"


def is_policy(url: str) -> bool:
    """Say whether a URL is that of a policy file by its name."""
    return url.endswith(POLICY_PATHS) and url[len(origin(url)) :] in POLICY_PATHS


class _Surveyor:
    """What a survey has come to while its file is read."""

    def __init__(self, file: File, places: frozenset[str]) -> None:
        self.file = file
        self.places = places
        self.records = 0
        self.damages: list[Damage] = []
        self._policies: list[Archived] = []
        self._revisits: list[Revisit] = []
        self._seen: array[int] = array("q")
        self._pieces: list[Piece] = []
        self._start: Position | None = None
        self._count = self._bytes = 0

    def take(self, one: Record | Damage) -> None:
        if isinstance(one, Damage):
            self.damages.append(one)
            return
        self.records += 1
        if self._count >= CHUNK_RECORDS or self._bytes >= CHUNK_BYTES:
            self._close()
        self._start = self._start or one.position
        self._count += 1
        self._bytes += len(one.block)
        if one.kind in {"response", _REVISIT}:
            self._note(one)

    def survey(self, size: int, digest: str) -> Survey:
        self._close()
        return Survey(
            file=self.file,
            bytes=size,
            digest=digest,
            records=self.records,
            pieces=tuple(self._pieces),
            policies=tuple(self._policies),
            revisits=tuple(self._revisits),
            seen=self._seen,
            damages=tuple(self.damages),
        )

    def _close(self) -> None:
        if self._start is not None:
            self._pieces.append(
                Piece(file=self.file, start=self._start, records=self._count)
            )
        self._start, self._count, self._bytes = None, 0, 0

    def _note(self, record: Record) -> None:
        if not record.target.lower().startswith(("http:", "https:")):
            # A look-up of a name, say: nothing that could be a page.
            return
        url = _url_of(record)
        if url is None:
            self._damaged(record, "its WARC-Target-URI is no URL that could be asked for")
        elif record.kind == _REVISIT:
            self._revisit(record, url)
        else:
            self._response(record, url)

    def _response(self, record: Record, url: str) -> None:
        found = foreign.glance(record)
        if isinstance(found, str):
            self._damaged(record, found)
            return
        if is_policy(url) or url in self.places:
            capture = _policy_capture(record, url)
            if capture is not None:
                self._policies.append(_archived(self.file, record.position, capture))
        if _is_final(found[0]):
            self._saw(url, found[1])

    def _saw(self, url: str, moment: datetime) -> None:
        if not is_policy(url):
            self._seen.extend((name_of(url), _micros(moment)))

    def _revisit(self, record: Record, url: str) -> None:
        names = _names_of(record, "warc-refers-to-target-uri", "warc-refers-to-date")
        self._revisits.append(
            Revisit(
                key=Key(self.file.name, record.position.number),
                position=record.position,
                url=url,
                names=names,
            )
        )
        moment = foreign.moment_of(record)
        if moment is not None:
            self._saw(url, moment)

    def _damaged(self, record: Record, what: str) -> None:
        if record.fault:
            return
        at = record.position
        self.damages.append(Damage(number=at.number, offset=at.offset, what=what))


class _AsOf(Mapping[str, Exchange]):
    """The policy files of a source as they stood at one moment, and perhaps the page.

    Of several captures the last that was read by then counts; where there is none, the
    first after it; and none that is more than a day away.
    """

    def __init__(self, given: Given, moment: datetime) -> None:
        self._given = given
        self.moment = moment
        self.page: Exchange | None = None

    def __getitem__(self, url: str) -> Exchange:
        if self.page is not None and url == self.page.url:
            return self.page
        found = self.archived(url)
        if found is None:
            raise KeyError(url)
        return _exchange_of(found)

    def __iter__(self) -> Iterator[str]:
        return (url for url in self._given.policies if url in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def archived(self, url: str) -> Archived | None:
        """Return the capture of a policy file that counts at this moment."""
        known = self._given.policies.get(url, ())
        after = bisect_right(known, self.moment, key=lambda one: one.capture.read_at)
        for one in known[max(0, after - 1) : after + 1]:
            if abs(one.capture.read_at - self.moment) <= MAX_AGE:
                return one
        return None

    def used_by(self, judgement: Judgement) -> tuple[Key, ...]:
        """Return the records that a judgement rests on, beside its page."""
        found = (self.archived(url) for url in judgement.used if not self._is_page(url))
        return tuple(dict.fromkeys(one.key for one in found if one is not None))

    def _is_page(self, url: str) -> bool:
        return self.page is not None and url == self.page.url


class _Taker:
    """What a piece of a file has come to while it is read."""

    def __init__(self, piece: Piece, given: Given) -> None:
        self._piece = piece
        self._given = given
        self._passed: dict[str, int] = {}
        self._damages: list[Damage] = []
        self._results: list[Taken | Unsettled] = []

    def batch(self) -> Batch:
        count = 0
        for one in foreign.records(self._piece.file.path, start=self._piece.start):
            if isinstance(one, Damage):
                continue
            if self._is_chosen(one.position.number):
                self._take(one)
            count += 1
            if count >= self._piece.records:
                break
        return Batch(
            piece=self._piece,
            results=tuple(self._results),
            passed=self._passed,
            damages=tuple(self._damages),
        )

    def _is_chosen(self, number: int) -> bool:
        return self._piece.only is None or number in self._piece.only

    def _take(self, record: Record) -> None:
        found = self._wanted(record)
        if isinstance(found, str):
            if found:
                self._passed[found] = self._passed.get(found, 0) + 1
            return
        if found.error and (what := foreign.disbelieved(record)) and not record.fault:
            at = record.position
            self._damages.append(Damage(number=at.number, offset=at.offset, what=what))
        self._results.append(self._judged(found, record.position))

    def _wanted(self, record: Record) -> Capture | str:
        """Return the capture of a page, or why it is passed over; empty for no response."""
        url = _url_of(record) if record.kind in {"response", _REVISIT} else None
        if url is None:
            return ""
        if is_policy(url) or not self._is_in_scope(url):
            return "policy files" if is_policy(url) else "out of scope"
        capture = self._capture(record)
        if isinstance(capture, str):
            return capture
        capture = replace(capture, url=url)
        if _micros(capture.read_at) < self._given.newest.get(name_of(url), 0):
            return "earlier captures"
        return _within(capture, self._given.most_bytes)

    def _capture(self, record: Record) -> Capture | str:
        if record.kind == _REVISIT:
            key = Key(self._piece.file.name, record.position.number)
            at = self._given.originals.get(key)
            return (_resolved(record, at) if at else None) or "revisits without original"
        found = foreign.glance(record)
        if isinstance(found, str) or not _is_final(found[0]):
            return found if isinstance(found, str) else "answers of the moment"
        capture = foreign.capture_of(record)
        if isinstance(capture, Capture) and _is_other(capture):
            return "not pages"
        return capture if isinstance(capture, Capture) else "unreadable"

    def _is_in_scope(self, url: str) -> bool:
        hosts, paths = self._given.hosts, self._given.paths
        if hosts and not {host(url), authority(url)} & hosts:
            return False
        path = url.removeprefix(origin(url)).partition("?")[0]
        return not paths or path.startswith(paths)

    def _judged(self, capture: Capture, at: Position) -> Taken | Unsettled:
        key = Key(self._piece.file.name, at.number)
        world = _AsOf(self._given, capture.read_at)
        ask = self._asker(capture)
        before = ask(world)
        decided = [_decided(before, Stage.ACQUISITION, world)]
        if _is_turned_away(before):
            return replace(
                _turned_away(key, at, before, world=world), status=capture.status
            )
        exchange = archive.exchange_of(capture)
        world.page = exchange
        judgement = ask(world)
        further = _further(judgement)
        if further and not self._given.is_last and not _is_closed(judgement):
            return Unsettled(key=key, wanted=further)
        if judgement.acquisition.verdict is not before.acquisition.verdict:
            decided.append(_decided(judgement, Stage.ACQUISITION, world))
        ending = _ending(judgement, exchange)
        if ending.outcome in {"admitted", "held", "refused"}:
            decided.append(_decided(judgement, Stage.USAGE, world))
        store = {"admitted": ARCHIVE, "held": QUARANTINE}.get(ending.outcome)
        if ending.reason == Reason.POLICY_NOT_ARCHIVED:
            # The WARC file still has it, should the missing file be found.
            store = None
        member = b""
        if store is not None and not (self._given.keeps_payload and store == ARCHIVE):
            member = archive.member_of(capture, kind="page", origin=origin_of(key))
        return Taken(
            key=key,
            offset=at.offset,
            ending=ending,
            decided=tuple(decided),
            disagreements=before.disagreements,
            status=capture.status,
            capture=capture if self._given.keeps_payload else replace(capture, payload=b""),
            digest=exchange.digest,
            payload_bytes=len(capture.payload),
            store=store,
            member=member,
            fingerprint=self._fingerprint(judgement, exchange),
        )

    def _asker(self, capture: Capture) -> Callable[[_AsOf], Judgement]:
        def ask(world: _AsOf) -> Judgement:
            policy, now = self._given.policy, capture.read_at
            return judge(capture.url, world, policy=policy, now=now)

        return ask

    def _fingerprint(
        self, judgement: Judgement, exchange: Exchange
    ) -> tuple[bool, bytes] | None:
        said = judgement.usage.reason, judgement.preferences
        if not is_comparable(*said, policy=self._given.policy):
            return None
        markup = read(exchange)
        found = fingerprint(markup) if isinstance(markup, Markup) else None
        if found is None or not isinstance(markup, Markup):
            return None
        return reserves_rights(markup), found


def _turned_away(key: Key, at: Position, before: Judgement, *, world: _AsOf) -> Taken:
    """Return a page that was not read, as what comes before it refuses it."""
    decided = [_decided(before, Stage.ACQUISITION, world)]
    reason, detail = before.acquisition.reason, ""
    if before.acquisition.verdict is not Verdict.REFUSE:
        decided.append(_decided(before, Stage.USAGE, world))
        reason, detail = before.usage.reason, "not read"
    ending = Ending(url=before.url, outcome="refused", reason=reason, detail=detail)
    return Taken(key=key, offset=at.offset, ending=ending, decided=tuple(decided))


def _is_turned_away(before: Judgement) -> bool:
    is_refused = (
        before.usage.verdict is Verdict.REFUSE
        and before.usage.reason is not Reason.NOT_CAPTURED
    )
    return before.acquisition.verdict is Verdict.REFUSE or is_refused


def _is_closed(judgement: Judgement) -> bool:
    """Say whether no further file could let the page in."""
    return judgement.usage.verdict is Verdict.REFUSE


def _further(judgement: Judgement) -> tuple[str, ...]:
    """Return what a judgement wants that is no policy file by its name."""
    wanted = (*judgement.wanted, *judgement.wanted_pages)
    return tuple(url for url in wanted if not is_policy(url))


def _ending(judgement: Judgement, exchange: Exchange) -> Ending:
    """Return how a page ends; where a file is not known that could refuse it, held."""
    ended = ending_of(judgement, exchange, answered=exchange.status)
    if ended.outcome not in {"deferred", "held", "admitted"}:
        return ended
    usage = judgement.usage
    if usage.verdict is Verdict.REFUSE:
        return replace(ended, outcome="refused", reason=usage.reason)
    missing = (*judgement.wanted, *judgement.wanted_pages)
    if ended.outcome == "deferred" or missing:
        known = judgement.acquisition.evidence
        words = ", ".join(missing) or ", ".join(f"{e.source}: {e.quote}" for e in known)
        # An agreement may admit a use; what is not known of the fetching stays open.
        outcome = "held" if usage.verdict is Verdict.HOLD else "deferred"
        reason = Reason.POLICY_NOT_ARCHIVED
        return replace(ended, outcome=outcome, reason=reason, detail=words)
    return ended


def _decided(judgement: Judgement, stage: Stage, world: _AsOf) -> Decided:
    entry = Entry(seq=0, run=0, visit=0, decided_at=world.moment, inputs=())
    row, evidence = entries_of(judgement, stage, entry)
    return Decided(
        row=row,
        evidence=tuple(evidence),
        used=world.used_by(judgement),
        with_page=world.page is not None,
    )


def _resolved(own: Record, at: tuple[Path, Position]) -> Capture | None:
    """Return a revisit with the payload of the response that it names.

    Its own header fields count where it has any: they came later. With a 304 what it does
    not repeat stays (RFC 9111 section 4.3.4).
    """
    original = foreign.read(*at)
    first = foreign.capture_of(original) if original is not None else ""
    if isinstance(first, str):
        return None
    later = foreign.capture_of(own)
    if isinstance(later, str) or not later.headers:
        moment = foreign.moment_of(own)
        return replace(first, read_at=moment) if moment else None
    if later.status == _NOT_MODIFIED:
        fresh = Exchange(url=later.url, status=304, headers=later.headers)
        stored = Exchange(url=later.url, status=first.status, headers=first.headers)
        headers = revalidated(stored, fresh).headers
        return replace(first, read_at=later.read_at, headers=headers)
    return replace(later, payload=first.payload, error=later.error or first.error)


def _names_of(record: Record, uri: str, date: str) -> tuple[str, ...]:
    """Return what a response can be named by: its payload's digest, its URI and time."""
    fields = record.fields
    digest, target = fields.get("warc-payload-digest"), fields.get(uri, "").strip("<> ")
    moment = fields.get(date, "")
    names = [digest] if digest else []
    if target and moment:
        names.append(f"{moment} {target}")
    return tuple(names)


def _policy_capture(record: Record, url: str | None) -> Capture | None:
    capture = foreign.capture_of(record)
    if isinstance(capture, str) or url is None:
        return None
    return _of_policy(replace(capture, url=url))


def _of_policy(capture: Capture) -> Capture:
    if len(capture.payload) <= POLICY_BYTES:
        return capture
    return replace(capture, payload=capture.payload[:POLICY_BYTES], error=Failure.TOO_LARGE)


def _within(capture: Capture, most: int) -> Capture:
    if len(capture.payload) <= most:
        return capture
    return replace(capture, payload=b"", error=Failure.TOO_LARGE)


def _archived(file: File, position: Position, capture: Capture) -> Archived:
    key = Key(file.name, position.number)
    return Archived(key=key, offset=position.offset, capture=capture)


def _url_of(record: Record) -> str | None:
    target = record.target.replace(" ", "%20")
    if not target.lower().startswith(("http:", "https:")):
        return None
    try:
        return normalise(target)
    except ValueError:
        return None


def _is_final(status: int) -> bool:
    """Say whether an answer speaks of the page and not of the moment."""
    return _LEAST <= status <= _LAST_FINAL and status not in _PASSING


def _is_other(capture: Capture) -> bool:
    """Say whether a whole answer names a type that no page has, such as an image's."""
    kinds = [value for name, value in capture.headers if name.lower() == "content-type"]
    kind = kinds[0].partition(";")[0].strip().lower() if kinds else ""
    return capture.status == _OK and kind not in _PAGES


def _micros(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


def _identity(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), f"sha256:{digest}"


# Policy files serve many pages of their host, which stand side by side.
_EXCHANGES: dict[Key, tuple[Capture, Exchange]] = {}
_MOST_EXCHANGES: Final = 4096


def _exchange_of(one: Archived) -> Exchange:
    known = _EXCHANGES.get(one.key)
    if known is not None and known[0] is one.capture:
        return known[1]
    if len(_EXCHANGES) >= _MOST_EXCHANGES:
        _EXCHANGES.clear()
    exchange = archive.exchange_of(one.capture)
    _EXCHANGES[one.key] = (one.capture, exchange)
    return exchange
