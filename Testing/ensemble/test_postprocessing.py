from __future__ import annotations

import json

import pytest

from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.model import read_model
from NENSegmentationLib.ensemble.postprocessing import postprocessing_of
from NENSegmentationLib.ensemble.provenance import in_words, provenance
from NENSegmentationLib.ensemble.recipe import Postprocessing

COMPUTED = {"mode": "fast", "device": "cpu", "precision": "bfloat16", "mirroring": False}


@pytest.fixture
def a_model(a_model_folder):
    """Return a function that gives a model whose recipe has this post-processing."""

    def make(said):
        folder = a_model_folder()
        (folder / "model.json").write_text(json.dumps({"title": "Mine", "recipe": {"postprocessing": said}}))
        return read_model(folder)

    return make


def test_a_model_without_a_card_has_the_papers(a_model_folder):
    assert postprocessing_of(read_model(a_model_folder())) == Postprocessing(connectivity=26, minimum_volume_ml=0.1)


def test_the_card_says_with_what_the_model_was_evaluated(a_model):
    model = a_model({"connectivity": 6, "minimum_volume_ml": 0.5})
    assert postprocessing_of(model) == Postprocessing(connectivity=6, minimum_volume_ml=0.5)


def test_what_is_asked_for_goes_before_the_card(a_model):
    model = a_model({"connectivity": 6, "minimum_volume_ml": 0.5})
    assert postprocessing_of(model, minimum_volume_ml=0) == Postprocessing(connectivity=6, minimum_volume_ml=0)


@pytest.mark.parametrize("said", [{"connectivity": 5}, {"minimum_volume_ml": -1}, {"minimum_volume_ml": "much"}])
def test_an_impossible_post_processing_is_refused(said, a_model):
    with pytest.raises(EnsembleError, match="the post-processing of the recipe is impossible"):
        postprocessing_of(a_model(said))


def test_a_card_with_a_recipe_of_another_shape_has_the_papers(a_model_folder):
    folder = a_model_folder()
    (folder / "model.json").write_text(json.dumps({"recipe": "mine"}))
    assert postprocessing_of(read_model(folder)) == Postprocessing()


def test_models_that_differ_in_what_they_predict_by_have_another_identity(a_model_folder):
    one, same, other = (
        read_model(a_model_folder(name, **options))
        for name, options in (("one", {}), ("same", {}), ("other", {"folds": 3}))
    )
    assert one.identity == same.identity != other.identity


def test_how_it_was_computed_is_said_in_words(a_model):
    model = a_model({"connectivity": 18})
    said = in_words(provenance(model, COMPUTED, postprocessing_of(model)))
    assert said == (
        f"Model: Mine, folds 0, 1 (SHA-256 {model.identity[:12]}); fast, bfloat16 on cpu, without mirrored windows; "
        "components under 0.1 mL left out, 18-connected."
    )
