from __future__ import annotations

import numpy as np
import pytest

from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.tissues import CODES, TISSUES, URETER_STRETCHES
from NENSegmentationLib.phantom.uptake import TRACERS, Uptake


@pytest.mark.parametrize("tracer", TRACERS.values(), ids=lambda tracer: tracer.name)
def test_a_tracer_has_a_row_with_its_source_for_every_tissue_and_no_other(tracer):
    assert {tissue.uptake for tissue in TISSUES} == set(tracer.rows)
    assert all(row.source for row in tracer.rows.values())


def test_patients_differ_around_the_table():
    tracer = TRACERS["cu64-dotatate"]
    livers = [Uptake.drawn(Seeds(seed), tracer).suv[CODES["liver"]] for seed in range(200)]
    assert np.mean(livers) == pytest.approx(5.0, rel=0.05)
    assert np.std(livers) == pytest.approx(0.8, rel=0.25)


@pytest.mark.parametrize("tracer", TRACERS.values(), ids=lambda tracer: tracer.name)
def test_no_patient_leaves_the_range_of_an_organ(tracer):
    drawn = np.array([Uptake.drawn(Seeds(seed), tracer).suv for seed in range(30)])
    for organ in ("liver", "spleen", "muscle", "marrow"):
        code = next(code for code, tissue in enumerate(TISSUES) if tissue.uptake == organ)
        row = tracer.rows[organ]
        assert row.low - 1e-6 <= drawn[:, code].min()
        assert drawn[:, code].max() <= row.high + 1e-6


def test_stretches_of_bowel_differ_within_a_patient():
    suv = Uptake.drawn(Seeds(1), TRACERS["cu64-dotatate"]).suv
    assert len({float(suv[CODES[f"small_bowel_{n}"]]) for n in range(8)}) == 8


def test_some_stretches_of_ureter_are_full_and_most_are_nearly_empty():
    row = TRACERS["ga68-dotatate"].rows["ureter"]
    stretches = [CODES[f"ureter_{side}_{n}"] for side in ("left", "right") for n in range(URETER_STRETCHES)]
    suv = np.array([Uptake.drawn(Seeds(seed), TRACERS["ga68-dotatate"]).suv[stretches] for seed in range(20)])
    assert (suv < 0.3 * row.mean).mean() > 0.5
    assert 0.02 < (suv > row.mean).mean() < 0.4


def test_both_kidneys_take_up_about_the_same():
    suv = Uptake.drawn(Seeds(1), TRACERS["cu64-dotatate"]).suv
    left, right = (float(suv[CODES[f"kidney_{side}"]]) for side in ("left", "right"))
    assert left != right
    assert left == pytest.approx(right, rel=0.25)


def test_air_takes_up_nothing():
    assert Uptake.drawn(Seeds(1), TRACERS["cu64-dotatate"]).suv[CODES["air"]] == 0
