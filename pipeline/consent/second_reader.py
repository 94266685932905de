"""A second opinion on robots.txt: Protego's, with the cause of each disagreement.

Protego is Scrapy's reader and shares no code with ours. Where the two differ the verdict is
ours, and the difference is recorded under a name: one thing that Protego does otherwise,
found by writing the file anew without it and asking Protego again.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from protego import Protego

from pipeline.consent.pattern import (
    is_pattern,
    normalise,
    remove_dot_segments,
    target_of,
)
from pipeline.consent.robots import (
    SIZE_LIMIT,
    USER_AGENT,
    Fault,
    Row,
    Settled,
    addresses,
    read,
)
from pipeline.model import Disagreement, Line

READER: Final = "protego"

WORK_LIMIT: Final = 12_288
"""Work that Protego may be given, in rules (see ``_work_in``); the most that a real file
makes is 9,835. It copies the rules of a group to each of its agents: 18,000 agents with
9,000 rules keep it busy for minutes (a "product bomb")."""

UNEXPLAINED: Final = "unexplained"

_EOL: Final = re.compile(r"\r\n|\r|\n")
_PYTHON_EOL: Final = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")
_MARKS: Final = re.compile("(?:\ufeff|\u00ef\u00bb\u00bf)*")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_LOST_OCTET: Final = re.compile("[\udc80-\udcff]")
_DOT: Final = re.compile("%2e", re.IGNORECASE)
_ESCAPE: Final = re.compile("%(?!2A|24)([0-9A-F]{2})")
_DOLLAR: Final = re.compile(r"\$(?!$)|%24")
_COUNTED_AS_THREE: Final = str.maketrans(dict.fromkeys(":?[]@!&'()+,;", "~"))

_FAULTS: Final = {
    Fault.DAMAGED: "NUL or damaged key",
    Fault.TRUNCATED: "size limit",
    Fault.TOO_COMPLEX: "too complex",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What Protego is asked."""

    body: bytes
    url: str
    token: str


def ask(body: bytes, *, url: str, token: str) -> bool | None:
    """Return whether ``token`` may fetch ``url``, in Protego's view.

    None where it is not asked, because the file would cost it more than
    :data:`WORK_LIMIT`, or where it cannot read the URL. It gets the octets that our reader
    parses, decoded as Scrapy does.
    """
    return _answer(_Question(body=body, url=url, token=token))


def compare(body: bytes, *, url: str, token: str, ours: Settled) -> Disagreement | None:
    """Return how Protego's answer differs from ``ours``, with the cause; None if equal.

    The cause names one thing, or several joined by "+", or is :data:`UNEXPLAINED`.
    """
    question = _Question(body=body, url=url, token=token)
    theirs = None if ours.fault is Fault.TOO_COMPLEX else _answer(question)
    if theirs is None or theirs == ours.allows:
        return None
    return Disagreement(
        reader=READER,
        url=url,
        token=token,
        ours=ours.allows,
        theirs=theirs,
        cause=_plain_cause(question, ours) or _found_cause(question, wanted=ours.allows),
    )


def _answer(question: _Question) -> bool | None:
    reader = _parsed(question.body)
    try:
        return reader.can_fetch(question.url, question.token) if reader else None
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _parsed(body: bytes) -> Protego | None:
    text = body[:SIZE_LIMIT].decode("utf-8-sig", "ignore")
    return Protego.parse(text) if _work_in(text) <= WORK_LIMIT else None


