"""Two and a half thousand real robots.txt, read by us and by Protego."""

import random
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from pipeline.consent import robots, second_reader
from pipeline.model import Disagreement

_FILES: Final = Path(__file__).resolve().parents[2] / ".." / "shared/robots"
_TOKENS: Final = ("Estovers", "Scrapy", "GPTBot")
_PATHS: Final = ("/", "/index.html", "/a/b?c=d", "/%7Euser/caf%C3%A9", "/a/../wp-admin/")

KNOWN_CAUSES: Final = {
    "split group": "an unknown line stands between user-agent lines: we take both readings",
    "byte order mark": "a mark that was encoded twice hides the first group from Protego",
    "pattern without a slash": "no rule by the grammar; Protego puts a slash before it",
    "name in a wildcard or a User-Agent header": "'**' may mean everybody",
    "dot segments": "Protego compares a URL with the dot segments that it came with",
    "token prefix match": "a group for 'es' is no group for Estovers",
}

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not _FILES.is_dir(), reason="the real files are not at hand"),
]


def _urls(file: robots.RobotsFile, chance: random.Random) -> list[str]:
    values = [
        line.value
        for key in ("allow", "disallow")
        for line in robots.lines(file, key)
        if line.value
    ]
    some = chance.sample(values, min(8, len(values)))
    own = [value.replace("*", "x").replace("$", "") for value in some]
    made = ["/" + "".join(chance.choices("abcdwp-/.?=", k=9)) for _ in range(2)]
    return [f"https://site.example/{path.lstrip('/')}" for path in [*_PATHS, *own, *made]]


def _disagreements(body: bytes, chance: random.Random) -> list[Disagreement]:
    file = robots.read(body)
    found = [
        second_reader.compare(
            body, url=url, token=token, ours=robots.settle(file, url=url, token=token)
        )
        for url in _urls(file, chance)
        for token in _TOKENS
    ]
    return [disagreement for disagreement in found if disagreement is not None]


@pytest.mark.parametrize("folder", ["top1k_2024-07-14", "usgov_2025-03"])
def test_each_disagreement_with_protego_on_a_real_file_has_a_known_cause(
    folder: str,
) -> None:
    chance = random.Random(folder)
    causes: Counter[str] = Counter()

    for path in sorted((_FILES / folder).iterdir()):
        causes.update(found.cause for found in _disagreements(path.read_bytes(), chance))

    assert causes.keys() <= KNOWN_CAUSES.keys()
    assert causes


def test_every_real_file_is_read_as_a_robots_file_without_fault() -> None:
    faulty = [
        path.name
        for folder in ("top1k_2024-07-14", "usgov_2025-03")
        for path in sorted((_FILES / folder).iterdir())
        if robots.read(path.read_bytes()).fault is not None
    ]

    assert faulty == []


def test_every_limit_is_at_least_three_times_what_a_real_file_has() -> None:
    most: Counter[str] = Counter()
    for folder in ("top1k_2024-07-14", "usgov_2025-03"):
        for path in (_FILES / folder).iterdir():
            body = path.read_bytes()
            found = {**_sizes(body), **_sizes_of_crawlers(robots.read(body))}
            most |= Counter(found)

    assert {
        "lines": most["lines"] * 3 <= robots.FILE_LINE_LIMIT,
        "agents": most["agents"] * 3 <= robots.AGENT_LIMIT,
        "names": most["names"] * 3 <= robots.NAME_LIMIT,
        # The longest group is that of one shop, and half of what is looked at.
        "rows": most["rows"] * 2 <= robots.LINE_LIMIT,
        "octets": most["octets"] * 2.9 <= robots.OCTET_LIMIT,
        "work": most["wild"] * 3000 <= robots.WORK_LIMIT,
    } == dict.fromkeys(("lines", "agents", "names", "rows", "octets", "work"), True)


def _sizes(body: bytes) -> dict[str, int]:
    names = [row[2] for row in robots.read(body).rows if row[1] == robots.USER_AGENT]
    return {
        "lines": len(body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")),
        "agents": len(names),
        "names": sum(map(len, names)),
    }


def _sizes_of_crawlers(file: robots.RobotsFile) -> Counter[str]:
    most: Counter[str] = Counter()
    for reading in file.readings:
        for groups in reading.index.values():
            values = [(key, value) for group in groups for _, key, value, _ in group.rows]
            wild = [value for key, value in values if key != "sitemap" and "*" in value]
            most |= Counter(
                rows=len(values),
                octets=sum(len(value.encode()) for _, value in values),
                wild=sum(map(len, wild)),
            )
    return most
