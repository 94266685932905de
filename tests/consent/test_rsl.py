"""What RSL licenses come to, where they are found, and what a broken one is worth."""

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import markup
from pipeline.consent import robots, rsl
from pipeline.consent.rsl import Channel, Operator, Reference
from pipeline.consent.rsl_document import NotRsl, parse
from pipeline.markup import Markup
from pipeline.model import Evidence, Exchange, Line
from pipeline.vocab import Category, Preference

URL = "https://site.example/open/p"
LICENSE = "https://site.example/l.xml"
VECTORS = (
    Path(__file__).resolve().parents[2] / ".." / "shared" / "vectors" / "consent.jsonl"
)
ALLOWED, DISALLOWED = Preference.ALLOWED, Preference.DISALLOWED
UNKNOWN, UNCLEAR = Preference.UNKNOWN, Preference.UNCLEAR
NOBODY = Operator()

GRANT = '<permits type="usage">ai-train</permits>'
REFUSAL = '<prohibits type="usage">ai-train</prohibits>'


def document(*contents: str) -> str:
    return f'<rsl xmlns="https://rslstandard.org/rsl">{"".join(contents)}</rsl>'


def content(*terms: str, url: str = "/", more: str = "") -> str:
    licenses = "".join(f"<license>{each}</license>" for each in terms)
    return f'<content url="{url}"{more}>{licenses}</content>'


def license_file(body: str | bytes, url: str = LICENSE, *, status: int = 200) -> Exchange:
    octets = body if isinstance(body, bytes) else body.encode()
    return Exchange(url=url, status=status, body=octets)


def site_reference(url: str = LICENSE) -> Reference:
    evidence = Evidence(source="https://site.example/robots.txt", locator="line 1")
    return Reference(channel=Channel.ROBOTS_GLOBAL, evidence=evidence, url=url)


def inline_reference(body: str) -> Reference:
    evidence = Evidence(source=URL, locator="script")
    return Reference(channel=Channel.HTML_SCRIPT, evidence=evidence, document=body)


def preferences(reading: rsl.Reading) -> dict[Category, Preference]:
    return {each.category: each.preference for each in reading.statements}


def training(reading: rsl.Reading) -> Preference:
    return preferences(reading).get(Category.TRAIN_AI, UNKNOWN)


def read_file(body: str | bytes, *, operator: Operator = NOBODY) -> rsl.Reading:
    exchanges = {LICENSE: license_file(body)}
    return rsl.read([site_reference()], url=URL, exchanges=exchanges, operator=operator)


def said_by(*terms: str, operator: Operator = NOBODY) -> Preference:
    """Return what one content with these licenses says of training."""
    return training(read_file(document(content(*terms)), operator=operator))


def discover(
    *,
    group: Sequence[Line] = (),
    everyone: Sequence[Line] = (),
    page: Exchange | None = None,
) -> tuple[Reference, ...]:
    found = markup.read(page) if page else None
    return rsl.discover(
        url=URL,
        robots_lines=group,
        robots_global_lines=everyone,
        robots=Evidence(source="https://site.example/robots.txt", locator="file"),
        page=page,
        markup=found if isinstance(found, Markup) else None,
    )


def line(number: int, value: str, *, key: str = "license") -> Line:
    return Line(number=number, key=key, value=value, text=f"License: {value}")


