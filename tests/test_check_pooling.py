"""The checks of lesson 2: answers as a learner might write them, right and wrong."""

import numpy as np
import torch
from answers import test_a_right_answer_is_right, test_a_wrong_answer_is_named  # noqa: F401
from torch.nn.functional import adaptive_avg_pool2d, adaptive_max_pool2d, interpolate

from gradcam_lab import check


def my_pool(A):
    return torch.stack([adaptive_avg_pool2d(A, 1).flatten(1), adaptive_max_pool2d(A, 1).flatten(1)])


def my_score_from_map(L, b, c):
    return L.flatten(1).sum(1) / (L.shape[1] * L.shape[2]) + b[c]


def my_upsample(L, H, W):
    return interpolate(L[:, None], (H, W), mode="bilinear", align_corners=False)[:, 0]


def my_extent(heat, mask):
    hot = heat >= 0.5 * heat.max()
    return (hot & mask).sum() / mask.sum()


RIGHT = {"pool": my_pool, "score_from_map": my_score_from_map, "upsample": my_upsample, "extent": my_extent}


def pooled(mean=None, top=None):
    def answer(A):
        first, second = my_pool(A)
        return torch.stack([mean(A) if mean else first, top(A) if top else second])

    return answer


def enlarged(**how):
    return lambda L, H, W: interpolate(L[:, None], (H, W), **how)[:, 0]


WRONG = [
    ("pool", pooled(mean=lambda A: A.sum((2, 3))), "the sum instead of the mean"),
    ("pool", pooled(mean=lambda A: A.relu().mean((2, 3))), "a ReLU in front of the mean"),
    (
        "pool",
        pooled(mean=lambda A: torch.nanmean(A.where(A > 0, torch.nan), (2, 3))),
        "only active places are averaged",
    ),
    ("pool", pooled(top=lambda A: A.abs().amax((2, 3))), "the largest absolute value"),
    ("pool", pooled(top=lambda A: A.flatten(2).argmax(2).float()), "the place instead of the value"),
    (
        "pool",
        pooled(top=lambda A: A.amax((1, 2, 3))[:, None].repeat(1, A.shape[1])),
        "the maximum of all channels together",
    ),
    ("pool", pooled(top=lambda A: A.mean(3).amax(2)), "the maximum of the row means"),
    ("pool", lambda A: my_pool(A).flip(0), "the other way round"),
    ("pool", lambda A: A.mean((2, 3)), "only the mean"),
    ("pool", lambda A: my_pool(A).permute(1, 2, 0), "stacked along another dimension"),
    ("pool", lambda A: torch.cat(list(my_pool(A))), "laid end to end instead of stacked"),
    ("pool", lambda A: torch.cat(list(my_pool(A)), 1), "laid end to end instead of stacked"),
    ("score_from_map", lambda L, b, c: L.sum((1, 2)) + b[c], "the sum instead of the mean"),
    ("score_from_map", lambda L, b, c: L.amax((1, 2)) + b[c], "the maximum of the map"),
    ("score_from_map", lambda L, b, c: L.relu().mean((1, 2)) + b[c], "what is below 0 was cut"),
    ("score_from_map", lambda L, b, c: (L.mean() + b[c]).repeat(len(L)), "one mean for all pictures"),
    ("score_from_map", lambda L, b, c: L.mean((1, 2)), "without the bias"),
    ("score_from_map", lambda L, b, c: L.mean((1, 2)) + b.sum(), "the biases of all classes"),
    ("score_from_map", lambda L, b, c: L.mean((1, 2))[:, None] + b, "the biases of all classes"),
    ("score_from_map", lambda L, b, c: L.mean((1, 2)) - b[c], "the bias is subtracted"),
    ("score_from_map", lambda L, b, c: L.mean((1, 2)) + b[(c + 1) % len(b)], "the bias of the next class"),
    ("upsample", enlarged(), "nearest instead of bilinear"),
    ("upsample", enlarged(mode="bilinear", align_corners=True), "the corners were aligned"),
    ("upsample", enlarged(mode="bicubic"), "bicubic instead of bilinear"),
    ("upsample", lambda L, H, W: my_upsample(L, W, H), "width and height exchanged"),
    ("upsample", lambda L, H, W: my_upsample(L, H, H), "a square"),
    ("upsample", lambda L, H, W: my_upsample(L, H, W).relu(), "the map is cut or divided"),
    (
        "upsample",
        lambda L, H, W: my_upsample(L, H, W) / my_upsample(L, H, W).amax((1, 2), keepdim=True),
        "the map is cut or divided",
    ),
    ("upsample", lambda L, H, W: my_upsample(L, H, W)[:, None], "an axis too many"),
    ("extent", lambda heat, mask: (heat[mask] > heat.max() / 2).mean(), "more than half instead of at least half"),
    ("extent", lambda heat, mask: (heat[mask] >= 0.5).mean(), "half of 1, not of the maximum"),
    ("extent", lambda heat, mask: (heat[mask] >= heat[mask].max() / 2).mean(), "half of the maximum on the mask"),
    ("extent", lambda heat, mask: (heat[mask] >= heat.mean()).mean(), "above the mean, not half of the maximum"),
    ("extent", lambda heat, mask: (heat[mask] >= np.median(heat)).mean(), "the hotter half of the pixels"),
    (
        "extent",
        lambda heat, mask: mask[heat >= heat.max() / 2].mean(),
        "the share of the hot pixels that lie on the mask",
    ),
    ("extent", lambda heat, mask: ((heat >= heat.max() / 2) & mask).mean(), "a share of the whole picture"),
    ("extent", lambda heat, mask: (heat >= heat.max() / 2).mean(), "the mask is not used"),
    ("extent", lambda heat, mask: heat[mask].sum() / heat.sum(), "the share of the heat that lies on the mask"),
    (
        "extent",
        lambda heat, mask: ((h := heat >= heat.max() / 2) & mask).sum() / (h | mask).sum(),
        "intersection over union",
    ),
    ("extent", lambda heat, mask: ((heat >= heat.max() / 2) & mask).sum(), "a number of pixels, not a share"),
]


def test_two_slips_at_once_are_both_named():
    result = check.score_from_map(lambda L, b, c: L.sum((1, 2)))
    assert set(result.slips) == {"the sum instead of the mean", "without the bias"}
