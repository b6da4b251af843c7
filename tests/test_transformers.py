"""Transformers: tokens and channels last become maps, whatever the layer; every method where it makes sense.

Small ones built of torchvision's classes let every method run in full and stand beside the plainest loops; on ViT-B/16
and Swin-T themselves every method runs with a few of their channels, where it runs the network for each.
"""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models import MaxVit, SwinTransformer, VisionTransformer, get_model

import gradcam_lab as gl
from gradcam_lab.trace import trace

FEW = {"rise": {"n": 12}, "sscam": {"n": 2}, "iscam": {"n": 2}, "smoothgrad": {"n": 2}, "smoothgradcam++": {"n": 2},
       "integratedgradients": {"steps": 3}}  # fmt: skip
LN_1 = "encoder.layers.encoder_layer_1.ln_1"


def vit():
    torch.manual_seed(0)
    module = VisionTransformer(32, 8, num_layers=2, num_heads=2, hidden_dim=12, mlp_dim=20, num_classes=5)
    return wrapped(module, module.heads.head)


def swin(embed_dim=12):
    torch.manual_seed(0)
    module = SwinTransformer([4, 4], embed_dim, [2, 1], [2, 2], [4, 4], num_classes=5)
    return wrapped(module, module.head)


def wrapped(module, head):
    """A Network on 32 x 32, its classes well apart: torchvision starts ViT's head at 0."""
    nn.init.normal_(head.weight)
    return gl.Network(module.eval(), list("abcde"), lambda picture: noise(32, 32)[0])


def noise(*size, n=1, seed=1):
    return torch.randn(n, 3, *size, generator=torch.Generator().manual_seed(seed))


def parts(net, x, layer, c):
    """(A, dy/dA) in the layer's own layout."""
    with trace(net.module, x, [layer]) as run:
        return run.A[layer].detach(), run.dy_dA(run.y[:, c])[layer]


def scores(net, x, c):
    with torch.no_grad():
        return net.module(x)[:, c]


def channels_first(A):
    """What the layer says as [K, h, w]: tokens behind the class token in rows, or channels last, or a map."""
    if A.ndim == 3:
        side = int((A.shape[1] - 1) ** 0.5)
        return A[0, 1:].T.unflatten(1, (side, side))
    return A[0] if A.shape[2] == A.shape[3] != A.shape[1] else A[0].movedim(-1, 0)


def assert_close(ours, expected, tolerance=1e-4):
    assert ours.shape == expected.shape and expected.any()
    assert (ours - expected).abs().max() <= tolerance * expected.abs().max()


LAYERS = pytest.mark.parametrize(
    "make, layer",
    [
        (vit, LN_1),
        (vit, "encoder.layers.encoder_layer_0"),
        (vit, "conv_proj"),
        (swin, "permute"),
        (swin, "features.1.0"),
    ],
)


@LAYERS
def test_every_method_on_small_ones_on_three_pictures_as_on_one(make, layer):
    net, xs = make(), list(noise(32, 32, n=3))
    at_the_end = layer == "permute"
    for method in gl.METHODS.values():
        if not method.has_layer and layer not in (LN_1, "permute"):
            continue
        if method.name == "cam" and not at_the_end:
            with pytest.raises(gl.LabError, match="^CAM needs global pooling and one linear layer.*'gradcam'"):
                gl.explain(net, xs, "cam", layer)
            continue
        options = FEW.get(method.name, {})
        together = gl.explain(net, xs, method.name, layer, [0, 4, None], **options)
        for e, x in zip(together, xs, strict=True):
            alone = gl.explain(net, x, method.name, layer, e.target, **options).map
            assert torch.isfinite(e.map).all() and e.heat.shape == (32, 32)
            side = 8 if layer == "features.1.0" else 4
            assert e.map.shape == ((side, side) if method.has_layer and e.pixels is None else (32, 32))
            assert (e.map - alone).abs().max() <= 1e-3 * alone.abs().max() + 1e-7, method.name
            assert e.heat.any() or "blank" in e.note
            if method.name in ("guidedbackprop", "deconvnet", "guidedgradcam"):
                assert "has no ReLU, so this is the plain gradient" in e.note


