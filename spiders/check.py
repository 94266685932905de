"""Check: consent for URLs, without building anything."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.cases import as_json as judgement_json
from pipeline.consent import crawlers
from pipeline.errors import UsageFault
from pipeline.manifest import SOFTWARE, SOFTWARE_VERSION
from pipeline.model import Policy
from pipeline.publish.terminal import visible
from pipeline.publish.words import judgement_in_words
from pipeline.url import normalise
from pipeline.values import DEFAULT_LICENSES, allowed_license
from pipeline.vocab import ProductToken, Verdict
from spiders.ask import Answer, Caller, Question, ask
from spiders.diary import Diary
from spiders.reach import Reach
from spiders.settings import Manner


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One URL's answer."""

    answer: Answer

    @property
    def may_train(self) -> bool:
        """Whether the page was read and may be used for training."""
        judgement = self.answer.judgement
        return (
            judgement is not None
            and self.answer.was_fetched
            and judgement.acquisition.verdict is Verdict.ADMIT
            and judgement.usage.verdict is Verdict.ADMIT
        )


def check(
    urls: Sequence[str],
    *,
    contact: str | None,
    mail: str | None,
    reach: Reach,
    licenses: Sequence[str] = DEFAULT_LICENSES,
) -> list[Checked]:
    """Return the answers for URLs: policy files are asked first, then admitted pages.

    ``licenses`` are those that may be carried, as a manifest names them. Raises
    UsageFault where a URL is not one, or where nobody would answer for the requests.
    """
    if not reach.served and not (contact and mail):
        raise UsageFault(
            "Hosts have to know who asks: give your page with --contact URL and your "
            "address with --mail ADDRESS."
        )
    contact = _spelled(contact) if contact else "http://estovers.example/about"
    caller = Caller(
        policy=Policy(
            product_token=ProductToken(SOFTWARE),
            allowed_licenses=tuple(map(allowed_license, licenses)),
            training_tokens=crawlers.training_tokens(crawlers.load()),
        ),
        manner=Manner(
            user_agent=f"{SOFTWARE}/{SOFTWARE_VERSION} (+{contact})",
            from_address=mail or "check@estovers.example",
            delay=0.0 if reach.served else 1.0,
        ),
        reach=reach,
    )
    questions = [Question(url=_spelled(url), fetch=True) for url in urls]
    answers = ask(questions, caller, Diary())
    return [Checked(answer=answer) for answer in answers]


def as_json(found: Sequence[Checked]) -> str:
    """Return one JSON object a line."""
    return "\n".join(
        json.dumps(
            {
                "url": one.answer.url,
                "may_train": one.may_train,
                "fetched": one.answer.was_fetched,
                "detail": one.answer.detail,
                **(judgement_json(one.answer.judgement) if one.answer.judgement else {}),
            },
            ensure_ascii=False,
        )
        for one in found
    )


def render(found: Sequence[Checked]) -> str:
    """Return the answers for people."""
    return "\n\n".join(_render(one) for one in found)


def in_a_line(one: Checked) -> str:
    """Return the decision on a URL as a line."""
    if one.answer.judgement is None:
        return visible(one.answer.detail)
    acquisition, usage = one.answer.judgement.acquisition, one.answer.judgement.usage
    last = acquisition if acquisition.verdict is not Verdict.ADMIT else usage
    return f"{last.verdict} ({last.reason})"


def _render(one: Checked) -> str:
    if one.answer.judgement is None:
        return f"{visible(one.answer.url)}\n  not asked: {visible(one.answer.detail)}"
    return judgement_in_words(one.answer.judgement)


def _spelled(url: str) -> str:
    try:
        return normalise(url)
    except ValueError as error:
        raise UsageFault(f"{visible(url)} cannot be asked for: {error}.") from error
