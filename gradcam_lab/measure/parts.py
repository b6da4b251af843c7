"""Why, without holes: draw the picture again without one part, and see what the score loses.

A mask says where a nose is, not that the network used it. A drawn world can tell: the same scene without its nose is
a picture like any other of that world, so what the score loses is what the nose gave it.
"""

import html
import warnings
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from scipy import stats

from ..errors import LabError
from ..explain import as_network, explain
from ..explanation import Explanation
from ..progress import at_once
from ..running import Aim
from ..worlds import checks
from .where import energy_inside


class PartEffect(NamedTuple):
    """What one part gives to the score.

    thing   index in `scene.things`         kind   its kind
    part    the part's name; None where the whole thing was drawn away
    effect  y(scene) - y(scene without it): above 0 where it speaks for the target, below 0 where against
    area    the share of the picture on which it shows
    heat    the share of the map's heat on it (edges belong to both sides, so shares may sum to over 1)
    """

    thing: int
    kind: str
    part: str | None
    effect: float
    area: float
    heat: float


@dataclass(frozen=True)
class PartEffects:
    """The effects of a scene's parts, the largest first: a sequence of `PartEffect`; effects["ears"] finds one.

    rows    the effects             label   what the score is of
    score   y(scene), the logit (or the callable's value)
    method  what made the heat
    """

    rows: tuple
    label: str
    score: float
    method: str

    @property
    def correlation(self):
        """Spearman's rank correlation of the effects with the heat on the parts; nan where either is all the same,
        or there are fewer than three parts. Of five parts it is a rough number: average it over many scenes."""
        return _spearman([row.effect for row in self.rows], [row.heat for row in self.rows])

    @property
    def correlation_of_area(self):
        """The same with the parts' areas: what a map scores that is equally hot everywhere. Large parts tend to give
        much and to gather much heat, so a map should be judged by how far `correlation` lies above this."""
        return _spearman([row.effect for row in self.rows], [row.area for row in self.rows])

    def with_heat(self, scene, explanation):
        """The same effects beside the heat of another explanation of the scene; nothing is drawn again."""
        if explanation.picture.size != scene.picture.size:
            raise LabError("The explanation is of a picture of another size than the scene's.")
        rows = (row._replace(heat=energy_inside(explanation.heat, _mask(scene, row))) for row in self.rows)
        return replace(self, rows=tuple(rows), method=explanation.method)

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return iter(self.rows)

    def __getitem__(self, key):
        """The i-th row; or by name: ["ears"], or ["ears", 1] for the ears of things[1]."""
        if isinstance(key, int | slice):
            return self.rows[key]
        part, thing = key if isinstance(key, tuple) and len(key) == 2 else (key, None)
        found = [row for row in self.rows if row.part == part and thing in (None, row.thing)]
        if len(found) != 1:
            seen = ", ".join(repr((row.part, row.thing)) for row in self.rows)
            raise LabError(f"{len(found)} visible parts of the scene are {key!r}; there are {seen}.")
        return found[0]

    def __repr__(self):
        lines = [f"{self._title()}", f"{'part':<24}{'effect':>8}{'area':>8}{'heat':>8}"]
        lines += [f"{self._name(r):<24}{r.effect:>+8.2f}{r.area:>8.1%}{r.heat:>8.1%}" for r in self.rows]
        return "\n".join([*lines, self._summary()])

    def _repr_html_(self):
        cells = "".join(
            f"<tr><td style='text-align:left'>{html.escape(self._name(r))}</td><td>{r.effect:+.2f}</td>"
            f"<td>{r.area:.1%}</td><td>{r.heat:.1%}</td></tr>"
            for r in self.rows
        )
        return (
            f"<table><caption style='text-align:left'>{html.escape(self._title())}</caption>"
            "<thead><tr><th style='text-align:left'>part</th><th>effect</th><th>area</th><th>heat</th></tr></thead>"
            f"<tbody>{cells}</tbody></table><p>{html.escape(self._summary())}</p>"
        )

    def _name(self, row):
        whose = f"{row.kind} {row.thing}" if len({r.thing for r in self.rows}) > 1 else row.kind
        return whose if row.part is None else f"{row.part} of {whose}"

    def _title(self):
        return (
            f"What each part gives to the score {self.score:.2f} of {self.label!r}, and the heat of {self.method} on it"
        )

    def _summary(self):
        return (
            f"Rank correlation of effect and heat: {self.correlation:.2f}; of effect and area alone: "
            f"{self.correlation_of_area:.2f}."
        )


def part_effect(net, scene, target=None, method="gradcam", explanation=None, of="parts", **options):
    """`PartEffects`: what the score loses when each part is drawn away, beside the heat on that part.

    scene        a scene of gradcam_lab.worlds
    target       as for `explain`: class index, label, function of the scores, or None for the predicted class
    method       what makes the heat, with its `layer` and options; or
    explanation  an `Explanation` of this scene's picture; the target is then its class, if none is given
    of           "parts", of every thing; or "things", each drawn away as a whole

    Scores are logits: a probability near 1 hardly moves, whatever goes. Only what can be seen takes part: a part that
    is hidden, or already drawn away, is left out. A part's effect holds with all others in place; parts that stand in
    for each other (two cues, either of which is enough) both have small effects.
    """
    net = as_network(net)
    if not hasattr(scene, "things") or not hasattr(scene, "without"):
        raise LabError(f"part_effect draws a scene of gl.worlds again; given was a {type(scene).__name__}.")
    checks.one_of("choice of what to draw away", of, ("parts", "things"))
    if explanation is None:
        explanation = explain(net, scene.picture, method, target=target, **options)
    elif not isinstance(explanation, Explanation):
        raise LabError(f"explanation is what gl.explain gives; given was a {type(explanation).__name__}.")
    elif target is None:
        target = explanation.target
    if explanation.target is None and target is None:
        raise LabError("This explanation is of a function of the scores; give the same function as target.")
    away = _visible(scene, of)
    if not away:
        raise LabError(f"Of this {scene.world.name} scene no {of} can be seen, so nothing can be drawn away.")
    pictures = [scene.picture, *(scene.without(row.part, row.thing).picture for row in away)]
    x = torch.stack([net.preprocess(picture) for picture in pictures])
    y = torch.cat([net.forward(some) for some in x.split(at_once(x))])
    target = target if target is None or callable(target) else net.class_index(target)
    aim = Aim(net, y[:1], [target])
    whole, *without = aim.of(y.double(), 0).tolist()
    rows = [row._replace(effect=whole - score) for row, score in zip(away, without, strict=True)]
    rows.sort(key=lambda row: -row.effect)
    return PartEffects(tuple(rows), aim.label(0), whole, "").with_heat(scene, explanation)


def _visible(scene, of):
    """A row without effect or heat for all that can be seen."""
    rows = [
        PartEffect(i, thing.kind, part, float("nan"), 0.0, float("nan"))
        for i, thing in enumerate(scene.things)
        for part in ([None] if of == "things" else thing.parts)
    ]
    rows = [row._replace(area=float(_mask(scene, row).mean())) for row in rows]
    return [row for row in rows if row.area > 0]


def _mask(scene, row):
    thing = scene.things[row.thing]
    return thing.mask if row.part is None else thing.parts[row.part]


def _spearman(a, b):
    if len(a) < 3:
        return float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.ConstantInputWarning)
        return float(stats.spearmanr(a, b).statistic)
