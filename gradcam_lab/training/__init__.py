"""Training the bundled networks: each by its recipe, measured on fresh pictures, noted in the manifest.

    gradcam-lab train pets

draws the pictures, trains, measures on fresh pictures, writes data/pets.pt and notes all of it in data/manifest.json.
Training pictures, the pictures that choose the best epoch, and those that measure come from seeds that cannot meet.
A family of networks has a room of its own here, with its recipes and its measure.
"""

import time
from pathlib import Path

import torch

from ..errors import LabError, nearest
from ..networks import pick_device
from ..networks.bundled import data_folder
from ..networks.tuned import load_tuned
from . import capstone, catch, clinic, digits, files, pets, street
from .files import PICTURES, draw_pictures
from .fine_tune import fine_tune
from .recipe import Recipe, fit

__all__ = ["PICTURES", "RECIPES", "Recipe", "draw_pictures", "fine_tune", "fit", "load_tuned", "train"]

RECIPES = {
    name: recipe
    for family in (digits, pets, clinic, street, catch, capstone)
    for name, recipe in family.RECIPES.items()
}


def train(name, out=None, epochs=None, seed=None, pictures=None, device=None, progress=True):
    """Train a bundled network again by its recipe; returns its entry in the manifest.

    `out` is the folder that gets NAME.pt and manifest.json (default: the lab's data folder). `epochs`, `seed` and
    `pictures` default to the recipe's. Ctrl-C stops after the batch and keeps the best epoch so far; before the
    first epoch is over it keeps nothing and leaves the files alone. On the CPU, with as many threads, the same seed
    gives the same network to the bit.
    """
    if name not in RECIPES:
        raise LabError(f"There is no recipe for a network {name!r}; {nearest(name, RECIPES)}")
    recipe = RECIPES[name]
    epochs, pictures = _count("epochs", epochs, recipe.epochs), _count("pictures", pictures, recipe.pictures)
    seed = recipe.seed if seed is None else seed
    device = pick_device(device)

    started = time.perf_counter()
    module, history = (recipe.fit or fit)(recipe, pictures, epochs, seed, device, progress)
    seconds = time.perf_counter() - started

    module = module.cpu()
    entry = {
        "labels": list(recipe.labels),
        "family": recipe.family,
        "architecture": recipe.architecture,
        "input": {"size": recipe.size, "channels": recipe.channels},
        "world": recipe.about,
        "seed": seed,
        "epochs": len(history),
        "pictures": pictures,
        "batch": recipe.batch,
        "seconds": round(seconds),
        "device": device.type,
        "torch": torch.__version__.split("+")[0],
        "measured": recipe.measure(module, progress=progress),
    }
    return files.save(module, name, entry, Path(out or data_folder()))


def _count(what, given, usual):
    if given is None:
        return usual
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise LabError(f"{what} is a whole number, at least 1 (the recipe says {usual}); given was {given!r}.")
    return given
