"""A loopback site to measure on: pages of prose, ten links each, all under CC BY."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

HOST = "127.0.0.1"
WORDS = [
    *"the commons is held by those who live from it and care for it all the year".split(),
    *"each household takes wood for its hearth and its hedges as it needs".split(),
    *"while the reeve keeps the tally of what was taken and what is left to grow".split(),
]


_MANIFEST = """
name = "bench"
version = "1.0.0"
purpose = "To measure."
intended_uses = ["Measuring."]
[curator]
name = "Bench"
url = "http://bench.example/about"
email = "bench@bench.example"
[[sources]]
urls = {urls}
depth = 20
[licenses]
allow = ["CC-BY"]
[limits]
delay = 0
{limit}
"""


def manifest(urls: Sequence[str], *, limit: str) -> str:
    """Return a manifest that begins at these URLs, with one limit more than no delay."""
    return _MANIFEST.format(urls=json.dumps(urls), limit=limit)


def write(folder: Path, *, pages: int, seed: int = 7, host: str = HOST) -> None:
    """Write a host of ``pages`` pages that all are reached from its front page."""
    chance = random.Random(seed)
    place = folder / host
    place.mkdir(parents=True)
    (place / "robots.txt").write_text("User-agent: *\nDisallow: /private/\n")
    for number in range(pages):
        name = "index.html" if number == 0 else f"p{number}.html"
        (place / name).write_text(_page(number, pages, chance), encoding="utf-8")


def _page(number: int, pages: int, chance: random.Random) -> str:
    children = [n for n in range(number * 10 + 1, number * 10 + 11) if n < pages]
    links = "".join(f'<li><a href="/p{n}.html">Page {n}</a></li>' for n in children)
    prose = "".join(
        f"<p>{' '.join(chance.choices(WORDS, k=90)).capitalize()}.</p>" for _ in range(20)
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page {number}'
        f"</title></head><body><main><h1>Page {number}</h1>{prose}<ul>{links}</ul></main>"
        '<footer><a rel="license" href="https://creativecommons.org/licenses/by/4.0/">'
        "CC BY 4.0</a></footer></body></html>"
    )
