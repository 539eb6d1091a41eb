"""What the command line says of a case in its own words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from NENSegmentationLib.cli import case, train
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


@pytest.fixture
def now(monkeypatch):
    """A clock that is set by hand (s)."""
    hand = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(case, "time", SimpleNamespace(monotonic=lambda: hand.seconds))
    return hand


def test_where_no_bar_can_be_drawn_a_line_a_minute_says_how_far_the_work_is(now, capsys):
    with case.progress_bar("Evaluating") as progress:
        for done in range(1, 8):
            now.seconds += 25
            progress(done, 7)
    assert capsys.readouterr().err == "nenseg: Evaluating: 3 of 7\nnenseg: Evaluating: 6 of 7\n"


def test_short_pieces_of_work_share_their_lines(now, capsys):
    lines = case.SlowLines()
    for number in range(1, 4):
        with case.progress_bar(f"case {number} of 3", lines) as progress:
            now.seconds += 40
            progress(9, 9)
    assert capsys.readouterr().err == "nenseg: case 2 of 3: 9 of 9\n"


def test_a_training_says_in_a_line_how_far_it_is(now, capsys):
    with train._shown() as (_, progress):
        now.seconds += 61
        progress(SimpleNamespace(fold=2, loss=0.25, seconds_left=600.0, done=37, total=200))
    assert capsys.readouterr().err == "nenseg: Training, fold 2, loss 0.250, 10 min left: 37 of 200\n"


def test_work_goes_on_where_nobody_can_read_how_far_it_is(now, monkeypatch):
    def write(_text):
        raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", SimpleNamespace(isatty=lambda: False, write=write))
    with case.progress_bar("Evaluating") as progress:
        now.seconds += 90
        progress(1, 2)
