"""Which part of a corpus a site belongs to: train, validation or test.

By its site a page goes where all pages of the site go, so that nothing of a site that a
model is tested with was in what it learned from. The site's name and a seed decide, and no
other site: a corpus that grows moves nobody.
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final


class Split(StrEnum):
    """A part of a corpus, as ``datasets`` names it."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How much of the sites goes where: three numbers that are taken in proportion.

    Raises ValueError where one is less than nothing, or all are nothing.
    """

    train: int = 90
    validation: int = 5
    test: int = 5

    def __post_init__(self) -> None:
        parts = (self.train, self.validation, self.test)
        if min(parts) < 0 or not any(parts):
            raise ValueError(f"shares {parts}: none may be negative, and one is needed")


_SPACE: Final = 2**64


def split_of(site: str, *, seed: int, shares: Shares) -> Split:
    """Return the part that a site belongs to, by its registrable domain.

    Test comes first on the line from 0 to 1, and train last: where the share of test
    grows, sites leave the others for it, and none leaves it.
    """
    digest = sha256(f"{seed}\n{site}".encode("utf-8", "surrogatepass")).digest()
    place = int.from_bytes(digest[:8], "big")
    whole = shares.train + shares.validation + shares.test
    if place * whole < shares.test * _SPACE:
        return Split.TEST
    if place * whole < (shares.test + shares.validation) * _SPACE:
        return Split.VALIDATION
    return Split.TRAIN
