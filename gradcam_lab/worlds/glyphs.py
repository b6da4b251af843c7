"""How people write the ten digits: for each a few styles, each a few strokes through a few points.

Units: x to the right and y down, a digit reaches from -1 to 1 in height and about -0.6 to 0.6 in width. A stroke is
a smooth curve through its points; its spans (from one point to the next) belong to parts. So a part can be left out
without moving the rest: an 8 without its left halves is a 3.

`shape` are four numbers, about -1 to 1, that vary the build of a digit: how full a loop is, how high a waist.
"""

import math
from functools import lru_cache

import numpy as np

STEPS = 4  # straight pieces to a span

STYLES = {  # the share of pictures in which a kind is written so
    "0": {"plain": 0.55, "open": 0.3, "slashed": 0.15},
    "1": {"stick": 0.35, "flag": 0.4, "foot": 0.25},
    "2": {"plain": 0.4, "swan": 0.25, "looped": 0.35},
    "3": {"round": 0.7, "flat": 0.3},
    "4": {"open": 0.4, "closed": 0.35, "round": 0.25},
    "5": {"plain": 0.5, "swift": 0.25, "detached": 0.25},
    "6": {"curved": 0.65, "straight": 0.35},
    "7": {"plain": 0.4, "crossed": 0.35, "hooked": 0.25},
    "8": {"ribbon": 0.65, "snowman": 0.35},
    "9": {"straight": 0.4, "curved": 0.35, "hooked": 0.25},
}
PARTS = {
    "0": ("left", "right", "slash"),
    "1": ("flag", "stem", "foot"),
    "2": ("arch", "loop", "base"),
    "3": ("top", "bottom"),
    "4": ("arm", "bar", "stem"),
    "5": ("hat", "neck", "bowl"),
    "6": ("stem", "loop"),
    "7": ("bar", "stem", "cross"),
    "8": ("upper left", "upper right", "lower left", "lower right"),
    "9": ("loop", "stem"),
}


def strokes(kind, style, shape):
    """A digit as [(points, spans), ...]: points [(x, y), ...] and, for each span between two, its part's name."""
    return _DRAW[kind](style, *shape)


