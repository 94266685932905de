"""What may be given back: the shared cases, the clauses behind them, and the laws."""

import json
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.license import expression, ways
from pipeline.license.compat import (
    ANY_FOR_COMPILATION,
    COMMONS,
    NONCOMMERCIAL_ONLY,
    Answer,
    Operation,
    answer,
)
from pipeline.license.expression import _IDENTIFIERS
from pipeline.license.terms import obligations_of
from pipeline.vocab import LicenseExpression

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "license_compat.json"
ADAPT, COLLECT, SGDR = Operation.ADAPT, Operation.COLLECT, Operation.COLLECT_SGDR


def parsed(text: str) -> LicenseExpression:
    found = expression.parse(text)
    assert found is not None, text
    return found


def asked(operation: Operation, *inputs: str, outbound: str | None = None) -> Answer:
    target = parsed(outbound) if outbound else None
    return answer(operation, [parsed(each) for each in inputs], outbound=target)


def outbound(operation: Operation, *inputs: str) -> list[str]:
    return [str(each) for each in asked(operation, *inputs).outbound]


# --- the shared cases ----------------------------------------------------------------


@pytest.mark.skipif(not VECTORS.is_file(), reason="the shared vectors are not here")
def test_every_shared_case_is_answered() -> None:
    cases = json.loads(VECTORS.read_text("utf-8"))

    found = {
        case["id"]: (given.allowed, list(given.outbound))
        for case in cases
        for given in (asked(Operation(case["operation"]), *case["inputs"]),)
    }

    assert found == {case["id"]: (case["allowed"], case["outbound"]) for case in cases}


