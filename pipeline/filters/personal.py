"""Personal data and secrets in a text: where they stand, by shapes and check digits.

Looked for are mail addresses, telephone numbers, addresses of the internet, IBANs, numbers
of payment cards, keys and tokens of common services, and, where they are asked for,
national numbers that carry check digits.

Not looked for, so not found: names of people, postal addresses, dates of birth, user names,
faces and voices; passwords, and tokens of services that are not listed here; national
numbers without check digits, such as those of the United States; account numbers that are
no IBAN; IBANs in small letters; addresses written to hide from machines (``ann at b dot
org``); mail at reserved names (RFC 2606) and under endings that nobody gives out; local
telephone numbers where no region is given; addresses of private and documentation networks
(RFC 6890), and four numbers below 20 with dots between them, which are a version or a
section more often than an address.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Network, IPv6Address, IPv6Network
from typing import Final

import phonenumbers

from pipeline import domain, wording
from pipeline.filters import check_digits

MARGIN: Final = 40
"""How many characters before a number are read for the word that says what it is."""

KEY_LIMIT: Final = 16_384
"""Longest private key, in characters."""

ROW_LIMIT: Final = 80
"""Longest row of digits and what stands between them that may hold a telephone number."""


class Kind(StrEnum):
    """What is looked for, the surest first: where two overlap, the first is named."""

    SECRET = "secret"  # noqa: S105  (a kind, not a secret)
    IBAN = "iban"
    CARD = "card"
    NATIONAL_NUMBER = "national-number"
    MAIL = "mail"
    INTERNET_ADDRESS = "internet-address"
    TELEPHONE = "telephone"


USUAL: Final = frozenset(Kind) - {Kind.NATIONAL_NUMBER}
"""All kinds but national numbers, which have to be asked for with their region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where something stands in a text: from ``start`` to before ``end``."""

    kind: Kind
    start: int
    end: int


def find(
    text: str, kinds: Collection[Kind] = USUAL, *, region: str | None = None
) -> tuple[Span, ...]:
    """Return where data of some kinds stand in a text, from left to right.

    ``region`` is the country (ISO 3166) whose telephone numbers are found without their
    country code, and whose national numbers are found. No two spans overlap: what overlaps
    is one span, of the surer kind, so that nothing of either is left.
    """
    plain = _plain(text)
    found = [
        Span(kind=kind, start=start, end=end)
        for kind, look in _LOOKS.items()
        if kind in kinds
        for start, end in look(plain, region)
    ]
    return _joined(found)


def mask(text: str, spans: Iterable[Span]) -> str:
    """Return a text with ``[mail]`` and the like where the spans are.

    The spans are what ``find`` returned for this text.
    """
    parts, reached = [], 0
    for span in spans:
        parts += [text[reached : span.start], f"[{span.kind}]"]
        reached = span.end
    return "".join((*parts, text[reached:]))


def counts(spans: Iterable[Span]) -> Mapping[Kind, int]:
    """Return how many spans there are of each kind that there is one of."""
    found = Counter(span.kind for span in spans)
    return {kind: found[kind] for kind in Kind if found[kind]}


# What all of them look at.

_FOREIGN_DIGIT: Final = wording.pattern(r"[^\P{Nd}0-9]")
_DIGITS: Final = {
    code: str(int(chr(code))) for code in range(0x80, 0x20000) if chr(code).isdecimal()
}
_SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


def _plain(text: str) -> str:
    """Return a text of the same length with the digits of all scripts as ASCII has them."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.translate(_SURROGATES)
    return text.translate(_DIGITS) if _FOREIGN_DIGIT.search(text) else text


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    rank = {kind: place for place, kind in enumerate(Kind)}
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, each.end, rank[each.kind])):
        if not joined or span.start >= joined[-1].end:
            joined.append(span)
            continue
        last = joined[-1]
        kind = min(last.kind, span.kind, key=rank.__getitem__)
        joined[-1] = Span(kind=kind, start=last.start, end=max(last.end, span.end))
    return tuple(joined)


