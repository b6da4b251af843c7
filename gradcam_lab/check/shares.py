"""The exercises on shares: of the heat on a thing (lesson 0), on one of two (6), and of a thing that is hot (2)."""

import numpy as np

from .engine import Case, Exercise, Slip, Stage, mark
from .reading import divide, some_heat


def _scene(seed, shape=(8, 10)):
    """(heat, mask): a rectangle stands for the animal."""
    mask = np.zeros(shape, dtype=bool)
    mask[2:6, 3:8] = True
    return some_heat(seed, shape), mask


def _ratio(a, b):
    return float(a / b) if b else 0.0


SHARE_INSIDE = Exercise(
    name="share_inside",
    answer="one number from 0 to 1",
    solve=lambda heat, mask, part, whole: whole(part, np.asarray(heat, dtype=float), np.asarray(mask, dtype=bool)),
    stages={
        "part": Stage(
            lambda heat, mask: heat[mask].sum(),
            (
                Slip(
                    "the share outside",
                    "heat[~mask] is what lies beside the animal; heat[mask] lies on it.",
                    lambda heat, mask: heat[~mask].sum(),
                ),
                Slip(
                    "pixels are counted, not heat",
                    "A hot pixel weighs more than a lukewarm one: add up heat[mask].",
                    lambda heat, mask: float((heat[mask] > 0).sum()),
                ),
                Slip(
                    "pixels above one half are counted, not heat",
                    "No threshold here: add up heat[mask].",
                    lambda heat, mask: float((heat[mask] > 0.5).sum()),
                ),
                Slip(
                    "the largest heat inside, not the sum",
                    "Add up all heat inside: heat[mask].sum().",
                    lambda heat, mask: heat[mask].max(),
                ),
            ),
        ),
        "whole": Stage(
            lambda part, heat, mask: _ratio(part(heat, mask), heat.sum()),
            (
                Slip(
                    "a blank map divides by 0",
                    "With no heat at all the sum is 0, and 0 / 0 is not a number. No heat lies on the "
                    "animal: return 0.0.",
                    lambda part, heat, mask: float(divide(np.float64(part(heat, mask)), heat.sum())),
                ),
                Slip(
                    "divided by the animal's area",
                    "That is the mean heat on the animal. Divide by all heat, heat.sum().",
                    lambda part, heat, mask: _ratio(part(heat, mask), mask.sum()),
                ),
                Slip(
                    "divided by the picture's area",
                    "Divide by all heat, heat.sum().",
                    lambda part, heat, mask: _ratio(part(heat, mask), heat.size),
                ),
                Slip(
                    "divided by the heat outside",
                    "Inside against outside can be any size. Divide by all heat, heat.sum().",
                    lambda part, heat, mask: _ratio(part(heat, mask), heat[~mask].sum()),
                ),
                Slip(
                    "not divided",
                    "A share is a part of the whole: divide by heat.sum().",
                    lambda part, heat, mask: part(heat, mask),
                ),
                Slip(
                    "divided by the number of pixels that glow",
                    "Divide by all heat, heat.sum().",
                    lambda part, heat, mask: _ratio(part(heat, mask), (heat > 0).sum()),
                ),
                Slip(
                    "per cent",
                    "Right, but a hundred times too large: expected is a share from 0 to 1.",
                    lambda part, heat, mask: 100 * _ratio(part(heat, mask), heat.sum()),
                ),
                Slip(
                    "the animal's share of the picture",
                    "That is what a map without any idea would score. Here heat is to be counted, not area.",
                    lambda part, heat, mask: mask.mean(),
                ),
            ),
        ),
    },
    cases=(
        Case("a map with heat inside and outside", lambda: _scene(5)),
        Case("another map", lambda: (_scene(6)[0] ** 3, _scene(6)[1])),
        Case("a blank map", lambda: (np.zeros((8, 10)), _scene(7)[1])),
    ),
    praise="Compare it with the animal's share of the picture: a map without any idea would score that.",
    told="you returned {mine}, the share is {right}",
)


