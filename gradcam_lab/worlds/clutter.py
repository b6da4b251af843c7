"""Things that lie about, behind and in front. They belong to no kind, and to no thing of the scene.

Each stands on (0, 0) and is up to about 2 units high.
"""

import math
from random import Random

from .pen import tone


def scatter(pen, scene, colours):
    """All that lies about on the ground of a scene."""
    for i in range(scene["clutter"]):
        random = Random(f"{scene['seed']}-clutter-{i}")
        y = random.uniform(scene["horizon"] + 0.02, 1.0)
        _lay(pen, random, random.random() * pen.size, y * pen.size, 10 + 8 * y, colours)


def in_front(pen, scene, colours):
    """What stands at the lower edge, before all else."""
    for i, (x, y) in enumerate(scene["front"]):
        _lay(pen, Random(f"{scene['seed']}-front-{i}"), x, y, 17, colours)


def _lay(pen, random, x, y, size, colours):
    """One of the things that lie about, its foot at pixel (x, y), about `size` pixels high."""
    colour, accent = random.sample(list(colours.values()), 2)
    size *= random.uniform(0.8, 1.3)
    pen.scenery()
    pen.place(x, y, size / 2, random.uniform(-0.25, 0.25), random.random() < 0.5)
    random.choice(CLUTTER)(pen, colour, accent, tone(colour, -0.5))


def ball(pen, colour, accent, edge):
    pen.ball(0, -0.8, 0.8, 0.8, colour, edge)
    pen.shape([(-0.72, -1.0), (0.72, -1.0), (0.76, -0.65), (-0.76, -0.65)], accent)


def present(pen, colour, accent, edge):
    pen.box(-0.8, -1.3, 0.8, 0, colour, edge)
    pen.box(-0.15, -1.3, 0.15, 0, accent)
    pen.oval(-0.3, -1.5, 0.3, 0.17, accent, edge, 0.4)
    pen.oval(0.3, -1.5, 0.3, 0.17, accent, edge, -0.4)


def flower(pen, colour, accent, _):
    pen.tube([(0, 0), (0.1, -0.6), (0, -1.2)], 0.07, 0.05, (92, 150, 86))
    pen.oval(0.3, -0.45, 0.28, 0.12, (104, 166, 96), None, -0.5)
    for i in range(6):
        pen.oval(0.42 * math.cos(i * 1.047), -1.35 + 0.42 * math.sin(i * 1.047), 0.27, 0.27, colour)
    pen.oval(0, -1.35, 0.24, 0.24, accent)


def tuft(pen, colour, *_):
    for i in range(6):
        foot = -0.6 + 0.24 * i
        blade = [(foot - 0.12, 0), (foot + 0.12, 0), (foot * 1.7, -1.1 - 0.5 * (i % 2))]
        pen.shape(blade, tone(colour, -0.1 + 0.08 * (i % 3)))


def cone(pen, colour, accent, edge):
    pen.shape([(-0.75, 0), (0.75, 0), (0.12, -1.8), (-0.12, -1.8)], colour, edge)
    pen.shape([(-0.5, -0.7), (0.5, -0.7), (0.36, -1.1), (-0.36, -1.1)], accent)


def pebbles(pen, colour, _, edge):
    pen.ball(-0.35, -0.35, 0.6, 0.4, colour, edge)
    pen.ball(0.5, -0.22, 0.4, 0.26, tone(colour, 0.2), edge)


def mug(pen, colour, accent, edge):
    pen.oval(0.65, -0.65, 0.4, 0.42, colour, edge)
    pen.oval(0.65, -0.65, 0.2, 0.22, accent)
    pen.shape([(-0.65, -1.3), (0.65, -1.3), (0.55, 0), (-0.55, 0)], colour, edge)
    pen.oval(0, -1.3, 0.65, 0.18, accent, edge)


def mushroom(pen, colour, accent, edge):
    pen.shape([(-0.25, -0.9), (0.25, -0.9), (0.35, 0), (-0.35, 0)], (244, 234, 214), edge)
    pen.oval(0, -0.85, 0.95, 0.95, colour, edge, 0, math.pi, 2 * math.pi)
    for x, y in ((-0.5, -1.15), (0.05, -1.45), (0.5, -1.1)):
        pen.oval(x, y, 0.14, 0.12, accent)


def blocks(pen, colour, accent, edge):
    pen.box(-0.9, -0.8, -0.05, 0, colour, edge)
    pen.box(0.05, -0.8, 0.9, 0, accent, edge)
    pen.box(-0.42, -1.6, 0.42, -0.8, tone(colour, 0.4), edge)


def balloon(pen, colour, _, edge):
    pen.line([(0, 0), (0.12, -0.4), (0, -0.8)], 0.05, edge)
    pen.ball(0, -1.45, 0.55, 0.68, colour, edge)


def bush(pen, colour, accent, _):
    for x, y, r in ((-0.55, -0.4, 0.5), (0.55, -0.4, 0.5), (0, -0.75, 0.62)):
        pen.ball(x, y, r, r, colour)
    for x, y in ((-0.5, -0.5), (0.1, -1.0), (0.5, -0.35)):
        pen.oval(x, y, 0.11, 0.11, accent)


def star(pen, colour, _, edge):
    radii = [0.45 if i % 2 == 0 else 1.0 for i in range(10)]
    points = [(r * math.sin(i * math.pi / 5), -0.85 + r * math.cos(i * math.pi / 5)) for i, r in enumerate(radii)]
    pen.shape(points, colour, edge)


CLUTTER = (ball, present, flower, tuft, cone, pebbles, mug, mushroom, blocks, balloon, bush, star)
