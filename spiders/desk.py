"""The desk where the judge is asked: the policy files seen so far, and what follows.

No network here. The gate fetches what the judge wants and lays it on the desk.
"""

from collections import ChainMap
from dataclasses import dataclass, replace
from typing import Final

from pipeline.archive import ARCHIVE, QUARANTINE, Place, exchange_of
from pipeline.clock import Clock, machine
from pipeline.ending import Ending, ending_of
from pipeline.judge import MAX_AGE, judge, policy_file_judgement, revalidated
from pipeline.model import Capture, Exchange, Exchanges, Judgement, Policy
from pipeline.twins import is_comparable
from pipeline.vocab import Reason, Stage, Verdict
from spiders.notes import Decided
from spiders.record import Recorder

POLICY: Final = "policy"
SITEMAP: Final = "sitemap"
FEED: Final = "feed"
PAGE: Final = "page"

_NOT_MODIFIED: Final = 304
_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A page's answer as the judge sees it; ``basis`` numbers what it was laid over."""

    capture: Capture
    exchange: Exchange
    judgement: Judgement
    basis: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a page's answer came to: the judgement, and how the URL ended by it."""

    judgement: Judgement
    exchange: Exchange
    ending: Ending


class Desk:
    """The judge's table for one crawl: policy files in, written decisions out."""

    def __init__(
        self,
        policy: Policy,
        recorder: Recorder,
        *,
        clock: Clock = machine,
    ) -> None:
        self._policy = policy
        self._license_pages = frozenset(s.evidence_url for s in policy.statements)
        self._recorder = recorder
        self._clock = clock
        self._known: dict[str, Exchange] = {}
        self._numbers: dict[str, int] = {}

    def ask(self, url: str) -> Judgement:
        """Return what may be said of a URL before it is fetched."""
        return judge(url, self._before(url), policy=self._policy, now=self._clock())

    def learn(self, capture: Capture, *, place: Place | None = None) -> None:
        """Take in a policy file's exchange, good or bad, and write it down."""
        number = self._recorder.exchange(
            capture, kind=POLICY, store=ARCHIVE if capture.status else None, place=place
        )
        self.lay(exchange_of(capture), number)

    def known(self, url: str) -> tuple[Exchange, int] | None:
        """Return a policy file that was read within a day, and its number."""
        exchange = self._known.get(url)
        read_at = exchange.read_at if exchange is not None else None
        if exchange is None or read_at is None or self._clock() - read_at > MAX_AGE:
            return None
        return exchange, self._numbers[url]

    def lay(self, exchange: Exchange, number: int) -> None:
        """Lay an exchange on the desk that is written down already."""
        self._known[exchange.url] = exchange
        self._numbers[exchange.url] = number

    def admit_policy_file(self, url: str) -> None:
        """Write down leave to ask for a policy file."""
        decided = self.decide(policy_file_judgement(url), Stage.ACQUISITION)
        now = self._clock()
        self._recorder.permitted(decided, "GET", url, kind=POLICY, now=now)

    def admit_license_page(self, url: str) -> bool:
        """Write down leave to ask for a page that states the license of its site.

        It is no policy file: its own robots.txt decides. What is said of its use does not
        matter, since it is read as a license is, and its text goes into no corpus by this.
        """
        judgement = self.ask(url)
        is_open = judgement.acquisition.verdict is Verdict.ADMIT
        if is_open:
            self.admit(judgement, kind=POLICY)
        return is_open

    def admit(self, judgement: Judgement, *, kind: str) -> None:
        """Write down an admitting decision and leave for one request by it."""
        decided = self.decide(judgement, Stage.ACQUISITION)
        now = self._clock()
        self._recorder.permitted(decided, "GET", judgement.url, kind=kind, now=now)

    def turn_away(self, judgement: Judgement) -> Ending:
        """Write down why a URL is not asked for; return how it ended."""
        acquisition = judgement.acquisition
        self.decide(judgement, Stage.ACQUISITION)
        if acquisition.verdict is Verdict.DEFER:
            ending = Ending(
                url=judgement.url, outcome="deferred", reason=acquisition.reason
            )
        elif acquisition.verdict is Verdict.REFUSE:
            ending = Ending(url=judgement.url, outcome="refused", reason=acquisition.reason)
        else:
            # Use is refused already: to fetch it would be a cost to the host for nothing.
            self.decide(judgement, Stage.USAGE)
            reason = judgement.usage.reason
            ending = Ending(
                url=judgement.url, outcome="refused", reason=reason, detail="not fetched"
            )
        self.end(ending)
        return ending

    def examine(
        self, capture: Capture, *, previous: tuple[Exchange, int] | None = None
    ) -> Examined:
        """Judge a page again with its headers and body, without writing anything down.

        ``previous`` is the kept page that a 304 speaks of, and its number.
        """
        exchange = exchange_of(capture)
        if exchange.status == _NOT_MODIFIED and previous is not None:
            exchange = revalidated(previous[0], exchange)
        known = ChainMap({capture.url: exchange}, self._known)
        judgement = judge(capture.url, known, policy=self._policy, now=self._clock())
        return Examined(
            capture=capture,
            exchange=exchange,
            judgement=judgement,
            basis=(previous[1],) if previous else (),
        )

    def receive(self, examined: Examined, *, place: Place | None = None) -> Received:
        """Write down what a page came to; keep what may be kept."""
        capture, judgement = examined.capture, examined.judgement
        ending = ending_of(judgement, examined.exchange, answered=capture.status)
        store = {"admitted": ARCHIVE, "held": QUARANTINE}.get(ending.outcome)
        number = self._recorder.exchange(capture, kind=PAGE, store=store, place=place)
        inputs = (*examined.basis, number)
        if judgement.acquisition.verdict is not Verdict.ADMIT:
            self.decide(judgement, Stage.ACQUISITION, page=inputs)
        if ending.outcome in {"admitted", "held", "refused"}:
            self.decide(judgement, Stage.USAGE, page=inputs)
            said = judgement.usage.reason, judgement.preferences
            if is_comparable(*said, policy=self._policy):
                self._recorder.compared(examined.exchange, number)
        return Received(
            judgement=judgement,
            exchange=examined.exchange,
            ending=replace(ending, exchange=number),
        )

    def keep_list(self, capture: Capture, *, kind: str, place: Place | None = None) -> int:
        """Write a sitemap or a feed down; return its number."""
        store = ARCHIVE if capture.status == _OK else None
        return self._recorder.exchange(capture, kind=kind, store=store, place=place)

    def keep_failure(self, capture: Capture, *, kind: str) -> int:
        """Write down that no whole answer came; return the number of the exchange."""
        return self._recorder.exchange(capture, kind=kind, store=None)

    def end(self, ending: Ending) -> None:
        """Write down how a URL ended."""
        self._recorder.ended(ending, now=self._clock())

    def decide(
        self, judgement: Judgement, stage: Stage, *, page: tuple[int, ...] = ()
    ) -> Decided:
        """Write down one of a judgement's decisions with the exchanges it rests on."""
        own = self._license_pages & {judgement.url}
        used = (u for u in judgement.used if u not in own)
        seen = [self._numbers[u] for u in used if u in self._numbers]
        return self._recorder.decided(
            judgement, stage, inputs=(*seen, *page), now=self._clock()
        )

    def _before(self, url: str) -> Exchanges:
        """Return what is known before a URL is asked for as a page.

        That it was read for a license is not an answer to that.
        """
        if url not in self._license_pages:
            return self._known
        return {one: each for one, each in self._known.items() if one != url}

    def hurry(self) -> None:
        """Have what waits for the disk written soon."""
        self._recorder.hurry()

    async def durable(self, *, is_urgent: bool = False) -> None:
        """Return when all that was written down is on the disk."""
        await self._recorder.durable(is_urgent=is_urgent)


def is_admitted(judgement: Judgement, *, judges_usage: bool = True) -> bool:
    """Say whether a page may be asked for: fetching is admitted, use not yet refused."""
    is_refused = (
        judgement.usage.verdict is Verdict.REFUSE
        and judgement.usage.reason is not Reason.NOT_CAPTURED
    )
    return (
        judgement.acquisition.verdict is Verdict.ADMIT
        and not judgement.wanted
        and not (judges_usage and is_refused)
    )
