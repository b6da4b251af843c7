"""Training: recipes end in files that load, and the bundled networks do what the manifest says."""

import hashlib
import json

import pytest
import torch

import gradcam_lab as gl
from gradcam_lab import training
from gradcam_lab.networks.bundled import FAMILIES, data_folder
from gradcam_lab.networks.small import SmallNet
from gradcam_lab.training import files, pets, recipe
from gradcam_lab.training.keeper import Keeper

DATA = data_folder()
MANIFEST = json.loads((DATA / "manifest.json").read_text(encoding="utf-8"))
NETWORKS = sorted(MANIFEST["networks"])


def load(name, folder=DATA):
    entry = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["networks"][name]
    module = FAMILIES[entry["family"]](**entry["architecture"])
    module.load_state_dict(torch.load(folder / entry["file"], weights_only=True))
    return module.eval()


# ------------------------------------------------------------------------------------ what is bundled


def test_every_recipe_is_bundled():
    assert set(training.RECIPES) == set(NETWORKS)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_manifest_describes_the_file(name):
    entry = MANIFEST["networks"][name]
    content = (DATA / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert len(content) == entry["bytes"] <= 1_500_000
    assert all(
        value.dtype == torch.float32 for key, value in load(name).state_dict().items() if "num_batches" not in key
    )
    made = training.RECIPES[name]
    assert {key: entry[key] for key in ("epochs", "seed", "pictures", "batch")} == {
        key: getattr(made, key) for key in ("epochs", "seed", "pictures", "batch")
    }, "not trained by its recipe"


def test_the_manifest_names_no_machine():
    text = json.dumps(MANIFEST)
    assert not any(word in text for word in ("/home", "/root", "/tmp", "C:\\\\", "/work"))


@pytest.mark.parametrize("name", sorted(training.PICTURES))
def test_the_example_pictures_are_drawn_as_the_manifest_says(name, tmp_path):
    entry = MANIFEST["pictures"][name]
    assert hashlib.sha256((DATA / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    again = training.draw_pictures(tmp_path)[name]
    assert again["drawn"] == entry["drawn"]
    bundled, drawn = gl.load_picture(DATA / entry["file"]), gl.load_picture(tmp_path / again["file"])
    assert bundled.size == (128, 128) and bundled.tobytes() == drawn.tobytes()


def test_pets_finds_both_in_the_example_picture():
    drawn = MANIFEST["pictures"]["cat_and_dog"]["drawn"]
    scene = gl.worlds.pets.sample(drawn["index"] + 1, drawn["seed"], drawn["things"], **drawn["fixed"])[drawn["index"]]
    network = gl.load_network("pets")
    assert {label for label, _, _ in network.predict(scene.picture, top=2)} == {"cat", "dog"}
    for kind in ("cat", "dog"):
        assert gl.measure.pointing_game(gl.explain(network, scene.picture, target=kind).heat, scene.mask(kind))


# ------------------------------------------------------------------------------- what the networks can do


def test_pets_sees_and_points_as_the_manifest_says():
    """Measured afresh on other pictures, fewer: the bounds leave room for chance."""
    measured = pets.measure_pets(load("pets"), seed="test", singles=400, pairs=100, trios=40)
    assert measured["accuracy"] >= 0.985
    assert measured["pointing"] >= 0.95
    assert measured["pointing"] >= 5 * measured["random_point"]
    assert measured["on_the_other"] <= 0.02
    assert measured["own_share"] >= 0.93
    assert measured["instances_found"] >= 0.9
    for key in ("accuracy", "pointing", "pointing_strict", "own_share", "instances_found"):
        assert measured[key] == pytest.approx(MANIFEST["networks"]["pets"]["measured"][key], abs=0.06), key


def test_pets_fc_sees_and_points_as_the_manifest_says():
    measured = pets.measure_pets(load("pets-fc"), seed="test", singles=400, pairs=60, trios=10)
    assert measured["accuracy"] >= 0.97
    assert measured["accuracy"] == pytest.approx(MANIFEST["networks"]["pets-fc"]["measured"]["accuracy"], abs=0.03)
    assert measured["pointing"] >= 0.85


def test_measuring_can_fail_and_leaves_the_network_alone():
    torch.manual_seed(0)
    module = SmallNet(6).eval()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    measured = pets.measure_pets(module, seed="test", singles=60, pairs=20, trios=5)
    assert measured["accuracy"] < 0.5 and measured["pointing"] < 0.5
    assert measured["random_point_strict"] < measured["random_point"] < 0.3
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


# ---------------------------------------------------------------------------------------------- training


def tiny(monkeypatch, **changes):
    """A recipe that takes a second."""
    made = training.Recipe(
        draw=pets.draw,
        measure=lambda module, progress: pets.measure_pets(module, singles=6, pairs=2, trios=2),
        labels=pets.KINDS,
        size=128,
        architecture={"classes": 6, "head": "gap", "channels": [8, 8], "strides": [4, 4]},
        pictures=64,
        epochs=2,
        batch=16,
        **changes,
    )
    monkeypatch.setitem(training.RECIPES, "tiny", made)


def test_a_tiny_training_ends_in_files_that_load(monkeypatch, tmp_path):
    tiny(monkeypatch, shift=4)
    (tmp_path / "manifest.json").write_text('{"networks": {"other": {"file": "other.pt"}}, "pictures": {}}')
    entry = training.train("tiny", out=tmp_path, device="cpu", progress=False)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["networks"]["tiny"] == entry and manifest["networks"]["other"] == {"file": "other.pt"}
    assert hashlib.sha256((tmp_path / "tiny.pt").read_bytes()).hexdigest() == entry["sha256"]
    assert load("tiny", tmp_path)(torch.zeros(2, 3, 128, 128)).shape == (2, 6)
    assert entry["epochs"] == 2 and entry["pictures"] == 64 and entry["device"] == "cpu"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "tiny.pt"], "something was left behind"


def test_the_same_seed_gives_the_same_network(monkeypatch, tmp_path):
    tiny(monkeypatch)
    state = torch.random.get_rng_state()
    first = training.train("tiny", out=tmp_path / "a", device="cpu", progress=False)
    assert torch.equal(torch.random.get_rng_state(), state), "training spent the caller's random numbers"
    torch.manual_seed(5)
    again = training.train("tiny", out=tmp_path / "b", device="cpu", progress=False)
    other = training.train("tiny", out=tmp_path / "c", device="cpu", progress=False, seed=2)
    assert first["sha256"] == again["sha256"] != other["sha256"]


def interrupt_after(monkeypatch, batches):
    """Ctrl-C, in the middle of a training."""
    seen, real = [], recipe.augment

    def augment(*arguments):
        if len(seen) == batches:
            raise KeyboardInterrupt
        seen.append(1)
        return real(*arguments)

    monkeypatch.setattr(recipe, "augment", augment)


def test_an_interrupted_training_keeps_the_best_so_far(monkeypatch, tmp_path):
    tiny(monkeypatch)
    interrupt_after(monkeypatch, 6)  # an epoch is four batches
    entry = training.train("tiny", out=tmp_path, device="cpu", progress=False)
    assert entry["epochs"] == 1
    load("tiny", tmp_path)


def test_the_best_epoch_is_kept_not_the_last(monkeypatch, tmp_path):
    tiny(monkeypatch)
    rights = iter([0.9, 0.1])
    with monkeypatch.context() as patched:
        patched.setattr(recipe, "score", lambda *_: next(rights))
        best = training.train("tiny", out=tmp_path / "best", device="cpu", progress=False)
    interrupt_after(monkeypatch, 4)
    first = training.train("tiny", out=tmp_path / "first", device="cpu", progress=False)
    assert best["sha256"] == first["sha256"]


def test_an_epoch_is_chosen_by_accuracy_or_by_likelihood():
    probabilities, y = torch.tensor([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]), torch.tensor([0, 1, 1])
    assert recipe.accuracy(torch.log, probabilities, y) == pytest.approx(2 / 3)
    assert recipe.likelihood(torch.log, probabilities, y, smoothing=0) == pytest.approx((0.9 * 0.4 * 0.8) ** (1 / 3))
    fair, sure = torch.tensor([[0.9, 0.1]]).repeat(10, 1), torch.tensor([[0.999, 0.001]]).repeat(10, 1)
    y = torch.tensor([0] * 9 + [1])  # nine of ten are of class 0
    assert recipe.likelihood(torch.log, fair, y) > recipe.likelihood(torch.log, sure, y)


def test_a_score_is_the_mean_over_all_pictures_whatever_the_batches():
    x, y = torch.arange(7, dtype=torch.uint8).reshape(7, 1, 1, 1), torch.zeros(7)
    found = recipe.score(
        lambda _, seen, __: 127.5 * (seen + 1).mean().item(), SmallNet(2), (x, y), torch.device("cpu"), batch=3
    )
    assert found == pytest.approx(3, abs=1e-3)


def test_interrupted_in_the_first_epoch_it_writes_nothing(monkeypatch, tmp_path):
    tiny(monkeypatch)
    interrupt_after(monkeypatch, 2)
    with pytest.raises(KeyboardInterrupt):
        training.train("tiny", out=tmp_path, device="cpu", progress=False)
    assert not list(tmp_path.iterdir())


def test_bad_input_is_one_sentence(tmp_path):
    with pytest.raises(gl.LabError, match="did you mean 'pets'"):
        training.train("pet", out=tmp_path)
    with pytest.raises(gl.LabError, match="epochs is a whole number, at least 1"):
        training.train("pets", out=tmp_path, epochs=0)
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file(monkeypatch, tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text("old")

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(OSError):
        files.write(path, b"new")
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_augmenting_mirrors_and_shifts_but_invents_no_colour():
    x = torch.arange(2 * 3 * 8 * 8, dtype=torch.uint8).reshape(2, 3, 8, 8).repeat(20, 1, 1, 1)
    out = recipe.augment(x, 2, True, torch.Generator().manual_seed(0))
    assert out.shape == x.shape
    assert all(set(one.flatten().tolist()) <= set(two.flatten().tolist()) for one, two in zip(out, x))
    assert any(not torch.equal(one.float(), two.float()) for one, two in zip(out, x))
    unmoved = recipe.augment(x, 0, True, torch.Generator().manual_seed(0))
    mirrored = [not torch.equal(one, two) for one, two in zip(unmoved, x)]
    assert 8 < sum(mirrored) < 32
    assert all(torch.equal(one, two.flip(2) if m else two) for one, two, m in zip(unmoved, x, mirrored))


# ------------------------------------------------------------------------------------------ architecture


@pytest.mark.parametrize("head", ["gap", "fc"])
def test_small_net_has_blocks_and_a_head(head):
    module = SmallNet(6, head=head).eval()
    names = [name for name, _ in module.named_children()]
    assert names == ["block1", "block2", "block3", "block4", "block5", "block6", "pool", "fc"]
    assert module(torch.zeros(2, 3, 128, 128)).shape == (2, 6)
    maps = {}
    module.block6.register_forward_hook(lambda m, i, o: maps.update(A=o))
    module(torch.zeros(1, 3, 128, 128))
    assert maps["A"].shape == (1, 128, 16, 16)


def test_small_net_says_what_it_cannot_be():
    with pytest.raises(gl.LabError, match="'gap', 'gmp' or 'fc'"):
        SmallNet(6, head="max")
    with pytest.raises(gl.LabError, match="as many strides"):
        SmallNet(6, channels=(8, 8), strides=(2,))


def kept(interrupt_after, error=KeyboardInterrupt):
    """Train a bias by hand: epoch i sets it to i, with these ranks; something happens within an epoch."""
    module = torch.nn.Linear(1, 1)
    with torch.no_grad(), Keeper(module, epochs=4, steps=1, progress=False) as keeper:
        for epoch, rank in enumerate((0.5, 0.9, 0.9, 0.7), start=1):
            module.bias.fill_(epoch)
            if epoch > interrupt_after:
                raise error
            keeper.step()
            keeper.end_epoch(rank)
    return module.bias.item(), keeper.best_epoch


@pytest.mark.parametrize("after, best", [(1, 1), (2, 2), (3, 3), (4, 3)])
def test_the_keeper_leaves_the_best_epoch_whenever_it_is_stopped(after, best):
    assert kept(after) == (best, best)


def test_the_keeper_passes_on_what_it_cannot_save():
    with pytest.raises(KeyboardInterrupt):
        kept(0)
    with pytest.raises(ValueError):
        kept(2, ValueError)
