"""The tests of a table of answers to exercises. A module that has the tables RIGHT and WRONG imports them.

RIGHT   {exercise: right answer} or [(exercise, right answer), ...]
WRONG   [(exercise, wrong answer, the slip by which it should be named), ...]

One test for each row is made in conftest.py.
"""

from gradcam_lab import check


def test_a_right_answer_is_right(right):
    name, answer = right
    assert getattr(check, name)(answer)


def test_a_wrong_answer_is_named(wrong):
    name, answer, slip = wrong
    result = getattr(check, name)(answer)
    assert not result
    assert result.slips == (slip,)
