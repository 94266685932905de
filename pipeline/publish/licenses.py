"""What licenses ask and let be given back, for people: of expressions, or of a corpus."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from pipeline.errors import ArchiveFault, InputFault, NothingAdmitted, UsageFault
from pipeline.ledger import corpus
from pipeline.ledger.corpus import Count
from pipeline.ledger.store import FILE_NAME, open_reader
from pipeline.license import compat, expression, terms, ways
from pipeline.license.compat import Answer, Ground, Operation
from pipeline.publish.terminal import visible
from pipeline.values import DEFAULT_LICENSES, allowed_license
from pipeline.vocab import LicenseExpression

_DEFAULT: Final = ", ".join(DEFAULT_LICENSES)
_DONE: Final = {
    Operation.ADAPT: "Adapted into one work (merged, translated, rewritten)",
    Operation.COLLECT: "Collected, each under its own license",
    Operation.COLLECT_SGDR: "Collected by a maker who holds the EU database right",
}
_GIVEN: Final = {
    Operation.ADAPT: "it may be given back under",
    Operation.COLLECT: "its selection and arrangement may be under",
    Operation.COLLECT_SGDR: "the database, beside its contents, may be under",
}
_WORDS: Final = {
    compat.ANY_FOR_COMPILATION: "any license",
    compat.NONCOMMERCIAL_ONLY: "a license that forbids commercial use",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """The documents of a corpus under one license, and where an adaptation may go."""

    license: LicenseExpression
    documents: int
    characters: int
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was asked, and the answer to each operation.

    ``folder`` and ``release`` name the corpus, where one was asked about.
    """

    inputs: tuple[LicenseExpression, ...]
    outbound: LicenseExpression | None
    answers: tuple[Answer, ...]
    shards: tuple[Shard, ...] = ()
    folder: str = ""
    release: str = ""


def of_expressions(texts: Sequence[str], *, outbound: str | None = None) -> Told:
    """Return what works under expressions let be given back together.

    Raises UsageFault where a text is no expression, or ``outbound`` no single license.
    """
    inputs = tuple(_parsed(text) for text in texts)
    target = _single(outbound) if outbound is not None else None
    return Told(inputs=inputs, outbound=target, answers=_answers(inputs, target))


def of_corpus(path: Path, *, outbound: str | None = None) -> Told:
    """Return what the newest release of a corpus lets be given back, license by license.

    ``path`` is the folder of a build or the ledger in it. Raises InputFault where there
    is no release, NothingAdmitted where it holds no document, LedgerBusy during a build.
    """
    target = _single(outbound) if outbound is not None else None
    folder = path.parent if path.name == FILE_NAME and path.is_file() else path
    release, counts = _newest(folder)
    inputs = tuple(_stored(folder, each.name) for each in counts)
    shards = tuple(
        Shard(
            license=license_,
            documents=count.count,
            characters=count.characters,
            answer=compat.answer(Operation.ADAPT, [license_], outbound=target),
        )
        for license_, count in zip(inputs, counts, strict=True)
    )
    return Told(
        inputs=inputs,
        outbound=target,
        answers=_answers(inputs, target),
        shards=shards,
        folder=str(folder),
        release=release,
    )


def fits(told: Told, *, has_database_right: bool = False) -> bool:
    """Say whether an adaptation may go on as asked; unasked, whether anything may."""
    shown = _shown(told, has_database_right=has_database_right)
    asked = shown[:1] if told.outbound else shown
    return any(answer.allowed for answer in asked)


def render(told: Told, *, has_database_right: bool = False) -> str:
    """Return an answer for people; words that others wrote cannot harm a terminal."""
    return _visible_lines(
        (
            *(_corpus_lines(told) if told.shards else _license_lines(told)),
            *_answer_lines(told, has_database_right=has_database_right),
            *_obligation_lines(told),
        )
    )


def _visible_lines(lines: Iterable[str]) -> str:
    """Return lines as a text in which nothing moves a terminal."""
    return "\n".join(visible(line) for line in lines)


def as_json(told: Told, *, has_database_right: bool = False) -> str:
    """Return an answer as one JSON object, with all three operations."""
    return json.dumps(
        {
            "fits": fits(told, has_database_right=has_database_right),
            "outbound": told.outbound,
            "corpus": told.folder or None,
            "release": told.release or None,
            "inputs": [_input(each) for each in told.inputs],
            "shards": [
                {
                    "license": shard.license,
                    "documents": shard.documents,
                    "characters": shard.characters,
                    **_answered(shard.answer),
                }
                for shard in told.shards
            ],
            "answers": {each.operation: _answered(each) for each in told.answers},
        },
        ensure_ascii=False,
    )


def _parsed(text: str) -> LicenseExpression:
    found = expression.parse(text)
    if found is None:
        raise UsageFault(
            f"{visible(text[:200])} is no license expression. Write SPDX identifiers with "
            'AND, OR or WITH between, such as "CC-BY-SA-3.0 AND MIT"; a license that SPDX '
            "does not list is written LicenseRef- and a name."
        )
    return found


def _single(text: str) -> LicenseExpression:
    found = _parsed(text)
    if expression.arms(found)[0]:
        raise UsageFault(
            f"--outbound {visible(text[:200])} is more than one license. Ask about one, "
            "such as CC-BY-SA-4.0."
        )
    if not ways.is_outbound(found):
        raise UsageFault(
            f"--outbound {visible(text[:200])} is not known as a license that a work can "
            "be released under. Name one, such as CC-BY-SA-4.0 or GPL-3.0-only."
        )
    return found


