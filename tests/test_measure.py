"""Where a map lies, against values worked by hand."""

import numpy as np
import pytest

import gradcam_lab as gl
from gradcam_lab.measure import best_iou, box, energy_inside, instances_found, iou, lift, pointing_game

HEAT = np.array([[0.0, 0.2, 0.0, 0.0], [0.2, 1.0, 0.4, 0.0], [0.0, 0.2, 0.0, 0.5]], dtype=np.float32)
LEFT = np.zeros((3, 4), bool)
LEFT[:, :2] = True
CORNER = np.zeros((3, 4), bool)
CORNER[2, 3] = True
BLANK = np.zeros((3, 4), np.float32)


def test_pointing_game():
    assert pointing_game(HEAT, LEFT) is True and pointing_game(HEAT, ~LEFT) is False
    assert pointing_game(HEAT, ~LEFT, tolerance=1) is True
    assert pointing_game(HEAT, CORNER, tolerance=2) is False  # the peak is the root of 5 away
    assert pointing_game(HEAT, CORNER, tolerance=2.3) is True


def test_energy_and_lift():
    assert energy_inside(HEAT, LEFT) == pytest.approx(1.6 / 2.5)
    assert lift(HEAT, LEFT) == pytest.approx(1.6 / 2.5 / 0.5)
    assert lift(np.ones((3, 4)), CORNER) == pytest.approx(1)


def test_iou():
    assert iou(HEAT, LEFT, 0.4) == pytest.approx(1 / 8)  # hot: 1.0, 0.4, 0.5; of them one is left
    assert iou(HEAT, LEFT, 0.2) == pytest.approx(4 / 8)
    assert best_iou(HEAT, LEFT) == pytest.approx(4 / 8)
    assert best_iou(HEAT, CORNER) == pytest.approx(1 / 2)
    rng = np.random.default_rng(0)
    heat, mask = rng.random((9, 9)), rng.random((9, 9)) > 0.6
    assert best_iou(heat, mask) == pytest.approx(max(iou(heat, mask, t) for t in heat.ravel() / heat.max()))


def test_instances_found():
    masks = [LEFT, CORNER, ~LEFT & ~CORNER]
    assert instances_found(HEAT, masks) == pytest.approx(2 / 3)
    assert instances_found(HEAT, masks, threshold=0.4) == pytest.approx(1)
    assert instances_found(HEAT, masks, threshold=0.6) == pytest.approx(1 / 3)


def test_box():
    assert box(HEAT, 0.5) == (1, 1, 2, 2)
    assert box(HEAT, 0.2) == (0, 0, 3, 3)  # the corner is a piece of its own
    assert box(BLANK, 0.5) is None


def test_a_blank_heat_scores_nothing():
    assert pointing_game(BLANK, LEFT) is False
    assert energy_inside(BLANK, LEFT) == lift(BLANK, LEFT) == iou(BLANK, LEFT, 0.5) == best_iou(BLANK, LEFT) == 0.0
    assert instances_found(BLANK, [LEFT]) == 0.0
    nothing = np.zeros((3, 4), bool)
    assert pointing_game(HEAT, nothing) is False and lift(HEAT, nothing) == best_iou(HEAT, nothing) == 0.0


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda: energy_inside(HEAT, LEFT[:2]), "of one size; given were \\[3, 4\\] and \\[2, 4\\]"),
        (lambda: energy_inside(-HEAT, LEFT), "not negative"),
        (lambda: energy_inside(HEAT * np.nan, LEFT), "finite"),
        (lambda: iou(HEAT, LEFT, 0), "above 0 and at most 1"),
        (lambda: instances_found(HEAT, []), "at least one mask"),
    ],
)
def test_bad_input(call, sentence):
    with pytest.raises(gl.LabError, match=sentence):
        call()
