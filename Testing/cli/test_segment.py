from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from numpy.testing import assert_array_equal

from NENSegmentationLib.cli import main
from NENSegmentationLib.core.volume import same_grid


@pytest.fixture(scope="session")
def organs(patient):
    return patient / "truth" / "organs.nii.gz"


@pytest.fixture(scope="session")
def segmented(patient, organs, tmp_path_factory):
    """The results of the digital patient, by a user's command in a process of its own."""
    out = tmp_path_factory.mktemp("segment") / "out"
    done = run_nenseg("segment", patient, "--method", "threshold", "--liver", "auto", "--organs", organs, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    return out


def run_nenseg(*arguments, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "NENSegmentationLib.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


def rows_of(out) -> list[dict[str, str]]:
    with (out / "lesions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_result_is_there(segmented):
    assert sorted(path.name for path in segmented.iterdir()) == [
        "lesions.csv",
        "lesions.nii.gz",
        "lesions.seg.dcm",
        "lesions.seg.nrrd",
        "mip.png",
        "report.html",
        "rtstruct.dcm",
        "summary.json",
    ]


def test_the_table_has_its_columns_and_a_row_per_label(segmented):
    rows = rows_of(segmented)
    assert ",".join(rows[0]) == (
        "id,name,volume_ml,suv_max,suv_mean,suv_peak,total_uptake,r,a,s,voxels,origin,probability,disagreement,suggestion"
    )
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(segmented / "lesions.nii.gz")))
    assert [int(row["id"]) for row in rows] == sorted(set(np.unique(labels)) - {0})
    assert [int(row["voxels"]) for row in rows] == [np.count_nonzero(labels == int(row["id"])) for row in rows]


def test_the_bladder_is_suggested_as_physiological(segmented):
    assert "urinary_bladder" in {row["suggestion"] for row in rows_of(segmented)}


def test_the_summary_is_that_of_the_table(segmented):
    summary, rows = json.loads((segmented / "summary.json").read_text("utf-8")), rows_of(segmented)
    assert list(summary) == [
        "method",
        "reference",
        "threshold",
        "lesions",
        "total_volume_ml",
        "total_uptake",
        "suv_max",
        "lowest_suv_mean",
        "warnings",
        "versions",
        "note",
    ]
    assert (summary["method"], summary["reference"]["organ"], summary["lesions"]) == ("threshold", "liver", len(rows))
    reference = summary["reference"]
    assert reference["place"] == "proposed"
    assert summary["threshold"] == pytest.approx(1.5 * reference["mean"] + 2 * reference["sd"])
    assert summary["total_volume_ml"] == pytest.approx(sum(float(row["volume_ml"]) for row in rows))
    assert summary["total_uptake"] == pytest.approx(
        sum(float(row["volume_ml"]) * float(row["suv_mean"]) for row in rows)
    )
    lowest = min(rows, key=lambda row: float(row["suv_mean"]))
    assert summary["lowest_suv_mean"] == {"lesion": int(lowest["id"]), "value": float(lowest["suv_mean"])}
    assert "not a medical device" in summary["note"]


def test_the_picture_is_a_png_of_some_size(segmented):
    picture = sitk.ReadImage(str(segmented / "mip.png"))
    assert min(picture.GetSize()) > 400


def test_rtstruct_and_seg_hold_a_region_per_lesion(segmented):
    names = [row["name"] for row in rows_of(segmented)]
    regions = pydicom.dcmread(segmented / "rtstruct.dcm").StructureSetROISequence
    segments = pydicom.dcmread(segmented / "lesions.seg.dcm").SegmentSequence
    assert [region.ROIName for region in regions] == names
    assert [segment.SegmentLabel for segment in segments] == names


def test_plastimatch_turns_the_rtstruct_back_into_the_same_voxels(segmented, patient, tool, tmp_path):
    command = [tool("plastimatch"), "convert", "--input", segmented / "rtstruct.dcm"]
    command += ["--referenced-ct", patient / "PET", "--output-labelmap", tmp_path / "labels.nii.gz"]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    theirs = sitk.ReadImage(str(tmp_path / "labels.nii.gz"))
    ours = sitk.ReadImage(str(segmented / "lesions.nii.gz"))
    assert same_grid(ours, theirs)
    assert_array_equal(sitk.GetArrayFromImage(theirs) > 0, sitk.GetArrayFromImage(ours) > 0)


@pytest.mark.parametrize("name", ["rtstruct.dcm", "lesions.seg.dcm"])
def test_dciodvfy_finds_no_error(segmented, tool, name):
    done = subprocess.run([tool("dciodvfy"), str(segmented / name)], capture_output=True, text=True, check=False)
    assert "Error" not in done.stdout + done.stderr


def test_a_point_in_the_liver_is_taken_as_it_is_given(patient, nenseg, tmp_path, liver_point):
    point = ",".join(f"{part:.1f}" for part in liver_point)
    done = nenseg(
        "segment", patient, "--method", "threshold", "--liver", f"{point},24", "--out", tmp_path / "out", "--json"
    )
    result = json.loads(done.out)
    assert (done.status, result["reference"]["organ"]) == (0, "liver")
    assert result["reference"]["n"] == 33  # voxels of 6 mm whose centre lies within 12 mm of a voxel's centre
    assert len(result["table"]) == result["lesions"] > 0


def test_a_point_that_starts_with_a_minus_is_no_option(patient, nenseg, tmp_path):
    done = nenseg("segment", patient, "--method", "threshold", "--liver", "-900,0,0", "--out", tmp_path / "out")
    assert done.status == 2
    assert "the reference region at R -900, A 0, S 0 mm lies outside the PET image" in done.err


def test_spleen_has_its_own_factor(patient, nenseg, tmp_path, spleen_point):
    point = ",".join(f"{part:.1f}" for part in spleen_point)
    arguments = ["--method", "threshold", "--spleen", f"{point},24", "--out", tmp_path / "out", "--json"]
    result = json.loads(nenseg("segment", patient, *arguments).out)
    reference = result["reference"]
    assert reference["organ"] == "spleen"
    assert result["threshold"] == pytest.approx(0.67 * reference["mean"] + 2 * reference["sd"])


def test_no_lesion_is_a_result_without_dicom_objects(patient, nenseg, tmp_path, liver_point):
    out, point = tmp_path / "out", ",".join(f"{part:.1f}" for part in liver_point)
    done = nenseg("segment", patient, "--method", "threshold", "--liver", point, "--min-volume", "100000", "--out", out)
    assert done.status == 0
    assert "0 lesions, total tumour volume 0.00 mL" in done.out
    assert "There is no lesion, so there is no RTSTRUCT and no DICOM SEG" in done.out
    assert not (out / "rtstruct.dcm").exists()
    assert (out / "lesions.csv").read_text().count("\n") == 1


def test_a_pet_in_suv_is_segmented_without_dicom(patient, nenseg, tmp_path, liver_point):
    point = ",".join(f"{part:.1f}" for part in liver_point)
    assert nenseg("suv", patient, "--out", tmp_path / "pet.nii.gz").status == 0
    arguments = ["--method", "threshold", "--liver", point]
    done = nenseg("segment", tmp_path / "pet.nii.gz", *arguments, "--out", tmp_path / "from-nifti", "--json")
    again = nenseg("segment", patient, *arguments, "--out", tmp_path / "from-dicom", "--json")
    assert json.loads(done.out)["table"] == json.loads(again.out)["table"]
    assert not (tmp_path / "from-nifti" / "rtstruct.dcm").exists()


def test_measuring_the_segmentation_gives_the_same_lesions(patient, organs, segmented, nenseg, tmp_path):
    for name in ("lesions.nii.gz", "lesions.seg.nrrd"):
        out = tmp_path / name
        done = nenseg("measure", patient, segmented / name, "--organs", organs, "--out", out, "--json")
        assert done.status == 0
        for ours, theirs in zip(rows_of(segmented), rows_of(out), strict=True):
            assert ours | {"origin": ""} == theirs | {"origin": ""}


def test_every_part_can_be_measured_as_a_lesion(patient, segmented, nenseg, tmp_path):
    labels = sitk.ReadImage(str(segmented / "lesions.nii.gz"))
    sitk.WriteImage(sitk.Cast(labels > 0, sitk.sitkUInt8), str(tmp_path / "mask.nii.gz"))
    one = nenseg("measure", patient, tmp_path / "mask.nii.gz", "--out", tmp_path / "one", "--json")
    each = nenseg(
        "measure", patient, tmp_path / "mask.nii.gz", "--components", "26", "--out", tmp_path / "each", "--json"
    )
    assert json.loads(one.out)["lesions"] == 1
    assert "separate parts (26-connected), measured as one lesion" in json.loads(one.out)["warnings"][-1]
    assert json.loads(each.out)["lesions"] == len(rows_of(segmented))


def test_suv_writes_the_conversion_beside_the_image(patient, nenseg, tmp_path):
    done = nenseg("suv", patient, "--out", tmp_path / "pet.nrrd")
    assert (done.status, done.err) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pet.json", "pet.nrrd"]
    assert json.loads((tmp_path / "pet.json").read_text())["suv_factor"] > 0


def test_version_is_said(capsys, nenseg):
    with pytest.raises(SystemExit) as stopped:
        nenseg("--version")
    assert stopped.value.code == 0
    assert capsys.readouterr().out.startswith("nenseg 0.")


def test_a_file_size_limit_hit_while_writing_leaves_nothing(patient, tmp_path, liver_point):
    point = ",".join(f"{part:.1f}" for part in liver_point)
    limited = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
    limited += "from NENSegmentationLib.cli import main; sys.exit(main(sys.argv[1:]))"
    arguments = ["segment", patient, "--method", "threshold", "--liver", point, "--out", tmp_path / "out"]
    done = subprocess.run(
        [sys.executable, "-B", "-c", limited, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def point_arguments(*arguments):
    return ["--method", "threshold", *arguments]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (point_arguments(), "the threshold needs one reference organ: give either --liver or --spleen"),
        (point_arguments("--liver", "auto", "--spleen", "auto"), "the threshold needs one reference organ"),
        (point_arguments("--liver", "auto", "--liver", "1,2,3"), "--liver is given as auto and as a point"),
        (point_arguments("--liver", "here"), "'here' is neither auto nor R,A,S"),
        (point_arguments("--liver", "1,2"), "'1,2' is neither auto nor R,A,S"),
        (point_arguments("--liver", "1,2,3,-4"), "the diameter -4 mm is not a size"),
        (point_arguments("--liver", "0,0,0", "--organs", "none.nii.gz"), "none.nii.gz: there is no such file"),
        (point_arguments("--liver", "auto", "--connectivity", "8"), "--connectivity: invalid choice: 8"),
        (point_arguments("--liver", "auto", "--min-volume", "-1"), "the minimum volume -1 mL is not a volume"),
        (["--method", "guess", "--liver", "auto"], "--method: invalid choice: 'guess'"),
        (["--liver", "auto"], "the following arguments are required: --method"),
        (point_arguments("--liver", "auto", "--injection-date", "yesterday"), "'yesterday' is no date"),
    ],
)
def test_a_wrong_argument_is_said_in_one_sentence_and_nothing_is_written(patient, nenseg, tmp_path, arguments, words):
    done = nenseg("segment", patient, *arguments, "--out", tmp_path / "out")
    assert done.status == 2
    assert words in done.err
    assert done.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_command_is_said_in_one_sentence(nenseg):
    done = nenseg("segmnet")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "invalid choice: 'segmnet'" in done.err


def test_a_folder_without_pet_is_said_so(nenseg, tmp_path):
    (tmp_path / "empty").mkdir()
    done = nenseg("segment", tmp_path / "empty", "--method", "threshold", "--liver", "auto", "--out", tmp_path / "out")
    assert done.status == 2
    assert "PET" in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("place", ["/proc/nenseg/out", "taken"])
def test_a_place_that_cannot_be_written_is_said_so(patient, nenseg, tmp_path, monkeypatch, place, liver_point):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "precious").write_text("x")
    point = ",".join(f"{part:.1f}" for part in liver_point)
    done = nenseg("segment", patient, "--method", "threshold", "--liver", point, "--out", place)
    assert done.status == 2
    assert "could not be written" in done.err or "nothing is overwritten" in done.err
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["precious"]


