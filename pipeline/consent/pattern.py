"""Path patterns of RFC 9309 section 2.2: what matches, and how specific it is.

::

    path-pattern       = "/" *UTF8-char-noctl
    special characters = "*"    0 or more instances of any character
                         "$"    the end of the match pattern

Patterns and URLs are compared octet by octet in one normal form (section 2.2.2): octets
outside of US-ASCII are percent-encoded, escaped unreserved octets are decoded, and escaped
reserved ones stay escaped, so that ``?`` and ``%3F`` are two things.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote_from_bytes

_ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_URI: Final = "!#$%&'()*+,-./:;=?@[]_~"
_NOT_URI: Final = re.compile(rb"[^!#-;=?-Z\[\]_a-z~]")
# Most patterns: nothing to encode or to decode, and no sign of a literal dollar.
_IS_NORMAL: Final = re.compile(r"[!#&-;=?-Z\[\]_a-z~]*\$?")
_LONE_PERCENT: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)
# Each escape in every spelling. To look one up is twice as fast as to work it out.
_DECODED: Final = {
    (high + low).encode(): bytes((octet,)) if octet in _UNRESERVED else b"%%%02X" % octet
    for octet in range(256)
    for high in {f"{octet >> 4:x}", f"{octet >> 4:X}"}
    for low in {f"{octet & 15:x}", f"{octet & 15:X}"}
}
_STARS: Final = re.compile(r"\*{2,}")
_AUTHORITY: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")


class Pattern(NamedTuple):
    """A pattern ready to be matched: the literal texts between its stars.

    ``octets`` is how many they have together, which a target needs at the least.
    """

    text: str
    literals: tuple[str, ...]
    anchored: bool
    octets: int

    def matches(self, target: str) -> bool:
        """Say whether the pattern covers a target that is in normal form.

        Each literal is looked for once, from where the one before it ended, so the work
        grows with the length of the target and never with its powers.
        """
        first, *others = self.literals
        if not others:
            return target == first if self.anchored else target.startswith(first)
        if len(target) < self.octets or not target.startswith(first):
            return False
        return self._goes_on(target.removeprefix(first))

    def _goes_on(self, rest: str) -> bool:
        for literal in self.literals[1:-1]:
            _, found, rest = rest.partition(literal)
            if not found:
                return False
        last = self.literals[-1]
        return rest.endswith(last) if self.anchored else last in rest


@lru_cache(maxsize=4096)
def target_of(url: str) -> str:
    """Return the path and query of ``url`` in the form in which patterns meet them.

    Dot segments are removed, as RFC 3986 section 5.2.4 does, also those that were written
    with ``%2E``. A URL's own ``*`` and ``$`` are escaped, so that only ``%2A`` and ``%24``
    of a pattern name them (section 2.2.3).
    """
    authority = _AUTHORITY.match(url)
    rest = (url[authority.end() :] if authority else url).partition("#")[0]
    path, mark, query = _encoded(rest).partition("?")
    if not path.startswith("/"):
        path = f"/{path}"
    whole = f"{remove_dot_segments(path)}{mark}{query}"
    return whole.replace("*", "%2A").replace("$", "%24")


def remove_dot_segments(path: str) -> str:
    """Return ``path`` without ``.`` and ``..`` (RFC 3986 section 5.2.4)."""
    if "/." not in path:
        return path
    segments = path.split("/")[1:]
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    # A path that ends in a dot segment names a directory and keeps its last slash.
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def normalise(pattern: str) -> str:
    """Return a pattern in normal form; a ``$`` that is not its last octet is a literal."""
    if _IS_NORMAL.fullmatch(pattern):
        return pattern
    encoded = _encoded(pattern)
    body = encoded.removesuffix("$")
    return body.replace("$", "%24") + encoded[len(body) :]


def compiled(pattern: str) -> Pattern:
    """Return ``pattern`` ready to be matched against many targets."""
    text = normalise(pattern)
    body = text.removesuffix("$")
    # Stars that stand together are one, so that no literal between them is empty.
    literals = tuple(_STARS.sub("*", body).split("*")) if "*" in body else (body,)
    return Pattern(
        text=text,
        literals=literals,
        anchored=text.endswith("$"),
        octets=sum(map(len, literals)),
    )


def is_pattern(text: str) -> bool:
    """Say whether a rule's value is a pattern: it begins with ``/``, or with ``*``.

    The second is not in the grammar but in erratum 7995 and in every matcher in use.
    """
    return text.startswith(("/", "*"))


def matches(pattern: str, target: str) -> bool:
    """Say whether ``pattern`` covers ``target``, which :func:`target_of` has made.

    A text that is no pattern covers nothing.
    """
    return is_pattern(pattern) and compiled(pattern).matches(target)


def specificity(pattern: str) -> int:
    """Return how many octets the pattern has when encoded: the most win (section 2.2.2)."""
    return len(normalise(pattern))


def _encoded(text: str) -> str:
    """Return the one spelling that all equivalent spellings of a path share."""
    octets = _LONE_PERCENT.sub(b"%25", text.encode("utf-8", "surrogatepass"))
    decoded = _ESCAPE.sub(lambda escape: _DECODED[escape[1]], octets)
    return quote_from_bytes(decoded, safe=_URI)
