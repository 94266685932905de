import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final, TypedDict

import pytest

from pipeline.consent import robots
from pipeline.consent.retry_after import LONGEST_WAIT
from pipeline.model import Evidence, Exchange, Line
from pipeline.vocab import Verdict

_VECTORS: Final = (
    Path(__file__).resolve().parents[2] / ".." / "shared/vectors/consent.jsonl"
)
_ROBOTS_URL: Final = "https://site.example/robots.txt"
_PAGE: Final = "https://site.example/doc"
_NOON: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Given(TypedDict, total=False):
    status: int
    headers: list[tuple[str, str]]
    body: str
    body_b64: str
    error: str


class Expected(TypedDict, total=False):
    acquisition: str
    line: int


class Vector(TypedDict):
    id: str
    url: str
    product_token: str
    exchanges: Mapping[str, Given]
    expect: Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    verdict: Verdict
    line: int | None = None


def _vectors() -> list[Vector]:
    if not _VECTORS.is_file():
        return []
    rows: list[Vector] = [
        json.loads(row) for row in _VECTORS.read_bytes().split(b"\n") if row
    ]
    return [row for row in rows if row["id"].startswith(("ROB-", "RST-"))]


def _exchange(url: str, given: Given) -> Exchange:
    encoded = given.get("body_b64")
    return Exchange(
        url=url,
        status=given.get("status"),
        headers=tuple((name, value) for name, value in given.get("headers", [])),
        body=base64.b64decode(encoded) if encoded else given.get("body", "").encode(),
        error=given.get("error"),
    )


def _answer(vector: Vector) -> Answer:
    exchanges = {url: _exchange(url, given) for url, given in vector["exchanges"].items()}
    match robots.retrieve(vector["url"], exchanges):
        case robots.Read(file=file):
            settled = robots.settle(file, url=vector["url"], token=vector["product_token"])
            verdict = Verdict.ADMIT if settled.allows else Verdict.REFUSE
            return Answer(
                verdict=verdict, line=settled.line.number if settled.line else None
            )
        case robots.Unavailable():
            return Answer(verdict=Verdict.ADMIT)
        case robots.Refused():
            return Answer(verdict=Verdict.REFUSE)
        case _:
            return Answer(verdict=Verdict.DEFER)


@pytest.mark.conformance
@pytest.mark.skipif(not _VECTORS.is_file(), reason="the vectors are not at hand")
@pytest.mark.parametrize("vector", _vectors(), ids=lambda vector: vector["id"])
def test_each_vector_is_answered_as_expected(vector: Vector) -> None:
    answer = _answer(vector)
    expected = vector["expect"]

    # Both are closed doors, so that the vectors accept either.
    closed = {Verdict.REFUSE, Verdict.DEFER}
    if Verdict(expected["acquisition"]) in closed:
        assert answer.verdict in closed
    else:
        assert answer.verdict == expected["acquisition"]
    if "line" in expected:
        assert answer.line == expected["line"]


def _settled(
    text: str | bytes, path: str = "/doc", token: str = "ConsentBot"
) -> robots.Settled:
    body = text if isinstance(text, bytes) else text.encode()
    return robots.settle(robots.read(body), url=f"https://site.example{path}", token=token)


def _line(number: int, text: str) -> Line:
    key, _, value = text.partition(": ")
    return Line(number=number, key=key.lower(), value=value, text=text)


def test_the_longest_rule_decides_and_is_quoted() -> None:
    text = "User-agent: *\nDisallow: /a/open/draft\nAllow: /a/open/\nDisallow: /a"

    assert _settled(text, "/a/open/draft-2") == robots.Settled(
        allows=False, line=_line(2, "Disallow: /a/open/draft")
    )


def test_allow_wins_between_rules_of_one_length() -> None:
    text = "User-agent: *\nDisallow: /same\nAllow: /same"

    assert _settled(text, "/same") == robots.Settled(
        allows=True, line=_line(3, "Allow: /same")
    )


def test_what_no_rule_matches_is_allowed_without_a_line() -> None:
    assert _settled("User-agent: *\nDisallow: /x") == robots.Settled(allows=True)


