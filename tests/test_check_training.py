"""The checks of lesson 4: answers as a learner might write them, right and wrong."""

import numpy as np
import pytest
import torch
from answers import test_a_right_answer_is_right, test_a_wrong_answer_is_named  # noqa: F401
from torch.nn import functional as F

from gradcam_lab import check


def my_split(y, share, seed):
    order = np.random.default_rng(seed).permutation(len(y))
    apart = round(share * len(y))
    return order[apart:], order[:apart]


def of_each_class(y, share, seed):
    random, training, validation = np.random.default_rng(seed), [], []
    for kind in np.unique(y):
        rows = random.permutation(np.flatnonzero(y == kind))
        apart = round(share * len(rows))
        training, validation = [*training, *rows[apart:]], [*validation, *rows[:apart]]
    return training, validation


def my_step(net, optimizer, x, y):
    net.train()
    optimizer.zero_grad()
    F.cross_entropy(net(x), y).backward()
    optimizer.step()


def zero_last(net, optimizer, x, y):
    net.train()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss


def my_accuracy(y, labels):
    return (y.argmax(1) == labels).float().mean().item()


def by_loop(y, labels):
    return sum(int(one.argmax()) == int(label) for one, label in zip(y, labels)) / len(y)


RIGHT = [
    ("split", my_split),
    ("split", of_each_class),
    ("step", my_step),
    ("step", zero_last),
    ("accuracy", my_accuracy),
    ("accuracy", by_loop),
]


def own_luck(y, share, seed):
    return my_split(y, share, np.random.default_rng().integers(10**6))


def cut(y, share, seed):
    n = len(y) - round(share * len(y))
    return list(range(n)), list(range(n, len(y)))


def all_and_some(y, share, seed):
    return np.arange(len(y)), my_split(y, share, seed)[1]


def labels_of(y, share, seed):
    return tuple(y[part] for part in my_split(y, share, seed))


def twice(y, share, seed):
    apart = np.random.default_rng(seed).integers(0, len(y), round(share * len(y)))
    return np.setdiff1d(np.arange(len(y)), apart), apart


def some_lost(y, share, seed):
    training, validation = my_split(y, share, seed)
    return training[1:], validation


def without_train(net, optimizer, x, y):
    optimizer.zero_grad()
    F.cross_entropy(net(x), y).backward()
    optimizer.step()


def step_first(net, optimizer, x, y):
    net.train()
    optimizer.step()
    optimizer.zero_grad()
    F.cross_entropy(net(x), y).backward()


def steps(loss=F.cross_entropy, order="zbs"):
    def answer(net, optimizer, x, y):
        net.train()
        value = loss(net(x), y)
        for letter in order:
            {"z": optimizer.zero_grad, "b": value.backward, "s": optimizer.step}[letter]()

    return answer


WRONG = [
    ("split", all_and_some, "pictures in both parts"),
    ("split", some_lost, "pictures are lost"),
    ("split", twice, "pictures are drawn twice"),
    ("split", cut, "not shuffled"),
    ("split", lambda y, share, seed: my_split(y, share, seed)[::-1], "the parts are exchanged"),
    ("split", lambda y, share, seed: my_split(y, share / 2, seed), "not the share asked for"),
    ("split", labels_of, "labels instead of numbers of pictures"),
    ("split", own_luck, "another split at each call"),
    ("split", lambda y, share, seed: my_split(y, share, 7), "the seed changes nothing"),
    ("step", without_train, "the network is still in evaluation mode"),
    ("step", steps(order="bs"), "zero_grad is forgotten"),
    ("step", steps(order="bzs"), "zero_grad between backward and step"),
    ("step", steps(order="zb"), "no step"),
    ("step", steps(order="zs"), "no backward"),
    ("step", steps(order=""), "the loss is computed, and nothing is done with it"),
    ("step", step_first, "the step comes before backward"),
    ("step", steps(order="zbss"), "two steps for one batch"),
    ("step", steps(lambda y, c: F.cross_entropy(y.softmax(1), c)), "softmax before the loss"),
    ("step", steps(lambda y, c: F.cross_entropy(y, c, reduction="sum")), "the sum over the batch instead of the mean"),
    ("step", steps(lambda y, c: -F.cross_entropy(y, c)), "uphill"),
    ("accuracy", lambda y, c: (y.argmax(0) == c).float().mean(), "argmax over the pictures, not over the classes"),
    (
        "accuracy",
        lambda y, c: (y.softmax(1).gather(1, c[:, None]) > 0.5).float().mean(),
        "right only if the probability is above one half",
    ),
    ("accuracy", lambda y, c: (y.max(1).values == c).float().mean(), "the largest score is compared with the label"),
    ("accuracy", lambda y, c: (y.argmax() == c).float().mean(), "one argmax for the whole table"),
    ("accuracy", lambda y, c: (y.argmax(1) == c).all(), "right only if all are right"),
    ("accuracy", lambda y, c: c.float().mean(), "the mean of the labels"),
    ("accuracy", lambda y, c: y.argmax(1).float().mean(), "the mean of the predicted classes"),
    ("accuracy", lambda y, c: 1 - my_accuracy(y, c), "how often it is wrong"),
    ("accuracy", lambda y, c: (y.argmax(1) == c).sum(), "a number of pictures, not a share"),
    ("accuracy", lambda y, c: 100 * my_accuracy(y, c), "per cent"),
    ("accuracy", lambda y, c: y.softmax(1)[range(len(c)), c].mean(), "the probability of the right class"),
    ("accuracy", lambda y, c: (y.argmax(1) == c).float(), "one answer for each picture, not their mean"),
]


def test_two_slips_at_once_are_both_named():
    result = check.step(steps(lambda y, c: F.cross_entropy(y.softmax(1), c), order="bs"))
    assert set(result.slips) == {"softmax before the loss", "zero_grad is forgotten"}


def nothing(*given): ...  # your lines here


def loss_of_argmax(net, optimizer, x, y):
    F.l1_loss(net(x).argmax(1).float(), y.float()).backward()


@pytest.mark.parametrize("name", ["split", "step", "accuracy"])
@pytest.mark.parametrize("answer", [None, nothing, 3, lambda *given: 1 / 0, lambda *given: "cat"])
def test_a_check_never_raises(name, answer):
    result = getattr(check, name)(answer)
    assert not result
    assert result.message.startswith("Not")
    assert result.message.startswith("Not yet") == (answer in (None, nothing))


@pytest.mark.parametrize(
    ("answer", "words"),
    [(loss_of_argmax, "the loss has no gradient"), (steps(order="szb"), "First backward, then the step")],
)
def test_what_stops_torch_is_explained(answer, words):
    assert words in check.step(answer).message


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda y, c: (y.argmax(1) == c).mean(), ".float() makes them 1 and 0"),
        (lambda y, c: (y.max(1) == c).float().mean(), "y.argmax(1) is the places alone"),
    ],
)
def test_an_answer_at_which_torch_stops_is_not_taken_for_the_starter(answer, words):
    message = check.accuracy(answer).message
    assert message.startswith("Not right yet") and words in message


def test_arguments_in_the_wrong_order_are_not_taken_for_the_starter():
    assert check.step(steps(lambda y, c: F.cross_entropy(c, y))).message.startswith("Not right yet")


def test_the_learners_random_numbers_and_modes_stay():
    torch.manual_seed(3)
    before = torch.rand(2)
    torch.manual_seed(3)
    with torch.no_grad():
        assert check.step(my_step)
    assert torch.equal(torch.rand(2), before)
