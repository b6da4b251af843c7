"""The drawn worlds: a picture is its seed and parameters, and the masks are the truth about it."""

import hashlib

import numpy as np
import pytest
from scipy import ndimage

from gradcam_lab import LabError
from gradcam_lab.worlds import pets
from gradcam_lab.worlds.pen import luminance

SCENES = [
    scene
    for seed in range(4)
    for scene in (
        *pets.sample(6, seed),
        *pets.sample(2, seed, things=2),
        *pets.sample(2, seed, things=3, alike=True),
    )
]


def differs(first, second):
    """bool [H, W]: where two scenes' pictures differ."""
    return (first.pixels != second.pixels).any(axis=2)


def test_a_sample_is_pictures_labels_and_scenes():
    sample = pets.sample(8, seed=3)
    assert sample.x.shape == (8, 128, 128, 3) and sample.x.dtype == np.uint8
    assert sample.y.shape == (8,) and sample.y.dtype == np.int64
    assert len(sample) == len(list(sample)) == 8
    for one in (sample, pets.sample(8, seed=3, things=2)):
        assert [one.kinds[y] for y in one.y] == [scene.kinds[0] for scene in one]
    assert np.array_equal(np.asarray(sample[5].picture), sample.x[5])
    assert np.array_equal(sample[2:4].x, sample.x[2:4])
    assert sample[-1].kinds == sample[7].kinds


def test_a_picture_is_its_seed_and_parameters():
    same = pets.sample(5, seed=11, things=2)
    assert np.array_equal(pets.sample(5, seed=11, things=2).x, same.x)
    assert np.array_equal(pets.sample(3, seed=11, things=2).x, same.x[:3]), "a picture depends on how many are drawn"
    assert not np.array_equal(pets.sample(5, seed=12, things=2).x, same.x)


def test_pictures_are_the_same_on_every_machine():
    """The weights were trained on these pictures. Whoever changes the drawing trains the networks again."""
    assert hashlib.sha256(pets.sample(6, seed="the same").x.tobytes()).hexdigest()[:16] == "0c73e47f9b28b987"


def test_every_run_of_six_pictures_shows_every_kind():
    assert {tuple(sorted(pets.sample(12, seed)[i : i + 6].y)) for seed in range(3) for i in (0, 6)} == {
        (0, 1, 2, 3, 4, 5)
    }


@pytest.mark.parametrize("things, alike, kinds", [(2, False, 2), (3, True, 1), (4, False, 4), (4, True, 1)])
def test_several_animals(things, alike, kinds):
    for scene in pets.sample(6, seed=2, things=things, alike=alike):
        assert len(scene.things) == things and len(set(scene.kinds)) == kinds
        assert all(thing.mask.sum() > 60 for thing in scene.things), "an animal is hidden"


def test_kinds_can_be_named():
    assert pets.sample(3, things=("dog", "cat", "cat"))[2].kinds == ["dog", "cat", "cat"]
    assert {scene.kinds[0] for scene in pets.sample(8, kinds=["cat", "fish"])} == {"cat", "fish"}
    assert pets.sample(1, kinds="duck")[0].kinds == ["duck"]


def test_masks_belong_together():
    for scene in SCENES:
        for thing in scene.things:
            parts = np.logical_or.reduce(list(thing.parts.values()))
            assert set(thing.parts) == set(pets.PARTS[thing.kind])
            assert thing.mask.shape == (128, 128) and thing.mask.dtype == bool
            assert np.array_equal(parts, thing.mask)
            assert thing.parts["eyes"].any() or thing.mask.sum() < 900
        kind = scene.kinds[0]
        assert np.array_equal(scene.mask(kind), np.logical_or.reduce([t.mask for t in scene.things if t.kind == kind]))
        assert not scene.mask(next(k for k in pets.KINDS if k not in scene.kinds)).any()


def test_drawing_a_part_away_changes_pixels_inside_its_mask_alone():
    for scene in SCENES:
        for i, thing in enumerate(scene.things):
            for part, mask in thing.parts.items():
                changed = differs(scene, scene.without(part, thing=i))
                assert not (changed & ~mask).any(), (scene, part)
                assert changed.sum() >= 0.4 * mask.sum(), (scene, part)


def test_drawing_a_thing_away_changes_pixels_inside_its_mask_alone():
    for scene in SCENES:
        for i, thing in enumerate(scene.things):
            left = scene.without(thing=i)
            changed = differs(scene, left)
            assert not (changed & ~thing.mask).any()
            assert changed.sum() > 0.7 * thing.mask.sum()
            assert len(left.things) == len(scene.things) - 1


def test_parts_can_be_drawn_away_one_after_the_other():
    scene = pets.sample(1, kinds="cat")[0]
    assert np.array_equal(scene.without("ears").without("tail").pixels, scene.without(["tail", "ears"]).pixels)
    assert not scene.without("ears").things[0].parts["ears"].any()


@pytest.mark.parametrize(
    "attribute, value",
    [
        ("colour", "mint"),
        ("accent", "plum"),
        ("pattern", "spotted"),
        ("eyes", "happy"),
        ("gaze", (0.3, -0.1)),
    ],
)
def test_changing_how_an_animal_looks_changes_that_animal_alone(attribute, value):
    changed_any = False
    for scene in SCENES:
        for i, thing in enumerate(scene.things):
            other = scene.replace(thing=i, **{attribute: value})
            changed = differs(scene, other)
            assert not (changed & ~thing.mask).any()
            assert np.array_equal(other.things[i].mask, thing.mask) or attribute == "eyes"
            before, after = dict(thing.attributes), dict(other.things[i].attributes)
            del before[attribute], after[attribute]
            assert before == after
            changed_any |= changed.any()
    assert changed_any


