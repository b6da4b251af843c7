"""Transfer learning: a copy learns, the original stays; the head is found by its numbers; saved, it comes back."""

import importlib
import json

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.datasets import ImageFolder
from toys import assert_same, state_of

import gradcam_lab as gl
from gradcam_lab.networks.small import SmallNet
from gradcam_lab.networks.tuned import find_head, with_head
from gradcam_lab.networks.view import preset
from gradcam_lab.training import fine_tune, load_tuned

tuning = importlib.import_module("gradcam_lab.training.fine_tune")
reading = importlib.import_module("gradcam_lab.training.reading")

pytestmark = pytest.mark.filterwarnings("error::UserWarning")


def small(size=32, name="tiny", classes=6):
    torch.manual_seed(0)
    module = SmallNet(classes, channels=(8, 8), strides=(4, 2)).eval()
    module.block1[1].running_mean.normal_()
    return gl.Network(module, [f"thing {i}" for i in range(classes)], preset(size), name=name)


def paint(kind, i):
    """A picture of noise, more green or more red, of a size of its own."""
    random = np.random.default_rng([i, len(kind)])
    pixels = random.integers(0, 120, (40 + i % 3, 44, 3), np.uint8)
    pixels[..., {"frog": 1, "crab": 0}[kind]] += 100
    return Image.fromarray(pixels)


def fill_folder(path, n=10, kinds=("crab", "frog")):
    for kind in kinds:
        (path / kind).mkdir(parents=True, exist_ok=True)
        for i in range(n):
            paint(kind, i).save(path / kind / f"{i}.png")
    return path


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return fill_folder(tmp_path_factory.mktemp("pictures"))


def quick(network, data, *arguments, **options):
    return fine_tune(network, data, *arguments, **{"epochs": 2, "progress": False, **options})


def weights(network):
    return {key: value.clone() for key, value in network.module.state_dict().items()}


# ------------------------------------------------------------------------------------------------- training


@pytest.mark.parametrize("freeze", [True, False])
def test_it_learns_and_leaves_the_given_network_as_it_was(pictures, freeze):
    network = small()
    before, state = state_of(network.module), torch.random.get_rng_state()
    tuned = quick(network, pictures, freeze=freeze, epochs=8, rate=0.03, batch=4)
    assert_same(before, state_of(network.module))
    assert torch.equal(torch.random.get_rng_state(), state), "training spent the caller's random numbers"
    assert tuned.labels == ["crab", "frog"] and network.labels[0] == "thing 0"
    history = tuned.history
    assert len(history) == len(history.accuracy) == len(history.loss) == len(history.valid_loss) == 8
    assert (history.pictures, history.valid_pictures) == (16, 4)
    assert history.valid_accuracy[history.best - 1] == max(history.valid_accuracy) == 1.0
    assert history.loss[-1] < 0.8 * history.loss[0]
    assert tuned.predict(paint("frog", 99), top=1)[0][0] == "frog"
    assert tuned.predict(paint("crab", 98), top=1)[0][0] == "crab"
    assert not tuned.module.training and all(p.requires_grad and p.grad is None for p in tuned.module.parameters())
    e = gl.explain(tuned, paint("frog", 99), target="frog")
    assert e.label == "frog" and e.heat.shape == (40, 44)


@pytest.mark.parametrize("freeze, moved", [(True, {"fc.weight", "fc.bias"}), (False, None)])
def test_frozen_means_all_but_the_head(pictures, freeze, moved):
    network = small()
    tuned, old = weights(quick(network, pictures, freeze=freeze)), weights(network)
    changed = {key for key in old if old[key].shape != tuned[key].shape or not torch.equal(old[key], tuned[key])}
    assert changed == (moved or set(old))


def test_a_network_that_was_frozen_by_its_owner_learns_and_is_frozen_again(pictures):
    network = small()
    network.module.requires_grad_(False)
    tuned, old = quick(network, pictures, freeze=False), weights(network)
    assert not torch.equal(weights(tuned)["block1.0.weight"], old["block1.0.weight"])
    assert [name for name, p in tuned.module.named_parameters() if p.requires_grad] == ["fc.weight", "fc.bias"]


@pytest.mark.parametrize("freeze", [True, False])
def test_the_same_seed_gives_the_same_network(pictures, freeze):
    first = weights(quick(small(), pictures, freeze=freeze))
    torch.manual_seed(5)
    again, other = (weights(quick(small(), pictures, freeze=freeze, seed=seed)) for seed in (0, 1))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["fc.weight"], other["fc.weight"])


