"""``python -m bench.warc OUT PAGES SHARE``: a WARC file to measure on, the same each time.

Pages are made of those of real sites, taken in turn: in English, with a text of 3,000 to
9,000 characters, and without a word of rights. They are shorter than the web's are, so each
is filled up with scripts and styles of the same sites: a text of 5,000 characters in a page
of 100 KB. Where there is no copy of these sites, pages of prose are made up.

In each page about half of all words of four letters or more give place to others from the
same sites, drawn by the number of the page. Its markup stays as it is, and of its rows of
five words next to none stand in another page, so that none is a duplicate. A share of the
pages, evenly spread, gets a footer that links to CC BY 4.0: these are admissible, and all
others are not.

Each host has a robots.txt that lets the pages be, and answers 404 for ``tdmrep.json`` and
``ai.txt``, all archived with it. Each record has its digests and the type of its payload.
"""

import base64
import csv
import hashlib
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final
from uuid import NAMESPACE_URL, uuid5

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from pipeline.model import Exchange, digest_of

SHARED: Final = Path(__file__).resolve().parents[2] / "shared" / "web"

HOSTS: Final = 300
SIZE: Final = 100_000
SHORTEST_TEXT: Final = 3_000
LONGEST_TEXT: Final = 9_000
LARGEST: Final = 90_000

# How many of the words of a page stay as they are.
_STAYS: Final = 0.5

STARTED: Final = datetime(2026, 11, 1, 8, tzinfo=UTC)

# A page that says a word of rights, or that it was published elsewhere first, is no
# template: what it says would be read.
_OF_RIGHTS: Final = re.compile(
    rb"licen[cs]|creative|copyright|&copy;|\xc2\xa9|rights reserved|public domain|noai"
    rb"|noindex|copyleft|free documentation|rel=.?canonical",
    re.IGNORECASE,
)
_KEPT_OUT: Final = re.compile(
    r"licen|copy|right|reserv|creativ|common|public|domain|permi|train|mining|consent"
)
_MARKUP: Final = re.compile(
    r"(<!--.*?-->|<script.*?</script>|<style.*?</style>|<head[\s>].*?</head>|<[^>]*>)",
    re.IGNORECASE | re.DOTALL,
)
_FURNITURE: Final = re.compile(
    r"<(?:script|style)\b[^>]*>(?:[^<]|<(?![a-z/!])){400,}</(?:script|style)>",
    re.IGNORECASE,
)
_ENGLISH: Final = re.compile(r"\b(?:the|and|with)\b")
_ENGLISH_WORDS: Final = 25
_WORD: Final = re.compile(r"(?<![&\w#])[A-Za-z]{4,}\b")
_FOOTER: Final = (
    '<footer><p>This page is licensed under <a rel="license" '
    'href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p></footer>'
)
_ROBOTS: Final = """\
# What robots may ask this site for.
User-agent: AhrefsBot
User-agent: SemrushBot
User-agent: MJ12bot
Disallow: /

User-agent: *
Crawl-delay: 2
Disallow: /search
Disallow: /cart/
Disallow: /*?sort=
Disallow: /*?print=1$
Disallow: /user/login
Disallow: /admin/
Disallow: /private/
Allow: /private/press/

Sitemap: https://{host}/sitemap.xml
"""
_NOT_FOUND: Final = b"There is no such file here.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a file holds: its pages, how many of them are admissible, and their bytes."""

    path: Path
    pages: int
    admissible: int
    bytes: int


def write(path: Path, *, pages: int, share: float, hosts: int = HOSTS) -> Made:
    """Write a WARC file of so many pages, of which a share is admissible."""
    layouts = templates()
    words = words_of(layouts)
    hosts = min(hosts, pages)
    path.parent.mkdir(parents=True, exist_ok=True)
    admissible = size = 0
    with path.open("wb") as file:
        records = _Records(file)
        for number in range(pages):
            host = f"site{number * hosts // pages}.example"
            if number == 0 or host != f"site{(number - 1) * hosts // pages}.example":
                records.append_policies(host)
            # Evenly: the page that brings their number up to the share of all so far.
            is_admissible = int((number + 1) * share) > int(number * share)
            template = layouts[number % len(layouts)]
            html = page(template, words, number=number, is_admissible=is_admissible)
            body = html.encode()
            records.append(f"https://{host}/pages/{number}.html", body, kind="text/html")
            admissible += is_admissible
            size += len(body)
    return Made(path=path, pages=pages, admissible=admissible, bytes=size)


def read(path: Path) -> Iterator[Exchange]:
    """Yield what a file of ours holds, as judgement sees it."""
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            body = record.reader.read()
            yield Exchange(
                url=record.headers["WARC-Target-URI"],
                status=record.http_headers.status_code,
                headers=tuple(record.http_headers.items()),
                body=body,
                read_at=record.record_date.astimezone(UTC),
                digest=digest_of(body),
            )


def page(template: str, words: Sequence[str], *, number: int, is_admissible: bool) -> str:
    """Return a page that is laid out as a template is, with other words in it."""
    chance = random.Random(number)

    def other(match: re.Match[str]) -> str:
        if chance.random() < _STAYS:
            return match[0]
        word = words[int(chance.random() * len(words))]
        return word.capitalize() if match[0][0].isupper() else word

    parts = _MARKUP.split(template)
    parts[::2] = [_WORD.sub(other, text) for text in parts[::2]]
    html = "".join(parts)
    if not is_admissible:
        return html
    body, end, rest = html.rpartition("</body>")
    return f"{body}{_FOOTER}{end}{rest}" if end else html + _FOOTER


