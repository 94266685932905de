"""Words of others as a terminal may show them: nothing in them moves, hides or colours."""

import re
from typing import Final

_NAMED: Final = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}

# C0 and C1 controls, DEL; what breaks lines; what is invisible or turns the direction of
# writing, so that a quote would seem to say something else (CVE-2021-42574); lone
# surrogates, which no terminal can be sent. The joiners of scripts (U+200C, U+200D) stay.
_HARMFUL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Return ``text`` on one line, with escapes for what a reader could not see."""
    return _HARMFUL.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    letter = match[0]
    code = ord(letter)
    if letter in _NAMED:
        return _NAMED[letter]
    if code < 1 << 8:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"
