"""Methods that run the network again, or look at pixels: each against an oracle, most against a peer too."""

import captum.attr
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from toys import make_toy

import gradcam_lab as gl
from gradcam_lab.methods import eigencam, gradcam, gradcam_pp
from gradcam_lab.methods.fusion import fuse
from gradcam_lab.rules import relu_rule
from gradcam_lab.running import fast_copy
from gradcam_lab.trace import trace

X = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(2))
HEADS = pytest.mark.parametrize("head", ["gap", "fc"])


def activations(net, layer, x=X):
    with trace(net.module, x, [layer]) as run:
        return run.A[layer].detach()


def logits(net, x):
    with torch.no_grad():
        return net.module(x)


# ---- Score-CAM and its kin, by the plainest loops ----


def masks_of(A):
    laid = F.interpolate(A, X.shape[2:], mode="bilinear", align_corners=False)[0]
    return [(m - m.min()) / (m.max() - m.min()) if A[0, k].max() > A[0, k].min() else None for k, m in enumerate(laid)]


def weighted(A, S):
    kept = [k for k, s in enumerate(S) if s is not None]
    alpha = torch.stack([S[k] for k in kept]).softmax(0)
    return sum(a * A[0, k] for a, k in zip(alpha, kept, strict=True)).relu()


def draw(shape, i, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed * 1_000_003 + i))


@HEADS
@pytest.mark.parametrize("layer", ["relu1", "conv2", "relu2"])
def test_scorecam_is_its_algorithm(head, layer):
    net = make_toy(head)
    A = activations(net, layer)
    S = [None if M is None else logits(net, X * M)[0, 1] for M in masks_of(A)]
    assert torch.allclose(gl.explain(net, X[0], "scorecam", layer, target=1).map, weighted(A, S), atol=1e-5)


def test_scorecam_is_the_same_whatever_the_chunk(toy):
    maps = [gl.explain(toy, X[0], "scorecam", "relu2", target=1, chunk=chunk).map for chunk in (None, 1, 2, 3, 1000)]
    assert all(torch.allclose(maps[0], m, atol=1e-6) for m in maps)


def test_a_flat_channel_masks_nothing(toy):
    nn.init.zeros_(toy.module.conv2.weight[2:4].data)
    A = activations(toy, "conv2")
    S = [None if M is None else logits(toy, X * M)[0, 1] for M in masks_of(A)]
    assert S[2] is None and S[3] is None
    assert torch.allclose(gl.explain(toy, X[0], "scorecam", "conv2", target=1).map, weighted(A, S), atol=1e-5)
    nn.init.zeros_(toy.module.conv2.weight.data)
    e = gl.explain(toy, X[0], "scorecam", "conv2", target=1)
    assert not e.heat.any() and "blank" in e.note


def correlation(net, picture, classes, scores):
    a, b = (gl.explain(net, picture, "scorecam", target=c, scores=scores).heat.ravel() for c in classes)
    return float(np.corrcoef(a, b)[0, 1])


def test_scorecam_tells_classes_apart_by_logits_and_hardly_by_probabilities(pets, scene):
    """On a small net whose probabilities swing from 0 to 1 two channels' weights differ by a factor of e at most."""
    assert correlation(pets, scene, ("cat", "dog"), "logit") < 0.3
    assert correlation(pets, scene, ("cat", "dog"), "probability") > 0.7


@pytest.mark.slow
def test_on_imagenet_probabilities_make_scorecam_blind_to_the_class(squeezenet, photos):
    assert correlation(squeezenet, photos / "cat_dog.jpg", (243, 281), "logit") < 0.7
    assert correlation(squeezenet, photos / "cat_dog.jpg", (243, 281), "probability") > 0.999


