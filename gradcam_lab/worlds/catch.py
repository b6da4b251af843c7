"""Catch: a ball falls, a basket moves, a balloon rises and matters to nobody.

    sample = gl.worlds.catch.sample(6, seed=1)     # six positions of the game
    scene = sample[0]
    scene.mask("ball"), scene.mask("basket"), scene.mask("balloon")
    scene.replace(column=2)                        # the same position, the ball in column 2; the balloon is thing=2
    game = gl.worlds.catch.play(net, seed=1)       # one episode: [(scene, action, reward), ...]

The board has nine columns and nine rows. At every step the player moves the basket one column to the left or the right,
or stays; then the ball falls straight down by one row. In the lowest row it is caught (reward 1) or missed (-1). Every
ball can be reached. A picture shows the whole state of the game, so one picture is enough to play by.

The game is that of Mnih et al., Recurrent Models of Visual Attention, NIPS 2014, section 4.2, and of bsuite (Osband et
al., Behaviour Suite for Reinforcement Learning, ICLR 2020), drawn; the balloon is ours.
"""

from random import Random

import numpy as np

from ..errors import LabError, nearest
from . import checks
from .pen import Pen, mix, tone
from .places import PALETTES, PLACES
from .scene import Sample, Scene, World

SIZE, BOARD = 80, 9
CELL, MARGIN = 8, 4  # pixels
KINDS = ("ball", "basket", "balloon")
PARTS = {"ball": ("ball",), "basket": ("basket",), "balloon": ("balloon", "string")}
ACTIONS = ("left", "stay", "right")
BALLOONS = ((92, 150, 214), (86, 178, 150), (150, 122, 206), (98, 110, 130), (70, 160, 186))
OUTSIDE = {place: PLACES[place] for place in ("meadow", "hills")}


def sample(n, seed=0, **fixed):
    """Draw `n` positions of the game, all such that the ball can still be caught.

    seed    any integer or text; position i is the same whatever `n` is
    fixed   `sky`, a whole number: the scenery and the balloon's colour

    Returns a Sample: x uint8 [n, 80, 80, 3], and the scenes. Their things are the ball, the basket and the balloon,
    with the attributes `column` (0 to 8, from the left) and `row` (0 to 8, from the top; the ball 0 to 7, the basket
    always 8).
    """
    checks.whole("n, how many positions,", n, 1, 10_000_000)
    for name in fixed:
        checks.one_of("parameter of catch.sample,", name, ("sky",))
    sky = None if "sky" not in fixed else _check(None, "sky", fixed["sky"], None)["sky"]
    return Sample(WORLD, [_describe(f"catch/{seed}/{i}", sky=sky) for i in range(n)])


def start(seed=0):
    """The first position of an episode: the ball in the top row, all else anywhere."""
    return Scene(WORLD, _describe(f"catch/episode/{seed}", row=0))


def _describe(seed, row=None, sky=None):
    random = Random(seed)
    ball, basket, balloon = (random.randrange(BOARD) for _ in KINDS)
    rows = (random.randrange(BOARD - 1), BOARD - 1, random.randrange(BOARD))
    any_sky = random.randrange(10_000)
    things = [
        {"kind": kind, "column": column, "row": at, "gone": False, "left_out": ()}
        for kind, column, at in zip(KINDS, (ball, basket, balloon), rows)
    ]
    things[0]["row"] = random.randint(0, min(BOARD - 2, BOARD - 1 - abs(ball - basket))) if row is None else row
    return {"sky": any_sky if sky is None else sky, "things": things}


# ------------------------------------------------------------------------------------------ the game


def move(scene, action):
    """(the next position, reward): the basket moves, the ball falls, the balloon rises.

    action   "left", "stay" or "right", or its index in ACTIONS
    reward   1 if the ball was caught by this step, -1 if it was missed, else 0
    """
    if over(scene):
        raise LabError("This ball is down: the game is over; catch.start(seed) begins another.")
    column, row = _at(scene, 0)
    basket, rise = min(BOARD - 1, max(0, _at(scene, 1)[0] + _action(action) - 1)), _at(scene, 2)[1]
    things = list(scene._description["things"])
    for number, change in enumerate(({"row": row + 1}, {"column": basket}, {"row": (rise - 1) % BOARD})):
        things[number] = {**things[number], **change}
    reward = 0 if row + 1 < BOARD - 1 else 1 if column == basket else -1
    return Scene(WORLD, {**scene._description, "things": things}), reward


def over(scene):
    """Whether the ball is down."""
    return _at(scene, 0)[1] == BOARD - 1


def reachable(scene):
    """Whether the ball can still be caught."""
    (column, row), (basket, _) = _at(scene, 0), _at(scene, 1)
    return abs(column - basket) <= BOARD - 1 - row