def test_robots_txt_itself_is_always_allowed_even_by_a_damaged_file() -> None:
    assert _settled(b"User-agent: *\nDisallow\0: /", "/robots.txt").allows


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"User-agent: *\nDisallow\0: /\n", id="nul-in-key"),
        pytest.param(b"\0\0User-agent: *\nDisallow: /\n", id="nul-first"),
        pytest.param(b"User-agent: *\nAllow: /\nDis\xffallow: /\n", id="octet-in-key"),
        pytest.param(b"User-agent: *\nAllow: /\nDis\xffallow /\n", id="octet-no-colon"),
        pytest.param("User-agent: *\nDisallow: /\n".encode("utf-16"), id="utf16-bom"),
        pytest.param("User-agent: *\nDisallow: /\n".encode("utf-16-be"), id="utf16-be"),
        pytest.param("User-agent: *\nDisallow: /\n".encode("utf-16-le"), id="utf16-le"),
        pytest.param(b"\xff\xfeUser-agent: *\nDisallow: /\n", id="false-utf16-mark"),
        pytest.param(b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n", id="mark"),
        pytest.param(b"\xef\xbb\xbf" * 170_000 + b"User-agent: *\nDisallow: /", id="bombs"),
        pytest.param(b"\xef\xbb\xbf\xef\xbb\xbfUser-agent: *\nDisallow: /\n", id="marks"),
        pytest.param(
            "\u00ef\u00bb\u00bfUser-agent: *\nDisallow: /\n".encode(), id="mojibake"
        ),
        pytest.param(b"User-agent: *\rDisallow: /\r", id="cr"),
        pytest.param("User-agent: *\nDisallow: /\n# \u2028Allow: /".encode(), id="u2028"),
        pytest.param("User-agent: *\nDisallow: /\n# \x85Allow: /".encode(), id="nel"),
        pytest.param(b"User-agent: *\nDisallow: /\n# \x0cAllow: /", id="form-feed"),
        pytest.param(b"User-agent: *\nDisallow: /\n# \x0bAllow: /", id="vertical-tab"),
        pytest.param(b"User-agent: *\nDisallow: /caf\xe9\nDisallow: /d", id="latin-1"),
        pytest.param(b"useragent: *\nDisalow: /", id="typos"),
        pytest.param(b"user-agent *\ndisallow /", id="no-colon"),
        pytest.param(b"User-agent: * all robots\nDisallow: /", id="star-and-words"),
        pytest.param(b"User-agent: **\nDisallow: /", id="two-stars"),
        pytest.param(b"User-agent: *bot*\nDisallow: /", id="stars-around"),
        pytest.param(b"User-agent: *x*\nUser-agent: *bot*\nDisallow: /", id="more-stars"),
        pytest.param("User-agent: *\nDisallow: /a\0".encode("utf-16"), id="utf16-nul"),
        pytest.param(
            b"User-agent: cur\nAllow: /\n\nUser-agent: *\nDisallow: /", id="prefix"
        ),
        pytest.param(b"User-agent: ConsentBot/1.0\nDisallow: /", id="version"),
        pytest.param(
            b"User-agent: Mozilla/5.0 (compatible; ConsentBot/1.0)\nDisallow: /",
            id="header",
        ),
    ],
)
def test_no_oddity_of_a_file_opens_a_door(body: bytes) -> None:
    assert not _settled(body).allows


def test_an_octet_that_is_not_utf8_is_compared_percent_encoded() -> None:
    assert not _settled(b"User-agent: *\nDisallow: /caf\xe9", "/caf%E9").allows


def test_lines_of_a_latin_1_file_carry_no_lone_surrogates() -> None:
    file = robots.read(b"User-agent: *\nDisallow: /caf\xe9 # \xe9\xe8")

    assert robots.lines(file, "disallow") == (
        Line(number=2, key="disallow", value="/caf%E9", text="Disallow: /caf%E9 # %E9%E8"),
    )


