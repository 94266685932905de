"""From a small tree of HTML elements to Markdown, in CommonMark with GFM's tables.

A reader of Markdown gets back the words that stood in the tree: what would read as a mark
and is none gets a backslash, and nothing else does. Links are their words, pictures are
left out. A line break is a line end, which CommonMark shows as a blank.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final, NamedTuple

from lxml.etree import _Element as Element

CODE_BLOCK: Final = "pre"
"""The name of an element whose lines are kept as they are."""

_HEADINGS: Final = frozenset(f"h{level}" for level in range(1, 7))
_LISTS: Final = frozenset({"ul", "ol"})
_EMPHASIS: Final = {"b": "**", "strong": "**", "i": "*", "em": "*", "del": "~~"}
_CODE: Final = frozenset({"code", "kbd", "samp", "tt", "var"})
_CELLS: Final = frozenset({"td", "th"})
# Elements that begin a block of their own; others stand in a line of words.
_CONTAINERS: Final = frozenset({"p", "div", "body", "li", "td", "th", "caption", "dl"})
# What no cell of GFM can hold.
_NO_CELL: Final = frozenset({CODE_BLOCK, "ul", "ol", "table", "blockquote", *_HEADINGS})

_SPACE: Final = re.compile(r"[ \t\r\f\n]+")
_AROUND_BREAK: Final = re.compile(r" *\n[ \n]*")

# CommonMark 0.31.2, section 2.4 and 6: what begins an inline construct. A sign between
# blanks begins none, nor does an underscore within a word.
_MARKS: Final = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~\n]|\Z)
    |(?<!\s)[*~] | [*~](?!\s) | `
    |(?<![\w\s])_ | _(?![\w\s]) | (?<!\w)_(?=\w) | (?<=\w)_(?!\w)
    |<(?=[A-Za-z/!?]) | &(?=\#|\w+;)
    |\](?=[(\[:]) | (?<=\])\[ | !(?=\[)
    """,
    re.VERBOSE,
)
# Section 4 and 5: what begins a block, at the beginning of a line.
_STARTS: Final = re.compile(
    r"""^(?: (?P<sign>\#{1,6}(?=\s|$) | > | [-+*](?=\s|$) | \[(?=[^\]]*\]:)
    | [-=*_:|~](?=[-=*_:|~\s]*$) | ~{3,} )
    | (?P<number>\d{1,9})(?=[.)](?:\s|$)) )""",
    re.VERBOSE,
)
_CLOSING_SIGNS: Final = re.compile(r"(?<!\S)#+$")
_BACKTICKS: Final = re.compile(r"`+")
_TICK: Final = "`"
_LEAST_FENCE: Final = 3


class _Piece(NamedTuple):
    """Some words of a line, written as Markdown has them, and the mark around them."""

    words: str
    mark: str = ""


def render(root: Element) -> str:
    """Return what is in an element as Markdown, with an empty line between blocks.

    Recursion goes as deep as the tree, which is for the caller to bound.
    """
    return "\n\n".join(_blocks(root))


def _blocks(element: Element) -> list[str]:
    """Return the blocks in an element; loose words between them are paragraphs."""
    blocks: list[str] = []
    line: list[_Piece] = [_Piece(_escaped(element.text))]
    for child in element:
        if _is_block(child):
            blocks += _paragraph(line)
            blocks += _block(child)
            line = []
        else:
            line += _inline(child)
        line.append(_Piece(_escaped(child.tail)))
    return blocks + _paragraph(line)


def _is_block(element: Element) -> bool:
    tag = element.tag
    return tag in _CONTAINERS or tag in _NO_CELL or tag in {"hr", "tr"}


def _block(element: Element) -> list[str]:
    return _WRITERS.get(str(element.tag), _blocks)(element)


def _heading(element: Element) -> list[str]:
    signs = "#" * int(str(element.tag)[1])
    words = " ".join(" ".join(_blocks_in_line(element)).split())
    return [f"{signs} {_CLOSING_SIGNS.sub(_with_backslash, words)}"] if words else []


def _blocks_in_line(element: Element) -> list[str]:
    """Return the words of an element whose blocks, if it has any, cannot stand apart."""
    pieces = [_Piece(_escaped(element.text))]
    for child in element:
        pieces += _inline(child)
        pieces.append(_Piece(_escaped(child.tail)))
    return [_joined(pieces)]


