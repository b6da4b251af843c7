"""Several layers in one map."""

import torch
from torch.nn.functional import interpolate


def fuse(maps):
    """One map of several [B, h, w], shallow to deep: the largest value at each place, at the finest resolution.

    Each is first brought to a common scale: the deepest divided by its maximum, the shallower ones by
    tanh(2 L / max L), which lifts what is faint in them.

    Jiang et al., LayerCAM, IEEE TIP 2021, and the authors' own fusion: the element-wise maximum, gamma = 2.
    """
    size = max((L.shape[1:] for L in maps), key=lambda hw: hw[0] * hw[1])
    scaled = [torch.tanh(2 * _by_maximum(L)) for L in maps[:-1]] + [_by_maximum(maps[-1])]
    laid = [interpolate(L[:, None], size, mode="bilinear", align_corners=False)[:, 0] for L in scaled]
    return torch.stack(laid).amax(dim=0)


def _by_maximum(L):
    """L over its maximum; 0 where it is nowhere positive."""
    L = L.relu()
    peak = L.amax(dim=(1, 2), keepdim=True)
    return torch.where(peak > 0, L / peak, 0)
