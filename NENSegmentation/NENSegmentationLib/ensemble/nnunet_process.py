"""What nnU-Net itself does in a training, in a process of its own: it plans, preprocesses, and trains one fold.

nnU-Net finds its folders in environment variables and prints as it goes; both stay in here.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .checkpoint import read_checkpoint
from .child import PROGRESS, Emit, Event, serve
from .errors import EnsembleError

if TYPE_CHECKING:
    import torch

DATASET_ID = 1
DATASET = f"Dataset{DATASET_ID:03d}_NEN"
PLANS = "nnUNetPlans"
RAW, PREPROCESSED, RESULTS = "nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"
TRAINER = "RecipeTrainer"
# nnU-Net's own.
_SEED = 12345
_WEIGHT_DECAY = 3e-5

# Dimensions of a batch of volumes: case, channel and three axes.
_VOLUMES = 5


def work(request: Event, emit: Emit) -> Event:
    """Do one step: ``plan`` or ``train``."""
    return {"plan": _plan, "train": _train}[request["step"]](request, emit)


def _plan(request: Event, _emit: Emit) -> Event:
    """Let nnU-Net check the training set, plan, and preprocess; what the recipe fixes is put into the plans."""
    from nnunetv2.experiment_planning import plan_and_preprocess_api as nnunet

    jobs, configuration = request["jobs"], request["configuration"]
    folder = Path(os.environ[PREPROCESSED]) / DATASET
    path = folder / f"{PLANS}.json"
    nnunet.extract_fingerprints(
        [DATASET_ID], num_processes=jobs, check_dataset_integrity=True, verbose=False, show_progress_bar=False
    )
    if request["ready_plans"]:
        plans = request["ready_plans"]
        # What nnU-Net's planner puts there besides plans.
        shutil.copyfile(Path(os.environ[RAW]) / DATASET / "dataset.json", folder / "dataset.json")
    else:
        nnunet.plan_experiments([DATASET_ID])
        plans = planned(json.loads(path.read_text()), configuration, request["plans"])
    path.write_text(json.dumps(plans, indent=2))
    nnunet.preprocess([DATASET_ID], configurations=(configuration,), num_processes=(jobs,), show_progress_bar=False)
    splits = split(request["names"], request["folds"], request["warm_cases"])
    (folder / "splits_final.json").write_text(json.dumps(splits, indent=2))
    return {}


def split(names: Sequence[str], folds: int, warm_cases: int = 0) -> list[dict[str, list[str]]]:
    """Part the cases among the folds as nnU-Net does, less those of the warm start.

    Parameters
    ----------
    names : sequence of str
        Of the cases.
    folds : int
        How many.
    warm_cases : int
        That are in no fold; drawn at random, the same at every call.

    Returns
    -------
    list of dict
        The cases of ``train`` and ``val`` for each fold; after the last fold those of the warm start, if there is one,
        which is validated on the cases of the folds.
    """
    from nnunetv2.utilities.crossval_split import generate_crossval_split

    warm = sorted(random.Random(_SEED).sample(sorted(names), warm_cases))
    others = sorted(set(names) - set(warm))
    splits = generate_crossval_split(others, seed=_SEED, n_splits=folds)
    return [*splits, {"train": warm, "val": others}] if warm else splits


def planned(plans: dict[str, Any], configuration: str, fixed: dict[str, Any]) -> dict[str, Any]:
    """Put what a recipe fixes into nnU-Net's plans.

    Parameters
    ----------
    plans : dict
        As nnU-Net planned; changed.
    configuration : str
        The one that is trained.
    fixed : dict
        ``Recipe.plans``.

    Returns
    -------
    dict
        The plans.
    """
    chosen = plans["configurations"][configuration]
    for key in ("spacing", "patch_size", "batch_size", "batch_dice", "normalization_schemes"):
        if key in fixed:
            chosen[key] = fixed[key]
    if "suv" in fixed:
        suv = fixed["suv"]
        names = {"mean": "mean", "std": "std", "percentile_00_5": "low", "percentile_99_5": "high"}
        plans["foreground_intensity_properties_per_channel"]["0"].update({key: suv[at] for key, at in names.items()})
    if "features_per_stage" in fixed:
        features = fixed["features_per_stage"]
        stages, dimensions = len(features), len(chosen["patch_size"])
        chosen["architecture"]["arch_kwargs"].update(
            n_stages=stages,
            features_per_stage=features,
            kernel_sizes=[[3] * dimensions] * stages,
            strides=[[1] * dimensions] + [[2] * dimensions] * (stages - 1),
            n_conv_per_stage=fixed.get("n_conv_per_stage", [2] * stages),
            n_conv_per_stage_decoder=[1] * (stages - 1),
        )
    return plans


def _train(request: Event, emit: Emit) -> Event:
    import torch
    from nnunetv2.run.run_training import maybe_load_checkpoint

    folder = Path(os.environ[PREPROCESSED]) / DATASET
    plans = json.loads((folder / f"{PLANS}.json").read_text())
    dataset = json.loads((folder / "dataset.json").read_text())
    resumed = request["resume"]
    _seed(request["fold"])
    trainer = _trainer_class(request, emit)(
        plans={**plans, "continue_training": resumed},
        configuration=request["configuration"],
        fold=request["fold"],
        dataset_json=dataset,
        device=torch.device(request["device"]),
    )
    trainer.num_epochs = request["epochs"]
    trainer.num_iterations_per_epoch = request["iterations"]
    trainer.num_val_iterations_per_epoch = request["validation_iterations"]
    trainer.save_every = 1
    trainer.initial_lr = request["learning_rate"]
    maybe_load_checkpoint(trainer, resumed, validation_only=False)
    if request["start"] and not resumed:
        trainer.initialize()
        _take_weights(trainer.network, Path(request["start"]))
    trainer.run_training()
    return {}


def _take_weights(network: torch.nn.Module, path: Path) -> None:
    # On a GPU nnU-Net compiles the network, which then lies inside of another.
    plain = getattr(network, "_orig_mod", network)
    try:
        plain.load_state_dict(read_checkpoint(path).weights)
    except RuntimeError as error:
        message = f"{path}: these weights do not fit the network of the plans. Copy the model again, or give another."
        raise EnsembleError(message) from error


def _trainer_class(request: Event, emit: Emit) -> type:
    """Return nnU-Net's trainer with what the recipe changes; made here because its base takes seconds to import."""
    import torch
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

    from .network import has_bfloat16

    half = request["bfloat16"] and request["device"] == "cpu" and has_bfloat16()

    class RecipeTrainer(nnUNetTrainer):
        def configure_rotation_dummyDA_mirroring_and_inital_patch_size(self) -> tuple:  # noqa: N802 - nnU-Net's name
            rotation, flat, size, mirror_axes = super().configure_rotation_dummyDA_mirroring_and_inital_patch_size()
            if not request["mirroring"]:
                mirror_axes = self.inference_allowed_mirroring_axes = None
            if request["augmentation"] == "none":
                size = self.configuration_manager.patch_size
            return rotation, flat, size, mirror_axes

        def get_training_transforms(self, *arguments: object, **options: object) -> object:
            if request["augmentation"] != "none":
                return nnUNetTrainer.get_training_transforms(*arguments, **options)
            options.pop("use_mask_for_norm", None)
            return self.get_validation_transforms(arguments[2], **options)

        def configure_optimizers(self) -> tuple:
            optimizer, schedule = super().configure_optimizers()
            if request["optimizer"] == "adamw":
                optimizer = torch.optim.AdamW(self.network.parameters(), self.initial_lr, weight_decay=_WEIGHT_DECAY)
                schedule = type(schedule)(optimizer, self.initial_lr, self.num_epochs)
            return optimizer, schedule

        def initialize(self) -> None:
            super().initialize()
            self._twin = _twin(self.network) if half else None

        def train_step(self, batch: dict) -> dict:
            if self._twin is None:
                return super().train_step(batch)
            return _half_step(self, self._twin, batch)

        def save_checkpoint(self, filename: str) -> None:
            # By rename: a training that is killed while it writes goes on from the epoch before.
            partial = f"{filename}.partial"
            super().save_checkpoint(partial)
            Path(partial).replace(filename)

        def on_train_epoch_start(self) -> None:
            super().on_train_epoch_start()
            # Each epoch from a seed of its own: a training that was interrupted draws what it would have drawn.
            _seed(self.fold, self.current_epoch)

        def on_train_epoch_end(self, train_outputs: list[dict]) -> None:
            super().on_train_epoch_end(train_outputs)
            if not math.isfinite(self.logger.get_value("train_losses", step=-1)):
                message = (
                    f"the loss of fold {self.fold} is no number after epoch {self.current_epoch + 1}. Look for cases "
                    f"with values that no PET or CT has, or train with bfloat16 = false."
                )
                raise EnsembleError(message)

        def on_epoch_end(self) -> None:
            super().on_epoch_end()
            names = {"loss": "train_losses", "validation_loss": "val_losses", "validation_dice": "mean_fg_dice"}
            figures = {name: float(self.logger.get_value(key, step=-1)) for name, key in names.items()}
            emit({"event": PROGRESS, "fold": self.fold, "epoch": self.current_epoch, **figures})

    RecipeTrainer.__name__ = TRAINER
    return RecipeTrainer


