"""What stands in a street, drawn part by part: hydrants, cars, postboxes, benches, trees, lamps, dogs and cats.

Each stands on y = 1 and reaches up to about y = -1. `draw(pen, t, c)` draws one: `t` is the thing's attributes, of
which it reads pose and shape (six numbers in -1..1 that vary the build); `c` is its coat. The body's colour says
nothing about the kind: all kinds are painted from one palette. Animals are those of the pets world, in plain coats.
"""

import math

from . import animals
from .pen import curve, tone

IRON, SILVER, GLASS, PAPER = (74, 72, 84), (196, 200, 208), (178, 216, 236), (250, 246, 234)


def hydrant(pen, t, c):
    """`c.accent` is the colour of the cap."""
    s, pose = t["shape"], t["pose"]
    half = {"round": 0.35, "stout": 0.41, "slim": 0.3}[pose] + 0.02 * s[0]
    neck, cap, lid = -0.17 + 0.04 * s[1], c.accent, tone(c.accent, -0.55)
    pen.part("body")
    pen.box(-half - 0.16, 0.82, half + 0.16, 1, tone(c.body, -0.2), c.edge)
    reach = half + 0.2 + 0.04 * s[2]
    for side in (-1, 1):
        pen.box(side * half, 0.1, side * reach, 0.4, tone(c.body, -0.12), c.edge)
        pen.box(side * reach, 0.03, side * (reach + 0.11), 0.47, c.body, c.edge)
    pen.box(-half, neck, half, 0.86, c.body, c.edge)
    pen.box(half * 0.45, neck + 0.08, half * 0.82, 0.8, tone(c.body, -0.13))
    pen.box(-half * 0.78, neck + 0.08, -half * 0.5, 0.8, tone(c.body, 0.3))
    pen.ball(0, 0.3 + 0.04 * s[3], half * 0.56, half * 0.56, c.body, c.edge)
    pen.oval(0, 0.3 + 0.04 * s[3], half * 0.2, half * 0.2, tone(c.body, -0.35))
    pen.part("cap")
    top = -0.86 if pose != "stout" else -0.8
    if pose == "slim":
        peak = [(-half - 0.02, neck - 0.06), (-half * 0.9, -0.54), (-0.14, top), (0.14, top), (half * 0.9, -0.54)]
        pen.shape([*peak, (half + 0.02, neck - 0.06)], cap, lid)
    else:
        pen.oval(0, neck - 0.06, half + 0.02, neck - 0.06 - top, cap, lid, 0, math.pi, 2 * math.pi)
    shine = (-half * 0.62, neck - 0.16), (-half * 0.6, top + 0.2), (-half * 0.15, top + 0.09)
    pen.tube(curve(*shine, 5), 0.045, 0.03, tone(cap, 0.4))
    pen.box(-0.1, top - 0.14, 0.1, top + 0.02, tone(cap, -0.12), lid)
    pen.box(-half - 0.12, neck - 0.12, half + 0.12, neck + 0.04, cap, lid)


def car(pen, t, c):
    s, pose = t["shape"], t["pose"]
    top, sill = -1 + 0.08 * s[0], 0.62
    pen.part("body")
    if pose == "van":
        front = [(-1.85, -0.62), (-1.7, top), (0.95, top), (1.4, -0.1), (1.85, 0.08), (1.9, sill), (-1.85, sill)]
        panes = ([(0.4, top + 0.2), (0.84, top + 0.2), (1.16, -0.12), (0.4, -0.12)],)
        panes = (*panes, [(-0.5, top + 0.2), (0.25, top + 0.2), (0.25, -0.12), (-0.5, -0.12)])
    elif pose == "beetle":
        arch = [(1.5 * math.cos(a), -0.05 + 0.92 * math.sin(a)) for a in (math.pi * (1 + i / 14) for i in range(15))]
        front = [(-1.85, sill), (-1.8, 0.1), *arch, (1.8, 0.1), (1.88, sill)]
        panes = ([(0.08, -0.76), (0.5, -0.66), (0.92, -0.2), (0.08, -0.2)],)
        panes = (*panes, [(-0.08, -0.76), (-0.5, -0.66), (-0.92, -0.2), (-0.08, -0.2)])
    else:
        roof = [(-1.0, top + 0.1), (-0.75, top), (0.4, top), (1.0, -0.2)]
        front = [(-1.88, sill), (-1.85, -0.12), (-1.3, -0.2), *roof, (1.7, -0.05), (1.92, 0.2), (1.9, sill)]
        panes = ([(-0.06, top + 0.17), (0.34, top + 0.17), (0.72, -0.22), (-0.06, -0.22)],)
        panes = (*panes, [(-0.22, top + 0.17), (-0.72, top + 0.17), (-1.0, -0.22), (-0.22, -0.22)])
    pen.shape(front, c.body, c.edge)
    pen.shape([(-1.8, 0.36), (1.86, 0.36), (1.88, sill - 0.05), (-1.83, sill - 0.05)], tone(c.body, -0.16))
    pen.line([(-0.14, -0.1), (-0.14, 0.55)], 0.05, c.edge)
    pen.part("windows")
    for pane in panes:
        pen.shape(pane, GLASS, c.edge)
        (x, y), (right, _) = pane[0], pane[1]
        pen.line([(x + (right - x) * 0.6, y + 0.1), (x + (right - x) * 0.3, -0.3)], 0.09, (236, 248, 252))
    pen.part("lights")
    pen.oval(1.76, 0.24, 0.13, 0.14, (255, 240, 176), c.edge)
    pen.box(-1.86, 0.12, -1.7, 0.32, (222, 84, 72), c.edge)
    pen.part("wheels")
    for x in (-1.08, 1.1):
        pen.oval(x, 0.62, 0.4, 0.39, (58, 54, 64))
        pen.oval(x, 0.62, 0.2, 0.2, SILVER)
        pen.oval(x, 0.62, 0.08, 0.08, (120, 124, 134))


