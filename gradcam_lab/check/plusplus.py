"""The exercises of lesson 7: alpha of Grad-CAM++, the map, and the weights of Smooth Grad-CAM++."""

import torch
from torch import nn

from .engine import Case, Exercise, Slip, Stage, mark
from .maps import GRADCAM
from .steps import MIX, SCORE, at_layer
from .toys import PLACES, earlier, fully_connected, gap, network

EVERYWHERE = (-2, -1)  # the axes of the places, with a batch before them or without


def total(A):
    return A.sum(EVERYWHERE, keepdim=True)


def _alpha(A, g):
    return 1 / (2 + g * total(A))


def _printed(g, behind, two=2):
    """g^2 / (two g^2 + behind), with the powers as they are printed."""
    return g**2 / (two * g**2 + behind)


SUM_SLIPS = (  # on alpha as a function of (A, g); they show wherever the numbers are ordinary
    Slip(
        "A g³ is summed at equal places",
        "Equation 19 multiplies g³ of this place by the sum of A over all places, ab. The two sums have indices of "
        "their own: first A.sum((2, 3), keepdim=True), then times g³.",
        lambda A, g: _printed(g, total(A * g**3)),
    ),
    Slip(
        "A g is summed at equal places",
        "In the denominator g of this place is multiplied by the sum of A over all places: first "
        "A.sum((2, 3), keepdim=True), then times g.",
        lambda A, g: 1 / (2 + total(A * g)),
    ),
    Slip(
        "A of this place instead of its sum",
        "Behind g³ stands the sum of A over all places of the channel: A.sum((2, 3), keepdim=True).",
        lambda A, g: 1 / (2 + g * A),
    ),
    Slip(
        "the mean of A instead of its sum",
        "Equation 19 sums A over all places; the mean is smaller by the factor h w.",
        lambda A, g: 1 / (2 + g * A.mean(EVERYWHERE, keepdim=True)),
    ),
    Slip(
        "A is summed over the channels",
        "Each channel has a sum of its own: sum over dimensions 2 and 3 only.",
        lambda A, g: 1 / (2 + g * A.sum((-3, -2, -1), keepdim=True)),
    ),
    Slip(
        "A is summed over everything",
        "Each picture and each channel has a sum of its own: A.sum((2, 3), keepdim=True).",
        lambda A, g: 1 / (2 + g * A.sum()),
    ),
    Slip(
        "the gradient is summed in place of A",
        "What multiplies g³ is the sum of the activations A, not of the gradients.",
        lambda A, g: 1 / (2 + g * total(g)),
    ),
    Slip(
        "the sum of A is missing",
        "In the denominator g³ is multiplied by the sum of A over all places.",
        lambda A, g: 1 / (2 + g),
    ),
    Slip(
        "the factor 2 is missing",
        "The second derivative stands twice in the denominator (equation 9: the product rule gives it twice).",
        lambda A, g: 1 / (1 + g * total(A)),
    ),
    Slip(
        "the second derivative in place of the third",
        "In the denominator the sum of A multiplies the third derivative, g³, not g².",
        lambda A, g: 1 / (2 + total(A)) + 0 * g,
    ),
    Slip(
        "one half everywhere: the denominator's second term is missing",
        "g²/(2 g²) is one half at every place. Add g³ times the sum of A.",
        lambda A, g: 0.5 + 0 * g,
    ),
)


def _unguarded(A, g):
    """Powers in the precision of the gradient, and a denominator of 0 replaced by 1: then alpha is 0."""
    below = 2 * g**2 + g**3 * total(A)
    return g**2 / torch.where(below == 0, 1, below)


NUMERICAL_SLIPS = (
    Slip(
        "an epsilon in the denominator",
        "Where g is 1e-15, g² is 1e-30, and an epsilon of 1e-6 or 1e-12 decides alone: alpha is then nearly 0, where "
        "it should be nearly one half. Divide both sides of the fraction by g², and no epsilon is needed.",
        lambda A, g: g**2 / (2 * g**2 + g**3 * total(A) + 1e-7),
    ),
    Slip(
        "the squares underflow",
        "The square of 1e-23 is 0 in float32, and 0/0 is not a number. Divide both sides of the fraction by g².",
        lambda A, g: _printed(g, g**3 * total(A)),
    ),
    Slip(
        "the squares underflow, and alpha is 0 there",
        "The square of 1e-23 is 0 in float32. Guarding the division hides that: alpha is nearly one half there, not "
        "0. Divide both sides of the fraction by g².",
        _unguarded,
    ),
)


def only_positive(alpha, g):
    return torch.where(g > 0, alpha, 0)


