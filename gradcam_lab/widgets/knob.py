"""The bias knob: turn how biased the training pictures are, and see answers, maps and measurements turn with it.

All that it can show is computed when it is made (under a second) and handed to the page as bytes, see knob_pack.py.
Turning the knob asks the kernel nothing, so it turns on a saved page, too.
"""

from collections.abc import Iterable

import anywidget
import traitlets

from .. import render
from ..errors import LabError, nearest
from ..explain import explain
from ..methods import METHODS
from ..networks import load_network
from ..training.clinic import KNOB
from ..worlds import clinic
from ..worlds.scene import Scene
from .bundle import bundle, sheets
from .knob_pack import CHANGES, changed, pack, people
from .settings import setting, share

MODULES = ("drawing.js", "atlas.js", "controls.js", "knob_words.js", "people.js", "bars.js", "source.js", "knob.js")
MOST = 12  # people


class BiasKnob(anywidget.AnyWidget):
    """Some people of the clinic, and a knob: how biased the pictures were that the network was trained on.

    `scenes`: a Sample or a list of scenes of `gl.worlds.clinic`, twelve at most; without them eight people, two of
    each presentation in each profession. `method`: whose maps are shown, each for the network's own answer.
    `networks`: names of clinics in the order of the knob; without them all six, from balanced to wholly biased.

    What is shown can be set here, or at any time as an attribute, and observed: `network` (a name), `change`
    ("nothing"; "hair": each person is drawn with hair and face of the other presentation; "tool": with the tool of
    the other profession), `opacity` of the maps from 0 to 1.

    What makes no sense raises a LabError. `close()` frees all it holds.
    """

    _esm = bundle(*MODULES)
    _css = sheets("base.css", "knob.css")

    network = setting("")
    change = setting("nothing")
    opacity = setting(0.5)
    _index = traitlets.Dict().tag(sync=True)  # what there is, and where in the body: knob_pack.py
    _body = traitlets.Bytes().tag(sync=True)
    _table = traitlets.Bytes().tag(sync=True)  # the colours of a map, 256 x RGB

    def __init__(self, scenes=None, method="gradcam", networks=None, *, network=None, change="nothing", opacity=0.5):
        self.method = _method(method)
        self.scenes = _scenes(scenes)
        self._networks = {name: load_network(name) for name in _names(networks)}
        super().__init__()
        self.network = next(iter(self._networks)) if network is None else network
        self.change, self.opacity = change, opacity
        self._index, self._body = pack(self._networks, self.scenes, method)
        self._table = render.colour_table("magma").tobytes()

    def __repr__(self):
        return f"BiasKnob({_count(len(self._networks), 'network')}, {_count(len(self.scenes), 'picture')})"

    # ---- for lessons and tests --------------------------------------------------------------------------------

    @property
    def networks(self):
        """The names on the knob, in its order."""
        return list(self._networks)

    @property
    def shares(self):
        """(share of men among doctors, share of women among nurses) where the knob stands."""
        return KNOB[self.network]

    def explanations(self):
        """The `Explanation` of each picture as it is shown: by `network`, with its `change`; none once it is closed."""
        if not self.scenes:
            return []
        shown = [changed(scene, self.change).picture for scene in self.scenes]
        return explain(self._networks[self.network], shown, self.method)

    def flipped(self):
        """Positions of the people whose answer is another one through the change."""
        if not self.scenes:
            return []
        label = [[answer[0] for answer in row] for row in self._index["answers"]][self.networks.index(self.network)]
        n, at = len(self.scenes), CHANGES.index(self.change)
        return [i for i in range(n) if label[at * n + i] != label[i]]

    def close(self):
        """Take the widget off the page and free the pictures and maps."""
        self._networks, self.scenes = {}, []
        super().close()
        for name in ("_index", "_body"):
            self._trait_values.pop(name, None)

    # ---- what can be set --------------------------------------------------------------------------------------

    @traitlets.validate("network")
    def _valid_network(self, proposal):
        name = proposal["value"]
        if name not in self.networks:
            raise LabError(f"This knob has no network {name!r}; {nearest(name, self.networks)}")
        return name

    @traitlets.validate("change")
    def _valid_change(self, proposal):
        if proposal["value"] not in CHANGES:
            raise LabError(f"change cannot be {proposal['value']!r}; {nearest(proposal['value'], CHANGES)}")
        return proposal["value"]

    @traitlets.validate("opacity")
    def _valid_opacity(self, proposal):
        return share("opacity", proposal["value"])


def _method(name):
    offered = [each.name for each in METHODS.values() if each.family == "class activation maps"]
    if not isinstance(name, str) or name not in METHODS:
        raise LabError(f"There is no method {name!r}; {nearest(name, offered)}")
    if name not in offered:
        raise LabError(f"The bias knob shows class activation maps, and {name!r} is none; {nearest(name, offered)}")
    return name


def _names(networks):
    if networks is None:
        return list(KNOB)
    names = [networks] if isinstance(networks, str) or not isinstance(networks, Iterable) else list(networks)
    if not names:
        raise LabError("A bias knob has at least one network; an empty list was given.")
    for name in names:
        if not isinstance(name, str) or name not in KNOB:
            raise LabError(f"The bias knob takes names of clinics; there is no clinic {name!r}; {nearest(name, KNOB)}")
    return list(dict.fromkeys(names))


def _scenes(scenes):
    if scenes is None:
        return people()
    found = [scenes] if isinstance(scenes, Scene) or not isinstance(scenes, Iterable) else list(scenes)
    if not all(isinstance(one, Scene) and one.world is clinic.WORLD and one.things for one in found):
        raise LabError("The bias knob takes scenes of gl.worlds.clinic, each with a person in it.")
    if not 1 <= len(found) <= MOST:
        raise LabError(f"The bias knob shows 1 to {MOST} scenes; {len(found)} were given.")
    return found


def _count(n, thing):
    return f"{n} {thing}{'s' if n != 1 else ''}"
