"""Progress of what takes long: a bar where a person waits, or whoever wants to watch it instead."""

import math
from contextlib import contextmanager
from contextvars import ContextVar

from tqdm.auto import tqdm

_watcher = ContextVar("watcher", default=None)


def steps(items, what):
    """Go through `items` (with a length), under a bar if it takes over two seconds, or under the watcher's eyes."""
    watcher = _watcher.get()
    if watcher is None:
        yield from tqdm(items, desc=what, delay=2, leave=False)
        return
    for i, item in enumerate(items):
        watcher(what, i / len(items))
        yield item


def at_once(x, gradients=False, device=None):
    """How many pictures like x [..., C, H, W] run through a network at once: what fits a processor's cache.

    8 of 3 x 224 x 224; half of that where a graph is kept for `gradients`; more of them on an accelerator.
    """
    numbers = 1_250_000 if (device or x.device).type == "cpu" else 10_000_000
    return max(1, min(64, numbers // (1 + gradients) // math.prod(x.shape[-3:])))


def chunks(n, size):
    """The numbers below n, `size` of them at a time: [range(0, size), range(size, 2 size), ...]."""
    return [range(i, min(i + size, n)) for i in range(0, n, size)]


@contextmanager
def watched_by(watcher):
    """Within, in this thread: `watcher(what, share)` is called before each step and shows no bar.

    What it raises ends the computation, and comes out of it.
    """
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)
