"""Why one page is in, out, held or waiting, for a site owner who knows nothing of us."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from pipeline import manifest
from pipeline.errors import ManifestFault, UsageFault
from pipeline.ledger import questions, reviews
from pipeline.ledger.rows import (
    DecisionRow,
    Discovery,
    DocumentRow,
    DropRow,
    EvidenceRow,
    ExchangeRow,
    ImportRow,
    OutcomeRow,
    ReviewRow,
)
from pipeline.ledger.store import Connection, open_reader
from pipeline.publish.reasons import words_of
from pipeline.publish.review import said
from pipeline.publish.terminal import visible
from pipeline.url import authority, host, normalise
from pipeline.vocab import Answer, Drop, Reason, Stage, Verdict

NEAR_LIMIT: Final = 5
"""How many addresses and hosts are named beside one that is not known."""

_QUESTIONS: Final[dict[str, str]] = {
    Stage.ACQUISITION: "May it be fetched?",
    Stage.USAGE: "May it be used?",
}
_ANSWERS: Final[dict[str, str]] = {
    Verdict.ADMIT: "Yes",
    Verdict.REFUSE: "No",
    Verdict.HOLD: "A person has to decide",
    Verdict.DEFER: "Not now",
}
_ENDED: Final = {
    "admitted": "may be used and was kept",
    "unchanged": "may be used, and has not changed since it was kept",
    "held": "a person has to decide",
    "refused": "refused",
    "deferred": "to be asked for again",
    "redirected": "leads on to another address",
    "failed": "could not be had",
    "gone": "is gone",
    "read": "was read for the addresses in it",
}
_WAYS: Final = {
    "seed": "the manifest of the corpus names it",
    "sitemap-seed": "the manifest of the corpus names it as a sitemap",
    "sitemap-index": "a sitemap names it as a further sitemap",
    "sitemap": "a sitemap names it",
    "feed-seed": "the manifest of the corpus names it as a feed",
    "feed": "an entry of a feed names it",
    "link": "a page links to it",
    "redirect": "another address leads on to it",
    "warc": "a web archive that the manifest names holds it",
}


# A release without the page, until a person has looked at it.
_HELD_BACK: Final = frozenset(
    {Reason.LICENSE_REPUBLISHED, Reason.LICENSE_THIRD_PARTY, Drop.NEAR_DUPLICATE}
)


class Standing(StrEnum):
    """How a URL stands: what a site owner asks first."""

    IN = "in"
    KEPT = "kept"
    HELD = "held"
    OUT = "out"
    WAITING = "waiting"
    READ = "read"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One decision with all that was read for it."""

    row: DecisionRow
    evidence: tuple[EvidenceRow, ...]

    @property
    def deciding(self) -> tuple[EvidenceRow, ...]:
        """What the decision rests on."""
        return tuple(one for one in self.evidence if one.signal is None)

    @property
    def beside(self) -> tuple[EvidenceRow, ...]:
        """Every other signal that was read."""
        shown = {(one.source, one.locator, one.quote) for one in self.deciding}
        return tuple(
            one
            for one in self.evidence
            if one.signal is not None and (one.source, one.locator, one.quote) not in shown
        )


class Contact(NamedTuple):
    """Who answers for the corpus, and the name by which sites address its crawler."""

    name: str
    url: str
    email: str
    product_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All that a corpus knows of one URL, and what it comes to in one sentence."""

    url: str
    standing: Standing
    sentence: str
    decisions: tuple[Told, ...] = ()
    outcomes: tuple[OutcomeRow, ...] = ()
    exchanges: tuple[ExchangeRow, ...] = ()
    ways: tuple[Discovery, ...] = ()
    document: DocumentRow | None = None
    drop: DropRow | None = None
    reviews: tuple[ReviewRow, ...] = ()
    taken: tuple[tuple[ExchangeRow, ImportRow], ...] = ()
    near: tuple[str, ...] = ()
    hosts: tuple[tuple[str, int], ...] = ()
    contact: Contact | None = None

    @property
    def is_known(self) -> bool:
        """Whether the corpus knows the URL at all."""
        return self.standing is not Standing.UNKNOWN

    @property
    def is_offline(self) -> bool:
        """Whether all that is known of the URL comes from files, and no host was asked."""
        read = {row.exchange for row, _ in self.taken}
        pages = {row.exchange for row in self.exchanges}
        return (
            bool(self.ways) and pages <= read and all(w.kind == "warc" for w in self.ways)
        )

    @property
    def answer(self) -> ReviewRow | None:
        """What counts of all that people answered on the URL's host."""
        return self.reviews[-1] if self.reviews else None


