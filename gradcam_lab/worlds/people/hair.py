"""Hair, and what is worn on it, in the head's own units: the face is an oval of 0.9 x 1.05 about (0, 0).

Each style is two functions: what hangs behind the shoulders, and what lies over head and clothes. The two lists of
HAIR are pairs: a person drawn again with the other presentation gets the style of the same number.
"""

import math

from ..pen import curve, tone

HAIR = {
    "man": ("parted", "short curls", "quiff", "crop", "waves", "receding", "turban"),
    "woman": ("long", "big curls", "bob", "bun", "ponytail", "braids", "headscarf"),
}


def _cap(pen, c, side, brow=-0.42, low=0.1, top=-1.16):
    """The hair on top of the head, with a parting on one side; down to `low` beside the face."""
    crown = curve((-0.99, low), (-1.12, top), (0, top - 0.02), 8) + curve((0, top - 0.02), (1.12, top), (0.99, low), 8)
    brim = curve((0.82, low), (0.86, brow), (0.34 * side + 0.1, brow - 0.22), 6)
    brim += curve((0.34 * side + 0.1, brow - 0.22), (-0.8, brow - 0.02), (-0.82, low), 6)
    pen.shape(crown + brim, c.hair, c.hair_edge)
    shine = curve((-0.6, -0.86), (-0.2, -1.1), (0.35, -1.02), 6)
    pen.line(shine, 0.09, tone(c.hair, 0.22))


def _ringlets(pen, c, points, r):
    for x, y in points:
        pen.oval(x, y, r, r, c.hair, c.hair_edge)
    for x, y in points:
        pen.oval(x, y, r * 0.86, r * 0.86, c.hair)
        pen.oval(x - r * 0.25, y - r * 0.3, r * 0.32, r * 0.26, tone(c.hair, 0.16))


