import random
import re
import tomllib
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from pipeline import manifest, stated
from pipeline.consent import crawlers
from pipeline.errors import ManifestFault, UsageFault
from pipeline.filters import quality
from pipeline.model import Agreement, AllowedLicense, Policy, SiteStatement
from pipeline.values import DEFAULT_LICENSES
from pipeline.vocab import Category, LicenseExpression, ProductToken

SCHEMA = Path(__file__).resolve().parents[1] / "manifests" / "schema.json"

TABLES: dict[str, type[BaseModel]] = {
    "curator": manifest.Curator,
    "crawler": manifest.Crawler,
    "licenses": manifest.Licenses,
    "uses": manifest.Uses,
    "limits": manifest.Limits,
    "languages": manifest.Languages,
    "text": manifest.Reading,
    "filters": manifest.Filters,
    "split": manifest.Split,
    "crawlers": manifest.Crawlers,
    "operator": manifest.Operator,
    "agreements": manifest.Agreement,
    "statements": manifest.SiteStatement,
    "card": stated.Card,
}

LEAST = """\
name = "essays"
version = "1.0.0"
purpose = "To try."
intended_uses = ["Trying."]
[curator]
name = "A. Curator"
url = "https://curator.nz/contact"
email = "a@curator.nz"
[[sources]]
urls = ["https://essays.nz/"]
[licenses]
allow = ["CC-BY"]
"""

FULL = """\
name = "essays"
version = "1.0.0"
purpose = "To try."
intended_uses = ["Trying."]
[curator]
name = "A. Curator"
url = "HTTPS://Curator.nz/contact(us)"
email = "a@Curator.nz"
[crawler]
product_token = "Kea-Bot"
[[sources]]
urls = ["https://Essays.nz", "https://faß.de/a/../b"]
depth = 2
[sources.scope]
hosts = ["ESSAYS.nz"]
paths = ["/e/../essays/"]
[[sources]]
sitemaps = ["https://essays.nz/sitemap.xml"]
[[sources]]
warc = ["old.warc.gz"]
[[sources]]
url_list = "urls.txt"
[licenses]
allow = ["CC0-1.0", "CC-BY-SA", "CC-BY-4.0", "CC-BY-3.0-DE", "MIT"]
[uses]
categories = ["train-ai", "search"]
[limits]
delay = 2
[languages]
allow = ["EN", "zh-hant-tw", "de-1996"]
[crawlers]
add = ["KiwiBot"]
remove = ["gptbot"]
[operator]
users = ["non-commercial", "education"]
regions = ["NZ"]
[[agreements]]
party = "The publisher"
scope = ["https://essays.nz/closed/"]
document = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
expires = 2027-12-31
[[statements]]
scope = ["https://Essays.nz"]
license = "cc-by-4.0 or mit"
evidence_url = "https://essays.nz/a/../legal"
quote = '''
All texts here are
under CC BY 4.0 or MIT.'''
confirmed_by = "A. Reader"
confirmed_on = 2026-11-21
[card.risk]
limitations = "Few."
"""


def faults_of(text: str) -> list[str]:
    with pytest.raises(ManifestFault) as fault:
        manifest.parse(text, source="m.toml")
    heading, *faults = str(fault.value).splitlines()
    assert heading == (
        f"m.toml: {len(faults)} fault{'s' * (len(faults) > 1)}. "
        "Correct the file, then run again."
    )
    return [fault.strip() for fault in faults]


def outcome_of(text: str) -> str:
    try:
        return f"m.toml: {manifest.parse(text, source='m.toml').name}"
    except ManifestFault as fault:
        return str(fault)


def parsed(text: str) -> manifest.Manifest:
    return manifest.parse(text, source="m.toml")


def with_line(line: str, *, in_table: str) -> str:
    return LEAST + f"{in_table}\n{line}\n"


