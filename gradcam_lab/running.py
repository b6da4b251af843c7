"""Running a network for a method: a `Case` holds, by name, everything that a method can need.

`Method.needs` names what a formula takes; each name is a property or a function here. So the formulas stay free of
networks, and what costs time (another forward pass, a gradient, a masked picture) happens when it is asked for.
"""

import contextlib
import copy
from functools import cached_property

import torch
from torch import nn

from .errors import LabError
from .methods.gradients import gradcam
from .networks.head import head_for_cam, linear_head
from .networks.layers import layout_of
from .progress import at_once, steps
from .rules import relu_rule
from .trace import INPUT, run_on, trace, untouched

CHUNK_BYTES = 64_000_000  # of activations, run at once through what lies behind a layer


class Aim:
    """What is explained: for each picture of a batch one number, as a function of the scores y [B, C].

    `targets` holds a class index, a function of the scores or None, the predicted class, for each picture.
    """

    def __init__(self, network, y, targets):
        self.network, self.y = network, full(y.detach())
        predicted = self.y.argmax(1).tolist()
        self.targets = [p if t is None else t for t, p in zip(targets, predicted, strict=True)]

    def of(self, y, i=None, probability=False):
        """The score [B] of each picture in y [B, C], by its own target; by that of the i-th where i is given."""
        targets = self.targets if i is None else [self.targets[i]]
        if len(set(map(id, targets))) == 1:
            return self._score(targets[0], y, probability)
        return torch.cat([self._score(t, y[b : b + 1], probability) for b, t in enumerate(targets)])

    def _score(self, target, y, probability):
        if not callable(target):
            return (probabilities(y) if probability else y)[:, target]
        if probability:
            raise LabError("A function as target has no probability; take scores='logit', or a class.")
        try:
            score = target(y)
        except (IndexError, RuntimeError, TypeError, ValueError, AttributeError) as error:
            raise LabError(f"The target function failed on scores {list(y.shape)}: {error}.") from error
        if not isinstance(score, torch.Tensor) or score.shape != y.shape[:1]:
            given = f"a tensor {list(score.shape)}" if isinstance(score, torch.Tensor) else f"a {type(score).__name__}"
            raise LabError(f"A target function takes scores [B, C] and returns [B], one number a picture; got {given}.")
        return score

    def index(self, i):
        """The class index of the i-th picture; None for a function."""
        return None if callable(self.targets[i]) else self.targets[i]

    def label(self, i):
        target = self.targets[i]
        return getattr(target, "__name__", "a function") if callable(target) else self.network.labels[target]

    def score(self, i):
        """The i-th picture's score, a number."""
        return float(self.of(self.y[i : i + 1], i))

    def probability(self, i):
        return None if self.index(i) is None else float(probabilities(self.y)[i, self.index(i)])


def probabilities(y):
    """Of scores y [B, C]: their softmax; of a network with one score its sigmoid."""
    return y.sigmoid() if y.shape[1] == 1 else y.softmax(1)


def full(t):
    """Half precision as float32: sums over places and channels leave its range."""
    return t.float() if t.dtype in (torch.float16, torch.bfloat16) else t


