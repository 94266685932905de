"""The frontier: the same pages whatever the order they are found in, hosts in turn."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ledger import history
from pipeline.ledger.rows import Discovery, OutcomeRow
from pipeline.ledger.store import Ledger, rows_of
from spiders.frontier import MAX_HOPS, MAX_TRIES, Found, Frontier, Limits, Scope, host_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOSTS = ("a.example", "b.example")
URLS = [f"https://{host}/{section}/{n}" for host in HOSTS for section in "xy" for n in "12"]
DEEP = Scope(hosts=frozenset(HOSTS), paths=(), depth=9)


def frontier(*scopes: Scope, **limits: int | None) -> Frontier:
    found = replace(Limits(), **limits)  # type: ignore[arg-type]
    return Frontier(list(scopes) or [DEEP], found)


def seed(to: Frontier, *urls: str, source: int = 0) -> list[Found]:
    return [f for u in urls for f in to.add(u, via=None, kind="seed", source=source)]


def drain(from_: Frontier, now: float = 0.0) -> list[str]:
    """Return what is handed out, each URL fetched before the next one is asked for."""
    urls = []
    while (url := from_.next(now)) is not None:
        from_.ended(url, fetched=True)
        urls.append(url)
    return urls


# --- depth ---------------------------------------------------------------------------

Way = tuple[str, str, str]
"""From, kind, to."""

_WAYS = st.lists(
    st.tuples(
        st.sampled_from(URLS), st.sampled_from(["link", "redirect"]), st.sampled_from(URLS)
    ),
    max_size=14,
    unique_by=lambda way: (way[0], way[2]),
).filter(lambda ways: sum(kind == "redirect" for _, kind, _ in ways) <= MAX_HOPS)
_SCOPES = st.lists(
    st.builds(
        Scope,
        hosts=st.sets(st.sampled_from(HOSTS), min_size=1).map(frozenset),
        paths=st.sampled_from([(), ("/x/",), ("/x/", "/y/1")]),
        depth=st.integers(0, 3),
    ),
    min_size=1,
    max_size=3,
)


def crawl(
    scopes: list[Scope], seeds: list[tuple[str, int]], ways: list[Way]
) -> tuple[Frontier, list[Found]]:
    """Seed, then follow the ways of what was found, as a crawl does."""
    made = frontier(*scopes)
    rows = [f for url, source in seeds for f in seed(made, url, source=source)]
    waiting = list(ways)
    while True:
        known = {row.url for row in rows if row.in_depth}
        ready = [way for way in waiting if way[0] in known]
        if not ready:
            return made, rows
        waiting.remove(ready[0])
        origin, kind, target = ready[0]
        rows += made.add(target, via=origin, kind=kind, source=made.source_of(origin))


def shortest(
    scopes: list[Scope], seeds: list[tuple[str, int]], ways: list[Way]
) -> set[str]:
    """Return what may be fetched, by the definition: within some source's depth."""
    reached: set[str] = set()
    for source, scope in enumerate(scopes):
        depths = {u: 0 for u, s in seeds if s == source}
        for _ in range(len(URLS)):
            for origin, kind, target in ways:
                if origin in depths and scope.takes_in(target):
                    depth = depths[origin] + (kind == "link")
                    depths[target] = min(depth, depths.get(target, depth))
        reached |= {url for url, depth in depths.items() if depth <= scope.depth}
    return reached


@pytest.mark.law
@given(scopes=_SCOPES, ways=_WAYS, data=st.data())
def test_no_order_of_discovery_changes_what_is_in_depth(
    scopes: list[Scope], ways: list[Way], data: st.DataObject
) -> None:
    source = st.integers(0, len(scopes) - 1)
    seeds = data.draw(st.lists(st.tuples(st.sampled_from(URLS), source), max_size=4))

    first, rows = crawl(scopes, seeds, ways)
    second, _ = crawl(
        scopes, data.draw(st.permutations(seeds)), data.draw(st.permutations(ways))
    )

    wanted = shortest(scopes, seeds, ways)
    assert {row.url for row in rows if row.in_depth} == wanted
    assert sorted(drain(first)) == sorted(drain(second)) == sorted(wanted)


