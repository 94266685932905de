"""Texts that are seldom their publisher's own: lyrics, scripts, subtitles, agency news."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from pipeline.markup import Markup
from pipeline.wording import either

LEAST_CUES: Final = 20
"""Time codes that make subtitles; a manual of the format shows fewer."""

LEAST_SCENES: Final = 3
"""Scene headings that make a script."""

LEAST_STANZAS: Final = 2
"""Stanzas that are called verse or chorus, each in a line of its own, that make lyrics."""

_LINE_LIMIT: Final = 200

_LYRICS: Final = r"(?:lyrics|songtexte?|liedtext|paroles|letras?|testo)"

_HEADING: Final = re.compile(rf"\s*{_LYRICS}\s*[:–—-]\s*\S.{{0,100}}", re.IGNORECASE)
# "Salt and Rope Lyrics" up to the end or a dash.
_TITLE: Final = re.compile(
    rf"[^.!?]{{2,100}}\s{_LYRICS}(?:\s*[|–—:-]\s.{{0,100}})?", re.IGNORECASE
)
_CREDITED: Final = re.compile(
    r"\s*(?:songwriters?|lyricists?|lyrics\s*/?\s*by|words (?:and|&) music(?: by)?"
    r"|words by|text und musik|paroles et musique|letra y música)"
    r"(?:\s*\(s\))?\s*:?\s+\S.{0,120}",
    re.IGNORECASE,
)
_STANZA: Final = re.compile(
    r"\[\s*(?:verse|chorus|pre-?chorus|bridge|hook|refrain|intro|outro|strophe|couplet"
    r"|verso|estribillo|coro|puente|strofa|ritornello)\b[^\]\n]{0,40}\]"
    r"|^\s*(?:verse|chorus|refrain|strophe|estribillo) ?\d*\s*:\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_SCENE: Final = re.compile(
    r"\b(?:INT|EXT)\.\s+[A-ZÀ-Ý0-9][A-ZÀ-Ý0-9 .,'’&/-]{1,60}?\s[-–—]\s*"
    r"(?:DAY|NIGHT|MORNING|EVENING|DUSK|DAWN|LATER|CONTINUOUS)\b"
)
_CUE: Final = re.compile(r"\d{1,2}:\d\d:\d\d[,.]\d{3}\s*-->\s*\d{1,2}:\d\d:\d\d[,.]\d{3}")
# One of these is in all that makes lyrics: most pages have none.
_SUNG: Final = either(
    """
    lyric songtext liedtext paroles letra testo verse chorus bridge hook refrain intro outro
    strophe couplet verso estribillo coro puente strofa ritornello
    """.split()  # noqa: SIM905  (to be read)
)
_DATELINE: Final = re.compile(
    r"^[A-ZÀ-Ý][\w .,'’/-]{1,60}\s\((?:Reuters|AP|AFP|dpa|DPA|UPI|ANI|PTI|IANS|Xinhua|EFE"
    r"|ANSA|TASS|KNA|epd|APA|Bloomberg)\)\s*[-–—:].{20,}",
    re.MULTILINE,
)
# schema.org: the property by which a MusicComposition has its words.
_DATA: Final = re.compile(r'"lyrics"\s*:\s*[{"\[].{0,200}', re.DOTALL)


class Found(NamedTuple):
    """Words that mark a text as another's: which kind of text, where, and the words."""

    kind: str
    locator: str
    quote: str


def find(markup: Markup) -> Iterator[Found]:
    """Yield what marks the page's text as lyrics, a script, subtitles or agency news."""
    for script in markup.data:
        said = _DATA.search(script.text)
        if said:
            yield Found("lyrics", "script[type=application/ld+json]", said[0])
    yield from _lyrics(markup)
    for kind, mark, pattern, least in _TELLING:
        matched = pattern.findall(markup.text) if mark in markup.text else []
        if len(matched) >= least:
            yield Found(kind, "text", matched[0].strip())


# The second of each is in every match: most texts do not have it.
_TELLING: Final = (
    ("scripts", "T. ", _SCENE, LEAST_SCENES),
    ("subtitles", "-->", _CUE, LEAST_CUES),
    ("news of an agency", ")", _DATELINE, 1),
)


def _lyrics(markup: Markup) -> Iterator[Found]:
    """Yield what shows lyrics: stanzas by name, or a heading together with a credit.

    An essay on lyrics has the heading, and an article on a song the credit; neither has
    both without being about the words themselves.
    """
    if not _SUNG.search(f"{markup.title}\n{markup.text}"):
        return
    stanzas = [match[0].strip() for match in _STANZA.finditer(markup.text)]
    if len(stanzas) >= LEAST_STANZAS:
        yield Found("lyrics", "text", " ".join(stanzas))
        return
    lines = [line for line in markup.text.split("\n") if len(line) < _LINE_LIMIT]
    named = _first(_HEADING, [markup.title, *lines]) or _first(_TITLE, [markup.title])
    credited = _first(_CREDITED, lines) if named else ""
    if named and (credited or stanzas):
        parts = filter(None, (named, credited, *stanzas))
        yield Found("lyrics", "text", " … ".join(parts))


def _first(pattern: re.Pattern[str], lines: list[str]) -> str:
    return next((line.strip() for line in lines if pattern.fullmatch(line)), "")