def test_a_segmentation_on_another_grid_is_refused(patient, nenseg, tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((2, 2, 2), np.uint8)), str(tmp_path / "other.nii.gz"))
    done = nenseg("measure", patient, tmp_path / "other.nii.gz", "--out", tmp_path / "out")
    assert done.status == 2
    assert "other.nii.gz: the segmentation does not lie on the grid of the PET" in done.err


def test_an_image_is_nothing_to_convert(nenseg, tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((2, 2, 2), np.float32)), str(tmp_path / "pet.nii.gz"))
    done = nenseg("suv", tmp_path / "pet.nii.gz", "--out", tmp_path / "suv.nrrd")
    assert done.status == 2
    assert "this is an image already" in done.err


def test_an_image_of_another_suffix_is_refused_before_anything_is_read(nenseg, tmp_path):
    done = nenseg("suv", tmp_path / "none", "--out", tmp_path / "pet.mha")
    assert (done.status, done.err.split(": ")[-1]) == (2, "the image has to end in .nrrd, .nii.gz or .nii.\n")


def test_interrupting_says_so_and_ends_with_130(nenseg, monkeypatch, patient, tmp_path):
    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("NENSegmentationLib.cli.case.read_case", interrupted)
    done = nenseg("suv", patient, "--out", tmp_path / "pet.nrrd")
    assert (done.status, done.err) == (130, "nenseg: interrupted; nothing half-written is left.\n")


