"""What a study file says, and every sentence with which it is refused."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from study.study_folder import ARMS, cases, write_dicom, write_image, write_study

from NENSegmentationLib.core.reference_region import Organ
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.study.errors import StudyError
from NENSegmentationLib.study.plan import Design, Method, PlannedRegion
from NENSegmentationLib.study.plan_file import read_plan
from NENSegmentationLib.study.planned_cases import SeenModel

THREE_CASES = {"count": 3, "cases": cases(3)}
OF_SPLIT = {"design": "split", "washout_days": None}


def refusal(path: Path, **options) -> list[str]:
    with pytest.raises(StudyError) as error:
        read_plan(path, **options)
    return str(error.value).split("\n")


def with_first(tmp_path: Path, **changes) -> Path:
    """Write a study whose first case has other entries."""
    named = cases(4)
    named[0].update(changes)
    return write_study(tmp_path, cases=named)


def test_a_plan_is_what_its_file_says(tmp_path):
    path = write_study(tmp_path, blocks=2, idle_s=30)
    plan = read_plan(path)
    assert (plan.title, plan.seed, plan.readers) == ("Threshold against blank", 7, ("reader-1", "reader-2"))
    assert (plan.design, plan.washout_days, plan.blocks, plan.periods) == (Design.CROSSOVER, 28, 2, 2)
    assert (plan.hide_arm, plan.show_time, plan.idle_s) == (True, False, 30.0)
    assert [(arm.name, arm.method) for arm in plan.arms] == [("A", Method.THRESHOLD), ("B", Method.BLANK)]
    assert [case.name for case in plan.cases] == ["case-01", "case-02", "case-03", "case-04"]


def test_another_file_is_another_study(tmp_path):
    path = write_study(tmp_path)
    assert read_plan(path).identity == hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_may_be_left_out_is_one_block_and_a_minute_of_idleness(tmp_path):
    plan = read_plan(write_study(tmp_path))
    assert (plan.blocks, plan.idle_s, plan.cases[0].training) == (1, 60.0, False)


def test_paths_start_from_the_folder_of_the_file(tmp_path, monkeypatch):
    path = write_study(tmp_path / "here")
    monkeypatch.chdir(path.parent)
    assert read_plan(Path("study.toml")).cases[0].path == tmp_path / "here" / "cases" / "1.nrrd"


def test_the_file_may_be_named_by_a_way_around(tmp_path):
    path = write_study(tmp_path / "study")
    (tmp_path / "other").mkdir()
    assert read_plan(tmp_path / "other" / ".." / "study" / "study.toml") == read_plan(path)


def test_a_way_around_over_a_link_leads_where_the_system_leads(tmp_path):
    path = write_study(tmp_path / "far" / "study")
    (tmp_path / "near").symlink_to(path.parent)
    write_study(tmp_path / "far", title="Another", images=False)
    assert read_plan(tmp_path / "near" / ".." / "study.toml", with_cases=False).title == "Another"
    assert read_plan(tmp_path / "near" / "study.toml") == read_plan(path)


def test_a_whole_path_may_lead_anywhere(tmp_path):
    image = write_image(tmp_path / "elsewhere.nrrd", 9)
    assert read_plan(with_first(tmp_path / "study", path=image)).cases[0].path == image


def test_every_entry_of_a_case_is_taken_over(tmp_path):
    write_dicom(tmp_path / "one", ct=True)
    truth = write_image(tmp_path / "truth.nii.gz", 0, shape=(3, 3, 4), origin=(-3.0, -2.5, -10.0))
    grid = {"path": "one", "series": "1.2.3", "frame": 1, "injection_date": date(2024, 3, 5), "training": False}
    path = with_first(tmp_path, **grid, ct=write_image(tmp_path / "ct.nrrd"), prepared="cases/1.nrrd")
    case = read_plan(path, with_cases=False).cases[0]
    assert (case.series, case.frame, case.injection_date) == ("1.2.3", 1, date(2024, 3, 5))
    assert (case.ct, case.prepared, case.truth) == (tmp_path / "ct.nrrd", tmp_path / "cases" / "1.nrrd", None)
    assert truth.exists()


def test_a_split_reads_each_case_once(tmp_path):
    plan = read_plan(write_study(tmp_path, **OF_SPLIT))
    assert (plan.design, plan.washout_days, plan.periods) == (Design.SPLIT, 0, 1)


def test_the_washout_lies_between_the_blocks_of_two_periods(tmp_path):
    plan = read_plan(write_study(tmp_path, blocks=2))
    assert [plan.period_of(block) for block in (1, 2, 3, 4)] == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": None}, "title is missing. Give a text in quotes."),
        ({"title": " "}, "title is ' '. Give a text in quotes."),
        ({"title": 3}, "title is 3. Give a text in quotes."),
        ({"seed": None}, "seed is missing. Give a whole number of 0 or more."),
        ({"seed": 1.5}, "seed is 1.5. Give a whole number of 0 or more."),
        ({"seed": -1}, "seed is -1. Give a whole number of 0 or more."),
        ({"seed": True}, "seed is true. Give a whole number of 0 or more."),
        ({"readers": None}, 'readers is missing. Give a list of code names, such as ["reader-1"].'),
        ({"readers": []}, 'readers is []. Give a list of code names, such as ["reader-1"].'),
        ({"readers": "reader-1"}, "readers is 'reader-1'. Give a list of code names, such as [\"reader-1\"]."),
        ({"readers": ["A", "a"]}, "a is twice among the readers. Give each a name of its own."),
        (
            {"readers": ["Jane Doe"]},
            "'Jane Doe' among the readers is no code name. Take at most 32 letters, digits, - and _, such as reader-1; "
            "never who the person is.",
        ),
        ({"design": None}, 'design is missing. Give one of "crossover", "split".'),
        ({"design": "parallel"}, 'design is \'parallel\'. Give one of "crossover", "split".'),
        ({"washout_days": None}, "washout_days is missing. Give a whole number of 0 or more."),
        (
            {"design": "split"},
            "a split study reads each case once and has no wash-out. Take washout_days out.",
        ),
        ({"blocks": 0}, "blocks is 0. Give a whole number of 1 or more."),
        (
            {"blocks": 3},
            "blocks = 3, but 4 cases in 2 arms fill at most 2 blocks in which each arm occurs. Give fewer blocks.",
        ),
        ({"hide_arm": None}, "hide_arm is missing. Give true or false."),
        ({"hide_arm": "yes"}, "hide_arm is 'yes'. Give true or false."),
        ({"show_time": None}, "show_time is missing. Give true or false."),
        ({"idle_s": 0}, "idle_s is 0. Give a number of seconds above 0."),
        ({"idle_s": "long"}, "idle_s is 'long'. Give a number of seconds above 0."),
        (
            {"wash_out": 28},
            "the entry 'wash_out' is unknown. Take it out, or correct its name: title, seed, readers, design, arms, "
            "cases, washout_days, blocks, hide_arm, show_time, idle_s, store.",
        ),
        ({"arms": None}, "arms is missing. Give a table [[arms]] for each arm."),
        ({"arms": []}, "arms is []. Give a table [[arms]] for each arm."),
        (
            {"arms": [ARMS[0]]},
            'a crossover needs two arms or more. Add a table [[arms]], or give design = "split".',
        ),
        (
            {"arms": [ARMS[0], {"name": "B", "method": "threshold"}]},
            "the arms A and B do the same. Change or take out one of them.",
        ),
        (
            {"arms": [ARMS[0], {"name": "a", "method": "blank"}]},
            "the name a is twice among the arms. Give each a name of its own.",
        ),
        (
            {"arms": [ARMS[0], {"name": "B", "method": "manual"}]},
            'arm B: method is \'manual\'. Give one of "threshold", "ensemble", "prepared", "blank".',
        ),
        (
            {"arms": [ARMS[0], {"name": "B", "method": "ensemble"}]},
            "arm B: an ensemble needs a model. Give its folder as model.",
        ),
        (
            {"arms": [ARMS[1], {"name": "C", "method": "threshold", "model": "model"}]},
            "arm C: the method threshold takes no model. Take model out, or give the method ensemble.",
        ),
        (
            {"arms": [ARMS[0], {"name": "Arm of mine", "method": "blank"}]},
            "arm number 2: name = 'Arm of mine' is no code name. Take at most 32 letters, digits, - and _, such as A; "
            "never who the person is.",
        ),
        ({"cases": cases(1)}, "2 arms need 2 cases or more that are not for training; there: 1. Add cases."),
        (
            {"cases": [*cases(3), {"name": "case-04", "path": "cases/4.nrrd", "training": True}]},
            "2 arms need 2 cases for training or more, so that each is practised; there: 1. Add some, or take "
            "them out.",
        ),
        (
            {"cases": [*cases(3), {"name": "CASE-01", "path": "cases/4.nrrd"}]},
            "the name CASE-01 is twice among the cases. Give each a name of its own.",
        ),
        ({"cases": [*cases(3), {"name": "case-04"}]}, "case case-04: path is missing. Give a text in quotes."),
        (
            {"cases": [*cases(3), {"name": "case-04", "path": "cases/4.nrrd", "Truth": "t.nrrd"}]},
            "case case-04: the entry 'Truth' is unknown. Take it out, or correct its name: name, path, truth, "
            "prepared, training, ct, series, frame, injection_date, liver, spleen.",
        ),
        (
            {"cases": [*cases(3), {"name": "case-04", "path": "../4.nrrd"}]},
            "case case-04: path = '../4.nrrd' leads out of the folder of the file, and elsewhere once that is moved. "
            "Give the whole path.",
        ),
        (
            {"cases": [*cases(3), {"name": "case-04", "path": "cases/4.nrrd", "injection_date": "2024-03-21"}]},
            "case case-04: injection_date is '2024-03-21'. Give a date without quotes, such as 2024-03-21.",
        ),
        (
            {"cases": [*cases(3), {"name": "case-04", "path": "cases/4.nrrd", "liver": [85, -10]}]},
            "case case-04: liver is [85, -10]. Give a point in mm as [R, A, S], or a sphere as [R, A, S, DIAMETER].",
        ),
        (
            {"cases": [*cases(3), {"name": "case-04", "path": "cases/4.nrrd", "spleen": [85, -10, 4, 0]}]},
            "case case-04: spleen is [85, -10, 4, 0]. Give a point in mm as [R, A, S], or a sphere as "
            "[R, A, S, DIAMETER].",
        ),
        (
            {"cases": [*cases(3), {**cases(4)[3], "liver": [1, 2, 3], "spleen": [1, 2, 3]}]},
            "case case-04: liver and spleen are given. Give one reference region.",
        ),
        ({"store": 3}, "store is 3. Give a text in quotes."),
        (
            {"store": "mysql://server/study"},
            "store is a URL of another kind. Give a file, or postgresql://USER@SERVER/DATABASE.",
        ),
        (
            {"store": "postgresql://reader:hunter2@server/study"},
            "store holds a password. Take it out, and put it into the file .pgpass on each machine.",
        ),
        (
            {"store": "postgresql://server/study?user=reader&password=hunter2"},
            "store holds a password. Take it out, and put it into the file .pgpass on each machine.",
        ),
    ],
)
def test_each_fault_of_the_file_has_a_sentence(tmp_path, changes, sentence):
    assert refusal(write_study(tmp_path, **changes)) == [f"study.toml: {sentence}"]


ANYTHING = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text("aB/.-_ é", max_size=9),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
TABLE = st.dictionaries(
    st.sampled_from(["name", "path", "method", "model", "truth", "training", "frame", "injection_date", "more"]),
    ANYTHING,
    max_size=4,
)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    changes=st.dictionaries(
        st.sampled_from(["title", "seed", "readers", "design", "washout_days", "blocks", "hide_arm", "idle_s", "more"]),
        ANYTHING | st.none(),
        max_size=4,
    ),
    tables=st.dictionaries(st.sampled_from(["arms", "cases"]), st.lists(TABLE, max_size=3) | ANYTHING, max_size=2),
)
def test_whatever_a_file_holds_is_a_plan_or_is_refused_in_sentences(tmp_path_factory, changes, tables):
    path = write_study(tmp_path_factory.mktemp("study"), images=False, **changes, **tables)
    faults: list[str] = []
    try:
        # A path may be "/", and that is not to be looked through.
        read_plan(path, with_cases=False)
    except StudyError as error:
        faults = str(error).split("\n")
    assert all(fault.startswith("study.toml: ") and fault.endswith(".") for fault in faults)


def test_an_arm_of_prepared_segmentations_needs_one_for_each_case(tmp_path):
    named = cases(2)
    named[0]["prepared"] = "cases/1.nrrd"
    path = write_study(tmp_path, count=2, cases=named, arms=[ARMS[0], {"name": "B", "method": "prepared"}])
    assert refusal(path) == [
        "study.toml: case case-02: the arm B starts from a prepared segmentation. Give its file as prepared."
    ]


def test_all_faults_are_said_at_once(tmp_path):
    path = write_study(tmp_path, images=False, seed=None, readers=["Jane Doe"], cases=cases(2), hide_arm=1)
    faults = refusal(path)
    assert len(faults) == 5
    assert [sum(word in fault for fault in faults) for word in ("seed", "Jane", "hide_arm", "case-01", "case-02")] == [
        1
    ] * 5


def test_a_name_that_is_there_twice_hides_no_fault_of_either_case(tmp_path):
    named = cases(4)
    named[1].update(name="case-01", path="cases/none.nrrd")
    faults = refusal(write_study(tmp_path, cases=named))
    assert len(faults) == 2
    assert "case-01 is twice" in faults[0]
    assert "none.nrrd: there is no such file" in faults[1]


def test_a_plan_that_is_not_there_is_refused(tmp_path):
    assert refusal(tmp_path / "none.toml") == [
        f"{tmp_path / 'none.toml'}: there is no such file. Give the plan of a study, or make one with "
        "`nenseg study init`."
    ]


def test_a_folder_is_no_plan(tmp_path):
    assert refusal(tmp_path) == [f"{tmp_path}: the plan cannot be read (Is a directory). Give a file that may be read."]


def test_a_file_that_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text("title = \n")
    (fault,) = refusal(path)
    assert fault.startswith("study.toml: this is no valid TOML (")
    assert fault.endswith("(at line 1, column 9)). Correct that place.")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "study.toml"
    path.write_bytes(b"title = '\xff'")
    assert refusal(path) == ["study.toml: the file is not in UTF-8. Save it as UTF-8 text."]


# What is looked at beyond the file.


def test_a_case_that_is_not_there_is_refused(tmp_path):
    path = with_first(tmp_path, path="cases/none.nrrd")
    assert refusal(path) == [
        f"study.toml: case case-01: {tmp_path / 'cases' / 'none.nrrd'}: there is no such file or folder. Give a DICOM "
        "folder, or a PET image in SUV."
    ]


def test_the_images_are_not_looked_at_where_they_are_not_needed(tmp_path):
    assert len(read_plan(write_study(tmp_path, images=False), with_cases=False).cases) == 4


def test_the_same_image_under_two_names_is_refused(tmp_path):
    assert refusal(with_first(tmp_path, path="cases/2.nrrd")) == [
        "study.toml: case case-02: this is the PET of the case case-01. Give each case its own."
    ]


def test_a_copy_of_an_image_is_refused(tmp_path):
    path = with_first(tmp_path, path="copy.nrrd")
    (tmp_path / "copy.nrrd").write_bytes((tmp_path / "cases" / "2.nrrd").read_bytes())
    assert refusal(path) == ["study.toml: case case-02: this is the PET of the case case-01. Give each case its own."]


def test_the_same_series_in_two_folders_is_refused(tmp_path):
    named = cases(4)
    for number in (0, 1):
        named[number]["path"] = f"dicom{number}"
        write_dicom(tmp_path / f"dicom{number}")
    assert refusal(write_study(tmp_path, cases=named)) == [
        "study.toml: case case-02: this is the PET series of the case case-01. Give each case its own."
    ]


def test_two_series_are_two_cases(tmp_path):
    named = cases(4)
    for number in (0, 1):
        named[number]["path"] = f"dicom{number}"
        write_dicom(tmp_path / f"dicom{number}", f"1.2.{number}")
    assert len(read_plan(write_study(tmp_path, cases=named)).cases) == 4


def test_two_cases_do_not_share_a_truth(tmp_path):
    named = cases(4)
    for case in named[:2]:
        case["truth"] = "cases/1.nrrd"
    assert refusal(write_study(tmp_path, cases=named)) == [
        "study.toml: case case-02: this is the truth of the case case-01. Give each case its own."
    ]


@pytest.mark.parametrize("key", ["truth", "prepared"])
def test_a_label_map_on_another_grid_than_the_pet_is_refused(tmp_path, key):
    write_image(tmp_path / "labels.nii.gz", shape=(2, 3, 5))
    assert refusal(with_first(tmp_path, **{key: "labels.nii.gz"})) == [
        f"study.toml: case case-01: {key}: labels.nii.gz does not lie on the grid of the PET. Resample it to the PET "
        "first."
    ]


def test_a_truth_on_the_grid_of_the_pet_is_taken(tmp_path):
    write_dicom(tmp_path / "dicom")
    write_image(tmp_path / "truth.nii.gz", 0, shape=(3, 3, 4))
    path = with_first(tmp_path, path="dicom", truth="truth.nii.gz")
    assert "truth" in refusal(path)[0]
    image = sitk.ReadImage(str(tmp_path / "truth.nii.gz"))
    image.SetSpacing((2.0, 2.5, 4.0))
    image.SetOrigin((-3.0, -2.5, -10.0))
    sitk.WriteImage(image, str(tmp_path / "truth.nii.gz"))
    assert read_plan(path).cases[0].truth == tmp_path / "truth.nii.gz"


def test_a_truth_that_is_not_there_is_refused(tmp_path):
    assert refusal(with_first(tmp_path, truth="none.nrrd")) == [
        f"study.toml: case case-01: truth: {tmp_path / 'none.nrrd'}: there is no such file. Correct the path."
    ]


def test_a_folder_is_no_truth(tmp_path):
    assert refusal(with_first(tmp_path, truth="cases")) == [
        f"study.toml: case case-01: truth: {tmp_path / 'cases'}: this is a folder. Give a file."
    ]


def test_a_file_of_another_kind_is_no_image(tmp_path):
    (tmp_path / "notes.txt").write_text("three lesions")
    assert refusal(with_first(tmp_path, path="notes.txt")) == [
        "study.toml: case case-01: notes.txt is no .nrrd, .nii or .nii.gz image. Give one."
    ]


@pytest.mark.parametrize("header", ["", "type: float\ndimension: 3\nsizes: 1 1 1\nspacings: -1 1 1\nencoding: raw\n"])
def test_a_damaged_image_is_refused(tmp_path, header):
    (tmp_path / "pet.nrrd").write_bytes(f"NRRD0004\n{header}\n".encode() + bytes(4))
    assert refusal(with_first(tmp_path, path="pet.nrrd")) == [
        "study.toml: case case-01: pet.nrrd is not a readable image. Give a whole .nrrd, .nii or .nii.gz file."
    ]


def test_an_image_of_two_dimensions_is_refused(tmp_path):
    write_image(tmp_path / "pet.nrrd", shape=(3, 4), origin=(0.0, 0.0))
    assert refusal(with_first(tmp_path, path="pet.nrrd")) == [
        "study.toml: case case-01: pet.nrrd is a 2-dimensional image. Give one with three dimensions."
    ]


def test_a_nifti_with_one_frame_of_time_is_three_dimensional(tmp_path):
    write_image(tmp_path / "truth.nii.gz", shape=(1, 2, 3, 4), origin=(0.0, 0.0, 0.0, 0.0))
    assert read_plan(with_first(tmp_path, truth="truth.nii.gz")).cases[0].truth is not None


def test_what_is_said_of_a_dicom_folder_is_refused_for_an_image(tmp_path):
    assert refusal(with_first(tmp_path, series="1.2.3")) == [
        "study.toml: case case-01: 1.nrrd is no DICOM folder, so series, frame and injection_date say nothing. Take "
        "them out."
    ]


def test_a_pet_that_makes_no_suv_is_refused_before_the_first_case(tmp_path):
    write_dicom(tmp_path / "dicom", PatientWeight=None)
    (fault,) = refusal(with_first(tmp_path, path="dicom"))
    assert fault.startswith("study.toml: case case-01: ")
    assert "PatientWeight" in fault


def test_several_pet_series_are_settled_by_an_entry(tmp_path):
    for uid in ("1.2.3", "1.2.4"):
        write_dicom(tmp_path / "dicom" / uid, uid)
    (fault,) = refusal(with_first(tmp_path, path="dicom"))
    assert fault.endswith('Name one of them. Give it as series = "UID".')
    assert read_plan(with_first(tmp_path, path="dicom", series="1.2.4")).cases[0].series == "1.2.4"


def test_segmentations_of_slicer_are_placed_when_they_are_opened(tmp_path):
    write_image(tmp_path / "cut.seg.nrrd", shape=(1, 2, 2))
    assert read_plan(with_first(tmp_path, prepared="cut.seg.nrrd")).cases[0].prepared is not None


def test_a_prepared_dicom_file_needs_a_pet_in_dicom(tmp_path):
    write_dicom(tmp_path / "dicom")
    assert refusal(with_first(tmp_path, prepared="dicom/pet0.dcm")) == [
        "study.toml: case case-01: prepared: pet0.dcm is DICOM and the PET is not, so they cannot be matched. Give a "
        "label map."
    ]
    assert read_plan(with_first(tmp_path, path="dicom", prepared="dicom/pet0.dcm")).cases


@pytest.mark.parametrize("name", ["NEN-0042", "nen0042", "Secret", "secret-name"])
def test_a_case_is_not_called_after_its_patient(tmp_path, name):
    write_dicom(tmp_path / "dicom", PatientID="NEN-0042")
    assert refusal(with_first(tmp_path, path="dicom", name=name)) == [
        f"study.toml: case {name}: the DICOM header calls the patient so. Give a code name."
    ]


def of_ensemble(tmp_path: Path, **first) -> Path:
    named = cases(4)
    named[0].update(first)
    return write_study(tmp_path, cases=named, arms=[ARMS[0], {"name": "B", "method": "ensemble", "model": "model"}])


def a_model(folder: Path) -> Path:
    folder.mkdir()
    for name in ("dataset.json", "plans.json"):
        (folder / name).write_text("{}")
    return folder


def test_a_folder_without_the_files_of_a_model_is_refused(tmp_path):
    assert refusal(of_ensemble(tmp_path)) == [
        f"study.toml: arm B: {tmp_path / 'model'} is no model folder, it has no dataset.json. Give the folder of a "
        "model."
    ]


def test_a_model_that_cannot_be_read_is_refused_in_its_own_words(tmp_path):
    a_model(tmp_path / "model")

    def unreadable(folder):
        message = f"{folder.name}: this is a model of version 1."
        raise EnsembleError(message)

    assert refusal(of_ensemble(tmp_path), look_at_model=unreadable) == [
        "study.toml: arm B: model: this is a model of version 1."
    ]


def test_a_model_that_looks_at_ct_needs_one_in_each_case(tmp_path):
    a_model(tmp_path / "model")
    faults = refusal(of_ensemble(tmp_path, ct="cases/1.nrrd"), look_at_model=lambda _: SeenModel(True, str))
    assert faults == [
        f"study.toml: case case-0{n}: an ensemble looks at the CT, and there is none. Give one as ct."
        for n in (2, 3, 4)
    ]


def test_the_ct_beside_the_pet_is_found(tmp_path):
    a_model(tmp_path / "model")
    write_dicom(tmp_path / "dicom", ct=True)
    faults = refusal(of_ensemble(tmp_path, path="dicom"), look_at_model=lambda _: SeenModel(True, str))
    assert len(faults) == 3
    plan = read_plan(of_ensemble(tmp_path, path="dicom"), look_at_model=lambda _: SeenModel(False, str))
    assert plan.arms[1].model == tmp_path / "model"


def test_a_ct_that_does_not_stack_is_refused_before_the_first_case(tmp_path):
    write_dicom(tmp_path / "dicom", ct=True)
    (tmp_path / "dicom" / "ct2.dcm").unlink()
    (fault,) = refusal(with_first(tmp_path, path="dicom"))
    assert fault.startswith("study.toml: case case-01: CT series ")


def test_the_work_is_reported_case_by_case(tmp_path):
    said = []
    read_plan(write_study(tmp_path), progress=lambda done, total: said.append((done, total)))
    assert said == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_reference_region_may_be_placed_in_the_plan(tmp_path):
    placed = [{**cases(4)[0], "liver": [85, -10.5, 45]}, {**cases(4)[1], "spleen": [1, 2, 3, 20]}, *cases(4)[2:]]
    plan = read_plan(write_study(tmp_path, images=False, cases=placed), with_cases=False)
    assert [case.region for case in plan.cases] == [
        PlannedRegion(Organ.LIVER, (85.0, -10.5, 45.0), 30.0),
        PlannedRegion(Organ.SPLEEN, (1.0, 2.0, 3.0), 20.0),
        None,
        None,
    ]


def test_the_store_lies_beside_the_plan_unless_the_plan_names_another(tmp_path):
    url = "postgresql://reader@server/study"
    found = [
        read_plan(write_study(tmp_path, images=False, store=store), with_cases=False).store
        for store in (None, "kept/here.db", url)
    ]
    assert found == [tmp_path / "study.db", tmp_path / "kept" / "here.db", url]