def test_the_least_manifest_has_every_default() -> None:
    least = parsed(LEAST)

    assert least.model_dump(mode="json") == {
        "name": "essays",
        "version": "1.0.0",
        "purpose": "To try.",
        "intended_uses": ["Trying."],
        "curator": {
            "name": "A. Curator",
            "url": "https://curator.nz/contact",
            "email": "a@curator.nz",
        },
        "crawler": {"product_token": "Estovers"},
        "sources": [
            {
                "urls": ["https://essays.nz/"],
                "sitemaps": [],
                "feeds": [],
                "warc": [],
                "policies": None,
                "url_list": None,
                "scope": {"hosts": [], "paths": []},
                "depth": None,
            }
        ],
        "licenses": {"allow": ["CC-BY"]},
        "uses": {"categories": ["train-ai"]},
        "limits": {
            "pages": 10_000,
            "pages_per_host": 1_000,
            "bytes": 4_294_967_296,
            "bytes_per_host": 1_073_741_824,
            "bytes_per_page": 8_388_608,
            "delay": 1.0,
            "delay_factor": 2.0,
            "concurrency": 16,
            "timeout": 30.0,
            "patience": 120.0,
        },
        "languages": {"allow": []},
        "text": {"extractor": "trafilatura", "form": "plain"},
        "filters": {
            "quality": "usual",
            "thresholds": dict.fromkeys(manifest.Thresholds.model_fields),
            "near_duplicates": False,
            "repeated_paragraphs": 0,
            "against": [],
            "personal": ["secret", "iban", "card", "mail", "internet-address", "telephone"],
            "personal_action": "count",
            "region": None,
        },
        "split": {"validation": 0.0, "test": 0.0, "seed": 0},
        "crawlers": {"add": [], "remove": []},
        "operator": {"users": [], "regions": []},
        "agreements": [],
        "statements": [],
        "card": {
            "author": None,
            "require": [],
            "confirmed": None,
            **{
                group: {
                    key: [] if key == "keywords" else None
                    for key in type(getattr(stated.Card(), group)).model_fields
                }
                for group in stated.GROUPS
            },
        },
    }


def test_all_faults_of_a_file_are_reported_at_once() -> None:
    text = """\
name = "Two Words"
version = 1.0
intended_uses = []
delay = 3
purpose = unquoted
[curator]
name = "A"
url = "ftp://curator.nz/"
email = "nobody"
[[sources]]
urls = ["https://a.nz/#part",
  "http://127.1/"]
sitemaps = ["https://a.nz/sitemap.xml"]
[[sources]]
depth = -1
[limits]
dely = 1.0
pages = 0
timeout = "1"
timeout = 2
[card.risk]
limitations = "  "
"""

    faults = faults_of(text)

    assert (
        faults
        == """\
line 1, name: "Two Words" does not have the form that is needed. \
The name of the corpus and of its folder: lower-case letters, digits, hyphens.
line 2, version: 1.0 is not text in quotes. The version of the corpus: "1.0.0". \
The first number for works changed or taken out, the second for works added, \
the third for the same works packaged anew.
line 3, intended_uses: needs at least 1 element. What it is meant to be used for.
line 4, delay: there is no such key here. It belongs in [limits].
line 5, column 11: Invalid value. \
Write text in quotes; numbers, dates, true and false without.
line 8, curator.url: "ftp://curator.nz/" is not a URL that can be asked for: \
its scheme is not http or https. Write it whole, such as "https://essays.example/index".
line 9, curator.email: "nobody" is not a mail address. \
Write it such as "corpus@essays.example".
line 10, sources[0]: a source has exactly one of urls, sitemaps, feeds, warc, url_list; \
this one has urls and sitemaps. Write a [[sources]] for each.
line 11, sources[0].urls[0]: "https://a.nz/#part" has a fragment, which no server sees. \
Leave out # and the rest.
line 12, sources[0].urls[1]: "http://127.1/" is not a URL that can be asked for: \
its host is an IPv4 address in a disguised spelling. \
Write it whole, such as "https://essays.example/index".
line 14, sources[1]: a source has exactly one of urls, sitemaps, feeds, warc, url_list; \
this one has none of them. Add one.
line 15, sources[1].depth: -1 is less than 0. How many links away a page may be. \
Left out: 5 from urls, otherwise 0.
line 17, limits.dely: there is no such key. Did you mean "delay"?
line 18, limits.pages: 0 is less than 1. Most pages in all.
line 19, limits.timeout: "1" is not a number. \
Seconds that one request may take, from name to last byte.
line 20, column 12: Cannot overwrite a value. Give each key once.
line 22, card.risk.limitations: "  " is empty. Write it out, or leave the key out.
""".splitlines()
    )


