"""Packages that Slicer lacks are installed on demand; here by a fake of Slicer's installer."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from subprocess import CalledProcessError
from types import ModuleType

import pytest

pytestmark = pytest.mark.usefixtures("a_slicer")

NEEDED = {"a_module_that_is_missing": "a-package>=1.2"}


class FakeInstaller:
    """``slicer.packaging``; what it installs is importable afterwards."""

    def __init__(self, folder, error=None, works=True):
        self.asked = []
        self._folder, self._error, self._works = folder, error, works

    def pip_ensure(self, requirements, requester, skip_packages):
        self.asked.append((requirements, requester, skip_packages))
        self.install()

    def pip_install(self, requirements):
        self.asked.append(requirements)
        self.install()

    def install(self):
        if self._error:
            raise self._error
        if self._works:
            (self._folder / "a_module_that_is_missing.py").touch()


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Put an installer into the stand-in, as Slicer 5.11 has it."""

    def put(**behaviour):
        installer = FakeInstaller(tmp_path, **behaviour)
        module = ModuleType("slicer.packaging")
        module.__spec__ = ModuleSpec("slicer.packaging", None)
        module.pip_ensure = installer.pip_ensure
        monkeypatch.setitem(sys.modules, "slicer.packaging", module)
        monkeypatch.syspath_prepend(tmp_path)
        return installer

    return put


@pytest.fixture
def installed_before_5_11(tmp_path, monkeypatch):
    import slicer

    def put(*, agrees):
        installer = FakeInstaller(tmp_path)
        monkeypatch.setattr(slicer.util, "pip_install", installer.pip_install)
        monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda _question: agrees)
        monkeypatch.syspath_prepend(tmp_path)
        return installer

    return put


def ensure(requirements):
    from NENSegmentationLib.panel.dependencies import ensurePackages

    ensurePackages(requirements)


def test_nothing_is_asked_for_when_everything_is_there(installed):
    installer = installed()
    ensure({"numpy": "numpy"})
    assert installer.asked == []


def test_a_missing_package_is_installed_without_touching_simpleitk_and_torch(installed):
    installer = installed()
    ensure(NEEDED)
    assert installer.asked == [(["a-package>=1.2"], "NEN Segmentation", ["SimpleITK", "torch"])]


def test_a_user_who_declines_is_told_what_is_missing(installed):
    from NENSegmentationLib.panel.errors import PanelError

    installed(error=RuntimeError("User declined package installation"))
    with pytest.raises(PanelError, match=r"a-package>=1.2 is needed and was not installed"):
        ensure(NEEDED)


@pytest.mark.parametrize("behaviour", [{"error": CalledProcessError(1, "pip")}, {"works": False}])
def test_a_failed_installation_is_one_sentence(installed, behaviour):
    from NENSegmentationLib.panel.errors import PanelError

    installed(**behaviour)
    with pytest.raises(PanelError, match=r"a-package>=1.2 could not be installed. Check the connection"):
        ensure(NEEDED)


def test_slicer_before_5_11_asks_and_installs_by_pip(installed_before_5_11):
    installer = installed_before_5_11(agrees=True)
    ensure(NEEDED)
    assert installer.asked == [["a-package>=1.2"]]


def test_slicer_before_5_11_installs_nothing_against_the_users_will(installed_before_5_11):
    from NENSegmentationLib.panel.errors import PanelError

    installer = installed_before_5_11(agrees=False)
    with pytest.raises(PanelError, match="was not installed"):
        ensure(NEEDED)
    assert installer.asked == []
