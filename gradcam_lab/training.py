"""Training the bundled networks: a table of recipes, one function that follows them, and what is measured afterwards.

    gradcam-lab train pets

draws the pictures, trains, measures on fresh pictures, writes data/pets.pt and notes all of it in data/manifest.json.
Training pictures, the pictures that choose the best epoch, and those that measure come from seeds that cannot meet.
"""

import hashlib
import io
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage
from torch.nn import functional as F
from tqdm.auto import tqdm

from . import measure, worlds
from .errors import LabError, nearest
from .explain import explain
from .networks import Network, pick_device
from .networks.bundled import data_folder
from .networks.small import SmallNet
from .networks.view import preset

HALF = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}


@dataclass(frozen=True)
class Recipe:
    """How a bundled network is made."""

    world: str
    architecture: dict  # keyword arguments of SmallNet, but for `classes`
    parameters: dict = field(default_factory=dict)  # of the world's sample()
    pictures: int = 12_000
    epochs: int = 7
    batch: int = 64
    rate: float = 3e-3
    decay: float = 1e-2
    shift: int = 0  # pixels by which training pictures are moved, at most
    seed: int = 1


RECIPES = {
    "pets": Recipe("pets", {"head": "gap", "channels": [16, 32, 64, 96, 128, 128], "strides": [2, 2, 1, 2, 1, 1]}),
    "pets-fc": Recipe(
        "pets",
        {
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

PICTURES = {  # the example pictures, and how they are drawn
    "cat_and_dog": {
        "world": "pets",
        "seed": "example",
        "index": 21,
        "things": ["cat", "dog"],
        "fixed": {"place": "meadow", "palette": "spring", "eyes": "open"},
    },
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
    out, device = Path(out or data_folder()), pick_device(device)
    world = getattr(worlds, recipe.world)

    started = time.perf_counter()
    drawn = world.sample(pictures, seed=f"train {seed}", **recipe.parameters)
    drawn.draw(lambda scenes: tqdm(scenes, desc="drawing", unit="picture", disable=not progress))
    chosen = world.sample(max(60, pictures // 20), seed=f"choose {seed}", **recipe.parameters)
    architecture = {"classes": len(world.KINDS), **recipe.architecture}
    module, done = fit(architecture, drawn, chosen, recipe, epochs, seed, device, progress)
    seconds = time.perf_counter() - started

    module = module.cpu()
    entry = {
        "labels": list(world.KINDS),
        "architecture": architecture,
        "input": {"size": world.SIZE, "channels": 3, **HALF},
        "world": {"name": recipe.world, **recipe.parameters},
        "seed": seed,
        "epochs": done,
        "pictures": pictures,
        "batch": recipe.batch,
        "seconds": round(seconds),
        "device": device.type,
        "torch": torch.__version__.split("+")[0],
        "measured": MEASURE[recipe.world](module, progress=progress),
    }
    return _save(module, name, entry, out)


def _count(what, given, usual):
    if given is None:
        return usual
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise LabError(f"{what} is a whole number, at least 1 (the recipe says {usual}); given was {given!r}.")
    return given


def fit(architecture, drawn, chosen, recipe, epochs, seed, device, progress=True):
    """Train a fresh SmallNet; returns it with the weights of its best epoch, and the number of epochs done.

    AdamW with one cycle of the learning rate (Smith and Topin, Super-Convergence, arXiv 1708.07120), labels smoothed
    by 0.05, half of the pictures mirrored.
    """
    x, y = _tensor(drawn.x), torch.from_numpy(drawn.y)
    batches = -(-len(x) // recipe.batch)
    order = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        module = SmallNet(**architecture).to(device, memory_format=torch.channels_last)
        optimizer = torch.optim.AdamW(module.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, epochs * batches, pct_start=0.2)
        best, best_right, done = None, -1.0, 0
        bar = tqdm(total=epochs * batches, desc="training", unit="batch", disable=not progress)
        try:
            for epoch in range(epochs):
                module.train()
                for rows in torch.randperm(len(x), generator=order).split(recipe.batch):
                    scores = module(_as_input(augment(x[rows], recipe.shift, order), device))
                    loss = F.cross_entropy(scores, y[rows].to(device), label_smoothing=0.05)
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    schedule.step()
                    bar.update()
                done, right = epoch + 1, accuracy(module, chosen)
                if right >= best_right:
                    best_right = right
                    best = {key: value.detach().clone() for key, value in module.state_dict().items()}
                bar.set_postfix(epoch=done, loss=f"{loss.item():.3f}", right=f"{right:.3f}")
        except KeyboardInterrupt:
            if best is None:
                raise
            if progress:
                tqdm.write(f"Stopped after {done} of {epochs} epochs; the best so far is kept.")
        finally:
            bar.close()
    module.load_state_dict(best)
    return module.eval(), done


def augment(x, shift, generator):
    """A batch uint8 [B, C, H, W] with half of the pictures mirrored and all of them moved by up to `shift` pixels."""
    mirrored = torch.rand(len(x), generator=generator) < 0.5
    x = torch.where(mirrored[:, None, None, None], x.flip(3), x)
    if not shift:
        return x
    height, width = x.shape[2:]
    x = F.pad(x.float(), (shift,) * 4, mode="reflect")
    down, right = torch.randint(0, 2 * shift + 1, (2, len(x)), generator=generator).tolist()
    return torch.stack([one[:, i : i + height, j : j + width] for one, i, j in zip(x, down, right)])


@torch.no_grad()
def accuracy(module, sample, batch=250):
    """The share of a sample's pictures whose first thing is the predicted class."""
    module.eval()
    device = next(module.parameters()).device
    right = 0
    for start in range(0, len(sample), batch):
        scores = module(_as_input(_tensor(sample.x[start : start + batch]), device))
        right += (scores.argmax(1).cpu() == torch.from_numpy(sample.y[start : start + batch])).sum().item()
    return right / len(sample)


def _tensor(pixels):
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


def _as_input(x, device):
    """uint8 [B, C, H, W] as the network wants it: (x / 255 - 0.5) / 0.5."""
    return x.to(device).float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)


# --------------------------------------------------------------------------------------- what is measured


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
    network = Network(module, labels=list(pets.KINDS), preprocess=preset(pets.SIZE, **HALF), name="pets")
    ones = pets.sample(singles, seed=f"{seed} singles")
    predicted = [
        network.predict(scene.picture, top=1)[0][0] == scene.kinds[0]
        for scene in tqdm(ones, desc="measuring", unit="picture", disable=not progress)
    ]

    rows = []
    for scene in tqdm(pets.sample(pairs, seed=f"{seed} pairs", things=2), desc="pointing", disable=not progress):
        first, second = scene.things
        for e, own, other in zip(
            explain(network, [scene.picture] * 2, target=scene.kinds), (first, second), (second, first)
        ):
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


MEASURE = {"pets": measure_pets}


def _round(value):
    return round(float(value), 4)


# ------------------------------------------------------------------------------------------------- files


def _save(module, name, entry, out):
    """Write the weights and note them in the manifest; returns the entry, with file, hash and size."""
    buffer = io.BytesIO()
    torch.save({key: value.cpu().contiguous() for key, value in module.state_dict().items()}, buffer)
    return _bundle("networks", name, f"{name}.pt", buffer.getvalue(), entry, out)


def draw_pictures(out=None):
    """Draw the bundled example pictures again; returns their entries in the manifest."""
    entries = {}
    for name, drawn in PICTURES.items():
        world, buffer = getattr(worlds, drawn["world"]), io.BytesIO()
        scene = world.sample(drawn["index"] + 1, drawn["seed"], drawn["things"], **drawn["fixed"])[drawn["index"]]
        scene.picture.save(buffer, "PNG", optimize=True)
        entry = {"drawn": drawn}
        file = f"pictures/{name}.png"
        entries[name] = _bundle("pictures", name, file, buffer.getvalue(), entry, Path(out or data_folder()))
    return entries


def _bundle(room, name, file, content, entry, out):
    """Write a file of the data folder and its entry in the manifest, each at a stroke."""
    entry = {"file": file, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), **entry}
    path = out / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"networks": {}, "pictures": {}}
    manifest[room][name] = entry
    _write(out / file, content)
    _write(path, (json.dumps(manifest, indent=2) + "\n").encode())
    return entry


def _write(path, content):
    """Write a file so that whoever reads it meanwhile sees the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        passing.write_bytes(content)
        os.replace(passing, path)
    finally:
        passing.unlink(missing_ok=True)
