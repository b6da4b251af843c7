"""Which layers of a network are worth a map, found by running it once; and how a layer's output becomes a map.

A layer worth a map is a finished step of the network whose output still has places: a residual block, an Inception
module, a convolution with its ReLU. Not: a convolution before its ReLU, a pooling, a dropout, or the class scores of
a head that is itself convolutional. Of a transformer's blocks it is the first normalisation: behind the last block
only the class token is read, so the other tokens there have no influence on the scores at all.
"""

import math

import torch
from torch import nn
from torchvision.ops import Permute

from ..errors import LabError
from ..trace import run_on, untouched

_NORM = ("torch.nn.modules.batchnorm", "torch.nn.modules.normalization", "torch.nn.modules.instancenorm")
_ACTIVATION = "torch.nn.modules.activation"
_PASSING = ("torch.nn.modules.pooling", "torch.nn.modules.dropout", "torch.nn.modules.flatten")


def find_layers(module, x):
    """Dotted names of the layers worth a map, in the order in which they run on x [1, C, H, W]."""
    outputs, y = _run(module, x)
    order = list(outputs)
    steps = sorted(set(_steps(module, outputs)), key=order.index)

    layers = []
    for name, following in zip(steps, [*steps, None][1:], strict=True):
        kind = type(module.get_submodule(name))
        if kind.__module__ in _PASSING or kind is nn.Identity:
            continue
        if following and _is_finished_by(kind, type(module.get_submodule(following))):
            continue
        if _is_scores(outputs[name], y):
            break  # from here on it is the head: one map for each class already
        layers.append(name)
    return layers


def as_map(layer, name, A, size):
    """A as [B, K, h, w], whatever the layer's layout: maps, tokens [B, N, D], or channels last [B, h, w, D].

    `size` is (H, W) of the network's input, whose shape the tokens' grid has; a class token in front is dropped.
    Raises LabError where there are no places.
    """
    layout = layout_of(layer, A, size)
    if layout == "maps":
        return A
    if layout == "channels last":
        return A.permute(0, 3, 1, 2)
    if layout == "tokens":
        grid = _grid(A.shape[1], size)
        patches = A[:, A.shape[1] - math.prod(grid) :]
        return patches.transpose(1, 2).unflatten(2, grid)
    raise LabError(
        f"Layer {name!r} gives a tensor {list(A.shape)}, which has no places left to make a map of; "
        "choose a layer before the pooling or flattening, or the whole block that it is a part of."
    )


def layout_of(layer, A, size):
    """ "maps", "tokens" or "channels last"; None if A has no places of the picture, or is no tensor of activations."""
    if not isinstance(A, torch.Tensor) or not A.is_floating_point():
        return None
    if A.ndim == 4:
        last = _is_channels_last(layer, A, size)
        h, w = A.shape[1:3] if last else A.shape[2:]
        if h * w == 1 or (last and not _in_proportion(h, w, size)):  # pooled; or cut into windows, as MaxViT does
            return None
        return "channels last" if last else "maps"
    return "tokens" if A.ndim == 3 and _grid(A.shape[1], size) else None


def _is_channels_last(layer, A, size):
    """Whether A is [B, h, w, D]: by what the layer is, else by which two sides are a picture's, else by its widths.

    A GELU, a dropout or a depth drop inside a Swin block takes any layout; what it gives has the picture's proportions
    one way round only.
    """
    while isinstance(layer, nn.Sequential) and len(layer):
        layer = layer[-1]
    if isinstance(layer, nn.Conv2d | nn.BatchNorm2d):
        return False
    if isinstance(layer, nn.Linear) or type(layer) is nn.LayerNorm:
        return True
    if isinstance(layer, Permute):
        return list(layer.dims) == [0, 2, 3, 1]
    last, first = _in_proportion(*A.shape[1:3], size), _in_proportion(*A.shape[2:], size)
    if last != first:
        return last
    parts = list(layer.modules())
    widths = {m.out_features for m in parts if isinstance(m, nn.Linear)}
    widths |= {m.normalized_shape[-1] for m in parts if type(m) is nn.LayerNorm}
    return A.shape[3] in widths and A.shape[1] not in {m.out_channels for m in parts if isinstance(m, nn.Conv2d)}


def _in_proportion(h, w, size):
    """Whether h x w places are those of an input of `size`, up to the rounding of its sides."""
    H, W = size
    return abs(h * W - w * H) <= max(H, W)


def _grid(n, size):
    """(h, w) of n tokens, or of n - 1 and a class token, in the proportions of an input of `size`; else None."""
    H, W = size
    for patches in (n, n - 1):
        h = round(math.sqrt(patches * H / W))
        if patches >= 4 and h and patches % h == 0 and _in_proportion(h, patches // h, size):
            return h, patches // h
    return None


def _run(module, x):
    """{name: output} of each module whose output has places, in the order in which they finish; and the scores."""
    outputs, handles = {}, []

    def keep(name):
        def hook(layer, _inputs, output):
            outputs.pop(name, None)  # a module that runs again stands where it ran last
            if layout_of(layer, output, x.shape[2:]):
                outputs[name] = output.detach()

        return hook

    with untouched(module), torch.no_grad():
        try:
            handles = [m.register_forward_hook(keep(name)) for name, m in module.named_modules() if name]
            y = run_on(module, x)
        finally:
            for handle in handles:
                handle.remove()
    return outputs, y


def _steps(module, outputs, prefix=""):
    """Names of the steps below `module`: a container that is a row of steps is opened, a block is one step."""
    for name, child in module.named_children():
        name = prefix + name
        if _is_row(child, name, outputs):
            yield from _steps(child, outputs, name + ".")
        elif name in outputs and outputs[name].ndim == 4:
            yield name
        elif name in outputs:
            yield from _first_norm(child, name, outputs)


def _is_row(module, name, outputs):
    children = list(module.children())
    if not children:
        return False
    if name not in outputs:
        return True
    if isinstance(module, nn.Sequential):
        # A convolution with its norm and ReLU is one step; a row of blocks, or VGG's row of layers, is many.
        return sum(isinstance(m, nn.Conv2d) for m in module.modules()) > 1 or any(
            len(list(m.children())) for m in children
        )
    if outputs[name].ndim == 3:
        return sum(isinstance(m, nn.LayerNorm) for m in module.modules()) > 2  # more than one transformer block
    finest = max(A.shape[2] for inner, A in outputs.items() if inner.startswith(name) and A.ndim == 4)
    return finest >= 8 * outputs[name].shape[2]  # a block halves the resolution once at most: this is a whole trunk


def _first_norm(block, name, outputs):
    for inner, module in block.named_modules():
        if isinstance(module, nn.LayerNorm) and inner and f"{name}.{inner}" in outputs:
            yield f"{name}.{inner}"
            return


def _is_finished_by(kind, following):
    """A convolution is not finished before its norm or activation, a norm not before its activation."""
    if issubclass(kind, nn.Conv2d):
        return following.__module__ in (*_NORM, _ACTIVATION)
    return kind.__module__ in _NORM and following.__module__ == _ACTIVATION


def _is_scores(A, y):
    """Whether A is one map for each class, which global pooling turns into the scores."""
    if A.ndim != 4 or A.shape[1] != y.shape[1]:
        return False
    return any(torch.allclose(pooled, y, rtol=1e-3, atol=1e-5) for pooled in (A.mean((2, 3)), A.amax((2, 3))))
