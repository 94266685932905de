"""What a text is held to before it is a document, and what is done to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.extract import MASKED, Extracted
from pipeline.filters import personal, quality
from pipeline.filters.language import UNDETERMINED, Agreement, Language, detect
from pipeline.manifest import Filters, PersonalAction
from pipeline.model import Dropped, LeftOut
from pipeline.vocab import Drop


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A text that is kept, what was changed in it, and how much was found of each kind."""

    text: str
    language: Language
    changes: str
    personal: tuple[tuple[str, int], ...]
    left_out: tuple[LeftOut, ...] = ()


def filtered(
    url: str, page: Extracted, *, filters: Filters, languages: Sequence[str]
) -> Passed | Dropped:
    """Return a text as the filters leave it, or why its page gives no document.

    Language and quality are told of its words, without the marks of Markdown; personal
    data is looked for in the text as it is kept.
    """
    declared = page.language if page.language != UNDETERMINED else None
    language = detect(page.words, declared=declared)
    if not is_wanted(language, languages):
        return Dropped(url=url, reason=_unwanted(language), detail=_told(language))
    thresholds = filters.asked
    measures = quality.measure(page.words, language=language.tag, asked=thresholds)
    if failures := quality.failing(measures, thresholds):
        detail = "; ".join(map(_said, failures))
        return Dropped(url=url, reason=Drop.QUALITY_NOT_MET, detail=detail)
    text = page.text
    spans = personal.find(text, frozenset(filters.personal), region=filters.region)
    counts = tuple((str(kind), n) for kind, n in personal.counts(spans).items())
    if counts and filters.personal_action is PersonalAction.DROP:
        detail = ", ".join(f"{kind}: {number}" for kind, number in counts)
        return Dropped(url=url, reason=Drop.PERSONAL_FOUND, detail=detail)
    is_masked = bool(counts) and filters.personal_action is PersonalAction.MASK
    return Passed(
        text=personal.mask(text, spans) if is_masked else text,
        language=language,
        changes=f"{page.changes}, {MASKED}" if is_masked else page.changes,
        personal=counts,
        left_out=page.left_out,
    )


def is_wanted(language: Language, ranges: Sequence[str]) -> bool:
    """Say whether a language lies in one of the ranges (RFC 4647 section 3.3.1).

    The text says which language it is, and seldom of which region. That much is taken from
    the page's own word, where it names the same language.
    """
    tags = [language.tag]
    if language.declared is not None and language.agreement is Agreement.AGREE:
        tags.append(language.declared)
    return not ranges or any(_lies_in(tag, each) for tag in tags for each in ranges)


def _lies_in(tag: str, range_: str) -> bool:
    tag, range_ = tag.lower(), range_.lower()
    return tag == range_ or tag.startswith(f"{range_}-")


def _unwanted(language: Language) -> Drop:
    if language.tag != UNDETERMINED:
        return Drop.LANGUAGE_NOT_WANTED
    is_unread = language.confidence is None
    return Drop.LANGUAGE_NOT_STATED if is_unread else Drop.LANGUAGE_UNDETERMINED


def _told(language: Language) -> str:
    """Return a language in words: how much of the text it is, and what the page says."""
    if language.confidence is None:
        return f"{language.tag}, {language.detector}"
    said = f"the page declares {language.declared or 'none'}"
    return f"{language.tag}, {language.confidence:.2f} of the text; {said}"


def _said(failure: quality.Failure) -> str:
    measure = failure.rule.partition("_")[2].replace("_", " ")
    side = "least" if failure.rule.startswith("least_") else "most"
    return f"{measure} {failure.value:.4g}, at {side} {failure.threshold:.4g}"