def test_after_a_fault_that_hides_the_rest_nothing_is_guessed() -> None:
    text = LEAST.replace('["https://essays.nz/"]', '["https://essays.nz/"')

    faults = faults_of(text)

    assert len(faults) == 1
    assert faults[0].startswith("line 11, column 1: Unclosed array. Close the array")
    assert faults[0].endswith(" What follows could not be read.")


@pytest.mark.parametrize(
    ("key", "table"),
    [
        *(("name", ""), ("version", ""), ("purpose", ""), ("intended_uses", "")),
        *(
            ("name", "curator"),
            ("url", "curator"),
            ("email", "curator"),
        ),
    ],
)
def test_what_has_no_default_has_to_be_given(key: str, table: str) -> None:
    before, bracket, after = LEAST.partition(f"[{table}]") if table else ("", "", LEAST)
    text = before + bracket + re.sub(rf"(?m)^{key} = .*\n", "", after, count=1)

    faults = faults_of(text)

    path = f"{table}.{key}" if table else key
    assert len(faults) == 1
    assert re.search(rf"(^|, ){re.escape(path)}: is missing\. \S", faults[0])


@pytest.mark.parametrize(
    ("identifier", "fault"),
    [
        pytest.param(
            "CC-BY-*",
            "is a glob: it would let CC-BY-NC-4.0 in. "
            'Write "CC-BY": this license in any version and port.',
            id="glob that lets NC in",
        ),
        pytest.param(
            "CC-BY-SA-?.0",
            'is a glob. Write "CC-BY-SA": this license in any version and port.',
            id="glob that lets nothing in",
        ),
        pytest.param(
            "*",
            "is a glob: it would let CC-BY-NC-4.0 in. "
            'Name each license, such as "CC-BY" (any version and port).',
            id="everything",
        ),
        *(
            pytest.param(
                wrong,
                f'is not a license identifier that we know. Did you mean "{right}"?',
                id=wrong,
            )
            for wrong, right in (
                ("cc-by", "CC-BY"),
                ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
                ("by-nc", "CC-BY-NC"),
                ("CC0", "CC0-1.0"),
                ("PDM", "CC-PDM-1.0"),
                ("apache-2.0", "Apache-2.0"),
                ("GPL-2.0", "GPL-2.0-only"),
                ("CC-BY-2.0-FR", "LicenseRef-CC-BY-2.0-FR"),
            )
        ),
        *(
            pytest.param(
                wrong,
                "is not a license identifier that we know. Write an SPDX identifier, "
                'such as "CC-BY" (any version) or "CC0-1.0"; for a license that SPDX does '
                'not list, "LicenseRef-" and a name.',
                id=wrong or "nothing",
            )
            for wrong in ("", "open", "NONE", "NOASSERTION", "CC-BY-4.0-DE", "CC-BY-5.0")
        ),
        pytest.param(
            "MIT OR CC0-1.0",
            "is an expression. Name one license in each element.",
            id="expression",
        ),
    ],
)
def test_a_license_is_named_in_full(identifier: str, fault: str) -> None:
    text = LEAST.replace('["CC-BY"]', f'["CC0-1.0", "{identifier}"]')

    assert faults_of(text) == [f'line 12, licenses.allow[1]: "{identifier}" {fault}']


def test_a_license_is_allowed_by_exactly_its_parts() -> None:
    assert parsed(FULL).allowed_licenses == (
        AllowedLicense(identifier="CC0-1.0"),
        AllowedLicense(elements=frozenset({"BY", "SA"})),
        AllowedLicense(elements=frozenset({"BY"}), versions=frozenset({"4.0"})),
        AllowedLicense(elements=frozenset({"BY"}), versions=frozenset({"3.0-DE"})),
        AllowedLicense(identifier="MIT"),
    )


