from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from NENSegmentationLib.cli.main import main
from NENSegmentationLib.core.output import OutputError
from NENSegmentationLib.phantom import cohort as cohort_module
from NENSegmentationLib.phantom.cohort import Cohort, default_jobs, write_cohort
from NENSegmentationLib.phantom.errors import PhantomError
from NENSegmentationLib.phantom.patient import write_patient
from NENSegmentationLib.phantom.request import Request

COARSE = Request(seed=5, lesions=2, voxel=(10, 10, 10))


@pytest.fixture(scope="module")
def a_cohort(tmp_path_factory):
    """Two patients, the second without lesions, and the rows that were returned."""
    folder = tmp_path_factory.mktemp("cohort") / "cohort"
    cohort = Cohort(2, COARSE, negatives=1, tracers=("cu64-dotatate", "ga68-dotatate"), headers=("ge",))
    return folder, write_cohort(folder, cohort, jobs=1)


# Only the first patient is ever finished; the processes of the others wait, each with a folder half written.
ENDLESS = """
import signal, sys, time
from NENSegmentationLib.cli.main import main
from NENSegmentationLib.core.output import new_folder
from NENSegmentationLib.phantom import cohort

write_one = cohort._write_one

def write_the_first(task):
    folder, request = task
    if request.seed == 1:
        return write_one(task)
    with new_folder(folder) as partial:
        (partial / "PET").mkdir()
        time.sleep(600)

if __name__ == "__main__":
    # A shell that runs the tests in the background makes them, and this, deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    cohort._write_one = write_the_first
    sys.exit(main(sys.argv[1:]))
"""


