"""Widgets for lessons: the Explorer. Imported only when first asked for, because they need Jupyter's packages."""

from .explorer import Explorer

__all__ = ["Explorer"]