def test_nc_and_nd_come_in_only_when_they_are_written() -> None:
    text = LEAST.replace('["CC-BY"]', '["CC-BY-NC-ND"]')

    assert parsed(text).allowed_licenses == (
        AllowedLicense(elements=frozenset({"BY", "NC", "ND"})),
    )


def test_the_policy_holds_all_that_the_judge_is_told() -> None:
    policy = parsed(FULL).policy(("GPTBot", "CCBot"))

    assert policy == Policy(
        product_token=ProductToken("Kea-Bot"),
        allowed_licenses=parsed(FULL).allowed_licenses,
        categories=frozenset({Category.TRAIN_AI, Category.SEARCH}),
        training_tokens=("CCBot", "KiwiBot"),
        users=frozenset({"non-commercial", "education"}),
        regions=frozenset({"NZ"}),
        agreements=(
            Agreement(
                party="The publisher",
                scope=("https://essays.nz/closed/",),
                document=parsed(FULL).policy(()).agreements[0].document,
                expires=datetime(2027, 12, 31, tzinfo=UTC),
            ),
        ),
        statements=(
            SiteStatement(
                scope=("https://essays.nz/",),
                license=LicenseExpression("CC-BY-4.0 OR MIT"),
                evidence_url="https://essays.nz/legal",
                quote="All texts here are under CC BY 4.0 or MIT.",
                confirmed="by A. Reader on 2026-11-21",
            ),
        ),
    )


def test_values_have_one_spelling() -> None:
    full = parsed(FULL)

    assert full.sources[0].urls == ("https://essays.nz/", "https://xn--fa-hia.de/b")
    assert full.sources[0].scope.hosts == ("essays.nz",)
    assert full.sources[0].scope.paths == ("/essays/",)
    assert full.curator.email == "a@curator.nz"
    assert full.languages.allow == ("en", "zh-Hant-TW", "de-1996")


def test_the_user_agent_says_who_asks_and_where_to_complain() -> None:
    assert parsed(LEAST).user_agent == "Estovers/0.1 (+https://curator.nz/contact)"
    assert parsed(LEAST).from_address == "a@curator.nz"


def test_a_crawl_under_its_own_name_names_the_software_too() -> None:
    assert parsed(FULL).user_agent == (
        "Kea-Bot/0.1 (+https://curator.nz/contact%28us%29) Estovers/0.1"
    )


@pytest.mark.parametrize(
    ("token", "fault"),
    [
        pytest.param("Googlebot-Image", 'the name of another, "googlebot"', id="search"),
        pytest.param("Mozilla", 'the name of another, "mozilla"', id="browser"),
        pytest.param("GPTBot", 'the name of another, "gptbot"', id="trainer"),
        pytest.param("Applebot-Extended", 'the name of another, "applebot"', id="control"),
        pytest.param("Cotoyogi", 'the name of another, "Cotoyogi"', id="consent's list"),
        pytest.param("Kea/2.0", "does not have the form that is needed", id="with version"),
        pytest.param("", "does not have the form that is needed", id="nothing"),
    ],
)
def test_a_crawl_does_not_pretend_to_be_another(token: str, fault: str) -> None:
    text = with_line(f'product_token = "{token}"', in_table="[crawler]")

    faults = faults_of(text)

    assert len(faults) == 1
    assert fault in faults[0]


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        pytest.param("test = 1.0", "is not less than 1", id="all of it"),
        pytest.param("test = -0.1", "is less than 0", id="negative"),
        pytest.param("test = nan", "number", id="no number"),
        pytest.param(
            "validation = 0.5\ntest = 0.5", "nothing is left to train with", id="together"
        ),
        pytest.param("tests = 0.1", 'Did you mean "test"?', id="misspelled"),
    ],
)
def test_a_split_leaves_something_to_train_with(lines: str, fault: str) -> None:
    faults = faults_of(f"{LEAST}[split]\n{lines}\n")

    assert len(faults) == 1
    assert fault in faults[0]


