"""The ledger of a corpus that never was: hosts, pages, refusals, decisions, documents.

Everything is made of numbers, so that the same size gives the same rows.
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate

from pipeline.ledger.rows import (
    DecisionRow,
    Discovery,
    DocumentRow,
    DropRow,
    EvidenceRow,
    ExchangeRow,
    OutcomeRow,
    ReleaseRow,
    Row,
    Run,
    RunEnd,
)
from pipeline.ledger.store import Ledger
from pipeline.manifest import SOFTWARE, SOFTWARE_VERSION, digest

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

MANIFEST = """
name = "bench"
version = "1.0.0"
purpose = "To measure."
intended_uses = ["Measuring."]
[curator]
name = "Bench"
url = "https://bench.example/about"
email = "bench@bench.example"
[[sources]]
urls = ["https://bench.example/"]
[licenses]
allow = ["CC0-1.0", "CC-BY", "CC-BY-SA"]
"""

WORDS = 450
BATCH = 20_000

LICENSES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC-BY-SA-3.0": "https://creativecommons.org/licenses/by-sa/3.0/",
    "CC-BY-2.0": "https://creativecommons.org/licenses/by/2.0/",
}
LANGUAGES = ("en", "de", "fr", "es", "mi")
POLICIES = ("robots.txt", ".well-known/tdmrep.json", "ai.txt")

# Of a page that is not admitted: its outcome, the reason, whether it was asked for, and
# how many of a hundred end so.
FATES = (
    ("refused", "robots.disallows", False, 22),
    ("refused", "robots.access-refused", False, 3),
    ("refused", "license.none-found", True, 25),
    ("refused", "license.not-allowed", True, 10),
    ("refused", "preference.disallows", True, 12),
    ("held", "license.rights-reserved", True, 4),
    ("held", "license.republished", True, 4),
    ("redirected", "capture.none", True, 6),
    ("gone", "capture.none", True, 2),
    ("deferred", "robots.unreachable", False, 4),
    ("waiting", "", False, 8),
)
DROPS = ("duplicate.exact", "text.too-short", "language.not-wanted")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page of the made-up web: what is known of it before anything is asked."""

    number: int
    url: str
    host: int
    language: str
    license: str
    outcome: str
    reason: str
    is_fetched: bool


