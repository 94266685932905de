from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.consent import access
from pipeline.consent.access import Access
from pipeline.model import Evidence, Exchange, Statement
from pipeline.vocab import Preference, Signal

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
URL = "https://site.example/p"


def answer(status: int | None, *headers: tuple[str, str]) -> Exchange:
    return Exchange(url=URL, status=status, headers=headers, read_at=NOW)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(200, Access.OPEN, id="200"),
        pytest.param(304, Access.OPEN, id="304"),
        pytest.param(400, Access.GONE, id="400"),
        pytest.param(401, Access.REFUSED, id="401"),
        pytest.param(402, Access.PAYMENT, id="402"),
        pytest.param(403, Access.REFUSED, id="403"),
        pytest.param(404, Access.GONE, id="404"),
        pytest.param(407, Access.REFUSED, id="407"),
        pytest.param(410, Access.GONE, id="410"),
        pytest.param(429, Access.BACK_OFF, id="429"),
        pytest.param(451, Access.LEGAL, id="451"),
        pytest.param(500, Access.BACK_OFF, id="500"),
        pytest.param(503, Access.BACK_OFF, id="503"),
        pytest.param(999, Access.REFUSED, id="a status that HTTP does not know"),
        pytest.param(0, Access.REFUSED, id="zero"),
        pytest.param(None, Access.BACK_OFF, id="no answer"),
    ],
)
def test_a_status_tells_of_access(status: int | None, expected: Access) -> None:
    assert access.access_of(answer(status)).access is expected


def test_a_refusal_of_access_is_a_refusal_of_training() -> None:
    exchange = answer(403)

    assert access.from_exchange(exchange) == (
        Statement(
            signal=Signal.HTTP_STATUS,
            preference=Preference.DISALLOWED,
            evidence=(
                Evidence(
                    source=URL,
                    locator="status",
                    quote="403",
                    clause="RFC 9110 section 15.5.4, 403 Forbidden",
                    digest=exchange.digest,
                    status=403,
                    read_at=NOW,
                    parser="access/1",
                ),
            ),
            note="access refused",
        ),
    )


@pytest.mark.parametrize(
    "status", [401, 402, 403, 407, 451], ids=lambda status: f"{status}"
)
def test_each_refusing_status_disallows(status: int) -> None:
    (statement,) = access.from_exchange(answer(status))

    assert statement.preference is Preference.DISALLOWED


@pytest.mark.parametrize(
    "status", [200, 301, 404, 410, 429, 500, 503, None], ids=lambda status: f"{status}"
)
def test_other_statuses_say_nothing_of_training(status: int | None) -> None:
    assert access.from_exchange(answer(status)) == ()


def test_a_price_asks_for_payment_whatever_the_status() -> None:
    exchange = answer(200, ("Crawler-Price", "USD 0.01"))

    (statement,) = access.from_exchange(exchange)

    assert access.access_of(exchange).access is Access.PAYMENT
    assert statement.note == "payment required"
    assert statement.evidence[0].locator == "header crawler-price"
    assert statement.evidence[0].quote == "USD 0.01"


def test_a_failed_request_is_evidence_by_its_error() -> None:
    exchange = Exchange(url=URL, error="TIMEOUT")

    assert access.access_of(exchange).evidence.quote == "TIMEOUT"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("120", 120.0, id="seconds"),
        pytest.param(" 0 ", 0.0, id="zero"),
        pytest.param("000000000060", 60.0, id="leading zeros"),
        pytest.param("604801", 604800.0, id="more than a week"),
        pytest.param("9" * 5000, 604800.0, id="more digits than a number has"),
        pytest.param("Sat, 21 Nov 2026 12:01:00 GMT", 60.0, id="a date"),
        pytest.param("Saturday, 21-Nov-26 12:01:00 GMT", 60.0, id="an RFC 850 date"),
        pytest.param("Sat, 21 Nov 2026 12:01:00 -0000", 60.0, id="a date without zone"),
        pytest.param("Sat, 21 Nov 2020 12:00:00 GMT", 0.0, id="a date gone by"),
        pytest.param("Sat, 21 Nov 2099 12:00:00 GMT", 604800.0, id="a date far off"),
        pytest.param("soon", None, id="a word"),
        pytest.param("-5", None, id="less than none"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("１２", None, id="other digits"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_retry_after_is_read(value: str, expected: float | None) -> None:
    assert access.retry_after(answer(503, ("Retry-After", value))) == expected


def test_the_longest_readable_wait_counts() -> None:
    fields = (("Retry-After", "5"), ("Retry-After", "junk"), ("retry-after", "50"))

    assert access.retry_after(answer(429, *fields)) == 50.0
    assert access.retry_after(answer(429)) is None


def test_a_date_without_a_moment_to_count_from_is_not_read() -> None:
    fields = (("Retry-After", "Sat, 21 Nov 2026 12:01:00 GMT"),)

    assert access.retry_after(Exchange(url=URL, status=503, headers=fields)) is None


@pytest.mark.law
@given(st.text(max_size=40) | st.integers().map(str))
def test_no_text_raises_and_no_wait_is_longer_than_a_week(value: str) -> None:
    wait = access.retry_after(answer(503, ("Retry-After", value)))

    assert wait is None or 0.0 <= wait <= access.LONGEST_WAIT


@pytest.mark.law
@given(st.integers(min_value=0, max_value=604_800))
def test_seconds_and_dates_agree(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert access.retry_after(answer(503, ("Retry-After", date))) == seconds
    assert access.retry_after(answer(503, ("Retry-After", f"{seconds}"))) == seconds


@pytest.mark.law
@given(st.none() | st.integers(min_value=-1000, max_value=10_000))
def test_only_what_is_open_or_gone_or_later_says_nothing(status: int | None) -> None:
    exchange = answer(status)
    quiet = access.access_of(exchange).access in {
        Access.OPEN,
        Access.GONE,
        Access.BACK_OFF,
    }

    assert quiet is (access.from_exchange(exchange) == ())
