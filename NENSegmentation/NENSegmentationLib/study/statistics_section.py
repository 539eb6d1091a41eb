"""The part of a study's page that says which statistics were used, and where they are described."""

from __future__ import annotations

from .page import UNDEFINED, definitions, heading, listed, paragraph

_METHODS = (
    ("Quartiles", "Interpolated linearly between values (type 7 of R, the default of numpy) [1]."),
    (
        "Box plots",
        "Box: middle half; line in it: median; whiskers: to the last value within 1.5 times the length of the box.",
    ),
    (
        "Paired t-test",
        "Two-sided, of the differences in minutes [2]. Together with it: mean difference; effect size, Cohen's d of "
        "paired values (mean over SD of the differences) [3] with its interval from the noncentral t distribution [4]; "
        "and ratio, the geometric mean, with the t interval of the logarithms.",
    ),
    (
        "Wilcoxon signed-rank test",
        "Two-sided and exact [5]: all signs of the ranks are counted. Pairs without a difference are left out, and "
        "ties have their mean rank.",
    ),
    (
        "ICC(2,1)",
        "Intraclass correlation: two-way random effects, absolute agreement, single reader [6], with its interval [7].",
    ),
    ("Bland-Altman plot", "Bias, and limits of agreement: bias ± 1.96 SD of the differences [8]."),
    ("Weighted kappa", "Cohen's kappa with quadratic weights [9, 10]: a rating two steps off counts four times one."),
    ("Learning", "Least squares of log(time) on the position, with a level for each reader in each arm."),
    (
        "Voxel-wise and lesion-wise metrics, ratings",
        "As in Carlsen et al. [11]; what a rating means stands beside it in the table.",
    ),
    (
        "Order of reading",
        "Arms by Latin squares, Williams' for three arms and more [12], so that each is first and follows each other "
        "one equally often.",
    ),
    (
        "Intervals and p",
        "All intervals are of 95 %. The p values are two-sided, and not corrected for how many there are.",
    ),
    ("Not defined", f"What cannot be computed is {UNDEFINED} here and empty in the CSV files; never 0."),
    (
        "Files",
        "Every number of this page stands with all its digits in the CSV files beside it; pairs.csv holds what the "
        "tests compare, readings.csv all readings, also those left out.",
    ),
)

_REFERENCES = (
    "Hyndman RJ, Fan Y. Sample quantiles in statistical packages. Am Stat 1996;50:361-365.",
    "Student. The probable error of a mean. Biometrika 1908;6:1-25.",
    "Cohen J. Statistical power analysis for the behavioral sciences. 2nd ed. Erlbaum, 1988.",
    "Steiger JH, Fouladi RT. Noncentrality interval estimation and the evaluation of statistical models. In: What if "
    "there were no significance tests? Erlbaum, 1997.",
    "Wilcoxon F. Individual comparisons by ranking methods. Biometrics Bull 1945;1:80-83.",
    "Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater reliability. Psychol Bull 1979;86:420-428.",
    "McGraw KO, Wong SP. Forming inferences about some intraclass correlation coefficients. Psychol Methods "
    "1996;1:30-46.",
    "Bland JM, Altman DG. Statistical methods for assessing agreement between two methods of clinical measurement. "
    "Lancet 1986;327:307-310.",
    "Cohen J. Weighted kappa: nominal scale agreement with provision for scaled disagreement or partial credit. "
    "Psychol Bull 1968;70:213-220.",
    "Fleiss JL, Cohen J. The equivalence of weighted kappa and the intraclass correlation coefficient as measures of "
    "reliability. Educ Psychol Meas 1973;33:613-619.",
    "Carlsen EA et al. A convolutional neural network for total tumor segmentation in [64Cu]Cu-DOTATATE PET/CT of "
    "patients with neuroendocrine neoplasms. EJNMMI Res 2022;12:30.",
    "Williams EJ. Experimental designs balanced for the estimation of residual effects of treatments. Aust J Sci Res A "
    "1949;2:149-168.",
)


def statistics_section() -> list[str]:
    """Return how the numbers are made, with references."""
    return [
        heading("How the numbers are made"),
        paragraph("Computed with numpy and scipy; the numbers in brackets are the references below."),
        definitions(_METHODS),
        heading("References", 3),
        listed(_REFERENCES),
    ]
