"""Draws the README's picture: python course/figures/make.py"""

from pathlib import Path

from PIL import Image

import gradcam_lab as gl
from gradcam_lab.networks.bundled import example_picture


def main():
    net = gl.load_network("pets")
    picture = gl.load_picture(example_picture()).resize((512, 512), Image.LANCZOS)
    asked = [("cat", "gradcam"), ("dog", "gradcam"), ("cat", "counterfactual")]
    maps = [gl.explain(net, picture, method, target=label) for label, method in asked]
    captions = ["the picture", "what speaks for “cat”", "what speaks for “dog”", "what speaks against “cat”"]
    sheet = gl.render.sheet([[picture, *(e.overlay(0.6) for e in maps)]], [captions], cell=256)
    sheet.save(Path(__file__).parent / "cat-and-dog.png", optimize=True)


if __name__ == "__main__":
    main()
