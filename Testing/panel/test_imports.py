"""The module and its panel load in a Slicer that has none of the packages Slicer does not bring."""

from __future__ import annotations

import subprocess
import sys

from .conftest import MODULE

TESTING = MODULE.parents[1] / "Testing"

PROGRAM = f"""
import importlib
import pkgutil
import sys
from pathlib import Path

BLOCKED = {{"cc3d", "sqlalchemy", "torch", "nnunetv2", "matplotlib"}}


class Blocked:
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"{{name}} is not in Slicer")


sys.meta_path.insert(0, Blocked())
sys.path.insert(0, {str(TESTING)!r})
import slicer_standin

slicer_standin.start().loadModule(Path({str(MODULE)!r}))
import NENSegmentationLib.panel

for module in pkgutil.iter_modules(NENSegmentationLib.panel.__path__, "NENSegmentationLib.panel."):
    importlib.import_module(module.name)
    print(module.name)
"""


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_module_and_panel_load_without_the_packages_that_slicer_lacks():
    done = run(PROGRAM)
    assert done.returncode == 0, done.stderr
    assert "NENSegmentationLib.panel.threshold_method" in done.stdout


def test_the_module_file_itself_imports_nothing_slow():
    program = f"""
import sys
sys.path.insert(0, {str(TESTING)!r})
import slicer_standin
slicer_standin.start()
sys.path.insert(0, {str(MODULE.parent)!r})
before = set(sys.modules)
import NENSegmentation
print(sorted({{"scipy", "SimpleITK", "pydicom", "highdicom"}} & (set(sys.modules) - before)))
"""
    assert run(program).stdout.strip() == "[]"