def share_inside(answer):
    """Lesson 0. `answer(heat, mask)` -> the share of all heat [h, w] that lies where mask [h, w] is true."""
    return mark(SHARE_INSIDE, answer)


def _share(heat, mine, other, count, compare):
    heat = np.asarray(heat, dtype=float)
    everywhere = np.ones(heat.shape, bool)
    return compare(count(heat, mine), count(heat, other), count(heat, everywhere))


OWN_SHARE = Exercise(
    name="own_share",
    answer="one number",
    solve=_share,
    stages={
        "count": Stage(
            lambda heat, mask: heat[mask].sum(),
            (
                Slip(
                    "the mean heat instead of the sum",
                    "A mean forgets how large each animal is; here all heat counts: .sum().",
                    lambda heat, mask: heat[mask].mean(),
                ),
                Slip(
                    "the hottest pixel instead of the sum",
                    "One pixel is a peak. All heat on the animal counts: .sum().",
                    lambda heat, mask: heat[mask].max(),
                ),
                Slip(
                    "pixels were counted, not their heat",
                    "A faint pixel counts less than a hot one: sum the heat itself.",
                    lambda heat, mask: (heat[mask] > 0).sum(),
                ),
                Slip(
                    "the masks' areas, without the heat",
                    "heat[mask] picks the heat on the animal; sum that.",
                    lambda heat, mask: mask.sum(),
                ),
                Slip(
                    "the heat is squared",
                    "Sum the heat as it is.",
                    lambda heat, mask: (heat[mask] ** 2).sum(),
                ),
            ),
        ),
        "compare": Stage(
            lambda mine, other, total: mine / (mine + other),
            (
                Slip(
                    "a share of all heat",
                    "That is energy_inside: it falls with what lies on the background. Here only the heat on the two "
                    "animals counts: mine / (mine + other).",
                    lambda mine, other, total: mine / total,
                ),
                Slip(
                    "mine over other",
                    "A share is a part of the whole, from 0 to 1: mine / (mine + other).",
                    lambda mine, other, total: mine / other,
                ),
                Slip(
                    "the other's share",
                    "Asked is the share of `mine`, the animal that the map is for.",
                    lambda mine, other, total: other / (mine + other),
                ),
                Slip(
                    "the difference",
                    "A share, from 0 to 1: mine / (mine + other).",
                    lambda mine, other, total: mine - other,
                ),
                Slip(
                    "the difference over the sum",
                    "That runs from -1 to 1, and 0 is class-blind. Here it is mine / (mine + other).",
                    lambda mine, other, total: (mine - other) / (mine + other),
                ),
                Slip(
                    "not divided",
                    "Divide by the heat on both animals, or large maps would win.",
                    lambda mine, other, total: mine,
                ),
            ),
        ),
    },
    cases=(
        Case("two animals", lambda: _two(1)),
        Case("a large one and a small one", lambda: _two(2, small=True)),
        Case("a wide picture", lambda: _two(3, shape=(8, 14))),
    ),
    praise="0.5 is what a map scores that does not care which of the two was asked for.",
    told="you returned {mine}, the share is {right}",
)


def own_share(answer):
    """Lesson 6. `answer(heat, mine, other)` -> the share of the heat on both animals that lies on `mine`."""
    return mark(OWN_SHARE, answer)


def _two(seed, shape=(10, 10), small=False):
    heat = np.maximum(np.random.default_rng(seed).normal(0.2, 1, shape), 0)
    mine, other = np.zeros(shape, bool), np.zeros(shape, bool)
    mine[1:5, :4] = True
    other[4 : 6 if small else 8, 5:8] = True
    return heat / heat.max(), mine, other


def _extent(heat, mask, hot, share):
    heat, mask = np.asarray(heat, dtype=float), np.asarray(mask, dtype=bool)
    return share(hot(heat, mask), mask, heat)


