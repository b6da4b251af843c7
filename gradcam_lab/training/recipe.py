"""A recipe says how a bundled network is made; `fit` follows it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch.nn import functional as F
from tqdm.auto import tqdm

from ..networks import Network
from ..networks.bundled import FAMILIES, preprocess
from .keeper import Keeper


def cross_entropy(module, x, y, smoothing=0.05):
    """The loss of a classifier; smoothed labels keep the scores, which the maps explain, from growing."""
    return F.cross_entropy(module(x), y, label_smoothing=smoothing)


def accuracy(module, x, y):
    """The share of pictures whose class has the largest score."""
    return (module(x).argmax(1) == y).float().mean().item()


def likelihood(module, x, y, smoothing=0.05):
    """exp(-cross_entropy), the geometric mean of the probability of the (smoothed) labels.

    It tells two epochs apart on fewer pictures than accuracy does, and unlike the mean probability of the true class
    it is largest for a module that is as sure as it should be.
    """
    return (-cross_entropy(module, x, y, smoothing)).exp().item()


@dataclass(frozen=True)
class Recipe:
    """How a bundled network is made, and what is measured on it afterwards.

    draw     draw(n, seed, watch) -> (x uint8 [n, C, H, W], *targets), tensors with n rows; `watch` wraps what is gone
             through meanwhile, as tqdm does
    measure  measure(module, progress=False) -> dict for the manifest, from seeds that no training uses
    loss, score   of (module, x [B, C, H, W] in -1..1, *targets): what training lowers; in 0..1, what chooses an epoch
    """

    draw: Callable
    measure: Callable
    labels: tuple
    size: int
    channels: int = 3
    family: str = "small"  # a name in networks.bundled.FAMILIES
    architecture: dict = field(default_factory=dict)  # keywords of that class
    about: dict = field(default_factory=dict)  # noted in the manifest: the world and its parameters
    pictures: int = 12_000
    epochs: int = 7
    batch: int = 64
    rate: float = 3e-3
    decay: float = 1e-2
    shift: int = 0  # pixels by which training pictures are moved, at most
    mirror: bool = True  # half of the training pictures are mirrored
    seed: int = 1
    loss: Callable = cross_entropy
    score: Callable = accuracy
    fit: Callable = None  # another way to train than `fit` below, with its arguments and results

    def build(self):
        """A fresh module, its weights random."""
        return FAMILIES[self.family](**self.architecture)

    def network(self, module):
        """A module of this recipe as a Network."""
        return Network(module.eval(), list(self.labels), preprocess(self.size, self.channels))


def fit(recipe, pictures, epochs, seed, device, progress=True):
    """Train a fresh module on freshly drawn pictures; returns it and what was done, epoch by epoch.

    The module has the weights of its best epoch, by `recipe.score` on pictures of their own. The history is a list of
    {"loss": mean over the epoch's batches, "score": of those pictures}. Ctrl-C ends the training after the batch and
    keeps the best epoch so far; before the first epoch is over it is passed on. AdamW with one cycle of the learning
    rate (Smith and Topin, Super-Convergence, arXiv 1708.07120). On the CPU, with as many threads, the same seed gives
    the same weights to the bit; the caller's random numbers stay as they are.
    """

    def watch(scenes):
        return tqdm(scenes, desc="drawing", unit="picture", disable=not progress)

    x, *targets = recipe.draw(pictures, f"train {seed}", watch)
    chosen = recipe.draw(max(60, pictures // 20), f"choose {seed}", iter)
    batches = -(-len(x) // recipe.batch)
    order = torch.Generator().manual_seed(seed)
    history = []
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        module = recipe.build().to(device, memory_format=torch.channels_last)
        optimizer = torch.optim.AdamW(module.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, max(6, epochs * batches), pct_start=0.2)
        with Keeper(module, epochs, batches, progress) as keeper:
            for _ in range(epochs):
                module.train()
                total = 0.0
                for rows in torch.randperm(len(x), generator=order).split(recipe.batch):
                    seen = as_input(augment(x[rows], recipe.shift, recipe.mirror, order), device)
                    loss = recipe.loss(module, seen, *(t[rows].to(device) for t in targets))
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    schedule.step()
                    total += loss.item() * len(rows)
                    keeper.step()
                right = score(recipe.score, module, chosen, device)
                history.append({"loss": total / len(x), "score": right})
                keeper.end_epoch(right, loss=f"{total / len(x):.3f}", score=f"{right:.3f}")
    return module.eval(), history


def augment(x, shift, mirror, generator):
    """A batch uint8 [B, C, H, W] with half of its pictures mirrored and all moved by up to `shift` pixels."""
    if mirror:
        mirrored = torch.rand(len(x), generator=generator) < 0.5
        x = torch.where(mirrored[:, None, None, None], x.flip(3), x)
    if not shift:
        return x
    height, width = x.shape[2:]
    x = F.pad(x.float(), (shift,) * 4, mode="reflect")
    down, right = torch.randint(0, 2 * shift + 1, (2, len(x)), generator=generator).tolist()
    return torch.stack([one[:, i : i + height, j : j + width] for one, i, j in zip(x, down, right)])


@torch.no_grad()
def score(of, module, drawn, device, batch=250):
    """The mean over drawn pictures of `of(module, x, *targets)`, such as accuracy, weighted by the batches' sizes."""
    module.eval()
    x, *targets = drawn
    total = 0.0
    for start in range(0, len(x), batch):
        rows = slice(start, start + batch)
        seen = as_input(x[rows], device)
        total += of(module, seen, *(t[rows].to(device) for t in targets)) * len(seen)
    return total / len(x)


def as_input(x, device):
    """uint8 [B, C, H, W] as a bundled network wants it: (x / 255 - 0.5) / 0.5."""
    return x.to(device).float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)


def tensors(sample, watch=iter):
    """(x uint8 [n, C, H, W], y int64 [n]) of a drawn sample."""
    x = torch.from_numpy(sample.draw(watch))
    return x[:, None] if x.ndim == 3 else x.permute(0, 3, 1, 2), torch.from_numpy(sample.y)
