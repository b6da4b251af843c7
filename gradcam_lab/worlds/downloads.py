"""Data sets that torchvision downloads: where they lie, and what to say when they are not there."""

import os
from contextlib import suppress
from pathlib import Path

from ..errors import LabError


def place(name, folder=None):
    """The folder that has, or would have, the data set's own folder `name` in it: torchvision's `root`.

    `folder`, or the environment variable GRADCAM_LAB_DATA, or ~/.cache/gradcam-lab (as with torch's weights,
    XDG_CACHE_HOME moves it). Whoever names the data set's own folder means the one around it.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    root = Path(folder or os.environ.get("GRADCAM_LAB_DATA") or Path(cache, "gradcam-lab")).expanduser()
    return root.parent if root.name == name else root


def read(dataset, name, title, folder=None, download=False, **options):
    """`dataset(root, download=..., **options)`, a data set of torchvision; a LabError if it cannot be had.

    name   the folder that torchvision gives it within its root, as "MNIST"
    title  what people call it, with its size: "MNIST (about 60 MB)"
    """
    root = place(name, folder)
    try:
        return dataset(root, download=bool(download), **options)
    except (OSError, RuntimeError, ValueError, EOFError) as error:  # of a download: no connection, wrong checksum
        if not download:
            raise missing(name, title, root) from None
        _clear_empty(root, name)
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise LabError(
            f"{title} could not be downloaded into {root} ({str(reason).strip().splitlines()[0].rstrip(':.')}); "
            f"try again with a connection, or put its folder {name}/ there yourself."
        ) from None


def missing(name, title, root):
    """The error for a data set that is not there, or not whole."""
    return LabError(
        f"{title} is not in {root}, or not whole; download=True fetches it once, or say where its folder {name}/ lies: "
        "folder=..., or the environment variable GRADCAM_LAB_DATA."
    )


def _clear_empty(root, name):
    """Take away the empty folders that a download made before it failed."""
    folders = [path for path in (root / name).rglob("*") if path.is_dir()]
    for folder in (*sorted(folders, reverse=True), root / name, root):
        with suppress(OSError):  # not empty, or not ours
            folder.rmdir()