def test_a_paragraph_that_stands_once_is_not_repeated() -> None:
    [fault] = faults_of(with_line("repeated_paragraphs = 1", in_table="[filters]"))

    assert "1 would take every paragraph out. Write 2 or more, or 0 for none." in fault


def test_shares_of_a_split_are_exact_to_a_millionth() -> None:
    found = parsed(f"{LEAST}[split]\nvalidation = 0.1\ntest = 0.000001\n").split.shares

    assert (found.train, found.validation, found.test) == (899_999, 100_000, 1)


def test_every_rule_of_quality_has_a_threshold_of_its_name() -> None:
    rules = [rule.name for rule in fields(quality.Thresholds)]

    assert list(manifest.Thresholds.model_fields) == rules


def test_a_threshold_stands_in_the_place_of_that_of_the_set() -> None:
    more = '[filters]\nquality = "gopher"\n[filters.thresholds]\nleast_words = 20\n'

    asked = parsed(LEAST + more).filters.asked

    assert asked == replace(quality.GOPHER, least_words=20)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        pytest.param("least_word = 20", 'Did you mean "least_words"?', id="misspelled"),
        pytest.param("fewest = 20", "there is no such key", id="unknown"),
        pytest.param('least_words = "20"', "is not a number", id="a text"),
        pytest.param("most_hashes = -1", "is less than 0", id="negative"),
    ],
)
def test_a_threshold_that_is_none_is_a_fault(line: str, fault: str) -> None:
    faults = faults_of(with_line(line, in_table="[filters.thresholds]"))

    assert len(faults) == 1
    assert fault in faults[0]


def test_a_name_that_only_contains_anothers_is_our_own() -> None:
    text = with_line('product_token = "Curly"', in_table="[crawler]")

    assert parsed(text).product_token == "Curly"


def test_every_known_ai_crawler_is_refused_as_a_name() -> None:
    letters = re.compile("[A-Za-z_-]+")
    names = list(filter(letters.fullmatch, crawlers.training_tokens(crawlers.load())))

    for name in names:
        text = with_line(f'product_token = "{name}"', in_table="[crawler]")
        assert "we do not pretend" in faults_of(text)[0]
    assert names


@pytest.mark.parametrize(
    ("page", "address", "is_placeholder"),
    [
        ("https://curator.nz/", "a@curator.nz", False),
        ("https://example.org/c", "a@curator.nz", True),
        ("https://www.example.com/c", "a@curator.nz", True),
        ("https://curator.nz/", "a@mail.example.net", True),
        ("https://curator.example/", "a@curator.nz", True),
        ("https://curator.nz/", "a@curator.invalid", True),
        ("http://localhost:8000/", "a@curator.test", True),
        ("https://notexample.com/", "a@curator.nz", False),
    ],
)
def test_a_contact_that_reaches_nobody_is_known_as_one(
    page: str, address: str, *, is_placeholder: bool
) -> None:
    text = LEAST.replace("https://curator.nz/contact", page).replace(
        "a@curator.nz", address
    )

    contact = parsed(text)

    assert contact.contact_is_placeholder is is_placeholder
    assert bool(contact.live_obstacles) is is_placeholder


def test_a_live_crawl_is_never_faster_than_one_request_a_second() -> None:
    fast = parsed(with_line("delay = 0.5", in_table="[limits]"))

    assert [obstacle.partition(";")[0] for obstacle in fast.live_obstacles] == [
        "limits.delay is 0.5"
    ]
    assert parsed(LEAST).live_obstacles == ()


def test_each_kind_of_source_has_its_depth() -> None:
    full = parsed(FULL)

    described = [(s.kind.value, s.link_depth) for s in full.sources]

    assert described == [
        ("urls", 2),
        ("sitemaps", 0),
        ("warc", 0),
        ("url_list", 0),
    ]
    assert parsed(LEAST).sources[0].link_depth == 5


def test_the_hosts_of_the_seeds_are_the_scope_where_none_is_given() -> None:
    full = parsed(FULL)

    assert parsed(LEAST).sources[0].hosts() == {"essays.nz"}
    assert full.sources[0].hosts() == {"essays.nz"}
    assert full.sources[3].hosts(["https://a.nz/x", "https://B.nz/"]) == {"a.nz", "b.nz"}


