"""What becomes of the ensemble's tumour, as the card of its model says it."""

from __future__ import annotations

from ..core.components import CONNECTIVITIES
from ..core.lesion import MINIMUM_VOLUME_ML
from .card import CARD
from .errors import EnsembleError
from .model import Model
from .recipe import Postprocessing


def postprocessing_of(
    model: Model, *, connectivity: int | None = None, minimum_volume_ml: float | None = None
) -> Postprocessing:
    """Return the post-processing with which a model was evaluated, or what is asked for instead.

    Parameters
    ----------
    model : Model
        Its card keeps the recipe; a model without one has the paper's, 26-connected components of 0.1 mL.
    connectivity, minimum_volume_ml
        What to use whatever the card says.

    Returns
    -------
    Postprocessing

    Raises
    ------
    EnsembleError
        If what the card says is impossible.
    """
    recipe = model.card.get("recipe")
    said = recipe.get("postprocessing") if isinstance(recipe, dict) else None
    said = said if isinstance(said, dict) else {}
    own = said.get("connectivity", 26), said.get("minimum_volume_ml", MINIMUM_VOLUME_ML)
    if own[0] not in CONNECTIVITIES or isinstance(own[1], bool) or not isinstance(own[1], int | float) or own[1] < 0:
        message = (
            f"{model.folder / CARD}: the post-processing of the recipe is impossible ({own[0]!r}-connected, {own[1]!r} "
            f"mL). Copy the model again."
        )
        raise EnsembleError(message)
    return Postprocessing(
        connectivity=own[0] if connectivity is None else connectivity,
        minimum_volume_ml=own[1] if minimum_volume_ml is None else minimum_volume_ml,
    )
