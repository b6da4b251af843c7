"""Rabbits: long ears, a short round tail, two teeth."""

import math

from ..pen import curve, tone
from .common import NOSE, PINK, cheeks, eyes, paws, torso

POSES = ("upright", "crouching", "hopping")
PARTS = ("ears", "eyes", "nose", "mouth", "head", "body", "legs", "tail")


def draw(pen, t, c):
    s, pose = t["shape"], t["pose"]
    pen.part("tail")
    if pose == "upright":
        pen.ball(0.42, 0.72, 0.15, 0.15, tone(c.body, 0.7), c.edge)
        torso(pen, t, c, 0, 0.58, 0.4, 0.42)
        paws(pen, c, [(-0.26, 0.91), (0.26, 0.91)], 0.23, 0.1)
        paws(pen, c, [(-0.14, 0.46), (0.14, 0.46)], 0.1, 0.13)
        head(pen, t, c, 0.05 * s[5], -0.02, 0.4)
    elif pose == "crouching":
        pen.ball(-0.82, 0.52, 0.18, 0.18, tone(c.body, 0.7), c.edge)
        torso(pen, t, c, -0.26, 0.5, 0.6, 0.45)
        pen.part("legs")
        pen.ball(-0.42, 0.68, 0.32, 0.25, c.body, c.edge)
        pen.ball(-0.3, 0.91, 0.3, 0.09, c.body, c.edge)
        pen.ball(0.28, 0.89, 0.16, 0.1, c.body, c.edge)
        profile(pen, t, c, 0.44, 0.02 + 0.08 * s[5], 0.38)
    else:
        pen.ball(-0.82, 0.37, 0.18, 0.18, tone(c.body, 0.7), c.edge)
        pen.part("legs")
        pen.tube(curve((0.2, 0.6), (0.45, 0.75), (0.72, 0.72 + 0.08 * s[2]), 5), 0.1, 0.09, c.deep, c.edge)
        torso(pen, t, c, -0.26, 0.38, 0.6, 0.38, -0.16)
        pen.part("legs")
        pen.tube(curve((-0.5, 0.55), (-0.62, 0.9), (-1.0, 0.9), 6), 0.15, 0.09, c.body, c.edge)
        profile(pen, t, c, 0.44, 0.02 + 0.08 * s[5], 0.38)


def ear(pen, c, x, turn, fill):
    """An ear that stands on the head at x and leans by `turn`."""
    pen.part("ears")
    x, y = x + math.sin(turn), -0.7 - 0.92 * math.cos(turn)
    pen.ball(x, y, 0.27, 1.0, fill, c.edge, turn)
    pen.oval(x, y, 0.13, 0.74, PINK, None, turn)


def head(pen, t, c, x, y, r):
    """The head from the front."""
    s, white = t["shape"], tone(c.body, 0.7)
    with pen.at(x, y, r):
        ear(pen, c, -0.42, -0.12 + 0.3 * s[0], c.body)
        ear(pen, c, 0.42, 0.12 + 0.3 * s[1], c.body)
        pen.part("head")
        pen.ball(0, 0, 1, 0.88, c.body, c.edge)
        cheeks(pen, [(-0.62, 0.32), (0.62, 0.32)], 0.16)
        pen.part("mouth")
        pen.shape([(-0.14, 0.45), (0.14, 0.45), (0.12, 0.72), (-0.12, 0.72)], (254, 252, 246), c.edge)
        for side in (-1, 1):
            pen.oval(side * 0.17, 0.42, 0.2, 0.15, white)
        eyes(pen, t, [(-0.42, -0.1), (0.42, -0.1)], 0.2)
        pen.part("nose")
        pen.oval(0, 0.27, 0.14, 0.1, NOSE, c.edge)


def profile(pen, t, c, x, y, r):
    """The head from the side."""
    s = t["shape"]
    with pen.at(x, y, r):
        ear(pen, c, -0.06, 0.05 + 0.25 * s[1], c.deep)
        ear(pen, c, -0.42, -0.35 + 0.3 * s[0], c.body)
        pen.part("head")
        pen.ball(0, 0, 1, 0.84, c.body, c.edge)
        cheeks(pen, [(0.1, 0.36)], 0.16)
        pen.part("mouth")
        pen.oval(0.66, 0.34, 0.3, 0.26, tone(c.body, 0.7))
        eyes(pen, t, [(0.3, -0.14)], 0.22)
        pen.part("nose")
        pen.oval(0.93, 0.16, 0.13, 0.11, NOSE, c.edge)
