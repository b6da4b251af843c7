"""Networks by name: layers, labels, views, weights from files; and anyone's module."""

import pytest
import torch
from PIL import Image
from torch import nn
from torchvision import transforms
from toys import Toy

import gradcam_lab as gl
from gradcam_lab.networks import pick_device, zoo
from gradcam_lab.networks.head import linear_head
from gradcam_lab.networks.view import view_of
from gradcam_lab.trace import trace

# The input of the global pooling; for VGG of the last max pooling; for SqueezeNet the last Fire module.
DEFAULT_LAYERS = {
    "vgg16": ("features.29", [512, 14, 14]),
    "vgg19": ("features.35", [512, 14, 14]),
    "resnet18": ("layer4.1", [512, 7, 7]),
    "resnet50": ("layer4.2", [2048, 7, 7]),
    "resnet101": ("layer4.2", [2048, 7, 7]),
    "densenet121": ("features.norm5", [1024, 7, 7]),
    "inception_v3": ("Mixed_7c", [2048, 8, 8]),
    "googlenet": ("inception5b", [1024, 7, 7]),
    "mobilenet_v2": ("features.18", [1280, 7, 7]),
    "mobilenet_v3_large": ("features.16", [960, 7, 7]),
    "mobilenet_v3_small": ("features.12", [576, 7, 7]),
    "shufflenet_v2_x1_0": ("conv5", [1024, 7, 7]),
    "squeezenet1_0": ("features.12", [512, 13, 13]),
    "efficientnet_b0": ("features.8", [1280, 7, 7]),
    "convnext_tiny": ("features.7.2", [768, 7, 7]),
    "regnet_y_400mf": ("trunk_output.block4.block4-5", [440, 7, 7]),
    "vit_b_16": ("encoder.layers.encoder_layer_11.ln_1", [768, 14, 14]),
    "swin_t": ("permute", [768, 7, 7]),
}
# Those whose head CAM can read: pooling and one linear layer (or SqueezeNet's convolution, ReLU, pooling).
READABLE = {"resnet18", "resnet50", "resnet101", "densenet121", "inception_v3", "googlenet", "mobilenet_v2",
            "shufflenet_v2_x1_0", "squeezenet1_0", "efficientnet_b0", "regnet_y_400mf", "swin_t"}  # fmt: skip


@pytest.mark.parametrize("name", DEFAULT_LAYERS)
def test_the_default_layer_is_the_deepest_that_is_still_a_map(name):
    module = zoo.build(name, None)[0].eval()
    published = zoo.torchvision.models.get_model_weights(name).DEFAULT
    net = gl.Network(module, published.meta["categories"], published.transforms(), name=name)
    layer, shape = DEFAULT_LAYERS[name]
    assert net.default_layer == layer
    x = torch.randn(1, 3, *net.preprocess(Image.new("RGB", (64, 64))).shape[1:])
    with trace(module, x, [layer]) as run:
        A = net.as_map(layer, run.A[layer].detach(), x.shape[2:])
        assert list(A.shape[1:]) == shape
        assert (linear_head(module, A, run.y.detach()) is not None) == (name in READABLE)
    depth = [net.layers.index(inner) for inner in net.layers]
    assert depth == sorted(depth) and len(net.layers) >= 5


def test_the_layers_of_vgg_are_its_finished_convolutions():
    net = gl.load_network("vgg11", weights=None, device="cpu")
    assert net.layers == [f"features.{i}" for i in (1, 4, 7, 9, 12, 14, 17, 19)]


def test_a_wrapped_network_has_the_layers_of_what_it_wraps():
    class Wrapper(nn.Module):
        def __init__(self):
            super().__init__()
            self.backbone = Toy()

        def forward(self, x):
            return self.backbone(x)

    assert gl.Network(Wrapper(), preprocess=lambda _: torch.randn(3, 8, 8)).layers == [
        "backbone.relu1",
        "backbone.relu2",
    ]


def test_labels_and_names():
    net = gl.load_network("resnet18", weights=None, device="cpu")
    assert net.name == "resnet18" and net.labels[243] == "bull mastiff" and len(net.labels) == 1000
    assert not net.module.training
    assert gl.Network(Toy(), preprocess=lambda _: torch.randn(3, 8, 8)).labels == [
        "class 0",
        "class 1",
        "class 2",
    ]
    with pytest.raises(gl.LabError, match="gives 3 scores, but 2 labels"):
        gl.explain(gl.Network(Toy(), labels=["a", "b"]), torch.randn(3, 8, 8), target=0)
    twins = gl.Network(Toy(), labels=["crane", "crane", "bee"], preprocess=lambda _: torch.randn(3, 8, 8))
    with pytest.raises(gl.LabError, match="2 classes called 'crane'; give an index: \\[0, 1\\]"):
        twins.class_index("crane")
    assert "resnet18" in repr(net)


def test_every_name_of_torchvision_is_known():
    assert {"pets", "pets-fc", "resnet50", "vit_b_16"} <= set(gl.NETWORKS)
    assert len(zoo.names()) >= 80


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda: gl.load_network("resnet5"), "no network 'resnet5'; did you mean 'resnet50'"),
        (lambda: gl.load_network("resnet18", weights="nowhere.pth"), "no file of weights nowhere.pth"),
        (lambda: gl.load_network("resnet18", weights=3), "given was a int"),
        (lambda: gl.load_network("resnet18", weights=None, device="abacus"), "no device 'abacus'"),
        (lambda: gl.Network("resnet18"), "given was a str"),
    ],
)
def test_bad_names_are_one_sentence(call, sentence):
    with pytest.raises(gl.LabError, match=sentence):
        call()


