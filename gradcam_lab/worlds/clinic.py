"""A clinic: a doctor or a nurse, a man or a woman, and the whole truth about every pixel.

    sample = gl.worlds.clinic.sample(6, seed=1)                     # half of each profession are men
    sample = gl.worlds.clinic.sample(6, seed=1, men_among_doctors=0.78, women_among_nurses=0.93)
    scene = sample[0]
    scene.kinds, scene.things[0].attributes["presentation"]        # ["doctor"], "woman"
    scene.things[0].parts["tool"]                                  # bool [128, 128]
    scene.replace(presentation="man")                              # the same scene, but for hair and face
    scene.replace(tool="tray"), scene.without("tool")

After section 6.3 of Selvaraju et al., Grad-CAM, ICCV 2017: a classifier of doctors and nurses that had learnt from
biased pictures looked at faces and hair. Here the *label* is the profession. Its cue is the tool of the trade, a
stethoscope or a tray with a syringe; in one picture of ten it is the other profession's, for nurses wear
stethoscopes, too, so that a guess from the tool is right nine times of ten. Presentation is drawn in hair and face
alone and says nothing about the profession, but for the two knobs. All else (skin, age, build, clothes, what is in
the other hand, the room) is drawn from streams of random numbers of its own, the same for everyone.

Each presentation is drawn with cues of its own, long hair or a headscarf and lips, or a beard in some stage, because
a network can learn only from what has pixels. It is a drawing's shorthand: people are more varied than this.
"""

from random import Random

from . import checks, people
from .pen import Pen
from .places import PALETTES
from .scene import Sample, World, fix

SIZE = 128
KINDS = ("doctor", "nurse")
TOOL = {"doctor": "stethoscope", "nurse": "tray"}  # of each trade
PRESENTATIONS = ("man", "woman")
OTHER = {"man": "woman", "woman": "man", "stethoscope": "tray", "tray": "stethoscope"}
PARTS = dict.fromkeys(KINDS, people.PARTS)
SCENERY = ("room", "palette", "horizon", "light", "brightness", "grain")
FACE = ("presentation", "hair", "hair_colour", "parting", "beard", "skin", "age", "mood", "glasses", "scarf")
WORN = ("garment", "colour", "under", "tool", "tool_colour", "wear", "tool_size", "lanyard", "item", "item_colour")
BUILD = ("arm", "rest", "seat", "build", "x", "y", "size", "turn", "flip")
ATTRIBUTES = ("kind", *FACE, *WORN, *BUILD)


def sample(
    n,
    seed=0,
    men_among_doctors=0.5,
    women_among_nurses=0.5,
    borrowed=0.1,
    bare=0.0,
    kinds=None,
    **fixed,
):
    """Draw `n` scenes with one person each; of each two in a row one is a doctor and one a nurse.

    seed                any integer or text; picture i is the same whatever `n` is
    men_among_doctors   share of men among doctors, 0 to 1
    women_among_nurses  share of women among nurses, 0 to 1. Turning these two knobs changes hair and face of some
                        pictures, and nothing else: a picture shows a man if its own random number is below the share
    borrowed            share of pictures that show the tool of the other profession
    bare                share of pictures that show no tool at all
    kinds               the professions to draw from (default: both)
    fixed               attributes that are the same in every scene:
        of the scene    room (a name of people.ROOMS), palette (a name of places.PALETTES), horizon (where the floor
                        begins, 0.4 to 0.9), light ((x, y): where it comes from), brightness (0.5 to 1.3), grain
                        (amplitude of the noise, in steps of 255)
        of the person   presentation ("man", "woman"), hair (a style of people.HAIR[presentation]), hair_colour, skin,
                        colour and under (clothes), scarf, tool_colour, item_colour (a name, or RGB), parting (-1, 1),
                        beard, age, mood, garment, arm, rest, seat (names in `people`), glasses, lanyard, flip (True,
                        False), tool ("stethoscope", "tray", "nothing"), wear people.WEAR, tool_size (0.5 to
                        1.5), item (a name of people.ITEMS), build (-1 slight to 1 broad), x and y (pixels), size
                        (pixels to the unit), turn (radians)

    Returns a Sample: x uint8 [n, 128, 128, 3], y int64 [n] (0 doctor, 1 nurse), and the scenes. Each scene's one
    thing has the parts head (hair, face, neck), tool, clothes, hands, decoy (a lanyard, something in the other hand),
    chair, and figure: a plain figure that shows where another part is drawn away.
    """
    checks.whole("n, how many pictures,", n, 1, 10_000_000)
    kinds = KINDS if kinds is None else checks.some_of("profession", kinds, KINDS)
    shares = {"men_among_doctors": men_among_doctors, "women_among_nurses": women_among_nurses}
    shares |= {"borrowed": borrowed, "bare": bare}
    shares = {name: checks.number(name, value, 0, 1) for name, value in shares.items()}
    return Sample(
        WORLD, [fix(WORLD, _describe(f"clinic/{seed}/{i}", _kind(seed, i, kinds), shares), fixed) for i in range(n)]
    )