class Case:
    """One batch at one layer with one aim: what the formulas need, by the names in `Method.needs`.

    `x` [B, C, H, W]; `run` is the trace of the forward pass, `layer` a name in it (or INPUT); `gradients` {layer:
    dy/dA} where they are at hand already; `kept` holds what the cases of a call share. `one` is the picture that a
    formula of one picture is run for.
    """

    def __init__(self, network, x, run, layer, aim, gradients=None, options=None, kept=None, one=None):
        self.network, self.all_x, self.run, self.layer, self.aim = network, x, run, layer, aim
        self.options, self.kept, self.one = options or {}, {} if kept is None else kept, one
        self.gradients = {} if gradients is None else gradients
        self.notes = [run.notes[layer]] if layer in run.notes else []

    def only(self, i):
        """The same case for the i-th picture alone."""
        case = copy.copy(self)
        case.one = i
        vars(case).pop("A", None)
        vars(case).pop("head", None)
        return case

    def _mine(self, batch):
        return batch if self.one is None else batch[self.one : self.one + 1]

    @property
    def x(self):
        return self._mine(self.all_x)

    @property
    def y(self):
        return self._mine(self.aim.y)

    @property
    def y_c(self):
        """The score [B] of what is explained."""
        return self.aim.of(self.y, self.one)

    @cached_property
    def A(self):
        """The layer's activations [B, K, h, w]."""
        return self._as_map(self._mine(self.run.A[self.layer].detach()))

    def _as_map(self, A):
        return full(self.network.as_map(self.layer, A, self.all_x.shape[2:]))

    @property
    def dy_dA(self):
        """The gradient of the score at the layer [B, K, h, w]."""
        if self.layer not in self.gradients:
            self.gradients |= self.run.dy_dA(self.aim.of(self.run.y), keep=True)
        return self._as_map(self._mine(self.gradients[self.layer]))

    @cached_property
    def head(self):
        return head_for_cam(self.network, self.layer, self.A, self.y)

    @property
    def A_read(self):
        """What the head's pooling reads of A [B, K, h, w]."""
        return self.head.reads(self.A)

    @property
    def w_c(self):
        """The head's weights [B, K] of the class explained."""
        if any(callable(t) for t in self.aim.targets):
            raise LabError("CAM reads the weights of one class: its target is a class, not a function; take 'gradcam'.")
        return self._mine(self.head.w[self.aim.targets])

    @property
    def drops(self):
        """What the score loses [B, K] when a channel of A is silenced: known for a linear head, else by trying."""
        head = linear_head(self.network.module, self.A, self.y)
        if head and head.linear and not callable(self.aim.targets[self.one]):
            return head.w[self.aim.targets[self.one]] * head.pooled(self.A)
        return self._drops_by_tail()

    def _drops_by_tail(self):
        """Run what lies behind the layer with a chunk of ablated copies of A, the first of them whole.

        The part below runs once for each chunk, on one picture; only its output is replaced by many. Where what lies
        behind also reads something else of that one picture and cannot have it for many, the picture is repeated.
        """
        A = self._mine(self.run.A[self.layer].detach())
        K = self.A.shape[1]
        chunk = self.options.get("chunk") or max(1, min(64, CHUNK_BYTES // A.nbytes))
        layout = layout_of(self.network.module.get_submodule(self.layer), A, self.all_x.shape[2:])
        channel = 1 if layout == "maps" else A.ndim - 1
        drops = []
        for i in steps(range(0, K, chunk), "silencing channels"):
            k = torch.arange(i, min(i + chunk, K))
            many = A.repeat(len(k) + 1, *[1] * (A.ndim - 1))
            many.movedim(channel, 1)[1 + torch.arange(len(k)), k] = 0
            y = full(self.aim.of(self._behind(many), self.one))
            drops.append(y[0] - y[1:])
        return torch.cat(drops)[None]

    def _behind(self, many):
        """Scores [n, C] with the output of the layer's last run replaced by `many` [n, ...], the first one whole."""
        module, runs = self.network.module, []

        def replace(_module, _inputs, _output):
            runs.append(1)
            return many.clone() if len(runs) == self.run.runs[self.layer] else None

        with untouched(module), torch.no_grad():
            handle = module.get_submodule(self.layer).register_forward_hook(replace)
            try:
                for x in (self.x, self.x.expand(len(many), -1, -1, -1)):
                    runs.clear()
                    try:
                        y = run_on(module, x)
                    except LabError:
                        continue
                    if len(y) == len(many) and torch.allclose(full(y[:1]), self.y, rtol=1e-2, atol=1e-3):
                        return y
            finally:
                handle.remove()
        raise LabError(f"The channels of {self.layer!r} cannot be silenced one by one; choose another layer.")

    def gradient_of(self, x, rule=None):
        """dy_c/dx at x [B, C, H, W], another picture of the same aim; by a ReLU rule of `gradcam_lab.rules`."""
        return self._gradient(x, INPUT, rule)

    def gradients_of(self, x):
        """dy/dA at the layer for x [B, C, H, W]."""
        return self._as_map(self._gradient(x, self.layer))

    def _gradient(self, x, layer, rule=None):
        if rule is None and x is self.all_x and layer in self.run.A:  # this pass has been run already
            return self.run.dy_dA(self.aim.of(self.run.y), keep=True)[layer]
        # A backward rule is chosen in the forward pass, so the whole trace is made within it.
        mode = relu_rule(rule) if rule else contextlib.nullcontext()
        with mode, trace(self.network.module, x, [layer]) as run:
            if rule and not mode.seen:
                self.notes.append(f"{self.network.name} has no ReLU, so this is the plain gradient.")
            return run.dy_dA(self.aim.of(run.y, self.one))[layer]

    @property
    def gradcam(self):
        """The Grad-CAM map L [B, h, w] of the layer."""
        return gradcam(self.A, self.dy_dA)

    def noise(self, shape, i):
        """The i-th draw of standard normal noise: the same for the same seed, on any device."""
        return torch.randn(shape, generator=self._generator(i), device="cpu").to(self.x)

    def uniform(self, shape, i):
        """The i-th draw of numbers from 0 to 1."""
        return torch.rand(shape, generator=self._generator(i), device="cpu").to(self.x)

    def _generator(self, i):
        return torch.Generator().manual_seed(self.options.get("seed", 0) * 1_000_003 + i)

    def score_of(self, inputs, n):
        """The score [n] of n inputs, `inputs(i, j)` makes those from i to j; a chunk at a time."""
        probability = self.options.get("scores") == "probability"
        chunk = self.options.get("chunk") or at_once(self.x)
        found = []
        run, layout = self._fast()
        with untouched(self.network.module), torch.inference_mode():
            for i in steps(range(0, n, chunk), "running masked pictures"):
                y = run_on(run, inputs(i, min(i + chunk, n)).contiguous(memory_format=layout))
                found.append(self.aim.of(full(y), self.one, probability))
        return torch.cat(found).clone() if found else self.x.new_zeros(0)

    def _fast(self):
        """(what to run many pictures with, their memory format): a private, faster copy if it computes the same."""
        if "fast" not in self.kept:
            self.kept["fast"] = self.network.module, torch.contiguous_format
            with contextlib.suppress(Exception):  # a module that cannot be copied so is only not made faster
                quick = fast_copy(self.network.module)
                y = full(quick(self.all_x.contiguous(memory_format=torch.channels_last)))
                if torch.allclose(y, self.aim.y, rtol=1e-4, atol=1e-5 * float(self.aim.y.abs().max())):
                    self.kept["fast"] = quick, torch.channels_last
        return self.kept["fast"]


def fast_copy(module):
    """A copy of `module` that computes the same faster: batch norm folded into convolutions, channels last."""
    with torch.inference_mode(False), torch.no_grad():
        quick = copy.deepcopy(module).eval().requires_grad_(False)
        _fold_batch_norms(quick)
        return quick.to(memory_format=torch.channels_last)


def _fold_batch_norms(module):
    """Fold each batch norm that follows its convolution directly, by a symbolic trace; leave the rest alone."""
    try:
        graph = torch.fx.symbolic_trace(module).graph
    except Exception:  # a network with control flow cannot be traced: then its batch norms stay
        return
    modules, uses = dict(module.named_modules()), {}
    for node in graph.nodes:
        if node.op == "call_module":
            uses.setdefault(node.target, []).append(node)
    for target, nodes in uses.items():
        source = nodes[0].args[0] if nodes[0].args else None
        if (
            not isinstance(modules.get(target), nn.BatchNorm2d)
            or len(nodes) > 1
            or getattr(source, "op", "") != "call_module"
        ):
            continue
        convolution = modules[source.target]
        if type(convolution) is nn.Conv2d and len(uses[source.target]) == 1 and len(source.users) == 1:
            fused = nn.utils.fuse_conv_bn_eval(convolution, modules[target])
            module.set_submodule(source.target, fused)
            module.set_submodule(target, nn.Identity())
