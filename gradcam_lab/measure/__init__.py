"""Measures of a map: *where* it lies, *why* it should be believed. The two are never merged into one score."""

from .bias import Bias, Estimate, bias
from .intervals import mean_interval, wilson
from .parts import part_effect
from .sanity import sanity
from .where import best_iou, box, energy_inside, instances_found, iou, lift, pointing_game
from .why import average_drop, deletion, increase_in_confidence, insertion, shown_alone

__all__ = [
    "Bias",
    "Estimate",
    "average_drop",
    "best_iou",
    "bias",
    "box",
    "deletion",
    "energy_inside",
    "increase_in_confidence",
    "insertion",
    "instances_found",
    "iou",
    "lift",
    "mean_interval",
    "part_effect",
    "pointing_game",
    "sanity",
    "shown_alone",
    "wilson",
]
