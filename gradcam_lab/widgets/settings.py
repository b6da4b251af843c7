"""What can be set of a widget, and what is right for each: a wrong value is one sentence, whoever set it."""

import numpy as np
import traitlets

from .. import render
from ..errors import LabError, nearest
from ..methods import METHODS

VIEWS = ("overlay", "heat", "side", "difference")


class _Setting(traitlets.TraitType):
    """A trait of which the widget's own validators say what is right: theirs are the sentences that people read."""

    def validate(self, _widget, value):
        return value


def setting(default):
    """A public trait of a widget, shared with the page."""
    return _Setting(default).tag(sync=True, setting=True)


def share(name, value):
    """`value` as a share from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 <= value <= 1:
        raise LabError(f"{name} is a number from 0 to 1; given was {value!r}.")
    return float(value)


class Settings(traitlets.HasTraits):
    """The public traits of an Explorer; it has to know its network, pages, layers, methods and predictions."""

    picture = setting(0)
    layer = setting("")
    target = setting(0)
    method = setting("")
    method_b = setting("")
    view = setting("overlay")
    opacity = setting(0.5)
    threshold = setting(0.0)
    colours = setting("magma")
    outline = setting(False)
    peak = setting(False)
    guess = setting(False)
    guesses = traitlets.Int(0).tag(sync=True)
    hits = traitlets.Int(0).tag(sync=True)

    @traitlets.validate("picture")
    def _valid_picture(self, proposal):
        value, n = proposal["value"], len(self._pages)
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value < n:
            raise LabError(f"picture is a position from 0 to {n - 1}; given was {value!r}.")
        return int(value)

    @traitlets.validate("layer")
    def _valid_layer(self, proposal):
        name = self.network.layer_name(proposal["value"])
        if name not in self._layers:
            raise LabError(f"This Explorer does not show layer {name!r}; {nearest(name, self._layers)}")
        return name

    @traitlets.validate("target")
    def _valid_target(self, proposal):
        value = proposal["value"]
        return self._predicted(self.picture) if value is None else self.network.class_index(value)

    @traitlets.validate("method", "method_b")
    def _valid_method(self, proposal):
        if proposal["trait"].name == "method_b" and proposal["value"] in ("", None):
            return ""
        return self._method(proposal["value"], self._methods)

    @traitlets.validate("view", "colours")
    def _valid_word(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        words = VIEWS if name == "view" else render.COLOURS
        if value not in words:
            raise LabError(f"{name} cannot be {value!r}; {nearest(value, words)}")
        return value

    @traitlets.validate("opacity", "threshold")
    def _valid_share(self, proposal):
        return share(proposal["trait"].name, proposal["value"])

    @traitlets.validate("outline", "peak", "guess")
    def _valid_switch(self, proposal):
        if not isinstance(proposal["value"], bool | np.bool_):
            raise LabError(f"{proposal['trait'].name} is True or False; given was {proposal['value']!r}.")
        return bool(proposal["value"])

    def _method(self, name, offered=METHODS):
        if name not in METHODS:
            raise LabError(f"There is no method {name!r}; {nearest(name, offered)}")
        if name not in offered:
            raise LabError(f"This Explorer does not show method {name!r}; {nearest(name, offered)}")
        return name
