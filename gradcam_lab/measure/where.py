"""Where does a map lie? Heat against the truth that a drawn world knows.

`heat` is float [H, W], not negative, as `Explanation.heat`; `mask` is bool [H, W]. A threshold is a share of the
heat's maximum, and heat at the threshold counts. A blank heat scores False or 0.0.
"""

import numpy as np
from scipy import ndimage

from ..errors import LabError


def pointing_game(heat, mask, tolerance=0):
    """Whether the hottest pixel lies in the mask, or at most `tolerance` pixels (Euclidean) away from it.

    Zhang et al., Top-down Neural Attention by Excitation Backprop, ECCV 2016; on photographs 15 pixels are customary.
    """
    heat, mask = _pair(heat, mask)
    if not heat.any() or not mask.any():
        return False
    y, x = np.unravel_index(heat.argmax(), heat.shape)
    if tolerance == 0:
        return bool(mask[y, x])
    rows, columns = np.nonzero(mask)
    return bool(((rows - y) ** 2 + (columns - x) ** 2).min() <= tolerance**2)


def energy_inside(heat, mask):
    """The share of all heat that lies in the mask.

    Wang et al., Score-CAM, CVPR workshops 2020, section 4.3: the energy-based pointing game.
    """
    heat, mask = _pair(heat, mask)
    total = heat.sum(dtype=np.float64)
    return float(heat[mask].sum(dtype=np.float64) / total) if total > 0 else 0.0


def lift(heat, mask):
    """The share of heat in the mask over the share of the picture's area: 1 is what a map that knows nothing scores."""
    heat, mask = _pair(heat, mask)
    area = mask.mean()
    return float(energy_inside(heat, mask) / area) if area > 0 else 0.0


def iou(heat, mask, threshold):
    """Intersection over union of the mask and of the heat at or above `threshold`, a share of its maximum."""
    heat, mask = _pair(heat, mask)
    hot = _hot(heat, threshold)
    union = (hot | mask).sum()
    return float((hot & mask).sum() / union) if union else 0.0


def best_iou(heat, mask):
    """The best IoU that any threshold above 0 reaches."""
    heat, mask = _pair(heat, mask)
    if not heat.any() or not mask.any():
        return 0.0
    # From the hottest pixel down: after each the union and the intersection are known by counting.
    order = np.argsort(heat, axis=None)[::-1]
    values, inside = heat.ravel()[order], mask.ravel()[order]
    intersection = np.cumsum(inside)
    ious = intersection / (mask.sum() + np.arange(1, heat.size + 1) - intersection)
    last_of_value = np.append(values[1:] != values[:-1], True) & (values > 0)
    return float(ious[last_of_value].max())


def instances_found(heat, masks, threshold=0.5):
    """The share of `masks` (one for each instance) whose own maximum is at least `threshold` of the heat's."""
    masks = list(masks)
    if not masks:
        raise LabError("instances_found needs at least one mask; none was given.")
    pairs = [_pair(heat, mask) for mask in masks]
    peak = pairs[0][0].max()
    if peak <= 0:
        return 0.0
    return float(np.mean([mask.any() and heat[mask].max() >= threshold * peak for heat, mask in pairs]))


def box(heat, threshold):
    """(left, top, right, bottom), half-open, of the largest connected piece of heat at or above `threshold`.

    None for a blank heat. Pixels are connected by their sides, not by corners.
    """
    heat = _heat(heat)
    if not heat.any():
        return None
    pieces, _ = ndimage.label(_hot(heat, threshold))
    largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
    rows, columns = np.nonzero(pieces == largest)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def _hot(heat, threshold):
    if not 0 < threshold <= 1:
        raise LabError(f"A threshold is a share of the maximum, above 0 and at most 1; given was {threshold}.")
    peak = heat.max()
    return heat >= threshold * peak if peak > 0 else np.zeros(heat.shape, bool)


def _pair(heat, mask):
    heat, mask = _heat(heat), np.asarray(mask)
    if mask.shape != heat.shape:
        raise LabError(f"Heat and mask are of one size; given were {list(heat.shape)} and {list(mask.shape)}.")
    return heat, mask.astype(bool)


def _heat(heat):
    heat = np.asarray(heat)
    if heat.ndim != 2 or heat.size == 0 or not np.isfinite(heat).all() or heat.min() < 0:
        raise LabError(f"Heat is [H, W], finite and not negative, as Explanation.heat; given was {list(heat.shape)}.")
    return heat
