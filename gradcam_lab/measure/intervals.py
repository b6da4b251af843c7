"""How sure is a measured number? Intervals for a rate and for a mean.

An interval of level 0.95 is made by a rule that, over many samples, covers the true value in about 95 % of them.
"""

import operator

import numpy as np
from scipy import stats

from ..errors import LabError


def wilson(k, n, level=0.95):
    """(low, high) of a rate of which k of n were counted: Wilson's score interval, without correction.

    With z the normal quantile of the level and p = k / n:

        (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)

    It stays within 0..1 and has a width even where k is 0 or n, which p -+ z sqrt(p (1 - p) / n) has not.

    Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927).
    """
    k, n = _count("k", k), _count("n", n)
    if not 0 <= k <= n or n == 0:
        raise LabError(f"A rate is k of n, with n at least 1 and k from 0 to n; given were k = {k} and n = {n}.")
    interval = stats.binomtest(k, n).proportion_ci(confidence_level=_level(level), method="wilson")
    return float(interval.low), float(interval.high)


def mean_interval(values, level=0.95):
    """(low, high) of the mean of independent `values`: mean -+ t s / sqrt(n), Student's t of n - 1 degrees.

    s is the standard deviation with n - 1. Exact for normal values and, by the central limit theorem, near enough for
    a mean of dozens of others. Preferred here to a bootstrap, which is too narrow for the small samples of lessons
    (n of 3 to 20) and needs a seed. Of equal values the interval is the value itself; of fewer than two values there
    is none, so (nan, nan).

    Student, The Probable Error of a Mean, Biometrika 6 (1908).
    """
    values = np.asarray(values, np.float64)
    level = _level(level)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise LabError(f"The mean of what? Expected finite numbers in a row; given was {list(values.shape)} of them.")
    if len(values) < 2:
        return float("nan"), float("nan")
    half = float(stats.t.ppf(0.5 + level / 2, len(values) - 1) * stats.sem(values))
    return float(values.mean()) - half, float(values.mean()) + half


def _count(name, value):
    try:
        return operator.index(value)
    except TypeError:
        raise LabError(f"{name} counts something, so it is a whole number; given was {value!r}.") from None


def _level(level):
    if isinstance(level, bool) or not isinstance(level, (int, float, np.floating)) or not 0 < level < 1:
        raise LabError(f"The level of an interval lies between 0 and 1, as 0.95; given was {level!r}.")
    return float(level)
