"""The exercise of lesson 0 on claims: what does a heat map say, and what does it not?"""

import numpy as np

from .engine import Result

CLAIMS = {  # statement: (true or false, why)
    "A": (
        False,
        "A map for a class that is not in the picture has a brightest place too: every map is divided by "
        "its own maximum. Look at the score.",
    ),
    "B": (
        True,
        "The method adds up what raised the score of the class asked for, and draws where.",
    ),
    "C": (
        False,
        "Each map is divided by its own maximum, so that the brightest colour is 1 in both. Only maps that were "
        "not divided, of one network and one layer, can be compared.",
    ),
    "D": (
        False,
        "The network may use an ear and nothing else, or the grass. Where it looked is not where the animal ends.",
    ),
    "E": (
        True,
        "The class is an input to the method. Another class, another map.",
    ),
    "F": (
        False,
        "It means: nothing there raised the score, by this method's book-keeping at this layer. The place "
        "may have lowered the score, or two places may do the same work. To know, change it and look at the "
        "score.",
    ),
}


def claims(answers):
    """Mark {"A": True or False, ...}, what the learner believes of each statement in the lesson."""
    result = _claims(answers)
    print(result.message)
    return result


def _is_bool(answer):
    return isinstance(answer, (bool, np.bool_))


def _is_open(answer):
    return answer is None or answer is ...


def _brief(answer):
    return repr(answer)[:40]


def _claims(answers):
    if not isinstance(answers, dict):
        return Result(
            False,
            f'Not right yet: expected was a dictionary such as {{"A": True}}; given was {answers!r:.40}.',
        )
    answers = {str(letter).upper(): answer for letter, answer in answers.items()}
    said = {letter: answers.get(letter) for letter in CLAIMS}
    if all(map(_is_open, said.values())):
        return Result(False, "Not yet: put True or False in place of the dots, run that cell, then this one again.")
    odd = {letter: answer for letter, answer in said.items() if not (_is_bool(answer) or _is_open(answer))}
    open_ = [letter for letter, answer in said.items() if _is_open(answer)]
    wrong = [letter for letter, answer in said.items() if _is_bool(answer) and bool(answer) != CLAIMS[letter][0]]
    lines = [f"  {letter} is {str(CLAIMS[letter][0]).lower()}. {CLAIMS[letter][1]}" for letter in wrong]
    lines += [f"  {letter} is {_brief(answer)}: write True or False, without quotes." for letter, answer in odd.items()]
    if open_:
        lines.append(f"  Still open: {', '.join(open_)}.")
    if lines:
        count = len(CLAIMS) - len(wrong) - len(open_) - len(odd)
        return Result(False, "\n".join([f"Not right yet: {count} of {len(CLAIMS)} are right.", *lines]), tuple(wrong))
    return Result(True, f"Right, all {len(CLAIMS)}. Keep them at hand whenever you see a heat map.")
