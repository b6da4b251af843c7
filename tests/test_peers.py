"""Every method beside its peers: equal where they are right, their number from our own parts where they are not.

J is pytorch-grad-cam 1.5.7, T torch-cam 0.5.0 and C Captum 0.9.0. The test extra has Captum alone; what is said of J
and T is said of these versions, and skipped with any other. The table in benchmarks/README.md says it in words.
"""

import copy
import importlib.metadata
import warnings
from functools import cache

import numpy as np
import pytest
import torch
from captum import attr as C
from scipy import ndimage
from torch.nn import functional as F
from toys import make_toy

import gradcam_lab as gl
from gradcam_lab import methods
from gradcam_lab.networks.bundled import example_picture
from gradcam_lab.trace import trace

# (network, layer): relu1 and block1 are before the resolution falls, or have many places; conv1 has negative values.
CASES = [("gap", "relu1"), ("gap", "relu2"), ("fc", "conv1"), ("fc", "relu2"), ("pets", "block3"), ("pets", "block6")]
EVERYWHERE = pytest.mark.parametrize("name, layer", CASES)
BEHIND_RELU = pytest.mark.parametrize("name, layer", [case for case in CASES if case[1] != "conv1"])


def installed(package, distribution, version):
    peer = pytest.importorskip(package, reason=f"{distribution} is not installed; the test extra does without")
    found = importlib.metadata.version(distribution)
    if found != version:
        pytest.skip(f"what is said here is of {distribution} {version}, and {found} is installed")
    return peer


@pytest.fixture
def J():
    return installed("pytorch_grad_cam", "grad-cam", "1.5.7")


@pytest.fixture
def T():
    installed("torchcam", "torchcam", "0.5.0")
    return pytest.importorskip("torchcam.methods")


@cache
def _network(name):
    return gl.load_network("pets", device="cpu") if name == "pets" else make_toy(name)


def made(name):
    """(net, x [1, C, H, W], a class): the module is a copy, for peers leave their traces in it."""
    net = _network(name)
    fresh = gl.Network(copy.deepcopy(net.module), net.labels, net.preprocess, name=name)
    if name == "pets":
        return fresh, fresh.preprocess(example_picture())[None], fresh.class_index("dog")
    return fresh, torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(3)), 1


def parts(net, x, layer, c):
    """(A, dy/dA), each [1, K, h, w]."""
    with trace(net.module, x, [layer]) as run:
        return run.A[layer].detach(), run.dy_dA(run.y[:, c])[layer]


def scores(net, inputs, c):
    with torch.no_grad():
        return net.module(inputs)[:, c]


def by_scores(A, S):
    """Score-CAM's sum: softmax over the channels' scores."""
    return (S.softmax(0)[:, None, None] * A[0]).sum(0).relu()


def scaled(t):
    """Each map or mask from 0 to 1."""
    t = t - t.amin((-2, -1), keepdim=True)
    return t / (t.amax((-2, -1), keepdim=True) + 1e-8)


def laid(t, size, align_corners=False):
    return F.interpolate(t[None], size, mode="bilinear", align_corners=align_corners)[0]


def assert_close(ours, theirs, tolerance=1e-5):
    ours, theirs = torch.as_tensor(ours), torch.as_tensor(theirs).detach()
    assert ours.shape == theirs.shape and theirs.any()
    assert (ours - theirs).abs().max() <= tolerance * theirs.abs().max()


def far(ours, theirs):
    """How far apart two maps are when each is divided by its maximum: the mean difference."""
    ours, theirs = (torch.as_tensor(t).relu() / torch.as_tensor(t).max() for t in (ours, theirs))
    return float((ours - theirs).abs().mean())


# ---- Captum ----


@EVERYWHERE
def test_captums_gradient_times_activation_makes_cam_hirescam_layercam_and_xgradcam(name, layer):
    net, x, c = made(name)
    at = net.module.get_submodule(layer)
    gA = C.LayerGradientXActivation(net.module, at).attribute(x, target=c)[0].detach()
    A = C.LayerActivation(net.module, at).attribute(x)[0].detach()
    assert_close(gl.explain(net, x[0], "hirescam", layer, c).map, gA.sum(0))
    total = A.sum((1, 2))
    alpha = torch.where(total == 0, 0, gA.sum((1, 2)) / total)
    assert_close(gl.explain(net, x[0], "xgradcam", layer, c).map, (alpha[:, None, None] * A).sum(0).relu(), 1e-4)
    if A.min() >= 0:  # then the product is positive where the gradient is
        assert_close(gl.explain(net, x[0], "layercam", layer, c).map, gA.relu().sum(0))
    if (name, layer) in (("gap", "relu2"), ("pets", "block6")):  # averaging divides the gradient by the places
        assert_close(gl.explain(net, x[0], "cam", layer, c).map, gA.sum(0) * A[0].numel())


