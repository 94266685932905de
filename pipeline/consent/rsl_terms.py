"""What the terms of one RSL document come to for one URL and one category.

Terms do not depend on their order; the narrowest path that speaks of a use decides, and
what is both permitted and prohibited is not licensed (section 3.1.1). Permissions are read
by the letter; refusals are read also where they are spelled as in the 0.9 draft (commas)
or in AIPREF (``train-ai``).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby
from typing import Final
from urllib.parse import SplitResult, urlsplit

from pipeline.consent.pattern import matches, specificity, target_of
from pipeline.consent.rsl_document import Element
from pipeline.vocab import Category, Preference

_GRANTING: Final = {
    Category.TRAIN_AI: frozenset({"all", "ai-all", "ai-train"}),
    Category.AI_USE: frozenset({"all", "ai-all", "ai-input"}),
    Category.SEARCH: frozenset({"all", "search"}),
}
"""Which usage tokens cover a category (section 3.4.1.1)."""

_BORROWED: Final = {
    Category.TRAIN_AI: frozenset({"train-ai", "train-genai", "ai-training", "training"}),
    Category.AI_USE: frozenset({"ai-use", "ai-index", "ai-inference", "inference"}),
    Category.SEARCH: frozenset[str](),
}
"""Words of other vocabularies, and of RSL's draft, that refuse and never permit."""

_USAGES: Final = frozenset[str]().union(*_GRANTING.values(), *_BORROWED.values())
_USERS: Final = frozenset(
    {"commercial", "non-commercial", "education", "government", "personal"}
)
_IN_KIND: Final = frozenset({"attribution", "contribution"})

# RSL's EU covers each of its member states (section 3.5).
_MEMBER_STATES: Final = frozenset(
    re.findall("..", "ATBEBGCYCZDEDKEEESFIFRGRHRHUIEITLTLULVMTNLPLPTROSESISK")
)