def test_a_state_dict_from_a_file(tmp_path):
    torch.manual_seed(0)
    source = zoo.build("squeezenet1_1", None)[0]
    file = tmp_path / "my.pth"
    for saved in (
        source.state_dict(),
        {"state_dict": {f"module.{k}": v for k, v in source.state_dict().items()}},
        {"model": source.state_dict(), "epoch": 3},
    ):
        torch.save(saved, file)
        net = gl.load_network("squeezenet1_1", weights=file, device="cpu")
        assert all(torch.equal(v, source.state_dict()[k]) for k, v in net.module.state_dict().items())
        assert net.labels[0] == "tench"


def test_a_state_dict_with_another_number_of_classes(tmp_path):
    file = tmp_path / "seven.pth"
    torch.save(zoo._random("resnet18", 7).state_dict(), file)
    net = gl.load_network("resnet18", weights=file, device="cpu")
    assert net.labels == [f"class {i}" for i in range(7)]


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"", "not a file of weights"),
        (b"not a pickle at all", "not a file of weights"),
        ({"a": 1}, "holds no state dict"),
        ([1, 2], "holds no state dict"),
        ({"fc.weight": torch.zeros(3, 3)}, "does not fit: it has no 'conv1.weight'"),
        ("code", "not a file of weights that is safe"),
    ],
)
def test_a_file_that_is_no_fitting_state_dict(tmp_path, content, sentence):
    class Evil:
        def __reduce__(self):
            return (print, ("this must never be run",))

    file = tmp_path / "bad.pth"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        torch.save(Evil() if content == "code" else content, file)
    with pytest.raises(gl.LabError, match=sentence):
        gl.load_network("resnet18", weights=file, device="cpu")


def test_a_damaged_download_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    file = zoo.cached_weights("squeezenet1_1")
    file.parent.mkdir()
    file.write_bytes(b"half a file")
    with pytest.raises(gl.LabError, match="is damaged; delete it"):
        gl.load_network("squeezenet1_1")


def test_no_connection_says_what_to_do(tmp_path, monkeypatch):
    from urllib.error import URLError

    def refuse(*_args, **_more):
        raise URLError("no route to host")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    with pytest.raises(gl.LabError, match="could not be downloaded \\(no route to host\\).*weights=None"):
        gl.load_network("squeezenet1_1")


def test_the_device_is_picked_and_can_be_overridden(monkeypatch):
    monkeypatch.setenv("GRADCAM_LAB_DEVICE", "cpu")
    assert pick_device().type == "cpu"
    monkeypatch.setenv("GRADCAM_LAB_DEVICE", "meta")
    assert pick_device().type == "meta" and pick_device("cpu").type == "cpu"


def test_the_view_is_what_the_preset_crops():
    preset = zoo.torchvision.models.get_model_weights("resnet18").DEFAULT.transforms()  # 256, then 224
    assert view_of(preset, (256, 256)) == (16, 16, 240, 240)
    assert view_of(preset, (640, 480)) == (109, 30, 529, 450)
    assert view_of(preset, (480, 640)) == (30, 109, 450, 529)
    steps = [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor()]
    assert view_of(transforms.Compose(steps), (640, 480)) == (109, 30, 529, 450)
    assert view_of(transforms.Compose([transforms.Resize((50, 70)), transforms.ToTensor()]), (640, 480)) == (
        0,
        0,
        640,
        480,
    )
    assert view_of(lambda p: p, (640, 480)) == (0, 0, 640, 480)


def test_a_crop_that_pads_is_refused_and_one_of_the_same_size_is_not():
    crop = transforms.Compose([transforms.CenterCrop((50, 70)), transforms.ToTensor()])
    assert view_of(crop, (70, 50)) == (0, 0, 70, 50) and view_of(crop, (71, 50)) == (0, 0, 70, 50)
    for size in ((69, 50), (640, 49)):
        with pytest.raises(gl.LabError, match=f"crops 70 x 50 from a picture of {size[0]} x {size[1]} and pads"):
            view_of(crop, size)
    net = gl.Network(
        Toy(), preprocess=transforms.Compose([transforms.Resize(6), transforms.CenterCrop(8), crop.transforms[1]])
    )
    with pytest.raises(gl.LabError, match="scale it first, with a Resize"):
        gl.explain(net, Image.new("RGB", (20, 20)), target=0)
    assert gl.explain(net, net.preprocess(Image.new("RGB", (20, 20))), target=0).heat.shape == (8, 8)


@pytest.mark.parametrize("size", [(640, 480), (333, 777), (50, 50), (225, 1000)])
def test_the_view_is_where_the_pixels_come_from(size):
    """A white picture with its view painted black is black to the network, and only just."""
    preset = zoo.torchvision.models.get_model_weights("resnet18").DEFAULT.transforms()
    left, top, right, bottom = view_of(preset, size)
    p = Image.new("L", size, 255)
    p.paste(0, (left, top, right, bottom))
    seen = preset(p.convert("RGB"))
    black = preset(Image.new("RGB", size))
    share = float(((seen - black).abs().amax(0) > 0.5).float().mean())
    assert share < 0.03  # a rounded border, at most
    p.paste(255, (left + (right - left) // 8, top, right, bottom))
    assert float(((preset(p.convert("RGB")) - black).abs().amax(0) > 0.5).float().mean()) > 0.8


def test_predict(toy):
    found = toy.predict(Image.new("RGB", (8, 8)))
    assert [index for _, _, index in found] == sorted(range(3), key=lambda i: -{i: p for _, p, i in found}[i])
    assert sum(p for _, p, _ in found) == pytest.approx(1, abs=1e-5)
    assert len(toy.predict(Image.new("RGB", (8, 8)), top=1)) == 1
