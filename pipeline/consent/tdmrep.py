"""What the TDM Reservation Protocol says of a page: one answer from its three places.

::

    tdmrep.json     = [ Rule, ... ]
    Rule            = { "location": path-pattern, "tdm-reservation": 0 | 1,
                        "tdm-policy"?: URL }
    header fields     tdm-reservation: 0 | 1       tdm-policy: URL
    HTML              <meta name="tdm-reservation" content="0 | 1">
                      <meta name="tdm-policy" content="URL">

The header supersedes the file and the page's own metadata supersede the header, also with
0 over 1; what is absent or in error resets nothing ("Processing priority"). Any value but
0 and 1 is a protocol error, which is to say unset. We are stricter in one direction only:
a refusal in a spelling of its own (``"1"``, ``true``, no brackets around the one rule) is
a refusal, and the same slips make no permission.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urljoin

from pipeline.consent import odrl
from pipeline.consent.following import Arrived, Lost, Wanted, follow, resolve
from pipeline.consent.pattern import is_pattern, matches, target_of
from pipeline.consent.strict_json import JsonValue, NotJson, parse
from pipeline.markup import Markup, Meta
from pipeline.model import Evidence, Exchange, Exchanges, Statement, evidence_of
from pipeline.vocab import SPECIFICATIONS, Preference, Signal

PARSER: Final = "tdmrep/1"
_RESERVATION: Final = "tdm-reservation"
_POLICY: Final = "tdm-policy"
_REPORT: Final = SPECIFICATIONS["tdmrep"]
_FILE_CLAUSE: Final = f'{_REPORT}, "TDM File on the Origin Server"'
_HEADER_CLAUSE: Final = f'{_REPORT}, "TDM Header Field in HTTP Responses"'
_META_CLAUSE: Final = f'{_REPORT}, "TDM Metadata in HTML Content"'
_POLICY_CLAUSE: Final = f'{_REPORT}, "Expressing a TDM Policy"'

_REFUSALS: Final = frozenset({"1", "true"})
_CLIENT_ERROR: Final = range(400, 500)
_ACCESS_REFUSED: Final = frozenset({401, 402, 403, 407, 429, 451})
"""Answers that withhold a file without saying that there is none."""

_EVIDENCE_LIMIT: Final = 16
"""Most pieces of evidence for one statement, so that no page floods the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was said, and the URLs that have to be asked for before all is said."""

    statements: tuple[Statement, ...] = ()
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What one place says; *unknown* is the report's ``unset``."""

    preference: Preference
    evidence: tuple[Evidence, ...]
    policy: str | None = None
    note: str = ""


def wellknown_url(url: str) -> str:
    """Return where the origin of ``url`` keeps its reservations (RFC 8615)."""
    return urljoin(url, "/.well-known/tdmrep.json")


def read(
    url: str, *, page: Exchange | None, markup: Markup | None, exchanges: Exchanges
) -> Reading:
    """Return the one statement that file, header and metadata make together, if any.

    A file that was not asked for yet is in ``wanted``. One that could not be had or read
    is *unclear*, though the report would call the protocol not implemented: a server in
    trouble has not said yes. The deciding evidence stands first.
    """
    file, wanted = _file_answer(url, exchanges)
    places = (file, _header_answer(page), _meta_answer(markup, page))
    answers = [place for place in places if place]
    if not answers:
        return Reading(wanted=wanted)
    answer = _effective(answers)
    if answer.preference is Preference.DISALLOWED and answer.policy:
        answer, policies = _with_policy(answer, answer.policy, exchanges)
        wanted += policies
    statement = Statement(
        signal=Signal.TDMREP,
        preference=answer.preference,
        evidence=answer.evidence[:_EVIDENCE_LIMIT],
        note=answer.note,
    )
    return Reading(statements=(statement,), wanted=wanted)


def _effective(answers: Sequence[_Answer]) -> _Answer:
    """Return the last answer that says anything, with the evidence of all of them."""
    said = [each for each in answers if each.preference is not Preference.UNKNOWN]
    deciding = said[-1] if said else answers[-1]
    others = [each for each in answers if each is not deciding]
    # Beside a 0 a policy is not to be processed ("tdm-policy"), nor carried further.
    policies = [
        each.policy
        for each in answers
        if each.policy and each.preference is not Preference.ALLOWED
    ]
    return replace(
        deciding,
        evidence=deciding.evidence + tuple(one for each in others for one in each.evidence),
        policy=policies[-1] if policies else None,
    )


