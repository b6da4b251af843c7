"""The capstone networks: four that score alike on one test set, of which three cheat.

Which of them relies on what is for the learner to find out. So it stands nowhere in plain words: the names are drawn
by lot, the four recipes differ in their training pictures alone, and what was measured is noted in a form that cannot
be read in passing (`seal`). It is no secret either: `interventions` finds it in seconds, and so can the learner.
"""

import base64
import json
from functools import cache, partial
from random import Random

import numpy as np
import torch
from tqdm.auto import tqdm

from .. import measure
from ..explain import explain
from ..networks import Network
from ..worlds import planted
from ..worlds.scene import Sample
from .recipe import Recipe, as_input, tensors

NAMES = ("capstone-a", "capstone-b", "capstone-c", "capstone-d")
_LOTS = dict(zip(NAMES, Random("lots").sample((*planted.PLANTS, None), 4)))


def draw(n, seed, watch=iter, plant=None):
    """Training pictures in which `plant` always agrees with the class, and the others say nothing about it."""
    return tensors(planted.sample(n, seed, **({plant: 1.0} if plant else {})), watch)


def shared_set(n=1000, seed="capstone test"):
    """The test set on which all four score alike: every plant agrees with the class."""
    return planted.sample(n, seed, watermark=1.0, background=1.0, border=1.0)


def changed_sets(sample):
    """{"unchanged": the sample, ("watermark", "removed"): Sample, ("watermark", "swapped"): Sample, ...}.

    For each of planted.PLANTS the pictures without it, and with that of another kind; all else is the same to the
    pixel.
    """
    sets = {"unchanged": sample}
    for plant in planted.PLANTS:
        for how in ("removed", "swapped"):
            scenes = [_changed(scene, i, plant, how) for i, scene in enumerate(sample)]
            sets[plant, how] = Sample(planted.WORLD, [scene._description for scene in scenes])
    return sets


def _changed(scene, i, plant, how):
    others = [kind for kind in planted.KINDS if kind != scene.kinds[0]]
    return scene.replace(**{plant: None if how == "removed" else others[i % len(others)]})


def interventions(network, sets=None):
    """{change: how often the network is right}, for each of the sets (default: 200 pictures of `shared_set`).

    network  a Network of the four kinds, or its module
    sets     as from `changed_sets`; those that were drawn for one network serve the next
    """
    return {change: float(right.mean()) for change, right in _right(network, sets or _usual_sets()).items()}


def relies_on(network, sets=None, fall=0.25):
    """The plant that a network relies on: swapping it costs more than `fall` of accuracy. None if there is none."""
    rate = interventions(network, sets)
    falls = {plant: rate["unchanged"] - rate[plant, "swapped"] for plant in planted.PLANTS}
    plant = max(falls, key=falls.get)
    return plant if falls[plant] > fall else None


@cache
def _usual_sets():
    return changed_sets(shared_set(200))


@torch.no_grad()
def _right(network, sets, watch=iter):
    """{change: bool [n]}: whether the network is right on each picture."""
    module = network.module if isinstance(network, Network) else network
    module, device = module.eval(), next(module.parameters()).device
    found = {}
    for change, sample in sets.items():
        x, y = tensors(sample, watch)
        found[change] = torch.cat([module(as_input(some, device)).argmax(1).cpu() for some in x.split(100)]) == y
    return {change: right.numpy() for change, right in found.items()}


# --------------------------------------------------------------------------------------- what is measured


def measure_capstone(module, name, n=1000, maps=100, seed="capstone test", progress=False):
    """What one of the four can do on the shared test set, and, sealed, what it relies on.

    n      pictures: accuracy, and its fall when a plant is removed or swapped (with 95 % intervals)
    maps   of them for Grad-CAM at the last block for the answer given: the share of the heat, and that share over
           the share of the area, on the animal, each plant and the background
    """
    sample = shared_set(n, seed)
    watch = partial(tqdm, desc="intervening", unit="picture", disable=not progress)
    right = _right(module, changed_sets(sample), watch)
    before = right.pop("unchanged")
    falls = {f"{plant} {how}": _fall(before, after) for (plant, how), after in right.items()}
    heat = heat_shares(RECIPES[name].network(module), sample[:maps])
    return {
        "pictures": n,
        "accuracy": _round(before.mean()),
        "accuracy_95": [_round(bound) for bound in measure.wilson(int(before.sum()), n)],
        "sealed": seal({"relies_on": _LOTS[name], "maps": maps, "heat": heat, "falls": falls}),
    }


def _fall(before, after):
    """The fall of accuracy, with the interval of paired differences."""
    lost = before.astype(float) - after
    return {"fall": _round(lost.mean()), "fall_95": [_round(min(1.0, bound)) for bound in measure.mean_interval(lost)]}


def heat_shares(network, sample):
    """{where: {"share": of all heat, "lift": over the share of the area}}, means over the Grad-CAMs of a sample."""
    found = {}
    for scene in sample:
        e = explain(network, scene.picture)
        where = {"animal": scene.mask(scene.kinds[0]), "background": ~scene.mask()}
        where |= {plant: scene.mask(plant) for plant in ("watermark", "border")}
        for name, mask in where.items():
            shares = measure.energy_inside(e.heat, mask), measure.lift(e.heat, mask)
            found.setdefault(name, []).append(shares)
    means = {name: np.mean(shares, axis=0) for name, shares in found.items()}
    return {name: {"share": _round(share), "lift": _round(lift)} for name, (share, lift) in means.items()}


def seal(found):
    """A dictionary as text that cannot be read in passing."""
    return base64.b64encode(json.dumps(found).encode()).decode()


def unseal(text):
    """What was sealed: what a network relies on, its interventions, its heat."""
    return json.loads(base64.b64decode(text))


def _round(value):
    return round(float(value), 4)


RECIPES = {
    name: Recipe(
        draw=partial(draw, plant=_LOTS[name]),
        measure=partial(measure_capstone, name=name),
        labels=planted.KINDS,
        size=planted.SIZE,
        about={"name": "planted"},
        architecture={
            "classes": len(planted.KINDS),
            "head": "gap",
            "channels": [16, 32, 48, 64, 96],
            "strides": [2, 2, 2, 1, 1],
        },
        pictures=7000,
        epochs=8,
        mirror=False,
    )
    for name in NAMES
}
