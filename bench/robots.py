"""``python -m bench.robots``: what robots.txt costs to read, made to hurt and as it is.

::

    made to hurt   CPU ms of the first decision, by shape: read, settle, settle another URL
    with Protego   CPU ms of the first decision with the second reader's opinion
    real files     median CPU ms of read and settle, with Protego's parse and can_fetch on
                   the same files as the yardstick

Each shape has 512 KiB, or is as long as the limits of the reader let it be.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeVar

from protego import Protego

from pipeline.consent import pattern, robots, second_reader

SIZE = robots.SIZE_LIMIT
REAL = Path(__file__).resolve().parents[1] / ".." / "shared" / "robots"
TOKEN = "Estovers"
LONG_URL = "https://site.example/" + "a" * 1979
SHORT_URL = "https://site.example/" + "a" * 127
ROUNDS = 5

Shape = tuple[bytes, str]
Result = TypeVar("Result")


def main() -> None:
    """Print the table of shapes, and the comparison on real files where there are any."""
    print(
        f"{'ms of CPU':44}{'read':>8}{'settle':>8}{'both':>8}{'again':>8}{'+Protego':>10}"
    )
    worst = 0.0
    for name, (body, url) in shapes().items():
        read, first, again, asked = _measured(body, url)
        worst = max(worst, read + first)
        print(
            f"{name:44}{read:8.1f}{first:8.1f}{read + first:8.1f}{again:8.1f}{asked:10.1f}"
        )
    print(
        f"robots: at most {worst:.1f} ms of CPU for a file made to hurt, and its first URL"
    )
    if REAL.is_dir():
        compare()


def shapes() -> dict[str, Shape]:
    """Return the files that are made to hurt, by name, each with a URL to ask for."""
    return {
        **_of_names(),
        **_of_rules(),
        **_of_octets(),
        **_of_lines(),
    }


def _of_names() -> dict[str, Shape]:
    most = range(robots.AGENT_LIMIT)
    names = [f"User-agent: b{n}" for n in most]
    rules = [f"Disallow: /{n}" for n in range(robots.LINE_LIMIT)]
    words = " ".join(f"w{n}" for n in range(SIZE // 7))
    unknown = (f"Foo: {n}" for n in range(robots.FILE_LINE_LIMIT - 2 * robots.AGENT_LIMIT))
    pairs = (f"User-agent: *\nUser-agent: {n}\nAllow: /{n}" for n in most[2::2])
    return {
        "product bomb, as many names as are read": _filled([*names, *rules]),
        "product bomb, 12,000 names": _filled(
            [*(f"User-agent: b{n}" for n in range(12_000)), *rules]
        ),
        "product bomb, 440 names": _filled([*names[:440], *rules]),
        "only user-agent lines": _repeated("User-agent: bot-{n}"),
        "2,048 names of three words": _filled(f"User-agent: {n} x y (z)" for n in most),
        "2,048 wildcard names": _filled(f"User-agent: *{n}*a*b*c*d" for n in most),
        "9,900 global groups": _repeated("User-agent: *\nDisallow: /{n}/*b"),
        "2,048 global groups": _filled(f"User-agent: *\nDisallow: /{n}/*b" for n in most),
        "1,023 groups in two readings": _filled(
            ["User-agent: *\nFoo: 1", *pairs, *unknown]
        ),
        "one User-Agent header of 64 KiB": _filled(
            [f"User-agent: Mozilla/5.0 {words}"[: robots.NAME_LIMIT]]
        ),
        "one User-Agent header of 500 KiB": _filled([f"User-agent: Mozilla/5.0 {words}"]),
    }


def _of_rules() -> dict[str, Shape]:
    most = range(robots.LINE_LIMIT - 1)
    stars = "*a" * 56
    return {
        "10,000 wildcard rules": _filled(
            ["User-agent: *", *(f"Disallow: /*a*{n}*a*b" for n in range(10_000))]
        ),
        "4,095 wildcard rules": _filled(
            ["User-agent: *", *(f"Disallow: /*a*a*{n}" for n in most)]
        ),
        "4,095 wildcard rules of 56 stars": _filled(
            ["User-agent: *", *(f"Disallow: /{stars}{n}" for n in most)], url=SHORT_URL
        ),
        "2,200 wildcard rules of 56 stars": _filled(
            ["User-agent: *", *(f"Disallow: /{stars}{n}" for n in most[:2200])],
            url=SHORT_URL,
        ),
        "290 wildcard rules of 56 stars": _filled(
            ["User-agent: *", *(f"Disallow: /{stars}{n}" for n in most[:290])]
        ),
        "4,095 rules that nearly match": _filled(
            ["User-agent: *", *(f"Disallow: /{'a' * 58}{n}" for n in most)]
        ),
        "literals that nearly match": _filled(
            [
                "User-agent: *",
                *(f"Allow: /*{'a' * n}b{'a' * (250 - n)}" for n in range(128)),
            ]
        ),
        "literals that nearly match, URL of 1,000": _filled(
            [
                "User-agent: *",
                *(f"Allow: /*{'a' * n}b{'a' * (250 - n)}" for n in range(250)),
            ],
            url=LONG_URL[:1000],
        ),
        "12,285 rules of three crawlers": _filled(
            f"User-agent: {name}\n" + "\n".join(f"Allow: /{name}{n}" for n in most)
            for name in (TOKEN, "b", "c")
        ),
    }


def _of_octets() -> dict[str, Shape]:
    rule = b"User-agent: *\nDisallow: /"
    return {
        "one rule of 500 KiB": (_long(rule, b"a"), LONG_URL),
        "one rule of 250 KiB": (_long(rule, b"a", 262_100), LONG_URL),
        "one rule of 250 KiB of escapes": (_long(rule, b"%61", 262_100), LONG_URL),
        "one rule of 250 KiB of lower case escapes": (
            _long(rule, b"%2f", 262_100),
            LONG_URL,
        ),
        "one rule of 250 KiB of stars": (_long(rule, b"*", 262_100), LONG_URL),
        "one rule of 250 KiB of stars and letters": (_long(rule, b"*a", 262_100), LONG_URL),
        "one rule of 250 KiB of Chinese": (
            _long(rule, "漢".encode(), 262_100),
            LONG_URL,
        ),
        "one rule of octets that are not UTF-8": (_long(rule, b"\xff"), LONG_URL),
        "one key of octets that are not UTF-8": (_long(b"Dis", b"\xff"), LONG_URL),
        "lines of octets that are not UTF-8": _repeated(
            "Foo: \udcff{n}\udcff\udcfe\udcfda"
        ),
        "byte order marks": (_long(b"", b"\xef\xbb\xbf"), LONG_URL),
        "UTF-16": (
            "\ufeffUser-agent: *\n".ljust(SIZE // 2 - 1, "é").encode("utf-16"),
            LONG_URL,
        ),
        "NUL": (_long(rule, b"\0"), LONG_URL),
        "one line of words": (_long(b"", b"a "), LONG_URL),
        "one line of colons": (_long(b"", b":"), LONG_URL),
        "one key of spaces": (_long(b"user", b" "), LONG_URL),
    }


def _of_lines() -> dict[str, Shape]:
    limit = robots.FILE_LINE_LIMIT
    return {
        "empty lines": (_long(b"", b"\n"), LONG_URL),
        "lines that end in CR": (_long(b"", b"a:\r"), LONG_URL),
        "lines that end in CRLF": (_long(b"", b"a:\r\n"), LONG_URL),
        "170,000 tiny lines": (_long(b"", b"a:\n"), LONG_URL),
        "13,000 unknown lines": _filled(f"k{n}: {n}" for n in range(limit)),
        "13,000 lines without a colon": _filled(f"k{n} {n} x" for n in range(limit)),
        "13,000 lines with a damaged key": _filled(f"é\x01k{n}: {n}" for n in range(limit)),
        "13,000 comments": _filled(f"# {n} {'x' * 20}" for n in range(limit)),
        "13,000 sitemaps": _filled(f"Sitemap: /{n}" for n in range(limit)),
        "one comment of 500 KiB": (_long(b"#", b"#"), LONG_URL),
    }


def _filled(lines: Iterable[str], url: str = LONG_URL) -> Shape:
    return "\n".join(lines).encode()[:SIZE], url


def _repeated(line: str) -> Shape:
    lines = (line.format(n=n) for n in range(SIZE // len(line) + 1))
    return "\n".join(lines).encode("utf-8", "surrogateescape")[:SIZE], LONG_URL


def _long(start: bytes, part: bytes, size: int = SIZE) -> bytes:
    return start + part * ((size - len(start)) // len(part))


def _measured(body: bytes, url: str) -> tuple[float, float, float, float]:
    """Return the least ms of reading, settling, settling again, and all with Protego."""
    rounds = [_round(body, url) for _ in range(ROUNDS)]
    # What else the machine does only ever adds, so that the least is nearest to the cost.
    read, first, again, asked = map(min, zip(*rounds, strict=True))
    return read, first, again, asked


def _round(body: bytes, url: str) -> tuple[float, float, float, float]:
    _forget()
    read, file = _timed(lambda: robots.read(body))
    first, ours = _timed(lambda: robots.settle(file, url=url, token=TOKEN))
    again, _ = _timed(lambda: robots.settle(file, url=f"{url[:-1]}b", token=TOKEN))
    asked, _ = _timed(lambda: second_reader.compare(body, url=url, token=TOKEN, ours=ours))
    return read, first, again, read + first + asked


def _forget() -> None:
    """Empty the caches, so that each round is the first, and leave no litter to others."""
    for module in (robots, pattern, second_reader):
        for one in vars(module).values():
            if hasattr(one, "cache_clear"):
                one.cache_clear()
    gc.collect()


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    started = time.process_time()
    result = work()
    return 1000 * (time.process_time() - started), result


def compare() -> None:
    """Compare the cost of typical files with Protego's."""
    bodies = [
        path.read_bytes()
        for folder in ("top1k_2024-07-14", "usgov_2025-03")
        for path in sorted((REAL / folder).iterdir())
    ]
    url = "https://site.example/a/b?c=d"
    rounds = [_asked(bodies, url) for _ in range(ROUNDS)]
    ours, theirs = min(rounds, key=lambda one: sum(one[0]))
    print(
        f"robots: read and settle take {statistics.median(ours):.3f} ms of CPU of a real "
        f"file (median; {sum(ours):.0f} ms for all {len(bodies)}, {max(ours):.1f} ms at "
        f"most) against {statistics.median(theirs):.3f} ms ({sum(theirs):.0f} ms, "
        f"{max(theirs):.1f} ms) of Protego's parse and can_fetch: "
        f"{sum(theirs) / sum(ours):.2f} times as fast"
    )


def _asked(bodies: list[bytes], url: str) -> tuple[list[float], list[float]]:
    """Return the ms that each file costs us, and Protego, without collecting garbage."""
    _forget()
    gc.disable()
    try:
        ours = [_timed(partial(_ask_us, body, url))[0] for body in bodies]
        theirs = [_timed(partial(_ask_protego, body, url))[0] for body in bodies]
    finally:
        gc.enable()
    return ours, theirs


def _ask_us(body: bytes, url: str) -> bool:
    return robots.settle(robots.read(body), url=url, token=TOKEN).allows


def _ask_protego(body: bytes, url: str) -> bool:
    return Protego.parse(body.decode("utf-8-sig", "ignore")).can_fetch(url, TOKEN)


if __name__ == "__main__":
    main()
