"""Creative Commons by address and by name: which license a URL or a short form means."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from pipeline.license import expression
from pipeline.vocab import LicenseExpression

_HOSTS: Final = frozenset({"creativecommons.org", "www.creativecommons.org"})

# A URL with a blank, a control, a backslash or a letter outside ASCII is not what Creative
# Commons hands out; it is broken or wants to be taken for another.
_PLAIN: Final = re.compile(r"[\x21-\x5b\x5d-\x7e]+")

# path   = "/licenses/" terms "/" version ["/" port] ["/" page] ["/"]
# page   = ("deed" / "legalcode" / "rdf") ["." language] [".html" / ".txt"]
# The language of a deed is not a port: /by/4.0/deed.de is CC-BY-4.0.
_PAGE: Final = (
    r"(?:/(?:deed|legalcode|rdf)(?:[.-][a-z]{2,3}(?:[-_][a-z]{2,8})?)?"
    r"(?:\.html|\.txt)?)?/?"
)
_LICENSE: Final = re.compile(
    r"/licenses/(?P<terms>(?:by|nc|nd|sa)(?:-(?:nc|nd|sa))*)/(?P<version>[0-9]\.[0-9])"
    r"(?:/(?P<port>(?!rdf)(?:[a-z]{2,3}|scotland)))?" + _PAGE
)
_OTHER: Final = re.compile(
    r"/(?P<tool>publicdomain/zero/1\.0|publicdomain/mark/1\.0"
    r"|publicdomain/certification/1\.0/us|licenses/publicdomain"
    r"|licenses/sampling/1\.0|licenses/sampling\+/1\.0|licenses/nc-sampling\+/1\.0"
    r"|licenses/devnations/2\.0|licenses/gpl/2\.0|licenses/lgpl/2\.1)" + _PAGE
)
_OTHER_NAMES: Final = {
    "publicdomain/zero/1.0": "CC0-1.0",
    "publicdomain/mark/1.0": "CC-PDM-1.0",
    "publicdomain/certification/1.0/us": "CC-PDDC",
    "licenses/publicdomain": "CC-PDDC",
    "licenses/sampling/1.0": "LicenseRef-CC-Sampling-1.0",
    "licenses/sampling+/1.0": "LicenseRef-CC-Sampling-Plus-1.0",
    "licenses/nc-sampling+/1.0": "LicenseRef-CC-NC-Sampling-Plus-1.0",
    "licenses/devnations/2.0": "LicenseRef-CC-DevNations-2.0",
    "licenses/gpl/2.0": "LicenseRef-CC-GPL-2.0",
    "licenses/lgpl/2.1": "LicenseRef-CC-LGPL-2.1",
}

# A short form: "CC BY-NC 4.0", "cc-by-sa-3.0-DE"; "CC BY-NC" has no version. A badge has
# one in its address: https://i.creativecommons.org/l/by-nc/4.0/88x31.png
_SHORT: Final = re.compile(
    r"(?:\bCC[\s_-]{0,3}|creativecommons\.org/l/)"
    r"(?P<terms>BY(?:[\s_/-]{1,3}(?:NC|ND|SA))*)\b"
    r"(?:[\s_/-]{0,3}(?P<version>[1-4]\.[0-9])"
    r"(?:(?:[\s_-](?-i:(?P<port>[A-Z]{2,3}))\b)|/(?P<folder>[a-z]{2,3})/)?)?",
    re.IGNORECASE,
)
_ZERO: Final = re.compile(r"\bCC[\s-]?(?:0|zero)(?:[\s-]1\.0)?\b", re.IGNORECASE)
_NAME: Final = re.compile(
    r"creative[\s-]commons|知识共享|創用|クリエイティブ・コモンズ", re.IGNORECASE
)
_ADDRESS: Final = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/[A-Za-z0-9./+-]+", re.IGNORECASE
)
_VERSION: Final = re.compile(r"(?<![0-9.])([1-4]\.[0-9])(?![0-9.])")
_WITHOUT_PORTS: Final = "4.0"

# The long names of the elements, in the languages that the licenses are met in most.
_LONG: Final = {
    "BY": re.compile(
        r"attribution|namensnennung|paternité|atribución|reconocimiento|attribuzione"
        r"|atribuição|naamsvermelding|署名|表示",
        re.IGNORECASE,
    ),
    "SA": re.compile(
        r"share[\s-]?alike|gleichen bedingungen|partage dans les mêmes conditions"
        r"|partage à l.identique|compartir[\s-]?igual|compartilha[\s-]?igual"
        r"|condividi allo stesso modo|gelijkdelen|相同方式共享|継承",
        re.IGNORECASE,
    ),
    "NC": re.compile(
        r"non[\s-]?commerc|nicht[\s-]?kommerziell|(?:pas|non) d.utilisation commerciale"
        r"|no[\s-]?comercial|n[ãa]o[\s-]?comercial|niet[\s-]?commercieel|非営利|非商业",
        re.IGNORECASE,
    ),
    "ND": re.compile(
        r"no[\s-]?deriv|non[\s-]?deriv|keine[\s-]bearbeitung|pas de modification"
        r"|sin[\s-]?(?:obras?[\s-])?deriv|sem deriva|geen afgeleide|改変禁止|禁止演绎",
        re.IGNORECASE,
    ),
}


def is_address(url: str) -> bool:
    """Say whether a URL names a Creative Commons license page, also one that is void."""
    parts = _split(url)
    return parts is not None and parts.startswith(("/licenses/", "/publicdomain/"))


def expression_of(url: str) -> LicenseExpression | None:
    """Return the license that a Creative Commons address names.

    The host is compared whole, so that no look-alike gives a license, and the path has to
    be one that was published: without a version, with a version or a port that does not
    exist, nothing is named.
    """
    path = _split(url)
    if path is None:
        return None
    match = _LICENSE.fullmatch(path)
    if match:
        parts = filter(None, (match["terms"], match["version"], match["port"]))
        return expression.parse(f"CC-{'-'.join(parts)}")
    tool = _OTHER.fullmatch(path)
    return expression.parse(_OTHER_NAMES[tool["tool"]]) if tool else None


def name_begins(text: str) -> int:
    """Return where the first name or address of a license begins, or the text's end."""
    matches = (each.search(text) for each in (_ADDRESS, _NAME, _SHORT, _ZERO))
    return min((match.start() for match in matches if match), default=len(text))