@LAYERS
def test_scorecam_iscam_and_sscam_by_loops_over_the_channels(make, layer):
    net, x, c, n = make(), noise(32, 32), 3, 2
    A = channels_first(parts(net, x, layer, c)[0])
    S = {"scorecam": [], "iscam": [], "sscam": []}
    for k, A_k in enumerate(A):
        M = F.interpolate(A_k[None, None], (32, 32), mode="bilinear", align_corners=False)
        M = (M - M.min()) / (M.max() - M.min())
        drawn = [torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(n * k + i)) for i in range(n)]
        S["scorecam"].append(scores(net, x * M, c))
        S["iscam"].append(sum(scores(net, x * M * i / n, c) for i in range(1, n + 1)) / n)
        S["sscam"].append(sum(scores(net, x * (M + 0.2 * d), c) for d in drawn) / n)
    for method, options in (("scorecam", {}), ("iscam", {"n": n}), ("sscam", {"n": n, "sigma": 0.2})):
        expected = (torch.stack(S[method]).softmax(0)[:, :, None] * A).sum(0).relu()
        assert_close(gl.explain(net, x[0], method, layer, c, **options).map, expected)


def silenced(net, x, layer, c):
    """Ablation-CAM by running the whole network for each channel, all tokens of which are set to 0."""
    A, _ = parts(net, x, layer, c)
    channel = 1 if layer in ("conv_proj", "permute") else -1
    left = []
    for k in range(A.shape[channel]):

        def silence(_module, _inputs, out, k=k):
            out = out.clone()
            out.select(channel, k).zero_()
            return out

        handle = net.module.get_submodule(layer).register_forward_hook(silence)
        left.append(scores(net, x, c))
        handle.remove()
    y = scores(net, x, c)
    A = A[0] if channel == 1 else channels_first(A) if A.ndim == 3 else A[0].movedim(-1, 0)
    return ((y - torch.stack(left))[:, :, None] / y.abs() * A).sum(0).relu()


@LAYERS
def test_ablationcam_silences_a_channel_of_all_tokens(make, layer):
    net, x = make(), noise(32, 32)
    for c in (0, 3):
        assert_close(gl.explain(net, x[0], "ablationcam", layer, c).map, silenced(net, x, layer, c), 1e-3)


def test_ablationcam_where_there_are_as_many_channels_as_rows():
    net, x = swin(embed_dim=8), noise(32, 32)
    assert parts(net, x, "features.1.0", 0)[0].shape == (1, 8, 8, 8)
    ours = gl.explain(net, x[0], "ablationcam", "features.1.0", 3).map
    assert_close(ours, silenced(net, x, "features.1.0", 3), 1e-3)


def test_in_front_of_a_layer_norm_hirescam_is_nothing_and_gradcam_is_not():
    """Layer norm forgets how long A is at each place, so the gradient there has no part along A."""
    net, x = swin(), noise(32, 32)
    A, g = parts(net, x, "features.0.0", 3)
    L = gl.explain(net, x[0], "hirescam", "features.0.0", 3).map
    assert L.abs().max() < 1e-2 * (A * g).abs().sum(1).max()
    assert gl.explain(net, x[0], "gradcam", "features.0.0", 3).map.max() > 10 * L.abs().max()


# ---- Layouts ----


