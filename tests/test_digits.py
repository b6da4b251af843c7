"""Digits: drawn ones of which every pixel is known, MNIST beside them, and the three networks that read them."""

import gzip
import hashlib
import json
import struct

import numpy as np
import pytest
import torch

import gradcam_lab as gl
from gradcam_lab import LabError
from gradcam_lab.networks.bundled import data_folder
from gradcam_lab.networks.head import linear_head
from gradcam_lab.networks.small import SmallNet
from gradcam_lab.training import digits as training
from gradcam_lab.worlds import digits, glyphs, mnist

SCENES = [scene for seed in range(6) for scene in digits.sample(10, seed)]
NAMES = list(training.RECIPES)


def differs(first, second):
    """bool [H, W]: where two scenes' pictures differ."""
    return first.pixels != second.pixels


# --------------------------------------------------------------------------------------------- the drawn world


def test_a_sample_is_pictures_labels_and_scenes():
    sample = digits.sample(20, seed=3)
    assert sample.x.shape == (20, 28, 28) and sample.x.dtype == np.uint8
    assert sample.y.shape == (20,) and sample.y.dtype == np.int64
    assert [sample.kinds[y] for y in sample.y] == [scene.kinds[0] for scene in sample]
    assert sorted(sample.y[:10]) == sorted(sample.y[10:]) == list(range(10)) and list(sample.y[:10]) != list(
        sample.y[10:]
    )
    scene = sample[5]
    assert scene.picture.mode == "L" and np.array_equal(np.asarray(scene.picture), sample.x[5])
    assert np.array_equal(sample[2:4].x, sample.x[2:4]) and len(sample[2:4]) == 2
    assert scene.things[0].mask.shape == (28, 28) and scene.things[0].mask.dtype == bool


def test_a_picture_is_its_seed_and_parameters():
    same = digits.sample(12, seed=11)
    assert np.array_equal(digits.sample(12, seed=11).x, same.x)
    assert np.array_equal(digits.sample(3, seed=11).x, same.x[:3]), "a picture depends on how many are drawn"
    assert not np.array_equal(digits.sample(12, seed=12).x, same.x)


def test_pictures_are_the_same_on_every_machine():
    """The weights were trained on these pictures. Whoever changes the drawing trains the networks again."""
    assert hashlib.sha256(digits.sample(20, seed="the same").x.tobytes()).hexdigest()[:16] == "76ca7a0f7c987112"


@pytest.mark.parametrize("kinds", ["38", ("3", "8"), [3, 8]])
def test_kinds_can_be_named(kinds):
    assert {scene.kinds[0] for scene in digits.sample(4, kinds=kinds)} == {"3", "8"}


def test_a_single_kind_can_be_named_by_its_number():
    assert digits.sample(1, kinds=7)[0].kinds == ["7"]


def test_the_mask_is_the_stroke_and_its_parts():
    for scene in SCENES:
        (thing,) = scene.things
        assert set(thing.parts) == set(digits.PARTS[thing.kind])
        assert np.array_equal(np.logical_or.reduce(list(thing.parts.values())), thing.mask)
        assert np.array_equal(scene.mask(thing.kind), thing.mask)
        assert 0.03 < thing.mask.mean() < 0.5
        clean = scene.replace(tone=0, grain=0, specks=0, paper="plain")
        assert not (clean.pixels > 0)[~thing.mask].any(), "ink outside the mask"
        assert (clean.pixels > 0)[thing.mask].mean() > 0.97, "a mask without ink"


def test_every_part_of_every_style_is_drawn():
    for kind, styles in digits.STYLES.items():
        assert sum(styles.values()) == pytest.approx(1)
        drawn = {
            part
            for style in styles
            for part, mask in digits.sample(1, kinds=kind, style=style)[0].things[0].parts.items()
            if mask.any()
        }
        assert drawn == set(digits.PARTS[kind])


def test_a_digit_lies_in_the_picture():
    cut = 0
    for scene in digits.sample(200, seed=5):
        edge = scene.mask()
        cut += (edge[[0, -1]].sum() + edge[:, [0, -1]].sum()) > 3
    assert cut <= 8


