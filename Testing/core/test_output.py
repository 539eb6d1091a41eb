from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from NENSegmentationLib.core.output import OutputError, new_file, new_files, new_folder, refuse_if_taken, rewrite


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_appears_when_all_of_it_is_written(tmp_path):
    with new_folder(tmp_path / "deep" / "out") as folder:
        (folder / "a.txt").write_text("a")
        assert not (tmp_path / "deep" / "out").exists()
    assert names(tmp_path / "deep") == ["out"]
    assert (tmp_path / "deep" / "out" / "a.txt").read_text() == "a"


def test_an_empty_folder_may_be_there_already(tmp_path):
    (tmp_path / "out").mkdir()
    with new_folder(tmp_path / "out") as folder:
        (folder / "a.txt").write_text("a")
    assert names(tmp_path / "out") == ["a.txt"]


def test_a_file_appears_when_all_of_it_is_written(tmp_path):
    with new_file(tmp_path / "pet.nii.gz") as path:
        assert path.name == "pet.nii.gz"
        path.write_text("pet")
        assert not (tmp_path / "pet.nii.gz").exists()
    assert names(tmp_path) == ["pet.nii.gz"]


@pytest.mark.parametrize("make", [new_folder, new_file])
def test_after_an_error_nothing_is_left(tmp_path, make):
    with pytest.raises(ZeroDivisionError), make(tmp_path / "out") as path:
        (path / "a.txt" if path.is_dir() else path).write_text(str(1 / 0))
    assert names(tmp_path) == []


@pytest.mark.parametrize("make", [new_folder, new_file])
def test_an_interrupt_in_the_very_moment_of_making_the_folder_leaves_nothing(tmp_path, monkeypatch, make):
    mkdir = Path.mkdir

    def interrupted(path, **given):
        mkdir(path, **given)
        if ".partial-" in path.name:
            raise KeyboardInterrupt

    monkeypatch.setattr(Path, "mkdir", interrupted)
    with pytest.raises(KeyboardInterrupt), make(tmp_path / "out"):
        pass
    assert names(tmp_path) == []


@pytest.mark.parametrize("make", [new_folder, new_file])
def test_a_full_disk_is_said_in_words_and_nothing_is_left(tmp_path, make):
    words = r"out: the results could not be written \(No space left on device\)"
    with pytest.raises(OutputError, match=words), make(tmp_path / "out"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert names(tmp_path) == []


@pytest.mark.parametrize("make", [new_folder, new_file])
def test_what_is_there_already_is_never_overwritten(tmp_path, make):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious").write_text("x")
    with pytest.raises(OutputError, match="this exists already, and nothing is overwritten"), make(tmp_path / "out"):
        pass
    assert names(tmp_path / "out") == ["precious"]


@pytest.mark.parametrize("make", [new_folder, new_file])
def test_a_place_under_a_file_is_refused(tmp_path, make):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="the results could not be written"), make(tmp_path / "file" / "out"):
        pass


def test_new_parents_go_with_what_was_not_written(tmp_path):
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "deep" / "deeper" / "out"):
        raise ZeroDivisionError
    assert names(tmp_path) == []


def test_an_error_about_a_file_elsewhere_is_not_taken_for_one_of_the_results(tmp_path):
    with pytest.raises(FileNotFoundError), new_folder(tmp_path / "out"):
        open("/no/such/font.ttf")  # noqa: PTH123, SIM115
    assert names(tmp_path) == []


def test_two_files_appear_together_or_not_at_all(tmp_path):
    with new_files(tmp_path / "pet.nrrd", tmp_path / "pet.json") as (image, text):
        image.write_text("image")
        text.write_text("text")
    assert names(tmp_path) == ["pet.json", "pet.nrrd"]
    both = new_files(tmp_path / "new.nrrd", tmp_path / "new.json")
    with pytest.raises(OutputError, match="could not be written"), both as (image, _):
        image.write_text("image")
    assert names(tmp_path) == ["pet.json", "pet.nrrd"]


def test_a_place_that_may_not_be_looked_at_is_said_so_by_a_relative_path_too(tmp_path, monkeypatch):
    def denied(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "is_dir", denied)
    with pytest.raises(OutputError, match=r"out: the results could not be written \(Permission denied\)"):
        refuse_if_taken(Path("closed") / "out")


def test_a_file_that_is_rewritten_is_what_it_was_or_what_it_is_to_be(tmp_path):
    rewrite(tmp_path / "log", "old")
    rewrite(tmp_path / "log", "new")
    assert ((tmp_path / "log").read_text(), names(tmp_path)) == ("new", ["log"])
    (tmp_path / ".log.partial").mkdir()
    with pytest.raises(OutputError, match="log: the results could not be written"):
        rewrite(tmp_path / "log", "newer")
    assert (tmp_path / "log").read_text() == "new"
