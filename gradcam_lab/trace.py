"""Run a network once and keep what the methods need: the activations A at some layers, and dy/dA.

Every map of the CAM family is a function of two tensors: A, what a layer said, and dy/dA, how the score of a
class would answer if A changed. A network gives both in one run, but a careless run costs three to five times
too much and leaves traces in the network. So, here:

- parameters get no gradient, and the part of the network below the lowest layer builds no graph: at the first
  layer A becomes a leaf of its own (`detach`), so the backward pass ends there;
- a clone of A goes on, so that an in-place ReLU or addition behind the layer cannot spoil what we keep;
- `torch.autograd.grad(y_c, A)` asks for just these gradients and fills nobody's `.grad`;
- the network's mode, its `requires_grad` flags and its hooks are afterwards what they were, even after an error.

It works on a frozen network, and under `torch.no_grad()` or `torch.inference_mode()` around the call.
"""

import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import torch

from .errors import LabError

INPUT = ""  # the name of the input among the layers, for methods that explain pixels

_LOCKS = WeakKeyDictionary()
_LOCKS_GUARD = threading.Lock()


@contextmanager
def lock_of(module):
    """Within: no other thread looks into `module`, nor into a network that shares a part with it.

    Each module has a lock, and all those of a network are taken, in an order that is the same for everyone.
    """
    with _LOCKS_GUARD:
        locks = [_LOCKS.setdefault(m, threading.RLock()) for m in module.modules()]
    with ExitStack() as stack:
        for lock in sorted(locks, key=id):
            stack.enter_context(lock)
        yield


@contextmanager
def untouched(module):
    """Within: `module` in evaluation mode, its parameters frozen, gradients on. Afterwards: as it was.

    One thread at a time for each module; others wait.
    """
    with lock_of(module):
        training = [m for m in module.modules() if m.training]
        learning = [p for p in module.parameters() if p.requires_grad]
        try:
            for m in training:
                m.training = False  # not m.eval(): each module gets back its own mode, also in a mixed network
            for p in learning:
                p.requires_grad_(False)
            with torch.inference_mode(False), torch.enable_grad():
                yield
        finally:
            for p in learning:
                p.requires_grad_(True)
            for m in training:
                m.training = True


@dataclass
class Trace:
    """One run of a network: scores y [B, C], and A at each layer, by name, in the order asked for."""

    y: torch.Tensor
    A: dict
    runs: dict = field(default_factory=dict)  # layer -> how many times it ran, in the order in which they ran

    @property
    def notes(self):
        """{layer: a sentence}, where there is something to say."""
        return {
            name: f"{name} runs {n} times in one pass; the map is of its last run."
            for name, n in self.runs.items()
            if n > 1
        }

    def dy_dA(self, score, keep=False):
        """{layer: dy/dA}, each of A's shape, for `score` [B], a function of y; one backward pass for all layers.

        A layer without influence on the score gets zeros. With `keep` the graph stays for another score.
        """
        if not score.requires_grad:
            raise LabError(
                f"The score does not depend on layer {' or '.join(map(repr, self.A))}: the gradient is cut behind it "
                "(by a detach, a no_grad or a whole-number operation); choose a deeper layer."
            )
        # The samples of a batch do not mix in evaluation mode, so the gradient of the sum holds each one's own.
        found = torch.autograd.grad(score.sum(), list(self.A.values()), retain_graph=keep, allow_unused=True)
        return {name: torch.zeros_like(A) if g is None else g for (name, A), g in zip(self.A.items(), found)}


@contextmanager
def trace(module, x, layers):
    """Within: the `Trace` of one forward pass of `module` on x [B, C, H, W], with A at `layers` (dotted names).

    The layer INPUT, "", is x itself.
    Where a module runs more than once in a pass, the last run counts, and the trace's `notes` say so.
    """
    kept, runs, handles = {}, {}, []

    def keep(name):
        def hook(_module, _inputs, output):
            if not isinstance(output, torch.Tensor) or not output.is_floating_point():
                raise LabError(f"Layer {name!r} gives a {type(output).__name__}, not one tensor of activations.")
            A = output if output.requires_grad else output.detach().requires_grad_()
            kept[name] = A
            runs[name] = runs.get(name, 0) + 1
            return A.clone()

        return hook

    with untouched(module):
        try:
            if INPUT in layers:
                kept[INPUT] = x = x.detach().clone().requires_grad_()
            for name in dict.fromkeys(layers):
                if name != INPUT:
                    handles.append(module.get_submodule(name).register_forward_hook(keep(name)))
            y = run_on(module, x.clone() if INPUT in layers or x.is_inference() else x)
        finally:
            for handle in handles:
                handle.remove()
        missing = [name for name in layers if name not in kept]
        if missing:
            raise LabError(f"Layer {missing[0]!r} is not used when the network runs on a picture; choose another.")
        yield Trace(y, {name: kept[name] for name in layers}, runs)


def run_on(module, x):
    """The scores [B, C] of x [B, C, H, W]; what torch says of an input that does not fit becomes one sentence."""
    try:
        return scores(module(x))
    except LabError:
        raise
    except (RuntimeError, ValueError, TypeError, IndexError, AssertionError) as error:
        first = str(error).strip().split("\n")[0]
        raise LabError(f"The network does not run on an input {list(x.shape)}: {first}.") from error


def scores(output):
    """The scores [B, C] in what a network returned: a tensor, or an object that carries `logits`."""
    y = getattr(output, "logits", output)
    if not isinstance(y, torch.Tensor) or y.ndim != 2:
        given = f"a tensor {list(y.shape)}" if isinstance(y, torch.Tensor) else f"a {type(y).__name__}"
        raise LabError(f"A network to explain gives scores [B, C], one for each class; this one gives {given}.")
    return y
