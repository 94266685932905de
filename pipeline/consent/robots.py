"""The robots.txt of an origin as RFC 9309 reads it: its retrieval, groups and rules.

::

    robotstxt      = *(group / emptyline)
    group          = startgroupline
                     *(startgroupline / emptyline)
                     *(rule / emptyline)
    startgroupline = *WS "user-agent" *WS ":" *WS product-token EOL
    rule           = *WS ("allow" / "disallow") *WS ":"
                     *WS (path-pattern / empty-pattern) EOL
    rule           =/ content-usage                     ; attach-05 of AIPREF
    product-token  = identifier / "*"
    identifier     = 1*(%x2D / %x41-5A / %x5F / %x61-7A)
    EOL            = *WS [comment] NL                   ; NL = CR / LF / CRLF

Where a file can be read in more than one way, all readings are worked out and the strictest
decides. Where a file is damaged, cut or too large, its rules may refuse and never admit.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from http import HTTPStatus
from itertools import takewhile
from typing import Final, NamedTuple, assert_never
from urllib.parse import urlsplit

from pipeline.consent.following import Arrived, Lost, Wanted, follow
from pipeline.consent.pattern import Pattern, compiled, is_pattern, target_of
from pipeline.consent.retry_after import retry_after
from pipeline.model import Evidence, Exchange, Exchanges, Line, evidence_of

PARSER: Final = "robots/1 (RFC 9309)"
"""Name and revision of this reader, for evidence."""

SIZE_LIMIT: Final = 512 * 1024
"""Octets that are parsed. Section 2.5 asks for at least 500 KiB."""

FILE_LINE_LIMIT: Final = 13_000
"""Lines that are parsed. Of two and a half thousand real files the longest has 4,302, so
that more is an attack or a mistake, here as in the limits that follow."""

AGENT_LIMIT: Final = 2_048
"""User-agent lines that a file may hold; no real file has more than 587."""

NAME_LIMIT: Final = 64 * 1024
"""Characters that these lines may name; in a real file they name at most 5,585."""

LINE_LIMIT: Final = 4_096
"""Lines that one crawler's groups may hold; no real crawler has more than 1,938."""

OCTET_LIMIT: Final = 256 * 1024
"""Octets of the values in one crawler's groups; no real crawler has more than 89,633."""

WORK_LIMIT: Final = 2**26
"""Octets of patterns with a star, times octets of the URL: what matching costs at worst.
The most of a real crawler are 17,459, so that this is out of reach of its longest URLs."""

NOT_ROBOTS: Final = "not a robots file"
"""The cause of :class:`Unreachable` where the answer is a page or a binary file."""

USER_AGENT: Final = "user-agent"
_MATCHED: Final = frozenset({"allow", "disallow"})
_RULES: Final = _MATCHED | {"content-usage"}
# "Parsing of other records MUST NOT interfere" (section 2.2.4). Every parser in use keeps
# to that for these; for all others the parsers differ, which makes two readings.
_NEVER_ENDS_A_RUN: Final = frozenset({"sitemap"})
_WITHOUT_COLON: Final = frozenset(
    {USER_AGENT, "allow", "disallow", "crawl-delay", "sitemap"}
)
_RECOGNISED: Final = (
    _WITHOUT_COLON
    | _RULES
    | {"content-signal", "license", "host", "noindex", "request-rate", "visit-time"}
)
# The misspellings of google/robotstxt (kAllowFrequentTypos). "Allow" has none, so that no
# lenience opens a door.
_SPELLINGS: Final = {
    "useragent": USER_AGENT,
    "user agent": USER_AGENT,
    "dissallow": "disallow",
    "dissalow": "disallow",
    "disalow": "disallow",
    "diasllow": "disallow",
    "disallaw": "disallow",
    "site-map": "sitemap",
    "sitemaps": "sitemap",
    "crawl delay": "crawl-delay",
    "crawldelay": "crawl-delay",
}

