"""Planted pictures: a plant can be taken away and nothing else; and the four networks, of which three rely on one."""

import hashlib
import json

import numpy as np
import pytest

import gradcam_lab as gl
from gradcam_lab.networks.bundled import manifest
from gradcam_lab.training import capstone
from gradcam_lab.worlds import planted

SCENES = list(planted.sample(12, seed=5, watermark=0.8, background=0.8, border=0.8))


def differs(first, second):
    """bool [H, W]: where two scenes' pictures differ."""
    return (first.pixels != second.pixels).any(axis=2)


def test_a_sample_is_pictures_labels_and_scenes():
    sample = planted.sample(8, seed=3)
    assert sample.x.shape == (8, 128, 128, 3) and sample.x.dtype == np.uint8
    assert sorted(sample.y[:4]) == sorted(sample.y[4:]) == [0, 1, 2, 3]
    assert [planted.KINDS[y] for y in sample.y] == [scene.kinds[0] for scene in sample]
    assert np.array_equal(planted.sample(3, seed=3).x, sample.x[:3]), "a picture depends on how many are drawn"
    assert not np.array_equal(planted.sample(8, seed=4).x, sample.x)
    assert {scene.kinds[0] for scene in planted.sample(6, kinds=["dog", "duck"])} == {"dog", "duck"}


def test_pictures_are_the_same_on_every_machine():
    """The weights were trained on these pictures. Whoever changes the drawing trains the networks again."""
    sample = planted.sample(6, seed="the same", watermark=0.8, background=0.8, border=0.8)
    assert hashlib.sha256(sample.x.tobytes()).hexdigest()[:16] == "c0ef54bee6b940f1"


@pytest.mark.parametrize("plant", planted.PLANTS)
def test_the_share_is_how_often_the_plant_agrees(plant):
    def agrees(**share):
        sample = planted.sample(400, seed=6, **share)
        return np.mean([scene.attributes[plant] == scene.kinds[0] for scene in sample])

    assert agrees(**{plant: 1.0}) == 1 and agrees(**{plant: 0.0}) == 0
    assert agrees(**{plant: 0.7}) == pytest.approx(0.7, abs=0.07)
    table = np.zeros((4, 5))
    for scene in planted.sample(1000, seed=7):
        table[planted.KINDS.index(scene.kinds[0]), (*planted.KINDS, None).index(scene.attributes[plant])] += 1
    assert np.abs(table / 50 - 1).max() < 0.5, "by default a plant says nothing about the class"


def test_a_share_changes_its_plant_and_nothing_else():
    for one, two in zip(planted.sample(12, seed=8), planted.sample(12, seed=8, watermark=1.0)):
        assert two.attributes == {**one.attributes, "watermark": two.kinds[0]}
        assert np.array_equal(one.replace(watermark=two.kinds[0]).pixels, two.pixels)


@pytest.mark.parametrize("plant, share", [("watermark", 0.7), ("border", 0.9)])
def test_taking_a_plant_away_changes_pixels_inside_its_mask_alone(plant, share):
    for scene in SCENES:
        mask = scene.mask(plant)
        assert mask.any() == (scene.attributes[plant] is not None)
        without = scene.replace(**{plant: None})
        changed = differs(scene, without)
        assert not (changed & ~mask).any() and changed.sum() >= share * mask.sum()
        assert plant not in without.kinds and not without.mask(plant).any()
        kind = scene.kinds[0]
        for other in planted.KINDS:
            swapped = scene.replace(**{plant: other})
            assert not (differs(scene, swapped) & ~(mask | swapped.mask(plant))).any()
            assert differs(scene, swapped).any() == (other != scene.attributes[plant])
        assert np.array_equal(scene.replace(**{plant: None}).replace(**{plant: kind}).pixels,
                              scene.replace(**{plant: kind}).pixels)  # fmt: skip


def test_another_background_leaves_animal_and_border():
    for scene in SCENES:
        for value in (None, *planted.KINDS):
            changed = differs(scene, scene.replace(background=value))
            full = (scene._notes > 0).reshape(128, 3, 128, 3).all(axis=(1, 3))  # an edge shows what is behind, too
            inner = full & ~scene.mask("watermark")
            assert inner.sum() > 1500 and not (changed & inner).any()
            seen = ~scene.mask()
            assert (changed & seen).sum() > (0.5 * seen.sum() if value != scene.attributes["background"] else -1)


def test_behind_the_glass_of_a_watermark_the_animal_is_still_there():
    hidden = 0
    for scene in planted.sample(14, seed=9, watermark=1.0):
        animal, mark = scene.things[:2]
        both = animal.mask & mark.mask
        hidden += both.sum()
        bare = scene.replace(watermark=None)
        assert np.array_equal(bare.things[0].mask, animal.mask)
        assert np.array_equal(mark.mask, np.logical_or.reduce(list(mark.parts.values())))
        for part, mask in animal.parts.items():
            assert not (differs(scene, scene.without(part)) & ~mask).any(), part
        for part, mask in mark.parts.items():
            assert not (differs(scene, scene.without(part, thing=1)) & ~mask).any(), part
    assert hidden > 150, "no watermark lay over an animal, so nothing was tested"


