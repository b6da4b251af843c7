"""Networks so small that a slip cannot hide: a few random channels on 3 x 4 places, and heads of three kinds.

On a GAP head the gradient is the same at every place, so that many slips change nothing there. Hence also an
earlier layer and a flatten + FC head. A does not come from a ReLU here: some of its values are negative.
"""

import torch
from torch import nn

from .engine import Case

CHANNELS, CLASSES, SIZE, PLACES = 5, 4, (6, 8), (3, 4)


class Toy(nn.Module):
    """A network of two parts, `features` then `head`, with those names of a gl.Network that exercises use.

    `module` is the torch.nn.Module (here: itself), `default_layer` the name of the layer whose map is wanted.
    """

    def __init__(self, head):
        super().__init__()
        self.features = nn.Conv2d(3, CHANNELS, 3, stride=2, padding=1)
        self.head = head
        self.name, self.labels = "toy", [f"class {c}" for c in range(CLASSES)]
        self.layers, self.default_layer = ["features"], "features"

    @property
    def module(self):
        return self

    def forward(self, x):
        return self.head(self.features(x))


def gap():
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(CHANNELS, CLASSES))


def earlier():
    return nn.Sequential(
        nn.Conv2d(CHANNELS, 6, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, CLASSES),
    )


def fully_connected():
    places = PLACES[0] * PLACES[1]
    return nn.Sequential(nn.Flatten(), nn.Linear(CHANNELS * places, 8), nn.ReLU(), nn.Linear(8, CLASSES))


def network(head, seed, pictures=1, rank=-1, sharp=1.0):
    """(net, x [pictures, 3, 6, 8], c): random, the same for the same seed; torch's own random state stays.

    c is the class at place `rank` when the first picture's scores are sorted upwards (-1: the predicted one).
    `sharp` multiplies the scores: a large one makes the network sure of its answer.
    """
    random = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]), torch.inference_mode(False), torch.no_grad():
        net = Toy(head()).eval()
        for p in net.parameters():
            p.copy_(torch.randn(p.shape, generator=random) / max(p[0].numel(), 1) ** 0.5)
        net.head[-1].weight *= sharp
        net.head[-1].bias *= sharp
        x = torch.randn((pictures, 3, *SIZE), generator=random)
        c = int(net(x)[0].argsort()[rank])
    return net, x, c


NETWORKS = (
    Case("a GAP head", lambda: network(gap, seed=4, rank=1)),
    Case("an earlier layer", lambda: network(earlier, seed=1, rank=-2)),
    Case("an FC head that is sure of its answer", lambda: network(fully_connected, seed=3, rank=-1, sharp=8.0)),
    Case("two pictures at once", lambda: network(fully_connected, seed=6, pictures=2, rank=-2), batch=True),
)
