"""Streets: a fire hydrant, often of two colours, among other things; with questions, answers and captions.

    sample = gl.worlds.street.sample(6, seed=1)     # six streets: a hydrant and one to three other things
    scene = sample[0]
    scene.picture, scene.kinds                      # a PIL picture, ["hydrant", "car", "dog"]
    scene.things[0].parts["cap"]                    # bool [128, 128]
    scene.questions                                 # [("what colour is the hydrant?", "yellow and red"), ...]
    scene.captions                                  # ["a yellow hydrant with a red cap beside a blue car", ...]
    scene.without("cap")                            # the same street, but for the cap
    scene.replace(cap="blue")                       # the same street, but for the cap's colour
    scene.replace(thing=1, colour="white")          # the car is painted

Every attribute has a stream of random numbers of its own, as in the pets world. Cars, dogs, trees and all the rest
are painted from one palette: a colour says nothing about the kind.
"""

from numbers import Integral
from random import Random

from ..errors import LabError
from . import checks
from .animals import coat
from .pen import Pen, tone
from .places import PALETTES, shade
from .scene import World, fix
from .street_places import LITTER, PAINTS, PAVEMENT, ROAD, WEATHER, backdrop, fall
from .street_scene import StreetSample
from .street_things import DRAW, PARTS, POSES, REACH
from .street_words import ANSWERS, COLOURS, KINDS, OTHERS, QUESTIONS

__all__ = ["ANSWERS", "COLOURS", "KINDS", "PARTS", "POSES", "QUESTIONS", "SIZE", "sample"]

SIZE = 128
SIZES = {  # half the height, in pixels
    "hydrant": (23, 30),
    "car": (12.5, 15.5),
    "postbox": (19, 25),
    "bench": (11, 13.5),
    "tree": (24, 31),
    "lamp": (26, 32),
    "dog": (14, 19),
    "cat": (14, 19),
}
SCENERY = ("palette", "weather", "houses", "light", "brightness", "litter", "grain")
ATTRIBUTES = ("kind", "pose", "colour", "cap", "eyes", "gaze", "x", "y", "size", "turn", "flip", "stretch", "shape")


def sample(n, seed=0, things=None, kinds=None, two_colours=None, **fixed):
    """Draw `n` streets.

    seed         any integer or text; picture i is the same whatever `n` is
    things       how many things in a scene, 1 to 4, the hydrant among them (default: 2 to 4); or the kinds beside
                 the hydrant, as ("car", "dog")
    kinds        the kinds that may stand beside the hydrant (default: all seven)
    two_colours  whether the hydrant's cap has a colour of its own (default: in half of the scenes)
    fixed        attributes that are the same in every scene:
                 of the scene    palette (a name of places.PALETTES), weather ("clear", "rain", "snow"), houses (which
                                 row of houses: a whole number), light ((x, y)), brightness (0.5 to 1.3), litter (how
                                 many small things lie about), grain (amplitude of the noise, in steps of 255)
                 of the hydrant  pose (see POSES), colour and cap (names of COLOURS), x and y (centre, pixels), size
                                 (half the height, pixels), turn (radians), flip, stretch ((x, y)), shape (six numbers)

    Returns a Sample whose scenes also have `questions` and `captions`; `sample.questions` and `sample.captions` have
    those of all scenes without drawing any. y is the index in COLOURS of the hydrant's body.
    """
    checks.whole("n, how many pictures,", n, 1, 10_000_000)
    kinds = OTHERS if kinds is None else checks.some_of("kind beside the hydrant", kinds, OTHERS)
    if things is None or isinstance(things, Integral):
        cast = None
        if things is not None:
            checks.whole("things, how many in a scene,", things, 1, 4)
    else:
        cast = checks.some_of("kind beside the hydrant", things, OTHERS)
        checks.whole("the number of things beside the hydrant", len(cast), 1, 4)
    if two_colours not in (None, True, False):
        raise LabError(f"two_colours is True, False or None (as it comes); given was {two_colours!r}.")
    descriptions = []
    for i in range(n):
        name = f"street/{seed}/{i}"
        beside = _cast(name, things, kinds) if cast is None else cast
        descriptions.append(fix(WORLD, _describe(name, ("hydrant", *beside), two_colours), fixed, first=1))
    return StreetSample(WORLD, descriptions)