# The second is a mark of a file that was taken for Latin-1 and encoded again.
_UTF8_MARKS: Final = re.compile(rb"(?:\xef\xbb\xbf|\xc3\xaf\xc2\xbb\xc2\xbf)*")
_UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_SILENCE: Final = re.compile(r"\s*+(?>(?:#[^\r\n]*+\s*+)*)")
_LOST_OCTET: Final = re.compile("[\udc80-\udcff]")
_ESCAPES: Final = {0xDC00 + octet: f"%{octet:02X}" for octet in range(0x80, 0x100)}
_NOT_PRINTABLE: Final = re.compile(r"[^ -~]")
# RFC 9110's token without its star. The identifier of RFC 9309 is shorter, but "AI2Bot" is
# no "AI"; that "FooBot*" names FooBot is Google's reading.
_TOKEN: Final = re.compile(r"[!$%&'+.^_`|~0-9A-Za-z-]*")
# Most values are no more than a name, or the star.
_PLAIN_NAME: Final = re.compile(r"\*|[0-9a-z_-]+")
_NAME_END: Final = re.compile(r"[/(,;]")
# Fifteen digits and two of exponent keep the number finite.
_SECONDS: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?(?:[eE][0-9]{1,2})?")

_ABSENT: Final = frozenset({404, 410})
_ACCESS_REFUSED: Final = frozenset({401, 402, 403, 407, 451})
# Too many requests is a server's trouble, not its answer: Google counts it as a 5xx too.
_CLIENT_ERRORS: Final = frozenset(range(400, 500)) - {429}


class Fault(StrEnum):
    """Why a file that was read cannot admit anything, whatever its rules say."""

    TRUNCATED = "longer than 512 KiB: what follows is not known"
    DAMAGED = "NUL or undecodable octets where a key should be"
    TOO_COMPLEX = "more lines, names or patterns than can be meant"


Row = tuple[int, str, str, str]
"""Number, key, value and text of a :class:`Line`, before octets that are not UTF-8 are
percent-encoded. Of most lines nothing else is wanted, and to make one takes longer than to
read it."""


class Appearance(StrEnum):
    """What the octets look like, whatever a server calls them."""

    MARKUP = "begins with an angle bracket"
    SILENT = "nothing but comments and empty lines"
    BINARY = "octets that are not UTF-8"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """The user-agent lines that stand together, and the rows that they share.

    ``names`` are all spellings under which the group answers, in lower case. ``loose`` are
    what only some parsers take for names: tokens with ``*`` in them, and the products of a
    whole User-Agent header.
    """

    names: frozenset[str]
    loose: frozenset[str]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """One way to tell where groups begin. ``index`` finds groups by name.

    ``loose`` finds them by what only some parsers take for a name, and ``wild`` are those
    of these names that have stars.
    """

    groups: tuple[Group, ...]
    index: Mapping[str, tuple[Group, ...]]
    loose: Mapping[str, tuple[Group, ...]]
    wild: Mapping[str, Pattern]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RobotsFile:
    """A file as it was read: all its lines, and one or two readings of its groups.

    ``truncated`` means that it is longer than :data:`SIZE_LIMIT`, ``damaged`` that a key in
    it cannot be told, ``endless`` that it has more lines or names than are parsed. Two
    files are the same only if they are one object.
    """

    rows: tuple[Row, ...]
    readings: tuple[Reading, ...]
    truncated: bool
    damaged: bool
    endless: bool
    appearance: Appearance

    @property
    def lines(self) -> tuple[Line, ...]:
        """Make the lines that say something, in the order of the file."""
        return tuple(map(_line, self.rows))

    @property
    def fault(self) -> Fault | None:
        """Name what keeps the file from admitting anything, if something does."""
        if self.endless:
            return Fault.TOO_COMPLEX
        if self.damaged:
            return Fault.DAMAGED
        return Fault.TRUNCATED if self.truncated else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a file says of one URL to one crawler.

    ``line`` decided it, and is None where no rule matched. ``ambiguous`` means that the
    readings differ: ``line`` is then the stricter reading's and ``other_line`` that of the
    reading which allows (None where it has no rule). A ``fault`` refuses by itself.
    """

    allows: bool
    line: Line | None = None
    other_line: Line | None = None
    ambiguous: bool = False
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The file was had and read."""

    file: RobotsFile
    exchange: Exchange
    redirects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """The server says that there is no file (section 2.3.1.3)."""

    exchange: Exchange
    redirects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The server refuses to show the file, or refuses crawlers in an error's body."""

    exchange: Exchange
    cause: str
    redirects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """The file could not be had, so that everything is disallowed (section 2.3.1.4).

    ``url`` is where it failed. ``retry_after`` are the seconds the server asks us to wait.
    """

    url: str
    cause: str
    exchange: Exchange | None = None
    redirects: tuple[str, ...] = ()
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAsked:
    """Nothing is known yet: ``url`` has to be asked next."""

    url: str
    redirects: tuple[str, ...] = ()


