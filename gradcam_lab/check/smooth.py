"""The exercise of lesson 7 on Smooth Grad-CAM++: weights from the gradients of noisy copies."""

import torch

from .engine import Case, Exercise, Slip, Stage, mark
from .plusplus import EVERYWHERE, only_positive, total
from .toys import CHANNELS, PLACES


def _means(gs):
    return [(gs**power).mean(0) for power in (1, 2, 3)]


def _smooth_alpha(A, gs):
    _, D2, D3 = _means(gs)
    return D2 / (2 * D2 + D3 * total(A))


def _clean(A, g):
    return only_positive(1 / (2 + g * total(A)), g)


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


def smooth_pp(answer):
    """Lesson 7. `answer(A, gs)` -> weights [K] of Smooth Grad-CAM++; A [K, h, w], gs [n, K, h, w] of n noisy copies."""
    return mark(SMOOTH_PP, answer)


def _copies(seed, n, channels=CHANNELS):
    """A [K, h, w] as behind a ReLU, gs [n, K, h, w]: gradients that vary from copy to copy, of both signs."""
    random = torch.Generator().manual_seed(seed)
    A = (torch.rand((channels, *PLACES), generator=random) - 0.3).relu()
    common = torch.randn((channels, *PLACES), generator=random).sign() * 0.5
    return A, common + 0.4 * torch.randn((n, channels, *PLACES), generator=random)
