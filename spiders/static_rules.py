"""What a folder's ``_headers`` and ``_redirects`` say, as static hosts read them.

::

    _headers   = *( block / comment / blank )
    block      = path EOL 1*( 1*WS name ":" *WS value EOL )
    _redirects = *( rule / comment / blank )
    rule       = path 1*WS target [ 1*WS status [ "!" ] ] EOL
    target     = path / absolute-URL / "-" / "none"
    path       = "/" *( CHAR / "*" / "/:" placeholder )
    comment    = *WS "#" *CHAR EOL

This is the part of the syntax that Netlify and Cloudflare Pages share. Without a status a
rule is a 301, as at Netlify. A ``*`` stands once in a path; a target spells what it matched
``:splat``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from pipeline.errors import InputFault

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
REWRITE: Final = 200
ANSWERS: Final = frozenset({401, 402, 403, 404, 410, 429, 451, 500, 503})
"""Statuses whose target is the body of the answer."""

# The server computes these from the answer itself: a second opinion would be a lie on
# the wire, or would break the framing.
_COMPUTED: Final = frozenset(
    {
        "connection",
        "content-length",
        "date",
        "etag",
        "last-modified",
        "location",
        "transfer-encoding",
    }
)
_NO_BODY: Final = frozenset({"-", "none"})
_SPLIT: Final = re.compile(r"(\*|(?<=/):[A-Za-z]\w*)")
_IN_TARGET: Final = re.compile(r"(?<=[/=]):([A-Za-z]\w*)")
_FIELD: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f]*)")
_INLINE_COMMENT: Final = re.compile(r"\s#.*")
# Characters that may stand in a Location as they are; "%" because targets are URLs.
_LOCATION_SAFE: Final = "/:?#[]@!$&'()*+,;=%~"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderRule:
    """Header fields for every path that a pattern matches."""

    pattern: re.Pattern[str]
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectRule:
    """Where a path leads, or with which status it is answered.

    ``target`` is empty where the answer has no body. A ``forced`` rule holds although a
    file of that path exists.
    """

    pattern: re.Pattern[str]
    target: str
    status: int
    forced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """A rule that applies to one path, with its target filled in."""

    target: str
    status: int


def parse_headers(text: str, *, source: str) -> tuple[HeaderRule, ...]:
    """Return the blocks of a ``_headers`` file.

    Raises InputFault, naming ``source`` and the line, where a line is not understood.
    """
    blocks: list[tuple[str, re.Pattern[str], list[tuple[str, str]]]] = []
    for number, line in _lines(text):
        where = f"{source}, line {number}"
        if not line[0].isspace():
            blocks.append((where, _pattern_of(line.strip(), where=where), []))
        elif not blocks:
            raise InputFault(
                f"{where}: a header field stands before any path. Begin with a line such"
                " as /* that is not indented."
            )
        else:
            blocks[-1][2].append(_field_of(line.strip(), where=where))
    for where, _, fields in blocks:
        if not fields:
            raise InputFault(
                f"{where}: no header field follows this path. Write the fields below it,"
                " indented, as Name: value."
            )
    return tuple(
        HeaderRule(pattern=pattern, fields=tuple(fields)) for _, pattern, fields in blocks
    )


def parse_redirects(text: str, *, source: str) -> tuple[RedirectRule, ...]:
    """Return the rules of a ``_redirects`` file in their order.

    Raises InputFault, naming ``source`` and the line, where a line is not understood.
    """
    return tuple(
        _rule_of(_INLINE_COMMENT.sub("", line).split(), where=f"{source}, line {number}")
        for number, line in _lines(text)
    )


def fields_for(path: str, *, rules: tuple[HeaderRule, ...]) -> tuple[tuple[str, str], ...]:
    """Return the fields of every block that matches a decoded path, in file order."""
    return tuple(
        field for rule in rules if rule.pattern.fullmatch(path) for field in rule.fields
    )


def redirect_for(
    path: str, *, rules: tuple[RedirectRule, ...], exists: bool
) -> Redirect | None:
    """Return the first rule that applies to a decoded path.

    Where a file of that path ``exists``, only forced rules apply.
    """
    for rule in rules:
        match = rule.pattern.fullmatch(path)
        if match and (rule.forced or not exists):
            target = _fill(rule.target, values=match.groupdict())
            return Redirect(target=target, status=rule.status)
    return None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line


def _pattern_of(path: str, *, where: str) -> re.Pattern[str]:
    if not path.startswith("/") or re.search(r"\s", path):
        raise InputFault(
            f"{where}: {path!r} is not a path. A path begins with / and has no blank."
        )
    pieces = _SPLIT.split(path)
    names = pieces[1::2]
    if len(set(names)) < len(names):
        raise InputFault(
            f"{where}: {path!r} has a * or a placeholder twice. Use each one once."
        )
    return re.compile("".join(map(_expression_of, pieces)), re.DOTALL)


def _expression_of(piece: str) -> str:
    if piece == "*":
        return "(?P<splat>.*)"
    if piece.startswith(":"):
        return f"(?P<{piece[1:]}>[^/]+)"
    return re.escape(unquote(piece))


def _field_of(line: str, *, where: str) -> tuple[str, str]:
    match = _FIELD.fullmatch(line)
    if match is None:
        raise InputFault(f"{where}: {line!r} is not a header field. Write Name: value.")
    name, value = match.groups()
    if name.lower() in _COMPUTED:
        raise InputFault(
            f"{where}: {name} is computed by the server. Remove the line; for a Location"
            " write a rule in _redirects."
        )
    return name, value.strip()


def _rule_of(parts: list[str], *, where: str) -> RedirectRule:
    if len(parts) not in {2, 3}:
        raise InputFault(
            f"{where}: {len(parts)} words, but a rule has two or three. Write: /from /to"
            " 301; conditions and query parameters are not understood."
        )
    status, forced = _status_of(parts[2] if parts[2:] else "301", where=where)
    pattern = _pattern_of(parts[0], where=where)
    if unknown := set(_IN_TARGET.findall(parts[1])) - set(pattern.groupindex):
        raise InputFault(
            f"{where}: {parts[0]!r} has no placeholder {min(unknown)!r}. Write the same"
            " names on both sides; what * matches is :splat."
        )
    return RedirectRule(
        pattern=pattern,
        target=_target_of(parts[1], status=status, where=where),
        status=status,
        forced=forced or status in ANSWERS,
    )


def _status_of(word: str, *, where: str) -> tuple[int, bool]:
    digits = word.removesuffix("!")
    known = REDIRECTS | ANSWERS | {REWRITE}
    if not re.fullmatch("[0-9]{3}", digits) or int(digits) not in known:
        listed = ", ".join(map(str, sorted(known)))
        raise InputFault(f"{where}: the status {word!r} is not one of {listed}.")
    return int(digits), word.endswith("!")


def _target_of(word: str, *, status: int, where: str) -> str:
    if status in ANSWERS and word in _NO_BODY:
        return ""
    if word.startswith("/"):
        return word
    if status in REDIRECTS and re.match(r"https?://[^/?#]", word, re.IGNORECASE):
        return word
    raise InputFault(
        f"{where}: the target {word!r} does not go with {status}. A target is a path that"
        " begins with /; for a redirect also an http URL, for an error also - (no body)."
    )


def _fill(target: str, *, values: Mapping[str, str]) -> str:
    """Return a target with what the path matched; encoded, so that no line can be split."""
    filled = _IN_TARGET.sub(lambda match: quote(values[match[1]]), target)
    return quote(filled, safe=_LOCATION_SAFE)
