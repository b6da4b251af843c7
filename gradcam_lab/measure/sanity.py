"""A sanity check: does a map notice when the network forgets what it learnt?

Layers are given random weights one after the other, from the scores down to the picture (cascading), and the map is
made again each time. A map that says what the network learnt must change; one that stays the same would have shown
the same picture of an untrained network: it follows edges, not knowledge.

A failed check condemns; a passed one does not acquit. A map of noise passes.
"""

import copy
import html
from itertools import product

import numpy as np
import torch
from scipy import stats
from torch import nn

from ..errors import LabError
from ..explain import as_network, explain, see
from ..networks.layers import find_layers
from ..networks.network import Network
from ..progress import steps
from ..render import is_blank
from ..trace import run_on, untouched
from ..worlds import checks
from .intervals import mean_interval


class Sanity(list):
    """[(layer, correlation), ...] in the order in which layers were randomised, each with all above it.

    each    {layer: the correlation of each seed, a list}
    blanks  {layer: of how many seeds the map was blank}
    method, label   what made the map, and what of
    """

    def __init__(self, each, blanks, method, label):
        super().__init__((layer, float(np.mean(values))) for layer, values in each.items())
        self.each, self.blanks, self.method, self.label = each, blanks, method, label

    def __reduce__(self):
        return Sanity, (self.each, self.blanks, self.method, self.label)

    @property
    def note(self):
        """What a reader should know of blank maps; "" where there were none."""
        n, runs = sum(self.blanks.values()), sum(map(len, self.each.values()))
        return f"{n} of {runs} maps of randomised networks were blank; each counts as a correlation of 0." if n else ""

    def __repr__(self):
        lines = [self._title(), f"{'down to':<32}{'correlation':>12}{'interval':>18}"]
        lines += [f"{layer:<32}{mean:>+12.2f}{self._interval(layer):>18}" for layer, mean in self]
        return "\n".join([*lines, self.note]).strip()

    def _repr_html_(self):
        cells = "".join(
            f"<tr><td style='text-align:left'>{html.escape(layer)}</td><td>{mean:+.2f}</td>"
            f"<td>{self._interval(layer)}</td></tr>"
            for layer, mean in self
        )
        return (
            f"<table><caption style='text-align:left'>{html.escape(self._title())}</caption><thead><tr>"
            "<th style='text-align:left'>down to</th><th>correlation</th><th>interval</th></tr></thead>"
            f"<tbody>{cells}</tbody></table><p>{html.escape(self.note)}</p>"
        )

    def _title(self):
        return f"Rank correlation of |{self.method}| of {self.label!r} before and after layers were randomised"

    def _interval(self, layer):
        low, high = mean_interval(self.each[layer])
        return "" if np.isnan(low) else f"{low:+.2f} to {high:+.2f}"


