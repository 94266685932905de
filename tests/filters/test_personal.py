"""Personal data are found where they stand; what only looks like them is left alone."""

import sys
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.filters.personal import (
    NATIONAL_REGIONS,
    USUAL,
    Kind,
    Span,
    counts,
    find,
    mask,
)

ALL = frozenset(Kind)

# No token stands here as a whole: scanners of repositories look for them, as we do.
AWS = "AKIA" + "Q3EGRM7XZ4TVHN2P"
GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
SLACK = "xoxb-" + "123456789012-abcdefghijklmnop"
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiJhbm5hIn0" + ".c2lnbmF0dXJlLW9mLWl0"
LINE = "MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi"
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{LINE}\n{LINE}\n-----END RSA PRIVATE KEY-----"

IBAN = "DE89 3704 0044 0532 0130 00"
CARD = "4111 1111 1111 1111"


def found(text: str, *kinds: Kind, region: str | None = None) -> list[str]:
    return [text[s.start : s.end] for s in find(text, kinds or ALL, region=region)]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Kind.MAIL, "anna@river.org"),
        (Kind.MAIL, "anna.b+post@mail.river.co.nz"),
        (Kind.MAIL, "o'neil_7@a-b.de"),
        (Kind.MAIL, "анна@почта.рф"),
        (Kind.TELEPHONE, "+64 4 471 0006"),
        (Kind.TELEPHONE, "+1 (202) 456-1111"),
        (Kind.TELEPHONE, "+49-30-227-32152"),
        (Kind.INTERNET_ADDRESS, "130.89.148.77"),
        (Kind.INTERNET_ADDRESS, "2001:67c:2564:a119::77"),
        (Kind.IBAN, IBAN),
        (Kind.IBAN, "GB82WEST12345698765432"),
        (Kind.CARD, CARD),
        (Kind.CARD, "5555-5555-5555-4444"),
        (Kind.CARD, "378282246310005"),
        (Kind.CARD, "3782 822463 10005"),
        (Kind.SECRET, AWS),
        (Kind.SECRET, GITHUB),
        (Kind.SECRET, SLACK),
        (Kind.SECRET, JWT),
        (Kind.SECRET, KEY),
    ],
)
@pytest.mark.parametrize(
    "around", ["{}", "See {}, or not.", "({})", "“{}”", "名前：{}。", "x: {}\ny"]
)
def test_data_are_found_whatever_stands_around_them(
    kind: Kind, data: str, around: str
) -> None:
    text = around.format(data)

    assert [(s.kind, text[s.start : s.end]) for s in find(text)] == [(kind, data)]


@pytest.mark.parametrize(
    ("data", "region"),
    [
        ("(04) 471 0006", "NZ"),
        ("030 227-32152", "DE"),
        ("Tel 03022732152", "DE"),
        ("202-456-1111", "US"),
        ("202.456.1111", "US"),
        ("01 42 92 81 00", "FR"),
    ],
)
def test_a_local_number_is_found_in_its_region_alone(data: str, region: str) -> None:
    text = f"Ask at {data}."

    assert found(text, Kind.TELEPHONE, region=region) == [data.removeprefix("Tel ")]
    assert found(text, Kind.TELEPHONE) == []


@pytest.mark.parametrize(
    "text",
    [
        "Version 3.40.1 of 2022-12-28, 1.2.3.4 and 1.2.3.4.5, v2.10.33.44",
        "ISBN 978-0-306-40615-7, ISBN 0-306-40615-2, ISSN 2049-3630",
        "On 2026-11-21 at 12:30:45, from 2025-10-05 to 05.10.2026, 21/11/2026",
        "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "550e8400-e29b-41d4-a716-446655440000, 00:1a:2b:3c:4d:5e",
        "2147483647, 4294967296, 3.14159265359, 0.9939024, 149.0209 149.0844",
        "std::vector, a::b, 12:30, ::, 2::3, 2001:db8::1, fe80::1",
        "127.0.0.1, 10.1.2.3, 192.168.0.0/16, 192.0.2.1, 203.0.113.0/24, 999.1.1.99",
        "130.89.148.0/24, 01.89.148.77, 130.89.148.77.5, 1.130.89.148.77-rc1",
        "@anna, anna@, anna@localhost, user@example.com, a@b.example, logo@2x.png",
        "anna (at) river (dot) org, anna at river dot org, anna[at]river.org",
        "lodash@4.17.21, self.x@self.weight, $x@y, git@host:repo",
        "4111 1111 1111 1112, 4111.1111.1111.1111, 0.4111111111111111",
        "9999 9999 9999 9995, 1234567890123, 41111111111111111111111",
        "DE88 3704 0044 0532 0130 00, XX89 3704 0044 0532 0130 00, DE89 3704 0044",
        "AKIAIOSFODNN7EXAMPLE, ghp_short, eyJhbGciOiJIUzI1NiJ9, xoxb-",
        "A key begins with -----BEGIN PRIVATE KEY----- and ends like it.",
        "-----BEGIN CERTIFICATE-----\n" + LINE + "\n-----END CERTIFICATE-----",
        "Bug 4328636416, order 6502530000, station 05114000, tid 4328636416",
        "10 20 30 40 50 60 70 80 90 100 110 120 130 140 150 160 170 180 190 200",
    ],
)
@pytest.mark.parametrize("region", [None, "US", "DE", "NL", "NZ"])
def test_what_only_looks_like_data_is_left_alone(text: str, region: str | None) -> None:
    assert found(text, region=region) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("+٦٤ ٤ ٤٧١ ٠٠٠٦", Kind.TELEPHONE),
        ("４１１１ １１１１ １１１１ １１１１", Kind.CARD),
        ("١٣٠.٨٩.١٤٨.٧٧", Kind.INTERNET_ADDRESS),
    ],
)
def test_digits_of_every_script_are_digits(text: str, kind: Kind) -> None:
    assert find(text) == (Span(kind=kind, start=0, end=len(text)),)


