"""Drawn worlds: pictures of which every pixel is known, so that a map can be compared with the truth."""

from . import pets

__all__ = ["pets"]
