"""Real robots.txt, read by us and by three others: each difference has a named cause.

A cause is found by asking the other reader again, with one thing of the question changed.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple
from urllib.robotparser import RobotFileParser

import pytest
from robots import RobotsParser

from pipeline.consent import pattern, robots, second_reader

_FILES: Final = Path(__file__).resolve().parents[2] / ".." / "shared/robots"
_TOKENS: Final = ("Estovers", "Scrapy", "GPTBot")
_ORIGIN: Final = "https://site.example"
_SAMPLE: Final = 300
_UNEXPLAINED: Final = second_reader.UNEXPLAINED
_RULES: Final = frozenset({"allow", "disallow"})
# A rule that no URL meets.
_NOTHING: Final = "/zz-nothing-zz"

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not _FILES.is_dir(), reason="the real files are not at hand"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a reader is asked. ``target`` is the URL's path, as the reader gets it."""

    body: bytes
    target: str
    token: str


Repair = Callable[[Question], Question]


@lru_cache(maxsize=4096)
def _by_urllib(body: bytes) -> RobotFileParser:
    reader = RobotFileParser()
    reader.parse(body.decode("utf-8", "replace").splitlines())
    return reader


@lru_cache(maxsize=4096)
def _by_robotspy(body: bytes) -> RobotsParser:
    return RobotsParser.from_string(body.decode("utf-8", "replace"))


def _ask_urllib(question: Question) -> bool:
    reader = _by_urllib(question.body)
    return reader.can_fetch(question.token, f"{_ORIGIN}{question.target}")


def _ask_robotspy(question: Question) -> bool:
    reader = _by_robotspy(question.body)
    return bool(reader.can_fetch(question.token, f"{_ORIGIN}{question.target}"))


def _rows(question: Question) -> tuple[robots.Row, ...]:
    return robots.read(question.body).rows


def _with_rows(question: Question, rows: Iterable[tuple[str, str]]) -> Question:
    text = "\n".join(f"{key}: {value}" for key, value in rows)
    return replace(question, body=text.encode("utf-8", "surrogateescape"))


def _with_text(question: Question, change: Callable[[str], str]) -> Question:
    text = change(question.body.decode("utf-8", "surrogateescape"))
    return replace(question, body=text.encode("utf-8", "surrogateescape"))


def _with_values(
    question: Question, keys: Iterable[str], change: Callable[[str], str]
) -> Question:
    rows = _rows(question)
    changed = [(key, change(value) if key in keys else value) for _, key, value, _ in rows]
    return _with_rows(question, changed)


def _without_marks(question: Question) -> Question:
    return _with_text(question, lambda text: text.lstrip("\ufeff\u00ef\u00bb\u00bf"))


def _with_our_line_ends(question: Question) -> Question:
    def change(text: str) -> str:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return re.sub("[\v\f\x1c-\x1e\x85\u2028\u2029]", " ", text)

    return _with_text(question, change)


def _with_escaped_octets(question: Question) -> Question:
    lost = re.compile("[\udc80-\udcff]")
    return _with_text(
        question,
        lambda text: lost.sub(lambda one: f"%{ord(one[0]) - 0xDC00:02X}", text),
    )


def _without_empty_lines(question: Question) -> Question:
    return _with_text(question, lambda text: re.sub(r"(?:\r?\n|\r)+", "\n", text))


def _with_our_keys(question: Question) -> Question:
    raws = re.split(r"\r\n|\r|\n", question.body.decode("utf-8", "surrogateescape"))
    lines = ["#" if raw else "" for raw in raws]
    for number, key, value, _ in _rows(question):
        lines[number - 1] = f"{key}: {value}"
    return _with_text(question, lambda _: "\n".join(lines))


def _with_only_rules(question: Question) -> Question:
    wanted = _RULES | {robots.USER_AGENT}
    return _with_rows(
        question, [(key, value) for _, key, value, _ in _rows(question) if key in wanted]
    )


def _with_plain_names(question: Question) -> Question:
    def name(value: str) -> str:
        if robots.addresses(value, question.token):
            return question.token
        return "*" if robots.addresses(value, "*") else value

    return _with_values(question, {robots.USER_AGENT}, name)


def _without_other_names(question: Question) -> Question:
    def name(value: str) -> str:
        is_ours = any(robots.addresses(value, one) for one in (question.token, "*"))
        return value if is_ours else "zz-other-crawler"

    return _with_values(question, {robots.USER_AGENT}, name)


def _without_empty_rules(question: Question) -> Question:
    """Return the question with a rule that no URL meets for each that says nothing."""
    rows = [(key, value) for _, key, value, _ in _rows(question)]
    full: list[tuple[str, str]] = []
    for (key, value), (following, _) in zip(
        rows, [*rows[1:], (robots.USER_AGENT, "")], strict=True
    ):
        is_empty = key in _RULES and not pattern.is_pattern(value)
        full.append((key, _NOTHING) if is_empty else (key, value))
        if key not in _RULES | {robots.USER_AGENT} and following == robots.USER_AGENT:
            full.append(("allow", _NOTHING))
    return _with_rows(question, full)