def postbox(pen, t, c):
    s, pose = t["shape"], t["pose"]
    half = 0.4 + 0.04 * s[0]
    if pose == "pillar":
        pen.part("body")
        pen.box(-half - 0.06, 0.84, half + 0.06, 1, IRON)
        pen.box(-half, -0.72, half, 0.86, c.body, c.edge)
        pen.box(half * 0.5, -0.6, half * 0.86, 0.8, tone(c.body, -0.13))
        pen.oval(0, -0.72, half + 0.08, 0.26, c.body, c.edge, 0, math.pi, 2 * math.pi)
        pen.box(-half - 0.1, -0.76, half + 0.1, -0.64, tone(c.body, -0.1), c.edge)
        slot, plate = -0.46, (-0.1, 0.24)
    elif pose == "box":
        pen.part("legs")
        for x in (-half, half - 0.14):
            pen.box(x, 0.5, x + 0.14, 1, tone(c.body, -0.4), c.edge)
        pen.part("body")
        pen.oval(0, -0.42, half + 0.1, 0.48, c.body, c.edge, 0, math.pi, 2 * math.pi)
        pen.box(-half - 0.1, -0.44, half + 0.1, 0.62, c.body, c.edge)
        slot, plate = -0.42, (0.0, 0.36)
    else:
        pen.part("legs")
        pen.box(-0.1, 0.1, 0.1, 1, (150, 112, 84), (92, 66, 54))
        pen.part("body")
        pen.box(-half - 0.16, -0.72, half + 0.16, 0.26, c.body, c.edge)
        pen.shape([(-half - 0.3, -0.66), (0, -1.0), (half + 0.3, -0.66)], tone(c.body, -0.18), c.edge)
        slot, plate = -0.4, (-0.16, 0.12)
    pen.part("slot")
    pen.box(-half * 0.72, slot - 0.06, half * 0.72, slot + 0.06, (40, 36, 46), tone(c.body, 0.35))
    if s[2] > 0:  # a letter sticks out
        pen.shape([(-0.18, slot), (0.2, slot), (0.16, slot + 0.26), (-0.22, slot + 0.22)], PAPER, (150, 140, 130))
    else:
        pen.box(-0.22, plate[0], 0.22, plate[1], PAPER)
        for i in (0.3, 0.65):
            y = plate[0] + (plate[1] - plate[0]) * i
            pen.line([(-0.14, y), (0.14, y)], 0.04, (150, 148, 156))


def bench(pen, t, c):
    s, pose = t["shape"], t["pose"]
    half = 1.55 + 0.12 * s[0]
    pen.part("legs")
    for x in (-half + 0.28, half - 0.28):
        pen.tube([(x, 0.2), (x, 0.6), (x - 0.08, 0.95)], 0.09, 0.08, IRON)
        pen.tube([(x, 0.2), (x + 0.1, 0.6), (x + 0.2, 0.95)], 0.09, 0.08, IRON)
        pen.box(x - 0.07, -0.9, x + 0.07, 0.3, IRON)
    pen.part("back")
    if pose == "slats":
        for y in (-0.92, -0.5, -0.08):
            pen.box(-half, y, half, y + 0.3, c.body, c.edge)
    elif pose == "curved":
        arch = curve((-half, -0.66), (0, -1.35), (half, -0.66), 11)
        pen.shape([*arch, (half, 0.1), (-half, 0.1)], c.body, c.edge)
        for x in (-0.7, 0, 0.7):
            pen.oval(x, -0.4, 0.2, 0.26, tone(c.body, -0.35))
    else:
        pen.box(-half, -0.92, half, -0.66, c.body, c.edge)
        for i in range(9):
            x = -half + 0.18 + i * (2 * half - 0.36) / 8
            pen.box(x - 0.09, -0.7, x + 0.09, 0.16, c.body, c.edge)
    pen.part("seat")
    pen.shape([(-half - 0.06, 0.36), (-half + 0.1, 0.12), (half - 0.1, 0.12), (half + 0.06, 0.36)], c.body, c.edge)
    pen.box(-half - 0.08, 0.36, half + 0.08, 0.54, tone(c.body, -0.14), c.edge)


