"""A network to look into: a torch.nn.Module with its class names, its preprocessing and its layers."""

import operator
from functools import cached_property

import torch
from PIL import Image
from torch import nn

from ..errors import LabError, nearest
from ..pictures import load_picture
from ..trace import lock_of, run_on, untouched
from .layers import as_map, find_layers
from .view import default_preprocess, view_of


class Network:
    """Anyone's torch.nn.Module, ready to be explained; the module itself is never changed.

    `module` takes x [B, C, H, W] and gives scores [B, n], before softmax. `labels` are its n class names ("class 0",
    ... if none are given). `preprocess` makes a tensor [C, H, W] of a PIL picture, as the module wants it;
    torchvision's presets and transforms are understood, other functions are taken to see the whole picture. Without
    one, the picture is scaled to 224 x 224 and normalised as for ImageNet. `layers` names the layers to offer, shallow
    to deep; without them they are found by running the module once.
    """

    def __init__(self, module, labels=None, preprocess=None, layers=None, *, name=None):
        if not isinstance(module, nn.Module):
            raise LabError(f"A Network wraps a torch.nn.Module; given was a {type(module).__name__}.")
        self.module = module
        self.name = name or type(module).__name__
        self._preprocess = preprocess or default_preprocess(module)
        self._labels = None if labels is None else [str(label) for label in labels]
        self._layers = None if layers is None else [self.layer_name(layer) for layer in layers]
        self._example = None

    def __repr__(self):
        return f"Network({self.name!r}, {len(self.labels)} classes, {len(self.layers)} layers, on {self.device})"

    @property
    def lock(self):
        """Held while the module runs: two threads may explain with it at once."""
        return lock_of(self.module)

    @property
    def device(self):
        """Where the module's parameters lie."""
        return next((p.device for p in self.module.parameters()), torch.device("cpu"))

    @property
    def dtype(self):
        """The floating-point type of the module's parameters."""
        floats = (p.dtype for p in self.module.parameters() if p.is_floating_point())
        return next(floats, torch.float32)

    @cached_property
    def labels(self):
        """Class names, one for each score."""
        return self._labels or [f"class {i}" for i in range(self.forward(self._input()).shape[1])]

    @cached_property
    def layers(self):
        """Names of the layers worth a map, shallow to deep."""
        found = self._layers or find_layers(self.module, self._input())
        if not found:
            raise LabError(f"{self.name} has no layer whose output still has places, so no map can be made of it.")
        return found

    @property
    def default_layer(self):
        """The deepest layer that is still a map: what the global pooling, or the flattening, reads."""
        return self.layers[-1]

    def preprocess(self, picture):
        """The picture as the module wants it: [C, H, W]."""
        x = self._preprocess(load_picture(picture))
        if not isinstance(x, torch.Tensor) or x.ndim != 3:
            raise LabError(f"preprocess of {self.name} must give a tensor [C, H, W]; it gave {_shape(x)}.")
        return x

    def view(self, picture):
        """(left, top, right, bottom): the part of the picture that the module sees, half-open, in its pixels."""
        return view_of(self._preprocess, load_picture(picture).size)

    def forward(self, x):
        """Scores [B, n] of x [B, C, H, W], in evaluation mode and without a graph."""
        with untouched(self.module), torch.no_grad():
            return run_on(self.module, self.to_input(x))

    def predict(self, picture, top=5):
        """The `top` most probable classes: [(label, probability, index), ...], the most probable first."""
        y = self.forward(self.preprocess(picture)[None])[0]
        if len(y) != len(self.labels):
            raise LabError(f"{self.name} gives {len(y)} scores, but {len(self.labels)} labels were given.")
        probability, index = y.softmax(0).topk(min(top, len(y)))
        return [(self.labels[i], p, i) for p, i in zip(probability.tolist(), index.tolist(), strict=True)]

    def asked(self, sentence):
        """A Network of the picture alone whose scores are those of the answers to a question about it.

        `net.asked("what colour is the hydrant?")`; of a network that writes captions, "a red hydrant with a" gives the
        scores of the next word. Everything that takes a Network takes it. Raises LabError for a word that it cannot
        read, and for a network that cannot be asked.
        """
        with self.lock:
            module = self._speaking("asked")(sentence)
        return Network(module, self._labels, self._preprocess, name=f"{self.name}({sentence!r})")

    def saying(self, caption):
        """A Network of the picture alone whose one score is the log-probability of a whole caption."""
        with self.lock:
            module = self._speaking("saying", says=True)(caption)
        return Network(module, [caption], self._preprocess, name=f"{self.name}({caption!r})")

    def caption(self, picture):
        """What a network that writes captions says of a picture: always the most probable next word."""
        say, x = self._speaking("caption", says=True), self.to_input(self.preprocess(picture)[None])
        with untouched(self.module), torch.no_grad():
            return " ".join(self.labels[word] for word in say(x)).removesuffix(" .")

    @property
    def questions(self):
        """The questions that the network was trained on; () for one that cannot be asked."""
        return getattr(self.module, "questions", ())

    def _speaking(self, name, says=False):
        """A method of the module, or a LabError that names the networks that have it."""
        if not hasattr(self.module, name) or says > getattr(self.module, "says", False):
            what = "writes no captions; 'street-caption' does" if says else "cannot be asked; 'street-vqa' can"
            raise LabError(f"{self.name} {what}.")
        return getattr(self.module, name)

    def to_input(self, x):
        """x on the module's device and in its type."""
        return x.to(self.device, self.dtype)

    def layer_name(self, layer):
        """The dotted name of `layer`: a name, a module inside the network, or None for the default layer."""
        if layer is None:
            return self.default_layer
        if isinstance(layer, nn.Module):
            name = next((name for name, module in self.module.named_modules() if module is layer), "")
            if not name:
                raise LabError(f"The layer given ({type(layer).__name__}) is not a part of {self.name}.")
            return name
        try:
            if layer and isinstance(self.module.get_submodule(layer), nn.Module):
                return layer
        except (AttributeError, TypeError):
            pass
        names = [name for name, _ in self.module.named_modules() if name]
        hint = nearest(layer, names) if isinstance(layer, str) else "a layer is a name or a module."
        raise LabError(f"{self.name} has no layer {layer!r}; {hint}")

    def class_index(self, target):
        """The index of a class given by its index or its label (in any case)."""
        n = len(self.labels)
        if isinstance(target, str):
            found = [i for i, label in enumerate(self.labels) if label.casefold() == target.strip().casefold()]
            if len(found) > 1:
                raise LabError(f"{self.name} has {len(found)} classes called {target!r}; give an index: {found}.")
            if not found:
                raise LabError(f"{self.name} has no class {target!r}; {nearest(target, self.labels)}")
            return found[0]
        try:
            index = operator.index(target)
        except TypeError:
            raise LabError(
                f"A target is a class index, a label or a function of the scores; given was a {type(target).__name__}."
            ) from None
        if isinstance(target, bool) or not 0 <= index < n:
            raise LabError(f"{self.name} has no class {target}; its classes are numbered 0 to {n - 1}.")
        return index

    def as_map(self, layer, A, size):
        """A of `layer` as [B, K, h, w]; tokens become a map. `size` is (H, W) of the module's input."""
        return as_map(self.module.get_submodule(layer), layer, A, size)

    def remember(self, x):
        """Keep x [C, H, W], the latest that came preprocessed, as the input on which layers and labels are found."""
        self._example = x[None].detach()

    def _input(self):
        """An input [1, C, H, W] to see what the module does with one: remembered, or of a grey picture."""
        x = self._example
        if x is None:
            x = self.preprocess(Image.new("RGB", (256, 256), (128, 128, 128)))[None]
        return x.to(self.device, self.dtype)


def _shape(x):
    return f"a tensor {list(x.shape)}" if isinstance(x, torch.Tensor) else f"a {type(x).__name__}"
