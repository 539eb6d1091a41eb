"""By which method the lesions of a case were found, in words: beside the results, and in a report."""

from __future__ import annotations

THRESHOLD, ENSEMBLE = "threshold", "ensemble"
"""What a summary calls the methods; all else was given, drawn by hand or by another program."""

LEAD = "Method: "
"""What the sentence begins with."""

SEEDS_ONLY = (
    "The lesions were not found by the threshold of the reference region: it is used for lesions that are added by a "
    "click, and for nothing else."
)
"""To be said where a threshold stands beside lesions that were found otherwise."""


def method_text(
    method: str, *, organ: str = "", threshold: float | None = None, place: str = "", model: str = ""
) -> str:
    """Return by which method lesions were found, as a sentence.

    Parameters
    ----------
    method : str
        threshold, ensemble or given.
    organ : str
        Of the reference region; empty without one.
    threshold : float, optional
        Of that region: SUV (g/mL).
    place : str
        How the region was placed: proposed or placed.
    model : str
        What the model of an ensemble is called, and that it has seen digital patients only if it has.

    Returns
    -------
    str

    Examples
    --------
    >>> method_text("threshold", organ="liver", threshold=3.567, place="proposed")
    'Method: threshold, SUV above 3.57 of the liver (region proposed).'
    >>> method_text("ensemble", model="A model (trained on digital patients only)")
    'Method: ensemble, A model (trained on digital patients only).'
    >>> method_text("given", organ="spleen", threshold=4.0)
    'Method: given segmentation. Threshold for added lesions: SUV 4.00 of the spleen.'
    """
    if method == THRESHOLD:
        placed = f" (region {place})" if place else ""
        return f"{LEAD}threshold, SUV above {threshold:.2f} of the {organ}{placed}."
    found = f"ensemble, {model}" if method == ENSEMBLE else "given segmentation"
    seeds = "" if threshold is None else f" Threshold for added lesions: SUV {threshold:.2f} of the {organ}."
    return f"{LEAD}{found}.{seeds}"
