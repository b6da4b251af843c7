"""Reading pictures: whatever people have, as an upright PIL picture in RGB."""

import io
import os

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .errors import LabError


def load_picture(source):
    """An upright PIL picture in RGB.

    `source`: a path, the bytes of a file, an open binary file, a PIL picture, or an array [H, W], [H, W, 1],
    [H, W, 3] or [H, W, 4]: unsigned bytes, or floats from 0 to 1. A camera's EXIF rotation is applied,
    palettes and 16-bit greys are converted, and whatever is transparent is laid on white. Of an animation,
    the first frame.

    Raises LabError if there is no such file, or it is no picture, or one that is cut off.
    """
    if isinstance(source, Image.Image):
        return _upright_rgb(source, "the picture")
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_file(io.BytesIO(source), f"the {len(source)} bytes given")
    if hasattr(source, "read"):
        return _from_file(source, f"the file {getattr(source, 'name', 'given')}")
    if isinstance(source, (str, os.PathLike)):
        return _from_path(os.fspath(source))
    if hasattr(source, "picture"):  # a scene of gradcam_lab.worlds carries its picture
        return load_picture(source.picture)
    raise LabError(f"A picture can be a path, bytes, an array or a PIL picture; given was a {type(source).__name__}.")


def _from_path(path):
    if os.path.isdir(path):
        raise LabError(f"{path} is a folder; expected a picture file.")
    try:
        with open(path, "rb") as file:
            return _from_file(file, path)
    except FileNotFoundError:
        raise LabError(f"There is no file {path}.") from None
    except OSError as error:
        raise LabError(f"{path} cannot be read ({error.strerror or error}).") from None


def _from_file(file, name):
    try:
        picture = Image.open(file)
    except UnidentifiedImageError:
        raise LabError(f"{name} is not a picture in a format that Pillow reads (JPEG, PNG, WebP, GIF, ...).") from None
    except Image.DecompressionBombError:
        raise LabError(f"{name} has more pixels than is safe to open; make it smaller first.") from None
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's words for a header that makes no sense
        raise LabError(f"{name} is damaged or cut off ({error}).") from None
    with picture:
        return _upright_rgb(picture, name)


def _upright_rgb(picture, name):
    try:
        picture.load()
        picture = ImageOps.exif_transpose(picture)
        if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
            return _grey_to_bytes(np.asarray(picture, dtype=np.float64), picture.mode)
        if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
            picture = picture.convert("RGBA")
            white = Image.new("RGBA", picture.size, "white")
            picture = Image.alpha_composite(white, picture)
        return picture.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:  # the pixels end early, or make no sense
        raise LabError(f"{name} is damaged or cut off ({error}).") from None


def _grey_to_bytes(values, mode):
    """Deep greys to 8 bits: 16-bit files span 0..65535, floats 0..1 or else their own range."""
    low, high = 0.0, 65535.0
    if mode == "F" or values.min() < 0 or values.max() > 65535:
        low, high = (0.0, 1.0) if values.min() >= 0 and values.max() <= 1 else (values.min(), values.max())
    scaled = (values - low) / max(high - low, 1e-12) * 255
    return Image.fromarray(np.clip(np.rint(scaled), 0, 255).astype(np.uint8)).convert("RGB")


def _from_array(array):
    shape = "x".join(map(str, array.shape))
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise LabError(f"A picture as an array is [H, W], [H, W, 3] or [H, W, 4]; given was {shape}.")
    if array.dtype == bool:
        array = array.astype(np.uint8) * 255
    elif np.issubdtype(array.dtype, np.floating):
        if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
            raise LabError("A picture as an array of floats has values from 0 to 1; given were values outside.")
        array = np.rint(array * 255).astype(np.uint8)
    elif array.dtype != np.uint8:
        if array.min() < 0 or array.max() > 255:
            raise LabError(
                "A picture as an array of whole numbers has values from 0 to 255; given were values outside."
            )
        array = array.astype(np.uint8)
    return _upright_rgb(Image.fromarray(np.ascontiguousarray(array)), "the array")


def picture_of(x):
    """Something to lay a map on, of a tensor [C, H, W] preprocessed we do not know how: its range as 0 to 255."""
    x = x.detach().float().cpu()
    x = (x - x.min()) / (x.max() - x.min()).clamp(min=1e-12)
    x = x if x.shape[0] == 3 else x.mean(0, keepdim=True).expand(3, -1, -1)
    return Image.fromarray((x * 255).round().byte().permute(1, 2, 0).contiguous().numpy())