def _cast(seed, things, kinds):
    """The kinds beside the hydrant; now and then two of them are alike, so that there is something to count."""
    random = Random(f"{seed}-cast")
    count = (things or random.choice((2, 3, 3, 4))) - 1
    cast = [random.choice(kinds) for _ in range(count)]
    if count > 1 and random.random() < 0.3:
        cast[1] = cast[0]
    return tuple(cast)


def _describe(seed, cast, two_colours):
    """Everything a scene is drawn from, each attribute from its own stream."""

    def stream(name):
        return Random(f"{seed}-{name}")

    weather = stream("weather").random()
    scene = {
        "seed": seed,
        "palette": stream("palette").choice(list(PALETTES)),
        "weather": "clear" if weather < 0.72 else "rain" if weather < 0.85 else "snow",
        "houses": stream("houses").randrange(1_000_000),
        "light": stream("light").choice(((-0.6, -0.6), (0.6, -0.6), (-0.2, -0.8), (0.2, -0.8))),
        "brightness": round(stream("brightness").uniform(0.9, 1.05), 3),
        "litter": stream("litter").randint(0, 5),
        "grain": 2,
    }
    sizes = [stream(f"size-{i}").uniform(*SIZES[kind]) for i, kind in enumerate(cast)]
    spots = _spots(stream("spots"), cast, sizes)
    two = stream("two").random() < 0.5 if two_colours is None else two_colours
    scene["things"] = [
        _thing(lambda name, i=i: stream(f"{name}-{i}"), kind, size, spot, two)
        for i, (kind, size, spot) in enumerate(zip(cast, sizes, spots))
    ]
    return scene


def _thing(stream, kind, size, spot, two):
    gaze, stretch, shape = stream("gaze"), stream("stretch"), stream("shape")
    colour = stream("colour").choice(list(COLOURS))
    cap = stream("cap").choice([other for other in COLOURS if other != colour])
    return {
        "kind": kind,
        "pose": POSES[kind][stream("pose").randrange(3)],
        "colour": colour,
        "cap": None if kind != "hydrant" else cap if two else colour,
        "paint": tuple(stream("paint").randint(-8, 8) for _ in range(3)),
        "pattern": "plain",
        "eyes": "happy" if stream("eyes").random() < 0.15 else "open",
        "gaze": (gaze.uniform(-0.28, 0.28), gaze.uniform(-0.1, 0.25)),
        "x": spot[0],
        "y": spot[1],
        "size": size,
        "turn": stream("turn").uniform(-0.06, 0.06),
        "flip": stream("flip").random() < 0.5,
        "stretch": (stretch.uniform(0.92, 1.08), stretch.uniform(0.95, 1.04)),
        "shape": tuple(shape.uniform(-1, 1) for _ in range(6)),
        "gone": False,
        "left_out": (),
    }


def _spots(random, cast, sizes):
    """A centre for each thing: cars on the road, all else on the pavement, as far apart as eighty tries allow."""
    reach = [REACH[kind] * size for kind, size in zip(cast, sizes)]
    best, most = None, -1.0
    for _ in range(80):
        spots = []
        for kind, size, half in zip(cast, sizes, reach):
            foot = random.uniform(ROAD + 0.06, 0.62) if kind == "car" else random.uniform(PAVEMENT + 0.05, 0.985)
            if kind == "hydrant":
                foot = max(foot, 0.85)
            spots.append((random.uniform(half, SIZE - half), foot * SIZE - size))
        room = 2.0
        for i in range(len(cast)):
            for k in range(i):
                apart = abs(spots[i][0] - spots[k][0]) / (reach[i] + reach[k])
                room = min(room, apart * (1.5 if (cast[i] == "car") != (cast[k] == "car") else 1.0))
        if room > most:
            best, most = spots, room
        if room > 1.05:
            break
    return best


