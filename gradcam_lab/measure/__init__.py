"""Measures of a map: *where* it lies, *why* it should be believed. The two are never merged into one score."""

from .where import best_iou, box, energy_inside, instances_found, iou, lift, pointing_game

__all__ = ["best_iou", "box", "energy_inside", "instances_found", "iou", "lift", "pointing_game"]
