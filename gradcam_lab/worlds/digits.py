"""Digits: the ten digits in wobbly pen strokes, white on black as in MNIST, and the whole truth about every pixel.

    sample = gl.worlds.digits.sample(10, seed=1)    # ten pictures, each digit once
    sample.x, sample.y                              # uint8 [10, 28, 28], int64 [10]
    scene = sample[0]
    scene.picture, scene.kinds                      # a grey PIL picture, ["8"]
    scene.things[0].mask                            # bool [28, 28]: the stroke
    scene.without(["upper left", "lower left"])     # what is left of an 8 is a 3
    scene.replace(width=3, slant=0.3)               # the same digit with a thicker pen, leaning
    gl.worlds.digits.sample(10, source="mnist")     # real ones, if they are on this machine (see worlds.mnist)

A picture is [28, 28], without an axis for colour; networks see it as [1, 28, 28]. Every attribute has a stream of
random numbers of its own, so one can change while every other stays. How digits are built: worlds.glyphs; how a
hand writes them: worlds.writing.
"""

from random import Random

import numpy as np

from ..errors import LabError
from . import checks, mnist
from .glyphs import PARTS, STYLES
from .pen import FINE, MOST_PARTS
from .scene import Sample, World, fix
from .writing import SIZE, cover, covers

KINDS = tuple(STYLES)
PAPERS = ("plain", "lined", "squared")
SCENERY = ("paper", "tone", "specks", "grain")
LOOKS = ("kind", "style", "shape", "hand", "wobble", "width", "pressure", "nib", "ink")
ATTRIBUTES = (*LOOKS, "x", "y", "size", "stretch", "slant", "turn")
ROOM = 12  # pixels: how far the middle of a stroke may lie from the middle of the picture, as a rule


def sample(n, seed=0, kinds=None, source="drawn", folder=None, split="test", download=False, **fixed):
    """`n` digits, drawn, or real ones of MNIST.

    seed    any integer or text; picture i is the same whatever `n` is
    kinds   the digits to draw from, as "38" or ("3", "8") (default: all ten)
    source  "drawn"; or "mnist": `n` pictures picked by the seed from the `split` "train" or "test" of MNIST in
            `folder`, which torchvision fetches if `download` is True (see worlds.mnist)
    fixed   attributes that are the same in every drawn picture:
            of the scene  paper ("plain", "lined", "squared"), tone (of the paper, 0, black, to 60), specks
                          (how many spots of ink lie about), grain
                          (0 to 40: amplitude of the noise, in steps of 255)
            of each digit style (see STYLES), shape (four numbers, -2 to 2: how it is built), hand (a whole number:
                          whose hand it is, that is how the strokes wobble), wobble (0 to 3: how much), width (of the
                          pen, 0.8 to 6 pixels), pressure (0 to 1: how much the width changes along a stroke), nib (0 to
                          0.8: how much it changes with the direction, as a broad nib's), ink (60 to 255: brightness), x
                          and y (centre, pixels), size (half the height, 4 to 13 pixels), stretch (0.5 to 1.6: of the
                          width), slant (-0.6 to 0.8: to the right), turn (radians)

    Returns a sample: x uint8 [n, 28, 28], y int64 [n] (index in KINDS), and the scenes.
    """
    checks.one_of("source of digits", source, ("drawn", "mnist"))
    kinds = KINDS if kinds is None else _kinds(kinds)
    if source == "mnist":
        if fixed:
            raise LabError(f"MNIST is not drawn, so {next(iter(fixed))!r} cannot be set; leave it out.")
        return mnist.sample(n, seed, kinds, folder, split, download)
    checks.whole("n, how many pictures,", n, 1, 10_000_000)
    return Digits(WORLD, [fix(WORLD, _describe(f"digits/{seed}/{i}", _cast(seed, i, kinds)), fixed) for i in range(n)])


class Digits(Sample):
    """Drawn digits: a Sample whose pictures have no axis for colour, x uint8 [n, 28, 28]."""

    def draw(self, watch=iter):
        if self._x is None:
            self._x = np.stack([_draw(description, False)[0] for description in watch(self._descriptions)])
        return self._x


def _kinds(kinds):
    if isinstance(kinds, int) and not isinstance(kinds, bool):
        kinds = str(kinds)
    values = tuple(kinds) if isinstance(kinds, str) else kinds
    return checks.some_of("digit", [str(k) for k in values] if isinstance(values, tuple | list) else values, KINDS)


def _cast(seed, i, kinds):
    """The digit in picture i. Each run of len(kinds) pictures has each kind once."""
    order = list(kinds)
    Random(f"digits/{seed}/order/{i // len(kinds)}").shuffle(order)
    return order[i % len(kinds)]