# --- adaptations ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "offered"),
    [
        pytest.param(
            ["CC0-1.0"], ["CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0"], id="nothing is asked"
        ),
        pytest.param(
            ["CC-PDM-1.0"],
            ["CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0"],
            id="a label is nothing to release under",
        ),
        pytest.param(
            ["CC-PDDC", "CC-BY-4.0"], ["CC-BY-4.0", "CC-BY-SA-4.0"], id="an old dedication"
        ),
        pytest.param(
            ["CC-BY-3.0", "CC-BY-4.0"],
            ["CC-BY-4.0", "CC-BY-SA-4.0"],
            id="never back to an earlier version",
        ),
        pytest.param(
            ["CC-BY-SA-3.0", "CC-BY-4.0"],
            ["CC-BY-SA-3.0", "CC-BY-SA-4.0"],
            id="share-alike in either version",
        ),
        pytest.param(["CC-BY-SA-1.0"], ["CC-BY-SA-1.0"], id="1.0 by itself"),
        pytest.param(
            ["LicenseRef-CC-BY-SA-1.0-NL", "CC-BY-SA-1.0"], [], id="a port of 1.0"
        ),
        pytest.param(
            ["CC-BY-SA-2.0-UK", "LicenseRef-CC-BY-SA-2.5-SE"],
            ["CC-BY-SA-2.5", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "LicenseRef-CC-BY-SA-2.5-SE"],
            id="ports of 2.x",
        ),
        pytest.param(
            ["CC-BY-NC-SA-2.0-FR", "CC-BY-NC-SA-3.0"],
            ["CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0"],
            id="the ratchet of BY-NC-SA",
        ),
        pytest.param(
            ["CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"], ["CC-BY-NC-SA-4.0"], id="NC into NC-SA"
        ),
        pytest.param(["CC-BY-NC-4.0", "CC-BY-SA-4.0"], [], id="NC beside SA"),
        pytest.param(["CC-BY-ND-4.0"], [], id="ND alone"),
        pytest.param(
            ["CC-BY-SA-4.0", "GPL-2.0-or-later"],
            ["GPL-3.0-only"],
            id="or later may be read as version 3",
        ),
        pytest.param(["CC-BY-SA-4.0", "GPL-2.0-only"], [], id="not version 2"),
        pytest.param(
            ["CC-BY-SA-4.0", "GPL-3.0-or-later"],
            ["GPL-3.0-only"],
            id="what came from BY-SA has no or later",
        ),
        pytest.param(["CC-BY-SA-4.0", "AGPL-3.0-only"], [], id="declared for the GPL"),
        pytest.param(
            ["CC-BY-SA-4.0", "LGPL-2.1-only"],
            ["GPL-3.0-only"],
            id="where both lead, though neither is it",
        ),
        pytest.param(["GPL-2.0-only", "GPL-3.0-only"], [], id="two versions only"),
        pytest.param(
            ["GPL-3.0-only", "AGPL-3.0-only"], ["AGPL-3.0-only"], id="GPL into AGPL"
        ),
        pytest.param(
            ["LGPL-2.1-only", "GPL-3.0-only"], ["GPL-3.0-only"], id="LGPL into GPL"
        ),
        pytest.param(
            ["Apache-2.0", "GPL-2.0-or-later"],
            ["GPL-3.0-only", "GPL-3.0-or-later"],
            id="Apache with version 3 alone",
        ),
        pytest.param(["Apache-2.0", "GPL-2.0-only"], [], id="Apache, not version 2"),
        pytest.param(["CC-BY-3.0", "GPL-3.0-only"], [], id="CC BY before 4.0"),
        pytest.param(
            ["MIT", "CC-BY-4.0"], ["CC-BY-4.0", "CC-BY-SA-4.0"], id="credit is kept"
        ),
        pytest.param(
            ["GFDL-1.2-or-later", "GFDL-1.3-only"], ["GFDL-1.3-only"], id="a later GFDL"
        ),
        pytest.param(["GFDL-1.2-only", "GFDL-1.3-only"], [], id="two versions of GFDL"),
        pytest.param(
            ["GFDL-1.3-only", "GFDL-1.3-no-invariants-only"],
            ["GFDL-1.3-only"],
            id="invariant sections may come, not go",
        ),
        pytest.param(["GFDL-1.3-only", "GPL-3.0-only"], [], id="GFDL beside GPL"),
        pytest.param(
            ["LAL-1.2", "CC-BY-SA-3.0"],
            ["CC-BY-SA-4.0"],
            id="the later Art License may be chosen",
        ),
        pytest.param(["LAL-1.3", "GPL-3.0-only"], [], id="no way goes two steps"),
        pytest.param(
            ["NLOD-1.0", "CC-BY-4.0"], ["CC-BY-4.0"], id="NLOD names CC BY in its list"
        ),
        pytest.param(["NLOD-1.0", "CC-BY-3.0-DE"], ["CC-BY-4.0"], id="and no port of it"),
        pytest.param(["DL-DE-BY-2.0", "CC-BY-4.0"], [], id="DL-DE names none"),
        pytest.param(["OGL-Canada-2.0", "CC-BY-4.0"], [], id="nor does Canada"),
        pytest.param(["OGDL-Taiwan-1.0", "CC-BY-4.0"], ["CC-BY-4.0"], id="Taiwan does"),
        pytest.param(["OGL-UK-3.0", "CC-BY-SA-4.0"], [], id="OGL names CC BY alone"),
        pytest.param(["ODbL-1.0", "CC0-1.0"], ["ODbL-1.0"], id="a derivative database"),
        pytest.param(["ODbL-1.0", "CC-BY-4.0"], [], id="CC BY needs a waiver"),
        pytest.param(
            ["MPL-2.0", "AGPL-3.0-or-later"],
            ["AGPL-3.0-only", "AGPL-3.0-or-later"],
            id="a secondary license",
        ),
        pytest.param(
            ["GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only"],
            ["GPL-2.0-only"],
            id="an exception may be dropped",
        ),
        pytest.param(["LicenseRef-Own", "CC0-1.0"], [], id="what is not known"),
        pytest.param(["LicenseRef-Agreement-0a1b2c"], [], id="what a paper says"),
    ],
)
def test_an_adaptation_goes_on_under_what_every_work_lets_it(
    inputs: list[str], offered: list[str]
) -> None:
    assert outbound(ADAPT, *inputs) == offered


