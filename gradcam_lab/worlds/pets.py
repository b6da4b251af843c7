"""Pets: six kinds of animals in six kinds of places, and the whole truth about every pixel.

    sample = gl.worlds.pets.sample(6, seed=1)       # six scenes with one animal each
    sample.x, sample.y                              # uint8 [6, 128, 128, 3], int64 [6]
    scene = sample[0]
    scene.picture, scene.kinds                      # a PIL picture, ["rabbit"]
    scene.things[0].parts["ears"]                   # bool [128, 128]
    scene.without("ears")                           # the same scene, but for the ears
    scene.replace(colour="mint")                    # the same scene, but for the colour

Every attribute has a stream of random numbers of its own, seeded by the sample's seed, the picture's number and the
attribute's name. So a picture is a function of its seed and its parameters, and one attribute can change while every
other stays. Colours, patterns, eyes and places are alike for all kinds: what tells the kinds apart is their build.
"""

import math
from numbers import Integral
from random import Random

from ..errors import LabError
from . import checks
from .animals import DRAW, PARTS, POSES, coat
from .clutter import in_front, scatter
from .pen import Pen, luminance
from .places import PALETTES, PLACES, backdrop, shade
from .scene import Sample, World, fix

SIZE = 128
KINDS = ("cat", "dog", "rabbit", "duck", "fish", "turtle")
COLOURS = {
    "ginger": (232, 146, 74),
    "cream": (248, 228, 188),
    "snow": (246, 246, 242),
    "soot": (74, 70, 82),
    "slate": (126, 140, 164),
    "cocoa": (146, 100, 72),
    "honey": (244, 192, 92),
    "rose": (238, 150, 164),
    "mint": (142, 210, 174),
    "sky": (124, 184, 230),
    "lilac": (180, 154, 218),
    "olive": (148, 158, 92),
    "brick": (196, 92, 76),
    "teal": (66, 152, 156),
    "plum": (124, 76, 128),
    "leaf": (112, 178, 96),
}
PATTERNS = ("plain", "striped", "spotted", "patched", "bellied")
SIZES = {1: (20, 46), 2: (23, 31), 3: (19, 24), 4: (17, 21)}  # by how many there are: half the height in pixels
SCENERY = ("place", "palette", "horizon", "light", "brightness", "clutter", "front", "grain")
LOOKS = ("kind", "pose", "colour", "accent", "pattern", "eyes", "gaze")
BUILD = ("x", "y", "size", "turn", "flip", "stretch", "shape")
ATTRIBUTES = LOOKS + BUILD


def sample(n, seed=0, things=1, kinds=None, alike=False, **fixed):
    """Draw `n` scenes.

    seed    any integer or text; picture i is the same whatever `n` is
    things  how many animals in a scene, 1 to 4; or their kinds, as ("cat", "dog")
    kinds   the kinds to draw from (default: all six)
    alike   several animals: all of one kind (True), or all of different kinds (False)
    fixed   attributes that are the same in every scene:
            of the scene   place ("meadow", "hills", "beach", "room", "night", "blanket"), palette (a name of
                           places.PALETTES), horizon (0.2 to 0.6), light ((x, y): where it comes from), brightness
                           (0.5 to 1.3), clutter (how many things lie about), front (spots of things that lie in
                           front), grain (amplitude of the noise, in steps of 255)
            of each animal pose (see POSES), colour and accent (a name of COLOURS, or RGB), pattern (see PATTERNS),
                           eyes ("open", "happy"), gaze ((x, y), -0.3 to 0.3), x and y (centre, pixels), size (half
                           the height, pixels), turn (radians), flip (it looks left), stretch ((x, y)), shape (six
                           numbers, -1 to 1)

    Returns a Sample: x uint8 [n, 128, 128, 3], y int64 [n] (index in KINDS of the first animal), and the scenes.
    """
    checks.whole("n, how many pictures,", n, 1, 10_000_000)
    kinds = KINDS if kinds is None else checks.some_of("kind of animal", kinds, KINDS)
    if isinstance(things, Integral):
        cast, count = None, checks.whole("things, how many animals in a scene,", things, 1, 4)
    else:
        cast = checks.some_of("kind of animal", things, KINDS)
        count = checks.whole("the number of animals in a scene", len(cast), 1, 4)
    if cast is None and not alike and count > len(set(kinds)):
        raise LabError(
            f"{count} animals of different kinds were asked for, and only {len(set(kinds))} kinds to draw from; "
            "alike=True draws animals of one kind."
        )
    descriptions = [describe(f"pets/{seed}/{i}", cast or _cast(seed, i, count, kinds, alike)) for i in range(n)]
    return Sample(WORLD, [fix(WORLD, description, fixed) for description in descriptions])


