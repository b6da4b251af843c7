"""Transfer learning's networks: what a network has learnt, with a new head for other classes; kept in one file.

A file of a tuned network holds its weights and says which network it came from, its labels and its history. It is
read with `weights_only=True`, so it can run no code, and it can be sent to others.
"""

import copy
import dataclasses
import io
import os
import pickle
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from ..errors import LabError
from ..trace import run_on, untouched
from .history import History
from .network import Network
from .weights import fill

FORMAT = "gradcam-lab tuned network, 1"
TAILS = {  # how the scores come of what the head gives
    "as it is": lambda z: z,
    "mean": lambda z: z.mean((2, 3)),
    "mean of ReLU": lambda z: z.relu().mean((2, 3)),
    "maximum": lambda z: z.amax((2, 3)),
}


class Tuned(Network):
    """A Network that was trained on from another: `history` is the training's `History`, `save` keeps it in a file."""

    history = None

    def save(self, path):
        """Write it to the file `path`, whole or not at all; `load_tuned` reads it. Returns the Path."""
        path = writable(path)
        content = {
            "format": FORMAT,
            "network": self.name,
            "labels": self.labels,
            "history": dataclasses.asdict(self.history or History()),
            "flags": _flags(self.module),
            "proof": self.forward(_proof_input(self)).float().cpu(),
            "state_dict": {key: value.cpu().contiguous() for key, value in self.module.state_dict().items()},
        }
        buffer = io.BytesIO()
        torch.save(content, buffer)
        passing = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            passing.write_bytes(buffer.getvalue())
            os.replace(passing, path)
        finally:
            passing.unlink(missing_ok=True)
        return path


def load_tuned(path, network=None, *, device=None):
    """The network that `fine_tune(..., save=path)` or `Tuned.save(path)` wrote.

    `network` is the one that was fine-tuned, or one built like it. It is needed only if that was neither bundled nor
    torchvision's; its weights do not matter, its preprocessing does. Raises LabError if the file is damaged or no
    tuned network, or belongs to another network.
    """
    from . import NETWORKS, load_network, pick_device

    content = _read(path)
    name, labels = content["network"], content["labels"]
    if network is None and name not in NETWORKS:
        raise LabError(f"{path} was trained from a network of your own ({name}); hand it over: network=....")
    base = load_network(name, weights=None) if network is None else network
    tuned, _ = with_head(base, labels, fresh=True)
    fill(tuned.module, content["state_dict"], str(path))
    for flag, value in content["flags"].items():
        setattr(tuned.module, flag, value)
    tuned.history = History(**content["history"])
    tuned.module.to(pick_device(device) if device or network is None else base.device)
    given, expected = tuned.forward(_proof_input(tuned)).float().cpu(), content["proof"]
    if given.shape != expected.shape or (given - expected).abs().max() > 0.02 * expected.abs().max() + 1e-4:
        raise LabError(
            f"{path} gives other scores here than when it was saved, so its pictures were prepared otherwise; hand "
            "over the network that was fine-tuned: network=...."
        )
    return tuned


def with_head(network, labels, fresh):
    """(Tuned, head): a copy of `network` with a head for `labels`, in float32, and the `Head` it has.

    fresh    a new head, even if the network's labels are these already
    The given network stays as it was. Raises LabError if it cannot be copied, or has no linear head.
    """
    head = find_head(network)
    try:
        with network.lock:
            module = copy.deepcopy(network.module)
    except Exception as error:
        raise LabError(
            f"{network.name} cannot be copied, so it cannot be trained on ({type(error).__name__} by copy.deepcopy)."
        ) from None
    with torch.inference_mode(False):
        module = module.float()
        for auxiliary in ("AuxLogits", "aux1", "aux2"):  # Inception's and GoogLeNet's, for training from scratch
            if getattr(module, auxiliary, None) is not None:
                setattr(module, auxiliary, None)
                module.aux_logits = False
        if fresh:
            owner, _, last = head.name.rpartition(".")
            new = _fresh(module.get_submodule(head.name), len(labels))
            setattr(module.get_submodule(owner), last, new)
    layers = network._layers
    return Tuned(module.eval(), labels, network._preprocess, layers, name=network.name), head