Retrieval = Read | Unavailable | Refused | Unreachable | NotAsked


class Rule(NamedTuple):
    """One allow or disallow line, ready to be matched; the least of them decides."""

    fewer_octets: int
    disallows: bool
    number: int
    pattern: Pattern
    row: Row


class Rules(NamedTuple):
    """The rules of a group, the one that wins over all others first.

    ``octets`` counts those of all values in the group, ``wild_octets`` those of all
    patterns with a star in them. A group over a limit has no rules that are ready.
    """

    ranked: tuple[Rule, ...]
    octets: int
    wild_octets: int


@lru_cache(maxsize=256)
def read(body: bytes) -> RobotsFile:
    """Return what a robots.txt says. Any bytes can be read; none raise.

    The same bytes give the same object. Octets that are not UTF-8 stand percent-encoded in
    the lines, which is how a URL carries them.
    """
    kept = _within_limit(body)
    text, damaged = _decoded(kept)
    raws, is_cut = _split_lines(text)
    rows, is_broken = _rows_of(raws)
    agents = [len(row[2]) for row in rows if row[1] == USER_AGENT]
    is_crowded = len(agents) > AGENT_LIMIT or sum(agents) > NAME_LIMIT
    return RobotsFile(
        rows=tuple(rows),
        readings=() if is_crowded else _readings_of(rows),
        truncated=len(kept) < len(body),
        damaged=damaged or is_broken,
        endless=is_cut or is_crowded,
        appearance=_appearance_of(text),
    )


def settle(file: RobotsFile, *, url: str, token: str) -> Settled:
    """Say whether the file allows ``token`` to fetch ``url``, and by which line.

    The rule with the most octets decides, ``allow`` wins between equals, and what no rule
    matches is allowed (section 2.2.2). ``/robots.txt`` itself is always allowed.
    """
    target = target_of(url)
    if target.partition("?")[0] == "/robots.txt":
        return Settled(allows=True)
    selections = _selections(file, token)
    if file.endless or any(_is_too_complex(groups, target) for groups in selections):
        return Settled(allows=False, fault=Fault.TOO_COMPLEX)
    deciding = [_deciding_rule(groups, target) for groups in selections]
    strictest = next((rule for rule in deciding if not _allows(rule)), deciding[0])
    milder = [rule for rule in deciding if _allows(rule) and not _allows(strictest)]
    return Settled(
        allows=_allows(strictest) and file.fault is None,
        line=_line(strictest.row) if strictest else None,
        other_line=_line(milder[0].row) if milder and milder[0] else None,
        ambiguous=bool(milder),
        fault=file.fault,
    )


@lru_cache(maxsize=8192)
def names(file: RobotsFile, token: str) -> bool:
    """Say whether the file has a group for ``token``; ``*`` asks for the global group."""
    asked = _spellings_of(token)
    return any(
        not asked.isdisjoint(reading.index) or _loosely_named(reading, asked)
        for reading in file.readings
    )


def addresses(value: str, token: str) -> bool:
    """Say whether a user-agent line with ``value`` names ``token``, compared whole.

    Case does not matter, nor what follows the token (section 2.2.1).
    """
    return not _names_in(value).isdisjoint(_spellings_of(token))


def lines(file: RobotsFile, key: str) -> tuple[Line, ...]:
    """Return every line with ``key``, wherever it stands."""
    return tuple(_line(row) for row in file.rows if row[1] == key)


def global_lines(file: RobotsFile, key: str) -> tuple[Line, ...]:
    """Return the lines with ``key`` that stand before any group."""
    preamble = takewhile(lambda row: row[1] != USER_AGENT, file.rows)
    return tuple(_line(row) for row in preamble if row[1] == key)


def selected_lines(file: RobotsFile, token: str, key: str) -> tuple[Line, ...]:
    """Return the lines with ``key`` of the groups for ``token``, of all readings."""
    found = {
        row[0]: row
        for groups in _selections(file, token)
        for group in groups
        for row in group.rows
        if row[1] == key
    }
    return tuple(_line(found[number]) for number in sorted(found))