def _describe(seed, kind):
    """Everything a picture is drawn from, each attribute from its own stream."""

    def stream(name):
        return Random(f"{seed}-{name}")

    def between(name, low, high):
        return round(stream(name).uniform(low, high), 3)

    shape, spot, taste = stream("shape"), stream("spot"), stream("taste").random()
    size, stretch, slant = between("size", 6.8, 10.8), between("stretch", 0.68, 1.25), between("slant", -0.22, 0.48)
    wide = 0.75 * stretch + abs(slant)  # half the width, in units of the size
    size = round(min(size, ROOM / wide), 3)
    across, down = ROOM - size * wide, ROOM - 1.05 * size
    digit = {
        "kind": kind,
        "style": _style(kind, taste),
        "shape": tuple(round(shape.uniform(-1.6, 1.6), 3) for _ in range(4)),
        "hand": stream("hand").getrandbits(30),
        "wobble": between("wobble", 0.5, 2.5),
        "width": round(size * between("width", 0.17, 0.4), 2),
        "pressure": between("pressure", 0, 0.7),
        "nib": max(0.0, between("nib", -0.4, 0.5)),
        "ink": stream("ink").randint(140, 255),
        "x": round(SIZE / 2 + spot.uniform(-across, across), 2),
        "y": round(SIZE / 2 + spot.uniform(-down, down), 2),
        "size": size,
        "stretch": stretch,
        "slant": slant,
        "turn": between("turn", -0.2, 0.2),
        "taste": taste,  # which style it has, of any kind
        "gone": False,
        "left_out": (),
    }
    return {
        "seed": seed,
        "paper": stream("paper").choices(PAPERS, (0.6, 0.2, 0.2))[0],
        "tone": stream("tone").randint(0, 30),
        "specks": stream("specks").choices(range(4), (0.55, 0.25, 0.12, 0.08))[0],
        "grain": stream("grain").randint(0, 14),
        "things": [digit],
    }


def _style(kind, taste):
    """The style of this kind that a taste of 0 to 1 picks."""
    shares = np.cumsum(list(STYLES[kind].values()))
    return list(STYLES[kind])[min(int((taste > shares).sum()), len(shares) - 1)]


# -------------------------------------------------------------------------------------------------- drawing


def _draw(scene, masks):
    """Pixels uint8 [28, 28]; and, if asked for, the notes that say which parts each pixel shows."""
    pixels = _paper(scene)
    notes = np.zeros((SIZE * FINE, SIZE * FINE), np.uint8) if masks else None
    for number, thing in enumerate(scene["things"]):
        left = [] if thing["gone"] else [part for part in PARTS[thing["kind"]] if part not in thing["left_out"]]
        for part, covered in covers(thing, left, apart=masks):
            pixels = np.maximum(pixels, covered * thing["ink"])
            if masks:  # strokes meet and cross: each part notes itself in a corner of its own of every pixel
                i = PARTS[thing["kind"]].index(part)
                notes[i // FINE :: FINE, i % FINE :: FINE] = (covered > 0) * ((number + 1) * (MOST_PARTS + 1) + 1 + i)
    if scene["grain"]:
        noise = np.random.default_rng(Random(f"{scene['seed']}-noise").getrandbits(32))
        pixels = pixels + noise.integers(-scene["grain"], scene["grain"] + 1, pixels.shape, dtype=np.int8)
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8), notes


def _paper(scene):
    """The picture without its digit, float32: paper, its lines, and spots of ink."""
    pixels = np.full((SIZE, SIZE), float(scene["tone"]), np.float32)
    if scene["paper"] != "plain":
        random = Random(f"{scene['seed']}-lines")
        step, faint = random.randint(6, 9), scene["tone"] + random.randint(18, 40)
        pixels[random.randrange(step) :: step] = faint
        if scene["paper"] == "squared":
            pixels[:, random.randrange(step) :: step] = faint
    for i in range(scene["specks"]):
        random = Random(f"{scene['seed']}-speck-{i}")
        spot = np.array([[random.uniform(1, SIZE - 1), random.uniform(1, SIZE - 1)]], np.float32)
        dash = np.array([[random.uniform(-1.8, 1.8), random.uniform(-1.8, 1.8)]], np.float32)
        half = np.array([random.uniform(0.4, 1.1)], np.float32)
        pixels = np.maximum(pixels, cover(spot, spot + dash, half)[0] * random.uniform(90, 190))
    return pixels


# ------------------------------------------------------------------------ attributes that a user may set

_CHECKS = {
    **checks.pose(SIZE, 4, 13),
    "paper": lambda value: checks.one_of("paper", value, PAPERS),
    "tone": lambda value: checks.number("tone", value, 0, 60),
    "specks": lambda value: checks.whole("specks", value, 0, 12),
    "grain": lambda value: checks.whole("grain", value, 0, 40),
    "shape": lambda value: checks.numbers("shape", value, -2, 2, 4),
    "hand": lambda value: checks.whole("hand", value, 0, 2**53),
    "wobble": lambda value: checks.number("wobble", value, 0, 3),
    "width": lambda value: checks.number("width", value, 0.8, 6),
    "pressure": lambda value: checks.number("pressure", value, 0, 1),
    "nib": lambda value: checks.number("nib", value, 0, 0.8),
    "ink": lambda value: checks.number("ink", value, 60, 255),
    "stretch": lambda value: checks.number("stretch", value, 0.5, 1.6),
    "slant": lambda value: checks.number("slant", value, -0.6, 0.8),
}


def _check(scene, name, value, number):
    """{attribute: value as it is stored} for an attribute of the scene, or of its digit."""
    if name in _CHECKS:
        return {name: _CHECKS[name](value)}
    thing = scene["things"][number]
    if name == "style":
        return {"style": checks.one_of(f"style of a {thing['kind']}", value, tuple(STYLES[thing["kind"]]))}
    kind = checks.one_of("digit", str(value), KINDS)
    return {"kind": kind, "style": _style(kind, thing["taste"]), "left_out": ()}


WORLD = World("digits", SIZE, KINDS, PARTS, _draw, _check, SCENERY, ATTRIBUTES)
