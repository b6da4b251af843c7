"""Places to be in, in ten palettes: none of them says what is near."""

import math

import numpy as np
from PIL import Image

from .pen import FINE, mix, tone

# top of the sky, foot of the sky, far ground, near ground, something bright
PALETTES = {
    "spring": ((126, 190, 232), (216, 238, 240), (150, 200, 140), (118, 178, 104), (250, 214, 110)),
    "dusk": ((104, 96, 168), (250, 186, 150), (148, 108, 150), (112, 86, 132), (255, 214, 130)),
    "autumn": ((166, 206, 220), (248, 230, 200), (216, 158, 92), (190, 122, 74), (240, 120, 70)),
    "winter": ((150, 184, 214), (232, 240, 248), (206, 220, 234), (238, 243, 248), (250, 226, 170)),
    "night": ((34, 42, 88), (92, 100, 158), (56, 74, 112), (46, 60, 92), (248, 240, 196)),
    "desert": ((134, 200, 214), (252, 236, 206), (232, 184, 132), (240, 210, 156), (246, 150, 96)),
    "mint": ((160, 220, 206), (236, 248, 232), (126, 190, 172), (168, 214, 176), (250, 240, 160)),
    "candy": ((240, 176, 200), (252, 232, 224), (206, 164, 216), (232, 196, 222), (255, 240, 170)),
    "stone": ((168, 174, 186), (226, 226, 222), (150, 150, 152), (182, 176, 166), (238, 238, 230)),
    "peach": ((250, 204, 172), (255, 240, 222), (232, 168, 140), (178, 196, 140), (252, 226, 150)),
}


def sky(pen, top, foot, depth=1.0):
    """Fill the picture with a soft gradient from top to foot, reached at `depth` of its height."""
    height = pen.size * FINE
    share = np.minimum(np.arange(height) / (height * depth), 1.0)[:, None]
    rows = np.array(top) + (np.array(foot) - np.array(top)) * share
    strip = Image.fromarray(np.rint(rows).astype(np.uint8)[:, None, :])
    pen.image.paste(strip.resize((height, height), Image.Resampling.NEAREST))


def ridge(pen, random, level, height, fill):
    """A line of hills: everything below `level` (a share of the picture), with waves of that height."""
    long, short = random.uniform(0.23, 0.55), random.uniform(0.7, 1.25)
    p, q = random.uniform(0, 6.3), random.uniform(0, 6.3)
    waves = [0.65 * math.sin(long * x + p) + 0.35 * math.sin(short * x + q) for x in range(17)]
    pen.shape([*((x / 16, level - height * wave) for x, wave in enumerate(waves)), (1, 1.02), (0, 1.02)], fill)


def cloud(pen, x, y, size, fill):
    with pen.at(x, y, size):
        for dx, dy, r in ((-0.9, 0.12, 0.5), (0, -0.18, 0.75), (0.85, 0.1, 0.55), (0.1, 0.25, 0.6)):
            pen.oval(dx, dy, r, r * 0.62, fill)


def tree(pen, x, y, size, crown, fir):
    with pen.at(x, y, size):
        pen.shape([(-0.09, 0), (0.09, 0), (0.05, -1), (-0.05, -1)], (126, 96, 78))
        if fir:
            for i in range(3):
                half, foot = 0.5 - 0.12 * i, -0.35 - 0.4 * i
                pen.shape([(-half, foot), (half, foot), (0, foot - 0.62)], tone(crown, -0.15 + 0.08 * i))
        else:
            pen.oval(0, -1.15, 0.48, 0.55, tone(crown, -0.12))
            pen.oval(-0.1, -1.22, 0.36, 0.42, crown)


def somewhere_above(random, horizon):
    """x and y of the sun or the moon."""
    return random.uniform(0.12, 0.88), random.uniform(0.06, max(0.09, horizon - 0.11))


