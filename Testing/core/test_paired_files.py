from __future__ import annotations

import pytest

from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.paired_files import paired_cases


@pytest.fixture
def folders(tmp_path):
    """Make the named files, empty, and return the folder of predictions and that of the truth."""

    def make(predictions, truth):
        for folder, names in (("ours", predictions), ("true", truth)):
            (tmp_path / folder).mkdir()
            for name in names:
                (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / folder / name).touch()
        return {"ours": tmp_path / "ours"}, tmp_path / "true"

    return make


@pytest.mark.parametrize(
    "name",
    ["foo.nii.gz", "foo.nii", "foo.nrrd", "foo.seg.nrrd", "foo.NII.GZ", "foo/lesions.nii.gz"],
)
def test_a_prediction_belongs_to_the_truth_of_its_name(folders, name):
    predictions, truth = folders([name], ["foo.nii.gz"])
    (case,) = paired_cases(predictions, truth)
    assert (case.name, case.truth) == ("foo", truth / "foo.nii.gz")
    assert case.predictions == {"ours": predictions["ours"] / name}


def test_the_reference_of_a_digital_patient_is_a_truth(folders):
    predictions, truth = folders(["p1/lesions.nii.gz"], ["p1/truth/lesions.nii.gz", "p1/truth/reference.nii.gz"])
    assert paired_cases(predictions, truth)[0].truth == truth / "p1" / "truth" / "reference.nii.gz"


def test_other_files_are_passed_over(folders):
    predictions, truth = folders(["a.nii", "plans.json", "a.npz", ".b.nii", "logs/a.txt"], ["a.nii", "notes.txt"])
    assert [case.name for case in paired_cases(predictions, truth)] == ["a"]


def test_cases_come_by_name(folders):
    predictions, truth = folders(["b.nii", "a.nii"], ["a.nrrd", "b.nrrd"])
    assert [case.name for case in paired_cases(predictions, truth)] == ["a", "b"]


def test_every_missing_and_extra_case_is_named_at_once(folders):
    predictions, truth = folders(["a.nii", "x.nii", "y.nii"], ["a.nii", "b.nii", "c.nii", "d.nii"])
    with pytest.raises(MethodError) as caught:
        paired_cases(predictions, truth)
    assert str(caught.value) == (
        f"{predictions['ours']}: there is no prediction for cases b, c, d. Add it, or take its truth away. "
        f"{truth}: there is no truth for cases x, y of {predictions['ours']}. Add it, or take the prediction away."
    )


def test_many_missing_cases_are_counted(folders):
    predictions, truth = folders(["000.nii"], [f"{n:03d}.nii" for n in range(25)])
    with pytest.raises(MethodError, match=r"no prediction for cases 001, .*, 020 and 4 more\."):
        paired_cases(predictions, truth)


def test_a_case_that_is_there_twice_is_refused(folders):
    predictions, truth = folders(["a.nii", "a.seg.nrrd"], ["a.nii"])
    with pytest.raises(MethodError, match=r"ours: the case a is there twice \(a.nii and a.seg.nrrd\)"):
        paired_cases(predictions, truth)


def test_a_folder_that_is_not_there_and_an_empty_one_are_both_named(folders, tmp_path):
    predictions, truth = folders([], ["a.nii"])
    with pytest.raises(MethodError) as caught:
        paired_cases({**predictions, "fold": tmp_path / "nowhere"}, truth)
    assert f"{tmp_path / 'nowhere'}: there is no such folder." in str(caught.value)
    assert f"{predictions['ours']}: there is no label map in it." in str(caught.value)