@pytest.mark.law
@given(scopes=_SCOPES, ways=_WAYS, data=st.data())
def test_what_the_ledger_recorded_restores_the_state(
    scopes: list[Scope], ways: list[Way], data: st.DataObject
) -> None:
    source = st.integers(0, len(scopes) - 1)
    seeds = data.draw(st.lists(st.tuples(st.sampled_from(URLS), source), max_size=4))
    at = data.draw(st.integers(0, len(ways)))
    live, rows = crawl(scopes, seeds, ways[:at])
    ended = [url for _ in range(data.draw(st.integers(0, 4))) if (url := live.next(0.0))]
    for url in ended:
        live.ended(url, fetched=True)

    restored = frontier(*scopes)
    restored.restore(rows, ended)
    known = {row.url for row in rows if row.in_depth}
    later = [way for way in ways[at:] if way[0] in known]
    for made in (live, restored):
        for origin, kind, target in later:
            made.add(target, via=origin, kind=kind, source=made.source_of(origin))

    assert sorted(restored.waiting()) == sorted(live.waiting())
    assert sorted(drain(restored)) == sorted(drain(live))


@pytest.mark.law
@settings(max_examples=10, deadline=None)
@given(scopes=_SCOPES, data=st.data())
def test_the_ledgers_view_names_what_the_frontier_still_holds(
    tmp_path_factory: pytest.TempPathFactory, scopes: list[Scope], data: st.DataObject
) -> None:
    ways = data.draw(_WAYS)
    seeds = data.draw(st.lists(st.sampled_from(URLS), max_size=3))
    live, rows = crawl(scopes, [(url, 0) for url in seeds], ways)
    words = data.draw(
        st.lists(st.sampled_from(["admitted", "deferred", "gone"]), max_size=4)
    )
    ends = [(live.next(0.0), word) for word in words]

    with Ledger(tmp_path_factory.mktemp("ledger")) as ledger:
        ledger.append(_discovery(found) for found in rows)
        ledger.append(_outcome(url, word) for url, word in ends if url is not None)
        ledger.commit()
        view = {url for (url,) in rows_of(ledger.connection, "SELECT url FROM frontier")}
        recorded, ended = history.frontier_of(ledger.connection, 1)
    restored = frontier(*scopes)
    restored.restore([Found(**way) for way in recorded], ended)

    assert set(restored.waiting()) == view


def _discovery(found: Found) -> Discovery:
    return Discovery(
        1, found.url, host_of(found.url), found.via, found.kind, found.source, found.depth,
        found.in_depth, 1,
    )  # fmt: skip


def _outcome(url: str, word: str) -> OutcomeRow:
    return OutcomeRow(1, url, word, "", "", None, 1, NOW)


@pytest.mark.parametrize(
    ("kind", "depth"), [("link", 1), ("redirect", 0), ("sitemap", 0), ("sitemap-index", 0)]
)
def test_only_a_link_is_a_step(kind: str, depth: int) -> None:
    made = frontier()
    seed(made, URLS[0])

    found = made.add(URLS[1], via=URLS[0], kind=kind, source=0)

    assert found == [
        Found(url=URLS[1], via=URLS[0], kind=kind, source=0, depth=depth, in_depth=True)
    ]


def test_a_shorter_way_opens_what_was_too_far() -> None:
    one, two, three = URLS[:3]
    made = frontier(replace(DEEP, depth=1))
    seed(made, one)
    made.add(two, via=one, kind="link", source=0)
    assert not made.add(three, via=two, kind="link", source=0)[0].in_depth

    found = seed(made, two)

    assert [(f.url, f.depth, f.in_depth) for f in found] == [
        (two, 0, True),
        (three, 1, True),
    ]
    assert sorted(drain(made)) == [one, two, three]


def test_a_way_is_noted_once() -> None:
    made = frontier()
    seed(made, URLS[0])

    ways = [made.add(URLS[1], via=URLS[0], kind="link", source=0) for _ in range(3)]

    assert [len(found) for found in ways] == [1, 0, 0]
    assert seed(made, URLS[0]) == []


