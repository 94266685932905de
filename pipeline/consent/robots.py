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
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import lru_cache
from http import HTTPStatus
from typing import Final, assert_never
from urllib.parse import urldefrag, urljoin, urlsplit

from pipeline.consent.pattern import Pattern, compiled, is_pattern, target_of
from pipeline.model import Evidence, Exchange, Exchanges, Line, evidence_of

PARSER: Final = "robots/1 (RFC 9309)"
"""Name and revision of this reader, for evidence."""

SIZE_LIMIT: Final = 512 * 1024
"""Octets that are parsed. Section 2.5 asks for at least 500 KiB."""

LINE_LIMIT: Final = 10_000
"""Lines that one crawler's groups may hold. Of two and a half thousand real files the
longest group has 1,938, so that more is an attack or a mistake."""

HOP_LIMIT: Final = 5
"""Redirects that are followed (section 2.3.1.2)."""

NOT_ROBOTS: Final = "not a robots file"
"""The cause of :class:`Unreachable` where the answer is a page or a binary file."""

USER_AGENT: Final = "user-agent"
_RULES: Final = frozenset({"allow", "disallow", "content-usage"})
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

# Not str.splitlines: it also breaks at U+2028, at NEL and at vertical tabs, which would
# turn the tail of a comment into a live rule.
_EOL: Final = re.compile(r"\r\n|\r|\n")
# The second is the mark of a file that was taken for Latin-1 and encoded again.
_UTF8_BOMS: Final = (b"\xef\xbb\xbf", b"\xc3\xaf\xc2\xbb\xc2\xbf")
_UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_LOST_OCTET: Final = re.compile("[\udc80-\udcff]")
_NOT_PRINTABLE: Final = re.compile(r"[^ -~]")
# RFC 9110's token without its star. The identifier of RFC 9309 is shorter, but "AI2Bot" is
# no "AI"; that "FooBot*" names FooBot is Google's reading.
_TOKEN: Final = re.compile(r"[!$%&'+.^_`|~0-9A-Za-z-]*")
_NAME_END: Final = re.compile(r"[/(,;]")
# Fifteen digits and two of exponent keep the number finite.
_SECONDS: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?(?:[eE][0-9]{1,2})?")
_DELAY_SECONDS: Final = re.compile(r"[0-9]{1,10}")

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_ABSENT: Final = frozenset({404, 410})
_ACCESS_REFUSED: Final = frozenset({401, 402, 403, 407, 451})
# Too many requests is a server's trouble, not its answer: Google counts it as a 5xx too.
_CLIENT_ERRORS: Final = frozenset(range(400, 500)) - {429}


