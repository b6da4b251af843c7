"""One's own pictures in folders, one folder for each class, and drawn pictures written down like that.

    photos/cat/tom.jpg ...      sample = gl.worlds.folder.sample("photos")
    photos/dog/rex.jpg ...      sample[0].picture, sample[0].kinds

The layout is that of torchvision's ImageFolder: the folders' names are the labels. Folders within a class are gone
through; files and folders whose names begin with a dot (a Mac or Jupyter leaves them), and files that are no pictures
by their ending, are passed over.
"""

import mimetypes
import os
import re
import shutil
import tempfile
from pathlib import Path

from PIL import Image

from ..errors import LabError
from ..progress import steps
from . import checks
from .photos import Photos, existing_folder

PARTS = ("train", "valid")
_LITTER = {".DS_Store", ".ipynb_checkpoints", "Thumbs.db", "desktop.ini"}  # what systems leave behind by themselves


def sample(path, n=None, seed=0, kinds=None):
    """`n` pictures (None: all) of the folder `path`, in an order that `seed` shuffles, all classes alike often.

    Returns Photos: y, kinds (the folders' names, sorted), and photographs with picture, kinds, file. They have no
    masks. Raises LabError if there is no such folder, it has no class folders, or one of them has no pictures; a file
    that is damaged is found out when its picture is asked for.
    """
    folder = existing_folder(path)
    classes = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() and not _hidden(entry.name))
    if parts := [name for name in classes if name.lower() in ("train", "training")]:
        raise LabError(f"{folder} is split already ({', '.join(classes)}); name one part, as {folder / parts[0]}.")
    if not classes:
        has = "pictures but " if any(_is_picture(entry.name) for entry in os.scandir(folder)) else ""
        raise LabError(f"{folder} has {has}no class folders; expected was {folder}/<class>/<picture>.jpg.")
    files = {name: _pictures(folder / name) for name in classes}
    if empty := [name for name in classes if not files[name]]:
        raise LabError(f"The class folder {folder / empty[0]} has no pictures in it; add some or take it away.")
    found = Photos(
        [file for name in classes for file in files[name]],
        [i for i, name in enumerate(classes) for _ in files[name]],
        classes,
    )
    return found.take(n, seed, kinds)


def write(sample, path, valid=None):
    """Write a sample's pictures as PNG into folders, as people have theirs: `path`/cat/cat-0000.png ...

    sample  of a drawn world, or Photos; the folders are named by the kind of the first thing in each picture
    valid   a share, as 1/3: that much of each kind goes to `path`/valid/<kind>, the rest to `path`/train/<kind>

    Returns the folder's Path. It is written whole or not at all. A folder that `write` filled before is replaced; one
    that has anything else in it is left as it is, and a LabError says what that is.
    """
    path = Path(path).expanduser()
    if valid is not None:
        checks.number("valid, the share of pictures set apart,", valid, 0.01, 0.99)
    _refuse_if_strange(path, sample.kinds)
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    passing = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        passing.chmod(0o755)  # mkdtemp's folders are for nobody else
        for i, name in steps(list(enumerate(_names(sample, valid))), "writing pictures"):
            file = passing / "new" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            sample[i].picture.save(file, "PNG")
        if target.exists():
            os.rename(target, passing / "old")
        os.rename(passing / "new", target)
    except BaseException:
        if (passing / "old").exists() and not target.exists():
            os.rename(passing / "old", target)
        raise
    finally:
        shutil.rmtree(passing, ignore_errors=True)
    return path


def _names(sample, valid):
    """The file of each picture: of each kind the last ones go to valid/."""
    counts = [int((sample.y == k).sum()) for k in range(len(sample.kinds))]
    short = next((sample.kinds[k] for k, n in enumerate(counts) if n == 1), None)
    if valid is not None and short:
        raise LabError(f"The sample has one {short} only, which cannot be in train/ and in valid/; draw more.")
    seen = [0] * len(counts)
    for k in sample.y.tolist():
        name = f"{sample.kinds[k]}/{sample.kinds[k]}-{seen[k]:04d}.png"
        if valid is not None:
            apart = min(max(1, round(valid * counts[k])), counts[k] - 1)
            name = f"{PARTS[seen[k] >= counts[k] - apart]}/{name}"
        seen[k] += 1
        yield name


def _refuse_if_strange(path, kinds):
    """A LabError if at `path` lies anything that `write` has not written."""
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise LabError(f"{path} is not a folder but a {'link' if path.is_symlink() else 'file'}; choose another name.")
    ours = re.compile(rf"((train|valid)/)?(?P<kind>{'|'.join(map(re.escape, kinds))})/(?P=kind)-\d{{4,}}\.png")
    for root, folders, names in os.walk(path):
        folders[:] = [name for name in folders if name not in _LITTER]
        for name in names:
            file = Path(root, name)
            if name not in _LITTER and not ours.fullmatch(file.relative_to(path).as_posix()):
                raise LabError(
                    f"{path} has other things in it, as {file.relative_to(path)}; choose another folder, or empty it."
                )


def _pictures(folder):
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _hidden(name))
        found += [Path(root, name) for name in sorted(names) if _is_picture(name)]
    return found


def _hidden(name):
    return name.startswith((".", "__MACOSX"))


def _is_picture(name):
    """By its ending: what Pillow opens, and what is a picture though Pillow may not open it, so that it is not lost."""
    ending = os.path.splitext(name)[1].lower()
    opens = Image.registered_extensions().get(ending) in Image.OPEN
    image = (mimetypes.guess_type(name)[0] or "").startswith("image/") or ending in (".heic", ".heif", ".avif")
    return not _hidden(name) and (opens or image)
