"""The exercises of lesson 11, first half: right answers by group, lift."""

import numpy as np

from ..worlds import clinic
from .engine import Case, Exercise, Slip, Stage, mark

KINDS, LOOKS = clinic.KINDS, clinic.PRESENTATIONS

# ------------------------------------------------------------------------------------------- accuracy by group


def _by_group(answers, kinds, presented, right, group, share, lay):
    hits = right(answers, kinds)
    table = [[share(hits, group(answers, kinds, presented, kind, look), kinds == kind) for look in LOOKS]
             for kind in KINDS]  # fmt: skip
    return lay(np.array(table))


BY_GROUP = Exercise(
    name="by_group",
    answer="an array [2, 2]: rows doctor and nurse, columns man and woman",
    solve=_by_group,
    stages={
        "right": Stage(
            lambda answers, kinds: answers == kinds,
            (
                Slip(
                    "how often it is wrong",
                    "Right is where answer and profession are equal: ==.",
                    lambda answers, kinds: answers != kinds,
                ),
                Slip(
                    "how often it says doctor",
                    "A nurse who is called a doctor is no right answer: compare with the profession, answers == kinds.",
                    lambda answers, kinds: answers == "doctor",
                ),
                Slip(
                    "how often it says nurse",
                    "A doctor who is called a nurse is no right answer: compare with the profession, answers == kinds.",
                    lambda answers, kinds: answers == "nurse",
                ),
            ),
        ),
        "group": Stage(
            lambda answers, kinds, presented, kind, look: (kinds == kind) & (presented == look),
            (
                Slip(
                    "grouped by the answer instead of the profession",
                    "Of those who are called doctors, how many are? A good question, and another one. Here the groups "
                    "are made of who people are: kinds.",
                    lambda answers, kinds, presented, kind, look: (answers == kind) & (presented == look),
                ),
                Slip(
                    "men and women together",
                    "Each profession has two groups: (kinds == kind) & (presented == look).",
                    lambda answers, kinds, presented, kind, look: kinds == kind,
                ),
                Slip(
                    "doctors and nurses together",
                    "Each presentation has two groups: (kinds == kind) & (presented == look).",
                    lambda answers, kinds, presented, kind, look: presented == look,
                ),
                Slip(
                    "or instead of and",
                    "A group is of those who are both: &, not |.",
                    lambda answers, kinds, presented, kind, look: (kinds == kind) | (presented == look),
                ),
            ),
        ),
        "share": Stage(
            lambda hits, group, profession: hits[group].mean(),
            (
                Slip(
                    "divided by all pictures",
                    "Of how many? Of this group's pictures: right[group].mean().",
                    lambda hits, group, profession: hits[group].sum() / len(hits),
                ),
                Slip(
                    "divided by all of the profession",
                    "Of how many? Of this group's pictures, not of all doctors or all nurses: right[group].mean().",
                    lambda hits, group, profession: hits[group].sum() / profession.sum(),
                ),
                Slip(
                    "divided by all right answers",
                    "That says who is among the right answers. Divide by the group's pictures: right[group].mean().",
                    lambda hits, group, profession: hits[group].sum() / hits.sum(),
                ),
                Slip(
                    "a number of pictures, not a share",
                    "Groups differ in size: divide by the pictures of the group, right[group].mean().",
                    lambda hits, group, profession: hits[group].sum(),
                ),
                Slip(
                    "per cent",
                    "Right, but a hundred times too large: expected are shares from 0 to 1.",
                    lambda hits, group, profession: 100 * hits[group].mean(),
                ),
                Slip(
                    "how large the groups are",
                    "That is who is in the test set, not how often the network is right about them.",
                    lambda hits, group, profession: group.mean(),
                ),
            ),
        ),
        "lay": Stage(
            lambda table: table,
            (
                Slip(
                    "rows and columns are exchanged",
                    "Rows are professions, doctor and nurse; columns are presentations, man and woman.",
                    lambda table: table.T,
                ),
                Slip("nurses come first", "First row doctors, second row nurses.", lambda table: table[::-1].copy()),
                Slip("women come first", "First column men, second column women.", lambda table: table[:, ::-1].copy()),
            ),
        ),
    },
    cases=(
        Case("forty answers", lambda: _answers(1, 40, 0.78, 0.85)),
        Case("seventy answers, another bias", lambda: _answers(2, 70, 0.4, 0.6)),
    ),
    praise="One number for all would have hidden it.",
)


def by_group(answer):
    """Lesson 11. `answer(answers, kinds, presented)` -> [2, 2]: shares of right answers, doctor and nurse by man and
    woman; all three are arrays of names."""
    return mark(BY_GROUP, answer)


