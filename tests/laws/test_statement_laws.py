"""What holds of a site's statement in every small world: it lifts nothing that was said."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.judge import judge
from pipeline.license.statement import holds
from pipeline.model import Exchange, Judgement, Policy, SiteStatement
from pipeline.vocab import LicenseExpression, Reason, Verdict
from tests.laws.test_judge_laws import FILES, LICENSE, NOW, POLICY, SITE, URL, World

pytestmark = pytest.mark.law

LEGAL: Final = f"{SITE}/legal"
WORDS: Final = "All texts on this site are licensed under CC BY 4.0."
BY_NC: Final = "https://creativecommons.org/licenses/by-nc/4.0/"

_STATEMENTS: Final = st.lists(
    st.builds(
        SiteStatement,
        scope=st.sampled_from(
            [(f"{SITE}/",), (URL,), (f"{SITE}/ess",), (f"{SITE}/x/", URL)]
        ),
        license=st.sampled_from(["CC-BY-4.0", "CC0-1.0", "CC-BY-NC-4.0"]).map(
            LicenseExpression
        ),
        evidence_url=st.sampled_from([LEGAL, f"{SITE}/about", URL]),
        quote=st.sampled_from([WORDS, "The tide comes twice.", "Tide."]),
    ),
    min_size=1,
    max_size=3,
).map(tuple)

_SAID: Final = st.sampled_from(
    [
        "",
        LICENSE,
        f'<footer><a rel="license" href="{BY_NC}">CC BY-NC</a></footer>',
        f'<footer hidden><a rel="license" href="{BY_NC}">CC BY-NC</a></footer>',
        "<footer>© 2026. All rights reserved.</footer>",
        "<footer>© 2026 N.N.</footer>",
        "<footer>Our texts may not be used to train AI. ©</footer>",
        "<p>This page is not licensed under CC BY 4.0.</p>",
        f'<a href="https://localcontexts.org/label/tk-attribution/">TK</a>{LICENSE}',
        '<a href="https://localcontexts.org/label/tk-attribution/">TK</a>',
    ]
)
_WORLDS: Final = st.builds(
    World,
    groups=st.sampled_from(
        [
            (),
            (("*", ("Disallow: /legal",)),),
            (("*", ("Disallow: /",)),),
            (("GPTBot", ("Disallow: /essay",)),),
            (("*", ("Allow: /", "Content-Usage: train-ai=n")),),
        ]
    ),
    headers=st.sampled_from([(), (("X-Robots-Tag", "noai"),), (("Content-Usage", "a;"),)]),
    metas=st.sampled_from([(), (("robots", "noarchive"),)]),
    license=_SAID,
)
_ANSWERS: Final = st.builds(
    Exchange,
    url=st.sampled_from([LEGAL, f"{SITE}/about"]),
    status=st.sampled_from([200, 200, 200, 301, 403, 404, 500, None]),
    headers=st.sampled_from(
        [
            (("Content-Type", "text/html; charset=utf-8"),),
            (("Content-Type", "text/plain"), ("Location", "/else")),
            (("Content-Type", "application/pdf"),),
        ]
    ),
    body=st.sampled_from(
        [
            f"<p>{WORDS}</p>",
            f"<p hidden>{WORDS}</p>",
            f"<p>Once upon a time {WORDS}</p>",
            f"<p>{WORDS}</p><p>All rights reserved.</p>",
            f"<p>{WORDS} The tide comes twice.</p>",
        ]
    ).map(str.encode)
    | st.binary(max_size=80),
    error=st.sampled_from([None, None, None, "TIMEOUT"]),
    read_at=st.sampled_from([NOW, NOW - timedelta(hours=23), NOW - timedelta(hours=25)]),
)


# Few worlds let anything in by chance: these do, unless what is answered for the statement
# keeps them from it.
_LICENSED: Final = st.builds(World, license=st.just(LICENSE))
_SILENT: Final = st.builds(
    World, license=st.sampled_from(["", "<footer>© 2026 N.N.</footer>"])
)
_TELLING: Final = st.builds(
    Exchange,
    url=st.just(LEGAL),
    status=st.just(200),
    headers=st.just((("Content-Type", "text/html; charset=utf-8"),)),
    body=st.sampled_from([f"<p>{WORDS}</p>", f"<h1>Legal</h1><p>Hello. {WORDS}</p>"]).map(
        str.encode
    ),
    read_at=st.sampled_from([NOW, NOW - timedelta(hours=23)]),
)
_BELIEVED: Final = SiteStatement(
    scope=(f"{SITE}/",),
    license=LicenseExpression("CC-BY-4.0"),
    evidence_url=LEGAL,
    quote=WORDS,
)


def judged(world: World, answers: list[Exchange], policy: Policy) -> Judgement:
    exchanges = {one.url: one for one in (*answers, *world.exchanges())}
    return judge(URL, exchanges, policy=policy, now=NOW)


def told(statements: tuple[SiteStatement, ...]) -> Policy:
    return replace(POLICY, statements=statements)


@given(_WORLDS, st.lists(_ANSWERS, max_size=2), _STATEMENTS)
def test_a_statement_lets_in_only_pages_that_say_nothing_themselves(
    world: World, answers: list[Exchange], statements: tuple[SiteStatement, ...]
) -> None:
    without = judged(world, answers, POLICY)
    found = judged(world, answers, told(statements))

    if found.usage.verdict is Verdict.ADMIT and without.usage.verdict is not Verdict.ADMIT:
        assert (without.usage.verdict, without.usage.reason) == (
            Verdict.REFUSE,
            Reason.LICENSE_NONE,
        )
        assert found.usage.reason is Reason.LICENSE_STATED_FOR_SITE


@given(_LICENSED | _WORLDS, st.lists(_ANSWERS, max_size=2), _STATEMENTS)
def test_without_its_statements_nothing_more_is_let_in(
    world: World, answers: list[Exchange], statements: tuple[SiteStatement, ...]
) -> None:
    without = judged(world, answers, POLICY)
    found = judged(world, answers, told(statements))

    if without.usage.verdict is Verdict.ADMIT:
        assert (found.usage, found.license) == (without.usage, without.license)


@given(_WORLDS, st.lists(_ANSWERS, max_size=2), _STATEMENTS)
def test_a_statement_changes_nothing_of_fetching_and_of_consent(
    world: World, answers: list[Exchange], statements: tuple[SiteStatement, ...]
) -> None:
    without = judged(world, answers, POLICY)
    found = judged(world, answers, told(statements))

    assert found.acquisition == without.acquisition
    assert found.statements == without.statements
    assert found.preferences == without.preferences


@given(_SILENT | _WORLDS, _TELLING | _ANSWERS)
def test_what_is_let_in_by_a_statement_shows_its_words_in_a_page_of_today(
    world: World, answered: Exchange
) -> None:
    found = judged(world, [answered], told((_BELIEVED,)))

    if found.usage.reason is Reason.LICENSE_STATED_FOR_SITE:
        [shown] = [one for one in found.usage.evidence if one.source == LEGAL]
        assert (shown.quote, shown.status, shown.digest) == (WORDS, 200, answered.digest)
        assert shown.read_at is not None
        assert NOW - shown.read_at <= timedelta(hours=24)


@given(_SILENT, _TELLING)
def test_a_silent_page_of_a_site_that_states_a_license_is_let_in(
    world: World, answered: Exchange
) -> None:
    found = judged(world, [answered], told((_BELIEVED,)))

    assert found.usage.verdict is Verdict.ADMIT


@given(_WORLDS, st.lists(_ANSWERS, max_size=2), _STATEMENTS)
def test_what_is_wanted_is_never_a_policy_file_and_never_barred(
    world: World, answers: list[Exchange], statements: tuple[SiteStatement, ...]
) -> None:
    wanted = judged(world, answers, told(statements)).wanted_pages

    assert set(wanted) <= {each.evidence_url for each in statements} - {URL}
    if ("*", ("Disallow: /legal",)) in world.groups:
        assert LEGAL not in wanted
    assert not set(wanted) & set(FILES.values())


@given(st.text(max_size=200), st.text(max_size=40))
def test_no_text_raises_and_nothing_stands_in_no_text(text: str, quote: str) -> None:
    assert holds(text, quote) in {True, False}
    assert not holds("", quote)


@given(
    st.lists(st.sampled_from(["a b c", "a  B c.", "x a b c", "a b c x", "z.", ""])),
    st.sampled_from(["\n", " ", ". ", " | "]),
)
def test_what_stands_still_stands_with_more_lines_around_it(
    parts: list[str], between: str
) -> None:
    text = between.join(parts)

    assert holds(f"x\n{text}\ny", "a b c") is holds(text, "a b c")
    assert holds(text.upper(), "A  B\nC") is holds(text, "a b c")