def explain(folder: Path, url: str) -> Explanation:
    """Return why a page is in, out, held or waiting; it may be unknown to the corpus.

    Raises UsageFault where ``url`` is none, InputFault where there is no corpus,
    LedgerBusy while a build writes it.
    """
    try:
        spelled = normalise(url)
    except ValueError as error:
        raise UsageFault(
            f"This cannot be the address of a page: {error}. Write it as a browser shows "
            "it, such as https://host.example/page."
        ) from error
    connection = open_reader(folder)
    try:
        return _explained(connection, spelled)
    finally:
        connection.close()


def render(found: Explanation) -> str:
    """Return an explanation for people; what is quoted cannot harm a terminal."""
    sections = (
        _headline, _decisions, _reviews, _endings, _ways, _taken, _document, _near,
        _objection,
    )  # fmt: skip
    return "\n".join(line for section in sections for line in section(found))


def as_json(found: Explanation) -> str:
    """Return an explanation as one JSON object, with all that the ledger has of the URL."""
    return json.dumps(
        {
            "url": found.url,
            "standing": found.standing,
            "sentence": found.sentence,
            "decisions": [
                one.row._asdict()
                | {
                    "words": words_of(one.row.reason),
                    "evidence": [each._asdict() for each in one.evidence],
                }
                for one in found.decisions
            ],
            "outcomes": [one._asdict() for one in found.outcomes],
            "exchanges": [one._asdict() for one in found.exchanges],
            "discoveries": [one._asdict() for one in found.ways],
            "document": found.document._asdict() if found.document else None,
            "drop": found.drop._asdict() if found.drop else None,
            "taken_from": [
                {"url": row.url, "kind": row.kind, "read_at": row.read_at} | one._asdict()
                for row, one in found.taken
            ],
            "reviews": [one._asdict() for one in found.reviews],
            "near": list(found.near),
            "hosts": dict(found.hosts),
            "contact": found.contact._asdict() if found.contact else None,
        },
        default=datetime.isoformat,
    )


def _explained(connection: Connection, url: str) -> Explanation:
    rows = questions.decisions_on(connection, url)
    evidence = questions.evidence(connection, [row.seq for row in rows])
    exchanges = questions.exchanges_of(connection, url)
    # What was decided is looked for once: that takes longest where millions stand.
    behind = {number for row in rows for number in row.inputs}
    behind.update(each.exchange for each in exchanges)
    found = Explanation(
        url=url,
        standing=Standing.UNKNOWN,
        sentence=f"{url} is unknown to this corpus: it was neither found nor asked for.",
        decisions=tuple(
            Told(row=row, evidence=tuple(evidence.get(row.seq, ()))) for row in rows
        ),
        outcomes=tuple(questions.outcomes_of(connection, url)),
        exchanges=tuple(exchanges),
        ways=tuple(questions.discoveries_of(connection, url)),
        document=questions.document_of(connection, url),
        drop=questions.drop_of(connection, url),
        reviews=tuple(reviews.history(connection, authority(url))),
        taken=tuple(questions.imports_behind(connection, sorted(behind))),
        contact=_contact_of(connection),
    )
    standing, words = _standing_of(found)
    if standing is not Standing.UNKNOWN:
        return replace(found, standing=standing, sentence=f"{url} {words}.")
    near = questions.near(connection, url, host=_host_of(url), limit=NEAR_LIMIT)
    hosts = questions.hosts_like(connection, _host_of(url), limit=NEAR_LIMIT)
    return replace(found, near=tuple(near), hosts=tuple(hosts))


def _host_of(url: str) -> str:
    # The ledger keeps the brackets of an IPv6 address.
    name = host(url)
    return f"[{name}]" if ":" in name else name


def _contact_of(connection: Connection) -> Contact | None:
    for run in reversed(questions.runs(connection)):
        try:
            newest = manifest.parse(run.manifest, source=f"manifest of run {run.run}")
        except ManifestFault:
            continue
        return Contact(
            name=newest.curator.name,
            url=newest.curator.url,
            email=newest.curator.email,
            product_token=newest.product_token,
        )
    return None


def _standing_of(found: Explanation) -> tuple[Standing, str]:
    """Return how the URL stands, and the sentence of which it is the subject."""
    if found.document is not None:
        return Standing.IN, _in_corpus(found, found.document)
    if found.outcomes:
        return _by_outcome(found, found.outcomes[-1])
    if found.ways:
        return _by_way(found)
    if found.decisions or found.exchanges:
        words = "is a file in which sites state their terms; it was read for that alone"
        return Standing.READ, words
    return Standing.UNKNOWN, ""


