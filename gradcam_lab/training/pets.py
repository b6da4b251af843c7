"""The pets networks: one whose head CAM can read, one whose head it cannot."""

import numpy as np
from scipy import ndimage
from tqdm.auto import tqdm

from .. import measure, worlds
from ..explain import explain
from .recipe import Recipe, tensors

KINDS, SIZE = worlds.pets.KINDS, worlds.pets.SIZE


def draw(n, seed, watch=iter):
    """Single animals: (x uint8 [n, 3, 128, 128], y int64 [n])."""
    return tensors(worlds.pets.sample(n, seed), watch)


def measure_pets(module, seed="measure", singles=1000, pairs=300, trios=150, progress=False):
    """What a pets network can do, on pictures drawn from a seed of their own.

    singles  scenes with one animal: accuracy
    pairs    scenes with animals of two kinds: Grad-CAM at the last block for each of the two. `pointing`: its peak
             lies on an animal of that kind or at most 4 pixels (half a cell of the map) away; `pointing_strict`: on
             it; `random_point` and `random_point_strict`: what a uniformly random point scores; `on_the_other`: the
             peak lies on the other animal; `own_share`: of the heat on both animals the share on the right one;
             `energy_inside`: of all heat the share on it
    trios    scenes with three animals of one kind: `instances_found`, whose own maximum is at least half of the map's

    `module` takes [B, 3, 128, 128] in -1..1 and returns scores of the six kinds; it is left as it was.
    """
    pets = worlds.pets
    network = RECIPES["pets"].network(module)
    ones = pets.sample(singles, seed=f"{seed} singles")
    predicted = [
        network.predict(scene.picture, top=1)[0][0] == scene.kinds[0]
        for scene in tqdm(ones, desc="measuring", unit="picture", disable=not progress)
    ]

    rows = []
    for scene in tqdm(pets.sample(pairs, seed=f"{seed} pairs", things=2), desc="pointing", disable=not progress):
        first, second = scene.things
        explained = explain(network, [scene.picture] * 2, target=scene.kinds)
        for e, own, other in zip(explained, (first, second), (second, first)):
            at_own, at_other = e.heat[own.mask].sum(), e.heat[other.mask].sum()
            rows.append(
                {
                    "pointing": measure.pointing_game(e.heat, own.mask, tolerance=4),
                    "pointing_strict": measure.pointing_game(e.heat, own.mask),
                    "random_point": (ndimage.distance_transform_edt(~own.mask) <= 4).mean(),
                    "random_point_strict": own.mask.mean(),
                    "on_the_other": measure.pointing_game(e.heat, other.mask & ~own.mask),
                    "own_share": at_own / max(at_own + at_other, 1e-9),
                    "energy_inside": measure.energy_inside(e.heat, own.mask),
                }
            )

    found = []
    for scene in pets.sample(trios, seed=f"{seed} trios", things=3, alike=True):
        e = explain(network, scene.picture, target=scene.kinds[0])
        found.append(measure.instances_found(e.heat, [thing.mask for thing in scene.things]))
    return {
        "singles": singles,
        "accuracy": _round(np.mean(predicted)),
        "pairs": pairs,
        "maps": len(rows),
        **{key: _round(np.mean([row[key] for row in rows])) for key in rows[0]},
        "trios": trios,
        "instances_found": _round(np.mean(found)),
    }


def _round(value):
    return round(float(value), 4)


_SHARED = {
    "draw": draw,
    "measure": measure_pets,
    "labels": KINDS,
    "size": SIZE,
    "about": {"name": "pets"},
}

RECIPES = {
    "pets": Recipe(
        **_SHARED,
        architecture={
            "classes": 6,
            "head": "gap",
            "channels": [16, 32, 64, 96, 128, 128],
            "strides": [2, 2, 1, 2, 1, 1],
        },
    ),
    "pets-fc": Recipe(
        **_SHARED,
        architecture={
            "classes": 6,
            "head": "fc",
            "channels": [16, 32, 64, 96, 128, 64],
            "strides": [2, 2, 1, 2, 1, 1],
            "hidden": 64,
            "grid": 4,
            "dropout": 0.3,
        },
        epochs=10,
        shift=16,
    ),
}
