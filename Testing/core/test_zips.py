"""What is looked at before a zip of others is unpacked, and how a file comes out of it."""

from __future__ import annotations

import stat
import zipfile

import pytest

from NENSegmentationLib.core.zips import files_in, is_plain_file, leads_outside, unpack_file


@pytest.fixture
def archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as packed:
        packed.writestr("a/", "")
        packed.writestr("a/b.txt", "0123456789")
    with zipfile.ZipFile(tmp_path / "some.zip") as packed:
        yield packed


@pytest.mark.parametrize("name", ["/b", "../b", "a/../../b", "..", "C:b", "C:\\b", "..\\b", "\\b", "a\0.dcm"])
def test_a_name_that_leads_outside_is_told_on_every_system(name):
    assert leads_outside(name)


@pytest.mark.parametrize("name", ["a/b", "./a", "a..b/c", "...", "ab:c/d", "Müller, Jan/IM 1", ""])
def test_a_name_that_stays_inside_is_left_alone(name):
    assert not leads_outside(name)


@pytest.mark.parametrize(
    ("kind", "is_plain"), [(0, True), (stat.S_IFREG, True), (stat.S_IFLNK, False), (stat.S_IFIFO, False)]
)
def test_a_link_or_a_device_is_no_plain_file(kind, is_plain):
    member = zipfile.ZipInfo("a")
    member.external_attr = (kind | 0o777) << 16
    assert is_plain_file(member) == is_plain


def test_folders_are_no_files(archive):
    assert [member.filename for member in files_in(archive)] == ["a/b.txt"]


def test_a_file_comes_out_with_its_folders_and_is_counted_before_it_is_written(archive, tmp_path):
    seen = []
    unpack_file(archive, files_in(archive)[0], tmp_path / "x" / "y", seen.append)
    assert ((tmp_path / "x" / "y").read_text(), seen) == ("0123456789", [10])


def test_whoever_counts_can_end_it(archive, tmp_path):
    with pytest.raises(ZeroDivisionError):
        unpack_file(archive, files_in(archive)[0], tmp_path / "y", lambda count: count / 0)
    assert (tmp_path / "y").read_bytes() == b""
