"""Checks for the exercises: `gl.check.NAME(my_function)` says right, not yet, or which slip it is.

A check never raises. It tries the function on small cases where slips show (random tensors, earlier layers,
several pictures at once), prints what it found, and returns a `Result`, which is true if the answer is right.
"""

from .counterfactuals import EFFECT, ERASE, EVIDENCE
from .engine import Result, mark
from .guided import GUIDED_GRADCAM, GUIDED_RELU, OWN_SHARE
from .maps import ALPHA, CAM, COUNTERFACTUAL, GRADCAM
from .plusplus import ALPHA_PP, GRADCAM_PP, SMOOTH_PP
from .pooling import EXTENT, POOL, SCORE_FROM_MAP, UPSAMPLE
from .reading import HEAT, PEAK, SHARE_INSIDE, claims
from .seeing import ACTIVATIONS, GRADIENT, SALIENCY
from .training import ACCURACY, STEP, accuracy, split, step

EXERCISES = {
    exercise.name: exercise
    for exercise in (
        HEAT,
        PEAK,
        SHARE_INSIDE,
        POOL,
        SCORE_FROM_MAP,
        UPSAMPLE,
        EXTENT,
        CAM,
        ALPHA,
        GRADCAM,
        COUNTERFACTUAL,
        EVIDENCE,
        ERASE,
        EFFECT,
        ACTIVATIONS,
        GRADIENT,
        SALIENCY,
        ALPHA_PP,
        GRADCAM_PP,
        SMOOTH_PP,
        GUIDED_RELU,
        OWN_SHARE,
        GUIDED_GRADCAM,
        STEP,
        ACCURACY,
    )
}

__all__ = [
    "EXERCISES",
    "Result",
    "accuracy",
    "activations",
    "alpha",
    "alpha_pp",
    "cam",
    "claims",
    "counterfactual",
    "effect",
    "erase",
    "evidence",
    "extent",
    "gradcam",
    "gradcam_pp",
    "gradient",
    "guided_gradcam",
    "guided_relu",
    "heat",
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


def heat(answer):
    """Lesson 0. `answer(L)` -> [h, w]: L cut below 0 and divided by its maximum; a blank map stays 0."""
    return mark(HEAT, answer)


def peak(answer):
    """Lesson 0. `answer(heat)` -> (x, y), the hottest pixel of heat [h, w]."""
    return mark(PEAK, answer)


def share_inside(answer):
    """Lesson 0. `answer(heat, mask)` -> the share of all heat [h, w] that lies where mask [h, w] is true."""
    return mark(SHARE_INSIDE, answer)


def pool(answer):
    """Lesson 2. `answer(A)` -> [2, B, K]: the mean and the maximum of each channel of A [B, K, h, w]."""
    return mark(POOL, answer)


def score_from_map(answer):
    """Lesson 2. `answer(L, b, c)` -> [B]: the score of class c from its CAM L [B, h, w] and the biases b [C]."""
    return mark(SCORE_FROM_MAP, answer)


def upsample(answer):
    """Lesson 2. `answer(L, H, W)` -> [B, H, W]: the map L [B, h, w] laid bilinearly on a picture."""
    return mark(UPSAMPLE, answer)


def extent(answer):
    """Lesson 2. `answer(heat, mask)` -> the share of the mask on which the heat is at least half of its maximum."""
    return mark(EXTENT, answer)


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


def alpha_pp(answer):
    """Lesson 7. `answer(A, g)` -> alpha [B, K, h, w] of Grad-CAM++ (eq. 19), 0 where g [B, K, h, w] is not positive."""
    return mark(ALPHA_PP, answer)


def gradcam_pp(answer):
    """Lesson 7. `answer(net, x, c)` -> L [B, h, w]: Grad-CAM++ at `net.default_layer`; else as `gradcam`."""
    return mark(GRADCAM_PP, answer)


def smooth_pp(answer):
    """Lesson 7. `answer(A, gs)` -> weights [K] of Smooth Grad-CAM++; A [K, h, w], gs [n, K, h, w] of n noisy copies."""
    return mark(SMOOTH_PP, answer)


def evidence(answer):
    """Lesson 5. `answer(A, dy_dA)` -> [2, B, h, w]: what speaks for the class, and what speaks against it."""
    return mark(EVIDENCE, answer)


def erase(answer):
    """Lesson 5. `answer(x, heat, share)` -> x [C, H, W] with the `share` of its pixels where heat is highest at 0."""
    return mark(ERASE, answer)


def effect(answer):
    """Lesson 5. `answer(net, x, changed, c)` -> [B]: by how much the score of class c rose from x to `changed`."""
    return mark(EFFECT, answer)


def activations(answer):
    """Lesson 1. `answer(net, layer, x)` -> [B, K, h, w]: the output of the layer with this name."""
    return mark(ACTIVATIONS, answer)


def gradient(answer):
    """Lesson 1. `answer(net, x, c)` -> dy_c/dA [B, K, h, w] at the layer `net.default_layer`."""
    return mark(GRADIENT, answer)


def saliency(answer):
    """Lesson 1. `answer(net, x, c)` -> [B, H, W]: the largest |dy_c/dx| over the colours of each pixel."""
    return mark(SALIENCY, answer)


def guided_relu(answer):
    """Lesson 6. `answer(x, g)` -> what guided backpropagation hands down through ReLU(x) of the g from above."""
    return mark(GUIDED_RELU, answer)


def own_share(answer):
    """Lesson 6. `answer(heat, mine, other)` -> the share of the heat on both animals that lies on `mine`."""
    return mark(OWN_SHARE, answer)


def guided_gradcam(answer):
    """Lesson 6. `answer(pixels, S)` -> [B, 3, H, W], from guided backpropagation and S [B, h, w] before the ReLU."""
    return mark(GUIDED_GRADCAM, answer)