def _cast(seed, i, count, kinds, alike):
    """The kinds in picture i. Each run of len(kinds) pictures begins with each kind once."""
    order = list(kinds)
    Random(f"pets/{seed}/order/{i // len(kinds)}").shuffle(order)
    first = order[i % len(kinds)]
    if alike:
        return (first,) * count
    others = [kind for kind in dict.fromkeys(kinds) if kind != first]
    return (first, *Random(f"pets/{seed}/{i}-others").sample(others, count - 1))


def describe(seed, cast):
    """Everything a scene is drawn from, each attribute from its own stream."""

    def stream(name):
        return Random(f"{seed}-{name}")

    scene = {
        "seed": seed,
        "place": stream("place").choice(list(PLACES)),
        "palette": stream("palette").choice(list(PALETTES)),
        "horizon": round(stream("horizon").uniform(0.26, 0.48), 3),
        "light": stream("light").choice(((-0.6, -0.6), (0.6, -0.6), (-0.2, -0.8), (0.2, -0.8))),
        "brightness": round(stream("brightness").uniform(0.86, 1.05), 3),
        "clutter": stream("clutter").randint(1, 6),
        "front": _front(stream("front")),
        "grain": 2,
    }
    sizes = [stream(f"size-{i}").uniform(*SIZES[len(cast)]) for i in range(len(cast))]
    spots = spots_for(stream("spots"), sizes, scene["horizon"] * SIZE)
    scene["things"] = [
        _animal(lambda name, i=i: stream(f"{name}-{i}"), kind, size, spot)
        for i, (kind, size, spot) in enumerate(zip(cast, sizes, spots))
    ]
    return scene


def _animal(stream, kind, size, spot):
    body = stream("colour")
    colour = _near(body, body.choice(list(COLOURS.values())))
    gaze, stretch, shape = stream("gaze"), stream("stretch"), stream("shape")
    return {
        "kind": kind,
        "pose": POSES[kind][stream("pose").randrange(3)],
        "colour": colour,
        "accent": _accent(stream("accent"), colour),
        "pattern": stream("pattern").choice(PATTERNS),
        "eyes": "happy" if stream("eyes").random() < 0.15 else "open",
        "gaze": (gaze.uniform(-0.28, 0.28), gaze.uniform(-0.1, 0.25)),
        "x": spot[0],
        "y": spot[1],
        "size": size,
        "turn": stream("turn").uniform(-0.2, 0.2),
        "flip": stream("flip").random() < 0.5,
        "stretch": (stretch.uniform(0.9, 1.1), stretch.uniform(0.92, 1.06)),
        "shape": tuple(shape.uniform(-1, 1) for _ in range(6)),
        "gone": False,
        "left_out": (),
    }


def _near(random, colour):
    return tuple(min(255, max(0, c + random.randint(-10, 10))) for c in colour)


def _accent(random, colour):
    """A second colour that can be told from the first by its brightness alone."""
    choices = list(COLOURS.values())
    random.shuffle(choices)
    return _near(random, next(c for c in choices if abs(luminance(c) - luminance(colour)) >= 40))


