"""Fish: fins, a forked tail, gills."""

from ..pen import curve
from .common import NOSE, cheeks, eyes, marks

POSES = ("slender", "round", "finned")
PARTS = ("eyes", "mouth", "body", "fins", "tail")


def draw(pen, t, c):
    s, pose = t["shape"], t["pose"]
    tall = {"slender": 0.4, "round": 0.62, "finned": 0.5}[pose] + 0.05 * s[0]
    back, fork = 0.5 if pose == "finned" else 0.26, 0.12 * s[1]
    with pen.at(0, 1 - tall - 0.28, 1):  # the middle of the body is the origin
        pen.part("tail")
        top, foot = (-0.98, -0.48 + fork), (-0.98, 0.48 + fork)
        pen.shape([(-0.5, -0.08), top, (-0.84, 0), foot, (-0.5, 0.08)], c.accent, c.edge)
        for k in (-1, 1):
            pen.line([(-0.62, 0.04 * k), (-0.88, 0.3 * k + fork)], 0.03, c.edge)
        pen.part("fins")
        ridge = curve((-0.25, -tall - back), (0.2, -tall - back * 0.9), (0.45, -tall * 0.66), 6)
        pen.shape([(-0.35, -tall * 0.72), *ridge], c.accent, c.edge)
        keel = -0.34 + 0.1 * s[2], tall + back * 0.7
        pen.shape([(-0.2, tall * 0.75), keel, (0.16, tall * 0.85)], c.accent, c.edge)
        pen.part("body")
        pen.ball(0.12, 0, 0.72, tall, c.body, c.edge)
        marks(pen, t, c, -0.02, 0, 0.52, tall * 0.86)
        if t["pattern"] == "plain":
            scales(pen, c, tall)
        pen.line(curve((0.44, -tall * 0.72), (0.3, 0), (0.44, tall * 0.72), 7), 0.035, c.edge)
        pen.part("fins")
        pen.oval(0.04, tall * (0.36 + 0.08 * s[3]), 0.2, 0.11, c.accent, c.edge, -0.5 - 0.25 * s[3])
        pen.part("mouth")
        pen.oval(0.82, tall * 0.16, 0.07, 0.1, NOSE, c.edge)
        pen.part("body")
        cheeks(pen, [(0.56, tall * 0.24)], 0.08)
        eyes(pen, t, [(0.6, -tall * 0.22)], 0.13)


def scales(pen, c, tall):
    for x, ys in ((-0.3, (-0.15, 0.2)), (-0.1, (-0.32, 0.02, 0.34)), (0.1, (-0.15, 0.2))):
        for y in ys:
            top, foot = (y - 0.12) * tall * 2, (y + 0.12) * tall * 2
            pen.line(curve((x, top), (x - 0.12, y * tall * 2), (x, foot), 5), 0.03, c.deep)