def test_a_page_of_two_sources_leads_on_by_the_one_that_goes_farther() -> None:
    near, far = replace(DEEP, depth=0), replace(DEEP, depth=5)
    start, page, leaf = URLS[:3]
    made = frontier(far, near)
    seed(made, start)
    made.add(page, via=start, kind="link", source=0)
    seed(made, page, source=1)

    made.add(leaf, via=page, kind="link", source=made.source_of(page))

    assert sorted(drain(made)) == [start, page, leaf]


@pytest.mark.parametrize(
    ("url", "is_in"),
    [
        ("https://a.example/x/1", True),
        ("http://a.example/x/", True),
        ("https://a.example/x", False),
        ("https://a.example/y/x/", False),
        ("https://a.example.evil/x/", False),
        ("https://b.example/x/", False),
        ("https://a.example:8443/x/", True),
        ("https://c.example:81/x/", True),
        ("https://c.example/x/", False),
    ],
)
def test_a_scope_takes_in_its_hosts_and_paths(url: str, *, is_in: bool) -> None:
    scope = Scope(hosts=frozenset({"a.example", "c.example:81"}), paths=("/x/",), depth=1)
    made = frontier(scope)
    seed(made, URLS[0])

    found = made.add(url, via=URLS[0], kind="link", source=0)

    assert [one.url for one in found] == [url] * is_in


def test_what_the_manifest_names_is_in_scope_by_that() -> None:
    made = frontier(Scope(hosts=frozenset(), paths=("/z/",), depth=0))

    assert [one.url for one in seed(made, URLS[0])] == [URLS[0]]


def test_redirects_are_followed_five_times() -> None:
    made = frontier()
    seed(made, URLS[0])

    for before, after in pairwise(URLS):
        if not made.add(after, via=before, kind="redirect", source=0):
            break

    assert sorted(made.waiting()) == sorted(URLS[: MAX_HOPS + 1])


# --- turns and limits ----------------------------------------------------------------


def test_hosts_take_turns() -> None:
    made = frontier()
    seed(made, *URLS)

    assert [host_of(url) for url in drain(made)] == [*HOSTS] * 4


def test_near_pages_of_a_host_come_first() -> None:
    made = frontier()
    one, two, three, four = (url for url in URLS if host_of(url) == HOSTS[0])
    seed(made, one)
    made.add(two, via=one, kind="link", source=0)
    made.add(three, via=two, kind="link", source=0)
    made.add(four, via=one, kind="redirect", source=0)

    assert drain(made) == [one, four, two, three]


@pytest.mark.parametrize(
    ("limits", "fetched"),
    [
        ({}, 8),
        ({"pages": 3}, 3),
        ({"pages_per_host": 3}, 6),
        ({"pages": 5, "pages_per_host": 3}, 5),
        ({"payload_bytes": 250}, 3),
        ({"bytes_per_host": 150}, 4),
        ({"pages": 0}, 0),
    ],
    ids=repr,
)
def test_a_limit_ends_the_crawl(limits: dict[str, int], fetched: int) -> None:
    made = frontier(**limits)
    seed(made, *URLS)

    handed = 0
    while (url := made.next(0.0)) is not None:
        made.ended(url, payload_bytes=100, fetched=True)
        handed += 1

    assert (handed, made.fetched, made.is_open()) == (fetched, fetched, False)
    assert len(list(made.waiting())) == len(URLS) - fetched


def test_what_is_out_counts_towards_the_limits() -> None:
    made = frontier(pages=3, pages_per_host=2)
    seed(made, *URLS)

    out = [url for _ in range(9) if (url := made.next(0.0)) is not None]

    assert len(out) == 3
    made.ended(out[0], fetched=False)
    assert made.next(0.0) is not None


def test_pages_that_were_refused_are_free() -> None:
    made = frontier(pages=2)
    seed(made, *URLS)

    for _ in range(6):
        url = made.next(0.0)
        assert url is not None
        made.ended(url, fetched=False)

    assert len(drain(made)) == 2


def test_what_earlier_runs_spent_counts() -> None:
    made = frontier(pages=5, pages_per_host=3)
    seed(made, *URLS)
    made.spend({HOSTS[0]: (3, 100)})

    assert [host_of(url) for url in drain(made)] == [HOSTS[1]] * 2


