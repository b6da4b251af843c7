"""Transfer learning: a network that has learnt on many pictures learns other classes from a few.

    net = gl.load_network("resnet50")
    tuned = gl.training.fine_tune(net, "photos")        # photos/cat/*.jpg, photos/dog/*.jpg
    tuned.history.plot()
    gl.explain(tuned, "photos/cat/tom.jpg").overlay()
    tuned.save("my.pt")                                 # tomorrow: gl.training.load_tuned("my.pt")

Yosinski, Clune, Bengio and Lipson, How transferable are features in deep neural networks?, NeurIPS 2014.
"""

import math
import time
from contextlib import contextmanager

import torch
from torch.nn import functional as F

from ..errors import LabError
from ..explain import as_network
from ..networks import pick_device
from ..networks.history import History
from ..networks.tuned import with_head, writable
from ..trace import scores
from ..worlds import checks
from .given import split
from .keeper import Keeper
from .reading import AT_ONCE, Kept, Read, features_of


def fine_tune(
    network,
    data,
    valid=0.2,
    *,
    epochs=5,
    batch=16,
    rate=None,
    flips=True,
    freeze=True,
    seed=0,
    device=None,
    progress=True,
    save=None,
):
    """A copy of `network`, trained on to tell other classes apart: a `Tuned` Network with a `history`.

    network  a Network (or a torch.nn.Module); it is left as it was. Its last linear layer is replaced by a fresh one
             for the classes found; if its labels are these classes already, its head is kept and trained on.
             Pictures of any size are prepared as this network wants them
    data     a folder with one folder of pictures for each class, whose names are the labels (with train/ and valid/
             in it, these are taken); a sample of gl.worlds; or a data set of (PIL picture, label), as torchvision's
             without a transform
    valid    the pictures that choose the best epoch: a share of the data, drawn by `seed` from each class alike, or
             pictures of their own, in any form that `data` may have. As they choose, their accuracy flatters a
             little: what the result can do is for pictures to say that had no part in it
    epochs, batch   passes through the training pictures; pictures between two steps
    rate     the largest learning rate (default: 1e-3 for the head alone, 1e-4 for all layers); AdamW, one cycle
    flips    half of the training pictures are mirrored, each time by chance
    freeze   True: only the head learns. All else is fixed, batch norm's statistics too, so that every picture (and its
             mirror image) needs to run through it once, however many epochs there are. False: all layers learn
    seed     of the head's first weights, the order, the mirroring; the caller's random numbers stay as they are
    device   where to train (default: where the network is)
    save     a file to write the result to, as `Tuned.save` does

    Every picture is read before the training begins. Ctrl-C ends the training after the batch and keeps the best epoch
    so far; before the first epoch is over it is passed on. Raises LabError for fewer than two classes, a class without
    pictures, a picture that is damaged, labels that do not match, or a network without a linear head.
    """
    started, network = time.perf_counter(), as_network(network)
    checks.whole("epochs", epochs, 1, 10_000)
    checks.whole("batch", batch, 2, 4096)
    if freeze not in (True, False):
        raise LabError(f"freeze is True or False: does the head alone learn? Given was {freeze!r}.")
    rate = (1e-3 if freeze else 1e-4) if rate is None else checks.number("rate", rate, 1e-8, 10)
    save = None if save is None else writable(save)
    training, validation = split(data, valid, seed)
    device = pick_device(device) if device else network.device
    fresh = list(network.labels) != training.labels
    with torch.inference_mode(False), torch.enable_grad(), torch.random.fork_rng(devices=_cuda(device)):
        torch.manual_seed(seed)
        tuned, head = with_head(network, training.labels, fresh)
        module = tuned.module.to(device)
        learner = module.get_submodule(head.name) if freeze else module
        with _only(learner, module):
            if freeze:
                features = features_of(module, learner)
                inputs = [
                    Kept(tuned, pictures, features, mirrors, progress)
                    for pictures, mirrors in ((training, flips), (validation, False))
                ]
            else:
                inputs = [Read(tuned, pictures, progress) for pictures in (training, validation)]

            def run(inputs):
                return head.tail_of(learner(inputs)) if freeze else scores(module(inputs))

            order = torch.Generator().manual_seed(seed)
            tuned.history = _learn(learner, run, *inputs, epochs, batch, rate, flips, order, progress)
    module.eval()
    tuned.history.seconds = round(time.perf_counter() - started, 1)
    if save is not None:
        tuned.save(save)
    return tuned


def _learn(learner, run, training, validation, epochs, batch, rate, flips, order, progress):
    """Train `learner`, a module within what `run` makes scores of inputs with; leaves it with its best weights."""
    n, history = len(training.y), History(pictures=len(training.y), valid_pictures=len(validation.y))
    optimizer = torch.optim.AdamW(learner.parameters(), lr=rate, weight_decay=1e-2)
    many = len(_batches(torch.arange(n), batch))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _cycle(step, epochs * many))
    with Keeper(learner, epochs, many, progress) as keeper:
        for _ in range(epochs):
            learner.train()
            total, right = 0.0, 0
            for rows in _batches(torch.randperm(n, generator=order), batch):
                mirrored = torch.rand(len(rows), generator=order) < (0.5 if flips else 0)
                x, y = training.rows(rows, mirrored)
                out = run(x)
                loss = F.cross_entropy(out, y)
                if not torch.isfinite(loss):
                    raise LabError(f"The training went astray: its loss is {loss.item()}; take a smaller rate.")
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                total, right = total + loss.item() * len(rows), right + (out.argmax(1) == y).sum().item()
                keeper.step()
            valid_accuracy, valid_loss = _validate(learner, run, validation)
            history.accuracy.append(right / n)
            history.loss.append(total / n)
            history.valid_accuracy.append(valid_accuracy)
            history.valid_loss.append(valid_loss)
            rank = (valid_accuracy, -valid_loss)
            keeper.end_epoch(rank, right=f"{right / n:.1%}", validation=f"{valid_accuracy:.1%}")
    history.best = keeper.best_epoch
    return history


@torch.no_grad()
def _validate(learner, run, validation):
    """(share right, mean loss) of the pictures set apart."""
    learner.eval()
    right = total = 0.0
    for rows in torch.arange(len(validation.y)).split(AT_ONCE):
        x, y = validation.rows(rows)
        out = run(x)
        right += (out.argmax(1) == y).sum().item()
        total += F.cross_entropy(out, y, reduction="sum").item()
    return right / len(validation.y), total / len(validation.y)


@contextmanager
def _only(learner, module):
    """Within: of `module` only the parameters of `learner` learn. Afterwards `requires_grad` is as it was."""
    before, learning = [(p, p.requires_grad) for p in module.parameters()], set(learner.parameters())
    try:
        for p, _ in before:
            p.requires_grad_(p in learning)
        yield
    finally:
        for p, learns in before:
            p.requires_grad_(learns)
            p.grad = None


def _batches(rows, size):
    """`rows` in batches; a last one of a single row joins the one before, for batch norm needs two."""
    batches = list(rows.split(size))
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches


def _cycle(step, steps):
    """The learning rate's share: up in a straight line over a fifth of the steps, down along half a cosine."""
    rise = max(1, round(0.2 * steps))
    if step < rise:
        return (step + 1) / rise
    return 0.5 + 0.5 * math.cos(math.pi * (step - rise) / max(1, steps - rise))


def _cuda(device):
    return [device] if device.type == "cuda" else []
