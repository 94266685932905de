"""A judgement in words, for people who ask about a URL."""

from collections.abc import Iterator

from pipeline.model import Decision, Evidence, Judgement
from pipeline.publish.reasons import words_of
from pipeline.publish.terminal import visible


def in_words(decision: Decision) -> str:
    """Return a decision in one line: verdict, reason, and the line it rests on."""
    cited = next((f" ({_cited(e)})" for e in decision.evidence), "")
    return f"{decision.verdict}: {words_of(decision.reason)}{cited}"


def judgement_in_words(judgement: Judgement) -> str:
    """Return both decisions of a judgement, with all that was read for them."""
    return "\n".join(_lines(judgement))


def _lines(judgement: Judgement) -> Iterator[str]:
    yield visible(judgement.url)
    yield f"  fetch  {in_words(judgement.acquisition)}"
    finding = judgement.license
    concluded = f", license {finding.expression}" if finding and finding.expression else ""
    yield f"  train  {in_words(judgement.usage)}{concluded}"
    for category, preference in judgement.preferences.items():
        yield f"         {category}: {preference}"
    for statement in judgement.statements:
        for evidence in statement.evidence:
            yield (
                f"  read   {statement.signal} says {statement.category} "
                f"{statement.preference}: {_cited(evidence)}"
            )


def _cited(evidence: Evidence) -> str:
    quote = f" '{visible(evidence.quote)}'" if evidence.quote else ""
    return f"{visible(evidence.source)}, {visible(evidence.locator)}{quote}"