def page_with(html: str, *headers: tuple[str, str]) -> Exchange:
    kind = ("Content-Type", "text/html; charset=utf-8")
    return Exchange(url=URL, status=200, headers=(kind, *headers), body=html.encode())


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (GRANT, ALLOWED),
        ('<permits type="usage">search\n ai-all</permits>', ALLOWED),
        ('<permits type="usage">all</permits>', ALLOWED),
        ('<permits type="usage">search ai-input ai-index</permits>', DISALLOWED),
        ('<permits type="usage"/>', DISALLOWED),
        ('<permits type="usage">AI-TRAIN</permits>', DISALLOWED),
        ('<permits type="usage">train-ai</permits>', DISALLOWED),
        ('<permits type="usage">ai-train,search</permits>', DISALLOWED),
        (REFUSAL, DISALLOWED),
        (GRANT + REFUSAL, DISALLOWED),
        (REFUSAL + GRANT, DISALLOWED),
        (GRANT + '<prohibits type="usage">search</prohibits>', ALLOWED),
        (GRANT + '<prohibits type="usage">train-ai</prohibits>', DISALLOWED),
        (GRANT + '<prohibits type="usage">search, AI-Train</prohibits>', DISALLOWED),
        (GRANT + '<prohibits type="usage">robots</prohibits>', UNCLEAR),
        (GRANT + '<prohibits type="usage">x:robots</prohibits>', ALLOWED),
        ('<prohibits type="usage">search</prohibits>', UNCLEAR),
        ("", UNCLEAR),
    ],
    ids=str,
)
def test_usages_are_permitted_by_the_letter_and_refused_by_the_sense(
    terms: str, expected: Preference
) -> None:
    assert said_by(terms) is expected


def test_each_category_has_tokens_of_its_own() -> None:
    body = document(content('<permits type="usage">search ai-input</permits>'))
    refusing = document(content('<prohibits type="usage">ai-all</prohibits>'))

    assert preferences(read_file(body)) == {
        Category.TRAIN_AI: DISALLOWED,
        Category.AI_USE: ALLOWED,
        Category.SEARCH: ALLOWED,
    }
    assert preferences(read_file(refusing)) == {
        Category.TRAIN_AI: DISALLOWED,
        Category.AI_USE: DISALLOWED,
        Category.SEARCH: UNCLEAR,
    }


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        ("<payment/>", ALLOWED),
        ('<payment type="free"/>', ALLOWED),
        ('<payment type="free"><amount currency="EUR">0.00</amount></payment>', ALLOWED),
        ('<payment type="free"><standard>https://l.example/</standard></payment>', UNCLEAR),
        ('<payment type="free"><amount currency="EUR">1</amount></payment>', DISALLOWED),
        ('<payment type="attribution"/>', UNCLEAR),
        ('<payment type="contribution"/>', UNCLEAR),
        ('<payment type="purchase"/>', DISALLOWED),
        ('<payment type="subscription"/>', DISALLOWED),
        ('<payment type="training"/>', DISALLOWED),
        ('<payment type="crawl"/>', DISALLOWED),
        ('<payment type="use"/>', DISALLOWED),
        ('<payment type="inference"/>', DISALLOWED),
        ("<payment><standard>https://l.example/</standard></payment>", DISALLOWED),
        ("<payment><custom>/ask</custom></payment>", DISALLOWED),
        ("<payment>5 EUR</payment>", DISALLOWED),
        ('<reporting type="audit" profile="https://r.example/"/>', DISALLOWED),
        ('<legal type="disclaimer">as-is</legal>', ALLOWED),
    ],
    ids=str,
)
def test_a_permission_is_worth_what_it_asks_in_return(
    payment: str, expected: Preference
) -> None:
    assert said_by(GRANT + payment) is expected


@pytest.mark.parametrize(
    ("terms", "operator", "expected"),
    [
        ('<permits type="user">education</permits>', Operator(), UNCLEAR),
        (
            '<permits type="user">education</permits>',
            Operator(users=frozenset({"education"})),
            ALLOWED,
        ),
        (
            '<permits type="user">education</permits>',
            Operator(users=frozenset({"commercial"})),
            DISALLOWED,
        ),
        (
            '<permits type="user">education</permits>',
            Operator(users=frozenset({"education", "commercial"})),
            UNCLEAR,
        ),
        ('<prohibits type="user">commercial</prohibits>', Operator(), UNCLEAR),
        (
            '<prohibits type="user">education,Commercial</prohibits>',
            Operator(users=frozenset({"commercial"})),
            DISALLOWED,
        ),
        (
            '<prohibits type="user">commercial</prohibits>',
            Operator(users=frozenset({"education"})),
            ALLOWED,
        ),
        (
            '<prohibits type="user">companies</prohibits>',
            Operator(users=frozenset({"education"})),
            UNCLEAR,
        ),
        ('<permits type="geo">EU</permits>', Operator(), UNCLEAR),
        ('<permits type="geo">EU</permits>', Operator(regions=frozenset({"DE"})), ALLOWED),
        ('<permits type="geo">DE</permits>', Operator(regions=frozenset({"EU"})), UNCLEAR),
        (
            '<permits type="geo">US</permits>',
            Operator(regions=frozenset({"DE"})),
            DISALLOWED,
        ),
        (
            '<prohibits type="geo">us</prohibits>',
            Operator(regions=frozenset({"US"})),
            DISALLOWED,
        ),
        (
            '<prohibits type="geo">EU</prohibits>',
            Operator(regions=frozenset({"FR"})),
            DISALLOWED,
        ),
        (
            '<prohibits type="geo">EU</prohibits>',
            Operator(regions=frozenset({"NZ"})),
            ALLOWED,
        ),
        (
            '<prohibits type="geo">FR</prohibits>',
            Operator(regions=frozenset({"EU"})),
            UNCLEAR,
        ),
    ],
    ids=str,
)
def test_users_and_regions_are_held_against_who_we_say_we_are(
    terms: str, operator: Operator, expected: Preference
) -> None:
    assert said_by(GRANT + terms, operator=operator) is expected


