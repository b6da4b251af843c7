"""The maps of one picture as the browser reads them: an index and unsigned bytes, in one piece.

    4 bytes   length n of the index (unsigned, little endian)
    n bytes   the index, JSON
    the rest  the body: the display picture (PNG), the masks (one bit a pixel), the maps (one byte a cell)

Offsets in the index count from the start of the body. A map is stored at its layer's own resolution, as the bytes
that `Explanation.overlay` starts from too; laying it on the picture and colouring it is left to whoever draws.
54 maps of 16 x 16 cells take some 25 KB with their index.
"""

import io
import json
import struct
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from .. import measure, render
from ..methods import METHODS

LONGEST = 448  # pixels of the display picture's longer side: smaller drawings are enlarged by a whole number
EXACT = 512  # up to this size a peak is looked for on the picture itself, beyond it on the display picture
THUMB = 96


@dataclass
class Page:
    """One picture of the Explorer with all that is known of it so far.

    `scene` is the drawn scene that the picture is of, if it is one; `code` the Python that names the picture;
    `plan` lists the classes that should have maps, once they are known, `predicted` the most probable one;
    `follow`: the reader has not chosen a class here, so the predicted one is meant.
    `complete`: all of that was computed; `fresh`: something was since it was last shown.
    `targets` {index: {label, probability, score}}; `maps` {(method, layer, target): entry}.
    """

    picture: Image.Image
    name: str
    code: str
    view: tuple
    scene: object = None
    stamp: int = 0
    targets: dict = field(default_factory=dict)
    maps: dict = field(default_factory=dict)
    plan: list | None = None
    predicted: int | None = None
    follow: bool = False
    complete: bool = False
    fresh: bool = True
    began: float = 0.0

    def __post_init__(self):
        self.display, self.display_view = display_of(self.picture, self.view)
        self._masks = {}

    def add(self, e, layer):
        """Take in an Explanation made at `layer`; methods without a layer have one map, under no layer."""
        self.targets.setdefault(e.target, {"label": e.label, "probability": e.probability, "score": e.score})
        self.maps[e.method, layer if METHODS[e.method].has_layer else "", e.target] = self._entry(e)

    def lack(self, method, layer, target, why):
        """There is no such map, and why."""
        self.maps[method, layer, target] = {"h": 0, "note": why, "peak": None}

    def has(self, method, layer, target):
        return (method, layer, target) in self.maps or (method, "", target) in self.maps

    def mask(self, label):
        """bool [H, W] of what the scene knows of a class; None where it knows nothing or there is none in it."""
        if label not in self._masks:
            known = self.scene is not None and label in getattr(self.scene, "kinds", ())
            mask = np.asarray(self.scene.mask(label), bool) if known else None
            self._masks[label] = mask if mask is not None and mask.any() else None
        return self._masks[label]

    def _entry(self, e):
        L = e.shown
        h, w = L.shape
        exact = max(self.picture.size) <= EXACT
        heat = e.heat if exact else render.lay(L, self.display_view, self.display.size)
        entry = {"h": h, "w": w, "max": max(float(L.max()), 0.0), "note": e.note, "peak": None, "bytes": e.bytes}
        if not heat.any():
            return entry | {"max": 0.0}
        y, x = np.unravel_index(heat.argmax(), heat.shape)
        across, down = self.picture.width / heat.shape[1], self.picture.height / heat.shape[0]
        entry["peak"] = [int((x + 0.5) * across), int((y + 0.5) * down)]
        mask = self.mask(e.label) if exact else None
        if mask is not None:
            # A map cannot point more finely than its cells: half of one is allowed, as in the lessons.
            half = (self.view[2] - self.view[0]) / w / 2
            entry["inside"] = round(measure.energy_inside(heat, mask), 4)
            entry["area"] = round(float(mask.mean()), 4)
            entry["hit"] = measure.pointing_game(heat, mask, tolerance=half)
        return entry

    def packed(self, why_same):
        """All of it as bytes. `why_same(layer, methods)` says why methods coincide at a layer."""
        body, maps, masks = Body(), [], []
        png = body.put(png_of(self.display))
        for target, about in self.targets.items():
            mask = self.mask(about["label"])
            if mask is not None:
                offset, _ = body.put(np.packbits(mask).tobytes())
                masks.append({"target": target, "offset": offset, "width": mask.shape[1], "height": mask.shape[0]})
        twins = self._twins()
        for (method, layer, target), entry in self.maps.items():
            line = {"method": method, "layer": layer, "target": target}
            line |= {name: value for name, value in entry.items() if name != "bytes"}
            if entry["h"]:
                line["offset"], _ = body.put(entry["bytes"].tobytes())
            if same := twins.get((method, layer, target)):
                line["same"], line["because"] = same, why_same(layer, [method, *same])
            maps.append(line)
        index = {
            "stamp": self.stamp,
            "size": self.picture.size,
            "view": self.view,
            "display": self.display.size,
            "displayView": self.display_view,
            "png": png,
            "predicted": self.predicted,
            "targets": [{"index": index} | about for index, about in self._ordered()],
            "masks": masks,
            "maps": maps,
        }
        text = json.dumps(index, separators=(",", ":"), ensure_ascii=False).encode()
        return struct.pack("<I", len(text)) + text + body.bytes()

    def _ordered(self):
        """Classes as the reader meets them: the most probable first."""
        return sorted(self.targets.items(), key=lambda each: -(each[1]["probability"] or 0))

    def _twins(self):
        """{key: [methods whose map looks the same at that layer for that class]}, to within one step of 255."""
        groups, twins = {}, {}
        for (method, layer, target), entry in self.maps.items():
            if layer and entry["peak"]:
                groups.setdefault((layer, target), []).append((method, entry["bytes"].astype(np.int16)))
        for (layer, target), found in groups.items():
            for method, values in found:
                same = [m for m, v in found if m != method and v.shape == values.shape and abs(v - values).max() <= 1]
                if same:
                    twins[method, layer, target] = same
        return twins


class Body:
    """Pieces of bytes one after the other, and where each lies."""

    def __init__(self):
        self._pieces, self._length = [], 0

    def put(self, piece):
        """Append; (offset, length)."""
        offset = self._length
        self._pieces.append(piece)
        self._length += len(piece)
        return offset, len(piece)

    def bytes(self):
        return b"".join(self._pieces)


def display_of(picture, view):
    """(picture, view) as they are shown: the longer side at most `LONGEST`; small pictures times a whole number."""
    factor = LONGEST / max(picture.size)
    if factor >= 1:
        factor = int(factor)
        smooth = Image.Resampling.BICUBIC if factor < 6 else Image.Resampling.NEAREST
    else:
        smooth = Image.Resampling.LANCZOS
    size = tuple(max(1, round(side * factor)) for side in picture.size)
    across, down = size[0] / picture.width, size[1] / picture.height
    left, top, right, bottom = view
    left, top = min(round(left * across), size[0] - 1), min(round(top * down), size[1] - 1)
    right, bottom = max(round(right * across), left + 1), max(round(bottom * down), top + 1)
    return picture.convert("RGB").resize(size, smooth), (left, top, right, bottom)


def thumb_of(picture):
    """The middle of a picture as a small square PNG."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.convert("RGB").crop((left, top, left + side, top + side))
    return png_of(square.resize((THUMB, THUMB), Image.Resampling.LANCZOS))


def png_of(picture):
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=3)
    return file.getvalue()
