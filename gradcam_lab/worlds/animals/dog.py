"""Dogs: hanging ears, a muzzle with a large nose, often a tongue."""

from ..pen import curve, tone
from .common import TONGUE, eyes, legs, paws, torso

POSES = ("sitting", "walking", "lying")
PARTS = ("ears", "eyes", "nose", "mouth", "head", "body", "legs", "tail")


def draw(pen, t, c):
    s, pose = t["shape"], t["pose"]
    pen.part("tail")
    if pose == "sitting":
        up = curve((0.3, 0.78), (0.72, 0.78), (0.78 + 0.1 * s[1], 0.3 + 0.18 * s[2]), 7)
        pen.tube(up, 0.11, 0.05, c.body, c.edge)
        torso(pen, t, c, 0, 0.5, 0.44, 0.49)
        legs(pen, c, (-0.17, 0.17), 0.5, 0.1)
        paws(pen, c, [(-0.3, 0.9), (0.3, 0.9)], 0.19, 0.1)
        head(pen, t, c, 0.08 * s[5], -0.32, 0.56)
    elif pose == "walking":
        up = curve((-0.62, 0.16), (-0.9, 0.05), (-0.95 + 0.1 * s[1], -0.4 + 0.15 * s[2]), 7)
        pen.tube(up, 0.1, 0.05, c.body, c.edge)
        legs(pen, c, (-0.42, 0.36), 0.4, 0.11, c.deep)
        torso(pen, t, c, -0.12, 0.26, 0.66, 0.33)
        legs(pen, c, (-0.58, 0.2), 0.4, 0.11)
        pen.part("body")
        pen.tube([(0.28, 0.2), (0.4, 0.0), (0.48, -0.2)], 0.24, 0.2, c.body)
        profile(pen, t, c, 0.5, -0.32 + 0.1 * s[5], 0.36)
    else:
        up = curve((-0.75, 0.7), (-1.0, 0.72), (-1.1 + 0.05 * s[1], 0.35 + 0.15 * s[2]), 7)
        pen.tube(up, 0.1, 0.05, c.body, c.edge)
        torso(pen, t, c, -0.18, 0.62, 0.74, 0.36)
        paws(pen, c, [(-0.55, 0.88)], 0.24, 0.11)
        paws(pen, c, [(0.72, 0.9), (0.3, 0.91)], 0.24, 0.1)
        head(pen, t, c, 0.38, 0.16 + 0.08 * s[5], 0.5)


def ear_colour(t, c):
    return c.deep if t["pattern"] in ("plain", "striped") else c.accent


def nose(pen, c, x, y):
    pen.part("nose")
    pen.oval(x, y, 0.23, 0.18, (46, 38, 48), c.edge)
    pen.oval(x - 0.07, y - 0.06, 0.07, 0.047, (170, 160, 172))


def head(pen, t, c, x, y, r):
    """The head from the front."""
    s = t["shape"]
    with pen.at(x, y, r):
        pen.part("head")
        pen.ball(0, 0, 0.88, 0.94, c.body, c.edge)
        if t["pattern"] == "patched":
            pen.oval(-0.38, -0.16, 0.36, 0.42, c.accent)
        pen.ball(0, 0.44, 0.52, 0.4, tone(c.body, 0.45), c.edge)
        pen.part("ears")
        for side in (-1, 1):
            lift = 0.12 * s[3] + 0.1 * s[4] * side
            long, turn = 0.68 + 0.08 * s[5], side * (-0.28 - lift)
            pen.ball(side * 0.92, 0.1 - lift, 0.28, long, ear_colour(t, c), c.edge, turn)
        pen.part("mouth")
        if s[0] > -0.2:
            pen.oval(0, 0.8, 0.17, 0.26, TONGUE, c.edge)
        pen.line(curve((-0.3, 0.56), (0, 0.8), (0.3, 0.56), 7), 0.07, c.edge)
        eyes(pen, t, [(-0.36, -0.16), (0.36, -0.16)], 0.18)
        nose(pen, c, 0, 0.28)


def profile(pen, t, c, x, y, r):
    """The head from the side."""
    s = t["shape"]
    with pen.at(x, y, r):
        pen.part("head")
        pen.ball(0, 0, 0.95, 0.9, c.body, c.edge)
        pen.ball(0.88, 0.3, 0.72, 0.42, tone(c.body, 0.3), c.edge, 0.08)
        pen.part("mouth")
        pen.line(curve((0.72, 0.5), (1.1, 0.66), (1.48, 0.4), 6), 0.08, c.edge)
        if s[0] > 0:
            pen.oval(1.05, 0.78, 0.15, 0.26, TONGUE, c.edge)
        pen.part("ears")
        pen.ball(-0.5, 0.2 - 0.15 * s[3], 0.34, 0.78, ear_colour(t, c), c.edge, 0.25 + 0.2 * s[4])
        eyes(pen, t, [(0.28, -0.2)], 0.21)
        nose(pen, c, 1.5, 0.12)