@EVERYWHERE
def test_the_counterfactual_is_captums_gradcam_of_minus_y(name, layer):
    net, x, c = made(name)
    judge = C.LayerGradCam(lambda x: -net.module(x), net.module.get_submodule(layer))
    theirs = judge.attribute(x, target=c, relu_attributions=True)[0, 0]
    assert_close(gl.explain(net, x[0], "counterfactual", layer, c).map, theirs)


@EVERYWHERE
def test_ablationcam_by_captums_ablation_of_a_layer(name, layer):
    net, x, c = made(name)
    A, _ = parts(net, x, layer, c)
    channel = torch.arange(A.shape[1])[:, None, None].expand(A.shape[1:])[None]
    judge = C.LayerFeatureAblation(net.module, net.module.get_submodule(layer))
    drops = judge.attribute(x, target=c, layer_mask=channel, perturbations_per_eval=32)[0, :, 0, 0]
    theirs = (drops[:, None, None] / scores(net, x, c).abs() * A[0]).sum(0).relu()
    assert_close(gl.explain(net, x[0], "ablationcam", layer, c).map, theirs, 1e-4)


@pytest.mark.parametrize("name, size, stride", [("gap", 4, 2), ("fc", 2, 2), ("pets", 32, 16)])
def test_occlusion_is_captums_where_the_patches_fit(name, size, stride):
    net, x, c = made(name)
    judge = C.Occlusion(net.module)
    for baseline in (0.0, 0.5):
        theirs = judge.attribute(x, (3, size, size), (3, stride, stride), baseline, target=c, perturbations_per_eval=16)
        ours = gl.explain(net, x[0], "occlusion", target=c, size=size, stride=stride, baseline=baseline).map
        assert_close(ours, theirs[0, 0], 1e-4)


def test_captums_last_patch_is_cut_off_where_ours_is_whole_and_flush_with_the_edge():
    net, x, c = made("gap")
    theirs = C.Occlusion(net.module).attribute(x, (3, 3, 3), (3, 2, 2), target=c)[0, 0]
    ours = gl.explain(net, x[0], "occlusion", target=c, size=3, stride=2).map
    total, times = torch.zeros(8, 8), torch.zeros(8, 8)
    for top in (0, 2, 4, 6):  # ours begins at 0, 2, 4 and 5
        for left in (0, 2, 4, 6):
            patch = x.clone()
            patch[:, :, top : top + 3, left : left + 3] = 0
            total[top : top + 3, left : left + 3] += scores(net, x, c) - scores(net, patch, c)
            times[top : top + 3, left : left + 3] += 1
    assert_close(total / times, theirs)
    assert far(ours, theirs) > 0.01 and torch.allclose(ours[:4, :4], theirs[:4, :4], atol=1e-5)


@pytest.mark.parametrize("name", ["gap", "fc", "pets"])
def test_smoothgrad_is_captums_noise_tunnel_with_the_same_noise(name):
    net, x, c = made(name)
    n, sigma = 4, 0.2
    spread = float(sigma * (x.max() - x.min()))
    torch.manual_seed(5)
    tunnel = C.NoiseTunnel(C.Saliency(net.module))
    theirs = tunnel.attribute(x, nt_type="smoothgrad", nt_samples=n, stdevs=spread, target=c, abs=False)
    torch.manual_seed(5)
    drawn = torch.normal(0, torch.ones(n, *x.shape[1:]))

    def gradient_of(x):
        x = x.detach().requires_grad_()
        return torch.autograd.grad(net.module(x)[:, c].sum(), x)[0]

    assert_close(methods.smoothgrad(x, gradient_of, lambda shape, i: drawn[i], n, sigma), theirs, 1e-4)


