"""The exercises of lesson 1: activations, the gradient of a score by them, the saliency map."""

from functools import cache

import torch

from .engine import Case, Exercise, Slip, Stage, mark
from .steps import SCORE, STRETCHED, at_layer
from .toys import NETWORKS, earlier, fully_connected, network


def _run(net, x):
    """{name: output} of every module of the toy, its input and its scores, of one run."""
    seen, handles = {"input": x}, []
    for name, module in net.named_modules():
        if name:
            handles.append(module.register_forward_hook(lambda m, i, out, name=name: seen.update({name: (i[0], out)})))
    with torch.inference_mode(False), torch.no_grad():
        seen["scores"] = net(x)
    for handle in handles:
        handle.remove()
    return seen


ACTIVATIONS = Exercise(
    name="activations",
    answer="the layer's output, [B, K, h, w]",
    solve=lambda net, layer, x, what, finish: finish(what(_run(net, x), layer)),
    stages={
        "what": Stage(
            lambda seen, layer: seen[layer][1],
            (
                Slip(
                    "what goes into the layer, not what comes out",
                    "A hook gets (module, inputs, output): keep the third.",
                    lambda seen, layer: seen[layer][0],
                ),
                Slip(
                    "the scores, not the activations",
                    "net.module(x) returns the scores [B, C]. What you want passes by on the way: keep it in the hook.",
                    lambda seen, layer: seen["scores"],
                ),
                Slip(
                    "another layer: always the same one",
                    "Hook the layer that is asked for: net.module.get_submodule(layer).",
                    lambda seen, layer: seen["features"][1],
                ),
                Slip(
                    "the picture itself",
                    "x goes into the first layer. What the layer made of it is in the hook.",
                    lambda seen, layer: seen["input"],
                ),
            ),
        ),
        "finish": Stage(
            lambda A: A,
            (
                Slip(
                    "averaged over the places",
                    "A has places: [B, K, h, w]. Their mean is what global pooling makes of it later.",
                    lambda A: A.mean((2, 3)),
                ),
                Slip(
                    "averaged over the channels",
                    "Each channel is a map of its own: return all K of them.",
                    lambda A: A.mean(1),
                ),
                Slip(
                    "only the first channel",
                    "Return all K channels, [B, K, h, w].",
                    lambda A: A[:, 0],
                ),
                Slip(
                    "cut at 0",
                    "Whether there is a ReLU is the network's affair: return what the layer gives.",
                    lambda A: A.relu(),
                ),
                Slip(
                    "scaled to 0..1",
                    "That is for drawing. Return the numbers as the layer gives them.",
                    lambda A: (A - A.min()) / (A.max() - A.min()),
                ),
                Slip(
                    "only the first picture",
                    "Leave the axis of the batch: [B, K, h, w].",
                    lambda A: A[:1],
                    pardoned=True,
                ),
            ),
        ),
    },
    cases=(
        Case("a convolution", lambda: _with_layer(earlier, 1, "head.0")),
        Case("an earlier convolution", lambda: _with_layer(earlier, 2, "features")),
        Case("a ReLU", lambda: _with_layer(earlier, 3, "head.1")),
        Case("two pictures at once", lambda: _with_layer(fully_connected, 4, "features", 2), batch=True),
    ),
    praise="Any layer of any network can be read like this.",
)


def activations(answer):
    """Lesson 1. `answer(net, layer, x)` -> [B, K, h, w]: the output of the layer with this name."""
    return mark(ACTIVATIONS, answer)


def _with_layer(head, seed, layer, pictures=1):
    net, x, _ = network(head, seed, pictures)
    return net, layer, x


