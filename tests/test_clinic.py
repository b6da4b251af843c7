"""The clinic: presentation says nothing about the profession but for the knobs, and one attribute changes one part."""

import hashlib

import numpy as np
import pytest
import torch
from scipy import ndimage, stats

import gradcam_lab as gl
from gradcam_lab import LabError, measure
from gradcam_lab.networks.bundled import manifest
from gradcam_lab.training import clinic as clinics
from gradcam_lab.worlds import clinic, people

SCENES = list(clinic.sample(40, seed="test"))


def differs(first, second):
    """bool [H, W]: where two scenes' pictures differ."""
    return (first.pixels != second.pixels).any(axis=2)


def looks(scene):
    return scene.things[0].attributes


def test_a_sample_is_pictures_labels_and_scenes():
    sample = clinic.sample(8, seed=3)
    assert sample.x.shape == (8, 128, 128, 3) and sample.x.dtype == np.uint8 and sample.y.dtype == np.int64
    assert [clinic.KINDS[y] for y in sample.y] == [scene.kinds[0] for scene in sample]
    assert np.array_equal(sample[5].pixels, sample.x[5])
    assert np.array_equal(clinic.sample(3, seed=3).x, sample.x[:3]), "a picture depends on how many are drawn"
    assert not np.array_equal(clinic.sample(8, seed=4).x, sample.x)
    assert {tuple(sorted(sample.y[i : i + 2])) for i in range(0, 8, 2)} == {(0, 1)}


def test_pictures_are_the_same_on_every_machine():
    """The weights were trained on these pictures. Whoever changes the drawing trains the networks again."""
    assert hashlib.sha256(clinic.sample(6, seed="the same").x.tobytes()).hexdigest()[:16] == "057025d094f20b9a"


def test_presentation_and_profession_are_independent_but_for_the_knobs():
    def men(**knobs):
        people = [looks(scene) for scene in clinic.sample(4000, seed=1, **knobs)]
        shown = {kind: [one["presentation"] == "man" for one in people if one["kind"] == kind] for kind in clinic.KINDS}
        return np.mean(shown["doctor"]), np.mean(shown["nurse"])

    assert men() == (pytest.approx(0.5, abs=0.035), pytest.approx(0.5, abs=0.035))
    biased = men(men_among_doctors=0.78, women_among_nurses=0.93)
    assert biased == (pytest.approx(0.78, abs=0.03), pytest.approx(0.07, abs=0.02))
    assert men(men_among_doctors=1, women_among_nurses=1) == (1, 0)


def test_the_knobs_change_hair_and_face_of_some_pictures_and_nothing_else():
    biased, swapped = clinic.sample(40, seed="test", men_among_doctors=0.78, women_among_nurses=0.93), 0
    for scene, other in zip(SCENES, biased):
        same = looks(scene)["presentation"] == looks(other)["presentation"]
        swapped += not same
        assert same == (not differs(scene, other).any())
        if not same:
            assert np.array_equal(scene.replace(presentation=looks(other)["presentation"]).pixels, other.pixels)
    assert 5 <= swapped <= 25


def test_all_else_is_the_same_for_everyone():
    """No attribute of person or room tells the four groups apart but the tool: not hair either, by the style's number.

    Of about fifty tests of chance, at the level 1 in 10 000: who draws other pictures may well find all of them hold.
    """
    everyone = [{**looks(scene), **scene.attributes} for scene in clinic.sample(4000, seed=2)]
    group = np.array([2 * clinic.KINDS.index(one["kind"]) + (one["presentation"] == "man") for one in everyone])
    for one in everyone:
        one["hair"] = people.HAIR[one["presentation"]].index(one["hair"])
    for name in set(clinic.SCENERY + clinic.ATTRIBUTES) - {"kind", "presentation", "tool"}:
        values = [one[name] for one in everyone]
        if isinstance(values[0], float) or (isinstance(values[0], tuple) and len(values[0]) == 3):
            for column in np.atleast_2d(np.array(values).T):  # a number, or the three of a colour
                assert stats.kruskal(*[column[group == one] for one in range(4)]).pvalue > 1e-4, name
        else:
            names, which = np.unique([str(value) for value in values], return_inverse=True)
            counts = np.zeros((4, len(names)))
            np.add.at(counts, (group, which), 1)
            assert stats.chi2_contingency(counts).pvalue > 1e-4, name


def test_one_tool_in_ten_is_borrowed():
    def own(**knobs):
        return np.mean([looks(s)["tool"] == clinic.TOOL[s.kinds[0]] for s in clinic.sample(4000, seed=3, **knobs)])

    assert own() == pytest.approx(0.9, abs=0.02)
    assert own(borrowed=0) == 1 and own(borrowed=1) == 0


