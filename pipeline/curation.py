"""What a text is held to before it is a document, and what is done to it."""

from dataclasses import dataclass
from typing import Final

from pipeline.extract import MASKED, Extracted
from pipeline.filters import personal, quality
from pipeline.manifest import Filters, PersonalAction, Quality
from pipeline.model import Dropped, LeftOut
from pipeline.vocab import Drop

_THRESHOLDS: Final = {
    Quality.OFF: quality.OFF,
    Quality.USUAL: quality.Thresholds(),
    Quality.GOPHER: quality.GOPHER,
    Quality.FINEWEB: quality.FINEWEB,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A text that is kept, what was changed in it, and how much was found of each kind."""

    text: str
    changes: str
    personal: tuple[tuple[str, int], ...]
    left_out: tuple[LeftOut, ...] = ()


def filtered(url: str, found: Extracted, *, filters: Filters) -> Passed | Dropped:
    """Return a text as the filters leave it, or why its page gives no document.

    Quality is measured of its words, without the marks of Markdown; personal data is looked
    for in the text as it is kept.
    """
    thresholds = _THRESHOLDS[filters.quality]
    measures = quality.measure(found.words, language=found.language, asked=thresholds)
    if failures := quality.failing(measures, thresholds):
        detail = "; ".join(map(_said, failures))
        return Dropped(url=url, reason=Drop.QUALITY_NOT_MET, detail=detail)
    text = found.text
    spans = personal.find(text, frozenset(filters.personal), region=filters.region)
    counts = tuple((str(kind), n) for kind, n in personal.counts(spans).items())
    if counts and filters.personal_action is PersonalAction.DROP:
        detail = ", ".join(f"{kind}: {number}" for kind, number in counts)
        return Dropped(url=url, reason=Drop.PERSONAL_FOUND, detail=detail)
    is_masked = bool(counts) and filters.personal_action is PersonalAction.MASK
    return Passed(
        text=personal.mask(text, spans) if is_masked else text,
        changes=f"{found.changes}, {MASKED}" if is_masked else found.changes,
        personal=counts,
        left_out=found.left_out,
    )


def _said(failure: quality.Failure) -> str:
    measure = failure.rule.partition("_")[2].replace("_", " ")
    side = "least" if failure.rule.startswith("least_") else "most"
    return f"{measure} {failure.value:.4g}, at {side} {failure.threshold:.4g}"
