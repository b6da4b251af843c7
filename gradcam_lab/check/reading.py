"""The exercises of lesson 0 on reading a map: from map to heat, and the peak."""

import numpy as np

from .engine import Case, Exercise, Slip, Stage, mark


def _arrays(seed, shape=(5, 7), shift=0.0, scale=1.0):
    return scale * (np.random.default_rng(seed).normal(size=shape) + shift)


def divide(L, by):
    with np.errstate(all="ignore"):
        return L / by


def _top(L):
    return L.max() or 1.0


def _scaled(M):
    return divide(M, M.max() if M.max() > 0 else 1.0)


HEAT = Exercise(
    name="heat",
    answer="an array [h, w], the shape of L",
    solve=lambda L, cut, scale, blank: blank(scale(cut, np.asarray(L, dtype=float)), np.asarray(L, dtype=float)),
    stages={
        "cut": Stage(
            lambda L: np.maximum(L, 0),
            (
                Slip(
                    "negative values are not cut",
                    "Heat tells what speaks for the class: everything below 0 becomes 0, np.maximum(L, 0).",
                    lambda L: L,
                ),
                Slip(
                    "negative values are cut in a blank map only",
                    "Where something is positive, too, everything below 0 becomes 0: np.maximum(L, 0) first, for "
                    "every map.",
                    lambda L: L if L.max() > 0 else np.zeros_like(L),
                ),
                Slip(
                    "the absolute value instead of the cut",
                    "What speaks against the class would glow like what speaks for it; cut it to 0.",
                    np.abs,
                ),
                Slip(
                    "the minimum was subtracted",
                    "0 means: nothing to say here. After L - L.min() only the strongest counter-evidence is "
                    "black, and places with nothing to say glow.",
                    lambda L: L - L.min(),
                ),
            ),
        ),
        "scale": Stage(
            lambda cut, L: _scaled(cut(L)),
            (
                Slip(
                    "divided first, cut afterwards",
                    "A map that is negative everywhere has a negative maximum, and divided by it turns positive. "
                    "Cut first.",
                    lambda cut, L: cut(divide(L, _top(L))),
                ),
                Slip(
                    "negative values are not cut, and a blank map is divided like any other",
                    "Everything below 0 becomes 0, np.maximum(L, 0). If nothing is left then, return the zeros.",
                    lambda cut, L: divide(L, L.max()),
                ),
                Slip(
                    "divided by the largest absolute value",
                    "That may belong to evidence against the class, and then the peak is not 1. Divide by the "
                    "largest value.",
                    lambda cut, L: divide(cut(L), np.abs(L).max() or 1.0),
                ),
                Slip(
                    "not divided by the maximum",
                    "Heat goes from 0 to 1: divide by the largest value.",
                    lambda cut, L: cut(L),
                ),
                Slip(
                    "divided by the sum",
                    "Divide by the largest value, so that the peak is 1.",
                    lambda cut, L: divide(cut(L), cut(L).sum() or 1.0),
                ),
                Slip(
                    "clipped at 1 instead of divided",
                    "np.clip(L, 0, 1) leaves weak maps dark and burns strong ones out. Divide by the largest value.",
                    lambda cut, L: np.minimum(cut(L), 1.0),
                ),
                Slip(
                    "the minimum was subtracted after the cut",
                    "The smallest heat need not be 0: if every place speaks for the class, every place glows.",
                    lambda cut, L: _scaled(cut(L) - cut(L).min()),
                ),
                Slip(
                    "255 times too large",
                    "Heat goes from 0 to 1.",
                    lambda cut, L: 255 * _scaled(cut(L)),
                ),
                Slip(
                    "only for drawing: rounded to whole bytes",
                    "Keep the fractions; bytes come last, when it is drawn.",
                    lambda cut, L: np.floor(255 * _scaled(cut(L))),
                ),
            ),
        ),
        "blank": Stage(
            lambda heat, L: heat,
            (
                Slip(
                    "a blank map divides by 0",
                    "Where nothing is positive the maximum after the cut is 0, and 0 / 0 is not a number. Return "
                    "zeros then: no heat is an answer too.",
                    lambda heat, L: heat if L.max() > 0 else np.full_like(L, np.nan),
                ),
                Slip(
                    "a map of zeros divides by 0",
                    "Its maximum is 0, and 0 / 0 is not a number. Return zeros then: no heat is an answer too.",
                    lambda heat, L: heat if L.max() != 0 else np.full_like(L, np.nan),
                ),
            ),
        ),
    },
    cases=(
        Case("a map of both signs", lambda: (_arrays(0, scale=3.0),)),
        Case("a map that is positive everywhere", lambda: (np.abs(_arrays(1, scale=0.1)) + 0.05,)),
        Case("a map that is negative everywhere", lambda: (-np.abs(_arrays(2)) - 0.1,)),
        Case("a map of zeros", lambda: (np.zeros((5, 7)),)),
    ),
    praise="0 stays 0, the peak is 1, and a blank map stays blank.",
)


