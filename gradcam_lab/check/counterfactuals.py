"""The exercises of lesson 5: evidence for and against, erasing what a map marks, the effect of it."""

import numpy as np
import torch

from .engine import Case, Exercise, Slip, Stage, mark
from .toys import PLACES, earlier, fully_connected, gap, network


def _evidence(A, dy_dA, alpha, split):
    return split(alpha(dy_dA), A)


def _of_sum(cut):
    """A step that cuts the signed sum S [B, h, w] of the weighted channels into two maps."""
    return lambda alpha, A: torch.stack(cut((alpha * A).sum(1)))


EVIDENCE = Exercise(
    name="evidence",
    answer="two maps [2, B, h, w], first for, then against",
    solve=_evidence,
    stages={
        "alpha": Stage(
            lambda g: g.mean((2, 3), keepdim=True),
            (
                Slip(
                    "the sum instead of the mean",
                    "alpha is the average of dy/dA over the places; a sum is h w times too large.",
                    lambda g: g.sum((2, 3), keepdim=True),
                ),
                Slip(
                    "the gradient is not averaged",
                    "dy_dA * A, place by place, is HiResCAM. Average the gradient over the places first.",
                    lambda g: g,
                ),
                Slip(
                    "the mean over channels",
                    "alpha has one number for each channel: average over the places, dimensions 2 and 3.",
                    lambda g: g.mean(1, keepdim=True),
                ),
            ),
        ),
        "split": Stage(
            _of_sum(lambda S: (S.relu(), (-S).relu())),
            (
                Slip(
                    "ReLU on every channel",
                    "Channels for and against the class should cancel at a place first: sum over them, then cut.",
                    lambda alpha, A: torch.stack([(alpha * A).relu().sum(1), (-alpha * A).relu().sum(1)]),
                ),
                Slip(
                    "the weights are cut at 0",
                    "A channel with a negative weight belongs to the sum as well: cut S, not alpha.",
                    lambda alpha, A: torch.stack(
                        [(alpha.relu() * A).sum(1).relu(), ((-alpha).relu() * A).sum(1).relu()]
                    ),
                ),
                Slip(
                    "a mean over the channels instead of the sum",
                    "The channels are added up; a mean is K times too small.",
                    lambda alpha, A: torch.stack([(alpha * A).mean(1).relu(), (-alpha * A).mean(1).relu()]),
                ),
                Slip(
                    "the other way round",
                    "First what speaks for the class, S.relu(), then what speaks against it.",
                    _of_sum(lambda S: ((-S).relu(), S.relu())),
                ),
                Slip(
                    "what speaks against is below 0",
                    "clamp(max=0) keeps it with its minus sign. A map is of positive numbers: (-S).relu().",
                    _of_sum(lambda S: (S.relu(), S.clamp(max=0))),
                ),
                Slip(
                    "negated after the ReLU",
                    "By then what speaks against is cut away. Turn the sign of S first, then cut: (-S).relu().",
                    _of_sum(lambda S: (S.relu(), -S.relu())),
                ),
                Slip(
                    "negated after the ReLU",
                    "By then what speaks against is cut away, and the second ReLU leaves only zeros. "
                    "Turn the sign of S first, then cut.",
                    _of_sum(lambda S: (S.relu(), (-S.relu()).relu())),
                ),
                Slip(
                    "no ReLU",
                    "Each map keeps one side only: cut both below 0.",
                    _of_sum(lambda S: (S, -S)),
                ),
                Slip(
                    "the absolute value",
                    "Then both maps hold both. Each keeps one side of S: ReLU(S), and ReLU(-S).",
                    _of_sum(lambda S: (S.abs(), S.abs())),
                ),
                Slip(
                    "one minus the map",
                    "Where nothing speaks for a class there need not be anything against it.",
                    _of_sum(lambda S: (S.relu(), 1 - S.relu())),
                ),
                Slip(
                    "the maximum minus the map",
                    "Where nothing speaks for a class there need not be anything against it.",
                    _of_sum(lambda S: (S.relu(), S.relu().amax((1, 2), keepdim=True) - S.relu())),
                ),
            ),
        ),
    },
    cases=(
        Case("random tensors", lambda: _tensors(1, 1)),
        Case("other random tensors", lambda: _tensors(2, 1)),
        Case("three pictures at once", lambda: _tensors(3, 3), batch=True),
    ),
    praise="Two halves of one signed sum.",
)


