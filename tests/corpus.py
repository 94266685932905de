"""A small corpus, written by the production code without a web: pages in, a ledger out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from pipeline import manifest as manifests
from pipeline import named, replay
from pipeline.build import Curated, curate
from pipeline.build import Order as Curation
from pipeline.consent import crawlers
from pipeline.engine import Engine
from pipeline.ledger import history
from pipeline.ledger.rows import Run
from pipeline.ledger.store import FILE_NAME, Ledger
from pipeline.manifest import Manifest
from pipeline.model import Capture
from pipeline.publish.attestation import Key
from pipeline.publish.release import Order, Published, publish
from pipeline.rules import name_of, policy_of
from spiders.desk import PAGE, Desk
from spiders.record import LedgerRecorder

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

MANIFEST = """
name = "essays"
version = "1.0.0"
purpose = "To test what a corpus becomes."
intended_uses = ["Tests."]
[curator]
name = "Ada Curator"
url = "https://curator.example/corpus"
email = "corpus@curator.example"
[[sources]]
urls = ["https://essays.example/"]
[licenses]
allow = ["CC0-1.0", "CC-BY", "CC-BY-SA"]
"""

BY = "https://creativecommons.org/licenses/by/4.0/"
BY_SA = "https://creativecommons.org/licenses/by-sa/4.0/"
BY_NC = "https://creativecommons.org/licenses/by-nc/4.0/"

ESSAY = (
    "A commons is not a place without rules. It is a place whose rules are made by those "
    "who use it, and changed by them when the seasons or the numbers change."
)


def html(
    text: str = ESSAY,
    *,
    title: str = "An essay",
    license_: str = BY,
    lang: str = "en",
    head: str = "",
) -> str:
    """Return a page with one paragraph of text and a license in its footer."""
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><title>{title}</title>{head}</head>'
        f"<body><nav><a href='/'>Home</a></nav><main><article><h1>{title}</h1>"
        f"<p>{text}</p></article></main><footer><p>This work is licensed under a "
        f'<a rel="license" href="{license_}">Creative Commons license</a>.</p></footer>'
        "</body></html>"
    )


@cache
def empty_ledger() -> bytes:
    """Return the file that a ledger begins as, made once: its comments take 0.1 s."""
    with TemporaryDirectory() as folder:
        Ledger(Path(folder)).close()
        return (Path(folder) / FILE_NAME).read_bytes()


@dataclass(slots=True)
class SmallCorpus:
    """A corpus' folder, its ledger and what its hosts answer."""

    folder: Path
    text: str = MANIFEST
    now: datetime = NOW
    files: dict[str, str] = field(default_factory=dict)
    ledger: Ledger = field(init=False)
    manifest: Manifest = field(init=False)
    recorder: LedgerRecorder = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / FILE_NAME).exists():
            (self.folder / FILE_NAME).write_bytes(empty_ledger())
        self.ledger = Ledger(self.folder)
        self.manifest = manifests.parse(self.text, source="test.toml")
        run = self.run("collect")
        self.recorder = LedgerRecorder(self.ledger, self.folder, run=run, software="test/1")
        self.recorder.visit = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.recorder.close()
        self.ledger.close()

    def reopen(self) -> None:
        """Open the ledger again that another writer had meanwhile."""
        self.ledger = Ledger(self.folder)
        visit, run = self.recorder.visit, self.run("collect")
        self.recorder = LedgerRecorder(self.ledger, self.folder, run=run, software="test/1")
        self.recorder.visit = visit

    def run(self, verb: str) -> int:
        number = self.ledger.number("run")
        digest = manifests.digest(self.text)
        self.ledger.append(
            [
                Run(
                    number,
                    verb,
                    self.now,
                    "test/1",
                    digest,
                    self.text,
                    list(crawlers.training_tokens(crawlers.load())),
                    name_of(policy_of(self.manifest)),
                )
            ]
        )
        return number

    def rule(self, text: str) -> None:
        """Go on under another manifest."""
        self.text = text
        self.manifest = manifests.parse(text, source="test.toml")

    def visit(self, pages: Mapping[str, str], **headers: str) -> dict[str, str]:
        """Ask for pages, in order, and return how each of them ended."""
        desk = self._desk()
        return {
            url: self._fetch(desk, url, body=body, headers=headers)
            for url, body in pages.items()
        }

    def unchanged(self, urls: Iterable[str]) -> None:
        """Visit again: each page answers 304 to a conditional request."""
        self.recorder.visit += 1
        pages = history.kept_pages(self.ledger.connection, self.recorder.visit)
        kept = {past.url: past for past in pages}
        desk = self._desk()
        for url in urls:
            self._admit(desk, url)
            previous = (replay.exchange_of(self.folder, kept[url]), kept[url].number)
            received = desk.receive(
                desk.examine(self._capture(url, 304, ""), previous=previous)
            )
            desk.end(replace(received.ending, outcome="unchanged"))
        self.recorder.flush()

    def curate(
        self, *, later: timedelta = timedelta(hours=1), engine: Engine | None = None
    ) -> Curated:
        order = Curation(
            manifest=self.manifest,
            run=self.run("curate"),
            now=self.now + later,
            named=named.read(self.folder.parent, self.manifest.filters.against),
            engine=engine,
        )
        return curate(self.ledger, order)

    def publish(self, *, key: Key | None = None, strict: bool = False) -> Published:
        order = Order(manifest=self.manifest, key=key, strict=strict)
        return publish(self.ledger, self.folder, order, run=self.run("publish"))

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self.ledger.connection.execute(query).fetchall()

    def _desk(self) -> Desk:
        tokens = crawlers.training_tokens(crawlers.load())
        policy = self.manifest.policy(tokens)
        return Desk(policy, self.recorder, clock=lambda: self.now)

    def _admit(self, desk: Desk, url: str) -> bool:
        judgement = desk.ask(url)
        while judgement.wanted:
            for wanted in judgement.wanted:
                desk.admit_policy_file(wanted)
                body = self.files.get(wanted)
                desk.learn(
                    self._capture(
                        wanted, 200 if body else 404, body or "", content_type="text/plain"
                    )
                )
            judgement = desk.ask(url)
        if judgement.acquisition.verdict == "admit":
            desk.admit(judgement, kind=PAGE)
            return True
        desk.turn_away(judgement)
        return False

    def _fetch(self, desk: Desk, url: str, *, body: str, headers: Mapping[str, str]) -> str:
        outcome = "refused"
        if self._admit(desk, url):
            received = desk.receive(desk.examine(self._capture(url, 200, body, **headers)))
            desk.end(received.ending)
            outcome = received.ending.outcome
        self.recorder.flush()
        return outcome

    def _capture(
        self,
        url: str,
        status: int,
        body: str,
        *,
        content_type: str = "text/html",
        **more: str,
    ) -> Capture:
        extra = tuple((name.replace("_", "-"), value) for name, value in more.items())
        return Capture(
            url=url, read_at=self.now, status=status, reason="",
            headers=(("Content-Type", f"{content_type}; charset=utf-8"), *extra),
            payload=body.encode(), seconds=0.1,
        )  # fmt: skip