def heat(answer):
    """Lesson 0. `answer(L)` -> [h, w]: L cut below 0 and divided by its maximum; a blank map stays 0."""
    return mark(HEAT, answer)


def _at(heat, extreme):
    row, column = np.unravel_index(int(extreme(heat)), heat.shape)
    return int(row), int(column)


def _counted(heat, rows, columns):
    """Row and column of the peak, if one row held `rows` pixels for the one and `columns` for the other."""
    number = int(heat.argmax())
    return number // rows, number % columns


PEAK = Exercise(
    name="peak",
    answer="two numbers, (x, y)",
    solve=lambda heat, find, tell: tell(*find(np.asarray(heat, dtype=float)), heat.shape),
    stages={
        "find": Stage(
            lambda heat: _at(heat, np.argmax),
            (
                Slip(
                    "the coldest place, not the hottest",
                    "Look for the maximum: argmax.",
                    lambda heat: _at(heat, np.argmin),
                ),
                Slip(
                    "counted with the height in place of the width",
                    "A row has as many pixels as the picture is wide, heat.shape[1]; np.unravel_index takes heat.shape "
                    "as it is, not turned round.",
                    lambda heat: _counted(heat, heat.shape[0], heat.shape[0]),
                ),
                Slip(
                    "y is counted with the height",
                    "A row has as many pixels as the picture is wide: y is argmax // heat.shape[1].",
                    lambda heat: _counted(heat, heat.shape[0], heat.shape[1]),
                ),
                Slip(
                    "x is counted with the height",
                    "A row has as many pixels as the picture is wide: x is argmax % heat.shape[1].",
                    lambda heat: _counted(heat, heat.shape[1], heat.shape[0]),
                ),
                Slip(
                    "a width of 128, whatever the picture",
                    "The check's pictures have other sizes: take the width from heat.shape.",
                    lambda heat: _counted(heat, 128, 128),
                ),
                Slip(
                    "the centre of the heat, not its peak",
                    "The average place can lie between two animals, where there is no heat at all. Look for "
                    "the maximum.",
                    lambda heat: tuple((heat * axis).sum() / heat.sum() for axis in np.indices(heat.shape)),
                ),
                Slip(
                    "the centre of the heat, rounded, not its peak",
                    "The average place can lie between two animals, where there is no heat at all. Look for "
                    "the maximum.",
                    lambda heat: tuple(int((heat * axis).sum() / heat.sum()) for axis in np.indices(heat.shape)),
                ),
                Slip(
                    "the hottest row and the hottest column, each by its sum",
                    "They need not meet at the peak. Look for the one largest value.",
                    lambda heat: (int(heat.sum(1).argmax()), int(heat.sum(0).argmax())),
                ),
            ),
        ),
        "tell": Stage(
            lambda row, column, shape: (column, row),
            (
                Slip(
                    "rows before columns",
                    "An array is asked by [row, column], a picture by (x, y): x counts columns and comes first.",
                    lambda row, column, shape: (row, column),
                ),
                Slip(
                    "one number for the whole array",
                    "argmax counts through all rows; np.unravel_index(number, heat.shape) makes a row and a "
                    "column of it.",
                    lambda row, column, shape: row * shape[1] + column,
                ),
                Slip(
                    "counted from 1",
                    "The first column and the first row are 0.",
                    lambda row, column, shape: (column + 1, row + 1),
                ),
                Slip(
                    "as a share of the picture's size",
                    "Expected are pixels.",
                    lambda row, column, shape: (column / shape[1], row / shape[0]),
                ),
                Slip(
                    "y counted from below",
                    "In pictures y grows downwards: the first row is the top.",
                    lambda row, column, shape: (column, shape[0] - 1 - row),
                ),
            ),
        ),
    },
    cases=(
        Case("a wide picture", lambda: (some_heat(0, (6, 9)),)),
        Case("a tall picture", lambda: (some_heat(2, (9, 5)),)),
    ),
    praise="That is what the pointing game asks for: does this place lie on the animal?",
    told="you returned {mine}, the hottest pixel is {right}",
)


def peak(answer):
    """Lesson 0. `answer(heat)` -> (x, y), the hottest pixel of heat [h, w]."""
    return mark(PEAK, answer)


def some_heat(seed, shape):
    heat = np.maximum(_arrays(seed, shape), 0)
    return heat / heat.max()