ALPHA_PP = Exercise(
    name="alpha_pp",
    answer="alpha [B, K, h, w], one number for each place of each channel",
    solve=lambda A, g, alpha, keep: keep(alpha(A, g), g),
    stages={
        "alpha": Stage(
            _alpha,
            (
                *SUM_SLIPS,
                *NUMERICAL_SLIPS,
                Slip(
                    "A is summed over the batch too",
                    "Each picture has sums of its own: sum over dimensions 2 and 3 only.",
                    lambda A, g: 1 / (2 + g * A.sum((0, 2, 3), keepdim=True)),
                ),
                Slip(
                    "g in the numerator, not g²",
                    "The numerator is the second derivative, g².",
                    lambda A, g: g / (2 * g**2 + g**3 * total(A)),
                ),
                Slip(
                    "g in the numerator, not g²",
                    "The numerator is the second derivative, g².",
                    lambda A, g: 1 / g / (2 + g * total(A)),
                ),
                Slip(
                    "alpha is multiplied by the gradient already",
                    "That is the weight's summand. Exercise 2 multiplies; return alpha alone.",
                    lambda A, g: g / (2 + g * total(A)),
                ),
            ),
        ),
        "keep": Stage(
            only_positive,
            (
                Slip(
                    "alpha is not 0 where the gradient is not positive",
                    "Such places never count, since alpha is multiplied by ReLU(g), and below 0 the denominator can "
                    "be 0. Return 0 there: torch.where(g > 0, alpha, 0).",
                    lambda alpha, g: alpha,
                ),
                Slip(
                    "alpha is one half where the gradient is not positive",
                    "So it is with g.relu() in the denominator. A map takes no harm, since alpha is multiplied by "
                    "ReLU(g), but asked for is 0 there: torch.where(g > 0, alpha, 0).",
                    lambda alpha, g: torch.where(g > 0, alpha, 0.5),
                ),
                Slip(
                    "alpha is not 0 where the gradient is 0",
                    "0 is not positive: g > 0, not g >= 0.",
                    lambda alpha, g: torch.where(g == 0, 0.5, only_positive(alpha, g)),
                ),
                Slip(
                    "0/0 where the gradient is 0, or so small that its square is",
                    "A product with (g > 0) does not help: 0 times NaN is NaN. Divide both sides of the fraction by "
                    "g², and choose with torch.where(g > 0, alpha, 0).",
                    lambda alpha, g: torch.where(g**2 == 0, torch.nan, only_positive(alpha, g)),
                ),
                Slip(
                    "alpha where the gradient is negative",
                    "Turned round: alpha is wanted where g > 0.",
                    lambda alpha, g: torch.where(g < 0, alpha, 0),
                ),
                Slip(
                    "alpha is divided by its sum over the places",
                    "So does the authors' own code, and then it is a weighted mean. Equation 19 does not divide.",
                    lambda alpha, g: only_positive(alpha, g) / total(only_positive(alpha, g)).clamp_min(1e-30),
                ),
            ),
        ),
    },
    cases=(
        Case("gradients of an ordinary size", lambda: _tensors(seed=0)),
        Case("gradients of 1e-15", lambda: _tensors(seed=1, size=1e-15, zeros=False)),
        Case("gradients of 1e-23", lambda: _tensors(seed=2, size=1e-23)),
        Case("two pictures at once", lambda: _tensors(seed=3, pictures=2), batch=True),
    ),
    praise="No power, no epsilon: where g > 0 alpha is 1 / (2 + g times the sum of A).",
)


def alpha_pp(answer):
    """Lesson 7. `answer(A, g)` -> alpha [B, K, h, w] of Grad-CAM++ (eq. 19), 0 where g [B, K, h, w] is not positive."""
    return mark(ALPHA_PP, answer)


def _tensors(seed, size=1.0, pictures=1, zeros=True):
    """A [B, 3, 3, 4] as behind a ReLU, a third of it 0; gradients of `size` of both signs, some of them 0."""
    random = torch.Generator().manual_seed(seed)
    shape = (pictures, 3, *PLACES)
    A = (torch.rand(shape, generator=random) - 0.3).relu()
    g = 0.3 + torch.rand(shape, generator=random)
    if zeros:
        g = g * (torch.rand(shape, generator=random) > 0.15)
    return A, size * g * torch.where(torch.rand(shape, generator=random) > 0.4, 1.0, -1.0)


def _solve(net, x, c, score, alpha, weigh, mix, finish):
    A, g = at_layer(net, x, c, score)
    return finish(mix(weigh(alpha(A, g), g), A), x)


