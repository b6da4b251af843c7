"""The identity card of a layer: which methods must give one and the same map there, why, and the line that shows it.

A method slider that changes nothing is not broken if there is a reason. The reason is found in the network's own
numbers (is the gradient the same at every place? is its mean the head's weights?), never in the name of its class.
"""

import inspect
from collections.abc import Callable
from typing import NamedTuple

import torch

from .errors import LabError
from .explain import as_network, explain, see
from .networks.head import linear_head
from .trace import trace


class Identity(NamedTuple):
    """Methods that are one map at a layer, up to a constant factor; `shows(L, c)` asserts it.

    `L(method, target)` gives the map of a method for a target, `c` is a class index; `code` is that function's text.
    """

    methods: tuple[str, ...]
    why: str
    shows: Callable

    @property
    def code(self):
        return inspect.getsource(self.shows)

    def holds(self, network, picture, layer, c):
        """Whether the assertion is true of this network, picture, layer and class."""
        try:
            self.shows(lambda method, target: explain(network, picture, method, layer, target).map, c)
        except AssertionError:
            return False
        return True


def gradient_constant_over_space(L, c):
    cam = L("cam", c)
    for method in ("gradcam", "hirescam", "xgradcam"):
        assert same(L(method, c).relu(), cam.relu() / cam.numel())


def mean_gradient_is_the_weight(L, c):
    cam = L("cam", c)
    assert same(L("gradcam", c), cam.relu() / cam.numel())


def negated_score(L, c):
    assert same(L("counterfactual", c), L("gradcam", lambda y: -y[:, c]))


def same(a, b):
    return torch.allclose(a, b, rtol=1e-4, atol=1e-5 * float(b.abs().max()))


_CONSTANT = Identity(
    ("cam", "gradcam", "hirescam", "xgradcam"),
    "behind {layer} there is only average pooling and one linear layer: the gradient is the same at every place, so "
    "these methods differ by the constant factor 1/(h w) at most",
    gradient_constant_over_space,
)
_WEIGHTS = Identity(
    ("cam", "gradcam"),
    "behind {layer} there is only pooling and one linear layer: each channel's mean gradient is its weight there times "
    "one common factor",
    mean_gradient_is_the_weight,
)
_NEGATED = Identity(
    ("counterfactual", "gradcam"),
    "the counterfactual map of y is the Grad-CAM map of -y, at {layer} as anywhere",
    negated_score,
)


def identity_card(network, picture, layer=None):
    """The `Identity`s of a layer, each tested on `picture` before it is given; the default layer if none is named.

    Raises LabError, as `explain` does, for a layer or a picture that cannot be.
    """
    network = as_network(network)
    x = network.to_input(see(network, picture).x[None])
    layer = network.layer_name(layer)
    found = [*_of_the_head(network, x, layer), _NEGATED]
    c = explain(network, picture, layer=layer).target
    card = [i._replace(why=i.why.format(layer=layer)) for i in found]
    for identity in card:
        if not identity.holds(network, picture, layer, c):
            raise LabError(
                f"At {layer} of {network.name} {identity.shows.__name__} should hold, and does not on this picture."
            )
    return card


def _of_the_head(network, x, layer):
    with trace(network.module, x, [layer]) as run:
        head = linear_head(network.module, network.as_map(layer, run.A[layer], x.shape[2:]).detach(), run.y.detach())
        if head is None:
            return []
        c = int(run.y[0].argmax())
        g = network.as_map(layer, run.dy_dA(run.y[:, c])[layer], x.shape[2:])
    places, w, scale = g.shape[2] * g.shape[3], head.w[c], float(g.abs().max())
    if scale == 0 or float((g.mean((2, 3)) * places - w).abs().max()) > 1e-4 * float(w.abs().max()):
        return []
    varies = float((g - g.mean((2, 3), keepdim=True)).abs().max()) > 1e-5 * scale
    return [_WEIGHTS if varies else _CONSTANT]
