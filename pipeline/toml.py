"""Where in a TOML text each key and each value stands.

The standard library's parser forgets the lines of what it read. This reads a text that
it has accepted once more, for nothing but the lines.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Path = tuple[str | int, ...]
"""A way into a document: keys of tables, indexes of arrays."""

# TOML 1.0.0, the tokens that matter for structure. Strings come first, the long ones
# before the short, so that what is inside of them is never taken for structure:
#   ml-basic-string, ml-literal-string, basic-string, literal-string, comment, newline
# Everything between is a bare key or a part of a number or date.
_TOKEN: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|\n"
    r"|[\[\]{},=.]"
    r"""|[^\s\[\]{},=.\#"']+""",
    re.DOTALL,
)

_BASIC_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPED: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def lines_of(text: str) -> Mapping[Path, int]:
    """Return the line, counted from 1, of each table, key and array element.

    ``text`` is one that ``tomllib`` accepts; for any other the answer is arbitrary.
    """
    reader = _Reader(tokens=_tokens(text))
    while not reader.at_end():
        reader.read_statement()
    return reader.lines


def _tokens(text: str) -> tuple[tuple[str, int], ...]:
    tokens = []
    line, seen = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        if not match[0].startswith("#"):
            tokens.append((match[0], line))
    return tuple(tokens)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """One pass over the tokens; ``arrays`` counts the tables of each [[array]]."""

    tokens: tuple[tuple[str, int], ...]
    lines: dict[Path, int] = field(default_factory=dict)
    arrays: dict[Path, int] = field(default_factory=dict)
    table: Path = ()
    position: int = 0

    def at_end(self) -> bool:
        return self.position >= len(self.tokens)

    def peek(self) -> str:
        return "" if self.at_end() else self.tokens[self.position][0]

    def take(self) -> tuple[str, int]:
        token = self.tokens[self.position] if not self.at_end() else ("", 0)
        self.position += 1
        return token

    def accept(self, token: str) -> bool:
        accepted = self.peek() == token
        self.position += accepted
        return accepted

    def read_statement(self) -> None:
        if self.accept("\n"):
            return
        if self.peek() == "[":
            self.read_header()
        else:
            self.read_pair(self.table)
        # Whatever a faulty line has left is passed over, so that the pass ends.
        while not self.at_end() and self.peek() != "\n":
            self.position += 1

    def read_header(self) -> None:
        _, line = self.take()
        of_array = self.accept("[")
        path: Path = ()
        keys = self.read_keys()
        for number, key in enumerate(keys, start=1):
            path = (*path, key)
            if of_array and number == len(keys):
                self.arrays[path] = self.arrays.get(path, -1) + 1
            if path in self.arrays:
                self.lines.setdefault(path, line)
                path = (*path, self.arrays[path])
            self.lines.setdefault(path, line)
        self.table = path

    def read_keys(self) -> tuple[str, ...]:
        keys = [_key(self.take()[0])]
        while self.accept("."):
            keys.append(_key(self.take()[0]))
        return tuple(keys)

    def read_pair(self, path: Path) -> None:
        line = self.tokens[self.position][1]
        for key in self.read_keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        if self.accept("="):
            self.read_value(path)

    def read_value(self, path: Path) -> None:
        if self.accept("["):
            self.read_array(path)
        elif self.accept("{"):
            self.read_inline_table(path)
        else:
            # A number or date may be of several tokens: 1.5 is three.
            self.position += 1
            while not self.at_end() and self.peek() not in {",", "]", "}", "\n"}:
                self.position += 1

    def read_array(self, path: Path) -> None:
        index = 0
        while not self.at_end() and not self.accept("]"):
            if self.accept("\n"):
                continue
            if self.accept(","):
                index += 1
                continue
            self.lines[(*path, index)] = self.tokens[self.position][1]
            self.read_value((*path, index))

    def read_inline_table(self, path: Path) -> None:
        while not self.at_end() and not self.accept("}"):
            if self.accept("\n") or self.accept(","):
                continue
            self.read_pair(path)


def _key(token: str) -> str:
    if token.startswith("'"):
        return token[1:-1]
    if token.startswith('"'):
        return _BASIC_ESCAPE.sub(_unescaped, token[1:-1])
    return token


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPED.get(code, code)
