"""Feeds: the pages of their entries are found, whatever dialect they are written in."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import feed
from pipeline.model import Exchange

HERE = "https://a.example/blog/feed.xml"


def read(body: str | bytes) -> list[str]:
    content = body.encode() if isinstance(body, str) else body
    return list(feed.read(Exchange(url=HERE, status=200, body=content)).pages)


def atom(*entries: str, root: str = "") -> str:
    inside = "".join(f"<entry>{one}</entry>" for one in entries)
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {root}><link href="/"/>{inside}</feed>'
    )


def rss(*items: str) -> str:
    inside = "".join(f"<item>{one}</item>" for one in items)
    return (
        '<?xml version="1.0"?><rss version="2.0"><channel><link>https://a.example/</link>'
        f"{inside}</channel></rss>"
    )


RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/"><channel rdf:about="https://a.example/"><items/></channel>
 <item rdf:about="https://a.example/1"><link>https://a.example/one</link></item>
 <item rdf:about="https://a.example/2"><title>Two</title></item></rdf:RDF>"""

BOMB = '<!DOCTYPE feed [<!ENTITY a "aaaa">]>' + atom('<link href="/&a;"/>')


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(atom('<link href="https://a.example/1"/>'), ["/1"], id="atom"),
        pytest.param(atom('<link href="/1"/>', '<link href="2"/>'), ["/1", "/blog/2"],
                     id="relative"),
        pytest.param(
            atom(
                '<link rel="self" href="/x"/><link rel="enclosure" href="/y.mp3"/>'
                '<link rel="alternate" href="/1"/>'
            ),
            ["/1"],
            id="only-the-alternate-link",
        ),
        pytest.param(atom('<link href="1"/>', root='xml:base="https://a.example/old/"'),
                     ["/old/1"], id="base-of-the-feed"),
        pytest.param(
            atom('<link xml:base="b/" href="1"/>', root='xml:base="/a/"'), ["/a/b/1"],
            id="bases-within-bases",
        ),
        pytest.param(rss("<link>https://a.example/1</link>"), ["/1"], id="rss"),
        pytest.param(rss("<link> /1\n</link>"), ["/1"], id="rss-relative"),
        pytest.param(rss("<link><![CDATA[/1?a=1&b]]></link>"), ["/1?a=1&b"], id="cdata"),
        pytest.param(rss("<guid>https://a.example/1</guid>"), ["/1"], id="guid"),
        pytest.param(rss('<guid isPermaLink="false">https://a.example/1</guid>'), [],
                     id="a-guid-that-is-no-address"),
        pytest.param(rss("<guid>tag:a.example,2026:1</guid>"), [], id="a-guid-of-a-tag"),
        pytest.param(rss("<title>Silent</title>"), [], id="nothing"),
        pytest.param(RDF, ["/one", "/2"], id="rdf"),
        pytest.param(rss("<link>/1</link>", "<link>/1#x</link>"), ["/1"], id="twice"),
        pytest.param(rss("<link>ftp://a.example/1</link>"), [], id="not-ours"),
        pytest.param(gzip.compress(rss("<link>/1</link>").encode()), ["/1"], id="gzip"),
        pytest.param(gzip.compress(rss("<link>/1</link>").encode())[:-3], [], id="cut"),
        pytest.param(BOMB, [], id="entities"),
        pytest.param(rss("<link>/1</link>", "<link>/2</link>")[:-40], ["/1"], id="torn"),
        pytest.param("<html><link href='/1'></html>", [], id="a-page"),
        pytest.param(b"\x89PNG", [], id="a-picture"),
    ],
)  # fmt: skip
def test_a_feed_names_the_pages_of_its_entries(
    body: str | bytes, expected: list[str]
) -> None:
    assert read(body) == [f"https://a.example{path}" for path in expected]


def test_a_feed_is_read_up_to_its_limits() -> None:
    many = rss(*(f"<link>/{n}</link>" for n in range(feed.MAX_ENTRIES + 5)))
    large = rss("<link>/1</link>") + " " * feed.MAX_BYTES

    assert len(read(many)) == feed.MAX_ENTRIES
    assert read(large) == []
    assert read(gzip.compress(large.encode())) == []


def test_a_name_in_no_encoding_is_no_name() -> None:
    # Found by bench.fuzz: libxml2 lets half a surrogate pair into a name.
    body = b'<rss><item><a\xed\xa0\x80 x="&#xD800;"/><link>/1</link></item></rss>'

    read(body)
    read(b"<rss><item>" + b"<guid>x</gui[[\xd9$\x06\x9e[[d>" + b"</item></rss>")


@pytest.mark.law
@given(body=st.binary(max_size=200), at=st.integers(0, 200))
def test_no_bytes_raise(body: bytes, at: int) -> None:
    whole = atom('<link href="/1"/>', root='xml:base="x"').encode()

    read(whole[:at] + body + whole[at:])