class Web:
    """Hosts and pages that are made of numbers, the same for the same size."""

    def __init__(self, documents: int) -> None:
        self.admitted = documents + documents // 10
        self.size = 3 * documents
        count = max(20, 3 * documents // 100)
        self.hosts = [_host(n) for n in range(count)]
        # A few hosts have many pages, and many have a few.
        self._shares = list(accumulate(1 / (n + count / 50) for n in range(count)))
        chance = random.Random(1)
        self._words = {
            language: ["".join(chance.choices(_SYLLABLES, k=chance.choice(_LENGTHS)))
                       for _ in range(4000)]
            for language in LANGUAGES
        }  # fmt: skip

    def page(self, number: int) -> _Page:
        """Return a page by its number; those that are admitted come first."""
        chance = random.Random(number)
        host = chance.choices(range(len(self.hosts)), cum_weights=self._shares)[0]
        outcome, reason, is_fetched = "admitted", "license.admits", True
        if number >= self.admitted:
            fates = chance.choices(FATES, weights=[each[3] for each in FATES])
            outcome, reason, is_fetched, _ = fates[0]
        return _Page(
            number=number,
            url=f"https://{self.hosts[host]}/{chance.choice(_PATHS)}/{number}.html",
            host=host,
            language=LANGUAGES[host % 7 % len(LANGUAGES)],
            license=[*LICENSES][host % 11 % len(LICENSES)],
            outcome=outcome,
            reason=reason,
            is_fetched=is_fetched,
        )

    def text(self, page: _Page, *, release: int) -> str:
        """Return the text of a page; of some it is another in each release."""
        version = release if page.number % 110 in _CHANGED else 1
        chance = random.Random(f"{page.number} {version}")
        words = chance.choices(
            self._words[page.language], k=20 + int(chance.expovariate(1 / WORDS))
        )
        lines = [" ".join(words[at : at + 60]) for at in range(0, len(words), 60)]
        return f"{page.number} " + "\n".join(lines)

    def policies(self) -> Iterator[Row]:
        """Yield the exchanges for what each host says of itself."""
        for number, host in enumerate(self.hosts):
            for n, place in enumerate(POLICIES):
                url = f"https://{host}/{place}"
                status = 200 if place == "robots.txt" and number % 4 else 404
                yield _exchange(_policy(number, n), url, "policy", status=status)

    def fetched(self) -> Iterator[tuple[int, _Page]]:
        """Yield the pages in the order of the crawl, each with its exchange's number."""
        numbers = list(range(self.size))
        random.Random(1).shuffle(numbers)
        for nth, number in enumerate(numbers):
            yield _policy(len(self.hosts), 0) + nth, self.page(number)

    def pages(self) -> Iterator[Row]:
        """Yield what is in the ledger of each page."""
        for nth, (exchange, page) in enumerate(self.fetched()):
            yield Discovery(
                1, page.url, self.hosts[page.host], None, "link", 0, 2, in_depth=True, run=1
            )
            if page.outcome == "waiting":
                continue
            if page.is_fetched:
                status = {"redirected": 301, "gone": 410}.get(page.outcome, 200)
                yield _exchange(exchange, page.url, "page", status=status)
            yield OutcomeRow(
                1, page.url, page.outcome, page.reason, "",
                exchange if page.is_fetched else None, 1, NOW,
            )  # fmt: skip
            yield from self._decided(page, 2 * nth + 1, exchange)

    def _decided(self, page: _Page, seq: int, exchange: int) -> Iterator[Row]:
        inputs = [_policy(page.host, n) for n in range(len(POLICIES))]
        deferred = "defer" if page.outcome == "deferred" else "refuse"
        acquisition = ("admit", "robots.allows")
        yield from self._decision(
            page,
            acquisition if page.is_fetched else (deferred, page.reason),
            stage="acquisition",
            seq=seq,
            inputs=inputs[:1],
        )
        if page.is_fetched and page.outcome in _VERDICTS:
            yield from self._decision(
                page,
                (_VERDICTS[page.outcome], page.reason),
                stage="usage",
                seq=seq + 1,
                inputs=[*inputs, exchange],
            )

    def _decision(
        self, page: _Page, said: tuple[str, str], *, stage: str, seq: int, inputs: list[int]
    ) -> Iterator[Row]:
        name = _name(page, stage)
        verdict, reason = said
        is_disallowed = reason == "preference.disallows"
        preferences = {"train-ai": "disallowed" if is_disallowed else "unknown"}
        yield DecisionRow(
            name, seq, 1, 1, page.url, stage, verdict, reason,
            page.license if (stage, verdict) == ("usage", "admit") else None,
            NOW, inputs, json.dumps(preferences),
        )  # fmt: skip
        robots = f"https://{self.hosts[page.host]}/robots.txt"
        for n, read in enumerate(_READ[: 3 if stage == "acquisition" else None]):
            signal, says, locator, quote, clause, parser = read
            source = robots if signal in {None, "robots"} else page.url
            yield EvidenceRow(
                name, seq, n, signal, says or (signal and page.license), source, locator,
                10 + page.host % 40 if source == robots else None,
                quote.format(page=page), clause, _digest(source), 200, NOW, [], parser,
            )  # fmt: skip

    def name(self, release: int) -> str:
        """Return the name of a release."""
        return _digest(f"release {release} of {self.admitted}")

    def documents(self, release: int) -> Iterator[Row]:
        """Yield the documents and drops of a release."""
        name = self.name(release)
        for number in range(self.admitted):
            page = self.page(number)
            if _is_dropped(number, release):
                reason = DROPS[number % len(DROPS)]
                twin = self.page(number - number % 11 + 5).url
                is_twin = reason == "duplicate.exact"
                yield DropRow(name, page.url, reason, "", twin if is_twin else None)
            else:
                yield self._document(page, name, self.text(page, release=release))

    def _document(self, page: _Page, release: str, text: str) -> DocumentRow:
        title = f"On {text.split(maxsplit=4)[1:4]} <{page.number}>"
        author = f"Author {page.number % 997} of {self.hosts[page.host]}"
        address = LICENSES[page.license]
        return DocumentRow(
            release, _digest(f"{page.url}\n{text}"), page.url, title, "title",
            [{"name": author, "url": None}], "meta[name=author]",
            f"© 2026 {author}" if page.number % 3 else None,
            f"This work by {author} is licensed under {page.license}.", None,
            f"{2005 + page.number % 20}-0{1 + page.number % 9}", text,
            "train", page.language, page.language, 0.99,
            page.license, address, "Main text extracted.", 0,
            f'"{title}" by {author}, {page.url}, {page.license} ({address})',
            _digest(page.url), [_name(page, "acquisition"), _name(page, "usage")],
        )  # fmt: skip


def append_crawl(ledger: Ledger, web: Web, *, rules: str = "") -> None:
    """Append what a crawl leaves of the whole web, judged by rules of that name."""
    ledger.append(_run_rows(ledger.number("run"), "collect", rules))
    append_rows(ledger, web.policies())
    append_rows(ledger, web.pages())


def append_release(ledger: Ledger, web: Web, release: int) -> None:
    """Append the documents and drops of the first release, or of the second."""
    run = ledger.number("run")
    ledger.append(_run_rows(run, "curate"))
    append_rows(ledger, web.documents(release))
    ledger.append([ReleaseRow(release, web.name(release), run, "{}")])
    ledger.commit()


_CHANGED = {2}
_SYLLABLES = "ba be bi da de do fa fi ga go ka ke la le lo ma mi na no pa ra ri sa".split()
_LENGTHS = (1, 2, 2, 3, 3, 4, 5)
_PATHS = ("essays", "notes", "2024/11", "archive", "wiki/Commons_(land)")
_VERDICTS = {"admitted": "admit", "refused": "refuse", "held": "hold"}

# What a decision rests on: signal, what it says, locator, quote, clause, reader.
_RFC = "RFC 9309 section 2.2.2"
_LICENSE = "HTML Standard, link type license"
_NOTICE = "house rule: a notice is read sentence by sentence"
_LINK = '<a rel="license" href="https://creativecommons.org/">{page.license}</a>'
_SENTENCE = "This work is licensed under {page.license}, page {page.number}."
_JSON_LD = '{{"license": "{page.license}"}}'
_UNKNOWN = "train-ai: unknown"
_READ = (
    (None, None, "line 12", "Allow: /", _RFC, "robots/1 (RFC 9309)"),
    ("robots", _UNKNOWN, "line 14", "User-agent: *", _RFC, "robots/1 (RFC 9309)"),
    ("robots", "search: unknown", "line 15", "Disallow: /private/", _RFC, "robots/1"),
    ("meta", _UNKNOWN, "meta[name=robots]", "index, follow", "house rule", "tags/1"),
    ("license", None, "footer a[rel=license]", _LINK, _LICENSE, "license/1"),
    ("license", None, "footer p", _SENTENCE, _NOTICE, "license/1"),
    ("license", None, "script", _JSON_LD, "schema.org license", "license/1"),
    ("tdmrep", _UNKNOWN, "status", "status 404", "TDMRep section 6", "tdmrep/1"),
)


def _is_dropped(number: int, release: int) -> bool:
    """Say whether an admitted page gives no document: one in eleven, by release."""
    came, went = number % 110 == 0, number % 110 == 1
    return went if release > 1 and (came or went) else number % 11 == 0


def _run_rows(number: int, verb: str, rules: str = "") -> list[Row]:
    software = f"{SOFTWARE}/{SOFTWARE_VERSION}"
    started = NOW + timedelta(hours=number)
    return [
        Run(number, verb, started, software, digest(MANIFEST), MANIFEST, [], rules),
        RunEnd(number, started + timedelta(minutes=30), "complete"),
    ]


def append_rows(ledger: Ledger, rows: Iterable[Row]) -> None:
    """Append rows in batches, each a transaction."""
    for n, row in enumerate(rows, start=1):
        ledger.append([row])
        if n % BATCH == 0:
            ledger.commit()
    ledger.commit()


def _exchange(number: int, url: str, kind: str, *, status: int) -> ExchangeRow:
    is_page = kind == "page"
    return ExchangeRow(
        number, 1, 1, url, kind, status, None, NOW + timedelta(milliseconds=number),
        _digest(url), 9000 + number % 5000 if is_page else 300,
        "text/html; charset=utf-8" if is_page else "text/plain", None, None, None, None,
        "archive", "bench-00001.warc.gz", 700 * number, 700, 0.2,
    )  # fmt: skip


def _policy(host: int, n: int) -> int:
    return 1 + host * len(POLICIES) + n


def _host(number: int) -> str:
    """Return the name of a host; every sixth shares the domain of the one before."""
    domain = f"site{number * 5 // 6}.{('example', 'test')[number * 5 // 6 % 2]}"
    return f"blog.{domain}" if number % 6 == 1 else domain


def _name(page: _Page, stage: str) -> str:
    return sha256(f"{page.url} {stage}".encode()).hexdigest()[:32]


def _digest(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"
