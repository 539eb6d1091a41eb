"""The images that a network may be given; a model or a training set names them in its own order."""

from __future__ import annotations

from collections.abc import Iterable

import SimpleITK as sitk

from ..core.volume import ct_on_grid

PET, CT = "PET", "CT"


def channel_images(channels: Iterable[str], pet: sitk.Image, ct: sitk.Image | None) -> list[sitk.Image]:
    """Return the images of the channels, all on the grid of the PET.

    Parameters
    ----------
    channels : iterable of str
        PET and CT, or PET alone.
    pet : SimpleITK.Image
        SUVbw (g/mL).
    ct : SimpleITK.Image or None
        Hounsfield units, on any grid; needed by a channel of CT.

    Returns
    -------
    list of SimpleITK.Image
        In the order of the channels.
    """
    images = {PET: pet, CT: None if ct is None else ct_on_grid(ct, pet)}
    return [images[channel] for channel in channels]
