"""The rows of a study as CSV."""

from __future__ import annotations

from dataclasses import replace

import pytest

from NENSegmentationLib.study.errors import StudyError
from NENSegmentationLib.study.readings import READING_COLUMNS, ReadingRow, read_readings_csv, readings_csv

ROW = ReadingRow(
    reader="R1",
    position=2,
    case="C07",
    arm="ensemble",
    block=1,
    training=False,
    active_s=301.25,
    idle_s=0.1,
    paused_s=0.0,
    done=True,
    deletes=3,
    adds=1,
    undos=0,
    other_actions=2,
    rating=4,
    comment='two lines,\nand "quotes"',
    lesions=12,
    volume_ml=1 / 3,
    voxel_dice=0.875,
    lesion_dice=None,
    false_positive_ml=None,
    false_negative_ml=0.0,
    suggested_rating=None,
    negative_control=False,
)
OPEN = replace(ROW, done=False, rating=None, comment="", lesions=None, volume_ml=None, negative_control=None)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "readings.csv"


def test_rows_come_back_from_csv_as_they_were(path):
    path.write_text(readings_csv([ROW, OPEN]), "utf-8", newline="")
    assert read_readings_csv(path) == [ROW, OPEN]


def test_what_is_not_known_is_left_empty():
    assert readings_csv([OPEN]).splitlines()[1] == (
        "R1,2,C07,ensemble,1,no,301.25,0.1,0.0,no,3,1,0,2,,,,,,0.875,,,,,,,0.0" + "," * 12
    )


@pytest.mark.parametrize("comment", ["=1+1", "+49 12", "-", "@here", "'=1", "'s ochtends", "\t=1"])
def test_a_comment_that_a_spreadsheet_would_compute_is_marked_and_comes_back(path, comment):
    rows = [replace(ROW, comment=comment)]
    path.write_text(readings_csv(rows), "utf-8", newline="")
    assert f",{comment}," not in readings_csv(rows) or comment == "'s ochtends"
    assert read_readings_csv(path) == rows


def test_the_header_names_the_columns():
    assert readings_csv([]) == ",".join(READING_COLUMNS) + "\n"


def test_a_file_that_is_not_there_is_said(path):
    with pytest.raises(
        StudyError,
        match=r"^readings.csv: the readings cannot be read \(No such file or directory\)\. Give the CSV file that",
    ):
        read_readings_csv(path)


def test_a_file_without_a_column_is_said(path):
    path.write_text("reader,case\nR1,C07\n", "utf-8")
    with pytest.raises(StudyError, match=r"^readings.csv: the column position is missing\. Give the CSV file"):
        read_readings_csv(path)


@pytest.mark.parametrize(
    ("column", "wrong", "expected"),
    [
        ("position", "two", "position has to be a whole number, but is 'two'"),
        ("active_s", "", "active_s has to be a number, but is ''"),
        ("done", "true", "done has to be yes or no, but is 'true'"),
        ("rating", "4.5", "rating has to be a whole number, but is '4.5'"),
        ("rating", "7", "rating has to be a number from 1 to 5, but is '7'"),
        ("position", "0", "position has to be a number of 1 or more, but is '0'"),
        ("active_s", "nan", "active_s has to be a number of 0 or more, but is 'nan'"),
        ("paused_s", "inf", "paused_s has to be a number of 0 or more, but is 'inf'"),
        ("idle_s", "-1", "idle_s has to be a number of 0 or more, but is '-1'"),
        ("voxel_dice", "1.5", "voxel_dice has to be a number from 0 to 1, but is '1.5'"),
    ],
)
def test_a_value_that_has_no_place_in_its_column_is_said(path, column, wrong, expected):
    header, line = readings_csv([OPEN]).splitlines()
    values = line.split(",")
    values[READING_COLUMNS.index(column)] = wrong
    path.write_text(f"{header}\n{','.join(values)}\n", "utf-8")
    with pytest.raises(StudyError, match=rf"^readings.csv, line 2: {expected}\. Mend the line"):
        read_readings_csv(path)


def test_a_line_that_breaks_off_is_said(path):
    path.write_text(",".join(readings_csv([OPEN]).split(",")[:-5]), "utf-8")
    with pytest.raises(StudyError, match=r"^readings.csv, line 2: the line breaks off before "):
        read_readings_csv(path)