def outdoors(pen, random, palette, horizon, flat=False):
    top, foot, far, near, bright = palette
    sky(pen, top, foot, max(0.3, horizon + 0.1))
    (x, y), r = somewhere_above(random, horizon), random.uniform(0.05, 0.09)
    if random.random() < 0.6:
        behind = mix(top, foot, y / max(horizon, 0.1))
        for share, halo in ((1.9, 0.18), (1.45, 0.35), (1, 1)):
            pen.oval(x, y, r * share, r * share, mix(behind, bright, halo))
    for _ in range(random.randint(0, 3)):
        y, size = random.uniform(0.03, horizon * 0.7), random.uniform(0.05, 0.1)
        cloud(pen, random.random(), y, size, tone(foot, 0.45))
    if flat:
        ridge(pen, random, horizon + 0.01, 0.0, near)
        return
    ridge(pen, random, horizon - 0.02, random.uniform(0.03, 0.1), mix(far, foot, 0.4))
    for _ in range(random.randint(0, 3)):
        size, crown = random.uniform(0.1, 0.2), mix(far, near, random.random())
        tree(pen, random.random(), horizon + 0.03, size, crown, fir=random.random() < 0.5)
    ridge(pen, random, horizon + 0.01, random.uniform(0.005, 0.02), near)


def meadow(pen, random, palette, horizon):
    outdoors(pen, random, palette, horizon)
    for _ in range(random.randint(6, 16)):
        x, y = random.random(), random.uniform(horizon + 0.04, 1)
        green = tone(palette[3], random.choice((-0.16, 0.2)))
        with pen.at(x, y, 0.012 * (0.6 + y)):
            for lean in (-1, 0, 1):
                pen.shape([(lean - 0.5, 0), (lean + 0.5, 0), (lean * 2, -3)], green)


def hills(pen, random, palette, horizon):
    outdoors(pen, random, palette, horizon)
    ridge(pen, random, horizon + random.uniform(0.12, 0.25), 0.03, tone(palette[3], 0.12))
    ridge(pen, random, horizon + random.uniform(0.35, 0.5), 0.03, tone(palette[3], -0.08))


def beach(pen, random, palette, horizon):
    outdoors(pen, random, palette, horizon, flat=True)
    top, foot, far, near, _ = palette
    sea, shore = mix(top, far, 0.35), horizon + random.uniform(0.08, 0.18)
    pen.box(0, horizon, 1, shore, sea)
    for _ in range(6):
        x, y = random.random(), random.uniform(horizon + 0.02, shore - 0.02)
        pen.line([(x + 0.02 * i, y + 0.006 * math.sin(i * 1.6)) for i in range(6)], 0.008, tone(sea, 0.35))
    ridge(pen, random, shore + 0.015, 0.012, tone(foot, 0.5))
    ridge(pen, random, shore + 0.03, 0.012, near)
    for _ in range(random.randint(4, 14)):
        x, y = random.random(), random.uniform(shore + 0.06, 1)
        pen.oval(x, y, 0.012, 0.007, tone(near, random.choice((-0.2, 0.35))))


def room(pen, random, palette, horizon):
    top, foot, far, near, bright = palette
    wall = mix(top, foot, 0.5)
    sky(pen, tone(wall, 0.15), wall, horizon + 0.1)
    wallpaper = random.choice(("stripes", "dots", "plain"))
    if wallpaper == "stripes":
        for i in range(7):
            pen.box(i / 7, 0, i / 7 + 0.07, horizon, tone(wall, 0.22))
    elif wallpaper == "dots":
        for i in range(9):
            for j in range(5):
                pen.oval(i / 8 + (j % 2) / 16, j * 0.1 + 0.03, 0.011, 0.011, tone(wall, -0.12))
    width, height = random.uniform(0.2, 0.32), horizon * 0.62
    x, y, window = random.uniform(0.05, 0.6), horizon * 0.12, random.random() < 0.6
    frame = tone(far, 0.55)
    pen.box(x - 0.02, y - 0.02, x + width + 0.02, y + height + 0.02, frame)
    pen.box(x, y, x + width, y + height, mix(foot, (190, 224, 244), 0.6))
    if window:
        pen.box(x + width * 0.47, y, x + width * 0.53, y + height, frame)
        pen.box(x, y + height * 0.47, x + width, y + height * 0.55, frame)
    else:  # a landscape in oils
        hill = ((0, 1), (1, 1), (1, 0.7), (0.6, 0.5), (0, 0.8))
        pen.shape([(x + width * u, y + height * v) for u, v in hill], far)
        pen.oval(x + width * 0.3, y + height * 0.3, width * 0.12, width * 0.12, bright)
    pen.box(0, horizon - 0.035, 1, horizon, tone(wall, 0.5))
    pen.box(0, horizon, 1, 1.01, near)
    vanishing = random.uniform(0.3, 0.7)
    for i in range(-7, 8):
        pen.line([(vanishing + i * 0.1, horizon), (vanishing + i * 0.22, 1)], 0.006, tone(near, -0.1))
    if random.random() < 0.6:
        x, y = random.uniform(0.3, 0.7), random.uniform(horizon + 0.2, 0.85)
        rug = mix(far, bright, random.random() * 0.6)
        for share, light in ((1, -0.15), (0.86, 0), (0.6, 0.2)):
            pen.oval(x, y, 0.4 * share, 0.15 * share, tone(rug, light))


