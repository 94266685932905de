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


def is_address(url: str) -> bool:
    """Say whether a URL names a Creative Commons license page, also one that is void."""
    # A blank inside breaks an address; what was meant is plain all the same.
    parts = _split("".join(url.split()))
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


def compose(asked: frozenset[str], version: str, port: str) -> LicenseExpression | None:
    """Return the license of these elements, version and port, if there is such a one."""
    terms = [each for each in ("BY", "NC", "ND", "SA") if each in asked]
    parts = filter(None, ("-".join(terms), version, port))
    return expression.parse(f"CC-{'-'.join(parts)}")


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
