"""The exercises of lesson 6: the guided rule of ReLU, and Guided Grad-CAM."""

import torch
import torch.nn.functional as F

from .engine import Case, Exercise, Slip, Stage, mark


def _guided(x, g, ask, cut, finish):
    return finish(ask(x) * cut(g), x, g)


GUIDED_RELU = Exercise(
    name="guided_relu",
    answer="what is handed down, of the shape of x",
    solve=_guided,
    stages={
        "ask": Stage(
            lambda x: (x > 0).to(x),
            (
                Slip(
                    "x is not asked",
                    "Then what comes from above passes a ReLU that was shut: the deconvolution's half of the rule. "
                    "Guided backpropagation also wants x > 0.",
                    torch.ones_like,
                ),
                Slip(
                    "multiplied with x",
                    "x only opens or shuts the way: multiply with x > 0, not with its value.",
                    lambda x: x.relu(),
                ),
                Slip(
                    "multiplied with x",
                    "x only opens or shuts the way: multiply with x > 0, not with its value.",
                    lambda x: x,
                ),
                Slip(
                    "open at x = 0",
                    "ReLU is shut at 0: x > 0, not x >= 0.",
                    lambda x: (x >= 0).to(x),
                ),
                Slip(
                    "open where x is negative",
                    "ReLU lets through where its input was positive: x > 0.",
                    lambda x: (x < 0).to(x),
                ),
                Slip(
                    "open where |x| is not 0",
                    "The sign of x decides: x > 0.",
                    lambda x: (x != 0).to(x),
                ),
            ),
        ),
        "cut": Stage(
            lambda g: g.relu(),
            (
                Slip(
                    "g is not cut",
                    "That is the half of the plain gradient. Guided backpropagation also drops what is below 0 in g.",
                    lambda g: g,
                ),
                Slip(
                    "the absolute value of g",
                    "What is negative in g is dropped, not turned round: g.relu().",
                    lambda g: g.abs(),
                ),
                Slip(
                    "what is negative in g is kept",
                    "It is the other half that passes: where g > 0.",
                    lambda g: g.clamp(max=0),
                ),
                Slip(
                    "true and false, not g",
                    "That says where the way is open. There g itself passes, with its value.",
                    lambda g: (g > 0).to(g),
                ),
            ),
        ),
        "finish": Stage(
            lambda out, x, g: out,
            (
                Slip(
                    "the way forward, not back",
                    "ReLU(x) is what goes up. Asked is what comes down, made of g.",
                    lambda out, x, g: x.relu(),
                ),
                Slip(
                    "the ReLU of x times g",
                    "Two negative numbers have a positive product: ask x and g one by one.",
                    lambda out, x, g: (x * g).relu(),
                ),
                Slip(
                    "either is enough",
                    "Both have to be positive: x > 0 and g > 0.",
                    lambda out, x, g: g * ((x > 0) | (g > 0)),
                ),
            ),
        ),
    },
    cases=(
        Case("random numbers", lambda: _pair(1, (40,))),
        Case("activations with zeros", lambda: _pair(2, (4, 5, 6), zeros=True)),
        Case("two pictures at once", lambda: _pair(3, (2, 3, 4, 4)), batch=True),
    ),
    praise="Both gates: what fired on the way up, and what is positive on the way down.",
)


def guided_relu(answer):
    """Lesson 6. `answer(x, g)` -> what guided backpropagation hands down through ReLU(x) of the g from above."""
    return mark(GUIDED_RELU, answer)


def _pair(seed, shape, zeros=False):
    random = torch.Generator().manual_seed(seed)
    x, g = torch.randn((2, *shape), generator=random)
    return (x * (torch.rand(shape, generator=random) > 0.4) if zeros else x), g


def _product(pixels, S, cut, lay, multiply):
    return multiply(*lay(pixels, S, cut))


def _laid(L, pixels, mode="bilinear", **options):
    return F.interpolate(L[:, None], size=pixels.shape[2:], mode=mode, **options)


def _over_top(S):
    L = S.relu()
    return L / L.amax((1, 2), keepdim=True)


def _stretched(S):
    low, high = S.amin((1, 2), keepdim=True), S.amax((1, 2), keepdim=True)
    return (S - low) / (high - low)


SHRUNK = (
    "the pixels are shrunk to the map",
    "Enlarge the map to the picture, not the other way round: the fine pixels are what the product is for.",
)


