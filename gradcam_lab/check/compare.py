"""When two answers are the same: in numbers, and in shape."""

import numpy as np
import torch

TOLERANCE = 1e-4  # of the largest value of the right answer: generous to float32, far below every slip


def as_tensor(value):
    """Whatever holds numbers as a float64 tensor without a graph; TypeError or ValueError for the rest."""
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().double()
    if isinstance(value, (list, tuple)) and any(isinstance(part, torch.Tensor) for part in value):
        value = [as_tensor(part).tolist() for part in value]
    if isinstance(value, np.ndarray):
        value = np.ascontiguousarray(value)  # torch does not read arrays that run backwards
    return torch.as_tensor(value, dtype=torch.float64)


def same(mine, right):
    if mine.shape != right.shape:
        return False
    finite = right[right.isfinite()]
    scale = finite.abs().max().item() if finite.numel() else 0.0
    return torch.allclose(mine, right, rtol=0, atol=TOLERANCE * scale + 1e-12, equal_nan=True)


def fit(value, like, spare_axes):
    """`value` with or without a batch axis of 1, and spare axes of 1 at its end, as `like` has it."""
    while spare_axes and value.ndim > like.ndim and value.ndim and value.shape[-1] == 1:
        value = value[..., 0]
    if like.ndim and like.shape[0] == 1 and value.shape == like.shape[1:]:
        return value[None]
    if value.ndim == like.ndim + 1 and value.shape[0] == 1 and spare_axes:
        return value[0]
    return value
