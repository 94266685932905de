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

from pipeline.cases import DEFAULT_LICENSES, ClosedWorld
from pipeline.judge import judge
from pipeline.model import Exchange, Policy
from pipeline.values import allowed_license
from pipeline.vocab import ProductToken

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


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_page_is_concluded_as_a_careful_reader_would(case: Mapping[str, str]) -> None:
    headers = [("Content-Type", "text/html; charset=utf-8")]
    headers += [("Link", case["link"])] if "link" in case else []
    exchange = Exchange(
        url=URL, status=200, headers=tuple(headers), body=html_of(case).encode()
    )

    found = judge(URL, ClosedWorld({URL: exchange}), policy=POLICY, now=NOW)

    assert found.license is not None
    assert (found.license.expression, found.usage.verdict) == (
        case["license"],
        case["usage"],
    )
