"""Labelled pictures as people have them, a folder, a data set, a sample, brought into one form."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import torch

from ..errors import LabError, nearest
from ..pictures import load_picture
from ..progress import steps
from ..worlds import folder

VALID = ("valid", "validation", "val")  # the folder beside train/


@dataclass(frozen=True)
class Given:
    """Labelled pictures: `picture(i)` is a PIL picture, or a LabError; y int64 [n] is the index of its label."""

    picture: Callable
    y: torch.Tensor
    labels: list

    def __len__(self):
        return len(self.y)

    def rows(self, indices):
        """Some of them."""
        return Given(lambda i: self.picture(indices[i]), self.y[indices], self.labels)


def split(data, valid, seed):
    """(training, validation), both Given with the same labels.

    `valid` is a share of `data` to set apart, of each class alike, or labelled pictures of its own. A folder with
    train/ and valid/ in it is split already.
    """
    own = not isinstance(valid, int | float) or isinstance(valid, bool)
    if isinstance(data, str | os.PathLike):
        path = folder.existing_folder(data)
        beside = next((path / name for name in VALID if (path / name).is_dir()), None)
        if (path / "train").is_dir():
            data, valid, own = path / "train", *((beside, True) if beside and not own else (valid, own))
    if not own and not 0 < valid < 1:
        raise LabError(f"valid is a share above 0 and below 1, or pictures to validate on; given was {valid!r}.")
    training = _two_classes(given(data))
    if own:
        return training, _labelled_as(training.labels, given(valid))
    random, apart = Random(f"valid {seed}"), []
    for k, label in enumerate(training.labels):
        rows = torch.nonzero(training.y == k).flatten().tolist()
        if len(rows) < 2:
            raise LabError(f"The class {label!r} has one picture only; two are the least, to train on and to validate.")
        apart += random.sample(rows, min(max(1, round(valid * len(rows))), len(rows) - 1))
    rest = sorted(set(range(len(training))) - set(apart))
    return training.rows(rest), training.rows(sorted(apart))


def given(data):
    """Whatever has labelled pictures as Given; only labels that occur are counted."""
    if isinstance(data, str | os.PathLike):
        data = folder.sample(data)
    if not hasattr(data, "__len__") or not hasattr(data, "__getitem__") or isinstance(data, dict | torch.Tensor):
        raise LabError(
            "Pictures to train on are a folder's path, a sample of gl.worlds or a data set of (picture, label); given "
            f"was a {type(data).__name__}."
        )
    if len(data) == 0:
        raise LabError("There are no pictures to train on: the data set is empty.")
    if hasattr(data, "kinds") and hasattr(data, "y"):  # a Sample, or Photos
        return _counted(lambda i: load_picture(data[i].picture), data.y.tolist(), list(data.kinds))
    names = _names(data)
    return _counted(lambda i: _picture(data, i), [_label(data, i, names) for i in _rows(data)], names)


def _rows(data):
    """The numbers of its pictures, under a bar: to know a label, a data set may have to read the picture."""
    return steps(range(len(data)), "reading labels")


def _names(data):
    """The names of a data set's classes; those of a part of another data set are the other's."""
    whole = data
    while not hasattr(whole, "classes") and hasattr(whole, "dataset"):
        whole = whole.dataset
    return [str(name) for name in getattr(whole, "classes", [])]


def _counted(picture, y, names):
    """Given, of labels as numbers or as names, without the names that do not occur."""
    if all(isinstance(label, str) for label in y):
        labels = sorted(set(y))
        numbers = [labels.index(label) for label in y]
    else:
        if odd := [i for i, label in enumerate(y) if isinstance(label, str)]:
            raise LabError(f"Labels are all names or all numbers; that of picture {odd[0]} is {y[odd[0]]!r}.")
        kept = sorted(set(y))
        labels = [names[k] if k < len(names) else f"class {k}" for k in kept]
        numbers = [kept.index(k) for k in y]
    return Given(picture, torch.tensor(numbers), labels)


def _item(data, i):
    try:
        item = data[i]
    except LabError:
        raise
    except Exception as error:  # whatever a data set's own reading raises
        raise LabError(f"Picture {i} of the data set cannot be read ({str(error).strip() or repr(error)}).") from None
    if not isinstance(item, tuple | list) or len(item) != 2:
        raise LabError(f"A data set to train on gives (picture, label); item {i} is a {type(item).__name__}.")
    return item


def _label(data, i, names):
    targets = getattr(data, "targets", None)
    label = targets[i] if targets is not None and len(targets) == len(data) else _item(data, i)[1]
    if isinstance(label, str):
        return label
    try:
        number = int(label)
    except (TypeError, ValueError, RuntimeError):
        number = -1
    if number < 0 or (names and number >= len(names)):
        most = f" below {len(names)}" if names else ""
        raise LabError(f"A label is a name, or a whole number from 0{most}; that of picture {i} is {label!r}.")
    return number


def _picture(data, i):
    picture = _item(data, i)[0]
    if isinstance(picture, torch.Tensor):
        raise LabError(
            "The data set gives tensors, but the network prepares the pictures itself; make the data set without "
            "transform=...."
        )
    return load_picture(picture)


def _two_classes(training):
    if len(training.labels) < 2:
        raise LabError(f"To tell classes apart takes two at least; there is only {training.labels[0]!r}.")
    return training


def _labelled_as(labels, validation):
    """The pictures set apart with the labels' numbers of those to train on."""
    strange = next((label for label in validation.labels if label not in labels), None)
    if strange is not None:
        raise LabError(
            f"The pictures to validate on have a class {strange!r} that those to train on have not; "
            f"{nearest(strange, labels)}"
        )
    numbers = torch.tensor([labels.index(label) for label in validation.labels])
    return Given(validation.picture, numbers[validation.y], labels)
