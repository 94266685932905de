"""The figures of a release: all that its card says which was measured, not stated."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.ledger import corpus, reviews
from pipeline.ledger.corpus import Count, Ended
from pipeline.ledger.store import Ledger
from pipeline.license import terms
from pipeline.license.terms import Obligation
from pipeline.vocab import LicenseExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """One license of the corpus: its share, and what it asks for."""

    license: LicenseExpression
    name: str
    url: str
    documents: int
    characters: int
    obligations: tuple[Obligation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One host that was asked: what it gave, and how its pages ended."""

    host: str
    documents: int
    characters: int
    outcomes: Mapping[str, int]
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """One host that a person looked at, with the answer that counts.

    ``lifted`` are the documents that were in doubt and that the answer let in.
    """

    host: str
    answer: str
    reviewer: str
    why: str
    answered_on: str
    lifted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a release holds and what was left out of it; the same for the same archive.

    ``outcomes`` counts pages by how they ended, ``reasons`` those of each outcome by
    reason, ``dropped`` the admitted ones that gave no document. Every admitted page is a
    document or dropped, and so is every page on hold whose host a person confirmed.
    ``stated`` counts the documents of which the page states a title, an author, a notice of
    copyright and a date.
    """

    release: str
    documents: int
    characters: int
    licenses: tuple[License, ...]
    languages: tuple[Count, ...]
    hosts: tuple[Host, ...]
    outcomes: Mapping[str, int]
    reasons: Mapping[str, Mapping[str, int]]
    dropped: Mapping[str, int]
    stated: Mapping[str, int]
    reviews: tuple[Reviewed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a release came about: its times and its traffic, which no two crawls share."""

    software: str
    first_read: str | None
    last_read: str | None
    requests: Mapping[str, int]
    payload_bytes: Mapping[str, int]
    robots_disagreements: Mapping[str, int]


def figures_of(ledger: Ledger, release: str) -> Figures:
    """Return what the ledger says of a release and of the pages that stand beside it."""
    connection = ledger.connection
    by_license = corpus.counts_by(connection, release, "license")
    endings = corpus.endings(connection)
    return Figures(
        release=release,
        documents=sum(each.count for each in by_license),
        characters=sum(each.characters for each in by_license),
        licenses=tuple(map(_license, by_license)),
        languages=corpus.counts_by(connection, release, "language"),
        hosts=_hosts(endings, corpus.counts_by(connection, release, "host")),
        outcomes=_counted((each.outcome, each.pages) for each in endings),
        reasons={
            outcome: _counted((e.reason, e.pages) for e in endings if e.outcome == outcome)
            for outcome in sorted({each.outcome for each in endings})
        },
        dropped=_by_name(corpus.drops_by_reason(connection, release)),
        reviews=_reviews(ledger, release),
        stated=corpus.stated(connection, release),
    )


def making_of(ledger: Ledger, release: str, *, run: int) -> Making:
    """Return when and with what the pages of a release were asked for."""
    connection = ledger.connection
    first, last = corpus.read_between(connection, release) or (None, None)
    requests = corpus.requests_by_kind(connection)
    return Making(
        software=corpus.software(connection, run),
        first_read=first,
        last_read=last,
        requests=_by_name(requests),
        payload_bytes={each.name: each.characters for each in requests},
        robots_disagreements=_by_name(corpus.disagreements_by_cause(connection)),
    )


def _reviews(ledger: Ledger, release: str) -> tuple[Reviewed, ...]:
    lifted = corpus.lifted(ledger.connection, release)
    return tuple(
        Reviewed(
            host=row.host, answer=row.answer, reviewer=row.reviewer, why=row.why,
            answered_on=f"{row.answered_at:%Y-%m-%d}", lifted=lifted.get(row.name, 0),
        )
        for row in reviews.known_to(ledger.connection, release)
    )  # fmt: skip


def _license(each: Count) -> License:
    license_ = LicenseExpression(each.name)
    return License(
        license=license_,
        name=terms.name_of(license_),
        url=terms.address_of(license_),
        documents=each.count,
        characters=each.characters,
        obligations=tuple(sorted(terms.obligations_of(license_))),
    )


def _hosts(endings: Iterable[Ended], documents: Iterable[Count]) -> tuple[Host, ...]:
    given = {each.name: each for each in documents}
    ended: dict[str, list[Ended]] = {host: [] for host in given}
    for each in endings:
        ended.setdefault(each.host, []).append(each)
    return tuple(
        Host(
            host=host,
            documents=given[host].count if host in given else 0,
            characters=given[host].characters if host in given else 0,
            outcomes=_counted((each.outcome, each.pages) for each in ended[host]),
            reasons=_counted((each.reason, each.pages) for each in ended[host]),
        )
        for host in sorted(ended)
    )


def _counted(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return sums by name, the largest first and equal ones by name."""
    counter: Counter[str] = Counter()
    for name, number in pairs:
        counter[name] += number
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))


def _by_name(counts: Iterable[Count]) -> dict[str, int]:
    return {each.name: each.count for each in counts}