def _stored(folder: Path, text: str) -> LicenseExpression:
    found = expression.parse(text)
    if found is None:
        raise ArchiveFault(
            f"{folder}: a document of the newest release is under {visible(text[:200])}, "
            "which is no license expression. Curate again; the archive is not affected."
        )
    return found


def _newest(folder: Path) -> tuple[str, tuple[Count, ...]]:
    connection = open_reader(folder)
    try:
        release = corpus.latest_release(connection)
        if release is None:
            raise InputFault(f"{folder}: there is no release here yet. Run curate first.")
        counts = corpus.licenses(connection, release)
    finally:
        connection.close()
    if not counts:
        raise NothingAdmitted(
            f"{folder}: the newest release has no document, so there is nothing to give "
            "back. Ask explain why its pages were left out."
        )
    return release, counts


def _answers(
    inputs: Sequence[LicenseExpression], outbound: LicenseExpression | None
) -> tuple[Answer, ...]:
    return tuple(compat.answer(each, inputs, outbound=outbound) for each in Operation)


def _shown(told: Told, *, has_database_right: bool) -> list[Answer]:
    left_out = Operation.COLLECT if has_database_right else Operation.COLLECT_SGDR
    return [answer for answer in told.answers if answer.operation is not left_out]


def _license_lines(told: Told) -> Iterator[str]:
    for each in dict.fromkeys(told.inputs):
        if expression.arms(each)[0]:
            yield each
        for license_ in _named(each):
            name, address = terms.name_of(license_), terms.address_of(license_)
            yield license_ if name == license_ else f"{license_}, {name}"
            yield f"  {address}" if address else "  where its text is, is not known here"
            owed = ", ".join(sorted(terms.obligations_of(license_)))
            yield f"  asks for: {owed or 'nothing'}"
        verdict = "may" if _is_carried(each) else "does not"
        yield f"A corpus by the default policy ({_DEFAULT}) {verdict} carry {each}."


def _corpus_lines(told: Told) -> Iterator[str]:
    documents = sum(shard.documents for shard in told.shards)
    yield f"{told.folder}: {documents:,} documents in the newest release"
    width = max(len(shard.license) for shard in told.shards)
    for shard in told.shards:
        count = f"{shard.license:<{width}}  {shard.documents:>9,}"
        if told.outbound is not None:
            yield f"  {count}  {'fits' if shard.answer.allowed else 'does not fit'}"
        else:
            yield f"  {count}  {', '.join(shard.answer.outbound) or 'no adaptation'}"
    if told.outbound is not None:
        fit = sum(shard.documents for shard in told.shards if shard.answer.allowed)
        yield f"  {fit:,} of {documents:,} may be adapted under {told.outbound}."
    yield "  As it is, each document stays under its own license."


def _answer_lines(told: Told, *, has_database_right: bool) -> Iterator[str]:
    for answer in _shown(told, has_database_right=has_database_right):
        yield ""
        yield f"{_DONE[answer.operation]}:"
        if not answer.allowed:
            under = told.outbound or "any license that is known"
            yield f"  not under {under}. What stands in the way:"
            yield from _ground_lines(answer.reasons)
            continue
        for grounds, offers in groupby(answer.offers, key=lambda offer: offer.grounds):
            names = (_WORDS.get(each.outbound, each.outbound) for each in offers)
            yield f"  {_GIVEN[answer.operation]} {', '.join(names)}, because"
            yield from _ground_lines(grounds)


def _ground_lines(grounds: Iterable[Ground]) -> Iterator[str]:
    for ground in sorted(grounds, key=lambda one: one.license):
        chosen = f", chosen from {ground.chosen_from}" if ground.chosen_from else ""
        yield f"    {ground.license}{chosen}: {ground.says} [{ground.clause}]"


def _obligation_lines(told: Told) -> Iterator[str]:
    owed = sorted({one for each in told.inputs for one in terms.obligations_of(each)})
    if owed:
        yield ""
        yield "In words:"
        yield from (f"  {each}: {terms.MEANING[each]}" for each in owed)


def _named(license_: LicenseExpression) -> Iterator[LicenseExpression]:
    word, arms = expression.arms(license_)
    if not word:
        yield license_
        return
    yield from dict.fromkeys(leaf for arm in arms for leaf in _named(arm))


def _is_carried(license_: LicenseExpression) -> bool:
    return expression.allows(license_, tuple(map(allowed_license, DEFAULT_LICENSES)))


def _input(license_: LicenseExpression) -> dict[str, object]:
    return {
        "expression": license_,
        "in_default_policy": _is_carried(license_),
        "licenses": [
            {
                "license": each,
                "name": terms.name_of(each),
                "url": terms.address_of(each),
                "obligations": sorted(terms.obligations_of(each)),
            }
            for each in _named(license_)
        ],
    }


def _answered(answer: Answer) -> dict[str, object]:
    return {
        "operation": answer.operation,
        "allowed": answer.allowed,
        "outbound": list(answer.outbound),
        "offers": [asdict(offer) for offer in answer.offers],
        "reasons": [asdict(reason) for reason in answer.reasons],
    }
