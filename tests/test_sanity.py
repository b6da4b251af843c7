"""The sanity check: against correlations worked by hand, on layers whose "random" weights are known."""

import pickle

import numpy as np
import pytest
import torch
from torch import nn
from toys import assert_same, state_of

import gradcam_lab as gl
from gradcam_lab.measure import mean_interval, sanity
from gradcam_lab.measure.sanity import _from_the_top


class Times(nn.Module):
    """x times its weights, place by place; once reset, the weights are `then`."""

    def __init__(self, now, then):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(now))
        self.then = then

    def forward(self, x):
        return x * self.weight

    def reset_parameters(self):
        self.weight.copy_(torch.tensor(self.then))


class Sums(nn.Module):
    def forward(self, x):
        y = x.sum((1, 2, 3))
        return torch.stack([y, -y], dim=1)


def row(bottom, top, then_bottom, then_top):
    """A network whose saliency is |bottom * top|, at four places."""
    module = nn.Sequential(Times(bottom, then_bottom), Times(top, then_top), Sums())
    return gl.Network(module, ["more", "less"], layers=["0", "1"])


X = torch.ones(1, 1, 4)
ONES = [1.0, 1, 1, 1]


def test_cascading_randomisation_by_hand():
    # The map is |1 2 3 4|. The top reset: |16 8 4 1| times it, 16 16 12 4: ranks 3.5 3.5 2 1 against 1 2 3 4.
    # Then the bottom too: ones times the new top, 16 8 4 1: the order reversed. (Alone, it would be ones: blank.)
    found = sanity(row([1.0, 2, 3, 4], ONES, ONES, [16.0, 8, 4, 1]), X, "saliency", seeds=2)
    assert [layer for layer, _ in found] == ["1", "0"]
    ranks, ordered = np.array([3.5, 3.5, 2, 1]), np.array([1, 2, 3, 4])
    assert found[0][1] == pytest.approx(np.corrcoef(ranks, ordered)[0, 1])
    assert found[1][1] == pytest.approx(-1)
    assert found == [("1", found[0][1]), ("0", found[1][1])] and found.note == ""


def test_the_absolute_value_is_compared():
    net = row([1.0, -2, 3, -4], ONES, [-1.0, 2, -3, 4], ONES)
    e = gl.explain(net, X, "integratedgradients", target=0)
    assert e.map.tolist() == [[1, -2, 3, -4]]
    assert sanity(net, X, "integratedgradients", target=0) == [("1", 1), ("0", 1)]


def test_blank_maps_count_as_no_likeness_and_it_says_so():
    found = sanity(row([1.0, 2, 3, 4], ONES, [4.0, 3, 2, 1], [0.0, 0, 0, 0]), X, "saliency", seeds=3)
    assert found == [("1", 0), ("0", 0)] and found.blanks == {"1": 3, "0": 3}
    assert found.note == "6 of 6 maps of randomised networks were blank; each counts as a correlation of 0."
    with pytest.raises(gl.LabError, match="nothing to compare with. The map is blank"):
        sanity(row(ONES, ONES, ONES, ONES), X, "saliency")


def test_a_mean_over_seeds_repeatable_and_nothing_is_touched(pets, scene):
    before, random = state_of(pets.module), torch.get_rng_state()
    first = sanity(pets, scene, "saliency")
    assert torch.equal(random, torch.get_rng_state())
    assert_same(before, state_of(pets.module))
    torch.rand(5)
    assert sanity(pets, scene, "saliency").each == first.each
    assert [layer for layer, _ in first] == ["fc", "block6", "block5", "block4", "block3", "block2", "block1"]
    for layer, mean in first:
        assert len(set(first.each[layer])) == 5 and mean == pytest.approx(np.mean(first.each[layer]))
        low, high = mean_interval(first.each[layer])
        assert f"{layer:<32}{mean:>+12.2f}{f'{low:+.2f} to {high:+.2f}':>18}" in repr(first)
        assert f"<td>{mean:+.2f}</td>" in first._repr_html_()
    again = pickle.loads(pickle.dumps(first))
    assert again == first and again.each == first.each and repr(again) == repr(first)
    three = sanity(pets, scene, "saliency", seeds=3)
    assert all(three.each[layer] == first.each[layer][:3] for layer, _ in first)