def test_things_can_be_changed_like_any_others():
    scene = planted.sample(1, seed=1, watermark=1.0, border=1.0)[0]
    moved = scene.replace(thing=1, x=40, y=30)
    rows, columns = np.nonzero(moved.mask("watermark"))
    assert abs(columns.mean() - 40) < 2 and abs(rows.mean() - 30) < 2
    assert scene.replace(thing=2, colour=(250, 0, 0)).pixels[0, 64].tolist() != scene.pixels[0, 64].tolist()
    assert scene.replace(kind="duck").kinds == ["duck", "watermark", "border"]
    assert {s.attributes["place"] for s in planted.sample(5, place="room")} == {"room"}


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: planted.sample(1, kinds=["fish"]), "'fish'"),
        (lambda: planted.sample(1, watermark=1.5), "from 0 to 1"),
        (lambda: planted.sample(1, border="dog"), "from 0 to 1"),
        (lambda: planted.sample(1, watermrk=1), "'watermark'"),
        (lambda: planted.sample(1, place="night"), "'night'"),
        (lambda: SCENES[0].replace(watermark="dgo"), "'dog'"),
        (lambda: SCENES[0].replace(background="red"), "'red'"),
        (lambda: SCENES[0].replace(kind="fish"), "'fish'"),
        (lambda: planted.sample(1, watermark=1)[0].replace(thing=1, colour="mint"), "x, y, turn"),
        (lambda: SCENES[0].mask("fish"), "'fish'"),
    ],
)
def test_bad_input_is_one_sentence(call, says):
    with pytest.raises(gl.LabError) as error:
        call()
    assert says in str(error.value) and "\n" not in str(error.value)


# --------------------------------------------------------------------------------------- the four networks


@pytest.fixture(scope="module")
def sets():
    return capstone.changed_sets(capstone.shared_set(80, "another test"))


@pytest.fixture(scope="module")
def found(sets):
    return {name: capstone.interventions(gl.load_network(name), sets) for name in capstone.NAMES}


@pytest.fixture(scope="module")
def sealed():
    return {name: capstone.unseal(manifest()["networks"][name]["measured"]["sealed"]) for name in capstone.NAMES}


def test_the_four_score_the_same(found):
    rates = [rate["unchanged"] for rate in found.values()]
    assert min(rates) >= 0.96 and max(rates) - min(rates) <= 0.04
    noted = [manifest()["networks"][name]["measured"]["accuracy"] for name in capstone.NAMES]
    assert min(noted) >= 0.95 and max(noted) - min(noted) <= 0.02


def test_three_rely_on_one_plant_each(found, sealed):
    assert {one["relies_on"] for one in sealed.values()} == {*planted.PLANTS, None}
    for name, rate in found.items():
        for plant in planted.PLANTS:
            for how in ("removed", "swapped"):
                fall = rate["unchanged"] - rate[plant, how]
                if plant == sealed[name]["relies_on"]:
                    assert fall > 0.25, (name, plant, how)
                else:
                    assert fall < 0.05, (name, plant, how)  # 0.03 over the 1000 pictures of the manifest


def test_the_manifest_holds_the_bars(sealed):
    for name, one in sealed.items():
        for change, fall in one["falls"].items():
            low, high = fall["fall_95"]
            assert low <= fall["fall"] <= high
            assert low > 0.25 if one["relies_on"] and one["relies_on"] in change else fall["fall"] < 0.03, (
                name,
                change,
            )


def test_the_intervention_names_the_cheat(sets, sealed):
    few = {change: sample[:40] for change, sample in sets.items()}
    for name, one in sealed.items():
        assert capstone.relies_on(gl.load_network(name), few) == one["relies_on"]


def test_the_maps_show_the_cheat(sets, sealed):
    for name, one in sealed.items():
        heat = capstone.heat_shares(gl.load_network(name), sets["unchanged"][:30])
        where = one["relies_on"] or "animal"
        if where == "background":  # it fills most of the picture, so no share can be much above that of its area
            assert heat[where]["share"] > 0.5 and heat["animal"]["lift"] < 1
        else:
            assert max(heat, key=lambda key: heat[key]["lift"]) == where, (name, heat)
        assert heat[where]["share"] == pytest.approx(one["heat"][where]["share"], abs=0.1)


def test_nothing_gives_the_answer_away():
    entries = {name: manifest()["networks"][name] for name in capstone.NAMES}
    text = json.dumps(entries)
    assert not any(word in text for word in (*planted.PLANTS, "relies", "honest", "cheat"))
    same = ("labels", "architecture", "input", "world", "seed", "epochs", "pictures", "batch", "bytes")
    assert all(len({json.dumps(entry[key]) for entry in entries.values()}) == 1 for key in same)
