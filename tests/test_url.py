import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import url

PIECES = st.sampled_from(
    [
        *("http", "HTTPS", "://", ":", "/", "//", "?", "#", "@", "[", "]", "\\", " ", "\t"),
        *("%", "%2", "%2e", "%41", "%zz", "%C3", "%2F", ".", "..", "./", "../", "a", "Z"),
        *("example", "faß", "①", "１", "。", "127", "0x7f", "xn--", "xn--fa-hia", "-", "_"),
        *("::1", ":80", ":443", ":0", ":99999", "ü", "\u200d", "\ud800", "\x00", "e\u0301"),
    ]
)
NEAR_URLS = st.one_of(
    st.text(max_size=40),
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(PIECES, max_size=10).map(lambda parts: "https://a.example/" + "".join(parts)),
    st.lists(PIECES, max_size=6).map(lambda parts: "http://" + "".join(parts)),
)


def normal_or_none(text: str) -> str | None:
    try:
        return url.normalise(text)
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("given_url", "normal"),
    [
        pytest.param("HTTPS://A.Example/Page", "https://a.example/Page", id="letter case"),
        pytest.param("https://a.example", "https://a.example/", id="empty path"),
        pytest.param("https://a.example?q=1", "https://a.example/?q=1", id="only a query"),
        pytest.param("https://a.example/x?", "https://a.example/x", id="empty query"),
        pytest.param("https://a.example/x#y?z", "https://a.example/x", id="fragment"),
        pytest.param("https://a.example:443/", "https://a.example/", id="port of https"),
        pytest.param("http://a.example:080/", "http://a.example/", id="port of http"),
        pytest.param(
            "http://a.example:443/", "http://a.example:443/", id="the other's port"
        ),
        pytest.param("http://a.example:/", "http://a.example/", id="empty port"),
        pytest.param("https://a.example./", "https://a.example/", id="root dot"),
        pytest.param("https://a.example/o/../s", "https://a.example/s", id="dot segments"),
        pytest.param(
            "https://a.example/o/%2E%2e/s", "https://a.example/s", id="encoded dots"
        ),
        pytest.param(
            "https://a.example/../../s", "https://a.example/s", id="dots above root"
        ),
        pytest.param("https://a.example/s/.", "https://a.example/s/", id="dot at the end"),
        pytest.param("https://a.example/s/..", "https://a.example/", id="dots at the end"),
        pytest.param(
            "https://a.example//x//", "https://a.example//x//", id="empty segments"
        ),
        pytest.param(
            "https://a.example/%7eu/%41", "https://a.example/~u/A", id="unreserved"
        ),
        pytest.param("https://a.example/%2f%3f", "https://a.example/%2F%3F", id="reserved"),
        pytest.param("https://a.example/ü e", "https://a.example/%C3%BC%20e", id="UTF-8"),
        pytest.param(
            "https://a.example/100%", "https://a.example/100%25", id="lone percent"
        ),
        pytest.param(
            "https://a.example/%%34%31",
            "https://a.example/%2541",
            id="percent that would join",
        ),
        pytest.param(
            "https://a.example/?a[]=|", "https://a.example/?a%5B%5D=%7C", id="query"
        ),
        pytest.param(
            "https://a.example/?u=/?x", "https://a.example/?u=/?x", id="URL in query"
        ),
        pytest.param(
            "https://faß.de/", "https://xn--fa-hia.de/", id="sharp s is IDNA 2008"
        ),
        pytest.param(
            "https://ＥＸＡＭＰＬＥ。com/", "https://example.com/", id="fullwidth"
        ),
        pytest.param(
            "https://аpple.com/", "https://xn--pple-43d.com/", id="homoglyph shown"
        ),
        pytest.param("https://XN--FA-HIA.de/", "https://xn--fa-hia.de/", id="A-label"),
        pytest.param("http://①②⑦.0.0.1/", "http://127.0.0.1/", id="circled digits"),
        pytest.param("http://[::FFFF:127.0.0.1]/", "http://[::ffff:7f00:1]/", id="IPv6"),
        pytest.param(
            "https://my_blog.example/", "https://my_blog.example/", id="underscore"
        ),
        pytest.param("https://r3---sn.example/", "https://r3---sn.example/", id="hyphens"),
    ],
)
def test_each_url_has_one_spelling(given_url: str, normal: str) -> None:
    assert url.normalise(given_url) == normal