def test_any_other_license_may_be_asked_about() -> None:
    assert asked(ADAPT, "CC-BY-SA-4.0", outbound="GPL-3.0-only").allowed
    assert asked(ADAPT, "CC0-1.0", "MIT", outbound="ODbL-1.0").allowed
    assert not asked(ADAPT, "CC-BY-SA-3.0", outbound="GPL-3.0-only").allowed
    assert not asked(ADAPT, "CC0-1.0", outbound="CC-PDM-1.0").allowed
    assert not asked(ADAPT, "CC0-1.0", outbound="LicenseRef-Own").allowed


def test_the_arm_that_was_taken_is_named() -> None:
    choice = "CC-BY-4.0 OR CC-BY-NC-ND-4.0"

    [offer] = asked(ADAPT, choice, "CC-BY-SA-4.0").offers

    assert [(each.license, each.chosen_from) for each in offer.grounds] == [
        ("CC-BY-4.0", choice),
        ("CC-BY-SA-4.0", ""),
    ]


@pytest.mark.parametrize(
    ("inputs", "clauses"),
    [
        pytest.param(["CC-BY-ND-3.0", "CC-BY-4.0"], {"CC BY-ND 3.0 §3"}, id="ND, and why"),
        pytest.param(["CC-BY-ND-4.0"], {"CC BY-ND 4.0 §2(a)(1)(B)"}, id="ND in 4.0"),
        pytest.param(
            ["CC-BY-SA-3.0-DE", "GPL-3.0-only"],
            {"CC, list of compatible licenses, 2015-10-08"},
            id="both sides of a closed way",
        ),
        pytest.param(
            ["CC-BY-SA-1.0", "CC-BY-NC-SA-2.0"],
            {"CC BY-SA 1.0 §4(b)", "CC BY-NC-SA 2.0 §4(b)"},
            id="two that allow only themselves",
        ),
        pytest.param(["OFL-1.1", "CC-BY-4.0"], {"OFL-1.1", "CC BY 4.0 §3(a)(4)"}, id="OFL"),
    ],
)
def test_what_stands_in_the_way_is_told_with_its_clause(
    inputs: list[str], clauses: set[str]
) -> None:
    found = asked(ADAPT, *inputs)

    assert not found.allowed
    assert not any(each.allows for each in found.reasons)
    assert clauses <= {
        clause for each in found.reasons for clause in each.clause.split("; ")
    }


def test_what_fits_nowhere_is_told_alone() -> None:
    found = asked(ADAPT, "CC-BY-SA-1.0", "CC-BY-SA-4.0", "LicenseRef-Own")

    assert [each.license for each in found.reasons] == ["LicenseRef-Own"]


# --- collections ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "plain", "with_the_right"),
    [
        pytest.param(
            ["CC-BY-4.0"], ["any-for-compilation"], ["any-for-compilation"],
            id="BY",
        ),
        pytest.param(
            ["CC-BY-SA-3.0"], ["any-for-compilation"], ["any-for-compilation"],
            id="3.0 licenses no database right",
        ),
        pytest.param(
            ["CC-BY-SA-4.0", "ODbL-1.0", "GPL-3.0-only"], ["any-for-compilation"],
            ["CC-BY-SA-4.0"], id="4.0 does, and binds the database",
        ),
        pytest.param(["CC-BY-ND-4.0"], ["any-for-compilation"], [], id="ND unchanged"),
        pytest.param(
            ["CC-BY-NC-ND-2.0"], ["noncommercial-only"], ["noncommercial-only"], id="NC-ND"
        ),
        pytest.param(
            ["CC-BY-NC-SA-4.0", "CC-BY-4.0"], ["noncommercial-only"], ["CC-BY-NC-SA-4.0"],
            id="NC-SA",
        ),
        pytest.param(
            ["CC-BY-NC-4.0", "CC-BY-SA-4.0"], ["noncommercial-only"], [],
            id="SA would let out what NC keeps",
        ),
        pytest.param(
            ["CC-BY-SA-4.0 OR CC-BY-4.0"], ["any-for-compilation"],
            ["any-for-compilation"], id="the freer arm is taken",
        ),
        pytest.param(
            ["CC-BY-NC-4.0 OR CC-BY-4.0"], ["any-for-compilation"],
            ["any-for-compilation"], id="the commercial arm is taken",
        ),
        pytest.param(
            ["CC-BY-4.0 AND CC-BY-NC-4.0"], ["noncommercial-only"],
            ["noncommercial-only"], id="all arms bind",
        ),
        pytest.param(["LicenseRef-Own", "CC0-1.0"], [], [], id="what is not known"),
        pytest.param(["LicenseRef-Agreement-0a1b2c"], [], [], id="what a paper says"),
        pytest.param(["LicenseRef-TK-CL"], [], [], id="a community's label"),
    ],
)  # fmt: skip
def test_a_collection_is_told_from_a_database_with_a_right_of_its_own(
    inputs: list[str], plain: list[str], with_the_right: list[str]
) -> None:
    assert outbound(COLLECT, *inputs) == plain
    assert outbound(SGDR, *inputs) == with_the_right


