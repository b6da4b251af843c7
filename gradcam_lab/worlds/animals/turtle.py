"""Turtles: a shell with plates (in the second colour), a head on a long neck."""

import math

from ..pen import curve, tone
from .common import cheeks, eyes, legs

POSES = ("walking", "peeking", "above")
PARTS = ("eyes", "head", "shell", "legs", "tail")


def draw(pen, t, c):
    if t["pose"] == "above":
        from_above(pen, t, c)
    else:
        sideways(pen, t, c)


def sideways(pen, t, c):
    s = t["shape"]
    pen.part("tail")
    pen.shape([(-0.68, 0.58), (-1.0, 0.68 + 0.06 * s[2]), (-0.66, 0.74)], c.body, c.edge)
    legs(pen, c, (-0.3, 0.42), 0.6, 0.13, c.deep)
    x, y = (0.74, 0.4 + 0.08 * s[0]) if t["pose"] == "peeking" else (0.86, -0.08 + 0.22 * s[0])
    pen.part("head")
    pen.tube([(0.5, 0.62), ((0.5 + x) / 2 + 0.08, (0.62 + y) / 2 + 0.12), (x, y)], 0.15, 0.13, c.body, c.edge)
    with pen.at(x, y, 1):
        pen.ball(0.04, -0.06, 0.27, 0.24, c.body, c.edge)
        cheeks(pen, [(0.08, 0.06)], 0.06)
        pen.line(curve((0.12, 0.05), (0.2, 0.1), (0.28, 0.0), 4), 0.035, c.edge)
        eyes(pen, t, [(0.1, -0.12)], 0.09)
    legs(pen, c, (-0.56, 0.2), 0.6, 0.13)
    pen.part("shell")
    high = 0.82 + 0.1 * s[3]
    with pen.at(-0.06, 0.66, 1):  # the middle of the shell's rim is the origin
        pen.oval(0, 0, 0.78, high, tone(c.accent, -0.14), c.edge, 0, math.pi, 2 * math.pi)
        pen.oval(0.05 * pen.lit[0], 0, 0.68, high * 0.88, c.accent, None, 0, math.pi, 2 * math.pi)
        for x, half, up in ((-0.44, 0.12, 0.42), (0, 0.19, 0.66), (0.44, 0.12, 0.42)):
            plate = [(x - half, -0.12), (x - half * 0.8, -high * up), (x + half * 0.8, -high * up), (x + half, -0.12)]
            pen.shape(plate, tone(c.accent, -0.26), tone(c.accent, -0.5))
        pen.tube([(-0.78, 0), (0, 0.05), (0.78, 0)], 0.08, 0.08, tone(c.accent, 0.3), c.edge)


def from_above(pen, t, c):
    s = t["shape"]
    pen.part("legs")
    for side in (-1, 1):
        pen.ball(side * 0.56, -0.3, 0.3, 0.15, c.body, c.edge, side * (-0.6 + 0.3 * s[0]))
        pen.ball(side * 0.5, 0.62, 0.24, 0.14, c.body, c.edge, side * (0.6 + 0.3 * s[1]))
    pen.part("tail")
    pen.shape([(-0.09, 0.8), (0.09, 0.8), (0.1 * s[2], 1.05)], c.body, c.edge)
    pen.part("head")
    with pen.at(0.12 * s[3], -0.72, 1):
        pen.ball(0, 0, 0.25, 0.29, c.body, c.edge)
        pen.line(curve((-0.1, -0.14), (0, -0.21), (0.1, -0.14), 5), 0.03, c.edge)
        eyes(pen, t, [(-0.13, -0.02), (0.13, -0.02)], 0.085)
    pen.part("shell")
    with pen.at(0, 0.18, 1):
        pen.ball(0, 0, 0.62, 0.7, c.accent, c.edge)
        seam = tone(c.accent, -0.5)
        directions = [(math.cos(i * math.pi / 3), math.sin(i * math.pi / 3)) for i in range(6)]
        for x, y in directions:
            pen.line([(0.27 * x, 0.3 * y), (0.58 * x, 0.66 * y)], 0.04, seam)
        pen.shape([(0.27 * x, 0.3 * y) for x, y in directions], tone(c.accent, -0.26), seam)
