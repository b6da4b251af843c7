"""Every method on every bundled network, on a batch of three pictures: finite, of the right shape, as one by one."""

from functools import cache

import pytest
import torch

import gradcam_lab as gl
from gradcam_lab.networks import bundled

# Enough to run every line, not to get a good map.
FEW = {"rise": {"n": 12, "cells": 3}, "sscam": {"n": 2}, "iscam": {"n": 2}, "smoothgrad": {"n": 3},
       "smoothgradcam++": {"n": 3}, "integratedgradients": {"steps": 4}}  # fmt: skip


@cache
def pictures():
    return [scene.picture for scene in gl.worlds.pets.sample(3, seed=11)]


def load(name):
    """The network, or for those that are asked a network of the answers to a question."""
    net = gl.load_network(name, device="cpu")
    return net.asked(net.module.sentence) if hasattr(net.module, "sentence") else net


def is_read_by_cam(name):
    """Whether behind the last block there is global pooling and one linear layer."""
    return bundled.manifest()["networks"][name]["architecture"].get("head", "gap") != "fc"


@pytest.mark.parametrize("name", bundled.names())
def test_every_method_runs_on_three_pictures_as_on_one(name, monkeypatch):
    net = load(name)
    xs = [net.preprocess(picture) for picture in pictures()]
    x = torch.stack(xs)
    (H, W), last, places = x.shape[2:], len(net.labels) - 1, net.as_map
    options = FEW | {"occlusion": {"size": H // 2, "stride": H // 2}}
    with gl.trace.trace(net.module, x[:1], [net.default_layer]) as run:
        h, w = places(net.default_layer, run.A[net.default_layer], (H, W)).shape[2:]
    for number, method in enumerate(gl.METHODS.values()):
        few = 6 if "score_of" in method.needs else None  # it runs the network once for each channel: the first few do
        monkeypatch.setattr(net, "as_map", lambda *a, few=few: places(*a)[:, :few])
        if method.name == "cam" and not is_read_by_cam(name):
            with pytest.raises(gl.LabError, match="^CAM needs global pooling and one linear layer.*'gradcam'"):
                gl.explain(net, pictures(), "cam")
            continue
        together = gl.explain(net, xs, method.name, target=[0, last, None], **options.get(method.name, {}))
        assert len(together) == 3
        for i, e in enumerate(together):
            if method.one_by_one and i != number % 3:
                continue  # long: one of the three will do
            alone = gl.explain(net, pictures()[i], method.name, target=e.target, **options.get(method.name, {}))
            assert torch.isfinite(e.map).all() and e.map.dtype == torch.float32
            assert e.map.shape == alone.map.shape == ((h, w) if method.has_layer and e.pixels is None else (H, W))
            assert e.heat.shape == (H, W) and alone.heat.shape == pictures()[i].size[::-1]
            assert (e.pixels is None) == (method.family != "gradients at the pixels")
            assert e.heat.any() or "blank" in e.note
            # A batch rounds otherwise than one picture, and a ReLU at the brink may switch for it: the mean counts.
            scale = max(float(alone.map.abs().max()), 1e-12)
            assert float((e.map - alone.map).abs().mean()) <= 1e-4 * scale, (method.name, i)
            assert (e.target, e.label) == (alone.target, alone.label)