@pytest.mark.parametrize("freeze", [True, False])
def test_what_does_not_fit_into_memory_is_read_again(monkeypatch, pictures, freeze):
    kept = weights(quick(small(), pictures, freeze=freeze))
    monkeypatch.setattr(reading, "MOST", 0)
    again = weights(quick(small(), pictures, freeze=freeze))
    assert all(torch.allclose(kept[key].float(), again[key].float(), atol=1e-5) for key in kept)


def test_frozen_features_are_computed_once_and_mirrored(monkeypatch, pictures):
    network, seen = small(), []
    monkeypatch.setattr(network, "preprocess", lambda picture: pytest.fail("the copy reads, not the original"))
    tuned, head = with_head(small(), ["crab", "frog"], fresh=True)
    features = reading.features_of(tuned.module, tuned.module.fc)
    real = lambda x: seen.append(len(x)) or features(x)  # noqa: E731
    given = importlib.import_module("gradcam_lab.training.given").given(str(pictures))
    kept = reading.Kept(tuned, given, real, True, False)
    assert sum(seen) == 2 * 20
    rows, mirrored = torch.tensor([3, 12]), torch.tensor([False, True])
    z, y = kept.rows(rows, mirrored)
    x = torch.stack([tuned.preprocess(given.picture(3)), tuned.preprocess(given.picture(12)).flip(2)])
    assert torch.allclose(head.tail_of(tuned.module.fc(z)), tuned.module(x), atol=1e-5)
    assert y.tolist() == [0, 1] and sum(seen) == 2 * 20


@pytest.mark.parametrize("flips", [True, False])
def test_pictures_are_mirrored_only_if_asked(monkeypatch, pictures, flips):
    real, mirrored = reading.Read.rows, []

    def rows(self, rows, flipped=None):
        mirrored.append(0 if flipped is None else int(flipped.sum()))
        return real(self, rows, flipped)

    monkeypatch.setattr(reading.Read, "rows", rows)
    quick(small(), pictures, freeze=False, flips=flips, epochs=4)
    assert 16 < sum(mirrored) < 48 if flips else sum(mirrored) == 0


def test_a_network_that_has_these_labels_keeps_its_head(pictures):
    first = quick(small(), pictures, epochs=6, rate=0.03, batch=4)
    second = quick(first, pictures, freeze=False, epochs=1, rate=1e-6)
    assert torch.allclose(first.module.fc.weight, second.module.fc.weight, atol=1e-4)
    fresh = quick(small(), pictures, epochs=1, rate=1e-6)
    assert second.history.loss[0] < fresh.history.loss[0] - 0.05


def test_the_best_epoch_is_kept_and_ctrl_c_keeps_the_best_so_far(monkeypatch, pictures):
    results = iter([(0.5, 1.0), (0.75, 0.9), (0.75, 0.8), (0.75, 0.85), (0.5, 0.1)])
    after = {}

    def validate(learner, run, validation):
        after[len(after) + 1] = learner.weight.detach().clone()
        try:
            return next(results)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(tuning, "_validate", validate)
    tuned = quick(small(), pictures, epochs=9)
    assert tuned.history.best == 3 and len(tuned.history) == len(tuned.history.loss) == 5
    assert torch.equal(tuned.module.fc.weight, after[3]) and not torch.equal(after[3], after[4])
    assert not any(module.training for module in tuned.module.modules())
    with pytest.raises(KeyboardInterrupt):
        quick(small(), pictures)


def test_the_last_batch_is_never_a_single_picture():
    assert [len(rows) for rows in tuning._batches(torch.arange(9), 4)] == [4, 5]
    assert [len(rows) for rows in tuning._batches(torch.arange(10), 4)] == [4, 4, 2]


@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_the_fewest_pictures_and_epochs_are_enough(epochs):
    pairs = [(paint(kind, i), kind) for kind in ("crab", "frog") for i in range(2)]
    assert len(quick(small(), pairs, epochs=epochs).history) == epochs


def test_the_rate_rises_and_falls():
    rates = [tuning._cycle(step, 50) for step in range(50)]
    assert rates.index(max(rates)) == 9 and max(rates) == 1 and rates[0] == 0.1 and 0 < rates[-1] < 0.01
    assert all(0 < tuning._cycle(step, n) <= 1 for n in range(1, 8) for step in range(n))


