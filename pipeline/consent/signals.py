"""Every reader asked once: what all signals on the web say of one URL.

The readers know nothing of each other. Here they are given what they read, in the order in
which a crawler meets it, and the URLs they still want are collected.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipeline.consent import (
    access,
    ai_txt,
    aipref,
    community,
    content_signals,
    crawlers,
    robots,
    rsl,
    rsl_terms,
    second_reader,
    tags,
    tdmrep,
)
from pipeline.consent.robots import Read, Settled
from pipeline.markup import Markup
from pipeline.model import (
    Disagreement,
    Evidence,
    Exchange,
    Exchanges,
    Line,
    Policy,
    Statement,
)
from pipeline.vocab import Preference, Signal

SOFTWARE_TOKENS = ("Estovers", "Scrapy")
"""The names of our software: a host that refuses one refuses us (consent by any name)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The answer for the URL itself and, where it is HTML, what its markup holds."""

    exchange: Exchange
    markup: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What was read. ``settled`` has robots.txt's answer for each name that means us."""

    retrieval: robots.Retrieval
    settled: Mapping[str, Settled]
    statements: tuple[Statement, ...] = ()
    wanted: tuple[str, ...] = ()
    token_required: Evidence | None = None
    crawl_delay: float | None = None
    disagreements: tuple[Disagreement, ...] = ()


def gather(url: str, exchanges: Exchanges, page: Page | None, *, policy: Policy) -> Signals:
    """Return all that the exchanges seen so far say of ``url``.

    Where robots.txt was not asked for, or keeps us out, no further file is wanted: what
    we may not fetch we need not ask about.
    """
    retrieval = robots.retrieve(url, exchanges)
    settled = _settle(retrieval, url, policy)
    said = list(_from_robots(retrieval, url, policy))
    tdm = tdmrep.read(
        url,
        page=page.exchange if page else None,
        markup=page.markup if page else None,
        exchanges=exchanges,
    )
    licenses = _read_rsl(url, exchanges, page, retrieval=retrieval, policy=policy)
    said += [*tdm.statements, *licenses.statements]
    listed, ai_txt_wanted = _from_ai_txt(url, exchanges)
    said += listed
    if page is not None:
        said += _from_page(page, policy)
    is_open = _is_open(retrieval, settled)
    wanted = (
        dict.fromkeys((*tdm.wanted, *ai_txt_wanted, *licenses.wanted)) if is_open else {}
    )
    barred = [one for one in wanted if _bars(retrieval, one, url=url, policy=policy)]
    said += [_unread(retrieval, one, policy) for one in barred]
    return Signals(
        retrieval=retrieval,
        settled=settled,
        statements=tuple(said),
        wanted=tuple(one for one in wanted if one not in barred),
        token_required=licenses.token_required,
        crawl_delay=_crawl_delay(retrieval, policy),
        disagreements=_disagreements(retrieval, settled, url),
    )


def names_of_us(policy: Policy) -> tuple[str, ...]:
    """Return the product tokens that a robots.txt may address us by."""
    return tuple(dict.fromkeys((policy.product_token, *SOFTWARE_TOKENS)))


def _settle(retrieval: robots.Retrieval, url: str, policy: Policy) -> Mapping[str, Settled]:
    if not isinstance(retrieval, Read):
        return {}
    return {
        token: robots.settle(retrieval.file, url=url, token=token)
        for token in _names_in(retrieval, policy)
    }


def _names_in(found: Read, policy: Policy) -> list[str]:
    # A file that does not name the software says nothing of it beyond its group for
    # everyone, which is asked already under our own name.
    return [
        token
        for token in names_of_us(policy)
        if token == policy.product_token or robots.names(found.file, token)
    ]


def _own_lines(found: Read, key: str, policy: Policy) -> tuple[Line, ...]:
    lines = (
        line
        for token in _names_in(found, policy)
        for line in robots.selected_lines(found.file, token, key)
    )
    return tuple(dict.fromkeys(lines))


def _is_open(retrieval: robots.Retrieval, settled: Mapping[str, Settled]) -> bool:
    if isinstance(retrieval, Read):
        return all(one.allows for one in settled.values())
    return isinstance(retrieval, robots.Unavailable)


