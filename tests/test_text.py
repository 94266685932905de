import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text import decode


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        pytest.param("é".encode(), None, "é", id="utf-8 is tried where nobody names one"),
        pytest.param(b"\xe9\x80", None, "é€", id="what is not utf-8 is windows-1252"),
        pytest.param(
            b"\xe9", "text/html; charset=ISO-8859-1", "é", id="the header names it"
        ),
        pytest.param(
            b"\x93x\x94", "text/html; charset=latin1", "“x”", id="latin1 is windows-1252"
        ),
        pytest.param(
            b"\xef\xbb\xbf\xc3\xa9", "text/html; charset=latin1", "é", id="a mark wins"
        ),
        pytest.param(b"\xff\xfex\x00", None, "x", id="a little-endian mark"),
        pytest.param(
            b'<meta charset="windows-1251">\xff',
            "text/html",
            '<meta charset="windows-1251">я',
            id="the meta element names it",
        ),
        pytest.param(
            b'<meta http-equiv=Content-Type content="text/html;charset=koi8-r">\xd1',
            None,
            '<meta http-equiv=Content-Type content="text/html;charset=koi8-r">я',
            id="the old meta element names it",
        ),
        pytest.param(
            b"<!-- <meta charset=koi8-r> -->\xc3\xa9",
            None,
            "<!-- <meta charset=koi8-r> -->é",
            id="a commented meta element names nothing",
        ),
        pytest.param(
            b"<meta charset=utf-16>\xc3\xa9",
            None,
            "<meta charset=utf-16>é",
            id="an element that can be read is not in utf-16",
        ),
        pytest.param(
            b"\xc3\xa9",
            "text/html; charset=martian",
            "é",
            id="an unknown label is passed over",
        ),
        pytest.param(
            b"+AGE-", "text/html; charset=utf-7", "+AGE-", id="utf-7 is never read"
        ),
        pytest.param(
            b"\xff", "text/html; charset=utf-8", "�", id="a broken byte is marked"
        ),
        pytest.param(
            b"x" * 1024 + b"<meta charset=koi8-r>\xc3\xa9",
            None,
            "x" * 1024 + "<meta charset=koi8-r>é",
            id="only the first 1024 bytes are scanned",
        ),
    ],
)
def test_text_is_decoded_as_browsers_do(
    body: bytes, content_type: str | None, text: str
) -> None:
    assert decode(body, content_type) == text


@pytest.mark.law
@given(st.binary(), st.none() | st.text())
def test_no_bytes_and_no_header_raise(body: bytes, content_type: str | None) -> None:
    assert isinstance(decode(body, content_type), str)


@pytest.mark.law
@given(st.text())
def test_utf_8_that_is_declared_comes_back_whole(text: str) -> None:
    body = text.encode("utf-8", errors="replace")

    assert decode(b"\xef\xbb\xbf" + body, None).encode() == body
