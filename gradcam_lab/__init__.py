"""Grad-CAM Lab: learn what a convolutional network looks at, and find out whether to believe the picture.

import gradcam_lab as gl

net = gl.load_network("pets")
e = gl.explain(net, "photo.jpg")
e.overlay()
"""

from importlib import import_module

from . import measure, render, worlds
from .errors import LabError
from .explain import explain, sweep
from .explanation import Atlas, Explanation
from .identity import Identity, identity_card
from .methods import METHODS, Method
from .networks import NETWORKS, Network, load_network
from .pictures import load_picture

__version__ = "0.1.0"

# What is imported only when first asked for: widgets need Jupyter, the others are needed by few.
_LATER = {"BiasKnob": "widgets", "Explorer": "widgets", "check": "", "training": "", "figures": ""}

__all__ = [
    "METHODS",
    "NETWORKS",
    "Atlas",
    "BiasKnob",
    "Explanation",
    "Explorer",
    "Identity",
    "LabError",
    "Method",
    "Network",
    "check",
    "explain",
    "identity_card",
    "load_network",
    "load_picture",
    "measure",
    "render",
    "sweep",
    "training",
    "worlds",
]


def __getattr__(name):
    if name not in _LATER:
        raise AttributeError(f"module 'gradcam_lab' has no attribute {name!r}")
    home = _LATER[name]
    found = getattr(import_module(f".{home}", __name__), name) if home else import_module(f".{name}", __name__)
    globals()[name] = found
    return found


def __dir__():
    return sorted({*globals(), *_LATER})
