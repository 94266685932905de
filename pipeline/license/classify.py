"""What a page's declarations come to: one license, or why there is none.

Restrictive words count from anywhere, permissive ones only where the page speaks of itself:
a caption, a reader's comment, a hidden link or a credit for icons never admits a page.
Within a scope the restrictive word wins; between scopes the more specific one: what a text
says of itself outranks what is said of its site. Where a page contradicts itself no license
is concluded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Final

from pipeline.license import creative_commons, detect, expression, feed, sentence
from pipeline.license.detect import About, Channel, Piece
from pipeline.license.sentence import Saying
from pipeline.markup import Markup, own_notices, read
from pipeline.model import Evidence, Exchange, LicenseFinding
from pipeline.vocab import LicenseExpression, Reason

_RESTRICTIONS: Final = frozenset({"NC", "ND"})
_CANDIDATE_LIMIT: Final = 50
_EVIDENCE_LIMIT: Final = 50


class _Standing(StrEnum):
    """What a piece of evidence counts for, the strongest first."""

    STATES = "states"
    CONDITIONAL = "conditional"
    VOID = "void"
    BARE = "bare"
    HIDDEN = "hidden"
    MAY_BLOCK = "may block"
    NOTED = "noted"


# A doubt of each kind has a reason of its own. A hidden permission admits nothing, and is a
# reason to look where it stands alone.
_DOUBTS: Final = {
    _Standing.CONDITIONAL: Reason.LICENSE_CONDITIONAL,
    _Standing.VOID: Reason.LICENSE_NOT_IDENTIFIED,
    _Standing.BARE: Reason.LICENSE_UNCLEAR,
    _Standing.HIDDEN: Reason.LICENSE_HIDDEN,
}
_ONLY_BLOCKING: Final = frozenset({_Standing.HIDDEN, _Standing.BARE, _Standing.MAY_BLOCK})
_DOUBTS_ALONE: Final = frozenset({_Standing.HIDDEN, _Standing.BARE})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """A piece and what it counts for."""

    piece: Piece
    standing: _Standing


def license_of(exchange: Exchange) -> LicenseFinding:
    """Return what an answer declares of its license; one that is no page declares nothing.

    A page that cannot declare any is not parsed. A feed declares what it says of itself.
    """
    if detect.is_silent(exchange):
        return _NOTHING
    markup = read(exchange)
    if isinstance(markup, Markup):
        return find(markup, exchange)
    return conclude(feed.collect(exchange)) if feed.is_feed(exchange) else _NOTHING


_NOTHING: Final = LicenseFinding(expression=None, reason=Reason.LICENSE_NONE)


def find(
    markup: Markup, exchange: Exchange, *, is_thorough: bool = False
) -> LicenseFinding:
    """Return the license that the page declares for its text, or why there is none.

    ``expression`` is set where all that the page says of itself agrees, also on a license
    that a corpus may not carry; the reason is then LICENSE_ADMITS, for policy to confirm or
    to replace. With any other reason a person has to look, also where a license is named.
    Where declarations conflict ``contested`` gives what was named. A page that seems to say
    nothing is looked into all the same where the look is to be ``is_thorough``: silence may
    permit there.
    """
    says_nothing = not is_thorough and detect.says_nothing(markup, exchange)
    pieces = () if says_nothing else detect.collect(markup, exchange)
    found = conclude(pieces, year=detect.year_of(markup))
    if found.reason is Reason.LICENSE_ADMITS and _reserves_learning(markup):
        found = replace(found, reason=Reason.LICENSE_LEARNING_RESERVED)
    page = detect.one_click_away(markup, exchange)
    if page is None:
        return found
    return replace(found, candidates=(*found.candidates, (None, page)))


def conclude(pieces: Sequence[Piece], *, year: int | None = None) -> LicenseFinding:
    """Return what the pieces come to; ``year`` is the page's, where rules go by dates."""
    weighed = _by_scope(_by_date(_together(pieces), year))
    case = _Case(weighed)
    license_, reason = case.outcome()
    if reason is Reason.LICENSE_NONE:
        reason = _silence(weighed)
    return LicenseFinding(
        expression=license_,
        reason=reason,
        evidence=_evidence(reason, case),
        candidates=_candidates(case),
    )


def contested(finding: LicenseFinding) -> tuple[LicenseExpression, ...]:
    """Return the licenses that the finding rests on: one, or those in conflict."""
    return tuple(
        dict.fromkeys(
            each
            for each, evidence in finding.candidates
            if each is not None and evidence in finding.evidence
        )
    )


_Against = tuple[LicenseExpression, Evidence]
"""A license that is named against the one that is stated, and where."""