def _painted(name, paint):
    return tuple(min(255, max(0, c + d)) for c, d in zip(COLOURS[name], paint))


def _draw(scene, masks):
    pen = Pen(SIZE, masks, scene["light"])
    seed = scene["seed"]
    slabs = backdrop(pen, Random(f"street-{scene['houses']}"), scene["palette"], scene["weather"])
    for thing in scene["things"]:
        foot = thing["y"] + 0.97 * thing["size"] * thing["stretch"][1]
        ground = tone(slabs, -0.5) if foot < PAVEMENT * SIZE else slabs
        shade(pen, thing["x"], foot, thing["size"] * REACH[thing["kind"]] * 1.05, ground)
    for i in range(scene["litter"]):
        random = Random(f"{seed}-litter-{i}")
        x, y = random.random() * SIZE, random.uniform(PAVEMENT + 0.03, 0.99)
        pen.scenery()
        pen.place(x, y * SIZE, 4 + 4 * y, 0.0, random.random() < 0.5)
        random.choice(LITTER)(pen, random, random.choice((*COLOURS.values(), *PAINTS)))
    for number, thing in sorted(enumerate(scene["things"]), key=lambda one: one[1]["y"] + one[1]["size"]):
        if not thing["gone"]:
            colour = _painted(thing["colour"], thing["paint"])
            accent = tone(colour, 0.4) if thing["cap"] is None else _painted(thing["cap"], thing["paint"])
            pen.thing(number + 1, PARTS[thing["kind"]], thing["left_out"])
            pen.place(thing["x"], thing["y"], thing["size"], thing["turn"], thing["flip"], thing["stretch"])
            DRAW[thing["kind"]](pen, thing, coat(colour, accent))
    fall(pen, Random(f"{seed}-fall"), scene["weather"])
    noise = Random(f"{seed}-noise").getrandbits(32) if scene["grain"] else 0
    return pen.finish(scene["brightness"], scene["grain"], noise)


# ------------------------------------------------------------------------ attributes that a user may set

_CHECKS = {
    **checks.LIGHT,
    **checks.pose(SIZE, 8, 64),
    "palette": lambda value: checks.one_of("palette", value, tuple(PALETTES)),
    "weather": lambda value: checks.one_of("weather", value, WEATHER),
    "houses": lambda value: checks.whole("houses, the row's number,", value, 0, 1_000_000),
    "litter": lambda value: checks.whole("litter", value, 0, 30),
    "colour": lambda value: checks.one_of("colour", value, tuple(COLOURS)),
    "eyes": lambda value: checks.one_of("kind of eyes", value, ("open", "happy")),
    "gaze": lambda value: checks.numbers("gaze", value, -0.3, 0.3, 2),
    "flip": bool,
    "stretch": lambda value: checks.numbers("stretch", value, 0.5, 2, 2),
    "shape": lambda value: checks.numbers("shape", value, -1, 1, 6),
}


def _check(scene, name, value, number):
    """{attribute: value as it is stored} for an attribute of the scene, or of its thing with this number."""
    if name in _CHECKS:
        return {name: _CHECKS[name](value)}
    thing = scene["things"][number]
    if name == "pose":
        return {"pose": checks.one_of(f"pose of a {thing['kind']}", value, POSES[thing["kind"]])}
    if name == "cap":
        if thing["kind"] != "hydrant":
            raise LabError(f"Only a hydrant has a cap; thing {number} is a {thing['kind']}.")
        return {"cap": checks.one_of("colour", value, tuple(COLOURS))}
    if thing["kind"] == "hydrant":
        raise LabError(f"The hydrant of a street stays a hydrant; thing=1 is the first that can become a {value}.")
    checks.one_of("kind beside the hydrant", value, OTHERS)
    return {"kind": value, "pose": POSES[value][POSES[thing["kind"]].index(thing["pose"])], "left_out": ()}


WORLD = World("street", SIZE, KINDS, PARTS, _draw, _check, SCENERY, ATTRIBUTES)
