"""The cases of a folder, each predicted once: what every fold and the ensemble take for tumour, beside the truth."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..core.image_files import write_image
from ..core.output import new_file, new_folder, refuse_if_taken, rewrite
from ..core.paired_files import PairedCase
from .case_folders import CaseFolder
from .errors import EnsembleError
from .lesions import fold_lesions, predicted_lesions
from .model import Model
from .predictor import RunningPrediction
from .provenance import provenance
from .recipe import Postprocessing
from .windows import Mode

Bar = Callable[[str], AbstractContextManager[Callable[[int, int], None] | None]]

ENSEMBLE = "ensemble"
_SUFFIX = ".nii.gz"


class PredictedCases:
    """Label maps of predictions in a folder, which grows by a case at a time.

    A folder a fold and one of the ensemble hold a label map of each case; `nenseg evaluate --predictions` takes them
    too. What is done stays done: an interrupted run goes on with the cases that are left.

    Parameters
    ----------
    folder : Path
        Where they are or will be.
    model : Model
        What predicts.
    cases : sequence of CaseFolder
        With their truth.
    mode, device, mirroring
        As in `RunningPrediction`.
    processing : Postprocessing
        What becomes of the tumour of the ensemble, and of each fold.

    Raises
    ------
    EnsembleError
        If there are predictions of another model, or that were made in another way.
    """

    def __init__(
        self,
        folder: Path,
        model: Model,
        cases: Sequence[CaseFolder],
        *,
        mode: Mode,
        device: str,
        mirroring: bool | None,
        processing: Postprocessing,
    ) -> None:
        self.folder, self.model, self.cases = folder, model, list(cases)
        self._way = {"mode": mode, "device": device, "mirroring": mirroring}
        self._processing = processing
        self._require_same_way()

    @property
    def sets(self) -> dict[str, Path]:
        """The folder of each fold and of the ensemble, by name."""
        folds = {f"fold {fold.name}": self.folder / f"fold_{fold.name}" for fold in self.model.folds}
        return {**folds, ENSEMBLE: self.folder / ENSEMBLE}

    @property
    def pairs(self) -> list[PairedCase]:
        """Each case with its truth and its predictions."""
        return [PairedCase(case.name, case.lesions, self._maps(case)) for case in self.cases]

    def run(self, bar: Bar) -> None:
        """Predict the cases that are left.

        Parameters
        ----------
        bar : callable
            Takes what is done, in words; gives a context with a function of the windows done and in all, or None.

        Raises
        ------
        EnsembleError
            If a case does not fit, or cannot be predicted; the sentence names it.
        """
        said = self.log()
        left = [case for case in self.cases if case.name not in said or not self._maps(case)[ENSEMBLE].exists()]
        for number, case in enumerate(left, 1 + len(self.cases) - len(left)):
            with bar(f"{case.name} ({number} of {len(self.cases)})") as progress:
                self._predict(case, progress)

    def log(self) -> dict[str, dict[str, Any]]:
        """Return, by case, ``seconds``, ``computed`` and ``warnings`` of its prediction."""
        wanted = {case.name for case in self.cases}
        lines = self._log.read_text("utf-8").splitlines() if self._log.exists() else []
        return {entry["case"]: entry for entry in map(json.loads, lines) if entry["case"] in wanted}

    def provenance(self) -> dict[str, Any]:
        """Return how the predictions came about; see `provenance`."""
        computed = [entry["computed"] for entry in self.log().values()]
        return provenance(self.model, _joined(computed), self._processing)

    @property
    def _log(self) -> Path:
        return self.folder / "log.jsonl"

    @property
    def _description(self) -> Path:
        return self.folder / "predictions.json"

    def _maps(self, case: CaseFolder) -> dict[str, Path]:
        return {name: folder / f"{case.name}{_SUFFIX}" for name, folder in self.sets.items()}

    def _predict(self, case: CaseFolder, progress: Callable[[int, int], None] | None) -> None:
        read = case.read()
        read.tumour()
        start = time.monotonic()
        try:
            with RunningPrediction(self.model, read.pet, read.ct, **self._way, each_fold=True) as running:
                prediction = running.wait(progress)
        except EnsembleError as error:
            message = f"{case.name}: {error}"
            raise EnsembleError(message) from error
        processing = asdict(self._processing)
        ensemble = predicted_lesions(prediction, read.pet, **processing)
        seconds = time.monotonic() - start
        self._begin()
        entry = {"case": case.name, "seconds": seconds, "computed": running.computed, "warnings": running.warnings}
        entries = {**self.log(), case.name: entry}
        rewrite(self._log, "".join(json.dumps(entry) + "\n" for entry in entries.values()))
        # The ensemble's map last: with it the case is done.
        maps = [*fold_lesions(prediction, read.pet, **processing), ensemble]
        for path, one in zip(self._maps(case).values(), maps, strict=True):
            path.unlink(missing_ok=True)
            with new_file(path) as partial:
                write_image(partial, one.image)

    def _begin(self) -> None:
        """Make the folder, once there is something to keep."""
        if not self._description.exists():
            with new_folder(self.folder) as partial:
                (partial / self._description.name).write_text(json.dumps(self._meant(), indent=2) + "\n", "utf-8")

    def _require_same_way(self) -> None:
        if not self._description.exists():
            refuse_if_taken(self.folder)
            return
        try:
            there = json.loads(self._description.read_text("utf-8"))
        except (OSError, ValueError):
            there = None
        if there != json.loads(json.dumps(self._meant())):
            message = (
                f"{self.folder}: other predictions are here: of another model or other cases, or made in another way. "
                f"Remove the folder, or name another place for the results."
            )
            raise EnsembleError(message)

    def _meant(self) -> dict[str, Any]:
        return {
            "model": self.model.identity,
            "cases": str(self.cases[0].path.parent.resolve()),
            **self._way,
            "postprocessing": asdict(self._processing),
        }


def _joined(computed: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how cases were computed; where they differ, all that there is."""
    found = {key: [one[key] for one in computed] for key in computed[0]}
    return {
        key: values[0]
        if values.count(values[0]) == len(values)
        else ", ".join(sorted({str(value) for value in values}))
        for key, values in found.items()
    }
