"""``python -m bench [NAME...]``: run the measurements and print ratios.

::

    collect   pages/s of collect against plain Scrapy with ROBOTSTXT_OBEY, same site
    filters   ms a page of each filter, and how well languages are told
    judge     judged pages/s on one core, against trafilatura's fast extraction
    license   precision and recall of license detection, and pages/s, against peers
    share     pages/s of collect of eight hosts, by one process and shared over two
    robots    ms to read a robots.txt made to hurt, and real ones against Protego
    speed     builds from WARC files, with datatrove at the same work
    report    the tables of docs/benchmarks.md, of what speed and scale measured last

Without a name all of these are run, in some ten minutes. By name alone, because they take
long:

::

    card      what a card of 100,000 documents costs, or of as many as the number after it
    scale     curate, publish and the ledger at sizes ten apart; two numbers may follow

The name of one comparison of ``bench.speed`` after ``speed`` runs that one.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bench import card, filters, report, robots, scale, share, site, speed
from bench import license as licenses

PAGES = 2000
ROUNDS = 3


def main(names: list[str]) -> None:
    """Run the named measurements, or all that are not long."""
    named = [name for name in names if name in {**SHORT, **LONG}]
    for name in named or SHORT:
        {**SHORT, **LONG}[name]([each for each in names if each != name])
    if "speed" in named or "scale" in named:
        report.main()


def collect(_: Sequence[str] = ()) -> None:
    """Compare pages/s of ``collect`` with plain Scrapy's."""
    from spiders.web import serve

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site.write(folder / "web", pages=PAGES)
        with serve(folder / "web") as served:
            found: dict[str, list[tuple[float, float]]] = {"plain": [], "collect": []}
            for turn in range(ROUNDS):
                for kind, results in found.items():
                    out = folder / f"{kind}{turn}"
                    results.append(_crawl(kind, served.port, out))
    rates = {
        kind: statistics.median(r for r, _ in results) for kind, results in found.items()
    }
    ratios = [
        ours[0] / plain[0]
        for ours, plain in zip(found["collect"], found["plain"], strict=True)
    ]
    cpu = {
        kind: statistics.median(c for _, c in results) for kind, results in found.items()
    }
    print(
        f"collect: {rates['collect']:.0f} pages/s against {rates['plain']:.0f} of plain "
        f"Scrapy with ROBOTSTXT_OBEY, {PAGES} pages of 10 KB, no delay: "
        f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}, "
        f"{ROUNDS} rounds); CPU {1000 * cpu['collect'] / PAGES:.2f} ms a page against "
        f"{1000 * cpu['plain'] / PAGES:.2f}"
    )


def judge(_: Sequence[str] = ()) -> None:
    """Measure judged pages/s, with trafilatura on the same pages as the yardstick."""
    from datetime import UTC, datetime

    import trafilatura

    from pipeline.cases import Case, policy_of
    from pipeline.judge import judge as ask
    from pipeline.model import Exchange

    with tempfile.TemporaryDirectory() as name:
        site.write(Path(name), pages=400)
        bodies = [p.read_bytes() for p in sorted((Path(name) / site.HOST).glob("*.html"))]
    now = datetime.now(UTC)
    policy = policy_of(Case(id="bench", url="http://bench.example/", exchanges={}))
    origin = "http://bench.example"
    known = {
        f"{origin}/robots.txt": Exchange(
            url=f"{origin}/robots.txt", status=200, body=b"User-agent: *\nDisallow: /x\n"
        )
    }
    for place in ("/.well-known/tdmrep.json", "/ai.txt"):
        known[origin + place] = Exchange(url=origin + place, status=404)
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    pages = [
        Exchange(url=f"{origin}/{n}", status=200, headers=headers, body=body)
        for n, body in enumerate(bodies)
    ]
    started = time.process_time()
    for page in pages:
        ask(page.url, {**known, page.url: page}, policy=policy, now=now)
    judged = len(pages) / (time.process_time() - started)
    started = time.process_time()
    for body in bodies:
        trafilatura.extract(body, fast=True)
    extracted = len(pages) / (time.process_time() - started)
    print(
        f"judge: {judged:.0f} pages/s on one core, {judged / extracted:.1f} times the "
        f"{extracted:.0f} pages/s of trafilatura's fast extraction of the same pages"
    )


def _crawl(kind: str, port: int, out: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", f"bench.{kind}", str(port), str(out)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    answer = json.loads(result.stdout.splitlines()[-1])
    if answer["pages"] != PAGES:
        raise SystemExit(f"{kind} saw {answer['pages']} pages, not {PAGES}")
    return answer["pages"] / answer["seconds"], answer["cpu"]


SHORT: Final[dict[str, Callable[[list[str]], None]]] = {
    "collect": collect,
    "filters": lambda _: filters.main(),
    "judge": judge,
    "license": lambda _: licenses.main(),
    "robots": lambda _: robots.main(),
    "share": lambda _: share.main(),
    "speed": speed.main,
    "report": lambda _: report.main(),
}
"""What runs where nothing is named."""

LONG: Final[dict[str, Callable[[list[str]], None]]] = {
    "card": card.main,
    "scale": scale.main,
}
"""What runs by name alone."""


if __name__ == "__main__":
    main(sys.argv[1:])
