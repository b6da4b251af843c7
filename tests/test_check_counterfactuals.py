"""The checks of lesson 5: answers as a learner might write them, right and wrong."""

import numpy as np
import torch
from answers import test_a_right_answer_is_right, test_a_wrong_answer_is_named  # noqa: F401

from gradcam_lab import check


def my_evidence(A, dy_dA):
    S = torch.einsum("bk,bkij->bij", dy_dA.mean((2, 3)), A)
    return torch.stack([S.clamp(min=0), (-S).clamp(min=0)])


def my_erase(x, heat, share):
    k = round(share * heat.size)
    rows, columns = np.unravel_index(np.argsort(-heat, axis=None)[:k], heat.shape)
    x = x.clone()
    x[:, rows, columns] = 0
    return x


def my_effect(net, x, changed, c):
    with torch.no_grad():
        both = net.module(torch.cat([x, changed]))[:, c]
    return both[len(x) :] - both[: len(x)]


RIGHT = {"evidence": my_evidence, "erase": my_erase, "effect": my_effect}


def by_channel(A, dy_dA):
    alpha = dy_dA.mean((2, 3), keepdim=True)
    return torch.stack([(alpha * A).relu().sum(1), (-alpha * A).relu().sum(1)])


def negative_weights(A, dy_dA):
    alpha = dy_dA.mean((2, 3), keepdim=True)
    return torch.stack([(alpha.relu() * A).sum(1).relu(), ((-alpha).relu() * A).sum(1).relu()])


def clamped(A, dy_dA):
    S = (dy_dA.mean((2, 3), keepdim=True) * A).sum(1)
    return torch.stack([S.clamp(min=0), S.clamp(max=0)])


def too_late(A, dy_dA):
    L = (dy_dA.mean((2, 3), keepdim=True) * A).sum(1).relu()
    return torch.stack([L, -L])


def one_minus(A, dy_dA):
    L = (dy_dA.mean((2, 3), keepdim=True) * A).sum(1).relu()
    return torch.stack([L, 1 - L])


def by_threshold(x, heat, share):
    return torch.where(torch.from_numpy(heat > (1 - share) * heat.max()), 0, x)


def coldest(x, heat, share):
    return my_erase(x, -heat, share)


def black(x, heat, share):
    return torch.where(my_erase(torch.ones_like(x), heat, share) == 0, -1, x)


def red_only(x, heat, share):
    return torch.cat([my_erase(x[:1], heat, share), x[1:]])


def the_rest(x, heat, share):
    return torch.where(my_erase(torch.ones_like(x), heat, share) == 0, x, 0)


def probability(net, x, changed, c):
    return net.module(changed).softmax(1)[:, c] - net.module(x).softmax(1)[:, c]


WRONG = [
    ("evidence", clamped, "what speaks against is below 0"),
    ("evidence", too_late, "negated after the ReLU"),
    ("evidence", one_minus, "one minus the map"),
    ("evidence", lambda A, g: my_evidence(A, g).flip(0), "the other way round"),
    ("evidence", by_channel, "ReLU on every channel"),
    ("evidence", negative_weights, "the weights are cut at 0"),
    ("erase", by_threshold, "a share of the maximum, not of the pixels"),
    ("erase", coldest, "the coldest pixels, not the hottest"),
    ("erase", black, "painted with another number than 0"),
    ("erase", red_only, "only one colour is erased"),
    ("erase", the_rest, "all but the hottest"),
    ("effect", probability, "the probability instead of the score"),
    ("effect", lambda net, x, changed, c: -my_effect(net, x, changed, c), "before minus after"),
    ("effect", lambda net, x, changed, c: my_effect(net, x, changed, c).abs(), "the absolute value"),
    ("effect", lambda net, x, changed, c: net.module(changed)[:, c], "only after"),
]


def test_two_slips_at_once_are_both_named():
    result = check.effect(lambda net, x, changed, c: -probability(net, x, changed, c))
    assert set(result.slips) == {"the probability instead of the score", "before minus after"}
