"""What holds of our filters for every text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.filters.language import UNDETERMINED, Agreement, detect

pytestmark = pytest.mark.law

ANYTHING = st.text(st.characters(exclude_categories=()))


@given(ANYTHING, st.none() | st.text())
def test_no_text_and_no_declaration_raise(text: str, declared: str | None) -> None:
    found = detect(text * 20, declared=declared)

    assert found.declared == declared
    assert (found.tag == UNDETERMINED) == (found.confidence == 0)
    assert found.agreement in Agreement
