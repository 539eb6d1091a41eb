from __future__ import annotations

import numpy as np
import pytest

from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.tissues import CODES, TISSUES
from NENSegmentationLib.phantom.uptake import TRACERS, Uptake


@pytest.mark.parametrize("tracer", TRACERS.values(), ids=lambda tracer: tracer.name)
def test_a_tracer_has_a_row_with_its_source_for_every_tissue(tracer):
    assert {tissue.uptake for tissue in TISSUES} <= set(tracer.rows)
    assert all(row.source for row in tracer.rows.values())


@pytest.mark.parametrize(("name", "half_life_s"), [("cu64-dotatate", 45723.6), ("ga68-dotatate", 4062.6)])
def test_half_lives_are_those_of_the_nuclides(name, half_life_s):
    assert TRACERS[name].half_life_s == half_life_s


def test_patients_differ_around_the_table():
    tracer = TRACERS["cu64-dotatate"]
    livers = [Uptake.drawn(Seeds(seed), tracer).suv[CODES["liver"]] for seed in range(200)]
    assert np.mean(livers) == pytest.approx(5.0, rel=0.05)
    assert np.std(livers) / 5.0 == pytest.approx(0.15, rel=0.25)


def test_stretches_of_bowel_differ_within_a_patient():
    suv = Uptake.drawn(Seeds(1), TRACERS["cu64-dotatate"]).suv
    assert len({float(suv[CODES[f"small_bowel_{n}"]]) for n in range(8)}) == 8


def test_air_takes_up_nothing():
    assert Uptake.drawn(Seeds(1), TRACERS["cu64-dotatate"]).suv[CODES["air"]] == 0