def dusk(colour):
    """The colour by moonlight."""
    return mix(colour, (52, 66, 120), 0.5)


def night(pen, random, palette, horizon):
    top, foot, far = (mix(tone(colour, -0.35), (48, 58, 118), 0.45) for colour in palette[:3])
    high = tone(top, -0.3)
    sky(pen, high, foot, horizon + 0.1)
    for _ in range(random.randint(10, 24)):
        r = random.uniform(0.003, 0.008)
        pen.oval(random.random(), random.random() * horizon, r, r, (250, 246, 214))
    (x, y), r = somewhere_above(random, horizon), random.uniform(0.05, 0.08)
    pen.oval(x, y, r, r, (250, 244, 214))
    if random.random() < 0.6:  # a crescent
        pen.oval(x + r * 0.5, y - r * 0.2, r * 0.85, r * 0.85, mix(high, foot, y / (horizon + 0.1)))
    ridge(pen, random, horizon - 0.01, random.uniform(0.03, 0.08), far)
    ridge(pen, random, horizon + 0.02, 0.015, dusk(palette[3]))


def blanket(pen, random, palette, _horizon):
    top, foot, far, near, _ = palette
    base, other = random.choice(((near, foot), (foot, far), (top, foot), (far, near)))
    sky(pen, tone(base, 0.1), tone(base, -0.06))
    pattern, step = random.choice(("stripes", "squares", "dots")), random.choice((0.125, 0.167, 0.2))
    many = int(1 / step) + 2
    for i in range(many):
        at = (i - 0.5) * step
        if pattern == "stripes":
            pen.box(at, 0, at + step / 2, 1.01, mix(base, other, 0.45))
        elif pattern == "squares":
            pen.line([(at, 0), (at, 1.01)], 0.012, tone(base, 0.3))
            pen.line([(0, at), (1.01, at)], 0.012, tone(base, 0.3))
        else:
            for j in range(many):
                x, y = at + (j % 2) * step / 2, (j - 0.5) * step
                pen.oval(x, y, step * 0.16, step * 0.16, mix(base, other, 0.45))


PLACES = {"meadow": meadow, "hills": hills, "beach": beach, "room": room, "night": night, "blanket": blanket}


def backdrop(pen, random, place, palette, horizon):
    """Draw the place in a palette (its name), the ground beginning at `horizon` (a share of the height).

    Returns the colour of the ground that things stand on.
    """
    pen.scenery()
    pen.place(0, 0, pen.size)
    PLACES[place](pen, random, PALETTES[palette], horizon)
    ground = PALETTES[palette][3]
    return dusk(ground) if place == "night" else ground


def shade(pen, x, y, width, ground):
    """The patch of shade a thing stands on: scenery, so it stays when the thing goes."""
    pen.scenery()
    pen.place(x, y, width)
    for share, amount in ((1.0, -0.14), (0.72, -0.24)):
        pen.oval(0, 0, share, 0.2 * share, tone(ground, amount))
