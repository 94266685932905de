"""What holds of our robots.txt reader for every file and every URL."""

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.consent import pattern, robots

pytestmark = pytest.mark.law

_Rules = list[tuple[str, str]]
_Groups = list[tuple[str, _Rules]]

OURS: Final = "Estovers"
_PATHS: Final = st.text(alphabet="ab/*$?%.2fF", max_size=8).map(lambda tail: f"/{tail}")
_RULES: Final = st.lists(
    st.tuples(st.sampled_from(["Allow", "Disallow"]), _PATHS), max_size=5
)
_GROUPS: Final = st.lists(
    st.tuples(st.sampled_from(["*", OURS, "GPTBot", "Zed"]), _RULES), max_size=5
)
_LINES: Final = st.lists(
    st.one_of(
        st.sampled_from(
            [
                b"User-agent: *",
                b"User-agent: Estovers",
                b"Disallow: /",
                b"Allow: /",
                b"Disallow: /*a$",
                b"Content-Signal: ai-train=no",
                b"Dis\xffallow: /",
                b"\xef\xbb\xbf",
                b"\0",
            ]
        ),
        st.binary(max_size=12),
    ),
    max_size=12,
)


def _text(groups: _Groups) -> str:
    return "\n".join(
        "\n".join([f"User-agent: {token}", *(f"{key}: {path}" for key, path in rules)])
        # An empty rule ends a group that has no other, so that it does not run on.
        + "\nDisallow:\n"
        for token, rules in groups
    )


def _settled(text: str, path: str, token: str = OURS) -> robots.Settled:
    file = robots.read(text.encode())
    return robots.settle(file, url=f"https://site.example{path}", token=token)


@given(st.lists(_LINES).map(lambda runs: b"\r".join(b"\n".join(run) for run in runs)))
def test_no_bytes_are_too_odd_to_be_read_and_asked(body: bytes) -> None:
    file = robots.read(body)

    assert robots.settle(file, url="https://site.example/robots.txt", token=OURS).allows
    assert robots.settle(file, url="https://site.example/a", token=OURS) is not None


@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=10))
def test_no_url_and_no_token_raise(body: bytes, tail: str, token: str) -> None:
    url = f"https://site.example/{tail}"

    robots.settle(
        robots.read(b"User-agent: *\nDisallow: /*a\n" + body), url=url, token=token
    )

    assert pattern.target_of(url).isascii()


@given(_GROUPS, _RULES, _PATHS)
def test_rules_for_another_crawler_never_change_our_answer(
    groups: _Groups,
    rules: _Rules,
    path: str,
) -> None:
    before = _settled(_text(groups), path)
    after = _settled(_text([*groups, ("SomeOther", rules)]), path)

    assert after == before


@given(_GROUPS, _PATHS, _PATHS)
def test_one_more_disallow_for_us_never_admits_more(
    groups: _Groups, rule: str, path: str
) -> None:
    # A group of our own would replace the global one, so there is one from the start.
    named = [*groups, (OURS, [])]
    before = _settled(_text(named), path)
    after = _settled(_text([*named, (OURS, [("Disallow", rule)])]), path)

    assert before.allows or not after.allows


@given(_GROUPS.flatmap(lambda groups: st.tuples(st.just(groups), st.permutations(groups))))
def test_the_order_of_groups_does_not_matter(orders: tuple[_Groups, _Groups]) -> None:
    first, second = (_text(groups) for groups in orders)

    for path in ("/", "/a", "/ab", "/b/a", "/%2Fa"):
        assert _settled(first, path).allows == _settled(second, path).allows


@given(
    st.lists(_LINES, max_size=3).map(lambda runs: b"\n".join(b"\n".join(r) for r in runs))
)
def test_a_nul_in_a_file_never_opens_a_door(body: bytes) -> None:
    # Not at the start of a file that is UTF-16 by its mark, where NUL is half a letter.
    file = robots.read(b"#" + body + b"\n\0\n")

    assert not robots.settle(file, url="https://site.example/a", token=OURS).allows


