"""Google's published cases (robotstxt-spec-test), each answered by our reader."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from pipeline.consent import robots

_CASES: Final = Path(__file__).resolve().parents[2] / ".." / "shared/robots/google-spec"
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FIELD: Final = re.compile(r'\b([a-z_]+):\s*((?:"(?:[^"\\]|\\.)*"\s*)+|[A-Z_]+)')
_ESCAPE: Final = re.compile(rb'\\(x[0-9a-fA-F]{2}|[nrt"\'\\])')
_PLAIN: Final = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b'"': b'"',
    b"'": b"'",
    b"\\": b"\\",
}

_DAMAGED: Final = "a key that octets have damaged: the file then admits nothing (policy)"
_INDEX: Final = "Google alone lets /index.html stand for its folder; that would open a door"
_ESCAPES: Final = "section 2.2.2: both spellings of an escape are one pattern"
_ROBOTS: Final = "section 2.2.2: /robots.txt is always allowed"
_DIGITS: Final = "policy: a token with a digit is compared whole, AB42bot is not AB"
_SPACE: Final = "policy: crawlers whose name has a space are found under it"

EXCEPTIONS: Final = {
    "BOM-characters-4": _DAMAGED,
    "BOM-characters-5": _DAMAGED,
    "index-page-1": _INDEX,
    "non-ascii-paths-3": _ESCAPES,
    "non-ascii-paths-5": _ESCAPES,
    "non-ascii-paths-6": _ESCAPES,
    "user-agent-name-2": _SPACE,
    "327748-6": _ROBOTS,
    "369883-6": _ROBOTS,
    "369883-7": _DIGITS,
    "369883-8": _DIGITS,
    "369883-9": _DIGITS,
    "369883-10": _ROBOTS,
    "860237-10": _ROBOTS,
}
"""The cases that we answer otherwise, each with its reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    name: str
    body: bytes
    url: str
    token: str
    allowed: bool


def _octets(value: str) -> bytes:
    return _ESCAPE.sub(
        lambda found: _PLAIN.get(found[1]) or bytes.fromhex(found[1][1:].decode()),
        "".join(_STRING.findall(value)).encode(),
    )


def _cases_in(path: Path) -> Iterator[Case]:
    fields: dict[str, str] = {}
    number = 0
    for field in _FIELD.finditer(path.read_text("utf-8")):
        fields[field[1]] = field[2]
        if field[1] == "expected_outcome":
            number += 1
            yield Case(
                name=f"{path.stem}-{number}",
                body=_octets(fields["robotstxt"]),
                url=_octets(fields["testurl"]).decode(),
                token=_octets(fields["useragent"]).decode(),
                allowed=field[2] == "ALLOWED",
            )


def _cases() -> list[Case]:
    return [
        case for path in sorted(_CASES.rglob("*.textproto")) for case in _cases_in(path)
    ]


def _answer(case: Case) -> bool:
    return robots.settle(robots.read(case.body), url=case.url, token=case.token).allows


pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not _CASES.is_dir(), reason="Google's cases are not at hand"),
]


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.name)
def test_google_and_we_answer_alike_but_for_listed_exceptions(case: Case) -> None:
    assert (_answer(case) == case.allowed) == (case.name not in EXCEPTIONS)


def test_all_four_hundred_cases_are_asked_and_every_exception_is_one_of_them() -> None:
    names = {case.name for case in _cases()}

    assert (len(names), EXCEPTIONS.keys() - names) == (400, set())