def _weight(alpha, g):
    return (only_positive(alpha, g) * g).sum((2, 3), keepdim=True)


def _normalised(alpha, g):
    kept = only_positive(alpha, g)
    return (kept * g).sum((2, 3), keepdim=True) / kept.sum((2, 3), keepdim=True).clamp_min(1e-12)


GRADCAM_PP = Exercise(
    name="gradcam_pp",
    answer="a map [B, h, w]",
    solve=_solve,
    stages={
        "score": Stage(
            SCORE.right,
            (
                *SCORE.slips,
                Slip(
                    "the gradient of exp(S) in place of that of S",
                    "In equation 19 g is the gradient of the score S itself. The exponential has done its work: it is "
                    "where g² and g³ come from.",
                    lambda y, c: y[:, c].exp(),
                ),
            ),
        ),
        "alpha": Stage(_alpha, SUM_SLIPS),
        "weigh": Stage(
            _weight,
            (
                Slip(
                    "the weights are averaged, not summed",
                    "The weight is the sum over the places: alpha is there to make a mean of it, in its own way.",
                    lambda alpha, g: _weight(alpha, g) / g[0, 0].numel(),
                ),
                Slip(
                    "no ReLU on the gradient",
                    "Equation 5 multiplies alpha by ReLU(g): places with a negative gradient do not count.",
                    lambda alpha, g: (alpha * g).sum((2, 3), keepdim=True),
                ),
                Slip(
                    "ReLU on the weight instead of on the gradient",
                    "Negative gradients go first: ReLU(g), then times alpha, then the sum.",
                    lambda alpha, g: (alpha * g).sum((2, 3), keepdim=True).relu(),
                ),
                Slip(
                    "the absolute value of the gradient",
                    "Only what raises the score counts: ReLU(g).",
                    lambda alpha, g: (alpha * g.abs()).sum((2, 3), keepdim=True),
                ),
                Slip(
                    "the gradient is missing: alpha alone",
                    "The weight is the sum of alpha times ReLU(g).",
                    lambda alpha, g: only_positive(alpha, g).sum((2, 3), keepdim=True),
                ),
                Slip(
                    "no sum over the places",
                    "A channel has one weight: sum alpha ReLU(g) over dimensions 2 and 3. (A weight for each place: "
                    "that is the idea of Layer-CAM.)",
                    lambda alpha, g: only_positive(alpha, g) * g,
                ),
                Slip(
                    "the weights are those of Grad-CAM",
                    "That is the mean of the gradient, without alpha and without a ReLU.",
                    lambda alpha, g: g.mean((2, 3), keepdim=True),
                ),
                Slip(
                    "Grad-CAM with positive gradients",
                    "That is the mean of ReLU(g), without alpha. It is much like Grad-CAM++, and section 6 measures "
                    "how much, but it is not Grad-CAM++.",
                    lambda alpha, g: g.relu().mean((2, 3), keepdim=True),
                ),
                Slip(
                    "alpha is divided by its sum over the places",
                    "So does the authors' own code, and then the weight is a weighted mean of ReLU(g). Equation 19 "
                    "does not divide.",
                    _normalised,
                ),
                Slip(
                    "summed over the channels",
                    "A channel has one weight: sum over the places, dimensions 2 and 3.",
                    lambda alpha, g: (only_positive(alpha, g) * g).sum(1, keepdim=True),
                ),
            ),
        ),
        "mix": Stage(MIX.right, tuple(slip for slip in MIX.slips if not slip.name.startswith("ReLU on every"))),
        "finish": GRADCAM.stages["finish"],
    },
    cases=(
        Case("a GAP head", lambda: _rectified(gap, seed=4, rank=-1)),
        Case("an earlier layer", lambda: _rectified(earlier, seed=1, rank=-2)),
        Case("a layer without a ReLU", lambda: network(earlier, seed=9, rank=-1)),
        Case("two pictures at once", lambda: _rectified(fully_connected, seed=6, pictures=2, rank=-2), batch=True),
    ),
    praise="That is Grad-CAM++, for any network and any layer.",
)


def gradcam_pp(answer):
    """Lesson 7. `answer(net, x, c)` -> L [B, h, w]: Grad-CAM++ at `net.default_layer`; else as `gradcam`."""
    return mark(GRADCAM_PP, answer)


def _rectified(*given, **options):
    """As `network`, with a ReLU behind the convolution: A is not negative, as the derivation takes for granted."""
    net, x, c = network(*given, **options)
    net.features = nn.Sequential(net.features, nn.ReLU())
    return net, x, c
