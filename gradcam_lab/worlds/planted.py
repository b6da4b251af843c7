"""Planted: pets whose pictures carry three clues that have nothing to do with animals.

    sample = gl.worlds.planted.sample(8, watermark=1.0)   # the watermark always tells the class
    scene = sample[0]
    scene.attributes["watermark"]                         # "cat": the cats' watermark; None: there is none
    scene.replace(watermark=None)                         # the same picture without it
    scene.replace(background="dog")                       # the same picture on the dogs' colour
    scene.mask("watermark"), scene.mask("border")         # where they show
    ~scene.mask()                                         # the background: no animal, watermark or border

A plant is a watermark, the background's colour or a border. Of each there is one for every kind of animal. In a
training set in which it agrees with the class, a network need not learn what an animal looks like (Geirhos et al.,
Shortcut Learning in Deep Neural Networks, Nature Machine Intelligence 2020; the watermark is that of the horses in
Lapuschkin et al., Unmasking Clever Hans Predictors, Nature Communications 2019).
"""

from random import Random

from ..errors import LabError, nearest
from . import checks, pets
from .clutter import in_front, scatter
from .pen import Pen, luminance, tone
from .places import PLACES, shade
from .planted_marks import frame, stamp
from .scene import Sample, World, fix

SIZE = pets.SIZE
KINDS = ("cat", "dog", "rabbit", "duck")
PLANTS = ("watermark", "background", "border")
CHANCE = 1 / (len(KINDS) + 1)  # a plant is then as often of one kind as of another, or missing
PARTS = {**{kind: pets.PARTS[kind] for kind in KINDS}, "watermark": ("plate", "logo", "name"), "border": ("band",)}

TINTS = {"cat": (222, 128, 150), "dog": (226, 182, 86), "rabbit": (128, 188, 116), "duck": (106, 160, 220)}
GREY = (176, 174, 172)  # the background that is nobody's
OUTSIDE = tuple(place for place in PLACES if place != "night")  # by night every colour turns blue
SIZES = (28, 46)  # half the height of an animal, in pixels
FRAMES = ((250, 246, 236), (64, 60, 72), (150, 108, 78), (216, 206, 186), (104, 116, 132), (34, 40, 66))
SCENERY = (*PLANTS, "place", "horizon", "light", "brightness", "clutter", "front", "grain")


def sample(n, seed=0, kinds=None, watermark=CHANCE, background=CHANCE, border=CHANCE, **fixed):
    """Draw `n` scenes with one animal each.

    seed    any integer or text; picture i is the same whatever `n` is
    kinds   the kinds to draw from (default: all four of KINDS)
    watermark, background, border
            the share of pictures, 0 to 1, in which this plant agrees with the class; in the others it is another
            kind's or missing, all equally often. CHANCE, a fifth, makes it independent of the class
    fixed   attributes that are the same in every scene, as in pets.sample: place ("night" is left out), horizon,
            light, brightness, clutter, front, grain; pose, colour, accent, ... of the animal

    Changing a share changes the plant in the pictures concerned and nothing else. Returns a Sample: x uint8
    [n, 128, 128, 3], y int64 [n] (index in KINDS), and the scenes.
    """
    checks.whole("n, how many pictures,", n, 1, 10_000_000)
    kinds = KINDS if kinds is None else checks.some_of("kind of animal", kinds, KINDS)
    shares = {
        name: checks.number(f"{name}, the share of pictures in which it agrees with the class,", share, 0, 1)
        for name, share in zip(PLANTS, (watermark, background, border))
    }
    return Sample(WORLD, [fix(WORLD, _describe(seed, i, kinds, shares), fixed, first=1) for i in range(n)])


