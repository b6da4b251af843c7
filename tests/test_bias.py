"""Bias: measured on networks whose every answer is known, so each number can be worked by hand."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import gradcam_lab as gl
from gradcam_lab import LabError, Network
from gradcam_lab.measure import bias, wilson
from gradcam_lab.measure.bias import Estimate
from gradcam_lab.networks.bundled import preprocess
from gradcam_lab.worlds import clinic

SCENES = list(clinic.sample(24, seed="by hand", borrowed=0.2))
OTHER = {"man": "woman", "woman": "man", "stethoscope": "tray", "tray": "stethoscope"}


def looks(scene):
    return scene.things[0].attributes


class Known(nn.Module):
    """Answers each picture as the rule says; the score of its answer grows with the picture's brightness, too."""

    def __init__(self, rule, scenes=SCENES):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 3, 1, bias=False), nn.ReLU())
        with torch.no_grad():
            self.features[0].weight.copy_(torch.eye(3)[:, :, None, None])
        self.answers = {}
        for scene in scenes:
            one = looks(scene)
            hair = scene.replace(presentation=OTHER[one["presentation"]])
            tool = scene.replace(tool=OTHER.get(one["tool"], "nothing"))
            for drawn in (scene, hair, tool):
                self.answers[drawn.pixels.tobytes()] = rule(drawn)

    def forward(self, x):
        pixels = ((x.detach() + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
        doctors = [self.answers.get(one.tobytes()) == "doctor" for one in pixels]
        base = torch.tensor([[10.0, 0.0] if doctor else [0.0, 10.0] for doctor in doctors])
        return base + self.features(x).mean((1, 2, 3))[:, None]


def network(rule, scenes=SCENES, labels=("doctor", "nurse")):
    return Network(Known(rule, scenes), list(labels), preprocess(128), name="known")


def by_hair(scene):
    return "doctor" if looks(scene)["presentation"] == "man" else "nurse"


def by_tool(scene):
    return "doctor" if looks(scene)["tool"] == "stethoscope" else "nurse"


def test_a_network_that_goes_by_hair():
    found = bias(network(by_hair), SCENES)
    assert found.groups["doctor", "man"].value == found.groups["nurse", "woman"].value == 1
    assert found.groups["doctor", "woman"].value == found.groups["nurse", "man"].value == 0
    assert (found.stereotype.value, found.against.value, found.gap.value) == (1, 0, 1)
    assert found.hair_flips.value == 1 and found.tool_flips.value == 0 and found.mended.value == 1
    fitting = sum(by_hair(scene) == scene.kinds[0] for scene in SCENES)
    assert found.accuracy == Estimate(fitting / 24, *wilson(fitting, 24), 24)
    assert found.stereotype.n == fitting and found.against.n == 24 - fitting
    own = sum(by_hair(scene) != scene.kinds[0] == by_tool(scene) for scene in SCENES)
    assert found.mended.n == own < 24 - fitting, "no tool is borrowed in a picture against the stereotype"


def test_a_network_that_goes_by_the_tool():
    found = bias(network(by_tool), SCENES)
    own = sum(by_tool(scene) == scene.kinds[0] for scene in SCENES)
    assert found.accuracy.value == own / 24 and own < 24, "no tool is borrowed"
    assert found.hair_flips.value == 0 and found.tool_flips.value == 1 and found.mended.n == 0
    assert found.hair_flips_of["doctor"] == Estimate(0.0, *wilson(0, 12), 12)


def test_a_network_that_goes_by_both():
    """Doctors are men with a stethoscope; all others are nurses."""
    found = bias(network(lambda scene: max(by_hair(scene), by_tool(scene))), SCENES)
    scopes = sum(by_tool(scene) == "doctor" for scene in SCENES)
    men = sum(by_hair(scene) == "doctor" for scene in SCENES)
    assert found.hair_flips.value == scopes / 24 and found.tool_flips.value == men / 24
    of_doctors = sum(by_tool(scene) == scene.kinds[0] == "doctor" for scene in SCENES)
    assert found.hair_flips_of["doctor"].value == of_doctors / 12 != found.hair_flips_of["nurse"].value
    women = [s for s in SCENES if s.kinds[0] == by_tool(s) == "doctor" and by_hair(s) == "nurse"]
    assert women and found.mended == Estimate(1.0, *wilson(len(women), len(women)), len(women))


def test_the_heat_is_where_the_formula_puts_it():
    """The score is the mean brightness behind a ReLU, so the map is that brightness."""
    found = bias(network(by_tool), SCENES)
    for part in ("head", "tool", "clothes"):
        shares, lifts = [], []
        for scene in SCENES:
            heat = np.maximum(scene.pixels / 127.5 - 1, 0).mean(2)
            mask = scene.things[0].parts[part]
            shares.append(heat[mask].sum() / heat.sum())
            lifts.append(shares[-1] / mask.mean())
        assert found.share[part].value == pytest.approx(np.mean(shares), rel=1e-4)
        assert found.lift[part].value == pytest.approx(np.mean(lifts), rel=1e-4)
        assert found.share[part].low < found.share[part].value < found.share[part].high
    assert found.blank == 0


def test_the_gap_has_newcombes_interval():
    """Method 10 on 56 of 70 against 48 of 80: 0.2, from 0.0524 to 0.3339 (Newcombe 1998, table II, example a)."""
    from gradcam_lab.measure.bias import _difference

    found = _difference(Estimate(56 / 70, *wilson(56, 70), 70), Estimate(48 / 80, *wilson(48, 80), 80))
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))


