from __future__ import annotations

import json

import pytest

from NENSegmentationLib.cli.main import main


def test_the_command_writes_a_patient_and_says_so(tmp_path, capsys):
    out = tmp_path / "patient"
    assert main(["phantom", "--out", str(out), "--seed", "3", "--negative", "--voxel", "10,10,10", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["pet"] == str(out / "PET")
    assert printed["lesions"] == 0
    assert len(list((out / "PET").iterdir())) == 105


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--negative", "--lesions", "3"], "--negative and --lesions exclude each other."),
        (["--lesions", "-2"], "The number of lesions is -2."),
        (["--voxel", "50,50,50"], "The voxel is 50,50,50 mm."),
        (["--voxel", "fine"], "'fine' is no voxel"),
        (["--tracer", "ga68-psma"], "Choose one of: cu64-dotatate, ga68-dotatate."),
    ],
)
def test_a_bad_value_is_one_sentence_and_nothing_is_written(tmp_path, capsys, arguments, words):
    assert main(["phantom", "--out", str(tmp_path / "patient"), *arguments]) == 2
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.err.count("\n") == 1
    assert not shown.out
    assert not list(tmp_path.iterdir())