@pytest.mark.parametrize("size", [(32, 32), (32, 48), (40, 32)])
def test_every_layer_inside_a_swin_is_laid_out_right_or_says_that_it_is_not_run(size):
    net, x, seen = swin(), noise(*size), 0
    rows, columns = size
    for layer, module in net.module.named_modules():
        if not layer:
            continue
        if layer.endswith((".qkv", ".proj")):  # their weights are used, they are not run
            with pytest.raises(gl.LabError, match="is not used when the network runs"):
                gl.explain(net, x[0], "layercam", layer, 3)
            continue
        if layer in ("avgpool", "flatten", "head"):
            with pytest.raises(gl.LabError, match="has no places left"):
                gl.explain(net, x[0], "layercam", layer, 3)
            continue
        A, g = parts(net, x, layer, 3)
        expected = (A * g.relu()).sum(1 if layer in ("features.0.0", "permute") else -1)[0].relu()
        deep = layer.startswith(("features.2", "features.3", "norm", "permute")) or layer == "features"
        stride = 8 if deep else 4
        e = gl.explain(net, x[0], "layercam", layer, 3)
        assert e.map.shape == (-(-rows // stride), -(-columns // stride)), (layer, type(module).__name__)
        assert_close(e.map, expected)
        seen += 1
    assert seen > 30


@pytest.mark.parametrize("layer", ["features.0", "features.0.1", "features.1", "features.1.0", "features.1.0.norm1"])
def test_as_many_channels_as_rows_and_columns_do_not_turn_the_map_round(layer):
    net, x = swin(embed_dim=8), noise(32, 32)
    A, g = parts(net, x, layer, 3)
    assert A.shape == (1, 8, 8, 8)
    assert_close(gl.explain(net, x[0], "layercam", layer, 3).map, (A * g.relu()).sum(-1)[0].relu())


def test_convolutional_layers_keep_their_layout_whatever_their_sides():
    """Strides that differ, and as many channels as rows: a convolution's output is a map all the same."""
    torch.manual_seed(0)
    body = nn.Sequential(
        nn.Conv2d(3, 8, 3, (4, 1), 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, 1, 1), nn.ReLU()
    )
    module = nn.Sequential(body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)).eval()
    net, x = gl.Network(module, list("abcde")), noise(32, 24)
    for layer in ("0", "0.0", "0.1", "0.2", "0.3"):
        A, g = parts(net, x, layer, 3)
        assert A.shape == (1, 8, 8, 24)
        assert_close(gl.explain(net, x[0], "layercam", layer, 3).map, (A * g.relu()).sum(1)[0].relu())


def test_windows_are_no_map_and_the_block_around_them_is():
    torch.manual_seed(0)
    module = MaxVit((32, 32), 8, 4, [8], [1], 4, 0.0, num_classes=5).eval()
    net, x = gl.Network(module, list("abcde")), noise(32, 32)
    inside = "blocks.0.layers.0.layers.window_attention.attn_layer.0"
    assert parts(net, x, inside, 3)[0].shape == (1, 4, 16, 8)
    with pytest.raises(gl.LabError, match="no places left.*or the whole block"):
        gl.explain(net, x[0], "gradcam", inside, 3)
    assert gl.explain(net, x[0], "gradcam", "blocks.0.layers.0", 3).map.shape == (8, 8)


# ---- The real ones, with random weights ----


def few_channels(net, places, monkeypatch, few):
    """Let a layer seem to have no more than its first few channels: what runs the network for each is soon done."""
    monkeypatch.setattr(net, "as_map", lambda *a: places(*a)[:, :few])


@pytest.mark.slow
@pytest.mark.parametrize("name, side", [("vit_b_16", 4), ("swin_t", 2)])
def test_every_method_on_vit_b_16_and_swin_t(name, side, monkeypatch):
    """On pictures of 64 x 64, for the time's sake: ViT-B/16 has 4 x 4 patches of them, Swin-T ends in 2 x 2."""
    torch.manual_seed(0)
    module = get_model(name, **({"image_size": 64} if name == "vit_b_16" else {})).eval()
    if name == "vit_b_16":
        nn.init.normal_(module.heads.head.weight, std=0.02)  # torchvision starts it at 0
    net, x = gl.Network(module, preprocess=lambda picture: noise(64, 64)[0]), noise(64, 64)[0]
    options, places = FEW | {"occlusion": {"size": 32, "stride": 32}}, net.as_map
    for method in gl.METHODS.values():
        if method.name == "cam" and name == "vit_b_16":
            with pytest.raises(gl.LabError, match="CAM needs"):
                gl.explain(net, x, "cam", target=3)
            continue
        few_channels(net, places, monkeypatch, 8 if method.has_layer and "score_of" in method.needs else None)
        e = gl.explain(net, x, method.name, target=3, **options.get(method.name, {}))
        assert torch.isfinite(e.map).all()
        assert e.map.shape == ((side, side) if e.layer else (64, 64))
        assert e.heat.any() or "blank" in e.note
        if "backprop" in method.name or method.name == "deconvnet":
            assert "has no ReLU" in e.note


@pytest.mark.slow
@pytest.mark.parametrize("name, side", [("vit_b_16", 14), ("swin_t", 7)])
def test_gradcam_and_scorecam_on_them_at_their_own_size(name, side, monkeypatch):
    net, x = gl.load_network(name, weights=None, device="cpu"), noise(224, 224)[0]
    if name == "vit_b_16":
        nn.init.normal_(net.module.heads.head.weight, std=0.02)
    assert gl.explain(net, x, target=3).map.shape == (side, side)
    few_channels(net, net.as_map, monkeypatch, 4)
    e = gl.explain(net, x, "scorecam", target=3)
    assert e.map.shape == (side, side) and torch.isfinite(e.map).all() and e.layer == net.default_layer