def _fenced(element: Element) -> list[str]:
    lines = "".join(element.itertext()).strip("\n").rstrip()
    if not lines.strip():
        return []
    fence = _ticks(lines, least=_LEAST_FENCE)
    return [f"{fence}\n{lines}\n{fence}"]


def _quoted(element: Element) -> list[str]:
    blocks = _blocks(element)
    if not blocks:
        return []
    lines = "\n\n".join(blocks).split("\n")
    return ["\n".join(f"> {line}" if line else ">" for line in lines)]


def _list(element: Element) -> list[str]:
    """Return a list, tight where each item is a line with no more than lists below it."""
    items = [(item, blocks) for item, blocks in _items(element) if blocks]
    if not items:
        return []
    is_tight = all(_is_tight(item) for item, _ in items)
    between = "\n" if is_tight else "\n\n"
    rendered = [
        _item(f"{number}." if element.tag == "ol" else "-", between.join(blocks))
        for number, (_, blocks) in enumerate(items, start=1)
    ]
    return [between.join(rendered)]


def _items(element: Element) -> Iterator[tuple[Element, list[str]]]:
    for child in element:
        yield child, _blocks(child) if child.tag == "li" else _block(child)


def _is_tight(item: Element) -> bool:
    """Say whether an item is words in one line, or one paragraph, and then lists."""
    blocks = [child for child in item if _is_block(child)]
    before_lists = [child for child in blocks if child.tag not in _LISTS]
    has_loose = any((text or "").strip() for text in (item.text, *(c.tail for c in item)))
    if any(child.tag in _NO_CELL for child in before_lists):
        return False
    return len(before_lists) + has_loose <= 1


def _item(marker: str, content: str) -> str:
    indent = " " * (len(marker) + 1)
    first, *others = content.split("\n")
    return "\n".join((f"{marker} {first}", *(f"{indent}{x}" if x else x for x in others)))


def _table(element: Element) -> list[str]:
    """Return a table; one that is there for its layout alone is the blocks of its cells."""
    rows = _without_empty_columns([_cells_of(row) for row in element.iter("tr")])
    width = max(map(len, rows), default=0)
    is_layout = width < 2 or any(  # noqa: PLR2004  (one column is no table)
        inner.tag in _NO_CELL for row in rows for cell in row for inner in cell.iter()
    )
    if is_layout:
        return [block for row in rows for cell in row for block in _blocks(cell)]
    head = rows.pop(0) if all(cell.tag == "th" for cell in rows[0]) else []
    lines = [_row(head, width), f"|{' --- |' * width}", *(_row(row, width) for row in rows)]
    return ["\n".join(lines)]


def _cells_of(row: Element) -> list[Element]:
    return [cell for cell in row if cell.tag in _CELLS]


def _without_empty_columns(rows: list[list[Element]]) -> list[list[Element]]:
    """Return rows without those, and without columns, in which no word stands."""
    worded = {column for row in rows for column, cell in enumerate(row) if _has_words(cell)}
    kept = [[cell for n, cell in enumerate(row) if n in worded] for row in rows]
    return [row for row in kept if any(map(_has_words, row))]


def _has_words(cell: Element) -> bool:
    return bool("".join(cell.itertext()).strip())


def _row(cells: list[Element], width: int) -> str:
    """Return a row of as many cells as its table is wide; a bar in a cell is no border."""
    words = [" ".join(" ".join(_blocks_in_line(cell)).split()) for cell in cells]
    words += [""] * (width - len(words))
    return f"| {' | '.join(each.replace('|', chr(92) + '|') for each in words)} |"


def _inline(element: Element) -> list[_Piece]:
    """Return an element that stands in a line; within emphasis there is no other."""
    tag = str(element.tag)
    if tag == "br":
        return [_Piece("\n")]
    if tag in _CODE or tag == CODE_BLOCK:
        return [_Piece("".join(element.itertext()), _TICK)]
    pieces = [_Piece(_escaped(element.text))]
    for child in element:
        if _is_block(child):
            pieces.append(_Piece(" "))
        pieces += _inline(child)
        pieces.append(_Piece(_escaped(child.tail)))
    mark = _EMPHASIS.get(tag)
    if mark is None:
        return pieces
    return [_Piece("".join(piece.words for piece in _with_code(pieces)), mark)]