def evidence(answer):
    """Lesson 5. `answer(A, dy_dA)` -> [2, B, h, w]: what speaks for the class, and what speaks against it."""
    return mark(EVIDENCE, answer)


def _tensors(seed, pictures):
    random = torch.Generator().manual_seed(seed)
    A = torch.randn((pictures, 5, *PLACES), generator=random) + 0.3
    return A, torch.randn(A.shape, generator=random)


def _erase(x, heat, share, choose, fill):
    heat = np.asarray(heat, dtype=float)
    mask = torch.from_numpy(choose(heat, share).reshape(heat.shape))
    return fill(torch.as_tensor(x).clone(), mask)


def _ranked(heat, k, hottest=True):
    """Flat mask of the k hottest (or coldest) pixels."""
    order = np.argsort(heat, axis=None)
    mask = np.zeros(heat.size, bool)
    mask[order[heat.size - k :] if hottest else order[:k]] = True
    return mask


def _many(heat, share):
    return round(share * heat.size)


ERASE = Exercise(
    name="erase",
    answer="a picture [C, H, W]",
    solve=_erase,
    stages={
        "choose": Stage(
            lambda heat, share: _ranked(heat, _many(heat, share)),
            (
                Slip(
                    "a share of the maximum, not of the pixels",
                    "heat > share * heat.max() marks many pixels or few, as the map is. Take the k hottest, "
                    "k = round(share * heat.size), so that two maps erase as much.",
                    lambda heat, share: heat > share * heat.max(),
                ),
                Slip(
                    "a share of the maximum, not of the pixels",
                    "heat > (1 - share) * heat.max() marks many pixels or few, as the map is. Take the k hottest, "
                    "k = round(share * heat.size), so that two maps erase as much.",
                    lambda heat, share: heat > (1 - share) * heat.max(),
                ),
                Slip(
                    "the coldest pixels, not the hottest",
                    "np.argsort sorts upwards: the hottest are at its end.",
                    lambda heat, share: _ranked(heat, _many(heat, share), hottest=False),
                ),
                Slip(
                    "all but the hottest",
                    "What the map marks is to go, and the rest stays; here it is the other way round.",
                    lambda heat, share: ~_ranked(heat, _many(heat, share)),
                ),
                Slip(
                    "the share taken as per cent",
                    "share is from 0 to 1: 0.1 of the pixels, not 0.1 per cent of them.",
                    lambda heat, share: _ranked(heat, round(share / 100 * heat.size)),
                ),
                Slip(
                    "a share of the pixels along one side",
                    "heat.size counts all pixels; len(heat) only the rows.",
                    lambda heat, share: _ranked(heat, round(share * len(heat))),
                ),
            ),
        ),
        "fill": Stage(
            lambda x, mask: x.masked_fill(mask, 0),
            (
                Slip(
                    "only one colour is erased",
                    "x is [C, H, W]: paint all C colours, as x[:, mask] = 0.",
                    lambda x, mask: torch.cat([x[:1].masked_fill(mask, 0), x[1:]]),
                ),
                Slip(
                    "painted with another number than 0",
                    "0 is mid-grey for the network; -1 is black.",
                    lambda x, mask: x.masked_fill(mask, -1),
                ),
                Slip(
                    "painted with another number than 0",
                    "0 is mid-grey for the network; 1 is white.",
                    lambda x, mask: x.masked_fill(mask, 1),
                ),
            ),
        ),
    },
    cases=(
        Case("a small picture", lambda: _picture(1, 0.25)),
        Case("a wide picture", lambda: _picture(2, 0.1, (8, 15))),
        Case("a tall grey picture", lambda: _picture(3, 0.4, (11, 6), colours=1)),
    ),
    praise="As much is erased whatever the map, so that two maps can be compared.",
)