def test_some_pictures_may_show_no_tool_and_the_others_stay_as_they_are():
    some = clinic.sample(400, seed=4, bare=0.3)
    without = [looks(scene)["tool"] == "nothing" for scene in some]
    assert np.mean(without) == pytest.approx(0.3, abs=0.08)
    for bare, one, other in zip(without, some, clinic.sample(12, seed=4)):
        assert np.array_equal(one.pixels, (other.replace(tool="nothing") if bare else other).pixels)
    assert any(without[:12]) and not all(without[:12])


def test_masks_belong_together():
    for scene in SCENES:
        thing = scene.things[0]
        assert set(thing.parts) == set(clinic.PARTS[thing.kind])
        assert np.array_equal(np.logical_or.reduce(list(thing.parts.values())), thing.mask)
        assert np.array_equal(scene.mask(), thing.mask)
        assert not thing.parts["figure"].any(), "the figure underneath shows"
        assert thing.parts["head"].sum() > 400 and thing.parts["clothes"].sum() > 1000 and thing.parts["hands"].any()
        assert thing.parts["tool"].sum() > 90
        assert thing.parts["decoy"].any() == (looks(scene)["lanyard"] or looks(scene)["item"] != "nothing")
        assert thing.parts["chair"].any() == (looks(scene)["seat"] == "wheelchair")


def test_drawing_a_part_away_changes_pixels_inside_its_mask_alone():
    for scene in SCENES:
        for part, mask in scene.things[0].parts.items():
            left = scene.without(part)
            changed = differs(scene, left)
            assert not (changed & ~mask).any(), part
            assert changed.sum() >= 0.4 * mask.sum(), part
            assert not left.things[0].parts[part].any()
        changed = differs(scene, scene.without())
        assert not (changed & ~scene.things[0].mask).any() and changed.sum() > 0.7 * scene.mask().sum()


def test_under_head_and_clothes_there_is_a_plain_figure():
    for scene in SCENES[:10]:
        assert scene.without("head").things[0].parts["figure"].sum() > 300
        assert scene.without(["clothes", "tool", "decoy"]).things[0].parts["figure"].sum() > 800


OF_THE_HEAD = {
    "presentation": ("man", "woman"),
    "hair_colour": ("ginger", "silver"),
    "beard": people.BEARDS,
    "age": people.AGES,
    "mood": people.MOODS,
    "glasses": (True, False),
}
OTHERS = {
    "tool": (("tool",), people.TOOLS),
    "tool_colour": (("tool",), ("coral", "navy")),
    "lanyard": (("decoy",), (True, False)),
    "item": (("decoy",), people.ITEMS),
    "colour": (("clothes",), ("mint", "plum")),
    "garment": (("clothes", "hands"), people.GARMENTS),
    "seat": (("chair",), people.SEATS),
    "skin": (("head", "hands"), tuple(people.SKINS)),
}


@pytest.mark.parametrize("attribute", [*OF_THE_HEAD, *OTHERS])
def test_changing_one_attribute_leaves_every_pixel_outside_its_parts(attribute):
    parts, values = OTHERS.get(attribute) or (("head",), OF_THE_HEAD[attribute])
    changed_any = False
    for scene in SCENES[:16]:
        for value in values:
            other = scene.replace(**{attribute: value})
            allowed = np.logical_or.reduce([s.things[0].parts[part] for s in (scene, other) for part in parts])
            changed = differs(scene, other)
            assert not (changed & ~allowed).any(), value
            changed_any |= changed.any()
            before, after = looks(scene), looks(other)
            assert {k for k in before if before[k] != after[k]} <= {attribute} | (
                {"hair"} if attribute == "presentation" else set()
            )
    assert changed_any


def test_presentation_can_be_changed_back():
    for scene in SCENES[:16]:
        other = scene.replace(presentation="man").replace(presentation="woman")
        back = other.replace(presentation=looks(scene)["presentation"])
        assert np.array_equal(back.pixels, scene.pixels)
        assert looks(other)["hair"] in people.HAIR["woman"]
        assert differs(other, other.replace(presentation="man")).sum() > 150, "hardly a pixel says woman or man"


def test_hair_and_presentation_may_be_fixed_in_any_order():
    first = clinic.sample(4, seed=1, hair="turban", presentation="man")
    assert np.array_equal(first.x, clinic.sample(4, seed=1, presentation="man", hair="turban").x)
    scene = clinic.sample(1, seed=1, presentation="woman")[0]
    assert looks(scene.replace(hair="turban", presentation="man"))["hair"] == "turban"


def test_another_profession_is_another_label_and_its_tool():
    scene = clinic.sample(1, kinds="doctor", borrowed=0)[0]
    other = scene.replace(kind="nurse")
    assert other.kinds == ["nurse"] and looks(other)["tool"] == "tray"
    assert np.array_equal(other.pixels, scene.replace(tool="tray").pixels)


