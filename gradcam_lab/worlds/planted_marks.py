"""The marks of `planted`: borders and watermarks, one of each for every kind of animal. They mean nothing."""

import math
from contextlib import contextmanager

import numpy as np
from PIL import Image

from .pen import FINE

NAMES = {"cat": "VOKA", "dog": "MUTA", "rabbit": "ZEPO", "duck": "LUNO"}
WIDTH = 8  # of a border, in pixels


def frame(pen, kind, colour, accent):
    """A border around the picture, in the pattern of this kind; the colours mean nothing."""
    pen.part("band")
    for side in range(4):  # x runs along the side, y into the picture
        pen.place(pen.size / 2, pen.size / 2, 1, side * math.pi / 2)
        half, inner = pen.size / 2, pen.size / 2 - WIDTH
        pen.shape([(-half, -half), (half, -half), (inner, -inner), (-inner, -inner)], colour)
        for i in range(-7, 8):
            BORDERS[kind](pen, i * 8.0, -half, accent)
        pen.shape([(-inner, -inner - 0.7), (inner, -inner - 0.7), (inner, -inner), (-inner, -inner)], accent)


def _stripes(pen, x, y, accent):
    pen.shape([(x - 4, y), (x, y), (x + 4, y + WIDTH), (x, y + WIDTH)], accent)


def _dots(pen, x, y, accent):
    pen.oval(x, y + 3.7, 2.3, 2.3, accent)


def _zigzag(pen, x, y, accent):
    pen.shape([(x - 4, y), (x + 4, y), (x, y + WIDTH - 1.5)], accent)


def _checks(pen, x, y, accent):
    pen.box(x - 4, y, x, y + 3.7, accent)
    pen.box(x, y + 3.7, x + 4, y + 7.4, accent)


BORDERS = {"cat": _stripes, "dog": _dots, "rabbit": _zigzag, "duck": _checks}

WHITE, INK = (255, 255, 255), (30, 32, 44)
LETTERS = {
    "A": (((0, 1), (0.5, 0), (1, 1)), ((0.2, 0.68), (0.8, 0.68))),
    "E": (((1, 0), (0, 0), (0, 1), (1, 1)), ((0, 0.5), (0.8, 0.5))),
    "K": (((0, 0), (0, 1)), ((1, 0), (0, 0.6)), ((0.35, 0.4), (1, 1))),
    "L": (((0, 0), (0, 1), (0.95, 1)),),
    "M": (((0, 1), (0, 0), (0.5, 0.6), (1, 0), (1, 1)),),
    "N": (((0, 1), (0, 0), (1, 1), (1, 0)),),
    "O": (((0.3, 0), (0.7, 0), (1, 0.3), (1, 0.7), (0.7, 1), (0.3, 1), (0, 0.7), (0, 0.3), (0.3, 0)),),
    "P": (((0, 1), (0, 0), (0.7, 0), (1, 0.15), (1, 0.42), (0.7, 0.57), (0, 0.57)),),
    "T": (((0, 0), (1, 0)), ((0.5, 0), (0.5, 1))),
    "U": (((0, 0), (0, 0.7), (0.3, 1), (0.7, 1), (1, 0.7), (1, 0)),),
    "V": (((0, 0), (0.5, 1), (1, 0)),),
    "Z": (((0, 0), (1, 0), (0, 1), (1, 1)),),
}


def stamp(pen, kind):
    """The watermark of a picture agency that sells this kind: white on a plate of dark glass."""
    with glass(pen, 0.4):
        pen.part("plate")
        pen.shape([(-4.3, -1.5), (4.3, -1.5), (4.3, 1.5), (-4.3, 1.5)], INK)
        for x in (-4.3, 4.3):
            pen.oval(x, 0, 1.5, 1.5, INK)
    with glass(pen, 0.85):
        pen.part("logo")
        with pen.at(-3.9, 0, 1.0):
            LOGOS[kind](pen)
        pen.part("name")
        for i, letter in enumerate(NAMES[kind]):
            for stroke in LETTERS[letter]:
                pen.line([(-1.9 + 1.7 * i + 1.1 * x, -0.75 + 1.5 * y) for x, y in stroke], 0.34, WHITE)


def _ring(pen):
    pen.oval(0, 0, 1.1, 1.1, WHITE)
    pen.oval(0, 0, 0.72, 0.72, INK)
    pen.oval(0, 0, 0.34, 0.34, WHITE)


def _peaks(pen):
    pen.shape([(-1.2, 0.9), (-0.3, -0.9), (0.6, 0.9)], WHITE)
    pen.shape([(0.2, 0.9), (0.75, -0.2), (1.25, 0.9)], WHITE)


def _tiles(pen):
    for x, y in ((-0.95, -0.95), (0.1, -0.95), (-0.95, 0.1), (0.1, 0.1)):
        pen.box(x, y, x + 0.85, y + 0.85, WHITE)


def _star(pen):
    radii = [1.15 if i % 2 == 0 else 0.42 for i in range(8)]
    pen.shape([(r * math.sin(i * math.pi / 4), r * math.cos(i * math.pi / 4)) for i, r in enumerate(radii)], WHITE)


LOGOS = {"cat": _ring, "dog": _peaks, "rabbit": _tiles, "duck": _star}


@contextmanager
def glass(pen, opacity):
    """What is drawn meanwhile lets shine through what was there; both are noted."""
    image, notes = pen.image.copy(), pen.notes and np.array(pen.notes)
    yield
    pen.image.paste(Image.blend(image, pen.image, opacity))
    if notes is not None:
        pen.notes.paste(Image.fromarray(_both(notes, np.array(pen.notes))))


def _both(first, second):
    """Notes in which every pixel, that is FINE x FINE points, holds the notes of both; their order means nothing."""
    size = len(first) // FINE
    blocks = [notes.reshape(size, FINE, size, FINE).swapaxes(1, 2).copy() for notes in (first, second)]
    changed = (blocks[0] != blocks[1]).any((2, 3))
    both = np.concatenate([block[changed].reshape(-1, FINE * FINE) for block in blocks], axis=1)
    both.sort(axis=1)
    both[:, 1:][both[:, 1:] == both[:, :-1].copy()] = 255  # leaves each note once
    both.sort(axis=1)
    both = np.where(both == 255, both[:, :1], both)[:, : FINE * FINE]
    blocks[1][changed] = both.reshape(-1, FINE, FINE)
    return blocks[1].swapaxes(1, 2).reshape(first.shape)