def erase(answer):
    """Lesson 5. `answer(x, heat, share)` -> x [C, H, W] with the `share` of its pixels where heat is highest at 0."""
    return mark(ERASE, answer)


def _picture(seed, share, size=(10, 10), colours=3):
    random = np.random.default_rng(seed)
    heat = random.random(size) ** 3  # few pixels are hot, as in a map
    return torch.from_numpy(random.normal(size=(colours, *size))).float() + 2, heat, share


def _effect(net, x, changed, c, score, compare):
    with torch.no_grad():
        return compare(score(net.module(torch.as_tensor(changed)), c), score(net.module(torch.as_tensor(x)), c))


EFFECT = Exercise(
    name="effect",
    answer="a number for each picture, [B]",
    solve=_effect,
    stages={
        "score": Stage(
            lambda y, c: y[:, c],
            (
                Slip(
                    "the probability instead of the score",
                    "A probability near 1 cannot rise, whatever goes; take the logit, y[:, c].",
                    lambda y, c: y.softmax(1)[:, c],
                ),
                Slip(
                    "the logarithm of the probability instead of the score",
                    "It holds the other classes' scores as well; take the logit, y[:, c].",
                    lambda y, c: y.log_softmax(1)[:, c],
                ),
                Slip(
                    "the best class instead of c",
                    "Asked was for class c, in both pictures, whichever class is the best.",
                    lambda y, c: y.max(1).values,
                ),
                Slip(
                    "all classes instead of c",
                    "The scores are [B, C]: take column c, y[:, c].",
                    lambda y, c: y,
                ),
                Slip(
                    "the next class",
                    "Classes count from 0: column c is y[:, c].",
                    lambda y, c: y[:, (c + 1) % y.shape[1]],
                ),
            ),
        ),
        "compare": Stage(
            lambda after, before: after - before,
            (
                Slip(
                    "before minus after",
                    "By how much it rose: after minus before. Where the score falls this is below 0.",
                    lambda after, before: before - after,
                ),
                Slip(
                    "the absolute value",
                    "Whether it rose or fell is the question: keep the sign.",
                    lambda after, before: (after - before).abs(),
                ),
                Slip(
                    "a ratio",
                    "A score may be negative, or 0: take the difference, not a ratio.",
                    lambda after, before: after / before,
                ),
                Slip(
                    "a share of the score before",
                    "A score may be negative, or 0: take the difference, without dividing.",
                    lambda after, before: (after - before) / before,
                ),
                Slip(
                    "the mean over the pictures",
                    "One number for each picture, [B].",
                    lambda after, before: (after - before).mean(),
                ),
                Slip(
                    "only after",
                    "Compare with the picture as it was: after minus before.",
                    lambda after, before: after,
                ),
            ),
        ),
    },
    cases=(
        Case("a GAP head", lambda: _before_and_after(gap, 4)),
        Case("an earlier layer", lambda: _before_and_after(earlier, 7, rank=1)),
        Case("an FC head that is sure of its answer", lambda: _before_and_after(fully_connected, 3, sharp=6.0)),
        Case("three pictures at once", lambda: _before_and_after(earlier, 5, pictures=3), batch=True),
    ),
    praise="Positive: the class gained by the change.",
)


def effect(answer):
    """Lesson 5. `answer(net, x, changed, c)` -> [B]: by how much the score of class c rose from x to `changed`."""
    return mark(EFFECT, answer)


def _before_and_after(head, seed, pictures=1, rank=-2, sharp=1.0):
    net, x, c = network(head, seed, pictures, rank, sharp)
    changed = x.clone()
    changed[..., :3] = 0
    return net, x, changed, c
