"""Is the head one that CAM can read? Told by its numbers, not by the network's class."""

from typing import NamedTuple

import torch

from ..errors import LabError


class Head(NamedTuple):
    """Weights w [C, K] from the pooled channels to the scores, and how A is pooled: "mean" or "max".

    `relu`: whether a functional ReLU stands between the layer and the pooling (DenseNet); CAM reads ReLU(A) then.
    `linear`: whether y is linear in the pooled channels; not so where a ReLU stands behind w (SqueezeNet).
    """

    w: torch.Tensor
    pooling: str
    relu: bool
    linear: bool

    def reads(self, A):
        """What the pooling reads of the layer's output A."""
        return A.relu() if self.relu else A

    def pooled(self, A):
        """A [B, K, h, w] pooled to [B, K]."""
        A = self.reads(A)
        return A.mean((2, 3)) if self.pooling == "mean" else A.amax((2, 3))


def linear_head(module, A, y):
    """The `Head` for which y = W pool(A) + b, or y = pool(ReLU(W A + b)), holds on this very run; None if none does.

    A [B, K, h, w] and y [B, C] from a trace. Each parameter of the shape [C, K] or [C, K, 1, 1] is tried with the
    bias beside it: C x B numbers agree only where the equation is true, whatever the modules are called.
    """
    if A.ndim != 4 or y.ndim != 2:
        return None
    (_, K, _, _), C = A.shape, y.shape[1]
    parameters = dict(module.named_parameters())
    with torch.no_grad():
        for name, weight in parameters.items():
            if tuple(weight.shape) not in ((C, K), (C, K, 1, 1)):
                continue
            w = weight.detach().reshape(C, K).to(A.dtype)
            rounding = max(1e-4, 8 * torch.finfo(weight.dtype).eps)  # of sums in the module's own precision
            bias = parameters.get(name.removesuffix("weight") + "bias")
            if not w.any():
                continue  # scores that do not depend on A prove nothing
            b = torch.zeros(C, dtype=w.dtype, device=w.device) if bias is None else bias.detach().to(A.dtype)
            for relu in (False, True):
                A_in = A.relu() if relu else A
                if _agree(A_in.mean((2, 3)) @ w.T, b, y, rounding):
                    return Head(w, "mean", relu, linear=True)
                if _agree(A_in.amax((2, 3)) @ w.T, b, y, rounding):
                    return Head(w, "max", relu, linear=True)
                maps = torch.einsum("ck,bkhw->bchw", w, A_in) + b[:, None, None]
                if _close(maps.relu().mean((2, 3)), y, maps.abs().max(), rounding):
                    return Head(w, "mean", relu, linear=False)
    return None


def _agree(weighted, b, y, rounding):
    return _close(weighted + b, y, weighted.abs().max(), rounding)


def _close(guess, y, scale, rounding):
    """Equal to within the rounding of the sums, on the scale of what the channels contribute."""
    return bool((guess - y).abs().max() <= rounding * (scale + 0.01 * y.abs().max()))


def head_for_cam(network, layer, A, y):
    """The `Head` behind `layer`, or a LabError that says why CAM cannot be and what can."""
    head = linear_head(network.module, A, y)
    if head is None:
        raise LabError(
            f"CAM needs global pooling and one linear layer right behind {layer!r} of {network.name}, and that is not "
            "what its numbers show; method 'gradcam' works on any network and any layer."
        )
    return head