def _work_in(text: str) -> int:
    """Return an upper bound of what Protego does, in rules that it reads or copies.

    A group costs its rules for each of its agents, and each agent is looked for among
    those before it. Protego takes more lines for user-agent lines than our reader: those
    that it alone might see are counted as if each had all lines of the file.
    """
    broken = _PYTHON_EOL.sub("\n", text)
    file = read(broken.encode())
    if file.endless:
        return WORK_LIMIT + 1
    seen = sum(key == USER_AGENT for _, key, _, _ in file.rows)
    may_be = sum(1 for raw in _EOL.split(broken) if raw.lstrip()[:4].lower() == "user")
    groups = sum(
        len(group.names) * (len(group.names) // 16 + sum(map(_work_of, group.rows)))
        for group in file.readings[0].groups
    )
    return groups + max(0, may_be - seen) * len(file.rows)


def _work_of(row: Row) -> int:
    _, key, value, _ = row
    if key not in {"allow", "disallow"}:
        return 0
    # A pattern with a star becomes a regular expression, and long ones are encoded.
    return 1 + len(value) // 16 + 2 * ("*" in value)


def _plain_cause(question: _Question, ours: Settled) -> str | None:
    """Return a cause that can be seen without asking again."""
    if ours.fault is not None:
        return _FAULTS[ours.fault]
    if question.body.startswith(_UTF16):
        return "UTF-16"
    if ours.ambiguous:
        split = len(read(question.body).readings) > 1
        return "split group" if split else "name in a wildcard or a User-Agent header"
    return None


def _found_cause(question: _Question, *, wanted: bool) -> str:
    """Return the repair of the question after which Protego answers as we do.

    Where none does so alone all are made, and those that cannot be left out are the cause.
    """
    for cause, repair in _REPAIRS.items():
        if _answer(repair(question)) == wanted:
            return cause
    needed = list(_REPAIRS)
    if _answer(_repaired(question, needed)) != wanted:
        return UNEXPLAINED
    # The later repairs mend more than their own cause, so they are the first to go.
    for cause in reversed(_REPAIRS):
        fewer = [other for other in needed if other != cause]
        if _answer(_repaired(question, fewer)) == wanted:
            needed = fewer
    return " + ".join(needed)


def _repaired(question: _Question, causes: Iterable[str]) -> _Question:
    for cause in causes:
        question = _REPAIRS[cause](question)
    return question


def _text_of(question: _Question) -> str:
    return question.body[:SIZE_LIMIT].decode("utf-8", "surrogateescape")


def _with_text(question: _Question, text: str) -> _Question:
    return replace(question, body=text.encode("utf-8", "surrogateescape"))


def _without_marks(question: _Question) -> _Question:
    return _with_text(question, _MARKS.sub("", _text_of(question), count=1))


def _with_our_line_ends(question: _Question) -> _Question:
    return _with_text(question, _PYTHON_EOL.sub(" ", _text_of(question)))


def _with_escaped_octets(question: _Question) -> _Question:
    escaped = _LOST_OCTET.sub(
        lambda octet: f"%{ord(octet[0]) - 0xDC00:02X}", _text_of(question)
    )
    return _with_text(question, escaped)


def _rewritten(
    question: _Question, value_of: Callable[[Line], str | None], *, keep_rest: bool = True
) -> _Question:
    """Return the question with new lines where ``value_of`` gives a value.

    Lines that our reader does not see are left as they are, or left out.
    """
    old = _EOL.split(_text_of(question))
    new = list(old) if keep_rest else [""] * len(old)
    for line in read(question.body).lines:
        value = value_of(line)
        if value is not None:
            new[line.number - 1] = f"{line.key}: {value}"
    return _with_text(question, "\n".join(new))


def _with_our_keys(question: _Question) -> _Question:
    return _rewritten(question, lambda line: line.value, keep_rest=False)


def _with_names(question: _Question, change: Callable[[str], str]) -> _Question:
    def value(line: Line) -> str | None:
        return change(line.value) if line.key == USER_AGENT else None

    return _rewritten(question, value)


def _with_plain_names(question: _Question) -> _Question:
    def name(value: str) -> str:
        if addresses(value, question.token):
            return question.token
        return "*" if addresses(value, "*") else value

    return _with_names(question, name)


def _without_other_names(question: _Question) -> _Question:
    def name(value: str) -> str:
        ours = addresses(value, question.token) or addresses(value, "*")
        return value if ours else "some-other-crawler"

    return _with_names(question, name)


def _with_longer_name(question: _Question) -> _Question:
    if len(question.token) > 1:
        return question
    longer = f"longer-{question.token}"
    named = _with_names(
        question, lambda value: longer if addresses(value, question.token) else value
    )
    return replace(named, token=longer)


def _with_patterns(question: _Question, change: Callable[[str], str]) -> _Question:
    def value(line: Line) -> str | None:
        return change(line.value) if line.key in {"allow", "disallow"} else None

    return _rewritten(question, value)


def _with_only_patterns(question: _Question) -> _Question:
    return _with_patterns(question, lambda value: value if is_pattern(value) else "")


def _without_dot_segments(question: _Question) -> _Question:
    origin, path, query = _parts_of(question.url)
    return replace(
        question, url=f"{origin}{remove_dot_segments(_DOT.sub('.', path))}{query}"
    )


def _parts_of(url: str) -> tuple[str, str, str]:
    """Return origin, path, and query with its question mark."""
    scheme, _, rest = url.partition("#")[0].partition("://")
    authority, slash, tail = rest.partition("/")
    path, mark, query = f"{slash}{tail}".partition("?")
    return f"{scheme}://{authority}", path, f"{mark}{query}"


def _with_target(question: _Question, change: Callable[[str], str]) -> _Question:
    """Return the question with URL and patterns in normal form and then changed."""
    target = change(target_of(question.url))
    moved = replace(question, url=f"{_parts_of(question.url)[0]}{target}")
    return _with_patterns(moved, lambda value: change(normalise(value)) if value else "")


def _without_escapes(question: _Question) -> _Question:
    return _with_target(question, lambda text: _ESCAPE.sub(r"~\1~", text))


def _without_dollars(question: _Question) -> _Question:
    return _with_target(question, lambda text: _DOLLAR.sub("~24~", text))


def _without_reserved(question: _Question) -> _Question:
    return _with_target(question, lambda text: text.translate(_COUNTED_AS_THREE))


def _without_index_pages(question: _Question) -> _Question:
    return _with_patterns(
        question, lambda value: f"{value}*" if value.endswith("/index.html") else value
    )


_REPAIRS: Final[dict[str, Callable[[_Question], _Question]]] = {
    "byte order mark": _without_marks,
    "line ends": _with_our_line_ends,
    "octets that are not UTF-8": _with_escaped_octets,
    "misspelt key or missing colon": _with_our_keys,
    "token with version or remark": _with_plain_names,
    "token prefix match": _without_other_names,
    "one-character token": _with_longer_name,
    "pattern without a slash": _with_only_patterns,
    "dot segments": _without_dot_segments,
    "index page": _without_index_pages,
    "dollar sign": _without_dollars,
    "escaped reserved octet": _without_escapes,
    "octets of reserved characters": _without_reserved,
}
"""What Protego does otherwise, and how to ask so that it does not show."""