def best(scene):
    """The action that brings the basket nearer to the ball, or keeps it below."""
    column, basket = _at(scene, 0)[0], _at(scene, 1)[0]
    return ACTIONS[1 + (column > basket) - (column < basket)]


def play(player=None, seed=0):
    """One episode: [(scene, action, reward), ...], the last reward being 1 or -1.

    player   a Network with the labels of ACTIONS, which takes the action of the largest score; a function of the
             scene that gives an action; or None, who moves at random
    """
    scene, random, steps = start(seed), Random(f"player/{seed}"), []
    while not over(scene):
        if player is None:
            action = random.choice(ACTIONS)
        elif hasattr(player, "predict"):
            action = player.predict(scene.picture, top=1)[0][0]
        else:
            action = player(scene)
        following, reward = move(scene, action)
        steps.append((scene, ACTIONS[_action(action)], reward))
        scene = following
    return steps


def _at(scene, number):
    thing = scene._description["things"][number]
    return thing["column"], thing["row"]


def _action(action):
    if isinstance(action, int | np.integer) and not isinstance(action, bool) and 0 <= action < len(ACTIONS):
        return int(action)
    return ACTIONS.index(checks.one_of("action", action, ACTIONS))


# ------------------------------------------------------------------------------------------- drawing


def _draw(scene, masks):
    pen, random = Pen(SIZE, masks), Random(f"catch/sky/{scene['sky']}")
    palette = PALETTES[random.choice([name for name in PALETTES if name != "night"])]
    pen.place(0, 0, SIZE)
    OUTSIDE[random.choice(tuple(OUTSIDE))](pen, random, palette, random.uniform(0.66, 0.8))
    colour = random.choice(BALLOONS)
    for number in (2, 0, 1):  # the balloon behind, the basket in front
        thing = scene["things"][number]
        if not thing["gone"]:
            pen.thing(number + 1, PARTS[thing["kind"]], thing["left_out"])
            in_basket = 3 if number == 0 and thing["row"] == BOARD - 1 else 0
            x, y = (MARGIN + (at + 0.5) * CELL for at in (thing["column"], thing["row"]))
            pen.place(x, y - in_basket, CELL / 2)
            DRAW[thing["kind"]](pen, colour)
    return pen.finish()


def _ball(pen, _):
    pen.part("ball")
    pen.ball(0, 0, 1.3, 1.3, (226, 74, 62), (104, 32, 40))
    for x in (-0.62, 0, 0.62):
        pen.oval(x, 0, 0.17, 1.2 - 0.42 * abs(x), (255, 240, 220))


def _basket(pen, _):
    pen.part("basket")
    straw, edge = (214, 158, 84), (98, 62, 40)
    pen.shape([(-1.65, -0.8), (1.65, -0.8), (1.25, 0.95), (-1.25, 0.95)], straw, edge)
    for i in range(-2, 3):
        pen.line([(0.64 * i, -0.7), (0.5 * i, 0.9)], 0.14, tone(straw, -0.3))
    for y in (-0.1, 0.45):
        pen.line([(-1.38, y), (1.38, y)], 0.14, tone(straw, 0.4))
    pen.box(-1.83, -1.0, 1.83, -0.5, mix(straw, (255, 226, 160), 0.4), edge)


def _balloon(pen, colour):
    pen.part("string")
    pen.line([(0, 1.0), (0.3, 1.6), (-0.2, 2.1), (0.1, 2.6)], 0.2, (70, 62, 74))
    pen.part("balloon")
    pen.shape([(-0.3, 1.5), (0.3, 1.5), (0, 1.0)], colour, tone(colour, -0.5))
    pen.ball(0, -0.1, 1.15, 1.35, colour, tone(colour, -0.5))
    pen.oval(-0.4, -0.7, 0.2, 0.32, (255, 255, 255), None, 0.4)


DRAW = {"ball": _ball, "basket": _basket, "balloon": _balloon}


def _check(scene, name, value, number):
    """{attribute: value as it is stored} for the scene, or for its thing with this number."""
    if name == "sky":
        return {"sky": checks.whole("sky, the number of the scenery,", value, 0, 10**9)}
    kind = scene["things"][number]["kind"]
    if name == "kind" or (kind, name) == ("basket", "row"):
        raise LabError(f"The {name} of the {kind} cannot be changed; {nearest(name, ('column', 'row'))}")
    highest = BOARD - 2 if (kind, name) == ("ball", "row") else BOARD - 1
    return {name: checks.whole(f"{name} of the {kind}", value, 0, highest)}


WORLD = World("catch", SIZE, KINDS, PARTS, _draw, _check, ("sky",), ("kind", "column", "row"))
