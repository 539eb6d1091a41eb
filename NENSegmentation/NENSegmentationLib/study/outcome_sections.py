"""The parts of a study's page about what came out: ratings, accuracy, actions, agreement, negative controls."""

from __future__ import annotations

from collections.abc import Sequence

from ..core import published
from ..core.cohort import AVERAGED, CONTROL_LIMIT_ML
from ..core.rating import RATINGS
from .evaluation_page import TITLES
from .number_text import interval_text, n_text, part_text, spread_text, value_text
from .outcomes import ACTIONS, AS_SHOWN, ArmRatings
from .page import UNDEFINED, figures, heading, paragraph, table
from .study_plots import reader_difference
from .study_results import StudyResults

_ACTION_TITLES = {"deletes": "Deleted", "adds": "Added", "undos": "Undone", "other_actions": "Other actions"}


def rating_section(results: StudyResults) -> list[str]:
    """Return the readers' ratings beside those that the truth suggests and those of the paper."""
    if not any(sum(one.given.values()) for one in results.ratings):
        return []
    parts = [heading("Ratings (Table 4 of the paper)")]
    for reader in dict.fromkeys(one.reader for one in results.ratings):
        parts.append(_rating_table(reader, [one for one in results.ratings if one.reader == reader]))
    return parts


def _rating_table(reader: str, arms: Sequence[ArmRatings]) -> str:
    columns = []
    for one in arms:
        of_arm = (("given", one.given), ("suggested as shown", one.shown), ("suggested as left", one.left))
        for words, counts in of_arm:
            if number := sum(counts.values()):
                columns.append((f"{one.arm}, {words} {n_text(number)}", counts))
    rows = [
        [
            f"{rating}: {meaning}",
            *(part_text(counts[rating], sum(counts.values())) for _, counts in columns),
            part_text(published.RATINGS[rating], published.CASES),
        ]
        for rating, meaning in RATINGS.items()
    ]
    kappas = [f"{one.arm} {value_text(one.kappa, 2)}" for one in arms if one.kappa is not None]
    agreed = f" Weighted kappa of given and suggested as shown: {', '.join(kappas)}." if kappas else ""
    unrated = ", ".join(f"{one.arm} {one.unrated}" for one in arms if one.unrated)
    caption = (
        f"{reader.capitalize() if ' ' in reader else reader}: number of readings, {_controls_left_out(arms)}. Readers "
        "rate what they were shown to start from. Suggested, by counting against the truth: for what was shown, and "
        f"for what was left.{agreed}" + (f" Without a rating: {unrated}." if unrated else "")
    )
    return table(caption, ["Rating", *(name for name, _ in columns), f"Carlsen 2022 {n_text(published.CASES)}"], rows)


def _controls_left_out(arms: Sequence[ArmRatings]) -> str:
    """Say which readings the ratings leave out; the paper's leave out the negative controls."""
    unknown = sum(one.controls_unknown for one in arms)
    counted_here = sum(sum(one.given.values()) + one.unrated for one in arms)
    if not unknown:
        return "without negative controls"
    if unknown == counted_here:
        return "negative controls not known, all readings counted"
    return f"without the known negative controls; not known for {unknown} of {counted_here} readings, which are counted"


def accuracy_section(results: StudyResults) -> list[str]:
    """Return the accuracy of the results against the truth."""
    if not results.accuracy:
        return []
    rows = [
        [f"{one.arm}, {one.reader}", *(spread_text(one.spreads[name], 2 if "_ml" in name else 3) for name in AVERAGED)]
        for one in results.accuracy
    ]
    paper = [f"{published.ENSEMBLE[name]:.3f}" if name in published.ENSEMBLE else UNDEFINED for name in AVERAGED]
    rows.append([f"Carlsen 2022, ensemble, uncorrected (n = {published.CASES})", *paper])
    caption = (
        f"Against the truth, of the segmentations {AS_SHOWN} at the beginning of a reading, and as the readers left "
        "them; mean (SD) over the cases with lesions, and their number. For all readers each case counts once, by its "
        "mean over the readers."
    )
    header = ["Arm, reader", *(TITLES[name] for name in AVERAGED)]
    return [heading("Accuracy (metrics of Table 3 of the paper)"), table(caption, header, rows)]


