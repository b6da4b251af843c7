"""What people carry: the tools of two trades, and things that say nothing about the trade."""

from ..pen import curve, tone

TOOLS = ("stethoscope", "tray", "nothing")
WEAR = ("hung", "joined")  # ways to wear a stethoscope
ITEMS = ("nothing", "clipboard", "cup", "book", "flowers", "tablet", "cake")
STEEL, PAPER = (202, 208, 218), (250, 248, 242)


def stethoscope(pen, c, wear, size, swing):
    """Round the neck, its disc on the chest; `wear` is "hung" or "joined", `size` about 1."""
    pen.part("tool")
    tube, edge = c.tool, tone(c.tool, -0.5)
    swing = 0.05 * swing
    if wear == "joined":
        tubes = [curve((side * 0.19, -0.26), (side * 0.33, 0.1), (0, 0.3), 9) for side in (-1, 1)]
        tubes.append(curve((0, 0.28), (0.0, 0.48), (0.16 + swing, 0.54), 6))
        disc = (0.18 + swing, 0.54)
    else:
        tubes = [
            curve((-0.19, -0.26), (-0.36, 0.06), (-0.26 + swing, 0.36), 8),
            curve((0.19, -0.26), (0.34, 0.0), (0.26, 0.22), 7),
        ]
        disc = (-0.26 + swing, 0.44)
    for width, ink in ((0.11, edge), (0.066, tube)):  # an outline, so that a tube is seen on clothes of its colour
        for points in tubes:
            pen.line(points, width * size, ink)
    if wear == "hung":
        for side in (-1, 1):  # the ear pieces hang on the other side
            pen.line(curve((0.26, 0.2), (0.26 + side * 0.13, 0.3), (0.26 + side * 0.07, 0.47), 6), 0.05 * size, STEEL)
            pen.oval(0.26 + side * 0.06, 0.49, 0.055 * size, 0.055 * size, edge)
    r = 0.19 * size
    pen.oval(*disc, r, r, STEEL, edge)
    pen.oval(*disc, r * 0.68, r * 0.68, tone(STEEL, 0.6), tube)
    pen.oval(*disc, r * 0.25, r * 0.25, tube)


def tray(pen, c, x, y, size):
    """On the palm at (x, y): a syringe, a bottle, a swab."""
    pen.part("tool")
    edge = tone(c.tool, -0.5)
    with pen.at(x, y, 0.37 * size):
        pen.oval(0, -0.1, 1.0, 0.27, tone(c.tool, -0.2), edge)
        pen.oval(0, -0.17, 1.0, 0.25, c.tool, edge)
        pen.oval(0, -0.17, 0.84, 0.18, tone(c.tool, 0.35))
        pen.box(-0.74, -0.56, -0.44, -0.14, (238, 246, 250), edge)
        pen.box(-0.74, -0.4, -0.44, -0.24, c.liquid)
        pen.box(-0.69, -0.7, -0.49, -0.56, c.liquid, edge)
        pen.oval(0.7, -0.2, 0.14, 0.1, PAPER, (196, 196, 200))
        _syringe(pen, c, edge)


def _syringe(pen, c, edge):
    """Plunger on the tray, needle up and to the right; (u, v) run along it and across it."""

    def along(points):
        return [(-0.12 + 0.66 * u - 0.75 * v, -0.24 - 0.75 * u - 0.66 * v) for u, v in points]

    pen.line(along([(-0.1, 0), (0.2, 0)]), 0.1, edge)
    pen.line(along([(-0.1, -0.15), (-0.1, 0.15)]), 0.1, edge)
    pen.line(along([(0.94, 0), (1.34, 0)]), 0.06, (104, 110, 128))
    pen.shape(
        along([(0.14, -0.17), (0.84, -0.17), (0.96, -0.04), (0.96, 0.04), (0.84, 0.17), (0.14, 0.17)]), PAPER, edge
    )
    pen.shape(along([(0.36, -0.09), (0.82, -0.09), (0.88, 0), (0.82, 0.09), (0.36, 0.09)]), c.liquid)
    pen.line(along([(0.14, -0.25), (0.14, 0.25)]), 0.08, edge)


