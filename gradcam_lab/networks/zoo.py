"""torchvision's networks: built by name, with the preprocessing and labels of their ImageNet weights."""

import os
import pickle
import warnings
from functools import cache
from pathlib import Path

import torch
import torchvision

from ..errors import LabError
from .weights import fill, read_state_dict


@cache
def names():
    """Names of torchvision's networks for the classification of pictures."""
    return torchvision.models.list_models(module=torchvision.models)


def build(name, weights):
    """(module, labels, preprocess) of a torchvision network; `weights` as for `load_network`."""
    published = torchvision.models.get_model_weights(name).DEFAULT
    labels, preprocess = published.meta["categories"], published.transforms()
    if weights == "default":
        return _published(name, published), labels, preprocess
    if weights is None:
        return _random(name, len(labels)), labels, preprocess
    state = read_state_dict(weights)
    classes = _classes(name, state, len(labels))
    module = _random(name, classes)
    fill(module, _without_training_heads(module, state), f"{weights} for {name}")
    return module, labels if classes == len(labels) else None, preprocess


def cached_weights(name):
    """The file in which torchvision keeps the downloaded weights of `name`; it may not exist yet."""
    url = torchvision.models.get_model_weights(name).DEFAULT.url
    return Path(torch.hub.get_dir()) / "checkpoints" / os.path.basename(url)


def _published(name, weights):
    try:
        return torchvision.models.get_model(name, weights=weights)
    except OSError as error:  # URLError is one: no connection, no such host, no room on the disk
        reason = getattr(error, "reason", None) or error.strerror or error
        raise LabError(
            f"The ImageNet weights of {name} are not on this machine and could not be downloaded ({reason}); "
            f"with a connection torchvision fetches them once, or put {os.path.basename(weights.url)} into "
            f"{cached_weights(name).parent}, or take weights=None for random ones."
        ) from None
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError):
        raise LabError(
            f"The file of weights {cached_weights(name)} is damaged; delete it, and torchvision downloads it again."
        ) from None


def _random(name, classes):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # Inception and GoogLeNet announce a default of theirs
        extra = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
        return torchvision.models.get_model(name, weights=None, num_classes=classes, **extra)


def _classes(name, state, default):
    """The number of classes of a state dict: the length of the last tensor of the network's head."""
    module = _random(name, default)
    last = next((key for key in reversed(module.state_dict()) if "aux" not in key.lower()), None)
    return len(state[last]) if last in state and state[last].ndim else default


def _without_training_heads(module, state):
    """A file saved without the heads that only training uses (Inception, GoogLeNet) fits as well."""
    own = module.state_dict()
    return {**{key: own[key] for key in own if "aux" in key.lower()}, **state}
