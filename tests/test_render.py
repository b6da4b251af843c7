"""Drawing: the recipe that the browser repeats, and sheets."""

import numpy as np
import pytest
import torch
from PIL import Image

import gradcam_lab as gl
from gradcam_lab import render


def test_bytes_of_a_map():
    assert render.to_bytes([[-3.0, 0.0], [1.0, 2.0]]).tolist() == [[0, 0], [128, 255]]
    for blank in ([[-3.0, -1.0]], [[0.0, 0.0]], [[5.0, 5.0]], [[5.0, 5.0 + 1e-6]]):
        assert not render.to_bytes(blank).any() and render.is_blank(blank)
    assert render.is_blank([[-1.0, -2.0]]) == "nowhere positive" and render.is_blank([[3.0, 3.0]]) == "flat"
    assert render.is_blank([[0.0, 1e-30]]) == ""


def test_upsampling_is_torchs_bilinear():
    rng = np.random.default_rng(0)
    for (h, w), (height, width) in (
        ((7, 7), (224, 224)),
        ((13, 5), (50, 333)),
        ((1, 1), (4, 4)),
        ((16, 16), (16, 16)),
    ):
        values = rng.random((h, w))
        theirs = torch.nn.functional.interpolate(
            torch.from_numpy(values)[None, None], (height, width), mode="bilinear", align_corners=False
        )
        assert np.allclose(render.upsample(values, width, height), theirs[0, 0].numpy(), atol=1e-12)


def test_the_blend_pixel_by_pixel():
    """The recipe once more, in plain loops, as the browser runs it."""
    rng = np.random.default_rng(1)
    base = rng.integers(0, 256, (9, 12, 3), dtype=np.uint8)
    values = rng.integers(0, 256, (3, 4), dtype=np.uint8)
    view, opacity, table = (2, 1, 11, 8), 0.37, render.colour_table("viridis")
    drawn = np.asarray(render.blend(Image.fromarray(base), values, view, opacity, "viridis"))

    def cell(i, n, length):
        u = min(max((i + 0.5) * n / length - 0.5, 0), n - 1)
        return int(u), min(int(u) + 1, n - 1), u - int(u)

    for y in range(9):
        for x in range(12):
            if 2 <= x < 11 and 1 <= y < 8:
                y0, y1, fy = cell(y - 1, 3, 7)
                x0, x1, fx = cell(x - 2, 4, 9)
                left = values[y0, x0] * (1 - fy) + values[y1, x0] * fy
                right = values[y0, x1] * (1 - fy) + values[y1, x1] * fy
                colour = table[int(left * (1 - fx) + right * fx + 0.5)]
                expected = [
                    int(b * (1 - opacity) + int(k) * opacity + 0.5) for b, k in zip(base[y, x], colour, strict=True)
                ]
            else:
                expected = [int(b * 0.35 + 0.5) for b in base[y, x]]
            assert drawn[y, x].tolist() == expected


def test_the_extremes_of_opacity():
    p = Image.effect_noise((8, 8), 50).convert("RGB")
    values = np.full((2, 2), 255, np.uint8)
    assert np.array_equal(np.asarray(render.blend(p, values, (0, 0, 8, 8), 0)), np.asarray(p))
    assert np.asarray(render.blend(p, values, (0, 0, 8, 8), 1, "grey")).min() == 255


def test_colour_tables():
    for name in render.COLOURS:
        table = render.colour_table(name)
        assert table.shape == (256, 3) and table.dtype == np.uint8
    assert render.colour_table("grey")[128].tolist() == [128, 128, 128]


def test_a_sheet_has_room_for_every_picture_and_word():
    p = Image.new("RGB", (30, 20), "red")
    page = render.sheet(
        [[p, p], [p]], [["one", "a caption so long that it takes more than one line"], [""]], ["first", ""]
    )
    assert page.width == 14 + 2 * (224 + 14) and page.height > 2 * 149
    assert (
        sum(colour == (255, 0, 0) for colour in (tuple(c) for c in np.asarray(page).reshape(-1, 3).tolist()))
        == 3 * 224 * 149
    )
    with pytest.raises(gl.LabError, match="at least one picture"):
        render.sheet([])
