"""The identity card: which methods are one map, and why, told by the network's numbers."""

import pytest
import torch
from PIL import Image
from torch import nn
from toys import Toy

import gradcam_lab as gl
from gradcam_lab.networks.view import preset

PICTURE = Image.effect_noise((8, 8), 80).convert("RGB")


def network(module):
    torch.manual_seed(0)
    for p in module.parameters():
        nn.init.normal_(p, std=0.5)
    return gl.Network(module.eval(), labels=["ant", "bee", "cow"], preprocess=preset(8))


def methods(net, layer):
    return [identity.methods for identity in gl.identity_card(net, PICTURE, layer)]


def test_average_pooling_makes_four_methods_one():
    assert methods(network(Toy()), "relu2") == [
        ("cam", "gradcam", "hirescam", "xgradcam"),
        ("counterfactual", "gradcam"),
    ]


def test_maximum_pooling_makes_two_methods_one():
    toy = Toy()
    toy.pool = nn.AdaptiveMaxPool2d(1)
    assert methods(network(toy), "relu2") == [("cam", "gradcam"), ("counterfactual", "gradcam")]


@pytest.mark.parametrize("layer", ["conv1", "relu1", "conv2"])
def test_earlier_layers_have_no_identity_but_the_negation(layer):
    assert methods(network(Toy()), layer) == [("counterfactual", "gradcam")]


def test_a_flattened_head_has_none_but_the_negation():
    assert methods(network(Toy("fc")), "relu2") == [("counterfactual", "gradcam")]


def test_each_assertion_can_fail():
    """Asked of a layer where it is not true, each says so."""
    net = network(Toy())
    card = gl.identity_card(net, PICTURE, "relu2")
    assert all(identity.holds(net, PICTURE, "relu2", 0) for identity in card)
    fc = network(Toy("fc"))

    def without_the_mean(L, c):
        assert torch.allclose(L("gradcam", c), L("hirescam", c).relu(), atol=1e-5)

    wrong = card[0]._replace(shows=without_the_mean)
    assert not wrong.holds(fc, PICTURE, "relu2", 0) and wrong.holds(net, PICTURE, "relu2", 0)
    assert "cam.relu() / cam.numel()" in card[0].code
    assert "relu2" in card[0].why and "{" not in card[0].why