def _kind(seed, i, kinds):
    """The profession in picture i. Each run of len(kinds) pictures begins with each once."""
    order = list(kinds)
    Random(f"clinic/{seed}/order/{i // len(kinds)}").shuffle(order)
    return order[i % len(kinds)]


def _describe(seed, kind, shares):
    """Everything a scene is drawn from, each attribute from its own stream."""

    def stream(name):
        return Random(f"{seed}-{name}")

    def choose(name, names):
        return stream(name).choice(names)

    def colour(name, colours):
        random = stream(name)
        return tuple(min(255, max(0, c + random.randint(-9, 9))) for c in random.choice(list(colours.values())))

    share = shares["men_among_doctors"] if kind == "doctor" else 1 - shares["women_among_nurses"]
    presentation = "man" if stream("presentation").random() < share else "woman"
    other = KINDS[1 - KINDS.index(kind)]
    tool = TOOL[other if stream("borrowed").random() < shares["borrowed"] else kind]
    tool = "nothing" if stream("bare").random() < shares["bare"] else tool
    skin, age = colour("skin", people.SKINS), choose("age", people.AGES)
    rest = stream("rest").choices(people.REST, (5, 4, 2))[0]
    empty = rest == "wave" or stream("item?").random() < 0.3
    return {
        "seed": seed,
        "room": choose("room", people.ROOMS),
        "palette": choose("palette", [name for name in PALETTES if name != "night"]),
        "horizon": round(stream("horizon").uniform(0.56, 0.74), 3),
        "light": choose("light", ((-0.6, -0.6), (0.6, -0.6), (-0.2, -0.8), (0.2, -0.8))),
        "brightness": round(stream("brightness").uniform(0.88, 1.04), 3),
        "grain": 2,
        "things": [
            {
                "kind": kind,
                "presentation": presentation,
                "hair": people.HAIR[presentation][stream("hair").choices(range(7), (5, 4, 4, 4, 4, 3, 3))[0]],
                "hair_colour": colour("hair_colour", people.natural(skin, age)),
                "parting": choose("parting", (-1, 1)),
                "beard": stream("beard").choices(people.BEARDS, (5, 5, 2, 2, 1))[0],
                "skin": skin,
                "age": age,
                "mood": choose("mood", people.MOODS),
                "glasses": stream("glasses").random() < 0.25,
                "scarf": colour("scarf", people.COLOURS),
                "garment": choose("garment", people.GARMENTS),
                "colour": colour("colour", people.COLOURS),
                "under": colour("under", people.COLOURS),
                "tool": tool,
                "tool_colour": colour("tool_colour", people.TOOL_COLOURS),
                "wear": choose("wear", people.WEAR),
                "tool_size": round(stream("tool_size").uniform(0.9, 1.15), 3),
                "lanyard": stream("lanyard").random() < 0.4,
                "item": "nothing" if empty else choose("item", people.ITEMS[1:]),
                "item_colour": colour("item_colour", people.COLOURS),
                "arm": choose("arm", people.ARMS),
                "rest": rest,
                "seat": "wheelchair" if stream("seat").random() < 0.09 else "standing",
                "build": stream("build").uniform(-1, 1),
                "x": stream("x").uniform(38, 90),
                "y": stream("y").uniform(64, 90),
                "size": stream("size").uniform(34, 46),
                "turn": stream("turn").uniform(-0.09, 0.09),
                "flip": stream("flip").random() < 0.5,
                "gone": False,
                "left_out": (),
            }
        ],
    }