# ------------------------------------------------------------------------------------------ the forms of data


class Pairs(list):
    """A data set as torchvision's: (picture, number), with names."""

    classes = ("crab", "frog", "newt")


def forms(path):
    yield str(path)
    yield ImageFolder(path)
    yield gl.worlds.folder.sample(path)
    yield torch.utils.data.Subset(ImageFolder(path), range(20))
    yield Pairs((paint(kind, i), k) for k, kind in enumerate(("crab", "frog")) for i in range(10))
    yield [(str(path / kind / f"{i}.png"), kind) for kind in ("crab", "frog") for i in range(10)]


def test_every_form_of_data_gives_the_same_network(pictures):
    tuned = [quick(small(), data) for data in forms(pictures)]
    assert len(tuned) == 6
    for other in tuned:
        assert other.labels == ["crab", "frog"]
        assert torch.allclose(other.module.fc.weight, tuned[0].module.fc.weight, atol=1e-6)


def test_a_folder_that_is_split_and_pictures_to_validate_on(tmp_path, pictures):
    fill_folder(tmp_path / "train", 4)
    fill_folder(tmp_path / "val", 3)
    history = quick(small(), tmp_path).history
    assert (history.pictures, history.valid_pictures) == (8, 6)
    frogs = [(paint("frog", i), "frog") for i in range(5)]  # in another order of labels: frog is 0 here, 1 there
    tuned = quick(small(), tmp_path, valid=frogs, epochs=8, rate=0.03, batch=4)
    assert tuned.history.valid_pictures == 5 and max(tuned.history.valid_accuracy) == 1.0


def test_a_drawn_sample_has_only_the_kinds_that_occur():
    sample = gl.worlds.pets.sample(12, seed="tune", kinds=("dog", "turtle"))
    tuned = quick(small(), sample, valid=0.5)
    assert tuned.labels == ["dog", "turtle"] and tuned.history.valid_pictures == 6


# --------------------------------------------------------------------------------------------------- the head

HEADS = {
    "resnet18": "fc",
    "vgg11": "classifier.6",
    "mobilenet_v3_small": "classifier.3",
    "densenet121": "classifier",
    "squeezenet1_1": "classifier.1",
    "shufflenet_v2_x0_5": "fc",
    "inception_v3": "fc",
    "googlenet": "fc",
    "vit_b_32": "heads.head",
    "swin_t": "head",
    "pets-fc": "fc.4",
}


@pytest.mark.parametrize("name", HEADS)
def test_the_head_is_found_and_replaced(name):
    network = gl.load_network(name, weights=None, device="cpu")
    assert find_head(network).name == HEADS[name]
    tuned, head = with_head(network, ["a", "b", "c"], fresh=True)
    size = 224 if name in ("vit_b_32", "swin_t") else 128
    x = torch.randn(2, 3, size, size)
    features = reading.features_of(tuned.module, tuned.module.get_submodule(head.name))
    assert not any("aux" in key.lower() for key in tuned.module.state_dict())
    with torch.no_grad():
        y = tuned.module(x)
        assert y.shape == (2, 3)
        assert torch.allclose(head.tail_of(tuned.module.get_submodule(head.name)(features(x))), y, atol=1e-5)
        if name in ("inception_v3", "googlenet"):  # whose auxiliary heads answer in training
            assert tuned.module.train()(x).shape == (2, 3)
    assert find_head(network).name == HEADS[name] and len(network.labels) in (6, 1000)


def test_a_head_is_told_by_its_numbers():
    class Net(nn.Module):
        def __init__(self, end):
            super().__init__()
            self.unused, self.features = nn.Linear(4, 5), nn.Conv2d(3, 5, 3)
            self.scores, self.end = nn.Conv2d(5, 5, 1), end

        def forward(self, x):
            return self.end(self.scores(self.features(x).relu()))

    ends = {
        "mean": lambda z: z.mean((2, 3)),
        "mean of ReLU": lambda z: z.relu().mean((2, 3)),
        "maximum": lambda z: z.amax((2, 3)),
    }
    for tail, end in ends.items():
        head = find_head(gl.Network(Net(end)))
        assert (head.name, head.tail) == ("scores", tail)
    with pytest.raises(gl.LabError, match="no head to replace: expected was .* 5 outputs .* before any softmax"):
        find_head(gl.Network(Net(lambda z: z.mean((2, 3)).softmax(1))))