def test_a_collection_may_be_asked_about_under_one_license() -> None:
    assert asked(COLLECT, "CC-BY-SA-3.0", "GFDL-1.3-only", outbound="MIT").allowed
    assert not asked(COLLECT, "CC-BY-NC-4.0", outbound="MIT").allowed
    assert asked(COLLECT, "CC-BY-NC-4.0", outbound="CC-BY-NC-4.0").allowed
    assert not asked(SGDR, "CC-BY-SA-4.0", outbound="CC0-1.0").allowed


@pytest.mark.parametrize(
    ("license_", "clause"),
    [
        ("CC-BY-2.5", "CC BY 2.5 §1(a), §4(a), collective work"),
        ("CC-BY-SA-3.0-DE", "CC BY-SA 3.0 DE §1, §4(a), collection"),
        ("CC-BY-4.0", "CC BY 4.0 §1(a), §2(a)(1); CC FAQ, collections"),
        ("GPL-3.0-only", "GPL 3.0 §5, aggregate"),
        ("GFDL-1.3-only", "GFDL 1.3 §7, aggregation; its text travels with the work"),
        ("ODbL-1.0", "ODbL 1.0 §4.5(a), collective database"),
        ("CC0-1.0", "CC0-1.0 asks for nothing in return"),
        ("MIT", "MIT: the work stays under its own terms"),
    ],
)
def test_a_collection_rests_on_a_clause_of_each_license(license_: str, clause: str) -> None:
    [ground] = asked(COLLECT, license_).reasons

    assert ground.clause == clause


# --- the table -----------------------------------------------------------------------


def test_nothing_is_asked_exactly_where_everything_is_allowed() -> None:
    free = set(ways.WAYS[0].families.split())

    found = {
        ways.parts_of(LicenseExpression(name)).family
        for name in _IDENTIFIERS
        if not obligations_of(LicenseExpression(name))
    }

    assert found == free


def test_every_license_of_the_table_is_one_that_can_be_written() -> None:
    names = [*ways.destinations(), *COMMONS]

    assert [name for name in names if expression.parse(name) != name] == []


# --- laws ----------------------------------------------------------------------------

_NAMES = st.sampled_from(
    """
    CC0-1.0 CC-PDM-1.0 CC-BY-1.0 CC-BY-3.0 CC-BY-3.0-DE CC-BY-4.0 CC-BY-SA-1.0
    CC-BY-SA-2.0 CC-BY-SA-2.1-JP CC-BY-SA-3.0 CC-BY-SA-3.0-AT CC-BY-SA-4.0 CC-BY-NC-4.0
    CC-BY-NC-SA-3.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-SA-1.0 GPL-2.0-only
    GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later LGPL-2.1-only LGPL-3.0-or-later
    AGPL-3.0-only GFDL-1.2-or-later GFDL-1.3-only GFDL-1.3-invariants-only LAL-1.2 LAL-1.3
    OGL-UK-1.0 OGL-UK-3.0 etalab-2.0 NLOD-1.0 DL-DE-BY-2.0 ODbL-1.0 ODC-By-1.0 MIT
    Apache-2.0 BSD-4-Clause MPL-2.0 EUPL-1.2 OFL-1.1 LicenseRef-Own
    LicenseRef-Kaitiakitanga-1.0
    """.split()  # noqa: SIM905  (to be read)
)
_EXPRESSIONS = st.recursive(
    _NAMES,
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(
        lambda parts: f"({' '.join(parts)})"
    ),
    max_leaves=4,
).map(parsed)
_INPUTS = st.lists(_EXPRESSIONS, min_size=1, max_size=3)
_OPERATIONS = st.sampled_from(Operation)
_OUTBOUND = _NAMES.map(parsed)


