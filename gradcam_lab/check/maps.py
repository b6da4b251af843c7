"""The exercises of lesson 3: CAM, the weights alpha, Grad-CAM, the counterfactual."""

import torch

from .engine import Case, Exercise, Slip, Stage
from .steps import AVERAGE, MIX, SCORE, SHAPE_SLIPS, STRETCHED, gradient, laid, over_top, then, zero_to_one
from .toys import NETWORKS, PLACES


def _solve(net, x, c, score, average, mix, finish):
    A, dy_dA = gradient(net, x, c, score)
    return finish(mix(average(dy_dA), A), x)


GRADCAM = Exercise(
    name="gradcam",
    answer="a map [B, h, w]",
    solve=_solve,
    stages={
        "score": SCORE,
        "average": AVERAGE,
        "mix": MIX,
        "finish": Stage(
            lambda L, x: L.relu(),
            (
                Slip(
                    "no ReLU",
                    "Without it the map also holds what speaks against the class, as negative values: end "
                    "with .relu().",
                    lambda L, x: L,
                ),
                Slip(
                    "the negative gradient",
                    "The sign is turned round: this map shows what speaks against c, the counterfactual.",
                    lambda L, x: (-L).relu(),
                ),
                Slip(
                    "the absolute value instead of the ReLU",
                    "Evidence against the class is then drawn like evidence for it; ReLU sets it to 0.",
                    lambda L, x: L.abs(),
                ),
                STRETCHED,
                *then(torch.relu, SHAPE_SLIPS),
            ),
        ),
    },
    cases=NETWORKS,
    praise="That is Grad-CAM, for any network and any layer.",
)


ALPHA = Exercise(
    name="alpha",
    answer="weights [B, K], one for each channel",
    solve=lambda net, x, c, score, average: average(gradient(net, x, c, score)[1]).squeeze((2, 3)),
    stages={
        "score": SCORE,
        "average": Stage(
            AVERAGE.right,
            (
                *(s for s in AVERAGE.slips if s.name != "the gradient is not used"),
                Slip(
                    "the wrong sign",
                    "alpha is positive where more of the channel raises the score.",
                    lambda g: -g.mean((2, 3), keepdim=True),
                ),
            ),
        ),
    },
    cases=NETWORKS,
    praise="One number for each channel: how fast the score rises when the channel rises everywhere.",
    spare_axes=True,
)


def _against(L):
    return (-L).relu()


COUNTERFACTUAL = Exercise(
    name="counterfactual",
    answer="a map [B, h, w]",
    solve=_solve,
    stages={
        "score": Stage(
            SCORE.right,
            (
                *SCORE.slips,
                Slip(
                    "evidence for the other classes, not against c",
                    "What speaks against c need not speak for another class. Negate the gradient of y[:, c] itself.",
                    lambda y, c: y[:, c] - y.sum(1),
                ),
            ),
        ),
        "average": AVERAGE,
        "mix": MIX,
        "finish": Stage(
            lambda L, x: _against(L),
            (
                Slip(
                    "the sign was not turned",
                    "This is Grad-CAM itself, evidence for c. Negate the gradient (once: twice is not at all).",
                    lambda L, x: L.relu(),
                ),
                Slip(
                    "negated after the ReLU",
                    "By then the evidence against c has been cut away. Negate first, then ReLU.",
                    lambda L, x: -L.relu(),
                ),
                Slip("no ReLU", "End with .relu(), as Grad-CAM does.", lambda L, x: -L),
                Slip(
                    "one minus the heat map",
                    "Where there is no evidence for c there need not be evidence against it. Negate the gradient.",
                    lambda L, x: 1 - over_top(L.relu()),
                ),
                Slip(
                    "the absolute value instead of the ReLU",
                    "Evidence for and against are then drawn alike.",
                    lambda L, x: L.abs(),
                ),
                Slip(STRETCHED.name, STRETCHED.help, lambda L, x: zero_to_one(-L)),
                *then(_against, SHAPE_SLIPS),
            ),
        ),
    },
    cases=NETWORKS,
    praise="That is what speaks against class c.",
)


def _tensors(seed, pictures, c):
    """A [B, 5, 3, 4], w [5, 5], a class; as many classes as channels, so that a column of w fits too."""
    random = torch.Generator().manual_seed(seed)
    return (
        torch.randn((pictures, 5, *PLACES), generator=random) + 0.3,
        torch.randn((5, 5), generator=random),
        c,
    )


def _broadcast(v):
    return v.reshape(1, -1, 1, 1)


def _pooled(w, A):
    return (w * A).sum(1).mean((1, 2))


CAM = Exercise(
    name="cam",
    answer="a map [B, h, w]",
    solve=lambda A, w, c, weights, mix, finish: finish(mix(_broadcast(weights(w, c)), A), None),
    stages={
        "weights": Stage(
            lambda w, c: w[c],
            (
                Slip(
                    "a column of w instead of a row",
                    "w is [C, K]: row c holds the weights of class c, w[c].",
                    lambda w, c: w[:, c],
                ),
                Slip(
                    "the weights of the wrong class: c - 1",
                    "Classes are counted from 0: w[c].",
                    lambda w, c: w[c - 1],
                ),
                Slip(
                    "the weights of all classes together",
                    "Take the one row w[c]; summed over classes, every class would have the same map.",
                    lambda w, c: w.sum(0),
                ),
                Slip(
                    "the weights are not used",
                    "Channel k counts w[c, k] times; without weights every class has the same map.",
                    lambda w, c: torch.ones_like(w[c]),
                ),
                Slip(
                    "ReLU on the weights",
                    "Negative weights are what the class does not want to see; they belong to the sum.",
                    lambda w, c: w[c].relu(),
                ),
                Slip(
                    "the absolute value of the weights",
                    "The sign tells for from against; keep it.",
                    lambda w, c: w[c].abs(),
                ),
                Slip(
                    "softmax on the weights",
                    "The weights go into the sum as they are.",
                    lambda w, c: w[c].softmax(0),
                ),
            ),
        ),
        "mix": Stage(
            MIX.right,
            (
                *(s for s in MIX.slips if s.name != "the activations are not used"),
                Slip(
                    "pooled to a single number",
                    "That is the score. The map is what the sum over k gives before the places are averaged.",
                    _pooled,
                ),
            ),
        ),
        "finish": Stage(
            lambda L, x: L,
            (
                Slip(
                    "a ReLU at the end",
                    "CAM has none (Zhou et al., eq. 2): what speaks against the class stays, as negative "
                    "values. The ReLU came with Grad-CAM.",
                    lambda L, x: L.relu(),
                ),
                Slip(
                    "the absolute value of the map",
                    "The sign tells for from against; keep it.",
                    lambda L, x: L.abs(),
                ),
                Slip(
                    "divided by the number of places",
                    "That is Grad-CAM's scale; CAM is the plain sum over k.",
                    lambda L, x: L / (PLACES[0] * PLACES[1]),
                ),
                STRETCHED,
                *(s for s in SHAPE_SLIPS if s.step is not laid),
            ),
        ),
    },
    cases=(
        Case("one picture", lambda: _tensors(seed=0, pictures=1, c=3)),
        Case("two pictures at once", lambda: _tensors(seed=1, pictures=2, c=1), batch=True),
    ),
    praise="That is CAM: the head's own weights, place by place.",
)
