"""Scenes and samples, the same for every drawn world.

A scene is a description (what is where, in which colour ...) and the function that draws it. Nothing else decides
a pixel, so a scene can be drawn again with one thing changed and all the rest as it was.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from ..errors import LabError, nearest
from .pen import MOST_PARTS, visible


@dataclass(frozen=True)
class World:
    """What a scene has to know of the world it belongs to."""

    name: str
    size: int
    kinds: tuple
    parts: dict  # kind -> names of its parts
    draw: Callable  # draw(description, masks) -> pixels uint8 [size, size, 3], notes or None
    check: Callable  # check(description, attribute, value, number of the thing or None) -> {attribute: value}
    scenery: tuple  # names of the attributes that belong to the scene
    attributes: tuple  # names of the attributes that belong to each thing


def fix(world, scene, attributes, first=None):
    """A description with these attributes set, in the scene or in its things (`first`: in so many of them only).

    Each world's `sample` takes its parameters `**fixed` so; a name that is no attribute is a LabError.
    """
    for name, value in in_order(world, attributes):
        if name in world.scenery:
            scene = {**scene, **world.check(scene, name, value, None)}
        elif name in world.attributes and name != "kind":
            things = list(scene["things"])
            for i, thing in enumerate(things[:first]):
                things[i] = {**thing, **world.check(scene, name, value, i)}
            scene = {**scene, "things": things}
        else:
            known = [one for one in world.scenery + world.attributes if one != "kind"]
            raise LabError(f"{world.name}.sample has no parameter {name!r}; {nearest(name, known)}")
    return scene


def in_order(world, attributes):
    """Names and values as `world.attributes` has them: what decides which others there are comes first."""
    order = world.scenery + world.attributes
    return sorted(attributes.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order))


class Thing:
    """One drawn thing: its kind, its attributes, and where it can be seen.

    kind        name, e.g. "cat"
    attributes  dict: pose, colour, position, ... everything that was drawn from
    mask        bool [H, W]: the pixels on which any of it shows (not what is hidden behind other things)
    parts       dict, part -> bool [H, W]; a part that is hidden, or not drawn in this pose, has an empty mask
    """

    def __init__(self, scene, number):
        self._scene, self._number = scene, number
        self.attributes = dict(scene._description["things"][number])
        self.kind = self.attributes["kind"]

    def __repr__(self):
        return f"<{self.kind} in a {self._scene.world.name} scene>"

    @cached_property
    def mask(self):
        return visible(self._scene._notes, lambda notes: (notes - 1) // (MOST_PARTS + 1) == self._number + 1)

    @cached_property
    def parts(self):
        first = (self._number + 1) * (MOST_PARTS + 1) + 1
        return {
            part: visible(self._scene._notes, lambda notes, note=first + i: notes == note)
            for i, part in enumerate(self._scene.world.parts[self.kind])
        }


class Scene:
    """A drawn picture that knows what is in it.

    picture    PIL, RGB            pixels  the same as uint8 [H, W, 3]
    kinds      list of names, one per thing
    things     list of Thing: kind, attributes, mask, parts
    attributes dict of what belongs to no thing: place, light, clutter, ...

    `without` and `replace` give a new Scene; all that they do not concern stays as it was, to the pixel.
    """

    def __init__(self, world, description):
        self.world, self._description = world, description

    def __repr__(self):
        return f"<{self.world.name} scene: {', '.join(self.kinds) or 'empty'}>"

    def _repr_png_(self):
        """The picture about 256 pixels wide, for notebooks."""
        buffer, wide = io.BytesIO(), self.world.size * max(1, 256 // self.world.size)
        self.picture.resize((wide, wide), Image.Resampling.LANCZOS).save(buffer, "PNG")
        return buffer.getvalue()

    @cached_property
    def _drawn(self):
        return self.world.draw(self._description, True)

    @property
    def pixels(self):
        return self._drawn[0]

    @property
    def _notes(self):
        return self._drawn[1]

    @cached_property
    def picture(self):
        return Image.fromarray(self.pixels)

    @property
    def kinds(self):
        return [thing["kind"] for thing in self._description["things"] if not thing["gone"]]

    @cached_property
    def things(self):
        return [Thing(self, i) for i, thing in enumerate(self._description["things"]) if not thing["gone"]]

    @property
    def attributes(self):
        return {name: self._description[name] for name in self.world.scenery}

    def mask(self, kind=None):
        """bool [H, W]: where things of this kind, or without a kind any things, show."""
        if kind is not None and kind not in self.world.kinds:
            raise LabError(f"The world {self.world.name!r} has no kind {kind!r}; {nearest(kind, self.world.kinds)}")
        empty = np.zeros((self.world.size, self.world.size), bool)
        return np.logical_or.reduce([empty] + [thing.mask for thing in self.things if kind in (None, thing.kind)])

    def without(self, part=None, thing=0):
        """The scene drawn again without a part of a thing (or several: a list), or, if no part is named, without
        the thing. Pixels outside the mask of what went stay as they were.

        `thing` is the index in `things`.
        """
        number = self._number(thing)
        old = self._description["things"][number]
        if part is None:
            return self._with_thing(number, {"gone": True})
        names = [part] if isinstance(part, str) else list(part)
        known = self.world.parts[old["kind"]]
        for name in names:
            if name not in known:
                raise LabError(f"A {old['kind']} has no part {name!r}; {nearest(name, known)}")
        return self._with_thing(number, {"left_out": tuple(dict.fromkeys((*old["left_out"], *names)))})

    def replace(self, thing=0, **changes):
        """The scene drawn again with other attributes, as `scene.replace(colour="mint")`.

        Attributes of a thing (see `things[0].attributes`) change that thing alone; attributes of the scene (see
        `attributes`) change the scene.
        """
        world, scene = self.world, self
        for name, value in in_order(world, changes):
            if name in world.scenery:
                scene = type(self)(world, {**scene._description, **world.check(scene._description, name, value, None)})
            elif name in world.attributes:
                number = scene._number(thing)
                scene = scene._with_thing(number, world.check(scene._description, name, value, number))
            else:
                known = world.scenery + world.attributes
                raise LabError(f"A {world.name} scene has no attribute {name!r}; {nearest(name, known)}")
        return scene

    def _number(self, thing):
        there = [i for i, one in enumerate(self._description["things"]) if not one["gone"]]
        if isinstance(thing, bool) or not isinstance(thing, (int, np.integer)) or not 0 <= thing < len(there):
            raise LabError(f"This scene has {len(there)} things, counted from 0; there is no thing {thing!r}.")
        return there[thing]

    def _with_thing(self, number, changes):
        things = list(self._description["things"])
        things[number] = {**things[number], **changes}
        return type(self)(self.world, {**self._description, "things": things})


class Sample:
    """Drawn pictures with their labels.

    x          uint8 [n, H, W, 3], drawn when first asked for
    y          int64 [n]: index in `kinds` of the first thing
    kinds      the names behind the labels
    sample[i]  the i-th Scene; sample[a:b] a smaller Sample; len and iteration work as on a list
    """

    def __init__(self, world, descriptions):
        self.world, self._descriptions, self.kinds = world, descriptions, world.kinds
        self._x = None
        self.y = np.array([world.kinds.index(d["things"][0]["kind"]) for d in descriptions], np.int64)

    def __repr__(self):
        return f"<{len(self)} {self.world.name} scenes>"

    @property
    def x(self):
        return self.draw()

    def draw(self, watch=iter):
        """`x`; if it is drawn only now, `watch` wraps what is gone through meanwhile, as tqdm does."""
        if self._x is None:
            size = self.world.size
            x = np.empty((len(self), size, size, 3), np.uint8)
            for i, description in enumerate(watch(self._descriptions)):
                x[i] = self.world.draw(description, False)[0]
            self._x = x
        return self._x

    def __len__(self):
        return len(self._descriptions)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(self.world, self._descriptions[index])
        return Scene(self.world, self._descriptions[index])

    def __iter__(self):
        return (Scene(self.world, description) for description in self._descriptions)
