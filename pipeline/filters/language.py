"""The language of a text, told from the text; what the page says of it stands beside.

By CLD2, whose tables come inside its package. It knows some 160 languages, te reo Māori and
other small ones among them, and it says when it does not know. Where the package is not
there, the page's own word is all there is, and counts without a confidence.

Two things it cannot do. Tahitian and Cook Islands Māori are not in its tables, and it takes
them for ``mi``: there the page's own word is worth a look. And it tells few creoles and
varieties from their neighbours: Cantonese is ``zh-Hant``, Tunisian Arabic in Latin letters
is undetermined, Central Kurdish ``ku`` or undetermined.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

try:
    import pycld2
except ImportError:
    # There is no wheel for every machine.
    pycld2 = None

DECLARED: Final = "declared"
"""The name of the detector where there is none: what the page declares has to do."""

DETECTOR: Final = f"cld2 {pycld2.__version__}" if pycld2 else DECLARED
"""What tells the language on this machine, and its version."""

UNDETERMINED: Final = "und"
"""The language of a text that is not told for certain (ISO 639-2)."""

LEAST_OCTETS: Final = 120
"""Fewest octets of letters, in UTF-8, that a language is told from.

Of texts in 44 languages cut to 60 characters one in sixteen was told wrongly, of those cut
to 120 one in forty, of those cut to 200 one in eighty.
"""

LEAST_SHARE: Final = 0.6
"""How much of a text has to be in a language for the text to be."""

LEAST_DECLARED_SHARE: Final = 0.4
"""How much of it is enough for the language that the page names."""

CHARACTER_LIMIT: Final = 10_000
"""Most characters that are looked at, from the beginning."""

# What the detector takes for no text at all: controls and noncharacters (Unicode 23.7).
_PLANES: Final = range(0, 0x110000, 0x10000)
_UNREADABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef"
    f"{''.join(chr(plane + 0xFFFE) + chr(plane + 0xFFFF) for plane in _PLANES)}]"
)

# CLD2 spells some languages as ISO 639-1 once did, and has names for jokes and scripts.
_RENAMED: Final = {"iw": "he", "jw": "jv", "sr-ME": "cnr"}
_NO_LANGUAGE: Final = frozenset({"un", "xxx", "zzb", "zze", "zzh", "zzp", "tlh"})

# ISO 639-3: languages and the macrolanguage that the detector, or a page, may name instead.
_MACROLANGUAGES: Final = {
    member: whole
    for whole, members in {
        "ar": "arb aeb apc ary arz acm ajp ars afb ayl shu",
        "az": "azj azb",
        "et": "ekk vro",
        "fa": "pes prs",
        "gn": "gug",
        "ku": "ckb kmr sdh",
        "lv": "lvs ltg",
        "mg": "plt",
        "mn": "khk",
        "ms": "zsm id min",
        "ne": "npi",
        "no": "nb nn",
        "or": "ory",
        "ps": "pbt pbu pst",
        "qu": "quz quy",
        "sq": "als aln",
        "sw": "swh",
        "tl": "fil",
        "uz": "uzn uzs",
        "yi": "ydd",
        "zh": "cmn yue wuu hak nan gan hsn lzh",
    }.items()
    for member in members.split()
}
_DEPRECATED: Final = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro"}


class Agreement(StrEnum):
    """What the page's own word and ours come to together."""

    AGREE = "agree"
    DIFFER = "differ"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The language that was told, and what the page says.

    ``tag`` is one of BCP 47, ``und`` where it is not certain. ``confidence`` is the share
    of the text that is in it, from 0 to 1, and 0 where it is not certain; None where no
    detector looked at the text. ``declared`` is None where the page says nothing.
    """

    tag: str
    confidence: float | None
    declared: str | None
    detector: str = DETECTOR

    @property
    def agreement(self) -> Agreement:
        """Whether both name the same language; open where one of them names none.

        Regions and scripts do not count, and a macrolanguage agrees with its members.
        """
        told, said = _primary(self.tag), _primary(self.declared or UNDETERMINED)
        if UNDETERMINED in {told, said}:
            return Agreement.OPEN
        is_same = said in {told, _whole(told)} or _whole(said) == told
        return Agreement.AGREE if is_same else Agreement.DIFFER


def detect(text: str, *, declared: str | None) -> Language:
    """Return the language of a text; no text raises.

    The detector is not told what the page declares, which is too often what a template was
    shipped with. Only where the text is divided does the page's own word count: it decides
    for a language that a good part of the text is in, and where there is no detector.
    """
    if pycld2 is None:
        tag = declared or UNDETERMINED
        return Language(tag=tag, confidence=None, declared=declared, detector=DECLARED)
    shares = _shares(text)
    tag, share = max(shares.items(), key=lambda item: item[1], default=(UNDETERMINED, 0.0))
    if share < LEAST_SHARE:
        tag, share = _named(shares, declared)
    return Language(tag=tag, confidence=share, declared=declared)


def _shares(text: str) -> Mapping[str, float]:
    """Return the certain languages of a text and how much of it is in each."""
    is_reliable, found, details = _told(
        unicodedata.normalize("NFC", text[:CHARACTER_LIMIT])
    )
    if not is_reliable or found < LEAST_OCTETS:
        return {}
    return {
        _RENAMED.get(code, code): percent / 100
        for _, code, percent, _ in details
        if code not in _NO_LANGUAGE and not code.startswith("xx-")
    }


def _told(text: str) -> tuple[bool, int, Iterable[tuple[str, str, int, float]]]:
    """Return whether the detector is certain, of how many octets, and what it found."""
    found: tuple[bool, int, Iterable[tuple[str, str, int, float]]]
    try:
        found = pycld2.detect(text.encode("utf-8", "replace"), isPlainText=True)
    except pycld2.error:
        # Rare: what extraction gives has no such characters.
        readable = _UNREADABLE.sub(" ", text)
        found = pycld2.detect(readable.encode("utf-8", "replace"), isPlainText=True)
    return found


def _named(shares: Mapping[str, float], declared: str | None) -> tuple[str, float]:
    """Return the language that the page names, where enough of the text is in it."""
    for tag, share in shares.items():
        said = Language(tag=tag, confidence=share, declared=declared)
        if share >= LEAST_DECLARED_SHARE and said.agreement is Agreement.AGREE:
            return tag, share
    return UNDETERMINED, 0.0


def _primary(tag: str) -> str:
    primary = tag.partition("-")[0].lower()
    return _DEPRECATED.get(primary, primary)


def _whole(primary: str) -> str:
    return _MACROLANGUAGES.get(primary, primary)