def sanity(net, picture, method="gradcam", seeds=5, layer=None, target=None, **options):
    """[(layer, Spearman's rank correlation of |map| before and after), ...] as layers are randomised from the top.

    Cascading randomisation: first the layer that gives the scores, then with it the one below, down to the first. A
    layer here is one of those worth a map (a block with all its convolutions), and each layer of the head. The class
    stays the one that the trained network was asked for, or predicted; the map stays that of `layer`.

    Each value is the mean of `seeds` runs (a number of them, repeatable: the same on every call); `.each` holds all
    of them. Weights are drawn by each module's own `reset_parameters`, which also forgets the statistics of a batch
    norm; parameters of a module without one are drawn normal, with the mean and spread that they had. All happens to
    a private copy: the network, and the state of torch's random numbers, stay as they were.

    The absolute value is the map's own, before below 0 is cut off, as in the paper's "abs" (its "diverging" keeps the
    sign). Equal values, such as the zeros that ReLU leaves, share a rank. A map of a randomised network that is
    blank (the same everywhere) has no ranks: it shows nothing of the first map and counts as 0, and `.note` says how
    often. Raises LabError where the trained network's own map is blank, or the network cannot be copied.

    Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018; cascading: figures 2 and 4.
    """
    net = as_network(net)
    checks.whole("seeds, how many runs,", seeds, 1, 10_000)
    before = explain(net, picture, method, layer, target, **options)
    first = _abs(before)
    if is_blank(first):
        raise LabError(f"A blank map has no ranks, so there is nothing to compare with. {before.note}")
    target = target if before.target is None else before.target
    layers = layer if isinstance(layer, list | tuple) else [layer]
    layers = [net.layer_name(one) for one in layers]  # a copy's module is another, its name is the same
    groups = _from_the_top(net, net.to_input(see(net, picture).x[None]))
    each, blanks = {name: [] for name in groups}, dict.fromkeys(groups, 0)
    for seed, (depth, name) in steps(list(product(range(seeds), enumerate(groups))), "randomising layers"):
        if depth == 0:
            private = _copy(net)
        _reset([private.module.get_submodule(m) for m in groups[name]], seed * 1_000_003 + depth, net.device)
        after = _abs(explain(private, picture, method, layers, target, **options))
        blank = bool(is_blank(after))
        blanks[name] += blank
        each[name].append(0.0 if blank else float(stats.spearmanr(first, after).statistic))
    return Sanity(each, blanks, method, before.label)


def _abs(e):
    return e.map.double().abs().flatten().numpy()


def _copy(net):
    try:
        with net.lock:
            module = copy.deepcopy(net.module)
    except Exception as error:  # whatever a stranger's module raises
        raise LabError(f"{net.name} cannot be copied, so its layers cannot be randomised: {error}.") from error
    return Network(module, net.labels, net._preprocess, net.layers, name=net.name)


def _reset(modules, seed, device):
    """Give the parameters of these modules the random values that an untrained network would have."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []), torch.no_grad():
        torch.manual_seed(seed)
        for module in modules:
            reset = getattr(module, "reset_parameters", None) or getattr(module, "_reset_parameters", None)
            if reset:
                reset()
                continue
            for p in module.parameters(recurse=False):
                p.normal_(float(p.mean()), float(p.std(correction=0)))


def _from_the_top(net, x):
    """{name: names of the modules with parameters that are randomised together}, from the scores down.

    A layer worth a map takes all that lies in it, or that runs between it and the layer below: a ReLU its convolution.
    """
    module = net.module
    begins = _begins(module, x)
    layers = sorted((_block(module, layer) for layer in find_layers(module, x)), key=begins.get)
    groups = {}
    for name in sorted((name for name, m in module.named_modules() if [*m.parameters(False)]), key=begins.get):
        inside = (layer for layer in layers if name == layer or name.startswith(layer + "."))
        behind = (layer for layer in layers if begins[layer] > begins[name])
        groups.setdefault(next(inside, None) or next(behind, name), []).append(name)
    # A ReLU has nothing to randomise: such a group is called by its first module.
    named = {
        layer if any(m == layer or m.startswith(layer + ".") for m in modules) else modules[0]: modules
        for layer, modules in groups.items()
    }
    return dict(reversed(named.items()))


def _block(module, layer):
    """A transformer's layer worth a map is its block's first norm; here it stands for the whole block."""
    return layer.rpartition(".")[0] or layer if isinstance(module.get_submodule(layer), nn.LayerNorm) else layer


def _begins(module, x):
    """{name: when it begins to run on x}; what does not run by itself begins with what it is a part of."""
    begins, handles = {}, []

    def note(name):
        def hook(_module, _inputs):
            begins.setdefault(name, len(begins))

        return hook

    with untouched(module), torch.no_grad():
        try:
            handles = [m.register_forward_pre_hook(note(name)) for name, m in module.named_modules()]
            run_on(module, x)
        finally:
            for handle in handles:
                handle.remove()
    for name, _ in module.named_modules():
        begins.setdefault(name, begins[name.rpartition(".")[0]] if name else -1)
    return begins