@pytest.mark.parametrize(
    ("page", "covered"),
    [
        ("https://essays.nz/essays/1?p=2", True),
        ("http://essays.nz:8080/essays/1", True),
        ("https://essays.nz/news/1", False),
        ("https://essays.nz/?/essays/", False),
        ("https://www.essays.nz/essays/1", False),
        ("https://essays.nz.evil.nz/essays/1", False),
    ],
)
def test_scope_is_by_whole_host_and_beginning_of_path(page: str, *, covered: bool) -> None:
    source = parsed(FULL).sources[0]

    assert source.covers(page, hosts=source.hosts()) is covered


@pytest.mark.parametrize(
    ("table", "line", "fault"),
    [
        ("[limits]", "pages = 1.5", "limits.pages: 1.5 is not a whole number"),
        ("[limits]", "pages = true", "limits.pages: true is not a whole number"),
        ("[limits]", "delay = nan", "limits.delay: nan is not a finite number"),
        ("[limits]", "delay = -1", "limits.delay: -1 is less than 0"),
        ("[limits]", "timeout = 0", "limits.timeout: 0 is not more than 0"),
        ("[limits]", "concurrency = 1000", "limits.concurrency: 1000 is more than 256"),
        (
            "[uses]",
            'categories = ["ai"]',
            "uses.categories[0]: \"ai\" is not one of 'train-ai'",
        ),
        ("[uses]", "categories = []", "uses.categories: needs at least 1 element"),
        ("[uses]", 'categories = "search"', 'uses.categories: "search" is not an array'),
        (
            "[languages]",
            'allow = ["en_NZ"]',
            'languages.allow[0]: "en_NZ" is not a language',
        ),
        ("[operator]", 'users = ["public"]', 'operator.users[0]: "public" is not one of'),
        (
            "[operator]",
            'regions = ["nz"]',
            'operator.regions[0]: "nz" does not have the form',
        ),
        ("[card.id]", "citation = 3", "card.id.citation: 3 is not text in quotes"),
        ("[card.who]", 'publisher = "a\\nb"', 'card.who.publisher: "a\\nb" is more than'),
        ("[card.id]", 'citation = "\\u001b]0;x"', "holds a control character"),
        ("[card.prov]", 'synthetic = "Some."', "does not answer the question."),
        (
            "[card.why]",
            'funder = "X"',
            "card.why.funder: there is no such key. There are: out_of_scope",
        ),
        (
            "[[statements]]",
            'license = "CC-BY"',
            'statements[0].license: "CC-BY" names no version.',
        ),
        (
            "[[statements]]",
            'license = "by-sa-4.0"',
            'is not an SPDX license expression. Did you mean "CC-BY-SA-4.0"?',
        ),
        (
            "[[statements]]",
            'quote = "CC BY"',
            'statements[0].quote: "CC BY" is too short to be known again.',
        ),
        ("[[statements]]", f'quote = "{"so " * 101}"', "is longer than 300 characters"),
        (
            "[[statements]]",
            'evidence_url = "https://a.nz/robots.txt"',
            'statements[0].evidence_url: "https://a.nz/robots.txt" is a file for crawlers',
        ),
        (
            "[[statements]]",
            'evidence_url = "https://a.nz/l"\nscope = ["http://b.nz/"]',
            'statements[0].scope[0]: "http://b.nz/" is on another host',
        ),
        ("[[agreements]]", "expires = 2027", "agreements[0].expires: 2027 is not a date"),
        (
            "[[sources]]",
            'warc = ["https://a.nz/x.warc"]',
            'warc[0]: "https://a.nz/x.warc" is a',
        ),
        ("[[sources]]", 'url_list = ""', 'sources[1].url_list: "" is empty'),
        ("[[sources]]", "urls = []", "sources[1].urls: needs at least 1 element"),
        (
            "[[sources]]",
            "uris = []",
            'sources[1].uris: there is no such key. Did you mean "urls"',
        ),
        ("[sources.scope]", 'hosts = ["*.nz"]', 'scope.hosts[0]: "*.nz" holds *'),
        ("[sources.scope]", 'hosts = ["a.nz:80"]', '"a.nz:80" is more than a host'),
        ("[sources.scope]", 'hosts = ["a b"]', '"a b" is not a host'),
        ("[sources.scope]", 'paths = ["x"]', '"x" is not the beginning of a path'),
        ("[sources.scope]", 'paths = ["/x*"]', '"/x*" is not the beginning of a path'),
        (
            "[crawlers]",
            'add = ["A"]\nremove = ["a"]',
            'crawlers.remove[0]: "a" is added as well',
        ),
        (
            "[crawler]",
            'token = "x"',
            'crawler.token: there is no such key. Did you mean "prod',
        ),
        ("[delays]", "x = 1", "delays: there is no such key. There are: name, version,"),
    ],
)
def test_a_fault_says_where_and_what_is_wrong(table: str, line: str, fault: str) -> None:
    faults = faults_of(with_line(line, in_table=table))

    # The line where the table begins, or one of those after it.
    matching = [each for each in faults if fault in each]
    assert len(matching) == 1
    assert re.match(r"line 1[345], ", matching[0])


