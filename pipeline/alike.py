"""Fingerprints that have a piece in common: found a piece at a time, in little memory.

Pure: it is no matter where the fingerprints are kept.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final
from zlib import crc32

from pipeline.fingerprint import PLACES

_PLACE: Final = 4

SIZE: Final = _PLACE * PLACES
"""Bytes of a fingerprint."""

# One value in nine seems to be there twice where none is.
_SLOTS: Final = 8


def band_of(number: int, *, width: int) -> slice:
    """Return where a piece of a fingerprint stands in it, ``width`` places wide."""
    size = width * _PLACE
    return slice(number * size, (number + 1) * size)


def alike(values: Callable[[], Iterable[bytes]], *, number: int) -> Iterator[list[int]]:
    """Yield the places of each value that stands there more than once, of ``number``.

    The values are gone through twice, and are not in memory, but for those that are there
    twice and some that seem to be.
    """
    slots = bytearray(_SLOTS * number)
    for value in values():
        at = crc32(value) % len(slots)
        slots[at] = 2 if slots[at] else 1
    groups: defaultdict[bytes, list[int]] = defaultdict(list)
    for place, value in enumerate(values()):
        if slots[crc32(value) % len(slots)] > 1:
            groups[value].append(place)
    yield from (group for group in groups.values() if len(group) > 1)
