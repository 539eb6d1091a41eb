from __future__ import annotations

import pytest

from NENSegmentationLib.phantom.errors import PhantomError
from NENSegmentationLib.phantom.tracers import ASSUMED, TABLE, TRACERS, read_tracers, tracer_named

GOOD = """
[sources]
book = "A book, page 7"

[tracer.x]
radiopharmaceutical = "X"
half_life_s = 100.0
positron_fraction = 0.5
nuclide_code = ["1", "SCT", "n"]
drug_code = ["2", "SCT", "d"]
dose_mbq = [1.0, 2.0]
delay_s = [3.0, 4.0]

[tracer.x.uptake]
liver = { mean = 5.0, sd = 1.0, range = [2.0, 9.0], texture = 0.1, source = "book" }
fat = { mean = 0.2, sd = 0.1, range = [0.1, 0.4], texture = 0.1, assumed = true }
"""


@pytest.fixture
def table_of(tmp_path):
    """Read a table whose text has one thing exchanged for another."""

    def read(old="", new=""):
        path = tmp_path / "tracers.toml"
        assert old in GOOD
        path.write_text(GOOD.replace(old, new, 1) if old else GOOD)
        return read_tracers(path)

    return read


def refused(table_of, old, new) -> str:
    with pytest.raises(PhantomError) as error:
        table_of(old, new)
    return str(error.value)


def test_a_row_has_its_figures_and_the_text_of_its_source(table_of):
    liver = table_of()["x"].rows["liver"]
    assert (liver.mean, liver.sd, liver.low, liver.high, liver.texture) == (5.0, 1.0, 2.0, 9.0, 0.1)
    assert liver.source == "A book, page 7"


def test_an_assumed_row_says_so(table_of):
    assert table_of()["x"].rows["fat"].source == ASSUMED


@pytest.mark.parametrize(
    ("name", "half_life_s"),
    [("cu64-dotatate", 45723.6), ("ga68-dotatate", 4062.6), ("ga68-psma", 4062.6), ("f18-fdg", 6586.2)],
)
def test_half_lives_are_those_of_the_nuclides(name, half_life_s):
    assert TRACERS[name].half_life_s == half_life_s


def test_psma_is_given_to_men():
    assert {name: tracer.sex for name, tracer in TRACERS.items() if tracer.sex} == {"ga68-psma": "M"}


def test_looked_up_figures_are_there_for_the_published_tracers():
    for name in ("ga68-dotatate", "ga68-psma", "f18-fdg"):
        assert TRACERS[name].rows["liver"].source != ASSUMED


def test_every_source_of_the_table_is_named_in_it():
    text = TABLE.read_text()
    keys = [line.split(" = ")[0] for line in text.split("[tracer.")[0].splitlines() if ' = "' in line]
    assert len(keys) > 8
    assert all(text.count(key) > 1 for key in keys)


def test_an_unknown_tracer_is_refused_with_the_known_ones():
    with pytest.raises(PhantomError, match=r"There is no tracer 'y'\. Choose one of: cu64-dotatate"):
        tracer_named("y")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(PhantomError, match=r"none\.toml cannot be read"):
        read_tracers(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[sources]", "[sources", "is no valid TOML"),
        ("[tracer.x]\n", "[other]\n", "tracer x lacks radiopharmaceutical. Add it."),
        ("half_life_s = 100.0\n", "", "tracer x lacks half_life_s. Add it."),
        ("half_life_s = 100.0", "half_life_s = 0", "half_life_s is 0. Give a positive number."),
        ("dose_mbq = [1.0, 2.0]", "dose_mbq = [1.0]", "dose_mbq is [1.0]. Give two numbers, the lower one first."),
        ("delay_s = [3.0, 4.0]", "delay_s = [4.0, 3.0]", "delay_s runs from 4 down to 3. Give the lower number first."),
        ('["1", "SCT", "n"]', '["1", "SCT"]', "is not of the form of the other tracers"),
        ("mean = 5.0", "mean = -5.0", "x, liver: mean is -5.0. Give a number of 0 or more."),
        ("mean = 5.0", "mean = nan", "x, liver: mean is nan. Give a number of 0 or more."),
        ("mean = 5.0", "mean = 12", "the mean 12 lies outside its range 2 to 9. Correct one of them."),
        ("sd = 1.0, ", "", "tracer x lacks sd. Add it."),
        ("assumed = true", "assumed = false", "x, fat needs either a source or assumed = true. Give one of the two."),
        ('source = "book"', 'source = "film"', "names the source 'film', which [sources] lacks. Add it there."),
        ("texture = 0.1, source", "grain = 0.1, source", "x, liver has the unknown entry grain. Remove it."),
        ("delay_s", 'sex = "X"\ndelay_s', "sex is 'X'. Give"),
    ],
)
def test_a_wrong_table_is_refused_in_one_sentence(table_of, old, new, sentence):
    message = refused(table_of, old, new)
    assert sentence in message
    assert "\n" not in message


def test_a_table_without_a_tracer_is_refused(tmp_path):
    path = tmp_path / "empty.toml"
    path.write_text("")
    with pytest.raises(PhantomError, match="holds no tracer"):
        read_tracers(path)