def test_a_proposal_needs_no_organ_map(nenseg, tmp_path):
    assert nenseg("phantom", "--out", tmp_path / "patient", "--voxel", "5,5,5", "--seed", "2").status == 0
    arguments = ["--method", "threshold", "--liver", "auto", "--out", tmp_path / "out", "--json"]
    result = json.loads(nenseg("segment", tmp_path / "patient", *arguments).out)
    truth = json.loads((tmp_path / "patient" / "truth" / "patient.json").read_text())
    assert result["reference"]["mean"] == pytest.approx(truth["liver"]["mean"], rel=0.06)
    assert result["threshold"] == pytest.approx(truth["liver"]["threshold"], rel=0.1)


def copied(patient, folder, change, series="PET"):
    """A patient whose headers of one series are changed slice by slice."""
    shutil.copytree(patient / "PET", folder / "PET")
    shutil.copytree(patient / "CT", folder / "CT")
    for path in sorted((folder / series).iterdir()):
        header = pydicom.dcmread(path)
        change(header)
        header.save_as(path)
    return folder


def test_without_a_frame_of_reference_there_are_results_but_no_dicom_objects(patient, nenseg, tmp_path, liver_point):
    def change(header):
        header.FrameOfReferenceUID = ""

    case = copied(patient, tmp_path / "case", change)
    point = ",".join(f"{part:.1f}" for part in liver_point)
    done = nenseg("segment", case, "--method", "threshold", "--liver", point, "--out", tmp_path / "out")
    assert done.status == 0
    assert "FrameOfReferenceUID (0020,0052) is missing, so there is no RTSTRUCT and no DICOM SEG" in done.out
    assert (tmp_path / "out" / "lesions.csv").is_file()
    assert not (tmp_path / "out" / "rtstruct.dcm").exists()


