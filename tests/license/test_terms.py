"""What a license is called, where it can be read, and what it asks for."""

import pytest

from pipeline.license.creative_commons import expression_of
from pipeline.license.expression import _IDENTIFIERS
from pipeline.license.terms import (
    _OTHERS,
    MEANING,
    Obligation,
    address_of,
    identifiers,
    name_of,
    obligations_of,
)
from pipeline.vocab import LicenseExpression

CREDIT = {"attribution", "notice", "license-link", "indicate-changes"}
BEFORE = CREDIT - {"indicate-changes"} | {"indicate-adaptation"}


@pytest.mark.parametrize(
    ("license_", "name"),
    [
        pytest.param(
            "CC-BY-4.0", "Creative Commons Attribution 4.0 International", id="4.0"
        ),
        pytest.param(
            "CC-BY-SA-3.0", "Creative Commons Attribution-ShareAlike 3.0 Unported", id="3.0"
        ),
        pytest.param("CC-BY-2.5", "Creative Commons Attribution 2.5 Generic", id="older"),
        pytest.param("CC-BY-3.0-DE", "Creative Commons Attribution 3.0 DE", id="a port"),
        pytest.param("CC0-1.0", "Creative Commons Zero 1.0 Universal", id="CC0"),
        pytest.param("MIT", "MIT", id="no other name is known"),
        pytest.param("CC-BY-4.0 OR MIT", "CC-BY-4.0 OR MIT", id="a choice has no name"),
    ],
)
def test_a_license_is_called_by_its_name(license_: str, name: str) -> None:
    assert name_of(LicenseExpression(license_)) == name


@pytest.mark.parametrize(
    "license_",
    [
        "CC-BY-4.0",
        "CC-BY-SA-3.0-DE",
        "LicenseRef-CC-BY-2.0-FR",
        "CC-BY-NC-ND-2.5",
        "CC-BY-NC-ND-1.0",
        "CC0-1.0",
        "CC-PDM-1.0",
        "CC-PDDC",
    ],
)
def test_the_address_of_a_license_names_that_license(license_: str) -> None:
    assert expression_of(address_of(LicenseExpression(license_))) == license_


def test_another_license_is_read_at_spdx_and_one_of_its_own_nowhere() -> None:
    choice = LicenseExpression("MIT OR (CC-BY-4.0 AND LicenseRef-Own)")

    assert address_of(choice) == (
        "https://spdx.org/licenses/MIT.html https://creativecommons.org/licenses/by/4.0/"
    )
    assert identifiers(choice) == ("MIT", "CC-BY-4.0", "LicenseRef-Own")


@pytest.mark.parametrize(
    ("license_", "owed"),
    [
        pytest.param("CC0-1.0", set(), id="nothing for CC0"),
        pytest.param("CC-PDM-1.0", set(), id="nothing in the public domain"),
        pytest.param("CC-BY-4.0", CREDIT, id="4.0 wants changes named always"),
        pytest.param("CC-BY-3.0-DE", BEFORE, id="before it adaptations, in any port"),
        pytest.param(
            "CC-BY-ND-2.0",
            BEFORE - {"indicate-adaptation"} | {"no-derivatives"},
            id="no adaptations, none to be named",
        ),
        pytest.param(
            "CC-SA-1.0",
            {"notice", "license-link", "indicate-adaptation", "share-alike"},
            id="no attribution where it was left out",
        ),
        pytest.param(
            "GPL-3.0-only WITH GCC-exception-3.1",
            {"share-alike", "license-text", "source", "indicate-changes"},
            id="an exception asks for nothing",
        ),
        pytest.param(
            "GFDL-1.3-or-later",
            {"attribution", "history", "indicate-changes", "license-link"}
            | {"license-text", "share-alike"},
            id="the history travels",
        ),
        pytest.param("CC-BY-SA-4.0", CREDIT | {"share-alike"}, id="share-alike"),
        pytest.param(
            "CC-BY-NC-ND-4.0", CREDIT | {"non-commercial", "no-derivatives"}, id="NC and ND"
        ),
        pytest.param("MIT", {"license-text"}, id="the notice of a software license"),
        pytest.param("MIT-0", set(), id="the longer beginning decides"),
        pytest.param(
            "ODC-By-1.0",
            {"attribution", "license-link", "notice"},
            id="a database license",
        ),
        pytest.param("LicenseRef-Own", {"read-the-license"}, id="what is not known"),
        pytest.param(
            "LicenseRef-Kaitiakitanga-1.0", {"ask-first", "read-the-license"}, id="a people"
        ),
        pytest.param("CC0-1.0 OR MIT", {"license-text"}, id="what any arm asks"),
    ],
)
def test_a_license_asks_for_what_its_parts_ask(license_: str, owed: set[str]) -> None:
    assert set(map(str, obligations_of(LicenseExpression(license_)))) == owed


@pytest.mark.parametrize("start", _OTHERS)
def test_each_family_has_a_license_with_an_identifier(start: str) -> None:
    known = [
        name
        for name in _IDENTIFIERS
        if name.startswith(start)
        and Obligation.READ_THE_LICENSE not in obligations_of(LicenseExpression(name))
    ]

    assert known != []


@pytest.mark.parametrize(
    "name",
    ["MIT-CMU", "Unlicense-libtelnet", "BSD-3-Clause-No-Nuclear-License", "SSPL-1.0"],
)
def test_of_other_licenses_it_is_said_that_they_have_to_be_read(name: str) -> None:
    owed = obligations_of(LicenseExpression(name))

    assert owed == {Obligation.READ_THE_LICENSE}


def test_every_obligation_has_its_words() -> None:
    assert set(MEANING) == set(Obligation)