def test_every_key_says_what_it_is_for() -> None:
    top: list[type[BaseModel]] = [manifest.Manifest, manifest.Source, manifest.Scope]
    tables = [*top, *TABLES.values()]

    undescribed = [
        f"{table.__name__}.{key}"
        for table in tables
        for key, info in table.model_fields.items()
        if not info.description
    ]

    assert undescribed == []


def test_the_template_is_a_manifest_that_no_crawl_starts_with() -> None:
    text = manifest.render_template("maori-essays")

    template = parsed(text)

    assert template.name == "maori-essays"
    assert template.contact_is_placeholder
    assert parsed(LEAST).limits == template.limits


def test_the_template_shows_every_key_with_its_default() -> None:
    text = manifest.render_template("x")
    uncommented = re.sub(r"(?m)^# ((?:\[+[a-z.]+\]+|[a-z_]+ = .*)$)", r"\1", text)
    shown = tomllib.loads(uncommented)

    manifest.parse(uncommented, source="template")
    assert set(shown) == set(manifest.Manifest.model_fields)
    for name, model in TABLES.items():
        table = shown[name][0] if isinstance(shown[name], list) else shown[name]
        assert set(table) == set(model.model_fields)
    assert set(shown["sources"][0]) == {"urls", "depth", "scope"}
    assert set(shown["sources"][0]["scope"]) == set(manifest.Scope.model_fields)
    assert manifest.Limits.model_validate(shown["limits"]) == manifest.Limits()
    assert shown["crawler"] == manifest.Crawler().model_dump()
    assert shown["uses"]["categories"] == list(manifest.Uses().categories)


@pytest.mark.parametrize("name", ["", "Essays", "../x", "a--b", "-a", "a\n", "x" * 65])
def test_a_template_needs_a_name_that_can_name_a_folder(name: str) -> None:
    with pytest.raises(UsageFault, match="cannot name a corpus"):
        manifest.render_template(name)


def test_the_schema_in_the_repository_is_the_generated_one() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == manifest.render_schema()


def test_the_digest_names_the_text_to_the_letter() -> None:
    assert manifest.digest("") == (
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    assert manifest.digest(LEAST) != manifest.digest(LEAST + "\n")


def test_a_file_from_a_windows_editor_is_read() -> None:
    assert parsed("\ufeff" + FULL.replace("\n", "\r\n")) == parsed(FULL)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("x = " + "[" * 100_000, "nested too deep", id="deep array"),
        pytest.param("x = " + "{a=" * 100_000, "nested too deep", id="deep table"),
        pytest.param("x = " + "9" * 5000, "integer string conversion", id="long number"),
        pytest.param("#" * 1_000_001, "longer than 1000000 characters", id="long text"),
        pytest.param("x = \n" * 1000, "Invalid value", id="many faults"),
        pytest.param("[a]\n[a]\n", "Write each [table] once", id="table twice"),
        pytest.param("sources = 1", "sources: 1 is not an array", id="no array"),
        pytest.param("sources = [1]", "sources[0]: 1 is not a table", id="no table"),
        pytest.param("crawlers = 1", "crawlers: 1 is not a table", id="number for table"),
        pytest.param("crawlers.add = [1]", "crawlers.add[0]: 1 is not text", id="number"),
    ],
)
def test_a_hostile_file_has_faults_and_nothing_else(text: str, fault: str) -> None:
    assert any(fault in each for each in faults_of(text))


