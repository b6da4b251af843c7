"""explain and sweep: targets, layers, lists, what is in an Explanation, and what is said of bad input."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from toys import Toy, make_toy

import gradcam_lab as gl

X = torch.randn(5, 3, 8, 8, generator=torch.Generator().manual_seed(5))


def picture(seed=0, size=(40, 30)):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))


def seeing(head="gap"):
    """A toy that looks at pictures: scaled to 8 x 8, the middle cut out."""
    from gradcam_lab.networks.view import preset

    return gl.Network(make_toy(head).module, labels=["ant", "bee", "cow"], preprocess=preset(8))


def test_an_index_a_label_and_a_function_are_the_same_target():
    net = seeing()
    by_index, by_label = gl.explain(net, picture(), target=1), gl.explain(net, picture(), target="Bee")
    by_function = gl.explain(net, picture(), target=lambda y: y[:, 1])
    assert torch.equal(by_index.map, by_label.map) and torch.equal(by_index.map, by_function.map)
    assert by_index.label == by_label.label == "bee" and by_index.target == by_label.target == 1
    assert by_function.target is None and by_function.probability is None
    assert by_index.score == by_function.score
    assert by_index.probability == pytest.approx({i: p for _, p, i in net.predict(picture())}[1])


def test_no_target_is_the_predicted_class():
    net = seeing()
    assert gl.explain(net, picture()).label == net.predict(picture(), top=1)[0][0]


def test_a_module_is_a_layer_and_a_bare_module_a_network():
    net = seeing()
    e = gl.explain(net, X[0], layer=net.module.conv2, target=0)
    assert e.layer == "conv2" and torch.equal(e.map, gl.explain(net.module, X[0], layer="conv2", target=0).map)


def test_a_list_gives_a_list_each_as_alone():
    net = seeing()
    pictures = [picture(i, size) for i, size in enumerate([(40, 30), (30, 40), (8, 8), (40, 30)])]
    targets = [0, None, lambda y: y.sum(1), "cow"]
    together = gl.explain(net, pictures, target=targets, layer="relu1")
    for e, p, t in zip(together, pictures, targets, strict=True):
        alone = gl.explain(net, p, target=t, layer="relu1")
        assert torch.allclose(e.map, alone.map, atol=1e-6) and e.label == alone.label
    assert len(gl.explain(net, list(X) * 9, target=0)) == 45
    assert gl.explain(net, []) == []


def test_the_map_is_raw_and_the_heat_is_laid_on_the_view():
    net, p = seeing(), picture(size=(40, 20))
    e = gl.explain(net, p, target=0, layer="relu2")
    assert e.map.dtype == torch.float32 and e.map.shape == (4, 4) and e.map.device.type == "cpu"
    assert e.view == net.view(p) == (10, 0, 30, 20)
    assert e.heat.shape == (20, 40) and e.heat.dtype == np.float32
    assert e.heat.max() == 1 and e.heat.min() == 0
    assert not e.heat[:, :10].any() and not e.heat[:, 30:].any()
    laid = nn.functional.interpolate(e.map[None, None], (20, 20), mode="bilinear", align_corners=False)[0, 0]
    assert np.allclose(e.heat[:, 10:30], laid.clamp(min=0) / laid.max(), atol=1e-6)
    x, y = e.peak
    assert e.heat[y, x] == 1
    assert e.overlay().size == p.size


@pytest.mark.parametrize(
    "target, why",
    [
        (lambda y: y.sum(1) * 0, "0 everywhere.*gradient of the score is 0"),
        (lambda y: -torch.exp(y[:, 0]) - 1e3, None),
    ],
)
def test_a_blank_map_says_why(target, why):
    net = seeing()
    nn.init.ones_(net.module.fc.weight)
    e = gl.explain(net, picture(), target=target, layer="relu2")
    if why is None:  # every weight is negative and every activation positive
        assert not e.map.any()
        why = "blank"
    assert not e.heat.any() and e.peak is None
    import re

    assert re.search(why, e.note), e.note
    assert np.array_equal(np.asarray(e.overlay(opacity=0)), np.asarray(gl.explain(net, picture(), target=0).overlay(0)))


def test_a_negative_map_is_blank_and_says_so():
    net = seeing()
    nn.init.constant_(net.module.fc.weight, -1.0)
    e = gl.explain(net, picture(), method="cam", target=0, layer="relu2")
    assert e.map.min() < 0 and not e.heat.any() and "nowhere positive" in e.note


def test_a_sweep_is_each_explained_alone():
    net = seeing()
    methods = ["cam", "gradcam", "counterfactual"]
    atlas = gl.sweep(net, picture(), methods, layers=["conv1", "relu1", "relu2"], targets=[2, "ant"])
    assert len(atlas) == 3 * 2 * 2 + 2  # cam at the last layer only
    for e in atlas:
        alone = gl.explain(net, picture(), method=e.method, layer=e.layer, target=e.target)
        assert torch.allclose(e.map, alone.map, atol=1e-6) and e.note == alone.note and e.score == alone.score
    assert atlas["gradcam", "relu1", "cow"] is atlas["gradcam", "relu1", 2]
    with pytest.raises(gl.LabError, match="CAM needs"):
        atlas["cam", "conv1", 2]
    with pytest.raises(gl.LabError, match="holds nothing for 1"):
        atlas["gradcam", "relu1", 1]
    assert gl.sweep(net, picture()).methods == [name for name, m in gl.METHODS.items() if m.shares]
    assert gl.sweep(net, picture()).targets == [i for _, _, i in net.predict(picture(), top=5)]


def test_a_sweep_runs_the_network_once():
    class Counting(Toy):
        runs = 0

        def forward(self, x):
            Counting.runs += 1
            return super().forward(x)

    net = gl.Network(Counting().eval(), labels=["ant", "bee", "cow"], layers=["relu1", "relu2"])
    assert net.labels and net.layers  # found once, by runs of their own
    Counting.runs = 0
    gl.sweep(net, X[0], targets=[0, 1, 2])
    assert Counting.runs == 1


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda n: gl.explain(n, X[0], method="gradcan"), "no method 'gradcan'; did you mean 'gradcam'"),
        (lambda n: gl.explain(n, X[0], layer="rely2"), "no layer 'rely2'; did you mean 'relu2'"),
        (lambda n: gl.explain(n, X[0], layer=3), "no layer 3; a layer is a name or a module"),
        (lambda n: gl.explain(n, X[0], layer=nn.ReLU()), "not a part of"),
        (lambda n: gl.explain(n, X[0], layer="fc"), "'fc' gives a tensor.*no places"),
        (lambda n: gl.explain(n, X[0], target=3), "no class 3; its classes are numbered 0 to 2"),
        (lambda n: gl.explain(n, X[0], target=-1), "no class -1"),
        (lambda n: gl.explain(n, X[0], target=True), "no class True"),
        (lambda n: gl.explain(n, X[0], target=1.5), "given was a float"),
        (lambda n: gl.explain(n, X[0], target="bea"), "no class 'bea'; did you mean 'bee'"),
        (lambda n: gl.explain(n, X[0], target=lambda y: y), "returns \\[B\\], one number a picture"),
        (lambda n: gl.explain(n, X[0], target=lambda y: 1.0), "got a float"),
        (
            lambda n: gl.explain(n, X[0], method="cam", target=lambda y: y[:, 0]),
            "CAM reads the weights of one class",
        ),
        (lambda n: gl.explain(n, X[0], sigma=0.1), "no option 'sigma'"),
        (lambda n: gl.explain(n, X), "floating point \\[C, H, W\\]"),
        (lambda n: gl.explain(n, X[0] / 0), "not finite"),
        (lambda n: gl.explain(n, [X[0]], target=[0, 1]), "1 expected, given 2"),
        (lambda n: gl.explain(n, 7), "a path, bytes, an array or a PIL picture; given was a int"),
        (lambda n: gl.explain("pets", X[0]), "wraps a torch.nn.Module; given was a str"),
        (lambda n: gl.sweep(n, X[0], methods=["gradcan"]), "did you mean 'gradcam'"),
        (lambda n: gl.sweep(n, X[0], layers=["x9"]), "no layer 'x9'"),
        (lambda n: gl.explain(n, X[0]).overlay(opacity=2), "between 0 and 1"),
        (lambda n: gl.explain(n, X[0]).overlay(colours="jat"), "did you mean 'jet'"),
    ],
)
def test_bad_input_is_one_sentence(toy, call, sentence):
    with pytest.raises(gl.LabError, match=sentence) as caught:
        call(toy)
    assert "\n" not in str(caught.value) and str(caught.value).rstrip("?").rstrip(".") != str(caught.value)


@pytest.mark.parametrize(
    "method, option, sentence",
    [
        ("rise", {"n": 0}, "n of 'rise' is a whole number of at least 1; given was 0"),
        ("rise", {"p": 0}, "a probability above 0"),
        ("rise", {"seed": None}, "a whole number from 0 to"),
        ("scorecam", {"scores": "probabilty"}, "'logit' or 'probability'; given was 'probabilty'"),
        ("scorecam", {"chunk": -1}, "at least 1, or None"),
        ("sscam", {"noise": "foo"}, "'mask' or 'input'"),
        ("sscam", {"sigma": float("nan")}, "a share of the range"),
        ("smoothgradcam++", {"numerator": "D3"}, "'D1' or 'D2'"),
        ("occlusion", {"size": 4.0}, "given was 4.0"),
        ("integratedgradients", {"baseline": "black"}, "a number, or a tensor"),
        ("gradcam", {"steps": 5}, "no option 'steps'; it has none"),
    ],
)
def test_options_that_cannot_be(toy, method, option, sentence):
    with pytest.raises(gl.LabError, match=sentence):
        gl.explain(toy, X[0], method, **option)


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda n: gl.explain(n, X[0], method=gl.METHODS["gradcam"]), "given by its name"),
        (lambda n: gl.explain(n, X[0], "saliency", layer="nonsense"), "no layer 'nonsense'"),
        (lambda n: gl.explain(n, X[0], "guidedgradcam", layer=["relu1", "relu2"]), "is of one layer"),
        (lambda n: gl.explain(n, X[0], target=lambda y: y[:, 99]), "target function failed on scores"),
        (lambda n: gl.sweep(n, X[0], targets=[lambda y: y[:, 0]]), "A sweep takes classes"),
    ],
)
def test_more_slips_are_one_sentence(toy, call, sentence):
    with pytest.raises(gl.LabError, match=sentence):
        call(toy)


def test_a_sweep_takes_one_of_each_as_well(toy):
    assert len(gl.sweep(toy, X[0], "gradcam", "relu2", 1)) == 1


def test_layers_are_fused_in_the_order_in_which_they_run(toy):
    one, other = (gl.explain(toy, X[0], "layercam", pair, 1) for pair in (["relu1", "relu2"], ["relu2", "relu1"]))
    assert torch.equal(one.map, other.map) and one.layer == other.layer == "relu1 + relu2"
    twice = gl.explain(toy, X[0], "layercam", ["relu2", "relu2"], 1)
    assert twice.layer == "relu2" and "2 times" not in twice.note


def test_half_precision_and_no_places_and_one_score():
    half = gl.Network(make_toy().module.bfloat16(), labels=["ant", "bee", "cow"])
    for method in ("cam", "gradcam", "gradcam++", "xgradcam", "rise"):
        e = gl.explain(half, X[0], method, "relu2" if gl.METHODS[method].has_layer else None, 0)
        assert e.map.dtype == torch.float32 and torch.isfinite(e.map).all()
    mlp = nn.Sequential(nn.Flatten(), nn.Linear(192, 3))
    with pytest.raises(gl.LabError, match="no layer whose output still has places"):
        gl.explain(mlp, X[0])
    single = gl.Network(nn.Sequential(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 1)))
    e = gl.explain(single, X[0], layer="0", target=0)
    assert e.probability == pytest.approx(float(torch.tensor(e.score).sigmoid()), abs=1e-6)


def test_a_gradient_that_is_not_defined_is_said_so():
    class Root(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)

        def forward(self, x):
            return (self.conv(x) * 0).sqrt().sum((2, 3))

    e = gl.explain(gl.Network(Root()), X[0], layer="conv", target=0)
    assert not e.heat.any() and e.peak is None and "not finite" in e.note


def test_a_network_with_strange_scores_says_so():
    class Pair(nn.Module):
        def forward(self, x):
            return x, x

    with pytest.raises(gl.LabError, match="gives scores \\[B, C\\].*a tuple"):
        gl.explain(Pair(), X[0], layer=None)
    with pytest.raises(gl.LabError, match="does not run on an input \\[1, 3, 9, 9\\]"):
        gl.explain(make_toy("fc"), torch.randn(3, 9, 9), target=0, layer="relu2")
    net = make_toy("fc")  # and the next input that fits is explained
    with pytest.raises(gl.LabError):
        gl.explain(net, torch.randn(3, 9, 9), target=0)
    assert gl.explain(net, X[0], target=0).layer == "relu2"
    broken = Toy()
    nn.init.constant_(broken.fc.bias, float("nan"))
    with pytest.raises(gl.LabError, match="not finite"):
        gl.explain(broken, X[0], target=0, layer="relu2")
