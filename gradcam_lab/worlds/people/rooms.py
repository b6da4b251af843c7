"""Rooms of a clinic and its garden, in the palettes of `places`: none of them says who works there."""

from ..pen import mix, tone
from ..places import PALETTES, cloud, meadow, sky

STEEL, WOOD = (188, 194, 204), (196, 152, 112)


def room(pen, random, name, palette, horizon):
    pen.scenery()
    pen.place(0, 0, pen.size)
    colours = PALETTES[palette]
    if name == "garden":
        meadow(pen, random, colours, horizon)
        return
    top, foot, far, near, _ = colours
    wall = mix(mix(top, foot, random.uniform(0.3, 0.8)), (250, 244, 236), random.uniform(0.1, 0.55))
    sky(pen, tone(wall, 0.12), wall, horizon + 0.1)
    floor = mix(near, (232, 224, 216), random.uniform(0.1, 0.5))
    _panel(pen, random, wall, mix(far, wall, 0.45), horizon)
    pen.box(0, horizon - 0.03, 1, horizon, tone(wall, 0.55))
    pen.box(0, horizon, 1, 1.01, floor)
    for i in range(3):
        pen.line([(0, horizon + 0.06 + 0.1 * i), (1, horizon + 0.06 + 0.1 * i)], 0.005, tone(floor, -0.08))
    _ROOMS[name](pen, random, colours, wall, horizon)


def _panel(pen, random, wall, band, horizon):
    """What is painted on the wall: nothing, a band along it, stripes or dots."""
    kind = random.choice(("plain", "plain", "band", "half", "stripes", "dots"))
    if kind == "band":
        pen.box(0, horizon * 0.62, 1, horizon * 0.7, band)
    elif kind == "half":
        pen.box(0, horizon * 0.55, 1, horizon, tone(wall, -0.07))
    elif kind == "stripes":
        for i in range(8):
            pen.box(i / 8, 0, i / 8 + 0.06, horizon, tone(wall, 0.25))
    elif kind == "dots":
        for i in range(9):
            for j in range(6):
                pen.oval(i / 8 + (j % 2) / 16, j * 0.12 + 0.04, 0.012, 0.012, band)


def _window(pen, random, colours, x, y, w, h):
    top, foot, _, near, bright = colours
    pen.box(x - 0.02, y - 0.02, x + w + 0.02, y + h + 0.02, (250, 246, 240), (214, 206, 200))
    pen.box(x, y, x + w, y + h, mix(top, foot, 0.5))
    pen.oval(x + w * 0.7, y + h * 0.28, w * 0.13, w * 0.13, bright)
    pen.shape([(x, y + h), (x, y + h * 0.72), (x + w * 0.4, y + h * 0.6), (x + w, y + h * 0.78), (x + w, y + h)], near)
    cloud(pen, x + w * 0.34, y + h * 0.28, w * 0.12, tone(foot, 0.6))
    pen.box(x + w * 0.48, y, x + w * 0.52, y + h, (250, 246, 240))


def _plant(pen, random, x, y, size):
    pot = random.choice(((214, 132, 96), (236, 226, 214), (122, 162, 176), (196, 164, 196)))
    leaf = random.choice(((96, 156, 100), (72, 138, 112), (134, 170, 92)))
    with pen.at(x, y, size):
        for turn in (-0.95, -0.5, 0, 0.5, 0.95):
            pen.oval(
                turn * 0.62, -1.0 + 0.28 * abs(turn), 0.2, 0.62, tone(leaf, 0.18 * turn), tone(leaf, -0.35), turn * 0.9
            )
        pen.shape([(-0.5, -0.5), (0.5, -0.5), (0.36, 0.3), (-0.36, 0.3)], pot, tone(pot, -0.4))


