"""Numbers that carry their own proof: whether the check digits of one are right."""

from collections.abc import Sequence
from datetime import date
from typing import Final

# ISO 13616-1, the registry of IBANs: how long those of a country are.
_IBAN_LENGTHS: Final = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE BI",
        18: "DK FK FO FI GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}

# ISO/IEC 7812: how numbers of the networks begin, and how long they are.
_CARDS: Final = (
    (range(4, 5), {13, 16, 19}),
    (range(51, 56), {16}),
    (range(2221, 2721), {16}),
    (range(34, 35), {15}),
    (range(37, 38), {15}),
    (range(6011, 6012), {16, 19}),
    (range(644, 660), {16, 19}),
    (range(3528, 3590), {16, 19}),
    (range(62, 63), {16, 17, 18, 19}),
    (range(300, 306), {14}),
    (range(36, 37), {14}),
    (range(38, 40), {14}),
)

# Sweden: the day of a number for somebody who is not registered there is 60 more.
_COORDINATION: Final = 60

# New Zealand: numbers that are given out. A remainder of ten asks for the other weights.
_IRD_RANGE: Final = range(10_000_000, 150_000_001)
_NO_DIGIT: Final = 10


def iban_length(country: str) -> int | None:
    """Return how long the IBANs of a country are, or None where it has none."""
    return _IBAN_LENGTHS.get(country)


def is_iban(number: str) -> bool:
    """Say whether capital letters and digits without blanks are an IBAN (ISO 13616)."""
    if len(number) != _IBAN_LENGTHS.get(number[:2]):
        return False
    return int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1


def is_card(digits: str) -> bool:
    """Say whether digits are the number of a payment card, by network, length and Luhn."""
    is_known = any(
        len(digits) in lengths and int(digits[: len(str(start[0]))]) in start
        for start, lengths in _CARDS
    )
    return is_known and is_luhn(digits)


def is_luhn(digits: str) -> bool:
    """Say whether the last digit is right by Luhn (ISO/IEC 7812-1, annex B)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def is_bsn(digits: str) -> bool:
    """Say whether nine digits are a Dutch citizen service number."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return int(digits) > 0 and _weighted(digits, weights) % 11 == 0


def is_dni(number: str) -> bool:
    """Say whether a Spanish DNI, or NIE, has its right letter."""
    digits = (
        str("XYZ".find(number[0])) + number[1:-1] if number[0] in "XYZ" else number[:-1]
    )
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == number[-1]


def is_nir(number: str) -> bool:
    """Say whether 15 places are a French NIR; Corsica has letters in it."""
    body = number[:13].replace("2A", "19").replace("2B", "18")
    return body.isdecimal() and 97 - int(body) % 97 == int(number[13:])


def is_steuer_id(digits: str) -> bool:
    """Say whether 11 digits are a German tax number (ISO 7064, MOD 11,10).

    Of the first ten, one digit stands there twice or three times, and no other more often
    than once.
    """
    counts = sorted(map(digits[:10].count, set(digits[:10])))
    if counts[-1] not in {2, 3} or counts[-2] > 1:
        return False
    product = 10
    for digit in digits[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def is_hetu(number: str) -> bool:
    """Say whether a Finnish personal identity code is of a day and has its right sign."""
    digits = number[:6] + number[7:10]
    sign = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(digits) % 31]
    return sign == number[-1] and _is_day(number[4:6], number[2:4], number[:2])


def is_personnummer(number: str) -> bool:
    """Say whether ten digits are a Swedish personal number, of a day, right by Luhn."""
    day = int(number[4:6]) % _COORDINATION
    return is_luhn(number) and _is_day(number[:2], number[2:4], str(day))


def is_ird(digits: str) -> bool:
    """Say whether eight or nine digits are a number of New Zealand's Inland Revenue."""
    padded = digits.zfill(9)
    if int(digits) not in _IRD_RANGE:
        return False
    for weights in ((3, 2, 7, 6, 5, 4, 3, 2), (7, 4, 3, 2, 5, 2, 7, 6)):
        check = -_weighted(padded[:8], weights) % 11
        if check != _NO_DIGIT:
            return check == int(padded[8])
    return False


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(int(d) * weight for d, weight in zip(digits, weights, strict=True))


def _is_day(year: str, month: str, day: str) -> bool:
    # The century is not in the number; 2000 had a 29th of February, as most years may.
    try:
        date(2000 + int(year) % 100, int(month), int(day))
    except ValueError:
        return False
    return True
