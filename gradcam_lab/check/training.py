"""The exercises of lesson 4: setting pictures apart, one step of training, how often a network is right."""

import functools

import torch
from torch import nn
from torch.nn import functional as F

from .engine import Case, Exercise, Slip, Stage, mark


class _Net(nn.Module):
    """A toy whose batch norm tells whether it was training, with two classes, in evaluation mode to begin with."""

    def __init__(self, seed):
        super().__init__()
        random = torch.Generator().manual_seed(seed)
        self.a, self.norm, self.b = nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 3)
        with torch.no_grad():
            for p in self.parameters():
                p.copy_(torch.randn(p.shape, generator=random))
        self.ran = self.backward = 0
        self.b.weight.register_hook(self._count)
        self.eval()

    def _count(self, gradient):
        self.backward += 1

    def forward(self, x):
        self.ran += 1
        return self.b(self.norm(self.a(x)).tanh())


class _Counting(torch.optim.SGD):
    """Plain gradient descent that counts its steps."""

    steps = 0

    def step(self, closure=None):
        self.steps += 1
        return super().step(closure)


def _lesson(seed, steps):
    """(network, optimizer, batches): random, the same for the same seed; torch's own random state stays."""
    random = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]), torch.inference_mode(False), torch.enable_grad():
        net = _Net(seed)
    batches = [(torch.randn(8, 4, generator=random), torch.randint(3, (8,), generator=random)) for _ in range(steps)]
    return net, _Counting(net.parameters(), lr=0.3), batches


def _became(net, optimizer, batches):
    """What a step leaves: the weights, the statistics of batch norm, and how often it went back and forth."""
    weights = torch.cat([value.detach().flatten().double() for value in net.state_dict().values()])
    counts = torch.tensor([net.backward, optimizer.steps], dtype=torch.float64) / len(batches)
    return torch.cat([weights, counts])


def _step(seed, steps, mode, loss, move):
    net, optimizer, batches = _lesson(seed, steps)
    with torch.inference_mode(False), torch.enable_grad():
        for x, y in batches:
            mode(net)
            move(optimizer, lambda x=x, y=y: loss(net(x), y))
    return _became(net, optimizer, batches)


def _in_order(*what):
    """A step that does these, named, one after the other."""

    def move(optimizer, forward):
        for name in what:
            if name == "zero":
                optimizer.zero_grad()
            elif name == "step":
                optimizer.step()
            elif name == "forward":
                forward()
            else:
                forward().backward()

    return move


STEP = Exercise(
    name="step",
    answer="a network that has learnt from one batch",
    solve=_step,
    stages={
        "mode": Stage(
            lambda net: net.train(),
            (
                Slip(
                    "the network is still in evaluation mode",
                    "Call net.train() first: batch norm and dropout work otherwise while a network learns.",
                    lambda net: net.eval(),
                ),
            ),
        ),
        "loss": Stage(
            F.cross_entropy,
            (
                Slip(
                    "softmax before the loss",
                    "cross_entropy takes the scores (logits) and does the softmax itself; twice, it learns slowly.",
                    lambda y, labels: F.cross_entropy(y.softmax(1), labels),
                ),
                Slip(
                    "the sum over the batch instead of the mean",
                    "Then the steps grow with the batch. cross_entropy takes the mean unless told otherwise.",
                    lambda y, labels: F.cross_entropy(y, labels, reduction="sum"),
                ),
                Slip(
                    "nll_loss of scores",
                    "nll_loss wants log_softmax; F.cross_entropy is both in one.",
                    F.nll_loss,
                ),
                Slip(
                    "uphill",
                    "The loss has its sign turned, so the step makes it larger: no minus before it.",
                    lambda y, labels: -F.cross_entropy(y, labels),
                ),
                Slip(
                    "squared distances instead of the cross-entropy",
                    "Asked was for F.cross_entropy(net(x), y).",
                    lambda y, labels: F.mse_loss(y, F.one_hot(labels, y.shape[1]).float()),
                ),
            ),
        ),
        "move": Stage(
            _in_order("zero", "backward", "step"),
            (
                Slip(
                    "zero_grad is forgotten",
                    "backward adds to the gradients that are there: the second step goes along both batches' "
                    "gradients, the third along three. optimizer.zero_grad() before each backward.",
                    _in_order("backward", "step"),
                ),
                Slip(
                    "zero_grad between backward and step",
                    "The gradients are wiped out before the step can use them: zero_grad, backward, step.",
                    _in_order("backward", "zero", "step"),
                ),
                Slip(
                    "no step",
                    "The gradients are there, and nobody moves the weights: optimizer.step().",
                    _in_order("zero", "backward"),
                ),
                Slip(
                    "no backward",
                    "Without loss.backward() there is no gradient, and the optimizer has nowhere to go.",
                    _in_order("zero", "forward", "step"),
                ),
                Slip(
                    "the loss is computed, and nothing is done with it",
                    "zero_grad, loss.backward(), step: the weights are as they were.",
                    _in_order("forward"),
                ),
                Slip(
                    "the step comes before backward",
                    "It moves by the gradients of the batch before, if there are any: backward first, then step.",
                    _in_order("step", "zero", "backward"),
                ),
                Slip(
                    "two steps for one batch",
                    "Once: zero_grad, backward, step.",
                    _in_order("zero", "backward", "step", "step"),
                ),
            ),
        ),
    },
    cases=(
        Case("two batches in a row", lambda: (1, 2)),
        Case("three batches in a row", lambda: (2, 3)),
    ),
    praise="That is all a training is: this, some hundred times.",
)


def step(answer):
    """Lesson 4. `answer(net, optimizer, x, y)` does one step of training; what it returns does not matter."""
    if not callable(answer):
        return mark(STEP, answer)

    @functools.wraps(answer)
    def trained(seed, steps):
        net, optimizer, batches = _lesson(seed, steps)
        with torch.inference_mode(False), torch.enable_grad():
            for x, y in batches:
                try:
                    answer(net, optimizer, x, y)
                except RuntimeError as error:
                    if "inplace operation" in str(error):
                        raise RuntimeError(
                            "the weights were moved between the scores and backward. First backward, then the step"
                        ) from None
                    if "does not require grad" in str(error):
                        raise RuntimeError(
                            "the loss has no gradient. It hangs on the weights through the scores net(x): no argmax "
                            "between them, no torch.no_grad() around them"
                        ) from None
                    raise
        return _became(net, optimizer, batches) if net.ran or optimizer.steps else None

    return mark(STEP, trained)
