"""``python -m bench.license [WEB]``: license detection against its peers.

``WEB`` is a folder of hosts with a ``pages.csv`` that has the true license of each page;
without one, the pages of ``tests/license/pages.jsonl`` are used, which were written to
mislead. A tool admits a page where the license that it finds is one of the default policy;
precision and recall are of admissions. The rate is taken on pages of some 100 KB of which
one in ten mentions a license.
"""

import csv
import logging
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import extruct
import trafilatura
from trafilatura.metadata import extract_license

from pipeline.cases import DEFAULT_LICENSES
from pipeline.license import creative_commons, names
from pipeline.license.classify import license_of
from pipeline.license.expression import allows, parse
from pipeline.model import Exchange
from pipeline.values import allowed_license
from pipeline.vocab import LicenseExpression, Reason

OPEN = tuple(map(allowed_license, DEFAULT_LICENSES))
SIZE = 100_000
PAGES = 300
ORACLE_PAGES = 300
HEADERS = (("Content-Type", "text/html; charset=utf-8"),)

Tool = Callable[[Exchange], str | None]


@dataclass(frozen=True)
class Labelled:
    """A page and the license that it truly has, or none."""

    page: Exchange
    license: LicenseExpression | None
    is_stated: bool


def main(arguments: Sequence[str] = ()) -> None:
    """Print precision and recall of each tool, and pages/s."""
    logging.disable(logging.CRITICAL)
    web = Path(arguments[0]) if arguments else None
    labelled = _of_web(web) if web else _written()
    sample = random.Random(1).sample(labelled, min(ORACLE_PAGES, len(labelled)))
    for title, tool, pages in (
        ("estovers", ours, labelled),
        ("trafilatura", trafilaturas, labelled),
        ("extruct (a sample)", extructs, sample),
    ):
        print(f"license: {title:19} {_score(tool, pages)}")
    pages = _large_pages()
    rates = {tool.__name__: _rate(tool, pages) for tool in (ours, trafilaturas)}
    print(
        f"license: {rates['ours']:.0f} pages/s of 100 KB on one core, one in ten with a "
        f"license, {rates['ours'] / rates['trafilaturas']:.1f} times trafilatura's "
        f"{rates['trafilaturas']:.0f}"
    )


def ours(page: Exchange) -> str | None:
    """Return the license that is concluded, where nothing stands in its way."""
    found = license_of(page)
    return found.expression if found.reason is Reason.LICENSE_ADMITS else None


def trafilaturas(page: Exchange) -> str | None:
    """Return what trafilatura takes for the page's license."""
    tree = trafilatura.load_html(page.body)
    said = extract_license(tree) if tree is not None else None
    if not said:
        return None
    found = [name.expression for name in names.find(said) if name.expression]
    return found[0] if found else None


def extructs(page: Exchange) -> str | None:
    """Return the license whose subject is the page by its RDFa, microdata or JSON-LD."""
    data = extruct.extract(
        page.body.decode("utf-8", "replace"),
        base_url=page.url,
        syntaxes=["rdfa", "microdata", "json-ld"],
        errors="ignore",
    )
    for node in data.get("rdfa", ()):
        if node.get("@id") == page.url:
            for key, values in node.items():
                if key.endswith("license"):
                    return creative_commons.expression_of(values[0].get("@id", ""))
    for node in (*data.get("microdata", ()), *data.get("json-ld", ())):
        said = (node.get("properties") or node).get("license")
        if isinstance(said, str):
            return creative_commons.expression_of(said)
    return None


def _score(tool: Tool, pages: Sequence[Labelled]) -> str:
    right = wrong = missed = missed_stated = exact = 0
    for each in pages:
        found = tool(each.page)
        admits = found is not None and allows(LicenseExpression(found), OPEN)
        is_open = each.license is not None and allows(each.license, OPEN)
        right += admits and is_open
        wrong += admits and not is_open
        missed += is_open and not admits
        missed_stated += is_open and not admits and each.is_stated
        exact += admits and is_open and found == each.license
    return (
        f"{len(pages)} pages: precision {_share(right, wrong)}, recall "
        f"{_share(right, missed)}, where the page states it {_share(right, missed_stated)}"
        f"; false admissions {wrong}; exact identifier {exact} of {right}"
    )


def _share(part: int, rest: int) -> str:
    return f"{part / (part + rest):.3f}" if part + rest else "none"


def _of_web(web: Path) -> list[Labelled]:
    with (web / "pages.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        Labelled(
            page=Exchange(
                url=f"https://{row['host']}/{row['path']}",
                status=200,
                headers=HEADERS,
                body=(web / row["host"] / row["path"]).read_bytes(),
            ),
            license=parse(row["true_licence"].split(" (")[0]),
            is_stated=row["on_page_marker"] in {"rel-license", "cc-link"},
        )
        for row in rows
    ]


def _written() -> list[Labelled]:
    from tests.license.test_pages import CASES, URL, html_of

    return [
        Labelled(
            page=Exchange(
                url=URL,
                status=200,
                headers=(*HEADERS, *[("Link", case["link"])][: "link" in case])
                if "link" in case
                else HEADERS,
                body=html_of(case).encode(),
            ),
            license=case["license"] if case["usage"] == "admit" else None,
            is_stated=True,
        )
        for case in CASES
    ]


def _large_pages() -> list[Exchange]:
    chance = random.Random(1)
    words = "tide gauge harbour sensor reading log forty days quay spring ferry".split()
    notice = (
        '<footer>Text on this site is licensed under <a rel="license" '
        'href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</footer>'
    )
    pages = []
    for number in range(PAGES):
        parts = ['<!doctype html><html lang="en"><body><nav><a href="/a">Home</a></nav>']
        size = 0
        while size < SIZE:
            text = " ".join(chance.choices(words, k=60))
            parts.append(f'<div class="entry"><p id="p{size}">{text} <a href="/{size}">on'
                         "</a></p></div>")  # fmt: skip
            size += len(parts[-1])
        parts += [notice] if number % 10 == 0 else []
        body = "".join(parts).encode()
        url = f"https://bench.example/{number}"
        pages.append(Exchange(url=url, status=200, headers=HEADERS, body=body))
    return pages


def _rate(tool: Tool, pages: Sequence[Exchange]) -> float:
    started = time.process_time()
    for page in pages:
        tool(page)
    return len(pages) / (time.process_time() - started)


if __name__ == "__main__":
    main(sys.argv[1:])