def test_licenses_are_alternatives_but_what_one_prohibits_is_prohibited() -> None:
    paid = GRANT + '<payment type="training"/>'
    searching = '<permits type="usage">search</permits>'
    education = Operator(users=frozenset({"education"}))
    for_others = '<permits type="user">commercial</permits>'

    assert said_by(paid, GRANT) is ALLOWED
    assert said_by(searching, GRANT) is ALLOWED
    assert said_by(paid, searching) is DISALLOWED
    assert said_by(GRANT, REFUSAL) is DISALLOWED
    assert said_by(GRANT, for_others + REFUSAL, operator=education) is UNCLEAR
    assert said_by(for_others + REFUSAL, operator=education) is DISALLOWED


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        ((content(GRANT), content(REFUSAL, url="/open/")), DISALLOWED),
        ((content(REFUSAL), content(GRANT, url="/open/")), ALLOWED),
        ((content(GRANT), content(REFUSAL)), DISALLOWED),
        ((content(GRANT), content(REFUSAL, url="/closed/")), ALLOWED),
        ((content(REFUSAL), content("", url="/open/")), DISALLOWED),
        ((content(GRANT), content('<payment type="crawl"/>', url="/open/")), DISALLOWED),
        (
            (
                content(GRANT),
                content('<prohibits type="usage">search</prohibits>', url="*/p"),
            ),
            ALLOWED,
        ),
        ((content(GRANT, url="/closed/"),), DISALLOWED),
        ((content(GRANT, url="https://site.example/open/*"),), ALLOWED),
        ((content(GRANT, url="https://SITE.example:443"),), ALLOWED),
        ((content(GRANT, url="https://other.example/"),), DISALLOWED),
        ((content(GRANT, url="//site.example/open"),), ALLOWED),
        ((content(GRANT, url="https://["),), DISALLOWED),
        ((content(GRANT, url="urn:isbn:1"),), DISALLOWED),
        ((content(GRANT, url=""),), DISALLOWED),
        ((content(GRANT, url="open/"),), DISALLOWED),
    ],
    ids=str,
)
def test_the_narrowest_path_that_speaks_decides(
    contents: Sequence[str], expected: Preference
) -> None:
    assert training(read_file(document(*contents))) is expected
    assert training(read_file(document(*reversed(contents)))) is expected


