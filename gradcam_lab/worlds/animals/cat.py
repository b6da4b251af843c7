"""Cats: pointed ears, whiskers, a long tail."""

from ..pen import curve
from .common import NOSE, PINK, cheeks, eyes, legs, paws, torso

POSES = ("sitting", "walking", "lying")
PARTS = ("ears", "eyes", "nose", "whiskers", "head", "body", "legs", "tail")


def draw(pen, t, c):
    s, pose = t["shape"], t["pose"]
    pen.part("tail")
    if pose == "sitting":
        up = curve((0.25, 0.85), (1.05, 0.98 + 0.05 * s[0]), (0.86 + 0.12 * s[1], 0.12 + 0.25 * s[2]))
        pen.tube(up, 0.1, 0.085, c.body, c.edge)
        torso(pen, t, c, 0, 0.52, 0.46, 0.47)
        paws(pen, c, [(-0.22, 0.89), (0.22, 0.89)])
        head(pen, t, c, 0.08 * s[5], -0.26, 0.5)
    elif pose == "walking":
        up = curve((-0.66, 0.25), (-1.2, 0.1 + 0.2 * s[0]), (-0.98 + 0.15 * s[1], -0.6 + 0.25 * s[2]))
        pen.tube(up, 0.1, 0.075, c.body, c.edge)
        legs(pen, c, (-0.45, 0.42), 0.4, 0.1, c.deep)
        torso(pen, t, c, -0.08, 0.32, 0.68, 0.34)
        legs(pen, c, (-0.62, 0.26), 0.45, 0.1)
        head(pen, t, c, 0.58, -0.16 + 0.1 * s[5], 0.42)
    else:
        torso(pen, t, c, -0.12, 0.56, 0.78, 0.43)
        paws(pen, c, [(0.2, 0.9), (0.62, 0.88)], 0.2, 0.1)
        pen.part("tail")
        pen.tube(curve((-0.82, 0.68), (-0.95, 1.02), (-0.2 + 0.15 * s[2], 0.9), 7), 0.09, 0.08, c.body, c.edge)
        head(pen, t, c, 0.45, 0.12 + 0.08 * s[5], 0.45)


def head(pen, t, c, x, y, r):
    s = t["shape"]
    with pen.at(x, y, r):
        pen.part("ears")
        for side in (-1, 1):
            tip = side * (0.78 + 0.12 * s[3]), -1.42 - 0.12 * s[4]
            pen.shape([(side * 0.12, -0.72), (side * 0.96, -0.2), tip], c.body, c.edge)
            pen.shape([(side * 0.36, -0.75), (side * 0.8, -0.48), (tip[0] - side * 0.04, tip[1] + 0.22)], PINK)
        pen.part("head")
        pen.ball(0, 0, 1, 0.86, c.body, c.edge)
        if t["pattern"] == "striped":
            for x in (-0.22, 0, 0.22):
                pen.shape([(x - 0.06, -0.8), (x + 0.06, -0.8), (x, -0.45)], c.accent)
        cheeks(pen, [(-0.6, 0.34), (0.6, 0.34)], 0.15)
        for side in (-1, 1):
            pen.line(curve((0, 0.4), (side * 0.16, 0.62), (side * 0.32, 0.42), 5), 0.07, c.edge)
        pen.part("whiskers")
        for side in (-1, 1):
            for k in (-1, 0, 1):
                pen.line([(side * 0.42, 0.34 + 0.05 * k), (side * 1.28, 0.3 + 0.2 * k)], 0.05, c.edge)
        eyes(pen, t, [(-0.4, -0.06), (0.4, -0.06)], 0.2)
        pen.part("nose")
        pen.shape([(-0.13, 0.22), (0.13, 0.22), (0, 0.4)], NOSE, c.edge)