@HEADS
@pytest.mark.parametrize("noise", ["mask", "input"])
def test_sscam_is_scorecam_averaged_over_noise(head, noise):
    net, n, sigma = make_toy(head), 3, 0.2
    A, S, copy = activations(net, "relu2"), [], 0
    for M in masks_of(A):
        if M is None:
            S.append(None)
            continue
        found = []
        for _ in range(n):
            if noise == "mask":
                noisy = X * (M + sigma * draw((1, 1, 8, 8), copy))
            else:
                noisy = X * M + sigma * (X.max() - X.min()) * draw((1, 3, 8, 8), copy)
            found.append(logits(net, noisy)[0, 2])
            copy += 1
        S.append(torch.stack(found).mean())
    ours = gl.explain(net, X[0], "sscam", "relu2", target=2, n=n, sigma=sigma, noise=noise).map
    assert torch.allclose(ours, weighted(A, S), atol=1e-5)


@HEADS
def test_iscam_fades_each_mask_in(head):
    net, n = make_toy(head), 4
    A = activations(net, "relu2")
    S = [
        None if M is None else torch.stack([logits(net, X * M * i / n)[0, 0] for i in range(1, n + 1)]).mean()
        for M in masks_of(A)
    ]
    assert torch.allclose(gl.explain(net, X[0], "iscam", "relu2", target=0, n=n).map, weighted(A, S), atol=1e-5)


def test_the_private_copy_computes_the_same_and_the_network_is_left_alone():
    net = gl.load_network("resnet18", weights=None, device="cpu")
    torch.manual_seed(0)
    for m in net.module.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.running_mean.normal_(std=0.1), m.running_var.uniform_(0.5, 2), m.weight.data.uniform_(0.5, 2)
    x = torch.randn(2, 3, 64, 64)
    quick = fast_copy(net.module)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in quick.modules())
    assert sum(isinstance(m, nn.BatchNorm2d) for m in net.module.modules()) == 20
    theirs = logits(net, x)
    assert (quick(x) - theirs).abs().max() < 1e-4 * theirs.abs().max()


def test_networks_that_cannot_be_made_faster_are_run_as_they_are():
    class Tutorial(nn.Module):
        """view() of what is channels last, a convolution that is registered twice, an activation kept for later."""

        def __init__(self):
            super().__init__()
            self.first = nn.Conv2d(3, 4, 3, padding=1)
            self.body = nn.Sequential(self.first, nn.BatchNorm2d(4), nn.ReLU())
            self.fc = nn.Linear(4 * 8 * 8, 3)

        def forward(self, x):
            self.kept = self.body(x)
            return self.fc(self.kept.view(x.size(0), -1))

    torch.manual_seed(0)
    module = Tutorial().eval()
    module.body[1].running_mean.normal_()
    net = gl.Network(module, labels=["a", "b", "c"])
    A = activations(net, "body.2")
    S = [None if M is None else logits(net, X * M)[0, 1] for M in masks_of(A)]
    assert torch.allclose(gl.explain(net, X[0], "scorecam", "body.2", target=1).map, weighted(A, S), atol=1e-5)
    assert torch.isfinite(gl.explain(net, X[0], "rise", target=1, n=20).map).all()


# ---- Ablation-CAM ----


def test_ablationcam_of_a_module_that_runs_twice_silences_its_last_run():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.relu = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 6, 3, padding=1), nn.ReLU()
            self.fc = nn.Linear(6, 2)

        def forward(self, x):
            x = self.relu(self.b(self.relu(self.a(x)))) ** 2
            return self.fc(x.mean((2, 3)))

    torch.manual_seed(0)
    module = Twice().eval()
    e = gl.explain(gl.Network(module, labels=["a", "b"]), X[0], "ablationcam", "relu", target=0)
    with torch.no_grad():
        A = module.relu(module.b(module.relu(module.a(X))))
        y = module.fc((A**2).mean((2, 3)))[0, 0]
        drops = []
        for k in range(6):
            silent = A.clone()
            silent[:, k] = 0
            drops.append(y - module.fc((silent**2).mean((2, 3)))[0, 0])
    expected = (torch.stack(drops)[:, None, None] / y.abs() * A[0]).sum(0).relu()
    assert torch.allclose(e.map, expected, atol=1e-5) and "runs 2 times" in e.note


