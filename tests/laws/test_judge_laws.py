"""What holds of the judge for every small world: nobody is outvoted, silence is silent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.consent.policy import combine
from pipeline.judge import judge
from pipeline.model import Agreement, Exchange, Judgement, Policy, Statement
from pipeline.values import allowed_license
from pipeline.vocab import (
    Category,
    Digest,
    Preference,
    ProductToken,
    Reason,
    Signal,
    Verdict,
)

pytestmark = pytest.mark.law

NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
SITE: Final = "https://a.example"
URL: Final = f"{SITE}/essay"
FILES: Final = {
    "robots": f"{SITE}/robots.txt",
    "tdmrep": f"{SITE}/.well-known/tdmrep.json",
    "ai_txt": f"{SITE}/ai.txt",
    "terms": f"{SITE}/license.xml",
}
POLICY: Final = Policy(
    product_token=ProductToken("Estovers"),
    allowed_licenses=tuple(map(allowed_license, ("CC0-1.0", "CC-BY", "CC-BY-SA"))),
    training_tokens=("GPTBot", "CCBot"),
)
BY: Final = "https://creativecommons.org/licenses/by/4.0/"
LICENSE: Final = f'<footer><a rel="license" href="{BY}">CC BY 4.0</a></footer>'

_STRICT: Final = {Verdict.ADMIT: 0, Verdict.HOLD: 1, Verdict.DEFER: 1, Verdict.REFUSE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One page with what its site says: files by name, header fields, meta elements."""

    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tdmrep: str | None = None
    ai_txt: tuple[str, ...] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    metas: tuple[tuple[str, str], ...] = ()
    license: str = LICENSE

    def judged(self, policy: Policy = POLICY, *, unasked: str = "") -> Judgement:
        exchanges = {one.url: one for one in self.exchanges() if one.url != unasked}
        return judge(URL, exchanges, policy=policy, now=NOW)

    def exchanges(self) -> list[Exchange]:
        lines = None if self.ai_txt is None else "\n".join(self.ai_txt)
        return [
            _file("robots", self.robots() if self.groups else None),
            _file("tdmrep", self.tdmrep),
            _file("ai_txt", lines),
            _file("terms", None),
            _answer(URL, self.page(), *self.headers, kind="text/html; charset=utf-8"),
        ]

    def robots(self) -> str:
        return "\n".join(
            "\n".join((f"User-agent: {token}", *lines, "")) for token, lines in self.groups
        )

    def page(self) -> str:
        metas = "".join(f'<meta name="{n}" content="{c}">' for n, c in self.metas)
        return f"<head>{metas}</head><p>Tide.</p>{self.license}"


def _answer(url: str, body: str, *headers: tuple[str, str], kind: str) -> Exchange:
    return Exchange(
        url=url,
        status=200,
        headers=(("Content-Type", kind), *headers),
        body=body.encode(),
        read_at=NOW,
    )


def _file(name: str, body: str | None) -> Exchange:
    if body is None:
        return Exchange(url=FILES[name], status=404, read_at=NOW)
    kind = "application/json" if name == "tdmrep" else "text/plain"
    return _answer(FILES[name], body, kind=kind)


