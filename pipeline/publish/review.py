"""The review list: which hosts a person has to look at, with what there is to see."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pipeline.errors import UsageFault
from pipeline.ledger import reviews
from pipeline.ledger.reviews import Host, Sample
from pipeline.ledger.rows import ReviewRow
from pipeline.ledger.store import Connection, open_reader
from pipeline.publish.reasons import words_of
from pipeline.publish.terminal import visible
from pipeline.url import authority
from pipeline.vocab import Answer

ANSWERED: Final[dict[str, str]] = {Answer.CONFIRM: "confirmed", Answer.REFUSE: "refused"}
"""What was done to a host, by the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One host with every answer that was ever given on it, in their order."""

    host: Host
    answers: tuple[ReviewRow, ...]


def hosts_of(folder: Path) -> list[Host]:
    """Return the hosts of a corpus, those that wait for an answer first.

    Raises InputFault where there is no corpus, LedgerBusy while a build writes it.
    """
    connection = open_reader(folder)
    try:
        return reviews.hosts(connection)
    finally:
        connection.close()


def show(folder: Path, host: str) -> Shown:
    """Return one host with its samples and answers.

    Raises UsageFault where the corpus does not know it, else as ``hosts_of``.
    """
    connection = open_reader(folder)
    try:
        return shown(connection, host)
    finally:
        connection.close()


def shown(connection: Connection, host: str) -> Shown:
    """Return one host from an open ledger; raises UsageFault where it is unknown."""
    name = _spelled(host)
    found = reviews.host_of(connection, name)
    if found is None:
        raise UsageFault(
            f"{name}: this corpus knows no such host. `estovers review` lists those that "
            "gave it pages; `estovers explain URL` finds names that come near."
        )
    return Shown(host=found, answers=tuple(reviews.history(connection, name)))


def render_list(hosts: list[Host]) -> str:
    """Return the list for people; what is quoted cannot harm a terminal."""
    waiting = [each for each in hosts if each.waiting]
    others = [each for each in hosts if not each.waiting]
    lines = [f"{len(waiting)} of {len(hosts)} hosts wait for an answer."]
    for heading, some in (("Waiting", waiting), ("Nothing to answer", others)):
        if some:
            lines += ["", heading]
        for each in some:
            lines += _listed(each)
    return "\n".join(lines)


def render(found: Shown) -> str:
    """Return one host for people, with its samples and what they rest on."""
    host = found.host
    lines = [*_listed(host)]
    if host.stated:
        lines += ["", f"How it states its licenses ({host.statements} ways)"]
        lines += [f"  “{visible(each)}”" for each in host.stated]
    if host.samples:
        lines += ["", "Samples"]
    for sample in host.samples:
        lines += _sample(sample)
    lines += ["", "What people answered" if found.answers else "Nobody has answered yet."]
    lines += [f"  {visible(said(row))}" for row in found.answers]
    return "\n".join(lines)


def said(row: ReviewRow) -> str:
    """Return an answer in words: what was done, by whom, when and why."""
    return f"{ANSWERED.get(row.answer, row.answer)} {row.signed}"


def as_json(found: list[Host] | Shown) -> str:
    """Return the list, or one host with its history, as JSON."""
    if isinstance(found, Shown):
        answers = [row._asdict() for row in found.answers]
        return json.dumps(_facts(found.host) | {"answers": answers}, default=_plain)
    return json.dumps([_facts(each) for each in found], default=_plain)


def _facts(host: Host) -> dict[str, object]:
    answer = host.answer._asdict() if host.answer else None
    return {**asdict(host), "answer": answer}


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _spelled(host: str) -> str:
    """Return a host as the ledger spells it; an address of one of its pages will do."""
    try:
        return authority(host if "://" in host else f"http://{host}/")
    except ValueError as error:
        raise UsageFault(
            f"This cannot be the name of a host: {error}. Write it as an address has it, "
            "such as host.example."
        ) from error


def _listed(host: Host) -> Iterator[str]:
    yield f"  {visible(host.host)}"
    if host.waiting:
        yield f"    {host.waiting} of doubtful origin, and nobody has answered for it"
    for words, counts in (
        ("in the corpus", host.documents),
        ("held", host.held),
        ("dropped", host.dropped),
    ):
        if counts:
            yield f"    {words}: {_counted(counts)}"
    if host.answer is not None:
        yield f"    {visible(said(host.answer))}"


def _counted(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{n} {visible(name)}" for name, n in ordered)


def _sample(sample: Sample) -> Iterator[str]:
    license_ = f", {sample.license}" if sample.license else ""
    yield f"  {visible(sample.url)} ({visible(sample.standing + license_)})"
    yield f"    {visible(words_of(sample.reason))} [{visible(sample.reason)}]"
    if sample.detail:
        yield f"      {visible(sample.detail)}"
    if sample.quote:
        yield f"      {visible(sample.locator or '')}: “{visible(sample.quote)}”"
    if sample.decision:
        yield f"      decision {visible(sample.decision)}"