def test_a_server_asks_for_a_token_even_where_all_is_free() -> None:
    server = ' server="https://tokens.example"'
    reading = read_file(document(content(GRANT), content(GRANT, more=server)))
    elsewhere = read_file(
        document(content(GRANT), content(GRANT, url="/closed/", more=server))
    )

    assert training(reading) is DISALLOWED
    assert reading.token_required is not None
    assert (reading.token_required.locator, reading.token_required.clause) == (
        "content[2]",
        "RSL 1.0 section 3.3",
    )
    assert (training(elsewhere), elsewhere.token_required) == (ALLOWED, None)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><p>Not found</p></html>",
        "<rsl><content url='/'><license/></content></rsl>",
        document(content(GRANT)).replace("https:", "http:"),
        document(content(GRANT))[:-3],
        document('<content url="/"/>'),
        document(content(GRANT)).replace(' url="/"', ""),
        document(content('<permit type="usage">all</permit>')),
        document(content(GRANT + GRANT)),
        document(content("<permits>ai-train</permits>")),
        document(content('<permits type="usages">ai-train</permits>')),
        document(content(GRANT + '<server url="https://tokens.example"/>')),
        document(content(GRANT) + "<license/>"),
        '<!DOCTYPE r [<!ENTITY e "x">]>' + document(content(GRANT)),
        document(content('<permits type="usage">&e;</permits>')),
        document(content(GRANT)) + " " * (1024 * 1024),
        "<x>" * 5000,
    ],
    ids=[
        "nothing",
        "a page",
        "no namespace",
        "another namespace",
        "cut off",
        "content without license",
        "content without url",
        "misspelled element",
        "two lists of one type",
        "a list without type",
        "a list of unknown type",
        "an element of an older draft",
        "a license out of place",
        "a document type",
        "an entity",
        "too large",
        "too deep",
    ],
)
def test_a_document_that_does_not_conform_licenses_nothing(body: str) -> None:
    assert isinstance(parse(body.encode()), NotRsl)
    assert set(preferences(read_file(body)).values()) == {DISALLOWED}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp037", "utf-7"])
def test_a_document_type_is_refused_in_every_encoding(encoding: str) -> None:
    body = f"<?xml version='1.0' encoding='{encoding}'?><!DOCTYPE r>{document()}"

    assert isinstance(parse(body.encode(encoding)), NotRsl)


def test_a_document_type_in_disguise_is_refused() -> None:
    start = "<?xml version='1.0' encoding='utf-7'?>+ADw-!DOCTYPE r+AD4-"

    refused = parse(f"{start}{document()}".encode())

    assert refused == NotRsl(cause="a document type declaration")


@pytest.mark.parametrize(
    "body",
    [
        f"<?xml version='1.0'?><?pi x?><!-- c -->{document(content(GRANT))}",
        document(content(f"{GRANT}<x:y xmlns:x='urn:x'><x:z>{REFUSAL}</x:z></x:y>")),
        document(content('<permits type="usage">search <!-- x --> ai-train</permits>')),
        document(content(GRANT) + "<y xmlns='urn:y'/>"),
        document(content(GRANT))
        .replace("<", "<r:")
        .replace("<r:/", "</r:")
        .replace("xmlns=", "xmlns:r="),
    ],
    ids=["prologue", "extension", "comment", "extension of rsl", "prefix"],
)
def test_what_is_not_of_the_namespace_is_ignored(body: str) -> None:
    assert training(read_file(body)) is ALLOWED


def test_a_license_in_utf_16_is_read() -> None:
    assert training(read_file(document(content(GRANT)).encode("utf-16"))) is ALLOWED


@pytest.mark.parametrize(
    "exchange",
    [
        license_file("", status=404),
        license_file("", status=503),
        license_file(document(content(GRANT)), status=403),
        Exchange(url=LICENSE, error="TIMEOUT"),
        Exchange(
            url=LICENSE,
            status=200,
            error="TRUNCATED",
            body=document(content(GRANT)).encode(),
        ),
        Exchange(
            url=LICENSE,
            status=301,
            headers=(("Location", "http://site.example/l.xml"),),
        ),
    ],
    ids=["404", "503", "403", "timeout", "truncated", "downgrade"],
)
def test_a_license_that_cannot_be_had_leaves_the_page_unlicensed(
    exchange: Exchange,
) -> None:
    reading = rsl.read(
        [site_reference()], url=URL, exchanges={LICENSE: exchange}, operator=NOBODY
    )

    assert training(reading) is DISALLOWED
    assert reading.statements[0].evidence[0].clause == "RSL 1.0 section 4.3"