# ---------------------------------------------------------------------------------------------- saved and loaded


def test_saved_it_comes_back(pictures, tmp_path):
    tuned = quick(gl.load_network("pets", device="cpu"), pictures, save=tmp_path / "my.pt")
    again = load_tuned(tmp_path / "my.pt", device="cpu")
    assert again.labels == ["crab", "frog"] and again.history == tuned.history and again.name == "pets"
    assert again.predict(paint("frog", 7)) == tuned.predict(paint("frog", 7))
    assert torch.equal(gl.explain(again, paint("frog", 7)).map, gl.explain(tuned, paint("frog", 7)).map)
    assert again.save(tmp_path / "two.pt").read_bytes()[:4] == b"PK\3\4"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["my.pt", "two.pt"], "something was left behind"
    content = torch.load(tmp_path / "my.pt", weights_only=True)
    assert json.dumps(content["history"]) and "/" not in content["network"]


def test_inception_keeps_its_second_normalisation(tmp_path):
    network = gl.load_network("inception_v3", weights=None, device="cpu")
    network.module.transform_input = True  # as with the ImageNet weights
    tuned, _ = with_head(network, ["a", "b"], fresh=True)
    again = load_tuned(tuned.save(tmp_path / "inception.pt"), device="cpu")
    assert again.module.transform_input


def test_a_network_of_ones_own_is_handed_over(pictures, tmp_path):
    tuned = quick(small(), pictures, save=tmp_path / "my.pt")
    with pytest.raises(gl.LabError, match=r"network of your own \(tiny\); hand it over"):
        load_tuned(tmp_path / "my.pt")
    again = load_tuned(tmp_path / "my.pt", small())
    assert again.predict(paint("frog", 7)) == tuned.predict(paint("frog", 7))
    with pytest.raises(gl.LabError, match="gives other scores here"):
        load_tuned(tmp_path / "my.pt", gl.Network(small().module, preprocess=preset(32, [0.5] * 3, [0.5] * 3)))
    with pytest.raises(gl.LabError, match="does not fit"):
        load_tuned(tmp_path / "my.pt", gl.load_network("pets"))


def test_files_that_are_no_tuned_network(tmp_path):
    (tmp_path / "text.pt").write_text("not a network")
    torch.save(small().module.state_dict(), tmp_path / "state.pt")
    torch.save(small(), tmp_path / "code.pt")
    with pytest.raises(gl.LabError, match="There is no file"):
        load_tuned(tmp_path / "none.pt")
    with pytest.raises(gl.LabError, match="is damaged, or not a network"):
        load_tuned(tmp_path / "text.pt")
    with pytest.raises(gl.LabError, match="is damaged, or not a network"):
        load_tuned(tmp_path / "code.pt")
    with pytest.raises(gl.LabError, match="if it is a state dict, load_network"):
        load_tuned(tmp_path / "state.pt")


def test_a_failed_save_leaves_the_old_file(monkeypatch, tmp_path):
    tuned, _ = with_head(small(), ["a", "b"], fresh=True)
    (tmp_path / "my.pt").write_text("old")

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr("gradcam_lab.networks.tuned.os.replace", full)
    with pytest.raises(OSError):
        tuned.save(tmp_path / "my.pt")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


# ------------------------------------------------------------------------------------------------- the curves


def test_the_curves_are_drawn_and_told(pictures, monkeypatch):
    history = quick(small(), pictures).history
    history.valid_accuracy, history.valid_loss, history.best = [0.75, 0.5], [0.6, 0.7], 1
    left, right = history.figure().axes
    assert [line.get_ydata().tolist() for line in left.lines[:2]] == [history.accuracy, history.valid_accuracy]
    assert [line.get_ydata().tolist() for line in right.lines[:2]] == [history.loss, history.valid_loss]
    rings = [line.get_xydata().tolist() for line in (left.lines[2], right.lines[2])]
    assert rings == [[[1, 0.75]], [[1, 0.6]]]
    assert "Kept was epoch 1: 75.0%" in history.words()
    assert "over 2 epochs, on 16 training pictures" in history.words() and str(history).count("kept") == 1
    shown = []
    monkeypatch.setattr("gradcam_lab.figures.display", lambda *content, **_: shown.append(content))
    history.plot()
    assert b"PNG" in shown[0][0]["image/png"][:8]


# --------------------------------------------------------------------------------------------------- bad input


