"""The repository as a whole: layers, versions, names, and what stands in one place only."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from NENSegmentationLib import __version__

ROOT = Path(__file__).resolve().parent.parent
MODULE = ROOT / "NENSegmentation"
ENTRY = ROOT / "NENSegmentation.json"

LAYERS = [["panel", "web", "cli"], ["scene"], ["study", "ensemble"], ["phantom"], ["dicom"], ["core"]]
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}


def project_files() -> list[Path]:
    """Every file of the project: what git tracks, and what it would track if it were added."""
    asked = [["git", "ls-files", "-z"], ["git", "ls-files", "-z", "--others", "--exclude-standard"]]
    listed = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout for command in asked]
    return sorted({ROOT / name for output in listed for name in output.split("\0") if name and (ROOT / name).is_file()})


@pytest.fixture(scope="module")
def files() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("the files of the project are known only in a git clone")
    return project_files()


def test_the_address_of_the_repository_stands_in_one_place(files):
    host = urlsplit(json.loads(ENTRY.read_text(encoding="utf-8"))["scm_url"]).netloc
    if not host.endswith(".invalid"):
        pytest.skip("the repository has its address")
    holding = [path.relative_to(ROOT).as_posix() for path in files if host.encode() in path.read_bytes()]
    assert holding == ["NENSegmentation.json"]


def test_contributing_names_the_placeholder():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "`scm_url`" in text
    assert "`NENSegmentation.json`" in text


def test_the_version_is_the_same_everywhere():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^version: (\S+)$", citation, re.MULTILINE).group(1) == __version__
    assert re.search(r"^## \[(\d\S*)\]", changelog, re.MULTILINE).group(1) == __version__


def test_the_citation_names_the_paper():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert "doi: 10.1186/s13550-022-00901-2" in citation


def test_the_licence_is_the_whole_apache_licence():
    licence = (ROOT / "LICENSE.txt").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def test_the_layers_are_those_of_the_design():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    layers = re.search(r"^layers = \[(.*?)^\]", text, re.DOTALL | re.MULTILINE).group(1)
    assert [line.split(" | ") for line in re.findall(r'"(.*?)"', layers)] == LAYERS


def test_no_layer_imports_one_above_it():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_folder_of_the_library_is_a_layer():
    library = MODULE / "NENSegmentationLib"
    folders = {path.parent.name for path in library.glob("*/__init__.py")}
    assert folders == {name for layer in LAYERS for name in layer}


def test_every_picture_and_every_file_that_a_page_points_to_is_there(files):
    missing = []
    for page in (path for path in files if path.suffix == ".md"):
        targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        local = [target for target in targets if not urlsplit(target).scheme]
        missing += [f"{page.name}: {target}" for target in local if not (page.parent / target).exists()]
    assert missing == []


def test_the_screenshots_are_small_and_each_is_shown_somewhere(files):
    pages = "".join(path.read_text(encoding="utf-8") for path in files if path.suffix == ".md")
    screenshots = sorted((ROOT / "Resources" / "Screenshots").glob("*.png"))
    assert [path.name for path in screenshots if f"Resources/Screenshots/{path.name})" not in pages] == []
    assert [path.name for path in screenshots if path.stat().st_size > 450_000] == []
    assert sum(path.stat().st_size for path in screenshots) < 3_000_000


def test_no_name_says_nothing(files):
    nothing = [
        path.relative_to(ROOT).as_posix() for path in files if FORBIDDEN_NAMES & {*path.parts, path.stem.lower()}
    ]
    assert nothing == []


def test_no_file_holds_a_path_of_a_developers_machine(files):
    home = re.compile(rb"(?<![\w./])/(?:home|Users|root|work)/\w")
    holding = [path.relative_to(ROOT).as_posix() for path in files if home.search(path.read_bytes())]
    assert holding == []
