"""Training an ensemble by a recipe: nnU-Net plans and trains in child processes; what is done stays done.

Everything lies in a folder beside the model until it is finished, so that a training that was interrupted, or has its
machine for some hours a day only, goes on from its last epoch.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from ..core.output import refuse_if_taken, rewrite
from . import nnunet_process as nnunet
from .case_folders import CaseFolder
from .child import PROGRESS, Child, Event
from .errors import EnsembleError
from .installed import require_networks
from .model import Model, read_model
from .packaging import resolved, write_model
from .recipe import Recipe
from .starting_model import StartingModel
from .training_card import training_card
from .training_devices import on_device, side_by_side, training_devices
from .training_progress import Clock, Epoch
from .training_set import TrainingSet

Said = Callable[[str], None]


class Training:
    """The training of one model.

    Parameters
    ----------
    recipe : Recipe
        How.
    cases : sequence of CaseFolder
        On what.
    out : Path
        The model folder to be made; the folder of the training is beside it, with ``-training`` after its name.
    device : str
        On what folds are trained, side by side where there are several; see `training_devices`.
    jobs : int
        Processes that preprocess side by side.

    Raises
    ------
    EnsembleError
        If PyTorch or nnU-Net is not installed, ``jobs`` is less than 1, a device is not there, there are fewer cases
        than folds, the model to start from does not fit (see `StartingModel`), or a training of another recipe, of
        other cases or from another model has been begun there.
    OutputError
        If there is something at ``out``.
    """

    def __init__(
        self, recipe: Recipe, cases: Sequence[CaseFolder], out: Path, *, device: str = "cpu", jobs: int = 2
    ) -> None:
        require_networks()
        refuse_if_taken(out)
        if jobs < 1:
            message = f"{jobs} processes cannot preprocess. Give 1 or more."
            raise EnsembleError(message)
        warm = recipe.warm_start.cases
        if len(cases) - warm < max(recipe.folds, 2):
            apart = f" and a warm start on {warm}" if warm else ""
            message = (
                f"{len(cases)} cases are too few for {recipe.folds} folds{apart}. Give more cases, or fewer folds."
            )
            raise EnsembleError(message)
        self.recipe, self.cases, self.out = recipe, list(cases), out
        self.devices, self._jobs = training_devices(device), jobs
        self.folder = out.with_name(f"{out.name}-training")
        self._dataset = TrainingSet(
            self.folder / nnunet.RAW / nnunet.DATASET,
            recipe.channels,
            physiological=recipe.physiological,
            to_body=recipe.crop == "body",
        )
        self._start = StartingModel(recipe, self._dataset.labels) if recipe.warm_start.model else None
        self._preprocessed = self.folder / nnunet.PREPROCESSED / nnunet.DATASET
        configuration = f"{nnunet.TRAINER}__{nnunet.PLANS}__{recipe.configuration}"
        self._results = self.folder / nnunet.RESULTS / nnunet.DATASET / configuration
        self._require_same_training()

    def run(self, said: Said | None = None, progress: Callable[[Epoch], None] | None = None) -> Model:
        """Train all folds and write the model.

        Parameters
        ----------
        said : callable, optional
            Called with a sentence at each step.
        progress : callable, optional
            Called after each epoch. What it raises stops the training, which can go on later.

        Returns
        -------
        Model

        Raises
        ------
        EnsembleError
            If a case does not fit, or nnU-Net fails; its log is in the folder of the training.
        """
        say = said or (lambda _sentence: None)
        for case in self.cases:
            if case.name not in self._dataset.names:
                say(f"Reading {case.name}")
                self._dataset.add(case.read())
        if not self._planned.exists():
            say("nnU-Net plans and preprocesses")
            self._plan()
            self._planned.touch()
        rounds = self._rounds()
        before = sum(self._reached(fold)["epoch"] for fold in rounds)
        clock = Clock(before, sum(rounds.values()))
        left = [fold for fold in rounds if not self._final(fold).exists()]
        # Every fold begins with the weights of the warm start.
        first = [fold for fold in left if fold == self._warm]
        for together in (first, [fold for fold in left if fold != self._warm]):
            self._train(together, rounds, clock, say, progress)
        self._write()
        return read_model(self.out)

    def remove(self) -> None:
        """Remove the folder of the training, once the model is there."""
        shutil.rmtree(self.folder)

    @property
    def _planned(self) -> Path:
        return self.folder / "planned"

    @property
    def _warm(self) -> int | None:
        """The number under which nnU-Net trains the warm start: that after the last fold."""
        return self.recipe.folds if self.recipe.warm_start.cases else None

    def _rounds(self) -> dict[int, int]:
        """Return what is trained, in its order, and for how many epochs."""
        warm = {self._warm: self.recipe.warm_start.epochs} if self._warm is not None else {}
        return {**warm, **dict.fromkeys(range(self.recipe.folds), self.recipe.epochs)}

    def _final(self, fold: int) -> Path:
        return self._results / f"fold_{fold}" / "checkpoint_final.pth"

    def _reached(self, fold: int) -> Event:
        """Return what the last epoch of a fold said."""
        path = self.folder / f"fold_{fold}.json"
        return json.loads(path.read_text()) if path.is_file() else {"epoch": 0}

    def _require_same_training(self) -> None:
        path = self.folder / "recipe.json"
        meant = {"recipe": asdict(self.recipe), "cases": sorted(case.name for case in self.cases)}
        if self._start is not None:
            meant["started_from"] = self._start.described()
        meant = json.loads(json.dumps(meant))
        if path.is_file():
            if json.loads(path.read_text("utf-8")) != meant:
                message = (
                    f"{self.folder}: another training was begun here, by another recipe, on other cases or from "
                    f"another model. Go on with that one, or remove the folder."
                )
                raise EnsembleError(message)
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        rewrite(path, json.dumps(meant, indent=2) + "\n")

    def _plan(self) -> None:
        request = {
            "step": "plan",
            "names": self._dataset.names,
            "folds": self.recipe.folds,
            "warm_cases": self.recipe.warm_start.cases,
            "ready_plans": self._start.plans() if self._start else None,
            "jobs": self._jobs,
        }
        child = self._child(request, {})
        try:
            with self._said_of("plan"):
                for _ in child.events():
                    pass
        finally:
            child.cancel()

    def _train(
        self,
        folds: Sequence[int],
        rounds: dict[int, int],
        clock: Clock,
        say: Said,
        progress: Callable[[Epoch], None] | None,
    ) -> None:
        def start(fold: int, device: str) -> Child:
            what = "the warm start" if fold == self._warm else f"fold {fold}"
            say(f"Training {what} on {device}")
            kind, environment = on_device(device)
            return self._child(self._request(fold, rounds[fold], kind), environment)

        def follow(fold: int, event: Event) -> None:
            if event["event"] != PROGRESS:
                return
            rewrite(self.folder / f"fold_{fold}.json", json.dumps(event))
            with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(event) + "\n")
            if progress is not None:
                progress(clock.epoch(fold, event))

        with self._said_of("train"):
            side_by_side(folds, self.devices, start, follow)

    def _first_weights(self, fold: int) -> Path | None:
        """Return the checkpoint that a training begins with."""
        if self._warm not in (None, fold):
            return self._final(self._warm)
        if self._start is None:
            return None
        return self._start.weights(0 if fold == self._warm else fold)

    def _request(self, fold: int, epochs: int, device: str) -> Event:
        recipe, start = self.recipe, self._first_weights(fold)
        return {
            "step": "train",
            "fold": fold,
            "resume": (self._results / f"fold_{fold}" / "checkpoint_latest.pth").exists(),
            "device": device,
            "epochs": epochs,
            "start": str(start.absolute()) if start else None,
            "optimizer": recipe.optimizer,
            "learning_rate": recipe.learning_rate,
            "iterations": recipe.iterations,
            "validation_iterations": recipe.validation_iterations,
            "mirroring": recipe.mirroring,
            "augmentation": recipe.augmentation,
            "bfloat16": recipe.bfloat16,
        }

    def _child(self, request: Event, environment: dict[str, str]) -> Child:
        places = (nnunet.RAW, nnunet.PREPROCESSED, nnunet.RESULTS)
        environment = {**environment, **{name: str((self.folder / name).absolute()) for name in places}}
        if self.recipe.augmentation == "none" and request["step"] == "train":
            # Patches as they are cost little: they are read in the process that trains.
            environment["nnUNet_n_proc_DA"] = "0"
        fixed = {"configuration": self.recipe.configuration, "plans": self.recipe.plans}
        return Child(nnunet.__name__, {**request, **fixed}, log=self._log, environment=environment)

    @property
    def _log(self) -> Path:
        return self.folder / "nnunet.log"

    @contextmanager
    def _said_of(self, step: str) -> Iterator[None]:
        """Say at which step nnU-Net stopped."""
        try:
            yield
        except EnsembleError as error:
            message = f"{self._log}: nnU-Net stopped at the step {step}: {error}"
            raise EnsembleError(message) from error

    def _write(self) -> None:
        plans = json.loads((self._preprocessed / f"{nnunet.PLANS}.json").read_text("utf-8"))
        # Of all that nnU-Net planned, the configuration that was trained.
        plans["configurations"] = {
            self.recipe.configuration: resolved(plans["configurations"], self.recipe.configuration)
        }
        write_model(
            self.out,
            plans=plans,
            dataset=json.loads((self._preprocessed / "dataset.json").read_text("utf-8")),
            checkpoints={str(fold): self._final(fold) for fold in range(self.recipe.folds)},
            card=training_card(
                self.recipe, self.cases, [self._reached(fold) for fold in range(self.recipe.folds)], self._start
            ),
        )