@pytest.mark.parametrize(
    ("given_url", "reason"),
    [
        pytest.param("", "it has no scheme; http or https is needed", id="nothing"),
        pytest.param(
            "//a.example/", "it has no scheme; http or https is needed", id="relative"
        ),
        pytest.param("file:///etc/hostname", "its scheme is not http or https", id="file"),
        pytest.param("data:text/html,x", "its scheme is not http or https", id="data"),
        pytest.param("javascript:alert(1)", "its scheme is not http or https", id="script"),
        pytest.param("s3://bucket/key", "its scheme is not http or https", id="s3"),
        pytest.param("https:a.example", "it has no host", id="no slashes"),
        pytest.param("https:///x", "it has no host", id="no host"),
        pytest.param(
            "https://u:p@a.example/", "it holds a user name or password", id="user"
        ),
        pytest.param(
            "https://a.example:x/", "its host or port is malformed", id="bad port"
        ),
        pytest.param(
            "https://a.example:0/", "its port is not between 1 and 65535", id="zero"
        ),
        pytest.param(
            "https://a.example:65536/",
            "its port is not between 1 and 65535",
            id="high port",
        ),
        pytest.param(
            "https://a.example\\b/", "it holds the character U+005C", id="backslash"
        ),
        pytest.param(
            "https://a.example/\n", "it holds the character U+000A", id="line feed"
        ),
        pytest.param("https://a.example/\x85", "it holds the character U+0085", id="C1"),
        pytest.param(
            "https://a.example/\ud800", "it holds the character U+D800", id="half"
        ),
        pytest.param("https://[::1%25eth0]/", "its IPv6 address has a zone", id="zone"),
        pytest.param("https://[::g]/", "its IPv6 address is malformed", id="bad IPv6"),
        pytest.param(
            "https://a..example/", "its host is not a host name", id="empty label"
        ),
        pytest.param(
            "https://%61.example/", "its host is not a host name", id="encoded host"
        ),
        pytest.param(
            "https://-a.example/", "its host is not a host name", id="hyphen first"
        ),
        pytest.param(
            f"https://{'a' * 64}.de/", "its host is not a host name", id="64 letters"
        ),
        pytest.param(
            "https://a\u200db.com/", "its host is not a name of IDNA 2008", id="joiner"
        ),
        pytest.param(
            "https://℀.com/", "its host is not a name of IDNA 2008", id="a/c sign"
        ),
        pytest.param(
            "https://xn--.com/", "its host is not a name of IDNA 2008", id="bad label"
        ),
    ],
)
def test_a_url_that_is_not_asked_for_is_refused_with_its_reason(
    given_url: str, reason: str
) -> None:
    with pytest.raises(ValueError, match="it") as refusal:
        url.normalise(given_url)

    assert str(refusal.value) == reason


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0177.0.0.1", "127.1", "0x7f.0.0.1", "0x7f000001", "1.2.3.4.5"),
        *("127.0.0.0x", "１２７.1", "256.1.1.1", "a.1"),
    ],
)
def test_a_disguised_ipv4_address_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="disguised spelling"):
        url.normalise(f"http://{host}/")


def test_a_url_of_more_than_2083_characters_is_refused() -> None:
    longest = "https://a.example/" + "x" * (2083 - 18)

    assert normal_or_none(longest) == longest
    assert normal_or_none(longest + "x") is None
    assert normal_or_none("https://a.example/" + "ü" * 400) is None


def test_a_reason_never_repeats_a_password() -> None:
    with pytest.raises(ValueError, match="user name") as refusal:
        url.normalise("https://me:secret@a.example/")

    assert "secret" not in str(refusal.value)


@pytest.mark.law
@given(NEAR_URLS)
def test_the_spelling_of_a_spelling_is_itself(text: str) -> None:
    normal = normal_or_none(text)

    assert normal is None or url.normalise(normal) == normal


@pytest.mark.law
@given(NEAR_URLS)
def test_a_spelling_is_plain_ascii_without_what_readers_disagree_on(text: str) -> None:
    normal = normal_or_none(text)

    if normal is not None:
        assert normal.isascii()
        assert not set(normal) & set('#@\\ \t\n[]|^`{}<>"') - set("@[]")
        assert "@" not in url.origin(normal)
        assert "/../" not in normal
        assert "/./" not in normal
        assert normal.startswith(url.origin(normal) + "/")


@pytest.mark.law
@given(NEAR_URLS)
def test_what_is_judged_is_what_goes_over_the_wire(text: str) -> None:
    wire = pytest.importorskip("w3lib.url")
    normal = normal_or_none(text)

    assert normal is None or wire.safe_url_string(normal) == normal


@pytest.mark.law
@given(NEAR_URLS, NEAR_URLS)
def test_a_link_leads_to_a_normal_url_or_nowhere(base: str, href: str) -> None:
    target = url.join(base, href)

    assert target is None or url.normalise(target) == target


def test_an_origin_is_scheme_host_and_port() -> None:
    assert url.origin("HTTPS://A.example:443/x?y") == "https://a.example"
    assert url.origin("http://a.example:8080/x") == "http://a.example:8080"
    assert url.origin("http://[::1]:8080/x") == "http://[::1]:8080"


def test_a_host_is_without_port_and_brackets() -> None:
    assert url.host("https://A.example:8443/x") == "a.example"
    assert url.host("http://[::1]:8080/x") == "::1"


@pytest.mark.parametrize(
    ("href", "target"),
    [
        pytest.param("next", "https://a.example/b/next", id="sibling"),
        pytest.param("../up", "https://a.example/up", id="parent"),
        pytest.param("/root", "https://a.example/root", id="from the root"),
        pytest.param("?p=2", "https://a.example/b/c?p=2", id="query"),
        pytest.param("#here", "https://a.example/b/c", id="fragment"),
        pytest.param("", "https://a.example/b/c", id="nothing"),
        pytest.param("//B.example/x", "https://b.example/x", id="other host"),
        pytest.param(" \n/x\t", "https://a.example/x", id="white space around"),
        pytest.param("mailto:a@b.example", None, id="mail"),
        pytest.param("javascript:void(0)", None, id="script"),
        pytest.param("file:///etc/passwd", None, id="file"),
        pytest.param("http://u:p@b.example/", None, id="password"),
        pytest.param("/\\b.example/", None, id="backslash"),
        pytest.param("http://[::1", None, id="broken IPv6"),
    ],
)
def test_a_link_is_resolved_against_its_page(href: str, target: str | None) -> None:
    assert url.join("https://a.example/b/c", href) == target


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("http://u:p@a.example/x", "http://a.example/x", id="both"),
        pytest.param("//token@a.example", "//a.example", id="relative to the scheme"),
        pytest.param("/mail/me@a.example", "/mail/me@a.example", id="an address in a path"),
        pytest.param("http://a.example/?m=x@y", "http://a.example/?m=x@y", id="a query"),
    ],
)
def test_credentials_are_left_out_of_what_is_written_down(text: str, kept: str) -> None:
    assert url.without_credentials(text) == kept
