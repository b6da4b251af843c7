"""A street to be in: sky, a row of houses, the road, and the pavement in front; rain and snow."""

import math

from .pen import mix, tone
from .places import PALETTES, cloud, sky, somewhere_above

WEATHER = ("clear", "rain", "snow")
FOOT, ROAD, KERB, PAVEMENT = 0.43, 0.46, 0.645, 0.675  # from top to bottom: where each begins
PAINTS = (
    (226, 138, 112),
    (238, 200, 128),
    (150, 186, 204),
    (168, 196, 150),
    (206, 170, 200),
    (232, 222, 204),
    (186, 148, 126),
    (158, 164, 182),
    (240, 176, 160),
)
ROOFS = ((150, 84, 76), (104, 98, 116), (134, 112, 92), (96, 116, 120))


def backdrop(pen, random, palette, weather):
    """Draw the street in a palette (a name of places.PALETTES); what lies on it comes from `random`."""
    top, foot, far, near, bright = PALETTES[palette]
    if weather != "clear":
        top, foot = mix(top, (132, 142, 160), 0.55), mix(foot, (196, 202, 210), 0.55)
    evening = palette in ("night", "dusk")
    pen.scenery()
    pen.place(0, 0, pen.size)
    sky(pen, top, foot, 0.5)
    (x, y), r = somewhere_above(random, 0.25), random.uniform(0.045, 0.07)
    if weather == "clear":
        for share, halo in ((1.8, 0.2), (1.4, 0.4), (1, 1)):
            pen.oval(x, y, r * share, r * share, mix(mix(top, foot, y * 2), bright, halo))
    for _ in range(random.randint(1, 3)):
        cloud(pen, random.random(), random.uniform(0.03, 0.2), random.uniform(0.05, 0.09), tone(foot, 0.35))
    for i in range(9):  # trees of a park, far behind
        r = random.uniform(0.05, 0.1)
        pen.oval(i / 8 + random.uniform(-0.03, 0.03), FOOT - 0.06, r, r * 1.3, mix(mix(far, foot, 0.45), top, 0.2))
    x = random.uniform(-0.15, 0)
    while x < 1:
        width = random.uniform(0.17, 0.29)
        if random.random() < 0.9:
            house(pen, random, x, width, far, foot, evening, weather)
        x += width + random.choice((0, 0, 0.02))
    return road(pen, random, near, weather)


def house(pen, random, x, width, far, foot, evening, weather):
    """One house, from x to x + width, its roof reaching into the sky."""
    wall = mix(mix(random.choice(PAINTS), far, 0.2), foot, 0.22)
    wall = mix(wall, (56, 62, 112), 0.35) if evening else wall
    roof, height = random.choice(ROOFS), random.uniform(0.17, 0.3)
    if weather == "snow":
        roof = mix(roof, (244, 246, 250), 0.85)
    eaves, edge = FOOT - height, tone(wall, -0.3)
    shape, rise = random.choice(("gable", "hip", "flat", "steps")), random.uniform(0.05, 0.1)
    left, right = x, x + width
    pen.box(left, eaves, right, FOOT, wall)
    if shape == "gable":
        pen.shape([(left - 0.012, eaves), (right + 0.012, eaves), ((left + right) / 2, eaves - rise)], roof)
    elif shape == "hip":
        pen.shape(
            [(left - 0.012, eaves), (right + 0.012, eaves), (right - 0.04, eaves - rise), (left + 0.04, eaves - rise)],
            roof,
        )
    elif shape == "steps":
        for i in range(3):
            pen.box(left + width * 0.15 * i, eaves - 0.022 * (i + 1), right - width * 0.15 * i, eaves - 0.022 * i, wall)
        pen.box(left + width * 0.3, eaves - 0.076, right - width * 0.3, eaves - 0.062, roof)
    else:
        pen.box(left - 0.008, eaves - 0.02, right + 0.008, eaves, roof)
    if shape in ("gable", "hip") and random.random() < 0.6:
        at = left + width * random.choice((0.2, 0.7))
        pen.box(at, eaves - rise - 0.012, at + 0.03, eaves - rise * 0.35, tone(wall, -0.25))
    across, pane = (2 if width < 0.22 else 3), 0.026
    door, shop, frame = random.randrange(across), random.random() < 0.35, tone(wall, 0.5)
    lit = [(255, 226, 142) if random.random() < (0.65 if evening else 0.1) else (150, 178, 196) for _ in range(12)]
    for row, y in enumerate(y for y in (eaves + 0.028, eaves + 0.098, eaves + 0.168) if y < FOOT - 0.14):
        for i in range(across):
            middle = left + width * (i + 0.5) / across
            pen.box(middle - pane / 2 - 0.006, y - 0.006, middle + pane / 2 + 0.006, y + 0.042, frame)
            pen.box(middle - pane / 2, y, middle + pane / 2, y + 0.036, lit[3 * row + i])
    paint = mix(random.choice(PAINTS), edge, 0.45)
    if shop:
        pen.box(left + 0.02, FOOT - 0.085, right - 0.02, FOOT - 0.012, lit[9])
        stripes = 6
        for i in range(stripes):
            a, b = (left + 0.012 + (width - 0.024) * k / stripes for k in (i, i + 1))
            pen.shape(
                [(a, FOOT - 0.088), (a, FOOT - 0.115), (b, FOOT - 0.115), (b, FOOT - 0.088)],
                paint if i % 2 else PAINTS[5],
            )
    for i in range(across):
        middle = left + width * (i + 0.5) / across
        if i == door:
            pen.box(middle - 0.021, FOOT - 0.08, middle + 0.021, FOOT, paint)
            pen.oval(middle + 0.012, FOOT - 0.036, 0.004, 0.004, (250, 226, 150))
        elif not shop:
            pen.box(middle - pane / 2 - 0.006, FOOT - 0.081, middle + pane / 2 + 0.006, FOOT - 0.03, frame)
            pen.box(middle - pane / 2, FOOT - 0.075, middle + pane / 2, FOOT - 0.036, lit[10])
            pen.box(middle - 0.022, FOOT - 0.034, middle + 0.022, FOOT - 0.024, mix(far, (110, 150, 90), 0.5))