def test_a_fault_cannot_write_to_the_terminal() -> None:
    text = with_line('"\\u001b]0;x" = "\\u202e"', in_table="[limits]")

    assert all(fault.isprintable() for fault in faults_of(text))


@pytest.mark.law
@given(st.one_of(st.text(max_size=200), st.text("ab.=[]{},\n\"'# 1-", max_size=80)))
def test_no_text_raises_anything_but_a_manifest_fault(text: str) -> None:
    with pytest.raises(ManifestFault):
        manifest.parse(text, source="m.toml")


@pytest.mark.law
@given(st.randoms(use_true_random=False))
def test_no_torn_manifest_raises_anything_but_a_manifest_fault(
    chance: random.Random,
) -> None:
    lines = FULL.splitlines()
    for _ in range(chance.randint(1, 4)):
        number = chance.randrange(len(lines))
        line = lines[number]
        cut = chance.randint(0, len(line))
        lines[number] = chance.choice([line[:cut], line[cut:], line * 2, "", f"{line} x"])

    assert outcome_of("\n".join(lines)).startswith("m.toml: ")


@pytest.mark.law
@given(
    st.dictionaries(
        st.sampled_from(list(manifest.Manifest.model_fields)),
        st.sampled_from(["1", "1.5", "true", '"x"', "[]", "[1]", "[[]]", "{}", "{a = 1}"])
        | st.sampled_from(
            ['["x"]', "[{}]", "[{urls = 1}]", "nan", "2020-01-01", "07:00:00"]
        ),
    )
)
def test_no_document_of_wrong_types_raises_anything_but_a_manifest_fault(
    document: dict[str, str],
) -> None:
    text = "".join(f"{key} = {value}\n" for key, value in document.items())

    with pytest.raises(ManifestFault):
        manifest.parse(text, source="m.toml")


def test_what_is_not_said_of_licenses_is_what_a_careful_curator_would_say() -> None:
    silent = re.sub(r"(?m)^\[licenses\]\nallow = .*\n", "", LEAST)

    assert manifest.parse(silent, source="m.toml").licenses.allow == DEFAULT_LICENSES


ONE_SOURCE = LEAST.replace('urls = ["https://essays.nz/"]', "{}")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param(
            'urls = ["https://a.nz/"]\npolicies = "archived"',
            "says by which policy files pages of WARC files are judged",
            id="policies-of-pages-that-are-asked-for",
        ),
        pytest.param(
            'warc = ["old.warc.gz"]\ndepth = 2',
            "of archived pages no link is",
            id="links-of-archived-pages",
        ),
        pytest.param(
            'warc = ["old.warc.gz"]\npolicies = "guessed"', "guessed", id="another-word"
        ),
    ],
)
def test_what_an_archived_source_cannot_be_told_is_a_fault(source: str, words: str) -> None:
    with pytest.raises(ManifestFault, match=words):
        parsed(ONE_SOURCE.format(source))


@pytest.mark.parametrize(
    ("source", "is_offline"),
    [
        pytest.param('warc = ["old.warc.gz"]', True, id="left-out"),
        pytest.param('warc = ["o.warc"]\npolicies = "archived"', True, id="archived"),
        pytest.param('warc = ["o.warc"]\npolicies = "asked"', False, id="asked"),
        pytest.param('feeds = ["https://a.nz/feed"]', False, id="feeds"),
    ],
)
def test_a_manifest_of_archived_files_alone_asks_nobody(
    source: str, *, is_offline: bool
) -> None:
    assert parsed(ONE_SOURCE.format(source)).is_offline is is_offline
