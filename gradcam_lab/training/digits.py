"""The digits networks: three convolutions with max pooling, the same without, and the same read by its maximum.

    network, history = gl.training.digits.quick()        # in memory, in seconds

`digits` has max pooling between its convolutions, as usual on MNIST, but none behind the third: 28 x 28 becomes 14 x 14
and 7 x 7, and 3 x 3 would be too coarse to point at a stroke. `digits-nopool` has the same convolutions and no pooling:
its map is as fine as the picture, but each point of it has seen 11 x 11 pixels, not 24 x 24. `digits-gmp` is `digits`
with global max pooling in the head: each channel counts at its strongest point alone.
"""

import numpy as np
import torch
from tqdm.auto import tqdm

from .. import measure, worlds
from ..errors import LabError, nearest
from ..explain import explain
from ..networks import pick_device
from ..progress import chunks
from ..worlds import checks
from .recipe import Recipe, accuracy, fit, score, tensors

KINDS, SIZE = worlds.digits.KINDS, worlds.digits.SIZE


def draw(n, seed, watch=iter):
    """(x uint8 [n, 1, 28, 28], y int64 [n])."""
    return tensors(worlds.digits.sample(n, seed), watch)


def quick(name="digits", pictures=6000, epochs=5, seed=1, device=None, progress=True):
    """Train a digits network in memory, nothing is written: (Network, history), history as `training.fit` gives it.

    With these defaults it takes seconds on two cores; the bundled ones saw more pictures, more often.
    """
    if name not in RECIPES:
        raise LabError(f"There is no recipe for a digits network {name!r}; {nearest(name, RECIPES)}")
    recipe = RECIPES[name]
    epochs = checks.whole("epochs", epochs, 1, 1000)
    module, history = fit(recipe, pictures, epochs, seed, pick_device(device), progress)
    return recipe.network(module.cpu()), history


def measure_digits(module, seed="measure", pictures=3000, maps=500, progress=False):
    """What a digits network can do, on pictures drawn from a seed of their own.

    pictures  accuracy, with its 95 % interval (Wilson)
    maps      CAM of the true class, for as many pictures; means with 95 % intervals (Student's t). `stroke_covered`:
              the share of the stroke on which the heat is at least half of its maximum (Zhou et al., CVPR 2016, say
              of average against max pooling that it finds the extent of the thing); `hot_area`: the share of the whole
              picture on which it is, so what a stroke that lay anywhere would score; `energy_inside`: the share of all
              heat on the stroke; `pointing`: how often the peak lies on it (Wilson)

    `module` takes [B, 1, 28, 28] in -1..1 and returns scores of the ten digits; it is left as it was.
    """
    right = score(accuracy, module, draw(pictures, f"{seed} accuracy"), torch.device("cpu"))
    network, rows = RECIPES["digits"].network(module), []
    drawn = worlds.digits.sample(maps, f"{seed} maps")
    for some in tqdm(chunks(maps, 50), desc="measuring", disable=not progress):
        scenes = [drawn[i] for i in some]
        explained = explain(network, scenes, "cam", target=[scene.kinds[0] for scene in scenes])
        for scene, e in zip(scenes, explained):
            stroke, hot = scene.mask(), e.heat >= 0.5
            rows.append(
                {
                    "stroke_covered": hot[stroke].mean(),
                    "hot_area": hot.mean(),
                    "energy_inside": measure.energy_inside(e.heat, stroke),
                    "pointing": measure.pointing_game(e.heat, stroke),
                }
            )
    pointed = sum(row.pop("pointing") for row in rows)
    return {
        "pictures": pictures,
        **_rate("accuracy", round(right * pictures), pictures),
        "maps": maps,
        **_rate("pointing", pointed, maps),
        **{key: value for name in rows[0] for key, value in _mean(name, [float(row[name]) for row in rows]).items()},
    }


def _rate(name, k, n):
    return {name: round(k / n, 4), f"{name}_interval": [round(end, 4) for end in measure.wilson(k, n)]}


def _mean(name, values):
    interval = measure.mean_interval(values)
    return {name: round(float(np.mean(values)), 4), f"{name}_interval": [round(end, 4) for end in interval]}


_SHARED = {
    "draw": draw,
    "measure": measure_digits,
    "labels": KINDS,
    "size": SIZE,
    "channels": 1,
    "about": {"name": "digits"},
    "rate": 1e-2,
    "mirror": False,
}
_THREE = {
    "classes": 10,
    "colours": 1,
    "channels": [16, 32, 64],
    "strides": [1, 1, 1],
    "kernels": [5, 5, 3],
}

_LONG, _SHORT = {"pictures": 20_000, "epochs": 10}, {"pictures": 12_000, "epochs": 8}

RECIPES = {
    "digits": Recipe(**_SHARED, **_LONG, architecture={**_THREE, "head": "gap", "pools": [1, 2, 2]}),
    "digits-nopool": Recipe(**_SHARED, **_SHORT, architecture={**_THREE, "head": "gap"}),
    "digits-gmp": Recipe(**_SHARED, **_LONG, architecture={**_THREE, "head": "gmp", "pools": [1, 2, 2]}),
}
