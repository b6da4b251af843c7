"""Why a map should be believed: curves and drops worked by hand on a network that adds up pixels, parts on scenes."""

import dataclasses
import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.ndimage import gaussian_filter
from torch import nn
from torchvision.transforms import v2
from toys import assert_same, state_of

import gradcam_lab as gl
from gradcam_lab.measure import average_drop, deletion, increase_in_confidence, insertion, part_effect, shown_alone
from gradcam_lab.measure.parts import PartEffect, PartEffects
from gradcam_lab.measure.why import _rank


class Adds(nn.Module):
    """y_0 = scale * the sum of all of x, y_1 = 0: what each pixel gives is the pixel itself."""

    def __init__(self, scale=1.0):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale))

    def forward(self, x):
        y = self.scale * x.sum((1, 2, 3))
        return torch.stack([y, torch.zeros_like(y)], dim=1)


ADDS = gl.Network(Adds(), labels=["bright", "dark"])
X = torch.tensor([[[3.0, 2.0], [1.0, 0.0]]])


def sigmoid(y):
    return 1 / (1 + math.exp(-y))


def marked(net, picture, heat, target=0):
    """An Explanation of `picture` whose map is `heat`."""
    e = gl.explain(net, picture, method="saliency", target=target)
    return dataclasses.replace(e, map=torch.as_tensor(heat, dtype=torch.float32), pixels=None)


# ----------------------------------------------------------------------------------- deletion and insertion


def test_deletion_by_hand():
    d = deletion(ADDS, X, marked(ADDS, X, X[0]), fill="zero", steps=4)
    p = [sigmoid(y) for y in (6, 3, 1, 0, 0)]  # without the 3, the 2, the 1, the 0
    assert d.curve[0].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert d.curve[1] == pytest.approx(p, abs=1e-6)
    assert d.area == pytest.approx((p[0] / 2 + p[1] + p[2] + p[3] + p[4] / 2) / 4, abs=1e-6)
    assert "deletion of 'bright'" in repr(d) and f"{d.area:.3f}" in repr(d)


def test_insertion_by_hand():
    i = insertion(ADDS, X, marked(ADDS, X, X[0]), fill="zero", steps=2)
    assert i.curve[0].tolist() == [0, 0.5, 1]
    assert i.curve[1] == pytest.approx([sigmoid(y) for y in (0, 5, 6)], abs=1e-6)
    assert insertion(ADDS, X, marked(ADDS, X, X[0], target=1), fill="zero", steps=2).curve[1] == pytest.approx(
        [sigmoid(-y) for y in (0, 5, 6)], abs=1e-6
    )


def test_the_order_is_that_of_the_heat_alone():
    against = deletion(ADDS, X, marked(ADDS, X, 4 - X[0]), fill="zero", steps=4)
    assert against.curve[1] == pytest.approx([sigmoid(y) for y in (6, 6, 5, 3, 0)], abs=1e-6)


def test_steps_that_do_not_divide_the_pixels():
    d = deletion(ADDS, X, marked(ADDS, X, X[0]), fill="zero", steps=3)  # 1.33 and 2.67 pixels: 1 and 3
    assert d.curve[0].tolist() == [0, 0.25, 0.75, 1]
    assert d.curve[1] == pytest.approx([sigmoid(y) for y in (6, 3, 0, 0)], abs=1e-6)


@pytest.mark.parametrize(
    "fill, left",
    [
        ("zero", torch.zeros(1, 2, 2)),
        ("mean", torch.full((1, 2, 2), 1.5)),
        ("grey", torch.full((1, 2, 2), 1.5)),  # of a tensor: the middle of its range
        ("blur", torch.as_tensor(gaussian_filter(X.numpy(), (0, 0.8, 0.8), mode="nearest"))),
    ],
)
def test_what_stands_in_for_pixels_that_are_away(fill, left):
    e = marked(ADDS, X, X[0])
    first_gone = left + 0
    first_gone[0, [0, 1, 1], [1, 0, 1]] = X[0, [0, 1, 1], [1, 0, 1]]
    ends = [sigmoid(float(x.sum())) for x in (X, first_gone, left)]
    assert deletion(ADDS, X, e, fill, steps=4, blur=0.4).curve[1][[0, 1, 4]] == pytest.approx(ends, abs=1e-6)
    assert insertion(ADDS, X, e, fill, steps=4, blur=0.4).curve[1][[4, 0]] == pytest.approx(ends[::2], abs=1e-6)


