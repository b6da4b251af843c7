"""What all animals share: coats, eyes, cheeks, patterns, legs. None of it tells one kind from another."""

import math
from typing import NamedTuple

from ..pen import luminance, tone

PINK = (236, 150, 156)
NOSE = (226, 104, 122)
TONGUE = (232, 98, 112)


class Coat(NamedTuple):
    """The colours of one animal; `edge` and `deep` follow from `body`."""

    body: tuple
    accent: tuple
    edge: tuple
    deep: tuple


def coat(body, accent):
    edge = tone(body, -0.62) if luminance(body) > 80 else tone(body, 0.38)
    return Coat(body, accent, edge, tone(body, -0.2))


def eyes(pen, t, spots, r):
    """Eyes of radius r at the spots: white with a large pupil and a glint, or closed in a smile."""
    pen.part("eyes")
    for x, y in spots:
        with pen.at(x, y, r):
            if t["eyes"] == "happy":
                pen.oval(0, 0, 1.1, 1.1, (250, 248, 242))
                smile = [(0.85 * math.cos(a), 0.3 - 0.75 * math.sin(a)) for a in (0.1, 0.8, 1.57, 2.34, 3.04)]
                pen.line(smile, 0.42, (40, 34, 48))
            else:
                across, down = t["gaze"]
                pen.oval(0, 0, 1.15, 1.2, (252, 250, 246), (70, 62, 74))
                pen.oval(across, down, 0.74, 0.82, (38, 32, 46))
                pen.oval(across - 0.24, down - 0.3, 0.27, 0.27, (255, 255, 255))


def cheeks(pen, spots, r):
    for x, y in spots:
        pen.oval(x, y, r, r * 0.65, (244, 150, 150))


def marks(pen, t, c, x, y, rx, ry, turn=0.0):
    """The coat's pattern inside an oval: it belongs to the part that is being drawn."""
    cos, sin = math.cos(turn), math.sin(turn)

    def at(u, v):
        return x + u * rx * cos - v * ry * sin, y + u * rx * sin + v * ry * cos

    pattern = t["pattern"]
    if pattern == "striped":
        for u, foot in ((-0.5, 0.05), (0.0, 0.25), (0.5, 0.05)):
            top = -0.9 * math.sqrt(1 - u * u)
            pen.shape([at(u - 0.1, top), at(u + 0.1, top), at(u + 0.03, foot)], c.accent)
    elif pattern == "spotted":
        spots = ((-0.55, -0.2, 0.17), (-0.1, -0.55, 0.14), (0.35, -0.25, 0.19), (-0.2, 0.2, 0.13), (0.55, 0.3, 0.14))
        for u, v, r in spots:
            pen.oval(*at(u, v), r * (rx + ry) / 2, r * (rx + ry) / 2, c.accent)
    elif pattern == "patched":
        pen.oval(*at(-0.38, -0.28), rx * 0.45, ry * 0.5, c.accent, None, turn)
        pen.oval(*at(0.5, 0.3), rx * 0.3, ry * 0.3, c.accent, None, turn)
    elif pattern == "bellied":
        pen.oval(*at(0.0, 0.3), rx * 0.62, ry * 0.58, c.accent, None, turn)


def torso(pen, t, c, x, y, rx, ry, turn=0.0):
    """The body, with the coat's pattern on it."""
    pen.part("body")
    pen.ball(x, y, rx, ry, c.body, c.edge, turn)
    marks(pen, t, c, x, y, rx, ry, turn)


def paws(pen, c, spots, rx=0.18, ry=0.11):
    pen.part("legs")
    for x, y in spots:
        pen.ball(x, y, rx, ry, c.body, c.edge)


def legs(pen, c, feet, top, half, fill=None):
    """Legs at these x, from the height `top` down to the ground."""
    pen.part("legs")
    for x in feet:
        down = [(x, top), (x, (top + 0.97) / 2), (x + 0.02, 0.97 - half * 0.8)]
        pen.tube(down, half, half * 0.92, fill or c.body, c.edge)