@dataclasses.dataclass(frozen=True)
class Head:
    """The last linear layer: its dotted name, and the name in TAILS of what comes of its output."""

    name: str
    tail: str

    def tail_of(self, z):
        return TAILS[self.tail](z)


def find_head(network):
    """The `Head` of a network: the linear layer, or convolution, of which the scores come.

    Told by its numbers, not by its name: of the layers with one output for each class the last is taken whose output,
    replaced by noise, turns up as the scores (pooled, if it is a map).
    """
    module, x, ran = network.module, network._input(), {}

    def keep(name):
        def hook(_layer, _inputs, output):
            ran.pop(name, None)  # a layer that runs again stands where it ran last
            ran[name] = output

        return hook

    kinds = (nn.Linear, nn.Conv2d)
    layers = {name: layer for name, layer in module.named_modules() if name and isinstance(layer, kinds)}
    with untouched(module), torch.no_grad():
        handles = [layer.register_forward_hook(keep(name)) for name, layer in layers.items()]
        try:
            y = run_on(module, x)
        finally:
            for handle in handles:
                handle.remove()
        for name in reversed(ran):
            if ran[name].shape[1:2] != y.shape[1:]:
                continue
            noise = torch.randn(ran[name].shape, generator=torch.Generator().manual_seed(0)).to(ran[name])
            handle = layers[name].register_forward_hook(lambda *_, noise=noise: noise.clone())
            try:
                scores = run_on(module, x)
            finally:
                handle.remove()
            for tail, of in TAILS.items():
                if (noise.ndim == 2) == (tail == "as it is") and torch.allclose(of(noise), scores, atol=1e-3):
                    return Head(name, tail)
    raise LabError(
        f"{network.name} has no head to replace: expected was a linear layer, or a convolution and pooling, whose "
        f"{y.shape[1]} outputs are the scores themselves, before any softmax."
    )


def writable(path):
    """`path` as a Path to which a file can be written, or a LabError."""
    if not isinstance(path, str | os.PathLike):
        raise LabError(f"A network is saved to a path, as 'my.pt'; given was a {type(path).__name__}.")
    path = Path(path).expanduser()
    if path.is_dir() or not path.parent.is_dir():
        wrong = f"{path} is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise LabError(f"The network cannot be saved: {wrong}; expected was a file's path, as 'my.pt'.")
    return path


def _fresh(old, classes):
    """A layer like `old` with `classes` outputs, its weights small and its biases 0."""
    if isinstance(old, nn.Linear):
        new = nn.Linear(old.in_features, classes)
    else:
        new = nn.Conv2d(old.in_channels, classes, old.kernel_size, old.stride, old.padding, old.dilation)
    nn.init.normal_(new.weight, std=0.01)
    nn.init.zeros_(new.bias)
    return new.to(old.weight)


def _flags(module):
    """What torchvision's modules note beside their weights: Inception and GoogLeNet normalise once more."""
    return {name: getattr(module, name) for name in ("transform_input",) if hasattr(module, name)}


def _proof_input(network):
    """A picture of slopes of the three colours, as the network wants it; two networks that agree on it are one."""
    across, down = np.meshgrid(np.arange(256), np.arange(256))
    slopes = np.stack([across, down, (across + down) % 256], 2).astype(np.uint8)
    return network.preprocess(Image.fromarray(slopes))[None]


def _read(path):
    """The content of a file that `save` wrote."""
    if not Path(path).is_file():
        raise LabError(f"There is no file {path}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, OSError, ValueError, KeyError):
        raise LabError(f"{path} is damaged, or not a network that fine_tune saved.") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise LabError(
            f"{path} is not a network that fine_tune saved; if it is a state dict, load_network(name, "
            f"weights={os.fspath(path)!r}) reads it."
        )
    return content
