"""Which page of a site may state its license, and in which words: for a person to confirm.

Nothing is decided here. A proposal is a sentence that stands on a page, as a manifest would
quote it, with the license that seems to be meant; of what the sentence speaks, and whether
that is the whole site, is for whoever reads it to say.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pipeline.license import address, classify, sentence, statement
from pipeline.license.sentence import Saying, Sentence
from pipeline.markup import LICENSE_RELATIONS, Link, Markup, is_apart
from pipeline.model import QUOTE_LIMIT, Exchange
from pipeline.url import host, join, origin
from pipeline.vocab import LicenseExpression

PLACES_LIMIT: Final = 5
"""Most pages of one site that are looked at beside the first."""

_FEWEST_WORDS: Final = 3
_LABEL_LIMIT: Final = 60

# What links to such pages are called, and their files: the most telling first.
_CALLED: Final = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (
        r"licen[sc]|lizen[sz]|licenz|licença|licencja|лиценз|ライセンス|许可|授权",
        (
            r"copyright|©|urheberrecht|droits? d.auteur|derechos de autor|direitos autorais"
            r"|diritto d.autore|auteursrecht|著作権|版权|版權"
        ),
        (
            r"\bterms\b|conditions|\blegal|nutzungsbedingung|mentions|condiciones"
            r"|aviso legal|note legali|termos|voorwaarden|rights|利用規約"
        ),
        r"imprint|impressum|colophon|colofon|\bcredits\b",
        (
            r"\babout\b|über|\bà propos|acerca|quiénes somos|sobre|chi siamo|informazioni"
            r"|over ons|o nas|о нас|о проекте|このサイト|关于|關於"
        ),
    )
)
_NAMES_LICENSE: Final = re.compile(
    r"licen[sc]|lizen[sz]|licenz|creative ?commons|\bcc[ -]?(?:by|0)\b|public domain"
    r"|gemeinfrei|domaine public|dominio público|copyleft|permission|permi(?:so|ssão)"
    r"|ライセンス|许可|授权",
    re.IGNORECASE,
)
_SHORT: Final = re.compile(r"\bcc[ -]?(?:by\b|0\b)|creative ?commons", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One sentence of one page; ``license`` is None where none could be told from it."""

    license: LicenseExpression | None
    evidence_url: str
    quote: str

    @property
    def scope(self) -> str:
        """The whole site, for whoever confirms it to narrow."""
        return f"{origin(self.evidence_url)}/"


def places(markup: Markup) -> tuple[str, ...]:
    """Return the pages of the same host that a page links as its license, legal or about.

    The most telling first, at most ``PLACES_LIMIT``.
    """
    ranked: dict[str, int] = {}
    for link in markup.links:
        target = join(markup.url, link.href)
        rank = _rank_of(link)
        if target is None or rank is None or target == markup.url:
            continue
        if host(target) == host(markup.url):
            ranked[target] = min(rank, ranked.get(target, rank))
    return tuple(sorted(ranked, key=lambda one: ranked[one])[:PLACES_LIMIT])


def propose(markup: Markup, exchange: Exchange) -> Proposal | None:
    """Return the sentence of a page that most likely states a license, if there is one."""
    best = max(_quotable(markup), key=lambda each: each[0], default=None)
    if best is None:
        return None
    _, linked, words = best
    found = classify.find(markup, exchange)
    named = {one for one, _ in found.candidates if one is not None}
    license_ = found.expression or linked or (named.pop() if len(named) == 1 else None)
    return Proposal(license=license_, evidence_url=exchange.url, quote=words)


def render(proposal: Proposal) -> str:
    """Return a proposal as a table of a manifest that is still to be confirmed."""
    license_ = json.dumps(proposal.license or "", ensure_ascii=False)
    unknown = "" if proposal.license else "  # say which license these words mean"
    return "\n".join(
        (
            "[[statements]]  # confirm before use: of which pages, and of their texts?",
            f"scope = [{json.dumps(proposal.scope)}]",
            f"license = {license_}{unknown}",
            f"evidence_url = {json.dumps(proposal.evidence_url)}",
            f"quote = {json.dumps(proposal.quote, ensure_ascii=False)}",
            '# confirmed_by = "Your name"',
        )
    )


def _rank_of(link: Link) -> int | None:
    if "nofollow" in link.rel:
        return None
    if link.rel & LICENSE_RELATIONS:
        return 0
    if link.tag not in {"a", "area"} or len(link.text) > _LABEL_LIMIT:
        return None
    file = link.href.partition("?")[0].rstrip("/").rpartition("/")[2]
    called = f"{link.text} {re.sub(r'[-_.]+', ' ', file)}"
    ranks = (n for n, words in enumerate(_CALLED) if words.search(called))
    return next(ranks, None)


def _quotable(markup: Markup) -> Iterator[tuple[int, LicenseExpression | None, str]]:
    """Yield the sentences that could be quoted: rank, license linked in it, words."""
    for notice in markup.notices:
        if is_apart(notice.sections):
            continue
        for text in sentence.sentences(notice.text):
            words = " ".join(text.split())
            if _NAMES_LICENSE.search(words) and _is_quotable(words, markup):
                linked = _linked_in(words, markup)
                said = sentence.read(Sentence(lead=words, tail=""), is_marked=False)
                is_named = linked is not None or _SHORT.search(words) is not None
                yield 2 * is_named + (said is Saying.GRANTS), linked, words


def _is_quotable(words: str, markup: Markup) -> bool:
    is_long = len(words.split()) >= _FEWEST_WORDS or not words.isascii()
    return is_long and len(words) <= QUOTE_LIMIT and statement.holds(markup.text, words)


def _linked_in(words: str, markup: Markup) -> LicenseExpression | None:
    plain = statement.folded(words)
    found = {
        address.expression_of(link.href, words=link.context)
        for link in markup.links
        if link.text and statement.folded(link.text) in plain
    } - {None}
    return found.pop() if len(found) == 1 else None