def _chart(pen, random, x, y, size):
    """An eye chart."""
    with pen.at(x, y, size):
        pen.box(-0.75, -1, 0.75, 1, (252, 250, 246), (196, 192, 196))
        for row, (many, r) in enumerate(((1, 0.22), (2, 0.17), (3, 0.13), (4, 0.09))):
            for i in range(many):
                u = (i - (many - 1) / 2) * 0.34
                pen.box(u - r * 0.6, -0.78 + 0.44 * row, u + r * 0.6, -0.78 + 0.44 * row + r * 1.4, (84, 84, 100))


def _picture(pen, random, colours, x, y, size):
    frame = random.choice((WOOD, (250, 246, 240), (96, 96, 112)))
    _, foot, far, _, bright = colours
    with pen.at(x, y, size):
        pen.box(-1, -0.75, 1, 0.75, frame, tone(frame, -0.4))
        pen.box(-0.8, -0.56, 0.8, 0.56, tone(foot, 0.3))
        kind = random.choice(("hill", "flower", "heart"))
        if kind == "hill":
            pen.shape([(-0.8, 0.56), (-0.8, 0.2), (-0.2, -0.15), (0.8, 0.3), (0.8, 0.56)], far)
            pen.oval(0.4, -0.22, 0.17, 0.17, bright)
        elif kind == "flower":
            for dx, dy in ((-0.2, 0), (0.2, 0), (0, -0.2), (0, 0.2)):
                pen.oval(dx, dy, 0.2, 0.2, far)
            pen.oval(0, 0, 0.14, 0.14, bright)
        else:
            for side in (-1, 1):
                pen.oval(side * 0.16, -0.1, 0.2, 0.2, (222, 92, 104))
            pen.shape([(-0.34, -0.02), (0.34, -0.02), (0, 0.4)], (222, 92, 104))


def _clock(pen, random, x, y, size):
    with pen.at(x, y, size):
        pen.oval(0, 0, 1, 1, (252, 250, 246), (120, 116, 130))
        pen.line([(0, 0), (0, -0.66)], 0.14, (84, 80, 96))
        pen.line([(0, 0), (0.45, 0.2)], 0.14, (84, 80, 96))


def _on_the_wall(pen, random, colours, x, horizon, kinds=(0, 1, 2, 3)):
    """Something at x: a plant on a shelf, a picture, an eye chart, a clock."""
    kind, y = random.choice(kinds), random.uniform(0.14, max(0.16, horizon - 0.3))
    if kind == 0:
        pen.box(x - 0.1, y + 0.09, x + 0.1, y + 0.115, WOOD)
        _plant(pen, random, x, y + 0.07, 0.065)
    elif kind == 1:
        _picture(pen, random, colours, x, y, random.uniform(0.08, 0.11))
    elif kind == 2:
        _chart(pen, random, x, y, random.uniform(0.09, 0.12))
    else:
        _clock(pen, random, x, y, random.uniform(0.05, 0.075))


def _consulting(pen, random, colours, wall, horizon):
    left = random.random() < 0.5
    w = random.uniform(0.24, 0.32)
    _window(pen, random, colours, 0.04 if left else 0.96 - w, random.uniform(0.08, 0.16), w, random.uniform(0.24, 0.34))
    _on_the_wall(pen, random, colours, 0.84 if left else 0.16, horizon)
    desk = mix(WOOD, colours[2], random.random() * 0.5)
    x = 0.8 if left else 0.2
    pen.box(x - 0.24, horizon + 0.02, x + 0.24, horizon + 0.07, desk, tone(desk, -0.4))
    for side in (-0.2, 0.16):
        pen.box(x + side, horizon + 0.07, x + side + 0.04, 1.01, tone(desk, -0.2))
    _plant(pen, random, x + random.uniform(-0.15, 0.15), horizon, 0.07)


