from __future__ import annotations

import json

import pydicom
import pytest

from NENSegmentationLib.cli.main import main


def test_the_command_writes_a_patient_and_says_so(tmp_path, capsys):
    out = tmp_path / "patient"
    assert main(["phantom", "--out", str(out), "--seed", "3", "--negative", "--voxel", "10,10,10", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["pet"] == str(out / "PET")
    assert printed["lesions"] == 0
    assert len(list((out / "PET").iterdir())) == 105


def test_the_command_writes_what_it_is_asked_for(tmp_path, capsys):
    out = tmp_path / "patient"
    asked = ["--header", "ge", "--decay-correction", "admin", "--next-day", "--undated-injection", "--uncorrected"]
    assert main(["phantom", "--out", str(out), *asked, "--negative", "--voxel", "10,10,10"]) == 0
    assert f"Wrote {out / 'PET-NAC'}" in capsys.readouterr().out
    corrected, other = (pydicom.dcmread(out / name / "0001.dcm") for name in ("PET", "PET-NAC"))
    assert (corrected.Manufacturer, corrected.DecayCorrection) == ("GE MEDICAL SYSTEMS", "ADMIN")
    assert corrected.SeriesDate == "20240116"
    assert "RadiopharmaceuticalStartDateTime" not in corrected.RadiopharmaceuticalInformationSequence[0]
    assert "ATTN" in corrected.CorrectedImage
    assert "ATTN" not in other.CorrectedImage


def test_the_record_holds_everything_that_was_asked_for(tmp_path):
    out = tmp_path / "patient"
    asked = ["--header", "philips", "--dose", "0.5", "--seed", "3", "--lesions", "1", "--voxel", "10,10,10"]
    assert main(["phantom", "--out", str(out), *asked]) == 0
    record = json.loads((out / "truth" / "patient.json").read_text())
    assert record["request"] == {
        "seed": 3,
        "lesions": 1,
        "voxel": [10.0, 10.0, 10.0],
        "tracer": "cu64-dotatate",
        "dose": 0.5,
        "uncorrected": False,
        "header": "philips",
        "decay_correction": "start",
        "next_day": False,
        "undated_injection": False,
    }
    assert record["units"] == "CNTS"
    assert record["suv_of_1_stored_unit"] == pytest.approx(1.25 * record["suv_of_1_bq_per_ml"], rel=1e-9)
    assert record["organs"]["liver"]["volume_ml"] == pytest.approx(1500, rel=0.5)
    assert record["organs"]["liver"]["suv_mean"] == pytest.approx(record["liver"]["mean"], rel=0.2)
    assert record["uptake"]["spleen"]["suv"] > record["uptake"]["liver"]["suv"]
    assert len(record["lesions"]) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--negative", "--lesions", "3"], "--negative and --lesions exclude each other."),
        (["--lesions", "-2"], "The number of lesions is -2."),
        (["--voxel", "50,50,50"], "The voxel is 50,50,50 mm."),
        (["--voxel", "fine"], "'fine' is no voxel"),
        (["--tracer", "in111-octreotide"], "Choose one of: cu64-dotatate, ga68-dotatate, ga68-psma, f18-fdg."),
        (["--dose", "0"], "The dose is 0."),
        (["--header", "acme"], "Choose one of: siemens, ge, philips, philips-activity."),
        (["--decay-correction", "never"], "Choose start or admin."),
        (["--next-day", "--tracer", "ga68-dotatate"], "A day after the injection nothing is left of 68Ga-DOTATATE."),
        (["--negatives", "1"], "--negatives and --jobs are for a cohort."),
        (["--jobs", "2"], "--negatives and --jobs are for a cohort."),
        (["--header", "ge,philips"], "Several tracers or headers are for a cohort."),
        (["--tracer", "cu64-dotatate,f18-fdg"], "Several tracers or headers are for a cohort."),
        (["--cohort", "0"], "The cohort has 0 patients."),
        (["--cohort", "2", "--negatives", "3"], "3 of 2 patients cannot be negative."),
        (["--cohort", "2", "--jobs", "0"], "--jobs is 0."),
        (["--cohort", "2", "--header", "ge,acme"], "There is no header 'acme'."),
        (["--cohort", "2", "--gallery", "."], "--gallery and --cohort exclude each other"),
    ],
)
def test_a_bad_value_is_one_sentence_and_nothing_is_written(tmp_path, capsys, arguments, words):
    assert main(["phantom", "--out", str(tmp_path / "patient"), *arguments]) == 2
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.err.count("\n") == 1
    assert not shown.out
    assert not list(tmp_path.iterdir())
