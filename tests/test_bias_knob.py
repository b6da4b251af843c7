"""The bias knob's kernel side: what it hands to the page, what it accepts, how long it takes."""

import io
import time

import numpy as np
import pytest
from PIL import Image

import gradcam_lab as gl
from gradcam_lab.networks.bundled import manifest
from gradcam_lab.training.clinic import KNOB
from gradcam_lab.widgets.bundle import bundle
from gradcam_lab.widgets.knob_pack import CHANGES, changed

TWO = ["clinic-balanced", "clinic-100"]


@pytest.fixture(scope="module")
def whole():
    knob = gl.BiasKnob()
    yield knob
    knob.close()


@pytest.fixture
def knob():
    knob = gl.BiasKnob(gl.worlds.clinic.sample(3, seed=8), networks=TWO)
    yield knob
    knob.close()


def test_pack_holds_what_explain_gives(knob):
    index, n = knob._index, len(knob.scenes)
    rows, across = index["cells"]
    for a, name in enumerate(TWO):
        for b, change in enumerate(CHANGES):
            knob.network, knob.change = name, change
            for i, e in enumerate(knob.explanations()):
                offset = index["maps"] + ((a * len(CHANGES) + b) * n + i) * rows * across
                stored = np.frombuffer(knob._body, np.uint8, rows * across, offset).reshape(rows, across)
                assert abs(stored.astype(int) - e.bytes).max() <= 1  # another batch may round otherwise
                label, probability, note = index["answers"][a][b * n + i]
                assert (e.network, e.label, e.note) == (name, label, note)
                assert probability == pytest.approx(e.probability, abs=1e-3)


def test_pictures_come_back_to_the_pixel(knob):
    sheets = []
    for offset, length in knob._index["sheets"]:
        sheet = Image.open(io.BytesIO(knob._body[offset : offset + length]))
        assert sheet.mode == "RGB" and "icc_profile" not in sheet.info
        sheets.append(np.asarray(sheet))
    for b, change in enumerate(CHANGES):
        drawn = np.concatenate([changed(scene, change).pixels for scene in knob.scenes])
        assert np.array_equal(sheets[b] ^ sheets[0] if b else sheets[0], drawn)


def test_a_change_is_of_one_thing_alone():
    scene = gl.worlds.clinic.sample(1, seed=3, presentation="man", tool="tray")[0]
    assert changed(scene, "nothing") is scene
    for change, name, value in (("hair", "presentation", "woman"), ("tool", "tool", "stethoscope")):
        before, after = scene.things[0].attributes, changed(scene, change).things[0].attributes
        assert after[name] == value and after["kind"] == before["kind"]
        different = {key for key in before if before[key] != after[key]}
        assert different <= {"presentation", "hair"} if change == "hair" else different == {"tool"}
    bare = scene.replace(tool="nothing")
    assert changed(bare, "tool") is bare


def test_a_tool_that_was_drawn_away_is_not_spoken_of():
    scene = gl.worlds.clinic.sample(1, seed=3, tool="tray")[0]
    knob = gl.BiasKnob([scene, scene.without("tool")], networks=TWO[0], change="tool")
    assert [one["tool"] for one in knob._index["people"]] == ["tray", "nothing"]
    assert 1 not in knob.flipped()
    knob.close()


def test_bars_are_the_manifests(whole):
    networks = whole._index["networks"]
    assert [each["name"] for each in networks] == list(KNOB) == whole.networks
    for each in networks:
        measured = manifest()["networks"][each["name"]]["measured"]
        assert each["pictures"] == measured["pictures"] == measured["balanced"]["accuracy"][3]
        assert (each["men"], each["women"]) == KNOB[each["name"]]
        for name, value in each["numbers"].items():
            assert value == measured["balanced"][name]
    assert [each["name"] for each in networks if each["paper"]] == ["clinic-biased"]
    areas = whole._index["areas"]
    assert set(areas) == {"head", "tool", "clothes"} and all(0 < area < 0.5 for area in areas.values())
    assert areas["tool"] == min(areas.values())


def test_the_people_are_balanced(whole):
    people = [scene.things[0].attributes for scene in whole.scenes]
    groups = [(one["kind"], one["presentation"]) for one in people]
    assert {group: groups.count(group) for group in groups} == {
        (kind, presentation): 2 for kind in gl.worlds.clinic.KINDS for presentation in gl.worlds.clinic.PRESENTATIONS
    }
    assert all(one["tool"] == gl.worlds.clinic.TOOL[one["kind"]] for one in people)
    assert {one["age"] for one in people if one["kind"] == "doctor"} >= {"young", "older"}
    assert {one["age"] for one in people if one["kind"] == "nurse"} >= {"young", "older"}
    light = [sum(one["skin"]) for one in people]
    assert len(set(light)) == 8
    for first in range(0, 8, 2):  # in each group one is of the lighter half, one of the darker
        assert sum(value > np.median(light) for value in light[first : first + 2]) == 1
    assert np.array_equal(whole.scenes[0].pixels, gl.BiasKnob(networks=TWO[0]).scenes[0].pixels)