@pytest.mark.parametrize("name, layer", [("gap", "relu1"), ("fc", "relu2"), ("pets", "block5")])
def test_pixel_methods_are_captums_and_guided_gradcam_is_when_it_is_told_to_be_bilinear(name, layer):
    net, x, c = made(name)
    for module in net.module.modules():
        if isinstance(module, torch.nn.ReLU):
            module.inplace = False  # as Captum's hooks on ReLUs want it
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Captum says that it sets hooks
        theirs = {
            "saliency": C.Saliency(net.module).attribute(x, target=c, abs=False),
            "deconvnet": C.Deconvolution(net.module).attribute(x, target=c),
            "guidedbackprop": C.GuidedBackprop(net.module).attribute(x, target=c),
            "guidedgradcam": C.GuidedGradCam(net.module, net.module.get_submodule(layer)).attribute(
                x, target=c, interpolate_mode="bilinear"
            ),
        }
    for method, expected in theirs.items():
        where = layer if method == "guidedgradcam" else None
        assert_close(gl.explain(net, x[0], method, where, c).pixels, expected[0])


def test_integrated_gradients_by_midpoints_are_near_captums_gauss_legendre():
    net, x, c = made("pets")
    theirs = C.IntegratedGradients(net.module).attribute(x, target=c, n_steps=100, internal_batch_size=20)[0]
    ours = gl.explain(net, x[0], "integratedgradients", target=c).pixels
    assert float((ours - theirs).abs().sum() / theirs.abs().sum()) < 0.05


# ---- J: pytorch-grad-cam ----


def jacobgil(J, method, net, layer, x, target):
    """(J's map [h, w] before it scales, what J returns [H, W])."""
    target = target if callable(target) else (lambda c: lambda y: y[c])(target)
    with getattr(J, method)(net.module, [net.module.get_submodule(layer)]) as cam:
        raw, kept = cam.get_cam_image, []
        cam.get_cam_image = lambda *a: kept.append(raw(*a)) or kept[-1]
        found = cam(x.clone(), [target])
    return torch.as_tensor(kept[0][0]), torch.as_tensor(found[0])


@EVERYWHERE
def test_j_agrees_on_gradcam_its_counterfactual_hirescam_layercam_and_xgradcam(J, name, layer):
    _, x, c = made(name)
    for method, theirs, target, tolerance in (
        ("gradcam", "GradCAM", c, 1e-5),
        ("counterfactual", "GradCAM", lambda y: -y[c], 1e-5),
        ("hirescam", "HiResCAM", c, 1e-5),
        ("layercam", "LayerCAM", c, 1e-5),
        ("xgradcam", "XGradCAM", c, 1e-4),
    ):
        net, _, _ = made(name)
        L = jacobgil(J, theirs, net, layer, x, target)[0]
        assert_close(gl.explain(net, x[0], method, layer, c).map, L if method == "hirescam" else L.relu(), tolerance)


@pytest.mark.parametrize("name, layer", [("gap", "relu2"), ("pets", "block6")])
def test_j_subtracts_the_minimum_and_divides_by_the_maximum_before_and_after_laying_it_on(J, name, layer):
    net, x, c = made(name)
    e = gl.explain(net, x[0], "gradcam", layer, c)
    L, returned = jacobgil(J, "GradCAM", net, layer, x, c)
    assert_close(scaled(laid(scaled(e.map)[None], x.shape[2:])[0]), returned, 1e-4)
    assert L.relu().min() == 0 or (torch.as_tensor(e.heat) - returned).abs().max() > 1e-3


@BEHIND_RELU
def test_j_agrees_on_gradcam_pp_where_its_epsilon_does_not_swamp_the_gradient(J, name, layer):
    for factor, agrees in ((1e4, True), (1e-4, False)):
        net, x, c = made(name)
        net.module.fc.weight.data *= factor
        ours = gl.explain(net, x[0], "gradcam++", layer, c).map
        L = jacobgil(J, "GradCAMPlusPlus", net, layer, x, c)[0].relu()
        if agrees:
            assert_close(ours, L, 1e-3)
        else:
            A, g = parts(net, x, layer, c)
            alpha = g**2 / (2 * g**2 + A.sum((2, 3), keepdim=True) * g**3 + 1e-6)
            assert_close(((alpha * g.relu()).sum((2, 3), keepdim=True) * A).sum(1).relu()[0], L, 1e-4)
            assert L.max() < 0.2 * ours.max()


