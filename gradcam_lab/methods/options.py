"""What the methods' options may be: each name means the same for every method."""

import math
from numbers import Integral, Real

import torch

from ..errors import LabError, nearest


def _whole(low, high=None):
    words = f"a whole number of at least {low}" if high is None else f"a whole number from {low} to {high}"

    def right(value):
        return isinstance(value, Integral) and not isinstance(value, bool) and low <= value and (high or value) >= value

    return right, words


def _or_none(rule):
    right, words = rule
    return lambda value: value is None or right(value), f"{words}, or None"


def _number(low, high, words):
    def right(value):
        return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value) and low <= value <= high

    return right, words


def _one_of(*names):
    return lambda value: value in names, " or ".join(map(repr, names))


def _is_colour(value):
    return isinstance(value, torch.Tensor) or _number(-math.inf, math.inf, "")[0](value)


_RULES = {
    "n": _whole(1),
    "steps": _whole(1),
    "cells": _whole(1),
    "chunk": _or_none(_whole(1)),
    "size": _or_none(_whole(1)),
    "stride": _or_none(_whole(1)),
    "seed": _whole(0, 2**31),
    "sigma": _number(0, 1e6, "a number of at least 0, a share of the range"),
    "p": _number(1e-6, 1, "a probability above 0"),
    "baseline": (_is_colour, "a number, or a tensor that fits the input"),
    "scores": _one_of("logit", "probability"),
    "noise": _one_of("mask", "input"),
    "numerator": _one_of("D1", "D2"),
}


def check(method, options):
    """Raise a LabError for the first option that `method` has not, or whose value cannot be."""
    for name, value in options.items():
        if name not in method.options:
            known = nearest(name, method.options) if method.options else "it has none."
            raise LabError(f"Method {method.name!r} has no option {name!r}; {known}")
        right, words = _RULES[name]
        if not right(value):
            raise LabError(f"Option {name} of {method.name!r} is {words}; given was {value!r}.")
