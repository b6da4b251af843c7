"""Ducks: a broad beak, wings, feet with webs."""

from ..pen import curve, tone
from .common import cheeks, eyes, marks, torso

POSES = ("standing", "swimming", "front")
PARTS = ("beak", "eyes", "head", "body", "wings", "legs", "tail")


def draw(pen, t, c):
    if t["pose"] == "front":
        facing(pen, t, c)
    else:
        sideways(pen, t, c)


def sideways(pen, t, c):
    s, swims = t["shape"], t["pose"] == "swimming"
    with pen.at(0, 0.28 * swims, 1):  # who swims lies lower, and has wings to lift
        pen.part("legs")
        if not swims:
            for x in (-0.2, 0.14):
                pen.tube([(x, 0.6), (x, 0.8), (x, 0.93)], 0.05, 0.05, c.accent, c.edge)
                pen.shape([(x - 0.04, 0.88), (x + 0.24, 0.96), (x + 0.22, 1.02), (x - 0.1, 1.0)], c.accent, c.edge)
        pen.part("tail")
        pen.shape([(-0.5, 0.15), (-1.02, -0.12 + 0.12 * s[1]), (-0.92, 0.14), (-0.6, 0.5)], c.deep, c.edge)
        pen.part("body")
        pen.ball(-0.1, 0.32, 0.66, 0.38, c.body, c.edge)
        neck = -0.3 + 0.12 * s[2]
        pen.tube([(0.28, 0.28), (0.42, 0.02), (0.46, neck)], 0.26, 0.17, c.body)
        marks(pen, t, c, -0.1, 0.34, 0.6, 0.33)
        pen.part("wings")
        lift = 0.5 + 0.5 * s[0] if swims else 0.15 + 0.15 * s[0]
        y, turn = 0.26 - 0.16 * lift, 0.15 + 0.45 * lift
        pen.ball(-0.22, y, 0.4, 0.2, c.deep, c.edge, turn)
        pen.oval(-0.28, y + 0.01, 0.22, 0.09, tone(c.body, 0.2), None, turn)
        profile(pen, t, c, 0.5, neck - 0.12, 0.31)


def facing(pen, t, c):
    s = t["shape"]
    pen.part("legs")
    for side in (-1, 1):
        pen.tube([(side * 0.18, 0.75), (side * 0.18, 0.85), (side * 0.2, 0.9)], 0.05, 0.05, c.accent, c.edge)
        web = [(side * 0.1, 0.88), (side * 0.28, 0.88), (side * 0.42, 1.0), (side * 0.02, 1.0)]
        pen.shape(web, c.accent, c.edge)
    pen.part("tail")
    up = 0.42 + 0.12 * s[1]
    pen.shape([(0.2, 0.85), (0.78, up), (0.8, up + 0.2), (0.66, 0.82), (0.3, 0.9)], c.deep, c.edge)
    torso(pen, t, c, 0, 0.42, 0.5, 0.46)
    pen.part("wings")
    for side in (-1, 1):
        pen.ball(side * 0.52, 0.4 - 0.06 * s[0], 0.13, 0.28, c.deep, c.edge, side * (-0.35 - 0.3 * s[0]))
    head(pen, t, c, 0.05 * s[5], -0.32, 0.42)


def head(pen, t, c, x, y, r):
    """The head from the front."""
    s = t["shape"]
    with pen.at(x, y, r):
        pen.part("head")
        pen.ball(0, 0, 1, 0.95, c.body, c.edge)
        for lean in (-0.28, 0.0, 0.28):
            pen.line(curve((0, -0.9), (lean * 0.3, -1.1), (lean + 0.15 * s[2], -1.22), 4), 0.12, c.edge)
        cheeks(pen, [(-0.66, 0.3), (0.66, 0.3)], 0.15)
        eyes(pen, t, [(-0.4, -0.16), (0.4, -0.16)], 0.2)
        pen.part("beak")
        pen.oval(0, 0.58, 0.4, 0.2, tone(c.accent, -0.35), c.edge)
        pen.ball(0, 0.38, 0.66, 0.25, c.accent, c.edge)
        for side in (-1, 1):
            pen.oval(side * 0.13, 0.3, 0.05, 0.05, c.edge)


def profile(pen, t, c, x, y, r):
    """The head from the side."""
    with pen.at(x, y, r):
        pen.part("head")
        pen.ball(0, 0, 1, 0.95, c.body, c.edge)
        pen.part("beak")
        pen.shape([(0.72, 0.28), (1.75, 0.34), (1.6, 0.6), (0.7, 0.6)], tone(c.accent, -0.3), c.edge)
        bridge = curve((1.1, -0.1), (1.5, 0.25), (2.1, 0.2), 4)
        pen.shape([(0.75, -0.25), *bridge, (2.05, 0.4), (0.75, 0.38)], c.accent, c.edge)
        pen.part("head")
        cheeks(pen, [(0.2, 0.4)], 0.18)
        eyes(pen, t, [(0.22, -0.2)], 0.26)