_XML_SPACE: Final = re.compile(r"[ \t\r\n]+")
_ANY_SEPARATOR: Final = re.compile(r"[\s,;|]+")
_REGION: Final = re.compile(r"[a-z]{2}")
_ZERO: Final = re.compile(r"0+(?:\.0*)?|\.0+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who we are in RSL's words; what is empty is not said."""

    users: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a document says of a category; *unknown* where it is about other URLs."""

    preference: Preference
    elements: tuple[Element, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The page a document is asked about; ``associated`` means found in that page.

    There, ``url=""`` is the page itself (section 4.6).
    """

    url: str
    associated: bool = False


class _Degree(IntEnum):
    NO = 0
    PERHAPS = 1
    YES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Term:
    """What one element does to a license: how much it leaves, how much it forbids."""

    element: Element
    leaves: _Degree = _Degree.YES
    forbids: _Degree = _Degree.NO
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _License:
    """What one license comes to.

    ``leaves`` is what its conditions leave of a permission, ``permits`` the permission it
    makes itself. It ``speaks`` of a category if it forbids or permits it by name.
    """

    leaves: _Degree
    permits: _Degree
    forbids: _Degree
    speaks: bool
    terms: tuple[_Term, ...]


def token_element(root: Element, place: Place) -> Element | None:
    """Return the content element that asks for a token before access, if any does.

    Even where the license itself is free (section 3.3).
    """
    contents = (content for _, content in _covering(root, place))
    return next((each for each in contents if "server" in each.attributes), None)


def settle(
    root: Element, category: Category, *, place: Place, operator: Operator
) -> Finding:
    """Return what the document makes of a category of use at one place."""
    covering = sorted(_covering(root, place), key=_narrowness, reverse=True)
    if not covering:
        return Finding(preference=Preference.UNKNOWN, note="no content covers the page")
    server = token_element(root, place)
    if server:
        note = "a license token is needed before access"
        return Finding(preference=Preference.DISALLOWED, elements=(server,), note=note)
    scopes = [
        [
            _license(each, category, operator)
            for _, content in scope
            for each in content.named("license")
        ]
        for _, scope in groupby(covering, key=_narrowness)
    ]
    return _combined(scopes)


def _combined(scopes: Sequence[Sequence[_License]]) -> Finding:
    """Return what the narrowest scope that speaks says, within what narrower ones leave.

    In one scope the licenses are alternatives, so that the best of them counts, but what
    any of them forbids is forbidden.
    """
    permits, forbids = _Degree.YES, _Degree.NO
    heard: list[_License] = []
    for licenses in scopes:
        heard.extend(licenses)
        forbids = max(forbids, *(each.forbids for each in licenses))
        if any(each.speaks for each in licenses):
            permits = min(permits, max(each.permits for each in licenses))
            break
        permits = min(permits, max(each.leaves for each in licenses))
    else:
        permits = min(permits, _Degree.PERHAPS)
    return _finding(permits, forbids, [term for each in heard for term in each.terms])


def _finding(permits: _Degree, forbids: _Degree, terms: Sequence[_Term]) -> Finding:
    preference = Preference.UNCLEAR
    if forbids is _Degree.YES or permits is _Degree.NO:
        preference = Preference.DISALLOWED
    elif forbids is _Degree.NO and permits is _Degree.YES:
        preference = Preference.ALLOWED
    # What forbids stands first, then what leaves least.
    ranked = sorted(terms, key=lambda term: (-term.forbids, term.leaves))
    if preference is Preference.ALLOWED:
        ranked = [term for term in ranked if term.leaves is _Degree.YES]
        return Finding(
            preference=preference, elements=tuple(term.element for term in ranked)
        )
    return Finding(
        preference=preference,
        elements=tuple(term.element for term in ranked),
        note=next((term.note for term in ranked if term.note), ""),
    )


def _license(license_: Element, category: Category, operator: Operator) -> _License:
    terms = [_term(child, category, operator) for child in license_.children]
    closed = any(_is_closed_list(child) for child in license_.children)
    leaves = min((term.leaves for term in terms), default=_Degree.YES)
    forbids = max((term.forbids for term in terms), default=_Degree.NO)
    if forbids is _Degree.YES and not _is_ours(license_, terms):
        forbids = _Degree.PERHAPS
    if not closed:
        note = "neither permits nor prohibits the use"
        terms.append(_Term(element=license_, leaves=_Degree.PERHAPS, note=note))
    return _License(
        leaves=leaves,
        permits=leaves if closed else min(leaves, _Degree.PERHAPS),
        forbids=forbids,
        speaks=forbids is _Degree.YES or (closed and leaves is not _Degree.NO),
        terms=tuple(terms),
    )


def _is_closed_list(element: Element) -> bool:
    return element.name == "permits" and element.attributes["type"] == "usage"


def _is_ours(license_: Element, terms: Sequence[_Term]) -> bool:
    """Say whether a license may be addressed to us, by its permitted users and regions."""
    return not any(
        term.leaves is _Degree.NO
        for child, term in zip(license_.children, terms, strict=True)
        if child.name == "permits" and not _is_closed_list(child)
    )


def _term(element: Element, category: Category, operator: Operator) -> _Term:
    kind = element.attributes.get("type")
    match element.name:
        case "permits" | "prohibits" if kind == "usage":
            return _usage(element, category)
        case "permits" | "prohibits":
            ours = operator.regions if kind == "geo" else operator.users
            return _party(element, ours)
        case "payment":
            return _payment(element, kind)
        case "reporting":
            # A client that cannot report is not licensed (section 3.12).
            return _Term(element=element, leaves=_Degree.NO, note="a duty to report")
        case _:
            return _Term(element=element)


def _usage(element: Element, category: Category) -> _Term:
    """Read a list of usages; what is not on a list of permits is not licensed (3.5)."""
    if element.name == "permits":
        if set(_XML_SPACE.split(element.text)) & _GRANTING[category]:
            return _Term(element=element)
        note = "not on the list of what is permitted"
        return _Term(element=element, leaves=_Degree.NO, note=note)
    words = _refused(element)
    if words & (_GRANTING[category] | _BORROWED[category]):
        return _Term(element=element, forbids=_Degree.YES)
    return _of_others(element, known=words <= _USAGES)


def _party(element: Element, ours: frozenset[str]) -> _Term:
    """Read a list of users or regions; where we do not say who we are, it may mean us."""
    if element.name == "permits":
        words = frozenset(_XML_SPACE.split(element.text))
        degrees = {_covers(words, each) for each in ours}
        leaves = degrees.pop() if len(degrees) == 1 else _Degree.PERHAPS
        return _Term(element=element, leaves=leaves, note="licensed to some parties only")
    words = _refused(element)
    widened = words | {word.upper() for word in words}
    forbids = max((_covers(widened, each) for each in ours), default=_Degree.PERHAPS)
    if words and forbids is not _Degree.NO:
        return _Term(element=element, forbids=forbids, note="prohibited to some parties")
    return _of_others(element, known=all(map(_is_party, words)))


def _is_party(word: str) -> bool:
    return word in _USERS or _REGION.fullmatch(word) is not None


def _of_others(element: Element, *, known: bool) -> _Term:
    """Return a prohibition of something else; in unknown words it may be of this."""
    if known:
        return _Term(element=element)
    note = "a prohibition in unknown words"
    return _Term(element=element, forbids=_Degree.PERHAPS, note=note)


def _payment(element: Element, kind: str | None) -> _Term:
    """Return what a payment leaves: free is free, thanks are a condition, money a no.

    Its type may be absent, which means free (section 3.7); beside a price or a framework
    of its own the absence does not.
    """
    asks = bool(element.text.strip()) or any(
        not _is_zero(each) for each in element.children
    )
    if kind in {None, "free"} and not asks:
        return _Term(element=element)
    in_kind = kind in _IN_KIND or (kind == "free" and not element.named("amount"))
    leaves = _Degree.PERHAPS if in_kind else _Degree.NO
    return _Term(element=element, leaves=leaves, note="something is asked in return")


def _is_zero(element: Element) -> bool:
    amount = element.text.strip()
    return element.name == "amount" and _ZERO.fullmatch(amount) is not None


def _refused(element: Element) -> frozenset[str]:
    """Return the words of a prohibition, however they are parted and capitalised.

    Words of extensions (``prefix:name``) are not to be interpreted (section 3.4.1).
    """
    words = _ANY_SEPARATOR.split(element.text.lower())
    return frozenset(word for word in words if word and ":" not in word)


def _covers(words: frozenset[str], ours: str) -> _Degree:
    if ours in words or (ours in _MEMBER_STATES and "EU" in words):
        return _Degree.YES
    if ours == "EU" and words & _MEMBER_STATES:
        return _Degree.PERHAPS
    return _Degree.NO


def _narrowness(covering: tuple[int, Element]) -> int:
    return covering[0]


def _covering(root: Element, place: Place) -> Iterator[tuple[int, Element]]:
    """Return the content elements that cover the place, and how narrowly they do."""
    target = target_of(place.url)
    for content in root.named("content"):
        pattern = _pattern_of(content.attributes, place)
        if pattern is not None and matches(pattern, target):
            yield specificity(pattern), content


def _pattern_of(attributes: Mapping[str, str], place: Place) -> str | None:
    """Return a content element's url as a path pattern of the place's own origin."""
    url = attributes["url"]
    if not url and place.associated:
        return f"{target_of(place.url)}$"
    if url.startswith(("/", "*")) and not url.startswith("//"):
        return url
    try:
        parts, own = urlsplit(url), urlsplit(place.url)
        same = _authority(parts) == _authority(own)
    except ValueError:
        return None
    start = url.find("/", url.find("//") + 2)
    return (url[start:] if start >= 0 else "/") if same else None


def _authority(parts: SplitResult) -> tuple[str | None, int | None]:
    """Return host and port; plain HTTP and HTTPS of one host are one owner's."""
    port = parts.port
    return parts.hostname, None if port in {80, 443} else port
