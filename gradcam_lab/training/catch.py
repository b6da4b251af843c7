"""The agent `catch`: a network that learnt a game by playing it.

Nobody tells it the right move. It plays, keeps what happened, and learns for each move how much reward is still to
come: Q-learning (Watkins, 1989) with a network, as in Mnih et al., Human-level Control through Deep Reinforcement
Learning, Nature 2015, algorithm 1: memory, epsilon-greedy play, and a slower copy of the network for the targets.
"""

import copy
from random import Random

import numpy as np
import torch
from torch.nn import functional as F
from tqdm.auto import tqdm

from .. import measure
from ..explain import explain
from ..worlds import catch
from .keeper import Keeper
from .recipe import Recipe, as_input, tensors

GAMES = 32  # played at once
MEMORY = 6000  # steps
DISCOUNT = 0.9  # gamma: what reward is worth one step later
NUDGE = 0.3  # extra reward in training for a step nearer to the ball (Ng, Harada and Russell, ICML 1999)
UPDATES = 3  # batches learnt after each step of all games
QUIET = 0.1  # price of the last block's mean activation: where there is nothing to see it learns to stay dark
TRIALS = 100  # games that choose the best epoch
COPY_EVERY = 60  # batches after which the targets' network is renewed


def q_learning(recipe, pictures, epochs, seed, device, progress=True):
    """Learn to play by playing; returns the module and the history, as training.fit does.

    `pictures` is how many steps are played in all; an epoch is a share of them, after which TRIALS fresh games are
    played to see how many balls are caught: the history's "score". The best epoch is kept, and Ctrl-C keeps the best
    so far.
    """
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        module = recipe.build().to(device, memory_format=torch.channels_last)
        player = _Player(module, recipe, seed, device)
        rounds = max(1, pictures // GAMES // epochs)
        history = []
        with Keeper(module, epochs, rounds, progress, what="playing", unit="round") as keeper:
            for epoch in range(epochs):
                losses = []
                for i in range(rounds):
                    done = (epoch * rounds + i) / (epochs * rounds)
                    player.step(epsilon=max(0.05, 1 - 2 * done))  # at first it only tries things out
                    losses += player.learn(rate=recipe.rate * min(1.0, 2 * (1 - done)))
                    keeper.step()
                caught = caught_share(module, TRIALS, f"choose {seed}")
                history.append({"loss": float(np.mean(losses or [np.nan])), "score": caught})
                keeper.end_epoch(caught, loss=f"{history[-1]['loss']:.3f}", caught=f"{caught:.2f}")
    return module.eval(), history


class _Player:
    """Thirty-two games at once, the memory of what happened in them, and the learning from it."""

    def __init__(self, module, recipe, seed, device):
        self.module, self.target, self.device, self.batch = module, copy.deepcopy(module).eval(), device, recipe.batch
        self.optimizer = torch.optim.AdamW(module.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
        self.random, self.seed = Random(f"catch/{seed}"), f"train {seed}"
        self.memory, self.learnt, self.games = [], 0, 0
        self.boards = [self._fresh() for _ in range(GAMES)]

    def _fresh(self):
        self.games += 1
        scene = catch.start(f"{self.seed}/{self.games}")
        return scene, _picture(scene)

    def step(self, epsilon):
        """One step of every game, by the largest Q or, with the probability epsilon, by chance."""
        q = scores(self.module, torch.stack([x for _, x in self.boards]), self.device)
        for i, (scene, x) in enumerate(self.boards):
            action = self.random.randrange(3) if self.random.random() < epsilon else int(q[i].argmax())
            following, reward = catch.move(scene, action)
            shaped = reward + NUDGE * (_distance(scene) - _distance(following))
            over = catch.over(following)
            y = x if over else _picture(following)
            self.memory.append((x, action, shaped, y, over))
            self.boards[i] = self._fresh() if over else (following, y)
        del self.memory[:-MEMORY]

    def learn(self, rate):
        """Some batches from memory: Q(x, a) towards r + gamma max Q'(x', .), or towards r if the game was over."""
        losses, last = [], {}
        block = self.module.get_submodule(f"block{self.module.blocks}")
        watching = block.register_forward_hook(lambda _module, _x, A: last.update(A=A))
        for _ in range(UPDATES if len(self.memory) >= 8 * self.batch else 0):
            x, a, r, following, over = zip(*self.random.sample(self.memory, self.batch))
            a, r, over = (torch.tensor(one, device=self.device) for one in (a, r, over))
            ahead = scores(self.target, torch.stack(following), self.device).amax(1)
            wanted = r + DISCOUNT * ahead * ~over
            self.module.train()
            q = self.module(as_input(torch.stack(x), self.device)).gather(1, a[:, None])[:, 0]
            loss = F.smooth_l1_loss(q, wanted) + QUIET * last["A"].mean()
            self.optimizer.param_groups[0]["lr"] = rate
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
            self.learnt += 1
            if self.learnt % COPY_EVERY == 0:
                self.target.load_state_dict(self.module.state_dict())
        watching.remove()
        return losses


def _picture(scene):
    return torch.from_numpy(scene.world.draw(scene._description, False)[0]).permute(2, 0, 1)


def _distance(scene):
    ball, basket = (scene._description["things"][i]["column"] for i in (0, 1))
    return abs(ball - basket)


@torch.no_grad()
def scores(module, x, device):
    """Q [B, 3] of pictures uint8 [B, 3, H, W], in evaluation mode."""
    return module.eval()(as_input(x, device))


def caught_share(module, games, seed):
    """The share of balls that the module catches in fresh games; None for a module plays at random."""
    random = Random(f"{seed} at random")
    boards = [catch.start(f"{seed}/{i}") for i in range(games)]
    for _ in range(catch.BOARD - 1):
        if module is None:
            actions = [random.randrange(3) for _ in boards]
        else:
            device = next(module.parameters()).device
            actions = scores(module, torch.stack([_picture(b) for b in boards]), device).argmax(1).tolist()
        boards, rewards = zip(*(catch.move(board, action) for board, action in zip(boards, actions)))
    return float(np.mean([reward == 1 for reward in rewards]))


# --------------------------------------------------------------------------------------- what is measured


def measure_catch(module, games=500, positions=300, maps=100, seed="measure", progress=False):
    """How well the agent plays, and what it looks at, in games and positions of seeds of their own.

    games      `caught`: the share of balls caught, and `random` that of a player who moves at random
    positions  `best`: the share in which it takes the best action; `ball_moved`: its action changes when the ball is
               put where another action is best; `balloon_moved`: it changes when the balloon is put elsewhere
    maps       of these positions, by two methods at the last block: see `heat_shares`

    Rates have their 95 % interval (Wilson) beside them.
    """
    network = RECIPES["catch"].network(module)
    caught = caught_share(module, games, f"{seed} games"), caught_share(None, games, f"{seed} games")
    found = {"games": games, **_rate("caught", caught[0], games), **_rate("random", caught[1], games)}
    sample, random = catch.sample(positions, f"{seed} positions"), Random(f"catch/{seed}")
    rows = []
    for scene in tqdm(sample, desc="measuring", unit="position", disable=not progress):
        action = _action(network, scene)
        elsewhere = [one for one in _moved(scene, 0) if catch.reachable(one)]
        ball = random.choice([one for one in elsewhere if catch.best(one) != catch.best(scene)])
        balloon = random.choice(_moved(scene, 2))
        changed = (_action(network, ball) != action, _action(network, balloon) != action)
        rows.append((action == catch.best(scene), *changed))
    found["positions"] = positions
    for name, share in zip(("best", "ball_moved", "balloon_moved"), np.mean(rows, axis=0)):
        found |= _rate(name, share, positions)
    heat = {method: heat_shares(network, sample[:maps], method) for method in ("gradcam", "hirescam")}
    return {**found, "maps": maps, "heat": heat}


def advantage(action):
    """A target for maps: by how much this action's Q (its index) is above the mean of all.

    Q itself holds what all actions share, how good the position is; the difference is what chooses (Wang et al.,
    Dueling Network Architectures, ICML 2016, equation 9).
    """
    return lambda q: q[:, action] - q.mean(1)


def heat_shares(network, sample, method="gradcam"):
    """Where the maps of the advantage of the action taken lie, as means over the positions.

    {"blank": how many maps were nowhere positive, thing: {"share": of all heat, "lift": over the share of the area}}
    """
    taken = [network.class_index(_action(network, scene)) for scene in sample]
    maps = [
        explain(network, scene.picture, method=method, target=advantage(action)).heat
        for scene, action in zip(sample, taken)
    ]
    found = {"blank": sum(not heat.any() for heat in maps)}
    for kind in catch.KINDS:
        masks = [scene.mask(kind) for scene in sample]
        found[kind] = {
            "share": _round(np.mean([measure.energy_inside(heat, mask) for heat, mask in zip(maps, masks)])),
            "lift": _round(np.mean([measure.lift(heat, mask) for heat, mask in zip(maps, masks)])),
        }
    return found


def _action(network, scene):
    return network.predict(scene.picture, top=1)[0][0]


def _moved(scene, number):
    """The position with this thing in each other column."""
    here = scene.things[number].attributes["column"]
    return [scene.replace(thing=number, column=column) for column in range(catch.BOARD) if column != here]


def _rate(name, share, n):
    bounds = measure.wilson(round(share * n), n)
    return {name: _round(share), f"{name}_95": [_round(bound) for bound in bounds]}


def _round(value):
    return round(float(value), 4)


def draw(n, seed, watch=iter):
    """Positions and their best actions: (x uint8 [n, 3, 80, 80], y int64 [n]). The agent is not trained on them."""
    sample = catch.sample(n, seed)
    x, _ = tensors(sample, watch)
    return x, torch.tensor([catch.ACTIONS.index(catch.best(scene)) for scene in sample])


RECIPES = {
    "catch": Recipe(
        draw=draw,
        measure=measure_catch,
        labels=catch.ACTIONS,
        size=catch.SIZE,
        about={"name": "catch"},
        architecture={
            "classes": 3,
            "head": "fc",
            "channels": [16, 32, 32, 8],
            "strides": [2, 2, 2, 1],
            "grid": 10,
            "hidden": 48,
            "dropout": 0.0,
        },
        pictures=16_000,
        epochs=6,
        rate=2e-3,
        decay=1e-3,
        mirror=False,
        fit=q_learning,
    ),
}
