"""The judge: from what was exchanged to what may be done, and what to ask for next."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from pipeline.consent.signals import SOFTWARE_TOKENS
from pipeline.judge import MAX_HOPS, judge, policy_file_judgement, revalidated
from pipeline.manifest import SOFTWARE
from pipeline.model import Agreement, Exchange, Judgement, Policy
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

NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
SITE: Final = "https://a.example"
PAGE: Final = f"{SITE}/essay"
ROBOTS: Final = f"{SITE}/robots.txt"
TDMREP: Final = f"{SITE}/.well-known/tdmrep.json"
AI_TXT: Final = f"{SITE}/ai.txt"
PAPER: Final = Digest(f"sha256:{'5' * 64}")
BY: Final = "https://creativecommons.org/licenses/by/4.0/"
BY_NC: Final = "https://creativecommons.org/licenses/by-nc/4.0/"
TK_LABEL: Final = '<a href="https://localcontexts.org/label/tk-attribution/">TK A</a>'

ADMIT, REFUSE, HOLD, DEFER = Verdict.ADMIT, Verdict.REFUSE, Verdict.HOLD, Verdict.DEFER


def policy(*agreements: Agreement, token: str = "Estovers") -> Policy:
    return Policy(
        product_token=ProductToken(token),
        allowed_licenses=tuple(map(allowed_license, ("CC0-1.0", "CC-BY", "CC-BY-SA"))),
        training_tokens=("GPTBot", "CCBot"),
        agreements=agreements,
    )


def agreement(*scope: str, expires: datetime = NOW + timedelta(days=1)) -> Agreement:
    return Agreement(party="A. Author", scope=scope, document=PAPER, expires=expires)


def answer(url: str, body: str = "", /, *, status: int = 200, **headers: str) -> Exchange:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Exchange(
        url=url,
        status=status,
        headers=tuple(named.items()),
        body=body.encode(),
        read_at=NOW - timedelta(minutes=1),
    )


def robots(body: str) -> Exchange:
    return answer(ROBOTS, body, Content_Type="text/plain")


def absent(url: str) -> Exchange:
    return answer(url, status=404)


def page(body: str, url: str = PAGE, **headers: str) -> Exchange:
    kind = "text/html; charset=utf-8"
    return answer(url, body, status=200, Content_Type=kind, **headers)


def licensed(address: str = BY, also: str = "") -> str:
    return f'<p>Tide.</p>{also}<footer><a rel="license" href="{address}">CC</a></footer>'


def world(*exchanges: Exchange) -> Mapping[str, Exchange]:
    """Return exchanges on top of a site that has no policy file."""
    files = (absent(ROBOTS), absent(TDMREP), absent(AI_TXT))
    return {one.url: one for one in (*files, *exchanges)}


def judged(*exchanges: Exchange, url: str = PAGE, under: Policy | None = None) -> Judgement:
    return judge(url, world(*exchanges), policy=under or policy(), now=NOW)


def verdicts(found: Judgement) -> tuple[Verdict, Reason, Verdict, Reason]:
    acquisition, usage = found.acquisition, found.usage
    return acquisition.verdict, acquisition.reason, usage.verdict, usage.reason


def test_robots_txt_is_asked_for_before_anything_else() -> None:
    found = judge(PAGE, {}, policy=policy(), now=NOW)

    assert found.wanted == (ROBOTS,)
    assert verdicts(found) == (
        DEFER,
        Reason.ROBOTS_NOT_ASKED,
        HOLD,
        Reason.NOT_CAPTURED,
    )


def test_once_robots_txt_lets_us_in_the_other_files_are_asked_for() -> None:
    found = judge(PAGE, {ROBOTS: absent(ROBOTS)}, policy=policy(), now=NOW)

    assert found.wanted == (TDMREP, AI_TXT)


def test_a_license_that_robots_txt_names_is_asked_for() -> None:
    terms = f"{SITE}/license.xml"
    found = judged(robots(f"License: {terms}\nUser-agent: *\nAllow: /\n"))

    assert found.wanted == (terms,)


def test_a_redirect_of_robots_txt_is_followed_to_the_file() -> None:
    moved = answer(ROBOTS, status=301, Location="https://b.example/rules.txt")
    found = judge(PAGE, {ROBOTS: moved}, policy=policy(), now=NOW)

    assert found.wanted == ("https://b.example/rules.txt",)


def test_nothing_is_asked_for_where_robots_txt_keeps_us_out() -> None:
    closed = robots("User-agent: *\nDisallow: /\n")
    found = judge(PAGE, {ROBOTS: closed}, policy=policy(), now=NOW)

    assert (found.wanted, found.acquisition.verdict) == ((), REFUSE)


def test_nothing_is_asked_for_where_use_is_refused_already() -> None:
    no = robots("User-agent: *\nContent-Usage: train-ai=n\n")
    found = judge(PAGE, {ROBOTS: no}, policy=policy(), now=NOW)

    assert found.wanted == ()
    assert verdicts(found) == (
        ADMIT,
        Reason.ROBOTS_NO_RULE,
        REFUSE,
        Reason.PREFERENCE_DISALLOWS,
    )


def test_nothing_more_is_asked_for_once_all_files_were_seen() -> None:
    found = judged()

    assert found.wanted == ()
    assert found.used == (ROBOTS, TDMREP, AI_TXT)


def test_a_file_that_robots_txt_keeps_us_from_is_not_asked_for_and_leaves_a_doubt() -> None:
    exchanges = (
        robots("User-agent: *\nDisallow: /ai.txt\n"),
        absent(TDMREP),
        page(licensed()),
    )
    found = judge(PAGE, {one.url: one for one in exchanges}, policy=policy(), now=NOW)

    assert found.wanted == ()
    assert (found.usage.verdict, found.usage.reason) == (HOLD, Reason.PREFERENCE_UNCLEAR)
    assert [one.line for one in found.usage.evidence] == [2]


def test_a_licensed_page_of_a_silent_site_is_admitted() -> None:
    found = judged(page(licensed()))

    assert verdicts(found) == (
        ADMIT,
        Reason.ROBOTS_UNAVAILABLE,
        ADMIT,
        Reason.LICENSE_ADMITS,
    )
    assert found.license is not None
    assert found.license.expression == "CC-BY-4.0"


def test_a_page_without_a_license_is_refused_although_nobody_objects() -> None:
    found = judged(page("<p>Tide.</p>"), robots("User-agent: *\nAllow: /\n"))

    assert verdicts(found) == (ADMIT, Reason.ROBOTS_ALLOWS, REFUSE, Reason.LICENSE_NONE)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(licensed(BY_NC), (REFUSE, Reason.LICENSE_NOT_ALLOWED), id="NC alone"),
        pytest.param(
            licensed(BY_NC, TK_LABEL),
            (REFUSE, Reason.LICENSE_NOT_ALLOWED),
            id="NC beside a TK label",
        ),
        pytest.param(
            licensed(BY, TK_LABEL),
            (HOLD, Reason.COMMUNITY_AUTHORITY),
            id="BY beside a TK label",
        ),
        pytest.param(
            f"<p>x</p>{TK_LABEL}",
            (HOLD, Reason.COMMUNITY_AUTHORITY),
            id="a TK label without a license",
        ),
        pytest.param(
            licensed(BY, "<p>All rights reserved.</p>"),
            (HOLD, Reason.LICENSE_RESERVED),
            id="BY beside reserved rights",
        ),
        pytest.param(
            licensed(BY, f'<footer><a rel="license" href="{BY_NC}">NC</a></footer>'),
            (REFUSE, Reason.LICENSE_CONFLICT),
            id="BY beside NC",
        ),
    ],
)
def test_license_and_community_decide_together(
    body: str, expected: tuple[Verdict, Reason]
) -> None:
    found = judged(page(body))

    assert (found.usage.verdict, found.usage.reason) == expected


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        pytest.param(
            answer(PAGE, status=401),
            (REFUSE, Reason.ACCESS_REFUSED, REFUSE, Reason.ACQUISITION_REFUSED),
            id="401",
        ),
        pytest.param(
            answer(PAGE, status=402),
            (REFUSE, Reason.PAYMENT_REQUIRED, REFUSE, Reason.ACQUISITION_REFUSED),
            id="402",
        ),
        pytest.param(
            answer(PAGE, status=451),
            (REFUSE, Reason.LEGAL_BLOCK, REFUSE, Reason.ACQUISITION_REFUSED),
            id="451",
        ),
        pytest.param(
            answer(PAGE, status=429),
            (DEFER, Reason.BACK_OFF, REFUSE, Reason.NOT_CAPTURED),
            id="429",
        ),
        pytest.param(
            answer(PAGE, status=404),
            (ADMIT, Reason.ROBOTS_UNAVAILABLE, REFUSE, Reason.NOT_CAPTURED),
            id="404",
        ),
        pytest.param(
            Exchange(url=PAGE, status=200, body=b"<p>", error="TRUNCATED"),
            (ADMIT, Reason.ROBOTS_UNAVAILABLE, REFUSE, Reason.CAPTURE_INCOMPLETE),
            id="cut off",
        ),
        pytest.param(
            answer(PAGE, "%PDF-1.7", Content_Type="application/pdf"),
            (ADMIT, Reason.ROBOTS_UNAVAILABLE, REFUSE, Reason.NOT_A_PAGE),
            id="not HTML",
        ),
    ],
)
def test_an_answer_that_is_no_page_is_never_used(
    exchange: Exchange, expected: tuple[Verdict, Reason, Verdict, Reason]
) -> None:
    assert verdicts(judged(exchange)) == expected


def hop(url: str, target: str, **headers: str) -> Exchange:
    return answer(url, status=302, Location=target, **headers)


def test_a_redirect_is_judged_by_the_representation_at_its_end() -> None:
    end = f"{SITE}/new"
    found = judged(hop(PAGE, "/new"), page(licensed(), url=end))

    assert (found.url, found.usage.verdict, found.usage.evidence[0].source) == (
        PAGE,
        ADMIT,
        end,
    )


def test_a_refusal_at_the_end_of_a_redirect_refuses_its_start() -> None:
    end = f"{SITE}/new"
    found = judged(hop(PAGE, "/new"), page(licensed(), url=end, X_Robots_Tag="noai"))

    assert (found.usage.verdict, found.usage.reason) == (
        REFUSE,
        Reason.PREFERENCE_DISALLOWS,
    )
    assert found.preferences[Category.TRAIN_AI] is Preference.DISALLOWED


def test_what_a_redirect_says_on_its_way_is_not_said_of_the_end() -> None:
    end = f"{SITE}/new"
    found = judged(hop(PAGE, "/new", Content_Usage="train-ai=n"), page(licensed(), url=end))

    assert found.usage.verdict is ADMIT


@pytest.mark.parametrize(
    "closed", [pytest.param("/essay", id="first hop"), pytest.param("/new", id="last hop")]
)
def test_every_hop_of_a_redirect_has_to_be_open(closed: str) -> None:
    end = f"{SITE}/new"
    rules = robots(f"User-agent: *\nDisallow: {closed}\n")
    found = judged(rules, hop(PAGE, "/new"), page(licensed(), url=end))

    assert verdicts(found) == (
        REFUSE,
        Reason.ROBOTS_DISALLOWS,
        REFUSE,
        Reason.ACQUISITION_REFUSED,
    )


def test_a_redirect_to_another_host_asks_for_that_hosts_rules() -> None:
    end = "https://b.example/essay"
    found = judged(hop(PAGE, end), page(licensed(), url=end))

    assert (found.acquisition.verdict, found.wanted) == (
        DEFER,
        ("https://b.example/robots.txt",),
    )


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("http://a.example/essay2", id="from https to http"),
        pytest.param("https://me:pw@a.example/essay2", id="with a password"),
        pytest.param("", id="nowhere"),
    ],
)
def test_a_redirect_that_is_not_followed_leads_to_no_use(target: str) -> None:
    end = "http://a.example/essay2"
    found = judged(hop(PAGE, target), page(licensed(), url=end))

    assert (found.usage.verdict, found.usage.reason) == (REFUSE, Reason.NOT_CAPTURED)


def test_a_loop_of_redirects_ends_and_is_not_used() -> None:
    found = judged(hop(PAGE, "/b"), hop(f"{SITE}/b", "/essay"))

    assert (found.usage.verdict, found.usage.reason) == (REFUSE, Reason.NOT_CAPTURED)


@pytest.mark.parametrize(
    ("hops", "expected"), [(MAX_HOPS, ADMIT), (MAX_HOPS + 1, REFUSE)], ids=["5", "6"]
)
def test_five_redirects_are_followed_and_no_more(hops: int, expected: Verdict) -> None:
    chain = [hop(f"{SITE}/{n}", f"/{n + 1}") for n in range(hops)]
    found = judged(*chain, page(licensed(), url=f"{SITE}/{hops}"), url=f"{SITE}/0")

    assert found.usage.verdict is expected


@pytest.mark.parametrize(
    ("age", "wanted"),
    [
        pytest.param(timedelta(hours=24), (TDMREP, AI_TXT), id="a day old"),
        pytest.param(timedelta(hours=24, seconds=1), (ROBOTS,), id="older than a day"),
    ],
)
def test_a_stale_robots_txt_is_asked_for_again(
    age: timedelta, wanted: tuple[str, ...]
) -> None:
    old = Exchange(url=ROBOTS, status=404, read_at=NOW - age)

    assert judge(PAGE, {ROBOTS: old}, policy=policy(), now=NOW).wanted == wanted


def test_a_stale_refusal_is_not_believed_either() -> None:
    body = b"User-agent: *\nDisallow: /\n"
    old = Exchange(url=ROBOTS, status=200, body=body, read_at=NOW - timedelta(days=2))
    found = judge(PAGE, {ROBOTS: old}, policy=policy(), now=NOW)

    assert found.acquisition.reason is Reason.ROBOTS_NOT_ASKED


def test_an_answer_that_nothing_changed_keeps_an_earlier_refusal() -> None:
    stored = page(licensed(), X_Robots_Tag="noai", ETag='"1"')
    unchanged = answer(PAGE, status=304, ETag='"1"', Date="today")

    found = judged(revalidated(stored, unchanged))

    assert found.usage.reason is Reason.PREFERENCE_DISALLOWS


def test_an_answer_that_nothing_changed_may_bring_a_refusal() -> None:
    stored = page(licensed(), Content_Usage="train-ai=y")
    unchanged = answer(PAGE, status=304, Content_Usage="train-ai=n")

    assert judged(revalidated(stored, unchanged)).usage.verdict is REFUSE


def test_a_revalidated_page_is_the_stored_one_read_at_the_new_moment() -> None:
    stored = page("x", ETag='"1"')
    unchanged = answer(PAGE, status=304, etag='"2"')

    both = revalidated(stored, unchanged)

    assert (both.status, both.body, both.digest, both.read_at) == (
        200,
        b"x",
        stored.digest,
        unchanged.read_at,
    )
    assert both.header_lines("ETag") == ('"2"',)
    assert both.header("Content-Type") == "text/html; charset=utf-8"


REFUSING: Final = page(licensed(BY_NC), X_Robots_Tag="noai")


def test_an_agreement_lifts_a_refusal_of_use_and_is_named() -> None:
    found = judged(REFUSING, under=policy(agreement(f"{SITE}/")))

    (evidence,) = found.usage.evidence
    assert (found.usage.verdict, found.usage.reason) == (ADMIT, Reason.AGREED)
    assert (evidence.digest, evidence.quote, evidence.locator) == (
        PAPER,
        f"A. Author, until 2026-11-22: {SITE}/",
        "agreements[party=A. Author]",
    )


def test_a_page_under_an_agreement_still_says_what_it_prefers() -> None:
    found = judged(REFUSING, under=policy(agreement(f"{SITE}/")))

    assert found.preferences[Category.TRAIN_AI] is Preference.DISALLOWED
    assert Signal.X_ROBOTS_TAG in {one.signal for one in found.statements}


def test_a_page_without_a_license_gets_the_agreements_name() -> None:
    found = judged(page("<p>x</p>"), under=policy(agreement(PAGE)))

    assert found.license is not None
    assert (found.usage.verdict, found.license.expression, found.license.reason) == (
        ADMIT,
        "LicenseRef-Agreement-555555555555",
        Reason.AGREED,
    )


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(agreement(f"{SITE}/", expires=NOW), id="expires now"),
        pytest.param(agreement(f"{SITE}/", expires=NOW - timedelta(1)), id="expired"),
        pytest.param(agreement(f"{SITE}/other/"), id="another prefix"),
        pytest.param(agreement(f"{SITE}/ess"), id="half a segment"),
        pytest.param(agreement("https://a.example.evil/"), id="another host"),
        pytest.param(agreement("http://a.example/"), id="another scheme"),
        pytest.param(agreement(), id="no scope"),
    ],
)
def test_an_agreement_that_is_over_or_for_other_pages_lifts_nothing(
    one: Agreement,
) -> None:
    found = judged(REFUSING, under=policy(one))

    assert (found.usage.verdict, found.usage.reason) == (
        REFUSE,
        Reason.PREFERENCE_DISALLOWS,
    )


@pytest.mark.parametrize(
    "closed",
    [
        pytest.param(robots("User-agent: *\nDisallow: /\n"), id="disallowed"),
        pytest.param(answer(ROBOTS, status=403), id="robots.txt is withheld"),
        pytest.param(robots("User-agent: *\nCrawl-delay: 86401\n"), id="delay"),
        pytest.param(answer(PAGE, status=403), id="the page is withheld"),
    ],
)
def test_an_agreement_never_lifts_a_refusal_to_let_us_in(closed: Exchange) -> None:
    found = judged(REFUSING, closed, under=policy(agreement(f"{SITE}/")))

    assert (found.acquisition.verdict, found.usage.verdict) == (REFUSE, REFUSE)


def test_an_agreement_does_not_make_a_page_of_what_is_none() -> None:
    pdf = answer(PAGE, "%PDF-1.7", Content_Type="application/pdf")
    found = judged(pdf, under=policy(agreement(f"{SITE}/")))

    assert (found.usage.verdict, found.usage.reason) == (REFUSE, Reason.NOT_A_PAGE)


@pytest.mark.parametrize(
    ("body", "token", "expected"),
    [
        pytest.param(
            "User-agent: Scrapy\nDisallow: /\n",
            "Estovers",
            (REFUSE, Reason.ROBOTS_DISALLOWS_SOFTWARE),
            id="Scrapy by name",
        ),
        pytest.param(
            "User-agent: Scrapy\nDisallow: /\n\nUser-agent: Estovers\nAllow: /\n",
            "Estovers",
            (REFUSE, Reason.ROBOTS_DISALLOWS_SOFTWARE),
            id="Scrapy by name, us admitted",
        ),
        pytest.param(
            "User-agent: Estovers\nDisallow: /\n\nUser-agent: Scrapy\nAllow: /\n",
            "Estovers",
            (REFUSE, Reason.ROBOTS_DISALLOWS),
            id="us by name, Scrapy admitted",
        ),
        pytest.param(
            "User-agent: *\nDisallow: /\n\nUser-agent: Estovers\nAllow: /\n",
            "Estovers",
            (ADMIT, Reason.ROBOTS_ALLOWS),
            id="everyone, us admitted",
        ),
        pytest.param(
            "User-agent: Zed\nDisallow: /\n",
            "Estovers",
            (ADMIT, Reason.ROBOTS_NO_RULE),
            id="someone else",
        ),
        pytest.param(
            "User-agent: Estovers\nDisallow: /\n",
            "Zed",
            (REFUSE, Reason.ROBOTS_DISALLOWS_SOFTWARE),
            id="the software of a crawl under a name of its own",
        ),
    ],
)
def test_a_site_refuses_us_by_any_of_our_names(
    body: str, token: str, expected: tuple[Verdict, Reason]
) -> None:
    found = judged(robots(body), under=policy(token=token))

    assert (found.acquisition.verdict, found.acquisition.reason) == expected


def test_the_name_of_the_software_is_one_that_a_site_may_refuse() -> None:
    assert SOFTWARE in SOFTWARE_TOKENS


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        pytest.param("86400", (ADMIT, Reason.ROBOTS_NO_RULE), id="a day"),
        pytest.param("86401", (REFUSE, Reason.ROBOTS_DELAY_TOO_LONG), id="more than a day"),
        pytest.param("soon", (ADMIT, Reason.ROBOTS_NO_RULE), id="no number"),
    ],
)
def test_a_delay_of_more_than_a_day_is_a_refusal(
    delay: str, expected: tuple[Verdict, Reason]
) -> None:
    found = judged(robots(f"User-agent: *\nCrawl-delay: {delay}\n"))

    assert (found.acquisition.verdict, found.acquisition.reason) == expected


def test_a_delay_that_scrapy_is_asked_for_is_ours_too() -> None:
    rules = "User-agent: *\nCrawl-delay: 2\n\nUser-agent: Scrapy\nCrawl-delay: 9\n"
    found = judged(robots(rules))

    assert found.crawl_delay == 9.0


def test_a_server_in_trouble_defers_and_holds_and_says_when_to_come_back() -> None:
    found = judged(answer(ROBOTS, status=503, Retry_After="120"), page(licensed()))

    assert verdicts(found) == (
        DEFER,
        Reason.ROBOTS_UNREACHABLE,
        HOLD,
        Reason.ACQUISITION_DEFERRED,
    )
    assert found.retry_after == 120.0
    assert found.preferences[Category.TRAIN_AI] is Preference.UNCLEAR


def test_a_refusal_of_a_training_crawler_refuses_use_and_not_the_fetch() -> None:
    found = judged(robots("User-agent: GPTBot\nDisallow: /\n"), page(licensed()))

    assert verdicts(found) == (
        ADMIT,
        Reason.ROBOTS_NO_RULE,
        REFUSE,
        Reason.PREFERENCE_DISALLOWS,
    )
    assert [(one.line, one.quote) for one in found.usage.evidence] == [(2, "Disallow: /")]


def test_a_preference_about_another_use_decides_nothing() -> None:
    found = judged(page(licensed(), Content_Usage="search=n"))

    assert (found.usage.verdict, found.preferences[Category.SEARCH]) == (
        ADMIT,
        Preference.DISALLOWED,
    )


@pytest.mark.parametrize("url", [ROBOTS, TDMREP, AI_TXT])
def test_leave_for_a_policy_file_is_leave_to_fetch_alone(url: str) -> None:
    found = policy_file_judgement(url)

    assert verdicts(found) == (ADMIT, Reason.POLICY_FILE, REFUSE, Reason.NOT_A_PAGE)
    assert [one.source for one in found.acquisition.evidence] == [url]


def test_every_verdict_shows_what_it_rests_on() -> None:
    found = judged(robots("User-agent: *\nDisallow: /essay\n"))

    (evidence,) = found.acquisition.evidence
    assert (evidence.source, evidence.line, evidence.quote, evidence.clause) == (
        ROBOTS,
        2,
        "Disallow: /essay",
        "RFC 9309 section 2.2.2",
    )
    assert (evidence.digest, evidence.read_at) == (
        robots("User-agent: *\nDisallow: /essay\n").digest,
        NOW - timedelta(minutes=1),
    )


def test_only_exchanges_that_were_looked_at_are_named_as_used() -> None:
    stranger = answer("https://b.example/robots.txt", "User-agent: *\nDisallow: /\n")
    found = judged(page(licensed()), stranger)

    assert found.used == (PAGE, ROBOTS, TDMREP, AI_TXT)
