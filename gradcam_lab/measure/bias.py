"""Has a network learnt the profession, or who usually has it? Looked at, and then proved by intervention.

A map can only suggest that a network looks at hair and face. That it *uses* them is proved by drawing each picture
again with nothing else changed and seeing whether the answer flips.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from numbers import Integral
from typing import NamedTuple

import numpy as np
import torch

from ..errors import LabError
from ..explain import as_network, explain
from ..worlds import checks, clinic
from ..worlds.scene import Sample, Scene
from .intervals import mean_interval, wilson
from .where import energy_inside, lift

PARTS = ("head", "tool", "clothes")
STEREOTYPE = {("doctor", "man"), ("nurse", "woman")}


class Estimate(NamedTuple):
    """A measured value, its 95 % interval from `low` to `high`, and from how many pictures (nan from none)."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self):
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})" if self.n else "no such picture"


@dataclass(frozen=True)
class Bias:
    """What `bias` measured; a table when printed, each row with its 95 % interval.

    accuracy           share of right answers
    groups             {(profession, presentation): share of right answers}
    stereotype         share of right answers where profession and presentation fit the stereotype (men doctors,
                       women nurses); `against` where they do not; `gap` the first minus the second
    share, lift        {part: mean over the pictures}: share of the heat that lies on head, tool, clothes; and that
                       share over the part's share of the area (1: no more heat than by chance)
    hair_flips         share of pictures whose answer changes when hair and face alone become the other presentation's
    hair_flips_of      {profession: the same for its pictures}
    tool_flips         share of pictures whose answer changes when the tool alone becomes the other profession's
    mended             of the wrong answers against the stereotype in pictures that show the profession's own tool, the
                       share that turns right when hair and face become the other presentation's
    blank              how many maps were blank; their shares and lifts count as 0
    """

    accuracy: Estimate
    groups: dict
    stereotype: Estimate
    against: Estimate
    gap: Estimate
    share: dict
    lift: dict
    hair_flips: Estimate
    hair_flips_of: dict
    tool_flips: Estimate
    mended: Estimate
    blank: int
    method: str = "gradcam"
    network: str = field(default="", compare=False)

    def rows(self):
        """[(what, Estimate), ...] in the order of the table."""
        rows = [("right answers", self.accuracy)]
        rows += [(f"  {kind}, {presentation}", value) for (kind, presentation), value in self.groups.items()]
        rows += [("right, with the stereotype", self.stereotype), ("right, against it", self.against)]
        rows += [("gap between the two", self.gap)]
        rows += [(f"share of heat on {part}", value) for part, value in self.share.items()]
        rows += [(f"lift of heat on {part}", value) for part, value in self.lift.items()]
        rows += [("answer flips with hair and face", self.hair_flips)]
        rows += [(f"  {kind}s", value) for kind, value in self.hair_flips_of.items()]
        rows += [("answer flips with the tool", self.tool_flips)]
        return [*rows, ("wrong against the stereotype, mended by hair and face", self.mended)]

    def as_dict(self, digits=4):
        """Plain numbers, for a file: {name: [value, low, high, n], ...}."""

        def plain(value):
            if isinstance(value, dict):
                return {" ".join(k) if isinstance(k, tuple) else k: plain(v) for k, v in value.items()}
            return [None if math.isnan(v) else round(v, digits) for v in value]

        names = [name for name in self.__dataclass_fields__ if name not in ("blank", "method", "network")]
        return {**{name: plain(getattr(self, name)) for name in names}, "blank": self.blank}

    def __str__(self):
        width = max(len(what) for what, _ in self.rows())
        lines = [f"{what:<{width}}  {value}  n = {value.n}" for what, value in self.rows()]
        return "\n".join([self._title(), *lines])

    __repr__ = __str__

    def _repr_html_(self):
        def numbers(one):
            known = f"<td>{one.value:.2f}</td><td>{one.low:.2f} to {one.high:.2f}</td>"
            return known if one.n else f"<td colspan='2'>{one}</td>"

        cells = "".join(
            f"<tr><td style='text-align:left;white-space:pre'>{escape(what)}</td>{numbers(one)}<td>{one.n}</td></tr>"
            for what, one in self.rows()
        )
        head = "<tr><th></th><th>value</th><th>95 % interval</th><th>pictures</th></tr>"
        return f"<table><caption>{escape(self._title())}</caption>{head}{cells}</table>"

    def _title(self):
        return f"{self.network} on {self.accuracy.n} pictures, maps by {self.method}"


