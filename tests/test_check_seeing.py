"""The checks of lesson 1: answers as a learner might write them, right and wrong."""

import torch
from answers import test_a_right_answer_is_right, test_a_wrong_answer_is_named  # noqa: F401

from gradcam_lab import check


def look(net, layer, x):
    kept = []
    handle = net.module.get_submodule(layer).register_forward_hook(lambda m, inputs, out: kept.append((inputs, out)))
    y = net.module(x)
    handle.remove()
    return *kept[-1], y


def my_activations(net, layer, x):
    return look(net, layer, x)[1]


def my_gradient(net, x, c):
    _, A, y = look(net, net.default_layer, x)
    A.retain_grad()
    y[:, c].sum().backward()
    return A.grad


def my_saliency(net, x, c):
    x = x.detach().requires_grad_()
    net.module(x)[:, c].sum().backward()
    return x.grad.abs().max(dim=1).values


RIGHT = {"activations": my_activations, "gradient": my_gradient, "saliency": my_saliency}


def signed_pixels(net, x, c):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(net.module(x)[:, c].sum(), x)[0]


def of_probability(net, x, c):
    _, A, y = look(net, net.default_layer, x)
    return torch.autograd.grad(y.softmax(1)[:, c].sum(), A)[0]


WRONG = [
    ("activations", lambda net, layer, x: look(net, layer, x)[0][0], "what goes into the layer, not what comes out"),
    ("activations", lambda net, layer, x: net.module(x), "the scores, not the activations"),
    ("activations", lambda net, layer, x: my_activations(net, "features", x), "another layer: always the same one"),
    ("activations", lambda net, layer, x: my_activations(net, layer, x).mean((2, 3)), "averaged over the places"),
    ("activations", lambda net, layer, x: my_activations(net, layer, x)[:, 0], "only the first channel"),
    ("gradient", of_probability, "softmax instead of the logit"),
    ("gradient", lambda net, x, c: my_gradient(net, x, c).mean((2, 3)), "averaged over the places"),
    ("gradient", lambda net, x, c: look(net, net.default_layer, x)[1], "the activations, not their gradient"),
    ("gradient", lambda net, x, c: my_gradient(net, x, c).abs(), "the absolute value"),
    ("gradient", lambda net, x, c: my_gradient(net, x, c).sum(1), "summed over the channels"),
    ("saliency", lambda net, x, c: signed_pixels(net, x, c).amax(1), "no absolute value"),
    ("saliency", signed_pixels, "the gradient itself"),
    ("saliency", lambda net, x, c: signed_pixels(net, x, c).abs(), "the colours are still there"),
    (
        "saliency",
        lambda net, x, c: signed_pixels(net, x, c).abs().mean(1),
        "the mean over the colours instead of the largest",
    ),
    ("saliency", lambda net, x, c: (signed_pixels(net, x, c) * x).abs().amax(1), "the gradient times the picture"),
]


def test_a_hook_left_behind_is_seen():
    def forgetful(net, layer, x):
        kept = []
        net.module.get_submodule(layer).register_forward_hook(lambda m, inputs, out: kept.append(out))
        net.module(x)
        return kept[0]

    assert "hook" in check.activations(forgetful).message