def ablated_whole(net, layer, c):
    """By running the whole network for each channel, with a hook that silences it."""
    y, drops = logits(net, X)[0, c], []
    A = activations(net, layer)
    for k in range(A.shape[1]):

        def silence(_module, _inputs, out, k=k):
            out = out.clone()
            out[:, k] = 0
            return out

        handle = net.module.get_submodule(layer).register_forward_hook(silence)
        drops.append(y - logits(net, X)[0, c])
        handle.remove()
    return (torch.stack(drops)[:, None, None] / y.abs() * A[0]).sum(0).relu()


@HEADS
@pytest.mark.parametrize("layer", ["conv1", "relu1", "conv2", "relu2"])
def test_ablationcam_by_the_tail_is_by_the_whole_network(head, layer):
    net = make_toy(head)
    for c in range(3):
        whole = ablated_whole(net, layer, c)
        for chunk in (None, 2):
            ours = gl.explain(net, X[0], "ablationcam", layer, target=c, chunk=chunk).map
            assert torch.allclose(ours, whole, rtol=1e-4, atol=1e-4 * float(whole.max()) + 1e-6)


def test_ablationcam_in_closed_form_is_by_the_tail(toy, monkeypatch):
    closed = gl.explain(toy, X[0], "ablationcam", "relu2", target=1).map
    monkeypatch.setattr("gradcam_lab.running.linear_head", lambda *_: None)
    assert torch.allclose(closed, gl.explain(toy, X[0], "ablationcam", "relu2", target=1).map, atol=1e-5)
    assert closed.any()


@pytest.mark.parametrize("name", ["densenet121", "googlenet", "resnet18", "squeezenet1_1"])
def test_ablationcam_where_the_tail_also_reads_what_lies_beside(name):
    """In a dense block, an Inception module or a residual the layer is not all that the tail reads."""
    net = gl.load_network(name, weights=None, device="cpu")
    layer = {
        "densenet121": "features.denseblock4.denselayer3.conv2",
        "googlenet": "inception5a.branch2.1",
        "resnet18": "layer4.0.bn1",
        "squeezenet1_1": "features.11.squeeze_activation",
    }[name]
    x = torch.randn(3, 64, 64, generator=torch.Generator().manual_seed(0))
    e = gl.explain(net, x, "ablationcam", layer, target=5)
    A, y = activations(net, layer, x[None]), float(logits(net, x[None])[0, 5])
    for k in (0, A.shape[1] - 1):

        def silence(_module, _inputs, out, k=k):
            out = out.clone()
            out[:, k] = 0
            return out

        handle = net.module.get_submodule(layer).register_forward_hook(silence)
        drop = y - float(logits(net, x[None])[0, 5])
        handle.remove()
        with trace(net.module, x[None], [layer]) as run:
            case = gl_case(net, x[None], run, layer, 5)
            assert float(case.drops[0, k]) == pytest.approx(drop, abs=2e-5 * abs(y) + 1e-6)
    assert e.map.shape == A.shape[2:]


def gl_case(net, x, run, layer, c):
    from gradcam_lab.running import Aim, Case

    return Case(net, x, run, layer, Aim(net, run.y, [c]), one=0)


def test_a_negative_score_does_not_turn_ablationcam_round(toy):
    up = gl.explain(toy, X[0], "ablationcam", "relu2", target=1)
    toy.module.fc.bias.data -= 100
    down = gl.explain(toy, X[0], "ablationcam", "relu2", target=1)
    assert up.score > -50 > down.score
    assert torch.allclose(up.map / up.map.max(), down.map / down.map.max(), atol=1e-4)


# ---- Eigen-CAM, smooth Grad-CAM++, fusing ----