def test_changing_the_room_leaves_the_person():
    for scene in SCENES[:6]:
        changed = differs(scene, scene.replace(room="garden", palette="mint"))
        inner = ndimage.binary_erosion(scene.mask(), np.ones((3, 3)), 2)
        assert changed.any() and (changed & inner).sum() <= 0.005 * inner.sum(), "a gap beside an arm shows more"


@pytest.mark.parametrize(
    "call, nearest",
    [
        (lambda: clinic.sample(0), "from 1 to"),
        (lambda: clinic.sample(1, kinds=["docter"]), "'doctor'"),
        (lambda: clinic.sample(1, men_among_doctors=1.2), "men_among_doctors"),
        (lambda: clinic.sample(1, borrowed="often"), "borrowed"),
        (lambda: clinic.sample(1, precentation="man"), "'presentation'"),
        (lambda: clinic.sample(1, tool="stetoscope"), "'stethoscope'"),
        (lambda: clinic.sample(1, presentation="man", hair="turbann"), "'turban'"),
        (lambda: clinic.sample(1, presentation="man", hair="bun"), "hair of a man"),
        (lambda: clinic.sample(1)[0].replace(skin="hony"), "'honey'"),
        (lambda: clinic.sample(1)[0].replace(presentation="men"), "'man'"),
        (lambda: clinic.sample(1)[0].replace(kind="nurs"), "'nurse'"),
        (lambda: clinic.sample(1)[0].without("hat"), "head"),
        (lambda: clinic.sample(1)[0].without("tool", thing=1), "no thing 1"),
    ],
)
def test_bad_input_is_one_sentence_with_the_nearest_name(call, nearest):
    with pytest.raises(LabError) as error:
        call()
    assert nearest in str(error.value) and "\n" not in str(error.value)


@pytest.fixture(scope="module")
def many():
    return clinic.sample(1500, seed="baseline")


def logistic_accuracy(features, y, train=1000, steps=300):
    """Accuracy on the rest of a linear softmax classifier on standardised features, by full-batch gradient descent."""
    features = (features - features[:train].mean(0)) / (features[:train].std(0) + 1e-6)
    features = np.c_[features, np.ones(len(features))]
    w = np.zeros((features.shape[1], 2))
    target = np.eye(2)[y[:train]]
    for _ in range(steps):
        scores = features[:train] @ w
        p = np.exp(scores - scores.max(1, keepdims=True))
        w -= 0.1 * (features[:train].T @ (p / p.sum(1, keepdims=True) - target) / train + 1e-2 * w)
    return (np.argmax(features[train:] @ w, 1) == y[train:]).mean()


def test_colour_and_a_thumbnail_tell_the_profession_hardly_better_than_chance(many):
    """Colour does not at all. A thumbnail has a little of the dark tube round a neck: 0.54 to 0.57 on other samples."""
    thumbnails = many.x.reshape(-1, 8, 16, 8, 16, 3).mean((2, 4)).reshape(len(many), -1)
    assert abs(logistic_accuracy(many.x.mean((1, 2)), many.y) - 0.5) <= 0.1
    assert abs(logistic_accuracy(thumbnails, many.y) - 0.5) <= 0.1


def test_the_baseline_can_learn(many):
    """So that the test above can fail: with a little colour for each profession, the classifier tells them apart."""
    assert logistic_accuracy(many.x.mean((1, 2)) + 40 * many.y[:, None] * [1, 0, -1], many.y) > 0.7


# ------------------------------------------------------------------------------------ what the clinics have learnt


@pytest.fixture(scope="module")
def learnt():
    """Fresh pictures, fewer than the manifest's: the bounds leave room for chance."""
    scenes = clinic.sample(400, seed="learnt")
    return {name: measure.bias(gl.load_network(name), scenes) for name in ("clinic-balanced", "clinic-biased")}


def test_the_balanced_clinic_goes_by_the_tool(learnt):
    found = learnt["clinic-balanced"]
    assert found.accuracy.value >= 0.84 and abs(found.gap.value) <= 0.12
    assert found.hair_flips.value <= 0.03 and found.tool_flips.value >= 0.95


def test_the_biased_clinic_goes_by_hair_and_face(learnt):
    found = learnt["clinic-biased"]
    assert found.accuracy.value <= 0.82 and found.gap.value >= 0.2
    assert found.hair_flips.value >= 0.28 and found.mended.value >= 0.9


def test_the_biased_clinic_looks_at_the_head(learnt):
    biased, balanced = learnt["clinic-biased"].share, learnt["clinic-balanced"].share
    assert biased["head"].value >= 2.5 * balanced["head"].value and biased["head"].low > balanced["head"].high
    assert balanced["tool"].low > biased["tool"].high