class _Records:
    """Response records, each a gzip member of its own."""

    def __init__(self, file: BinaryIO) -> None:
        self._stream = GzipWriter(file, compression_level=6)
        self._count = 0

    def append_policies(self, host: str) -> None:
        robots = _ROBOTS.format(host=host).encode()
        self.append(f"https://{host}/robots.txt", robots)
        for place in (".well-known/tdmrep.json", "ai.txt"):
            self.append(f"https://{host}/{place}", _NOT_FOUND, status=404)

    def append(
        self, url: str, body: bytes, *, status: int = 200, kind: str = "text/plain"
    ) -> None:
        self._count += 1
        moment = STARTED + timedelta(seconds=self._count)
        reason = {200: "OK", 404: "Not Found"}[status]
        head = (
            f"HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        record = WarcRecord()
        name = uuid5(NAMESPACE_URL, f"{url} {self._count}")
        record.init_headers(WarcRecordType.response, f"uuid:{name}".encode())
        record.headers["WARC-Date"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        record.headers["WARC-Target-URI"] = url
        record.headers["WARC-IP-Address"] = "192.0.2.1"
        record.headers["Content-Type"] = "application/http; msgtype=response"
        # Without it, datatrove asks libmagic, and passes over what it does not know.
        record.headers["WARC-Identified-Payload-Type"] = kind
        record.headers["WARC-Payload-Digest"] = f"sha1:{_base32(hashlib.sha1(body))}"
        record.set_bytes_content(head.encode() + body)
        record.write(self._stream, checksum_data=True)
        self._stream.finish()


def _base32(digest: "hashlib._Hash") -> str:
    return base64.b32encode(digest.digest()).decode()


def shown(html: str) -> str:
    """Return the words of a page without its markup."""
    return " ".join(" ".join(_MARKUP.split(html)[::2]).split())


def templates() -> list[str]:
    """Return the pages that others are made of."""
    if not (SHARED / "pages.csv").exists():
        return [_made_up(number) for number in range(40)]
    pages = [body.decode() for body in _real_pages()]
    furniture = _furniture(pages)
    chosen = [one for one in pages if len(one) < LARGEST and _is_template(one)]
    return [_filled_up(one, furniture, n) for n, one in enumerate(chosen)]


def _real_pages() -> Iterator[bytes]:
    with (SHARED / "pages.csv").open(encoding="utf-8", newline="") as file:
        names = sorted(f"{row['host']}/{row['path']}" for row in csv.DictReader(file))
    for name in names:
        body = (SHARED / name).read_bytes()
        if name.endswith(".html") and not _OF_RIGHTS.search(body) and _is_utf8(body):
            yield body


def _is_template(html: str) -> bool:
    text = shown(html)
    is_english = len(_ENGLISH.findall(text)) >= _ENGLISH_WORDS
    return is_english and SHORTEST_TEXT < len(text) < LONGEST_TEXT


def _furniture(pages: Sequence[str]) -> list[str]:
    """Return the scripts and styles of pages, each once."""
    return list(dict.fromkeys(one for page in pages for one in _FURNITURE.findall(page)))


def _filled_up(html: str, furniture: Sequence[str], number: int) -> str:
    """Return a page with scripts and styles of others at its end, as long as most are."""
    parts: list[str] = []
    missing = SIZE - len(html)
    while missing > 0:
        part = furniture[(number * 7 + len(parts)) % len(furniture)]
        if len(part) < SIZE:
            parts.append(part)
            missing -= len(part)
        number += 1
    body, end, rest = html.rpartition("</body>")
    return "".join((body, *parts, end, rest)) if end else html + "".join(parts)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def words_of(pages: Sequence[str]) -> list[str]:
    """Return the lower-case words of pages, as often as they stand there."""
    texts = (text for one in pages for text in _MARKUP.split(one)[::2])
    return [
        word
        for text in texts
        for word in _WORD.findall(text)
        if word.islower() and not _KEPT_OUT.search(word)
    ]


_TAGS: Final = "".join(f"<li><a href=/t/{n}>{n}</a></li>" for n in range(8))
_ENTRIES: Final = 10


def _made_up(number: int) -> str:
    chance = random.Random(f"template {number}")
    rows = "".join(
        f'<div class="entry row-{n}"><h3 id="e{n}">Entry {n}</h3><p>{_prose(chance, 60)} '
        f'<a class="on" href="/pages/{n}.html">{_prose(chance, 3)}</a> {_prose(chance, 30)}'
        f'</p><ul class="tags">{_TAGS}</ul></div>'
        for n in range(_ENTRIES)
    )
    rules = (f".row-{n}{{margin:{chance.randrange(99)}px;order:{n}}}" for n in range(2400))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page '
        f"{number}</title></head><body><nav><a href=/>Home</a></nav><main>{rows}</main>"
        f"<style>{''.join(rules)}</style></body></html>"
    )


def _prose(chance: random.Random, size: int) -> str:
    from bench import site

    return f"{' '.join(chance.choices(site.WORDS, k=size)).capitalize()}."


def main(out: str, pages: str, share: str) -> None:
    """Write a file and say what it holds."""
    made = write(Path(out), pages=int(pages), share=float(share))
    print(
        f"{made.path}: {made.pages} pages of {made.bytes / made.pages / 1000:.0f} KB on "
        f"average, {made.admissible} of them admissible"
    )


if __name__ == "__main__":
    main(*sys.argv[1:4])
