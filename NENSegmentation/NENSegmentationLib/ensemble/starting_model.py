"""The ensemble that a training goes on from: whether it fits, what it brings, and how it is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import nnunet_process as nnunet
from .card import trained_on
from .errors import EnsembleError
from .model import read_model
from .models import is_digital_only, model_folder
from .packaging import resolved
from .plans import read_plan
from .provenance import identified
from .recipe import Recipe
from .trainers import require_plain_trainer
from .training_set import IMAGE_READER, TUMOUR


class StartingModel:
    """The model that a recipe's warm start names.

    Parameters
    ----------
    recipe : Recipe
        With ``warm_start.model``.
    labels : dict of str to int
        Of the training set.

    Raises
    ------
    EnsembleError
        If there is no such model, it cannot be used, or its channels, classes or configuration are not the recipe's.
    """

    def __init__(self, recipe: Recipe, labels: dict[str, int]) -> None:
        model = read_model(model_folder(recipe.warm_start.model))
        # What a prediction would refuse no training goes on from.
        read_plan(model)
        require_plain_trainer(model.first.trainer, model.folder)
        said = {TUMOUR if value == model.tumour else name: value for name, value in model.dataset["labels"].items()}
        for what, its, wanted in (
            ("channels", list(model.channels), list(recipe.channels)),
            ("classes", sorted(said, key=said.get), sorted(labels, key=labels.get)),
            ("configuration", [model.first.configuration], [recipe.configuration]),
        ):
            if its != wanted:
                message = (
                    f"{model.folder}: this model has the {what} {', '.join(its)}, the recipe {', '.join(wanted)}. "
                    f"Change the recipe, or start from another model."
                )
                raise EnsembleError(message)
        self._model = model

    @property
    def is_digital_only(self) -> bool:
        """Whether it has seen digital patients only, by its card."""
        return is_digital_only(self._model.card)

    def plans(self) -> dict[str, Any]:
        """Return its plans, under the names of the new training."""
        plans, name = self._model.plans, self._model.first.configuration
        chosen = resolved(plans["configurations"], name)
        return {
            **plans,
            "dataset_name": nnunet.DATASET,
            "plans_name": nnunet.PLANS,
            "image_reader_writer": IMAGE_READER,
            "configurations": {name: {**chosen, "data_identifier": f"{nnunet.PLANS}_{name}"}},
        }

    def weights(self, fold: int) -> Path:
        """Return the checkpoint that a fold begins with: of its own fold, and round again where there are fewer."""
        return self._model.folds[fold % len(self._model.folds)].path

    def described(self) -> dict[str, Any]:
        """Return what the card of the new model says of it: by what it is known again, ``data`` and ``cases``."""
        card = self._model.card
        return {**identified(self._model), "data": card.get("data", "not said"), "cases": sorted(trained_on(card))}