def _by_way(found: Explanation) -> tuple[Standing, str]:
    if any(way.in_depth for way in found.ways):
        return Standing.WAITING, "was found and has not been asked for yet"
    words = "was found, farther away than this corpus goes, and is not asked for"
    return Standing.OUT, words


def _in_corpus(found: Explanation, document: DocumentRow) -> str:
    cause = _cause(found, _newest_reason(found, Stage.USAGE))
    words = f"is in the corpus under the license {document.license}, because {cause}"
    words += _confirmation(found, document)
    last = found.outcomes[-1] if found.outcomes else None
    if last is not None and last.outcome == "refused":
        words += f". Since then it has been refused, because {_cause(found, last.reason)}"
    return words


def _confirmation(found: Explanation, document: DocumentRow) -> str:
    """Return that a person has confirmed the document's host, and what that lifted."""
    row = found.answer
    if row is None or row.answer != Answer.CONFIRM:
        return ""
    last = found.outcomes[-1] if found.outcomes else None
    if row.name not in document.decisions:
        return f". Its host was {said(row)}"
    if last is not None and last.outcome == "held":
        return f". It had been held, because {_cause(found, last.reason)}. {_lifted(row)}"
    return f". Nearly the same text stands elsewhere under other terms. {_lifted(row)}"


def _lifted(row: ReviewRow) -> str:
    return f"That doubt was lifted when its host was {said(row)}"


def _newest_reason(found: Explanation, stage: Stage) -> str:
    reasons = [
        told.row.reason
        for told in found.decisions
        if told.row.stage == stage and told.row.verdict == Verdict.ADMIT
    ]
    return reasons[-1] if reasons else Reason.LICENSE_ADMITS


def _by_outcome(found: Explanation, last: OutcomeRow) -> tuple[Standing, str]:
    match last.outcome:
        case "admitted" | "unchanged":
            return _kept(found, last)
        case "held":
            return _held(found, last)
        case "deferred":
            standing, words = Standing.WAITING, "waits to be asked for again"
        case "refused" if last.exchange is None:
            standing, words = Standing.OUT, "was not fetched"
        case "refused":
            standing = Standing.OUT
            words = "was asked for, is not used and was not kept"
        case _:
            return _without_page(last)
    return standing, f"{words}, because {_cause(found, last.reason, detail=last.detail)}"


def _held(found: Explanation, last: OutcomeRow) -> tuple[Standing, str]:
    if found.drop is not None:
        return Standing.OUT, f"was held and is not in the corpus, because {_drop(found)}"
    cause = _cause(found, last.reason, detail=last.detail)
    words = f"is held until {_awaited(last)}, because {cause}"
    if found.answer is not None:
        words += f". Its host was {said(found.answer)}"
    return Standing.HELD, words


def _awaited(last: OutcomeRow) -> str:
    if last.reason == Reason.POLICY_NOT_ARCHIVED:
        return "that is known (another archive may have it, or the host may be asked)"
    return "a person has decided"


def _kept(found: Explanation, last: OutcomeRow) -> tuple[Standing, str]:
    cause = _cause(found, last.reason)
    if found.drop is not None:
        standing = Standing.HELD if found.drop.reason in _HELD_BACK else Standing.OUT
        return standing, f"was kept and is not in the corpus, because {_drop(found)}"
    words = f"may be used and was kept, because {cause}"
    return Standing.KEPT, f"{words}. The newest release does not have it yet"


def _drop(found: Explanation) -> str:
    drop = found.drop
    return _cause(found, drop.reason, detail=drop.detail) if drop is not None else ""


def _without_page(last: OutcomeRow) -> tuple[Standing, str]:
    match last.outcome:
        case "redirected":
            words = f"is no page itself: it leads on to {last.detail}"
            return Standing.OUT, f"{words}, which is judged on its own"
        case "gone":
            return Standing.OUT, f"is gone: the site answered {last.detail}"
        case "read":
            return Standing.READ, f"was read for the addresses in it: {last.detail}"
        case _:
            return Standing.OUT, f"could not be had: {last.detail or words_of(last.reason)}"


def _cause(found: Explanation, reason: str, *, detail: str = "") -> str:
    """Return a reason in words, with the first thing that was read for it."""
    told = [one for one in found.decisions if one.row.reason == reason]
    deciding = told[-1].deciding if told else ()
    words = words_of(reason)
    if deciding:
        quoted = next((one for one in deciding if one.quote), deciding[0])
        return f"{words}: {_citation(quoted)}"
    return f"{words} ({detail})" if detail else words


