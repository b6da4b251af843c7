"""Draws the README's picture and a contact sheet of each world: python course/figures/make.py"""

from pathlib import Path

from PIL import Image

import gradcam_lab as gl
from gradcam_lab.networks.bundled import example_picture

HERE = Path(__file__).parent
WORLDS = gl.worlds


def main():
    cat_and_dog()
    sheets = {
        "digits": contact(WORLDS.digits.sample(40, seed=1), across=10, cell=84),
        "pets": contact([*WORLDS.pets.sample(12, seed=4), *WORLDS.pets.sample(6, seed=4, things=2)], across=6),
        "clinic": contact(WORLDS.clinic.sample(18, seed=6), across=6),
        "street": contact(WORLDS.street.sample(18, seed=1), across=6),
        "planted": contact(WORLDS.planted.sample(12, seed=1, watermark=1.0, background=1.0, border=1.0), across=6),
        "catch": contact(WORLDS.catch.sample(12, seed=1), across=6),
        "truth": truth(),
    }
    for name, sheet in sheets.items():
        sheet.convert("RGB").save(HERE / f"world-{name}.jpg", quality=88, optimize=True)


def cat_and_dog():
    net = gl.load_network("pets")
    picture = gl.load_picture(example_picture()).resize((512, 512), Image.LANCZOS)
    asked = [("cat", "gradcam"), ("dog", "gradcam"), ("cat", "counterfactual")]
    maps = [gl.explain(net, picture, method, target=label) for label, method in asked]
    captions = ["the picture", "what speaks for “cat”", "what speaks for “dog”", "what speaks against “cat”"]
    sheet = gl.render.sheet([[picture, *(e.overlay(0.6) for e in maps)]], [captions], cell=256)
    sheet.save(HERE / "cat-and-dog.png", optimize=True)


def contact(scenes, across, cell=180):
    """Scenes side by side, twice as fine as they are."""
    return tiles([scene.picture for scene in scenes], across, cell)


def truth():
    """What a world knows: a scene, its masks, and the scene drawn again with one thing changed."""
    pets = WORLDS.pets.sample(13, seed=7, things=("cat", "dog"))[12]
    person = WORLDS.clinic.sample(1, seed=6)[0]
    street = WORLDS.street.sample(12, seed=1)[11]
    tool = {"stethoscope": "tray", "tray": "stethoscope"}[person.things[0].attributes["tool"]]
    looks = {"man": "woman", "woman": "man"}[person.things[0].attributes["presentation"]]
    rows = [
        [pets.picture, mask(pets.mask("cat")), mask(pets.things[0].parts["ears"]), pets.without("ears").picture],
        [
            person.picture,
            mask(person.things[0].parts["head"]),
            person.replace(presentation=looks).picture,
            person.replace(tool=tool).picture,
        ],
        [
            street.picture,
            mask(street.mask("hydrant")),
            street.replace(cap="blue").picture,
            street.without(thing=0).picture,
        ],
    ]
    captions = [
        ["a scene", "the cat", "its ears", "without its ears"],
        ["a scene", "the head", "other hair and face", "the other tool"],
        ["a scene", "the hydrant", "another cap", "without the hydrant"],
    ]
    return gl.render.sheet(rows, captions, cell=240)


def mask(shown):
    return Image.fromarray(shown).convert("RGB")


def tiles(pictures, across, cell, gap=4):
    down = -(-len(pictures) // across)
    sheet = Image.new("RGB", (across * (cell + gap) + gap, down * (cell + gap) + gap), "white")
    for i, picture in enumerate(pictures):
        there = (gap + i % across * (cell + gap), gap + i // across * (cell + gap))
        sheet.paste(picture.convert("RGB").resize((cell, cell), Image.LANCZOS), there)
    return sheet


if __name__ == "__main__":
    main()