@pytest.mark.parametrize(
    "unknown", ["Crawl-delay: 1", "Content-Signal: ai-train=no", "Licence: x"]
)
def test_an_unknown_line_between_agents_gives_two_readings_and_the_stricter_counts(
    unknown: str,
) -> None:
    text = f"User-agent: *\n{unknown}\n\nUser-agent: GPTBot\nDisallow: /"

    assert _settled(text) == robots.Settled(
        allows=False, line=_line(5, "Disallow: /"), ambiguous=True
    )


def test_an_ambiguous_answer_names_the_deciding_line_of_both_readings() -> None:
    text = (
        "User-agent: *\nFoo: 1\nUser-agent: Zed\nAllow: /doc\n\nUser-agent: *\nDisallow: /"
    )

    assert _settled(text) == robots.Settled(
        allows=False,
        line=_line(7, "Disallow: /"),
        other_line=_line(4, "Allow: /doc"),
        ambiguous=True,
    )


def test_a_sitemap_between_agents_does_not_end_the_run_in_any_reading() -> None:
    text = (
        "User-agent: ConsentBot\nSitemap: https://x.example/s\nUser-agent: Zed\nDisallow: /"
    )

    assert _settled(text) == robots.Settled(allows=False, line=_line(4, "Disallow: /"))


def test_content_usage_is_a_rule_and_ends_the_run() -> None:
    text = "User-agent: *\nContent-Usage: train-ai=n\n\nUser-agent: GPTBot\nDisallow: /"

    assert _settled(text) == robots.Settled(allows=True)


@pytest.mark.parametrize(
    ("named", "token", "found"),
    [
        ("AI2Bot", "AI2Bot", True),
        ("AI2Bot", "AI", False),
        ("AI2Bot/1.0 (x)", "ai2bot", True),
        ("Kangaroo Bot", "Kangaroo Bot", True),
        ("Kangaroo Bot/2.0", "Kangaroo Bot", True),
        ("Kangaroo", "Kangaroo Bot", False),
        ("iaskspider/2.0", "iaskspider/2.0", True),
        ("iaskspider", "iaskspider/2.0", True),
        ("ConsentBot*", "ConsentBot", True),
        ("Consent", "ConsentBot", False),
        ("ConsentBotany", "ConsentBot", False),
        ("*", "ConsentBot", False),
        ("*", "*", True),
        (
            "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@x.example)",
            "ClaudeBot",
            True,
        ),
    ],
)
def test_a_group_is_found_under_the_whole_name_only(
    named: str, token: str, *, found: bool
) -> None:
    file = robots.read(f"User-agent: {named}\nDisallow: /".encode())

    assert robots.names(file, token) is found


def test_selected_lines_are_those_of_our_groups_and_global_lines_stand_before_any() -> None:
    file = robots.read(
        b"License: https://a.example/l.xml\nUser-agent: *\nContent-Signal: ai-train=yes\n"
        b"Allow: /\nUser-agent: ConsentBot\nContent-Signal: ai-train=no\nAllow: /"
    )

    assert (
        [
            line.number
            for line in robots.selected_lines(file, "ConsentBot", "content-signal")
        ],
        [line.number for line in robots.selected_lines(file, "Other", "content-signal")],
        [line.number for line in robots.lines(file, "content-signal")],
        [line.number for line in robots.global_lines(file, "license")],
        robots.global_lines(file, "content-signal"),
    ) == ([6], [3], [3, 6], [1], ())


@pytest.mark.parametrize(
    ("values", "delay"),
    [
        (["5"], 5.0),
        (["2", "10.5"], 10.5),
        (["1e9"], 1e9),
        (["NaN"], None),
        (["-3"], None),
        (["inf", "soon", ""], None),
        (["5 seconds"], 5.0),
    ],
)
def test_the_longest_crawl_delay_counts_and_junk_does_not(
    values: list[str], delay: float | None
) -> None:
    asked = "\n".join(f"Crawl-delay: {value}" for value in values)
    file = robots.read(f"User-agent: *\n{asked}\nAllow: /".encode())

    assert robots.crawl_delay(file, "ConsentBot") == delay