def tree(pen, t, c):
    s, pose = t["shape"], t["pose"]
    pen.part("trunk")
    lean = 0.04 * s[0]
    pen.shape([(-0.16, 1), (0.18, 1), (0.08 + lean, -0.1), (-0.08 + lean, -0.1)], (138, 102, 80), (86, 62, 58))
    pen.line([(-0.02, 0.55), (0.0, 0.85)], 0.03, (100, 74, 66))
    pen.part("crown")
    if pose == "fir":
        for y, half in ((0.52, 0.62), (0.12, 0.5), (-0.26, 0.36)):
            pen.shape([(-half, y), (half, y), (0.0, y - 0.78)], c.body, c.edge)
            pen.shape([(half * 0.25, y - 0.05), (half * 0.85, y - 0.05), (0.03, y - 0.65)], tone(c.body, -0.14))
        return
    if pose == "tall":
        pen.ball(lean, -0.28, 0.44 + 0.04 * s[1], 0.72, c.body, c.edge)
    else:
        for x, y, r in ((-0.36, -0.16, 0.36), (0.38, -0.18, 0.36), (0, -0.55, 0.45)):
            pen.oval(x + lean, y, r + 0.04, r + 0.04, c.edge)
        for x, y, r in ((-0.36, -0.16, 0.36), (0.38, -0.18, 0.36), (0, -0.55, 0.45), (0, -0.2, 0.4)):
            pen.ball(x + lean, y, r, r, c.body)
    for x, y in ((-0.2, -0.5), (0.22, -0.3), (-0.12, -0.05), (0.14, -0.72)):
        pen.oval(x + lean, y, 0.07, 0.05, tone(c.body, -0.3 if s[2] > 0 else 0.45), None, s[3])


def lamp(pen, t, c):
    s, pose = t["shape"], t["pose"]
    pen.part("post")
    pen.shape([(-0.24, 1), (0.24, 1), (0.13, 0.72), (-0.13, 0.72)], c.body, c.edge)
    pen.box(-0.08, -0.45, 0.08, 0.78, c.body, c.edge)
    pen.box(-0.12, 0.2, 0.12, 0.28, c.body, c.edge)
    glow, dark = (255, 240, 178), (190, 160, 110)
    if pose == "twin":
        pen.tube(curve((0, -0.4), (0.0, -0.72), (0.42, -0.66), 6), 0.06, 0.05, c.body, c.edge)
        pen.tube(curve((0, -0.4), (0.0, -0.72), (-0.42, -0.66), 6), 0.06, 0.05, c.body, c.edge)
        pen.part("lantern")
        for x in (-0.44, 0.44):
            pen.oval(x, -0.52, 0.2, 0.24, glow, dark)
        pen.part("hood")
        for x in (-0.44, 0.44):
            pen.oval(x, -0.58, 0.29, 0.24, c.body, c.edge, 0, math.pi, 2 * math.pi)
        pen.oval(0, -0.78, 0.1, 0.12, c.body, c.edge)
    elif pose == "globe":
        pen.part("lantern")
        pen.oval(0, -0.66, 0.31 + 0.02 * s[0], 0.3, glow, dark)
        pen.part("hood")
        pen.box(-0.22, -0.42, 0.22, -0.32, c.body, c.edge)
        pen.oval(0, -0.76, 0.33, 0.26, c.body, c.edge, 0, math.pi, 2 * math.pi)
    else:
        pen.part("lantern")
        pen.shape([(-0.3, -0.8), (0.3, -0.8), (0.17, -0.38), (-0.17, -0.38)], glow, dark)
        pen.part("hood")
        pen.box(-0.24, -0.44, 0.24, -0.34, c.body, c.edge)
        pen.shape([(-0.42, -0.76), (0.42, -0.76), (0.12, -1.05), (-0.12, -1.05)], c.body, c.edge)


DRAW = {
    "hydrant": hydrant,
    "car": car,
    "postbox": postbox,
    "bench": bench,
    "tree": tree,
    "lamp": lamp,
    "dog": animals.DRAW["dog"],
    "cat": animals.DRAW["cat"],
}
POSES = {
    "hydrant": ("round", "stout", "slim"),
    "car": ("saloon", "van", "beetle"),
    "postbox": ("pillar", "box", "house"),
    "bench": ("slats", "curved", "bars"),
    "tree": ("round", "tall", "fir"),
    "lamp": ("lantern", "globe", "twin"),
    "dog": animals.POSES["dog"],
    "cat": animals.POSES["cat"],
}
PARTS = {
    "hydrant": ("body", "cap"),
    "car": ("body", "windows", "lights", "wheels"),
    "postbox": ("legs", "body", "slot"),
    "bench": ("legs", "back", "seat"),
    "tree": ("trunk", "crown"),
    "lamp": ("post", "lantern", "hood"),
    "dog": animals.PARTS["dog"],
    "cat": animals.PARTS["cat"],
}
REACH = {  # half the width in units of half the height
    "hydrant": 0.62,
    "car": 1.9,
    "postbox": 0.55,
    "bench": 1.6,
    "tree": 0.7,
    "lamp": 0.5,
    "dog": 0.9,
    "cat": 0.9,
}
