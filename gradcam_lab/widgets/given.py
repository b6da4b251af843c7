"""What a lesson hands to a widget: one thing or several, in the many forms that people have."""

import itertools
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import LabError
from ..pictures import load_picture
from .atlas import Page

_stamps = itertools.count(1)


def several(given, default, what):
    """A list without repetitions of what was given: all of `default` for None, one name as a list of one."""
    if given is None:
        return list(default)
    found = [given] if isinstance(given, str) else list(given)
    if not found:
        raise LabError(f"An Explorer offers at least one {what}; an empty list was given.")
    return list(dict.fromkeys(found))


def listed(pictures):
    """[(picture, the Python that names it), ...] of one picture or several."""
    named = name_of(pictures)
    single = isinstance(pictures, str | bytes | Path | Image.Image | np.ndarray) or hasattr(pictures, "picture")
    if single:
        return [(pictures, _path(pictures) or named or "picture")]
    try:
        pictures = list(pictures)
    except TypeError:
        given = type(pictures).__name__
        raise LabError(f"An Explorer takes a picture or a list of them; given was a {given}.") from None
    if not pictures:
        raise LabError("An Explorer needs at least one picture; an empty list was given.")
    return [(p, _path(p) or f"{named or 'pictures'}[{i}]") for i, p in enumerate(pictures)]


def page_of(network, given, code, name=None):
    """The Page of a picture in any form; a scene's name is what is in it, a file's its own."""
    scene = given if hasattr(given, "mask") and hasattr(given, "picture") else None
    if name is None and scene is not None:
        name = " and ".join(dict.fromkeys(getattr(scene, "kinds", ()))) or "an empty scene"
    elif name is None:
        name = Path(given).stem if isinstance(given, str | Path) else "picture"
    picture = load_picture(given)
    return Page(picture, name, code, tuple(network.view(picture)), scene, next(_stamps))


def name_of(thing):
    """The name by which the notebook knows a thing, so that code shown to the reader runs there; None without one."""
    names = vars(sys.modules["__main__"]) if "__main__" in sys.modules else {}
    return next((name for name, value in list(names.items()) if value is thing and not name.startswith("_")), None)


def _path(given):
    return repr(str(given)) if isinstance(given, str | Path) else None