def _draw(scene, masks):
    pen = Pen(SIZE, masks, scene["light"])
    people.room(pen, Random(f"{scene['seed']}-scenery"), scene["room"], scene["palette"], scene["horizon"])
    for number, thing in enumerate(scene["things"]):
        if not thing["gone"]:
            pen.thing(number + 1, people.PARTS, thing["left_out"])
            people.person(pen, thing)
    noise = Random(f"{scene['seed']}-noise").getrandbits(32) if scene["grain"] else 0
    return pen.finish(scene["brightness"], scene["grain"], noise)


# ------------------------------------------------------------------------ attributes that a user may set

_CHECKS = {
    **checks.LIGHT,
    **checks.pose(SIZE, 16, 64),
    "room": lambda value: checks.one_of("room", value, people.ROOMS),
    "palette": lambda value: checks.one_of("palette", value, tuple(PALETTES)),
    "horizon": lambda value: checks.number("horizon", value, 0.4, 0.9),
    "hair_colour": lambda value: checks.colour("hair_colour", value, people.HAIR_COLOURS),
    "parting": lambda value: checks.one_of("parting", value, (-1, 1)),
    "beard": lambda value: checks.one_of("beard", value, people.BEARDS),
    "skin": lambda value: checks.colour("skin", value, people.SKINS),
    "age": lambda value: checks.one_of("age", value, people.AGES),
    "mood": lambda value: checks.one_of("mood", value, people.MOODS),
    "garment": lambda value: checks.one_of("garment", value, people.GARMENTS),
    "tool": lambda value: checks.one_of("tool", value, people.TOOLS),
    "tool_size": lambda value: checks.number("tool_size", value, 0.5, 1.5),
    "wear": lambda value: checks.one_of("way to wear a stethoscope", value, people.WEAR),
    "item": lambda value: checks.one_of("item", value, people.ITEMS),
    "arm": lambda value: checks.one_of("pose of the arm", value, people.ARMS),
    "rest": lambda value: checks.one_of("pose of the other arm", value, people.REST),
    "seat": lambda value: checks.one_of("seat", value, people.SEATS),
    "build": lambda value: checks.number("build", value, -1, 1),
    **dict.fromkeys(("glasses", "lanyard", "flip"), bool),
    **{
        name: lambda value, name=name: checks.colour(name, value, people.COLOURS)
        for name in ("colour", "under", "scarf", "tool_colour", "item_colour")
    },
}


def _check(scene, name, value, number):
    """{attribute: value as it is stored} for an attribute of the scene, or of its person."""
    if name in _CHECKS:
        return {name: _CHECKS[name](value)}
    thing = scene["things"][number]
    if name == "hair":
        styles = people.HAIR[thing["presentation"]]
        return {"hair": checks.one_of(f"hair of a {thing['presentation']}", value, styles)}
    if name == "presentation":
        checks.one_of("presentation", value, PRESENTATIONS)
        style = people.HAIR[thing["presentation"]].index(thing["hair"])
        return {"presentation": value, "hair": people.HAIR[value][style]}
    checks.one_of("profession", value, KINDS)
    return {"kind": value, "tool": TOOL[value]}


WORLD = World("clinic", SIZE, KINDS, PARTS, _draw, _check, SCENERY, ATTRIBUTES)