@pytest.mark.parametrize("shape", [(2, 7, 3, 4), (2, 4, 6, 5)])
def test_eigencam_is_the_first_singular_vector(shape):
    A = torch.randn(shape, generator=torch.Generator().manual_seed(0)) + 0.3
    ours = eigencam(A)
    for a, L in zip(A, ours, strict=True):
        M = a.flatten(1).T
        _, _, V = torch.linalg.svd(M, full_matrices=False)
        L_svd = (M @ V[0]).unflatten(0, shape[2:])
        L_svd = L_svd * torch.sign((L_svd * a.sum(0)).sum())
        assert torch.allclose(L, L_svd, atol=1e-4)
        assert (L * a.sum(0)).sum() > 0


@HEADS
def test_smooth_gradcam_pp_is_its_formula(head):
    net, n, sigma = make_toy(head), 3, 0.1
    A, gs = activations(net, "relu2"), []
    for i in range(n):
        noisy = X + sigma * (X.max() - X.min()) * draw((3, 8, 8), i)
        with trace(net.module, noisy, ["relu2"]) as run:
            gs.append(run.dy_dA(run.y[:, 1])["relu2"].double())
    D1, D2, D3 = (sum(g**p for g in gs) / n for p in (1, 2, 3))
    for numerator, top in (("D1", D1), ("D2", D2)):
        denominator = 2 * D2 + D3 * A.sum((2, 3), keepdim=True)
        alpha = torch.where(denominator > 0, top / denominator, 0.5)
        L = ((alpha * D1.relu()).sum((2, 3), keepdim=True) * A).sum(1).relu()[0]
        ours = gl.explain(net, X[0], "smoothgradcam++", "relu2", target=1, n=n, sigma=sigma, numerator=numerator).map
        assert torch.allclose(ours, L.float(), atol=1e-6)


def test_without_noise_smooth_gradcam_pp_is_gradcam_pp(toy):
    one = gl.explain(toy, X[0], "smoothgradcam++", "relu2", target=1, n=1, sigma=0.0).map
    assert torch.allclose(one, gl.explain(toy, X[0], "gradcam++", "relu2", target=1).map, atol=1e-6)


def test_fused_layers(toy):
    shallow, deep = (gl.explain(toy, X[0], "layercam", layer, target=1).map for layer in ("relu1", "relu2"))
    e = gl.explain(toy, X[0], "layercam", ["relu1", "relu2"], target=1)
    assert e.layer == "relu1 + relu2" and e.map.shape == shallow.shape
    laid = F.interpolate((deep / deep.max())[None, None], (8, 8), mode="bilinear", align_corners=False)[0, 0]
    assert torch.allclose(e.map, torch.maximum(torch.tanh(2 * shallow / shallow.max()), laid), atol=1e-6)
    assert not fuse([torch.zeros(1, 4, 4), torch.zeros(1, 2, 2)]).any()
    with pytest.raises(gl.LabError, match="at least one"):
        gl.explain(toy, X[0], layer=[])


# ---- Pixels ----


def modular(head="gap"):
    """A toy of module ReLUs, out of place, as Captum's guided backpropagation wants it."""
    net = make_toy(head)
    net.module.relu1.inplace = net.module.relu2.inplace = False
    return net


class Functional(nn.Module):
    """The same toy with every ReLU called as a function, in each of the ways that people call it."""

    def __init__(self, toy):
        super().__init__()
        self.toy = toy

    def forward(self, x):
        t = self.toy
        x = F.relu(t.norm1(t.conv1(x)), inplace=True)
        x = t.conv2(x)
        x += 0.1
        F.relu_(x)
        return t.fc(t.pool(x.relu()).flatten(1))


