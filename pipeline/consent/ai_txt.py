"""/ai.txt: a refusal of training by media type, as Spawning's generator writes it.

::

    User-Agent: *
    Disallow: *.txt
    Disallow: /

The name belongs to several proposals and none is a standard, so only a refusal counts:
what the file permits is no consent, whoever it names. A file that cannot be read may hold
a refusal, and is *unclear*.
"""

import re
from collections.abc import Iterator
from typing import Final

from pipeline.consent.pattern import matches, target_of
from pipeline.model import Exchange, Statement, evidence_of
from pipeline.vocab import Preference, Signal

PARSER: Final = "ai-txt/1"
_CLAUSE: Final = "Spawning ai.txt (2023)"
_KEYED_CLAUSE: Final = "draft-car-ai-txt-wellknown-00, training"

# As for robots.txt, RFC 9309 section 2.5: enough for every file meant to be read.
SIZE_LIMIT: Final = 500 * 1024

TEXT_TYPES: Final = frozenset(("txt", "html", "htm", "xhtml", "md", "*"))
"""Endings of a glob that refuse text. The generator offers text as one choice, so a
refusal of any of these is a refusal of text."""

# The server answers for the file but does not let us see it.
_WITHHELD: Final = frozenset({401, 402, 403, 407, 429, 451})

_EOL: Final = re.compile(r"\r\n|\r|\n")
_DISALLOW: Final = re.compile(r"dis+all?ow(?:-?(?:ai)?-?training)?")
_TRAINING_KEYS: Final = frozenset(
    ("training", "train", "ai-training", "ai-train", "train-ai", "allow-training")
)
_NO: Final = frozenset(
    ("no", "n", "none", "never", "false", "deny", "denied", "disallow", "disallowed")
)
_CONDITIONAL: Final = frozenset(
    ("conditional", "conditionally", "restricted", "limited", "license", "licensed", "ask")
)


def from_exchange(exchange: Exchange, *, url: str) -> tuple[Statement, ...]:
    """Return what a site's /ai.txt says of training on the text of ``url``.

    Nothing, where there is no such file or an HTML page in its place.
    """
    match (exchange.status or 0) // 100:
        case 2:
            return _from_file(exchange, target=target_of(url))
        case 4 if exchange.status not in _WITHHELD:
            return ()
        case _:
            return (_unclear(exchange, "could not be read"),)


def _from_file(exchange: Exchange, *, target: str) -> tuple[Statement, ...]:
    if _is_html(exchange):
        return ()
    refusals = tuple(_refusals(exchange, target=target))
    if not refusals and (exchange.error or len(exchange.body) > SIZE_LIMIT):
        return (_unclear(exchange, "read in part only"),)
    return refusals


def _unclear(exchange: Exchange, note: str) -> Statement:
    evidence = evidence_of(
        exchange,
        "response",
        quote=exchange.error or "",
        clause=_CLAUSE,
        parser=PARSER,
    )
    return Statement(
        signal=Signal.AI_TXT,
        preference=Preference.UNCLEAR,
        evidence=(evidence,),
        note=note,
    )


def _is_html(exchange: Exchange) -> bool:
    """Say whether a page came in the file's place: a soft 404, a login, a parking page."""
    kind = (exchange.header("content-type") or "").lower()
    return "html" in kind or _text(exchange).lstrip().startswith("<")


def _text(exchange: Exchange) -> str:
    body = exchange.body[:SIZE_LIMIT]
    encoding = "utf-16" if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    return body.decode(encoding, "replace")


def _refusals(exchange: Exchange, *, target: str) -> Iterator[Statement]:
    for number, line in enumerate(_EOL.split(_text(exchange)), start=1):
        key, colon, value = line.partition("#")[0].partition(":")
        preference = _preference(key.strip().lower(), value.strip(), target=target)
        if not colon or preference is None:
            continue
        disallow = _DISALLOW.fullmatch(key.strip().lower())
        evidence = evidence_of(
            exchange,
            f"line {number}",
            quote=line,
            clause=_CLAUSE if disallow else _KEYED_CLAUSE,
            parser=PARSER,
        )
        yield Statement(signal=Signal.AI_TXT, preference=preference, evidence=(evidence,))


def _preference(key: str, value: str, *, target: str) -> Preference | None:
    """Return what one line says, or None where it says nothing of this text."""
    if _DISALLOW.fullmatch(key):
        return Preference.DISALLOWED if _covers(value, target) else None
    if key not in _TRAINING_KEYS:
        return None
    word = value.lower().strip("\"' .;,")
    if word in _NO:
        return Preference.DISALLOWED
    return Preference.UNCLEAR if word in _CONDITIONAL else None


def _covers(glob: str, target: str) -> bool:
    """Say whether a glob refuses text as such, or this path."""
    if not glob:
        return False
    if glob in {"/", "*", "/*"}:
        return True
    ending = glob.rpartition(".")[2].rstrip("$").lower()
    if glob.lstrip("/").startswith("*.") and ending in TEXT_TYPES:
        return True
    pattern = glob if glob.startswith("/") else f"/{glob}"
    # A glob by ending means the end of the path, whatever the query.
    if glob.startswith("*"):
        return matches(f"{pattern.rstrip('$')}$", target.partition("?")[0])
    return matches(pattern, target)