def test_a_license_that_was_not_asked_for_is_wanted() -> None:
    moved = Exchange(url=LICENSE, status=302, headers=(("Location", "/new.xml"),))

    def reading(exchanges: Mapping[str, Exchange]) -> rsl.Reading:
        references = [site_reference()]
        return rsl.read(references, url=URL, exchanges=exchanges, operator=NOBODY)

    assert reading({}) == rsl.Reading(wanted=(LICENSE,))
    assert reading({LICENSE: moved}) == rsl.Reading(
        wanted=("https://site.example/new.xml",)
    )


def test_nothing_is_allowed_while_a_license_is_not_read() -> None:
    second = "https://site.example/second.xml"

    def reading(terms: str) -> rsl.Reading:
        exchanges = {LICENSE: license_file(document(content(terms)))}
        references = [site_reference(), site_reference(second)]
        return rsl.read(references, url=URL, exchanges=exchanges, operator=NOBODY)

    assert (training(reading(GRANT)), reading(GRANT).wanted) == (UNCLEAR, (second,))
    assert training(reading(REFUSAL)) is DISALLOWED


def test_where_nothing_is_declared_nothing_is_said() -> None:
    assert rsl.read([], url=URL, exchanges={}, operator=NOBODY) == rsl.Reading()


@pytest.mark.parametrize(
    ("site", "page", "expected"),
    [
        (GRANT, GRANT, ALLOWED),
        (GRANT, REFUSAL, DISALLOWED),
        (REFUSAL, GRANT, UNCLEAR),
        (REFUSAL, REFUSAL, DISALLOWED),
        (GRANT + '<payment type="attribution"/>', GRANT, UNCLEAR),
        (REFUSAL, GRANT + '<payment type="attribution"/>', DISALLOWED),
    ],
    ids=str,
)
def test_page_and_site_agree_or_the_stricter_counts(
    site: str, page: str, expected: Preference
) -> None:
    inline = inline_reference(document(content(page, url="")))
    exchanges = {LICENSE: license_file(document(content(site)))}

    reading = rsl.read(
        [site_reference(), inline], url=URL, exchanges=exchanges, operator=NOBODY
    )

    assert training(reading) is expected


def test_a_license_of_other_pages_leaves_the_page_s_own_alone() -> None:
    inline = inline_reference(document(content(GRANT, url="")))
    exchanges = {LICENSE: license_file(document(content(REFUSAL, url="/closed/")))}

    def reading(*references: Reference) -> rsl.Reading:
        return rsl.read(references, url=URL, exchanges=exchanges, operator=NOBODY)

    assert training(reading(site_reference(), inline)) is ALLOWED
    assert training(reading(site_reference())) is DISALLOWED


def test_an_inline_license_has_exactly_one_content() -> None:
    two = inline_reference(document(content(GRANT), content(GRANT, url="/x")))

    reading = rsl.read([two], url=URL, exchanges={}, operator=NOBODY)

    assert training(reading) is DISALLOWED


def test_more_licenses_than_can_be_read_leave_it_unclear() -> None:
    inline = inline_reference(document(content(GRANT, url="")))

    def reading(count: int) -> rsl.Reading:
        return rsl.read([inline] * count, url=URL, exchanges={}, operator=NOBODY)

    assert training(reading(rsl.REFERENCE_LIMIT)) is ALLOWED
    assert training(reading(rsl.REFERENCE_LIMIT + 1)) is UNCLEAR


def test_the_evidence_names_element_line_and_declaration() -> None:
    body = document(content(GRANT, "\n" + GRANT + REFUSAL))

    statement = read_file(body).statements[0]

    first, last = statement.evidence[0], statement.evidence[-1]
    assert (first.source, first.locator, first.line) == (
        LICENSE,
        "content[1]/license[2]/prohibits[1]",
        2,
    )
    assert (first.quote, first.clause) == (
        '<prohibits type="usage">ai-train',
        "RSL 1.0 section 3.6",
    )
    assert last.locator == "line 1"


