"""What time it is: by the machine's clock, or as a reproducible build has it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pipeline.errors import UsageFault

Clock = Callable[[], datetime]

VARIABLE: Final = "SOURCE_DATE_EPOCH"
"""Environment variable with seconds since 1970-01-01T00:00Z (reproducible-builds.org)."""


def machine() -> datetime:
    """Return the moment by this machine's clock, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Still:
    """A clock that stands, and can be sent to another process."""

    moment: datetime

    def __call__(self) -> datetime:
        """Return its moment."""
        return self.moment


def clock_of(epoch: str | None) -> Clock:
    """Return the clock of a build: one that stands still at ``epoch``, or the machine's.

    Raises UsageFault where ``epoch`` is not a number of seconds.
    """
    if not epoch:
        return machine
    try:
        moment = datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageFault(
            f"{VARIABLE} is {epoch!r}, which is not a number of seconds since 1970. "
            "Unset it, or set it to the time of the last change, such as 1763769600."
        ) from error
    return Still(moment)
