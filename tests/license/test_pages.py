"""Pages that were written to mislead a license detector, and what is to come of them.

``pages.jsonl`` has what stands on each: in its head, header, text (``body``), beside it
(``aside``) and footer, its Link header, and the license and verdict expected under the
policy that ``estovers judge`` has by default.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cases import ClosedWorld
from pipeline.judge import judge
from pipeline.model import Exchange, Judgement, Policy
from pipeline.values import DEFAULT_LICENSES, allowed_license
from pipeline.vocab import ProductToken, Verdict

URL = "https://harbour.example/log/1"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
POLICY = Policy(
    product_token=ProductToken("Estovers"),
    allowed_licenses=tuple(map(allowed_license, DEFAULT_LICENSES)),
)
TEXT = (
    "<p>The tide gauge at the old harbour was repaired in spring, and the readings from the"
    " new sensor were compared with the hand-kept log for forty days.</p>"
)
LINES = Path(__file__).with_name("pages.jsonl").read_text("utf-8").splitlines()
CASES = [json.loads(line) for line in LINES]


def html_of(case: Mapping[str, str]) -> str:
    head, header, body, aside, footer = (
        case.get(part, "") for part in ("head", "header", "body", "aside", "footer")
    )
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>Harbour log</title>{head}</head>'
        f"<body><header>{header}<h1>Harbour log</h1></header>"
        f"<main><article>{TEXT}{body}</article></main>{aside}<footer>{footer}</footer>"
    )


def judged(case: Mapping[str, str]) -> Judgement:
    headers = [("Content-Type", "text/html; charset=utf-8")]
    headers += [("Link", case["link"])] if "link" in case else []
    exchange = Exchange(
        url=URL, status=200, headers=tuple(headers), body=html_of(case).encode()
    )
    return judge(URL, ClosedWorld({URL: exchange}), policy=POLICY, now=NOW)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_page_is_concluded_as_a_careful_reader_would(case: Mapping[str, str]) -> None:
    found = judged(case)

    assert found.license is not None
    assert (found.license.expression, found.usage.verdict) == (
        case["license"],
        case["usage"],
    )


CC = "https://creativecommons.org/licenses"
RESTRICTIONS = (
    f'<p><a rel="license" href="{CC}/by-nc/4.0/">CC BY-NC 4.0</a></p>',
    f'<p>This article is licensed under <a href="{CC}/by-nd/4.0/">CC BY-ND 4.0</a>.</p>',
    "<p>All rights reserved.</p>",
    "<p>This text is licensed under CC BY-NC-SA 4.0.</p>",
    f'<p>This text is not licensed under <a href="{CC}/by/4.0/">CC BY 4.0</a>.</p>',
    f"<!-- {CC}/by-nc-sa/2.0/ -->",
    "<p>Use of this text to train AI is prohibited.</p>",
)


@pytest.mark.law
@given(
    case=st.sampled_from(CASES),
    part=st.sampled_from(["header", "body", "aside", "footer"]),
    restriction=st.sampled_from(RESTRICTIONS),
)
def test_a_restriction_that_is_added_admits_nothing_more(
    case: Mapping[str, str], part: str, restriction: str
) -> None:
    before = judged(case).usage.verdict
    more = {**case, part: case.get(part, "") + restriction}

    after = judged(more).usage.verdict

    assert after is not Verdict.ADMIT or before is Verdict.ADMIT


@pytest.mark.law
@given(case=st.sampled_from(CASES), restriction=st.sampled_from(RESTRICTIONS[:4]))
def test_a_restriction_of_the_text_admits_nothing_at_all(
    case: Mapping[str, str], restriction: str
) -> None:
    more = {**case, "body": case.get("body", "") + restriction}

    assert judged(more).usage.verdict is not Verdict.ADMIT