def action_section(results: StudyResults) -> list[str]:
    """Return how many actions a case took."""
    rows = [
        [f"{one.arm}, {one.reader}", *(spread_text(one.spreads[name], 1) for name in ACTIONS)]
        for one in results.actions
    ]
    caption = "Number of actions per case, also those that were undone; mean (SD) over the cases, and their number."
    header = ["Arm, reader", *(_ACTION_TITLES[name] for name in ACTIONS)]
    return [heading("Actions"), table(caption, header, rows)]


def agreement_section(results: StudyResults) -> list[str]:
    """Return how far the readers agree, as tables and Bland-Altman plots."""
    if not results.reader_pairs:
        return []
    parts = [heading("Agreement between readers")]
    if results.volume_agreement:
        rows = [
            [
                one.arm,
                str(one.icc.readers),
                str(one.icc.cases),
                interval_text(one.icc.value, one.icc.low, one.icc.high, 3),
            ]
            for one in results.volume_agreement
        ]
        said = (
            "Total tumour volume: ICC(2,1), two-way random effects, absolute agreement, single reader, with its 95 % "
            "confidence interval. Only cases that all readers of the arm have finished. A few very large volumes "
            "raise it."
        )
        parts += [paragraph(said), table("Total tumour volume.", ["Arm", "Readers", "Cases", "ICC(2,1)"], rows)]
    parts.append(_pair_table(results))
    drawn = [reader_difference(one) for one in results.reader_pairs if one.volumes]
    return [*parts, figures(drawn)] if drawn else parts


def _pair_table(results: StudyResults) -> str:
    rows = [
        [
            f"{one.arm}: {one.first} minus {one.second}",
            spread_text(one.volume.difference, 2),
            UNDEFINED if one.volume.lower is None else f"{one.volume.lower:.2f} to {one.volume.upper:.2f}",
            f"{value_text(one.kappa, 2)}\nn = {one.rated}",
            spread_text(one.dice, 3),
        ]
        for one in results.reader_pairs
    ]
    caption = (
        "Two readers on the same cases. Volume (mL): bias (SD of the differences), and the 95 % limits of agreement, "
        "bias ± 1.96 SD. Ratings: Cohen's kappa with quadratic weights. Dice: between the two readers' voxels."
    )
    header = ["Arm: readers", "Bias (SD), mL", "Limits of agreement, mL", "Weighted kappa of ratings", "Dice"]
    return table(caption, header, rows)


def control_section(results: StudyResults) -> list[str]:
    """Return what was left in the negative controls."""
    if not results.controls:
        return []
    rows = [
        [
            f"{one.arm}, {one.reader}",
            str(one.controls.cases),
            part_text(one.controls.nothing, one.controls.cases),
            part_text(one.controls.within_limit, one.controls.cases),
            spread_text(one.controls.components, 1),
            spread_text(one.controls.volume_ml, 2),
            value_text(one.controls.largest_ml, 2),
        ]
        for one in results.controls
    ]
    paper = published.CONTROLS
    whole = paper["cases"]
    found = [part_text(paper[name], whole) for name in ("nothing", "within_limit")]
    rows.append(["Carlsen 2022, ensemble, uncorrected", str(whole), *found, *[UNDEFINED] * 3])
    header = [
        "Arm, reader",
        "Readings (as shown: cases)",
        "Nothing",
        f"At most {CONTROL_LIMIT_ML} mL",
        "Lesions",
        "Volume (mL)",
        "Largest (mL)",
    ]
    caption = f"Patients without tumour: cases {AS_SHOWN}, and readings as the readers left them; mean (SD), n."
    return [heading("Negative controls"), table(caption, header, rows)]
