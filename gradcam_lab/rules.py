"""Another backward rule for ReLU, everywhere in a network, without touching the network.

Guided backpropagation and the deconvolution change what a ReLU does to the gradient on its way back. Swapping the
network's ReLU modules would miss those that are called as functions (Inception, GoogLeNet, DenseNet's last) and would
leave the network changed. A `TorchFunctionMode` sees every call, and is gone when its `with` block ends.
"""

import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

_RELU = {F.relu, F.relu_, torch.relu, torch.relu_, torch.Tensor.relu, torch.Tensor.relu_}
_HARDTANH = {F.hardtanh, F.hardtanh_}
_CLAMP = {torch.clamp, torch.Tensor.clamp, torch.clamp_min, torch.Tensor.clamp_min}


class _Guided(torch.autograd.Function):
    """Springenberg et al., Striving for Simplicity, ICLR workshops 2015: both the input and the gradient positive."""

    @staticmethod
    def forward(ctx, x, top):
        ctx.save_for_backward((x > 0) & (x < top))
        return x.clamp(0, top)

    @staticmethod
    def backward(ctx, g):
        (open_,) = ctx.saved_tensors
        return g.relu() * open_, None


class _Deconvolved(torch.autograd.Function):
    """Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014: the gradient positive."""

    @staticmethod
    def forward(ctx, x, top):
        return x.clamp(0, top)

    @staticmethod
    def backward(ctx, g):
        return g.relu(), None


class relu_rule(TorchFunctionMode):
    """Within: every ReLU and ReLU6 sends gradients back by the rule "guided" or "deconvolved"; `seen` counts them."""

    def __init__(self, rule):
        super().__init__()
        self.rule = {"guided": _Guided, "deconvolved": _Deconvolved}[rule].apply
        self.seen = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        top = _top_of(function, args, kwargs)
        if top is None:
            return function(*args, **kwargs)
        self.seen += 1
        x = args[0] if args else kwargs["input"]
        out = self.rule(x, top)
        is_input = x.is_leaf and x.requires_grad  # which may not be changed
        return x.copy_(out) if _in_place(function, args, kwargs) and not is_input else out


def _top_of(function, args, kwargs):
    """Where the ReLU is cut above: infinity, 6, ... ; None if this is no ReLU."""
    if function in _RELU:
        return float("inf")
    if function is F.relu6:
        return 6.0
    if function in _HARDTANH:
        low = kwargs.get("min_val", args[1] if len(args) > 1 else -1.0)
        high = kwargs.get("max_val", args[2] if len(args) > 2 else 1.0)
        return float(high) if low == 0 else None
    if function in _CLAMP:  # x.clamp(min=0) is a ReLU by another name
        low = kwargs.get("min", args[1] if len(args) > 1 else None)
        high = kwargs.get("max", args[2] if len(args) > 2 else None)
        return float("inf") if _is_zero(low) and high is None else None
    return None


def _is_zero(number):
    return isinstance(number, int | float) and number == 0


def _in_place(function, args, kwargs):
    """Whether the caller counts on x itself being changed: relu_(x) as a statement, say."""
    if function in _CLAMP:
        return False
    position = 3 if function is F.hardtanh else 1  # of the argument `inplace`
    return function.__name__.endswith("_") or kwargs.get("inplace", args[position] if len(args) > position else False)
