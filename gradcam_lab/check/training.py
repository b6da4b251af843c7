"""The exercises of lesson 4: setting pictures apart, one step of training, how often a network is right."""

import functools

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .engine import Case, Exercise, Result, Slip, Stage, mark, not_yet

# ----------------------------------------------------------------------------------------------- a training step


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


# ------------------------------------------------------------------------------------------- how often it is right


def _of_columns(y):
    """The best picture of each class, in place of the best class of each picture; -1s where torch would stop."""
    return y.argmax(0) if y.shape[0] == y.shape[1] else torch.full(y.shape[:1], -1)


def _share(right):
    return right.double().mean()


ACCURACY = Exercise(
    name="accuracy",
    answer="one number from 0 to 1",
    solve=lambda y, labels, right, share: share(right(y, labels)),
    stages={
        "right": Stage(
            lambda y, labels: y.argmax(1) == labels,
            (
                Slip(
                    "argmax over the pictures, not over the classes",
                    "y is [B, C]: a row for each picture. The best class of each is y.argmax(1).",
                    lambda y, labels: _of_columns(y) == labels,
                ),
                Slip(
                    "right only if the probability is above one half",
                    "Of several classes the best may have less than one half, and is the answer all the same: argmax.",
                    lambda y, labels: y.softmax(1)[range(len(labels)), labels] > 0.5,
                ),
                Slip(
                    "right if the score is above 0",
                    "A score has no zero point of its own; the largest one is the answer: argmax.",
                    lambda y, labels: y[range(len(labels)), labels] > 0,
                ),
                Slip(
                    "the probability of the right class",
                    "Its mean says how sure the network is. Count how often the right class has the largest score.",
                    lambda y, labels: y.softmax(1)[range(len(labels)), labels],
                ),
                Slip(
                    "the score of the right class",
                    "Count how often the right class has the largest score.",
                    lambda y, labels: y[range(len(labels)), labels],
                ),
                Slip(
                    "the largest score is compared with the label",
                    "The largest score is a number, a label is a class: argmax says which class has that score.",
                    lambda y, labels: y.amax(1) == labels,
                ),
                Slip(
                    "one argmax for the whole table",
                    "argmax() counts through all rows; the best class of each picture is y.argmax(1).",
                    lambda y, labels: y.argmax() == labels,
                ),
                Slip(
                    "how often it is wrong",
                    "Right is where argmax and label are equal: ==.",
                    lambda y, labels: y.argmax(1) != labels,
                ),
                Slip(
                    "the lowest score is taken for the answer",
                    "The network's answer is the class with the largest score: argmax.",
                    lambda y, labels: y.argmin(1) == labels,
                ),
                Slip(
                    "the mean of the labels",
                    "Labels are names written as numbers; compare them with y.argmax(1).",
                    lambda y, labels: labels,
                ),
                Slip(
                    "the mean of the predicted classes",
                    "Classes are names written as numbers; compare them with the labels, ==, then take the mean.",
                    lambda y, labels: y.argmax(1),
                ),
                Slip(
                    "the distance between class numbers",
                    "Class 2 is not nearer to class 1 than to class 0. Ask whether they are equal: ==.",
                    lambda y, labels: (y.argmax(1) - labels).abs(),
                ),
            ),
        ),
        "share": Stage(
            _share,
            (
                Slip(
                    "a number of pictures, not a share",
                    "Divide by how many there are: .float().mean().",
                    lambda right: right.double().sum(),
                ),
                Slip(
                    "per cent",
                    "Right, but a hundred times too large: expected is a share from 0 to 1.",
                    lambda right: 100 * _share(right),
                ),
                Slip(
                    "one answer for each picture, not their mean",
                    "Take the mean over the pictures: .float().mean().",
                    lambda right: right.double(),
                ),
                Slip(
                    "divided by the number of classes",
                    "Divide by the number of pictures: .float().mean().",
                    lambda right: right.double().sum() / 4,
                ),
                Slip(
                    "right only if all are right",
                    "Count them: .float().mean(), not .all().",
                    lambda right: right.bool().all().double(),
                ),
            ),
        ),
    },
    cases=(
        Case("four pictures, four classes", lambda: _scores(4, 4, 2)),
        Case("twelve pictures", lambda: _scores(12, 4, 1)),
        Case("seven pictures", lambda: _scores(7, 4, 5)),
        Case("five pictures, all right", lambda: _scores(5, 4, 6, knows=9)),
    ),
    praise="Right for what reason, it does not say.",
    told="you returned {mine}, the share is {right}",
)