@HEADS
def test_pixel_methods_are_captums(head):
    net, c = modular(head), 1
    x = X.clone()
    theirs = {
        "saliency": captum.attr.Saliency(net.module).attribute(x, target=c, abs=False),
        "guidedbackprop": captum.attr.GuidedBackprop(net.module).attribute(x, target=c),
        "deconvnet": captum.attr.Deconvolution(net.module).attribute(x, target=c),
        "guidedgradcam": captum.attr.GuidedGradCam(net.module, net.module.relu2).attribute(x, target=c),
        "integratedgradients": captum.attr.IntegratedGradients(net.module).attribute(
            x, target=c, n_steps=100, method="riemann_middle"
        ),
    }
    for method, expected in theirs.items():
        e = gl.explain(net, X[0], method, layer="relu2" if method == "guidedgradcam" else None, target=c)
        if method == "guidedgradcam":  # Captum lays the map on the picture by nearest neighbour
            L = gl.explain(net, X[0], "gradcam", "relu2", target=c).map[None, None]
            expected = theirs["guidedbackprop"] * F.interpolate(L, (8, 8), mode="bilinear", align_corners=False)
        assert torch.allclose(e.pixels, expected[0].detach().float(), atol=1e-6), method
        flat = expected[0].sum(0) if method == "integratedgradients" else expected[0].abs().amax(0)
        assert torch.allclose(e.map, flat.detach().float(), atol=1e-6)
        assert e.layer is None and e.map.shape == (8, 8)


@HEADS
@pytest.mark.parametrize("method", ["guidedbackprop", "deconvnet"])
def test_functional_relus_are_reached_twice_alike_and_the_network_left_alone(head, method):
    plain = modular(head)
    net = gl.Network(Functional(plain.module), labels=plain.labels, preprocess=lambda p: X[0])
    expected = gl.explain(plain, X[0], method, target=1).pixels
    first, second = (gl.explain(net, X[0], method, target=1).pixels for _ in range(2))
    assert torch.allclose(first, expected, atol=1e-6) and torch.equal(first, second)
    assert not torch.allclose(first, gl.explain(net, X[0], "saliency", target=1).pixels)
    assert plain.module.relu1.forward.__func__ is nn.ReLU.forward
    x = X.clone().requires_grad_()
    (g,) = torch.autograd.grad(net.module(x)[0, 1], x)
    assert torch.allclose(g[0], gl.explain(net, X[0], "saliency", target=1).pixels, atol=1e-6)


@pytest.mark.parametrize("name", ["googlenet", "inception_v3", "densenet121", "mobilenet_v2"])
@pytest.mark.parametrize("method", ["guidedbackprop", "deconvnet"])
def test_networks_whose_relus_are_functions(name, method):
    net = gl.load_network(name, weights=None, device="cpu")
    x = torch.randn(3, 96, 96, generator=torch.Generator().manual_seed(0))
    first, second = (gl.explain(net, x, method, target=7).pixels for _ in range(2))
    plain = gl.explain(net, x, "saliency", target=7).pixels
    assert torch.equal(first, second)
    assert (first - plain).abs().max() > 0.1 * plain.abs().max()
    assert all(p.grad is None and p.requires_grad for p in net.module.parameters())


def test_relu6_is_cut_on_both_sides():
    x = torch.tensor([-1.0, 1.0, 7.0], requires_grad=True)
    for call in (F.relu6, nn.ReLU6(), lambda v: F.hardtanh(v, 0.0, 6.0)):
        with relu_rule("guided") as mode:
            y = call(x)
        assert mode.seen == 1 and y.tolist() == [0, 1, 6]
        (g,) = torch.autograd.grad((y * torch.tensor([1.0, 2.0, 3.0])).sum(), x)
        assert g.tolist() == [0, 2, 0]
    with relu_rule("guided") as mode:
        F.hardtanh(x), x.sigmoid(), x.clamp(-1, 1)
    assert mode.seen == 0
    with relu_rule("guided") as mode:
        assert x.clamp(min=0).tolist() == torch.clamp(x, 0).tolist() == [0, 1, 7]
        weights = torch.tensor([-1.0, 2.0])
        F.relu_(weights)
    assert mode.seen == 3 and weights.tolist() == [0, 2]


def test_a_network_without_relus_says_so():
    net = gl.Network(
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    )
    e = gl.explain(net, X[0], "guidedbackprop", target=0)
    assert "has no ReLU, so this is the plain gradient" in e.note
    assert torch.equal(e.pixels, gl.explain(net, X[0], "saliency", target=0).pixels)


