"""Checks for the exercises: `gl.check.NAME(my_function)` says right, not yet, or which slip it is.

A check never raises. It tries the function on small cases where slips show (random tensors, earlier layers,
several pictures at once), prints what it found, and returns a `Result`, which is true if the answer is right.
"""

from .engine import Result, mark
from .maps import ALPHA, CAM, COUNTERFACTUAL, GRADCAM
from .reading import HEAT, PEAK, SHARE_INSIDE, claims

EXERCISES = {exercise.name: exercise for exercise in (HEAT, PEAK, SHARE_INSIDE, CAM, ALPHA, GRADCAM, COUNTERFACTUAL)}

__all__ = [
    "EXERCISES",
    "Result",
    "alpha",
    "cam",
    "claims",
    "counterfactual",
    "gradcam",
    "heat",
    "peak",
    "share_inside",
]


def heat(answer):
    """Lesson 0. `answer(L)` -> [h, w]: L cut below 0 and divided by its maximum; a blank map stays 0."""
    return mark(HEAT, answer)


def peak(answer):
    """Lesson 0. `answer(heat)` -> (x, y), the hottest pixel of heat [h, w]."""
    return mark(PEAK, answer)


def share_inside(answer):
    """Lesson 0. `answer(heat, mask)` -> the share of all heat [h, w] that lies where mask [h, w] is true."""
    return mark(SHARE_INSIDE, answer)


def cam(answer):
    """Lesson 3. `answer(A, w, c)` -> L [B, h, w]: CAM from A [B, K, h, w] and the head's weights w [C, K]."""
    return mark(CAM, answer)


def alpha(answer):
    """Lesson 3. `answer(net, x, c)` -> alpha [B, K] at the layer `net.default_layer`; else as `gradcam`."""
    return mark(ALPHA, answer)


def gradcam(answer):
    """Lesson 3. `answer(net, x, c)` -> L [B, h, w]: Grad-CAM at `net.default_layer`, not normalised.

    `net.module` is the torch.nn.Module, `net.default_layer` the name of a layer, x [B, 3, H, W], c an index.
    """
    return mark(GRADCAM, answer)


def counterfactual(answer):
    """Lesson 3. `answer(net, x, c)` -> L [B, h, w], what speaks against class c; else as `gradcam`."""
    return mark(COUNTERFACTUAL, answer)