def _scores(pictures, classes, seed, knows=0.8):
    random = torch.Generator().manual_seed(seed)
    y, labels = torch.randn(pictures, classes, generator=random), torch.randint(classes, (pictures,), generator=random)
    y[range(pictures), labels] += knows
    return y, labels


def accuracy(answer):
    """Lesson 4. `answer(y, labels)` -> the share of pictures whose largest score, of y [B, C], is that of the label."""
    return mark(ACCURACY, answer)


# ------------------------------------------------------------------------------------------- pictures set apart

SPLITS = {  # name of the slip: help
    "pictures in both parts": "What a network has trained on it may know by heart: a validation picture must not be "
    "among the training pictures.",
    "pictures are lost": "Each picture goes into one of the two parts, and none is left over.",
    "pictures are drawn twice": "Draw without putting back: shuffle all numbers, then cut.",
    "not shuffled": "A folder is read class by class, so its end is one class only. Shuffle, then cut.",
    "the parts are exchanged": "First the training pictures, then those set apart.",
    "not the share asked for": "round(share * n) pictures are to be set apart.",
    "labels instead of numbers of pictures": "Return numbers of pictures, 0 to n - 1, as in range(len(y)).",
    "another split at each call": "Run again, the lesson would validate on what it had trained on before. Shuffle with "
    "a generator of your own and the seed: np.random.default_rng(seed).",
    "the seed changes nothing": "Another seed, another split: np.random.default_rng(seed).",
}


def split(answer):
    """Lesson 4. `answer(y, share, seed)` -> (training, validation), numbers of pictures; y has a label for each."""
    try:
        result = _split(answer)
    except Exception as error:  # an answer so odd that marking it fails is still only a wrong answer
        result = Result(False, f"Not right yet: your function stopped with {type(error).__name__}: {error}")
    print(result.message)
    return result


def _split(answer):
    if answer is None or answer is Ellipsis:
        return not_yet()
    if not callable(answer):
        return Result(False, "Not right yet: hand over the function itself, as gl.check.split(my_split).")
    for n, share, seed in ((40, 0.25, 0), (30, 0.2, 1), (60, 0.5, 2)):
        y = np.repeat([0, 1], n // 2)
        given = answer(y.copy(), share, seed)
        if given is None or given is Ellipsis:
            return not_yet()
        try:
            training, validation = (np.asarray(part, dtype=float).ravel() for part in given)
        except (TypeError, ValueError):
            return Result(False, "Not right yet: expected were two lists of numbers, (training, validation).")
        slip = _slip(training, validation, y, share)
        if slip:
            return _wrong(slip)
    again = [np.sort(np.asarray(answer(y.copy(), share, seed)[1], dtype=float)) for seed in (0, 0, 1, 2)]
    if not np.array_equal(again[0], again[1]):
        return _wrong("another split at each call")
    if all(np.array_equal(again[0], other) for other in again[2:]):
        return _wrong("the seed changes nothing")
    return Result(True, "Right. Nothing in both, nothing lost, both classes in each, and the same split tomorrow.")


def _slip(training, validation, y, share):
    n, apart = len(y), round(share * len(y))
    both, numbers = np.concatenate([training, validation]), np.arange(len(y))
    if len(both) == n and np.isin(both, np.unique(y)).all():
        return "labels instead of numbers of pictures"
    if len(both) == 2 * n and np.isin(both, (0, 1)).all():
        return "labels instead of numbers of pictures"
    if np.intersect1d(training, validation).size:
        return "pictures in both parts"
    if any(len(np.unique(part)) < len(part) for part in (training, validation)):
        return "pictures are drawn twice"
    if not np.array_equal(np.sort(both), numbers):
        return "pictures are lost" if np.isin(both, numbers).all() else "labels instead of numbers of pictures"
    if len(training) == apart and len(validation) != apart:
        return "the parts are exchanged"
    if abs(len(validation) - apart) > 1:
        return "not the share asked for"
    kinds = y[validation.astype(int)]
    return "not shuffled" if len(np.unique(kinds)) == 1 else None


def _wrong(slip):
    return Result(False, f"Not right yet: {slip}.\n  {SPLITS[slip]}", (slip,))
