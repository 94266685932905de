"""Numbers prove themselves: published examples are right, with one digit changed wrong."""

from collections.abc import Callable

import pytest

from pipeline.filters import check_digits

EXAMPLES: dict[str, tuple[Callable[[str], bool], tuple[str, ...]]] = {
    "IBAN": (
        check_digits.is_iban,
        ("DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606"),
    ),
    "card": (
        check_digits.is_card,
        ("4111111111111111", "5555555555554444", "378282246310005", "30569309025904"),
    ),
    "BSN": (check_digits.is_bsn, ("111222333", "123456782")),
    "DNI": (check_digits.is_dni, ("12345678Z", "X1234567L")),
    "NIR": (check_digits.is_nir, ("255081416802538", "180126955222380")),
    "Steuer-ID": (check_digits.is_steuer_id, ("86095742719", "47036892816", "65929970489")),
    "HETU": (check_digits.is_hetu, ("131052-308T", "010594Y9021")),
    "personnummer": (check_digits.is_personnummer, ("8112189876", "7010632391")),
    "IRD": (check_digits.is_ird, ("49091850", "35901981", "136410132")),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_published_example_is_right(name: str) -> None:
    is_right, examples = EXAMPLES[name]

    assert [number for number in examples if not is_right(number)] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_with_its_last_digit_changed_is_wrong(name: str) -> None:
    is_right, examples = EXAMPLES[name]

    for number in examples:
        at = max(place for place, sign in enumerate(number) if sign.isdecimal())
        changed = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
        assert not is_right(changed)


@pytest.mark.parametrize("number", ["000000000", "123456789"])
def test_no_number_is_a_bsn_by_being_nine_digits(number: str) -> None:
    assert not check_digits.is_bsn(number)


@pytest.mark.parametrize(
    "number", ["9999999999999995", "41111111111111", "0000000000000000"]
)
def test_digits_that_are_right_by_luhn_are_no_card_of_an_unknown_network(
    number: str,
) -> None:
    assert not check_digits.is_card(number)


def test_a_number_of_no_day_is_none() -> None:
    assert not check_digits.is_hetu("310252-308T")
    assert not check_digits.is_personnummer("8113189875")


def test_an_iban_has_the_length_of_its_country() -> None:
    assert check_digits.iban_length("NO") == 15
    assert check_digits.iban_length("ZZ") is None
    assert not check_digits.is_iban("NO89370400440532013000")
