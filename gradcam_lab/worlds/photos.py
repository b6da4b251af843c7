"""Photographs with their labels, in the hand as drawn scenes are; what nobody drew, nobody can draw again."""

import io
import os
from functools import cached_property
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image, ImageOps

from ..errors import LabError, nearest
from ..pictures import load_picture
from . import checks

PET, BACKGROUND, BORDER = 1, 2, 3  # the values of a trimap


class Marked:
    """What a photograph shows, as `Thing` is what a scene shows: kind, mask, and no parts, for nobody marked them."""

    def __init__(self, photo):
        self._photo, self.kind, self.attributes, self.parts = photo, photo.kinds[0], {}, {}

    def __repr__(self):
        return f"<{self.kind} on a photograph>"

    @property
    def mask(self):
        return self._photo.mask()


class Photo:
    """A photograph that knows its kind and, where people marked it, the pixels of what it shows.

    picture    PIL, RGB, upright, of any size      pixels  the same as uint8 [H, W, 3]
    kinds      list with one name, the label       things  list of one: kind, mask
    file       where it lies                       attributes  {"file": its name}
    trimap     uint8 [H, W], or None where nobody marked it: 1 the thing, 2 background, 3 the border between them
    """

    def __init__(self, file, kind, names, truth=None):
        self.file, self.kinds, self._names, self._truth = Path(file), [kind], names, truth
        self.attributes = {"file": self.file.name}

    def __repr__(self):
        return f"<photograph {self.file.name}: {self.kinds[0]}>"

    def _repr_png_(self):
        """The picture, not too large, for notebooks."""
        buffer, small = io.BytesIO(), self.picture.copy()
        small.thumbnail((384, 384))
        small.save(buffer, "PNG")
        return buffer.getvalue()

    @cached_property
    def picture(self):
        return load_picture(self.file)

    @property
    def pixels(self):
        return np.asarray(self.picture)

    @property
    def things(self):
        return [Marked(self)]

    @cached_property
    def trimap(self):
        if self._truth is None:
            return None
        try:
            with Image.open(self._truth) as file, Image.open(self.file) as photo:
                # Whoever marked the photograph saw it as it lies in the file; where a camera noted that it lies on its
                # side, the marks are turned upright with it.
                file.getexif()[0x0112] = photo.getexif().get(0x0112, 1)
                marks = np.asarray(ImageOps.exif_transpose(file))
        except (OSError, SyntaxError, ValueError) as error:
            raise LabError(f"The trimap {self._truth} cannot be read ({error}).") from None
        if marks.shape != self.pixels.shape[:2] or not np.isin(marks, (PET, BACKGROUND, BORDER)).all():
            raise LabError(
                f"The trimap {self._truth} does not belong to {self.file.name}: expected was one of 1, 2 or 3 for each "
                f"of {self.picture.width} x {self.picture.height} pixels."
            )
        return marks

    def mask(self, kind=None, border=True):
        """bool [H, W]: where the thing is; nowhere, if `kind` names another. `border=False` leaves the border out.

        The border of a trimap is the band in which the outline runs (fur, whiskers) and what hides the animal in
        part. It counts as the thing, so a map is not blamed for heat on the fur's edge.
        """
        if kind is not None and kind not in self._names:
            raise LabError(f"These photographs have no kind {kind!r}; {nearest(kind, self._names)}")
        if self.trimap is None:
            raise LabError(
                f"Nobody has marked what is where on {self.file.name}, so it has no mask; drawn worlds and "
                "gl.worlds.oxford have them."
            )
        if kind not in (None, *self.kinds):
            return np.zeros(self.trimap.shape, bool)
        return np.isin(self.trimap, (PET, BORDER) if border else (PET,))

    def without(self, part=None, thing=0):
        """A photograph cannot be drawn again: a LabError says so."""
        raise LabError("A photograph cannot be drawn again without a part; a scene of a drawn world, as pets, can.")

    def replace(self, thing=0, **changes):
        """A photograph cannot be drawn again: a LabError says so."""
        raise LabError("A photograph cannot be drawn again with a change; a scene of a drawn world, as pets, can.")


class Photos:
    """Photographs with their labels, as a Sample is drawn pictures with theirs.

    x          uint8 [n, H, W, 3], if all are of one size
    y          int64 [n]: index in `kinds`
    kinds      the names behind the labels
    photos[i]  the i-th Photo; photos[a:b] fewer Photos; len and iteration work as on a list
    """

    def __init__(self, files, y, kinds, truths=None):
        self.files, self.y, self.kinds = [Path(file) for file in files], np.asarray(y, np.int64), tuple(kinds)
        self._truths = truths

    def __repr__(self):
        return f"<{len(self)} photographs: {', '.join(self.kinds[:6])}{' ...' if len(self.kinds) > 6 else ''}>"

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Photos(self.files[index], self.y[index], self.kinds, self._truths and self._truths[index])
        truth = self._truths and self._truths[index]
        return Photo(self.files[index], self.kinds[self.y[index]], self.kinds, truth)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    @property
    def x(self):
        return self.draw()

    def draw(self, watch=iter):
        """`x`, read from the files; `watch` wraps what is gone through meanwhile, as tqdm does."""
        pictures = [photo.pixels for photo in watch(list(self))]
        sizes = sorted({picture.shape[1::-1] for picture in pictures})
        if len(sizes) > 1:
            raise LabError(
                f"These photographs are of different sizes ({sizes[0][0]} x {sizes[0][1]}, {sizes[-1][0]} x "
                f"{sizes[-1][1]} ...), so they are no array x; take them one by one: photos[i].picture."
            )
        return np.stack(pictures)

    def take(self, n=None, seed=0, kinds=None):
        """`n` of them (None: all, as they lie), of some `kinds` (None: all), in an order that `seed` shuffles.

        Each kind comes as often as the others, as long as it has pictures left; photo i is the same whatever n is.
        """
        wanted = self.kinds if kinds is None else checks.some_of("kind", kinds, self.kinds)
        rows = [np.flatnonzero(self.y == self.kinds.index(kind)).tolist() for kind in dict.fromkeys(wanted)]
        most = sum(map(len, rows))
        if n is None:
            order = sorted(i for row in rows for i in row)
        else:
            checks.whole("n, how many photographs,", n, 1, most)
            for kind, row in zip(dict.fromkeys(wanted), rows):
                Random(f"photos/{seed}/{kind}").shuffle(row)
            order = [row[k] for k in range(max(map(len, rows))) for row in rows if k < len(row)][:n]
        truths = self._truths and [self._truths[i] for i in order]
        return Photos([self.files[i] for i in order], self.y[order], self.kinds, truths)


def existing_folder(path):
    """`path` as the Path of a folder that is there, or a LabError."""
    if not isinstance(path, str | os.PathLike):
        raise LabError(f"A folder of pictures is given by its path; given was a {type(path).__name__}.")
    folder = Path(path).expanduser()
    if not folder.is_dir():
        is_what = "is a file" if folder.exists() else "is not there"
        raise LabError(f"The folder {folder} {is_what}; expected was a folder with one folder of pictures per class.")
    return folder
