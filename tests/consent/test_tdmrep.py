"""What the TDM Reservation Protocol says, and what it never says by accident."""

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import markup
from pipeline.consent import odrl, tdmrep
from pipeline.consent.strict_json import DEPTH_LIMIT, SIZE_LIMIT, JsonValue, NotJson, parse
from pipeline.markup import Markup
from pipeline.model import Exchange
from pipeline.vocab import Category, Preference, Signal

URL = "https://site.example/p"
FILE = "https://site.example/.well-known/tdmrep.json"
POLICY = "https://site.example/policy.json"
JSON = ("Content-Type", "application/json")
HTML = ("Content-Type", "text/html")
VECTORS = (
    Path(__file__).resolve().parents[2] / ".." / "shared" / "vectors" / "consent.jsonl"
)

ALLOWED, DISALLOWED = Preference.ALLOWED, Preference.DISALLOWED
UNKNOWN, UNCLEAR = Preference.UNKNOWN, Preference.UNCLEAR


def page_with(*headers: tuple[str, str], html: str = "<p>x</p>") -> Exchange:
    return Exchange(url=URL, status=200, headers=(HTML, *headers), body=html.encode())


def answer(body: str | bytes, *headers: tuple[str, str], status: int = 200) -> Exchange:
    octets = body if isinstance(body, bytes) else body.encode()
    return Exchange(url=FILE, status=status, headers=headers or (JSON,), body=octets)


def read_all(
    file: Exchange | None = None,
    page: Exchange | None = None,
    others: Mapping[str, Exchange] | None = None,
    *,
    url: str = URL,
) -> tdmrep.Reading:
    exchanges = {FILE: file or answer("", status=404), **(others or {})}
    found = markup.read(page) if page else None
    return tdmrep.read(
        url,
        page=page,
        markup=found if isinstance(found, Markup) else None,
        exchanges=exchanges,
    )


def preference_of(reading: tdmrep.Reading) -> Preference:
    return reading.statements[0].preference if reading.statements else UNKNOWN


def said_by(rules: object, *, url: str = URL) -> Preference:
    return preference_of(read_all(answer(json.dumps(rules)), url=url))


def offer(*permissions: Mapping[str, object], **others: object) -> dict[str, JsonValue]:
    policy = {
        "@type": "Offer",
        "profile": "http://www.w3.org/ns/tdmrep",
        "permission": list(permissions),
        **others,
    }
    value = parse(json.dumps(policy).encode())
    assert isinstance(value, dict)
    return value


def policy_answer(body: str, kind: tuple[str, str], *, status: int = 200) -> Exchange:
    return Exchange(url=POLICY, status=status, headers=(kind,), body=body.encode())


MINING = json.dumps(offer({"action": "tdm:mine"}))
RESEARCH = {
    "leftOperand": "purpose",
    "operator": "eq",
    "rightOperand": {"@id": "tdm:research"},
}


def test_a_file_that_was_not_asked_for_is_wanted_and_says_nothing() -> None:
    reading = tdmrep.read(URL, page=None, markup=None, exchanges={})

    assert reading == tdmrep.Reading(wanted=(FILE,))


@pytest.mark.parametrize("status", [400, 404, 410], ids=str)
def test_a_server_without_the_file_says_nothing(status: int) -> None:
    assert read_all(answer("", status=status)) == tdmrep.Reading()


@pytest.mark.parametrize("status", [304, 401, 403, 429, 451, 500, 503], ids=str)
def test_a_file_that_is_withheld_is_unclear(status: int) -> None:
    assert preference_of(read_all(answer("", status=status))) is UNCLEAR


def test_a_file_that_broke_off_is_unclear_even_where_it_refuses_nothing() -> None:
    half = Exchange(url=FILE, status=200, error="TRUNCATED", headers=(JSON,), body=b"[]")

    assert preference_of(read_all(half)) is UNCLEAR


@pytest.mark.parametrize(
    ("reservation", "expected"),
    [
        (1, DISALLOWED),
        (1.0, DISALLOWED),
        (True, DISALLOWED),
        ("1", DISALLOWED),
        (" TRUE ", DISALLOWED),
        (0, ALLOWED),
        (False, UNKNOWN),
        ("0", UNKNOWN),
        (0.0, UNKNOWN),
        (2, UNKNOWN),
        (None, UNKNOWN),
        ([1], UNKNOWN),
    ],
    ids=repr,
)
def test_a_slip_may_refuse_and_never_permits(
    reservation: object, expected: Preference
) -> None:
    assert said_by([{"location": "/", "tdm-reservation": reservation}]) is expected


