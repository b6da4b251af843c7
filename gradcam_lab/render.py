"""From numbers to pictures: colour maps, overlays, sheets. Arrays and PIL pictures in, PIL pictures out.

Every picture of a map starts from the same unsigned bytes, 0 to 255 at the layer's resolution, and `blend` follows
one recipe to the letter. The Explorer's canvas repeats it, so that the browser and Python agree to the pixel.
"""

from functools import cache

import numpy as np
import torch
from matplotlib import colormaps
from PIL import Image, ImageDraw, ImageFont

from .errors import LabError, nearest

COLOURS = ("magma", "viridis", "jet", "grey")
"""Colour maps by name; "jet" is what the papers used, the others survive colour blindness."""

DIMMED = 0.35  # what is left of the brightness of that part of a picture which the network did not see


@cache
def colour_table(name):
    """The colour map as unsigned bytes [256, 3]."""
    if name not in COLOURS:
        raise LabError(f"There is no colour map {name!r}; {nearest(name, COLOURS)}")
    table = colormaps["gray" if name == "grey" else name](np.arange(256), bytes=True)[:, :3]
    table.flags.writeable = False
    return table


def is_blank(L):
    """Why there is nothing to draw of L: "flat", "nowhere positive", "not finite"; "" where there is something."""
    L = np.asarray(L)
    if not np.isfinite(L).all():
        return "not finite"
    if L.max() <= 0:
        return "nowhere positive" if L.min() < 0 else "flat"
    return "flat" if L.max() - L.min() <= 1e-6 * np.abs(L).max() else ""


def to_bytes(L):
    """The map L as unsigned bytes: below 0 cut, the maximum 255; all 0 where there is nothing to draw."""
    L = np.asarray(L, dtype=np.float64)
    if is_blank(L):
        return np.zeros(L.shape, np.uint8)
    return np.floor(np.maximum(L, 0) / L.max() * 255 + 0.5).astype(np.uint8)


def lay(L, view, size):
    """L [h, w] laid bilinearly on `view` (left, top, right, bottom) of a picture of `size` (width, height).

    float32 [height, width]: cut below 0, divided by its maximum, 0 outside the view; all 0 where L is blank.
    """
    width, height = size
    left, top, right, bottom = view
    heat = np.zeros((height, width), np.float32)
    if is_blank(L):
        return heat
    L = torch.as_tensor(np.asarray(L, dtype=np.float32), device="cpu")[None, None]
    laid = torch.nn.functional.interpolate(L, (bottom - top, right - left), mode="bilinear", align_corners=False)
    laid = laid[0, 0].clamp(min=0)
    peak = laid.max()
    if peak > 0:
        heat[top:bottom, left:right] = laid / peak
    return heat


def upsample(values, width, height):
    """values [h, w] laid bilinearly (align_corners=False) on height x width, in float64; rows first."""
    values = np.asarray(values, dtype=np.float64)
    y0, y1, fy = _between(values.shape[0], height)
    x0, x1, fx = _between(values.shape[1], width)
    rows = values[y0] * (1 - fy)[:, None] + values[y1] * fy[:, None]
    return rows[:, x0] * (1 - fx) + rows[:, x1] * fx


def _between(n, length):
    """For each of `length` pixels the two of n cells that it lies between, and how far it is from the first."""
    u = np.clip((np.arange(length) + 0.5) * n / length - 0.5, 0, n - 1)
    first = np.floor(u).astype(int)
    return first, np.minimum(first + 1, n - 1), u - first


def blend(picture, values, view, opacity=0.5, colours="magma"):
    """The picture with the map over it, as a PIL picture; `values` are bytes [h, w], see `to_bytes`.

    Each pixel in the view is (1 - opacity) x picture + opacity x colour; what lies outside is dimmed.
    """
    if not 0 <= opacity <= 1:
        raise LabError(f"Opacity lies between 0 and 1; given was {opacity}.")
    left, top, right, bottom = view
    base = np.asarray(picture.convert("RGB"), dtype=np.float64)
    out = np.floor(base * DIMMED + 0.5)
    heat = np.floor(upsample(values, right - left, bottom - top) + 0.5).astype(int)
    seen = base[top:bottom, left:right]
    out[top:bottom, left:right] = np.floor(seen * (1 - opacity) + colour_table(colours)[heat] * opacity + 0.5)
    return Image.fromarray(out.astype(np.uint8))


def paint(heat, colours="magma"):
    """Heat from 0 to 1 [H, W] as a picture in colour."""
    index = np.floor(np.clip(np.asarray(heat, dtype=np.float64), 0, 1) * 255 + 0.5).astype(int)
    return Image.fromarray(colour_table(colours)[index])


def sheet(rows, captions=None, titles=None, cell=224):
    """A contact sheet: `rows` is a list of lists of PIL pictures, each fitted into `cell` x `cell`.

    `captions` has a text for each picture (lines parted by a line feed), `titles` one for each row, above it.
    """
    columns = max((len(row) for row in rows), default=0)
    if not columns:
        raise LabError("A sheet needs at least one picture; none was given.")
    font, bold, gap = ImageFont.load_default(14), ImageFont.load_default(17), 14
    texts = captions or [[""] * len(row) for row in rows]
    wrapped = [[_wrap(text, font, cell) for text in row] for row in texts]
    below = [max((text.count("\n") + 1 if text else 0 for text in row), default=0) * 18 + 6 for row in wrapped]
    above = [28 if title else 0 for title in titles or [""] * len(rows)]
    fitted = [[fit(picture, cell) for picture in row] for row in rows]
    tall = [max((picture.height for picture in row), default=0) for row in fitted]
    height = gap + sum(a + t + b + gap for a, t, b in zip(above, tall, below, strict=True))
    page = Image.new("RGB", (gap + columns * (cell + gap), height), "white")
    draw = ImageDraw.Draw(page)
    y = gap
    for r, row in enumerate(fitted):
        if above[r]:
            draw.text((gap, y), _shorten(titles[r], bold, page.width - 2 * gap), fill="#111111", font=bold)
        y += above[r]
        for c, picture in enumerate(row):
            x = gap + c * (cell + gap)
            page.paste(picture, (x + (cell - picture.width) // 2, y + (tall[r] - picture.height) // 2))
            draw.multiline_text((x, y + tall[r] + 4), wrapped[r][c], fill="#333333", font=font, spacing=4)
        y += tall[r] + below[r] + gap
    return page


def fit(picture, cell):
    """The picture with its longer side scaled to `cell`; small drawings stay crisp."""
    scale = cell / max(picture.size)
    size = tuple(max(1, round(side * scale)) for side in picture.size)
    return picture.convert("RGB").resize(size, Image.LANCZOS)


def _wrap(text, font, width):
    lines = []
    for paragraph in str(text).split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(_shorten(line, font, width))
    return "\n".join(lines)


def _shorten(text, font, width):
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "...") > width:
        text = text[:-1]
    return text + "..."
