"""Ask about a list of URLs and go home: the policy files, and the pages if wanted."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess, Crawler

from pipeline.model import Exchange, Judgement, Policy
from spiders.desk import PAGE, Desk, is_admitted
from spiders.diary import Diary
from spiders.gate import DESK, KIND, Gate, TurnedAway
from spiders.manners import HostWaits
from spiders.reach import Reach
from spiders.settings import Manner, settings_of
from spiders.shelf import Shelf
from spiders.wire import CAPTURE, REACH, WireFailure

Errand = Callable[[Crawler], Awaitable[None]]
"""What is done inside a crawl."""

_ERRAND: Final = Shelf[Errand]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and how politely."""

    policy: Policy
    manner: Manner
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One URL, and whether its page is asked for as well where it may be."""

    url: str
    fetch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What may be said of one URL; ``detail`` where no judgement could be had."""

    url: str
    judgement: Judgement | None
    exchange: Exchange | None = None
    detail: str = ""

    @property
    def was_fetched(self) -> bool:
        """Say whether the page itself was asked for."""
        return self.exchange is not None


Further = Callable[[Answer], Iterable[Question]]
"""What an answer makes one ask next."""


def _nothing_further(_: Answer) -> Iterable[Question]:
    return ()


def ask(
    questions: Iterable[Question],
    caller: Caller,
    diary: Diary,
    *,
    further: Further = _nothing_further,
) -> list[Answer]:
    """Return an answer for each question, in their order, and for each further one.

    Raises what broke the asking off, so that fewer answers are never all answers.
    """
    answers: list[Answer] = []
    faults: list[Exception] = []
    desk = Desk(caller.policy, diary)
    waiting = deque(questions)

    async def errand(crawler: Crawler) -> None:
        gate = crawler.get_downloader_middleware(Gate)
        if gate is None:
            raise LookupError("the gate is not in place")
        while waiting:
            answers.append(await _answer(waiting[0], crawler, gate=gate, desk=desk))
            await desk.durable()
            waiting.popleft()
            waiting.extend(further(answers[-1]))

    _run(_watched(errand, faults), caller, desk)
    for fault in faults:
        raise fault
    if waiting:
        raise KeyboardInterrupt
    return answers


def _watched(errand: Errand, faults: list[Exception]) -> Errand:
    async def watched(crawler: Crawler) -> None:
        try:
            await errand(crawler)
        except Exception as fault:  # noqa: BLE001  (raised by ask; Scrapy only logs it)
            faults.append(fault)

    return watched


def _run(errand: Errand, caller: Caller, desk: Desk) -> None:
    settings = settings_of(caller.manner)
    settings |= {
        "DOWNLOADER_MIDDLEWARES": {"spiders.gate.Gate": 900},
        "SCHEDULER": "scrapy.core.scheduler.Scheduler",
    }
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(_Errand)
    DESK.put(crawler, desk)
    REACH.put(crawler, caller.reach)
    _ERRAND.put(crawler, errand)
    task = process.crawl(crawler)
    process.start()
    if task.done() and not task.cancelled() and task.exception() is not None:
        raise RuntimeError("asking broke off") from task.exception()


async def _answer(
    question: Question, crawler: Crawler, *, gate: Gate, desk: Desk
) -> Answer:
    url = question.url
    try:
        judgement = await gate.policies.judgement_of(url)
    except HostWaits as waits:
        return Answer(url=url, judgement=None, detail=str(waits))
    if not question.fetch or not is_admitted(judgement) or crawler.engine is None:
        return Answer(url=url, judgement=judgement)
    request = Request(url, meta={KIND: PAGE}, dont_filter=True)
    try:
        await crawler.engine.download_async(request)
        capture = request.meta[CAPTURE]
    except WireFailure as failure:
        capture = failure.capture
    except (TurnedAway, HostWaits) as turned:
        return Answer(url=url, judgement=judgement, detail=str(turned))
    received = desk.receive(await gate.policies.examination_of(capture))
    return Answer(url=url, judgement=received.judgement, exchange=received.exchange)


class _Errand(Spider):
    """A spider that runs one errand and yields nothing."""

    name = "errand"

    async def start(self) -> AsyncIterator[Request]:
        """Run the errand."""
        await _ERRAND.of(self.crawler)(self.crawler)
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request
