"""Reading weights from files: data only, never code, and never half."""

import pickle
from pathlib import Path

import torch

from ..errors import LabError


def read_state_dict(path):
    """The state dict in a file, on the CPU, read with `weights_only=True`.

    What training scripts put around it is taken off: {"state_dict": ...} or {"model": ...}, "module." before names.
    """
    path = Path(path)
    if not path.is_file():
        raise LabError(f"There is no file of weights {path}.")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, OSError, ValueError, KeyError):
        raise LabError(f"{path} is not a file of weights that is safe to read (a state dict by torch.save).") from None
    for wrapper in ("state_dict", "model"):
        if isinstance(state, dict) and isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    if not isinstance(state, dict) or not state or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise LabError(f"{path} holds no state dict (names and tensors), but a {type(state).__name__}.")
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}


def fill(module, state, what):
    """Load `state` into `module`; a LabError names the first thing that does not fit."""
    own = module.state_dict()
    for name, tensor in own.items():
        if name not in state and not name.endswith("num_batches_tracked"):
            raise LabError(f"{what} does not fit: it has no {name!r}.")
        if name in state and state[name].shape != tensor.shape:
            raise LabError(
                f"{what} does not fit: {name!r} is {list(state[name].shape)}, expected was {list(tensor.shape)}."
            )
    extra = next((name for name in state if name not in own), None)
    if extra:
        raise LabError(f"{what} does not fit: it has {extra!r}, which the network has not.")
    module.load_state_dict(state, strict=False)