def _file_answer(url: str, exchanges: Exchanges) -> tuple[_Answer | None, tuple[str, ...]]:
    found = follow(wellknown_url(url), exchanges)
    if isinstance(found, Wanted):
        return None, (found.url,)
    if isinstance(found, Lost):
        return _unclear(found, found.cause), ()
    return _answer_of(found, url), ()


def _answer_of(arrived: Arrived, url: str) -> _Answer | None:
    if arrived.succeeded:
        return _body_answer(arrived, url)
    if arrived.status in _CLIENT_ERROR and arrived.status not in _ACCESS_REFUSED:
        return None
    return _unclear(arrived, "the file could not be had")


def _body_answer(arrived: Arrived, url: str) -> _Answer | None:
    exchange = arrived.exchange
    if _is_soft_404(exchange):
        return None
    value = parse(exchange.body)
    if isinstance(value, NotJson):
        return _unclear(arrived, value.cause)
    rules = value if isinstance(value, list) else [value]
    candidates = _candidates(rules, arrived)
    if not candidates and _may_mean_more(rules, exchange):
        return _unclear(arrived, "not an array of rules")
    answer = _settle(candidates, url) or _silent(arrived, "no location covers the page")
    if answer.preference is Preference.ALLOWED and not isinstance(value, list):
        note = "a permission without the mandatory brackets"
        return replace(answer, preference=Preference.UNKNOWN, note=note)
    return answer


def _is_soft_404(exchange: Exchange) -> bool:
    """Say whether the answer is some page, as servers give for any path they lack."""
    starts = exchange.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    return starts and not _is_json(exchange)