def _seed(fold: int, epoch: int = 0) -> None:
    """Fix what this process draws: first weights, cases and patches. Processes that augment draw for themselves."""
    import numpy as np
    import torch

    seed = (_SEED + 1000 * fold + epoch) % 2**32
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - nnU-Net draws from it
    torch.manual_seed(seed)


def _twin(network: torch.nn.Module) -> torch.nn.Module:
    """Return a copy of a network in bfloat16: it computes, while the network itself keeps the exact weights."""
    import copy

    import torch

    volumes = any(isinstance(part, torch.nn.Conv3d) for part in network.modules())
    return copy.deepcopy(network).to(torch.bfloat16, memory_format=_memory_format(volumes=volumes))


def _memory_format(*, volumes: bool) -> torch.memory_format:
    """Return the order of voxels in which a processor convolves fastest."""
    import torch

    return torch.channels_last_3d if volumes else torch.channels_last


def _half_step(trainer: Any, twin: torch.nn.Module, batch: dict) -> dict:  # noqa: ANN401 - nnU-Net's class
    """Do one step of training in bfloat16; small steps would be lost if the weights themselves were in it."""
    import torch

    with torch.no_grad():
        for half, exact in zip(twin.parameters(), trainer.network.parameters(), strict=True):
            half.copy_(exact)
            half.grad = None
    data = batch["data"]
    outputs = twin(data.to(torch.bfloat16, memory_format=_memory_format(volumes=data.ndim == _VOLUMES)))
    loss = trainer.loss([output.float() for output in outputs], batch["target"])
    loss.backward()
    for half, exact in zip(twin.parameters(), trainer.network.parameters(), strict=True):
        exact.grad = None if half.grad is None else half.grad.float()
    torch.nn.utils.clip_grad_norm_(trainer.network.parameters(), 12)
    trainer.optimizer.step()
    return {"loss": loss.detach().numpy()}


if __name__ == "__main__":
    serve(work)
