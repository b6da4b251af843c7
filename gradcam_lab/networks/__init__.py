"""Networks to look into: the bundled ones, torchvision's, and anyone's."""

import os

import torch

from ..errors import LabError, nearest
from . import bundled, zoo
from .network import Network
from .tuned import load_tuned

__all__ = ["NETWORKS", "Network", "load_network", "pick_device"]

NETWORKS = [*bundled.names(), *zoo.names()]
"""The names that `load_network` knows: the bundled ones first, then torchvision's."""


def load_network(name, weights="default", *, device=None):
    """A `Network` by name, in evaluation mode.

    `weights`: "default" are the bundled ones, or torchvision's for ImageNet, which torchvision downloads once;
    None leaves them random; a path is a file with a state dict, read with `weights_only=True`. `device` is picked
    by itself (see `pick_device`). Instead of a name, a path: of a file that a fine-tuned network was saved to.

    Raises LabError for an unknown name, weights that cannot be had, or a file that does not fit.
    """
    if isinstance(name, str | os.PathLike) and name not in NETWORKS and os.path.isfile(name):
        return load_tuned(name, device=device)
    if name not in NETWORKS:
        raise LabError(f"There is no network {name!r}; {nearest(name, NETWORKS)}")
    if not (weights is None or weights == "default" or isinstance(weights, str | os.PathLike)):
        raise LabError(f"weights is a path, None or 'default'; given was a {type(weights).__name__}.")
    room = bundled if name in bundled.names() else zoo
    with torch.inference_mode(False):  # parameters made in inference mode could never be differentiated through
        module, labels, preprocess = room.build(name, weights)
        module = module.to(pick_device(device)).eval()
    return Network(module, labels, preprocess, name=name)


def pick_device(device=None):
    """The device asked for, or by GRADCAM_LAB_DEVICE, or the best there is: CUDA, Apple's MPS, the CPU."""
    device = device or os.environ.get("GRADCAM_LAB_DEVICE")
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError, NotImplementedError):
        raise LabError(f"There is no device {str(device)!r} here; choose 'cpu', or leave it out.") from None
