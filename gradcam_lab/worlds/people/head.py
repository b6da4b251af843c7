"""Heads: face, beard, lips, glasses, and the hair around them. Nothing below the neck says how someone presents."""

from ..pen import curve, mix, tone
from .hair import behind, in_front

BEARDS = ("full", "short", "goatee", "moustache", "stubble")
MOODS = ("smile", "laugh", "calm")
AGES = ("young", "middle", "older")
CENTRE, SIZE = (0, -0.7), 0.44


def back_of_head(pen, t, c):
    """The hair that hangs behind the shoulders."""
    pen.part("head")
    with pen.at(*CENTRE, SIZE):
        behind(pen, t["hair"], c, t["parting"])


def neck(pen, c):
    pen.part("head")
    pen.shape(
        [(-0.13, -0.42), (0.13, -0.42), (0.155, -0.12), (0, 0.0), (-0.155, -0.12)], tone(c.skin, -0.12), c.skin_edge
    )


def head(pen, t, c):
    pen.part("head")
    with pen.at(*CENTRE, SIZE):
        hair, woman = t["hair"], t["presentation"] == "woman"
        if hair != "headscarf":
            for side in (-1, 1):
                pen.oval(side * 0.9, 0.1, 0.17, 0.22, tone(c.skin, -0.06), c.skin_edge)
                if woman:
                    pen.oval(side * 0.95, 0.38, 0.09, 0.1, c.jewel, tone(c.jewel, -0.4))
        pen.ball(0, 0, 0.9, 1.05, c.skin, c.skin_edge)
        _face(pen, t, c, woman)
        if not woman:
            _beard(pen, c, "full" if hair == "turban" else t["beard"])
        _mouth(pen, t, c, woman)
        in_front(pen, hair, c, t["parting"])
        if t["glasses"]:
            _glasses(pen, c)


def _face(pen, t, c, woman):
    dark = (44, 34, 40)
    for side in (-1, 1):
        pen.oval(side * 0.56, 0.34, 0.2, 0.14, mix(c.skin, (226, 96, 92), 0.28))
        x, y = side * 0.36, 0.02
        if t["mood"] == "laugh":
            pen.line(curve((x - 0.15, y + 0.06), (x, y - 0.16), (x + 0.15, y + 0.06), 6), 0.09, dark)
        else:
            pen.oval(x, y, 0.155, 0.165, (252, 250, 246))
            pen.oval(x, y + 0.01, 0.115, 0.135, dark)
            pen.oval(x - 0.04, y - 0.05, 0.05, 0.05, (255, 255, 255))
        if woman:  # lashes
            pen.line(curve((x - side * 0.14, y - 0.12), (x, y - 0.22), (x + side * 0.25, y - 0.12), 5), 0.085, dark)
        brow = c.brow
        lift = -0.04 if t["mood"] == "laugh" else 0.0
        points = curve((side * 0.17, -0.27 + lift), (side * 0.36, -0.38 + lift), (side * 0.56, -0.25 + lift), 5)
        pen.line(points, 0.07 if woman else 0.12, brow)
        if t["age"] == "older":
            pen.line(curve((side * 0.3, 0.2), (side * 0.42, 0.26), (side * 0.53, 0.18), 4), 0.035, c.crease)
            pen.line(curve((side * 0.3, 0.33), (side * 0.44, 0.5), (side * 0.4, 0.66), 4), 0.04, c.crease)
        elif t["age"] == "middle":
            pen.line(curve((side * 0.34, 0.38), (side * 0.43, 0.48), (side * 0.42, 0.58), 4), 0.035, c.crease)
    pen.line(curve((0.02, 0.04), (0.15, 0.3), (-0.06, 0.29), 6), 0.055, c.crease)


def _mouth(pen, t, c, woman):
    lips = mix(c.skin, (196, 44, 74), 0.72) if woman else mix(c.skin, (120, 44, 44), 0.6)
    if t["mood"] == "laugh":
        pen.shape([(-0.27, 0.47), (0.27, 0.47), (0.17, 0.68), (0, 0.75), (-0.17, 0.68)], (126, 42, 54), lips)
        pen.shape([(-0.22, 0.48), (0.22, 0.48), (0.18, 0.56), (-0.18, 0.56)], (252, 250, 246))
    elif woman:
        low = 0.72 if t["mood"] == "smile" else 0.66
        pen.shape(
            [*curve((-0.25, 0.54), (0, low + 0.09), (0.25, 0.54), 7), (0.07, 0.51), (0, 0.54), (-0.07, 0.51)], lips
        )
    else:
        pen.line(curve((-0.24, 0.54), (0, 0.72 if t["mood"] == "smile" else 0.62), (0.24, 0.54), 7), 0.085, lips)


def _beard(pen, c, beard):
    if beard == "stubble":
        shade = mix(c.skin, c.brow, 0.42)
        jaw = curve((-0.86, 0.18), (-0.74, 1.05), (0, 1.03), 8) + curve((0, 1.03), (0.74, 1.05), (0.86, 0.18), 8)
        pen.shape([*jaw, (0.6, 0.5), (0.3, 0.37), (-0.3, 0.37), (-0.6, 0.5)], shade)
    elif beard in ("full", "short"):
        low = 1.34 if beard == "full" else 1.14
        jaw = curve((-0.9, 0.05), (-0.88, low), (0, low), 8) + curve((0, low), (0.88, low), (0.9, 0.05), 8)
        pen.shape([*jaw, (0.68, 0.4), (0.32, 0.36), (0, 0.42), (-0.32, 0.36), (-0.68, 0.4)], c.beard, c.hair_edge)
        pen.oval(0, 0.58, 0.25, 0.13, tone(c.skin, -0.06))
    elif beard == "goatee":
        chin = curve((-0.36, 0.66), (-0.32, 1.22), (0, 1.2), 6) + curve((0, 1.2), (0.32, 1.22), (0.36, 0.66), 6)
        pen.shape([*chin, (0, 0.76)], c.beard, c.hair_edge)
    if beard in ("moustache", "goatee", "full"):
        for side in (-1, 1):
            wing = curve((0, 0.36), (side * 0.3, 0.3), (side * 0.44, 0.56), 6)
            pen.shape([*wing, *curve((side * 0.3, 0.53), (side * 0.15, 0.46), (0, 0.5), 4)], c.beard, c.hair_edge)


def _glasses(pen, c):
    for side in (-1, 1):
        ring = [(side * 0.37 + x, 0.03 + y) for x, y in _RIM]
        pen.line(ring, 0.07, c.frames)
        pen.line([(side * 0.66, 0.0), (side * 0.9, -0.04)], 0.06, c.frames)
    pen.line([(-0.09, 0.0), (0.09, 0.0)], 0.06, c.frames)


_RIM = curve((-0.29, 0), (-0.29, -0.26), (0, -0.26), 4) + curve((0, -0.26), (0.29, -0.26), (0.29, 0), 4)
_RIM += curve((0.29, 0), (0.29, 0.27), (0, 0.27), 4) + curve((0, 0.27), (-0.29, 0.27), (-0.29, 0), 4)