def _from_robots(
    retrieval: robots.Retrieval, url: str, policy: Policy
) -> Iterator[Statement]:
    if not isinstance(retrieval, Read):
        return
    file, evidence = retrieval.file, robots.outcome_evidence(retrieval)
    # Each group that means us speaks for itself, and the restrictive word counts: by one
    # longest path for all of them a group could take back what another says.
    for token in _names_in(retrieval, policy):
        own = robots.selected_lines(file, token, "content-usage")
        yield from aipref.from_robots(own, url=url, robots=evidence)
    signals = _own_lines(retrieval, "content-signal", policy)
    yield from content_signals.from_robots(
        signals, _overheard(retrieval, signals, policy), robots=evidence
    )
    yield from crawlers.refusals(_kept_out(retrieval, url, policy), robots=evidence)


def _overheard(found: Read, own: tuple[Line, ...], policy: Policy) -> list[Line]:
    key = "content-signal"
    lines = dict.fromkeys(robots.global_lines(found.file, key))
    lines |= dict.fromkeys(robots.selected_lines(found.file, "*", key))
    for token in policy.training_tokens:
        if robots.names(found.file, token):
            lines |= dict.fromkeys(robots.selected_lines(found.file, token, key))
    return [line for line in lines if line not in own]


def _kept_out(found: Read, url: str, policy: Policy) -> Iterator[tuple[str, Line | None]]:
    for token in policy.training_tokens:
        if robots.names(found.file, token):
            settled = robots.settle(found.file, url=url, token=token)
            if not settled.allows:
                yield token, settled.line


def _read_rsl(
    url: str,
    exchanges: Exchanges,
    page: Page | None,
    *,
    retrieval: robots.Retrieval,
    policy: Policy,
) -> rsl.Reading:
    found = retrieval if isinstance(retrieval, Read) else None
    references = rsl.discover(
        url=url,
        robots_lines=_own_lines(found, "license", policy) if found else (),
        robots_global_lines=robots.global_lines(found.file, "license") if found else (),
        robots=robots.outcome_evidence(found) if found else None,
        page=page.exchange if page else None,
        markup=page.markup if page else None,
    )
    operator = rsl_terms.Operator(users=policy.users, regions=policy.regions)
    return rsl.read(references, url=url, exchanges=exchanges, operator=operator)


def _from_ai_txt(
    url: str, exchanges: Exchanges
) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc}/ai.txt"
    exchange = exchanges.get(place)
    if exchange is None:
        return (), (place,)
    return ai_txt.from_exchange(exchange, url=url), ()


def _from_page(page: Page, policy: Policy) -> Iterator[Statement]:
    token, training = policy.product_token, policy.training_tokens
    yield from access.from_exchange(page.exchange)
    yield from aipref.from_header(page.exchange)
    yield from content_signals.from_header(page.exchange)
    yield from tags.from_headers(page.exchange, token=token, training_tokens=training)
    if page.markup is not None:
        yield from tags.from_markup(
            page.markup, token=token, training_tokens=training, exchange=page.exchange
        )
        yield from community.from_markup(page.markup, page.exchange)


def _bars(retrieval: robots.Retrieval, wanted: str, *, url: str, policy: Policy) -> bool:
    """Say whether robots.txt keeps us from a policy file of its own origin."""
    if not isinstance(retrieval, Read) or urlsplit(wanted)[:2] != urlsplit(url)[:2]:
        return False
    return not robots.settle(retrieval.file, url=wanted, token=policy.product_token).allows


def _unread(retrieval: robots.Retrieval, wanted: str, policy: Policy) -> Statement:
    evidence = robots.outcome_evidence(retrieval)
    if isinstance(retrieval, Read):
        settled = robots.settle(retrieval.file, url=wanted, token=policy.product_token)
        if settled.line is not None:
            evidence = robots.line_evidence(retrieval, settled.line)
    return Statement(
        signal=Signal.ROBOTS,
        preference=Preference.UNCLEAR,
        evidence=(evidence,),
        note=f"robots.txt keeps us from {wanted}",
    )


def _crawl_delay(retrieval: robots.Retrieval, policy: Policy) -> float | None:
    if not isinstance(retrieval, Read):
        return None
    delays = [
        robots.crawl_delay(retrieval.file, name) for name in _names_in(retrieval, policy)
    ]
    return max((delay for delay in delays if delay is not None), default=None)


def _disagreements(
    retrieval: robots.Retrieval, settled: Mapping[str, Settled], url: str
) -> tuple[Disagreement, ...]:
    if not isinstance(retrieval, Read):
        return ()
    body = retrieval.exchange.body
    found = (
        second_reader.compare(body, url=url, token=token, ours=ours)
        for token, ours in settled.items()
    )
    return tuple(one for one in found if one is not None)