def _with_one_group(question: Question) -> Question:
    file = robots.read(question.body)
    found = [
        (line.number, key, line.value)
        for key in _RULES
        for line in robots.selected_lines(file, question.token, key)
    ]
    rules = [(key, value) for _, key, value in sorted(found)]
    return _with_rows(question, [(robots.USER_AGENT, question.token), *rules])


def _with_longest_first(question: Question) -> Question:
    """Return the question with the rules that stand together in the order that decides."""
    runs: list[list[tuple[str, str]]] = [[]]
    for _, key, value, _ in _rows(question):
        if key in _RULES:
            runs[-1].append((key, value))
        else:
            runs += [[(key, value)], []]
    # "allow" comes before "disallow", also in the alphabet.
    ordered = [
        sorted(run, key=lambda row: (-pattern.specificity(row[1]), row[0])) for run in runs
    ]
    return _with_rows(question, [row for run in ordered for row in run])


def _without_wildcards(question: Question) -> Question:
    target = _normal(question)

    def plain(value: str) -> str:
        if not pattern.is_pattern(value) or not re.search(r"\*|\$$", value):
            return value
        return target if pattern.matches(value, target) else _NOTHING

    return _with_values(replace(question, target=target), _RULES, plain)


def _without_dot_segments(question: Question) -> Question:
    path, mark, query = question.target.partition("?")
    path = re.sub("%2e", ".", path, flags=re.IGNORECASE)
    return replace(question, target=f"{pattern.remove_dot_segments(path)}{mark}{query}")


def _normal(question: Question) -> str:
    # Without an origin before it, a path of two slashes would be taken for one.
    return pattern.target_of(f"{_ORIGIN}{question.target}")


def _spelled(question: Question, change: Callable[[str], str]) -> Question:
    """Return the question with URL and patterns in normal form, and then changed."""
    target = change(_normal(question))
    return _with_values(
        replace(question, target=target),
        _RULES,
        lambda value: change(pattern.normalise(value)) if value else "",
    )


def _without_escapes(question: Question) -> Question:
    return _spelled(question, lambda text: text.replace("%", "~"))


# One letter for each, as our reader counts them as one octet.
_PLAIN: Final = str.maketrans("?;:=&[]@!'()+,", "QWERTZUIOPASDF")


def _without_reserved(question: Question) -> Question:
    return _spelled(question, lambda text: text.replace("%", "~").translate(_PLAIN))


def _without_slashes(question: Question) -> Question:
    def change(text: str) -> str:
        return f"/{text.replace('%', '~').translate(_PLAIN).replace('/', '_')}"

    return _spelled(question, change)


_URLLIB: Final[dict[str, Repair]] = {
    "byte order mark": _without_marks,
    "line ends": _with_our_line_ends,
    "octets that are not UTF-8": _with_escaped_octets,
    "empty line ends a group": _without_empty_lines,
    "misspelt key or missing colon": _with_our_keys,
    "crawl-delay ends a run of user-agent lines": _with_only_rules,
    "token with version or remark": _with_plain_names,
    "token substring match": _without_other_names,
    "empty rule allows everything": _without_empty_rules,
    "only the first group of a name": _with_one_group,
    "first rule instead of the longest": _with_longest_first,
    "no wildcards": _without_wildcards,
    "dot segments": _without_dot_segments,
    "percent-encoding": _without_escapes,
    "reserved characters": _without_reserved,
    "slashes": _without_slashes,
}
_ROBOTSPY: Final[dict[str, Repair]] = {
    "byte order mark": _without_marks,
    "line ends": _with_our_line_ends,
    "octets that are not UTF-8": _with_escaped_octets,
    "misspelt key or missing colon": _with_our_keys,
    "token with version or remark": _with_plain_names,
    "token that it cannot read or cuts": _without_other_names,
    "pattern without a slash": _without_empty_rules,
    "rules leak between the crawlers of a group": _with_one_group,
    "dot segments": _without_dot_segments,
    "percent-encoding": _without_escapes,
    "question mark or bracket in a wildcard": _without_reserved,
    "slashes that stand together": _without_slashes,
}


class Reader(NamedTuple):
    """Another reader, and what it does otherwise: how to ask so that it does not show."""

    ask: Callable[[Question], bool]
    repairs: dict[str, Repair]


_READERS: Final = {
    "urllib": Reader(_ask_urllib, _URLLIB),
    "robotspy": Reader(_ask_robotspy, _ROBOTSPY),
}


def _cause(reader: Reader, question: Question, ours: robots.Settled) -> str:
    """Return the repair after which the reader answers as we do, or all that are needed."""
    if ours.ambiguous:
        return "more than one reading"
    for cause in reader.repairs:
        if _mends(reader, question, [cause], ours=ours):
            return cause
    needed = list(reader.repairs)
    if not _mends(reader, question, needed, ours=ours):
        return _UNEXPLAINED
    for cause in reversed(reader.repairs):
        fewer = [one for one in needed if one != cause]
        if _mends(reader, question, fewer, ours=ours):
            needed = fewer
    return " + ".join(needed)


