"""The colours of people and of what they wear: one palette for everyone."""

from typing import NamedTuple

from ..pen import luminance, mix, tone

SKINS = {
    "porcelain": (252, 224, 204),
    "peach": (246, 206, 176),
    "sand": (236, 190, 150),
    "honey": (218, 166, 120),
    "amber": (194, 138, 94),
    "chestnut": (160, 106, 72),
    "cocoa": (124, 80, 56),
    "ebony": (92, 60, 46),
}
HAIR_COLOURS = {
    "black": (46, 40, 48),
    "espresso": (72, 50, 44),
    "brown": (112, 74, 52),
    "chestnut": (150, 88, 56),
    "ginger": (206, 110, 58),
    "blond": (232, 190, 110),
    "grey": (160, 160, 168),
    "silver": (214, 214, 220),
}
COLOURS = {
    "white": (244, 244, 242),
    "sky": (136, 186, 222),
    "teal": (82, 158, 162),
    "mint": (150, 208, 178),
    "sage": (150, 170, 134),
    "sand": (222, 204, 172),
    "rose": (230, 160, 168),
    "coral": (232, 132, 112),
    "plum": (142, 100, 148),
    "lilac": (186, 168, 218),
    "navy": (76, 92, 142),
    "slate": (124, 138, 156),
    "sun": (244, 206, 116),
}
TOOL_COLOURS = {name: COLOURS[name] for name in ("teal", "navy", "plum", "coral", "slate")} | {"black": (60, 58, 70)}


def natural(skin, age):
    """Hair colours that go with a skin and an age."""
    names = ["black", "espresso", "brown"]
    if luminance(skin) > 150:
        names += ["chestnut", "ginger", "blond"]
    if age != "young":
        names += ["grey"] if age == "middle" else ["grey", "silver", "silver", "silver"]
    return {name: HAIR_COLOURS[name] for name in names}


class Colours(NamedTuple):
    """The colours of one person."""

    skin: tuple
    skin_edge: tuple
    crease: tuple
    hair: tuple
    hair_edge: tuple
    beard: tuple
    brow: tuple
    scarf: tuple
    frames: tuple
    jewel: tuple
    cloth: tuple
    cloth_edge: tuple
    fold: tuple
    sleeve: tuple
    under: tuple
    trim: tuple
    tool: tuple
    liquid: tuple
    ribbon: tuple
    item: tuple
    seat: tuple


def colours_of(t):
    skin, hair, cloth, tool = t["skin"], t["hair_colour"], t["colour"], t["tool_colour"]
    return Colours(
        skin=skin,
        skin_edge=tone(skin, -0.42),
        crease=tone(skin, -0.3),
        hair=hair,
        hair_edge=outline(hair),
        beard=hair,
        brow=tone(hair, -0.3) if luminance(hair) < 190 else tone(hair, -0.25),
        scarf=t["scarf"],
        frames=tone(t["item_colour"], -0.62),
        jewel=(248, 214, 120),
        cloth=cloth,
        cloth_edge=tone(cloth, -0.48),
        fold=tone(cloth, -0.1),
        sleeve=tone(cloth, -0.05),
        under=t["under"],
        trim=tone(cloth, -0.35) if luminance(cloth) > 140 else tone(cloth, 0.5),
        tool=tool,
        liquid=mix(t["under"], (250, 140, 130), 0.5),
        ribbon=tone(t["item_colour"], 0.25),
        item=t["item_colour"],
        seat=tone(t["scarf"], -0.45),
    )


def outline(colour):
    """An outline that shows on the colour and beside it."""
    return tone(colour, -0.55) if luminance(colour) > 70 else tone(colour, 0.22)