def stopped_early(folder, number):
    """Stop a cohort of three that has one patient whole and two half written; return what it said."""
    script = folder.parent / "endless.py"
    script.write_text(ENDLESS)
    command = [sys.executable, str(script), "phantom", "--out", str(folder), "--cohort", "3"]
    command += ["--negatives", "3", "--voxel", "10,10,10", "--jobs", "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 300
    while len(list(folder.glob(".*/PET"))) < 2 or not (folder / "patient-0001").exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_a_cohort_is_a_folder_of_patients_with_a_table_and_a_page(a_cohort):
    folder, _ = a_cohort
    assert sorted(path.name for path in folder.iterdir()) == [
        "cohort.csv",
        "index.html",
        "patient-0005",
        "patient-0006",
    ]


def test_the_table_has_a_row_for_each_patient(a_cohort):
    folder, rows = a_cohort
    with (folder / "cohort.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    assert [row["patient"] for row in read] == ["patient-0005", "patient-0006"]
    assert [row["tracer"] for row in read] == ["cu64-dotatate", "ga68-dotatate"]
    assert [row["header"] for row in read] == ["ge", "ge"]
    assert [row["lesions"] for row in read] == ["2", "0"]
    assert [float(row["threshold"]) for row in read] == [row["threshold"] for row in rows]


def test_the_table_says_what_the_truth_says(a_cohort):
    folder, (first, _) = a_cohort
    truth = json.loads((folder / "patient-0005" / "truth" / "patient.json").read_text())
    assert (first["sex"], first["weight_kg"]) == (truth["patient"]["sex"], truth["patient"]["weight_kg"])
    assert first["liver_mean"] == truth["liver"]["mean"]
    assert first["reference_ml"] == truth["reference_ml"]


def test_a_patient_of_a_cohort_is_the_patient_of_its_seed(a_cohort, tmp_path):
    folder, _ = a_cohort
    write_patient(tmp_path / "alone", replace(COARSE, header="ge"))
    for name in ("PET/0050.dcm", "CT/0050.dcm", "truth/patient.json", "truth/mip.png"):
        assert (folder / "patient-0005" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()


def test_tracers_change_with_every_patient_and_headers_when_all_tracers_had_their_turn():
    cohort = Cohort(5, COARSE, tracers=("cu64-dotatate", "ga68-dotatate"), headers=("siemens", "ge"))
    made = [(name, request.tracer[:4], request.header) for name, request in cohort.requests().items()]
    assert made == [
        ("patient-0005", "cu64", "siemens"),
        ("patient-0006", "ga68", "siemens"),
        ("patient-0007", "cu64", "ge"),
        ("patient-0008", "ga68", "ge"),
        ("patient-0009", "cu64", "siemens"),
    ]


def test_the_last_patients_are_the_negative_ones():
    assert [r.lesions for r in Cohort(3, COARSE, negatives=2).requests().values()] == [2, 0, 0]


def test_a_whole_cohort_is_not_made_again(a_cohort):
    folder, _ = a_cohort
    with pytest.raises(OutputError, match=r"cohort\.csv: this exists already"):
        write_cohort(folder, Cohort(2, COARSE), jobs=1)


def test_progress_is_told_of_every_patient(tmp_path):
    told = []
    write_cohort(tmp_path / "cohort", Cohort(1, replace(COARSE, lesions=0)), 1, lambda *numbers: told.append(numbers))
    assert told == [(0, 1), (1, 1)]


@pytest.mark.skipif(os.name == "nt", reason="Windows ends processes in other ways")
def test_an_interrupted_cohort_leaves_whole_patients_and_goes_on(tmp_path):
    folder = tmp_path / "cohort"
    status, out, err = stopped_early(folder, signal.SIGINT)
    assert (status, out) == (130, "")
    assert re.fullmatch(
        r"nenseg: interrupted; whole patients in .*: 1\. The same command goes on with the others\.\n", err
    )
    assert [path.name for path in folder.iterdir()] == ["patient-0001"]
    written = (folder / "patient-0001").stat().st_mtime_ns
    rows = write_cohort(folder, Cohort(3, Request(voxel=(10, 10, 10)), negatives=3), jobs=1)
    assert len(rows) == 3
    assert (folder / "patient-0001").stat().st_mtime_ns == written


@pytest.mark.skipif(os.name == "nt", reason="Windows ends processes in other ways")
def test_a_terminated_cohort_leaves_whole_patients(tmp_path):
    folder = tmp_path / "cohort"
    status, out, err = stopped_early(folder, signal.SIGTERM)
    assert (status, out, err) == (143, "", "")
    assert [path.name for path in folder.iterdir()] == ["patient-0001"]


def test_a_cohort_that_cannot_begin_leaves_nothing(tmp_path, monkeypatch):
    def without_room(*_):
        message = "There is no room for so many lesions."
        raise PhantomError(message)

    monkeypatch.setattr(cohort_module, "write_patient", without_room)
    with pytest.raises(PhantomError, match=r"patient-0005 \(seed 5\): There is no room for so many lesions\."):
        write_cohort(tmp_path / "cohort", Cohort(1, COARSE), jobs=1)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_half_written_is_taken_away(tmp_path, monkeypatch):
    def killed(folder, _):
        (folder.parent / f".{folder.name}.partial-abc" / "PET").mkdir(parents=True)
        message = "A process was killed."
        raise PhantomError(message)

    monkeypatch.setattr(cohort_module, "write_patient", killed)
    with pytest.raises(PhantomError):
        write_cohort(tmp_path / "cohort", Cohort(1, COARSE), jobs=1)
    assert list(tmp_path.iterdir()) == []


def test_patients_of_another_cohort_are_refused(a_cohort, tmp_path):
    folder, _ = a_cohort
    (tmp_path / "patient-0005").symlink_to(folder / "patient-0005")
    with pytest.raises(PhantomError, match="a patient of another cohort or version"):
        write_cohort(tmp_path, Cohort(1, replace(COARSE, lesions=3)), jobs=1)


def test_a_folder_with_something_else_in_it_is_refused(tmp_path):
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(PhantomError, match=r"this holds thesis\.docx, which is no patient of the cohort"):
        write_cohort(tmp_path, Cohort(1, COARSE), jobs=1)


def test_a_folder_that_is_no_patient_is_refused(tmp_path):
    (tmp_path / "patient-0005" / "truth").mkdir(parents=True)
    (tmp_path / "patient-0005" / "truth" / "patient.json").write_text("{}")
    with pytest.raises(PhantomError, match="no folder of a digital patient, or one of an older version"):
        write_cohort(tmp_path, Cohort(1, COARSE), jobs=1)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"patients": 0}, "The cohort has 0 patients. Give a whole number of 1 or more."),
        ({"patients": 3, "negatives": 4}, "4 of 3 patients cannot be negative."),
    ],
)
def test_numbers_that_make_no_cohort_are_refused(values, words):
    with pytest.raises(PhantomError) as error:
        Cohort(request=COARSE, **values)
    assert str(error.value).startswith(words)


def test_as_many_patients_at_a_time_as_memory_allows(monkeypatch):
    monkeypatch.setattr(cohort_module, "cores", lambda: 64)
    monkeypatch.setattr(cohort_module, "_memory_bytes", lambda: 16e9)
    assert default_jobs(Request(voxel=(2, 2, 3))) < default_jobs(Request(voxel=(4, 4, 4))) <= 64
    monkeypatch.setattr(cohort_module, "_memory_bytes", lambda: 1e8)
    assert default_jobs(Request(voxel=(2, 2, 3))) == 1


def test_the_command_prints_the_rows_as_json(tmp_path, capsys):
    out = tmp_path / "cohort"
    arguments = ["--cohort", "1", "--negatives", "1", "--voxel", "10,10,10", "--seed", "8", "--jobs", "1", "--json"]
    assert main(["phantom", "--out", str(out), *arguments]) == 0
    shown = capsys.readouterr()
    printed = json.loads(shown.out)
    assert printed["table"] == str(out / "cohort.csv")
    assert [row["patient"] for row in printed["patients"]] == ["patient-0008"]
    assert shown.err == ""
