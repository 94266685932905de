"""What holds of signs of laundering: they may put a page on hold, and do nothing else."""

from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.judge import judge
from pipeline.license.laundering import REASONS
from pipeline.model import Exchange, Judgement, Policy
from pipeline.values import allowed_license
from pipeline.vocab import ProductToken, Verdict

pytestmark = pytest.mark.law

NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
SITE: Final = "https://a.example"
URL: Final = f"{SITE}/essay"
CC: Final = "https://creativecommons.org/licenses"
POLICY: Final = Policy(
    product_token=ProductToken("Estovers"),
    allowed_licenses=tuple(map(allowed_license, ("CC0-1.0", "CC-BY", "CC-BY-SA"))),
)
_STRICT: Final = {Verdict.ADMIT: 0, Verdict.HOLD: 1, Verdict.DEFER: 1, Verdict.REFUSE: 2}

_LICENSES: Final = st.sampled_from(
    [
        "",
        f"<footer><a rel=license href={CC}/by/4.0/>CC BY</a></footer>",
        f"<footer><a rel=license href={CC}/by-nc/4.0/>CC BY-NC</a></footer>",
        (
            f"<footer><a rel=license href={CC}/by/4.0/>CC BY</a>"
            "<p>All rights reserved.</p></footer>"
        ),
        f"<footer>Licensed under <a href={CC}/by/4.0/>CC BY</a> until 2030.</footer>",
    ]
)
_SAID: Final = st.sampled_from(
    ["", "<meta name=robots content=noai>", "<meta name=tdm-reservation content=1>"]
)
_SIGNS: Final = st.sampled_from(
    [
        "<p>Reprinted with permission of the Guild.</p>",
        "<p>Source: <a href=https://tidewrack.example/>Tidewrack</a></p>",
        "<link rel=canonical href=https://tidewrack.example/essay>",
        "<p>[Verse 1]</p><p>Oh.</p><p>[Chorus]</p>",
        "<h2>Lyrics: Salt and Rope</h2><p>Songwriters: as credited.</p>",
    ]
)


def judged(page: str) -> Judgement:
    kind = (("Content-Type", "text/html; charset=utf-8"),)
    answer = Exchange(url=URL, status=200, headers=kind, body=page.encode(), read_at=NOW)
    files = ("robots.txt", "ai.txt", ".well-known/tdmrep.json")
    absent = (Exchange(url=f"{SITE}/{n}", status=404, read_at=NOW) for n in files)
    return judge(URL, {e.url: e for e in (answer, *absent)}, policy=POLICY, now=NOW)


@given(_LICENSES, _SAID, st.lists(_SIGNS, min_size=1, max_size=3))
def test_a_sign_never_makes_a_verdict_milder(
    license_: str, said: str, signs: list[str]
) -> None:
    before = judged(f"{said}<p>Tide.</p>{license_}").usage
    after = judged(f"{said}<p>Tide.</p>{''.join(signs)}{license_}").usage

    assert _STRICT[after.verdict] >= _STRICT[before.verdict]
    assert (after.reason in REASONS) == (before.verdict is Verdict.ADMIT)


@given(_LICENSES, st.lists(_SIGNS, max_size=3))
def test_a_hold_by_signs_shows_the_sign_and_the_license(
    license_: str, signs: list[str]
) -> None:
    found = judged(f"<p>Tide.</p>{''.join(signs)}{license_}")

    if found.usage.reason in REASONS:
        assert found.usage.verdict is Verdict.HOLD
        assert found.license is not None
        assert found.license.expression == "CC-BY-4.0"
        assert set(found.license.evidence) < set(found.usage.evidence)
