"""All results of a study, from its readings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .learning import Learning, learning
from .outcomes import ArmControls, ArmRatings, ArmSpreads, accuracy, actions, arm_ratings, controls
from .reader_agreement import ReaderPair, VolumeAgreement, VoxelsOf, reader_pairs, volume_agreement
from .reading_times import ArmComparison, ArmTimes, arm_comparisons, arm_times, groups_of_readers
from .readings import ReadingRow
from .selection import Selection, selected


@dataclass(frozen=True, kw_only=True)
class StudyResults:
    """Results of a study; each list is in the order of arms and readers of the selection.

    Attributes
    ----------
    selection : Selection
        The readings they are taken from, and those left out.
    """

    selection: Selection
    times: Sequence[ArmTimes]
    comparisons: Sequence[ArmComparison]
    ratings: Sequence[ArmRatings]
    accuracy: Sequence[ArmSpreads]
    actions: Sequence[ArmSpreads]
    volume_agreement: Sequence[VolumeAgreement]
    reader_pairs: Sequence[ReaderPair]
    learning: Sequence[Learning]
    controls: Sequence[ArmControls]


def study_results(
    rows: Iterable[ReadingRow], arms: Sequence[str] = (), voxels_of: VoxelsOf | None = None
) -> StudyResults:
    """Take the results from the readings of a study.

    Parameters
    ----------
    rows : iterable of ReadingRow
        All readings; which of them count is said in the result.
    arms : sequence of str
        In the order they are to be shown.
    voxels_of : callable, optional
        Gives the readers' voxels, for the Dice between them.

    Returns
    -------
    StudyResults

    Raises
    ------
    StudyError
        If no reading can be used, or one is there twice.
    """
    chosen = selected(rows, arms)
    used, order = chosen.used, (chosen.arms, chosen.readers)
    return StudyResults(
        selection=chosen,
        times=arm_times(used, *order),
        comparisons=arm_comparisons(used, *order),
        ratings=arm_ratings(used, *order),
        accuracy=accuracy(used, *order),
        actions=actions(used, *order),
        volume_agreement=volume_agreement(used, *order),
        reader_pairs=reader_pairs(used, *order, voxels_of),
        learning=[
            learning(reader, (row for row in used if reader not in chosen.readers or row.reader == reader))
            for reader in groups_of_readers(chosen.readers)
        ],
        controls=controls(used, *order),
    )
