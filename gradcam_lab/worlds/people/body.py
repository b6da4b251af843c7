"""Bodies and what they wear: alike for every profession and for every presentation."""

import math

from ..pen import curve, tone
from .head import CENTRE, SIZE

GARMENTS = ("coat", "scrubs", "tunic", "cardigan", "jumper")
ARMS = ("front", "side")  # where the hand is that may hold a tray
REST = ("down", "bent", "wave")  # what the other arm does
SEATS = ("standing", "wheelchair")
SHORT_SLEEVES = ("scrubs", "tunic")
_HANDS = {
    "front": (0.36, 0.74),
    "side": (0.84, 0.4),
    "down": (-0.74, 0.86),
    "bent": (-0.4, 0.72),
    "wave": (-0.98, -0.22),
}
_ELBOWS = {
    "front": (0.76, 0.72),
    "side": (0.62, 0.66),
    "down": (-0.72, 0.5),
    "bent": (-0.76, 0.7),
    "wave": (-0.84, 0.36),
}


def hand_of(pose):
    """Where the hand of an arm in this pose is."""
    return _HANDS[pose]


def _trunk(width, low=2.1):
    left = [
        *curve((-0.16, -0.21), (-0.3, -0.12), (-0.42, -0.08), 4),
        *curve((-0.42, -0.08), (-width, -0.02), (-width, 0.3), 6),
    ]
    left += [(-width + 0.04, 0.9), (-width - 0.02, low)]
    return left


def figure(pen, t):
    """A plain figure under it all, seen only where another part is drawn away."""
    pen.part("figure")
    grey, edge = (206, 202, 206), (150, 146, 156)
    left = _trunk(_width(t) - 0.035)
    left = [(x, y + 0.035) for x, y in left]
    pen.shape(left + [(-x, y) for x, y in left[::-1]], grey)
    for pose in (t["rest"], t["arm"]):
        pen.tube(_along(t, pose)[1:10], 0.075, 0.05, tone(grey, -0.06))
    pen.shape([(-0.1, -0.42), (0.1, -0.42), (0.12, -0.06), (-0.12, -0.06)], tone(grey, -0.12))
    with pen.at(*CENTRE, SIZE):
        pen.ball(0, 0, 0.86, 1.0, grey)
        pen.line(curve((-0.5, 0.85), (0, 1.1), (0.5, 0.85), 6), 0.05, edge)


def _width(t):
    return 0.56 + 0.075 * t["build"]


def clothes(pen, t, c):
    pen.part("clothes")
    width = _width(t)
    left = _trunk(width)
    trunk = left + [(-x, y) for x, y in left[::-1]]
    pen.shape(trunk, c.cloth, c.cloth_edge)
    pen.shape(
        [(width - 0.17, 0.1), (width - 0.03, 0.2), (width - 0.04, 0.9), (width, 2.1), (width - 0.22, 2.1)], c.fold
    )
    _DETAIL[t["garment"]](pen, c, width)


def _coat(pen, c, width):
    pen.shape([(-0.15, -0.2), (0.15, -0.2), (0.1, 0.5), (0.13, 2.1), (-0.13, 2.1), (-0.1, 0.5)], c.under, c.cloth_edge)
    pen.line([(0, -0.02), (0, 2.1)], 0.018, tone(c.under, -0.25))
    for side in (-1, 1):
        pen.shape(
            [(side * 0.15, -0.22), (side * 0.32, -0.02), (side * 0.25, 0.1), (side * 0.31, 0.16), (side * 0.1, 0.52)],
            tone(c.cloth, 0.3),
            c.cloth_edge,
        )
        pen.line([(side * 0.24, 0.98), (side * 0.46, 0.96)], 0.025, c.cloth_edge)


def _scrubs(pen, c, width):
    for side in (-1, 1):
        pen.line([(side * 0.17, -0.21), (0, 0.13)], 0.05, c.trim)
    pen.shape([(0.16, 0.36), (0.4, 0.36), (0.4, 0.6), (0.28, 0.65), (0.16, 0.6)], tone(c.cloth, 0.14), c.cloth_edge)


