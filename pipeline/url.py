"""The one spelling of a URL: that which is asked for, judged, requested and recorded.

Two spellings of one address would mean that a rule is read for the first and a page is
fetched from the second. So every URL passes through ``normalise`` once, before anything
is decided on it, and what comes out is also what goes over the wire.
"""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import urljoin

import idna

LENGTH_LIMIT: Final = 2083
"""Longest URL, in characters: what sitemaps and older browsers agree on."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HIGHEST_PORT: Final = 65535

# RFC 3986 appendix B:
#   ^(([^:/?#]+):)?(//([^/?#]*))?([^?#]*)(\?([^#]*))?(#(.*))?
# with names, and without its outer groups. It matches every string.
_PARTS: Final = re.compile(
    r"(?:(?P<scheme>[^:/?#]+):)?(?://(?P<authority>[^/?#]*))?"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.DOTALL,
)

# RFC 3986 section 3.2, without userinfo, which is refused before:
#   authority  = [ userinfo "@" ] host [ ":" port ]
#   IP-literal = "[" ( IPv6address / IPvFuture  ) "]"
_AUTHORITY: Final = re.compile(
    r"(?:\[(?P<six>[^\[\]]*)\]|(?P<name>[^\[\]:]+))(?::(?P<port>[0-9]*))?"
)

# Controls do not belong in a URL; browsers drop some of them silently, so that the same
# characters would name one page for them and another for us. A backslash is a slash to
# browsers and a letter to RFC 3986.
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")

# RFC 3986 sections 3.3 and 3.4, of which a path and a query are made:
#   pchar         = unreserved / pct-encoded / sub-delims / ":" / "@"  # noqa: ERA001
#   query         = *( pchar / "/" / "?" )  # noqa: ERA001
# A percent sign that begins no triplet is matched as a character of its own and encoded:
# left alone, it could join what follows into a triplet on the second reading.
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?]")
_UNRESERVED: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)

# RFC 1123 section 2.1, with the underscore that DNS carries and the web uses.
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NAME_LIMIT: Final = 253

# What a system resolver takes for an IPv4 address when it ends a host name: decimal,
# octal or hexadecimal digits (WHATWG URL section 3.5, "ends in a number").
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")

# HTML strips these from an href before it is resolved.
_HTML_SPACE: Final = " \t\n\f\r"


_CREDENTIALS: Final = re.compile(r"(//)[^/?#\s@]*@")


def normalise(url: str) -> str:
    """Return the one spelling of a fetchable URL (RFC 3986 section 6.2.2).

    Scheme and host are in lower case, the host in the A-labels of IDNA 2008, without a
    default port, dot segments or a fragment. Raise ValueError with the reason where the
    URL is not one that we ask for; the reason never repeats the URL, which may hold a
    password.
    """
    _verify_characters(url)
    parts = _PARTS.fullmatch(url)
    if parts is None or parts["scheme"] is None:
        raise ValueError("it has no scheme; http or https is needed")
    scheme = parts["scheme"].lower()
    if scheme not in _DEFAULT_PORTS:
        raise ValueError("its scheme is not http or https")
    spelled = _authority(parts["authority"] or "", default=_DEFAULT_PORTS[scheme])
    path = _without_dot_segments(_encoded(parts["path"])) or "/"
    query = f"?{_encoded(parts['query'])}" if parts["query"] else ""
    normal = f"{scheme}://{spelled}{path}{query}"
    if len(normal) > LENGTH_LIMIT:
        raise ValueError(f"it is longer than {LENGTH_LIMIT} characters")
    return normal


def origin(url: str) -> str:
    """Return scheme, host and port, without the default port (RFC 6454 section 6.2).

    Raise ValueError as ``normalise`` does.
    """
    scheme, _, rest = normalise(url).partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def host(url: str) -> str:
    """Return the host without its port, an IPv6 address without its brackets.

    Raise ValueError as ``normalise`` does.
    """
    spelled = authority(url)
    if spelled.startswith("["):
        return spelled[1:].partition("]")[0]
    return spelled.partition(":")[0]


def authority(url: str) -> str:
    """Return host and port as the URL spells them, without the default port.

    Raise ValueError as ``normalise`` does.
    """
    return origin(url).partition("://")[2]


def join(base: str, href: str) -> str | None:
    """Return the URL that a link leads to, or None where it is not one that we ask for."""
    try:
        return normalise(urljoin(base, href.strip(_HTML_SPACE)))
    except ValueError:
        return None


def is_within(url: str, prefix: str) -> bool:
    """Say whether a URL begins with a prefix that ends where one of its segments does.

    What is said of ``/a`` is said of ``/a/b`` and of ``/a?b``, and not of ``/ab``.
    """
    if url == prefix or (prefix.endswith("/") and url.startswith(prefix)):
        return True
    return url.startswith((f"{prefix}/", f"{prefix}?"))


def without_credentials(text: str) -> str:
    """Return words that may hold a URL, its user name and password left out."""
    return _CREDENTIALS.sub(r"\1", text)


def _verify_characters(url: str) -> None:
    if len(url) > LENGTH_LIMIT:
        raise ValueError(f"it is longer than {LENGTH_LIMIT} characters")
    forbidden = _FORBIDDEN.search(url)
    if forbidden:
        raise ValueError(f"it holds the character U+{ord(forbidden[0]):04X}")


def _authority(text: str, *, default: int) -> str:
    if "@" in text:
        raise ValueError("it holds a user name or password")
    parts = _AUTHORITY.fullmatch(text)
    if parts is None:
        raise ValueError("it has no host" if not text else "its host or port is malformed")
    if parts["six"] is not None:
        name = f"[{_ipv6(parts['six'])}]"
    else:
        name = _host_name(parts["name"])
    port = _port(parts["port"] or "", default=default)
    return name if port == default else f"{name}:{port}"


def _port(digits: str, *, default: int) -> int:
    if not digits:
        return default
    significant = digits.lstrip("0")
    if not significant or len(significant) > len(str(_HIGHEST_PORT)):
        raise ValueError(f"its port is not between 1 and {_HIGHEST_PORT}")
    if int(significant) > _HIGHEST_PORT:
        raise ValueError(f"its port is not between 1 and {_HIGHEST_PORT}")
    return int(significant)


def _ipv6(text: str) -> str:
    # A zone names a network card of this machine; no other machine knows it.
    if "%" in text:
        raise ValueError("its IPv6 address has a zone")
    try:
        return str(IPv6Address(text))
    except AddressValueError as error:
        raise ValueError("its IPv6 address is malformed") from error


def _host_name(text: str) -> str:
    name = _in_a_labels(text).removesuffix(".")
    labels = name.split(".")
    if len(name) > _NAME_LIMIT or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("its host is not a host name")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(name)
    return name


def _in_a_labels(text: str) -> str:
    # A plain name has one reading and needs no table; idna would refuse the underscores
    # and the double hyphens of names that do resolve.
    lower = text.lower()
    if lower.isascii() and "xn--" not in lower:
        return lower
    try:
        # transitional=False: IDNA 2003 turns ß into ss, which is another owner's host.
        return idna.encode(text, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError("its host is not a name of IDNA 2008") from error


def _ipv4(name: str) -> str:
    """Return a dotted quad; other spellings of an address hide where they lead."""
    try:
        return str(IPv4Address(name))
    except AddressValueError as error:
        raise ValueError("its host is an IPv4 address in a disguised spelling") from error


def _encoded(text: str) -> str:
    return _ESCAPE.sub(_triplets, text)


def _triplets(match: re.Match[str]) -> str:
    token = match[0]
    if len(token) == 1:
        return "".join(f"%{octet:02X}" for octet in token.encode())
    octet = int(token[1:], 16)
    return chr(octet) if octet in _UNRESERVED else token.upper()


def _without_dot_segments(path: str) -> str:
    """Return a path that begins with a slash, without "." and ".." (section 5.2.4)."""
    return "/" + "/".join(_kept_segments(path.split("/")[1:]))


def _kept_segments(segments: list[str]) -> Iterator[str]:
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    # "/a/.." is the folder "/", not the file "": its last slash stays.
    if segments[-1:] in (["."], [".."]):
        kept.append("")
    yield from kept
