"""PyTorch and nnU-Net are installed when the ensemble is used first; here by fakes of the PyTorch extension."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

pytestmark = pytest.mark.usefixtures("a_slicer")


@pytest.fixture
def missing(monkeypatch):
    """Return a function that takes packages away, and notes which of nnU-Net's are asked for."""
    from NENSegmentationLib.panel import ensemble_packages

    asked, find_spec = [], ensemble_packages.find_spec
    monkeypatch.setattr(ensemble_packages, "ensurePackages", asked.append)

    def take(*names):
        monkeypatch.setattr(ensemble_packages, "find_spec", lambda name: None if name in names else find_spec(name))
        return asked

    return take


@pytest.fixture
def extension(monkeypatch):
    """Return a function that puts the PyTorch extension there; what it answers to the wish to install."""

    def put(answer):
        module = ModuleType("PyTorchUtils")
        module.__spec__ = SimpleNamespace()

        def install(*, askConfirmation):
            assert askConfirmation
            if isinstance(answer, Exception):
                raise answer
            return answer

        module.PyTorchUtilsLogic = lambda: SimpleNamespace(installTorch=install)
        monkeypatch.setitem(sys.modules, "PyTorchUtils", module)

    return put


def ensure():
    from NENSegmentationLib.panel.ensemble_packages import ensureNetworks

    ensureNetworks()


def refused():
    from NENSegmentationLib.panel.errors import PanelError

    return PanelError


def test_where_pytorch_is_there_only_nnunet_is_asked_for(missing):
    asked = missing()
    ensure()
    (requirements,) = asked
    assert list(requirements) == ["nnunetv2", "dynamic_network_architectures"]


def test_without_the_pytorch_extension_it_is_said_where_to_get_it(missing):
    asked = missing("torch", "PyTorchUtils")
    with pytest.raises(refused(), match=r"Install the extension PyTorch \(View, Extensions Manager\), restart Slicer"):
        ensure()
    assert asked == []


def test_pytorch_comes_from_its_extension(missing, extension):
    asked = missing("torch")
    extension(ModuleType("torch"))
    ensure()
    assert len(asked) == 1


def test_who_declines_is_told_what_is_missing(missing, extension):
    missing("torch")
    extension(None)
    with pytest.raises(refused(), match="PyTorch is needed and was not installed"):
        ensure()


@pytest.mark.parametrize("error", [RuntimeError("no"), ValueError("no"), ImportError("no")])
def test_an_installation_that_fails_is_one_sentence(missing, extension, error):
    missing("torch")
    extension(error)
    with pytest.raises(refused(), match=r"PyTorch could not be installed\. Try it in the module PyTorch Utils"):
        ensure()


def test_run_installs_before_it_runs(missing, an_open_case, shown_errors, monkeypatch, tmp_path):
    import json

    from NENSegmentationLib.ensemble import models

    (tmp_path / "shipped" / "one").mkdir(parents=True)
    (tmp_path / "shipped" / "one" / "model.json").write_text(json.dumps({"title": "One"}))
    monkeypatch.setattr(models, "SHIPPED", tmp_path / "shipped")
    an_open_case._panel._ensemble._models.refresh()
    missing("torch", "PyTorchUtils")
    an_open_case.ui.ensembleRunButton.click()
    (sentence,) = shown_errors
    assert sentence.startswith("PyTorch is needed and not installed.")