def test_blanks_and_hyphens_of_typography_stand_between_digits() -> None:
    assert found("4111\xa01111\xa01111\xa01111") == ["4111\xa01111\xa01111\xa01111"]
    assert found("+64\u20114\u2011471\u20110006") == ["+64\u20114\u2011471\u20110006"]


def test_a_card_is_found_after_other_digits_and_before_its_date() -> None:
    assert found(f"1234 {CARD} 12/27") == [CARD]


def test_a_key_without_an_end_goes_as_far_as_its_lines() -> None:
    text = f"-----BEGIN PRIVATE KEY-----\n{LINE}\n{LINE}\nThis is prose again."

    assert mask(text, find(text)) == "[secret]\nThis is prose again."


def test_what_is_asked_for_is_looked_for_and_nothing_else() -> None:
    text = f"anna@river.org, {IBAN}, {CARD}"

    assert found(text, Kind.CARD) == [CARD]
    assert find(text, ()) == ()


NATIONAL = {
    "DE": "Steuer-ID: 86 095 742 719",
    "ES": "12345678Z",
    "FI": "131052-308T",
    "FR": "2 55 08 14 168 025 38",
    "NL": "BSN 1112.22.333",
    "NZ": "IRD number 49-091-850",
    "SE": "811218-9876",
}


@pytest.mark.parametrize("region", NATIONAL)
def test_a_national_number_is_found_where_it_is_asked_for_with_its_region(
    region: str,
) -> None:
    text = f"Her number is {NATIONAL[region]}."

    kinds = [span.kind for span in find(text, {Kind.NATIONAL_NUMBER}, region=region)]
    others = [r for r in NATIONAL if r != region]
    assert kinds == [Kind.NATIONAL_NUMBER]
    assert find(text, USUAL - {Kind.TELEPHONE}, region=region) == ()
    assert [r for r in others if find(text, {Kind.NATIONAL_NUMBER}, region=r)] == []
    assert set(NATIONAL) == set(NATIONAL_REGIONS)


@pytest.mark.parametrize(
    ("region", "text"),
    [
        ("NL", "Order 111222333"),
        ("NZ", "A bird: 049-091-850"),
        ("DE", "Meeting 86095742719"),
    ],
)
def test_a_number_that_one_in_ten_is_needs_a_word_before_it(region: str, text: str) -> None:
    assert found(text, Kind.NATIONAL_NUMBER, region=region) == []


def test_data_are_masked_by_their_kind_and_the_rest_stays() -> None:
    text = f"Write to anna@river.org or pay to {IBAN}. Call +64 4 471 0006!"

    assert mask(text, find(text)) == "Write to [mail] or pay to [iban]. Call [telephone]!"
    assert mask(text, ()) == text


def test_where_two_overlap_all_of_both_is_one_span_of_the_surer_kind() -> None:
    text = f"https://{GITHUB}@github.com/anna"

    assert find(text) == (Span(kind=Kind.SECRET, start=8, end=59),)
    assert mask(text, find(text)) == "https://[secret]/anna"


def test_counts_are_by_kind_and_only_of_what_there_is() -> None:
    text = "anna@river.org, ben@river.org and 130.89.148.77"

    assert counts(find(text)) == {Kind.MAIL: 2, Kind.INTERNET_ADDRESS: 1}
    assert counts(()) == {}


def calls(text: str, region: str | None) -> int:
    """Return how many calls, of Python and of what it is written in, a text takes."""
    count = 0

    def tick(_frame: object, event: str, _what: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        find(text, ALL, region=region)
    finally:
        sys.setprofile(before)
    return count


SHAPES = {
    "signs of mail": "a@",
    "one long address": "a.b@c.de.",
    "digits": "1234567 ",
    "cards": f"{CARD} ",
    "telephone numbers": "+64 4 471 0006, ",
    "local numbers": "202-456-1111, ",
    "beginnings of keys": "-----BEGIN RSA PRIVATE KEY-----\n",
    "keys without an end": f"-----BEGIN RSA PRIVATE KEY-----\n{LINE}\n",
    "keys": f"{KEY}\n",
    "beginnings of tokens": "eyJhbGciOiJIUzI1NiJ9.",
    "beginnings of IBANs": "DE89 3704 ",
    "numbers with dots": "130.89.148.",
    "colons": "2001:67c:",
    "parentheses": "((1(2(3)",
    "foreign digits": "٦٤٤٤٧١٠٠٠٦ ",
}


@pytest.mark.parametrize("name", SHAPES)
def test_twice_the_text_takes_no_more_than_twice_the_calls(name: str) -> None:
    find(SHAPES[name] * 10, ALL, region="US")

    taken = [calls(SHAPES[name] * n, "US") for n in (200, 400, 800)]

    assert all(larger <= 2.1 * smaller + 500 for smaller, larger in pairwise(taken))


COMMONS = Path(__file__).resolve().parents[2] / "manifests" / "commons"


def test_nothing_personal_is_found_in_the_robots_files_that_ship_with_the_project() -> None:
    texts = [path.read_text("utf-8") for path in sorted(COMMONS.rglob("robots.txt"))]

    assert texts
    assert [find(text, ALL, region="NZ") for text in texts if find(text)] == []
