"""The checks of lesson 6: answers as a learner might write them, right and wrong."""

import pytest
import torch
import torch.nn.functional as F
from answers import test_a_right_answer_is_right, test_a_wrong_answer_is_named  # noqa: F401

from gradcam_lab import check


def my_guided_relu(x, g):
    return torch.where((x > 0) & (g > 0), g, 0)


def my_own_share(heat, mine, other):
    return heat[mine].sum() / heat[mine | other].sum()


def up(L, pixels, **options):
    return F.interpolate(L[:, None], pixels.shape[2:], **options)


def my_guided_gradcam(pixels, S):
    return pixels * up(S.clamp(min=0), pixels, mode="bilinear")


RIGHT = {"guided_relu": my_guided_relu, "own_share": my_own_share, "guided_gradcam": my_guided_gradcam}


def deconvolution(x, g):
    return g.clamp(min=0)


def plain_gradient(x, g):
    return torch.where(x > 0, g, 0)


def inside(heat, mine, other):
    return heat[mine].sum() / heat.sum()


def by_mean(heat, mine, other):
    return heat[mine].mean() / (heat[mine].mean() + heat[other].mean())


def nearest(pixels, S):
    return pixels * up(S.relu(), pixels)


def corners(pixels, S):
    return pixels * up(S.relu(), pixels, mode="bilinear", align_corners=True)


def late_relu(pixels, S):
    return pixels * up(S, pixels, mode="bilinear").relu()


def normalised(pixels, S):
    L = S.relu()
    return pixels * up(L / L.amax((1, 2), keepdim=True), pixels, mode="bilinear")


def shrunk(pixels, S):
    return F.adaptive_avg_pool2d(pixels, S.shape[-2:]) * S.relu()[:, None]


WRONG = [
    ("guided_relu", deconvolution, "x is not asked"),
    ("guided_relu", plain_gradient, "g is not cut"),
    ("guided_relu", lambda x, g: torch.where(x >= 0, g.relu(), 0), "open at x = 0"),
    ("guided_relu", lambda x, g: x.relu() * g.relu(), "multiplied with x"),
    ("guided_relu", lambda x, g: (x > 0) * g.abs(), "the absolute value of g"),
    ("guided_relu", lambda x, g: (x * g).relu(), "the ReLU of x times g"),
    ("guided_relu", lambda x, g: x.relu(), "the way forward, not back"),
    ("guided_relu", lambda x, g: ((x > 0) & (g > 0)).float(), "true and false, not g"),
    ("own_share", inside, "a share of all heat"),
    ("own_share", by_mean, "the mean heat instead of the sum"),
    ("own_share", lambda heat, a, b: heat[a].sum() / heat[b].sum(), "mine over other"),
    ("own_share", lambda heat, a, b: my_own_share(heat, b, a), "the other's share"),
    ("own_share", lambda heat, a, b: a.sum() / (a | b).sum(), "the masks' areas, without the heat"),
    ("own_share", lambda heat, a, b: heat[a].sum() - heat[b].sum(), "the difference"),
    ("guided_gradcam", nearest, "enlarged with mode 'nearest'"),
    ("guided_gradcam", corners, "align_corners=True"),
    ("guided_gradcam", late_relu, "the ReLU comes after the enlarging"),
    ("guided_gradcam", normalised, "the Grad-CAM is divided by its maximum"),
    ("guided_gradcam", shrunk, "the pixels are shrunk to the map"),
    ("guided_gradcam", lambda p, S: p * up(S, p, mode="bilinear"), "no ReLU on the Grad-CAM"),
    ("guided_gradcam", lambda p, S: my_guided_gradcam(p.abs(), S), "the absolute value of the pixels"),
    ("guided_gradcam", lambda p, S: p + up(S.relu(), p, mode="bilinear"), "added instead of multiplied"),
    ("guided_gradcam", lambda p, S: my_guided_gradcam(p, S).abs().amax(1), "the colours are gone"),
]


def test_two_slips_at_once_are_both_named():
    result = check.guided_gradcam(lambda pixels, S: nearest(pixels.abs(), S))
    assert set(result.slips) == {"the absolute value of the pixels", "enlarged with mode 'nearest'"}
    assert set(check.guided_relu(lambda x, g: g).slips) == {"x is not asked", "g is not cut"}


@pytest.mark.parametrize("name", RIGHT)
def test_a_starter_is_not_yet(name, capsys):
    assert not getattr(check, name)(lambda *inputs: ...)
    assert capsys.readouterr().out.startswith("Not yet")


def test_a_map_that_was_not_enlarged_is_shown_its_line(capsys):
    assert not check.guided_gradcam(lambda pixels, S: pixels * S.relu()[:, None])
    assert "S.relu()[:, None]" in capsys.readouterr().out
