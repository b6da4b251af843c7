"""The exercises of lesson 7: alpha of Grad-CAM++, the map, and the weights of Smooth Grad-CAM++."""

import torch
from torch import nn

from .engine import Case, Exercise, Slip, Stage
from .maps import GRADCAM
from .steps import MIX, SCORE, gradient
from .toys import CHANNELS, PLACES, earlier, fully_connected, gap, network

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


def _only_positive(alpha, g):
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
            _only_positive,
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
                    lambda alpha, g: torch.where(g == 0, 0.5, _only_positive(alpha, g)),
                ),
                Slip(
                    "0/0 where the gradient is 0, or so small that its square is",
                    "A product with (g > 0) does not help: 0 times NaN is NaN. Divide both sides of the fraction by "
                    "g², and choose with torch.where(g > 0, alpha, 0).",
                    lambda alpha, g: torch.where(g**2 == 0, torch.nan, _only_positive(alpha, g)),
                ),
                Slip(
                    "alpha where the gradient is negative",
                    "Turned round: alpha is wanted where g > 0.",
                    lambda alpha, g: torch.where(g < 0, alpha, 0),
                ),
                Slip(
                    "alpha is divided by its sum over the places",
                    "So does the authors' own code, and then it is a weighted mean. Equation 19 does not divide.",
                    lambda alpha, g: _only_positive(alpha, g) / total(_only_positive(alpha, g)).clamp_min(1e-30),
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


def _tensors(seed, size=1.0, pictures=1, zeros=True):
    """A [B, 3, 3, 4] as behind a ReLU, a third of it 0; gradients of `size` of both signs, some of them 0."""
    random = torch.Generator().manual_seed(seed)
    shape = (pictures, 3, *PLACES)
    A = (torch.rand(shape, generator=random) - 0.3).relu()
    g = 0.3 + torch.rand(shape, generator=random)
    if zeros:
        g = g * (torch.rand(shape, generator=random) > 0.15)
    return A, size * g * torch.where(torch.rand(shape, generator=random) > 0.4, 1.0, -1.0)


# ---------------------------------------------------------------- the map


def _solve(net, x, c, score, alpha, weigh, mix, finish):
    A, g = gradient(net, x, c, score)
    return finish(mix(weigh(alpha(A, g), g), A), x)


def _weight(alpha, g):
    return (_only_positive(alpha, g) * g).sum((2, 3), keepdim=True)


def _normalised(alpha, g):
    kept = _only_positive(alpha, g)
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
                    lambda alpha, g: _only_positive(alpha, g).sum((2, 3), keepdim=True),
                ),
                Slip(
                    "no sum over the places",
                    "A channel has one weight: sum alpha ReLU(g) over dimensions 2 and 3. (A weight for each place: "
                    "that is the idea of Layer-CAM.)",
                    lambda alpha, g: _only_positive(alpha, g) * g,
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
                    lambda alpha, g: (_only_positive(alpha, g) * g).sum(1, keepdim=True),
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


def _rectified(*given, **options):
    """As `network`, with a ReLU behind the convolution: A is not negative, as the derivation takes for granted."""
    net, x, c = network(*given, **options)
    net.features = nn.Sequential(net.features, nn.ReLU())
    return net, x, c


# ---------------------------------------------------------------- Smooth Grad-CAM++


def _means(gs):
    return [(gs**power).mean(0) for power in (1, 2, 3)]


def _smooth_alpha(A, gs):
    _, D2, D3 = _means(gs)
    return D2 / (2 * D2 + D3 * total(A))


def _clean(A, g):
    return _only_positive(1 / (2 + g * total(A)), g)


SMOOTH_PP = Exercise(
    name="smooth_pp",
    answer="weights [K], one for each channel",
    solve=lambda A, gs, alpha, factor, add: add(alpha(A, gs) * factor(gs), A, gs),
    stages={
        "alpha": Stage(
            _smooth_alpha,
            (
                Slip(
                    "D1 in the numerator of alpha, as printed",
                    "So the paper prints it, but its derivation, like equation 19, has the second derivative there: "
                    "D2 / (2 D2 + D3 times the sum of A).",
                    lambda A, gs: _means(gs)[0] / (2 * _means(gs)[1] + _means(gs)[2] * total(A)),
                ),
                Slip(
                    "powers of the mean, not means of the powers",
                    "D2 is the mean of g², not the square of the mean of g. (From the mean gradient alone one gets "
                    "Grad-CAM++ of that gradient.)",
                    lambda A, gs: _clean(A, gs.mean(0)),
                ),
                Slip(
                    "the mean of the alphas",
                    "Average the derivatives g, g² and g³ first, and build one alpha of the three means. The mean of "
                    "n finished alphas is another thing.",
                    lambda A, gs: (1 / (2 + gs.relu() * total(A))).mean(0),
                ),
                Slip(
                    "sums for D2 and D3 here and a mean there",
                    "All three are means over the n copies.",
                    lambda A, gs: _means(gs)[1] / (2 * _means(gs)[1] * len(gs) + _means(gs)[2] * total(A)),
                ),
                Slip(
                    "A D3 is summed at equal places",
                    "D3 of this place is multiplied by the sum of A over all places, as in equation 19.",
                    lambda A, gs: _means(gs)[1] / (2 * _means(gs)[1] + total(A * _means(gs)[2])),
                ),
                Slip(
                    "the sum of A is missing",
                    "In the denominator D3 is multiplied by the sum of A over all places.",
                    lambda A, gs: _means(gs)[1] / (2 * _means(gs)[1] + _means(gs)[2]),
                ),
                Slip(
                    "the factor 2 is missing",
                    "In the denominator D2 stands twice.",
                    lambda A, gs: _means(gs)[1] / (_means(gs)[1] + _means(gs)[2] * total(A)),
                ),
                Slip(
                    "alpha is not used",
                    "Each place counts alpha times ReLU(D1).",
                    lambda A, gs: torch.ones_like(gs[0]),
                ),
            ),
        ),
        "factor": Stage(
            lambda gs: gs.mean(0).relu(),
            (
                Slip(
                    "no ReLU on D1",
                    "Multiply alpha by ReLU(D1): places with a negative mean gradient do not count.",
                    lambda gs: gs.mean(0),
                ),
                Slip(
                    "the mean of ReLU(g), not ReLU of the mean",
                    "Average first, then cut: ReLU(D1).",
                    lambda gs: gs.relu().mean(0),
                ),
                Slip(
                    "the last copy's gradient in place of D1",
                    "A loop's variable still holds the last copy when the loop is over. Use the mean, D1.",
                    lambda gs: gs[-1].relu(),
                ),
                Slip(
                    "the first copy's gradient in place of D1",
                    "Use the mean over all copies, D1.",
                    lambda gs: gs[0].relu(),
                ),
                Slip(
                    "the copies are summed, not averaged",
                    "D1 is the mean over the n copies. On the picture it is only a factor.",
                    lambda gs: gs.sum(0).relu(),
                ),
                Slip(
                    "D1 is missing: alpha alone",
                    "The weight is the sum of alpha times ReLU(D1).",
                    lambda gs: (gs.mean(0) > 0).to(gs),
                ),
            ),
        ),
        "add": Stage(
            lambda summands, A, gs: summands.sum(EVERYWHERE),
            (
                Slip(
                    "the mean of n finished weights",
                    "Each copy was given an alpha and a weight of its own, and the weights were averaged. Average the "
                    "derivatives g, g² and g³ first; then comes one alpha and one weight.",
                    lambda summands, A, gs: (_clean(A, gs) * gs).sum(EVERYWHERE).mean(0),
                ),
                Slip(
                    "the weights are averaged, not summed",
                    "The weight of a channel is the sum over its places.",
                    lambda summands, A, gs: summands.mean(EVERYWHERE),
                ),
                Slip(
                    "no sum over the places",
                    "A channel has one weight: sum over the places.",
                    lambda summands, A, gs: summands,
                ),
                Slip(
                    "summed over the channels",
                    "A channel has one weight: sum over the places, the last two dimensions.",
                    lambda summands, A, gs: summands.sum(0),
                ),
            ),
        ),
    },
    cases=(
        Case("five noisy copies", lambda: _copies(seed=0, n=5)),
        Case("three copies and one channel more", lambda: _copies(seed=1, n=3, channels=CHANNELS + 1)),
    ),
    praise="Three means, one alpha: the derivatives are averaged, not the maps.",
)


def _copies(seed, n, channels=CHANNELS):
    """A [K, h, w] as behind a ReLU, gs [n, K, h, w]: gradients that vary from copy to copy, of both signs."""
    random = torch.Generator().manual_seed(seed)
    A = (torch.rand((channels, *PLACES), generator=random) - 0.3).relu()
    common = torch.randn((channels, *PLACES), generator=random).sign() * 0.5
    return A, common + 0.4 * torch.randn((n, channels, *PLACES), generator=random)
