"""MNIST as torchvision reads it, with the face of a drawn sample: real digits beside the drawn ones.

LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document Recognition, Proc. IEEE 86 (1998):
60,000 pictures to train on and 10,000 to test, [28, 28] grey, white ink on black.
"""

import io
from functools import cached_property, lru_cache
from random import Random

import numpy as np
import torchvision
from PIL import Image

from ..errors import LabError, nearest
from . import checks, downloads

KINDS = tuple("0123456789")
TITLE = "MNIST (about 65 MB on the disk)"
INK = 64  # from this grey on a pixel belongs to the stroke


def sample(n, seed=0, kinds=KINDS, folder=None, split="test", download=False):
    """`n` pictures of MNIST in an order that the seed shuffles; picture i is the same whatever `n` is.

    folder    torchvision's `root`, the folder with MNIST/raw in it (default: the environment variable
              GRADCAM_LAB_DATA, or ~/.cache/gradcam-lab)
    split     "train" or "test"
    download  whether torchvision may fetch it, once

    Raises LabError if the files are not there, not whole, or fewer than `n` pictures.
    """
    checks.one_of("split of MNIST", split, ("train", "test"))
    pictures, labels = _read(downloads.place("MNIST", folder), split == "train", bool(download))
    rows = np.flatnonzero(np.isin(labels, [KINDS.index(kind) for kind in kinds])).tolist()
    checks.whole(f"n, how many pictures (the {split} split has {len(rows)} of these),", n, 1, len(rows))
    Random(f"mnist/{seed}").shuffle(rows)
    return Handwritten(pictures[rows[:n]], labels[rows[:n]], rows[:n])


@lru_cache(maxsize=2)
def _read(root, train, download):
    try:
        data = downloads.read(torchvision.datasets.MNIST, "MNIST", TITLE, root, download, train=train)
    except AssertionError:  # torchvision's word for a file whose length is not what its head says
        raise downloads.missing("MNIST", TITLE, root) from None
    pictures, labels = data.data.numpy(), data.targets.numpy()
    if pictures.shape[1:] != (28, 28) or len(pictures) != len(labels):
        raise downloads.missing("MNIST", TITLE, root)
    return pictures, labels.astype(np.int64)


class Handwritten:
    """Real digits with the face of a drawn Sample: x uint8 [n, 28, 28], y int64 [n], kinds, and the scenes.

    rows   for each picture its number in MNIST's file
    """

    def __init__(self, x, y, rows):
        self.x, self.y, self.rows, self.kinds = x, y, rows, KINDS

    def __repr__(self):
        return f"<{len(self)} digits of MNIST>"

    def draw(self, watch=iter):
        """`x`; nothing is left to be drawn."""
        return self.x

    def __len__(self):
        return len(self.y)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Handwritten(self.x[index], self.y[index], self.rows[index])
        return Digit(self.x[index], KINDS[self.y[index]])

    def __iter__(self):
        return (self[i] for i in range(len(self)))


class Digit:
    """A real digit with the face of a drawn Scene, and the only thing in it.

    picture, pixels   as a Scene's: grey, [28, 28]
    kind, kinds       "7", ["7"]
    mask()            bool [28, 28]: the stroke, all that is at least a quarter white; mask("3") is empty on a 7
    things, parts     [itself with `mask` as an array], {}: nobody noted which stroke is which
    """

    def __init__(self, pixels, kind):
        self.pixels, self.kinds, self.attributes = pixels, [kind], {}

    def __repr__(self):
        return f"<a {self.kinds[0]} of MNIST>"

    def _repr_png_(self):
        buffer = io.BytesIO()
        self.picture.resize((252, 252), Image.Resampling.LANCZOS).save(buffer, "PNG")
        return buffer.getvalue()

    @cached_property
    def picture(self):
        return Image.fromarray(self.pixels)

    @cached_property
    def things(self):
        return [Stroke(self.kinds[0], self.pixels >= INK)]

    def mask(self, kind=None):
        """bool [28, 28]: the stroke, if it is a digit of this kind, or without a kind."""
        if kind is not None and kind not in KINDS:
            raise LabError(f"MNIST has no kind {kind!r}; {nearest(kind, KINDS)}")
        stroke = self.things[0]
        return stroke.mask if kind in (None, stroke.kind) else np.zeros_like(stroke.mask)

    def without(self, part=None, thing=0):
        """Raises LabError: a real digit cannot be drawn again."""
        raise _not_drawn()

    def replace(self, thing=0, **changes):
        """Raises LabError: a real digit cannot be drawn again."""
        raise _not_drawn()


class Stroke:
    """What is written on a real picture: kind, mask bool [28, 28]; no parts, no attributes."""

    def __init__(self, kind, mask):
        self.kind, self.mask, self.parts, self.attributes = kind, mask, {}, {}

    def __repr__(self):
        return f"<{self.kind} of MNIST>"


def _not_drawn():
    return LabError("A digit of MNIST was not drawn here, so it cannot be drawn again with a change; take a drawn one.")