def test_a_curve_ends_at_a_grey_picture_or_starts_at_a_blurred_one(pets, scene):
    e = gl.explain(pets, scene)
    grey = {i: p for _, p, i in pets.predict(Image.new("RGB", scene.size, (128,) * 3), top=6)}
    d, i = deletion(pets, scene, e), insertion(pets, scene, e)
    assert len(d.fractions) == 51 and d.fill == "grey" and i.fill == "blur"
    assert d.probabilities[[0, -1]] == pytest.approx([e.probability, grey[e.target]], abs=1e-5)
    x = pets.preprocess(scene).numpy()
    blurred = torch.as_tensor(gaussian_filter(x, (0, 6.4, 6.4), mode="nearest"))
    start = float(pets.forward(blurred[None]).softmax(1)[0, e.target])
    assert i.probabilities[[0, -1]] == pytest.approx([start, e.probability], abs=1e-5)


def test_what_the_network_does_not_see_makes_no_difference():
    net = gl.Network(
        Adds(0.01),
        labels=["bright", "dark"],
        preprocess=v2.Compose(
            [v2.Resize(8), v2.CenterCrop(8), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)],
        ),
    )
    pixels = np.random.default_rng(0).integers(0, 256, (8, 16, 3), dtype=np.uint8)
    other = pixels.copy()
    other[:, :4], other[:, 12:] = 0, 255
    curves = []
    for picture in map(Image.fromarray, (pixels, other)):
        e = gl.explain(net, picture, "saliency", target=0)
        heat = torch.arange(64.0).reshape(8, 8)
        curves.append(deletion(net, picture, dataclasses.replace(e, map=heat, pixels=None)).curve[1])
    assert np.array_equal(*curves) and len(set(curves[0])) > 40


def test_ties_go_in_blobs_in_an_order_that_the_seed_decides():
    x = 0.1 * torch.randn(1, 16, 16, generator=torch.Generator().manual_seed(0))
    blank = marked(ADDS, x, torch.zeros(4, 4))
    first, again, other = (deletion(ADDS, x, blank, seed=s).curve[1] for s in (1, 1, 2))
    assert np.array_equal(first, again) and not np.allclose(first, other, atol=0.01)
    gone = _rank(blank, (16, 16), 0) < 64  # the first quarter: few edges, where single pixels would have many
    edges = (gone[1:] != gone[:-1]).sum() + (gone[:, 1:] != gone[:, :-1]).sum()
    assert edges < 90 < (2 * 16 * 15) * 2 * 0.25 * 0.75 == 180


def test_any_chunk_gives_the_same_curve_and_the_network_stays_as_it_was(toy):
    x = torch.randn(3, 8, 8, generator=torch.Generator().manual_seed(0))
    toy.module.train().requires_grad_(True)
    e = gl.explain(toy, x)
    before = state_of(toy.module)
    with torch.inference_mode():
        whole = deletion(toy, x, e)
    assert np.allclose(whole.curve[1], deletion(toy, x, e, chunk=7).curve[1], atol=1e-6)
    shown_alone(toy, x, e)
    assert_same(before, state_of(toy.module))