def test_j_gives_a_channel_that_sums_to_nothing_a_weight_of_millions_in_xgradcam(J):
    A = torch.tensor([[[[1.0, -1.0]], [[1.0, 3.0]]]])
    g = torch.tensor([[[[1.0, 0.0]], [[1.0, 2.0]]]])
    net, _, _ = made("gap")
    with J.XGradCAM(net.module, [net.module.relu2]) as cam:
        weights = cam.get_cam_weights(None, None, None, A.numpy(), g.numpy())
    assert abs(weights[0, 0]) > 1e6 and weights[0, 1] == pytest.approx(7 / 4)
    assert torch.allclose(methods.xgradcam(A, g), 7 / 4 * A[:, 1])


@EVERYWHERE
def test_j_centres_before_eigencam_and_its_sign_is_an_accident(J, name, layer):
    net, x, c = made(name)
    A, _ = parts(net, x, layer, c)
    L = jacobgil(J, "EigenCAM", net, layer, x, c)[0]
    centred = methods.eigencam(A - A.mean((2, 3), keepdim=True))[0]
    assert_close(centred if (centred * L).sum() > 0 else -centred, L, 1e-3)
    assert abs(float(L.mean())) < 1e-4 * float(L.abs().max())
    uncentred = np.linalg.svd(A[0].flatten(1).T.numpy(), full_matrices=False)
    u = torch.as_tensor(uncentred[0][:, 0] * uncentred[1][0]).reshape(A.shape[2:])
    ours = gl.explain(net, x[0], "eigencam", layer, c).map
    assert_close(ours if (ours * u).sum() > 0 else -ours, u, 1e-4)


@EVERYWHERE
def test_j_lays_scorecams_masks_with_aligned_corners(J, name, layer):
    net, x, c = made(name)
    A, _ = parts(net, x, layer, c)
    L = jacobgil(J, "ScoreCAM", net, layer, x, c)[0].relu()
    S = scores(net, x * scaled(laid(A[0], x.shape[2:], align_corners=True))[:, None], c)
    assert_close(by_scores(A, S), L, 1e-4)
    ours = gl.explain(net, x[0], "scorecam", layer, c).map
    if A.shape[2:] == x.shape[2:]:  # nothing to lay: then it is the paper's
        assert_close(ours, L, 1e-4)
    else:
        assert (1e-3 if name == "pets" else 0) * L.max() < (ours - L).abs().max() < 0.05 * L.max()


@pytest.mark.parametrize("name, layer", [("gap", "relu1"), ("gap", "relu2"), ("fc", "relu2"), ("pets", "block6")])
def test_j_agrees_on_ablationcam_where_zero_is_the_least_and_the_score_positive(J, name, layer):
    for sign in (1, -1):
        net, x, c = made(name)
        head = net.module.fc
        head.bias.data += sign * (10 + float(scores(net, x, c).abs()))
        ours = gl.explain(net, x[0], "ablationcam", layer, c).map
        L = jacobgil(J, "AblationCAM", net, layer, x, c)[0]
        assert_close(ours, (sign * L).relu(), 1e-3)  # a negative score turns J's map round


def test_j_silences_a_channel_before_a_relu_with_minus_ten_millions_that_add_up(J):
    net, x, c = made("fc")
    layer = J.ablation_layer.AblationLayer()
    layer.activations_to_be_ablated(np.zeros((4, 8, 8)))
    A, _ = parts(net, x, "conv1", c)
    layer.set_next_batch(0, A, 4)
    silenced = [float(A_k[k, 0, 0]) for k, A_k in enumerate(layer(None))]
    assert silenced == pytest.approx([-1e7, -2e7, -3e7, -4e7], rel=1e-3)
    L = jacobgil(J, "AblationCAM", net, "conv1", x, c)[0].relu()
    assert far(gl.explain(net, x[0], "ablationcam", "conv1", c).map, L) > 0.05


def test_j_agrees_on_guided_backpropagation_once_and_gives_twice_that_the_second_time(J):
    net, x, c = made("pets")
    ours = gl.explain(net, x[0], "guidedbackprop", target=c).pixels
    guided, given = J.GuidedBackpropReLUModel(net.module), x.clone()
    first, second = (torch.as_tensor(guided(given, c).copy()).permute(2, 0, 1) for _ in range(2))
    assert_close(ours, first)
    assert_close(2 * first, second)


def test_j_and_t_explain_what_an_in_place_operation_has_made_of_the_layer(J, T):
    net, x, c = made("fc")
    ours, behind = (gl.explain(net, x[0], "gradcam", layer, c).map for layer in ("conv2", "relu2"))
    assert_close(ours, C.LayerGradCam(net.module, net.module.conv2).attribute(x, target=c)[0, 0].relu())
    assert_close(behind, torchcam(T, "GradCAM", net, "conv2", x, c))
    (_, g), (A, _) = parts(net, x, "conv2", c), parts(net, x, "relu2", c)  # J: a gradient of here, activations of there
    assert_close(methods.gradcam(A, g)[0], jacobgil(J, "GradCAM", net, "conv2", x, c)[0].relu())
    assert far(ours, behind) > 0.01


