"""Which hosts may be asked, and where they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.clock import Clock, machine


@dataclass(frozen=True, slots=True)
class Reach:
    """Which hosts are served from loopback: authority to (address, port).

    Every other host has to resolve to public addresses only, or, where the live web is not
    meant at all, is not found. What is served from here may have a moment of its own.
    """

    served: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    is_live: bool = True
    clock: Clock = machine
