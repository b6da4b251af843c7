"""What a method is: a formula on tensors, and what there is to know about it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .pixels import strength

# What one forward pass, and one backward pass for each target, give for all layers at once.
_SHARED = {"A", "A_read", "dy_dA", "w_c"}
_OF_A_LAYER = {"A", "A_read", "dy_dA", "w_c", "gradients_of", "gradcam", "drops"}


@dataclass(frozen=True)
class Method:
    """A method of explanation.

    `formula` computes the map L [B, h, w], or pixels [B, C, H, W], from what `needs` names, in this order; the names
    are those of `gradcam_lab.running.Case`: "A" [B, K, h, w] the layer's activations, "dy_dA" the gradient of the score
    there, "w_c" [B, K] the class's weights in a linear head, "x" the preprocessed picture, and so on. `cost` counts
    passes through the network: (forward, backward), K the layer's channels, n an option. `options` has the defaults of
    what `explain` takes for it. `one_by_one`: the formula is for one picture, a batch is looped over. `flatten` makes
    a map of signed pixels.
    """

    name: str
    title: str
    family: str
    paper: str
    equation: str
    needs: tuple[str, ...]
    cost: tuple[str, str]
    strengths: str
    limits: str
    formula: Callable
    options: dict = field(default_factory=dict)
    one_by_one: bool = False
    flatten: Callable = strength

    @property
    def has_layer(self):
        """Whether the map is of a layer; else it is of the picture's own pixels."""
        return not _OF_A_LAYER.isdisjoint(self.needs)

    @property
    def shares(self):
        """Whether it is a formula of what a sweep computes anyway."""
        return _SHARED.issuperset(self.needs)

    @property
    def looks_inside(self):
        """Whether it needs more of the network than scores."""
        return self.has_layer or "gradient_of" in self.needs
