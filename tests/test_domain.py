"""Registrable domains: what somebody registered, by one list that a card can name."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
import tldextract
from hypothesis import given
from hypothesis import strategies as st

from pipeline import url
from pipeline.domain import is_listed, registrable_domain, suffix_list
from pipeline.model import digest_of

DOMAINS = {
    # Names that are not listed go by the rule "*".
    "river.example": "river.example",
    "www.river.example": "river.example",
    "a.b.river.example": "river.example",
    "localhost": "localhost",
    # A rule of one label, of two, with a wildcard and its exception.
    "example.com": "example.com",
    "a.b.example.com": "example.com",
    "www.bbc.co.uk": "bbc.co.uk",
    "b.test.ck": "b.test.ck",
    "a.b.test.ck": "b.test.ck",
    "www.ck": "www.ck",
    "www.www.ck": "www.ck",
    "www.city.kobe.jp": "city.kobe.jp",
    "a.b.c.kobe.jp": "b.c.kobe.jp",
    # Suffixes stand for themselves.
    "com": "com",
    "co.uk": "co.uk",
    "gov.uk": "gov.uk",
    "www.gov.uk": "www.gov.uk",
    "test.ck": "test.ck",
    # Customers of a company count as the company's.
    "alice.github.io": "github.io",
    "github.io": "github.io",
    # A-labels.
    "www.xn--85x722f.com.cn": "xn--85x722f.com.cn",
    "www.xn--85x722f.xn--55qx5d.cn": "xn--85x722f.xn--55qx5d.cn",
    "shishi.xn--fiqs8s": "shishi.xn--fiqs8s",
    "www.xn--unlisted": "www.xn--unlisted",
    # Ports and addresses.
    "www.bbc.co.uk:8080": "bbc.co.uk",
    "localhost:8000": "localhost",
    "127.0.0.1": "127.0.0.1",
    "127.0.0.1:8000": "127.0.0.1",
    "2001:db8::1": "2001:db8::1",
    "[2001:db8::1]": "2001:db8::1",
    "[2001:db8::1]:8000": "2001:db8::1",
    "::1": "::1",
    # The web spells names with underscores.
    "a_b.co.uk": "a_b.co.uk",
    "_x.river.example": "river.example",
}

LABELS = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,5}[a-z0-9_])?", fullmatch=True)
SUFFIXES = st.sampled_from(["com", "co.uk", "ck", "kobe.jp", "example", "xn--fiqs8s", "io"])


@pytest.mark.parametrize("host", DOMAINS)
def test_a_host_is_part_of_its_registrable_domain(host: str) -> None:
    assert registrable_domain(host) == DOMAINS[host]


@pytest.mark.law
@given(st.lists(LABELS, max_size=4), SUFFIXES)
def test_a_domain_is_the_end_of_its_host_and_its_own(
    labels: list[str], suffix: str
) -> None:
    host = ".".join([*labels, suffix])

    domain = registrable_domain(host)

    assert host == domain or host.endswith(f".{domain}")
    assert registrable_domain(domain) == domain
    assert registrable_domain(f"{host}:8080") == domain


@pytest.mark.parametrize(
    "address",
    [
        "http://www.bbc.co.uk/a?b#c",
        "http://www.bbc.co.uk:8080/",
        "http://127.0.0.1:8080/",
        "http://[2001:db8::1]:8080/",
        "http://食狮.公司.cn/",
    ],
    ids=["name", "port", "address", "ipv6", "unicode"],
)
def test_host_and_authority_of_a_url_have_one_domain(address: str) -> None:
    domain = registrable_domain(url.host(address))

    assert registrable_domain(url.authority(address)) == domain
    assert domain in {"bbc.co.uk", "127.0.0.1", "2001:db8::1", "xn--85x722f.xn--55qx5d.cn"}


@pytest.mark.law
@given(st.text(max_size=20))
def test_no_text_raises(text: str) -> None:
    assert isinstance(registrable_domain(text), str)


def test_the_list_is_named_by_version_and_digest() -> None:
    file = Path(tldextract.__file__).with_name(".tld_set_snapshot")

    assert re.fullmatch(
        r"Public Suffix List 20[\d_-]+_UTC, ICANN section, of tldextract \S+ \(.*\)",
        suffix_list(),
    )
    assert f"({digest_of(file.read_bytes())})" in suffix_list()
    assert f"tldextract {version('tldextract')} " in suffix_list()


def test_no_environment_leads_to_another_list(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Where the list would be fetched from and kept, were it asked for: the guard of the
    # tests lets nothing out, and nothing is kept.
    monkeypatch.setenv("TLDEXTRACT_CACHE", str(tmp_path))

    assert registrable_domain("www.bbc.co.uk") == "bbc.co.uk"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("river.org", True),
        ("mail.river.co.nz", True),
        ("почта.рф", True),
        ("co.nz", False),
        ("self.weight", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_a_name_is_listed_where_it_stands_under_a_public_suffix(
    name: str, *, listed: bool
) -> None:
    assert is_listed(name) is listed