def road(pen, random, near, weather):
    white = {"clear": 0.0, "rain": 0.0, "snow": 0.55}[weather]
    tar = mix(mix(near, (104, 104, 118), 0.78), (238, 242, 248), white * 0.6)
    slabs = mix(mix(near, (206, 200, 192), 0.72), (244, 246, 250), white)
    if weather == "rain":
        tar, slabs = tone(tar, -0.16), mix(slabs, (150, 162, 182), 0.4)
    pen.box(0, FOOT, 1, ROAD, tone(slabs, -0.06))
    pen.box(0, ROAD, 1, KERB, tar)
    start = random.uniform(-0.15, 0)
    for i in range(6):
        pen.box(start + 0.22 * i, 0.552, start + 0.22 * i + 0.11, 0.566, tone(tar, 0.55))
    pen.box(0, KERB, 1, PAVEMENT, tone(slabs, 0.4))
    pen.box(0, PAVEMENT - 0.008, 1, PAVEMENT, tone(slabs, -0.2))
    pen.box(0, PAVEMENT, 1, 1.01, slabs)
    joint, vanishing = tone(slabs, -0.1), random.uniform(0.35, 0.65)
    for y in (0.75, 0.85):
        pen.line([(0, y), (1, y)], 0.006, joint)
    for i in range(-6, 7):
        pen.line([(vanishing + i * 0.14, PAVEMENT), (vanishing + i * 0.24, 1.01)], 0.006, joint)
    if weather == "rain":
        for _ in range(random.randint(2, 4)):
            x, y, r = random.random(), random.uniform(0.7, 0.97), random.uniform(0.05, 0.1)
            pen.oval(x, y, r, r * 0.22, mix(slabs, (196, 216, 236), 0.75))
    return slabs


def fall(pen, random, weather):
    """Rain or snow in front of everything; it belongs to no thing."""
    pen.scenery()
    pen.place(0, 0, pen.size)
    for _ in range({"clear": 0, "rain": 26, "snow": 30}[weather]):
        x, y = random.random(), random.random()
        if weather == "rain":
            pen.line([(x, y), (x - 0.012, y + 0.045)], 0.006, (206, 222, 240))
        else:
            r = random.uniform(0.005, 0.011)
            pen.oval(x, y, r, r, (252, 253, 255))


def leaf(pen, random, colour):
    pen.oval(0, -0.2, 0.34, 0.16, colour, tone(colour, -0.35), random.uniform(0, 3))


def pigeon(pen, random, _colour):
    grey = random.choice(((150, 156, 172), (182, 178, 180), (120, 124, 142)))
    pen.line([(-0.05, -0.2), (-0.05, 0)], 0.07, (226, 130, 100))
    pen.line([(0.12, -0.2), (0.12, 0)], 0.07, (226, 130, 100))
    pen.shape([(-0.3, -0.5), (-0.85, -0.2), (-0.2, -0.2)], tone(grey, -0.2))
    pen.ball(0, -0.45, 0.46, 0.32, grey)
    pen.oval(0.38, -0.82, 0.2, 0.2, tone(grey, -0.22))
    pen.shape([(0.54, -0.84), (0.76, -0.76), (0.54, -0.72)], (240, 190, 110))
    pen.oval(0.43, -0.86, 0.06, 0.06, (30, 26, 36))


def daisies(pen, random, colour):
    for x in (-0.4, 0.05, 0.45):
        y = -0.5 - 0.3 * random.random()
        pen.line([(x * 0.6, 0), (x, y)], 0.07, (110, 150, 96))
        pen.oval(x, y, 0.2, 0.2, PAINTS[5])
        pen.oval(x, y, 0.09, 0.09, (244, 200, 90))


def grate(pen, _random, _colour):
    pen.oval(0, -0.2, 0.9, 0.26, (112, 110, 122), (84, 82, 96))
    for x in (-0.45, 0, 0.45):
        pen.line([(x, -0.34), (x, -0.06)], 0.08, (70, 68, 82))


def ball(pen, _random, colour):
    pen.ball(0, -0.45, 0.45, 0.45, colour, tone(colour, -0.4))
    pen.line([(0.42 * math.cos(a), -0.45 + 0.42 * math.sin(a)) for a in (2.6, 1.6, 0.6)], 0.1, PAINTS[5])


LITTER = (leaf, leaf, pigeon, pigeon, daisies, grate, ball)
