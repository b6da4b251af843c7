"""Six animals, each in three poses, drawn part by part.

Every animal stands on y = 1, reaches up to about y = -1 and faces right or the viewer. `draw(pen, t, c)` draws one:
`t` is the thing's attributes, of which it reads pose, pattern, eyes, gaze and shape (six numbers in -1..1 that vary
the build); `c` is its coat. All kinds share coats, patterns and eyes: only their build tells them apart.
"""

from . import cat, dog, duck, fish, rabbit, turtle
from .common import coat

_KINDS = {"cat": cat, "dog": dog, "rabbit": rabbit, "duck": duck, "fish": fish, "turtle": turtle}
DRAW = {kind: module.draw for kind, module in _KINDS.items()}
POSES = {kind: module.POSES for kind, module in _KINDS.items()}
PARTS = {kind: module.PARTS for kind, module in _KINDS.items()}

__all__ = ["DRAW", "PARTS", "POSES", "coat"]
