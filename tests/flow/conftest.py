"""Cases that tests begin with."""

from __future__ import annotations

import pytest

from tests.support.applications import residence_permit


@pytest.fixture
def residence_case(engine):
    """A 居住证申领 taken in at a community station; its case number."""
    answer = residence_permit(engine)
    assert answer.status == 201, answer.text
    return answer.json["case_no"]
