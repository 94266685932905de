"""Parts of a page that are under another license than the page: they are left out of it.

A license is one for the text of its page. A figure, a quotation or an item of data that
states another one, or keeps all rights, is not under it, and neither is a part of which the
license cannot be told: not knowing is never a yes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborNode

from pipeline.license import detect, expression
from pipeline.license.detect import Piece
from pipeline.markup import Markup, part_around
from pipeline.model import Exchange, LeftOut
from pipeline.vocab import LicenseExpression

LIMIT: Final = 200
"""Most parts that are named of one page; one with more is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An element that is left out, and what is said of it."""

    said: LeftOut
    node: LexborNode


def under_another_license(
    markup: Markup, exchange: Exchange, *, license_: LicenseExpression
) -> tuple[Part, ...]:
    """Return the parts of a page that state another license than the page's."""
    return tuple(_parts(markup, exchange, _stated_with(license_)))


def _stated_with(license_: LicenseExpression) -> frozenset[LicenseExpression]:
    """Return a license and the arms of it, under any of which a part may stay."""
    word, arms = expression.arms(license_)
    return frozenset({license_, *(arms if word else ())})


def _parts(
    markup: Markup, exchange: Exchange, own: frozenset[LicenseExpression]
) -> Iterator[Part]:
    seen: set[int] = set()
    for piece in detect.of_parts(markup, exchange):
        if piece.expression in own or piece.node is None:
            continue
        part = part_around(piece.node)
        if part.mem_id not in seen:
            seen.add(part.mem_id)
            yield _part(piece, part, markup)


def _part(piece: Piece, node: LexborNode, markup: Markup) -> Part:
    said = LeftOut(
        locator=markup.locator.of(node),
        quote=piece.evidence.quote,
        license=piece.expression or "",
    )
    return Part(said=said, node=node)
