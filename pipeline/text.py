"""Bytes to text, the way browsers do it: who names the encoding, in which order."""

import re
from typing import Final

# Byte order marks (WHATWG Encoding section 6, "BOM sniff").
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
)

# HTML Standard, "prescan a byte stream to determine its encoding": 1024 bytes.
_PRESCAN: Final = 1024

# RFC 9110 section 8.3.1:
#   parameter = parameter-name "=" ( token / quoted-string )
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';>/]+)""", re.IGNORECASE)
_META: Final = re.compile(rb"<meta\b[^>]{0,512}", re.IGNORECASE)
_COMMENT: Final = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)

# WHATWG Encoding section 4.2: Python's codec, then the labels that mean it. Labels of the
# "replacement" encoding (iso-2022-kr, hz-gb-2312) and of x-user-defined are left out, so
# that they fall to the next guess, and so does utf-7, which no browser reads.
_ENCODINGS: Final = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    "utf-16-le": "utf-16 utf-16le csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff",
    "utf-16-be": "utf-16be unicodefffe",
    "cp866": "866 cp866 csibm866 ibm866",
    "iso8859-2": "iso-8859-2 iso8859-2 iso88592 iso_8859-2 latin2 l2 csisolatin2",
    "iso8859-3": "iso-8859-3 iso8859-3 iso88593 iso_8859-3 latin3 l3 csisolatin3",
    "iso8859-4": "iso-8859-4 iso8859-4 iso88594 iso_8859-4 latin4 l4 csisolatin4",
    "iso8859-5": "iso-8859-5 iso8859-5 iso88595 iso_8859-5 cyrillic csisolatincyrillic",
    "iso8859-6": "iso-8859-6 iso8859-6 iso88596 iso_8859-6 arabic asmo-708 ecma-114",
    "iso8859-7": "iso-8859-7 iso8859-7 iso88597 iso_8859-7 greek greek8 ecma-118",
    "iso8859-8": "iso-8859-8 iso8859-8 iso88598 iso_8859-8 hebrew visual iso-8859-8-i",
    "iso8859-10": "iso-8859-10 iso8859-10 iso885910 latin6 l6 csisolatin6",
    "iso8859-13": "iso-8859-13 iso8859-13 iso885913",
    "iso8859-14": "iso-8859-14 iso8859-14 iso885914",
    "iso8859-15": "iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 csisolatin9",
    "iso8859-16": "iso-8859-16",
    "koi8-r": "koi8-r koi8 koi8_r koi cskoi8r",
    "koi8-u": "koi8-u koi8-ru",
    "mac-roman": "macintosh mac csmacintosh x-mac-roman",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "cp874": "windows-874 dos-874 iso-8859-11 iso8859-11 iso885911 tis-620",
    "cp1250": "windows-1250 cp1250 x-cp1250",
    "cp1251": "windows-1251 cp1251 x-cp1251",
    "cp1252": (
        "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso88591 iso_8859-1 latin1 l1"
        " ascii us-ascii ansi_x3.4-1968 cp819 ibm819 csisolatin1 iso-ir-100"
    ),
    "cp1253": "windows-1253 cp1253 x-cp1253",
    "cp1254": "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 latin5 l5",
    "cp1255": "windows-1255 cp1255 x-cp1255",
    "cp1256": "windows-1256 cp1256 x-cp1256",
    "cp1257": "windows-1257 cp1257 x-cp1257",
    "cp1258": "windows-1258 cp1258 x-cp1258",
    "gb18030": "gb18030 gbk gb2312 gb_2312 gb_2312-80 chinese csgb2312 x-gbk iso-ir-58",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc_jp": "euc-jp x-euc-jp cseucpkdfmtjapanese",
    "iso2022_jp": "iso-2022-jp csiso2022jp",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j ms932 csshiftjis",
    "cp949": "euc-kr cseuckr korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 windows-949",
}
_CODECS: Final = {
    label: codec for codec, labels in _ENCODINGS.items() for label in labels.split()
}


def decode(body: bytes, content_type: str | None) -> str:
    """Return the text of a page's bytes; no bytes raise.

    The order is that of the HTML Standard: byte order mark, the header's ``charset``, a
    ``meta`` element within the first 1024 bytes. A label that the Encoding Standard does
    not know is passed over. Where nobody names an encoding, UTF-8 is tried and then
    windows-1252, in which every byte means something.
    """
    for mark, marked in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(marked, errors="replace")
    codec = _codec(content_type or "") or _declared(body[:_PRESCAN])
    if codec:
        return body.decode(codec, errors="replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _codec(text: str) -> str | None:
    match = _CHARSET.search(text)
    return _CODECS.get(match[1].lower()) if match else None


def _declared(start: bytes) -> str | None:
    # A page that can be read far enough to find the element is not in UTF-16, whatever
    # the element says (HTML Standard, prescan, step "if charset is UTF-16BE/LE").
    for tag in _META.findall(_COMMENT.sub(b"", start)):
        codec = _codec(tag.decode("latin-1"))
        if codec:
            return "utf-8" if codec.startswith("utf-16") else codec
    return None