def _ward(pen, random, colours, wall, horizon):
    left = random.random() < 0.5
    curtain = mix(colours[2], (246, 240, 236), random.uniform(0.2, 0.6))
    x = 0.0 if left else 0.72
    pen.line([(0, 0.07), (1, 0.07)], 0.016, STEEL)
    for i in range(5):
        pen.box(x + 0.056 * i, 0.07, x + 0.056 * (i + 1), horizon + 0.12, tone(curtain, -0.07 * (i % 2)))
    u = 0.62 if left else 0.0
    pen.box(u - 0.04, horizon - 0.12, u + 0.02, 1.01, STEEL)
    pen.box(u, horizon + 0.05, u + 0.4, horizon + 0.2, (250, 248, 244), (204, 200, 206))
    pen.oval(u + 0.09, horizon + 0.04, 0.09, 0.045, (255, 253, 248), (204, 200, 206))
    pen.box(u + 0.15, horizon + 0.05, u + 0.4, horizon + 0.24, mix(colours[4], curtain, 0.4))
    _on_the_wall(pen, random, colours, u + 0.22, horizon)


def _corridor(pen, random, colours, wall, horizon):
    x = random.choice((0.03, 0.72))
    door = mix(colours[2], WOOD, random.random())
    pen.box(x - 0.02, 0.1, x + 0.27, horizon, tone(door, 0.45))
    pen.box(x, 0.12, x + 0.25, horizon, door, tone(door, -0.35))
    pen.box(x + 0.07, 0.18, x + 0.18, 0.32, mix(colours[1], (240, 248, 250), 0.5), tone(door, -0.35))
    pen.oval(x + 0.215, horizon * 0.66, 0.014, 0.014, (246, 220, 140))
    pen.box(0, horizon * 0.78, 1, horizon * 0.81, mix(WOOD, wall, 0.3))
    _on_the_wall(pen, random, colours, 0.85 if x < 0.5 else 0.15, horizon)
    if random.random() < 0.6:
        _plant(pen, random, 0.42 if random.random() < 0.5 else 0.6, horizon + 0.03, 0.09)


def _shelves(pen, random, colours, wall, horizon):
    inks = (*colours, WOOD, (222, 112, 104), (104, 148, 176))
    for side in (0.0, 0.64):
        pen.box(side, 0.08, side + 0.36, horizon + 0.06, tone(wall, -0.08), tone(wall, -0.3))
        for level in range(3):
            y = 0.08 + (horizon - 0.02) / 3 * (level + 1)
            x = side + 0.02
            while x < side + 0.32:
                w, h = random.uniform(0.02, 0.045), random.uniform(0.05, 0.11)
                ink = mix(random.choice(inks), wall, 0.25)
                if random.random() < 0.8:
                    pen.box(x, y - h, x + w, y, ink, tone(ink, -0.3))
                x += w + 0.008
            pen.box(side, y, side + 0.36, y + 0.018, WOOD)


def _waiting(pen, random, colours, wall, horizon):
    seat = mix(colours[random.choice((0, 2, 3))], (230, 120, 110), random.random() * 0.4)
    for i in range(4):
        x = 0.02 + 0.25 * i
        pen.box(x, horizon - 0.1, x + 0.21, horizon + 0.12, seat, tone(seat, -0.35))
        pen.box(x - 0.01, horizon + 0.1, x + 0.22, horizon + 0.16, tone(seat, 0.15), tone(seat, -0.35))
        for leg in (0.03, 0.17):
            pen.box(x + leg, horizon + 0.16, x + leg + 0.015, horizon + 0.28, STEEL)
    kinds = random.sample(range(4), 4)
    _on_the_wall(pen, random, colours, 0.15, horizon - 0.12, kinds[:2])
    _on_the_wall(pen, random, colours, 0.85, horizon - 0.12, kinds[2:])


_ROOMS = {
    "consulting room": _consulting,
    "ward": _ward,
    "corridor": _corridor,
    "pharmacy": _shelves,
    "waiting room": _waiting,
}
ROOMS = (*_ROOMS, "garden")
