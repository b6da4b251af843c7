"""Explaining: `explain` gives one map (or one for each of a list of pictures), `sweep` an atlas of maps."""

import inspect
from dataclasses import dataclass

import torch
from PIL import Image

from .errors import LabError, nearest
from .explanation import Atlas, Explanation
from .methods import METHODS
from .methods.fusion import fuse
from .methods.options import check
from .networks.network import Network
from .pictures import load_picture
from .progress import at_once
from .running import Aim, Case
from .trace import INPUT, trace


def explain(network, picture, method="gradcam", layer=None, target=None, **options):
    """The `Explanation` of what speaks for a class in a picture; a list of them for a list of pictures.

    `network`: a `Network`, or a torch.nn.Module. `picture`: whatever `load_picture` reads, or a tensor [C, H, W] that
    is preprocessed already; a list or tuple is computed in batches. `layer`: a name or a module, or a list of them to
    fuse into one map; None is the network's default. `target`: a class index, a label, a function of the scores [B, C]
    that returns [B], or None for the predicted class; for a list of pictures it may be a list as long. `options` are
    the method's own: `METHODS[method].options` has their defaults.

    Raises LabError for anything that does not fit; the network is afterwards what it was.
    """
    network = as_network(network)
    method = _method(method, options)
    many = isinstance(picture, list | tuple)
    pictures = list(picture) if many else [picture]
    seen = [see(network, p) for p in pictures]
    layers = _layers(network, method, layer)
    targets = list(target) if many and isinstance(target, list | tuple) else [target] * len(pictures)
    if len(targets) != len(pictures):
        raise LabError(f"A list of targets is as long as the pictures: {len(pictures)} expected, given {len(targets)}.")
    targets = [t if t is None or callable(t) else network.class_index(t) for t in targets]

    found = [None] * len(seen)
    for indices in _batches(seen, network.device):
        batch = [seen[i] for i in indices]
        explained = _explain(network, batch, method, layers, [targets[i] for i in indices], options)
        for i, e in zip(indices, explained, strict=True):
            found[i] = e
    return found if many else found[0]


def sweep(network, picture, methods=None, layers=None, targets=None):
    """The `Atlas` of a picture: a map for each method, layer and target.

    One forward pass, and one backward pass for each target, serve all layers and all methods that are formulas of
    activations and gradients; others are run one by one. Defaults: the methods that share those passes, all of the
    network's layers, the five most probable classes.
    """
    network = as_network(network)
    names = [name for name, m in METHODS.items() if m.shares] if methods is None else _several(methods)
    methods = [_method(name, {}) for name in names]
    seen = see(network, picture)
    layers = [network.layer_name(layer) for layer in (network.layers if layers is None else _several(layers))]
    x = network.to_input(seen.x[None])
    with trace(network.module, x, layers) as run:
        _check_scores(network, x, run.y)
        if targets is None:
            targets = run.y[0].topk(min(5, run.y.shape[1])).indices.tolist()
        if any(callable(t) for t in _several(targets)):
            raise LabError("A sweep takes classes as targets; a function of the scores is for explain.")
        targets = [network.class_index(t) for t in _several(targets)]
        atlas = Atlas(network, [m.name for m in methods], layers, targets)
        for target in targets:
            aim, gradients = Aim(network, run.y, [target]), {}
            for layer in layers:
                case = Case(network, x, run, layer, aim, gradients)
                for method in (m for m in methods if m.shares):
                    try:
                        found = _finish(network, [seen], method, layer, aim, *_formula(method, case, {}))
                        atlas.maps[method.name, layer, target] = found[0]
                    except LabError as error:
                        atlas.missing[method.name, layer] = str(error)
    for method in (m for m in methods if not m.shares):
        for target in targets:
            e = None if method.has_layer else explain(network, picture, method.name, None, target)
            for layer in layers:
                try:
                    found = e or explain(network, picture, method.name, layer, target)
                    atlas.maps[method.name, layer, target] = found
                except LabError as error:
                    atlas.missing[method.name, layer] = str(error)
    return atlas


def _several(given):
    """A list of what may be given alone."""
    return list(given) if isinstance(given, list | tuple | range | set | dict) else [given]


def as_network(network):
    """A `Network` as it is, a torch.nn.Module wrapped in one."""
    return network if isinstance(network, Network) else Network(network)


def _method(name, options):
    if not isinstance(name, str):
        raise LabError(f"A method is given by its name, such as 'gradcam'; given was a {type(name).__name__}.")
    if name not in METHODS:
        raise LabError(f"There is no method {name!r}; {nearest(name, METHODS)}")
    check(METHODS[name], options)
    return METHODS[name]


