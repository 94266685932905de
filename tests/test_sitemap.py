"""Sitemaps: what they list is read, what they try is not done."""

import gzip
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline import sitemap
from pipeline.model import Exchange
from pipeline.sitemap import Sitemap

HERE = "https://a.example/sitemap.xml"
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def read(body: str | bytes) -> Sitemap:
    content = body.encode() if isinstance(body, str) else body
    return sitemap.read(Exchange(url=HERE, status=200, body=content))


def urlset(*locations: str, head: str = '<?xml version="1.0"?>') -> str:
    urls = "".join(
        f"<url><loc>{one}</loc><lastmod>2026</lastmod></url>" for one in locations
    )
    return f"{head}<urlset {NAMESPACE}>{urls}</urlset>"


def pages(*names: str) -> Sitemap:
    return Sitemap(pages=tuple(f"https://a.example/{name}" for name in names))


INDEX = (
    f"<sitemapindex {NAMESPACE}><sitemap><loc>https://a.example/1.xml.gz</loc></sitemap>"
    "<sitemap><loc>/2.xml</loc></sitemap></sitemapindex>"
)
IMAGES = urlset().replace(
    "</urlset>",
    '<url><loc>/a</loc><i:image xmlns:i="urn:i"><i:loc>/a.png</i:loc></i:image></url>'
    "</urlset>",
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(urlset("https://a.example/1", "/2"), pages("1", "2"), id="urlset"),
        pytest.param(urlset("\n  /1?a=1&amp;b=2 "), pages("1?a=1&b=2"), id="white-space"),
        pytest.param(urlset("<![CDATA[/1]]>"), pages("1"), id="character-data"),
        pytest.param(urlset("/1", "/1", "/%7e1"), pages("1", "~1"), id="twice"),
        pytest.param(urlset("/1", "ftp://a.example/2", "\\"), pages("1"), id="not-ours"),
        pytest.param("\ufeff" + urlset("/1"), pages("1"), id="a-byte-order-mark"),
        pytest.param(
            urlset("/é", head='<?xml version="1.0" encoding="ISO-8859-1"?>').encode(
                "latin-1"
            ),
            pages("%C3%A9"),
            id="latin-1",
        ),
        pytest.param(urlset("/1").replace(NAMESPACE, ""), pages("1"), id="no-namespace"),
        pytest.param(IMAGES, pages("a"), id="images-are-not-pages"),
        pytest.param(
            INDEX,
            Sitemap(sitemaps=("https://a.example/1.xml.gz", "https://a.example/2.xml")),
            id="an-index",
        ),
        pytest.param(gzip.compress(urlset("/1").encode()), pages("1"), id="gzip"),
        pytest.param(gzip.compress(urlset("/1").encode())[:-3], Sitemap(), id="cut-gzip"),
        pytest.param(
            "https://a.example/1\r\nhttps://a.example/2\n\n",
            pages("1", "2"),
            id="plain-text",
        ),
        pytest.param("see our pages\nabout\n", Sitemap(), id="prose"),
        pytest.param(b"", Sitemap(), id="nothing"),
        pytest.param(urlset("/1", "/2")[:-60], pages("1"), id="cut-off"),
        pytest.param("<html><body><a href='/1'>1</a></body></html>", Sitemap(), id="html"),
    ],
)
def test_a_sitemap_names_what_it_lists(body: str | bytes, expected: Sitemap) -> None:
    assert read(body) == expected


LAUGHS = (
    "<!DOCTYPE lolz [<!ENTITY a 'https://a.example/'>"
    + "".join(
        f"<!ENTITY {after} '{f'&{before};' * 10}'>"
        for before, after in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]>"
)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(LAUGHS, id="billion-laughs"),
        pytest.param("<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>", id="a-remote-dtd"),
        pytest.param(f"<?xml version='1.0'?><!--{'x' * 5000}-->{LAUGHS}", id="hidden-late"),
    ],
)
def test_a_document_type_gives_nothing_away(head: str) -> None:
    found = read(urlset("&j;", "/&a;", head=head))

    assert all(len(page) < 100 for page in found.pages)
    assert found.sitemaps == ()


@pytest.mark.parametrize("padding", [0, 5000])
def test_an_entity_reads_no_file(tmp_path: Path, padding: int) -> None:
    (tmp_path / "secret").write_text("https://a.example/secret")
    dtd = f"<!--{'x' * padding}--><!DOCTYPE x [<!ENTITY s SYSTEM '{tmp_path}/secret'>]>"

    assert "secret" not in str(read(urlset("&s;", head=dtd)))


def test_no_more_than_the_protocols_fifty_thousand_are_taken() -> None:
    found = read(gzip.compress(urlset(*(f"/{n}" for n in range(50_010))).encode(), 1))

    assert len(found.pages) == 50_000


def test_a_list_is_cut_at_fifty_thousand_too() -> None:
    found = read("\n".join(f"https://a.example/{n}" for n in range(50_010)))

    assert len(found.pages) == 50_000


def test_a_bomb_names_nothing() -> None:
    assert read(gzip.compress(bytes(51 << 20), 1)) == Sitemap()


@pytest.mark.law
@given(body=st.binary(max_size=600))
@example(body=b"<a:b")
@example(body=b"<\xff\xfe>")
@example(body=b"<url><loc>\x00</loc></url>")
@example(body=b"<u><url><loc>http://[</loc></url></u>")
@example(body=b"<u><url><loc>&#xD800;</loc></url></u>")
@example(body=b"<u><?pi?><url><!-- c --><loc><!-- c -->http://b.example/</loc></url></u>")
def test_no_bytes_raise(body: bytes) -> None:
    assert isinstance(read(body), Sitemap)


@pytest.mark.law
@given(
    parts=st.lists(
        st.sampled_from(
            ["<url>", "</url>", "<loc>", "</loc>", "<sitemap>", "<x:y>", "&amp;", "&z;",
             "&#0;", "&#xDFFF;", "/p", "https://b.example", "<![CDATA[", "]]>", "<!--",
             "-->", "<?p", "?>", "\x00", "\ud800", "<!DOCTYPE a>", "<:a>", "</>", "<a b=>"]
        ),
        max_size=30,
    )
)  # fmt: skip
def test_no_markup_raises(parts: list[str]) -> None:
    body = "<urlset>" + "".join(parts)

    assert isinstance(read(body.encode("utf-8", "surrogatepass")), Sitemap)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<urlset><url><loctps://a/</loc></url></urlset>", id="a name"),
        pytest.param(
            b"<urlset><url><loc>https://&#xD800;a.example/</loc></url></urlset>",
            id="half a surrogate pair",
        ),
    ],
)
def test_what_fuzzing_found_names_no_page(body: bytes) -> None:
    assert read(body) == Sitemap()
