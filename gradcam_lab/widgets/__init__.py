"""Widgets for lessons: the Explorer, the bias knob. Imported only when asked for: they need Jupyter's packages."""

from .explorer import Explorer
from .knob import BiasKnob

__all__ = ["BiasKnob", "Explorer"]
