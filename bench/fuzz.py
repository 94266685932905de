"""``python -m bench.fuzz SECONDS [NAME...]``: hostile bytes for each parser, by mutation.

A parser passes that raises nothing and never takes longer than a second for 64 KiB. What is
found is kept as a test beside the parser; the bytes are printed for it.
"""

import gzip
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pipeline import feed as feeds
from pipeline import foreign, sitemap
from pipeline.coding import decode
from pipeline.consent import (
    access,
    ai_txt,
    aipref,
    community,
    content_signals,
    robots,
    rsl,
    tags,
    tdmrep,
)
from pipeline.errors import InputFault
from pipeline.license import classify, creative_commons, expression, feed, laundering
from pipeline.license import names as license_names
from pipeline.markup import Markup, read
from pipeline.model import Evidence, Exchange, Line
from pipeline.url import normalise

SLOW = 1.0
URL = "https://site.example/a/b?c=d"
_NOTHING = Evidence(source=URL, locator="")

_RECORD = (
    b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2026-11-21T12:00:00Z\r\n"
    b"WARC-Target-URI: <http://a.example/>\r\nWARC-Block-Digest: sha1:AAAA\r\n"
    b"Content-Length: 58\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    b"X: y\r\n\r\nhello\r\n\r\n\r\n"
)

_SEEDS: dict[str, list[bytes]] = {
    "robots": [
        b"User-agent: *\nDisallow: /a*b$\nAllow: /%7Ea\n\nUser-agent: GPTBot\nCrawl-delay: 5\n",
        b"\xef\xbb\xbfuser agent: x\rDissallow /z\r\nContent-Usage: /a train-ai=n\n#\xe2\x80\xa8",
    ],
    "lines": [
        b"/a/ train-ai=n, search=y;x=1",
        b'train-ai="n", all=?0, genai=(a b);q',
        b"search=yes,ai-train=no,use=reference",
    ],
    "headers": [
        b"noai, gptbot: noindex, unavailable_after: 25 Jun 2010 15:00:00 PST",
        b"train-ai=n",
        b"ai-train=no",
        b"Wed, 21 Oct 2015 07:28:00 GMT",
    ],
    "tdmrep": [
        b'[{"location": "/*", "tdm-reservation": 1, "tdm-policy": "https://a.example/p"}]',
        b'{"a": [[[{}]], 1e999, NaN, "\\ud800"]}',
    ],
    "rsl": [
        b'<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><permits '
        b'type="usage">ai-all</permits><payment type="free"/></license></content></rsl>',
        b'<!DOCTYPE r [<!ENTITY e "x">]><rsl xmlns="https://rslstandard.org/rsl">&e;</rsl>',
    ],
    "ai_txt": [b"User-Agent: *\nDisallow: *.txt\nAllow: /\n"],
    "html": [
        b'<!doctype html><html lang=en><meta name=robots content="noai"><base href="//x"><a '
        b'rel="license noopener" href="https://creativecommons.org/licenses/by/4.0/">CC</a>'
        b"<footer>All rights reserved. Text is licensed under <a href=x>CC BY</a></footer>"
        b'<script type="application/ld+json">{"license":"x"}</script><table><tr><td>TK Notice',
        b'<p about="/x.jpg" typeof="schema:ImageObject" property="dct:license" resource="//c">'
        b'Chapters 1-3: CC BY 4.0; posts before 2020: <a itemprop=license href="https://cr'
        b'eativecommons.org/licenses/by-nc/3.0/de/">CC</a><pre>[Verse 1] originally published',
    ],
    "url": [
        b"https://creativecommons.org/licenses/by-nc-sa/3.0/de/deed.en",
        b"http://[::1]:8/",
    ],
    "expression": [b"CC-BY-4.0 AND (MIT OR GPL-2.0-or-later WITH x)"],
    "names": [
        "CC BY-SA 3.0 DE, Creative Commons Namensnennung 4.0, GNU Free Documentation "
        "License, Version 1.3 or any later version; 署名-非商业 4.0".encode(),
    ],
    "feed": [
        b'<feed xmlns="http://www.w3.org/2005/Atom"><link rel="license" href="https://'
        b'creativecommons.org/licenses/by/4.0/"/><entry><rights>x</rights></entry></feed>',
    ],
    "sitemap": [b"<urlset><url><loc>https://a.example/</loc></url></urlset>"],
    "entries": [
        b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/a/"><entry><link href="x"/>'
        b"</entry></feed>",
        b"<rss><channel><item><link>/a</link><guid>http://a.example/</guid></item></channel>",
    ],
    "warc": [_RECORD * 2, gzip.compress(_RECORD) * 2, gzip.compress(_RECORD * 2)],
    "coding": [
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcbH\xcd\xc9\xc9\x07\x00\x86\xa6\x106"
    ],
}


def _line(body: bytes) -> Line:
    text = body.decode("utf-8", "replace")
    return Line(number=1, key="content-usage", value=text.strip(), text=text)


def _robots(body: bytes) -> None:
    file = robots.read(body)
    for token in ("Estovers", "GPTBot", "*"):
        robots.settle(file, url=URL, token=token)
        robots.crawl_delay(file, token)
    robots.sitemaps(file)
    robots.retrieve(URL, {"https://site.example/robots.txt": _exchange(body)})


def _lines(body: bytes) -> None:
    line = _line(body)
    aipref.from_robots([line], url=URL, robots=_NOTHING)
    content_signals.from_robots([line], [line], robots=_NOTHING)


