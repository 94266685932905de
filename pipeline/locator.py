"""Where an element stands in its page, as a CSS selector that leads to it again."""

import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

DEPTH_LIMIT: Final = 64
"""Most elements that a selector goes through: what lies deeper is not named by one."""

# What CSS reads as the name of a type without an escape. Others are a page's inventions.
_TYPE: Final = re.compile(r"[a-z][a-z0-9-]*+")


class Locator:
    """Names elements of one page, as ``document.querySelector`` takes them.

    By types and places alone: ids and classes are the page's to choose, and repeat. The
    children of an element are counted once, whatever number of them is asked for.
    """

    def __init__(self) -> None:
        self._steps: dict[int, str] = {}
        self._page: LexborNode | None = None

    def of(self, node: LexborNode | None) -> str:
        """Return the selector of an element, from the root on; "" where there is none."""
        # While an element of it is held the page stays, and no number is given anew.
        self._page = self._page or node
        steps: list[str] = []
        while node is not None and node.is_element_node:
            if len(steps) == DEPTH_LIMIT:
                return ""
            steps.append(self._step(node))
            node = node.parent
        # Inside of a picture (SVG) an element of any name may stand, also of this one.
        return ":root" if steps == ["html"] else " > ".join(reversed(steps))

    def within(self, what: str, node: LexborNode | None) -> str:
        """Return what was read, and in which element where that can be said."""
        is_leaf = node is not None and not node.is_element_node
        place = self.of(node.parent if node is not None and is_leaf else node)
        return f"{what} in {place}" if place else what

    def _step(self, node: LexborNode) -> str:
        if node.mem_id not in self._steps:
            parent = node.parent
            children = list(_children(parent)) if parent is not None else [node]
            self._steps.update(
                zip((c.mem_id for c in children), _steps(children), strict=True)
            )
        return self._steps[node.mem_id]


def _children(parent: LexborNode) -> Iterator[LexborNode]:
    child = parent.child
    while child is not None:
        if child.is_element_node:
            yield child
        child = child.next


def _steps(children: list[LexborNode]) -> Iterator[str]:
    """Yield what tells each of an element's children from the others."""
    tags = [child.tag or "" for child in children]
    alike: dict[str, int] = {}
    for tag in tags:
        alike[tag] = alike.get(tag, 0) + 1
    passed: dict[str, int] = {}
    for number, tag in enumerate(tags, start=1):
        passed[tag] = passed.get(tag, 0) + 1
        if not _TYPE.fullmatch(tag):
            yield f":nth-child({number})"
        elif alike[tag] == 1:
            yield tag
        else:
            yield f"{tag}:nth-of-type({passed[tag]})"
