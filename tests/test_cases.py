"""Recorded exchanges: a case is read strictly, judged purely, and said as JSON."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import cases
from pipeline.cases import ClosedWorld
from pipeline.errors import InputFault
from pipeline.model import Exchange
from pipeline.values import allowed_license

SHARED = Path(__file__).resolve().parents[2] / "shared" / "vectors" / "consent.jsonl"
PAGE = "https://a.example/essay"
BY = "https://creativecommons.org/licenses/by/4.0/"
BODY = f'<p>This essay is under <a rel="license" href="{BY}">CC BY 4.0</a>.</p>'


def line(**facts: object) -> str:
    html = [["Content-Type", "text/html; charset=utf-8"]]
    exchanges = {PAGE: {"status": 200, "headers": html, "body": BODY}}
    return json.dumps({"id": "one", "url": PAGE, "exchanges": exchanges, **facts})


def judged(text: str) -> dict[str, object]:
    case = cases.parse(text, where="here")
    found: dict[str, object] = json.loads(cases.render(case.id, cases.judge_case(case)))
    return found


def test_a_case_is_judged_with_all_that_it_rests_on() -> None:
    found = judged(line())

    assert found["id"] == "one"
    assert found["url"] == PAGE
    assert found["license"] == "CC-BY-4.0"
    assert found["preferences"] == {
        "train-ai": "unknown", "ai-use": "unknown", "search": "unknown",
    }  # fmt: skip
    usage = found["usage"]
    assert isinstance(usage, dict)
    assert (usage["verdict"], usage["reason"]) == ("admit", "license.admits")
    [evidence, *_] = usage["evidence"]
    assert evidence["source"] == PAGE
    assert evidence["quote"] in BODY
    assert BY in evidence["quote"]


def test_evidence_names_its_line_and_the_bytes_it_was_read_in() -> None:
    robots = "User-agent: *\nDisallow: /essay\n"
    exchanges = {
        "https://a.example/robots.txt": {
            "status": 200, "headers": [["Content-Type", "text/plain"]], "body": robots,
        }
    }  # fmt: skip

    acquisition = judged(line(exchanges=exchanges))["acquisition"]

    assert isinstance(acquisition, dict)
    assert (acquisition["verdict"], acquisition["reason"]) == ("refuse", "robots.disallows")
    [evidence] = acquisition["evidence"]
    assert set(evidence) == {
        "source", "locator", "line", "quote", "digest", "clause", "status", "read_at",
        "redirects", "parser",
    }  # fmt: skip
    assert (evidence["source"], evidence["line"]) == ("https://a.example/robots.txt", 2)
    assert evidence["quote"] == "Disallow: /essay"
    digest = Exchange(url="", body=robots.encode()).digest
    assert evidence["digest"] == digest
    assert evidence["clause"].startswith("RFC 9309")


def test_bytes_that_are_no_text_come_in_base_64() -> None:
    body = base64.b64encode(f"{BODY}\xe9".encode("latin-1")).decode()
    html = [["Content-Type", "text/html; charset=iso-8859-1"]]
    exchanges = {PAGE: {"status": 200, "headers": html, "body_b64": body}}

    assert judged(line(exchanges=exchanges))["license"] == "CC-BY-4.0"


def test_what_is_not_listed_answered_404() -> None:
    listed = Exchange(url="https://a.example/", status=200, body=b"x")
    world = ClosedWorld({listed.url: listed})

    assert world["https://a.example/"] is listed
    assert world["https://b.example/"] == Exchange(url="https://b.example/", status=404)
    assert "https://b.example/" in world
    assert (list(world), len(world)) == ([listed.url], 1)


def test_a_caller_may_name_other_licenses() -> None:
    case = cases.parse(line(), where="here")

    found = cases.judge_case(case, allowed=(allowed_license("CC0-1.0"),))

    assert (found.usage.verdict, found.usage.reason) == ("refuse", "license.not-allowed")


def test_a_case_may_assert_what_its_site_states() -> None:
    legal = "https://a.example/legal"
    said = {
        "scope": ["https://a.example"], "license": "cc-by-4.0", "evidence_url": legal,
        "quote": "All texts on this site are licensed under CC BY 4.0.",
    }  # fmt: skip
    html = [["Content-Type", "text/html; charset=utf-8"]]
    pages = {
        PAGE: {"status": 200, "headers": html, "body": "<p>Tide.</p>"},
        legal: {"status": 200, "headers": html, "body": f"<p>{said['quote']}</p>"},
    }

    stated = judged(line(statements=[said], exchanges=pages))
    gone = judged(line(statements=[said], exchanges={PAGE: pages[PAGE]}))

    assert (stated["license"], gone["license"]) == ("CC-BY-4.0", None)
    reasons = [one["usage"]["reason"] for one in (stated, gone)]  # type: ignore[index]
    assert reasons == ["license.stated-for-site", "license.statement-gone"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nope", r"not JSON \(Expecting value, column 1\)"),
        ("[" * 100_000, "nested too deep"),
        ("[1]", "the case: Input should be"),
        ('{"id": 3}', "id: .*; url: Field required; exchanges: Field required"),
        (line(product_token="My Bot/1"), "product_token: String should match"),
        (line(now="2026-01-01T00:00:00"), "now: Input should have timezone info"),
        (line(exchanges={PAGE: {"status": "ok"}}), f"exchanges.{PAGE}.status: "),
        (line(exchanges={PAGE: {"body_b64": "!!"}}), f"exchanges.{PAGE}.body_b64: "),
        (line(exchanges={PAGE: {"headers": [["alone"]]}}), f"exchanges.{PAGE}.headers.0"),
        (line(statements=[{"license": "CC-BY"}]), "statements.0.scope: .*no version"),
    ],
    ids=[
        "no-json", "too-deep", "no-object", "keys-missing", "no-token", "no-time-zone",
        "no-status", "no-base-64", "half-a-header", "half-a-statement",
    ],
)  # fmt: skip
def test_a_bad_case_names_its_place_and_each_key(text: str, words: str) -> None:
    with pytest.raises(InputFault, match=rf"^cases.jsonl, line 7: {words}"):
        cases.parse(text, where="cases.jsonl, line 7")


@pytest.mark.law
@given(text=st.text(max_size=300) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "url", "exchanges", "now", "x"]), inner),
    max_leaves=8,
).map(json.dumps))  # fmt: skip
def test_no_line_raises_anything_but_an_input_fault(text: str) -> None:
    try:
        case = cases.parse(text, where="here")
    except InputFault:
        return
    assert isinstance(cases.render(case.id, cases.judge_case(case)), str)


@pytest.mark.skipif(not SHARED.is_file(), reason="needs ../shared/vectors")
def test_each_vector_gives_one_line_with_the_keys_that_are_promised() -> None:
    lines = SHARED.read_text("utf-8").strip().split("\n")
    rendered = []
    for number, text in enumerate(lines, start=1):
        case = cases.parse(text, where=f"line {number}")
        rendered.append(cases.render(case.id, cases.judge_case(case)))

    found = [json.loads(one) for one in rendered]
    assert [one["id"] for one in found] == [json.loads(text)["id"] for text in lines]
    assert not any("\n" in one for one in rendered)
    for one in found:
        assert {"acquisition", "preferences", "license", "usage"} <= set(one)
        for stage in ("acquisition", "usage"):
            assert set(one[stage]) == {"verdict", "reason", "evidence"}
            keys = {"source", "locator", "line", "quote", "digest", "clause"}
            assert all(keys <= set(evidence) for evidence in one[stage]["evidence"])