@given(_PATHS)
def test_normalising_a_target_twice_changes_nothing(path: str) -> None:
    once = pattern.target_of(f"https://site.example{path}")

    assert pattern.target_of(f"https://site.example{once}") == once


@given(_PATHS)
def test_normalising_a_pattern_twice_changes_nothing(path: str) -> None:
    once = pattern.normalise(path)

    assert pattern.normalise(once) == once


@given(_PATHS, _PATHS)
def test_the_linear_matcher_agrees_with_one_that_tries_everything(
    rule: str, path: str
) -> None:
    target = pattern.target_of(f"https://site.example{path}")

    assert pattern.matches(rule, target) == _covers(pattern.normalise(rule), target)


def _covers(rule: str, target: str) -> bool:
    if rule in {"", "$"}:
        return rule == "" or target == ""
    if rule[0] == "*":
        return any(_covers(rule[1:], target[skip:]) for skip in range(len(target) + 1))
    return target[:1] == rule[0] and _covers(rule[1:], target[1:])


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(
            lambda size: [
                *(f"User-agent: bot-{number}" for number in _numbers(size)),
                *(f"Disallow: /{number}" for number in _numbers(size)),
            ],
            id="agents-times-rules",
        ),
        pytest.param(
            lambda size: [
                "User-agent: *",
                *(f"Disallow: /*a*{number}*b$" for number in _numbers(size)),
            ],
            id="wildcards",
        ),
        pytest.param(
            lambda size: [
                f"User-agent: *\nDisallow: /{number}" for number in _numbers(size)
            ],
            id="one-group-in-pieces",
        ),
        pytest.param(
            lambda size: ["User-agent: *", "Crawl-delay: 1"] * size + ["Disallow: /a"],
            id="interrupted-runs",
        ),
    ],
)
def test_twice_the_file_is_at_most_twice_the_work(
    made: Callable[[int], list[str]],
) -> None:
    small, large = ("\n".join(made(size)).encode() for size in (1000, 2000))

    assert _calls_for(large) < 2.2 * _calls_for(small)


def test_a_group_that_many_crawlers_share_is_made_ready_once() -> None:
    tokens = [f"bot-{number}" for number in range(50)]
    shared = [*(f"User-agent: {token}" for token in tokens)]
    shared += [f"Disallow: /{number}" for number in range(1000)]
    own = [f"User-agent: {token}\nDisallow: /{token}" for token in tokens]
    file = robots.read("\n".join([*shared, *own]).encode())

    def ask(*asked: str) -> None:
        for token in asked:
            robots.settle(file, url="https://site.example/a", token=token)

    first = _calls(lambda: ask(tokens[0]))
    assert _calls(lambda: ask(*tokens[1:])) < first


@given(st.integers(min_value=1, max_value=30))
def test_a_pattern_of_many_stars_looks_for_each_literal_once(stars: int) -> None:
    rule = pattern.compiled("/" + "*a" * stars + "b")

    assert _calls(lambda: rule.matches("/" + "a" * 60 + "c")) <= stars + 8


def _numbers(size: int) -> range:
    """Return as many numbers, none of which another size has: caches know none of them."""
    return range(10 * size, 11 * size)


def _calls_for(body: bytes) -> int:
    url = "https://site.example/aaaa1aaaa2aaaab"
    return _calls(lambda: robots.settle(robots.read(body), url=url, token=OURS))


def _calls(work: Callable[[], object]) -> int:
    """Count the calls that ``work`` makes, of Python and of C functions."""
    count = 0

    def tally(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    # The garbage collector calls whoever listens to it, at a time of its own.
    gc.disable()
    sys.setprofile(tally)
    try:
        work()
    finally:
        sys.setprofile(before)
        gc.enable()
    return count