def test_drawing_a_part_away_changes_pixels_inside_its_mask_alone():
    for scene in SCENES:
        for part, mask in scene.things[0].parts.items():
            changed = differs(scene, scene.without(part))
            assert not (changed & ~mask).any(), (scene, part)
            assert changed.sum() >= 0.3 * mask.sum(), (scene, part)
        gone = scene.without()
        assert not (differs(scene, gone) & ~scene.mask()).any() and not gone.things
        assert differs(scene, gone).sum() >= 0.3 * scene.mask().sum()


def test_an_eight_without_its_left_halves_keeps_the_right_ones():
    for scene in digits.sample(8, seed=2, kinds="8"):
        left = scene.without(["upper left", "lower left"]).things[0]
        for side in ("upper right", "lower right"):
            assert np.array_equal(left.parts[side], scene.things[0].parts[side]) and left.parts[side].any()
        assert not left.parts["upper left"].any() and not left.parts["lower left"].any()


@pytest.mark.parametrize("attribute, value", [("ink", 255), ("width", 2.5), ("slant", 0.3), ("hand", 7), ("wobble", 0)])
def test_changing_how_a_digit_looks_changes_the_stroke_alone(attribute, value):
    changed_any = False
    for scene in SCENES[:20]:
        other = scene.replace(**{attribute: value})
        changed = differs(scene, other)
        assert not (changed & ~(scene.mask() | other.mask())).any()
        before, after = dict(scene.things[0].attributes), dict(other.things[0].attributes)
        del before[attribute], after[attribute]
        assert before == after and scene.attributes == other.attributes
        changed_any |= changed.any()
    assert changed_any


def test_changing_the_paper_leaves_the_stroke():
    for scene in SCENES[:20]:
        other = scene.replace(paper="squared", specks=3)
        assert np.array_equal(other.mask(), scene.mask())
        inner = scene.pixels.astype(int) >= scene.things[0].attributes["ink"] - scene.attributes["grain"]
        inner &= scene.mask() & (other.pixels <= scene.pixels)
        assert inner.any() and not (differs(scene, other) & inner).any()


def test_changing_the_kind_gives_the_digit_that_the_same_seed_draws():
    scene = digits.sample(1, seed=4, kinds="4")[0]
    for kind in digits.KINDS:
        assert np.array_equal(scene.replace(kind=kind).pixels, digits.sample(1, seed=4, kinds=kind)[0].pixels)


def test_attributes_can_be_the_same_in_a_whole_sample():
    sample = digits.sample(6, seed=6, kinds="7", style="crossed", paper="lined")
    assert all(scene.things[0].parts["cross"].any() for scene in sample)
    assert {scene.attributes["paper"] for scene in sample} == {"lined"}


def test_a_smooth_curve_goes_through_its_points():
    points = [(0, 0), (1, 0.5), (0.3, 1), (-1, 1)]
    curve = glyphs.smooth(points)
    assert curve.shape == (3 * glyphs.STEPS + 1, 2)
    assert np.allclose(curve[:: glyphs.STEPS], points)
    straight = glyphs.smooth([(1, 1), (2, 3)])
    assert np.allclose(straight, np.linspace(0, 1, glyphs.STEPS + 1)[:, None] * (1, 2) + (1, 1))


@pytest.mark.parametrize(
    "call, nearest",
    [
        (lambda: digits.sample(0), "from 1 to"),
        (lambda: digits.sample(1, kinds="3x"), "'x'"),
        (lambda: digits.sample(1, kinds=""), "at least one"),
        (lambda: digits.sample(1, kinds=3.5), "3.5"),
        (lambda: digits.sample(1, source="minst"), "'mnist'"),
        (lambda: digits.sample(1, widht=2), "'width'"),
        (lambda: digits.sample(1, width=40), "0.8 to 6"),
        (lambda: digits.sample(1, paper="plane"), "'plain'"),
        (lambda: digits.sample(1, kinds="7")[0].replace(style="crosed"), "'crossed'"),
        (lambda: digits.sample(1, kinds="9")[0].without("lop"), "'loop'"),
        (lambda: digits.sample(1)[0].replace(kind="ten"), "digit"),
        (lambda: digits.sample(1, source="mnist", width=2), "'width'"),
    ],
)
def test_bad_input_is_one_sentence_with_the_nearest_name(call, nearest):
    with pytest.raises(LabError) as error:
        call()
    assert nearest in str(error.value) and "\n" not in str(error.value)


