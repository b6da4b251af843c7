"""Formulas against values worked by hand, and against Captum."""

import pytest
import torch
from captum.attr import LayerGradCam
from toys import make_toy

import gradcam_lab as gl
from gradcam_lab.methods import cam, counterfactual, gradcam, gradcam_pp, hirescam, layercam, xgradcam
from gradcam_lab.trace import trace

# Two channels on two by two places.
A = torch.tensor([[[[1.0, 2.0], [0.0, 1.0]], [[3.0, 0.0], [1.0, 0.0]]]])
dy_dA = torch.tensor([[[[4.0, 0.0], [2.0, 2.0]], [[-1.0, -1.0], [0.0, -2.0]]]])
# alpha = (2, -1), so the weighted sum is [[2 - 3, 4 - 0], [0 - 1, 2 - 0]].


def test_gradcam_by_hand():
    assert gradcam(A, dy_dA).tolist() == [[[0, 4], [0, 2]]]


def test_counterfactual_by_hand():
    assert counterfactual(A, dy_dA).tolist() == [[[1, 0], [1, 0]]]


def test_cam_by_hand():
    assert cam(A, torch.tensor([[2.0, -1.0]])).tolist() == [[[-1, 4], [-1, 2]]]
    assert cam(A, torch.tensor([2.0, -1.0])).tolist() == [[[-1, 4], [-1, 2]]]


def test_hirescam_by_hand():
    assert hirescam(A, dy_dA).tolist() == [[[4 - 3, 0], [0, 2]]]


def test_xgradcam_by_hand():
    # alpha = (4 + 0 + 0 + 2) / 4 and (-3 + 0 + 0 + 0) / 4
    assert xgradcam(A, dy_dA).tolist() == [[[0, 3], [0, 1.5]]]
    flat = torch.tensor([[[[1.0, -1.0]]]])  # a channel that sums to nothing has no weighted mean
    assert not xgradcam(flat, torch.ones_like(flat)).any()


def test_layercam_by_hand():
    assert layercam(A, dy_dA).tolist() == [[[4, 0], [0, 2]]]


def test_gradcam_pp_by_hand():
    # The first channel: sum A = 4, g = 4, 2, 2: alpha g = 4/18 + 2/10 + 2/10; the second has no positive gradient.
    w = 4 / 18 + 2 / 10 + 2 / 10
    assert torch.allclose(gradcam_pp(A, dy_dA), w * A[:, 0])


def test_gradcam_pp_is_equation_19_with_the_sum_over_all_places():
    """alpha = d2Y / (2 d2Y + sum A d3Y), the derivatives of Y = exp(S) taken by autograd; S linear in A."""
    torch.manual_seed(0)
    acts = torch.rand(1, 2, 2, 3, dtype=torch.float64)
    slope = torch.randn(1, 2, 2, 3, dtype=torch.float64)
    alpha = torch.empty_like(acts)
    for place in [tuple(i) for i in (acts > -1).nonzero().tolist()]:
        a = acts[place].clone().requires_grad_()
        moved = acts.clone()
        moved[place] = 0
        Y = torch.exp((slope * moved).sum() + slope[place] * a)
        (first,) = torch.autograd.grad(Y, a, create_graph=True)
        (second,) = torch.autograd.grad(first, a, create_graph=True)
        (third,) = torch.autograd.grad(second, a)
        alpha[place] = second / (2 * second + acts[0, place[1]].sum() * third)
    w = (alpha * slope.relu()).sum((2, 3), keepdim=True)
    assert torch.allclose(gradcam_pp(acts, slope), (w * acts).sum(1).relu())


def test_gradcam_pp_of_tiny_gradients_goes_to_one_half():
    tiny = torch.full_like(A, 1e-23)
    assert torch.allclose(gradcam_pp(A, tiny) / 1e-23, (0.5 * 4 * A).sum(1))
    assert torch.isfinite(gradcam_pp(-A, dy_dA)).all()


