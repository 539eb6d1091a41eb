from __future__ import annotations

import pytest

from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.recipe import read_recipe, recipe_names, shortened

PLANS = "[plans]\nfeatures_per_stage = [8, 16, 16]"
WHOLE = """
title = "Test"
channels = ["PET", "CT"]
configuration = "3d_fullres"
folds = 2
epochs = 3
[plans]
features_per_stage = [8, 16, 16]
"""


@pytest.fixture
def a_recipe(tmp_path):
    """Return a function that reads a recipe with a part replaced."""

    def read(old="", new=""):
        assert old in WHOLE
        (tmp_path / "test.toml").write_text(WHOLE.replace(old, new) if old else WHOLE + new)
        return read_recipe(str(tmp_path / "test.toml"))

    return read


def test_carlsen_2022_is_nnunets_default_on_pet_and_ct():
    recipe = read_recipe("carlsen2022")
    assert (recipe.channels, recipe.configuration) == (("PET", "CT"), "3d_fullres")
    assert (recipe.folds, recipe.epochs, recipe.iterations, recipe.plans) == (5, 1000, 250, {})


def test_every_recipe_that_comes_with_the_program_can_be_read():
    names = ["carlsen2022", "digital-patient", "digital-patient-second", "fine-tune"]
    assert [read_recipe(name).name for name in recipe_names()] == names


def test_what_a_recipe_leaves_out_is_nnunets(a_recipe):
    recipe = a_recipe()
    assert (recipe.name, recipe.mirroring, recipe.augmentation, recipe.physiological) == ("test", True, "nnunet", False)


def test_a_warm_start_from_a_model_needs_no_training_of_its_own(a_recipe):
    start = a_recipe(PLANS, '[warm_start]\nmodel = "mine"').warm_start
    assert (start.model, start.cases, start.epochs) == ("mine", 0, 0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "Test"', "", "the entry title is missing"),
        ("epochs", "epoch", "the entry epoch is not known"),
        ("folds = 2", "folds = 0", "the entry folds has an impossible value"),
        ("folds = 2", "folds = true", "the entry folds has an impossible value"),
        ('["PET", "CT"]', '["PET", "MR"]', "the entry channels has an impossible value"),
        ('["PET", "CT"]', '["CT"]', "the entry channels has an impossible value"),
        ('["PET", "CT"]', '["PET", "PET"]', "the entry channels has an impossible value"),
        ("3d_fullres", "3d_cascade_fullres", "the entry configuration has an impossible value"),
        ("epochs = 3", "epochs = 3\nmirroring = 1", "the entry mirroring has an impossible value"),
        ("epochs = 3", 'epochs = 3\naugmentation = "much"', "the entry augmentation has an impossible value"),
        ("epochs = 3", 'epochs = 3\ncrop = "head"', "the entry crop has an impossible value"),
        ("epochs = 3", 'epochs = 3\noptimizer = "adam"', "the entry optimizer has an impossible value"),
        ("epochs = 3", "epochs = 3\nlearning_rate = 0", "the entry learning_rate has an impossible value"),
        ("[plans]", "[warm_start]\ncases = 3\n[plans]", "the entry warm_start.epochs is missing"),
        ("[plans]", "[warm_start]\ncases = 0\nepochs = 1\n[plans]", "warm_start.cases has an impossible value"),
        ("[plans]", "[warm_start]\nfolds = 1\n[plans]", r"the entry folds is not known in \[warm_start\]"),
        ("[plans]", '[warm_start]\nmodel = "m"\ncases = 3\n[plans]', "the entry warm_start.epochs is missing"),
        ("[plans]", '[warm_start]\nmodel = "m"\n[plans]', r"the plans are that model's\. Remove \[plans\]"),
        (PLANS, '[warm_start]\nmodel = ""', "the entry warm_start.model has an impossible value"),
        (PLANS, "[warm_start]\nmodel = 3", "the entry warm_start.model has an impossible value"),
        ("epochs = 3", "epochs = 3\nwarm_start = 2", "the entry warm_start is no table"),
        ("[8, 16, 16]", "[8, 16, 16]\nbatch_dice = 1", "the entry plans.batch_dice has an impossible value"),
        ("[8, 16, 16]", "[8, 16]", "the entry plans.features_per_stage has an impossible value"),
        ("[8, 16, 16]", '[8, 16, "x"]', "the entry plans.features_per_stage has an impossible value"),
        ("[8, 16, 16]", "[8, 16, 16]\nspacing = [4, 4]", "the entry plans.spacing has an impossible value"),
        ("[8, 16, 16]", "[8, 16, 16]\nspacing = [4, 4, 0]", "the entry plans.spacing has an impossible value"),
        ("[8, 16, 16]", "[8, 16, 16]\npatch_size = [32, 32, 30]", "plans.patch_size has an impossible value"),
        ("[8, 16, 16]", "[8, 16, 16]\nn_conv_per_stage = [1, 1]", "plans.n_conv_per_stage has an impossible value"),
        ("[8, 16, 16]", "[8, 16, 16]\nsuv = { low = 0, high = 40 }", "the entry plans.suv has an impossible value"),
        (
            "[8, 16, 16]",
            '[8, 16, 16]\nnormalization_schemes = ["Own", "Own"]',
            "plans.normalization_schemes has an impossible value",
        ),
        ("[8, 16, 16]", "[8, 16, 16]\nlearning_rate = 1", r"the entry learning_rate is not known in \[plans\]"),
        ("", "[postprocessing]\nconnectivity = 7", "the entry postprocessing.connectivity has an impossible value"),
        ("", "[postprocessing]\nradius = 7", r"the entry radius is not known in \[postprocessing\]"),
        ("[plans]\nfeatures_per_stage = [8, 16, 16]", "plans = 1", "the entry plans is no table"),
        ("=", ":", "the recipe cannot be read"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(old, new, message, a_recipe):
    with pytest.raises(EnsembleError, match=message):
        a_recipe(old, new)


def test_a_recipe_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(
        EnsembleError, match=r"no recipe mine\. Choose carlsen2022 or digital-patient or digital-patient-second or"
    ):
        read_recipe("mine")


def test_a_recipe_can_be_shortened():
    recipe = shortened(read_recipe("carlsen2022"), folds=4, epochs=10)
    assert (recipe.folds, recipe.epochs) == (4, 10)


def test_no_folds_are_no_training():
    with pytest.raises(EnsembleError, match="0 folds are no training"):
        shortened(read_recipe("carlsen2022"), folds=0)