def _ring(start, end, count, rx, ry, y=-0.1):
    angles = [start + (end - start) * i / (count - 1) for i in range(count)]
    return [(rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


# ------------------------------------------------------------------------------------------------ behind


def behind(pen, style, c, side):
    if style == "long":
        left = [*curve((0, -1.18), (-1.4, -1.1), (-1.22, 0.6), 7), (-1.3, 1.75), (-0.8, 2.05)]
        pen.shape(left + [(-x, y) for x, y in left[::-1]], tone(c.hair, -0.12), c.hair_edge)
    elif style == "big curls":
        for x, y in [*_ring(2.5, 6.92, 9, 1.05, 1.0, -0.12), (-1.12, 0.75), (1.12, 0.75)]:
            pen.oval(x, y, 0.5, 0.5, c.hair, c.hair_edge)
        pen.oval(0, -0.1, 1.25, 1.2, tone(c.hair, -0.1))
    elif style == "bob":
        left = [*curve((0, -1.2), (-1.45, -1.15), (-1.22, 0.4), 7), (-1.24, 1.0), (-0.7, 1.12)]
        pen.shape(left + [(-x, y) for x, y in left[::-1]], tone(c.hair, -0.12), c.hair_edge)
    elif style == "bun":
        pen.ball(0.1 * side, -1.36, 0.6, 0.46, c.hair, c.hair_edge)
        pen.line(curve((-0.25, -1.4), (0.1, -1.62), (0.38, -1.36), 6), 0.07, tone(c.hair, 0.25))
    elif style == "ponytail":
        tail = [(0.55 * side, -1.0), (1.3 * side, -0.75), (1.5 * side, 0.1), (1.28 * side, 0.95), (1.42 * side, 1.5)]
        pen.tube(tail, 0.3, 0.1, tone(c.hair, -0.08), c.hair_edge)
        pen.oval(0.82 * side, -0.98, 0.17, 0.2, c.scarf, c.hair_edge)
    elif style == "braids":
        pen.oval(0, -0.12, 1.08, 1.12, tone(c.hair, -0.12), c.hair_edge)
    elif style == "headscarf":
        drape = curve((-0.95, 0.2), (-1.25, 1.1), (-1.45, 1.62), 6)
        pen.shape([*drape, *((-x, y) for x, y in drape[::-1])], tone(c.scarf, -0.14), tone(c.scarf, -0.5))


# ------------------------------------------------------------------------------------------------ in front


def in_front(pen, style, c, side):
    _STYLES[style](pen, c, side)


def _long(pen, c, side):
    _cap(pen, c, side, low=0.35)
    for s in (-1, 1):
        outer = curve((s * 0.99, 0.25), (s * 1.2, 1.0), (s * 1.08, 1.95), 7)
        inner = curve((s * 0.72, 1.98), (s * 0.84, 1.1), (s * 0.82, 0.25), 7)
        pen.shape(outer + inner, c.hair, c.hair_edge)
        pen.line(curve((s * 0.95, 0.5), (s * 1.03, 1.1), (s * 0.94, 1.7), 5), 0.06, tone(c.hair, 0.2))


def _big_curls(pen, c, side):
    _ringlets(pen, c, _ring(3.35, 6.08, 7, 0.82, 0.86, -0.16), 0.27)


def _bob(pen, c, side):
    _cap(pen, c, side, brow=-0.3, low=0.3)
    for s in (-1, 1):
        lock = curve((s * 1.0, 0.1), (s * 1.2, 0.7), (s * 0.98, 1.08), 6)
        lock += curve((s * 0.7, 0.98), (s * 0.9, 0.6), (s * 0.82, 0.1), 6)
        pen.shape(lock, c.hair, c.hair_edge)


def _bun(pen, c, side):
    _cap(pen, c, side, brow=-0.5, low=-0.05)
    for s in (-1, 1):
        pen.line(curve((s * 0.92, -0.1), (s * 1.1, 0.45), (s * 0.92, 1.05), 6), 0.17, c.hair)


def _ponytail(pen, c, side):
    _cap(pen, c, side, brow=-0.48, low=-0.05)
    fringe = curve((-0.7 * side, -0.62), (0.2 * side, -0.25), (0.78 * side, -0.1), 6)
    pen.shape([*fringe, (0.85 * side, -0.5), (0, -0.95)], c.hair)


def _braids(pen, c, side):
    _cap(pen, c, 0, brow=-0.46, low=0.2)
    for s in (-1, 1):
        for i in range(6):
            x, y = s * (1.0 - 0.02 * i), 0.42 + 0.27 * i
            pen.oval(x, y, 0.2 - 0.012 * i, 0.19, c.hair, c.hair_edge, s * 0.4 * (-1) ** i)
        pen.oval(s * 0.9, 1.98, 0.12, 0.1, c.scarf)
        pen.oval(s * 0.9, 2.13, 0.13, 0.13, c.hair, c.hair_edge)


def _headscarf(pen, c, side):
    edge, fold = tone(c.scarf, -0.5), tone(c.scarf, -0.18)
    outer = _ring(0, 2 * math.pi, 26, 1.13, 1.24, -0.04)[:-1]
    inner = _ring(0, 2 * math.pi, 26, 0.78, 0.95, 0.04)
    pen.shape([*outer, outer[0], *inner[::-1]], c.scarf)  # a ring: the two outlines joined by a seam
    pen.line([*outer, outer[0]], 0.055, edge)
    pen.line(inner, 0.05, edge)
    throat = curve((-1.0, 0.5), (-1.15, 1.2), (-1.25, 1.5), 5)
    throat += curve((-1.25, 1.5), (0, 2.15), (1.25, 1.5), 8) + curve((1.25, 1.5), (1.15, 1.2), (1.0, 0.5), 5)
    throat += curve((0.68, 0.66), (0, 1.32), (-0.68, 0.66), 9)
    pen.shape(throat, c.scarf, edge)
    pen.line(curve((-0.85 * side, 0.85), (0.1 * side, 1.5), (0.95 * side, 1.1), 7), 0.06, fold)
    pen.line(curve((-0.9 * side, 1.25), (0, 1.85), (0.9 * side, 1.5), 7), 0.06, fold)
    pen.line(curve((-0.75, -0.82), (0, -1.2), (0.75, -0.82), 7), 0.06, tone(c.scarf, 0.25))


def _parted(pen, c, side):
    _cap(pen, c, side, brow=-0.44, low=-0.02, top=-1.2)
    sweep = curve((-0.45 * side, -0.95), (0.3 * side, -1.42), (0.92 * side, -0.72), 7)
    pen.shape([*sweep, *curve((0.8 * side, -0.5), (0.2 * side, -0.62), (-0.45 * side, -0.95), 5)], c.hair, c.hair_edge)


def _short_curls(pen, c, side):
    _cap(pen, c, side, brow=-0.5, low=-0.02, top=-1.08)
    _ringlets(pen, c, _ring(3.5, 5.93, 6, 0.72, 0.82, -0.12), 0.23)


def _quiff(pen, c, side):
    _cap(pen, c, side, brow=-0.52, low=-0.05, top=-1.1)
    wave = curve((-0.78 * side, -0.66), (-0.85 * side, -1.6), (0.55 * side, -1.42), 8)
    pen.shape([*wave, *curve((0.9 * side, -1.0), (0.5 * side, -0.72), (-0.3 * side, -0.6), 6)], c.hair, c.hair_edge)
    pen.line(curve((-0.45 * side, -0.9), (-0.3 * side, -1.25), (0.4 * side, -1.2), 6), 0.07, tone(c.hair, 0.24))


def _crop(pen, c, side):
    crown = curve((-0.92, -0.1), (-1.02, -1.1), (0, -1.1), 7) + curve((0, -1.1), (1.02, -1.1), (0.92, -0.1), 7)
    pen.shape([*crown, (0.82, -0.42), (0.55, -0.62), (-0.55, -0.62), (-0.82, -0.42)], tone(c.hair, 0.08), c.hair_edge)


def _waves(pen, c, side):
    for s in (-1, 1):
        lock = curve((s * 0.98, -0.3), (s * 1.22, 0.1), (s * 0.98, 0.42), 6)
        pen.shape([*lock, (s * 0.84, 0.3), (s * 0.84, -0.3)], c.hair, c.hair_edge)
    _cap(pen, c, side, brow=-0.4, low=0.02, top=-1.24)
    for x, y, r in ((-0.55, -0.62, 0.25), (-0.12, -0.72, 0.27), (0.36, -0.7, 0.26), (0.7, -0.5, 0.2)):
        pen.oval(x * side, y, r, r * 0.8, c.hair)
        pen.line(curve(((x - r) * side, y), (x * side, y + r), ((x + r) * side, y), 5), 0.05, c.hair_edge)


def _receding(pen, c, side):
    for s in (-1, 1):
        tuft = curve((s * 0.78, -0.78), (s * 1.12, -0.5), (s * 0.98, 0.15), 6)
        pen.shape([*tuft, (s * 0.82, 0.08), (s * 0.84, -0.35)], c.hair, c.hair_edge)
    pen.line(curve((-0.3, -0.86), (0, -0.98), (0.3, -0.86), 5), 0.08, tone(c.skin, 0.35))


def _turban(pen, c, side):
    edge = tone(c.scarf, -0.5)
    wrap = curve((-1.0, -0.1), (-1.45, -1.25), (-0.1, -1.62), 8) + curve((-0.1, -1.62), (1.4, -1.4), (1.0, -0.1), 8)
    peak = curve((1.0, -0.1), (0.72, -0.45), (0, -0.72), 6) + curve((0, -0.72), (-0.72, -0.45), (-1.0, -0.1), 6)
    pen.shape(wrap + peak, c.scarf, edge)
    for i, amount in enumerate((-0.16, 0.2, -0.16)):
        lift = 0.26 * i
        fold = curve((-1.02 + 0.1 * i, -0.42 - lift), (-0.35, -0.75 - lift), (0.55, -1.35 - 0.05 * i), 6)
        pen.line([(x * side, y) for x, y in fold], 0.06, tone(c.scarf, amount))
    pen.shape([(-0.24, -0.62), (0, -0.76), (0.24, -0.62), (0, -0.5)], tone(c.scarf, 0.35))


_STYLES = {
    "long": _long,
    "big curls": _big_curls,
    "bob": _bob,
    "bun": _bun,
    "ponytail": _ponytail,
    "braids": _braids,
    "headscarf": _headscarf,
    "parted": _parted,
    "short curls": _short_curls,
    "quiff": _quiff,
    "crop": _crop,
    "waves": _waves,
    "receding": _receding,
    "turban": _turban,
}
