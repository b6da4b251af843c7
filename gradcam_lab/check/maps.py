"""The exercises of lesson 3: CAM, the weights alpha, Grad-CAM, the counterfactual."""

from dataclasses import replace

import torch

from .engine import Case, Exercise, Slip, Stage, mark
from .steps import AVERAGE, MIX, SCORE, SHAPE_SLIPS, STRETCHED, at_layer, laid, over_top, then, zero_to_one
from .toys import NETWORKS, PLACES


def _solve(net, x, c, score, average, mix, finish):
    A, dy_dA = at_layer(net, x, c, score)
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
                Slip(
                    "the minimum was subtracted",
                    "0 means: nothing to say here. End with .relu(): subtracting the minimum lights them up.",
                    lambda L, x: L - L.amin((1, 2), keepdim=True),
                ),
                *then(torch.relu, SHAPE_SLIPS),
            ),
        ),
    },
    cases=NETWORKS,
    praise="That is Grad-CAM, for any network and any layer.",
)


def gradcam(answer):
    """Lesson 3. `answer(net, x, c)` -> L [B, h, w]: Grad-CAM at `net.default_layer`, not normalised.

    `net.module` is the torch.nn.Module, `net.default_layer` the name of a layer, x [B, 3, H, W], c an index.
    """
    return mark(GRADCAM, answer)


RAW = "Expected is one number for each channel, [B, K]: average dy/dA over the places, dimensions 2 and 3."
ALPHA_WORDS = {  # where the finished map would be another method's, the weights alone are something else
    "the gradient is not averaged": ("the raw gradient is returned", RAW),
    "ReLU on the gradient, and no average": ("the raw gradient is returned, cut at 0", RAW),
}


def _in_words_of_alpha(slip):
    name, words = ALPHA_WORDS.get(slip.name, (slip.name, slip.help))
    return replace(slip, name=name, help=words)


ALPHA = Exercise(
    name="alpha",
    answer="weights [B, K], one for each channel",
    solve=lambda net, x, c, score, average: average(at_layer(net, x, c, score)[1]).squeeze((2, 3)),
    stages={
        "score": SCORE,
        "average": Stage(
            AVERAGE.right,
            (
                *(_in_words_of_alpha(s) for s in AVERAGE.slips if s.name != "the gradient is not used"),
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


def alpha(answer):
    """Lesson 3. `answer(net, x, c)` -> alpha [B, K] at the layer `net.default_layer`; else as `gradcam`."""
    return mark(ALPHA, answer)


def _against(L):
    return (-L).relu()


def _top(L):
    return L.amax((1, 2), keepdim=True)


MIX_AGAINST = Stage(  # as MIX, but the ReLU on every channel keeps what speaks against
    MIX.right,
    tuple(
        replace(s, step=lambda alpha, A: -(-alpha * A).relu().sum(1)) if s.name.startswith("ReLU on every") else s
        for s in MIX.slips
    ),
)


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
        "mix": MIX_AGAINST,
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
                Slip(
                    "negated after the ReLU",
                    "By then the evidence against c has been cut away, and the second ReLU leaves only zeros. "
                    "Negate first, then ReLU.",
                    lambda L, x: (-L.relu()).relu(),
                ),
                Slip(
                    "the negative part with its sign",
                    "What clamp(max=0) keeps is the evidence against c, but below 0. Negate, then ReLU: it is "
                    "a map of positive numbers.",
                    lambda L, x: L.clamp(max=0),
                ),
                Slip(
                    "the maximum minus the map",
                    "Where there is no evidence for c there need not be evidence against it. Negate the gradient.",
                    lambda L, x: _top(L) - L,
                ),
                Slip(
                    "the maximum minus the map",
                    "Where there is no evidence for c there need not be evidence against it. Negate the gradient.",
                    lambda L, x: _top(L.relu()) - L.relu(),
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


def counterfactual(answer):
    """Lesson 3. `answer(net, x, c)` -> L [B, h, w], what speaks against class c; else as `gradcam`."""
    return mark(COUNTERFACTUAL, answer)


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
                    "the weights of the wrong class: c + 1",
                    "Classes are counted from 0: w[c].",
                    lambda w, c: w[(c + 1) % len(w)],
                ),
                Slip(
                    "the weights of the first class, whatever c is",
                    "w[0] belongs to class 0; take row c.",
                    lambda w, c: w[0],
                ),
                Slip(
                    "the wrong sign",
                    "A positive weight speaks for the class: w[c], without a minus.",
                    lambda w, c: -w[c],
                ),
                Slip(
                    "channel c alone",
                    "Channels are not classes. Every channel goes into the map of class c, with the weight w[c, k].",
                    lambda w, c: torch.eye(len(w))[c],
                ),
                Slip(
                    "channel c alone, with its weight",
                    "Channels are not classes. Sum over all k, each with the weight w[c, k].",
                    lambda w, c: w[c, c] * torch.eye(len(w))[c],
                ),
                Slip(
                    "the weights are squared",
                    "The weights go into the sum as they are, with their sign.",
                    lambda w, c: w[c] ** 2,
                ),
                Slip(
                    "softmax over the classes",
                    "The weights go into the sum as they are; a softmax belongs to scores.",
                    lambda w, c: w.softmax(0)[c],
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


def cam(answer):
    """Lesson 3. `answer(A, w, c)` -> L [B, h, w]: CAM from A [B, K, h, w] and the head's weights w [C, K]."""
    return mark(CAM, answer)