def test_no_more_hosts_are_asked_at_once_than_allowed() -> None:
    urls = [f"https://{n}.example/{page}" for n in "abcde" for page in "12"]
    names = frozenset(host_of(url) for url in urls)
    made = frontier(replace(DEEP, hosts=names), hosts=2)
    seed(made, *urls)

    out = [url for _ in range(20) if (url := made.next(0.0)) is not None]

    assert len({host_of(url) for url in out}) == 2


def test_a_host_that_was_only_counted_still_gets_its_turn() -> None:
    made = frontier()
    made.restore([], [URLS[0]])
    made.spend({HOSTS[0]: (1, 100)})
    made.hold(HOSTS[1], 0.0)

    seed(made, URLS[1], URLS[4])

    assert drain(made) == [URLS[1], URLS[4]]
    assert not made.is_open()


# --- trying again --------------------------------------------------------------------


def test_a_page_is_asked_for_a_few_times_and_no_more() -> None:
    made = frontier()
    seed(made, URLS[0])

    answers = []
    while made.next(0.0) is not None:
        answers.append(made.again(URLS[0]))

    assert answers == [True] * (MAX_TRIES - 1) + [False]
    assert not made.is_open()


def test_waiting_for_a_host_costs_no_try() -> None:
    made = frontier()
    seed(made, URLS[0])

    for _ in range(2 * MAX_TRIES):
        assert made.next(0.0) == URLS[0]
        assert made.again(URLS[0], count=False)

    assert made.is_open()


def test_a_host_on_hold_is_left_alone_and_others_go_on() -> None:
    made = frontier()
    seed(made, *URLS)
    made.hold(HOSTS[0], 50.0)
    made.hold(HOSTS[0], 10.0)

    assert {host_of(url) for url in drain(made, now=49.9)} == {HOSTS[1]}
    assert made.is_open()
    assert {host_of(url) for url in drain(made, now=50.0)} == {HOSTS[0]}


def test_a_host_that_is_given_up_keeps_nothing_open() -> None:
    made = frontier()
    seed(made, *URLS)
    out = [made.next(0.0), made.next(0.0)]
    assert out == [URLS[0], URLS[4]]

    waiting = made.close_host(HOSTS[0], "back-off")

    assert sorted(waiting) == URLS[1:4]
    assert {host_of(url) for url in drain(made)} == {HOSTS[1]}
    assert made.is_open()
    made.ended(URLS[0], fetched=False)
    made.ended(URLS[4], fetched=True)
    assert not made.is_open()


def test_what_is_found_on_a_host_that_was_given_up_waits_for_the_next_run() -> None:
    made = frontier()
    seed(made, URLS[0], URLS[4])
    assert made.next(0.0) == URLS[0]
    made.close_host(HOSTS[0], "back-off")

    found = seed(made, URLS[1])
    made.again(URLS[0], count=False)

    assert [one.url for one in found] == [URLS[1]]
    assert drain(made) == [URLS[4]]
    assert not made.is_open()


def test_a_claimed_url_is_not_handed_out() -> None:
    made = frontier()
    seed(made, *URLS[:3])

    assert made.claim(URLS[1])
    assert not made.claim(URLS[1])
    assert not made.claim("https://a.example/unheard-of")

    made.ended(URLS[1], fetched=True)
    assert drain(made) == [URLS[0], URLS[2]]
    assert not made.claim(URLS[0])


def test_a_sitemap_stays_one_when_a_page_links_to_it_too() -> None:
    made = frontier()
    seed(made, URLS[0])
    made.add(URLS[1], via=URLS[0], kind="link", source=0)

    made.add(URLS[2], via=URLS[0], kind="redirect", source=0)
    made.add(URLS[1], via=URLS[2], kind="sitemap-index", source=0)

    assert made.kind_of(URLS[1]) == "sitemap-index"


def test_a_manifest_that_takes_less_in_asks_for_less() -> None:
    ways = [(URLS[0], "link", URLS[1]), (URLS[0], "link", URLS[2])]
    wide, rows = crawl([DEEP, DEEP], [(URLS[0], 0), (URLS[4], 1)], ways)
    assert len(drain(wide)) == 4

    narrow = frontier(Scope(hosts=frozenset({HOSTS[0]}), paths=("/y/",), depth=1))
    narrow.restore(rows, [])

    assert drain(narrow) == [URLS[0], URLS[2]]
