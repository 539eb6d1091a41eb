"""The lesion map: which voxel belongs to which lesion, how it comes about, and what it says of the patient."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from .boxes import whole
from .components import component_numbers, voxels_above
from .editing import EditableLesions
from .errors import MethodError
from .lesion import MINIMUM_VOLUME_ML, Lesion, Origin, identity, minimum_voxels
from .measures import PatientMeasures, measure, patient_measures
from .organs import OrganMap
from .volume import image_like, index_to_ras, ras_to_index, shape, voxels


class LesionMap(EditableLesions):
    """The lesions of one patient on the PET grid; see `EditableLesions` for what is given and how they are edited."""

    @classmethod
    def from_threshold(
        cls,
        pet: sitk.Image,
        threshold: float,
        *,
        connectivity: int = 26,
        minimum_volume_ml: float = MINIMUM_VOLUME_ML,
    ) -> LesionMap:
        """Segment every component of voxels strictly above a threshold.

        Parameters
        ----------
        pet : SimpleITK.Image
            SUVbw (g/mL), float32.
        threshold : float
            SUVbw (g/mL); see `ReferenceRegion.threshold`.
        connectivity : {6, 18, 26}
            Voxels that count as neighbours.
        minimum_volume_ml : float
            Components under this volume (mL) are left out.

        Returns
        -------
        LesionMap
            Ids from 1 by decreasing size; of two components of one size the one met first along (k, j, i) leads.

        Raises
        ------
        MethodError
            If the threshold is not a positive number, the minimum volume negative or ``connectivity`` not one of three.

        References
        ----------
        .. [1] Carlsen et al., EJNMMI Research 2022;12:30.
        """
        if not (np.isfinite(threshold) and threshold > 0):
            message = f"the threshold {threshold:g} is not a positive SUV. Choose another reference region."
            raise MethodError(message)
        flat = voxels_above(voxels(pet), threshold)
        return cls._from_voxels(pet, flat, Origin.THRESHOLD, connectivity, minimum_volume_ml)

    @classmethod
    def from_mask(
        cls,
        pet: sitk.Image,
        mask: NDArray[np.bool_],
        *,
        origin: Origin,
        connectivity: int = 26,
        minimum_volume_ml: float = MINIMUM_VOLUME_ML,
    ) -> LesionMap:
        """Make each component of a mask that is large enough a lesion.

        Parameters
        ----------
        pet : SimpleITK.Image
            SUVbw (g/mL), float32.
        mask : ndarray of bool, shape (k, j, i)
            True in tumour.
        origin : Origin
            What made the mask.
        connectivity, minimum_volume_ml
            As in `from_threshold`.

        Returns
        -------
        LesionMap
            Numbered as in `from_threshold`.
        """
        return cls._from_voxels(pet, np.flatnonzero(mask), origin, connectivity, minimum_volume_ml)

    @classmethod
    def _from_voxels(
        cls, pet: sitk.Image, flat: NDArray[np.intp], origin: Origin, connectivity: int, minimum_volume_ml: float
    ) -> LesionMap:
        if not (np.isfinite(minimum_volume_ml) and minimum_volume_ml >= 0):
            message = f"the minimum volume {minimum_volume_ml:g} mL is not a volume. Give 0 mL or more."
            raise MethodError(message)
        labels = _no_labels(shape(pet))
        number = component_numbers(flat, labels.shape, connectivity)
        ids = _ids_by_size(number, minimum_voxels(pet, minimum_volume_ml))[number]
        flat, ids = flat[ids > 0], ids[ids > 0]
        labels.reshape(-1)[flat] = ids
        measured = measure(pet, flat, ids)
        return cls(pet, labels, [Lesion(**vars(found), **identity(id_, origin)) for id_, found in measured.items()])

    @classmethod
    def from_labels(
        cls,
        pet: sitk.Image,
        labels: NDArray[np.integer],
        *,
        origin: Origin,
        names: Mapping[int, str] | None = None,
        colours: Mapping[int, tuple[float, float, float]] | None = None,
    ) -> LesionMap:
        """Take over a label array: every value above 0 is a lesion and stays its id.

        Parameters
        ----------
        pet : SimpleITK.Image
            SUVbw (g/mL), float32.
        labels : ndarray of int, shape (k, j, i)
            On the grid of ``pet``; copied.
        origin : Origin
            What made the labels.
        names, colours : mapping, optional
            Id -> name, and id -> (red, green, blue) from 0 to 1, for those that have one.

        Returns
        -------
        LesionMap

        Raises
        ------
        MethodError
            If a label is negative or over 2147483647, or ``labels`` is not on the grid of ``pet``.
        """
        if labels.size and labels.min() < 0:
            message = f"the label map holds the negative value {labels.min()}. Lesions are numbered from 1."
            raise MethodError(message)
        if labels.size and labels.max() > np.iinfo(np.int32).max:
            message = f"the label map holds the value {labels.max()}, which is too large. Number the lesions from 1."
            raise MethodError(message)
        made = cls(pet, labels.astype(np.int32, order="C"), [])
        measured = made._measured([whole(made.labels.shape)])
        lesions = [Lesion(**vars(found), **identity(id_, origin)) for id_, found in measured.items()]
        return cls(
            pet,
            made.labels,
            [
                replace(
                    lesion,
                    name=(names or {}).get(lesion.id, lesion.name),
                    colour=(colours or {}).get(lesion.id, lesion.colour),
                )
                for lesion in lesions
            ],
        )

    @property
    def image(self) -> sitk.Image:
        """A copy of the labels as an int32 image on the PET grid."""
        return image_like(self.labels, self.pet)

    def patient(self) -> PatientMeasures:
        """Return the measures of the patient."""
        return patient_measures(self._lesions.items())

    def at(self, ras: tuple[float, float, float]) -> Lesion | None:
        """Return the lesion at a point (RAS mm), or None."""
        index = np.rint(ras_to_index(self.pet, ras)).astype(int)
        if np.any(index < 0) or np.any(index >= self.labels.shape):
            return None
        return self._lesions.get(int(self.labels[tuple(index)]))

    def place_in(self, lesion_id: int) -> tuple[float, float, float]:
        """Return a point in a lesion (RAS mm): its centroid, or the voxel nearest to that where it lies outside.

        The centroid of a lesion with the shape of a ring or a horseshoe belongs to no lesion, or to another one.
        """
        lesion = self._lesions[lesion_id]
        found = self.at(lesion.centroid_ras)
        if found is not None and found.id == lesion_id:
            return lesion.centroid_ras
        corner = [axis.start for axis in lesion.box]
        places = index_to_ras(self.pet, np.argwhere(self.labels[lesion.box] == lesion_id) + corner)
        r, a, s = places[np.argmin(((places - lesion.centroid_ras) ** 2).sum(axis=1))]
        return float(r), float(a), float(s)

    def suggest(self, organs: OrganMap) -> None:
        """Note for each lesion, and for those still to come, the organ whose physiological uptake it may be.

        Parameters
        ----------
        organs : OrganMap
            On any grid; see `physiological_organ`.
        """
        self._organs = organs.on_grid(self.pet)
        self._lesions = {lesion.id: self._with_suggestion(lesion) for lesion in self._lesions.values()}


def _no_labels(size: tuple[int, int, int]) -> NDArray[np.int32]:
    """Make labels that are all 0, in memory of which only the pages that get a lesion are ever filled.

    numpy's own zeros come in huge pages on Linux, and a few lesions in every slice would fill them all.
    """
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_ANONYMOUS") else {}
    memory = mmap.mmap(-1, int(np.prod(size)) * np.dtype(np.int32).itemsize, **private)
    return np.frombuffer(memory, np.int32).reshape(size)


def _ids_by_size(number: NDArray[np.int32], fewest_voxels: int) -> NDArray[np.int32]:
    """Give the large enough components their id: by size, then by the order in which they are met."""
    counts = np.bincount(number)
    kept = np.flatnonzero(counts >= fewest_voxels)
    first_voxel = np.full(len(counts), len(number))
    first_voxel[number[::-1]] = np.arange(len(number) - 1, -1, -1)
    ranked = kept[np.lexsort((first_voxel[kept], -counts[kept]))]
    id_of = np.zeros(len(counts), np.int32)
    id_of[ranked] = np.arange(1, len(ranked) + 1)
    return id_of