@pytest.mark.parametrize("c", [0, 1, None])
def test_integrated_gradients_are_complete(pets, scene, c):
    x = pets.preprocess(scene)
    e = gl.explain(pets, x, "integratedgradients", target=c)
    before = float(pets.forward(torch.zeros_like(x)[None])[0, e.target])
    assert float(e.pixels.sum()) == pytest.approx(e.score - before, rel=0.01)
    assert torch.allclose(e.map, e.pixels.sum(0))


def test_smoothgrad_is_the_mean_over_noise(toy):
    expected = torch.zeros_like(X)
    for i in range(4):
        noisy = (X + 0.2 * (X.max() - X.min()) * draw((3, 8, 8), i)).requires_grad_()
        expected += torch.autograd.grad(toy.module(noisy)[0, 1], noisy)[0] / 4
    assert torch.allclose(gl.explain(toy, X[0], "smoothgrad", target=1, n=4, sigma=0.2).pixels, expected[0], atol=1e-6)


# ---- Covering ----


def test_occlusion_by_hand(toy):
    y, total, times = logits(toy, X)[0, 1], torch.zeros(8, 8), torch.zeros(8, 8)
    for top in (0, 2, 4, 5):
        for left in (0, 2, 4, 5):
            covered = X.clone()
            covered[:, :, top : top + 3, left : left + 3] = 0.5
            total[top : top + 3, left : left + 3] += y - logits(toy, covered)[0, 1]
            times[top : top + 3, left : left + 3] += 1
    ours = gl.explain(toy, X[0], "occlusion", target=1, size=3, stride=2, baseline=0.5).map
    assert times.min() > 0 and torch.allclose(ours, total / times, atol=1e-5)


def test_rise_is_the_mean_of_masks_by_their_score():
    """A network that reads one pixel: that pixel stands out."""

    class OnePixel(nn.Module):
        def forward(self, x):
            return torch.stack([x[:, :, 10, 20].sum(1), x[:, 0, 0, 0] * 0], dim=1)

    net = gl.Network(OnePixel(), preprocess=lambda p: torch.ones(3, 32, 32))
    e = gl.explain(net, torch.ones(3, 32, 32), "rise", target=lambda y: y[:, 0], n=1000, scores="logit")
    x, y = e.peak
    assert abs(x - 20) <= 3 and abs(y - 10) <= 3
    assert float(e.map[10, 20]) > 1.3 * float(e.map.median())


def test_the_error_of_rise_falls_as_one_over_the_root_of_n(toy):
    truth = gl.explain(toy, X[0], "rise", target=1, n=6000, seed=99, cells=3).map

    def error(n):
        maps = [gl.explain(toy, X[0], "rise", target=1, n=n, seed=s, cells=3).map for s in range(4)]
        return torch.stack([(m - truth).pow(2).mean() for m in maps]).mean().sqrt()

    ratio = float(error(50) / error(800))
    assert 2.6 < ratio < 6  # the root of 16 is 4


# ---- For all methods ----


@pytest.mark.parametrize("method", ["smoothgradcam++", "smoothgrad", "integratedgradients"])
def test_averages_are_the_same_whatever_the_chunk(toy, method):
    layer = "relu1" if gl.METHODS[method].has_layer else None
    maps = [gl.explain(toy, X[0], method, layer, target=1, chunk=chunk).map for chunk in (None, 1, 3, 1000)]
    assert all(torch.allclose(maps[0], m, atol=1e-6) for m in maps) and maps[0].any()


RANDOM = ["smoothgradcam++", "sscam", "smoothgrad", "rise"]


@pytest.mark.parametrize("method", RANDOM)
def test_the_same_seed_gives_the_same_map(toy, method):
    def made(seed):
        layer = "relu1" if gl.METHODS[method].has_layer else None  # behind relu2 all is linear: noise changes nothing
        return gl.explain(toy, X[0], method, layer, target=1, seed=seed, n=5).map

    assert torch.equal(made(1), made(1)) and not torch.equal(made(1), made(2))


