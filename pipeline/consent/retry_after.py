"""Retry-After: how long a host asks to be left alone."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from pipeline.model import Exchange

LONGEST_WAIT: Final = 7 * 24 * 3600.0
"""Seconds after which we ask again, whatever Retry-After says."""

_DIGITS: Final = re.compile(r"[0-9]+")


def retry_after(exchange: Exchange) -> float | None:
    """Return the seconds from the answer for which Retry-After asks us to stay away.

    The longest counts where there are several, but never more than ``LONGEST_WAIT``.
    None where there is none that can be read (RFC 9110 section 10.2.3: seconds or a date).
    """
    lines = exchange.header_lines("retry-after")
    waits = [_wait(line.strip(), read_at=exchange.read_at) for line in lines]
    readable = [wait for wait in waits if wait is not None]
    return min(max(readable), LONGEST_WAIT) if readable else None


def _wait(value: str, *, read_at: datetime | None) -> float | None:
    if _DIGITS.fullmatch(value):
        # float() of a number with too many digits is infinite, which min() cuts down too.
        return float(value)
    moment = _moment(value)
    if moment is None or read_at is None:
        return None
    return max((moment - _aware(read_at)).total_seconds(), 0.0)


def _moment(value: str) -> datetime | None:
    """Return an HTTP-date, or None where the text is none."""
    try:
        return _aware(parsedate_to_datetime(value))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _aware(moment: datetime) -> datetime:
    # HTTP dates are in GMT, also where "-0000" makes the parser leave the zone out.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