def test_changing_eyes_leaves_all_but_the_eyes():
    for scene in pets.sample(12, seed=9, eyes="open"):
        thing, other = scene.things[0], scene.replace(eyes="happy")
        assert not (differs(scene, other) & ~(thing.parts["eyes"] | other.things[0].parts["eyes"])).any()


def test_changing_the_kind_leaves_the_scenery():
    scene = pets.sample(1, seed=4, kinds="cat")[0]
    for kind in pets.KINDS[1:]:
        other = scene.replace(kind=kind)
        assert other.kinds == [kind]
        assert not (differs(scene, other) & ~(scene.mask() | other.mask())).any()
        assert np.array_equal(other.pixels, pets.sample(1, seed=4, kinds=kind)[0].pixels)


def test_changing_the_scenery_leaves_the_animals():
    for scene in pets.sample(6, seed=5):
        changed = differs(scene, scene.replace(place="room", palette="mint", clutter=0))
        inner = ndimage.binary_erosion(scene.things[0].mask, np.ones((3, 3)), 2)  # an edge shows what is behind, too
        assert inner.any() and not (changed & inner).any()


def test_the_second_colour_shows_on_the_first():
    for scene in pets.sample(60, seed=8):
        looks = scene.things[0].attributes
        assert abs(luminance(looks["colour"]) - luminance(looks["accent"])) >= 20


def test_attributes_can_be_the_same_in_a_whole_sample():
    sample = pets.sample(6, seed=6, colour="teal", place="night", grain=0)
    assert {scene.things[0].attributes["colour"] for scene in sample} == {pets.COLOURS["teal"]}
    assert {scene.attributes["place"] for scene in sample} == {"night"}


@pytest.mark.parametrize(
    "call, nearest",
    [
        (lambda: pets.sample(1, kinds=["catt"]), "'cat'"),
        (lambda: pets.sample(1, things=("dog", "rabit")), "'rabbit'"),
        (lambda: pets.sample(1, things=5), "1 to 4"),
        (lambda: pets.sample(0), "from 1 to"),
        (lambda: pets.sample(1, things=2.5), "2.5"),
        (lambda: pets.sample(1, things=()), "at least one"),
        (lambda: pets.sample(1, kinds=[]), "at least one"),
        (lambda: pets.sample(1, things=3, kinds=["cat"]), "alike=True"),
        (lambda: pets.sample(1, color="teal"), "'colour'"),
        (lambda: pets.sample(1, place="rom"), "'room'"),
        (lambda: pets.sample(1, clutter=-1), "0 to 30"),
        (lambda: pets.sample(1, kinds="cat")[0].without("ear"), "'ears'"),
        (lambda: pets.sample(1)[0].without("eyes", thing=1), "no thing 1"),
        (lambda: pets.sample(1)[0].replace(colour="tael"), "'teal'"),
        (lambda: pets.sample(1)[0].replace(size="big"), "a number from"),
        (lambda: pets.sample(1, kinds="cat")[0].replace(pose="siting"), "'sitting'"),
        (lambda: pets.sample(1)[0].replace(sise=3), "'size'"),
        (lambda: pets.sample(1)[0].mask("cow"), "cat"),
    ],
)
def test_bad_input_is_one_sentence_with_the_nearest_name(call, nearest):
    with pytest.raises(LabError) as error:
        call()
    assert nearest in str(error.value) and "\n" not in str(error.value)


@pytest.fixture(scope="module")
def thousands():
    return pets.sample(2400, seed="baseline")


def logistic_accuracy(features, y, train=1800, steps=400):
    """Accuracy on the rest of a linear softmax classifier on standardised features, by full-batch gradient descent."""
    features = (features - features[:train].mean(0)) / (features[:train].std(0) + 1e-6)
    features = np.c_[features, np.ones(len(features))]
    w = np.zeros((features.shape[1], y.max() + 1))
    target = np.eye(y.max() + 1)[y[:train]]
    for _ in range(steps):
        p = np.exp(features[:train] @ w)
        w -= 0.1 * (features[:train].T @ (p / p.sum(1, keepdims=True) - target) / train + 1e-2 * w)
    return (np.argmax(features[train:] @ w, 1) == y[train:]).mean()


def test_colour_alone_does_not_tell_the_kind(thousands):
    assert logistic_accuracy(thousands.x.mean((1, 2)), thousands.y) <= 0.25
    histogram = np.stack([np.bincount((x // 64).reshape(-1, 3) @ [16, 4, 1], minlength=64) for x in thousands.x])
    assert logistic_accuracy(np.sqrt(histogram), thousands.y) <= 0.33  # it sees the white of one eye or of two


def test_a_thumbnail_does_not_tell_the_kind(thousands):
    thumbnails = thousands.x.reshape(-1, 8, 16, 8, 16, 3).mean((2, 4)).reshape(len(thousands), -1)
    assert logistic_accuracy(thumbnails, thousands.y) <= 0.25


def test_the_baseline_can_learn(thousands):
    """So that the two tests above can fail: with a colour for each kind, the same classifier tells them apart."""
    tinted = thousands.x.mean((1, 2)) + 60 * np.eye(6)[thousands.y][:, :3]
    assert logistic_accuracy(tinted, thousands.y) > 0.4