def test_lines_of_our_group_make_the_global_ones_void() -> None:
    other = "https://site.example/other.xml"

    def urls(*references: Reference) -> list[tuple[str | None, Channel]]:
        return [(each.url, each.channel) for each in references]

    both = discover(group=[line(3, LICENSE)], everyone=[line(1, other)])
    one = discover(group=[line(3, "x", key="allow")], everyone=[line(1, other)])
    malformed = discover(group=[line(3, "/l.xml")], everyone=[line(1, other)])

    assert urls(*both) == [(LICENSE, Channel.ROBOTS_GROUP)]
    assert urls(*one) == [(other, Channel.ROBOTS_GLOBAL)]
    assert urls(*malformed) == [(None, Channel.ROBOTS_GROUP)]
    assert (both[0].evidence.line, both[0].evidence.quote) == (3, f"License: {LICENSE}")


@pytest.mark.parametrize(
    ("value", "url"),
    [
        (LICENSE, LICENSE),
        (f" {LICENSE} ", LICENSE),
        (f"{LICENSE}#terms", LICENSE),
        ("HTTPS://site.example/l.xml", "HTTPS://site.example/l.xml"),
        ("/l.xml", None),
        ("//site.example/l.xml", None),
        ("http://site.example/l.xml", None),
        ("https:l.xml", None),
        ("https://", None),
        ("https://[", None),
        (f"{LICENSE} {LICENSE}", None),
        ("https://site.example/\ud800", None),
        ("CC-BY-4.0", None),
        ("", None),
    ],
    ids=ascii,
)
def test_only_an_absolute_https_uri_is_followed(value: str, url: str | None) -> None:
    (reference,) = discover(everyone=[line(1, value)])
    reading = rsl.read([reference], url=URL, exchanges={}, operator=NOBODY)

    assert reference.url is None if url is None else reference.url is not None
    assert (reference.url or "").lower() == (url or "").lower()
    assert training(reading) is (UNCLEAR if url is None else UNKNOWN)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (f'<{LICENSE}>; rel="license"; type="application/rsl+xml"', [LICENSE]),
        (f"<{LICENSE}>;rel=license;type=Application/RSL+xml", [LICENSE]),
        (
            f'<{LICENSE}>; title="<, \\";" ;rel="x license";type="application/rsl+xml;a=b"',
            [LICENSE],
        ),
        (
            f'</a>; rel=next, <{LICENSE}>; rel="license"; type="application/rsl+xml"',
            [LICENSE],
        ),
        (f'<{LICENSE}>; rel="license"; type="application/rsl+xml"; anchor="#x"', [LICENSE]),
        (f'<{LICENSE}>; rel=license; type="application/rsl+xml"; anchor="/x"', [None]),
        ('</l.xml>; rel="license"; type="application/rsl+xml"', [None]),
        (f'<{LICENSE}>; rel="license"', []),
        (f'<{LICENSE}>; rel="next"; rel="license"; type="application/rsl+xml"', []),
        (f'<{LICENSE}>; type="application/rsl+xml"', []),
        (f"<{LICENSE}", []),
        (f'{LICENSE}; rel="license"; type="application/rsl+xml"', []),
    ],
    ids=str,
)
def test_a_link_header_declares_by_relation_and_media_type(
    header: str, found: list[str | None]
) -> None:
    references = discover(page=page_with("", ("link", header)))

    assert [each.url for each in references] == found
    assert {each.channel for each in references} <= {Channel.LINK_HEADER}


@pytest.mark.parametrize(
    ("html", "found"),
    [
        (f'<link rel="license" type="application/rsl+xml" href="{LICENSE}">', [LICENSE]),
        (f"<link type=Application/RSL+xml rel='x LICENSE' href='{LICENSE}'>", [LICENSE]),
        (f'<link rel="license" href="{LICENSE}">', []),
        ('<link rel="license" type="application/rsl+xml" href="/l.xml">', [None]),
        (
            f'<link rel="license" type="application/rsl+xml" href="{LICENSE}?a&amp;b">',
            [f"{LICENSE}?a&b"],
        ),
    ],
    ids=str,
)
def test_a_link_element_declares_by_relation_and_media_type(
    html: str, found: list[str | None]
) -> None:
    references = discover(page=page_with(f"<head>{html}</head>"))

    assert [each.url for each in references] == found


def test_a_link_whose_source_is_too_long_to_quote_declares_what_it_leads_to() -> None:
    long = "x" * 1100
    html = (
        f'<link data-x="{long}" rel="license" type="application/rsl+xml" href="{LICENSE}">'
    )

    references = discover(page=page_with(f"<head>{html}</head>"))

    assert [each.url for each in references] == [LICENSE]


