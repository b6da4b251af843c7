"""A real ImageNet network on a real photograph, where they are at hand: the figure of the Grad-CAM paper."""

import json

import numpy as np
import pytest
from captum.attr import LayerGradCam
from PIL import Image

import gradcam_lab as gl
from gradcam_lab.cli import main

MASTIFF, TABBY = 243, 281
# Boxes (left, top, right, bottom) in cat_dog.jpg, 640 x 480, read off the photograph.
DOG, CAT = (220, 25, 420, 260), (120, 250, 530, 450)


def inside(point, box):
    return box[0] <= point[0] < box[2] and box[1] <= point[1] < box[3]


def test_the_map_of_the_dog_peaks_on_the_dog_and_of_the_cat_on_the_cat(squeezenet, photos):
    dog, cat = (gl.explain(squeezenet, photos / "cat_dog.jpg", target=c) for c in (MASTIFF, TABBY))
    assert dog.layer == "features.12"
    assert inside(dog.peak, DOG) and not inside(dog.peak, CAT)
    assert inside(cat.peak, CAT) and not inside(cat.peak, DOG)
    assert squeezenet.predict(photos / "cat_dog.jpg", top=1)[0][0] == "bull mastiff"


def test_eight_pictures_a_sheet_and_the_numbers(squeezenet, photos, tmp_path):
    arguments = [
        "explain",
        photos / "cat_dog.jpg",
        "--network",
        "squeezenet1_0",
        "--class-id",
        MASTIFF,
        "--class-id",
        TABBY,
        "--method",
        "gradcam",
        "--method",
        "counterfactual",
        "--output-dir",
        tmp_path,
    ]
    assert main([str(a) for a in arguments]) == 0
    assert len(list(tmp_path.glob("cat_dog_*.png"))) == 8
    assert all(Image.open(p).size == (640, 480) for p in tmp_path.glob("cat_dog_*.png"))
    objects = json.loads((tmp_path / "explanations.json").read_text())
    peaks = {(o["method"], o["class_index"]): o["peak"] for o in objects}
    assert inside(peaks["gradcam", MASTIFF], DOG) and inside(peaks["gradcam", TABBY], CAT)
    assert Image.open(tmp_path / "sheet.png").width > 600


@pytest.mark.parametrize("layer", ["features.12", "features.7", "features.3"])
@pytest.mark.parametrize("c", [MASTIFF, TABBY])
def test_captum_agrees(squeezenet, photos, layer, c):
    x = squeezenet.preprocess(photos / "cat_dog.jpg")
    judge = LayerGradCam(squeezenet.module, squeezenet.module.get_submodule(layer))
    theirs = judge.attribute(x[None], target=c, relu_attributions=True)[0, 0].detach()
    ours = gl.explain(squeezenet, photos / "cat_dog.jpg", target=c, layer=layer).map
    assert (ours - theirs).abs().max() <= 1e-5 * theirs.abs().max()


def test_cam_reads_a_head_of_convolution_relu_and_pooling(squeezenet, photos):
    cam = gl.explain(squeezenet, photos / "cat_dog.jpg", method="cam", target=MASTIFF)
    gradcam = gl.explain(squeezenet, photos / "cat_dog.jpg", target=MASTIFF)
    assert np.corrcoef(cam.heat.ravel(), gradcam.heat.ravel())[0, 1] > 0.99


def test_a_list_of_photographs(squeezenet, photos):
    paths = sorted(photos.glob("*.jpg"))
    for path, e in zip(paths, gl.explain(squeezenet, paths), strict=True):
        assert e.picture.size == Image.open(path).size and e.heat.max() == 1
        assert np.allclose(e.map, gl.explain(squeezenet, path, target=e.target).map, atol=1e-4 * float(e.map.max()))