def _layers(network, method, layer):
    """Names of the layers to run for: one, several to fuse, or the input for methods without a layer."""
    several = layer if isinstance(layer, list | tuple) else [layer]
    if not several:
        raise LabError("A list of layers to fuse has at least one; none was given.")
    if not method.has_layer:
        for one in several:
            if one is not None:
                network.layer_name(one)  # a slip is a slip, also where the layer does not matter
        return [INPUT]
    names = list(dict.fromkeys(network.layer_name(one) for one in several))
    if len(names) > 1 and "gradcam" in method.needs:
        raise LabError(f"{method.title} is of one layer; several can be fused by methods that give a map of a layer.")
    return names


@dataclass
class _Seen:
    """A picture (or x itself), the part of it that the network sees, and x [C, H, W] as the network wants it."""

    picture: Image.Image | torch.Tensor
    view: tuple
    x: torch.Tensor


def see(network, picture):
    """The `_Seen` of whatever `explain` takes as a picture."""
    if isinstance(picture, torch.Tensor):
        picture = picture.detach()
        if picture.ndim != 3 or not picture.is_floating_point():
            raise LabError(f"A picture as a tensor is floating point [C, H, W]; given was {list(picture.shape)}.")
        network.remember(picture)
        height, width = picture.shape[1:]
        return _Seen(picture, (0, 0, width, height), picture)
    picture = load_picture(picture)
    return _Seen(picture, network.view(picture), network.preprocess(picture))


def _batches(seen, device):
    """Lists of indices of pictures that can run together: of one size, and not too many."""
    by_shape = {}
    for i, s in enumerate(seen):
        by_shape.setdefault(tuple(s.x.shape), []).append(i)
    for indices in by_shape.values():
        n = at_once(seen[indices[0]].x, gradients=True, device=device)
        yield from (indices[i : i + n] for i in range(0, len(indices), n))


def _explain(network, batch, method, layers, targets, options):
    x = network.to_input(torch.stack([s.x for s in batch]))
    with trace(network.module, x, layers if method.looks_inside else []) as run:
        _check_scores(network, x, run.y)
        aim, gradients, kept = Aim(network, run.y, targets), {}, {}
        cases = [Case(network, x, run, layer, aim, gradients, method.options | options, kept) for layer in layers]
        found = {layer: _formula(method, case, options) for layer, case in zip(layers, cases, strict=True)}
    if len(layers) > 1:
        layers = [layer for layer in run.runs if layer in found]  # shallow to deep, as they ran
    result, notes = zip(*(found[layer] for layer in layers), strict=True)
    if len(layers) > 1:
        result = [fuse(result)]
    layer = " + ".join(layers)
    return _finish(network, batch, method, layer, aim, result[0], " ".join(filter(None, dict.fromkeys(notes))))


def _formula(method, case, options):
    """(what the method's formula gives for the case's batch, a note)."""
    wanted = inspect.signature(method.formula).parameters
    own = {name: value for name, value in (method.options | options).items() if name in wanted}

    def result(case):
        return method.formula(*(getattr(case, need) for need in method.needs), **own)

    found = torch.cat([result(case.only(i)) for i in range(len(case.x))]) if method.one_by_one else result(case)
    notes = list(dict.fromkeys(case.notes))
    if "dy_dA" in method.needs and not case.dy_dA.any():
        notes.insert(0, f"The gradient of the score is 0 everywhere at {case.layer}.")
    if "gradcam" in method.needs:
        notes.append(f"The Grad-CAM in it is of {case.layer}.")
    return found.detach(), " ".join(notes)


def _finish(network, batch, method, layer, aim, result, remarks):
    """Explanations of a batch from the maps [B, h, w], or pixels [B, C, H, W], that a formula gave."""
    result = result.cpu() if result.dtype == torch.float64 else result.float().cpu()
    pixels = result if result.ndim == 4 else [None] * len(result)
    maps = method.flatten(result) if result.ndim == 4 else result
    return [
        Explanation(
            source=seen.picture,
            view=seen.view,
            map=maps[i],
            method=method.name,
            network=network.name,
            layer=layer if method.has_layer and pixels[i] is None else None,
            target=aim.index(i),
            label=aim.label(i),
            score=aim.score(i),
            probability=aim.probability(i),
            remarks=remarks,
            pixels=pixels[i],
        )
        for i, seen in enumerate(batch)
    ]


def _check_scores(network, x, y):
    if not torch.isfinite(y).all():
        if not torch.isfinite(x).all():
            raise LabError("The picture as a tensor holds values that are not finite (NaN or infinity).")
        raise LabError(f"{network.name} gives scores that are not finite (NaN or infinity) for this picture.")
    if y.shape[1] != len(network.labels):
        raise LabError(f"{network.name} gives {y.shape[1]} scores, but {len(network.labels)} labels were given.")