def test_a_batch_is_one_by_one():
    torch.manual_seed(0)
    many, gradients = torch.randn(3, 4, 5, 6), torch.randn(3, 4, 5, 6)
    for formula in (gradcam, counterfactual, hirescam, xgradcam, layercam, gradcam_pp):
        together = formula(many, gradients)
        for i in range(3):
            assert torch.equal(together[i : i + 1], formula(many[i : i + 1], gradients[i : i + 1]))


@pytest.mark.parametrize("head", ["gap", "fc"])
@pytest.mark.parametrize("layer", ["conv1", "norm1", "relu1", "conv2", "relu2"])
def test_gradcam_is_captums(head, layer):
    net, x = make_toy(head), torch.randn(3, 8, 8, generator=torch.Generator().manual_seed(3))
    for c in range(3):
        ours = gl.explain(net, x, layer=layer, target=c).map
        assert_captum(net, layer, x, c, ours)


@pytest.mark.parametrize("name", ["resnet50", "vgg16"])
def test_gradcam_is_captums_on_random_weights(name):
    net = gl.load_network(name, weights=None, device="cpu")
    x = torch.randn(3, 160, 160, generator=torch.Generator().manual_seed(3))
    for layer in (net.default_layer, net.layers[len(net.layers) // 2]):
        assert_captum(net, layer, x, 7, gl.explain(net, x, layer=layer, target=7).map)


def assert_captum(net, layer, x, c, ours):
    judge = LayerGradCam(net.module, net.module.get_submodule(layer))
    theirs = judge.attribute(x[None], target=c, relu_attributions=True)[0, 0].detach()
    assert (ours - theirs).abs().max() <= 1e-5 * theirs.abs().max()


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-5), (torch.float64, 1e-10)])
def test_gradcam_is_cam_over_the_places_on_a_gap_head(toy, dtype, tolerance):
    toy.module.to(dtype)
    x = torch.randn(4, 3, 8, 8, dtype=dtype)
    for c in range(3):
        for e, f in zip(
            gl.explain(toy, list(x), method="gradcam", layer="relu2", target=c),
            gl.explain(toy, list(x), method="cam", layer="relu2", target=c),
            strict=True,
        ):
            places = e.map.numel()
            assert e.map.dtype == dtype
            assert (e.map - f.map.relu() / places).abs().max() <= tolerance * f.map.abs().max() / places


def test_the_mean_of_cam_and_the_bias_is_the_score(toy):
    e = gl.explain(toy, torch.randn(3, 8, 8), method="cam", layer="relu2", target=1)
    assert float(e.map.mean() + toy.module.fc.bias[1].detach()) == pytest.approx(e.score, abs=1e-5)


@pytest.mark.parametrize("net, layer", [(make_toy("fc"), "relu2"), (make_toy(), "conv1"), (make_toy(), "conv2")])
def test_cam_says_where_it_cannot_be(net, layer):
    with pytest.raises(gl.LabError, match="CAM needs global pooling.*'gradcam'"):
        gl.explain(net, torch.randn(3, 8, 8), method="cam", layer=layer, target=0)


def test_every_method_says_what_it_is():
    for name, method in gl.METHODS.items():
        assert name == method.name and method.formula.__doc__
        for text in (
            method.title,
            method.family,
            method.paper,
            method.equation,
            method.strengths,
            method.limits,
        ):
            assert text.strip() == text and text
        assert method.needs and len(method.cost) == 2


def test_the_ten_lines_of_a_learner_are_the_packages(toy):
    x, kept = torch.randn(3, 8, 8), {}
    toy.module.relu2.inplace = False
    handle = toy.module.relu2.register_forward_hook(lambda m, i, out: kept.update(A=out))
    y = toy.module(x[None])
    handle.remove()
    (g,) = torch.autograd.grad(y[0, 2], kept["A"])
    L = (g.mean((2, 3), keepdim=True) * kept["A"]).sum(1).relu()[0]
    assert torch.allclose(L, gl.explain(toy, x, layer="relu2", target=2).map)
    with trace(toy.module, x[None], ["relu2"]) as run:
        assert torch.equal(run.A["relu2"], kept["A"])