@st.composite
def cases(draw):
    """(a random network, x, a random heat): sometimes blank, sometimes a network that always says the same."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 10_000)))
    torch.manual_seed(draw(st.integers(0, 10_000)))
    module = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 16, draw(st.integers(1, 4))))
    constant = draw(st.booleans())
    if constant:
        module[3].weight.data.zero_()
    net = gl.Network(module, layers=["0"])
    x = torch.randn(2, 6, 6, generator=generator) * draw(st.sampled_from([0.1, 1, 30]))
    heat = torch.randn(3, 3, generator=generator) * draw(st.sampled_from([0, 1]))
    return net, x, marked(net, x, heat), constant


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(cases(), st.sampled_from(["grey", "mean", "blur", "zero"]), st.integers(1, 40))
def test_any_curve(case, fill, steps):
    net, x, e, constant = case
    d, i = deletion(net, x, e, fill, steps), insertion(net, x, e, fill, steps)
    for c in (d, i):
        assert c.fractions[0] == 0 and c.fractions[-1] == 1 and (np.diff(c.fractions) >= 0).all()
        assert (c.probabilities >= 0).all() and (c.probabilities <= 1).all() and 0 <= c.area <= 1 + 1e-9
    assert d.probabilities[0] == pytest.approx(e.probability, abs=1e-4)
    # The two start where the other ends, whatever lies between.
    assert d.probabilities[[0, -1]] == pytest.approx(i.probabilities[[-1, 0]], abs=1e-4)
    if constant:
        assert d.area == pytest.approx(e.probability, abs=1e-6) and np.ptp(i.probabilities) < 1e-6
        assert average_drop(net, x, e) == pytest.approx(0, abs=1e-4)


def test_deletion_of_the_true_thing_lowers_the_score_more_than_of_as_many_other_pixels(pets):
    """200 fresh scenes. The other pixels are blobs, as the animal is; single ones do a harm of their own."""
    sample = gl.worlds.pets.sample(200, seed="deleted")
    x = torch.stack([pets.preprocess(s.picture) for s in sample])
    random = np.random.default_rng(0)
    thing, blobs, specks = holes = np.zeros((3, 200, 1, 128, 128), bool)
    for i, s in enumerate(sample):
        thing[i, 0] = mask = s.mask()
        for hole, order in (
            (blobs, gl.render.upsample(random.random((16, 16)), 128, 128)),
            (specks, random.random(mask.shape)),
        ):
            order[mask] = -1
            hole[i].flat[np.argsort(order, axis=None)[-mask.sum() :]] = True
    assert not (thing & (blobs | specks)).any() and len({hole.sum() for hole in holes}) == 1
    c = torch.as_tensor(sample.y)[:, None]

    def score(x):
        return torch.cat([pets.forward(some) for some in x.split(25)]).gather(1, c)[:, 0].numpy()

    whole = score(x)
    drop = [whole - score(x.masked_fill(torch.as_tensor(hole), 0)) for hole in holes]
    more = drop[0] - drop[1]
    assert gl.measure.wilson(int((more > 0).sum()), 200)[0] > 0.93, f"{(more > 0).sum()} of 200"  # 198
    assert gl.measure.mean_interval(more)[0] > 2.8, more.mean()  # 3.44 (3.28 to 3.61)
    assert drop[2].mean() > 4 * drop[1].mean()  # why ties are not broken pixel by pixel


# ---------------------------------------------------------------------- average drop, increase in confidence


def test_average_drop_and_increase_by_hand():
    brighter = torch.tensor([[[1.0, -2.0], [0.0, 0.0]]])
    first = torch.tensor([[1.0, 0.0], [0.0, 0.0]])  # of X it leaves 3 of 6; of the other 1, which was -1
    half = torch.tensor([[1.0, 0.5], [0.0, 0.0]])  # of X it leaves 3 + 2 / 2
    xs = [X, brighter, X]
    es = [marked(ADDS, x, heat) for x, heat in zip(xs, (first, first, half))]
    whole, alone = shown_alone(ADDS, xs, es)
    assert whole == pytest.approx([sigmoid(6), sigmoid(-1), sigmoid(6)], abs=1e-6)
    assert alone == pytest.approx([sigmoid(3), sigmoid(1), sigmoid(4)], abs=1e-6)
    drop = ((sigmoid(6) - sigmoid(3)) + 0 + (sigmoid(6) - sigmoid(4))) / sigmoid(6) / 3 * 100
    assert average_drop(ADDS, xs, es) == pytest.approx(drop, abs=1e-3)
    assert increase_in_confidence(ADDS, xs, es) == pytest.approx(100 / 3)
    nothing_lost = marked(ADDS, X, torch.tensor([[1.0, 1.0], [1.0, 0.0]]))
    assert increase_in_confidence(ADDS, X, nothing_lost) == average_drop(ADDS, X, nothing_lost) == 0
    assert average_drop(ADDS, X, es[0]) == pytest.approx((1 - sigmoid(3) / sigmoid(6)) * 100, abs=1e-3)


def test_the_explanation_map_of_a_picture_is_the_picture_times_the_heat(pets, scene):
    e = gl.explain(pets, scene)
    by_hand = Image.fromarray(np.rint(np.asarray(scene) * e.heat[:, :, None].astype(np.float64)).astype(np.uint8))
    O = {i: p for _, p, i in pets.predict(by_hand, top=6)}[e.target]
    assert shown_alone(pets, scene, e) == (pytest.approx([e.probability]), pytest.approx([O], abs=1e-4))
    black = {i: p for _, p, i in pets.predict(Image.new("RGB", scene.size), top=6)}[e.target]
    blank = dataclasses.replace(e, map=torch.zeros(16, 16))
    assert shown_alone(pets, scene, blank)[1] == pytest.approx([black], abs=1e-6)


def test_the_explanation_map_may_be_mixed_with_another_fill(pets, scene):
    half = torch.tensor([[1.0, 0.5], [0.0, 0.0]])
    # 3, and half of 2 and of the mean, 1.5, and the mean twice.
    mixed = sigmoid(3 + 1 + 0.75 + 1.5 + 1.5)
    assert shown_alone(ADDS, X, marked(ADDS, X, half), fill="mean")[1] == pytest.approx([mixed], abs=1e-6)
    blank = dataclasses.replace(gl.explain(pets, scene), map=torch.zeros(16, 16))
    end = deletion(pets, scene, blank).probabilities[-1]
    assert shown_alone(pets, scene, blank, fill="grey")[1] == pytest.approx([end], abs=1e-5)
    with pytest.raises(gl.LabError, match="'black'"):
        average_drop(pets, scene, blank, fill="blak")


@pytest.mark.parametrize("measure", [deletion, insertion, average_drop, increase_in_confidence])
def test_what_does_not_fit_is_said(measure, pets, scene):
    e = gl.explain(pets, scene)
    with pytest.raises(gl.LabError, match="a function of the scores has none"):
        measure(pets, scene, gl.explain(pets, scene, target=lambda y: y[:, 0]))
    with pytest.raises(gl.LabError, match="given was a ndarray"):
        measure(pets, scene, e.heat)
    with pytest.raises(gl.LabError, match="a picture of 128 x 128 pixels; given was one of 64 x 32"):
        measure(pets, scene.resize((64, 32)), e)


def test_options_that_do_not_fit_are_said(pets, scene):
    e = gl.explain(pets, scene)
    for options, words in (({"fill": "gray"}, "'grey'"), ({"steps": 0}, "steps"), ({"blur": "no"}, "blur")):
        with pytest.raises(gl.LabError, match=words):
            deletion(pets, scene, e, **options)
    with pytest.raises(gl.LabError, match="2 pictures and 1 of them"):
        average_drop(pets, [scene, scene], [e])
    with pytest.raises(gl.LabError, match="0 pictures"):
        average_drop(pets, [], [])


# ---------------------------------------------------------------------------------------------- part effect


class Counts(nn.Module):
    """y_0 = the sum of all pixels, each times its column's number, in millions; an effect is what can be counted."""

    def forward(self, x):
        y = (x.double() * torch.arange(x.shape[-1])).sum((1, 2, 3)) / 1e6
        return torch.stack([y, -y], dim=1)


