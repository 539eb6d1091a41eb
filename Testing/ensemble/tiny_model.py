"""A model folder as nnU-Net's planner and trainer make it, with networks that were never trained."""

from __future__ import annotations

import json
from pathlib import Path

import torch

CONFIGURATION = "3d_fullres"


def plans(
    spacing=(4.0, 4.0, 4.0),
    patch=(16, 16, 16),
    transpose=(0, 1, 2),
    name="PlansForTests",
    features=(8, 16),
    convolutions=(1, 1),
):
    """Return plans of a network of so many features and convolutions in its stages."""
    return {
        "dataset_name": "Dataset001_Tiny",
        "plans_name": name,
        "original_median_spacing_after_transp": list(spacing),
        "original_median_shape_after_transp": [40, 40, 40],
        "image_reader_writer": "SimpleITKIO",
        "transpose_forward": list(transpose),
        "transpose_backward": [list(transpose).index(axis) for axis in range(3)],
        "configurations": {CONFIGURATION: _configuration(*map(list, (spacing, patch, features, convolutions)))},
        "experiment_planner_used": "ExperimentPlanner",
        "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {
            channel: {
                "max": 60.0, "mean": 12.0, "median": 10.0, "min": 0.0, "std": 8.0,
                "percentile_00_5": 0.1, "percentile_99_5": 40.0,
            }
            for channel in ("0", "1")
        },
    }  # fmt: skip


def _configuration(spacing, patch, features, convolutions):
    resampling = {"is_seg": False, "order_z": 0, "force_separate_z": None}
    dimensions = len(patch)
    return {
        "data_identifier": "PlansForTests_3d_fullres",
        "preprocessor_name": "DefaultPreprocessor",
        "batch_size": 2,
        "patch_size": patch,
        "median_image_size_in_voxels": [40.0] * dimensions,
        "spacing": spacing,
        "normalization_schemes": ["CTNormalization", "CTNormalization"],
        "use_mask_for_norm": [False, False],
        "resampling_fn_data": "resample_data_or_seg_to_shape",
        "resampling_fn_seg": "resample_data_or_seg_to_shape",
        "resampling_fn_data_kwargs": {**resampling, "order": 3},
        "resampling_fn_seg_kwargs": {**resampling, "is_seg": True, "order": 1},
        "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
        "resampling_fn_probabilities_kwargs": {**resampling, "order": 1},
        "architecture": {
            "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
            "arch_kwargs": {
                "n_stages": len(features),
                "features_per_stage": features,
                "conv_op": f"torch.nn.modules.conv.Conv{dimensions}d",
                "kernel_sizes": [[3] * dimensions] * len(features),
                "strides": [[1] * dimensions] + [[2] * dimensions] * (len(features) - 1),
                "n_conv_per_stage": convolutions,
                "n_conv_per_stage_decoder": [1] * (len(features) - 1),
                "conv_bias": True,
                "norm_op": f"torch.nn.modules.instancenorm.InstanceNorm{dimensions}d",
                "norm_op_kwargs": {"eps": 1e-05, "affine": True},
                "dropout_op": None,
                "dropout_op_kwargs": None,
                "nonlin": "torch.nn.LeakyReLU",
                "nonlin_kwargs": {"inplace": True},
            },
            "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
        },
        "batch_dice": False,
    }


def write_tiny_model(folder: Path, *, folds=2, channels=("PET", "CT"), labels=("background", "tumour"), **options):
    """Write a model whose folds have random weights, the same at each call."""
    from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

    made = plans(**options)
    dataset = {
        "channel_names": {str(number): name for number, name in enumerate(channels)},
        "labels": {name: number for number, name in enumerate(labels)},
        "numTraining": 2,
        "file_ending": ".nii.gz",
    }
    folder.mkdir(parents=True)
    (folder / "plans.json").write_text(json.dumps(made))
    (folder / "dataset.json").write_text(json.dumps(dataset))
    architecture = made["configurations"][CONFIGURATION]["architecture"]
    dimensions = len(made["configurations"][CONFIGURATION]["patch_size"])
    for fold in range(folds):
        torch.manual_seed(fold)
        network = get_network_from_plans(
            architecture["network_class_name"],
            architecture["arch_kwargs"],
            architecture["_kw_requires_import"],
            len(channels),
            len(labels),
            allow_init=False,
            deep_supervision=False,
        )
        (folder / f"fold_{fold}").mkdir()
        torch.save(
            {
                "network_weights": network.state_dict(),
                "trainer_name": "nnUNetTrainer",
                "init_args": {"configuration": CONFIGURATION, "plans": made, "dataset_json": dataset, "fold": fold},
                "inference_allowed_mirroring_axes": (0, 1, 2)[:dimensions],
            },
            folder / f"fold_{fold}" / "checkpoint_final.pth",
        )
    return folder