def lanyard(pen, c, swing):
    """A badge on a ribbon."""
    pen.part("decoy")
    for side in (-1, 1):
        pen.line(curve((side * 0.19, -0.26), (side * 0.2, 0.1), (0.04 * swing, 0.32), 8), 0.04, c.ribbon)
    x = 0.04 * swing
    pen.box(x - 0.12, 0.32, x + 0.12, 0.64, PAPER, tone(c.ribbon, -0.4))
    pen.box(x - 0.12, 0.32, x + 0.12, 0.39, c.ribbon)
    pen.oval(x, 0.47, 0.05, 0.055, (170, 160, 158))
    pen.line([(x - 0.07, 0.57), (x + 0.07, 0.57)], 0.025, (150, 150, 160))


def item(pen, name, c, x, y):
    """Something in the other hand at (x, y), drawn before the fingers."""
    if name == "nothing":
        return
    pen.part("decoy")
    with pen.at(x, y, 0.3):
        _ITEMS[name](pen, c.item, tone(c.item, -0.5))


def _clipboard(pen, colour, edge):
    pen.box(-0.62, -0.95, 0.62, 0.75, colour, edge)
    pen.box(-0.48, -0.74, 0.48, 0.6, PAPER)
    for i in range(4):
        pen.line([(-0.34, -0.5 + 0.26 * i), (0.34 - 0.2 * (i % 2), -0.5 + 0.26 * i)], 0.07, (160, 168, 184))
    pen.box(-0.24, -1.06, 0.24, -0.82, STEEL, edge)


def _cup(pen, colour, edge):
    pen.oval(-0.46, -0.2, 0.27, 0.27, colour, edge)
    pen.oval(-0.46, -0.2, 0.12, 0.13, tone(colour, -0.3))
    pen.shape([(-0.42, -0.62), (0.42, -0.62), (0.34, 0.3), (-0.34, 0.3)], colour, edge)
    pen.oval(0, -0.62, 0.42, 0.12, (116, 82, 66), edge)
    pen.line(curve((-0.1, -0.85), (0.1, -1.0), (-0.02, -1.2), 5), 0.07, (236, 238, 242))


def _book(pen, colour, edge):
    pen.box(-0.58, -0.72, 0.58, 0.62, colour, edge)
    pen.box(0.46, -0.68, 0.56, 0.6, PAPER)
    pen.box(-0.3, -0.42, 0.28, -0.16, tone(colour, 0.5))


def _flowers(pen, colour, edge):
    for x, tip in ((-0.3, -1.0), (0.05, -1.25), (0.4, -0.95)):
        pen.line([(0, 0.3), (x, tip)], 0.08, (92, 150, 92))
        for dx, dy in ((-0.2, 0), (0.2, 0), (0, -0.2), (0, 0.2)):
            pen.oval(x + dx, tip + dy, 0.19, 0.19, colour)
        pen.oval(x, tip, 0.13, 0.13, (250, 220, 120))
    pen.shape([(-0.45, -0.5), (0.5, -0.5), (0.14, 0.5), (-0.12, 0.5)], tone(colour, 0.6), edge)


def _tablet(pen, colour, edge):
    pen.box(-0.52, -0.8, 0.52, 0.66, (58, 60, 74), (34, 34, 46))
    pen.box(-0.42, -0.7, 0.42, 0.54, tone(colour, 0.55))
    pen.line([(-0.34, 0.1), (-0.12, 0.1), (0, -0.26), (0.1, 0.3), (0.18, 0.1), (0.34, 0.1)], 0.07, edge)


def _cake(pen, colour, edge):
    """A slice on a plate."""
    pen.oval(0, -0.02, 0.95, 0.26, tone(colour, 0.2), edge)
    pen.oval(0, -0.08, 0.8, 0.19, PAPER)
    pen.shape([(-0.42, -0.1), (0.4, -0.02), (0.4, -0.46), (-0.42, -0.6)], (250, 226, 172), (168, 122, 92))
    pen.shape([(-0.42, -0.6), (0.4, -0.46), (0.1, -0.72)], (240, 150, 160), (168, 122, 92))
    pen.line([(-0.4, -0.36), (0.38, -0.26)], 0.09, (240, 150, 160))
    pen.oval(0.02, -0.72, 0.12, 0.12, (212, 60, 76))


_ITEMS = {"cake": _cake, "clipboard": _clipboard, "cup": _cup, "book": _book, "flowers": _flowers, "tablet": _tablet}