def test_bad_pictures_end_it_before_the_training_begins(tmp_path, monkeypatch):
    monkeypatch.setattr(tuning, "_learn", lambda *_: pytest.fail("the training began"))
    path = fill_folder(tmp_path / "pictures", 3)
    (path / "crab" / "2.png").write_bytes((path / "crab" / "2.png").read_bytes()[:200])
    for freeze in (True, False):
        with pytest.raises(gl.LabError, match="crab.2.png is damaged or cut off"):
            quick(small(), path, freeze=freeze)
    with pytest.raises(gl.LabError, match="Picture 2 of the data set cannot be read"):
        quick(small(), ImageFolder(path))


def bad_data():
    crab, frog = (paint("crab", 0), 0), (paint("frog", 0), 1)
    yield [crab, crab], "only 'class 0'"
    yield [], "the data set is empty"
    yield [crab, crab, frog], "'class 1' has one picture only"
    yield [crab, (paint("frog", 0), "frog")], "all names or all numbers; that of picture 1 is 'frog'"
    yield [crab, (paint("frog", 0), -1)], "that of picture 1 is -1"
    yield Pairs([crab, (paint("frog", 0), 3)]), "from 0 below 3; that of picture 1 is 3"
    yield [crab, (paint("frog", 0), 1, 2)], r"gives \(picture, label\); item 1 is a tuple"
    yield [(torch.zeros(3, 8, 8), k) for k in (0, 0, 1, 1)], "without transform"
    yield 3, "given was a int"
    yield {"crab": 3}, "given was a dict"
    yield "nowhere", "The folder nowhere is not there"


@pytest.mark.parametrize("data, words", list(bad_data()))
def test_bad_data_is_one_sentence(data, words):
    with pytest.raises(gl.LabError, match=words) as e:
        quick(small(), data)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    "bad, words",
    [
        ({"epochs": 0}, "epochs is a whole number from 1"),
        ({"batch": 1}, "batch is a whole number from 2"),
        ({"rate": -1}, "rate is a number"),
        ({"valid": 1.5}, "above 0 and below 1"),
        ({"valid": True}, "given was a bool"),
        ({"freeze": 2}, "freeze is True or False"),
        ({"device": "gpu7"}, "no device 'gpu7'"),
        ({"save": "no/such/folder/my.pt"}, "no folder no/such/folder"),
        ({"valid": [(paint("crab", 0), "crabs")]}, "a class 'crabs' .* did you mean 'crab'"),
    ],
)
def test_bad_options_are_one_sentence(pictures, bad, words):
    with pytest.raises(gl.LabError, match=words):
        quick(small(), pictures, **bad)


def test_a_training_that_goes_astray_says_so(monkeypatch, pictures):
    monkeypatch.setattr(tuning.F, "cross_entropy", lambda *_, **__: torch.tensor(float("nan")))
    with pytest.raises(gl.LabError, match="its loss is nan; take a smaller rate"):
        quick(small(), pictures)


def test_a_network_that_cannot_be_copied_says_so(pictures):
    network = small()
    network.module.lock = __import__("threading").Lock()
    with pytest.raises(gl.LabError, match="tiny cannot be copied"):
        quick(network, pictures)


# ---------------------------------------------------------------------------------- with the ImageNet weights


@pytest.mark.imagenet
def test_squeezenet_learns_cats_and_dogs_from_a_folder(squeezenet, tmp_path):
    """200 and 100 pictures and five epochs reach 98 % in the lesson's setting; here are fewer, for speed."""
    sample = gl.worlds.pets.sample(90, seed="cats and dogs", kinds=("cat", "dog"))
    gl.worlds.folder.write(sample, tmp_path / "pets", valid=1 / 3)
    tuned = fine_tune(squeezenet, tmp_path / "pets", epochs=8, progress=False, save=tmp_path / "my.pt")
    assert max(tuned.history.valid_accuracy) >= 0.85
    again = load_tuned(tmp_path / "my.pt")
    scenes = list(gl.worlds.pets.sample(12, seed="fresh cats and dogs", kinds=("cat", "dog")))
    found = gl.explain(again, [s.picture for s in scenes], target=[s.kinds[0] for s in scenes])
    inside = np.mean([gl.measure.energy_inside(e.heat, s.mask()) for e, s in zip(found, scenes)])
    assert inside >= 2 * np.mean([s.mask().mean() for s in scenes])
