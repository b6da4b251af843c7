"""The lab's own networks: small, trained on drawn worlds, bundled with their hash and what was measured."""

import hashlib
import json
from functools import cache
from pathlib import Path

from ..errors import LabError
from .language import AskedNet
from .small import SmallNet
from .view import Grey, preset
from .weights import fill, read_state_dict

FAMILIES = {"small": SmallNet, "asked": AskedNet}  # what a manifest's entry may be an instance of


@cache
def data_folder():
    """Where manifest.json, the weights and the example pictures lie: in an installed package, or beside it."""
    package = Path(__file__).parents[1]
    for folder in (package / "data", package.parent / "data"):
        if (folder / "manifest.json").is_file():
            return folder
    raise LabError(f"The bundled data (manifest.json) is missing beside {package}; install the package again.")


def manifest():
    """The manifest: {"networks": {name: entry}, "pictures": {...}}."""
    return json.loads((data_folder() / "manifest.json").read_text(encoding="utf-8"))


@cache
def names():
    """Names of the bundled networks."""
    return list(manifest()["networks"])


def build(name, weights):
    """(module, labels, preprocess) of a bundled network; its weights are checked against the manifest's hash."""
    entry = manifest()["networks"][name]
    module = FAMILIES[entry["family"]](**entry["architecture"])
    if weights == "default":
        path = data_folder() / entry["file"]
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            raise LabError(f"The bundled file {entry['file']} is missing or damaged; install the package again.")
        weights = path
    if weights is not None:
        fill(module, read_state_dict(weights), str(weights))
    return module, entry["labels"], preprocess(**entry["input"])


def preprocess(size, channels=3):
    """What every bundled network is shown: the picture at its size, its values from -1 to 1."""
    return Grey(size, 0.5, 0.5) if channels == 1 else preset(size, [0.5] * 3, [0.5] * 3)


def example_picture():
    """The bundled picture that the command line explains when it is given none."""
    return data_folder() / "pictures" / "cat_and_dog.png"