def count(scene):
    pixels = np.asarray(scene.picture.convert("RGB"), np.float64)
    return (pixels * np.arange(pixels.shape[1])[:, None]).sum() / 1e6


COUNTS = gl.Network(Counts(), ["bright", "dark"], lambda p: torch.tensor(np.array(p)).permute(2, 0, 1).float())


def some_scenes():
    """One scene of each world that draws things with parts."""
    worlds = (gl.worlds.pets, gl.worlds.digits, gl.worlds.clinic, gl.worlds.street)
    return {world.__name__.rpartition(".")[2]: world.sample(1, seed=4)[0] for world in worlds}


@pytest.mark.parametrize("world", some_scenes())
def test_effects_are_counted_in_every_world(world):
    scene = some_scenes()[world]
    for target, sign in (("bright", 1), ("dark", -1)):
        found = part_effect(COUNTS, scene, target, method="saliency")
        seen = [(i, part) for i, thing in enumerate(scene.things) for part, m in thing.parts.items() if m.any()]
        assert sorted((row.thing, row.part) for row in found) == sorted(seen)
        assert [row.effect for row in found] == sorted((row.effect for row in found), reverse=True)
        assert found.score == pytest.approx(sign * count(scene))
        for row in found:
            without = scene.without(row.part, row.thing)
            assert row.effect == pytest.approx(sign * (count(scene) - count(without)), abs=1e-6)
            thing = scene.things[row.thing]
            assert row.kind == thing.kind and row.area == thing.parts[row.part].mean()
            # This network's gradient is the column's number, whatever the row.
            columns = np.nonzero(thing.parts[row.part])[1].sum()
            width, height = scene.picture.size
            assert row.heat == pytest.approx(columns / (height * width * (width - 1) / 2), rel=1e-5)


