"""What a check says of an answer that is no slip it knows, or that stopped with an error."""

import linecache
import traceback

import torch

from .compare import same


def where_it_shows(cases, wrong):
    names = [case.name for case in cases]
    fine = [name for i, name in enumerate(names) if i not in wrong]
    if not fine:
        return "It shows on every case."
    return f"It shows on {_listed([names[i] for i in wrong])}; it does not show on {_listed(fine)}."


def _listed(names):
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def told_in_numbers(exercise, mine, right, case):
    def words(value):
        numbers = [f"{number:.4g}" for number in value.flatten().tolist()]
        return f"({', '.join(numbers)})" if value.ndim else numbers[0]

    return f"On {case.name} {exercise.told.format(mine=words(mine), right=words(right))}."


def difference(exercise, mine, right, case):
    """What differs, in numbers, where no slip is known by name."""
    if mine.shape != right.shape:
        return (
            f"Not right yet: on {case.name} the shape is {list(mine.shape)}, expected was {exercise.answer}, "
            f"here {list(right.shape)}."
        )
    if not mine.isfinite().all():
        return f"Not right yet: on {case.name} it holds NaN or infinity; is something divided by 0?"
    if exercise.told:
        told = told_in_numbers(exercise, mine, right, case)
        return f"Not right yet. {told} I do not know this slip by name."
    worst, top = (mine - right).abs().max().item(), right.abs().max().item()
    factor = _factor(mine, right)
    if factor is not None:
        return (
            f"Not right yet, but close: on {case.name} it is {factor:.4g} times the right answer. "
            "A factor too much or too little: look at what is summed and what is averaged."
        )
    return (
        f"Not right yet: on {case.name} the largest difference is {worst:.3g}, "
        f"where the right answer's largest value is {top:.3g}. I do not know this slip by name."
    )


def _factor(mine, right):
    size = (right * right).sum()
    factor = (mine * right).sum() / size if size > 0 else torch.tensor(0.0)
    return factor.item() if factor > 0 and same(mine, factor * right) else None


HELP_WITH_ERRORS = {  # part of torch's words -> what it means here
    "does not require grad": "A is cut off from the score: no torch.no_grad() around the run, "
    "and no .detach() on A before the gradient is taken.",
    "created only for scalar": "y[:, c] holds one number for each picture; take its .sum() first.",
    "not have been used in the graph": "the A you kept is not the one this score was computed from: "
    "hook first, then run the network, and take y and A from the same run.",
    "second time": "a graph can be walked back once; run the network again before the next gradient.",
    "'NoneType' object": "A.grad is empty: a tensor inside the network keeps its gradient only if A.retain_grad() "
    "is called before .backward().",
    "could not infer output dtype": "true and false have no mean in PyTorch; .float() makes them 1 and 0.",
    "'bool' object has no attribute": "two things of different kinds were compared, and Python answered with one False "
    "for all. y.max(1) is a pair, values and places; y.argmax(1) is the places alone.",
    "must match the size of tensor": "two sizes met that do not fit: alpha [B, K] needs two more axes beside A, "
    "alpha[:, :, None, None]; a map [B, h, w] must be enlarged before it meets a picture.",
    "could not be broadcast": "two arrays of different sizes met; print their .shape before this line.",
    "unexpected keyword": "look at the names of the arguments.",
    "positional argument": "the check calls your function with the starter's arguments, in that order.",
}


def words_of(error, answer):
    message = f"{type(error).__name__}: {error}".split("\n")[0].rstrip(".: ") + "."
    name = getattr(getattr(answer, "__code__", None), "co_filename", None)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        line = linecache.getline(frame.filename, frame.lineno).strip()
        if frame.filename == name and line:
            message += f"\n  It was in this line: {line}"
            break
    meaning = next((text for part, text in HELP_WITH_ERRORS.items() if part in str(error)), None)
    return message + (f"\n  That often means: {meaning}" if meaning else "")


def kind_of(value):
    return (
        f"{type(value).__name__} {str(value)[:40]!r}" if isinstance(value, (str, int, float)) else type(value).__name__
    )
