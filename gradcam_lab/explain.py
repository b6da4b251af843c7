"""Explaining: `explain` gives one map (or one for each of a list of pictures), `sweep` an atlas of maps."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from PIL import Image

from . import render
from .errors import LabError, nearest
from .methods import METHODS
from .networks.head import head_for_cam
from .networks.network import Network
from .pictures import load_picture
from .trace import trace

BATCH = 16  # pictures that run through a network at once; a list may be of any length


@dataclass(frozen=True, eq=False)
class Explanation:
    """A map, and what it is a map of.

    `map` is L as the formula gives it, [h, w] on the CPU, not normalised; `target` the class index (None for a
    callable), `score` the logit (or the callable's value), `probability` its softmax; `view` the part of the picture
    that the network saw; `note` what a reader should know: why a map is blank, say.
    """

    picture: Image.Image
    view: tuple
    map: torch.Tensor
    method: str
    network: str
    layer: str | None
    target: int | None
    label: str
    score: float
    probability: float | None
    note: str = ""
    pixels: torch.Tensor | None = None

    @cached_property
    def heat(self):
        """The map laid on the picture: float32 [height, width] from 0 to 1, 0 where the network saw nothing."""
        return render.lay(self.map.abs() if self.layer is None else self.map, self.view, self.picture.size)

    @cached_property
    def bytes(self):
        """The map as unsigned bytes [h, w]: what every picture of it is drawn from."""
        return render.to_bytes(self.map.abs() if self.layer is None else self.map)

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


def explain(network, picture, method="gradcam", layer=None, target=None, **options):
    """The `Explanation` of what speaks for a class in a picture; a list of them for a list of pictures.

    `network`: a `Network`, or a torch.nn.Module. `picture`: whatever `load_picture` reads, or a tensor [C, H, W] that
    is preprocessed already; a list or tuple is computed in batches. `layer`: a name or a module; None is the network's
    default. `target`: a class index, a label, a function of the scores [B, C] that returns [B], or None for the
    predicted class; for a list of pictures it may be a list as long. `options` are the method's own.

    Raises LabError for anything that does not fit; the network is afterwards what it was.
    """
    network = as_network(network)
    method = _method(method, options)
    layer = network.layer_name(layer)
    many = isinstance(picture, list | tuple)
    pictures = list(picture) if many else [picture]
    targets = list(target) if many and isinstance(target, list | tuple) else [target] * len(pictures)
    if len(targets) != len(pictures):
        raise LabError(f"A list of targets is as long as the pictures: {len(pictures)} expected, given {len(targets)}.")
    targets = [t if t is None or callable(t) else network.class_index(t) for t in targets]
    seen = [_see(network, p) for p in pictures]

    found = [None] * len(seen)
    for indices in _batches(seen):
        batch = [seen[i] for i in indices]
        for i, e in zip(indices, _explain(network, batch, method, layer, [targets[i] for i in indices], options)):
            found[i] = e
    return found if many else found[0]


def sweep(network, picture, methods=None, layers=None, targets=None):
    """The `Atlas` of a picture: a map for each method, layer and target.

    One forward pass, and one backward pass for each target, serve all layers and all methods that are formulas of
    activations and gradients. Defaults: all such methods, all of the network's layers, the five most probable classes.
    """
    network = as_network(network)
    methods = [_method(name, {}) for name in (METHODS if methods is None else methods)]
    layers = [network.layer_name(layer) for layer in (network.layers if layers is None else layers)]
    seen = _see(network, picture)
    with trace(network.module, network.to_input(seen.x[None]), layers) as run:
        _check_scores(network, run.y)
        if targets is None:
            targets = run.y[0].topk(min(5, run.y.shape[1])).indices.tolist()
        targets = [network.class_index(t) for t in targets]
        atlas = Atlas(network, [m.name for m in methods], layers, targets)
        with_gradient = any("dy_dA" in m.needs for m in methods)
        heads = {}
        for target in targets:
            aims = [_Aim(network, run.y, [target])]
            gradients = run.dy_dA(aims[0].score, keep=True) if with_gradient else {}
            for layer in layers:
                for method in methods:
                    try:
                        L, note = _map(network, method, layer, run, aims[0], gradients, {}, heads)
                    except LabError as error:
                        atlas.missing[method.name, layer] = str(error)
                        continue
                    atlas.maps[method.name, layer, target] = _explanation(network, seen, method, layer, aims[0], 0, L, note)
    return atlas


@dataclass
class Atlas:
    """All maps of one picture: atlas[method, layer, target] is an `Explanation`; the target an index or a label.

    `missing` says for (method, layer) why there is no such map.
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


def as_network(network):
    """A `Network` as it is, a torch.nn.Module wrapped in one."""
    return network if isinstance(network, Network) else Network(network)


def _method(name, options):
    if name not in METHODS:
        raise LabError(f"There is no method {name!r}; {nearest(name, METHODS)}")
    method = METHODS[name]
    for option in options:
        if option not in method.options:
            known = nearest(option, method.options) if method.options else "it has none."
            raise LabError(f"Method {name!r} has no option {option!r}; {known}")
    return method


@dataclass
class _Seen:
    """A picture, the part of it that the network sees, and x [C, H, W] as the network wants it."""

    picture: Image.Image
    view: tuple
    x: torch.Tensor


def _see(network, picture):
    if isinstance(picture, torch.Tensor):
        if picture.ndim != 3 or not picture.is_floating_point():
            raise LabError(f"A picture as a tensor is floating point [C, H, W]; given was {list(picture.shape)}.")
        height, width = picture.shape[1:]
        return _Seen(_picture_of(picture), (0, 0, width, height), picture)
    picture = load_picture(picture)
    return _Seen(picture, network.view(picture), network.preprocess(picture))


def _picture_of(x):
    """Something to lay a map on, of a tensor that was preprocessed by we do not know whom: its range as 0 to 255."""
    x = x.detach().float().cpu()
    x = (x - x.min()) / (x.max() - x.min()).clamp(min=1e-12)
    x = x if x.shape[0] == 3 else x.mean(0, keepdim=True).expand(3, -1, -1)
    return Image.fromarray((x * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy())


def _batches(seen):
    """Lists of indices of pictures that can run together: of one size, and not too many."""
    by_shape = {}
    for i, s in enumerate(seen):
        by_shape.setdefault(tuple(s.x.shape), []).append(i)
    for indices in by_shape.values():
        yield from (indices[i : i + BATCH] for i in range(0, len(indices), BATCH))


class _Aim:
    """What is explained: for each picture of a batch one number, as a function of the scores y [B, C]."""

    def __init__(self, network, y, targets):
        self.network, self.y = network, y
        predicted = y.argmax(1).tolist()
        self.targets = [p if t is None else t for t, p in zip(targets, predicted, strict=True)]
        self.score = torch.stack([self._score(t, i) for i, t in enumerate(self.targets)])

    def _score(self, target, i):
        if not callable(target):
            return self.y[i, target]
        score = target(self.y[i : i + 1])
        if not isinstance(score, torch.Tensor) or score.shape != (1,):
            given = f"a tensor {list(score.shape)}" if isinstance(score, torch.Tensor) else f"a {type(score).__name__}"
            raise LabError(f"A target function takes scores [B, C] and returns [B], one number a picture; got {given}.")
        return score[0]

    def index(self, i):
        return None if callable(self.targets[i]) else self.targets[i]

    def label(self, i):
        target = self.targets[i]
        return getattr(target, "__name__", "a function") if callable(target) else self.network.labels[target]

    def probability(self, i):
        target = self.targets[i]
        return None if callable(target) else float(self.y[i].detach().softmax(0)[target])


def _explain(network, batch, method, layer, targets, options):
    x = torch.stack([s.x for s in batch])
    with trace(network.module, network.to_input(x), [layer]) as run:
        _check_scores(network, run.y)
        aim = _Aim(network, run.y, targets)
        gradients = run.dy_dA(aim.score) if "dy_dA" in method.needs else {}
        L, note = _map(network, method, layer, run, aim, gradients, options, {})
    return [_explanation(network, s, method, layer, aim, i, L[i : i + 1], note) for i, s in enumerate(batch)]


def _map(network, method, layer, run, aim, gradients, options, heads):
    """(L [B, h, w], note) of one method at one layer, from a trace and its gradients."""
    A = network.as_map(layer, run.A[layer]).detach()
    given = {"A": A}
    if "dy_dA" in method.needs:
        given["dy_dA"] = network.as_map(layer, gradients[layer])
    if "w_c" in method.needs:
        if any(aim.index(i) is None for i in range(len(A))):
            raise LabError("CAM reads the weights of one class: its target is a class, not a function; take 'gradcam'.")
        if layer not in heads:
            heads[layer] = head_for_cam(network, layer, A, run.y.detach())
        head = heads[layer]
        given["A"] = A.relu() if head.relu else A
        given["w_c"] = head.w[[aim.index(i) for i in range(len(A))]]
    L = method.formula(*(given[need] for need in method.needs), **method.options | options)
    note = run.notes.get(layer, "")
    if "dy_dA" in given and not given["dy_dA"].any():
        note = f"The gradient of the score is 0 everywhere at {layer}. {note}".strip()
    return L, note


def _explanation(network, seen, method, layer, aim, i, L, note):
    L = L[0].detach().cpu()
    L = L if L.dtype == torch.float64 else L.float()
    blank = {
        "": "",
        "flat": "The map is blank: it has the same value everywhere.",
        "nowhere positive": "The map is blank: it is nowhere positive, so nothing here speaks for this target.",
    }[render.is_blank(L)]
    return Explanation(
        picture=seen.picture,
        view=seen.view,
        map=L,
        method=method.name,
        network=network.name,
        layer=layer,
        target=aim.index(i),
        label=aim.label(i),
        score=float(aim.score[i].detach()),
        probability=aim.probability(i),
        note=f"{blank} {note}".strip(),
    )


def _check_scores(network, y):
    if not torch.isfinite(y).all():
        raise LabError(f"{network.name} gives scores that are not finite (NaN or infinity) for this picture.")