def test_a_faulty_ct_stops_nothing_that_does_not_need_it(patient, nenseg, tmp_path, liver_point):
    case = copied(patient, tmp_path / "case", lambda _: None, series="CT")
    sorted((case / "CT").iterdir())[20].unlink()
    point = ",".join(f"{part:.1f}" for part in liver_point)
    assert nenseg("suv", case, "--out", tmp_path / "pet.nrrd").status == 0
    done = nenseg("segment", case, "--method", "threshold", "--liver", point, "--out", tmp_path / "out")
    assert done.status == 0


def test_what_a_reader_gave_is_not_said_to_be_an_algorithm(patient, segmented, nenseg, tmp_path):
    assert nenseg("measure", patient, segmented / "lesions.nii.gz", "--out", tmp_path / "out").status == 0
    assert {row["origin"] for row in rows_of(tmp_path / "out")} == {"given"}
    segments = pydicom.dcmread(tmp_path / "out" / "lesions.seg.dcm").SegmentSequence
    assert {segment.SegmentAlgorithmType for segment in segments} == {"MANUAL"}


def test_what_is_known_to_fail_is_said_before_anything_is_read(nenseg, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "x").write_text("x")
    arguments = ["--method", "threshold", "--liver", "auto"]
    assert "nothing is overwritten" in nenseg("segment", "none", *arguments, "--out", tmp_path / "taken").err
    assert "nothing is overwritten" in nenseg("measure", "none", "x.nrrd", "--out", tmp_path / "taken").err
    assert "x.nrrd: there is no such file" in nenseg("measure", "none", "x.nrrd", "--out", tmp_path / "out").err
    (tmp_path / "pet.json").write_text("{}")
    assert "nothing is overwritten" in nenseg("suv", "none", "--out", tmp_path / "pet.nrrd").err


