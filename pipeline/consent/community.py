"""Community marks: labels, notices and licenses by which a people keeps authority.

They are protocols between people and no directives to crawlers: what carries one waits
for a person to ask. Some labels say themselves that the material is not for outsiders,
and are a refusal. A page that only speaks of them is not marked, so a bare word in prose
is not enough.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final
from urllib.parse import urlsplit

from pipeline.markup import Image, Link, Markup, Meta
from pipeline.model import QUOTE_LIMIT, Exchange, Statement, evidence_of
from pipeline.vocab import Preference, Signal
from pipeline.wording import Wording, pattern

PARSER: Final = "community/1"
_LABEL_CLAUSE: Final = "Local Contexts, TK and BC Labels and Notices"
_LICENSE_CLAUSE: Final = "Kaitiakitanga License (Te Hiku Media, 2018); permission is sought"

# Metadata in which a mark is a statement about the page, whatever the sentence.
_RIGHTS_META: Final = re.compile(r"rights|licen[cs]e|tk-?labels?|local-?contexts")

# Prose marks a page where it says that this thing has the label, or where it gives the
# label's name with its code, as labels are set.
_THIS_CARRIES: Final = re.compile(
    r"\b(?:this|these) (?:\w{1,30} ){0,4}(?:carr(?:y|ies)|bears?|has|have|displays?|uses"
    r"|holds?|labell?ed|marked|subject to|under)\b"
)
_CODE: Final = re.compile(r" (?:tk|bc) [a-z]{1,3}\b")
_REACH: Final = 100

_NOT_A_WORD: Final = re.compile(r"[\W_]+")
_ACCENTS: Final = re.compile("[\u0300-\u036f]+")
_CODES: Final = r"(?:^|[\W_])(?:tk|bc)(?:[\W_]|$)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """What marks look like, ready to be searched for."""

    label_link: re.Pattern[str]
    license_link: re.Pattern[str]
    license_words: re.Pattern[str]
    refusing: re.Pattern[str]
    any_label: re.Pattern[str]
    image_hosts: tuple[str, ...]
    sign: Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One mark: where, in which words, and what it asks."""

    locator: str
    quote: str
    clause: str
    preference: Preference


def from_markup(markup: Markup, exchange: Exchange) -> tuple[Statement, ...]:
    """Return what the marks on a page ask of those who would train on it.

    *unclear*, so that people decide; *disallowed*, where the label keeps the material
    within the community.
    """
    return tuple(
        Statement(
            signal=Signal.COMMUNITY,
            preference=found.preference,
            evidence=(
                evidence_of(
                    exchange,
                    found.locator,
                    quote=found.quote,
                    clause=found.clause,
                    parser=PARSER,
                ),
            ),
        )
        for found in _all_of(markup)
    )


@cache
def _marks() -> _Marks:
    text = files("pipeline.consent").joinpath("community.toml").read_text("utf-8")
    data = tomllib.loads(text)
    return _Marks(
        label_link=_either(data["label_links"]),
        license_link=_either(data["license_links"]),
        license_words=_either(rf"\b({words})\b" for words in data["license_words"]),
        refusing=_either(rf"\b{words}\b" for words in data["refusing"]),
        any_label=_either(
            rf"\b{words}\b" for words in (*data["refusing"], *data["asking"])
        ),
        image_hosts=tuple(data["image_hosts"]),
        sign=pattern("|".join((*data["signs"], _CODES))),
    )


def _either(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def _all_of(markup: Markup) -> Iterator[_Found]:
    if not _may_name_a_mark(markup.words):
        return
    for link in markup.links:
        yield from _of_link(link)
    for image in markup.images:
        yield from _of_image(image)
    for meta in markup.metas:
        yield from _of_meta(meta)
    yield from _of_text(markup.text)


def _of_link(link: Link) -> Iterator[_Found]:
    marks = _marks()
    href = link.href.lower()
    if marks.license_link.search(href):
        yield _license("a[href]", link.html)
    elif marks.label_link.search(href) or _is_license_at_home(link):
        yield _label("a[href]", link.html, words=f"{href} {link.text}")


def _is_license_at_home(link: Link) -> bool:
    """Say whether a license link leads to the labels' own site, whatever its page."""
    return "license" in link.rel and _is_at_home(link.href)


def _is_at_home(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return any(host == home or host.endswith(f".{home}") for home in _marks().image_hosts)


def _of_image(image: Image) -> Iterator[_Found]:
    named = _marks().any_label.search(_plain(image.alt))
    if named or _is_at_home(image.src):
        yield _label("img", image.html, words=f"{image.alt} {image.src}")


def _of_meta(meta: Meta) -> Iterator[_Found]:
    if not _RIGHTS_META.search(meta.name):
        return
    marks = _marks()
    words, href = _plain(meta.content), meta.content.strip().lower()
    locator = f"meta[name={meta.name}]"
    if marks.license_words.search(words) or marks.license_link.search(href):
        yield _license(locator, meta.html)
    if marks.any_label.search(words) or marks.label_link.search(href):
        yield _label(locator, meta.html, words=words)


def _of_text(text: str) -> Iterator[_Found]:
    words = _plain(text)
    if found := _marks().license_words.search(words):
        yield _license("text", _quote(text, words, found))
    # A page may name its label in every paragraph; once for each answer is enough.
    answers = {
        _asks(label[0]): label
        for label in _marks().any_label.finditer(words)
        if _is_stated(words, label)
    }
    for label in answers.values():
        yield _label("text", _quote(text, words, label), words=label[0])


def _is_stated(words: str, label: re.Match[str]) -> bool:
    before = words[max(label.start() - _REACH, 0) : label.start()]
    return bool(_THIS_CARRIES.search(before) or _CODE.match(words, label.end()))


def _quote(text: str, words: str, found: re.Match[str]) -> str:
    """Return the line in which the words stand, or the words around if it is too long."""
    start = max(found.start() - _REACH, 0)
    around = words[start : found.end() + _REACH].strip()
    lines = (line.strip() for line in text.split("\n") if len(line) <= QUOTE_LIMIT)
    return next((line for line in lines if found[0] in _plain(line)), around)


def _license(locator: str, quote: str) -> _Found:
    return _Found(
        locator=locator,
        quote=quote,
        clause=_LICENSE_CLAUSE,
        preference=Preference.UNCLEAR,
    )


def _label(locator: str, quote: str, *, words: str) -> _Found:
    return _Found(
        locator=locator, quote=quote, clause=_LABEL_CLAUSE, preference=_asks(words)
    )


def _asks(words: str) -> Preference:
    keeps_in = _marks().refusing.search(_plain(words))
    return Preference.DISALLOWED if keeps_in else Preference.UNCLEAR


def _plain(text: str) -> str:
    """Return words in lower case, without accents, one blank between them."""
    if text.isascii():
        return _NOT_A_WORD.sub(" ", text.lower())
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _NOT_A_WORD.sub(" ", bare)


def _may_name_a_mark(text: str) -> bool:
    """Say whether any of the words stands in the text that every mark has one of.

    Nearly all pages have none, and to look for plain words is many times as quick as the
    reading that it saves.
    """
    bare = text
    if not text.isascii():
        bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return _marks().sign.search(bare) is not None