GRADIENT = Exercise(
    name="gradient",
    answer="dy_c/dA, [B, K, h, w]",
    solve=lambda net, x, c, score, finish: finish(*at_layer(net, x, c, score)),
    stages={
        "score": SCORE,
        "finish": Stage(
            lambda A, g: g,
            (
                Slip(
                    "averaged over the places",
                    "That is alpha, one step further. The gradient has A's shape: a number for each activation.",
                    lambda A, g: g.mean((2, 3)),
                ),
                Slip(
                    "averaged over the places",
                    "That is alpha, one step further. The gradient has A's shape: a number for each activation.",
                    lambda A, g: g.mean((2, 3), keepdim=True).expand_as(g),
                ),
                Slip(
                    "the activations, not their gradient",
                    "A is what the layer said. Asked is how the score answers if A changes: torch.autograd.grad.",
                    lambda A, g: A,
                ),
                Slip(
                    "the gradient times A",
                    "That is HiResCAM, before its sum. Return the gradient alone.",
                    lambda A, g: g * A,
                ),
                Slip(
                    "cut at 0",
                    "Below 0 it says that the score falls; that is worth as much. Return it whole.",
                    lambda A, g: g.relu(),
                ),
                Slip(
                    "the absolute value",
                    "The sign says whether the score rises or falls. Keep it.",
                    lambda A, g: g.abs(),
                ),
                Slip(
                    "summed over the channels",
                    "Each of the K channels has its own: return [B, K, h, w].",
                    lambda A, g: g.sum(1),
                ),
                Slip(
                    "the wrong sign",
                    "Positive where more activation raises the score.",
                    lambda A, g: -g,
                ),
            ),
        ),
    },
    cases=NETWORKS,
    praise="One number for each activation: the gradient has the shape of A.",
)


def gradient(answer):
    """Lesson 1. `answer(net, x, c)` -> dy_c/dA [B, K, h, w] at the layer `net.default_layer`."""
    return mark(GRADIENT, answer)


@cache
def _at_pixels(net, x, c, score):
    with torch.inference_mode(False), torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        return torch.autograd.grad(score(net(x), c).sum(), x)[0], x.detach()


# The sign is lost in a saliency map, so the loss cannot be told from the logarithm of the softmax.
_SCORE = Stage(SCORE.right, tuple(slip for slip in SCORE.slips if not slip.name.startswith("the loss")))

SALIENCY = Exercise(
    name="saliency",
    answer="a map [B, H, W], of the picture's size",
    solve=lambda net, x, c, score, finish: finish(*_at_pixels(net, x, c, score)),
    stages={
        "score": _SCORE,
        "finish": Stage(
            lambda g, x: g.abs().amax(1),
            (
                Slip(
                    "no absolute value",
                    "Darker may matter as much as lighter: take the absolute value, then the largest of the colours.",
                    lambda g, x: g.amax(1),
                ),
                Slip(
                    "the sum over the colours instead of the largest",
                    "Simonyan et al. take the maximum over the colours, .amax(1). (A sum of the absolute values is a "
                    "fair choice, too, but it is not this map.)",
                    lambda g, x: g.abs().sum(1),
                ),
                Slip(
                    "the mean over the colours instead of the largest",
                    "Simonyan et al. take the maximum over the colours, .amax(1).",
                    lambda g, x: g.abs().mean(1),
                ),
                Slip(
                    "summed before the absolute value",
                    "Then colours of opposite sign cancel. First the absolute value, then the largest.",
                    lambda g, x: g.sum(1).abs(),
                ),
                Slip(
                    "the colours are still there",
                    "One number for each pixel: the largest of the three colours', .amax(1).",
                    lambda g, x: g.abs(),
                ),
                Slip(
                    "the gradient itself",
                    "A map has one number for each pixel: absolute value, then the largest of the colours.",
                    lambda g, x: g,
                ),
                Slip(
                    "the gradient times the picture",
                    "That is another method. Saliency is the size of the gradient alone.",
                    lambda g, x: (g * x).abs().amax(1),
                ),
                Slip(
                    "cut at 0 instead of the absolute value",
                    "Where less of a colour raises the score, the pixel matters as well.",
                    lambda g, x: g.relu().amax(1),
                ),
                Slip(STRETCHED.name, STRETCHED.help, lambda g, x: STRETCHED.step(g.abs().amax(1), x)),
            ),
        ),
    },
    cases=NETWORKS,
    praise="That is the saliency map of Simonyan, Vedaldi and Zisserman.",
)


def saliency(answer):
    """Lesson 1. `answer(net, x, c)` -> [B, H, W]: the largest |dy_c/dx| over the colours of each pixel."""
    return mark(SALIENCY, answer)