def test_a_name_that_the_terminal_cannot_show_is_told_all_the_same(patient, tmp_path):
    done = run_nenseg(
        "suv", patient, "--out", tmp_path / "Größe →.nrrd", env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u2192.nrrd" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_results_that_cannot_be_told_are_said_to_be_written(patient, tmp_path):
    command = [sys.executable, "-m", "NENSegmentationLib.cli", "suv", str(patient), "--out", str(tmp_path / "pet.nrrd")]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("nenseg: the results are written, but what is to be said of them cannot be printed")
    assert done.stderr.count("\n") == 1
    assert (tmp_path / "pet.nrrd").is_file()


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_stream_that_the_caller_closed_stops_nothing(stream, patient, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, stream, None)
    assert main(["suv", str(patient), "--out", str(tmp_path / "pet.nrrd")]) == 0


@pytest.mark.parametrize("option", [["--exact"], ["--device", "cpu"], ["--no-mirroring"]])
def test_the_threshold_refuses_what_is_for_the_ensemble(option, nenseg, tmp_path):
    done = nenseg("segment", "none", "--method", "threshold", "--liver", "auto", *option, "--out", tmp_path / "out")
    assert (done.status, "it is for the ensemble only. Leave it out" in done.err) == (2, True)


@pytest.mark.parametrize("name", ["rtstruct.dcm", "lesions.seg.dcm"])
def test_dicom_objects_are_measured_as_the_lesions_that_they_are(patient, segmented, nenseg, tmp_path, name):
    done = nenseg("measure", patient, segmented / name, "--out", tmp_path / "out", "--json")
    assert done.status == 0
    ours = [(row["voxels"], row["suv_mean"], row["suv_peak"]) for row in rows_of(segmented)]
    assert [(row["voxels"], row["suv_mean"], row["suv_peak"]) for row in rows_of(tmp_path / "out")] == ours