EXTENT = Exercise(
    name="extent",
    answer="one number, from 0 to 1",
    solve=_extent,
    stages={
        "hot": Stage(
            lambda heat, mask: heat >= heat.max() / 2,
            (
                Slip(
                    "more than half instead of at least half",
                    "A pixel at exactly half of the maximum counts: >=.",
                    lambda heat, mask: heat > heat.max() / 2,
                ),
                Slip(
                    "half of 1, not of the maximum",
                    "Where the largest heat is not 1, half of it is not 0.5: compare with heat.max() / 2.",
                    lambda heat, mask: heat >= 0.5,
                ),
                Slip(
                    "half of the maximum on the mask",
                    "The hottest pixel may lie beside the mask: half of heat.max(), not of heat[mask].max().",
                    lambda heat, mask: heat >= heat[mask].max() / 2,
                ),
                Slip(
                    "above the mean, not half of the maximum",
                    "The bar is heat.max() / 2, and not the mean.",
                    lambda heat, mask: heat >= heat.mean(),
                ),
                Slip(
                    "the hotter half of the pixels",
                    "Half of the maximum is meant, heat.max() / 2, and not half of the pixels.",
                    lambda heat, mask: heat >= np.median(heat),
                ),
            ),
        ),
        "share": Stage(
            lambda hot, mask, heat: hot[mask].mean(),
            (
                Slip(
                    "the share of the hot pixels that lie on the mask",
                    "That says how exact the map is. The extent asks how much of the mask is hot: divide by the mask.",
                    lambda hot, mask, heat: mask[hot].mean(),
                ),
                Slip(
                    "a share of the whole picture",
                    "Divide by the number of pixels of the mask, not of the picture.",
                    lambda hot, mask, heat: (hot & mask).mean(),
                ),
                Slip(
                    "the mask is not used",
                    "This is the share of the picture that is hot. Look at the mask's pixels only: hot[mask].",
                    lambda hot, mask, heat: hot.mean(),
                ),
                Slip(
                    "the share of the heat that lies on the mask",
                    "Count pixels, hot or not; how hot they are does not matter any more.",
                    lambda hot, mask, heat: heat[mask].sum() / heat.sum(),
                ),
                Slip(
                    "intersection over union",
                    "That punishes heat beside the mask. The extent is a share of the mask alone.",
                    lambda hot, mask, heat: (hot & mask).sum() / (hot | mask).sum(),
                ),
                Slip(
                    "a number of pixels, not a share",
                    "Divide by the number of pixels of the mask.",
                    lambda hot, mask, heat: (hot & mask).sum(),
                ),
            ),
        ),
    },
    cases=(
        Case("a small heat map", lambda: _heat(1, 1.0)),
        Case("one whose maximum is not 1", lambda: _heat(2, 0.75)),
        Case("a wide one", lambda: _heat(3, 1.0, (4, 11))),
        Case("one that is hottest beside the mask", lambda: _heat(4, 1.0, beside=True)),
    ),
    praise="Never show it alone: a blanket of heat has an extent of 1.",
    told="yours is {mine}, expected was {right}",
)


def extent(answer):
    """Lesson 2. `answer(heat, mask)` -> the share of the mask on which the heat is at least half of its maximum."""
    return mark(EXTENT, answer)


def _heat(seed, top, size=(7, 6), beside=False):
    """Heat in steps of an eighth of `top`, so that some of it is at exactly half; and a mask.

    `beside`: the hottest pixel is not on the mask.
    """
    random = np.random.default_rng(seed)
    heat = random.integers(0, 8, size) / 8 * random.integers(0, 2, size)
    heat[1, 2], heat[2, 1], heat[3, 3] = 1.0, 0.5, 0.5
    mask = random.random(size) < 0.4
    mask[2, 1] = mask[1, 2] = True
    if beside:
        mask[1, 2], mask[3, 3] = False, True
        heat[mask] = np.minimum(heat[mask], 0.75)
        heat[3, 3] = 0.375
    return heat * top, mask
