"""The steps of Grad-CAM, and what people do instead: score, average, mix, and what becomes of the finished map.

The learner's functions take (net, x, c), not (A, dy_dA): to differentiate the wrong score, or for the wrong
class, is a slip too, and it is made before there is a gradient.
"""

from dataclasses import replace
from functools import cache

import torch
import torch.nn.functional as F

from .engine import Slip, Stage


def _run(net, x):
    """A at the network's default layer, and the scores y, of one run."""
    kept = []
    handle = net.module.get_submodule(net.default_layer).register_forward_hook(lambda m, i, out: kept.append(out))
    y = net.module(x)
    handle.remove()
    return kept[0], y


@cache  # the slips behind the gradient all start from the same one
def at_layer(net, x, c, score):
    with torch.inference_mode(False), torch.enable_grad():  # whatever mode the notebook is in
        A, y = _run(net, x)
        dy_dA = torch.autograd.grad(score(y, c).sum(), A)[0]
    return A.detach(), dy_dA


SCORE = Stage(
    lambda y, c: y[:, c],
    (
        Slip(
            "softmax instead of the logit",
            "Take the score y[:, c] as it leaves the network. The softmax mixes in every other class, and "
            "its gradient vanishes where the network is sure.",
            lambda y, c: y.softmax(1)[:, c],
        ),
        Slip(
            "the logarithm of the softmax instead of the logit",
            "Take the score y[:, c] as it leaves the network; log-softmax mixes in every other class.",
            lambda y, c: y.log_softmax(1)[:, c],
        ),
        Slip(
            "the loss instead of the score",
            "The cross-entropy falls when the score rises: its gradient points the other way, and other "
            "classes are mixed in. Take y[:, c].",
            lambda y, c: -y.log_softmax(1)[:, c],
        ),
        Slip(
            "the gradient of the wrong class: the predicted one",
            "c is the class asked for, and it need not be the one with the highest score.",
            lambda y, c: y.amax(1),
        ),
        Slip(
            "the gradient of the wrong class: c - 1",
            "Classes are counted from 0, as Python does: y[:, c] is the score of class c.",
            lambda y, c: y[:, (c - 1) % y.shape[1]],
        ),
        Slip(
            "the gradient of the wrong class: c + 1",
            "Classes are counted from 0, as Python does: y[:, c] is the score of class c.",
            lambda y, c: y[:, (c + 1) % y.shape[1]],
        ),
        Slip(
            "the gradient of all classes together",
            "y.sum() adds the scores of all classes; the sum over pictures is y[:, c].sum().",
            lambda y, c: y.sum(1),
        ),
        Slip(
            "only the first picture has a gradient",
            "y[0, c] is the first picture's score. Pictures of a batch do not mix, so y[:, c].sum() has the "
            "gradient of each.",
            lambda y, c: y[0, c],
            pardoned=True,
        ),
        Slip(
            "the gradient was divided by the number of pictures",
            "y[:, c].mean() divides by the size of the batch; take .sum().",
            lambda y, c: y[:, c].mean(),
        ),
    ),
)

AVERAGE = Stage(  # (dy_dA) -> alpha, of a shape that multiplies A
    lambda g: g.mean((2, 3), keepdim=True),
    (
        Slip(
            "the weights are summed, not averaged",
            "alpha is the mean of dy/dA over the h w places: .mean((2, 3)). On the picture it is only a "
            "factor, but maps of different layers can then not be compared.",
            lambda g: g.sum((2, 3), keepdim=True),
        ),
        Slip(
            "the wrong axis: averaged over channels",
            "alpha is one number for each channel: average over the places, dimensions 2 and 3, not over dimension 1.",
            lambda g: g.mean(1, keepdim=True),
        ),
        Slip(
            "averaged over the rows only",
            "The places have two axes, rows and columns: .mean((2, 3)).",
            lambda g: g.mean(2, keepdim=True),
        ),
        Slip(
            "averaged over the columns only",
            "The places have two axes, rows and columns: .mean((2, 3)).",
            lambda g: g.mean(3, keepdim=True),
        ),
        Slip(
            "averaged over the batch too",
            "Each picture has weights of its own: average over dimensions 2 and 3, not over dimension 0.",
            lambda g: g.mean((0, 2, 3), keepdim=True),
        ),
        Slip(
            "ReLU on the gradient before the average",
            "Here negative gradients count: they are evidence against. (With a ReLU on the gradient one is "
            "on the way to Grad-CAM++ and Layer-CAM.)",
            lambda g: g.relu().mean((2, 3), keepdim=True),
        ),
        Slip(
            "ReLU on alpha",
            "A channel with a negative weight speaks against the class where it is active; keep the sign.",
            lambda g: g.mean((2, 3), keepdim=True).relu(),
        ),
        Slip(
            "the gradient of one place only",
            "Beyond a GAP head the gradient varies over the places: take its mean over all of them.",
            lambda g: g[:, :, :1, :1],
        ),
        Slip(
            "the absolute value of the gradient",
            "The sign tells evidence for from evidence against; keep it.",
            lambda g: g.abs().mean((2, 3), keepdim=True),
        ),
        Slip(
            "the largest gradient instead of the mean",
            "alpha is the mean of dy/dA over all places.",
            lambda g: g.amax((2, 3), keepdim=True),
        ),
        Slip(
            "the gradient is not averaged",
            "You multiplied place by place, and that is HiResCAM (cut at 0). Grad-CAM gives a channel one "
            "weight for all places: the mean of its gradient.",
            lambda g: g,
        ),
        Slip(
            "ReLU on the gradient, and no average",
            "Place by place, with the positive gradients only: that is Layer-CAM. Grad-CAM averages first, "
            "and keeps the sign.",
            lambda g: g.relu(),
        ),
        Slip(
            "the gradient is not used",
            "Every channel has the weight 1, so that all classes have the same map; weigh channel k with alpha_k.",
            lambda g: torch.ones_like(g),
        ),
    ),
)