def bias(net, scenes=400, method="gradcam", seed="bias"):
    """Measure on drawn scenes what a doctor-or-nurse network goes by; returns a `Bias`.

    net      a network with the labels "doctor" and "nurse"
    scenes   clinic scenes (a Sample, a list, or one), or how many to draw from `seed` with both presentations equally
             often in both professions, as the bundled networks' manifest does
    method   whose maps the heat is measured on; each map explains the network's own answer

    Shares that are counted have Wilson's intervals, means have Student's, the gap has Newcombe's (Interval estimation
    for the difference between independent proportions, Statistics in Medicine 17, 1998, method 10). Scenes without a
    tool do not count where the tool is measured. After section 6.3 of Selvaraju et al., Grad-CAM, ICCV 2017; the
    interventions are this course's.

    Raises LabError for a network without these labels, and for scenes of another world.
    """
    net = as_network(net)
    doctor, nurse = (net.class_index(kind) for kind in clinic.KINDS)
    scenes = _scenes(scenes, seed)
    people = [scene.things[0].attributes for scene in scenes]
    kinds = np.array([one["kind"] for one in people])
    presented = np.array([one["presentation"] for one in people])
    with_tool = np.array([one["tool"] in clinic.OTHER and "tool" not in one["left_out"] for one in people])

    pictures = [scene.picture for scene in scenes]
    answers, order = _answers(net, pictures, (doctor, nurse))
    swapped = [scene.replace(presentation=clinic.OTHER[one["presentation"]]) for scene, one in zip(scenes, people)]
    hair = _answers(net, [scene.picture for scene in swapped], (doctor, nurse))[0]
    retooled = [scene.replace(tool=clinic.OTHER.get(one["tool"], one["tool"])) for scene, one in zip(scenes, people)]
    tool = _answers(net, [scene.picture for scene in retooled], (doctor, nurse))[0]

    right = answers == kinds
    fits = np.array([(kind, one) in STEREOTYPE for kind, one in zip(kinds, presented)])
    groups = {
        (kind, one): _rate(right[(kinds == kind) & (presented == one)])
        for kind in clinic.KINDS
        for one in clinic.PRESENTATIONS
    }
    own_tool = with_tool & np.array([one["tool"] == clinic.TOOL[one["kind"]] for one in people])
    mendable = ~right & ~fits & own_tool  # no hair can mend what a borrowed tool says
    stereotype, against = _rate(right[fits]), _rate(right[~fits])

    explained = explain(net, pictures, method, target=order.tolist())
    share, lifts = {}, {}
    for part in PARTS:
        seen = [(e.heat, scene.things[0].parts[part]) for e, scene in zip(explained, scenes)]
        seen = [(heat, mask) for heat, mask in seen if mask.any()]
        share[part] = _mean([energy_inside(heat, mask) for heat, mask in seen])
        lifts[part] = _mean([lift(heat, mask) for heat, mask in seen])
    return Bias(
        accuracy=_rate(right),
        groups=groups,
        stereotype=stereotype,
        against=against,
        gap=_difference(stereotype, against),
        share=share,
        lift=lifts,
        hair_flips=_rate(hair != answers),
        hair_flips_of={kind: _rate((hair != answers)[kinds == kind]) for kind in clinic.KINDS},
        tool_flips=_rate((tool != answers)[with_tool]),
        mended=_rate((hair == kinds)[mendable]),
        blank=sum(not e.heat.any() for e in explained),
        method=method,
        network=net.name,
    )


def _scenes(scenes, seed):
    if isinstance(scenes, Integral) and not isinstance(scenes, bool):
        checks.whole("scenes, how many to draw,", scenes, 1, 1_000_000)
        return list(clinic.sample(scenes, seed))
    if isinstance(scenes, Scene):
        scenes = [scenes]
    if not isinstance(scenes, Sample | Iterable):
        raise LabError(f"scenes are clinic scenes, or how many to draw; given was a {type(scenes).__name__}.")
    scenes = list(scenes)
    if not scenes or not all(isinstance(one, Scene) and one.world is clinic.WORLD and one.things for one in scenes):
        raise LabError("scenes are of the world 'clinic', at least one, each with a person in it.")
    return scenes


def _answers(net, pictures, classes, batch=100):
    """The profession that each picture is taken for, as a name and as the network's index; [n] each."""
    scores = [
        net.forward(torch.stack([net.preprocess(picture) for picture in pictures[start : start + batch]])).cpu()
        for start in range(0, len(pictures), batch)
    ]
    best = torch.cat(scores)[:, list(classes)].argmax(1).numpy()
    return np.array(clinic.KINDS)[best], np.array(classes)[best]


def _rate(hits):
    n = len(hits)
    return Estimate(float(np.mean(hits)), *wilson(int(np.sum(hits)), n), n) if n else Estimate(*[math.nan] * 3, 0)


def _mean(values):
    n = len(values)
    return Estimate(float(np.mean(values)), *mean_interval(values), n) if n else Estimate(*[math.nan] * 3, 0)


def _difference(first, second):
    """Of two independent rates, by Newcombe's method 10 from their Wilson intervals."""
    value = first.value - second.value
    low = value - math.hypot(first.value - first.low, second.high - second.value)
    high = value + math.hypot(first.high - first.value, second.value - second.low)
    return Estimate(value, low, high, min(first.n, second.n) and first.n + second.n)