class _Case:
    """What on a page speaks for a license, and what speaks against it."""

    def __init__(self, weighed: Sequence[_Weighed]) -> None:
        self.weighed = weighed
        self.deciding = [each.piece for each in weighed if _decides(each)]
        self.found = _without_choices(
            each.expression for each in self.deciding if each.expression
        )
        self.against = [
            each
            for one in weighed
            if _decides(one) or one.standing is _Standing.CONDITIONAL
            for each in _contradictions(one.piece)
        ]
        self.reserved = [each.piece for each in weighed if _reserves(each.piece)]
        self.denied = [each.piece for each in weighed if _denies(each.piece)]
        passed = _DOUBTS_ALONE if self.found else frozenset[_Standing]()
        self.doubts = [each for each in weighed if each.standing in _DOUBTS.keys() - passed]

    def outcome(self) -> tuple[LicenseExpression | None, Reason]:
        """Return the license and the reason: conflict before doubt before permission."""
        conflict = self._conflict()
        if conflict is not None:
            return None, conflict
        # "For members; for everyone else all rights are reserved": for us there is none.
        if self.doubts and not self.reserved:
            return self._doubt()
        if self.found:
            return min(self.found), Reason.LICENSE_ADMITS
        return None, Reason.LICENSE_NONE

    def _conflict(self) -> Reason | None:
        named = self.found | {license_ for license_, _ in self.against}
        if len(named) > 1 or (self.against and not self.found):
            asked = {expression.elements(each) for each in named}
            is_edition = len(asked) == 1 and asked != {frozenset[str]()}
            return Reason.LICENSE_EDITIONS if is_edition else Reason.LICENSE_CONFLICT
        if self.found and self.denied:
            return Reason.LICENSE_CONFLICT
        return Reason.LICENSE_RESERVED if self.found and self.reserved else None

    def _doubt(self) -> tuple[LicenseExpression | None, Reason]:
        strongest = min(self.doubts, key=lambda each: list(_DOUBTS).index(each.standing))
        meant = {each.piece.expression for each in self.doubts if each.piece.is_void}
        stated = {each.piece.expression for each in self.doubts}
        if len(stated) == 1 and _restricts(*stated):
            # Whatever it depends on: more than this license grants, nothing here does.
            meant = stated
        license_ = meant.pop() if len(meant) == 1 and not self.found else None
        return license_, _DOUBTS[strongest.standing]


def _silence(weighed: Sequence[_Weighed]) -> Reason:
    """Return why nothing was concluded: what was said against it, or of what else."""
    said = {each.piece.said for each in weighed if each.piece.about is not About.ANOTHER}
    if Saying.DENIES in said:
        return Reason.LICENSE_DENIED
    if Saying.SPEAKS_OF_A_PART in said:
        return Reason.LICENSE_OF_A_PART
    return Reason.LICENSE_NONE


def _together(pieces: Sequence[Piece]) -> list[_Weighed]:
    """Weigh each piece, and join those of one sentence that are a choice or a sum."""
    weighed = [_Weighed(piece=each, standing=_standing_of(each)) for each in pieces]
    for index, (before, after) in enumerate(pairwise(weighed)):
        word = after.piece.joined or _joint_of_texts(before.piece, after.piece)
        is_stated = before.standing is _Standing.STATES or not after.piece.joined
        if word and is_stated:
            both = (before.piece.expression, after.piece.expression)
            joined = expression.combine(word, [each for each in both if each])
            piece = replace(after.piece, expression=joined, asked=frozenset(), others=())
            weighed[index] = replace(before, standing=_Standing.NOTED)
            weighed[index + 1] = _Weighed(piece=piece, standing=_Standing.STATES)
    return weighed


def _joint_of_texts(before: Piece, after: Piece) -> str:
    """Return AND where chapters are under one license and other chapters under another.

    In the page's text they cannot be told apart, so that each of them binds.
    """
    some = Saying.SPEAKS_OF_SOME_TEXT
    if before.said is not some or after.said is not some:
        return ""
    is_one_block = before.block == after.block and before.block >= 0
    return "AND" if is_one_block and before.expression and after.expression else ""


def _standing_of(piece: Piece) -> _Standing:
    if piece.channel is Channel.COMMENT or piece.is_sample:
        return _Standing.MAY_BLOCK
    if piece.channel is Channel.RESERVED or piece.about is About.ANOTHER:
        return _Standing.NOTED
    return _Standing.HIDDEN if piece.is_hidden else _standing_by_words(piece)


def _standing_by_words(piece: Piece) -> _Standing:
    match piece.said:
        case Saying.GRANTS:
            return _standing_of_grant(piece)
        case Saying.DEPENDS | Saying.SPEAKS_OF_SOME_TEXT if _is_named(piece):
            is_own = piece.about is not About.OPEN
            return _Standing.CONDITIONAL if is_own else _Standing.MAY_BLOCK
        case Saying.NAMES if piece.about is About.SITE:
            # Too little for a yes, and enough for a no: a bare link in a footer.
            return _Standing.BARE if piece.is_bare else _Standing.MAY_BLOCK
    return _Standing.NOTED


def _is_named(piece: Piece) -> bool:
    return bool(piece.expression or piece.asked or piece.is_marked)


def _standing_of_grant(piece: Piece) -> _Standing:
    if piece.about is About.OPEN:
        # A grant that may be another work's.
        return _Standing.MAY_BLOCK
    if piece.is_void:
        return _Standing.VOID
    return _Standing.STATES if piece.expression else _Standing.NOTED


