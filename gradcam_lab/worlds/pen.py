"""A pen that draws the picture and its truth at the same time.

Every stroke goes into two images of three times the final size: one in colour, one that notes at each point
which part of which thing lies on top there. Reduced, the first becomes the picture; the second becomes masks of
what is visible. Drawing a thing without one of its parts is then simply not putting that part down.

Shapes are given in the thing's own units, x to the right and y down, about -1 to 1; `place` says where on the
picture that is.
"""

import math
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

FINE = 3  # the drawing is this many times finer than the picture
MOST_PARTS = 15  # a note holds thing * 16 + part + 1 in eight bits; 0 is scenery


def mix(first, second, share):
    """The colour `share` of the way from the first colour to the second."""
    return tuple(round(a + (b - a) * share) for a, b in zip(first, second))


@lru_cache(maxsize=4096)
def tone(colour, amount):
    """A lighter (amount > 0, towards warm white) or darker (amount < 0, towards cool black) colour."""
    return mix(colour, (255, 250, 240), amount) if amount >= 0 else mix(colour, (28, 22, 44), -amount)


def luminance(colour):
    """Perceived brightness, 0 to 255 (weights of ITU-R BT.601)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def curve(start, bend, end, steps=9):
    """Points of the quadratic Bezier curve from `start` to `end`, drawn towards `bend`."""
    points = []
    for i in range(steps):
        t = i / (steps - 1)
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
        points.append((a * start[0] + b * bend[0] + c * end[0], a * start[1] + b * bend[1] + c * end[1]))
    return points


@lru_cache(maxsize=64)
def _arc(steps, start, end):
    whole = end - start > 6.28
    angles = [start + (end - start) * i / (steps if whole else steps - 1) for i in range(steps)]
    return [(math.cos(a), math.sin(a)) for a in angles]


class Pen:
    """Draws in a thing's own units, into the picture and into the notes of what lies where."""

    def __init__(self, size, masks=True, light=(-0.5, -0.7)):
        fine = (size * FINE, size * FINE)
        self.size, self.light = size, light
        self.image = Image.new("RGB", fine)
        self.draw = ImageDraw.Draw(self.image)
        self.notes = Image.new("L", fine) if masks else None
        self.note = ImageDraw.Draw(self.notes) if masks else None
        self.scenery()

    def place(self, x, y, scale, turn=0.0, flip=False, stretch=(1.0, 1.0)):
        """Put the thing's origin at pixel (x, y); one of its units becomes `scale` pixels."""
        cos, sin, k = math.cos(turn), math.sin(turn), scale * FINE
        across, down = k * stretch[0] * (-1 if flip else 1), k * stretch[1]
        self.frame = (x * FINE, y * FINE, across * cos, -down * sin, across * sin, down * cos)
        self.unit = k
        self.edge_width = min(1.5, max(0.8, 0.032 * scale)) * FINE
        self.lit = (self.light[0] * (-1 if flip else 1), self.light[1])

    @contextmanager
    def at(self, x, y, scale):
        """For a while (x, y) is the origin, and one unit is `scale` of the thing's: a head in a head's own units."""
        frame, unit = self.frame, self.unit
        (ox, oy), (_, _, xx, xy, yx, yy) = self._to_picture([(x, y)])[0], frame
        self.frame, self.unit = (ox, oy, xx * scale, xy * scale, yx * scale, yy * scale), unit * scale
        yield
        self.frame, self.unit = frame, unit

    def scenery(self):
        """What follows belongs to no thing."""
        self.parts, self.left_out, self.first = (), (), 0
        self.mark, self.silent = 0, False

    def thing(self, number, parts, left_out=()):
        """What follows belongs to this thing, whose parts have these names; some may be left out."""
        self.parts, self.left_out, self.first = parts, left_out, number * (MOST_PARTS + 1) + 1

    def part(self, name):
        """What follows belongs to this part of the thing."""
        if self.parts:
            self.mark, self.silent = self.first + self.parts.index(name), name in self.left_out

    def _to_picture(self, points):
        x, y, xx, xy, yx, yy = self.frame
        return [(x + a * xx + b * xy, y + a * yx + b * yy) for a, b in points]

    def _fill(self, points, fill, edge=None):
        if self.silent:
            return
        self.draw.polygon(points, fill=fill)
        if self.note:
            self.note.polygon(points, fill=self.mark)
        if edge:
            width, loop = round(self.edge_width), points + points[:2]
            self.draw.line(loop, fill=edge, width=width)
            if self.note:
                self.note.line(loop, fill=self.mark, width=width)

    def shape(self, points, fill, edge=None):
        """A polygon."""
        self._fill(self._to_picture(points), fill, edge)

    def box(self, left, top, right, bottom, fill, edge=None):
        self.shape([(left, top), (right, top), (right, bottom), (left, bottom)], fill, edge)

    def oval(self, x, y, rx, ry, fill, edge=None, turn=0.0, start=0.0, end=2 * math.pi):
        """An ellipse turned by `turn` radians, or the arc of it from `start` to `end`, closed by a chord."""
        cos, sin = math.cos(turn), math.sin(turn)
        steps = 32 if max(rx, ry) * self.unit > 40 else 20 if max(rx, ry) * self.unit > 12 else 12
        ring = _arc(steps, start, end)
        points = [(x + rx * c * cos - ry * s * sin, y + rx * c * sin + ry * s * cos) for c, s in ring]
        self._fill(self._to_picture(points), fill, edge)

    def ball(self, x, y, rx, ry, fill, edge=None, turn=0.0):
        """An ellipse with soft light on it: darker below, lighter where the light falls."""
        self.oval(x, y, rx, ry, tone(fill, -0.16), edge, turn)
        lx, ly = self.lit
        for share, colour in ((0.84, fill), (0.58, tone(fill, 0.13))):
            slide = (1 - share) * 0.85
            self.oval(x + lx * rx * slide, y + ly * ry * slide, rx * share, ry * share, colour, None, turn)

    def tube(self, points, thick, thin, fill, edge=None):
        """A limb along the points, its half width going from `thick` to `thin`, with a round end."""
        left, right = [], []
        last = len(points) - 1
        for i, (x, y) in enumerate(points):
            (ax, ay), (bx, by) = points[max(i - 1, 0)], points[min(i + 1, last)]
            dx, dy = bx - ax, by - ay
            size = math.hypot(dx, dy) or 1.0
            half = thick + (thin - thick) * i / last
            left.append((x - dy / size * half, y + dx / size * half))
            right.append((x + dy / size * half, y - dx / size * half))
        (lx, ly), (rx, ry) = left[-1], right[-1]
        out = math.atan2(ly - ry, lx - rx)
        cap = [
            (
                (lx + rx) / 2 + thin * math.cos(out - math.pi * i / 6),
                (ly + ry) / 2 + thin * math.sin(out - math.pi * i / 6),
            )
            for i in range(1, 6)
        ]
        self.shape(left + cap + right[::-1], fill, edge)

    def line(self, points, width, fill):
        """A thin line, `width` in the thing's units, never thinner than a third of a pixel."""
        if self.silent:
            return
        width, points = max(1, round(width * self.unit)), self._to_picture(points)
        self.draw.line(points, fill=fill, width=width)
        if self.note:
            self.note.line(points, fill=self.mark, width=width)

    def finish(self, brightness=1.0, grain=0, seed=0):
        """The finished picture (uint8 [size, size, 3]) and the notes (uint8, three times as fine, or None)."""
        pixels = np.asarray(self.image.reduce(FINE)).astype(np.float32)
        pixels *= brightness
        if grain:
            random = np.random.default_rng(seed)
            pixels += random.integers(-grain, grain + 1, pixels.shape, dtype=np.int8)
        pixels = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
        return pixels, None if self.notes is None else np.asarray(self.notes)


def visible(notes, wanted):
    """Which pixels of the picture show any of the wanted notes; `wanted` is a function of the notes.

    A pixel on an edge shows both sides, so it counts for both: outside the mask, no trace of the thing is left.
    """
    hit = wanted(notes)
    size = hit.shape[0] // FINE
    return hit.reshape(size, FINE, size, FINE).any(axis=(1, 3))
