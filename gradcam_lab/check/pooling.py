"""The exercises of lesson 2: pooling, the score from the map, enlarging a map, the extent of a map."""

import numpy as np
import torch
from torch.nn.functional import interpolate

from .engine import Case, Exercise, Slip, Stage, mark


def _tensors(seed, pictures=1, shape=(5, 3, 4)):
    random = torch.Generator().manual_seed(seed)
    return torch.randn((pictures, *shape), generator=random) - 0.2


def _pool(A, average, largest, order):
    return order(average(A), largest(A))


def _both(mean, top):
    return torch.stack([mean, top])


POOL = Exercise(
    name="pool",
    answer="two numbers for each channel, [2, B, K], first the mean, then the maximum",
    solve=_pool,
    stages={
        "average": Stage(
            lambda A: A.mean((2, 3)),
            (
                Slip(
                    "the sum instead of the mean",
                    "Average pooling divides by the number of places; a sum is h w times too large.",
                    lambda A: A.sum((2, 3)),
                ),
                Slip(
                    "only active places are averaged",
                    "The mean is over all h w places, also those where the channel is silent.",
                    lambda A: A.clamp(min=0).sum((2, 3)) / (A > 0).sum((2, 3)).clamp(min=1),
                ),
                Slip(
                    "a ReLU in front of the mean",
                    "Pool A as it is: what is below 0 counts, too.",
                    lambda A: A.relu().mean((2, 3)),
                ),
            ),
        ),
        "largest": Stage(
            lambda A: A.amax((2, 3)),
            (
                Slip(
                    "the largest absolute value",
                    "The maximum is the largest value; a strongly negative one is none.",
                    lambda A: A.abs().amax((2, 3)),
                ),
                Slip(
                    "the place instead of the value",
                    "argmax says where the maximum lies. Wanted is how large it is: amax.",
                    lambda A: A.flatten(2).argmax(2).to(A),
                ),
                Slip(
                    "the maximum of all channels together",
                    "Each channel has a maximum of its own: over dimensions 2 and 3 only.",
                    lambda A: A.amax((1, 2, 3))[:, None].expand(A.shape[:2]),
                ),
                Slip(
                    "the maximum of the row means",
                    "Take the maximum over rows and columns at once, amax((2, 3)), with no mean in between.",
                    lambda A: A.mean(3).amax(2),
                ),
            ),
        ),
        "order": Stage(
            _both,
            (
                Slip("the other way round", "First the mean, then the maximum.", lambda mean, top: _both(top, mean)),
                Slip("only the mean", "Return both: torch.stack([mean, maximum]).", lambda mean, top: mean),
                Slip(
                    "stacked along another dimension",
                    "torch.stack([mean, maximum]) puts the new dimension first: [2, B, K].",
                    lambda mean, top: torch.stack([mean, top], -1),
                ),
                Slip(
                    "laid end to end instead of stacked",
                    "torch.stack makes a dimension of its own for the two; torch.cat does not.",
                    lambda mean, top: torch.cat([mean, top]),
                ),
                Slip(
                    "laid end to end instead of stacked",
                    "torch.stack makes a dimension of its own for the two; torch.cat does not.",
                    lambda mean, top: torch.cat([mean, top], 1),
                ),
            ),
        ),
    },
    cases=(
        Case("random tensors", lambda: (_tensors(1),)),
        Case("other random tensors", lambda: (_tensors(2, shape=(4, 5, 2)),)),
        Case("three pictures at once", lambda: (_tensors(3, 3),), batch=True),
    ),
    praise="One network in two: what the pooling keeps is all that the head will ever know.",
)


def pool(answer):
    """Lesson 2. `answer(A)` -> [2, B, K]: the mean and the maximum of each channel of A [B, K, h, w]."""
    return mark(POOL, answer)


def _score(L, b, c, reduce, bias):
    return bias(reduce(torch.as_tensor(L)), b, c)


