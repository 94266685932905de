import pytest

from pipeline.license.address import expression_of


@pytest.mark.parametrize(
    ("url", "words", "expected"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "", "CC-BY-4.0"),
        (
            "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
            "",
            "OGL-UK-3.0",
        ),
        ("http://www.apache.org/licenses/LICENSE-2.0.html", "", "Apache-2.0"),
        ("https://www.gnu.org/licenses/fdl-1.3.html", "", "GFDL-1.3-only"),
        (
            "https://www.gnu.org/licenses/fdl-1.3.en.html",
            "1.3 or any later version",
            "GFDL-1.3-or-later",
        ),
        ("https://www.gnu.org/licenses/old-licenses/gpl-2.0.html", "", "GPL-2.0-only"),
        ("https://opensource.org/licenses/MIT", "", "MIT"),
        ("https://opensource.org/license/bsd-3-clause/", "", "BSD-3-Clause"),
        ("https://opendatacommons.org/licenses/odbl/1-0/", "", "ODbL-1.0"),
        ("https://spdx.org/licenses/CC-BY-4.0.html", "", "CC-BY-4.0"),
        ("https://huggingface.co/spaces/bigscience/license", "", "LicenseRef-OpenRAIL"),
    ],
)
def test_known_addresses_name_their_license(url: str, words: str, expected: str) -> None:
    assert expression_of(url, words=words) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://apache.org.evil.example/licenses/LICENSE-2.0",
        "https://evil.example/https://www.apache.org/licenses/LICENSE-2.0",
        "https://user@opensource.org/licenses/MIT",
        "https://opensource.org:81/licenses/MIT",
        "https://opensource.org/licenses/",
        "https://opensource.org/licenses/MIT/../apache-2.0",
        "https://spdx.org/licenses/no-such-license.html",
        "ftp://opensource.org/licenses/MIT",
        "/license",
        "http://[",
    ],
)
def test_other_addresses_name_none(url: str) -> None:
    assert expression_of(url) is None