@lru_cache(maxsize=64)
def _basis(n):
    """[(n - 1) * STEPS + 1, n]: the weights of n points in the Catmull-Rom curve through them."""
    weights = np.zeros(((n - 1) * STEPS + 1, n))
    for row in range(len(weights)):
        span = min(row // STEPS, n - 2)
        t = row / STEPS - span
        four = (
            t * (-0.5 + t * (1 - 0.5 * t)),
            1 + t * t * (-2.5 + 1.5 * t),
            t * (0.5 + t * (2 - 1.5 * t)),
            t * t * (-0.5 + 0.5 * t),
        )
        for point, weight in zip(range(span - 1, span + 3), four):
            # Beyond an end the curve goes straight on, as if the next point were mirrored there.
            if point < 0:
                weights[row, 0] += 2 * weight
                weights[row, 1] -= weight
            elif point >= n:
                weights[row, n - 1] += 2 * weight
                weights[row, n - 2] -= weight
            else:
                weights[row, point] += weight
    return weights


def smooth(points):
    """The curve through the points, as [(n - 1) * STEPS + 1, 2]."""
    return _basis(len(points)) @ np.array(points)


def _round(x, y, rx, ry, start, end, count):
    """`count` points on an ellipse from one angle to another, in degrees: 0 is right, 90 down, 180 left, 270 up."""
    angles = [math.radians(start + (end - start) * i / (count - 1)) for i in range(count)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def _stroke(points, *parts):
    """(points, spans): `parts` are names, each followed by how many spans it has; the last one has all the rest."""
    spans = []
    for name, count in zip(parts[::2], parts[1::2]):
        spans += [name] * count
    if len(parts) % 2:
        spans += [parts[-1]] * (len(points) - 1 - len(spans))
    return points, spans


def _zero(style, full, egg, gap, tilt):
    rx = 0.6 + 0.12 * full
    points = _round(0, 0, rx, 1, 275, -95, 13)
    points = [(x * (1 + 0.12 * egg * y) + 0.08 * tilt * y, y) for x, y in points]
    if style == "open":  # the pen does not come back to where it began
        points[-3:] = [(points[-3][0] * 0.92, points[-3][1] + 0.02), (0.42 * rx, -0.84 + 0.08 * gap)]
    drawn = [_stroke(points, "left", 6, "right")]
    if style == "slashed":
        drawn.append(_stroke([(0.62, -0.75 - 0.1 * gap), (0, 0), (-0.62, 0.75 + 0.1 * gap)], "slash"))
    return drawn


def _one(style, bow, flag, foot, lean):
    top, bend = 0.1 + 0.06 * lean, 0.06 * bow
    stem = [(top, -1), (top / 2 + bend, 0), (0, 1)]
    if style == "stick":
        return [_stroke(stem, "stem")]
    tip = (top - 0.42 - 0.12 * flag, -0.58 + 0.14 * flag)
    drawn = [_stroke([tip, (top - 0.16, -0.78), (top, -1)], "flag"), _stroke(stem, "stem")]
    if style == "foot":
        half = 0.42 + 0.12 * foot
        drawn.append(_stroke([(-half, 0.99), (0, 1), (half, 0.98)], "foot"))
    return drawn


def _two(style, full, waist, hook, base):
    rx, foot = 0.5 + 0.08 * full, 0.9
    arch = [(-rx, -0.52 + 0.1 * hook), (-0.34, -0.9), (0.06, -1), (rx - 0.06, -0.82), (rx, -0.46 + 0.1 * waist)]
    arch.append((0.24, 0.12 + 0.1 * waist))
    if style == "looped":
        loop = [(-0.3, 0.76), (-0.52, foot), (-0.66, 0.74), (-0.46, 0.58), (-0.18, 0.7)]
        end = [(0.22, foot + 0.02), (0.66, 0.78 - 0.14 * base)]
        return [_stroke([*arch, *loop, *end], "arch", 6, "loop", 4, "base")]
    drawn = [_stroke([*arch, (-0.58, foot)], "arch")]
    if style == "swan":
        return [*drawn, _stroke([(-0.58, foot), (-0.24, 0.76), (0.18, foot), (0.66, 0.74 - 0.1 * base)], "base")]
    return [*drawn, _stroke([(-0.58, foot), (0.05, foot + 0.02), (0.62 + 0.08 * base, foot - 0.02)], "base")]


def _three(style, full, waist, hook, nose):
    middle = -0.08 + 0.1 * waist
    rx = 0.52 + 0.08 * full
    start = (-0.12 + 0.12 * nose, middle)
    bottom = [(0.3, middle + 0.1), (rx + 0.06, middle + 0.5), (0.38, 0.88), (-0.08, 1), (-0.56, 0.74 - 0.12 * hook)]
    if style == "flat":
        top = [_stroke([(-0.48, -0.94), (0, -0.95), (0.5, -0.97)], "top"), _stroke([(0.5, -0.97), start], "top")]
        return [*top, _stroke([start, *bottom], "bottom")]
    top = [(-0.52, -0.7 - 0.1 * hook), (-0.08, -1), (0.38, -0.86), (rx - 0.06, -0.54), (0.26, -0.2 + 0.08 * waist)]
    return [_stroke([*top, start], "top"), _stroke([start, *bottom], "bottom")]


def _four(style, wide, bar, stem, lean):
    level, left, right = 0.3 + 0.12 * bar, -0.6 - 0.06 * wide, 0.6 + 0.06 * wide
    x = 0.24 + 0.08 * stem
    if style == "closed":
        top = (x + 0.04, -1)
        arm, upright = [top, (left / 2 + 0.1, -0.3), (left, level)], [top, (x, 0), (x - 0.02, 1)]
    elif style == "open":
        arm, upright = [(-0.3 + 0.1 * lean, -0.96), (-0.46, -0.3), (left, level)], [(x + 0.06, -0.5), (x, 0.2), (x, 1)]
    else:  # like a u with a long right leg
        dip = 0.14 + 0.1 * bar
        arm = [(-0.46 + 0.06 * lean, -0.92), (-0.52, -0.3), (-0.3, dip)]
        upright = [(0.46, -0.94), (0.42, 0), (0.36, 1)]
        return [_stroke([*arm, (0.06, dip + 0.04), (0.42, dip - 0.12)], "arm", 2, "bar"), _stroke(upright, "stem")]
    return [
        _stroke(arm, "arm"),
        _stroke([(left, level), (0, level), (right, level - 0.02)], "bar"),
        _stroke(upright, "stem"),
    ]


def _five(style, full, waist, hat, hook):
    left, shoulder = -0.38, -0.12 + 0.1 * waist
    rx = 0.5 + 0.08 * full
    bowl = [
        (0.06, shoulder - 0.16),
        (rx, shoulder + 0.24),
        (rx - 0.04, 0.66),
        (0.06, 0.98),
        (-0.54, 0.76 - 0.14 * hook),
    ]
    brim = (0.52 + 0.1 * hat, -0.96 + 0.04 * hat)
    if style == "swift":  # all in one go, from the tip of the hat
        down = [brim, (0.06, -0.93), (-0.34, -0.84), (-0.42, -0.5), (left - 0.02, shoulder)]
        return [_stroke([*down, *bowl], "hat", 2, "neck", 2, "bowl")]
    drawn = [_stroke([(left + 0.06, -0.92), (left, -0.5), (left - 0.04, shoulder)], "neck")]
    drawn.append(_stroke([(left - 0.04, shoulder), *bowl], "bowl"))
    from_, lift = (left + 0.06, 0) if style == "plain" else (left + 0.22 + 0.06 * hat, -0.06)
    return [*drawn, _stroke([(from_, -0.93 + lift), (0.1, -0.95 + lift), (brim[0], brim[1] + lift)], "hat")]


def _six(style, full, waist, tip, close):
    rx, middle = 0.5 + 0.08 * full, 0.42 + 0.08 * waist
    top = middle - 0.5
    if style == "straight":
        stem = [(0.24 + 0.1 * tip, -0.98), (-0.12, -0.5), (-0.4, -0.02)]
    else:
        stem = [(0.42 + 0.1 * tip, -0.9 + 0.08 * tip), (0, -0.86), (-0.38, -0.36)]
    loop = [(-rx, middle), (-0.3, 0.9), (0.1, 0.99), (rx - 0.06, 0.78), (rx, middle), (0.2, top + 0.04)]
    loop += [(-0.18, top + 0.12), (-rx + 0.08 * close, middle + 0.06 + 0.1 * close)]
    return [_stroke([*stem, *loop], "stem", 3, "loop")]


def _seven(style, wide, bow, bend, level):
    left, right = -0.56 - 0.06 * wide, 0.54 + 0.06 * wide
    bar = [(left, -0.9), (0, -0.9 - 0.04 * bow), (right, -0.94)]
    foot = -0.14 + 0.14 * bend
    stem = [(right, -0.94), (0.22 + 0.08 * bow, -0.2), (foot + 0.06, 0.4), (foot, 1)]
    drawn = [_stroke(bar, "bar"), _stroke(stem, "stem")]
    if style == "crossed":
        y = 0.06 + 0.1 * level
        drawn.append(_stroke([(-0.3, y + 0.03), (0.1, y), (0.5, y - 0.04)], "cross"))
    if style == "hooked":
        drawn.insert(0, _stroke([(left - 0.02, -0.58 + 0.08 * level), (left, -0.9)], "bar"))
    return drawn


def _eight(style, waist, upper, lower, close):
    middle, rx, wide = -0.1 + 0.1 * waist, 0.44 + 0.07 * upper, 0.52 + 0.08 * lower
    if style == "snowman":
        over = _round(0, (middle - 1) / 2, rx, (1 + middle) / 2, 90, 450, 9)
        under = _round(0, (middle + 1) / 2, wide, (1 - middle) / 2, 270, 630, 9)
        sides = ("upper left", 4, "upper right"), ("lower right", 4, "lower left")
        return [_stroke(over, *sides[0]), _stroke(under, *sides[1])]
    gap = 0.1 * close  # how far the end passes, or misses, the beginning
    left = [(0.34, -0.84), (0, -1), (-rx, -0.74), (-rx + 0.08, -0.4), (0, middle)]
    right = [(wide - 0.08, 0.26), (wide, 0.62), (0, 1)]
    back = [(-wide, 0.64), (-wide + 0.1, 0.28), (0, middle)]
    up = [(rx - 0.06, -0.42), (rx, -0.7), (0.3 + gap, -0.9)]
    parts = ("upper left", 4, "lower right", 3, "lower left", 3, "upper right")
    return [_stroke([*left, *right, *back, *up], *parts)]


def _nine(style, full, waist, tail, close):
    rx, middle = 0.46 + 0.08 * full, -0.48 + 0.08 * waist
    bottom = middle + 0.5
    loop = [(rx, middle - 0.12), (0.2, -0.95), (-0.16, -0.98), (-rx, middle), (-0.2, bottom), (0.2, bottom - 0.08)]
    loop.append((rx - 0.02, middle + 0.04 * close))
    if style == "hooked":  # the stem comes round to the left, as a g's
        stem = [(rx, 0.2), (rx - 0.06, 0.74), (0.06, 1), (-0.42, 0.8 + 0.1 * tail)]
    elif style == "curved":
        stem = [(rx - 0.06, 0.1), (0.26, 0.6), (-0.12 + 0.12 * tail, 1)]
    else:
        stem = [(rx, -0.1), (rx - 0.04, 0.4), (rx - 0.1 + 0.06 * tail, 1)]
    if style == "hooked" or close > 0:  # in one go; else the stem begins anew at the top
        return [_stroke([*loop, *stem], "loop", 6, "stem")]
    return [_stroke(loop, "loop"), _stroke([loop[-1], *stem], "stem")]


_DRAW = dict(zip("0123456789", (_zero, _one, _two, _three, _four, _five, _six, _seven, _eight, _nine)))
