"""People, drawn part by part: a head, clothes, arms, what they carry, and the rooms they work in.

A person stands or sits facing the viewer, neck at about (0, -0.25), shoulders at y = 0, the head's centre at
(0, -0.7). Presentation is drawn in hair and face alone: whatever lies below the neck is the same for everyone.
"""

from .body import ARMS, GARMENTS, REST, SEATS, arm, chair, clothes, figure, hand_of
from .colours import COLOURS, HAIR_COLOURS, SKINS, TOOL_COLOURS, colours_of, natural
from .hair import HAIR
from .head import AGES, BEARDS, MOODS, back_of_head, head, neck
from .rooms import ROOMS, room
from .tools import ITEMS, TOOLS, WEAR, item, lanyard, stethoscope, tray

__all__ = [
    "AGES",
    "ARMS",
    "BEARDS",
    "COLOURS",
    "GARMENTS",
    "HAIR",
    "HAIR_COLOURS",
    "ITEMS",
    "MOODS",
    "PARTS",
    "REST",
    "ROOMS",
    "SEATS",
    "SKINS",
    "TOOLS",
    "TOOL_COLOURS",
    "WEAR",
    "natural",
    "person",
    "room",
]

PARTS = ("head", "tool", "clothes", "hands", "decoy", "chair", "figure")


def person(pen, t):
    """Draw someone, from what is behind to what is in front; `t` has the attributes of a thing of the clinic."""
    c = colours_of(t)
    pen.place(t["x"], t["y"], t["size"], t["turn"], t["flip"])
    swing = 1 if t["parting"] > 0 else -1
    if t["seat"] == "wheelchair":
        chair(pen, c)
    back_of_head(pen, t, c)
    figure(pen, t)
    clothes(pen, t, c)
    neck(pen, c)
    if t["lanyard"]:
        lanyard(pen, c, swing)
    if t["tool"] == "stethoscope":
        stethoscope(pen, c, t["wear"], t["tool_size"], swing)
    head(pen, t, c)
    item(pen, t["item"], c, *hand_of(t["rest"]))
    arm(pen, t, c, t["rest"])
    arm(pen, t, c, t["arm"])
    if t["tool"] == "tray":
        tray(pen, c, *hand_of(t["arm"]), t["tool_size"])
