"""A corpus of a few pages, made with the real desk, recorder, archive and ledger."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pipeline.consent import crawlers
from pipeline.ledger.rows import DocumentRow, DropRow, ReleaseRow, Run
from pipeline.ledger.store import Ledger
from pipeline.manifest import digest, parse
from pipeline.model import Capture, Exchange, digest_of
from pipeline.vocab import Stage
from spiders.desk import PAGE, Desk, Received, is_admitted
from spiders.frontier import Found
from spiders.record import LedgerRecorder

NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
SITE: Final = "http://a.example"
BY: Final = "https://creativecommons.org/licenses/by/4.0/"
FREE: Final = (
    f'<main><p>Tide.</p></main><footer><a rel="license" href="{BY}">BY</a></footer>'
)

MANIFEST: Final = """\
name = "small"
version = "1.0.0"
purpose = "To be audited."
intended_uses = ["Tests."]
[curator]
name = "Ines Thorne"
url = "http://curator.example/about"
email = "ines@curator.example"
[[sources]]
urls = ["http://a.example/"]
[licenses]
allow = ["CC-BY"]
"""

Answer = tuple[int, dict[str, str], str]


def html(body: str, **headers: str) -> Answer:
    """Return a page as a host answers it; underscores in names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return 200, {"Content-Type": "text/html; charset=utf-8", **named}, body


def text(body: str) -> Answer:
    """Return a text file as a host answers it."""
    return 200, {"Content-Type": "text/plain"}, body


class SmallCorpus:
    """One run of collect without a network: ``web`` says what each URL answers."""

    def __init__(
        self, folder: Path, web: Mapping[str, Answer], *, manifest: str = MANIFEST
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.web = dict(web)
        self.now = NOW
        self.ledger = Ledger(folder)
        run = self.ledger.number("run")
        software = "Estovers/test"
        row = Run(
            run,
            "collect",
            self.tick(),
            software,
            digest(manifest),
            manifest,
            list(crawlers.training_tokens(crawlers.load())),
        )
        self.ledger.append([row])
        self.recorder = LedgerRecorder(self.ledger, folder, run=run, software=software)
        self.recorder.visit = self.ledger.last("visit") + 1
        policy = parse(manifest, source="small").policy(
            crawlers.training_tokens(crawlers.load())
        )
        self.desk = Desk(policy, self.recorder, clock=self.tick)

    def tick(self) -> datetime:
        """Return a moment a little later than the last."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def answer(self, url: str) -> Capture:
        """Return what the web answers for a URL."""
        status, headers, body = self.web.get(url, (404, {}, "No such page."))
        return Capture(
            url=url,
            read_at=self.tick(),
            status=status,
            headers=tuple(headers.items()),
            payload=body.encode(),
        )

    def found(self, url: str, *, kind: str = "link", in_depth: bool = True) -> None:
        """Write down that a URL was found."""
        via = None if kind in {"seed", "warc"} else f"{SITE}/"
        one = Found(url=url, via=via, kind=kind, source=0, depth=0, in_depth=in_depth)
        self.recorder.discovered([one])

    def visit(
        self,
        path: str,
        *,
        kind: str = "link",
        previous: tuple[Exchange, int] | None = None,
    ) -> Received | None:
        """Take a page through gate and capture; None where the gate turns it away."""
        url = f"{SITE}{path}"
        self.found(url, kind=kind)
        judgement = self.desk.ask(url)
        while judgement.wanted:
            for wanted in judgement.wanted:
                self.desk.admit_policy_file(wanted)
                self.desk.learn(self.answer(wanted))
            judgement = self.desk.ask(url)
        received = None
        if not is_admitted(judgement):
            self.desk.turn_away(judgement)
        else:
            if kind == "warc":
                self.desk.decide(judgement, Stage.ACQUISITION)
            else:
                self.desk.admit(judgement, kind=PAGE)
            received = self.desk.receive(
                self.desk.examine(self.answer(url), previous=previous)
            )
            self.desk.end(received.ending)
        self.recorder.flush()
        return received

    def release(self, *paths: str, drops: Mapping[str, str] | None = None) -> None:
        """Write down a release that has a document of each path."""
        name = "release-1"
        for path in paths:
            url = f"{SITE}{path}"
            query = (
                "SELECT decision, license FROM decisions WHERE url = ? AND stage = 'usage'"
            )
            decided = self.ledger.connection.execute(query, [url]).fetchone() or ("", "")
            self.ledger.append(
                [
                    DocumentRow(
                        release=name,
                        id=f"id-of-{path}",
                        url=url,
                        title="Tide",
                        title_locator="title",
                        authors=[],
                        author_locator=None,
                        notice=None,
                        license_notice=None,
                        disclaimer=None,
                        published=None,
                        text="Tide.",
                        split="train",
                        language="en",
                        language_declared="en",
                        language_confidence=0.99,
                        license=str(decided[1]),
                        license_url=BY,
                        changes="boilerplate removed",
                        repeated_characters=0,
                        attribution="“Tide”, a.example, CC BY 4.0",
                        capture_digest=digest_of(self.web[url][2].encode()),
                        decisions=[str(decided[0])],
                    )
                ]
            )
        for path, reason in (drops or {}).items():
            self.ledger.append([DropRow(name, f"{SITE}{path}", reason, "", None)])
        run = self.ledger.last("run")
        self.ledger.append([ReleaseRow(self.ledger.number("release"), name, run, "{}")])

    def close(self) -> None:
        """Put all on the disk and let go of it."""
        self.recorder.close()
        self.ledger.commit()
        self.ledger.close()