def _tunic(pen, c, width):
    pen.shape(
        [
            (-0.17, -0.22),
            (-0.05, -0.02),
            (0.05, -0.02),
            (0.17, -0.22),
            (0.22, -0.12),
            (0.07, 0.08),
            (-0.07, 0.08),
            (-0.22, -0.12),
        ],
        c.trim,
        c.cloth_edge,
    )
    pen.line([(0.05, 0.06), (0.06, 2.1)], 0.03, c.trim)
    for i in range(5):
        pen.oval(0.0, 0.18 + 0.24 * i, 0.03, 0.03, tone(c.cloth, 0.6), c.cloth_edge)
    for side in (-1, 1):
        pen.line([(side * 0.2, 0.95), (side * 0.42, 0.95)], 0.03, c.trim)


def _cardigan(pen, c, width):
    pen.shape([(-0.16, -0.21), (0.16, -0.21), (0.2, -0.05), (0, 0.62), (-0.2, -0.05)], c.under, c.cloth_edge)
    pen.line([(0, 0.02), (0, 0.6)], 0.018, tone(c.under, -0.25))
    pen.line([(0, 0.62), (0, 2.1)], 0.03, c.cloth_edge)
    for i in range(3):
        pen.oval(-0.06, 0.74 + 0.2 * i, 0.032, 0.032, c.trim, c.cloth_edge)


def _jumper(pen, c, width):
    collar = curve((-0.2, -0.2), (0, 0.16), (0.2, -0.2), 7)
    pen.line(collar, 0.075, c.trim)
    for y in (0.34, 0.44):
        pen.line([(-width + 0.03, y), (width - 0.03, y)], 0.04, c.trim)


_DETAIL = {"coat": _coat, "scrubs": _scrubs, "tunic": _tunic, "cardigan": _cardigan, "jumper": _jumper}


def _along(t, pose):
    """Eleven points from the shoulder by the elbow to the hand."""
    x, y = _HANDS[pose]
    shoulder, elbow = (math.copysign(_width(t) - 0.1, x), 0.08), _ELBOWS[pose]
    bend = (2 * elbow[0] - (shoulder[0] + x) / 2, 2 * elbow[1] - (shoulder[1] + y) / 2)
    return curve(shoulder, bend, (x, y), 11)


def arm(pen, t, c, pose):
    """The arm in this pose; its sleeve belongs to the clothes, what is bare to the hands."""
    line = _along(t, pose)
    if t["garment"] in SHORT_SLEEVES:
        pen.part("hands")
        pen.tube(line[3:], 0.085, 0.075, c.skin, c.skin_edge)
        pen.part("clothes")
        pen.tube(line[5::-1], 0.155, 0.145, c.sleeve, c.cloth_edge)
    else:
        pen.part("clothes")
        pen.tube(line[::-1], 0.105, 0.15, c.sleeve, c.cloth_edge)
    pen.part("hands")
    (ax, ay), (x, y) = line[8], line[10]
    length = math.hypot(x - ax, y - ay)
    dx, dy = (x - ax) / length, (y - ay) / length
    x, y = x + 0.04 * dx, y + 0.04 * dy
    if pose == "wave":
        for spread in (-0.6, -0.2, 0.2, 0.6):
            tip = x + 0.154 * spread, y - 0.17 + 0.08 * abs(spread)
            pen.tube([(x + spread * 0.1, y), tip], 0.034, 0.03, c.skin, c.skin_edge)
    else:
        thumb = x + 0.05 * dy - 0.01, y - 0.08
        pen.oval(*thumb, 0.04, 0.075, c.skin, c.skin_edge, math.copysign(0.3, x))
    pen.oval(x, y, 0.105, 0.1, c.skin, c.skin_edge)


def chair(pen, c):
    """A wheelchair seen from the front, behind the person: back, handles, wheels."""
    pen.part("chair")
    dark, steel = (64, 66, 80), (176, 182, 194)
    for side in (-1, 1):
        pen.line([(side * 0.66, 0.3), (side * 0.68, 0.1), (side * 0.8, 0.06)], 0.07, dark)
        pen.line([(side * 0.66, 0.2), (side * 0.66, 2.1)], 0.06, steel)
        pen.oval(side * 0.9, 1.08, 0.15, 0.58, dark)
        pen.oval(side * 0.9, 1.08, 0.1, 0.5, steel)
        pen.oval(side * 0.9, 1.08, 0.065, 0.43, c.seat)
        pen.oval(side * 0.9, 1.08, 0.05, 0.07, dark)
    pen.shape([(-0.66, 0.24), (0.66, 0.24), (0.66, 2.1), (-0.66, 2.1)], c.seat, tone(c.seat, -0.5))
