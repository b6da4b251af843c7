"""What training leaves behind: weights, example pictures, and their entries in the manifest."""

import hashlib
import io
import json
import os
from pathlib import Path

import torch

from .. import worlds
from ..networks.bundled import data_folder

PICTURES = {  # the example pictures, and how they are drawn
    "cat_and_dog": {
        "world": "pets",
        "seed": "example",
        "index": 21,
        "things": ["cat", "dog"],
        "fixed": {"place": "meadow", "palette": "spring", "eyes": "open"},
    },
}


def save(module, name, entry, out):
    """Write the weights and note them in the manifest; returns the entry, with file, hash and size."""
    buffer = io.BytesIO()
    torch.save({key: value.cpu().contiguous() for key, value in module.state_dict().items()}, buffer)
    return bundle("networks", name, f"{name}.pt", buffer.getvalue(), entry, out)


def draw_pictures(out=None):
    """Draw the bundled example pictures again; returns their entries in the manifest."""
    entries = {}
    for name, drawn in PICTURES.items():
        world, buffer = getattr(worlds, drawn["world"]), io.BytesIO()
        scene = world.sample(drawn["index"] + 1, drawn["seed"], drawn["things"], **drawn["fixed"])[drawn["index"]]
        scene.picture.save(buffer, "PNG", optimize=True)
        entry = {"drawn": drawn}
        file = f"pictures/{name}.png"
        entries[name] = bundle("pictures", name, file, buffer.getvalue(), entry, Path(out or data_folder()))
    return entries


def bundle(room, name, file, content, entry, out):
    """Write a file of the data folder and its entry in the manifest, each at a stroke."""
    entry = {"file": file, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), **entry}
    path = out / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"networks": {}, "pictures": {}}
    manifest[room][name] = entry
    write(out / file, content)
    write(path, (json.dumps(manifest, indent=2) + "\n").encode())
    return entry


def write(path, content):
    """Write a file so that whoever reads it meanwhile sees the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        passing.write_bytes(content)
        os.replace(passing, path)
    finally:
        passing.unlink(missing_ok=True)
