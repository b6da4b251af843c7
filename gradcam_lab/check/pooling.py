"""The exercises of lesson 2: pooling, the score from the map, enlarging a map."""

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