SCORE_FROM_MAP = Exercise(
    name="score_from_map",
    answer="a score for each picture, [B]",
    solve=_score,
    stages={
        "reduce": Stage(
            lambda L: L.mean((1, 2)),
            (
                Slip(
                    "the sum instead of the mean",
                    "The pooling divides by the number of places: the score holds the mean of the map.",
                    lambda L: L.sum((1, 2)),
                ),
                Slip(
                    "the maximum of the map",
                    "A head that averages counts every place: take the mean.",
                    lambda L: L.amax((1, 2)),
                ),
                Slip(
                    "what is below 0 was cut",
                    "Places that speak against the class lower the score: no ReLU here.",
                    lambda L: L.relu().mean((1, 2)),
                ),
                Slip(
                    "one mean for all pictures",
                    "Each picture has a score of its own: average over dimensions 1 and 2.",
                    lambda L: L.mean().expand(len(L)),
                ),
            ),
        ),
        "bias": Stage(
            lambda score, b, c: score + b[c],
            (
                Slip(
                    "without the bias",
                    "The linear layer adds b[c] to every picture's score; it belongs to no place.",
                    lambda score, b, c: score,
                ),
                Slip(
                    "the biases of all classes",
                    "Class c has one bias, b[c].",
                    lambda score, b, c: score + b.sum(),
                ),
                Slip(
                    "the biases of all classes",
                    "Class c has one bias, b[c].",
                    lambda score, b, c: score[:, None] + b,
                ),
                Slip(
                    "the bias is subtracted",
                    "The linear layer adds its bias.",
                    lambda score, b, c: score - b[c],
                ),
                Slip(
                    "the bias of the next class",
                    "Classes count from 0: the bias of class c is b[c].",
                    lambda score, b, c: score + b[(c + 1) % len(b)],
                ),
            ),
        ),
    },
    cases=(
        Case("a random map", lambda: (_tensors(4)[:, 0], _tensors(5)[0, :, 0, 0], 2)),
        Case("another random map", lambda: (_tensors(6, shape=(1, 5, 7))[:, 0], _tensors(7)[0, :, 0, 1], 4)),
        Case("three pictures at once", lambda: (_tensors(8, 3)[:, 0], _tensors(9)[0, :, 0, 0], 1), batch=True),
    ),
    praise="The map is the score, place by place, and the bias is what no place accounts for.",
)


def score_from_map(answer):
    """Lesson 2. `answer(L, b, c)` -> [B]: the score of class c from its CAM L [B, h, w] and the biases b [C]."""
    return mark(SCORE_FROM_MAP, answer)


def _upsample(L, H, W, size, enlarge):
    return enlarge(torch.as_tensor(L), *size(H, W))


def _by(**how):
    return lambda L, H, W: interpolate(L[:, None], size=(H, W), **how)[:, 0]


_BILINEAR = _by(mode="bilinear", align_corners=False)

UPSAMPLE = Exercise(
    name="upsample",
    answer="a map as large as the picture, [B, H, W]",
    solve=_upsample,
    stages={
        "size": Stage(
            lambda H, W: (H, W),
            (
                Slip("width and height exchanged", "Rows first: the size is (H, W).", lambda H, W: (W, H)),
                Slip("a square", "The picture is H high and W wide; the size is (H, W).", lambda H, W: (H, H)),
            ),
        ),
        "enlarge": Stage(
            _BILINEAR,
            (
                Slip(
                    "the corners were aligned",
                    "align_corners=True lays the middle of the corner place on the corner pixel, so every place moves "
                    "outwards. A place stands for a patch: align_corners=False.",
                    _by(mode="bilinear", align_corners=True),
                ),
                Slip(
                    "nearest instead of bilinear",
                    'Each place became a block. interpolate takes mode="bilinear"; without a mode it is "nearest".',
                    _by(mode="nearest"),
                ),
                Slip(
                    "bicubic instead of bilinear",
                    'Bicubic rises above the map\'s own maximum; take mode="bilinear".',
                    _by(mode="bicubic", align_corners=False),
                ),
                Slip(
                    "the map is cut or divided",
                    "Only enlarge it. Cutting below 0 is for drawing.",
                    lambda L, H, W: _BILINEAR(L, H, W).relu(),
                ),
                Slip(
                    "the map is cut or divided",
                    "Only enlarge it. Dividing by the maximum is for drawing.",
                    lambda L, H, W: _BILINEAR(L, H, W) / _BILINEAR(L, H, W).amax((1, 2), keepdim=True),
                ),
                Slip(
                    "an axis too many",
                    "interpolate wants [B, 1, h, w]; take the axis of 1 away again, [:, 0].",
                    lambda L, H, W: _BILINEAR(L, H, W)[:, None],
                ),
            ),
        ),
    },
    cases=(
        Case("a map of 3 x 4", lambda: (_tensors(10)[:, 0], 9, 20)),
        Case("a map of 5 x 2", lambda: (_tensors(11, shape=(1, 5, 2))[:, 0], 11, 6)),
        Case("three pictures at once", lambda: (_tensors(12, 3)[:, 0], 12, 8), batch=True),
    ),
    praise="That is how the lab lays every map on its picture.",
)