def expressions_named(text: str) -> frozenset[LicenseExpression | None]:
    """Return the licenses that a text names, short, long or as an address.

    Empty where it names none; with None in it where a name leaves the version or the port
    open, which only version 4.0 cannot: it has no ports.
    """
    found = {expression_of(url.rstrip(".,;)")) for url in _ADDRESS.findall(text)}
    if not found:
        found |= {_expression(*_parts(match)) for match in _SHORT.finditer(text)}
        found |= {expression.parse("CC0-1.0") for _ in _ZERO.finditer(text)}
    if not found and _NAME.search(text):
        found.add(_long_form(text))
    return frozenset(found)


def contradiction(
    stated: LicenseExpression, *, words: str, badges: tuple[str, ...] = ()
) -> LicenseExpression | None:
    """Return what the words or the badge of a link say where its address says otherwise.

    Only Creative Commons licenses can be contradicted. Words that name a restriction which
    the address lacks count as much as a short form of other elements or another version.
    """
    asked = expression.elements(stated)
    if not asked:
        return None
    edition, _, port = expression.version(stated).partition("-")
    text = " ".join((words, *badges))
    for match in _SHORT.finditer(text):
        other, version, other_port = _parts(match)
        if (other, version or edition, other_port or port) != (asked, edition, port):
            return _expression(other, version or edition, other_port)
    named = frozenset(key for key in ("NC", "ND") if _LONG[key].search(text))
    return _expression(asked | named, edition, "") if named - asked else None


def _parts(match: re.Match[str]) -> tuple[frozenset[str], str, str]:
    terms = frozenset(re.split(r"[\s_/-]+", match["terms"].upper()))
    return terms, match["version"] or "", (match["port"] or match["folder"] or "").upper()


def _expression(asked: frozenset[str], version: str, port: str) -> LicenseExpression | None:
    terms = [each for each in ("BY", "NC", "ND", "SA") if each in asked]
    parts = filter(None, ("-".join(terms), version, port))
    return expression.parse(f"CC-{'-'.join(parts)}")


def _long_form(text: str) -> LicenseExpression | None:
    versions = _VERSION.findall(text)
    if versions != [_WITHOUT_PORTS]:
        return None
    asked = frozenset(key for key, words in _LONG.items() if words.search(text))
    return _expression(asked, _WITHOUT_PORTS, "") if "BY" in asked else None


def _split(url: str) -> str | None:
    """Return the path in lower case where the address is really Creative Commons'."""
    text = url.strip(" \t\r\n\f")
    # The cheap question first: most links of a page lead elsewhere.
    if "creativecommons" not in text.lower() or not _PLAIN.fullmatch(text):
        return None
    try:
        parts = urlsplit(f"https:{text}" if text.startswith("//") else text)
        port = parts.port
    except ValueError:
        return None
    if (
        parts.scheme not in {"http", "https"}
        or parts.netloc.count("@")
        or port
        not in {
            None,
            80,
            443,
        }
    ):
        return None
    if parts.hostname not in _HOSTS:
        return None
    return unquote(parts.path).lower().replace("//", "/")