def test_sitemaps_are_read_wherever_they_stand() -> None:
    file = robots.read(
        b"Sitemap: /a\nUser-agent: x\nDisallow: /\nsitemap: https://b.example/s"
    )

    assert robots.sitemaps(file) == ("/a", "https://b.example/s")


def test_the_same_bytes_are_read_once() -> None:
    assert robots.read(b"User-agent: a") is robots.read(bytes(bytearray(b"User-agent: a")))


def test_a_file_over_the_limit_admits_nothing_and_its_cut_line_is_dropped() -> None:
    start = b"User-agent: *\nAllow: /doc\n"
    body = start + b"Disallow: /" + b"x" * robots.SIZE_LIMIT

    assert _settled(body) == robots.Settled(
        allows=False, line=_line(2, "Allow: /doc"), fault=robots.Fault.TRUNCATED
    )
    assert robots.lines(robots.read(body), "disallow") == ()


def test_a_file_just_within_the_limit_is_read_to_its_end() -> None:
    start = b"User-agent: *\n#"
    end = b"\nDisallow: /doc"
    body = start + b"x" * (robots.SIZE_LIMIT - len(start) - len(end)) + end

    assert _settled(body) == robots.Settled(allows=False, line=_line(3, "Disallow: /doc"))


_TOO_COMPLEX: Final = robots.Settled(allows=False, fault=robots.Fault.TOO_COMPLEX)


def test_more_lines_than_can_be_meant_admit_nothing() -> None:
    rules = "\n".join(f"Allow: /{number}" for number in range(robots.LINE_LIMIT + 1))

    assert _settled(f"User-agent: *\n{rules}") == _TOO_COMPLEX


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_file_of_more_lines_than_are_parsed_admits_nothing(end: str) -> None:
    start = f"User-agent: *{end}Allow: /doc"
    most = start + end * (robots.FILE_LINE_LIMIT - 1)

    assert _settled(most).allows
    assert _settled(f"{most}#") == _settled(f"{most}{end}#") == _TOO_COMPLEX


def test_robots_txt_itself_is_allowed_by_a_file_of_too_many_lines() -> None:
    assert _settled("\n" * robots.SIZE_LIMIT, "/robots.txt").allows


def test_more_user_agent_lines_than_can_be_meant_admit_nothing() -> None:
    agents = "User-agent: *\n" * robots.AGENT_LIMIT

    assert _settled(f"{agents}Allow: /").allows
    assert _settled(f"{agents}User-agent: *\nAllow: /") == _TOO_COMPLEX


def test_longer_names_than_can_be_meant_admit_nothing() -> None:
    name = "a" * robots.NAME_LIMIT

    assert _settled(f"User-agent: {name}\nAllow: /").allows
    assert _settled(f"User-agent: {name}a\nAllow: /") == _TOO_COMPLEX


def test_more_octets_of_rules_than_can_be_meant_admit_nothing() -> None:
    rule = "/" + "a" * (robots.OCTET_LIMIT - 1)

    assert _settled(f"User-agent: *\nDisallow: {rule}").allows
    assert _settled(f"User-agent: *\nDisallow: {rule}a") == _TOO_COMPLEX


