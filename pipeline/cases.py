"""Recorded exchanges as JSON lines, for ``estovers judge``: a case in, a judgement out."""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from pipeline.consent import crawlers
from pipeline.errors import InputFault
from pipeline.judge import judge
from pipeline.model import (
    AllowedLicense,
    Decision,
    Evidence,
    Exchange,
    Judgement,
    Policy,
    SiteStatement,
)
from pipeline.values import (
    DEFAULT_LICENSES,
    Expression,
    Quote,
    Url,
    allowed_license,
)
from pipeline.vocab import Category, LicenseExpression, ProductToken

_NOT_FOUND: Final = 404


def _octets(text: object) -> object:
    return base64.b64decode(text, validate=True) if isinstance(text, str) else text


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True)


class RecordedExchange(_Strict):
    """What was answered for one URL: a status or the name of a failure, or both."""

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    body_b64: Annotated[bytes | None, BeforeValidator(_octets)] = None
    error: str | None = None


class OperatorWords(_Strict):
    """Who asks, in RSL's words."""

    user: str | tuple[str, ...] = ()
    geo: str | tuple[str, ...] = ()


class StatementWords(_Strict):
    """A license stated once for a site, by the keys of a manifest's ``[[statements]]``."""

    scope: tuple[Url, ...]
    license: Expression
    evidence_url: Url
    quote: Quote


class Case(_Strict):
    """One URL with the exchanges seen for it; a URL that is not listed answered 404."""

    id: str
    url: str
    product_token: Annotated[str, Field(pattern=r"^[A-Za-z_-]+$")] = "Estovers"  # noqa: S105
    exchanges: dict[str, RecordedExchange]
    operator: OperatorWords = OperatorWords()
    statements: tuple[StatementWords, ...] = ()
    now: AwareDatetime = datetime(2026, 11, 21, tzinfo=UTC)


def parse(line: str, *, where: str) -> Case:
    """Return the case that a line of JSON holds.

    Raises InputFault that names ``where`` and each key that is wrong.
    """
    try:
        return Case.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise InputFault(
            f"{where}: not JSON ({error.msg}, column {error.colno}). "
            "Write one case as a JSON object on each line."
        ) from error
    except RecursionError as error:
        raise InputFault(f"{where}: nested too deep. Correct the case.") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'the case'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise InputFault(f"{where}: {faults}. Correct the case.") from error


def judge_case(
    case: Case, *, allowed: tuple[AllowedLicense, ...] | None = None
) -> Judgement:
    """Return the judgement of a case for training."""
    return judge(
        case.url,
        ClosedWorld(_exchanges_of(case)),
        policy=policy_of(case, allowed),
        now=case.now,
    )


def policy_of(case: Case, allowed: tuple[AllowedLicense, ...] | None = None) -> Policy:
    """Return the policy that a case is judged under."""
    return Policy(
        product_token=ProductToken(case.product_token),
        allowed_licenses=allowed or tuple(map(allowed_license, DEFAULT_LICENSES)),
        categories=frozenset({Category.TRAIN_AI}),
        training_tokens=crawlers.training_tokens(crawlers.load()),
        users=frozenset(_words(case.operator.user)),
        regions=frozenset(_words(case.operator.geo)),
        statements=tuple(map(_statement, case.statements)),
    )


def render(name: str, judgement: Judgement) -> str:
    """Return a judgement as a line of JSON."""
    return json.dumps({"id": name, **as_json(judgement)}, ensure_ascii=False)


def as_json(judgement: Judgement) -> dict[str, object]:
    """Return a judgement as a JSON object, all signals included."""
    finding = judgement.license
    return {
        "url": judgement.url,
        "acquisition": _decision(judgement.acquisition),
        "preferences": {str(k): str(v) for k, v in judgement.preferences.items()},
        "license": finding.expression if finding else None,
        "usage": _decision(judgement.usage),
        "signals": [
            {
                "signal": str(statement.signal),
                "category": str(statement.category),
                "preference": str(statement.preference),
                "note": statement.note,
                "evidence": [evidence_json(e) for e in statement.evidence],
            }
            for statement in judgement.statements
        ],
        "license_candidates": [
            {"license": expression, "evidence": evidence_json(evidence)}
            for expression, evidence in (finding.candidates if finding else ())
        ],
        "disagreements": [
            {"reader": d.reader, "token": d.token, "ours": d.ours, "theirs": d.theirs,
             "cause": d.cause}
            for d in judgement.disagreements
        ],
    }  # fmt: skip


def evidence_json(evidence: Evidence) -> dict[str, object]:
    """Return evidence as a JSON object."""
    return {
        "source": evidence.source,
        "locator": evidence.locator,
        "line": evidence.line,
        "quote": evidence.quote,
        "digest": evidence.digest,
        "clause": evidence.clause,
        "status": evidence.status,
        "read_at": evidence.read_at.isoformat() if evidence.read_at else None,
        "redirects": list(evidence.redirects),
        "parser": evidence.parser,
    }


class ClosedWorld(Mapping[str, Exchange]):
    """Exchanges in which every URL that is not listed answered 404."""

    def __init__(self, listed: Mapping[str, Exchange]) -> None:
        self._listed = listed

    def __getitem__(self, url: str) -> Exchange:
        found = self._listed.get(url)
        return found if found is not None else Exchange(url=url, status=_NOT_FOUND)

    def __contains__(self, url: object) -> bool:
        return isinstance(url, str)

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)


def _exchanges_of(case: Case) -> dict[str, Exchange]:
    return {
        url: Exchange(
            url=url,
            status=recorded.status,
            headers=recorded.headers,
            body=_body_of(recorded),
            error=recorded.error,
            read_at=case.now,
        )
        for url, recorded in case.exchanges.items()
    }


def _body_of(recorded: RecordedExchange) -> bytes:
    if recorded.body_b64 is not None:
        return recorded.body_b64
    return (recorded.body or "").encode("utf-8", "surrogatepass")


def _decision(decision: Decision) -> dict[str, object]:
    return {
        "verdict": str(decision.verdict),
        "reason": str(decision.reason),
        "evidence": [evidence_json(e) for e in decision.evidence],
    }


def _statement(words: StatementWords) -> SiteStatement:
    return SiteStatement(
        scope=words.scope,
        license=LicenseExpression(words.license),
        evidence_url=words.evidence_url,
        quote=words.quote,
    )


def _words(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