# ---- T: torch-cam ----


def torchcam(T, method, net, layer, x, c, **options):
    """T's map [h, w] before it scales."""
    with getattr(T, method)(net.module, layer, **options) as cam:
        return cam(c, net.module(x), normalized=False)[0][0].detach()


@EVERYWHERE
def test_t_agrees_on_cam_gradcam_layercam_and_xgradcam(T, name, layer):
    net, x, c = made(name)
    for method, theirs in (("gradcam", "GradCAM"), ("layercam", "LayerCAM"), ("xgradcam", "XGradCAM")):
        ours = gl.explain(net, x[0], method, layer, c).map
        assert_close(ours, torchcam(T, theirs, net, layer, x, c), 1e-4 if method == "xgradcam" else 1e-5)
    if (name, layer) in (("gap", "relu2"), ("pets", "block6")):
        assert_close(gl.explain(net, x[0], "cam", layer, c).map, torchcam(T, "CAM", net, layer, x, c, fc_layer="fc"))


@BEHIND_RELU
def test_t_never_divides_in_gradcam_pp(T, name, layer):
    net, x, c = made(name)
    A, g = parts(net, x, layer, c)
    w = g.relu().pow(3).sum((2, 3), keepdim=True)  # g^2, undivided, times ReLU(g)
    L = torchcam(T, "GradCAMpp", net, layer, x, c)
    assert_close((w * A).sum(1).relu()[0], L)
    assert far(gl.explain(net, x[0], "gradcam++", layer, c).map, L) > 1e-3


@pytest.mark.parametrize("name, layer", [("gap", "relu1"), ("fc", "relu2"), ("pets", "block3")])
def test_t_takes_the_last_noisy_copy_in_smooth_gradcam_pp(T, name, layer):
    net, x, c = made(name)
    n, std = 3, 0.3
    torch.manual_seed(7)
    L = torchcam(T, "SmoothGradCAMpp", net, layer, x, c, num_samples=n, std=std)
    torch.manual_seed(7)
    runs = [parts(net, x + torch.distributions.Normal(0, std).sample(x.shape), layer, c) for _ in range(n)]
    A, last_A, last_g = parts(net, x, layer, c)[0], *runs[-1]
    D2, D3 = (torch.stack([g**p for _, g in runs]).mean(0) for p in (2, 3))
    alpha = D2 / (2 * D2 + (D3 * A).sum((2, 3), keepdim=True) + 1e-8)  # and A g^3 at equal places
    w = (alpha * last_g.relu()).sum((2, 3), keepdim=True)
    assert_close((w * last_A).sum(1).relu()[0], L, 1e-4)
    sigma = std / float(x.max() - x.min())  # T's is absolute, the paper's a share of the range
    assert far(gl.explain(net, x[0], "smoothgradcam++", layer, c, n=n, sigma=sigma).map, L) > 1e-3


@EVERYWHERE
def test_t_scales_scorecams_masks_before_it_lays_them(T, name, layer):
    net, x, c = made(name)
    A, _ = parts(net, x, layer, c)
    L = torchcam(T, "ScoreCAM", net, layer, x, c)
    S = scores(net, x * laid(scaled(A[0]), x.shape[2:])[:, None], c)
    assert_close(by_scores(A, S), L, 1e-4)
    ours = gl.explain(net, x[0], "scorecam", layer, c).map
    if A.shape[2:] == x.shape[2:]:
        assert_close(ours, L, 1e-4)
    else:
        assert (1e-3 if name == "pets" else 0) * L.max() < (ours - L).abs().max() < 0.05 * L.max()


def test_j_and_t_give_a_flat_channel_a_weight_in_scorecam(J, T):
    net, x, c = made("fc")
    net.module.conv2.weight.data[2] = 0
    net.module.conv2.bias.data[2] = 1
    A, _ = parts(net, x, "relu2", c)
    flat = A[0].amax((1, 2)) == A[0].amin((1, 2))
    assert flat.tolist() == [False, False, True, False, False]
    ours = gl.explain(net, x[0], "scorecam", "relu2", c).map
    for L, masks in (  # T's is a black picture, J's what rounding makes of nothing
        (jacobgil(J, "ScoreCAM", net, "relu2", x, c)[0], scaled(laid(A[0], (8, 8), align_corners=True))),
        (torchcam(T, "ScoreCAM", net, "relu2", x, c), laid(scaled(A[0]), (8, 8))),
    ):
        assert_close(by_scores(A, scores(net, x * masks[:, None], c)), L, 1e-4)
        assert far(ours, L) > 0.01