def test_more_work_than_can_be_meant_refuses_the_long_url_and_not_the_short() -> None:
    rule = "/*" + "a" * (robots.WORK_LIMIT // 1000)
    text = f"User-agent: *\nDisallow: {rule}"

    assert _settled(text, "/" + "b" * 900).allows
    assert _settled(text, "/" + "b" * 1100) == _TOO_COMPLEX


def test_what_is_too_complex_for_another_crawler_does_not_matter_to_us() -> None:
    rules = "\n".join(f"Allow: /{number}" for number in range(robots.LINE_LIMIT + 1))

    assert _settled(f"User-agent: Zed\n{rules}\nUser-agent: *\nAllow: /").allows


def test_an_error_answer_of_too_many_lines_is_read_as_far_as_it_is_parsed() -> None:
    teapot = _had(418, b"User-agent: *\nDisallow: /" + b"\n" * robots.SIZE_LIMIT)

    assert _retrieved(teapot) == robots.Refused(
        exchange=teapot, cause="status 418 with rules that disallow"
    )


def _retrieved(*exchanges: Exchange) -> robots.Retrieval:
    return robots.retrieve(_PAGE, {exchange.url: exchange for exchange in exchanges})


def _had(status: int | None = 200, body: bytes = b"", **headers: str) -> Exchange:
    return Exchange(
        url=_ROBOTS_URL,
        status=status,
        body=body,
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
        read_at=_NOON,
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, robots.Unavailable) for status in (400, 404, 405, 406, 410, 414, 418)),
        *((status, robots.Refused) for status in (401, 402, 403, 407, 451)),
        *((status, robots.Unreachable) for status in (100, 204, 206, 300, 304, 302)),
        *((status, robots.Unreachable) for status in (429, 500, 503, 599, None)),
        (200, robots.Read),
    ],
)
def test_each_status_has_its_outcome(
    status: int | None, outcome: type[robots.Retrieval]
) -> None:
    assert type(_retrieved(_had(status))) is outcome


def test_rules_that_disallow_in_an_error_answer_refuse() -> None:
    teapot = _had(418, b"User-agent: *\nDisallow: /")

    assert _retrieved(teapot) == robots.Refused(
        exchange=teapot, cause="status 418 with rules that disallow"
    )


def test_rules_in_the_body_of_a_404_are_not_rules() -> None:
    absent = _had(404, b"User-agent: *\nDisallow: /")

    assert _retrieved(absent) == robots.Unavailable(exchange=absent)


def test_an_exchange_that_failed_is_unreachable_whatever_came_of_it() -> None:
    cut = Exchange(
        url=_ROBOTS_URL, status=200, body=b"User-agent: *\nAllow: /\n", error="TRUNCATED"
    )

    assert _retrieved(cut) == robots.Unreachable(
        url=_ROBOTS_URL, cause="TRUNCATED", exchange=cut
    )


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!doctype html><p>User-agent: none", "text/plain"),
        (b"\xef\xbb\xbf \n<html>", "text/plain"),
        (b"Please sign in", "text/html; charset=utf-8"),
        (b'{"error": "not found"}', "application/json"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "text/plain"),
        (b"P\xe1gina no encontrada", "text/plain"),
        (b"\0\1\2\3", "text/plain"),
    ],
)
def test_a_page_or_a_binary_file_is_not_a_robots_file(body: bytes, kind: str) -> None:
    page = _had(200, body, Content_Type=kind)

    assert _retrieved(page) == robots.Unreachable(
        url=_ROBOTS_URL, cause=robots.NOT_ROBOTS, exchange=page
    )


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "text/html"),
        (b"# welcome, caf\xe9", "application/octet-stream"),
        (b"User-agent: *\nDisallow:", "text/html"),
        (b"Not found", "text/plain"),
    ],
)
def test_a_file_without_a_page_in_it_is_read(body: bytes, kind: str) -> None:
    plain = _had(200, body, Content_Type=kind)

    assert _retrieved(plain) == robots.Read(file=robots.read(body), exchange=plain)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("60", 60.0),
        ("Sat, 21 Nov 2026 12:01:30 GMT", 90.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("99999999999", LONGEST_WAIT),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    value: str, seconds: float | None
) -> None:
    busy = _had(429, Retry_After=value)

    assert _retrieved(busy) == robots.Unreachable(
        url=_ROBOTS_URL, cause="status 429", exchange=busy, retry_after=seconds
    )


def _redirect(start: str, location: str) -> Exchange:
    return Exchange(url=start, status=302, headers=(("Location", location),))


def test_five_redirects_are_followed_and_the_sixth_is_not() -> None:
    urls = [_ROBOTS_URL, *(f"https://site.example/r{number}" for number in range(1, 7))]
    hops = [_redirect(*pair) for pair in pairwise(urls)]
    end = Exchange(url=urls[5], status=404)

    assert _retrieved(*hops[:5], end) == robots.Unavailable(
        exchange=end, redirects=tuple(urls[:5])
    )
    assert _retrieved(*hops) == robots.Unreachable(
        url=urls[5],
        cause="more than five redirects",
        exchange=hops[5],
        redirects=tuple(urls[:5]),
    )


