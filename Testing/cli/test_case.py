"""What the command line says of a case in its own words."""

from __future__ import annotations

import pytest

from NENSegmentationLib.dicom.errors import DicomError, Remedy


@pytest.mark.parametrize(
    ("remedy", "option"),
    [
        (Remedy.SERIES, "--series UID"),
        (Remedy.FRAME, "--frame N"),
        (Remedy.INJECTION_DATE, "--injection-date YYYY-MM-DD"),
    ],
)
def test_an_error_that_an_option_settles_names_it(nenseg, monkeypatch, tmp_path, remedy, option):
    def refused(*_arguments, **_options):
        message = "case: it cannot be told. Say it."
        raise DicomError(message, remedy)

    monkeypatch.setattr("NENSegmentationLib.cli.case.read_case", refused)
    done = nenseg("suv", tmp_path, "--out", tmp_path / "pet.nrrd")
    assert (done.status, done.err) == (2, f"nenseg: case: it cannot be told. Say it. Use {option}.\n")


def test_an_error_that_no_option_settles_stays_as_it_is(nenseg, tmp_path):
    done = nenseg("suv", tmp_path / "none", "--out", tmp_path / "pet.nrrd")
    assert done.status == 2
    assert "Use --" not in done.err