def _front(random):
    """Where things lie in front of everything, as (x, y) of their feet, in pixels."""
    many = random.choice((0, 0, 1, 1, 2))
    return tuple((random.uniform(4, SIZE - 4), random.uniform(0.8, 1.02) * SIZE) for _ in range(many))


def spots_for(random, sizes, horizon):
    """Places for animals of these sizes, feet on the ground, as far from touching as sixty tries allow."""
    best, most = None, -1.0
    for _ in range(60):
        spots = []
        for size in sizes:
            low, high = max(size * 0.95, horizon - 0.6 * size), SIZE - 1.04 * size
            spots.append((random.uniform(size, SIZE - size), random.uniform(min(low, high), high)))
        pairs = [(i, k) for i in range(len(sizes)) for k in range(i)]
        room = min((math.dist(spots[i], spots[k]) / (sizes[i] + sizes[k]) for i, k in pairs), default=2.0)
        if room > most:
            best, most = spots, room
        if room > 1.05:
            break
    return best


def _draw(scene, masks):
    pen = Pen(SIZE, masks, scene["light"])
    seed = scene["seed"]
    ground = backdrop(pen, Random(f"{seed}-scenery"), scene["place"], scene["palette"], scene["horizon"])
    for thing in scene["things"]:
        foot = thing["y"] + 0.96 * thing["size"] * thing["stretch"][1]
        shade(pen, thing["x"], foot, thing["size"] * 0.9, ground)
    scatter(pen, scene, COLOURS)
    for number, thing in sorted(enumerate(scene["things"]), key=lambda one: one[1]["y"] + one[1]["size"]):
        draw_animal(pen, number, thing)
    in_front(pen, scene, COLOURS)
    noise = Random(f"{seed}-noise").getrandbits(32) if scene["grain"] else 0
    return pen.finish(scene["brightness"], scene["grain"], noise)


def draw_animal(pen, number, thing):
    """The thing with this number, unless it is gone."""
    if not thing["gone"]:
        pen.thing(number + 1, PARTS[thing["kind"]], thing["left_out"])
        pen.place(thing["x"], thing["y"], thing["size"], thing["turn"], thing["flip"], thing["stretch"])
        DRAW[thing["kind"]](pen, thing, coat(thing["colour"], thing["accent"]))


# ------------------------------------------------------------------------ attributes that a user may set

_CHECKS = {
    **checks.LIGHT,
    **checks.pose(SIZE, 8, 64),
    "place": lambda value: checks.one_of("place", value, tuple(PLACES)),
    "palette": lambda value: checks.one_of("palette", value, tuple(PALETTES)),
    "horizon": lambda value: checks.number("horizon", value, 0.2, 0.6),
    "clutter": lambda value: checks.whole("clutter", value, 0, 30),
    "front": lambda value: checks.spots("front", value, SIZE),
    "colour": lambda value: checks.colour("colour", value, COLOURS),
    "accent": lambda value: checks.colour("accent", value, COLOURS),
    "pattern": lambda value: checks.one_of("pattern", value, PATTERNS),
    "eyes": lambda value: checks.one_of("kind of eyes", value, ("open", "happy")),
    "gaze": lambda value: checks.numbers("gaze", value, -0.3, 0.3, 2),
    "flip": bool,
    "stretch": lambda value: checks.numbers("stretch", value, 0.5, 2, 2),
    "shape": lambda value: checks.numbers("shape", value, -1, 1, 6),
}


def check(scene, name, value, number):
    """{attribute: value as it is stored} for an attribute of the scene, or of its animal with this number."""
    if name in _CHECKS:
        return {name: _CHECKS[name](value)}
    thing = scene["things"][number]
    if name == "pose":
        return {"pose": checks.one_of(f"pose of a {thing['kind']}", value, POSES[thing["kind"]])}
    checks.one_of("kind of animal", value, KINDS)
    return {"kind": value, "pose": POSES[value][POSES[thing["kind"]].index(thing["pose"])], "left_out": ()}


WORLD = World("pets", SIZE, KINDS, PARTS, _draw, check, SCENERY, ATTRIBUTES)