@pytest.mark.law
@given(operation=_OPERATIONS, inputs=_INPUTS, one=_EXPRESSIONS, target=_OUTBOUND)
def test_one_work_more_never_lets_more_out(
    operation: Operation,
    inputs: list[LicenseExpression],
    *,
    one: LicenseExpression,
    target: LicenseExpression,
) -> None:
    fewer = answer(operation, inputs, outbound=target).allowed
    more = answer(operation, [*inputs, one], outbound=target).allowed

    assert more <= fewer
    assert answer(operation, [*inputs, one]).allowed <= answer(operation, inputs).allowed


@pytest.mark.law
@given(_OPERATIONS, _INPUTS)
def test_order_and_repetition_do_not_matter(
    operation: Operation, inputs: list[LicenseExpression]
) -> None:
    once = answer(operation, inputs)

    assert answer(operation, [*inputs[::-1], *inputs]) == once


@pytest.mark.law
@given(_OPERATIONS, _INPUTS)
def test_inputs_and_an_and_of_them_are_the_same(
    operation: Operation, inputs: list[LicenseExpression]
) -> None:
    joined = expression.combine("AND", inputs)
    assert joined is not None

    assert answer(operation, [joined]).outbound == answer(operation, inputs).outbound


@pytest.mark.law
@given(_EXPRESSIONS, _EXPRESSIONS, _INPUTS)
def test_a_choice_allows_what_each_of_its_arms_does(
    one: LicenseExpression, other: LicenseExpression, rest: list[LicenseExpression]
) -> None:
    choice = expression.combine("OR", [one, other])
    assert choice is not None

    either = answer(ADAPT, [choice, *rest])
    for arm in (one, other):
        by_arm = answer(ADAPT, [arm, *rest])
        assert all(
            answer(ADAPT, [choice, *rest], outbound=each).allowed
            for each in by_arm.outbound
        )
        assert by_arm.allowed <= either.allowed


@pytest.mark.law
@given(_OPERATIONS, _INPUTS, st.sampled_from(["LicenseRef-Own", "LicenseRef-TK-A"]))
def test_what_is_not_known_never_yields_a_yes(
    operation: Operation, inputs: list[LicenseExpression], unknown: str
) -> None:
    found = answer(operation, [*inputs, parsed(unknown)])

    assert (found.allowed, found.outbound) == (False, ())
    assert found.reasons


@pytest.mark.law
@given(_INPUTS)
def test_a_collection_never_asks_more_than_an_adaptation(
    inputs: list[LicenseExpression],
) -> None:
    adapted, collected = answer(ADAPT, inputs), answer(COLLECT, inputs)
    database = answer(SGDR, inputs)

    assert adapted.allowed <= collected.allowed
    assert database.allowed <= collected.allowed
    assert set(collected.outbound) <= {ANY_FOR_COMPILATION, NONCOMMERCIAL_ONLY}
    for each in adapted.outbound:
        assert answer(COLLECT, inputs, outbound=each).allowed


@pytest.mark.law
@given(_OPERATIONS, _INPUTS)
def test_every_answer_is_its_reasons(
    operation: Operation, inputs: list[LicenseExpression]
) -> None:
    found = answer(operation, inputs)

    assert found.reasons
    assert {each.allows for each in found.reasons} == {found.allowed}
    assert all(each.clause and each.says for each in found.reasons)
    named = set(chain.from_iterable(_leaves(each) for each in inputs))
    assert {each.license for each in found.reasons} <= named
    for offer in found.offers:
        again = answer(operation, inputs, outbound=offer.outbound)
        assert again.allowed


def _leaves(license_: LicenseExpression) -> list[LicenseExpression]:
    word, arms = expression.arms(license_)
    return [leaf for arm in arms for leaf in _leaves(arm)] if word else [license_]