def test_a_script_holds_its_license_itself() -> None:
    body = document(content(GRANT, url=""))
    page = page_with(f'<script type="application/rsl+xml">\n{body}\n</script>')

    references = discover(page=page)
    reading = rsl.read(references, url=URL, exchanges={}, operator=NOBODY)

    assert [each.channel for each in references] == [Channel.HTML_SCRIPT]
    assert training(reading) is ALLOWED
    first = reading.statements[0].evidence[0]
    assert (first.source, first.locator, first.line) == (
        URL,
        "script[type=application/rsl+xml] content[1]/license[1]/permits[1]",
        None,
    )


def test_a_license_for_a_part_cannot_license_the_whole() -> None:
    link = f'<link rel="license" type="application/rsl+xml" href="{LICENSE}">'
    page = page_with(f"<body><footer><p>x</p>{link}</footer></body>")
    exchanges = {LICENSE: license_file(document(content(GRANT, url="")))}

    references = discover(page=page)
    reading = rsl.read(references, url=URL, exchanges=exchanges, operator=NOBODY)

    assert [each.partial for each in references] == [True]
    assert training(reading) is UNCLEAR


usages = st.lists(
    st.sampled_from(["all", "ai-all", "ai-train", "train-ai", "search", "x", "x:y"]),
    max_size=2,
).map(" ".join)
parties = st.sampled_from(["commercial", "education", "commercial education", "us", ""])
terms = st.one_of(
    st.tuples(st.sampled_from(["permits", "prohibits"]), st.just("usage"), usages),
    st.tuples(st.sampled_from(["permits", "prohibits"]), st.just("user"), parties),
    st.tuples(
        st.just("payment"), st.sampled_from(["free", "crawl", "attribution"]), st.just("")
    ),
    st.tuples(st.just("reporting"), st.just("audit"), st.just("")),
)
license_terms = st.lists(terms, max_size=4, unique_by=lambda term: term[:2]).map(
    lambda several: [
        f'<{name} type="{kind}">{text}</{name}>' for name, kind, text in several
    ]
)
paths = st.sampled_from(["/", "/open/", "/open/p", "/closed/"])
contents = st.lists(
    st.tuples(paths, st.lists(license_terms, min_size=1, max_size=2)),
    min_size=1,
    max_size=3,
)
operators = st.builds(
    Operator,
    users=st.sampled_from(
        [frozenset(), frozenset({"commercial"}), frozenset({"education"})]
    ),
)
STRENGTH = (ALLOWED, UNCLEAR, DISALLOWED)

Contents = list[tuple[str, list[list[str]]]]


def written(several: Contents) -> str:
    return document(
        *(
            content(*("".join(each) for each in licenses), url=path)
            for path, licenses in several
        )
    )


@pytest.mark.law
@given(contents, operators, st.randoms(use_true_random=False))
def test_the_order_of_terms_is_irrelevant(
    several: Contents, operator: Operator, chance: Random
) -> None:
    shuffled = [
        (
            path,
            chance.sample(
                [chance.sample(each, len(each)) for each in licenses], len(licenses)
            ),
        )
        for path, licenses in several
    ]
    shuffled = chance.sample(shuffled, len(shuffled))

    before = preferences(read_file(written(several), operator=operator))

    assert preferences(read_file(written(shuffled), operator=operator)) == before


@pytest.mark.law
@given(
    contents,
    operators,
    st.sampled_from(
        [
            '<prohibits type="usage">ai-all</prohibits>',
            '<prohibits type="usage">search x</prohibits>',
            '<prohibits type="user">commercial</prohibits>',
            '<prohibits type="user">everyone</prohibits>',
        ]
    ),
)
def test_one_more_prohibition_never_weakens(
    several: Contents, operator: Operator, added: str
) -> None:
    path, licenses = several[0]
    more = [(path, [[*licenses[0], added], *licenses[1:]]), *several[1:]]

    before = training(read_file(written(several), operator=operator))
    after = training(read_file(written(more), operator=operator))

    assert STRENGTH.index(after) >= STRENGTH.index(before)