def upsample(answer):
    """Lesson 2. `answer(L, H, W)` -> [B, H, W]: the map L [B, h, w] laid bilinearly on a picture."""
    return mark(UPSAMPLE, answer)


def _extent(heat, mask, hot, share):
    heat, mask = np.asarray(heat, dtype=float), np.asarray(mask, dtype=bool)
    return share(hot(heat, mask), mask, heat)


EXTENT = Exercise(
    name="extent",
    answer="one number, from 0 to 1",
    solve=_extent,
    stages={
        "hot": Stage(
            lambda heat, mask: heat >= heat.max() / 2,
            (
                Slip(
                    "more than half instead of at least half",
                    "A pixel at exactly half of the maximum counts: >=.",
                    lambda heat, mask: heat > heat.max() / 2,
                ),
                Slip(
                    "half of 1, not of the maximum",
                    "Where the largest heat is not 1, half of it is not 0.5: compare with heat.max() / 2.",
                    lambda heat, mask: heat >= 0.5,
                ),
                Slip(
                    "half of the maximum on the mask",
                    "The hottest pixel may lie beside the mask: half of heat.max(), not of heat[mask].max().",
                    lambda heat, mask: heat >= heat[mask].max() / 2,
                ),
                Slip(
                    "above the mean, not half of the maximum",
                    "The bar is heat.max() / 2, and not the mean.",
                    lambda heat, mask: heat >= heat.mean(),
                ),
                Slip(
                    "the hotter half of the pixels",
                    "Half of the maximum is meant, heat.max() / 2, and not half of the pixels.",
                    lambda heat, mask: heat >= np.median(heat),
                ),
            ),
        ),
        "share": Stage(
            lambda hot, mask, heat: hot[mask].mean(),
            (
                Slip(
                    "the share of the hot pixels that lie on the mask",
                    "That says how exact the map is. The extent asks how much of the mask is hot: divide by the mask.",
                    lambda hot, mask, heat: mask[hot].mean(),
                ),
                Slip(
                    "a share of the whole picture",
                    "Divide by the number of pixels of the mask, not of the picture.",
                    lambda hot, mask, heat: (hot & mask).mean(),
                ),
                Slip(
                    "the mask is not used",
                    "This is the share of the picture that is hot. Look at the mask's pixels only: hot[mask].",
                    lambda hot, mask, heat: hot.mean(),
                ),
                Slip(
                    "the share of the heat that lies on the mask",
                    "Count pixels, hot or not; how hot they are does not matter any more.",
                    lambda hot, mask, heat: heat[mask].sum() / heat.sum(),
                ),
                Slip(
                    "intersection over union",
                    "That punishes heat beside the mask. The extent is a share of the mask alone.",
                    lambda hot, mask, heat: (hot & mask).sum() / (hot | mask).sum(),
                ),
                Slip(
                    "a number of pixels, not a share",
                    "Divide by the number of pixels of the mask.",
                    lambda hot, mask, heat: (hot & mask).sum(),
                ),
            ),
        ),
    },
    cases=(
        Case("a small heat map", lambda: _heat(1, 1.0)),
        Case("one whose maximum is not 1", lambda: _heat(2, 0.75)),
        Case("a wide one", lambda: _heat(3, 1.0, (4, 11))),
        Case("one that is hottest beside the mask", lambda: _heat(4, 1.0, beside=True)),
    ),
    praise="Never show it alone: a blanket of heat has an extent of 1.",
    told="yours is {mine}, expected was {right}",
)


def extent(answer):
    """Lesson 2. `answer(heat, mask)` -> the share of the mask on which the heat is at least half of its maximum."""
    return mark(EXTENT, answer)


def _heat(seed, top, size=(7, 6), beside=False):
    """Heat in steps of an eighth of `top`, so that some of it is at exactly half; and a mask.

    `beside`: the hottest pixel is not on the mask.
    """
    random = np.random.default_rng(seed)
    heat = random.integers(0, 8, size) / 8 * random.integers(0, 2, size)
    heat[1, 2], heat[2, 1], heat[3, 3] = 1.0, 0.5, 0.5
    mask = random.random(size) < 0.4
    mask[2, 1] = mask[1, 2] = True
    if beside:
        mask[1, 2], mask[3, 3] = False, True
        heat[mask] = np.minimum(heat[mask], 0.75)
        heat[3, 3] = 0.375
    return heat * top, mask
