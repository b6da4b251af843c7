"""load_picture: whatever people have, upright and in RGB; hostile files in one sentence."""

import io

import numpy as np
import pytest
from PIL import Image

import gradcam_lab as gl


def encoded(picture, format, **more):
    file = io.BytesIO()
    picture.save(file, format, **more)
    return file.getvalue()


RED = Image.new("RGB", (6, 4), (200, 10, 20))


@pytest.mark.parametrize("format", ["PNG", "BMP", "GIF", "TIFF", "WEBP", "JPEG", "PPM"])
def test_formats(tmp_path, format):
    data = encoded(RED, format)
    file = tmp_path / f"p.{format}"
    file.write_bytes(data)
    for source in (data, file, str(file), io.BytesIO(data), RED, np.asarray(RED)):
        p = gl.load_picture(source)
        assert p.mode == "RGB" and p.size == (6, 4)
        assert np.abs(np.asarray(p).astype(int) - np.asarray(RED)).max() <= 12


@pytest.mark.parametrize("orientation, corner", [(1, (0, 0)), (3, (5, 3)), (6, (3, 0)), (8, (0, 5))])
def test_a_camera_turned_is_upright(orientation, corner):
    p = Image.new("RGB", (6, 4), "white")
    p.putpixel((0, 0), (255, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = gl.load_picture(encoded(p, "PNG", exif=exif))
    assert turned.size == ((6, 4) if orientation in (1, 3) else (4, 6))
    assert turned.getpixel(corner) == (255, 0, 0)


def test_transparency_lies_on_white():
    assert gl.load_picture(Image.new("RGBA", (2, 2), (0, 0, 0, 0))).getpixel((0, 0)) == (255, 255, 255)
    palette = Image.new("P", (2, 2), 0)
    palette.putpalette([10, 20, 30] + [0] * 765)
    assert gl.load_picture(encoded(palette, "PNG")).getpixel((0, 0)) == (10, 20, 30)
    assert gl.load_picture(encoded(palette, "PNG", transparency=0)).getpixel((0, 0)) == (255, 255, 255)
    assert gl.load_picture(Image.new("LA", (2, 2), (40, 255))).getpixel((0, 0)) == (40, 40, 40)


def test_deep_greys():
    deep = Image.fromarray(np.array([[0, 32768, 65535]], dtype=np.uint16))
    assert np.asarray(gl.load_picture(encoded(deep, "PNG")))[0, :, 0].tolist() == [0, 128, 255]
    floats = Image.fromarray(np.array([[0.0, 0.5, 1.0]], dtype=np.float32))
    assert np.asarray(gl.load_picture(floats))[0, :, 0].tolist() == [0, 128, 255]


def test_arrays():
    assert gl.load_picture(np.full((4, 6), 0.5)).getpixel((0, 0)) == (128, 128, 128)
    assert gl.load_picture(np.full((4, 6, 1), 7, np.uint8)).getpixel((0, 0)) == (7, 7, 7)
    assert gl.load_picture(np.full((4, 6, 4), 255, np.int64)).size == (6, 4)
    assert gl.load_picture(np.ones((4, 6), bool)).getpixel((0, 0)) == (255, 255, 255)


def test_a_scene_of_a_world_is_a_picture():
    scene = gl.worlds.pets.sample(1, seed=1)[0]
    assert np.array_equal(np.asarray(gl.load_picture(scene)), np.asarray(scene.picture))


@pytest.mark.parametrize(
    "source, sentence",
    [
        ("nowhere.jpg", "There is no file nowhere.jpg"),
        (".", "is a folder"),
        (b"", "not a picture"),
        (b"hello", "not a picture"),
        (encoded(Image.effect_noise((64, 64), 90), "PNG")[:-500], "damaged or cut off"),
        (encoded(Image.effect_noise((64, 64), 90), "JPEG")[:400], "damaged or cut off|not a picture"),
        (encoded(RED, "PNG")[:20], "damaged or cut off|not a picture"),
        (np.zeros((2, 2, 5)), "given was 2x2x5"),
        (np.zeros((0, 2)), "given was 0x2"),
        (np.full((2, 2), 7.0), "values outside"),
        (np.full((2, 2), 300), "values outside"),
        (None, "given was a NoneType"),
    ],
)
def test_hostile_input_is_one_sentence(source, sentence):
    with pytest.raises(gl.LabError, match=sentence) as caught:
        gl.load_picture(source)
    assert "\n" not in str(caught.value)


def test_a_bomb_is_not_opened(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(gl.LabError, match="more pixels than is safe"):
        gl.load_picture(encoded(RED, "PNG"))