def _headers(body: bytes) -> None:
    value = body.decode("latin-1")
    names = ("X-Robots-Tag", "Content-Usage", "Content-Signal", "Retry-After", "Link",
             "tdm-reservation", "crawler-price")  # fmt: skip
    page = Exchange(url=URL, status=429, headers=tuple((name, value) for name in names))
    aipref.from_header(page)
    content_signals.from_header(page)
    tags.from_headers(page, token="Estovers", training_tokens=("GPTBot",))
    access.from_exchange(page)
    access.retry_after(page)


def _tdmrep(body: bytes) -> None:
    place = tdmrep.wellknown_url(URL)
    known = {place: Exchange(url=place, status=200, body=body)}
    tdmrep.read(URL, page=None, markup=None, exchanges=known)


def _rsl(body: bytes) -> None:
    place = "https://site.example/l.xml"
    line = Line(number=1, key="license", value=place, text=f"License: {place}")
    found = rsl.discover(
        url=URL, robots_lines=[line], robots_global_lines=[], robots=_NOTHING, page=None,
        markup=None,
    )  # fmt: skip
    known = {place: Exchange(url=place, status=200, body=body)}
    rsl.read(found, url=URL, exchanges=known, operator=rsl.Operator())


def _html(body: bytes) -> None:
    page = _exchange(body, "text/html")
    markup = read(page)
    if isinstance(markup, Markup):
        classify.find(markup, page)
        laundering.signs(markup, page)
        community.from_markup(markup, page)
        tags.from_markup(markup, token="E", training_tokens=("GPTBot",), exchange=page)


def _url(body: bytes) -> None:
    text = body.decode("utf-8", "surrogateescape")
    creative_commons.expression_of(text)
    try:
        once = normalise(text)
    except ValueError:
        return
    if normalise(once) != once:
        raise AssertionError(f"not idempotent: {once}")


def _warc(body: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".warc") as file:
        file.write(body)
        file.flush()
        try:
            found = list(foreign.records(Path(file.name)))
        except InputFault:
            return
    for one in found:
        if isinstance(one, foreign.Record):
            foreign.capture_of(one)
            foreign.disbelieved(one)


def _exchange(body: bytes, kind: str = "text/plain") -> Exchange:
    return Exchange(url=URL, status=200, headers=(("Content-Type", kind),), body=body)


PARSERS: dict[str, Callable[[bytes], object]] = {
    "robots": _robots,
    "lines": _lines,
    "headers": _headers,
    "tdmrep": _tdmrep,
    "rsl": _rsl,
    "ai_txt": lambda body: ai_txt.from_exchange(_exchange(body), url=URL),
    "html": _html,
    "url": _url,
    "expression": lambda body: expression.parse(body.decode("utf-8", "replace")),
    "sitemap": lambda body: sitemap.read(_exchange(body)),
    "names": lambda body: license_names.find(body.decode("utf-8", "replace")),
    "feed": lambda body: feed.collect(_exchange(body)),
    "coding": lambda body: decode(body, ["gzip"], limit=1 << 20),
    "entries": lambda body: feeds.read(_exchange(body)),
    "warc": _warc,
}


def mutated(seeds: list[bytes], chance: random.Random) -> bytes:
    """Return a seed with pieces cut, doubled, swapped, flipped or filled with oddities."""
    body = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, len(body))
        end = min(len(body), at + chance.randint(1, 40))
        match chance.randint(0, 5):
            case 0:
                del body[at:end]
            case 1:
                body[at:at] = body[at:end] * chance.choice((1, 2, 50, 1000))
            case 2:
                body[at:at] = chance.choice(_ODD)
            case 3 if at < len(body):
                body[at] ^= 1 << chance.randint(0, 7)
            case 4:
                body[at:at] = chance.choice(seeds)
            case _:
                body[at:at] = bytes(
                    chance.randrange(256) for _ in range(chance.randint(1, 9))
                )
        del body[65_536:]
    return bytes(body)


_ODD = [
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\x85", b"\r", b"\x0c", b"%", b"%2",
    b"%00", b"*", b"$", b"=", b";", b",", b":", b"&#xD800;", b"&#0;", b"<", b"</", b"<!--",
    b"-->", b"<![CDATA[", b'"', b"'", b"\\", b"{", b"[" * 200, b"(" * 200, b"1e309",
    b"99999999999999999999", b"\xc3\x9f", b"\xe2\x91\xa0", b"\xed\xa0\x80", b"<div>" * 300,
    b" " * 500, b"a=" * 500,
]  # fmt: skip


def main(arguments: list[str]) -> None:
    """Fuzz the named parsers, or all, for so many seconds each."""
    seconds, names = float(arguments[0]), arguments[1:] or list(PARSERS)
    for name in names:
        chance, parse = random.Random(name), PARSERS[name]
        ends, count, worst = time.monotonic() + seconds, 0, 0.0
        while time.monotonic() < ends:
            body = mutated(_SEEDS[name], chance)
            started = time.process_time()
            try:
                parse(body)
            except Exception as error:
                print(
                    f"{name}: {type(error).__name__}: {error}\n  {body[:2000]!r}",
                    flush=True,
                )
            took = time.process_time() - started
            if took > max(worst, SLOW):
                print(
                    f"{name}: {took:.2f} s for {len(body)} bytes: {body[:300]!r}",
                    flush=True,
                )
            worst = max(worst, took)
            count += 1
        print(f"{name}: {count} inputs, slowest {worst:.3f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
