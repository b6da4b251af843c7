"""Properties that hold for any method on any small network: hypothesis looks for one where they do not."""

import numpy as np
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from toys import assert_same, state_of

import gradcam_lab as gl

FEW = {
    "rise": {"n": 6, "cells": 2},
    "sscam": {"n": 2},
    "iscam": {"n": 2},
    "smoothgrad": {"n": 2},
    "smoothgradcam++": {"n": 2},
    "integratedgradients": {"steps": 2},
    "occlusion": {"size": 4, "stride": 4},
}
ACTIVATIONS = [nn.ReLU(), nn.ReLU(inplace=True), nn.GELU(), nn.SiLU(inplace=True), nn.Tanh(), nn.ReLU6()]


@st.composite
def networks(draw):
    """(a random small network, the name of a layer in it): depth, width, norms, activations, heads, modes."""
    torch.manual_seed(draw(st.integers(0, 10_000)))
    channels, layers = 3, []
    for _ in range(draw(st.integers(1, 3))):
        width = draw(st.integers(1, 4))
        layers.append(nn.Conv2d(channels, width, 3, padding=1, bias=draw(st.booleans())))
        if draw(st.booleans()):
            layers.append(nn.BatchNorm2d(width))
        layers.append(draw(st.sampled_from(ACTIVATIONS)).__class__())
        if draw(st.booleans()):
            layers.append(nn.MaxPool2d(2))
        channels = width
    body, size = nn.Sequential(*layers), 12 // 2 ** sum(isinstance(m, nn.MaxPool2d) for m in layers)
    if draw(st.booleans()):
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 3)]
    else:
        head = [nn.Flatten(), nn.Linear(channels * size * size, 3)]
    module = nn.Sequential(body, *head).train(draw(st.booleans())).requires_grad_(draw(st.booleans()))
    scale = draw(st.sampled_from([1e-12, 1e-3, 1.0, 30.0]))
    head[-1].weight.data.mul_(scale)
    return module, f"0.{draw(st.integers(0, len(layers) - 1))}"


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    networks(),
    st.sampled_from(list(gl.METHODS)),
    st.sampled_from([0, 1, 2, None]),
    st.sampled_from(["noise", "zeros", "large"]),
)
def test_any_method_on_any_network(made, method, target, kind):
    module, layer = made
    net = gl.Network(module, labels=["a", "b", "c"], layers=[layer])
    x = {"noise": torch.randn(3, 12, 12), "zeros": torch.zeros(3, 12, 12), "large": 1e4 * torch.rand(3, 12, 12)}[kind]
    before = state_of(module)
    try:
        e = gl.explain(net, x, method, layer if gl.METHODS[method].has_layer else None, target, **FEW.get(method, {}))
    except gl.LabError as error:
        if method == "cam" and "CAM needs" in str(error):
            return
        raise
    finally:
        assert_same(before, state_of(module))
    assert torch.isfinite(e.map).all() and e.map.ndim == 2
    assert e.heat.shape == (12, 12) and e.heat.dtype == np.float32
    assert e.heat.min() >= 0 and e.heat.max() in (0, 1)
    assert e.heat.any() or "blank" in e.note
    assert (e.peak is None) == (not e.heat.any())
    assert e.overlay().size == (12, 12)