@pytest.mark.parametrize("name, layer", [("gap", "relu1"), ("fc", "conv1")])
def test_t_agrees_on_sscam_with_the_same_noise_where_there_is_nothing_to_lay(T, name, layer):
    net, x, c = made(name)
    A, n, sigma = parts(net, x, layer, c)[0], 3, 0.2
    torch.manual_seed(7)
    L = torchcam(T, "SSCAM", net, layer, x, c, num_samples=n, std=sigma)
    torch.manual_seed(7)
    drawn = [torch.distributions.Normal(0, sigma).sample(A.shape)[0] / sigma for _ in range(n)]
    calls = iter([(k, i) for k in range(A.shape[1]) for i in range(n)])

    def draw(shape, i):
        k, copy_ = next(calls)
        return drawn[copy_][k][None, None]

    def score_of(inputs, many):
        return torch.cat([scores(net, inputs(i, i + 1), c) for i in range(many)])

    assert_close(methods.sscam(A, x, score_of, draw, n, sigma)[0], L, 1e-4)


@pytest.mark.parametrize("name, layer", [("gap", "relu1"), ("fc", "conv1")])
def test_t_lets_the_factor_of_iscam_run_past_1(T, name, layer):
    net, x, c = made(name)
    A, n = parts(net, x, layer, c)[0], 10
    masked = x * scaled(A[0])[:, None]
    factors = torch.arange(1, n + 1).cumsum(0) / n
    assert float(factors[-1]) == 5.5
    L = torchcam(T, "ISCAM", net, layer, x, c, num_samples=n)
    assert_close(by_scores(A, torch.stack([scores(net, f * masked, c) for f in factors]).mean(0)), L, 1e-4)
    ours = gl.explain(net, x[0], "iscam", layer, c, n=n).map
    assert_close(
        ours, by_scores(A, torch.stack([scores(net, i / n * masked, c) for i in range(1, n + 1)]).mean(0)), 1e-4
    )
    assert (ours - L).abs().max() > 1e-3 * L.max()


def test_t_fuses_by_the_tanh_of_every_layer_the_deepest_too(T):
    net, x, c = made("pets")
    with T.LayerCAM(net.module, ["block3", "block6"]) as cam:
        found = cam(c, net.module(x))
        theirs = cam.fuse_cams(found)[0].detach()
    shallow, deep = (scaled(gl.explain(net, x[0], "layercam", layer, c).map) for layer in ("block3", "block6"))
    by_tanh = [laid(torch.tanh(2 * L)[None], theirs.shape)[0] for L in (shallow, deep)]
    assert_close(torch.maximum(*by_tanh), theirs, 1e-4)
    assert far(gl.explain(net, x[0], "layercam", ["block3", "block6"], c).map, theirs) > 0.01


# ---- RISE: no peer has it; its authors' recipe, with SciPy's interpolation ----


def test_rise_by_its_authors_recipe_in_scipy():
    net, x, c = made("pets")
    n, cells, p, seed, side = 12, 7, 0.5, 3, x.shape[2]
    cell, saliency = int(np.ceil(side / cells)), np.zeros((side, side))
    for i in range(n):
        grid, shift = (torch.Generator().manual_seed(seed * 1_000_003 + draw) for draw in (i, n + i))
        grid = (torch.rand((cells, cells), generator=grid) < p).numpy().astype(float)
        top, left = (int(u * cell) for u in torch.rand(2, generator=shift))
        large = ndimage.zoom(grid, (cells + 1) * cell / cells, order=1, mode="reflect", grid_mode=True)
        mask = large[top : top + side, left : left + side]
        with torch.no_grad():
            y = net.module(x * torch.as_tensor(mask, dtype=x.dtype))
        saliency += float(y.softmax(1)[0, c]) * mask / (n * p)
    assert_close(
        gl.explain(net, x[0], "rise", target=c, n=n, cells=cells, p=p, seed=seed).map, saliency.astype(np.float32), 1e-4
    )