def _mends(
    reader: Reader, question: Question, causes: Iterable[str], *, ours: robots.Settled
) -> bool:
    for cause in causes:
        question = reader.repairs[cause](question)
    return reader.ask(question) == ours.allows


def _targets(file: robots.RobotsFile, chance: random.Random) -> list[str]:
    values = [
        row[2]
        for row in file.rows
        if row[1] in _RULES and row[2].isascii() and pattern.is_pattern(row[2])
    ]
    own = chance.sample(values, min(6, len(values)))
    made = ["/" + "".join(chance.choices("abcdwp-/.?=", k=9)) for _ in range(2)]
    filled = [value.replace("*", "x").replace("$", "").lstrip("/") for value in own]
    return list(dict.fromkeys(["/", *made, *(f"/{value}" for value in filled)]))


def _differences(body: bytes, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Give each difference as the reader's name and the cause."""
    file = robots.read(body)
    for target in _targets(file, chance):
        url = f"{_ORIGIN}{target}"
        for token in _TOKENS:
            ours = robots.settle(file, url=url, token=token)
            question = Question(body=body, target=target, token=token)
            found = second_reader.compare(body, url=url, token=token, ours=ours)
            if found is not None:
                yield found.reader, found.cause
            for name, reader in _READERS.items():
                if reader.ask(question) != ours.allows:
                    yield name, _cause(reader, question, ours)


def _sample(folder: str) -> list[Path]:
    paths = sorted((_FILES / folder).iterdir())
    return random.Random(folder).sample(paths, min(_SAMPLE, len(paths)))


def counted(paths: Iterable[Path]) -> Counter[tuple[str, str]]:
    """Return how often each reader differs from ours for each cause."""
    found: Counter[tuple[str, str]] = Counter()
    for path in paths:
        found.update(_differences(path.read_bytes(), random.Random(path.name)))
    return found


def _table(found: Counter[tuple[str, str]]) -> str:
    return "\n".join(
        f"{count:7} {reader}: {cause}" for (reader, cause), count in found.most_common()
    )


@pytest.mark.parametrize("folder", ["top1k_2024-07-14", "usgov_2025-03"])
def test_each_difference_from_another_reader_has_a_named_cause(folder: str) -> None:
    found = counted(_sample(folder))

    unexplained = {reader for reader, cause in found if cause == _UNEXPLAINED}
    assert unexplained == set(), _table(found)
    assert found


@pytest.mark.parametrize(
    ("reader", "cause", "lines", "target"),
    [
        ("urllib", "no wildcards", "User-agent: *|Disallow: /*b", "/ab"),
        (
            "urllib",
            "first rule instead of the longest",
            "User-agent: *|Disallow: /a|Allow: /ab",
            "/ab",
        ),
        ("urllib", "empty line ends a group", "User-agent: *||Disallow: /", "/"),
        (
            "urllib",
            "only the first group of a name",
            "User-agent: *|Disallow: /a|User-agent: *|Disallow: /b",
            "/b",
        ),
        ("urllib", "token substring match", "User-agent: tov|Disallow: /", "/"),
        (
            "urllib",
            "empty rule allows everything",
            "User-agent: *|Disallow:|Disallow: /",
            "/",
        ),
        (
            "urllib",
            "percent-encoding",
            "User-agent: *|Disallow: /a%2Fb",
            "/a/b",
        ),
        (
            "robotspy",
            "token that it cannot read or cuts",
            "User-agent: *|Allow: /b|User-agent: 360Spider|Disallow: /",
            "/",
        ),
        (
            "robotspy",
            "slashes that stand together",
            "User-agent: *|Disallow: /a/b",
            "/a//b",
        ),
        (
            "robotspy",
            "question mark or bracket in a wildcard",
            "User-agent: *|Disallow: /*?b$",
            "/axb",
        ),
        ("robotspy", "dot segments", "User-agent: *|Disallow: /b", "/a/../b"),
    ],
)
def test_each_cause_is_found_by_its_name(
    reader: str, cause: str, *, lines: str, target: str
) -> None:
    body = lines.replace("|", "\n").encode()
    question = Question(body=body, target=target, token="Estovers")
    ours = robots.settle(robots.read(body), url=f"{_ORIGIN}{target}", token=question.token)

    assert _READERS[reader].ask(question) != ours.allows
    assert _cause(_READERS[reader], question, ours) == cause


def test_a_difference_that_no_repair_mends_is_unexplained() -> None:
    question = Question(body=b"User-agent: *\nDisallow: /", target="/", token="Estovers")
    ours = robots.Settled(allows=False)

    assert _cause(Reader(lambda _: True, _URLLIB), question, ours) == _UNEXPLAINED
