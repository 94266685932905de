import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.license.creative_commons import expression_of, is_address

HOST = "https://creativecommons.org"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{HOST}/licenses/by/4.0/", "CC-BY-4.0"),
        (f"{HOST}/licenses/by/4.0", "CC-BY-4.0"),
        ("http://www.creativecommons.org/licenses/by-sa/3.0/", "CC-BY-SA-3.0"),
        ("//creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("https://creativecommons.org:443/licenses/by/4.0/", "CC-BY-4.0"),
        (f"  {HOST}/licenses/by/4.0/\n", "CC-BY-4.0"),
        (f"{HOST}/licenses/BY/4.0/", "CC-BY-4.0"),
        (f"{HOST}/licenses/by/4.0/?ref=chooser#deed", "CC-BY-4.0"),
        (f"{HOST}/licenses/b%79/4.0/", "CC-BY-4.0"),
        (f"{HOST}/licenses/by/4.0/deed.de", "CC-BY-4.0"),
        (f"{HOST}/licenses/by/4.0/deed.en_US", "CC-BY-4.0"),
        (f"{HOST}/licenses/by/4.0/legalcode.zh-hans", "CC-BY-4.0"),
        (f"{HOST}/licenses/by/4.0/legalcode.txt", "CC-BY-4.0"),
        (f"{HOST}/licenses/by/3.0/de/deed.fr", "CC-BY-3.0-DE"),
        (f"{HOST}/licenses/by/2.0/fr/", "LicenseRef-CC-BY-2.0-FR"),
        (f"{HOST}/licenses/by/2.5/scotland/", "LicenseRef-CC-BY-2.5-SCOTLAND"),
        (f"{HOST}/licenses/by-sa/2.1/jp/", "CC-BY-SA-2.1-JP"),
        (f"{HOST}/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0"),
        (f"{HOST}/licenses/sa/1.0/", "CC-SA-1.0"),
        (f"{HOST}/licenses/by-nc/4.0/", "CC-BY-NC-4.0"),
        (f"{HOST}/publicdomain/zero/1.0/deed.en", "CC0-1.0"),
        (f"{HOST}/publicdomain/mark/1.0/", "CC-PDM-1.0"),
        (f"{HOST}/licenses/publicdomain/", "CC-PDDC"),
        (f"{HOST}/licenses/sampling+/1.0/", "LicenseRef-CC-Sampling-Plus-1.0"),
        (f"{HOST}/licenses/GPL/2.0/", "LicenseRef-CC-GPL-2.0"),
    ],
)
def test_published_addresses_name_their_license(url: str, expected: str) -> None:
    assert expression_of(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        f"{HOST}/",
        f"{HOST}/licenses/",
        f"{HOST}/licenses/by/",
        f"{HOST}/licenses/by/5.0/",
        f"{HOST}/licenses/by/2.1/",
        f"{HOST}/licenses/by/4.0/de/",
        f"{HOST}/licenses/by/3.0/xx/",
        f"{HOST}/licenses/sa/2.0/",
        f"{HOST}/licenses/nc-by/4.0/",
        f"{HOST}/licenses/by/4.0/../../by-nc/4.0/",
        f"{HOST}/licenses/by /4.0/",
        f"{HOST}/licenses/zero/1.0/",
        f"{HOST}/choose/?license=by",
        f"https://track.example/?u={HOST}/licenses/by/4.0/",
        f"{HOST}\\@evil.example/licenses/by/4.0/",
        f"ftp://{HOST[8:]}/licenses/by/4.0/",
    ],
)
def test_other_addresses_name_no_license(url: str) -> None:
    assert expression_of(url) is None


@pytest.mark.parametrize(
    "authority",
    [
        "notcreativecommons.org",
        "creativecommons.org.evil.example",
        "creativecommons.org@evil.example",
        "user@creativecommons.org",
        "creativecommons.org:8080",
        "creativecommons.org.",
        "www.www.creativecommons.org",
        "i.creativecommons.org",
        "creativecоmmons.org",
        "creativecommons.com",
        "[creativecommons.org",
    ],
)
def test_a_look_alike_host_names_no_license(authority: str) -> None:
    assert expression_of(f"https://{authority}/licenses/by/4.0/") is None


@pytest.mark.law
@given(st.text(max_size=30))
def test_only_two_hosts_ever_name_a_license(authority: str) -> None:
    named = expression_of(f"https://{authority}/licenses/by/4.0/")

    assert named is None or authority.strip().lower().split(":")[0] in {
        "creativecommons.org",
        "www.creativecommons.org",
    }


def test_a_void_address_is_still_an_address() -> None:
    assert is_address(f"{HOST}/licenses/by/")
    assert not is_address(f"{HOST}/about/")
    assert not is_address("https://evil.example/licenses/by/4.0/")