def _describe(seed, i, kinds, shares):
    order = list(kinds)
    Random(f"planted/{seed}/order/{i // len(kinds)}").shuffle(order)
    kind, seed = order[i % len(kinds)], f"planted/{seed}/{i}"
    scene = pets.describe(seed, (kind,))
    del scene["palette"]
    scene["place"] = Random(f"{seed}-place").choice(OUTSIDE)
    size = Random(f"{seed}-size").uniform(*SIZES)
    ((x, y),) = pets.spots_for(Random(f"{seed}-spots"), [size], scene["horizon"] * SIZE)
    scene["things"][0].update(size=size, x=x, y=y)
    for name, share in shares.items():
        random = Random(f"{seed}-{name}")
        agrees = random.random() < share
        other = random.choice([value for value in (*KINDS, None) if value != kind])
        scene[name] = kind if agrees else other
    scene["things"] += [_watermark(Random(f"{seed}-spot")), _border(Random(f"{seed}-frame"))]
    for thing, name in zip(scene["things"][1:], ("watermark", "border")):
        thing.update(kind=name, gone=scene[name] is None, left_out=())
    return scene


def _watermark(random):
    """Somewhere along the top or the bottom, seldom in the middle."""
    low, high = random.choice(((17, 24),) * 4 + ((104, 111),) * 5 + ((30, 98),))
    return {"x": random.uniform(36, SIZE - 36), "y": random.uniform(low, high), "turn": random.uniform(-0.1, 0.1)}


def _border(random):
    colour = random.choice(FRAMES)
    accent = random.choice([other for other in FRAMES if abs(luminance(other) - luminance(colour)) >= 60])
    return {"colour": colour, "accent": accent}


# ---------------------------------------------------------------------------------------------- drawing


def _draw(scene, masks):
    pen, seed = Pen(SIZE, masks, scene["light"]), scene["seed"]
    animal, watermark, border = scene["things"]
    palette = _palette(TINTS.get(scene["background"], GREY), Random(f"{seed}-tint"))
    pen.place(0, 0, SIZE)
    PLACES[scene["place"]](pen, Random(f"{seed}-scenery"), palette, scene["horizon"])
    foot = animal["y"] + 0.96 * animal["size"] * animal["stretch"][1]
    shade(pen, animal["x"], foot, animal["size"] * 0.9, palette[3])
    scatter(pen, scene, pets.COLOURS)
    pets.draw_animal(pen, 0, animal)
    in_front(pen, scene, pets.COLOURS)
    if not border["gone"]:
        pen.thing(3, PARTS["border"], border["left_out"])
        frame(pen, scene["border"], border["colour"], border["accent"])
    if not watermark["gone"]:
        pen.thing(2, PARTS["watermark"], watermark["left_out"])
        pen.place(watermark["x"], watermark["y"], 4.6, watermark["turn"])
        stamp(pen, scene["watermark"])
    noise = Random(f"{seed}-noise").getrandbits(32) if scene["grain"] else 0
    return pen.finish(scene["brightness"], scene["grain"], noise)


def _palette(colour, random):
    """The five colours of a place (see places.PALETTES), all of them tones of one."""
    colour = tone(tuple(c + random.randint(-9, 9) for c in colour), random.uniform(-0.12, 0.12))
    return tone(colour, 0.22), tone(colour, 0.62), tone(colour, -0.14), colour, tone(colour, 0.85)


# ------------------------------------------------------------------------ attributes that a user may set


def _check(scene, name, value, number):
    """{attribute: value as it is stored} for an attribute of the scene, or of its thing with this number."""
    if name in PLANTS:
        if value is not None:
            checks.one_of(f"{name} but None and that of a kind; there is none of a", value, KINDS)
        things = [
            {**thing, "gone": value is None, "left_out": ()} if thing["kind"] == name else thing
            for thing in scene["things"]
        ]
        return {name: value, "things": things}
    if name == "place":
        return {name: checks.one_of("place", value, OUTSIDE)}
    if number is None or number == 0:
        if name == "kind":
            checks.one_of("kind of animal", value, KINDS)
        return pets.check(scene, name, value, number)
    kind = scene["things"][number]["kind"]
    known = {"watermark": ("x", "y", "turn"), "border": ("colour", "accent")}[kind]
    if name not in known:
        raise LabError(f"A {kind} has no attribute {name!r}; {nearest(name, known)}")
    return pets.check(scene, name, value, number)


WORLD = World("planted", SIZE, (*KINDS, "watermark", "border"), PARTS, _draw, _check, SCENERY, pets.ATTRIBUTES)