def _with_code(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """Yield pieces with code as its span; two spans that touch would be read as one."""
    for is_code, run in groupby(filter(_has_any, pieces), key=_is_code):
        if is_code:
            yield _Piece(_code("".join(piece.words for piece in run)))
        else:
            yield from run


def _has_any(piece: _Piece) -> bool:
    return bool(piece.words)


def _is_code(piece: _Piece) -> bool:
    return piece.mark == _TICK


def _code(words: str) -> str:
    """Return a span of code, in one line and with as many backticks as it takes."""
    plain = " ".join(words.split())
    if not plain:
        return words and " "
    ticks = _ticks(plain, least=1)
    padding = " " if plain[0] == "`" or plain[-1] == "`" else ""
    before, after = words[:1].isspace(), words[-1:].isspace()
    span = f"{ticks}{padding}{plain}{padding}{ticks}"
    return f"{' ' * before}{span}{' ' * after}"


def _ticks(words: str, *, least: int) -> str:
    runs = {len(run) for run in _BACKTICKS.findall(words)}
    if least > 1:
        return "`" * max(least, max(runs, default=0) + 1)
    return "`" * next(n for n in range(least, len(words) + 2) if n not in runs)


def unmarked(text: str) -> str:
    """Return the words of what ``render`` gave, for filters that measure words and lines.

    Lines of code and the signs in them stay.
    """
    lines = (_LINE_MARKS.sub("", line) for line in text.split("\n"))
    words = (_INLINE_MARKS.sub("", line) for line in lines if not _MARKS_ALONE.match(line))
    return "\n".join(line.strip("| ") for line in words)


_LINE_MARKS: Final = re.compile(r"^(?:> ?)*(?: *(?:[-+] |\d{1,9}\. |#{1,6} ))*")
_MARKS_ALONE: Final = re.compile(r"\s*(?:`{3,}|\|(?: --- \|)+$)")
_INLINE_MARKS: Final = re.compile(
    r"(?<!\\)(?:\*\*|\*|~~|`)(?=\S)|(?<=\S)(?:\*\*|\*|~~|`)|\\(?=[!-/:-@\[-`{-~])"
)


def _paragraph(pieces: Iterable[_Piece]) -> list[str]:
    lines = _joined(pieces).split("\n")
    text = "\n".join(_STARTS.sub(_as_words, line) for line in lines)
    return [text] if text else []


def _as_words(match: re.Match[str]) -> str:
    """Return the beginning of a line so that it begins no block."""
    return f"\\{match[0]}" if match["sign"] else f"{match[0]}\\"


def _with_backslash(match: re.Match[str]) -> str:
    return f"\\{match[0]}"


def _joined(pieces: Iterable[_Piece]) -> str:
    """Return a paragraph with its marks, white space as it is shown."""
    kept = [_with_plain_space(piece) for piece in _with_code(pieces)]
    text = ""
    for index, piece in enumerate(kept):
        following = "".join(each.words[:1] for each in kept[index + 1 : index + 2])
        is_beside = index + 1 < len(kept) and bool(kept[index + 1].mark)
        text += piece.words if is_beside else _marked(piece, text[-1:], following)
    return _AROUND_BREAK.sub("\n", _SPACE_RUN.sub(" ", text)).strip()


_SPACE_RUN: Final = re.compile(r" {2,}")


def _with_plain_space(piece: _Piece) -> _Piece:
    if piece.words == "\n":
        return piece
    return piece._replace(words=_SPACE.sub(" ", piece.words))


def _marked(piece: _Piece, before: str, after: str) -> str:
    """Return a piece in its marks where a reader of Markdown would take them for marks.

    Section 6.2: beside a letter a mark has to touch a letter within, and no other mark.
    """
    words = piece.words.strip()
    if not piece.mark or not any(map(str.isalnum, words)):
        return piece.words
    start = piece.words.index(words)
    end = start + len(words)
    before, after = piece.words[:start][-1:] or before, piece.words[end:][:1] or after
    is_open = words[0].isalnum() or not before.isalnum()
    is_closed = words[-1].isalnum() or not after.isalnum()
    if not (is_open and is_closed) or before in _NO_NEIGHBOURS or after in _NO_NEIGHBOURS:
        return piece.words
    return f"{piece.words[:start]}{piece.mark}{words}{piece.mark}{piece.words[end:]}"


_NO_NEIGHBOURS: Final = frozenset("*~_\\")


def _escaped(text: str | None) -> str:
    if not text:
        return ""
    return _MARKS.sub(_with_backslash, _SPACE.sub(" ", text))


_WRITERS: Final = {
    **dict.fromkeys(_HEADINGS, _heading),
    **dict.fromkeys(_LISTS, _list),
    CODE_BLOCK: _fenced,
    "table": _table,
    "blockquote": _quoted,
}