def test_scenes_without_a_tool_or_without_a_conflict():
    scenes = list(clinic.sample(6, seed=3, tool="nothing", presentation="man", kinds="doctor"))
    found = bias(network(by_hair, scenes), scenes)
    assert found.tool_flips.n == found.against.n == found.share["tool"].n == 0
    assert math.isnan(found.tool_flips.value) and math.isnan(found.gap.value)
    assert "no such picture" in str(found) and "no such picture" in found._repr_html_()
    assert "nan" not in found._repr_html_()
    assert found.as_dict()["tool_flips"] == [None, None, None, 0]


def test_a_tool_that_was_drawn_away_is_no_tool():
    scenes = [one.without("tool") for one in SCENES[:8]]
    found = bias(network(by_hair, scenes), scenes)
    assert found.tool_flips.n == found.mended.n == found.share["tool"].n == 0 < found.against.n


def test_one_scene_is_enough():
    assert bias(network(by_hair, SCENES[:1]), SCENES[0]).accuracy.n == 1


def test_labels_may_stand_in_any_order():
    turned = Known(by_tool)
    turned.register_forward_hook(lambda _module, _x, y: torch.cat([y[:, :1] * 0 - 5, y.flip(1)], 1))
    found = bias(Network(turned, ["visitor", "nurse", "doctor"], preprocess(128), name="known"), SCENES)
    assert found.tool_flips.value == 1 and found.accuracy == bias(network(by_tool), SCENES).accuracy


def test_it_prints_a_table():
    found = bias(network(by_tool), SCENES)
    text, page = str(found), found._repr_html_()
    assert repr(found) == text and text.startswith("known on 24 pictures, maps by gradcam")
    for what, value in found.rows():
        assert f"{what.strip()}" in text and what in page and str(value) in text
    assert len(text.splitlines()) == 1 + len(found.rows()) and page.count("<tr>") == 1 + len(found.rows())


def test_a_number_of_scenes_is_drawn_from_the_seed():
    net = gl.load_network("clinic-balanced")
    first, again = bias(net, 12, seed="x"), bias(net, clinic.sample(12, "x"))
    assert first == again and first.accuracy.n == 12
    assert bias(net, 12, seed="x", method="layercam").share != first.share


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: bias(network(by_tool, labels=("doctor", "cat")), SCENES), "'nurse'"),
        (lambda: bias(network(by_tool), []), "at least one"),
        (lambda: bias(network(by_tool), list(gl.worlds.pets.sample(2))), "world 'clinic'"),
        (lambda: bias(network(by_tool), [SCENES[0].without()]), "a person in it"),
        (lambda: bias(network(by_tool), 0), "from 1 to"),
        (lambda: bias(network(by_tool), 2.5), "float"),
        (lambda: bias(network(by_tool), SCENES, method="gradcm"), "'gradcam'"),
    ],
)
def test_bad_input_is_one_sentence(call, says):
    with pytest.raises(LabError) as error:
        call()
    assert says in str(error.value) and "\n" not in str(error.value)