def test_the_first_rule_in_sequence_wins_over_a_longer_one() -> None:
    rules = [
        {"location": "/", "tdm-reservation": 0},
        {"location": "/private/", "tdm-reservation": 1},
    ]

    assert said_by(rules, url="https://site.example/private/x") is ALLOWED
    assert said_by(rules[::-1], url="https://site.example/private/x") is DISALLOWED


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/directory/*.jpg", DISALLOWED),
        ("/directory/a.jpg$", DISALLOWED),
        ("/directory/a$", UNKNOWN),
        ("/Directory/", UNKNOWN),
        ("/d%69rectory/", DISALLOWED),
        ("*.jpg", DISALLOWED),
    ],
    ids=str,
)
def test_locations_are_patterns_as_in_robots_txt(
    location: str, expected: Preference
) -> None:
    rules = [{"location": location, "tdm-reservation": 1}]

    assert said_by(rules, url="https://site.example/directory/a.jpg") is expected


def test_a_rule_without_reservation_is_skipped() -> None:
    assert (
        said_by([{"location": "/"}, {"location": "/", "tdm-reservation": 1}]) is DISALLOWED
    )


def test_after_a_rule_in_error_only_a_refusal_counts() -> None:
    wrong = {"location": "/", "tdm-reservation": "0"}

    assert said_by([wrong, {"location": "/", "tdm-reservation": 1}]) is DISALLOWED
    assert said_by([wrong, {"location": "/", "tdm-reservation": 0}]) is UNKNOWN


@pytest.mark.parametrize("location", [None, 7, "", "private/"], ids=repr)
def test_a_refusal_without_a_usable_place_leaves_no_permission(location: object) -> None:
    unplaced = {"location": location, "tdm-reservation": 1}
    allowing = {"location": "/", "tdm-reservation": 0}

    assert said_by([unplaced]) is UNCLEAR
    assert said_by([allowing, unplaced]) is UNCLEAR
    assert said_by([{**unplaced, "tdm-reservation": 0}]) is UNKNOWN


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"location": "/", "tdm-reservation": 1}', DISALLOWED),
        ('{"location": "/", "tdm-reservation": 0}', UNKNOWN),
        ('{"rules": [{"location": "/", "tdm-reservation": 1}]}', UNCLEAR),
        ('{"error": "not found"}', UNKNOWN),
        ("[]", UNKNOWN),
        ("[1]", UNCLEAR),
        ('"not found"', UNCLEAR),
        ("null", UNCLEAR),
        ("", UNCLEAR),
        ("Not found", UNCLEAR),
        ('[{"location": "/", "tdm-reservation": 1}', UNCLEAR),
        ('[{"location": "/", "tdm-reservation": 1, "tdm-reservation": 0}]', UNCLEAR),
        ('[{"location": "/", "tdm-reservation": NaN}]', UNCLEAR),
        ('\ufeff[{"location": "/", "tdm-reservation": 1}]', DISALLOWED),
    ],
    ids=repr,
)
def test_a_broken_file_is_never_a_permission(body: str, expected: Preference) -> None:
    assert preference_of(read_all(answer(body))) is expected


def test_a_page_in_the_place_of_the_file_is_no_file() -> None:
    page = "\n<!DOCTYPE html><title>Not found</title>"

    assert read_all(answer(page, HTML)) == tdmrep.Reading()
    assert preference_of(read_all(answer(page, JSON))) is UNCLEAR


def test_redirects_are_followed_and_recorded() -> None:
    moved = Exchange(url=FILE, status=301, headers=(("Location", "/tdm.json#x"),))
    there = Exchange(
        url="https://site.example/tdm.json",
        status=200,
        headers=(JSON,),
        body=b'[{"location": "/", "tdm-reservation": 1}]',
    )

    waiting = read_all(moved)
    (statement,) = read_all(moved, others={there.url: there}).statements

    assert waiting == tdmrep.Reading(wanted=(there.url,))
    assert statement.preference is DISALLOWED
    assert (statement.evidence[0].source, statement.evidence[0].redirects) == (
        there.url,
        (FILE,),
    )


@pytest.mark.parametrize(
    "location",
    [
        "",
        FILE,
        "http://site.example/tdm.json",
        "file:///etc/passwd",
        "https://[",
        "mailto:a",
    ],
    ids=repr,
)
def test_a_redirect_that_leads_nowhere_is_unclear(location: str) -> None:
    moved = Exchange(url=FILE, status=302, headers=(("Location", location),))

    assert preference_of(read_all(moved)) is UNCLEAR


def test_more_than_five_redirects_are_unclear() -> None:
    def chain(length: int) -> dict[str, Exchange]:
        urls = [FILE, *(f"https://site.example/{number}" for number in range(length))]
        hops = {
            url: Exchange(url=url, status=302, headers=(("Location", following),))
            for url, following in pairwise(urls)
        }
        return hops | {urls[-1]: Exchange(url=urls[-1], status=404)}

    def reading(length: int) -> tdmrep.Reading:
        return tdmrep.read(URL, page=None, markup=None, exchanges=chain(length))

    assert reading(5) == tdmrep.Reading()
    assert preference_of(reading(6)) is UNCLEAR


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["1"], DISALLOWED),
        (["1", "1"], DISALLOWED),
        (["1, 1"], DISALLOWED),
        (["0, 1"], DISALLOWED),
        (["1", "0"], DISALLOWED),
        (["true"], DISALLOWED),
        (['"1"'], DISALLOWED),
        (["0"], ALLOWED),
        (["0, 0"], ALLOWED),
        (['"0"'], UNKNOWN),
        (["0, x"], UNKNOWN),
        (["yes"], UNKNOWN),
        ([""], UNKNOWN),
    ],
    ids=repr,
)
def test_a_header_permits_only_by_the_letter(
    lines: Sequence[str], expected: Preference
) -> None:
    page = page_with(*(("TDM-Reservation", line) for line in lines))

    assert preference_of(read_all(page=page)) is expected


@pytest.mark.parametrize(
    ("file", "texts", "expected"),
    [
        (1, ("0", None), ALLOWED),
        (0, ("1", None), DISALLOWED),
        (0, (None, "1"), DISALLOWED),
        (1, ("1", "0"), ALLOWED),
        (0, ("0", "1"), DISALLOWED),
        (1, ("x", None), DISALLOWED),
        (1, ("x", "yes"), DISALLOWED),
        (1, (None, ""), DISALLOWED),
        (0, ("1", "yes"), DISALLOWED),
    ],
    ids=str,
)
def test_the_page_supersedes_the_header_and_the_header_the_file(
    file: int, texts: tuple[str | None, str | None], expected: Preference
) -> None:
    header, meta = texts
    headers = [("tdm-reservation", header)] if header is not None else []
    html = f'<meta name="TDM-Reservation" content="{meta}">' if meta is not None else ""
    rules = json.dumps([{"location": "/", "tdm-reservation": file}])

    reading = read_all(answer(rules), page_with(*headers, html=html))

    assert preference_of(reading) is expected


def test_the_deciding_evidence_stands_first_and_the_rest_is_kept() -> None:
    rules = json.dumps([{"location": "/", "tdm-reservation": 1}])
    page = page_with(
        ("tdm-reservation", "1"), html='<meta name="tdm-reservation" content="no">'
    )

    (statement,) = read_all(answer(rules), page).statements

    assert (statement.signal, statement.category) == (Signal.TDMREP, Category.TRAIN_AI)
    assert [each.locator for each in statement.evidence] == [
        "header tdm-reservation",
        "rule 1",
        "meta[name=tdm-reservation]",
    ]
    assert statement.evidence[1].quote == '{"location": "/", "tdm-reservation": 1}'


def test_a_header_answers_though_the_file_is_out_of_reach() -> None:
    broken = answer("", status=503)

    assert (
        preference_of(read_all(broken, page_with(("tdm-reservation", "1")))) is DISALLOWED
    )
    assert preference_of(read_all(broken, page_with(("tdm-reservation", "x")))) is UNCLEAR


def test_a_policy_is_wanted_and_the_reservation_stands_meanwhile() -> None:
    page = page_with(("tdm-reservation", "1"), ("tdm-policy", "/policy.json"))

    reading = read_all(page=page)

    assert (preference_of(reading), reading.wanted) == (DISALLOWED, (POLICY,))


def test_a_policy_beside_no_reservation_is_not_asked_for() -> None:
    page = page_with(("tdm-reservation", "0"), ("tdm-policy", POLICY))
    rules = [{"location": "/", "tdm-reservation": 0, "tdm-policy": POLICY}]
    superseded = read_all(answer(json.dumps(rules)), page_with(("tdm-reservation", "1")))

    assert (preference_of(read_all(page=page)), read_all(page=page).wanted) == (ALLOWED, ())
    assert (preference_of(superseded), superseded.wanted) == (DISALLOWED, ())


def test_a_policy_alone_reserves_nothing_and_permits_nothing() -> None:
    reading = read_all(page=page_with(("tdm-policy", POLICY)))

    assert (preference_of(reading), reading.wanted) == (UNKNOWN, ())


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (policy_answer(MINING, JSON), UNCLEAR),
        (policy_answer(MINING, HTML), DISALLOWED),
        (policy_answer("<p>Write to us</p>", HTML), DISALLOWED),
        (policy_answer(MINING, JSON, status=404), DISALLOWED),
        (policy_answer("{", JSON), DISALLOWED),
        (Exchange(url=POLICY, error="TIMEOUT"), DISALLOWED),
    ],
    ids=["machine-readable", "wrong type", "for people", "gone", "malformed", "failed"],
)
def test_a_policy_that_cannot_be_read_leaves_the_reservation(
    policy: Exchange, expected: Preference
) -> None:
    page = page_with(("tdm-reservation", "1"), ("tdm-policy", POLICY))

    reading = read_all(page=page, others={POLICY: policy})

    assert preference_of(reading) is expected
    assert reading.statements[0].evidence[1].source == POLICY


def test_two_policies_for_one_page_are_none() -> None:
    page = page_with(
        ("tdm-reservation", "1"), ("tdm-policy", POLICY), ("tdm-policy", f"{POLICY}2")
    )

    assert read_all(page=page).wanted == ()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (offer({"action": "tdm:mine"}), UNCLEAR),
        (offer({"action": "tdm:mine", "duty": []}), UNCLEAR),
        (offer({"action": "tdm:mine", "constraint": [RESEARCH]}), UNCLEAR),
        (offer({"action": {"@id": "http://www.w3.org/ns/tdmrep#mine"}}), UNCLEAR),
        (offer({"action": "tdm:mine", "duty": [{"action": "obtainConsent"}]}), DISALLOWED),
        (offer({"action": "tdm:mine", "duty": {"action": "compensate"}}), DISALLOWED),
        (offer({"action": "tdm:mine", "odrl:duty": [{"action": "x"}]}), DISALLOWED),
        (offer({"action": "tdm:mine"}, duty=[{"action": "obtainConsent"}]), DISALLOWED),
        (offer({"action": "tdm:mine"}, prohibition=[{"action": "tdm:mine"}]), DISALLOWED),
        (offer({"action": "use"}), DISALLOWED),
        (offer({"action": ["tdm:mine", "print"]}), DISALLOWED),
        (offer({"action": {"rdf:value": "tdm:mine", "refinement": [1]}}), DISALLOWED),
        (offer(), DISALLOWED),
        (offer({"action": "tdm:mine"}, profile="https://other.example"), DISALLOWED),
        ({"permission": [{"action": "tdm:mine"}]}, DISALLOWED),
        ([offer({"action": "tdm:mine"})], DISALLOWED),
    ],
    ids=lambda value: None if isinstance(value, Preference) else json.dumps(value)[-70:],
)
def test_a_policy_offers_only_what_it_asks_nothing_for(
    policy: JsonValue, expected: Preference
) -> None:
    assert odrl.terms_of(policy).preference is expected


def test_json_is_refused_beyond_its_limits() -> None:
    def nested(depth: int) -> bytes:
        return b"[" * depth + b"]" * depth

    assert not isinstance(parse(nested(DEPTH_LIMIT)), NotJson)
    assert parse(nested(DEPTH_LIMIT + 1)) == NotJson(cause="nested too deeply")
    assert parse(b'"' + b"[" * 500 + b'"') == "[" * 500
    assert parse(b" " * SIZE_LIMIT + b"1") == NotJson(cause="larger than 1 MiB")
    assert isinstance(parse(b"9" * 5000), NotJson)
    assert isinstance(parse(b'["\\"' * 100_000), NotJson)


any_json = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["location", "tdm-reservation", "tdm-policy", "x"]), inner
        )
    ),
    max_leaves=8,
)
reservations = st.sampled_from([0, 1, "0", "1", True, False, None, 2])
locations = st.sampled_from(["/", "/p", "/q", "*", "p", "", None])
rule_lists = st.lists(
    st.builds(
        lambda place, value: {"location": place, "tdm-reservation": value},
        locations,
        reservations,
    ),
    max_size=4,
)
STRENGTH = (UNKNOWN, ALLOWED, UNCLEAR, DISALLOWED)


@pytest.mark.law
@given(st.binary(max_size=60) | any_json.map(lambda value: json.dumps(value).encode()))
def test_no_file_raises(body: bytes) -> None:
    assert len(read_all(answer(body)).statements) <= 1


@pytest.mark.law
@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_no_header_raises(reservation: str, policy: str, location: str) -> None:
    page = page_with(("tdm-reservation", reservation), ("tdm-policy", policy))
    moved = Exchange(url=FILE, status=302, headers=(("Location", location),))

    assert len(read_all(moved, page).statements) == 1


@pytest.mark.law
@given(any_json)
def test_no_policy_raises_or_permits(value: JsonValue) -> None:
    assert odrl.terms_of(value).preference in {UNCLEAR, DISALLOWED}


@pytest.mark.law
@given(rule_lists, locations, st.integers(0, 4))
def test_one_more_refusal_never_weakens(
    rules: list[dict[str, object]], location: str | None, place: int
) -> None:
    refusing = {"location": location, "tdm-reservation": 1}
    more = [*rules[:place], refusing, *rules[place:]]

    assert STRENGTH.index(said_by(more)) >= STRENGTH.index(said_by(rules))


@pytest.mark.law
@given(
    st.lists(st.sampled_from(["0", "1", "x", ""]), max_size=3),
    st.sampled_from(["tdm-reservation"]),
)
def test_one_more_refusing_header_never_weakens(lines: list[str], name: str) -> None:
    before = [(name, line) for line in lines]

    stronger = preference_of(read_all(page=page_with(*before, (name, "1"))))

    assert stronger is DISALLOWED


def load_vectors() -> list[dict[str, object]]:
    if not VECTORS.exists():
        return []
    # Not str.splitlines: bodies hold U+2028, and it is no line's end in JSON Lines.
    lines = VECTORS.read_text(encoding="utf-8").strip("\n").split("\n")
    vectors = [json.loads(line) for line in lines]
    return [each for each in vectors if each["id"].startswith("TDM-")]


def exchange_of(url: str, raw: Mapping[str, object]) -> Exchange:
    encoded, body = raw.get("body_b64"), raw.get("body", "")
    status, headers, error = raw.get("status"), raw.get("headers", []), raw.get("error")
    assert isinstance(headers, list)
    return Exchange(
        url=url,
        status=status if isinstance(status, int) else None,
        headers=tuple((name, value) for name, value in headers),
        body=b64decode(str(encoded)) if encoded else str(body).encode(),
        error=str(error) if error else None,
    )


@pytest.mark.conformance
@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not here")
@pytest.mark.parametrize("vector", load_vectors(), ids=lambda each: str(each["id"]))
def test_a_shared_vector_is_answered(vector: Mapping[str, object]) -> None:
    url, raw, expected = str(vector["url"]), vector["exchanges"], vector["expect"]
    assert isinstance(raw, dict)
    assert isinstance(expected, dict)
    exchanges = {key: exchange_of(key, value) for key, value in raw.items()}
    page = exchanges[url]
    found = markup.read(page)
    assert isinstance(found, Markup)

    reading = tdmrep.read(url, page=page, markup=found, exchanges=exchanges)
    while reading.wanted:
        exchanges |= {one: Exchange(url=one, status=404) for one in reading.wanted}
        reading = tdmrep.read(url, page=page, markup=found, exchanges=exchanges)

    assert preference_of(reading) == expected["train-ai"]