def test_flips_are_of_answers(whole):
    """A network trained on 100 % flips with the hair, the balanced one with the tool: some of the eight at least."""
    for name, change in (("clinic-100", "hair"), ("clinic-balanced", "tool")):
        whole.network, whole.change = name, "nothing"
        before = [e.label for e in whole.explanations()]
        assert whole.flipped() == []
        whole.change = change
        after = [e.label for e in whole.explanations()]
        assert whole.flipped() == [i for i in range(8) if before[i] != after[i]] != []


def test_settings_and_observing(knob):
    assert (knob.network, knob.change, knob.opacity, knob.shares) == ("clinic-balanced", "nothing", 0.5, (0.5, 0.5))
    seen = []
    knob.observe(lambda change: seen.append((change["name"], change["new"])), ["network", "change", "opacity"])
    knob.network, knob.change, knob.opacity = "clinic-100", "hair", 1
    assert seen == [("network", "clinic-100"), ("change", "hair"), ("opacity", 1.0)]
    assert knob.shares == (1, 1)
    knob.set_state({"network": "clinic-balanced", "change": "tool"})
    assert (knob.network, knob.change) == ("clinic-balanced", "tool")
    assert repr(knob) == "BiasKnob(2 networks, 3 pictures)"


def test_given_at_once():
    scene = gl.worlds.clinic.sample(1, seed=2)[0]
    knob = gl.BiasKnob(scene, "layercam", "clinic-90", change="hair", opacity=0.8)
    assert (knob.network, knob.change, knob.opacity) == ("clinic-90", "hair", 0.8)
    assert knob.explanations()[0].method == "layercam" and knob._index["method"] == "Layer-CAM"
    both = gl.BiasKnob([scene], networks=[*TWO, TWO[0]], network="clinic-100")
    assert both.networks == TWO and both.network == "clinic-100"


@pytest.mark.parametrize(
    "name, value, words",
    [
        ("network", "clinic-10", "did you mean 'clinic-100'?"),
        ("network", "clinic-70", "This knob has no network 'clinic-70'"),
        ("network", 3, "no network 3"),
        ("network", None, "no network None"),
        ("change", "hiar", "did you mean 'hair'?"),
        ("change", True, "choose one of: nothing, hair, tool."),
        ("opacity", 1.5, "a number from 0 to 1"),
        ("opacity", "high", "a number from 0 to 1"),
    ],
)
def test_wrong_values_are_one_sentence(knob, name, value, words):
    before = getattr(knob, name)
    with pytest.raises(gl.LabError) as caught:
        setattr(knob, name, value)
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert getattr(knob, name) == before


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"scenes": []}, "shows 1 to 12 scenes; 0 were given"),
        ({"scenes": gl.worlds.clinic.sample(13, seed=1)}, "13 were given"),
        ({"scenes": gl.worlds.pets.sample(2, seed=1)}, "scenes of gl.worlds.clinic"),
        ({"scenes": [gl.worlds.clinic.sample(1, seed=1)[0].without()]}, "with a person in it"),
        ({"scenes": 6}, "scenes of gl.worlds.clinic"),
        ({"method": "gradcan"}, "did you mean 'gradcam'?"),
        ({"method": "saliency"}, "shows class activation maps, and 'saliency' is none"),
        ({"method": ["gradcam"]}, "no method ['gradcam']"),
        ({"networks": ["clinic-baised"]}, "did you mean 'clinic-biased'?"),
        ({"networks": "pets"}, "no clinic 'pets'"),
        ({"networks": []}, "at least one network"),
        ({"networks": 5}, "no clinic 5"),
        ({"network": "nowhere"}, "no network 'nowhere'"),
        ({"change": "toll"}, "did you mean 'tool'?"),
    ],
)
def test_wrong_arguments_are_one_sentence(arguments, words):
    with pytest.raises(gl.LabError) as caught:
        gl.BiasKnob(**arguments)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_it_is_made_in_a_moment():
    """Under two seconds on one core; three times that, where others use it too."""
    began = time.process_time()
    gl.BiasKnob().close()
    assert time.process_time() - began < 6


def test_close_frees():
    knob = gl.BiasKnob(gl.worlds.clinic.sample(1, seed=2), networks=TWO[0])
    assert len(knob._body) > 1000
    knob.close()
    assert knob.comm is None and not knob._body and not knob.scenes and not knob.networks
    assert knob.explanations() == [] and knob.flipped() == []


def test_bundle_is_one_module():
    from gradcam_lab.widgets.knob import MODULES

    text = bundle(*MODULES)
    assert "import " not in [line[:7] for line in text.splitlines()] and text.count("export ") == 1
    assert gl.BiasKnob._esm == text
    assert all(word not in text + gl.BiasKnob._css for word in ("http://", "https://", "import(", "url("))