def _may_mean_more(rules: Iterable[JsonValue], exchange: Exchange) -> bool:
    """Say whether JSON without one rule in it looks like a try at writing some."""
    mentioned = _RESERVATION.encode() in exchange.body
    return mentioned or not all(isinstance(rule, dict) for rule in rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """One rule that has a reservation; a location of None is missing or no pattern."""

    location: str | None
    answer: _Answer


def _candidates(rules: Iterable[JsonValue], arrived: Arrived) -> list[_Candidate]:
    """Return the rules that have a reservation; those without are invalid and skipped."""
    return [
        _candidate(number, rule, arrived)
        for number, rule in enumerate(rules, 1)
        if isinstance(rule, dict) and _RESERVATION in rule
    ]


def _candidate(number: int, rule: Mapping[str, JsonValue], arrived: Arrived) -> _Candidate:
    location, policy = rule.get("location"), rule.get(_POLICY)
    preference, note = _preference_of(rule[_RESERVATION])
    evidence = _seen(arrived, f"rule {number}", quote=json.dumps(rule))
    answer = _Answer(
        preference=preference,
        evidence=(evidence,),
        policy=resolve(policy, arrived.exchange.url) if isinstance(policy, str) else None,
        note=note,
    )
    return _Candidate(location=_path_of(location), answer=answer)


def _path_of(location: JsonValue) -> str | None:
    return location if isinstance(location, str) and is_pattern(location) else None


def _settle(candidates: Sequence[_Candidate], url: str) -> _Answer | None:
    """Return what the first rule in sequence that covers ``url`` says.

    Where that rule is in error a later one may still refuse. A refusal whose location is
    no pattern may mean this page, so it leaves no permission standing.
    """
    target = target_of(url)
    covering = (each for each in candidates if each.location is not None)
    matching = (each.answer for each in covering if matches(each.location or "", target))
    first = next(matching, None)
    if first and first.preference is Preference.UNKNOWN:
        refusals = (each for each in matching if each.preference is Preference.DISALLOWED)
        first = next(refusals, first)
    if first and first.preference is Preference.DISALLOWED:
        return first
    return next(_unplaced_refusals(candidates), first)


def _unplaced_refusals(candidates: Iterable[_Candidate]) -> Iterator[_Answer]:
    for each in candidates:
        if each.location is None and each.answer.preference is Preference.DISALLOWED:
            note = "a refusal whose location is no pattern"
            yield replace(each.answer, preference=Preference.UNCLEAR, note=note)


def _preference_of(value: JsonValue) -> tuple[Preference, str]:
    """Return what a reservation in JSON means.

    Python's ``True == 1`` serves the refusal, and is kept out of the permission.
    """
    if value == 1:
        return Preference.DISALLOWED, ""
    if isinstance(value, str) and value.strip().lower() in _REFUSALS:
        return Preference.DISALLOWED, "a refusal, though not an integer"
    if value == 0 and isinstance(value, int) and not isinstance(value, bool):
        return Preference.ALLOWED, ""
    return Preference.UNKNOWN, "a protocol error: unset"


def _header_answer(page: Exchange | None) -> _Answer | None:
    if page is None:
        return None
    lines = page.header_lines(_RESERVATION)
    policies = page.header_lines(_POLICY)
    evidence = tuple(
        _header_evidence(page, name, line)
        for name, values in ((_RESERVATION, lines), (_POLICY, policies))
        for line in values
    )
    # Several lines are one list (RFC 9110 section 5.3).
    values = [value for line in lines for value in line.split(",")]
    return _text_answer(values, policies, evidence, base=page.url)


def _meta_answer(markup: Markup | None, page: Exchange | None) -> _Answer | None:
    if markup is None:
        return None
    metas = [meta for meta in markup.metas if meta.name in {_RESERVATION, _POLICY}]
    exchange = page or Exchange(url=markup.url)
    evidence = tuple(_meta_evidence(exchange, meta) for meta in metas)
    values = [meta.content for meta in metas if meta.name == _RESERVATION]
    policies = [meta.content for meta in metas if meta.name == _POLICY]
    return _text_answer(values, policies, evidence, base=markup.base)


def _meta_evidence(exchange: Exchange, meta: Meta) -> Evidence:
    return evidence_of(
        exchange,
        f"meta[name={meta.name}]",
        quote=meta.html,
        clause=_META_CLAUSE,
        parser=PARSER,
    )


def _header_evidence(page: Exchange, name: str, line: str) -> Evidence:
    return evidence_of(
        page,
        f"header {name}",
        quote=f"{name}: {line}",
        clause=_HEADER_CLAUSE,
        parser=PARSER,
    )


def _text_answer(
    values: Sequence[str],
    policies: Sequence[str],
    evidence: tuple[Evidence, ...],
    *,
    base: str,
) -> _Answer | None:
    """Return what one place says in text; a refusal among its values is a refusal."""
    if not evidence:
        return None
    words = {value.strip(" \t\r\n\"'").lower() for value in values}
    preference, note = Preference.UNKNOWN, "a protocol error: unset"
    if words & _REFUSALS:
        preference, note = Preference.DISALLOWED, ""
    elif {value.strip() for value in values} == {"0"}:
        preference, note = Preference.ALLOWED, ""
    # Two policies contradict each other: the conditions are not known.
    policy = resolve(policies[0], base) if len(set(policies)) == 1 else None
    return _Answer(preference=preference, evidence=evidence, policy=policy, note=note)


def _with_policy(
    answer: _Answer, policy: str, exchanges: Exchanges
) -> tuple[_Answer, tuple[str, ...]]:
    """Return the reservation as its policy leaves it, and the policy's URL while absent.

    A policy that cannot be reached or read leaves no way to know the conditions
    ("tdm-policy"), so that the reservation stands as it is.
    """
    found = follow(policy, exchanges)
    if isinstance(found, Wanted):
        return answer, (found.url,)
    if isinstance(found, Lost):
        return _commented(answer, found, f"policy unreachable: {found.cause}"), ()
    terms = _terms_of(found)
    answer = replace(answer, preference=terms.preference)
    return _commented(answer, found, terms.note), ()


def _terms_of(arrived: Arrived) -> odrl.Terms:
    exchange = arrived.exchange
    note = "the policy cannot be read by a machine: conditions unknown"
    if arrived.succeeded and _is_json(exchange):
        value = parse(exchange.body)
        if not isinstance(value, NotJson):
            return odrl.terms_of(value)
    return odrl.Terms(preference=Preference.DISALLOWED, note=note)


def _commented(answer: _Answer, found: Arrived | Lost, note: str) -> _Answer:
    evidence = replace(_seen(found, _POLICY), clause=_POLICY_CLAUSE)
    first, *others = answer.evidence
    return replace(answer, evidence=(first, evidence, *others), note=note)


def _is_json(exchange: Exchange) -> bool:
    return "json" in (exchange.header("Content-Type") or "").lower()


def _unclear(found: Arrived | Lost, cause: str) -> _Answer:
    evidence = (_seen(found, "tdmrep.json"),)
    return _Answer(preference=Preference.UNCLEAR, evidence=evidence, note=cause)


def _silent(arrived: Arrived, note: str) -> _Answer:
    evidence = (_seen(arrived, "tdmrep.json"),)
    return _Answer(preference=Preference.UNKNOWN, evidence=evidence, note=note)


def _seen(found: Arrived | Lost, locator: str, *, quote: str = "") -> Evidence:
    evidence = evidence_of(
        found.exchange, locator, quote=quote, clause=_FILE_CLAUSE, parser=PARSER
    )
    return replace(evidence, redirects=found.redirects)
