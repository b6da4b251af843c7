"""What the bias knob hands to the page: every answer and every map of some people by a row of networks, and the bars.

Each person is drawn three times: as given ("nothing" changed), with hair and face of the other presentation ("hair"),
and with the tool of the other profession ("tool"). Each network explains its own answer to each of these pictures.
The bars are not of these few people but of the fresh pictures that each network was measured on (data/manifest.json).

The body is one piece of bytes; the index says where in it each thing begins:

    a PNG for each change: all people, one below the other, the changed ones XORed with the unchanged (few bits differ)
    the maps, one byte a cell, in the order network, change, person
"""

import inspect
from functools import cache

import numpy as np
from PIL import Image

from ..explain import explain
from ..measure.bias import PARTS
from ..methods import METHODS
from ..networks.bundled import manifest
from ..training.clinic import KNOB
from ..worlds import clinic
from .atlas import Body, png_of

CHANGES = ("nothing", "hair", "tool")
PAPER = KNOB["clinic-biased"]  # the shares of section 6.3 of Selvaraju et al., Grad-CAM, ICCV 2017
MEASURED = ("accuracy", "groups", "stereotype", "against", "share", "hair_flips", "tool_flips")

# Every presentation in every profession, once with lighter and once with darker skin, of all ages.
_PEOPLE = (
    ("doctor", "man", "peach", "older", "silver"),
    ("doctor", "man", "cocoa", "young", "black"),
    ("doctor", "woman", "sand", "young", "chestnut"),
    ("doctor", "woman", "ebony", "middle", "espresso"),
    ("nurse", "man", "porcelain", "young", "blond"),
    ("nurse", "man", "chestnut", "middle", "black"),
    ("nurse", "woman", "honey", "older", "grey"),
    ("nurse", "woman", "amber", "middle", "brown"),
)


def people():
    """The eight people that a knob shows by itself: each with the tool of the trade, standing, near enough to see."""
    return [
        clinic.sample(
            1,
            f"knob {i}",
            kinds=[kind],
            borrowed=0,
            presentation=presentation,
            skin=skin,
            age=age,
            hair_colour=hair,
            seat="standing",
            size=46,
            x=64,
        )[0]
        for i, (kind, presentation, skin, age, hair) in enumerate(_PEOPLE)
    ]


def changed(scene, change):
    """The scene with this change alone; a person without a tool has none to change."""
    one = scene.things[0].attributes
    if change == "hair":
        return scene.replace(presentation=clinic.OTHER[one["presentation"]])
    if change == "tool" and one["tool"] in clinic.OTHER:
        return scene.replace(tool=clinic.OTHER[one["tool"]])
    return scene


def pack(networks, scenes, method):
    """(index, body) of these networks on these scenes; `networks` is {name: Network}."""
    versions = [changed(scene, change) for change in CHANGES for scene in scenes]
    pictures = [scene.picture for scene in versions]
    explained = [explain(network, pictures, method) for network in networks.values()]
    index, body = {}, Body()
    index["sheets"] = [body.put(png_of(sheet)) for sheet in _sheets(versions, len(scenes))]
    index["answers"] = [[(e.label, e.probability, e.note) for e in row] for row in explained]
    index["cells"] = explained[0][0].bytes.shape
    index["maps"], _ = body.put(b"".join(e.bytes.tobytes() for row in explained for e in row))
    index["size"], index["view"] = pictures[0].size, explained[0][0].view
    index["people"] = [_said(scene.things[0].attributes) for scene in scenes]
    index["method"] = METHODS[method].title
    index["areas"] = _areas()
    index["trade"] = 1 - inspect.signature(clinic.sample).parameters["borrowed"].default
    index["networks"] = [_measured(name) for name in networks]
    return index, body.bytes()


def _said(one):
    tool = "nothing" if "tool" in one["left_out"] else one["tool"]  # drawn away: not there
    return {"kind": one["kind"], "presentation": one["presentation"], "tool": tool}


def _sheets(versions, n):
    stacked = np.stack([scene.pixels for scene in versions]).reshape(len(CHANGES), -1, *versions[0].pixels.shape[1:])
    return [Image.fromarray(sheet if i == 0 else sheet ^ stacked[0]) for i, sheet in enumerate(stacked)]


def _measured(name):
    measured, (men, women) = manifest()["networks"][name]["measured"], KNOB[name]
    numbers = {each: measured["balanced"][each] for each in MEASURED}
    about = {"name": name, "men": men, "women": women, "paper": (men, women) == PAPER}
    return about | {"pictures": measured["pictures"], "numbers": numbers}


@cache
def _areas(n=60):
    """{part: its mean share of the picture}: what heat that fell anywhere would leave on it."""
    drawn = [scene.things[0].parts for scene in clinic.sample(n, "measure balanced")]
    return {part: round(float(np.mean([parts[part].mean() for parts in drawn])), 4) for part in PARTS}
