"""The extension as Slicer builds it and its index lists it: CMakeLists.txt, NENSegmentation.json, icons."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
MODULE = ROOT / "NENSegmentation"
ENTRY = ROOT / "NENSegmentation.json"

# What Slicer's schema of a catalogue entry (1.0.2) allows: name -> type.
ENTRY_KEYS = {
    "$schema": str,
    "build_dependencies": list,
    "build_subdirectory": str,
    "category": str,
    "dicom_support_rule": str,
    "enabled": bool,
    "scm_revision": str,
    "scm_type": str,
    "scm_url": str,
    "tier": int,
}

CMAKE_DRIVER = """
set(CMAKE_CURRENT_SOURCE_DIR "{root}")
set(Slicer_USE_FILE "{empty}")
set(Slicer_EXTENSION_GENERATE_CONFIG "{empty}")
set(Slicer_EXTENSION_CPACK "{empty}")
set(BUILD_TESTING ON)
function(cmake_minimum_required)
endfunction()
function(project name)
  message(STATUS "project=${{name}}")
endfunction()
function(find_package)
  message(STATUS "find_package=${{ARGN}}")
endfunction()
function(slicerMacroBuildScriptedModule)
  message(STATUS "module=${{ARGN}}")
endfunction()
function(slicer_add_python_unittest)
  message(STATUS "unittest=${{ARGN}}")
endfunction()
macro(add_subdirectory folder)
  message(STATUS "subdirectory=${{folder}}")
  set(CMAKE_CURRENT_SOURCE_DIR "{root}/${{folder}}")
  include("{root}/${{folder}}/CMakeLists.txt")
  set(CMAKE_CURRENT_SOURCE_DIR "{root}")
endmacro()
include("{root}/CMakeLists.txt")
foreach(name HOMEPAGE CONTRIBUTORS DESCRIPTION ICONURL SCREENSHOTURLS DEPENDS)
  message(STATUS "EXTENSION_${{name}}=${{EXTENSION_${{name}}}}")
