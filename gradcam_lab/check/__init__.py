"""Checks for the exercises: `gl.check.NAME(my_function)` says right, not yet, or which slip it is.

A check never raises. It tries the function on small cases where slips show (random tensors, earlier layers,
several pictures at once), prints what it found, and returns a `Result`, which is true if the answer is right.
"""

from . import (
    bias,
    counterfactuals,
    guided,
    intervention,
    maps,
    plusplus,
    pooling,
    reading,
    seeing,
    shares,
    smooth,
    training,
    validation,
)
from .bias import by_group, lift
from .claims import claims
from .counterfactuals import effect, erase, evidence
from .engine import Exercise, Result
from .guided import guided_gradcam, guided_relu
from .intervention import flips
from .maps import alpha, cam, counterfactual, gradcam
from .plusplus import alpha_pp, gradcam_pp
from .pooling import pool, score_from_map, upsample
from .reading import heat, peak
from .seeing import activations, gradient, saliency
from .shares import extent, own_share, share_inside
from .smooth import smooth_pp
from .training import step
from .validation import accuracy, split

_ROOMS = (reading, shares, seeing, pooling, maps, training, validation, counterfactuals, guided, plusplus, smooth)
_ROOMS += (bias, intervention)  # as the lessons go
EXERCISES = {one.name: one for room in _ROOMS for one in vars(room).values() if isinstance(one, Exercise)}

__all__ = [
    "EXERCISES",
    "Result",
    "accuracy",
    "activations",
    "alpha",
    "alpha_pp",
    "by_group",
    "cam",
    "claims",
    "counterfactual",
    "effect",
    "erase",
    "evidence",
    "extent",
    "flips",
    "gradcam",
    "gradcam_pp",
    "gradient",
    "guided_gradcam",
    "guided_relu",
    "heat",
    "lift",
    "own_share",
    "peak",
    "pool",
    "saliency",
    "score_from_map",
    "share_inside",
    "smooth_pp",
    "split",
    "step",
    "upsample",
]
