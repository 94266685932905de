"""Findings: what an audit has to say, one disagreement each."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found: of which kind, on what, and the two that disagree.

    ``subject`` is a URL, a file or a field. An error is something that is not as it is
    said to be; a note is for the reader, and fails no audit.
    """

    kind: str
    subject: str
    what: str
    recorded: str = ""
    replayed: str = ""
    level: Level = "error"
