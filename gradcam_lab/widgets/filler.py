"""Computes what the pages of an Explorer lack, in a thread of its own, the most wanted first."""

import threading
import time

from ..errors import LabError
from ..explain import explain, sweep
from ..methods import METHODS
from ..progress import watched_by

QUICK = 0.5  # seconds: where a whole atlas takes less, the atlases of the other pictures are computed ahead
BREATH = 0.4  # seconds between deliveries of an atlas that grows


class Filler:
    """Fills `pages` (a list of Page, which may grow) with the maps of `methods` at `layers`.

    `targets`: class indices, or None for each picture's five most probable classes and the kinds in its scene.
    `wanted()` gives (number of the page, methods, layer, target) that the reader looks at: they come first.
    `deliver(number)` hears that a page has more to show; `tell(text, share)` what is being done, "" when nothing.
    Nothing that goes wrong leaves the thread: a map that cannot be is noted in its page with a sentence, and
    `complain(text)` hears of what concerns no map.
    """

    def __init__(self, network, pages, methods, layers, targets, *, wanted, deliver, tell, complain):
        self.network, self.pages, self.methods, self.layers, self.targets = network, pages, methods, layers, targets
        self.wanted, self.deliver, self.tell, self.complain = wanted, deliver, tell, complain
        self.idle, self.ready = threading.Event(), threading.Event()  # nothing to do; a first atlas is whole
        self._lock = threading.Lock()
        # One backward pass gives the maps of all these: an atlas has them from the start, the others when chosen.
        self._bulk = [m for m in methods if METHODS[m].shares and not {"dy_dA", "w_c"}.isdisjoint(METHODS[m].needs)]
        self.paused = False
        self._thread, self._closed, self._quick = None, False, False
        self._delivered = 0.0

    def wake(self):
        """Look again for what is lacking; undoes `pause`."""
        with self._lock:
            self.paused = False
            if self._closed or self._thread is not None:
                return
            self.idle.clear()
            self._thread = threading.Thread(target=self._run, name="gradcam-lab explorer", daemon=True)
            self._thread.start()

    def pause(self):
        """Stop after the step that is running; what is there stays."""
        self.paused = True

    def close(self):
        self._closed = True

    def plan(self, page):
        """The classes whose maps a page should have, the predicted one first."""
        if page.plan is None:
            predicted = [index for _, _, index in self.network.predict(page.picture, 5)]
            folded = {label.casefold(): i for i, label in reversed(list(enumerate(self.network.labels)))}
            present = [folded[k.casefold()] for k in getattr(page.scene, "kinds", ()) if k.casefold() in folded]
            page.predicted = predicted[0]
            page.plan = list(self.targets or dict.fromkeys(predicted + present))
        return page.plan

    def _run(self):
        while (step := self._take()) is not None:
            try:
                step()
            except Exception as error:  # a thread has nobody to raise to
                self.paused = True
                self.complain(_sentence(error))
        if not self._closed:
            self.tell("", None)

    def _take(self):
        """The next step. Where there is none the thread is over, in the same breath: `wake` starts another."""
        with self._lock:
            step = None if self.paused or self._closed else self._next()
            if step is None:
                self._thread = None
                self.idle.set()
                self.ready.set()
            return step

    def _next(self):
        """The next thing to do, as a function without arguments; None if nothing is lacking."""
        number, methods, layer, target = self.wanted()
        page = self.pages[number]
        if page.plan is None:
            return lambda: self._begin(number)
        if page.follow:
            target = page.predicted
        for method in methods:
            if not page.has(method, layer, target):
                return lambda: self._fill(number, [method], [layer], target, deliver=True)
        for method in methods:  # the other layers of a method that is looked at and comes cheap
            layers = [each for each in self.layers if METHODS[method].shares and not page.has(method, each, target)]
            if layers and method not in self._bulk:
                return lambda: self._fill(number, [method], layers, target, deliver=True)
        order = list(dict.fromkeys([target, *page.plan]))
        for i, each in enumerate(order):
            if any(not page.has(m, at, each) for m in self._bulk for at in self.layers):
                return lambda: self._fill(number, self._bulk, self.layers, each, share=i / len(order))
        if page.fresh:
            return lambda: self._finish(number)
        if self._quick:
            for other, each in enumerate(self.pages):
                if not each.complete:
                    return lambda: self._ahead(other)
        return None

    def _begin(self, number):
        page = self.pages[number]
        page.began = time.perf_counter()
        try:
            self.plan(page)
        except Exception as error:
            page.predicted = self.wanted()[3] if self.targets is None else self.targets[0]
            page.plan = [page.predicted]
            for method in self.methods:
                for layer in self.layers:
                    page.lack(method, layer, page.predicted, _sentence(error))

    def _finish(self, number):
        page = self.pages[number]
        if not page.complete:
            page.complete = True
            self._quick = time.perf_counter() - page.began < QUICK
        self._deliver(number)
        self.ready.set()

    def _ahead(self, number):
        self._begin(number)
        for target in self.pages[number].plan:
            self._fill(number, self._bulk, self.layers, target)
        self._finish(number)

    def _fill(self, number, methods, layers, target, deliver=False, share=None):
        """Compute maps of one class: all in one sweep where the methods share one, else one by one."""
        page = self.pages[number]
        if share is not None and time.perf_counter() - page.began > QUICK:
            self.tell(f"Computing the maps of {page.name}", share)
        page.fresh = True
        try:
            if all(METHODS[method].shares for method in methods):
                self._sweep(page, methods, layers, target)
            else:
                self._explain(page, number, methods[0], layers[0], target)
            why = "This map was not computed."
        except _Stale:
            return
        except Exception as error:
            why = _sentence(error)
        for method in methods:
            for layer in layers:
                if not page.has(method, layer, target):
                    page.lack(method, layer, target, why)
        if deliver or time.perf_counter() - self._delivered > BREATH:
            self._deliver(number)

    def _sweep(self, page, methods, layers, target):
        atlas = sweep(self.network, page.picture, methods, layers, [target])
        for (_, layer, _), e in atlas.maps.items():
            page.add(e, layer)
        for (method, layer), why in atlas.missing.items():
            page.lack(method, layer, target, why)

    def _explain(self, page, number, method, layer, target):
        """One map of a method that takes its time; given up when the reader has gone on to another."""
        title = METHODS[method].title

        def watch(_what, share):
            if self.paused or self._closed or not self._still_wanted(number, method, layer, target):
                raise _Stale
            self.tell(f"Computing {title}", share)

        self.tell(f"Computing {title}", None)
        with watched_by(watch):
            page.add(explain(self.network, page.picture, method, layer, target), layer)

    def _still_wanted(self, number, method, layer, target):
        page, methods, wanted, chosen = self.wanted()
        here = number == page and method in methods and (layer == wanted or not METHODS[method].has_layer)
        return here and (target == chosen or self.pages[number].follow)

    def _deliver(self, number):
        self._delivered = time.perf_counter()
        self.pages[number].fresh = False
        if not self._closed:
            self.deliver(number)


class _Stale(Exception):
    """Nobody waits for this any more."""


def _sentence(error):
    if isinstance(error, LabError):
        return str(error)
    lines = str(error).strip().splitlines()
    return f"The map could not be computed ({type(error).__name__}{': ' + lines[0][:160] if lines else ''})."