def test_the_amount_of_ink_does_not_tell_the_digit():
    """The best guess from the mean grey alone, by twenty equally full bins; chance is 0.1."""
    sample = digits.sample(3000, seed="baseline")
    grey, train = sample.x.mean((1, 2)), 2000
    bins = np.searchsorted(np.quantile(grey[:train], np.linspace(0, 1, 21)[1:-1]), grey)
    guess = [np.bincount(sample.y[:train][bins[:train] == b], minlength=10).argmax() for b in range(20)]
    assert (np.array(guess)[bins[train:]] == sample.y[train:]).mean() <= 0.2
    told = grey + 100 * sample.y  # so that the test can fail
    bins = np.searchsorted(np.quantile(told[:train], np.linspace(0, 1, 21)[1:-1]), told)
    guess = [np.bincount(sample.y[:train][bins[:train] == b], minlength=10).argmax() for b in range(20)]
    assert (np.array(guess)[bins[train:]] == sample.y[train:]).mean() > 0.6


# -------------------------------------------------------------------------------------------------------- MNIST


def write_mnist(root, n=30, packed=False):
    """Files in MNIST's format: drawn digits, each followed by its label."""
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for prefix, seed in (("train", 1), ("t10k", 2)):
        sample = digits.sample(n, seed=seed)
        images = struct.pack(">4B3i", 0, 0, 8, 3, n, 28, 28) + sample.x.tobytes()
        labels = struct.pack(">4Bi", 0, 0, 8, 1, n) + sample.y.astype(np.uint8).tobytes()
        for name, content in ((f"{prefix}-images-idx3-ubyte", images), (f"{prefix}-labels-idx1-ubyte", labels)):
            if packed:
                (raw / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (raw / name).write_bytes(content)
    return root


def test_mnist_is_read_as_torchvision_stores_it(tmp_path):
    root = write_mnist(tmp_path)
    sample = digits.sample(30, seed=0, source="mnist", folder=root)
    drawn = digits.sample(30, seed=2)
    assert sample.x.shape == (30, 28, 28) and sample.x.dtype == np.uint8 and sample.y.dtype == np.int64
    assert sorted(sample.rows) == list(range(30)) and sample.rows != list(range(30))
    assert np.array_equal(sample.x, drawn.x[sample.rows]) and np.array_equal(sample.y, drawn.y[sample.rows])
    train = digits.sample(30, source="mnist", folder=root, split="train")
    assert np.array_equal(train.x, digits.sample(30, seed=1).x[train.rows])
    assert np.array_equal(digits.sample(4, source="mnist", folder=root / "MNIST").x, sample.x[:4])


def test_mnist_has_the_face_of_a_sample(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADCAM_LAB_DATA", str(write_mnist(tmp_path)))
    sample = digits.sample(6, seed=3, source="mnist", kinds="38")
    assert set(sample.y) == {3, 8} and len(sample) == len(list(sample)) == 6 and len(sample[1:3]) == 2
    scene = sample[0]
    (thing,) = scene.things
    assert scene.kinds == [sample.kinds[sample.y[0]]] == [thing.kind]
    assert np.array_equal(np.asarray(scene.picture), sample.x[0])
    assert np.array_equal(thing.mask, sample.x[0] >= mnist.INK) and np.array_equal(scene.mask(), thing.mask)
    assert scene.mask(thing.kind).any() and not scene.mask("1").any() and thing.parts == {}
    for change in (lambda: scene.without(), lambda: scene.without("loop"), lambda: scene.replace(width=2)):
        with pytest.raises(LabError, match="was not drawn"):
            change()
    network = training.RECIPES["digits"].network(SmallNet(**training.RECIPES["digits"].architecture))
    assert gl.explain(network, scene).heat.shape == (28, 28)


def test_a_missing_mnist_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADCAM_LAB_DATA", str(tmp_path))
    with pytest.raises(LabError) as error:
        digits.sample(1, source="mnist")
    assert "download=True" in str(error.value) and str(tmp_path) in str(error.value) and "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_damaged_mnist_is_one_sentence(tmp_path):
    raw = write_mnist(tmp_path) / "MNIST" / "raw"
    content = (raw / "t10k-images-idx3-ubyte").read_bytes()
    for i, broken in enumerate((content[:-100], content[:10], b"", b"junk" * 50)):
        (raw / "t10k-images-idx3-ubyte").write_bytes(broken)
        with pytest.raises(LabError, match="MNIST"):
            digits.sample(1, source="mnist", folder=tmp_path, seed=i)
    with pytest.raises(LabError, match="from 1 to 30"):
        digits.sample(31, source="mnist", folder=tmp_path, split="train")
    with pytest.raises(LabError, match="'test'"):
        digits.sample(1, source="mnist", folder=tmp_path, split="tset")


# ------------------------------------------------------------------------------------------------- the networks


@pytest.mark.parametrize(
    "name, sizes", [("digits", [28, 14, 7]), ("digits-nopool", [28, 28, 28]), ("digits-gmp", [28, 14, 7])]
)
def test_what_is_pooled(name, sizes):
    module = training.RECIPES[name].build().eval()
    assert [child for child, _ in module.named_children()] == ["block1", "block2", "block3", "pool", "fc"]
    found = []
    for i in (1, 2, 3):
        module.get_submodule(f"block{i}").register_forward_hook(lambda m, x, y: found.append(y))
    y = module(torch.rand(2, 1, 28, 28))
    assert [A.shape[2] for A in found] == sizes and y.shape == (2, 10)
    head = linear_head(module, found[-1].detach(), y.detach())
    assert head.pooling == ("max" if name == "digits-gmp" else "mean")
    assert any(isinstance(m, torch.nn.MaxPool2d) for m in module.modules()) == (name != "digits-nopool")


def test_a_small_net_says_what_it_cannot_be():
    with pytest.raises(LabError, match="'gmp'"):
        SmallNet(10, head="max")
    with pytest.raises(LabError, match="as many pools"):
        SmallNet(10, channels=(8, 8), strides=(1, 1), pools=(2,))


def test_quick_trains_in_memory():
    network, history = training.quick(pictures=300, epochs=3, progress=False)
    assert isinstance(network, gl.Network) and network.labels == list("0123456789")
    assert len(history) == 3 and history[-1]["loss"] < history[0]["loss"]
    assert network.preprocess(digits.sample(1)[0]).shape == (1, 28, 28)
    for slip in ({"name": "digit"}, {"pictures": 0}, {"epochs": 0}):
        with pytest.raises(LabError):
            training.quick(**slip)


def load(name):
    entry = json.loads((data_folder() / "manifest.json").read_text(encoding="utf-8"))["networks"][name]
    module = SmallNet(**entry["architecture"])
    module.load_state_dict(torch.load(data_folder() / entry["file"], weights_only=True))
    return module.eval(), entry["measured"]


@pytest.mark.parametrize("name, least", [("digits", 0.985), ("digits-nopool", 0.975), ("digits-gmp", 0.985)])
def test_the_networks_read_as_the_manifest_says(name, least):
    """Measured afresh on other pictures, fewer: the bounds leave room for chance."""
    module, manifest = load(name)
    measured = training.measure_digits(module, seed="test", pictures=1500, maps=100)
    assert measured["accuracy"] >= least
    assert measured["accuracy"] == pytest.approx(manifest["accuracy"], abs=0.01)
    for key in ("stroke_covered", "hot_area", "energy_inside"):
        assert measured[key] == pytest.approx(manifest[key], abs=0.06), key
    assert measured["stroke_covered"] > 2 * measured["hot_area"]


def test_average_pooling_finds_more_of_the_stroke_than_max_pooling():
    (_, gap), (_, gmp) = load("digits"), load("digits-gmp")
    assert gap["stroke_covered_interval"][0] > gmp["stroke_covered_interval"][1] + 0.1


def test_measuring_can_fail_and_leaves_the_network_alone():
    torch.manual_seed(0)
    module = training.RECIPES["digits"].build().eval()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    measured = training.measure_digits(module, seed="test", pictures=200, maps=20)
    assert (
        measured["accuracy"] < 0.4 and measured["accuracy_interval"][0] < 0.1 < measured["accuracy_interval"][1] + 0.3
    )
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())