@pytest.mark.law
@given(contents, operators, license_terms)
def test_one_more_license_that_prohibits_never_weakens(
    several: Contents, operator: Operator, conditions: list[str]
) -> None:
    if any("prohibits" in each and "usage" in each for each in conditions):
        conditions = []
    path, licenses = several[0]
    more = [(path, [*licenses, [*conditions, REFUSAL]]), *several[1:]]

    before = training(read_file(written(several), operator=operator))
    after = training(read_file(written(more), operator=operator))

    assert STRENGTH.index(after) >= STRENGTH.index(before)


fragments = st.lists(
    st.sampled_from(
        [
            "<rsl xmlns='https://rslstandard.org/rsl'>",
            "</rsl>",
            "<content url='/'>",
            "</content>",
            "<license>",
            "</license>",
            GRANT,
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "&#0;",
            "&#x20;",
            "<?xml version='1.0' encoding='x'?>",
            "<x:y/>",
            "\ufeff",
            "\x00",
        ]
    ),
    max_size=10,
).map(lambda parts: "".join(parts).encode())


@pytest.mark.law
@given(st.binary(max_size=60) | fragments)
def test_no_document_raises(body: bytes) -> None:
    assert len(read_file(body).statements) == len(Category)


@pytest.mark.law
@given(
    st.text(alphabet='<>;=,"\\ arelicenstyp/+xm:#\t', max_size=60) | st.text(max_size=30)
)
def test_no_header_or_line_raises(text: str) -> None:
    page = page_with("", ("Link", text))
    references = discover(page=page, everyone=[line(1, text)])

    assert len(rsl.read(references, url=URL, exchanges={}, operator=NOBODY).wanted) <= 2


def load_vectors() -> list[dict[str, object]]:
    if not VECTORS.exists():
        return []
    # Not str.splitlines: bodies hold U+2028, and it is no line's end in JSON Lines.
    lines = VECTORS.read_text(encoding="utf-8").strip("\n").split("\n")
    vectors = [json.loads(each) for each in lines]
    return [each for each in vectors if each["id"].startswith("RSL-")]


def exchange_of(url: str, raw: Mapping[str, object]) -> Exchange:
    encoded, body = raw.get("body_b64"), raw.get("body", "")
    status, headers, error = raw.get("status"), raw.get("headers", []), raw.get("error")
    assert isinstance(headers, list)
    return Exchange(
        url=url,
        status=status if isinstance(status, int) else None,
        headers=tuple((name, value) for name, value in headers),
        body=b64decode(str(encoded)) if encoded else str(body).encode(),
        error=str(error) if error else None,
    )


def declared_in(
    url: str, exchanges: Mapping[str, Exchange], token: str
) -> tuple[Reference, ...]:
    found = exchanges.get("https://site.example/robots.txt")
    file = robots.read(found.body if found and found.status == 200 else b"")
    page = exchanges[url]
    seen = markup.read(page)
    return rsl.discover(
        url=url,
        robots_lines=robots.selected_lines(file, token, "license"),
        robots_global_lines=robots.global_lines(file, "license"),
        robots=Evidence(source="https://site.example/robots.txt", locator="file"),
        page=page,
        markup=seen if isinstance(seen, Markup) else None,
    )


@pytest.mark.conformance
@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not here")
@pytest.mark.parametrize("vector", load_vectors(), ids=lambda each: str(each["id"]))
def test_a_shared_vector_is_answered(vector: Mapping[str, object]) -> None:
    url, raw, expected = str(vector["url"]), vector["exchanges"], vector["expect"]
    assert isinstance(raw, dict)
    assert isinstance(expected, dict)
    exchanges = {key: exchange_of(key, value) for key, value in raw.items()}
    references = declared_in(url, exchanges, str(vector["product_token"]))

    reading = rsl.read(references, url=url, exchanges=exchanges, operator=NOBODY)
    while reading.wanted:
        exchanges |= {one: Exchange(url=one, status=404) for one in reading.wanted}
        reading = rsl.read(references, url=url, exchanges=exchanges, operator=NOBODY)

    assert training(reading) == expected["train-ai"]
