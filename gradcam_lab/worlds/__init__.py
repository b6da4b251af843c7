"""Drawn worlds: pictures of which every pixel is known, so that a map can be compared with the truth."""

from . import catch, clinic, digits, folder, oxford, pets, planted, street

__all__ = ["catch", "clinic", "digits", "folder", "oxford", "pets", "planted", "street"]
