"""Intervals: against values worked by hand, and against what an interval promises."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import gradcam_lab as gl
from gradcam_lab.measure import mean_interval, wilson


def test_wilson_by_hand():
    # 8 of 10: centre (0.8 + 1.92073 / 10) / (1 + 3.84146 / 10), half 1.95996 sqrt(0.016 + 0.0096036) / 1.384146.
    centre, half = 0.992073 / 1.384146, 1.95996 * math.sqrt(0.0256036) / 1.384146
    assert wilson(8, 10) == pytest.approx((centre - half, centre + half), abs=1e-5)
    # Where nothing was counted the upper end is z^2 / (n + z^2).
    assert wilson(0, 10) == pytest.approx((0, 3.84146 / 13.84146), abs=1e-5)
    assert wilson(10, 10) == pytest.approx((10 / 13.84146, 1), abs=1e-5)
    assert wilson(8, 10, level=0.5)[0] > wilson(8, 10)[0]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_rate_and_is_symmetric(counted):
    k, n = counted
    low, high = wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1 and low < high
    assert wilson(n - k, n) == pytest.approx((1 - high, 1 - low), abs=1e-9)
    assert wilson(4 * k, 4 * n)[1] - wilson(4 * k, 4 * n)[0] < high - low


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5, 0.9])
def test_wilson_covers_the_true_rate_as_often_as_it_says(p):
    n = 60
    covered = [wilson(k, n)[0] <= p <= wilson(k, n)[1] for k in range(n + 1)]
    assert 0.92 <= np.dot(covered, stats.binom.pmf(range(n + 1), n, p)) <= 0.98


@pytest.mark.filterwarnings("error")
def test_mean_interval_by_hand():
    # s^2 = (2.25 + 0.25 + 0.25 + 2.25) / 3; Student's t of 3 degrees is 3.18245.
    half = 3.18245 * math.sqrt(5 / 3 / 4)
    assert mean_interval([1, 2, 3, 4]) == pytest.approx((2.5 - half, 2.5 + half), abs=1e-4)
    assert mean_interval((0.3, 0.3, 0.3)) == pytest.approx((0.3, 0.3))
    assert all(map(math.isnan, (*mean_interval([0.7]), *mean_interval([]))))


def test_mean_interval_covers_the_true_mean_as_often_as_it_says():
    draws = np.random.default_rng(0).normal(2, 3, (2000, 5))
    covered = [low <= 2 <= high for low, high in map(mean_interval, draws)]
    assert 0.94 <= np.mean(covered) <= 0.96


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: wilson(11, 10), "k = 11 and n = 10"),
        (lambda: wilson(0, 0), "n at least 1"),
        (lambda: wilson(0.5, 10), "k counts something"),
        (lambda: wilson(5, 10, level=95), "between 0 and 1"),
        (lambda: mean_interval([1, float("nan")]), "finite numbers"),
        (lambda: mean_interval([[1, 2]]), "in a row"),
    ],
)
def test_what_cannot_be_is_said(call, words):
    with pytest.raises(gl.LabError, match=words):
        call()