class Fault(StrEnum):
    """Why a file that was read cannot admit anything, whatever its rules say."""

    TRUNCATED = "longer than 512 KiB: what follows is not known"
    DAMAGED = "NUL or undecodable octets where a key should be"
    TOO_COMPLEX = "more than 10,000 lines for one crawler"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """The user-agent lines that stand together, and the lines that they share.

    ``names`` are all spellings under which the group answers, in lower case. ``loose`` are
    what only some parsers take for names: tokens with ``*`` in them, and the products of a
    whole User-Agent header.
    """

    names: frozenset[str]
    loose: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """One way to tell where groups begin. ``index`` finds groups by name."""

    groups: tuple[Group, ...]
    index: Mapping[str, tuple[Group, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RobotsFile:
    """A file as it was read: all its lines, and one or two readings of its groups.

    ``truncated`` means that it is longer than :data:`SIZE_LIMIT`, ``damaged`` that a key in
    it cannot be told. Two files are the same only if they are one object.
    """

    lines: tuple[Line, ...]
    preamble: tuple[Line, ...]
    readings: tuple[Reading, ...]
    truncated: bool
    damaged: bool

    @property
    def fault(self) -> Fault | None:
        """Name what keeps the file from admitting anything, if something does."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One allow or disallow line, ready to be matched."""

    line: Line
    pattern: Pattern
    allows: bool


@lru_cache(maxsize=256)
def read(body: bytes) -> RobotsFile:
    """Return what a robots.txt says. Any bytes can be read; none raise.

    The same bytes give the same object. Octets that are not UTF-8 stand percent-encoded in
    the lines, which is how a URL carries them.
    """
    kept = _within_limit(body)
    text, damaged = _decoded(kept)
    lines: list[Line] = []
    for number, raw in enumerate(_EOL.split(text), start=1):
        line, broken = _line_of(number, raw)
        damaged = damaged or broken
        if line is not None:
            lines.append(line)
    return RobotsFile(
        lines=tuple(lines),
        preamble=tuple(_before_first_group(lines)),
        readings=_readings_of(lines),
        truncated=len(kept) < len(body),
        damaged=damaged,
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
    if any(_is_too_complex(groups) for groups in selections):
        return Settled(allows=False, fault=Fault.TOO_COMPLEX)
    deciding = [_deciding_rule(groups, target) for groups in selections]
    strictest = next((rule for rule in deciding if not _allows(rule)), deciding[0])
    milder = [rule for rule in deciding if _allows(rule) and not _allows(strictest)]
    return Settled(
        allows=_allows(strictest) and file.fault is None,
        line=strictest.line if strictest else None,
        other_line=milder[0].line if milder and milder[0] else None,
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
    return tuple(line for line in file.lines if line.key == key)


def global_lines(file: RobotsFile, key: str) -> tuple[Line, ...]:
    """Return the lines with ``key`` that stand before any group."""
    return tuple(line for line in file.preamble if line.key == key)


def selected_lines(file: RobotsFile, token: str, key: str) -> tuple[Line, ...]:
    """Return the lines with ``key`` of the groups for ``token``, of all readings."""
    found = {
        line.number: line
        for groups in _selections(file, token)
        for group in groups
        for line in group.lines
        if line.key == key
    }
    return tuple(found[number] for number in sorted(found))


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
    passed: tuple[str, ...] = ()
    while (exchange := exchanges.get(current)) is not None:
        if exchange.error is not None or exchange.status not in _REDIRECTS:
            return _outcome_of(exchange, passed)
        passed = (*passed, current)
        following = _location_of(exchange, current)
        if cause := _broken_redirect(following, passed):
            return Unreachable(
                url=current, cause=cause, exchange=exchange, redirects=passed[:-1]
            )
        current = following
    return NotAsked(url=current, redirects=passed)


def retry_after_of(exchange: Exchange) -> float | None:
    """Return the seconds after which to come back (RFC 9110 section 10.2.3), if said."""
    value = exchange.header("Retry-After") or ""
    if _DELAY_SECONDS.fullmatch(value):
        return float(value)
    if exchange.read_at is None:
        return None
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (_aware(date) - _aware(exchange.read_at)).total_seconds())


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
        foreign = sum(not character.isascii() for character in text)
        return text.replace("\0", ""), "\0" in text or foreign * 2 > len(text)
    while body.startswith(_UTF8_BOMS):
        body = body.removeprefix(_UTF8_BOMS[0]).removeprefix(_UTF8_BOMS[1])
    text = body.decode("utf-8", "surrogateescape")
    # Without its NULs, UTF-16 that has no byte order mark is legible enough to be quoted.
    return text.replace("\0", ""), "\0" in text


def _line_of(number: int, raw: str) -> tuple[Line | None, bool]:
    """Return the line if it says something, and whether its key is damaged."""
    content = raw.partition("#")[0].strip()
    if not content:
        return None, False
    key, value = _split(content)
    if _is_damaged(key or content.split()[0]):
        return None, True
    if not key:
        return None, False
    if not raw.isascii():
        key, value, raw = _escaped(key), _escaped(value), _escaped(raw)
    return Line(number=number, key=key, value=value, text=raw), False


def _is_damaged(key: str) -> bool:
    """Say whether ``key`` would be one that counts, were it not for what is in it."""
    if key.isascii() and key.isprintable():
        return False
    legible = _canonical(_NOT_PRINTABLE.sub("", key))
    return legible in _RULES or legible == USER_AGENT


def _split(content: str) -> tuple[str, str]:
    """Return key and value; the colon may be missing where there are just two words."""
    key, colon, value = content.partition(":")
    key = _canonical(key)
    if colon and key in _RECOGNISED:
        return key, value.strip()
    match content.split():
        case [first, second] if (word := _canonical(first)) in _WITHOUT_COLON:
            return word, second
        case _:
            return (key, value.strip()) if colon else ("", "")


@lru_cache(maxsize=1024)
def _canonical(key: str) -> str:
    key = key.strip().lower()
    if key in _RECOGNISED:
        return key
    key = " ".join(key.split())
    return _SPELLINGS.get(key, key)


def _escaped(text: str) -> str:
    return _LOST_OCTET.sub(lambda octet: f"%{ord(octet[0]) - 0xDC00:02X}", text)


def _before_first_group(lines: Iterable[Line]) -> Iterable[Line]:
    for line in lines:
        if line.key == USER_AGENT:
            return
        yield line


def _readings_of(lines: Iterable[Line]) -> tuple[Reading, ...]:
    """Return the RFC's reading and, where it would differ, that of parsers which split.

    To the RFC and to Google an unknown line between user-agent lines is not there; to
    Protego and others it ends the run, so that a second group begins.
    """
    merging = _reading_of(lines, ends_a_run=lambda key: key in _RULES)
    if not _has_unknown_line_in_a_run(lines):
        return (merging,)
    splitting = _reading_of(lines, ends_a_run=lambda key: key not in _NEVER_ENDS_A_RUN)
    return merging, splitting


def _has_unknown_line_in_a_run(lines: Iterable[Line]) -> bool:
    in_run = unknown = False
    for line in lines:
        if line.key == USER_AGENT:
            if in_run and unknown:
                return True
            in_run, unknown = True, False
        elif line.key in _RULES:
            in_run = False
        elif line.key not in _NEVER_ENDS_A_RUN:
            unknown = True
    return False


def _reading_of(lines: Iterable[Line], *, ends_a_run: Callable[[str], bool]) -> Reading:
    """Return the groups. Rules are shared, not copied, so that the work stays linear."""
    found: list[tuple[list[str], list[Line]]] = []
    in_run = False
    for line in lines:
        if line.key == USER_AGENT:
            if not in_run:
                found.append(([], []))
            in_run = True
            found[-1][0].append(line.value)
        elif found:
            found[-1][1].append(line)
            in_run = in_run and not ends_a_run(line.key)
    groups = tuple(_group_of(values, shared) for values, shared in found)
    index: dict[str, list[Group]] = {}
    for group in groups:
        for name in group.names:
            index.setdefault(name, []).append(group)
    return Reading(
        groups=groups, index={name: tuple(those) for name, those in index.items()}
    )


def _group_of(values: Iterable[str], shared: Iterable[Line]) -> Group:
    names_of_group: set[str] = set()
    loose: dict[str, None] = {}
    for value in values:
        names_of_group |= _names_in(value)
        loose |= dict.fromkeys(_loose_names_in(value))
    return Group(names=frozenset(names_of_group), loose=tuple(loose), lines=tuple(shared))


@lru_cache(maxsize=4096)
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


def _loose_names_in(value: str) -> tuple[str, ...]:
    """Return what only some parsers take for names; see :class:`Group`."""
    words = value.lower().split()
    if words[:1] == ["*"] or not words:
        return ()
    if words[0].startswith("mozilla/"):
        return tuple(word for word in _TOKEN.findall(value.lower()) if word)
    return (words[0],) if "*" in words[0] else ()


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
    loose = [
        group
        for group in reading.groups
        if any(_covers(name, spelling) for name in group.loose for spelling in asked)
    ]
    if not loose:
        return ()
    named = [group for name in sorted(asked) for group in reading.index.get(name, ())]
    return tuple(dict.fromkeys([*named, *loose]))


def _covers(name: str, spelling: str) -> bool:
    return compiled(f"{name}$").matches(spelling) if "*" in name else name == spelling


def _is_too_complex(groups: tuple[Group, ...]) -> bool:
    return sum(len(group.lines) for group in groups) > LINE_LIMIT


@lru_cache(maxsize=1024)
def _rules_of(groups: tuple[Group, ...]) -> tuple[Rule, ...]:
    """Return the rules of ``groups``, the one that wins over all others first."""
    rules = [
        Rule(line=line, pattern=compiled(line.value), allows=line.key == "allow")
        for group in groups
        for line in group.lines
        if line.key in {"allow", "disallow"} and is_pattern(line.value)
    ]
    rules.sort(
        key=lambda rule: (-len(rule.pattern.text), not rule.allows, rule.line.number)
    )
    return tuple(rules)


def _deciding_rule(groups: tuple[Group, ...], target: str) -> Rule | None:
    for rule in _rules_of(groups):
        if rule.pattern.matches(target):
            return rule
    return None


def _allows(rule: Rule | None) -> bool:
    return rule is None or rule.allows


def _location_of(exchange: Exchange, base: str) -> str:
    """Return where a redirect leads, absolute and without fragment; empty if nowhere."""
    location = exchange.header("Location")
    if not location:
        return ""
    try:
        return urldefrag(urljoin(base, location)).url
    except ValueError:
        return ""


def _broken_redirect(following: str, passed: tuple[str, ...]) -> str:
    """Name what is wrong with the next hop, or return nothing."""
    if robots_url_of(following) is None:
        return "a redirect without a usable Location"
    if passed[-1].startswith("https:") and not following.startswith("https:"):
        return "a redirect from https to http"
    if following in passed:
        return "a redirect loop"
    return "more than five redirects" if len(passed) > HOP_LIMIT else ""


def _outcome_of(exchange: Exchange, redirects: tuple[str, ...]) -> Retrieval:
    status = exchange.status
    if exchange.error is not None or status is None:
        return _unreachable(exchange, redirects, exchange.error or "no answer")
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
        retry_after=retry_after_of(exchange),
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
    text = _decoded(_within_limit(exchange.body))[0].lstrip("\ufeff \t\r\n\f\v")
    if text.startswith("<"):
        return True
    if not text or any(line.key in _RECOGNISED for line in file.lines):
        return False
    if all(not line.partition("#")[0].strip() for line in _EOL.split(text)):
        return False
    if file.damaged or _LOST_OCTET.search(text):
        return True
    kind = (exchange.header("Content-Type") or "text/plain").partition(";")[0]
    return kind.strip().lower() != "text/plain"


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


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