def test_the_class_stays_the_one_that_the_trained_network_predicted(pets, scene):
    predicted = gl.explain(pets, scene)

    def each(method="gradcam", **target):
        return sanity(pets, scene, method, seeds=1, **target).each

    assert each(target=predicted.label) == each()
    other = next(label for label in pets.labels if label != predicted.label)
    assert each("saliency", target=other) != each("saliency")
    assert each(target=lambda y: y[:, predicted.target]) == each()


def test_layers_and_options_reach_the_method(pets, scene):
    early = sanity(pets, scene, "layercam", seeds=1, layer=pets.module.block4)
    assert early == sanity(pets, scene, "layercam", seeds=1, layer="block4") != sanity(pets, scene, "layercam", seeds=1)
    fused = sanity(pets, scene, "layercam", seeds=1, layer=["block4", pets.module.block6])
    assert fused == sanity(pets, scene, "layercam", seeds=1, layer=["block4", "block6"])
    # Eigen-CAM is a function of its layer alone: what lies above may forget what it likes.
    eigen = [r for _, r in sanity(pets, scene, "eigencam", seeds=1, layer="block4")]
    assert eigen[:3] == pytest.approx([1, 1, 1]) and max(eigen[3:]) < 0.95
    assert sanity(pets, scene, "rise", seeds=1, n=2, cells=2)[0][0] == "fc"


def test_what_is_measured_on_pets():
    """Grad-CAM, saliency and guided backpropagation notice, the last of them late: the mean of four scenes."""
    pets = gl.load_network("pets")
    found = {
        method: np.mean([[r for _, r in sanity(pets, s, method, seeds=2)] for s in gl.worlds.pets.sample(4, 1)], axis=0)
        for method in ("gradcam", "saliency", "guidedbackprop")
    }
    fc, block6, *_, block1 = zip(*found.values())
    assert block1[0] < 0.25 and block1[1] < 0.35 and block1[2] < 0.4, block1
    assert fc[2] > 0.85 and fc[2] > fc[1] > fc[0] and block6[2] > block6[1] > block6[0], (fc, block6)


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "mobilenet_v2", "swin_t"])
def test_every_parameter_of_a_network_is_randomised_once_from_the_scores_down(name):
    net = gl.load_network(name, weights=None)
    groups = _from_the_top(net, net.preprocess(np.zeros((64, 64), np.uint8))[None])
    ends = {"resnet18": ("fc", "conv1"), "squeezenet1_1": ("classifier.1", "features.0"),
            "mobilenet_v2": ("classifier.1", "features.0"), "swin_t": ("head", "features.0")}[name]  # fmt: skip
    assert (next(iter(groups)), list(groups)[-1]) == ends and 10 <= len(groups) <= 20
    own = [n for n, m in net.module.named_modules() if list(m.parameters(recurse=False))]
    assert sorted(name for names in groups.values() for name in names) == sorted(own)


def test_parameters_without_a_reset_of_their_own_keep_mean_and_spread():
    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(5 + 0.1 * torch.arange(64.0).reshape(8, 8) % 7)

        def forward(self, x):
            return x * self.weight

    net = gl.Network(nn.Sequential(Plain(), Sums()), ["more", "less"], layers=["0"])
    found = sanity(net, torch.ones(1, 8, 8), "saliency", seeds=20)
    assert abs(found[0][1]) < 0.1 and len(set(found.each["0"])) == 20


def test_what_does_not_fit_is_said(pets, scene):
    with pytest.raises(gl.LabError, match="seeds"):
        sanity(pets, scene, seeds=0)
    with pytest.raises(gl.LabError, match="did you mean 'gradcam'"):
        sanity(pets, scene, "gradcan")
    module = row([1.0, 2, 3, 4], ONES, ONES, ONES).module
    module.lock = __import__("threading").Lock()
    with pytest.raises(gl.LabError, match="cannot be copied"):
        sanity(gl.Network(module, ["more", "less"], layers=["0"]), X, "saliency")


@pytest.mark.imagenet
def test_imagenet(squeezenet, photos):
    found = sanity(squeezenet, photos / "cat_dog.jpg", seeds=1)
    assert [layer for layer, _ in found][:2] == ["classifier.1", "features.12"] and len(found) == 10
    assert all(abs(r) < 0.75 for _, r in found), found