endforeach()
"""


def listed_in_cmake(variable: str) -> set[str]:
    text = (MODULE / "CMakeLists.txt").read_text(encoding="utf-8")
    entries = re.search(rf"set\({variable}\s(.*?)\)", text, re.DOTALL).group(1).split()
    assert len(entries) == len(set(entries)), f"{variable} lists a file twice"
    return {entry.replace("${MODULE_NAME}", "NENSegmentation") for entry in entries}


def module_files() -> set[str]:
    found = (path for path in MODULE.rglob("*") if path.is_file() and path.name != "CMakeLists.txt")
    passing = {"__pycache__", "nensegmentation.egg-info"}
    return {path.relative_to(MODULE).as_posix() for path in found if not passing & set(path.parts)}


def in_words(listed: set[str], there: set[str]) -> str:
    missing = [f"not listed: {name}" for name in sorted(there - listed)]
    return "\n".join(missing + [f"listed but not there: {name}" for name in sorted(listed - there)])


def extension_value(name: str) -> str:
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(rf'^set\({name} "([^"]*)"\)', text, re.MULTILINE).group(1)


def test_cmake_lists_every_python_file_of_the_module_and_no_other():
    there = {name for name in module_files() if name.endswith(".py")}
    assert in_words(listed_in_cmake("MODULE_PYTHON_SCRIPTS"), there) == ""


def test_cmake_lists_every_resource_of_the_module_and_no_other():
    there = {name for name in module_files() if not name.endswith(".py")}
    assert in_words(listed_in_cmake("MODULE_PYTHON_RESOURCES"), there) == ""


@pytest.fixture
def configured(tmp_path) -> dict[str, str]:
    """What the two CMakeLists.txt say to Slicer's macros, run by CMake with stand-ins for them."""
    cmake = shutil.which("cmake", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if cmake is None:
        pytest.skip("cmake is not installed, so the CMakeLists.txt were not run")
    empty = tmp_path / "empty.cmake"
    empty.touch()
    driver = tmp_path / "driver.cmake"
    driver.write_text(CMAKE_DRIVER.format(root=ROOT.as_posix(), empty=empty.as_posix()), encoding="utf-8")
    done = subprocess.run([cmake, "-P", driver], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = [line.removeprefix("-- ").partition("=") for line in done.stdout.splitlines()]
    return {name: value for name, _, value in said}


def test_cmake_builds_one_scripted_module_with_generic_tests(configured):
    name, *files, generic_tests = configured["module"].split(";")
    assert (configured["project"], configured["subdirectory"]) == ("NENSegmentation", "NENSegmentation")
    assert (name, files[0], generic_tests) == ("NAME", "NENSegmentation", "WITH_GENERIC_TESTS")
    assert module_files() | {"SCRIPTS", "RESOURCES"} == set(files[1:])
    assert configured["unittest"] == "SCRIPT;NENSegmentation.py"


def test_cmake_takes_the_address_from_the_entry_of_the_extensions_index(configured):
    address = json.loads(ENTRY.read_text(encoding="utf-8"))["scm_url"]
    assert configured["EXTENSION_HOMEPAGE"] == address
    assert configured["EXTENSION_ICONURL"] == f"{address}/raw/main/Resources/NENSegmentation.png"
    pictures = (
        f"{address}/raw/main/Resources/Screenshots/{name}.png" for name in ("overview", "review", "delete", "seed")
    )
    assert configured["EXTENSION_SCREENSHOTURLS"] == " ".join(pictures)


def test_the_index_entry_has_the_keys_and_types_of_the_schema():
    entry = json.loads(ENTRY.read_text(encoding="utf-8"))
    assert set(entry) - set(ENTRY_KEYS) == set()
    assert {"$schema", "category", "scm_url"} - set(entry) == set()
    assert {name: type(value) for name, value in entry.items()} == {name: ENTRY_KEYS[name] for name in entry}
    assert entry["$schema"].endswith("/slicer-extension-catalog-entry-schema-v1.0.2.json#")


def test_the_index_entry_obeys_the_rules_of_the_index():
    entry = json.loads(ENTRY.read_text(encoding="utf-8"))
    assert urlsplit(entry["scm_url"]).scheme == "https"
    assert urlsplit(entry["scm_url"]).path.rpartition("/")[2].startswith("Slicer")
    assert b"\r" not in ENTRY.read_bytes()
    assert f"project({ENTRY.stem})" in (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")


def test_the_index_entry_depends_on_what_cmake_depends_on():
    depends = re.search(r'set\(EXTENSION_DEPENDS "([^"]*)"\)', (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))
    entry = json.loads(ENTRY.read_text(encoding="utf-8"))
    assert (depends.group(1).replace("NA", "")).split() == entry["build_dependencies"]


def test_once_decided_the_addresses_are_literal_in_cmake():
    """The checks of the ExtensionsIndex download the pictures without running CMake (Docs/decisions/0002)."""
    address = json.loads(ENTRY.read_text(encoding="utf-8"))["scm_url"]
    decided = not urlsplit(address).netloc.endswith(".invalid")
    written = {
        name: extension_value(name) for name in ("EXTENSION_HOMEPAGE", "EXTENSION_ICONURL", "EXTENSION_SCREENSHOTURLS")
    }
    assert not decided or all(one.startswith(address) for value in written.values() for one in value.split()), (
        "write them out in full"
    )


@pytest.mark.parametrize("name", ["EXTENSION_ICONURL", "EXTENSION_SCREENSHOTURLS"])
def test_pictures_of_the_extension_are_in_the_repository(name):
    pictures = [address.partition("/raw/main/")[2] for address in extension_value(name).split()]
    assert [picture for picture in pictures if not (ROOT / picture).is_file()] == []


@pytest.mark.parametrize(
    "path", ["Resources/NENSegmentation.png", "NENSegmentation/Resources/Icons/NENSegmentation.png"]
)
def test_icons_are_png_of_128_by_128(path):
    with Image.open(ROOT / path) as icon:
        assert (icon.format, icon.size) == ("PNG", (128, 128))