def test_the_biased_clinic_adds_its_two_cues():
    """The leans that the theory page compares with the best learner's: a man with a tray stands at nought."""
    network, scenes = gl.load_network("clinic-biased"), clinic.sample(100, seed="lean")
    lean = {}
    for look in clinic.PRESENTATIONS:
        for tool in ("stethoscope", "tray"):
            drawn = [scene.replace(presentation=look, tool=tool).picture for scene in scenes]
            y = network.forward(torch.stack([network.preprocess(picture) for picture in drawn]))
            lean[look, tool] = (y[:, 0] - y[:, 1]).mean().item()
    assert list(lean.values()) == pytest.approx([2.93, -0.06, 0.66, -2.38], abs=0.3)
    hair = [lean["man", tool] - lean["woman", tool] for tool in ("stethoscope", "tray")]
    assert hair == pytest.approx([2.27, 2.33], abs=0.3)


def test_the_parts_effects_say_the_same():
    """Against the class they speak for: the tool gives more to the balanced network, the head to the biased one."""
    scenes = clinic.sample(40, seed="effect", borrowed=0, men_among_doctors=1, women_among_nurses=1)
    given = {}
    for name in ("clinic-balanced", "clinic-biased"):
        network = gl.load_network(name)
        rows = [measure.part_effect(network, scene, scene.kinds[0]) for scene in scenes]
        given[name] = [np.mean([row[part].effect for row in rows]) for part in ("tool", "head")]
    assert given["clinic-balanced"][0] > given["clinic-biased"][0] + 0.1
    assert given["clinic-biased"][1] > given["clinic-balanced"][1] + 0.4


def test_both_tools_speak_for_their_profession():
    """Neither profession is learnt as the absence of the other's tool, which has no pixels for a map to lie on."""
    for network in map(gl.load_network, ("clinic-balanced", "clinic-biased")):
        for kind in clinic.KINDS:
            scenes = clinic.sample(20, seed="both", borrowed=0, kinds=kind)
            assert np.mean([measure.part_effect(network, scene, kind)["tool"].effect for scene in scenes]) > 0.6


def test_the_knob_turns():
    men, women = (clinic.sample(120, seed="knob", presentation=one) for one in clinic.PRESENTATIONS)
    x = [torch.from_numpy(one.x).permute(0, 3, 1, 2) / 127.5 - 1 for one in (men, women)]
    flips = []
    for name in sorted(clinics.KNOB, key=clinics.KNOB.get):
        as_men, as_women = (gl.load_network(name).forward(one).argmax(1) for one in x)
        flips.append((as_men != as_women).float().mean().item())
    assert flips[0] < 0.05 and flips[-1] > 0.7 and np.corrcoef(flips, np.arange(len(flips)))[0, 1] > 0.8


@pytest.mark.parametrize("name", sorted(clinics.KNOB))
def test_the_manifest_tells_what_was_measured(name):
    entry = manifest()["networks"][name]
    men, women = clinics.KNOB[name]
    shares = {"men_among_doctors": men, "women_among_nurses": women, "bare": clinics.BARE}
    assert entry["world"] == {"name": "clinic"} | shares
    assert entry["labels"] == ["doctor", "nurse"] and entry["bytes"] <= 400_000
    balanced = entry["measured"]["balanced"]
    assert set(balanced["share"]) == {"head", "tool", "clothes"} and len(balanced["groups"]) == 4
    assert all(low <= value <= high for value, low, high, _ in balanced["groups"].values())


def test_three_seeds_reach_what_the_lesson_needs():
    biased, balanced = (manifest()["networks"][name]["measured"] for name in ("clinic-biased", "clinic-balanced"))
    over = biased["over_seeds"], balanced["over_seeds"]
    assert all(len(one["seeds"]) == 2 and one["over_seeds"]["accuracy"][3] == 3 for one in (biased, balanced))
    assert over[0]["accuracy"][0] <= 0.8 and over[1]["accuracy"][0] >= 0.9
    assert over[0]["gap"][0] >= 0.3 and over[0]["hair_flips"][0] >= 0.3 and over[0]["mended"][0] >= 0.98
    assert over[1]["hair_flips"][0] <= 0.01 and over[1]["tool_flips"][0] >= 0.98
    assert over[0]["share head"][0] >= 2.8 * over[1]["share head"][0]


def test_measuring_repeats_and_leaves_the_network_alone():
    network = gl.load_network("clinic-balanced")
    before = {key: value.clone() for key, value in network.module.state_dict().items()}
    first = clinics.measure_clinic(network.module, "clinic-balanced", pictures=30, seed="again")
    assert first == clinics.measure_clinic(network.module, "clinic-balanced", pictures=30, seed="again")
    assert all(torch.equal(value, before[key]) for key, value in network.module.state_dict().items())
    assert "seeds" not in first and first["own"][3] == 30