def crawl_delay(file: RobotsFile, token: str) -> float | None:
    """Return the longest delay in seconds that is asked of ``token``, if one is.

    What is not a number, and a negative one, asks for nothing.
    """
    asked = (
        _SECONDS.match(line.value) for line in selected_lines(file, token, "crawl-delay")
    )
    return max((float(seconds[0]) for seconds in asked if seconds), default=None)


def sitemaps(file: RobotsFile) -> tuple[str, ...]:
    """Return the sitemaps that the file names, in its order."""
    return tuple(line.value for line in lines(file, "sitemap") if line.value)


def robots_url_of(url: str) -> str | None:
    """Return where the rules for ``url`` are: each scheme, host and port has its own.

    None where the URL has no such place (section 2.3).
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    authority = host if port in {None, default} else f"{host}:{port}"
    return f"{parts.scheme}://{authority}/robots.txt"


def retrieve(url: str, exchanges: Exchanges) -> Retrieval:
    """Return what is known of the robots.txt that governs ``url``.

    At most five redirects are followed, to any authority, and the rules found there count
    for the first one (section 2.3.1.2). A redirect from https to http, a loop, and a sixth
    hop are failures.
    """
    current = robots_url_of(url)
    if current is None:
        return Unreachable(url=url, cause="the URL names no http or https origin")
    match follow(current, exchanges):
        case Wanted(url=wanted, redirects=passed):
            return NotAsked(url=wanted, redirects=passed)
        case Lost(exchange=exchange, cause=cause, redirects=passed):
            return _unreachable(exchange, passed, cause)
        case Arrived(exchange=exchange, status=status, redirects=passed):
            return _outcome_of(exchange, passed, status=status)


def line_evidence(
    found: Read, line: Line, *, clause: str = "RFC 9309 section 2.2.2"
) -> Evidence:
    """Return a line of the file as evidence, under the clause that gives it its meaning."""
    evidence = evidence_of(
        found.exchange,
        f"line {line.number}",
        quote=line.text.strip(),
        clause=clause,
        parser=PARSER,
    )
    return replace(evidence, line=line.number, redirects=found.redirects)


def outcome_evidence(retrieval: Retrieval) -> Evidence:
    """Return as evidence that the file was, or was not, to be had, and why."""
    match retrieval:
        case Read():
            return _evidence(retrieval, "no matching rule", section="2.2.2")
        case Unavailable():
            quote = f"status {retrieval.exchange.status}"
            return _evidence(retrieval, "status", quote=quote, section="2.3.1.3")
        case Refused():
            return _evidence(retrieval, "status", quote=retrieval.cause, section="2.3.1.3")
        case Unreachable():
            failed = retrieval.exchange is None or retrieval.exchange.error is not None
            locator = "error" if failed else "status"
            return _evidence(retrieval, locator, quote=retrieval.cause, section="2.3.1.4")
        case NotAsked():
            return _evidence(retrieval, "not asked", section="2.3")
        case _:
            assert_never(retrieval)


def _within_limit(body: bytes) -> bytes:
    """Return what is parsed: a last line that the limit cuts in two is not."""
    if len(body) <= SIZE_LIMIT:
        return body
    end = max(body.rfind(b"\n", 0, SIZE_LIMIT), body.rfind(b"\r", 0, SIZE_LIMIT))
    return body[: end + 1]


def _decoded(body: bytes) -> tuple[str, bool]:
    """Return the text and whether it is damaged: it holds NUL, or is not what it claims.

    Octets that are not UTF-8 come through as lone surrogates.
    """
    if body.startswith(_UTF16_BOMS):
        text = body.decode("utf-16", "replace")
        # Plain octets behind a UTF-16 mark decode to ideographs that say nothing.
        foreign = len(text) - len(text.encode("ascii", "ignore"))
        return text.replace("\0", ""), "\0" in text or foreign * 2 > len(text)
    marks = _UTF8_MARKS.match(body)
    body = body[marks.end() :] if marks else body
    text = body.decode("utf-8", "surrogateescape")
    # Without its NULs, UTF-16 that has no byte order mark is legible enough to be quoted.
    return text.replace("\0", ""), "\0" in text


def _split_lines(text: str) -> tuple[list[str], bool]:
    """Return the lines that are parsed, and whether there are more."""
    # Not str.splitlines: it also breaks at U+2028, at NEL and at vertical tabs, which
    # would turn the tail of a comment into a live rule.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    raws = text.split("\n", FILE_LINE_LIMIT)
    return raws[:FILE_LINE_LIMIT], any(raws[FILE_LINE_LIMIT:])


def _rows_of(raws: Iterable[str]) -> tuple[list[Row], bool]:
    """Return the lines that say something, and whether a key in them is damaged."""
    rows: list[Row] = []
    damaged = False
    for number, raw in enumerate(raws, start=1):
        content = raw.partition("#")[0].strip()
        if not content:
            continue
        key, value = _split(content)
        if key not in _RECOGNISED and _is_damaged(key or content.split(maxsplit=1)[0]):
            damaged = True
        elif key:
            rows.append((number, key, value, raw))
    return rows, damaged


def _split(content: str) -> tuple[str, str]:
    """Return key and value; the colon may be missing where there are just two words."""
    key, colon, value = content.partition(":")
    key = key.rstrip().lower()
    if key not in _RECOGNISED:
        key = _canonical(key)
    if colon and key in _RECOGNISED:
        return key, value.lstrip()
    match content.split(maxsplit=2):
        case [first, second] if (word := _canonical(first)) in _WITHOUT_COLON:
            return word, second
        case _:
            return (key, value.strip()) if colon else ("", "")


def _canonical(key: str) -> str:
    key = " ".join(key.lower().split())
    return _SPELLINGS.get(key, key)


def _is_damaged(key: str) -> bool:
    """Say whether ``key`` would be one that counts, were it not for what is in it."""
    if key.isascii() and key.isprintable():
        return False
    legible = _canonical(_NOT_PRINTABLE.sub("", key))
    return legible in _RULES or legible == USER_AGENT


def _line(row: Row) -> Line:
    number, key, value, text = row
    return Line(
        number=number, key=_escaped(key), value=_escaped(value), text=_escaped(text)
    )


def _escaped(text: str) -> str:
    """Return a text with each octet that is not UTF-8 as a URL has it."""
    if text.isascii() or not _LOST_OCTET.search(text):
        return text
    return text.translate(_ESCAPES)


def _appearance_of(text: str) -> Appearance:
    text = text.lstrip("\ufeff \t\r\n\f\v")
    if text.startswith("<"):
        return Appearance.MARKUP
    if _SILENCE.fullmatch(text):
        return Appearance.SILENT
    is_utf8 = text.isascii() or not _LOST_OCTET.search(text)
    return Appearance.TEXT if is_utf8 else Appearance.BINARY


def _readings_of(rows: Iterable[Row]) -> tuple[Reading, ...]:
    """Return the RFC's reading and, where it would differ, that of parsers which split.

    To the RFC and to Google an unknown line between user-agent lines is not there; to
    Protego and others it ends the run, so that a second group begins.
    """
    merging = _reading_of(rows, ends_a_run=lambda key: key in _RULES)
    if not _has_unknown_line_in_a_run(rows):
        return (merging,)
    splitting = _reading_of(rows, ends_a_run=lambda key: key not in _NEVER_ENDS_A_RUN)
    return merging, splitting


def _has_unknown_line_in_a_run(rows: Iterable[Row]) -> bool:
    in_run = unknown = False
    for _, key, _, _ in rows:
        if key == USER_AGENT:
            if in_run and unknown:
                return True
            in_run, unknown = True, False
        elif key in _RULES:
            in_run = False
        elif key not in _NEVER_ENDS_A_RUN:
            unknown = True
    return False


def _reading_of(rows: Iterable[Row], *, ends_a_run: Callable[[str], bool]) -> Reading:
    """Return the groups. Rows are shared, not copied, so that the work stays linear."""
    found: list[tuple[list[str], list[Row]]] = []
    in_run = False
    for row in rows:
        if row[1] == USER_AGENT:
            if not in_run:
                found.append(([], []))
            in_run = True
            found[-1][0].append(_escaped(row[2]))
        elif found:
            found[-1][1].append(row)
            in_run = in_run and not ends_a_run(row[1])
    groups = [_group_of(values, shared) for values, shared in found]
    loose = _index_of((group, group.loose) for group in groups)
    return Reading(
        groups=tuple(groups),
        index=_index_of((group, group.names) for group in groups),
        loose=loose,
        wild={name: compiled(f"{name}$") for name in loose if "*" in name},
    )


def _index_of(
    named: Iterable[tuple[Group, frozenset[str]]],
) -> dict[str, tuple[Group, ...]]:
    index: dict[str, list[Group]] = {}
    for group, names_of_group in named:
        for name in names_of_group:
            index.setdefault(name, []).append(group)
    return {name: tuple(groups) for name, groups in index.items()}


def _group_of(values: Iterable[str], shared: Iterable[Row]) -> Group:
    names_of_group: set[str] = set()
    loose: set[str] = set()
    for value in values:
        name = value.lower()
        if _PLAIN_NAME.fullmatch(name):
            names_of_group.add(name)
        else:
            names_of_group |= _names_in(value)
            loose |= _loose_names_in(value)
    return Group(
        names=frozenset(names_of_group), loose=frozenset(loose), rows=tuple(shared)
    )


def _names_in(value: str) -> frozenset[str]:
    """Return the names that a user-agent line gives, in lower case.

    They are its token (what follows it, as a version or a remark, is no part of it), and
    the words up to a version, for crawlers whose name has a space in it.
    """
    words = value.lower().split()
    if words[:1] == ["*"]:
        return frozenset({"*"})
    whole = " ".join(words)
    token = _TOKEN.match(whole)
    spellings = {whole, _NAME_END.split(whole, maxsplit=1)[0].strip()}
    return frozenset(spellings | {token[0] if token else ""}) - {""}


def _loose_names_in(value: str) -> frozenset[str]:
    """Return what only some parsers take for names; see :class:`Group`."""
    words = value.lower().split()
    if words[:1] == ["*"] or not words:
        return frozenset()
    if words[0].startswith("mozilla/"):
        return frozenset(_TOKEN.findall(value.lower())) - {""}
    return frozenset({words[0]} if "*" in words[0] else ())


def _spellings_of(token: str) -> frozenset[str]:
    whole = " ".join(token.lower().split())
    return frozenset({whole, whole.partition("/")[0].strip()}) - {""}


@lru_cache(maxsize=8192)
def _selections(file: RobotsFile, token: str) -> tuple[tuple[Group, ...], ...]:
    """Return the groups for ``token``, once for each way to read the file.

    All groups of a name are combined, and they replace the global group (section 2.2.1).
    """
    asked = _spellings_of(token)
    selections = [_selected(reading, asked) for reading in file.readings]
    selections += [
        named for reading in file.readings if (named := _loosely_named(reading, asked))
    ]
    return tuple(dict.fromkeys(selections))


def _selected(reading: Reading, asked: frozenset[str]) -> tuple[Group, ...]:
    named = [group for name in sorted(asked) for group in reading.index.get(name, ())]
    return tuple(dict.fromkeys(named)) or reading.index.get("*", ())


def _loosely_named(reading: Reading, asked: frozenset[str]) -> tuple[Group, ...]:
    """Return the named groups with those that name the token loosely, if there are any."""
    if not reading.loose:
        return ()
    names_of_it = asked | {
        name
        for name, pattern in reading.wild.items()
        if any(pattern.matches(spelling) for spelling in asked)
    }
    loose = [group for name in names_of_it for group in reading.loose.get(name, ())]
    if not loose:
        return ()
    named = [group for name in sorted(asked) for group in reading.index.get(name, ())]
    return tuple(dict.fromkeys([*named, *loose]))


def _is_too_complex(groups: tuple[Group, ...], target: str) -> bool:
    lines_of_all, octets, wild_octets = _sizes_of(groups)
    is_endless = lines_of_all > LINE_LIMIT or octets > OCTET_LIMIT
    return is_endless or wild_octets * len(target) > WORK_LIMIT


@lru_cache(maxsize=1024)
def _sizes_of(groups: tuple[Group, ...]) -> tuple[int, int, int]:
    found = [_rules_of(group) for group in groups]
    return (
        sum(len(group.rows) for group in groups),
        sum(rules.octets for rules in found),
        sum(rules.wild_octets for rules in found),
    )


# By group, so that a group that many crawlers share is made ready once.
@lru_cache(maxsize=2048)
def _rules_of(group: Group) -> Rules:
    octets = sum(len(row[2].encode("utf-8", "surrogatepass")) for row in group.rows)
    if len(group.rows) > LINE_LIMIT or octets > OCTET_LIMIT:
        return Rules(ranked=(), octets=octets, wild_octets=0)
    rules: list[Rule] = []
    for row in group.rows:
        number, key, value, _ = row
        if key in _MATCHED and is_pattern(value):
            pattern = compiled(value if value.isascii() else _escaped(value))
            rank = -len(pattern.text)
            rules.append(Rule(rank, key == "disallow", number, pattern, row))
    wild = (len(rule.pattern.text) for rule in rules if len(rule.pattern.literals) > 1)
    return Rules(ranked=tuple(sorted(rules)), octets=octets, wild_octets=sum(wild))


@lru_cache(maxsize=1024)
def _deciding_rule(groups: tuple[Group, ...], target: str) -> Rule | None:
    found = (_first_rule(group, target) for group in groups)
    return min((rule for rule in found if rule is not None), default=None)


@lru_cache(maxsize=2048)
def _first_rule(group: Group, target: str) -> Rule | None:
    for rule in _rules_of(group).ranked:
        if rule.pattern.matches(target):
            return rule
    return None


def _allows(rule: Rule | None) -> bool:
    return rule is None or not rule.disallows


def _outcome_of(
    exchange: Exchange, redirects: tuple[str, ...], *, status: int
) -> Retrieval:
    if status == HTTPStatus.OK:
        return _file_in(exchange, redirects)
    if status in _ACCESS_REFUSED:
        return Refused(exchange=exchange, redirects=redirects, cause=f"status {status}")
    if status in _CLIENT_ERRORS:
        return _client_error(exchange, redirects)
    return _unreachable(exchange, redirects, f"status {status}")


def _client_error(exchange: Exchange, redirects: tuple[str, ...]) -> Retrieval:
    """Return "unavailable", unless the error's body says what crawlers may not do.

    Of 404 and 410 the body is not looked at: they say that there is no such file.
    """
    said = lines(read(exchange.body), "disallow") if exchange.status not in _ABSENT else ()
    if any(is_pattern(line.value) for line in said):
        cause = f"status {exchange.status} with rules that disallow"
        return Refused(exchange=exchange, redirects=redirects, cause=cause)
    return Unavailable(exchange=exchange, redirects=redirects)


def _unreachable(exchange: Exchange, redirects: tuple[str, ...], cause: str) -> Unreachable:
    return Unreachable(
        url=exchange.url,
        cause=cause,
        exchange=exchange,
        redirects=redirects,
        retry_after=retry_after(exchange),
    )


def _file_in(exchange: Exchange, redirects: tuple[str, ...]) -> Read | Unreachable:
    file = read(exchange.body)
    if _is_something_else(exchange, file):
        return _unreachable(exchange, redirects, NOT_ROBOTS)
    return Read(file=file, exchange=exchange, redirects=redirects)


def _is_something_else(exchange: Exchange, file: RobotsFile) -> bool:
    """Say whether a page or a binary file came under the name of robots.txt.

    A sign-in page with status 200 says nothing of crawlers, and an answer that says nothing
    is not a yes. A file that is empty, or all comments, has no rules.
    """
    if file.appearance is Appearance.MARKUP:
        return True
    if file.appearance is Appearance.SILENT or any(
        row[1] in _RECOGNISED for row in file.rows
    ):
        return False
    if file.damaged or file.appearance is Appearance.BINARY:
        return True
    kind = (exchange.header("Content-Type") or "text/plain").partition(";")[0]
    return kind.strip().lower() != "text/plain"


def _evidence(
    retrieval: Retrieval, locator: str, *, section: str, quote: str = ""
) -> Evidence:
    clause = f"RFC 9309 section {section}"
    if isinstance(retrieval, NotAsked) or retrieval.exchange is None:
        return Evidence(
            source=retrieval.url,
            locator=locator,
            quote=quote,
            clause=clause,
            redirects=retrieval.redirects,
            parser=PARSER,
        )
    evidence = evidence_of(
        retrieval.exchange, locator, quote=quote, clause=clause, parser=PARSER
    )
    return replace(evidence, redirects=retrieval.redirects)