GUIDED_GRADCAM = Exercise(
    name="guided_gradcam",
    answer="pixels [B, 3, H, W]",
    solve=_product,
    stages={
        "cut": Stage(
            lambda S: S.relu(),
            (
                Slip(
                    "no ReLU on the Grad-CAM",
                    "S is the sum before the ReLU. Where it is negative it would turn the sign of the pixels, and keep "
                    "what speaks against the class: S.relu().",
                    lambda S: S,
                ),
                Slip(
                    "the absolute value of the Grad-CAM",
                    "What speaks against the class would stay: S.relu().",
                    lambda S: S.abs(),
                ),
                Slip(
                    "the Grad-CAM is divided by its maximum",
                    "Return the product as the formula gives it; dividing is a matter of drawing.",
                    _over_top,
                ),
                Slip(
                    "the Grad-CAM is stretched to 0..1",
                    "Subtracting the minimum lights up places that have nothing to say. S.relu(), and no more.",
                    _stretched,
                ),
                Slip(
                    "the negative part of the Grad-CAM",
                    "That is what speaks against the class. S.relu() speaks for it.",
                    lambda S: (-S).relu(),
                ),
            ),
        ),
        "lay": Stage(
            lambda pixels, S, cut: (pixels, _laid(cut(S), pixels, align_corners=False)),
            (
                Slip(
                    "enlarged with mode 'nearest'",
                    'Then the picture falls into squares. The paper enlarges bilinearly: mode="bilinear". '
                    "(F.interpolate's default is 'nearest'.)",
                    lambda pixels, S, cut: (pixels, _laid(cut(S), pixels, "nearest")),
                ),
                Slip(
                    "align_corners=True",
                    "Then the corners' centres are pinned to the corners, and the map shifts by up to half a cell. "
                    "Leave align_corners at False.",
                    lambda pixels, S, cut: (pixels, _laid(cut(S), pixels, align_corners=True)),
                ),
                Slip(
                    "enlarged with mode 'bicubic'",
                    'It overshoots, below 0 too. The paper enlarges bilinearly: mode="bilinear".',
                    lambda pixels, S, cut: (pixels, _laid(cut(S), pixels, "bicubic", align_corners=False)),
                ),
                Slip(
                    "the ReLU comes after the enlarging",
                    "Grad-CAM is finished first, with its ReLU, then enlarged: what is negative would eat into its "
                    "neighbours otherwise.",
                    lambda pixels, S, cut: (pixels, cut(_laid(S, pixels, align_corners=False)[:, 0])[:, None]),
                ),
                Slip(*SHRUNK, lambda pixels, S, cut: (F.adaptive_avg_pool2d(pixels, S.shape[1:]), cut(S)[:, None])),
                Slip(*SHRUNK, lambda pixels, S, cut: (F.interpolate(pixels, S.shape[1:]), cut(S)[:, None])),
                Slip(
                    *SHRUNK,
                    lambda pixels, S, cut: (
                        F.interpolate(pixels, S.shape[1:], mode="bilinear"),
                        cut(S)[:, None],
                    ),
                ),
                Slip(
                    "one map for all pictures",
                    "Each picture has a Grad-CAM of its own: S[:, None], not S[:1].",
                    lambda pixels, S, cut: (pixels, _laid(cut(S)[:1], pixels, align_corners=False)),
                    pardoned=True,
                ),
            ),
        ),
        "multiply": Stage(
            lambda pixels, L: pixels * L,
            (
                Slip(
                    "added instead of multiplied",
                    "A sum is bright where either is. The product needs both.",
                    lambda pixels, L: pixels + L,
                ),
                Slip(
                    "the absolute value of the pixels",
                    "Guided backpropagation has signs still; the product keeps them.",
                    lambda pixels, L: pixels.abs() * L,
                ),
                Slip(
                    "the pixels are cut at 0",
                    "Guided backpropagation may be negative at the picture itself; the product keeps that.",
                    lambda pixels, L: pixels.relu() * L,
                ),
                Slip(
                    "the colours are gone",
                    "The product has the shape of the pixels, [B, 3, H, W].",
                    lambda pixels, L: (pixels * L).abs().amax(1),
                ),
                Slip(
                    "the colours are gone",
                    "The product has the shape of the pixels, [B, 3, H, W].",
                    lambda pixels, L: (pixels * L).sum(1),
                ),
                Slip(
                    "the map alone",
                    "Multiply it with the pixels.",
                    lambda pixels, L: L.expand_as(pixels),
                ),
            ),
        ),
    },
    cases=(
        Case("a small picture", lambda: _parts(1, (3, 4), (9, 12))),
        Case("a wide picture", lambda: _parts(2, (2, 5), (8, 15))),
        Case("two pictures at once", lambda: _parts(3, (3, 3), (12, 12), pictures=2), batch=True),
    ),
    praise="Fine where guided backpropagation is, and only where Grad-CAM is.",
)


def guided_gradcam(answer):
    """Lesson 6. `answer(pixels, S)` -> [B, 3, H, W], from guided backpropagation and S [B, h, w] before the ReLU."""
    return mark(GUIDED_GRADCAM, answer)


def _parts(seed, places, size, pictures=1):
    random = torch.Generator().manual_seed(seed)
    return (
        torch.randn((pictures, 3, *size), generator=random),
        torch.randn((pictures, *places), generator=random),
    )