def test_a_redirect_leads_to_what_has_to_be_asked_next() -> None:
    hop = _redirect(_ROBOTS_URL, "//b.example/robots.txt#x")

    assert _retrieved(hop) == robots.NotAsked(
        url="https://b.example/robots.txt", redirects=(_ROBOTS_URL,)
    )


@pytest.mark.parametrize(
    ("location", "cause"),
    [
        ("http://site.example/robots.txt", "a redirect from https to http"),
        ("/robots.txt", "a redirect loop"),
        ("file:///etc/robots.txt", "a redirect without a usable Location"),
        ("data:text/plain,Allow", "a redirect without a usable Location"),
        ("https://[::1", "a redirect without a usable Location"),
        ("", "a redirect without a usable Location"),
    ],
)
def test_a_redirect_that_cannot_be_trusted_is_a_failure(location: str, cause: str) -> None:
    hop = _redirect(_ROBOTS_URL, location)

    assert _retrieved(hop) == robots.Unreachable(url=_ROBOTS_URL, cause=cause, exchange=hop)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://Site.Example/a", "https://site.example/robots.txt"),
        ("https://site.example:443/a?b", "https://site.example/robots.txt"),
        ("http://site.example:8080/", "http://site.example:8080/robots.txt"),
        ("http://u:p@site.example/", "http://site.example/robots.txt"),
        ("http://[2001:db8::1]/", "http://[2001:db8::1]/robots.txt"),
        ("ftp://site.example/", None),
        ("https:///x", None),
        ("https://site.example:port/", None),
    ],
)
def test_each_scheme_host_and_port_has_its_own_file(url: str, place: str | None) -> None:
    assert robots.robots_url_of(url) == place


def test_a_url_without_an_origin_is_unreachable() -> None:
    assert robots.retrieve("mailto:a@b.example", {}) == robots.Unreachable(
        url="mailto:a@b.example", cause="the URL names no http or https origin"
    )


def test_a_line_is_evidence_with_its_place_words_and_way() -> None:
    hop = _redirect(_ROBOTS_URL, "https://b.example/r")
    end = Exchange(
        url="https://b.example/r",
        status=200,
        body=b"User-agent: *\n Disallow: /doc # no",
        read_at=_NOON,
    )
    found = _retrieved(hop, end)
    assert isinstance(found, robots.Read)
    (line,) = robots.lines(found.file, "disallow")

    assert robots.line_evidence(found, line) == Evidence(
        source="https://b.example/r",
        locator="line 2",
        quote="Disallow: /doc # no",
        clause="RFC 9309 section 2.2.2",
        line=2,
        digest=end.digest,
        status=200,
        read_at=_NOON,
        redirects=(_ROBOTS_URL,),
        parser=robots.PARSER,
    )


@pytest.mark.parametrize(
    ("exchange", "words"),
    [
        (_had(200), ("no matching rule", "", "RFC 9309 section 2.2.2")),
        (_had(404), ("status", "status 404", "RFC 9309 section 2.3.1.3")),
        (_had(403), ("status", "status 403", "RFC 9309 section 2.3.1.3")),
        (_had(503), ("status", "status 503", "RFC 9309 section 2.3.1.4")),
        (
            Exchange(url=_ROBOTS_URL, error="DNS"),
            ("error", "DNS", "RFC 9309 section 2.3.1.4"),
        ),
        (Exchange(url="https://other.example/"), ("not asked", "", "RFC 9309 section 2.3")),
    ],
)
def test_each_outcome_is_evidence(exchange: Exchange, words: tuple[str, str, str]) -> None:
    evidence = robots.outcome_evidence(_retrieved(exchange))

    assert evidence.source == _ROBOTS_URL
    assert (evidence.locator, evidence.quote, evidence.clause) == words
