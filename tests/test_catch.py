"""Catch: the drawn game keeps its rules, and the agent plays it by looking at the right things."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest

import gradcam_lab as gl
from gradcam_lab import training
from gradcam_lab.networks.bundled import manifest
from gradcam_lab.training import catch as room
from gradcam_lab.worlds import catch


def at(scene):
    """(column, row) of ball, basket and balloon."""
    return [(thing.attributes["column"], thing.attributes["row"]) for thing in scene.things]


def differs(first, second):
    return (first.pixels != second.pixels).any(axis=2)


def test_a_position_is_its_seed():
    sample = catch.sample(12, seed=2)
    assert sample.x.shape == (12, 80, 80, 3) and sample.x.dtype == np.uint8
    assert np.array_equal(catch.sample(5, seed=2).x, sample.x[:5])
    assert not np.array_equal(catch.sample(12, seed=3).x, sample.x)
    assert hashlib.sha256(sample.x.tobytes()).hexdigest()[:16] == "5c26f9331351fb3b"
    assert len({scene.attributes["sky"] for scene in catch.sample(4, seed=1, sky=7)}) == 1


def test_positions_are_spread_over_the_board():
    places = np.array([at(scene) for scene in catch.sample(900, seed=4)])
    for thing, rows in ((0, 8), (1, None), (2, 9)):
        columns = np.bincount(places[:, thing, 0], minlength=9)
        assert len(columns) == 9 and columns.min() > 60
        if rows:
            assert sorted(set(places[:, thing, 1])) == list(range(rows))
    assert set(places[:, 1, 1]) == {8}
    assert all(catch.reachable(scene) for scene in catch.sample(50, seed=4))
    assert not catch.reachable(catch.start().replace(column=1, row=7).replace(thing=1, column=3))


def test_a_thing_can_be_moved_or_taken_away_and_nothing_else_changes():
    for scene in catch.sample(12, seed=5):
        for i, thing in enumerate(scene.things):
            gone = differs(scene, scene.without(thing=i))
            assert not (gone & ~thing.mask).any() and gone.sum() > 0.6 * thing.mask.sum()
            moved = scene.replace(thing=i, column=(thing.attributes["column"] + 4) % 9)
            assert not (differs(scene, moved) & ~(thing.mask | moved.things[i].mask)).any()
    sky = scene.replace(sky=scene.attributes["sky"] + 1)
    assert differs(scene, sky).mean() > 0.3 and at(sky) == at(scene)


def test_nothing_is_cut_off():
    scene = catch.start(1).replace(thing=2, column=4, row=4)
    whole = [scene.replace(column=1, row=1), scene.replace(thing=1, column=4)]
    for at_edge in (0, 8):
        assert scene.replace(thing=1, column=at_edge).mask("basket").sum() == whole[1].mask("basket").sum()
        for row in (0, 7):
            ball = scene.replace(column=at_edge, row=row).replace(thing=1, column=4).mask("ball")
            assert ball.sum() == whole[0].mask("ball").sum()


def test_the_rules():
    scene = catch.start(3).replace(column=4).replace(thing=1, column=2).replace(thing=2, column=0, row=1)
    following, reward = catch.move(scene, "right")
    assert at(following) == [(4, 1), (3, 8), (0, 0)] and reward == 0
    following, _ = catch.move(following, 0)
    assert at(following) == [(4, 2), (2, 8), (0, 8)], "the balloon comes again from below"
    wall = scene.replace(thing=1, column=0)
    assert at(catch.move(wall, "left")[0])[1] == (0, 8)
    last = scene.replace(row=7)
    assert catch.move(last, "right")[1] == -1
    caught, reward = catch.move(last.replace(thing=1, column=3), "right")
    assert reward == 1 and catch.over(caught)
    with pytest.raises(gl.LabError, match="over"):
        catch.move(caught, "stay")


def test_an_episode():
    game = catch.play(catch.best, seed=6)
    assert len(game) == 8 and [reward for _, _, reward in game] == [0] * 7 + [1]
    assert at(game[0][0]) == at(catch.start(6)) and at(game[0][0])[0][1] == 0
    for (scene, action, _), (following, _, _) in pairwise(game):
        assert at(catch.move(scene, action)[0]) == at(following)
    again = catch.play(None, seed=6)
    assert [action for _, action, _ in again] == [action for _, action, _ in catch.play(None, seed=6)]
    assert [action for _, action, _ in catch.play(lambda scene: 0, seed=6)] == ["left"] * 8


def test_every_ball_can_be_reached():
    assert all(catch.play(catch.best, seed)[-1][2] == 1 for seed in range(60))
    assert 0.03 < room.caught_share(None, 300, "test") < 0.3


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: catch.sample(0), "how many positions"),
        (lambda: catch.sample(1, skyy=2), "'sky'"),
        (lambda: catch.sample(1, sky="blue"), "whole number"),
        (lambda: catch.start().replace(row=8), "0 to 7"),
        (lambda: catch.start().replace(thing=1, row=3), "row of the basket"),
        (lambda: catch.start().replace(colum=3), "'column'"),
        (lambda: catch.start().replace(kind="balloon"), "kind of the ball"),
        (lambda: catch.move(catch.start(), "up"), "'up'"),
        (lambda: catch.move(catch.start(), 3), "3"),
        (lambda: catch.start().mask("cloud"), "balloon"),
    ],
)
def test_bad_input_is_one_sentence(call, says):
    with pytest.raises(gl.LabError) as error:
        call()
    assert says in str(error.value) and "\n" not in str(error.value)


# -------------------------------------------------------------------------------------------- the agent


@pytest.fixture(scope="module")
def agent():
    return gl.load_network("catch")


def test_the_agent_plays(agent):
    game = catch.play(agent, seed="test")
    assert game[-1][2] == 1 and {action for _, action, _ in game} <= set(catch.ACTIONS)
    assert agent.labels == list(catch.ACTIONS)


def test_the_agent_does_what_the_manifest_says(agent):
    measured = room.measure_catch(agent.module, games=150, positions=100, maps=30, seed="test")
    noted = manifest()["networks"]["catch"]["measured"]
    assert measured["caught"] >= 0.95 and noted["caught_95"][0] >= 0.95
    assert measured["random"] < 0.3
    assert measured["ball_moved"] >= 0.85 and measured["balloon_moved"] <= 0.05
    for key in ("caught", "random", "best", "ball_moved", "balloon_moved"):
        low, high = noted[key + "_95"]
        assert low <= noted[key] <= high
        assert measured[key] == pytest.approx(noted[key], abs=0.08), key
    for heat in measured["heat"].values():
        assert min(heat["ball"]["lift"], heat["basket"]["lift"]) > 3 * heat["balloon"]["lift"]
    assert measured["heat"]["hirescam"]["blank"] == 0


def tiny(seed=1):
    recipe = training.Recipe(
        draw=room.draw,
        measure=None,
        labels=catch.ACTIONS,
        size=80,
        architecture={"classes": 3, "head": "fc", "channels": [4, 4], "strides": [4, 2], "grid": 5, "hidden": 8},
        batch=16,
        fit=room.q_learning,
    )
    return recipe.fit(recipe, 384, 2, seed, room.torch.device("cpu"), progress=False)


def test_learning_is_repeatable_and_leaves_the_random_numbers_alone(monkeypatch):
    monkeypatch.setattr(room, "TRIALS", 4)
    torch = room.torch
    state = torch.random.get_rng_state()
    (first, history), (second, _), (other, _) = tiny(), tiny(), tiny(seed=2)
    assert torch.equal(torch.random.get_rng_state(), state)
    weights = [torch.cat([p.flatten() for p in module.parameters()]) for module in (first, second, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])
    assert len(history) == 2 and set(history[0]) == {"loss", "score"}


def test_q_is_the_discounted_reward():
    """On a table: with the rule of `learn` a last step's Q goes to its reward, the one before to gamma times it."""
    torch = room.torch

    class Table(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.q = torch.nn.Parameter(torch.zeros(2, 3))
            self.blocks, self.block1 = 1, torch.nn.Identity()

        def forward(self, x):
            x = self.block1(x)
            return self.q[(x[:, 0, 0, 0] > 0).long()]

    recipe = training.Recipe(draw=None, measure=None, labels=catch.ACTIONS, size=80, batch=8, rate=0.05, decay=0.0)
    player = room._Player(Table(), recipe, seed=1, device=torch.device("cpu"))
    first, last = torch.zeros(3, 80, 80, dtype=torch.uint8), torch.full((3, 80, 80), 255, dtype=torch.uint8)
    player.memory = [(first, 1, 0.0, last, False), (last, 2, 1.0, last, True)] * 40
    for _ in range(120):
        player.learn(rate=0.05)
    q = player.module.q.detach()
    assert q[1, 2] == pytest.approx(1, abs=0.02) and q[0, 1] == pytest.approx(room.DISCOUNT, abs=0.02)
    assert q[0, 0] == q[1, 0] == 0
