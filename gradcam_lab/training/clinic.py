"""The clinics: one recipe, and one knob, how biased the pictures are that a network is trained on."""

from functools import partial

import numpy as np

from .. import measure, worlds
from ..networks import pick_device
from .recipe import Recipe, accuracy, cross_entropy, fit, likelihood, score, tensors

KINDS, SIZE = worlds.clinic.KINDS, worlds.clinic.SIZE

KNOB = {  # name: (share of men among doctors, share of women among nurses)
    "clinic-balanced": (0.50, 0.50),
    "clinic-60": (0.60, 0.65),
    "clinic-70": (0.70, 0.81),
    "clinic-biased": (0.78, 0.93),
    "clinic-90": (0.90, 0.97),
    "clinic-100": (1.00, 1.00),
}
"""The bias knob, from none to all. The shares of clinic-biased are those of section 6.3 of Selvaraju et al., Grad-CAM,
ICCV 2017; the others lie on the line from balanced to it, and beyond it."""


BARE = 0.15
"""Share of training pictures without a tool. Without them a network may learn one of the two tools and take whatever
lacks it for the other profession; with them it needs evidence for both. Nothing is measured on such pictures."""


def draw(n, seed, watch=iter, shares=KNOB["clinic-balanced"], bare=0):
    """Pictures of a clinic with these shares: (x uint8 [n, 3, 128, 128], y int64 [n], 0 doctor, 1 nurse)."""
    return tensors(worlds.clinic.sample(n, seed, *shares, bare=bare), watch)


def measure_clinic(module, name="clinic-balanced", seeds=(), seed="measure", pictures=600, progress=False):
    """What a clinic has learnt, measured on pictures drawn from seeds of their own.

    own        [accuracy, low, high, n] on pictures as biased as those it was trained on
    balanced   `measure.bias` on pictures where presentation says nothing about the profession
    seeds      the same for networks trained afresh from these seeds, by the same recipe
    over_seeds {what: [mean, low, high, networks]} of all of them, this one included: Student's interval

    `module` takes [B, 3, 128, 128] in -1..1 and returns scores of doctor and nurse; it is left as it was.
    """
    recipe, runs = RECIPES[name], [_measure(module, name, seed, pictures)]
    for other in seeds:
        again, _ = fit(recipe, recipe.pictures, recipe.epochs, other, pick_device("cpu"), progress)
        runs.append(_measure(again, name, seed, pictures))
    measured = {"pictures": pictures, **runs[0]}
    if seeds:
        measured["seeds"] = {str(other): run for other, run in zip(seeds, runs[1:])}
        measured["over_seeds"] = _over(runs)
    return measured


def _measure(module, name, seed, pictures):
    recipe = RECIPES[name]
    x, y = draw(pictures, f"{seed} own", shares=KNOB[name])
    right = round(score(accuracy, module, (x, y), next(module.parameters()).device) * pictures)
    own = [right / pictures, *measure.wilson(right, pictures), pictures]
    found = measure.bias(recipe.network(module), pictures, seed=f"{seed} balanced")
    return {"own": [round(value, 4) for value in own], "balanced": found.as_dict()}


def _over(runs):
    """Means over networks, of every estimate that each of them has; the interval of a share is cut to 0..1."""

    def flat(run, before=""):
        for key, value in run.items():
            if isinstance(value, dict):
                yield from flat(value, f"{before}{key} ")
            elif isinstance(value, list):
                yield f"{before}{key}".removeprefix("balanced "), value[0]

    rows, means = [dict(flat(run)) for run in runs], {}
    for key in rows[0]:
        values = [row[key] for row in rows]
        if None not in values:
            interval = measure.mean_interval(values)
            if key != "gap" and not key.startswith("lift"):
                interval = np.clip(interval, 0, 1)
            means[key] = [*(round(float(value), 4) for value in (np.mean(values), *interval)), len(values)]
    return means


def _recipe(name):
    men, women = KNOB[name]
    seeds = (2, 3) if name in ("clinic-balanced", "clinic-biased") else ()
    return Recipe(
        draw=partial(draw, shares=KNOB[name], bare=BARE),
        measure=partial(measure_clinic, name=name, seeds=seeds),
        labels=KINDS,
        size=SIZE,
        architecture={
            "classes": 2,
            "head": "gap",
            "channels": [16, 24, 48, 64, 64],
            "strides": [2, 2, 1, 2, 1],
        },
        about={"name": "clinic", "men_among_doctors": men, "women_among_nurses": women, "bare": BARE},
        pictures=6000,
        epochs=8,
        # Smoothed twice as much as the others: two cues that agree then add less than each gives alone, so that what
        # hair has taken over, the tool has lost.
        loss=partial(cross_entropy, smoothing=0.1),
        score=partial(likelihood, smoothing=0.1),
    )


RECIPES = {name: _recipe(name) for name in KNOB}