def _answers(seed, n, men, women):
    """(answers, kinds, presented), names: a network that knows something, and has its prejudice."""
    random = np.random.default_rng(seed)
    doctor = random.random(n) < 0.6
    man = random.random(n) < np.where(doctor, men, 1 - women)
    says = random.normal(size=n) + doctor + 1.2 * man > 1.1
    return np.where(says, *KINDS), np.where(doctor, *KINDS), np.where(man, *LOOKS)


# -------------------------------------------------------------------------------------------------------- lift


def _ratio(a, b):
    return float(a / b) if b else 0.0


def _share(heat, mask):
    return _ratio(heat[mask].sum(), heat.sum())


LIFT = Exercise(
    name="lift",
    answer="one number, not negative",
    solve=lambda heat, mask, divide, blank: blank(divide(heat, mask), heat),
    stages={
        "divide": Stage(
            lambda heat, mask: _ratio(_share(heat, mask), mask.mean()),
            (
                Slip(
                    "the share alone",
                    "A large part takes a large share by chance: divide by its share of the picture, mask.mean().",
                    _share,
                ),
                Slip(
                    "divided by the number of pixels",
                    "Share over share: mask.mean() is the part's share of the picture, mask.sum() counts pixels.",
                    lambda heat, mask: _ratio(_share(heat, mask), mask.sum()),
                ),
                Slip(
                    "area over heat",
                    "Turn it over: the share of the heat, divided by the share of the area.",
                    lambda heat, mask: _ratio(mask.mean(), _share(heat, mask)),
                ),
                Slip(
                    "times the area",
                    "Divide by the share of the area; to multiply makes large parts larger.",
                    lambda heat, mask: _share(heat, mask) * mask.mean(),
                ),
                Slip(
                    "minus the area",
                    "How many times as much as by chance: divide, do not subtract.",
                    lambda heat, mask: _share(heat, mask) - mask.mean(),
                ),
                Slip(
                    "the mean heat on the part",
                    "Compare it with the mean heat of the picture: heat[mask].mean() / heat.mean() is the lift.",
                    lambda heat, mask: heat[mask].mean(),
                ),
                Slip(
                    "on the part against beside it",
                    "That compares with the rest of the picture. Compare with the whole of it: heat.mean().",
                    lambda heat, mask: _ratio(heat[mask].mean(), heat[~mask].mean()),
                ),
                Slip(
                    "divided by the area of part and heat together",
                    "Divide by the area of the part alone, mask.mean().",
                    lambda heat, mask: _ratio(_share(heat, mask), ((heat > 0) | mask).mean()),
                ),
                Slip(
                    "the sum of the heat, not its share",
                    "First the share: divide by all the heat of the map, heat.sum().",
                    lambda heat, mask: heat[mask].sum() / mask.mean(),
                ),
                Slip(
                    "the heat on the part over the heat beside it",
                    "The share is of all the heat, that on the part included: heat[mask].sum() / heat.sum().",
                    lambda heat, mask: _ratio(_ratio(heat[mask].sum(), heat[~mask].sum()), mask.mean()),
                ),
            ),
        ),
        "blank": Stage(
            lambda value, heat: value,
            (
                Slip(
                    "a blank map divides by 0",
                    "With no heat at all the sum is 0, and 0 / 0 is not a number. No heat, no lift: return 0.0.",
                    lambda value, heat: value if heat.any() else np.nan,
                ),
                Slip(
                    "1 for a blank map",
                    "1 is what heat without any idea scores; where there is no heat at all, return 0.0.",
                    lambda value, heat: value if heat.any() else 1.0,
                ),
            ),
        ),
    },
    cases=(
        Case("a small part", lambda: _part(1, 2, 3)),
        Case("a large part", lambda: _part(2, 6, 7)),
        Case("a blank map", lambda: (np.zeros((8, 10)), _part(3, 3, 3)[1])),
    ),
    praise="1 is what a map that knows nothing would score.",
    told="you returned {mine}, the lift is {right}",
)


def lift(answer):
    """Lesson 11. `answer(heat, mask)` -> the share of the heat on the part over the part's share of the picture."""
    return mark(LIFT, answer)


def _part(seed, tall, wide):
    """(heat, mask): a rectangle stands for the part, and some of the heat is 0."""
    heat = np.maximum(np.random.default_rng(seed).normal(size=(8, 10)) + 0.3, 0)
    mask = np.zeros(heat.shape, bool)
    mask[1 : 1 + tall, 2 : 2 + wide] = True
    heat[mask] *= 1.7
    return heat / heat.max(), mask