_Places = Iterator[tuple[int, int]]


def _is_apart(text: str, start: int, end: int, *, marks: str = "") -> bool:
    """Say whether no letter, digit, or one of the marks stands beside a place."""
    before, after = text[start - 1 : start], text[end : end + 1]
    beside = (before, after)
    return not any(c.isalnum() or c == "_" or (c and c in marks) for c in beside)


# Secrets.

_TOKENS: Final = (
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",  # AWS
    r"\bgh[pousr]_[A-Za-z0-9]{36,255}",  # GitHub
    r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
    r"\bglpat-[A-Za-z0-9_-]{20,64}",  # GitLab
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,250}",  # Slack
    r"\bhooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{20,}",
    r"\bAIza[A-Za-z0-9_-]{35}",  # Google
    r"\b[rs]k_live_[A-Za-z0-9]{20,250}",  # Stripe
    r"\bnpm_[A-Za-z0-9]{36}\b",
    r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,500}",
    r"\bhf_[A-Za-z]{34}\b",  # Hugging Face
    r"\bsk-(?:proj|ant|svcacct)-[A-Za-z0-9_-]{32,250}",  # OpenAI, Anthropic
    r"\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}\b",
    r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",  # SendGrid
    # RFC 7519: a token is two objects of JSON, and what signs them.
    r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{10,}",
)
_TOKEN: Final = wording.shape("|".join(_TOKENS))
_BEGIN: Final = "-----BEGIN "
_KEY_BEGIN: Final = wording.shape(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END: Final = wording.shape(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LINES: Final = re.compile(r"(?:\s+[A-Za-z0-9+/=]{16,}(?!\S))*")
_KEY_LINE: Final = re.compile(r"[A-Za-z0-9+/=]{16,}")

# What the documents of a service show in place of one.
_SHOWN: Final = "EXAMPLE"


def _secrets(text: str, _region: str | None) -> _Places:
    for place in _TOKEN.finditer(text):
        start, end = place.span()
        if not text[start:end].endswith(_SHOWN):
            yield start, end
    if _BEGIN in text:
        yield from _private_keys(text)


def _private_keys(text: str) -> _Places:
    """Yield keys with what begins and ends them; of one without an end, its lines."""
    begins = [place.span() for place in _KEY_BEGIN.finditer(text)]
    ends = [place.span()[1] for place in _KEY_END.finditer(text)]
    nexts = [*(start for start, _ in begins), len(text)][1:]
    for (start, body), following in zip(begins, nexts, strict=True):
        last = min(following, body + KEY_LIMIT)
        at = bisect_left(ends, body)
        if at < len(ends) and ends[at] <= last:
            end = ends[at]
        else:
            lines = _KEY_LINES.match(text, body, last)
            end = lines.end() if lines else body
        # Where there is no key between them, somebody writes about keys.
        if _KEY_LINE.search(text, body, end):
            yield start, end


# Mail.

_MAIL: Final = wording.shape(
    r"[\pL\pN_][\pL\pN\pM._%+'-]*@(?:[\pL\pN][\pL\pN\pM-]*\.)+[\pL][\pL\pM-]+"
)
# RFC 5321 section 4.5.3.1: octets before and after the sign.
_LOCAL_LIMIT: Final = 64
_NAME_LIMIT: Final = 255
# RFC 2606 section 3, and what follows "@" in names of pictures (``logo@2x.png``).
_NO_MAIL: Final = re.compile(
    r"(?:.*\.)?example\.(?:com|net|org|edu)|\dx\.[a-z]+", re.IGNORECASE
)


def _mail(text: str, _region: str | None) -> _Places:
    for place in _MAIL.finditer(text) if "@" in text else ():
        start, end = place.span()
        local, _, name = text[start:end].partition("@")
        is_short = len(local) <= _LOCAL_LIMIT and len(name) <= _NAME_LIMIT
        if is_short and not _NO_MAIL.fullmatch(name) and domain.is_listed(name):
            yield start, end


# Addresses of the internet.

_FOUR: Final = wording.shape(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")
_SIX: Final = wording.shape(r"\b[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2,35}")
_LEAST_GREATEST: Final = 20
_OCTET: Final = 0xFF

# What is of no one host: the registry of RFC 6890, and what is multicast or reserved.
_NOT_GLOBAL: Final = tuple(
    (int(network.network_address), int(network.netmask))
    for network in (
        IPv4Network("0.0.0.0/8"),
        IPv4Network("10.0.0.0/8"),
        IPv4Network("100.64.0.0/10"),
        IPv4Network("127.0.0.0/8"),
        IPv4Network("169.254.0.0/16"),
        IPv4Network("172.16.0.0/12"),
        IPv4Network("192.0.0.0/24"),
        IPv4Network("192.0.2.0/24"),
        IPv4Network("192.88.99.0/24"),
        IPv4Network("192.168.0.0/16"),
        IPv4Network("198.18.0.0/15"),
        IPv4Network("198.51.100.0/24"),
        IPv4Network("203.0.113.0/24"),
        IPv4Network("224.0.0.0/3"),
    )
)
_SIX_NOT_GLOBAL: Final = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)
_NUMBERED: Final = re.compile(
    r"(?:\bv|\bver\.?|version|release|section|chapter|firmware|build|§)\s*\Z", re.IGNORECASE
)


def _internet_addresses(text: str, _region: str | None) -> _Places:
    for place in _FOUR.finditer(text):
        start, end = place.span()
        if _is_four(text[start:end]) and not _is_inside(text, start, end):
            yield start, end
    for place in _SIX.finditer(text):
        start, end = place.span()
        end -= text.endswith(":", start, end) and not text.endswith("::", start, end)
        if _is_apart(text, start, end, marks=":/") and _is_six(text[start:end]):
            yield start, end


def _is_four(written: str) -> bool:
    parts = written.split(".")
    numbers = [int(part) for part in parts]
    if max(numbers) > _OCTET or any(
        str(n) != p for n, p in zip(numbers, parts, strict=True)
    ):
        return False
    whole = int.from_bytes(bytes(numbers), "big")
    is_global = all(whole & netmask != network for network, netmask in _NOT_GLOBAL)
    return is_global and max(numbers) >= _LEAST_GREATEST


def _is_inside(text: str, start: int, end: int) -> bool:
    """Say whether four numbers are a part of more, a network, or a version by name."""
    after = text[end : end + 2]
    is_more = not _is_apart(text, start, end, marks="-/") or (
        text[start - 1 : start] == "." or (after[:1] == "." and after[1:].isalnum())
    )
    return is_more or bool(_NUMBERED.search(text, max(0, start - MARGIN), start))


def _is_six(written: str) -> bool:
    try:
        address = IPv6Address(written)
    except AddressValueError:
        return False
    return not any(address in network for network in _SIX_NOT_GLOBAL)


# Numbers of accounts and cards.

_IBAN: Final = wording.shape(r"\b[A-Z]{2}\d{2} ?[A-Z0-9]{4}")
_ROW: Final = wording.shape(
    r"[+(]{0,2}\d(?:[ \x{A0}\x{2009}\x{202F}./()\-\x{2010}-\x{2015}\x{2212}]{0,3}\d){6,}"
)
_GROUP: Final = re.compile(r"\d+")
_CARD_GROUPS: Final[tuple[tuple[int, ...], ...]] = (
    (4, 4, 4, 4),
    (4, 4, 4, 4, 3),
    (4, 6, 5),
    (4, 6, 4),
)
_CARD_DIGITS: Final = range(13, 20)
_ASCII_DIGITS: Final = frozenset("0123456789")
_BETWEEN: Final = frozenset(" -\xa0\u2009\u202f\u2010\u2011")


def _ibans(text: str, _region: str | None) -> _Places:
    for place in _IBAN.finditer(text):
        start, _ = place.span()
        length = check_digits.iban_length(text[start : start + 2])
        end = _end_of(text, start, length) if length else None
        if end and check_digits.is_iban(text[start:end].replace(" ", "")):
            yield start, end


def _end_of(text: str, start: int, length: int) -> int | None:
    """Return where so many letters and digits end, with single blanks between them."""
    at, left = start, length
    while left and at < len(text):
        if text[at] == " " and text[at - 1] != " ":
            at += 1
        elif text[at].isascii() and text[at].isalnum():
            at, left = at + 1, left - 1
        else:
            break
    return at if not left and _is_apart(text, start, at) else None


def _cards(text: str, _region: str | None) -> _Places:
    for row in _ROW.finditer(text):
        start, end = row.span()
        if end - start >= _CARD_DIGITS[0]:
            groups = [each.span() for each in _GROUP.finditer(text, start, end)]
            for at in range(len(groups)):
                yield from _card_at(text, groups[at : at + len(_CARD_GROUPS[1])])


def _card_at(text: str, groups: list[tuple[int, int]]) -> _Places:
    """Yield the place of a card's number that begins with the first group of digits."""
    sizes = tuple(end - start for start, end in groups)
    wholes = [shape for shape in _CARD_GROUPS if sizes[: len(shape)] == shape]
    if sizes[0] in _CARD_DIGITS:
        wholes.append(sizes[:1])
    for shape in sorted(wholes, key=len, reverse=True):
        start, end = groups[0][0], groups[len(shape) - 1][1]
        digits = "".join(text[a:b] for a, b in groups[: len(shape)])
        between = set(text[start:end]) - _ASCII_DIGITS
        if (
            len(between) <= 1
            and between <= _BETWEEN
            and len(digits) + len(shape) - 1 == end - start
            and _is_apart(text, start, end, marks="./-")
            and check_digits.is_card(digits)
        ):
            yield start, end
            return


# National numbers.

_NO_MARKS: Final = str.maketrans("", "", " .-")


@dataclass(frozen=True, slots=True, kw_only=True)
class _National:
    """The shape of a country's number, its proof, and the word it needs before it.

    ``named`` is None where the shape and the proof are enough.
    """

    shape: wording.Shape
    is_right: Callable[[str], bool]
    named: wording.Wording | None = None


_NATIONAL: Final = {
    "DE": _National(
        shape=wording.shape(r"\b[1-9]\d ?\d{3} ?\d{3} ?\d{3}\b"),
        is_right=check_digits.is_steuer_id,
        named=wording.pattern(r"\b(?:steuer-?id|steueridentifikation\w*|idnr|tin)\b"),
    ),
    "ES": _National(
        shape=wording.shape(r"\b(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]\b"),
        is_right=check_digits.is_dni,
    ),
    "FI": _National(
        shape=wording.shape(r"\b\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]\b"),
        is_right=check_digits.is_hetu,
    ),
    "FR": _National(
        shape=wording.shape(
            r"\b[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b"
        ),
        is_right=check_digits.is_nir,
    ),
    "NL": _National(
        shape=wording.shape(r"\b\d{4}\.?\d{2}\.?\d{3}\b"),
        is_right=check_digits.is_bsn,
        named=wording.pattern(r"\b(?:bsn|burgerservicenummer|sofi-?nummer)\b"),
    ),
    "NZ": _National(
        shape=wording.shape(r"\b\d{2,3}[- ]?\d{3}[- ]?\d{3}\b"),
        is_right=check_digits.is_ird,
        named=wording.pattern(r"\b(?:ird|inland revenue|tax number)\b"),
    ),
    "SE": _National(
        shape=wording.shape(r"\b(?:19|20)?\d{6}[-+]\d{4}\b"),
        is_right=lambda number: check_digits.is_personnummer(number[-10:]),
    ),
}

NATIONAL_REGIONS: Final = tuple(_NATIONAL)
"""The countries whose national numbers can be found."""


def _national_numbers(text: str, region: str | None) -> _Places:
    national = _NATIONAL.get(region or "")
    for place in national.shape.finditer(text) if national else ():
        start, end = place.span()
        number = text[start:end] if region == "FI" else text[start:end].translate(_NO_MARKS)
        if (
            national
            and _is_apart(text, start, end, marks="-")
            and national.is_right(number)
        ):
            before = text[max(0, start - MARGIN) : start]
            if national.named is None or national.named.search(before):
                yield start, end


# Telephone numbers.

_OTHER_NUMBER: Final = re.compile(
    r"\b(?:ISBN|ISSN|ISMN|DOI|PMID|OCLC|LCCN|ORCID|arXiv|RFC|CVE|bug|issue|id|no\.?|#)"
    r"[\w\s:#.\-]{0,12}\Z",
    re.IGNORECASE,
)
_CALLED: Final = wording.pattern(
    r"\b(?:phone|telephone|tel|telefon|telefoon|tel[eé]fono|t[eé]l[eé]phone|fax|fon|mobile?|"
    r"cell|whatsapp|call|waea)\b|тел\.|телефон|電話|电话|전화|☎|☏|📞"
)
_BEFORE: Final = 2
_AFTER: Final = 14
_LEAST_GROUPS: Final = 2
_LEAST_DOTTED: Final = 3
_DOTTED: Final = _ASCII_DIGITS | {"."}


def _telephones(text: str, region: str | None) -> _Places:
    if region is None and "+" not in text:
        return
    for row in _ROW.finditer(text):
        start, end = row.span()
        is_whole = "+" in text[start : start + 2]
        if end - start <= ROW_LIMIT and (is_whole or region):
            for place in _numbers_in(text, (start, end), region):
                if is_whole or _is_local(text, *place):
                    yield place


def _numbers_in(text: str, row: tuple[int, int], region: str | None) -> _Places:
    start, end = max(0, row[0] - _BEFORE), row[1] + _AFTER
    matcher = phonenumbers.PhoneNumberMatcher(
        text[start:end], region, leniency=phonenumbers.Leniency.STRICT_GROUPING, max_tries=8
    )
    for match in matcher:
        raw: str = match.raw_string
        is_open = raw.startswith("(") and raw.count("(") > raw.count(")")
        yield start + match.start + is_open, start + match.end


def _is_local(text: str, start: int, end: int) -> bool:
    """Say whether digits that could be a number of the region are more than digits.

    Many numbers of anything are valid ones by their digits. So they have to be grouped as
    people group them, or a word before them has to say what they are.
    """
    groups = _GROUP.findall(text, start, end)
    least = _LEAST_DOTTED if set(text[start:end]) <= _DOTTED else _LEAST_GROUPS
    before = text[max(0, start - MARGIN) : start]
    is_part = before.endswith((".", ",")) and before[-2:-1].isdecimal()
    is_more = text[end : end + 1] in {".", ","} and text[end + 1 : end + 2].isdecimal()
    if is_part or is_more or _OTHER_NUMBER.search(before):
        return False
    is_grouped = len(groups) >= least and len(groups[0]) > 1
    return is_grouped or bool(_CALLED.search(before))


_LOOKS: Final[Mapping[Kind, Callable[[str, str | None], _Places]]] = {
    Kind.SECRET: _secrets,
    Kind.IBAN: _ibans,
    Kind.CARD: _cards,
    Kind.NATIONAL_NUMBER: _national_numbers,
    Kind.MAIL: _mail,
    Kind.INTERNET_ADDRESS: _internet_addresses,
    Kind.TELEPHONE: _telephones,
}
