"""The exercises of lesson 4 on judging a network: its accuracy, and pictures set apart for it."""

import numpy as np
import torch

from .engine import Case, Exercise, Result, Slip, Stage, mark, not_yet


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
