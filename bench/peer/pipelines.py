"""datatrove on a WARC file: ``python pipelines.py NAME WARC OUT``, in its own environment.

::

    plain        WarcReader, Trafilatura, GopherRepetitionFilter, GopherQualityFilter,
                 ParquetWriter: what is compared with a build
    license      WarcReader, a filter of texts, an annotator of licenses, a filter of
                 licenses, Trafilatura, ParquetWriter: the steps that C5 publishes, on the
                 same datatrove, written anew after its description
    default      as ``plain``, with the extractor's options as datatrove has them: at most
                 one second a page, by the clock

The extractor is asked as ours is: no comments, no second opinion, nothing left out because
another page had it. Prints how many documents went into each step and came out of it.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import Tag
from datatrove.data import Document, DocumentsPipeline
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.filters import (
    GopherQualityFilter,
    GopherRepetitionFilter,
    LambdaFilter,
)
from datatrove.pipeline.readers import WarcReader
from datatrove.pipeline.writers import ParquetWriter

TIMEOUT = 30
CONTEXT = 120

_SITE = "creativecommons.org"
_MENTION = re.compile(r"creativecommons\.org", re.IGNORECASE)
_ADDRESS = re.compile(
    r"creativecommons\.org/(?:licenses|publicdomain)/(?P<terms>[a-z-]+)/(?P<version>\d\.\d)"
)
_PLACES = ("meta", "script", "link", "a")


class LicenseAnnotator(PipelineStep):
    """Note the Creative Commons licenses that a page names, the likeliest first."""

    name = "License annotator"

    def run(
        self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1
    ) -> DocumentsPipeline:
        """Annotate each document."""
        del rank, world_size
        for document in data:
            with self.track_time():
                document.metadata["license"] = licenses(document.text)
            yield document


def licenses(html: str) -> str:
    """Return the licenses as JSON: address, place, whether in a head or footer, context."""
    lower = html.lower()
    if _SITE not in lower:
        return "[]"
    soup = BeautifulSoup(lower, "lxml")
    found = [
        {"terms": match["terms"], "version": match["version"], "tag": tag}
        for tag, said in _candidates(soup)
        if (match := _ADDRESS.search(said))
    ]
    if not found:
        return "[]"
    for one in found:
        one["in_head"], one["in_footer"] = _where(one["tag"])
    text = " ".join(str(soup).split())
    for one in found:
        tag = one.pop("tag")
        one["place"] = tag.name
        words = " ".join(str(tag).split())
        start = text.find(words)
        end = start + len(words)
        one["before"] = text[max(0, start - CONTEXT) : start]
        one["after"] = text[end : end + CONTEXT]
    found.sort(
        key=lambda one: (
            _PLACES.index(one["place"]), not one["in_head"], not one["in_footer"],
        )
    )  # fmt: skip
    return json.dumps(found)


def _candidates(soup: BeautifulSoup) -> Iterator[tuple[Tag, str]]:
    metas = f'meta[name="license"][content*="{_SITE}"], '
    metas += f'meta[property="og:license"][content*="{_SITE}"]'
    for tag in soup.select(metas):
        yield tag, str(tag["content"])
    for tag in soup.select(f'link[href*="{_SITE}"], a[href*="{_SITE}"]'):
        yield tag, str(tag["href"])
    for tag in soup.select('script[type="application/ld+json"]'):
        yield from ((tag, said) for said in _stated(tag.string or ""))


def _stated(script: str) -> list[str]:
    try:
        data = json.loads(script)
    except ValueError:
        return []
    items = data if isinstance(data, list) else [data]
    stated = [one.get("license") for one in items if isinstance(one, dict)]
    flat = [one for each in stated for one in (each if isinstance(each, list) else [each])]
    return [
        str(one.get("@id") or one.get("url")) if isinstance(one, dict) else str(one)
        for one in flat
        if one
    ]


def _where(tag: Tag | None) -> tuple[bool, bool]:
    """Say whether an element is in a head, and whether in a footer."""
    while tag is not None:
        if tag.name == "head":
            return True, False
        names = [str(tag.get("id", "")), *tag.get("class", [])]
        if tag.name == "footer" or any("footer" in name for name in names):
            return False, True
        tag = tag.parent
    return False, False


def _is_mentioned(document: Document) -> bool:
    return _MENTION.search(document.text) is not None


def _is_licensed(document: Document) -> bool:
    return bool(json.loads(document.metadata["license"]))


def _extractor() -> PipelineStep:
    return Trafilatura(
        favour_precision=False, deduplicate=False, timeout=TIMEOUT, no_fallback=True
    )


def _steps(name: str) -> list[PipelineStep]:
    if name == "license":
        return [
            LambdaFilter(_is_mentioned),
            LicenseAnnotator(),
            LambdaFilter(_is_licensed),
            _extractor(),
        ]
    extractor = Trafilatura() if name == "default" else _extractor()
    return [extractor, GopherRepetitionFilter(), GopherQualityFilter()]


def main(name: str, warc: str, out: str) -> None:
    """Run a pipeline in one task of one worker and print its counts as JSON."""
    path = Path(warc)
    executor = LocalPipelineExecutor(
        [
            WarcReader(str(path.parent), glob_pattern=path.name),
            *_steps(name),
            ParquetWriter(f"{out}/dataset", compression="zstd"),
        ],
        tasks=1,
        workers=1,
        logging_dir=f"{out}/logs",
    )
    executor.run()
    stats = json.loads(Path(out, "logs", "stats.json").read_text(encoding="utf-8"))
    print(json.dumps([{"step": one["name"], **_totals(one["stats"])} for one in stats]))


def _totals(stats: dict[str, dict[str, float] | float]) -> dict[str, float]:
    return {
        key: value["total"] if isinstance(value, dict) else value
        for key, value in stats.items()
        if key in {"total", "forwarded", "dropped", "timeout", "documents", "extracted"}
    }


if __name__ == "__main__":
    main(*sys.argv[1:4])