_LINES: Final = st.sampled_from(
    [
        "Allow: /",
        "Disallow:",
        "Disallow: /private",
        "Disallow: /",
        "Disallow: /*say$",
        "Crawl-delay: 5",
        "Content-Usage: train-ai=y",
        "Content-Usage: train-ai=n",
        "Content-Usage: search=n",
        "Content-Signal: ai-train=yes",
        "Content-Signal: ai-train=no",
        "Content-Signal: search=yes, ai-input=no",
    ]
)
_GROUPS: Final = st.lists(
    st.tuples(
        st.sampled_from(["*", "Estovers", "Scrapy", "GPTBot", "CCBot", "Zed"]),
        st.lists(_LINES, min_size=1, max_size=3).map(tuple),
    ),
    max_size=3,
).map(tuple)
_TDMREP: Final = st.sampled_from(
    [
        None,
        "[]",
        '[{"location": "/", "tdm-reservation": 0}]',
        '[{"location": "/*", "tdm-reservation": 1}]',
        '[{"location": "/other", "tdm-reservation": 1}]',
        "not JSON",
    ]
)
_AI_TXT: Final = st.none() | st.lists(
    st.sampled_from(["User-Agent: *", "Disallow: *.txt", "Allow: /", "Disallow: *.jpg"]),
    max_size=3,
).map(tuple)
_SAID: Final = [
    ("X-Robots-Tag", "noai"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("X-Robots-Tag", "all"),
    ("X-Robots-Tag", "GPTBot: noindex"),
    ("X-Robots-Tag", "noarchive"),
    ("Content-Usage", "train-ai=n"),
    ("Content-Usage", "train-ai=y"),
    ("Content-Usage", "search=n, ai-use=y"),
    ("Content-Usage", "train-ai=maybe"),
    ("Content-Signal", "ai-train=no"),
    ("Content-Signal", "ai-train=yes, search=yes"),
    ("Link", '<https://creativecommons.org/licenses/by-nc/4.0/>; rel="license"'),
    ("Link", f'<{BY}>; rel="license"'),
]
_HEADERS: Final = st.lists(st.sampled_from(_SAID), max_size=4).map(tuple)
_METAS: Final = st.lists(
    st.sampled_from(
        [
            ("robots", "noai"),
            ("robots", "index, follow"),
            ("robots", "noarchive"),
            ("GPTBot", "noindex"),
            ("tdm-reservation", "1"),
            ("tdm-reservation", "0"),
            ("dcterms.license", BY),
        ]
    ),
    max_size=3,
).map(tuple)
_ANY_WORLDS: Final = st.builds(
    World,
    groups=_GROUPS,
    tdmrep=_TDMREP,
    ai_txt=_AI_TXT,
    headers=_HEADERS,
    metas=_METAS,
    license=st.sampled_from(["", LICENSE]),
)

# Half of the worlds are friendly: among those that say anything, hardly one lets us in.
_FRIENDLY_WORLDS: Final = st.builds(
    World,
    groups=st.sampled_from(
        [
            (),
            (("*", ("Allow: /", "Disallow: /private")),),
            (("Estovers", ("Content-Usage: train-ai=y",)), ("*", ("Disallow: /",))),
            (("Zed", ("Disallow: /",)),),
        ]
    ),
    tdmrep=st.sampled_from([None, "[]", '[{"location": "/", "tdm-reservation": 0}]']),
    ai_txt=st.sampled_from([None, ("User-Agent: *", "Allow: /")]),
    headers=st.lists(
        st.sampled_from(
            [("X-Robots-Tag", "all"), ("Content-Usage", "train-ai=y, search=n")]
        ),
        max_size=2,
    ).map(tuple),
    metas=st.sampled_from([(), (("robots", "index, follow"),)]),
)
_WORLDS: Final = _FRIENDLY_WORLDS | _ANY_WORLDS

# Each is a refusal that no word of anyone else takes back. TDMRep's file and header are
# not among them: by that protocol the page's own metadata replace them.
_REFUSALS: Final = [
    ("header", ("X-Robots-Tag", "noai")),
    ("header", ("Content-Usage", "train-ai=n")),
    ("header", ("Content-Signal", "ai-train=no")),
    ("meta", ("robots", "noai")),
    ("meta", ("GPTBot", "noindex")),
    ("group", ("GPTBot", "Disallow: /essay$")),
    ("group", ("Estovers", "Disallow: /essay$")),
    ("group", ("Scrapy", "Disallow: /essay$")),
    ("ai.txt", ("User-Agent: *", "Disallow: /")),
]


def _with(world: World, kind: str, said: tuple[str, str]) -> World:
    match kind:
        case "header":
            return replace(world, headers=(*world.headers, said))
        case "meta":
            return replace(world, metas=(*world.metas, said))
        case "group":
            token, lines = said
            return replace(world, groups=(*world.groups, (token, tuple(lines.split("|")))))
        case _:
            return replace(world, ai_txt=(*(world.ai_txt or ()), *said))


def _answers(found: Judgement) -> tuple[object, ...]:
    return (
        found.acquisition.verdict,
        found.acquisition.reason,
        found.usage.verdict,
        found.usage.reason,
        found.preferences,
        found.wanted,
        found.crawl_delay,
        found.license.expression if found.license else None,
    )


def _is_no_milder(after: Judgement, before: Judgement) -> bool:
    return all(
        _STRICT[late.verdict] >= _STRICT[early.verdict]
        for early, late in (
            (before.acquisition, after.acquisition),
            (before.usage, after.usage),
        )
    )


@given(_WORLDS, st.sampled_from(_REFUSALS))
def test_nobody_can_outvote_a_refusal(
    world: World, refusal: tuple[str, tuple[str, str]]
) -> None:
    found = _with(world, *refusal).judged()

    assert found.usage.verdict is Verdict.REFUSE
    assert found.preferences[Category.TRAIN_AI] is Preference.DISALLOWED


@given(_WORLDS, st.sampled_from(_SAID[:11]))
def test_a_further_header_never_makes_an_answer_milder(
    world: World, said: tuple[str, str]
) -> None:
    # All Content-Usage lines are one Dictionary, in which the last of a key counts
    # (RFC 9651 section 4.2): a further one is the same statement, not another.
    assume(said[0] != "Content-Usage" or said[0] not in dict(world.headers))

    assert _is_no_milder(_with(world, "header", said).judged(), world.judged())


@given(_WORLDS, st.sampled_from(["noai", "noarchive", "all", "noindex"]))
def test_a_further_robots_tag_never_makes_an_answer_milder(world: World, rule: str) -> None:
    assert _is_no_milder(_with(world, "meta", ("robots", rule)).judged(), world.judged())


@given(_WORLDS, st.sampled_from(["GPTBot", "CCBot", "Zed"]), st.lists(_LINES, max_size=3))
def test_a_further_group_for_another_crawler_never_makes_an_answer_milder(
    world: World, token: str, lines: list[str]
) -> None:
    # A second group for a crawler is the same group (RFC 9309 section 2.2.1), in which an
    # allow of equal length takes a disallow back.
    assume(token not in dict(world.groups))
    # A group that ends here keeps what follows from running on into it.
    whole = (token, "|".join((*lines, "Disallow: /elsewhere")))

    assert _is_no_milder(_with(world, "group", whole).judged(), world.judged())


@given(_WORLDS)
def test_a_further_refusal_in_every_group_never_makes_an_answer_milder(
    world: World,
) -> None:
    groups = tuple((token, (*lines, "Disallow: /e")) for token, lines in world.groups)

    assert _is_no_milder(replace(world, groups=groups).judged(), world.judged())


@given(_WORLDS)
def test_only_an_agreement_makes_use_of_a_refused_page_and_never_its_fetching(
    world: World,
) -> None:
    agreed = replace(
        POLICY,
        agreements=(
            Agreement(
                party="A. Author",
                scope=(f"{SITE}/",),
                document=Digest(f"sha256:{'5' * 64}"),
                expires=datetime(2027, 1, 1, tzinfo=UTC),
            ),
        ),
    )
    before, after = world.judged(), world.judged(agreed)

    assert after.acquisition == before.acquisition
    is_refused = before.acquisition.verdict is Verdict.REFUSE
    assert after.usage.verdict is (Verdict.REFUSE if is_refused else Verdict.ADMIT)


@given(
    _WORLDS,
    st.lists(
        st.tuples(
            st.sampled_from(["X-Strange", "Server", "ETag", "X-Cache", "Date"]),
            st.text(alphabet=st.characters(max_codepoint=255, min_codepoint=32)),
        ),
        max_size=3,
    ),
)
def test_headers_that_mean_nothing_change_nothing(
    world: World, strange: list[tuple[str, str]]
) -> None:
    louder = replace(world, headers=(*strange, *world.headers, *strange))

    assert louder.judged() == world.judged()


@given(_WORLDS, st.sampled_from([404, 410]))
def test_answers_that_there_is_nothing_elsewhere_change_nothing(
    world: World, status: int
) -> None:
    exchanges = {one.url: one for one in world.exchanges()}
    more = [f"{SITE}/other", "https://b.example/robots.txt", f"{SITE}/license.xml"]
    louder = exchanges | {url: Exchange(url=url, status=status) for url in more}

    assert _answers(judge(URL, louder, policy=POLICY, now=NOW)) == _answers(world.judged())


@given(_WORLDS)
def test_an_empty_file_says_what_no_file_says(world: World) -> None:
    absent = replace(world, groups=(), ai_txt=None).judged()
    exchanges = {one.url: one for one in replace(world, groups=()).exchanges()}
    for name in ("robots", "ai_txt"):
        exchanges[FILES[name]] = _answer(FILES[name], "", kind="text/plain")
    empty = judge(URL, exchanges, policy=POLICY, now=NOW)

    assert (empty.usage, empty.preferences) == (absent.usage, absent.preferences)
    assert empty.acquisition.verdict is absent.acquisition.verdict


@given(_WORLDS, st.randoms(use_true_random=False))
def test_the_order_of_headers_and_tags_does_not_matter(
    world: World, random: Random
) -> None:
    # The lines of Content-Usage are one Dictionary, in which the last of equal keys wins
    # (RFC 9651 section 4.2.2): they keep their order among themselves.
    usage = [field for field in world.headers if field[0] == "Content-Usage"]
    others = [field for field in world.headers if field[0] != "Content-Usage"]
    metas = list(world.metas)
    random.shuffle(others)
    random.shuffle(metas)
    mixed = replace(world, headers=(*others, *usage), metas=tuple(metas))

    assert _answers(mixed.judged()) == _answers(world.judged())


@given(_WORLDS, st.sampled_from([FILES["robots"], URL]))
def test_what_was_not_asked_for_is_never_a_yes(world: World, unasked: str) -> None:
    found = world.judged(unasked=unasked)

    assert found.usage.verdict is not Verdict.ADMIT


@given(_WORLDS)
def test_a_page_that_may_be_used_may_be_fetched_and_has_a_license(world: World) -> None:
    found = world.judged()
    assume(found.usage.verdict is Verdict.ADMIT)

    assert found.acquisition.verdict is Verdict.ADMIT
    assert found.preferences[Category.TRAIN_AI] in {Preference.ALLOWED, Preference.UNKNOWN}
    assert found.license is not None
    assert found.license.expression == "CC-BY-4.0"


@given(_WORLDS)
def test_a_refusal_for_what_was_said_shows_the_words(world: World) -> None:
    found = world.judged()
    assume(found.usage.verdict is Verdict.REFUSE)

    # A page that states no license has said nothing that could be shown.
    is_silent = found.usage.reason is Reason.LICENSE_NONE
    assert is_silent or any(one.quote for one in found.usage.evidence)


@given(
    _FRIENDLY_WORLDS,
    st.sampled_from(
        [
            ("header", ("X-Robots-Tag", "noarchive")),
            ("header", ("Content-Usage", "train-ai=n,")),
            ("header", ("Content-Signal", "ai-train=perhaps")),
            ("meta", ("robots", "noarchive")),
        ]
    ),
)
def test_a_doubt_beside_every_permission_holds_and_is_shown(
    world: World, doubt: tuple[str, tuple[str, str]]
) -> None:
    found = _with(world, *doubt).judged()

    assert (found.usage.verdict, found.usage.reason) == (
        Verdict.HOLD,
        Reason.PREFERENCE_UNCLEAR,
    )
    assert found.usage.evidence
    assert all(one.quote and one.digest for one in found.usage.evidence)


@given(_WORLDS)
def test_the_same_world_is_judged_the_same_twice(world: World) -> None:
    assert world.judged() == world.judged()


@given(
    st.dictionaries(
        st.sampled_from([*FILES.values(), URL]),
        st.tuples(
            st.sampled_from([200, 206, 301, 403, 404, 429, 500, 999]),
            st.lists(
                st.tuples(
                    st.sampled_from(
                        ["Content-Type", "Location", "Retry-After", "Content-Usage", "Link",
                         "X-Robots-Tag", "tdm-reservation", "tdm-policy", "Content-Signal"]
                    ),
                    st.text(max_size=12)
                    | st.sampled_from(["text/html", "text/plain", "/ai.txt", "noai"]),
                ),
                max_size=3,
            ),
            st.binary(max_size=60)
            | st.tuples(
                st.sampled_from(
                    [b"User-agent: *\n", b"[{", b"<rsl ", b"<meta name=robots content=",
                     b"License: /license.xml\n", b"<a rel=license href="]
                ),
                st.binary(max_size=30),
            ).map(b"".join),
        ),
    )
)  # fmt: skip
def test_no_bytes_of_any_answer_raise(
    answers: dict[str, tuple[int, list[tuple[str, str]], bytes]],
) -> None:
    exchanges = {
        url: Exchange(url=url, status=s, headers=tuple(h), body=body, read_at=NOW)
        for url, (s, h, body) in answers.items()
    }

    found = judge(URL, exchanges, policy=POLICY, now=NOW)

    assert URL in exchanges or found.usage.verdict is not Verdict.ADMIT


_STATEMENTS: Final = st.lists(
    st.builds(
        Statement,
        signal=st.sampled_from(Signal),
        preference=st.sampled_from(Preference),
        category=st.sampled_from(Category),
        evidence=st.just(()),
    ),
    max_size=6,
)


def _as_said(said: Mapping[Category, Preference]) -> list[Statement]:
    return [
        Statement(signal=Signal.ROBOTS, preference=p, category=c, evidence=())
        for c, p in said.items()
    ]


@given(_STATEMENTS, _STATEMENTS)
def test_combining_in_parts_is_combining_at_once(
    first: list[Statement], second: list[Statement]
) -> None:
    in_parts = combine([*_as_said(combine(first)), *_as_said(combine(second))])

    assert in_parts == combine([*first, *second]) == combine([*second, *first])


@given(_STATEMENTS)
def test_a_category_is_refused_when_anybody_refuses_it(said: list[Statement]) -> None:
    refused = {s.category for s in said if s.preference is Preference.DISALLOWED}

    assert {c for c, p in combine(said).items() if p is Preference.DISALLOWED} == refused
