"""Which part of a picture a network sees: ImageNet's presets scale the shorter side and crop the middle."""

import torch
from torch import nn
from torchvision.transforms._presets import ImageClassification

from ..errors import LabError

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def preset(size, mean=IMAGENET["mean"], std=IMAGENET["std"]):
    """torchvision's own preset: the shorter side to `size`, the middle `size` x `size`, normalised."""
    return ImageClassification(crop_size=size, resize_size=size, mean=tuple(mean), std=tuple(std))


def default_preprocess(module):
    """For a module of which nothing is known: 224 x 224, as for ImageNet; grey where its first layer is."""
    first = next((m for m in module.modules() if isinstance(m, nn.Conv2d)), None)
    if first is not None and first.in_channels == 1:
        return Grey(224, mean=0.5, std=0.5)
    return preset(224)


class Grey:
    """A picture in one channel: the shorter side to `size`, the middle cut out, (grey - mean) / std."""

    def __init__(self, size, mean, std):
        self.crop_size, self.resize_size = [size], [size]
        self._colour = preset(size, [0.0] * 3, [1.0] * 3)
        self.mean, self.std = mean, std

    def __call__(self, picture):
        grey = self._colour(picture.convert("L").convert("RGB"))[:1]
        return (grey - self.mean) / self.std


def view_of(preprocess, size):
    """(left, top, right, bottom) in a picture of `size` (width, height), half-open integers.

    Understands torchvision's presets (`resize_size`, `crop_size`) and a `Compose` or `Sequential` of Resize and
    CenterCrop; anything else is taken to see the whole picture. Raises LabError where a CenterCrop is larger than what
    it crops: torchvision pads then, and a map that also covers the padding would not lie on the picture.
    """
    width, height = size
    resize, crop = _steps(preprocess)
    seen_width, seen_height = _resized(width, height, resize)
    left, top, right, bottom = 0, 0, seen_width, seen_height
    if crop:
        crop_height, crop_width = crop if len(crop) == 2 else crop * 2
        if crop_height > seen_height or crop_width > seen_width:
            raise LabError(
                f"The preprocessing crops {crop_width} x {crop_height} from a picture of {seen_width} x {seen_height} "
                "and pads what is missing, so a map would not lie on the picture; scale it first, with a Resize."
            )
        left, top = round((seen_width - crop_width) / 2), round((seen_height - crop_height) / 2)
        right, bottom = left + crop_width, top + crop_height
    across, down = width / seen_width, height / seen_height
    left, top = min(round(left * across), width - 1), min(round(top * down), height - 1)
    return left, top, max(left + 1, round(right * across)), max(top + 1, round(bottom * down))


def _steps(preprocess):
    """(resize, crop) as tuples of one or two numbers, () where there is none."""
    if hasattr(preprocess, "resize_size") and hasattr(preprocess, "crop_size"):
        return _numbers(preprocess.resize_size), _numbers(preprocess.crop_size)
    steps = getattr(preprocess, "transforms", None)
    if steps is None:
        steps = preprocess if isinstance(preprocess, nn.Sequential) else [preprocess]
    resize = crop = ()
    for step in steps:
        name = type(step).__name__
        if name == "Resize" and not crop:
            resize = _numbers(step.size)
        elif name == "CenterCrop":
            crop = _numbers(step.size)
    return resize, crop


def _numbers(value):
    return tuple(value) if isinstance(value, list | tuple | torch.Size) else (value,)


def _resized(width, height, resize):
    if len(resize) == 2:
        return resize[1], resize[0]
    if len(resize) == 1:  # the shorter side becomes this long; torchvision cuts the longer one down to a whole number
        short = resize[0]
        if width <= height:
            return short, int(short * height / width)
        return int(short * width / height), short
    return width, height