def test_parts_that_cannot_be_seen_are_left_out():
    scene = gl.worlds.pets.sample(1, seed=4, kinds="cat")[0]
    assert part_effect(COUNTS, scene, 0, "saliency")["ears"].area > 0
    assert "ears" not in [row.part for row in part_effect(COUNTS, scene.without("ears"), 0, "saliency")]
    gone = scene.without()
    with pytest.raises(gl.LabError, match="no parts can be seen"):
        part_effect(COUNTS, gone, 0, "saliency")


def test_rank_correlations_by_hand():
    rows = [PartEffect(0, "cat", part, *numbers) for part, *numbers in (
        ("ears", 3.0, 0.1, 0.1), ("body", 2.0, 0.3, 0.3), ("tail", 1.0, 0.2, 0.2), ("nose", -1.0, 0.05, 0.0)
    )]  # fmt: skip
    found = PartEffects(tuple(rows), "cat", 5.0, "gradcam")
    # Ranks of effect 4 3 2 1, of heat 2 4 3 1: 1 - 6 (4 + 1 + 1 + 0) / (4 * 15).
    assert found.correlation == pytest.approx(0.4) and found.correlation_of_area == pytest.approx(0.4)
    assert PartEffects(tuple(rows[:3]), "cat", 5.0, "gradcam").correlation == pytest.approx(-0.5)
    assert math.isnan(PartEffects(tuple(rows[:2]), "cat", 5.0, "gradcam").correlation)
    flat = [row._replace(heat=0.0) for row in rows]
    assert math.isnan(PartEffects(tuple(flat), "cat", 5.0, "gradcam").correlation)


def test_of_two_animals_one_speaks_for_the_class_and_one_against(pets):
    scene = gl.worlds.pets.sample(1, seed=3, things=("cat", "dog"))[0]
    things = part_effect(pets, scene, "cat", of="things")
    assert [(row.kind, row.part) for row in things] == [("cat", None), ("dog", None)]
    assert things[0].effect > 2 and things[1].effect < -1 and things[0].heat > 5 * things[1].heat
    e = gl.explain(pets, scene, target="cat")
    parts = part_effect(pets, scene, "cat")
    assert part_effect(pets, scene, explanation=e) == parts and parts.score == pytest.approx(e.score, abs=1e-5)
    saliency = parts.with_heat(scene, gl.explain(pets, scene, "saliency", target="cat"))
    assert saliency == part_effect(pets, scene, "cat", "saliency") != parts
    assert (parts.method, saliency.method) == ("gradcam", "saliency")
    assert parts["ears", 0].effect > 1 and parts["eyes", 1].effect < 0
    assert pickle.loads(pickle.dumps(parts)) == parts
    assert "ears of cat 0" in repr(parts) and "Rank correlation" in repr(parts)
    assert "<td style='text-align:left'>ears of cat 0</td>" in parts._repr_html_()
    with pytest.raises(gl.LabError, match="2 visible parts of the scene are 'ears'"):
        parts["ears"]


def test_a_function_of_the_scores_has_effects_too(pets):
    scene = gl.worlds.pets.sample(1, seed=3, things=("cat", "dog"))[0]
    cat, dog = part_effect(pets, scene, "cat", of="things"), part_effect(pets, scene, "dog", of="things")
    both = part_effect(pets, scene, lambda y: y[:, 0] - y[:, 1], of="things")
    assert both.rows[0].effect == pytest.approx(cat.rows[0].effect - dog.rows[1].effect, abs=1e-5)


def test_part_effect_says_what_it_needs(pets, scene):
    drawn = gl.worlds.pets.sample(1, seed=3)[0]
    with pytest.raises(gl.LabError, match="draws a scene of gl.worlds again; given was a Image"):
        part_effect(pets, scene)
    with pytest.raises(gl.LabError, match="'things'"):
        part_effect(pets, drawn, of="thing")
    with pytest.raises(gl.LabError, match="given was a ndarray"):
        part_effect(pets, drawn, explanation=gl.explain(pets, drawn).heat)
    with pytest.raises(gl.LabError, match="of another size than the scene's"):
        part_effect(pets, drawn, explanation=gl.explain(pets, scene.resize((64, 64))))
    with pytest.raises(gl.LabError, match="give the same function as target"):
        part_effect(pets, drawn, explanation=gl.explain(pets, drawn, target=lambda y: y[:, 0]))