FEW = {"rise": {"n": 20}, "sscam": {"n": 2}, "iscam": {"n": 2}, "smoothgrad": {"n": 2}, "smoothgradcam++": {"n": 2},
       "integratedgradients": {"steps": 3}, "occlusion": {"size": 32, "stride": 32}}  # fmt: skip
E5 = ["vgg16", "vgg19", "resnet50", "resnet101", "densenet121", "inception_v3", "mobilenet_v2", "shufflenet_v2_x1_0"]
# A layer of few channels each, for the methods that run the network once for each.
NARROW = {"vgg16": "features.1", "vgg19": "features.1", "resnet50": "relu", "resnet101": "relu",
          "densenet121": "features.relu0", "inception_v3": "Conv2d_2a_3x3", "mobilenet_v2": "features.1",
          "shufflenet_v2_x1_0": "conv1"}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", E5)
def test_every_method_on_every_network(name):
    net = gl.load_network(name, weights=None, device="cpu")
    size = 112 if name == "inception_v3" else 64
    xs = list(torch.randn(3, 3, size, size, generator=torch.Generator().manual_seed(1)))
    for method in gl.METHODS.values():
        options = FEW.get(method.name, {})
        layers = (
            [NARROW[name]]
            if "score_of" in method.needs or "drops" in method.needs
            else [NARROW[name], net.default_layer]
        )
        for layer in layers if method.has_layer else [None]:
            if method.name == "cam" and (layer == NARROW[name] or name.startswith("vgg")):
                with pytest.raises(gl.LabError, match="CAM needs"):
                    gl.explain(net, xs[0], "cam", layer, target=3)
                continue
            check_batch(net, xs, method, layer, options)


def check_batch(net, xs, method, layer, options):
    together = gl.explain(net, xs, method.name, layer, target=[3, 4, None], **options)
    for i, (e, x) in enumerate(zip(together, xs, strict=True)):
        assert torch.isfinite(e.map).all() and e.heat.shape == tuple(x.shape[1:])
        assert e.heat.min() >= 0 and e.heat.max() <= 1 and (e.heat.any() or "blank" in e.note)
        if i == 2:
            alone = gl.explain(net, x, method.name, layer, target=e.target, **options)
            scale = float(e.map.abs().max())
            # A batch rounds otherwise than one picture, and here and there a ReLU switches for it: so not the largest
            # difference, which one pixel decides, but the mean.
            assert (e.map - alone.map).abs().mean() <= 1e-3 * scale, (method.name, layer)


def test_long_methods_can_be_stopped_and_leave_nothing_behind(toy, monkeypatch):
    from toys import assert_same, state_of

    before, calls = state_of(toy.module), []

    def stop(_module, x):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return torch.zeros(len(x), 3)

    monkeypatch.setattr("gradcam_lab.running.run_on", stop)
    with pytest.raises(KeyboardInterrupt):
        gl.explain(toy, X[0], "rise", target=1)
    assert_same(before, state_of(toy.module))


def test_options_that_do_not_exist(toy):
    with pytest.raises(gl.LabError, match="no option 'sigmo'; did you mean 'sigma'"):
        gl.explain(toy, X[0], "sscam", sigmo=1)
    with pytest.raises(gl.LabError, match="A function as target has no probability"):
        gl.explain(toy, X[0], "rise", target=lambda y: y[:, 0])


def test_formulas_agree_on_one_channel_of_ones():
    """Where the gradient is one everywhere and so are the activations, Grad-CAM is 1 and ++ is hw / (2 + hw)."""
    ones = torch.ones(1, 1, 3, 3)
    assert torch.equal(gradcam(ones, ones), torch.ones(1, 3, 3))
    assert torch.allclose(gradcam_pp(ones, ones), torch.full((1, 3, 3), 9 / 11))
