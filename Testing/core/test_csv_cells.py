from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from NENSegmentationLib.core.csv_cells import cell, text_of


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "'=1"])
def test_a_text_that_a_spreadsheet_would_compute_gets_an_apostrophe(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Liver", "1-2", "'s ochtends", "", None, -3, -0.5, True])
def test_other_values_stay(value):
    assert cell(value) is value


@given(st.text("'=+-@\t\ra"))
def test_every_text_comes_back(text):
    assert text_of(cell(text)) == text