def _citation(one: EvidenceRow) -> str:
    if one.line is not None:
        place, _, group = one.locator.partition(", ")
        whose = f" ({group})" if group else ""
        return f"{place} of {one.source}{whose} says “{one.quote}”"
    if one.locator == "status":
        return f"{one.source} answered “{one.quote}”"
    says = f" says “{one.quote}”" if one.quote else ""
    return f"{one.source} ({one.locator}){says}"


def _headline(found: Explanation) -> Iterator[str]:
    yield visible(found.sentence)


def _decisions(found: Explanation) -> Iterator[str]:
    if found.decisions:
        yield "\nWhat was decided, in order"
    for told in found.decisions:
        row = told.row
        question = _QUESTIONS.get(row.stage, row.stage)
        answer = _ANSWERS.get(row.verdict, row.verdict)
        yield f"\n  {_time(row.decided_at)}  {visible(question)} {visible(answer)}:"
        yield f"    {visible(words_of(row.reason))} [{visible(row.reason)}]"
        if row.license:
            yield f"    concluded license: {visible(row.license)}"
        yield from chain.from_iterable(map(_evidence, told.deciding))
        if told.beside:
            yield "    Also read:"
        for one in told.beside:
            yield f"    {visible(one.signal or '')}: {visible(one.says or '')}"
            yield from _evidence(one)


def _evidence(one: EvidenceRow) -> Iterator[str]:
    yield f"      {visible(_citation(one))}"
    if one.redirects:
        yield f"        by way of {visible(', '.join(one.redirects))}"
    read = f"read {_time(one.read_at)}" if one.read_at else ""
    words = [one.clause, read, one.digest or ""]
    yield f"        {visible('; '.join(word for word in words if word))}"


def _reviews(found: Explanation) -> Iterator[str]:
    if found.reviews:
        yield "\nWhat people answered on its host; the last one counts"
    for one in found.reviews:
        yield f"  {visible(said(one))} [{one.name}]"


def _endings(found: Explanation) -> Iterator[str]:
    if found.outcomes:
        yield "\nHow each visit ended"
    for one in found.outcomes:
        words = _ENDED.get(one.outcome, one.outcome)
        detail = f" ({one.detail})" if one.detail else ""
        yield f"  {_time(one.ended_at)}  {visible(words + detail)}"


def _ways(found: Explanation) -> Iterator[str]:
    if found.ways:
        yield "\nHow it was found"
    for one in found.ways:
        via = f": {one.via}" if one.via else ""
        yield f"  {visible(_WAYS.get(one.kind, one.kind) + via)}"


def _taken(found: Explanation) -> Iterator[str]:
    """Yield from which records of which files a page and its policy files were read."""
    if not found.taken:
        return
    is_offline = "; no host was asked" if found.is_offline else ""
    yield f"\nFrom which files it was read{is_offline}"
    for row, one in found.taken:
        place = f"{one.file}, record {one.record} (offset {one.start})"
        yield f"  {visible(row.url)}"
        yield f"    {visible(place)}, captured {_time(row.read_at)}"


def _document(found: Explanation) -> Iterator[str]:
    if found.document is None:
        return
    yield "\nThe document in the corpus"
    yield f"  title        {visible(found.document.title)}"
    yield f"  license      {visible(found.document.license)}"
    yield f"  attribution  {visible(found.document.attribution)}"


def _near(found: Explanation) -> Iterator[str]:
    if found.near:
        yield "\nAddresses of this host that it knows and that come near"
    for one in found.near:
        yield f"  {visible(one)}"
    if found.hosts and not found.near:
        yield "\nHosts that it knows and that come near"
        for name, urls in found.hosts:
            yield f"  {visible(name)} (addresses known: {urls})"


def _objection(found: Explanation) -> Iterator[str]:
    contact = found.contact
    yield "\nTo object, or to correct this"
    if contact is None:
        yield "  The ledger holds no manifest that can be read: ask whoever gave you this."
        return
    yield f"  Write to {visible(contact.name)} <{visible(contact.email)}>"
    yield f"  and name the address above, or see {visible(contact.url)}"
    if found.is_offline:
        yield "  It is from a web archive: what the host says today is not read for it."
        return
    yield (
        f"  A robots.txt that disallows it for “{visible(contact.product_token)}” is "
        "followed from the next visit on."
    )


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