MIX = Stage(  # (alpha, A) -> [B, h, w]
    lambda alpha, A: (alpha * A).sum(1),
    (
        Slip(
            "averaged over channels instead of summed",
            "The formula sums over k; the mean divides by the number of channels.",
            lambda alpha, A: (alpha * A).mean(1),
        ),
        Slip(
            "ReLU on every channel before the sum",
            "Channels that speak against c must be able to outweigh others: sum first, ReLU once, at the end.",
            lambda alpha, A: (alpha * A).relu().sum(1),
        ),
        Slip(
            "the activations are not used",
            "The gradient alone says where the score is sensitive; multiply it with A, what was found there.",
            lambda alpha, A: alpha.expand_as(A).sum(1),
        ),
        Slip(
            "the largest channel instead of the sum",
            "The formula adds up all channels.",
            lambda alpha, A: (alpha * A).amax(1),
        ),
        Slip(
            "no sum over the channels",
            "Each channel is weighed, but there is one map still for each: add them up, .sum(1).",
            lambda alpha, A: alpha * A,
        ),
        Slip(
            "summed over the batch, not over the channels",
            "Dimension 0 holds the pictures, dimension 1 the channels: .sum(1).",
            lambda alpha, A: (alpha * A).sum(0),
        ),
        Slip(
            "ReLU on A",
            "A goes into the sum as it is, negative values too.",
            lambda alpha, A: (alpha * A.relu()).sum(1),
        ),
    ),
)


def over_top(L):
    return L / L.amax((1, 2), keepdim=True)


def zero_to_one(L):
    low, high = L.amin((1, 2), keepdim=True), L.amax((1, 2), keepdim=True)
    return (L - low) / (high - low)


def laid(L, x):
    return F.interpolate(L[:, None], size=x.shape[2:], mode="bilinear", align_corners=False)[:, 0]


SHAPE_SLIPS = (  # on a finished map, (L, x) -> L
    Slip(
        "the map is divided by its maximum",
        "Return L as the formula gives it. Dividing is a matter of drawing, and afterwards strong and weak "
        "maps look the same.",
        lambda L, x: over_top(L),
    ),
    Slip(
        "the map is laid on the picture already",
        "Return L at the layer's own resolution [B, h, w]; enlarging is a matter of drawing.",
        laid,
    ),
    Slip(
        "an axis too many",
        "Expected is [B, h, w]: sum over the channels without keepdim.",
        lambda L, x: L[:, None],
    ),
    Slip(
        "rows and columns are exchanged",
        "Expected is [B, h, w]: rows first, then columns.",
        lambda L, x: L.mT,
    ),
    Slip(
        "only the first picture's map is returned",
        "x holds a batch; return [B, h, w].",
        lambda L, x: L[:1],
        pardoned=True,
    ),
)


def then(step, slips):
    """The same slips behind `step`."""
    return tuple(replace(s, step=lambda L, x, s=s: s.step(step(L), x)) for s in slips)


STRETCHED = Slip(
    "the map is stretched to 0..1",
    "Return L as the formula gives it. Subtracting the minimum also lights up places that have nothing to say.",
    lambda L, x: zero_to_one(L),
)