def _by_date(weighed: Sequence[_Weighed], year: int | None) -> list[_Weighed]:
    """Settle rules that go by dates where the page has one; the rule stays a doubt.

    A rule that does not apply to the page says nothing of it. One that applies names its
    license, for a person to confirm.
    """
    settled: list[_Weighed] = []
    for each in weighed:
        applies = None
        if each.standing is _Standing.CONDITIONAL and year is not None:
            applies = sentence.applies_in(year, each.piece.words)
        if applies:
            settled.append(replace(each, piece=replace(each.piece, is_void=True)))
        elif applies is None:
            settled.append(each)
    return settled


def _by_scope(weighed: Sequence[_Weighed]) -> list[_Weighed]:
    """Take what is said of the site for nothing where the text speaks of itself."""
    speaks = any(
        each.piece.about is About.PAGE and each.standing is _Standing.STATES
        for each in weighed
    )
    if not speaks:
        return list(weighed)
    return [
        replace(each, standing=_Standing.NOTED) if _is_of_the_site(each.piece) else each
        for each in weighed
    ]


def _is_of_the_site(piece: Piece) -> bool:
    return piece.about is About.SITE


def _reserves(piece: Piece) -> bool:
    return piece.channel is Channel.RESERVED and piece.about is not About.ANOTHER


def _denies(piece: Piece) -> bool:
    """Say whether a page says of itself that it is not under a license."""
    own = {About.PAGE, About.TEXT, About.SITE}
    return piece.said is Saying.DENIES and piece.about in own and not piece.is_hidden


def _decides(weighed: _Weighed) -> bool:
    stated = weighed.piece.expression
    if weighed.standing in _ONLY_BLOCKING:
        return _restricts(stated)
    return weighed.standing is _Standing.STATES


def _restricts(license_: LicenseExpression | None) -> bool:
    return license_ is not None and bool(expression.elements(license_) & _RESTRICTIONS)


def _without_choices(found: Iterable[LicenseExpression]) -> frozenset[LicenseExpression]:
    """Leave out a choice of which one arm is stated elsewhere by itself."""
    every = frozenset(found)
    arms = {each: _choices(each) for each in every}
    return frozenset(
        each for each in every if not any(each != o and o in arms[each] for o in every)
    )


def _choices(license_: LicenseExpression) -> frozenset[LicenseExpression]:
    word, arms = expression.arms(license_)
    return frozenset(arms if word == "OR" else ())


def _contradictions(piece: Piece) -> list[_Against]:
    """Return the licenses that a piece's words, badge or conditions name against it.

    Only Creative Commons licenses can be contradicted. A restriction that the license lacks
    counts as much as the name of another license.
    """
    stated = piece.expression
    asked = expression.elements(stated) if stated is not None else frozenset[str]()
    if not stated or not asked:
        return []
    edition, _, port = expression.version(stated).partition("-")
    # Words need not name the port: "CC BY-SA 3.0" is said of the German one, too.
    alike = {stated, creative_commons.compose(asked, edition, "")}
    others = {each for each in piece.others if each and expression.elements(each)} - alike
    added = piece.asked - asked if "BY" in piece.asked else piece.asked & _RESTRICTIONS
    if added - asked:
        stricter = creative_commons.compose(asked | added, edition, port)
        others |= {stricter or LicenseExpression(f"{stated} AND NOASSERTION")}
    return [(each, piece.evidence) for each in sorted(others)]


def _reserves_learning(markup: Markup) -> bool:
    return any(sentence.reserves_learning(each.text) for each in own_notices(markup))


def _evidence(reason: Reason, case: _Case) -> tuple[Evidence, ...]:
    """Return what the conclusion rests on, in the order of its weight."""
    ranked = [each.evidence for each in case.deciding]
    ranked += [each.piece.evidence for each in case.doubts]
    if reason in _BY_WHAT_IS_BESIDE and ranked:
        ranked += [each.evidence for each in (*case.denied, *case.reserved)]
    if reason in _BY_WHAT_IS_SAID:
        said = {Saying.DENIES, Saying.SPEAKS_OF_A_PART}
        ranked = [e.piece.evidence for e in case.weighed if e.piece.said in said]
        ranked = ranked[:_QUOTED]
    return tuple(dict.fromkeys(ranked))[:_EVIDENCE_LIMIT]


_BY_WHAT_IS_BESIDE: Final = frozenset(
    {Reason.LICENSE_RESERVED, Reason.LICENSE_CONFLICT, Reason.LICENSE_NONE}
)
_BY_WHAT_IS_SAID: Final = frozenset({Reason.LICENSE_DENIED, Reason.LICENSE_OF_A_PART})
_QUOTED: Final = 3


def _candidates(case: _Case) -> tuple[tuple[LicenseExpression | None, Evidence], ...]:
    # What decides comes first, so that a page of a thousand credits cannot crowd it out.
    order = list(_Standing)
    ranked = sorted(case.weighed, key=lambda each: order.index(each.standing))
    named = [
        (each.piece.expression, each.piece.evidence)
        for each in ranked
        if each.piece.channel is not Channel.RESERVED
    ]
    return (*case.against, *named)[:_CANDIDATE_LIMIT]
