"""The Explorer: every map of a picture under the learner's hand.

The kernel computes an atlas for each picture (layers x classes x methods, see atlas.py) and hands it to the page as
bytes. There a slider draws from what is at hand and asks the kernel nothing. What lies outside the atlas (another
class, a costly method, the learner's own picture) is computed by a thread of the Explorer's own (filler.py), so that
neither waits for the other, and the network's lock keeps the two apart.
"""

import threading
from pathlib import Path

import anywidget
import traitlets

from .. import render
from ..errors import LabError, nearest
from ..explain import as_network, explain
from ..identity import identity_card
from ..methods import METHODS
from ..pictures import load_picture
from .atlas import thumb_of
from .bundle import bundle, sheets
from .filler import Filler
from .given import listed, name_of, page_of, several
from .settings import Settings

PATIENCE = 0.3  # seconds that a new Explorer waits for its first atlas before it goes on without
MODULES = (
    "drawing.js",
    "atlas.js",
    "words.js",
    "scenes.js",
    "controls.js",
    "files.js",
    "stage.js",
    "readout.js",
    "guess.js",
    "panel.js",
    "source.js",
    "explorer.js",
)


class Explorer(Settings, anywidget.AnyWidget):
    """One network, some pictures, and every map of them.

    `pictures`: one picture or a list: whatever `load_picture` reads, or scenes of `gl.worlds`, whose truth is then
    offered as an outline and a score. `methods`, `layers` and `targets` (indices or labels) say what to offer;
    without them: all methods, all of the network's layers, and for each picture its five most probable classes and
    what its scene holds.

    What is shown can be set here, or at any time as an attribute, and observed: `picture` (position in the list),
    `layer`, `target` (an index, a label, or None for the predicted class; reads as an index), `method`;
    `view`: "overlay", "heat", "side" or "difference", the last two with `method_b`; `opacity` and `threshold`
    from 0 to 1; `colours`; `outline`, `peak`, `guess`: True or False. `guesses` and `hits` count the reader's guesses.

    What makes no sense raises a LabError. `close()` frees all it holds.
    """

    _esm = bundle(*MODULES)
    _css = sheets("base.css", "explorer.css")

    _shelf = traitlets.Dict().tag(sync=True)  # what is offered: methods, layers, labels, colours
    _strip = traitlets.List().tag(sync=True)  # the pictures: name, code, thumb (PNG)
    _tables = traitlets.Bytes().tag(sync=True)  # colour tables, 256 x RGB each
    _work = traitlets.Dict().tag(sync=True)  # what is being computed: text, share
    # and for each picture _pack_0, _pack_1, ...: its atlas as bytes, empty until there is one

    def __init__(
        self,
        network,
        pictures,
        methods=None,
        layers=None,
        targets=None,
        layer=None,
        target=None,
        method=None,
        **settings,
    ):
        known = list(self.trait_names(setting=True))
        for name in set(settings) - set(known):
            raise LabError(f"Explorer has no setting {name!r}; {nearest(name, known)}")
        self.network = as_network(network)
        self._methods = [self._method(name) for name in several(methods, METHODS, "method")]
        self._layers = [self.network.layer_name(each) for each in several(layers, self.network.layers, "layer")]
        self._fixed = targets is not None
        targets = [self.network.class_index(each) for each in several(targets, (0,), "target")] if self._fixed else None
        self._pages = [page_of(self.network, given, code) for given, code in listed(pictures)]
        self._gate = threading.RLock()  # one thread at a time changes what the page is told
        self._heard = frozenset()  # names that the page is just telling us
        self._cards = {}  # layer -> identity card
        self._filler = Filler(
            self.network,
            self._pages,
            self._methods,
            self._layers,
            targets,
            wanted=self._wanted,
            deliver=self._deliver,
            tell=self._tell,
            complain=self._complain,
        )
        super().__init__()
        self.add_traits(**{f"_pack_{i}": _pack() for i in range(len(self._pages))})
        self._tables = b"".join(render.colour_table(name).tobytes() for name in render.COLOURS)
        self._shelf = self._offer()
        self._show_strip()
        self.layer = self._layers[-1] if layer is None else layer
        self.method = method or ("gradcam" if "gradcam" in self._methods else self._methods[0])
        self.picture = settings.pop("picture", 0)
        self.target = targets[0] if self._fixed and target is None else target
        for name, value in settings.items():
            setattr(self, name, value)
        self.on_msg(self._on_message)
        self._filler.wake()
        self._filler.ready.wait(PATIENCE)

    def __repr__(self):
        count = f"{len(self._pages)} pictures" if len(self._pages) != 1 else "1 picture"
        return f"Explorer({self.network.name}, {count})"

    # ---- for lessons and tests --------------------------------------------------------------------------------

    @property
    def pictures(self):
        """The pictures, uploaded ones too, as PIL pictures."""
        return [page.picture for page in self._pages]

    def explanation(self):
        """The `Explanation` of what is shown (of `method`, where two methods are)."""
        return explain(self.network, self.pictures[self.picture], self.method, self.layer, self.target)

    def wait(self, timeout=60):
        """Wait until everything asked for is computed; False if that takes longer than `timeout` seconds."""
        return self._filler.idle.wait(timeout)

    def close(self):
        """Stop computing, take the widget off the page and free the pictures and maps."""
        if "_filler" in self.__dict__:
            self._filler.close()
            for i, page in enumerate(self._pages):
                page.maps.clear()
                self._trait_values.pop(f"_pack_{i}", None)
        super().close()

    # ---- what changes bring about -----------------------------------------------------------------------------

    @traitlets.observe("picture", "layer", "target", "method", "method_b", "view")
    def _on_change(self, change):
        if "_filler" not in self.__dict__ or self.comm is None:
            return
        if change["name"] == "picture" and not self._fixed and "target" not in self._heard:
            page = self._pages[self.picture]
            if page.plan is None and self._heard:
                page.follow = True  # the thread will say the class; a message from the page is answered at once
            else:
                self.target = None
        elif change["name"] == "target":
            self._pages[self.picture].follow = False
        self._filler.wake()

    def set_state(self, sync_data):
        """What the page tells. While it is taken in, the thread changes nothing, and we know who speaks."""
        with self._gate:
            self._heard = frozenset(sync_data)
            try:
                super().set_state(sync_data)
            except LabError as error:
                self._complain(str(error))
            finally:
                self._heard = frozenset()

    def _wanted(self):
        beside = [self.method_b] if self.method_b and self.view in ("side", "difference") else []
        return self.picture, [self.method, *beside], self.layer, self.target

    def _predicted(self, number):
        self._filler.plan(self._pages[number])
        return self._pages[number].predicted

    def _deliver(self, number):
        page = self._pages[number]
        packed = page.packed(self._why_same)
        with self._gate:
            if self.comm is None:
                return
            self.set_trait(f"_pack_{number}", packed)
            if page.follow and number == self.picture:
                self.target = page.predicted

    def _tell(self, text, share):
        with self._gate:
            if self.comm is not None:
                stopped = {"stopped": True} if self._filler.paused else {}
                self._work = {"text": text, "share": share} if text else stopped

    def _complain(self, text):
        self.send({"kind": "problem", "text": text})

    # ---- what the page asks for -------------------------------------------------------------------------------

    def _on_message(self, _widget, content, buffers):
        kind = content.get("kind") if isinstance(content, dict) else None
        try:
            if kind == "hello":
                self.send({"kind": "hello"})
            elif kind == "stop":
                self._filler.pause()
            elif kind == "class":
                self.send({"kind": "class", "target": self.network.class_index(str(content.get("text", "")))})
            elif kind == "upload":
                self._upload(str(content.get("name") or "your picture"), buffers, content)
        except LabError as error:
            self._complain(str(error))
        except Exception as error:  # no traceback reaches a reader
            self._complain(f"That did not work ({type(error).__name__}).")

    def _upload(self, name, buffers, content):
        try:
            picture = load_picture(bytes(buffers[0]) if buffers else b"")
        except LabError as error:
            raise LabError(f"{name}: {error}") from None
        page = page_of(self.network, picture, f"gl.load_picture({name!r})", Path(name).stem)
        with self._gate:
            self._pages.append(page)
            self.add_traits(**{f"_pack_{len(self._pages) - 1}": _pack()})
            self._show_strip()
        self.send(
            {
                "kind": "uploaded",
                "picture": len(self._pages) - 1,
                "serial": content.get("serial"),
                "from": content.get("from"),
            }
        )

    # ---- what the page is told --------------------------------------------------------------------------------

    def _show_strip(self):
        self._strip = [
            {"name": f"{i + 1}: {page.name}", "code": page.code, "thumb": thumb_of(page.picture)}
            for i, page in enumerate(self._pages)
        ]

    def _offer(self):
        about = [METHODS[name] for name in self._methods]
        return {
            "network": self.network.name,
            "code": name_of(self.network) or "net",
            "labels": list(self.network.labels),
            "layers": self._layers,
            "methods": [{"name": m.name, "title": m.title, "family": m.family, "paper": m.paper} for m in about],
            "colours": list(render.COLOURS),
            "fixed": self._fixed,
        }

    def _why_same(self, layer, methods):
        """Why these methods give one map at a layer: half a sentence, true by the network's own numbers."""
        if layer not in self._cards:
            try:
                self._cards[layer] = identity_card(self.network, self._pages[0].picture, layer)
            except LabError:
                self._cards[layer] = []
        for identity in self._cards[layer]:
            if set(methods) <= set(identity.methods):
                return f"{identity.why}; and a map is drawn relative to its own maximum."
        return "on this picture they come to the same values, up to one step of the 255 that are drawn."


def _pack():
    return traitlets.Bytes(b"").tag(sync=True)
