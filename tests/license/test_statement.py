"""A license stated once for a site: believed while its words stand, below a page's own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from pipeline.judge import judge
from pipeline.license.statement import covering, holds
from pipeline.model import Agreement, Exchange, Judgement, Policy, SiteStatement
from pipeline.values import allowed_license
from pipeline.vocab import Digest, LicenseExpression, ProductToken, Reason, Verdict

NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
SITE: Final = "https://a.example"
PAGE: Final = f"{SITE}/essay"
LEGAL: Final = f"{SITE}/legal"
FILES: Final = tuple(
    f"{SITE}/{name}" for name in ("robots.txt", ".well-known/tdmrep.json", "ai.txt")
)
WORDS: Final = "All texts on this site are licensed under CC BY 4.0."
SAID: Final = SiteStatement(
    scope=(f"{SITE}/",),
    license=LicenseExpression("CC-BY-4.0"),
    evidence_url=LEGAL,
    quote=WORDS,
    confirmed="by A. Reader on 2026-11-01",
)
POLICY: Final = Policy(
    product_token=ProductToken("Estovers"),
    allowed_licenses=tuple(map(allowed_license, ("CC0-1.0", "CC-BY", "CC-BY-SA"))),
    statements=(SAID,),
)
SILENT: Final = (
    "<main><p>The tide comes twice a day.</p></main><footer>© 2011 N.N.</footer>"
)
BY: Final = "https://creativecommons.org/licenses/by/4.0/"
BY_SA: Final = "https://creativecommons.org/licenses/by-sa/4.0/"
BY_NC: Final = "https://creativecommons.org/licenses/by-nc/4.0/"

STATED: Final = (Verdict.ADMIT, Reason.LICENSE_STATED_FOR_SITE)
NOT_READ: Final = (Verdict.HOLD, Reason.LICENSE_STATEMENT_NOT_READ)
GONE: Final = (Verdict.HOLD, Reason.LICENSE_STATEMENT_GONE)
CONTRADICTED: Final = (Verdict.HOLD, Reason.LICENSE_STATEMENT_CONTRADICTED)
NONE: Final = (Verdict.REFUSE, Reason.LICENSE_NONE)
DENIED: Final = (Verdict.REFUSE, Reason.LICENSE_DENIED)
UNCLEAR: Final = (Verdict.HOLD, Reason.LICENSE_UNCLEAR)
NOT_ALLOWED: Final = (Verdict.REFUSE, Reason.LICENSE_NOT_ALLOWED)


def answer(url: str, body: str = "", /, *, status: int = 200, **headers: str) -> Exchange:
    named = {"Content-Type": "text/html; charset=utf-8"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return Exchange(
        url=url, status=status, headers=tuple(named.items()), body=body.encode(),
        read_at=NOW - timedelta(minutes=1),
    )  # fmt: skip


def page(body: str = SILENT, url: str = PAGE, **headers: str) -> Exchange:
    return answer(url, body, status=200, **headers)


def legal(words: str = WORDS, *, status: int = 200, **headers: str) -> Exchange:
    return answer(LEGAL, f"<main><p>{words}</p></main>", status=status, **headers)


def world(*exchanges: Exchange) -> Mapping[str, Exchange]:
    files = (answer(url, status=404) for url in FILES)
    return {one.url: one for one in (*files, *exchanges)}


def judged(
    *exchanges: Exchange, url: str = PAGE, under: Policy = POLICY, now: datetime = NOW
) -> Judgement:
    return judge(url, world(*exchanges), policy=under, now=now)


def use(*exchanges: Exchange, under: Policy = POLICY) -> tuple[Verdict, Reason]:
    usage = judged(*exchanges, under=under).usage
    return usage.verdict, usage.reason


def stating(license_: str, **changes: object) -> SiteStatement:
    return replace(SAID, license=LicenseExpression(license_), **changes)  # type: ignore[arg-type]


def told(*statements: SiteStatement) -> Policy:
    return replace(POLICY, statements=statements)


def test_a_page_that_states_nothing_has_the_license_of_its_site() -> None:
    found = judged(page(), legal())

    assert (found.usage.verdict, found.usage.reason) == STATED
    assert found.license is not None
    assert found.license.expression == "CC-BY-4.0"


def test_the_decision_shows_the_words_where_they_stand_and_who_confirmed_them() -> None:
    page_read, assertion = judged(page(), legal()).usage.evidence

    assert (page_read.source, page_read.quote, page_read.status) == (LEGAL, WORDS, 200)
    assert (page_read.digest, page_read.read_at) == (legal().digest, legal().read_at)
    assert assertion.source == "manifest"
    assert assertion.quote == f"CC-BY-4.0, confirmed by A. Reader on 2026-11-01: {WORDS}"


@pytest.mark.parametrize(
    "words",
    [
        "<p>All rights re<span hidden>x</span>served.</p>",
        "<footer>Under a CC BY-N<b hidden>x</b>C 4.0 lic<i hidden>x</i>ense</footer>",
    ],
)
def test_what_a_page_says_against_it_counts_however_it_is_broken_up(words: str) -> None:
    verdict, _ = use(page(f"{SILENT}{words}"), legal())

    assert verdict is not Verdict.ADMIT


def test_without_a_statement_the_same_page_is_refused() -> None:
    assert use(page(), legal(), under=told()) == NONE


def test_a_page_out_of_scope_is_refused() -> None:
    elsewhere = told(replace(SAID, scope=(f"{SITE}/es", f"{SITE}/letters/")))

    assert use(page(), legal(), under=elsewhere) == NONE


@pytest.mark.parametrize(
    ("license_", "use_of_it"),
    [
        ("CC-BY-NC-4.0", NOT_ALLOWED),
        ("CC-BY-ND-4.0", NOT_ALLOWED),
        ("PostgreSQL", NOT_ALLOWED),
        ("CC0-1.0", STATED),
    ],
)
def test_what_is_stated_is_concluded_and_policy_decides(
    license_: str, use_of_it: tuple[Verdict, Reason]
) -> None:
    words = "You may do what the license of this site says."
    found = judged(page(), legal(words), under=told(stating(license_, quote=words)))

    assert found.license is not None
    assert found.license.expression == license_
    assert (found.usage.verdict, found.usage.reason) == use_of_it


# What is asked for, and when.


def test_the_page_that_states_it_is_asked_for_before_the_pages_in_scope() -> None:
    first = judge(PAGE, {}, policy=POLICY, now=NOW)
    second = judge(PAGE, {FILES[0]: answer(FILES[0], status=404)}, policy=POLICY, now=NOW)
    third = judged()

    assert (first.wanted, first.wanted_pages) == (FILES[:1], ())
    assert (second.wanted, second.wanted_pages) == (FILES[1:], ())
    assert (third.wanted, third.wanted_pages) == ((), (LEGAL,))


def test_it_is_not_asked_for_where_it_changes_nothing() -> None:
    licensed = page(f'{SILENT}<footer><a rel="license" href="{BY_NC}">BY-NC</a></footer>')
    refused = page(SILENT, X_Robots_Tag="noai")
    absent = answer(PAGE, status=404)

    for each in (licensed, refused, absent):
        assert judged(each).wanted_pages == ()
    assert judged(url="https://b.example/").wanted_pages == ()


def test_until_it_is_read_a_page_that_states_nothing_is_held() -> None:
    found = judged(page())

    assert (found.usage.verdict, found.usage.reason) == NOT_READ
    assert found.wanted_pages == (LEGAL,)
    assert found.acquisition.verdict is Verdict.ADMIT


def test_where_robots_txt_keeps_us_from_it_it_is_not_asked_for_and_pages_are_held() -> None:
    robots = answer(
        FILES[0], "User-agent: *\nDisallow: /legal\n", Content_Type="text/plain"
    )

    found = judged(page(), robots)

    assert (found.usage.verdict, found.usage.reason) == NOT_READ
    assert found.wanted_pages == ()
    assert found.usage.evidence[0].quote == "Disallow: /legal"


def test_it_is_believed_for_a_day() -> None:
    read, later = world(page(), legal()), NOW + timedelta(hours=24)
    fresh = {FILES[0]: replace(read[FILES[0]], read_at=later)}

    found = judge(PAGE, {**read, **fresh}, policy=POLICY, now=later)

    assert (found.usage.verdict, found.usage.reason) == NOT_READ
    assert found.wanted_pages == (LEGAL,)


def test_the_page_that_states_it_is_under_it_where_it_is_in_scope() -> None:
    words = "You may do with our texts what CC BY 4.0 lets you do."
    own = answer(LEGAL, f"<p>{words}</p>")
    under = told(replace(SAID, quote=words))

    found = judge(LEGAL, world(own), policy=under, now=NOW)
    changed = judge(LEGAL, world(legal("Nothing more.")), policy=under, now=NOW)

    assert (found.usage.verdict, found.usage.reason) == STATED
    assert found.wanted_pages == ()
    assert (changed.usage.verdict, changed.usage.reason) == NONE


# Whether the words still stand.


@pytest.mark.parametrize(
    ("stands", "found"),
    [
        pytest.param("Our license moved.", GONE, id="other words"),
        pytest.param(f"No longer: {WORDS}", GONE, id="inside a longer sentence"),
        pytest.param(f"{WORDS[:-1]}, for private use only.", GONE, id="with more after it"),
        pytest.param(f"</p><p hidden>{WORDS}</p><p>", GONE, id="hidden"),
        pytest.param(f"</p><!-- {WORDS} --><p>", GONE, id="in a comment"),
        pytest.param(f"</p><template>{WORDS}</template><p>", GONE, id="in a template"),
        pytest.param("ALL TEXTS\n on this&nbsp;site are <b>licensed</b> under CC BY\t4.0.",
                     STATED, id="in other case and spacing"),
        pytest.param(f"Welcome! {WORDS} Write to us.", STATED, id="among other sentences"),
        pytest.param(f"{WORDS[:-1]}.1, as amended.", GONE, id="in a longer number"),
        pytest.param(f"© 2026 N.N. | {WORDS[:-1]} | Contact", STATED, id="between bars"),
    ],
)  # fmt: skip
def test_the_words_have_to_stand_whole_and_visible(
    stands: str, found: tuple[Verdict, Reason]
) -> None:
    assert use(page(), legal(stands)) == found


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        pytest.param("It’s “free” — all of it.", "It's \"free\" - all of it.", id="dashes"),
        pytest.param("Caf\u0065\u0301s are CC0.", "Caf\u00e9s are CC0.", id="NFC"),
        pytest.param("序。文章はCC BY 4.0です。終", "文章はCC BY 4.0です。", id="CJK"),
        pytest.param("A title\nThe texts are\nunder CC0.\nMore", "The texts are under CC0.",
                     id="over two lines"),
    ],
)  # fmt: skip
def test_typography_is_no_difference(text: str, quote: str) -> None:
    assert holds(text, quote)


def test_words_behind_many_brackets_are_not_taken_for_a_beginning() -> None:
    assert holds(f"{'(' * 9}{WORDS}", WORDS)
    assert holds(f"Hello. {'(' * 9}{WORDS}", WORDS)
    assert not holds(f"Not so {'(' * 99}{WORDS}", WORDS)
    assert not holds(f"Version 3.{WORDS}", WORDS)


def test_a_page_that_repeats_half_the_words_is_read_in_no_time() -> None:
    assert not holds(f"no {WORDS[:-1]}, " * 4_000, WORDS)


def test_no_words_stand_nowhere() -> None:
    assert not holds("Some text.", "")
    assert not holds("", WORDS)


@pytest.mark.parametrize(
    ("answered", "found"),
    [
        pytest.param(legal(status=404), GONE, id="not found"),
        pytest.param(legal(status=301, Location="/terms"), GONE, id="redirect"),
        pytest.param(legal(status=403), NOT_READ, id="forbidden"),
        pytest.param(legal(status=503), NOT_READ, id="server in trouble"),
        pytest.param(Exchange(url=LEGAL, error="TIMEOUT"), NOT_READ, id="timeout"),
        pytest.param(replace(legal(), error="TRUNCATED"), NOT_READ, id="a part only"),
        pytest.param(answer(LEGAL, "%PDF-1.7", Content_Type="application/pdf"), NOT_READ,
                     id="no page"),
        pytest.param(answer(LEGAL, WORDS, Content_Type="text/plain"), STATED, id="plain"),
    ],
)  # fmt: skip
def test_a_page_that_cannot_be_read_states_nothing(
    answered: Exchange, found: tuple[Verdict, Reason]
) -> None:
    assert use(page(), answered) == found


def test_a_license_that_nobody_could_say_yes_to_is_refused_and_not_held() -> None:
    under = told(stating("CC-BY-NC-4.0"))

    for answered in (legal("Other words."), legal(status=503)):
        assert judged(page(), answered, under=under).usage.verdict is Verdict.REFUSE


# What the page itself says comes first.


@pytest.mark.parametrize(
    ("said", "found"),
    [
        pytest.param(f'<footer><a rel="license" href="{BY_NC}">NC</a></footer>',
                     NOT_ALLOWED, id="a license of its own"),
        pytest.param(f'<footer><a href="{BY_NC}">NC</a></footer>', NOT_ALLOWED,
                     id="a hint of a stricter one"),
        pytest.param("<footer>© 2026. All rights reserved.</footer>", CONTRADICTED,
                     id="all rights reserved"),
        pytest.param("<p>Alle Rechte vorbehalten.</p>", CONTRADICTED, id="in German"),
        pytest.param("<footer>© N.N. Our texts may not be used to train AI.</footer>",
                     CONTRADICTED, id="reserved for machines that learn"),
        pytest.param("<footer>This page is licensed under the Hearth License.</footer>",
                     CONTRADICTED, id="a license without an identifier"),
        pytest.param("<footer>This page is not licensed under CC BY 4.0.</footer>",
                     DENIED, id="expressly not"),
        pytest.param("<footer>This page is not licensed under the Hearth License.</footer>",
                     CONTRADICTED, id="expressly not, by another name"),
        pytest.param("<p>Reprinted with kind permission of the Daily Tide.</p>",
                     CONTRADICTED, id="another's by permission"),
        pytest.param('<head><link rel="license" href="/other-terms"></head>', CONTRADICTED,
                     id="another place for its license"),
        pytest.param(f'<footer><a href="{BY_SA}"><img alt="CC"></a></footer>', UNCLEAR,
                     id="a badge"),
        pytest.param(f'<footer>Read <a href="{BY_SA}">what this means</a></footer>',
                     CONTRADICTED, id="a link to another license"),
        pytest.param(f'<footer>Icons: <a href="{BY_SA}">CC BY-SA</a></footer>', STATED,
                     id="a credit for icons"),
        pytest.param('<head><link rel="license" href="/legal#texts"></head>', STATED,
                     id="the same place"),
        pytest.param("<footer>© 2011 N.N.</footer>", STATED, id="a bare copyright line"),
        pytest.param("<footer>Some rights reserved.</footer>", STATED,
                     id="some rights reserved"),
        pytest.param("<figure><figcaption>All rights reserved.</figcaption></figure>",
                     STATED, id="a caption's reservation"),
        pytest.param("<p>Figure 2: The weir. Used with permission.</p>", STATED,
                     id="a picture by permission"),
        pytest.param('<nav><a href="/other">License</a></nav>', STATED, id="a bare label"),
        pytest.param("<p>Ada asked which license the guild gives to its books.</p>", STATED,
                     id="a story about licenses"),
    ],
)  # fmt: skip
def test_what_a_page_says_of_itself_comes_first(
    said: str, found: tuple[Verdict, Reason]
) -> None:
    assert use(page(f"{SILENT}{said}"), legal()) == found


def test_a_contradiction_shows_both_sides() -> None:
    reserved = page(f"{SILENT}<footer>All rights reserved.</footer>")

    evidence = judged(reserved, legal()).usage.evidence

    assert [one.source for one in evidence] == [PAGE, "manifest"]
    assert evidence[0].quote == "All rights reserved."


def test_a_statement_changes_nothing_about_consent() -> None:
    label = '<a href="https://localcontexts.org/label/tk-attribution/">TK A</a>'

    assert use(page(f"{SILENT}{label}"), legal()) == (
        Verdict.HOLD,
        Reason.COMMUNITY_AUTHORITY,
    )
    assert use(page(SILENT, Content_Usage="train-ai=n"), legal()) == (
        Verdict.REFUSE,
        Reason.PREFERENCE_DISALLOWS,
    )


def test_a_text_that_may_be_another_s_is_held_by_its_own_reason() -> None:
    elsewhere = page(f"{SILENT}<p>This article was originally published on b.example.</p>")

    assert use(elsewhere, legal()) == (Verdict.HOLD, Reason.LICENSE_REPUBLISHED)


def test_an_agreement_needs_no_statement() -> None:
    agreed = Agreement(
        party="N.N.", scope=(f"{SITE}/",), document=Digest(f"sha256:{'5' * 64}"),
        expires=NOW + timedelta(days=1),
    )  # fmt: skip

    found = judged(page(), under=replace(POLICY, agreements=(agreed,)))

    assert (found.usage.verdict, found.usage.reason) == (Verdict.ADMIT, Reason.AGREED)
    assert found.wanted_pages == ()


# What speaks against it on the page that states it.


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param("© N.N. All rights reserved.", id="all rights reserved"),
        pytest.param("Our texts are reserved from AI training, do not use.", id="learning"),
        pytest.param(f'This site is under <a rel="license" href="{BY_NC}">BY-NC</a>.',
                     id="another license"),
    ],
)  # fmt: skip
def test_what_its_own_page_says_against_it_holds(beside: str) -> None:
    words = "You may use our texts as that license says."
    under = told(replace(SAID, quote=words))

    assert use(page(), legal(f"{words}</p><p>{beside}"), under=under) == CONTRADICTED


def test_a_choice_is_stated_where_each_of_its_arms_is() -> None:
    words = "This book is available under two licenses."
    either = stating("CC-BY-4.0 OR CC-BY-SA-4.0", quote=words)
    other = stating("CC-BY-4.0 OR CC0-1.0", quote=words)
    both = legal(
        f'{words}</p><p>This book is licensed under <a href="{BY}">CC BY 4.0</a>.</p>'
        f'<p>This book is licensed under <a href="{BY_SA}">CC BY-SA 4.0</a>.'
    )

    assert use(page(), both, under=told(either)) == STATED
    assert use(page(), both, under=told(other)) == CONTRADICTED


# Several statements.


def test_the_longest_scope_decides() -> None:
    narrow = stating("CC0-1.0", scope=(f"{SITE}/essay",), evidence_url=f"{SITE}/zero",
                     quote="These essays are CC0 1.0.")  # fmt: skip
    zero = answer(f"{SITE}/zero", "<p>These essays are CC0 1.0.</p>")

    found = judged(page(), legal(), zero, under=told(SAID, narrow))

    assert covering(PAGE, (SAID, narrow)) == (narrow,)
    assert found.license is not None
    assert found.license.expression == "CC0-1.0"


def test_two_that_disagree_are_a_contradiction() -> None:
    other = stating("CC-BY-SA-4.0")
    closed = stating("CC-BY-NC-4.0")

    assert use(page(), legal(), under=told(SAID, other)) == CONTRADICTED
    assert use(page(), legal(), under=told(SAID, closed)) == (
        Verdict.REFUSE,
        Reason.LICENSE_STATEMENT_CONTRADICTED,
    )


def test_two_that_agree_have_both_to_stand() -> None:
    second = replace(SAID, evidence_url=f"{SITE}/about")
    about = answer(f"{SITE}/about", f"<p>{WORDS}</p>")

    assert use(page(), legal(), about, under=told(SAID, second)) == STATED
    assert use(page(), legal(), under=told(SAID, second)) == NOT_READ
    assert use(page(), legal("Gone."), about, under=told(SAID, second)) == GONE
