"""What comes out: an `Explanation` is one map and what it is a map of, an `Atlas` all maps of one picture."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from PIL import Image

from . import render
from .errors import LabError, nearest
from .methods import METHODS
from .networks.network import Network
from .pictures import picture_of


@dataclass(frozen=True, eq=False)
class Explanation:
    """A map, and what it is a map of.

    `map` is L as the formula gives it, not normalised, on the CPU, float32 (float64 of a float64 network): [h, w] at
    the layer's resolution, or [H, W] at the input's for methods without a layer. `pixels` [C, H, W], signed, where the
    method explains pixels. `target` is the class index (None for a callable), `score` the logit (or the callable's
    value), `probability` its softmax; `view` the part of the picture that the network saw; `remarks` what the run had
    to say.
    """

    source: Image.Image | torch.Tensor
    view: tuple
    map: torch.Tensor
    method: str
    network: str
    layer: str | None
    target: int | None
    label: str
    score: float
    probability: float | None
    remarks: str = ""
    pixels: torch.Tensor | None = None

    @cached_property
    def picture(self):
        """The picture that the map lies on, as PIL; of a tensor, its range as black to white."""
        return picture_of(self.source) if isinstance(self.source, torch.Tensor) else self.source

    @property
    def shown(self):
        """What is drawn of the map: pixel methods show how much a pixel matters, whatever the sign."""
        return self.map if self.pixels is None else self.map.abs()

    @cached_property
    def heat(self):
        """The map laid on the picture: float32 [height, width] from 0 to 1, 0 where the network saw nothing."""
        return render.lay(self.shown, self.view, self.picture.size)

    @cached_property
    def bytes(self):
        """The map as unsigned bytes [h, w]: what every picture of it is drawn from."""
        return render.to_bytes(self.shown)

    @property
    def note(self):
        """What a reader should know: why the map is blank, where it is, and what the run had to say."""
        return f"{self._why_blank()} {self.remarks}".strip()

    def _why_blank(self):
        blank = render.is_blank(self.shown)
        if blank == "not finite":
            return "The map is blank: it holds values that are not finite, so its gradient or its sums are not defined."
        if blank == "flat" and self.shown.any():
            return "The map is blank: it has the same value everywhere."
        if blank == "flat":
            return "The map is blank: it is 0 everywhere, so nothing here speaks for this target."
        if blank:
            return "The map is blank: it is nowhere positive, so nothing here speaks for this target."
        if self.shown.min() < 0 and not self.heat.any():
            return (
                "The map is blank: it is positive at so few places that nothing is left when it is laid on the picture."
            )
        return ""

    @property
    def peak(self):
        """(x, y) of the hottest pixel of the picture; None where the map is blank."""
        if not self.heat.any():
            return None
        y, x = np.unravel_index(self.heat.argmax(), self.heat.shape)
        return int(x), int(y)

    def overlay(self, opacity=0.5, colours="magma"):
        """The picture with the map over it; what the network did not see is dimmed. A PIL picture."""
        return render.blend(self.picture, self.bytes, self.view, opacity, colours)

    def __repr__(self):
        where = f" at {self.layer}" if self.layer else ""
        sure = "" if self.probability is None else f", p = {self.probability:.3f}"
        return f"<{METHODS[self.method].title} of {self.label!r}{where} of {self.network}{sure}>"

    def _repr_png_(self):
        return render.fit(self.overlay(), max(320, *self.picture.size))._repr_png_()


@dataclass
class Atlas:
    """All maps of one picture: atlas[method, layer, target] is an `Explanation`; the target an index or a label.

    `missing` says for (method, layer) why there is no such map. Methods without a layer stand at every layer.
    """

    network: Network
    methods: list
    layers: list
    targets: list
    maps: dict = field(default_factory=dict)
    missing: dict = field(default_factory=dict)

    def __getitem__(self, key):
        try:
            method, layer, target = key
        except (TypeError, ValueError):
            raise LabError(f"An atlas is asked for [method, layer, target]; given was {key!r}.") from None
        layer, target = self.network.layer_name(layer), self.network.class_index(target)
        if (method, layer) in self.missing:
            raise LabError(self.missing[method, layer])
        for given, names in ((method, self.methods), (layer, self.layers), (target, self.targets)):
            if given not in names:
                raise LabError(f"This atlas holds nothing for {given!r}; {nearest(given, names)}")
        return self.maps[method, layer, target]

    def __iter__(self):
        return iter(self.maps.values())

    def __len__(self):
        return len(self.maps)
